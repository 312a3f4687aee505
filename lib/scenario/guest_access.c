/*
 * guest_access.c - a guest's access, with what Xen does when the processor leaves the guest for it.
 *
 * Under shadow paging Xen makes the tables that the processor walks as they come to be needed, so
 * the machine makes all of the access.  Under a second stage the processor does nearly everything,
 * and Xen hears of what that stage refuses.  A PV guest's exceptions go to Xen, which passes them
 * on.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/guest.h"
#include "scenario/verb.h"
#include "xen/internal.h"
#include "xenpt/hvm.h"

bool is_guest(const struct world *w, const struct value *v)
{
    return v->type == VALUE_CONTEXT && v->who.kind == WHO_VCPU && v->who.mode != XENPT_RUN_XEN &&
           v->who.domain < w->machine->nr_domains;
}

/* --- On shadows ----------------------------------------------------------------------------- */

static bool by_machine(struct world *w, const struct accessing *x, const char **said)
{
    struct xenpt_guest_done done = { .outcome = XENPT_GUEST_DONE };
    const struct who *who = &x->context.who;
    struct accessed *l = &w->last;
    /* Of a PV guest's writes only those to its memory are modelled, which no table is. */
    bool word = x->access.kind == XENPT_WRITE && !is_pv(&w->machine->domains[who->domain]) &&
                (x->bytes == 4 || x->bytes == 8) && !(x->at % x->bytes);
    enum xenpt_code code;

    world_changed(w);
    if (word)
        code = xenpt_machine_guest_write(w->machine, who->domain, who->vcpu, x->at, x->data,
                                         (unsigned int)x->bytes, &x->access, &done, &w->problem);
    else
        code = xenpt_machine_touch(w->machine, who->domain, who->vcpu, x->at, &x->access, &done,
                                   &w->problem);
    if (code)
        return false;
    guest_did(w, &x->context, x->at, &x->access, &done);
    *said = guest_said(w, &done);
    if (!l->allowed || word)
        return true;
    l->walk.out = l->maddr;
    return !l->maddr || !world_view(w) || access_data(w, x->data, x->bytes);
}

/* Xen hears of what the processor's caches and the shadows refuse. */
static bool on_shadows(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                       const char **said)
{
    struct accessed *l = &w->last;
    uint32_t cpu, exits;

    if (!w->caches || !caches_cpu(w, &x->context, &cpu))
        return by_machine(w, x, said);
    if (!access_by_processor(w, c, x))
        return false;
    exits = 0;
    if (!l->allowed) {
        if (!by_machine(w, x, said))
            return false;
        if (l->outcome != XENPT_GUEST_DONE)
            return true;
        exits = l->exits;
        c = world_context(w, &x->context);
        if (!c || !access_by_processor(w, c, x))
            return false;
    }
    l->guest = true;
    l->outcome = XENPT_GUEST_DONE;
    l->exits = exits;
    return true;
}

/* --- Under a second stage ------------------------------------------------------------------- */

static bool is_exit(enum xenpt_fault_kind kind)
{
    return kind == XENPT_FAULT_EPT_VIOLATION || kind == XENPT_FAULT_EPT_MISCONFIG ||
           kind == XENPT_FAULT_NPF;
}

/* "ram_logdirty" and its access rights, of a frame of the guest's. */
static const char *frame_words(struct world *w, const struct who *who, uint64_t gaddr)
{
    const struct domain *d = &w->machine->domains[who->domain];
    struct xenpt_p2m_entry e = { .type = NULL };

    if (!xenpt_machine_p2m(w->machine, who->domain, d->vcpus[who->vcpu].view,
                           gaddr >> XENPT_PAGE_SHIFT, &e) ||
        !e.type)
        return "nothing";
    return world_text(w, "%s, %s, L%u%s", e.type->name, xenpt_p2m_access_word(e.access)->name,
                      e.level, e.pending ? ", to be worked out anew" : "");
}

static const char *exit_words(struct world *w, const struct accessed *first, const char *before,
                              const char *after, const struct xenpt_guest_done *done)
{
    const struct xenpt_fault *f = &first->verdict.fault;
    const char *ended = guest_said(w, done);

    if (!before || !after || !ended)
        return NULL;
    return world_text(w, "%s at guest-physical 0x%" PRIx64 ", where there is %s%s%s; %s",
                      xenpt_fault_name(f->kind), f->address, before,
                      strcmp(before, after) ? ", and Xen makes it " : "",
                      strcmp(before, after) ? after : "", ended);
}

/* Xen sees to what the second stage refused, and the guest does it again if it can. */
static bool handle_exit(struct world *w, const struct accessing *x, const char **said)
{
    struct xenpt_guest_done done = { .outcome = XENPT_GUEST_DONE };
    const struct who *who = &x->context.who;
    const struct accessed first = w->last;
    uint64_t gaddr = first.verdict.fault.address;
    const char *before = w->brief ? NULL : frame_words(w, who, gaddr);
    const struct xenpt_context *c;
    struct accessed *l = &w->last;

    world_changed(w);
    if (xenpt_machine_touch(w->machine, who->domain, who->vcpu, x->at, &x->access, &done,
                            &w->problem))
        return false;
    if (!w->brief)
        *said = exit_words(w, &first, before, frame_words(w, who, gaddr), &done);
    c = world_context(w, &x->context);
    if (!c || (done.outcome == XENPT_GUEST_DONE && !access_by_processor(w, c, x)))
        return false;
    l->verdict = first.verdict;
    l->refused = true;
    l->guest = true;
    l->outcome = done.outcome;
    l->exits = done.exits;
    return true;
}

/* With PML the processor has a log of its own, of what it sets D of. */
static bool log_write(struct world *w, const struct accessing *x)
{
    const struct who *who = &x->context.who;
    struct xenpt_guest_done done;

    world_changed(w);
    return !xenpt_machine_touch(w->machine, who->domain, who->vcpu, x->at, &x->access, &done,
                                &w->problem) &&
           world_view(w);
}

static bool under_second(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                         const char **said)
{
    const struct domain *d = &w->machine->domains[x->context.who.domain];
    struct accessed *l = &w->last;

    if (!access_by_processor(w, c, x))
        return false;
    l->guest = true;
    l->outcome = l->allowed ? XENPT_GUEST_DONE : XENPT_GUEST_FAULT;
    if (is_exit(l->verdict.fault.kind))
        return handle_exit(w, x, said);
    return !(l->allowed && d->ept_ad && x->access.kind == XENPT_WRITE) || log_write(w, x);
}

/* --- On its own tables ----------------------------------------------------------------------- */

static bool on_own_tables(struct world *w, const struct xenpt_context *c, const struct accessing *x)
{
    struct accessed *l = &w->last;

    if (!access_by_processor(w, c, x))
        return false;
    l->outcome = l->allowed ? XENPT_GUEST_DONE : XENPT_GUEST_FAULT;
    l->exits = !l->allowed;
    l->guest = true;
    return true;
}

/* Xen hears of all its exceptions. */
static bool of_pv(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                  const char **said)
{
    const struct domain *d = &w->machine->domains[x->context.who.domain];

    if (!(d->shadows ? on_shadows(w, c, x, said) : on_own_tables(w, c, x)))
        return false;
    return w->last.outcome != XENPT_GUEST_FAULT || guest_fault(w, x, said);
}

bool guest_access(struct world *w, const struct xenpt_context *c, const struct accessing *x,
                  const char **said)
{
    const struct domain *d = &w->machine->domains[x->context.who.domain];

    if (is_pv(d))
        return of_pv(w, c, x, said);
    return d->shadows ? on_shadows(w, c, x, said) : under_second(w, c, x, said);
}
