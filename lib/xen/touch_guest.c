/*
 * touch_guest.c - Xen reads or writes at an address of a guest's, as copy_from_guest() and its kin
 * do: of a PV guest through the tables that are loaded, of another by walking the guest's tables,
 * with a mapping of its own for each page; x86/usercopy.c, hvm/hvm.c, __hvm_copy.
 *
 * Model: a guest's kernel passes addresses that SMAP does not keep from it.
 */
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xen/sharing.h"
#include "xen/touch.h"
#include "xenpt/nested.h"

/* The access to what is left of one page. */
struct piece_of {
    struct xenpt_machine *m;
    const struct guest_copy *c;
    struct xenpt_access access;
    uint64_t va, length;
};

/* --- PV ------------------------------------------------------------------------------------ */

static bool pv_page(struct piece_of *p, uint64_t *ret)
{
    const struct guest_copy *c = p->c;
    const struct xenpt_reader *memory = xenpt_store_reader(p->m->store);
    struct xenpt_verdict verdict;
    struct xenpt_paging pg;
    struct xenpt_walk walk;

    /* A shadow that has nothing there yet is filled in by the fault. */
    if (pv_paging(p->m, c->d,
                  c->d->shadows ? pv_guest_root(c->d, c->v, c->v->user)
                                : pv_root(c->d, c->v, c->v->user),
                  &pg, NULL))
        return false;
    xenpt_walk(&pg, memory, p->va, &walk);
    xenpt_judge(&pg, &walk, &p->access, &verdict);
    if (!verdict.allowed)
        return false;
    for (unsigned int i = 0; i < verdict.nr_updates; i++)
        if (entry_write(p->m, verdict.update[i].at, 0,
                        entry_read(p->m, verdict.update[i].at, 0) | verdict.update[i].set, NULL))
            return false;
    *ret = walk.out;
    return ram_any(p->m, walk.out >> XENPT_PAGE_SHIFT, walk.out >> XENPT_PAGE_SHIFT);
}

/* --- HVM and PVH --------------------------------------------------------------------------- */

void touch_walk(struct xenpt_machine *m, const struct domain *d, const struct vcpu *v,
                const struct xenpt_walk *walk, unsigned int size)
{
    for (unsigned int i = 0; i < walk->nr_steps; i++) {
        uint64_t gfn = walk->step[i].at >> XENPT_PAGE_SHIFT, page = guest_maddr(m, d, gfn);
        struct xenpt_touch t = { TOUCH(XENPT_TOUCH_WALK, XENPT_TOUCH_TRANSIENT),
                                 .maddr = page + walk->step[i].at % XENPT_PAGE_SIZE,
                                 .length = size };

        if (page != NO_TABLE)
            touch_by_xen(m, d, v, &t);
    }
}

/* guest_walk.c, set_ad_bits: in the guest's tables, the lowest first. */
static void set_flags(struct piece_of *p, const struct xenpt_verdict *verdict, unsigned int size)
{
    for (unsigned int i = 0; i < verdict->nr_updates; i++) {
        const struct xenpt_update *u = &verdict->update[i];
        uint64_t page = guest_maddr(p->m, p->c->d, u->at >> XENPT_PAGE_SHIFT), entry = 0;
        uint64_t at = page + u->at % XENPT_PAGE_SIZE;

        if (page == NO_TABLE || !xenpt_read(xenpt_store_reader(p->m->store), at, &entry, size))
            continue;
        entry |= u->set;
        /* There was a page to read, and no memory is needed to write to it. */
        if (xenpt_store_write(p->m->store, at, &entry, size, NULL))
            continue;
        dirty_mark(p->c->d, u->at >> XENPT_PAGE_SHIFT);
        if (touch_heard(p->m))
            touch_by_xen(p->m, p->c->d, p->c->v,
                         &(struct xenpt_touch){ TOUCH(XENPT_TOUCH_WALK, XENPT_TOUCH_TRANSIENT),
                                                .maddr = at, .length = size, .write = true });
    }
}

/* What Xen may do to a frame of a type; false: "unhandleable".  A write to what is read-only is
 * left out, and nobody hears of it. */
static bool of_type(const struct piece_of *p, uint64_t entry, bool *dropped)
{
    switch (p2m_type_of(p->m, p->c->d, entry)) {
    case P2M_GRANT_RW:
    case P2M_GRANT_RO:
    case P2M_MMIO_DIRECT:
    case P2M_MMIO_DM:
        return false;
    case P2M_IOREQ_SERVER:
        return !p->c->write;
    case P2M_RAM_RO:
        *dropped = p->c->write;
        return true;
    default:
        return true;
    }
}

/* guest_walk.c, hvm_translate_get_page: tables on the way, and the page, whether it is written or
 * not, become the guest's own.  False: there is no memory for that. */
static bool unshare(struct piece_of *p, uint64_t gfn)
{
    bool done;

    return !sharing_unshare(p->m, p->c->d, p->c->v, gfn, &done, NULL) && done;
}

static bool unshare_tables(struct piece_of *p, const struct xenpt_walk *walk)
{
    bool ok = true;

    for (unsigned int i = 0; ok && p->m->sharing && i < walk->nr_steps; i++)
        ok = unshare(p, walk->step[i].at >> XENPT_PAGE_SHIFT);
    return ok;
}

/* Guest-physical memory as Xen reads tables in it (guest_walk.c, map_domain_gfn): by what physical
 * memory says, and not as the processor does, for whom types may have to be worked out first. */
struct physical {
    struct xenpt_reader reader;
    const struct xenpt_reader *memory;
    const struct piece_of *piece;
};

static bool read_physical(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct physical *physical = (const struct physical *)self;
    const struct piece_of *p = physical->piece;
    uint64_t gfn = at >> XENPT_PAGE_SHIFT;
    struct p2m_slot slot = p2m_slot_of(p->m, p2m_root(p->c->d, XENPT_VIEW_HOST), gfn);
    enum p2m_type type = p2m_type_of(p->m, p->c->d, slot.entry);

    if (!p2m_is_page(&slot) || type == P2M_MMIO_DIRECT || type == P2M_MMIO_DM ||
        p2m_is_paging(type))
        return false;
    return physical->memory->read(physical->memory, p2m_maddr(&slot, gfn) + at % XENPT_PAGE_SIZE,
                                  buf, size);
}

static bool hvm_page(struct piece_of *p, uint64_t *ret, bool *dropped)
{
    const struct guest_copy *c = p->c;
    unsigned int size = guest_mode(c->v) == XENPT_GUEST_2LEVEL ? 4 : 8;
    struct physical physical = {
        .reader = { .read = read_physical, .held = XENPT_HELD_BEHIND_CALL }, .piece = p
    };
    struct xenpt_paging guest;
    struct xenpt_verdict verdict;
    struct pdptes pdptes;
    struct xenpt_walk walk;
    struct p2m_slot slot;
    uint64_t gfn;

    if (guest_paging(p->m, c->d, &c->v->guest, &guest, NULL))
        return false;
    physical.memory = pdptes_reader(&pdptes, p->m, c->d, c->v);
    xenpt_walk(&guest, &physical.reader, p->va, &walk);
    if (!unshare_tables(p, &walk))
        return false;
    if (touch_heard(p->m))
        touch_walk(p->m, c->d, c->v, &walk, size);
    xenpt_judge(&guest, &walk, &p->access, &verdict);
    if (!verdict.allowed)
        return false;
    set_flags(p, &verdict, size);
    gfn = walk.out >> XENPT_PAGE_SHIFT;
    if (!unshare(p, gfn))
        return false;
    slot = p2m_slot_of(p->m, p2m_root(c->d, XENPT_VIEW_HOST), gfn);
    if (!p2m_is_page(&slot) || !of_type(p, slot.entry, dropped))
        return false;
    *ret = p2m_maddr(&slot, gfn) + p->va % XENPT_PAGE_SIZE;
    if (c->write && !*dropped)
        dirty_mark(c->d, gfn);
    return true;
}

/* --- Both ---------------------------------------------------------------------------------- */

static void tell(struct piece_of *p, uint64_t maddr, bool pv)
{
    const struct guest_copy *c = p->c;
    struct xenpt_touch t = { TOUCH(c->why, pv ? XENPT_TOUCH_GUEST_TABLES : XENPT_TOUCH_TRANSIENT),
                             .consent = (uint8_t)c->consent, .maddr = maddr, .length = p->length,
                             .write = c->write };

    if (pv)
        t.va = p->va;
    touch_by_xen(p->m, c->d, c->v, &t);
}

bool touch_guest(struct xenpt_machine *m, const struct guest_copy *c)
{
    bool pv = is_pv(c->d);

    for (uint64_t done = 0; done < c->length;) {
        struct piece_of p = { .m = m, .c = c, .va = c->va + done };
        uint64_t left = XENPT_PAGE_SIZE - p.va % XENPT_PAGE_SIZE, maddr;
        bool dropped = false;

        p.length = c->length - done < left ? c->length - done : left;
        p.access = (struct xenpt_access){ .kind = c->fetch   ? XENPT_FETCH
                                                  : c->write ? XENPT_WRITE
                                                             : XENPT_READ,
                                          .cpl = c->as_user ? 3 : 0,
                                          .ac = true };
        if (!(pv ? pv_page(&p, &maddr) : hvm_page(&p, &maddr, &dropped)))
            return false;
        if (touch_heard(m) && !dropped)
            tell(&p, maddr, pv);
        if (c->found)
            c->found(c->ctx, done, maddr, p.length);
        done += p.length;
    }
    return true;
}
