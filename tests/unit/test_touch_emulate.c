/*
 * test_touch_emulate.c - instructions that Xen emulates: where it fetches them, and what of their
 * operands it touches.  Bytes are from the opcode maps of the Intel SDM, vol. 2.
 */
#include "scenario_fixture.h"

#define PV   "0xffffffff80005000"
#define CODE "maddr(d1.gfn(5))"

static void test_pv(void **state)
{
    static const struct expect_row rows[] = {
        /* RDMSR: two bytes, read as data by the guest's own tables. */
        { "{ poke: " CODE ", value: 0x320f }, { emulate: d1.v0.kernel, at: " PV
          ", expect: [ { outcome: emulated }, { touched: d1.gfn(5), why: fetch, access: read, "
          "through: guest-tables, at: " PV ", consent: none, count: 1 }, { untouched: d1, since: "
          "0, why: operand } ] }",
          HELD, NULL },
        /* LMSW is none that Xen emulates for PV guests; nor is MOV to memory. */
        { "{ poke: " CODE ", value: 0xf0010f }, { emulate: d1.v0.kernel, at: " PV
          ", expect: [ { outcome: fault }, { fault: gp }, { touched: d1.gfn(5), why: fetch } ] }",
          HELD, NULL },
        { "{ poke: " CODE ", value: 0x088948 }, { emulate: d1.v0.kernel, rax: 0xffffffff80006000, "
          "at: " PV ", expect: [ { outcome: fault }, { untouched: d1.gfn(6), since: 0 } ] }",
          HELD, NULL },
        /* REP OUTSB reads what goes out, INSB writes what comes in. */
        { "{ poke: " CODE ", value: 0x6ef3 }, { emulate: d1.v0.kernel, at: " PV
          ", rsi: 0xffffffff80006ff8, rcx: 16, expect: [ { outcome: emulated }, { touched: "
          "d1.gfn(6), why: operand, access: read, count: 1 }, { touched: d1.gfn(7), why: operand, "
          "access: read, count: 1 } ] }",
          HELD, NULL },
        { "{ poke: " CODE ", value: 0x6c }, { emulate: d1.v0.kernel, at: " PV
          ", rdi: 0xffffffff80006000, expect: [ { touched: d1.gfn(6), why: operand, access: "
          "write, count: 1 } ] }",
          HELD, NULL },
        /* Nothing is there to fetch; and what is there ends with the page. */
        { "{ emulate: d1.v0.kernel, at: 0x5000, expect: [ { outcome: fault }, { fault: page, "
          "at: "
          "0x5000 }, { untouched: d1, since: 0 } ] }",
          HELD, NULL },
        { "{ update-va-mapping: d1.v0, at: 0xffffffff80006000, value: 0, flush: invlpg }, { "
          "poke: " CODE " + 0xff8, value: 0x0f00000000000000 }, { emulate: d1.v0.kernel, at: "
          "0xffffffff80005fff, expect: [ { outcome: fault }, { fault: page, at: "
          "0xffffffff80006000 } ] }",
          HELD, NULL },
        /* 32-bit code: 48 is DEC EAX there, and no prefix. */
        { "{ poke: maddr(d3.gfn(5)), value: 0x320f }, { emulate: d3.v0.kernel, at: 0xc0005000, "
          "expect: [ { outcome: emulated }, { touched: d3.gfn(5), why: fetch, count: 1 } ] }",
          HELD, NULL },
        { "{ emulate: d1.v0.xen, at: 0x5000 }", ERROR, "what is emulated is a guest's" },
        { "{ emulate: d1.v0.kernel, at: 0x5000, instruction: 0g }", ERROR, "1 to 15 bytes" },
        { "{ emulate: d1.v0.kernel, at: 0x5000, instruction: 0f013 }", ERROR, "1 to 15 bytes" },
        { "{ emulate: d1.v0.kernel, at: 0x5000, instruction: \"0f 01 0f 01 0f 01 0f 01 0f 01 0f 01 "
          "0f 01 0f 01\" }",
          ERROR, "1 to 15 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

static void test_pvh(void **state)
{
    static const struct expect_row rows[] = {
        /* MOV [RAX], RCX: 16 bytes are fetched, by a walk of four tables; and eight are written. */
        { "{ poke: maddr(d2.gfn(5)), value: 0x088948 }, { emulate: d2.v0.guest, at: 0x5000, rax: "
          "0x6000, expect: [ { outcome: emulated }, { touched: d2.gfn(5), why: fetch, through: "
          "transient, access: read, count: 1 }, { touched: d2.gfn(6), why: operand, access: write, "
          "count: 1 }, { touched: d2, during: 2, why: walk, access: read, count: 8 } ] }",
          HELD, NULL },
        /* Over the end of a page. */
        { "{ poke: maddr(d2.gfn(5)) + 0xff8, value: 0x8948000000000000 }, { poke: "
          "maddr(d2.gfn(6)), "
          "value: 8 }, { emulate: d2.v0.guest, at: 0x5ffe, rax: 0x7000, expect: [ { touched: "
          "d2.gfn(5), why: fetch, count: 1 }, { touched: d2.gfn(6), why: fetch, count: 1 }, { "
          "touched: d2.gfn(7), why: operand, count: 1 } ] }",
          HELD, NULL },
        /* Sixteen bytes, whatever the instruction has: of the next page as well. */
        { "{ poke: maddr(d2.gfn(5)) + 0xff8, value: 0x088948 }, { emulate: d2.v0.guest, at: "
          "0x5ff8, "
          "rax: 0x7000, expect: [ { touched: d2.gfn(6), why: fetch, at: xen.directmap(d2.gfn(6)), "
          "count: 1 } ] }",
          HELD, NULL },
        /* REP MOVSB, over two pages each. */
        { "{ poke: maddr(d2.gfn(5)), value: 0xa4f3 }, { emulate: d2.v0.guest, at: 0x5000, rcx: "
          "0x2000, rsi: 0x6000, rdi: 0x40000, expect: [ { touched: d2.gfn(6), why: operand, "
          "access: "
          "read }, { touched: d2.gfn(7), why: operand, access: read }, { touched: d2.gfn(0x40), "
          "why: operand, access: write }, { touched: d2.gfn(0x41), why: operand, access: write }, "
          "{ "
          "untouched: d2.gfn(8), since: 0 } ] }",
          HELD, NULL },
        /* An operand that is relative to RIP: MOV EAX, [RIP + 0x1000]. */
        { "{ poke: maddr(d2.gfn(5)), value: 0x1000058b }, { emulate: d2.v0.guest, at: 0x5000, "
          "expect: [ { touched: d2.gfn(6), why: operand, access: read, count: 1 } ] }",
          HELD, NULL },
        /* The local APIC, where the guest has it mapped: no page of the guest's. */
        { "{ guest-write: 0x13028, of: d2.v0, value: 0xfee00063 }, { poke: maddr(d2.gfn(6)), "
          "value: "
          "0x088948 }, { emulate: d2.v0.guest, at: 0x6000, rax: 0x5080, expect: [ { outcome: "
          "emulated }, { untouched: d2, why: operand, since: 0 }, { touched: d2, why: walk, "
          "during: "
          "3, count: 8 } ] }",
          HELD, NULL },
        /* Bytes that the processor has handed over are fetched from nowhere. */
        { "{ emulate: d2.v0.guest, at: 0x5000, instruction: 48 89 08, rax: 0x6000, expect: [ { "
          "untouched: d2.gfn(5), since: 0 }, { touched: d2.gfn(6), why: operand } ] }",
          HELD, NULL },
        { "{ emulate: d2.v0.guest, at: 0x5000, instruction: 48 89 08, rax: 0x7f0000000000, expect: "
          "[ { outcome: fault }, { fault: page, at: 0x7f0000000000 } ] }",
          HELD, NULL },
        { "{ emulate: d2.v0.guest, at: 0x5000, instruction: 0f 0b, expect: [ { outcome: emulated } "
          "] }",
          HELD, NULL },
        { "{ emulate: d2.v0.guest, at: 0x5000, instruction: 06, expect: [ { outcome: fault } ] }",
          HELD, NULL },
        { "{ poke: maddr(d2.gfn(5)), value: 0x51 }, { emulate: d2.v0.guest, at: 0x5000, rsp: "
          "0x7000, expect: [ { touched: d2.gfn(6), why: operand, access: write, count: 1 } ] }",
          HELD, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        steps_are(&rows[i]);
}

/* On a processor without decode assists for it, LMSW is emulated; and what a device model does. */
static void test_hvm(void **state)
{
#define AMD                                                                                        \
    "host: { ram: 1G, cpus: 2, processor: milan }\n"                                               \
    "xen: { release: \"4.17\" }\n"                                                                 \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: hvm, memory: 32M }\n"
    static const struct whole_row rows[] = {
        { "",
          "steps:\n"
          "  - { poke: maddr(d1.gfn(5)), value: 0xf0010f }\n"
          "  - { emulate: d1.v0.guest, at: 0x5000, expect: [ { outcome: emulated }, { touched: "
          "d1.gfn(5), why: fetch, count: 1 }, { untouched: d1, why: operand } ] }\n"
          /* LMSW [RAX] */
          "  - { poke: maddr(d1.gfn(5)), value: 0x30010f }\n"
          "  - { emulate: d1.v0.guest, at: 0x5000, rax: 0x6000, expect: [ { touched: d1.gfn(6), "
          "why: operand, access: read, count: 1 } ] }\n",
          HELD, NULL, 0 },
        /* The local APIC is Xen's own: no device model hears of it. */
        { "",
          "steps:\n"
          "  - { guest-write: 0x13028, of: d1.v0, value: 0xfee00063 }\n"
          "  - { emulate: d1.v0.guest, at: 0x6000, instruction: 48 89 08, rax: 0x5080, expect: [ { "
          "outcome: emulated }, { untouched: d1, why: [ring, operand] } ] }\n",
          HELD, NULL, 0 },
        /* gfn 0xf0000 is below 4 GiB, and no RAM. */
        { "",
          "steps:\n"
          "  - { guest-write: 0x13028, of: d1.v0, value: 0xf0000063 }\n"
          "  - { poke: maddr(d1.gfn(6)), value: 0x088948 }\n"
          "  - { emulate: d1.v0.guest, at: 0x6000, rax: 0x5000, expect: [ { outcome: emulated }, { "
          "touched: d1, why: ring, through: kept, consent: shared, access: write, count: 1 }, { "
          "touched: d1, why: ring, access: read, count: 1 }, { untouched: d1, why: operand } ] }\n",
          HELD, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(AMD, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv),
        cmocka_unit_test(test_pvh),
        cmocka_unit_test(test_hvm),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
