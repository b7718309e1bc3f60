#include "bilens/model/circuits.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/model/safetensors.h"
#include "bilens/model/weights.h"
#include "bilens/num/center.h"

static const struct weight_info weights[WEIGHT_COUNT] = {
    [W_E] = {"w_e", "embedding", 0, AXIS_RESID, AXIS_TOKEN},
    [W_POS] = {"w_pos", "position embedding", 0, AXIS_RESID, AXIS_POS},
    [W_U] = {"w_u", "unembedding", 0, AXIS_TOKEN, AXIS_RESID},
    [W_Q] = {"w_q", "query weights, per head", 2, AXIS_HEAD, AXIS_RESID},
    [W_K] = {"w_k", "key weights, per head", 2, AXIS_HEAD, AXIS_RESID},
    [W_V] = {"w_v", "value weights, per head", 2, AXIS_HEAD, AXIS_RESID},
    [W_O] = {"w_o", "output weights, per head", 2, AXIS_RESID, AXIS_HEAD},
    [W_L] = {"w_l", "MLP, left factor", 1, AXIS_HIDDEN, AXIS_RESID},
    [W_R] = {"w_r", "MLP, right factor", 1, AXIS_HIDDEN, AXIS_RESID},
    [W_P] = {"w_p", "MLP, projection back to the residual stream", 1, AXIS_RESID, AXIS_HIDDEN},
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
    struct storage **storages; /* one for each tensor of the file, NULL until asked for */
    struct model_matrix *of[WEIGHT_COUNT];
    struct err *e;
};

/* --- Members --- */

static struct storage *get_storage(struct builder *b, const struct tensor *t)
{
    struct storage **slot = &b->storages[t - safetensors_get(b->in->file, 0)];

    if (*slot == NULL)
        *slot = weights_storage(b->in->file, t, b->e);
    return *slot;
}

static const struct tensor *get_tensor(struct builder *b, enum weight weight, size_t layer)
{
    char *name = layout_tensor_name(b->in->layout->sources[weight].pattern, layer, b->e);
    const struct tensor *t = name == NULL ? NULL : safetensors_find(b->in->file, name);

    mem_free(name);
    return t;
}

static struct axis make_axis(const struct builder *b, enum axis_kind kind)
{
    return axis_make(kind, circuits_axis_size(&b->model->sizes, kind),
                     kind == AXIS_TOKEN ? b->in->labels : NULL);
}

/* The view of one layer's, or one head's, part of a tensor. Its upper left corner
 * is found in the orientation of the language, then its place in the tensor's. */
static struct dense *make_view(struct builder *b, enum weight weight, const struct tensor *t,
                               size_t head)
{
    const struct weight_info *info = &weights[weight];
    const struct layout_source *source = &b->in->layout->sources[weight];
    const struct model_sizes *sizes = &b->model->sizes;
    size_t rows = circuits_axis_size(sizes, info->row);
    size_t cols = circuits_axis_size(sizes, info->col);
    size_t all_rows = rows * (info->row == AXIS_HEAD ? sizes->heads : 1);
    size_t i = source->part * all_rows + (info->row == AXIS_HEAD ? head * rows : 0);
    size_t j = info->col == AXIS_HEAD ? head * cols : 0;
    size_t width = (size_t)t->shape[1]; /* of the stored rows */
    struct storage *storage = get_storage(b, t);

    if (storage == NULL)
        return NULL;
    if (source->transposed)
        return dense_view(storage, j * width + i, rows, cols, 1, (ptrdiff_t)width, b->e);
    return dense_view(storage, i * width + j, rows, cols, (ptrdiff_t)width, 1, b->e);
}

/* The gain of the norm before a weight, as the diagonal matrix that folds it in; NULL
 * without an error where the file has no such tensor. */
static struct matrix *make_gain(struct builder *b, enum weight weight, size_t layer)
{
    const char *pattern = b->in->layout->sources[weight].gain;
    char *name = pattern == NULL ? NULL : layout_tensor_name(pattern, layer, b->e);
    const struct tensor *t = name == NULL ? NULL : safetensors_find(b->in->file, name);
    struct storage *storage = t == NULL ? NULL : get_storage(b, t);
    const float *gain = storage == NULL ? NULL : storage_data(storage, b->e);
    struct axis axis = make_axis(b, AXIS_RESID);
    struct matrix *diagonal = NULL;
    struct vector *v;

    mem_free(name);
    if (gain == NULL)
        return NULL;
    if (t->count != axis.size) {
        err_set(b->e, ERR_FORMAT, "tensor \"%.200s\" has %zu elements, d_model is %zu", t->name,
                t->count, axis.size);
        return NULL;
    }
    v = vector_new(axis, b->e);
    for (size_t i = 0; v != NULL && i < axis.size; i++)
        v->data[i] = gain[i];
    if (v != NULL)
        diagonal = matrix_diagonal(v, b->e);
    vector_unref(v);
    return diagonal;
}

/* member diag(gain), kept as that product. Takes member. */
static struct matrix *fold(struct builder *b, struct matrix *member, enum weight weight,
                           size_t layer)
{
    struct matrix *gain = make_gain(b, weight, layer), *folded = NULL;

    if (gain == NULL && b->e->code == ERR_NONE)
        return member;
    if (gain != NULL)
        folded = matrix_product(member, gain, b->e);
    matrix_unref(gain);
    matrix_unref(member);
    return folded;
}

/* w_u less its mean over the vocabulary. Takes member. */
static struct matrix *center(struct builder *b, struct matrix *member)
{
    struct matrix *centred = matrix_center_rows(member, b->e);

    matrix_unref(member);
    return centred;
}

static struct matrix *make_member(struct builder *b, enum weight weight, size_t layer, size_t head)
{
    const struct tensor *t = get_tensor(b, weight, layer);
    struct dense *view = t == NULL ? NULL : make_view(b, weight, t, head);
    struct matrix *member = NULL;

    if (view != NULL)
        member = matrix_from_dense(view, make_axis(b, weights[weight].row),
                                   make_axis(b, weights[weight].col), b->e);
    dense_unref(view);
    if (member != NULL && b->model->folded)
        member = fold(b, member, weight, layer);
    if (member != NULL && b->model->centered && weight == W_U)
        member = center(b, member);
    return member;
}

/* --- Counting what is not finite --- */

/* Looks closer where the tensor's other part may be to blame. */
static bool count_part(struct builder *b, enum weight weight, size_t layer,
                       struct model_matrix *matrix)
{
    const struct layout_source *source = &b->in->layout->sources[weight];
    const struct tensor *t = get_tensor(b, weight, layer);
    size_t count;

    if (t == NULL)
        return false;
    /* Of a transposed tensor the parts do not lie together: count all of it. */
    count = source->transposed ? t->count : t->count / source->parts;
    return weights_count_nonfinite(b->in->file, t, source->transposed ? 0 : source->part * count,
                                   count, &matrix->nan_count, &matrix->inf_count, b->e);
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
    if (matrix->members == NULL) {
        err_memory(b->e);
        return NULL;
    }
    b->model->count++; /* from here on circuits_free cares for it */
    return matrix;
}

static bool build_weight(struct builder *b, enum weight weight)
{
    const struct weight_info *info = &weights[weight];
    struct model_matrix *matrix = start_matrix(b, info->name, info->summary, info->stack);
    size_t layers, heads;

    if (matrix == NULL)
        return false;
    b->of[weight] = matrix;
    layers = info->stack > 0 ? matrix->size[0] : 1;
    heads = info->stack > 1 ? matrix->size[1] : 1;
    for (size_t i = 0; i < matrix->count; i++) {
        matrix->members[i] = make_member(b, weight, i / heads, i % heads);
        if (matrix->members[i] == NULL)
            return false;
    }
    for (size_t layer = 0; layer < layers; layer++) {
        /* Nearly always the scan of the whole file has found nothing. */
        if (b->model->nan_count + b->model->inf_count > 0 && !count_part(b, weight, layer, matrix))
            return false;
    }
    return true;
}

static struct matrix *multiply(const struct product *p, struct matrix *a, struct matrix *b,
                               struct err *e)
{
    struct matrix *left = p->transpose_a ? matrix_transpose(a, e) : matrix_ref(a);
    struct matrix *result = left == NULL ? NULL : matrix_product(left, b, e);

    matrix_unref(left);
    return result;
}

static bool build_product(struct builder *b, const struct product *p)
{
    const struct model_matrix *left = b->of[p->a], *right = b->of[p->b];
    struct model_matrix *matrix = start_matrix(b, p->name, p->summary, 2);

    if (matrix == NULL)
        return false;
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
        if (b->in->layout->sources[weight].pattern != NULL && !build_weight(b, (enum weight)weight))
            return false;
    }
    for (size_t i = 0; i < PRODUCT_COUNT; i++) {
        if (!build_product(b, &products[i]))
            return false;
    }
    return true;
}

bool circuits_build(const struct circuits_input *in, struct model *m, struct err *e)
{
    struct builder b = {.in = in, .model = m, .e = e};
    size_t tensors = safetensors_count(in->file);
    bool good;

    m->matrices = mem_new(WEIGHT_COUNT + PRODUCT_COUNT, sizeof *m->matrices);
    b.storages = mem_new(tensors, sizeof(struct storage *));
    if (m->matrices == NULL || b.storages == NULL)
        good = err_memory(e);
    else
        good = build_all(&b);
    for (size_t i = 0; b.storages != NULL && i < tensors; i++)
        storage_unref(b.storages[i]);
    mem_free(b.storages);
    return good;
}

void circuits_free(struct model *m)
{
    for (size_t i = 0; i < m->count; i++) {
        for (size_t j = 0; j < m->matrices[i].count; j++)
            matrix_unref(m->matrices[i].members[j]);
        mem_free(m->matrices[i].members);
    }
    mem_free(m->matrices);
    m->matrices = NULL;
    m->count = 0;
}
