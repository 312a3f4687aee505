/*
 * test_touch_events.c - what Xen and xenstored do in a guest's memory for events: which bytes of
 * shared_info, of queues and of a vcpu_info elsewhere, and of the xenstore's ring;
 * common/event_2l.c, event_fifo.c, map_vcpu_info, 4.17; public/xen.h, struct shared_info;
 * public/io/xs_wire.h.
 */
#include "scenario_fixture.h"

#define PORTS                                                                                      \
    "{ event-alloc-unbound: d1.v0, to: d0, got: own }, { event-bind-interdomain: d0.v0, to: d1, "  \
    "port: own, got: other }, "
#define OF_D1 "touched: d1, why: event, by: xen, of: d0"
#define INFO  "{ register-vcpu-info: d1.v0, frame: d1.gfn(8000), offset: 0x40 }, "
#define QUEUES                                                                                     \
    "{ event-init-control: d1.v0, frame: d1.gfn(8000) }, { event-expand-array: d1.v0, frame: "     \
    "d1.gfn(8001) }, "

/* evtchn_pending, evtchn_mask, evtchn_pending_sel and evtchn_upcall_pending, in that order; what
 * was set already ends it. */
static void test_bits(void **state)
{
    static const struct expect_row rows[] = {
        { PORTS "{ name: one, event-send: d0.v0, port: other, expect: [ { " OF_D1
                ", during: one, consent: shared, through: directmap, count: 4 }, { " OF_D1
                ", during: one, access: read, count: 1 }, { untouched: d1, during: one } ] }",
          HELD, NULL },
        { PORTS "{ event-send: d0.v0, port: other }, { name: two, event-send: d0.v0, port: other, "
                "expect: [ { " OF_D1 ", during: two, access: write, count: 1 }, { " OF_D1
                ", during: two, count: 1 } ] }",
          HELD, NULL },
        /* A guest that takes note of an event does so itself. */
        { PORTS "{ event-send: d0.v0, port: other }, { name: two, event-take: d1, port: own, "
                "expect: [ { untouched: d1, why: event, during: two } ] }",
          HELD, NULL },
        /* Nothing waits for it: the mask alone. */
        { PORTS "{ name: three, event-unmask: d1.v0, port: own, expect: [ { touched: d1, why: "
                "event, of: d1, during: three, count: 1 } ] }",
          HELD, NULL },
        { PORTS "{ event-send: d0.v0, port: other }, { name: four, event-close: d1.v0, port: own, "
                "expect: [ { touched: d1, why: event, of: d1, during: four, access: write, count: "
                "1 } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_queues(void **state)
{
    static const struct expect_row rows[] = {
        /* The word, which is pending and linked; the head of its queue; and which have something,
         * and the vCPU, which is in shared_info yet. */
        { PORTS QUEUES
          "{ name: one, event-send: d0.v0, port: other, expect: [ { touched: d1.gfn(8001), why: "
          "event, consent: registered, through: kept, access: write, during: one, count: 1 }, { "
          "touched: d1.gfn(8000), why: event, access: write, during: one, count: 2 }, { touched: "
          "d1, why: event, consent: shared, during: one, count: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_info(void **state)
{
    static const struct expect_row rows[] = {
        /* It is copied, all is pending, and the time comes. */
        { "{ name: info, register-vcpu-info: d1.v0, frame: d1.gfn(8000), offset: 0x40, expect: [ { "
          "result: ok }, { touched: d1, why: vcpu-info, access: read, through: directmap, consent: "
          "shared, during: info, count: 1 }, { touched: d1.gfn(8000), why: vcpu-info, access: "
          "write, through: kept, consent: registered, during: info, count: 2 }, { touched: "
          "d1.gfn(8000), why: event, during: info, count: 2 }, { type: d1.gfn(8000), is: writable, "
          "references: 2 }, { invariant: counts } ] }",
          HELD, NULL },
        { INFO PORTS "{ name: sent, event-send: d0.v0, port: other, expect: [ { touched: "
                     "d1.gfn(8000), why: event, consent: registered, during: sent }, { touched: "
                     "d1, why: event, consent: shared, during: sent } ] }",
          HELD, NULL },
        { INFO "{ run: d0.v0.kernel, on: cpu0 }, { name: again, run: d1.v0.kernel, on: cpu0, "
               "expect: [ { touched: d1.gfn(8000), why: vcpu-info, access: write, through: kept, "
               "during: again, count: 1 }, { untouched: d1, consent: shared, during: again, why: "
               "vcpu-info } ] }",
          HELD, NULL },
        /* Refused, and the time comes all the same, where it was. */
        { "{ run: d1.v0.kernel, on: cpu0 }, { name: no, register-vcpu-info: d1.v0, frame: "
          "d1.v0.root, expect: [ { result: EINVAL, "
          "rule: vcpu-info-type }, { touched: d1, why: vcpu-info, consent: shared, during: no, "
          "count: 1 } ] }",
          HELD, NULL },
        { "{ register-vcpu-info: d2.v0, frame: d2.gfn(8), argument: 0x5000, expect: [ { result: ok "
          "}, { touched: d2.gfn(8), why: vcpu-info, through: kept }, { touched: d2.gfn(5), why: "
          "argument, count: 1 }, { invariant: counts } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* Of a request: both counters, its bytes, and that they were read; of the answer likewise. */
static void test_ring(void **state)
{
    static const struct expect_row rows[] = {
        { "{ grant-map: d0.v0, of: d1, ref: 1, at: 0xffffffff80006000 }, { "
          "event-bind-interdomain: d0.v0, to: d1, port: d1.xenstore-port }, { xenstore-introduce: "
          "d1 }, { name: asked, xenstore-read: d1, path: name, expect: [ { touched: "
          "d1.xenstore-ring, why: ring, by: domain, of: d0, through: grant, consent: granted, "
          "during: asked, count: 6 }, { touched: d1.xenstore-ring, access: read, during: asked, "
          "count: 3 }, { untouched: d1, since: 0, unless: consented } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_queues),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_ring),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
