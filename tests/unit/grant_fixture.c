/* grant_fixture.c - see grant_fixture.h. */
#include "grant_fixture.h"

#include "xen/internal.h"

uint32_t handle;
uint64_t bus;

void offer(uint32_t d, uint32_t ref, uint32_t to, uint64_t frame, unsigned int flags)
{
    struct xenpt_grant_entry e = { .flags = (uint16_t)(XENPT_GRANT_PERMIT_ACCESS | flags),
                                   .domain = (uint16_t)to,
                                   .frame = frame };
    struct xenpt_error err = { 0 };

    if (xenpt_grant_offer(p.w.machine, d, ref, &e, &err))
        fail_msg("%s", err.text);
}

const char *grant_map(uint32_t d, uint64_t where, uint32_t flags, uint32_t owner, uint32_t ref)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_grant_map req = { where, flags, owner, ref };
    struct xenpt_error err = { 0 };

    if (xenpt_grant_map(p.w.machine, &c, &req, &handle, &bus, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *grant_unmap(uint32_t d, uint64_t where, uint64_t bus_at, uint64_t by, uint32_t which)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_grant_unmap req = { where, bus_at, by, which };
    struct xenpt_error err = { 0 };

    if (xenpt_grant_unmap(p.w.machine, &c, &req, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *grant_copy(uint32_t d, struct xenpt_grant_side from, struct xenpt_grant_side to,
                       uint16_t length)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_grant_copy req = { from, to, length };
    struct xenpt_error err = { 0 };

    if (xenpt_grant_copy(p.w.machine, &c, &req, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *grant_version(uint32_t d, uint32_t version)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_grant_set_version(p.w.machine, &c, version, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

uint64_t va_of(uint32_t d, uint64_t i)
{
    return p.w.machine->domains[d].at.base + (i << 12);
}

uint64_t entry_for(uint32_t d, uint64_t va)
{
    const struct domain *dom = &p.w.machine->domains[d];
    unsigned int level;

    return entry_of(p.w.machine, pv_guest_root(dom, &dom->vcpus[0], false), 4, va, &level);
}

uint64_t gfn_of_d3(uint64_t i)
{
    return 0x400 + i;
}

void run_d3(void)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_run(p.w.machine, 3, 0, 3, XENPT_RUN_GUEST, &err))
        fail_msg("%s", err.text);
}

unsigned int pins(uint32_t d, uint32_t ref)
{
    struct xenpt_grant_use use;

    if (!xenpt_grant_use(p.w.machine, d, ref, &use))
        return 0;
    return use.host_rw << 12 | use.host_ro << 8 | use.device_rw << 4 | use.device_ro;
}

unsigned int status_of(uint32_t d, uint32_t ref)
{
    struct xenpt_grant_entry e;

    assert_true(xenpt_grant_entry(p.w.machine, d, ref, &e));
    return e.flags & (XENPT_GRANT_READING | XENPT_GRANT_WRITING);
}
