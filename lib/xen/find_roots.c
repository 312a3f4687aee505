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
    struct fit_name *fits; /* Of layouts that fit equally, the oldest first. */
    size_t nr_fits;
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

/* --- How tables are read ------------------------------------------------------------------ */

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
    enum xenpt_code code = found_look(f, layout, err);

    if (!code)
        code = family_find_idle(f, err);
    if (code)
        return code;
    family_keep(f);
    for (size_t i = 0; i < f->nr; i++)
        find_root_kind(f, &f->table[i]);
    found_add_shadows(f);
    code = stale_roots(f, err);
    if (code)
        return code;
    found_follow_monitors(f);
    ret->layout = layout;
    return list(f, ret, err);
}

static enum xenpt_code find(struct found *f, const struct xenpt_layout *layout,
                            struct xenpt_roots *ret, struct xenpt_error *err)
{
    enum xenpt_code code = choose_paging(f, err);

    if (!code && !layout) {
        code = found_choose_layout(f, &ret->own, &ret->fits, &ret->nr_fits, err);
        layout = ret->own;
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
    free(roots->fits);
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

const char *xenpt_roots_fit(const struct xenpt_roots *roots, size_t i)
{
    return roots->nr && i < roots->nr_fits ? roots->fits[i].text : NULL;
}
