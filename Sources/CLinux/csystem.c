#define _GNU_SOURCE
#include "csystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int cs_add_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int cs_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

static int set_session(posix_spawnattr_t *attributes, short flags) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (failure == 0) failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure != 0) return failure;
    return posix_spawnattr_setflags(attributes, flags | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

int cs_set_fresh_session(posix_spawnattr_t *attributes) { return set_session(attributes, POSIX_SPAWN_SETSID); }

int cs_set_same_session(posix_spawnattr_t *attributes) { return set_session(attributes, 0); }

int cs_take_terminal(int descriptor) {
    // A process in the background that does this is stopped, unless it ignores the signal.
    void (*former)(int) = signal(SIGTTOU, SIG_IGN);
    int failure = tcsetpgrp(descriptor, getpgrp());
    signal(SIGTTOU, former);
    return failure;
}

int cs_landlock_version(void) {
    // landlock_create_ruleset(…, LANDLOCK_CREATE_RULESET_VERSION): the number is the same on every architecture.
    long version = syscall(444, NULL, 0, 1);
    return version > 0 ? (int)version : 0;
}

int cs_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

int cs_duplicate(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest); }

int cs_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int cs_sealed_file(const void *bytes, size_t count) {
    int file = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (write_all(file, bytes, count) == 0 && lseek(file, 0, SEEK_SET) == 0 && fcntl(file, F_ADD_SEALS, seals) == 0)
        return file;
    int failure = errno;
    close(file);
    errno = failure;
    return -1;
}

int cs_reserve(int descriptor, off_t size) { return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, size); }

int cs_epoll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int change(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

static uint32_t events_of(enum cs_readiness readiness) {
    switch (readiness) {
    case cs_nothing: return 0;
    case cs_reading: return EPOLLIN;
    case cs_writing: return EPOLLOUT;
    }
    return 0;
}

int cs_epoll_add(int epoll, int descriptor, uint64_t token, enum cs_readiness readiness) {
    return change(epoll, EPOLL_CTL_ADD, descriptor, events_of(readiness), token);
}

int cs_epoll_change(int epoll, int descriptor, uint64_t token, enum cs_readiness readiness) {
    return change(epoll, EPOLL_CTL_MOD, descriptor, events_of(readiness), token);
}

int cs_epoll_remove(int epoll, int descriptor) { return change(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int cs_epoll_wait(int epoll, uint64_t *tokens, int capacity) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, -1);
    for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
    return count;
}

int cs_eventfd_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int cs_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cs_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int cs_timer_open(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int cs_timer_arm(int timer, uint64_t nanoseconds) {
    // A value of zero would disarm it.
    if (nanoseconds == 0) nanoseconds = 1;
    struct itimerspec once = {
        .it_value = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)},
    };
    return timerfd_settime(timer, 0, &once, NULL);
}

int cs_inotify_open(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int cs_inotify_watch_modify(int descriptor, const char *path) {
    return inotify_add_watch(descriptor, path, IN_MODIFY);
}
