/* The text back end: a canvas as lines, plain or with SGR sequences (ECMA-48). */
#include "bilens/base/text.h"
#include "bilens/draw/canvas.h"

/* Parameters of one SGR sequence; the longest change is two colours and three
 * attributes. */
struct sgr {
    struct text *out;
    bool open;
};

static void sgr_begin(struct sgr *sgr)
{
    text_add(sgr->out, sgr->open ? ";" : "\033[");
    sgr->open = true;
}

static void sgr_code(struct sgr *sgr, unsigned code)
{
    sgr_begin(sgr);
    text_printf(sgr->out, "%u", code);
}

static bool ink_same(struct ink a, struct ink b)
{
    return a.kind == b.kind && (a.kind == INK_NONE || a.value == b.value);
}

/* base is 30 for ink, 40 for the ground. */
static void sgr_ink(struct sgr *sgr, unsigned base, struct ink ink)
{
    if (ink.kind == INK_NONE)
        sgr_code(sgr, base + 9);
    else if (ink.kind == INK_INDEX && ink.value < 8)
        sgr_code(sgr, base + ink.value);
    else {
        sgr_begin(sgr);
        if (ink.kind == INK_INDEX)
            text_printf(sgr->out, "%u;5;%u", base + 8, (unsigned)ink.value);
        else
            text_printf(sgr->out, "%u;2;%u;%u;%u", base + 8, (unsigned)(ink.value >> 16 & 0xff),
                        (unsigned)(ink.value >> 8 & 0xff), (unsigned)(ink.value & 0xff));
    }
}

static bool look_is_plain(const struct cell_look *look)
{
    return look->fore.kind == INK_NONE && look->back.kind == INK_NONE && !look->bold &&
           !look->dim && !look->underline && !look->reverse;
}

static void write_attributes(struct sgr *sgr, const struct cell_look *from,
                             const struct cell_look *to)
{
    /* 22 ends bold and dim together. */
    bool clear = (from->bold && !to->bold) || (from->dim && !to->dim);
    if (clear)
        sgr_code(sgr, 22);
    if (to->bold && (clear || !from->bold))
        sgr_code(sgr, 1);
    if (to->dim && (clear || !from->dim))
        sgr_code(sgr, 2);
    if (to->underline != from->underline)
        sgr_code(sgr, to->underline ? 4 : 24);
    if (to->reverse != from->reverse)
        sgr_code(sgr, to->reverse ? 7 : 27);
}

/* Writes what differs between two looks, as one sequence or none. */
static void write_change(struct text *out, const struct cell_look *from, const struct cell_look *to)
{
    struct sgr sgr = {out, false};
    if (look_is_plain(to)) {
        if (!look_is_plain(from))
            text_add(out, "\033[0m");
        return;
    }
    write_attributes(&sgr, from, to);
    if (!ink_same(from->fore, to->fore))
        sgr_ink(&sgr, 30, to->fore);
    if (!ink_same(from->back, to->back))
        sgr_ink(&sgr, 40, to->back);
    if (sgr.open)
        text_add_char(out, 'm');
}

/* A space shows only its ground: it may keep the ink and weight in force. */
static void relax_space(struct cell_look *look, const struct cell_look *now)
{
    if (look->reverse || look->underline || now->reverse || now->underline)
        return;
    look->fore = now->fore;
    look->bold = now->bold;
    look->dim = now->dim;
}

static bool shows_nothing(const struct cell *cell, const struct theme *theme)
{
    uint32_t code;
    struct cell_look look = cell_look(cell, theme, &code);
    return code == ' ' && cell->marks[0] == 0 && look.back.kind == INK_NONE && !look.reverse &&
           !look.underline;
}

static void write_cell(const struct cell *cell, const struct theme *theme, struct cell_look *now,
                       struct text *out)
{
    uint32_t code;
    struct cell_look look = cell_look(cell, theme, &code);
    if (code == 0)
        return;
    if (code == ' ' && cell->marks[0] == 0)
        relax_space(&look, now);
    write_change(out, now, &look);
    *now = look;
    text_add_code(out, code);
    for (size_t i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
        text_add_code(out, cell->marks[i]);
}

void canvas_write(const struct canvas *c, const struct theme *theme, struct text *out)
{
    static const struct cell_look plain = {0};
    for (size_t r = 0; r < c->rows; r++) {
        const struct cell *row = c->cells + r * c->cols;
        struct cell_look now = plain;
        size_t cols = c->cols;
        while (cols > 0 && shows_nothing(&row[cols - 1], theme))
            cols--;
        for (size_t i = 0; i < cols; i++)
            write_cell(&row[i], theme, &now, out);
        write_change(out, &now, &plain);
        text_add_char(out, '\n');
    }
}
