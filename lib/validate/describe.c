/*
 * describe.c - a case in words.
 *
 *     4-level  CR0 PE PG WP  CR4 PAE SMAP  EFER NXE
 *     write of 8 bytes at CPL 3, AC 0, at 0x123456789000
 *       L4  slot  36  at 0x2000120  0x0000000002001007  P RW US
 *       ...
 */
#include "validate/describe.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/bits.h"
#include "validate/model.h"

struct text {
    char *buf;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(t->buf + t->n, DESCRIBE_TEXT - t->n, fmt, args);
    va_end(args);
    if (n > 0)
        t->n = min_u64(t->n + (size_t)n, DESCRIBE_TEXT - 1);
}

static const struct {
    const char *name;
    size_t reg;
    uint64_t bit;
} registers[] = {
#define CR0(b)                                                                                     \
    {                                                                                              \
#b, offsetof(struct blob_state, cr0), XENPT_CR0_##b                                        \
    }
#define CR4(b)                                                                                     \
    {                                                                                              \
#b, offsetof(struct blob_state, cr4), XENPT_CR4_##b                                        \
    }
#define EFER(b)                                                                                    \
    {                                                                                              \
#b, offsetof(struct blob_state, efer), XENPT_EFER_##b                                      \
    }
    CR0(PE),   CR0(WP),   CR0(NW),    CR0(CD),  CR0(PG),  CR4(PSE), CR4(PAE),  CR4(PGE),  CR4(LA57),
    CR4(SMEP), CR4(SMAP), CR4(PCIDE), CR4(PKE), CR4(CET), CR4(PKS), EFER(LME), EFER(LMA), EFER(NXE),
};

static const char *const stages[] = { "", " guest under EPT", " guest under NPT",
                                      " guest under PAE NPT", " guest under 2-level NPT" };

static void say_state(struct text *t, const struct blob_state *s)
{
    say(t, "%s%s ", mode_name(mode_of(s)), s->stage < ARRAY_SIZE(stages) ? stages[s->stage] : "?");
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
        if (*(const uint64_t *)(const void *)((const char *)s + registers[i].reg) &
            registers[i].bit)
            say(t, " %s", registers[i].name);
    say(t, "  CR3 0x%llx", (unsigned long long)s->cr3);
    if (s->pkru)
        say(t, "  PKRU 0x%x", s->pkru);
    if (s->stage)
        say(t, "  %s 0x%llx", s->stage == STAGE_EPT ? "EPTP" : "nCR3",
            (unsigned long long)s->second);
}

static void say_walk(struct text *t, const struct xenpt_paging *pg, const struct xenpt_walk *w,
                     const char *indent)
{
    char words[XENPT_FLAGS_MAX];

    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];

        say(t, "%sL%u  slot %3u  at 0x%llx  0x%016llx  %s\n", indent, s->level,
            xenpt_slot(&pg->format, s->level, w->in), (unsigned long long)s->at,
            (unsigned long long)s->entry,
            xenpt_entry_words(&pg->format, s->level, s->entry, true, words));
    }
}

static void say_walks(struct text *t, const struct model *m, const struct readied *r, uint64_t va)
{
    struct xenpt_walk2 w;

    if (r->state.stage == STAGE_NATIVE) {
        xenpt_walk(&r->first, &m->strict, va, &w.guest);
        say_walk(t, &r->first, &w.guest, "  ");
        return;
    }
    xenpt_walk2(&r->first, &r->second, &m->strict, va, &w);
    say_walk(t, &r->first, &w.guest, "  ");
    for (unsigned int i = 0; i < w.nr_second; i++) {
        say(t, "  guest-physical 0x%llx\n", (unsigned long long)w.second[i].in);
        say_walk(t, &r->second, &w.second[i], "      ");
    }
}

const char *describe(const struct xenpt_cpu *cpu, const struct case_view *c, unsigned int access,
                     char buf[DESCRIBE_TEXT])
{
    static const char *const kinds[] = { "read", "write", "locked add", "fetch" };
    const struct blob_access *a = &c->accesses[access];
    struct text t = { buf, 0 };
    unsigned int size = a->kind == ACCESS_FETCH ? 2 : a->size;
    struct readied *r;
    struct model *m;

    buf[0] = '\0';
    say_state(&t, &c->states[a->state]);
    say(&t, "\n%s of %u byte%s at 0x%llx, CPL %u, AC %u\n", kinds[a->kind & 3], size,
        size == 1 ? "" : "s", (unsigned long long)a->va, a->cpl, a->ac);
    if (model_create(cpu, &m, NULL))
        return buf;
    model_plant(m, c);
    model_mark(m);
    r = readied_of(m, a->state);
    for (uint32_t i = 0; i < c->head->nr_words; i++)
        if (c->words[i].at & WORD_LATE)
            say(&t, "  once the state is loaded, 0x%llx becomes 0x%016llx\n",
                (unsigned long long)word_address(&c->words[i]),
                (unsigned long long)c->words[i].value);
    if (!r->refused) {
        say_walks(&t, m, r, a->va);
        if ((a->va ^ (a->va + size - 1)) >> 12)
            say_walks(&t, m, r, (a->va + size - 1) & ~UINT64_C(4095));
    }
    model_destroy(m);
    return buf;
}

const char *describe_result(const struct result *r, const struct result_changed *changed,
                            char buf[DESCRIBE_TEXT])
{
    struct text t = { buf, 0 };

    buf[0] = '\0';
    switch (r->outcome) {
    case RESULT_DONE:
        say(&t, "done, value 0x%llx", (unsigned long long)r->value);
        break;
    case RESULT_FAULT:
        say(&t, "exception %u, code 0x%x", r->vector, r->code);
        if (r->vector == 14)
            say(&t, ", CR2 0x%llx", (unsigned long long)r->address);
        break;
    case RESULT_EXIT:
        say(&t, "VM exit 0x%x, info 0x%llx, guest-physical 0x%llx, linear 0x%llx", r->code,
            (unsigned long long)r->value, (unsigned long long)r->address,
            (unsigned long long)r->linear);
        break;
    case RESULT_LOAD:
        say(&t, "exception %u, code 0x%x, while the state was loaded", r->vector, r->code);
        break;
    case RESULT_ENTRY:
        say(&t, "VM entry failed, 0x%x", r->code);
        break;
    default:
        say(&t, "the machine died");
        break;
    }
    for (unsigned int i = 0; i < r->nr_changed; i++)
        say(&t, "; word %u is 0x%llx", changed[i].word, (unsigned long long)changed[i].value);
    return buf;
}
