/*
 * errata.c - what MMUs are known to do otherwise than their manuals say.
 *
 * Each row was seen on the version that it names, and a passage of a manual says who is right.
 * A bit that an answer leaves free is no erratum, whoever sets it.
 */
#include "validate/errata.h"

#include <string.h>

#include "base/bits.h"
#include "validate/harness.h"

#define S(suite) (1u << SUITE_##suite)
#define NPT      (S(NPT) | S(NPT_PAE) | S(NPT_2LEVEL))
#define SDM      "Intel SDM vol. 3, "
#define APM      "AMD APM vol. 2, "

/* A guest whose CR3 is taken at its word, and leads to where nothing is planted. */
static bool cr3_leads_astray(const struct xenpt_cpu *cpu, const struct blob_state *s)
{
    return is_npt(s->stage) && s->cr3 & ones(48) & ~ones(cpu->maxphyaddr);
}

/* The same of nCR3: to where the machine has no memory. */
static bool ncr3_leads_astray(const struct xenpt_cpu *cpu, const struct blob_state *s)
{
    return is_npt(s->stage) && s->second & ones(52) & ~ones(cpu->maxphyaddr);
}

static const struct erratum rows[] = {
    { "tcg-reserved-p", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "the code of a fault by a reserved bit lacks P",
      SDM "\"Page-Fault Exceptions\": RSVD is set because of a reserved bit in an entry that is "
          "present, and P is clear only if an entry was not",
      QUIRK_RESERVED_P, NULL },
    { "tcg-torn-rmw", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "a locked read-modify-write that is not aligned is made as a read and then a write: its "
      "fault "
      "has W clear, and may be the second page's where the first one's is due",
      SDM "\"Page-Fault Exceptions\": W/R is set if the access causing the fault was a write",
      QUIRK_TORN_RMW, NULL },
    { "tcg-reserved-a", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "A is set in an L3 entry that maps a page and has reserved bits set",
      SDM "\"Accessed and Dirty Flags\": A is set in an entry that is used for a translation, and "
          "there is no translation by one with reserved bits",
      QUIRK_RESERVED_A, NULL },
    { "tcg-edge", "qemu", " 7.2.", S(4LEVEL) | S(5LEVEL) | S(NPT),
      "an access from the last canonical page to the first address that is not faults on the page, "
      "if it can",
      "Intel SDM vol. 1, \"Canonical Addressing\": a reference that is not canonical in any byte "
      "is "
      "refused, before paging has a say",
      QUIRK_EDGE, NULL },
    { "tcg-cr3-hangs", "qemu", "", (1u << NR_SUITES) - 1,
      "a load of CR3 with bits above MAXPHYADDR never ends",
      "Intel SDM vol. 2, \"MOV - Move to/from Control Registers\": #GP(0), if a reserved bit is "
      "set",
      NR_QUIRKS, cr3_too_wide },
    { "tcg-ncr3", "qemu", "", S(NPT),
      "VMRUN takes nCR3 with bits above MAXPHYADDR: of the address up to bit 51, and beyond that "
      "of "
      "no meaning",
      APM "15.5.1, \"Canonicalization and Consistency Checks\": VMEXIT_INVALID", QUIRK_WIDE_NCR3,
      ncr3_leads_astray },
    { "tcg-pdpte", "qemu", "", S(PAE) | NPT,
      "PDPTEs are not checked when they are loaded, but at each access, and are marked as accessed",
      SDM "\"PDPTE Registers\": a load raises #GP if a present one has reserved bits",
      QUIRK_PDPTE_WALKED, NULL },
    { "tcg-pdpte-a", "qemu", "", S(PAE) | NPT, "A is set in PDPTEs, which have no such flag",
      SDM "\"PAE Paging\": bit 5 of a PDPTE is reserved; \"Accessed and Dirty Flags\" leave it out",
      QUIRK_PDPTE_A, NULL },
    { "l4-global", "qemu", "", S(4LEVEL) | S(5LEVEL) | S(NPT),
      "bit 8 of an L4 or L5 entry is ignored on AMD's processors, too",
      APM "5.3.3, \"4-Kbyte Page Translation\": bit 8 of a PML4E and PML5E must be zero",
      QUIRK_L4_GLOBAL, NULL },
    { "l4-global", "bochs", "", S(4LEVEL) | S(NPT),
      "bit 8 of an L4 entry is ignored on AMD's processors, too",
      APM "5.3.3, \"4-Kbyte Page Translation\": bit 8 of a PML4E must be zero", QUIRK_L4_GLOBAL,
      NULL },
    { "bochs-keys", "bochs", " 2.7", S(4LEVEL) | S(EPT) | S(NPT),
      "PKRU.AD does not stop supervisor reads, WD stops writes to supervisor pages, and PK is set "
      "for user accesses to supervisor pages",
      SDM "\"Protection Keys\": AD denies all data accesses to user-mode addresses, and keys of "
          "PKRU have no say over supervisor-mode ones",
      QUIRK_KEYS, NULL },
    { "bochs-ept-guest-flags", "bochs", " 2.7", S(EPT),
      "without A and D of EPT, a guest's A and D are set in tables that EPT lets nobody write",
      SDM
      "\"EPT Violations\": writes to guest paging structures to update accessed and dirty flags "
      "are data writes",
      QUIRK_GUEST_FLAGS, NULL },
    { "bochs-ept-table-read", "bochs", " 2.7", S(EPT),
      "with A and D of EPT, the qualification of a violation by an access to a guest's table has "
      "bit 1 set, and bit 0 clear",
      SDM "\"Exit Qualification for EPT Violations\", note 1: the processor sets both",
      QUIRK_TABLE_READ, NULL },
    { "bochs-ept-bit-12", "bochs", " 2.7", S(EPT),
      "bit 12 of an EPT entry that maps 2 MiB or 1 GiB is ignored",
      SDM
      "\"EPT Translation Mechanism\": bits 20:12, and 29:12, of such an entry are reserved, and "
      "\"EPT Misconfigurations\"",
      QUIRK_EPT_BIT_12, NULL },
    { "bochs-vmrun-cr3", "bochs", " 2.7", S(NPT),
      "VMRUN enters a guest whose CR3 has bits above MAXPHYADDR: of the address up to bit 47, and "
      "beyond that of no meaning",
      APM
      "15.5.1, \"Canonicalization and Consistency Checks\": any bit of CR3 that must be zero is "
      "set: VMEXIT_INVALID",
      QUIRK_WIDE_CR3, cr3_leads_astray },
    { "bochs-split-fetch", "bochs", " 2.7", S(2LEVEL) | S(PAE) | S(4LEVEL) | S(EPT) | NPT,
      "an instruction that lies in two pages and was decoded before is executed again without a "
      "walk for the second page, whatever was loaded into CR3 since",
      SDM "\"Operations that Invalidate TLBs and Paging-Structure Caches\": MOV to CR3 drops the "
          "translations, and \"Accessed and Dirty Flags\": the next use sets A",
      QUIRK_SPLIT_FETCH, NULL },
    { "pvm-alignment", "kvm", "PVM", S(4LEVEL),
      "user accesses that are not aligned raise #AC with EFLAGS.AC alone: CR0.AM is the host's",
      SDM "\"Alignment Check Exception\": it needs CR0.AM, EFLAGS.AC and CPL 3", QUIRK_USER_AC,
      NULL },
    { "pvm-torn", "kvm", "PVM", S(4LEVEL),
      "an access to two pages that is emulated, as all of supervisors are, is made to the first "
      "page before the second is looked up, and that by its low bits alone",
      SDM "\"Interrupt 14 - Page-Fault Exception\": it is a fault, which leaves the program as it "
          "was before the instruction",
      QUIRK_BY_PAGE, NULL },
    { "pvm-host-half", "kvm", "PVM", S(4LEVEL),
      "user-mode accesses in the upper half of addresses, which is the host's, may fault as if "
      "nothing was there",
      SDM "\"Page-Fault Exceptions\": the code tells of the entries that translate the address",
      QUIRK_UPPER_HALF, NULL },
    { "pvm-host-entry", "kvm", "PVM", S(4LEVEL),
      "or as if an entry had a reserved bit: the host's have NX, which is one without EFER.NXE",
      SDM "\"Page-Fault Exceptions\": RSVD tells of the entries that translate the address",
      QUIRK_UPPER_BAD, NULL },
    { "pvm-nxe", "kvm", "PVM", S(4LEVEL),
      "after a change of EFER.NXE user-mode accesses may find what entries were before it",
      SDM "\"4-Level Paging\": bit 63 is execute-disable if IA32_EFER.NXE is set, else reserved",
      QUIRK_NXE_BEFORE, NULL },
};

const struct erratum *erratum_row(unsigned int i)
{
    return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

bool erratum_applies(const struct erratum *e, const char *mmu, const char *version,
                     enum suite suite)
{
    return e->suites & 1u << suite && !strncmp(mmu, e->mmu, strlen(e->mmu)) &&
           strstr(version, e->version);
}

/* --- Explaining ---------------------------------------------------------------------------- */

/* Whether the model gives the very answer with these quirks. */
static bool is_answer(const struct difference *d, unsigned int quirks, struct comparison *ret)
{
    struct answer answer;
    unsigned int i = (unsigned int)(d->access - d->c->accesses);

    model_answer_with(d->answer->model, i, quirks, &answer);
    compare(d->c, i, &answer, d->result, ret);
    return !ret->differs && !ret->open;
}

/* Quirks without which the answer is as it is are none of its causes. */
static unsigned int fewest(const struct difference *d, unsigned int quirks)
{
    struct comparison comparison;

    for (unsigned int q = 0; q < NR_QUIRKS; q++)
        if (quirks & 1u << q && is_answer(d, quirks & ~(1u << q), &comparison))
            quirks &= ~(1u << q);
    return quirks;
}

unsigned int errata_explain(const struct difference *d, const char *mmu, const char *version,
                            enum suite suite, uint32_t *which)
{
    struct comparison comparison;
    unsigned int may = 0, quirks;
    bool found;

    *which = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].quirk != NR_QUIRKS && erratum_applies(&rows[i], mmu, version, suite) &&
            quirk_concerns(rows[i].quirk, d->cpu, d->state, d->access))
            may |= 1u << rows[i].quirk;
    if (!may)
        return d->comparison->differs;
    /* All that it is known to do; then whatever part of that, for some things it does seldom. */
    found = is_answer(d, may, &comparison);
    for (quirks = may; !found && quirks;) {
        struct comparison other;

        quirks = (quirks - 1) & may;
        found = quirks && is_answer(d, quirks, &other);
    }
    if (!found)
        return comparison.open ? d->comparison->differs : comparison.differs;
    quirks = fewest(d, quirks);
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].quirk != NR_QUIRKS && quirks & 1u << rows[i].quirk &&
            erratum_applies(&rows[i], mmu, version, suite))
            *which |= UINT32_C(1) << i;
    return 0;
}

int errata_exclude(const struct xenpt_cpu *cpu, const struct blob_state *state, const char *mmu,
                   const char *version, enum suite suite)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].excludes && erratum_applies(&rows[i], mmu, version, suite) &&
            rows[i].excludes(cpu, state))
            return (int)i;
    return -1;
}
