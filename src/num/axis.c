#include "bilens/num/axis.h"

#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"

struct labels *labels_ref(struct labels *labels)
{
    if (labels != NULL)
        atomic_fetch_add(&labels->refs, 1);
    return labels;
}

void labels_unref(struct labels *labels)
{
    if (labels != NULL && atomic_fetch_sub(&labels->refs, 1) == 1)
        labels->class->destroy(labels);
}

struct axis axis_make(enum axis_kind kind, size_t size, struct labels *labels)
{
    return (struct axis){.kind = kind, .size = size, .start = 0, .step = 1, .labels = labels};
}

struct axis axis_ref(struct axis axis)
{
    labels_ref(axis.labels);
    return axis;
}

void axis_unref(struct axis axis)
{
    labels_unref(axis.labels);
}

size_t labels_count(const struct labels *labels)
{
    return labels->class->count != NULL ? labels->class->count(labels) : 0;
}

/* Of different classes: a tokenizer's, and a list of the same names that was read from a file. */
static bool labels_named_alike(const struct labels *a, const struct labels *b)
{
    struct text x = TEXT_EMPTY, y = TEXT_EMPTY;
    size_t count = labels_count(a);
    bool same = count > 0 && count == labels_count(b);
    for (size_t i = 0; same && i < count; i++) {
        text_clear(&x);
        text_clear(&y);
        same = a->class->name(a, i, &x) == b->class->name(b, i, &y) && x.length == y.length &&
               !x.failed && !y.failed && memcmp(text_get(&x), text_get(&y), x.length) == 0;
    }
    text_done(&x);
    text_done(&y);
    return same;
}

bool labels_same(const struct labels *a, const struct labels *b)
{
    if (a == b)
        return true;
    if (a->class != b->class)
        return labels_named_alike(a, b);
    return a->class->same != NULL && a->class->same(a, b);
}

static bool same_origin(struct axis_origin a, struct axis_origin b)
{
    return a.model == 0 || b.model == 0 ||
           (a.model == b.model && a.part == b.part && a.layer == b.layer && a.head == b.head);
}

bool axis_match(struct axis a, struct axis b)
{
    bool loose = a.kind == AXIS_INDEX || b.kind == AXIS_INDEX;
    return axis_alike(a, b) && (loose || same_origin(a.origin, b.origin));
}

struct axis axis_loose(struct axis axis)
{
    axis.origin = (struct axis_origin){0};
    return axis;
}

/* A number for an origin, of which those of a sum's parts are added up: in any order the same. */
static uint64_t origin_number(struct axis_origin o)
{
    if (o.part == PART_MIXED)
        return o.model;
    uint64_t x =
        o.model + 0x9e3779b97f4a7c15U * (((uint64_t)o.layer << 32 | o.head) * 4 + o.part + 1);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static struct axis_origin mixed_origin(struct axis_origin a, struct axis_origin b)
{
    uint64_t number = origin_number(a) + origin_number(b);
    return (struct axis_origin){.model = number != 0 ? number : 1, .part = PART_MIXED};
}

struct axis axis_join(struct axis a, struct axis b)
{
    bool other = a.kind == AXIS_INDEX || (a.labels == NULL && b.labels != NULL);
    struct axis richer = other ? b : a;
    if (a.kind != b.kind)
        return richer;
    if (!same_origin(a.origin, b.origin))
        richer.origin = mixed_origin(a.origin, b.origin);
    else
        richer.origin = a.origin.model != 0 ? a.origin : b.origin;
    return richer;
}

bool axis_alike(struct axis a, struct axis b)
{
    if (a.size != b.size)
        return false;
    if (a.kind == AXIS_INDEX || b.kind == AXIS_INDEX)
        return true;
    bool same_places = a.size == 0 || (a.start == b.start && (a.size == 1 || a.step == b.step));
    bool same_labels = a.labels == NULL || b.labels == NULL || labels_same(a.labels, b.labels);
    return a.kind == b.kind && same_places && same_labels;
}

bool axis_place(struct axis axis, size_t original, size_t *place)
{
    ptrdiff_t away = (ptrdiff_t)original - (ptrdiff_t)axis.start;
    if (axis.step == 0 || away % axis.step != 0 || away / axis.step < 0)
        return false;
    *place = (size_t)(away / axis.step);
    return *place < axis.size;
}

size_t axis_original(struct axis axis, size_t i)
{
    return (size_t)((ptrdiff_t)axis.start + (ptrdiff_t)i * axis.step);
}

struct axis axis_slice(struct axis axis, size_t first, ptrdiff_t step, size_t count)
{
    struct axis part = axis;
    part.start = count == 0 ? 0 : axis_original(axis, first);
    part.step = axis.step * step;
    part.size = count;
    return part;
}

static const char *const kind_names[AXIS_KIND_COUNT] = {
    [AXIS_INDEX] = "index",   [AXIS_TOKEN] = "token", [AXIS_RESID] = "resid", [AXIS_HEAD] = "head",
    [AXIS_HIDDEN] = "hidden", [AXIS_POS] = "pos",     [AXIS_COMP] = "comp",
};

const char *axis_kind_name(enum axis_kind kind)
{
    return kind_names[kind];
}

void axis_describe(struct axis axis, struct text *out)
{
    text_add(out, axis_kind_name(axis.kind));
    if (axis.size == 0 || (axis.start == 0 && axis.step == 1))
        return;
    ptrdiff_t stop = (ptrdiff_t)axis.start + (ptrdiff_t)axis.size * axis.step;
    if (axis.step == 1)
        text_printf(out, "[%zu:%td]", axis.start, stop);
    else if (stop < 0) /* down to the first place: a negative stop would count from the end */
        text_printf(out, "[%zu::%td]", axis.start, axis.step);
    else
        text_printf(out, "[%zu:%td:%td]", axis.start, stop, axis.step);
}

/* The label of a place, in quotes; a place without one is told by its number. */
static void quote_label(struct axis axis, size_t i, struct text *out)
{
    size_t original = axis_original(axis, i), before = out->length;
    text_add_char(out, '"');
    if (axis.labels->class->name(axis.labels, original, out))
        text_add_char(out, '"');
    else {
        out->length = before;
        text_printf(out, "none");
    }
}

static bool same_label(struct axis a, struct axis b, size_t i)
{
    struct text x = TEXT_EMPTY, y = TEXT_EMPTY;
    quote_label(a, i, &x);
    quote_label(b, i, &y);
    bool same = x.length == y.length && memcmp(text_get(&x), text_get(&y), x.length) == 0;
    text_done(&x);
    text_done(&y);
    return same;
}

/* The first of the places that is called otherwise. */
static void contrast_labels(struct axis a, struct axis b, struct text *out)
{
    size_t i = 0;
    while (i < a.size && same_label(a, b, i))
        i++;
    text_add(out, ": their labels differ");
    if (i == a.size)
        return;
    text_printf(out, ", first at %zu, ", axis_original(a, i));
    quote_label(a, i, out);
    text_add(out, " and ");
    quote_label(b, i, out);
}

static void describe_origin(struct axis_origin o, struct text *out)
{
    if (o.part == PART_MLP)
        text_printf(out, "the MLP of layer %u", (unsigned)o.layer);
    else if (o.part == PART_MODEL)
        text_add(out, "the residual stream");
    else
        text_printf(out, "the %s of head %u.%u", o.part == PART_KEYS ? "keys" : "values",
                    (unsigned)o.layer, (unsigned)o.head);
}

static void contrast_origins(struct axis a, struct axis b, struct text *out)
{
    bool mixed = a.origin.part == PART_MIXED || b.origin.part == PART_MIXED;
    if (mixed)
        text_add(out, ": one of them is a sum over several heads, layers or models");
    else if (a.origin.model != b.origin.model)
        text_add(out, ": they are of different models");
    else {
        text_add(out, ": they are of ");
        describe_origin(a.origin, out);
        text_add(out, " and of ");
        describe_origin(b.origin, out);
    }
    text_add(out, ", whose coordinates have nothing in common; loose(A) has axes "
                  "that fit any of their kind");
}

void axis_contrast(struct axis a, struct axis b, struct text *out)
{
    if (axis_alike(a, b) && !axis_match(a, b))
        contrast_origins(a, b, out);
    else if (a.size == b.size && a.kind == b.kind && a.start == b.start && a.labels != NULL &&
             b.labels != NULL && !labels_same(a.labels, b.labels))
        contrast_labels(a, b, out);
}

bool axis_fail(struct axis a, struct axis b, const char *before, const char *after, struct err *e)
{
    struct text t = TEXT_EMPTY;
    text_add(&t, before);
    axis_describe(a, &t);
    text_printf(&t, " (%zu) and ", a.size);
    axis_describe(b, &t);
    text_printf(&t, " (%zu)%s", b.size, after);
    axis_contrast(a, b, &t);
    err_set(e, ERR_AXES, "%s", text_get(&t));
    text_done(&t);
    return false;
}
