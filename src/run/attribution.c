#include "bilens/run/attribution.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/decomp.h"
#include "bilens/num/matrix.h"
#include "bilens/num/quadratic.h"
#include "bilens/num/thin.h"
#include "forward_steps.h"

/* An attribution in the making. */
struct splitting {
    const struct architecture *a;
    const struct attribution_task *task;
    struct forward_trace trace;
    struct attribution *out;
    double *g;      /* d_model: what the stream is multiplied by to give the logit */
    double *before; /* d_model: the same, in front of a layer's norm */
    double *gain;   /* d_model */
    struct err *e;
};

static double dot(const double *g, const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += g[i] * (double)x[i];
    return sum;
}

/* g' norm(x) = before' x + *constant, the norm's scale frozen: before = scale (g * gain), less
 * its mean where the norm takes the mean of x away. Without a norm there is no gain. */
static bool pull_back(const struct splitting *s, const struct norm *norm, double scale,
                      const double *g, double *before, double *constant)
{
    size_t d = s->a->d_model;
    double mean = 0;
    *constant = 0;
    if (norm->kind == NORM_NONE) {
        for (size_t i = 0; i < d; i++)
            before[i] = scale * g[i];
        return true;
    }
    if (!vector_read(&norm->bias, d, 0, s->gain, s->e))
        return false;
    for (size_t i = 0; i < d; i++)
        *constant += g[i] * s->gain[i];
    if (!vector_read(&norm->gain, d, norm->one_plus ? 0 : 1, s->gain, s->e))
        return false;
    for (size_t i = 0; i < d; i++) {
        before[i] = scale * g[i] * (s->gain[i] + (norm->one_plus ? 1 : 0));
        mean += before[i] / (double)d;
    }
    for (size_t i = 0; norm->kind == NORM_LAYER && i < d; i++)
        before[i] -= mean;
    return true;
}

/* --- The end: from the stream to the logit --- */

/* Row t of w_u as a vector. */
static struct stored_weight row_of(const struct stored_weight *w, size_t t)
{
    struct stored_weight row = *w;
    row.offset = (size_t)((ptrdiff_t)w->offset + (ptrdiff_t)t * w->row_stride);
    row.rows = w->cols;
    row.cols = 1;
    row.row_stride = w->col_stride;
    return row;
}

/* Adds sign times the unembedding of t to s->before, and its bias to the attribution's. */
static bool add_token(struct splitting *s, size_t t, double sign)
{
    size_t d = s->a->d_model;
    struct stored_weight row = row_of(&s->a->w_u, t);
    if (!vector_read(&row, d, 0, s->gain, s->e))
        return false;
    for (size_t i = 0; i < d; i++)
        s->before[i] += sign * s->gain[i];
    if (s->a->b_u.storage == NULL)
        return true;
    struct stored_weight bias = row_of(&s->a->b_u, t);
    double b;
    if (!vector_read(&bias, 1, 0, &b, s->e))
        return false;
    s->out->bias += sign * b;
    return true;
}

static bool start(struct splitting *s)
{
    const struct attribution_task *task = s->task;
    double constant;
    memset(s->before, 0, s->a->d_model * sizeof *s->before);
    s->out->bias = 0;
    if (!add_token(s, task->token, 1) ||
        (task->other != task->token && !add_token(s, task->other, -1)) ||
        !pull_back(s, &s->a->final, s->trace.final_norm, s->before, s->g, &constant))
        return false;
    s->out->bias += constant;
    s->out->final_norm = s->trace.final_norm;
    s->out->embedding = dot(s->g, s->trace.embedding, s->a->d_model);
    s->out->place = dot(s->g, s->trace.place, s->a->d_model);
    return true;
}

/* --- Layers --- */

static bool split_heads(struct splitting *s, size_t layer)
{
    const struct architecture *a = s->a;
    const struct architecture_layer *l = &a->layers[layer];
    const struct forward_trace_layer *t = &s->trace.layers[layer];
    double *bias = &s->out->attention_bias[layer], *room = s->gain;
    if (!pull_back(s, &l->attention_out, t->attention_norm, s->g, s->before, bias) ||
        !vector_read(&l->b_o, a->d_model, 0, s->gain, s->e))
        return false;
    for (size_t i = 0; i < a->d_model; i++)
        *bias += a->attention_out_scale * s->before[i] * s->gain[i];
    for (size_t h = 0; h < a->heads; h++) {
        struct dense *w_o = stored_weight_view(&l->w_o, h);
        bool good = dense_apply_transposed(w_o, s->before, room, s->e);
        dense_unref(w_o);
        if (!good)
            return false;
        s->out->head[layer * a->heads + h] =
            a->attention_out_scale * dot(room, t->mixed + h * a->d_head, a->d_head);
    }
    return true;
}

static struct matrix *weight_matrix(const struct stored_weight *w, enum axis_kind row,
                                    enum axis_kind col)
{
    struct dense *view = stored_weight_view(w, 0);
    struct matrix *m =
        matrix_from_dense(view, axis_make(row, w->rows, NULL), axis_make(col, w->cols, NULL));
    dense_unref(view);
    return m;
}

/* Q along s->before, and its eigenvectors. */
static struct decomp *decompose(const struct splitting *s, const struct architecture_layer *l)
{
    struct matrix *left = weight_matrix(&l->w_l, AXIS_HIDDEN, AXIS_RESID);
    struct matrix *right = weight_matrix(&l->w_r, AXIS_HIDDEN, AXIS_RESID);
    struct matrix *out = weight_matrix(&l->w_p, AXIS_RESID, AXIS_HIDDEN);
    struct vector *g = vector_new(axis_make(AXIS_RESID, s->a->d_model, NULL));
    memcpy(g->data, s->before, s->a->d_model * sizeof *g->data);
    struct matrix *q = quadratic_form(left, right, out, g, s->e);
    struct decomp *form = q == NULL ? NULL : decomp_eigen(q, s->e);
    matrix_unref(left);
    matrix_unref(right);
    matrix_unref(out);
    vector_unref(g);
    matrix_unref(q);
    return form;
}

/* v_i' x for all eigenvectors. */
static struct vector *project(const struct splitting *s, struct decomp *form, const float *x)
{
    struct vector *input = vector_new(axis_make(AXIS_RESID, s->a->d_model, NULL));
    struct matrix *v = decomp_matrix(form, SIDE_U, s->e);
    for (size_t i = 0; i < s->a->d_model; i++)
        input->data[i] = (double)x[i];
    struct vector *projections = v == NULL ? NULL : matrix_apply_transposed(v, input, s->e);
    vector_unref(input);
    matrix_unref(v);
    return projections;
}

static bool split_form(struct splitting *s, struct attribution_mlp *m, const float *x)
{
    size_t n = decomp_count(m->form);
    struct vector *projections = project(s, m->form, x);
    if (projections == NULL)
        return false;
    m->projections = mem_new(n, sizeof *m->projections);
    m->parts = mem_new(n, sizeof *m->parts);
    for (size_t i = 0; i < n; i++) {
        double p = projections->data[i];
        m->projections[i] = p;
        m->parts[i] = decomp_values(m->form)[i] * p * p;
        m->rest -= m->parts[i];
    }
    vector_unref(projections);
    return true;
}

/* W x to out, b to bias (zeros where there is none): as many as W has rows. */
static bool side_of(const struct stored_weight *w, const struct stored_weight *b, const double *x,
                    double *out, double *bias, struct err *e)
{
    struct dense *view = stored_weight_view(w, 0);
    bool good = dense_apply(view, x, out, e) && vector_read(b, w->rows, 0, bias, e);
    dense_unref(view);
    return good;
}

/* The terms that are not quadratic in x, along s->before. */
static bool split_biases(struct splitting *s, const struct architecture_layer *l, const float *x,
                         double constant, struct attribution_mlp *m)
{
    size_t d = s->a->d_model, h = s->a->d_hidden;
    double *room = mem_new(d + 5 * h, sizeof *room);
    double *input = room, *a = input + d, *left = a + h, *right = left + h, *b_l = right + h,
           *b_r = b_l + h;
    struct dense *w_p = stored_weight_view(&l->w_p, 0);
    for (size_t i = 0; i < d; i++)
        input[i] = (double)x[i];
    bool good = dense_apply_transposed(w_p, s->before, a, s->e) &&
                side_of(&l->w_l, &l->b_l, input, left, b_l, s->e) &&
                side_of(&l->w_r, &l->b_r, input, right, b_r, s->e) &&
                vector_read(&l->b_p, d, 0, s->gain, s->e);
    m->constant = constant;
    for (size_t i = 0; good && i < d; i++)
        m->constant += s->before[i] * s->gain[i];
    for (size_t i = 0; good && i < h; i++) {
        m->linear += a[i] * (left[i] * b_r[i] + b_l[i] * right[i]);
        m->constant += a[i] * b_l[i] * b_r[i];
    }
    dense_unref(w_p);
    mem_free(room);
    return good;
}

static bool split_mlp(struct splitting *s, size_t layer)
{
    const struct architecture_layer *l = &s->a->layers[layer];
    const struct forward_trace_layer *t = &s->trace.layers[layer];
    struct attribution_mlp *m = &s->out->mlp[layer];
    double constant;
    m->total = dot(s->g, t->mlp, s->a->d_model);
    if (s->a->mlp != MLP_BILINEAR)
        return true;
    m->rest = m->total;
    if (!pull_back(s, &l->mlp_out, t->mlp_norm, s->g, s->before, &constant))
        return false;
    m->form = decompose(s, l);
    return m->form != NULL && split_form(s, m, t->mlp_in) &&
           split_biases(s, l, t->mlp_in, constant, m);
}

double attribution_attention(const struct attribution *a, size_t layer)
{
    double sum = a->attention_bias[layer];
    for (size_t h = 0; h < a->heads; h++)
        sum += a->head[layer * a->heads + h];
    return sum;
}

bool attribution_reads(const struct attribution_task *task, const struct attribution *a,
                       size_t layer, size_t i, double *on_tokens, struct err *e)
{
    const struct architecture *model = task->architecture;
    const struct attribution_mlp *m = &a->mlp[layer];
    double *room = mem_new(model->d_model, 2 * sizeof *room), constant;
    struct splitting s = {.a = model, .e = e, .gain = room};
    double *before = room + model->d_model;
    struct vector *v = decomp_vector(m->form, SIDE_U, i, e);
    struct dense *w_e = stored_weight_view(&model->w_e, 0);
    bool good = v != NULL &&
                pull_back(&s, &model->layers[layer].mlp_in, m->projections[i] < 0 ? -1 : 1, v->data,
                          before, &constant) &&
                dense_apply_transposed(w_e, before, on_tokens, e);
    mem_free(room);
    vector_unref(v);
    dense_unref(w_e);
    return good;
}

static bool split_layers(struct splitting *s)
{
    struct attribution *out = s->out;
    struct task_part whole = task_here();
    out->sum = out->embedding + out->place + out->bias;
    for (size_t i = 0; i < out->layers; i++) {
        task_member(&whole, i, out->layers);
        task_member_name("layer", &i, 1);
        if (!task_go_on(s->e))
            return false;
        if (!split_heads(s, i) || !split_mlp(s, i))
            return false;
        out->sum += attribution_attention(out, i) + out->mlp[i].total;
    }
    task_back(&whole);
    return true;
}

/* --- All of it --- */

/* The model reads the text; what it said of the two tokens goes to out->logit. */
static bool read_text(struct splitting *s, struct forward *f)
{
    const struct attribution_task *task = s->task;
    float *logits = mem_new(s->a->vocab, sizeof *logits);
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.3);
    forward_watch(f, &s->trace);
    bool good = forward_append(f, task->ids, task->count, s->e) &&
                forward_scores(f, task->count - 1, 1, logits, s->e);
    if (good)
        s->out->logit = (double)logits[task->token] -
                        (task->other != task->token ? (double)logits[task->other] : 0);
    mem_free(logits);
    task_rest(&whole, 0.3);
    return good;
}

static void make_room(struct splitting *s)
{
    struct attribution *out = s->out;
    size_t layers = s->a->layer_count, d = s->a->d_model;
    size_t room = d > s->a->d_head ? d : s->a->d_head;
    out->layers = layers;
    out->heads = s->a->heads;
    out->head = mem_new(layers, s->a->heads * sizeof *out->head);
    out->attention_bias = mem_new(layers, sizeof *out->attention_bias);
    out->mlp = mem_new(layers, sizeof *out->mlp);
    s->g = mem_new(d, sizeof *s->g);
    s->before = mem_new(d, sizeof *s->before);
    s->gain = mem_new(room, sizeof *s->gain);
}

static bool check_token(const struct splitting *s, size_t t)
{
    return t < s->a->vocab ||
           err_set(s->e, ERR_UNKNOWN_TOKEN,
                   "token %zu is beyond the model's unembedding, which has %zu", t, s->a->vocab);
}

bool attribution_make(const struct attribution_task *task, struct attribution *out, struct err *e)
{
    struct splitting s = {.a = task->architecture, .task = task, .out = out, .e = e};
    struct forward *f = NULL;
    bool traced = false;
    *out = (struct attribution){0};
    make_room(&s);
    bool good = check_token(&s, task->token) && check_token(&s, task->other) &&
                (f = forward_new(s.a, task->count, e)) != NULL &&
                (traced = forward_trace_make(s.a, task->count - 1, &s.trace, e)) &&
                read_text(&s, f) && start(&s) && split_layers(&s);
    forward_free(f);
    if (traced)
        forward_trace_done(s.a, &s.trace);
    mem_free(s.g);
    mem_free(s.before);
    mem_free(s.gain);
    if (!good)
        attribution_done(out);
    return good;
}

void attribution_done(struct attribution *a)
{
    for (size_t i = 0; a->mlp != NULL && i < a->layers; i++) {
        decomp_unref(a->mlp[i].form);
        mem_free(a->mlp[i].projections);
        mem_free(a->mlp[i].parts);
    }
    mem_free(a->head);
    mem_free(a->attention_bias);
    mem_free(a->mlp);
    *a = (struct attribution){0};
}
