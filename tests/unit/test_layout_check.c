/*
 * test_layout_check.c - each rule of a layout, broken by a file that is Xen 4.17 but for one
 * thing; and files that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/layout.h"

#define HEAD                                                                                       \
    "name: t\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17 }\ntext: a test\n"              \
    "source: a test\n"
#define HEAD_LINES 6

struct broken {
    const char *what;
    const char *yaml; /* Behind HEAD. */
    const char *says;
    unsigned int line, column; /* In yaml; 0: in another file. */
};

static const struct broken rules[] = {
    { "an area ends before it begins", "areas:\n  vmap: { last: 0xffff82bfffffffff }\n",
      "vmap ends at 0xffff82bfffffffff, before its first byte", 2, 17 },
    { "an address is not canonical", "areas:\n  guest-low: { last: 0x8000ffffffff }\n",
      "0x8000ffffffff is not canonical", 2, 22 },
    { "the same, at the start", "areas:\n  guest-linear: { first: 0x7fff810000000000 }\n",
      "0x7fff810000000000 is not canonical", 2, 26 },
    { "an area has the hole in it", "areas:\n  guest-low: { last: 0xffff800000000fff }\n",
      "reaches over addresses that are not canonical", 2, 22 },
    { "an area does not begin a page", "areas:\n  reserved: { first: 0xffff82d080000800 }\n",
      "0xffff82d080000800 does not begin a page", 2, 22 },
    { "an area does not end a page", "areas:\n  reserved: { last: 0xffff82dfffffff00 }\n",
      "0xffff82dfffffff00 does not end a page", 2, 21 },
    { "an area is not in the one around", "areas:\n  fixmap: { inside: rdwr-m2p }\n",
      "fixmap is not inside of rdwr-m2p", 0, 0 },
    { "an area is inside of none that is there", "areas:\n  fixmap: { inside: vmpa }\n",
      "inside: there is no area 'vmpa', did you mean 'vmap'?", 2, 21 },
    { "areas are inside of each other", "areas:\n  vmap: { inside: fixmap }\n",
      "is inside of itself", 0, 0 },
    { "a root has an area and not the one around", "areas:\n  stubs: { in: [xen, linux-user] }\n",
      "linux-user does not carry xen-image", 2, 16 },
    { "no root has it", "areas:\n  guest-reserved: { in: [] }\n", "no kind of root carries it", 2,
      3 },
    { "two areas overlap", "areas:\n  reserved: { first: 0xffff82d07f000000 }\n",
      "reserved overlaps xen-image, in the table of idle", 2, 22 },
    { "two areas overlap in one kind of root only",
      "areas:\n  directmap: { but: { pv32: { last: 0xffffff7fffffffff }, pv: ~ } }\n",
      "guest-high overlaps directmap, in the table of pv64-kernel", 0, 0 },
    { "one slot, two entries",
      "areas:\n  guest-reserved: { L4: P RW A, fill: demand, leaf: P, pages: 4K }\n",
      "guest-reserved shares slot 256 with ro-m2p, whose entry has other flags", 2, 3 },
    { "a linear table of half a slot", "areas:\n  guest-linear: { last: 0xffff813fffffffff }\n",
      "a linear page table takes one slot of the root", 0, 0 },
    { "a mirror of another size", "areas:\n  per-domain-mirror: { last: 0x000002003fffffff }\n",
      "does not lie in its slot as per-domain does in its own", 0, 0 },
    { "a mirror of nothing", "areas:\n  per-domain-mirror: { mirrors: ~ }\n",
      "fill mirror and 'mirrors' belong together", 0, 0 },
    { "a mirror of what has no slot", "areas:\n  per-domain-mirror: { mirrors: vmap }\n",
      "only a slot of the root can mirror another one", 2, 33 },
    { "an entry that is not present", "areas:\n  per-domain: { L4: RW A D NX }\n",
      "an entry without P does not lead anywhere", 2, 21 },
    { "a leaf that is not present", "areas:\n  ro-m2p: { leaf: US }\n",
      "an entry without P does not lead anywhere", 2, 19 },
    { "an entry of a table that is global", "areas:\n  per-domain: { L3: P RW A D G }\n",
      "PAT and G are for entries that map pages", 2, 21 },
    { "a level that does not exist", "areas:\n  per-domain: { L5: P RW A D }\n",
      "there is no L5 with 4 levels", 2, 21 },
    { "the root's entry, of what is inside", "areas:\n  vmap: { L4: P RW A D }\n",
      "the root's entry is that of xen-private, which is around it", 2, 15 },
    { "flags without a size of page", "areas:\n  ro-m2p: { pages: ~ }\n",
      "and not in which 'pages'", 0, 0 },
    { "pages larger than the area", "areas:\n  fixmap: { pages: [4K, 1G] }\n",
      "fixmap is smaller than a page at level 3", 2, 20 },
    { "an entry for each frame, of no size", "areas:\n  ro-m2p: { entry-size: ~ }\n",
      "of which 'entry-size'?", 0, 0 },
    { "a size for what has no entries", "areas:\n  vmap: { entry-size: 8 }\n",
      "fill demand has no entry for each frame", 2, 23 },
    { "a part of an entry", "areas:\n  ro-m2p: { entry-size: 12 }\n",
      "are no whole number of entries", 2, 25 },
    { "entries for less than all of RAM", "areas:\n  frametable: { entry-size: 128 }\n",
      "frametable has room for 1073741824 frames, and the directmap of a PV guest has 1342177280",
      0, 0 },
    { "pieces that do not fill it", "areas:\n  gdt-ldt: { repeat: { stride: 96K } }\n",
      "are no whole number of pieces", 0, 0 },
    { "pieces of no pages", "areas:\n  gdt-ldt: { repeat: { stride: 2K } }\n",
      "are no whole number of pieces", 0, 0 },
    { "pieces for fewer vCPUs", "areas:\n  gdt-ldt: { repeat: { stride: 256K } }\n",
      "has room for 4096 vCPUs, and max-vcpus is 8192", 0, 0 },
    { "pieces for nothing", "areas:\n  gdt-ldt: { repeat: { each: once } }\n",
      "pieces have a stride, and are for each of something", 0, 0 },
    { "a part that ends nowhere", "areas:\n  vmap: { parts: { x: { use: x, first: 0 } } }\n",
      "x of vmap: 'first' and 'last' belong together", 2, 20 },
    { "a part outside of its piece", "areas:\n  gdt-ldt: { parts: { ldt: { last: 0x20fff } } }\n",
      "ldt of gdt-ldt: 0x10000 to 0x20fff is not within its 0x20000 bytes", 0, 0 },
    { "a part of a page", "areas:\n  gdt-ldt: { parts: { ldt: { last: 0x10ff0 } } }\n",
      "are no whole pages", 0, 0 },
    { "parts that overlap", "areas:\n  gdt-ldt: { parts: { ldt: { in: pv } } }\n",
      "ldt-pv32 of gdt-ldt overlaps ldt", 0, 0 },
    { "a part where its area is not", "areas:\n  gdt-ldt: { parts: { ldt: { in: hap } } }\n",
      "in kinds of root that do not carry the area", 0, 0 },
    { "a part that is not present", "areas:\n  gdt-ldt: { parts: { ldt: { leaf: RW } } }\n",
      "an entry without P maps nothing", 0, 0 },
    { "an exception where its area is not", "areas:\n  vmap: { but: { xpti: { shared: cpu } } }\n",
      "vmap: xpti does not carry it", 2, 16 },
    { "an exception that ends outside",
      "areas:\n  directmap: { but: { pv: { last: 0xffffffffffffffff } } }\n",
      "0xffffffffffffffff does not end a page of it", 0, 0 },
    { "an exception that is no entry", "areas:\n  directmap: { but: { xpti: { root: RW } } }\n",
      "these are no flags of an entry that leads to a table", 0, 0 },
    { "one root, two exceptions",
      "areas:\n  directmap: { but: { pv32: { last: 0xffff87ffffffffff } } }\n",
      "but: pv32 has an exception already", 2, 23 },
    { "an exception for no root", "areas:\n  directmap: { but: { pv46: { shared: cpu } } }\n",
      "but: 'pv46' is no kind of root, did you mean 'pv64'?", 2, 23 },
    { "two directmaps", "areas:\n  vmap: { fill: ram }\n",
      "vmap and directmap: there is one area with fill ram", 0, 0 },
    { "an image that begins elsewhere", "image: { start: 2G }\n",
      "it does not start in an area with fill image", 1, 8 },
    { "an image aligned to nothing", "image: { align: 3M }\n", "0x300000 is no alignment of pages",
      1, 8 },
    { "a stack of nine pages", "stack: { pages: 9 }\n", "a power of two up to 16 was expected", 1,
      8 },
    { "a guard behind the stack", "stack: { guards: [0, 8] }\n",
      "a guard page is not one of its 8 pages", 1, 8 },
    { "a guard that is not present", "stack: { guard-leaf: NX }\n", "without P maps nothing", 1,
      8 },
    { "six levels", "levels: 6\n", "levels: 6, and 4 or 5 was expected", 1, 9 },
};

static const struct broken files[] = {
    { "a key that is none", "areas:\n  vmap: { frist: 0 }\n",
      "area: 'frist' is no key; did you mean 'first'?", 2, 11 },
    { "a key like no other", "stack: { zzzzzzzz: 0 }\n",
      "stack: 'zzzzzzzz' is no key; there are pages guards guard-leaf boot-in-image", 1, 10 },
    { "a key at the top", "area: {}\n", "layout: 'area' is no key; did you mean 'areas'?", 1, 1 },
    { "a key is missing", "areas:\n  new: { first: 0, last: 0xfff, use: x }\n",
      "area: the key 'fill' is missing", 2, 8 },
    { "a key twice", "stack: { pages: 8, pages: 8 }\n",
      "the key 'pages' is there already, in line 7", 1, 20 },
    { "no number", "areas:\n  vmap: { last: ffff }\n",
      "last: 'ffff', and this was expected: number, such as 0xffff830000000000 or 2M", 2, 17 },
    { "a number in quotes", "stack: { pages: '8' }\n", "pages: '8', and this was expected: number",
      1, 17 },
    { "a number of 65 bits", "areas:\n  vmap: { last: 0x1ffffffffffffffff }\n",
      "'0x1ffffffffffffffff', and this was expected", 2, 17 },
    { "a count of 33 bits", "stack: { pages: 0x100000000 }\n",
      "'0x100000000', and this was expected", 1, 17 },
    { "no flag", "areas:\n  vmap: { leaf: P RW XN }\n", "leaf: 'XN' is no flag of an entry", 2,
      17 },
    { "PS as a flag", "areas:\n  vmap: { leaf: P PS }\n", "(PS follows from the page)", 2, 17 },
    { "no kind of root", "areas:\n  vmap: { in: [idle, pv64_kernel] }\n",
      "in: 'pv64_kernel' is none of: idle pv64-kernel", 2, 22 },
    { "the nearest kind of root", "areas:\n  vmap: { in: pv64-kernal }\n",
      "did you mean 'pv64-kernel'?", 2, 15 },
    { "two where one can be", "areas:\n  vmap: { shared: [cpu, root] }\n",
      "shared: a list, and this was expected: one of the words below", 2, 19 },
    { "no size of page", "areas:\n  vmap: { pages: 3M }\n",
      "pages: '3M', and this was expected: a list of 4K, 2M, 1G", 2, 18 },
    { "not a bit", "stack: { guards: 32 }\n", "guards: '32'", 1, 18 },
    { "neither yes nor no", "pvh-dom0: maybe\n", "pvh-dom0: 'maybe'", 1, 11 },
    { "no release", "xpti: { since: 4 }\n", "since: '4', and this was expected: a release", 1, 16 },
    { "no map of areas", "areas: 1\n", "areas: '1', and a map was expected", 1, 8 },
    { "a list for an area", "areas: { vmap: [] }\n", "area: a list, and a map was expected", 1,
      16 },
    { "a variant is wrong",
      "variants: { bigmem: { areas: { frametable: { entry-size: 3072 } } } }\n",
      "frametable has room for", 0, 0 },
    { "a variant has a key that is none", "variants: { bigmem: { araes: {} } }\n",
      "'araes' is no key", 1, 23 },
    { "a variant is a text", "variants: { bigmem: big }\n", "a variant is a map of what differs", 1,
      21 },
};

struct heard {
    const struct broken *row;
    bool found;
    char all[4000];
};

static void hear(void *ctx, const struct xenpt_error *e)
{
    struct heard *h = ctx;
    const struct broken *row = h->row;
    size_t used = strlen(h->all);
    bool place = !row->line || (e->line == HEAD_LINES + row->line && e->column == row->column);

    xenpt_error_format(e, h->all + used,
                       (int)(sizeof(h->all) - used) > 0 ? sizeof(h->all) - used : 0);
    if (used < sizeof(h->all) - 2 && strlen(h->all) < sizeof(h->all) - 2)
        strcat(h->all, "\n");
    h->found |= place && strstr(e->text, row->says);
}

static void check(const struct broken *rows, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        struct heard heard = { .row = &rows[i] };
        struct xenpt_layout *layout = NULL;
        struct xenpt_error err = { 0 };
        char yaml[2000];

        snprintf(yaml, sizeof(yaml), "%s%s", HEAD, rows[i].yaml);
        if (!xenpt_layout_parse("t.yaml", yaml, strlen(yaml), NULL, hear, &heard, &layout, &err))
            fail_msg("%s: it is taken", rows[i].what);
        assert_null(layout);
        if (!heard.found)
            fail_msg("%s: it says\n%s", rows[i].what, heard.all);
    }
}

static void test_rules(void **state)
{
    (void)state;
    check(rules, sizeof(rules) / sizeof(rules[0]));
}

static void test_files(void **state)
{
    (void)state;
    check(files, sizeof(files) / sizeof(files[0]));
}

/* The head alone is no mistake: what is broken above is broken by one line. */
static void test_head(void **state)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_error err = { 0 };

    (void)state;
    assert_int_equal(
        xenpt_layout_parse("t.yaml", HEAD, strlen(HEAD), NULL, NULL, NULL, &layout, &err),
        XENPT_OK);
    assert_string_equal(layout->name, "t");
    assert_null(layout->observed); /* Not taken over: nobody has seen this one. */
    xenpt_layout_close(layout);
}

static void count(void *ctx, const struct xenpt_error *e)
{
    unsigned int *lines = ctx;

    *lines |= 1u << e->line;
}

/* All mistakes of a file in one run; the error has the first, and how many others. */
static void test_all_of_them(void **state)
{
    const char *yaml = HEAD "stack: { pagse: 8 }\npvh-dom0: perhaps\nareas:\n  vmap: { leaf: X }\n";
    struct xenpt_layout *layout;
    struct xenpt_error err = { 0 };
    unsigned int lines = 0;

    (void)state;
    assert_int_equal(
        xenpt_layout_parse("t.yaml", yaml, strlen(yaml), NULL, count, &lines, &layout, &err),
        XENPT_EPARSE);
    assert_int_equal(lines, 1u << 7 | 1u << 8 | 1u << 10);
    assert_string_equal(err.file, "t.yaml");
    assert_non_null(strstr(err.text, "(and 2 more mistakes)"));
}

static void test_bases(void **state)
{
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        { "from: xen-4.71\n", "from: there is no layout 'xen-4.71', did you mean 'xen-4.7'?" },
        { "from: [xen-4.17]\n", "from: there is no layout a list" },
        { "from: ~\n", "from: there is no layout nothing" },
        { "", "the file is empty" },
        { "a text\n", "layout: 'a text', and a map was expected" },
        { "name: [\n", "no YAML" },
        { "name: t\n", "the key 'system' is missing" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_layout *layout;
        struct xenpt_error err = { 0 };

        assert_int_not_equal(xenpt_layout_parse("t", rows[i].yaml, strlen(rows[i].yaml), NULL, NULL,
                                                NULL, &layout, &err),
                             XENPT_OK);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].yaml, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),  cmocka_unit_test(test_rules),
        cmocka_unit_test(test_files), cmocka_unit_test(test_all_of_them),
        cmocka_unit_test(test_bases),
    };

    return cmocka_run_group_tests_name("layout_check", tests, NULL, NULL);
}
