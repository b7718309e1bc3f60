/* How a model of the Hugging Face hub is called: "owner/name", or "owner/name@revision". */
#ifndef BILENS_HUB_REPO_H
#define BILENS_HUB_REPO_H

#include <stdbool.h>

struct err;

enum {
    REPO_PART_MOST = 96, /* characters of an owner or of a name */
    REPO_REVISION_MOST = 200,
    REPO_COMMIT_LENGTH = 40
};

struct hub_repo {
    char id[2 * REPO_PART_MOST + 2];       /* "owner/name", or "name" */
    char folder[2 * REPO_PART_MOST + 12];  /* "models--owner--name" */
    char revision[REPO_REVISION_MOST + 1]; /* a branch, tag or commit; "main" if none was said */
    bool owned, revised;                   /* were an owner, a revision said? */
};

/* Reads a name; an error says which rule it breaks. What passes has no part that could lead
 * out of a folder, and nothing that a URL or a terminal would take for something else. */
bool repo_parse(const char *name, struct hub_repo *out, struct err *e);

/* The repository that a folder "models--owner--name" of the cache holds; false if none. */
bool repo_of_folder(const char *folder, struct hub_repo *out);

/* Forty hexadecimal digits: a commit, which never changes. */
bool repo_is_commit(const char *revision);

#endif
