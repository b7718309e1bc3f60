/* Addresses: whose they are, and how names are spelled in them. */
#ifndef BILENS_HUB_URL_H
#define BILENS_HUB_URL_H

#include <stdbool.h>

struct text;

/* Who answers: "https://host" or "http://host:8080", in lower case, without the usual port. */
struct url_origin {
    char text[280];
};

/* False for what is not http or https, and for an authority that holds anything beside a host
 * and a port: a name and password, a backslash that readers of URLs disagree about. */
bool url_origin(const char *url, struct url_origin *out);

bool url_same_origin(const struct url_origin *a, const struct url_origin *b);

/* From https to http: what is sent on would be seen by everybody between. */
bool url_downgrades(const struct url_origin *from, const struct url_origin *to);

/* Appends name, each byte that could mean something in an address as %XX; slashes stay if so
 * asked. */
void url_escape(struct text *out, const char *name, bool slashes);

#endif
