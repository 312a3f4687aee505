/* audit_fixture.c - see audit_fixture.h. */
#include "audit_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xen/internal.h"
#include "xenpt/map.h"

/* --- A core of a machine, and what is found in it ------------------------------------------ */

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

bool note(void *ctx, const struct xenpt_audit_finding *f)
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

void audit(struct core *c, bool contents)
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

void begin(struct core *c)
{
    *c = (struct core){ 0 };
    build(&c->w, model);
}

/* A root that a CPU runs on is none that was given back, whoever can write to it. */
void run_there(struct core *c, const char *name)
{
    struct xenpt_error err;

    c->runs = true;
    assert_int_equal(xenpt_machine_enter(c->w.machine, name, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(c->w.machine, &c->w.view, &err), XENPT_OK);
}

void finish(struct core *c)
{
    xenpt_audit_roots_free(c->known);
    xenpt_roots_free(c->roots);
    xenpt_image_close(c->image);
    end(&c->w);
}

/* --- Entries of the machine ---------------------------------------------------------------- */

uint64_t root_of(const struct core *c, const char *name)
{
    return context(&c->w, name)->paging.root & ADDR;
}

struct place place(const struct core *c, const char *name, uint64_t in, unsigned int level)
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
uint64_t address_of(const struct core *c, const char *name, uint64_t maddr)
{
    struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES };
    struct search s = { .maddr = maddr };
    struct xenpt_error err;

    (void)!xenpt_map(c->w.view, context(&c->w, name), &opt, is_it, &s, NULL, &err);
    assert_true(s.found);
    return s.in;
}

void poke(const struct core *c, struct place p, uint64_t value)
{
    assert_int_equal(xenpt_store_write64(c->w.machine->store, p.at, value, NULL), XENPT_OK);
}

struct place slot_of_root(const struct core *c, const char *name, unsigned int nr)
{
    uint64_t at = root_of(c, name) + nr * 8;
    uint64_t in = (uint64_t)nr << 39;

    return (struct place){ nr < 256 ? in : in | XENPT_BITS(63, 48), at, slot(&c->w, name, nr) };
}

/* One invariant is broken, by this entry and no other. */
void only(const struct core *c, unsigned int which, struct place p, uint64_t value,
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
