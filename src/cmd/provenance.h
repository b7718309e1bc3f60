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

/* The ledger of values that are only read or written: the models they came from. */
bool ledger_origin(struct call *c, struct report *r);

#endif
