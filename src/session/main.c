#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/eval.h"
#include "bilens/num/panel.h"
#include "options.h"
#include "output.h"
#include "session.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2 };

static void print_examples(const struct command_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        puts(table->commands[i].example);
    for (size_t i = 0; function_about(i) != NULL; i++)
        puts(function_about(i)->example);
}

/* $XDG_CONFIG_HOME/bilens/bilensrc, if there is one. A mistake in it is told, but does not
 * keep anybody from working. */
static void run_init(struct session *s)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct text path = TEXT_EMPTY;
    if (config != NULL && config[0] == '/')
        text_printf(&path, "%s/bilens/bilensrc", config);
    else if (home != NULL && home[0] == '/')
        text_printf(&path, "%s/.config/bilens/bilensrc", home);
    struct err e = {0};
    if (path.length > 0 && access(path.data, F_OK) == 0)
        session_run_file(s, path.data, &e);
    if (e.code != ERR_NONE)
        output_complain(e.message);
    text_done(&path);
    s->failed = false;
}

/* --load MODEL: the statement that a person would type. At the prompt its answer is shown. */
static bool run_load(struct session *s, const char *model, bool prompt)
{
    struct text t = TEXT_EMPTY;
    text_add(&t, "load \"");
    for (; *model != '\0'; model++) {
        if (*model == '"' || *model == '\\')
            text_add_char(&t, '\\');
        text_add_char(&t, *model);
    }
    text_add(&t, "\"");
    s->quiet = !prompt; /* a script's output is for its own statements */
    bool ok = session_run(s, text_get(&t), (struct origin){"--load", 1});
    s->quiet = false;
    text_done(&t);
    return ok;
}

static bool run_job(struct session *s, const struct job *job)
{
    if (!job->is_file)
        return session_run(s, job->text, (struct origin){"-c", 1});
    if (strcmp(job->text, "-") == 0)
        return session_run_stdin(s);
    struct err e = {0};
    bool ok = session_run_file(s, job->text, &e);
    if (e.code != ERR_NONE) {
        output_complain(e.message);
        s->failed = true;
    }
    return ok;
}

/* Everything the command line asked for. */
static void run_all(struct session *s, const struct options *o)
{
    if (!o->no_init)
        run_init(s);
    bool prompt =
        o->count == 0 && isatty(STDIN_FILENO) && (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO));
    bool ok = o->load == NULL || run_load(s, o->load, prompt) || s->keep_going;
    if (ok && prompt) {
        if (isatty(STDOUT_FILENO) && s->settings.format == FORMAT_TEXT)
            puts("bilens " PACKAGE_VERSION "; help lists the commands, Ctrl-D leaves.");
        session_prompt(s);
        return;
    }
    for (size_t i = 0; ok && !s->ended && i < o->count; i++)
        ok = run_job(s, &o->jobs[i]) || s->keep_going;
    if (ok && !s->ended && o->count == 0)
        session_run_stdin(s);
}

static void on_failed_write(int number)
{
    (void)number;
}

/* A reader that went away and a file that may not grow are errors of write(). A handler, unlike
 * SIG_IGN, is not inherited by the commands that a statement is piped into; signal() would drop
 * it after its first call. */
static void catch_failed_writes(void)
{
    struct sigaction act = {.sa_handler = on_failed_write, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    sigaction(SIGPIPE, &act, NULL);
    sigaction(SIGXFSZ, &act, NULL);
}

/* Starts the program anew where BLAS would else compute with kernels for another processor; by its
 * path, from which its process is named. Where that fails it is only slow. */
static void ask_for_kernels(char **argv)
{
    const char *kernels = blas_better_kernels();
    char path[PATH_MAX];
    ssize_t length = kernels != NULL ? readlink("/proc/self/exe", path, sizeof path - 1) : -1;
    if (length <= 0 || setenv("OPENBLAS_CORETYPE", kernels, 0) != 0)
        return;
    path[length] = '\0';
    execv(path, argv);
    unsetenv("OPENBLAS_CORETYPE");
}

int main(int argc, char **argv)
{
    ask_for_kernels(argv);
    struct options o = {0};
    struct session s;
    struct err e = {0};
    setlocale(LC_CTYPE, "");
    mem_keep_large_blocks();
    catch_failed_writes();
    if (!session_open(&s, &e)) {
        output_complain(e.message);
        return STATUS_FAILED;
    }
    o.settings = s.settings;
    int status = 0;
    if (!options_read(argc, argv, &o))
        status = STATUS_USAGE;
    else if (o.help)
        options_usage();
    else if (o.version)
        puts("bilens " PACKAGE_VERSION);
    else if (o.man)
        manual_print(&s.commands);
    else if (o.examples)
        print_examples(&s.commands);
    else {
        s.settings = o.settings;
        s.keep_going = o.keep_going;
        s.safe = s.host.safe = o.safe;
        s.host.offline = o.offline ? "--offline" : NULL;
        run_all(&s, &o);
        status = s.failed ? STATUS_FAILED : 0;
    }
    bool running = jobs_running(&s.jobs);
    session_close(&s);
    mem_free(o.jobs);
    if (running) { /* a computation that was left: what exit() tears down it still uses */
        fflush(stdout);
        _exit(status);
    }
    return status;
}
