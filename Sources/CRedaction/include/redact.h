#pragma once
// Takes secrets out of a stream of bytes, however the stream is cut into pieces.
//
// Where values overlap, the one that begins first is hidden, and of those that begin together the longest; in its place
// stands [redacted:NAME]. A text keeps its lines, and a text of JSON its structure. Bytes that may be the beginning of
// a secret are held back until more is known; nothing else is.
#include <stddef.h>

/// What is to be hidden; never changes, so that any number of streams may use it at a time.
struct secrets;

/// Reads forms, names and texts, each ended by a NUL, and keeps a copy. NULL where they are none, or there is too
/// little memory.
///
/// An empty form tells that the text is a value. Any other is that of keys, whose beginning the text is: how many bytes
/// follow at least, and which, each by a letter: `a` letters and digits, `A` capitals and digits, `b` those of Base64,
/// `l` line ends, and `-`, `_` and `.` themselves. After `!` the key is none where a word leads up to it.
struct secrets *secrets_make(const char *listing, size_t count);
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
