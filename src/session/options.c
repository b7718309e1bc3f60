#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "output.h"

/* The order here is the order in --help and in the manual. */
const struct program_option program_options[] = {
    {"command", 'c', "STATEMENTS", "run these statements, then end; may be given several times"},
    {"file", 'f', "FILE", "run the statements of FILE, then end; a bare FILE means the same"},
    {"load", 'l', "MODEL", "load MODEL before anything else"},
    {"format", 'F', "FORMAT", "text, json (one object a statement), csv, tsv or markdown"},
    {"color", 0, "WHEN", "auto, always or never; NO_COLOR and FORCE_COLOR are heeded"},
    {"width", 'w', "CELLS", "width of drawings; the terminal's if not said, or 80"},
    {"charset", 0, "CHARSET", "auto (by the locale), utf8 or ascii"},
    {"keep-going", 'k', NULL, "go on after an error; the status is still 1"},
    {"offline", 0, NULL, "download no model; HF_HUB_OFFLINE=1 says the same"},
    {"no-init", 'n', NULL, "do not run the init file"},
    {"safe", 0, NULL, "write no file and run no shell command, for somebody else's script"},
    {"help", 'h', NULL, "say this, and end"},
    {"version", 'V', NULL, "say the version, and end"},
    {"man", 0, NULL, "write the manual page, in roff, and end"},
    {"list-examples", 0, NULL, "write every command's and function's example, and end"},
};
const size_t program_option_count = sizeof program_options / sizeof *program_options;

enum { OPTION_MOST = 24, LONG_ONLY = 256 };

void options_usage(void)
{
    printf("usage: bilens [options] [FILE...]\n"
           "\nLooks into the weights of a transformer. Without FILE or -c: a prompt, or the\n"
           "statements of standard input.\n\n");
    for (size_t i = 0; i < program_option_count; i++) {
        const struct program_option *o = &program_options[i];
        char head[64];
        snprintf(head, sizeof head, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        if (o->letter)
            printf("  -%c, %-22s %s\n", o->letter, head, o->help);
        else
            printf("      %-22s %s\n", head, o->help);
    }
    printf("\nAt the prompt, help lists the commands. Example:\n"
           "  bilens --load tinystories-1-256 -c 'svd w_u; topk v0'\n");
}

/* format takes one string. */
static bool usage_error(const char *format, const char *what)
{
    struct err e = {0};
    err_set(&e, ERR_ARGUMENT, format, what);
    output_complain(e.message);
    fprintf(stderr, "Try 'bilens --help'.\n");
    return false;
}

static void add_job(struct options *out, bool is_file, const char *text)
{
    out->jobs = mem_resize(out->jobs, out->count + 1, sizeof *out->jobs);
    out->jobs[out->count++] = (struct job){is_file, text};
}

static bool setting(struct options *out, const char *name, const char *value)
{
    struct err e = {0};
    if (settings_set(&out->settings, name, value, &e))
        return true;
    struct err said = {0};
    err_set(&said, e.code, "--%s: ", name);
    err_append(&said, "%s", e.message);
    return usage_error("%s", said.message);
}

static bool take(struct options *out, size_t index, const char *value)
{
    const char *name = program_options[index].name;
    struct {
        const char *name;
        bool *flag;
    } flags[] = {{"keep-going", &out->keep_going},
                 {"no-init", &out->no_init},
                 {"offline", &out->offline},
                 {"safe", &out->safe},
                 {"help", &out->help},
                 {"version", &out->version},
                 {"man", &out->man},
                 {"list-examples", &out->examples}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i].name, name) == 0)
            return *flags[i].flag = true;
    if (strcmp(name, "command") == 0 || strcmp(name, "file") == 0)
        add_job(out, name[0] == 'f', value);
    else if (strcmp(name, "load") == 0)
        out->load = value;
    else
        return setting(out, name, value);
    return true;
}

/* Names what was not understood, and what is near it. */
static bool unknown(const char *word)
{
    struct err e = {0};
    struct near near = {0};
    err_set(&e, ERR_UNKNOWN_OPTION, "unknown option %s", word);
    if (strncmp(word, "--", 2) == 0) {
        for (size_t i = 0; i < program_option_count; i++)
            near_offer(&near, word + 2, program_options[i].name);
        for (size_t i = 0; i < near.count; i++)
            err_append(&e, "%s--%s%s", i == 0 ? "; did you mean " : " or ", near.names[i],
                       i + 1 == near.count ? "?" : "");
    }
    return usage_error("%s", e.message);
}

bool options_read(int argc, char **argv, struct options *out)
{
    struct option list[OPTION_MOST] = {{0}};
    /* Files and -c in the order given; a missing value is told apart. */
    char letters[2 * OPTION_MOST + 3] = "-:";
    size_t used = 2;
    for (size_t i = 0; i < program_option_count; i++) {
        const struct program_option *o = &program_options[i];
        list[i] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL,
                                  LONG_ONLY + (int)i};
        if (o->letter)
            letters[used++] = o->letter;
        if (o->letter && o->argument)
            letters[used++] = ':';
    }
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, letters, list, NULL)) != -1;) {
        const char *word = argv[optind - 1];
        if (code == ':')
            return usage_error("%s needs a value", word);
        if (code == '?')
            return unknown(word);
        if (code == 1) {
            add_job(out, true, optarg);
            continue;
        }
        size_t index = (size_t)(code - LONG_ONLY);
        for (size_t i = 0; code < LONG_ONLY && i < program_option_count; i++)
            if (program_options[i].letter == code)
                index = i;
        if (!take(out, index, optarg))
            return false;
    }
    for (; optind < argc; optind++)
        add_job(out, true, argv[optind]);
    return true;
}
