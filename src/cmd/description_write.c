#include <inttypes.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/json.h"
#include "description.h"
#include "provenance.h"

enum { LISTS_MOST = 64 };

/* The lists of labels that the values' axes have, each once. */
struct writer {
    const struct call *call;
    const struct records *records;
    size_t lists;
    const struct labels *list[LISTS_MOST];
    struct provenances models;
    struct text *out;
};

/* ---- what there is ---- */

const char *const description_parts[] = {
    [PART_MODEL] = "model", [PART_KEYS] = "keys", [PART_VALUES] = "values", [PART_MLP] = "mlp"};

/* The axes of member n; returns how many. */
static size_t axes_of(const struct value *v, size_t n, struct axis axes[2])
{
    if (v->kind == VALUE_NUMBER)
        return 0;
    if (v->kind == VALUE_VECTOR) {
        axes[0] = v->items[n].vector->axis;
        return 1;
    }
    if (v->kind == VALUE_MATRIX) {
        axes[0] = v->items[n].matrix->row;
        axes[1] = v->items[n].matrix->col;
        return 2;
    }
    const struct decomp *d = v->items[n].decomp;
    axes[0] = decomp_axis(d, v->kind == VALUE_U ? SIDE_U : SIDE_V);
    axes[1] = axis_make(AXIS_COMP, decomp_count(d), NULL);
    return 2;
}

/* Which of the lists the labels are; LISTS_MOST: none of them. */
static size_t list_of(const struct writer *w, const struct labels *labels)
{
    size_t i = 0;
    while (labels != NULL && i < w->lists && !labels_same(w->list[i], labels))
        i++;
    return labels != NULL && i < w->lists ? i : LISTS_MOST;
}

static void gather_labels(struct writer *w)
{
    for (size_t n = 0; n < w->records->count; n++) {
        struct axis axes[2];
        size_t count = axes_of(w->records->list[n].value, 0, axes);
        for (size_t i = 0; i < count; i++) {
            const struct labels *labels = axes[i].labels;
            bool known = labels == NULL || labels_count(labels) == 0 ||
                         list_of(w, labels) < LISTS_MOST || w->lists == LISTS_MOST;
            if (!known)
                w->list[w->lists++] = labels;
        }
    }
}

/* ---- writing it ---- */

static void add_string(struct text *out, const char *string)
{
    json_add_string(out, string, strlen(string));
}

static void write_labels(struct writer *w, const struct labels *labels)
{
    struct text name = TEXT_EMPTY;
    size_t count = labels_count(labels);
    text_add_char(w->out, '[');
    for (size_t i = 0; i < count; i++) {
        text_add(w->out, i > 0 ? "," : "");
        text_clear(&name);
        if (labels->class->name(labels, i, &name))
            json_add_string(w->out, text_get(&name), name.length);
        else
            text_add(w->out, "null");
    }
    text_add_char(w->out, ']');
    text_done(&name);
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void write_model(struct writer *w, const struct provenance *p)
{
    text_add(w->out, "{\"name\":");
    add_string(w->out, p->name);
    text_add(w->out, ",\"hash\":");
    add_string(w->out, p->hash);
    text_printf(w->out, ",\"folded\":%s,\"centered\":%s,\"rotary\":%s}", truth(p->folded),
                truth(p->centered), truth(p->rotary));
}

static void write_place(struct text *out, const char *kind, size_t start, ptrdiff_t step)
{
    text_printf(out, "{\"kind\":\"%s\",\"start\":%zu,\"step\":%td", kind, start, step);
}

static struct axis_origin origin_of(const struct value *v, size_t n, size_t axis)
{
    struct axis axes[2];
    axes_of(v, n, axes);
    return axes[axis].origin;
}

/* ["keys", the model's number, layer, head, layer, head, ...] for each member, or once for all;
 * nothing where they are of several models or parts, or nobody knows. */
static void write_origin(struct text *out, const struct value *v, size_t axis)
{
    struct axis_origin first = origin_of(v, 0, axis);
    bool known = first.model != 0, one = true;
    for (size_t n = 1; known && n < v->count; n++) {
        struct axis_origin o = origin_of(v, n, axis);
        known = o.model == first.model && o.part == first.part;
        one = one && o.layer == first.layer && o.head == first.head;
    }
    if (!known)
        return;
    text_printf(out, ",\"origin\":[\"%s\",\"%016" PRIx64 "\"", description_parts[first.part],
                first.model);
    for (size_t n = 0; n < (one ? 1 : v->count); n++) {
        struct axis_origin o = origin_of(v, n, axis);
        text_printf(out, ",%" PRIu32 ",%" PRIu32, o.layer, o.head);
    }
    text_add_char(out, ']');
}

static void write_axes(struct writer *w, const struct value *v)
{
    struct axis axes[2];
    size_t count = axes_of(v, 0, axes);
    text_add(w->out, ",\"stack\":[");
    for (size_t i = 0; i < v->stack; i++) {
        text_add(w->out, i > 0 ? "," : "");
        write_place(w->out, v->axes[i].kind == 'l' ? "layer" : "head", v->axes[i].start,
                    v->axes[i].step);
        text_add_char(w->out, '}');
    }
    text_add(w->out, "],\"axes\":[");
    for (size_t i = 0; i < count; i++) {
        size_t list = list_of(w, axes[i].labels);
        text_add(w->out, i > 0 ? "," : "");
        write_place(w->out, axis_kind_name(axes[i].kind), axes[i].start, axes[i].step);
        if (list < LISTS_MOST)
            text_printf(w->out, ",\"labels\":%zu", list);
        write_origin(w->out, v, i);
        text_add_char(w->out, '}');
    }
    text_add_char(w->out, ']');
}

static void write_models_of(struct writer *w, unsigned traits)
{
    struct provenances own;
    bool any = false;
    provenances_of(w->call, traits, &own);
    text_add(w->out, ",\"models\":[");
    for (size_t i = 0; i < w->models.count; i++)
        for (size_t k = 0; k < own.count; k++)
            if (provenance_same(&w->models.model[i], &own.model[k])) {
                text_printf(w->out, "%s%zu", any ? "," : "", i);
                any = true;
            }
    text_add_char(w->out, ']');
}

static void write_value(struct writer *w, const struct record *r)
{
    const struct value *v = r->value;
    const char *kind = v->kind == VALUE_NUMBER   ? "number"
                       : v->kind == VALUE_VECTOR ? "vector"
                                                 : "matrix";
    text_add(w->out, "{\"name\":");
    add_string(w->out, r->name);
    text_printf(w->out, ",\"kind\":\"%s\"", kind);
    write_axes(w, v);
    write_models_of(w, v->traits);
    text_printf(w->out, ",\"keys\":%s,\"latest\":%s,\"factored\":%s%s}",
                truth((v->traits & TRAIT_KEYS) != 0), truth((v->traits & TRAIT_LATEST) != 0),
                truth(r->width > 0), (v->traits & TRAIT_EDITED) != 0 ? ",\"edited\":true" : "");
}

void description_write(const struct call *c, const struct records *r, struct text *out)
{
    struct writer w = {.call = c, .records = r, .out = out};
    unsigned traits = 0;
    for (size_t i = 0; i < r->count; i++)
        traits |= r->list[i].value->traits;
    provenances_of(c, traits, &w.models);
    gather_labels(&w);
    text_add(out, "{\"version\":1,\"models\":[");
    for (size_t i = 0; i < w.models.count; i++) {
        text_add(out, i > 0 ? "," : "");
        write_model(&w, &w.models.model[i]);
    }
    text_add(out, "],\"labels\":[");
    for (size_t i = 0; i < w.lists; i++) {
        text_add(out, i > 0 ? "," : "");
        write_labels(&w, w.list[i]);
    }
    text_add(out, "],\"values\":[");
    for (size_t i = 0; i < r->count; i++) {
        text_add(out, i > 0 ? "," : "");
        write_value(&w, &r->list[i]);
    }
    text_add(out, "]}");
}
