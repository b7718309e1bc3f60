/* The inside of a tokenizer, for the files that make it up. */
#ifndef BILENS_TOKENIZER_TOKENIZER_PARTS_H
#define BILENS_TOKENIZER_TOKENIZER_PARTS_H

#include <pthread.h>

#include "bilens/base/text.h"
#include "bilens/tokenizer/tokenizer.h"
#include "decoder.h"
#include "merges.h"
#include "normalize.h"
#include "split.h"
#include "unigram.h"
#include "vocabulary.h"

enum tokenizer_model { TOKENIZER_WORDPIECE, TOKENIZER_WORDLEVEL, TOKENIZER_BPE, TOKENIZER_UNIGRAM };

/* A token that is cut out of the text before the model sees it. */
struct added_token {
    struct piece content;
    size_t id;
    bool single_word, strip_left, strip_right, normalized, special;
};

/* An added token as it is looked for: in its normalised form if it is a normalized one. */
struct added_form {
    struct piece bytes;
    char *owned; /* the bytes, where they had to be made, or NULL */
    const struct added_token *token;
};

/* Forms by their first byte, the longest first: of byte b those from first[b] to first[b + 1]. */
struct added_index {
    struct added_form *forms;
    size_t count;
    size_t first[257];
};

/* What encoding needs beyond the labels, made when a text is encoded for the first time. The lock
 * is held while one is, for the memory of the last text is used again. */
struct tokenizer_engine {
    pthread_mutex_t lock;
    bool ready;
    struct normalize normalize;
    struct split split;
    struct added_index raw, normalized;
    struct merges merges;
    struct unigram unigram;
    struct merging merging;
    struct words words;
};

/* The ids around a text; ENDS_TEXT stands for the text itself. */
struct ends {
    size_t *items;
    size_t count;
};

#define ENDS_TEXT SIZE_MAX

struct tokenizer {
    struct labels labels; /* first, so that the one is the other */
    char *bytes;          /* the file; all strings live in it */
    enum tokenizer_model model;
    struct vocabulary vocabulary;
    size_t model_size; /* ids from here on are added tokens', which the model does not know */
    struct added_token *added;
    size_t added_count;
    struct piece unknown;        /* the piece that stands for what is not there, or NULL */
    struct piece prefix, suffix; /* of a piece that continues a word, that ends one */
    size_t most_chars;           /* of a word; longer ones are unknown (WordPiece) */
    size_t unknown_id;           /* Unigram's, or UNIGRAM_NONE */
    double *scores;              /* Unigram's, by id */
    size_t score_count;
    struct piece merges; /* BPE's, as written; NULL where there are none */
    bool byte_fallback, ignore_merges, fuse_unknown;
    bool byte_level;    /* pieces are written in the byte-level alphabet */
    struct piece space; /* what stands for a space in pieces, or NULL */
    struct ends ends;
    struct decoder decoder;
    bool has_decoder;
    /* Steps of the file's that bilens does not know: no text is encoded, none is
     * with special tokens, none is decoded. NULL where all are known. */
    const char *unknown_step, *unknown_ends, *unknown_decoder;
    struct tokenizer_engine *engine;
};

extern const struct labels_class tokenizer_labels_class;

/* The id of a piece of the model's own. */
bool tokenizer_model_find(const struct tokenizer *t, const char *bytes, size_t length, size_t *id);

/* labels_class.find for a tokenizer. */
bool tokenizer_find(const struct labels *labels, const char *word, size_t *index, struct err *e);

/* labels_class.meanings. */
size_t tokenizer_meanings(const struct labels *labels, const char *word, size_t *indices,
                          size_t most);

/* The engine, with nothing made yet; NULL on failure. */
struct tokenizer_engine *engine_new(void);
void engine_free(struct tokenizer_engine *engine); /* NULL is fine */
/* Makes it ready, unless it is. The lock must be held. */
bool engine_prepare(const struct tokenizer *t, struct err *e);

/* Which of the index' forms is found where. Returns false at the end of the text. */
struct added_match {
    const struct added_token *token;
    size_t start, end; /* with the white space it swallows */
};
/* *at: where to look on; *done: where the last match ended; both begin at 0. */
bool added_next(const struct added_index *index, const char *bytes, size_t length, size_t *at,
                size_t done, struct added_match *out);
bool added_index_make(struct added_index *index, const struct tokenizer *t, bool normalized,
                      struct err *e);
void added_index_done(struct added_index *index);

#endif
