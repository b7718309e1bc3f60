/* What output may look like: options and settings over the environment over what the
 * terminal can do (TERM, COLORTERM, locale, size). */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bilens/draw/theme.h"
#include "session.h"

enum { WIDTH_WITHOUT_TERMINAL = 80, WIDTH_LEAST = 20 };

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

static bool is_zero(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && strcmp(value, "0") == 0;
}

/* --color over NO_COLOR over CLICOLOR_FORCE and FORCE_COLOR over CLICOLOR=0 over "a terminal
 * that is not dumb". */
static bool wants_color(const struct session *s, int fd)
{
    const char *term = getenv("TERM");
    if (s->settings.color != WHEN_AUTO)
        return s->settings.color == WHEN_ALWAYS;
    if (is_set("NO_COLOR"))
        return false;
    if ((is_set("CLICOLOR_FORCE") && !is_zero("CLICOLOR_FORCE")) ||
        (is_set("FORCE_COLOR") && !is_zero("FORCE_COLOR")))
        return true;
    if (is_zero("CLICOLOR"))
        return false;
    return isatty(fd) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static enum charset charset_of(const struct session *s)
{
    if (s->settings.charset != CHARSET_CHOICE_AUTO)
        return s->settings.charset == CHARSET_CHOICE_UTF8 ? CHARSET_UTF8 : CHARSET_ASCII;
    const char *codeset = nl_langinfo(CODESET);
    return strcmp(codeset, "UTF-8") == 0 || strcmp(codeset, "utf8") == 0 ? CHARSET_UTF8
                                                                         : CHARSET_ASCII;
}

static size_t height_of(int fd)
{
    struct winsize size;
    return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static size_t width_of(const struct session *s, int fd)
{
    struct winsize size;
    if (s->settings.width != 0)
        return s->settings.width;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_WITHOUT_TERMINAL;
    return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

struct look session_look_at(const struct session *s, int fd)
{
    bool color = wants_color(s, fd);
    struct look look = {.format = s->settings.format,
                        .width = width_of(s, fd),
                        .height = height_of(fd),
                        .ledger = s->settings.ledger};
    look.theme.charset = charset_of(s);
    look.theme.sgr = color;
    look.theme.depth = color ? terminal_depth(getenv("TERM"), getenv("COLORTERM")) : DEPTH_MONO;
    /* Colour that was asked for where the terminal says nothing: the least that all have. */
    if (color && look.theme.depth == DEPTH_MONO && s->settings.color == WHEN_ALWAYS && !isatty(fd))
        look.theme.depth = DEPTH_256;
    return look;
}

struct look session_look(const struct session *s)
{
    return session_look_at(s, STDOUT_FILENO);
}
