/* What stands on the screen: libvterm's cells, cursor and modes, as tests want to read them. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct screen *s = user;
    if (property == VTERM_PROP_ALTSCREEN)
        s->alternate = value->boolean != 0;
    else if (property == VTERM_PROP_CURSORVISIBLE)
        s->cursor_hidden = value->boolean == 0;
    else if (property == VTERM_PROP_MOUSE)
        s->mouse = value->number;
    return 1;
}

/* Appends the characters of a cell. */
static void add_cell(struct text *out, const VTermScreenCell *cell)
{
    if (cell->chars[0] == 0)
        text_add_char(out, ' ');
    /* Right of a wide character stands UINT32_MAX. */
    for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0; i++)
        if (cell->chars[i] != (uint32_t)-1)
            text_add_code(out, cell->chars[i]);
}

static void end_row(struct text *out, size_t start)
{
    while (out->length > start && out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
}

static int on_scroll(int cols, const VTermScreenCell *cells, void *user)
{
    struct screen *s = user;
    size_t start = s->scrollback.length;
    for (int i = 0; i < cols; i++)
        add_cell(&s->scrollback, &cells[i]);
    end_row(&s->scrollback, start);
    text_add_char(&s->scrollback, '\n');
    return 1;
}

void screen_emulate(struct screen *s, int rows, int cols, VTermOutputCallback *send)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property,
                                                   .sb_pushline = on_scroll};
    s->term = vterm_new(rows, cols);
    ck_assert_ptr_nonnull(s->term);
    vterm_set_utf8(s->term, 1);
    vterm_output_set_callback(s->term, send, s);
    s->cells = vterm_obtain_screen(s->term);
    vterm_screen_set_callbacks(s->cells, &callbacks, s);
    vterm_screen_enable_altscreen(s->cells, 1);
    vterm_screen_reset(s->cells, 1);
}

/* How many bytes at the end start a character without ending it. libvterm 0.1 takes those of a
 * character that comes in two pieces for two broken ones. */
static size_t started(const char *bytes, size_t length)
{
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        unsigned char c = (unsigned char)bytes[length - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return back < whole ? back : 0;
    }
    return 0;
}

void screen_feed(struct screen *s, const char *bytes, size_t length)
{
    text_add_bytes(&s->written, bytes, length);
    size_t end = s->written.length - started(s->written.data, s->written.length);
    if (end > s->shown)
        vterm_input_write(s->term, s->written.data + s->shown, end - s->shown);
    s->shown = end > s->shown ? end : s->shown;
}

/* ---- keys, in the mode the terminal is in ---- */

void screen_key(struct screen *s, enum screen_key key)
{
    static const VTermKey keys[] = {
        [SCREEN_UP] = VTERM_KEY_UP,          [SCREEN_DOWN] = VTERM_KEY_DOWN,
        [SCREEN_LEFT] = VTERM_KEY_LEFT,      [SCREEN_RIGHT] = VTERM_KEY_RIGHT,
        [SCREEN_HOME] = VTERM_KEY_HOME,      [SCREEN_END] = VTERM_KEY_END,
        [SCREEN_PAGE_UP] = VTERM_KEY_PAGEUP, [SCREEN_PAGE_DOWN] = VTERM_KEY_PAGEDOWN,
        [SCREEN_ENTER] = VTERM_KEY_ENTER,    [SCREEN_BACKSPACE] = VTERM_KEY_BACKSPACE,
        [SCREEN_TAB] = VTERM_KEY_TAB,        [SCREEN_ESCAPE] = VTERM_KEY_ESCAPE};
    vterm_keyboard_key(s->term, keys[key], VTERM_MOD_NONE);
}

void screen_click(struct screen *s, int row, int col)
{
    vterm_mouse_move(s->term, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(s->term, 1, true, VTERM_MOD_NONE);
    vterm_mouse_button(s->term, 1, false, VTERM_MOD_NONE);
}

void screen_wheel(struct screen *s, int row, int col, bool up)
{
    vterm_mouse_move(s->term, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(s->term, up ? 4 : 5, true, VTERM_MOD_NONE);
}

void screen_paste(struct screen *s, const char *bytes, size_t length)
{
    vterm_keyboard_start_paste(s->term);
    screen_bytes(s, bytes, length);
    vterm_keyboard_end_paste(s->term);
}

/* ---- reading ---- */

void screen_size(const struct screen *s, int *rows, int *cols)
{
    vterm_get_size(s->term, rows, cols);
}

static struct screen_color color_of(VTermColor color)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&color) || VTERM_COLOR_IS_DEFAULT_BG(&color))
        return (struct screen_color){SCREEN_COLOR_DEFAULT, 0};
    if (VTERM_COLOR_IS_INDEXED(&color))
        return (struct screen_color){SCREEN_COLOR_INDEX, color.indexed.idx};
    return (struct screen_color){SCREEN_COLOR_RGB, (uint32_t)color.rgb.red << 16 |
                                                       (uint32_t)color.rgb.green << 8 |
                                                       color.rgb.blue};
}

struct screen_cell screen_cell(const struct screen *s, int row, int col)
{
    VTermScreenCell cell = {.width = 1};
    struct text t = TEXT_EMPTY;
    vterm_screen_get_cell(s->cells, (VTermPos){row, col}, &cell);
    struct screen_cell out = {.width = cell.width,
                              .fore = color_of(cell.fg),
                              .back = color_of(cell.bg),
                              .bold = cell.attrs.bold,
                              .underline = cell.attrs.underline != 0,
                              .reverse = cell.attrs.reverse};
    add_cell(&t, &cell);
    snprintf(out.text, sizeof out.text, "%s", text_get(&t));
    text_done(&t);
    return out;
}

static void add_row(const struct screen *s, int row, struct text *out)
{
    int rows, cols;
    size_t start = out->length;
    screen_size(s, &rows, &cols);
    for (int col = 0; row >= 0 && row < rows && col < cols; col++) {
        VTermScreenCell cell;
        if (vterm_screen_get_cell(s->cells, (VTermPos){row, col}, &cell))
            add_cell(out, &cell);
    }
    end_row(out, start);
}

const char *screen_row(struct screen *s, int row)
{
    text_clear(&s->row);
    text_add(&s->row, "");
    add_row(s, row, &s->row);
    return text_get(&s->row);
}

const char *screen_text(struct screen *s)
{
    int rows, cols;
    screen_size(s, &rows, &cols);
    text_clear(&s->all);
    for (int row = 0; row < rows; row++) {
        add_row(s, row, &s->all);
        text_add_char(&s->all, '\n');
    }
    return text_get(&s->all);
}

bool screen_find(struct screen *s, const char *text, int *row, int *col)
{
    int rows, cols;
    screen_size(s, &rows, &cols);
    for (*row = 0; *row < rows; ++*row) {
        const char *line = screen_row(s, *row), *at = strstr(line, text);
        size_t bytes = 0;
        for (*col = 0; at != NULL && *col < cols; ++*col) {
            size_t length = strlen(screen_cell(s, *row, *col).text);
            if (line + bytes >= at && length > 0) /* not the right half of a wide character */
                return true;
            bytes += length;
        }
    }
    return false;
}

void screen_cursor(const struct screen *s, int *row, int *col)
{
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(s->term), &at);
    *row = at.row;
    *col = at.col;
}

bool screen_cursor_visible(const struct screen *s)
{
    return !s->cursor_hidden;
}

bool screen_alternate(const struct screen *s)
{
    return s->alternate;
}

bool screen_mouse(const struct screen *s)
{
    return s->mouse != VTERM_PROP_MOUSE_NONE;
}

const char *screen_scrollback(const struct screen *s)
{
    return text_get(&s->scrollback);
}

const char *screen_written(const struct screen *s, size_t *length)
{
    if (length != NULL)
        *length = s->written.length;
    return text_get(&s->written);
}

const char *screen_dump(struct screen *s)
{
    int rows, cols, row, col;
    screen_size(s, &rows, &cols);
    screen_cursor(s, &row, &col);
    text_clear(&s->dump);
    text_printf(&s->dump, "---- %d x %d, cursor %d:%d%s%s%s\n", rows, cols, row, col,
                s->cursor_hidden ? " hidden" : "", s->alternate ? ", alternate screen" : "",
                s->ended ? ", the program has ended" : "");
    text_add(&s->dump, screen_text(s));
    text_add(&s->dump, "----");
    return text_get(&s->dump);
}
