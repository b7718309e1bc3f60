/* Models by name: on this machine, in the Hugging Face cache, or on the hub. */
#ifndef BILENS_HUB_HUB_H
#define BILENS_HUB_HUB_H

#include <stdbool.h>
#include <stdint.h>

struct err;

struct hub_options {
    const char *offline; /* why nothing may be downloaded: "--offline"; NULL: it may */
};

/* What a name means: all owned. */
struct hub_found {
    char *path; /* for model_load */
    char *name; /* what to call the model: "owner/name"; NULL: what its path says */
    char *note; /* something to tell; NULL: nothing */
};
void hub_found_done(struct hub_found *f);

/* Looks for a file or folder of that name, then for a model in BILENS_MODEL_PATH and among the
 * installed ones, then, if it is "owner/name" or "owner/name@revision", in the cache; what is
 * not there is downloaded into it. A name without an owner is found in the cache too, but to be
 * downloaded it needs a revision: a misspelt word is not sent to a server. Says with task_step
 * how far it is, and ends soon after its task is abandoned; a later call goes on with what is
 * there. The error says where was looked. */
bool hub_find(const char *where, const struct hub_options *options, struct hub_found *out,
              struct err *e);

/* A model in the cache, at one commit. All borrowed, for the time of the call. */
struct hub_entry {
    const char *name;     /* "owner/name" */
    const char *revision; /* the branches and tags that stand for the commit, or "" */
    const char *commit;
    const char *path;    /* of the snapshot */
    uint64_t bytes;      /* of its files */
    const char *missing; /* the file without which it cannot be loaded; NULL: all are here */
};
/* Calls visit for each, in the order of their names. */
void hub_each(void (*visit)(const struct hub_entry *entry, void *context), void *context);

#endif
