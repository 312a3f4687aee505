/* explain_p2m.c - why an entry of a guest's physical memory is there; see explain.h and p2m.h. */
#include "xen/explain.h"
#include "xen/p2m.h"

/* Present is any right, in EPT; ordinary entries have P in the same place. */
#define P2M_PRESENT XENPT_BITS(2, 0)
#define EPT_TYPE    XENPT_BITS(6, 3) /* Memory type and IPAT. */
#define EPT_AD      XENPT_BITS(9, 8)
#define EPT_RECALC  XENPT_BIT(10)

/* A type whose entries are as this one is: what a guest or the toolstack has put there. */
static bool of_type(struct question *x, uint64_t free)
{
    const struct domain *d = x->of->domain;
    uint64_t ps = x->q->level > 1 ? ENTRY_PS : 0;
    enum p2m_type type;

    for (size_t i = 0; p2m_type_at(i, &type); i++) {
        uint64_t flags = p2m_flags(x->m, d, type, x->q->level) | ps;
        bool mmio = type == P2M_MMIO_DIRECT;

        if ((x->q->entry ^ flags) & ~(ENTRY_ADDR | free) ||
            (mmio && (x->q->entry & ENTRY_ADDR) != x->q->in))
            continue;
        explain_say(x, mmio ? RULE_P2M_IDENTITY : RULE_P2M_RAM, (x->q->entry & ENTRY_ADDR) | flags);
        x->ret->frame = mmio ? XENPT_FRAME_EXACT : XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return true;
    }
    return false;
}

/* Why an entry of this machine's is not as it was when the domain was built. */
static enum rule_id p2m_reason(const struct question *x, bool leaf)
{
    if (p2m_is_pending(x->m, x->of->domain, x->expected))
        return RULE_P2M_PENDING;
    if (!leaf)
        return RULE_P2M_TABLE;
    if (p2m_access_of(x->m, x->of->domain, x->expected) != XENPT_ACCESS_RWX)
        return RULE_P2M_ACCESS;
    return p2m_type_of(x->m, x->of->domain, x->expected) == P2M_RAM_LOGDIRTY ? RULE_P2M_LOG
                                                                             : RULE_P2M_RAM;
}

static void p2m_entry(struct question *x, uint64_t free)
{
    bool leaf = entry_is_leaf(x->expected, x->q->level);

    if (!(x->q->entry & P2M_PRESENT) || !((x->q->entry ^ x->expected) & ~(ENTRY_ADDR | free))) {
        explain_expected(x, p2m_reason(x, leaf));
        if (!(x->expected & ENTRY_ADDR))
            explain_say(x, RULE_P2M_HOLE, x->expected);
        return;
    }
    if (!entry_is_leaf(x->q->entry, x->q->level)) {
        explain_say(x, RULE_P2M_TABLE,
                    (x->q->entry & ENTRY_ADDR) | p2m_flags(x->m, x->of->domain, P2M_RAM_RW, 0));
        x->ret->frame = XENPT_FRAME_ANY;
        x->ret->one_of_several = true;
        return;
    }
    if (!of_type(x, free))
        explain_expected(x, x->expected & ENTRY_ADDR ? RULE_P2M_RAM : RULE_P2M_HOLE);
}

/* What types are to be worked out anew adds to an entry, or takes from it. */
static uint64_t pending(const struct question *x)
{
    if (!p2m_is_pending(x->m, x->of->domain, x->q->entry))
        return 0;
    return p2m_is_ept(x->m, x->of->domain) ? EPT_TYPE | EPT_RECALC : ENTRY_US;
}

bool explain_p2m(struct question *x)
{
    const struct domain *d = x->of->domain;
    /* The hardware domain's memory types are worked out when a page is first touched. */
    uint64_t free = !p2m_is_ept(x->m, d)  ? ENTRY_A | ENTRY_D
                    : d->desc->privileged ? EPT_AD | EPT_TYPE
                                          : EPT_AD;
    uint64_t pends = pending(x);

    free |= pends;
    x->ret->area = "p2m";
    x->ret->shared = xenpt_sharing_word(XENPT_SHARED_DOMAIN)->text;
    p2m_entry(x, free);
    if (pends && x->ret->rule != &rules[RULE_P2M_HOLE].public)
        x->ret->rule = &rules[RULE_P2M_PENDING].public;
    x->ret->may_differ = free;
    return true;
}
