/*
 * vcpu_info.c - VCPUOP_register_vcpu_info: a guest has the vcpu_info of a vCPU in a page of its
 * own, which Xen maps for good and writes to from then on; common/domain.c, map_vcpu_info, 4.17,
 * map_guest_area and vcpu_info_populate, 4.18.
 */
#include "pv/argument.h"
#include "pv/given_page.h"
#include "xen/events.h"
#include "xen/touch.h"
#include "xen/view.h"

#define INFO_SIZE 64u /* struct vcpu_info, of guests of both kinds. */

/* alignof(struct vcpu_info). */
static unsigned int alignment(const struct domain *d)
{
    return events_form(d) == XENPT_ABI_32 ? 4 : 8;
}

static int check_place(struct op *op, const struct vcpu *v, uint64_t gfn, uint32_t offset)
{
    int rc = 0;

    /* From 4.18 on these come first, and a vCPU that runs is stopped for it. */
    if (offset >= XENPT_PAGE_SIZE || gfn >> (64 - XENPT_PAGE_SHIFT))
        rc = refused(op, RULE_VCPU_INFO_FRAME, 0, NO_SLOT_OF_IT);
    if (!rc && v->info.there)
        rc = refused(op, RULE_VCPU_INFO_BUSY, 0, NO_SLOT_OF_IT);
    if (!rc && (offset > XENPT_PAGE_SIZE - INFO_SIZE || offset % alignment(op->d)))
        rc = grant_needs(op, RULE_VCPU_INFO_PLACE, 0, NO_SLOT_OF_IT);
    if (!rc && v->info.there)
        rc = refused(op, RULE_VCPU_INFO_TWICE, 0, NO_SLOT_OF_IT);
    if (!rc && v != op->v && !v->down)
        rc = refused(op, RULE_VCPU_INFO_RUNS, 0, NO_SLOT_OF_IT);
    return rc;
}

static int take_page(struct op *op, const struct vcpu *v, uint64_t gfn, uint64_t *ret)
{
    enum rule type = in_force(op, RULE_VCPU_INFO_ACCESS) ? RULE_VCPU_INFO_ACCESS
                                                         : RULE_VCPU_INFO_TYPE;
    int rc = given_page(op, gfn, RULE_VCPU_INFO_PAGE, type, ret);

    return rc || !v->info.there ? rc : given_page_back(op, v->info.frame);
}

static void tell(struct op *op, uint64_t maddr, bool write)
{
    bool own = domain_extent(op->d, maddr >> XENPT_PAGE_SHIFT);
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_VCPU_INFO,
                                   own ? XENPT_TOUCH_KEPT : XENPT_TOUCH_DIRECTMAP),
                             .consent = own ? XENPT_TOUCH_REGISTERED : XENPT_TOUCH_SHARED,
                             .maddr = maddr, .length = INFO_SIZE, .write = write };

    if (touch_heard(op->m))
        touch_by_xen(op->m, op->d, op->v, &t);
}

/* What it was goes there; of vCPUs that had none, nothing, but that events are masked. */
static enum xenpt_code copy_info(struct op *op, uint64_t from, uint64_t to, struct xenpt_error *err)
{
    uint8_t info[INFO_SIZE] = { 0 };

    if (from != NO_TABLE) {
        tell(op, from, false);
        xenpt_read(xenpt_store_reader(op->m->store), from, info, sizeof(info));
    } else {
        info[1] = 1; /* evtchn_upcall_mask. */
    }
    tell(op, to, true);
    view_stale(op->m);
    return xenpt_store_write(op->m->store, to, info, sizeof(info), err);
}

static enum xenpt_code put_info(struct op *op, struct vcpu *v, uint64_t frame, uint32_t offset,
                                struct xenpt_error *err)
{
    struct event_by by = { op->d, op->v };
    uint32_t vcpu = (uint32_t)(v - op->d->vcpus);
    enum xenpt_code code;

    code = copy_info(op, events_info(op->d, vcpu), (frame << XENPT_PAGE_SHIFT) + offset, err);
    if (code)
        return code;
    v->info.there = true;
    v->info.frame = frame;
    v->info.offset = offset;
    code = events_all(op->m, &by, op->d, vcpu, err);
    /* Its page was written to: nothing of this needs memory any more. */
    if (!code)
        vcpu_put_time(op->m, op->d, v);
    return code;
}

enum xenpt_code xenpt_pv_register_vcpu_info(struct xenpt_machine *m,
                                            const struct xenpt_pv_caller *caller, uint32_t vcpu,
                                            uint64_t gfn, uint32_t offset,
                                            struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    uint64_t frame = 0;
    struct vcpu *v;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    bool there;
    int rc = 0;

    if (code)
        return code;
    there = vcpu < op.d->nr_vcpus && !op.d->vcpus[vcpu].absent;
    v = &op.d->vcpus[there ? vcpu : 0];
    if (!there)
        rc = grant_needs(&op, RULE_VCPU_THERE, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = argument_whole(&op, ARGUMENT_VCPU_INFO, 1);
    if (!rc) {
        rc = check_place(&op, v, gfn, offset);
        if (!rc)
            rc = take_page(&op, v, gfn, &frame);
        if (rc && rc != BROKEN && !machine_since(m, 4, 18))
            vcpu_put_time(m, op.d, v);
    }
    code = grant_end(&op, rc, ret);
    return code || rc ? code : put_info(&op, v, frame, offset, err);
}
