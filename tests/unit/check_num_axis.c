/* Axes, storages, what is remembered with them, and vectors. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/num/labels.h"
#include "check_num.h"
#include "src/num/memo.h"

/* ---- axes ---- */

static int destroyed;

static void count_destroyed(struct labels *labels)
{
    (void)labels;
    destroyed++;
}

static const struct labels_class no_labels = {.destroy = count_destroyed};

START_TEST(axes_match_by_kind_place_and_labels)
{
    struct labels one = {&no_labels, 1}, two = {&no_labels, 1};
    struct axis whole = axis_make(AXIS_TOKEN, 10, NULL);
    ck_assert(axis_match(whole, axis_make(AXIS_TOKEN, 10, NULL)));
    ck_assert(!axis_match(whole, axis_make(AXIS_TOKEN, 9, NULL)));
    ck_assert(!axis_match(whole, axis_make(AXIS_RESID, 10, NULL)));
    ck_assert(axis_match(whole, axis_make(AXIS_INDEX, 10, NULL)));
    ck_assert(!axis_match(whole, axis_make(AXIS_INDEX, 11, NULL)));
    ck_assert(axis_match(axis_make(AXIS_TOKEN, 10, &one), whole));
    ck_assert(axis_match(axis_make(AXIS_TOKEN, 10, &one), axis_make(AXIS_TOKEN, 10, &one)));
    ck_assert(!axis_match(axis_make(AXIS_TOKEN, 10, &one), axis_make(AXIS_TOKEN, 10, &two)));
    struct axis low = axis_slice(whole, 0, 1, 5), high = axis_slice(whole, 5, 1, 5);
    ck_assert(!axis_match(low, high));
    ck_assert(!axis_match(low, axis_make(AXIS_TOKEN, 5, NULL)) == false);
    ck_assert(!axis_match(axis_slice(whole, 0, 2, 5), low));
    ck_assert(axis_match(axis_slice(whole, 3, 7, 1), axis_slice(whole, 3, 1, 1)));
}
END_TEST

/* ---- whose coordinates they are ---- */

static struct axis private_axis(uint64_t model, enum axis_part part, uint32_t layer, uint32_t head)
{
    struct axis axis = axis_make(part == PART_MODEL ? AXIS_RESID : AXIS_HEAD, 3, NULL);
    axis.origin = (struct axis_origin){model, part, layer, head};
    return axis;
}

START_TEST(axes_of_different_origins_do_not_match)
{
    struct axis one = private_axis(1, PART_KEYS, 0, 1), none = axis_make(AXIS_HEAD, 3, NULL);
    const struct axis others[] = {
        private_axis(2, PART_KEYS, 0, 1), private_axis(1, PART_VALUES, 0, 1),
        private_axis(1, PART_KEYS, 2, 1), private_axis(1, PART_KEYS, 0, 0)};
    ck_assert(axis_match(one, private_axis(1, PART_KEYS, 0, 1)));
    ck_assert(axis_match(one, none) && axis_match(none, one));
    ck_assert(axis_match(one, axis_make(AXIS_INDEX, 3, NULL)));
    for (size_t i = 0; i < 4; i++) {
        ck_assert(!axis_match(one, others[i]) && axis_alike(one, others[i]));
        ck_assert(axis_match(axis_loose(one), others[i]));
        struct axis mixed = axis_join(one, others[i]);
        ck_assert(axis_alike(mixed, one) && !axis_match(mixed, one) &&
                  !axis_match(mixed, others[i]));
        ck_assert(axis_match(mixed, axis_join(others[i], one)));
        ck_assert(axis_match(mixed, none) && axis_match(axis_loose(mixed), one));
        ck_assert(!axis_match(mixed, axis_join(one, others[(i + 1) % 4])));
        ck_assert(axis_match(axis_join(mixed, others[(i + 1) % 4]),
                             axis_join(axis_join(others[(i + 1) % 4], one), others[i])));
    }
    ck_assert_uint_eq(axis_join(none, one).origin.model, 1);
    ck_assert_uint_eq(axis_join(one, none).origin.head, 1);
    ck_assert_uint_eq(axis_slice(one, 1, 1, 2).origin.model, 1);
}
END_TEST

static void expect_contrast(struct axis a, struct axis b, const char *expected)
{
    struct err e = {0};
    ck_assert(!axis_fail(a, b, "no: ", ".", &e));
    expect_error(&e, ERR_AXES, expected);
}

static struct labels *list_of(const char *const *words, size_t count);

START_TEST(what_sets_axes_apart_is_told)
{
    static const char *const words[] = {"a", "b", "c"}, *const renamed[] = {"a", "x", NULL};
    struct labels *one = list_of(words, 3), *two = list_of(renamed, 3);
    struct axis whole = axis_make(AXIS_RESID, 9, NULL), token = axis_make(AXIS_TOKEN, 3, one);
    struct axis other = axis_make(AXIS_TOKEN, 3, two);
    expect_contrast(whole, axis_make(AXIS_TOKEN, 9, NULL), "no: resid (9) and token (9).");
    expect_contrast(axis_slice(whole, 3, 1, 1), axis_slice(whole, 5, 1, 1),
                    "no: resid[3:4] (1) and resid[5:6] (1).");
    expect_contrast(
        token, other,
        "no: token (3) and token (3).: their labels differ, first at 1, \"b\" and \"x\"");
    expect_contrast(
        axis_slice(token, 2, 1, 1), axis_slice(other, 2, 1, 1),
        "no: token[2:3] (1) and token[2:3] (1).: their labels differ, first at 2, \"c\" "
        "and none");
    expect_contrast(
        private_axis(1, PART_VALUES, 0, 1), private_axis(1, PART_VALUES, 2, 0),
        "no: head (3) and head (3).: they are of the values of head 0.1 and of the "
        "values of head 2.0, whose coordinates have nothing in common; loose(A) has axes "
        "that fit any of their kind");
    expect_contrast(private_axis(1, PART_MODEL, 0, 0), private_axis(2, PART_MODEL, 0, 0),
                    "no: resid (3) and resid (3).: they are of different models, whose coordinates "
                    "have nothing in common; loose(A) has axes that fit any of their kind");
    struct axis keys = private_axis(1, PART_KEYS, 0, 1);
    expect_contrast(axis_join(keys, private_axis(1, PART_KEYS, 0, 0)), keys,
                    "no: head (3) and head (3).: one of them is a sum over several heads, layers "
                    "or models, whose coordinates have nothing in common; loose(A) has axes that "
                    "fit any of their kind");
    labels_unref(one);
    labels_unref(two);
}
END_TEST

static void expect_described(struct axis axis, const char *expected)
{
    struct text t = TEXT_EMPTY;
    axis_describe(axis, &t);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

static struct labels *list_of(const char *const *words, size_t count)
{
    char **names = mem_new(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = words[i] != NULL ? mem_strdup(words[i]) : NULL;
    return labels_list_new(names, count);
}

/* Labels of another class, which say "w0", "w1", "w2". */
static bool name_w(const struct labels *labels, size_t index, struct text *out)
{
    (void)labels;
    text_printf(out, "w%zu", index);
    return index < 3;
}

static size_t count_w(const struct labels *labels)
{
    (void)labels;
    return 3;
}

START_TEST(lists_of_labels_agree_with_what_says_the_same)
{
    static const struct labels_class other = {.name = name_w, .count = count_w};
    struct labels w = {.class = &other};
    atomic_init(&w.refs, 1);
    struct labels *list = list_of((const char *[]){"w0", "w1", "w2"}, 3);
    struct labels *twin = list_of((const char *[]){"w0", "w1", "w2"}, 3);
    struct labels *shorter = list_of((const char *[]){"w0", "w1"}, 2);
    struct labels *holes = list_of((const char *[]){"w0", NULL, "w2"}, 3);
    ck_assert(labels_same(list, twin) && labels_same(list, &w) && labels_same(&w, list));
    ck_assert(!labels_same(list, shorter) && !labels_same(shorter, &w));
    ck_assert(!labels_same(list, holes) && !labels_same(holes, &w) && labels_same(holes, holes));
    ck_assert_uint_eq(labels_count(holes), 3);
    size_t index;
    struct text name = TEXT_EMPTY;
    struct err e = {0};
    ck_assert(list->class->find(list, "w2", &index, &e) && index == 2);
    ck_assert(!list->class->find(list, "w3", &index, &e));
    ck_assert_str_eq(e.message, "no place is labelled \"w3\"; did you mean w0, w1 or w2?");
    ck_assert(!holes->class->name(holes, 1, &name) && !holes->class->name(holes, 3, &name));
    labels_unref(list);
    labels_unref(twin);
    labels_unref(shorter);
    labels_unref(holes);
}
END_TEST

START_TEST(axes_are_sliced_again_and_described)
{
    struct axis whole = axis_make(AXIS_TOKEN, 100, NULL);
    struct axis part = axis_slice(axis_slice(whole, 10, 3, 20), 19, -2, 5);
    size_t place = 99;
    ck_assert_uint_eq(axis_original(part, 0), 67);
    ck_assert_uint_eq(axis_original(part, 4), 43);
    ck_assert(axis_place(part, 55, &place));
    ck_assert_uint_eq(place, 2);
    ck_assert(!axis_place(part, 56, &place));
    ck_assert(!axis_place(part, 37, &place)); /* beyond its end */
    ck_assert(!axis_place(part, 73, &place)); /* before its start */
    expect_described(whole, "token");
    expect_described(axis_slice(whole, 5, 1, 4), "token[5:9]");
    expect_described(axis_slice(whole, 0, 2, 50), "token[0:100:2]");
    expect_described(part, "token[67:37:-6]");
    expect_described(axis_slice(whole, 99, -1, 100), "token[99::-1]");
    expect_described(axis_make(AXIS_HIDDEN, 3, NULL), "hidden");
    ck_assert_str_eq(axis_kind_name(AXIS_RESID), "resid");
    ck_assert_str_eq(axis_kind_name(AXIS_COMP), "comp");
}
END_TEST

START_TEST(labels_are_destroyed_once_with_their_last_user)
{
    struct labels labels = {&no_labels, 1};
    struct err e = {0};
    destroyed = 0;
    struct vector *v = vector_new(axis_make(AXIS_TOKEN, 3, &labels));
    struct matrix *m = matrix_diagonal(v, &e);
    ck_assert_uint_eq(labels.refs, 4);
    labels_unref(&labels);
    vector_unref(v);
    ck_assert_int_eq(destroyed, 0);
    matrix_unref(m);
    ck_assert_int_eq(destroyed, 1);
    labels_unref(NULL);
    ck_assert_ptr_null(labels_ref(NULL));
}
END_TEST

/* ---- vectors ---- */

struct entry {
    double value;
    size_t index;
};

static bool sorted_high;

static int best_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->value != y->value)
        return (x->value > y->value) == sorted_high ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static void compare_extremes(const double *a, size_t n, size_t k, bool high)
{
    struct entry sorted[200];
    size_t count = 0, got[200];
    for (size_t i = 0; i < n; i++)
        if (!isnan(a[i]))
            sorted[count++] = (struct entry){a[i], i};
    sorted_high = high;
    qsort(sorted, count, sizeof *sorted, best_first);
    size_t expected = k < count ? k : count;
    ck_assert_uint_eq(vector_extremes(a, n, k, high, got), expected);
    for (size_t i = 0; i < expected; i++)
        ck_assert_uint_eq(got[i], sorted[i].index);
}

START_TEST(extremes_are_those_of_a_full_sort)
{
    for (unsigned seed = 0; seed < 40; seed++) {
        struct plain a = plain_random(1, 150, seed);
        for (size_t i = 0; i < 150; i++) {
            if (seed % 2) /* many ties */
                a.at[i] = floor(4 * a.at[i]);
            if (seed % 3 == 1 && i % 7 == seed % 7)
                a.at[i] = i % 2 ? NAN : -INFINITY;
        }
        static const size_t counts[] = {0, 1, 2, 5, 20, 149, 150, 199};
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            for (int high = 0; high < 2; high++)
                compare_extremes(a.at, seed == 6 ? 1 : 150, counts[c], high);
    }
    const double none[] = {NAN, NAN};
    compare_extremes(none, 2, 2, true);
    compare_extremes(none, 0, 2, true);
}
END_TEST

START_TEST(peaks_are_the_lowest_of_equals)
{
    const double a[] = {1, -3, 2, 3, -3};
    ck_assert_uint_eq(vector_peak(a, 5), 1);
    ck_assert_uint_eq(vector_peak(a, 1), 0);
    const double rounded[] = {0.1, -1, 1 + 1e-9, NAN, 1 + 0.9e-6}, apart[] = {-1, 1 + 2e-6};
    const double none[] = {NAN, NAN};
    ck_assert_uint_eq(vector_peak(rounded, 5), 1); /* equal but for rounding */
    ck_assert_uint_eq(vector_peak(apart, 2), 1);
    ck_assert_uint_eq(vector_peak(none, 2), 0);
    ck_assert_double_eq(vector_dot(a, a, 5), 32);
    ck_assert_double_eq(vector_dot(a, a, 0), 0);
}
END_TEST

TCase *axis_case(void)
{
    TCase *c = tcase_create("axis");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, axes_match_by_kind_place_and_labels);
    tcase_add_test(c, axes_of_different_origins_do_not_match);
    tcase_add_test(c, what_sets_axes_apart_is_told);
    tcase_add_test(c, lists_of_labels_agree_with_what_says_the_same);
    tcase_add_test(c, axes_are_sliced_again_and_described);
    tcase_add_test(c, labels_are_destroyed_once_with_their_last_user);
    tcase_add_test(c, extremes_are_those_of_a_full_sort);
    tcase_add_test(c, peaks_are_the_lowest_of_equals);
    return c;
}

/* ---- storages ---- */

struct source {
    int fills, releases;
    bool fails;
};

static bool fill_source(void *context, size_t first, size_t count, float *out, struct err *e)
{
    struct source *s = context;
    s->fills++;
    if (s->fails)
        return err_set(e, ERR_FILE, "the file shrank");
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(first + i);
    return true;
}

static void release_source(void *context)
{
    ((struct source *)context)->releases++;
}

static struct storage *lazy(struct source *s, size_t count)
{
    struct storage_source source = {.fill = fill_source, .release = release_source, .context = s};
    return storage_new_lazy(source, count, "w.weight");
}

START_TEST(lazy_storages_are_filled_once_and_released_once)
{
    struct source s = {0};
    struct err e = {0};
    struct storage *storage = lazy(&s, 12);
    struct dense *a = dense_view(storage, 0, 3, 4, 4, 1);
    struct dense *t = dense_transpose(a);
    ck_assert_int_eq(s.fills, 0);
    ck_assert_float_eq(dense_data(a, &e)[11], 11);
    ck_assert_ptr_eq(dense_data(t, &e), dense_data(a, &e));
    ck_assert_int_eq(s.fills, 1);
    ck_assert_str_eq(storage->name, "w.weight");
    storage_unref(storage);
    dense_unref(a);
    ck_assert_int_eq(s.releases, 0);
    dense_unref(t);
    ck_assert_int_eq(s.releases, 1);
    storage_unref(NULL);
    dense_unref(NULL);
}
END_TEST

/* A source that counts what it is asked for. */
struct counted {
    size_t numbers;
};

static bool fill_counted(void *context, size_t first, size_t count, float *out, struct err *e)
{
    (void)e;
    ((struct counted *)context)->numbers += count;
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(first + i);
    return true;
}

START_TEST(small_parts_of_large_storages_are_read_alone)
{
    enum { ROWS = 3000, COLS = 2000 };
    static const struct {
        struct span rows, cols;
        size_t most; /* numbers that may be read for it */
    } cases[] = {
        {{17, 1, 1}, {0, 1, COLS}, COLS},
        {{5, 1, 3}, {40, -2, 4}, 3 * 7},
        {{ROWS - 1, -1000, 3}, {7, 1, 1}, 3},
        {{0, 1, 4}, {0, 100, 20}, 4 * 20},
    };
    for (size_t i = 0; i < 8; i++) {
        const struct span rows = cases[i / 2].rows, cols = cases[i / 2].cols;
        bool flipped = i % 2 == 1; /* the same of the transpose */
        struct counted counted = {0};
        struct storage_source source = {.fill = fill_counted, .context = &counted};
        struct err e = {0};
        struct storage *storage = storage_new_lazy(source, (size_t)ROWS * COLS, NULL);
        struct dense *whole = dense_view(storage, 0, ROWS, COLS, COLS, 1);
        struct dense *turned = dense_transpose(whole);
        struct dense *part =
            flipped ? dense_slice(turned, cols, rows) : dense_slice(whole, rows, cols);
        struct dense *packed = dense_pack(part, &e);
        const float *data = dense_data(packed, &e);
        ck_assert_uint_le(counted.numbers, cases[i / 2].most);
        for (size_t r = 0; r < rows.count; r++)
            for (size_t c = 0; c < cols.count; c++) {
                double at = ((double)rows.first + (double)r * (double)rows.step) * COLS +
                            (double)cols.first + (double)c * (double)cols.step;
                ck_assert_double_eq(data[flipped ? c * rows.count + r : r * cols.count + c], at);
            }
        dense_unref(packed);
        dense_unref(part);
        dense_unref(turned);
        dense_unref(whole);
        storage_unref(storage);
    }
}
END_TEST

START_TEST(storages_keep_within_their_budget)
{
    struct source s = {0};
    struct storage_source source = {
        .fill = fill_source, .release = release_source, .context = &s, .most = 1 << 20};
    struct err e = {0};
    struct storage *storage = storage_new_lazy(source, (1 << 18) + 1, "w.weight");
    float some[2];
    ck_assert_ptr_null(storage_data(storage, &e));
    expect_error(&e, ERR_BUDGET,
                 "w.weight takes 1 MiB as float32, more than the memory budget of "
                 "1 MiB; set memory to more and load the model again");
    ck_assert_int_eq(s.fills, 0);
    ck_assert(storage_read(storage, 7, 2, some, &e)); /* a part of it may be read */
    ck_assert_float_eq(some[1], 8);
    storage_unref(storage);
}
END_TEST

START_TEST(failing_fills_are_told_and_tried_again)
{
    struct source s = {.fails = true};
    struct err e = {0};
    struct storage *storage = lazy(&s, 12);
    ck_assert_ptr_null(storage_data(storage, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    s.fails = false;
    ck_assert_ptr_nonnull(storage_data(storage, &e));
    ck_assert_int_eq(s.fills, 2);
    storage_unref(storage);
    ck_assert_int_eq(s.releases, 1);
}
END_TEST

START_TEST(every_question_reports_a_failing_fill)
{
    static struct source s = {.fails = true}; /* what is kept is released after the test */
    struct err e = {0};
    struct storage *storage = lazy(&s, 50);
    struct dense *d = dense_view(storage, 0, 10, 5, 5, 1);
    struct matrix *m =
        keep(matrix_from_dense(d, axis_make(AXIS_INDEX, 10, NULL), axis_make(AXIS_INDEX, 5, NULL)));
    struct matrix *g = keep(matrix_product(m, keep(matrix_transpose(m)), &e));
    double number;
    ck_assert_ptr_null(decomp_svd(m, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert(!matrix_norm(m, &number, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert(!matrix_trace(g, &number, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert(!matrix_mean(g, &number, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert_ptr_null(matrix_dense(g, SIZE_MAX, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert_ptr_null(matrix_diagonal_of(g, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    ck_assert_ptr_null(matrix_row(g, 1, &e));
    expect_error(&e, ERR_FILE, "the file shrank");
    dense_unref(d);
    storage_unref(storage);
}
END_TEST

START_TEST(storages_of_no_size_that_there_is)
{
    struct err e = {0};
    float *data;
    ck_assert_ptr_null(dense_new(SIZE_MAX / 2, 4, &data, &e));
    expect_error(&e, ERR_MEMORY, "out of memory");
}
END_TEST

/* ---- what is remembered with a storage ---- */

static int forgotten;

static void forget(void *object)
{
    (void)object;
    forgotten++;
}

START_TEST(memos_live_as_long_as_the_storage)
{
    struct err e = {0};
    float *data;
    int one, two;
    struct dense *a = dense_new(4, 3, &data, &e), *b = dense_new(4, 2, &data, &e);
    struct dense *t = dense_transpose(a);
    forgotten = 0;
    ck_assert_ptr_null(memo_find(a, a, MEMO_GRAM));
    ck_assert(memo_keep(a, a, MEMO_GRAM, &one, forget));
    ck_assert(memo_keep(a, b, MEMO_GRAM, &two, forget));
    ck_assert_ptr_eq(memo_find(a, a, MEMO_GRAM), &one);
    ck_assert_ptr_eq(memo_find(a, b, MEMO_GRAM), &two);
    ck_assert_ptr_null(memo_find(a, a, MEMO_THIN));
    ck_assert_ptr_null(memo_find(t, t, MEMO_GRAM));
    ck_assert(!dense_same_view(a, t));
    struct dense *again = dense_transpose(t);
    ck_assert_ptr_eq(memo_find(again, again, MEMO_GRAM), &one);
    dense_unref(again);
    dense_unref(b);
    dense_unref(a);
    ck_assert_int_eq(forgotten, 0);
    dense_unref(t);
    ck_assert_int_eq(forgotten, 2);
}
END_TEST

static void release_storage(void *context)
{
    storage_unref(context);
}

/* As a folded weight's numbers are made from those of the tied embedding. */
START_TEST(memos_hold_no_storage_that_is_made_from_theirs)
{
    struct err e = {0};
    float *data;
    int one;
    struct dense *a = dense_new(4, 3, &data, &e);
    struct storage_source source = {.release = release_storage, .context = storage_ref(a->storage)};
    struct storage *made = storage_new_lazy(source, 12, "made");
    struct dense *b = dense_view(made, 0, 4, 3, 3, 1);
    forgotten = 0;
    ck_assert(memo_keep(a, b, MEMO_GRAM, &one, forget));
    ck_assert_ptr_eq(memo_find(a, b, MEMO_GRAM), &one);
    ck_assert_ptr_null(memo_find(a, a, MEMO_GRAM));
    storage_unref(made);
    dense_unref(a);
    dense_unref(b);
    ck_assert_int_eq(forgotten, 1);
}
END_TEST

TCase *storage_case(void)
{
    TCase *c = tcase_create("storage");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, lazy_storages_are_filled_once_and_released_once);
    tcase_add_test(c, small_parts_of_large_storages_are_read_alone);
    tcase_add_test(c, storages_keep_within_their_budget);
    tcase_add_test(c, failing_fills_are_told_and_tried_again);
    tcase_add_test(c, every_question_reports_a_failing_fill);
    tcase_add_test(c, storages_of_no_size_that_there_is);
    tcase_add_test(c, memos_live_as_long_as_the_storage);
    tcase_add_test(c, memos_hold_no_storage_that_is_made_from_theirs);
    return c;
}
