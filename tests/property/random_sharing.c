/* random_sharing.c - two guests are made to share memory, and write to it. */
#include "random_sharing.h"

#include <inttypes.h>
#include <stdio.h>

#include "xenpt/hvm.h"
#include "xenpt/mem_sharing.h"

/* The PVH guest and the HVM guest. */
#define GUESTS_FIRST 3u
#define GUESTS       2u

/* Most that is asked for is to share. */
static const enum xenpt_mem_sharing_op ops[] = {
    XENPT_MEM_SHARING_NOMINATE, XENPT_MEM_SHARING_NOMINATE, XENPT_MEM_SHARING_SHARE,
    XENPT_MEM_SHARING_SHARE,    XENPT_MEM_SHARING_SHARE,    XENPT_MEM_SHARING_ADD_PHYSMAP,
    XENPT_MEM_SHARING_DEBUG,    XENPT_MEM_SHARING_ENABLE,
};
#define NR_OPS (sizeof(ops) / sizeof(ops[0]))

bool can_share(const struct subject *s)
{
    return xenpt_machine_has_feature(s->w.machine, XENPT_FEATURE_SHARING) &&
           s->w.machine->nr_domains >= GUESTS_FIRST + GUESTS;
}

bool is_shared(const struct subject *s, uint32_t domain, uint64_t gfn)
{
    return xenpt_mem_sharing_handle(s->w.machine, domain, gfn);
}

/* A few, so that they meet; where there is memory, and behind it. */
static uint64_t some_gfn(struct subject *s)
{
    return dice_below(&s->dice, 4) ? 0x400 + dice_below(&s->dice, 8)
                                   : 0x7fc + dice_below(&s->dice, 8);
}

void make_sharing(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, NR_OPS);
    t->v[1] = some_gfn(s);
    t->v[2] = some_gfn(s);
    t->v[3] = GUESTS_FIRST + dice_below(&s->dice, GUESTS);
    t->v[4] = GUESTS_FIRST + dice_below(&s->dice, GUESTS);
}

static uint32_t guest(uint64_t v)
{
    return v > GUESTS_FIRST ? GUESTS_FIRST + 1 : GUESTS_FIRST;
}

static bool there(const struct subject *s, uint32_t domain)
{
    return domain < s->w.machine->nr_domains && s->w.machine->domains[domain].nr_vcpus;
}

bool do_sharing(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_mem_sharing r = {
        .domain = guest(t->v[3]), .gfn = t->v[1], .client = guest(t->v[4]), .client_gfn = t->v[2]
    };
    uint64_t value;

    if (!can_share(s) || !there(s, r.domain) || !there(s, r.client))
        return false;
    r.op = ops[t->v[0] % NR_OPS];
    r.handle = xenpt_mem_sharing_handle(s->w.machine, r.domain, r.gfn);
    r.client_handle = xenpt_mem_sharing_handle(s->w.machine, r.client, r.client_gfn);
    return !xenpt_mem_sharing(s->w.machine, &c, &r, &value, &s->r, NULL);
}

void print_sharing(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    enum xenpt_mem_sharing_op op = ops[t->v[0] % NR_OPS];
    int n;

    (void)s;
    n = snprintf(buf, size, "mem-sharing: d%u.v%u, op: %s, of: d%u, gfn: %" PRIu64, t->domain,
                 t->vcpu, xenpt_mem_sharing_word(op)->name, guest(t->v[3]), t->v[1]);
    if (op == XENPT_MEM_SHARING_SHARE || op == XENPT_MEM_SHARING_ADD_PHYSMAP)
        snprintf(buf + n, size - (size_t)n, ", client: d%u, client-gfn: %" PRIu64, guest(t->v[4]),
                 t->v[2]);
}

/* --- Writes -------------------------------------------------------------------------------- */

void make_guest_write(struct subject *s, struct rstep *t)
{
    t->v[1] = some_gfn(s);
    t->v[3] = GUESTS_FIRST + dice_below(&s->dice, GUESTS);
}

bool do_guest_write(struct subject *s, const struct rstep *t)
{
    struct xenpt_guest_done done;

    s->r = (struct xenpt_pv_result){ .name = "ok", .done = 1 };
    return can_share(s) && there(s, guest(t->v[3])) &&
           !xenpt_machine_guest_write_phys(s->w.machine, guest(t->v[3]), 0, t->v[1] << 12, 0, 8,
                                           &done, NULL);
}

void print_guest_write(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "guest-write: 0x%" PRIx64 ", of: d%u.v0, value: 0", t->v[1] << 12,
             guest(t->v[3]));
}
