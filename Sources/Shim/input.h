#pragma once
// The standard input of a program that reads while it works: what makima appends to a file is handed on from there. So nothing is
// lost, or said twice, whenever makima dies, and the program does not read the end of its input then.
#include <sys/types.h>

struct input {
    int file;   // -1 where the program was given its input once and for all, or has read its end
    int pipe;   // the end that the shim writes, without blocking
    int given;  // the end for the program; -1 when it has it
    off_t done;
    int is_full;  // whether the program has to read before more can be written
    int is_last;  // nothing is appended any more
};

// Returns whether the pipe could be made, where there is a file.
int open_input(struct input *input, int file);
// In the leader: makes the pipe its input.
void take_input(const struct input *input);
// In the shim: lets go of the leader's end.
void give_input(struct input *input);
// Hands on what is there, as far as the program has read; closes the pipe at the end.
void pump_input(struct input *input);
