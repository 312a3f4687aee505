/*
 * walk.c - the walk that leaves a record, and what there is to ask of a single entry.
 *
 * A walk that finds no translation is an answer, not an error.
 */
#include "arch/walk_core.h"

static const char *const outcome_names[XENPT_NR_OUTCOMES] = {
    [XENPT_MAPPED] = "mapped",
    [XENPT_NOT_PRESENT] = "not-present",
    [XENPT_RESERVED] = "reserved",
    [XENPT_NON_CANONICAL] = "non-canonical",
    [XENPT_TOO_WIDE] = "too-wide",
    [XENPT_NO_MEMORY] = "no-memory",
    [XENPT_SECOND_STAGE] = "second-stage",
};

const char *xenpt_outcome_name(enum xenpt_outcome outcome)
{
    return outcome < XENPT_NR_OUTCOMES ? outcome_names[outcome] : "unknown";
}

unsigned int xenpt_rights(const struct xenpt_paging *pg, uint64_t granted)
{
    const uint64_t *right = pg->format.right;
    unsigned int held = 0;

    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        if ((granted & right[r]) == right[r])
            held |= 1u << r;
    /* No user-mode address in a second stage: its input is no linear address. */
    return pg->format.second_stage ? held & ~(1u << XENPT_U) : held;
}

enum xenpt_role xenpt_entry_role(const struct xenpt_paging *pg, unsigned int level, uint64_t entry)
{
    return role_of(&pg->format, level, entry);
}

uint64_t xenpt_entry_target(const struct xenpt_paging *pg, unsigned int level, uint64_t entry)
{
    const struct xenpt_format *f = &pg->format;

    return entry & f->level[level].page_if ? frame_of(f, f, level, entry) : entry & f->address;
}

uint64_t xenpt_entry_offence(const struct xenpt_paging *pg, unsigned int level, uint64_t entry)
{
    const struct xenpt_format *f = &pg->format;
    const struct xenpt_level *lv = &f->level[level];
    bool page = entry & lv->page_if;
    uint64_t bits;

    if (!(entry & f->present))
        return 0;
    bits = entry & (page ? lv->rsvd_page : lv->rsvd_table);
    if (!(entry & f->upon))
        bits |= entry & f->dependent;
    if (page && f->bad_types & memory_type_bit(entry))
        bits |= XENPT_BITS(5, 3);
    return bits;
}

enum xenpt_outcome xenpt_walk(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                              uint64_t in, struct xenpt_walk *w)
{
    const struct xenpt_format *f = &pg->format;
    struct trail t = trail_from(pg->root);

    *w = (struct xenpt_walk){ .in = in, .outcome = XENPT_MAPPED };
    if (!fits(f, in)) {
        w->granted = t.granted;
        return w->outcome = f->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    }
    t.out = in;
    for (unsigned int l = f->top; l >= 1; l--) {
        struct xenpt_step *s = &w->step[w->nr_steps++];

        s->at = entry_at(f, l, t.table, in);
        s->level = (uint8_t)l;
        w->span = XENPT_BIT(f->level[l].shift);
        w->outcome = descend(any_kind(pg, mem), pg, mem, l, in, &t);
        s->entry = t.entry;
        s->role = w->outcome == XENPT_NO_MEMORY ? XENPT_HOLE : role_of(f, l, t.entry);
        w->references += !f->level[l].in_register;
        if (w->outcome != GOES_ON)
            break;
    }
    w->granted = t.granted;
    if (w->outcome == XENPT_MAPPED) {
        w->out = t.out;
        w->rights = xenpt_rights(pg, t.granted);
    }
    return w->outcome;
}
