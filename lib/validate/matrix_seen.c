/* matrix_seen.c - no access twice: what has been asked, as a set of keys. */
#include "validate/matrix_seen.h"

#include <stdlib.h>

/* The keys of this many are kept; what comes later may be a repetition. */
#define SEEN_MAX (SIZE_MAX / 2 < 1u << 26 ? SIZE_MAX / 2 : 1u << 26)

static bool seen_before(struct seen *s, uint64_t key)
{
    size_t i = key & (s->room - 1);

    for (; s->key[i]; i = (i + 1) & (s->room - 1))
        if (s->key[i] == key)
            return true;
    s->key[i] = key;
    return false;
}

enum xenpt_code seen_make_room(struct seen *s, struct xenpt_error *err)
{
    uint64_t *old = s->key;
    size_t room = s->room;

    if ((s->nr + CASE_ACCESSES) * 2 < room || room >= SEEN_MAX)
        return XENPT_OK;
    s->room = room ? room * 2 : 1 << 16;
    s->key = calloc(s->room, sizeof(*s->key));
    if (!s->key) {
        s->key = old;
        s->room = room;
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to tell %zu accesses apart", s->nr);
    }
    for (size_t i = 0; i < room; i++)
        if (old[i])
            (void)seen_before(s, old[i]);
    free(old);
    return XENPT_OK;
}

static uint64_t key_of_path(uint64_t key, const struct path *p)
{
    for (unsigned int l = p->leaf; l && l < PLAN_LEVELS; l++)
        key = maker_mix(maker_mix(key ^ p->flags[l]) ^ p->flip[l]);
    return maker_mix(key ^ p->leaf);
}

uint64_t seen_tables(const struct maker *k)
{
    const struct plan *p = &k->plan;
    uint64_t key = maker_mix(k->suite * 8 + p->mode) ^ k->edge;

    key = key_of_path(key, &p->page);
    if (p->first)
        key = key_of_path(maker_mix(key ^ p->first), &p->next);
    if (p->stage != STAGE_NATIVE) {
        key = key_of_path(key_of_path(key, &p->tables), &p->pages);
        if (p->first)
            key = key_of_path(key, &p->next_page);
        if (p->odd_table)
            key = key_of_path(maker_mix(key ^ p->odd_table), &p->odd);
    }
    for (unsigned int i = 1; p->mode == MODE_PAE && i < 4; i++)
        key = maker_mix(key ^ p->pdpte[i]);
    if (p->late)
        key = maker_mix(maker_mix(key) ^ p->late_pdpte);
    return maker_mix(maker_mix(maker_mix(key ^ p->root_low) ^ p->root_flip) ^ p->second_flip);
}

bool seen_first(struct seen *seen, uint64_t tables, const struct blob_state *state,
                const struct blob_access *a)
{
    uint64_t key = maker_mix(tables ^ state->cr0),
             how = a->kind * 1024u + a->cpl * 64u + a->ac * 32u;

    if ((seen->nr + 1) * 2 > seen->room)
        return true;
    key = maker_mix(maker_mix(maker_mix(key ^ state->cr4) ^ state->efer) ^ state->pkru ^
                    (state->second & 0xfff) << 32);
    key = maker_mix(key ^ (how + (a->kind == ACCESS_FETCH ? 0 : a->size))) | 1;
    if (seen_before(seen, key))
        return false;
    seen->nr++;
    return true;
}
