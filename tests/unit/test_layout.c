/*
 * test_layout.c - what layouts say of names, addresses and slots.  The numbers are those of
 * Xen's configuration headers, and of roots in the memory of real machines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "xenpt/layout.h"

#define IF(name) (1u << XENPT_IF_##name)

static struct xenpt_layout *open_layout(const char *name)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_error err = { 0 };

    if (xenpt_layout_open(name, &layout, &err))
        fail_msg("%s: %s", name, err.text);
    return layout;
}

/* Where things are, by release; config.h of each, and what was seen. */
static void test_places(void **state)
{
    static const struct {
        const char *release, *area;
        uint64_t first, last;
    } rows[] = {
        { "4.2", "xen-image", 0xffff82c480000000, 0xffff82c4bfffffff },
        { "4.3", "xen-image", 0xffff82c4c0000000, 0xffff82c4ffffffff },
        { "4.4", "xen-image", 0xffff82d080000000, 0xffff82d0bfffffff },
        { "4.5", "xen-image", 0xffff82d080000000, 0xffff82d0bfffffff },
        { "4.13", "xen-image", 0xffff82d080000000, 0xffff82d0bfffffff },
        { "4.14", "xen-image", 0xffff82d040000000, 0xffff82d07fffffff },
        { "4.22", "xen-image", 0xffff82d040000000, 0xffff82d07fffffff },
        { "4.2", "frametable", 0xffff82f600000000, 0xffff82ffffffffff },
        { "4.3", "frametable", 0xffff82e000000000, 0xffff82ffffffffff },
        { "4.17", "frametable", 0xffff82e000000000, 0xffff82ffffffffff },
        { "4.17:bigmem", "frametable", 0xffff830000000000, 0xffff847fffffffff },
        { "4.6:bigmem", "frametable", 0xffff830000000000, 0xffff847fffffffff },
        { "4.6:bigmem", "superpage-table", 0xffff82ffe0000000, 0xffff82ffffffffff },
        { "4.8", "superpage-table", 0xffff82dffc000000, 0xffff82dfffffffff },
        { "4.2", "directmap", 0xffff830000000000, 0xffff87ffffffffff },
        { "4.17", "directmap", 0xffff830000000000, 0xffffff7fffffffff },
        { "4.17:bigmem", "directmap", 0xffff848000000000, 0xffffff7fffffffff },
        { "4.2", "vmap", 0xffff82c000000000, 0xffff82c3ffffffff },
        { "4.4", "vmap", 0xffff82c000000000, 0xffff82cfffffffff },
        { "4.2", "compat-m2p", 0xffff82c400000000, 0xffff82c43fffffff },
        { "4.3", "compat-m2p", 0xffff82c440000000, 0xffff82c47fffffff },
        { "4.9", "compat-m2p", 0xffff82d000000000, 0xffff82d03fffffff },
        { "4.2", "hiro-compat-m2p", 0xffff82c440000000, 0xffff82c47fffffff },
        { "4.13", "hiro-compat-m2p", 0xffff82d040000000, 0xffff82d07fffffff },
        { "4.14", "hiro-compat-m2p", 0, 0 },
        { "4.14", "per-domain-mirror", 0, 0 },
        { "4.15", "per-domain-mirror", 0x20000000000, 0x27fffffffff },
        { "4.10", "superpage-table", 0, 0 },
        { "4.17", "compat-m2p-window", 0xf5800000, 0xffdfffff },
        { "4.17", "ro-m2p", 0xffff800000000000, 0xffff803fffffffff },
        { "4.17", "pci-mmcfg", 0xffff808000000000, 0xffff80ffffffffff },
        { "4.17", "guest-high", 0xffff880000000000, 0xffffffffffffffff },
        { "4.17", "reserved", 0xffff82d080000000, 0xffff82dfffffffff },
        { "4.17:bigmem", "reserved", 0xffff82d080000000, 0xffff82ffffffffff },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_layout *layout = open_layout(rows[i].release);
        const struct xenpt_area *a = xenpt_layout_area(layout, rows[i].area);

        if (!a && rows[i].last)
            fail_msg("%s has no %s", rows[i].release, rows[i].area);
        if (a && (a->first != rows[i].first || a->last != rows[i].last))
            fail_msg("%s: %s is elsewhere", rows[i].release, rows[i].area);
        xenpt_layout_close(layout);
    }
}

/* Every release from 4.2 to 4.22 has one layout. */
static void test_releases(void **state)
{
    unsigned int found[23] = { 0 };

    (void)state;
    for (size_t i = 0; xenpt_layout_name(i); i++) {
        struct xenpt_layout *layout = open_layout(xenpt_layout_name(i)->name);

        assert_string_equal(layout->name, xenpt_layout_name(i)->name);
        for (uint16_t minor = 0; minor < 23; minor++)
            found[minor] += !strcmp(layout->system, "xen") &&
                            xenpt_layout_covers(layout, (struct xenpt_release){ 4, minor, 0 });
        xenpt_layout_close(layout);
    }
    for (unsigned int minor = 0; minor < 23; minor++)
        if (found[minor] != (minor >= 2))
            fail_msg("4.%u: %u layouts", minor, found[minor]);
}

static void test_names(void **state)
{
    static const struct {
        const char *asked, *name, *variant;
    } rows[] = {
        { "xen-4.17", "xen-4.17", NULL },
        { "4.17.3", "xen-4.17", NULL },
        { "4.16", "xen-4.15", NULL },
        { "4.13", "xen-4.11", NULL },
        { "4.12.4", "xen-4.11", NULL },
        { "4.22:bigmem", "xen-4.21", "bigmem" },
        { "xen-4.6:bigmem", "xen-4.6", "bigmem" },
    };
    static const struct {
        const char *asked, *says;
    } wrong[] = {
        { "xen-4.71", "there is no layout 'xen-4.71', did you mean 'xen-4.7'?" },
        { "4.1", "there is no layout of Xen 4.1" },
        { "4.23", "there is no layout of Xen 4.23" },
        { "4.17:bigmen", "there is no variant 'bigmen' of it, did you mean 'bigmem'?" },
        { "4.5:bigmem", "there is no variant 'bigmem' of it; it has none" },
        { "", "there is no layout ''" },
        { "a name of which nobody would think that it is one of a layout, by its length alone",
          "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_layout *layout = open_layout(rows[i].asked);

        assert_string_equal(layout->name, rows[i].name);
        if (rows[i].variant)
            assert_string_equal(layout->variant, rows[i].variant);
        else
            assert_null(layout->variant);
        xenpt_layout_close(layout);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct xenpt_layout *layout;
        struct xenpt_error err = { 0 };

        assert_int_not_equal(xenpt_layout_open(wrong[i].asked, &layout, &err), XENPT_OK);
        if (!strstr(err.text, wrong[i].says))
            fail_msg("%s: %s", wrong[i].asked, err.text);
    }
    xenpt_layout_close(NULL);
}

static void test_release_numbers(void **state)
{
    static const char *const wrong[] = { "",      "4",     "4.",      "4.17.", "4.17.1.2", ".17",
                                         "4.17 ", "x4.17", "4.17rc1", "0.1",   "4.12345",  "4,17" };
    struct xenpt_release r;

    (void)state;
    assert_true(xenpt_release_parse("4.8.3", &r));
    assert_int_equal(r.major * 10000 + r.minor * 100 + r.patch, 40803);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (xenpt_release_parse(wrong[i], &r))
            fail_msg("'%s' is a release", wrong[i]);
}

/* --- Slots --------------------------------------------------------------------------------- */

struct slot_row {
    const char *release;
    enum xenpt_root_kind kind;
    xenpt_conditions conditions;
    unsigned int first, last;
    const char *area; /* NULL: nothing may be there. */
    uint64_t flags;   /* 0: the guest's. */
};

/* Captures have these; what lies beyond 512 GiB, and MMCFG, is from config.h and mm.c. */
static const struct slot_row slots[] = {
    { "4.17", XENPT_ROOT_IDLE, 0, 0, 0, "low-identity", 0x63 },
    { "4.17", XENPT_ROOT_IDLE, 0, 1, 255, NULL, 0 },
    { "4.17", XENPT_ROOT_IDLE, 0, 256, 256, "ro-m2p", 0x8000000000000025 },
    { "4.17", XENPT_ROOT_IDLE, 0, 257, 257, NULL, 0 },
    { "4.17", XENPT_ROOT_IDLE, IF(MMCFG), 257, 257, "pci-mmcfg", 0x63 },
    { "4.17", XENPT_ROOT_IDLE, 0, 258, 258, "guest-linear", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_IDLE, 0, 259, 260, NULL, 0 },
    { "4.17", XENPT_ROOT_IDLE, 0, 261, 261, "xen-private", 0x63 },
    { "4.17", XENPT_ROOT_IDLE, 0, 262, 510, "directmap", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_IDLE, 0, 511, 511, NULL, 0 },
    { "4.17", XENPT_ROOT_PV64_KERNEL, 0, 0, 255, "guest-low", 0 },
    { "4.17", XENPT_ROOT_PV64_KERNEL, 0, 256, 256, "ro-m2p", 0x8000000000000025 },
    { "4.17", XENPT_ROOT_PV64_USER, 0, 256, 256, NULL, 0 },
    { "4.17", XENPT_ROOT_PV64_USER, 0, 260, 260, "per-domain", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_PV64_USER, 0, 262, 271, "directmap", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_PV64_USER, 0, 272, 511, "guest-high", 0 },
    { "4.17", XENPT_ROOT_PV32, 0, 0, 0, "guest-pae", 0 },
    { "4.17", XENPT_ROOT_PV32, 0, 1, 3, NULL, 0 },
    { "4.17", XENPT_ROOT_PV32, 0, 4, 4, "per-domain-mirror", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_PV32, 0, 256, 256, NULL, 0 },
    { "4.17", XENPT_ROOT_PV32, 0, 272, 511, NULL, 0 },
    { "4.14", XENPT_ROOT_PV32, 0, 4, 4, NULL, 0 },
    { "4.5", XENPT_ROOT_PV32, 0, 256, 256, "ro-m2p", 0x67 },
    { "4.5", XENPT_ROOT_PV64_USER, 0, 256, 256, "ro-m2p", 0x67 },
    { "4.6", XENPT_ROOT_PV32, 0, 256, 256, NULL, 0 },
    { "4.6", XENPT_ROOT_PV64_USER, 0, 256, 256, NULL, 0 },
    { "4.6", XENPT_ROOT_PV64_KERNEL, 0, 256, 256, "ro-m2p", 0x67 },
    { "4.9", XENPT_ROOT_IDLE, 0, 262, 510, "directmap", 0x63 },
    { "4.9", XENPT_ROOT_IDLE, 0, 258, 258, "guest-linear", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_HAP, 0, 4, 4, "per-domain-mirror", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_HAP, 0, 0, 3, NULL, 0 },
    { "4.17", XENPT_ROOT_HAP, 0, 256, 256, NULL, 0 },
    { "4.17", XENPT_ROOT_HAP, 0, 259, 259, NULL, 0 },
    { "4.17", XENPT_ROOT_HAP, 0, 262, 510, "directmap", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_SHADOW, 0, 259, 259, "shadow-linear", 0x8000000000000063 },
    { "4.2", XENPT_ROOT_HAP, 0, 262, 271, "directmap", 0x27 },
    { "4.2", XENPT_ROOT_HAP, 0, 272, 511, NULL, 0 },
    { "4.2", XENPT_ROOT_IDLE, 0, 260, 260, "per-domain", 0x63 },
    { "4.17", XENPT_ROOT_XPTI, 0, 256, 256, "ro-m2p", 0x8000000000000025 },
    { "4.17", XENPT_ROOT_XPTI, IF(MMCFG), 257, 258, NULL, 0 },
    { "4.17", XENPT_ROOT_XPTI, 0, 260, 260, NULL, 0 },
    { "4.17", XENPT_ROOT_XPTI, IF(RAN_PV), 260, 260, "per-domain", 0x8000000000000063 },
    { "4.17", XENPT_ROOT_XPTI, 0, 261, 261, "xen-private", 0x63 },
    { "4.17", XENPT_ROOT_XPTI, 0, 262, 271, "directmap", 0x63 },
    { "4.8", XENPT_ROOT_XPTI, IF(RAN_PV), 260, 260, "per-domain", 0x8000000000000063 },
    { "4.8", XENPT_ROOT_PV64_USER, 0, 260, 260, "per-domain", 0x63 },
    { "4.6", XENPT_ROOT_XPTI, IF(RAN_PV), 0, 511, NULL, 0 },
    { "4.17:bigmem", XENPT_ROOT_PV64_KERNEL, 0, 262, 264, "frametable", 0x63 },
    { "4.17:bigmem", XENPT_ROOT_PV64_KERNEL, 0, 265, 271, "directmap", 0x8000000000000063 },
    { "4.17:bigmem", XENPT_ROOT_PV64_KERNEL, 0, 272, 511, "guest-high", 0 },
    { "4.17:bigmem", XENPT_ROOT_XPTI, 0, 262, 264, NULL, 0 },
};

static void check_slot(const struct xenpt_layout *layout, const struct slot_row *row,
                       unsigned int slot)
{
    struct xenpt_layout_slot s = xenpt_layout_slot(layout, row->kind, row->conditions, slot);

    if (s.mapped != !!row->area || (row->area && strcmp(s.area->name, row->area) != 0))
        fail_msg("%s: %s: slot %u is for %s", row->release, xenpt_root_kind_word(row->kind)->name,
                 slot, s.mapped ? s.area->name : "nothing");
    if (row->area && s.guest != !row->flags)
        fail_msg("%s: slot %u: whose it is", row->release, slot);
    if (row->flags && s.table != row->flags)
        fail_msg("%s: slot %u: 0x%llx", row->release, slot, (unsigned long long)s.table);
}

static void test_slots(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        struct xenpt_layout *layout = open_layout(slots[i].release);

        for (unsigned int slot = slots[i].first; slot <= slots[i].last; slot++)
            check_slot(layout, &slots[i], slot);
        xenpt_layout_close(layout);
    }
}

static void test_sharing(void **state)
{
    struct xenpt_layout *layout = open_layout("4.17");
    xenpt_conditions ran = IF(RAN_PV);
    struct xenpt_extent e;

    (void)state;
#define SHARING(kind, slot) xenpt_layout_slot(layout, XENPT_ROOT_##kind, ran, slot).sharing
    assert_int_equal(SHARING(PV64_KERNEL, 261), XENPT_SHARED_MACHINE);
    assert_int_equal(SHARING(XPTI, 261), XENPT_SHARED_XPTI);
    assert_int_equal(SHARING(XPTI, 262), XENPT_SHARED_CPU);
    assert_int_equal(SHARING(XPTI, 260), XENPT_SHARED_DOMAIN);
    assert_int_equal(SHARING(HAP, 258), XENPT_SHARED_ROOT);
    assert_int_equal(SHARING(HAP, 4), XENPT_SHARED_DOMAIN);
    assert_int_equal(SHARING(PV64_KERNEL, 300), XENPT_SHARED_GUEST);
#undef SHARING
    assert_true(xenpt_area_extent(xenpt_layout_area(layout, "stubs"), XENPT_ROOT_XPTI, 0, &e));
    assert_int_equal(e.sharing, XENPT_SHARED_XPTI);
    assert_int_equal(e.table, 0x63);
    assert_true(xenpt_area_extent(xenpt_layout_area(layout, "stubs"), XENPT_ROOT_HAP, 0, &e));
    assert_int_equal(e.sharing, XENPT_SHARED_MACHINE);
    assert_false(xenpt_area_extent(xenpt_layout_area(layout, "vmap"), XENPT_ROOT_XPTI, 0, &e));
    xenpt_layout_close(layout);
}

/* --- Addresses ----------------------------------------------------------------------------- */

static const char *at(const struct xenpt_layout *l, enum xenpt_root_kind kind, xenpt_conditions c,
                      uint64_t va)
{
    const struct xenpt_area *a = xenpt_layout_at(l, kind, c, va);

    return a ? a->name : "";
}

static void test_addresses(void **state)
{
    struct xenpt_layout *layout = open_layout("4.17");
    const struct xenpt_area *gdt = xenpt_layout_area(layout, "gdt-ldt");
    const enum xenpt_root_kind kind = XENPT_ROOT_PV64_KERNEL;

    (void)state;
    assert_string_equal(at(layout, XENPT_ROOT_IDLE, 0, 0xffff82d040200000), "xen-image");
    assert_string_equal(at(layout, XENPT_ROOT_IDLE, 0, 0xffff82d07fffe000), "stubs");
    assert_string_equal(at(layout, XENPT_ROOT_IDLE, 0, 0xffff82d07fffffff), "executable-fixmap");
    assert_string_equal(at(layout, XENPT_ROOT_IDLE, 0, 0xffff8300000b8000), "directmap");
    assert_string_equal(at(layout, XENPT_ROOT_IDLE, 0, 0xffffff8000000000), "");
    assert_string_equal(at(layout, XENPT_ROOT_HAP, 0, 0xffff880000000000), "directmap");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, 0, 0xffff880000000000), "");
    assert_string_equal(at(layout, XENPT_ROOT_PV64_USER, 0, 0xffff880000000000), "guest-high");
    assert_string_equal(at(layout, XENPT_ROOT_PV64_USER, 0, 0x7fffffffffff), "guest-low");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, IF(PV32), 0xf5800000), "compat-m2p-window");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, 0, 0xf5800000), "guest-pae");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, 0, 0xf57fffff), "guest-pae");
    assert_string_equal(at(layout, XENPT_ROOT_HAP, 0, 0xffff820000000000), "per-domain");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, 0, 0xffff820040000000), "per-domain");
    assert_string_equal(at(layout, XENPT_ROOT_PV32, IF(HIGH_RAM), 0xffff820040000000), "mapcache");
    assert_string_equal(at(layout, XENPT_ROOT_XPTI, 0, 0xffff82d07fffe000), "stubs");
    assert_string_equal(at(layout, XENPT_ROOT_XPTI, 0, 0xffff82e000000000), "xen-private");
    /* vCPU 1: 128 KiB on; page 14 is Xen's, and the LDT begins at page 16. */
    assert_string_equal(xenpt_area_part_at(gdt, kind, 0xffff82000002e000)->name, "gdt-xen");
    assert_string_equal(xenpt_area_part_at(gdt, kind, 0xffff82000002f000)->name, "gdt-end");
    assert_string_equal(xenpt_area_part_at(gdt, kind, 0xffff820000030000)->name, "ldt");
    assert_string_equal(xenpt_area_part_at(gdt, XENPT_ROOT_PV32, 0xffff820000030000)->name,
                        "ldt-pv32");
    assert_null(xenpt_area_part_at(gdt, kind, 0xffff820040000000));
    xenpt_layout_close(layout);
}

static void test_pieces(void **state)
{
    struct xenpt_layout *layout = open_layout("4.17"), *old = open_layout("4.13");
    struct xenpt_layout *big = open_layout("4.17:bigmem");

    (void)state;
#define AREA(name)     xenpt_layout_area(layout, name)
#define PIECE(name, i) xenpt_area_piece(AREA(name), i)
    assert_int_equal(xenpt_area_pieces(AREA("gdt-ldt")), 8192);
    assert_int_equal(PIECE("gdt-ldt", 3), 0xffff820000060000);
    assert_int_equal(PIECE("argument-translation", 1), 0xffff820080004000);
    assert_int_equal(PIECE("mapcache", 8191), 0xffff82005fff0000);
    assert_int_equal(PIECE("stubs", 0), 0xffff82d07fffe000);
    assert_int_equal(PIECE("stubs", 1), 0xffff82d07fffd000);
    assert_int_equal(xenpt_area_piece(xenpt_layout_area(old, "stubs"), 0), 0xffff82d0bffff000);
    assert_int_equal(xenpt_area_pieces(AREA("vmap")), 1);
    /* 128 GiB of 32 bytes; 1.5 TiB of 48; 256 GiB of 8; 166 MiB of 4. */
    assert_int_equal(xenpt_area_frames(AREA("frametable")), UINT64_C(1) << 32);
    assert_int_equal(xenpt_area_frames(xenpt_layout_area(big, "frametable")), UINT64_C(1) << 35);
    assert_int_equal(xenpt_area_frames(AREA("ro-m2p")), UINT64_C(1) << 35);
    assert_int_equal(xenpt_area_frames(AREA("compat-m2p-window")), 43515904);
    assert_int_equal(xenpt_area_frames(AREA("vmap")), 0);
#undef PIECE
#undef AREA
    xenpt_layout_close(layout);
    xenpt_layout_close(old);
    xenpt_layout_close(big);
}

/* asm/x86_64/page.h and shadow/types.h, computed. */
static void test_linear(void **state)
{
    static const uint64_t self[] = { 0xffff810000000000, 0xffff814080000000, 0xffff8140a0400000,
                                     0xffff8140a0502000 };
    static const uint64_t pv[] = { 0xffff818000000000, 0xffff81c0c0000000, 0xffff81c0e0600000,
                                   0xffff81c0e0703000 };
    static const uint64_t hvm[] = { 0xffff818000000000, 0xffff8140c0000000, 0xffff8140a0600000,
                                    0xffff8140a0503000 };
    struct xenpt_layout *layout = open_layout("4.17");
    const struct xenpt_area *s = xenpt_layout_filled(layout, XENPT_FILL_SELF);
    const struct xenpt_area *shadow = xenpt_layout_filled(layout, XENPT_FILL_SHADOW);

    (void)state;
    for (unsigned int l = 1; l <= 4; l++) {
        assert_int_equal(xenpt_layout_linear(layout, s, s, l), self[l - 1]);
        assert_int_equal(xenpt_layout_linear(layout, shadow, shadow, l), pv[l - 1]);
        assert_int_equal(xenpt_layout_linear(layout, shadow, s, l), hvm[l - 1]);
    }
    xenpt_layout_close(layout);
}

static void test_out_of_memory(void **state)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_layout_open("xen-4.3", &layout, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_null(layout);
    }
    assert_int_equal(code, XENPT_OK);
    xenpt_layout_close(layout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),    cmocka_unit_test(test_releases),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_release_numbers),
        cmocka_unit_test(test_slots),     cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_linear),    cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
