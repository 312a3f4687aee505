/*
 * grant_pte.c - where a grant is mapped for CPUs: an L1 entry of a PV guest's (pv/grant_table.c),
 * or a frame of an HVM or PVH guest's physical memory (hvm/grant_table.c).
 *
 * Model: of what is no RAM nothing is granted, so that no entry has cache attributes.
 */
#include "pv/grant.h"

#include "xen/p2m.h"

/* --- L1 entries ---------------------------------------------------------------------------- */

static uint64_t entry_flags(const struct op *op, uint32_t flags)
{
    uint64_t entry = ENTRY_P | ENTRY_A | ENTRY_D | ENTRY_NX;

    if (op->m->xen.debug)
        entry |= ENTRY_GNT;
    if (flags & XENPT_GRANT_MAP_APPLICATION)
        entry |= ENTRY_US;
    if (!(flags & XENPT_GRANT_MAP_READ_ONLY))
        entry |= ENTRY_RW;
    return entry | (uint64_t)(flags >> XENPT_GRANT_MAP_AVAIL & 7) << 9;
}

/* Bytes of an L1 table, as a rule, but a row that is not: one that is not aligned. */
struct pte {
    uint64_t frame;
    unsigned int slot, into; /* Bits of it that are in the entry before. */
};

static bool is_own_l1(const struct op *op, uint64_t frame)
{
    const struct frame_info *info = frames_find(op->m->frames, frame);
    struct domain *owner;

    return pv_owner_of(op->m, frame, &owner) == PV_DOMAIN && owner == op->d && info &&
           info->type == FRAME_L1 && info->type_count && info->flags & FRAME_VALIDATED;
}

static int find_pte(struct op *op, uint64_t at, bool is_pte, struct pte *ret)
{
    bool found = true;
    int rc = 0;

    *ret = (struct pte){ .slot = slot_at(1, at) };
    if (is_pte) {
        ret->frame = at >> XENPT_PAGE_SHIFT;
        ret->slot = (unsigned int)(at % XENPT_PAGE_SIZE / 8);
        ret->into = (unsigned int)(at % 8) * 8;
        if (ret->into)
            rc = refused(op, RULE_GRANT_PTE_ALIGNED, ret->frame, ret->slot);
    } else {
        found = linear_l1(op, at, &ret->frame);
    }
    if (rc || (found && is_own_l1(op, ret->frame)))
        return rc;
    return grant_needs(op, RULE_GRANT_L1, found ? ret->frame : 0, NO_SLOT_OF_IT);
}

static uint64_t pte_read(const struct op *op, const struct pte *p)
{
    uint64_t entry = op_read(op, p->frame, p->slot) >> p->into;

    op_tell(op, XENPT_TOUCH_UPDATE, false, p->frame, 8 * (uint64_t)p->slot + p->into / 8, 8);
    if (p->into && p->slot + 1 < ENTRIES)
        entry |= op_read(op, p->frame, p->slot + 1) << (64 - p->into);
    return entry;
}

/* Model: of one that goes on behind its page, what is there stays as it is. */
static int pte_write(struct op *op, const struct pte *p, uint64_t entry)
{
    uint64_t low = op_read(op, p->frame, p->slot);
    int rc;

    op_tell(op, XENPT_TOUCH_UPDATE, true, p->frame, 8 * (uint64_t)p->slot + p->into / 8, 8);
    if (!p->into)
        return op_write(op, p->frame, p->slot, entry);
    rc = op_write(op, p->frame, p->slot, (low & ones(p->into)) | entry << p->into);
    if (rc || p->slot + 1 == ENTRIES)
        return rc;
    low = op_read(op, p->frame, p->slot + 1);
    return op_write(op, p->frame, p->slot + 1, (low & ~ones(p->into)) | entry >> (64 - p->into));
}

int grant_pte_create(struct op *op, uint64_t at, uint64_t frame, uint32_t flags)
{
    uint64_t entry = adjust(op->d, 1, frame << XENPT_PAGE_SHIFT | entry_flags(op, flags)), old;
    struct pte p;
    int rc = find_pte(op, at, flags & XENPT_GRANT_MAP_CONTAINS_PTE, &p);

    if (rc)
        return rc;
    old = pte_read(op, &p);
    rc = pte_write(op, &p, entry);
    return rc ? rc : put_from_l1e(op, old, op->d);
}

/* The entry of another address is taken away from there, with the references that it has. */
static int take_entry(struct op *op, uint64_t at, uint64_t *ret)
{
    struct pte p;
    int rc = find_pte(op, at, false, &p);

    if (rc)
        return rc;
    *ret = pte_read(op, &p);
    return pte_write(op, &p, 0);
}

static int check_pte(struct op *op, const struct pte *p, uint64_t entry, uint64_t frame,
                     uint32_t flags)
{
    int rc = 0;

    if (ENTRY_FRAME(entry) != frame)
        rc = refused(op, RULE_GRANT_UNMAP_FRAME, p->frame, p->slot);
    if (!rc && (entry ^ entry_flags(op, flags)) & (ENTRY_P | ENTRY_RW))
        rc = refused(op, RULE_GRANT_UNMAP_RIGHTS, p->frame, p->slot);
    return rc;
}

int grant_pte_replace(struct op *op, uint64_t at, uint64_t frame, uint64_t by, uint32_t flags)
{
    bool is_pte = flags & XENPT_GRANT_MAP_CONTAINS_PTE;
    uint64_t entry = 0;
    struct pte p;
    int rc = 0;

    if (by && is_pte)
        rc = refused(op, RULE_GRANT_REPLACE, 0, NO_SLOT_OF_IT);
    if (!rc && by)
        rc = take_entry(op, by, &entry);
    if (rc)
        return rc;
    rc = find_pte(op, at, is_pte, &p);
    if (!rc)
        rc = check_pte(op, &p, pte_read(op, &p), frame, flags);
    if (!rc)
        return pte_write(op, &p, entry);
    /* What was stolen is gone all the same. */
    return rc == BROKEN || !put_from_l1e(op, entry, op->d) ? rc : BROKEN;
}

/* --- Physical memory of HVM and PVH guests --------------------------------------------------- */

static bool is_type(const struct xenpt_p2m_entry *e, enum p2m_type a, enum p2m_type b)
{
    return e->type && (e->type->number == (unsigned int)a || e->type->number == (unsigned int)b);
}

static bool find_p2m(const struct op *op, uint64_t at, struct xenpt_p2m_entry *ret)
{
    return xenpt_machine_p2m(op->m, op->d->id, XENPT_VIEW_HOST, at >> XENPT_PAGE_SHIFT, ret);
}

static int set_p2m(struct op *op, uint64_t at, enum xenpt_code code)
{
    op->code = code;
    if (code)
        return BROKEN;
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        if (is_dirty(op->m, op->d, i))
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, at, NULL);
    return 0;
}

/*
 * mm/p2m.c, guest_physmap_add_entry.
 * Model: a guest that maps over a grant, or over another's frame, is told so; Xen crashes it.
 */
int grant_p2m_create(struct op *op, uint64_t at, uint64_t frame, uint32_t flags)
{
    bool read_only = flags & XENPT_GRANT_MAP_READ_ONLY;
    struct xenpt_p2m_entry old = { .type = NULL };
    int rc = 0;

    if ((flags & ~(uint32_t)XENPT_GRANT_MAP_READ_ONLY) != XENPT_GRANT_MAP_HOST)
        rc = refused(op, RULE_GRANT_P2M_FLAGS, 0, NO_SLOT_OF_IT);
    if (!rc && find_p2m(op, at, &old) &&
        (is_type(&old, P2M_GRANT_RW, P2M_GRANT_RO) || is_type(&old, P2M_FOREIGN, P2M_FOREIGN)))
        rc = refused(op, RULE_GRANT_P2M_PLACE, old.maddr >> XENPT_PAGE_SHIFT, NO_SLOT_OF_IT);
    if (!rc && is_type(&old, P2M_FOREIGN, P2M_FOREIGN))
        rc = put_page(op, old.maddr >> XENPT_PAGE_SHIFT);
    return rc ? rc
              : set_p2m(
                    op, at,
                    p2m_grant_set(op->m, op->d, at >> XENPT_PAGE_SHIFT, frame, read_only, op->err));
}

int grant_p2m_replace(struct op *op, uint64_t at, uint64_t frame, uint64_t by, uint32_t flags)
{
    struct xenpt_p2m_entry old;
    int rc = 0;

    (void)flags;
    if (by)
        rc = refused(op, RULE_GRANT_REPLACE, 0, NO_SLOT_OF_IT);
    if (!rc && (!find_p2m(op, at, &old) || !is_type(&old, P2M_GRANT_RW, P2M_GRANT_RO) ||
                old.maddr >> XENPT_PAGE_SHIFT != frame))
        rc = refused(op, RULE_GRANT_UNMAP_FRAME, frame, NO_SLOT_OF_IT);
    return rc ? rc
              : set_p2m(op, at, p2m_grant_clear(op->m, op->d, at >> XENPT_PAGE_SHIFT, op->err));
}
