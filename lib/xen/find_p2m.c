/*
 * find_p2m.c - the physical memory of guests, among pages that nothing of Xen's leads to.
 *
 * A guest's second stage is named in a VMCS or a VMCB only, but it has a form of its own, which
 * p2m-ept.c and p2m-pt.c give it: a root has entries of one kind only, and nothing else; below
 * it each table has one parent, each page is the user's, and none is a table of the tree itself,
 * which no guest may reach.
 *
 *     EPT    9c00000000000107   rwx, all access, suppress_ve: no other table has such entries;
 *                               1c00000000000007 before 4.6, and from 4.22 on b800000000000107
 *     NPT    0000000000000067   P RW US A D, as tables of a guest's own may have as well; US is
 *                               clear while types are to be worked out anew, in tables of the
 *                               domain alone: some page is always the user's
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/found.h"

#define SLOTS 512u

/* asm/hvm/vmx/vmx.h, ept_entry_t: access in 61:58, from 4.22 on in 62:59; see p2m.c. */
#define EPT_RWX         XENPT_BITS(2, 0)
#define EPT_SUPPRESS_VE XENPT_BIT(63)
#define EPT_OLD         (XENPT_BITS(60, 58) | EPT_RWX)
#define EPT_MIDDLE      (EPT_SUPPRESS_VE | EPT_OLD)
#define EPT_NEW         (EPT_SUPPRESS_VE | XENPT_BITS(61, 59) | EPT_RWX)
/* A memory type in a table's entry, and bit 10, say that types below are to be worked out anew. */
#define EPT_TABLE_FREE  (ENTRY_ADDRESS | XENPT_BITS(10, 8) | XENPT_BITS(5, 3))

/* Where U/S is clear, types below, or that of the page, are to be worked out anew. */
#define PT_TABLE (XENPT_BITS(6, 5) | XENPT_BITS(1, 0))
#define PT_LEAF  XENPT_BIT(5)
#define PT_G     XENPT_BIT(8)

/* A form that a p2m has. */
struct form {
    const char *kind;
    enum xenpt_confidence confidence;
    uint64_t present, table_free, table;
    uint64_t always; /* What some page of each has. */
    bool (*leaf)(uint64_t entry);
    const char *why;
};

static bool ept_leaf(uint64_t e)
{
    return e & EPT_SUPPRESS_VE;
}

static bool old_ept_leaf(uint64_t e)
{
    return !(e & EPT_SUPPRESS_VE) && e & XENPT_BITS(61, 58);
}

static bool pt_leaf(uint64_t e)
{
    return e & PT_LEAF && !(e & PT_G);
}

#define EPT_FORM(table, leaf)                                                                      \
    {                                                                                              \
        P2M_KIND_EPT, XENPT_CERTAIN, EPT_RWX, EPT_TABLE_FREE, table, 0, leaf,                      \
            "its entries are Xen's EPT entries, and so are those of all tables below"              \
    }

static const struct form forms[] = {
    EPT_FORM(EPT_MIDDLE, ept_leaf),
    EPT_FORM(EPT_NEW, ept_leaf),
    EPT_FORM(EPT_OLD, old_ept_leaf),
    { P2M_KIND_NPT, XENPT_LIKELY, ENTRY_P, ENTRY_ADDRESS | ENTRY_US, PT_TABLE, ENTRY_US, pt_leaf,
      "all that is below are user pages, in tables of one parent each, and none is one of them" },
};

struct looking {
    const struct xenpt_reader *mem;
    uint64_t *candidate; /* Addresses of pages; the lowest bit is the form's number. */
    size_t nr_candidates, max_candidates;
    uint64_t *table; /* Of the tree that is looked at. */
    size_t nr, max;
    uint64_t leaves, usual; /* Pages of it, and how many have all that they always have. */
    uint64_t budget;        /* Tables that may still be read: no memory makes this take long. */
    bool no_memory;
};

/* --- Candidates ---------------------------------------------------------------------------- */

static bool add(struct looking *l, uint64_t **list, size_t *nr, size_t *max, uint64_t value)
{
    if (*nr == *max) {
        size_t more = *max ? 2 * *max : 64;
        uint64_t *larger = realloc(*list, more * sizeof(*larger));

        l->no_memory = !larger;
        if (!larger)
            return false;
        *list = larger;
        *max = more;
    }
    (*list)[(*nr)++] = value;
    return true;
}

static uint64_t word(const uint8_t *page, unsigned int i)
{
    uint64_t w;

    memcpy(&w, page + i * sizeof(w), sizeof(w));
    return w;
}

static bool is_table(const struct form *f, uint64_t entry)
{
    return (entry & ~f->table_free) == f->table;
}

/* A guest has memory from address 0 on, and none behind 256 TiB. */
static bool like_root(const struct form *f, const uint8_t *page)
{
    if (!is_table(f, word(page, 0)) || word(page, SLOTS - 1))
        return false;
    for (unsigned int i = 1; i < SLOTS; i++)
        if (word(page, i) && !is_table(f, word(page, i)))
            return false;
    return true;
}

static bool look_through(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    struct looking *l = ctx;
    uint64_t skip = -first & (XENPT_PAGE_SIZE - 1);

    for (uint64_t at = skip; at + XENPT_PAGE_SIZE <= size; at += XENPT_PAGE_SIZE) {
        l->budget += 2;
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
            if (like_root(&forms[i], bytes + at) &&
                !add(l, &l->candidate, &l->nr_candidates, &l->max_candidates, (first + at) | i))
                return false;
    }
    return true;
}

/* --- Trees --------------------------------------------------------------------------------- */

static uint64_t page_size(unsigned int level)
{
    return UINT64_C(1) << (XENPT_PAGE_SHIFT + 9 * (level - 1));
}

/* Whether a table and all that is below it are as the form has them. */
static bool fits(struct looking *l, const struct form *f, uint64_t table, unsigned int level)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page;
    unsigned int used = 0;

    if (!l->budget || !(page = xenpt_read_page(l->mem, table, copy)) ||
        !add(l, &l->table, &l->nr, &l->max, table))
        return false;
    l->budget--;
    for (unsigned int i = 0; i < SLOTS; i++) {
        uint64_t e = word(page, i);

        if (!(e & f->present))
            continue;
        used++;
        if (level == 1 || e & ENTRY_PS) {
            if (level == 4 || !f->leaf(e) || e & ENTRY_ADDRESS & (page_size(level) - 1))
                return false;
            l->leaves++;
            l->usual += (e & f->always) == f->always;
        } else if (!is_table(f, e) || !fits(l, f, e & ENTRY_ADDRESS, level - 1)) {
            return false;
        }
    }
    return used > 0;
}

static int by_address(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* How many of the tables are below an address. */
static size_t below(const struct looking *l, uint64_t address)
{
    size_t first = 0, n = l->nr;

    while (n) {
        size_t half = n / 2;

        if (l->table[first + half] < address) {
            first += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return first;
}

/* Whether some page of the tree is one of its tables. */
static bool maps_itself(const struct looking *l, const struct form *f, uint64_t table,
                        unsigned int level)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page = xenpt_read_page(l->mem, table, copy);

    for (unsigned int i = 0; page && i < SLOTS; i++) {
        uint64_t e = word(page, i), to = e & ENTRY_ADDRESS;

        if (!(e & f->present))
            continue;
        if (level == 1 || e & ENTRY_PS) {
            if (below(l, to) != below(l, to + page_size(level)))
                return true;
        } else if (maps_itself(l, f, to, level - 1)) {
            return true;
        }
    }
    return false;
}

static bool is_tree(struct looking *l, const struct form *f, uint64_t root)
{
    l->nr = 0;
    l->leaves = l->usual = 0;
    if (!fits(l, f, root, 4) || !l->leaves || !l->usual)
        return false;
    qsort(l->table, l->nr, sizeof(*l->table), by_address);
    for (size_t i = 1; i < l->nr; i++)
        if (l->table[i] == l->table[i - 1])
            return false;
    return !maps_itself(l, f, root, 4);
}

/* --- Roots --------------------------------------------------------------------------------- */

static enum xenpt_code paging(const struct found *f, const struct form *form, uint64_t root,
                              struct xenpt_paging *ret, struct xenpt_error *err)
{
    struct xenpt_cpu cpu = f->paging.cpu;

    if (strcmp(form->kind, P2M_KIND_EPT) != 0)
        return xenpt_paging_init_npt(ret, &cpu, &f->paging.regs, root, err);
    if (cpu.vendor != XENPT_INTEL)
        cpu = xenpt_cpu_widest(XENPT_INTEL);
    cpu.ept_mbec = false; /* Xen sets no such control. */
    return xenpt_paging_init_ept(ret, &cpu, root | 3u << 3 | 6, err);
}

static enum xenpt_code tell(const struct found *f, const struct form *form, uint64_t root,
                            struct xenpt_root *ret, struct xenpt_error *err)
{
    *ret = (struct xenpt_root){ .confidence = form->confidence };
    ret->context.kind = form->kind;
    snprintf(ret->context.name, sizeof(ret->context.name), "root:0x%" PRIx64,
             root >> XENPT_PAGE_SHIFT);
    snprintf(ret->why, sizeof(ret->why), "%s", form->why);
    return paging(f, form, root, &ret->context.paging, err);
}

/* What was found to be a root of a processor's, a guest's shadow above all, is no p2m. */
static bool is_known(const struct found *f, uint64_t root)
{
    for (size_t i = 0; i < f->nr; i++)
        if (f->table[i].at == root)
            return true;
    return false;
}

static enum xenpt_code choose(struct looking *l, const struct found *f, struct xenpt_root **ret,
                              size_t *nr, struct xenpt_error *err)
{
    struct xenpt_root *list = calloc(l->nr_candidates + 1, sizeof(*list));
    enum xenpt_code code = XENPT_OK;
    size_t n = 0;

    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu roots", l->nr_candidates);
    for (size_t i = 0; !code && i < l->nr_candidates; i++) {
        const struct form *form = &forms[l->candidate[i] % XENPT_PAGE_SIZE];
        uint64_t root = l->candidate[i] - l->candidate[i] % XENPT_PAGE_SIZE;

        if (!is_known(f, root) && is_tree(l, form, root))
            code = tell(f, form, root, &list[n++], err);
        if (l->no_memory)
            code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the tables of a guest");
    }
    if (code) {
        free(list);
        return code;
    }
    *ret = list;
    *nr = n;
    return XENPT_OK;
}

enum xenpt_code find_p2m(const struct found *f, struct xenpt_root **ret, size_t *nr,
                         struct xenpt_error *err)
{
    struct looking l = { .mem = f->view->mem, .budget = 1024 };
    enum xenpt_code code = xenpt_each_stretch(l.mem, look_through, &l, err);

    if (code && l.no_memory)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the candidates for roots");
    if (!code)
        code = choose(&l, f, ret, nr, err);
    free(l.candidate);
    free(l.table);
    return code;
}
