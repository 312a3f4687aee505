/*
 * pager.c - what a pager asks of a guest's memory: arch/x86/mm/mem_paging.c, mem_paging_memop,
 * nominate, evict, prepare, p2m_mem_paging_resume; common/vm_event.c, vm_event_domctl, 4.17.
 */
#include "xenpt/pager.h"

#include "pv/argument.h"
#include "pv/hvm_param.h"
#include "pv/physmap.h"

/* --- Whether there can be one -------------------------------------------------------------- */

static int enable(struct physmap *p)
{
    struct op *op = &p->op;
    const struct domain *hardware = domain_there(op->m, 0);
    int rc = 0;

    if (hardware && hardware->desc->privileged && !is_pv(hardware))
        rc = physmap_refused(op, RULE_PAGING_HARDWARE, 0);
    if (!rc && (is_pv(p->d) || p->d->desc->paging == XENPT_GUEST_SHADOW))
        rc = physmap_needs(op, RULE_PAGING_HAP, 0);
    if (!rc && p->d->device.how != XENPT_DEVICE_NO_TABLES)
        rc = physmap_refused(op, RULE_PAGING_DEVICES, 0);
    if (!rc && p->d->pod && (p->d->pod->entries || p->d->pod->single.nr || p->d->pod->super.nr))
        rc = physmap_refused(op, RULE_PAGING_POD, 0);
    if (!rc && p->d->pager)
        rc = physmap_refused(op, RULE_PAGING_ENABLED, 0);
    if (!rc && !hvm_param_value(p->d, PARAM_PAGING_RING_PFN))
        rc = physmap_refused(op, RULE_PAGING_RING_PAGE, 0);
    if (!rc)
        p->d->pager = true;
    return rc;
}

/* --- One frame ----------------------------------------------------------------------------- */

/* What CPUs remember of it is dropped when physical memory is unlocked. */
static int set(struct physmap *p, uint64_t gfn, uint64_t frame, enum p2m_type type)
{
    p->op.code = p2m_set_paging(p->op.m, p->d, gfn, frame, type, p->op.err);
    if (p->op.code)
        return BROKEN;
    op_flush_cpu(&p->op, XENPT_PV_FLUSH_SECOND, p->op.cpu, p->d->id, NULL);
    return 0;
}

/* Nothing but that it is allocated refers to it, and it is in use as nothing. */
static int check_unused(struct physmap *p, uint64_t frame)
{
    struct domain *owner = NULL;
    const struct frame_info *info;

    if (pv_owner_of(p->op.m, frame, &owner) != PV_DOMAIN || owner != p->d)
        return physmap_needs(&p->op, RULE_PAGING_HELD, frame);
    info = op_info(&p->op, frame);
    if (!info)
        return BROKEN;
    return info->count == 1 && !(info->flags & FRAME_DROPPED)
               ? 0
               : physmap_refused(&p->op, RULE_PAGING_HELD, frame);
}

static int nominate(struct physmap *p, uint64_t gfn)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(p->op.m, p->d, gfn, &frame);
    int rc = 0;

    if (frame == NO_TABLE || (type != P2M_RAM_RW && type != P2M_RAM_LOGDIRTY))
        rc = physmap_needs(&p->op, RULE_PAGING_PAGEABLE, frame == NO_TABLE ? 0 : frame);
    if (!rc)
        rc = check_unused(p, frame);
    return rc ? rc : set(p, gfn, frame, P2M_PAGING_OUT);
}

static int evict(struct physmap *p, uint64_t gfn)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(p->op.m, p->d, gfn, &frame);
    int rc = 0;

    if (frame == NO_TABLE || type != P2M_PAGING_OUT)
        rc = physmap_needs(&p->op, RULE_PAGING_NOMINATED, frame == NO_TABLE ? 0 : frame);
    if (!rc)
        rc = check_unused(p, frame);
    if (!rc)
        rc = set(p, gfn, NO_TABLE, P2M_PAGED);
    if (rc)
        return rc;
    p->op.code = contents_rename(&p->op.m->contents, frame, NO_GFN, p->op.err);
    if (p->op.code || drop_allocation(&p->op, frame))
        return BROKEN;
    return op_commit(&p->op);
}

static int allocate_one(struct physmap *p, uint64_t *ret)
{
    int rc = has_room(p->d, 1) ? 0 : physmap_refused(&p->op, RULE_PAGING_FREE, 0);

    if (!rc)
        rc = set_aside(&p->op, p->d, 4);
    if (rc)
        return rc;
    if (!allocate(&p->op, p->d, 0, 0, ret))
        return p->op.code ? BROKEN : physmap_needs(&p->op, RULE_PAGING_FREE, 0);
    return assign(&p->op, p->d, *ret, 1, NO_GFN);
}

static int prepare(struct physmap *p, uint64_t gfn)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(p->op.m, p->d, gfn, &frame);
    int rc = 0;

    if (type != P2M_PAGING_IN && type != P2M_PAGED)
        rc = physmap_needs(&p->op, RULE_PAGING_WANTED, frame == NO_TABLE ? 0 : frame);
    if (!rc && frame == NO_TABLE)
        rc = allocate_one(p, &frame);
    return rc ? rc : physmap_hook(&p->op, p->d, gfn, frame, 0);
}

/* An answer that fits nothing is no error. */
static int resume(struct physmap *p, uint64_t gfn)
{
    uint64_t frame;
    enum p2m_type type = p2m_type_at_all(p->op.m, p->d, gfn, &frame);

    return type == P2M_PAGING_IN && frame != NO_TABLE ? physmap_hook(&p->op, p->d, gfn, frame, 0)
                                                      : 0;
}

/* --- The request --------------------------------------------------------------------------- */

/* By domctl; the others are of memory_op. */
static bool is_control(enum xenpt_pager_op what)
{
    return what == XENPT_PAGER_ENABLE || what == XENPT_PAGER_DISABLE || what == XENPT_PAGER_RESUME;
}

/* do_domctl, vm_event_domctl: XSM_PRIV. */
static int may_control(struct physmap *p)
{
    int rc = p->op.d->desc->privileged ? 0 : physmap_refused(&p->op, RULE_FOREIGN_RIGHT, 0);

    return !rc && p->d == p->op.d ? physmap_refused(&p->op, RULE_PAGING_CONTROL_SELF, 0) : rc;
}

/* rcu_lock_live_remote_domain_by_id; XSM_DM_PRIV.  Neither knows DOMID_SELF. */
static int find_domain(struct physmap *p, uint32_t id, enum xenpt_pager_op what)
{
    int rc = 0;

    p->d = domain_there(p->op.m, id);
    if (!p->d)
        return physmap_needs(&p->op, RULE_UNKNOWN_DOMAIN, 0);
    if (is_control(what))
        return may_control(p);
    if (p->d == p->op.d)
        rc = physmap_refused(&p->op, RULE_PAGING_SELF, 0);
    if (!rc && p->d != p->op.d && !controls(p->op.d, p->d))
        rc = physmap_refused(&p->op, RULE_FOREIGN_RIGHT, 0);
    return rc;
}

static int request(struct physmap *p, enum xenpt_pager_op what, uint64_t gfn)
{
    if (what == XENPT_PAGER_ENABLE)
        return enable(p);
    if (is_pv(p->d) || !p->d->pager)
        return physmap_needs(&p->op,
                             what == XENPT_PAGER_DISABLE ? RULE_PAGING_OFF : RULE_PAGING_RING, 0);
    switch (what) {
    case XENPT_PAGER_DISABLE:
        p->d->pager = false;
        return 0;
    case XENPT_PAGER_NOMINATE:
        return nominate(p, gfn);
    case XENPT_PAGER_EVICT:
        return evict(p, gfn);
    case XENPT_PAGER_PREPARE:
        return prepare(p, gfn);
    default:
        return resume(p, gfn);
    }
}

enum xenpt_code xenpt_pager(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                            uint32_t domain, enum xenpt_pager_op what, uint64_t gfn,
                            struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&p.op, is_control(what) ? ARGUMENT_DOMCTL : ARGUMENT_PAGING, 1);
    if (!rc)
        rc = find_domain(&p, domain, what);
    if (!rc)
        rc = request(&p, what, gfn);
    return physmap_finish(&p, rc, !rc, ret);
}

const struct xenpt_word *xenpt_pager_word(enum xenpt_pager_op op)
{
    static const struct xenpt_word words[XENPT_NR_PAGER_OPS] = {
        [XENPT_PAGER_ENABLE] = { "enable", "it is told of what is touched" },
        [XENPT_PAGER_DISABLE] = { "disable", "no more of that" },
        [XENPT_PAGER_NOMINATE] = { "nominate", "a frame is to be taken away" },
        [XENPT_PAGER_EVICT] = { "evict", "it is, unless somebody has touched it" },
        [XENPT_PAGER_PREPARE] = { "prepare", "there is memory again" },
        [XENPT_PAGER_RESUME] = { "resume", "a frame that was nominated is as it was" },
    };

    return &words[op < XENPT_NR_PAGER_OPS ? op : 0];
}
