/*
 * quirk.h - what the model can be told to do wrong, as some MMU does.
 *
 * An erratum (errata.h) is no excuse: it is a quirk, and the model, asked again with it, has to
 * give the very answer that the MMU gave.  Whatever else is wrong with that remains a
 * disagreement.
 */
#ifndef XENPT_VALIDATE_QUIRK_H
#define XENPT_VALIDATE_QUIRK_H

#include "validate/answer.h"

enum quirk {
    QUIRK_RESERVED_P,   /* The code of a fault by a reserved bit lacks P. */
    QUIRK_RESERVED_A,   /* A is set in an L3 entry that maps a page and has bits 29:13 set. */
    QUIRK_TORN_RMW,     /* One that is not aligned is a read, and then a write. */
    QUIRK_EDGE,         /* Pages are looked up before the second turns out to have no address. */
    QUIRK_PDPTE_WALKED, /* PDPTEs are read at each access, and have bits 63:52 to be refused. */
    QUIRK_PDPTE_A,      /* They are marked as accessed. */
    QUIRK_L4_GLOBAL,    /* Bit 8 of L4 and L5 entries is ignored. */
    QUIRK_KEYS,         /* PKRU: AD for users only, and neither asks whose page it is. */
    QUIRK_GUEST_FLAGS,  /* A guest's A and D need no W of EPT. */
    QUIRK_TABLE_READ,   /* Violations by guests' tables lack bit 0 with EPT's A and D. */
    QUIRK_EPT_BIT_12,   /* Bit 12 of an EPT entry that maps a large page is ignored. */
    QUIRK_WIDE_CR3,     /* VMRUN enters with bits of CR3 above MAXPHYADDR, of which 63:48 mean
                           nothing. */
    QUIRK_WIDE_NCR3,    /* The same of nCR3. */
    QUIRK_SPLIT_FETCH,  /* Of an instruction in two pages the second is not looked up. */
    QUIRK_USER_AC,      /* #AC of users by EFLAGS.AC alone. */
    QUIRK_BY_PAGE,      /* Of an access to two pages the first is done with when the second is
                           looked up, by its low bits; a read-modify-write is read so, too. */
    QUIRK_UPPER_HALF,   /* A user's addresses above the middle are not present. */
    QUIRK_UPPER_BAD,    /* Or an entry of theirs has a reserved bit set. */
    QUIRK_NXE_BEFORE,   /* Entries are what they were with EFER.NXE the other way round. */
    NR_QUIRKS,
};

#define QUIRK(name) (1u << QUIRK_##name)

/* Whether an access can come to the point at which the quirk makes a difference: a glance. */
bool quirk_concerns(enum quirk quirk, const struct xenpt_cpu *cpu, const struct blob_state *state,
                    const struct blob_access *access);

/* Whether a load of the state's CR3 should be refused. */
bool cr3_too_wide(const struct xenpt_cpu *cpu, const struct blob_state *state);

/* model_answer() with quirks, bits of QUIRK(...). */
void model_answer_with(struct model *model, unsigned int i, unsigned int quirks,
                       struct answer *ret);

#endif
