/*
 * shadow_reach.c - the shadows on the way to an address, made as far as they are not there;
 * mm/shadow/multi.c, shadow_get_and_create_l1e, sh_prefetch.
 */
#include "xen/shadow.h"

/* So many entries are made at once, from that which was wanted on; seen in 4.17.5. */
#define PREFETCH 32u

unsigned int shadow_index(const struct shadowing *s, uint32_t id, uint64_t va)
{
    const struct shadow_row *row = &shadow_rows[s->all->list[id].type];

    if (row->size == 4)
        return (unsigned int)(row->level == 1 ? va >> 12 : va >> 22) % 1024;
    return slot_at(row->level, va);
}

static uint32_t top_of(const struct shadowing *s, uint64_t va)
{
    const struct vcpu *v = s->v;

    if (is_pv(s->d))
        return v->top[s->d->desc->type == XENPT_DOMAIN_PV64 && v->user];
    return v->top[guest_mode(v) == XENPT_GUEST_PAE ? va >> 30 & 3 : 0];
}

enum xenpt_code shadow_reach(struct shadowing *s, uint64_t va, uint32_t *ret)
{
    uint32_t id = top_of(s, va);
    enum xenpt_code code = XENPT_OK;

    while (!code && id != NO_SHADOW && shadow_rows[s->all->list[id].type].level > 1) {
        const struct shadow *one = &s->all->list[id];
        unsigned int index = shadow_index(s, id, va);
        uint64_t guest = shadow_guest_entry(s, one->type, one->of, index), of;
        enum shadow_type type;
        uint32_t child = NO_SHADOW;

        if (shadow_below(s, id, index, guest, &type, &of))
            code = shadow_get(s, type, of, &child, NULL);
        if (!code && child != NO_SHADOW)
            code = shadow_upper(s, id, index, guest, child);
        id = child;
    }
    *ret = id;
    return code;
}

enum xenpt_code shadow_prefetch(struct shadowing *s, uint32_t id, unsigned int index)
{
    const struct shadow *one = &s->all->list[id];
    const struct shadow_row *row = &shadow_rows[one->type];
    unsigned int end = (index | (ENTRIES - 1)) + 1;
    enum xenpt_code code = XENPT_OK;

    if (end - index > PREFETCH)
        end = index + PREFETCH;
    for (unsigned int i = index + 1; !code && i < end; i++) {
        uint64_t guest = shadow_guest_entry(s, one->type, one->of, i);

        if (entry_read(s->m, one->page[i / ENTRIES], i % ENTRIES))
            break;
        /* It will fault again, for A or for D. */
        if (!row->made_up && guest & ENTRY_P &&
            (!(guest & ENTRY_A) || (guest & ENTRY_RW && !(guest & ENTRY_D))))
            break;
        code = shadow_leaf(s, id, i, TOUCH_PREFETCH);
    }
    return code;
}
