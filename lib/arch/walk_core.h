/*
 * walk_core.h - follow one input address through one tree of page tables.
 *
 *     root --> [ L4 ] --> [ L3 ] --> [ L2 ] --> [ L1 ] --> page
 *                 |          |          |          |
 *              hole?       1 GiB?     2 MiB?     4 KiB        an entry is a hole, a table,
 *           malformed?      page       page       page        a page, or malformed
 *
 * A paging question has two halves: is there a translation, and does it permit this access?
 * This is the first.  It collects the rights found on the way, for judge.c to weigh.
 *
 * Nothing here knows a format by name, nor whose memory it reads.  `shape` is a format's
 * table and `held` a way of holding memory; where both are constants, the compiler turns
 * these functions into straight code for that pair, and that is the only specialising there
 * is.  What a processor's features changed is read from pg->format and pg->plain.
 */
#ifndef XENPT_ARCH_WALK_CORE_H
#define XENPT_ARCH_WALK_CORE_H

#include "base/bits.h"
#include "mem/lookup.h"
#include "xenpt/paging.h"

/* Where a walk has got to. */
struct trail {
    uint64_t table;     /* The table to be read next. */
    uint64_t entry;     /* The last entry read... */
    uint64_t granted;   /* A right is held if no level withholds it. */
    uint64_t out;       /* MAPPED: where the address leads. */
    unsigned int level; /* ...and its level. */
};

/* What is made of an entry that is not plain, which is one that xenpt_paging.plain proves. */
enum care {
    CERTAIN,    /* Its role, by role_of(). */
    PLAIN,      /* NO_MEMORY: whoever walks knows another way. */
    PLAIN_LATE, /* The same; and whether tables exist is asked once, at the end: see exist(). */
};

/*
 * What is constant where a walk is specialised.  Where `glance`, NO_MEMORY may also mean that
 * a look was not conclusive, and the reader has to be asked; see mem_load().
 */
struct kind {
    const struct xenpt_format *shape;
    enum xenpt_held held;
    bool glance;
    enum care care;
};

/* Nothing constant: a walk of whatever this is, over however it is held, certain. */
static inline struct kind any_kind(const struct xenpt_paging *pg, const struct xenpt_reader *mem)
{
    return (struct kind){ .shape = &pg->format, .held = mem->held };
}

/* The same with every entry asked for by a call. */
static inline struct kind by_call(const struct xenpt_paging *pg)
{
    return (struct kind){ .shape = &pg->format, .held = XENPT_HELD_BEHIND_CALL };
}

/* descend() has met a table: the walk goes on. */
#define GOES_ON XENPT_NR_OUTCOMES

static always_inline uint64_t slot_of(const struct xenpt_level *lv, uint64_t in)
{
    return in >> lv->shift & ones(lv->bits);
}

/* Canonical: the bits above the input are copies of its topmost one. */
static always_inline bool fits(const struct xenpt_format *shape, uint64_t in)
{
    unsigned int unused = 64 - shape->input_bits;

    if (shape->sign_extended)
        return (uint64_t)((int64_t)(in << unused) >> unused) == in;
    return !(in & ~ones(shape->input_bits));
}

/* The memory type of a leaf that states one, as a bit of xenpt_format::bad_types. */
static always_inline unsigned int memory_type_bit(uint64_t e)
{
    return 1u << (e >> 3 & 7);
}

/* What an entry is: the one place that decides it. */
static always_inline enum xenpt_role role_of(const struct xenpt_format *f, unsigned int level,
                                             uint64_t e)
{
    const struct xenpt_level *lv = &f->level[level];
    bool page = e & lv->page_if;

    if (!(e & f->present))
        return XENPT_HOLE;
    if (e & (page ? lv->rsvd_page : lv->rsvd_table))
        return XENPT_MALFORMED;
    if (e & f->dependent && !(e & f->upon))
        return XENPT_MALFORMED;
    if (page && f->bad_types & memory_type_bit(e))
        return XENPT_MALFORMED;
    return page ? XENPT_PAGE : XENPT_TABLE;
}

/* The bit that an entry which exists has, if it is plain: one without R is not, in EPT. */
static always_inline uint64_t plain_bit(const struct xenpt_format *shape)
{
    return shape->cache == XENPT_CACHE_EPT ? shape->upon : shape->present;
}

/* Proves that an entry above L1 leads to a table; false says nothing. */
static always_inline bool plain_table(const struct xenpt_format *shape,
                                      const struct xenpt_paging *pg, uint64_t e)
{
    return likely(e & plain_bit(shape)) && likely(!(e & pg->plain.not_table));
}

/*
 * PLAIN_LATE: whether all entries of a walk exist, by what they grant.  Until then one that
 * does not has been followed like any other, to wherever its bits point.
 */
static always_inline bool exist(const struct xenpt_format *shape, uint64_t granted)
{
    return granted & plain_bit(shape);
}

/* The first byte of the page that an entry maps; the page is aligned to its size. */
static always_inline uint64_t frame_of(const struct xenpt_format *shape,
                                       const struct xenpt_format *narrowed, unsigned int level,
                                       uint64_t e)
{
    const struct xenpt_level *lv = &shape->level[level];
    uint64_t below = shape->address & ones(lv->shift), low = e & narrowed->address & ~below;

    if (!lv->fold.bits)
        return low;
    lv = &narrowed->level[level];
    return low | (e >> lv->fold.from & ones(lv->fold.bits)) << lv->fold.to;
}

/* Where a table lies: PAE's root is aligned to 32 bytes, all else to a page. */
static always_inline uint64_t entry_at(const struct xenpt_format *shape, unsigned int level,
                                       uint64_t table, uint64_t in)
{
    return table + slot_of(&shape->level[level], in) * shape->entry_size;
}

/*
 * What the entry in t->entry makes of a walk, once it is read.
 *
 * Wide masks are read from the narrowed copy although the shape has them too: one that is read
 * stays in a register, and a constant of 64 bits is made anew at each level.
 */
static always_inline enum xenpt_outcome weigh_as(struct kind k, const struct xenpt_paging *pg,
                                                 unsigned int level, uint64_t in, struct trail *t)
{
    const struct xenpt_format *shape = k.shape;
    const struct xenpt_level *lv = &shape->level[level];
    uint64_t e = t->entry;
    enum xenpt_role role;

    t->level = level;
    t->granted &= (e ^ (shape->inverted ? pg->format.inverted : 0)) | lv->silent;

    /* Most entries are proved by one comparison; the rest go the long way. */
    if (level > 1 && !lv->silent &&
        likely(k.care == PLAIN_LATE ? !(e & pg->plain.not_table) : plain_table(shape, pg, e)))
        role = XENPT_TABLE;
    else if (likely((e & pg->plain.page[level].mask) == pg->plain.page[level].value))
        role = XENPT_PAGE;
    else if (k.care != CERTAIN)
        return XENPT_NO_MEMORY;
    else
        role = role_of(&pg->format, level, e);

    switch (role) {
    case XENPT_HOLE:
        return XENPT_NOT_PRESENT;
    case XENPT_MALFORMED:
        return XENPT_RESERVED;
    case XENPT_PAGE:
        t->out = frame_of(shape, &pg->format, level, e) | (in & ones(lv->shift));
        return XENPT_MAPPED;
    case XENPT_TABLE:
        break;
    }
    t->table = e & pg->format.address;
    return GOES_ON;
}

/* The same with certainty. */
static always_inline enum xenpt_outcome weigh(const struct xenpt_format *shape,
                                              const struct xenpt_paging *pg, unsigned int level,
                                              uint64_t in, struct trail *t)
{
    return weigh_as((struct kind){ .shape = shape, .care = CERTAIN }, pg, level, in, t);
}

/* Reads the next entry, and weighs it. */
static always_inline enum xenpt_outcome descend(struct kind k, const struct xenpt_paging *pg,
                                                const struct xenpt_reader *mem, unsigned int level,
                                                uint64_t in, struct trail *t)
{
    if (unlikely(!mem_load(k.held, k.glance, mem, entry_at(k.shape, level, t->table, in),
                           k.shape->entry_size, &t->entry))) {
        t->entry = 0;
        t->level = level;
        return XENPT_NO_MEMORY;
    }
    return weigh_as(k, pg, level, in, t);
}

static always_inline struct trail trail_from(uint64_t root)
{
    return (struct trail){ .table = root, .granted = ~UINT64_C(0) };
}

/* A walk from this level down, leaving no record. */
static always_inline enum xenpt_outcome follow_from(struct kind k, const struct xenpt_paging *pg,
                                                    const struct xenpt_reader *mem,
                                                    unsigned int level, uint64_t in,
                                                    struct trail *t)
{
    enum xenpt_outcome outcome;

    /* A loop over levels, written out: both compilers then see each level as a constant. */
    if (level >= 5 && (outcome = descend(k, pg, mem, 5, in, t)) != GOES_ON)
        return outcome;
    if (level >= 4 && (outcome = descend(k, pg, mem, 4, in, t)) != GOES_ON)
        return outcome;
    if (level >= 3 && (outcome = descend(k, pg, mem, 3, in, t)) != GOES_ON)
        return outcome;
    if (level >= 2 && (outcome = descend(k, pg, mem, 2, in, t)) != GOES_ON)
        return outcome;
    return descend(k, pg, mem, 1, in, t);
}

/* The whole walk. */
static always_inline enum xenpt_outcome follow(struct kind k, const struct xenpt_paging *pg,
                                               const struct xenpt_reader *mem, uint64_t in,
                                               struct trail *t)
{
    *t = trail_from(pg->root);
    if (unlikely(!fits(k.shape, in)))
        return k.shape->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    if (k.shape->top >= 1)
        return follow_from(k, pg, mem, k.shape->top, in, t);
    t->out = in;
    return XENPT_MAPPED;
}

#endif
