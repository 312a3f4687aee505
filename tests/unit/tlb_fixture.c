/* tlb_fixture.c - a machine with some address spaces; see tlb_fixture.h. */
#include "tlb_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Where tables lie, which a second stage has to map. */
#define TABLES     MIB(128)
#define TABLES_END MIB(256)

static void must(enum xenpt_code code, const struct xenpt_error *err, const char *what)
{
    if (code)
        fail_msg("%s: %s: %s", what, xenpt_code_name(code), err->text);
}

void world_init(struct world *w, enum xenpt_vendor vendor, const struct xenpt_tlb_part *part)
{
    struct xenpt_error err = { 0 };

    *w = (struct world){ .cpu = xenpt_cpu_widest(vendor) };
    must(xenpt_store_create(&w->store, &err), &err, "a store");
    must(xenpt_store_add_ram(w->store, 0, RAM - 1, &err), &err, "RAM");
    must(xenpt_alloc_create(&w->alloc, &err), &err, "an allocator");
    must(xenpt_alloc_add(w->alloc, xenpt_maddr_to_mfn(TABLES), xenpt_maddr_to_mfn(TABLES_END - 1),
                         &err),
         &err, "frames for tables");
    must(xenpt_tlb_create(part, &w->tlb, &err), &err, "caches");
}

void world_fini(struct world *w)
{
    xenpt_tlb_destroy(w->tlb);
    xenpt_alloc_destroy(w->alloc);
    xenpt_store_destroy(w->store);
}

static uint64_t new_table(struct world *w)
{
    struct xenpt_error err = { 0 };
    xenpt_mfn_t mfn;

    must(xenpt_alloc_take(w->alloc, (struct xenpt_alloc_want){ .low = true }, &mfn, &err), &err,
         "a table");
    return xenpt_mfn_to_maddr(mfn);
}

static struct xenpt_regs registers(uint64_t cr4, uint64_t root, uint16_t pcid)
{
    return (struct xenpt_regs){
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP,
        .cr3 = root | pcid,
        .cr4 = XENPT_CR4_PAE | XENPT_CR4_PGE | cr4,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };
}

struct xenpt_paging world_space(struct world *w, uint64_t cr4, uint16_t pcid)
{
    struct xenpt_regs regs = registers(cr4, new_table(w), pcid);
    struct xenpt_error err = { 0 };
    struct xenpt_paging pg;

    must(xenpt_paging_init(&pg, &w->cpu, &regs, &err), &err, "a space");
    return pg;
}

struct xenpt_paging with_pcid(const struct world *w, const struct xenpt_paging *space,
                              uint16_t pcid)
{
    struct xenpt_regs regs = registers(space->regs.cr4, space->root, pcid);
    struct xenpt_error err = { 0 };
    struct xenpt_paging pg;

    must(xenpt_paging_init(&pg, &w->cpu, &regs, &err), &err, "a PCID");
    return pg;
}

struct xenpt_paging world_second(struct world *w, unsigned int level, bool flags)
{
    struct xenpt_regs host = registers(0, 0, 0);
    struct xenpt_error err = { 0 };
    struct xenpt_paging pg;
    bool ept = w->cpu.vendor == XENPT_INTEL;
    uint64_t root = new_table(w);
    struct xenpt_tree tree = { &pg, w->store, w->alloc, ept ? ERWX : P | RW | US | A };
    struct xenpt_mapping all = {
        .last = TABLES_END - 1,
        .flags = ept ? ERWX | EWB : P | RW | US | A | D,
        .max_level = level,
    };

    if (level == 3)
        all.last = RAM - 1;
    must(ept ? xenpt_paging_init_ept(&pg, &w->cpu, root | 0x1e | (flags ? XENPT_BIT(6) : 0), &err)
             : xenpt_paging_init_npt(&pg, &w->cpu, &host, root, &err),
         &err, "a second stage");
    must(xenpt_edit_map(&tree, &all, &err), &err, "RAM, in a second stage");
    return pg;
}

static struct xenpt_tree tree_of(const struct world *w, const struct xenpt_paging *space)
{
    bool ept = space->format.cache == XENPT_CACHE_EPT;

    return (struct xenpt_tree){ space, w->store, w->alloc, ept ? ERWX : P | RW | US | A };
}

void world_map(struct world *w, const struct xenpt_paging *space, uint64_t in, uint64_t out,
               uint64_t flags, unsigned int level)
{
    struct xenpt_tree tree = tree_of(w, space);
    struct xenpt_mapping m = {
        .first = in,
        .last = in + XENPT_BIT(space->format.level[level].shift) - 1,
        .out = out,
        .flags = flags,
        .max_level = level,
    };
    struct xenpt_error err = { 0 };

    must(xenpt_edit_map(&tree, &m, &err), &err, "a page");
}

static uint64_t place_of(const struct world *w, const struct xenpt_paging *space, uint64_t in,
                         unsigned int level)
{
    struct xenpt_walk walk;

    xenpt_walk(space, xenpt_store_reader(w->store), in, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            return walk.step[i].at;
    fail_msg("there is no entry at level %u", level);
    return 0;
}

void world_set(struct world *w, const struct xenpt_paging *space, uint64_t in, unsigned int level,
               uint64_t entry)
{
    struct xenpt_error err = { 0 };

    must(xenpt_store_write64(w->store, place_of(w, space, in, level), entry, &err), &err,
         "an entry");
}

uint64_t world_get(const struct world *w, const struct xenpt_paging *space, uint64_t in,
                   unsigned int level)
{
    uint64_t entry = 0;

    assert_true(xenpt_read(xenpt_store_reader(w->store), place_of(w, space, in, level), &entry, 8));
    return entry;
}

struct xenpt_tlb_context world_on(const struct world *w, const struct xenpt_paging *first,
                                  const struct xenpt_paging *second, uint16_t vpid)
{
    return (struct xenpt_tlb_context){
        .first = first,
        .second = second,
        .vpid = vpid,
        .memory = xenpt_store_reader(w->store),
        .store = w->store,
    };
}

struct xenpt_tlb_result world_access(struct world *w, const struct xenpt_tlb_context *c,
                                     enum xenpt_access_kind kind, uint8_t cpl, uint64_t in)
{
    struct xenpt_access access = { .kind = kind, .cpl = cpl };
    struct xenpt_error err = { 0 };
    struct xenpt_tlb_result r;

    must(xenpt_tlb_access(w->tlb, c, &access, in, true, &r, &err), &err, "an access");
    return r;
}
