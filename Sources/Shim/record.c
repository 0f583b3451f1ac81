#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// A line that cannot be written is seen by its absence: there is nobody else to tell.
static void append(int record, const char *line) {
    size_t rest = strlen(line);
    while (rest > 0) {
        ssize_t written = write(record, line, rest);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        line += written;
        rest -= (size_t)written;
    }
}

void record_start(int record, pid_t leader, ino_t output, ino_t error_output) {
    char line[128];
    snprintf(line, sizeof line, "{\"started\":%d,\"pipes\":[%llu,%llu]}\n", (int)leader, (unsigned long long)output,
             (unsigned long long)error_output);
    append(record, line);
}

void record_launch_failure(int record, int code) {
    char line[160];
    snprintf(line, sizeof line, "{\"launch_error\":\"%s\",\"errno\":%d}\n", strerror(code), code);
    append(record, line);
    fdatasync(record);
}

static const char *name_of(enum cause cause) {
    switch (cause) {
    case EXITED: return "exited";
    case INTERRUPTED: return "interrupted";
    case DEADLINE: return "deadline";
    case OWNER_LOST: return "owner_lost";
    case KILLED: return "killed";
    }
    return "exited";
}

static long long milliseconds(struct timeval time) { return (long long)time.tv_sec * 1000 + time.tv_usec / 1000; }

void record_ending(int record, const struct ending *ending) {
    int by_signal = WIFSIGNALED(ending->status);
    char line[320];
    snprintf(line, sizeof line,
             "{\"%s\":%d,\"cause\":\"%s\",\"elapsed_ms\":%lld,\"user_ms\":%lld,\"system_ms\":%lld,"
             "\"max_rss_kib\":%ld,\"survivors\":%d,\"lost_output\":%d}\n",
             by_signal ? "signal" : "exit", by_signal ? WTERMSIG(ending->status) : WEXITSTATUS(ending->status),
             name_of(ending->cause), (long long)ending->elapsed_ms, milliseconds(ending->usage.ru_utime),
             milliseconds(ending->usage.ru_stime), ending->usage.ru_maxrss, ending->survivors,
             ending->lost_output);
    append(record, line);
    fdatasync(record);
}

void record_loss(int record, const struct loss *loss) {
    char line[160];
    snprintf(line, sizeof line, "{\"cause\":\"lost\",\"elapsed_ms\":%lld,\"ended\":%d,\"survivors\":%d}\n",
             (long long)loss->elapsed_ms, loss->ended, loss->survivors);
    append(record, line);
    fdatasync(record);
}
