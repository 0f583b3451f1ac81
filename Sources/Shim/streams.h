#pragma once
// The output of the leader where it holds secrets: through a pipe for each stream, and filtered into the spool.
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "redact.h"

enum { STREAMS = 2 };

struct stream {
    int source;  // the end that the shim reads; -1 when nothing comes any more
    int target;  // the spool's file
    int given;   // the end for the leader; -1 when it has it
    ino_t pipe;
    int64_t room;  // how much may still be written; -1 for no limit
    struct redaction *redaction;
    unsigned char *gathered;
    size_t count;
    int *failure;  // that of all streams
};

struct streams {
    int are_open;  // 0 where the leader writes into the files itself
    struct stream each[STREAMS];
    int failure;  // why output was lost: an errno, or 0
};

// Reads the secrets from the start of `descriptor`, closes it and makes the pipes. Returns whether that could be done.
int open_streams(struct streams *streams, int descriptor, int64_t most_bytes);
// In the leader: makes the pipes its output.
void take_streams(const struct streams *streams);
// In the shim: lets go of the leader's ends.
void give_streams(struct streams *streams);
// Takes what is there of one stream. Where it cannot be kept the pipe is closed, which the leader sees.
void pump_stream(struct streams *streams, int number);
// Takes what is there now, however many still hold the pipes, and closes them.
void close_streams(struct streams *streams);
