/* A checkpoint: its layout, sizes, tokenizer and named matrices. */
#ifndef BILENS_MODEL_MODEL_H
#define BILENS_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/model/architecture.h"
#include "bilens/num/matrix.h"

struct checkpoint;
struct err;
struct tokenizer;

/* One name that `load` brings: a matrix, or a stack of them over [layer] or
 * [layer, head] (members in the order layer by layer). */
struct model_matrix {
    const char *name;    /* "w_q"; static */
    const char *summary; /* "query weights, per head"; static */
    size_t stack;        /* 0, 1 (layer) or 2 (layer, head) */
    size_t size[2];
    size_t count;                /* product of the sizes, 1 if stack is 0 */
    struct matrix **members;     /* owned references */
    size_t nan_count, inf_count; /* in the stored weights behind it; products: their factors' */
};

/* The same for what is added: biases. A stack over [layer, head] has a member for each query
 * head. */
struct model_vector {
    const char *name, *summary; /* "b_q"; static */
    size_t stack;
    size_t size[2];
    size_t count;
    struct vector **members; /* owned references */
};

enum positions { POSITIONS_NONE, POSITIONS_ROTARY, POSITIONS_LEARNED };

struct model_sizes {
    size_t layers, heads, kv_heads, d_model, d_head, d_hidden, context, vocab;
};

enum { MODEL_MOST_ENDS = 8 };

/* Immutable once loaded, shared. */
struct model {
    atomic_size_t refs;
    char *name;              /* last part of the path */
    char *path;              /* the directory or file it was read from */
    const char *layout;      /* "bilinear, 17 April"; static */
    char *reason;            /* why that layout was recognised */
    struct checkpoint *file; /* its weights, which are read when they are used; owned */
    size_t shards;           /* files that the weights lie in */
    char *dtype;             /* "BF16", or "BF16, F32" */
    char hash[32]; /* of the weights: 12 hex digits; "sampled-" before them where the files
                    * are too large to be read for it */
    struct model_sizes sizes;
    enum positions positions;
    struct architecture architecture; /* how it computes; raw */
    struct tokenizer *tokenizer;      /* NULL: the directory has none (a lone .safetensors), or */
    char *tokenizer_fault;            /* why it could not be read; NULL: it has none */
    size_t ends[MODEL_MOST_ENDS];     /* tokens that end a text, by config.json's eos_token_id */
    size_t end_count;
    bool folded;   /* norm gains are multiplied into the matrices that read after them */
    bool centered; /* w_u has its mean over the vocabulary taken away */
    size_t parameters;
    size_t nan_count, inf_count; /* in all weights */
    size_t count;
    struct model_matrix *matrices;
    size_t vector_count;
    struct model_vector *vectors;
    char **notes; /* things to tell: tokenizer smaller than the embedding, NaN counts */
    size_t note_count;
};

/* where: a directory, a .safetensors file or an index of shards (its directory's
 * config.json and tokenizer.json are read; a missing tokenizer.json gives a model
 * without labels), or a name looked up in $BILENS_MODEL_PATH (colon-separated), then in
 * the installed models. */
struct model *model_load(const char *where, struct err *e);

/* How the weights are processed on the way; all false is raw. */
struct model_options {
    /* Each norm's gain goes into every matrix that reads after it, the unembedding
     * included, and a norm's on what is written into the matrix that writes it;
     * LayerNorm's centring too. The data-dependent scale stays out. Biases take up
     * the norm's. A model whose norms have no weights stays as it is. */
    bool fold;
    /* w_u is centred over the vocabulary: softmax does not see that mean. */
    bool center;
    size_t memory; /* the bytes that a weight may take as float32; 0: any */
    /* What to call the model; NULL: the last part of its path. */
    const char *name;
};
struct model *model_load_with(const char *where, struct model_options options, struct err *e);
/* The name of the layout that model_load would recognise in a directory (static); NULL where it
 * would not load: the error says why. Reads headers only. */
const char *model_recognise(const char *directory, struct err *e);
/* False where a file of its weights changed since it was read: an answer would not be of the
 * weights that the hash is of. */
bool model_check(const struct model *m, struct err *e);
struct model *model_ref(struct model *m);
void model_unref(struct model *m);

/* Calls visit for every model name that model_load can find by name. */
void model_list(void (*visit)(const char *name, const char *path, void *context), void *context);

#endif
