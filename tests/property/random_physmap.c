/* random_physmap.c - steps that change the physical memory of a PVH guest: d0 may, others may not.
 */
#include "random_physmap.h"

#include <inttypes.h>
#include <stdio.h>

#include "xenpt/physmap.h"

#define GUEST 3u

enum what { INFO, TABLE, MOVE, REMOVE, DECREASE, POPULATE, WAIT, TARGET, NR_WHAT };

static bool has_guest(const struct subject *s)
{
    return GUEST < s->w.machine->nr_domains && s->w.machine->domains[GUEST].nr_vcpus;
}

/* Of its 8 MiB, mostly a few, so that they meet; or behind them. */
static uint64_t some_gfn(struct subject *s)
{
    return dice_below(&s->dice, 4) ? 0x400 + dice_below(&s->dice, 16)
                                   : 0x7f8 + dice_below(&s->dice, 16);
}

void make_physmap(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, NR_WHAT);
    t->v[1] = t->v[0] == TABLE    ? dice_below(&s->dice, 4)
              : t->v[0] == TARGET ? 0x800 + dice_below(&s->dice, 64)
                                  : some_gfn(s);
    t->v[2] = some_gfn(s);
}

static bool add(struct subject *s, const struct xenpt_pv_caller *c, const struct rstep *t)
{
    static const uint32_t spaces[] = { XENPT_PHYSMAP_SHARED_INFO, XENPT_PHYSMAP_GRANT_TABLE,
                                       XENPT_PHYSMAP_GMFN };
    struct xenpt_physmap_add a = {
        .domain = GUEST, .space = spaces[t->v[0]], .idx = t->v[1], .gfn = t->v[2]
    };

    if (t->v[0] == INFO)
        a.idx = 0;
    return !xenpt_physmap_add(s->w.machine, c, &a, &s->r, NULL);
}

static bool reserve(struct subject *s, const struct xenpt_pv_caller *c, const struct rstep *t)
{
    struct xenpt_pv_reservation r = { .what = t->v[0] == DECREASE ? XENPT_PV_DECREASE
                                                                  : XENPT_PV_POPULATE,
                                      .domain = GUEST,
                                      .on_demand = t->v[0] == WAIT };
    uint64_t gfn = t->v[1];

    return !xenpt_pv_reservation(s->w.machine, c, &r, &gfn, 1, &s->r, NULL);
}

bool do_physmap(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);

    if (!has_guest(s))
        return false;
    switch (t->v[0] % NR_WHAT) {
    case INFO:
    case TABLE:
    case MOVE:
        return add(s, &c, t);
    case REMOVE:
        return !xenpt_physmap_remove(s->w.machine, &c, GUEST, t->v[1], &s->r, NULL);
    case TARGET:
        return !xenpt_physmap_pod_target(s->w.machine, &c, GUEST, t->v[1], &s->r, NULL);
    default:
        return reserve(s, &c, t);
    }
}

void print_physmap(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    static const char *const spaces[] = { "shared-info", "grant-table", "gmfn" };
    uint64_t idx = t->v[0] == INFO ? 0 : t->v[1];

    (void)s;
    switch (t->v[0] % NR_WHAT) {
    case INFO:
    case TABLE:
    case MOVE:
        snprintf(buf, size,
                 "add-to-physmap: d%u.v%u, of: d3, space: %s, idx: %" PRIu64 ", gfn: %" PRIu64,
                 t->domain, t->vcpu, spaces[t->v[0]], idx, t->v[2]);
        break;
    case REMOVE:
        snprintf(buf, size, "remove-from-physmap: d%u.v%u, of: d3, gfn: %" PRIu64, t->domain,
                 t->vcpu, t->v[1]);
        break;
    case TARGET:
        snprintf(buf, size, "pod-target: d%u.v%u, of: d3, frames: %" PRIu64, t->domain, t->vcpu,
                 t->v[1]);
        break;
    case DECREASE:
        snprintf(buf, size, "decrease-reservation: d%u.v%u, of: d3, gfns: %" PRIu64, t->domain,
                 t->vcpu, t->v[1]);
        break;
    default:
        snprintf(buf, size, "populate-physmap: d%u.v%u, of: d3, gfns: %" PRIu64 "%s", t->domain,
                 t->vcpu, t->v[1], t->v[0] == WAIT ? ", on-demand: yes" : "");
        break;
    }
}
