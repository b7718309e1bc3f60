/* svd and eig. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "handlers.h"
#include "bilens/cmd/common.h"
#include "bilens/num/center.h"
#include "bilens/num/measures.h"

static const char sign_rule[] = "peak of u > 0";

/* Noise below this is not float32's. */
#define SINGLE_LEAST 1e-9

static void measure_scalars(struct block *b, const double *values, size_t count)
{
    block_scalar(b, "effective rank", measures_effective_rank(values, count));
    block_scalar(b, "stable rank", measures_stable_rank(values, count));
    block_scalar(b, "entropy rank", measures_entropy_rank(values, count));
    block_scalar(b, "90% energy", (double)measures_energy_rank(values, count, 0.9));
    block_scalar(b, "99% energy", (double)measures_energy_rank(values, count, 0.99));
}

/* The singular values of a matrix from the eigenvalues of its Gram matrix, which rounding may
 * have left a little beside zero: those below its noise are zero. */
static double *roots_of(const struct decomp *d)
{
    const double *values = decomp_values(d);
    double *roots = mem_new(decomp_count(d), sizeof *roots);
    for (size_t i = 0; i < decomp_rank(d); i++)
        roots[i] = sqrt(fabs(values[i]));
    return roots;
}

/* What the spectrum of each member comes to in a number or two: of singular values, or of
 * eigenvalues. With squares the values are squared singular values, and the measures are of
 * those singular values. */
static void report_measures(struct report *r, const struct value *d, bool squares)
{
    for (size_t n = 0; n < d->count; n++) {
        const double *values = decomp_values(d->items[n].decomp);
        size_t count = decomp_count(d->items[n].decomp);
        double *roots = squares ? roots_of(d->items[n].decomp) : NULL;
        struct block *b = report_add(r, BLOCK_SCALARS);
        b->member = value_member(d, n);
        measure_scalars(b, squares ? roots : values, count);
        mem_free(roots);
    }
    if (squares)
        report_ledger(r, "ranks and energies", "of the singular values, not of their squares");
}

/* "head 0.1: " */
static void text_member(struct text *t, struct member m)
{
    text_add(t, m.count == 0 ? "" : m.axis[m.count - 1] == 'h' ? "head " : "layer ");
    member_name(m, t);
    text_add(t, m.count > 0 ? ": " : "");
}

void block_members(const double *values, const struct degenerate *block, struct text *out)
{
    size_t end = block->first + block->span;
    for (size_t i = block->first, next; i < end; i = next) {
        next = i + 1;
        while (next < end && (values[next] < 0) == (values[i] < 0))
            next++;
        text_printf(out, i > block->first ? " with %zu" : "%zu", i);
        if (next - i > 1)
            text_printf(out, "-%zu", next - 1);
        while (next < end && (values[next] < 0) != (values[i] < 0))
            next++;
    }
}

static void add_line(struct report *r, struct text *line, struct member m)
{
    struct block *b = report_add(r, BLOCK_TEXT);
    b->text = text_take(line);
    b->member = m;
}

/* A line for each member that has values too close to tell their vectors apart. */
static void report_degenerate(struct report *r, const struct value *d)
{
    enum { SHOWN = 4 };
    for (size_t n = 0; n < d->count; n++) {
        const struct decomp *x = d->items[n].decomp;
        size_t rank = decomp_rank(x), found = 0;
        struct degenerate *blocks = mem_new(rank / 2 + 1, sizeof *blocks);
        found = measures_degenerate(decomp_values(x), rank, MEASURES_GAP, blocks);
        struct text t = TEXT_EMPTY;
        for (size_t i = 0; i < found && i < SHOWN; i++) {
            text_add(&t, i > 0 ? ", " : "");
            block_members(decomp_values(x), &blocks[i], &t);
        }
        mem_free(blocks);
        if (found > 0) {
            struct text line = TEXT_EMPTY;
            struct member m = value_member(d, n);
            text_member(&line, m);
            text_printf(&line,
                        "components %s%s: each value is within 1e-4 of the next%s; only the span "
                        "of their vectors means something (leverage shows it)",
                        text_get(&t), found > SHOWN ? ", ..." : "",
                        decomp_kind_of(x) == DECOMP_EIGEN ? " of its sign" : "");
            add_line(r, &line, m);
        }
        text_done(&t);
    }
}

/* A line for each member with several values that are rounding, or zero: see decomp_rank. */
static void report_null(struct report *r, const struct value *d)
{
    for (size_t n = 0; n < d->count; n++) {
        const struct decomp *x = d->items[n].decomp;
        size_t first = decomp_rank(x), count = decomp_count(x);
        if (count - first < 2)
            continue;
        struct text line = TEXT_EMPTY;
        text_member(&line, value_member(d, n));
        if (first == 0)
            text_add(&line, "all values are zero");
        else
            text_printf(&line,
                        "components %zu-%zu: values below %.2g of the largest, which %s "
                        "cannot tell from zero; their vectors mean nothing one by one",
                        first, count - 1, decomp_noise(x),
                        decomp_noise(x) < SINGLE_LEAST ? "double precision" : "float32");
        add_line(r, &line, value_member(d, n));
    }
}

bool report_spectrum(struct report *r, const struct value *d, const char *name)
{
    series_of_values(r, d, name, SERIES_SPECTRUM);
    report_measures(r, d, false);
    report_degenerate(r, d);
    report_null(r, d);
    return true;
}

static bool center_item(const struct matrix *m, union item *out, struct err *e)
{
    out->matrix = matrix_center(m, m->row.kind == AXIS_TOKEN, m->col.kind == AXIS_TOKEN, e);
    return out->matrix != NULL;
}

/* With --center: the value, centred over its token axes. Takes v. */
static struct value *centered(struct call *c, struct value *v, struct err *e)
{
    if (v == NULL || !call_has(c, "center"))
        return v;
    struct value *out = NULL;
    bool matrices = v->kind == VALUE_MATRIX;
    const struct matrix *m = matrices ? v->items[0].matrix : NULL;
    if (m == NULL || (m->row.kind != AXIS_TOKEN && m->col.kind != AXIS_TOKEN)) {
        err_set(e, ERR_AXES,
                "--center takes the mean over the tokens away, and this has no token "
                "axis");
        call_option_fail(c, "center", e);
    } else {
        out = value_map(v, VALUE_MATRIX, center_item, e);
    }
    value_unref(v);
    return out;
}

bool run_svd(struct call *c, struct report *r, struct err *e)
{
    struct value *v = centered(c, call_value(c, 0, e), e);
    if (v == NULL)
        return call_fail(c, 0, e);
    struct task_part whole = task_here();
    double most = call_has(c, "fit") ? 0.5 : 1;
    task_part(&whole, 0, most);
    struct value *d = value_svd(v, e);
    task_rest(&whole, most);
    if (d == NULL)
        call_fail(c, 0, e);
    bool ok = d != NULL;
    if (ok) {
        title_value(c, 0, v, r);
        ledger_start(c, r);
        report_ledger(r, "signs", sign_rule);
        if (call_has(c, "center"))
            report_ledger(r, "centring", "over tokens");
        report_spectrum(r, d, "singular values");
    }
    if (ok && call_has(c, "fit"))
        ok = report_fit(r, d, v, e) || call_option_fail(c, "fit", e);
    ok = ok && bind_decomposition(c, d, e);
    if (ok && !call_has(c, "center"))
        call_subject_of(c, 0, d, v);
    value_unref(v);
    value_unref(d);
    return ok;
}

/* The tables of component k, whose vector is v. */
static bool component_table(struct call *c, struct report *r, const struct value *d, size_t n,
                            size_t k, const struct vector *v, size_t top, bool written,
                            struct err *e)
{
    struct reading_spec spec = {.top = top,
                                .in = !written,
                                .out = written,
                                .has_component = true,
                                .component = k,
                                .value = decomp_values(d->items[n].decomp)[k],
                                .member = value_member(d, n)};
    return tables_of_vector(c, r, v, &spec, e);
}

/* The tables of one member's first components, whose vectors are found several at a time. */
static bool component_tables(struct call *c, struct report *r, const struct value *d, size_t n,
                             size_t components, size_t top, bool written, struct err *e)
{
    enum { SOME = 8 };
    struct decomp *x = d->items[n].decomp;
    struct vector *v[SOME];
    size_t known = decomp_rank(x), count = components < known ? components : known;
    bool ok = true;
    for (size_t k = 0; ok && k < count; k += SOME) {
        size_t some = count - k < SOME ? count - k : SOME;
        ok = decomp_columns(x, SIDE_V, k, some, v, e);
        for (size_t i = 0, made = ok ? some : 0; i < made; i++) {
            ok = ok && component_table(c, r, d, n, k + i, v[i], top, written, e);
            vector_unref(v[i]);
        }
    }
    return ok;
}

bool report_eigen(struct call *c, struct report *r, struct value *d, bool squares, struct err *e)
{
    size_t components = 3, top = 10;
    bool ok = call_option_number(c, "components", 0, 1000000, &components, e) &&
              call_option_number(c, "top", 1, 1000000, &top, e);
    report_ledger(r, "signs", "peak of v > 0");
    series_of_values(r, d, "eigenvalues", SERIES_SPECTRUM);
    report_measures(r, d, squares);
    report_degenerate(r, d);
    report_null(r, d);
    struct task_part whole = task_here();
    for (size_t n = 0; ok && n < d->count; n++) {
        value_member_begins(&whole, d, n);
        ok = task_go_on(e) && component_tables(c, r, d, n, components, top, squares, e);
    }
    task_back(&whole);
    ok = ok && bind_decomposition(c, d, e);
    c->subject.written = squares;
    return ok;
}

/* What of the matrices was not symmetric and was averaged away. Products in single precision leave
 * about this much of it. */
static void ledger_symmetrised(struct report *r, const struct value *d)
{
    static const double rounding = 32 * FLT_EPSILON;
    double most = 0;
    for (size_t n = 0; n < d->count; n++)
        most = fmax(most, decomp_asymmetry(d->items[n].decomp));
    if (most <= rounding)
        report_ledger(r, "symmetrised", "rounding only");
    else
        report_ledger(r, "symmetrised", "|A - A'| was %.2g of |A|", most);
}

bool run_eig(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    struct task_part whole = task_here();
    task_part(&whole, 0, VALUES_SHARE);
    struct value *d = value_eigen(v, e);
    task_rest(&whole, VALUES_SHARE);
    if (d == NULL)
        call_fail(c, 0, e);
    bool ok = d != NULL;
    if (ok) {
        title_value(c, 0, v, r);
        ledger_start(c, r);
        ledger_symmetrised(r, d);
        ok = report_eigen(c, r, d, false, e);
    }
    if (ok)
        call_subject_of(c, 0, d, v);
    value_unref(v);
    value_unref(d);
    return ok;
}
