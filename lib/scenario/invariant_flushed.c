/*
 * invariant_flushed.c - whether what a CPU remembers may still be used: XSA-286, 401 and others
 * left something behind.
 *
 * Asked is what the CPU could use now if it went on in this context: entries with its PCID or VPID
 * and root, and global ones.  Of these, whatever memory says as well is as it should be.  Of what
 * memory says no more, this breaks an obligation of Xen's:
 *
 *     address of Xen's           any of it: Xen flushes what it changes of its own
 *     guest-physical address     any of it: Xen executes INVEPT, or takes a new ASID
 *     address of a PV guest's    it leads to memory that is not the domain's any more, or it can
 *                                be written through and leads to a page table; a table is
 *                                remembered that the guest can write to by now
 *     address of an HVM guest's  what the second stage says of the frame it leads to
 *
 * The rest is free.  A guest that changed an entry of its own and asked for no flush is stale for
 * itself alone.  To refuse what memory grants by now leads to a fault that Xen finds spurious.
 * Pages of another size that lead to the same bytes, and A and D flags, are the processor's affair:
 * SDM vol. 3, "Optional Invalidation".
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/invariant.h"
#include "scenario/stale.h"
#include "scenario/verbs.h"
#include "xen/owner.h"
#include "xenpt/map.h"

#define NOT_OWN "it is no memory of this domain"

struct checking {
    struct holding *h;
    struct stale_context stale;
    const struct context_of *of; /* NULL: a guest's own tables. */
    const struct domain *domain; /* Whose context it is, or NULL. */
    bool only_global;            /* Others go on the way to this context. */
    bool has_tables;             /* They were looked for. */
};

static bool tell(struct checking *c, const char *kind, uint64_t in, uint64_t out, const char *why)
{
    return invariant_wrong(
        c->h, in,
        world_text(c->h->w, "%s 0x%" PRIx64 " is remembered to lead to mfn 0x%" PRIx64 ": %s", kind,
                   in, out >> XENPT_PAGE_SHIFT, why));
}

/* --- What a PV guest may go on with --------------------------------------------------------- */

static bool is_xens(const struct checking *c, uint64_t in)
{
    const struct xenpt_layout *layout = c->h->w->machine->layout;

    return c->of &&
           !xenpt_layout_slot(layout, c->of->kind, c->of->when, xenpt_layout_slot_of(layout, in))
                .guest;
}

static bool is_own(const struct checking *c, uint64_t out)
{
    const struct xenpt_machine *m = c->h->w->machine;
    uint32_t domain;
    enum owner owner = frame_owner(m, out >> XENPT_PAGE_SHIFT, &domain);

    /* Of Xen's frames a guest has only seen those that are shared with it. */
    if (owner != OWNER_DOMAIN)
        return owner != OWNER_FREE;
    /* Memory of an HVM or PVH domain's is mapped by who controls it without a reference as
       writable: Xen has nothing to flush until it is another's. */
    return &m->domains[domain] == c->domain ||
           (c->domain && !is_pv(&m->domains[domain]) && controls(c->domain, &m->domains[domain]));
}

static unsigned int level_of(struct checking *c, uint64_t out)
{
    if (!c->has_tables && !machine_tables_find(c->h->w, &c->h->tables))
        c->h->lost = true;
    c->has_tables = true;
    return machine_tables_level(&c->h->tables, out >> XENPT_PAGE_SHIFT);
}

/* Why a stale translation of an address is one that Xen had to have dropped; NULL: it is not. */
static const char *obliged(struct checking *c, const struct said *used,
                           enum xenpt_tlb_stale_id stale, const struct body *b, uint64_t in)
{
    struct said fresh;

    if (is_xens(c, in))
        return xenpt_tlb_stale(stale)->text;
    if (c->stale.tlb.second) {
        fresh = said_by_second(&c->stale, b->gaddr | (in & ones(b->page)));
        stale = said_wrong(used, &fresh, false, true);
        return stale == XENPT_NR_STALE ? NULL : xenpt_tlb_stale(stale)->text;
    }
    if (!is_own(c, used->out))
        return NOT_OWN;
    if (used->rights & 1u << XENPT_W && level_of(c, used->out))
        return "it can be written through, and the frame is a page table";
    return NULL;
}

/* A page of a guest's that can be written to, among whatever it maps. */
struct finding_page {
    uint64_t frame;
    bool found;
};

static bool is_page(void *ctx, const struct xenpt_map_range *r)
{
    struct finding_page *f = ctx;
    uint64_t size = r->repeated ? 0 : r->last - r->first;

    f->found = f->frame >= r->maddr >> XENPT_PAGE_SHIFT &&
               f->frame <= (r->maddr + size) >> XENPT_PAGE_SHIFT;
    return !f->found;
}

/* Whether the guest can write to a frame by now, in some context of its own. */
static bool is_written(struct checking *c, uint64_t out)
{
    struct finding_page f = { .frame = out >> XENPT_PAGE_SHIFT };
    const struct xenpt_view *view = c->h->w->view;

    for (size_t i = 0; !f.found && i < view->nr_contexts; i++) {
        const struct xenpt_context *other = &view->contexts[i];
        struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES,
                                         .last = context_last_address(c->h->w, other),
                                         .writable = true,
                                         .user = other->cpl == 3,
                                         .unfold = true };

        if (other->has_cpu && !strcmp(other->domain, c->domain->name) &&
            xenpt_map(view, other, &opt, is_page, &f, NULL, &c->h->w->problem) == XENPT_ENOMEM)
            c->h->lost = true;
    }
    return f.found;
}

/* --- Slots --------------------------------------------------------------------------------- */

/* A translation: all of the stretch that it speaks for. */
static bool check_page(struct checking *c, const struct tag *t, const struct body *b)
{
    uint64_t first = first_of(t), last = first + ones(shift_of(t));
    struct said fresh;

    for (uint64_t in = first, step; in <= last && in >= first; in += step) {
        struct said used = said_by_cache(&c->stale, b, in);
        enum xenpt_tlb_stale_id stale;
        const char *why;

        fresh = said_by_memory(&c->stale, in);
        step = fresh.span - (in & (fresh.span - 1));
        stale = said_wrong(&used, &fresh, true, c->stale.tlb.second);
        why = stale == XENPT_NR_STALE ? NULL : obliged(c, &used, stale, b, in);
        if (why)
            return tell(c, "address", in, used.out, why);
    }
    return true;
}

static bool check_guest_page(struct checking *c, const struct tag *t, const struct body *b)
{
    uint64_t first = first_of(t), last = first + ones(shift_of(t));
    struct said fresh;

    for (uint64_t in = first, step; in <= last && in >= first; in += step) {
        struct said used = { .mapped = true,
                             .out = b->out | (in & ones(b->shift)),
                             .second_rights = xenpt_rights(c->stale.tlb.second, b->granted),
                             .second_type = b->ept_type };
        enum xenpt_tlb_stale_id stale;

        fresh = said_by_second(&c->stale, in);
        step = fresh.span - (in & (fresh.span - 1));
        stale = said_wrong(&used, &fresh, false, true);
        c->h->nowhere = stale != XENPT_NR_STALE; /* The walk that is shown is of the guest's. */
        if (c->h->nowhere)
            return tell(c, "guest-physical address", in, used.out, xenpt_tlb_stale(stale)->text);
    }
    return true;
}

#define NO_MORE   "memory has another table there, or none"
#define GRANTS    "a right is used that memory does not grant"
#define NOT_TABLE "it is no page table any more"

static bool check_table(struct checking *c, const struct tag *t, const struct body *b)
{
    const struct xenpt_paging *first = c->stale.tlb.first;
    uint64_t in = first_of(t), out = 0;
    unsigned int rights = 0;
    struct said fresh;
    struct followed f;
    bool same;

    follow_address(c->h->w, c->h->c, in, &f);
    same = said_table(first, &f.walk.guest, shift_of(t), &out, &rights);
    if (c->stale.tlb.second) {
        fresh = said_by_second(&c->stale, b->gaddr);
        return (fresh.mapped && fresh.out == b->out) ||
               tell(c, "the table of address", in, b->out, NO_MORE);
    }
    same &= out == b->out;
    if (is_xens(c, in)) {
        if (same && !(xenpt_rights(first, b->granted) & ~rights))
            return true;
        return tell(c, "the table of address", in, b->out, same ? GRANTS : NO_MORE);
    }
    if (same)
        return true;
    if (!is_own(c, b->out))
        return tell(c, "the table of address", in, b->out, NOT_OWN);
    return level_of(c, b->out) || !is_written(c, b->out) ||
           tell(c, "the table of address", in, b->out, NOT_TABLE);
}

static bool check_guest_table(struct checking *c, const struct tag *t, const struct body *b)
{
    const struct xenpt_paging *second = c->stale.tlb.second;
    uint64_t in = first_of(t), out = 0;
    unsigned int rights = 0;
    struct xenpt_walk walk;
    bool same;

    xenpt_walk(second, c->stale.tlb.memory, in, &walk);
    same = said_table(second, &walk, shift_of(t), &out, &rights) && out == b->out;
    if (same && !(xenpt_rights(second, b->granted) & ~rights))
        return true;
    c->h->nowhere = true;
    return tell(c, "the table of guest-physical address", in, b->out, same ? GRANTS : NO_MORE);
}

static bool check_slot(struct checking *c, const struct tag *t, const struct body *b)
{
    struct asker linear = asks_linear(&c->stale.tlb), guest = asks_guest(&c->stale.tlb);
    bool table = t->what & TAG_TABLE;

    if (c->stale.tlb.second && t->whose == guest.whose)
        return table ? check_guest_table(c, t, b) : check_guest_page(c, t, b);
    if (t->whose != linear.whose || !(t->global || (t->pcid == linear.pcid && !c->only_global)))
        return true;
    return table ? check_table(c, t, b) : check_page(c, t, b);
}

static bool check_all(struct checking *c, const struct xenpt_tlb *tlb)
{
    for (size_t i = 0; i < tlb->part->nr_units; i++)
        for (size_t k = 0; k < slots_of(&tlb->unit[i]); k++)
            if (tlb->unit[i].tag[k].whose &&
                !check_slot(c, &tlb->unit[i].tag[k], &tlb->unit[i].body[k]))
                return false;
    return true;
}

bool invariant_flushed(struct holding *h)
{
    struct checking c = { .h = h, .of = invariant_context(h) };
    struct value who = { .type = VALUE_CONTEXT };
    struct world *w = h->w;
    struct invariant_vcpu at;
    uint64_t cr4;

    if (!w->caches)
        return world_cannot(w, "nothing is cached: it takes tlb: modelled, or a processor's");
    if (!invariant_vcpu(h, &at))
        return true; /* Nothing executes here: what is loaded on an idle CPU is a vCPU's. */
    /* On another vCPU's CPU nothing is kept for this one, but under a VPID or ASID of its own. */
    if (!at.cached && at.mode != XENPT_RUN_GUEST)
        return true;
    cr4 = h->c->paging.regs.cr4;
    who.who = (struct who){ WHO_VCPU, .domain = at.domain, .vcpu = at.vcpu, .mode = at.mode };
    c.stale = (struct stale_context){ w, h->c, caches_context(w, h->c, &who) };
    c.domain = &w->machine->domains[at.domain];
    c.only_global = !at.current && at.mode != XENPT_RUN_GUEST && !(cr4 & XENPT_CR4_PCIDE);
    check_all(&c, w->caches->cpu[at.cpu]);
    machine_tables_fini(&h->tables);
    return !h->lost;
}
