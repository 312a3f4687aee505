/*
 * op.h - one request of a hypercall while it is done: what it has changed, so that it can be undone
 * wholly, what has refused it, and what it does to frames.
 *
 * Functions that follow Xen's return 0 or an error of Xen's, negated; or BROKEN, if something
 * failed on our own side, which op->code then is.
 */
#ifndef XENPT_PV_OP_H
#define XENPT_PV_OP_H

#include "base/bits.h"
#include "pv/rules.h"
#include "xen/frames.h"
#include "xen/internal.h"
#include "xen/touch.h"

#define BROKEN        (-1000)
#define INTR          (-1001) /* Stopped before it began: nothing has changed. */
#define RESTART       (-1002) /* Stopped, to go on from there: what has changed stays. */
#define NO_SLOT_OF_IT ENTRIES

enum undo_kind {
    UNDO_WORD,  /* Of memory. */
    UNDO_INFO,  /* Of a frame. */
    UNDO_VALUE, /* Of the machine's own: 8 bytes. */
};

struct undo {
    enum undo_kind kind;
    union {
        uint64_t at;     /* Machine address, or frame. */
        uint64_t *where; /* A value. */
    };
    union {
        uint64_t word;
        struct frame_info info;
    };
};

#define TAKEN_MAX 8

struct op {
    struct xenpt_machine *m;
    const struct xenpt_pv_caller *caller;
    struct domain *d; /* The caller... */
    struct vcpu *v;
    bool for_nobody; /* Xen does it by itself: it destroys the domain. */
    uint32_t cpu;
    struct undo *undo;
    size_t nr, max;
    size_t mark;                      /* What was noted before may be gone back to alone. */
    uint64_t last;                    /* The frame that was asked for last... */
    struct frame_info *info;          /* ...and what is known of it; NULL: none was. */
    const struct xenpt_pv_rule *rule; /* That has refused it... */
    uint64_t frame;                   /* ...and what that was about. */
    unsigned int slot;
    struct domain *to_shadow; /* That goes on shadows, as its entries are not L1TF-safe. */
    enum xenpt_code code;     /* What failed on our side. */
    struct xenpt_error *err;
    uint64_t work;             /* Entries and requests that were looked at. */
    bool unstopped;            /* It is not pre-empted just now. */
    uint64_t torn;             /* A table that was refused behind its first entry: the outermost. */
    uint64_t lost;             /* One whose reference is dropped once too often; 0: none. */
    uint64_t taken[TAKEN_MAX]; /* Partial tables of others that it went on with. */
    unsigned int nr_taken;
    bool
        shared; /* Others were at work since it began: nothing is undone but by those who did it. */
};

static inline bool is_stopped(int rc)
{
    return rc == INTR || rc == RESTART;
}
static inline bool is_failed(int rc)
{
    return rc && !is_stopped(rc);
}
static inline bool is_refusal(int rc)
{
    return rc < 0 && rc != BROKEN && !is_stopped(rc);
}

/* --- op.c ---------------------------------------------------------------------------------- */

enum xenpt_code op_begin(struct op *op, struct xenpt_machine *m,
                         const struct xenpt_pv_caller *caller, struct xenpt_error *err);
/* Frees it; what it did stays.  rc: as requests return it. */
enum xenpt_code op_end(struct op *op, int rc, struct xenpt_pv_result *ret);
/* The same of a hypercall that does one thing, or nothing. */
static inline enum xenpt_code op_end_one(struct op *op, int rc, struct xenpt_pv_result *ret)
{
    *ret = (struct xenpt_pv_result){ .done = !rc };
    return op_end(op, rc, ret);
}
/* What was done so far cannot be undone any more: the next request begins. */
int op_commit(struct op *op);
/* Where op_undo() can go back to. */
static inline size_t op_mark(struct op *op)
{
    return op->mark = op->nr;
}
/* Undoes what was done since a mark; 0: all.  Not where others were at work. */
void op_undo(struct op *op, size_t nr);

/* hypercall_preempt_check: whether it is to stop here. */
static inline bool op_due(const struct op *op)
{
    return op->caller->preempt && !op->unstopped && op->work >= op->caller->preempt;
}
/* Others may be at work here.  0 or BROKEN. */
int op_point_slowly(struct op *op, enum xenpt_pv_point point, uint64_t frame);
static inline int op_point(struct op *op, enum xenpt_pv_point point, uint64_t frame)
{
    return op->caller->at ? op_point_slowly(op, point, frame) : 0;
}
/* Whether what a request did has to be undone by who did it, and not by what was noted. */
static inline bool is_to_undo(const struct op *op, int rc)
{
    return op->shared && is_failed(rc);
}
/* What another vCPU is at work with, and is not waited for with pre-emption. */
int op_waits(struct op *op, uint64_t frame);

/* The same as op_undo(), since a mark after which nobody else was at work. */
void op_undo_alone(struct op *op, size_t nr);

static inline bool in_force(const struct op *op, enum rule rule)
{
    const struct xenpt_pv_rules *rules = op->caller->rules;

    return rules ? rules->in_force[rule] : rule_has(rule, op->m->xen.release);
}

/* The error of a rule that is broken; 0: it is not in force. */
int refused(struct op *op, enum rule rule, uint64_t frame, unsigned int slot);
int op_broken(struct op *op, enum xenpt_code code, const char *what);

uint64_t op_read(const struct op *op, uint64_t frame, unsigned int slot);
bool op_read_table(struct op *op, uint64_t frame, uint64_t entry[ENTRIES]);
int op_write(struct op *op, uint64_t frame, unsigned int slot, uint64_t entry);
int op_set(struct op *op, uint64_t *where, uint64_t value);
/* What is known of a frame, to be changed; good until the next is asked for.  NULL: BROKEN. */
struct frame_info *op_info(struct op *op, uint64_t frame);

void op_flush_cpu(struct op *op, enum xenpt_pv_flush_kind kind, uint32_t cpu, uint64_t address,
                  const struct xenpt_pv_rule *why);
/* What is known of a frame that nothing was done with. */
struct frame_info info_at_first(const struct xenpt_machine *m, const struct domain *near,
                                uint64_t frame);
/* On all CPUs that have tables of a domain loaded. */
void op_flush_domain(struct op *op, const struct domain *d, enum xenpt_pv_flush_kind kind,
                     uint64_t address, const struct xenpt_pv_rule *why);
/* On those that run some of the caller's vCPUs, a bit each. */
void op_flush_vcpus(struct op *op, uint64_t vcpus, enum xenpt_pv_flush_kind kind, uint64_t address);
static inline bool is_dirty(const struct xenpt_machine *m, const struct domain *d, uint32_t cpu)
{
    const struct cpu *c = &m->cpus[cpu];

    return c->loaded && &m->domains[c->domain] == d;
}

/* --- owner.c ------------------------------------------------------------------------------- */

enum pv_owner {
    PV_MMIO,    /* No RAM. */
    PV_NOBODY,  /* Xen's, or free. */
    PV_DOMAIN,  /* A domain's memory... */
    PV_SPECIAL, /* ...or Xen's, which shares it with a domain... */
    PV_XEN,     /* ...or with all. */
    PV_COW,     /* dom_cow's: what guests share. */
};

/* ret: the domain, if it is one's; else NULL. */
enum pv_owner pv_owner_of(const struct xenpt_machine *m, uint64_t frame, struct domain **ret);
/* The same, asking a domain first whose it mostly is; or NULL. */
enum pv_owner pv_owner_near(const struct xenpt_machine *m, const struct domain *near,
                            uint64_t frame, struct domain **ret);
/* Whether Xen keeps no references of mappings of its frames: HVM and PVH. */
static inline bool is_external(const struct domain *d)
{
    return !is_pv(d);
}
static inline bool is_pv32(const struct domain *d)
{
    return d->desc->type == XENPT_DOMAIN_PV32;
}
/* Whether its guest has asked for something by vm_assist. */
static inline bool has_assist(const struct domain *d, enum xenpt_pv_assist type)
{
    return d->assists >> type & 1;
}
/* Whether it may use devices. */
static inline bool has_devices(const struct domain *d)
{
    return d->desc->privileged || d->device.nr;
}

/* --- iret.c -------------------------------------------------------------------------------- */

/* domain_crash: none of the caller's vCPUs runs any more. */
void op_crash(struct xenpt_machine *m, const struct xenpt_pv_caller *caller);

/* --- entries.c ----------------------------------------------------------------------------- */

#define ENTRY_GK           XENPT_BIT(52)
#define ENTRY_GNT          XENPT_BIT(62)
#define ENTRY_CACHE        (ENTRY_PWT | ENTRY_PCD | ENTRY_PS)
#define ENTRY_FRAME(entry) (((entry)&ENTRY_ADDR) >> XENPT_PAGE_SHIFT)

bool is_guest_l4_slot(const struct xenpt_machine *m, const struct domain *d, unsigned int slot);
/* The first slot of a 32-bit guest's last L2 that is Xen's. */
unsigned int first_xen_l2_slot(const struct xenpt_machine *m);
/* As Xen changes an entry of a guest's, and back. */
uint64_t adjust(const struct domain *d, unsigned int level, uint64_t entry);
uint64_t unadjust(const struct domain *d, unsigned int level, uint64_t entry);
/* Flags that are refused at a level. */
int check_flags(struct op *op, const struct domain *d, uint64_t frame, unsigned int slot,
                unsigned int level, uint64_t entry);
/* Whether a frame is of PCI configuration space. */
bool is_mmcfg(const struct xenpt_machine *m, uint64_t frame);
/* References of an L1 entry; flip: bits of it that Xen changes. */
int get_from_l1e(struct op *op, uint64_t at, unsigned int slot, uint64_t entry, struct domain *d,
                 struct domain *pg_owner, enum pv_owner named, uint64_t *flip);
int put_from_l1e(struct op *op, uint64_t entry, const struct domain *d);
/* References of an entry in a table of a higher level; how: FRAME_ENTRY_* that it has already, and
 * KEEP_IF_STOPPED. */
int get_from_entry(struct op *op, uint64_t frame, unsigned int slot, unsigned int level,
                   uint64_t entry, struct domain *d, unsigned int how);
int put_from_entry(struct op *op, uint64_t frame, unsigned int level, uint64_t entry,
                   unsigned int how);

/* --- linear.c ------------------------------------------------------------------------------ */

int get_linear(struct op *op, uint64_t frame, unsigned int slot, unsigned int level, uint64_t entry,
               struct domain *d);
/* One linear entry of a table less, and one that leads to another. */
int put_linear(struct op *op, uint64_t from, uint64_t to);

/* --- types.c ------------------------------------------------------------------------------- */

/* What Xen shares with a domain that has given it back: nothing refers to it again. */
static inline bool is_gone(const struct frame_info *info)
{
    return info->flags & FRAME_DROPPED && !info->count;
}
/* A general reference; false: it is not the domain's, or BROKEN. */
bool get_page(struct op *op, uint64_t frame, const struct domain *d);
/* The same of one that the domain may share with others: dom_cow's. */
bool get_page_or_shared(struct op *op, uint64_t frame, const struct domain *d);
int put_page(struct op *op, uint64_t frame);
/* at: whose entry asks for it. */
int get_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2, enum rule rule);
/* from: the table whose entry had it; NO_TABLE: none. */
int put_type(struct op *op, uint64_t frame, uint64_t from);
/* The same of one that was taken apart in part, and no reference as a table is held of. */
int put_partial(struct op *op, uint64_t frame, uint64_t from);
/* --- pages.c ------------------------------------------------------------------------------- */

/* Both, of a frame that has to be the domain's. */
int get_page_and_type(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                      struct domain *d);
/* The same of an entry; how: FRAME_ENTRY_*, what it has already, and KEEP_IF_STOPPED. */
#define KEEP_IF_STOPPED 1u
int get_of_entry(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2,
                 struct domain *d, unsigned int how);
int put_page_and_type(struct op *op, uint64_t frame);
/* A table is locked while an entry of it is changed; both only where others can see that. */
int lock_table(struct op *op, uint64_t frame);
int unlock_table(struct op *op, uint64_t frame);

/* --- old.c --------------------------------------------------------------------------------- */

/* The caller takes a table apart that it could not yet.  rc: of put_type(), stopped. */
int set_old(struct op *op, uint64_t frame, uint64_t from, int rc);
/* put_old_guest_table: 0, RESTART or an error. */
int put_old(struct op *op);
/* What a resumed validation had made before it was refused is taken apart. */
int put_taken(struct op *op);

/* --- promote.c ----------------------------------------------------------------------------- */

int promote(struct op *op, uint64_t frame, enum frame_type type, bool pae_xen_l2);

/* --- demote.c ------------------------------------------------------------------------------ */

/* partial: it was validated in part. */
int demote(struct op *op, uint64_t frame, enum frame_type type, bool partial);

/* --- descriptors.c ------------------------------------------------------------------------- */

int promote_descriptors(struct op *op, uint64_t frame, const struct domain *d);

/* --- callers.c ----------------------------------------------------------------------------- */

/* Of a hypercall that an HVM or PVH domain lacks. */
int no_hvm(struct op *op, enum rule rule);
/* Of what is no hypercall of its, or is not modelled. */
int only_pv(struct op *op);
/* Of mmuext_op, which it has: whether it has this command. */
int hvm_mmuext(struct op *op, uint32_t cmd);

/* --- update.c ------------------------------------------------------------------------------ */

struct change {
    uint64_t frame;
    unsigned int slot;
    uint64_t value;
    struct domain *d;        /* Whose table. */
    struct domain *pg_owner; /* Whose frame; NULL: named says whose. */
    enum pv_owner named;
    bool preserve_ad, translate;
};

int change_entry(struct op *op, unsigned int level, const struct change *c);
/* The same under the table's lock. */
int change_locked(struct op *op, unsigned int level, const struct change *c);

/* --- roots.c ------------------------------------------------------------------------------- */

int new_base(struct op *op, uint64_t frame);
int new_user_base(struct op *op, uint64_t frame);
/* What is mapped of the caller's LDT is not any more. */
int drop_ldt(struct op *op);
/* The guest's tables have changed: XPTI roots that are loaded are copied as on the way out. */
int roots_sync(struct op *op);

/* --- update_va.c --------------------------------------------------------------------------- */

/* An address of the guest's, as Xen accesses it in its place. */
bool is_guest_address(const struct op *op, uint64_t va);

/* --- mmu_update.c -------------------------------------------------------------------------- */

/* A domain by the number that a request has; ret NULL: named says whose. */
int find_pg_owner(struct op *op, uint32_t id, struct domain **ret, enum pv_owner *named);
/* Whether the caller may do something to a domain. */
int may_touch(struct op *op, const struct domain *d, enum pv_owner named);

/* --- mmuext.c ------------------------------------------------------------------------------ */

/* Whether an address is the caller's guest's, and not Xen's. */
bool is_guest_address(const struct op *op, uint64_t va);

/* --- shadows.c ----------------------------------------------------------------------------- */

/* Shadows follow what was noted. */
int shadows_follow(struct op *op);
/* An entry that is not present leads to nothing that a processor may have cached; level: its own.
 */
int check_absent(struct op *op, struct domain *d, uint64_t frame, unsigned int slot,
                 unsigned int level, uint64_t entry);
int shadows_force(struct op *op);

/* --- update_va.c --------------------------------------------------------------------------- */

/* The L1 table that the caller's tables have for an address; false: there is none. */
bool linear_l1(const struct op *op, uint64_t va, uint64_t *frame);
/* Xen has read the entry of an address at a level by its linear map, if there is one. */
void tell_linear(struct op *op, uint64_t va, unsigned int level);

/* --- live.c -------------------------------------------------------------------------------- */

/* Where the L1 entry of an address of the per-domain area is; false: it has none. */
bool perdomain_l1(const struct xenpt_machine *m, const struct domain *d, uint64_t va,
                  uint64_t *table, unsigned int *slot);

/* What refers to a frame, as its tables are in memory now. */
struct live {
    uint64_t count;
    uint64_t as[NR_FRAME_TYPES];
    int32_t entries, uses; /* Linear. */
    bool pae_xen_l2;
    uint8_t met; /* Bit t: its entries as a table of type t are counted. */
    uint8_t led; /* Bit t: a linear entry leads to it as such. */
};
struct lives {
    uint64_t *key; /* Frame + 1. */
    struct live *live;
    size_t nr;
    unsigned int order;
};

/* only: a domain whose references are counted; NULL: all.  False: no memory. */
bool lives_count(const struct xenpt_machine *m, const struct domain *only, struct lives *ret);
const struct live *lives_find(const struct lives *all, uint64_t frame);
void lives_free(struct lives *all);

/* --- counts.c ------------------------------------------------------------------------------ */

/* Counts what refers to frames of domains that were not counted yet. */
enum xenpt_code counts_ready(struct xenpt_machine *m, struct xenpt_error *err);

/* --- allocate.c ---------------------------------------------------------------------------- */

/*
 * What changes whose a frame is cannot be undone by op_undo(), and comes when nothing can fail any
 * more: memory for it is set aside.
 */

/* For so many frames that leave a domain or come to it. */
int set_aside(struct op *op, struct domain *d, uint64_t nr);
/* Frames of a domain that are dropped, and that what was noted has left without a reference, are
 * free: what has to be set aside for that, and the thing itself. */
int prepare_release(struct op *op);
int release_dropped(struct op *op);
/* That a frame is allocated is no reference any more. */
int drop_allocation(struct op *op, uint64_t frame);
/* Frames of Xen's allocator, with at most so many bits of address, 0: any; false: there are none,
 * or BROKEN. */
bool allocate(struct op *op, const struct domain *d, unsigned int order, unsigned int bits,
              uint64_t *ret);
/* Frames that are nobody's become a domain's; gfn: what it calls them, or NO_GFN. */
int assign(struct op *op, struct domain *d, uint64_t frame, uint64_t nr, uint64_t gfn);
/* Whether a domain may have so many more. */
bool has_room(const struct domain *d, uint64_t nr);
/* So many bits of address, or fewer where the domain can have no more; 0: any. */
unsigned int clamp_bits(const struct op *op, const struct domain *d, unsigned int bits);

/* --- steal.c ------------------------------------------------------------------------------- */

/* What cannot be done whatever rules are in force, and was refused by none. */
#define NOTHING 1

struct stolen {
    uint64_t frame, gfn; /* NO_GFN: it had no number. */
    struct frame_info info;
};

/* Takes a frame, to which nothing refers, from a domain, with what was set aside: it is nobody's
 * then. Or NOTHING. */
int steal(struct op *op, uint64_t frame, struct domain *d, struct stolen *ret);
/* It is the domain's again; wholly: as if it had never been taken, its type as well. */
int unsteal(struct op *op, struct domain *d, const struct stolen *s, bool wholly);
/* It is free: nobody's frame is, and TLBs need not be told. */
int free_stolen(struct op *op, uint64_t frame);
/* To whom a frame goes, and which rules say that it does not. */
struct transfer {
    struct domain *to; /* NULL: nobody has that number. */
    uint64_t gfn;      /* What it calls it, or NO_GFN. */
    unsigned int bits; /* Addresses that it can name; 0: any. */
    enum rule exists, free, room;
    /* The last check, or NULL; ref: of an entry of its. */
    int (*accept)(struct op *op, const struct transfer *t);
    uint32_t ref;
};
/* What GNTTABOP_transfer does to a frame of the caller's; ret: which the other one has, which is
 * another one where it cannot name that.  If it cannot be the other's, the caller has lost it all
 * the same. */
int transfer(struct op *op, uint64_t frame, const struct transfer *t, uint64_t *ret);

/* --- reservation.c ------------------------------------------------------------------------- */

/* Largest order of extents that a domain may ask for. */
unsigned int max_order(const struct domain *d);
/* A domain by the number that memory_op has; the rules say what is wrong. */
int find_memory_of(struct op *op, uint32_t id, enum rule exists, enum rule right,
                   struct domain **ret);
/* The same, whatever kind of domain it is. */
int find_any_memory_of(struct op *op, uint32_t id, enum rule exists, enum rule right,
                       struct domain **ret);
/* What is asked for, by its size. */
int check_reservation(struct op *op, const struct xenpt_pv_reservation *r);
/* One extent for a domain; gfn: what it calls it, or NO_GFN. */
int more_memory(struct op *op, struct domain *d, const struct xenpt_pv_reservation *r, uint64_t gfn,
                uint64_t *ret);

/* --- argument.c ---------------------------------------------------------------------------- */

/* The caller has Xen touch a frame of somebody's: by a short-lived mapping, as nearly always,
 * unless t says otherwise. */
void op_tell_slowly(const struct op *op, struct xenpt_touch *t);
static inline void op_tell(const struct op *op, enum xenpt_touch_why why, bool write,
                           uint64_t frame, uint64_t offset, uint64_t length)
{
    if (touch_heard(op->m))
        op_tell_slowly(op, &(struct xenpt_touch){
                               TOUCH(why, XENPT_TOUCH_TRANSIENT),
                               .consent = XENPT_TOUCH_ASKED,
                               .maddr = (frame << XENPT_PAGE_SHIFT) + offset,
                               .length = length,
                               .write = write,
                           });
}

#endif
