#define _GNU_SOURCE
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 64 << 10 };

static void close_once(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

int open_input(struct input *input, int file) {
    *input = (struct input){.file = file, .pipe = -1, .given = -1};
    if (file < 0) return 1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return 0;
    input->given = ends[0];
    input->pipe = ends[1];
    return fcntl(input->pipe, F_SETFL, O_NONBLOCK) == 0;
}

void take_input(const struct input *input) {
    if (input->given >= 0) dup2(input->given, STDIN_FILENO);
}

void give_input(struct input *input) { close_once(&input->given); }

// The program closed its input, or it is at its end.
static void end_input(struct input *input) {
    close_once(&input->pipe);
    close_once(&input->file);
    input->is_full = 0;
}

void pump_input(struct input *input) {
    static char bytes[PIECE];
    while (input->file >= 0) {
        ssize_t count = pread(input->file, bytes, sizeof bytes, input->done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            input->is_full = 0;
            if (count < 0 || input->is_last) end_input(input);
            return;
        }
        ssize_t written = write(input->pipe, bytes, (size_t)count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) {
            input->is_full = 1;
            return;
        }
        if (written < 0) return end_input(input);
        input->done += written;
    }
}
