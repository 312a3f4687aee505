/* explain_shadow.c - why an entry of a shadow is as it is: by what the guest has, now. */
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/rules.h"
#include "xen/shadow.h"
#include "xen/view.h"

/* --- Which entry --------------------------------------------------------------------------- */

/* The table in which an address has its entry of a level, by the machine's own; or NO_TABLE. */
static uint64_t table_at(const struct xenpt_machine *m, const struct xenpt_paging *pg,
                         const struct xenpt_entry_question *q)
{
    uint64_t table = pg->root;

    for (unsigned int l = pg->format.top; l > q->level; l--) {
        uint64_t entry = entry_read(m, table, xenpt_slot(&pg->format, l, q->in));

        if (!(entry & ENTRY_P))
            return NO_TABLE;
        table = entry & ENTRY_ADDR;
    }
    return table;
}

/* Whose registers say what the guest's entries mean. */
static struct vcpu *vcpu_on(const struct domain *d, const struct xenpt_paging *pg)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (d->vcpus[i].shadow == pg->root)
            return &d->vcpus[i];
    return d->vcpus;
}

/* --- Why ----------------------------------------------------------------------------------- */

static enum rule_id of_absent(uint64_t guest, bool stale)
{
    if (!(guest & ENTRY_P))
        return RULE_SHADOW_ABSENT;
    if (!(guest & ENTRY_A))
        return RULE_SHADOW_UNUSED;
    return stale ? RULE_SHADOW_STALE : RULE_SHADOW_LATER;
}

static enum rule_id of_page(const struct shadowing *s, const struct shadow *one, uint64_t guest,
                            uint64_t entry)
{
    uint64_t frame = (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, page = entry & ENTRY_ADDR;
    uint64_t maddr = shadow_where(s, guest);
    bool table = shadow_is_table(s->all, page);

    if (maddr == NO_TABLE)
        return RULE_SHADOW_DEVICE;
    if (!(guest & ENTRY_P) || maddr != page)
        return RULE_SHADOW_STALE;
    if (entry & ENTRY_RW && table)
        return RULE_SHADOW_OPEN;
    if (entry & ENTRY_RW || !(guest & ENTRY_RW)) {
        if ((entry ^ guest) & ENTRY_RW)
            return RULE_SHADOW_STALE;
        return shadow_rows[one->type].made_up ? RULE_SHADOW_PIECE : RULE_SHADOW_PAGE;
    }
    if (table)
        return RULE_SHADOW_PROTECTED;
    if (!(guest & ENTRY_D))
        return RULE_SHADOW_CLEAN;
    if (s->d->dirty && !dirty_is(s->d, is_pv(s->d) ? domain_pfn(s->d, frame) : frame))
        return RULE_SHADOW_LOG;
    return is_pv(s->d) || guest_may_write(s->m, s->d, frame, true) ? RULE_SHADOW_STALE
                                                                   : RULE_SHADOW_READ_ONLY;
}

static enum rule_id why(const struct shadowing *s, uint32_t id, unsigned int index, uint64_t entry)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t guest = shadow_guest_entry(s, one->type, one->of, index);
    bool stale = !shadow_rows[one->type].made_up && oos_of(s->d, one->of);

    if (!(entry & ENTRY_P))
        return of_absent(guest, stale);
    if (shadow_rows[one->type].level > 1)
        return guest & ENTRY_P ? RULE_SHADOW_TABLE : RULE_SHADOW_STALE;
    return of_page(s, one, guest, entry);
}

static bool say(enum rule_id id, const struct domain *d, const struct xenpt_entry_question *q,
                struct xenpt_entry_explanation *ret)
{
    const struct rule *r = &rules[id];

    *ret = (struct xenpt_entry_explanation){
        .area = "shadow",
        .owner = d->name,
        .rule = &r->public,
        .shared = xenpt_sharing_word(id == RULE_SHADOW_TOP ? XENPT_SHARED_ROOT
                                                           : XENPT_SHARED_DOMAIN)
                      ->text,
        .entry = q->entry,
        .frame = r->frame,
        .may_be_absent = r->may_be_absent,
        .opaque = r->opaque,
    };
    return true;
}

static bool explain(const struct shadowing *s, const struct xenpt_paging *pg,
                    const struct xenpt_entry_question *q, struct xenpt_entry_explanation *ret)
{
    uint64_t table = table_at(s->m, pg, q);
    unsigned int nr, index;
    uint32_t id;

    if (table == NO_TABLE)
        return false;
    if (q->level == 3 && table == s->v->shadow && pg->format.top == 3)
        return say(RULE_SHADOW_TOP, s->d, q, ret);
    if (!shadow_of_page(s->all, table, &id, &nr))
        return false;
    index = nr * ENTRIES + slot_at(q->level, q->in);
    if (shadow_rows[s->all->list[id].type].size == 4 && q->level == 2)
        index /= 2; /* Two for each of the guest's. */
    if (is_pv(s->d) && pv_shadow_is_xens(s, s->all->list[id].type, index))
        return false;
    return say(why(s, id, index, q->entry), s->d, q, ret);
}

bool explain_shadow(const struct xenpt_machine *m, const struct domain *d,
                    const struct xenpt_paging *pg, const struct xenpt_entry_question *q,
                    struct xenpt_entry_explanation *ret)
{
    struct shadowing s;

    if (!d || !d->shadows)
        return false;
    s = (struct shadowing){
        .m = (struct xenpt_machine *)m, /* Nothing here writes to it. */
        .d = (struct domain *)d,
        .v = vcpu_on(d, pg),
        .all = d->shadows,
    };
    return explain(&s, pg, q, ret);
}
