/* Finding in a spectrum: the components in which a token ranks highest; the places of a vector. */
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "spectrum.h"

static void say_hit(const struct spectrum_view *s, struct explorer *x)
{
    const struct hit *h = &s->hits[s->hit_at];
    explorer_say(x, "%s: number %zu at the %s pole of %c%zu (%zu of %zu; n goes on)", s->searched,
                 h->rank, h->high ? "high" : "low", h->name, h->component, s->hit_at + 1,
                 s->hit_count);
}

void spectrum_next_hit(struct spectrum_view *s, struct explorer *x, bool back)
{
    if (s->hit_count == 0) {
        explorer_say(x, "nothing was searched for yet: / and a word");
        return;
    }
    s->hit_at = (s->hit_at + (back ? s->hit_count - 1 : 1)) % s->hit_count;
    s->bars.at = s->hits[s->hit_at].component;
    say_hit(s, x);
}

/* The place on an axis that a word means: by its label, or where there are none by its number. */
static bool find_place(struct axis axis, const char *word, size_t *place, struct err *e)
{
    size_t original;
    if (axis.labels != NULL) {
        if (!axis.labels->class->find(axis.labels, word, &original, e))
            return false;
    } else {
        char *end;
        original = strtoul(word, &end, 10);
        if (end == word || *end != '\0')
            return err_set(e, ERR_ARGUMENT,
                           "places on the axis %s have numbers, no names; not '%s'",
                           axis_kind_name(axis.kind), word);
    }
    return axis_place(axis, original, place) ||
           err_set(e, ERR_INDEX, "%s is not among the %zu shown", word, axis.size);
}

static bool search_components(struct spectrum_view *s, struct explorer *x, const char *word,
                              struct err *e)
{
    struct axis axis = {0};
    for (size_t i = s->ways.count; i-- > 0;)
        if (way_axis(s->value, s->member, &s->ways.way[i]).kind == AXIS_TOKEN)
            axis = way_axis(s->value, s->member, &s->ways.way[i]);
    if (axis.kind != AXIS_TOKEN)
        return err_set(e, ERR_TYPE, "neither side of this spectrum is on tokens, or read on them");
    size_t token, count;
    struct hit *hits;
    if (!find_place(axis, word, &token, e) ||
        !reading_ranks(x, s->value, s->member, token, &s->ways, &hits, &count, e))
        return false;
    if (count == 0) {
        mem_free(hits);
        return err_set(e, ERR_ARGUMENT, "%s is in no component", word);
    }
    mem_free(s->hits);
    s->hits = hits;
    s->hit_count = count;
    s->hit_at = 0;
    view_keep_word(&s->searched, word);
    s->bars.at = hits[0].component;
    s->cursor.active = false;
    say_hit(s, x);
    return true;
}

bool spectrum_view_search(struct view *v, struct explorer *x, const char *word, bool columns,
                          struct err *e)
{
    struct spectrum_view *s = (struct spectrum_view *)v;
    (void)columns;
    if (reading_is_decomp(s->value))
        return search_components(s, x, word, e);
    size_t place;
    if (!find_place(s->value->items[s->member].vector->axis, word, &place, e))
        return false;
    s->bars.at = place;
    return true;
}
