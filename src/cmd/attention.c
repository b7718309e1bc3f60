/* copying and composition: what heads do by themselves, and what reads it. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/compose.h"
#include "bilens/num/reduced.h"
#include "handlers.h"

/* A table with a first column of member names and number columns. */
static struct report_table *number_table(struct report *r, const char *const *heads, size_t columns,
                                         size_t rows, struct err *e)
{
    struct block *b = report_add(r, BLOCK_TABLE, e);
    bool ok = b != NULL && block_table(b, NULL, columns, rows, e);
    for (size_t i = 0; ok && i < columns; i++)
        ok = table_column(&b->table, i, heads[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER, e);
    return ok ? &b->table : NULL;
}

static bool member_cell(struct report_table *t, size_t row, size_t column, struct member m,
                        struct err *e)
{
    struct text name = TEXT_EMPTY;
    member_name(m, &name);
    bool ok = !name.failed && table_text(t, row, column, text_get(&name), e);
    text_done(&name);
    return ok || err_memory(e);
}

/* The four matrices that copying is about. */
struct output_value {
    const struct value *w_o, *w_v;
    const struct matrix *w_e, *w_u;
};

/* U W_o W_v E of one head. */
static struct matrix *ov_on_tokens(const struct output_value *k, size_t n, struct err *e)
{
    struct matrix *ov = matrix_product(k->w_o->items[n].matrix, k->w_v->items[n].matrix, e);
    struct matrix *half = ov ? matrix_product(k->w_u, ov, e) : NULL;
    struct matrix *full = half ? matrix_product(half, k->w_e, e) : NULL;
    matrix_unref(ov);
    matrix_unref(half);
    return full;
}

/* *zero: there is nothing in the circuit that could copy. */
static bool copying_row(struct report_table *t, size_t n, const struct output_value *k, bool *zero,
                        struct err *e)
{
    struct copying s;
    double share = 0, size = 0;
    struct matrix *full = ov_on_tokens(k, n, e);
    struct matrix *ov =
        full ? matrix_product(k->w_o->items[n].matrix, k->w_v->items[n].matrix, e) : NULL;
    bool ok = ov != NULL && matrix_norm(ov, &size, e) && matrix_first_share(full, &share, e) &&
              copying_make(k->w_u, k->w_o->items[n].matrix, k->w_v->items[n].matrix, k->w_e, &s, e);
    matrix_unref(full);
    matrix_unref(ov);
    if (!ok)
        return false;
    table_number(t, n, 1, s.score_re);
    table_number(t, n, 2, s.score_im);
    table_number(t, n, 3, size > 0 ? share : 0); /* else all tokens tie for the first place */
    *zero = size == 0;
    copying_free(&s);
    return member_cell(t, n, 0, value_member(k->w_o, n), e);
}

static bool zero_circuits(struct report *r, const struct text *heads, struct err *e)
{
    if (heads->failed)
        return err_memory(e);
    if (heads->length == 0)
        return true;
    struct block *b = report_add(r, BLOCK_TEXT, e);
    struct text line = TEXT_EMPTY;
    text_printf(&line, "the circuit of %s is zero: it has no eigenvalues to tell copying by",
                text_get(heads));
    bool ok = b != NULL && (b->text = text_take(&line)) != NULL;
    text_done(&line);
    return ok || err_memory(e);
}

bool run_copying(struct call *c, struct report *r, struct err *e)
{
    static const char *const heads[] = {"head", "score", "imaginary", "rank first"};
    if (need_model(c, e) == NULL)
        return false;
    const char *names[] = {"w_o", "w_v", "w_e", "w_u"};
    const struct value *own[4];
    for (size_t i = 0; i < 4; i++)
        if ((own[i] = model_weight(c, names[i], e)) == NULL)
            return false;
    struct output_value k = {own[0], own[1], own[2]->items[0].matrix, own[3]->items[0].matrix};
    struct report_table *t = number_table(r, heads, 4, k.w_o->count, e);
    bool ok = t != NULL;
    struct text zeros = TEXT_EMPTY;
    for (size_t n = 0; ok && n < k.w_o->count; n++) {
        bool zero;
        ok = copying_row(t, n, &k, &zero, e);
        if (ok && zero) {
            text_add(&zeros, zeros.length > 0 ? ", " : "");
            member_name(value_member(k.w_o, n), &zeros);
        }
    }
    ok = ok && zero_circuits(r, &zeros, e);
    text_done(&zeros);
    return ok && report_title(r, e, "copying by w_u @ w_o @ w_v @ w_e: sum of eigenvalues over sum of their "
                              "magnitudes, and the share of tokens that rank themselves first") &&
           ledger_start(c, r, e);
}

/* One way for a later circuit to read what an earlier head writes. */
struct reader {
    const char *how;           /* "q", "k", "v", "mlp left", "mlp right" */
    const struct value *stack; /* over [layer, head], or [layer] */
    bool transposed;           /* what it reads is its row axis */
    bool same_layer;           /* may it read a head of its own layer? */
};

/* Appends to *rows (with t NULL: only counts) each pair of a head and a later reader. */
static bool composition_rows(struct report_table *t, const struct value *ov,
                             const struct reader *reader, size_t *rows, struct err *e)
{
    for (size_t i = 0; i < ov->count; i++)
        for (size_t j = 0; j < reader->stack->count; j++) {
            struct member from = value_member(ov, i), to = value_member(reader->stack, j);
            if (to.index[0] < from.index[0] + !reader->same_layer)
                continue;
            size_t row = (*rows)++;
            if (t == NULL)
                continue;
            struct matrix *later = reader->transposed
                                       ? matrix_transpose(reader->stack->items[j].matrix, e)
                                       : matrix_ref(reader->stack->items[j].matrix);
            struct composition k;
            bool ok = later != NULL && composition_make(later, ov->items[i].matrix, &k, e);
            matrix_unref(later);
            if (!ok || !member_cell(t, row, 0, from, e) || !member_cell(t, row, 1, to, e) ||
                !table_text(t, row, 2, reader->how, e))
                return false;
            table_number(t, row, 3, k.score);
            table_number(t, row, 4, k.chance);
        }
    return true;
}

bool run_composition(struct call *c, struct report *r, struct err *e)
{
    static const char *const heads[] = {"from", "to", "reads as", "score", "chance"};
    struct reader readers[] = {{.how = "query", .transposed = true},
                               {.how = "key"},
                               {.how = "value"},
                               {.how = "mlp left", .same_layer = true},
                               {.how = "mlp right", .same_layer = true}};
    const char *names[] = {"qk", "qk", "ov", "w_l", "w_r"};
    const struct value *ov = need_model(c, e) ? model_weight(c, "ov", e) : NULL;
    unsigned without = c->traits;
    size_t rows = 0, filled = 0, count = 5;
    if (ov != NULL && current_model(c)->architecture.parallel) /* reads beside its layer's heads */
        readers[3].same_layer = readers[4].same_layer = false;
    if (ov != NULL && current_model(c)->architecture.mlp == MLP_PLAIN) {
        readers[3].how = "mlp";
        names[3] = "w_in";
        count = 4;
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = rows;
        if (ov == NULL || (readers[i].stack = model_weight(c, names[i], e)) == NULL ||
            !composition_rows(NULL, ov, &readers[i], &rows, e))
            return false;
        if (rows > before) /* a reader that reads no head has no part in the answer */
            without |= readers[i].stack->traits;
    }
    c->traits = without;
    struct block *b = report_add(r, BLOCK_TABLE, e);
    bool ok = b != NULL && block_table(b, NULL, 5, rows, e);
    for (size_t i = 0; ok && i < 5; i++)
        ok = table_column(&b->table, i, heads[i], i < 3 ? COLUMN_TEXT : COLUMN_NUMBER, e);
    for (size_t i = 0; ok && i < count; i++)
        ok = composition_rows(&b->table, ov, &readers[i], &filled, e);
    return ok && report_title(r, e, "composition |AB| / (|A| |B|) of heads with what reads after them") &&
           ledger_start(c, r, e);
}
