/*
 * answer.c - what becomes of each access of a case, in the model.
 *
 * An access that crosses into another page has two parts.  Both are translated and judged
 * before anything is stored; A and D are the parts' own.
 */
#include "validate/asking.h"

#include <string.h>

/*
 * A guest's address of more bits than a host's tables translate, 32 or 48: the APM does not say
 * what becomes of the others.  QEMU and Bochs drop them.
 */
static bool is_beyond_host(const struct readied *r, const struct part *p)
{
    return is_npt(r->state.stage) && p->verdict.second && p->verdict.rule == XENPT_RULE_TOO_WIDE;
}

/* --- One part of an access ----------------------------------------------------------------- */

void ask_part(struct asking *q, uint64_t va, struct part *p)
{
    struct xenpt_verdict v;

    *p = (struct part){ 0 };
    if (q->r->state.stage != STAGE_NATIVE) {
        xenpt_walk2(&q->r->first, &q->r->second, &q->m->strict, va, &p->walk);
        xenpt_judge2(&q->r->first, &q->r->second, &p->walk, &q->access, &p->verdict);
        p->out = p->walk.out;
    } else {
        xenpt_walk(&q->r->first, &q->m->strict, va, &p->walk.guest);
        xenpt_judge(&q->r->first, &p->walk.guest, &q->access, &v);
        p->out = p->walk.guest.out;
        p->verdict = (struct xenpt_verdict2){ .allowed = v.allowed,
                                              .rule = v.rule,
                                              .level = v.level,
                                              .fault = v.fault,
                                              .nr_updates = v.nr_updates };
        for (unsigned int i = 0; i < v.nr_updates; i++)
            p->verdict.update[i].update = v.update[i];
    }
    if (unlikely(q->quirks))
        quirk_part(q, va, p);
    p->allowed = p->verdict.allowed;
    p->open = p->verdict.rule == XENPT_RULE_NO_MEMORY || p->verdict.rule == XENPT_RULE_TOO_WIDE;
    p->open = p->open && p->verdict.fault.kind == XENPT_FAULT_NONE;
    p->open = p->open || is_beyond_host(q->r, p);
}

/* --- The result ---------------------------------------------------------------------------- */

/* Whether the host's entries have NX, and codes of nested faults a bit for it. */
static bool marks_fetches(const struct readied *r)
{
    const struct xenpt_regs *host = &r->second.regs;

    return host->efer & XENPT_EFER_NXE && host->cr4 & XENPT_CR4_PAE;
}

static void exit_result(struct asking *q, const struct xenpt_fault *f, uint64_t va)
{
    struct result *r = &q->ret->result;

    r->outcome = RESULT_EXIT;
    r->address = f->address;
    r->value = f->code;
    switch (f->kind) {
    case XENPT_FAULT_EPT_VIOLATION:
        r->code = 48;
        r->linear = f->code & XENPT_EPTV_LINEAR ? va : 0;
        /* The final access of a read-modify-write only: tables are read or written. */
        if (q->a->kind == ACCESS_RMW && f->code & XENPT_EPTV_FINAL) {
            q->ret->value_free = XENPT_EPTV_READ;
            q->ret->because = FREEDOM_RMW_READ;
        }
        break;
    case XENPT_FAULT_EPT_MISCONFIG:
        r->code = 49;
        break;
    default:
        r->code = 0x400;
        if (q->access.kind == XENPT_FETCH && f->code & XENPT_NPF_FINAL && !marks_fetches(q->r)) {
            q->ret->value_free = XENPT_PF_I;
            q->ret->because = FREEDOM_NPF_ID;
        }
        break;
    }
}

void ask_refused(struct asking *q, const struct part *p, uint64_t va)
{
    const struct xenpt_fault *f = &p->verdict.fault;
    struct result *r = &q->ret->result;

    q->ret->rule = p->verdict.rule;
    q->ret->level = p->verdict.level;
    q->ret->second = p->verdict.second;
    if (p->verdict.second) {
        exit_result(q, f, va);
        return;
    }
    r->outcome = RESULT_FAULT;
    r->vector = f->vector;
    r->code = (uint32_t)f->code;
    r->address = f->address;
}

/* Bytes of the access, one after the other: where they are in the machine. */
static uint64_t byte_at(const struct asking *q, unsigned int i)
{
    unsigned int first = (unsigned int)min_u64(PAGE - (q->a->va & (PAGE - 1)), q->size);

    return i < first ? q->target[0] + i : q->target[1] + (i - first);
}

bool ask_read(const struct asking *q, uint64_t *value)
{
    *value = 0;
    for (unsigned int i = 0; i < q->size; i++) {
        uint8_t byte;

        if (!xenpt_read(&q->m->strict, byte_at(q, i), &byte, 1))
            return false;
        *value |= (uint64_t)byte << (8 * i);
    }
    return true;
}

void ask_write(struct asking *q, uint64_t value, unsigned int from, unsigned int to)
{
    for (unsigned int i = from; i < to; i++) {
        uint64_t at = byte_at(q, i), shift;
        int word = planted(q->m, at);
        struct result_changed *c;

        if (at - PROBE_WINDOW >= PROBE_WINDOW_SIZE)
            q->ret->open = true;
        if (word < 0)
            continue;
        shift = 8 * (at - word_address(&q->m->c.words[word]));
        c = changed_word(q, (uint32_t)word);
        c->value &= ~(UINT64_C(0xff) << shift);
        c->value |= (value >> (8 * i) & 0xff) << shift;
    }
}

/* @parts: how many pages were looked up. */
static void carry_out(struct asking *q, unsigned int parts)
{
    struct result *r = &q->ret->result;
    uint64_t value = 0;

    r->outcome = RESULT_DONE;
    if (q->a->kind == ACCESS_FETCH && parts == 1 && crosses(q->a->va, q->size))
        return; /* A quirk: what is executed was read before. */
    if (q->a->kind != ACCESS_WRITE && !ask_read(q, &value))
        q->ret->open = true;
    switch (q->a->kind) {
    case ACCESS_READ:
        r->value = value;
        break;
    case ACCESS_WRITE:
        ask_write(q, PROBE_STORE, 0, q->size);
        break;
    case ACCESS_RMW:
        ask_write(q, value + PROBE_STORE, 0, q->size);
        break;
    default: /* UD2 */
        q->ret->open = q->ret->open || value != 0x0b0f;
        break;
    }
}

/*
 * An access that the part number @i refuses.  The manuals do not say in which order the pages
 * are looked up, so that the other one's flags may be set or not.
 */
static void refused(struct asking *q, const uint64_t va[2], unsigned int n, struct part part[2],
                    unsigned int i)
{
    ask_refused(q, &part[i], va[i]);
    take_freedoms(q, &part[i], FREEDOM_NR);
    if (unlikely(q->quirks))
        quirk_refused(q, &part[i]);
    if (n == 1)
        return;
    if (!i) {
        uint64_t first = q->a->va;

        ask_part(q, va[0] == first ? va[1] : first, &part[1]);
    }
    take_freedoms(q, &part[!i], FREEDOM_OTHER_PART);
}

/* Which pages an access is looked up in, in order. */
static unsigned int pages_of(const struct asking *q, uint64_t va[2])
{
    uint64_t last = q->a->va + q->size - 1;

    va[0] = q->a->va;
    va[1] = last & ~(PAGE - 1);
    if (!crosses(q->a->va, q->size))
        return 1;
    if (non_canonical(q->r, last) && !(q->quirks & QUIRK(EDGE)))
        va[0] = last;
    return 2;
}

/* Translates all parts.  False: one is refused, and the result is made. */
static bool find_parts(struct asking *q, struct part part[2], unsigned int *nr)
{
    uint64_t va[2];
    unsigned int n = pages_of(q, va);

    for (unsigned int i = 0; i < n; i++) {
        ask_part(q, va[i], &part[i]);
        q->target[i] = part[i].out;
        q->ret->open = q->ret->open || part[i].open;
        if (!part[i].allowed) {
            refused(q, va, n, part, i);
            return false;
        }
        if (q->quirks & QUIRK(SPLIT_FETCH) && q->a->kind == ACCESS_FETCH)
            n = 1;
    }
    *nr = n;
    return true;
}

static void ask(struct asking *q)
{
    struct part part[2];
    unsigned int n;

    if (unlikely(q->quirks) && quirk_first(q))
        return;
    if (q->quirks & QUIRK(TORN_RMW) && is_torn(q->a)) {
        q->access.kind = XENPT_READ;
        if (!find_parts(q, part, &n))
            return;
        q->access.kind = XENPT_WRITE;
    }
    if (!find_parts(q, part, &n))
        return;
    for (unsigned int i = 0; i < n; i++)
        take_updates(q, &part[i]);
    carry_out(q, n);
}

void model_answer_with(struct model *m, unsigned int i, unsigned int quirks, struct answer *ret)
{
    struct asking q = { .m = m, .a = &m->c.accesses[i], .ret = ret, .quirks = quirks };
    struct readied *r = readied_of(m, q.a->state), changed;
    bool walked = quirks & QUIRK(PDPTE_WALKED); /* No load looks at PDPTEs. */
    struct brief load;

    memset(&ret->result, 0, sizeof(ret->result));
    ret->nr_freedoms = 0;
    ret->value_free = 0;
    ret->because = 0;
    ret->rule = XENPT_RULE_NONE;
    ret->level = 0;
    ret->second = ret->open = false;
    ret->model = m;
    q.access = access_of(q.a);
    q.size = size_of(q.a);
    model_mark(m);
    if (unlikely(m->late))
        model_unload(m);
    if (unlikely(quirks))
        r = quirky_state(m, quirks, r, &changed);
    if (refuses_load(m, r, &load) && (r->refused || !walked)) {
        ret->result.outcome = load.outcome;
        ret->result.vector = load.vector;
        ret->result.code = (uint32_t)load.code;
        return;
    }
    if (loses_stub(m, r)) {
        ret->open = true;
        return;
    }
    if (unlikely(m->late))
        model_load(m, r, walked);
    q.r = r;
    ask(&q);
    if (unlikely(quirks))
        quirk_result(&q);
    drop_unchanged(&q);
}

void model_answer(struct model *m, unsigned int i, struct answer *ret)
{
    model_answer_with(m, i, 0, ret);
}

enum xenpt_code answer_blob(const struct xenpt_cpu *cpu, const struct blob *blob, answer_fn *fn,
                            void *ctx, struct xenpt_error *err)
{
    struct case_view c;
    struct answer answer;
    struct model *m;
    enum xenpt_code code = model_create(cpu, &m, err);
    bool more = true;

    if (code)
        return code;
    for (size_t at = 0; more && blob_next(blob, &at, &c);) {
        model_plant(m, &c);
        for (unsigned int i = 0; more && i < c.head->nr_accesses; i++) {
            model_answer(m, i, &answer);
            more = fn(ctx, &c, i, &answer);
        }
    }
    model_destroy(m);
    return XENPT_OK;
}
