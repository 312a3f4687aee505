/*
 * test_pv_memory_random.c - whatever guests do with their memory, no frame is lost or had twice:
 * those that are free and those of domains are as many as before, counts are what is live, and when
 * all domains are gone all frames are Xen's.
 */
#include <stdlib.h>

#include "pv_memory.h"

#include "xen/internal.h"

#define STEPS 600
#define SEEDS 3

static uint64_t state_of;
static unsigned int done[9]; /* Of each kind, not refused. */

static uint64_t any(uint64_t below)
{
    state_of ^= state_of << 13;
    state_of ^= state_of >> 7;
    state_of ^= state_of << 17;
    return state_of % below;
}

static const struct domain *domain(uint32_t d)
{
    return &p.w.machine->domains[d];
}

/* A frame of a domain's, most often one of the last few, with which something was done before. */
static uint64_t a_frame(uint32_t d)
{
    const struct extent *e = &domain(d)->memory[any(domain(d)->nr_memory)];

    return any(4) ? e->first + e->nr - 1 - any(e->nr < 24 ? e->nr : 24) : e->first + any(e->nr);
}

static uint64_t tables[3]; /* An L1 of each PV guest's, pinned. */

/* Frames of all domains, with which extents agree. */
static uint64_t owned(void)
{
    uint64_t sum = 0;

    for (uint32_t d = 0; d < p.w.machine->nr_domains; d++) {
        uint64_t of_it = 0, last = 0;

        for (size_t i = 0; i < domain(d)->nr_memory; i++) {
            const struct extent *e = &domain(d)->memory[i];

            assert_true(e->nr && e->first >= last);
            last = e->first + e->nr;
            of_it += e->nr;
        }
        assert_int_equal(of_it, domain(d)->nr_frames);
        sum += of_it;
    }
    return sum;
}

static void map_some(uint32_t d)
{
    uint32_t of = d ? d : (uint32_t)any(3);
    uint64_t entry = any(3) ? a_frame(of) << 12 | (any(2) ? PAGE : RO) : 0;

    mmu(&p, d, at(tables[d], (unsigned int)any(16)), entry, of == d ? SELF : of);
}

static void exchange_some(uint32_t d)
{
    uint64_t in[4], out[4];
    bool joined = any(2);

    for (int i = 0; i < 4; i++) {
        in[i] = a_frame(d);
        out[i] = 0x7000 + any(64);
    }
    swap(d, (struct xenpt_pv_exchange){ .in = in,
                                        .nr_in = 4,
                                        .out = out,
                                        .nr_out = joined ? 1 : 4,
                                        .out_order = joined ? 2 : 0,
                                        .domain = SELF });
}

static void step(uint32_t d)
{
    uint64_t frame = a_frame(d), extent = 0x7000 + any(64), got;
    unsigned int kind = (unsigned int)any(9);

    switch (kind) {
    case 0:
    case 1:
    case 2:
        map_some(d);
        break;
    case 3:
        give_back(d, frame);
        break;
    case 4:
        reserve(d, XENPT_PV_POPULATE, &extent, 1, (uint32_t)any(3), SELF);
        break;
    case 5:
        reserve(d, XENPT_PV_INCREASE, &extent, 1, 0, SELF);
        break;
    case 6:
        exchange_some(d);
        break;
    case 7:
        transfer_to(d, frame, (uint32_t)any(3), extent, &got);
        break;
    default:
        ext(&p, d, any(2) ? XENPT_PV_PIN_L1 : XENPT_PV_UNPIN, frame == tables[d] ? 0 : frame, 0,
            SELF);
    }
    done[kind] += !p.r.rule;
}

static void conserved(uint64_t seed)
{
    uint64_t all, without;
    struct world w;

    state_of = seed * UINT64_C(0x9e3779b97f4a7c15);
    build(&w, PV_HOST PV_XEN("4.17"));
    without = xenpt_alloc_nr_free(w.machine->alloc);
    end(&w);
    begin("memory-own");
    for (uint32_t d = 0; d < 3; d++) {
        tables[d] = fresh(&p, d);
        must(ext(&p, d, XENPT_PV_PIN_L1, tables[d], 0, SELF));
    }
    all = nr_free() + owned();
    for (int i = 0; i < STEPS; i++) {
        step((uint32_t)any(3));
        assert_int_equal(nr_free() + owned(), all);
        if (i % 10 == 0)
            counts_hold(&p);
    }
    counts_hold(&p);
    for (uint32_t d = 0; d < 4; d++) {
        assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, d, NULL), XENPT_OK);
        counts_hold(&p);
        owned();
    }
    assert_int_equal(owned(), 0);
    assert_int_equal(nr_free(), without);
    assert_int_equal(p.w.machine->nr_dropped, 0);
    pv_finish(&p);
}

static void test_conserved(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        conserved(seed);
    for (unsigned int i = 0; i < 9; i++)
        assert_true(done[i] > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
