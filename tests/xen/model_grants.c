/* model_grants.c - grant_table_op, asked of the model. */
#include "xen_model.h"
#include "xenpt/grant.h"

/* --- Grants ---------------------------------------------------------------------------------- */

static int setup(uint32_t of, uint32_t nr)
{
    uint64_t frames[80];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_setup_table(machine, &c, of, nr, frames, &r, &err), &r, &err);
}

int ask_setup(uint32_t of, uint32_t nr)
{
    return setup(of, nr);
}

bool offer(unsigned int of, uint32_t ref, struct offer what)
{
    struct xenpt_grant_entry e = { .flags = what.flags,
                                   .domain = what.domain,
                                   .frame = what.frame };

    if (setup(of == caller_domain ? SELF : of, ref / 512 + 1))
        return false;
    return !xenpt_grant_offer(machine, of, ref, &e, NULL);
}

bool offer2(uint32_t ref, struct offer2 what)
{
    struct xenpt_grant_entry e = { .flags = what.flags,
                                   .domain = what.domain,
                                   .frame = what.frame,
                                   .start = what.start,
                                   .length = what.length,
                                   .from_domain = what.from_domain,
                                   .from_ref = what.from_ref };

    if (setup(SELF, ref / 256 + 1))
        return false;
    return !xenpt_grant_offer(machine, caller_domain, ref, &e, NULL);
}

int ask_map(uint64_t where, uint32_t flags, uint32_t of, uint32_t ref, uint32_t *handle,
            uint64_t *bus)
{
    struct xenpt_grant_map map = { where, flags, of, ref };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_map(machine, &c, &map, handle, bus, &r, &err), &r, &err);
}

static int unmap(uint64_t where, uint64_t bus, uint64_t by, uint32_t handle)
{
    struct xenpt_grant_unmap req = { where, bus, by, handle };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_unmap(machine, &c, &req, &r, &err), &r, &err);
}

int ask_unmap(uint64_t where, uint64_t bus, uint32_t handle)
{
    return unmap(where, bus, 0, handle);
}

int ask_replace(uint64_t where, uint64_t by, uint32_t handle)
{
    return unmap(where, 0, by, handle);
}

int ask_statuses(uint32_t of, uint32_t nr, uint64_t *frame)
{
    uint64_t frames[80] = { 0 };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    int rc = came(xenpt_grant_status_frames(machine, &c, of, nr, frames, &r, &err), &r, &err);

    if (!rc)
        *frame = frames[0];
    return rc;
}

int ask_size(uint32_t of)
{
    uint32_t nr, max;
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_query_size(machine, &c, of, &nr, &max, &r, &err), &r, &err);
}

int ask_version(uint32_t version)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_set_version(machine, &c, version, &r, &err), &r, &err);
}

static struct xenpt_grant_side side_of(struct side s)
{
    return (struct xenpt_grant_side){ s.by_ref, s.domain, s.what, s.offset };
}

int ask_copy(struct side from, struct side to, uint16_t length)
{
    struct xenpt_grant_copy copy = { side_of(from), side_of(to), length };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_copy(machine, &c, &copy, &r, &err), &r, &err);
}
