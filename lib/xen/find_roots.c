/* find_roots.c - from candidates to roots, and what is said of each; see found.h. */
#include "xenpt/roots.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/found.h"

struct xenpt_roots {
    struct xenpt_root *root;
    size_t nr;
    struct xenpt_layout *own; /* Opened here. */
    const struct xenpt_layout *layout;
};

void found_say(struct found_table *t, const char *fmt, ...)
{
    size_t used = strlen(t->why);
    va_list ap;

    if (used && used + 2 < sizeof(t->why)) {
        memcpy(t->why + used, "; ", 3);
        used += 2;
    }
    va_start(ap, fmt);
    vsnprintf(t->why + used, sizeof(t->why) - used, fmt, ap);
    va_end(ap);
}

/* --- Tables -------------------------------------------------------------------------------- */

static bool runs_on(const struct xenpt_view *view, uint64_t table)
{
    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *c = &view->contexts[i];

        if (c->has_cpu && !c->has_second && c->paging.root == table)
            return true;
    }
    return false;
}

static bool load(const struct found *f, struct found_table *t, uint64_t at)
{
    *t = (struct found_table){ .at = at, .runs = runs_on(f->view, at) };
    return xenpt_read(f->view->mem, at, t->entry, sizeof(t->entry));
}

/* Candidates, in the order of their addresses. */
static enum xenpt_code load_all(struct found *f, const struct candidates *c,
                                struct xenpt_error *err)
{
    const struct pages *lists[] = { &c->linear, &c->without };
    size_t max = c->linear.nr + c->without.nr;

    /* Shadow slots may lead to as many again. */
    f->table = calloc(2 * max + 1, sizeof(*f->table));
    if (!f->table)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu candidates", max);
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (size_t i = 0; i < lists[l]->nr; i++)
            f->nr += load(f, &f->table[f->nr], lists[l]->at[i]);
    found_in_order(f);
    return XENPT_OK;
}

/* How the tables are read: as a CPU does that runs on one, or as any in 64-bit mode would. */
static enum xenpt_code choose_paging(struct found *f, struct xenpt_error *err)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PG | XENPT_CR0_WP | XENPT_CR0_PE,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };

    for (size_t i = 0; i < f->view->nr_contexts; i++) {
        const struct xenpt_context *c = &f->view->contexts[i];

        if (c->paging.id == XENPT_4LEVEL && !c->has_second) {
            cpu = c->paging.cpu;
            regs.pat = c->paging.regs.pat;
        }
    }
    return xenpt_paging_init(&f->paging, &cpu, &regs, err);
}

/* --- Which layout -------------------------------------------------------------------------- */

/* A layout that was tried, and how well it did. */
struct trial {
    struct xenpt_layout *layout;
    struct layout_fit fit;
    bool idle;
};

static bool better(const struct trial *a, const struct trial *b)
{
    if (!b->layout || a->idle != b->idle)
        return !b->layout || a->idle;
    if (a->fit.differ != b->fit.differ)
        return a->fit.differ < b->fit.differ;
    return a->fit.agree >= b->fit.agree; /* Of equals, the newest. */
}

static enum xenpt_code try(struct found *f, struct trial *best, struct xenpt_layout *layout,
                           struct xenpt_error *err)
{
    struct trial trial = { .layout = layout };
    enum xenpt_code code;

    f->layout = layout;
    f->slots = root_slots_of(layout);
    code = family_find_idle(f, err);
    family_choose_m2p(f);
    if (!code)
        code = layout_fit(f, &trial.fit, err);
    trial.idle = f->idle;
    if (code || !better(&trial, best)) {
        xenpt_layout_close(layout);
        return code;
    }
    xenpt_layout_close(best->layout);
    *best = trial;
    return XENPT_OK;
}

/* The candidates that this layout's slots make; those of one like it serve as well. */
static enum xenpt_code look(struct found *f, const struct xenpt_layout *layout,
                            struct xenpt_error *err)
{
    struct root_slots slots = root_slots_of(layout);
    struct candidates candidates;
    enum xenpt_code code;
    bool again = f->table && root_slots_alike(&slots, &f->slots);

    f->slots = slots;
    f->layout = layout;
    if (!again) {
        free(f->table);
        f->table = NULL;
        f->nr = 0;
        code = candidates_find(f->view->mem, &slots, &candidates, err);
        if (code)
            return code;
        code = load_all(f, &candidates, err);
        candidates_fini(&candidates);
        if (code)
            return code;
    }
    family_choose(f);
    return XENPT_OK;
}

/* Tries a layout, and each variant of it. */
static enum xenpt_code try_named(struct found *f, struct trial *best, const char *name,
                                 struct xenpt_error *err)
{
    struct xenpt_layout *layout;
    enum xenpt_code code = xenpt_layout_open(name, &layout, err);
    size_t nr_variants;

    if (code)
        return code;
    if (strcmp(layout->system, "xen") != 0) {
        xenpt_layout_close(layout);
        return XENPT_OK;
    }
    nr_variants = layout->variant ? 0 : layout->nr_variants;
    for (size_t v = 0; !code && v < nr_variants; v++) {
        char variant[96];

        snprintf(variant, sizeof(variant), "%s:%s", name, layout->variants[v].name);
        code = try_named(f, best, variant, err);
    }
    if (!code)
        code = look(f, layout, err);
    if (code || !f->image) {
        xenpt_layout_close(layout);
        return code;
    }
    return try(f, best, layout, err);
}

static enum xenpt_code choose_layout(struct found *f, struct trial *best, struct xenpt_error *err)
{
    const struct xenpt_layout_name *name;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && (name = xenpt_layout_name(i)); i++)
        code = try_named(f, best, name->name, err);
    return code;
}

/* --- Shadows of guests' roots -------------------------------------------------------------- */

/*
 * Where the shadow slot of a monitor table leads: to the L4 that Xen made for a guest of 64 bits,
 * or for any other to an L3 of Xen's own, whose entries no user-mode access can use.
 */
static bool is_shadow_root(const struct found_table *shadow)
{
    for (unsigned int s = 0; s < XENPT_ROOT_SLOTS; s++)
        if (shadow->entry[s] & ENTRY_P)
            return shadow->entry[s] & XENPT_BIT(2) || !(shadow->entry[s] & XENPT_BIT(63));
    return false;
}

static struct found_table *table_at(struct found *f, uint64_t at)
{
    for (size_t i = 0; i < f->nr; i++)
        if (f->table[i].at == at)
            return &f->table[i];
    return NULL;
}

/* A CPU in a guest under shadow paging runs on the shadow: its monitor table is in use, too. */
static void add_shadows(struct found *f)
{
    size_t nr = f->nr;

    for (size_t i = 0; i < nr; i++) {
        struct found_table *t = &f->table[i], *shadow = &f->table[f->nr];
        uint64_t lead = slot_lead(t, f->slots.shadow);

        if (t->kinds != 1u << XENPT_ROOT_SHADOW || !lead || table_at(f, lead & ENTRY_ADDRESS) ||
            !load(f, shadow, lead & ENTRY_ADDRESS))
            continue;
        t->runs |= shadow->runs;
        if (!is_shadow_root(shadow))
            continue;
        shadow->shadows = true;
        shadow->domain = t->domain;
        found_say(shadow, "slot %u of the monitor table 0x%" PRIx64 " leads to it", f->slots.shadow,
                  t->at >> XENPT_PAGE_SHIFT);
        f->nr++;
    }
    found_in_order(f);
}

/* What became of a monitor table became of the shadow that it leads to. */
static void follow_monitors(struct found *f)
{
    for (size_t i = 0; i < f->nr; i++) {
        const struct found_table *t = &f->table[i];
        struct found_table *shadow = table_at(f, slot_lead(t, f->slots.shadow) & ENTRY_ADDRESS);

        if (t->kinds == 1u << XENPT_ROOT_SHADOW && shadow && shadow->shadows) {
            shadow->stale = t->stale;
            shadow->confidence = t->confidence;
        }
    }
}

/* --- The list ------------------------------------------------------------------------------ */

static const char *kind_of(const struct found_table *t)
{
    return t->shadows ? "hvm-shadow" : xenpt_root_kind_word(root_kind_first(t->kinds))->name;
}

/* Xen's own before those of domains. */
static unsigned int rank(const struct found_table *t)
{
    unsigned int xpti = 1u << XENPT_ROOT_XPTI;

    return t->in_image ? 0 : t->kinds == xpti ? 1 : 2;
}

static int by_domain(const void *a, const void *b)
{
    const struct found_table *x = a, *y = b;
    const uint64_t keys[][2] = {
        { rank(x), rank(y) },   { rank(x) < 2 ? 0 : x->domain, rank(y) < 2 ? 0 : y->domain },
        { x->stale, y->stale }, { x->shadows, y->shadows },
        { x->kinds, y->kinds }, { x->at, y->at },
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static void tell(const struct found *f, struct found_table *t, struct xenpt_root *ret)
{
    uint64_t domain = (t->domain & ENTRY_ADDRESS) >> XENPT_PAGE_SHIFT;
    struct xenpt_context *c = &ret->context;

    c->paging = f->paging;
    c->paging.root = c->paging.regs.cr3 = t->at;
    snprintf(c->name, sizeof(c->name), "root:0x%" PRIx64, t->at >> XENPT_PAGE_SHIFT);
    snprintf(c->assumed, sizeof(c->assumed), "%s", "CR4 without SMEP, SMAP and protection keys");
    c->kind = kind_of(t);
    /* A CPU's root is no domain's, whoever ran there last. */
    if (domain && rank(t) < 2)
        found_say(t, "of domain 0x%" PRIx64 " something ran there last", domain);
    else if (domain)
        snprintf(c->domain, sizeof(c->domain), "0x%" PRIx64, domain);
    ret->confidence = t->confidence;
    ret->stale = t->stale;
    memcpy(ret->why, t->why, sizeof(ret->why));
}

/* The only domain in use that has a second stage, or NULL: there is none, or several. */
static const char *one_hvm(const struct xenpt_root *root, size_t nr)
{
    const char *name = NULL;

    for (size_t i = 0; i < nr; i++) {
        const char *kind = root[i].context.kind, *domain = root[i].context.domain;

        if (root[i].stale || (strcmp(kind, xenpt_root_kind_word(XENPT_ROOT_HAP)->name) != 0 &&
                              strcmp(kind, xenpt_root_kind_word(XENPT_ROOT_SHADOW)->name) != 0))
            continue;
        if (!*domain || (name && strcmp(name, domain) != 0))
            return NULL;
        name = domain;
    }
    return name;
}

static bool has_hvm(const struct found *f)
{
    const unsigned int kinds = 1u << XENPT_ROOT_HAP | 1u << XENPT_ROOT_SHADOW;

    for (size_t i = 0; i < f->nr; i++)
        if (!f->table[i].shadows && f->table[i].kinds & kinds)
            return true;
    return false;
}

/* Whose a second stage is, no table tells: but one is that of the one domain that has one. */
static enum xenpt_code list(const struct found *f, struct xenpt_roots *ret, struct xenpt_error *err)
{
    struct xenpt_root *p2m = NULL;
    size_t nr_p2m = 0;
    const char *domain;
    enum xenpt_code code = has_hvm(f) ? find_p2m(f, &p2m, &nr_p2m, err) : XENPT_OK;

    if (code)
        return code;
    ret->root = calloc(f->nr + nr_p2m + 1, sizeof(*ret->root));
    if (!ret->root) {
        free(p2m);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu roots", f->nr + nr_p2m);
    }
    qsort(f->table, f->nr, sizeof(*f->table), by_domain);
    for (size_t i = 0; i < f->nr; i++)
        tell(f, &f->table[i], &ret->root[i]);
    domain = nr_p2m == 1 ? one_hvm(ret->root, f->nr) : NULL;
    if (domain)
        snprintf(p2m->context.domain, sizeof(p2m->context.domain), "%s", domain);
    for (size_t i = 0; i < nr_p2m; i++)
        ret->root[f->nr + i] = p2m[i];
    ret->nr = f->nr + nr_p2m;
    free(p2m);
    return XENPT_OK;
}

/* --- All of it ----------------------------------------------------------------------------- */

/* With the layout chosen: from candidates to a list. */
static enum xenpt_code finish(struct found *f, const struct xenpt_layout *layout,
                              struct xenpt_roots *ret, struct xenpt_error *err)
{
    enum xenpt_code code = look(f, layout, err);

    if (!code)
        code = family_find_idle(f, err);
    if (code)
        return code;
    family_keep(f);
    for (size_t i = 0; i < f->nr; i++)
        find_root_kind(f, &f->table[i]);
    add_shadows(f);
    code = stale_roots(f, err);
    if (code)
        return code;
    follow_monitors(f);
    ret->layout = layout;
    return list(f, ret, err);
}

static enum xenpt_code find(struct found *f, const struct xenpt_layout *layout,
                            struct xenpt_roots *ret, struct xenpt_error *err)
{
    struct trial best = { 0 };
    enum xenpt_code code = choose_paging(f, err);

    if (!code && !layout) {
        code = choose_layout(f, &best, err);
        layout = ret->own = best.layout;
    }
    return code || !layout ? code : finish(f, layout, ret, err);
}

enum xenpt_code xenpt_roots_find(const struct xenpt_view *view, const struct xenpt_layout *layout,
                                 struct xenpt_roots **ret, struct xenpt_error *err)
{
    struct xenpt_roots *roots = calloc(1, sizeof(*roots));
    struct found f = { .view = view };
    enum xenpt_code code;

    if (!roots)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for roots");
    code = find(&f, layout, roots, err);
    free(f.table);
    if (code) {
        xenpt_roots_free(roots);
        return code;
    }
    *ret = roots;
    return XENPT_OK;
}

void xenpt_roots_free(struct xenpt_roots *roots)
{
    if (!roots)
        return;
    free(roots->root);
    xenpt_layout_close(roots->own);
    free(roots);
}

size_t xenpt_roots_list(const struct xenpt_roots *roots, const struct xenpt_root **ret)
{
    *ret = roots->root;
    return roots->nr;
}

const struct xenpt_layout *xenpt_roots_layout(const struct xenpt_roots *roots)
{
    return roots->nr ? roots->layout : NULL;
}
