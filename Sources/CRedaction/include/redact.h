#pragma once
// Takes secrets out of a stream of bytes, however the stream is cut into pieces.
//
// Where values overlap, the one that begins first is hidden, and of those that begin together the longest; in its place
// stands [redacted:NAME]. Beside the values that are given, keys of well-known forms are hidden. Bytes that may be the
// beginning of a secret are held back until more is known; nothing else is.
#include <stddef.h>

/// What is to be hidden; never changes, so that any number of streams may use it at a time.
struct secrets;

/// Reads names and values, each ended by a NUL, and keeps a copy. NULL where they are none, or there is too little memory.
struct secrets *secrets_make(const char *pairs, size_t count);
void secrets_free(struct secrets *secrets);

/// Takes bytes that may be seen.
typedef void redact_sink(void *context, const unsigned char *bytes, size_t count);

/// One stream.
struct redaction;

/// NULL where there is too little memory. The secrets must outlive it.
struct redaction *redaction_begin(const struct secrets *secrets, redact_sink *sink, void *context);
void redaction_feed(struct redaction *redaction, const void *bytes, size_t count);
/// Gives what is held back to the sink; what follows is a stream of its own.
void redaction_end(struct redaction *redaction);
void redaction_free(struct redaction *redaction);
