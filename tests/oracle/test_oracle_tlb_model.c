/*
 * test_oracle_tlb_model.c - caches while memory changes under them: the engine's, as bad as the
 * manuals allow, and a list that was written down separately, do the same at every step.
 *
 * A step is an access, a change of some entry of some table, or an operation that invalidates.
 * Both have a memory of their own, which A and D flags are written to.  XENPT_ORACLE_CASES sets
 * the number of steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "oracle/bench.h"
#include "oracle/tlb_model.h"

#define USUAL_STEPS 200000
#define RESTART     400 /* Steps until tables are made anew. */

/*
 * Frames: two spaces with a root, and two tables of each lower level for either to share; the
 * same for two second stages; the rest is data.  Guest-physical memory is twice what there is:
 * from 2M on it repeats, by a 2M page, what lies below.
 */
enum {
    L4 = 0,
    L3 = 2,
    L2 = 4,
    L1 = 8,
    SECOND_L4 = 16,
    SECOND_L3 = 18,
    SECOND_L2 = 20,
    SECOND_L1 = 22,
    DATA = 24
};

struct game {
    struct bench *b;
    struct dice *d;
    struct xenpt_store *store;
    struct xenpt_tlb *tlb;
    struct model *m;
    bool amd;
    /* What the CPU may run on; the first stage by PCID and space. */
    struct xenpt_paging first[3][2], second[2][2]; /* Second: by root, and A and D. */
    struct xenpt_tlb_context c;
    struct model_on on;
    unsigned long steps, stale, hits, faults, exits, dropped, updates;
};

static void put(struct game *g, uint64_t at, uint64_t e)
{
    g->m->memory[at / 8] = e;
    assert_int_equal(xenpt_store_write64(g->store, at, e, NULL), XENPT_OK);
}

/* --- Tables --------------------------------------------------------------------------------- */

static uint64_t random_flags(struct dice *d)
{
    uint64_t e = 0;

    if (dice_chance(d, 92))
        e |= 1 << 0;
    e |= dice_chance(d, 75) ? 1 << 1 : 0;
    e |= dice_chance(d, 75) ? 1 << 2 : 0;
    e |= dice_chance(d, 50) ? 1 << 5 : 0;
    e |= dice_chance(d, 15) ? UINT64_C(1) << 63 : 0;
    return e;
}

/* Where a frame is for a guest: there, or 2M higher. */
static uint64_t as_guest(struct dice *d, unsigned int frame)
{
    return frame * UINT64_C(4096) + (dice_chance(d, 25) ? UINT64_C(1) << 21 : 0);
}

/* An entry of the first stage, in a table of this level. */
static uint64_t random_first(struct dice *d, unsigned int level)
{
    static const unsigned int below[] = { [2] = L1, [3] = L2, [4] = L3 };
    uint64_t e = random_flags(d);

    if (level == 1 || (level < 4 && dice_chance(d, 15))) {
        e |= (dice_chance(d, 50) ? 1 << 6 : 0) | (dice_chance(d, 25) ? 1 << 8 : 0);
        if (level == 1)
            return e | as_guest(d, DATA + dice_pick(d, 8));
        return e | 1 << 7 | (uint64_t)dice_pick(d, 2) << (level == 2 ? 21 : 30);
    }
    return e | as_guest(d, below[level] + dice_pick(d, level == 4 ? 2 : 4));
}

/* An entry of a second stage that is legal, in a table of this level. */
static uint64_t random_second(const struct game *g, unsigned int level, uint64_t to)
{
    struct dice *d = g->d;
    uint64_t e;

    if (g->amd) {
        e = random_flags(d) | 1 << 2 | (dice_chance(d, 50) ? 1 << 6 : 0);
        e ^= dice_chance(d, 3) ? 1 << 2 : 0;
        e |= dice_chance(d, 70) ? 1 << 1 : 0;
    } else {
        static const uint8_t rights[] = { 7, 7, 7, 7, 3, 5, 1, 4, 0 };

        e = rights[dice_pick(d, sizeof(rights))];
        e |= dice_chance(d, 60) ? UINT64_C(3) << 8 : 0;
        if (e & 7)
            e |= level == 1 || to & 0x80 ? 6 << 3 : 0;
    }
    return e | to;
}

/* Guest-physical frame n, of a second stage's L1 table: mostly frame n. */
static uint64_t second_leaf(const struct game *g, unsigned int n)
{
    if (n >= DATA && dice_chance(g->d, 30))
        n = DATA + dice_pick(g->d, 8);
    return random_second(g, 1, n * UINT64_C(4096));
}

/* A change of memory, somewhere. */
static void change(struct game *g)
{
    static const struct {
        unsigned int frame, nr, level;
    } first[] = { { L4, 2, 4 }, { L3, 2, 3 }, { L2, 4, 2 }, { L1, 4, 1 } };
    struct dice *d = g->d;
    unsigned int i = dice_pick(d, 4), n;

    if (dice_chance(d, 60)) {
        i = dice_chance(d, 50) ? 3 : i;
        put(g, (first[i].frame + dice_pick(d, first[i].nr)) * UINT64_C(4096) + 8 * dice_pick(d, 2),
            random_first(d, first[i].level));
        return;
    }
    i = dice_pick(d, 2);
    n = dice_pick(d, 32);
    switch (dice_pick(d, 12)) {
    case 0:
        put(g, (SECOND_L4 + i) * UINT64_C(4096),
            random_second(g, 4, (SECOND_L3 + dice_pick(d, 2)) * UINT64_C(4096)));
        break;
    case 1:
        put(g, (SECOND_L3 + i) * UINT64_C(4096),
            random_second(g, 3, (SECOND_L2 + dice_pick(d, 2)) * UINT64_C(4096)));
        break;
    case 2:
        put(g, (SECOND_L2 + i) * UINT64_C(4096),
            random_second(g, 2, (SECOND_L1 + dice_pick(d, 2)) * UINT64_C(4096)));
        break;
    case 3:
        put(g, (SECOND_L2 + i) * UINT64_C(4096) + 8, random_second(g, 2, 0x80));
        break;
    default:
        put(g, (SECOND_L1 + i) * UINT64_C(4096) + 8 * n, second_leaf(g, n));
        break;
    }
}

/* A second stage through which nearly everything can be reached. */
static void make_second(struct game *g)
{
    uint64_t table = g->amd ? 0x27 : 7, leaf = g->amd ? 0x27 : 0x37;

    for (unsigned int i = 0; i < 2; i++) {
        put(g, (SECOND_L4 + i) * UINT64_C(4096), (SECOND_L3 + i) * UINT64_C(4096) | table);
        put(g, (SECOND_L3 + i) * UINT64_C(4096), (SECOND_L2 + i) * UINT64_C(4096) | table);
        put(g, (SECOND_L2 + i) * UINT64_C(4096), (SECOND_L1 + i) * UINT64_C(4096) | table);
        put(g, (SECOND_L2 + i) * UINT64_C(4096) + 8, leaf | 0x80);
        for (unsigned int n = 0; n < 64; n++)
            put(g, (SECOND_L1 + i) * UINT64_C(4096) + 8 * n, n * UINT64_C(4096) | leaf);
    }
}

static void make_all(struct game *g)
{
    struct xenpt_tlb_event reset = { .id = XENPT_TLB_RESET };

    make_second(g);
    for (unsigned int i = 0; i < 200; i++)
        change(g);
    make_second(g);
    g->c = (struct xenpt_tlb_context){ .first = &g->first[0][0] };
    xenpt_tlb_apply(g->tlb, &g->c, &reset, NULL, NULL);
    model_event(g->m, &g->on, &reset);
    g->m->nr = 0;
}

/* --- What the CPU runs on ------------------------------------------------------------------- */

static void game_init(struct game *g, struct bench *b, bool amd)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(amd ? XENPT_AMD : XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP,
        .cr4 = XENPT_CR4_PAE | XENPT_CR4_PGE | XENPT_CR4_PCIDE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };

    cpu.cet_ss = false; /* With it D is not set in read-only entries; other tests have that. */
    *g = (struct game){ .b = b, .d = &b->dice, .amd = amd };
    g->m = calloc(1, sizeof(*g->m));
    assert_non_null(g->m);
    assert_int_equal(xenpt_store_create(&g->store, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(g->store, 0, MODEL_FRAMES * 4096 - 1, NULL), XENPT_OK);
    assert_int_equal(xenpt_tlb_create(xenpt_tlb_part(XENPT_TLB_IDEAL), &g->tlb, NULL), XENPT_OK);
    for (unsigned int pcid = 0; pcid < 3; pcid++)
        for (unsigned int space = 0; space < 2; space++) {
            regs.cr3 = (L4 + space) * UINT64_C(4096) | pcid;
            assert_int_equal(xenpt_paging_init(&g->first[pcid][space], &cpu, &regs, NULL),
                             XENPT_OK);
        }
    for (unsigned int i = 0; i < 2; i++)
        for (unsigned int flags = 0; flags < 2; flags++) {
            uint64_t root = (SECOND_L4 + i) * UINT64_C(4096);

            assert_int_equal(
                amd ? xenpt_paging_init_npt(&g->second[i][flags], &cpu, &regs, root, NULL)
                    : xenpt_paging_init_ept(&g->second[i][flags], &cpu, root | 0x1e | flags << 6,
                                            NULL),
                XENPT_OK);
        }
}

static void game_fini(struct game *g)
{
    xenpt_tlb_destroy(g->tlb);
    xenpt_store_destroy(g->store);
    free(g->m);
}

/* Runs on something else; a root of EPT has its A and D flags or not as long as it lives. */
static void run_on(struct game *g)
{
    unsigned int pcid = dice_pick(g->d, 3), space = dice_pick(g->d, 2), root = dice_pick(g->d, 2);
    unsigned int vpid = dice_pick(g->d, 3);
    bool two = dice_chance(g->d, 60);
    bool flags = g->steps / RESTART & 1;

    g->on = (struct model_on){
        .amd = g->amd,
        .two_stages = two,
        .ept_flags = flags,
        .vpid = vpid,
        .pcid = pcid,
        .cr3 = (L4 + space) * UINT64_C(4096),
        .root = two ? (SECOND_L4 + root) * UINT64_C(4096) : 0,
    };
    g->c = (struct xenpt_tlb_context){
        .first = &g->first[pcid][space],
        .second = two ? &g->second[root][flags] : NULL,
        .vpid = (uint16_t)vpid,
        .memory = xenpt_store_reader(g->store),
        .store = g->store,
    };
}

/* --- Steps ---------------------------------------------------------------------------------- */

static uint64_t random_address(struct dice *d)
{
    return (uint64_t)dice_pick(d, 2) << 39 | (uint64_t)dice_pick(d, 2) << 30 |
           (uint64_t)dice_pick(d, 2) << 21 | (uint64_t)dice_pick(d, 2) << 12 | dice_pick(d, 4096);
}

static void compare(const struct game *g, const struct xenpt_tlb_result *r,
                    const struct model_answer *a, uint64_t in)
{
    const struct xenpt_tlb_answer *u = &r->used;

    if (u->allowed == a->allowed && (r->unit != XENPT_TLB_WALKED) == a->hit &&
        u->fault.kind == a->fault && u->fault.address == a->address && u->out == a->out &&
        (u->fault.kind != XENPT_FAULT_PF || u->fault.code == a->code) &&
        r->references == a->references && r->updates == a->updates && r->dropped == a->dropped)
        return;
    fail_msg("step %lu, address 0x%llx, %s%s vpid %u pcid %u\n"
             "engine: allowed %d hit %d fault %u code 0x%llx at 0x%llx out 0x%llx, %u references, "
             "%u updates, %u dropped\n"
             "list:   allowed %d hit %d fault %u code 0x%llx at 0x%llx out 0x%llx, %u references, "
             "%u updates, %u dropped",
             g->steps, (unsigned long long)in, g->amd ? "AMD" : "Intel",
             g->on.two_stages ? ", two stages," : ",", g->on.vpid, g->on.pcid, u->allowed,
             r->unit != XENPT_TLB_WALKED, u->fault.kind, (unsigned long long)u->fault.code,
             (unsigned long long)u->fault.address, (unsigned long long)u->out, r->references,
             r->updates, r->dropped, a->allowed, a->hit, a->fault, (unsigned long long)a->code,
             (unsigned long long)a->address, (unsigned long long)a->out, a->references, a->updates,
             a->dropped);
}

static void one_access(struct game *g)
{
    struct xenpt_access access = { .kind = (enum xenpt_access_kind)dice_pick(g->d, 3),
                                   .cpl = dice_chance(g->d, 30) ? 3 : 0 };
    uint64_t in = random_address(g->d);
    struct xenpt_tlb_result r;
    struct model_answer a;

    assert_int_equal(xenpt_tlb_access(g->tlb, &g->c, &access, in, true, &r, NULL), XENPT_OK);
    a = model_access(g->m, &g->on, access.kind, access.cpl == 3, in);
    compare(g, &r, &a, in);
    g->stale += !!(r.stale & ~XENPT_STALE_FLAGS);
    g->hits += a.hit;
    g->faults += a.fault == XENPT_FAULT_PF;
    g->exits += a.fault == XENPT_FAULT_EPT_VIOLATION || a.fault == XENPT_FAULT_NPF;
    g->updates += a.updates;
}

/* Operations that a processor of this vendor does not have. */
static bool is_foreign(unsigned int id, bool amd)
{
    bool intels = id == XENPT_TLB_CR4_PCID ||
                  (id >= XENPT_TLB_VM_TRANSITION && id <= XENPT_TLB_INVEPT_ALL);
    bool amds = id >= XENPT_TLB_VMRUN_KEEP && id <= XENPT_TLB_TLBSYNC;

    return amd ? intels : amds;
}

static void one_event(struct game *g, unsigned long seen[XENPT_NR_TLB_EVENTS])
{
    struct dice *d = g->d;
    struct xenpt_tlb_event event = {
        .id = (enum xenpt_tlb_event_id)dice_pick(d, XENPT_NR_TLB_EVENTS),
        .address = random_address(d),
        .gaddr = as_guest(d, dice_pick(d, 32)),
        .linear = dice_chance(d, 50),
        .pcid = (uint16_t)dice_pick(d, 3),
        .vpid = (uint16_t)dice_pick(d, 3),
        .root = (SECOND_L4 + dice_pick(d, 2)) * UINT64_C(4096) | dice_pick(d, 4096),
        .flags = dice_pick(d, 64),
        .pages = dice_pick(d, 4),
    };
    struct xenpt_tlb_dropped dropped;
    unsigned int n;

    if (is_foreign(event.id, g->amd) || (event.id == XENPT_TLB_RESET && dice_chance(d, 80)))
        return;
    dropped = xenpt_tlb_apply(g->tlb, &g->c, &event, NULL, NULL);
    n = model_event(g->m, &g->on, &event);
    if (dropped.translations + dropped.tables != n)
        fail_msg("step %lu: %s drops %zu translations and %zu tables, and by the list %u of both",
                 g->steps, xenpt_tlb_event(event.id)->name, dropped.translations, dropped.tables,
                 n);
    g->dropped += n;
    seen[event.id] += !!n;
}

/* After each step as much is kept; now and then A and D flags are looked at, too. */
static void check_state(const struct game *g)
{
    static uint64_t page[512];

    assert_int_equal(xenpt_tlb_each(g->tlb, NULL, NULL), model_live(g->m));
    if (g->steps % 50)
        return;
    for (unsigned int f = 0; f < DATA; f++) {
        assert_true(xenpt_read(xenpt_store_reader(g->store), f * UINT64_C(4096), page, 4096));
        assert_memory_equal(page, &g->m->memory[f * 512], 4096);
    }
}

/* Operations that drop nothing, whatever there is. */
static bool is_idle(unsigned int id)
{
    return id == XENPT_TLB_CR3_NOFLUSH || id == XENPT_TLB_CR0_OTHER || id == XENPT_TLB_CR4_OTHER ||
           id == XENPT_TLB_EFER || id == XENPT_TLB_VM_TRANSITION_VPID ||
           id == XENPT_TLB_VMRUN_KEEP || id == XENPT_TLB_VMEXIT || id == XENPT_TLB_TLBSYNC;
}

static void play(struct bench *b, bool amd)
{
    unsigned long seen[XENPT_NR_TLB_EVENTS] = { 0 };
    struct game g;

    b->dice.state = 4711 + amd;
    game_init(&g, b, amd);
    for (unsigned long end = bench_cases(USUAL_STEPS); g.steps < end; g.steps++) {
        if (g.steps % RESTART == 0)
            make_all(&g);
        if (g.steps % RESTART == 0 || dice_chance(g.d, 15))
            run_on(&g);
        if (dice_chance(g.d, 80))
            one_access(&g);
        else if (dice_chance(g.d, 50))
            change(&g);
        else
            one_event(&g, seen);
        check_state(&g);
    }
    b->report.cases = g.steps;
    bench_assert_seen(b, "a stale answer", g.stale, 40);
    bench_assert_seen(b, "a hit", g.hits, 20);
    bench_assert_seen(b, "a #PF", g.faults, 20);
    bench_assert_seen(b, "a VM exit", g.exits, 40);
    bench_assert_seen(b, "an entry dropped", g.dropped, 10);
    bench_assert_seen(b, "a flag set", g.updates, 20);
    for (unsigned int id = 0; id < XENPT_NR_TLB_EVENTS; id++) {
        if (is_idle(id) || is_foreign(id, amd))
            assert_int_equal(seen[id], 0);
        else
            bench_assert_seen(b, xenpt_tlb_event(id)->name, seen[id], 20000);
    }
    game_fini(&g);
}

static void test_intel(void **state)
{
    play(*state, false);
}

static void test_amd(void **state)
{
    play(*state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { BENCH_TEST(test_intel), BENCH_TEST(test_amd) };

    return cmocka_run_group_tests_name("oracle: caches while memory changes", tests, NULL, NULL);
}
