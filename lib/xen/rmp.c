/*
 * rmp.c - the reverse map table of SEV-SNP: the checks at the end of a walk, in the order of the
 * manual: AMD APM vol. 2, 15.36.10, "RMP and VMPL Access Checks".
 */
#include "xenpt/encrypt.h"

#include "xen/encrypt.h"
#include "xen/guest.h"

const char *xenpt_rmp_verdict_name(enum xenpt_rmp_verdict verdict)
{
    static const char *const names[XENPT_NR_RMP_VERDICTS] = {
        [XENPT_RMP_OK] = "ok",
        [XENPT_RMP_NOT_ASSIGNED] = "not-assigned",
        [XENPT_RMP_OTHER_ASID] = "other-asid",
        [XENPT_RMP_OTHER_GFN] = "other-gfn",
        [XENPT_RMP_SIZE] = "size",
        [XENPT_RMP_NOT_VALID] = "not-valid",
        [XENPT_RMP_VMPL] = "vmpl",
        [XENPT_RMP_GUEST_PAGE] = "guest-page",
    };

    return names[verdict];
}

/* The host, and a guest's access to what it says is shared: writes to what is a guest's. */
static enum xenpt_rmp_verdict shared(const struct xenpt_rmp_entry *e,
                                     const struct xenpt_rmp_access *a)
{
    return a->need == XENPT_RMP_W && e->assigned ? XENPT_RMP_GUEST_PAGE : XENPT_RMP_OK;
}

static enum xenpt_rmp_verdict private(const struct xenpt_rmp_entry *e,
                                      const struct xenpt_rmp_access *a) {
    if (!e->assigned) return XENPT_RMP_NOT_ASSIGNED;
    if (e->asid != a->asid) return XENPT_RMP_OTHER_ASID;
    if (e->gfn != a->gfn) return XENPT_RMP_OTHER_GFN;
    /* A large page of the nested table may not be small ones here, nor the other way round. */
    if (e->large != a->large) return XENPT_RMP_SIZE;
    if (!e->validated) return XENPT_RMP_NOT_VALID;
    return e->perms[a->vmpl & 3] & a->need ? XENPT_RMP_OK : XENPT_RMP_VMPL;
}

enum xenpt_rmp_verdict xenpt_rmp_check(const struct xenpt_rmp_entry *entry,
                                       const struct xenpt_rmp_access *access, uint64_t *code)
{
    static const uint64_t codes[XENPT_NR_RMP_VERDICTS] = {
        [XENPT_RMP_NOT_ASSIGNED] = XENPT_PF_RMP, [XENPT_RMP_OTHER_ASID] = XENPT_PF_RMP,
        [XENPT_RMP_OTHER_GFN] = XENPT_PF_RMP,    [XENPT_RMP_SIZE] = XENPT_PF_RMP | XENPT_NPF_SIZEM,
        [XENPT_RMP_VMPL] = XENPT_NPF_VMPL,       [XENPT_RMP_GUEST_PAGE] = XENPT_PF_RMP,
    };
    bool guest = access->asid && access->is_private;
    enum xenpt_rmp_verdict verdict = guest ? private(entry, access) : shared(entry, access);

    *code = codes[verdict];
    if (guest && *code)
        *code |= XENPT_NPF_ENC;
    return verdict;
}

/* --- Of a machine -------------------------------------------------------------------------- */

/* As the toolstack feeds a guest's frames to its physical memory: hvm.c, by_toolstack. */
uint64_t encrypted_gfn(const struct xenpt_machine *m, const struct domain *d, uint64_t mfn,
                       unsigned int *level)
{
    const struct extent *e = domain_extent(d, mfn);
    uint64_t end = hvm_mmio_first(d), gfn;

    if (!e || e->gfn == NO_GFN)
        return NO_GFN;
    gfn = e->gfn + (mfn - e->first);
    if (gfn >= end)
        gfn += (UINT64_C(1) << (32 - XENPT_PAGE_SHIFT)) - end;
    entry_of(m, d->p2m, 4, gfn << XENPT_PAGE_SHIFT, level);
    return gfn;
}

bool encrypted_private(const struct xenpt_machine *m, const struct domain *d,
                       const struct xenpt_walk2 *walk)
{
    unsigned int nr = walk->guest.nr_steps;

    return !encrypted_c_bit(d) || d->desc->mode == XENPT_GUEST_2LEVEL || !nr ||
           walk->guest.step[nr - 1].entry & XENPT_BIT(m->processor->c_bit);
}

enum xenpt_rmp_verdict encrypted_check(const struct xenpt_machine *m, const struct domain *d,
                                       const struct xenpt_walk2 *walk,
                                       const struct xenpt_access *access, uint64_t *code)
{
    static const unsigned int needs[] = { [XENPT_READ] = XENPT_RMP_R,
                                          [XENPT_WRITE] = XENPT_RMP_W,
                                          [XENPT_FETCH] = XENPT_RMP_XU | XENPT_RMP_XS };
    const struct xenpt_walk *last = walk->nr_second ? &walk->second[walk->nr_second - 1] : NULL;
    struct xenpt_rmp_entry entry = xenpt_machine_rmp(m, xenpt_maddr_to_mfn(walk->out));
    struct xenpt_rmp_access a = {
        .asid = d->id + 1,
        .gfn = walk->guest.out >> XENPT_PAGE_SHIFT,
        .is_private = encrypted_private(m, d, walk),
        .large = last && last->nr_steps && last->step[last->nr_steps - 1].level > 1,
        .need = needs[access->kind],
    };

    *code = 0;
    return d->desc->encryption == XENPT_ENCRYPT_SEV_SNP ? xenpt_rmp_check(&entry, &a, code)
                                                        : XENPT_RMP_OK;
}
