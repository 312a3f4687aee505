/* test_scenario_sharing.c - foreign maps, event channels, the xenstore, devices and resources as
 * steps, and what can be expected of them. */
#include "scenario_fixture.h"

#define HERE "at: 0xffffffff80005000"
#define MAP(e)                                                                                     \
    "{ update-va-mapping: d0.v0, " HERE ", value: maddr(d1.gfn(8000)) | " e ", frames-of: d1 }"
#define RING                                                                                       \
    "{ grant-map: d0.v0, of: d1, ref: 1, at: 0xffffffff80006000 }, { event-bind-interdomain: "     \
    "d0.v0, "                                                                                      \
    "to: d1, port: d1.xenstore-port, got: ours }, { xenstore-introduce: d1 }"
#define RUN  "{ run: d0.v0.kernel, expect: [ "
#define DISK "id: 51712, front: d1, back: d0"

static void test_foreign(void **state)
{
    static const struct expect_row rows[] = {
        { RUN "{ foreign-maps: d1, count: 0 }, { foreign-maps: d1, resources: 0, writable: 0 } ] }",
          HELD, NULL },
        { MAP("0x63") ", " RUN "{ foreign-maps: d1 }, { foreign-maps: d1, count: 1, writable: 1, "
                      "by: d0 }, { "
                      "foreign-maps: d1, count: 0, by: d3 } ] }",
          HELD, NULL },
        { MAP("0x61") ", " RUN "{ foreign-maps: d1, count: 1, writable: 0 } ] }", HELD, NULL },
        { MAP("0x63") ", " RUN "{ foreign-maps: d1, count: 0 } ] }", FAILED,
          "1 of memory, 1 of these writable, and 0 of resources; d0: mfn 0x" },
        { MAP("0x63") ", " RUN "{ foreign-maps: d1, count: 2 } ] }", FAILED,
          " rw by the l1 entry at 0x" },
        { RUN "{ foreign-maps: d1 } ] }", FAILED, "0 of memory" },
        { MAP("0x63") ", " RUN "{ foreign-maps: d1, count: d1.foreign-maps }, { foreign-maps: d0, "
                      "count: d0.foreign-maps } ] }",
          HELD, NULL },
        { "{ pause: d1 }, " MAP("0x63") ", { unpause: d1 }, " RUN "{ foreign-maps: d1 } ] }", HELD,
          NULL },
        { "{ acquire-resource: d0.v0, of: d1, type: grant-table, got: table, expect: [ { result: "
          "ok } ] "
          "}, { update-va-mapping: d0.v0, " HERE
          ", value: maddr(table) | 0x61, frames-of: d1 }, " RUN
          "{ foreign-maps: d1, count: 0, resources: 1 } ] }",
          HELD, NULL },
        { "{ acquire-resource: d0.v0, of: d1, type: vmtrace, expect: [ { result: EINVAL, rule: "
          "resource-empty } ] }",
          HELD, NULL },
        { "{ acquire-resource: d0.v0, of: d1, type: grant-table, frames: 65 }", ERROR,
          "1 to 64 frames are asked for, and not 65" },
        { "{ ioreq: d0.v0, op: create, of: d2, got: one }, { acquire-resource: d0.v0, of: d2, "
          "type: "
          "ioreq-server, id: one, frames: 2 }, " RUN
          "{ ioreq-server: one, of: d2, by: d0, enabled: no, acquired: yes }, { ioreq-server: 1, "
          "of: d2, "
          "absent: yes } ] }",
          HELD, NULL },
        { "{ ioreq: d0.v0, op: create, of: d2 }, { ioreq: d0.v0, op: info, of: d2, expect: [ { "
          "result: "
          "ENOMEM, rule: ioreq-gfn } ] }, { ioreq: d0.v0, op: enable, of: d2 }, " RUN
          "{ ioreq-server: 0, of: d2, enabled: yes }, { ioreq-server: 0, of: d2, gfn: 5 } ] }",
          FAILED, "of d0, enabled; its page is none" },
        { RUN "{ ioreq-server: 0, of: d2 } ] }", FAILED, "it is not there" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_events(void **state)
{
    static const struct expect_row rows[] = {
        { RUN "{ event: 1, of: d1, is: unbound, to: d0, pending: no, masked: no }, { event: 9, of: "
              "d1, is: "
              "closed } ] }",
          HELD, NULL },
        { RUN "{ event: 1, of: d1, is: closed } ] }", FAILED,
          "unbound, d0 port 0; it notifies v0; pending no" },
        { RUN "{ event: 1, of: d1, to: d3 } ] }", FAILED, "unbound, d0" },
        { RUN "{ event: 9, of: d1, to: d0 } ] }", FAILED, "closed" },
        { RUN "{ event: 5000, of: d1, is: closed } ] }", ERROR, "d1 has no port 5000" },
        { "{ event-alloc-unbound: d1.v0, to: d0, got: new }, " RUN
          "{ event: new, of: d1, is: unbound, to: d0 } ] }",
          HELD, NULL },
        { "{ event-alloc-unbound: d1.v0, of: d0, to: d1, got: new, expect: [ { result: EPERM, "
          "rule: "
          "event-foreign } ] }",
          HELD, NULL },
        { "{ event-alloc-unbound: d0.v0, of: d1, to: d3 }, " RUN "{ event: 3, of: d1, to: d3 } ] }",
          HELD, NULL },
        { "{ event-bind-interdomain: d0.v0, to: d1, port: 1, got: ours }, { event-take: d0, port: "
          "ours "
          "}, { event-send: d1.v0, port: 1 }, " RUN
          "{ event: ours, of: d0, is: interdomain, to: d1, to-port: 1, pending: yes, selected: "
          "yes, upcall: "
          "yes, vcpu: 0 } ] }",
          HELD, NULL },
        { "{ event-bind-virq: d0.v0, virq: con-ring }, { event-bind-virq: d0.v0, number: 30, "
          "expect: [ { "
          "result: EINVAL, rule: event-virq } ] }, { event-bind-virq: d0.v1, virq: timer, for: 1 "
          "}, " RUN "{ event: 2, of: d0, is: virq, vcpu: 1 } ] }",
          HELD, NULL },
        { "{ event-bind-ipi: d0.v0, for: 1, got: ipi }, { event-send: d0.v0, port: ipi, expect: [ "
          "{ event: "
          "ipi, of: d0, is: ipi, pending: yes } ] }, { event-close: d0.v0, port: ipi, expect: [ { "
          "event: ipi, "
          "of: d0, is: closed, pending: no } ] }",
          HELD, NULL },
        { "{ event-status: d0.v0, of: d1, port: 1, expect: [ { result: ok } ] }, { event-status: "
          "d1.v0, of: "
          "d0, port: 1, expect: [ { result: EPERM } ] }",
          HELD, NULL },
        { "{ event-send: d1.v0, port: 0x100000000 }", ERROR, "a port has 32 bits" },
        { "{ event-take: d1, port: 64 }", ERROR, "there is no port 64 of d1" },
        { RUN "{ owner: d1.shared-info, is: xen }, { owner: d1.console-ring, is: d1 }, { owner: "
              "d1.xenstore-ring, is: d1 }, { event: d1.console-port, of: d1, is: unbound } ] }",
          HELD, NULL },
        { RUN "{ event: d0.console-port, of: d0, is: unbound } ] }", ERROR,
          "made no port for the console" },
        { RUN "{ owner: d0.console-ring, is: d0 } ] }", ERROR, "d0 was given no console-ring" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_store(void **state)
{
    static const struct expect_row rows[] = {
        { RUN "{ xenstore: /local/domain/1/name, value: d1, permissions: n0 r1 }, { xenstore: "
              "/local/domain/1/store/port, number: d1.xenstore-port }, { xenstore: /nothing, "
              "absent: yes } ] }",
          HELD, NULL },
        { RUN "{ xenstore: /local/domain/1/name, value: d2 } ] }", FAILED,
          "'d1', with the permissions n0 r1" },
        { RUN "{ xenstore: /nothing, value: d2 } ] }", FAILED, "it is not there" },
        { RUN "{ xenstore: /local/domain/1/name, absent: yes } ] }", FAILED, "'d1'" },
        { RUN "{ xenstore: /local/domain/1/name, permissions: n1 } ] }", FAILED, "n0 r1" },
        { "{ xenstore-read: d1, path: name }", ERROR, "nobody has introduced d1 to the xenstore" },
        { "{ xenstore-introduce: d1 }", ERROR, "d0 has not mapped its grant 1" },
        { RING
          ", { xenstore-write: d1, path: data/x, number: 7 + 1, expect: [ { result: ok } ] }, { "
          "xenstore-read: d1, path: data/x, got: eight, expect: [ { xenstore: "
          "/local/domain/1/data/x, number: eight, permissions: n1 } ] }, { xenstore-list: d1, "
          "path: data, "
          "expect: [ { result: ok } ] }, { xenstore-mkdir: d1, path: data/y }, { xenstore-rm: d1, "
          "path: "
          "data/x, expect: [ { xenstore: /local/domain/1/data/x, absent: yes }, { xenstore: "
          "/local/domain/1/data/y, permissions: n1 } ] }",
          HELD, NULL },
        { RING ", { xenstore-write: d1, path: name, value: d7, expect: [ { result: EACCES, rule: "
               "xenstore-write } ] }",
          HELD, NULL },
        { RING ", { xenstore-permit: d1, path: data, are: n1 r3, expect: [ { xenstore: "
               "/local/domain/1/data, permissions: n1 r3 } ] }, { xenstore-permit: d1, path: data, "
               "are: n3, "
               "expect: [ { result: EPERM, rule: xenstore-given } ] }",
          HELD, NULL },
        /* Its rules can be switched, as others can. */
        { "{ device-add: vbd, " DISK " }, { device-switch: vbd, " DISK
          ", end: back, is: init-wait, expect: [ { result: ok }, { device: vbd, " DISK
          ", front-is: initialising, back-is: init-wait, mapped: no, bound: no } ] }",
          HELD, NULL },
        { "{ device-add: vbd, " DISK " }, { device-add: vbd, " DISK " }", ERROR,
          "there is /local/domain/1/device/vbd/51712 already" },
        { "{ device-add: vif, id: 0, front: d1, back: d1 }", ERROR, "between two domains" },
        { "{ device-add: vbd, " DISK " }, { device-switch: vbd, " DISK
          ", end: front, is: connected }",
          ERROR, "a front-end of a vbd does not go from initialising to connected" },
        { RUN "{ device: vbd, " DISK ", front-is: connected } ] }", FAILED,
          "the front-end is unknown, the back-end unknown; rings not mapped, the event channel not "
          "connected" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ xenstore-write: d0, path: /x }", ERROR, "Either value, a text, or number" },
        { "{ xenstore-write: d0, path: /x, value: a, number: 1 }", ERROR, "Either value" },
        { RUN "{ xenstore: /x, absent: yes, value: a } ] }", ERROR,
          "a node that is absent has nothing" },
        { "{ event-bind-virq: d0.v0, virq: tiner }", ERROR, "did you mean 'timer'" },
        { "{ device-switch: vbd, " DISK ", end: front, is: initialized }", ERROR, "initialised" },
        { "{ xenstore-introduce: d7 }", ERROR, "there is no 'd7'" },
        { "{ event-alloc-unbound: d1.v0 }", ERROR, "'to' is missing" },
    };

    (void)state;
    CHECK(steps_are, rows);
}

/* --- Models -------------------------------------------------------------------------------- */

#define HEAD                                                                                       \
    "host: { ram: 1G, cpus: 2 }\nxen: { release: \"4.17\" }\ndomains:\n  d0: { type: pv64, "       \
    "memory: 32M, privileged: yes }\n"

static void test_models(void **state)
{
    static const struct whole_row rows[] = {
        { "  d1: { type: pv64, memory: 16M, paused: yes }\n", "steps: [ { run: d1.v0.kernel } ]\n",
          ERROR, "d1.v0 is paused", 0 },
        { "  d1: { type: pv64, memory: 16M, paused: yes }\n",
          "steps: [ { unpause: d1 }, { run: d1.v0.kernel, expect: [ { foreign-maps: d1, count: 0 } "
          "] } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M, paused: yes }\n",
          "policy: { unpause: refuse-while-foreign-mapped }\nsteps: [ { update-va-mapping: "
          "d0.v0, " HERE ", value: maddr(d1.gfn(5)) | 0x61, frames-of: d1 }, { unpause: d1, "
          "expect: [ { result: EBUSY, "
          "rule: unpause-foreign } ] }, { update-va-mapping: d0.v0, " HERE
          ", value: 0 }, { unpause: d1, expect: [ { result: ok } ] }, { run: d1.v0.kernel } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M, paused: yes }\n",
          "policy: { unpause: anyway }\nsteps: [ { update-va-mapping: d0.v0, " HERE
          ", value: maddr(d1.gfn(5)) | 0x61, frames-of: d1 }, { unpause: d1 }, { run: d1.v0.kernel "
          "} ]\n",
          HELD, NULL, 0 },
        /* The same by its rule. */
        { "  d1: { type: pv64, memory: 16M, paused: yes }\n",
          "rules: +unpause-foreign\nsteps: [ { update-va-mapping: d0.v0, " HERE
          ", value: maddr(d1.gfn(5)) | 0x61, frames-of: d1 }, { unpause: d1, expect: [ { result: "
          "EBUSY } ] } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M }\n",
          "rules: -xenstore-there\nsteps: [ { xenstore-read: d0, path: /nothing, expect: [ { "
          "result: ok } ] } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M }\n  d2: { type: pv64, memory: 16M, target: d1 }\n",
          "steps: [ { update-va-mapping: d2.v0, " HERE
          ", value: maddr(d1.gfn(5)) | 0x61, frames-of: d1, expect: [ { result: ok }, { "
          "foreign-maps: d1, by: "
          "d2, count: 1 } ] } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M }\n",
          "steps: [ { create: d2, as: { type: pv64, memory: 16M, target: d1, paused: yes } }, { "
          "unpause: d2 }, "
          "{ update-va-mapping: d2.v0, " HERE
          ", value: maddr(d1.gfn(5)) | 0x61, frames-of: d1, expect: [ { result: ok } ] } ]\n",
          HELD, NULL, 0 },
        { "  d1: { type: pv64, memory: 16M, target: d2 }\n  d2: { type: pv64, memory: 16M }\n", "",
          ERROR, "target: 'd2' is no domain that is there before this one", 5 },
        { "  d1: { type: pv64, memory: 16M }\n", "policy: { unpause: later }\n", ERROR,
          "refuse-while-foreign-mapped", 6 },
        { "  d1: { type: pv64, memory: 16M }\n",
          "steps: [ { create: d2, as: { type: pv64, memory: 16M, target: "
          "d3 } } ]\n",
          ERROR, "target: 'd3' is no domain", 6 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD, &rows[i]);
}

/* What a PVH dom0 has acquired is referred to by its p2m, as another's memory there is. */
static void test_acquired(void **state)
{
    static const char head[] =
        "host: { ram: 1G, cpus: 2 }\nxen: { release: \"4.17\", options: [dom0=pvh] }\ndomains:\n";
    static const struct whole_row row = {
        "  d0: { type: pvh, memory: 64M, privileged: yes, mode: 4level }\n"
        "  d1: { type: pv64, memory: 32M }\n",
        "steps:\n"
        "  - { add-to-physmap: d0.v0, space: gmfn-foreign, frames-of: d1, frame: d1.gfn(100), "
        "gfn: 0x3f00, batch: yes, expect: [ { result: ok }, { invariant: counts } ] }\n"
        "  - { acquire-resource: d0.v0, of: d1, type: grant-table, gfn: 0x3f01, got: table, "
        "expect: [ { result: ok }, { invariant: counts } ] }\n"
        "  - { acquire-resource: d0.v0, of: d1, type: grant-table, gfn: 0x3f00, got: again, "
        "expect: [ { result: ok }, { invariant: counts } ] }\n"
        "  - { remove-from-physmap: d0.v0, gfn: 0x3f01, expect: [ { result: ok }, "
        "{ invariant: counts } ] }\n",
        HELD, NULL, 0
    };

    (void)state;
    whole_is(head, &row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acquired), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_events),   cmocka_unit_test(test_store),
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_models),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
