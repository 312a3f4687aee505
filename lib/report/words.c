/* words.c - rights, fault codes and bits, in words. */
#include "report/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/rights.h"
#include "base/bits.h"

/* Appends to a buffer of WORDS_MAX bytes, and stops at its end. */
__attribute__((format(printf, 2, 3))) static void append(char *buf, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf + used, WORDS_MAX - used, fmt, ap);
    va_end(ap);
}

/* --- Codes --------------------------------------------------------------------------------- */

/* What a bit says if it is set, and what its absence says; NULL: nothing worth a word. */
static const struct code_row {
    uint64_t bit;
    const char *name, *set, *clear;
} pf_rows[] = {
    { XENPT_PF_P, "P", "an entry that is present refused", "an entry is not present" },
    { XENPT_PF_W, "W", "a write", NULL },
    { XENPT_PF_U, "U", "in user mode", "in supervisor mode" },
    { XENPT_PF_RSVD, "RSVD", "a reserved bit is set", NULL },
    { XENPT_PF_I, "I", "an instruction fetch", NULL },
    { XENPT_PF_PK, "PK", "a protection key", NULL },
    { XENPT_PF_SS, "SS", "a shadow-stack access", NULL },
}, npf_rows[] = {
    { XENPT_PF_P, "P", "an entry that is present refused", "an entry is not present" },
    { XENPT_PF_W, "W", "a write", NULL },
    { XENPT_PF_U, "U", NULL, NULL }, /* Of every access of a guest. */
    { XENPT_PF_RSVD, "RSVD", "a reserved bit is set", NULL },
    { XENPT_PF_I, "I", "an instruction fetch", NULL },
    { XENPT_PF_SS, "SS", "a shadow-stack access", NULL },
    { XENPT_NPF_FINAL, "FINAL", "of the page itself", NULL },
    { XENPT_NPF_TABLE, "TABLE", "of a guest's table", NULL },
}, ept_rows[] = {
    { XENPT_EPTV_READ, "READ", "a read", NULL },
    { XENPT_EPTV_WRITE, "WRITE", "a write", NULL },
    { XENPT_EPTV_FETCH, "FETCH", "an instruction fetch", NULL },
    { XENPT_EPTV_CAN_READ, "R", "EPT lets read", NULL },
    { XENPT_EPTV_CAN_WRITE, "W", "EPT lets write", NULL },
    { XENPT_EPTV_CAN_FETCH, "X", "EPT lets execute", NULL },
    { XENPT_EPTV_CAN_UFETCH, "UX", "EPT lets user mode execute", NULL },
    { XENPT_EPTV_LINEAR, "LINEAR", NULL, "with no linear address" },
    { XENPT_EPTV_FINAL, "FINAL", "of the page itself", "of a guest's table" },
    { XENPT_EPTV_LINEAR_U, "LINEAR_U", "the linear address is a user's", NULL },
    { XENPT_EPTV_LINEAR_W, "LINEAR_W", "the linear address is writable", NULL },
    { XENPT_EPTV_LINEAR_NX, "LINEAR_NX", "the linear address is no-execute", NULL },
    { XENPT_EPTV_SHSTK, "SHSTK", "a shadow-stack access", NULL },
    { XENPT_EPTV_SSS, "SSS", "EPT marks a supervisor shadow stack", NULL },
};

static const struct {
    const struct code_row *rows;
    size_t nr;
} codes[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_PF] = { pf_rows, ARRAY_SIZE(pf_rows) },
    [XENPT_FAULT_EPT_VIOLATION] = { ept_rows, ARRAY_SIZE(ept_rows) },
    [XENPT_FAULT_NPF] = { npf_rows, ARRAY_SIZE(npf_rows) },
};

const char *rule_source(const struct xenpt_rule *rule, enum xenpt_fault_kind kind)
{
    switch (kind) {
    case XENPT_FAULT_EPT_VIOLATION:
        return "Intel SDM vol. 3, \"EPT Violations\"";
    case XENPT_FAULT_NPF:
        return "AMD APM vol. 2, 15.25.6";
    default:
        return rule->source;
    }
}

const char *code_names(const struct xenpt_fault *fault, char buf[WORDS_MAX])
{
    buf[0] = '\0';
    for (size_t i = 0; i < codes[fault->kind].nr; i++)
        if (fault->code & codes[fault->kind].rows[i].bit)
            append(buf, "%s%s", *buf ? " " : "", codes[fault->kind].rows[i].name);
    return buf;
}

const char *code_words(const struct xenpt_fault *fault, char buf[WORDS_MAX])
{
    buf[0] = '\0';
    for (size_t i = 0; i < codes[fault->kind].nr; i++) {
        const struct code_row *row = &codes[fault->kind].rows[i];
        const char *says = fault->code & row->bit ? row->set : row->clear;

        if (says)
            append(buf, "%s%s", *buf ? ", " : "", says);
    }
    return buf;
}

/* --- Bits of an entry ---------------------------------------------------------------------- */

/* Bits that no flag names: "bit 51 is 1", or "bits 51:46 are 0x3f". */
static void append_field(char *buf, uint64_t entry, uint64_t bits)
{
    unsigned int low = (unsigned int)__builtin_ctzll(bits);
    unsigned int high = 63 - (unsigned int)__builtin_clzll(bits);
    const char *gap = *buf ? ", " : "";

    if (low == high)
        append(buf, "%sbit %u is %u", gap, low, (unsigned int)(entry >> low & 1));
    else
        append(buf, "%sbits %u:%u are 0x%llx", gap, high, low,
               (unsigned long long)(entry >> low & ones(high - low + 1)));
}

/* The lowest run of adjacent bits in a word. */
static uint64_t lowest_run(uint64_t bits)
{
    uint64_t low = bits & -bits;

    return bits & ~(bits + low);
}

const char *bits_words(const struct xenpt_format *f, const struct xenpt_step *step, uint64_t bits,
                       char buf[WORDS_MAX])
{
    const struct xenpt_flag *flags[64];
    /* Whatever the entry holds, these are the names that its bits have in it. */
    size_t n = xenpt_entry_flags(f, step->level, step->entry | bits, true, flags,
                                 ARRAY_SIZE(flags));

    buf[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        uint64_t mask = flags[i]->mask;
        unsigned int low = (unsigned int)__builtin_ctzll(mask);

        /* A field that has fewer bits at stake than it has is told of by its bits. */
        if ((bits & mask) != mask)
            continue;
        append(buf, "%s%s is %llu", *buf ? ", " : "", flags[i]->name,
               (unsigned long long)((step->entry & mask) >> low));
        bits &= ~mask;
    }
    while (bits) {
        uint64_t run = lowest_run(bits);

        append_field(buf, step->entry, run);
        bits &= ~run;
    }
    return buf;
}

/* --- Accesses ------------------------------------------------------------------------------ */

const char *access_name(enum xenpt_access_kind kind)
{
    static const char *const names[] = {
        [XENPT_READ] = "read",
        [XENPT_WRITE] = "write",
        [XENPT_FETCH] = "fetch",
    };

    return names[kind];
}

const char *access_words(const struct xenpt_access *access, char buf[WORDS_MAX])
{
    snprintf(buf, WORDS_MAX, "%s at CPL %u", access_name(access->kind), access->cpl);
    if (access->implicit)
        append(buf, ", implicit");
    if (access->shadow_stack)
        append(buf, ", to a shadow stack");
    if (access->stack_segment)
        append(buf, ", through SS");
    if (access->ac)
        append(buf, ", EFLAGS.AC set");
    return buf;
}
