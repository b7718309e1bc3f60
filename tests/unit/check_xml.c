#include "check_xml.h"

#include <check.h>
#include <string.h>

#include "bilens/base/utf8.h"

enum { DEPTH_MOST = 8, NAME_MOST = 32 };

struct reader {
    const char *at;
    char open[DEPTH_MOST][NAME_MOST];
    size_t depth, elements;
};

static void read_name(struct reader *r, char name[NAME_MOST])
{
    size_t length =
        strspn(r->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-:0123456789");
    ck_assert_uint_gt(length, 0);
    ck_assert_uint_lt(length, NAME_MOST);
    memcpy(name, r->at, length);
    name[length] = '\0';
    r->at += length;
}

/* One character of text or of a value. */
static void read_character(struct reader *r)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    unsigned char c = (unsigned char)*r->at;
    ck_assert_msg(c >= 0x20 || c == '\n', "byte %u", c);
    ck_assert_msg(c != '<' && c != '>', "bare angle at %.20s", r->at);
    for (size_t i = 0; i < 4; i++)
        if (strncmp(r->at, entities[i], strlen(entities[i])) == 0) {
            r->at += strlen(entities[i]);
            return;
        }
    ck_assert_msg(c != '&', "bare ampersand at %.20s", r->at);
    r->at++;
}

static void read_attributes(struct reader *r)
{
    char name[NAME_MOST], seen[256] = " ";
    while (*r->at == ' ') {
        r->at++;
        read_name(r, name);
        strcat(name, " ");
        ck_assert_msg(strstr(seen, name) == NULL, "%stwice", name);
        strcat(seen, name);
        ck_assert_msg(r->at[0] == '=' && r->at[1] == '"', "no value at %.20s", r->at);
        for (r->at += 2; *r->at != '"';)
            read_character(r);
        r->at++;
    }
}

static void read_tag(struct reader *r)
{
    char name[NAME_MOST];
    r->at++;
    if (*r->at == '/') {
        r->at++;
        read_name(r, name);
        ck_assert_uint_gt(r->depth, 0);
        ck_assert_str_eq(name, r->open[--r->depth]);
    } else {
        read_name(r, name);
        ck_assert_msg(r->depth > 0 || (r->elements == 0 && strcmp(name, "svg") == 0), "%s outside",
                      name);
        r->elements++;
        read_attributes(r);
        ck_assert_uint_lt(r->depth, DEPTH_MOST);
        if (*r->at == '/')
            r->at++;
        else
            strcpy(r->open[r->depth++], name);
    }
    ck_assert_msg(*r->at == '>', "unclosed tag at %.20s", r->at);
    r->at++;
}

void expect_svg(const char *xml)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    static const char *const harmful[] = {"<script", "<style", "href", "url(",
                                          "<image",  "<!",     "nan",  "inf\""};
    ck_assert(utf8_valid(xml, strlen(xml)));
    ck_assert(strncmp(xml, head, sizeof head - 1) == 0);
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        ck_assert_msg(strstr(xml, harmful[i]) == NULL, "%s in %.200s", harmful[i], xml);
    struct reader r = {.at = xml + sizeof head - 1};
    while (*r.at != '\0') {
        if (*r.at == '<')
            read_tag(&r);
        else
            read_character(&r);
    }
    ck_assert_uint_eq(r.depth, 0);
    ck_assert_uint_gt(r.elements, 1);
}

size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}
