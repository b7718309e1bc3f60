/* The manual page, made from the tables of commands and options. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/view/keys.h"
#include "options.h"

/* Text for roff: a hyphen is a minus sign, no line starts with a control character, and lines
 * stay apart. */
static void put(const char *s)
{
    bool start = true;
    for (; *s != '\0'; s++) {
        if (start && (*s == '.' || *s == '\''))
            fputs("\\&", stdout);
        if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '-')
            fputs("\\-", stdout);
        else if (*s == '\'')
            fputs("\\(aq", stdout);
        else if (*s == '^')
            fputs("\\(ha", stdout);
        else if (*s == '\n')
            fputs("\n.br\n", stdout);
        else
            putchar(*s);
        start = *s == '\n';
    }
}

static void put_options(void)
{
    puts(".SH OPTIONS");
    for (size_t i = 0; i < program_option_count; i++) {
        const struct program_option *o = &program_options[i];
        puts(".TP");
        fputs(".B ", stdout);
        if (o->letter)
            printf("\\-%c\\fR,\\fB ", o->letter);
        fputs("\\-\\-", stdout);
        put(o->name);
        if (o->argument)
            printf(" \\fI%s\\fR", o->argument);
        putchar('\n');
        put(o->help);
        puts(".");
    }
}

static void put_keys(void)
{
    puts(".SH KEYS OF THE VIEWS\n"
         "The command view opens an answer full-screen. In the views, where a key is not in all of "
         "them, they are named:");
    for (size_t i = 0; i < key_binding_count; i += key_group(i)) {
        const struct key_binding *b = &key_bindings[i];
        struct text keys = TEXT_EMPTY, views = TEXT_EMPTY;
        key_labels(i, key_group(i), &keys);
        view_names(b->views, &views);
        puts(".TP");
        fputs(".B ", stdout);
        put(text_get(&keys));
        putchar('\n');
        if (b->views != VIEW_ALL)
            printf("(%s) ", text_get(&views));
        put(b->help);
        putchar('\n');
        text_done(&keys);
        text_done(&views);
    }
}

static void put_commands(const struct command_table *table)
{
    puts(".SH COMMANDS\n"
         "A command may be shortened to any beginning that only it has.");
    for (size_t i = 0; i < table->count; i++) {
        const struct command *c = &table->commands[i];
        printf(".TP\n.B ");
        put(c->name);
        if (c->signature[0] != '\0')
            fputs(" \\fR", stdout);
        put(c->signature);
        putchar('\n');
        put(c->summary);
        puts(".");
        if (c->details[0] != '\0') {
            put(c->details);
            putchar('\n');
        }
        fputs(".br\nExample: \\fB", stdout);
        put(c->example);
        puts("\\fR");
    }
}

void manual_print(const struct command_table *commands)
{
    puts(
        ".TH BILENS 1 \"\" \"bilens " PACKAGE_VERSION "\" \"User Commands\"\n"
        ".SH NAME\n"
        "bilens \\- look into the weights of a transformer\n"
        ".SH SYNOPSIS\n"
        ".B bilens\n"
        "[\\fIoptions\\fR] [\\fIFILE\\fR...]\n"
        ".SH DESCRIPTION\n"
        "Reads a checkpoint, names its matrices, and answers statements with spectra, heatmaps\n"
        "and tables of tokens, drawn in the terminal or written as JSON, CSV, TSV or Markdown.\n"
        "Without \\fIFILE\\fR or \\fB\\-c\\fR it prompts, or, where standard input is no "
        "terminal,\n"
        "runs the statements it reads there.\n"
        "A circuit such as \\fBw_e\\(aq @ qk @ w_e\\fR is a product and is kept as one: its\n"
        "singular values, norm and trace are found without multiplying it out.\n"
        ".SH LANGUAGE\n"
        "A line holds statements separated by \\fB;\\fR, and \\fB#\\fR starts a comment. A\n"
        "statement is a command, \\fIname\\fR = \\fIexpression\\fR, or an expression, which is\n"
        "shown. An open bracket or a trailing \\fB\\e\\fR continues on the next line.\n"
        ".PP\n"
        "\\fBa @ b\\fR is the matrix product, \\fB*\\fR scales or multiplies entry by entry,\n"
        "\\fB\\(aq\\fR transposes. Axes have names (token, resid, head, hidden, pos, comp), and a\n"
        "product checks them: coordinates inside different heads, layers or models do not\n"
        "meet, unless \\fBloose(A)\\fR asks for it. A stack over layers or heads is indexed first: "
        "\\fBqk[0,1]\\fR,\n"
        "\\fB(w_e\\(aq @ qk @ w_e)[..., :256, :256]\\fR. \\fBw_u[\"game\"]\\fR is a token\\(aqs "
        "row.\n"
        "A value bound to the name of a weight is used by expressions; commands about the\n"
        "model use its own weights, and their ledger says which names they passed over.\n"
        "Functions: svd eig cat diag trace norm rank mean abs loose (see \\fBhelp functions\\fR).\n"
        "\\fBd = svd(w_u)\\fR has fields\n"
        "\\fBd.s\\fR, \\fBd.u\\fR, \\fBd.v0\\fR; the command svd binds u, s, v, so that "
        "\\fBu0\\fR\n"
        "is a column. A statement may end in \\fB> \\fIfile\\fR, \\fB>> \\fIfile\\fR or \\fB|\n"
        "\\fIshell command\\fR.");
    put_options();
    put_commands(commands);
    put_keys();
    puts(".SH EXIT STATUS\n"
         "0 if all went well, 1 if a statement failed, 2 for a mistake in the command line,\n"
         "3 if memory ran out so far that nothing more could be told but that: the terminal is "
         "then\n"
         "as it was, no file is half written, and what was typed is in the history.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B BILENS_MODEL_PATH\nFolders, separated by colons, where load looks for models "
         "first.\n"
         ".TP\n.BR HF_HUB_CACHE \", \" HF_HOME \", \" HF_ENDPOINT \", \" HF_TOKEN \", \" "
         "HF_TOKEN_PATH "
         "\", \" HF_HUB_OFFLINE\n"
         "The Hugging Face cache, the hub that models are downloaded from, and the token that a\n"
         "private or gated model needs; as for Python\\(aqs huggingface_hub, like\n"
         ".BR HF_HUB_DISABLE_IMPLICIT_TOKEN ,\n"
         ".B HF_HUB_ETAG_TIMEOUT\nand\n"
         ".BR HF_HUB_DOWNLOAD_TIMEOUT ,\n"
         "the seconds to wait for an answer and for more of it (10).\n"
         ".TP\n.BR NO_COLOR \", \" CLICOLOR \", \" CLICOLOR_FORCE \", \" FORCE_COLOR\n"
         "As usual, where \\fB\\-\\-color\\fR says nothing.\n"
         ".TP\n.BR TERM \", \" COLORTERM\nWhat colours the terminal has.\n"
         ".TP\n.B PAGER\nShows answers longer than the screen, at the prompt; "
         "\\fBless \\-FRX\\fR if not said.\n"
         ".TP\n.B OPENBLAS_NUM_THREADS\nHow many threads compute.\n"
         ".TP\n.B OPENBLAS_CORETYPE\nFor which processor they compute; set by bilens where "
         "OpenBLAS does "
         "not know the one it runs on.\n"
         ".SH FILES\n"
         ".TP\n.I $XDG_CONFIG_HOME/bilens/bilensrc\nStatements run at the start.\n"
         ".TP\n.I $XDG_STATE_HOME/bilens/history\nWhat was typed at the prompt.\n"
         ".SH SEE ALSO\n"
         "The examples installed beside the models: tour.bl is a tutorial.");
}
