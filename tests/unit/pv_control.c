/* pv_control.c - see pv_control.h. */
#include "pv_control.h"

struct xenpt_pv_result results[16];

static const char *iret_by(uint32_t d, const struct xenpt_pv_iret *iret)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_pv_iret(p.w.machine, &c, iret, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *iret(uint32_t d, uint16_t cs)
{
    return iret_by(d, &(struct xenpt_pv_iret){ .cs = cs });
}

const char *iret_from(uint32_t d, uint64_t stack)
{
    return iret_by(d, &(struct xenpt_pv_iret){ .on_stack = true, .stack = stack });
}

static enum xenpt_code make(void *ctx, size_t i, const struct xenpt_pv_caller *c,
                            struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    const struct entry *e = (const struct entry *)ctx + i;
    struct xenpt_machine *m = p.w.machine;
    enum xenpt_code code = XENPT_OK;

    switch (e->kind) {
    case ENTRY_MMU:
        code = xenpt_pv_mmu_update(m, c, &(struct xenpt_pv_mmu_update){ e->a, e->b }, 1, SELF, ret,
                                   err);
        break;
    case ENTRY_EXT:
        code = xenpt_pv_mmuext(m, c,
                               &(struct xenpt_pv_mmuext){ .cmd = (uint32_t)e->a, .arg = e->b }, 1,
                               SELF, ret, err);
        break;
    case ENTRY_VA:
        code = xenpt_pv_update_va(
            m, c, &(struct xenpt_pv_va_update){ .va = e->a, .val = e->b, .domain = SELF }, ret,
            err);
        break;
    case ENTRY_IRET:
        code = xenpt_pv_iret(m, c, &(struct xenpt_pv_iret){ .cs = (uint16_t)e->a }, ret, err);
        break;
    case ENTRY_MULTICALL:
        code = xenpt_pv_multicall(m, c, 0, make, ctx, ret,
                                  err); /* Without calls: the rule may be off. */
        break;
    }
    results[i] = *ret;
    return code;
}

const char *multicall(uint32_t d, const struct entry *entries, size_t nr)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    assert_true(nr <= sizeof(results) / sizeof(results[0]));
    if (xenpt_pv_multicall(p.w.machine, &c, nr, make, (void *)(uintptr_t)entries, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

void run_hvm(void)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_run(p.w.machine, 3, 0, 3, XENPT_RUN_GUEST, &err))
        fail_msg("%s", err.text);
}
