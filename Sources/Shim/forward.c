#define _GNU_SOURCE
#include "forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 128, PIECE = 32 << 10 };

// One way of a connection. It holds at most one piece, so that a slow reader slows the writer down.
struct way {
    int source, target;
    size_t begin, end;
    int ended, closed;
    char bytes[PIECE];
};

struct connection {
    int used;
    struct way ways[2];
};

static struct connection connections[MOST_CONNECTIONS];

int listen_on_loopback(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (listener < 0) return -1;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 64) == 0) return listener;
    close(listener);
    return -1;
}

static int connect_to_proxy(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PROXY_SOCKET};
    int proxy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (proxy < 0) return -1;
    if (connect(proxy, (struct sockaddr *)&address, sizeof address) == 0) return proxy;
    close(proxy);
    return -1;
}

static struct connection *free_place(void) {
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
        if (!connections[i].used) return connections + i;
    }
    return NULL;
}

static void begin_way(struct way *way, int source, int target) {
    way->source = source;
    way->target = target;
    way->begin = way->end = 0;
    way->ended = way->closed = 0;
}

static void take_connection(int listener) {
    struct connection *place = free_place();
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) return;
    int proxy = connect_to_proxy();
    if (!place || proxy < 0) {
        close(client);
        if (proxy >= 0) close(proxy);
        return;
    }
    place->used = 1;
    begin_way(&place->ways[0], client, proxy);
    begin_way(&place->ways[1], proxy, client);
}

static void end_connection(struct connection *connection) {
    close(connection->ways[0].source);
    close(connection->ways[0].target);
    connection->used = 0;
}

// Returns 0 when the way is broken.
static int carry(struct way *way) {
    if (way->begin == way->end && !way->ended) {
        ssize_t count = recv(way->source, way->bytes, PIECE, MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return 0;
        if (count == 0) way->ended = 1;
        way->begin = 0;
        way->end = count > 0 ? (size_t)count : 0;
    }
    while (way->begin < way->end) {
        ssize_t count = send(way->target, way->bytes + way->begin, way->end - way->begin, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        way->begin += (size_t)count;
    }
    if (way->ended && !way->closed) {
        way->closed = 1;
        shutdown(way->target, SHUT_WR);
    }
    return 1;
}

// A side of which nothing is wanted is left out: that it has gone would be reported again and again.
static struct pollfd wanted(const struct connection *connection, int side) {
    const struct way *from = &connection->ways[side], *to = &connection->ways[1 - side];
    short events = 0;
    if (from->begin == from->end && !from->ended) events |= POLLIN;
    if (to->begin < to->end) events |= POLLOUT;
    return (struct pollfd){events ? from->source : -1, events, 0};
}

static void forward_once(int listener) {
    static struct pollfd polled[1 + 2 * MOST_CONNECTIONS];
    polled[0] = (struct pollfd){free_place() ? listener : -1, POLLIN, 0};
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
        for (int side = 0; side < 2; side++) {
            polled[1 + 2 * i + side] =
                connections[i].used ? wanted(connections + i, side) : (struct pollfd){-1, 0, 0};
        }
    }
    if (poll(polled, sizeof polled / sizeof *polled, -1) <= 0) return;
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
        struct connection *connection = connections + i;
        if (!connection->used || !(polled[1 + 2 * i].revents | polled[2 + 2 * i].revents)) continue;
        int works = carry(&connection->ways[0]) && carry(&connection->ways[1]);
        if (!works || (connection->ways[0].closed && connection->ways[1].closed)) end_connection(connection);
    }
    if (polled[0].revents) take_connection(listener);
}

pid_t start_forwarder(int listener) {
    pid_t shim = getpid();
    pid_t forwarder = fork();
    if (forwarder != 0) return forwarder;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != shim) _exit(0);
    // Whoever waits for the end of something that the shim holds must not wait for this process.
    if (listener > 0) close_range(0, listener - 1, 0);
    close_range(listener + 1, ~0U, 0);
    for (;;) forward_once(listener);
}
