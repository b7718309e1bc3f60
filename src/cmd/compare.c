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
#include "names.h"
#include "stacks.h"

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
    block_series(report_add(r, BLOCK_SERIES), "cosines of principal angles", "component", 0,
                 s.cosines, s.count, SERIES_LINE);
    struct block *k = report_add(r, BLOCK_SCALARS);
    block_scalar(k, "projection kernel", s.kernel);
    block_scalar(k, "chance", s.chance);
    block_scalar(k, "first rank", (double)s.first_rank);
    block_scalar(k, "second rank", (double)s.second_rank);
    subspaces_free(&s);
    return ledger_start(c, r);
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
    if (k->middle != NULL) {
        struct matrix *more = matrix_product(left, find_matrix(m, k->middle)->members[n], e);
        matrix_unref(left);
        left = more;
    }
    struct matrix *full = left ? matrix_product(left, end, e) : NULL;
    matrix_unref(left);
    return full;
}

/* Two models, and the table of their circuits. */
struct comparison {
    const struct model *a, *b;
    struct report_table *table;
    size_t row;        /* the next one */
    struct text zeros; /* see note_zero */
};

static bool compare_row(struct comparison *k, const char *name, const struct matrix *a,
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
    table_text(k->table, k->row, 0, name);
    table_number(k->table, k->row, 1, na);
    table_number(k->table, k->row, 2, nb);
    table_number(k->table, k->row, 3, difference);
    table_number(k->table, k->row, 4, na > 0 ? difference / na : NAN);
    table_number(k->table, k->row++, 5, na > 0 && nb > 0 ? inner / (na * nb) : NAN);
    for (size_t i = 0; i < 2; i++) {
        char of[80];
        snprintf(of, sizeof of, "%s of %s", name, i == 0 ? "A" : "B");
        if ((i == 0 ? na : nb) == 0)
            note_zero(&k->zeros, of, (struct member){0});
    }
    return true;
}

static bool circuit_rows(struct comparison *k, const struct circuit *circuit,
                         const struct task_part *whole, struct err *e)
{
    bool ok = true;
    for (size_t n = 0; ok && n < circuit_members(k->a, circuit); n++) {
        task_member(whole, k->row, k->table->rows);
        if (!task_go_on(e))
            return false;
        struct matrix *a = circuit_matrix(k->a, circuit, n, e);
        struct matrix *b = a ? circuit_matrix(k->b, circuit, n, e) : NULL;
        struct text name = TEXT_EMPTY;
        text_add(&name, circuit->name);
        if (circuit->middle != NULL)
            text_printf(&name, " %zu.%zu", n / k->a->sizes.heads, n % k->a->sizes.heads);
        ok = b != NULL && compare_row(k, text_get(&name), a, b, e);
        text_done(&name);
        matrix_unref(a);
        matrix_unref(b);
    }
    return ok;
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
    const char *name = call_raw(c, i);
    const struct model *m = call_find_model(c, name);
    if (m == NULL) {
        bool path = !name_is_written(name) || strchr(name, '.') != NULL;
        err_set(e, ERR_UNKNOWN_NAME,
                "no model is open as '%s'; to open one and compare it: load %s as b; compare", name,
                path ? name : "MODEL");
        for (size_t k = 0; k < call_count(c); k++)
            err_append(e, " %s", k == i ? "b" : call_raw(c, k));
        call_fail(c, i, e);
    }
    return m != NULL && model_check(m, e) ? m : NULL;
}

/* "f (tinystories-1-256, folded)": the name it is open under, where it has one, what it is, and
 * how it was loaded. */
static void model_label(const struct call *c, const struct model *m, struct text *out)
{
    const char *alias = NULL;
    for (size_t i = 0; i < c->state->models; i++)
        if (c->state->open[i].model == m && c->state->open[i].alias != NULL)
            alias = c->state->open[i].alias;
    const char *const more[] = {alias != NULL ? m->name : NULL, m->folded ? "folded" : NULL,
                                m->centered ? "centred" : NULL};
    size_t told = 0;
    text_add(out, alias != NULL ? alias : m->name);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i] != NULL)
            text_printf(out, "%s%s", told++ > 0 ? ", " : " (", more[i]);
    text_add(out, told > 0 ? ")" : "");
}

static bool compare_all(struct comparison *k, struct report *r, struct err *e)
{
    static const char *const heads[] = {"circuit", "|A|", "|B|", "|A - B|", "of |A|", "cosine"};
    size_t rows = 0;
    for (size_t i = 0; i < CIRCUITS; i++)
        rows += circuit_members(k->a, &circuits[i]);
    struct block *block = report_add(r, BLOCK_TABLE);
    block_table(block, NULL, 6, rows);
    k->table = &block->table;
    for (size_t i = 0; i < 6; i++)
        table_column(k->table, i, heads[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER);
    struct task_part whole = task_here();
    bool ok = true;
    for (size_t i = 0; ok && i < CIRCUITS; i++)
        ok = circuit_rows(k, &circuits[i], &whole, e);
    task_back(&whole);
    tell_zeros(r, &k->zeros, "has no cosine with anything, and nothing is a share of it");
    return ok;
}

/* Where the values came from: of the current model's, which names were passed over. */
static bool compare_origin(struct call *c, const struct comparison *k, struct err *e)
{
    static const char *const names[] = {"w_u", "w_e", "qk", "ov"};
    bool current = k->a == current_model(c) || k->b == current_model(c);
    for (size_t i = 0; i < c->state->models; i++)
        if (c->state->open[i].model == k->a || c->state->open[i].model == k->b)
            c->traits |= c->state->open[i].trait | TRAIT_KEYS; /* qk is among the circuits */
    for (size_t i = 0; current && i < 4; i++)
        if (model_weight(c, names[i], e) == NULL)
            return false;
    return true;
}

bool run_compare(struct call *c, struct report *r, struct err *e)
{
    struct comparison k = {.a = need_model(c, e)};
    if (k.a != NULL && call_count(c) > 1)
        k.a = open_model(c, 0, e);
    if (k.a != NULL)
        k.b = open_model(c, call_count(c) > 1 ? 1 : 0, e);
    if (k.b == NULL || !comparable(k.a, k.b, e) || !compare_all(&k, r, e) ||
        !compare_origin(c, &k, e))
        return false;
    struct text a = TEXT_EMPTY, b = TEXT_EMPTY;
    model_label(c, k.a, &a);
    model_label(c, k.b, &b);
    report_title(r, "A = %s, B = %s, circuit by circuit on tokens", text_get(&a), text_get(&b));
    text_done(&a);
    text_done(&b);
    return ledger_start(c, r);
}
