/*
 * test_machine.c - what a researcher asks of a machine, answered from its tables.
 *
 * Expectations are what was read in the memory of real machines, or in Xen's sources: slots of
 * each kind of root, what its entries lead to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_fixture.h"
#include "xenpt/compare.h"

/* --- Which slots --------------------------------------------------------------------------- */

static void test_slots(void **state)
{
    /* The guest's are 0, of the kernel also 511.  seen.md's table, and captures of all kinds. */
    static const struct {
        const char *release, *idle, *kernel, *user, *pv32, *hap, *shadow, *xpti;
    } rows[] = {
        { "4.2", "0 256 258 260-262", "0 256 258 260-262 511", "0 256 258 260-262",
          "0 256 258 260-262", "258 260-262", "258-262", NULL },
        { "4.3", "0 256 258 261-262", "0 256 258 260-262 511", "0 256 258 260-262",
          "0 256 258 260-262", "258 260-262", "258-262", NULL },
        { "4.5", "0 256 258 261-262", "0 256 258 260-262 511", "0 256 258 260-262",
          "0 256 258 260-262", "258 260-262", "258-262", NULL },
        { "4.12", "0 256 258 261-262", "0 256 258 260-262 511", "0 258 260-262", "0 258 260-262",
          "258 260-262", "258-262", "0 256 260-262 511" },
        { "4.17", "0 256 258 261-262", "0 256 258 260-262 511", "0 258 260-262", "0 4 258 260-262",
          "4 258 260-262", "4 258-262", "0 256 260-262 511" },
        { "4.22", "0 256 258 261-262", "0 256 258 260-262 511", "0 258 260-262", "0 4 258 260-262",
          "4 258 260-262", "4 258-262", "0 256 260-262 511" },
    };
    char text[2048], buf[512];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;

        snprintf(text, sizeof(text),
                 HOST("skylake-client") "xen: { release: \"%s\", pv32: yes }\n" ALL_KINDS
                                        "running: { cpu0: d0.v0.kernel }\n",
                 rows[i].release);
        build(&w, text);
        assert_string_equal(slots(&w, "idle", buf), rows[i].idle);
        assert_string_equal(slots(&w, "d0.v0.xen", buf), rows[i].kernel);
        assert_string_equal(slots(&w, "d0.v0.xen-user", buf), rows[i].user);
        assert_string_equal(slots(&w, "d2.v0.xen", buf), rows[i].pv32);
        assert_string_equal(slots(&w, "d3.v0.xen", buf), rows[i].hap);
        assert_string_equal(slots(&w, "d4.v0.xen", buf), rows[i].shadow);
        if (rows[i].xpti)
            assert_string_equal(slots(&w, "cpu0.xpti", buf), rows[i].xpti);
        else
            assert_null(xenpt_view_context(w.view, "cpu0.xpti"));
        end(&w);
    }
}

/* Dom0 is one more domain: its roots have what another's have, with the same flags. */
static void test_dom0_is_no_other(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (unsigned int nr = 256; nr < 272; nr++) {
        assert_int_equal(slot(&w, "d0.v0.xen", nr) & ~ADDR, slot(&w, "d1.v0.xen", nr) & ~ADDR);
        assert_int_equal(slot(&w, "d0.v0.xen-user", nr) & ~ADDR,
                         slot(&w, "d1.v0.xen-user", nr) & ~ADDR);
    }
    end(&w);
}

/* --- Who shares what ----------------------------------------------------------------------- */

static void test_sharing(void **state)
{
    static const char *const roots[] = { "idle",      "d0.v0.xen", "d1.v1.xen-user", "d2.v0.xen",
                                         "d3.v0.xen", "d3.v1.xen", "d4.v0.xen" };
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    /* M2P, image, frametable and directmap: one L3 each for all roots. */
    for (size_t i = 1; i < sizeof(roots) / sizeof(roots[0]); i++) {
        assert_int_equal(slot(&w, roots[i], 261), slot(&w, "idle", 261));
        assert_int_equal(slot(&w, roots[i], 262), slot(&w, "idle", 262));
    }
    /* The per-domain area is one for the vCPUs of a domain, and of no other. */
    assert_int_equal(slot(&w, "d3.v0.xen", 260), slot(&w, "d3.v1.xen", 260));
    assert_int_equal(slot(&w, "d3.v0.xen", 4), slot(&w, "d3.v0.xen", 260));
    assert_int_not_equal(slot(&w, "d3.v0.xen", 260), slot(&w, "d4.v0.xen", 260));
    /* The root's own: what it is linear in. */
    assert_int_equal(slot(&w, "d3.v0.xen", 258) & ADDR, context(&w, "d3.v0.xen")->paging.root);
    assert_int_not_equal(slot(&w, "d3.v0.xen", 258), slot(&w, "d3.v1.xen", 258));
    end(&w);
}

/* While an HVM guest runs, nothing of it is in Xen's address space but through the directmap. */
static void test_hvm_host_space(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    for (unsigned int nr = 0; nr < 256; nr++)
        assert_true(nr == 4 || !slot(&w, "d3.v0.xen", nr));
    for (unsigned int nr = 272; nr < 512; nr++)
        assert_false(slot(&w, "d3.v0.xen", nr));
    assert_true(context(&w, "d3.v0.guest")->has_second);
    assert_string_equal(context(&w, "d3.v0.guest")->second.format.name, "EPT");
    assert_false(context(&w, "d4.v0.guest")->has_second);
    end(&w);
}

/* --- Linear page tables of a guest --------------------------------------------------------- */

/* A root that leads to itself is one more way to its own tables, and no way to write to them. */
static void test_linear_pt(void **state)
{
    static const char *const fine[][2] = { { "4.17", "" },
                                           { "4.17", "pv-linear-pt=yes" },
                                           { "4.9", "pv-linear-pt=no" } };
    char text[1024];
    uint64_t out, root;
    struct world w;

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        snprintf(text, sizeof(text),
                 HOST("rome") "xen: { release: \"%s\", options: \"%s\" }\n" LINEAR_DOMAINS,
                 fine[i][0], fine[i][1]);
        build(&w, text);
        root = context(&w, "d1.v1.xen")->paging.root;
        assert_int_equal(slot(&w, "d1.v1.xen", 255), root | 0x25);
        /* Slot 255 four times over: the root itself; its last entry is the kernel's L3. */
        assert_false(rights(&w, "d1.v1.xen", UINT64_C(0x7fbfdfeff000), &out) >> XENPT_W & 1);
        assert_int_equal(out, root);
        assert_false(rights(&w, "d1.v1.xen", UINT64_C(0x7fbfdffff000), &out) >> XENPT_W & 1);
        assert_int_equal(out, slot(&w, "d1.v1.xen", 511) & ADDR);
        assert_false(slot(&w, "d1.v1.xen-user", 255));
        assert_false(slot(&w, "d0.v0.xen", 255));
        end(&w);
    }
    /* The copy in an XPTI root leads to the guest's, not to itself. */
    build(&w, HOST("skylake-server") XEN("4.17", "") LINEAR_DOMAINS
          "running: { cpu1: d1.v0.kernel }\n");
    assert_int_equal(slot(&w, "cpu1.xpti", 255), context(&w, "d1.v0.xen")->paging.root | 0x25);
    end(&w);
}

/* --- Beyond 5 TiB -------------------------------------------------------------------------- */

static void test_high_ram(void **state)
{
    char buf[512];
    struct world w;

    (void)state;
    build(&w, "host: { ram: 12T, cpus: 2, processor: rome }\n" XEN("4.17", "") ALL_KINDS);
    /* 12 TiB from slot 262 on are 24 slots, and one for what the PCI hole pushes up. */
    assert_string_equal(slots(&w, "idle", buf), "0 256 258 261-286");
    assert_string_equal(slots(&w, "d3.v0.xen", buf), "4 258 260-286");
    assert_string_equal(slots(&w, "d0.v0.xen", buf), "0 256 258 260-271 511");
    end(&w);
    build(&w, "host: { ram: 12T, cpus: 2, processor: rome }\n"
              "xen: { release: \"4.17\", variant: bigmem, pv32: yes }\n" ALL_KINDS);
    assert_string_equal(slots(&w, "d3.v0.xen", buf), "4 258 260-262 265-289");
    assert_string_equal(slots(&w, "d0.v0.xen", buf), "0 256 258 260-262 265-271 511");
    end(&w);
}

/* A debug build can be told to act as if RAM went on above what PV roots reach. */
static void test_highmem_start(void **state)
{
    char buf[512];
    struct world w;
    uint64_t l3, entry = 0;

    (void)state;
    build(&w, "host: { ram: 1T, cpus: 2, processor: rome }\n"
              "xen: { release: \"4.17\", pv32: yes, debug: yes, options: highmem-start=520G "
              "}\n" ALL_KINDS);
    assert_string_equal(slots(&w, "d3.v0.xen", buf), "4 258 260-264");
    assert_string_equal(slots(&w, "d0.v0.xen", buf), "0 256 258 260-263 511");
    assert_int_equal(slot(&w, "d0.v0.xen", 262), slot(&w, "idle", 262));
    l3 = slot(&w, "d0.v0.xen", 263);
    assert_int_not_equal(l3, slot(&w, "idle", 263));
    assert_true(xenpt_read(w.view->mem, (l3 & ADDR) + 8 * 7, &entry, 8));
    assert_true(entry & P);
    assert_true(xenpt_read(w.view->mem, (l3 & ADDR) + 8 * 8, &entry, 8));
    assert_false(entry & P);
    /* So its guests have windows for what is above. */
    assert_true(xenpt_read(w.view->mem, (slot(&w, "d0.v0.xen", 260) & ADDR) + 8, &entry, 8));
    assert_true(entry & P);
    end(&w);
}

/* --- Shadow paging ------------------------------------------------------------------------- */

static void test_shadow(void **state)
{
    static const char *const modes[] = { "4level", "pae", "2level" };
    uint64_t at, other;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct world w;

        snprintf(text, sizeof(text),
                 HOST("rome") XEN("4.17", "") "domains:\n  d0: { type: hvm, memory: 64M, vcpus: 2, "
                                              "paging: shadow, mode: %s }\n",
                 modes[i]);
        build(&w, text);
        /* The guest's tables cannot be written; clean pages not yet; fresh ones not read. */
        assert_true(rights(&w, "d0.v0.guest", 0x20000, &at) >> XENPT_W & 1);
        /* PAE's four PDPTEs are read when CR3 is loaded: their page has no shadow. */
        assert_int_equal(rights(&w, "d0.v0.guest", 0x10000, &at) >> XENPT_W & 1, i == 1);
        assert_int_not_equal(at, 0);
        assert_false(rights(&w, "d0.v0.guest", 0x13000, &at) >> XENPT_W & 1);
        assert_false(rights(&w, "d0.v0.guest", 0x30000, &at) >> XENPT_W & 1);
        assert_int_not_equal(at, 0);
        assert_int_equal(rights(&w, "d0.v0.guest", 0x31000, &at), 0);
        assert_true(rights(&w, "d0.v0.guest", 0x32000, &at) >> XENPT_U & 1);
        /* A large page of the guest's, in small ones; one shadow for both vCPUs. */
        assert_true(rights(&w, "d0.v0.guest", 0x400000 - (i < 2 ? 0x200000 : 0) + 0x5000, &at) >>
                        XENPT_W &
                    1);
        rights(&w, "d0.v1.guest", 0x400000 - (i < 2 ? 0x200000 : 0) + 0x5000, &other);
        assert_int_equal(at, other);
        /* Where the guest's own physical memory has it. */
        rights(&w, "d0.p2m", 0x400000 - (i < 2 ? 0x200000 : 0) + 0x5000, &other);
        assert_int_equal(at, other);
        end(&w);
    }
}

/* --- Why an entry is there ----------------------------------------------------------------- */

static void test_why(void **state)
{
    static const struct {
        const char *context;
        uint64_t in;
        unsigned int level;
        const char *area, *owner, *rule;
    } rows[] = {
        { "idle", UINT64_C(0xffff830000000000), 4, "directmap", "xen", "shared-root-entry" },
        { "idle", UINT64_C(0xffff810000000000), 4, "guest-linear", "xen", "linear-page-table" },
        { "d1.v0.xen", UINT64_C(0xffff820000000000), 4, "per-domain", "xen", "per-domain" },
        { "d1.v0.xen", UINT64_C(0xffff820000000000), 1, "gdt-ldt", "d1", "gdt" },
        { "d1.v0.xen", UINT64_C(0xffff820000001000), 1, "gdt-ldt", "xen", "gdt-unused" },
        { "d1.v0.xen", 0, 4, "guest-low", "d1", "guest" },
        { "d2.v0.xen", 0, 4, "guest-pae", "d2", "guest-pae" },
        { "d2.v0.xen", UINT64_C(0xf5800000), 2, "compat-m2p-window", "xen", "compat-m2p-window" },
        { "d2.v0.xen", UINT64_C(0x20000000000), 4, "per-domain-mirror", "xen",
          "per-domain-mirror" },
        { "cpu0.xpti", UINT64_C(0xffff82d040000000), 4, "xen-private", "xen", "xpti-common" },
        { "cpu0.xpti", UINT64_C(0xffff82d040201000), 1, "xen-image", "xen", "xpti-text" },
        { "d3.p2m", 0, 4, "p2m", "xen", "p2m-table" },
        { "d3.p2m", 0, 1, "p2m", "xen", "p2m" },
    };
    struct xenpt_entry_explanation x;
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS "running: { cpu0: d1.v0.kernel }\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_entry_question q = { .context = context(&w, rows[i].context),
                                          .level = rows[i].level,
                                          .in = rows[i].in };
        struct xenpt_walk walk;

        xenpt_walk(&q.context->paging, w.view->mem, rows[i].in, &walk);
        for (unsigned int s = 0; s < walk.nr_steps; s++)
            if (walk.step[s].level == q.level) {
                q.at = walk.step[s].at;
                q.entry = walk.step[s].entry;
            }
        assert_true(w.view->explainer->entry(w.view->explainer, &q, &x));
        if (strcmp(x.rule->name, rows[i].rule) || strcmp(x.area, rows[i].area) ||
            strcmp(x.owner, rows[i].owner))
            fail_msg("row %zu: %s %s %s", i, x.area, x.owner, x.rule->name);
        assert_non_null(x.rule->text);
        assert_non_null(x.rule->source);
        assert_non_null(x.shared);
        assert_true(x.opaque || x.entry == q.entry); /* Its own entries are what it expects. */
    }
    end(&w);
}

/* --- Every release -------------------------------------------------------------------------- */

static bool told(void *ctx, const struct xenpt_difference *d)
{
    (void)ctx;
    print_message("%s: %s L%u %016llx: %016llx, expected %016llx: %s\n", d->pair->model->name,
                  xenpt_compared_name(d->compared), d->level, (unsigned long long)d->in,
                  (unsigned long long)d->found, (unsigned long long)d->expected, d->reason);
    return true;
}

/* What a machine says of its own entries is what they are, whatever the release. */
static void agrees_with_itself(const char *release, const char *variant, bool debug)
{
    struct xenpt_pair pairs[64];
    struct xenpt_comparison c;
    char text[1024];
    struct world w;
    size_t n = 0;

    snprintf(
        text, sizeof(text),
        HOST("skylake-server") "xen: { release: \"%s\", %s%s pv32: yes, debug: %s }\n" ALL_KINDS
                               "running: { cpu0: d1.v0.kernel, cpu1: d2.v0.user }\n",
        release, variant ? "variant: " : "", variant ? variant : "", debug ? "yes" : "no");
    build(&w, text);
    for (size_t i = 0; i < w.view->nr_contexts && n < 64; i++) {
        const struct xenpt_context *one = &w.view->contexts[i];

        if (one->kind && !one->has_second)
            pairs[n++] = (struct xenpt_pair){ one, one };
    }
    assert_int_equal(xenpt_compare(w.view, w.view, pairs, n, NULL, told, NULL, &c, NULL), XENPT_OK);
    if (c.entries[XENPT_UNEXPLAINED] || c.entries[XENPT_MISSING] || c.entries[XENPT_EXACT] < 2000)
        fail_msg("%s %s: %u exact", release, variant ? variant : "",
                 (unsigned int)c.entries[XENPT_EXACT]);
    xenpt_comparison_fini(&c);
    end(&w);
}

static void test_every_release(void **state)
{
    static const char *const releases[] = {
        "4.2",  "4.3",  "4.4",  "4.5",  "4.6",  "4.7",  "4.8.5", "4.9.4", "4.10.4", "4.11", "4.12",
        "4.13", "4.14", "4.15", "4.16", "4.17", "4.18", "4.19",  "4.20",  "4.21",   "4.22",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
        agrees_with_itself(releases[i], NULL, false);
        agrees_with_itself(releases[i], NULL, true);
        if (i >= 4)
            agrees_with_itself(releases[i], "bigmem,", false);
    }
}

/* --- M2P ----------------------------------------------------------------------------------- */

/* The machine's frame of a guest's, back to the guest's; 8 bytes an entry, 4 for 32-bit guests. */
static void test_m2p(void **state)
{
    uint64_t maddr, at, m2p = UINT64_C(0xffff800000000000), page[512];
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALL_KINDS);
    for (uint64_t gfn = 0x100; gfn < 0x300; gfn += 0x5f) {
        rights(&w, "d3.p2m", gfn << 12, &maddr);
        assert_int_equal(word_at(&w, "d0.v0.xen", m2p + 8 * (maddr >> 12), 8), gfn);
        assert_int_equal(word_at(&w, "d2.v0.xen", UINT64_C(0xf5800000) + 4 * (maddr >> 12), 4),
                         gfn);
    }
    /* The first page of a 64-bit guest's kernel is its frame 0. */
    rights(&w, "d1.v0.xen", UINT64_C(0xffffffff80000000), &maddr);
    assert_int_equal(word_at(&w, "d1.v0.xen", m2p + 8 * (maddr >> 12), 8), 0);
    /* Xen's own frames are nobody's. */
    at = m2p + 8 * (context(&w, "idle")->paging.root >> 12);
    assert_int_equal(word_at(&w, "idle", at, 8), UINT64_MAX);
    /* Pieces of any size, across what one entry is. */
    rights(&w, "idle", at, &maddr);
    assert_true(xenpt_read(w.view->mem, maddr & ~UINT64_C(0xfff), page, sizeof(page)));
    assert_int_equal(page[(maddr & 0xfff) / 8], UINT64_MAX);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots),         cmocka_unit_test(test_dom0_is_no_other),
        cmocka_unit_test(test_sharing),       cmocka_unit_test(test_hvm_host_space),
        cmocka_unit_test(test_linear_pt),     cmocka_unit_test(test_high_ram),
        cmocka_unit_test(test_highmem_start), cmocka_unit_test(test_shadow),
        cmocka_unit_test(test_why),           cmocka_unit_test(test_every_release),
        cmocka_unit_test(test_m2p),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
