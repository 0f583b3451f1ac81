#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "csystem.h"

static int close_with_errno(int descriptor) {
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

// A socket's path may have some hundred bytes only; one that leads through an open directory is always short.
static int bind_in(int directory, const char *name, int listener) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlinkat(directory, name, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) return -1;
    if (fchmodat(directory, name, 0600, 0) != 0) return -1;
    return listen(listener, 64);
}

int cs_unix_listen(const char *directory, const char *name) {
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return close_with_errno(folder);
    int failure = bind_in(folder, name, listener);
    if (failure != 0) close_with_errno(listener);
    close_with_errno(folder);
    return failure == 0 ? listener : -1;
}

int cs_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

static int finish_connecting(int connection, int timeout_ms) {
    struct pollfd polled = {connection, POLLOUT, 0};
    int failure = 0;
    socklen_t size = sizeof failure;
    if (poll(&polled, 1, timeout_ms) <= 0) {
        failure = ETIMEDOUT;
    } else if (getsockopt(connection, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
        failure = errno;
    }
    errno = failure;
    return failure == 0 ? connection : close_with_errno(connection);
}

int cs_tcp_connect(const uint8_t *address, int count, uint16_t port, int timeout_ms) {
    struct sockaddr_in short_one = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 long_one = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int is_short = count == 4;
    if (is_short) {
        memcpy(&short_one.sin_addr, address, 4);
    } else {
        memcpy(&long_one.sin6_addr, address, 16);
    }
    int connection = socket(is_short ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) return -1;
    int failure = is_short ? connect(connection, (struct sockaddr *)&short_one, sizeof short_one)
                           : connect(connection, (struct sockaddr *)&long_one, sizeof long_one);
    if (failure == 0) return connection;
    return errno == EINPROGRESS ? finish_connecting(connection, timeout_ms) : close_with_errno(connection);
}

// Returns whether there was room for it.
static int take_address(const struct sockaddr *address, struct cs_address *addresses, int index, int capacity) {
    if (!address || index >= capacity) return 0;
    struct cs_address *taken = addresses + index;
    if (address->sa_family == AF_INET) {
        taken->count = 4;
        memcpy(taken->bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
        return 1;
    }
    if (address->sa_family != AF_INET6) return 0;
    taken->count = 16;
    memcpy(taken->bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    return 1;
}

int cs_resolve(const char *name, struct cs_address *addresses, int capacity) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found;
    if (getaddrinfo(name, NULL, &hints, &found) != 0) return 0;
    int count = 0;
    for (struct addrinfo *next = found; next; next = next->ai_next)
        count += take_address(next->ai_addr, addresses, count, capacity);
    freeaddrinfo(found);
    return count;
}

int cs_own_addresses(struct cs_address *addresses, int capacity) {
    struct ifaddrs *found;
    if (getifaddrs(&found) != 0) return -1;
    int count = 0;
    for (struct ifaddrs *next = found; next; next = next->ifa_next)
        count += take_address(next->ifa_addr, addresses, count, capacity);
    freeifaddrs(found);
    return count;
}

int cs_set_read_timeout(int descriptor, int seconds) {
    struct timeval time = {.tv_sec = seconds};
    return setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

static int64_t milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int cs_await_readable(int descriptor, int64_t *left) {
    while (*left > 0) {
        int64_t begun = milliseconds_now();
        struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
        int count = poll(&wanted, 1, *left > INT_MAX ? INT_MAX : (int)*left);
        *left -= milliseconds_now() - begun;
        if (count > 0) return 1;
        if (count < 0 && errno != EINTR) return -1;
    }
    return 0;
}

ssize_t cs_send(int descriptor, const void *bytes, size_t count) {
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

int cs_unix_connect(const char *directory, const char *name) {
    int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) return close_with_errno(folder);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
    int wanted = 1;
    // Before anything can be sent: the kernel then says who sent it.
    int failure = setsockopt(connection, SOL_SOCKET, SO_PASSCRED, &wanted, sizeof wanted);
    if (failure == 0) failure = connect(connection, (struct sockaddr *)&address, sizeof address);
    if (failure != 0) close_with_errno(connection);
    close_with_errno(folder);
    return failure == 0 ? connection : -1;
}

static void take_carried(struct msghdr *message, pid_t *sender, int *descriptor) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        if (part->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
            if (credentials.uid == geteuid()) *sender = credentials.pid;
        } else if (part->cmsg_type == SCM_RIGHTS) {
            memcpy(descriptor, CMSG_DATA(part), sizeof *descriptor);
        }
    }
}

int cs_receive_greeting(int connection, int timeout_ms, pid_t *sender, int *descriptor) {
    *sender = 0;
    *descriptor = -1;
    struct pollfd polled = {connection, POLLIN, 0};
    int ready = poll(&polled, 1, timeout_ms);
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) return -1;
    char greeting;
    struct iovec text = {&greeting, 1};
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } carried;
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = carried.bytes, .msg_controllen = sizeof carried.bytes};
    ssize_t count = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (count > 0) take_carried(&message, sender, descriptor);
    if (count > 0 && *sender > 0) return 0;
    if (*descriptor >= 0) close(*descriptor);
    if (count >= 0) errno = ECONNRESET;
    return -1;
}
