/*
 * test_p2m.c - a guest's physical memory: entries by type, access and release, as they were seen in
 * real machines and as the sources have them; views.
 */
#include <stdio.h>

#include "fail_alloc.h"
#include "guest_fixture.h"

#define PVH "domains: { d0: { type: pvh, memory: 64M, vcpus: 2 } }\n"

static uint64_t flags(const struct world *w, uint32_t view, uint64_t gfn)
{
    return look(w, view, gfn).entry & ~ADDR;
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
    assert_non_null(strstr(err.text, "-EINVAL"));
    end(&w);
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    assert_int_equal(xenpt_machine_p2m_set_access(w.machine, 0, 1, 0x20, 1, XENPT_ACCESS_R, &err),
                     XENPT_ERANGE);
    assert_non_null(strstr(err.text, "-EINVAL"));
    assert_int_equal(
        xenpt_machine_p2m_set_access(w.machine, 0, HOST_P2M, 0x100000, 1, XENPT_ACCESS_R, &err),
        XENPT_ERANGE);
    assert_non_null(strstr(err.text, "-EINVAL"));
    /* No frame, but below the highest: it is left out. */
    assert_int_equal(
        xenpt_machine_p2m_set_access(w.machine, 0, HOST_P2M, 0x80000, 1, XENPT_ACCESS_R, &err),
        XENPT_OK);
    assert_int_equal(look(&w, HOST_P2M, 0x80000).entry & ADDR, 0);
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
    assert_int_equal(xenpt_machine_view_create(w.machine, 0, &view, &err), XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "-EOPNOTSUPP"));
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
    assert_int_equal(look(&w, 1, 0x205).access, XENPT_ACCESS_RWX);
    /* View 0 stands for that memory: so do access rights. */
    set_access(&w, 0, 0x205, XENPT_ACCESS_X);
    assert_int_equal(look(&w, HOST_P2M, 0x205).access, XENPT_ACCESS_X);
    assert_int_equal(look(&w, 1, 0x205).access, XENPT_ACCESS_X);
    /* The device's frame is no RAM, and left out. */
    set_access(&w, 1, 0xfee00, XENPT_ACCESS_R);
    assert_int_equal(look(&w, 1, 0xfee00).entry & ADDR, 0);

    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 1, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-EBUSY"));
    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 0, &err), XENPT_ESTATE);
    assert_int_equal(xenpt_machine_view_destroy(w.machine, 0, 5, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-EBUSY"));
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

/* HVMOP_altp2m_change_gfn: a frame of a view is where another one of the domain's is. */
static void test_remap(void **state)
{
    struct xenpt_error err = { 0 };
    uint64_t other, tables;
    struct world w;
    uint32_t view;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "altp2m") PVH);
    tables = xenpt_machine_stats(w.machine).tables;
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x205, 0x433, &err),
                     XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_machine_views(w.machine, 0, true, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x205, 0x433, &err), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_view_create(w.machine, 0, &view, &err), XENPT_OK);
    other = frame_of(&w, 0x433);
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x205, 0x433, &err), XENPT_OK);
    assert_int_equal(look(&w, 1, 0x205).entry & ADDR, other);
    assert_int_equal(look(&w, 1, 0x205).level, 1);
    assert_int_equal(look(&w, 1, 0x204).entry & ADDR, frame_of(&w, 0x204));
    /* What the view itself has is taken before what the domain has. */
    set_access(&w, 1, 0x433, XENPT_ACCESS_R);
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x206, 0x433, &err), XENPT_OK);
    assert_int_equal(look(&w, 1, 0x206).entry & ADDR, other);
    assert_int_equal(look(&w, 1, 0x206).access, XENPT_ACCESS_R);
    /* Neither the APIC's page nor what is not there is RAM. */
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x207, 0xfee00, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-ESRCH"));
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x80000, 0x433, &err), XENPT_ESTATE);
    /* Back to nothing: copied when it is used. */
    assert_int_equal(xenpt_machine_view_remap(w.machine, 0, 1, 0x205, XENPT_NO_FRAME, &err),
                     XENPT_OK);
    assert_int_equal(look(&w, 1, 0x205).entry, XENPT_BIT(63));
    assert_int_equal(xenpt_machine_view_switch(w.machine, 0, 0, 1, &err), XENPT_OK);
    assert_int_equal(touch(&w, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
    /* As it is there: a larger page, so that what was remapped beside it is gone. */
    assert_int_equal(look(&w, 1, 0x206).entry, look(&w, HOST_P2M, 0x206).entry);
    assert_int_equal(look(&w, 1, 0x206).level, 2);
    assert_int_equal(xenpt_machine_views(w.machine, 0, false, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_stats(w.machine).tables, tables);
    end(&w);
}

/* Of a domain that was destroyed nothing is left to be asked about. */
static void test_destroyed(void **state)
{
    struct xenpt_p2m_entry e;
    struct xenpt_shadow one;
    struct world w;

    (void)state;
    build(&w,
          HOST("rome") XEN(
              "4.17",
              "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow, log-dirty: yes } }\n");
    touch(&w, 0x20000, XENPT_WRITE);
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 0, NULL), XENPT_OK);
    assert_false(xenpt_machine_p2m(w.machine, 0, HOST_P2M, 0x20, &e));
    assert_false(xenpt_machine_shadow(w.machine, 0, 0, &one));
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_DISABLE, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x20, "ram_ro", NULL), XENPT_ERANGE);
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

/* Whichever allocation is the first that fails, it is said, and nothing leaks. */
static void test_no_memory(void **state)
{
    enum xenpt_code code = XENPT_OK;

    (void)state;
    for (unsigned long n = 0; n < 4000; n++) {
        struct xenpt_access write = { .kind = XENPT_WRITE };
        struct xenpt_guest_done done;
        struct world w;
        uint32_t view;
        bool failed;

        build(&w, HOST("haswell") XEN("4.17", "altp2m") PVH);
        fail_alloc_after(n);
        code = xenpt_machine_views(w.machine, 0, true, NULL);
        if (!code)
            code = xenpt_machine_view_create(w.machine, 0, &view, NULL);
        if (!code)
            code = xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, NULL);
        if (!code)
            code = xenpt_machine_touch(w.machine, 0, 0, 0x205000, &write, &done, NULL);
        if (!code)
            code = xenpt_machine_p2m_set_access(w.machine, 0, 1, 0x400, 1, XENPT_ACCESS_R, NULL);
        if (!code)
            code = xenpt_machine_views(w.machine, 0, false, NULL);
        failed = fail_alloc_stop();
        end(&w);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),        cmocka_unit_test(test_types),
        cmocka_unit_test(test_read_only),      cmocka_unit_test(test_access),
        cmocka_unit_test(test_access_refused), cmocka_unit_test(test_views),
        cmocka_unit_test(test_remap),          cmocka_unit_test(test_views_refused),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_destroyed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
