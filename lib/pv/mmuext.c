/* mmuext.c - mmuext_op: pins, roots, TLBs, caches, the LDT and whole pages; mm.c, do_mmuext_op. */
#include "pv/argument.h"

struct request {
    const struct xenpt_pv_mmuext *op;
    struct domain *owner; /* Who is named; NULL: DOMID_IO or DOMID_XEN. */
};

/* --- Pins ---------------------------------------------------------------------------------- */

static bool is_of(const struct op *op, uint64_t frame, const struct domain *d)
{
    struct domain *real;
    enum pv_owner owner = pv_owner_near(op->m, op->d, frame, &real);

    return (owner == PV_DOMAIN || owner == PV_SPECIAL) && real == d;
}

static int pin(struct op *op, const struct request *r)
{
    enum frame_type type = (enum frame_type)(r->op->cmd - XENPT_PV_PIN_L1 + FRAME_L1);
    uint64_t frame = r->op->arg;
    struct frame_info *info;
    int rc = 0;

    if (type == FRAME_L4 && r->owner && is_pv32(r->owner))
        return 0;
    if (!is_of(op, frame, r->owner)) {
        rc = refused(op, RULE_PIN_FRAME, frame, NO_SLOT_OF_IT);
        return rc; /* Without the rule nothing is pinned. */
    }
    rc = get_page_and_type(op, frame, type, false, r->owner);
    info = rc ? NULL : op_info(op, frame);
    if (!info)
        return rc ? rc : BROKEN;
    if (info->flags & FRAME_PINNED)
        rc = refused(op, RULE_PIN_TWICE, frame, NO_SLOT_OF_IT);
    info->flags |= FRAME_PINNED;
    return is_to_undo(op, rc) && put_page_and_type(op, frame) ? BROKEN : rc;
}

static int unpin(struct op *op, const struct request *r)
{
    uint64_t frame = r->op->arg;
    struct frame_info *info;
    int rc = 0;

    if (!is_of(op, frame, r->owner))
        return refused(op, RULE_UNPIN_FRAME, frame, NO_SLOT_OF_IT);
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    if (!(info->flags & FRAME_PINNED))
        rc = refused(op, RULE_UNPIN_PINNED, frame, NO_SLOT_OF_IT);
    info->flags &= (uint16_t)~FRAME_PINNED;
    if (rc)
        return rc;
    op->unstopped = !in_force(op, RULE_PREEMPT_PUT);
    rc = put_page_and_type(op, frame);
    op->unstopped = false;
    return is_stopped(rc) ? set_old(op, frame, NO_TABLE, rc) : rc;
}

/* --- Roots --------------------------------------------------------------------------------- */

static int base(struct op *op, const struct request *r)
{
    return new_base(op, r->op->arg);
}

static int user_base(struct op *op, const struct request *r)
{
    int rc = is_pv32(op->d) ? refused(op, RULE_USER_BASE_64, r->op->arg, NO_SLOT_OF_IT) : 0;

    return rc ? rc : new_user_base(op, r->op->arg);
}

/* --- TLBs ---------------------------------------------------------------------------------- */

static int tlb_local(struct op *op, const struct request *r)
{
    (void)r;
    op_flush_cpu(op, XENPT_PV_FLUSH_TLB, op->cpu, 0, NULL);
    return 0;
}

static int invlpg_local(struct op *op, const struct request *r)
{
    op_flush_cpu(op, XENPT_PV_FLUSH_ADDRESS, op->cpu, r->op->arg, NULL);
    return 0;
}

static int tlb_multi(struct op *op, const struct request *r)
{
    op_flush_vcpus(op, r->op->second, XENPT_PV_FLUSH_TLB, 0);
    return 0;
}

static int invlpg_multi(struct op *op, const struct request *r)
{
    if (is_guest_address(op, r->op->arg))
        op_flush_vcpus(op, r->op->second, XENPT_PV_FLUSH_ADDRESS, r->op->arg);
    return 0;
}

static int tlb_all(struct op *op, const struct request *r)
{
    (void)r;
    op_flush_domain(op, op->d, XENPT_PV_FLUSH_TLB, 0, NULL);
    return 0;
}

static int invlpg_all(struct op *op, const struct request *r)
{
    if (is_guest_address(op, r->op->arg))
        op_flush_domain(op, op->d, XENPT_PV_FLUSH_ADDRESS, r->op->arg, NULL);
    return 0;
}

/* --- Caches -------------------------------------------------------------------------------- */

static void cache_of_all(struct op *op)
{
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        op_flush_cpu(op, XENPT_PV_FLUSH_CACHE, i, 0, NULL);
}

static int cache_local(struct op *op, const struct request *r)
{
    int rc = has_devices(op->d) ? 0 : refused(op, RULE_CACHE_LOCAL, 0, NO_SLOT_OF_IT);

    (void)r;
    if (!rc && in_force(op, RULE_CACHE_EVERYWHERE))
        cache_of_all(op);
    else if (!rc)
        op_flush_cpu(op, XENPT_PV_FLUSH_CACHE, op->cpu, 0, NULL);
    return rc;
}

static int cache_global(struct op *op, const struct request *r)
{
    int rc = 0;

    (void)r;
    if (!has_devices(op->d))
        rc = refused(op, RULE_CACHE_GLOBAL, 0, NO_SLOT_OF_IT);
    if (!rc && !has_devices(op->d))
        rc = refused(op, RULE_CACHE_GLOBAL_OLD, 0, NO_SLOT_OF_IT);
    if (!rc)
        cache_of_all(op);
    return rc;
}

/* --- The LDT ------------------------------------------------------------------------------- */

#define LDT_ENTRIES_MAX 8192

/* Its pages are mapped when they are used. */
static int set_ldt(struct op *op, const struct request *r)
{
    uint64_t nr = r->op->second, at = nr ? r->op->arg : 0;
    int rc = 0;

    if (nr > LDT_ENTRIES_MAX)
        rc = refused(op, RULE_LDT_SIZE, 0, NO_SLOT_OF_IT);
    if (!rc && nr && (at % XENPT_PAGE_SIZE || !is_guest_address(op, at)))
        rc = refused(op, RULE_LDT_ADDRESS, 0, NO_SLOT_OF_IT);
    if (rc || (op->v->ldt_entries == nr && op->v->ldt_base == at))
        return rc;
    rc = drop_ldt(op);
    if (!rc)
        rc = op_set(op, &op->v->ldt_base, at);
    return rc ? rc : op_set(op, &op->v->ldt_entries, nr);
}

/* --- Whole pages --------------------------------------------------------------------------- */

static int write_page(struct op *op, uint64_t frame, const uint64_t entry[ENTRIES])
{
    int rc = get_type(op, frame, FRAME_WRITABLE, false, RULE_PAGE_WRITABLE);

    if (!rc)
        op_tell(op, XENPT_TOUCH_PAGE, true, frame, 0, XENPT_PAGE_SIZE);
    for (unsigned int i = 0; !rc && i < ENTRIES; i++)
        rc = op_write(op, frame, i, entry[i]);
    if (!rc && frames_find(op->m->frames, frame)->type == FRAME_WRITABLE)
        rc = put_type(op, frame, NO_TABLE);
    return rc;
}

static int clear_page(struct op *op, const struct request *r)
{
    static const uint64_t zeros[ENTRIES];

    if (!is_of(op, r->op->arg, r->owner))
        return refused(op, RULE_PAGE_PLAIN, r->op->arg, NO_SLOT_OF_IT);
    return write_page(op, r->op->arg, zeros);
}

static int copy_page(struct op *op, const struct request *r)
{
    uint64_t entry[ENTRIES];

    if (!is_of(op, r->op->second, r->owner))
        return refused(op, RULE_PAGE_PLAIN, r->op->second, NO_SLOT_OF_IT);
    if (!is_of(op, r->op->arg, r->owner))
        return refused(op, RULE_PAGE_PLAIN, r->op->arg, NO_SLOT_OF_IT);
    if (!op_read_table(op, r->op->second, entry))
        return op_broken(op, XENPT_ESTATE, "a page lies outside memory");
    op_tell(op, XENPT_TOUCH_PAGE, false, r->op->second, 0, XENPT_PAGE_SIZE);
    return write_page(op, r->op->arg, entry);
}

static int mark_super(struct op *op, const struct request *r)
{
    return refused(op, RULE_MARK_SUPER, r->op->arg, NO_SLOT_OF_IT);
}

/* --- All of it ----------------------------------------------------------------------------- */

static const struct {
    int (*fn)(struct op *op, const struct request *r);
    bool own; /* Nobody does it to another domain. */
} commands[] = {
    [XENPT_PV_PIN_L1] = { pin, false },
    [XENPT_PV_PIN_L2] = { pin, false },
    [XENPT_PV_PIN_L3] = { pin, false },
    [XENPT_PV_PIN_L4] = { pin, false },
    [XENPT_PV_UNPIN] = { unpin, false },
    [XENPT_PV_NEW_BASE] = { base, true },
    [XENPT_PV_TLB_LOCAL] = { tlb_local, true },
    [XENPT_PV_INVLPG_LOCAL] = { invlpg_local, true },
    [XENPT_PV_TLB_MULTI] = { tlb_multi, true },
    [XENPT_PV_INVLPG_MULTI] = { invlpg_multi, true },
    [XENPT_PV_TLB_ALL] = { tlb_all, true },
    [XENPT_PV_INVLPG_ALL] = { invlpg_all, true },
    [XENPT_PV_FLUSH_CACHE_LOCAL] = { cache_local, true },
    [XENPT_PV_SET_LDT] = { set_ldt, true },
    [XENPT_PV_NEW_USER_BASE] = { user_base, true },
    [XENPT_PV_CLEAR_PAGE] = { clear_page, false },
    [XENPT_PV_COPY_PAGE] = { copy_page, false },
    [XENPT_PV_FLUSH_CACHE_GLOBAL] = { cache_global, true },
    [XENPT_PV_MARK_SUPER] = { mark_super, false },
    [XENPT_PV_UNMARK_SUPER] = { mark_super, false },
};

static int one(struct op *op, struct request *r, size_t i)
{
    uint32_t cmd = r->op->cmd;
    int rc = argument_read(op, ARGUMENT_MMUEXT, i);

    if (!rc)
        rc = hvm_mmuext(op, cmd);
    if (rc)
        return rc;
    op->work++;
    if (cmd >= ARRAY_SIZE(commands) || !commands[cmd].fn)
        return refused(op, RULE_MMUEXT_COMMAND, 0, NO_SLOT_OF_IT);
    if (commands[cmd].own && r->owner != op->d)
        rc = refused(op, RULE_MMUEXT_OWN, r->op->arg, NO_SLOT_OF_IT);
    return rc ? rc : commands[cmd].fn(op, r);
}

enum xenpt_code xenpt_pv_mmuext(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                const struct xenpt_pv_mmuext *ops, size_t nr, uint32_t foreigndom,
                                struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct request r = { .owner = NULL };
    enum pv_owner named;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    size_t i = 0;
    int rc;

    if (code)
        return code;
    rc = is_external(op.d) ? refused(&op, RULE_HVM_MMUEXT, 0, NO_SLOT_OF_IT) : put_old(&op);
    if (!rc)
        rc = argument_range(&op, ARGUMENT_MMUEXT, nr);
    if (!rc)
        rc = find_pg_owner(&op, foreigndom, &r.owner, &named);
    if (!rc && r.owner && is_external(r.owner))
        rc = refused(&op, RULE_MMUEXT_PV, 0, NO_SLOT_OF_IT);
    /* DOMID_IO and DOMID_XEN are paravirtual to Xen, and domains like others; seen in 4.17.7. */
    if (!rc)
        rc = may_touch(&op, r.owner, named == PV_MMIO ? PV_XEN : named);
    while (!rc && i < nr) {
        r.op = &ops[i];
        rc = op.v->old.frame || (i && op_due(&op)) ? RESTART : one(&op, &r, i);
        if (!rc)
            rc = op_commit(&op);
        i += !rc;
    }
    *ret = (struct xenpt_pv_result){ .done = (uint32_t)i };
    return op_end(&op, rc, ret);
}
