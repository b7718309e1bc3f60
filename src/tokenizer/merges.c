#include "merges.h"

#include <string.h>
#include <xxhash.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* --- The table --- */

/* The pair's slot, or the free one where it would go. At least half of the slots are free. */
static struct merge *find_slot(const struct merges *m, uint32_t left, uint32_t right)
{
    const uint32_t pair[2] = {left, right};
    size_t mask = m->slot_count - 1, at = (size_t)XXH3_64bits(pair, sizeof pair) & mask;

    while (m->slots[at].rank != MERGES_NONE &&
           (m->slots[at].left != left || m->slots[at].right != right))
        at = (at + 1) & mask;
    return &m->slots[at];
}

void merges_init(struct merges *m, size_t expected)
{
    *m = (struct merges){.slot_count = 16};
    while (m->slot_count / 2 < expected)
        m->slot_count *= 2;
    m->slots = mem_new(m->slot_count, sizeof *m->slots);
    for (size_t i = 0; i < m->slot_count; i++)
        m->slots[i].rank = MERGES_NONE;
}

void merges_done(struct merges *m)
{
    mem_free(m->slots);
    *m = (struct merges){0};
}

static void grow(struct merges *m)
{
    struct merges larger;

    merges_init(&larger, m->slot_count);
    for (size_t i = 0; i < m->slot_count; i++) {
        if (m->slots[i].rank != MERGES_NONE)
            *find_slot(&larger, m->slots[i].left, m->slots[i].right) = m->slots[i];
    }
    larger.count = m->count;
    merges_done(m);
    *m = larger;
}

void merges_add(struct merges *m, struct merge merge)
{
    struct merge *slot;

    if (2 * (m->count + 1) > m->slot_count)
        grow(m);
    slot = find_slot(m, merge.left, merge.right);
    m->count += slot->rank == MERGES_NONE;
    *slot = merge;
}

const struct merge *merges_find(const struct merges *m, uint32_t left, uint32_t right)
{
    const struct merge *slot = find_slot(m, left, right);
    return slot->rank == MERGES_NONE ? NULL : slot;
}

/* --- Merging a word --- */

void merging_done(struct merging *g)
{
    mem_free(g->symbols);
    mem_free(g->heap);
    *g = (struct merging){0};
}

void merging_clear(struct merging *g)
{
    g->count = g->heap_count = 0;
}

void merging_add(struct merging *g, uint32_t id)
{
    if (g->count == g->capacity) {
        size_t capacity = g->capacity == 0 ? 64 : 2 * g->capacity;
        g->symbols = mem_resize(g->symbols, capacity, sizeof *g->symbols);
        g->capacity = capacity;
    }
    g->symbols[g->count] = (struct symbol){
        .id = id, .previous = g->count == 0 ? SYMBOL_NONE : g->count - 1, .next = SYMBOL_NONE};
    if (g->count > 0)
        g->symbols[g->count - 1].next = g->count;
    g->count++;
}

static bool comes_before(struct chance a, struct chance b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.place < b.place;
}

/* Puts the merge of the symbol at a place and the next one, if they merge, into the queue. */
static void push(struct merging *g, const struct merges *m, size_t place)
{
    const struct symbol *left = &g->symbols[place];
    const struct merge *merge =
        left->next == SYMBOL_NONE ? NULL : merges_find(m, left->id, g->symbols[left->next].id);

    if (merge == NULL)
        return;
    if (g->heap_count == g->heap_capacity) {
        size_t capacity = g->heap_capacity == 0 ? 64 : 2 * g->heap_capacity;
        g->heap = mem_resize(g->heap, capacity, sizeof *g->heap);
        g->heap_capacity = capacity;
    }
    struct chance chance = {place, merge->rank, merge->id};
    size_t at = g->heap_count++;
    while (at > 0 && comes_before(chance, g->heap[(at - 1) / 2])) {
        g->heap[at] = g->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    g->heap[at] = chance;
}

static struct chance pop(struct merging *g)
{
    struct chance first = g->heap[0], last = g->heap[--g->heap_count];
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < g->heap_count; at = child) {
        if (child + 1 < g->heap_count && comes_before(g->heap[child + 1], g->heap[child]))
            child++;
        if (!comes_before(g->heap[child], last))
            break;
        g->heap[at] = g->heap[child];
    }
    g->heap[at] = last;
    return first;
}

/* Is it still what would happen there? A neighbour may have merged away in the meantime. */
static bool still_holds(const struct merging *g, const struct merges *m, struct chance chance)
{
    const struct symbol *left = &g->symbols[chance.place];
    const struct merge *merge;

    if (left->gone || left->next == SYMBOL_NONE)
        return false;
    merge = merges_find(m, left->id, g->symbols[left->next].id);
    return merge != NULL && merge->id == chance.id;
}

void merging_run(struct merging *g, const struct merges *m)
{
    for (size_t i = 0; i + 1 < g->count; i++)
        push(g, m, i);
    while (g->heap_count > 0) {
        struct chance chance = pop(g);
        if (!still_holds(g, m, chance))
            continue;
        struct symbol *left = &g->symbols[chance.place];
        struct symbol *right = &g->symbols[left->next];
        left->id = chance.id;
        left->next = right->next;
        right->gone = true;
        if (left->next != SYMBOL_NONE)
            g->symbols[left->next].previous = chance.place;
        if (left->previous != SYMBOL_NONE)
            push(g, m, left->previous);
        push(g, m, chance.place);
    }
}
