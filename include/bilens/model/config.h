/* config.json: its top-level values, strictly typed when they are asked for. */
#ifndef BILENS_MODEL_CONFIG_H
#define BILENS_MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct config;

struct config *config_read(const char *path, struct err *e);
void config_free(struct config *c); /* NULL is fine */

const char *config_path(const struct config *c);
bool config_has(const struct config *c, const char *key);

/* A positive integer below 2^32; an error naming file and key where it is
 * something else or missing. */
bool config_get_size(const struct config *c, const char *key, size_t *out, struct err *e);
/* Leaves *out alone where the key is missing. */
bool config_get_bool(const struct config *c, const char *key, bool *out, struct err *e);
/* *out is NULL where the key is missing or null; else borrowed. */
bool config_get_string(const struct config *c, const char *key, const char **out, struct err *e);

#endif
