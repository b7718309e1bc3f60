/* What the environment says about the Hugging Face hub and its cache; Python's huggingface_hub
 * reads the same variables. */
#ifndef BILENS_HUB_SETTINGS_H
#define BILENS_HUB_SETTINGS_H

#include <stdbool.h>

struct err;

struct hub_settings {
    char *cache;         /* the folder of the cache; it may not exist yet */
    char *token_file;    /* where a token may stand */
    const char *offline; /* the variable that forbids the network; NULL: none does; static */
    /* The rest is filled by hub_settings_connect. */
    char *endpoint;     /* "https://huggingface.co", without a slash at its end */
    char *token;        /* a secret: for one header, never for a message; NULL: there is none */
    char *token_source; /* "HF_TOKEN", or the path of a file; NULL without a token */
    unsigned answer_seconds, stall_seconds; /* how long to wait for an answer, and for more of it */
};

/* What is needed to find a model in the cache; to be released in any case. */
void hub_settings_read(struct hub_settings *s);
/* What is needed to ask the hub, after the first. False, too, where a variable holds what
 * cannot be meant, or the file of the token cannot be read. */
bool hub_settings_connect(struct hub_settings *s, struct err *e);
void hub_settings_done(struct hub_settings *s);

#endif
