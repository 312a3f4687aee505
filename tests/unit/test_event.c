/*
 * test_event.c - event channels: which states there are, and the bits that Xen sets in memory;
 * common/event_channel.c, common/event_2l.c, 4.6; public/xen.h, struct shared_info.
 */
#include "sharing_fixture.h"

#include "fail_alloc.h"
#include "xen/events.h"
#include "xen/internal.h"

/* Where things are in shared_info of a 64-bit and of a 32-bit guest: 32 vcpu_info of 64 bytes; then
 * 64 words of evtchn_pending, and as many of evtchn_mask: public/xen.h. */
#define PENDING_64 2048u
#define MASK_64    2560u
#define PENDING_32 2048u
#define MASK_32    2176u

static void begins(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") PV_DOMAINS);
    tree_of_d1();
}

static uint64_t shared(uint32_t d)
{
    return frames_of(&p.w.machine->domains[d], XENPT_SPECIAL_SHARED_INFO)->mfn << 12;
}

static void poke(uint64_t maddr, uint64_t value)
{
    assert_int_equal(xenpt_store_write64(p.w.machine->store, maddr, value, NULL), XENPT_OK);
}

/* --- What domains begin with --------------------------------------------------------------- */

static void test_built(void **state)
{
    struct xenpt_event_channel c;

    (void)state;
    begins();
    /* libxl__build_pre: the xenstore's first, then the console's. */
    c = port_is(1, 1);
    assert_int_equal(c.kind, XENPT_CHANNEL_UNBOUND);
    assert_int_equal(c.remote_domain, 0);
    assert_string_equal(c.use, "xenstore");
    assert_string_equal(port_is(1, 2).use, "console");
    assert_int_equal(port_is(1, 3).kind, XENPT_CHANNEL_CLOSED);
    assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_CLOSED);
    assert_false(xenpt_event_port(p.w.machine, 1, 1024, &c));
    assert_true(xenpt_event_port(p.w.machine, 0, 4095, &c));
    assert_false(xenpt_event_port(p.w.machine, 0, 4096, &c));
    assert_false(xenpt_event_port(p.w.machine, 9, 1, &c));
    must(event_status(0, 1, 1));
    assert_int_equal(channel.kind, XENPT_CHANNEL_UNBOUND);
    /* Port 0 is reserved: closed, and never given out. */
    must(event_status(1, SELF, 0));
    assert_int_equal(channel.kind, XENPT_CHANNEL_CLOSED);
    assert_string_equal(event_close(1, 0), "EINVAL");
    must(event_ipi(0, 0));
    assert_int_equal(port, 1);
    pv_finish(&p);
}

/* Xen's own ends of an HVM domain's are not the guest's. */
static void test_xens_own(void **state)
{
    (void)state;
    pv_begin(&p, PV_HOST PV_XEN("4.17") "domains:\n"
                                        "  d0: { type: pv64, memory: 16M, privileged: yes }\n"
                                        "  d1: { type: hvm, memory: 16M }\n"
                                        "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.guest }\n");
    assert_string_equal(port_is(1, 3).use, "ioreq");
    assert_true(port_is(1, 3).xen);
    assert_string_equal(event_send(1, 3), "EINVAL");
    assert_string_equal(event_close(1, 3), "EINVAL");
    assert_string_equal(event_status(0, 1, 3), "EACCES");
    /* dom0 connects, and what it sends sets no bit. */
    must(event_connect(0, 1, 3));
    must(event_send(0, port));
    assert_false(bits_of(1, 3).pending);
    assert_false(bits_of(1, 3).upcall);
    pv_finish(&p);
}

/* --- Connecting ---------------------------------------------------------------------------- */

static void test_connected(void **state)
{
    (void)state;
    begins();
    must(event_connect(0, 1, 1));
    assert_int_equal(port, 1);
    assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_INTERDOMAIN);
    assert_int_equal(port_is(0, 1).remote_domain, 1);
    assert_int_equal(port_is(0, 1).remote_port, 1);
    assert_int_equal(port_is(1, 1).kind, XENPT_CHANNEL_INTERDOMAIN);
    assert_int_equal(port_is(1, 1).remote_domain, 0);
    assert_int_equal(port_is(1, 1).remote_port, 1);
    /* The one who connects has an event at once; the other has none. */
    assert_true(bits_of(0, 1).pending && bits_of(0, 1).selected && bits_of(0, 1).upcall);
    assert_false(bits_of(1, 1).pending);
    assert_int_equal(mem(&p, shared(0) + PENDING_64), 2);
    assert_int_equal(mem(&p, shared(0)) & 0xff, 1);
    assert_int_equal(mem(&p, shared(0) + 8), 1);
    must(event_status(1, SELF, 1));
    assert_int_equal(channel.kind, XENPT_CHANNEL_INTERDOMAIN);
    assert_string_equal(event_connect(0, 1, 1), "EINVAL");
    /* Closed by one, it waits at the other, for that one. */
    must(event_close(0, 1));
    assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_CLOSED);
    assert_int_equal(port_is(1, 1).kind, XENPT_CHANNEL_UNBOUND);
    assert_int_equal(port_is(1, 1).remote_domain, 0);
    assert_false(bits_of(0, 1).pending);
    must(event_connect(0, 1, 1));
    /* By the guest, too. */
    must(event_close(1, 1));
    assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_UNBOUND);
    assert_int_equal(port_is(0, 1).remote_domain, 1);
    must(event_alloc(1, SELF, 0));
    assert_int_equal(port, 1);
    pv_finish(&p);
}

static void test_loops(void **state)
{
    (void)state;
    begins();
    must(event_alloc(1, SELF, SELF));
    assert_int_equal(port, 3);
    assert_int_equal(port_is(1, 3).remote_domain, 1);
    must(event_connect(1, SELF, 3));
    assert_int_equal(port, 4);
    must(event_send(1, 3));
    assert_true(bits_of(1, 4).pending);
    assert_false(bits_of(1, 3).pending);
    /* For others, by who may. */
    must(event_alloc(0, 1, 2));
    assert_int_equal(port, 5);
    assert_int_equal(port_is(1, 5).remote_domain, 2);
    assert_string_equal(event_alloc(1, 0, 1), "EPERM");
    assert_string_equal(event_alloc(1, 77, 1), "ESRCH");
    must(event_connect(2, 1, 5));
    pv_finish(&p);
}

/* --- Events -------------------------------------------------------------------------------- */

static void test_sent(void **state)
{
    (void)state;
    begins();
    must(event_send(1, 1)); /* It waits: what is sent is lost. */
    must(event_connect(0, 1, 1));
    must(event_send(0, 1));
    assert_int_equal(mem(&p, shared(1) + PENDING_64), 2);
    assert_true(bits_of(1, 1).selected && bits_of(1, 1).upcall);
    /* Each bit above is set only when the one below it was not. */
    poke(shared(1) + 8, 0);
    must(event_send(0, 1));
    assert_false(bits_of(1, 1).selected);
    assert_int_equal(events_take(p.w.machine, &p.w.machine->domains[1], 1, NULL), XENPT_OK);
    assert_false(bits_of(1, 1).pending || bits_of(1, 1).upcall);
    pv_finish(&p);
}

static void test_masked(void **state)
{
    (void)state;
    begins();
    must(event_connect(0, 1, 1));
    poke(shared(1) + MASK_64, 2);
    assert_true(bits_of(1, 1).masked);
    must(event_send(0, 1));
    assert_true(bits_of(1, 1).pending);
    assert_false(bits_of(1, 1).selected || bits_of(1, 1).upcall);
    pv_finish(&p);
}

/* Two of a word of the selector: it goes with the last of them. */
static void test_taken(void **state)
{
    struct domain *d;

    (void)state;
    begins();
    d = &p.w.machine->domains[0];
    must(event_connect(0, 1, 1));
    must(event_connect(0, 1, 2));
    assert_int_equal(mem(&p, shared(0) + PENDING_64), 6);
    assert_int_equal(events_take(p.w.machine, d, 1, NULL), XENPT_OK);
    assert_true(bits_of(0, 2).pending && bits_of(0, 2).selected && bits_of(0, 2).upcall);
    assert_false(bits_of(0, 1).pending);
    assert_int_equal(events_take(p.w.machine, d, 2, NULL), XENPT_OK);
    assert_false(bits_of(0, 2).selected || bits_of(0, 2).upcall);
    pv_finish(&p);
}

/* A 32-bit guest has words of 32 bits: port 40 is in its second. */
static void test_32(void **state)
{
    (void)state;
    begins();
    for (uint32_t i = 3; i < 40; i++)
        must(event_ipi(2, 0));
    must(event_ipi(2, 0));
    assert_int_equal(port, 40);
    must(event_send(2, 40));
    assert_int_equal(mem(&p, shared(2) + PENDING_32), UINT64_C(1) << 40);
    assert_int_equal(mem(&p, shared(2)) >> 32, 2); /* evtchn_pending_sel, at 4. */
    assert_int_equal(mem(&p, shared(2)) & 0xff, 1);
    assert_int_equal(events_limit(p.w.machine, &p.w.machine->domains[2]), 1024);
    poke(shared(2) + MASK_32, UINT64_C(1) << 41);
    assert_true(bits_of(2, 41).masked);
    assert_false(bits_of(2, 40).masked);
    /* A 64-bit one: port 70 in the second word of 64. */
    for (uint32_t i = 3; i <= 70; i++)
        must(event_ipi(1, 1));
    must(event_send(1, 70));
    assert_int_equal(mem(&p, shared(1) + PENDING_64 + 8), UINT64_C(1) << 6);
    /* They are for the second vCPU: its vcpu_info is 64 bytes on. */
    assert_int_equal(mem(&p, shared(1) + 64) & 0xff, 1);
    assert_int_equal(mem(&p, shared(1) + 64 + 8), 2);
    assert_int_equal(mem(&p, shared(1) + 8), 0);
    pv_finish(&p);
}

static void test_virqs(void **state)
{
    size_t nr = 0;

    (void)state;
    begins();
    while (xenpt_virq(nr))
        nr++;
    assert_int_equal(nr, XENPT_NR_VIRQS);
    must(event_virq(1, 0, 1));
    assert_int_equal(port_is(1, port).kind, XENPT_CHANNEL_VIRQ);
    assert_int_equal(port_is(1, port).vcpu, 1);
    assert_int_equal(port_is(1, port).virq, 0);
    must(event_virq(1, 0, 0));
    assert_string_equal(event_virq(1, 0, 0), "EEXIST");
    assert_string_equal(event_virq(1, 3, 1), "EINVAL");
    assert_string_equal(event_virq(1, 0, 2), "ENOENT");
    assert_string_equal(event_send(1, port), "EINVAL");
    /* Closed, it can be bound again. */
    must(event_close(1, port));
    must(event_virq(1, 0, 0));
    must(event_virq(1, 13, 1)); /* XENPMU is each vCPU's own. */
    pv_finish(&p);
}

/* --- As it is ------------------------------------------------------------------------------ */

static void test_snapshots(void **state)
{
    struct xenpt_machine_snapshot *snap;

    (void)state;
    begins();
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(event_connect(0, 1, 1));
    must(event_alloc(1, SELF, 0));
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_int_equal(port_is(1, 1).kind, XENPT_CHANNEL_UNBOUND);
    assert_int_equal(port_is(1, 3).kind, XENPT_CHANNEL_CLOSED);
    assert_false(bits_of(0, 1).pending);
    must(event_connect(0, 1, 1));
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(event_close(1, 1));
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_int_equal(port_is(1, 1).kind, XENPT_CHANNEL_INTERDOMAIN);
    /* A domain goes, and who was connected to it waits. */
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 1, NULL), XENPT_OK);
    assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_UNBOUND);
    must(event_send(0, 1));
    assert_string_equal(event_connect(0, 1, 1), "ESRCH");
    pv_finish(&p);
}

static void test_no_memory(void **state)
{
    (void)state;
    begins();
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_event_bind_interdomain(p.w.machine, &c, 1, 1, &port, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(port_is(1, 1).kind, XENPT_CHANNEL_UNBOUND);
        assert_int_equal(port_is(0, 1).kind, XENPT_CHANNEL_CLOSED);
        assert_false(bits_of(0, 1).pending || bits_of(0, 1).upcall);
    }
    assert_true(bits_of(0, 1).pending);
    pv_finish(&p);
}

/* --- A vcpu_info elsewhere ----------------------------------------------------------------- */

static const char *registered(uint32_t d, uint32_t vcpu, uint64_t frame, uint32_t offset)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(xenpt_pv_register_vcpu_info(p.w.machine, &c, vcpu, frame, offset, &p.r, NULL),
                     XENPT_OK);
    return p.r.name;
}

/* public/xen.h, struct vcpu_info: evtchn_upcall_pending, evtchn_upcall_mask; evtchn_pending_sel at
 * 8, of a 32-bit guest at 4. */
static void test_registered(void **state)
{
    uint64_t frame, at;

    (void)state;
    begins();
    must(event_connect(0, 1, 1));
    poke(shared(1), UINT64_C(1) << 8);
    poke(shared(1) + 16, 0x1234); /* arch.cr2, which is copied. */
    frame = fresh(&p, 1);
    at = (frame << 12) + 0x40;
    must(registered(1, 0, frame, 0x40));
    assert_int_equal(mem(&p, at), 0x101);
    assert_int_equal(mem(&p, at + 8), UINT64_MAX);
    assert_int_equal(mem(&p, at + 16), 0x1234);
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_WRITABLE);
    counts_hold(&p);
    /* Events come there from now on, and no more to shared_info. */
    poke(at, 0);
    poke(at + 8, 0);
    must(event_send(0, 1));
    assert_int_equal(mem(&p, shared(1) + PENDING_64), 2);
    assert_int_equal(mem(&p, at), 1);
    assert_int_equal(mem(&p, at + 8), 1);
    assert_int_equal(mem(&p, shared(1) + 8), 0);
    assert_true(bits_of(1, 1).selected && bits_of(1, 1).upcall);
    assert_int_equal(events_take(p.w.machine, &p.w.machine->domains[1], 1, NULL), XENPT_OK);
    assert_int_equal(mem(&p, at), 0);
    /* What Xen writes to becomes no table. */
    assert_string_equal(ext(&p, 1, 0, frame, 0, SELF), "EINVAL");
    /* A 32-bit guest's is at a multiple of 4. */
    frame = fresh(&p, 2);
    must(registered(2, 0, frame, 4));
    /* What the builder has left there: evtchn_upcall_mask. */
    assert_int_equal(mem(&p, frame << 12), UINT64_C(0x101) << 32);
    assert_int_equal(mem(&p, (frame << 12) + 8), UINT32_MAX);
    counts_hold(&p);
    pv_finish(&p);
}

/* The last of its references go with the domain, and a snapshot knows. */
static void test_registered_ends(void **state)
{
    struct xenpt_machine_snapshot *snap;
    uint64_t frame;

    (void)state;
    begins();
    frame = fresh(&p, 1);
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    must(registered(1, 0, frame, 0));
    assert_string_equal(registered(1, 0, frame, 0), "EINVAL");
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    must(registered(1, 0, frame, 0));
    counts_hold(&p);
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 1, NULL), XENPT_OK);
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built),
        cmocka_unit_test(test_xens_own),
        cmocka_unit_test(test_connected),
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_sent),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_32),
        cmocka_unit_test(test_virqs),
        cmocka_unit_test(test_snapshots),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_registered),
        cmocka_unit_test(test_registered_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
