/* The inside of a tokenizer, for the files that make it up. */
#ifndef BILENS_MODEL_TOKENIZER_PARTS_H
#define BILENS_MODEL_TOKENIZER_PARTS_H

#include "bilens/model/normalize.h"
#include "bilens/model/tokenizer.h"
#include "bilens/model/vocabulary.h"

enum tokenizer_model { TOKENIZER_WORDPIECE, TOKENIZER_WORDLEVEL, TOKENIZER_BPE, TOKENIZER_UNIGRAM };

/* A token that is cut out of the text before anything else happens to it. */
struct added_token {
    struct piece content; /* in the normalised form, if normalized */
    char *owned;          /* its bytes where they had to be made, or NULL */
    size_t id;
    bool single_word, strip_left, strip_right, normalized;
};

struct tokenizer {
    struct labels labels; /* first, so that the one is the other */
    char *bytes;          /* the file; all strings live in it */
    enum tokenizer_model model;
    struct vocabulary vocabulary;
    struct added_token *added;
    size_t added_count;
    struct piece unknown; /* the piece that stands for what is not there */
    struct piece prefix;  /* of a piece that continues a word */
    size_t most_chars;    /* of a word; longer ones are unknown */
    struct normalize normalize;
    struct split split;
    const char *unsupported; /* a step of the file's that bilens does not know, or NULL */
};

extern const struct labels_class tokenizer_labels_class;

/* labels_class.find for a tokenizer. */
bool tokenizer_find(const struct labels *labels, const char *word, size_t *index, struct err *e);

#endif
