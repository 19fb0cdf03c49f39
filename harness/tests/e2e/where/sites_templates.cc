// Call sites in C++: templates, operator new, lambdas, containers.
#include <membench/membench.h>

#include <vector>

#define NOINLINE __attribute__((noinline))

namespace
{

template <typename T> struct table {
    T *rows;
    NOINLINE explicit table(size_t count) { rows = new T[count]; /* SITE table */ }
    ~table() { delete[] rows; }
};

struct wide {
    char bytes[100];
};

struct kept {
    table<int> *ints;
    table<wide> *wides;
    int *by_lambda;
    std::vector<long> *values;
};

mb_status run_templates(mb_bench *b)
{
    kept *all = static_cast<kept *>(mb_state(b));
    all->ints = new table<int>(25);                          // SITE ints
    all->wides = new table<wide>(10);                        // SITE wides
    auto make = [](int value) { return new int[3]{value}; }; // SITE lambda
    all->by_lambda = make(3);
    all->values = new std::vector<long>(); // SITE vector
    all->values->resize(1000);             // SITE resize
    mb_keep(all);
    return MB_OK;
}

void release_templates(mb_bench *b)
{
    kept *all = static_cast<kept *>(mb_state(b));
    delete all->ints;
    delete all->wides;
    delete[] all->by_lambda;
    delete all->values;
}

} // namespace

int main(int argc, char **argv)
{
    mb_case templates = {};
    templates.group = "templates";
    templates.state_bytes = sizeof(kept);
    templates.run = run_templates;
    templates.release = release_templates;
    const mb_case *const cases[] = {&templates};
    return mb_main(argc, argv, cases, 1);
}
