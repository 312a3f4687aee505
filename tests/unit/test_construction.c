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

#include "fail_alloc.h"
#include "machine_fixture.h"
#include "xenpt/construction.h"

/* The first frames of a domain that are for this. */
static bool find(const struct world *w, uint32_t d, enum xenpt_special special,
                 struct xenpt_special_frames *ret)
{
    for (size_t i = 0; xenpt_machine_special(w->machine, d, i, ret); i++)
        if (ret->special == special)
            return true;
    return false;
}

static uint64_t read_at(const struct world *w, uint64_t maddr, size_t size)
{
    uint64_t value = 0;

    assert_true(xenpt_read(w->view->mem, maddr, &value, size));
    return value;
}

/* A member of the structure in some of a domain's frames. */
static uint64_t get(const struct world *w, uint32_t d, enum xenpt_special special,
                    const char *member)
{
    struct xenpt_special_frames f;
    const struct xenpt_abi_member *m;

    if (!find(w, d, special, &f))
        fail_msg("d%u has no %s", d, xenpt_special_word(special)->name);
    m = xenpt_abi_member(f.holds, member);
    return read_at(w, (f.mfn << 12) + f.from + m->at[f.form], m->size[f.form]);
}

#define START  XENPT_SPECIAL_START_INFO
#define SHARED XENPT_SPECIAL_SHARED_INFO

static uint64_t at(const struct world *w, const char *name, uint64_t in)
{
    uint64_t out;

    rights(w, name, in, &out);
    return out;
}

/* --- PV ------------------------------------------------------------------------------------ */

static void start_info_agrees(const struct world *w, uint32_t d, uint64_t pages, size_t word)
{
    struct xenpt_special_frames f;
    char name[32];
    uint64_t list = get(w, d, START, "mfn_list"), base = get(w, d, START, "pt_base");
    uint64_t nr = get(w, d, START, "nr_pt_frames"), maddr;

    snprintf(name, sizeof(name), "d%u.v0.xen", d);
    assert_int_equal(get(w, d, START, "nr_pages"), pages);
    assert_true(find(w, d, SHARED, &f));
    assert_int_equal(get(w, d, START, "shared_info"), f.mfn << 12);
    /* Frame i of the guest's is in entry i of its list, and the machine's table leads back. */
    for (uint64_t pfn = 0; pfn < pages; pfn += pfn < 64 ? 1 : 97) {
        uint64_t mfn = word_at(w, name, list + word * pfn, word);

        assert_int_equal(word_at(w, "idle", UINT64_C(0xffff800000000000) + 8 * mfn, 8), pfn);
    }
    /* The kernel's tables: read-only from the first to the last, and no page beside them. */
    assert_true(rights(w, name, base - 1, &maddr) >> XENPT_W & 1);
    for (uint64_t i = 0; i < nr; i++) {
        assert_false(rights(w, name, base + (i << 12), &maddr) >> XENPT_W & 1);
        assert_int_not_equal(maddr, 0);
    }
    assert_true(rights(w, name, base + (nr << 12), &maddr) >> XENPT_W & 1);
}

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

/* --- HVM and PVH --------------------------------------------------------------------------- */

static void test_params(void **state)
{
    /* xg_dom_x86.c: special_pfn() and what is set to it. */
    static const struct {
        uint32_t nr;
        const char *name;
        uint64_t value;
        bool hvm_only;
    } rows[] = {
        { 32, "IOREQ_SERVER_PFN", 0xfeff0, true },  { 27, "PAGING_RING_PFN", 0xfeff8, false },
        { 28, "MONITOR_RING_PFN", 0xfeff9, false }, { 29, "SHARING_RING_PFN", 0xfeffa, false },
        { 6, "BUFIOREQ_PFN", 0xfeffb, false },      { 1, "STORE_PFN", 0xfeffc, false },
        { 5, "IOREQ_PFN", 0xfeffd, false },         { 12, "IDENT_PT", 0xfeffe000, false },
        { 17, "CONSOLE_PFN", 0xfefff, false },      { 2, "STORE_EVTCHN", 1, false },
        { 18, "CONSOLE_EVTCHN", 2, false },         { 33, "NR_IOREQ_SERVER_PAGES", 8, true },
    };
    struct xenpt_hvm_param p;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (uint32_t d = 3; d < 5; d++) {
        size_t n = 0;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if (rows[i].hvm_only && d == 3)
                continue;
            assert_true(xenpt_machine_hvm_param(w.machine, d, n++, &p));
            assert_int_equal(p.nr, rows[i].nr);
            assert_string_equal(p.name, rows[i].name);
            assert_int_equal(p.value, rows[i].value);
        }
        assert_false(xenpt_machine_hvm_param(w.machine, d, n, &p));
    }
    assert_false(xenpt_machine_hvm_param(w.machine, 0, 0, &p));
    end(&w);
}

/* Their frames are where the guest's physical memory has them. */
static void test_hvm_frames(void **state)
{
    struct xenpt_special_frames f;
    struct xenpt_grant g;
    struct world w;
    size_t n = 0;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (size_t i = 0; xenpt_machine_special(w.machine, 4, i, &f); i++)
        if (f.has_gfn) {
            assert_int_equal(at(&w, "d4.p2m", f.gfn << 12), f.mfn << 12);
            n++;
        }
    assert_int_equal(n, 8 + 8 + 2); /* Device models', rings, and what it is told. */
    /* 32-bit pages of 4 MiB, one to one. */
    assert_true(find(&w, 4, XENPT_SPECIAL_IDENT_PT, &f));
    for (uint64_t i = 0; i < 1024; i += 341)
        assert_int_equal(read_at(&w, (f.mfn << 12) + 4 * i, 4), i << 22 | 0xe7);
    /* A grant of an HVM guest's names its own frame. */
    assert_true(xenpt_machine_grant(w.machine, 4, 1, &g));
    assert_int_equal(g.frame, 0xfeffc);
    assert_int_equal(g.mfn << 12, at(&w, "d4.p2m", UINT64_C(0xfeffc000)));
    end(&w);
    build(&w, HOST("rome")
                  XEN("4.17",
                      "dom0=pvh") "domains: { d0: { type: pvh, memory: 64M, privileged: yes } }\n");
    assert_false(find(&w, 0, XENPT_SPECIAL_CONSOLE, &f));
    assert_int_equal(get(&w, 0, START, "flags"), 3);
    assert_int_equal(get(&w, 0, START, "memmap_entries"), 0);
    end(&w);
}

struct map_entry {
    uint64_t addr, size;
    uint32_t type, reserved;
};

/* What a PVH guest is told of its memory is what its physical memory has. */
static void test_memory_map(void **state)
{
    static const struct map_entry wanted[] = {
        { 0, 0xfc000000, 1, 0 },      { 0xfeff8000, 0x8000, 2, 0 },
        { 0xfc008000, 64, 3, 0 },     { 0xfc000000, 0x1000, 3, 0 },
        { 0xfc001000, 0x7000, 3, 0 }, { UINT64_C(1) << 32, 0x44000000, 1, 0 },
    };
    struct map_entry got[6];
    struct world w;
    uint64_t maddr;

    (void)state;
    build(&w, "host: { ram: 16G, processor: rome }\n" XEN(
                  "4.17", "") "domains: { d0: { type: pvh, memory: 5G } }\n");
    assert_int_equal(get(&w, 0, START, "magic"), 0x336ec578);
    assert_int_equal(get(&w, 0, START, "version"), 1);
    assert_int_equal(get(&w, 0, START, "rsdp_paddr"), 0xfc008000);
    assert_int_equal(get(&w, 0, START, "memmap_entries"), 6);
    maddr = at(&w, "d0.p2m", get(&w, 0, START, "memmap_paddr"));
    assert_true(xenpt_read(w.view->mem, maddr, got, sizeof(got)));
    assert_memory_equal(got, wanted, sizeof(got));
    for (size_t i = 0; i < 6; i++) {
        assert_int_not_equal(at(&w, "d0.p2m", got[i].addr), 0);
        assert_int_not_equal(at(&w, "d0.p2m", got[i].addr + got[i].size - 1), 0);
    }
    assert_int_equal(at(&w, "d0.p2m", 0xfc009000), 0);
    assert_int_equal(at(&w, "d0.p2m", (UINT64_C(5) << 30) + 0x4000000), 0);
    end(&w);
    /* Toolstacks before 4.12 left it to be asked for. */
    build(&w, HOST("rome") XEN("4.11", "") "domains: { d0: { type: pvh, memory: 64M } }\n");
    assert_int_equal(get(&w, 0, START, "version"), 0);
    assert_int_equal(get(&w, 0, START, "memmap_paddr"), 0);
    end(&w);
}

static void test_hvm_info(void **state)
{
    struct xenpt_special_frames f;
    struct world w;
    uint8_t bytes[48], sum = 0;

    (void)state;
    build(&w, "host: { ram: 16G, processor: rome }\n" XEN(
                  "4.17", "") "domains: { d0: { type: hvm, memory: 5G, vcpus: 9 } }\n");
    assert_true(find(&w, 0, XENPT_SPECIAL_HVM_INFO, &f));
    assert_int_equal((f.gfn << 12) + f.from, 0x9f800);
    assert_true(xenpt_read(w.view->mem, (f.mfn << 12) + f.from, bytes, sizeof(bytes)));
    for (size_t i = 0; i < sizeof(bytes); i++)
        sum = (uint8_t)(sum + bytes[i]);
    assert_int_equal(sum, 0);
    assert_memory_equal(bytes, "HVM INFO\x30\0\0\0", 12);
    assert_int_equal(get(&w, 0, f.special, "nr_vcpus"), 9);
    assert_int_equal(read_at(&w, (f.mfn << 12) + f.from + 32, 8), 0x1ff);
    assert_int_equal(get(&w, 0, f.special, "low_mem_pgend"), 0xf0000);
    assert_int_equal(get(&w, 0, f.special, "high_mem_pgend"), 0x150000);
    assert_int_equal(get(&w, 0, f.special, "reserved_mem_pgstart"), 0xfeff0);
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

/* --- What lies at an address --------------------------------------------------------------- */

static void test_place(void **state)
{
    struct xenpt_special_frames f;
    struct xenpt_special_place p;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_true(find(&w, 2, START, &f));
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 45, &p));
    assert_int_equal(p.domain, 2);
    assert_int_equal(p.into, 45);
    assert_string_equal(p.name, "start_info.store_mfn"); /* In a 32-bit guest's form. */
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 4000, &p));
    assert_string_equal(p.name, ""); /* Behind the structure. */
    assert_true(find(&w, 4, XENPT_SPECIAL_GRANT_TABLE, &f));
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 8 * 511 + 2, &p));
    assert_string_equal(p.name, "grant_entry_v1[511].domid");
    assert_true(find(&w, 4, XENPT_SPECIAL_HVM_INFO, &f));
    assert_true(xenpt_machine_place(w.machine, f.mfn << 12, &p));
    assert_string_equal(p.name, "");
    assert_true(xenpt_machine_place(w.machine, (f.mfn << 12) + 0x810, &p));
    assert_string_equal(p.name, "hvm_info_table.nr_vcpus");
    assert_false(xenpt_machine_place(w.machine, context(&w, "idle")->paging.root, &p));
    assert_false(xenpt_machine_special(w.machine, 5, 0, &f));
    end(&w);
}

/* The same, as a view says it to whoever walks there. */
static void test_explained(void **state)
{
    struct xenpt_memory_explanation x;
    const struct xenpt_explainer *e;
    struct xenpt_special_frames f;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    e = w.view->explainer;
    assert_true(find(&w, 1, START, &f));
    assert_true(e->memory(e, (f.mfn << 12) + 58, &x));
    assert_string_equal(x.owner, "d1");
    assert_string_equal(x.use, "start-info");
    assert_string_equal(x.what, "start_info.store_mfn");
    assert_int_equal(x.into, 2);
    assert_true(find(&w, 3, XENPT_SPECIAL_ACPI, &f));
    assert_true(e->memory(e, (f.mfn << 12) + 5, &x));
    assert_string_equal(x.what, "acpi-tables");
    assert_int_equal(x.into, 5);
    assert_false(e->memory(e, context(&w, "idle")->paging.root, &x));
    end(&w);
}

/* A domain that is no more has none of them, and one that comes in its place has its own. */
static void test_gone(void **state)
{
    struct xenpt_domain_desc desc = { .type = XENPT_DOMAIN_PV64, .memory = 64 << 20 };
    struct xenpt_special_frames f, list;
    struct xenpt_special_place p;
    struct xenpt_grant g;
    struct world w;
    uint32_t id;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_true(find(&w, 1, XENPT_SPECIAL_P2M_LIST, &list));
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 1, NULL), XENPT_OK);
    assert_false(xenpt_machine_special(w.machine, 1, 0, &f));
    assert_false(xenpt_machine_grant(w.machine, 1, 0, &g));
    assert_false(xenpt_machine_place(w.machine, list.mfn << 12, &p));
    assert_int_equal(xenpt_machine_domain_create(w.machine, &desc, &id, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
    start_info_agrees(&w, id, 0x4000, 8);
    assert_true(xenpt_machine_grant(w.machine, id, 1, &g));
    end(&w);
}

/* A snapshot has them as well. */
static void test_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;
    struct xenpt_special_frames f;
    struct xenpt_grant g;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    assert_int_equal(xenpt_machine_snapshot_take(w.machine, &snap, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_true(find(&w, 1, START, &f));
    assert_true(xenpt_machine_grant(w.machine, 1, 1, &g));
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
    start_info_agrees(&w, 1, 0x4000, 8);
    end(&w);
}

static void test_no_memory(void **state)
{
    static const char text[] = HOST("rome") XEN("4.6", "") ALL_KINDS;
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        struct xenpt_model *model = NULL;
        struct xenpt_machine *machine = NULL;
        struct xenpt_machine_snapshot *snap;

        fail_alloc_after(n);
        code = xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, NULL);
        if (!code)
            code = xenpt_model_build(model, &machine, NULL);
        if (!code)
            code = xenpt_machine_snapshot_take(machine, &snap, NULL);
        xenpt_machine_destroy(machine);
        xenpt_model_close(model);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv),
        cmocka_unit_test(test_pv_rings),
        cmocka_unit_test(test_pv32_quarters),
        cmocka_unit_test(test_shared_info),
        cmocka_unit_test(test_p2m_tree),
        cmocka_unit_test(test_p2m_list),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_hvm_frames),
        cmocka_unit_test(test_memory_map),
        cmocka_unit_test(test_hvm_info),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_by_release),
        cmocka_unit_test(test_no_backend),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_explained),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
