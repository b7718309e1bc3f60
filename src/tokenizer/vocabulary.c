#include "vocabulary.h"

#include <string.h>
#include <xxhash.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

void vocabulary_done(struct vocabulary *v)
{
    mem_free(v->pieces);
    mem_free(v->slots);
}

/* The slot of the piece, or the free one where it would go. Open addressing; at
 * least half of the slots are free, so there is one. */
static uint32_t *find_slot(const struct vocabulary *v, const char *bytes, size_t length)
{
    size_t mask = v->slot_count - 1;
    size_t at = (size_t)XXH3_64bits(bytes, length) & mask;

    while (v->slots[at] != 0) {
        const struct piece *p = &v->pieces[v->slots[at] - 1];
        if (p->length == length && memcmp(p->bytes, bytes, length) == 0)
            break;
        at = (at + 1) & mask;
    }
    return &v->slots[at];
}

bool vocabulary_find(const struct vocabulary *v, const char *bytes, size_t length, size_t *id)
{
    uint32_t slot = v->slot_count == 0 ? 0 : *find_slot(v, bytes, length);

    if (slot == 0)
        return false;
    *id = slot - 1;
    return true;
}

static void grow_slots(struct vocabulary *v)
{
    size_t wanted = v->slot_count == 0 ? 1024 : 4 * v->slot_count;
    uint32_t *slots = mem_new(wanted, sizeof *slots);

    mem_free(v->slots);
    v->slots = slots;
    v->slot_count = wanted;
    for (size_t id = 0; id < v->size; id++) {
        if (v->pieces[id].bytes != NULL)
            *find_slot(v, v->pieces[id].bytes, v->pieces[id].length) = (uint32_t)(id + 1);
    }
}

static void grow_pieces(struct vocabulary *v, size_t id)
{
    size_t wanted = v->capacity == 0 ? 1024 : 2 * v->capacity;
    struct piece *pieces;

    if (wanted <= id)
        wanted = id + 1;
    pieces = mem_resize(v->pieces, wanted, sizeof *pieces);
    memset(pieces + v->capacity, 0, (wanted - v->capacity) * sizeof *pieces);
    v->pieces = pieces;
    v->capacity = wanted;
}

bool vocabulary_add(struct vocabulary *v, struct piece piece, uint64_t id, bool again,
                    struct err *e)
{
    uint32_t *slot;

    if (id >= VOCABULARY_MOST)
        return err_set(e, ERR_FORMAT, "id %llu of token \"%.100s\" is beyond %d",
                       (unsigned long long)id, piece.bytes, VOCABULARY_MOST - 1);
    if (id >= v->capacity)
        grow_pieces(v, (size_t)id);
    if (v->pieces[id].bytes != NULL)
        return err_set(e, ERR_FORMAT, "id %llu is given to both \"%.100s\" and \"%.100s\"",
                       (unsigned long long)id, v->pieces[id].bytes, piece.bytes);
    if (2 * (v->count + 1) > v->slot_count)
        grow_slots(v);
    slot = find_slot(v, piece.bytes, piece.length);
    if (*slot != 0 && !again)
        return err_set(e, ERR_FORMAT, "token \"%.100s\" is given twice, as id %u and as id %llu",
                       piece.bytes, (unsigned)(*slot - 1), (unsigned long long)id);
    *slot = (uint32_t)(id + 1);
    v->pieces[id] = piece;
    v->count++;
    if (id >= v->size)
        v->size = (size_t)id + 1;
    return true;
}
