#include "axes.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/labels.h"
#include "bilens/tokenizer/tokenizer.h"

int axis_kind_named(const char *name)
{
    for (int kind = 0; kind < AXIS_KIND_COUNT; kind++)
        if (strcmp(axis_kind_name((enum axis_kind)kind), name) == 0)
            return kind;
    return -1;
}

static bool kind_asked(const struct call *c, const char *option, int *out, struct err *e)
{
    const char *said = call_choice(c, option, NULL);
    *out = said != NULL ? axis_kind_named(said) : -1;
    if (said == NULL || *out >= 0)
        return true;
    err_set(e, ERR_ARGUMENT, "--%s takes ", option);
    for (int kind = 0; kind < AXIS_KIND_COUNT; kind++)
        err_append(e, "%s%s", axis_kind_name((enum axis_kind)kind),
                   kind + 2 < AXIS_KIND_COUNT   ? ", "
                   : kind + 1 < AXIS_KIND_COUNT ? " or "
                                                : "");
    err_append(e, ", not '%s'", said);
    return call_option_fail(c, option, e);
}

bool axes_asked_for(const struct call *c, struct axes_asked *out, struct err *e)
{
    const char *stack = call_choice(c, "stack", NULL);
    *out = (struct axes_asked){.stack = -1, .stack_kind = 'l'};
    if (stack != NULL) {
        out->stack = strcmp(stack, "none") == 0 ? 0 : strcmp(stack, "both") == 0 ? 2 : 1;
        out->stack_kind = stack[0];
    }
    return kind_asked(c, "rows", &out->rows, e) && kind_asked(c, "cols", &out->cols, e);
}

/* ---- axes ---- */

static struct labels *model_labels(const struct call *c)
{
    const struct model *m = current_model(c);
    return m != NULL && m->tokenizer != NULL ? tokenizer_labels(m->tokenizer) : NULL;
}

struct axis axis_of_kind(const struct call *c, enum axis_kind kind, size_t size)
{
    const struct model *m = current_model(c);
    bool whole = kind == AXIS_TOKEN && m != NULL && m->sizes.vocab == size;
    return axis_make(kind, size, whole ? model_labels(c) : NULL);
}

/* Are the labels "resid 3", "resid 5", ...? Then they say no more than the places do. */
static bool places_of(char **labels, size_t size, struct axis *out)
{
    enum { DIGITS_MOST = 12 };
    size_t length = strcspn(labels[0], " ");
    long before = 0;
    for (size_t i = 0; i < size; i++) {
        const char *digits = labels[i] + length + 1;
        bool alike = strncmp(labels[i], labels[0], length) == 0 && labels[i][length] == ' ' &&
                     digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0' &&
                     strlen(digits) < DIGITS_MOST;
        if (!alike)
            return false;
        long place = strtol(digits, NULL, 10);
        if (i == 0)
            out->start = (size_t)place;
        else if (i == 1)
            out->step = place - before;
        else if (place - before != out->step)
            return false;
        before = place;
    }
    char *kind = mem_strndup(labels[0], length);
    int known = axis_kind_named(kind);
    mem_free(kind);
    if (known < 0 || out->step == 0)
        return false;
    out->kind = (enum axis_kind)known;
    return true;
}

/* Do the labels stand in the vocabulary one after the other? */
static bool stand_in(const struct labels *vocabulary, char **labels, size_t size, size_t *start)
{
    struct err ignored = {0};
    struct text name = TEXT_EMPTY;
    bool same = vocabulary->class->find(vocabulary, labels[0], start, &ignored);
    for (size_t i = 0; same && i < size; i++) {
        text_clear(&name);
        same = vocabulary->class->name(vocabulary, *start + i, &name) &&
               strcmp(text_get(&name), labels[i]) == 0;
    }
    text_done(&name);
    return same;
}

struct axis axis_of_labels(const struct call *c, enum axis_kind kind, char **labels, size_t size)
{
    struct axis places = axis_make(kind, size, NULL), out = places;
    struct labels *vocabulary = kind == AXIS_TOKEN ? model_labels(c) : NULL;
    if (labels == NULL || size == 0)
        return axis_ref(axis_of_kind(c, kind, size));
    if (places_of(labels, size, &places)) {
        places.kind = kind != AXIS_INDEX ? kind : places.kind;
        return places;
    }
    if (vocabulary != NULL && stand_in(vocabulary, labels, size, &out.start)) {
        out.labels = labels_ref(vocabulary);
        return out;
    }
    char **names = mem_new(size, sizeof *names);
    for (size_t i = 0; i < size; i++) {
        names[i] = labels[i];
        labels[i] = NULL;
    }
    out.start = 0;
    out.labels = labels_list_new(names, size);
    return out;
}

/* ---- plans ---- */

static enum value_kind kind_of_rank(size_t rank)
{
    return rank == 0 ? VALUE_NUMBER : rank == 1 ? VALUE_VECTOR : VALUE_MATRIX;
}

/* What an array without elements asks for, its file has not paid for: its other dimensions are to
 * be small. */
static bool check_empty(const struct array *a, const char *what, struct err *e)
{
    const size_t most = (size_t)1 << 24;
    size_t product = 1;
    for (size_t i = 0; a->count == 0 && i < a->rank; i++) {
        if (a->shape[i] > most / product)
            return err_set(e, ERR_UNSUPPORTED, "%s: an array of that size without elements", what);
        product *= a->shape[i] > 0 ? a->shape[i] : 1;
    }
    return true;
}

/* The sizes of the stack, from the array. */
static bool fill_stack(const struct array *a, const char *what, struct plan *out, struct err *e)
{
    if (!check_empty(a, what, e))
        return false;
    for (size_t i = 0; i < out->stack; i++) {
        out->stack_axes[i].size = a->shape[i];
        if (a->shape[i] == 0)
            return err_set(e, ERR_UNSUPPORTED, "%s: an empty stack", what);
    }
    return true;
}

bool plan_plain(const struct call *c, const struct axes_asked *asked, const struct array *a,
                const char *what, struct plan *out, struct err *e)
{
    size_t stack = a->rank > 2 ? a->rank - 2 : 0;
    if (asked->stack >= 0)
        stack = (size_t)asked->stack;
    if (stack > a->rank)
        return err_set(e, ERR_ARGUMENT, "%s has no dimension for --stack: it has %zu", what,
                       a->rank);
    if (stack > STACK_MOST || a->rank - stack > 2)
        return err_set(e, ERR_UNSUPPORTED,
                       "%s has %zu dimensions; a value has a stack over layers "
                       "and heads at most, rows and columns",
                       what, a->rank);
    *out = (struct plan){.stack = stack, .kind = kind_of_rank(a->rank - stack)};
    for (size_t i = 0; i < stack; i++)
        out->stack_axes[i] = (struct stack_axis){.kind = i == 0 ? 'l' : 'h', .step = 1};
    if (stack == 1)
        out->stack_axes[0].kind = asked->stack_kind;
    for (size_t i = 0; stack + i < a->rank; i++) {
        int kind = i == 0 ? asked->rows : asked->cols;
        out->axes[i] =
            axis_of_kind(c, kind >= 0 ? (enum axis_kind)kind : AXIS_INDEX, a->shape[stack + i]);
    }
    return fill_stack(a, what, out, e);
}

/* Are start and step such that every place is one? */
static bool places_exist(size_t size, size_t start, ptrdiff_t step)
{
    double last = (double)start + ((double)size - 1) * (double)step;
    return size == 0 || (last >= 0 && last < 0x1p53);
}

static bool described_fits(const struct described *d, const struct array *a)
{
    size_t own = d->kind == VALUE_NUMBER ? 0 : d->kind == VALUE_VECTOR ? 1 : 2;
    bool fits = a->rank == d->stack + own;
    size_t members = 1;
    for (size_t i = 0; fits && i < d->stack; i++) {
        fits = places_exist(a->shape[i], d->stack_axes[i].start, d->stack_axes[i].step);
        members *= a->shape[i];
    }
    for (size_t i = 0; fits && i < own; i++)
        fits = places_exist(a->shape[d->stack + i], d->axes[i].start, d->axes[i].step) &&
               (d->axes[i].origins <= 1 || d->axes[i].origins == members);
    return fits;
}

bool plan_described(const struct call *c, const struct axes_asked *asked, const struct described *d,
                    const struct array *a, const char *what, struct plan *out, struct err *e)
{
    if (!described_fits(d, a))
        return err_set(e, ERR_FORMAT, "%s: its shape is not the one it was saved with", what);
    *out = (struct plan){.stack = d->stack, .kind = d->kind};
    for (size_t i = 0; i < d->stack; i++)
        out->stack_axes[i] = d->stack_axes[i];
    for (size_t i = 0; d->stack + i < a->rank; i++) {
        const struct described_axis *from = &d->axes[i];
        int kind = i == 0 ? asked->rows : asked->cols;
        size_t size = a->shape[d->stack + i];
        out->axes[i] = axis_make(from->kind, size, from->labels);
        out->axes[i].start = from->start;
        out->axes[i].step = from->step;
        if (kind >= 0)
            out->axes[i] = axis_of_kind(c, (enum axis_kind)kind, size);
        else if (from->origins == 1)
            out->axes[i].origin = from->origin[0];
        else if (from->origins > 1)
            out->origin[i] = from->origin;
    }
    return fill_stack(a, what, out, e);
}
