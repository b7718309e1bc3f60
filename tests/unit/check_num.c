/* The num layer: reference computations, and the program that runs its tests. */
#include "check_num.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 4096 };

/* One test at a time uses these; free_kept empties them. */
static struct {
    void *object;
    void (*release)(void *object);
} kept[KEPT_MOST];
static size_t kept_count;

static void *keep_object(void *object, void (*release)(void *object))
{
    ck_assert_uint_lt(kept_count, KEPT_MOST);
    kept[kept_count].object = object;
    kept[kept_count++].release = release;
    return object;
}

void free_kept(void)
{
    while (kept_count > 0) {
        kept_count--;
        kept[kept_count].release(kept[kept_count].object);
    }
}

static void release_matrix(void *object)
{
    matrix_unref(object);
}

static void release_vector(void *object)
{
    vector_unref(object);
}

static void release_decomp(void *object)
{
    decomp_unref(object);
}

struct matrix *keep(struct matrix *m)
{
    ck_assert_ptr_nonnull(m);
    const char *wrong = matrix_check(m);
    ck_assert_msg(wrong == NULL, "%s", wrong ? wrong : "");
    return keep_object(m, release_matrix);
}

struct vector *keep_vector(struct vector *v)
{
    ck_assert_ptr_nonnull(v);
    return keep_object(v, release_vector);
}

struct decomp *keep_decomp(struct decomp *d)
{
    ck_assert_ptr_nonnull(d);
    return keep_object(d, release_decomp);
}

static double *new_numbers(size_t count)
{
    double *numbers = calloc(count > 0 ? count : 1, sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    return keep_object(numbers, free);
}

struct plain plain_new(size_t rows, size_t cols)
{
    return (struct plain){rows, cols, new_numbers(rows * cols)};
}

struct plain plain_random(size_t rows, size_t cols, unsigned seed)
{
    struct plain a = plain_new(rows, cols);
    uint64_t state = seed * 2654435761U + 12345;
    for (size_t i = 0; i < rows * cols; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        a.at[i] = (double)(int32_t)(state >> 40) / (1 << 23) - 1;
    }
    return a;
}

struct plain plain_product(struct plain a, struct plain b)
{
    struct plain c = plain_new(a.rows, b.cols);
    ck_assert_uint_eq(a.cols, b.rows);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t k = 0; k < a.cols; k++)
            for (size_t j = 0; j < b.cols; j++)
                c.at[i * b.cols + j] += a.at[i * a.cols + k] * b.at[k * b.cols + j];
    return c;
}

struct plain plain_transposed(struct plain a)
{
    struct plain b = plain_new(a.cols, a.rows);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            b.at[j * a.rows + i] = a.at[i * a.cols + j];
    return b;
}

struct plain plain_sum(struct plain a, double scale, struct plain b)
{
    struct plain c = plain_new(a.rows, a.cols);
    for (size_t i = 0; i < a.rows * a.cols; i++)
        c.at[i] = a.at[i] + scale * b.at[i];
    return c;
}

double plain_norm(struct plain a)
{
    double sum = 0;
    for (size_t i = 0; i < a.rows * a.cols; i++)
        sum += a.at[i] * a.at[i];
    return sqrt(sum);
}

double plain_trace(struct plain a)
{
    double sum = 0;
    for (size_t i = 0; i < a.rows; i++)
        sum += a.at[i * a.cols + i];
    return sum;
}

static int by_magnitude(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x < y) - (x > y);
}

/* Turns rows p and q of b (so that columns of the matrix lie together) until they are
 * orthogonal; returns how far they were from it. */
static double turn_rows(double *p, double *q, size_t n)
{
    double pp = 0, qq = 0, pq = 0;
    for (size_t i = 0; i < n; i++) {
        pp += p[i] * p[i];
        qq += q[i] * q[i];
        pq += p[i] * q[i];
    }
    if (fabs(pq) <= 1e-15 * sqrt(pp * qq) || pq == 0)
        return 0;
    double zeta = (qq - pp) / (2 * pq);
    double t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    double c = 1 / sqrt(1 + t * t), s = c * t;
    for (size_t i = 0; i < n; i++) {
        double x = p[i], y = q[i];
        p[i] = c * x - s * y;
        q[i] = s * x + c * y;
    }
    return fabs(pq) / sqrt(pp * qq);
}

const double *plain_svd(struct plain a)
{
    struct plain b = a.rows >= a.cols ? plain_transposed(a) : plain_sum(a, 0, a);
    double off = 1;
    for (int sweep = 0; sweep < 40 && off > 1e-13; sweep++) {
        off = 0;
        for (size_t p = 0; p < b.rows; p++)
            for (size_t q = p + 1; q < b.rows; q++)
                off = fmax(off, turn_rows(b.at + p * b.cols, b.at + q * b.cols, b.cols));
    }
    double *s = new_numbers(b.rows);
    for (size_t i = 0; i < b.rows; i++)
        s[i] = plain_norm((struct plain){1, b.cols, b.at + i * b.cols});
    qsort(s, b.rows, sizeof *s, by_magnitude);
    return s;
}

/* Makes entry (p, q) of symmetric a zero. */
static void turn_both(struct plain a, size_t p, size_t q)
{
    size_t n = a.rows;
    double pq = a.at[p * n + q];
    if (pq == 0)
        return;
    double theta = (a.at[q * n + q] - a.at[p * n + p]) / (2 * pq);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(1 + theta * theta));
    double c = 1 / sqrt(1 + t * t), s = c * t;
    for (size_t k = 0; k < n; k++) {
        double x = a.at[k * n + p], y = a.at[k * n + q];
        a.at[k * n + p] = c * x - s * y;
        a.at[k * n + q] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a.at[p * n + k], y = a.at[q * n + k];
        a.at[p * n + k] = c * x - s * y;
        a.at[q * n + k] = s * x + c * y;
    }
}

const double *plain_eigen(struct plain a)
{
    struct plain b = plain_sum(a, 0, a);
    for (int sweep = 0; sweep < 15; sweep++)
        for (size_t p = 0; p < b.rows; p++)
            for (size_t q = p + 1; q < b.rows; q++)
                turn_both(b, p, q);
    double *w = new_numbers(b.rows);
    for (size_t i = 0; i < b.rows; i++)
        w[i] = b.at[i * b.cols + i];
    qsort(w, b.rows, sizeof *w, by_magnitude);
    return w;
}

/* Where entry (i, j) is stored, and the numbers that takes. */
struct place {
    size_t size, offset;
    ptrdiff_t row_stride, col_stride;
};

static struct place place_of(struct plain a, enum storing storing)
{
    ptrdiff_t rows = (ptrdiff_t)a.rows, cols = (ptrdiff_t)a.cols;
    size_t size = a.rows * a.cols;
    switch (storing) {
    case STORED_BY_COLUMNS:
        return (struct place){size, 0, 1, rows};
    case STORED_BACKWARDS:
        return (struct place){size, size - 1, -cols, -1};
    case STORED_WITH_GAPS:
        return (struct place){12 * size + 7, 7, 6 * cols, 2};
    default:
        return (struct place){size, 0, cols, 1};
    }
}

struct matrix *matrix_stored(struct plain a, enum axis_kind row, enum axis_kind col,
                             enum storing storing)
{
    struct err e = {0};
    struct place p = place_of(a, storing);
    float *data;
    struct dense *all = dense_new(1, p.size, &data, &e);
    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < p.size; i++)
        data[i] = NAN; /* what is not the matrix's must never be read */
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            data[(ptrdiff_t)p.offset + (ptrdiff_t)i * p.row_stride + (ptrdiff_t)j * p.col_stride] =
                (float)a.at[i * a.cols + j];
    struct dense *view =
        dense_view(all->storage, p.offset, a.rows, a.cols, p.row_stride, p.col_stride);
    dense_unref(all);
    ck_assert_ptr_nonnull(view);
    struct matrix *m =
        matrix_from_dense(view, axis_make(row, a.rows, NULL), axis_make(col, a.cols, NULL));
    dense_unref(view);
    return keep(m);
}

struct matrix *matrix_plain(struct plain a)
{
    return matrix_stored(a, AXIS_INDEX, AXIS_INDEX, STORED_BY_ROWS);
}

void expect_entries(struct matrix *m, struct plain expected, double tolerance)
{
    struct err e = {0};
    ck_assert_uint_eq(m->row.size, expected.rows);
    ck_assert_uint_eq(m->col.size, expected.cols);
    struct dense *d = matrix_dense(m, SIZE_MAX, &e), *packed = d ? dense_pack(d, &e) : NULL;
    const float *at = packed ? dense_data(packed, &e) : NULL;
    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; i < expected.rows * expected.cols; i++)
        ck_assert_double_le(fabs((double)at[i] - expected.at[i]), tolerance);
    dense_unref(d);
    dense_unref(packed);
}

void expect_numbers(const double *numbers, const double *expected, size_t count, double tolerance)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs(numbers[i] - expected[i]) <= tolerance,
                      "number %zu is %.12g, not %.12g (within %.3g)", i, numbers[i], expected[i],
                      tolerance);
}

void expect_error(struct err *e, enum err_code code, const char *message)
{
    ck_assert_str_eq(e->message, message);
    ck_assert_int_eq(e->code, code);
    err_clear(e);
}

int main(void)
{
    Suite *suite = suite_create("num");
    suite_add_tcase(suite, axis_case());
    suite_add_tcase(suite, storage_case());
    suite_add_tcase(suite, matrix_case());
    suite_add_tcase(suite, thin_case());
    suite_add_tcase(suite, decomp_case());
    suite_add_tcase(suite, identity_case());
    suite_add_tcase(suite, spectrum_case());
    suite_add_tcase(suite, bilinear_case());
    suite_add_tcase(suite, compose_case());
    suite_add_tcase(suite, accuracy_case());
    suite_add_tcase(suite, economy_case());
    suite_add_tcase(suite, core_case());
    suite_add_tcase(suite, forward_case());
    suite_add_tcase(suite, tridiagonal_case());
    suite_add_tcase(suite, memory_case());
    suite_add_tcase(suite, range_case());
    suite_add_tcase(suite, center_case());
    suite_add_tcase(suite, noise_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
