#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_number(const char *text, int64_t *number) {
    if (*text < '0' || *text > '9') return 0;
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && *end == 0;
}

static int take_writable(char *path, struct options *options) {
    if (options->writable_count == MOST_WRITABLE) return 0;
    options->writable[options->writable_count++] = path;
    return 1;
}

static int parse_option(const char *name, char *value, struct options *options) {
    int64_t number;
    if (strcmp(name, "--writable") == 0) return take_writable(value, options);
    if (!parse_number(value, &number)) return 0;
    if (strcmp(name, "--deadline-ms") == 0) {
        options->deadline_ms = number;
    } else if (strcmp(name, "--grace-ms") == 0) {
        options->grace_ms = number;
    } else if (strcmp(name, "--orphan-ms") == 0) {
        options->orphan_ms = number;
    } else if (strcmp(name, "--max-processes") == 0) {
        options->processes = number;
    } else if (strcmp(name, "--max-open-files") == 0) {
        options->open_files = number;
    } else if (strcmp(name, "--max-file-bytes") == 0) {
        options->file_bytes = number;
    } else if (number > 1 << 20) {
        return 0;
    } else if (strcmp(name, "--terminal") == 0) {
        options->on_terminal = number != 0;
    } else if (strcmp(name, "--restrict") == 0) {
        options->restricts = number != 0;
    } else if (strcmp(name, "--proxy") == 0) {
        options->proxy = (int)number;
    } else if (strcmp(name, "--control") == 0) {
        options->control = (int)number;
    } else if (strcmp(name, "--record") == 0) {
        options->record = (int)number;
    } else if (strcmp(name, "--ready") == 0) {
        options->ready = (int)number;
    } else if (strcmp(name, "--secrets") == 0) {
        options->secrets = (int)number;
    } else if (strcmp(name, "--input") == 0) {
        options->input = (int)number;
    } else if (strcmp(name, "--door") == 0) {
        options->door = (int)number;
    } else if (strcmp(name, "--lock") == 0) {
        options->lock = (int)number;
    } else if (strcmp(name, "--group") == 0) {
        options->group = (int)number;
    } else {
        return 0;
    }
    return 1;
}

int parse_options(int count, char **arguments, struct options *options) {
    *options = (struct options){.control = -1, .record = -1, .ready = -1, .secrets = -1, .group = -1,
                                .input = -1, .door = -1, .lock = -1};
    options->grace_ms = 5000;
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--") == 0) {
            options->program = arguments + i + 1;
            return options->control >= 0 && options->record >= 0;
        }
        if (!parse_option(arguments[i], arguments[i + 1], options)) return 0;
    }
    return 0;
}
