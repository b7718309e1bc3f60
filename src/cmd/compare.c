/* angles and compare: two matrices, two models. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/compose.h"
#include "bilens/num/reduced.h"
#include "handlers.h"

/* A single matrix out of argument i; new reference. */
static struct matrix *single(struct call *c, size_t i, struct err *e)
{
    struct value *v = call_value(c, i, e);
    struct matrix *m = NULL;
    if (v != NULL && v->stack > 0)
        err_set(e, ERR_TYPE, "one matrix is needed, not a stack of them; index it");
    else if (v != NULL)
        m = value_matrix(v, 0, e);
    if (v != NULL && m == NULL)
        call_fail(c, i, e);
    value_unref(v);
    return m;
}

bool run_angles(struct call *c, struct report *r, struct err *e)
{
    struct matrix *a = single(c, 0, e), *b = a ? single(c, 1, e) : NULL;
    struct subspaces s;
    bool ok = b != NULL && (subspaces_make(a, b, &s, e) || call_fail(c, 1, e));
    matrix_unref(a);
    matrix_unref(b);
    if (!ok)
        return false;
    struct block *k = report_add(r, BLOCK_SERIES);
    ok = k != NULL && block_series(k, "cosines of principal angles", "component", 0, s.cosines,
                                   s.count, SERIES_LINE);
    k = ok ? report_add(r, BLOCK_SCALARS) : NULL;
    ok = k != NULL && block_scalar(k, "projection kernel", s.kernel) &&
         block_scalar(k, "chance", s.chance) &&
         block_scalar(k, "first rank", (double)s.first_rank) &&
         block_scalar(k, "second rank", (double)s.second_rank) && ledger_start(c, r);
    subspaces_free(&s);
    return ok;
}

/* A circuit on tokens, of which there is one for each member. */
struct circuit {
    const char *name;
    const char *left, *middle, *right; /* matrices of the model; middle NULL: none */
    bool left_transposed;
};

static const struct circuit circuits[] = {
    {"w_u @ w_e", "w_u", NULL, "w_e", false},
    {"w_e' @ qk @ w_e", "w_e", "qk", "w_e", true},
    {"w_u @ ov @ w_e", "w_u", "ov", "w_e", false},
};
enum { CIRCUITS = sizeof circuits / sizeof *circuits };

static const struct model_matrix *find_matrix(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->matrices[i].name, name) == 0)
            return &m->matrices[i];
    return NULL;
}

static size_t circuit_members(const struct model *m, const struct circuit *k)
{
    return k->middle ? find_matrix(m, k->middle)->count : 1;
}

static struct matrix *circuit_matrix(const struct model *m, const struct circuit *k, size_t n,
                                     struct err *e)
{
    const struct matrix *end = find_matrix(m, k->right)->members[0];
    struct matrix *left = find_matrix(m, k->left)->members[0];
    left = k->left_transposed ? matrix_transpose(left) : matrix_ref(left);
    if (left != NULL && k->middle != NULL) {
        struct matrix *more = matrix_product(left, find_matrix(m, k->middle)->members[n], e);
        matrix_unref(left);
        left = more;
    }
    struct matrix *full = left ? matrix_product(left, end, e) : NULL;
    matrix_unref(left);
    return full;
}

static bool compare_row(struct report_table *t, size_t row, const struct matrix *a,
                        const struct matrix *b, struct err *e)
{
    double na, nb, difference;
    struct matrix *d = matrix_sum(a, -1, b, e);
    bool ok = d != NULL && matrix_norm(a, &na, e) && matrix_norm(b, &nb, e) &&
              matrix_norm(d, &difference, e);
    matrix_unref(d);
    if (!ok)
        return false;
    double inner = 0.5 * (na * na + nb * nb - difference * difference);
    table_number(t, row, 1, na);
    table_number(t, row, 2, nb);
    table_number(t, row, 3, difference);
    table_number(t, row, 4, na > 0 ? difference / na : NAN);
    table_number(t, row, 5, na > 0 && nb > 0 ? inner / (na * nb) : NAN);
    return true;
}

static bool circuit_rows(struct report_table *t, size_t *row, const struct circuit *k,
                         const struct model *a, const struct model *b,
                         const struct task_part *whole, struct err *e)
{
    for (size_t n = 0; n < circuit_members(a, k); n++, ++*row) {
        task_member(whole, *row, t->rows);
        if (!task_go_on(e))
            return false;
        struct matrix *x = circuit_matrix(a, k, n, e), *y = x ? circuit_matrix(b, k, n, e) : NULL;
        struct text name = TEXT_EMPTY;
        text_add(&name, k->name);
        if (k->middle != NULL)
            text_printf(&name, " %zu.%zu", n / a->sizes.heads, n % a->sizes.heads);
        bool ok = y != NULL && !name.failed && table_text(t, *row, 0, text_get(&name)) &&
                  compare_row(t, *row, x, y, e);
        text_done(&name);
        matrix_unref(x);
        matrix_unref(y);
        if (!ok)
            return false;
    }
    return true;
}

/* Can their circuits be told apart one by one, on the same tokens? */
static bool comparable(const struct model *a, const struct model *b, struct err *e)
{
    struct axis x = find_matrix(a, "w_u")->members[0]->row;
    struct axis y = find_matrix(b, "w_u")->members[0]->row;
    if (!axis_match(x, y)) {
        struct text t = TEXT_EMPTY;
        if (x.size != y.size)
            text_printf(&t, " (%zu and %zu tokens)", x.size, y.size);
        axis_contrast(x, y, &t);
        err_set(e, ERR_AXES,
                "%s and %s have different vocabularies%s; their circuits are on "
                "different tokens: compare models of one vocabulary",
                a->name, b->name, text_get(&t));
        text_done(&t);
        return false;
    }
    if (a->sizes.layers != b->sizes.layers || a->sizes.heads != b->sizes.heads)
        return err_set(e, ERR_AXES,
                       "%s has %zu x %zu heads, %s %zu x %zu: there is no head to compare "
                       "a head with; two circuits on tokens can be subtracted by name: with one of "
                       "the models opened as b, norm(w_u @ ov[0,0] @ w_e - b.w_u @ b.ov[0,0] @ "
                       "b.w_e)",
                       a->name, a->sizes.layers, a->sizes.heads, b->name, b->sizes.layers,
                       b->sizes.heads);
    return true;
}

static const struct model *open_model(struct call *c, size_t i, struct err *e)
{
    const struct model *m = call_find_model(c, call_raw(c, i));
    if (m == NULL) {
        err_set(e, ERR_UNKNOWN_NAME, "no model is open as '%s'; load MODEL as %s opens one",
                call_raw(c, i), call_raw(c, i));
        call_fail(c, i, e);
    }
    return m != NULL && model_check(m, e) ? m : NULL;
}

bool run_compare(struct call *c, struct report *r, struct err *e)
{
    static const char *const heads[] = {"circuit", "|A|", "|B|", "|A - B|", "of |A|", "cosine"};
    const struct model *a = need_model(c, e), *b = NULL;
    if (a != NULL && call_count(c) > 1)
        a = open_model(c, 0, e);
    if (a != NULL)
        b = open_model(c, call_count(c) > 1 ? 1 : 0, e);
    if (b == NULL || !comparable(a, b, e))
        return false;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < CIRCUITS; i++)
        rows += circuit_members(a, &circuits[i]);
    struct block *k = report_add(r, BLOCK_TABLE);
    bool ok = k != NULL && block_table(k, NULL, 6, rows);
    for (size_t i = 0; ok && i < 6; i++)
        ok = table_column(&k->table, i, heads[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER);
    struct task_part whole = task_here();
    for (size_t i = 0; ok && i < CIRCUITS; i++)
        ok = circuit_rows(&k->table, &row, &circuits[i], a, b, &whole, e);
    task_back(&whole);
    for (size_t i = 0; i < c->state->models; i++)
        if (c->state->open[i].model == a || c->state->open[i].model == b)
            c->traits |= c->state->open[i].trait | TRAIT_KEYS; /* qk is among the circuits */
    const char *const names[] = {"w_u", "w_e", "qk", "ov"};
    for (size_t i = 0; (a == current_model(c) || b == current_model(c)) && i < 4; i++)
        model_weight(c, names[i], e);
    return ok &&
           report_title(r, "A = %s, B = %s, circuit by circuit on tokens", a->name, b->name) &&
           ledger_start(c, r);
}
