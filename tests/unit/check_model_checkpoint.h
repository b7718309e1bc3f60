/* Tiny checkpoints of the bilinear layouts, written by the tests. */
#ifndef CHECK_MODEL_CHECKPOINT_H
#define CHECK_MODEL_CHECKPOINT_H

#include "check_model.h"

enum { D = 4, HEADS = 2, K = 2, H = 3, V = 5, LAYERS = 2, CONTEXT = 3 };

/* A checkpoint in the making; element n of the file is the number n. */
struct checkpoint {
    char header[8192];
    size_t length, count;
};

/* cols 0: a vector. Returns the number of its first element. */
size_t checkpoint_add(struct checkpoint *c, const char *name, size_t rows, size_t cols);
size_t checkpoint_add_layer(struct checkpoint *c, int layer, const char *name, size_t rows,
                            size_t cols);
void checkpoint_save(struct checkpoint *c, const char *path);

/* Where things stand in the checkpoint that was written last. */
struct places {
    size_t wte, wpe, head, qkv[LAYERS], qkv_bias[LAYERS], o[LAYERS], w[LAYERS], p[LAYERS];
};

struct variant {
    bool learned, norms, project_p, rotary_buffer, bias;
    size_t qkv_rows; /* in d_model; 0 means 3 */
};

/* Writes the model directory "tiny" in the scratch directory. */
struct places checkpoint_write(struct variant v, const char *config);

#endif
