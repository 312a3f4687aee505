/* functions_of.c - what can be asked of domains, vCPUs and contexts. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "scenario/functions.h"
#include "scenario/tables.h"
#include "xen/grants.h"
#include "xen/guest.h"
#include "xenpt/foreign.h"

/* --- Of domains and vCPUs ------------------------------------------------------------------ */

static const struct domain *domain_at(struct world *w, const struct who *who)
{
    if (who->domain < w->machine->nr_domains)
        return &w->machine->domains[who->domain];
    world_cannot(w, "that domain is not there now");
    return NULL;
}

bool fn_gfn(struct world *w, const struct value *self, const struct value *args, unsigned int n,
            struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    uint64_t maddr;

    (void)n;
    if (!d)
        return false;
    if (is_pv(d)) {
        maddr = domain_frame(d, args[0].v);
        if (maddr != NO_TABLE)
            maddr <<= XENPT_PAGE_SHIFT;
    } else {
        maddr = guest_maddr(w->machine, d, args[0].v);
    }
    if (maddr == NO_TABLE)
        return world_cannot(w, "%s has no frame 0x%" PRIx64 " (it has 0x%" PRIx64 " of them)",
                            d->name, args[0].v, d->nr_frames);
    ret->v = maddr >> XENPT_PAGE_SHIFT;
    return true;
}

/* The way back, by Xen's M2P. */
bool fn_gfn_of(struct world *w, const struct value *self, const struct value *args, unsigned int n,
               struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    struct value gfn = { .v = 0 }, back = gfn;

    if (!d)
        return false;
    gfn.v = contents_gfn(&w->machine->contents, args[0].v);
    if (gfn.v == UINT64_MAX || !fn_gfn(w, self, &gfn, n, &back) || back.v != args[0].v)
        return world_cannot(w, "%s has no frame that is mfn 0x%" PRIx64, d->name, args[0].v);
    ret->v = gfn.v;
    return true;
}

static bool frame_of_grants(struct world *w, const struct value *self, enum xenpt_special special,
                            uint64_t i, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    if (!d)
        return false;
    ret->v = grants_frame(d, special, i);
    return ret->v != NO_TABLE ||
           world_cannot(w, "%s has %" PRIu64 " frames of %s, and none %" PRIu64, d->name,
                        grants_nr_frames(d, special), xenpt_special_word(special)->name, i);
}

bool fn_grant_table(struct world *w, const struct value *self, const struct value *args,
                    unsigned int n, struct value *ret)
{
    (void)n;
    return frame_of_grants(w, self, XENPT_SPECIAL_GRANT_TABLE, args[0].v, ret);
}

bool fn_grant_status(struct world *w, const struct value *self, const struct value *args,
                     unsigned int n, struct value *ret)
{
    (void)n;
    return frame_of_grants(w, self, XENPT_SPECIAL_GRANT_STATUS, args[0].v, ret);
}

bool fn_frames(struct world *w, const struct value *self, const struct value *args, unsigned int n,
               struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    (void)args;
    (void)n;
    ret->v = d ? d->nr_frames : 0;
    return d;
}

bool fn_foreign_maps(struct world *w, const struct value *self, const struct value *args,
                     unsigned int n, struct value *ret)
{
    struct xenpt_foreign_count count;

    (void)args;
    (void)n;
    if (!domain_at(w, &self->who) ||
        xenpt_foreign_maps(w->machine, self->who.domain, NULL, NULL, &count, &w->problem))
        return false;
    ret->v = count.memory;
    return true;
}

static bool fn_port(struct world *w, const struct value *self, const char *use, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);

    if (!d)
        return false;
    ret->v = port_of(d, use);
    return ret->v || world_cannot(w, "the builder of %s made no port for the %s", d->name, use);
}

bool fn_xenstore_port(struct world *w, const struct value *self, const struct value *args,
                      unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_port(w, self, "xenstore", ret);
}

bool fn_console_port(struct world *w, const struct value *self, const struct value *args,
                     unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_port(w, self, "console", ret);
}

static bool fn_ring(struct world *w, const struct value *self, enum xenpt_special special,
                    struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    const struct xenpt_special_frames *f = d ? frames_of(d, special) : NULL;

    if (!d)
        return false;
    ret->v = f ? f->mfn : 0;
    return f || world_cannot(w, "%s was given no %s", d->name, xenpt_special_word(special)->name);
}

bool fn_xenstore_ring(struct world *w, const struct value *self, const struct value *args,
                      unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_XENSTORE, ret);
}

bool fn_console_ring(struct world *w, const struct value *self, const struct value *args,
                     unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_CONSOLE, ret);
}

bool fn_shared_info(struct world *w, const struct value *self, const struct value *args,
                    unsigned int n, struct value *ret)
{
    (void)args;
    (void)n;
    return fn_ring(w, self, XENPT_SPECIAL_SHARED_INFO, ret);
}

bool fn_vcpu_root(struct world *w, const struct value *self, const struct value *args,
                  unsigned int n, struct value *ret)
{
    const struct domain *d = domain_at(w, &self->who);
    const struct vcpu *v;

    (void)args;
    (void)n;
    if (!d)
        return false;
    if (self->who.vcpu >= d->nr_vcpus)
        return world_cannot(w, "%s has no v%u", d->name, (unsigned int)self->who.vcpu);
    v = &d->vcpus[self->who.vcpu];
    if (v->absent || (v->fresh && d->desc->type == XENPT_DOMAIN_PV64))
        return world_cannot(w, "%s.v%u has no root: it %s", d->name, (unsigned int)self->who.vcpu,
                            v->absent ? "is not there" : "has not been initialised");
    ret->v = v->monitor;
    if (d->desc->type == XENPT_DOMAIN_PV64)
        ret->v = v->user ? v->user_l4 : v->kernel_l4;
    ret->v >>= XENPT_PAGE_SHIFT;
    return true;
}

/* The registers of an HVM guest, by their place in the struct. */
static bool guest_register(struct world *w, const struct value *self, size_t offset,
                           struct value *ret)
{
    struct xenpt_regs regs;

    if (!xenpt_machine_guest_regs(w->machine, self->who.domain, self->who.vcpu, &regs))
        return world_cannot(w,
                            "only vCPUs of HVM and PVH domains have registers of their own here");
    memcpy(&ret->v, (const char *)&regs + offset, sizeof(ret->v));
    return true;
}

#define REGISTER(name)                                                                             \
    bool fn_##name(struct world *w, const struct value *self, const struct value *args,            \
                   unsigned int n, struct value *ret)                                              \
    {                                                                                              \
        (void)args;                                                                                \
        (void)n;                                                                                   \
        return guest_register(w, self, offsetof(struct xenpt_regs, name), ret);                    \
    }

REGISTER(cr0)
REGISTER(cr3)
REGISTER(cr4)
REGISTER(efer)

/* --- Of contexts --------------------------------------------------------------------------- */

/* Does something in a context as it is while it runs. */
static bool visit(struct world *w, const struct value *self, const struct value *args,
                  unsigned int n, struct value *ret,
                  bool (*fn)(struct world *w, const struct xenpt_context *c,
                             const struct value *args, unsigned int n, struct value *ret))
{
    const struct xenpt_context *c;
    char name[WHO_MAX];
    struct visit visit;
    bool done;

    c = world_enter(w, who_text(w, self, name), &visit);
    done = c && fn(w, c, args, n, ret);
    return world_leave(w, &visit) && done;
}

static bool root_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                    unsigned int n, struct value *ret)
{
    uint64_t maddr;

    (void)args;
    (void)n;
    if (!table_root(w, c, &maddr))
        return false;
    ret->v = maddr >> XENPT_PAGE_SHIFT;
    return true;
}

static bool slot_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                    unsigned int n, struct value *ret)
{
    uint64_t maddr;

    (void)n;
    return table_root(w, c, &maddr) &&
           table_entry(w, c, maddr, args[0].v > 511 ? 512 : (unsigned int)args[0].v, &ret->v);
}

static bool entry_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                     unsigned int n, struct value *ret)
{
    struct entry_found found = { .entry = 0 };
    bool there = table_entry_of(w, c, args[0].v, n > 1 ? (unsigned int)args[1].v : 0, &found);

    ret->v = found.entry;
    return there;
}

static bool entry_at_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                        unsigned int n, struct value *ret)
{
    struct entry_found found = { .maddr = 0 };
    bool there = table_entry_of(w, c, args[0].v, n > 1 ? (unsigned int)args[1].v : 0, &found);

    ret->v = found.maddr;
    return there;
}

static bool maddr_of_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                        unsigned int n, struct value *ret)
{
    struct followed f;

    (void)n;
    follow_address(w, c, args[0].v, &f);
    if (f.walk.outcome != XENPT_MAPPED)
        return world_cannot(w, "0x%" PRIx64 " leads nowhere in %s: %s", args[0].v, c->name,
                            followed_text(w, c, &f));
    ret->v = f.walk.out;
    return true;
}

static bool frame_in(struct world *w, const struct xenpt_context *c, const struct value *args,
                     unsigned int n, struct value *ret)
{
    bool done = maddr_of_in(w, c, args, n, ret);

    ret->v >>= XENPT_PAGE_SHIFT;
    return done;
}

#define VISITOR(name)                                                                              \
    bool fn_##name(struct world *w, const struct value *self, const struct value *args,            \
                   unsigned int n, struct value *ret)                                              \
    {                                                                                              \
        return visit(w, self, args, n, ret, name##_in);                                            \
    }

VISITOR(root)
VISITOR(slot)
VISITOR(entry)
VISITOR(entry_at)
VISITOR(maddr_of)
VISITOR(frame)
