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
#define SDM      "Intel SDM vol. 3, "
#define APM      "AMD APM vol. 2, "

static bool is_pf(const struct result *r)
{
    return r->outcome == RESULT_FAULT && r->vector == 14;
}

/* --- Words --------------------------------------------------------------------------------- */

static uint64_t value_in(const struct result_changed *changed, unsigned int n, uint32_t word,
                         uint64_t otherwise)
{
    for (unsigned int i = 0; i < n; i++)
        if (changed[i].word == word)
            return changed[i].value;
    return otherwise;
}

/* Whether all that is wrong with words is bits that @may allows for each of them. */
static bool only_in(const struct difference *d,
                    uint64_t (*may)(const struct difference *d, uint32_t word, uint64_t want))
{
    const struct answer *a = d->answer;
    const struct result_changed *changed = (const struct result_changed *)(const void *)(d->result +
                                                                                         1);

    for (uint32_t i = 0; i < d->c->head->nr_words; i++) {
        const struct blob_word *w = &d->c->words[i];
        uint64_t planted = w->at & WORD_IS_32 ? w->value & UINT32_MAX : w->value;
        uint64_t want = value_in(a->changed, a->result.nr_changed, i, planted), free = 0;
        uint64_t got = value_in(changed, d->result->nr_changed, i, planted);

        for (unsigned int f = 0; f < a->nr_freedoms; f++)
            if (a->freedom[f].word == i)
                free |= a->freedom[f].bits;
        if ((want ^ got) & ~free && (want ^ got) & ~free & ~may(d, i, want))
            return false;
    }
    return true;
}

#define A UINT64_C(0x20)

/* A that is set, though it should not be. */
static uint64_t more_a(const struct difference *d, uint32_t word, uint64_t want)
{
    (void)d;
    (void)word;
    return ~want & A;
}

/* Flags that are not set; of a second stage's tables of tables D, too. */
static uint64_t less_flags(const struct difference *d, uint32_t word, uint64_t want)
{
    static const uint64_t flags[] = { A, A | 0x300, A | 0x40 };

    (void)word;
    return want & flags[d->state->stage % ARRAY_SIZE(flags)];
}

/* --- QEMU TCG ------------------------------------------------------------------------------ */

static unsigned int reserved_without_p(const struct difference *d)
{
    const struct result *want = &d->answer->result, *got = d->result;

    if (d->answer->rule != XENPT_RULE_RESERVED)
        return 0;
    if (is_pf(want) && is_pf(got) && want->code == (got->code | XENPT_PF_P))
        return DIFFERS_CODE;
    if (want->outcome == RESULT_EXIT && got->outcome == RESULT_EXIT &&
        want->value == (got->value | XENPT_PF_P))
        return DIFFERS_INFO;
    return 0;
}

/* Neither aligned nor, by a lock of its own, one access: it is done as a read, then a write. */
static bool is_torn(const struct difference *d)
{
    return d->access->kind == ACCESS_RMW && d->access->va & (d->access->size - 1u);
}

static unsigned int torn_rmw(const struct difference *d)
{
    const struct result *got = d->result;
    uint64_t last = d->access->va + d->access->size - 1;

    if (!is_torn(d) || d->answer->result.outcome == RESULT_DONE)
        return 0;
    if (is_pf(got) && !(got->code & XENPT_PF_W))
        return d->comparison->differs;
    if (got->outcome == RESULT_EXIT && !(got->value & XENPT_PF_W))
        return d->comparison->differs;
    /* The way to the second page's tables, before the write to the first page. */
    if (got->outcome == RESULT_EXIT && got->value & XENPT_NPF_TABLE &&
        (d->access->va ^ last) >= 4096)
        return d->comparison->differs;
    return only_in(d, more_a) ? DIFFERS_WORDS : 0;
}

/* A is set in the entry that has the reserved bits. */
static unsigned int reserved_accessed(const struct difference *d)
{
    return d->answer->rule == XENPT_RULE_RESERVED && only_in(d, more_a) ? DIFFERS_WORDS : 0;
}

/* The first page is looked up before the second one turns out not to have an address. */
static unsigned int edge_by_pages(const struct difference *d)
{
    const struct result *got = d->result;
    uint64_t last = d->access->va + d->access->size - 1;

    if (d->answer->rule != XENPT_RULE_NON_CANONICAL || (d->access->va ^ last) < 4096 ||
        !is_pf(got) || got->address >> 12 != d->access->va >> 12)
        return 0;
    return DIFFERS_VECTOR | DIFFERS_CODE | DIFFERS_WORDS;
}

static bool cr3_too_wide(const struct xenpt_cpu *cpu, const struct blob_state *s,
                         const struct blob_access *a)
{
    uint64_t cr3 = s->cr3;

    (void)a;
    if (s->cr4 & XENPT_CR4_PCIDE)
        cr3 &= ~XENPT_CR3_NOFLUSH;
    return cr3 & ~ones(cpu->maxphyaddr);
}

/* A in PDPTEs, which have none: they lie in the first 32 bytes of what CR3 says. */
static uint64_t pdpte_a(const struct difference *d, uint32_t word, uint64_t want)
{
    uint64_t root = d->state->cr3 % PROBE_GUEST_SPAN & ~UINT64_C(31);

    return (d->c->words[word].at - root) < 32 ? ~want & A : 0;
}

static unsigned int pdpte_accessed(const struct difference *d)
{
    return mode_of(d->state) == MODE_PAE && only_in(d, pdpte_a) ? DIFFERS_WORDS : 0;
}

static unsigned int pdpte_unchecked(const struct difference *d)
{
    const struct answer *a = d->answer;

    if (mode_of(d->state) != MODE_PAE)
        return 0;
    if (a->result.outcome == RESULT_LOAD ||
        (a->rule == XENPT_RULE_RESERVED && a->level == 3 && !a->second))
        return d->comparison->differs;
    return 0;
}

/* Whether the other page of an access has such an entry on its way. */
static bool has_global_table(const struct difference *d)
{
    for (uint32_t i = 0; i < d->c->head->nr_words; i++)
        if ((d->c->words[i].value & 0x181) == 0x101)
            return true;
    return false;
}

static unsigned int l4_global(const struct difference *d)
{
    const struct answer *a = d->answer;
    uint64_t last = d->access->va + d->access->size - 1;

    if (d->cpu->vendor != XENPT_AMD)
        return 0;
    /* What comes of it instead is the business of the entries below. */
    if (a->rule == XENPT_RULE_RESERVED && a->level >= 4)
        return d->comparison->differs;
    if ((d->access->va ^ last) >= 4096 && a->result.outcome != RESULT_DONE && has_global_table(d))
        return DIFFERS_WORDS;
    return 0;
}

/* --- Bochs --------------------------------------------------------------------------------- */

/* Whether keys are all that the difference can be about. */
static bool keys_matter(const struct difference *d)
{
    return d->state->cr4 & XENPT_CR4_PKE && d->state->pkru &&
           (d->result->outcome <= RESULT_FAULT && d->answer->result.outcome <= RESULT_FAULT);
}

static unsigned int bochs_keys(const struct difference *d)
{
    const struct result *want = &d->answer->result, *got = d->result;

    if (!keys_matter(d))
        return 0;
    if (want->outcome != got->outcome)
        return DIFFERS_OUTCOME;
    /* What is not denied for the first page's key goes on to the second... */
    if (d->answer->rule == XENPT_RULE_PKEY && got->address > want->address)
        return d->comparison->differs;
    /* ...and what is denied for it without reason does not. */
    if (is_pf(got) && got->code & XENPT_PF_PK && want->address != got->address)
        return DIFFERS_CODE | DIFFERS_ADDRESS;
    return is_pf(want) && is_pf(got) && (want->code ^ got->code) == XENPT_PF_PK ? DIFFERS_CODE : 0;
}

/* An instruction in two pages that was decoded before: the second page is not looked up again. */
static unsigned int split_fetch(const struct difference *d)
{
    const struct answer *a = d->answer;
    bool second = a->result.outcome == RESULT_DONE || a->result.address == d->access->va + 1 ||
                  a->result.linear == d->access->va + 1;

    if (d->access->kind != ACCESS_FETCH || (d->access->va & 4095) != 4095 ||
        d->result->outcome != RESULT_DONE || !second)
        return 0;
    return DIFFERS_OUTCOME | (only_in(d, less_flags) ? DIFFERS_WORDS : 0);
}

#define EPTP_AD XENPT_BIT(6)

/* What the second stage says of an access to a guest's table. */
static bool is_table_violation(const struct difference *d)
{
    const struct result *want = &d->answer->result;

    return want->outcome == RESULT_EXIT && want->code == 48 && !(want->value & XENPT_EPTV_FINAL) &&
           want->value & XENPT_EPTV_LINEAR;
}

/* A guest's A and D are set although EPT forbids writing to its table. */
static unsigned int guest_flags_through(const struct difference *d)
{
    if (d->state->second & EPTP_AD || !is_table_violation(d) || d->answer->rule != XENPT_RULE_WRITE)
        return 0;
    return d->comparison->differs;
}

/* With EPT's A and D, a table's violation says that it is a write, and not also a read. */
static unsigned int table_not_read(const struct difference *d)
{
    const struct result *want = &d->answer->result, *got = d->result;

    if (!(d->state->second & EPTP_AD) || !is_table_violation(d) || got->outcome != RESULT_EXIT)
        return 0;
    return want->value == (got->value | XENPT_EPTV_READ) ? DIFFERS_INFO : 0;
}

/* Bit 12 of an EPT entry that maps a large page; in other formats it is the page's PAT bit. */
static unsigned int large_bit_12(const struct difference *d)
{
    if (d->answer->rule != XENPT_RULE_EPT_MISCONFIG || d->answer->level < 2)
        return 0;
    for (uint32_t i = 0; i < d->c->head->nr_words; i++)
        if ((d->c->words[i].value & 0x1080) == 0x1080)
            return d->comparison->differs;
    return 0;
}

static unsigned int vmrun_goes_on(const struct difference *d)
{
    return d->answer->result.outcome == RESULT_ENTRY ? d->comparison->differs : 0;
}

/* --- KVM without hardware support: supervisor code is emulated, user code is the host's --- */

static bool crosses(const struct blob_access *a)
{
    return a->kind != ACCESS_FETCH && (a->va & 4095) + a->size > 4096;
}

static unsigned int aligned_by_host(const struct difference *d)
{
    const struct blob_access *a = d->access;

    if (d->result->outcome != RESULT_FAULT || d->result->vector != 17 || !a->ac || a->cpl != 3 ||
        !(a->va & (a->size - 1u)))
        return 0;
    return d->comparison->differs;
}

/* The emulator goes page by page, and looks up the second when the first is done; the host's
 * own processor takes what begins below its edge for canonical. */
static unsigned int torn_by_emulator(const struct difference *d)
{
    bool edge = d->answer->rule == XENPT_RULE_NON_CANONICAL && is_pf(d->result);

    if (!crosses(d->access))
        return 0;
    if (edge || (!d->access->cpl && d->access->kind == ACCESS_RMW))
        return d->comparison->differs;
    return d->access->cpl ? 0 : DIFFERS_WORDS;
}

/* What lies in the half of addresses that the host keeps for itself. */
static unsigned int host_half(const struct difference *d)
{
    bool mine = d->access->cpl == 3 && d->access->va >> 63 && is_pf(d->result);

    return mine ? d->comparison->differs : 0;
}

static const struct erratum rows[] = {
    { "tcg-reserved-p", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "the code of a fault by a reserved bit lacks P",
      SDM "\"Page-Fault Exceptions\": RSVD is set because of a reserved bit in an entry that is "
          "present, and P is clear only if an entry was not",
      reserved_without_p, NULL },
    { "tcg-torn-rmw", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "a locked read-modify-write that is not aligned is made as a read and then a write: its "
      "fault "
      "has W clear, and may be the second page's where the first one's is due",
      SDM "\"Page-Fault Exceptions\": W/R is set if the access causing the fault was a write",
      torn_rmw, NULL },
    { "tcg-reserved-a", "qemu", " 7.2.", (1u << NR_SUITES) - 1,
      "A is set in an L3 entry that maps a page and has reserved bits set",
      SDM "\"Accessed and Dirty Flags\": A is set in an entry that is used for a translation, and "
          "there is no translation by one with reserved bits",
      reserved_accessed, NULL },
    { "tcg-edge", "qemu", " 7.2.", S(4LEVEL) | S(5LEVEL) | S(NPT),
      "an access from the last canonical page to the first address that is not faults on the page, "
      "if it can",
      "Intel SDM vol. 1, \"Canonical Addressing\": a reference that is not canonical in any byte "
      "is "
      "refused, before paging has a say",
      edge_by_pages, NULL },
    { "tcg-cr3-hangs", "qemu", "", (1u << NR_SUITES) - 1,
      "a load of CR3 with bits above MAXPHYADDR never ends",
      SDM "\"Control Registers\": MOV to CR3 raises #GP", NULL, cr3_too_wide },
    { "tcg-pdpte", "qemu", "", S(PAE) | S(NPT),
      "PDPTEs are not checked when they are loaded, but at each access, and are marked as accessed",
      SDM "\"PDPTE Registers\": a load raises #GP if a present one has reserved bits",
      pdpte_unchecked, NULL },
    { "tcg-pdpte-a", "qemu", "", S(PAE) | S(NPT), "A is set in PDPTEs, which have no such flag",
      SDM "\"PAE Paging\": bit 5 of a PDPTE is reserved; \"Accessed and Dirty Flags\" leave it out",
      pdpte_accessed, NULL },
    { "l4-global", "qemu", "", S(4LEVEL) | S(5LEVEL) | S(NPT),
      "bit 8 of an L4 or L5 entry is ignored on AMD's processors, too",
      APM "5.3.3, \"Long-Mode Page Translation\": bit 8 of a PML4E and PML5E must be zero",
      l4_global, NULL },
    { "l4-global", "bochs", "", S(4LEVEL) | S(NPT),
      "bit 8 of an L4 entry is ignored on AMD's processors, too",
      APM "5.3.3, \"Long-Mode Page Translation\": bit 8 of a PML4E must be zero", l4_global, NULL },
    { "bochs-keys", "bochs", " 2.7", S(4LEVEL) | S(EPT) | S(NPT),
      "PKRU.AD does not stop supervisor reads, WD stops writes to supervisor pages, and PK is set "
      "for user accesses to supervisor pages",
      SDM "\"Protection Keys\": AD denies all data accesses to user-mode addresses, and keys of "
          "PKRU have no say over supervisor-mode ones",
      bochs_keys, NULL },
    { "bochs-ept-guest-flags", "bochs", " 2.7", S(EPT),
      "without A and D of EPT, a guest's A and D are set in tables that EPT lets nobody write",
      SDM
      "\"EPT Violations\": writes to guest paging structures to update accessed and dirty flags "
      "are data writes",
      guest_flags_through, NULL },
    { "bochs-ept-table-read", "bochs", " 2.7", S(EPT),
      "with A and D of EPT, the qualification of a violation by an access to a guest's table has "
      "bit 1 set, and bit 0 clear",
      SDM "\"Exit Qualification for EPT Violations\", note 1: the processor sets both",
      table_not_read, NULL },
    { "bochs-ept-bit-12", "bochs", " 2.7", S(EPT),
      "bit 12 of an EPT entry that maps 2 MiB or 1 GiB is ignored",
      SDM
      "\"EPT Translation Mechanism\": bits 20:12, and 29:12, of such an entry are reserved, and "
      "\"EPT Misconfigurations\"",
      large_bit_12, NULL },
    { "bochs-vmrun-cr3", "bochs", " 2.7", S(NPT),
      "VMRUN enters a guest whose CR3, or nCR3, has bits above MAXPHYADDR",
      APM
      "15.5.1, \"Canonicalization and Consistency Checks\": any bit of CR3 that must be zero is "
      "set: VMEXIT_INVALID",
      vmrun_goes_on, NULL },
    { "bochs-split-fetch", "bochs", " 2.7", S(2LEVEL) | S(PAE) | S(4LEVEL) | S(EPT) | S(NPT),
      "an instruction that lies in two pages and was decoded before is executed again without a "
      "walk for the second page, whatever was loaded into CR3 since",
      SDM "\"Operations that Invalidate TLBs and Paging-Structure Caches\": MOV to CR3 drops the "
          "translations, and \"Accessed and Dirty Flags\": the next use sets A",
      split_fetch, NULL },
    { "pvm-alignment", "kvm", "PVM", S(4LEVEL),
      "user accesses that are not aligned raise #AC with EFLAGS.AC alone: CR0.AM is the host's",
      SDM "\"Alignment Check Exception\": it needs CR0.AM, EFLAGS.AC and CPL 3", aligned_by_host,
      NULL },
    { "pvm-torn", "kvm", "PVM", S(4LEVEL),
      "an access to two pages, which is emulated, is made to the first before the second refuses "
      "it, or is found to have no address",
      SDM "\"Interrupt 14 - Page-Fault Exception\": it is a fault, which leaves the program as it "
          "was before the instruction",
      torn_by_emulator, NULL },
    { "pvm-host-half", "kvm", "PVM", S(4LEVEL),
      "user-mode accesses in the upper half of addresses, which is the host's, fault, and their "
      "codes are not those of the guest's entries",
      SDM "\"Page-Fault Exceptions\": the code tells of the entries that translate the address",
      host_half, NULL },
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

unsigned int errata_explain(const struct difference *d, const char *mmu, const char *version,
                            enum suite suite, uint32_t *which)
{
    unsigned int left = d->comparison->differs;

    *which = 0;
    for (unsigned int i = 0; left && i < ARRAY_SIZE(rows); i++) {
        unsigned int by;

        if (!rows[i].explains || !erratum_applies(&rows[i], mmu, version, suite))
            continue;
        by = rows[i].explains(d) & left;
        if (by)
            *which |= UINT32_C(1) << i;
        left &= ~by;
    }
    return left;
}

int errata_exclude(const struct xenpt_cpu *cpu, const struct blob_state *state,
                   const struct blob_access *access, const char *mmu, const char *version,
                   enum suite suite)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].excludes && erratum_applies(&rows[i], mmu, version, suite) &&
            rows[i].excludes(cpu, state, access))
            return (int)i;
    return -1;
}
