/* domain_memory.c - a domain's memory: how much, or range by range where. */
#include <inttypes.h>

#include "scenario/keys.h"
#include "xen/internal.h"

/* --- Reading ------------------------------------------------------------------------------- */

static bool read_range(struct doc *doc, const struct node *node, const struct raw_range *before,
                       struct raw_range *ret, struct mistakes *m)
{
    size_t known = m->nr;

    if (!read_record(doc, &range_record, node, ret, m))
        return false;
    if (node->kind != NODE_MAP || m->nr != known)
        return true;
    ret->range.placed = node_get(node, "mfn") != NULL;
    if (!node_get(node, "gfn") && before)
        ret->range.gfn = before->range.gfn + before->range.nr;
    if (!node_get(node, "pages") == !node_get(node, "size"))
        mistake(m, &node->at, XENPT_EPARSE, "memory: either pages or size is wanted");
    else if (node_get(node, "size") && ret->size % XENPT_PAGE_SIZE)
        mistake(m, &node_get(node, "size")->at, XENPT_ERANGE,
                "memory: 0x%llx bytes are no whole pages of 4 KiB", (unsigned long long)ret->size);
    else if (node_get(node, "size"))
        ret->range.nr = ret->size >> XENPT_PAGE_SHIFT;
    return true;
}

static bool read_memory(struct doc *doc, const struct row *row, const struct node *node, void *at,
                        struct mistakes *m)
{
    struct xenpt_domain_desc *desc = &((struct raw_domain *)at)->desc;
    struct raw_range one = { .size = 0 }, before;
    size_t known = m->nr;
    struct xenpt_domain_range *list;
    char words[NODE_WORDS_MAX];

    if (node_number(node, &desc->memory))
        return true;
    if (node->kind != NODE_LIST || !node->nr) {
        mistake(m, &node->at, XENPT_EPARSE,
                "%s: %s, and a size was expected, such as 512M, or a list of ranges, such as [{ "
                "gfn: 0, mfn: 0x40000, pages: 512 }]",
                row->key, node_words(node, words));
        return true;
    }
    list = doc_alloc(doc, node->nr * sizeof(*list));
    if (!list)
        return false;
    for (size_t i = 0; i < node->nr; i++) {
        before = one;
        one = (struct raw_range){ .size = 0 };
        if (!read_range(doc, node->items[i], i ? &before : NULL, &one, m))
            return false;
        list[i] = one.range;
    }
    if (m->nr != known)
        return true; /* What is wrong with them is told. */
    desc->ranges = list;
    desc->nr_ranges = node->nr;
    return true;
}

const struct row_kind kind_memory_of = {
    .words = "a size, such as 512M; or a list of ranges, see memory",
    .schema = "{\"type\":[\"string\",\"integer\",\"array\"],\"minimum\":0,"
              "\"items\":{\"$ref\":\"#/$defs/memory\"}}",
    .read = read_memory,
};

/* --- What cannot be ------------------------------------------------------------------------ */

/* The first of its frames that is no RAM. */
static bool outside(const struct xenpt_host_desc *host, const struct xenpt_domain_range *r,
                    uint64_t *ret)
{
    const struct xenpt_ram_range *ram;
    struct xenpt_ram_range usual[3];
    size_t n = ram_ranges(host, usual, &ram);
    uint64_t at = r->mfn;

    for (size_t i = 0; i < n && at < r->mfn + r->nr; i++)
        if (at >= ram[i].first >> XENPT_PAGE_SHIFT && at < (ram[i].last + 1) >> XENPT_PAGE_SHIFT)
            at = (ram[i].last + 1) >> XENPT_PAGE_SHIFT;
    *ret = at;
    return at < r->mfn + r->nr;
}

void memory_examine(struct mistakes *m, const struct xenpt_host_desc *host,
                    const struct xenpt_domain_desc *list, const struct node *const nodes[],
                    size_t i)
{
    const struct xenpt_domain_desc *d = &list[i];

    for (size_t n = 0; n < d->nr_ranges; n++) {
        const struct xenpt_domain_range *r = &d->ranges[n];
        const struct place *at = &nodes[i]->items[n]->at;
        struct xenpt_error err = { 0 };
        size_t with, other;
        uint64_t mfn;

        if (memory_check(d, n, &err)) {
            mistake(m, at, XENPT_ERANGE, "memory: %s", err.text);
            return;
        }
        if (!r->placed)
            continue;
        if (host && outside(host, r, &mfn))
            mistake(m, at, XENPT_ERANGE,
                    "memory: gfn 0x%" PRIx64 " of %s is to be mfn 0x%" PRIx64
                    ", which is no RAM of the host",
                    r->gfn + (mfn - r->mfn), d->name, mfn);
        if (memory_clash(list, i, n, &mfn, &with, &other)) {
            const struct xenpt_domain_range *o = &list[with].ranges[other];

            mistake(m, at, XENPT_ERANGE,
                    "memory: mfn 0x%" PRIx64 " is to be gfn 0x%" PRIx64
                    " of %s, and is gfn 0x%" PRIx64 " of %s already (line %u)",
                    mfn, r->gfn + (mfn - r->mfn), d->name, o->gfn + (mfn - o->mfn), list[with].name,
                    nodes[with]->items[other]->at.line);
        }
    }
}
