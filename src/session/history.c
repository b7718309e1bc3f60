/* Statement history: kept statement by statement, so that two sessions and a kill lose
 * nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "output.h"
#include "session.h"

enum { ENTRIES_MOST = 10000, NUMBER_WIDTH = 5 };

/* $XDG_STATE_HOME/bilens/history; the caller owns it. NULL: there is no home; one that is named
 * but missing (as those of services are) is not made. */
static char *history_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct text t = TEXT_EMPTY;
    if (state != NULL && state[0] == '/')
        text_printf(&t, "%s/bilens/history", state);
    else if (home != NULL && home[0] == '/' && access(home, X_OK) == 0)
        text_printf(&t, "%s/.local/state/bilens/history", home);
    else
        return NULL;
    return text_take(&t);
}

/* Makes the folders above path. What cannot be made is found out when the file is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

/* Entries are lines. The line ends inside a statement are kept as the unit separator, which
 * nobody types. */
enum { LINE_MARK = 0x1f };

static void exchange(char *s, char from, char to)
{
    for (; *s != '\0'; s++)
        if (*s == from)
            *s = to;
}

void history_start(void)
{
    using_history();
    stifle_history(ENTRIES_MOST);
    char *path = history_path();
    FILE *in = path ? fopen(path, "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; in != NULL && (n = getline(&line, &room, in)) >= 0;) {
        if (n > 0 && line[n - 1] == '\n')
            line[n - 1] = '\0';
        exchange(line, LINE_MARK, '\n');
        add_history(line);
    }
    free(line);
    if (in != NULL)
        fclose(in);
    mem_free(path);
}

/* At the end of the file in one write, so that entries of two sessions never mix. The file is
 * its owner's only, whoever made it. */
static void append_entry(const char *statement)
{
    char *path = history_path();
    struct text entry = TEXT_EMPTY;
    text_add(&entry, statement);
    text_add_char(&entry, '\n');
    if (path != NULL) {
        exchange(entry.data, '\n', LINE_MARK);
        entry.data[entry.length - 1] = '\n';
        make_folders(path);
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0) {
            fchmod(fd, 0600);
            outfile_write_all(fd, entry.data, entry.length);
            close(fd);
        }
    }
    text_done(&entry);
    mem_free(path);
}

void history_keep(const char *statement, bool file)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last != NULL && strcmp(last->line, statement) == 0)
        return;
    add_history(statement);
    if (file)
        append_entry(statement);
}

void history_report(size_t most, struct report *r)
{
    struct text t = TEXT_EMPTY;
    int first = history_length > (int)most ? history_length - (int)most : 0;
    for (int i = first; i < history_length; i++) {
        HIST_ENTRY *entry = history_get(history_base + i);
        if (entry != NULL)
            text_printf(&t, "%s%*d  %s", i > first ? "\n" : "", NUMBER_WIDTH, i + 1, entry->line);
    }
    if (t.length > 0)
        report_add(r, BLOCK_TEXT)->text = text_take(&t);
}
