/*
 * test_p2m.c - a guest's physical memory: entries by type, access and release, as they were seen in
 * real machines and as the sources have them; views; the log of written pages.
 */
#include "machine_fixture.h"

#include <stdio.h>

#include "xenpt/hvm.h"
#include "xenpt/p2m.h"

#define PVH      "domains: { d0: { type: pvh, memory: 64M, vcpus: 2 } }\n"
#define HOST_P2M XENPT_VIEW_HOST

static struct xenpt_p2m_entry look(const struct world *w, uint32_t view, uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(w->machine, 0, view, gfn, &e));
    return e;
}

static uint64_t flags(const struct world *w, uint32_t view, uint64_t gfn)
{
    return look(w, view, gfn).entry & ~ADDR;
}

static struct xenpt_guest_done touch_at(struct world *w, uint8_t cpl, uint64_t va,
                                        enum xenpt_access_kind kind)
{
    struct xenpt_access access = { .kind = kind, .cpl = cpl };
    struct xenpt_error err = { 0 };
    struct xenpt_guest_done done;

    if (xenpt_machine_touch(w->machine, 0, 0, va, &access, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

static struct xenpt_guest_done touch(struct world *w, uint64_t va, enum xenpt_access_kind kind)
{
    return touch_at(w, 0, va, kind);
}

static void set_access(struct world *w, uint32_t view, uint64_t gfn, enum xenpt_p2m_access access)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_p2m_set_access(w->machine, 0, view, gfn, 1, access, &err))
        fail_msg("%s", err.text);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* seen.md for 4.17 on Haswell; asm/hvm/vmx/vmx.h of 4.4, and of 4.22; advisory 304. */
static void test_entries(void **state)
{
    static const struct {
        const char *processor, *release, *options;
        uint64_t small, large, table, absent;
    } rows[] = {
        { "haswell", "4.17", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f3),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.17", "ept=no-ad", UINT64_C(0x9c00000000000077),
          UINT64_C(0x9c000000000000f3), UINT64_C(0x9c00000000000007),
          UINT64_C(0x8000000000000000) },
        { "haswell", "4.17", "ept=exec-sp", UINT64_C(0x9c00000000000377),
          UINT64_C(0x9c000000000003f7), UINT64_C(0x9c00000000000107),
          UINT64_C(0x8000000000000000) },
        { "ice-lake-server", "4.17", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f7),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.13", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f3),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.12.1", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f7),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.12.4", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f3),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.10", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f7),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.4", "", UINT64_C(0x1c00000000000077), UINT64_C(0x1c000000000000f7),
          UINT64_C(0x1c00000000000007), 0 },
        { "haswell", "4.21", "", UINT64_C(0x9c00000000000377), UINT64_C(0x9c000000000003f3),
          UINT64_C(0x9c00000000000107), UINT64_C(0x8000000000000000) },
        { "haswell", "4.22", "", UINT64_C(0xb800000000000377), UINT64_C(0xb8000000000003f3),
          UINT64_C(0xb800000000000107), UINT64_C(0x8000000000000000) },
        { "rome", "4.17", "", 0x67, 0xe7, 0x67, 0 },
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        uint64_t entry[4] = { 0 };

        snprintf(
            text, sizeof(text),
            "host: { ram: 4G, processor: %s }\nxen: { release: \"%s\", options: \"%s\" }\n" PVH,
            rows[i].processor, rows[i].release, rows[i].options);
        build(&w, text);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].small);
        assert_int_equal(flags(&w, HOST_P2M, 0x400), rows[i].large);
        assert_int_equal(look(&w, HOST_P2M, 0x400).level, 2);
        assert_int_equal(flags(&w, HOST_P2M, 0x8000), rows[i].absent);
        assert_null(look(&w, HOST_P2M, 0x8000).type);
        entry[0] = slot(&w, "d0.p2m", 0);
        assert_int_equal(entry[0] & ~ADDR, rows[i].table);
        assert_int_equal(slot(&w, "d0.p2m", 1), 0);
        end(&w);
    }
}

/* mechanisms.md e.4. */
static void test_types(void **state)
{
    static const struct {
        const char *name;
        bool present, write, execute;
    } rows[] = {
        { "ram_rw", true, true, true },
        { "invalid", false, false, false },
        { "ram_logdirty", true, false, true },
        { "ram_ro", true, false, true },
        { "mmio_dm", false, false, false },
        { "mmio_direct", true, true, true },
        { "populate_on_demand", false, false, false },
        { "grant_map_rw", true, true, false },
        { "grant_map_ro", true, false, false },
        { "ram_paging_out", false, false, false },
        { "ram_paged", false, false, false },
        { "ram_paging_in", false, false, false },
        { "ram_shared", true, false, true },
        { "ram_broken", false, false, false },
        { "map_foreign", true, true, false },
        { "ioreq_server", true, true, false },
    };
    size_t i = 0;

    (void)state;
    for (const struct xenpt_p2m_type *t; (t = xenpt_p2m_type(i)); i++) {
        assert_int_equal(t->number, i);
        assert_string_equal(t->name, rows[i].name);
        assert_int_equal(t->present, rows[i].present);
        assert_int_equal(t->write, rows[i].write);
        assert_int_equal(t->execute, rows[i].execute);
    }
    assert_int_equal(i, sizeof(rows) / sizeof(rows[0]));
}

static void test_read_only(void **state)
{
    static const char *const processors[] = { "skylake-server", "rome" };
    struct xenpt_error err = { 0 };
    char text[256];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        bool shadow = i > 1;
        struct world w;

        snprintf(text, sizeof(text),
                 "host: { ram: 4G, processor: %s }\nxen: { release: \"4.17\" }\n"
                 "domains: { d0: { type: hvm, memory: 64M%s } }\n",
                 processors[i % 2], shadow ? ", paging: shadow" : "");
        build(&w, text);
        assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x205, "ram_ro", &err), XENPT_OK);
        assert_string_equal(look(&w, HOST_P2M, 0x205).type->name, "ram_ro");
        assert_int_equal(look(&w, HOST_P2M, 0x206).level, 1); /* The larger page was split. */
        assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
        assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DISCARDED);
        assert_int_equal(touch(&w, 0x206000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x205, "ram_rw", &err), XENPT_OK);
        assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x205, "ram_shared", &err),
                         XENPT_ERANGE);
        assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x80000, "ram_ro", &err),
                         XENPT_ESTATE);
        end(&w);
    }
}

/* --- Access -------------------------------------------------------------------------------- */

static void test_access(void **state)
{
    /* read, write, fetch: done, told to a monitor, or the end of the domain. */
    static const struct {
        const char *name;
        uint64_t flags;
        const char *outcomes;
    } rows[XENPT_NR_ACCESS] = {
        { "n", UINT64_C(0x8000000000000370), "eee" },
        { "r", UINT64_C(0x8400000000000371), "dee" },
        { "w", UINT64_C(0x8800000000000372), "ece" },
        { "rw", UINT64_C(0x8c00000000000373), "dde" },
        { "x", UINT64_C(0x9000000000000374), "eed" },
        { "rx", UINT64_C(0x9400000000000375), "ded" },
        { "wx", UINT64_C(0x9800000000000376), "ecc" },
        { "rwx", UINT64_C(0x9c00000000000377), "ddd" },
        { "rx2rw", UINT64_C(0xa000000000000375), "ddd" },
        { "n2rwx", UINT64_C(0xa400000000000370), "ddd" },
    };
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") PVH);
    for (enum xenpt_p2m_access a = XENPT_ACCESS_N; a < XENPT_NR_ACCESS; a++) {
        assert_string_equal(xenpt_p2m_access_word(a)->name, rows[a].name);
        for (enum xenpt_access_kind k = XENPT_READ; k <= XENPT_FETCH; k++) {
            enum xenpt_guest_outcome o;

            set_access(&w, HOST_P2M, 0x205, a);
            assert_int_equal(flags(&w, HOST_P2M, 0x205), rows[a].flags);
            assert_int_equal(look(&w, HOST_P2M, 0x205).access, a);
            /* rx2rw gives way to a write, and has no x then. */
            o = touch(&w, 0x205000, k).outcome;
            if (("dec"[o == XENPT_GUEST_DONE    ? 0
                       : o == XENPT_GUEST_EVENT ? 1
                                                : 2]) != rows[a].outcomes[k])
                fail_msg("%s, access %u: %u", rows[a].name, k, o);
        }
    }
    set_access(&w, HOST_P2M, 0x205, XENPT_ACCESS_RX2RW);
    touch(&w, 0x205000, XENPT_WRITE);
    assert_int_equal(look(&w, HOST_P2M, 0x205).access, XENPT_ACCESS_RW);
    set_access(&w, HOST_P2M, 0x205, XENPT_ACCESS_N2RWX);
    touch(&w, 0x205000, XENPT_READ);
    assert_int_equal(look(&w, HOST_P2M, 0x205).access, XENPT_ACCESS_RWX);
    end(&w);
    /* Code in a larger page of a processor that is affected: the page is split. */
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).exits, 0);
    assert_int_equal(look(&w, HOST_P2M, 0x205).level, 2);
    assert_int_equal(touch(&w, 0x205000, XENPT_FETCH).exits, 1);
    assert_int_equal(look(&w, HOST_P2M, 0x205).level, 1);
    assert_int_equal(look(&w, HOST_P2M, 0x400).level, 2);
    end(&w);
}

static void test_access_refused(void **state)
{
    struct xenpt_error err = { 0 };
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") PVH);
    assert_int_equal(
        xenpt_machine_p2m_set_access(w.machine, 0, HOST_P2M, 0x20, 1, XENPT_ACCESS_R, &err),
        XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "-EOPNOTSUPP"));
    end(&w);
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    assert_int_equal(xenpt_machine_p2m_set_access(w.machine, 0, 1, 0x20, 1, XENPT_ACCESS_R, &err),
                     XENPT_ERANGE);
    assert_non_null(strstr(err.text, "-EINVAL"));
    assert_int_equal(
        xenpt_machine_p2m_set_access(w.machine, 0, HOST_P2M, 0x80000, 1, XENPT_ACCESS_R, &err),
        XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-ESRCH"));
    end(&w);
}

/* --- Views --------------------------------------------------------------------------------- */

static void test_views(void **state)
{
    struct xenpt_cpu_state cpu;
    struct xenpt_error err = { 0 };
    struct world w;
    uint32_t view, tables;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "altp2m") PVH);
    tables = (uint32_t)xenpt_machine_stats(w.machine).tables;
    assert_int_equal(xenpt_machine_view_create(w.machine, 0, &view, &err), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_views(w.machine, 0, true, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view_create(w.machine, 0, &view, &err), XENPT_OK);
    assert_int_equal(view, 1);
    /* All vCPUs are on view 0, where nothing is until it is used. */
    assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_GUEST, &err), XENPT_OK);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, &err), XENPT_OK);
    assert_int_equal(cpu.second, context(&w, "d0.view0")->paging.root | 0x1e);
    assert_int_equal(slot(&w, "d0.view0", 0), 0);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
    assert_int_equal(look(&w, 0, 0x205).entry, look(&w, HOST_P2M, 0x205).entry);
    assert_int_equal(look(&w, 0, 0x205).level, 2); /* As it is there. */
    assert_int_equal(look(&w, 0, 0x400).entry & ADDR, 0);
    /* View 1 does not let the page be written; the others do. */
    set_access(&w, 1, 0x205, XENPT_ACCESS_RX);
    assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
    assert_int_equal(xenpt_machine_view_switch(w.machine, 0, 0, 1, &err), XENPT_OK);
    assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_EVENT);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
    assert_int_equal(look(&w, HOST_P2M, 0x205).level, 2);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(cpu.second, context(&w, "d0.view1")->paging.root | 0x1e);
    assert_int_equal(context(&w, "d0.v0.guest")->second.root, context(&w, "d0.view1")->paging.root);
    assert_int_equal(context(&w, "d0.v1.guest")->second.root, context(&w, "d0.view0")->paging.root);
    /* What changes in the domain's own memory changes in views that have it. */
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x205, "ram_ro", &err), XENPT_OK);
    assert_string_equal(look(&w, 0, 0x205).type->name, "ram_ro");
    assert_string_equal(look(&w, 1, 0x205).type->name, "ram_ro");
    assert_int_equal(look(&w, 1, 0x205).access, XENPT_ACCESS_RX);

    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 1, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-EBUSY"));
    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 0, &err), XENPT_ESTATE);
    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 5, &err), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_view_switch(w.machine, 0, 0, 5, &err), XENPT_ERANGE);
    while (!xenpt_machine_view_create(w.machine, 0, &view, &err))
        ;
    assert_int_equal(view, XENPT_VIEWS_MAX - 1);
    assert_non_null(strstr(err.text, "-EINVAL"));
    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 9, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_views(w.machine, 0, false, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, &err), XENPT_OK);
    assert_null(xenpt_view_context(w.view, "d0.view0"));
    assert_int_equal(context(&w, "d0.v0.guest")->second.root, context(&w, "d0.p2m")->paging.root);
    /* The domain's own larger page was split, for the type; the views' tables are gone. */
    assert_int_equal(xenpt_machine_stats(w.machine).tables, tables + 1);
    end(&w);
}

static void test_views_refused(void **state)
{
    static const struct {
        const char *processor, *release, *options, *paging;
    } rows[] = {
        { "rome", "4.17", "altp2m", "usual" },
        { "haswell", "4.17", "", "usual" },
        { "haswell", "4.4", "altp2m", "usual" },
        { "haswell", "4.17", "altp2m", "shadow" },
    };
    struct xenpt_error err = { 0 };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;

        snprintf(text, sizeof(text),
                 "host: { ram: 4G, processor: %s }\nxen: { release: \"%s\", options: \"%s\" }\n"
                 "domains: { d0: { type: hvm, memory: 64M, paging: %s } }\n",
                 rows[i].processor, rows[i].release, rows[i].options, rows[i].paging);
        build(&w, text);
        assert_int_equal(xenpt_machine_views(w.machine, 0, true, &err), XENPT_EUNSUPPORTED);
        assert_non_null(strstr(err.text, "-EOPNOTSUPP"));
        end(&w);
    }
}

/* --- The log of written pages -------------------------------------------------------------- */

static void log_dirty(struct world *w, enum xenpt_log_dirty op)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_log_dirty(w->machine, 0, op, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, &err), XENPT_OK);
}

/* Types are worked out when a page is touched; until then the processor finds no way there. */
static void test_log_dirty_exits(void **state)
{
    static const struct {
        const char *processor, *options;
        uint64_t pending, logged, writable;
    } rows[] = {
        { "haswell", "ept=no-pml", UINT64_C(0x9c0000000000053f), UINT64_C(0x9c20000000000175),
          UINT64_C(0x9c00000000000377) },
        { "rome", "", 0x63, UINT64_C(0x0020000000000065), 0x67 },
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;

        snprintf(
            text, sizeof(text),
            "host: { ram: 4G, processor: %s }\nxen: { release: \"4.17\", options: \"%s\" }\n" PVH,
            rows[i].processor, rows[i].options);
        build(&w, text);
        log_dirty(&w, XENPT_LOG_ENABLE);
        assert_int_equal(slot(&w, "d0.p2m", 0) & ~ADDR, rows[i].pending);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].writable);
        assert_int_equal(touch(&w, 0x20000, XENPT_READ).outcome, XENPT_GUEST_DONE);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].logged);
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].writable);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
        /* A larger page is split by its first write. */
        assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(look(&w, HOST_P2M, 0x205).level, 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x205));
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x206));
        log_dirty(&w, XENPT_LOG_CLEAN);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        assert_true(touch(&w, 0x20000, XENPT_WRITE).exits > 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        log_dirty(&w, XENPT_LOG_DISABLE);
        assert_int_equal(touch(&w, 0x206000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(flags(&w, HOST_P2M, 0x206), rows[i].writable);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        end(&w);
    }
}

/* The processor notes writes in D of EPT, and nothing exits for them. */
static void test_log_dirty_pml(void **state)
{
    struct xenpt_cpu_state cpu;
    struct world w;

    (void)state;
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_GUEST, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(cpu.second, context(&w, "d0.p2m")->paging.root | 0x5e);
    touch(&w, 0x20000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000177));
    assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000377));
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    /* With A and D in EPT, the processor's walk of the guest's tables counts as writes. */
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x10));
    /* A larger page is read-only all the same, to be split. */
    touch(&w, 0x205000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x205), UINT64_C(0x9c200000000001f1));
    touch(&w, 0x205000, XENPT_WRITE);
    assert_int_equal(look(&w, HOST_P2M, 0x205).level, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x205));
    log_dirty(&w, XENPT_LOG_CLEAN);
    touch(&w, 0x20000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000177));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(cpu.second & 0xfff, 0x1e);
    end(&w);
}

/* Shadows are made without RW until a page is written; the guest's D is not what counts. */
static void test_log_dirty_shadow(void **state)
{
    struct world w;
    struct xenpt_walk walk;

    (void)state;
    build(&w, HOST("rome")
                  XEN("4.17", "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n");
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
    log_dirty(&w, XENPT_LOG_ENABLE);
    touch(&w, 0x20000, XENPT_READ);
    xenpt_walk(&context(&w, "d0.v0.guest")->paging, w.view->mem, 0x20000, &walk);
    assert_int_equal(walk.step[3].entry & ~ADDR, 0x21);
    assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 1);
    /* Setting A and D in a guest's table is a write to it. */
    touch(&w, 0x31000, XENPT_WRITE);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x13));
    log_dirty(&w, XENPT_LOG_CLEAN);
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(touch(&w, 0x21000, XENPT_WRITE).exits, 1);
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
    end(&w);
}

static const char *why(const struct world *w, unsigned int level, uint64_t in)
{
    struct xenpt_entry_question q = { .context = context(w, "d0.p2m"), .level = level, .in = in };
    struct xenpt_entry_explanation x;

    q.entry = look(w, HOST_P2M, in >> 12).entry;
    if (level == 4)
        q.entry = slot(w, "d0.p2m", 0);
    assert_true(w->view->explainer->entry(w->view->explainer, &q, &x));
    assert_int_equal(x.entry, q.entry);
    return x.rule->name;
}

static void test_why(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    assert_string_equal(why(&w, 4, 0), "p2m-table");
    assert_string_equal(why(&w, 1, 0x20000), "p2m");
    set_access(&w, HOST_P2M, 0x20, XENPT_ACCESS_R);
    assert_string_equal(why(&w, 1, 0x20000), "p2m-access");
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_string_equal(why(&w, 4, 0), "p2m-pending");
    touch(&w, 0x21000, XENPT_READ);
    assert_string_equal(why(&w, 4, 0), "p2m-table");
    assert_string_equal(why(&w, 1, 0x21000), "p2m-log");
    end(&w);
}

/* --- Paravirtual domains on shadows -------------------------------------------------------- */

static uint64_t leaf_of(const struct world *w, const char *name, uint64_t va)
{
    struct xenpt_walk walk;

    xenpt_walk(&context(w, name)->paging, w->view->mem, va, &walk);
    return walk.nr_steps ? walk.step[walk.nr_steps - 1].entry : 0;
}

#define KERNEL_64 UINT64_C(0xffffffff80000000)

/* pv.c: a kernel's pages have A and not D; frame 0 is at its base. */
static void test_pv64(void **state)
{
    static const char *const options[] = { "xpti=no", "xpti=yes" };
    struct xenpt_cpu_state cpu;
    char text[512];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        uint64_t kernel, user, self, tables;

        snprintf(text, sizeof(text),
                 HOST("skylake-server") "xen: { release: \"4.17\", options: %s }\n"
                                        "domains: { d0: { type: pv64, memory: 64M } }\n",
                 options[i]);
        build(&w, text);
        kernel = context(&w, "d0.v0.xen")->paging.root;
        user = context(&w, "d0.v0.xen-user")->paging.root;
        tables = xenpt_machine_stats(w.machine).tables;
        log_dirty(&w, XENPT_LOG_ENABLE);
        self = context(&w, "d0.v0.xen")->paging.root;
        assert_int_not_equal(self, kernel);
        assert_string_equal(context(&w, "d0.v0.xen")->kind, "pv64-shadow");
        /* Trap: the linear slot leads to the guest's L4, the next one to the shadow. */
        assert_int_equal(slot(&w, "d0.v0.xen", 258), kernel | UINT64_C(0x8000000000000063));
        assert_int_equal(slot(&w, "d0.v0.xen", 259), self | UINT64_C(0x8000000000000063));
        assert_int_equal(slot(&w, "d0.v0.xen-user", 258) & ADDR, user);
        assert_int_equal(slot(&w, "d0.v0.xen", 261), slot(&w, "idle", 261));
        assert_true(slot(&w, "d0.v0.xen", 256) & P);
        assert_false(slot(&w, "d0.v0.xen-user", 256) & P);
        assert_int_equal(slot(&w, "d0.v0.xen", 511), 0);

        assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_KERNEL, NULL), XENPT_OK);
        assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
        if (i) {
            assert_int_equal(cpu.cr3 & ADDR, context(&w, "cpu0.xpti")->paging.root);
            assert_int_equal(slot(&w, "cpu0.xpti", 259), slot(&w, "d0.v0.xen", 259));
        } else {
            assert_int_equal(cpu.cr3, self);
        }
        /* Read-only until it is written; what Xen says of whose the page is has gone. */
        assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_READ).exits, 1);
        assert_int_equal(leaf_of(&w, "d0.v0.xen", KERNEL_64) & ~ADDR, 0x25);
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0));
        assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 1);
        assert_int_equal(leaf_of(&w, "d0.v0.xen", KERNEL_64) & ~ADDR, 0x67);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
        assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 0);
        /* What the guest may not do it still may not. */
        assert_int_equal(touch_at(&w, 3, 0x7000000000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
        log_dirty(&w, XENPT_LOG_CLEAN);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));

        log_dirty(&w, XENPT_LOG_DISABLE);
        assert_int_equal(context(&w, "d0.v0.xen")->paging.root, kernel);
        assert_int_equal(xenpt_machine_stats(w.machine).tables, tables);
        assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_KERNEL, NULL), XENPT_OK);
        if (i)
            assert_int_equal(slot(&w, "cpu0.xpti", 259), 0);
        assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 0);
        end(&w);
    }
}

/* The shadow is of Xen's own L4; the last L2 has Xen's M2P as before. */
static void test_pv32(void **state)
{
    uint64_t m2p, monitor;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv32, memory: 64M } }\n");
    monitor = context(&w, "d0.v0.xen")->paging.root;
    m2p = leaf_of(&w, "d0.v0.xen", 0xf5800000);
    assert_int_equal(m2p & ~ADDR, 0x81);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(slot(&w, "d0.v0.xen", 258) & ADDR, monitor);
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, context(&w, "d0.v0.xen")->paging.root);
    assert_int_equal(slot(&w, "d0.v0.xen", 4), slot(&w, "d0.v0.xen", 260));
    assert_int_equal(touch_at(&w, 1, 0xc0000000, XENPT_WRITE).exits, 1);
    assert_int_equal(leaf_of(&w, "d0.v0.xen", 0xc0000000) & ~ADDR, 0x63);
    assert_int_equal(leaf_of(&w, "d0.v0.xen", 0xf5800000), m2p);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(context(&w, "d0.v0.xen")->paging.root, monitor);
    end(&w);
}

/* The same from a model; and a domain that is on shadows for another reason stays on them. */
static void test_described(void **state)
{
    struct world w;
    uint64_t root;

    (void)state;
    build(&w,
          HOST("haswell") XEN(
              "4.17",
              "altp2m") "domains: { d0: { type: pvh, memory: 64M, views: 3, log-dirty: yes } }\n");
    context(&w, "d0.view2");
    assert_null(xenpt_view_context(w.view, "d0.view3"));
    touch(&w, 0x20000, XENPT_WRITE);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    end(&w);
    build(&w, HOST("rome")
                  XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M, paging: shadow } }\n");
    root = context(&w, "d0.v0.xen")->paging.root;
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, root);
    /* It has read everything, and written nothing: none of its entries has D. */
    assert_int_equal(leaf_of(&w, "d0.v0.kernel", KERNEL_64) & ~ADDR, 0x25);
    assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 1);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(touch_at(&w, 3, KERNEL_64, XENPT_WRITE).exits, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, context(&w, "d0.v0.xen")->paging.root);
    end(&w);
}

static void test_log_dirty_refused(void **state)
{
    struct xenpt_error err = { 0 };
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") PVH);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_CLEAN, &err), XENPT_ESTATE);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 3, XENPT_LOG_ENABLE, &err), XENPT_ERANGE);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-EINVAL"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_access_refused),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_views_refused),
        cmocka_unit_test(test_log_dirty_exits),
        cmocka_unit_test(test_log_dirty_pml),
        cmocka_unit_test(test_log_dirty_shadow),
        cmocka_unit_test(test_log_dirty_refused),
        cmocka_unit_test(test_pv64),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_pv32),
        cmocka_unit_test(test_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
