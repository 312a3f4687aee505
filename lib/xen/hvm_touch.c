/*
 * hvm_touch.c - an HVM guest touches addresses and writes to its tables: under HAP the processor
 * does nearly all of it, and Xen what the second stage refuses; hvm/hvm.c,
 * hvm_hap_nested_page_fault.
 */
#include <stdio.h>

#include "xen/encrypt.h"
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/pod.h"
#include "xen/shadow.h"
#include "xen/sharing.h"
#include "xen/touch.h"
#include "xenpt/nested.h"

/* clang-format off */
static const struct xenpt_word outcome_words[XENPT_NR_GUEST_OUTCOMES] = {
    [XENPT_GUEST_DONE] = { "done", "the processor did it" },
    [XENPT_GUEST_EMULATED] = { "emulated", "Xen did it in the guest's place" },
    [XENPT_GUEST_FAULT] = { "fault", "the guest was given an exception" },
    [XENPT_GUEST_DEVICE] = { "device", "there is no memory: it went to the device model" },
    [XENPT_GUEST_DISCARDED] = { "discarded", "a write to what the guest may only read was left "
        "out" },
    [XENPT_GUEST_CRASH] = { "crash", "Xen destroys the domain" },
    [XENPT_GUEST_EVENT] = { "event", "access rights of a view refuse it: a monitor is told" },
};
/* clang-format on */

const struct xenpt_word *xenpt_guest_outcome_word(enum xenpt_guest_outcome outcome)
{
    return &outcome_words[outcome];
}

static bool any_vcpu(struct shadowing *s, uint32_t domain, uint32_t vcpu, enum xenpt_code *code)
{
    s->d = domain < s->m->nr_domains ? &s->m->domains[domain] : NULL;
    s->v = s->d && vcpu < s->d->nr_vcpus && vcpu_begun(&s->d->vcpus[vcpu]) ? &s->d->vcpus[vcpu]
                                                                           : NULL;
    *code = XENPT_OK;
    if (!s->v) {
        *code = xenpt_fail(s->err, XENPT_ERANGE, "there is no d%u.v%u", (unsigned int)domain,
                           (unsigned int)vcpu);
        return false;
    }
    s->all = s->d->shadows;
    return true;
}

bool guest_vcpu(struct shadowing *s, uint32_t domain, uint32_t vcpu, enum xenpt_code *code)
{
    if (!any_vcpu(s, domain, vcpu, code))
        return false;
    if (is_pv(s->d))
        *code = xenpt_fail(s->err, XENPT_ESTATE,
                           "%s is a %s domain: what its vCPUs do to tables are hypercalls",
                           s->d->name, xenpt_domain_type_word(s->d->desc->type)->name);
    return !is_pv(s->d);
}

/* --- Under HAP ----------------------------------------------------------------------------- */

/* An access may need one exit for each table of the guest's and one for the page. */
#define ROUNDS 12

static enum xenpt_code set_flags(struct xenpt_machine *m, const struct xenpt_verdict2 *verdict,
                                 unsigned int size, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < verdict->nr_updates; i++) {
        const struct xenpt_update *u = &verdict->update[i].update;
        unsigned int each = verdict->update[i].second ? 8 : size;
        uint64_t entry = 0;

        if (!xenpt_read(xenpt_store_reader(m->store), u->at, &entry, each))
            continue;
        entry |= u->set;
        code = xenpt_store_write(m->store, u->at, &entry, each, err);
    }
    return code;
}

/* The processor's own log: frames whose D in EPT got set. */
static void note_writes(struct xenpt_machine *m, struct domain *d, uint64_t root,
                        const struct xenpt_walk2 *walk)
{
    for (unsigned int i = 0; d->ept_ad && i < walk->nr_second; i++) {
        uint64_t gfn = walk->second[i].in >> XENPT_PAGE_SHIFT;
        struct p2m_slot s = p2m_slot_of(m, root, gfn);

        if (p2m_type_of(m, d, s.entry) == P2M_RAM_LOGDIRTY && s.entry & EPT_D)
            dirty_mark(d, gfn);
    }
}

/* What the second stage refused: of which guest-physical address, and to which access. */
static uint64_t refused(const struct xenpt_walk2 *walk, const struct xenpt_verdict2 *verdict,
                        const struct xenpt_access *access, enum xenpt_access_kind *kind)
{
    bool page = walk->guest.outcome == XENPT_MAPPED && verdict->which + 1 == walk->nr_second;

    *kind = page ? access->kind : XENPT_READ;
    /* With A and D flags in EPT, and in nested paging, reads of the guest's tables are writes. */
    if (!page && verdict->fault.code & XENPT_EPTV_WRITE)
        *kind = XENPT_WRITE;
    return walk->second[verdict->which].in;
}

/* What the reverse map table refuses Xen cannot see to: it destroys the domain. */
static bool encrypted_refuses(const struct xenpt_machine *m, const struct domain *d,
                              const struct xenpt_walk2 *walk, const struct xenpt_access *access,
                              bool allowed, struct xenpt_guest_done *ret)
{
    uint64_t code, gaddr = walk->guest.out;
    enum xenpt_rmp_verdict verdict = encrypted_check(m, d, walk, access, allowed, &gaddr, &code);

    if (verdict == XENPT_RMP_OK)
        return false;
    ret->gaddr = gaddr;
    if (verdict == XENPT_RMP_NOT_VALID) {
        ret->outcome = XENPT_GUEST_FAULT;
        ret->fault = (struct xenpt_fault){
            .kind = XENPT_FAULT_VC, .vector = 29, .code = code, .address = walk->guest.in
        };
        return true;
    }
    ret->outcome = XENPT_GUEST_CRASH;
    ret->exits++;
    snprintf(ret->reason, sizeof(ret->reason), "the reverse map table refuses it: %s, code 0x%llx",
             xenpt_rmp_verdict_name(verdict), (unsigned long long)code);
    return true;
}

static enum xenpt_code hap_touch(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                                 uint64_t va, const struct xenpt_access *access,
                                 const struct word *word, struct xenpt_guest_done *ret,
                                 struct xenpt_error *err)
{
    unsigned int size = guest_mode(v) == XENPT_GUEST_2LEVEL ? 4 : 8;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int round = 0; !code && round < ROUNDS; round++) {
        struct xenpt_paging guest, second;
        struct xenpt_verdict2 verdict;
        struct pdptes pdptes;
        struct xenpt_walk2 walk;
        enum xenpt_access_kind kind;
        bool again = false;

        code = guest_paging(m, d, &v->guest, &guest, err);
        if (!code)
            code = p2m_view_paging(m, d, v->view, &second, err);
        if (code)
            break;
        xenpt_walk2(&guest, &second, pdptes_reader(&pdptes, m, d, v), va, &walk);
        xenpt_judge2(&guest, &second, &walk, access, &verdict);
        if (encrypted_refuses(m, d, &walk, access, verdict.allowed, ret))
            return XENPT_OK;
        code = set_flags(m, &verdict, size, err);
        note_writes(m, d, p2m_root(d, v->view), &walk);
        ret->gaddr = walk.guest.out;
        if (!code && verdict.allowed) {
            ret->maddr = walk.out;
            return word ? xenpt_store_write(m->store, walk.out, &word->value, word->size, err)
                        : XENPT_OK;
        }
        if (!code && !verdict.second) {
            ret->outcome = XENPT_GUEST_FAULT;
            ret->fault = verdict.fault;
            ret->rule = verdict.rule;
            return XENPT_OK;
        }
        ret->exits++;
        ret->gaddr = refused(&walk, &verdict, access, &kind);
        if (!code)
            code = p2m_fault(m, d, v, ret->gaddr, kind, &again, ret, err);
        if (code || !again)
            return code;
    }
    return code ? code
                : xenpt_fail(err, XENPT_ESTATE, "an access to 0x%llx exits without end",
                             (unsigned long long)va);
}

/* --- Both ---------------------------------------------------------------------------------- */

static enum xenpt_code touch(struct shadowing *s, uint64_t va, const struct xenpt_access *access,
                             const struct word *word, struct xenpt_guest_done *ret)
{
    enum xenpt_code code;

    if (is_pv(s->d))
        code = pv_touch(s, va, access, ret);
    else if (s->all)
        code = shadow_touch(s, va, access, word, ret);
    else
        code = hap_touch(s->m, s->d, s->v, va, access, word, ret, s->err);
    /* Roots are Xen's to change: what the processor does alone leaves them. */
    if (code || ret->exits)
        view_stale(s->m);
    return code;
}

enum xenpt_code xenpt_machine_touch(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                    uint64_t va, const struct xenpt_access *access,
                                    struct xenpt_guest_done *ret, struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .err = err };
    enum xenpt_code code;

    *ret = (struct xenpt_guest_done){ 0 };
    return any_vcpu(&s, domain, vcpu, &code) ? touch(&s, va, access, NULL, ret) : code;
}

static enum xenpt_code check_word(uint64_t at, const struct word *word, struct xenpt_error *err)
{
    if ((word->size == 4 || word->size == 8) && !(at % word->size))
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ERANGE,
                      "an entry has 4 or 8 bytes, at a multiple of its size, and not %u at 0x%llx",
                      word->size, (unsigned long long)at);
}

enum xenpt_code xenpt_machine_guest_write(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                          uint64_t va, uint64_t value, unsigned int size,
                                          const struct xenpt_access *access,
                                          struct xenpt_guest_done *ret, struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .err = err };
    struct word word = { value, size };
    struct xenpt_access write = access ? *access : (struct xenpt_access){ 0 };
    enum xenpt_code code;

    *ret = (struct xenpt_guest_done){ 0 };
    write.kind = XENPT_WRITE;
    if (!guest_vcpu(&s, domain, vcpu, &code))
        return code;
    code = check_word(va, &word, err);
    return code ? code : touch(&s, va, &write, &word, ret);
}

/* --- Without an address of the guest's ----------------------------------------------------- */

/* The instruction, wherever it is, and the write that it makes. */
static void tell_emulated(struct shadowing *s, uint64_t maddr, unsigned int size)
{
    struct xenpt_touch fetch = { TOUCH(XENPT_TOUCH_FETCH, XENPT_TOUCH_TRANSIENT),
                                 .maddr = XENPT_TOUCH_UNKNOWN };
    struct xenpt_touch operand = { TOUCH(XENPT_TOUCH_OPERAND, XENPT_TOUCH_TRANSIENT),
                                   .maddr = maddr, .length = size, .write = true };

    fetch.domain = s->d->id;
    touch_by_xen(s->m, s->d, s->v, &fetch);
    touch_by_xen(s->m, s->d, s->v, &operand);
}

/* A table that has shadows: every mapping of it is read-only, so Xen does it. */
static enum xenpt_code write_table(struct shadowing *s, uint64_t maddr, const struct word *word,
                                   struct xenpt_guest_done *ret)
{
    ret->outcome = XENPT_GUEST_EMULATED;
    if (touch_heard(s->m))
        tell_emulated(s, maddr, word->size);
    ret->exits++;
    s->all->stats.faults++;
    s->all->stats.emulated++;
    return shadow_validate(s, maddr, word->size);
}

enum xenpt_code xenpt_machine_guest_write_phys(struct xenpt_machine *m, uint32_t domain,
                                               uint32_t vcpu, uint64_t gaddr, uint64_t value,
                                               unsigned int size, struct xenpt_guest_done *ret,
                                               struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .err = err };
    struct word word = { value, size };
    uint64_t gfn = gaddr >> XENPT_PAGE_SHIFT, page;
    bool again = false, there;
    enum xenpt_code code;

    *ret = (struct xenpt_guest_done){ .gaddr = gaddr };
    if (!guest_vcpu(&s, domain, vcpu, &code))
        return code;
    code = check_word(gaddr, &word, err);
    if (code)
        return code;
    code = pod_populate(m, s.d, gfn, &there, err);
    if (code)
        return code;
    if (!there) {
        ret->outcome = XENPT_GUEST_CRASH;
        return XENPT_OK;
    }
    code = sharing_unshare(m, s.d, s.v, gfn, &there, err);
    if (code || !there) {
        ret->outcome = s.d->helper ? XENPT_GUEST_EVENT : XENPT_GUEST_CRASH;
        return code;
    }
    page = guest_maddr(m, s.d, gfn);
    if (page == NO_TABLE) {
        ret->outcome = XENPT_GUEST_DEVICE;
        return XENPT_OK;
    }
    if (!guest_may_write(m, s.d, gfn, true)) {
        ret->outcome = XENPT_GUEST_DISCARDED;
        return XENPT_OK;
    }
    if (!s.all && !guest_may_write(m, s.d, gfn, false))
        code = p2m_fault(m, s.d, s.v, gaddr, XENPT_WRITE, &again, ret, err);
    dirty_mark(s.d, gfn);
    ret->maddr = page + gaddr % XENPT_PAGE_SIZE;
    if (!code)
        code = xenpt_store_write(m->store, ret->maddr, &value, size, err);
    if (!code && s.all && shadow_is_table(s.all, page) && !oos_of(s.d, page))
        code = write_table(&s, ret->maddr, &word, ret);
    view_stale(m);
    return code;
}

enum xenpt_code xenpt_machine_guest_invlpg(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                           uint64_t va, struct xenpt_guest_done *ret,
                                           struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .err = err };
    struct xenpt_paging guest, p2m;
    struct xenpt_walk2 walk;
    struct oos *o = NULL;
    enum xenpt_code code;

    *ret = (struct xenpt_guest_done){ 0 };
    if (!guest_vcpu(&s, domain, vcpu, &code) || !s.all)
        return code; /* Under HAP it is the processor's own affair. */
    ret->exits = 1;
    code = guest_paging(m, s.d, &s.v->guest, &guest, err);
    if (!code)
        code = p2m_view_paging(m, s.d, XENPT_VIEW_HOST, &p2m, err);
    if (code)
        return code;
    xenpt_walk2(&guest, &p2m, xenpt_store_reader(m->store), va, &walk);
    for (unsigned int i = 0; i < walk.guest.nr_steps; i++)
        if (walk.guest.step[i].level == 1)
            o = oos_of(s.d, guest_maddr(m, s.d, walk.guest.step[i].at >> XENPT_PAGE_SHIFT));
    return o ? oos_end(&s, o) : XENPT_OK;
}
