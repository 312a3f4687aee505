/* tlb.c - making the caches of a CPU, copying them, and what others see of them. */
#include <stdlib.h>
#include <string.h>

#include "arch/tlb.h"

/* A unit without limit begins with as many sets, of as many ways. */
#define FIRST_SETS 8u
#define OPEN_WAYS  16u

static void add_probes(struct probes *to, unsigned int unit, unsigned int pages)
{
    static const uint8_t shift[] = { [1] = 12, [2] = 21, [3] = 30 };

    for (unsigned int l = 1; l <= 3; l++)
        if (pages & 1u << l)
            to->probe[to->n++] = (struct probe){ (uint8_t)unit, shift[l] };
}

static void plan_probes(struct xenpt_tlb *tlb)
{
    const struct xenpt_tlb_part *part = tlb->part;

    for (unsigned int i = 0; i < part->nr_units; i++) {
        const struct xenpt_tlb_unit *row = &part->unit[i];

        for (unsigned int k = 0; k < ARRAY_SIZE(tlb->data); k++)
            if (row->accesses & 1u << k)
                add_probes(&tlb->data[k], i, row->pages);
        add_probes(&tlb->guest, i, row->guest);
    }
}

enum xenpt_code xenpt_tlb_create(const struct xenpt_tlb_part *part, struct xenpt_tlb **ret,
                                 struct xenpt_error *err)
{
    const char *broken = xenpt_tlb_part_check(part);
    struct xenpt_tlb *tlb;

    if (broken)
        return xenpt_fail(err, XENPT_ERANGE, "the part \"%s\" cannot be: %s",
                          part->name ? part->name : "", broken);
    tlb = calloc(1, sizeof(*tlb));
    if (!tlb)
        return tlb_no_memory(err);
    tlb->part = part;
    for (size_t i = 0; i < part->nr_units; i++) {
        struct unit *u = &tlb->unit[i];

        u->row = &part->unit[i];
        u->ways = is_open(u) ? OPEN_WAYS : u->row->ways ? u->row->ways : u->row->entries;
        u->sets = is_open(u) ? FIRST_SETS : u->row->entries / u->ways;
        if (!unit_allocate(u)) {
            xenpt_tlb_destroy(tlb);
            return tlb_no_memory(err);
        }
    }
    plan_probes(tlb);
    *ret = tlb;
    return XENPT_OK;
}

void xenpt_tlb_destroy(struct xenpt_tlb *tlb)
{
    if (!tlb)
        return;
    for (size_t i = 0; i < tlb->part->nr_units; i++)
        free(tlb->unit[i].tag);
    free(tlb);
}

enum xenpt_code xenpt_tlb_copy(const struct xenpt_tlb *tlb, struct xenpt_tlb **ret,
                               struct xenpt_error *err)
{
    struct xenpt_tlb *copy = malloc(sizeof(*copy));

    if (!copy)
        return tlb_no_memory(err);
    *copy = *tlb;
    for (size_t i = 0; i < tlb->part->nr_units; i++)
        copy->unit[i].tag = NULL;
    for (size_t i = 0; i < tlb->part->nr_units; i++) {
        struct unit *u = &copy->unit[i];

        if (!unit_allocate(u)) {
            xenpt_tlb_destroy(copy);
            return tlb_no_memory(err);
        }
        memcpy(u->tag, tlb->unit[i].tag, slots_of(u) * (sizeof(*u->tag) + sizeof(*u->body)));
    }
    *ret = copy;
    return XENPT_OK;
}

const struct xenpt_tlb_part *xenpt_tlb_part_of(const struct xenpt_tlb *tlb)
{
    return tlb->part;
}

struct xenpt_tlb_stats xenpt_tlb_stats(const struct xenpt_tlb *tlb)
{
    return tlb->stats;
}

/* --- What others see ----------------------------------------------------------------------- */

const char *xenpt_tlb_kind_name(enum xenpt_tlb_kind kind)
{
    static const char *const names[XENPT_NR_TLB_KINDS] = {
        [XENPT_TLB_LINEAR] = "linear",
        [XENPT_TLB_COMBINED] = "combined",
        [XENPT_TLB_GUEST] = "guest-physical",
    };

    return kind < XENPT_NR_TLB_KINDS ? names[kind] : "unknown";
}

static struct xenpt_tlb_entry entry_of(const struct unit *u, size_t i)
{
    const struct tag *t = &u->tag[i];
    const struct body *b = &u->body[i];
    unsigned int shift = shift_of(t);
    bool table = t->what & TAG_TABLE;
    uint64_t first = first_of(t);

    return (struct xenpt_tlb_entry){
        .unit = u->row,
        .kind = kind_of(t),
        .table = table,
        .global = t->global,
        .pcid = t->pcid,
        .vpid = vpid_of(t),
        .root = root_of(t),
        .first = first,
        .span = XENPT_BIT(shift),
        .out = table ? b->out : b->out | (first & ones(b->shift)),
    };
}

size_t xenpt_tlb_each(const struct xenpt_tlb *tlb, xenpt_tlb_entry_fn fn, void *ctx)
{
    size_t n = 0;

    for (size_t i = 0; i < tlb->part->nr_units; i++) {
        const struct unit *u = &tlb->unit[i];

        for (size_t k = 0; k < slots_of(u); k++) {
            struct xenpt_tlb_entry e;

            if (!u->tag[k].whose)
                continue;
            n++;
            if (!fn)
                continue;
            e = entry_of(u, k);
            fn(ctx, &e);
        }
    }
    return n;
}

void unit_drop(struct xenpt_tlb *tlb, struct unit *u, size_t i, xenpt_tlb_entry_fn fn, void *ctx,
               struct xenpt_tlb_dropped *ret)
{
    struct xenpt_tlb_entry e;

    if (fn) {
        e = entry_of(u, i);
        fn(ctx, &e);
    }
    if (u->tag[i].what & TAG_TABLE)
        ret->tables++;
    else
        ret->translations++;
    tlb->stats.dropped++;
    u->tag[i] = (struct tag){ 0 };
}
