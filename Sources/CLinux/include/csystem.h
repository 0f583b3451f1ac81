#pragma once
// The system calls that Swift's Glibc module does not show, because it is built without _GNU_SOURCE.
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

/// posix_spawn_file_actions_addclosefrom_np
int cs_add_close_from(posix_spawn_file_actions_t *actions, int lowest);
/// posix_spawn_file_actions_addchdir_np
int cs_add_chdir(posix_spawn_file_actions_t *actions, const char *path);
/// Gives the process a session of its own, default signals and an empty signal mask; 0 or an errno
int cs_set_fresh_session(posix_spawnattr_t *attributes);
/// Gives the process default signals and an empty signal mask in the session of its parent; 0 or an errno
int cs_set_same_session(posix_spawnattr_t *attributes);
/// Puts the calling process in the foreground of its terminal; 0 or -1 with errno
int cs_take_terminal(int descriptor);
/// The version of Landlock that this kernel has; 0 for none
int cs_landlock_version(void);

/// pipe2(O_CLOEXEC); 0 or -1 with errno
int cs_pipe(int descriptors[2]);
/// A copy of `descriptor` numbered `lowest` or higher, closed on exec; -1 with errno
int cs_duplicate(int descriptor, int lowest);
/// Switches a descriptor to non-blocking reads; 0 or -1 with errno
int cs_set_nonblocking(int descriptor);
/// An anonymous file in memory that holds `count` bytes, is positioned at its start and can never be changed; -1 with
/// errno
int cs_sealed_file(const void *bytes, size_t count);
/// Reserves `size` bytes on disk for a file without changing its length; 0 or -1 with errno
int cs_reserve(int descriptor, off_t size);

/// epoll_create1(EPOLL_CLOEXEC); -1 with errno
int cs_epoll_open(void);
/// What a descriptor is watched for; that its other end is closed is always reported
enum cs_readiness { cs_nothing, cs_reading, cs_writing };
/// Reports `descriptor` as `token` as long as it is ready as wanted, or its other end is closed; 0 or -1 with errno
int cs_epoll_add(int epoll, int descriptor, uint64_t token, enum cs_readiness readiness);
/// Changes what is reported of a descriptor; 0 or -1 with errno
int cs_epoll_change(int epoll, int descriptor, uint64_t token, enum cs_readiness readiness);
/// Ends reporting a descriptor, which must still be open; 0 or -1 with errno
int cs_epoll_remove(int epoll, int descriptor);
/// Waits until something is to be reported; the number of tokens, or -1 with errno
int cs_epoll_wait(int epoll, uint64_t *tokens, int capacity);
/// eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK): what one thread writes wakes another one; -1 with errno
int cs_eventfd_open(void);

/// A descriptor that becomes readable when the process has ended; -1 with errno
int cs_pidfd_open(pid_t pid);
/// A timer on CLOCK_BOOTTIME, which goes on while the machine is suspended; readable once it fired; -1 with errno
int cs_timer_open(void);
/// Lets the timer fire once, `nanoseconds` from now; 0 or -1 with errno
int cs_timer_arm(int timer, uint64_t nanoseconds);

/// inotify_init1(IN_CLOEXEC | IN_NONBLOCK)
int cs_inotify_open(void);
/// Watches a file for being modified; the watch or -1 with errno
int cs_inotify_watch_modify(int descriptor, const char *path);

/// An address of IPv4 (4 bytes) or IPv6 (16 bytes)
struct cs_address {
    uint8_t bytes[16];
    int count;
};

/// A socket that listens at `name` in `directory`, for this user alone; what was there is removed; -1 with errno
int cs_unix_listen(const char *directory, const char *name);
/// Connects to the socket at `name` in `directory`; -1 with errno. Such a connection does not block
int cs_unix_connect(const char *directory, const char *name);
/// Waits for the first byte of such a connection: who sent it, a process of this user's, and the descriptor that came with
/// it, -1 for none; 0, or -1 with errno
int cs_receive_greeting(int connection, int timeout_ms, pid_t *sender, int *descriptor);
/// pidfd_send_signal; 0 or -1 with errno
int cs_pidfd_signal(int pidfd, int signal);
/// The next connection; -1 with errno
int cs_accept(int listener);
/// A non-blocking connection; -1 with errno
int cs_tcp_connect(const uint8_t *address, int count, uint16_t port, int timeout_ms);
/// Looks a name up once, as long as that takes; the number of addresses
int cs_resolve(const char *name, struct cs_address *addresses, int capacity);
/// The addresses of this machine's devices; their number, or -1 with errno
int cs_own_addresses(struct cs_address *addresses, int capacity);
/// Lets reads of a socket fail with EAGAIN after this time; 0 or -1 with errno
int cs_set_read_timeout(int descriptor, int seconds);
/// Waits until there is something to read, for `left` milliseconds, of which it takes away how long it waited; 1, 0 where
/// nothing came, or -1 with errno
int cs_await_readable(int descriptor, int64_t *left);
/// send(MSG_NOSIGNAL)
ssize_t cs_send(int descriptor, const void *bytes, size_t count);
