/* The models that values came from, open or not. */
#ifndef BILENS_CMD_PROVENANCE_H
#define BILENS_CMD_PROVENANCE_H

#include "bilens/lang/call.h"

/* Each model once. */
struct provenances {
    size_t count;
    struct provenance model[TRAIT_MODELS];
};

/* command_table's describe: of a struct model. */
void model_describe(const void *model, struct provenance *out);
void provenances_of(const struct call *c, unsigned traits, struct provenances *out);
/* Are they the same weights, processed alike? */
bool provenance_same(const struct provenance *a, const struct provenance *b);
/* The same weights, processed alike, among the open models; NULL: none. */
const struct open_model *provenance_open(const struct call *c, const struct provenance *p);

/* The trait of the current model's values; 0: there is none. */
unsigned current_trait(const struct call *c);

/* Fails where argument i, a vector, is of another axis than the current model's `stream`; `what` it
 * is ("this direction"), for the message, which names the models where they are not the same. */
bool stream_require(struct call *c, size_t i, const char *what, const struct value *v,
                    struct axis stream, struct err *e);

/* The ledger of values that are only read or written: the models they came from. */
bool ledger_origin(struct call *c, struct report *r);

#endif
