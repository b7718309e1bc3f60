/* Not a test: a session as the program's, after the statements that are its arguments; SIGUSR1
 * takes its memory away, for check_exhaustion. */
#include <locale.h>
#include <signal.h>
#include <stddef.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "src/session/session.h"

static void end_memory(int number)
{
    (void)number;
    mem_end_at(1);
}

int main(int argc, char **argv)
{
    struct sigaction act = {.sa_handler = end_memory, .sa_flags = SA_RESTART};
    struct session s;
    struct err e = {0};
    setlocale(LC_CTYPE, "");
    sigaction(SIGUSR1, &act, NULL);
    if (!session_open(&s, &e))
        return 1;
    for (int i = 1; i < argc; i++)
        session_run(&s, argv[i], (struct origin){"-c", 1});
    session_prompt(&s);
    session_close(&s);
    return 0;
}
