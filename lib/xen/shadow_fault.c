/*
 * shadow_fault.c - a guest under shadow paging touches an address: what the processor finds in
 * the shadows, and what Xen does when it faults; mm/shadow/multi.c, sh_page_fault.
 */
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/shadow.h"
#include "xen/touch.h"
#include "xenpt/nested.h"

/* An access takes a fault for the tables, one for the page, and one more if it is a write. */
#define ROUNDS 8

struct fault {
    struct shadowing *s;
    uint64_t va;
    const struct xenpt_access *access;
    const struct word *word;
    struct xenpt_guest_done *ret;
    bool again; /* The processor is to try once more. */
};

static bool writes(const struct fault *f)
{
    return f->access->kind == XENPT_WRITE;
}

static enum xenpt_code put_word(const struct fault *f, uint64_t maddr)
{
    f->ret->maddr = maddr;
    if (!f->word)
        return XENPT_OK;
    return xenpt_store_write(f->s->m->store, maddr, &f->word->value, f->word->size, f->s->err);
}

/* --- Frames -------------------------------------------------------------------------------- */

/* A paravirtual guest's addresses are the machine's. */
static uint64_t maddr_of(const struct shadowing *s, uint64_t gaddr)
{
    uint64_t page;

    if (is_pv(s->d))
        return gaddr;
    page = guest_maddr(s->m, s->d, gaddr >> XENPT_PAGE_SHIFT);
    return page == NO_TABLE ? page : page + gaddr % XENPT_PAGE_SIZE;
}

static void mark(struct shadowing *s, uint64_t gaddr)
{
    uint64_t frame = gaddr >> XENPT_PAGE_SHIFT;

    dirty_mark(s->d, is_pv(s->d) ? domain_pfn(s->d, frame) : frame);
}

/* --- What Xen does ------------------------------------------------------------------------- */

/* The guest's own fault: of a walk that it would have made. */
static enum xenpt_code inject(struct fault *f, const struct xenpt_fault *fault,
                              enum xenpt_rule_id rule)
{
    f->ret->outcome = XENPT_GUEST_FAULT;
    f->ret->fault = *fault;
    f->ret->rule = rule;
    return XENPT_OK;
}

/* A PDPTE that was not there when CR3 was loaded. */
static enum xenpt_code absent(struct fault *f)
{
    struct xenpt_fault fault = {
        .kind = XENPT_FAULT_PF,
        .vector = 14,
        .code = (writes(f) ? XENPT_PF_W : 0) | (f->access->cpl == 3 ? XENPT_PF_U : 0),
        .address = f->va,
    };

    return inject(f, &fault, XENPT_RULE_NOT_PRESENT);
}

/* Of the guest's tables. */
static unsigned int entry_bytes(const struct shadowing *s)
{
    return !is_pv(s->d) && guest_mode(s->v) == XENPT_GUEST_2LEVEL ? 4 : 8;
}

static void tell(const struct shadowing *s, enum xenpt_touch_why why, uint64_t maddr,
                 uint64_t length)
{
    struct xenpt_touch t = { TOUCH(why, XENPT_TOUCH_TRANSIENT), .maddr = maddr, .length = length,
                             .write = why != XENPT_TOUCH_FETCH };

    /* Where the instruction is, nobody has said. */
    if (maddr == XENPT_TOUCH_UNKNOWN)
        t.domain = s->d->id;
    touch_by_xen(s->m, s->d, s->v, &t);
}

static enum xenpt_code set_flags(struct fault *f, const struct xenpt_verdict *verdict)
{
    struct shadowing *s = f->s;
    unsigned int size = entry_bytes(s);
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < verdict->nr_updates; i++) {
        uint64_t gaddr = verdict->update[i].at, at = maddr_of(s, gaddr), entry = 0;

        if (!xenpt_read(xenpt_store_reader(s->m->store), at, &entry, size))
            continue;
        entry |= verdict->update[i].set;
        code = xenpt_store_write(s->m->store, at, &entry, size, s->err);
        if (!code && touch_heard(s->m))
            tell(s, XENPT_TOUCH_WALK, at, size);
        if (!code)
            mark(s, gaddr);
    }
    return code;
}

static enum xenpt_code emulate(struct fault *f, uint64_t maddr)
{
    struct shadowing *s = f->s;
    enum xenpt_code code = put_word(f, maddr);

    if (touch_heard(s->m)) {
        tell(s, XENPT_TOUCH_FETCH, XENPT_TOUCH_UNKNOWN, 0);
        tell(s, XENPT_TOUCH_OPERAND, maddr, f->word ? f->word->size : 0);
    }
    f->ret->outcome = XENPT_GUEST_EMULATED;
    s->all->stats.emulated++;
    mark(s, f->ret->gaddr);
    if (!code && f->word && shadow_is_table(s->all, maddr & ~(uint64_t)(XENPT_PAGE_SIZE - 1)))
        code = shadow_validate(s, maddr, f->word->size);
    return code;
}

/* The page is there, and the guest may do this to it. */
static enum xenpt_code fix(struct fault *f, uint64_t gaddr, uint64_t page)
{
    struct shadowing *s = f->s;
    bool may_write = is_pv(s->d) || guest_may_write(s->m, s->d, gaddr >> XENPT_PAGE_SHIFT, true);
    uint64_t maddr = page + gaddr % XENPT_PAGE_SIZE;
    bool table = shadow_is_table(s->all, page), free = false;
    enum xenpt_code code = XENPT_OK;
    unsigned int index;
    uint32_t id;

    if (writes(f) && table && !is_pv(s->d))
        code = oos_begin(s, page, &free);
    if (writes(f) && may_write)
        mark(s, gaddr);
    if (!code)
        code = shadow_reach(s, f->va, &id);
    if (code || id == NO_SHADOW)
        return code ? code : absent(f);
    index = shadow_index(s, id, f->va);
    code = shadow_leaf(s, id, index, writes(f) ? TOUCH_WRITE : TOUCH_READ);
    if (!code)
        code = shadow_prefetch(s, id, index);
    if (code || !writes(f)) {
        f->again = true;
        return code;
    }
    if (!may_write) {
        f->ret->outcome = XENPT_GUEST_DISCARDED;
        return XENPT_OK;
    }
    f->again = !table || free;
    return f->again ? XENPT_OK : emulate(f, maddr);
}

/* Xen walks the guest's tables before it does anything else; a PV guest's by machine addresses. */
static void tell_walk(const struct fault *f, const struct xenpt_walk *walk)
{
    const struct shadowing *s = f->s;

    for (unsigned int i = 0; i < walk->nr_steps; i++) {
        struct xenpt_touch t = { TOUCH(XENPT_TOUCH_WALK, XENPT_TOUCH_TRANSIENT),
                                 .maddr = maddr_of(s, walk->step[i].at), .length = entry_bytes(s) };

        if (t.maddr != NO_TABLE)
            touch_by_xen(s->m, s->d, s->v, &t);
    }
}

/* The walk that the guest's own tables would give. */
static enum xenpt_code guest_walk(const struct fault *f, struct xenpt_walk *walk,
                                  struct xenpt_verdict *verdict)
{
    const struct shadowing *s = f->s;
    const struct xenpt_reader *mem = xenpt_store_reader(s->m->store);
    struct xenpt_paging guest, p2m;
    struct xenpt_walk2 both;
    struct pdptes pdptes;
    enum xenpt_code code;

    if (is_pv(s->d)) {
        code = pv_paging(s->m, s->d, pv_guest_root(s->d, s->v, s->v->user), &guest, s->err);
        if (!code)
            xenpt_walk(&guest, mem, f->va, walk);
    } else {
        code = guest_walk_paging(s->m, s->d, &s->v->guest, &guest, s->err);
        if (!code)
            code = p2m_view_paging(s->m, s->d, XENPT_VIEW_HOST, &p2m, s->err);
        if (!code)
            xenpt_walk2(&guest, &p2m, pdptes_reader(&pdptes, s->m, s->d, s->v), f->va, &both);
        if (!code)
            *walk = both.guest;
    }
    if (!code)
        xenpt_judge(&guest, walk, f->access, verdict);
    return code;
}

static enum xenpt_code fault(struct fault *f)
{
    struct shadowing *s = f->s;
    struct xenpt_verdict verdict;
    struct xenpt_walk walk;
    enum xenpt_code code = guest_walk(f, &walk, &verdict);
    uint64_t page;
    uint32_t id;

    if (code)
        return code;
    if (touch_heard(s->m))
        tell_walk(f, &walk);
    if (!verdict.allowed && verdict.fault.kind == XENPT_FAULT_NONE)
        return absent(f);
    if (!verdict.allowed)
        return inject(f, &verdict.fault, verdict.rule);
    code = set_flags(f, &verdict);
    f->ret->gaddr = walk.out;
    page = maddr_of(s, walk.out & ~(uint64_t)(XENPT_PAGE_SIZE - 1));
    if (code || page != NO_TABLE)
        return code ? code : fix(f, walk.out, page);
    f->ret->outcome = XENPT_GUEST_DEVICE;
    code = shadow_reach(s, f->va, &id);
    if (!code && id != NO_SHADOW)
        code = shadow_leaf(s, id, shadow_index(s, id, f->va), TOUCH_READ);
    return code;
}

/* --- What the processor does --------------------------------------------------------------- */

static enum xenpt_code done(struct fault *f, const struct xenpt_walk *walk,
                            const struct xenpt_verdict *verdict)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < verdict->nr_updates; i++) {
        const struct xenpt_update *u = &verdict->update[i];

        code = entry_write(f->s->m, u->at, 0, entry_read(f->s->m, u->at, 0) | u->set, f->s->err);
    }
    f->ret->outcome = XENPT_GUEST_DONE;
    return code ? code : put_word(f, walk->out);
}

/* CR0.WP is always set while the guest executes; what it may do without it Xen does. */
static bool by_wp(const struct fault *f, const struct xenpt_verdict *verdict)
{
    return f->ret->exits && writes(f) && verdict->rule == XENPT_RULE_WRITE && !is_pv(f->s->d) &&
           !(f->s->v->guest.cr0 & XENPT_CR0_WP) && f->access->cpl < 3;
}

enum xenpt_code shadow_touch(struct shadowing *s, uint64_t va, const struct xenpt_access *access,
                             const struct word *word, struct xenpt_guest_done *ret)
{
    struct fault f = { .s = s, .va = va, .access = access, .word = word, .ret = ret };
    enum xenpt_code code = XENPT_OK;

    for (unsigned int round = 0; !code && round < ROUNDS; round++) {
        struct xenpt_verdict verdict;
        struct xenpt_paging pg;
        struct xenpt_walk walk;

        code = is_pv(s->d) ? pv_paging(s->m, s->d, pv_root(s->d, s->v, s->v->user), &pg, s->err)
                           : shadow_paging(s->m, s->v, &pg, s->err);
        if (code)
            break;
        xenpt_walk(&pg, xenpt_store_reader(s->m->store), va, &walk);
        xenpt_judge(&pg, &walk, access, &verdict);
        if (verdict.allowed)
            return done(&f, &walk, &verdict);
        if (verdict.fault.kind != XENPT_FAULT_PF)
            return inject(&f, &verdict.fault, verdict.rule);
        if (by_wp(&f, &verdict))
            return emulate(&f, walk.out);
        f.again = false;
        ret->exits++;
        s->all->stats.faults++;
        code = fault(&f);
        if (code || !f.again)
            return code;
    }
    return code ? code
                : xenpt_fail(s->err, XENPT_ESTATE, "an access to 0x%llx faults without end",
                             (unsigned long long)va);
}
