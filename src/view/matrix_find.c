/* Finding places of a matrix: rows and columns by their labels, entries by their magnitude. */
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/cmd/common.h"
#include "matrix.h"

enum { LARGEST_MOST = 100 };

void found_done(struct found *f)
{
    mem_free(f->word);
    mem_free(f->places);
    *f = (struct found){0};
}

/* The place that indexing by the word would take; false where there is none. */
static bool exact_place(struct axis axis, const char *word, size_t *place, struct err *e)
{
    size_t original;
    if (axis.labels != NULL)
        return axis.labels->class->find(axis.labels, word, &original, e) &&
               (axis_place(axis, original, place) ||
                err_set(e, ERR_INDEX, "\"%s\" is not on this part of the axis", word));
    char *end;
    original = strtoul(word, &end, 10);
    if (end == word || *end != '\0')
        return err_set(e, ERR_ARGUMENT, "%s has numbers, no names: not '%s'",
                       axis_kind_name(axis.kind), word);
    return axis_place(axis, original, place) ||
           err_set(e, ERR_INDEX, "%s %zu is not on this part of the axis",
                   axis_kind_name(axis.kind), original);
}

/* Every place whose label holds the word, the exact one first. */
static bool find_places(struct axis axis, const char *word, struct found *f, struct err *e)
{
    size_t exact = axis.size;
    struct err why = {0};
    bool known = exact_place(axis, word, &exact, &why);
    exact = known ? exact : axis.size;
    f->places = mem_new(axis.size, sizeof *f->places);
    if (known)
        f->places[f->count++] = exact;
    struct text label = TEXT_EMPTY;
    for (size_t i = 0; axis.labels != NULL && i < axis.size; i++) {
        text_clear(&label);
        axis_label(axis, i, &label);
        if (i != exact && strstr(text_get(&label), word) != NULL)
            f->places[f->count++] = i;
    }
    text_done(&label);
    if (f->count == 0) {
        *e = why;
        return false;
    }
    return true;
}

static void go_to_found(struct matrix_view *k, struct explorer *x)
{
    struct found *f = &k->found;
    size_t place = f->places[f->at];
    if (f->columns)
        k->window.col.at = place;
    else
        k->window.row.at = place;
    explorer_say(x, "%s %s: %zu of %zu", f->columns ? "column" : "row", f->word, f->at + 1,
                 f->count);
}

bool matrix_view_search(struct view *v, struct explorer *x, const char *word, bool columns,
                        struct err *e)
{
    struct matrix_view *k = (struct matrix_view *)v;
    struct found f = {.columns = columns, .word = mem_strdup(word)};
    if (!find_places(columns ? k->m->col : k->m->row, word, &f, e)) {
        found_done(&f);
        return false;
    }
    found_done(&k->found);
    k->found = f;
    go_to_found(k, x);
    return true;
}

void matrix_find_next(struct matrix_view *k, struct explorer *x, bool back)
{
    struct found *f = &k->found;
    if (f->count == 0) {
        explorer_say(x, "nothing was searched for yet: / and a row's word, \\ and a column's");
        return;
    }
    f->at = (f->at + (back ? f->count - 1 : 1)) % f->count;
    if (f->places[f->at] < (f->columns ? k->m->col.size : k->m->row.size))
        go_to_found(k, x);
}

void matrix_next_largest(struct matrix_view *k, struct explorer *x, bool back)
{
    struct err e = {0};
    if (k->largest == NULL) {
        if (!window_largest(x, k->m, LARGEST_MOST, &k->largest, &k->largest_count, &e)) {
            explorer_fail(x, &e);
            return;
        }
        k->largest_at = 0;
    } else if (k->largest_count > 0) {
        k->largest_at = (k->largest_at + (back ? k->largest_count - 1 : 1)) % k->largest_count;
    }
    if (k->largest_count == 0)
        return;
    const struct entry *entry = &k->largest[k->largest_at];
    k->window.row.at = entry->row;
    k->window.col.at = entry->col;
    explorer_say(x, "number %zu by magnitude, of all entries", k->largest_at + 1);
}
