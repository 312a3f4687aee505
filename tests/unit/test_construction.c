/*
 * test_construction.c - what domains are given when they are built: what one page says of another
 * is so, and what pages say is what the machine says.
 *
 * Places in structures are test_abi.c's; here they are read by name.  Values are what Xen's and
 * the toolstack's sources put there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "construction_fixture.h"

/* --- PV ------------------------------------------------------------------------------------ */

static void test_pv(void **state)
{
    struct xenpt_special_frames f;
    struct world w;
    char magic[32];

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    start_info_agrees(&w, 0, 0x4000, 8);
    start_info_agrees(&w, 1, 0x4000, 8);
    start_info_agrees(&w, 2, 0x4000, 4);
    for (uint32_t d = 0; d < 3; d++) {
        static const char *const magics[] = { "xen-3.0-x86_64p", "xen-3.0-x86_64",
                                              "xen-3.0-x86_32p" };

        assert_true(find(&w, d, START, &f));
        assert_true(xenpt_read(w.view->mem, f.mfn << 12, magic, sizeof(magic)));
        assert_string_equal(magic, magics[d]);
    }
    /* The first of the tables is the root. */
    assert_int_equal(at(&w, "d1.v0.xen", get(&w, 1, START, "pt_base")),
                     context(&w, "d1.v0.xen")->paging.root);
    /* A toolstack has mapped no list outside, and gives no initial ramdisk. */
    assert_int_equal(get(&w, 1, START, "nr_p2m_frames"), 0);
    assert_int_equal(get(&w, 1, START, "mod_start"), 0);
    assert_int_equal(get(&w, 0, START, "flags") & 0xff, 3); /* Privileged, and dom0. */
    assert_int_equal(get(&w, 1, START, "flags"), 16);       /* A list in tables will do. */
    end(&w);
}

/* Entries of an L3 of a 32-bit guest's, of the quarters of 4 GiB. */
static unsigned int quarters(const struct world *w, const char *name)
{
    unsigned int used = 0;

    for (unsigned int i = 0; i < 4; i++)
        used |= (unsigned int)(read_at(w, (slot(w, name, 0) & ADDR) + 8 * i, 8) & P) << i;
    return used;
}

/* A 32-bit kernel is in the last quarter.  xg_dom_x86.c, count_pgtables: an L2 for what is mapped;
 * pv/dom0_build.c: one for each quarter. */
static void test_pv32_quarters(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome")
                  XEN("4.17", "") "domains:\n  d0: { type: pv32, memory: 64M, privileged: yes }\n"
                                  "  d1: { type: pv32, memory: 64M }\n");
    assert_int_equal(quarters(&w, "d0.v0.xen"), 0xf);
    assert_int_equal(quarters(&w, "d1.v0.xen"), 0x8);
    /* 8 MiB are mapped: kernel, list, and 512 KiB at least; an L1 for 2 MiB. */
    assert_int_equal(get(&w, 0, START, "nr_pt_frames"), 1 + 4 + 4);
    assert_int_equal(get(&w, 1, START, "nr_pt_frames"), 1 + 1 + 4);
    end(&w);
}

/* Rings: pages of the guest's that its kernel has mapped, right behind start_info. */
static void test_pv_rings(void **state)
{
    static const struct {
        enum xenpt_special special;
        const char *mfn, *port;
        uint32_t number, ref;
    } rows[] = {
        { XENPT_SPECIAL_XENSTORE, "store_mfn", "store_evtchn", 1, 1 },
        { XENPT_SPECIAL_CONSOLE, "console.domU.mfn", "console.domU.evtchn", 2, 0 },
    };
    struct xenpt_special_frames f, start, table;
    struct xenpt_event_channel e;
    struct xenpt_grant g;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (uint32_t d = 1; d < 3; d++)
        for (size_t i = 0; i < 2; i++) {
            assert_true(find(&w, d, rows[i].special, &f));
            assert_true(find(&w, d, START, &start));
            assert_true(find(&w, d, XENPT_SPECIAL_GRANT_TABLE, &table));
            assert_int_equal(f.gfn, start.gfn + 1 + i);
            assert_int_equal(get(&w, d, START, rows[i].mfn), f.mfn);
            assert_int_equal(get(&w, d, START, rows[i].port), rows[i].number);
            assert_true(xenpt_machine_channel(w.machine, d, rows[i].number - 1, &e));
            assert_int_equal(e.port, rows[i].number);
            assert_int_equal(e.kind, XENPT_CHANNEL_UNBOUND);
            assert_int_equal(e.remote_domain, 0);
            assert_false(e.xen);
            /* Entry 0 of the table is the console's, 1 the xenstore's. */
            assert_true(xenpt_machine_grant(w.machine, d, rows[i].ref, &g));
            assert_int_equal(g.ref, rows[i].ref);
            assert_int_equal(g.mfn, f.mfn);
            assert_int_equal(g.special, rows[i].special);
            assert_int_equal(read_at(&w, (table.mfn << 12) + 8 * g.ref, 8),
                             XENPT_GRANT_PERMIT_ACCESS | (uint64_t)f.mfn << 32);
        }
    assert_false(xenpt_machine_channel(w.machine, 1, 2, &e));
    assert_false(xenpt_machine_grant(w.machine, 1, 2, &g));
    /* Dom0 serves, and has neither. */
    assert_false(find(&w, 0, XENPT_SPECIAL_CONSOLE, &f));
    assert_int_equal(get(&w, 0, START, "store_mfn"), 0);
    assert_false(xenpt_machine_channel(w.machine, 0, 0, &e));
    assert_false(xenpt_machine_grant(w.machine, 0, 0, &g));
    assert_true(find(&w, 0, XENPT_SPECIAL_GRANT_TABLE, &table));
    end(&w);
}

static void test_shared_info(void **state)
{
    struct xenpt_special_frames f;
    struct world w;
    uint64_t l3;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (uint32_t d = 0; d < 3; d++) {
        assert_true(find(&w, d, SHARED, &f));
        for (unsigned int v = 0; v < 32; v++)
            assert_int_equal(read_at(&w, (f.mfn << 12) + 64 * v, 2), 0x100); /* Masked. */
        assert_int_equal(get(&w, d, SHARED, "arch.max_pfn"), 0x4000);
        assert_int_equal(get(&w, d, SHARED, "arch.p2m_vaddr"), get(&w, d, START, "mfn_list"));
        assert_false(f.has_gfn);
        /* Xen's own, and no guest's. */
        assert_int_equal(word_at(&w, "idle", UINT64_C(0xffff800000000000) + 8 * f.mfn, 8),
                         UINT64_MAX);
    }
    assert_int_equal(get(&w, 1, SHARED, "arch.p2m_cr3"), context(&w, "d1.v0.xen")->paging.root);
    l3 = (slot(&w, "d2.v0.xen", 0) & ADDR) >> 12;
    assert_true(l3 > 0x100000); /* So that it takes folding into 32 bits. */
    assert_int_equal(get(&w, 2, SHARED, "arch.p2m_cr3"), (uint32_t)(l3 << 12 | l3 >> 20));
    assert_int_equal(get(&w, 1, SHARED, "arch.pfn_to_mfn_frame_list_list"), UINT64_MAX);
    assert_int_equal(get(&w, 2, SHARED, "arch.pfn_to_mfn_frame_list_list"), UINT32_MAX);
    /* HVM: as Xen clears it. */
    assert_true(find(&w, 3, SHARED, &f));
    for (unsigned int i = 0; i < 4096; i += 8)
        assert_int_equal(read_at(&w, (f.mfn << 12) + i, 8), 0);
    end(&w);
}

/* Frames of the list of a guest's frames, by the tree of three levels. */
static void tree_agrees(const struct world *w, uint32_t d, size_t word)
{
    char name[32];
    uint64_t per = 4096 / word, list = get(w, d, START, "mfn_list");
    uint64_t top = get(w, d, SHARED, "arch.pfn_to_mfn_frame_list_list");

    snprintf(name, sizeof(name), "d%u.v0.xen", d);
    for (uint64_t page = 0; page < 0x4000 * word / 4096; page++) {
        uint64_t mid = read_at(w, (top << 12) + word * (page / per), word);
        uint64_t leaf = read_at(w, (mid << 12) + word * (page % per), word);

        assert_int_equal(leaf << 12, at(w, name, list + (page << 12)));
    }
    assert_int_equal(read_at(w, (top << 12) + word, word), 0);
}

static void test_p2m_tree(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    tree_agrees(&w, 0, 8); /* Xen tells dom0 of no better way. */
    end(&w);
    build(&w, HOST("rome") XEN("4.6", "") ALL_KINDS);
    assert_int_equal(get(&w, 1, START, "flags"), 0);
    tree_agrees(&w, 0, 8);
    tree_agrees(&w, 1, 8);
    tree_agrees(&w, 2, 4);
    end(&w);
}

/* The list is worked out as it is read: also across what one entry is, and behind its end. */
static void test_p2m_list(void **state)
{
    struct xenpt_special_frames f;
    uint64_t whole[513], entry;
    struct world w;

    (void)state;
    build(&w, HOST("rome")
                  XEN("4.17",
                      "") "domains: { d0: { type: pv64, memory: 67112960, privileged: yes } }\n");
    assert_true(find(&w, 0, XENPT_SPECIAL_P2M_LIST, &f));
    assert_int_equal(f.nr, 33); /* 0x4001 frames. */
    assert_true(xenpt_read(w.view->mem, (f.mfn << 12) + 4, whole, sizeof(whole)));
    for (unsigned int i = 0; i < 512; i++) {
        assert_true(xenpt_read(w.view->mem, (f.mfn << 12) + 8 * i + 8, &entry, 8));
        assert_int_equal(whole[i] >> 32 | whole[i + 1] << 32, entry);
    }
    assert_int_not_equal(read_at(&w, (f.mfn << 12) + UINT64_C(8) * 0x4000, 8), 0);
    assert_int_equal(read_at(&w, (f.mfn << 12) + UINT64_C(8) * 0x4001, 8), 0);
    end(&w);
}

/* --- Both, by release ---------------------------------------------------------------------- */

/* The lowest port that is free: who asks first has it. */
static void test_ports(void **state)
{
    static const struct {
        const char *release;
        const char *use[5];
        unsigned int vcpu[5];
    } rows[] = {
        { "4.4", { "ioreq", "bufioreq", "ioreq", "xenstore", "console" }, { 0, 0, 1, 0, 0 } },
        { "4.5", { "xenstore", "console", "ioreq", "bufioreq", "ioreq" }, { 0, 0, 0, 0, 1 } },
        { "4.22", { "xenstore", "console", "ioreq", "bufioreq", "ioreq" }, { 0, 0, 0, 0, 1 } },
    };
    struct xenpt_event_channel e;
    struct world w;
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text),
                 HOST("rome") "xen: { release: \"%s\" }\n"
                              "domains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                              "  d1: { type: hvm, memory: 64M, vcpus: 2 }\n",
                 rows[i].release);
        build(&w, text);
        for (size_t n = 0; n < 5; n++) {
            assert_true(xenpt_machine_channel(w.machine, 1, n, &e));
            assert_int_equal(e.port, n + 1);
            assert_string_equal(e.use, rows[i].use[n]);
            assert_int_equal(e.vcpu, rows[i].vcpu[n]);
            assert_int_equal(e.xen, strstr(e.use, "ioreq") != NULL);
            assert_string_equal(xenpt_channel_kind_word(e.kind)->name, "unbound");
        }
        assert_false(xenpt_machine_channel(w.machine, 1, 5, &e));
        end(&w);
    }
}

static void test_by_release(void **state)
{
    static const struct {
        const char *release;
        size_t grant_frames;
        bool low_64, ioreq_server;
    } rows[] = {
        { "4.4", 4, true, false }, { "4.9", 4, true, true },   { "4.10", 1, true, true },
        { "4.21", 1, true, true }, { "4.22", 1, false, true },
    };
    struct xenpt_special_frames f;
    struct world w;
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = 0;

        snprintf(text, sizeof(text),
                 "host: { ram: 16G, processor: rome }\nxen: { release: \"%s\", pv32: yes }\n"
                 "domains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                 "  d1: { type: pv32, memory: 64M }\n  d2: { type: hvm, memory: 64M }\n",
                 rows[i].release);
        build(&w, text);
        for (size_t s = 0; xenpt_machine_special(w.machine, 0, s, &f); s++)
            n += f.special == XENPT_SPECIAL_GRANT_TABLE;
        assert_int_equal(n, rows[i].grant_frames);
        assert_true(find(&w, 0, SHARED, &f));
        assert_int_equal(f.mfn < 0x100000, rows[i].low_64);
        assert_true(find(&w, 1, SHARED, &f));
        assert_true(f.mfn < 0x100000);
        assert_int_equal(find(&w, 2, XENPT_SPECIAL_IOREQ_SERVER, &f), rows[i].ioreq_server);
        assert_int_equal(at(&w, "d2.p2m", UINT64_C(0xfeff0000)) != 0, rows[i].ioreq_server);
        end(&w);
    }
}

/* Nobody grants itself what it has. */
static void test_no_backend(void **state)
{
    struct xenpt_grant g;
    struct xenpt_event_channel e;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pvh, memory: 64M } }\n");
    assert_false(xenpt_machine_grant(w.machine, 0, 0, &g));
    assert_true(xenpt_machine_channel(w.machine, 0, 1, &e));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv),         cmocka_unit_test(test_pv32_quarters),
        cmocka_unit_test(test_pv_rings),   cmocka_unit_test(test_shared_info),
        cmocka_unit_test(test_p2m_tree),   cmocka_unit_test(test_p2m_list),
        cmocka_unit_test(test_ports),      cmocka_unit_test(test_by_release),
        cmocka_unit_test(test_no_backend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
