/* grant.h - grant_table_op from inside; grouped by the file that defines what is declared. */
#ifndef XENPT_PV_GRANT_H
#define XENPT_PV_GRANT_H

#include "pv/op.h"
#include "xen/grants.h"
#include "xenpt/grant.h"

/* --- grant.c ------------------------------------------------------------------------------- */

/* As op_end(); but what was done stays, whatever the status. */
enum xenpt_code grant_end(struct op *op, int status, struct xenpt_pv_result *ret);
static inline int grant_no_memory(struct op *op)
{
    op_broken(op, XENPT_ENOMEM, "no memory for what is known of grants");
    return BROKEN;
}
/* What a check returns that has to hold, when its rule is switched off: nothing is done then. */
#define GRANT_NOTHING (-1001)
/* refused(), of such a rule. */
static inline int grant_needs(struct op *op, enum rule rule, uint64_t frame, unsigned int slot)
{
    int rc = refused(op, rule, frame, slot);

    return rc ? rc : GRANT_NOTHING;
}

/* --- grant_entry.c ------------------------------------------------------------------------- */

/* An entry that somebody uses. */
struct granted {
    struct domain *owner;
    uint64_t ref;
    uint32_t user; /* The number of who uses it: the caller; a transitive grant's owner. */
    struct grant_active *active;
};

/* One of a domain's, for the caller to use; its table has it. */
/* A handle is free again, behind the others that are: grant_map.c. */
int grant_put_handle(struct op *op, struct grants *g, uint64_t handle);
int grant_find(struct op *op, struct domain *owner, uint64_t ref, struct granted *ret);
/* Whether one more may use it as well; pins: what that adds, PIN_*. */
int grant_check_use(struct op *op, const struct granted *g, uint64_t pins, bool mapping);
/* Xen notes in the guest's memory what it is used for: _set_status. */
int grant_set_status(struct op *op, const struct granted *g, bool read_only, bool mapping);
/* ...and that it is not any more: what nothing is pinned for. */
int grant_clear_status(struct op *op, const struct granted *g, bool read_only);
/* The entry is used for the first time: what it says is what Xen goes by from now on. */
int grant_first_use(struct op *op, const struct granted *g, const struct grant_active *is);
/* The machine's frame of what a domain calls it, and a reference to that. */
int grant_get_frame(struct op *op, const struct domain *d, uint64_t frame, bool read_only,
                    uint64_t *ret);
/* The entry, as it is in memory. */
struct xenpt_grant_entry grant_read(const struct xenpt_machine *m, const struct domain *d,
                                    uint64_t ref);

/* What Xen writes, or lets others write, is noted where its domain's writes are. */
void grant_mark_dirty(const struct op *op, struct domain *d, uint64_t frame);

/* --- grant_pte.c --------------------------------------------------------------------------- */

/* A PV guest's mapping: its L1 entry. */
int grant_pte_create(struct op *op, uint64_t at, uint64_t frame, uint32_t flags);
/* by: 0, or the address whose entry comes in its place. */
int grant_pte_replace(struct op *op, uint64_t at, uint64_t frame, uint64_t by, uint32_t flags);
/* HVM and PVH. */
int grant_p2m_create(struct op *op, uint64_t at, uint64_t frame, uint32_t flags);
int grant_p2m_replace(struct op *op, uint64_t at, uint64_t frame, uint64_t by, uint32_t flags);

#endif
