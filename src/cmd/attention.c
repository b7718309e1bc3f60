/* copying: do heads write what they read? */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/compose.h"
#include "bilens/num/reduced.h"
#include "handlers.h"
#include "stacks.h"

void member_cell(struct report_table *t, size_t row, size_t column, struct member m)
{
    struct text name = TEXT_EMPTY;
    member_name(m, &name);
    table_text(t, row, column, text_get(&name));
    text_done(&name);
}

/* What copying is about. */
struct output_value {
    const struct value *w_o, *w_v;
    const struct matrix *w_e, *w_u;
    struct copying_tokens tokens;
    bool ranks; /* is the share of tokens that rank themselves first asked for? */
};

/* That share, of U W_o W_v E of one head. */
static bool first_share(const struct output_value *k, size_t n, double *share, struct err *e)
{
    struct matrix *left = matrix_product(k->w_u, k->w_o->items[n].matrix, e);
    struct matrix *right = left ? matrix_product(k->w_v->items[n].matrix, k->w_e, e) : NULL;
    bool ok = right != NULL && matrix_first_share(left, right, share, e);
    matrix_unref(left);
    matrix_unref(right);
    return ok;
}

/* *zero: there is nothing in the circuit that could copy. */
static bool copying_row(struct report_table *t, size_t n, const struct output_value *k, bool *zero,
                        struct err *e)
{
    struct copying s;
    double share = 0, size;
    struct matrix *ov = matrix_product(k->w_o->items[n].matrix, k->w_v->items[n].matrix, e);
    bool ok = ov != NULL && task_go_on(e) && matrix_norm(ov, &size, e);
    *zero = ok && size == 0; /* then all tokens would tie for the first place */
    ok = ok && (!k->ranks || *zero || first_share(k, n, &share, e)) &&
         copying_make(&k->tokens, k->w_o->items[n].matrix, k->w_v->items[n].matrix, &s, e);
    matrix_unref(ov);
    if (!ok)
        return false;
    table_number(t, n, 1, s.score_re);
    if (k->ranks)
        table_number(t, n, 2, share);
    copying_free(&s);
    member_cell(t, n, 0, value_member(k->w_o, n));
    return true;
}

void note_zero(struct text *zeros, const char *circuit, struct member m)
{
    struct text one = TEXT_EMPTY, known = TEXT_EMPTY;
    text_printf(&one, " %s", circuit);
    if (m.count > 0) {
        text_add(&one, " ");
        member_name(m, &one);
    }
    text_add(&one, ",");
    text_printf(&known, " %s,", text_get(zeros));
    if (strstr(text_get(&known), text_get(&one)) == NULL)
        text_printf(zeros, "%s%.*s", zeros->length > 0 ? ", " : "", (int)one.length - 2,
                    text_get(&one) + 1);
    text_done(&one);
    text_done(&known);
}

void tell_zeros(struct report *r, struct text *zeros, const char *what_it_does)
{
    struct text line = TEXT_EMPTY;
    if (zeros->length > 0) {
        text_printf(&line, "zero: %s (a zero circuit %s)", text_get(zeros), what_it_does);
        report_add(r, BLOCK_TEXT)->text = text_take(&line);
    }
    text_done(zeros);
}

static bool copying_report(struct call *c, struct report *r, struct output_value *k, struct err *e)
{
    static const char *const heads[] = {"head", "score", "rank first"};
    size_t columns = k->ranks ? 3 : 2;
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, NULL, columns, k->w_o->count);
    for (size_t i = 0; i < columns; i++)
        table_column(&b->table, i, heads[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER);
    struct text zeros = TEXT_EMPTY;
    struct task_part whole = task_here();
    bool ok = true, zero;
    for (size_t n = 0; ok && n < k->w_o->count; n++) {
        value_member_begins(&whole, k->w_o, n);
        ok = copying_row(&b->table, n, k, &zero, e);
        if (ok && zero)
            note_zero(&zeros, "ov", value_member(k->w_o, n));
    }
    task_back(&whole);
    tell_zeros(r, &zeros, "has no eigenvalues to tell copying by, and scores 0");
    report_title(r,
                 "copying by w_u @ w_o @ w_v @ w_e: sum of eigenvalues over sum of their "
                 "magnitudes%s",
                 k->ranks ? ", and the share of tokens that rank themselves first" : "");
    ledger_start(c, r);
    return ok;
}

bool run_copying(struct call *c, struct report *r, struct err *e)
{
    const char *names[] = {"w_o", "w_v", "w_e", "w_u"};
    const struct value *own[4];
    if (need_model(c, e) == NULL)
        return false;
    for (size_t i = 0; i < 4; i++)
        if ((own[i] = model_weight(c, names[i], e)) == NULL)
            return false;
    struct output_value k = {.w_o = own[0],
                             .w_v = own[1],
                             .w_e = own[2]->items[0].matrix,
                             .w_u = own[3]->items[0].matrix,
                             .ranks = call_has(c, "ranks")};
    struct task_part whole = task_here();
    task_part(&whole, 0, k.ranks ? 0.02 : 0.5);
    if (!copying_begin(&k.tokens, k.w_u, k.w_e, e))
        return false;
    task_rest(&whole, k.ranks ? 0.02 : 0.5);
    bool ok = copying_report(c, r, &k, e);
    copying_end(&k.tokens);
    return ok;
}
