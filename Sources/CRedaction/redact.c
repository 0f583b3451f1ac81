#include "redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PATTERNS = UINT16_MAX, PIECE = 64 << 10, CONTEXT = 2 };

// What a byte may be in a key.
enum { LETTER_OR_DIGIT = 1, CAPITAL_OR_DIGIT = 2, DASH = 4, UNDERSCORE = 8, BASE64 = 16, LINE_END = 32 };
enum { WORD = LETTER_OR_DIGIT | DASH | UNDERSCORE };

// Keys that can be told by how they begin: then come `least` or more bytes of the given kinds.
struct shape {
    const char *name, *prefix;
    size_t least;
    int kinds;
    int alone;  // only where no word leads up to it
};

static const struct shape shapes[] = {
    {"anthropic-key", "sk-ant-", 20, WORD, 0},
    {"api-key", "sk-", 40, WORD, 1},
    {"github-token", "ghp_", 30, LETTER_OR_DIGIT, 0},
    {"github-token", "gho_", 30, LETTER_OR_DIGIT, 0},
    {"github-token", "ghu_", 30, LETTER_OR_DIGIT, 0},
    {"github-token", "ghs_", 30, LETTER_OR_DIGIT, 0},
    {"github-token", "ghr_", 30, LETTER_OR_DIGIT, 0},
    {"github-token", "github_pat_", 30, LETTER_OR_DIGIT | UNDERSCORE, 0},
    {"gitlab-token", "glpat-", 20, WORD, 0},
    {"slack-token", "xoxb-", 20, LETTER_OR_DIGIT | DASH, 0},
    {"slack-token", "xoxp-", 20, LETTER_OR_DIGIT | DASH, 0},
    {"aws-key", "AKIA", 16, CAPITAL_OR_DIGIT, 1},
    {"google-key", "AIza", 35, WORD, 0},
    {"private-key", "-----BEGIN PRIVATE KEY-----", 40, BASE64 | LINE_END, 0},
    {"private-key", "-----BEGIN RSA PRIVATE KEY-----", 40, BASE64 | LINE_END, 0},
    {"private-key", "-----BEGIN EC PRIVATE KEY-----", 40, BASE64 | LINE_END, 0},
    {"private-key", "-----BEGIN OPENSSH PRIVATE KEY-----", 40, BASE64 | LINE_END, 0},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

struct pattern {
    const unsigned char *bytes;
    size_t count;
    const char *name;
    const struct shape *shape;  // NULL for a value
    uint16_t next;              // of those that begin with the same two bytes; 0 for none
};

struct secrets {
    char *pairs;
    struct pattern *patterns;  // from 1
    uint16_t count;
    size_t longest;           // how many bytes can be needed to decide
    uint16_t first[1 << 16];  // by the first two bytes; most pairs of a text begin no pattern
    unsigned char begins[256];
    unsigned char kinds[256];
};

struct redaction {
    const struct secrets *secrets;
    redact_sink *sink;
    void *context;
    const struct shape *swallowed;  // the key whose end has not been seen yet
    size_t count;
    unsigned char *text;   // what is not decided yet, after CONTEXT bytes that were before it
    unsigned char room[];
};

static int kinds_of(int byte) {
    int is_digit = byte >= '0' && byte <= '9', is_capital = byte >= 'A' && byte <= 'Z';
    if (is_digit || is_capital) return LETTER_OR_DIGIT | CAPITAL_OR_DIGIT | BASE64;
    if (byte >= 'a' && byte <= 'z') return LETTER_OR_DIGIT | BASE64;
    switch (byte) {
    case '-': return DASH;
    case '_': return UNDERSCORE;
    case '+':
    case '/':
    case '=': return BASE64;
    case '\r':
    case '\n':
    case '\\': return LINE_END;  // in JSON a line ends with \n, whose letter is one of BASE64
    default: return 0;
    }
}

static void add(struct secrets *secrets, struct pattern pattern) {
    size_t needed = pattern.count + (pattern.shape ? pattern.shape->least : 0);
    if (needed > secrets->longest) secrets->longest = needed;
    uint16_t *first = &secrets->first[pattern.bytes[0] << 8 | pattern.bytes[1]];
    pattern.next = *first;
    *first = ++secrets->count;
    secrets->patterns[secrets->count] = pattern;
    secrets->begins[pattern.bytes[0]] = 1;
}

// Returns the number of pairs, -1 where they are none.
static long count_pairs(const char *pairs, size_t count) {
    long strings = 0;
    const char *end = pairs + count, *begin = pairs;
    for (const char *at = pairs; at < end; at++) {
        if (*at != 0) continue;
        // A single byte would be everywhere.
        if (strings++ % 2 == 1 && at - begin < 2) return -1;
        begin = at + 1;
    }
    return begin == end && strings % 2 == 0 ? strings / 2 : -1;
}

struct secrets *secrets_make(const char *pairs, size_t count) {
    long values = count_pairs(pairs, count);
    if (values < 0 || values + SHAPES >= MOST_PATTERNS) return NULL;
    struct secrets *secrets = calloc(1, sizeof *secrets);
    if (!secrets) return NULL;
    secrets->pairs = malloc(count + 1);
    secrets->patterns = calloc((size_t)values + SHAPES + 1, sizeof *secrets->patterns);
    if (!secrets->pairs || !secrets->patterns) {
        secrets_free(secrets);
        return NULL;
    }
    if (count > 0) memcpy(secrets->pairs, pairs, count);
    for (int byte = 0; byte < 256; byte++) secrets->kinds[byte] = (unsigned char)kinds_of(byte);
    const char *at = secrets->pairs;
    for (long i = 0; i < values; i++) {
        const char *value = at + strlen(at) + 1;
        size_t length = strlen(value);
        add(secrets, (struct pattern){.bytes = (const unsigned char *)value, .count = length, .name = at});
        at = value + length + 1;
    }
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *shape = &shapes[i];
        const unsigned char *prefix = (const unsigned char *)shape->prefix;
        add(secrets, (struct pattern){prefix, strlen(shape->prefix), shape->name, shape, 0});
    }
    return secrets;
}

void secrets_free(struct secrets *secrets) {
    if (!secrets) return;
    free(secrets->pairs);
    free(secrets->patterns);
    free(secrets);
}

struct redaction *redaction_begin(const struct secrets *secrets, redact_sink *sink, void *context) {
    struct redaction *redaction = calloc(1, sizeof *redaction + CONTEXT + secrets->longest + PIECE);
    if (!redaction) return NULL;
    redaction->secrets = secrets;
    redaction->sink = sink;
    redaction->context = context;
    redaction->text = redaction->room + CONTEXT;
    return redaction;
}

void redaction_free(struct redaction *redaction) { free(redaction); }

static void hide(const struct redaction *redaction, const char *name) {
    redaction->sink(redaction->context, (const unsigned char *)"[redacted:", 10);
    redaction->sink(redaction->context, (const unsigned char *)name, strlen(name));
    redaction->sink(redaction->context, (const unsigned char *)"]", 1);
}

// Returns where the bytes that may belong to `shape` end.
static size_t run(const struct redaction *redaction, const struct shape *shape, size_t at, size_t limit) {
    while (at < limit && redaction->secrets->kinds[redaction->text[at]] & shape->kinds) at++;
    return at;
}

// Whether a word leads up to `at`; the letter of an escape such as \n is none.
static int follows_word(const struct redaction *redaction, size_t at) {
    const unsigned char *here = redaction->text + at;
    return redaction->secrets->kinds[here[-1]] & WORD && here[-2] != '\\';
}

// What is known of the place `at`.
struct finding {
    const struct pattern *found;
    int needs_more;
};

enum match { NO, YES, PERHAPS };

static enum match match(const struct redaction *redaction, const struct pattern *pattern, size_t at) {
    size_t rest = redaction->count - at;
    const unsigned char *here = redaction->text + at;
    if (memcmp(here, pattern->bytes, rest < pattern->count ? rest : pattern->count) != 0) return NO;
    const struct shape *shape = pattern->shape;
    if (shape && shape->alone && follows_word(redaction, at)) return NO;
    if (rest < pattern->count) return PERHAPS;
    if (!shape) return YES;
    size_t body = at + pattern->count, wanted = body + shape->least;
    size_t end = run(redaction, shape, body, wanted < redaction->count ? wanted : redaction->count);
    if (end == wanted) return YES;
    return end == redaction->count ? PERHAPS : NO;
}

// A value is known better than a shape, and of either the longest counts: decided only when no other can come of it.
static struct finding look(const struct redaction *redaction, size_t at, int ending) {
    const struct secrets *secrets = redaction->secrets;
    const struct pattern *value = NULL, *shape = NULL;
    int value_may_come = 0, shape_may_come = 0;
    uint16_t index = secrets->first[redaction->text[at] << 8 | redaction->text[at + 1]];
    for (; index != 0; index = secrets->patterns[index].next) {
        const struct pattern *pattern = &secrets->patterns[index];
        enum match result = match(redaction, pattern, at);
        const struct pattern **best = pattern->shape ? &shape : &value;
        if (result == PERHAPS) *(pattern->shape ? &shape_may_come : &value_may_come) = 1;
        if (result == YES && (!*best || (*best)->count < pattern->count)) *best = pattern;
    }
    if (value_may_come && !ending) return (struct finding){NULL, 1};
    if (value) return (struct finding){value, 0};
    if (shape_may_come && !ending) return (struct finding){NULL, 1};
    return (struct finding){shape, 0};
}

// Returns the next place at which a pattern may begin; `count` where there is none.
static size_t next_place(const struct redaction *redaction, size_t at, int ending) {
    const uint16_t *first = redaction->secrets->first;
    const unsigned char *text = redaction->text;
    size_t count = redaction->count;
    while (at + 1 < count && first[text[at] << 8 | text[at + 1]] == 0) at++;
    if (at + 1 < count) return at;
    return !ending && at < count && redaction->secrets->begins[text[at]] ? at : count;
}

static void pass(const struct redaction *redaction, size_t from, size_t to) {
    if (to > from) redaction->sink(redaction->context, redaction->text + from, to - from);
}

// Passes on all that is decided, and keeps the rest.
static void decide(struct redaction *redaction, int ending) {
    size_t at = 0, passed = 0;
    if (redaction->swallowed) passed = at = run(redaction, redaction->swallowed, 0, redaction->count);
    if (at < redaction->count) redaction->swallowed = NULL;
    while ((at = next_place(redaction, at, ending)) < redaction->count) {
        if (at + 1 == redaction->count) break;
        struct finding finding = look(redaction, at, ending);
        if (finding.needs_more) break;
        if (!finding.found) {
            at++;
            continue;
        }
        pass(redaction, passed, at);
        hide(redaction, finding.found->name);
        at += finding.found->count;
        const struct shape *shape = finding.found->shape;
        if (shape) at = run(redaction, shape, at, redaction->count);
        if (shape && at == redaction->count) redaction->swallowed = shape;
        passed = at;
    }
    pass(redaction, passed, at);
    redaction->count -= at;
    memmove(redaction->room, redaction->text + at - CONTEXT, CONTEXT + redaction->count);
}

void redaction_feed(struct redaction *redaction, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    while (count > 0) {
        size_t piece = count < PIECE ? count : PIECE;
        memcpy(redaction->text + redaction->count, next, piece);
        redaction->count += piece;
        decide(redaction, 0);
        next += piece;
        count -= piece;
    }
}

void redaction_end(struct redaction *redaction) {
    decide(redaction, 1);
    redaction->swallowed = NULL;
    memset(redaction->room, 0, CONTEXT);
}
