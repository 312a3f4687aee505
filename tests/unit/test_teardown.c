/*
 * test_teardown.c - domains that were created and destroyed: nothing that was taken for them stays
 * taken, and memory is what it was.
 */
#include <stdio.h>

#include "fail_alloc.h"
#include "guest_fixture.h"

/* All of its memory is read, again and again. */
#define SMALL(processor) "host: { ram: 1G, cpus: 2, processor: " processor " }\n"

static const struct kind {
    const char *claim, *host, *xen;
    struct xenpt_domain_desc desc;
} kinds[] = {
    { "PV64 with an LDT",
      SMALL("skylake-server"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PV64, .vcpus = 3, .ldt = true } },
    { "PV64 in a debug build: a map cache",
      SMALL("skylake-server"),
      "xen: { release: \"4.17\", debug: yes }\n",
      { .type = XENPT_DOMAIN_PV64, .vcpus = 2 } },
    { "PV64 on shadows",
      SMALL("skylake-server"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PV64, .paging = XENPT_GUEST_SHADOW } },
    { "PV64 of which a log is kept",
      SMALL("rome"),
      XEN("4.12", ""),
      { .type = XENPT_DOMAIN_PV64, .log_dirty = true } },
    { "PV32", SMALL("rome"), XEN("4.17", ""), { .type = XENPT_DOMAIN_PV32, .vcpus = 2 } },
    { "PV32 of which a log is kept",
      SMALL("rome"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PV32, .log_dirty = true } },
    { "HVM with EPT",
      SMALL("skylake-server"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_HVM, .vcpus = 3 } },
    { "HVM with EPT, of which a log is kept",
      SMALL("skylake-server"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_HVM, .log_dirty = true } },
    { "PVH with nested paging",
      SMALL("rome"),
      XEN("4.22", ""),
      { .type = XENPT_DOMAIN_PVH, .vcpus = 2 } },
    { "PVH with views",
      SMALL("skylake-server"),
      XEN("4.17", "altp2m=yes"),
      { .type = XENPT_DOMAIN_PVH, .vcpus = 2, .views = 3 } },
    { "HVM in 4.2", SMALL("haswell"), XEN("4.2", ""), { .type = XENPT_DOMAIN_HVM, .vcpus = 2 } },
    { "shadow paging, 4 levels",
      SMALL("rome"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_HVM, .vcpus = 2, .paging = XENPT_GUEST_SHADOW } },
    { "shadow paging, PAE",
      SMALL("rome"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PVH,
        .vcpus = 2,
        .paging = XENPT_GUEST_SHADOW,
        .mode = XENPT_GUEST_PAE } },
    { "shadow paging, 2 levels",
      SMALL("rome"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PVH, .paging = XENPT_GUEST_SHADOW, .mode = XENPT_GUEST_2LEVEL } },
    { "shadow paging, not yet paging",
      SMALL("rome"),
      XEN("4.17", ""),
      { .type = XENPT_DOMAIN_PVH, .paging = XENPT_GUEST_SHADOW, .mode = XENPT_GUEST_UNPAGED } },
};

#define NR (sizeof(kinds) / sizeof(kinds[0]))

static void begin(struct world *w, const struct kind *k)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "%s%sdomains: { d0: { type: pv64, memory: 32M, privileged: yes } }\n", k->host,
             k->xen);
    build(w, text);
}

static uint32_t create(struct world *w, const struct kind *k)
{
    struct xenpt_domain_desc desc = k->desc;
    struct xenpt_error err = { 0 };
    uint32_t id = 0;

    desc.memory = UINT64_C(34) << 20;
    if (xenpt_machine_domain_create(w->machine, &desc, &id, &err))
        fail_msg("%s: %s", k->claim, err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return id;
}

static void destroy(struct world *w, uint32_t id)
{
    assert_int_equal(xenpt_machine_domain_destroy(w->machine, id, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
}

/* What is anywhere in memory: FNV-1a over words that are not 0, and where they are. */
static bool add(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    uint64_t *sum = ctx, word;

    for (uint64_t i = 0; i + 8 <= size; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word)
            *sum = ((*sum ^ word) * UINT64_C(0x100000001b3) ^ (first + i)) *
                   UINT64_C(0x100000001b3);
    }
    return true;
}

static uint64_t memory_of(const struct world *w)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    struct xenpt_ram_range r;
    uint8_t page[XENPT_PAGE_SIZE];

    assert_int_equal(xenpt_each_stretch(w->view->mem, add, &sum, NULL), XENPT_OK);
    /* And the M2P. */
    for (size_t i = 0; xenpt_machine_computed(w->machine, i, &r); i++)
        for (uint64_t at = r.first; at < r.last; at += sizeof(page)) {
            assert_true(xenpt_read(w->view->mem, at, page, sizeof(page)));
            add(&sum, at, page, sizeof(page));
        }
    return sum;
}

/* Everything is free again, and empty; the next domain gets what this one had. */
static void test_nothing_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR; i++) {
        struct xenpt_machine_stats before, now;
        uint64_t memory, taken;
        struct world w;
        uint32_t id;

        begin(&w, &kinds[i]);
        before = xenpt_machine_stats(w.machine);
        memory = memory_of(&w);
        for (unsigned int round = 0; round < 2; round++) {
            id = create(&w, &kinds[i]);
            now = xenpt_machine_stats(w.machine);
            assert_true(now.tables > before.tables);
            if (!round)
                taken = now.free_frames;
            assert_int_equal(now.free_frames, taken);
            assert_int_not_equal(memory_of(&w), memory);
            destroy(&w, id);
            now = xenpt_machine_stats(w.machine);
            if (now.free_frames != before.free_frames || now.tables != before.tables)
                fail_msg("%s: %lld frames, %lld tables are not given back", kinds[i].claim,
                         (long long)(before.free_frames - now.free_frames),
                         (long long)(now.tables - before.tables));
            if (memory_of(&w) != memory)
                fail_msg("%s: memory is not what it was", kinds[i].claim);
        }
        end(&w);
    }
}

/* The same of one that has run: its tables are not those that it was built with. */
static void test_after_use(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR; i++) {
        bool pv = kinds[i].desc.type == XENPT_DOMAIN_PV64 ||
                  kinds[i].desc.type == XENPT_DOMAIN_PV32;
        struct xenpt_machine_stats before, now;
        struct xenpt_guest_done done;
        struct world w;
        uint32_t id;

        begin(&w, &kinds[i]);
        before = xenpt_machine_stats(w.machine);
        id = create(&w, &kinds[i]);
        assert_int_equal(
            xenpt_machine_run(w.machine, id, 0, 1, pv ? XENPT_RUN_KERNEL : XENPT_RUN_GUEST, NULL),
            XENPT_OK);
        for (uint64_t at = 0; !pv && at < UINT64_C(0x400000); at += 0x1000) {
            struct xenpt_access access = { .kind = XENPT_WRITE };

            /* What is refused is no matter here. */
            (void)!xenpt_machine_touch(w.machine, id, 0, at, &access, &done, NULL);
        }
        if (kinds[i].desc.views)
            assert_int_equal(
                xenpt_machine_p2m_set_access(w.machine, id, 1, 0x403, 1, XENPT_ACCESS_R, NULL),
                XENPT_OK);
        destroy(&w, id);
        now = xenpt_machine_stats(w.machine);
        if (now.free_frames != before.free_frames || now.tables != before.tables)
            fail_msg("%s: %lld frames, %lld tables are not given back", kinds[i].claim,
                     (long long)(before.free_frames - now.free_frames),
                     (long long)(now.tables - before.tables));
        end(&w);
    }
}

/* Undone, it has all that it had, and can be destroyed again. */
static void test_undone(void **state)
{
    struct xenpt_machine_snapshot *snap;
    struct xenpt_machine_stats before, now;
    uint64_t memory;
    struct world w;
    uint32_t id;

    (void)state;
    begin(&w, &kinds[6]);
    before = xenpt_machine_stats(w.machine);
    id = create(&w, &kinds[6]);
    memory = memory_of(&w);
    assert_int_equal(xenpt_machine_snapshot_take(w.machine, &snap, NULL), XENPT_OK);
    destroy(&w, id);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
    assert_int_equal(memory_of(&w), memory);
    destroy(&w, id);
    now = xenpt_machine_stats(w.machine);
    assert_int_equal(now.free_frames, before.free_frames);
    end(&w);
}

/* A CPU's root that has what was copied from a domain is not taken for one that has the next
 * domain's, which has its L4 where that had it. */
static void test_copies(void **state)
{
    char root[XENPT_NAME_MAX];
    const struct xenpt_context *c;
    struct world w;
    uint32_t id;

    (void)state;
    begin(&w, &kinds[0]);
    id = create(&w, &kinds[0]);
    for (uint32_t v = 0; v < 2; v++)
        assert_int_equal(xenpt_machine_run(w.machine, id, v, v, XENPT_RUN_KERNEL, NULL), XENPT_OK);
    destroy(&w, id);
    id = create(&w, &kinds[0]);
    for (uint32_t v = 0; v < 3; v++) {
        snprintf(root, sizeof(root), "d%u.v%u.kernel", (unsigned int)id, (unsigned int)v);
        c = context(&w, root);
        assert_non_null(strstr(c->assumed, "was copied from another"));
    }
    end(&w);
}

/* Without memory for it, it stays whole. */
static void test_out_of_memory(void **state)
{
    static const size_t some[] = { 0, 6, 11 };

    (void)state;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        struct xenpt_machine_stats before, with;
        enum xenpt_code code;
        unsigned long n = 0, refused;
        struct world w;
        uint64_t memory;
        uint32_t id;

        begin(&w, &kinds[some[i]]);
        before = xenpt_machine_stats(w.machine);
        id = create(&w, &kinds[some[i]]);
        with = xenpt_machine_stats(w.machine);
        memory = memory_of(&w);
        do {
            fail_alloc_once_after(n++);
            code = xenpt_machine_domain_destroy(w.machine, id, NULL);
            refused = fail_alloc_stop();
            if (!code)
                break;
            assert_int_equal(code, XENPT_ENOMEM);
            assert_int_equal(xenpt_machine_view(w.machine, &w.view, NULL), XENPT_OK);
            assert_int_equal(xenpt_machine_stats(w.machine).free_frames, with.free_frames);
            assert_int_equal(memory_of(&w), memory);
        } while (refused && n < 10000);
        assert_int_equal(code, XENPT_OK);
        assert_true(n > 5);
        assert_int_equal(xenpt_machine_stats(w.machine).free_frames, before.free_frames);
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_stays), cmocka_unit_test(test_after_use),
        cmocka_unit_test(test_undone),        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
