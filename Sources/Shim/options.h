#pragma once
#include <stdint.h>

// The command line, as described in shim.c.
struct options {
    int control, record, ready;  // ready: -1 for none
    int64_t deadline_ms;         // 0 for none
    int64_t grace_ms;
    char **program;
};

// Returns whether the command line can be understood.
int parse_options(int count, char **arguments, struct options *options);
