/*
 * case_file.c - reading one access as text; see case_file.h.
 *
 * A line is a word that says what it is, and its arguments.  Each kind of line is a row.
 */
#include "validate/case_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "validate/case_words.h"

struct reading {
    const char *p, *end; /* What is left of the line. */
    const char *line;    /* Its beginning. */
    unsigned int number;
    struct case_file *ret;
    struct xenpt_error *err;
    unsigned int seen; /* Bit i: a line of row i. */
};

__attribute__((format(printf, 3, 4))) static enum xenpt_code
complain(struct reading *r, const char *at, const char *fmt, ...)
{
    char text[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    (void)xenpt_fail(r->err, XENPT_EPARSE, "%s", text);
    if (r->err && at) {
        r->err->line = r->number;
        r->err->column = (unsigned int)(at - r->line) + 1;
    }
    return XENPT_EPARSE;
}

/* The next word of the line; empty at its end. */
struct word {
    const char *p;
    size_t n;
};

/* Where it begins. */
static const char *here(struct reading *r)
{
    while (r->p < r->end && *r->p == ' ')
        r->p++;
    return r->p;
}

static struct word next_word(struct reading *r)
{
    struct word w = { here(r), 0 };

    while (r->p < r->end && *r->p != ' ')
        r->p++;
    w.n = (size_t)(r->p - w.p);
    return w;
}

static bool is_word(struct word w, const char *s)
{
    return strlen(s) == w.n && !memcmp(w.p, s, w.n);
}

static int printed(struct word w)
{
    return w.n > 40 ? 40 : (int)w.n;
}

static enum xenpt_code read_number(struct reading *r, const char *what, uint64_t most,
                                   uint64_t *ret)
{
    struct word w = next_word(r);
    bool hex = w.n > 2 && w.p[0] == '0' && w.p[1] == 'x';
    uint64_t value = 0, base = hex ? 16 : 10;

    for (size_t i = hex ? 2 : 0; i < w.n; i++) {
        char c = w.p[i];
        uint64_t digit = c >= '0' && c <= '9'          ? (uint64_t)(c - '0')
                         : hex && c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a') + 10
                                                       : 16;

        if (digit >= base)
            return complain(r, w.p, "\"%.*s\" where %s is expected, a number", printed(w), w.p,
                            what);
        if (value > (UINT64_MAX - digit) / base)
            return complain(r, w.p, "%s has more than 64 bits", what);
        value = value * base + digit;
    }
    if (!w.n)
        return complain(r, w.p, "the line ends where %s is expected", what);
    if (value > most)
        return complain(r, w.p, "%s is 0x%llx, and can be 0x%llx at most", what,
                        (unsigned long long)value, (unsigned long long)most);
    *ret = value;
    return XENPT_OK;
}

static enum xenpt_code read_name(struct reading *r, const char *what, const char *const *names,
                                 size_t n, unsigned int *ret)
{
    struct word w = next_word(r);

    for (unsigned int i = 0; i < n; i++)
        if (is_word(w, names[i])) {
            *ret = i;
            return XENPT_OK;
        }
    return complain(r, w.p, "\"%.*s\" is no %s", printed(w), w.p, what);
}

static enum xenpt_code read_this(struct reading *r, const char *word)
{
    struct word w = next_word(r);

    if (is_word(w, word))
        return XENPT_OK;
    return complain(r, w.p, "\"%.*s\" where \"%s\" is expected", printed(w), w.p, word);
}

static enum xenpt_code read_suite(struct reading *r)
{
    const char *names[NR_SUITES];
    unsigned int i = 0;
    enum xenpt_code code;

    for (unsigned int s = 0; s < NR_SUITES; s++)
        names[s] = suite_name((enum suite)s);
    code = read_name(r, "suite", names, NR_SUITES, &i);
    r->ret->suite = (enum suite)i;
    return code;
}

static enum xenpt_code read_vendor(struct reading *r)
{
    unsigned int i = 0;
    enum xenpt_code code = read_name(r, "vendor", case_vendors, ARRAY_SIZE(case_vendors), &i);

    r->ret->cpu.vendor = i ? XENPT_AMD : XENPT_INTEL;
    return code;
}

static enum xenpt_code read_width(struct reading *r)
{
    struct word w = { here(r), 0 };
    uint64_t n = 0;
    enum xenpt_code code = read_number(r, "the width of addresses", XENPT_MADDR_BITS, &n);

    if (!code && n < 32)
        return complain(r, w.p, "an address has 32 bits at least");
    r->ret->cpu.maxphyaddr = (uint8_t)n;
    return code;
}

static enum xenpt_code read_has(struct reading *r)
{
    for (;;) {
        struct word w = next_word(r);
        size_t i = 0;

        if (!w.n)
            return XENPT_OK;
        while (i < ARRAY_SIZE(case_features) && !is_word(w, case_features[i].name))
            i++;
        if (i == ARRAY_SIZE(case_features))
            return complain(r, w.p, "\"%.*s\" is nothing that a processor has", printed(w), w.p);
        *(bool *)((char *)&r->ret->cpu + case_features[i].at) = true;
    }
}

static enum xenpt_code read_stage(struct reading *r)
{
    return read_name(r, "stage", case_stages, ARRAY_SIZE(case_stages),
                     &r->ret->draft.state[0].stage);
}

static enum xenpt_code read_word(struct reading *r, uint64_t flags)
{
    uint64_t at = 0, value = 0;
    const char *where = here(r);
    enum xenpt_code code = read_number(r, "an address", UINT64_MAX, &at);

    if (!code)
        code = read_number(r, "a value", flags & WORD_IS_32 ? UINT32_MAX : UINT64_MAX, &value);
    if (code)
        return code;
    if (at & 3 || at - PROBE_WINDOW > PROBE_WINDOW_SIZE - 8)
        return complain(r, where, "0x%llx is not a multiple of 4 from 0x%x to 0x%x",
                        (unsigned long long)at, PROBE_WINDOW, PROBE_WINDOW + PROBE_WINDOW_SIZE - 8);
    if (here(r) < r->end) {
        code = read_this(r, "unwatched");
        flags |= WORD_UNWATCHED;
    }
    if (!code && !case_word(&r->ret->draft, at | flags, value))
        return complain(r, where, "there are more than %u words", CASE_WORDS);
    return code;
}

static enum xenpt_code read_word64(struct reading *r)
{
    return read_word(r, 0);
}

static enum xenpt_code read_late(struct reading *r)
{
    return read_word(r, WORD_LATE);
}

static enum xenpt_code read_word32(struct reading *r)
{
    return read_word(r, WORD_IS_32);
}

static enum xenpt_code read_access(struct reading *r)
{
    uint64_t cpl = 0, ac = 0, size = 0, va = 0;
    const char *at = here(r);
    unsigned int kind = 0;
    enum xenpt_code code;

    if ((code = read_name(r, "access", case_kinds, ARRAY_SIZE(case_kinds), &kind)) ||
        (code = read_this(r, "cpl")) || (code = read_number(r, "the CPL", 3, &cpl)) ||
        (code = read_this(r, "ac")) || (code = read_number(r, "EFLAGS.AC", 1, &ac)) ||
        (code = read_this(r, "size")) || (code = read_number(r, "a size", 8, &size)) ||
        (code = read_this(r, "at")) || (code = read_number(r, "an address", UINT64_MAX, &va)))
        return code;
    if ((cpl != 0 && cpl != 3) || !size || size & (size - 1))
        return complain(r, at, "the CPL is 0 or 3, and a size 1, 2, 4 or 8");
    r->ret->draft.access[0] = (struct blob_access){ .va = va,
                                                    .kind = (uint8_t)kind,
                                                    .cpl = (uint8_t)cpl,
                                                    .ac = (uint8_t)ac,
                                                    .size = (uint8_t)size };
    return XENPT_OK;
}

/* done VALUE | fault VECTOR CODE CR2 | exit CODE INFO GPA LINEAR | load VECTOR CODE | entry CODE */
static enum xenpt_code read_expect(struct reading *r)
{
    struct result *e = &r->ret->expect;
    uint64_t vector = 0, what = 0;
    unsigned int outcome = 0;
    enum xenpt_code code = read_name(r, "outcome", case_outcomes, ARRAY_SIZE(case_outcomes),
                                     &outcome);

    e->outcome = (uint8_t)outcome;
    if (!code && outcome == RESULT_DONE)
        return read_number(r, "a value", UINT64_MAX, &e->value);
    if (!code && (outcome == RESULT_FAULT || outcome == RESULT_LOAD))
        code = read_number(r, "a vector", 31, &vector);
    if (!code)
        code = read_number(r, "a code", UINT32_MAX, &what);
    if (!code && outcome == RESULT_EXIT)
        code = read_number(r, "a qualification", UINT64_MAX, &e->value);
    if (!code && (outcome == RESULT_FAULT || outcome == RESULT_EXIT))
        code = read_number(r, "an address", UINT64_MAX, &e->address);
    if (!code && outcome == RESULT_EXIT)
        code = read_number(r, "a linear address", UINT64_MAX, &e->linear);
    e->vector = (uint8_t)vector;
    e->code = (uint32_t)what;
    return code;
}

static enum xenpt_code read_change(struct reading *r)
{
    struct case_file *f = r->ret;
    uint64_t at = 0, value = 0;
    const char *where = here(r);
    enum xenpt_code code = read_number(r, "an address", UINT64_MAX, &at);

    if (!code)
        code = read_number(r, "a value", UINT64_MAX, &value);
    if (code)
        return code;
    for (uint32_t i = 0; i < f->draft.nr_words && f->nr_changed < CASE_WORDS; i++)
        if (word_address(&f->draft.word[i]) == at && !(f->draft.word[i].at & WORD_UNWATCHED)) {
            if (f->nr_changed && f->changed[f->nr_changed - 1].word >= i)
                return complain(r, where, "changes have to be in the order of their words");
            f->changed[f->nr_changed++] = (struct result_changed){ i, 0, value };
            f->expect.nr_changed = (uint8_t)f->nr_changed;
            return XENPT_OK;
        }
    return complain(r, where, "no word is planted at 0x%llx", (unsigned long long)at);
}

static const struct {
    const char *name;
    enum xenpt_code (*read)(struct reading *r);
    bool many, needed;
} lines[] = {
    { "suite", read_suite, false, true },      { "vendor", read_vendor, false, true },
    { "maxphyaddr", read_width, false, true }, { "has", read_has, false, false },
    { "stage", read_stage, false, false },     { "word", read_word64, true, false },
    { "word32", read_word32, true, false },    { "late", read_late, true, false },
    { "access", read_access, false, true },    { "expect", read_expect, false, true },
    { "change", read_change, true, false },
};

static enum xenpt_code read_register(struct reading *r, size_t i)
{
    char *at = (char *)&r->ret->draft.state[0] + case_registers[i].at;
    uint64_t value = 0;
    enum xenpt_code code = read_number(r, case_registers[i].name,
                                       case_registers[i].narrow ? UINT32_MAX : UINT64_MAX, &value);
    uint32_t narrow = (uint32_t)value;

    memcpy(at, case_registers[i].narrow ? (const void *)&narrow : (const void *)&value,
           case_registers[i].narrow ? sizeof(narrow) : sizeof(value));
    return code;
}

/* Once only, unless there may be many. */
static enum xenpt_code note_seen(struct reading *r, size_t i, bool many, struct word w)
{
    if (r->seen & 1u << i && !many)
        return complain(r, w.p, "a second line \"%.*s\"", printed(w), w.p);
    r->seen |= 1u << i;
    return XENPT_OK;
}

static enum xenpt_code read_line(struct reading *r)
{
    struct word w = next_word(r);
    enum xenpt_code code;

    if (!w.n || *w.p == '#')
        return XENPT_OK;
    for (size_t i = 0; i < ARRAY_SIZE(lines) + ARRAY_SIZE(case_registers); i++) {
        bool reg = i >= ARRAY_SIZE(lines);
        size_t k = reg ? i - ARRAY_SIZE(lines) : i;

        if (!is_word(w, reg ? case_registers[k].name : lines[k].name))
            continue;
        code = note_seen(r, i, !reg && lines[k].many, w);
        if (!code)
            code = reg ? read_register(r, k) : lines[k].read(r);
        if (code)
            return code;
        w = next_word(r);
        return w.n ? complain(r, w.p, "\"%.*s\" behind the end of the line", printed(w), w.p)
                   : XENPT_OK;
    }
    return complain(r, w.p, "\"%.*s\" is no line of a case", printed(w), w.p);
}

enum xenpt_code case_file_parse(const char *text, size_t n, struct case_file *ret,
                                struct xenpt_error *err)
{
    struct reading r = { .ret = ret, .err = err };
    const char *end = text + n;
    enum xenpt_code code = XENPT_OK;

    memset(ret, 0, sizeof(*ret));
    ret->draft.nr_states = ret->draft.nr_accesses = 1;
    ret->draft.state[0].pat = XENPT_PAT_RESET;
    for (r.line = text; !code && r.line < end; r.line = r.end + 1) {
        const char *newline = memchr(r.line, '\n', (size_t)(end - r.line));

        r.number++;
        r.p = r.line;
        r.end = newline ? newline : end;
        code = read_line(&r);
    }
    for (size_t i = 0; !code && i < ARRAY_SIZE(lines); i++)
        if (lines[i].needed && !(r.seen & 1u << i))
            code = complain(&r, NULL, "there is no line \"%s\"", lines[i].name);
    return code;
}
