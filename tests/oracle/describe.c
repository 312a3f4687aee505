/*
 * describe.c - questions and answers in words, so that a failing case explains itself.
 */
#include "oracle/trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void say(char *buf, size_t size, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list args;

    va_start(args, fmt);
    vsnprintf(buf + used, size - used, fmt, args);
    va_end(args);
}

/* Words for set bits. */
struct word {
    unsigned int bit;
    const char *text;
};

static void say_bits(char *buf, size_t size, uint64_t value, const struct word *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bit(value, word[i].bit))
            say(buf, size, " %s", word[i].text);
}

#define SAY_BITS(buf, size, value, words)                                                          \
    say_bits(buf, size, value, words, sizeof(words) / sizeof((words)[0]))

static const struct word cr0_words[] = { { 16, "WP" }, { 31, "PG" } };
static const struct word cr4_words[] = { { 4, "PSE" },   { 5, "PAE" },   { 12, "LA57" },
                                         { 20, "SMEP" }, { 21, "SMAP" }, { 22, "PKE" },
                                         { 23, "CET" },  { 24, "PKS" } };
static const struct word efer_words[] = { { 8, "LME" }, { 11, "NXE" } };
static const struct word ia_words[] = { { 0, "P" }, { 1, "RW" },     { 2, "US" },
                                        { 5, "A" }, { 6, "D" },      { 7, "PS" },
                                        { 8, "G" }, { 12, "bit12" }, { 63, "NX" } };
static const struct word ept_words[] = { { 0, "R" },   { 1, "W" },    { 2, "X" },
                                         { 7, "PS" },  { 8, "A" },    { 9, "D" },
                                         { 10, "UX" }, { 60, "SSS" }, { 63, "SVE" } };

static void say_cpu(const struct xenpt_cpu *cpu, char *buf, size_t size)
{
    const struct {
        bool has;
        const char *text;
    } fact[] = {
        { cpu->gb_pages, "1G" },         { cpu->pse36, "PSE36" },
        { cpu->cet_ss, "CET_SS" },       { cpu->ept_2m_pages, "EPT-2M" },
        { cpu->ept_gb_pages, "EPT-1G" }, { cpu->ept_mbec, "MBEC" },
        { cpu->ept_exec_only, "XO" },    { cpu->ept_advanced_info, "advanced-info" },
    };

    say(buf, size, "%s, M=%u:", cpu->vendor == XENPT_AMD ? "AMD" : "Intel", cpu->maxphyaddr);
    for (size_t i = 0; i < sizeof(fact) / sizeof(fact[0]); i++)
        if (fact[i].has)
            say(buf, size, " %s", fact[i].text);
}

static void say_regs(const struct xenpt_regs *regs, char *buf, size_t size)
{
    SAY_BITS(buf, size, regs->cr0, cr0_words);
    SAY_BITS(buf, size, regs->cr4, cr4_words);
    SAY_BITS(buf, size, regs->efer, efer_words);
    say(buf, size, ", CR3 %#llx, PKRU %#x, PKRS %#x\n", (unsigned long long)regs->cr3, regs->pkru,
        regs->pkrs);
}

static void say_access(const struct xenpt_access *a, char *buf, size_t size)
{
    static const char *const kind[] = { "read", "write", "fetch" };

    say(buf, size, "%s at CPL %u%s%s%s%s", kind[a->kind], a->cpl, a->implicit ? ", implicit" : "",
        a->shadow_stack ? ", shadow stack" : "", a->ac ? ", AC" : "",
        a->stack_segment ? ", through SS" : "");
}

void trial_describe(const struct trial *t, uint64_t in, char *buf, size_t size)
{
    static const char *const mode[] = { "no paging", "2-level", "PAE", "4-level", "5-level" };

    if (t->stage != TRIAL_SECOND) {
        say(buf, size, "%s on ", mode[oracle_mode(&t->regs)]);
        say_cpu(&t->cpu, buf, size);
        say(buf, size, "\n ");
        say_regs(&t->regs, buf, size);
    }
    if (t->stage != TRIAL_FIRST) {
        say(buf, size, "%s, pointer %#llx, on ",
            t->second.ept ? "EPT" : mode[oracle_mode(&t->second.host)],
            (unsigned long long)t->second.pointer);
        say_cpu(&t->second.cpu, buf, size);
        say(buf, size, "\n");
        if (!t->second.ept)
            say_regs(&t->second.host, buf, size);
    }
    say_access(&t->access, buf, size);
    say(buf, size, " of %#llx\n", (unsigned long long)in);
}

void trial_describe_walk(const struct oracle_walk *w, enum trial_stage stage, char *buf,
                         size_t size)
{
    say(buf, size, "walk of %#llx, which should end %s:\n", (unsigned long long)w->in,
        xenpt_outcome_name(w->end));
    for (unsigned int i = 0; i < w->nr; i++) {
        const struct oracle_entry *e = &w->entry[i];

        say(buf, size, "  L%u at %#llx", e->level, (unsigned long long)e->at);
        if (i == w->nr - 1 && w->last_unread) {
            say(buf, size, ": not there\n");
            break;
        }
        say(buf, size, " = %#llx:", (unsigned long long)e->value);
        if (stage == TRIAL_SECOND)
            SAY_BITS(buf, size, e->value, ept_words);
        else
            SAY_BITS(buf, size, e->value, ia_words);
        if (e->reserved)
            say(buf, size, ", reserved %#llx", (unsigned long long)e->reserved);
        say(buf, size, "\n");
    }
}
