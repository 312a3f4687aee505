#include "validate/oracle_mmu.h"

#include <stdlib.h>
#include <string.h>

bool oracle_mmu_init(struct oracle_mmu *mmu, const struct xenpt_cpu *cpu)
{
    *mmu = (struct oracle_mmu){ .cpu = *cpu, .bytes = calloc(PROBE_WINDOW_SIZE, 1) };
    return mmu->bytes;
}

void oracle_mmu_fini(struct oracle_mmu *mmu)
{
    free(mmu->bytes);
}

/* An access under way. */
struct carrying {
    struct oracle_mmu *mmu;
    const struct blob_access *a;
    const struct blob_state *s;
    struct xenpt_regs regs;
    struct oracle_memory memory;
    struct result *r;
};

static uint8_t *place(struct carrying *q, uint64_t at, unsigned int size)
{
    static uint8_t nowhere[8];

    if (at < PROBE_WINDOW || at + size > PROBE_WINDOW + PROBE_WINDOW_SIZE)
        return memset(nowhere, 0, sizeof(nowhere));
    return q->mmu->bytes + (at - PROBE_WINDOW);
}

/* --- Loading ------------------------------------------------------------------------------- */

static void load_fails(struct carrying *q)
{
    q->r->outcome = q->s->stage == STAGE_NATIVE ? RESULT_LOAD : RESULT_ENTRY;
    q->r->vector = q->s->stage == STAGE_NATIVE ? 13 : 0;
    /* "VM-Entry Failures": bit 31, and 33 for invalid guest state; VMEXIT_INVALID is -1. */
    if (q->s->stage == STAGE_EPT)
        q->r->code = 0x80000000u + 33;
    if (q->s->stage >= STAGE_NPT)
        q->r->code = UINT32_MAX;
}

/* "MOV - Move to/from Control Registers": reserved bits of CR3; bit 63 is but an order. */
static bool cr3_loads(const struct carrying *q)
{
    uint64_t cr3 = q->s->cr3;

    if (bit(q->s->cr4, 17) && bit(q->s->efer, 8))
        cr3 = in_place(cr3, 62, 0);
    if (!bit(q->s->cr0, 31))
        return true;
    return !in_place(cr3, 63, q->mmu->cpu.maxphyaddr);
}

/* "MOV - Move to/from Control Registers": PCIDE cannot be set outside IA-32e mode. */
static bool cr4_loads(const struct carrying *q)
{
    return !bit(q->s->cr4, 17) || (bit(q->s->efer, 8) && bit(q->s->cr0, 31));
}

/* "PDPTE Registers": any of the four. */
static bool pdptes_load(struct carrying *q)
{
    for (unsigned int i = 0; i < 4; i++) {
        uint64_t e, at = in_place(q->s->cr3, 31, 5) + 8 * i;

        if (q->s->stage == STAGE_EPT)
            at = in_place(at, 29, 0);
        memcpy(&e, place(q, at, 8), 8);
        if (bit(e, 0) && (bits(e, 2, 1) || bits(e, 8, 5) || bits(e, 63, 52) ||
                          in_place(e, 51, q->mmu->cpu.maxphyaddr)))
            return false;
    }
    return true;
}

/* "VM-Execution Control Fields": EPTP. */
static bool eptp_is_valid(const struct carrying *q)
{
    uint64_t p = q->s->second;

    if (bits(p, 2, 0) != 0 && bits(p, 2, 0) != 6)
        return false;
    if (bits(p, 5, 3) != 3 && !(bits(p, 5, 3) == 4 && q->mmu->cpu.ept_5level))
        return false;
    if ((bit(p, 6) && !q->mmu->cpu.ept_ad) || (bit(p, 7) && !q->mmu->cpu.ept_sss))
        return false;
    return !bits(p, 11, 8) && !in_place(p, 63, q->mmu->cpu.maxphyaddr);
}

static bool loads(struct carrying *q)
{
    if (q->s->stage == STAGE_EPT && !eptp_is_valid(q)) {
        q->r->outcome = RESULT_ENTRY;
        q->r->code = 7; /* "VM entry with invalid control field(s)". */
        return false;
    }
    if (q->s->stage >= STAGE_NPT && in_place(q->s->second, 63, q->mmu->cpu.maxphyaddr)) {
        load_fails(q);
        return false;
    }
    if (!cr3_loads(q) || !cr4_loads(q) ||
        (oracle_mode(&q->regs) == ORACLE_PAE && q->s->stage < STAGE_NPT && !pdptes_load(q))) {
        load_fails(q);
        return false;
    }
    return true;
}

/* --- Translating --------------------------------------------------------------------------- */

static struct xenpt_access access_of_blob(const struct blob_access *a)
{
    struct xenpt_access access = { .kind = XENPT_READ, .cpl = a->cpl, .ac = a->ac };

    if (a->kind == ACCESS_WRITE || a->kind == ACCESS_RMW)
        access.kind = XENPT_WRITE;
    if (a->kind == ACCESS_FETCH)
        access.kind = XENPT_FETCH;
    return access;
}

/* One page's part of the access.  False: refused, and the result says how. */
static bool translate(struct carrying *q, uint64_t va, struct oracle_verdict *v, uint64_t *to)
{
    const struct xenpt_access access = access_of_blob(q->a);
    const struct oracle_tables t = { .memory = &q->memory };
    struct oracle_second second = { .cpu = q->mmu->cpu,
                                    .ept = q->s->stage == STAGE_EPT,
                                    .pointer = q->s->second };
    struct oracle_walk2 w;

    second.host.cr0 = (UINT64_C(1) << 31) + (1u << 16) + 1;
    second.host.cr4 = 1u << 5;
    second.host.efer = (1u << 11) + (1u << 10) + (1u << 8);
    if (q->s->stage > STAGE_NPT)
        second.host.efer = 1u << 11;
    if (q->s->stage == STAGE_NPT_2LEVEL)
        second.host.cr4 = 1u << 4;
    if (q->s->stage == STAGE_NATIVE) {
        oracle_walk_ia(&q->mmu->cpu, &q->regs, &t, va, &w.guest);
        oracle_judge_ia(&q->mmu->cpu, &q->regs, &t, &access, &w.guest, v);
        *to = w.guest.out;
    } else {
        oracle_2d(&q->mmu->cpu, &q->regs, &second, &q->memory, &access, va, &w, v);
        *to = w.out;
    }
    if (v->allowed)
        return true;
    q->mmu->free = v->code_free;
    q->r->outcome = v->second ? RESULT_EXIT : RESULT_FAULT;
    q->r->vector = v->second ? 0 : (uint8_t)v->vector;
    q->r->address = v->address;
    if (!v->second) {
        q->r->code = (uint32_t)v->code;
        return false;
    }
    q->r->value = v->code;
    q->r->code = v->kind == XENPT_FAULT_EPT_VIOLATION ? 48 : 0x400;
    if (v->kind == XENPT_FAULT_EPT_MISCONFIG)
        q->r->code = 49;
    if (v->kind == XENPT_FAULT_EPT_VIOLATION && bit(v->code, 7))
        q->r->linear = va;
    return false;
}

static void update(struct carrying *q, const struct oracle_verdict *v)
{
    for (unsigned int i = 0; i < v->nr_updates; i++) {
        uint8_t *p = place(q, v->update[i].at, 4);

        for (unsigned int b = 0; b < 2; b++)
            p[b] = (uint8_t)(p[b] | v->update[i].set >> (8 * b));
    }
}

/* --- The access ---------------------------------------------------------------------------- */

static void move_bytes(struct carrying *q, const uint64_t to[2], unsigned int first,
                       unsigned int size)
{
    uint64_t old = 0, new;

    for (unsigned int i = 0; i < size; i++)
        old |= (uint64_t)*place(q, i < first ? to[0] + i : to[1] + i - first, 1) << (8 * i);
    q->r->value = q->a->kind == ACCESS_READ ? old : 0;
    if (q->a->kind != ACCESS_WRITE && q->a->kind != ACCESS_RMW)
        return;
    new = PROBE_STORE + (q->a->kind == ACCESS_RMW ? old : 0);
    for (unsigned int i = 0; i < size; i++)
        *place(q, i < first ? to[0] + i : to[1] + i - first, 1) = (uint8_t)(new >> (8 * i));
}

static void carry_out(struct carrying *q)
{
    unsigned int size = q->a->kind == ACCESS_FETCH ? 2 : q->a->size;
    unsigned int first = 4096 - (unsigned int)bits(q->a->va, 11, 0);
    bool crosses = first < size, five = oracle_mode(&q->regs) == ORACLE_5_LEVEL;
    uint64_t last = q->a->va + size - 1, to[2] = { 0 };
    unsigned int width = five ? 57 : 48;
    struct oracle_verdict v[2];

    q->r->outcome = RESULT_DONE;
    /* "Canonical Addressing": of the whole operand. */
    if (crosses && oracle_mode(&q->regs) >= ORACLE_4_LEVEL && bits(last, 63, width - 1) != 0 &&
        bits(last, 63, width - 1) != bits(~0ull, 63, width - 1)) {
        q->r->outcome = RESULT_FAULT;
        q->r->vector = 13;
        return;
    }
    if (!translate(q, q->a->va, &v[0], &to[0]))
        return;
    if (crosses && !translate(q, q->a->va + first, &v[1], &to[1]))
        return;
    update(q, &v[0]);
    if (crosses)
        update(q, &v[1]);
    move_bytes(q, to, first, size);
}

/* --- Words --------------------------------------------------------------------------------- */

static void plant(struct carrying *q, const struct case_view *c)
{
    for (uint32_t i = 0; i < c->head->nr_words; i++)
        if (!bit(c->words[i].at, 63))
            memcpy(place(q, in_place(c->words[i].at, 62, 2), 8), &c->words[i].value,
                   c->words[i].at & WORD_IS_32 ? 4 : 8);
}

/* "PDPTE Registers": what CR3 led to when it was loaded is what holds, whatever is there since. */
static void plant_late(struct carrying *q, const struct case_view *c)
{
    bool registers = oracle_mode(&q->regs) == ORACLE_PAE && q->s->stage < STAGE_NPT;

    for (uint32_t i = 0; i < c->head->nr_words; i++) {
        uint64_t at = in_place(c->words[i].at, 62, 2);

        if (bit(c->words[i].at, 63) &&
            !(registers && in_place(at, 29, 5) == in_place(q->s->cr3, 29, 5)))
            memcpy(place(q, at, 8), &c->words[i].value, 8);
    }
}

/* What was where a word is planted late. */
static uint64_t before_load(const struct case_view *c, const struct blob_word *late)
{
    for (uint32_t i = 0; i < c->head->nr_words; i++)
        if (c->words[i].at == (in_place(late->at, 62, 2) | WORD_UNWATCHED))
            return c->words[i].value;
    return 0;
}

static void note_changes(struct carrying *q, const struct case_view *c, struct oracle_result *ret)
{
    for (uint32_t i = 0; i < c->head->nr_words; i++) {
        const struct blob_word *w = &c->words[i];
        unsigned int size = w->at & WORD_IS_32 ? 4 : 8;
        uint64_t now = 0;

        memcpy(&now, place(q, in_place(w->at, 62, 2), size), size);
        /* Nobody but the case has written there. */
        if (bit(w->at, 63) && now == before_load(c, w))
            now = w->value;
        if (memcmp(&now, &w->value, size) != 0 && !(w->at & WORD_UNWATCHED))
            ret->changed[ret->result.nr_changed++] = (struct result_changed){ i, 0, now };
    }
}

void oracle_mmu_access(struct oracle_mmu *mmu, const struct case_view *c, unsigned int access,
                       struct oracle_result *ret)
{
    struct carrying q = { .mmu = mmu, .a = &c->accesses[access], .r = &ret->result };

    q.s = &c->states[q.a->state];
    q.memory = (struct oracle_memory){ mmu->bytes, PROBE_WINDOW, PROBE_WINDOW_SIZE };
    q.regs = (struct xenpt_regs){ .cr0 = q.s->cr0,
                                  .cr3 = q.s->cr3,
                                  .cr4 = q.s->cr4,
                                  .efer = q.s->efer,
                                  .pkru = q.s->pkru,
                                  .pat = q.s->pat };
    memset(&ret->result, 0, sizeof(ret->result));
    mmu->free = 0;
    plant(&q, c);
    if (loads(&q)) {
        plant_late(&q, c);
        carry_out(&q);
    }
    note_changes(&q, c, ret);
}
