/*
 * gdbsx.c - a debugger in dom0 has Xen copy memory of a domain's, by virtual address; x86/gdbsx.c,
 * gdbsx_guest_mem_io, dbg_rw_guest_mem, dbg_pv_va2mfn, dbg_hvm_va2mfn; common/domctl.c, 4.17.
 */
#include "xenpt/debugger.h"

#include "pv/argument.h"
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xen/touch.h"
#include "xenpt/nested.h"

struct debugging {
    struct op op;
    struct domain *d;
    struct vcpu *v; /* Its first. */
    const struct xenpt_gdbsx *what;
};

static void tell(struct debugging *g, enum xenpt_touch_why why, uint64_t maddr, uint64_t length,
                 bool write)
{
    struct xenpt_touch t = { TOUCH(why, XENPT_TOUCH_TRANSIENT), .maddr = maddr, .length = length,
                             .write = write };

    if (touch_heard(g->op.m))
        touch_by_xen(g->op.m, g->op.d, g->op.v, &t);
}

/* Pages of more than 4 KiB are none that it finds; there are none. */
static bool find_pv(struct debugging *g, uint64_t va, uint64_t *ret)
{
    struct xenpt_machine *m = g->op.m;
    struct xenpt_paging pg;
    struct xenpt_walk walk;

    if (pv_paging(m, g->d, pv_root(g->d, g->v, g->v->user), &pg, NULL))
        return false;
    xenpt_walk(&pg, xenpt_store_reader(m->store), va, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        tell(g, XENPT_TOUCH_WALK, walk.step[i].at, 8, false);
    *ret = walk.out;
    return walk.outcome == XENPT_MAPPED && walk.step[walk.nr_steps - 1].level == 1 &&
           ram_any(m, walk.out >> XENPT_PAGE_SHIFT, walk.out >> XENPT_PAGE_SHIFT);
}

static bool find_hvm(struct debugging *g, uint64_t va, uint64_t *ret)
{
    struct xenpt_machine *m = g->op.m;
    struct xenpt_paging guest, second;
    struct pdptes pdptes;
    struct xenpt_walk2 walk;
    struct p2m_slot slot;
    uint64_t gfn;

    if (guest_paging(m, g->d, &g->v->guest, &guest, NULL) ||
        p2m_view_paging(m, g->d, XENPT_VIEW_HOST, &second, NULL))
        return false;
    xenpt_walk2(&guest, &second, pdptes_reader(&pdptes, m, g->d, g->v), va, &walk);
    for (unsigned int i = 0; i < walk.guest.nr_steps; i++) {
        uint64_t at = walk.guest.step[i].at, page = guest_maddr(m, g->d, at >> XENPT_PAGE_SHIFT);

        if (page != NO_TABLE)
            tell(g, XENPT_TOUCH_WALK, page + at % XENPT_PAGE_SIZE,
                 guest_mode(g->v) == XENPT_GUEST_2LEVEL ? 4 : 8, false);
    }
    if (walk.guest.outcome != XENPT_MAPPED)
        return false;
    gfn = walk.guest.out >> XENPT_PAGE_SHIFT;
    slot = p2m_slot_of(m, p2m_root(g->d, XENPT_VIEW_HOST), gfn);
    if (!p2m_is_page(&slot))
        return false;
    *ret = p2m_maddr(&slot, gfn) + va % XENPT_PAGE_SIZE;
    if (!g->what->write)
        return true;
    if (p2m_type_of(m, g->d, slot.entry) == P2M_RAM_RO ||
        p2m_type_of(m, g->d, slot.entry) == P2M_GRANT_RO)
        return false;
    dirty_mark(g->d, gfn);
    return true;
}

static int check(struct debugging *g)
{
    int rc = argument_whole(&g->op, ARGUMENT_DOMCTL, 1);

    if (rc)
        return rc;
    g->d = domain_there(g->op.m, g->what->domain);
    if (!g->d || !g->d->nr_vcpus)
        return grant_needs(&g->op, RULE_GDBSX_DOMAIN, 0, NO_SLOT_OF_IT);
    g->v = &g->d->vcpus[0];
    return g->op.d->desc->privileged ? 0 : refused(&g->op, RULE_GDBSX_RIGHT, 0, NO_SLOT_OF_IT);
}

static int copy(struct debugging *g, uint64_t *left)
{
    uint64_t va = g->what->va, maddr;

    for (*left = g->what->length; *left;) {
        uint64_t part = XENPT_PAGE_SIZE - va % XENPT_PAGE_SIZE;

        part = part < *left ? part : *left;
        if (!(is_pv(g->d) ? find_pv(g, va, &maddr) : find_hvm(g, va, &maddr)))
            return grant_needs(&g->op, RULE_GDBSX_MAPPED, 0, NO_SLOT_OF_IT);
        tell(g, XENPT_TOUCH_DEBUGGER, maddr, part, g->what->write);
        argument_elsewhere(&g->op, part, !g->what->write);
        va += part;
        *left -= part;
    }
    return 0;
}

enum xenpt_code xenpt_gdbsx_memory(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   const struct xenpt_gdbsx *what, uint64_t *left,
                                   struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct debugging g = { .what = what };
    enum xenpt_code code = op_begin(&g.op, m, caller, err);
    int rc;

    *left = what->length;
    if (code)
        return code;
    g.op.work++;
    rc = check(&g);
    if (!rc)
        rc = copy(&g, left);
    if (!rc)
        rc = argument_back(&g.op, ARGUMENT_DOMCTL);
    return grant_end(&g.op, rc, ret);
}
