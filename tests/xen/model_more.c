/* model_more.c - what asks_more.h has, asked of the model. */
#include "xen_model.h"
#include "xenpt/event.h"
#include "xenpt/grant.h"
#include "xenpt/p2m.h"
#include "xenpt/pager.h"
#include "xenpt/param.h"

/* What each request needs. */
#define ASKED                                                                                      \
    struct xenpt_pv_caller c = caller();                                                           \
    struct xenpt_pv_result r = { 0 };                                                              \
    struct xenpt_error err = { 0 }

bool built_with[NR_FEATURES] = { [ALWAYS] = true };

bool has(enum feature what)
{
    return built_with[what] && (what != DEVICES || caller_domain == D0);
}

/* --- Multicalls ------------------------------------------------------------------------------ */

static enum xenpt_code make(void *ctx, size_t i, const struct xenpt_pv_caller *c,
                            struct xenpt_pv_result *r, struct xenpt_error *err)
{
    const struct mmu_request *behind = ctx;
    struct xenpt_pv_mmu_update mmu = { behind->ptr, behind->val };

    return i ? xenpt_pv_mmu_update(machine, c, &mmu, 1, SELF, r, err)
             : xenpt_pv_iret(machine, c, &(struct xenpt_pv_iret){ .cs = 0xe033 }, r, err);
}

int ask_multicall_iret(uint64_t va, struct mmu_request behind)
{
    bool left;
    ASKED;

    (void)va;
    if (came(xenpt_pv_multicall(machine, &c, 2, make, &behind, &r, &err), &r, &err))
        return 0;
    left = machine->domains[D1].vcpus[0].user;
    /* Its fault. */
    if (xenpt_machine_run(machine, D1, 0, 1, XENPT_RUN_KERNEL, &err))
        failed(&err);
    return left ? 6 : 0;
}

/* --- Event channels in queues ---------------------------------------------------------------- */

int ask_init_control(uint64_t frame, uint32_t offset, uint32_t vcpu)
{
    ASKED;

    return came(xenpt_event_init_control(machine, &c, frame, offset, vcpu, &r, &err), &r, &err);
}

int ask_expand_array(uint64_t frame)
{
    ASKED;

    return came(xenpt_event_expand_array(machine, &c, frame, &r, &err), &r, &err);
}

int ask_priority(uint32_t port, uint32_t priority)
{
    ASKED;

    return came(xenpt_event_set_priority(machine, &c, port, priority, &r, &err), &r, &err);
}

int ask_unmask(uint32_t port)
{
    ASKED;

    return came(xenpt_event_unmask(machine, &c, port, &r, &err), &r, &err);
}

/* --- Parameters ------------------------------------------------------------------------------ */

int ask_set_param(uint32_t of, uint32_t index, uint64_t value)
{
    ASKED;

    return came(xenpt_hvm_param_set(machine, &c, of, index, value, &r, &err), &r, &err);
}

int ask_get_param(uint32_t of, uint32_t index, uint64_t *value)
{
    ASKED;

    return came(xenpt_hvm_param_get(machine, &c, of, index, value, &r, &err), &r, &err);
}

/* --- Grants ---------------------------------------------------------------------------------- */

int ask_swap(uint32_t a, uint32_t b)
{
    ASKED;

    return came(xenpt_grant_swap(machine, &c, a, b, &r, &err), &r, &err);
}

int ask_cache_flush(uint64_t frame, uint16_t offset, uint16_t length, uint32_t what)
{
    struct xenpt_grant_cache_flush flush = { frame, offset, length, what };
    ASKED;

    return came(xenpt_grant_cache_flush(machine, &c, &flush, &r, &err), &r, &err);
}

int ask_get_version(uint32_t of, uint32_t *version)
{
    ASKED;

    return came(xenpt_grant_get_version(machine, &c, of, version, &r, &err), &r, &err);
}

int ask_transfer_by(uint32_t to, uint64_t frame, uint32_t ref)
{
    struct xenpt_grant_transfer transfer = { frame, to, ref };
    uint64_t got;
    ASKED;

    return came(xenpt_grant_transfer(machine, &c, &transfer, &got, &r, &err), &r, &err);
}

/* --- Devices --------------------------------------------------------------------------------- */

int ask_device(uint32_t to, bool there, bool assigned)
{
    ASKED;

    return came(xenpt_device_assign(machine, &c, there ? "some" : "none", to, assigned, &r, &err),
                &r, &err);
}

bool log_of_d2(bool on)
{
    struct xenpt_error err = { 0 };

    return !xenpt_machine_log_dirty(machine, D2, on ? XENPT_LOG_ENABLE : XENPT_LOG_DISABLE, &err);
}

/* --- Pagers ---------------------------------------------------------------------------------- */

int ask_pager(uint32_t of, unsigned int what, uint64_t gfn)
{
    ASKED;

    return came(xenpt_pager(machine, &c, of, (enum xenpt_pager_op)what, gfn, &r, &err), &r, &err);
}

/* --- Device models --------------------------------------------------------------------------- */

void become_model(void)
{
    struct xenpt_domain_desc *desc = (struct xenpt_domain_desc *)machine->domains[D1].desc;

    desc->has_target = true;
    desc->target = D2;
}
