/*
 * audit_roots.c - what is known of roots that were found: what Xen puts into their slots, by the
 * layout and by its own root; which pages are descriptors; and M2P, where memory has it.
 */
#include "xenpt/audit_roots.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/found.h"
#include "xen/pieces.h"
#include "xenpt/owners.h"
#include "xenpt/scan.h"

#define ALL_CONDITIONS (~0u)

/* p2m-ept.c and p2m-pt.c: bits of the type, and types of RAM that M2P speaks of. */
#define TYPE_SHIFT     52
#define TYPE_MASK      ones(6)
#define TYPE_RAM_RW    0u
#define TYPE_RAM_DIRTY 2u
#define TYPE_RAM_RO    3u
/* p2m-ept.c, ept_invalidate_emt: a memory type that there is not has the processor ask Xen. */
#define EPT_ASKS       7u
/* shadow/types.h, SH_L1E_MAGIC: what a shadow has for devices and guests' own faults. */
#define SHADOW_MAGIC   UINT64_C(0xfffff00000000000)

struct xenpt_audit_roots {
    const struct xenpt_view *view;
    const struct xenpt_layout *layout;
    const struct xenpt_context *idle;
    struct xenpt_audit_facts facts;
    struct xenpt_audit_root *roots;
    struct xenpt_audit_slot *slots; /* XENPT_ROOT_SLOTS for each root. */
    struct xenpt_audit_page *pages;
    size_t max_pages, left_out;
    struct xenpt_owners *owners;
    uint64_t m2p_page, m2p_at; /* The page of M2P that was read last, by its number. */
    bool m2p_there, no_memory;
};

static enum xenpt_root_kind kind_of(const struct xenpt_context *c)
{
    unsigned int k = 0;

    while (k < XENPT_NR_ROOT_KINDS &&
           (!c->kind || strcmp(c->kind, xenpt_root_kind_word((enum xenpt_root_kind)k)->name) != 0))
        k++;
    return (enum xenpt_root_kind)k;
}

/* --- Of a second stage, and of shadows ----------------------------------------------------- */

static bool is_ept(const struct xenpt_context *c)
{
    return c->kind && !strcmp(c->kind, P2M_KIND_EPT);
}

static bool is_ram(void *ctx, const struct xenpt_context *c, uint64_t entry)
{
    unsigned int type = (unsigned int)(entry >> TYPE_SHIFT & TYPE_MASK);

    (void)ctx;
    (void)c;
    return type == TYPE_RAM_RW || type == TYPE_RAM_DIRTY || type == TYPE_RAM_RO;
}

static bool is_meant(void *ctx, const struct xenpt_audit_root *root, unsigned int level,
                     uint64_t entry)
{
    (void)ctx;
    if (root->part == XENPT_AUDIT_OF_MEMORY)
        return is_ept(root->context) && (entry >> 3 & 7) == EPT_ASKS;
    return root->part == XENPT_AUDIT_OF_SHADOW && level == 1 &&
           (entry & SHADOW_MAGIC) == SHADOW_MAGIC;
}

/* M2P as a 32-bit guest reads it is in a table of the guest's. */
static bool is_xens(void *ctx, const struct xenpt_audit_root *root, uint64_t in)
{
    const struct xenpt_audit_roots *f = ctx;
    enum xenpt_root_kind kind = kind_of(root->context);
    const struct xenpt_area *area;

    if (root->part != XENPT_AUDIT_OF_GUEST)
        return false;
    area = xenpt_layout_at(f->layout, kind, ALL_CONDITIONS, in);
    return area && area->fill != XENPT_FILL_GUEST;
}

/* --- M2P ----------------------------------------------------------------------------------- */

static const struct xenpt_area *m2p_area(const struct xenpt_layout *layout)
{
    for (size_t i = 0; i < layout->nr_areas; i++)
        if (layout->areas[i].fill == XENPT_FILL_M2P && layout->areas[i].entry_size == 8 &&
            layout->areas[i].kinds >> XENPT_ROOT_IDLE & 1)
            return &layout->areas[i];
    return NULL;
}

static bool m2p(void *ctx, uint64_t mfn, uint64_t *gfn)
{
    struct xenpt_audit_roots *f = ctx;
    const struct xenpt_area *area = m2p_area(f->layout);
    uint64_t at = mfn * sizeof(uint64_t), page = at >> XENPT_PAGE_SHIFT;
    struct xenpt_walk walk;

    if (!area || at > area->last - area->first)
        return false;
    if (!f->m2p_there || f->m2p_page != page) {
        if (xenpt_walk(&f->idle->paging, f->view->mem, area->first + (page << XENPT_PAGE_SHIFT),
                       &walk) != XENPT_MAPPED)
            return false;
        f->m2p_page = page;
        f->m2p_at = walk.out;
        f->m2p_there = true;
    }
    return xenpt_read(f->view->mem, f->m2p_at + (at & ones(XENPT_PAGE_SHIFT)), gfn, sizeof(*gfn));
}

/* --- Slots --------------------------------------------------------------------------------- */

static bool root_entry(const struct xenpt_audit_roots *f, const struct xenpt_context *c,
                       unsigned int nr, uint64_t *ret)
{
    return xenpt_read(f->view->mem, c->paging.root + nr * sizeof(uint64_t), ret, sizeof(*ret));
}

/* highmem-start ends the directmap early; M2P as guests read it is not in a shadow of a user L4,
 * nor under m2p_strict (mm.c, zap_ro_mpt). */
static bool comes_and_goes(const struct xenpt_layout_slot *s)
{
    return s->area->fill == XENPT_FILL_RAM ||
           (s->area->fill == XENPT_FILL_M2P && s->table & ENTRY_US);
}

static void of_machine(const struct xenpt_audit_roots *f, const struct xenpt_layout_slot *s,
                       unsigned int nr, struct xenpt_audit_slot *ret)
{
    uint64_t idle;

    if (!root_entry(f, f->idle, nr, &idle) || !s->table)
        return;
    ret->known = true;
    ret->entry = idle & ENTRY_P ? (idle & ENTRY_ADDRESS) | s->table : 0;
    ret->may_lack |= comes_and_goes(s);
}

/* Whose area it is is known by its frame: what can be wrong is its flags. */
static void of_domain(const struct xenpt_audit_roots *f, const struct xenpt_context *c,
                      const struct xenpt_layout_slot *s, unsigned int nr,
                      struct xenpt_audit_slot *ret)
{
    const struct xenpt_area *own = s->area->fill == XENPT_FILL_MIRROR ? s->area->mirrors : s->area;
    uint64_t entry;

    if (!root_entry(f, c, xenpt_layout_slot_of(f->layout, own->first), &entry) || !s->table)
        return;
    (void)nr;
    ret->known = true;
    ret->may_lack = true;
    ret->entry = entry & ENTRY_P ? (entry & ENTRY_ADDRESS) | s->table : 0;
}

static struct xenpt_audit_slot slot_of(const struct xenpt_audit_roots *f,
                                       const struct xenpt_context *c, enum xenpt_root_kind kind,
                                       unsigned int nr)
{
    struct xenpt_layout_slot none = xenpt_layout_slot(f->layout, kind, 0, nr);
    struct xenpt_layout_slot all = xenpt_layout_slot(f->layout, kind, ALL_CONDITIONS, nr);
    const struct xenpt_layout_slot *s = all.area ? &all : &none;
    struct xenpt_audit_slot ret = { .guest = none.guest || all.guest };
    bool special = kind == XENPT_ROOT_IDLE || kind == XENPT_ROOT_XPTI;

    if (ret.guest)
        return ret;
    if (!s->area) {
        ret.known = true;
        return ret;
    }
    ret.area = s->area->name;
    ret.may_lack = none.mapped != all.mapped || none.table != all.table;
    switch (s->area->fill) {
    case XENPT_FILL_SELF:
        /* That of a PV guest's shadow leads to the guest's own L4. */
        ret.self = true;
        ret.known = kind != XENPT_ROOT_PV64_SHADOW;
        ret.entry = c->paging.root | s->table;
        break;
    case XENPT_FILL_SHADOW:
        ret.self = true;
        break;
    case XENPT_FILL_GUEST:
        break;
    case XENPT_FILL_DOMAIN:
    case XENPT_FILL_MIRROR:
        if (!special)
            of_domain(f, c, s, nr, &ret);
        break;
    default:
        if (!special && s->sharing == XENPT_SHARED_MACHINE)
            of_machine(f, s, nr, &ret);
        break;
    }
    return ret;
}

/* --- Roots --------------------------------------------------------------------------------- */

static enum xenpt_audit_part part_of(const struct xenpt_context *c)
{
    if (c->paging.format.second_stage)
        return XENPT_AUDIT_OF_MEMORY;
    switch (kind_of(c)) {
    case XENPT_ROOT_PV64_KERNEL:
    case XENPT_ROOT_PV64_USER:
    case XENPT_ROOT_PV32:
        return XENPT_AUDIT_OF_GUEST;
    case XENPT_ROOT_XPTI:
        return XENPT_AUDIT_OF_CPU;
    case XENPT_ROOT_PV64_SHADOW:
    case XENPT_NR_ROOT_KINDS: /* "hvm-shadow" */
        return XENPT_AUDIT_OF_SHADOW;
    default:
        return XENPT_AUDIT_OF_XEN;
    }
}

static void add_root(struct xenpt_audit_roots *f, const struct xenpt_context *c)
{
    struct xenpt_audit_root *r = &f->roots[f->facts.nr_roots];
    struct xenpt_audit_slot *slots = &f->slots[f->facts.nr_roots * XENPT_ROOT_SLOTS];
    enum xenpt_root_kind kind = kind_of(c);

    f->facts.nr_roots++;
    *r = (struct xenpt_audit_root){
        .context = c,
        .part = part_of(c),
        .own_table = kind == XENPT_ROOT_PV64_KERNEL || kind == XENPT_ROOT_PV64_USER,
        /* mm.c, get_l3_linear_pagetable is for 64-bit guests: XSA-185. */
        /* The kernel of a 32-bit one is a supervisor to paging, with addresses of 32 bits. */
        .user_only = kind != XENPT_NR_ROOT_KINDS && kind != XENPT_ROOT_PV32,
        .no_linear = kind == XENPT_ROOT_PV32 ? 1u << 3 : 0,
    };
    if (kind == XENPT_NR_ROOT_KINDS)
        return;
    for (unsigned int i = 0; i < XENPT_ROOT_SLOTS; i++)
        slots[i] = slot_of(f, c, kind, i);
    r->slots = slots;
}

/* --- Descriptors --------------------------------------------------------------------------- */

struct looking {
    struct xenpt_audit_roots *f;
    const struct xenpt_area *area;
    enum xenpt_root_kind kind;
};

static void add_page(struct xenpt_audit_roots *f, uint64_t at, const char *what)
{
    if (f->facts.nr_pages == f->max_pages) {
        size_t max = f->max_pages ? 2 * f->max_pages : 64;
        struct xenpt_audit_page *grown = realloc(f->pages, max * sizeof(*grown));

        if (!grown) {
            f->no_memory = true;
            return;
        }
        f->pages = grown;
        f->max_pages = max;
    }
    f->pages[f->facts.nr_pages++] = (struct xenpt_audit_page){ at, what };
}

static bool note_descriptors(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct looking *l = ctx;

    for (size_t i = 0; i < n; i++) {
        uint64_t size = ranges[i].last - ranges[i].first;

        for (uint64_t off = 0; ranges[i].kind == XENPT_RANGE_PAGES && off < size;
             off += XENPT_PAGE_SIZE) {
            const struct xenpt_part *p = xenpt_area_part_at(l->area, l->kind,
                                                            ranges[i].first + off);

            if (p && !strcmp(p->name, "gdt"))
                add_page(l->f, ranges[i].out + off, "GDT");
            else if (p && !strncmp(p->name, "ldt", 3))
                add_page(l->f, ranges[i].out + off, "LDT");
        }
    }
    return !l->f->no_memory;
}

static void find_descriptors(struct xenpt_audit_roots *f)
{
    struct looking l = { .f = f, .area = xenpt_layout_area(f->layout, "gdt-ldt") };

    for (size_t i = 0; l.area && i < f->facts.nr_roots; i++) {
        const struct xenpt_audit_root *r = &f->roots[i];
        struct xenpt_scan_options opt = { .first = l.area->first, .last = l.area->last };

        /* The roots of a domain have one area, and follow one another. */
        if (r->part != XENPT_AUDIT_OF_GUEST ||
            (i && f->roots[i - 1].part == XENPT_AUDIT_OF_GUEST &&
             !strcmp(f->roots[i - 1].context->domain, r->context->domain)))
            continue;
        l.kind = kind_of(r->context);
        if (xenpt_scan(&r->context->paging, f->view->mem, &opt, note_descriptors, &l, NULL, NULL))
            f->no_memory = true;
    }
}

/* --- All of it ----------------------------------------------------------------------------- */

/* A monitor table more than there are vCPUs; of a PV guest's L4 it is its mode that is not sure. */
static bool may_be_stale(const struct xenpt_root *root)
{
    enum xenpt_audit_part part = part_of(&root->context);

    return root->confidence == XENPT_POSSIBLE && part != XENPT_AUDIT_OF_GUEST;
}

static void fill(struct xenpt_audit_roots *f, const struct xenpt_root *root, size_t nr)
{
    for (size_t i = 0; i < nr; i++)
        if (root[i].stale || may_be_stale(&root[i]))
            f->left_out++;
        else
            add_root(f, &root[i].context);
    find_descriptors(f);
    f->facts.roots = f->roots;
    f->facts.pages = f->pages;
    f->facts.owners = f->owners;
    f->facts.m2p = m2p_area(f->layout) ? m2p : NULL;
    f->facts.is_ram = is_ram;
    f->facts.is_meant = is_meant;
    f->facts.is_xens = is_xens;
    f->facts.ctx = f;
}

enum xenpt_code xenpt_audit_roots_create(const struct xenpt_view *view,
                                         const struct xenpt_roots *roots,
                                         struct xenpt_audit_roots **ret, struct xenpt_error *err)
{
    const struct xenpt_root *root;
    size_t nr = xenpt_roots_list(roots, &root);
    struct xenpt_audit_roots *f = calloc(1, sizeof(*f));
    enum xenpt_code code;

    if (!f)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of roots");
    f->view = view;
    f->layout = xenpt_roots_layout(roots);
    for (size_t i = 0; i < nr && !f->idle; i++)
        if (kind_of(&root[i].context) == XENPT_ROOT_IDLE)
            f->idle = &root[i].context;
    f->roots = calloc(nr + 1, sizeof(*f->roots));
    f->slots = calloc((nr + 1) * XENPT_ROOT_SLOTS, sizeof(*f->slots));
    if (!f->layout || !f->idle)
        code = xenpt_fail(err, XENPT_ESTATE, "there is no Xen: its own root was not found");
    else if (!f->roots || !f->slots)
        code = XENPT_ENOMEM;
    else
        code = xenpt_image_owners(view, roots, &f->owners, err);
    if (!code && f->layout && f->idle)
        fill(f, root, nr);
    if (code == XENPT_ENOMEM || f->no_memory)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of roots");
    if (code)
        xenpt_audit_roots_free(f);
    else
        *ret = f;
    return code;
}

const struct xenpt_audit_facts *xenpt_audit_roots_facts(const struct xenpt_audit_roots *facts)
{
    return &facts->facts;
}

size_t xenpt_audit_roots_left_out(const struct xenpt_audit_roots *facts)
{
    return facts->left_out;
}

void xenpt_audit_roots_free(struct xenpt_audit_roots *facts)
{
    if (!facts)
        return;
    xenpt_owners_free(facts->owners);
    free(facts->roots);
    free(facts->slots);
    free(facts->pages);
    free(facts);
}
