#include "memo.h"

#include "bilens/base/mem.h"

static bool same_place(const struct dense *a, const struct dense *b)
{
    return a->offset == b->offset && a->rows == b->rows && a->cols == b->cols &&
           a->row_stride == b->row_stride && a->col_stride == b->col_stride;
}

bool dense_same_view(const struct dense *a, const struct dense *b)
{
    return a->storage == b->storage && same_place(a, b);
}

bool dense_is_transpose(const struct dense *a, const struct dense *b)
{
    struct dense flipped = {.storage = a->storage,
                            .offset = a->offset,
                            .rows = a->cols,
                            .cols = a->rows,
                            .row_stride = a->col_stride,
                            .col_stride = a->row_stride};
    return dense_same_view(&flipped, b);
}

void *memo_find(const struct dense *a, const struct dense *b, enum memo_kind kind)
{
    for (struct memo *m = atomic_load(&a->storage->memo); m != NULL; m = m->next)
        if (m->kind == kind && m->b_storage == b->storage->id && same_place(&m->a, a) &&
            same_place(&m->b, b))
            return m->object;
    return NULL;
}

/* A view's shape and place. */
static void copy_place(struct dense *to, const struct dense *from)
{
    to->offset = from->offset;
    to->rows = from->rows;
    to->cols = from->cols;
    to->row_stride = from->row_stride;
    to->col_stride = from->col_stride;
}

static bool is_part(const struct dense *a)
{
    return a->rows * a->cols != a->storage->count;
}

/* Parts of one storage can be asked about without end; the whole, with the whole of another,
 * only as often as there are weights. */
static bool has_room(const struct dense *a, const struct dense *b)
{
    if (!is_part(a) && !is_part(b))
        return true;
    size_t parts = 0;
    for (struct memo *m = atomic_load(&a->storage->memo); m != NULL; m = m->next)
        parts += m->part;
    return parts < MEMO_PARTS_MOST;
}

bool memo_keep(const struct dense *a, const struct dense *b, enum memo_kind kind, void *object,
               void (*destroy)(void *object))
{
    if (!has_room(a, b))
        return false;
    struct memo *m = mem_new(1, sizeof *m);
    copy_place(&m->a, a);
    copy_place(&m->b, b);
    m->b_storage = b->storage->id;
    m->part = is_part(a) || is_part(b);
    m->kind = kind;
    m->object = object;
    m->destroy = destroy;
    m->next = atomic_load(&a->storage->memo);
    while (!atomic_compare_exchange_weak(&a->storage->memo, &m->next, m))
        continue;
    return true;
}

void memo_free_all(struct memo *first)
{
    while (first != NULL) {
        struct memo *next = first->next;
        first->destroy(first->object);
        mem_free(first);
        first = next;
    }
}
