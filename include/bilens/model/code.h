/* Kinds of code points, as the reference's steps tell them apart. Its tables stop at an older
 * Unicode for some of them: a few hundred marks and signs of rare scripts, encoded since, are none
 * to it and are what they are here. */
#ifndef BILENS_MODEL_CODE_H
#define BILENS_MODEL_CODE_H

#include <stdbool.h>
#include <stdint.h>

bool code_is_space(uint32_t code);       /* Unicode White_Space */
bool code_is_word(uint32_t code);        /* \w: letters, marks, digits, connectors, joiners */
bool code_is_punctuation(uint32_t code); /* P*, and all of ASCII's: $ + < = > ^ ` | ~ too */
bool code_is_number(uint32_t code);      /* N* */
bool code_is_mark(uint32_t code);        /* M* */
bool code_is_nonspacing(uint32_t code);  /* Mn */
bool code_is_control(uint32_t code);     /* BERT's: C*, but not tab, newline and return */
bool code_is_ideograph(uint32_t code);   /* the blocks that BERT's reference code lists */

#endif
