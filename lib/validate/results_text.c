/*
 * results_text.c - results as lines of text, as a serial console has them: blob.h says how.
 *
 * Consoles have other lines, too, and lose characters.  A line of ours is told by its first
 * word; one that was damaged by its sum, one that got lost by the number of the next.
 */
#include <inttypes.h>
#include <string.h>

#include "validate/results.h"

/* What is left of a line. */
struct line {
    const char *at, *end;
};

struct reading {
    struct results_header head;
    struct collector c;
    bool begun;
};

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* A hexadecimal number of at most @max, and the one byte behind it, if there is one. */
static enum xenpt_code number(struct line *line, const char *what, uint64_t max, char behind,
                              uint64_t *ret, struct xenpt_error *err)
{
    const char *p = line->at;
    uint64_t v = 0;

    for (; p < line->end && p - line->at < 16 && digit(*p) >= 0; p++)
        v = v << 4 | (uint64_t)digit(*p);
    if (p == line->at)
        return xenpt_fail(err, XENPT_EPARSE, "%s is missing, or is no hexadecimal number", what);
    if (p < line->end ? *p != behind : behind != ' ')
        return xenpt_fail(err, XENPT_EPARSE, "%s does not end where it should", what);
    if (v > max)
        return xenpt_fail(err, XENPT_EPARSE, "%s is %" PRIx64 ", more than %" PRIx64, what, v, max);
    line->at = p < line->end ? p + 1 : p;
    *ret = v;
    return XENPT_OK;
}

static enum xenpt_code number32(struct line *line, const char *what, uint32_t *ret,
                                struct xenpt_error *err)
{
    uint64_t v = 0;
    enum xenpt_code code = number(line, what, UINT32_MAX, ' ', &v, err);

    *ret = (uint32_t)v;
    return code;
}

static enum xenpt_code no_more(const struct line *line, struct xenpt_error *err)
{
    return line->at == line->end ? XENPT_OK
                                 : xenpt_fail(err, XENPT_EPARSE, "more words than there should be");
}

static enum xenpt_code take_begin(struct reading *r, struct line *line, struct xenpt_error *err)
{
    enum xenpt_code code;

    if (r->begun)
        return xenpt_fail(err, XENPT_EPARSE, "a second run begins here; keep one in the file");
    code = number32(line, "the version", &r->head.version, err);
    if (!code && r->head.version != BLOB_VERSION)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "results of version %u; this is version %u",
                          r->head.version, BLOB_VERSION);
    if (!code)
        code = number32(line, "the blob's number", &r->head.id, err);
    if (!code)
        code = number32(line, "the first access", &r->head.first, err);
    r->begun = true;
    return code ? code : no_more(line, err);
}

static enum xenpt_code take_machine(struct reading *r, struct line *line, struct xenpt_error *err)
{
    uint32_t words[sizeof(r->head.machine) / 4];
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < sizeof(words) / sizeof(words[0]); i++)
        code = number32(line, "a word of the machine's", &words[i], err);
    if (!code)
        memcpy(&r->head.machine, words, sizeof(words));
    return code ? code : no_more(line, err);
}

static enum xenpt_code take_changed(struct result *result, struct result_changed *changed,
                                    struct line *line, struct xenpt_error *err)
{
    while (line->at < line->end) {
        uint64_t word = 0;
        enum xenpt_code code;

        if (result->nr_changed == UINT8_MAX)
            return xenpt_fail(err, XENPT_EPARSE, "more than %u changed words", UINT8_MAX);
        code = number(line, "a changed word", UINT32_MAX, ':', &word, err);
        if (!code)
            code = number(line, "a word's value", UINT64_MAX, ' ', &changed->value, err);
        if (code)
            return code;
        changed->word = (uint32_t)word;
        changed->zero = 0;
        changed++;
        result->nr_changed++;
    }
    return XENPT_OK;
}

static enum xenpt_code take_result(struct reading *r, struct line *line, struct xenpt_error *err)
{
    struct {
        struct result result;
        struct result_changed changed[UINT8_MAX];
    } all = { 0 };
    uint64_t outcome = 0, vector = 0, flags = 0;
    uint32_t nr = 0, wanted = r->head.first + (uint32_t)r->c.nr;
    enum xenpt_code code = number32(line, "the number of an access", &nr, err);

    if (!code && nr != wanted)
        return xenpt_fail(err, XENPT_EPARSE, "access %x follows where %x should: a line is missing",
                          nr, wanted);
    if (!code)
        code = number(line, "the outcome", RESULT_ENTRY, ' ', &outcome, err);
    if (!code)
        code = number(line, "the vector", UINT8_MAX, ' ', &vector, err);
    if (!code)
        code = number(line, "the flags", UINT8_MAX, ' ', &flags, err);
    if (!code)
        code = number32(line, "the code", &all.result.code, err);
    if (!code)
        code = number(line, "the address", UINT64_MAX, ' ', &all.result.address, err);
    if (!code)
        code = number(line, "the value", UINT64_MAX, ' ', &all.result.value, err);
    if (!code)
        code = number(line, "the linear address", UINT64_MAX, ' ', &all.result.linear, err);
    if (!code)
        code = take_changed(&all.result, all.changed, line, err);
    all.result.outcome = (uint8_t)outcome;
    all.result.vector = (uint8_t)vector;
    all.result.flags = (uint8_t)flags;
    return code ? code : collector_add(&r->c, &all.result, err);
}

static enum xenpt_code take_end(struct reading *r, struct line *line, struct xenpt_error *err)
{
    uint32_t nr = 0;
    enum xenpt_code code = number32(line, "how it ended", &r->head.end, err);

    if (!code && (r->head.end == END_RUNNING || r->head.end > END_CANNOT))
        return xenpt_fail(err, XENPT_EPARSE, "%x is no way for a run to end", r->head.end);
    if (!code)
        code = number32(line, "the number of results", &nr, err);
    if (!code && nr != r->c.nr)
        return xenpt_fail(err, XENPT_EPARSE, "%u results were sent, and %zu are here", nr, r->c.nr);
    return code ? code : no_more(line, err);
}

/* In the order of the format. */
static const struct {
    const char *word;
    enum xenpt_code (*take)(struct reading *r, struct line *line, struct xenpt_error *err);
} lines[] = {
    { "XPTR ", take_begin },
    { "M ", take_machine },
    { "R ", take_result },
    { "END ", take_end },
};

/* Takes " =SUM" off the line's end. */
static enum xenpt_code check_sum(struct line *line, struct xenpt_error *err)
{
    const char *p = line->end;
    struct line tail = { .end = line->end };
    uint64_t said = 0;
    uint32_t sum = 0;

    while (p > line->at && *--p != '=')
        ;
    if (p == line->at || p[-1] != ' ')
        return xenpt_fail(err, XENPT_EPARSE, "the line has no sum at its end");
    tail.at = p + 1;
    if (number(&tail, "the line's sum", UINT16_MAX, ' ', &said, err))
        return XENPT_EPARSE;
    for (const char *c = line->at; c < p - 1; c++)
        sum += (uint8_t)*c;
    if ((sum & UINT16_MAX) != said)
        return xenpt_fail(err, XENPT_EPARSE,
                          "the line's sum is %x, not %" PRIx64 ": it was damaged", sum & UINT16_MAX,
                          said);
    line->end = p - 1;
    return XENPT_OK;
}

static enum xenpt_code take_line(struct reading *r, struct line line, struct xenpt_error *err)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        size_t n = strlen(lines[i].word);
        enum xenpt_code code;

        if ((size_t)(line.end - line.at) < n || memcmp(line.at, lines[i].word, n) != 0)
            continue;
        /* Before the first line of ours anything may look like one. */
        if (i && !r->begun)
            return XENPT_OK;
        code = check_sum(&line, err);
        line.at += n;
        return code ? code : lines[i].take(r, &line, err);
    }
    return XENPT_OK;
}

enum xenpt_code results_parse_text(const char *text, size_t n, struct results *ret,
                                   struct xenpt_error *err)
{
    struct reading r = { .head = { .magic = RESULTS_MAGIC, .version = BLOB_VERSION } };
    const char *at = text, *end = text + n;
    enum xenpt_code code = XENPT_OK;
    unsigned int number = 0;

    while (!code && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct line line = { at, newline ? newline : end };

        at = newline ? newline + 1 : end;
        number++;
        if (line.end > line.at && line.end[-1] == '\r')
            line.end--;
        code = take_line(&r, line, err);
        if (code && err)
            err->line = number;
    }
    if (!code && !r.begun)
        code = xenpt_fail(err, XENPT_EPARSE,
                          "no results are in the text: no line begins with XPTR");
    if (code)
        collector_free(&r.c);
    else
        collector_finish(&r.c, &r.head, ret);
    return code;
}
