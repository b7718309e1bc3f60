#include "bilens/view/spectra.h"

#include <string.h>

#include "bilens/base/mem.h"

struct spectrum {
    struct value *about; /* a reference, so that its address stays its own */
    double *values;
    size_t count;
};

struct spectra {
    struct spectrum *items;
    size_t count;
};

struct spectra *spectra_new(void)
{
    return mem_new(1, sizeof(struct spectra));
}

static void drop(struct spectra *s, size_t i)
{
    value_unref(s->items[i].about);
    mem_free(s->items[i].values);
    s->items[i] = s->items[--s->count];
}

void spectra_free(struct spectra *s)
{
    if (s == NULL)
        return;
    while (s->count > 0)
        drop(s, s->count - 1);
    mem_free(s->items);
    mem_free(s);
}

static void forget_unused(struct spectra *s)
{
    for (size_t i = s->count; i-- > 0;)
        if (atomic_load(&s->items[i].about->refs) == 1)
            drop(s, i);
}

const double *spectra_find(const struct spectra *s, const struct value *about, size_t *count)
{
    for (size_t i = 0; s != NULL && i < s->count; i++)
        if (s->items[i].about == about) {
            *count = s->items[i].count;
            return s->items[i].values;
        }
    return NULL;
}

void spectra_note(struct spectra *s, struct value *about, const struct value *decomp)
{
    size_t known;
    if (s == NULL)
        return;
    forget_unused(s);
    if (decomp->kind != VALUE_DECOMP || decomp->count == 0 ||
        spectra_find(s, about, &known) != NULL)
        return;
    size_t count = decomp_count(decomp->items[0].decomp);
    double *values = mem_new(count, sizeof *values);
    memcpy(values, decomp_values(decomp->items[0].decomp), count * sizeof *values);
    s->items = mem_resize(s->items, s->count + 1, sizeof *s->items);
    s->items[s->count++] = (struct spectrum){value_ref(about), values, count};
}
