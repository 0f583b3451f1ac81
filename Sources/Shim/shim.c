// makima-shim: the first process of a sandbox, and the parent of an agent where there is none.
//
//   makima-shim --control FD --record FD [--ready FD] [--deadline-ms N] [--grace-ms N] [--proxy PORT]
//               [--max-processes N] [--max-open-files N] [--max-file-bytes N] [--restrict 1 [--writable PATH]…]
//               [--secrets FD] [--group FD] [--input FD] [--door FD --orphan-ms N [--lock FD]] [--terminal 1]
//               -- PROGRAM [ARGUMENT…]
//
// It starts one program, the leader, on the standard descriptors it was given itself, so that what is written goes
// straight into files that outlive everything else. With --secrets the output comes to it instead, and it writes into the
// files what may be stored: whatever becomes of makima, no secret does. It ends the leader when told to, when
// its time is up, or when makima is gone, and when the leader has ended it ends everything that was left behind. Where there
// is no sandbox, a guard stands above it: see guard.h.
//
// --control      the read end of a pipe whose other end only makima holds. 'i' ends the leader gently: SIGINT to its
//                group, SIGTERM after the grace, SIGKILL to everything after another. 'k' kills everything at once. 'w': there
//                is more input, 'e': that is the last. End of file: makima is gone; as 'i', with a short grace, but for --door
// --input        a file, open for reading, from which the leader's standard input comes as it grows: see input.h
// --door         a socket that listens: when makima is gone, another one may take its place there: see owner.h
// --orphan-ms    how long that is waited for; 0, the default, is not at all
// --lock         what the other makima is handed
// --record       a file open for appending: see record.h
// --ready        closed as soon as the record says whether the leader was started
// --deadline-ms  from now, on CLOCK_BOOTTIME: it holds while the machine is suspended, and whatever happens to makima.
//                Then as 'i'. 0, the default, for none
// --grace-ms     5000 by default
// --proxy        only in a sandbox: what connects to this port of 127.0.0.1 reaches makima's proxy, see forward.h
// --max-…        limits of what is started; for processes in a user namespace of its own those in it, else the user's
// --terminal     the standard input is a person's terminal: the leader is put in the foreground of it
// --secrets      a file with names and values, each ended by a NUL: see redact.h
// --group        the open cgroup.procs of a control group, which the shim enters first of all, and so everything: see group.h
// --restrict     only in a sandbox: the leader writes beneath --writable alone, see landlock.h
//
// Exit status: 0 when the record is written, 127 when the leader could not be executed, 64 for a wrong command line, 70
// when the system refuses what is needed.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "descendants.h"
#include "forward.h"
#include "group.h"
#include "guard.h"
#include "input.h"
#include "landlock.h"
#include "options.h"
#include "owner.h"
#include "record.h"
#include "streams.h"

enum { RECORDED = 0, WRONG_USAGE = 64, REFUSED = 70, NOT_EXECUTED = 127 };
enum { OWNER_LOST_GRACE_MS = 2000 };
enum { BUSY_TRIES = 300, BUSY_PAUSE_US = 10000 };

// How far the ending of the leader has come.
enum stage { RUNNING, ASKED, TOLD, FORCED };

struct shim {
    struct options options;
    int signals, deadline, grace;
    int launch;  // readable when the leader was executed or could not be; -1 afterwards
    pid_t leader;
    int proxy;        // listens for what goes to the proxy; -1 for none
    pid_t forwarder;  // 0 for none
    struct streams streams;
    struct input input;
    struct owner owner;
    enum stage stage;
    struct ending ending;
    int64_t started_ms;
};

static int64_t boot_time_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// 0 disarms.
static void arm(int timer, int64_t milliseconds) {
    struct itimerspec once = {.it_value = {milliseconds / 1000, (milliseconds % 1000) * 1000000}};
    timerfd_settime(timer, 0, &once, NULL);
}

static void close_once(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

static void limit(int resource, int64_t most) {
    struct rlimit limit;
    if (most <= 0 || getrlimit(resource, &limit) != 0) return;
    // What is lower already stays so.
    if (limit.rlim_max > (rlim_t)most) limit.rlim_max = (rlim_t)most;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

static void set_limits(const struct options *options) {
    // Memory holds keys. With one byte nothing is dumped, neither to a file nor to a program that the kernel starts.
    struct rlimit least = {1, 1};
    setrlimit(RLIMIT_CORE, &least);
    limit(RLIMIT_NPROC, options->processes);
    limit(RLIMIT_NOFILE, options->open_files);
    limit(RLIMIT_FSIZE, options->file_bytes);
}

// The leader has a session of its own; on a person's terminal, a group of its own in the foreground instead.
static void begin_group(const struct options *options) {
    if (!options->on_terminal) {
        setsid();
        return;
    }
    setpgid(0, 0);
    // All signals are blocked still, so that this does not stop it.
    tcsetpgrp(STDIN_FILENO, getpid());
}

// Returns when the program cannot be executed, with errno. One that was written just now is said to be busy while a child of
// the writer, between its fork and its exec, still holds the descriptor: that is over in a moment.
static void execute(char **program) {
    for (int tries = 0; tries < BUSY_TRIES; tries++) {
        execvp(program[0], program);
        if (errno != ETXTBSY) return;
        usleep(BUSY_PAUSE_US);
    }
    errno = ETXTBSY;
}

// The leader's half of fork(). Everything but the standard descriptors is closed by exec, `failure` too.
static void become_leader(const struct shim *shim, int failure, pid_t parent) {
    const struct options *options = &shim->options;
    take_streams(&shim->streams);
    take_input(&shim->input);
    begin_group(options);
    set_limits(options);
    if (options->restricts) restrict_writes(options->writable, options->writable_count);
    // Without a sandbox nothing else ends the leader when the shim is killed; the shim may be gone already.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(REFUSED);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execute(options->program);
    int code = errno;
    ssize_t written = write(failure, &code, sizeof code);
    _exit(written == sizeof code ? NOT_EXECUTED : REFUSED);
}

// Returns 0 or an errno. Whether the leader could be executed is seen at `launch`: a file on a dead network disk must not
// keep the deadline from being kept.
static int start_leader(struct shim *shim) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    pid_t self = getpid();
    shim->leader = fork();
    if (shim->leader < 0) return errno;
    if (shim->leader == 0) become_leader(shim, ends[1], self);
    close(ends[1]);
    give_streams(&shim->streams);
    give_input(&shim->input);
    shim->launch = ends[0];
    return 0;
}

static void kill_everything(struct shim *shim) {
    shim->stage = FORCED;
    arm(shim->grace, 0);
    kill(-shim->leader, SIGKILL);
    kill(shim->leader, SIGKILL);
}

static void ask(struct shim *shim, enum stage stage, int signal) {
    shim->stage = stage;
    kill(-shim->leader, signal);
    // A stopped process could not act on it.
    kill(-shim->leader, SIGCONT);
    // At least a millisecond: zero would disarm the timer.
    arm(shim->grace, shim->options.grace_ms > 0 ? shim->options.grace_ms : 1);
}

static void next_stage(struct shim *shim) {
    switch (shim->stage) {
    case RUNNING: ask(shim, ASKED, SIGINT); break;
    case ASKED: ask(shim, TOLD, SIGTERM); break;
    case TOLD:
    case FORCED: kill_everything(shim); break;
    }
}

// The first cause is the one that is recorded.
static void stop(struct shim *shim, enum cause cause) {
    if (shim->stage != RUNNING) return;
    shim->ending.cause = cause;
    next_stage(shim);
}

static void end_orphan(struct shim *shim) {
    close_door(&shim->owner);
    if (shim->options.grace_ms > OWNER_LOST_GRACE_MS) shim->options.grace_ms = OWNER_LOST_GRACE_MS;
    stop(shim, OWNER_LOST);
}

static void hear_owner(struct shim *shim) {
    switch (read_owner(&shim->owner)) {
    case NOTHING: break;
    case INTERRUPT: stop(shim, INTERRUPTED); break;
    case KILL:
        if (shim->stage == RUNNING) shim->ending.cause = KILLED;
        kill_everything(shim);
        break;
    case LAST_INPUT: shim->input.is_last = 1; pump_input(&shim->input); break;
    case MORE_INPUT: pump_input(&shim->input); break;
    case LEFT:
        // It may have died before it said that there is more.
        pump_input(&shim->input);
        if (shim->stage == RUNNING && !await_owner(&shim->owner)) end_orphan(shim);
        break;
    }
}

// Returns 0, or the errno with which the leader could not be executed.
static int read_launch(struct shim *shim) {
    int code = 0;
    ssize_t count = read(shim->launch, &code, sizeof code);
    if (count < 0 && errno == EINTR) return 0;
    close_once(&shim->launch);
    if (count == sizeof code) return code;
    const struct streams *streams = &shim->streams;
    record_start(shim->options.record, shim->leader, streams->each[0].pipe, streams->each[1].pipe);
    close_once(&shim->options.ready);
    return 0;
}

// Reaps whatever has ended; returns whether the leader was among it.
static int reap(struct shim *shim) {
    struct signalfd_siginfo ignored;
    while (read(shim->signals, &ignored, sizeof ignored) > 0) {}
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid <= 0) return 0;
        // Whoever killed it hurt nobody but himself.
        if (pid == shim->forwarder) shim->forwarder = start_forwarder(shim->proxy);
        if (pid != shim->leader) continue;
        shim->ending.status = status;
        shim->ending.usage = usage;
        return 1;
    }
}

static int has_fired(int timer, short events) {
    uint64_t expirations;
    return events && read(timer, &expirations, sizeof expirations) > 0;
}

// One that is being ended is not given to anybody.
static int open_door(const struct shim *shim) {
    return shim->owner.control < 0 && shim->stage == RUNNING ? shim->owner.door : -1;
}

// -1, which poll() passes over, where there is none.
static int source(const struct shim *shim, int number) {
    return shim->streams.are_open ? shim->streams.each[number].source : -1;
}

// Runs until the leader has ended. Returns 0, or the errno with which it could not be executed.
static int supervise(struct shim *shim) {
    for (;;) {
        struct pollfd polled[] = {
            {shim->signals, POLLIN, 0},  {shim->launch, POLLIN, 0}, {shim->owner.control, POLLIN, 0},
            {shim->deadline, POLLIN, 0}, {shim->grace, POLLIN, 0},  {source(shim, 0), POLLIN, 0},
            {source(shim, 1), POLLIN, 0},
            {open_door(shim), POLLIN, 0},
            {shim->owner.timer, POLLIN, 0},
            {shim->input.is_full ? shim->input.pipe : -1, POLLOUT, 0},
        };
        if (poll(polled, sizeof polled / sizeof *polled, -1) < 0) continue;
        // Before the leader is reaped: how it was launched belongs first in the record.
        int failure = polled[1].revents ? read_launch(shim) : 0;
        if (failure != 0) return failure;
        if (polled[0].revents && reap(shim)) {
            if (shim->launch >= 0) failure = read_launch(shim);
            return failure;
        }
        if (has_fired(shim->grace, polled[4].revents)) next_stage(shim);
        if (has_fired(shim->deadline, polled[3].revents)) stop(shim, DEADLINE);
        if (polled[2].revents) hear_owner(shim);
        if (polled[7].revents) greet_owner(&shim->owner);
        if (has_fired(shim->owner.timer, polled[8].revents) && shim->owner.control < 0) end_orphan(shim);
        if (polled[9].revents) pump_input(&shim->input);
        for (int i = 0; i < STREAMS; i++) {
            if (polled[5 + i].revents) pump_stream(&shim->streams, i);
        }
    }
}

// Returns whether programs will reach the proxy, where they shall.
static int open_way_out(struct shim *shim) {
    if (shim->options.proxy == 0) return 1;
    shim->proxy = listen_on_loopback(shim->options.proxy);
    if (shim->proxy >= 0) shim->forwarder = start_forwarder(shim->proxy);
    return shim->proxy >= 0 && shim->forwarder > 0;
}

// Returns whether everything needed is there.
static int prepare(struct shim *shim) {
    // As process 1 of a sandbox the parent is bubblewrap's monitor, without which nobody outside knows of this process;
    // should it be gone already, makima sees that and closes the control pipe. Elsewhere the parent is the guard: makima
    // ends the rest of its group with it.
    if (getpid() == 1) prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // The leader is the same user: it must not look into this process and take its descriptors.
    prctl(PR_SET_DUMPABLE, 0);
    const struct options *options = &shim->options;
    int given[] = {options->control, options->record, options->ready, options->input, options->door, options->lock};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) fcntl(given[i], F_SETFD, FD_CLOEXEC);
    sigset_t all, children;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    shim->signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    shim->deadline = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    shim->grace = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    int orphan = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    shim->owner = (struct owner){options->control, options->door, options->lock, orphan, options->orphan_ms};
    shim->started_ms = boot_time_ms();
    if (options->deadline_ms > 0) arm(shim->deadline, options->deadline_ms);
    return shim->signals >= 0 && shim->deadline >= 0 && shim->grace >= 0 && orphan >= 0;
}

// Returns whether the leader's output will be filtered, where it shall, and its input handed on.
static int prepare_streams(struct shim *shim) {
    const struct options *options = &shim->options;
    if (!open_input(&shim->input, options->input)) return 0;
    return options->secrets < 0 || open_streams(&shim->streams, options->secrets, options->file_bytes);
}

// Nothing of the program is left that could stop its guard once more.
static void wake_guard(void) {
    if (getpid() != 1) kill(getppid(), SIGCONT);
}

int main(int count, char **arguments) {
    struct shim shim = {.launch = -1, .proxy = -1, .stage = RUNNING};
    if (!parse_options(count, arguments, &shim.options)) return WRONG_USAGE;
    if (!join_group(shim.options.group)) return REFUSED;
    // A sandbox ends with its process 1, and everything in it.
    if (getpid() != 1) divide_from_guard(&shim.options);
    if (!prepare(&shim) || !open_way_out(&shim) || !prepare_streams(&shim)) return REFUSED;
    int failure = start_leader(&shim);
    if (failure == 0) {
        pump_input(&shim.input);
        failure = supervise(&shim);
    }
    shim.ending.survivors = kill_descendants(shim.signals, NULL);
    close_streams(&shim.streams);
    shim.ending.lost_output = shim.streams.failure;
    shim.ending.elapsed_ms = boot_time_ms() - shim.started_ms;
    if (failure != 0) {
        record_launch_failure(shim.options.record, failure);
        wake_guard();
        return NOT_EXECUTED;
    }
    record_ending(shim.options.record, &shim.ending);
    wake_guard();
    return RECORDED;
}
