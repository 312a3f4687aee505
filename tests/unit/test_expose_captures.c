/*
 * test_expose_captures.c - what contexts of real machines expose, against a map of each context
 * that follows every way to every page, page by page: the oracle.  And what XPTI leaves of Xen to
 * code of a guest's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/expose.h"
#include "xenpt/image.h"
#include "xenpt/map.h"
#include "xenpt/owners.h"

#define R  (1u << XENPT_R)
#define W  (1u << XENPT_W)
#define XS (1u << XENPT_XS)
#define XU (1u << XENPT_XU)
#define U  (1u << XENPT_U)

struct capture {
    struct xenpt_image *image;
    const struct xenpt_view *view;
    struct xenpt_roots *roots;
    const struct xenpt_root *root;
    size_t nr_roots;
    struct xenpt_owners *owners;
    struct xenpt_context *contexts;
    const struct xenpt_context **list;
    size_t nr;
};

static void capture_open(struct capture *c, const char *name)
{
    struct xenpt_error err = { 0 };
    char path[300];

    *c = (struct capture){ 0 };
    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &c->image, &err))
        fail_msg("%s: %s", name, err.text);
    c->view = xenpt_image_view(c->image);
    assert_int_equal(xenpt_roots_find(c->view, NULL, &c->roots, &err), XENPT_OK);
    c->nr_roots = xenpt_roots_list(c->roots, &c->root);
    assert_int_equal(xenpt_image_owners(c->view, c->roots, &c->owners, &err), XENPT_OK);
    c->contexts = calloc(c->nr_roots + c->view->nr_contexts, sizeof(*c->contexts));
    c->list = calloc(c->nr_roots + c->view->nr_contexts, sizeof(const struct xenpt_context *));
    for (size_t i = 0; i < c->view->nr_contexts; i++)
        c->contexts[c->nr++] = c->view->contexts[i];
    for (size_t i = 0; i < c->nr_roots; i++)
        if (!c->root[i].stale)
            c->contexts[c->nr++] = c->root[i].context;
    for (size_t i = 0; i < c->nr; i++)
        c->list[i] = &c->contexts[i];
}

static void capture_close(struct capture *c)
{
    free(c->contexts);
    free(c->list);
    xenpt_owners_free(c->owners);
    xenpt_roots_free(c->roots);
    xenpt_image_close(c->image);
}

/* --- The oracle: a byte for each frame of the machine --------------------------------------- */

#define FRAMES (UINT64_C(1) << 20) /* 4 GiB. */

struct oracle {
    const struct xenpt_context *c;
    enum xenpt_executor by;
    bool meltdown;
    uint8_t *can; /* By frame: XENPT_EXPOSE_*. */
};

/* A page, as the manuals have it: a user reads what has US at all levels, a supervisor all. */
static bool one_page(void *ctx, const struct xenpt_map_range *r)
{
    const struct oracle *o = ctx;
    bool user = o->by == XENPT_BY_USER ||
                (o->by == XENPT_BY_KERNEL && o->c->kind &&
                 (!strncmp(o->c->kind, "pv64", 4) || !strcmp(o->c->kind, "xpti")));
    unsigned int can = 0;

    if (o->c->has_cpu)
        user = o->c->cpl == 3;
    if (!user || r->rights & U) {
        can |= r->rights & R ? XENPT_EXPOSE_READ : 0;
        can |= r->rights & W ? XENPT_EXPOSE_WRITE : 0;
        can |= r->rights & (user ? XU : XS) ? XENPT_EXPOSE_EXECUTE : 0;
        if (o->c->paging.format.second_stage && r->rights & (XU | XS))
            can |= XENPT_EXPOSE_EXECUTE;
        if (!user && o->c->paging.regs.cr4 & XENPT_CR4_SMEP && r->rights & U)
            can &= ~(unsigned int)XENPT_EXPOSE_EXECUTE;
    }
    if (o->meltdown && r->rights & R)
        can |= XENPT_EXPOSE_READ;
    for (uint64_t at = r->maddr; at <= r->maddr + (r->last - r->first); at += 4096)
        if (at >> 12 < FRAMES)
            o->can[at >> 12] |= (uint8_t)can;
    return true;
}

static void enumerate(const struct capture *c, struct oracle *o)
{
    const struct xenpt_map_options every = {
        .leaves = true,
        .unfold = true,
        .last = o->c->kind && !strcmp(o->c->kind, "pv32") && o->by != XENPT_BY_XEN ? UINT32_MAX : 0,
        .kinds = 1u << XENPT_MAP_PAGES
    };

    memset(o->can, 0, FRAMES);
    assert_int_equal(xenpt_map(c->view, o->c, &every, one_page, o, NULL, NULL), XENPT_OK);
}

struct comparison {
    const struct capture *c;
    struct oracle oracle;
    const char *name;
    size_t rows;
};

static uint32_t owner_of(const struct xenpt_owners *o, uint64_t at)
{
    for (size_t i = 0; i < o->nr_pieces; i++)
        if (o->pieces[i].first <= at && at <= o->pieces[i].last)
            return o->pieces[i].owner;
    return XENPT_OWNER_NONE;
}

/* Each byte that one says, the other says; and sums are sums of frames. */
static bool one_row(void *ctx, const struct xenpt_expose_row *row)
{
    struct comparison *x = ctx;
    uint64_t bytes[XENPT_EXPOSE_KINDS] = { 0 }, cells[XENPT_EXPOSE_KINDS] = { 0 }, next = 0;

    x->oracle.c = row->context;
    x->oracle.by = row->by;
    enumerate(x->c, &x->oracle);
    for (size_t i = 0; i < row->nr_pieces; i++) {
        const struct xenpt_expose_piece *p = &row->pieces[i];

        assert_true(p->first >= next && p->last > p->first);
        next = p->last + 1;
        assert_int_equal(p->owner, owner_of(x->c->owners, p->first));
        for (uint64_t at = p->first; at < p->last && at >> 12 < FRAMES; at += 4096) {
            if (x->oracle.can[at >> 12] != p->can)
                fail_msg("%s: %s by %s: frame 0x%llx: %x, and %x by the map", x->name,
                         row->context->name, xenpt_executor_name(row->by),
                         (unsigned long long)at >> 12, p->can, x->oracle.can[at >> 12]);
            for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
                bytes[k] += p->can >> k & 1 ? 4096 : 0;
        }
    }
    for (uint64_t f = 0; f < FRAMES; f++)
        for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
            if (x->oracle.can[f] >> k & 1)
                bytes[k] -= 4096;
    for (size_t i = 0; i < row->nr_cells; i++)
        for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
            cells[k] += row->cells[i].bytes[k];
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++) {
        uint64_t sum = 0;

        assert_int_equal(bytes[k], 0);
        for (size_t i = 0; i < row->nr_pieces; i++)
            if (row->pieces[i].can >> k & 1)
                sum += row->pieces[i].last - row->pieces[i].first + 1;
        assert_int_equal(sum, cells[k]);
    }
    x->rows++;
    return true;
}

static void test_oracle(void **state)
{
    static const char *const names[] = {
        "bochs-rel-xpti-pcid-user-user", "bochs-rel-noxpti-pcid-guest",
        "deb-pv64-amd-xpti-guest",       "rel-pv32-amd-guest",
        "bochs-pvhd0-ept-guest",         "rel-sh64-amd-guest"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (int meltdown = 0; meltdown < 2; meltdown++) {
            struct comparison x = { .name = names[i], .oracle.meltdown = meltdown };
            struct capture c;
            struct xenpt_expose_options opt = { .threat = meltdown ? XENPT_FEAR_MELTDOWN
                                                                   : XENPT_FEAR_NONE };

            capture_open(&c, names[i]);
            x.c = &c;
            x.oracle.can = calloc(FRAMES, 1);
            opt.contexts = c.list;
            opt.nr_contexts = c.nr;
            opt.owners = c.owners;
            assert_int_equal(xenpt_expose(c.view, &opt, one_row, &x, NULL, NULL), XENPT_OK);
            assert_true(x.rows >= (meltdown ? 1 : 3));
            print_message("    %s: %zu rows\n", names[i], x.rows);
            free(x.oracle.can);
            capture_close(&c);
        }
}

/* --- What is left of Xen -------------------------------------------------------------------- */

struct left {
    const struct xenpt_owners *owners;
    const char *owner;
    uint64_t read[2]; /* By cpu0's own code, and by Xen on a guest's L4 or its own. */
};

static uint64_t read_of(const struct left *l, const struct xenpt_expose_row *row, const char *name)
{
    for (size_t i = 0; i < row->nr_cells; i++)
        if (row->cells[i].owner != XENPT_OWNER_NONE &&
            !strcmp(l->owners->names[row->cells[i].owner], name))
            return row->cells[i].bytes[0];
    return 0;
}

static bool note_left(void *ctx, const struct xenpt_expose_row *row)
{
    struct left *l = ctx;

    if (!strcmp(row->context->name, "cpu0"))
        l->read[0] = read_of(l, row, l->owner);
    if (row->by == XENPT_BY_XEN && row->context->kind && !strcmp(row->context->kind, "idle"))
        l->read[1] = read_of(l, row, l->owner);
    return true;
}

static struct left look(const char *name, const char *owner, enum xenpt_fear threat)
{
    struct left l = { .owner = owner };
    struct capture c;
    struct xenpt_expose_options opt = { .threat = threat };

    capture_open(&c, name);
    opt.contexts = c.list;
    opt.nr_contexts = c.nr;
    opt.owners = l.owners = c.owners;
    assert_int_equal(xenpt_expose(c.view, &opt, note_left, &l, NULL, NULL), XENPT_OK);
    opt.threat = XENPT_FEAR_NONE;
    if (threat) {
        uint64_t read = l.read[0];

        assert_int_equal(xenpt_expose(c.view, &opt, note_left, &l, NULL, NULL), XENPT_OK);
        l.read[0] = read;
    }
    capture_close(&c);
    return l;
}

/*
 * With XPTI user code under Meltdown reads of Xen the read-only M2P (2 MiB on these hosts), entry
 * code, stubs, stacks and descriptors; without, whatever Xen reads itself, to the byte.  Of the
 * rest of RAM it reads a page of descriptors.  But a kernel whose L4 leads to itself has all of
 * that L4 behind its own slot, Xen's slots as well: the first 4 KiB of each large page of the
 * directmap are mapped there, and Xen's tables.
 */
static void test_xpti(void **state)
{
    static const struct {
        const char *name;
        bool xpti;
        uint64_t rest; /* At most. */
    } rows[] = {
        { "bochs-rel-xpti-pcid-user-user", true, 4096 },
        { "deb-pv64-amd-xpti-guest", true, 1 << 20 },
        { "bochs-rel-noxpti-pcid-guest", false, 0 },
        { "deb-pv64-intel-noxpti-guest", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct left xen = look(rows[i].name, "xen", XENPT_FEAR_MELTDOWN);
        struct left rest = look(rows[i].name, "unknown", XENPT_FEAR_MELTDOWN);

        print_message(
            "    %s: of xen %lluK of %lluK, of the rest %lluK of %lluK\n", rows[i].name,
            (unsigned long long)xen.read[0] / 1024, (unsigned long long)xen.read[1] / 1024,
            (unsigned long long)rest.read[0] / 1024, (unsigned long long)rest.read[1] / 1024);
        if (rows[i].xpti) {
            assert_true(xen.read[0] >= 2 << 20 && xen.read[0] < 3 << 20);
            assert_true(rest.read[0] <= rows[i].rest);
            assert_true(rest.read[1] > 200 << 20);
        } else {
            assert_int_equal(xen.read[0], xen.read[1]);
            assert_true(rest.read[0] == rest.read[1] && rest.read[1] > 200 << 20);
        }
    }
}

/* --- Whose it is ---------------------------------------------------------------------------- */

/* What a guest's own context writes of Xen's, and reads of its own; and what Xen reads of that. */
struct own {
    const struct xenpt_owners *owners;
    uint64_t writes_xen, reads_own, xen_reads;
};

static bool note_own(void *ctx, const struct xenpt_expose_row *row)
{
    bool guest = !strcmp(row->context->name, "cpu0");
    bool idle = row->context->kind && !strcmp(row->context->kind, "idle");
    struct own *o = ctx;

    for (size_t i = 0; i < row->nr_cells; i++) {
        const struct xenpt_expose_cell *c = &row->cells[i];
        const char *owner = c->owner == XENPT_OWNER_NONE ? "none" : o->owners->names[c->owner];

        if (guest && !strcmp(owner, "xen"))
            o->writes_xen += c->bytes[1];
        if (guest && !strncmp(owner, "0x", 2))
            o->reads_own += c->bytes[0];
        if (idle && !strncmp(owner, "0x", 2))
            o->xen_reads += c->bytes[0];
    }
    return true;
}

/*
 * A guest writes to no frame of Xen's; and of what is a guest's Xen's directmap has as much as the
 * guest does.  Linear page tables, which have large pages as small ones, make neither of the two.
 */
static void test_owners(void **state)
{
    static const char *const names[] = { "bochs-rel-xpti-pcid-user-user",
                                         "bochs-rel-noxpti-pcid-guest", "deb-pv64-amd-xpti-guest",
                                         "deb-pv64-intel-noxpti-guest" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct xenpt_expose_options opt = { .threat = XENPT_FEAR_NONE };
        struct capture c;
        struct own o = { 0 };

        capture_open(&c, names[i]);
        opt.contexts = c.list;
        opt.nr_contexts = c.nr;
        opt.owners = o.owners = c.owners;
        assert_int_equal(xenpt_expose(c.view, &opt, note_own, &o, NULL, NULL), XENPT_OK);
        assert_int_equal(o.writes_xen, 0);
        assert_true(o.reads_own > 1 << 20);
        assert_int_equal(o.reads_own, o.xen_reads);
        capture_close(&c);
    }
}

/*
 * A Linux dom0 of two vCPUs has Xen map a page of each, where its code asks for it (vcpu_info):
 * whose those are, no table tells.
 */
static void test_several(void **state)
{
    struct capture c;
    uint64_t several = 0;

    (void)state;
    capture_open(&c, "rel-sh64-amd-guest");
    for (size_t i = 0; i < c.owners->nr_pieces; i++)
        if (!strcmp(c.owners->names[c.owners->pieces[i].owner], "several"))
            several += c.owners->pieces[i].last - c.owners->pieces[i].first + 1;
    assert_int_equal(several, 2 * 4096);
    capture_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle),
        cmocka_unit_test(test_xpti),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
