/* model_requests.c - what cases ask, asked of the model: memory, tables and multicalls. */
#include <stdio.h>
#include <string.h>

#include "xen/guest.h"
#include "xen_model.h"
#include "xenpt/grant.h"

static uint64_t taken[3];

/* --- Who asks, and what there is ------------------------------------------------------------- */

struct xenpt_pv_caller caller(void)
{
    return (struct xenpt_pv_caller){ .domain = caller_domain, .rules = &in_force_now };
}

/* What every request does with what came of it. */
int came(enum xenpt_code code, const struct xenpt_pv_result *r, const struct xenpt_error *err)
{
    size_t used = strlen(refused_by);

    if (code)
        failed(err);
    if (r->rule && used < sizeof(refused_by) - 40)
        snprintf(refused_by + used, sizeof(refused_by) - used, "%s%s", used ? " " : "",
                 r->rule->name);
    return r->error >= XENPT_GRANT_STATUS ? XENPT_GRANT_STATUS - r->error : -r->error;
}

unsigned int who(void)
{
    return caller_domain;
}

const struct domain *domain(unsigned int d)
{
    return &machine->domains[d];
}

/* Of d2 frames are the guest's. */
static uint64_t machine_frame(uint64_t frame)
{
    return caller_domain == D2 ? guest_maddr(machine, domain(D2), frame) >> XENPT_PAGE_SHIFT
                               : frame;
}

static uint64_t take(unsigned int d)
{
    /* Of those that it began with. */
    static const uint64_t pages[] = { 32 << 8, 16 << 8 };

    return domain_frame(domain(d), pages[d] - ++taken[d]);
}

uint64_t fresh(void)
{
    if (caller_domain == D2)
        return fresh_of_d2();
    return take(caller_domain);
}

uint64_t other(void)
{
    return take(!caller_domain);
}

uint64_t kernel_page(uint64_t *va)
{
    *va = domain(caller_domain)->at.base + 5 * XENPT_PAGE_SIZE;
    return domain_frame(domain(caller_domain), 5);
}

uint64_t root(void)
{
    static uint64_t first[2];

    /* The one that it began with, whichever it has loaded. */
    if (!first[caller_domain])
        first[caller_domain] = domain(caller_domain)->vcpus[0].kernel_l4 >> XENPT_PAGE_SHIFT;
    return first[caller_domain];
}

uint64_t shared_info(void)
{
    const struct xenpt_special_frames *f = frames_of(domain(caller_domain),
                                                     XENPT_SPECIAL_SHARED_INFO);

    return caller_domain == D2 ? f->gfn : f->mfn;
}

uint64_t of_d2(void)
{
    return 5;
}

uint64_t fresh_of_d2(void)
{
    return 1024 - ++taken[D2]; /* Behind them it has what its builder has put elsewhere. */
}

bool is_pvh(void)
{
    return domain(caller_domain)->desc->type != XENPT_DOMAIN_PV64;
}

uint64_t nothing_of_d2(void)
{
    static uint64_t nr;

    return UINT64_C(0x10000) * (1 + caller_domain) + nr++;
}

uint64_t get(uint64_t frame, unsigned int slot)
{
    return entry_read(machine, machine_frame(frame) << XENPT_PAGE_SHIFT, slot);
}

void put(uint64_t frame, unsigned int slot, uint64_t word)
{
    struct xenpt_error err = { 0 };

    if (xenpt_store_write(machine->store, (machine_frame(frame) << XENPT_PAGE_SHIFT) + slot * 8,
                          &word, 8, &err))
        failed(&err);
}

/* --- Requests -------------------------------------------------------------------------------- */

int ask_mmu(const struct mmu_request *req, unsigned int nr, uint32_t foreigndom, uint32_t *done)
{
    struct xenpt_pv_mmu_update list[16];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < nr; i++)
        list[i] = (struct xenpt_pv_mmu_update){ req[i].ptr, req[i].val };
    code = xenpt_pv_mmu_update(machine, &c, list, nr, foreigndom, &r, &err);
    if (done)
        *done = r.done;
    return came(code, &r, &err);
}

int ask_ext(const struct ext_request *op, unsigned int nr, uint32_t of, uint32_t *done)
{
    struct xenpt_pv_mmuext list[16];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < nr; i++)
        list[i] = (struct xenpt_pv_mmuext){ op[i].cmd, op[i].arg, op[i].second };
    code = xenpt_pv_mmuext(machine, &c, list, nr, of, &r, &err);
    if (done)
        *done = r.done;
    return came(code, &r, &err);
}

int ask_va(uint64_t va, uint64_t val, uint64_t flush, uint32_t of)
{
    struct xenpt_pv_va_update update = { .va = va,
                                         .val = val,
                                         .flush = (enum xenpt_pv_uvmf)(flush & 3),
                                         .all = flush >> 2 & 1,
                                         .domain = of };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_update_va(machine, &c, &update, &r, &err), &r, &err);
}

int ask_gdt(const uint64_t *frames, uint32_t entries)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_set_gdt(machine, &c, frames, entries, &r, &err), &r, &err);
}

int ask_descriptor(uint64_t where, uint64_t descriptor)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_update_descriptor(machine, &c, where, descriptor, &r, &err), &r, &err);
}

int ask_assist(uint32_t cmd, uint32_t type)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_vm_assist(machine, &c, cmd, type, &r, &err), &r, &err);
}

/* Whatever Xen does not do is a fault of the guest's. */
int ask_write(uint64_t va, uint64_t value, unsigned int bytes)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_write_table(machine, &c, va, value, bytes, &r, &err), &r, &err) ? 14 : 0;
}

int ask_ldt(uint64_t offset)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_map_ldt(machine, &c, offset, &r, &err), &r, &err) ? 14 : 0;
}

int ask_memory(unsigned int what, uint32_t of, uint32_t order, uint32_t bits, uint64_t *extents,
               unsigned int nr)
{
    struct xenpt_pv_reservation what_for = {
        .what = (enum xenpt_pv_reservation_kind)what,
        .domain = of,
        .order = order,
        .address_bits = bits,
    };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    int rc = came(xenpt_pv_reservation(machine, &c, &what_for, extents, nr, &r, &err), &r, &err);

    return rc ? rc : (int)r.done;
}

int ask_exchange(const struct exchange *x)
{
    struct xenpt_pv_exchange e = { .in = x->in,
                                   .nr_in = x->nr_in,
                                   .in_order = x->in_order,
                                   .out = x->out,
                                   .nr_out = x->nr_out,
                                   .out_order = x->out_order,
                                   .address_bits = x->bits,
                                   .domain = x->domain,
                                   .begin = x->begin,
                                   .at = x->at };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_exchange(machine, &c, &e, &r, &err), &r, &err);
}

bool crashed;

void last_iret(unsigned int what)
{
    struct xenpt_pv_iret iret = { .cs = 0xe033,
                                  .on_stack = what != IRET_USER_TABLE,
                                  .stack = UINT64_C(0x123456789000) };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    if (what == IRET_USER_TABLE)
        ask_ext(&(struct ext_request){ NEW_USER_BASE, 0, 0 }, 1, SELF, NULL);
    came(xenpt_pv_iret(machine, &c, &iret, &r, &err), &r, &err);
    crashed = !strcmp(r.name, "crash");
}

/* --- Multicalls ------------------------------------------------------------------------------ */

static enum xenpt_code make(void *ctx, size_t i, const struct xenpt_pv_caller *c,
                            struct xenpt_pv_result *r, struct xenpt_error *err)
{
    struct in_call *call = (struct in_call *)ctx + i;
    struct xenpt_pv_mmu_update mmu = { call->a, call->b };
    struct xenpt_pv_mmuext ext = { (uint32_t)call->a, call->b, 0 };
    struct xenpt_pv_va_update va = { .va = call->a, .val = call->b, .domain = SELF };
    enum xenpt_code code;

    switch (call->kind) {
    case IN_MMU:
        code = xenpt_pv_mmu_update(machine, c, &mmu, 1, SELF, r, err);
        break;
    case IN_EXT:
        code = xenpt_pv_mmuext(machine, c, &ext, 1, SELF, r, err);
        break;
    case IN_VA:
        code = xenpt_pv_update_va(machine, c, &va, r, err);
        break;
    default:
        code = xenpt_pv_multicall(machine, c, 0, make, ctx, r, err);
    }
    call->rc = came(code, r, err);
    return code;
}

int ask_multicall(struct in_call *calls, unsigned int nr)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_multicall(machine, &c, nr, make, calls, &r, &err), &r, &err);
}
