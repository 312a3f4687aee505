/*
 * pv_touch.c - a paravirtual guest touches an address: on its own tables the processor does it
 * alone; on shadows, as HVM guests do under shadow paging.
 */
#include "xen/shadow.h"

uint64_t pv_guest_root(const struct domain *d, const struct vcpu *v, bool user)
{
    if (d->desc->type == XENPT_DOMAIN_PV32)
        return v->monitor;
    return user ? v->user_l4 : v->kernel_l4;
}

uint64_t pv_root(const struct domain *d, const struct vcpu *v, bool user)
{
    uint32_t top = d->desc->type == XENPT_DOMAIN_PV32 ? v->top[0] : v->top[user];

    if (user && v->held && !d->shadows)
        return v->held;
    return d->shadows && top != NO_SHADOW ? d->shadows->list[top].page[0]
                                          : pv_guest_root(d, v, user);
}

enum xenpt_code pv_paging(const struct xenpt_machine *m, const struct domain *d, uint64_t root,
                          struct xenpt_paging *ret, struct xenpt_error *err)
{
    struct xenpt_regs regs = run_regs(m, root, run_cr4(m, d));

    return xenpt_paging_init(ret, &m->processor->cpu, &regs, err);
}

/*
 * Model: A is set in the guest's L4, though with XPTI the processor walks a copy of it: all present
 * entries of an L4 have A from the moment that Xen has validated them.
 */
static enum xenpt_code on_own_tables(struct shadowing *s, uint64_t va,
                                     const struct xenpt_access *access,
                                     struct xenpt_guest_done *ret)
{
    struct xenpt_verdict verdict;
    struct xenpt_paging pg;
    struct xenpt_walk walk;
    enum xenpt_code code = pv_paging(s->m, s->d, pv_root(s->d, s->v, s->v->user), &pg, s->err);

    if (code)
        return code;
    xenpt_walk(&pg, xenpt_store_reader(s->m->store), va, &walk);
    xenpt_judge(&pg, &walk, access, &verdict);
    if (!verdict.allowed) {
        ret->outcome = XENPT_GUEST_FAULT;
        ret->fault = verdict.fault;
        ret->rule = verdict.rule;
        ret->exits = 1; /* Xen takes all faults, and passes them on. */
        return XENPT_OK;
    }
    ret->gaddr = ret->maddr = walk.out;
    for (unsigned int i = 0; !code && i < verdict.nr_updates; i++) {
        const struct xenpt_update *u = &verdict.update[i];

        code = entry_write(s->m, u->at, 0, entry_read(s->m, u->at, 0) | u->set, s->err);
    }
    return code;
}

/* With XPTI the guest returns to a copy of the root, which the fault may have added to. */
static enum xenpt_code way_back(struct shadowing *s)
{
    struct cpu *c = &s->m->cpus[s->v->cpu];

    if (!s->d->xpti || !c->loaded || c->idle || &s->m->domains[c->domain] != s->d ||
        &s->d->vcpus[c->vcpu] != s->v || c->mode == XENPT_RUN_XEN)
        return XENPT_OK;
    return xpti_copy(s->m, c, pv_root(s->d, s->v, s->v->user), s->err);
}

enum xenpt_code pv_touch(struct shadowing *s, uint64_t va, const struct xenpt_access *access,
                         struct xenpt_guest_done *ret)
{
    enum xenpt_code code;

    if (!s->all)
        return on_own_tables(s, va, access, ret);
    code = shadow_touch(s, va, access, NULL, ret);
    return code || !ret->exits ? code : way_back(s);
}
