/*
 * test_foreign_resource.c - frames that are acquired of another domain, and ioreq servers;
 * common/memory.c, acquire_resource, 4.15; hvm/ioreq.c, 4.15.
 */
#include "sharing_fixture.h"

#include "fail_alloc.h"
#include "xen/internal.h"
#include "xen/p2m.h"
#include "xenpt/event.h"

/* d1 is HVM, and has the special pages of one: 8 for ioreq servers, from 0xfeff0 on. */
#define HVM_DOMAINS                                                                                \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 16M, privileged: yes }\n"                                         \
    "  d1: { type: hvm, memory: 16M }\n"                                                           \
    "  d2: { type: pv64, memory: 16M, target: d1 }\n"                                              \
    "running: { cpu0: d0.v0.kernel, cpu1: d2.v0.kernel }\n"
#define FIRST UINT64_C(0xfeff0)

static uint64_t frames[8];

static void begins(void)
{
    pv_begin(&p, PV_HOST PV_XEN("4.17") HVM_DOMAINS);
}

static const char *table_of(uint32_t d, uint32_t of, uint32_t id, uint64_t frame, size_t nr)
{
    struct xenpt_resource r = {
        .domain = of, .type = XENPT_RESOURCE_GRANT_TABLE, .id = id, .frame = frame
    };

    return acquire(d, r, frames, nr);
}

static const char *pages_of(uint32_t d, uint32_t of, uint32_t id, uint64_t frame, size_t nr)
{
    struct xenpt_resource r = { .domain = of, .id = id, .frame = frame };

    return acquire(d, r, frames, nr);
}

static struct xenpt_ioreq_server server_is(uint32_t d, uint32_t id)
{
    struct xenpt_ioreq_server s;

    assert_true(xenpt_ioreq_server(p.w.machine, d, id, &s));
    return s;
}

/* What an HVM domain has at a frame; 0: nothing. */
static uint64_t has(uint32_t d, uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(p.w.machine, d, XENPT_VIEW_HOST, gfn, &e));
    return e.type && e.type->present ? e.maddr >> 12 : 0;
}

/* --- Grant tables -------------------------------------------------------------------------- */

static void test_table(void **state)
{
    (void)state;
    begins();
    must(table_of(0, 2, 0, 0, 1));
    assert_int_equal(frames[0],
                     grants_frame(&p.w.machine->domains[2], XENPT_SPECIAL_GRANT_TABLE, 0));
    /* Acquired is not mapped; and it is a resource, and none of d2's memory. */
    assert_int_equal(foreign(2).resources, 0);
    must(va_map(&p, 0, va_of(0, 5), frames[0] << 12 | PAGE, 2));
    assert_int_equal(foreign(2).resources, 1);
    assert_int_equal(foreign(2).memory, 0);
    assert_int_equal(mem(&p, frames[0] << 12), mem(&p, (entry_for(0, va_of(0, 5)) & ADDR)));
    /* The table becomes as large as that. */
    must(table_of(0, 2, 0, 2, 2));
    assert_int_equal(grants_nr_frames(&p.w.machine->domains[2], XENPT_SPECIAL_GRANT_TABLE), 4);
    assert_int_equal(frames[1],
                     grants_frame(&p.w.machine->domains[2], XENPT_SPECIAL_GRANT_TABLE, 3));
    must(table_of(0, 2, 0, 63, 1));
    assert_string_equal(table_of(0, 2, 0, 64, 1), "EINVAL");
    /* Statuses: 2048 in a page, for 8 pages of a table of version 2. */
    assert_string_equal(table_of(0, 2, 1, 0, 1), "EINVAL");
    assert_string_equal(pv_rule(&p), "resource-version");
    must(grant_version(2, 2));
    must(table_of(0, 2, 1, 7, 1));
    assert_int_equal(frames[0],
                     grants_frame(&p.w.machine->domains[2], XENPT_SPECIAL_GRANT_STATUS, 7));
    assert_string_equal(table_of(0, 2, 1, 8, 1), "EINVAL");
    assert_string_equal(table_of(2, 0, 0, 0, 1), "EPERM");
    must(table_of(2, 1, 0, 0, 1)); /* Of its target. */
    counts_hold(&p);
    pv_finish(&p);
}

/* A PVH dom0 has them in its physical memory, as type map_foreign. */
static void test_pvh(void **state)
{
    struct xenpt_p2m_entry e;
    uint64_t mfn;

    (void)state;
    pv_begin(&p, PV_HOST "xen: { release: \"4.17\", options: \"dom0=pvh\" }\ndomains:\n"
                         "  d0: { type: pvh, memory: 64M, privileged: yes }\n"
                         "  d1: { type: pv64, memory: 16M }\n"
                         "running: { cpu0: d0.v0.guest, cpu1: d1.v0.kernel }\n");
    mfn = grants_frame(&p.w.machine->domains[1], XENPT_SPECIAL_GRANT_TABLE, 0);
    frames[0] = 0x2345;
    must(table_of(0, 1, 0, 0, 1));
    assert_true(xenpt_machine_p2m(p.w.machine, 0, XENPT_VIEW_HOST, 0x2345, &e));
    assert_string_equal(e.type->name, "map_foreign");
    assert_int_equal(e.maddr >> 12, mfn);
    assert_int_equal(e.level, 1);
    assert_int_equal(foreign(1).resources, 1);
    assert_int_equal(foreign(1).memory, 0);
    pv_finish(&p);
}

/* --- ioreq servers ------------------------------------------------------------------------- */

/* Frames of the guest's: the lowest two of those that are kept for that. */
/* How many ports have an end of Xen's that waits for dom0. */
static unsigned int port_kinds(uint32_t d)
{
    struct xenpt_event_channel c;
    unsigned int nr = 0;

    for (uint32_t i = 0; i < 64; i++)
        nr += xenpt_event_port(p.w.machine, d, i, &c) && c.xen && c.kind == XENPT_CHANNEL_UNBOUND &&
              !c.remote_domain;
    return nr;
}

static void test_gfns(void **state)
{
    uint64_t buffered, plain;
    unsigned int ports;

    (void)state;
    begins();
    plain = has(1, FIRST);
    buffered = has(1, FIRST + 1);
    assert_true(plain && buffered);
    ports = port_kinds(1);
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 2));
    assert_int_equal(server, 0);
    /* A port for its vCPU, and one for requests that nobody waits for: Xen's own ends. */
    assert_int_equal(port_kinds(1), ports + 2);
    assert_false(server_is(1, 0).page[1].there);
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 0, 0));
    assert_int_equal(server_is(1, 0).page[1].gfn, FIRST);
    assert_int_equal(server_is(1, 0).page[0].gfn, FIRST + 1);
    assert_int_equal(server_is(1, 0).page[1].mfn, plain);
    assert_int_equal(has(1, FIRST), plain);
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 0, 0));
    assert_int_equal(server_is(1, 0).page[1].gfn, FIRST);
    /* What is not enabled is not disabled either: nothing is cleared. */
    assert_int_equal(xenpt_store_write64(p.w.machine->store, plain << 12, 0x4321, NULL), XENPT_OK);
    must(ioreq(0, XENPT_IOREQ_DISABLE, 1, 0, 0));
    assert_int_equal(mem(&p, plain << 12), 0x4321);
    /* The next one has the next. */
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 0));
    assert_int_equal(server, 1);
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 1, 0));
    assert_int_equal(server_is(1, 1).page[1].gfn, FIRST + 2);
    assert_false(server_is(1, 1).page[0].there);
    /* Enabled, both are out of the guest's reach, and M2P has no number for them. */
    must(ioreq(0, XENPT_IOREQ_ENABLE, 1, 0, 0));
    assert_true(server_is(1, 0).enabled);
    assert_int_equal(has(1, FIRST), 0);
    assert_int_equal(has(1, FIRST + 1), 0);
    assert_true(has(1, FIRST + 2));
    assert_int_equal(contents_gfn(&p.w.machine->contents, plain), UINT64_MAX);
    assert_int_equal(xenpt_store_write64(p.w.machine->store, plain << 12, 0x1234, NULL), XENPT_OK);
    must(ioreq(0, XENPT_IOREQ_ENABLE, 1, 0, 0));
    must(ioreq(0, XENPT_IOREQ_DISABLE, 1, 0, 0));
    assert_int_equal(has(1, FIRST), plain);
    assert_int_equal(has(1, FIRST + 1), buffered);
    assert_int_equal(contents_gfn(&p.w.machine->contents, plain), FIRST);
    assert_int_equal(mem(&p, plain << 12), 0);
    must(ioreq(0, XENPT_IOREQ_ENABLE, 1, 0, 0));
    must(ioreq(0, XENPT_IOREQ_DESTROY, 1, 0, 0));
    /* Those of the other one stay. */
    assert_int_equal(port_kinds(1), ports + 1);
    assert_int_equal(has(1, FIRST), plain);
    /* They are free again. */
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 0));
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 0, 0));
    assert_int_equal(server_is(1, 0).page[1].gfn, FIRST);
    pv_finish(&p);
}

static void test_used_up(void **state)
{
    (void)state;
    begins();
    for (uint32_t i = 0; i < 4; i++) {
        must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 1));
        must(ioreq(0, XENPT_IOREQ_INFO, 1, i, 0));
    }
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 1));
    assert_string_equal(ioreq(0, XENPT_IOREQ_INFO, 1, 4, 0), "ENOMEM");
    assert_false(server_is(1, 4).page[1].there);
    /* A stubdom has servers of its own there, and dom0 does nothing with them. */
    must(ioreq(2, XENPT_IOREQ_CREATE, 1, 0, 0));
    assert_int_equal(server_is(1, server).emulator, 2);
    assert_string_equal(ioreq(0, XENPT_IOREQ_DESTROY, 1, server, 0), "EPERM");
    pv_finish(&p);
}

/* Acquired, they are none of the guest's memory, but its domain's all the same. */
static void test_acquired(void **state)
{
    uint64_t mfn;

    (void)state;
    begins();
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 2));
    must(pages_of(0, 1, 0, 0, 2));
    assert_int_equal(frames[0], server_is(1, 0).page[0].mfn);
    assert_int_equal(frames[1], server_is(1, 0).page[1].mfn);
    assert_false(server_is(1, 0).page[1].has_gfn);
    mfn = frames[1];
    must(pages_of(0, 1, 0, 1, 1));
    assert_int_equal(frames[0], mfn);
    /* d1 is translated: what an entry names is a frame of its, and so this is not how. */
    assert_string_equal(va_map(&p, 0, va_of(0, 5), mfn << 12 | PAGE, 1), "EINVAL");
    assert_string_equal(pv_rule(&p), "foreign-gfn");
    must(mmu(&p, 0, pte_of(0, 5) | XENPT_PV_MMU_NO_TRANSLATE, mfn << 12 | PAGE, 1));
    assert_int_equal(foreign(1).resources, 1);
    assert_int_equal(foreign(1).memory, 0);
    must(ioreq(0, XENPT_IOREQ_ENABLE, 1, 0, 0));
    assert_true(has(1, FIRST));
    assert_string_equal(ioreq(0, XENPT_IOREQ_INFO, 1, 0, 0), "EPERM");
    assert_string_equal(pv_rule(&p), "ioreq-either");
    /* The other way as well. */
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 0));
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 1, 0));
    assert_string_equal(pages_of(0, 1, 1, 1, 1), "EPERM");
    counts_hold(&p);
    pv_finish(&p);
}

/* --- Wholly or not at all ------------------------------------------------------------------- */

static void test_no_memory(void **state)
{
    uint64_t before;

    (void)state;
    begins();
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 2));
    before = pv_fingerprint(&p);
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        struct xenpt_resource r = { .domain = 1, .frame = 0 };
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_acquire_resource(p.w.machine, &c, &r, frames, 2, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_false(server_is(1, 0).page[1].there);
        assert_int_equal(pv_fingerprint(&p), before);
    }
    must(ioreq(0, XENPT_IOREQ_CREATE, 1, 0, 2));
    must(ioreq(0, XENPT_IOREQ_INFO, 1, 1, 0));
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = pv_caller(&p, 0);
        enum xenpt_code code;
        uint32_t id = 1;

        fail_alloc_after(n);
        code = xenpt_ioreq(p.w.machine, &c, XENPT_IOREQ_ENABLE, 1, &id, 0, &p.r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_true(has(1, FIRST) && has(1, FIRST + 1));
        assert_false(server_is(1, 1).enabled);
    }
    assert_int_equal(has(1, FIRST), 0);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),    cmocka_unit_test(test_pvh),
        cmocka_unit_test(test_gfns),     cmocka_unit_test(test_used_up),
        cmocka_unit_test(test_acquired), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
