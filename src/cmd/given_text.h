/* A text given to a command, as the ids that the model reads. */
#ifndef BILENS_CMD_GIVEN_TEXT_H
#define BILENS_CMD_GIVEN_TEXT_H

#include "bilens/base/text.h"
#include "bilens/cmd/common.h"

struct given_text {
    const struct model *model;  /* borrowed */
    size_t *ids, count;         /* what the model reads, the tokens before the text included */
    bool numbers;               /* given as ids: nothing was put before them */
    size_t before;              /* special tokens that the tokenizer puts before a text */
    size_t *after, after_count; /* those it puts after one: not read, but a text ends there */
    struct text name;           /* as titles call it */
    size_t top;                 /* N, given after a quoted text; 0: not given */
};

/* The command's words: one text in quotes; or several words, joined by blanks; or whole numbers
 * alone, which are ids. With takes_top, a number after a quoted text is N. At least one token is
 * read, and not more than the model's context; an error has its place. */
bool given_text_read(struct call *c, bool takes_top, struct given_text *out, struct err *e);
void given_text_done(struct given_text *t);

/* Appends the ledger: what was put before the text, the precision, the norms. */
void given_text_ledger(struct call *c, const struct given_text *t, struct report *r);

/* ERR_NONFINITE where a sum over logits, or over what they are made of, says that one is not
 * finite. */
bool check_logits(double sum, struct err *e);

/* Appends a token's label, or "[id]". */
void token_label(const struct model *m, size_t id, struct text *out);

/* Fills cells `column` (its id) and the next (its label) of a table's row. */
void token_cells(const struct model *m, struct report_table *t, size_t row, size_t column,
                 size_t id);

#endif
