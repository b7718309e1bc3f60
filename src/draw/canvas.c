#include "bilens/draw/canvas.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"

static const struct cell blank = {.code = ' ', .role = ROLE_TEXT};

struct canvas *canvas_new(size_t rows, size_t cols, struct err *e)
{
    struct canvas *c = mem_new(1, sizeof *c);
    /* mem_new checks one product; this one has three factors. */
    bool fits = cols == 0 || rows <= SIZE_MAX / cols;
    c->cells = fits ? mem_try_new(rows * cols, sizeof *c->cells) : NULL;
    if (c->cells == NULL) {
        mem_free(c);
        err_memory(e);
        return NULL;
    }
    c->rows = rows;
    c->cols = cols;
    for (size_t i = 0; i < rows * cols; i++)
        c->cells[i] = blank;
    return c;
}

void canvas_free(struct canvas *c)
{
    if (c == NULL)
        return;
    mem_free(c->cells);
    shapes_done(&c->shapes);
    mem_free(c);
}

struct cell *canvas_at(struct canvas *c, size_t row, size_t col)
{
    if (row >= c->rows || col >= c->cols)
        return NULL;
    return &c->cells[row * c->cols + col];
}

/* Gives the cell up to a new owner: half a wide character must not stay behind. */
static struct cell *claim(struct canvas *c, size_t row, size_t col)
{
    struct cell *cell = canvas_at(c, row, col);
    if (cell == NULL)
        return NULL;
    if (cell->code == 0 && col > 0)
        cell[-1] = blank;
    if (col + 1 < c->cols && cell[1].code == 0)
        cell[1] = blank;
    *cell = blank;
    return cell;
}

void canvas_set(struct canvas *c, size_t row, size_t col, enum role role, uint32_t code)
{
    struct cell *cell = claim(c, row, col);
    if (cell == NULL)
        return;
    cell->code = code;
    cell->role = (uint8_t)role;
}

void canvas_heat(struct canvas *c, size_t row, size_t col, int upper, int lower)
{
    struct cell *cell = claim(c, row, col);
    if (cell == NULL)
        return;
    cell->role = ROLE_HEAT;
    cell->upper = (int8_t)upper;
    cell->lower = (int8_t)lower;
}

static void add_mark(struct cell *cell, uint32_t code)
{
    for (size_t i = 0; i < CELL_MARKS; i++) {
        if (cell->marks[i] == 0) {
            cell->marks[i] = code;
            return;
        }
    }
}

static void set_wide(struct canvas *c, size_t row, size_t col, enum role role, uint32_t code)
{
    canvas_set(c, row, col + 1, role, ' ');
    canvas_set(c, row, col, role, code);
    canvas_at(c, row, col + 1)->code = 0;
}

size_t canvas_put(struct canvas *c, size_t row, size_t col, enum role role, const char *string)
{
    size_t length = strlen(string), at = col;
    struct cell *last = NULL;
    while (length > 0 && row < c->rows) {
        uint32_t code;
        size_t n = utf8_decode(string, length, &code);
        int width = utf8_code_width(code);
        if (width < 0) {
            code = '?';
            width = 1;
        }
        string += n;
        length -= n;
        if (width == 0) {
            if (last != NULL)
                add_mark(last, code);
            continue;
        }
        if (at + (size_t)width > c->cols)
            break;
        if (width == 2)
            set_wide(c, row, at, role, code);
        else
            canvas_set(c, row, at, role, code);
        last = canvas_at(c, row, at);
        at += (size_t)width;
    }
    return at - col;
}

size_t canvas_heat_put(struct canvas *c, size_t row, size_t col, int level, const char *string)
{
    size_t cells = canvas_put(c, row, col, ROLE_HEAT, string);
    for (size_t i = 0; i < cells; i++) {
        struct cell *cell = canvas_at(c, row, col + i);
        cell->upper = cell->lower = (int8_t)level;
    }
    return cells;
}

void canvas_blit(struct canvas *c, size_t row, size_t col, const struct canvas *source)
{
    shapes_copy(&c->shapes, &source->shapes, (double)col, (double)row);
    for (size_t r = 0; r < source->rows && row + r < c->rows; r++) {
        for (size_t i = 0; i < source->cols && col + i < c->cols; i++) {
            const struct cell *from = &source->cells[r * source->cols + i];
            bool wide = i + 1 < source->cols && from[1].code == 0;
            if (from->code == 0)
                continue; /* came with its left half */
            struct cell *to = claim(c, row + r, col + i);
            if (wide && col + i + 1 >= c->cols)
                continue;
            *to = *from;
            if (wide)
                *claim(c, row + r, col + i + 1) = from[1];
        }
    }
}

static bool is_blank(const struct cell *cell)
{
    return cell->code == ' ' && cell->marks[0] == 0 && cell->role != ROLE_HEAT &&
           cell->role != ROLE_CURSOR;
}

void canvas_crop(struct canvas *c, size_t rows)
{
    size_t cols = (size_t)ceil(c->shapes.right);
    cols = cols < c->cols ? cols : c->cols;
    if (rows < c->rows)
        c->rows = rows;
    for (size_t r = 0; r < c->rows; r++)
        for (size_t i = cols; i < c->cols; i++)
            if (!is_blank(&c->cells[r * c->cols + i]))
                cols = i + 1;
    for (size_t r = 0; r < c->rows && cols < c->cols; r++)
        memmove(&c->cells[r * cols], &c->cells[r * c->cols], cols * sizeof *c->cells);
    c->cols = cols;
}
