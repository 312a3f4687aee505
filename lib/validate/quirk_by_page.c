/*
 * quirk_by_page.c - an access to two pages as an emulator of instructions makes it: what is in
 * the first page is done with when the second is looked up.
 */
#include "validate/asking.h"

/* The address that the low bits of @va, as many as are translated, stand for. */
static uint64_t by_low_bits(const struct asking *q, uint64_t va)
{
    unsigned int unused = 64 - q->r->first.format.input_bits;

    return (uint64_t)((int64_t)(va << unused) >> unused);
}

/* One page's part.  False: it refuses, and the result is made. */
static bool find(struct asking *q, unsigned int i, uint64_t va, struct part *p)
{
    ask_part(q, by_low_bits(q, va), p);
    q->target[i] = p->out;
    q->ret->open = q->ret->open || p->open;
    if (p->allowed)
        return true;
    ask_refused(q, p, va);
    if (q->ret->result.address)
        q->ret->result.address = va;
    take_freedoms(q, p, FREEDOM_NR);
    return false;
}

void quirk_by_page(struct asking *q)
{
    unsigned int first = (unsigned int)(PAGE - (q->a->va & (PAGE - 1)));
    const uint64_t va[2] = { q->a->va, q->a->va + first };
    uint64_t value = 0;
    struct part part;

    q->access.kind = q->a->kind == ACCESS_WRITE ? XENPT_WRITE : XENPT_READ;
    for (unsigned int i = 0; q->a->kind != ACCESS_WRITE && i < 2; i++) {
        if (!find(q, i, va[i], &part)) {
            /* Of a read-modify-write the code says that it would have written, too. */
            q->ret->result.code |= q->a->kind == ACCESS_RMW ? (uint32_t)XENPT_PF_W : 0;
            return;
        }
        take_updates(q, &part);
    }
    if (q->a->kind != ACCESS_WRITE && !ask_read(q, &value))
        q->ret->open = true;
    q->ret->result.value = q->a->kind == ACCESS_READ ? value : 0;
    q->access.kind = XENPT_WRITE;
    for (unsigned int i = 0; q->a->kind != ACCESS_READ && i < 2; i++) {
        if (!find(q, i, va[i], &part))
            return;
        take_updates(q, &part);
        ask_write(q, (q->a->kind == ACCESS_RMW ? value : 0) + PROBE_STORE, i ? first : 0,
                  i ? q->size : first);
    }
    q->ret->result.outcome = RESULT_DONE;
}
