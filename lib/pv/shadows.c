/*
 * shadows.c - what a request changes in tables of a domain that is on shadows, its shadows follow:
 * paging_write_guest_entry, shadow_remove_all_shadows; and L1TF, which puts a domain on shadows:
 * asm/shadow.h, pv_l1tf_check_pte.
 */
#include "pv/op.h"

#include "xen/shadow.h"

/* Model: of a frame that Xen shares, or that is Xen's own, the caller's shadows follow. */
static struct domain *domain_of(const struct op *op, uint64_t frame)
{
    struct domain *d;

    pv_owner_of(op->m, frame, &d);
    return d ? d : op->d;
}

static struct shadowing shadowing_of(const struct op *op, struct domain *d)
{
    return (struct shadowing){
        .m = op->m, .d = d, .v = d == op->d ? op->v : d->vcpus, .all = d->shadows, .err = op->err
    };
}

/* A root that is none any more has no shadow that stays. */
static enum xenpt_code forget_root(struct op *op, struct domain *d, uint64_t frame)
{
    struct shadowing s = shadowing_of(op, d);
    const struct frame_info *info = frames_find(op->m->frames, frame);
    uint32_t id;

    if (info->type_count || !shadow_find(s.all, SH_L4_64, frame << XENPT_PAGE_SHIFT, &id))
        return XENPT_OK;
    return shadow_unpin(&s, id);
}

static enum xenpt_code follow(struct op *op, const struct undo *u)
{
    uint64_t frame = u->kind == UNDO_WORD ? u->at >> XENPT_PAGE_SHIFT : u->at;
    struct domain *d = u->kind == UNDO_VALUE ? NULL : domain_of(op, frame);
    struct shadowing s;

    if (!d || !d->shadows)
        return XENPT_OK;
    if (u->kind == UNDO_INFO)
        return u->info.type == FRAME_L4 && u->info.type_count ? forget_root(op, d, frame)
                                                              : XENPT_OK;
    s = shadowing_of(op, d);
    return shadow_validate(&s, u->at, 8);
}

/* A vCPU without a root for user mode has no shadow of one. */
static enum xenpt_code roots(struct op *op)
{
    struct shadowing s = shadowing_of(op, op->d);
    uint32_t user = op->v->top[1];

    if (!is_pv32(op->d) && op->v->user_l4 == NO_TABLE && user != NO_SHADOW) {
        op->v->top[1] = NO_SHADOW;
        op->code = shadow_put(&s, user);
    }
    return op->code ? op->code : pv_shadow_update(op->m, op->d, op->v, op->err);
}

static bool any_shadows(const struct xenpt_machine *m)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        if (m->domains[i].shadows)
            return true;
    return false;
}

int shadows_follow(struct op *op)
{
    if (!any_shadows(op->m))
        return 0;
    if (is_pv(op->d) && op->d->shadows)
        op->code = roots(op);
    for (size_t i = 0; !op->code && i < op->nr; i++)
        op->code = follow(op, &op->undo[i]);
    return op->code ? BROKEN : 0;
}

/* --- L1TF ---------------------------------------------------------------------------------- */

/* What the L1 data cache of vulnerable processors has of an address; spec_ctrl.c,
 * l1tf_calculations. Model: 46 bits, which all but the first two families have. */
#define L1D_BITS 46u

/* Above what is ever cached: the upper quarter of what the processor can address, and RAM. */
static uint64_t safe_from(const struct xenpt_machine *m)
{
    unsigned int bits = m->processor->cpu.maxphyaddr;
    uint64_t safe = L1D_BITS > bits ? UINT64_C(1) << bits : UINT64_C(3) << (bits - 2);

    return max_u64(safe, m->max_frame << XENPT_PAGE_SHIFT);
}

int check_absent(struct op *op, struct domain *d, uint64_t frame, unsigned int slot,
                 unsigned int level, uint64_t entry)
{
    uint64_t leads_to = entry & ones(L1D_BITS) & ~(uint64_t)(XENPT_PAGE_SIZE - 1);
    int rc;

    if (!op->m->processor->l1tf || d->desc->privileged || d->shadow_forced)
        return 0;
    if (!(level > 1 && entry & ENTRY_PS) && (!leads_to || leads_to >= safe_from(op->m)))
        return 0;
    rc = refused(op, RULE_L1TF, frame, slot);
    if (rc)
        op->to_shadow = d;
    return rc;
}

int shadows_force(struct op *op)
{
    struct domain *d = op->to_shadow;

    /* A log of dirty pages has it on shadows already, and without this takes it off them again. */
    if (d && !d->shadows)
        op->code = pv_shadow_begin(op->m, d, op->err);
    if (d && !op->code)
        d->shadow_forced = true;
    return op->code ? BROKEN : 0;
}
