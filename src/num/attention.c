#include "bilens/num/attention.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/nonlinear.h"
#include "bilens/num/panel.h"

/* How many scores are held at a time: a block of queries by all the keys they see. */
enum { SCORES_MOST = 1 << 20 };

/* --- Rotary positions --- */

bool rotary_table_make(const double *frequencies, size_t pairs, size_t positions,
                       struct rotary_table *out, struct err *e)
{
    *out = (struct rotary_table){.pairs = pairs, .positions = positions};
    bool fits = pairs == 0 || positions <= (size_t)-1 / sizeof *out->cosines / pairs;
    size_t count = pairs * positions;
    out->cosines = fits ? mem_try_alloc(count * sizeof *out->cosines) : NULL;
    out->sines = out->cosines ? mem_try_alloc(count * sizeof *out->sines) : NULL;
    if (out->sines == NULL) {
        rotary_table_done(out);
        return err_memory(e);
    }
    for (size_t p = 0; p < positions; p++)
        for (size_t f = 0; f < pairs; f++) {
            double angle = (double)p * frequencies[f];
            out->cosines[p * pairs + f] = (float)cos(angle);
            out->sines[p * pairs + f] = (float)sin(angle);
        }
    return true;
}

void rotary_table_done(struct rotary_table *t)
{
    mem_free(t->cosines);
    mem_free(t->sines);
    *t = (struct rotary_table){0};
}

void rotary_table_turn(const struct rotary_table *t, size_t position, float *x)
{
    const float *c = t->cosines + position * t->pairs, *s = t->sines + position * t->pairs;
    float *high = x + t->pairs;
    for (size_t f = 0; f < t->pairs; f++) {
        float lo = x[f], hi = high[f];
        x[f] = lo * c[f] - hi * s[f];
        high[f] = hi * c[f] + lo * s[f];
    }
}

/* --- The cache --- */

bool attention_cache_make(const struct attention *a, size_t capacity, struct attention_cache *out,
                          struct err *e)
{
    size_t row = a->kv_heads * a->d_head;
    bool fits = row == 0 || capacity <= (size_t)-1 / sizeof *out->keys / row;
    *out = (struct attention_cache){.capacity = capacity};
    out->keys = fits ? mem_try_alloc(capacity * row * sizeof *out->keys) : NULL;
    out->values = out->keys ? mem_try_alloc(capacity * row * sizeof *out->values) : NULL;
    if (out->values != NULL)
        return true;
    attention_cache_done(out);
    return err_memory(e);
}

void attention_cache_done(struct attention_cache *c)
{
    mem_free(c->keys);
    mem_free(c->values);
    *c = (struct attention_cache){0};
}

/* --- Attention --- */

/* The first position that a query sees. */
static size_t first_seen(const struct attention *a, size_t position)
{
    return a->window > 0 && position + 1 > a->window ? position + 1 - a->window : 0;
}

/* Scores of the keys from..to - 1 become weights: the softmax over those that the query sees,
 * zero elsewhere. */
static void weigh(const struct attention *a, float *scores, size_t from, size_t to, size_t position)
{
    size_t start = first_seen(a, position) - from, stop = position + 1 - from;
    float *x = scores + start, largest = -INFINITY;
    size_t n = stop - start;
    for (size_t j = 0; j < n; j++)
        x[j] *= (float)a->scale;
    softcap_apply(a->cap, x, n);
    for (size_t j = 0; j < n; j++)
        largest = x[j] > largest ? x[j] : largest;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        x[j] = expf(x[j] - largest);
        sum += (double)x[j];
    }
    float share = (float)(1 / sum);
    for (size_t j = 0; j < n; j++)
        x[j] *= share;
    memset(scores, 0, start * sizeof *scores);
    memset(scores + stop, 0, (to - from - stop) * sizeof *scores);
}

/* c := A B for one row, which costs BLAS less as a matrix by a vector, or for several. */
static void multiply(struct strided a, struct strided b, float *c, size_t ldc)
{
    if (a.rows == 1)
        blas_apply_single(b, a.data, c);
    else
        blas_multiply_single(a, b, 0, c, ldc);
}

/* One head, for queries first .. first + q.rows - 1. */
static void attend(const struct attention *a, const struct attention_cache *c, size_t head,
                   struct strided q, size_t first, float *scores, float *out, size_t ldout)
{
    size_t from = first_seen(a, first), to = first + q.rows, seen = to - from;
    size_t row = a->kv_heads * a->d_head,
           at = from * row + head * a->kv_heads / a->heads * a->d_head;
    struct strided keys = {c->keys + at, a->d_head, seen, 1, (ptrdiff_t)row};
    struct strided values = {c->values + at, seen, a->d_head, (ptrdiff_t)row, 1};
    struct strided weights = {scores, q.rows, seen, (ptrdiff_t)seen, 1};
    multiply(q, keys, scores, seen);
    for (size_t i = 0; i < q.rows; i++)
        weigh(a, scores + i * seen, from, to, first + i);
    multiply(weights, values, out, ldout);
}

bool attention_causal(const struct attention *a, const struct attention_cache *c, const float *q,
                      size_t ldq, size_t first, size_t count, float *out, size_t ldout,
                      struct err *e)
{
    size_t last = first + count, block = SCORES_MOST / (last > 0 ? last : 1);
    block = block < 1 ? 1 : block > count ? count : block;
    float *scores = mem_try_alloc(block * last * sizeof *scores);
    if (scores == NULL)
        return err_memory(e);
    for (size_t i = 0; i < count; i += block) {
        size_t rows = count - i < block ? count - i : block;
        for (size_t h = 0; h < a->heads; h++) {
            struct strided part = {q + i * ldq + h * a->d_head, rows, a->d_head, (ptrdiff_t)ldq, 1};
            attend(a, c, h, part, first + i, scores, out + i * ldout + h * a->d_head, ldout);
        }
    }
    mem_free(scores);
    return true;
}
