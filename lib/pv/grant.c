/*
 * grant.c - requests of grant_table_op: how they begin and end, and what can be seen of grants.
 *
 * Model: a request returns its status, and what it does before it is refused is undone, but for
 * what Xen leaves: the place of a handle among those that are free.  Status flags of an entry that
 * its guest has set itself stay as they were.
 */
#include "pv/grant.h"

#include <stdlib.h>

/* --- Begin and end ------------------------------------------------------------------------- */

enum xenpt_code grant_end(struct op *op, int status, struct xenpt_pv_result *ret)
{
    const struct xenpt_pv_rule *rule = op->rule;
    uint64_t frame = op->frame;
    unsigned int slot = op->slot;
    enum xenpt_code code;

    if (status == GRANT_NOTHING)
        status = 0;
    *ret = (struct xenpt_pv_result){ .done = !status };
    code = op_end(op, status == BROKEN ? BROKEN : 0, ret);
    if (code || !status)
        return code;
    ret->error = -status;
    ret->name = error_name(-status);
    ret->rule = rule;
    ret->frame = frame;
    ret->slot = slot;
    return XENPT_OK;
}

/* --- What a domain offers ------------------------------------------------------------------ */

static enum xenpt_code check_entry(const struct domain *d, uint32_t ref,
                                   const struct xenpt_grant_entry *e, struct xenpt_error *err)
{
    bool second = grants_version(d) == 2;

    if (ref >= grants_nr_entries(d))
        return xenpt_fail(err, XENPT_ERANGE, "%s has no grant %u: its table has %u entries",
                          d->name, (unsigned int)ref, (unsigned int)grants_nr_entries(d));
    if (second)
        return XENPT_OK;
    if (e->frame >> 32)
        return xenpt_fail(err, XENPT_ERANGE,
                          "an entry of version 1 has 32 bits for a frame, and 0x%llx is larger",
                          (unsigned long long)e->frame);
    if ((e->flags & XENPT_GRANT_TYPE) == XENPT_GRANT_TRANSITIVE)
        return xenpt_fail(err, XENPT_ERANGE,
                          "transitive grants are of version 2, and %s has a table of version 1",
                          d->name);
    return XENPT_OK;
}

enum xenpt_code xenpt_grant_offer(struct xenpt_machine *m, uint32_t domain, uint32_t ref,
                                  const struct xenpt_grant_entry *e, struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);
    uint64_t head = e->flags | (uint64_t)e->domain << 16, table;
    bool transitive = (e->flags & XENPT_GRANT_TYPE) == XENPT_GRANT_TRANSITIVE;
    struct grant_place at;
    enum xenpt_code code;

    if (!d)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u", (unsigned int)domain);
    code = check_entry(d, ref, e, err);
    if (code)
        return code;
    at = grants_place(d, ref);
    table = at.frame << XENPT_PAGE_SHIFT;
    view_stale(m);
    if (grants_version(d) == 1)
        return entry_write(m, table, at.slot, head | e->frame << 32, err);
    if (transitive)
        head |= (uint64_t)e->from_domain << 32;
    else if (e->flags & XENPT_GRANT_SUB_PAGE)
        head |= (uint64_t)e->start << 32 | (uint64_t)e->length << 48;
    /* As the header says: what is granted first, and then that it is. */
    code = entry_write(m, table, at.slot + 1, transitive ? e->from_ref : e->frame, err);
    return code ? code : entry_write(m, table, at.slot, head, err);
}

struct xenpt_grant_entry grant_read(const struct xenpt_machine *m, const struct domain *d,
                                    uint64_t ref)
{
    struct grant_place at = grants_place(d, ref), status;
    uint64_t head = entry_read(m, at.frame << XENPT_PAGE_SHIFT, at.slot), more;
    struct xenpt_grant_entry e = { .flags = (uint16_t)head, .domain = (uint16_t)(head >> 16) };

    if (grants_version(d) == 1) {
        e.frame = head >> 32;
        return e;
    }
    more = entry_read(m, at.frame << XENPT_PAGE_SHIFT, at.slot + 1);
    e.frame = more;
    e.start = (uint16_t)(head >> 32);
    e.length = (uint16_t)(head >> 48);
    e.from_domain = (uint16_t)(head >> 32);
    e.from_ref = (uint32_t)more;
    status = grants_status_place(d, ref);
    more = entry_read(m, status.frame << XENPT_PAGE_SHIFT, status.slot) >> status.shift;
    /* Of a transfer the same bits are with its type: how far it is. */
    if ((e.flags & XENPT_GRANT_TYPE) == XENPT_GRANT_ACCEPT_TRANSFER)
        return e;
    e.flags &= (uint16_t) ~(XENPT_GRANT_READING | XENPT_GRANT_WRITING);
    e.flags |= (uint16_t)more & (XENPT_GRANT_READING | XENPT_GRANT_WRITING);
    return e;
}

bool xenpt_grant_entry(const struct xenpt_machine *m, uint32_t domain, uint32_t ref,
                       struct xenpt_grant_entry *ret)
{
    const struct domain *d = domain_there(m, domain);

    if (!d || ref >= grants_nr_entries(d))
        return false;
    *ret = grant_read(m, d, ref);
    return true;
}

/* --- What is done with it ------------------------------------------------------------------ */

bool xenpt_grant_use(const struct xenpt_machine *m, uint32_t domain, uint32_t ref,
                     struct xenpt_grant_use *ret)
{
    const struct domain *d = domain_there(m, domain);
    const struct grant_active *a = d ? grants_active(d, ref) : NULL;

    if (!a)
        return false;
    *ret = (struct xenpt_grant_use){
        .domain = (uint32_t)a->domain,
        .frame = a->frame,
        .host_rw = PIN_COUNT(a->pin, PIN_HOST_RW),
        .host_ro = PIN_COUNT(a->pin, PIN_HOST_RO),
        .device_rw = PIN_COUNT(a->pin, PIN_DEVICE_RW),
        .device_ro = PIN_COUNT(a->pin, PIN_DEVICE_RO),
    };
    return true;
}

bool xenpt_grant_table(const struct xenpt_machine *m, uint32_t domain, unsigned int *version,
                       uint32_t *frames)
{
    const struct domain *d = domain_there(m, domain);

    if (!d)
        return false;
    *version = grants_version(d);
    *frames = (uint32_t)grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE);
    return true;
}

bool xenpt_grant_mapping(const struct xenpt_machine *m, uint32_t domain, uint32_t handle,
                         struct xenpt_grant_mapping *ret)
{
    const struct domain *d = domain_there(m, domain);
    const struct grants *g = d ? d->grants : NULL;

    if (!g || handle >= g->nr_mappings || !g->mappings[handle].flags)
        return false;
    *ret = (struct xenpt_grant_mapping){ .domain = (uint32_t)g->mappings[handle].domain,
                                         .ref = (uint32_t)g->mappings[handle].ref,
                                         .flags = (uint32_t)g->mappings[handle].flags };
    return true;
}
