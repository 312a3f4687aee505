/*
 * shadow.h - shadows of a domain's tables: which there are, what leads to them, and how they
 * follow the guest's; arch/x86/mm/shadow.
 *
 * A domain has one shadow of each of its tables, whichever vCPU uses it.  A shadow lives as long
 * as something leads to it: an entry of another shadow, a vCPU, or a pin.
 */
#ifndef XENPT_XEN_SHADOW_H
#define XENPT_XEN_SHADOW_H

#include "mem/ids.h"
#include "xen/internal.h"
#include "xenpt/hvm.h"

/* asm/mm/shadow/types.h, 4.17: SH_type_*. */
enum shadow_type {
    SH_L1_32 = 1,
    SH_FL1_32,
    SH_L2_32,
    SH_L1_PAE,
    SH_FL1_PAE,
    SH_L2_PAE,
    SH_L1_64,
    SH_FL1_64,
    SH_L2_64,
    SH_L2H_64,
    SH_L3_64,
    SH_L4_64,
    NR_SH_TYPES,
};

struct shadow_row {
    const char *name;
    uint8_t level;
    uint8_t pages;       /* Of the shadow... */
    uint8_t size;        /* ...and of an entry of the guest's. */
    bool made_up;        /* Of a larger page: the guest has no such table. */
    uint8_t table, page; /* Type of what its entries lead to. */
};

extern const struct shadow_row shadow_rows[NR_SH_TYPES];

#define SHADOW_PAGES 4
#define NO_SHADOW    UINT32_MAX

struct shadow {
    enum shadow_type type; /* 0: not in use. */
    uint64_t of;           /* Of the guest's table; made up: the guest-physical address. */
    uint64_t by;           /* What of that it is found by. */
    uint64_t page[SHADOW_PAGES];
    uint32_t refs;
    bool pinned;
};

struct shadows {
    struct shadow *list;
    uint32_t nr, room;
    struct ids by_table; /* Shadows by what they are of. */
    struct ids by_page;  /* SHADOW_PAGES * shadow + page. */
    uint64_t unpaged;    /* A table of the addresses of a vCPU that does not page. */
    struct xenpt_shadow_stats stats;
};

/* What something is done to. */
struct shadowing {
    struct xenpt_machine *m;
    struct domain *d;
    struct vcpu *v;
    struct shadows *all;
    struct xenpt_error *err;
};

/* --- shadow_pages.c ------------------------------------------------------------------------ */

enum xenpt_code shadows_create(struct domain *d, struct xenpt_error *err);
void shadows_free(struct shadows *all);
/* False: no memory; what there is of it is freed as any. */
bool shadows_copy(const struct shadows *from, struct shadows **ret);

bool shadow_find(const struct shadows *all, enum shadow_type type, uint64_t of, uint32_t *ret);
/* The shadow that has this page; nr: which of its pages. */
bool shadow_of_page(const struct shadows *all, uint64_t page, uint32_t *ret, unsigned int *nr);
/* Whether a page has a shadow as a table. */
bool shadow_is_table(const struct shadows *all, uint64_t maddr);
/* Finds it, or makes an empty one; made may be NULL. */
enum xenpt_code shadow_get(struct shadowing *s, enum shadow_type type, uint64_t of, uint32_t *ret,
                           bool *made);
void shadow_hold(struct shadowing *s, uint32_t id);
enum xenpt_code shadow_put(struct shadowing *s, uint32_t id);
enum xenpt_code shadow_pin(struct shadowing *s, uint32_t id);
enum xenpt_code shadow_unpin(struct shadowing *s, uint32_t id);
/* Writes an entry of a shadow, and counts what it and its predecessor lead to. */
enum xenpt_code shadow_set(struct shadowing *s, uint32_t id, unsigned int page, unsigned int slot,
                           uint64_t entry);
/* No shadow maps a page writable any more. */
enum xenpt_code shadow_protect(struct shadowing *s, uint64_t maddr);

/* --- shadow.c ------------------------------------------------------------------------------ */

/* Why an entry of a shadow is made. */
enum touch {
    TOUCH_PREFETCH,
    TOUCH_READ,
    TOUCH_WRITE,
};

uint64_t shadow_guest_entry(const struct shadowing *s, enum shadow_type type, uint64_t of,
                            unsigned int index);
/* The machine address that an entry of the guest's leads to, or NO_TABLE. */
uint64_t shadow_where(const struct shadowing *s, uint64_t guest);
enum xenpt_code shadow_leaf(struct shadowing *s, uint32_t id, unsigned int index, enum touch touch);
/* An entry that leads to a shadow, or NO_SHADOW. */
enum xenpt_code shadow_upper(struct shadowing *s, uint32_t id, unsigned int index, uint64_t guest,
                             uint32_t child);
/* Follows entries of the guest's that were changed. */
enum xenpt_code shadow_validate(struct shadowing *s, uint64_t maddr, unsigned int size);
/* All that the guest has used so far; of the first pages of a shadow. */
enum xenpt_code shadow_fill(struct shadowing *s, uint32_t id, unsigned int pages);

enum xenpt_code shadow_fill_first(struct shadowing *s, uint32_t id);
/* Where an entry of the guest's leads: to a table or a larger page, which have such a shadow. */
bool shadow_below(const struct shadowing *s, uint32_t id, unsigned int index, uint64_t guest,
                  enum shadow_type *ret, uint64_t *of);

/* --- shadow_top.c -------------------------------------------------------------------------- */

/* After new registers, or at first: the tops that a vCPU uses, and its monitor table. */
enum xenpt_code shadow_update(struct shadowing *s);
enum xenpt_code shadow_zap(struct shadowing *s);
/* No shadow is left. */
enum xenpt_code shadow_drop(struct shadowing *s);
/* A log of written pages begins, or anew: nothing may be written yet. */
enum xenpt_code shadow_clean(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* No shadow maps a page any more. */
enum xenpt_code shadow_forget(struct xenpt_machine *m, struct domain *d, uint64_t maddr,
                              struct xenpt_error *err);

/* --- pv_shadow.c --------------------------------------------------------------------------- */

/* A domain that is described to be on shadows, and has used what it has. */
enum xenpt_code pv_shadow_build(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* The same of one vCPU. */
enum xenpt_code pv_shadow_vcpu(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                               struct xenpt_error *err);
enum xenpt_code pv_shadow_begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code pv_shadow_end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* After its roots have changed: shadows of them. */
enum xenpt_code pv_shadow_update(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                 struct xenpt_error *err);
/* Those slots of a new shadow that are Xen's. */
enum xenpt_code pv_shadow_fill(struct shadowing *s, uint32_t id);
/* Slots of a shadow's that do not follow the guest. */
bool pv_shadow_is_xens(const struct shadowing *s, enum shadow_type type, unsigned int index);

/* --- shadow_reach.c ------------------------------------------------------------------------ */

/* Makes, or finds, the shadows on the way to an address; NO_SHADOW: its root is not there. */
enum xenpt_code shadow_reach(struct shadowing *s, uint64_t va, uint32_t *ret);
/* The entry of the guest's table that speaks for an address. */
unsigned int shadow_index(const struct shadowing *s, uint32_t id, uint64_t va);
/* What follows in the table is likely to be wanted next. */
enum xenpt_code shadow_prefetch(struct shadowing *s, uint32_t id, unsigned int index);

/* --- shadow_fault.c ------------------------------------------------------------------------ */

/* A word to be written. */
struct word {
    uint64_t value;
    unsigned int size;
};

enum xenpt_code shadow_touch(struct shadowing *s, uint64_t va, const struct xenpt_access *access,
                             const struct word *word, struct xenpt_guest_done *ret);

/* --- pv_touch.c ---------------------------------------------------------------------------- */

enum xenpt_code pv_touch(struct shadowing *s, uint64_t va, const struct xenpt_access *access,
                         struct xenpt_guest_done *ret);

/* --- shadow_sync.c ------------------------------------------------------------------------- */

struct oos *oos_of(const struct domain *d, uint64_t maddr);
/* Lets a table go out of sync, if it may. */
enum xenpt_code oos_begin(struct shadowing *s, uint64_t maddr, bool *ret);
/* Notes an entry of a shadow that lets a table out of sync be written. */
enum xenpt_code oos_fixup(struct shadowing *s, struct oos *o, uint64_t at);
enum xenpt_code oos_end(struct shadowing *s, struct oos *o);
enum xenpt_code oos_end_all(struct shadowing *s);
/* What the shadow was last made of, of an entry. */
enum xenpt_code oos_note(struct shadowing *s, struct oos *o, unsigned int index, unsigned int size);

/* --- hvm_touch.c --------------------------------------------------------------------------- */

/* Fills in a vCPU of an HVM or PVH domain.  False: code says why not. */
bool guest_vcpu(struct shadowing *s, uint32_t domain, uint32_t vcpu, enum xenpt_code *code);

/* --- pdptes.c ------------------------------------------------------------------------------ */

/* Memory as a guest's walk reads it: with the PDPTEs that were loaded. */
struct pdptes {
    struct xenpt_reader reader;
    const struct xenpt_reader *memory;
    uint64_t at;
    const uint64_t *entry;
};

void pdptes_load(const struct xenpt_machine *m, const struct domain *d, struct vcpu *v);
const struct xenpt_reader *pdptes_reader(struct pdptes *ret, const struct xenpt_machine *m,
                                         const struct domain *d, const struct vcpu *v);

/* --- hvm_regs.c ---------------------------------------------------------------------------- */

enum xenpt_guest_mode guest_mode(const struct vcpu *v);
/* What a guest's registers amount to, as it sees it. */
enum xenpt_code guest_paging(const struct xenpt_machine *m, const struct domain *d,
                             const struct xenpt_regs *regs, struct xenpt_paging *ret,
                             struct xenpt_error *err);
/* The same as Xen's own walk of a guest's tables goes by it. */
enum xenpt_code guest_walk_paging(const struct xenpt_machine *m, const struct domain *d,
                                  const struct xenpt_regs *regs, struct xenpt_paging *ret,
                                  struct xenpt_error *err);
/* What the processor has while a vCPU under shadow paging executes. */
enum xenpt_code shadow_paging(const struct xenpt_machine *m, const struct vcpu *v,
                              struct xenpt_paging *ret, struct xenpt_error *err);

#endif
