#include "url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bilens/base/text.h"

static const char host_bytes[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

/* The length of "host", "[::1]"; 0 if it is neither. */
static size_t host_length(const char *s)
{
    if (s[0] != '[')
        return strspn(s, host_bytes);
    size_t length = 1 + strspn(s + 1, "0123456789abcdefABCDEF:.");
    return length > 1 && s[length] == ']' ? length + 1 : 0;
}

bool url_origin(const char *url, struct url_origin *out)
{
    const char *scheme = NULL, *usual = NULL;
    if (strncasecmp(url, "https://", 8) == 0) {
        scheme = "https://";
        usual = ":443";
    } else if (strncasecmp(url, "http://", 7) == 0) {
        scheme = "http://";
        usual = ":80";
    } else {
        return false;
    }
    const char *host = url + strlen(scheme), *port = host + host_length(host);
    size_t digits = port[0] == ':' ? 1 + strspn(port + 1, "0123456789") : 0;
    size_t length = (size_t)(port - host);
    if (length == 0 || length > 253 || digits == 1 || digits > 6 ||
        strchr("/?#", port[digits]) == NULL)
        return false;
    if (digits == strlen(usual) && strncmp(port, usual, digits) == 0)
        digits = 0;
    snprintf(out->text, sizeof out->text, "%s%.*s", scheme, (int)(length + digits), host);
    for (char *c = out->text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return true;
}

bool url_same_origin(const struct url_origin *a, const struct url_origin *b)
{
    return strcmp(a->text, b->text) == 0;
}

bool url_downgrades(const struct url_origin *from, const struct url_origin *to)
{
    return strncmp(from->text, "https:", 6) == 0 && strncmp(to->text, "https:", 6) != 0;
}

void url_escape(struct text *out, const char *name, bool slashes)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool plain = strchr(host_bytes, *c) != NULL || *c == '~' || (*c == '/' && slashes);
        if (plain)
            text_add_char(out, *c);
        else
            text_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
    }
}
