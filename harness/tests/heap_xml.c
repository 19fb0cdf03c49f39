/* A workload of libxml2 for the heap hook: a document built, written, parsed again and asked; the first one stays. */
#include "heap_workload.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <time.h>

/* Is before the C library's: libxml2 seeds its hash tables with it, and how often they grow depends on the seed. */
time_t time(time_t *seconds)
{
    enum { ALWAYS = 1700000000 };
    if (seconds != NULL)
        *seconds = ALWAYS;
    return ALWAYS;
}

static bool workload(void)
{
    xmlDocPtr made = xmlNewDoc(BAD_CAST "1.0");
    xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "items");
    xmlDocSetRootElement(made, root);
    for (int i = 0; i < 500; i++) {
        char text[32];
        snprintf(text, sizeof text, "text of %d", i * i);
        xmlNewProp(xmlNewTextChild(root, NULL, BAD_CAST "item", BAD_CAST text), BAD_CAST "n", BAD_CAST text);
    }
    xmlChar *written;
    int length;
    xmlDocDumpFormatMemory(made, &written, &length, 1);
    xmlDocPtr parsed = xmlReadMemory((const char *)written, length, "x.xml", NULL, 0);
    xmlXPathContextPtr context = parsed != NULL ? xmlXPathNewContext(parsed) : NULL;
    xmlXPathObjectPtr found =
        context != NULL ? xmlXPathEvalExpression(BAD_CAST "//item[contains(@n, '9')]", context) : NULL;
    bool is_right = found != NULL && found->nodesetval->nodeNr > 100;
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(parsed);
    xmlFree(written);
    return is_right;
}
