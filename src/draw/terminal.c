/* What terminfo says of a terminal. The one file of this layer that asks it. */
#include <string.h>

#include <curses.h>
#include <term.h>

#include "bilens/draw/theme.h"

static enum depth depth_of_colours(int colours)
{
    if (colours >= 1 << 24)
        return DEPTH_TRUE;
    if (colours >= 256)
        return DEPTH_256;
    return colours >= 8 ? DEPTH_8 : DEPTH_MONO;
}

/* The extended capability may be a flag, a number or a string (user_caps(5)). */
static bool has_capability(const char *name)
{
    char copy[8];
    strncpy(copy, name, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    char *string = tigetstr(copy);
    return tigetflag(copy) > 0 || tigetnum(copy) > 0 || (string != NULL && string != (char *)-1);
}

/* The depth of the entry, or -1 where there is none for that name. */
static int depth_by_terminfo(const char *term)
{
    TERMINAL *before = cur_term;
    int status, depth = -1;
    if (setupterm((char *)term, 1, &status) == OK) {
        char colors[] = "colors";
        depth = (int)depth_of_colours(tigetnum(colors));
        if (has_capability("RGB") || has_capability("Tc"))
            depth = DEPTH_TRUE;
        del_curterm(set_curterm(before));
    }
    return depth;
}

enum terminal_fault terminal_full_screen(const char *term)
{
    TERMINAL *before = cur_term;
    int status;
    if (term == NULL || term[0] == '\0')
        return TERMINAL_UNNAMED;
    if (setupterm((char *)term, 1, &status) != OK)
        return strcmp(term, "dumb") == 0 ? TERMINAL_DUMB : TERMINAL_UNKNOWN;
    bool fit = has_capability("cup") && strcmp(term, "dumb") != 0;
    del_curterm(set_curterm(before));
    return fit ? TERMINAL_FIT : TERMINAL_DUMB;
}

void *terminal_current(void)
{
    return cur_term;
}

void terminal_restore(void *current)
{
    set_curterm(current);
}

enum depth terminal_depth(const char *term, const char *colorterm)
{
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
        return DEPTH_MONO;
    if (colorterm != NULL &&
        (strcmp(colorterm, "truecolor") == 0 || strcmp(colorterm, "24bit") == 0))
        return DEPTH_TRUE;
    int depth = depth_by_terminfo(term);
    if (depth >= 0)
        return (enum depth)depth;
    /* A server often lacks the entry of the terminal that one calls it from. */
    return strstr(term, "256color") != NULL ? DEPTH_256 : DEPTH_MONO;
}
