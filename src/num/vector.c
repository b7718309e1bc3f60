#include "bilens/num/vector.h"

#include <math.h>

#include "bilens/base/mem.h"

struct vector *vector_new(struct axis axis)
{
    struct vector *v = mem_new(1, sizeof *v);
    atomic_init(&v->refs, 1);
    v->axis = axis_ref(axis);
    v->data = mem_new(axis.size, sizeof *v->data);
    return v;
}

struct vector *vector_ref(struct vector *v)
{
    atomic_fetch_add(&v->refs, 1);
    return v;
}

void vector_unref(struct vector *v)
{
    if (v == NULL || atomic_fetch_sub(&v->refs, 1) != 1)
        return;
    axis_unref(v->axis);
    mem_free(v->data);
    mem_free(v);
}

double vector_dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

bool vector_is_zero(const struct vector *v)
{
    size_t i = 0;
    while (i < v->axis.size && v->data[i] == 0)
        i++;
    return i == v->axis.size;
}

size_t vector_nonfinite(const struct vector *v)
{
    size_t count = 0;
    for (size_t i = 0; i < v->axis.size; i++)
        count += !isfinite(v->data[i]);
    return count;
}

size_t vector_peak(const double *a, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fabs(a[i]) > largest ? fabs(a[i]) : largest;
    for (size_t i = 0; i < n; i++)
        if (fabs(a[i]) >= (1 - 1e-6) * largest)
            return i;
    return 0; /* nothing but NaN */
}

/* Does entry i come before entry j in the list? */
static bool comes_before(const double *a, size_t i, size_t j, bool high)
{
    if (a[i] != a[j])
        return high ? a[i] > a[j] : a[i] < a[j];
    return i < j;
}

/* A heap whose root is the worst of the kept ones; sinks position at. */
static void heap_sink(const double *a, size_t *heap, size_t count, size_t at, bool high)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && comes_before(a, heap[child], heap[child + 1], high))
            child++;
        if (!comes_before(a, heap[at], heap[child], high))
            return;
        size_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

size_t vector_extremes(const double *a, size_t n, size_t k, bool high, size_t *indices)
{
    size_t count = 0;
    for (size_t i = 0; i < n && k > 0; i++) {
        if (isnan(a[i]))
            continue;
        if (count < k) {
            indices[count++] = i;
            for (size_t at = count / 2; count == k && at-- > 0;)
                heap_sink(a, indices, count, at, high);
        } else if (comes_before(a, i, indices[0], high)) {
            indices[0] = i;
            heap_sink(a, indices, count, 0, high);
        }
    }
    for (size_t at = count / 2; at-- > 0;)
        heap_sink(a, indices, count, at, high);
    for (size_t left = count; left > 1; left--) { /* worst to the end */
        size_t worst = indices[0];
        indices[0] = indices[left - 1];
        indices[left - 1] = worst;
        heap_sink(a, indices, left - 1, 0, high);
    }
    return count;
}
