/*
 * test_layout_captures.c - layouts, held to the memory of real machines: which slots each kind
 * of root has, with which flags, and where what lies below them.
 *
 * The .json beside a capture tells the release, and which root is what; the tables say the rest.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "image_fixture.h"
#include "xenpt/layout.h"
#include "xenpt/scan.h"

#define A_D   (XENPT_BIT(5) | XENPT_BIT(6))
#define PS    XENPT_BIT(7)
#define FLAGS (XENPT_BITS(11, 0) | XENPT_BITS(63, 52))

struct machine {
    const char *name;
    const json_t *sidecar;
    const struct xenpt_view *view;
    struct xenpt_layout *layout;
    xenpt_conditions conditions;
};

struct root {
    const struct machine *machine;
    enum xenpt_root_kind kind;
    struct xenpt_paging paging;
    const char *label;
    xenpt_conditions conditions;
    unsigned int text, stubs, low, ram, ram_read_only;
    uint64_t text_first;
};

/* Roots and leaves that were looked at, of all captures. */
static size_t nr_roots[XENPT_NR_ROOT_KINDS], nr_leaves;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* --- Roots --------------------------------------------------------------------------------- */

/* What the observer called it.  A PV32 root is labelled "PV64 guest_table_user", too. */
static bool kind_of(const json_t *labels, enum xenpt_root_kind *ret)
{
    static const struct {
        const char *label;
        enum xenpt_root_kind kind;
    } rows[] = {
        { "idle_pg_table", XENPT_ROOT_IDLE },
        { "xpti_root", XENPT_ROOT_XPTI },
        { "PV32 guest_table", XENPT_ROOT_PV32 },
        { "HAP monitor_table", XENPT_ROOT_HAP },
        { "shadow monitor_table", XENPT_ROOT_SHADOW },
        { "PV64 guest_table_user", XENPT_ROOT_PV64_USER },
        { "PV64 guest_table", XENPT_ROOT_PV64_KERNEL },
    };

    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
        for (size_t i = 0; i < json_array_size(labels); i++)
            if (strstr(json_string_value(json_array_get(labels, i)), rows[r].label)) {
                *ret = rows[r].kind;
                return true;
            }
    return false;
}

static uint64_t root_entry(const struct root *r, unsigned int slot)
{
    uint64_t entry = 0;

    if (!xenpt_read(r->machine->view->mem, r->paging.root + 8ull * slot, &entry, sizeof(entry)))
        fail_msg("%s: %s is not in the image", r->machine->name, r->label);
    return entry;
}

/* A slot that the layout has is empty only where it depends on something. */
static bool may_be_empty(const struct root *r, const struct xenpt_layout_slot *s, unsigned int slot)
{
    return s->guest || slot != xenpt_layout_slot_of(r->machine->layout, s->area->first) ||
           (s->area->fill == XENPT_FILL_SHADOW && r->kind == XENPT_ROOT_XPTI);
}

static void check_slot(const struct root *r, unsigned int slot)
{
    struct xenpt_layout_slot s = xenpt_layout_slot(r->machine->layout, r->kind, r->conditions,
                                                   slot);
    uint64_t entry = root_entry(r, slot);

    if (!entry && s.mapped && !may_be_empty(r, &s, slot))
        fail_msg("%s: %s: slot %u is empty, and should have %s", r->machine->name, r->label, slot,
                 s.area->name);
    if (entry && !s.mapped)
        fail_msg("%s: %s: slot %u holds 0x%" PRIx64 ", and should be empty", r->machine->name,
                 r->label, slot, entry);
    if (entry && !s.guest && (entry & FLAGS & ~A_D) != (s.table & ~A_D))
        fail_msg("%s: %s: slot %u: flags 0x%" PRIx64 ", and 0x%" PRIx64 " by %s", r->machine->name,
                 r->label, slot, entry & FLAGS, s.table, s.area->name);
}

/* --- What lies below ----------------------------------------------------------------------- */

static bool is_leaf_of(const struct root *r, uint64_t flags, uint64_t leaf)
{
    uint64_t drops = r->kind == XENPT_ROOT_XPTI ? r->machine->layout->xpti.drops : 0;

    return leaf && (flags & ~A_D) == (leaf & ~A_D & ~drops);
}

/* In a part with a place, as that says; elsewhere as the area does, or a part without one. */
static bool leaf_fits(const struct root *r, const struct xenpt_area *a, uint64_t va, uint64_t flags)
{
    /* Slot 260 of an XPTI root is that of the domain that ran last, and a PV32 one can have. */
    unsigned int kinds = 1u << r->kind | (r->kind == XENPT_ROOT_XPTI ? 1u << XENPT_ROOT_PV32 : 0);
    bool placed = false;

    for (size_t i = 0; i < a->nr_parts; i++) {
        const struct xenpt_part *p = &a->parts[i];
        const struct xenpt_part *at = p->placed ? xenpt_area_part_at(a, r->kind, va) : NULL;

        if (!(p->kinds & kinds) || !xenpt_holds(p->when, r->conditions))
            continue;
        if (p->placed && !at)
            continue;
        /* Of several parts in one place, for different kinds of root, the right one. */
        if (p->placed && (p->first != at->first))
            continue;
        placed |= p->placed;
        if (is_leaf_of(r, flags, p->leaf))
            return true;
    }
    if (a->fill == XENPT_FILL_RAM && is_leaf_of(r, flags, r->machine->layout->stack.guard_leaf))
        return true;
    return !placed && is_leaf_of(r, flags, a->leaf);
}

static void check_tables(const struct root *r, const struct xenpt_area *a, uint64_t va)
{
    struct xenpt_walk walk;

    for (const struct xenpt_area *o = a; o; o = o->inside)
        if (o->fill == XENPT_FILL_GUEST) /* The tables are the guest's. */
            return;
    xenpt_walk(&r->paging, r->machine->view->mem, va, &walk);
    for (unsigned int i = 1; i < walk.nr_steps; i++) {
        const struct xenpt_step *s = &walk.step[i];
        uint64_t table = a->table[s->level];

        if (r->kind == XENPT_ROOT_XPTI && a->fill != XENPT_FILL_M2P && a->fill != XENPT_FILL_FIXED)
            table = r->machine->layout->xpti.table;
        for (const struct xenpt_area *o = a->inside; o && !table; o = o->inside)
            table = o->table[s->level];
        if (s->role == XENPT_TABLE && (s->entry & FLAGS & ~A_D) != (table & ~A_D))
            fail_msg("%s: %s: L%u of 0x%" PRIx64 " in %s: flags 0x%" PRIx64 ", not 0x%" PRIx64,
                     r->machine->name, r->label, s->level, va, a->name, s->entry & FLAGS, table);
    }
}

static void count(struct root *r, const struct xenpt_area *a, const struct xenpt_range *range)
{
    uint64_t flags = range->entry & FLAGS;

    if (a->fill == XENPT_FILL_IMAGE && !(flags & (XENPT_BIT(63) | XENPT_BIT(1)))) {
        if (!r->text++)
            r->text_first = range->first;
    }
    r->stubs += !strcmp(a->name, "stubs");
    r->low += !strcmp(a->name, "low-identity");
    r->ram += a->fill == XENPT_FILL_RAM;
    r->ram_read_only += a->fill == XENPT_FILL_RAM && !(flags & XENPT_BIT(1));
}

static bool check_leaf(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct root *r = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *range = &ranges[i];
        const struct xenpt_area *a = xenpt_layout_at(r->machine->layout, r->kind, r->conditions,
                                                     range->first);
        uint64_t flags = range->entry & FLAGS & ~(range->level > 1 ? PS : 0);
        uint64_t va = range->first;

        if (a && a->fill == XENPT_FILL_MIRROR) { /* What the other area has, is here. */
            va = va - a->first + a->mirrors->first;
            a = xenpt_layout_at(r->machine->layout, r->kind, r->conditions, va);
        }
        if (range->kind != XENPT_RANGE_PAGES || (a && a->fill == XENPT_FILL_GUEST))
            continue;
        if (!a || a->fill == XENPT_FILL_NONE)
            fail_msg("%s: %s: 0x%" PRIx64 " is mapped, and lies in %s", r->machine->name, r->label,
                     range->first, a ? a->name : "no area");
        if (a->fill == XENPT_FILL_SELF || a->fill == XENPT_FILL_SHADOW)
            continue;
        if (!leaf_fits(r, a, va, flags))
            fail_msg("%s: %s: 0x%" PRIx64 " in %s has flags 0x%" PRIx64, r->machine->name, r->label,
                     range->first, a->name, flags);
        check_tables(r, a, range->first);
        count(r, a, range);
        nr_leaves++;
    }
    return true;
}

static void check_xpti(const struct root *r)
{
    const struct xenpt_layout_xpti *xpti = &r->machine->layout->xpti;
    const struct xenpt_area *image = xenpt_layout_filled(r->machine->layout, XENPT_FILL_IMAGE);

    assert_int_not_equal(xpti->since.major, 0);
    assert_int_equal(r->text, xpti->text_pages);
    if (!xpti->text_at_end)
        assert_int_equal(r->text_first,
                         image->first + r->machine->layout->image.start + xpti->text_offset);
}

/* Both APICs lie where PCs have them, so a page that leads there is one of these two. */
static void check_apic(const struct root *r, const char *name, uint64_t maddr)
{
    const struct xenpt_area *fixmap = xenpt_layout_area(r->machine->layout, "fixmap");
    struct xenpt_walk walk;

    xenpt_walk(&r->paging, r->machine->view->mem,
               fixmap->first + xenpt_area_part(fixmap, name)->first, &walk);
    if (walk.outcome != XENPT_MAPPED || walk.out != maddr)
        fail_msg("%s: %s: the %s is elsewhere", r->machine->name, r->label, name);
}

/* Guards, each CPU's, are read-only in the directmap, or absent; Xen's own text and constants
 * are if the layout says so. */
static void check_stacks(const struct root *r)
{
    const struct xenpt_layout_stack *stack = &r->machine->layout->stack;
    const struct xenpt_area *ram = xenpt_layout_filled(r->machine->layout, XENPT_FILL_RAM);
    unsigned int guards = (unsigned int)__builtin_popcount(stack->guards);
    unsigned int read_only = stack->guard_leaf ? guards : 0;
    unsigned int mapped = stack->pages - guards + read_only;

    if (r->kind == XENPT_ROOT_XPTI) /* Beside the stack, another CPU's IDT and TSS. */
        assert_true(r->ram == mapped || r->ram == mapped + 2);
    else if (xenpt_area_part(ram, "text-alias"))
        assert_true(r->ram_read_only > 100);
    else
        assert_int_equal(r->ram_read_only, read_only * r->machine->view->nr_contexts);
}

/* What a machine has whatever happened to it: a stub for each CPU, the trampoline's pages. */
static void check_counts(const struct root *r)
{
    const struct xenpt_area *low = xenpt_layout_area(r->machine->layout, "low-identity");

    if (xenpt_layout_area(r->machine->layout, "stubs"))
        assert_int_equal(r->stubs, r->machine->view->nr_contexts);
    if (r->kind == XENPT_ROOT_IDLE)
        assert_int_equal(r->low, low->boot_pages);
    if (r->kind != XENPT_ROOT_XPTI) {
        check_apic(r, "io-apic", 0xfec00000);
        check_apic(r, "local-apic", 0xfee00000);
    }
}

static void check_root(const struct machine *m, const json_t *root)
{
    struct xenpt_scan_options all = { .first = 0 };
    struct root r = { .machine = m, .paging = m->view->contexts[0].paging };
    struct xenpt_error err = { 0 };

    if (!kind_of(json_object_get(root, "kinds"), &r.kind))
        return;
    r.label = xenpt_root_kind_word(r.kind)->name;
    r.paging.root = strtoull(text_of(root, "mfn"), NULL, 16) << XENPT_PAGE_SHIFT;
    r.conditions = m->conditions;
    /* A CPU that never ran a PV guest has nothing of one in its root. */
    for (unsigned int slot = 0; slot < 256; slot++)
        if (root_entry(&r, slot))
            r.conditions |= 1u << XENPT_IF_RAN_PV;
    for (unsigned int slot = 0; slot < XENPT_ROOT_SLOTS; slot++)
        check_slot(&r, slot);
    if (xenpt_scan(&r.paging, m->view->mem, &all, check_leaf, &r, NULL, &err))
        fail_msg("%s: %s", m->name, err.text);
    check_counts(&r);
    check_stacks(&r);
    if (r.kind == XENPT_ROOT_XPTI)
        check_xpti(&r);
    nr_roots[r.kind]++;
}

/* --- Captures ------------------------------------------------------------------------------ */

static void check_symbols(const struct machine *m)
{
    const json_t *symbols = json_object_get(m->sidecar, "symbols");
    const struct xenpt_area *image = xenpt_layout_filled(m->layout, XENPT_FILL_IMAGE);
    uint64_t text = strtoull(text_of(symbols, "_stext"), NULL, 16);

    if (text)
        assert_int_equal(text, image->first + m->layout->image.start);
}

static void check_capture(const char *name)
{
    struct machine m = { .name = name };
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };
    char path[512], release[16];
    json_t *sidecar, *roots;

    snprintf(path, sizeof(path), "%s/%s.json", XENPT_CAPTURES, name);
    sidecar = json_load_file(path, 0, NULL);
    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (!sidecar || xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s: %s", name, err.text);
    m.sidecar = sidecar;
    m.view = xenpt_image_view(image);
    assert_int_equal(sscanf(text_of(sidecar, "xen_version"), "%15[0-9.]", release), 1);
    if (xenpt_layout_open(release, &m.layout, &err))
        fail_msg("%s: %s", name, err.text);
    if (!strcmp(text_of(sidecar, "machine"), "q35"))
        m.conditions |= 1u << XENPT_IF_MMCFG;
    m.conditions |= strncmp(name, "deb-", 4) ? 1u << XENPT_IF_PV32 : 0;
    check_symbols(&m);
    roots = json_object_get(sidecar, "roots");
    for (size_t i = 0; i < json_array_size(roots); i++)
        check_root(&m, json_array_get(roots, i));
    xenpt_layout_close(m.layout);
    xenpt_image_close(image);
    json_decref(sidecar);
}

static void test_captures(void **state)
{
    size_t nr = each_file(XENPT_CAPTURES, ".json", check_capture);

    (void)state;
    print_message("%zu captures, %zu leaves; roots:", nr, nr_leaves);
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        print_message(" %s %zu", xenpt_root_kind_word(k)->name, nr_roots[k]);
    print_message("\n");
    assert_true(nr >= 40);
    for (unsigned int k = XENPT_ROOT_IDLE; k <= XENPT_ROOT_SHADOW; k++)
        assert_true(nr_roots[k] > 0 || k == XENPT_ROOT_PV64_SHADOW);
}

/*
 * Linux by itself: every slot of its table, and every page, lies where the layout has something;
 * the kernel's code begins 16 MiB into its image.
 */
static bool check_linux_leaf(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    const struct xenpt_layout *layout = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_area *a = xenpt_layout_at(layout, XENPT_ROOT_LINUX_KERNEL, 0,
                                                     ranges[i].first);

        if (ranges[i].kind == XENPT_RANGE_PAGES && (!a || a->fill == XENPT_FILL_NONE))
            fail_msg("linux: 0x%" PRIx64 " lies in %s", ranges[i].first, a ? a->name : "no area");
    }
    return true;
}

static void test_linux(void **state)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };
    const struct xenpt_view *view;
    struct xenpt_walk walk;
    struct root r = { .kind = XENPT_ROOT_LINUX_KERNEL, .label = "linux" };
    struct machine m = { .name = "linux-nokaslr" };

    (void)state;
    assert_int_equal(xenpt_image_open(XENPT_CAPTURES "/linux-nokaslr.elf.zst", NULL, &image, &err),
                     XENPT_OK);
    assert_int_equal(xenpt_layout_open("linux-4-level", &layout, &err), XENPT_OK);
    view = xenpt_image_view(image);
    m.view = view;
    m.layout = layout;
    r.machine = &m;
    r.paging = view->contexts[0].paging;
    for (unsigned int slot = 0; slot < XENPT_ROOT_SLOTS; slot++) {
        struct xenpt_layout_slot s = xenpt_layout_slot(layout, XENPT_ROOT_LINUX_KERNEL, 0, slot);
        uint64_t entry = root_entry(&r, slot);

        if (entry && (!s.mapped || (!s.guest && (entry & FLAGS) != s.table)))
            fail_msg("linux: slot %u holds 0x%" PRIx64, slot, entry);
    }
    assert_int_equal(xenpt_scan(&r.paging, view->mem, NULL, check_linux_leaf, layout, NULL, &err),
                     XENPT_OK);
    xenpt_walk(&r.paging, view->mem,
               xenpt_layout_filled(layout, XENPT_FILL_IMAGE)->first + 0x1000000, &walk);
    assert_int_equal(walk.outcome, XENPT_MAPPED);
    assert_int_equal(walk.out, 0x1000000);
    xenpt_walk(&r.paging, view->mem, xenpt_layout_filled(layout, XENPT_FILL_RAM)->first + 0x1000000,
               &walk);
    assert_int_equal(walk.out, 0x1000000);
    xenpt_layout_close(layout);
    xenpt_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_linux),
    };

    return cmocka_run_group_tests_name("layout_captures", tests, NULL, NULL);
}
