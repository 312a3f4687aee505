/*
 * test_audit.c - invariants of a memory image: a machine holds all of them, and one whose entry was
 * written to breaks the one that forbids it, at that entry.
 *
 * Entries are found by the machine's own contexts, and not by anything that an audit looks at; the
 * audit sees a core, as of a real machine.
 */
#include "audit_fixture.h"

#include "xen/internal.h"

/* --- What holds ---------------------------------------------------------------------------- */

static void all_hold(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++) {
        assert_true(c.results[i].asked);
        assert_int_equal(c.results[i].judged, JUDGED >> i & 1);
        assert_int_equal(!c.results[i].why_not, JUDGED >> i & 1);
    }
    /* Each frame of the guests' under a second stage. */
    assert_true(c.results[XENPT_AUDIT_M2P].looked >= (16 + 16) << 8);
    assert_int_equal(c.results[XENPT_AUDIT_M2P].unread, 0);
    finish(&c);
}

/* The last page of an image without sections has memory behind it that guests are given. */
static void what_follows_an_image(void **state)
{
    struct core c = { 0 };

    (void)state;
    build(&c.w, "host: { ram: 1G, cpus: 2, processor: skylake-server }\n"
                "xen: { release: \"4.6\" }\n"
                "domains:\n"
                "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                "  d1: { type: hvm, paging: shadow, memory: 32M }\n");
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    finish(&c);
}

static void without_m2p_it_is_not_judged(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    audit(&c, false);
    assert_int_equal(c.nr, 0);
    assert_false(c.results[XENPT_AUDIT_M2P].judged);
    assert_non_null(strstr(c.results[XENPT_AUDIT_M2P].why_not, "not in this memory"));
    finish(&c);
}

/* --- I1 ------------------------------------------------------------------------------------ */

/* The builder maps a guest's tables for it, read-only. */
static void own_table_writable(void **state)
{
    static const char *const names[] = { "d1.v0.kernel", "d2.v0.kernel" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct core c;
        struct place p;
        uint64_t table;

        begin(&c);
        if (!i)
            run_there(&c, names[i]);
        /* A 32-bit guest's own are below Xen's L4. */
        table = i ? slot(&c.w, names[i], 0) & ADDR : root_of(&c, names[i]);
        p = place(&c, names[i], address_of(&c, names[i], table), 1);
        assert_false(p.entry & RW);
        poke(&c, p, p.entry | RW);
        audit(&c, true);
        only(&c, BIT(TABLES), p, p.entry | RW, i ? "an L3 of" : "an L4 of");
        assert_int_equal(c.found[0].maddr, table);
        finish(&c);
    }
}

/* By one way it can be read alone, by another that comes later it can be written. */
static void each_way_counts(void **state)
{
    const char *const name = "d1.v0.kernel";
    struct core c;
    struct place p, high;

    (void)state;
    begin(&c);
    run_there(&c, name);
    p = place(&c, name, address_of(&c, name, root_of(&c, name)), 1);
    high = slot_of_root(&c, name, (unsigned int)(p.in >> 39 & 511));
    assert_true(high.entry & RW);
    poke(&c, p, p.entry | RW);
    poke(&c, slot_of_root(&c, name, 1), high.entry & ~RW);
    audit(&c, true);
    only(&c, BIT(TABLES), p, p.entry | RW, "an L4 of");
    finish(&c);
}

/* XSA-148: a larger page over tables. */
static void table_in_a_larger_page(void **state)
{
    struct core c;
    struct place p;
    uint64_t in, value;

    (void)state;
    begin(&c);
    run_there(&c, "d1.v0.kernel");
    in = address_of(&c, "d1.v0.kernel", root_of(&c, "d1.v0.kernel"));
    p = place(&c, "d1.v0.kernel", in & ~XENPT_BITS(20, 0), 2);
    value = (root_of(&c, "d1.v0.kernel") & ~XENPT_BITS(20, 0)) | P | RW | US | PS;
    poke(&c, p, value);
    audit(&c, true);
    assert_true(c.which & BIT(TABLES));
    assert_int_equal(c.found[0].at, p.at);
    assert_int_equal(c.found[0].entry, value);
    finish(&c);
}

static void table_in_a_guests_memory(void **state)
{
    struct core c;
    struct place p;
    uint64_t value;

    (void)state;
    begin(&c);
    p = place(&c, "d3.p2m", 0x5000, 1);
    value = (p.entry & ~ADDR) | root_of(&c, "d1.v0.kernel");
    poke(&c, p, value);
    audit(&c, false);
    only(&c, BIT(TABLES), p, value, "an L4 of");
    finish(&c);
}

/* A frame that is in a GDT is not to be written, as if it were a table. */
static void descriptors_writable(void **state)
{
    struct core c;
    struct place page;
    uint64_t maddr;

    (void)state;
    begin(&c);
    rights(&c.w, "d1.v0.kernel",
           address_of(&c, "d1.v0.kernel", (c.w.machine->domains[1].memory[0].first + 64) << 12),
           &maddr);
    page = place(&c, "d1.v0.kernel", address_of(&c, "d1.v0.kernel", maddr), 1);
    assert_true(page.entry & RW);
    /* Of the first page of the vCPU's GDT. */
    {
        struct xenpt_walk walk;

        xenpt_walk(&context(&c.w, "d1.v0.kernel")->paging, c.w.view->mem,
                   UINT64_C(0xffff820000000000), &walk);
        assert_int_equal(walk.step[walk.nr_steps - 1].level, 1);
        poke(&c, (struct place){ .at = walk.step[walk.nr_steps - 1].at }, maddr | P | RW);
    }
    audit(&c, true);
    only(&c, BIT(TABLES), page, page.entry, "in a GDT");
    finish(&c);
}

/* --- I2 ------------------------------------------------------------------------------------ */

static void xens_memory_in_a_guest(void **state)
{
    static const struct {
        const char *context;
        uint64_t in;
    } of[] = { { "d1.v0.kernel", 0 }, { "d3.p2m", 0x5000 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct core c;
        struct place p;
        uint64_t value, in, image;

        begin(&c);
        in = of[i].in ? of[i].in
                      : address_of(&c, of[i].context,
                                   (c.w.machine->domains[1].memory[0].first + 64) << 12);
        p = place(&c, of[i].context, in, 1);
        rights(&c.w, IDLE, UINT64_C(0xffff82d040200000), &image);
        value = (p.entry & ~(ADDR | (i ? 0 : RW))) | image;
        poke(&c, p, value);
        audit(&c, false);
        only(&c, BIT(MEMORY), p, value, i ? "can be written: it is Xen's" : "can be read");
        assert_int_equal(c.found[0].maddr, image);
        finish(&c);
    }
}

static void table_of_another_domain(void **state)
{
    struct core c;
    struct place own, other;
    uint64_t value;

    (void)state;
    begin(&c);
    own = place(&c, "d0.v0.kernel", address_of(&c, "d0.v0.kernel", root_of(&c, "d0.v0.kernel")), 3);
    other = place(&c, "d1.v0.kernel", address_of(&c, "d1.v0.kernel", root_of(&c, "d1.v0.kernel")),
                  3);
    value = (other.entry & ADDR) | (own.entry & ~ADDR);
    own.at += 8;
    own.in += XENPT_BIT(30);
    poke(&c, own, value);
    audit(&c, true);
    assert_int_equal(c.which, BIT(MEMORY));
    assert_non_null(strstr(c.found[0].text, "leads to the table"));
    /* One of both does not own it: which, the frametable would say. */
    assert_true(c.found[0].at == own.at || c.found[0].at == other.at);
    finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hold),
        cmocka_unit_test(without_m2p_it_is_not_judged),
        cmocka_unit_test(what_follows_an_image),
        cmocka_unit_test(own_table_writable),
        cmocka_unit_test(each_way_counts),
        cmocka_unit_test(table_in_a_larger_page),
        cmocka_unit_test(table_in_a_guests_memory),
        cmocka_unit_test(descriptors_writable),
        cmocka_unit_test(xens_memory_in_a_guest),
        cmocka_unit_test(table_of_another_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
