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
        /* 16 bytes and "name" are read where requests are; 16 and "d1" are written. */
        { "{ grant-map: d0.v0, of: d1, ref: 1, at: 0xffffffff80006000 }, { "
          "event-bind-interdomain: d0.v0, to: d1, port: d1.xenstore-port }, { xenstore-introduce: "
          "d1 }, { name: asked, xenstore-read: d1, path: name, expect: [ { touched: "
          "d1.xenstore-ring, access: read, during: asked, count: 99 } ] }",
          FAILED, "d0 reads 21 bytes of d1" },
        { "{ grant-map: d0.v0, of: d1, ref: 1, at: 0xffffffff80006000 }, { "
          "event-bind-interdomain: d0.v0, to: d1, port: d1.xenstore-port }, { xenstore-introduce: "
          "d1 }, { name: asked, xenstore-read: d1, path: name, expect: [ { touched: "
          "d1.xenstore-ring, access: write, during: asked, count: 99 } ] }",
          FAILED, "d0 writes 18 bytes of d1" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

#define CONSOLE                                                                                    \
    "{ grant-map: d0.v0, of: d1, ref: 0, at: 0xffffffff80006000 }, { event-bind-interdomain: "     \
    "d0.v0, to: d1, port: d1.console-port }, "

/* public/io/console.h: what is printed from byte 1024 on, what is typed from the first; counters
 * from 3072 on. */
static void test_console(void **state)
{
    static const struct expect_row rows[] = {
        { CONSOLE "{ name: line, console-print: d1, text: hello, expect: [ { touched: "
                  "d1.console-ring, why: ring, by: domain, of: d0, through: grant, during: line, "
                  "count: 3 }, { touched: d1.console-ring, access: write, during: line, count: 1 } "
                  "] }, { access: read, in: d0.v0.kernel, at: 0xffffffff80006400, expect: [ { "
                  "data: 0x6f6c6c6568 } ] }",
          HELD, NULL },
        { CONSOLE "{ name: key, console-type: d1, text: ls, expect: [ { touched: d1.console-ring, "
                  "access: write, during: key, count: 2 }, { touched: d1.console-ring, access: "
                  "read, during: key, count: 1 } ] }, { access: read, in: d0.v0.kernel, at: "
                  "0xffffffff80006000, bytes: 2, expect: [ { data: 0x736c } ] }",
          HELD, NULL },
        { "{ console-print: d1, text: hello }", ERROR, "nobody has mapped d1's grant 0" },
        { "{ grant-map: d0.v0, of: d1, ref: 0, at: 0xffffffff80006000 }, { console-print: d1, "
          "text: "
          "hello }",
          ERROR, "is not connected" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* gdbsx: whatever the guest's entries let it; its tables are read for it, and the page mapped. */
static void test_debugger(void **state)
{
    static const struct expect_row rows[] = {
        { "{ name: look, debug-memory: d1, by: d0.v0, at: 0xffffffff80005010, expect: [ { result: "
          "ok }, { touched: d1.gfn(5), why: debugger, by: xen, of: d0, through: transient, access: "
          "read, consent: none, count: 1 }, { touched: d1, why: walk, of: d0, during: look, count: "
          "4 }, { touched: d0, why: result, during: look } ] }",
          HELD, NULL },
        /* A table of the guest's is read-only to it, and to dom0 as well. */
        { "{ debug-memory: d1, by: d0.v0, at: 0xffffffff80400000, access: write, expect: [ { "
          "result: ok }, { touched: d1, why: debugger, access: write, count: 1 } ] }",
          HELD, NULL },
        { "{ debug-memory: d2, by: d0.v0, at: 0x5ffc, bytes: 8, access: write, expect: [ { result: "
          "ok }, { touched: d2.gfn(5), why: debugger, count: 1 }, { touched: d2.gfn(6), why: "
          "debugger, count: 1 } ] }",
          HELD, NULL },
        { "{ set-p2m-type: d2, gfn: 5, type: ram_ro }, { debug-memory: d2, by: d0.v0, at: 0x5000, "
          "access: write, expect: [ { result: EFAULT, rule: gdbsx-mapped }, { untouched: d2, why: "
          "debugger } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* Rights of a view are a processor's affair: what Xen copies for a hypercall it copies. */
static void test_mem_access(void **state)
{
    static const struct expect_row rows[] = {
        { "{ set-mem-access: d2, gfns: 5, access: n }, { access: read, in: d2.v0.guest, at: "
          "0x5000, "
          "expect: [ { outcome: event }, { touched: d2.gfn(0xfeff9), why: vm-event, by: xen, of: "
          "d2, through: kept, consent: none, access: write, count: 1 } ] }, { name: call, "
          "grant-set-version: d2.v0, version: 2, argument: 0x5010, expect: [ { result: ok }, { "
          "touched: d2.gfn(5), why: [argument, result], during: call, count: 2 }, { untouched: "
          "d2, why: vm-event, during: call } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* dm_op: an array of buffers, and what is asked for in one of them, twice; a new server's number is
 * written back. */
static void test_dm_op(void **state)
{
    static const struct expect_row rows[] = {
        { "{ name: new, ioreq: d0.v0, op: create, of: d2, argument: 0xffffffff80005010, expect: [ "
          "{ "
          "result: ok }, { touched: d0.gfn(5), why: argument, at: 0xffffffff80005010 }, { touched: "
          "d0, why: argument, during: new, count: 3 }, { touched: d0, why: result, during: new, "
          "count: 1 } ] }",
          HELD, NULL },
        { "{ ioreq: d0.v0, op: create, of: d2, argument: 0x1000, expect: [ { result: EFAULT, rule: "
          "argument-mapped } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* free_domheap_pages: what a domain gives back is its own to clear; of one that dies Xen clears it.
 */
static void test_scrub(void **state)
{
    static const struct expect_row rows[] = {
        { "{ decrease-reservation: d2.v0, gfns: 0x800, "
          "expect: [ { result: ok }, { untouched: d2, why: scrub } ] }, { destroy: "
          "d2, expect: [ { touched: d2, why: scrub, by: xen } ] }",
          HELD, NULL },
    };

    (void)state;
    CHECK(steps_are, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),       cmocka_unit_test(test_queues),
        cmocka_unit_test(test_info),       cmocka_unit_test(test_ring),
        cmocka_unit_test(test_console),    cmocka_unit_test(test_debugger),
        cmocka_unit_test(test_mem_access), cmocka_unit_test(test_dm_op),
        cmocka_unit_test(test_scrub),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
