/* The forward pass on small random models: token by token as in one go, and its logits as the sum
 * of their parts. (Whether the logits are right is for tests/fixtures: PyTorch's stand there.) */
#include "check_model.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/decomp.h"
#include "bilens/num/dense.h"
#include "bilens/run/attribution.h"
#include "bilens/run/forward.h"

enum { WIDTH = 12, KEYS = 4, HIDDEN = 10, VOCAB = 23, LONGEST = 400, TEXT = 9, DEPTH = 2 };

static const size_t text[TEXT] = {3, 17, 20, 5, 5, 11, 22, 8, 0};

/* What a test model has. */
struct plan {
    enum norm_kind norm;
    enum mlp_kind mlp;
    enum activation activation;
    bool biases, learned, parallel, after, head_norms, one_plus;
    size_t rotary, groups, window;
    double attention_cap, logit_cap, out_scale;
};

static uint64_t state;

static float next_number(void)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (float)(int32_t)(state >> 32) / 2147483648.0F;
}

static struct stored_weight weight(size_t heads, size_t rows, size_t cols)
{
    size_t count = heads * rows * cols;
    float *data = mem_alloc(count * sizeof *data);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < count; i++)
        data[i] = 0.6F * next_number();
    struct storage *s = storage_new(data, count);
    ck_assert_ptr_nonnull(s);
    return (struct stored_weight){.storage = s,
                                  .heads = heads,
                                  .rows = rows,
                                  .cols = cols,
                                  .head_stride = (ptrdiff_t)(rows * cols),
                                  .row_stride = (ptrdiff_t)cols,
                                  .col_stride = 1};
}

static struct norm make_norm(const struct plan *p, size_t n, bool wanted)
{
    struct norm norm = {.kind = wanted ? p->norm : NORM_NONE, .eps = 1e-5};
    if (norm.kind == NORM_NONE)
        return norm;
    norm.one_plus = p->one_plus;
    norm.gain = weight(1, n, 1);
    if (p->biases)
        norm.bias = weight(1, n, 1);
    return norm;
}

static void make_layer(struct architecture *a, struct architecture_layer *l, const struct plan *p)
{
    *l = (struct architecture_layer){.attention_scale = 0.7, .window = p->window};
    l->attention_in = make_norm(p, WIDTH, true);
    l->mlp_in = make_norm(p, WIDTH, true);
    l->attention_out = make_norm(p, WIDTH, p->after);
    l->mlp_out = make_norm(p, WIDTH, p->after);
    l->query = make_norm(p, KEYS, p->head_norms);
    l->key = make_norm(p, KEYS, p->head_norms);
    l->w_q = weight(a->heads, KEYS, WIDTH);
    l->w_k = weight(a->kv_heads, KEYS, WIDTH);
    l->w_v = weight(a->kv_heads, KEYS, WIDTH);
    l->w_o = weight(a->heads, WIDTH, KEYS);
    l->w_p = weight(1, WIDTH, HIDDEN);
    l->w_l = weight(1, HIDDEN, WIDTH);
    l->w_r = weight(1, HIDDEN, WIDTH);
    l->w_in = weight(1, HIDDEN, WIDTH);
    if (!p->biases)
        return;
    l->b_q = weight(a->heads, KEYS, 1);
    l->b_k = weight(a->kv_heads, KEYS, 1);
    l->b_v = weight(a->kv_heads, KEYS, 1);
    l->b_o = weight(1, WIDTH, 1);
    l->b_l = weight(1, HIDDEN, 1);
    l->b_r = weight(1, HIDDEN, 1);
    l->b_in = weight(1, HIDDEN, 1);
    l->b_p = weight(1, WIDTH, 1);
}

static struct architecture make(const struct plan *p)
{
    struct architecture a = {.layer_count = DEPTH,
                             .heads = 4,
                             .kv_heads = p->groups > 0 ? p->groups : 4,
                             .d_head = KEYS,
                             .d_model = WIDTH,
                             .d_hidden = HIDDEN,
                             .context = LONGEST,
                             .vocab = VOCAB,
                             .embedding_scale = 1.5,
                             .mlp = p->mlp,
                             .activation = p->activation,
                             .parallel = p->parallel,
                             .attention_out_scale = p->out_scale > 0 ? p->out_scale : 1,
                             .attention_cap = p->attention_cap,
                             .logit_cap = p->logit_cap};
    state = 1;
    a.w_e = weight(1, WIDTH, VOCAB);
    a.w_u = weight(1, VOCAB, WIDTH);
    if (p->learned)
        a.w_pos = weight(1, WIDTH, LONGEST);
    if (p->biases)
        a.b_u = weight(1, VOCAB, 1);
    a.final = make_norm(p, WIDTH, true);
    a.rotary.dims = p->rotary;
    a.rotary.frequencies = mem_new(KEYS, sizeof *a.rotary.frequencies);
    a.layers = mem_new(DEPTH, sizeof *a.layers);
    ck_assert(a.layers != NULL && a.rotary.frequencies != NULL);
    for (size_t i = 0; i < p->rotary / 2; i++)
        a.rotary.frequencies[i] = 1 / (double)(i + 1);
    for (size_t i = 0; i < DEPTH; i++)
        make_layer(&a, &a.layers[i], p);
    return a;
}

/* One of each kind; between them, everything a layer can have. */
static const struct plan plans[] = {
    {.norm = NORM_RMS, .mlp = MLP_BILINEAR, .rotary = 4, .out_scale = 0.5},
    {.norm = NORM_RMS, .mlp = MLP_BILINEAR, .learned = true, .biases = true},
    {.norm = NORM_NONE, .mlp = MLP_BILINEAR},
    {.norm = NORM_LAYER,
     .mlp = MLP_PLAIN,
     .activation = ACTIVATION_GELU_TANH,
     .biases = true,
     .learned = true},
    {.norm = NORM_LAYER,
     .mlp = MLP_PLAIN,
     .activation = ACTIVATION_GELU,
     .biases = true,
     .parallel = true,
     .rotary = 2},
    {.norm = NORM_RMS,
     .mlp = MLP_GATED,
     .activation = ACTIVATION_SILU,
     .rotary = 4,
     .groups = 2,
     .head_norms = true},
    {.norm = NORM_RMS,
     .mlp = MLP_GATED,
     .activation = ACTIVATION_GELU_TANH,
     .rotary = 4,
     .groups = 1,
     .after = true,
     .one_plus = true,
     .window = 4,
     .attention_cap = 2,
     .logit_cap = 3},
    {.norm = NORM_LAYER,
     .mlp = MLP_BILINEAR,
     .biases = true,
     .after = true,
     .one_plus = true,
     .logit_cap = 1},
};

enum { PLANS = sizeof plans / sizeof plans[0] };

/* Rounding differs, because a row alone is multiplied by other routines of BLAS. */
static void expect_same(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_float_eq_tol(a[i], b[i], 1e-4F * (1 + fabsf(b[i])));
}

static void run(const struct architecture *a, const size_t *ids, size_t count, size_t step,
                float *logits)
{
    struct err e = {0};
    struct forward *f = forward_new(a, count, &e);
    ck_assert_msg(f != NULL, "%s", e.message);
    for (size_t i = 0; i < count; i += step)
        ck_assert(forward_append(f, ids + i, count - i < step ? count - i : step, &e));
    ck_assert_uint_eq(forward_length(f), count);
    ck_assert(forward_logits(f, 0, count, logits, &e));
    forward_free(f);
}

START_TEST(token_by_token_as_in_one_go)
{
    for (size_t p = 0; p < PLANS; p++) {
        struct architecture a = make(&plans[p]);
        float once[TEXT * VOCAB], stepped[TEXT * VOCAB];
        run(&a, text, TEXT, TEXT, once);
        for (size_t step = 1; step < 5; step += 2) {
            run(&a, text, TEXT, step, stepped);
            expect_same(stepped, once, TEXT * VOCAB);
        }
        architecture_done(&a);
    }
}
END_TEST

START_TEST(long_texts_go_by_chunks)
{
    static float once[LONGEST * VOCAB], stepped[LONGEST * VOCAB];
    struct architecture a = make(&plans[0]);
    size_t ids[LONGEST];
    for (size_t i = 0; i < LONGEST; i++)
        ids[i] = i * i % VOCAB;
    run(&a, ids, LONGEST, LONGEST, once);
    run(&a, ids, LONGEST, 37, stepped);
    expect_same(stepped, once, LONGEST * VOCAB);
    architecture_done(&a);
}
END_TEST

/* --- Attribution --- */

static double sum_of_components(const struct attribution_mlp *m)
{
    double sum = m->rest;
    for (size_t i = 0; i < decomp_count(m->form); i++)
        sum += m->parts[i];
    return sum;
}

static void expect_sum(const struct architecture *a, size_t token, size_t other)
{
    struct err e = {0};
    struct attribution x;
    struct attribution_task task = {a, text, TEXT, token, other};
    float logits[TEXT * VOCAB];
    ck_assert_msg(attribution_make(&task, &x, &e), "%s", e.message);
    double size = fabs(x.embedding) + fabs(x.place) + fabs(x.bias);
    for (size_t i = 0; i < x.layers; i++) {
        size += fabs(attribution_attention(&x, i)) + fabs(x.mlp[i].total);
        ck_assert((x.mlp[i].form != NULL) == (a->mlp == MLP_BILINEAR));
        if (x.mlp[i].form != NULL) {
            const struct attribution_mlp *m = &x.mlp[i];
            ck_assert_double_eq_tol(sum_of_components(m), m->total, 1e-9 * size);
            ck_assert_double_eq_tol(m->linear + m->constant, m->rest, 1e-5 * size);
            ck_assert((m->linear != 0) == (a->layers[i].b_l.storage != NULL));
            ck_assert((m->constant != 0) == (a->layers[i].b_l.storage != NULL));
        }
    }
    ck_assert_double_eq_tol(x.sum, x.logit, 1e-5 * size);
    run(a, text, TEXT, TEXT, logits);
    const float *last = logits + (TEXT - 1) * VOCAB;
    double logit = (double)last[token] - (other != token ? (double)last[other] : 0);
    if (a->logit_cap > 0 && other == token)
        ck_assert_double_eq_tol(a->logit_cap * tanh(x.logit / a->logit_cap), logit, 1e-5);
    else if (a->logit_cap == 0)
        ck_assert_double_eq_tol(x.logit, logit, 1e-5 * size);
    attribution_done(&x);
}

START_TEST(parts_add_up_to_the_logit)
{
    for (size_t p = 0; p < PLANS; p++) {
        struct architecture a = make(&plans[p]);
        expect_sum(&a, 4, 4);
        expect_sum(&a, 21, 2);
        architecture_done(&a);
    }
}
END_TEST

START_TEST(rest_of_a_bilinear_mlp_is_its_biases)
{
    struct err e = {0};
    struct attribution x;
    struct architecture a = make(&plans[0]);
    ck_assert(attribution_make(&(struct attribution_task){&a, text, TEXT, 1, 1}, &x, &e));
    for (size_t i = 0; i < DEPTH; i++)
        ck_assert_double_eq_tol(x.mlp[i].rest, 0, 1e-5 * (1 + fabs(x.mlp[i].total)));
    for (size_t i = 0; i < DEPTH; i++) /* and there is none of attention's */
        ck_assert_double_eq(x.attention_bias[i], 0);
    ck_assert_double_eq(x.bias, 0);
    ck_assert_double_eq(x.place, 0);
    attribution_done(&x);
    architecture_done(&a);
}
END_TEST

/* What the tokens' embeddings give an eigenvector, with the sign that the input's projection has:
 * also where no norm stands before the MLP. */
static void expect_reading(const struct architecture *a, const struct attribution_task *task,
                           const struct attribution *x, size_t layer, size_t i)
{
    struct err e = {0};
    double read[VOCAB], sign = x->mlp[layer].projections[i] < 0 ? -1 : 1;
    struct vector *v = decomp_vector(x->mlp[layer].form, SIDE_U, i, &e);
    const float *w_e = storage_data(a->w_e.storage, &e);
    ck_assert(v != NULL && w_e != NULL && attribution_reads(task, x, layer, i, read, &e));
    for (size_t t = 0; t < VOCAB; t++) {
        double sum = 0;
        for (size_t j = 0; j < WIDTH; j++)
            sum += sign * v->data[j] * (double)w_e[j * VOCAB + t];
        ck_assert_double_eq_tol(read[t], sum, 1e-6);
    }
    vector_unref(v);
}

START_TEST(eigenvectors_point_as_the_input_does)
{
    struct err e = {0};
    struct attribution x;
    struct architecture a = make(&plans[2]);
    struct attribution_task task = {&a, text, TEXT, 1, 1};
    size_t negative = 0;
    ck_assert(attribution_make(&task, &x, &e));
    for (size_t layer = 0; layer < DEPTH; layer++)
        for (size_t i = 0; i < WIDTH; i++) {
            negative += x.mlp[layer].projections[i] < 0;
            expect_reading(&a, &task, &x, layer, i);
        }
    ck_assert_uint_gt(negative, 0);
    attribution_done(&x);
    architecture_done(&a);
}
END_TEST

/* --- Refusals --- */

static void expect_refusal(struct err *e, enum err_code code, const char *message)
{
    ck_assert_str_eq(e->message, message);
    ck_assert_int_eq(e->code, code);
    err_clear(e);
}

START_TEST(refusals)
{
    struct err e = {0};
    struct architecture a = make(&plans[0]);
    ck_assert_ptr_null(forward_new(&a, 0, &e));
    expect_refusal(&e, ERR_ARGUMENT, "a text of 0 tokens: this model reads 1 to 400");
    ck_assert_ptr_null(forward_new(&a, LONGEST + 1, &e));
    expect_refusal(&e, ERR_ARGUMENT, "a text of 401 tokens: this model reads 1 to 400");
    struct forward *f = forward_new(&a, 3, &e);
    const size_t beyond[] = {1, VOCAB};
    ck_assert(!forward_append(f, beyond, 2, &e));
    expect_refusal(&e, ERR_UNKNOWN_TOKEN, "token 23 is beyond the model's embedding, which has 23");
    ck_assert(!forward_append(f, text, 5, &e));
    expect_refusal(&e, ERR_ARGUMENT, "2 tokens more than there is room for (3)");
    ck_assert_uint_eq(forward_length(f), 0);
    ck_assert(forward_append(f, text, 3, &e));
    forward_free(f);
    struct attribution x;
    ck_assert(!attribution_make(&(struct attribution_task){&a, text, TEXT, 1, VOCAB}, &x, &e));
    expect_refusal(&e, ERR_UNKNOWN_TOKEN,
                   "token 23 is beyond the model's unembedding, which has 23");
    a.unsupported = mem_strdup("rotary scaling \"yarn\" is not known");
    ck_assert_ptr_null(forward_new(&a, 3, &e));
    expect_refusal(&e, ERR_UNSUPPORTED,
                   "this model cannot be run: rotary scaling \"yarn\" is not known");
    architecture_done(&a);
}
END_TEST

START_TEST(interrupted)
{
    struct err e = {0};
    struct task task = {0};
    struct architecture a = make(&plans[0]);
    struct forward *f = forward_new(&a, TEXT, &e);
    float logits[VOCAB], expected[TEXT * VOCAB];
    ck_assert(forward_append(f, text, 4, &e));
    struct task *before = task_enter(&task);
    task_abandon(&task);
    ck_assert(!forward_append(f, text + 4, TEXT - 4, &e));
    task_enter(before);
    ck_assert_int_eq(e.code, ERR_INTERRUPTED);
    err_clear(&e);
    ck_assert_uint_eq(forward_length(f), 4);
    ck_assert(forward_append(f, text + 4, TEXT - 4, &e)); /* as if nothing had been */
    ck_assert(forward_logits(f, TEXT - 1, 1, logits, &e));
    run(&a, text, TEXT, TEXT, expected);
    expect_same(logits, expected + (size_t)(TEXT - 1) * VOCAB, VOCAB);
    forward_free(f);
    architecture_done(&a);
}
END_TEST

START_TEST(short_memory_is_an_error)
{
    struct architecture a = make(&plans[1]);
    struct attribution x;
    for (size_t n = 1;; n++) {
        struct err e = {0};
        mem_fail_at(n);
        bool good = attribution_make(&(struct attribution_task){&a, text, TEXT, 1, 2}, &x, &e);
        mem_fail_at(0);
        if (good)
            break;
        ck_assert_int_eq(e.code, ERR_MEMORY);
    }
    attribution_done(&x);
    architecture_done(&a);
}
END_TEST

TCase *forward_case(void)
{
    TCase *c = tcase_create("forward");
    tcase_add_test(c, token_by_token_as_in_one_go);
    tcase_add_test(c, long_texts_go_by_chunks);
    tcase_add_test(c, parts_add_up_to_the_logit);
    tcase_add_test(c, rest_of_a_bilinear_mlp_is_its_biases);
    tcase_add_test(c, eigenvectors_point_as_the_input_does);
    tcase_add_test(c, refusals);
    tcase_add_test(c, interrupted);
    tcase_add_test(c, short_memory_is_an_error);
    return c;
}
