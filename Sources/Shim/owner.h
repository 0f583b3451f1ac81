#pragma once
// Who tells the shim what to do: makima, over the control pipe, until it is gone. Then whoever connects to the door takes its
// place: another makima, which then holds the other end of that connection as the first one held that of the pipe.
#include <stdint.h>

enum wish { NOTHING, INTERRUPT, KILL, MORE_INPUT, LAST_INPUT, LEFT };

struct owner {
    int control;  // -1 while there is none
    int door;     // a socket that listens, without blocking; -1 where nobody can take the place
    int lock;     // what a new owner is handed; -1 for none
    int timer;    // fires when nobody has come
    int64_t patience_ms;
};

// Reads what the owner wants; LEFT when it is gone.
enum wish read_owner(struct owner *owner);
// Waits at the door; returns 0 where nobody can come.
int await_owner(struct owner *owner);
// Lets the next one in, if somebody is there.
void greet_owner(struct owner *owner);
// Nobody is let in any more.
void close_door(struct owner *owner);
