#define _GNU_SOURCE
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 << 10, MOST_SECRETS = 16 << 20 };

static void close_once(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

// Returns 0, or the errno with which not all could be written.
static int write_all(int target, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(target, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static void write_gathered(struct stream *stream) {
    size_t count = stream->count;
    stream->count = 0;
    if (stream->source < 0 || count == 0) return;
    int failure = 0;
    if (stream->room >= 0 && (int64_t)count > stream->room) {
        count = (size_t)stream->room;
        failure = EFBIG;
    }
    int written = write_all(stream->target, stream->gathered, count);
    if (stream->room >= 0) stream->room -= (int64_t)count;
    if (written != 0) failure = written;
    if (failure == 0) return;
    *stream->failure = failure;
    close_once(&stream->source);
}

// The sink of a stream.
static void gather(void *context, const unsigned char *bytes, size_t count) {
    struct stream *stream = context;
    while (count > 0) {
        size_t fitting = PIECE - stream->count < count ? PIECE - stream->count : count;
        memcpy(stream->gathered + stream->count, bytes, fitting);
        stream->count += fitting;
        bytes += fitting;
        count -= fitting;
        if (stream->count == PIECE) write_gathered(stream);
    }
}

static struct secrets *read_secrets(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || status.st_size > MOST_SECRETS) return NULL;
    size_t size = (size_t)status.st_size, done = 0;
    char *listing = malloc(size + 1);
    if (!listing) return NULL;
    while (done < size) {
        ssize_t count = pread(descriptor, listing + done, size - done, (off_t)done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        done += (size_t)count;
    }
    struct secrets *secrets = done == size ? secrets_make(listing, size) : NULL;
    free(listing);
    return secrets;
}

static int open_stream(struct streams *streams, int number, const struct secrets *secrets) {
    struct stream *stream = &streams->each[number];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return 0;
    stream->source = ends[0];
    stream->given = ends[1];
    struct stat status;
    if (fstat(stream->source, &status) != 0) return 0;
    stream->pipe = status.st_ino;
    // The program can read from its own pipe, and so take away what was seen to be there.
    if (fcntl(stream->source, F_SETFL, O_NONBLOCK) != 0) return 0;
    stream->failure = &streams->failure;
    stream->gathered = malloc(PIECE);
    stream->redaction = redaction_begin(secrets, gather, stream);
    return stream->gathered && stream->redaction;
}

int open_streams(struct streams *streams, int descriptor, int64_t most_bytes) {
    const struct secrets *secrets = read_secrets(descriptor);
    close(descriptor);
    if (!secrets) return 0;
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &streams->each[i];
        *stream = (struct stream){.source = -1, .given = -1, .target = i + 1};
        stream->room = most_bytes > 0 ? most_bytes : -1;
        if (!open_stream(streams, i, secrets)) return 0;
    }
    streams->are_open = 1;
    return 1;
}

void take_streams(const struct streams *streams) {
    for (int i = 0; streams->are_open && i < STREAMS; i++) dup2(streams->each[i].given, i + 1);
}

void give_streams(struct streams *streams) {
    for (int i = 0; streams->are_open && i < STREAMS; i++) close_once(&streams->each[i].given);
}

// Returns whether more may be there.
static int pump(struct stream *stream) {
    static unsigned char bytes[PIECE];
    ssize_t count = read(stream->source, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count > 0) {
        redaction_feed(stream->redaction, bytes, (size_t)count);
    } else {
        redaction_end(stream->redaction);
    }
    write_gathered(stream);
    if (count <= 0) close_once(&stream->source);
    return stream->source >= 0;
}

void pump_stream(struct streams *streams, int number) {
    if (streams->each[number].source >= 0) pump(&streams->each[number]);
}

void close_streams(struct streams *streams) {
    for (int i = 0; streams->are_open && i < STREAMS; i++) {
        struct stream *stream = &streams->each[i];
        int left = 0;
        // No more than is there now: one who could not be killed may write for ever.
        if (stream->source >= 0 && ioctl(stream->source, FIONREAD, &left) != 0) left = 0;
        for (; left > 0 && stream->source >= 0; left -= PIECE) {
            if (!pump(stream)) break;
        }
        if (stream->source < 0) continue;
        redaction_end(stream->redaction);
        write_gathered(stream);
        close_once(&stream->source);
    }
}
