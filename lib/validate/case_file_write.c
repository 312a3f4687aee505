/* case_file_write.c - writing one access as text; see case_file.h. */
#include "validate/case_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "validate/case_words.h"

struct writing {
    char *buf;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void say(struct writing *w, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(w->buf + w->n, CASE_FILE_TEXT - w->n, fmt, args);
    va_end(args);
    if (n > 0)
        w->n = min_u64(w->n + (size_t)n, CASE_FILE_TEXT - 1);
}

#define LL(x) ((unsigned long long)(x))

static void write_machine(struct writing *w, const struct case_file *c)
{
    const struct blob_state *s = &c->draft.state[0];

    say(w, "suite %s\nvendor %s\nmaxphyaddr %u\nhas", suite_name(c->suite),
        case_vendors[c->cpu.vendor == XENPT_AMD], c->cpu.maxphyaddr);
    for (size_t i = 0; i < ARRAY_SIZE(case_features); i++)
        if (*(const bool *)((const char *)&c->cpu + case_features[i].at))
            say(w, " %s", case_features[i].name);
    say(w, "\n");
    for (size_t i = 0; i < ARRAY_SIZE(case_registers); i++) {
        uint64_t value = s->pkru;

        if (!case_registers[i].narrow)
            memcpy(&value, (const char *)s + case_registers[i].at, sizeof(value));
        if (value)
            say(w, "%s 0x%llx\n", case_registers[i].name, LL(value));
    }
    if (s->stage && s->stage < ARRAY_SIZE(case_stages))
        say(w, "stage %s\n", case_stages[s->stage]);
}

static void write_expect(struct writing *w, const struct result *e)
{
    say(w, "expect %s", case_outcomes[e->outcome < ARRAY_SIZE(case_outcomes) ? e->outcome : 0]);
    switch (e->outcome) {
    case RESULT_FAULT:
        say(w, " %u 0x%x 0x%llx\n", e->vector, e->code, LL(e->address));
        break;
    case RESULT_EXIT:
        say(w, " 0x%x 0x%llx 0x%llx 0x%llx\n", e->code, LL(e->value), LL(e->address),
            LL(e->linear));
        break;
    case RESULT_LOAD:
        say(w, " %u 0x%x\n", e->vector, e->code);
        break;
    case RESULT_ENTRY:
        say(w, " 0x%x\n", e->code);
        break;
    default:
        say(w, " 0x%llx\n", LL(e->value));
        break;
    }
}

const char *case_file_write(const struct case_file *c, char buf[CASE_FILE_TEXT])
{
    const struct blob_access *a = &c->draft.access[0];
    struct writing w = { buf, 0 };

    buf[0] = '\0';
    write_machine(&w, c);
    for (unsigned int i = 0; i < c->draft.nr_words; i++)
        say(&w, "%s 0x%llx 0x%llx%s\n",
            c->draft.word[i].at & WORD_LATE    ? "late"
            : c->draft.word[i].at & WORD_IS_32 ? "word32"
                                               : "word",
            LL(word_address(&c->draft.word[i])), LL(c->draft.word[i].value),
            c->draft.word[i].at & WORD_UNWATCHED ? " unwatched" : "");
    say(&w, "access %s cpl %u ac %u size %u at 0x%llx\n", case_kinds[a->kind & 3], a->cpl, a->ac,
        a->size, LL(a->va));
    write_expect(&w, &c->expect);
    for (unsigned int i = 0; i < c->nr_changed; i++)
        say(&w, "change 0x%llx 0x%llx\n", LL(word_address(&c->draft.word[c->changed[i].word])),
            LL(c->changed[i].value));
    return buf;
}
