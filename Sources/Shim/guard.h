#pragma once
#include "options.h"

// Divides the process: returns in the child, which becomes the shim. The parent, its guard, never returns.
//
// Without a sandbox the program can kill its shim, and does so with `kill $PPID`. What is left of it then becomes the
// guard's, which ends it and writes into the record that the shim was lost. A shim that is stopped is killed, and so lost too.
// Else the guard ends as the shim does. Where the process cannot be divided, the shim is without a guard.
void divide_from_guard(const struct options *options);
