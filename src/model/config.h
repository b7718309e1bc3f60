/* config.json: its values, strictly typed when they are asked for. A nested value is asked for
 * by its path: "rope_parameters.rope_theta", "layer_types.0". A key may name several, "new|old":
 * the first that is there, and is not null, is meant. */
#ifndef BILENS_MODEL_CONFIG_H
#define BILENS_MODEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct config;

struct config *config_read(const char *path, struct err *e);
void config_free(struct config *c); /* NULL is fine */

const char *config_path(const struct config *c);
/* Is there such a key, with a value or null? False for a NULL key. */
bool config_has(const struct config *c, const char *key);
/* Which of the names in "new|old" is meant (the first, where none is there); for messages.
 * Borrowed, from the configuration or from key. */
const char *config_name(const struct config *c, const char *key, size_t *length);

/* A positive integer below 2^32; an error naming file and key where it is
 * something else or missing. */
bool config_get_size(const struct config *c, const char *key, size_t *out, struct err *e);
/* The others leave *out alone where the key is missing or null, and for a NULL key. */
bool config_find_size(const struct config *c, const char *key, size_t *out, struct err *e);
/* A finite number above zero. */
bool config_find_positive(const struct config *c, const char *key, double *out, struct err *e);
bool config_get_bool(const struct config *c, const char *key, bool *out, struct err *e);
/* *out is NULL where the key is missing or null; else borrowed. */
bool config_get_string(const struct config *c, const char *key, const char **out, struct err *e);
/* *out is the name of the first of "new|old" that is an object with something in it (borrowed), or
 * NULL. Refuses what is anything but an object, null and nothing. */
bool config_find_object(const struct config *c, const char *key, const char **out, struct err *e);
/* Is it the number 0, which is no size? */
bool config_is_zero(const struct config *c, const char *key);
/* Is the value of the key true, or false? Of another type it is neither. */
bool config_is(const struct config *c, const char *key, bool value);

#endif
