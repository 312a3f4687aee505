/* random_memory.c - steps by which PV guests have other memory: memory_op, and a transfer. */
#include "random_memory.h"

#include <inttypes.h>
#include <stdio.h>

/* What is not modelled is not done, and says so. */
static bool done(enum xenpt_code code)
{
    if (code && code != XENPT_EUNSUPPORTED)
        fail_msg("a step ends with code %d", (int)code);
    return !code;
}

/* A frame of its own, mostly; a few of them go. */
static uint64_t some_frame(struct subject *s, uint32_t d)
{
    const struct domain *dom = &s->w.machine->domains[d];
    uint64_t frame = domain_frame(dom, dice_below(&s->dice, dom->nr_frames + 16));

    return dice_below(&s->dice, 4) && frame != NO_TABLE ? frame
                                                        : s->pool[d][dice_below(&s->dice, POOL)];
}

/* A number that its guest has given away, or any. */
static uint64_t some_gfn(struct subject *s, uint32_t d)
{
    const struct domain *dom = &s->w.machine->domains[d];

    for (int i = 0; i < 8; i++) {
        uint64_t gfn = dice_below(&s->dice, dom->nr_frames + 16);

        if (domain_frame(dom, gfn) == NO_TABLE)
            return gfn;
    }
    return dice_below(&s->dice, dom->nr_frames + 16);
}

/* --- increase, decrease, populate: what, frame or gfn ---------------------------------------- */

void make_reservation(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, 3);
    t->v[1] = t->v[0] == XENPT_PV_POPULATE ? some_gfn(s, t->domain) : some_frame(s, t->domain);
}

bool do_reservation(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_pv_reservation what = { .what = (enum xenpt_pv_reservation_kind)(t->v[0] % 3),
                                         .domain = XENPT_DOMID_SELF };
    uint64_t extent = t->v[1];

    return done(xenpt_pv_reservation(s->w.machine, &c, &what, &extent, 1, &s->r, NULL));
}

void print_reservation(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    switch (t->v[0] % 3) {
    case XENPT_PV_INCREASE:
        snprintf(buf, size, "increase-reservation: d%u.v%u", t->domain, t->vcpu);
        break;
    case XENPT_PV_DECREASE:
        snprintf(buf, size, "decrease-reservation: d%u.v%u, frames: %s", t->domain, t->vcpu,
                 frame_text(s, t->v[1], frame));
        break;
    default:
        snprintf(buf, size, "populate-physmap: d%u.v%u, gfns: %" PRIu64, t->domain, t->vcpu,
                 t->v[1]);
        break;
    }
}

/* --- exchange: frame, gfn ------------------------------------------------------------------- */

void make_exchange(struct subject *s, struct rstep *t)
{
    const struct domain *dom = &s->w.machine->domains[t->domain];
    uint64_t gfn;

    t->v[0] = some_frame(s, t->domain);
    gfn = domain_pfn(dom, t->v[0]);
    t->v[1] = gfn == NO_TABLE || !dice_below(&s->dice, 6) ? some_gfn(s, t->domain) : gfn;
}

bool do_exchange(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    uint64_t in = t->v[0], out = t->v[1];
    struct xenpt_pv_exchange e = {
        .in = &in, .nr_in = 1, .out = &out, .nr_out = 1, .domain = XENPT_DOMID_SELF
    };

    return done(xenpt_pv_exchange(s->w.machine, &c, &e, &s->r, NULL));
}

void print_exchange(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    snprintf(buf, size, "exchange: d%u.v%u, frames: %s, gfns: %" PRIu64, t->domain, t->vcpu,
             frame_text(s, t->v[0], frame), t->v[1]);
}

/* --- transfer: frame, domain, gfn ------------------------------------------------------------ */

void make_transfer(struct subject *s, struct rstep *t)
{
    t->v[0] = some_frame(s, t->domain);
    t->v[1] = dice_below(&s->dice, DOMAINS);
    t->v[2] = some_gfn(s, (uint32_t)t->v[1]);
}

bool do_transfer(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    uint64_t got;

    return done(xenpt_pv_transfer(s->w.machine, &c, t->v[0], (uint32_t)t->v[1], t->v[2], &got,
                                  &s->r, NULL));
}

void print_transfer(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    snprintf(buf, size, "transfer-page: d%u.v%u, frame: %s, to: d%" PRIu64 ", gfn: %" PRIu64,
             t->domain, t->vcpu, frame_text(s, t->v[0], frame), t->v[1], t->v[2]);
}
