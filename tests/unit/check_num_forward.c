/* What a forward pass is made of, against the formulas written out in double precision. */
#include "check_num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/num/attention.h"
#include "bilens/num/distribution.h"
#include "bilens/num/nonlinear.h"
#include "bilens/num/panel.h"
#include "bilens/num/rotary.h"

static float *floats_of(struct plain a)
{
    float *x = malloc(a.rows * a.cols * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t i = 0; i < a.rows * a.cols; i++)
        x[i] = (float)a.at[i];
    return x;
}

/* --- Norms and activations --- */

START_TEST(norms_of_known_rows)
{
    const float x[] = {1, 2, 3, 6};
    float y[4];
    /* mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5; mean square 50 / 4 = 12.5 */
    ck_assert_double_eq_tol(norm_layer_row(x, 4, 0.5, y), 0.5, 1e-15);
    const float layer[] = {-1, -0.5F, 0, 1.5F};
    ck_assert_mem_eq(y, layer, sizeof y);
    ck_assert_double_eq_tol(norm_rms_row(x, 4, 3.5, y), 0.25, 1e-15);
    const float rms[] = {0.25F, 0.5F, 0.75F, 1.5F};
    ck_assert_mem_eq(y, rms, sizeof y);
    norm_rms_row(y, 4, 0, y); /* in place */
    ck_assert_float_eq_tol(y[3], 6 / sqrtf(12.5F), 1e-6F);
}
END_TEST

START_TEST(activations_of_known_numbers)
{
    /* SiLU, GELU and its two approximations at -2, 0, 0.5, 3, as PyTorch gives them. */
    static const struct {
        void (*apply)(float *x, size_t n);
        float expected[4];
    } cases[] = {
        {relu_apply, {0, 0, 0.5F, 3}},
        {relu_squared_apply, {0, 0, 0.25F, 9}},
        {silu_apply, {-0.23840584F, 0, 0.31122968F, 2.85772238F}},
        {gelu_apply, {-0.04550026F, 0, 0.34573123F, 2.99595022F}},
        {gelu_tanh_apply, {-0.04540229F, 0, 0.34571400F, 2.99636269F}},
        {gelu_quick_apply, {-0.06434138F, 0, 0.35038840F, 2.98192869F}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        float x[] = {-2, 0, 0.5F, 3};
        cases[c].apply(x, 4);
        for (size_t i = 0; i < 4; i++)
            ck_assert_float_eq_tol(x[i], cases[c].expected[i], 1e-6F);
    }
    float nan[] = {NAN};
    relu_apply(nan, 1);
    ck_assert_float_nan(nan[0]);
}
END_TEST

START_TEST(soft_caps)
{
    float x[] = {-1000, 0, 1, 50};
    softcap_apply(50, x, 4);
    const float expected[] = {-50, 0, 0.99986670F, 38.07970780F};
    for (size_t i = 0; i < 4; i++)
        ck_assert_float_eq_tol(x[i], expected[i], 1e-5F);
    softcap_apply(0, x, 4); /* none */
    ck_assert_float_eq_tol(x[3], 38.07970780F, 1e-5F);
}
END_TEST

/* --- A row by a matrix --- */

START_TEST(row_by_matrix_in_any_storage)
{
    struct plain a = plain_random(1, 5, 1), b = plain_random(5, 3, 2), c = plain_product(a, b);
    float *x = floats_of(a), *rows = floats_of(b), *cols = floats_of(plain_transposed(b)), y[3];
    const struct strided stored[] = {{rows, 5, 3, 3, 1}, {cols, 5, 3, 1, 5}};
    for (size_t k = 0; k < 2; k++) {
        ck_assert(blas_apply_single(stored[k], x, y));
        for (size_t j = 0; j < 3; j++)
            ck_assert_float_eq_tol(y[j], (float)c.at[j], 1e-6F);
    }
    ck_assert(!blas_apply_single((struct strided){rows, 2, 2, 4, 2}, x, y));
    ck_assert(blas_apply_single((struct strided){rows, 0, 2, 2, 1}, x, y));
    ck_assert_float_eq(y[1], 0);
    free(x);
    free(rows);
    free(cols);
}
END_TEST

/* --- Attention --- */

START_TEST(rotary_rows_turn_as_one_vector_does)
{
    struct err e = {0};
    enum { K = 6, ROTATED = 4 };
    struct rotary rotary = {.d_head = ROTATED, .base = 10000};
    const double frequencies[] = {1, 0.01};
    struct rotary_table t;
    double x[] = {0.5, -1, 2, 3, 7, 8}, y[K];
    ck_assert(rotary_table_make(frequencies, 2, 9, &t, &e));
    for (size_t p = 0; p < 9; p++) {
        float z[K];
        for (size_t i = 0; i < K; i++)
            z[i] = (float)(y[i] = x[i]);
        ck_assert(rotary_turn(rotary, (double)p, y, &e));
        rotary_table_turn(&t, p, z);
        for (size_t i = 0; i < K; i++) /* the last two stay as they are */
            ck_assert_float_eq_tol(z[i], (float)y[i], 1e-6F);
    }
    rotary_table_done(&t);
}
END_TEST

/* One head's attention, by its formula. */
static void plain_attention(const struct attention *a, struct plain q, struct plain k,
                            struct plain v, size_t head, size_t row, double *out)
{
    size_t kv = head / (a->heads / a->kv_heads), d = a->d_head;
    size_t from = a->window > 0 && row + 1 > a->window ? row + 1 - a->window : 0;
    double sum = 0;
    memset(out, 0, d * sizeof *out);
    for (size_t j = from; j <= row; j++) {
        double s = 0;
        for (size_t i = 0; i < d; i++)
            s += q.at[row * q.cols + head * d + i] * k.at[j * k.cols + kv * d + i];
        s *= a->scale;
        s = exp(a->cap > 0 ? a->cap * tanh(s / a->cap) : s);
        sum += s;
        for (size_t i = 0; i < d; i++)
            out[i] += s * v.at[j * v.cols + kv * d + i];
    }
    for (size_t i = 0; i < d; i++)
        out[i] /= sum;
}

/* Positions first.. first + count - 1 of n, against the formula. */
static void expect_attention(const struct attention *a, size_t n, size_t first, size_t count)
{
    struct err e = {0};
    struct plain q = plain_random(n, a->heads * a->d_head, 1);
    struct plain k = plain_random(n, a->kv_heads * a->d_head, 2);
    struct plain v = plain_random(n, a->kv_heads * a->d_head, 3);
    struct attention_cache c;
    ck_assert(attention_cache_make(a, n + 2, &c, &e));
    for (size_t i = 0; i < (n + 2) * k.cols; i++) /* what comes later must never be read */
        c.keys[i] = c.values[i] = i < (first + count) * k.cols ? (float)k.at[i] : NAN;
    for (size_t i = 0; i < (first + count) * v.cols; i++)
        c.values[i] = (float)v.at[i];
    float *queries = floats_of(q), *out = malloc(n * (q.cols + 1) * sizeof *out);
    double expected[8];
    ck_assert(attention_causal(a, &c, queries + first * q.cols, q.cols, first, count, out,
                               q.cols + 1, &e));
    for (size_t i = 0; i < count; i++)
        for (size_t h = 0; h < a->heads; h++) {
            plain_attention(a, q, k, v, h, first + i, expected);
            for (size_t j = 0; j < a->d_head; j++)
                ck_assert_double_eq_tol((double)out[i * (q.cols + 1) + h * a->d_head + j],
                                        expected[j], 1e-6);
        }
    free(queries);
    free(out);
    attention_cache_done(&c);
}

START_TEST(attention_by_its_formula)
{
    const struct attention cases[] = {
        {.heads = 2, .kv_heads = 2, .d_head = 4, .scale = 0.5},
        {.heads = 4, .kv_heads = 2, .d_head = 3, .scale = 2},
        {.heads = 3, .kv_heads = 1, .d_head = 8, .scale = 3, .cap = 1.5},
        {.heads = 1, .kv_heads = 1, .d_head = 4, .scale = 4, .window = 3},
        {.heads = 1, .kv_heads = 1, .d_head = 1, .scale = 1, .window = 1},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        expect_attention(&cases[c], 9, 0, 9);
        expect_attention(&cases[c], 9, 5, 3);
        expect_attention(&cases[c], 9, 8, 1);
        expect_attention(&cases[c], 1, 0, 1);
    }
}
END_TEST

START_TEST(long_attention_goes_by_blocks)
{
    const struct attention a = {.heads = 2, .kv_heads = 1, .d_head = 2, .scale = 1, .window = 700};
    expect_attention(&a, 1500, 10, 1490); /* 1500^2 scores are more than are held at once */
}
END_TEST

/* --- Distributions --- */

START_TEST(random_numbers_are_the_published_ones)
{
    /* xoshiro256** from the state 1, 2, 3, 4, worked by hand: rotl(s1 * 5, 7) * 9. */
    struct random r = {{1, 2, 3, 4}};
    ck_assert_uint_eq(random_next(&r), 11520);
    ck_assert_uint_eq(random_next(&r), 0);
    ck_assert_uint_eq(random_next(&r), 1509978240);
    /* SplitMix64 of seed 0, as its authors' reference prints it. */
    r = random_seeded(0);
    ck_assert_uint_eq(r.state[0], 0xe220a8397b1dcdaf);
    ck_assert_uint_eq(r.state[1], 0x6e789e6aa1b965f4);
    ck_assert_uint_eq(r.state[2], 0x06c45d188009454f);
    double low = 1, high = 0, sum = 0;
    for (size_t i = 0; i < 10000; i++) {
        double u = random_uniform(&r);
        low = fmin(low, u);
        high = fmax(high, u);
        sum += u;
    }
    ck_assert(low >= 0 && low < 1e-3 && high < 1 && high > 0.999);
    ck_assert_double_eq_tol(sum / 10000, 0.5, 0.01);
}
END_TEST

START_TEST(logits_as_a_distribution)
{
    const float x[] = {1000, 999, -INFINITY, 1000};
    ck_assert_double_eq_tol(log_sum_exp(x, 4), 1000 + log(2 + exp(-1)), 1e-12);
    ck_assert_uint_eq(largest_entry(x, 4), 0); /* the first of equals */
    ck_assert_uint_eq(rank_of_entry(x, 4, 1), 2);
    ck_assert_uint_eq(rank_of_entry(x, 4, 3), 0);
}
END_TEST

/* How often each of n entries is drawn in 20000. */
static void draw_many(const float *x, size_t n, struct sampling how, double *share)
{
    struct err e = {0};
    struct random r = random_seeded(7);
    enum { DRAWS = 20000 };
    memset(share, 0, n * sizeof *share);
    for (size_t i = 0; i < DRAWS; i++) {
        size_t drawn;
        ck_assert(sample_draw(x, n, how, &r, &drawn, &e));
        share[drawn] += 1.0 / DRAWS;
    }
}

START_TEST(draws_follow_the_distribution)
{
    const float x[] = {0, logf(4), logf(2), -INFINITY};
    double share[4];
    draw_many(x, 4, (struct sampling){.temperature = 1}, share);
    expect_numbers(share, (double[]){1.0 / 7, 4.0 / 7, 2.0 / 7, 0}, 4, 0.01);
    draw_many(x, 4, (struct sampling){.temperature = 0.5}, share); /* weights squared */
    expect_numbers(share, (double[]){1.0 / 21, 16.0 / 21, 4.0 / 21, 0}, 4, 0.01);
    draw_many(x, 4, (struct sampling){.temperature = 1, .top = 2}, share);
    expect_numbers(share, (double[]){0, 2.0 / 3, 1.0 / 3, 0}, 4, 0.01);
    draw_many(x, 4, (struct sampling){.temperature = 0}, share);
    expect_numbers(share, (double[]){0, 1, 0, 0}, 4, 1e-9);
    draw_many(x, 4, (struct sampling){.temperature = 5, .top = 1}, share);
    expect_numbers(share, (double[]){0, 1, 0, 0}, 4, 1e-9);
}
END_TEST

START_TEST(draws_of_what_is_not_finite_are_refused)
{
    struct err e = {0};
    struct random r = random_seeded(0);
    const float nan[] = {0, NAN, 1}, inf[] = {0, INFINITY, 1};
    size_t drawn;
    ck_assert(!sample_draw(nan, 3, (struct sampling){0}, &r, &drawn, &e));
    expect_error(&e, ERR_NONFINITE, "the logits are not finite");
    ck_assert(!sample_draw(inf, 3, (struct sampling){0}, &r, &drawn, &e));
    expect_error(&e, ERR_NONFINITE, "the logits are not finite");
}
END_TEST

TCase *forward_case(void)
{
    TCase *c = tcase_create("forward");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, norms_of_known_rows);
    tcase_add_test(c, activations_of_known_numbers);
    tcase_add_test(c, soft_caps);
    tcase_add_test(c, row_by_matrix_in_any_storage);
    tcase_add_test(c, rotary_rows_turn_as_one_vector_does);
    tcase_add_test(c, attention_by_its_formula);
    tcase_add_test(c, long_attention_goes_by_blocks);
    tcase_add_test(c, random_numbers_are_the_published_ones);
    tcase_add_test(c, logits_as_a_distribution);
    tcase_add_test(c, draws_follow_the_distribution);
    tcase_add_test(c, draws_of_what_is_not_finite_are_refused);
    return c;
}
