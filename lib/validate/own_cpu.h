/*
 * own_cpu.h - the CPU that this runs on, in user mode.
 *
 * A child makes mappings whose tables Linux has to write in one way only, accesses them, and
 * notes what signals tell: vector, error code, CR2.  The library's answer is that of tables
 * which say what the mappings must be; as root it is compared with the frames that Linux
 * names, and where /proc/kcore is, the live tables are found in it and walked.
 */
#ifndef XENPT_VALIDATE_OWN_CPU_H
#define XENPT_VALIDATE_OWN_CPU_H

#include "validate/mmu.h"
#include "xenpt/judge.h"

/* --- What the child does: own_child.c ------------------------------------------------------ */

/* What a page is mapped as. */
enum own_kind {
    OWN_RW,
    OWN_RO,
    OWN_RX,
    OWN_RWX,
    OWN_NONE,    /* PROT_NONE: Linux keeps the page, and says P=0. */
    OWN_ABSENT,  /* Nothing is mapped. */
    OWN_KEY_OFF, /* RW with a key that denies everything... */
    OWN_KEY_RO,  /* ...and with one that denies writes. */
    OWN_NR_KINDS,
};

struct own_access {
    uint64_t va;
    uint8_t kind; /* ACCESS_... */
    uint8_t size;
};

/* What came of it; all 0 but `made`: it went through. */
struct own_outcome {
    uint8_t made; /* It was tried. */
    uint8_t signal, vector;
    uint32_t code;
    uint64_t address;
};

#define OWN_PAGE     UINT64_C(4096)
#define OWN_LARGE    (UINT64_C(2) << 20)
#define OWN_PAIRS    (OWN_NR_KINDS * OWN_NR_KINDS)
#define OWN_PAGES    (2 * OWN_PAIRS) /* For each pair of kinds, two pages in a row. */
#define OWN_ACCESSES 8192
#define OWN_NR_LARGE 2 /* Pages of 2 MiB that are asked for: RW and RO. */

/* What parent and child share. */
struct own_ground {
    uint64_t pages;            /* Where the pages begin... */
    uint64_t large;            /* ...and those of 2 MiB. */
    bool has_keys;             /* Protection keys work: the child says so... */
    uint8_t key[OWN_NR_KINDS]; /* ...with the number of each. */
    uint32_t pkru;
    bool has_frames; /* Frames are known: of each page, 0: none. */
    uint64_t frame[OWN_PAGES], large_frame[OWN_NR_LARGE];
    bool large_is[OWN_NR_LARGE]; /* 512 frames in a row. */
    uint32_t ready;              /* The child has done all it was to do. */
    uint32_t nr_accesses;
    struct own_access access[OWN_ACCESSES];
    struct own_outcome outcome[OWN_ACCESSES];
};

static inline enum own_kind own_kind_of(unsigned int page)
{
    unsigned int pair = page / 2;

    return page % 2 ? pair / OWN_NR_KINDS : pair % OWN_NR_KINDS;
}

/* The child: makes the mappings, then the accesses.  It must not be a thread among others. */
void own_child(struct own_ground *ground);

/* --- What the model says: own_model.c ------------------------------------------------------ */

/* The processor that CPUID tells of, and the registers of a process. */
struct own_machine {
    struct results_machine machine;
    struct xenpt_cpu cpu;
    struct xenpt_regs regs;
    bool la57; /* Linux uses it. */
};

void own_machine(struct own_machine *ret);

/* What an access has to come to; `address` and `code` where it is refused. */
struct own_expected {
    struct own_outcome outcome;
    bool either; /* Both pages refuse it: which is told of is not said anywhere. */
    struct own_outcome other;
    uint32_t code_free; /* Bits of the code that Linux changes. */
    enum xenpt_rule_id rule;
};

void own_expect(const struct xenpt_paging *paging, const struct xenpt_reader *mem,
                const struct own_access *access, struct own_expected *ret);
bool own_agrees(const struct own_expected *expected, const struct own_outcome *outcome);

/* --- All of it: own_cpu.c ------------------------------------------------------------------ */

/* An access of which the two think differently. */
struct own_difference {
    struct own_access access;
    struct own_expected expected;
    struct own_outcome outcome;
};

#define OWN_DIFFERENCES 16

struct own_report {
    struct own_machine machine;
    uint64_t accesses, refused, either; /* Compared; of those refused by the CPU; left open. */
    uint64_t by_rule[XENPT_NR_RULES];
    uint64_t differing;
    struct own_difference difference[OWN_DIFFERENCES];
    bool keys, large;    /* Protection keys and pages of 2 MiB were among them. */
    uint64_t frames;     /* Pages whose frame was compared with Linux's word... */
    char no_frames[160]; /* ...or why none was. */
    uint64_t live;       /* Accesses and frames compared with the live tables... */
    char no_live[160];   /* ...or why none was. */
    uint64_t live_differing;
};

XENPT_CHECK enum xenpt_code own_cpu_check(const struct mmu_options *options, struct own_report *ret,
                                          struct xenpt_error *err);

#endif
