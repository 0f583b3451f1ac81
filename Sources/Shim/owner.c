#define _GNU_SOURCE
#include "owner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void close_once(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

static void arm(int timer, int64_t milliseconds) {
    struct itimerspec once = {.it_value = {milliseconds / 1000, (milliseconds % 1000) * 1000000}};
    timerfd_settime(timer, 0, &once, NULL);
}

enum wish read_owner(struct owner *owner) {
    char command;
    ssize_t count = read(owner->control, &command, 1);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return NOTHING;
    if (count <= 0) {
        close_once(&owner->control);
        return LEFT;
    }
    switch (command) {
    case 'i': return INTERRUPT;
    case 'k': return KILL;
    case 'w': return MORE_INPUT;
    case 'e': return LAST_INPUT;
    default: return NOTHING;
    }
}

int await_owner(struct owner *owner) {
    if (owner->door < 0 || owner->patience_ms <= 0) return 0;
    arm(owner->timer, owner->patience_ms);
    return 1;
}

// Says who the shim is, by the kernel's word for it, and hands the lock over. Returns whether that was sent.
static int introduce(const struct owner *owner, int connection) {
    char greeting = 'h';
    struct iovec text = {&greeting, 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } carried;
    memset(&carried, 0, sizeof carried);
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    if (owner->lock >= 0) {
        message.msg_control = carried.bytes;
        message.msg_controllen = sizeof carried.bytes;
        carried.header.cmsg_level = SOL_SOCKET;
        carried.header.cmsg_type = SCM_RIGHTS;
        carried.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&carried.header), &owner->lock, sizeof(int));
    }
    return sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

void greet_owner(struct owner *owner) {
    int connection = accept4(owner->door, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) return;
    if (!introduce(owner, connection)) {
        close(connection);
        return;
    }
    owner->control = connection;
    arm(owner->timer, 0);
}

void close_door(struct owner *owner) { close_once(&owner->door); }
