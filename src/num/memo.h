/* What was computed of a view of a storage, remembered as long as the storage
 * lives, so that the second question about a matrix is almost free. */
#ifndef BILENS_NUM_MEMO_H
#define BILENS_NUM_MEMO_H

#include <stdbool.h>

#include "bilens/num/dense.h"

enum memo_kind { MEMO_GRAM, MEMO_THIN, MEMO_OUTPUTS, MEMO_SUMS };

struct memo {
    struct memo *next;
    enum memo_kind kind;
    struct dense a, b;  /* the views it is about, without their storages */
    uint64_t b_storage; /* its id: a reference would keep both for ever where b's numbers are
                           made from a's, as those of a folded weight are */
    bool part;          /* is either a part of its storage? */
    void *object;       /* owned */
    void (*destroy)(void *object);
};

/* The remembered object of that kind about views a and b (b may equal a), looked
 * up in a's storage; NULL if there is none. Borrowed, lives as long as a's storage. */
void *memo_find(const struct dense *a, const struct dense *b, enum memo_kind kind);

/* How many memos about parts of a storage it keeps; of whole ones, any number. */
enum { MEMO_PARTS_MOST = 8 };

/* Remembers object, which the storage then owns. False where it does not, because it has
 * enough memos of parts: the object stays the caller's. If another
 * thread was faster both stand, and the first found is used. */
bool memo_keep(const struct dense *a, const struct dense *b, enum memo_kind kind, void *object,
               void (*destroy)(void *object));

/* Frees a storage's memos; storage_unref calls it. */
void memo_free_all(struct memo *first);

/* Do two views show the same numbers of the same storage in the same shape? */
bool dense_same_view(const struct dense *a, const struct dense *b);

/* Is b the transpose of a, by its numbers' places? */
bool dense_is_transpose(const struct dense *a, const struct dense *b);

#endif
