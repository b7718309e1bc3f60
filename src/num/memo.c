#include "bilens/num/memo.h"

#include "bilens/base/mem.h"

bool dense_same_view(const struct dense *a, const struct dense *b)
{
    return a->storage == b->storage && a->offset == b->offset && a->rows == b->rows &&
           a->cols == b->cols && a->row_stride == b->row_stride && a->col_stride == b->col_stride;
}

void *memo_find(const struct dense *a, const struct dense *b, enum memo_kind kind)
{
    for (struct memo *m = atomic_load(&a->storage->memo); m != NULL; m = m->next)
        if (m->kind == kind && dense_same_view(&m->a, a) && dense_same_view(&m->b, b))
            return m->object;
    return NULL;
}

/* A view's shape and place, without its reference count. */
static void copy_view(struct dense *to, const struct dense *from)
{
    to->storage = from->storage;
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
        parts += is_part(&m->a) || is_part(&m->b);
    return parts < MEMO_PARTS_MOST;
}

bool memo_keep(const struct dense *a, const struct dense *b, enum memo_kind kind, void *object,
               void (*destroy)(void *object))
{
    struct memo *m = has_room(a, b) ? mem_new(1, sizeof *m) : NULL;
    if (m == NULL)
        return false;
    copy_view(&m->a, a);
    copy_view(&m->b, b);
    m->kind = kind;
    m->object = object;
    m->destroy = destroy;
    if (b->storage != a->storage)
        storage_ref(b->storage);
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
        if (first->b.storage != first->a.storage)
            storage_unref(first->b.storage);
        mem_free(first);
        first = next;
    }
}
