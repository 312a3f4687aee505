/*
 * explain.c - what a machine says of an address and of an entry.
 *
 * The layout tells what an address is for; the machine's own tables tell what should be there.
 * Of some entries the machine can say only of which kind they are, because a guest, an
 * allocator or the history of the machine decides: rules.c has what each rule leaves open.
 */
#include <string.h>

#include "xen/explain.h"

#include "xen/given.h"

/* Contexts are ours, or have a name as one of ours: those of a copy, or of an image. */
static const struct xenpt_context *own_context(const struct machine_view *v,
                                               const struct xenpt_context *ctx)
{
    if (ctx >= v->contexts && ctx < v->contexts + v->nr)
        return ctx;
    for (size_t i = 0; i < v->nr; i++)
        if (!strcmp(v->contexts[i].name, ctx->name))
            return &v->contexts[i];
    return NULL;
}

/* --- What should be there ------------------------------------------------------------------ */

/* The part of a larger page that an entry further down would map. */
static uint64_t part_of(uint64_t entry, unsigned int from, unsigned int to, uint64_t in)
{
    uint64_t base = entry & ENTRY_ADDR & ~(level_size(from) - 1);
    uint64_t flags = entry & ~ENTRY_ADDR & ~ENTRY_PS;
    uint64_t offset = in & (level_size(from) - 1) & ~(level_size(to) - 1);

    if (entry & XENPT_BIT(12))
        flags |= to == 1 ? ENTRY_PS : XENPT_BIT(12);
    return (base + offset) | flags | (to > 1 ? ENTRY_PS : 0);
}

static uint64_t expected(const struct xenpt_machine *m, uint64_t root, unsigned int top,
                         const struct xenpt_entry_question *q, bool *larger)
{
    uint64_t table = root;

    *larger = false;
    for (unsigned int l = top; l >= 1; l--) {
        uint64_t entry = entry_read(m, table, slot_at(l, q->in));

        if (l == q->level)
            return entry;
        if (!(entry & ENTRY_ADDR))
            return 0;
        if (entry_is_leaf(entry, l)) {
            *larger = true;
            return part_of(entry, l, q->level, q->in);
        }
        table = entry & ENTRY_ADDR;
    }
    return 0;
}

/* --- Answers ------------------------------------------------------------------------------- */

bool explain_say(struct question *x, enum rule_id id, uint64_t entry)
{
    const struct rule *r = &rules[id];

    x->ret->rule = &r->public;
    x->ret->entry = entry;
    x->ret->frame = r->frame;
    x->ret->may_differ = r->may_differ;
    x->ret->may_be_absent = r->may_be_absent;
    x->ret->may_be_split = r->may_be_split;
    x->ret->opaque = r->opaque;
    /* Walks set A and D, and code that was written at boot has kept D. */
    if (entry & ENTRY_P)
        x->ret->may_differ |= (ENTRY_A | ENTRY_D) & ~entry;
    return true;
}

bool explain_expected(struct question *x, enum rule_id id)
{
    return explain_say(x, id, x->expected);
}

bool explain_kind(struct question *x, enum rule_id id, uint64_t flags)
{
    if (x->expected)
        return explain_expected(x, id);
    if (!(x->q->entry & ENTRY_P))
        return explain_say(x, id, 0);
    explain_say(x, id, flags | (x->q->entry & ENTRY_ADDR));
    x->ret->frame = XENPT_FRAME_ANY;
    x->ret->one_of_several = true;
    return true;
}

bool explain_flags_are(const struct question *x, uint64_t flags)
{
    return x->q->entry & ENTRY_P &&
           ((x->q->entry ^ flags) & ~(ENTRY_ADDR | ENTRY_A | ENTRY_D)) == 0;
}

/* --- The root's own entries ---------------------------------------------------------------- */

/* Each vCPU has loaded a table of the guest's choice: another one than its neighbour, or the same.
 */
static bool guest_pae(struct question *x)
{
    bool ret = explain_expected(x, RULE_GUEST_PAE);

    x->ret->frame = XENPT_FRAME_ANY;
    return ret;
}

static bool of_root(struct question *x)
{
    unsigned int nr = slot_at(4, x->q->in);
    struct xenpt_layout_slot slot = xenpt_layout_slot(x->m->layout, x->of->kind,
                                                      x->of->when | 1u << XENPT_IF_RAN_PV, nr);

    x->area = slot.area;
    if (!slot.area)
        return explain_expected(x, RULE_NOTHING);
    x->ret->area = slot.area->name;
    x->ret->shared = xenpt_sharing_word(slot.sharing)->text;
    if (slot.guest && x->of->kind == XENPT_ROOT_XPTI)
        return explain_expected(x, RULE_XPTI_COPY);
    switch (slot.area->fill) {
    case XENPT_FILL_GUEST:
        if (x->of->kind == XENPT_ROOT_PV32)
            return guest_pae(x);
        return explain_expected(x, RULE_GUEST);
    case XENPT_FILL_SELF:
        /* The table that the entry lies in, whatever its number. */
        if (x->q->at && x->expected & ENTRY_P) {
            explain_say(x, RULE_SELF, (x->q->at & ENTRY_ADDR) | (x->expected & ~ENTRY_ADDR));
            x->ret->frame = XENPT_FRAME_EXACT;
            return true;
        }
        return explain_expected(x, RULE_SELF);
    case XENPT_FILL_SHADOW:
        return explain_expected(x, RULE_SHADOW_LINEAR);
    case XENPT_FILL_DOMAIN:
        /* A CPU has that of the domain of which something ran there last, if anything did. */
        if (x->of->kind == XENPT_ROOT_XPTI)
            return explain_kind(x, RULE_PERDOMAIN, root_perdomain_flags(x->m, x->of->kind));
        return explain_expected(x, RULE_PERDOMAIN);
    case XENPT_FILL_MIRROR:
        return explain_expected(x, RULE_PERDOMAIN_MIRROR);
    default:
        break;
    }
    if (slot.sharing == XENPT_SHARED_XPTI)
        return explain_expected(x, RULE_XPTI_COMMON);
    if (slot.sharing == XENPT_SHARED_CPU)
        return explain_expected(x, RULE_XPTI_CPU);
    return explain_expected(x, RULE_ROOT_SHARED);
}

/* --- The interface ------------------------------------------------------------------------- */

static const char *owner(const struct question *x)
{
    const struct xenpt_area *a = x->area;

    if (x->ret->opaque && x->of->domain)
        return x->of->domain->name;
    if (a && a->fill == XENPT_FILL_GUEST)
        return x->of->domain ? x->of->domain->name : "guest";
    if (x->ret->rule == &rules[RULE_GDT].public || x->ret->rule == &rules[RULE_LDT].public)
        return x->of->domain ? x->of->domain->name : "guest";
    return "xen";
}

static void sharing(struct question *x)
{
    struct xenpt_extent extent;

    if (!x->ret->shared && x->area &&
        xenpt_area_extent(x->area, x->of->kind, x->of->when | 1u << XENPT_IF_RAN_PV, &extent))
        x->ret->shared = xenpt_sharing_word(extent.sharing)->text;
}

/* What the description has of the guest's tables. */
static bool is_given(const struct question *x)
{
    const struct xenpt_entry_question *q = x->q;
    const struct domain *d = x->of->domain;
    unsigned int slot;

    if (!d || !d->given || !q->at || q->second || !given_top(d->desc))
        return false;
    slot = (unsigned int)(q->at % XENPT_PAGE_SIZE) / given_format(d->desc)->entry_size;
    return given_has(x->m, d, q->at & ENTRY_ADDR, slot, q->entry);
}

bool explain_entry(const struct xenpt_explainer *self, const struct xenpt_entry_question *q,
                   struct xenpt_entry_explanation *ret)
{
    const struct machine_view *v = view_of(self);
    const struct xenpt_context *ctx = own_context(v, q->context);
    struct question x = { .m = v->machine, .q = q, .ret = ret, .in = q->in };
    const struct xenpt_paging *pg;

    if (!ctx || !q->level || q->level > 4)
        return false;
    *ret = (struct xenpt_entry_explanation){ 0 };
    x.of = &v->of[ctx - v->contexts];
    pg = q->second ? &ctx->second : &ctx->paging;
    if (!q->second && explain_shadow(x.m, x.of->domain, pg, q, ret))
        return true;
    if (is_given(&x)) {
        explain_say(&x, RULE_GIVEN, q->entry);
        ret->owner = x.of->domain->name;
        return true;
    }
    if (x.of->device || (x.of->guest && !q->second))
        return false; /* A device's, or the guest's own tables. */
    x.expected = expected(x.m, pg->root, pg->format.top, q, &x.from_larger);
    if (x.of->p2m) {
        explain_p2m(&x);
    } else if (q->level == 4) {
        of_root(&x);
    } else {
        x.area = xenpt_layout_at(x.m->layout, x.of->kind, x.of->when | 1u << XENPT_IF_RAN_PV,
                                 q->in);
        if (x.area && x.area->fill == XENPT_FILL_MIRROR) {
            x.in = q->in - x.area->first + x.area->mirrors->first;
            x.area = xenpt_layout_at(x.m->layout, x.of->kind, x.of->when, x.in);
        }
        if (x.area) {
            ret->area = x.area->name;
            x.part = explain_part(&x);
        }
        if (!x.area)
            explain_expected(&x, RULE_NOTHING);
        else if (x.area->fill == XENPT_FILL_GUEST && x.of->kind == XENPT_ROOT_XPTI)
            explain_expected(&x, RULE_XPTI_COPY);
        else if (x.area->fill == XENPT_FILL_GUEST)
            explain_expected(&x, RULE_GUEST);
        else
            explain_area(&x);
        sharing(&x);
    }
    ret->owner = owner(&x);
    return true;
}

bool explain_address(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                     uint64_t in, struct xenpt_explanation *ret)
{
    const struct machine_view *v = view_of(self);
    const struct xenpt_context *own = own_context(v, ctx);
    const struct context_of *of;
    const struct xenpt_area *area;

    if (!own)
        return false;
    of = &v->of[own - v->contexts];
    if (of->p2m)
        return false;
    area = xenpt_layout_at(v->machine->layout, of->kind, of->when | 1u << XENPT_IF_RAN_PV, in);
    if (!area)
        return false;
    *ret = (struct xenpt_explanation){ area->name, in - area->first };
    return true;
}
