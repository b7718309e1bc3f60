/* Each layout, from a tiny checkpoint whose numbers are their own places; and what is
 * said of a checkpoint that does not fit. */
#include "check_model_checkpoint.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/model/model.h"
#include "bilens/tokenizer/tokenizer.h"

#define SIZES                                                                                      \
    "\"n_layer\":2,\"n_head\":2,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3,\"bilinear\":true"

static struct model *load(void)
{
    struct err e;
    struct model *m;

    err_clear(&e);
    m = model_load(scratch("tiny"), &e);
    ck_assert_msg(m != NULL, "%s", e.message);
    return m;
}

static const struct model_matrix *named(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->matrices[i].name, name) == 0)
            return &m->matrices[i];
    }
    return NULL;
}

static float dense_element(const struct dense *d, size_t i, size_t j)
{
    struct err e;
    const float *data = storage_data(d->storage, &e);

    ck_assert_ptr_nonnull(data);
    ck_assert_uint_lt(i, d->rows);
    ck_assert_uint_lt(j, d->cols);
    return data[(ptrdiff_t)d->offset + (ptrdiff_t)i * d->row_stride + (ptrdiff_t)j * d->col_stride];
}

static float element(const struct matrix *a, size_t i, size_t j)
{
    ck_assert_uint_eq(a->count, 1);
    ck_assert_uint_eq(a->terms[0].count, 1);
    return dense_element(a->terms[0].factors[0].dense, i, j);
}

/* member [layer][head] of name is rows x cols, and its (i, j) is the number
 * base + i * di + j * dj of the file. */
static void expect_matrix(const struct model *m, const char *name, size_t member, size_t rows,
                          size_t cols, size_t base, size_t di, size_t dj)
{
    const struct model_matrix *matrix = named(m, name);

    ck_assert_ptr_nonnull(matrix);
    ck_assert_uint_lt(member, matrix->count);
    ck_assert_uint_eq(matrix->members[member]->row.size, rows);
    ck_assert_uint_eq(matrix->members[member]->col.size, cols);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            ck_assert_float_eq(element(matrix->members[member], i, j),
                               (float)(base + i * di + j * dj));
}

static void expect_axes(const struct model *m, const char *name, enum axis_kind row,
                        enum axis_kind col)
{
    const struct matrix *a = named(m, name)->members[0];

    ck_assert_int_eq(a->row.kind, row);
    ck_assert_int_eq(a->col.kind, col);
    ck_assert((a->row.labels != NULL) == (row == AXIS_TOKEN));
    ck_assert((a->col.labels != NULL) == (col == AXIS_TOKEN));
}

static void expect_weights(const struct model *m, const struct places *at)
{
    expect_matrix(m, "w_e", 0, D, V, at->wte, 1, D);
    expect_matrix(m, "w_u", 0, V, D, at->head, D, 1);
    for (size_t l = 0; l < LAYERS; l++) {
        for (size_t h = 0; h < HEADS; h++) {
            size_t member = l * HEADS + h;
            expect_matrix(m, "w_q", member, K, D, at->qkv[l] + h * K * D, D, 1);
            expect_matrix(m, "w_k", member, K, D, at->qkv[l] + (D + h * K) * D, D, 1);
            expect_matrix(m, "w_v", member, K, D, at->qkv[l] + (2 * D + h * K) * D, D, 1);
            expect_matrix(m, "w_o", member, D, K, at->o[l] + h * K, D, 1);
        }
        expect_matrix(m, "w_l", l, H, D, at->w[l], D, 1);
        expect_matrix(m, "w_r", l, H, D, at->w[l] + H * D, D, 1);
        expect_matrix(m, "w_p", l, D, H, at->p[l], H, 1);
    }
    expect_axes(m, "w_e", AXIS_RESID, AXIS_TOKEN);
    expect_axes(m, "w_u", AXIS_TOKEN, AXIS_RESID);
    expect_axes(m, "w_q", AXIS_HEAD, AXIS_RESID);
    expect_axes(m, "w_o", AXIS_RESID, AXIS_HEAD);
    expect_axes(m, "w_l", AXIS_HIDDEN, AXIS_RESID);
    expect_axes(m, "w_p", AXIS_RESID, AXIS_HIDDEN);
    expect_axes(m, "qk", AXIS_RESID, AXIS_RESID);
    expect_axes(m, "ov", AXIS_RESID, AXIS_RESID);
}

/* qk and ov of every head, multiplied out from the numbers of the file. */
static void expect_products(const struct model *m, const struct places *at)
{
    for (size_t member = 0; member < LAYERS * HEADS; member++) {
        const struct matrix *qk = named(m, "qk")->members[member];
        const struct matrix *ov = named(m, "ov")->members[member];
        size_t l = member / HEADS, h = member % HEADS;
        ck_assert_uint_eq(qk->terms[0].count, 2); /* factored */
        ck_assert_uint_eq(ov->terms[0].count, 2);
        for (size_t i = 0; i < D; i++) {
            for (size_t j = 0; j < D; j++) {
                double qk_is = 0, qk_should = 0, ov_is = 0, ov_should = 0;
                for (size_t k = 0; k < K; k++) {
                    size_t row = (h * K + k) * D;
                    qk_is += (double)dense_element(qk->terms[0].factors[0].dense, i, k) *
                             (double)dense_element(qk->terms[0].factors[1].dense, k, j);
                    qk_should +=
                        (double)(at->qkv[l] + row + i) * (double)(at->qkv[l] + D * D + row + j);
                    ov_is += (double)dense_element(ov->terms[0].factors[0].dense, i, k) *
                             (double)dense_element(ov->terms[0].factors[1].dense, k, j);
                    ov_should += (double)(at->o[l] + i * D + h * K + k) *
                                 (double)(at->qkv[l] + 2 * D * D + row + j);
                }
                ck_assert_double_eq(qk_is, qk_should);
                ck_assert_double_eq(ov_is, ov_should);
            }
        }
    }
}

static void setup(void)
{
    make_directory(scratch("tiny"));
}

static void teardown(void)
{
    remove(scratch("tiny/config.json"));
    remove(scratch("tiny/tokenizer.json"));
    remove(scratch("tiny/model.safetensors"));
    remove(scratch("tiny"));
}

START_TEST(test_10_april)
{
    struct places at = checkpoint_write((struct variant){.learned = true, .norms = true},
                                        "{" SIZES ",\"n_vocab\":5}");
    struct model *m = load();

    ck_assert_str_eq(m->layout, "bilinear, 10 April");
    ck_assert_str_eq(m->reason, "has transformer.h.0.attn.qkv.weight; has "
                                "transformer.h.0.mlp.o.weight; has transformer.h.0.n1.weight; has "
                                "transformer.wpe.weight");
    ck_assert_int_eq(m->positions, POSITIONS_LEARNED);
    ck_assert_double_eq(m->architecture.attention_out_scale, 1);
    ck_assert_str_eq(m->name, "tiny");
    ck_assert_str_eq(m->dtype, "F32");
    ck_assert_uint_eq(strlen(m->hash), 12);
    ck_assert_uint_eq(m->note_count, 0);
    ck_assert_uint_eq(m->sizes.d_head, K);
    ck_assert_uint_eq(m->sizes.vocab, V);
    ck_assert_uint_eq(m->parameters,
                      2 * V * D + CONTEXT * D + D + LAYERS * (4 * D * D + 3 * H * D + 2 * D));
    expect_weights(m, &at);
    expect_products(m, &at);
    expect_matrix(m, "w_pos", 0, D, CONTEXT, at.wpe, 1, D);
    expect_axes(m, "w_pos", AXIS_RESID, AXIS_POS);
    model_unref(m);
}
END_TEST

START_TEST(test_17_april)
{
    struct places at = checkpoint_write((struct variant){.norms = true, .rotary_buffer = true},
                                        "{" SIZES ",\"n_vocab\":5,\"gate\":null}");
    struct model *m = load();

    ck_assert_str_eq(m->layout, "bilinear, 17 April");
    ck_assert_int_eq(m->positions, POSITIONS_ROTARY);
    ck_assert_double_eq(m->architecture.rotary.base, 10000);
    ck_assert_ptr_null(named(m, "w_pos"));
    ck_assert_int_ne(m->architecture.mlp, MLP_GATED);
    ck_assert_uint_eq(m->note_count, 0); /* the buffer is no weight */
    ck_assert_uint_eq(m->parameters, 2 * V * D + D + LAYERS * (4 * D * D + 3 * H * D + 2 * D));
    expect_weights(m, &at);
    expect_products(m, &at);
    model_unref(m);
}
END_TEST

START_TEST(test_august)
{
    struct places at =
        checkpoint_write((struct variant){.project_p = true}, "{" SIZES ",\"gate\":\"silu\"}");
    struct model *m = load();

    ck_assert_str_eq(m->layout, "bilinear, August");
    ck_assert_int_eq(m->architecture.mlp, MLP_GATED);
    ck_assert_str_eq(m->architecture.activation_name, "silu");
    ck_assert_double_eq(m->architecture.attention_out_scale, 1);
    ck_assert_uint_eq(m->sizes.vocab, V); /* from wte */
    expect_weights(m, &at);
    model_unref(m);
}
END_TEST

/* Member [layer][head] is the numbers from base[layer] + first + head K on. */
static void expect_vectors(const struct model *m, const char *name, const size_t *base,
                           size_t first)
{
    const struct model_vector *v = NULL;

    for (size_t i = 0; i < m->vector_count; i++)
        v = strcmp(m->vectors[i].name, name) == 0 ? &m->vectors[i] : v;
    ck_assert_ptr_nonnull(v);
    ck_assert_uint_eq(v->stack, 2);
    ck_assert_uint_eq(v->count, LAYERS * HEADS);
    for (size_t n = 0; n < v->count; n++) {
        ck_assert_int_eq(v->members[n]->axis.kind, AXIS_HEAD);
        ck_assert_uint_eq(v->members[n]->axis.size, K);
        for (size_t i = 0; i < K; i++)
            ck_assert_double_eq(v->members[n]->data[i],
                                (double)(base[n / HEADS] + first + n % HEADS * K + i));
    }
}

START_TEST(test_october)
{
    static const struct {
        const char *more;
        double scale;
    } cases[] = {{"", 0.5}, {",\"scale_attn\":true", 0.5}, {",\"scale_attn\":false", 1}};

    for (size_t i = 0; i < 3; i++) {
        char config[400];
        struct places at;
        struct model *m;
        snprintf(config, sizeof config,
                 "{" SIZES
                 ",\"tokenizer\":\"ts-4096\",\"repo\":\"x\",\"gate\":null,\"bias\":true%s}",
                 cases[i].more);
        at = checkpoint_write((struct variant){.project_p = true, .bias = true}, config);
        m = load();
        ck_assert_str_eq(m->layout, "bilinear, October");
        ck_assert_double_eq_tol(m->architecture.attention_out_scale, cases[i].scale, 1e-15);
        ck_assert_uint_eq(m->note_count, 1);
        ck_assert_str_eq(m->notes[0], "1 tensor no matrix shows: transformer.n_f.weight");
        expect_weights(m, &at);
        expect_vectors(m, "b_q", at.qkv_bias, 0);
        expect_vectors(m, "b_k", at.qkv_bias, D);
        expect_vectors(m, "b_v", at.qkv_bias, 2 * D);
        model_unref(m);
    }
}
END_TEST

/* --- What does not fit --- */

static void expect_refused(enum err_code code, const char *file, const char *message)
{
    char expected[1600];
    struct err e;

    err_clear(&e);
    ck_assert_ptr_null(model_load(scratch("tiny"), &e));
    snprintf(expected, sizeof expected, "%s%s: %s", scratch("tiny"), file, message);
    ck_assert_str_eq(e.message, expected);
    ck_assert_int_eq(e.code, code);
}

static const struct variant april = {.norms = true};

START_TEST(test_29_october)
{
    checkpoint_write((struct variant){.project_p = true, .qkv_rows = 5}, "{" SIZES "}");
    expect_refused(
        ERR_UNSUPPORTED, "/model.safetensors",
        "this is the layout \"bilinear, 29 October\": its attention2 has two queries and "
        "two keys (qkv holds q1, k1, q2, k2, v) and no softmax, which is not supported");
}
END_TEST

#define KNOWN                                                                                      \
    "known layouts: bilinear, October; bilinear, August; bilinear, May-June; bilinear, April "     \
    "with alpha; bilinear, April with ln_f; bilinear, 10 April; bilinear, 17 April; bilinear, "    \
    "early April; GPT-2; GPT-NeoX; Llama; Mistral; Qwen2; Qwen3; Phi-3; Gemma-2"

START_TEST(test_unknown_layout)
{
    struct checkpoint c = {.length = 0};

    checkpoint_write(april, "{\"model_type\":\"gpt2\"}");
    checkpoint_add(&c, "wte.weight", V, D);
    checkpoint_add(&c, "h.0.attn.c_attn.weight", D, 3 * D);
    checkpoint_add(&c, "ln_f.weight", D, 0);
    checkpoint_save(&c, scratch("tiny/model.safetensors"));
    expect_refused(ERR_UNSUPPORTED, "/model.safetensors",
                   "not a layout that bilens knows; found model_type \"gpt2\" and 3 tensors: "
                   "h.0.attn.c_attn.weight, ln_f.weight, wte.weight; " KNOWN);
    write_safetensors(scratch("tiny/model.safetensors"), "{}", 2, NULL, 0);
    expect_refused(
        ERR_UNSUPPORTED, "/model.safetensors",
        "not a layout that bilens knows; found model_type \"gpt2\" and 0 tensors; " KNOWN);
}
END_TEST

START_TEST(test_sizes_disagree)
{
    static const struct {
        const char *config, *file, *message;
    } cases[] = {
        {"{\"n_layer\":2,\"n_head\":2,\"n_ctx\":3,\"d_model\":8,\"d_hidden\":3,\"n_vocab\":5}",
         "/model.safetensors",
         "tensor \"transformer.wte.weight\" has the shape [5, 4], but config.json asks for [5, 8] "
         "(d_model = 8, n_vocab = 5)"},
        {"{\"n_layer\":2,\"n_head\":2,\"n_ctx\":3,\"d_model\":8,\"d_hidden\":3}",
         "/model.safetensors",
         "tensor \"transformer.wte.weight\" has the shape [5, 4], but config.json asks for [5, 8] "
         "(d_model = 8, 5 tokens in transformer.wte.weight)"},
        {"{" SIZES ",\"n_vocab\":6}", "/model.safetensors",
         "tensor \"transformer.wte.weight\" has the shape [5, 4], but config.json asks for [6, 4] "
         "(d_model = 4, n_vocab = 6)"},
        {"{\"n_layer\":2,\"n_head\":2,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":4}",
         "/model.safetensors",
         "tensor \"transformer.h.0.mlp.w.weight\" has the shape [6, 4], but config.json asks for "
         "[8, 4] (d_hidden = 4, d_model = 4)"},
        {"{\"n_layer\":3,\"n_head\":2,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3}",
         "/model.safetensors",
         "tensor \"transformer.h.2.attn.qkv.weight\" is missing (n_layer = 3 in config.json)"},
        {"{\"n_layer\":1,\"n_head\":2,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3}",
         "/model.safetensors",
         "there is a tensor \"transformer.h.1.attn.qkv.weight\", but n_layer = 1 in config.json"},
        {"{\"n_layer\":2,\"n_head\":3,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3}", "/config.json",
         "d_model = 4 is not a multiple of n_head = 3"},
        {"{\"n_layer\":2,\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3}", "/config.json",
         "key \"n_head\" is missing"},
        {"{\"n_layer\":2,\"n_head\":\"2\",\"n_ctx\":3,\"d_model\":4,\"d_hidden\":3}",
         "/config.json", "key \"n_head\" must be a positive integer, found the string \"2\""},
        {"{" SIZES ",\"gate\":\"tanh\"}", "/config.json",
         "gate \"tanh\" is unknown; bilens knows null, relu, silu and gelu"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        checkpoint_write(april, cases[i].config);
        expect_refused(strstr(cases[i].message, "gate") ? ERR_UNSUPPORTED : ERR_FORMAT,
                       cases[i].file, cases[i].message);
    }
}
END_TEST

/* A tensor of the wrong rank must not be taken for a matrix. */
START_TEST(test_wrong_rank)
{
    struct checkpoint c = {.length = 0};

    checkpoint_write(april, "{" SIZES ",\"n_vocab\":5}");
    checkpoint_add(&c, "transformer.wte.weight", V * D, 0);
    checkpoint_add_layer(&c, 0, "attn.qkv.weight", 3 * D, D);
    checkpoint_add_layer(&c, 0, "mlp.o.weight", D, H);
    checkpoint_add_layer(&c, 0, "n1.weight", D, 0);
    checkpoint_save(&c, scratch("tiny/model.safetensors"));
    expect_refused(ERR_FORMAT, "/model.safetensors",
                   "tensor \"transformer.wte.weight\" has the shape [20], but config.json asks for "
                   "[5, 4] (d_model = 4, n_vocab = 5)");
    write_string(scratch("tiny/config.json"), "{" SIZES "}");
    expect_refused(ERR_FORMAT, "/model.safetensors",
                   "tensor \"transformer.wte.weight\" is not a matrix of tokens x d_model");
}
END_TEST

/* --- NaN, and vocabularies of another size --- */

static void poke(size_t element_number, float value)
{
    const char *path = scratch("tiny/model.safetensors");
    unsigned char length[8];
    size_t header = 0;
    FILE *file = fopen(path, "r+b");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(length, 1, 8, file), 8);
    for (int i = 7; i >= 0; i--)
        header = header << 8 | length[i];
    fseek(file, (long)(8 + header + 4 * element_number), SEEK_SET);
    fwrite(&value, sizeof value, 1, file);
    fclose(file);
}

START_TEST(test_nonfinite)
{
    struct places at = checkpoint_write(april, "{" SIZES "}");
    struct model *m;

    poke(at.qkv[1] + D * D, NAN);    /* in w_k */
    poke(at.w[0] + H * D, INFINITY); /* in w_r */
    poke(at.wte + 1, -INFINITY);     /* in w_e */
    m = load();
    ck_assert_uint_eq(m->nan_count, 1);
    ck_assert_uint_eq(m->inf_count, 2);
    ck_assert_uint_eq(named(m, "w_k")->nan_count, 1);
    ck_assert_uint_eq(named(m, "w_q")->nan_count, 0);
    ck_assert_uint_eq(named(m, "w_v")->nan_count, 0);
    ck_assert_uint_eq(named(m, "qk")->nan_count, 1);
    ck_assert_uint_eq(named(m, "ov")->nan_count, 0);
    ck_assert_uint_eq(named(m, "w_r")->inf_count, 1);
    ck_assert_uint_eq(named(m, "w_l")->inf_count, 0);
    ck_assert_uint_eq(named(m, "w_e")->inf_count, 1);
    ck_assert_uint_eq(m->note_count, 1);
    ck_assert_str_eq(m->notes[0], "weights that are NaN: 1, infinite: 2");
    model_unref(m);
}
END_TEST

START_TEST(test_vocabulary_sizes)
{
    struct model *m;

    checkpoint_write(april, "{" SIZES "}");
    write_string(scratch("tiny/tokenizer.json"), "{\"model\":{\"vocab\":{\"a\":0,\"b\":1}}}");
    m = load();
    ck_assert_uint_eq(m->note_count, 1);
    ck_assert_str_eq(m->notes[0], "the embedding has 5 rows, the tokenizer 2 tokens: the rest are "
                                  "shown as [id]");
    model_unref(m);
    write_string(scratch("tiny/tokenizer.json"), "{\"model\":{\"vocab\":{\"a\":0,\"b\":8}}}");
    m = load();
    ck_assert_str_eq(m->notes[0], "the tokenizer has 9 tokens, the embedding 5 rows: tokens from "
                                  "id 5 on cannot be looked up");
    model_unref(m);
}
END_TEST

START_TEST(test_short_of_memory)
{
    struct model *m = NULL;
    struct err e;

    checkpoint_write(april, "{" SIZES "}");
    for (size_t n = 1; m == NULL; n++) {
        ck_assert_uint_lt(n, 2000);
        err_clear(&e);
        mem_fail_at(n);
        m = model_load(scratch("tiny"), &e);
        mem_fail_at(0);
        ck_assert_msg(e.code == (m == NULL ? ERR_MEMORY : ERR_NONE), "%zu: %s", n, e.message);
    }
    model_unref(m);
}
END_TEST

TCase *layout_case(void)
{
    TCase *tcase = tcase_create("layout");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_10_april);
    tcase_add_test(tcase, test_17_april);
    tcase_add_test(tcase, test_august);
    tcase_add_test(tcase, test_october);
    tcase_add_test(tcase, test_29_october);
    tcase_add_test(tcase, test_unknown_layout);
    tcase_add_test(tcase, test_sizes_disagree);
    tcase_add_test(tcase, test_wrong_rank);
    tcase_add_test(tcase, test_nonfinite);
    tcase_add_test(tcase, test_vocabulary_sizes);
    tcase_add_test(tcase, test_short_of_memory);
    return tcase;
}
