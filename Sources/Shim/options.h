#pragma once
#include <stdint.h>

enum { MOST_WRITABLE = 256 };

// The command line, as described in shim.c.
struct options {
    int control, record, ready;  // ready: -1 for none
    int secrets;                 // -1 for none
    int input, door, lock, group;  // -1 for none
    int proxy;                   // a port; 0 for none
    int64_t deadline_ms;         // 0 for none
    int64_t grace_ms;
    int64_t orphan_ms;  // 0 for none
    int64_t processes, open_files, file_bytes;  // 0 for no limit
    int restricts, on_terminal;
    int writable_count;
    char *writable[MOST_WRITABLE];
    char **program;
};

// Returns whether the command line can be understood.
int parse_options(int count, char **arguments, struct options *options);
