/* tlb_events.c - operations that invalidate: holding what is cached against what has to go. */
#include "arch/tlb_scopes.h"
#include "arch/walk_core.h"

const struct xenpt_tlb_event_row *xenpt_tlb_event(enum xenpt_tlb_event_id id)
{
    return id < XENPT_NR_TLB_EVENTS ? &events[id].row : NULL;
}

/* --- Holding tags against a scope ---------------------------------------------------------- */

/* One operation under way. */
struct sweep {
    const struct xenpt_tlb_context *context;
    const struct xenpt_tlb_event *event;
    struct scope scope;
    struct asker now; /* Who would ask, of the kinds in scope. */
    uint64_t first, last;
};

static bool is_whose(enum who who, uint64_t its, uint64_t now, uint64_t given)
{
    switch (who) {
    case ANYONE:
        return true;
    case CURRENT:
        return its == now;
    case GIVEN:
        return its == given;
    case ZERO:
        return !its;
    case NOT_ZERO:
        return its;
    }
    return false;
}

static uint64_t only_root(uint64_t eptp)
{
    return eptp & XENPT_BITS(51, 12);
}

/* Whether a stretch of 2^shift bytes around `in` meets what the operation is for. */
static bool meets(const struct sweep *s, uint64_t in, unsigned int shift)
{
    return (in & ~ones(shift)) <= s->last && (in | ones(shift)) >= s->first;
}

static bool table_goes(const struct sweep *s, const struct tag *t)
{
    switch (s->scope.tables) {
    case NO_TABLES:
        return false;
    case ALL_TABLES:
        return true;
    default:
        return meets(s, first_of(t), shift_of(t));
    }
}

static bool goes(const struct sweep *s, const struct tag *t, const struct body *b)
{
    const struct xenpt_tlb_event *e = s->event;
    struct tag now = { .whose = s->now.whose };
    enum xenpt_tlb_kind kind = kind_of(t);

    if (!(s->scope.kinds & 1u << kind) ||
        !is_whose(s->scope.vpid, vpid_of(t), vpid_of(&now), e->vpid) ||
        !is_whose(s->scope.root, root_of(t), root_of(&now), only_root(e->root)))
        return false;
    if (t->global && s->scope.globals == KEPT)
        return false;
    if (!(t->global && s->scope.globals == OF_ANY_PCID) && kind != XENPT_TLB_GUEST &&
        !is_whose(s->scope.pcid, t->pcid, s->context->first->pcid, e->pcid))
        return false;
    if (t->what & TAG_TABLE)
        return table_goes(s, t);
    /* All pieces of a page go with it. */
    return !s->scope.page || meets(s, first_of(t), b->page);
}

static void sweep_units(struct xenpt_tlb *tlb, const struct sweep *s, xenpt_tlb_entry_fn fn,
                        void *ctx, struct xenpt_tlb_dropped *ret)
{
    for (size_t i = 0; i < tlb->part->nr_units; i++) {
        struct unit *u = &tlb->unit[i];

        for (size_t k = 0; u->held && k < (size_t)u->sets * u->ways; k++)
            if (u->tag[k].whose && goes(s, &u->tag[k], &u->body[k]))
                unit_drop(tlb, u, k, fn, ctx, ret);
    }
}

/* Which tables an operation drops on this processor. */
static enum tables tables_of(enum tables t, const struct xenpt_tlb_context *c)
{
    bool spares = is_amd(c) && c->first->regs.efer & XENPT_EFER_TCE;

    if (t == BY_TCE)
        return is_amd(c) && !spares ? ALL_TABLES : ON_THE_WAY;
    if (t == BY_TCE_OR_INTEL)
        return spares ? ON_THE_WAY : ALL_TABLES;
    return t;
}

/* INVLPGB says itself what goes; AMD APM vol. 3. */
static struct scope broadcast(uint32_t flags)
{
    bool page = flags & XENPT_INVLPGB_ADDRESS;

    return (struct scope){
        .kinds = BOTH | (flags & XENPT_INVLPGB_NESTED ? GUEST : 0),
        .vpid = flags & XENPT_INVLPGB_ASID ? GIVEN : ANYONE,
        .pcid = flags & XENPT_INVLPGB_PCID ? GIVEN : ANYONE,
        .page = page,
        .tables = flags & XENPT_INVLPGB_FINAL ? NO_TABLES
                  : page                      ? BY_TCE
                                              : ALL_TABLES,
        .globals = flags & XENPT_INVLPGB_GLOBAL ? OF_ANY_PCID : KEPT,
    };
}

/* What one scope of an operation comes to, on this CPU and with these operands. */
static struct sweep sweep_of(const struct xenpt_tlb_context *context,
                             const struct xenpt_tlb_event *event, const struct scope *scope)
{
    struct sweep s = { .context = context, .event = event, .scope = *scope };
    uint64_t address = event->address;

    s.scope.tables = tables_of(scope->tables, context);
    s.now = scope->kinds == GUEST ? asks_guest(context) : asks_linear(context);
    /* An ASID does not say through how many stages. */
    if (is_amd(context) && scope->kinds & COMBINED)
        s.scope.kinds |= LINEAR;
    if (scope->kinds == GUEST && scope->page)
        address = event->gaddr;
    s.first = address & ~ones(XENPT_PAGE_SHIFT);
    s.last = address | ones(XENPT_PAGE_SHIFT);
    if (event->id == XENPT_TLB_INVLPGB && event->pages > 1)
        s.last += min_u64((uint64_t)(event->pages - 1) << XENPT_PAGE_SHIFT, ~s.last);
    return s;
}

/* SDM vol. 2, "INVLPG": a no-op where its address is not canonical. */
static bool does_nothing(const struct xenpt_tlb_context *c, const struct xenpt_tlb_event *event)
{
    const struct xenpt_format *f = &c->first->format;

    return event->id == XENPT_TLB_INVLPG && f->sign_extended && !fits(f, event->address);
}

struct xenpt_tlb_dropped xenpt_tlb_apply(struct xenpt_tlb *tlb,
                                         const struct xenpt_tlb_context *context,
                                         const struct xenpt_tlb_event *event, xenpt_tlb_entry_fn fn,
                                         void *ctx)
{
    struct xenpt_tlb_dropped ret = { 0 };

    if (event->id >= XENPT_NR_TLB_EVENTS || does_nothing(context, event))
        return ret;
    for (unsigned int i = 0; i < ARRAY_SIZE(events[0].scope); i++) {
        struct scope scope = events[event->id].scope[i];
        struct sweep s;

        if (event->id == XENPT_TLB_INVLPGB && i == 0)
            scope = broadcast(event->flags);
        if (event->id == XENPT_TLB_EPT_VIOLATION && i == 1 && !event->linear)
            continue;
        if (!scope.kinds)
            continue;
        s = sweep_of(context, event, &scope);
        sweep_units(tlb, &s, fn, ctx, &ret);
    }
    return ret;
}
