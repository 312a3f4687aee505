/*
 * reach.c - the least set that holds what compromised parties have and is closed under moves, with
 * the shortest way to each.
 *
 * Parties are few, so theirs is the search: that with the shortest way makes its moves next, each
 * of which is one step more.  What a move gives of frames is given to whole pieces.  What is
 * written can make its writer another party: then that one has its moves as well.
 */
#include <stdlib.h>
#include <string.h>

#include "threat/internal.h"

/* --- Parties ------------------------------------------------------------------------------- */

static void become(struct xenpt_threat *t, uint16_t party, struct link link)
{
    if (!t->done[party] && link.steps < t->parties[party].steps)
        t->parties[party] = link;
}

/* Whether the way to a party comes by another one. */
static bool comes_by(const struct xenpt_threat *t, uint16_t party, uint16_t other)
{
    while (party != other && !t->parties[party].begun)
        party = t->parties[party].from;
    return party == other;
}

/* Somebody writes there, who becomes somebody else by that. */
static void overwrite(struct xenpt_threat *t, struct xenpt_party other, enum move_id move,
                      uint16_t from, uint64_t frame, struct fact fact)
{
    unsigned int steps = fact.steps +
                         (comes_by(t, fact.party, from) ? 0u : t->parties[from].steps) + 1u;

    if (!t->without[move])
        become(t, party_number(t, other),
               (struct link){ .steps = (uint16_t)steps,
                              .from = from,
                              .move = (uint16_t)move,
                              .via = true,
                              .frame = frame,
                              .fact = fact });
}

/* A domain with a table that is written without checks, if it does anything. */
static void unchecked(struct xenpt_threat *t, uint32_t domain)
{
    static const enum xenpt_party_kind kinds[] = { XENPT_PARTY_USER, XENPT_PARTY_KERNEL };
    const struct overwriting *o = &t->over[domain];

    for (size_t i = 0; o->table.steps != FAR && i < ARRAY_SIZE(kinds); i++) {
        struct xenpt_party p = { kinds[i], domain };
        uint16_t from = party_number(t, p);

        if (t->parties[from].steps == FAR)
            continue;
        p.kind = XENPT_PARTY_UNCHECKED;
        overwrite(t, p, MOVE_WRITE_ENTRIES, from, o->at, o->table);
    }
}

void reach_written(struct xenpt_threat *t, const struct patch *p, uint64_t frame, struct fact fact)
{
    struct overwriting *o = p->owned ? &t->over[p->domain] : NULL;

    /* What is below 1 MiB is of use while CPUs come up. */
    if ((p->what == XENPT_THREAT_XEN && p->first >= 1u << (20 - XENPT_PAGE_SHIFT)) ||
        p->what == XENPT_THREAT_IMAGE)
        overwrite(t, (struct xenpt_party){ .kind = XENPT_PARTY_XEN }, MOVE_OVERWRITE_XEN,
                  fact.party, frame, fact);
    if (o && p->what == XENPT_THREAT_TABLES && p->type != FRAME_SEG_DESC &&
        fact.steps < o->table.steps) {
        o->table = fact;
        o->at = frame;
        unchecked(t, p->domain);
    }
}

/* --- Frames -------------------------------------------------------------------------------- */

void reach_set(struct xenpt_threat *t, size_t piece, unsigned int rights, struct fact fact)
{
    struct patch *p = &t->pieces[piece];
    struct overwriting *o = p->owned ? &t->over[p->domain] : NULL;
    bool first = rights & WRITE && p->fact[XENPT_THREAT_WRITE].steps == FAR;

    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        /* Of two ways that are as long, that by the plainer move: they are in that order. */
        if (rights >> r & 1 && (fact.steps < p->fact[r].steps ||
                                (fact.steps == p->fact[r].steps && fact.move < p->fact[r].move)))
            p->fact[r] = fact;
    if (!first)
        return;
    reach_written(t, p, p->first, fact);
    if (o && p->what == XENPT_THREAT_MEMORY && !p->nr_offers && ++o->written == o->nr)
        overwrite(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, p->domain }, MOVE_OVERWRITE_KERNEL,
                  fact.party, p->first, fact);
}

static void move_frames(struct xenpt_threat *t, uint16_t party, enum move_id id)
{
    const struct move_row *row = move_row(id);
    struct mover by = { .t = t, .party = party_of(t, party) };
    struct fact fact = { (uint16_t)(t->parties[party].steps + 1), party, (uint16_t)id, 0 };
    size_t i = 0, end = t->nr;

    if (party != XEN_PARTY(t))
        by.d = &t->m->domains[by.party.domain];
    if (row->scope == SCOPE_OWN) {
        if (!by.d)
            return;
        i = t->of[by.party.domain];
        end = t->of_end[by.party.domain];
    }
    for (; i < end; i++) {
        const struct patch *p = &t->pieces[i];
        unsigned int rights;

        if ((row->scope == SCOPE_OWN && (!p->owned || p->domain != by.party.domain)) ||
            (row->scope == SCOPE_OFFERED && !p->nr_offers))
            continue;
        rights = encrypted_rights(t, party, p, row->rights(&by, p));
        if (rights)
            reach_set(t, i, rights, fact);
    }
}

static bool is_there(const struct xenpt_threat *t, struct xenpt_party p)
{
    return p.kind == XENPT_PARTY_XEN || domain_there(t->m, p.domain);
}

static void move_parties(struct xenpt_threat *t, uint16_t party, enum move_id id)
{
    const struct move_row *row = move_row(id);
    struct mover by = { .t = t, .party = party_of(t, party) };

    if (party != XEN_PARTY(t))
        by.d = &t->m->domains[by.party.domain];
    for (uint16_t i = 0; i < t->nr_parties; i++) {
        struct xenpt_party other = party_of(t, i);

        if (!t->done[i] && i != party && is_there(t, other) && row->becomes(&by, other))
            become(t, i,
                   (struct link){ .steps = (uint16_t)(t->parties[party].steps + 1),
                                  .from = party,
                                  .move = (uint16_t)id });
    }
}

/* --- All of it ----------------------------------------------------------------------------- */

/* The party with the shortest way of those that have not made their moves. */
static bool next(const struct xenpt_threat *t, uint16_t *ret)
{
    uint16_t steps = FAR;

    /* Of two ways that are as long, that by Xen is plainer than that by a guest. */
    if (!t->done[XEN_PARTY(t)]) {
        steps = t->parties[XEN_PARTY(t)].steps;
        *ret = XEN_PARTY(t);
    }
    for (uint16_t i = 0; i < t->nr_parties; i++)
        if (!t->done[i] && t->parties[i].steps < steps) {
            steps = t->parties[i].steps;
            *ret = i;
        }
    return steps != FAR;
}

static enum xenpt_code make_moves(struct xenpt_threat *t, uint16_t party, struct xenpt_error *err)
{
    struct xenpt_party who = party_of(t, party);
    enum xenpt_code code = XENPT_OK;

    if (who.kind == XENPT_PARTY_USER || who.kind == XENPT_PARTY_KERNEL ||
        who.kind == XENPT_PARTY_DEVICE)
        code = mapped_add(t, party, err);
    for (unsigned int id = 0; !code && id < NR_MOVES; id++) {
        if (t->without[id])
            continue;
        if (move_row((enum move_id)id)->rights)
            move_frames(t, party, (enum move_id)id);
        if (move_row((enum move_id)id)->becomes)
            move_parties(t, party, (enum move_id)id);
    }
    if (who.kind == XENPT_PARTY_USER || who.kind == XENPT_PARTY_KERNEL)
        unchecked(t, who.domain);
    return code;
}

static enum xenpt_code close_over(struct xenpt_threat *t, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    uint16_t party = 0;

    while (!code && next(t, &party)) {
        t->done[party] = true;
        code = make_moves(t, party, err);
    }
    if (!code && !pieces_cut(t))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what is mapped");
    return code;
}

/* --- All parties ----------------------------------------------------------------------------- */

static enum xenpt_code begin(struct xenpt_threat *t, const struct xenpt_party *parties, size_t nr,
                             struct xenpt_error *err)
{
    const struct xenpt_machine *m = t->m;

    for (size_t i = 0; i < t->nr_parties; i++)
        t->parties[i].steps = FAR;
    for (size_t i = 0; i < m->nr_domains; i++)
        t->over[i].table.steps = FAR;
    for (size_t i = 0; i < nr; i++) {
        struct xenpt_party p = parties[i];

        if ((unsigned int)p.kind >= XENPT_NR_PARTY_KINDS || p.kind == XENPT_PARTY_UNCHECKED)
            return xenpt_fail(err, XENPT_ERANGE, "a party of a kind that there is not");
        if (!is_there(t, p))
            return options_no_domain(p.domain, err);
        if (p.kind == XENPT_PARTY_QEMU && m->domains[p.domain].desc->type != XENPT_DOMAIN_HVM)
            return xenpt_fail(err, XENPT_ERANGE, "%s has no device model",
                              m->domains[p.domain].name);
        t->parties[party_number(t, p)] = (struct link){ .begun = true };
    }
    return XENPT_OK;
}

static bool allocate_lists(struct xenpt_threat *t)
{
    size_t nr = t->m->nr_domains + 1;

    t->nr_parties = (uint16_t)(t->m->nr_domains * XENPT_PARTY_XEN + 1);
    t->parties = calloc(t->nr_parties, sizeof(*t->parties));
    t->done = calloc(t->nr_parties, sizeof(*t->done));
    t->target = calloc(nr, sizeof(*t->target));
    t->has_device = calloc(nr, sizeof(*t->has_device));
    t->of = calloc(nr, sizeof(*t->of));
    t->of_end = calloc(nr, sizeof(*t->of_end));
    t->over = calloc(nr, sizeof(*t->over));
    return t->parties && t->done && t->target && t->has_device && t->of && t->of_end && t->over;
}

enum xenpt_code xenpt_threat_create(struct xenpt_machine *m, const struct xenpt_party *parties,
                                    size_t nr, const struct xenpt_threat_options *opt,
                                    struct xenpt_threat **ret, struct xenpt_error *err)
{
    static const struct xenpt_threat_options stock;
    struct xenpt_threat *t;
    enum xenpt_code code;

    if (m->nr_domains * XENPT_PARTY_XEN + 1 >= FAR)
        return xenpt_fail(err, XENPT_ERANGE, "too many domains");
    t = calloc(1, sizeof(*t));
    if (!t)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a threat");
    t->m = m;
    code = allocate_lists(t) ? XENPT_OK : XENPT_ENOMEM;
    if (!code)
        code = options_take(t, opt ? opt : &stock, err);
    if (!code)
        code = begin(t, parties, nr, err);
    if (!code)
        code = counts_ready(m, err);
    if (!code && (!offers_build(t) || !pieces_build(t)))
        code = XENPT_ENOMEM;
    if (code == XENPT_ENOMEM)
        xenpt_fail(err, code, "no memory for a threat");
    if (!code)
        code = close_over(t, err);
    if (code) {
        xenpt_threat_destroy(t);
        return code;
    }
    *ret = t;
    return XENPT_OK;
}

void xenpt_threat_destroy(struct xenpt_threat *t)
{
    if (!t)
        return;
    free(t->target);
    free(t->has_device);
    free(t->pieces);
    free(t->of);
    free(t->of_end);
    free(t->offers);
    free(t->ranges);
    free(t->parties);
    free(t->done);
    free(t->over);
    free(t);
}
