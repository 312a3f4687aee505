/*
 * answer.c - what becomes of each access of a case, in the model.
 *
 * An access that crosses into another page has two parts.  Both are translated and judged
 * before anything is stored; A and D are the parts' own.
 */
#include "validate/answer.h"

#include <string.h>

#include "base/bits.h"
#include "validate/model.h"

#define PAGE UINT64_C(4096)

static const struct {
    const char *text, *source;
} freedoms[FREEDOM_NR] = {
    [FREEDOM_A_ON_FAULT] = { "A may be set in the entries that a walk visited before it faulted",
                             "Intel SDM vol. 3, \"Accessed and Dirty Flags\": whenever an entry is "
                             "used as part of "
                             "linear-address translation; AMD APM vol. 2, 5.4.2" },
    [FREEDOM_SECOND] = { "flags of the second stage may be set for the parts of a walk that were "
                         "translated",
                         "Intel SDM vol. 3, \"Accessed and Dirty Flags for EPT\"; AMD APM vol. 2, "
                         "15.25.5" },
    [FREEDOM_GUEST] = { "a guest's flags may be set before the second stage refuses the page",
                        "Intel SDM vol. 3, \"EPT and Guest Paging\"; AMD APM vol. 2, 15.25.6" },
    [FREEDOM_OTHER_PART] = { "of an access to two pages that faults on one, the other's flags may "
                             "be set",
                             "Intel SDM vol. 3, \"Accessed and Dirty Flags\": the flags of each "
                             "page "
                             "are its own, and no order is given" },
    [FREEDOM_RMW_READ] = { "whether a read-modify-write sets bit 0 besides bit 1 is for the "
                           "processor to choose",
                           "Intel SDM vol. 3, \"Exit Qualification for EPT Violations\"" },
    [FREEDOM_PDPTE] = { "PDPTE registers come from the VMCS, and nothing says that EPT's flags are "
                        "set for them",
                        "Intel SDM vol. 3, \"Loading Page-Directory-Pointer-Table Entries\"" },
};

const char *freedom_text(enum freedom_id id)
{
    return freedoms[id].text;
}

const char *freedom_source(enum freedom_id id)
{
    return freedoms[id].source;
}

/* An access and what it has come to. */
struct asking {
    struct model *m;
    const struct blob_access *a;
    struct xenpt_access access;
    struct readied *r;
    struct answer *ret;
    unsigned int size;  /* In bytes; of a fetch too. */
    uint64_t target[2]; /* Machine addresses of the parts. */
};

static unsigned int size_of(const struct blob_access *a)
{
    return a->kind == ACCESS_FETCH ? 2 : a->size;
}

/* --- Words that change --------------------------------------------------------------------- */

static struct result_changed *changed_word(struct asking *q, uint32_t word)
{
    struct answer *ret = q->ret;
    unsigned int n = ret->result.nr_changed, i = 0;

    while (i < n && ret->changed[i].word < word)
        i++;
    if (i < n && ret->changed[i].word == word)
        return &ret->changed[i];
    memmove(&ret->changed[i + 1], &ret->changed[i], (n - i) * sizeof(ret->changed[0]));
    ret->changed[i] = (struct result_changed){ word, 0, q->m->c.words[word].value };
    if (q->m->c.words[word].at & WORD_IS_32)
        ret->changed[i].value &= UINT32_MAX;
    ret->result.nr_changed++;
    return &ret->changed[i];
}

/* Changes that change nothing, and those of words that nobody watches, are none. */
static void drop_unchanged(struct asking *q)
{
    struct answer *ret = q->ret;
    unsigned int n = 0;

    for (unsigned int i = 0; i < ret->result.nr_changed; i++) {
        const struct blob_word *w = &q->m->c.words[ret->changed[i].word];
        uint64_t mask = w->at & WORD_IS_32 ? UINT32_MAX : UINT64_MAX;

        if (!(w->at & WORD_UNWATCHED) && (w->value & mask) != ret->changed[i].value)
            ret->changed[n++] = ret->changed[i];
    }
    ret->result.nr_changed = (uint8_t)n;
}

static void set_flags(struct asking *q, uint64_t at, uint64_t bits)
{
    int word = planted(q->m, at);

    if (word >= 0)
        changed_word(q, (uint32_t)word)->value |= bits;
}

static void free_flags(struct asking *q, uint64_t at, uint64_t bits, enum freedom_id id)
{
    struct answer *ret = q->ret;
    int word = planted(q->m, at);

    if (word < 0 || !bits)
        return;
    bits &= ~q->m->c.words[word].value;
    for (unsigned int i = 0; i < ret->nr_freedoms; i++)
        if (ret->freedom[i].word == (uint32_t)word) {
            ret->freedom[i].bits |= bits;
            return;
        }
    if (bits && ret->nr_freedoms < ANSWER_FREEDOMS)
        ret->freedom[ret->nr_freedoms++] = (struct freedom){ id, (uint32_t)word, bits };
}

/* --- One part of an access ----------------------------------------------------------------- */

/* What comes of a part: its updates, or the reason why there is none. */
struct part {
    bool allowed, open;
    enum xenpt_rule_id rule;
    uint8_t level;
    bool second;
    struct xenpt_fault fault;
    uint64_t out;
    struct xenpt_walk2 walk; /* Of one dimension: its guest only. */
    struct xenpt_verdict2 verdict;
};

static void translate(struct asking *q, uint64_t va, struct part *p)
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
    p->allowed = p->verdict.allowed;
    p->open = p->verdict.rule == XENPT_RULE_NO_MEMORY || p->verdict.rule == XENPT_RULE_TOO_WIDE;
    p->open = p->open && p->verdict.fault.kind == XENPT_FAULT_NONE;
}

/* Whether an update is the load of a PDPTE register, which the second stage may not see. */
static bool is_pdpte_load(const struct asking *q, const struct part *p,
                          const struct xenpt_update2 *u)
{
    const struct xenpt_walk2 *w = &p->walk;
    bool is = false;

    if (q->r->mode != MODE_PAE || q->r->state.stage != STAGE_EPT || !u->second)
        return false;
    for (unsigned int i = 0; i < w->nr_second; i++)
        for (unsigned int s = 0; s < w->second[i].nr_steps; s++)
            if (w->second[i].step[s].at == u->update.at) {
                if (i > 0)
                    return false;
                is = true;
            }
    return is;
}

static void take_updates(struct asking *q, const struct part *p)
{
    for (unsigned int i = 0; i < p->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &p->verdict.update[i];

        if (is_pdpte_load(q, p, u))
            free_flags(q, u->update.at, u->update.set, FREEDOM_PDPTE);
        else
            set_flags(q, u->update.at, u->update.set);
    }
}

/* A of every entry that a walk got through, or ended in, if it is no nonsense. */
static void free_visited(struct asking *q, const struct xenpt_paging *pg,
                         const struct xenpt_walk *w, const struct xenpt_walk2 *two,
                         enum freedom_id why)
{
    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];
        uint64_t at = two ? two->second[i].out : s->at;

        if (s->role == XENPT_TABLE || s->role == XENPT_PAGE)
            free_flags(q, at, pg->format.accessed & ~pg->format.level[s->level].silent, why);
    }
}

/* What a part may have set although the access is not made; @why overrides the reasons, unless
 * it is FREEDOM_NR. */
static void take_freedoms(struct asking *q, const struct part *p, enum freedom_id why)
{
    bool native = q->r->state.stage == STAGE_NATIVE, own = why == FREEDOM_NR;
    enum freedom_id a = own ? FREEDOM_A_ON_FAULT : why, second = own ? FREEDOM_SECOND : why;

    for (unsigned int i = 0; i < p->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &p->verdict.update[i];

        free_flags(q, u->update.at, u->update.set,
                   u->second ? second : (own ? FREEDOM_GUEST : why));
    }
    free_visited(q, &q->r->first, &p->walk.guest, native ? NULL : &p->walk, a);
    for (unsigned int i = 0; !native && i < p->walk.nr_second; i++)
        free_visited(q, &q->r->second, &p->walk.second[i], NULL, second);
}

/* --- The result ---------------------------------------------------------------------------- */

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
        break;
    }
}

static void fault_result(struct asking *q, const struct part *p, uint64_t va)
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

static bool read_bytes(const struct asking *q, uint64_t *value)
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

static void write_bytes(struct asking *q, uint64_t value)
{
    for (unsigned int i = 0; i < q->size; i++) {
        uint64_t at = byte_at(q, i), shift;
        int word = planted(q->m, at);
        struct result_changed *c;

        if (at - PROBE_WINDOW >= PROBE_WINDOW_SIZE)
            q->ret->open = true;
        if (word < 0)
            continue;
        shift = 8 * (at - (q->m->c.words[word].at & ~UINT64_C(3)));
        c = changed_word(q, (uint32_t)word);
        c->value &= ~(UINT64_C(0xff) << shift);
        c->value |= (value >> (8 * i) & 0xff) << shift;
    }
}

static void carry_out(struct asking *q)
{
    struct result *r = &q->ret->result;
    uint64_t value = 0;

    r->outcome = RESULT_DONE;
    if (q->a->kind != ACCESS_WRITE && !read_bytes(q, &value))
        q->ret->open = true;
    switch (q->a->kind) {
    case ACCESS_READ:
        r->value = value;
        break;
    case ACCESS_WRITE:
        write_bytes(q, PROBE_STORE);
        break;
    case ACCESS_RMW:
        write_bytes(q, value + PROBE_STORE);
        break;
    default: /* UD2 */
        q->ret->open = q->ret->open || value != 0x0b0f;
        break;
    }
}

/*
 * SDM vol. 1, "Canonical Addressing": an operand no byte of which may be non-canonical is
 * refused before anything is translated.
 */
static bool non_canonical(const struct readied *r, uint64_t last)
{
    const struct xenpt_format *f = &r->first.format;
    unsigned int unused = 64 - f->input_bits;

    return f->sign_extended && ((uint64_t)((int64_t)(last << unused) >> unused) != last);
}

/*
 * An access that the part number @i refuses.  The manuals do not say in which order the pages
 * are looked up, so that the other one's flags may be set or not.
 */
static void refused(struct asking *q, const uint64_t va[2], unsigned int n, struct part part[2],
                    unsigned int i)
{
    fault_result(q, &part[i], va[i]);
    take_freedoms(q, &part[i], FREEDOM_NR);
    if (n == 1)
        return;
    if (!i) {
        uint64_t first = q->a->va;

        translate(q, va[0] == first ? va[1] : first, &part[1]);
    }
    take_freedoms(q, &part[!i], FREEDOM_OTHER_PART);
}

static void ask(struct asking *q)
{
    uint64_t last = q->a->va + q->size - 1;
    uint64_t va[2] = { q->a->va, last & ~(PAGE - 1) };
    unsigned int n = (q->a->va ^ last) >= PAGE ? 2 : 1;
    struct part part[2];

    if (n == 2 && non_canonical(q->r, last))
        va[0] = last;
    for (unsigned int i = 0; i < n; i++) {
        translate(q, va[i], &part[i]);
        q->target[i] = part[i].out;
        q->ret->open = q->ret->open || part[i].open;
        if (part[i].allowed)
            continue;
        refused(q, va, n, part, i);
        return;
    }
    for (unsigned int i = 0; i < n; i++)
        take_updates(q, &part[i]);
    carry_out(q);
}

void model_answer(struct model *m, unsigned int i, struct answer *ret)
{
    struct asking q = { .m = m, .a = &m->c.accesses[i], .ret = ret };
    struct brief load;

    memset(&ret->result, 0, sizeof(ret->result));
    ret->nr_freedoms = 0;
    ret->value_free = 0;
    ret->because = 0;
    ret->rule = XENPT_RULE_NONE;
    ret->level = 0;
    ret->second = ret->open = false;
    q.r = readied_of(m, q.a->state);
    q.access = access_of(q.a);
    q.size = size_of(q.a);
    if (refuses_load(m, q.r, &load)) {
        ret->result.outcome = load.outcome;
        ret->result.vector = load.vector;
        ret->result.code = (uint32_t)load.code;
        return;
    }
    if (loses_stub(m, q.r)) {
        ret->open = true;
        return;
    }
    ask(&q);
    drop_unchanged(&q);
}

/* --- The short form ------------------------------------------------------------------------ */

static bool brief_part(struct model *m, struct readied *r, const struct xenpt_ask *ask, uint64_t va,
                       struct brief *ret)
{
    static const uint8_t vectors[] = { [XENPT_FAULT_GP] = 13, [XENPT_FAULT_PF] = 14 };

    if (r->state.stage == STAGE_NATIVE) {
        struct xenpt_translation t;

        if (xenpt_translate(&r->first, &m->flat, ask, va, &t)) {
            *ret = (struct brief){ .outcome = RESULT_DONE, .target = t.out };
            return true;
        }
        *ret = (struct brief){ .outcome = RESULT_FAULT,
                               .code = t.code,
                               .vector = t.rule == XENPT_RULE_NON_CANONICAL ? 13 : 14 };
    } else {
        struct xenpt_translation2 t;

        if (xenpt_translate2(&r->first, &r->second, &m->flat, ask, NULL, va, &t)) {
            *ret = (struct brief){ .outcome = RESULT_DONE, .target = t.out };
            return true;
        }
        *ret = (struct brief){ .outcome = t.second ? RESULT_EXIT : RESULT_FAULT, .code = t.code };
        if (!t.second && t.fault < ARRAY_SIZE(vectors))
            ret->vector = vectors[t.fault];
    }
    return false;
}

void model_brief(struct model *m, unsigned int i, struct brief *ret)
{
    const struct blob_access *a = &m->c.accesses[i];
    struct readied *r = readied_of(m, a->state);
    const struct xenpt_ask *ask;
    uint64_t last = a->va + size_of(a) - 1, first = a->va, target;

    if (refuses_load(m, r, ret))
        return;
    ask = ask_of(r, a);
    if (unlikely((first ^ last) >= PAGE) && non_canonical(r, last)) {
        *ret = (struct brief){ .outcome = RESULT_FAULT, .vector = 13 };
        return;
    }
    if (!brief_part(m, r, ask, first, ret) || (first ^ last) < PAGE)
        return;
    target = ret->target;
    if (brief_part(m, r, ask, last & ~(PAGE - 1), ret))
        ret->target = target;
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
