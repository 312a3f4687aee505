/*
 * test_machine_seen.c - what twenty releases of Xen were seen to have in memory, fact by fact: a
 * machine of that release has it as well.
 *
 * Flags are those that were read in release builds of 4.2.5, 4.3.4, 4.5.5, 4.6.6, 4.8.5, 4.9.4,
 * 4.10.4, 4.11.4, 4.12.4, 4.13.5, 4.14.6, 4.15.7, 4.16.7, 4.17.5, 4.18.6, 4.19.6, 4.20.4, 4.21.2
 * and 4.22.0.  A row holds from its release up to the next row of the same fact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_fixture.h"
#include "xenpt/map.h"

#define NX   XENPT_BIT(63)
#define NONE UINT64_C(0) /* Nothing is there. */

static const char *const releases[] = {
    "4.2.5",  "4.3.4",  "4.5.5",  "4.6.6",  "4.8.5",  "4.9.4",  "4.10.4",
    "4.11.4", "4.12.4", "4.13.5", "4.14.6", "4.15.7", "4.16.7", "4.17.5",
    "4.18.6", "4.19.6", "4.20.4", "4.21.2", "4.22.0",
};

static unsigned int minor_of(const char *release)
{
    return (unsigned int)strtoul(release + 2, NULL, 10);
}

#define SEEN_DOMAINS                                                                               \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes, ldt: yes }\n"                     \
    "  d1: { type: pv64, memory: 64M, vcpus: 2, ldt: yes }\n"                                      \
    "  d2: { type: pv32, memory: 64M, vcpus: 2, ldt: yes }\n"                                      \
    "  d3: { type: hvm, memory: 64M, vcpus: 2 }\n"                                                 \
    "  d4: { type: pvh, memory: 64M, vcpus: 1, paging: shadow }\n"                                 \
    "running: { cpu0: d0.v0.kernel }\n"

/* With a small host, as the machines that were looked at. */
static void build_release(struct world *w, const char *release)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "host:\n  ram: [0x0..0x9fbff, 0x100000..0x1fffffff]\n  cpus: 2\n"
             "  processor: skylake-client\n"
             "  mmcfg: { base: 0xb0000000, buses: 256 }\n"
             "xen: { release: \"%s\", pv32: yes }\n" SEEN_DOMAINS,
             release);
    build(w, text);
}

/* The entry at a level, or 0: there is no table that it would be in. */
static uint64_t entry_at(const struct world *w, const char *name, uint64_t in, unsigned int level)
{
    uint64_t table = context(w, name)->paging.root, entry = 0;

    for (unsigned int l = 4; l >= level; l--) {
        assert_true(
            xenpt_read(w->view->mem, table + 8 * (in >> (12 + 9 * (l - 1)) & 511), &entry, 8));
        if (l > level && (!(entry & P) || entry & 0x80))
            return 0;
        table = entry & ADDR;
    }
    return entry;
}

/* --- Flags --------------------------------------------------------------------------------- */

struct flags_row {
    unsigned int since; /* 4.x */
    const char *context;
    uint64_t in;
    unsigned int level;
    uint64_t flags;
};

#define MAX_ROWS 7

static const struct {
    const char *claim;
    struct flags_row rows[MAX_ROWS];
} facts[] = {
    { "ro-m2p, L4",
      { { 2, "idle", UINT64_C(0xffff800000000000), 4, 0x67 },
        { 9, "idle", UINT64_C(0xffff800000000000), 4, NX | 0x25 } } },
    { "ro-m2p, L4 of a PV64 kernel",
      { { 2, "d1.v0.xen", UINT64_C(0xffff800000000000), 4, 0x67 },
        { 9, "d1.v0.xen", UINT64_C(0xffff800000000000), 4, NX | 0x25 } } },
    { "ro-m2p, L3",
      { { 2, "idle", UINT64_C(0xffff800000000000), 3, 0x67 },
        { 9, "idle", UINT64_C(0xffff800000000000), 3, NX | 0x25 } } },
    { "ro-m2p, leaf", { { 2, "idle", UINT64_C(0xffff800000000000), 2, 0x85 } } },
    { "ro-m2p in a user root",
      { { 2, "d1.v0.xen-user", UINT64_C(0xffff800000000000), 4, 0x67 },
        { 6, "d1.v0.xen-user", UINT64_C(0xffff800000000000), 4, NONE } } },
    { "ro-m2p in a PV32 root",
      { { 2, "d2.v0.xen", UINT64_C(0xffff800000000000), 4, 0x67 },
        { 6, "d2.v0.xen", UINT64_C(0xffff800000000000), 4, NONE } } },
    { "self map",
      { { 2, "d1.v0.xen", UINT64_C(0xffff810000000000), 4, 0x63 },
        { 9, "d1.v0.xen", UINT64_C(0xffff810000000000), 4, NX | 0x63 } } },
    { "per-domain, L4",
      { { 2, "d1.v0.xen", UINT64_C(0xffff820000000000), 4, 0x63 },
        { 9, "d1.v0.xen", UINT64_C(0xffff820000000000), 4, NX | 0x63 } } },
    { "per-domain, L3",
      { { 2, "d1.v0.xen", UINT64_C(0xffff820000000000), 3, 0x63 },
        { 9, "d1.v0.xen", UINT64_C(0xffff820000000000), 3, NX | 0x63 } } },
    { "per-domain, L2 of descriptors",
      { { 2, "d1.v0.xen", UINT64_C(0xffff820000000000), 2, 0x63 },
        { 9, "d1.v0.xen", UINT64_C(0xffff820000000000), 2, NX | 0x63 } } },
    { "per-domain in an XPTI root",
      { { 8, "cpu0.xpti", UINT64_C(0xffff820000000000), 4, NX | 0x63 } } },
    { "per-domain of idle CPUs",
      { { 2, "idle", UINT64_C(0xffff820000000000), 2, 0x63 },
        { 3, "idle", UINT64_C(0xffff820000000000), 4, NONE } } },
    { "no descriptors of idle CPUs", { { 2, "idle", UINT64_C(0xffff820000000000), 1, NONE } } },
    { "mirror, PV32",
      { { 2, "d2.v0.xen", UINT64_C(0x20000000000), 4, NONE },
        { 15, "d2.v0.xen", UINT64_C(0x20000000000), 4, NX | 0x63 } } },
    { "mirror, HVM",
      { { 2, "d3.v0.xen", UINT64_C(0x20000000000), 4, NONE },
        { 15, "d3.v0.xen", UINT64_C(0x20000000000), 4, NX | 0x63 } } },
    { "mirror, shadow paging",
      { { 2, "d4.v0.xen", UINT64_C(0x20000000000), 4, NONE },
        { 15, "d4.v0.xen", UINT64_C(0x20000000000), 4, NX | 0x63 } } },
    { "shadow slot", { { 17, "d4.v0.xen", UINT64_C(0xffff818000000000), 4, NX | 0x63 } } },
    { "shadow slot without shadows",
      { { 2, "d3.v0.xen", UINT64_C(0xffff818000000000), 4, NONE } } },
    { "ro-m2p in a monitor table", { { 10, "d3.v0.xen", UINT64_C(0xffff800000000000), 4, NONE } } },
    { "MMCFG in a monitor table", { { 10, "d3.v0.xen", UINT64_C(0xffff808000000000), 4, 0x63 } } },
    { "self map in an XPTI root", { { 8, "cpu0.xpti", UINT64_C(0xffff810000000000), 4, NONE } } },
    { "per-domain in the XPTI root of a CPU that ran no PV64 vCPU",
      { { 8, "cpu1.xpti", UINT64_C(0xffff820000000000), 4, NONE } } },
    { "superpage table",
      { { 3, "idle", UINT64_C(0xffff82dffc000000), 3, NONE }, { 10, NULL, 0, 0, 0 } } },
    { "mirror, PV64", { { 2, "d1.v0.xen", UINT64_C(0x20000000000), 4, NONE } } },
    { "mirror, idle", { { 2, "idle", UINT64_C(0x20000000000), 4, NONE } } },
    { "slot 261",
      { { 2, "d1.v0.xen", UINT64_C(0xffff828000000000), 4, 0x27 },
        { 3, "d1.v0.xen", UINT64_C(0xffff828000000000), 4, 0x63 } } },
    { "slot 262",
      { { 2, "d1.v0.xen", UINT64_C(0xffff830000000000), 4, 0x27 },
        { 3, "d1.v0.xen", UINT64_C(0xffff830000000000), 4, 0x63 },
        { 10, "d1.v0.xen", UINT64_C(0xffff830000000000), 4, NX | 0x63 } } },
    { "GDT pages that the guest has not set",
      { { 2, "d1.v0.xen", UINT64_C(0xffff820000001000), 1, NONE },
        { 6, "d1.v0.xen", UINT64_C(0xffff820000001000), 1, NX | 0x21 } } },
    { "the last of them, of vCPU 1",
      { { 2, "d2.v0.xen", UINT64_C(0xffff82000002d000), 1, NONE },
        { 6, "d2.v0.xen", UINT64_C(0xffff82000002d000), 1, NX | 0x21 } } },
    { "Xen's page of the GDT",
      { { 2, "d1.v0.xen", UINT64_C(0xffff82000000e000), 1, 0x63 },
        { 9, "d1.v0.xen", UINT64_C(0xffff82000000e000), 1, NX | 0x63 } } },
    { "page 15 of the GDT", { { 2, "d1.v0.xen", UINT64_C(0xffff82000000f000), 1, NONE } } },
    { "LDT of PV64",
      { { 2, "d1.v0.xen", UINT64_C(0xffff820000010000), 1, XENPT_BIT(52) | 0x67 },
        { 20, "d1.v0.xen", UINT64_C(0xffff820000010000), 1, NX | 0x63 } } },
    { "LDT of PV32",
      { { 2, "d2.v0.xen", UINT64_C(0xffff820000010000), 1, 0x63 },
        { 20, "d2.v0.xen", UINT64_C(0xffff820000010000), 1, NX | 0x63 } } },
    { "argument translation of PV32, leaf",
      { { 2, "d2.v0.xen", UINT64_C(0xffff820080000000), 1, NONE },
        { 3, "d2.v0.xen", UINT64_C(0xffff820080001000), 1, 0x263 },
        { 6, "d2.v0.xen", UINT64_C(0xffff820080001000), 1, NX | 0x263 } } },
    { "argument translation, L2",
      { { 2, "d2.v0.xen", UINT64_C(0xffff820080000000), 2, NONE },
        { 3, "d2.v0.xen", UINT64_C(0xffff820080000000), 2, 0x263 },
        { 9, "d2.v0.xen", UINT64_C(0xffff820080000000), 2, NX | 0x263 } } },
    { "2 of 4 pages", { { 2, "d2.v0.xen", UINT64_C(0xffff820080002000), 1, NONE } } },
    { "none of PV64", { { 2, "d1.v0.xen", UINT64_C(0xffff820080000000), 1, NONE } } },
    { "compat M2P of a PV32 guest", { { 2, "d2.v0.xen", UINT64_C(0xf5800000), 2, 0x81 } } },
    { "one page less", { { 2, "d2.v0.xen", UINT64_C(0xf5600000), 2, NONE } } },
    { "HIRO compat M2P, 4.2",
      { { 2, "idle", UINT64_C(0xffff82c440000000), 2, 0x81 }, { 3, NULL, 0, 0, 0 } } },
    { "HIRO compat M2P, 4.3",
      { { 3, "idle", UINT64_C(0xffff82c480000000), 2, 0x81 }, { 5, NULL, 0, 0, 0 } } },
    { "HIRO compat M2P, L3",
      { { 5, "idle", UINT64_C(0xffff82d040000000), 3, 0x63 },
        { 9, "idle", UINT64_C(0xffff82d040000000), 3, NX | 0x21 },
        { 14, NULL, 0, 0, 0 } } },
    { "HIRO compat M2P, leaf",
      { { 5, "idle", UINT64_C(0xffff82d040000000), 2, 0x81 }, { 14, NULL, 0, 0, 0 } } },
    { "2M below the image",
      { { 8, "idle", UINT64_C(0xffff82d080000000), 2, 0x1a1 },
        { 14, "idle", UINT64_C(0xffff82d040000000), 2, 0x1a1 },
        { 17, "idle", UINT64_C(0xffff82d040000000), 2, NONE } } },
    { "the image, before it had sections",
      { { 2, "idle", UINT64_C(0xffff82c480000000), 2, 0x1e3 },
        { 3, "idle", UINT64_C(0xffff82c4c0000000), 2, 0x1e3 },
        { 5, "idle", UINT64_C(0xffff82d080000000), 2, 0x1e3 },
        { 8, NULL, 0, 0, 0 } } },
    { "the image's second 2 MiB",
      { { 2, "idle", UINT64_C(0xffff82c480200000), 2, 0x1e3 },
        { 3, "idle", UINT64_C(0xffff82c4c0200000), 2, 0x1e3 },
        { 5, "idle", UINT64_C(0xffff82d080200000), 2, 0x1e3 },
        { 8, NULL, 0, 0, 0 } } },
    { "the first page of text",
      { { 8, "idle", UINT64_C(0xffff82d080200000), 1, 0x161 },
        { 14, "idle", UINT64_C(0xffff82d040200000), 1, 0x161 },
        { 17, "idle", UINT64_C(0xffff82d040200000), 1, 0x121 } } },
    { "stub of CPU 0",
      { { 2, "idle", UINT64_C(0xffff82d0bffff000), 1, NONE },
        { 6, "idle", UINT64_C(0xffff82d0bffff000), 1, 0x321 },
        { 14, "idle", UINT64_C(0xffff82d07fffe000), 1, 0x321 } } },
    { "stub of CPU 1",
      { { 6, "idle", UINT64_C(0xffff82d0bfffe000), 1, 0x321 },
        { 14, "idle", UINT64_C(0xffff82d07fffd000), 1, 0x321 } } },
    { "above the stubs", { { 14, "idle", UINT64_C(0xffff82d07ffff000), 1, NONE } } },
    { "directmap, first MiB", { { 2, "idle", UINT64_C(0xffff830000001000), 1, 0x363 } } },
    { "directmap, second MiB",
      { { 2, "idle", UINT64_C(0xffff830000101000), 1, 0x363 },
        { 6, "idle", UINT64_C(0xffff830000101000), 1, NX | 0x363 },
        { 10, "idle", UINT64_C(0xffff830000101000), 1, 0x363 } } },
    { "directmap, 2 to 16 MiB",
      { { 2, "idle", UINT64_C(0xffff830000a00000), 2, 0x1e3 },
        { 6, "idle", UINT64_C(0xffff830000a00000), 2, NX | 0x1e3 },
        { 10, "idle", UINT64_C(0xffff830000a00000), 2, 0x1e3 },
        { 14, "idle", UINT64_C(0xffff830000a00000), 2, NX | 0x1e3 } } },
    { "directmap, further up",
      { { 2, "idle", UINT64_C(0xffff830002000000), 2, 0x1e3 },
        { 6, "idle", UINT64_C(0xffff830002000000), 2, NX | 0x1e3 } } },
    { "RDWR M2P",
      { { 2, "idle", UINT64_C(0xffff828000000000), 2, 0x1e3 },
        { 6, "idle", UINT64_C(0xffff828000000000), 2, NX | 0x1e3 } } },
    { "frametable",
      { { 2, "idle", UINT64_C(0xffff82f600000000), 2, 0x1e3 },
        { 3, "idle", UINT64_C(0xffff82e000000000), 2, 0x1e3 },
        { 6, "idle", UINT64_C(0xffff82e000000000), 2, NX | 0x1e3 } } },
    { "MMCFG",
      { { 2, "idle", UINT64_C(0xffff808000000000), 2, 0x1f3 },
        { 6, "idle", UINT64_C(0xffff808000000000), 2, NX | 0x1f3 },
        { 10, "idle", UINT64_C(0xffff808000000000), 2, NX | 0x1fb } } },
    { "MMCFG in an XPTI root", { { 8, "cpu0.xpti", UINT64_C(0xffff808000000000), 4, NONE } } },
    { "I/O APIC",
      { { 2, "idle", UINT64_C(0xffff82c3ffdfd000), 1, 0x173 },
        { 3, "idle", UINT64_C(0xffff82c3ffdfa000), 1, 0x173 },
        { 5, "idle", UINT64_C(0xffff82cfffdfa000), 1, 0x173 },
        { 6, "idle", UINT64_C(0xffff82cfffdfa000), 1, NX | 0x173 },
        { 8, "idle", UINT64_C(0xffff82cfffffa000), 1, NX | 0x173 },
        { 17, NULL, 0, 0, 0 },
        { 19, "idle", UINT64_C(0xffff82cfffffa000), 1, NX | 0x173 } } },
    { "I/O APIC, two releases",
      { { 17, "idle", UINT64_C(0xffff82cffffea000), 1, NX | 0x173 },
        { 19, "idle", UINT64_C(0xffff82cffffea000), 1, NONE } } },
    { "local APIC",
      { { 2, "idle", UINT64_C(0xffff82c3ffdfe000), 1, 0x173 },
        { 3, "idle", UINT64_C(0xffff82c3ffdfb000), 1, 0x173 },
        { 5, "idle", UINT64_C(0xffff82cfffdfb000), 1, 0x173 },
        { 6, "idle", UINT64_C(0xffff82cfffdfb000), 1, NX | 0x173 },
        { 8, "idle", UINT64_C(0xffff82cfffffb000), 1, NX | 0x173 },
        { 17, "idle", UINT64_C(0xffff82cffffeb000), 1, NX | 0x173 },
        { 19, "idle", UINT64_C(0xffff82cfffffb000), 1, NX | 0x173 } } },
    { "low identity map",
      { { 2, "idle", 0x8fc00 & ~0xfff, 1, 0x63 }, { 14, "idle", 0x8fc00 & ~0xfff, 1, 0x21 } } },
};

static const struct flags_row *row_for(size_t fact, unsigned int minor)
{
    const struct flags_row *found = NULL;

    for (size_t i = 0; i < MAX_ROWS && facts[fact].rows[i].since; i++)
        if (facts[fact].rows[i].since <= minor)
            found = &facts[fact].rows[i];
    return found && found->context ? found : NULL;
}

static void test_flags(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t r = 0; r < sizeof(releases) / sizeof(releases[0]); r++) {
        struct world w;

        build_release(&w, releases[r]);
        for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
            const struct flags_row *row = row_for(i, minor_of(releases[r]));
            uint64_t entry = row ? entry_at(&w, row->context, row->in, row->level) : 0;

            if (!row || (entry & ~ADDR) == row->flags)
                continue;
            print_error("%s, %s: %llx at L%u of %s, %llx\n", releases[r], facts[i].claim,
                        (unsigned long long)(entry & ~ADDR), row->level, row->context,
                        (unsigned long long)row->in);
            wrong++;
        }
        end(&w);
    }
    assert_int_equal(wrong, 0);
}

/* --- Counts -------------------------------------------------------------------------------- */

struct counted {
    size_t pages, executable;
    uint64_t first, last; /* Of the executable ones. */
};

static bool count_one(void *ctx, const struct xenpt_map_range *r)
{
    struct counted *c = ctx;

    c->pages++;
    if (!(r->rights >> XENPT_XS & 1))
        return true;
    c->first = c->executable++ ? c->first : r->first;
    c->last = r->last;
    return true;
}

static struct counted count(const struct world *w, const char *name, uint64_t first, uint64_t last)
{
    struct xenpt_map_options opt = { .first = first, .last = last, .leaves = true };
    struct counted c = { 0 };

    assert_int_equal(xenpt_map(w->view, context(w, name), &opt, count_one, &c, NULL, NULL),
                     XENPT_OK);
    return c;
}

/* A row for each release that differs from the one before. */
static const struct counts_row {
    unsigned int since;
    size_t trampoline;  /* Pages of the boot trampoline that stay mapped... */
    bool trampoline_rw; /* ...and whether they can be written. */
    int guards[2];      /* Pages of a stack that are not as the others; -1: none. */
    uint64_t guard;     /* How the directmap has them. */
    bool boot_in_image; /* The boot CPU's stack is in the image. */
    size_t xpti_text;   /* Pages of Xen's code in an XPTI root; 0: there are none. */
    bool text_at_end;   /* They end the text; else they are a page behind its start. */
    size_t xpti_stack;  /* Pages of a stack there. */
    bool alias_ro;      /* The directmap's alias of text cannot be written. */
    bool hole;          /* 1 MiB of .bss is not mapped. */
    unsigned int type_bits;
} counts[] = {
    { 2, 3, true, { -1, -1 }, 0, true, 0, false, 0, false, false, 4 },
    { 8, 3, true, { 5, -1 }, NONE, true, 2, true, 7, false, false, 4 },
    { 9, 2, true, { 5, -1 }, NONE, true, 2, true, 7, false, false, 4 },
    { 10, 2, true, { 5, -1 }, NONE, true, 2, true, 7, false, false, 3 },
    { 11, 2, true, { 4, 5 }, NONE, true, 2, true, 6, false, false, 3 },
    { 14, 2, false, { 0, 5 }, NX | 0x161, false, 3, true, 8, false, false, 3 },
    { 15, 2, false, { 0, 5 }, NX | 0x161, false, 3, true, 8, false, true, 3 },
    { 17, 2, false, { 0, 5 }, NX | 0x161, false, 3, false, 8, false, true, 3 },
    { 18, 2, false, { 0, 5 }, NX | 0x161, false, 3, false, 8, true, true, 3 },
    { 21, 1, false, { 0, 5 }, NX | 0x161, false, 3, false, 8, true, true, 3 },
};

static const struct counts_row *counts_for(unsigned int minor)
{
    const struct counts_row *found = counts;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].since <= minor)
            found = &counts[i];
    return found;
}

#define DIRECTMAP UINT64_C(0xffff830000000000)

static void check_trampoline(const struct world *w, const struct counts_row *row)
{
    struct counted c = count(w, "idle", 0, UINT64_C(0x7fffffffff));
    uint64_t maddr;

    assert_int_equal(c.pages, row->trampoline);
    assert_int_equal(c.executable, row->trampoline);
    assert_int_equal(rights(w, "idle", c.first, &maddr) >> XENPT_W & 1, row->trampoline_rw);
    assert_int_equal(maddr, c.first);
}

/* Stacks of the second CPU, found by its XPTI root; the first's may be in the image. */
static void check_stack(const struct world *w, const struct counts_row *row)
{
    uint64_t stack = 0, maddr;
    size_t present = 0;

    if (!row->xpti_text)
        return;
    for (uint64_t at = 0; at < UINT64_C(0x20000000) && !stack; at += 0x8000)
        if (rights(w, "cpu1.xpti", DIRECTMAP + at + 0x7000, &maddr) &&
            rights(w, "cpu1.xpti", DIRECTMAP + at + 0x1000, &maddr))
            stack = DIRECTMAP + at;
    assert_int_not_equal(stack, 0);
    for (int page = 0; page < 8; page++) {
        bool guard = page == row->guards[0] || page == row->guards[1];
        uint64_t entry = entry_at(w, "idle", stack + 0x1000 * (uint64_t)page, 1) & ~ADDR;

        present += rights(w, "cpu1.xpti", stack + 0x1000 * (uint64_t)page, &maddr) != 0;
        if (guard && row->guard)
            assert_int_equal(entry_at(w, "cpu1.xpti", stack + 0x1000 * (uint64_t)page, 1) & ~ADDR,
                             row->guard & ~UINT64_C(0x100));
        if (guard)
            assert_int_equal(entry, row->guard);
        else
            assert_int_not_equal(entry & ~UINT64_C(0x200), row->guard);
    }
    assert_int_equal(present, row->xpti_stack);
}

static void check_xpti(const struct world *w, const struct counts_row *row, uint64_t image)
{
    uint64_t stubs = image < UINT64_C(0xffff82d080000000) ? UINT64_C(0xffff82d07f000000)
                                                          : UINT64_C(0xffff82d0bf000000);
    uint64_t start = image + 0x200000, text_end = start, maddr;
    struct counted c;

    if (!row->xpti_text) {
        assert_null(xenpt_view_context(w->view, "cpu0.xpti"));
        return;
    }
    c = count(w, "cpu0.xpti", image, stubs - 1);
    assert_int_equal(c.executable, row->xpti_text);
    while (rights(w, "idle", text_end, &maddr) >> XENPT_XS & 1)
        text_end += 0x1000;
    if (row->text_at_end) /* What little code follows was put there by the linker. */
        assert_in_range(c.last + 1, text_end - 0x2000, text_end);
    else
        assert_int_equal(c.first, start + 0x1000);
    /* One L3 for the image, of all CPUs; one each for what the directmap has of them. */
    assert_int_equal(slot(w, "cpu0.xpti", 261), slot(w, "cpu1.xpti", 261));
    assert_int_not_equal(slot(w, "cpu0.xpti", 261), slot(w, "idle", 261));
    assert_int_not_equal(slot(w, "cpu0.xpti", 262), slot(w, "cpu1.xpti", 262));
    /* Code can be reached by its own address alone. */
    rights(w, "idle", start, &maddr);
    assert_int_equal(rights(w, "idle", DIRECTMAP + maddr, &maddr) >> XENPT_W & 1, !row->alias_ro);
}

/* Constants cannot be written, data not be executed; and a page of livepatch's behind the image. */
static void check_sections(const struct world *w, const struct xenpt_layout *layout,
                           unsigned int minor, uint64_t image)
{
    const struct xenpt_image_sections *d = &layout->image.typical;
    uint64_t end = image + d->data_end, rounded = (end + 0x1fffff) & ~UINT64_C(0x1fffff), maddr;
    unsigned int code = 1u << XENPT_XS, write = 1u << XENPT_W;

    if (minor < 8)
        return;
    assert_int_equal(rights(w, "idle", image + d->text_end, &maddr) & (code | write), 0);
    assert_int_not_equal(rights(w, "idle", image + d->text_end, &maddr), 0);
    assert_int_equal(rights(w, "idle", image + d->data_first, &maddr) & (code | write), write);
    assert_int_equal(entry_at(w, "idle", end, 1) & ~ADDR, minor >= 17 ? NX | 0x163 : NONE);
    if (rounded != end)
        assert_int_equal(entry_at(w, "idle", rounded, 1) & ~ADDR,
                         minor >= 10 && minor < 17 ? NX | 0x163 : NONE);
}

/* The longest stretch between pages of the image's that is not mapped. */
static uint64_t longest_gap(const struct world *w, uint64_t first)
{
    uint64_t gap = 0, longest = 0, maddr;

    for (uint64_t at = first; at < first + 0x400000; at += 0x1000) {
        if (!rights(w, "idle", at, &maddr)) {
            gap += 0x1000;
            continue;
        }
        longest = gap > longest ? gap : longest;
        gap = 0;
    }
    return longest;
}

static void test_counts(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof(releases) / sizeof(releases[0]); r++) {
        const struct counts_row *row = counts_for(minor_of(releases[r]));
        unsigned int minor = minor_of(releases[r]);
        uint64_t image = minor < 14 ? UINT64_C(0xffff82d080000000) : UINT64_C(0xffff82d040000000);
        const struct xenpt_layout *layout;
        struct world w;

        build_release(&w, releases[r]);
        check_trampoline(&w, row);
        check_stack(&w, row);
        check_xpti(&w, row, image);
        assert_int_equal(xenpt_layout_open(releases[r], (struct xenpt_layout **)&layout, NULL),
                         XENPT_OK);
        check_sections(&w, layout, minor, image);
        assert_int_equal(layout->page_type_bits, row->type_bits);
        assert_int_equal(layout->stack.boot_in_image, row->boot_in_image);
        xenpt_layout_close((struct xenpt_layout *)layout);
        assert_int_equal(minor >= 8 && longest_gap(&w, image + 0x200000) >= 0x100000, row->hole);
        end(&w);
    }
}

/* --- One page for all ---------------------------------------------------------------------- */

/* What stands for GDT pages that no guest has set is one page of zeros. */
static void test_zero_page(void **state)
{
    struct world w;
    uint64_t one, another;

    (void)state;
    build_release(&w, "4.17.5");
    one = entry_at(&w, "d1.v0.xen", UINT64_C(0xffff820000001000), 1);
    for (uint64_t page = 1; page < 14; page++)
        assert_int_equal(entry_at(&w, "d1.v1.xen", UINT64_C(0xffff820000020000) + 0x1000 * page, 1),
                         one);
    another = entry_at(&w, "d2.v0.xen", UINT64_C(0xffff820000001000), 1);
    assert_int_equal(one, another);
    assert_true(xenpt_read(w.view->mem, one & ADDR, &another, 8));
    assert_int_equal(another, 0);
    end(&w);
}

/* A debug build of 4.17.5: the table of the bitmaps of mapcache windows is marked as its own. */
static void test_debug_bitmaps(void **state)
{
    struct world w;

    (void)state;
    build(&w, "host: { ram: 512M, cpus: 2, processor: naples }\n"
              "xen: { release: \"4.17.5\", debug: yes }\n"
              "domains: { d0: { type: pv64, memory: 64M, privileged: yes } }\n");
    assert_int_equal(entry_at(&w, "d0.v0.xen", UINT64_C(0xffff820060000000), 2) & ~ADDR,
                     NX | 0x263);
    assert_int_equal(entry_at(&w, "d0.v0.xen", UINT64_C(0xffff820060001000), 1) & ~ADDR,
                     NX | 0x263);
    assert_int_equal(entry_at(&w, "d0.v0.xen", UINT64_C(0xffff820060006000), 1) & ~ADDR,
                     NX | 0x263);
    assert_int_equal(entry_at(&w, "d0.v0.xen", UINT64_C(0xffff820040000000), 2) & ~ADDR, NX | 0x63);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debug_bitmaps),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_zero_page),

    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
