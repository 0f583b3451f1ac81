#define _GNU_SOURCE
#include "landlock.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of linux/landlock.h, which may be older than the kernel. The numbers are the same on every architecture.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION = 1, PATH_BENEATH = 1 };

struct ruleset {
    uint64_t files, network, scoped;
};

struct beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

enum {
    WRITE_FILE = 1 << 1,
    REMOVE_AND_MAKE = 0x1ff0,  // REMOVE_DIR to MAKE_SYM
    REFER = 1 << 13,           // version 2: before it, nothing can be moved to another directory at all
    TRUNCATE = 1 << 14,        // version 3
    SIGNALS_AND_ABSTRACT_SOCKETS = 3,  // version 6
};

static void allow(int ruleset, int parent, uint64_t rights) {
    struct stat status;
    if (parent < 0 || fstat(parent, &status) != 0) return;
    struct beneath rule = {S_ISDIR(status.st_mode) ? rights : rights & (WRITE_FILE | TRUNCATE), parent};
    syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0);
}

static void allow_path(int ruleset, const char *path, uint64_t rights) {
    int parent = open(path, O_PATH | O_CLOEXEC);
    if (parent < 0) return;
    allow(ruleset, parent, rights);
    close(parent);
}

void restrict_writes(char *const *paths, int count) {
    static const char *const always[] = {"/tmp", "/run", "/dev", "/proc"};
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION);
    if (version < 2) return;
    struct ruleset handled = {.files = WRITE_FILE | REMOVE_AND_MAKE | REFER | (version >= 3 ? TRUNCATE : 0)};
    if (version >= 6) handled.scoped = SIGNALS_AND_ABSTRACT_SOCKETS;
    size_t size = version >= 6 ? sizeof handled : version >= 4 ? 16 : 8;
    int ruleset = (int)syscall(CREATE_RULESET, &handled, size, 0);
    if (ruleset < 0) return;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) allow_path(ruleset, always[i], handled.files);
    for (int i = 0; i < count; i++) allow_path(ruleset, paths[i], handled.files);
    // Scripts open /dev/stdout and /dev/stderr: these are files of the host, beneath nothing that is seen here.
    allow(ruleset, STDOUT_FILENO, handled.files);
    allow(ruleset, STDERR_FILENO, handled.files);
    syscall(RESTRICT_SELF, ruleset, 0);
    close(ruleset);
}
