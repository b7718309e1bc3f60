/* The expressions' grammar, by recursive descent on a lexer's tokens. */
#ifndef BILENS_LANG_EXPRESSION_H
#define BILENS_LANG_EXPRESSION_H

#include <stdbool.h>

struct err;
struct lexer;
struct node;

/* Parses one expression from the token looked at, as far as it goes. */
struct node *expression_node(struct lexer *l, struct err *e);

/* Is it the name of a function, such as "svd"? Defined with the functions. */
bool expression_is_function(const char *name);

#endif
