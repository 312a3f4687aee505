/* random_grants.c - steps by which domains share: entries of grant tables, mappings and copies by
 * them, versions, and ports of event channels. */
#include "random_grants.h"

#include <inttypes.h>
#include <stdio.h>

#include "xen/grants.h"
#include "xenpt/event.h"
#include "xenpt/grant.h"

#define FIRST_REF 8
#define REFS      8
#define PAGES     4 /* Addresses that grants are mapped at. */
#define HANDLES   6
#define PORTS     10

static bool done(enum xenpt_code code)
{
    if (code && code != XENPT_EUNSUPPORTED)
        fail_msg("a step ends with code %d", (int)code);
    return !code;
}

static uint64_t some_ref(struct subject *s)
{
    return FIRST_REF + dice_below(&s->dice, REFS);
}

/* Of a kernel's that is mapped by its builder. */
static uint64_t va_of(const struct subject *s, uint32_t d, uint64_t page)
{
    bool narrow = s->w.machine->domains[d].desc->type == XENPT_DOMAIN_PV32;

    return (narrow ? UINT64_C(0xc0000000) : UINT64_C(0xffffffff80000000)) +
           ((5 + page % PAGES) << XENPT_PAGE_SHIFT);
}

/* --- offer: entry, to whom, frame, how ------------------------------------------------------ */

enum { OFFER_RW, OFFER_RO, OFFER_TAKEN_BACK, NR_OFFERS };

void make_offer(struct subject *s, struct rstep *t)
{
    uint64_t any = dice_below(&s->dice, 8);

    t->v[0] = some_ref(s);
    t->v[1] = dice_below(&s->dice, DOMAINS);
    t->v[2] = s->pool[t->domain][dice_below(&s->dice, POOL)];
    t->v[3] = any < 4 ? OFFER_RW : any < 7 ? OFFER_RO : OFFER_TAKEN_BACK;
    /* Now and then somebody's that is not its own. */
    if (!dice_below(&s->dice, 12))
        t->v[2] = s->pool[dice_below(&s->dice, DOMAINS)][0];
}

bool do_offer(struct subject *s, const struct rstep *t)
{
    struct xenpt_grant_entry e = { .flags = XENPT_GRANT_PERMIT_ACCESS,
                                   .domain = (uint16_t)t->v[1],
                                   .frame = t->v[2] };

    if (t->v[3] % NR_OFFERS == OFFER_RO)
        e.flags |= XENPT_GRANT_READONLY;
    if (t->v[3] % NR_OFFERS == OFFER_TAKEN_BACK)
        e = (struct xenpt_grant_entry){ .flags = 0 };
    return !xenpt_grant_offer(s->w.machine, t->domain, (uint32_t)t->v[0], &e, NULL);
}

void print_offer(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    if (t->v[3] % NR_OFFERS == OFFER_TAKEN_BACK)
        snprintf(buf, size, "grant-offer: d%u, ref: %" PRIu64 ", type: nothing", t->domain,
                 t->v[0]);
    else
        snprintf(buf, size, "grant-offer: d%u, ref: %" PRIu64 ", to: d%" PRIu64 ", frame: %s%s",
                 t->domain, t->v[0], t->v[1], frame_text(s, t->v[2], frame),
                 t->v[3] % NR_OFFERS == OFFER_RO ? ", read-only: yes" : "");
}

/* --- grant_map: whose, which, where, how ----------------------------------------------------- */

#define MAP_READ_ONLY 1u
#define MAP_DEVICE    2u
#define MAP_ALONE     4u /* For devices, and at no address. */

static uint32_t map_flags(uint64_t how)
{
    return (how & MAP_READ_ONLY ? XENPT_GRANT_MAP_READ_ONLY : 0u) |
           (how & MAP_DEVICE ? XENPT_GRANT_MAP_DEVICE : 0u) |
           (how & MAP_ALONE && how & MAP_DEVICE ? 0u : (unsigned int)XENPT_GRANT_MAP_HOST);
}

void make_grant_map(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, DOMAINS);
    t->v[1] = some_ref(s);
    t->v[2] = dice_below(&s->dice, PAGES);
    t->v[3] = dice_below(&s->dice, 8);
    /*
     * What Xen does with a grant that is mapped for the processor breaks `device-memory` of itself:
     * map_grant_ref has a frame of another's in the mapper's IOMMU, whichever way it is mapped, and
     * unmap_common takes it out with the handle alone; but the reference is the L1 entry's, and
     * put_page_from_l1e drops it when the guest writes over that, which in a build without
     * _PAGE_GNTTAB is told nobody (common/grant_table.c, arch/x86/mm.c, 4.17).  Then the owner may
     * give the frame away, and the mapper's device has it yet.  To map for both is no better: the
     * part for devices may be unmapped first.  So where there is an IOMMU mappings are for devices
     * alone, which have references of their own.
     */
    if (s->w.machine->host.iommu != XENPT_IOMMU_NONE)
        t->v[3] |= MAP_DEVICE | MAP_ALONE;
}

bool do_grant_map(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    bool host = map_flags(t->v[3]) & XENPT_GRANT_MAP_HOST;
    struct xenpt_grant_map map = { .at = host ? va_of(s, t->domain, t->v[2]) : 0,
                                   .flags = map_flags(t->v[3]),
                                   .domain = (uint32_t)t->v[0],
                                   .ref = (uint32_t)t->v[1] };
    uint32_t handle;
    uint64_t bus;

    return done(xenpt_grant_map(s->w.machine, &c, &map, &handle, &bus, &s->r, NULL));
}

void print_grant_map(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    uint32_t flags = map_flags(t->v[3]);
    char at[40] = "";

    if (flags & XENPT_GRANT_MAP_HOST)
        snprintf(at, sizeof(at), ", at: 0x%" PRIx64, va_of(s, t->domain, t->v[2]));
    snprintf(buf, size, "grant-map: d%u.v%u, of: d%" PRIu64 ", ref: %" PRIu64 "%s%s%s", t->domain,
             t->vcpu, t->v[0], t->v[1], at,
             flags & XENPT_GRANT_MAP_READ_ONLY ? ", read-only: yes" : "",
             flags & XENPT_GRANT_MAP_DEVICE ? ", device: yes" : "");
}

/* --- grant_unmap: handle, where, frame of devices -------------------------------------------- */

void make_grant_unmap(struct subject *s, struct rstep *t)
{
    const struct grants *g = s->w.machine->domains[t->domain].grants;
    const struct grant_mapping *map;
    const struct domain *owner;
    const struct grant_active *active = NULL;

    t->v[0] = dice_below(&s->dice, HANDLES);
    t->v[1] = dice_below(&s->dice, PAGES + 1);
    t->v[2] = 0;
    map = g && t->v[0] < g->nr_mappings ? &g->mappings[t->v[0]] : NULL;
    owner = map && map->flags ? domain_there(s->w.machine, (uint32_t)map->domain) : NULL;
    if (owner)
        active = grants_active(owner, map->ref);
    if (active && map->flags & XENPT_GRANT_MAP_DEVICE && dice_below(&s->dice, 4))
        t->v[2] = active->frame;
}

bool do_grant_unmap(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_grant_unmap un = { .at = t->v[1] < PAGES ? va_of(s, t->domain, t->v[1]) : 0,
                                    .bus = t->v[2] << XENPT_PAGE_SHIFT,
                                    .handle = (uint32_t)t->v[0] };

    return done(xenpt_grant_unmap(s->w.machine, &c, &un, &s->r, NULL));
}

void print_grant_unmap(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char at[40] = "", bus[80] = "", frame[48];

    if (t->v[1] < PAGES)
        snprintf(at, sizeof(at), ", at: 0x%" PRIx64, va_of(s, t->domain, t->v[1]));
    if (t->v[2])
        snprintf(bus, sizeof(bus), ", bus: maddr(%s)", frame_text(s, t->v[2], frame));
    snprintf(buf, size, "grant-unmap: d%u.v%u, handle: %" PRIu64 "%s%s", t->domain, t->vcpu,
             t->v[0], at, bus);
}

/* --- grant_copy: whose, which, own frame, whether to it, bytes ------------------------------- */

void make_grant_copy(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, DOMAINS);
    t->v[1] = some_ref(s);
    t->v[2] = s->pool[t->domain][dice_below(&s->dice, POOL)];
    t->v[3] = dice_below(&s->dice, 2);
    t->v[4] = 8 * (1 + dice_below(&s->dice, 4));
}

bool do_grant_copy(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_grant_side entry = { true, (uint32_t)t->v[0], t->v[1], 0 },
                            own = { false, XENPT_DOMID_SELF, t->v[2], 0 };
    struct xenpt_grant_copy copy = { t->v[3] ? own : entry, t->v[3] ? entry : own,
                                     (uint16_t)t->v[4] };

    return done(xenpt_grant_copy(s->w.machine, &c, &copy, &s->r, NULL));
}

void print_grant_copy(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    const char *entry = t->v[3] ? "to" : "from", *own = t->v[3] ? "from" : "to";
    char frame[48];

    snprintf(buf, size,
             "grant-copy: d%u.v%u, %s-ref: %" PRIu64 ", %s-of: d%" PRIu64
             ", %s-frame: %s, length: %" PRIu64,
             t->domain, t->vcpu, entry, t->v[1], entry, t->v[0], own, frame_text(s, t->v[2], frame),
             t->v[4]);
}

/* --- grant_version --------------------------------------------------------------------------- */

void make_grant_version(struct subject *s, struct rstep *t)
{
    t->v[0] = 1 + dice_below(&s->dice, 2);
}

bool do_grant_version(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);

    return done(xenpt_grant_set_version(s->w.machine, &c, (uint32_t)t->v[0], &s->r, NULL));
}

void print_grant_version(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "grant-set-version: d%u.v%u, version: %" PRIu64, t->domain, t->vcpu,
             t->v[0]);
}

/* --- port: what, domain, port ---------------------------------------------------------------- */

enum { PORT_ALLOC, PORT_CONNECT, PORT_SEND, PORT_CLOSE, NR_PORT_OPS };

void make_port(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, NR_PORT_OPS);
    t->v[1] = dice_below(&s->dice, DOMAINS);
    t->v[2] = 1 + dice_below(&s->dice, PORTS);
}

bool do_port(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_machine *m = s->w.machine;
    uint32_t domain = (uint32_t)t->v[1], port = (uint32_t)t->v[2], got;

    switch (t->v[0] % NR_PORT_OPS) {
    case PORT_ALLOC:
        return done(xenpt_event_alloc_unbound(m, &c, XENPT_DOMID_SELF, domain, &got, &s->r, NULL));
    case PORT_CONNECT:
        return done(xenpt_event_bind_interdomain(m, &c, domain, port, &got, &s->r, NULL));
    case PORT_SEND:
        return done(xenpt_event_send(m, &c, port, &s->r, NULL));
    default:
        return done(xenpt_event_close(m, &c, port, &s->r, NULL));
    }
}

void print_port(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    switch (t->v[0] % NR_PORT_OPS) {
    case PORT_ALLOC:
        snprintf(buf, size, "event-alloc-unbound: d%u.v%u, to: d%" PRIu64, t->domain, t->vcpu,
                 t->v[1]);
        break;
    case PORT_CONNECT:
        snprintf(buf, size, "event-bind-interdomain: d%u.v%u, to: d%" PRIu64 ", port: %" PRIu64,
                 t->domain, t->vcpu, t->v[1], t->v[2]);
        break;
    default:
        snprintf(buf, size, "event-%s: d%u.v%u, port: %" PRIu64,
                 t->v[0] % NR_PORT_OPS == PORT_SEND ? "send" : "close", t->domain, t->vcpu,
                 t->v[2]);
    }
}
