/* What the files that read a description share. */
#ifndef BILENS_CMD_DESCRIPTION_READER_H
#define BILENS_CMD_DESCRIPTION_READER_H

#include "bilens/formats/json.h"
#include "description.h"

struct reader {
    struct call *call;
    struct json json;
    const char *file;
    struct description *out;
    struct err *e;
};

/* Sets ERR_FORMAT, with what JSON says is wrong, or why; returns false. */
bool reader_refuse(const struct reader *r, const char *why);
/* Room for one more. */
bool reader_grow(void **list, size_t count, size_t size);
bool reader_string(struct reader *r, struct json_string *out);
/* A whole number below limit. */
bool reader_index(struct reader *r, size_t limit, size_t *out);
bool reader_enter(struct reader *r); /* a list */
/* After the last item: was the list well formed? */
bool reader_left(struct reader *r);

/* One list of labels. */
bool reader_labels(struct reader *r);

#endif
