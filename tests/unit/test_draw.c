/*
 * test_draw.c - what pictures are made of is what the tables hold: real captures, held against
 * walks address by address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw/links.h"
#include "draw/nodes.h"
#include "draw/slots.h"
#include "draw_fixture.h"
#include "xenpt/map.h"

/* --- Slots --------------------------------------------------------------------------------- */

/* 0 as well where it is not in memory. */
static uint64_t entry_of(const struct seen_root *r, unsigned int slot)
{
    uint64_t entry;

    seen_entry(r, r->paging->root, slot, &entry);
    return entry;
}

static bool in_memory(const struct seen_root *r)
{
    uint64_t entry;

    return seen_entry(r, r->paging->root, 0, &entry);
}

/* What is mapped from here to there, by a walk of every page; `linear` tables are not counted. */
static uint64_t bytes_by_walks(const struct drawn *d, const struct seen_root *r, uint64_t first,
                               uint64_t last)
{
    uint64_t sum = 0, at = first;

    for (;;) {
        struct xenpt_walk w;

        xenpt_walk(r->paging, d->view.mem, at, &w);
        assert_true(w.span);
        sum += w.outcome == XENPT_MAPPED ? w.span : 0;
        if (last - at < w.span)
            return sum;
        at = (at | (w.span - 1)) + 1;
    }
}

static void check_band(const struct drawn *d, const struct panel *p, const struct band *b)
{
    for (unsigned int c = 0; c < p->nr_columns; c++) {
        const struct seen_root *r = p->columns[c].root;
        const struct xenpt_format *f = &r->paging->format;

        if (!in_memory(r)) {
            assert_int_equal(b->look[c], LOOK_BAD);
            continue;
        }
        for (unsigned int i = b->first; i <= b->last; i++) {
            bool present = xenpt_entry_role(r->paging, f->top, entry_of(r, i)) != XENPT_HOLE;

            assert_true(b->look[c] == LOOK_MIXED || present == (b->look[c] != LOOK_EMPTY));
            assert_true(!present || !b->empty);
            /* Joined with another column: both lead to the same. */
            if (b->group[c] != c)
                assert_int_equal(xenpt_entry_target(r->paging, f->top, entry_of(r, i)),
                                 xenpt_entry_target(r->paging, f->top,
                                                    entry_of(p->columns[b->group[c]].root, i)));
        }
        if (!r->guest && b->look[c] != LOOK_SELF && !b->extent[c].linear && !b->extent[c].again &&
            !b->extent[c].bad)
            assert_int_equal(b->extent[c].bytes,
                             bytes_by_walks(d, r, root_slot_first(r, b->first),
                                            root_slot_first(r, b->last) |
                                                (XENPT_BIT(f->level[f->top].shift) - 1)));
    }
}

static void check_panel(const struct drawn *d, const struct seen_root *root)
{
    struct seen_roots one = { (struct seen_root *)(uintptr_t)root, 1 };
    struct panel *p = calloc(1, sizeof(*p));
    unsigned int next = 0;

    assert_non_null(p);
    assert_int_equal(panel_begin(p, &d->view, &one, NULL), XENPT_OK);
    for (unsigned int i = 0; i < p->nr_bands; i++) {
        assert_int_equal(p->bands[i].first, next);
        next = p->bands[i].last + 1;
        check_band(d, p, &p->bands[i]);
    }
    assert_int_equal(next, root->slots);
    panel_end(p);
    free(p);
}

/* All together: what is joined, and what is folded. */
static void check_together(const struct drawn *d, struct seen_roots *roots)
{
    struct panel *p = calloc(1, sizeof(*p));
    struct seen_roots some = { calloc(roots->nr, sizeof(struct seen_root)), 0 };
    size_t shown = 0;

    assert_non_null(p);
    assert_non_null(some.list);
    for (size_t i = 0; i < roots->nr; i++)
        if (roots->list[i].slots == roots->list[0].slots &&
            roots->list[i].guest == roots->list[0].guest)
            some.list[some.nr++] = roots->list[i];
    assert_int_equal(panel_begin(p, &d->view, &some, NULL), XENPT_OK);
    for (unsigned int i = 0; i < p->nr_bands; i++)
        check_band(d, p, &p->bands[i]);
    for (unsigned int c = 0; c < p->nr_columns; c++)
        shown += p->columns[c].nr;
    assert_int_equal(shown + p->left_out, some.nr);
    panel_end(p);
    free(some.list);
    free(p);
}

static void test_slots(void **state)
{
    (void)state;
    for (const char *const *name = drawn_captures; *name; name++) {
        struct seen_roots roots;
        struct drawn d;

        drawn_begin(&d, *name);
        assert_int_equal(roots_see(&roots, &d.view, &d.opt, NULL), XENPT_OK);
        for (size_t i = 0; i < roots.nr; i++)
            check_panel(&d, &roots.list[i]);
        check_together(&d, &roots);
        roots_forget(&roots);
        drawn_end(&d);
    }
}

/* More runs than a page has room for, alternating: none is lost. */
static void test_bands_fold(void **state)
{
    struct panel *p = calloc(1, sizeof(*p));
    uint64_t *table = calloc(1024, sizeof(*table));
    struct xenpt_reader mem;
    struct xenpt_context c = { .name = "striped" };
    struct xenpt_view view = { .mem = &mem, .contexts = &c, .nr_contexts = 1 };
    const struct xenpt_context *list[] = { &c };
    struct xenpt_draw_options opt = { .contexts = list, .nr_contexts = 1 };
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PG | XENPT_CR0_PE,
                               .cr4 = XENPT_CR4_PAE,
                               .efer = XENPT_EFER_LME | XENPT_EFER_LMA,
                               .cr3 = 0 };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct seen_roots roots;
    unsigned int next = 0;

    (void)state;
    assert_non_null(p);
    assert_non_null(table);
    mem = xenpt_reader_flat(table, 0, 8192);
    for (unsigned int i = 0; i < 512; i += 2)
        table[i] = 0x1000 | 3;
    assert_int_equal(xenpt_paging_init(&c.paging, &cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(roots_see(&roots, &view, &opt, NULL), XENPT_OK);
    assert_int_equal(panel_begin(p, &view, &roots, NULL), XENPT_OK);
    assert_in_range(p->nr_bands, 2, BANDS_MAX);
    for (unsigned int i = 0; i < p->nr_bands; i++) {
        assert_int_equal(p->bands[i].first, next);
        next = p->bands[i].last + 1;
    }
    assert_int_equal(next, 512);
    assert_true(p->folded);
    panel_end(p);
    roots_forget(&roots);
    free(table);
    free(p);
}

/* --- Trees --------------------------------------------------------------------------------- */

/* What a table has is the sum of its runs; runs do not overlap, and ascend. */
static void check_node(const struct nodes *n, const struct node *node)
{
    uint64_t bytes = 0, next = 0;
    bool exact = !node->extent.again && !node->extent.linear;

    for (size_t i = 0; i < node->nr_children; i++) {
        const struct node *child = &n->list[node->children + i];

        assert_true(child->first >= next);
        assert_true(child->last >= child->first);
        next = child->last + 1u;
        bytes += child->extent.bytes;
        assert_ptr_equal(&n->list[child->parent], node);
        if (node->kind != NODE_ROOT)
            assert_true(child->in >= node->in && child->in_last <= node->in_last);
    }
    if (node->kind == NODE_TABLE && node->nr_children && exact)
        assert_int_equal(bytes, node->extent.bytes);
}

static void test_tree(void **state)
{
    (void)state;
    for (const char *const *name = drawn_captures; *name; name++) {
        static const size_t limits[] = { 20, NODES_OF_A_PAGE, 5000 };
        struct drawn d;

        drawn_begin(&d, *name);
        for (unsigned int l = 0; l < 3; l++) {
            struct seen_roots roots;
            struct nodes n;

            assert_int_equal(roots_see(&roots, &d.view, &d.opt, NULL), XENPT_OK);
            assert_int_equal(nodes_make(&n, &d.view, &roots, limits[l], NULL), XENPT_OK);
            assert_in_range(n.nr, 1, limits[l]);
            for (size_t i = 0; i < n.nr; i++)
                check_node(&n, &n.list[i]);
            nodes_free(&n);
            roots_forget(&roots);
        }
        drawn_end(&d);
    }
}

/* --- Sharing ------------------------------------------------------------------------------- */

static void test_links(void **state)
{
    struct links l;
    struct drawn d;

    (void)state;
    for (const char *const *name = drawn_captures; *name; name++) {
        drawn_begin(&d, *name);
        assert_int_equal(links_make(&l, &d.view, &d.opt, NULL), XENPT_OK);
        for (size_t t = 0; t < l.nr_tables; t++)
            for (size_t s = 0; s < l.nr_sources; s++) {
                const struct link_table *table = &l.tables[t];
                const struct seen_root *r = l.sources[s].root;
                bool leads = false;

                for (unsigned int i = 0; !table->own && i < r->slots; i++)
                    leads |= xenpt_entry_role(r->paging, r->paging->format.top, entry_of(r, i)) ==
                                 XENPT_TABLE &&
                             xenpt_entry_target(r->paging, r->paging->format.top, entry_of(r, i)) ==
                                 table->target;
                if (!table->own && !r->guest && r->paging->root != table->target)
                    assert_int_equal(leads, link_has(&l, t, s));
            }
        links_free(&l);
        drawn_end(&d);
    }
}

/* --- Pictures ------------------------------------------------------------------------------ */

static const uint64_t addresses[] = { 0xffff830000000000, 0x401000, 0xffffffff81000000 };

static void test_same_bytes(void **state)
{
    (void)state;
    for (const char *const *name = drawn_captures; *name; name++) {
        struct drawn a, b;

        drawn_begin(&a, *name);
        drawn_begin(&b, *name);
        a.opt.in = b.opt.in = addresses;
        a.opt.nr_in = b.opt.nr_in = 3;
        for (unsigned int p = 0; p < XENPT_PICTURE_TIMELINE; p++) {
            assert_int_equal(drawn_draw(&a, p, XENPT_PICTURE_SVG, NULL), XENPT_OK);
            assert_int_equal(drawn_draw(&b, p, XENPT_PICTURE_SVG, NULL), XENPT_OK);
            assert_int_equal(a.used, b.used);
            assert_memory_equal(a.bytes, b.bytes, a.used);
            assert_in_range(a.used, 1000, 200000);
        }
        drawn_end(&a);
        drawn_end(&b);
    }
}

/* --- Exposure ------------------------------------------------------------------------------ */

/* What a row has to show: its name, and of each owner the bytes that can be read. */
struct shown {
    const char *svg;
    size_t rows, cells;
};

static bool is_shown(void *ctx, const struct xenpt_expose_row *row)
{
    struct shown *s = ctx;
    char hint[80];

    s->rows++;
    for (size_t i = 0; i < row->nr_cells; i++) {
        const struct xenpt_expose_cell *c = &row->cells[i];

        snprintf(hint, sizeof(hint), "0x%llx bytes to read, 0x%llx of them plain, 0x%llx to write",
                 (unsigned long long)c->bytes[0],
                 (unsigned long long)c->sight[XENPT_SIGHT_PLAINTEXT],
                 (unsigned long long)c->bytes[1]);
        assert_non_null(strstr(s->svg, hint));
        s->cells++;
    }
    return true;
}

static void test_exposure(void **state)
{
    static const enum xenpt_fear fears[] = { XENPT_FEAR_NONE, XENPT_FEAR_MELTDOWN };
    struct xenpt_expose_options opt = { 0 };
    struct xenpt_owners *owners;
    struct drawn d;

    (void)state;
    drawn_begin(&d, "deb-pv64-intel-hc-xen");
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_EXPOSURE, XENPT_PICTURE_SVG, NULL), XENPT_ESTATE);
    assert_int_equal(xenpt_image_owners(&d.view, d.roots, &owners, NULL), XENPT_OK);
    opt.contexts = d.contexts;
    opt.nr_contexts = d.nr;
    opt.owners = owners;
    d.opt.expose = &opt;
    for (size_t i = 0; i < sizeof(fears) / sizeof(fears[0]); i++) {
        struct shown s = { 0 };

        opt.threat = fears[i];
        assert_int_equal(drawn_draw(&d, XENPT_PICTURE_EXPOSURE, XENPT_PICTURE_SVG, NULL), XENPT_OK);
        d.bytes[d.used - 1] = '\0';
        s.svg = d.bytes;
        assert_int_equal(xenpt_expose(&d.view, &opt, is_shown, &s, NULL, NULL), XENPT_OK);
        assert_true(s.rows > 2 && s.cells > 4);
        assert_non_null(strstr(d.bytes, fears[i] ? "under meltdown" : "as the tables are"));
        /* A shade for what is all read, and one for what is read in part. */
        assert_non_null(strstr(d.bytes, "class=\"heat5"));
        assert_non_null(strstr(d.bytes, fears[i] ? "class=\"heat3" : "class=\"heat"));
    }
    xenpt_owners_free(owners);
    drawn_end(&d);
}

/* Where nobody knows how much there is, no cell says that it is a part of it. */
static void test_exposure_of_nobody_knows_what(void **state)
{
    const char *memory[] = { "memory" };
    struct xenpt_owned all = { .last = UINT64_C(0xfffffffffffff) };
    struct xenpt_owners owners = { .names = memory, .nr_names = 1, .pieces = &all, .nr_pieces = 1 };
    struct xenpt_expose_options opt = { .owners = &owners };
    size_t cells = 0;
    struct drawn d;

    (void)state;
    drawn_begin(&d, "deb-pv64-intel-hc-xen");
    opt.contexts = d.contexts;
    opt.nr_contexts = d.nr;
    d.opt.expose = &opt;
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_EXPOSURE, XENPT_PICTURE_SVG, NULL), XENPT_OK);
    d.bytes[d.used - 1] = '\0';
    assert_non_null(strstr(d.bytes, ">memory<"));
    assert_null(strstr(d.bytes, "4096T"));
    for (const char *at = d.bytes; (at = strstr(at, " bytes to read, 0x")); at++) {
        const char *box = at;

        while (strncmp(box, "<rect class=", 12) != 0)
            box--;
        assert_memory_equal(box + 12, strncmp(at - 4, ">0x0", 4) ? "\"system\"" : "\"paper\"", 7);
        cells++;
    }
    assert_true(cells > 4);
    drawn_end(&d);
}

static void test_refusals(void **state)
{
    struct xenpt_error err;
    struct drawn d;

    (void)state;
    drawn_begin(&d, "deb-pv64-amd-guest");
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_SLOTS, XENPT_PICTURE_DOT, &err),
                     XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "no graph"));
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_WALK, XENPT_PICTURE_SVG, &err), XENPT_ESTATE);
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_TIMELINE, XENPT_PICTURE_SVG, &err), XENPT_ESTATE);
    assert_int_equal(drawn_draw(&d, XENPT_NR_PICTURES, XENPT_PICTURE_SVG, &err),
                     XENPT_EUNSUPPORTED);
    d.opt.nr_contexts = 0;
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_SLOTS, XENPT_PICTURE_SVG, &err), XENPT_ESTATE);
    assert_int_equal(drawn_draw(&d, XENPT_PICTURE_SHARING, XENPT_PICTURE_SVG, &err), XENPT_ESTATE);
    assert_int_equal(d.used, 0);
    drawn_end(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_exposure),   cmocka_unit_test(test_slots),
    cmocka_unit_test(test_bands_fold), cmocka_unit_test(test_tree),
    cmocka_unit_test(test_links),      cmocka_unit_test(test_same_bytes),
    cmocka_unit_test(test_refusals),   cmocka_unit_test(test_exposure_of_nobody_knows_what),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
