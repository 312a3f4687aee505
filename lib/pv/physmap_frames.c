/*
 * physmap_frames.c - one frame of a guest's physical memory: what is there, and how it comes and
 * goes; mm/p2m.c, p2m_add_page, p2m_remove_page; common/memory.c, guest_remove_page, 4.17.
 *
 * Entries of a p2m are written at once, and cannot be undone as what a request notes is: what
 * changes them is done under a snapshot, to which all is put back that fails on our own side.
 */
#include "pv/physmap.h"

#include "xen/sharing.h"

uint64_t physmap_gfn(const struct op *op, uint64_t frame)
{
    return contents_gfn(&op->m->contents, frame);
}

struct there physmap_look(const struct op *op, const struct domain *d, uint64_t gfn)
{
    struct p2m_slot s = p2m_slot_of(op->m, d->p2m, gfn);
    struct there ret = { .page = p2m_is_page(&s), .level = s.level };

    if (gfn >> PHYSMAP_GFN_BITS)
        return (struct there){ .type = P2M_INVALID, .level = 1 };

    ret.type = p2m_type_of(op->m, d, s.entry);
    if (ret.page)
        ret.frame = p2m_maddr(&s, gfn) >> XENPT_PAGE_SHIFT;
    return ret;
}

int physmap_reaches(struct op *op, const struct domain *d, uint64_t gfn, uint64_t nr)
{
    enum rule rule = p2m_is_ept(op->m, d) ? RULE_PHYSMAP_GFN : RULE_PHYSMAP_GFN_PT;

    return (gfn + nr - 1) >> PHYSMAP_GFN_BITS ? physmap_needs(op, rule, 0) : 0;
}

/* Of what Xen shares with it: where the guest has that. */
static void note_place(struct domain *d, uint64_t frame, uint64_t gfn)
{
    for (size_t i = 0; i < d->built.nr_frames; i++) {
        struct xenpt_special_frames *f = &d->built.frames[i];

        if (f->mfn != frame || f->nr != 1)
            continue;
        f->has_gfn = gfn != NO_GFN;
        f->gfn = f->has_gfn ? gfn : 0;
    }
}

static int failed(struct op *op, enum xenpt_code code)
{
    op->code = code;
    return code ? BROKEN : 0;
}

/* p2m_set_entry: the entry is not in any TLB of the guest's CPUs. */
static void flush(struct op *op, const struct domain *d)
{
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        if (is_dirty(op->m, d, i))
            op_flush_cpu(op, XENPT_PV_FLUSH_TLB, i, 0, NULL);
}

static int name(struct op *op, struct domain *d, uint64_t frame, uint64_t gfn, uint64_t nr)
{
    for (uint64_t i = 0; i < nr; i++)
        note_place(d, frame + i, gfn == NO_GFN ? NO_GFN : gfn + i);
    return failed(op,
                  contents_rename_run(&op->m->contents, (struct owned){ frame, nr, gfn }, op->err));
}

int physmap_unshare(struct op *op, struct domain *d, uint64_t gfn, enum rule rule)
{
    bool done;

    op->code = sharing_unshare(op->m, d, op->v, gfn, &done, op->err);
    op->info = NULL; /* What is known of frames may have moved. */
    if (op->code)
        return BROKEN;
    return done ? 0 : physmap_needs(op, rule, 0);
}

static bool is_special(enum p2m_type type)
{
    return type == P2M_GRANT_RW || type == P2M_GRANT_RO || type == P2M_FOREIGN ||
           type == P2M_MMIO_DIRECT || type == P2M_APIC_ACCESS;
}

int physmap_unhook(struct op *op, struct domain *d, uint64_t gfn)
{
    struct there t = physmap_look(op, d, gfn);
    int rc = 0;

    if (!t.page)
        return 0;
    if (t.type == P2M_FOREIGN)
        rc = put_page(op, t.frame);
    else if (!is_special(t.type) && t.type != P2M_RAM_SHARED)
        rc = name(op, d, t.frame, NO_GFN, 1);
    if (!rc)
        rc = failed(op, physmap_clear(op->m, d, gfn, 0, op->err));
    if (!rc)
        flush(op, d);
    return rc;
}

/* The reference that it is referred to with meanwhile is of no matter here. */
int physmap_free(struct op *op, struct domain *d, uint64_t gfn, enum rule direct, enum rule other)
{
    int rc = physmap_unshare(op, d, gfn, RULE_SHARING_FREE);
    struct there t = physmap_look(op, d, gfn);
    struct domain *real = NULL;

    if (rc)
        return rc;
    if (t.page && (t.type == P2M_MMIO_DIRECT || t.type == P2M_APIC_ACCESS)) {
        rc = refused(op, direct, t.frame, NO_SLOT_OF_IT);
        return rc ? rc : physmap_unhook(op, d, gfn);
    }
    if (t.page)
        pv_owner_of(op->m, t.frame, &real);
    if (real != d) {
        rc = refused(op, other, t.frame, NO_SLOT_OF_IT);
        return rc || !t.page ? rc : physmap_unhook(op, d, gfn);
    }
    rc = physmap_unhook(op, d, gfn);
    if (!rc)
        rc = drop_allocation(op, t.frame);
    return rc ? rc : op_commit(op);
}

/* The L1 table that goes where a larger page comes, or NO_TABLE. */
static uint64_t table_given_up(const struct op *op, const struct domain *d, uint64_t gfn,
                               uint64_t frame, unsigned int order)
{
    struct p2m_slot s = p2m_slot_of(op->m, d->p2m, gfn);

    return s.level == 1 && physmap_level(op->m, d, gfn, frame, order) > 1 ? s.table : NO_TABLE;
}

/*
 * ept_set_entry, ept_free_entry, p2m_free_ptp: a table that is given up is free at once, while the
 * flush waits until physical memory is unlocked; unless a rule has it come first.
 */
static int put_larger(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame,
                      unsigned int order)
{
    uint64_t table = table_given_up(op, d, gfn, frame, order);
    bool first = in_force(op, RULE_EPT_FREE_FLUSH) || in_force(op, RULE_EPT_FREE_FLUSH_OLD);
    int rc;

    if (table != NO_TABLE && first && p2m_is_ept(op->m, d))
        op_flush_cpu(op, XENPT_PV_FLUSH_SECOND, op->cpu, d->id,
                     xenpt_pv_rule(in_force(op, RULE_EPT_FREE_FLUSH) ? RULE_EPT_FREE_FLUSH
                                                                     : RULE_EPT_FREE_FLUSH_OLD));
    rc = failed(op, physmap_put(op->m, d, gfn, frame, order, P2M_RAM_RW, op->err));
    return rc || table == NO_TABLE
               ? rc
               : op_point(op, XENPT_PV_POINT_PHYSMAP_TABLE, table >> XENPT_PAGE_SHIFT);
}

/* Whatever was there is not called so any more, nor are they called as they were. */
int physmap_hook(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame, unsigned int order)
{
    uint64_t nr = UINT64_C(1) << order;
    int rc = 0;

    for (uint64_t i = 0; !rc && i < nr; i++) {
        struct there t = physmap_look(op, d, gfn + i);
        uint64_t was = physmap_gfn(op, frame + i);

        if (!t.page && t.type == P2M_POD)
            d->pod->entries--;
        if (t.page && t.frame != frame + i)
            rc = physmap_unhook(op, d, gfn + i);
        if (!rc && was != NO_GFN && was != gfn + i && physmap_look(op, d, was).page &&
            physmap_look(op, d, was).frame == frame + i)
            rc = physmap_unhook(op, d, was);
    }
    if (!rc)
        rc = name(op, d, frame, gfn, nr);
    if (!rc)
        rc = put_larger(op, d, gfn, frame, order);
    if (!rc)
        flush(op, d);
    return rc;
}

int physmap_hook_foreign(struct op *op, struct domain *d, uint64_t gfn, uint64_t frame)
{
    int rc = failed(op, physmap_put(op->m, d, gfn, frame, 0, P2M_FOREIGN, op->err));

    d->has_foreign = true;
    if (!rc)
        flush(op, d);
    return rc;
}
