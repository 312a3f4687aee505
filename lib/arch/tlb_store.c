/*
 * tlb_store.c - units of sets of slots: searching them, filling them.
 *
 * A unit with a limit is indexed as hardware would be, by the low bits of the page number.  One
 * without a limit is a table of sets that doubles when a set is full; so that address spaces
 * which have the same pages do not crowd one set, its index is a hash of the whole tag.
 */
#include <stdlib.h>

#include "arch/tlb.h"

enum xenpt_code tlb_no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for the caches of a CPU");
}

/* Tags and bodies in one piece. */
bool unit_allocate(struct unit *u)
{
    size_t n = slots_of(u);

    u->tag = calloc(n, sizeof(*u->tag) + sizeof(*u->body));
    if (!u->tag)
        return false;
    u->body = (struct body *)(u->tag + n);
    return true;
}

/* --- Searching ----------------------------------------------------------------------------- */

/* No PCID: what a global entry is filed under, where the PCID is part of the index. */
#define EVERY_PCID 0x10000u

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A size, and whether it is a table's, as a bit of unit.held. */
static always_inline uint64_t held_bit(uint64_t what)
{
    return XENPT_BIT(what & 63) << (what & TAG_TABLE ? 1 : 0);
}

static size_t set_of(const struct unit *u, uint64_t what, uint64_t who, uint32_t pcid)
{
    uint64_t n = is_open(u) ? mix(what ^ mix(who ^ (uint64_t)pcid << 13)) : what >> 8;

    if (!(u->sets & (u->sets - 1)))
        return (size_t)(n & (u->sets - 1)) * u->ways;
    return (size_t)(n % u->sets) * u->ways;
}

/*
 * Of two entries that serve, the one of this PCID alone, wherever they lie: which of them a
 * processor uses is left open.
 */
static always_inline struct slot in_set(struct unit *u, size_t set, uint64_t what,
                                        const struct asker *who)
{
    struct slot found = { NULL, NULL };

    for (size_t i = set; i < set + u->ways; i++) {
        struct tag *t = &u->tag[i];

        if (t->what != what || t->whose != who->whose)
            continue;
        if (t->global)
            found = (struct slot){ t, &u->body[i] };
        else if (t->pcid == who->pcid)
            return (struct slot){ t, &u->body[i] };
    }
    return found;
}

struct slot unit_find(struct unit *u, uint64_t what, const struct asker *who)
{
    struct slot s = { NULL, NULL };

    /* Most units have never held most sizes. */
    if (!(u->held & held_bit(what)))
        return s;
    s = in_set(u, set_of(u, what, who->whose, who->pcid), what, who);
    if (!s.tag && is_open(u) && u->global)
        s = in_set(u, set_of(u, what, who->whose, EVERY_PCID), what, who);
    return s;
}

/* --- Filling ------------------------------------------------------------------------------- */

static size_t home_of(const struct unit *u, const struct tag *t)
{
    return set_of(u, t->what, t->whose, t->global ? EVERY_PCID : t->pcid);
}

/* A free slot of a set, else the one that was used least recently. */
static size_t place_in(const struct unit *u, size_t set)
{
    size_t place = set;

    for (size_t i = set; i < set + u->ways; i++) {
        if (!u->tag[i].whose)
            return i;
        if (u->tag[i].used < u->tag[place].used)
            place = i;
    }
    return place;
}

/* Moves all into twice as many sets; false: one of them is too small even so. */
static bool move_all(const struct unit *from, struct unit *to)
{
    for (size_t i = 0; i < slots_of(from); i++) {
        size_t place;

        if (!from->tag[i].whose)
            continue;
        place = place_in(to, home_of(to, &from->tag[i]));
        if (to->tag[place].whose)
            return false;
        to->tag[place] = from->tag[i];
        to->body[place] = from->body[i];
    }
    return true;
}

static enum xenpt_code grow(struct unit *u, struct xenpt_error *err)
{
    struct unit bigger = *u;
    bool all = false;

    while (!all && slots_of(&bigger) < XENPT_TLB_ENTRIES_MAX) {
        bigger.sets *= 2;
        if (!unit_allocate(&bigger))
            return tlb_no_memory(err);
        all = move_all(u, &bigger);
        if (!all)
            free(bigger.tag);
    }
    if (!all)
        return XENPT_OK; /* As large as it gets: something else has to go. */
    free(u->tag);
    *u = bigger;
    return XENPT_OK;
}

enum xenpt_code unit_fill(struct xenpt_tlb *tlb, unsigned int unit, uint64_t what,
                          const struct asker *who, bool global, const struct body *body,
                          struct xenpt_error *err)
{
    struct unit *u = &tlb->unit[unit];
    struct tag t = { what, who->whose, ++tlb->clock, who->pcid, global };
    struct slot old = in_set(u, home_of(u, &t), what, who);
    size_t place;

    if (old.tag) {
        *old.tag = t;
        *old.body = *body;
        return XENPT_OK;
    }
    place = place_in(u, home_of(u, &t));
    if (u->tag[place].whose && is_open(u)) {
        enum xenpt_code code = grow(u, err);

        if (code)
            return code;
        place = place_in(u, home_of(u, &t));
    }
    u->held |= held_bit(what);
    u->global |= global;
    tlb->stats.evicted += !!u->tag[place].whose;
    u->tag[place] = t;
    u->body[place] = *body;
    return XENPT_OK;
}

/* The largest piece of a stretch that the TLBs of a stage have; 0: none. */
static unsigned int piece_of(const struct xenpt_tlb *tlb, const struct probes *into,
                             unsigned int stage, unsigned int shift)
{
    unsigned int best = 0;

    for (unsigned int i = 0; i < into->n; i++) {
        const struct probe *p = &into->probe[i];

        if (tlb->part->unit[p->unit].stage == stage && p->shift <= shift && p->shift > best)
            best = p->shift;
    }
    return best;
}

enum xenpt_code tlb_fill(struct xenpt_tlb *tlb, const struct probes *into, unsigned int stage,
                         uint64_t in, const struct asker *who, bool global, const struct body *body,
                         struct xenpt_error *err)
{
    unsigned int piece[3] = { 0 };

    for (unsigned int s = 0; s < ARRAY_SIZE(piece); s++)
        piece[s] = piece_of(tlb, into, s, body->shift);
    for (unsigned int i = 0; i < into->n; i++) {
        const struct probe *p = &into->probe[i];
        unsigned int its = tlb->part->unit[p->unit].stage;
        enum xenpt_code code;

        if (p->shift != piece[its] || (stage && its != stage))
            continue;
        code = unit_fill(tlb, p->unit, what_is(in, p->shift, 0), who, global, body, err);
        if (code)
            return code;
    }
    return XENPT_OK;
}
