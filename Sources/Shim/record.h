#pragma once
// What the shim writes about its program, one JSON object a line:
//   {"started":PID,"pipes":[N,N]}                the program runs; PID as the shim sees it
//                                                "pipes": the inodes of those for its output, 0 where it has none
//   {"launch_error":"TEXT","errno":N}            it could not be executed; nothing follows
//   {"exit":N,…} or {"signal":N,…} with          it has ended, and nothing of it is left, but for "survivors":
//     "cause":"exited|interrupted|deadline|owner_lost|killed"
//     "elapsed_ms":N                             on CLOCK_BOOTTIME, from the start of the shim
//     "user_ms":N,"system_ms":N,"max_rss_kib":N  of the program and those of its children that it waited for
//     "survivors":N                              processes that could not be killed, such as those of another user
//     "lost_output":ERRNO                        why output could not be kept; 0 where all was
//   {"cause":"lost",…} with                      the shim was killed, and its guard ended what was left:
//     "elapsed_ms":N,"survivors":N               as above
//     "ended":N                                  how many processes that were
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

// Who ended the program: itself, makima's gentle wish, the deadline, the loss of makima, or makima's blunt wish.
enum cause { EXITED, INTERRUPTED, DEADLINE, OWNER_LOST, KILLED };

struct ending {
    int status;
    enum cause cause;
    int64_t elapsed_ms;
    struct rusage usage;
    int survivors;
    int lost_output;
};

void record_start(int record, pid_t leader, ino_t output, ino_t error_output);
void record_launch_failure(int record, int code);
// Returns when the record is on the disk.
void record_ending(int record, const struct ending *ending);

// What a guard found when its shim was killed.
struct loss {
    int64_t elapsed_ms;
    int ended;
    int survivors;
};

void record_loss(int record, const struct loss *loss);
