/* Kinds of code points, as the reference library's steps tell them apart. Its tables are of
 * different versions of Unicode, and so they are here, whatever the version of utf8proc: what a
 * text is read as does not depend on the system's libraries. */
#ifndef BILENS_TOKENIZER_CODE_POINTS_H
#define BILENS_TOKENIZER_CODE_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool code_is_space(uint32_t code);       /* Unicode White_Space */
bool code_is_word(uint32_t code);        /* \w: letters, marks, digits, connectors, joiners */
bool code_is_punctuation(uint32_t code); /* P*, and all of ASCII's: $ + < = > ^ ` | ~ too */
bool code_is_number(uint32_t code);      /* N* */
bool code_is_mark(uint32_t code);        /* M* */
bool code_is_nonspacing(uint32_t code);  /* Mn */
bool code_is_control(uint32_t code);     /* BERT's: C*, but not tab, newline and return */
bool code_is_ideograph(uint32_t code);   /* the blocks that BERT's reference code lists */
bool code_is_joined(uint32_t code);      /* goes on with the grapheme cluster before it */
bool code_is_prepended(uint32_t code);   /* takes what follows into its grapheme cluster */

/* Was it encoded after the reference's tables of normalization, which leave it alone? */
bool code_is_later(uint32_t code);

/* The small letter, or the code point itself. U+0130 is itself: its small form has two. */
uint32_t code_lower(uint32_t code);

/* The code points that \p{property} matches: "Lu" and the other categories, "L" and its like for
 * all that begin so, "Han", and "Word", which is \w but for the joiners. Fills ranges (first, last,
 * first, last, ...) unless it is NULL; returns how many there are. */
size_t code_ranges(const char *property, uint32_t *ranges);

#endif
