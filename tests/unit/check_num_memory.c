/* Out of memory at every single allocation: the answer is an error, and nothing leaks. */
#include <stdint.h>

#include "bilens/base/mem.h"
#include "bilens/num/aggregate.h"
#include "bilens/num/bordered.h"
#include "bilens/num/compose.h"
#include "bilens/num/diagonal.h"
#include "bilens/num/extremes.h"
#include "bilens/num/hosvd.h"
#include "bilens/num/measures.h"
#include "bilens/num/quadratic.h"
#include "check_num.h"
#include "src/num/balance.h"

/* What is asked; all of it is made anew each time, so that nothing is remembered. */
typedef bool question(struct matrix *a, struct matrix *b, struct err *e);

static bool ask_decomposition(struct decomp *d, struct err *e)
{
    bool ok = d != NULL;
    for (size_t i = 0; ok && i < 2; i++) {
        struct vector *u = decomp_vector(d, SIDE_U, i, e);
        struct vector *v = u ? decomp_vector(d, SIDE_V, i, e) : NULL;
        ok = v != NULL;
        vector_unref(u);
        vector_unref(v);
    }
    for (enum decomp_side side = SIDE_U; ok && side <= SIDE_V; side++) {
        struct matrix *m = decomp_matrix(d, side, e);
        ok = m != NULL;
        matrix_unref(m);
    }
    decomp_unref(d);
    return ok;
}

/* a b' + 2 b a', factored. */
static struct matrix *make_sum(struct matrix *a, struct matrix *b, bool same, struct err *e)
{
    struct matrix *bt = matrix_transpose(b), *ab = bt ? matrix_product(a, bt, e) : NULL;
    struct matrix *ba = ab ? matrix_transpose(ab) : NULL;
    struct matrix *sum = ba ? matrix_sum(ab, same ? 1 : 2, ba, e) : NULL;
    matrix_unref(bt);
    matrix_unref(ab);
    matrix_unref(ba);
    return sum;
}

static bool ask_svd(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *sum = make_sum(a, b, false, e);
    bool ok = sum != NULL && ask_decomposition(decomp_svd(sum, e), e);
    matrix_unref(sum);
    return ok;
}

/* Through a small core that is itself factored. */
static bool ask_narrow_svd(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *bt = matrix_transpose(b), *ab = bt ? matrix_product(a, bt, e) : NULL;
    struct matrix *small =
        ab ? matrix_slice(ab, (struct span){0, 1, 5}, (struct span){9, -1, 7}, e) : NULL;
    bool ok = small != NULL && ask_decomposition(decomp_svd(small, e), e);
    matrix_unref(bt);
    matrix_unref(ab);
    matrix_unref(small);
    return ok;
}

static bool ask_eigen(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *sum = make_sum(a, b, true, e);
    bool ok = sum != NULL && ask_decomposition(decomp_eigen(sum, e), e);
    matrix_unref(sum);
    return ok;
}

static bool ask_numbers(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *sum = make_sum(a, b, false, e);
    double number;
    bool ok = sum != NULL && matrix_trace(sum, &number, e) && matrix_norm(sum, &number, e) &&
              matrix_mean(sum, &number, e);
    struct vector *row = ok ? matrix_row(sum, 3, e) : NULL;
    struct vector *diagonal = row ? matrix_diagonal_of(sum, e) : NULL;
    matrix_unref(sum);
    vector_unref(row);
    vector_unref(diagonal);
    return diagonal != NULL;
}

static bool ask_entries(struct matrix *a, struct matrix *b, struct err *e)
{
    struct aggregated grid = {0};
    struct matrix *sum = make_sum(a, b, false, e);
    struct dense *d = sum ? matrix_dense(sum, SIZE_MAX, e) : NULL;
    struct matrix *both = d ? matrix_cat(a, b, SIZE_MAX, e) : NULL;
    bool ok = both != NULL && matrix_aggregate(sum, AGGREGATE_RMS, 4, 4, &grid, e);
    if (ok)
        aggregated_free(&grid);
    matrix_unref(sum);
    matrix_unref(both);
    dense_unref(d);
    return ok;
}

static bool ask_quadratic(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *p = matrix_transpose(a);
    struct vector *g = p ? vector_new(p->row) : NULL;
    struct matrix *q = g ? quadratic_form(a, b, p, g, e) : NULL;
    matrix_unref(p);
    vector_unref(g);
    matrix_unref(q);
    return q != NULL;
}

/* a and b as an MLP's two sides (hidden x resid), a' as what it writes and embeds. */
static bool ask_diagonal(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *p = matrix_transpose(a);
    struct matrix *x = p ? diagonal_outputs(p, a, b, p, true, e) : NULL;
    struct matrix *d = x ? diagonal_matrix(a, x, e) : NULL;
    matrix_unref(p);
    matrix_unref(x);
    matrix_unref(d);
    return d != NULL;
}

static bool ask_bordered(struct matrix *a, struct matrix *b, struct err *e)
{
    struct matrix *p = matrix_transpose(a);
    struct vector *g = p ? vector_new(p->row) : NULL;
    if (g != NULL)
        g->data[0] = 1;
    struct matrix *q = g ? quadratic_form(a, b, p, g, e) : NULL;
    struct matrix *seed = q ? bordered_seed(q, g, e) : NULL;
    struct matrix *form = seed ? bordered_form(q, g, e) : NULL;
    struct matrix *tokens = form ? bordered_tokens(p, q, g, e) : NULL;
    matrix_unref(p);
    vector_unref(g);
    matrix_unref(q);
    matrix_unref(seed);
    matrix_unref(form);
    matrix_unref(tokens);
    return tokens != NULL;
}

static bool ask_kinship(struct matrix *a, struct matrix *b, struct err *e)
{
    struct panel gram = {0};
    struct matrix *p = matrix_transpose(a);
    struct decomp *h = p ? hosvd_eigen(a, b, p, e) : NULL;
    bool ok = h != NULL && hosvd_gram(a, b, p, &gram, e);
    struct vector *norms = ok ? kinship_norms(b, &gram, e) : NULL;
    struct vector *g = norms ? matrix_row(b, 1, e) : NULL;
    struct vector *cosines = g ? kinship_cosines(b, &gram, norms, g, e) : NULL;
    matrix_unref(p);
    decomp_unref(h);
    panel_free(&gram);
    vector_unref(norms);
    vector_unref(g);
    vector_unref(cosines);
    return cosines != NULL;
}

static bool ask_extremes(struct matrix *a, struct matrix *b, struct err *e)
{
    struct extremes x = {0};
    double share, norms[8];
    static const float few[] = {1, 2, 3, 4, 5, 6, 7, 9};
    struct tall tall = {few, 4, 2};
    struct matrix *sum = make_sum(a, b, false, e);
    struct matrix *flipped = sum != NULL ? matrix_transpose(a) : NULL;
    bool ok = flipped != NULL && matrix_extremes(sum, 5, &x, e) &&
              matrix_first_share(a, flipped, &share, e) &&
              balance_norms(tall, tall, norms, norms + 4, e);
    matrix_unref(sum);
    matrix_unref(flipped);
    extremes_free(&x);
    return ok;
}

static bool ask_composition(struct matrix *a, struct matrix *b, struct err *e)
{
    struct copying x = {0};
    struct subspaces s = {0};
    struct composing later = {0}, earlier = {0};
    struct copying_tokens tokens = {0};
    double score;
    bool zero;
    struct power_law law;
    static const double values[] = {3, 2, 1};
    struct matrix *at = matrix_transpose(a), *bt = at ? matrix_transpose(b) : NULL;
    struct matrix *sum = bt ? make_sum(a, b, false, e) : NULL;
    composing_make(&later, 1);
    composing_make(&earlier, 1);
    bool ok = sum != NULL && composing_add(&later, bt, COMPOSING_READS, &zero, e) &&
              composing_add(&earlier, a, COMPOSING_WRITES, &zero, e) &&
              composing_scores(&later, &earlier, &score, e) && subspaces_make(sum, b, &s, e) &&
              copying_begin(&tokens, b, bt, e) && copying_make(&tokens, at, a, &x, e) &&
              measures_power_law(values, 3, &law, e);
    matrix_unref(at);
    matrix_unref(bt);
    matrix_unref(sum);
    copying_free(&x);
    copying_end(&tokens);
    composing_free(&later);
    composing_free(&earlier);
    subspaces_free(&s);
    return ok;
}

/* A matrix for one run, with nothing remembered about it. */
static struct matrix *fresh(unsigned seed, bool deficient)
{
    struct plain p = plain_random(30, 3, seed);
    for (size_t i = 0; deficient && i < 30; i++)
        p.at[3 * i + 2] = p.at[3 * i];
    return matrix_plain(p);
}

static void run_out_everywhere(question *ask, bool deficient)
{
    bool done = false;
    for (size_t n = 1; !done; n++) {
        struct err e = {0};
        struct matrix *a = fresh(1, deficient), *b = fresh(2, deficient);
        mem_fail_at(n);
        done = ask(a, b, &e);
        mem_fail_at(0);
        ck_assert_uint_lt(n, 4000);
        if (!done) {
            ck_assert_int_eq(e.code, ERR_MEMORY);
            ck_assert_str_eq(e.message, "out of memory");
            /* What a failed question leaves behind does not spoil the next one. */
            struct err again = {0};
            ck_assert_msg(ask(a, b, &again), "%s", again.message);
        } else {
            ck_assert_uint_gt(n, 1);
        }
        free_kept();
    }
}

/* Powers that are multiplied out, and a diagonal that is folded into its neighbour. */
static bool ask_powers(struct matrix *a, struct matrix *b, struct err *e)
{
    double norm;
    struct matrix *x = make_sum(a, b, false, e);
    for (int i = 0; x != NULL && i < 5; i++) {
        struct matrix *next = matrix_product(x, x, e);
        matrix_unref(x);
        x = next;
    }
    struct vector *v = x ? vector_new(x->row) : NULL;
    struct matrix *d = v ? matrix_diagonal(v, e) : NULL, *dx = d ? matrix_product(d, x, e) : NULL;
    bool ok = dx != NULL && matrix_norm(dx, &norm, e) && matrix_norm(d, &norm, e);
    vector_unref(v);
    matrix_unref(x);
    matrix_unref(d);
    matrix_unref(dx);
    return ok;
}

static question *const questions[] = {ask_powers,   ask_svd,     ask_narrow_svd, ask_eigen,
                                      ask_numbers,  ask_entries, ask_quadratic,  ask_diagonal,
                                      ask_bordered, ask_kinship, ask_extremes,   ask_composition};

START_TEST(memory_runs_out_at_each_allocation)
{
    run_out_everywhere(questions[_i], false);
    run_out_everywhere(questions[_i], true);
}
END_TEST

TCase *memory_case(void)
{
    TCase *c = tcase_create("memory");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_loop_test(c, memory_runs_out_at_each_allocation, 0,
                        sizeof questions / sizeof *questions);
    return c;
}
