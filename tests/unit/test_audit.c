/*
 * test_audit.c - invariants of a memory image: a machine holds all of them, and one whose entry was
 * written to breaks the one that forbids it, at that entry.
 *
 * Entries are found by the machine's own contexts, and not by anything that an audit looks at; the
 * audit sees a core, as of a real machine.
 */
#include "machine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xen/internal.h"
#include "xenpt/audit.h"
#include "xenpt/audit_roots.h"
#include "xenpt/image.h"
#include "xenpt/map.h"

#define RW     XENPT_BIT(1)
#define US     XENPT_BIT(2)
#define PS     XENPT_BIT(7)
#define NX     XENPT_BIT(63)
#define BIT(i) (1u << XENPT_AUDIT_##i)
#define FOUND  16
#define IDLE   "idle"
#define SELF   300u /* A guest's slot of a root that no builder uses. */
#define JUDGED (BIT(TABLES) | BIT(MEMORY) | BIT(SLOTS) | BIT(LINEAR) | BIT(M2P) | BIT(LEGAL))

/* --- A core of a machine, and what is found in it ------------------------------------------ */

struct core {
    struct world w;
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    struct xenpt_audit_roots *known;
    struct xenpt_audit_result results[XENPT_NR_AUDITS];
    struct xenpt_audit_finding found[FOUND];
    bool runs;
    unsigned int nr, which; /* Of findings; a bit for each invariant that is broken. */
};

static const char model[] = HOST("skylake-server")
    XEN("4.17", "xpti=no") "domains:\n"
                           "  d0: { type: pv64, memory: 32M, privileged: yes }\n"
                           "  d1: { type: pv64, memory: 16M }\n"
                           "  d2: { type: pv32, memory: 16M }\n"
                           "  d3: { type: pvh, memory: 16M }\n"
                           "  d4: { type: hvm, memory: 16M, paging: shadow }\n";

static bool put(void *ctx, const char *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n;
}

static bool note(void *ctx, const struct xenpt_audit_finding *f)
{
    struct core *c = ctx;

    c->which |= 1u << f->which;
    if (c->nr < FOUND)
        c->found[c->nr] = *f;
    c->nr++;
    return true;
}

static void save(struct core *c, const char *path, bool contents)
{
    static const char *const names[] = { "cpu0", "cpu1" };
    const struct xenpt_context *cpus[2];
    size_t nr = 0;
    struct xenpt_image_run more[64];
    struct xenpt_image_write_options opt = { .more = more };
    struct xenpt_ram_range piece;
    FILE *file = fopen(path, "wb");
    struct xenpt_error err;

    assert_non_null(file);
    for (size_t i = 0; contents && i < 64 && xenpt_machine_computed(c->w.machine, i, &piece); i++)
        more[opt.nr_more++] = (struct xenpt_image_run){ .first = piece.first, .last = piece.last };
    for (; c->runs && nr < 2; nr++)
        cpus[nr] = context(&c->w, names[nr]);
    assert_int_equal(xenpt_image_write(c->w.view, cpus, nr, &opt, put, file, NULL, &err), XENPT_OK);
    assert_int_equal(fclose(file), 0);
}

static void audit(struct core *c, bool contents)
{
    char path[] = "/tmp/test_audit.XXXXXX";
    struct xenpt_error err = { 0 };
    const struct xenpt_view *view;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    save(c, path, contents);
    assert_int_equal(xenpt_image_open(path, NULL, &c->image, &err), XENPT_OK);
    unlink(path);
    view = xenpt_image_view(c->image);
    assert_int_equal(xenpt_roots_find(view, NULL, &c->roots, &err), XENPT_OK);
    assert_int_equal(xenpt_audit_roots_create(view, c->roots, &c->known, &err), XENPT_OK);
    assert_int_equal(
        xenpt_audit(view, xenpt_audit_roots_facts(c->known), 0, note, c, c->results, &err),
        XENPT_OK);
}

static void begin(struct core *c)
{
    *c = (struct core){ 0 };
    build(&c->w, model);
}

/* A root that a CPU runs on is none that was given back, whoever can write to it. */
static void run_there(struct core *c, const char *name)
{
    struct xenpt_error err;

    c->runs = true;
    assert_int_equal(xenpt_machine_enter(c->w.machine, name, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(c->w.machine, &c->w.view, &err), XENPT_OK);
}

static void finish(struct core *c)
{
    xenpt_audit_roots_free(c->known);
    xenpt_roots_free(c->roots);
    xenpt_image_close(c->image);
    end(&c->w);
}

/* --- Entries of the machine ---------------------------------------------------------------- */

struct place {
    uint64_t in, at, entry;
};

static uint64_t root_of(const struct core *c, const char *name)
{
    return context(&c->w, name)->paging.root & ADDR;
}

static struct place place(const struct core *c, const char *name, uint64_t in, unsigned int level)
{
    struct xenpt_walk walk;

    xenpt_walk(&context(&c->w, name)->paging, c->w.view->mem, in, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            return (struct place){ in, walk.step[i].at, walk.step[i].entry };
    fail_msg("%s: no entry of level %u at %lx", name, level, (unsigned long)in);
    return (struct place){ 0 };
}

struct search {
    uint64_t maddr, in;
    bool found;
};

static bool is_it(void *ctx, const struct xenpt_map_range *r)
{
    struct search *s = ctx;

    if (!(r->rights >> XENPT_U & 1 || r->first >> 32 == 0) || s->maddr < r->maddr ||
        s->maddr - r->maddr > r->last - r->first)
        return true;
    s->in = r->first + (s->maddr - r->maddr);
    s->found = true;
    return false;
}

/* Where user code, or a PV guest's kernel, has a frame. */
static uint64_t address_of(const struct core *c, const char *name, uint64_t maddr)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES };
    struct search s = { .maddr = maddr };
    struct xenpt_error err;

    (void)!xenpt_map(c->w.view, context(&c->w, name), &opt, is_it, &s, NULL, &err);
    assert_true(s.found);
    return s.in;
}

static void poke(const struct core *c, struct place p, uint64_t value)
{
    assert_int_equal(xenpt_store_write64(c->w.machine->store, p.at, value, NULL), XENPT_OK);
}

static struct place slot_of_root(const struct core *c, const char *name, unsigned int nr)
{
    uint64_t at = root_of(c, name) + nr * 8;
    uint64_t in = (uint64_t)nr << 39;

    return (struct place){ nr < 256 ? in : in | XENPT_BITS(63, 48), at, slot(&c->w, name, nr) };
}

/* One invariant is broken, by this entry and no other. */
static void only(const struct core *c, unsigned int which, struct place p, uint64_t value,
                 const char *text)
{
    const struct xenpt_audit_finding *f = &c->found[0];
    struct xenpt_walk walk;
    bool through = false;

    if (c->which != which)
        fail_msg("broken are %x: %s", c->which, c->nr ? f->text : "nothing");
    assert_int_equal(c->nr, 1);
    assert_int_equal(f->at, p.at);
    assert_int_equal(f->in, p.in);
    assert_int_equal(f->entry, value);
    assert_int_equal(f->nr, 1);
    if (!strstr(f->text, text))
        fail_msg("'%s' has no '%s'", f->text, text);
    xenpt_walk(&f->context->paging, xenpt_image_view(c->image)->mem, f->in, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        through |= walk.step[i].at == f->at && walk.step[i].entry == value;
    assert_true(through);
}

/* --- What holds ---------------------------------------------------------------------------- */

static void all_hold(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++) {
        assert_true(c.results[i].asked);
        assert_int_equal(c.results[i].judged, JUDGED >> i & 1);
        assert_int_equal(!c.results[i].why_not, JUDGED >> i & 1);
    }
    /* Each frame of the guests' under a second stage. */
    assert_true(c.results[XENPT_AUDIT_M2P].looked >= (16 + 16) << 8);
    assert_int_equal(c.results[XENPT_AUDIT_M2P].unread, 0);
    finish(&c);
}

/* The last page of an image without sections has memory behind it that guests are given. */
static void what_follows_an_image(void **state)
{
    struct core c = { 0 };

    (void)state;
    build(&c.w, "host: { ram: 1G, cpus: 2, processor: skylake-server }\n"
                "xen: { release: \"4.6\" }\n"
                "domains:\n"
                "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                "  d1: { type: hvm, paging: shadow, memory: 32M }\n");
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    finish(&c);
}

static void without_m2p_it_is_not_judged(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    audit(&c, false);
    assert_int_equal(c.nr, 0);
    assert_false(c.results[XENPT_AUDIT_M2P].judged);
    assert_non_null(strstr(c.results[XENPT_AUDIT_M2P].why_not, "not in this memory"));
    finish(&c);
}

/* --- I1 ------------------------------------------------------------------------------------ */

/* The builder maps a guest's tables for it, read-only. */
static void own_table_writable(void **state)
{
    static const char *const names[] = { "d1.v0.kernel", "d2.v0.kernel" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct core c;
        struct place p;
        uint64_t table;

        begin(&c);
        if (!i)
            run_there(&c, names[i]);
        /* A 32-bit guest's own are below Xen's L4. */
        table = i ? slot(&c.w, names[i], 0) & ADDR : root_of(&c, names[i]);
        p = place(&c, names[i], address_of(&c, names[i], table), 1);
        assert_false(p.entry & RW);
        poke(&c, p, p.entry | RW);
        audit(&c, true);
        only(&c, BIT(TABLES), p, p.entry | RW, i ? "an L3 of" : "an L4 of");
        assert_int_equal(c.found[0].maddr, table);
        finish(&c);
    }
}

/* By one way it can be read alone, by another that comes later it can be written. */
static void each_way_counts(void **state)
{
    const char *const name = "d1.v0.kernel";
    struct core c;
    struct place p, high;

    (void)state;
    begin(&c);
    run_there(&c, name);
    p = place(&c, name, address_of(&c, name, root_of(&c, name)), 1);
    high = slot_of_root(&c, name, (unsigned int)(p.in >> 39 & 511));
    assert_true(high.entry & RW);
    poke(&c, p, p.entry | RW);
    poke(&c, slot_of_root(&c, name, 1), high.entry & ~RW);
    audit(&c, true);
    only(&c, BIT(TABLES), p, p.entry | RW, "an L4 of");
    finish(&c);
}

/* XSA-148: a larger page over tables. */
static void table_in_a_larger_page(void **state)
{
    struct core c;
    struct place p;
    uint64_t in, value;

    (void)state;
    begin(&c);
    run_there(&c, "d1.v0.kernel");
    in = address_of(&c, "d1.v0.kernel", root_of(&c, "d1.v0.kernel"));
    p = place(&c, "d1.v0.kernel", in & ~XENPT_BITS(20, 0), 2);
    value = (root_of(&c, "d1.v0.kernel") & ~XENPT_BITS(20, 0)) | P | RW | US | PS;
    poke(&c, p, value);
    audit(&c, true);
    assert_true(c.which & BIT(TABLES));
    assert_int_equal(c.found[0].at, p.at);
    assert_int_equal(c.found[0].entry, value);
    finish(&c);
}

static void table_in_a_guests_memory(void **state)
{
    struct core c;
    struct place p;
    uint64_t value;

    (void)state;
    begin(&c);
    p = place(&c, "d3.p2m", 0x5000, 1);
    value = (p.entry & ~ADDR) | root_of(&c, "d1.v0.kernel");
    poke(&c, p, value);
    audit(&c, false);
    only(&c, BIT(TABLES), p, value, "an L4 of");
    finish(&c);
}

/* A frame that is in a GDT is not to be written, as if it were a table. */
static void descriptors_writable(void **state)
{
    struct core c;
    struct place page;
    uint64_t maddr;

    (void)state;
    begin(&c);
    rights(&c.w, "d1.v0.kernel",
           address_of(&c, "d1.v0.kernel", (c.w.machine->domains[1].memory[0].first + 64) << 12),
           &maddr);
    page = place(&c, "d1.v0.kernel", address_of(&c, "d1.v0.kernel", maddr), 1);
    assert_true(page.entry & RW);
    /* Of the first page of the vCPU's GDT. */
    {
        struct xenpt_walk walk;

        xenpt_walk(&context(&c.w, "d1.v0.kernel")->paging, c.w.view->mem,
                   UINT64_C(0xffff820000000000), &walk);
        assert_int_equal(walk.step[walk.nr_steps - 1].level, 1);
        poke(&c, (struct place){ .at = walk.step[walk.nr_steps - 1].at }, maddr | P | RW);
    }
    audit(&c, true);
    only(&c, BIT(TABLES), page, page.entry, "in a GDT");
    finish(&c);
}

/* --- I2 ------------------------------------------------------------------------------------ */

static void xens_memory_in_a_guest(void **state)
{
    static const struct {
        const char *context;
        uint64_t in;
    } of[] = { { "d1.v0.kernel", 0 }, { "d3.p2m", 0x5000 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct core c;
        struct place p;
        uint64_t value, in, image;

        begin(&c);
        in = of[i].in ? of[i].in
                      : address_of(&c, of[i].context,
                                   (c.w.machine->domains[1].memory[0].first + 64) << 12);
        p = place(&c, of[i].context, in, 1);
        rights(&c.w, IDLE, UINT64_C(0xffff82d040200000), &image);
        value = (p.entry & ~(ADDR | (i ? 0 : RW))) | image;
        poke(&c, p, value);
        audit(&c, false);
        only(&c, BIT(MEMORY), p, value, i ? "can be written: it is Xen's" : "can be read");
        assert_int_equal(c.found[0].maddr, image);
        finish(&c);
    }
}

static void table_of_another_domain(void **state)
{
    struct core c;
    struct place own, other;
    uint64_t value;

    (void)state;
    begin(&c);
    own = place(&c, "d0.v0.kernel", address_of(&c, "d0.v0.kernel", root_of(&c, "d0.v0.kernel")), 3);
    other = place(&c, "d1.v0.kernel", address_of(&c, "d1.v0.kernel", root_of(&c, "d1.v0.kernel")),
                  3);
    value = (other.entry & ADDR) | (own.entry & ~ADDR);
    own.at += 8;
    own.in += XENPT_BIT(30);
    poke(&c, own, value);
    audit(&c, true);
    assert_int_equal(c.which, BIT(MEMORY));
    assert_non_null(strstr(c.found[0].text, "leads to the table"));
    /* One of both does not own it: which, the frametable would say. */
    assert_true(c.found[0].at == own.at || c.found[0].at == other.at);
    finish(&c);
}

/* --- I3 ------------------------------------------------------------------------------------ */

static void slots_of_xen(void **state)
{
    static const struct {
        const char *context;
        unsigned int nr;
        uint64_t flip;
        const char *text;
    } of[] = {
        { "d1.v0.kernel", 261, RW, "slot 261 is for xen-private" },
        { "d1.v0.kernel", 262, NX, "slot 262 is for directmap" },
        { "d1.v0.kernel", 258, US, "slot 258 is for guest-linear" },
        { "d1.v0.kernel", 260, RW, "slot 260 is for per-domain" },
        { "d2.v0.kernel", 400, 0x1000 | P, "slot 400 is for" },
        { "d3.v0.xen", 261, US, "slot 261 is for xen-private" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;

        begin(&c);
        p = slot_of_root(&c, of[i].context, of[i].nr);
        poke(&c, p, p.entry ^ of[i].flip);
        audit(&c, true);
        if (!(c.which & BIT(SLOTS)))
            fail_msg("%s: slot %u: nothing", of[i].context, of[i].nr);
        assert_int_equal(c.found[0].at, p.at);
        assert_int_equal(c.found[0].entry, p.entry ^ of[i].flip);
        if (!strstr(c.found[0].text, of[i].text))
            fail_msg("'%s' has no '%s'", c.found[0].text, of[i].text);
        finish(&c);
    }
}

/* A and D are the processor's; and M2P is taken out of the root of a guest that wants it so. */
static void slots_that_may_differ(void **state)
{
    struct core c;
    struct place p;

    (void)state;
    begin(&c);
    p = slot_of_root(&c, "d1.v0.kernel", 261);
    poke(&c, p, p.entry & ~XENPT_BITS(6, 5));
    poke(&c, slot_of_root(&c, "d1.v0.kernel", 256), 0);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    finish(&c);
}

/* --- I4 ------------------------------------------------------------------------------------ */

static void linear(void **state)
{
    static const struct {
        const char *in, *to;
        uint64_t flags;
        const char *text; /* NULL: it may be there. */
    } of[] = {
        { "d1.v0.kernel", "d1.v0.kernel", P | US, NULL },
        { "d1.v0.kernel", "d1.v0.user", P | US, NULL },
        { "d1.v0.kernel", "d1.v0.kernel", P | US | RW, "can be written through" },
        { "d1.v0.kernel", "d0.v0.kernel", P | US, "of another domain" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;
        uint64_t value;

        begin(&c);
        p = slot_of_root(&c, of[i].in, SELF);
        value = root_of(&c, of[i].to) | of[i].flags;
        poke(&c, p, value);
        audit(&c, true);
        if (!of[i].text) {
            assert_int_equal(c.nr, 0);
            assert_true(c.results[XENPT_AUDIT_LINEAR].looked);
        } else {
            assert_true(c.which & BIT(LINEAR));
            for (unsigned int k = 0; k < c.nr && k < FOUND; k++)
                if (c.found[k].which == XENPT_AUDIT_LINEAR) {
                    assert_int_equal(c.found[k].at, p.at);
                    assert_int_equal(c.found[k].in, p.in);
                    assert_non_null(strstr(c.found[k].text, of[i].text));
                }
        }
        finish(&c);
    }
}

/* XSA-240: two deep. */
static void linear_and_on(void **state)
{
    struct core c;
    struct place a, b;

    (void)state;
    begin(&c);
    a = slot_of_root(&c, "d1.v0.kernel", SELF);
    b = slot_of_root(&c, "d1.v0.user", SELF);
    poke(&c, a, root_of(&c, "d1.v0.user") | P | US);
    poke(&c, b, root_of(&c, "d1.v0.kernel") | P | US);
    audit(&c, true);
    assert_int_equal(c.which, BIT(LINEAR));
    assert_int_equal(c.nr, 2);
    assert_int_equal(c.found[0].at, a.at);
    assert_int_equal(c.found[1].at, b.at);
    assert_non_null(strstr(c.found[0].text, "leads to one more of its level"));
    finish(&c);
}

/* A table may have an entry to itself, and be led to by another. */
static void linear_to_one_with_itself(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    poke(&c, slot_of_root(&c, "d1.v0.kernel", SELF), root_of(&c, "d1.v0.user") | P | US);
    poke(&c, slot_of_root(&c, "d1.v0.user", SELF), root_of(&c, "d1.v0.user") | P | US);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    assert_int_equal(c.results[XENPT_AUDIT_LINEAR].looked, 2);
    finish(&c);
}

/* XSA-185: an L3 of a 32-bit guest. */
static void linear_in_32_bits(void **state)
{
    struct core c;
    struct place p;
    uint64_t l3;

    (void)state;
    begin(&c);
    l3 = slot(&c.w, "d2.v0.kernel", 0) & ADDR;
    p = (struct place){ .in = UINT64_C(2) << 30, .at = l3 + 16 };
    poke(&c, p, l3 | P | US);
    audit(&c, true);
    assert_true(c.which & BIT(LINEAR));
    assert_int_equal(c.found[0].at, p.at);
    assert_non_null(strstr(c.found[0].text, "may not have there"));
    finish(&c);
}

/* --- I7 ------------------------------------------------------------------------------------ */

static void frames_change_places(void **state)
{
    struct core c;
    struct place a, b;

    (void)state;
    begin(&c);
    a = place(&c, "d3.p2m", 0x5000, 1);
    b = place(&c, "d3.p2m", 0x8000, 1);
    poke(&c, a, b.entry);
    poke(&c, b, a.entry);
    audit(&c, true);
    assert_int_equal(c.which, BIT(M2P));
    assert_int_equal(c.nr, 2);
    assert_int_equal(c.found[0].at, a.at);
    assert_int_equal(c.found[0].in, 0x5000);
    assert_int_equal(c.found[1].at, b.at);
    assert_non_null(strstr(c.found[0].text, "is guest frame 0x5, and M2P says 0x8"));
    finish(&c);
}

/* Neighbours of which the same is to be said are one finding. */
static void neighbours_are_one(void **state)
{
    struct core c;
    struct place p[4];

    (void)state;
    begin(&c);
    for (unsigned int i = 0; i < 4; i++)
        p[i] = place(&c, "d3.p2m", 0x5000 + i * 0x1000, 1);
    for (unsigned int i = 0; i < 4; i++)
        poke(&c, p[i], p[3 - i].entry);
    audit(&c, true);
    assert_int_equal(c.nr, 1);
    assert_int_equal(c.found[0].at, p[0].at);
    assert_int_equal(c.found[0].nr, 4);
    finish(&c);
}

/* --- I9 ------------------------------------------------------------------------------------ */

static void entries_that_are_refused(void **state)
{
    static const struct {
        const char *context;
        unsigned int level;
        uint64_t in, clear, set;
    } of[] = {
        { "d1.v0.kernel", 3, 0, 0, PS | XENPT_BIT(13) }, /* A page of 1 GiB that is not aligned. */
        { "d3.p2m", 1, 0x5000, 1, 0 },                   /* EPT: W without R. */
        { "d3.p2m", 2, 0x5000, 0, XENPT_BIT(3) },        /* EPT: bits 6:3 of a table. */
        { IDLE, 2, 0xffff830000000000, 0, PS | XENPT_BIT(13) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;
        uint64_t value, in;

        begin(&c);
        in = of[i].in ? of[i].in : address_of(&c, of[i].context, root_of(&c, of[i].context));
        in &= ~XENPT_BITS(29, 0) | (of[i].level == 3 ? 0 : XENPT_BITS(29, 12));
        p = place(&c, of[i].context, in, of[i].level);
        value = (p.entry & ~of[i].clear) | of[i].set;
        poke(&c, p, value);
        audit(&c, false);
        if (!(c.which & BIT(LEGAL)))
            fail_msg("case %zu: nothing", i);
        for (unsigned int k = 0; k < c.nr && k < FOUND; k++)
            if (c.found[k].which == XENPT_AUDIT_LEGAL) {
                assert_int_equal(c.found[k].at, p.at);
                assert_int_equal(c.found[k].entry, value);
                assert_int_equal(c.found[k].level, of[i].level);
            }
        finish(&c);
    }
}

/* Entries that Xen has marked, to work out what is below when it is touched. */
static void entries_that_ask(void **state)
{
    struct core c;
    struct place p;

    (void)state;
    begin(&c);
    p = place(&c, "d3.p2m", 0x5000, 2);
    poke(&c, p, p.entry | XENPT_BITS(5, 3));
    audit(&c, false);
    assert_int_equal(c.nr, 0);
    finish(&c);
}

/* --- Asking -------------------------------------------------------------------------------- */

static bool stop(void *ctx, const struct xenpt_audit_finding *f)
{
    (void)f;
    ++*(unsigned int *)ctx;
    return false;
}

static void only_what_is_asked(void **state)
{
    struct core c;
    struct place p;
    struct xenpt_error err;
    unsigned int times = 0;
    const struct xenpt_audit_facts *facts;

    (void)state;
    begin(&c);
    p = slot_of_root(&c, "d1.v0.kernel", 261);
    poke(&c, p, p.entry ^ RW);
    p = slot_of_root(&c, "d2.v0.kernel", 400);
    poke(&c, p, 0x1001);
    audit(&c, false);
    assert_true(c.which & BIT(SLOTS));
    facts = xenpt_audit_roots_facts(c.known);
    c.which = c.nr = 0;
    assert_int_equal(xenpt_audit(xenpt_image_view(c.image), facts, JUDGED & ~BIT(SLOTS), note, &c,
                                 c.results, &err),
                     XENPT_OK);
    assert_false(c.which & BIT(SLOTS));
    assert_false(c.results[XENPT_AUDIT_SLOTS].asked);
    assert_int_equal(
        xenpt_audit(xenpt_image_view(c.image), facts, 0, stop, &times, c.results, &err),
        XENPT_ESTOPPED);
    assert_int_equal(times, 1);
    finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hold),
        cmocka_unit_test(without_m2p_it_is_not_judged),
        cmocka_unit_test(what_follows_an_image),
        cmocka_unit_test(own_table_writable),
        cmocka_unit_test(each_way_counts),
        cmocka_unit_test(table_in_a_larger_page),
        cmocka_unit_test(table_in_a_guests_memory),
        cmocka_unit_test(descriptors_writable),
        cmocka_unit_test(xens_memory_in_a_guest),
        cmocka_unit_test(table_of_another_domain),
        cmocka_unit_test(slots_of_xen),
        cmocka_unit_test(linear),
        cmocka_unit_test(linear_and_on),
        cmocka_unit_test(linear_to_one_with_itself),
        cmocka_unit_test(slots_that_may_differ),
        cmocka_unit_test(linear_in_32_bits),
        cmocka_unit_test(frames_change_places),
        cmocka_unit_test(neighbours_are_one),
        cmocka_unit_test(entries_that_are_refused),
        cmocka_unit_test(entries_that_ask),
        cmocka_unit_test(only_what_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
