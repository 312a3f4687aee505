/* find_shadows.c - the L4s that Xen made for guests under shadow paging, off their monitor tables.
 */
#include <inttypes.h>

#include "xen/found.h"

/*
 * Where the shadow slot of a monitor table leads: to the L4 that Xen made for a guest of 64 bits,
 * or for any other to an L3 of Xen's own, whose entries no user-mode access can use.
 */
static bool is_shadow_root(const struct found_table *shadow)
{
    for (unsigned int s = 0; s < XENPT_ROOT_SLOTS; s++)
        if (shadow->entry[s] & ENTRY_P)
            return shadow->entry[s] & XENPT_BIT(2) || !(shadow->entry[s] & XENPT_BIT(63));
    return false;
}

static struct found_table *table_at(struct found *f, uint64_t at)
{
    for (size_t i = 0; i < f->nr; i++)
        if (f->table[i].at == at)
            return &f->table[i];
    return NULL;
}

/* A CPU in a guest under shadow paging runs on the shadow: its monitor table is in use, too. */
void found_add_shadows(struct found *f)
{
    size_t nr = f->nr;

    for (size_t i = 0; i < nr; i++) {
        struct found_table *t = &f->table[i], *shadow = &f->table[f->nr];
        uint64_t lead = slot_lead(t, f->slots.shadow);

        if (t->kinds != 1u << XENPT_ROOT_SHADOW || !lead || table_at(f, lead & ENTRY_ADDRESS) ||
            !found_load(f, shadow, lead & ENTRY_ADDRESS))
            continue;
        t->runs |= shadow->runs;
        if (!is_shadow_root(shadow))
            continue;
        shadow->shadows = true;
        shadow->domain = t->domain;
        found_say(shadow, "slot %u of the monitor table 0x%" PRIx64 " leads to it", f->slots.shadow,
                  t->at >> XENPT_PAGE_SHIFT);
        f->nr++;
    }
    found_in_order(f);
}

/* What became of a monitor table became of the shadow that it leads to. */
void found_follow_monitors(struct found *f)
{
    for (size_t i = 0; i < f->nr; i++) {
        const struct found_table *t = &f->table[i];
        struct found_table *shadow = table_at(f, slot_lead(t, f->slots.shadow) & ENTRY_ADDRESS);

        if (t->kinds == 1u << XENPT_ROOT_SHADOW && shadow && shadow->shadows) {
            shadow->stale = t->stale;
            shadow->confidence = t->confidence;
        }
    }
}
