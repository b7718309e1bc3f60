#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

enum { ESCAPE_MILLISECONDS = 25, CTRL_H = 8, DELETE = 127, ESCAPE = 27 };

struct screen {
    SCREEN *curses;
    void *terminfo; /* the current terminal before */
    bool colours;
    bool direct; /* colours are numbers 0xrrggbb */
};

/* Descriptions of the same terminal with direct colours, where they are installed: a terminal
 * of 256 colours that shows all says so in COLORTERM only, which curses does not read. */
static SCREEN *open_direct(const char *term)
{
    static const char suffix[] = "-256color";
    static const char *const direct[] = {"-direct2", "-direct"};
    size_t length = strlen(term), cut = sizeof suffix - 1;
    char name[64];
    if (length <= cut || length - cut > 40 || strcmp(term + length - cut, suffix) != 0)
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%.*s%s", (int)(length - cut), term, direct[i]);
        SCREEN *s = newterm(name, stdout, stdin);
        if (s != NULL)
            return s;
    }
    return NULL;
}

/* Colours by what the theme wants and the terminal has; the theme says what came of it. */
static void open_colours(struct screen *s, struct theme *theme)
{
    theme->sgr = true; /* attributes are no colours: a cursor must show */
    if (theme->depth == DEPTH_MONO || !has_colors() || start_color() == ERR) {
        theme->depth = DEPTH_MONO;
        return;
    }
    use_default_colors();
    s->colours = true;
    s->direct = COLORS >= 1 << 24;
    if (theme->depth == DEPTH_TRUE && !s->direct)
        theme->depth = DEPTH_256;
    if (theme->depth == DEPTH_256 && COLORS < 256)
        theme->depth = COLORS >= 8 ? DEPTH_8 : DEPTH_MONO;
    if (s->direct && theme->depth == DEPTH_256)
        theme->depth = DEPTH_TRUE;
}

struct screen *screen_open(struct theme *theme, struct err *e)
{
    const char *term = getenv("TERM");
    struct screen *s = mem_new(1, sizeof *s);
    s->terminfo = terminal_current();
    if (theme->depth == DEPTH_TRUE && term != NULL)
        s->curses = open_direct(term);
    if (s->curses == NULL)
        s->curses = newterm(NULL, stdout, stdin);
    if (s->curses == NULL) {
        terminal_restore(s->terminfo);
        mem_free(s);
        err_set(e, ERR_UNSUPPORTED, "the terminal '%s' cannot show a full screen",
                term ? term : "");
        return NULL;
    }
    cbreak();
    noecho();
    nonl();
    set_escdelay(ESCAPE_MILLISECONDS);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    open_colours(s, theme);
    return s;
}

void screen_close(struct screen *s)
{
    if (s == NULL)
        return;
    mousemask(0, NULL);
    curs_set(1);
    endwin();
    delscreen(s->curses);
    fflush(stdout);
    terminal_restore(s->terminfo);
    mem_free(s);
}

bool screen_resized(const struct screen *s)
{
    struct winsize size;
    (void)s;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
           (size.ws_row != LINES || size.ws_col != COLS);
}

void screen_say(struct screen *s, const char *line)
{
    (void)s;
    move(LINES - 1, 0);
    clrtoeol();
    mvaddnstr(LINES - 1, 1, line, COLS - 2);
    refresh();
}

void screen_resize(struct screen *s, size_t *rows, size_t *cols)
{
    struct winsize size;
    (void)s;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        resizeterm(size.ws_row, size.ws_col);
        clearok(curscr, TRUE); /* terminals reflow what stood there */
    }
    *rows = (size_t)LINES;
    *cols = (size_t)COLS;
}

void screen_forget(struct screen *s)
{
    (void)s;
    clearok(curscr, TRUE);
}

void screen_pause(struct screen *s)
{
    (void)s;
    endwin();
    fflush(stdout);
}

/* ---- out ---- */

/* The number curses has for an ink; -1 is the terminal's own colour. */
static int colour_of(const struct screen *s, struct ink ink)
{
    enum { NEARLY_BLACK = 0x000010, PALETTE = 8 };
    if (ink.kind == INK_NONE)
        return -1;
    if (s->direct && ink.kind == INK_RGB && ink.value < PALETTE)
        return NEARLY_BLACK; /* the first numbers are the palette's */
    return (int)ink.value;
}

static attr_t attributes_of(struct cell_look look)
{
    return (look.bold ? A_BOLD : 0) | (look.dim ? A_DIM : 0) | (look.underline ? A_UNDERLINE : 0) |
           (look.reverse ? A_REVERSE : 0);
}

/* One cell. Where curses would give the character another width than the canvas did, marks
 * stand in its place, so that all others stay where they belong. */
static void put_cell(const struct screen *s, const struct theme *theme, const struct cell *cell,
                     int row, int col, int width)
{
    uint32_t code;
    wchar_t string[CELL_MARKS + 2] = {0};
    cchar_t out;
    struct cell_look look = cell_look(cell, theme, &code);
    int pair = 0;
    if (s->colours && (look.fore.kind != INK_NONE || look.back.kind != INK_NONE))
        pair = alloc_pair(colour_of(s, look.fore), colour_of(s, look.back));
    if (pair < 0)
        pair = 0;
    bool fits = wcwidth((wchar_t)code) == width;
    string[0] = fits ? (wchar_t)code : L'?';
    for (size_t i = 0; fits && i < CELL_MARKS && cell->marks[i] != 0; i++)
        string[i + 1] = wcwidth((wchar_t)cell->marks[i]) == 0 ? (wchar_t)cell->marks[i] : L'\0';
    setcchar(&out, string, attributes_of(look), 0, &pair);
    mvadd_wch(row, col, &out);
    if (!fits && width == 2)
        mvadd_wch(row, col + 1, &out);
}

void screen_show(struct screen *s, const struct theme *theme, const struct canvas *c,
                 struct caret caret)
{
    erase();
    for (size_t r = 0; r < c->rows && r < (size_t)LINES; r++)
        for (size_t k = 0; k < c->cols && k < (size_t)COLS; k++) {
            const struct cell *cell = &c->cells[r * c->cols + k];
            bool wide = k + 1 < c->cols && cell[1].code == 0;
            if (cell->code != 0 && !(cell->code == ' ' && cell->role == ROLE_TEXT))
                put_cell(s, theme, cell, (int)r, (int)k, wide ? 2 : 1);
        }
    curs_set(caret.visible ? 1 : 0);
    move((int)caret.row, (int)caret.col);
    wnoutrefresh(stdscr);
    doupdate();
}

/* ---- in ---- */

static uint32_t key_of(wint_t key)
{
    static const struct {
        wint_t curses;
        uint32_t key;
    } keys[] = {{KEY_LEFT, KEYCODE_LEFT},
                {KEY_RIGHT, KEYCODE_RIGHT},
                {KEY_UP, KEYCODE_UP},
                {KEY_DOWN, KEYCODE_DOWN},
                {KEY_PPAGE, KEYCODE_PAGE_UP},
                {KEY_NPAGE, KEYCODE_PAGE_DOWN},
                {KEY_HOME, KEYCODE_HOME},
                {KEY_END, KEYCODE_END},
                {KEY_BACKSPACE, KEYCODE_BACKSPACE},
                {KEY_DC, KEYCODE_BACKSPACE},
                {KEY_ENTER, KEYCODE_ENTER},
                {KEY_BTAB, KEYCODE_BACKTAB},
                {KEY_FIND, KEYCODE_HOME},
                {KEY_SELECT, KEYCODE_END}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].curses == key)
            return keys[i].key;
    return 0;
}

static uint32_t character_of(wint_t code)
{
    switch (code) {
    case '\r':
    case '\n':
        return KEYCODE_ENTER;
    case '\t':
        return KEYCODE_TAB;
    case CTRL_H:
    case DELETE:
        return KEYCODE_BACKSPACE;
    case ESCAPE:
        return KEYCODE_ESCAPE;
    default:
        return (uint32_t)code;
    }
}

static struct screen_event pointer_event(void)
{
    struct screen_event event = {.kind = EVENT_NONE};
    MEVENT m;
    if (getmouse(&m) == ERR || m.x < 0 || m.y < 0)
        return event;
    event = (struct screen_event){.kind = EVENT_POINTER, .row = (size_t)m.y, .col = (size_t)m.x};
    if ((m.bstate & BUTTON4_PRESSED) != 0)
        event.pointer = POINTER_WHEEL_UP;
    else if ((m.bstate & BUTTON5_PRESSED) != 0)
        event.pointer = POINTER_WHEEL_DOWN;
    else if ((m.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED)) == 0)
        event.kind = EVENT_NONE;
    return event;
}

struct screen_event screen_event(struct screen *s)
{
    wint_t key;
    (void)s;
    for (;;) {
        struct screen_event event = {.kind = EVENT_KEY};
        int kind = get_wch(&key);
        if (kind == ERR)
            return (struct screen_event){.kind = EVENT_NONE};
        if (kind != KEY_CODE_YES)
            event.key = character_of(key);
        else if (key == KEY_MOUSE)
            event = pointer_event();
        else
            event.key = key_of(key);
        if (event.kind == EVENT_POINTER || event.key != 0)
            return event;
    }
}

/* ---- for those who cannot ask curses any more ---- */

/* Appends a capability without its padding. */
static size_t add_capability(const char *name, char *bytes, size_t at, size_t size)
{
    char copy[16];
    snprintf(copy, sizeof copy, "%s", name);
    const char *string = tigetstr(copy);
    if (string == NULL || string == (const char *)-1)
        return at;
    while (*string != '\0' && at < size) {
        if (strncmp(string, "$<", 2) == 0) {
            string += strcspn(string, ">");
            string += *string == '>';
        } else {
            bytes[at++] = *string++;
        }
    }
    return at;
}

static size_t add_bytes(const char *string, char *bytes, size_t at, size_t size)
{
    size_t length = strlen(string);
    if (at + length > size)
        return at;
    memcpy(bytes + at, string, length);
    return at + length;
}

size_t screen_leaving(struct screen *s, char *bytes, size_t size)
{
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    size_t at = 0;
    (void)s;
    char mouse[] = "kmous";
    const char *has_mouse = tigetstr(mouse);
    if (has_mouse != NULL && has_mouse != (const char *)-1)
        at = add_bytes("\033[?1000l\033[?1006l", bytes, at, size); /* what XM and xterm agree on */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        at = add_capability(names[i], bytes, at, size);
    return add_bytes("\r", bytes, at, size);
}
