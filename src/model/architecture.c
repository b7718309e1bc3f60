#include "bilens/model/architecture.h"

#include "bilens/base/mem.h"
#include "bilens/num/dense.h"

struct dense *stored_weight_view(const struct stored_weight *w, size_t head)
{
    return dense_view(w->storage, w->offset + head * (size_t)w->head_stride, w->rows, w->cols,
                      w->row_stride, w->col_stride);
}

static bool joined_by_rows(const struct stored_weight *w)
{
    return w->head_stride == (ptrdiff_t)w->rows * w->row_stride;
}

static bool joined_by_cols(const struct stored_weight *w)
{
    return w->head_stride == (ptrdiff_t)w->cols * w->col_stride;
}

bool stored_weight_joined(const struct stored_weight *w)
{
    return w->heads <= 1 || joined_by_rows(w) || joined_by_cols(w);
}

struct dense *stored_weight_all(const struct stored_weight *w)
{
    bool by_rows = w->heads > 1 && joined_by_rows(w);
    bool by_cols = w->heads > 1 && !by_rows;

    return dense_view(w->storage, w->offset, w->rows * (by_rows ? w->heads : 1),
                      w->cols * (by_cols ? w->heads : 1), w->row_stride, w->col_stride);
}

static void weight_done(struct stored_weight *w)
{
    storage_unref(w->storage);
}

static void norm_done(struct norm *n)
{
    weight_done(&n->gain);
    weight_done(&n->bias);
}

static void layer_done(struct architecture_layer *l)
{
    struct norm *const norms[] = {&l->attention_in, &l->mlp_in, &l->attention_out,
                                  &l->mlp_out,      &l->query,  &l->key};
    struct stored_weight *const weights[] = {&l->w_q,  &l->w_k,  &l->w_v, &l->w_o, &l->b_q, &l->b_k,
                                             &l->b_v,  &l->b_o,  &l->w_l, &l->w_r, &l->b_l, &l->b_r,
                                             &l->w_in, &l->b_in, &l->w_p, &l->b_p};

    for (size_t i = 0; i < sizeof norms / sizeof norms[0]; i++)
        norm_done(norms[i]);
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++)
        weight_done(weights[i]);
}

void architecture_done(struct architecture *a)
{
    for (size_t i = 0; a->layers != NULL && i < a->layer_count; i++)
        layer_done(&a->layers[i]);
    mem_free(a->layers);
    weight_done(&a->w_e);
    weight_done(&a->w_pos);
    weight_done(&a->w_u);
    weight_done(&a->b_u);
    norm_done(&a->final);
    mem_free(a->rotary.frequencies);
    mem_free(a->unsupported);
}
