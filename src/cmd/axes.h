/* What `read` says of the axes of what it reads: its options, labels, an open model's. */
#ifndef BILENS_CMD_AXES_H
#define BILENS_CMD_AXES_H

#include "source.h"

/* --rows, --cols, --stack; what was not said is negative. */
struct axes_asked {
    int rows, cols;  /* enum axis_kind */
    int stack;       /* leading dimensions */
    char stack_kind; /* 'l' or 'h' of one */
};

bool axes_asked_for(const struct call *c, struct axes_asked *out, struct err *e);

/* An axis of that kind; of tokens, with the labels of the current model if it has as many. */
struct axis axis_of_kind(const struct call *c, enum axis_kind kind, size_t size);

/* The axis that a table's labels tell (NULL: none): "resid 3", "resid 4", ... are places;
 * tokens that stand in an open model's vocabulary one after the other are its; others are a list
 * of their own. Takes a reference on its labels, which the caller drops (axis_unref). The
 * strings are taken out of the array where they are kept. */
struct axis axis_of_labels(const struct call *c, enum axis_kind kind, char **labels, size_t size);

/* The kind of that name, or -1. */
int axis_kind_named(const char *name);

/* How array a becomes a value: by what was asked, or as the file says. ERR_UNSUPPORTED where it
 * has more dimensions than a value; what: for messages. */
bool plan_plain(const struct call *c, const struct axes_asked *asked, const struct array *a,
                const char *what, struct plan *out, struct err *e);
bool plan_described(const struct call *c, const struct axes_asked *asked, const struct described *d,
                    const struct array *a, const char *what, struct plan *out, struct err *e);

#endif
