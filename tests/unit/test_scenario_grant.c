/* test_scenario_grant.c - grants as steps, and what can be expected of them. */
#include "scenario_fixture.h"

#define OFFER "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(8000) }, "
#define MAP   "{ grant-map: d0.v0, of: d1, ref: 8, "
#define HERE  "at: 0xffffffff80005000, "

static void test_steps(void **state)
{
    static const struct expect_row rows[] = {
        { OFFER MAP HERE "expect: [ { result: ok }, { grant: 8, of: d1, by: d0, host-rw: 1, pins: "
                         "1, status: writing, frame: d1.gfn(8000) }, { granted: d1.gfn(8000), to: "
                         "d0, pins: 1 }, { invariant: own-memory, in: d0.v0.kernel }, { "
                         "invariant: counts } ] }",
          HELD, NULL },
        { OFFER MAP HERE "device: yes, read-only: yes, expect: [ { grant: 8, of: d1, host-ro: 1, "
                         "device-ro: 1, status: reading } ] }",
          HELD, NULL },
        { OFFER MAP "device: yes, expect: [ { grant: 8, of: d1, device-rw: 1 } ] }", HELD, NULL },
        { OFFER MAP HERE "application: yes, avail: 5, expect: [ { entry: 0xffffffff80005000, in: "
                         "d0.v0.kernel, level: 1, with: [US, G, NX, AVL9, AVL11] } ] }",
          HELD, NULL },
        { "{ mmuext-op: d0.v0, op: pin-l1, frame: d0.gfn(16000) }, " OFFER MAP
          "pte: maddr(d0.gfn(16000)) + 24, expect: [ { result: ok }, { invariant: counts } ] }, "
          "{ grant-unmap: d0.v0, handle: 0, pte: maddr(d0.gfn(16000)) + 24, expect: [ { result: "
          "ok }, { granted: d1.gfn(8000), pins: 0 } ] }",
          HELD, NULL },
        /* A guest's own physical memory: another's, and its own. */
        { "{ grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000) }, "
          "{ grant-map: d2.v0, of: d1, ref: 8, gfn: 0x500, expect: [ { result: ok }, { mapped: "
          "0x500000, in: d2.p2m, frame: d1.gfn(8000), rights: rw- } ] }, "
          "{ grant-unmap: d2.v0, handle: 0, gfn: 0x500, expect: [ { unmapped: 0x500000, in: d2.p2m "
          "} ] }",
          HELD, NULL },
        { "{ grant-offer: d2, ref: 8, to: d0, frame: d2.gfn(5) }, "
          "{ grant-map: d0.v0, of: d2, ref: 8, " HERE
          "expect: [ { granted: d2.gfn(5), to: d0 } ] }",
          HELD, NULL },
        { OFFER MAP HERE "device: yes }, { grant-unmap: d0.v0, handle: 0, " HERE
                         "device: yes, expect: [ { result: ok }, { grant: 8, of: d1, pins: 0, "
                         "status: none }, { flushed: tlb, on: cpu0, rule: grant-flush } ] }",
          HELD, NULL },
        { OFFER MAP HERE "device: yes }, { grant-unmap: d0.v0, handle: 0, bus: 0x1000, expect: [ { "
                         "result: bad_dev_addr, rule: grant-bus-device } ] }",
          HELD, NULL },
        { OFFER MAP HERE "read-only: yes }, { grant-unmap: d0.v0, handle: 0, " HERE
                         "by: 0xffffffff80006000, expect: [ { result: ok }, { unmapped: "
                         "0xffffffff80006000, in: d0.v0.kernel }, { invariant: counts } ] }",
          HELD, NULL },
        { "{ grant-offer: d1, ref: 8, type: transfer, to: d0 }, " MAP HERE
          "expect: [ { result: general_error, rule: grant-type } ] }",
          HELD, NULL },
        { OFFER "{ grant-offer: d1, ref: 8, type: nothing }, " MAP HERE
                "expect: [ { result: general_error, rule: grant-type } ] }",
          HELD, NULL },
        { "{ grant-unmap: d0.v0, handle: 7, " HERE "expect: [ { result: bad_handle } ] }", HELD,
          NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_tables(void **state)
{
    static const struct expect_row rows[] = {
        { OFFER
          "{ poke: maddr(d1.gfn(8000)) + 8, value: 0x1234 }, { grant-copy: d0.v0, from-ref: 8, "
          "from-of: d1, from-offset: 8, to-frame: d0.gfn(16000), to-offset: 16, length: 8, "
          "expect: [ { result: ok }, { grant: 8, of: d1, pins: 0, status: none } ] }, { access: "
          "read, in: d0.v0.xen, at: xen.directmap(d0.gfn(16000)) + 16, expect: [ { data: "
          "0x1234 } ] }",
          HELD, NULL },
        { OFFER "{ grant-copy: d0.v0, from-frame: d0.gfn(16000), to-ref: 8, to-of: d1, expect: [ { "
                "result: ok }, { invariant: counts } ] }",
          HELD, NULL },
        { "{ grant-copy: d0.v0, from-frame: d1.gfn(5), to-frame: d0.gfn(16000), expect: [ { "
          "result: "
          "bad_page, rule: grant-frame } ] }",
          HELD, NULL },
        { "{ grant-set-version: d1.v0, version: 2 }, { grant-offer: d1, ref: 8, to: d0, frame: "
          "d1.gfn(8000), from: 16, length: 16 }, { grant-copy: d0.v0, from-ref: 8, from-of: d1, "
          "to-frame: d0.gfn(16000), length: 16, expect: [ { result: general_error, rule: "
          "grant-copy-part } ] }",
          HELD, NULL },
        { "{ grant-set-version: d1.v0, version: 2 }, { grant-offer: d2, ref: 8, to: d1, frame: "
          "d2.gfn(5) }, { grant-offer: d1, ref: 9, to: d0, type: transitive, grant-of: d2, grant: "
          "8 "
          "}, { grant-copy: d0.v0, from-ref: 9, from-of: d1, to-frame: d0.gfn(16000), expect: [ { "
          "result: ok } ] }",
          HELD, NULL },
        { "{ grant-setup-table: d1.v0, frames: 3, expect: [ { result: ok }, { owner: "
          "d1.grant-table(2), is: xen } ] }",
          HELD, NULL },
        { "{ grant-setup-table: d1.v0, frames: 65, expect: [ { result: general_error, rule: "
          "grant-table-size } ] }",
          HELD, NULL },
        { "{ grant-setup-table: d0.v0, of: d2, frames: 2, expect: [ { result: ok } ] }", HELD,
          NULL },
        { "{ grant-setup-table: d2.v0, of: d1, frames: 2, expect: [ { result: permission_denied } "
          "] "
          "}",
          HELD, NULL },
        { "{ grant-set-version: d1.v0, version: 2, expect: [ { type: d1.grant-status(0), count: 1 "
          "} "
          "] }",
          HELD, NULL },
        { "{ let: f, be: d1.grant-status(0) }", ERROR,
          "d1 has 0 frames of grant-status, and none 0" },
        { "{ grant-copy: d0.v0, from-ref: 8, to-frame: d0.gfn(5) }", ERROR, "from where" },
        { "{ grant-copy: d0.v0, from-frame: d0.gfn(5) }", ERROR, "to where" },
        { "{ grant-copy: d0.v0, from-frame: d0.gfn(5), to-frame: d0.gfn(6), length: 70000 }", ERROR,
          "the length of a copy has 16 bits" },
        { "{ grant-copy: d0.v0, from-frame: d0.gfn(5), to-frame: d0.gfn(6), to-offset: 70000 }",
          ERROR, "a place in a page has 16 bits" },
        { "{ grant-set-version: d1.v0, version: 0x100000000 }", ERROR, "a version has 32 bits" },
        { "{ grant-setup-table: d1.v0, frames: 5000 }", ERROR, "no table has more" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_not_so(void **state)
{
    static const struct expect_row rows[] = {
        { OFFER MAP HERE "expect: [ { grant: 8, of: d1, by: d2 } ] }", FAILED,
          "d0 has mfn 0x3df40 by it: host-rw 1, host-ro 0, device-rw 0, device-ro 0; the guest "
          "sees it written" },
        { OFFER "{ run: d0.v0.kernel, expect: [ { grant: 8, of: d1, by: d0 } ] }", FAILED,
          "not in use; the guest sees no use of it" },
        { OFFER MAP HERE "expect: [ { grant: 8, of: d1, status: none } ] }", FAILED, "written" },
        { OFFER MAP HERE "expect: [ { grant: 8, of: d1, device-rw: 1 } ] }", FAILED, "host-rw 1" },
        { OFFER MAP HERE "expect: [ { granted: d1.gfn(8000), to: d2 } ] }", FAILED, "by none" },
        { OFFER MAP HERE "expect: [ { granted: d1.gfn(8000), pins: 2 } ] }", FAILED,
          "1 times, first by d0, by grant 8 of d1" },
        /* Foreign, and not granted. */
        { "{ update-va-mapping: d0.v0, " HERE
          "value: maddr(d1.gfn(8000)) | 0x63, frames-of: d1, expect: [ { invariant: own-memory, "
          "in: d0.v0.kernel } ] }",
          FAILED, "which is d1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_mistakes(void **state)
{
    static const struct expect_row rows[] = {
        { "{ grant-offer: d1, ref: 8, to: d0 }", ERROR, "which frame? 'frame' is missing" },
        { "{ grant-offer: d1, ref: 8, frame: d1.gfn(5) }", ERROR, "to whom? 'to' is missing" },
        { "{ grant-offer: d1, ref: 8, to: d0, type: transitive }", ERROR,
          "which grant of another's?" },
        { "{ grant-offer: d1, ref: 512, to: d0, frame: d1.gfn(5) }", ERROR,
          "d1 has no grant 512: its table has 512 entries" },
        { "{ grant-offer: d1, ref: 0x100000000, to: d0, frame: d1.gfn(5) }", ERROR,
          "a grant is at most 4294967295" },
        { "{ grant-offer: d2, ref: 8, to: d0, frame: d1.gfn(5) }", ERROR,
          "has no number in d2's physical memory" },
        { "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(5), length: 70000 }", ERROR,
          "a length is at most 65535" },
        { "{ destroy: d1 }, { grant-offer: d1, ref: 8, type: nothing }", ERROR,
          "there is no such domain" },
        { MAP "at: 0x1000, gfn: 5 }", ERROR, "where? One of these" },
        { MAP "at: 0x1000, avail: 8 }", ERROR, "avail is at most 7" },
        { "{ grant-map: d0.v0, of: d1, ref: 0x100000000 }", ERROR, "a grant is at most" },
        { "{ grant-unmap: d0.v0, handle: 0x100000000 }", ERROR, "a handle is at most" },
        { "{ grant-unmap: d0.v0, handle: 0, device: yes, bus: 0x1000 }", ERROR, "another place" },
        { "{ run: d0.v0.kernel, expect: [ { grant: 512, of: d1, pins: 0 } ] }", ERROR,
          "d1 has no grant 512" },
        { OFFER MAP HERE "expect: [ { result: bad_ref } ] }", ERROR, "'bad_ref' is none" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_not_so),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
