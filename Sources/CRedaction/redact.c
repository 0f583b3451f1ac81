#include "redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PATTERNS = UINT16_MAX, MOST_FOLLOWING = 4096, PIECE = 64 << 10, CONTEXT = 64 };

// A value is known though it was wrapped, where each line but the last has so many bytes of it. Shorter ones would hold
// back the ends of lines of ordinary output.
enum { LEAST_LINE = 16 };

// A text of JSON in a text of JSON has its escapes with two backslashes, and so on.
enum { MOST_BACKSLASHES = 8, LONGEST_ESCAPE = MOST_BACKSLASHES + 5 };

// What a byte may be in a key.
enum { LETTER_OR_DIGIT = 1, CAPITAL_OR_DIGIT = 2, DASH = 4, UNDERSCORE = 8, BASE64 = 16, LINE_END = 32, DOT = 64 };
enum { WORD = LETTER_OR_DIGIT | DASH | UNDERSCORE };

struct pattern {
    const unsigned char *bytes;
    size_t count;
    const char *name;
    size_t least;   // of a key, whose beginning `bytes` are: how many bytes of `kinds` follow at least
    int kinds;      // 0 for a value
    int alone;      // only where no word leads up to it
    uint16_t next;  // of those that begin with the same two bytes; 0 for none
};

struct secrets {
    char *listing;
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
    const struct pattern *swallowed;  // the key whose end has not been seen yet
    size_t count;
    unsigned char *text;  // what is not decided yet, after CONTEXT bytes that were before it
    unsigned char room[];
};

static int kinds_of(int byte) {
    int is_digit = byte >= '0' && byte <= '9', is_capital = byte >= 'A' && byte <= 'Z';
    if (is_digit || is_capital) return LETTER_OR_DIGIT | CAPITAL_OR_DIGIT | BASE64;
    if (byte >= 'a' && byte <= 'z') return LETTER_OR_DIGIT | BASE64;
    switch (byte) {
    case '-': return DASH;
    case '_': return UNDERSCORE;
    case '.': return DOT;
    case '+':
    case '/':
    case '=': return BASE64;
    case '\r':
    case '\n': return LINE_END;
    default: return 0;
    }
}

static int kind_called(char letter) {
    switch (letter) {
    case 'a': return LETTER_OR_DIGIT;
    case 'A': return CAPITAL_OR_DIGIT;
    case '-': return DASH;
    case '_': return UNDERSCORE;
    case '.': return DOT;
    case 'b': return BASE64;
    case 'l': return LINE_END;
    default: return 0;
    }
}

// Returns whether `form` is one.
static int read_form(const char *form, struct pattern *pattern) {
    if (*form == 0) return 1;
    for (; *form >= '0' && *form <= '9' && pattern->least < MOST_FOLLOWING; form++) {
        pattern->least = pattern->least * 10 + (size_t)(*form - '0');
    }
    for (; *form != 0; form++) {
        int kind = kind_called(*form);
        if (kind == 0 && *form != '!') return 0;
        pattern->kinds |= kind;
        if (*form == '!') pattern->alone = 1;
    }
    return pattern->least > 0 && pattern->kinds != 0;
}

static void add(struct secrets *secrets, struct pattern pattern) {
    size_t line_ends = pattern.kinds != 0 ? 1 : 2 * (pattern.count / LEAST_LINE + 1);
    size_t needed = pattern.count + pattern.least + line_ends * LONGEST_ESCAPE;
    if (needed > secrets->longest) secrets->longest = needed;
    uint16_t *first = &secrets->first[pattern.bytes[0] << 8 | pattern.bytes[1]];
    pattern.next = *first;
    *first = ++secrets->count;
    secrets->patterns[secrets->count] = pattern;
    secrets->begins[pattern.bytes[0]] = 1;
}

// Returns how many there are, -1 where `listing` is none.
static long count_patterns(const char *listing, size_t count) {
    long strings = 0;
    if (count > 0 && listing[count - 1] != 0) return -1;
    for (size_t i = 0; i < count; i++) strings += listing[i] == 0;
    return strings % 3 == 0 ? strings / 3 : -1;
}

static int add_all(struct secrets *secrets, long patterns) {
    const char *at = secrets->listing;
    for (long i = 0; i < patterns; i++) {
        const char *form = at, *name = form + strlen(form) + 1, *text = name + strlen(name) + 1;
        struct pattern pattern = {.bytes = (const unsigned char *)text, .count = strlen(text), .name = name};
        // A single byte would be everywhere.
        if (pattern.count < 2 || !read_form(form, &pattern)) return 0;
        add(secrets, pattern);
        at = text + pattern.count + 1;
    }
    return 1;
}

struct secrets *secrets_make(const char *listing, size_t count) {
    long patterns = count_patterns(listing, count);
    if (patterns < 0 || patterns >= MOST_PATTERNS) return NULL;
    struct secrets *secrets = calloc(1, sizeof *secrets);
    if (!secrets) return NULL;
    secrets->listing = malloc(count + 1);
    secrets->patterns = calloc((size_t)patterns + 1, sizeof *secrets->patterns);
    if (secrets->listing && count > 0) memcpy(secrets->listing, listing, count);
    for (int byte = 0; byte < 256; byte++) secrets->kinds[byte] = (unsigned char)kinds_of(byte);
    secrets->longest = LONGEST_ESCAPE;
    if (secrets->listing && secrets->patterns && add_all(secrets, patterns)) return secrets;
    secrets_free(secrets);
    return NULL;
}

void secrets_free(struct secrets *secrets) {
    if (!secrets) return;
    free(secrets->listing);
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

static void pass(const struct redaction *redaction, size_t from, size_t to) {
    if (to > from) redaction->sink(redaction->context, redaction->text + from, to - from);
}

static void hide(const struct redaction *redaction, const char *name) {
    redaction->sink(redaction->context, (const unsigned char *)"[redacted:", 10);
    redaction->sink(redaction->context, (const unsigned char *)name, strlen(name));
    redaction->sink(redaction->context, (const unsigned char *)"]", 1);
}

// A byte, or an escape of JSON and the byte that it stands for: 0 where that is not known, as no secret has it.
struct unit {
    int byte;
    size_t count;  // 0 where more must be seen
};

static int is_hexadecimal(int byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static int digit_of(int byte) { return byte <= '9' ? byte - '0' : (byte | ' ') - 'a' + 10; }

// Of an escape with the digits of its character, whose `u` is at `letter`.
static struct unit numbered(const struct redaction *redaction, size_t at, size_t letter) {
    int number = 0;
    for (size_t i = letter + 1; i < letter + 5; i++) {
        if (i >= redaction->count) return (struct unit){0, 0};
        if (!is_hexadecimal(redaction->text[i])) return (struct unit){0, 1};
        number = number << 4 | digit_of(redaction->text[i]);
    }
    return (struct unit){number < 128 ? number : 0, letter + 5 - at};
}

static struct unit unit_at(const struct redaction *redaction, size_t at) {
    const unsigned char *text = redaction->text;
    if (text[at] != '\\') return (struct unit){text[at], 1};
    size_t letter = at;
    while (letter < redaction->count && letter - at < MOST_BACKSLASHES && text[letter] == '\\') letter++;
    if (letter == redaction->count) return (struct unit){0, 0};
    switch (text[letter]) {
    case 'n': return (struct unit){'\n', letter + 1 - at};
    case 'r': return (struct unit){'\r', letter + 1 - at};
    case '/': return (struct unit){'/', letter + 1 - at};
    case 'u': return numbered(redaction, at, letter);
    default: return (struct unit){0, 1};
    }
}

// Returns how long the line end at `at` is, 0 where there is none; `is_open` where more must be seen.
static size_t line_end_at(const struct redaction *redaction, size_t at, int *is_open) {
    struct unit first = unit_at(redaction, at);
    *is_open = first.count == 0;
    if (first.byte == '\n') return first.count;
    if (first.byte != '\r') return 0;
    *is_open = at + first.count == redaction->count;
    if (*is_open) return 0;
    struct unit second = unit_at(redaction, at + first.count);
    *is_open = second.count == 0;
    return second.byte == '\n' ? first.count + second.count : 0;
}

// Whether a word leads up to `at`; the letter of an escape such as \n is none.
static int follows_word(const struct redaction *redaction, size_t at) {
    const unsigned char *here = redaction->text + at;
    return redaction->secrets->kinds[here[-1]] & WORD && here[-2] != '\\';
}

enum match { NO, YES, PERHAPS };

static enum match match_value(const struct redaction *redaction, const struct pattern *value, size_t *at) {
    size_t line = 0;
    for (size_t i = 0; i < value->count;) {
        if (*at == redaction->count) return PERHAPS;
        if (redaction->text[*at] == value->bytes[i]) {
            ++*at, ++i, ++line;
            continue;
        }
        if (line < LEAST_LINE) return NO;
        int is_open;
        size_t line_end = line_end_at(redaction, *at, &is_open);
        if (line_end == 0) return is_open ? PERHAPS : NO;
        *at += line_end;
        line = 0;
    }
    return YES;
}

static enum match match_key(const struct redaction *redaction, const struct pattern *key, size_t *at) {
    size_t rest = redaction->count - *at;
    if (memcmp(redaction->text + *at, key->bytes, rest < key->count ? rest : key->count) != 0) return NO;
    if (key->alone && follows_word(redaction, *at)) return NO;
    if (rest < key->count) return PERHAPS;
    *at += key->count;
    size_t wanted = *at + key->least, next = *at;
    while (next < wanted) {
        if (next == redaction->count) return PERHAPS;
        struct unit unit = unit_at(redaction, next);
        if (unit.count == 0) return PERHAPS;
        if (!(redaction->secrets->kinds[unit.byte] & key->kinds)) return NO;
        next += unit.count;
    }
    return YES;
}

// What is known of a place.
struct finding {
    const struct pattern *found;
    size_t end;
    int needs_more;
};

// A value is known better than a key's form, and of either the longest counts: decided only when no other can come of
// it.
static struct finding look(const struct redaction *redaction, size_t at, int ending) {
    const struct secrets *secrets = redaction->secrets;
    struct finding value = {NULL, at, 0}, key = {NULL, at, 0};
    uint16_t index = secrets->first[redaction->text[at] << 8 | redaction->text[at + 1]];
    for (; index != 0; index = secrets->patterns[index].next) {
        const struct pattern *pattern = &secrets->patterns[index];
        struct finding *best = pattern->kinds ? &key : &value;
        size_t end = at;
        enum match result =
            pattern->kinds ? match_key(redaction, pattern, &end) : match_value(redaction, pattern, &end);
        if (result == PERHAPS) best->needs_more = !ending;
        if (result != YES || (best->found && best->found->count >= pattern->count)) continue;
        best->found = pattern;
        best->end = end;
    }
    return value.needs_more || value.found ? value : key;
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

// Returns how long the escape is whose letter this is, without its backslash; 0 for none.
static size_t escape_length(const unsigned char *letter) {
    if (*letter != 'u') return *letter != 0 && strchr("\"\\/bfnrt", *letter) ? 1 : 0;
    for (int i = 1; i < 5; i++) {
        if (!is_hexadecimal(letter[i])) return 0;
    }
    return 5;
}

// Returns how many bytes from `at` on end an escape that began before. In JSON they are none of the secret, and without
// them the text would be none any more.
static size_t rest_of_escape(const struct redaction *redaction, size_t at) {
    for (size_t before = 0; before < 5; before++) {
        const unsigned char *letter = redaction->text + at - before;
        int backslashes = 0;
        while (letter - backslashes > redaction->room && letter[-1 - backslashes] == '\\') backslashes++;
        size_t length = backslashes % 2 == 1 ? escape_length(letter) : 0;
        if (length > before) return length - before;
    }
    return 0;
}

// Takes the bytes of a key away, all but its line ends: what follows the last one must stay on a line of its own.
// Returns where it ends, or what is there.
static size_t swallow(struct redaction *redaction, const struct pattern *key, size_t at, int ending) {
    redaction->swallowed = key;
    while (at < redaction->count) {
        struct unit unit = unit_at(redaction, at);
        if (unit.count == 0 && !ending) break;
        int kind = redaction->secrets->kinds[unit.byte] & key->kinds;
        if (kind == 0) {
            redaction->swallowed = NULL;
            break;
        }
        if (kind == LINE_END) pass(redaction, at, at + unit.count);
        at += unit.count;
    }
    return at;
}

// Puts the name in the place of what was found, and returns where to look on.
static size_t replace(struct redaction *redaction, struct finding finding, size_t at, int ending) {
    size_t rest = rest_of_escape(redaction, at);
    pass(redaction, at, at + rest);
    hide(redaction, finding.found->name);
    if (finding.found->kinds) return swallow(redaction, finding.found, finding.end, ending);
    for (size_t i = at + rest; i < finding.end; i++) {
        if (redaction->text[i] == '\n' || redaction->text[i] == '\r') pass(redaction, i, i + 1);
    }
    return finding.end;
}

// Passes on all that is decided, and keeps the rest.
static void decide(struct redaction *redaction, int ending) {
    size_t at = 0, passed = 0;
    if (redaction->swallowed) passed = at = swallow(redaction, redaction->swallowed, 0, ending);
    while (!redaction->swallowed && (at = next_place(redaction, at, ending)) + 1 < redaction->count) {
        struct finding finding = look(redaction, at, ending);
        if (finding.needs_more) break;
        if (!finding.found) {
            at++;
            continue;
        }
        pass(redaction, passed, at);
        passed = at = replace(redaction, finding, at, ending);
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
