#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "descendants.h"
#include "record.h"

enum { SHIM_LOST = 70 };

static int64_t boot_time_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Returns whether the end of the shim is known. It is in a session of its own, so that nobody but its program stops it; then
// it does nothing of what it is there for.
static int wait_for_shim(pid_t shim, int *status) {
    for (;;) {
        if (waitpid(shim, status, WUNTRACED) < 0) {
            if (errno != EINTR) return 0;
        } else if (WIFSTOPPED(*status)) {
            kill(shim, SIGKILL);
        } else {
            return 1;
        }
    }
}

static int guard(const struct options *options, pid_t shim, int64_t started_ms) {
    // makima waits for the end of what it gave the shim.
    close(options->control);
    if (options->ready >= 0) close(options->ready);
    if (options->secrets >= 0) close(options->secrets);
    // Nobody could be let in by it; the lock it keeps.
    if (options->door >= 0) close(options->door);
    int status;
    if (!wait_for_shim(shim, &status)) return SHIM_LOST;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    // The program itself ends with its shim.
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    struct loss loss = {0};
    loss.survivors = kill_descendants(signals, &loss.ended);
    loss.elapsed_ms = boot_time_ms() - started_ms;
    record_loss(options->record, &loss);
    return SHIM_LOST;
}

void divide_from_guard(const struct options *options) {
    int64_t started_ms = boot_time_ms();
    // The program is the same user: it must not look into this process either.
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t shim = fork();
    if (shim > 0) _exit(guard(options, shim, started_ms));
}
