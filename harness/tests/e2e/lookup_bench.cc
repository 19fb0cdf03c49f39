// A lookup that fails before the window leaves its error text on the heap until the next one. Operator new must not be
// what looks up next: the text, freed inside the window, would be counted as memory that the case gave back.
#include <membench/membench.h>

#include <dlfcn.h>

namespace
{

struct held {
    char *block;
};

mb_status setup(mb_bench *b)
{
    return dlsym(RTLD_DEFAULT, "a_name_that_nothing_has") == nullptr ? MB_OK : mb_fail(b, "the name was found");
}

mb_status run(mb_bench *b)
{
    auto *state = static_cast<held *>(mb_state(b));
    state->block = new char[1000];
    mb_keep(state->block);
    return MB_OK;
}

void release(mb_bench *b) { delete[] static_cast<held *>(mb_state(b))->block; }

} // namespace

int main(int argc, char **argv)
{
    mb_case lookup = {};
    lookup.group = "cxx_after_failed_lookup";
    lookup.state_bytes = sizeof(held);
    lookup.setup = setup;
    lookup.run = run;
    lookup.release = release;
    const mb_case *const cases[] = {&lookup};
    return mb_main(argc, argv, cases, 1);
}
