/*
 * test_pv_exchange.c - memory that PV guests exchange and pass on: common/memory.c,
 * memory_exchange; mm.c, steal_page; common/grant_table.c, gnttab_transfer.
 */
#include "fail_alloc.h"
#include "pv_memory.h"

#include "xen/internal.h"

static void start(void)
{
    begin("memory-own");
}

static uint64_t tot_pages(uint32_t d)
{
    return p.w.machine->domains[d].nr_frames;
}

/* --- Exchange ------------------------------------------------------------------------------ */

/* Four single frames for four in a row, and back. */
static void test_sizes(void **state)
{
    uint64_t in[4], out[4] = { 0x8000 }, frames, free_before;

    (void)state;
    start();
    frames = tot_pages(1);
    free_before = nr_free();
    for (int i = 0; i < 4; i++)
        in[i] = fresh(&p, 1);
    must(swap(1,
              (struct xenpt_pv_exchange){
                  .in = in, .nr_in = 4, .out = out, .nr_out = 1, .out_order = 2, .domain = SELF }));
    assert_int_equal(p.r.done, 4);
    assert_int_equal(out[0] % 4, 0);
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(m2p_of(out[0] + i), 0x8000 + i);
        assert_int_equal(m2p_of(in[i]), UINT64_MAX);
        assert_int_equal(frame_is(&p, in[i]).count, 0);
    }
    assert_int_equal(tot_pages(1), frames);
    assert_int_equal(nr_free(), free_before);
    in[0] = out[0];
    for (uint64_t i = 0; i < 4; i++)
        out[i] = 0x9000 + 7 * i;
    must(swap(1,
              (struct xenpt_pv_exchange){
                  .in = in, .nr_in = 1, .in_order = 2, .out = out, .nr_out = 4, .domain = SELF }));
    assert_int_equal(p.r.done, 1);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(mfn_of(&p, 1, 0x9000 + 7 * i), out[i]);
    assert_int_equal(tot_pages(1), frames);
    counts_hold(&p);
    pv_finish(&p);
}

/* A chunk that cannot be done leaves what there was; those before are done. */
static void test_chunks(void **state)
{
    uint64_t in[4], out[2] = { 0x8000, 0x8010 }, frames, free_before, pfn;

    (void)state;
    start();
    frames = tot_pages(1);
    free_before = nr_free();
    for (int i = 0; i < 3; i++)
        in[i] = fresh(&p, 1);
    in[3] = page; /* It is mapped. */
    pfn = m2p_of(in[2]);
    assert_string_equal(
        swap(1,
             (struct xenpt_pv_exchange){
                 .in = in, .nr_in = 4, .out = out, .nr_out = 2, .out_order = 1, .domain = SELF }),
        "EINVAL");
    assert_string_equal(pv_rule(&p), "steal-references");
    assert_int_equal(p.r.done, 2);
    assert_int_equal(m2p_of(in[0]), UINT64_MAX);
    assert_int_equal(mfn_of(&p, 1, pfn), in[2]);
    assert_int_equal(m2p_of(in[2]), pfn);
    assert_int_equal(frame_is(&p, in[2]).count, 1);
    assert_int_equal(tot_pages(1), frames);
    assert_int_equal(nr_free(), free_before);
    /* The same one twice: it is nobody's the second time. */
    in[3] = in[2];
    assert_string_equal(swap(1, (struct xenpt_pv_exchange){ .in = in + 2,
                                                            .nr_in = 2,
                                                            .out = out,
                                                            .nr_out = 1,
                                                            .out_order = 1,
                                                            .domain = SELF }),
                        "EINVAL");
    assert_string_equal(pv_rule(&p), "steal-owner");
    assert_int_equal(mfn_of(&p, 1, pfn), in[2]);
    counts_hold(&p);
    pv_finish(&p);
}

/* Tables and descriptors that nothing refers to go, and come back as nothing yet. */
static void test_type(void **state)
{
    uint64_t frame, other, out = 0x8000;

    (void)state;
    start();
    frame = fresh(&p, 1);
    other = fresh(&p, 1);
    must(gdt(frame, 1));
    assert_string_equal(swap_one(1, frame, &out), "EINVAL");
    must(gdt(other, 0));
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_SEG_DESC);
    must(swap_one(1, frame, &out));
    assert_int_equal(frame_is(&p, out).type, XENPT_FRAME_NONE);
    /* The allocator has it again: for whoever asks. */
    out = 0x8001;
    must(reserve(2, XENPT_PV_POPULATE, &out, 1, 0, SELF));
    assert_int_equal(frame_is(&p, out).type, XENPT_FRAME_NONE);
    counts_hold(&p);
    pv_finish(&p);
}

/* Where its array is mapped, the guest is told; else the exchange is done, and the error is EFAULT.
 */
static void test_array(void **state)
{
    uint64_t in, out = 0x8000, before;
    struct xenpt_pv_exchange x = {
        .in = &in, .nr_in = 1, .out = &out, .nr_out = 1, .domain = SELF
    };

    (void)state;
    start();
    x.at = p.w.machine->domains[1].at.base + 0x5000 + 24;
    in = fresh(&p, 1);
    must(swap(1, x));
    assert_int_equal(mem(&p, at(mfn_of(&p, 1, 5), 3)), out);
    /* An element later. */
    out = 0x8000;
    in = fresh(&p, 1);
    x.begin = 1;
    must(swap(1, x));
    assert_int_equal(p.r.done, 1);
    assert_int_equal(mem(&p, at(mfn_of(&p, 1, 5), 4)), out);
    x.begin = 0;
    x.at = 0x1000;
    out = 0x8000;
    in = fresh(&p, 1);
    before = m2p_of(in);
    assert_string_equal(swap(1, x), "EFAULT");
    assert_string_equal(pv_rule(&p), "exchange-write");
    assert_int_equal(p.r.done, 0);
    assert_int_equal(m2p_of(in), UINT64_MAX);
    assert_int_equal(mfn_of(&p, 1, 0x8000), out);
    assert_int_equal(mfn_of(&p, 1, before), NO_TABLE);
    counts_hold(&p);
    pv_finish(&p);
}

/* Below so many bits; of a 32-bit guest never above what its M2P has. */
static void test_bits(void **state)
{
    uint64_t in, other, out = 0x8000, got = 0;

    (void)state;
    pv_begin(&p, "host: { ram: [0x0..0x9fbff, 0x100000..0x7fffffff, 0x2000000000..0x2007ffffff], "
                 "cpus: 4, processor: skylake-server }\n" PV_XEN("4.17") PV_DOMAINS);
    in = fresh(&p, 1);
    other = fresh(&p, 1);
    assert_true(in >= UINT64_C(1) << 25);
    for (uint64_t i = 0; i < tot_pages(2); i++)
        assert_true(mfn_of(&p, 2, i) < UINT64_C(1) << 25);
    must(swap(
        1,
        (struct xenpt_pv_exchange){
            .in = &in, .nr_in = 1, .out = &out, .nr_out = 1, .address_bits = 30, .domain = SELF }));
    assert_true(out < UINT64_C(1) << 18);
    must(reserve(1, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_true(got >= UINT64_C(1) << 25);
    must(reserve(2, XENPT_PV_INCREASE, &got, 1, 0, SELF));
    assert_true(got < UINT64_C(1) << 25);
    /* It can be given one from above only as a copy. */
    in = other;
    must(mmu(&p, 1, at(in, 9), 0x1234, SELF));
    must(transfer_to(1, in, 2, 0x9000, &got));
    assert_int_not_equal(got, in);
    assert_true(got < UINT64_C(1) << 25);
    assert_int_equal(mem(&p, at(got, 9)), 0x1234);
    assert_int_equal(mfn_of(&p, 2, 0x9000), got);
    assert_int_equal(frame_is(&p, in).count, 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Without memory ------------------------------------------------------------------------ */

static enum xenpt_code populate(struct xenpt_pv_caller *c, uint64_t in)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_POPULATE, .domain = SELF, .order = 1 };
    uint64_t extent = 0x8000;

    (void)in;
    return xenpt_pv_reservation(p.w.machine, c, &r, &extent, 1, &p.r, NULL);
}

static enum xenpt_code decrease(struct xenpt_pv_caller *c, uint64_t in)
{
    struct xenpt_pv_reservation r = { .what = XENPT_PV_DECREASE, .domain = SELF };

    return xenpt_pv_reservation(p.w.machine, c, &r, &in, 1, &p.r, NULL);
}

static enum xenpt_code exchange(struct xenpt_pv_caller *c, uint64_t in)
{
    uint64_t out = 0x8000;
    struct xenpt_pv_exchange x = {
        .in = &in, .nr_in = 1, .out = &out, .nr_out = 1, .domain = SELF
    };

    return xenpt_pv_exchange(p.w.machine, c, &x, &p.r, NULL);
}

static enum xenpt_code pass(struct xenpt_pv_caller *c, uint64_t in)
{
    uint64_t got;

    return xenpt_pv_transfer(p.w.machine, c, in, 2, 0x9000, &got, &p.r, NULL);
}

/* Nothing has changed. */
static void test_no_memory(void **state)
{
    static enum xenpt_code (*const calls[])(struct xenpt_pv_caller *,
                                            uint64_t) = { populate, decrease, exchange, pass };

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        unsigned int n = 0;
        bool done = false;
        uint64_t frame;

        start();
        frame = fresh(&p, 1);
        counts_hold(&p);
        while (!done) {
            uint64_t free_before = nr_free(), frames = tot_pages(1), sum = pv_fingerprint(&p);
            struct xenpt_pv_caller c = pv_caller(&p, 1);
            enum xenpt_code code;

            c.rules = &p.rules;
            fail_alloc_once_after(n++);
            code = calls[i](&c, frame);
            done = !fail_alloc_stop();
            assert_int_equal(code, done ? XENPT_OK : XENPT_ENOMEM);
            if (done)
                break;
            assert_int_equal(nr_free(), free_before);
            assert_int_equal(tot_pages(1), frames);
            assert_int_equal(pv_fingerprint(&p), sum);
            assert_int_equal(mfn_of(&p, 1, m2p_of(frame)), frame);
            counts_hold(&p);
        }
        assert_string_equal(p.r.name, "ok");
        assert_true(n > 1);
        counts_hold(&p);
        pv_finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_type),  cmocka_unit_test(test_array),
        cmocka_unit_test(test_bits),  cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
