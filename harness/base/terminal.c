#include "base/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

bool mb_when_find(const char *name, mb_when *when)
{
    static const char *const names[] = {
        [MB_WHEN_AUTO] = "auto", [MB_WHEN_ALWAYS] = "always", [MB_WHEN_NEVER] = "never"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) {
            *when = (mb_when)i;
            return true;
        }
    return false;
}

bool mb_terminal_wants_color(FILE *stream, mb_when when)
{
    if (when != MB_WHEN_AUTO)
        return when == MB_WHEN_ALWAYS;
    if (is_set("NO_COLOR"))
        return false;
    const char *force = getenv("CLICOLOR_FORCE");
    if (force != NULL && *force != '\0' && strcmp(force, "0") != 0)
        return true;
    return getenv("TERM") != NULL && mb_terminal_can_draw(stream);
}

bool mb_terminal_can_draw(FILE *stream)
{
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

bool mb_terminal_is_unicode(void)
{
    setlocale(LC_CTYPE, ""); /* LC_CTYPE alone: numbers keep their decimal point */
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int mb_terminal_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    int width = columns != NULL ? atoi(columns) : 0;
    return width >= 20 && width <= 1000 ? width : 0;
}
