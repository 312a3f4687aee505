/*
 * rights.c - what each move gives of a piece, as Xen's checks leave it.  Where a check is a rule
 * that can be switched, it is asked whether it is in force.
 */
#include "threat/internal.h"

/* --- Who, and whose ------------------------------------------------------------------------ */

static bool is_kernel(const struct mover *by)
{
    return by->party.kind == XENPT_PARTY_KERNEL;
}

static bool is_pv_kernel(const struct mover *by)
{
    return is_kernel(by) && is_pv(by->d);
}

static bool is_own(const struct mover *by, const struct patch *p)
{
    return p->owned && p->domain == by->party.domain;
}

static const struct domain *owner_of(const struct mover *by, const struct patch *p)
{
    return &by->t->m->domains[p->domain];
}

static bool is_ram(const struct patch *p)
{
    return p->what != XENPT_THREAT_MMIO && p->what != XENPT_THREAT_MMCFG &&
           p->what != XENPT_THREAT_EPC;
}

static bool is_target(const struct mover *by, const struct patch *p)
{
    return p->owned && by->t->target[by->party.domain] == p->domain + 1;
}

/* What an L1 entry may have: W of what takes the type writable. */
static unsigned int mappable(const struct mover *by, const struct patch *p, enum rule writable)
{
    bool typed = p->what == XENPT_THREAT_TABLES && rule_on(by->t, writable);

    /* Xen has taken the type of M2P, so that nobody maps it writable: share_xen_page_with_guest. */
    if (p->what == XENPT_THREAT_M2P)
        return READ | EXECUTE;
    return READ | EXECUTE | (typed ? 0 : WRITE);
}

/* --- One's own ----------------------------------------------------------------------------- */

unsigned int rights_map_own(const struct mover *by, const struct patch *p)
{
    return is_pv_kernel(by) ? mappable(by, p, RULE_L1_WRITABLE) : 0;
}

unsigned int rights_edit_own(const struct mover *by, const struct patch *p)
{
    return is_pv_kernel(by) && p->what == XENPT_THREAT_TABLES ? EDIT : 0;
}

/* Out of use: unpinned, in no other table and no CR3; then it is memory as any other. */
unsigned int rights_retype_own(const struct mover *by, const struct patch *p)
{
    return is_pv_kernel(by) && p->what == XENPT_THREAT_TABLES ? RETYPE : 0;
}

/* Xen gives what is free; a domain that has all that it may have gives something back first. */
unsigned int rights_populate(const struct mover *by, const struct patch *p)
{
    return is_kernel(by) && p->what == XENPT_THREAT_FREE ? READ | WRITE | EXECUTE : 0;
}

/* --- Grants -------------------------------------------------------------------------------- */

/* Entries of a frame that this domain may use; copied: also those that can only be copied. */
static unsigned int offered(const struct mover *by, const struct patch *p, bool copied)
{
    const struct xenpt_threat *t = by->t;
    bool typed = p->what == XENPT_THREAT_TABLES && rule_on(t, RULE_GRANT_WRITABLE);
    unsigned int rights = 0;

    for (uint32_t i = 0; i < p->nr_offers; i++) {
        const struct offer *o = &t->offers[p->offer + i];

        if ((o->to != by->party.domain && rule_on(t, RULE_GRANT_DOMID)) || (o->copied && !copied) ||
            o->owner == by->party.domain)
            continue;
        rights |= READ;
        if ((o->writable || !rule_on(t, RULE_GRANT_READ_ONLY)) && !typed)
            rights |= WRITE;
    }
    return rights;
}

/* Never executable: NX on PV, rw- and r-- in a p2m. */
unsigned int rights_grant_map(const struct mover *by, const struct patch *p)
{
    return is_kernel(by) ? offered(by, p, false) : 0;
}

unsigned int rights_grant_copy(const struct mover *by, const struct patch *p)
{
    return is_kernel(by) ? offered(by, p, true) : 0;
}

/* --- Others' ------------------------------------------------------------------------------- */

/* include/xsm/dummy.h, XSM_TARGET. */
static bool may_touch_owner(const struct mover *by, const struct patch *p)
{
    return by->d->desc->privileged || is_target(by, p) ||
           (is_pv(by->d) && !rule_on(by->t, RULE_FOREIGN_RIGHT));
}

unsigned int rights_map_m2p(const struct mover *by, const struct patch *p)
{
    bool may = is_pv_kernel(by) && (by->d->desc->privileged || !rule_on(by->t, RULE_FOREIGN_RIGHT));

    return may && p->what == XENPT_THREAT_M2P ? READ | EXECUTE : 0;
}

/* Of configuration space Xen takes RW away. */
unsigned int rights_map_mmio(const struct mover *by, const struct patch *p)
{
    if (!is_kernel(by) || is_ram(p) ||
        (!by->d->desc->privileged && (rule_on(by->t, RULE_MMIO_PERMISSION) || !is_pv(by->d))))
        return 0;
    return READ | EXECUTE | (p->what == XENPT_THREAT_MMCFG ? 0 : WRITE);
}

/* Of an HVM guest's frames no type is taken. */
unsigned int rights_foreign_map(const struct mover *by, const struct patch *p)
{
    if (!is_pv_kernel(by) || !p->owned || is_own(by, p) || !may_touch_owner(by, p))
        return 0;
    return mappable(by, p, RULE_L1_WRITABLE);
}

unsigned int rights_foreign_edit(const struct mover *by, const struct patch *p)
{
    if (!is_pv_kernel(by) || is_own(by, p) || p->what != XENPT_THREAT_TABLES ||
        !may_touch_owner(by, p))
        return 0;
    return EDIT | RETYPE;
}

/*
 * A general reference is taken and no type, so that tables of PV guests can be mapped writable, and
 * M2P as well, by DOMID_XEN: p2m_add_foreign, 4.17.  Debian's 4.17.7 was asked by a PVH dom0
 * (tests/xen/guest/pvh0.c), which wrote to a pinned L4 of a PV domain and to M2P, and read it back.
 */
unsigned int rights_foreign_p2m(const struct mover *by, const struct patch *p)
{
    bool may = is_kernel(by) && is_external(by->d) && by->d->desc->privileged;

    if (!may || is_own(by, p) || !(p->owned || p->what == XENPT_THREAT_M2P))
        return 0;
    return READ | WRITE;
}

unsigned int rights_foreign_physmap(const struct mover *by, const struct patch *p)
{
    if (!is_kernel(by) || !p->owned || is_own(by, p) || p->what == XENPT_THREAT_SHARED ||
        is_pv(owner_of(by, p)) || !may_touch_owner(by, p))
        return 0;
    return EDIT;
}

/* Grant tables, and pages of ioreq servers. */
unsigned int rights_acquire_resource(const struct mover *by, const struct patch *p)
{
    bool may = is_kernel(by) || by->party.kind == XENPT_PARTY_QEMU;
    const struct domain *owner;

    if (!may || p->what != XENPT_THREAT_SHARED ||
        (is_kernel(by) ? is_own(by, p) || (!by->d->desc->privileged && !is_target(by, p))
                       : !is_own(by, p)))
        return 0;
    owner = owner_of(by, p);
    for (size_t i = 0; i < owner->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &owner->built.frames[i];

        if (p->first < f->mfn || p->first - f->mfn >= f->nr)
            continue;
        if (f->special == XENPT_SPECIAL_GRANT_TABLE || f->special == XENPT_SPECIAL_GRANT_STATUS ||
            f->special == XENPT_SPECIAL_IOREQ_SERVER)
            return READ | WRITE;
    }
    return 0;
}

/* A party of the guest's own domain: what it may is about that. */
unsigned int rights_device_model(const struct mover *by, const struct patch *p)
{
    bool may = by->party.kind == XENPT_PARTY_QEMU && by->d->desc->type == XENPT_DOMAIN_HVM;

    return may && is_own(by, p) && p->what == XENPT_THREAT_MEMORY ? READ | WRITE : 0;
}

/*
 * Model: an IOMMU has a PV domain's frames that are of type writable; which are not, and used as no
 * table, can be made so by their domain at any time.  What it has of others' is MOVE_DMA_SHARED.
 */
unsigned int rights_dma(const struct mover *by, const struct patch *p)
{
    const struct xenpt_threat *t = by->t;
    bool dom0;

    if (by->party.kind != XENPT_PARTY_DEVICE || !is_ram(p))
        return 0;
    dom0 = by->d->desc->privileged && is_pv(by->d);
    if (t->iommu == XENPT_DMA_NONE ||
        (t->iommu == XENPT_DMA_STOCK && dom0 && (t->passthrough || p->what != XENPT_THREAT_IMAGE)))
        return READ | WRITE;
    return is_own(by, p) && p->what == XENPT_THREAT_MEMORY ? READ | WRITE : 0;
}

/* --- Without a rule ------------------------------------------------------------------------ */

/* XSA-148: PS is set in an L2 entry, whose frame stays: the table it led to is a page then, with
 * the 511 frames behind it; by the rule fast-path a change of PS would be looked at.  Its number
 * has to be a multiple of 512, as a large page's. */
unsigned int rights_superpage(const struct mover *by, const struct patch *p)
{
    bool may = is_pv_kernel(by) && !rule_on(by->t, RULE_L2_SUPERPAGE) &&
               !rule_on(by->t, RULE_FAST_PATH);
    uint64_t first = p->first & ~(uint64_t)(ENTRIES - 1);

    return may && is_ram(p) && domain_extent(by->d, first) ? READ | WRITE | EXECUTE : 0;
}

/* XSA-182: an L4 leads to itself, read-only; then RW is set, and nobody looks. */
unsigned int rights_raise(const struct mover *by, const struct patch *p)
{
    bool may = is_pv_kernel(by) && !is_pv32(by->d) && !rule_on(by->t, RULE_FAST_PATH) &&
               by->t->m->options.linear_pt != SET_OFF;

    return may && p->type == FRAME_L4 ? WRITE : 0;
}

/* XSA-185: an L3 of a 32-bit guest leads to itself, and Xen sets RW. */
unsigned int rights_raise_pae(const struct mover *by, const struct patch *p)
{
    bool may = is_pv_kernel(by) && is_pv32(by->d) && !rule_on(by->t, RULE_LINEAR_PAE);

    return may && p->type == FRAME_L3 ? WRITE : 0;
}

unsigned int rights_any_owner(const struct mover *by, const struct patch *p)
{
    bool may = is_pv_kernel(by) && !rule_on(by->t, RULE_L1_OWNER);

    return may && is_ram(p) && !is_own(by, p) ? mappable(by, p, RULE_L1_WRITABLE) : 0;
}

/* --- Whoever needs not ask ----------------------------------------------------------------- */

unsigned int rights_unchecked(const struct mover *by, const struct patch *p)
{
    (void)p;
    return by->party.kind == XENPT_PARTY_UNCHECKED ? READ | WRITE | EXECUTE : 0;
}

static bool has_pv_domain(const struct xenpt_threat *t)
{
    for (size_t i = 0; i < t->m->nr_domains; i++)
        if (domain_there(t->m, (uint32_t)i) && is_pv(&t->m->domains[i]))
            return true;
    return false;
}

/*
 * Of a PV domain that is debugged, Xen walks tables from the one whose address stands in the
 * request (pgd3val), and asks of what it finds only whether it is RAM: dom0 names a page of its
 * own, in which it has written what it likes.  Model: of HVM and PVH domains it walks the guest's
 * tables, which gives a privileged domain nothing that foreign maps do not.
 */
unsigned int rights_gdbsx(const struct mover *by, const struct patch *p)
{
    return is_kernel(by) && by->d->desc->privileged && is_ram(p) &&
                   xenpt_machine_has_feature(by->t->m, XENPT_FEATURE_GDBSX) && has_pv_domain(by->t)
               ? READ | WRITE
               : 0;
}

/* The directmap, which is not executable, has all RAM of a host that it is large enough for. */
unsigned int rights_directmap(const struct mover *by, const struct patch *p)
{
    const struct xenpt_area *a = xenpt_layout_area(by->t->m->layout, "directmap");

    if (by->party.kind != XENPT_PARTY_XEN || !is_ram(p) || !a ||
        p->last >= xenpt_area_size(a) >> XENPT_PAGE_SHIFT)
        return 0;
    return READ | WRITE;
}

/*
 * EWB is for ring 0, in VMX root operation or not: no control of Xen's makes it exit.  What it
 * writes is encrypted, and loaded again only if it is whole, and the newest.  A PV guest's kernel
 * is in ring 3.
 */
unsigned int rights_evict(const struct mover *by, const struct patch *p)
{
    bool may = by->party.kind == XENPT_PARTY_XEN || (is_kernel(by) && by->d->desc->nr_enclaves);

    return may && p->what == XENPT_THREAT_EPC ? CIPHERTEXT : 0;
}

unsigned int rights_xen_map(const struct mover *by, const struct patch *p)
{
    (void)p;
    return by->party.kind == XENPT_PARTY_XEN ? ALL_RIGHTS : 0;
}
