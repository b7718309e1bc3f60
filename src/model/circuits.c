#include "circuits.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/formats/hash.h"
#include "bilens/model/weights.h"
#include "bilens/num/center.h"
#include "fold.h"

static const struct weight_info weights[WEIGHT_COUNT] = {
    [W_E] = {.name = "w_e", .summary = "embedding", .row = AXIS_RESID, .col = AXIS_TOKEN},
    [W_POS] = {.name = "w_pos",
               .summary = "position embedding",
               .row = AXIS_RESID,
               .col = AXIS_POS},
    [W_U] = {.name = "w_u",
             .summary = "unembedding",
             .row = AXIS_TOKEN,
             .col = AXIS_RESID,
             .before = NORM_FINAL,
             .bias = "b_u",
             .bias_summary = "what the unembedding adds to the logits"},
    [W_Q] = {.name = "w_q",
             .summary = "query weights, per head",
             .stack = 2,
             .row = AXIS_HEAD,
             .col = AXIS_RESID,
             .before = NORM_ATTENTION_IN,
             .after = NORM_QUERY,
             .bias = "b_q",
             .bias_summary = "query biases, per head"},
    [W_K] = {.name = "w_k",
             .summary = "key weights, per head",
             .stack = 2,
             .row = AXIS_HEAD,
             .col = AXIS_RESID,
             .before = NORM_ATTENTION_IN,
             .after = NORM_KEY,
             .bias = "b_k",
             .bias_summary = "key biases, per head"},
    [W_V] = {.name = "w_v",
             .summary = "value weights, per head",
             .stack = 2,
             .row = AXIS_HEAD,
             .col = AXIS_RESID,
             .before = NORM_ATTENTION_IN,
             .bias = "b_v",
             .bias_summary = "value biases, per head"},
    [W_O] = {.name = "w_o",
             .summary = "output weights, per head",
             .stack = 2,
             .row = AXIS_RESID,
             .col = AXIS_HEAD,
             .after = NORM_ATTENTION_OUT,
             .bias = "b_o",
             .bias_summary = "what the attention adds to the residual stream"},
    [W_L] = {.name = "w_l",
             .summary = "MLP, left factor",
             .stack = 1,
             .row = AXIS_HIDDEN,
             .col = AXIS_RESID,
             .before = NORM_MLP_IN,
             .bias = "b_l",
             .bias_summary = "biases of the MLP's left factor"},
    [W_R] = {.name = "w_r",
             .summary = "MLP, right factor",
             .stack = 1,
             .row = AXIS_HIDDEN,
             .col = AXIS_RESID,
             .before = NORM_MLP_IN,
             .bias = "b_r",
             .bias_summary = "biases of the MLP's right factor"},
    [W_IN] = {.name = "w_in",
              .summary = "MLP, what it reads (it has no second factor)",
              .stack = 1,
              .row = AXIS_HIDDEN,
              .col = AXIS_RESID,
              .before = NORM_MLP_IN,
              .bias = "b_in",
              .bias_summary = "biases of the MLP's hidden units"},
    [W_P] = {.name = "w_p",
             .summary = "MLP, projection back to the residual stream",
             .stack = 1,
             .row = AXIS_RESID,
             .col = AXIS_HIDDEN,
             .after = NORM_MLP_OUT,
             .bias = "b_p",
             .bias_summary = "what the MLP adds to the residual stream"},
};

/* a' @ b, or a @ b, head by head. */
static const struct product {
    const char *name, *summary;
    enum weight a, b;
    bool transpose_a;
} products[] = {
    {"qk", "w_q' @ w_k: which residual directions attend to which", W_Q, W_K, true},
    {"ov", "w_o @ w_v: what a head writes for what it reads", W_O, W_V, false},
};

enum { PRODUCT_COUNT = sizeof products / sizeof products[0] };

const struct weight_info *circuits_weight(enum weight weight)
{
    return &weights[weight];
}

struct builder {
    const struct circuits_input *in;
    struct model *model;
    struct model_matrix *of[WEIGHT_COUNT];
    struct err *e;
};

/* Which place of the model a weight's members belong to. Head: of the weight's own, query heads or
 * key-value heads. */
struct place {
    enum weight weight;
    size_t layer, head;
};

/* Queries meet the keys, and outputs the values, of the head that those are stored for. */
static struct axis_origin origin_of(const struct builder *b, enum axis_kind kind, struct place p)
{
    struct axis_origin o = {.model = hash_number(b->model->hash)};
    bool keys = p.weight == W_Q || p.weight == W_K, each = p.weight == W_Q || p.weight == W_O;
    const struct model_sizes *s = &b->model->sizes;

    if (kind == AXIS_TOKEN || kind == AXIS_POS)
        return (struct axis_origin){0};
    if (kind == AXIS_RESID)
        return o;
    o.part = kind == AXIS_HIDDEN ? PART_MLP : keys ? PART_KEYS : PART_VALUES;
    o.layer = (uint32_t)p.layer;
    if (kind == AXIS_HEAD)
        o.head = (uint32_t)(each ? p.head * s->kv_heads / s->heads : p.head);
    return o;
}

static struct axis make_axis(const struct builder *b, enum axis_kind kind, struct place p)
{
    struct axis axis = axis_make(kind, circuits_axis_size(&b->model->sizes, kind),
                                 kind == AXIS_TOKEN ? b->in->labels : NULL);
    axis.origin = origin_of(b, kind, p);
    return axis;
}

/* --- Members --- */

/* The norm at a place; of kind NORM_NONE where there is none. */
static const struct norm *norm_at(struct builder *b, enum norm_place place, size_t layer)
{
    static const struct norm none = {.kind = NORM_NONE};
    const struct norm *n = architecture_norm(&b->model->architecture, place, layer);

    return n == NULL ? &none : n;
}

/* One layer's weight as its matrices show it, all heads: folded, where that is asked for and
 * changes something. Its storage is the caller's reference. */
static void prepare(struct builder *b, enum weight weight, size_t layer, struct stored_weight *out)
{
    const struct norm *before = norm_at(b, weights[weight].before, layer);
    const struct norm *after = norm_at(b, weights[weight].after, layer);
    const struct stored_weight *w = architecture_weight(&b->model->architecture, weight, layer);
    bool changed =
        before->kind == NORM_LAYER || before->gain.storage != NULL || after->gain.storage != NULL;

    if (b->model->folded && changed) {
        fold_weight(w, before, after, out);
        return;
    }
    *out = *w;
    storage_ref(out->storage);
}

/* What is done to the embeddings beside folding. Takes member. */
static struct matrix *finish(struct builder *b, struct matrix *member, enum weight weight)
{
    double scale = b->model->architecture.embedding_scale;
    struct matrix *changed;

    if (weight == W_E && scale != 1)
        changed = matrix_scale(member, scale);
    else if (weight == W_U && b->model->centered)
        changed = matrix_center(member, true, false, b->e);
    else
        return member;
    matrix_unref(member);
    return changed;
}

static struct matrix *make_member(struct builder *b, struct place p, const struct stored_weight *w)
{
    struct dense *view = stored_weight_view(w, p.head);
    const struct weight_info *info = &weights[p.weight];
    struct matrix *member =
        matrix_from_dense(view, make_axis(b, info->row, p), make_axis(b, info->col, p));

    dense_unref(view);
    return finish(b, member, p.weight);
}

/* A layer's members, one for each query head: those that share keys and values share theirs. */
static bool make_members(struct builder *b, enum weight weight, size_t layer, size_t count,
                         struct matrix **members)
{
    struct stored_weight w;
    bool good = true;

    prepare(b, weight, layer, &w);
    for (size_t i = 0; good && i < count; i++) {
        size_t head = i * w.heads / count, first = (head * count + w.heads - 1) / w.heads;
        members[i] = first < i ? matrix_ref(members[first])
                               : make_member(b, (struct place){weight, layer, head}, &w);
        good = members[i] != NULL;
    }
    storage_unref(w.storage);
    return good;
}

/* --- Counting what is not finite --- */

/* Looks closer where the tensor's other part may be to blame. */
static bool count_part(struct builder *b, enum weight weight, size_t layer,
                       struct model_matrix *matrix)
{
    const struct layout_source *source = &b->in->found->layout->sources[weight];
    const struct checkpoint_tensor *t = circuits_tensor(b->in, weight, layer, b->e);
    struct weight_rows rows = circuits_rows(b->in, b->model, weight);
    bool whole = source->transposed || source->interleaved;

    if (t == NULL)
        return false;
    /* Parts that do not lie together: count all of them. */
    size_t width = t->tensor->count / rows.all;
    return weights_count_nonfinite(t->file, t->tensor, whole ? 0 : rows.before * width,
                                   (whole ? rows.all : rows.own) * width, &matrix->nan_count,
                                   &matrix->inf_count, b->e);
}

/* --- Matrices --- */

static struct model_matrix *start_matrix(struct builder *b, const char *name, const char *summary,
                                         size_t stack)
{
    struct model_matrix *matrix = &b->model->matrices[b->model->count];

    matrix->name = name;
    matrix->summary = summary;
    matrix->stack = stack;
    matrix->size[0] = stack > 0 ? b->model->sizes.layers : 0;
    matrix->size[1] = stack > 1 ? b->model->sizes.heads : 0;
    matrix->count = (stack > 0 ? matrix->size[0] : 1) * (stack > 1 ? matrix->size[1] : 1);
    matrix->members = mem_new(matrix->count, sizeof *matrix->members);
    b->model->count++; /* from here on circuits_free cares for it */
    return matrix;
}

static bool build_weight(struct builder *b, enum weight weight)
{
    const struct weight_info *info = &weights[weight];
    struct model_matrix *matrix = start_matrix(b, info->name, info->summary, info->stack);
    size_t layers, heads;

    b->of[weight] = matrix;
    layers = info->stack > 0 ? matrix->size[0] : 1;
    heads = info->stack > 1 ? matrix->size[1] : 1;
    for (size_t layer = 0; layer < layers; layer++) {
        if (!make_members(b, weight, layer, heads, matrix->members + layer * heads))
            return false;
        /* Nearly always the scan of the whole file has found nothing. */
        if (b->model->nan_count + b->model->inf_count > 0 && !count_part(b, weight, layer, matrix))
            return false;
    }
    return true;
}

/* --- Biases --- */

/* Does any layer have something to show? */
static bool has_bias(struct builder *b, enum weight weight, size_t layers)
{
    for (size_t layer = 0; layer < layers; layer++) {
        const struct norm *before = norm_at(b, weights[weight].before, layer);
        if (fold_has_bias(architecture_bias(&b->model->architecture, weight, layer),
                          b->model->folded ? before : NULL))
            return true;
    }
    return false;
}

static struct vector *make_bias(struct builder *b, enum weight weight, size_t layer, size_t head)
{
    struct architecture *a = &b->model->architecture;
    struct place p = {weight, layer, head};
    struct vector *v = vector_new(make_axis(b, weights[weight].row, p));
    bool folded = b->model->folded;

    if (!fold_bias(architecture_weight(a, weight, layer), architecture_bias(a, weight, layer),
                   folded ? norm_at(b, weights[weight].before, layer) : NULL,
                   folded ? norm_at(b, weights[weight].after, layer) : NULL, head, v->data, b->e)) {
        vector_unref(v);
        return NULL;
    }
    return v;
}

/* A layer's members, one for each query head. */
static bool make_biases(struct builder *b, enum weight weight, size_t layer, size_t count,
                        struct vector **members)
{
    size_t heads = count > 1 ? circuits_heads(&b->model->sizes, weight) : 1;

    for (size_t i = 0; i < count; i++) {
        size_t head = i * heads / count, first = (head * count + heads - 1) / heads;
        members[i] = first < i ? vector_ref(members[first]) : make_bias(b, weight, layer, head);
        if (members[i] == NULL)
            return false;
    }
    return true;
}

/* Biases stand in a stack as their weights do, but for those that all heads share. */
static bool build_bias(struct builder *b, enum weight weight)
{
    const struct weight_info *info = &weights[weight];
    struct model_vector *v = &b->model->vectors[b->model->vector_count];
    size_t layers = info->stack > 0 ? b->model->sizes.layers : 1;
    size_t heads = info->row == AXIS_HEAD ? b->model->sizes.heads : 1;

    if (!has_bias(b, weight, layers))
        return true;
    v->name = info->bias;
    v->summary = info->bias_summary;
    v->stack = info->row == AXIS_HEAD ? 2 : info->stack > 0 ? 1 : 0;
    v->size[0] = v->stack > 0 ? layers : 0;
    v->size[1] = v->stack > 1 ? heads : 0;
    v->count = layers * heads;
    v->members = mem_new(v->count, sizeof(struct vector *));
    b->model->vector_count++;
    for (size_t layer = 0; layer < layers; layer++) {
        if (!make_biases(b, weight, layer, heads, v->members + layer * heads))
            return false;
    }
    return true;
}

/* --- Products --- */

static struct matrix *multiply(const struct product *p, struct matrix *a, struct matrix *b,
                               struct err *e)
{
    struct matrix *left = p->transpose_a ? matrix_transpose(a) : matrix_ref(a);
    struct matrix *result = matrix_product(left, b, e);

    matrix_unref(left);
    return result;
}

static bool build_product(struct builder *b, const struct product *p)
{
    const struct model_matrix *left = b->of[p->a], *right = b->of[p->b];
    struct model_matrix *matrix = start_matrix(b, p->name, p->summary, 2);

    matrix->nan_count = left->nan_count + right->nan_count;
    matrix->inf_count = left->inf_count + right->inf_count;
    for (size_t i = 0; i < matrix->count; i++) {
        matrix->members[i] = multiply(p, left->members[i], right->members[i], b->e);
        if (matrix->members[i] == NULL)
            return false;
    }
    return true;
}

static bool build_all(struct builder *b)
{
    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        if (circuits_has(b->in, b->model, (enum weight)weight) &&
            !build_weight(b, (enum weight)weight))
            return false;
    }
    for (size_t i = 0; i < PRODUCT_COUNT; i++) {
        if (!build_product(b, &products[i]))
            return false;
    }
    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        if (b->of[weight] != NULL && weights[weight].bias != NULL &&
            !build_bias(b, (enum weight)weight))
            return false;
    }
    return true;
}

bool circuits_build(const struct circuits_input *in, struct model *m, struct err *e)
{
    struct builder b = {.in = in, .model = m, .e = e};

    m->matrices = mem_new(WEIGHT_COUNT + PRODUCT_COUNT, sizeof *m->matrices);
    m->vectors = mem_new(WEIGHT_COUNT, sizeof *m->vectors);
    return build_all(&b);
}

void circuits_free(struct model *m)
{
    for (size_t i = 0; i < m->count; i++) {
        for (size_t j = 0; j < m->matrices[i].count; j++)
            matrix_unref(m->matrices[i].members[j]);
        mem_free(m->matrices[i].members);
    }
    for (size_t i = 0; i < m->vector_count; i++) {
        for (size_t j = 0; j < m->vectors[i].count; j++)
            vector_unref(m->vectors[i].members[j]);
        mem_free(m->vectors[i].members);
    }
    mem_free(m->matrices);
    mem_free(m->vectors);
    m->matrices = NULL;
    m->vectors = NULL;
    m->count = m->vector_count = 0;
}
