#include "unigram.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"

/* What a code point without a piece scores below the worst piece (SentencePiece's). */
static const double unknown_penalty = 10;

/* --- The sorted pieces --- */

static int compare(const struct vocabulary *v, uint32_t a, uint32_t b)
{
    const struct piece *p = &v->pieces[a], *q = &v->pieces[b];
    size_t common = p->length < q->length ? p->length : q->length;
    int order = memcmp(p->bytes, q->bytes, common);

    if (order != 0)
        return order;
    if (p->length != q->length)
        return p->length < q->length ? -1 : 1;
    return a < b ? -1 : 1; /* the same piece twice: the last one counts */
}

/* Merge sort, for qsort takes no context: from[first, last) becomes sorted in from. */
static void sort(const struct vocabulary *v, uint32_t *from, uint32_t *room, size_t count)
{
    size_t half = count / 2, left = 0, right = half;

    if (count < 2)
        return;
    sort(v, from, room, half);
    sort(v, from + half, room, count - half);
    for (size_t i = 0; i < count; i++) {
        bool take_left = right == count || (left < half && compare(v, from[left], from[right]) < 0);
        room[i] = take_left ? from[left++] : from[right++];
    }
    memcpy(from, room, count * sizeof *from);
}

void unigram_init(struct unigram *u, const struct vocabulary *v, const double *scores, size_t count,
                  size_t unknown_id)
{
    uint32_t *room = mem_new(count + 1, sizeof *room);

    *u = (struct unigram){.vocabulary = v, .scores = scores, .unknown_id = unknown_id};
    u->sorted = mem_new(count + 1, sizeof *u->sorted);
    for (size_t id = 0; id < count; id++) {
        if (u->count == 0 || scores[id] < u->worst)
            u->worst = scores[id];
        u->sorted[u->count++] = (uint32_t)id;
    }
    sort(v, u->sorted, room, u->count);
    mem_free(room);
}

void unigram_done(struct unigram *u)
{
    mem_free(u->sorted);
    *u = (struct unigram){0};
}

/* A run of the sorted pieces, all of which begin with the same bytes. */
struct run {
    size_t first, last;
};

/* The byte of a sorted piece at a place; -1 where it has ended before. */
static int byte_of(const struct unigram *u, size_t i, size_t place)
{
    const struct piece *p = &u->vocabulary->pieces[u->sorted[i]];
    return place < p->length ? (unsigned char)p->bytes[place] : -1;
}

/* The first of a run whose byte at the place is at least so large. */
static size_t lower_bound(const struct unigram *u, struct run run, size_t place, int byte)
{
    while (run.first < run.last) {
        size_t middle = run.first + (run.last - run.first) / 2;
        if (byte_of(u, middle, place) < byte)
            run.first = middle + 1;
        else
            run.last = middle;
    }
    return run.first;
}

/* The piece that is just the bytes that the run shares; false where there is none. Pieces that
 * end there come first; of the same piece given twice the last one counts. */
static bool piece_of_run(const struct unigram *u, struct run run, size_t length, uint32_t *id)
{
    size_t end = lower_bound(u, run, length, 0);

    if (end == run.first)
        return false;
    *id = u->sorted[end - 1];
    return true;
}

/* --- The best division --- */

/* The best way to get to a place. */
struct node {
    double score;
    size_t from;
    bool reached, unknown;
};

static bool offer(struct node *to, double score, size_t from, bool unknown)
{
    if (to->reached && !(score > to->score))
        return false;
    *to = (struct node){.score = score, .from = from, .reached = true, .unknown = unknown};
    return true;
}

/* All pieces that start at a place, the shortest first; an unknown code point where none is just
 * as long as the code point there. */
static bool reach_from(const struct unigram *u, const char *bytes, size_t length, size_t at,
                       struct node *nodes, struct err *e)
{
    struct run run = {0, u->count};
    uint32_t code, id;
    size_t code_length = utf8_decode(bytes + at, length - at, &code);
    bool single = false;

    for (size_t n = 0; at + n < length && run.first < run.last; n++) {
        int byte = (unsigned char)bytes[at + n];
        run = (struct run){lower_bound(u, run, n, byte), lower_bound(u, run, n, byte + 1)};
        if (!piece_of_run(u, run, n + 1, &id))
            continue;
        offer(&nodes[at + n + 1], u->scores[id] + nodes[at].score, at, id == u->unknown_id);
        single |= n + 1 == code_length;
    }
    if (single ||
        !offer(&nodes[at + code_length], u->worst - unknown_penalty + nodes[at].score, at, true))
        return true;
    return u->unknown_id != UNIGRAM_NONE ||
           err_set(e, ERR_UNSUPPORTED,
                   "\"%.*s\" is in no piece, and the tokenizer has no \"unk_id\"", (int)code_length,
                   bytes + at);
}

bool unigram_divide(const struct unigram *u, const char *bytes, size_t length,
                    struct unigram_part **parts, size_t *count, struct err *e)
{
    struct node *nodes = mem_new(length + 1, sizeof *nodes);
    bool good = true;
    uint32_t code;

    *count = 0;
    *parts = mem_new(length + 1, sizeof **parts);
    for (size_t at = 0; good && at < length; at += utf8_decode(bytes + at, length - at, &code))
        good = reach_from(u, bytes, length, at, nodes, e);
    for (size_t end = length; good && end > 0; end = nodes[end].from)
        (*parts)[(*count)++] = (struct unigram_part){nodes[end].from, end, nodes[end].unknown};
    for (size_t i = 0; i < *count / 2; i++) {
        struct unigram_part swap = (*parts)[i];
        (*parts)[i] = (*parts)[*count - 1 - i];
        (*parts)[*count - 1 - i] = swap;
    }
    mem_free(nodes);
    if (!good) {
        mem_free(*parts);
        *parts = NULL;
    }
    return good;
}
