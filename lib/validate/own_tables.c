/*
 * own_tables.c - tables that say what a process's mappings must be.
 *
 * Which frames Linux took does not matter here; rights, keys and presence do.
 */
#include "validate/own_tables.h"

#include "xenpt/mem.h"

#define P         XENPT_BIT(0)
#define RW        XENPT_BIT(1)
#define US        XENPT_BIT(2)
#define A         XENPT_BIT(5)
#define D         XENPT_BIT(6)
#define NX        XENPT_BIT(63)
#define KEY_SHIFT 59

#define ROOT   UINT64_C(0x1000)
#define TABLES UINT64_C(0x100)     /* Frames for tables, from 1 on... */
#define DATA   (UINT64_C(1) << 30) /* ...and where pages lie. */

/* What each kind's leaf has; 0: there is none. */
static const uint64_t leaves[OWN_NR_KINDS] = {
    [OWN_RW] = P | RW | US | A | D | NX,
    [OWN_RO] = P | US | A | NX,
    [OWN_RX] = P | US | A,
    [OWN_RWX] = P | RW | US | A | D,
    [OWN_KEY_OFF] = P | RW | US | A | D | NX,
    [OWN_KEY_RO] = P | RW | US | A | D | NX,
};

static enum xenpt_code map(const struct xenpt_tree *tree, const struct own_ground *g, uint64_t va,
                           uint64_t size, enum own_kind kind, unsigned int max_level,
                           struct xenpt_error *err)
{
    struct xenpt_mapping mapping = {
        .first = va,
        .last = va + size - 1,
        .out = DATA + (va & (OWN_LARGE * 64 - 1)),
        .flags = leaves[kind] | (uint64_t)g->key[kind] << KEY_SHIFT,
        .max_level = max_level,
    };

    return leaves[kind] ? xenpt_edit_map(tree, &mapping, err) : XENPT_OK;
}

static enum xenpt_code map_all(const struct xenpt_tree *tree, const struct own_ground *g,
                               struct xenpt_error *err)
{
    static const enum own_kind large[OWN_NR_LARGE] = { OWN_RW, OWN_RO };
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < OWN_PAGES; i++)
        code = map(tree, g, g->pages + i * OWN_PAGE, OWN_PAGE, own_kind_of(i), 1, err);
    for (unsigned int i = 0; !code && i < OWN_NR_LARGE; i++)
        code = map(tree, g, g->large + i * OWN_LARGE, OWN_LARGE, large[i], g->large_is[i] ? 2 : 1,
                   err);
    return code;
}

enum xenpt_code own_tables_create(struct own_tables *ret, const struct own_machine *machine,
                                  const struct own_ground *ground, struct xenpt_error *err)
{
    struct own_tables t = { 0 };
    struct xenpt_tree tree = { .paging = &t.paging, .table_flags = P | RW | US | A };
    struct xenpt_regs regs = machine->regs;
    enum xenpt_code code;

    regs.cr3 = ROOT;
    code = xenpt_paging_init(&t.paging, &machine->cpu, &regs, err);
    if (!code)
        code = xenpt_store_create(&t.store, err);
    if (!code)
        code = xenpt_store_add_ram(t.store, 0, (TABLES + 2) * OWN_PAGE - 1, err);
    if (!code)
        code = xenpt_alloc_create(&t.alloc, err);
    if (!code)
        code = xenpt_alloc_add(t.alloc, (xenpt_mfn_t){ 2 }, (xenpt_mfn_t){ TABLES }, err);
    tree.store = t.store;
    tree.alloc = t.alloc;
    if (!code)
        code = map_all(&tree, ground, err);
    if (code)
        own_tables_destroy(&t);
    else
        *ret = t;
    return code;
}

void own_tables_destroy(struct own_tables *tables)
{
    xenpt_alloc_destroy(tables->alloc);
    xenpt_store_destroy(tables->store);
    *tables = (struct own_tables){ 0 };
}
