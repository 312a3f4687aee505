/* extent.c - what is mapped in a piece of an address space, in a few words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "draw/roots.h"
#include "xenpt/map.h"

struct measuring {
    const struct xenpt_view *view;
    const struct seen_root *root;
    struct extent *e;
};

const char *area_of(const struct xenpt_view *view, const struct xenpt_context *c, uint64_t in)
{
    const struct xenpt_explainer *e = view->explainer;
    struct xenpt_explanation x = { 0 };

    return e && e->address(e, c, in, &x) ? x.area : NULL;
}

static void add_area(struct extent *e, const char *area)
{
    for (unsigned int i = 0; i < e->nr_areas && i < EXTENT_AREAS; i++)
        if (!strcmp(e->areas[i], area))
            return;
    if (e->nr_areas < EXTENT_AREAS)
        e->areas[e->nr_areas++] = area;
    else
        e->nr_areas = EXTENT_AREAS + 1;
}

/* Orders "4K", "2M", "1G". */
static uint64_t bytes_of(const char *page)
{
    static const char units[] = "KMGT";
    uint64_t n = 0;
    const char *unit;

    while (*page >= '0' && *page <= '9')
        n = n * 10 + (uint64_t)(*page++ - '0');
    unit = *page ? strchr(units, *page) : NULL;
    return unit ? n << (10 * (unit - units + 1)) : n;
}

static void add_size(struct extent *e, const char *page)
{
    unsigned int at = 0;

    while (at < e->nr_sizes && bytes_of(e->sizes[at]) < bytes_of(page))
        at++;
    if ((at < e->nr_sizes && !strcmp(e->sizes[at], page)) || e->nr_sizes == XENPT_TOP_MAX)
        return;
    memmove(&e->sizes[at + 1], &e->sizes[at], (e->nr_sizes - at) * sizeof(e->sizes[0]));
    e->sizes[at] = page;
    e->nr_sizes++;
}

static void note_area(struct measuring *m, uint64_t in)
{
    const char *area = m->root->second ? NULL : area_of(m->view, m->root->context, in);

    if (area)
        add_area(m->e, area);
}

static bool take(void *ctx, const struct xenpt_map_range *r)
{
    struct measuring *m = ctx;
    struct extent *e = m->e;

    note_area(m, r->first);
    note_area(m, r->last);
    if (r->kind == XENPT_MAP_LINEAR)
        e->linear += r->leaves;
    else if (r->kind == XENPT_MAP_SHARED)
        e->again += r->leaves;
    else if (r->kind != XENPT_MAP_PAGES)
        e->bad += r->leaves;
    if (r->kind != XENPT_MAP_PAGES)
        return true;
    e->all = e->pages ? e->all & r->rights : r->rights;
    e->any |= r->rights;
    e->bytes += r->last - r->first + 1;
    e->pages += r->leaves;
    add_size(e, r->page);
    return true;
}

enum xenpt_code extent_measure(const struct xenpt_view *view, const struct seen_root *root,
                               uint64_t first, uint64_t last, struct extent *ret,
                               struct xenpt_error *err)
{
    struct measuring m = { view, root, ret };
    struct xenpt_map_options opt = { .first = first, .last = last, .scatter = true };
    struct xenpt_map_counts counts = { 0 };
    enum xenpt_code code;

    *ret = (struct extent){ 0 };
    code = xenpt_map(view, &root->own, &opt, take, &m, &counts, err);
    ret->tables = counts.tables;
    return code;
}

const char *amount_text(uint64_t bytes, char buf[AMOUNT_MAX])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    unsigned int u = 0;
    uint64_t unit = 1;

    while (u < 6 && bytes >= unit << 10) {
        unit <<= 10;
        u++;
    }
    /* Rounded down: what is not all there does not look as if it was. */
    if (bytes % unit && bytes / unit < 1000)
        snprintf(buf, AMOUNT_MAX, "%" PRIu64 ".%" PRIu64 " %s", bytes / unit,
                 (bytes % unit >> (10 * u - 10)) * 10 >> 10, units[u]);
    else
        snprintf(buf, AMOUNT_MAX, "%" PRIu64 " %s", bytes / unit, units[u]);
    return buf;
}

const char *extent_text(const struct extent *e, char buf[EXTENT_TEXT_MAX])
{
    char amount[AMOUNT_MAX];
    size_t used;

    if (!e->pages) {
        snprintf(buf, EXTENT_TEXT_MAX, "%s",
                 e->linear  ? "linear"
                 : e->again ? "tables met before"
                 : e->bad   ? "nothing legal"
                            : "no pages");
        return buf;
    }
    used = (size_t)snprintf(buf, EXTENT_TEXT_MAX, "%s, ", amount_text(e->bytes, amount));
    for (unsigned int i = 0; i < e->nr_sizes; i++)
        used += (size_t)snprintf(buf + used, EXTENT_TEXT_MAX - used, "%s%s", i ? "/" : "",
                                 e->sizes[i]);
    snprintf(buf + used, EXTENT_TEXT_MAX - used, " page%s", e->pages == 1 ? "" : "s");
    return buf;
}

const char *extent_areas(const struct extent *e, char buf[EXTENT_TEXT_MAX])
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned int i = 0; i < e->nr_areas && i < EXTENT_AREAS && used < EXTENT_TEXT_MAX - 8; i++)
        used += (size_t)snprintf(buf + used, EXTENT_TEXT_MAX - used, "%s%s", i ? ", " : "",
                                 e->areas[i]);
    if (used >= EXTENT_TEXT_MAX - 8 || e->nr_areas > EXTENT_AREAS)
        snprintf(buf + (used < EXTENT_TEXT_MAX - 8 ? used : EXTENT_TEXT_MAX - 8), 8, ", ...");
    return buf;
}
