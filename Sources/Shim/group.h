#pragma once

// Puts the process into a control group, whose open file of processes `descriptor` is, and closes that; -1 for no group.
// Returns whether it is in, and says on standard error why not.
//
// makima has opened the file: the kernel goes by what makima may do, not by what a sandbox may.
int join_group(int descriptor);
