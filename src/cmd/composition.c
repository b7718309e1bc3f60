/* composition: who reads what heads write. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/compose.h"
#include "handlers.h"
#include "stacks.h"

/* One way for a later circuit to read what an earlier head writes. */
struct reader {
    const char *how;           /* "query", "key", "value", "mlp left", "mlp right" */
    const char *weight;        /* "qk", "ov", "w_l", "w_r" */
    const struct value *stack; /* over [layer, head], or [layer] */
    bool transposed;           /* what it reads is its row axis */
    bool same_layer;           /* may it read a head of its own layer? */
    size_t pairs;              /* of a head and one that reads it */
    double *scores;            /* stack.count x the heads' count, once they are known; owned */
};

static bool reads_after(const struct reader *reader, size_t to, const struct value *ov, size_t from)
{
    return value_member(reader->stack, to).index[0] >=
           value_member(ov, from).index[0] + !reader->same_layer;
}

/* What all of the heads' pairs are made of. */
struct pairs {
    const struct value *ov;
    struct reader readers[5];
    size_t count;      /* of readers */
    double room;       /* bytes for the circuits of a group */
    struct text zeros; /* circuits that are zero; see note_zero */
};

/* Members [begin, begin + count) of a stack. */
struct group {
    size_t begin, count;
};

/* As many as there is room for at a time. */
static struct group group_at(const struct pairs *p, const struct value *stack, size_t begin)
{
    double room = p->room / composing_bytes(stack->items[begin].matrix);
    size_t left = stack->count - begin;
    return (struct group){begin, room < 1 ? 1 : room < (double)left ? (size_t)room : left};
}

static bool head_is_read(const struct pairs *p, size_t from)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t j = 0; j < p->readers[i].stack->count; j++)
            if (reads_after(&p->readers[i], j, p->ov, from))
                return true;
    return false;
}

static bool reader_reads(const struct pairs *p, const struct reader *reader, size_t to)
{
    for (size_t i = 0; i < p->ov->count; i++)
        if (reads_after(reader, to, p->ov, i))
            return true;
    return false;
}

/* The group's circuits: of a reader, or (NULL) of the heads that are read. */
static bool add_circuits(struct composing *c, struct pairs *p, const struct reader *reader,
                         struct group g, struct err *e)
{
    const struct value *stack = reader != NULL ? reader->stack : p->ov;
    enum composing_side side =
        reader != NULL && !reader->transposed ? COMPOSING_READS : COMPOSING_WRITES;
    struct task_part whole = task_here();
    bool ok = true;
    composing_make(c, g.count);
    task_part(&whole, 0, 0.3); /* the scores are the rest */
    struct task_part part = task_here();
    for (size_t i = 0; ok && i < g.count; i++) {
        task_part(&part, (double)i / (double)g.count, (double)(i + 1) / (double)g.count);
        size_t at = g.begin + i;
        const struct matrix *m = stack->items[at].matrix;
        bool asked = reader != NULL ? reader_reads(p, reader, at) : head_is_read(p, at);
        bool zero = false;
        ok = task_go_on(e) &&
             (asked ? composing_add(c, m, side, &zero, e) : composing_skip(c, m, side, e));
        if (zero)
            note_zero(&p->zeros, reader != NULL ? reader->weight : "ov", value_member(stack, at));
    }
    task_part(&whole, 0.3, 1);
    return ok;
}

/* The scores of one group of heads with all that a reader has. */
static bool compose_group(struct pairs *p, const struct reader *reader,
                          const struct composing *from, struct group heads, struct err *e)
{
    struct task_part whole = task_here();
    bool ok = true;
    for (size_t begin = 0; ok && begin < reader->stack->count;) {
        struct group g = group_at(p, reader->stack, begin);
        struct composing to = {0};
        task_part(&whole, (double)begin / (double)reader->stack->count,
                  (double)(begin + g.count) / (double)reader->stack->count);
        double *scores = mem_try_new(g.count, heads.count * sizeof *scores);
        ok = (scores != NULL || err_memory(e)) && add_circuits(&to, p, reader, g, e) &&
             composing_scores(&to, from, scores, e);
        for (size_t i = 0; ok && i < g.count; i++)
            memcpy(reader->scores + (begin + i) * p->ov->count + heads.begin,
                   scores + i * heads.count, heads.count * sizeof *scores);
        composing_free(&to);
        mem_free(scores);
        begin += g.count;
    }
    task_back(&whole);
    return ok;
}

/* The scores of all heads with all readers that have any to read. */
static bool compose_all(struct pairs *p, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < p->count; i++) {
        p->readers[i].scores =
            mem_try_new(p->readers[i].stack->count, p->ov->count * sizeof(double));
        ok = p->readers[i].scores != NULL || err_memory(e);
    }
    struct task_part whole = task_here();
    for (size_t begin = 0; ok && begin < p->ov->count;) {
        struct group g = group_at(p, p->ov, begin);
        struct composing from = {0};
        task_part(&whole, (double)begin / (double)p->ov->count,
                  (double)(begin + g.count) / (double)p->ov->count);
        struct task_part part = task_here();
        task_part(&part, 0, 0.05);
        ok = add_circuits(&from, p, NULL, g, e);
        task_part(&part, 0.05, 1);
        struct task_part rest = task_here();
        for (size_t i = 0; ok && i < p->count; i++) {
            task_member(&rest, i, p->count);
            ok = p->readers[i].pairs == 0 || compose_group(p, &p->readers[i], &from, g, e);
        }
        composing_free(&from);
        begin += g.count;
    }
    task_back(&whole);
    return ok;
}

static size_t count_pairs(const struct value *ov, const struct reader *reader)
{
    size_t pairs = 0;
    for (size_t i = 0; i < ov->count; i++)
        for (size_t j = 0; j < reader->stack->count; j++)
            pairs += reads_after(reader, j, ov, i);
    return pairs;
}

/* A row for each pair of a head and a later reader, from *row on. */
static void composition_rows(struct report_table *t, const struct value *ov,
                             const struct reader *reader, size_t *row)
{
    double chance = composition_chance(ov->items[0].matrix->row.size);
    for (size_t i = 0; i < ov->count; i++)
        for (size_t j = 0; j < reader->stack->count; j++) {
            if (!reads_after(reader, j, ov, i))
                continue;
            member_cell(t, *row, 0, value_member(ov, i));
            member_cell(t, *row, 1, value_member(reader->stack, j));
            table_text(t, *row, 2, reader->how);
            table_number(t, *row, 3, reader->scores[j * ov->count + i]);
            table_number(t, (*row)++, 4, chance);
        }
}

static void composition_table(struct report *r, const struct pairs *p, size_t rows)
{
    static const char *const heads[] = {"from", "to", "reads as", "score", "chance"};
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, NULL, 5, rows);
    size_t row = 0;
    for (size_t i = 0; i < 5; i++)
        table_column(&b->table, i, heads[i], i < 3 ? COLUMN_TEXT : COLUMN_NUMBER);
    for (size_t i = 0; i < p->count; i++)
        composition_rows(&b->table, p->ov, &p->readers[i], &row);
}

/* Who reads, in this model. */
static bool find_readers(struct call *c, struct pairs *p, size_t *rows, struct err *e)
{
    const struct architecture *a = &current_model(c)->architecture;
    if (a->parallel) /* reads beside its layer's heads */
        p->readers[3].same_layer = p->readers[4].same_layer = false;
    if (a->mlp == MLP_PLAIN) {
        p->readers[3].how = "mlp";
        p->readers[3].weight = "w_in";
        p->count = 4;
    }
    unsigned without = c->traits;
    for (size_t i = 0; i < p->count; i++) {
        struct reader *reader = &p->readers[i];
        if ((reader->stack = model_weight(c, reader->weight, e)) == NULL)
            return false;
        reader->pairs = count_pairs(p->ov, reader);
        if (reader->pairs > 0) /* a reader that reads no head has no part in the answer */
            without |= reader->stack->traits;
        *rows += reader->pairs;
    }
    c->traits = without;
    return true;
}

bool run_composition(struct call *c, struct report *r, struct err *e)
{
    struct pairs p = {.readers = {{.how = "query", .weight = "qk", .transposed = true},
                                  {.how = "key", .weight = "qk"},
                                  {.how = "value", .weight = "ov"},
                                  {.how = "mlp left", .weight = "w_l", .same_layer = true},
                                  {.how = "mlp right", .weight = "w_r", .same_layer = true}},
                      .count = 5};
    bool limited = c->host != NULL && c->host->memory > 0;
    p.room = limited ? (double)c->host->memory / 2 : INFINITY; /* two groups are there at a time */
    size_t rows = 0;
    p.ov = need_model(c, e) ? model_weight(c, "ov", e) : NULL;
    bool ok = p.ov != NULL && find_readers(c, &p, &rows, e) && compose_all(&p, e);
    if (ok) {
        composition_table(r, &p, rows);
        report_title(r, "composition |AB| / (|A| |B|) of heads with what reads after them");
        ledger_start(c, r);
    }
    tell_zeros(r, &p.zeros, "composes with nothing, and scores 0");
    for (size_t i = 0; i < p.count; i++)
        mem_free(p.readers[i].scores);
    return ok;
}
