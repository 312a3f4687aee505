/*
 * exchange.c - memory_op, exchange: a domain gives frames, and gets others, as many;
 * common/memory.c, memory_exchange.
 *
 * It goes chunk by chunk: as many extents of the smaller size as make one of the larger.  A chunk
 * that cannot be done leaves the domain what it has.  What was taken has no owner when it is free,
 * so that no TLB is told.
 *
 * Model: of a 32-bit guest's array only the addresses are looked at.  What is given is not read
 * from the guest's memory.
 */
#include "pv/argument.h"

#include <stdlib.h>

#include "xenpt/judge.h"

/* page_alloc.c: frames in a row. */
#define MAX_ORDER 18u

struct exchange {
    const struct xenpt_pv_exchange *x;
    struct domain *d;
    unsigned int in_chunk, out_chunk; /* Extents of a chunk, as orders. */
    uint64_t nr_in, nr_out;           /* With those that are said to be done. */
    struct stolen *stolen;            /* Of a chunk. */
    uint64_t nr_stolen;
    uint64_t *fresh;
    uint64_t nr_fresh;
};

/* --- What is asked for --------------------------------------------------------------------- */

static uint64_t element_size(const struct op *op)
{
    return is_pv32(op->d) ? 4 : 8;
}

/* asm/uaccess.h, array_access_ok: the hole of addresses that are not canonical ends what begins
 * with one of the guest's; unless the index is so large that it leads over it. */
static int check_array(struct op *op, const struct exchange *e)
{
    uint64_t first = e->x->begin >> e->in_chunk << e->out_chunk;
    int rc = 0;

    if (!e->x->at)
        return 0;
    if (!is_guest_address(op, e->x->at) || e->nr_out >= UINT64_MAX / element_size(op))
        rc = refused(op, RULE_EXCHANGE_BASE, 0, NO_SLOT_OF_IT);
    if (!rc && !is_guest_address(op, e->x->at + first * element_size(op)))
        rc = refused(op, RULE_EXCHANGE_ARRAY, 0, NO_SLOT_OF_IT);
    return rc;
}

static bool sizes_match(const struct exchange *e)
{
    const struct xenpt_pv_exchange *x = e->x;

    return e->nr_in >= x->nr_in && e->nr_in <= UINT64_MAX >> x->in_order &&
           e->nr_out <= UINT64_MAX >> x->out_order &&
           e->nr_in << x->in_order == e->nr_out << x->out_order;
}

static int begin(struct op *op, struct exchange *e)
{
    const struct xenpt_pv_exchange *x = e->x;
    unsigned int order = x->in_order > x->out_order ? x->in_order : x->out_order;
    int rc = 0;

    if (x->in_order <= x->out_order)
        e->in_chunk = x->out_order - x->in_order;
    else
        e->out_chunk = x->in_order - x->out_order;
    e->nr_in = x->begin + x->nr_in;
    e->nr_out = (x->begin >> e->in_chunk << e->out_chunk) + x->nr_out;
    rc = argument_whole(op, ARGUMENT_EXCHANGE, 1);
    if (!rc && order > max_order(op->d))
        rc = refused(op, RULE_EXCHANGE_ORDER, 0, NO_SLOT_OF_IT);
    if (!rc && !sizes_match(e))
        rc = refused(op, RULE_EXCHANGE_SIZES, 0, NO_SLOT_OF_IT);
    if (!rc && x->begin & ((UINT64_C(1) << e->in_chunk) - 1))
        return op_broken(op, XENPT_EUNSUPPORTED,
                         "an exchange that begins in the middle of a chunk is not modelled");
    if (!rc)
        rc = check_array(op, e);
    return rc ? rc : find_memory_of(op, x->domain, RULE_UNKNOWN_DOMAIN, RULE_FOREIGN_RIGHT, &e->d);
}

/* --- A chunk ------------------------------------------------------------------------------- */

static int take(struct op *op, struct exchange *e, uint64_t frame)
{
    int rc = steal(op, frame, e->d, &e->stolen[e->nr_stolen]);

    e->nr_stolen += !rc;
    return rc;
}

static int take_all(struct op *op, struct exchange *e, uint64_t chunk)
{
    const uint64_t *in = e->x->in + (chunk << e->in_chunk);
    int rc = 0;

    for (uint64_t i = 0; !rc && i < UINT64_C(1) << e->in_chunk; i++)
        for (uint64_t k = 0; !rc && k < UINT64_C(1) << e->x->in_order; k++)
            rc = take(op, e, in[i] + k);
    for (; !rc && e->nr_fresh < UINT64_C(1) << e->out_chunk; e->nr_fresh++)
        if (!allocate(op, e->d, e->x->out_order, e->x->address_bits, &e->fresh[e->nr_fresh])) {
            if (op->code)
                return BROKEN;
            rc = refused(op, RULE_EXCHANGE_FREE, 0, NO_SLOT_OF_IT);
            return rc ? rc : NOTHING;
        }
    return rc;
}

/* M2P says of what was taken what it said. */
static int put_back(struct op *op, struct exchange *e, int rc)
{
    for (uint64_t i = 0; i < e->nr_fresh; i++) {
        enum xenpt_code code = xenpt_alloc_give(op->m->alloc, xenpt_mfn(e->fresh[i]),
                                                e->x->out_order, NULL);

        (void)code; /* Room for it was set aside. */
    }
    for (uint64_t i = 0; i < e->nr_stolen; i++)
        if (unsteal(op, e->d, &e->stolen[i], rc == BROKEN))
            rc = BROKEN;
    return rc;
}

/* A word at an address, as Xen writes it for the caller. */
static int write_word(struct op *op, uint64_t va, uint64_t word)
{
    static const struct xenpt_access write = { .kind = XENPT_WRITE, .ac = true };
    struct xenpt_verdict verdict;
    struct xenpt_paging pg;
    struct xenpt_walk walk;

    op->code = pv_paging(op->m, op->d, pv_root(op->d, op->v, false), &pg, op->err);
    if (op->code)
        return BROKEN;
    xenpt_walk(&pg, xenpt_store_reader(op->m->store), va, &walk);
    xenpt_judge(&pg, &walk, &write, &verdict);
    if (!verdict.allowed ||
        !ram_any(op->m, walk.out >> XENPT_PAGE_SHIFT, walk.out >> XENPT_PAGE_SHIFT))
        return refused(op, RULE_EXCHANGE_WRITE, 0, NO_SLOT_OF_IT);
    if (touch_heard(op->m)) {
        struct xenpt_touch t = { TOUCH(XENPT_TOUCH_RESULT, XENPT_TOUCH_GUEST_TABLES),
                                 .consent = XENPT_TOUCH_ASKED, .maddr = walk.out, .length = 8,
                                 .write = true };

        t.va = va;
        op_tell_slowly(op, &t);
    }
    return op_write(op, walk.out >> XENPT_PAGE_SHIFT,
                    (unsigned int)(walk.out % XENPT_PAGE_SIZE / 8), word);
}

/* The guest is told of what it gets; told: why not of all. */
static int tell(struct op *op, const struct exchange *e, uint64_t i, int *told)
{
    uint64_t first = (e->x->begin >> e->in_chunk << e->out_chunk) + (i << e->out_chunk);
    uint64_t to = e->x->at + first * 8;
    int rc = 0;

    *told = 0;
    if (!e->x->at || is_pv32(op->d))
        return 0;
    if (to % 8)
        return op_broken(op, XENPT_EUNSUPPORTED,
                         "an array of an exchange that is not aligned is not modelled");
    for (uint64_t k = 0; rc != BROKEN && k < e->nr_fresh; k++) {
        rc = write_word(op, to + 8 * k, e->fresh[k]);
        if (rc && !*told)
            *told = rc;
    }
    return rc == BROKEN ? BROKEN : 0;
}

static int chunk(struct op *op, struct exchange *e, uint64_t i)
{
    uint64_t frames = UINT64_C(1) << (e->x->in_order + e->in_chunk);
    int told = 0, rc = set_aside(op, e->d, 2 * frames + 2);

    e->nr_stolen = e->nr_fresh = 0;
    if (!rc)
        rc = take_all(op, e, i);
    if (!rc)
        rc = tell(op, e, i, &told);
    if (!rc)
        rc = op_commit(op);
    if (rc) {
        op_undo(op, 0);
        return put_back(op, e, rc);
    }
    for (uint64_t k = 0; !rc && k < e->nr_stolen; k++)
        rc = free_stolen(op, e->stolen[k].frame);
    e->d->nr_frames -= e->nr_stolen;
    for (uint64_t k = 0; !rc && k < e->nr_fresh; k++) {
        uint64_t *out = &e->x->out[(i << e->out_chunk) + k];

        rc = assign(op, e->d, e->fresh[k], UINT64_C(1) << e->x->out_order, *out);
        *out = e->fresh[k];
    }
    return rc ? rc : told;
}

/* --- All of it ----------------------------------------------------------------------------- */

static int exchange(struct op *op, struct exchange *e, uint64_t *done)
{
    unsigned int order = e->x->in_order + e->in_chunk;
    /* Without the rule, as many as match. */
    uint64_t nr = sizes_match(e) ? e->x->nr_in >> e->in_chunk : 0;
    int rc = 0;

    if (order > MAX_ORDER)
        return refused(op, RULE_EXCHANGE_FREE, 0, NO_SLOT_OF_IT);
    e->stolen = malloc(sizeof(*e->stolen) << order);
    e->fresh = malloc((sizeof(*e->fresh)) << e->out_chunk);
    if (!e->stolen || !e->fresh)
        rc = op_broken(op, XENPT_ENOMEM, "no memory for an exchange of frames");
    for (uint64_t i = 0; !rc && i < nr; i++) {
        rc = chunk(op, e, i);
        if (!rc)
            *done += UINT64_C(1) << e->in_chunk;
    }
    free(e->stolen);
    free(e->fresh);
    return rc == NOTHING ? 0 : rc;
}

enum xenpt_code xenpt_pv_exchange(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  const struct xenpt_pv_exchange *x, struct xenpt_pv_result *ret,
                                  struct xenpt_error *err)
{
    struct exchange e = { .x = x };
    enum xenpt_code code;
    uint64_t done = 0;
    struct op op;
    int rc;

    if (x->in_order > 63 || x->out_order > 63)
        return xenpt_fail(err, XENPT_ERANGE, "extents of an order that there is not");
    code = op_begin(&op, m, caller, err);
    if (code)
        return code;
    rc = begin(&op, &e);
    if (!rc)
        rc = exchange(&op, &e, &done);
    *ret = (struct xenpt_pv_result){ .done = (uint32_t)done };
    return op_end(&op, rc, ret);
}
