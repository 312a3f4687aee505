/*
 * rmp.c - the reverse map table of SEV-SNP: the checks at the end of a walk, in the order of the
 * manual: AMD APM vol. 2, 15.36.10, "RMP and VMPL Access Checks"; and how entries change.
 */
#include "xenpt/encrypt.h"

#include <stdlib.h>

#include "xen/encrypt.h"
#include "xen/guest.h"

const char *xenpt_rmp_verdict_name(enum xenpt_rmp_verdict verdict)
{
    static const char *const names[XENPT_NR_RMP_VERDICTS] = {
        [XENPT_RMP_OK] = "ok",
        [XENPT_RMP_NOT_ASSIGNED] = "not-assigned",
        [XENPT_RMP_OTHER_ASID] = "other-asid",
        [XENPT_RMP_OTHER_GFN] = "other-gfn",
        [XENPT_RMP_IMMUTABLE] = "immutable",
        [XENPT_RMP_SIZE] = "size",
        [XENPT_RMP_NOT_VALID] = "not-valid",
        [XENPT_RMP_VMPL] = "vmpl",
        [XENPT_RMP_GUEST_PAGE] = "guest-page",
        [XENPT_RMP_NOT_VMSA] = "not-vmsa",
    };

    return names[verdict];
}

/* The host, and a guest's access to what it says is shared: writes to what is a guest's. */
static enum xenpt_rmp_verdict shared(const struct xenpt_rmp_entry *e,
                                     const struct xenpt_rmp_access *a)
{
    return a->need == XENPT_RMP_W && e->assigned ? XENPT_RMP_GUEST_PAGE : XENPT_RMP_OK;
}

/* Guest-Owned, Reverse-Map, Mutable. */
static enum xenpt_rmp_verdict owned(const struct xenpt_rmp_entry *e,
                                    const struct xenpt_rmp_access *a)
{
    if (!e->assigned)
        return XENPT_RMP_NOT_ASSIGNED;
    if (e->asid != a->asid)
        return XENPT_RMP_OTHER_ASID;
    if (e->gfn != a->gfn)
        return XENPT_RMP_OTHER_GFN;
    return e->immutable ? XENPT_RMP_IMMUTABLE : XENPT_RMP_OK;
}

static enum xenpt_rmp_verdict of_guest(const struct xenpt_rmp_entry *e,
                                       const struct xenpt_rmp_access *a)
{
    enum xenpt_rmp_verdict ret = owned(e, a);
    unsigned int perms = e->perms[a->vmpl & 3];

    if (ret != XENPT_RMP_OK)
        return ret;
    /* A large page of the nested table may not be small ones here, nor the other way round. */
    if (e->large != a->large)
        return XENPT_RMP_SIZE;
    if (!e->validated)
        return XENPT_RMP_NOT_VALID;
    /* To write and not to read is illegal: 15.36.7. */
    if (perms & XENPT_RMP_W && !(perms & XENPT_RMP_R))
        perms &= ~(unsigned int)XENPT_RMP_W;
    return perms & a->need ? XENPT_RMP_OK : XENPT_RMP_VMPL;
}

enum xenpt_rmp_verdict xenpt_rmp_check(const struct xenpt_rmp_entry *entry,
                                       const struct xenpt_rmp_access *access, uint64_t *code)
{
    bool guest = access->asid && access->is_private;
    enum xenpt_rmp_verdict verdict = guest ? of_guest(entry, access) : shared(entry, access);

    *code = verdict == XENPT_RMP_OK ? 0 : XENPT_PF_RMP;
    if (verdict == XENPT_RMP_NOT_VALID)
        *code = XENPT_VC_NOT_VALIDATED;
    else if (guest && *code)
        *code |= XENPT_NPF_ENC | (verdict == XENPT_RMP_VMPL ? XENPT_NPF_VMPL : 0);
    return verdict;
}

enum xenpt_rmp_verdict xenpt_rmp_check_vmsa(const struct xenpt_rmp_entry *entry,
                                            const struct xenpt_rmp_access *access)
{
    enum xenpt_rmp_verdict ret = owned(entry, access);

    return ret == XENPT_RMP_OK && !entry->vmsa ? XENPT_RMP_NOT_VMSA : ret;
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

/* Whether there is such a table: a domain has need of it. */
static bool has_table(const struct xenpt_machine *m)
{
    bool ret = false;

    if (m->processor->encrypts >> XENPT_ENCRYPT_SEV_SNP & 1)
        for (size_t i = 0; !ret && i < m->nr_domains; i++)
            ret = xenpt_machine_encryption(m, (uint32_t)i) == XENPT_ENCRYPT_SEV_SNP;
    return ret;
}

static bool is_large(const struct xenpt_walk *walk)
{
    return walk->nr_steps && walk->step[walk->nr_steps - 1].level > 1;
}

static enum xenpt_rmp_verdict check_at(const struct xenpt_machine *m, uint64_t maddr,
                                       const struct xenpt_rmp_access *a, uint64_t *code)
{
    struct xenpt_rmp_entry entry = xenpt_machine_rmp(m, xenpt_maddr_to_mfn(maddr));

    return xenpt_rmp_check(&entry, a, code);
}

enum xenpt_rmp_verdict encrypted_check(const struct xenpt_machine *m, const struct domain *d,
                                       const struct xenpt_walk2 *walk,
                                       const struct xenpt_access *access, bool allowed,
                                       uint64_t *gaddr, uint64_t *code)
{
    /* Entries of this model give both rights to execute, or none. */
    static const unsigned int needs[] = { [XENPT_READ] = XENPT_RMP_R,
                                          [XENPT_WRITE] = XENPT_RMP_W,
                                          [XENPT_FETCH] = XENPT_RMP_XU | XENPT_RMP_XS };
    bool snp = d->desc->encryption == XENPT_ENCRYPT_SEV_SNP;
    enum xenpt_rmp_verdict ret = XENPT_RMP_OK;

    *code = 0;
    for (unsigned int i = 0; has_table(m) && ret == XENPT_RMP_OK && i < walk->nr_second; i++) {
        const struct xenpt_walk *second = &walk->second[i];
        bool page = walk->guest.outcome == XENPT_MAPPED && i + 1 == walk->nr_second;
        struct xenpt_rmp_access a = { .asid = d->id + 1,
                                      .gfn = second->in >> XENPT_PAGE_SHIFT,
                                      .is_private = snp,
                                      .large = is_large(second),
                                      /* Of others tables are asked about as what is written. */
                                      .need = snp ? XENPT_RMP_R : XENPT_RMP_W };

        if (page) {
            a.is_private = snp && (access->kind == XENPT_FETCH || encrypted_private(m, d, walk));
            a.need = needs[access->kind];
        }
        if (second->outcome != XENPT_MAPPED || (page && !allowed))
            break;
        *gaddr = second->in;
        ret = check_at(m, second->out, &a, code);
        if (ret != XENPT_RMP_OK && ret != XENPT_RMP_NOT_VALID)
            *code |= page ? XENPT_NPF_FINAL : XENPT_NPF_TABLE;
    }
    return ret;
}

/* --- What is changed ----------------------------------------------------------------------- */

const struct xenpt_rmp_entry *rmp_changed(const struct xenpt_machine *m, uint64_t frame,
                                          uint32_t owner)
{
    for (size_t i = m->nr_rmp; i-- > 0;)
        if (m->rmp[i].frame == frame && m->rmp[i].owner == owner)
            return &m->rmp[i].entry;
    return NULL;
}

static enum xenpt_code change(struct xenpt_machine *m, uint64_t frame, uint32_t owner,
                              const struct xenpt_rmp_entry *entry, struct xenpt_error *err)
{
    struct rmp_change *list;

    for (size_t i = 0; i < m->nr_rmp; i++)
        if (m->rmp[i].frame == frame) {
            m->rmp[i] = (struct rmp_change){ frame, owner, *entry };
            return XENPT_OK;
        }
    list = realloc(m->rmp, (m->nr_rmp + 1) * sizeof(*list));
    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the reverse map table");
    m->rmp = list;
    m->rmp[m->nr_rmp++] = (struct rmp_change){ frame, owner, *entry };
    return XENPT_OK;
}

static bool is_snp(const struct xenpt_machine *m, uint32_t domain)
{
    return domain_there(m, domain) && xenpt_machine_encryption(m, domain) == XENPT_ENCRYPT_SEV_SNP;
}

enum xenpt_code xenpt_machine_rmp_update(struct xenpt_machine *machine, xenpt_mfn_t frame,
                                         const struct xenpt_rmp_update *update,
                                         struct xenpt_error *err)
{
    struct xenpt_rmp_entry entry = { .assigned = false };
    uint32_t owner;

    if (xenpt_machine_encrypts(machine, frame, &owner) != XENPT_ENCRYPT_SEV_SNP)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "RMPUPDATE of mfn 0x%llx, which is of no domain under SEV-SNP",
                          (unsigned long long)frame.v);
    if (update->assigned && !is_snp(machine, update->domain))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "RMPUPDATE gives pages to domains under SEV-SNP alone");
    if (update->assigned)
        entry = (struct xenpt_rmp_entry){
            .assigned = true, .asid = update->domain + 1, .gfn = update->gfn, .perms = { ALL_PERMS }
        };
    return change(machine, frame.v, owner, &entry, err);
}

enum xenpt_code xenpt_machine_pvalidate(struct xenpt_machine *machine, uint32_t domain,
                                        uint64_t gfn, bool validated, enum xenpt_rmp_verdict *ret,
                                        struct xenpt_error *err)
{
    struct xenpt_rmp_access a = { .asid = domain + 1, .gfn = gfn };
    struct xenpt_rmp_entry entry;
    uint32_t owner = 0;
    xenpt_mfn_t frame;
    uint64_t maddr;

    if (!is_snp(machine, domain))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "PVALIDATE is of domains under SEV-SNP");
    maddr = guest_maddr(machine, &machine->domains[domain], gfn);
    frame = xenpt_maddr_to_mfn(maddr);
    *ret = XENPT_RMP_NOT_ASSIGNED;
    if (maddr == NO_TABLE ||
        xenpt_machine_encrypts(machine, frame, &owner) != XENPT_ENCRYPT_SEV_SNP)
        return XENPT_OK;
    entry = xenpt_machine_rmp(machine, frame);
    *ret = owned(&entry, &a);
    if (*ret != XENPT_RMP_OK)
        return XENPT_OK;
    entry.validated = validated;
    return change(machine, frame.v, owner, &entry, err);
}
