#pragma once
#include <sys/types.h>

// Where a sandbox without network finds makima's proxy.
#define PROXY_SOCKET "/run/makima/network/proxy"

// Listens on 127.0.0.1; returns the socket, or -1.
int listen_on_loopback(int port);
// Starts a process that hands every connection of the listener to the proxy; returns its number, or -1.
pid_t start_forwarder(int listener);
