#include "descendants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_AT_ONCE = 4096,  // what is beyond is found in the next pass
    PASSES = 60,
    LONGEST_WAIT_MS = 100,  // with PASSES, some 5 s altogether
};

static pid_t found[MOST_AT_ONCE];
static int found_count;

// The kernel lists the children of each thread on its own.
static void find_children_of_thread(int thread) {
    int file = openat(thread, "children", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[4096];
    pid_t pid = 0;
    ssize_t count;
    while ((count = read(file, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            if (pid > 0 && found_count < MOST_AT_ONCE) found[found_count++] = pid;
            pid = 0;
        }
    }
    close(file);
}

static void find_children(pid_t parent) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *threads = opendir(path);
    if (!threads) return;
    struct dirent *entry;
    while ((entry = readdir(threads))) {
        if (entry->d_name[0] == '.') continue;
        int thread = openat(dirfd(threads), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (thread < 0) continue;
        find_children_of_thread(thread);
        close(thread);
    }
    closedir(threads);
}

// Stops every process before it looks for its children, so that none is made behind its back, then kills from the leaves
// up. The number of a stopped parent's child cannot be given away: nobody reaps it.
static void kill_found_tree(void) {
    found_count = 0;
    find_children(getpid());
    for (int i = 0; i < found_count; i++) {
        kill(found[i], SIGSTOP);
        find_children(found[i]);
    }
    for (int i = found_count - 1; i >= 0; i--) kill(found[i], SIGKILL);
}

static void wait_for_a_child(int signals, int milliseconds) {
    struct pollfd polled = {signals, POLLIN, 0};
    if (poll(&polled, 1, milliseconds) <= 0) return;
    struct signalfd_siginfo ignored;
    while (read(signals, &ignored, sizeof ignored) > 0) {}
}

int kill_descendants(int signals, int *ended) {
    int wait_ms = 1;
    for (int pass = 0; pass < PASSES; pass++) {
        if (getpid() == 1) {
            kill(-1, SIGKILL);
        } else {
            kill_found_tree();
        }
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) {
            if (ended) ++*ended;
        }
        if (reaped < 0 && errno == ECHILD) return 0;
        wait_for_a_child(signals, wait_ms);
        wait_ms = wait_ms * 2 > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait_ms * 2;
    }
    found_count = 0;
    find_children(getpid());
    return found_count;
}
