/*
 * tlb.h - how cached translations are kept: units of sets of slots, each with a tag.
 *
 * A slot is a tag, which says what it is for and whose it is, and a body, which says what was
 * found there.  TLBs and paging-structure caches differ in nothing else, so there is one kind
 * of slot and one search.
 */
#ifndef XENPT_ARCH_TLB_H
#define XENPT_ARCH_TLB_H

#include "base/bits.h"
#include "xenpt/tlb.h"

/* The part of a tag that says where: a stretch of addresses, by number and size. */
#define TAG_TABLE XENPT_BIT(7) /* The entry leads to a table. */

struct tag {
    uint64_t what;  /* Address >> shift, then 8 bits: TAG_TABLE, shift. */
    uint64_t whose; /* Kind, VPID and EPT root, as whose() packs them; 0: the slot is free. */
    uint64_t used;  /* When: the least recent goes first. */
    uint16_t pcid;
    bool global;
};

struct body {
    uint64_t out;            /* First byte of the whole stretch, or the table. */
    uint64_t gaddr;          /* The same as the guest has it, by the first stage's page. */
    uint64_t granted;        /* As in xenpt_walk: of the first stage, or of the only one. */
    uint64_t above;          /* The same of all levels above the leaf. */
    uint64_t leaf;           /* The leaf, with A, and D if it was written through. */
    uint64_t second_granted; /* The same three of the second stage, where there are two; of a */
    uint64_t second_above;   /* table, what the second stage grants at the table itself. */
    uint64_t second_leaf;
    uint8_t shift;         /* Of the stretch that `out` begins: pieces of it are held. */
    uint8_t page;          /* Of the page that the first stage maps. */
    uint8_t level;         /* Of the leaf... */
    uint8_t second_level;  /* ...and of the second stage's. */
    uint8_t pat, ept_type; /* As in xenpt_tlb_answer. */
};

struct unit {
    const struct xenpt_tlb_unit *row;
    uint32_t sets, ways;
    uint64_t held; /* Which sizes it ever held; see held_bit(). */
    bool global;   /* It ever held a global entry. */
    struct tag *tag;
    struct body *body;
};

/* A place to look: a unit, and the size of the pieces that are looked for. */
struct probe {
    uint8_t unit, shift;
};

#define PROBES_MAX (3 * XENPT_TLB_UNITS_MAX)

struct probes {
    unsigned int n;
    struct probe probe[PROBES_MAX];
};

struct xenpt_tlb {
    const struct xenpt_tlb_part *part;
    struct unit unit[XENPT_TLB_UNITS_MAX];
    struct probes data[3]; /* By kind of access. */
    struct probes guest;
    uint64_t clock;
    struct xenpt_tlb_stats stats;
};

/* Who asks: all of a tag that does not depend on the address. */
struct asker {
    uint64_t whose;
    uint16_t pcid;
};

/* A place that was found. */
struct slot {
    struct tag *tag; /* NULL: nothing was. */
    struct body *body;
};

static inline bool is_amd(const struct xenpt_tlb_context *c)
{
    return c->first->cpu.vendor == XENPT_AMD;
}

static always_inline uint64_t what_is(uint64_t in, unsigned int shift, uint64_t table)
{
    return in >> shift << 8 | table | shift;
}

static inline unsigned int shift_of(const struct tag *t)
{
    return t->what & 63;
}

static inline uint64_t first_of(const struct tag *t)
{
    return t->what >> 8 << shift_of(t);
}

static inline uint64_t whose(enum xenpt_tlb_kind kind, uint16_t vpid, uint64_t root)
{
    return ((uint64_t)kind + 1) << 56 | (uint64_t)vpid << 40 |
           (root >> XENPT_PAGE_SHIFT & ones(40));
}

static inline enum xenpt_tlb_kind kind_of(const struct tag *t)
{
    return (enum xenpt_tlb_kind)((t->whose >> 56) - 1);
}

static inline uint16_t vpid_of(const struct tag *t)
{
    return (uint16_t)(t->whose >> 40);
}

static inline uint64_t root_of(const struct tag *t)
{
    return (t->whose & ones(40)) << XENPT_PAGE_SHIFT;
}

/* Without limit: it grows. */
static inline bool is_open(const struct unit *u)
{
    return !u->row->entries;
}

static inline size_t slots_of(const struct unit *u)
{
    return (size_t)u->sets * u->ways;
}

/* Room for the slots of a unit, all free; they are one piece, which begins at u->tag. */
bool unit_allocate(struct unit *u);
enum xenpt_code tlb_no_memory(struct xenpt_error *err);

/* Who asks for a linear address, and who for a guest-physical one. */
struct asker asks_linear(const struct xenpt_tlb_context *c);
struct asker asks_guest(const struct xenpt_tlb_context *c);

/* Searches one unit. */
struct slot unit_find(struct unit *u, uint64_t what, const struct asker *who);

/* What was found is used, and so not the next to go. */
static always_inline void touch(struct xenpt_tlb *tlb, const struct slot *s)
{
    s->tag->used = ++tlb->clock;
}

/* Enters one slot, in place of one with the same tag, or of the least recently used. */
XENPT_CHECK enum xenpt_code unit_fill(struct xenpt_tlb *tlb, unsigned int unit, uint64_t what,
                                      const struct asker *who, bool global, const struct body *body,
                                      struct xenpt_error *err);

/* Enters a translation of `in` into every TLB of that stage, or of all stages (0). */
XENPT_CHECK enum xenpt_code tlb_fill(struct xenpt_tlb *tlb, const struct probes *into,
                                     unsigned int stage, uint64_t in, const struct asker *who,
                                     bool global, const struct body *body, struct xenpt_error *err);

/* Drops a slot, telling who wants to know. */
void unit_drop(struct xenpt_tlb *tlb, struct unit *u, size_t i, xenpt_tlb_entry_fn fn, void *ctx,
               struct xenpt_tlb_dropped *ret);

/* --- Accesses ------------------------------------------------------------------------------ */

/* One access under way. */
struct walking {
    struct xenpt_tlb *tlb;
    const struct xenpt_tlb_context *context;
    const struct xenpt_access *access;
    uint64_t in;
    struct asker linear, guest;
    struct xenpt_tlb_result *ret;
    struct xenpt_error *err;
    enum xenpt_code code; /* What failed on our side, if anything did. */
};

struct decision;

/* Walks for what no TLB had, leaving the answer in w->ret->used and what it found in caches. */
void tlb_walk(struct walking *w);

/* The second stage's part of that.  False: it refused, and the answer says so. */
struct second_access;
bool tlb_second(struct walking *w, uint64_t gaddr, const struct second_access *access, bool counted,
                struct body *ret);

/* Sets flags of an entry in memory, if there is where to. */
bool flags_set(struct walking *w, uint64_t at, unsigned int size, uint64_t set);

/* Answers with a translation that is cached, or was just found. */
void answer_from(struct walking *w, const struct body *b, bool global);

/* In what two answers differ: bits, by enum xenpt_tlb_stale_id. */
unsigned int stale_between(const struct xenpt_tlb_context *context,
                           const struct xenpt_tlb_answer *used,
                           const struct xenpt_tlb_answer *fresh);

/* Answers with a refusal. */
void answer_refused(struct xenpt_tlb_answer *ret, enum xenpt_outcome outcome,
                    const struct decision *d, uint64_t address, bool second);

#endif
