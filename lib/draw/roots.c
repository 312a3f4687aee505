/* roots.c - the roots of a list of contexts, each of them once. */
#include "draw/roots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_on(const struct seen_root *r, const struct xenpt_context *c, bool second)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;

    if (r->second != second || pg->id != r->paging->id || pg->root != r->paging->root)
        return false;
    return second ||
           (c->has_second == r->guest && (!r->guest || c->second.root == r->context->second.root));
}

static void init(struct seen_root *r, const struct xenpt_view *view, const struct xenpt_context *c,
                 bool second)
{
    const struct xenpt_format *f;

    *r = (struct seen_root){
        .context = c, .own = *c, .second = second, .guest = c->has_second && !second
    };
    r->paging = second ? &c->second : &c->paging;
    if (second) {
        r->own.paging = c->second;
        r->own.has_second = false;
    }
    guest_memory_init(&r->memory, c, view->mem);
    if (!r->guest)
        r->memory.reader = *view->mem;
    f = &r->paging->format;
    r->slots = f->top ? 1u << f->level[f->top].bits : 0;
}

static void call(struct seen_root *r, const char *name)
{
    size_t used = strlen(r->names);

    r->nr++;
    if (used + strlen(name) + 3 < sizeof(r->names) - 16)
        snprintf(r->names + used, sizeof(r->names) - used, "%s%s", used ? ", " : "", name);
    else if (used && r->names[used - 1] != '.')
        snprintf(r->names + used, sizeof(r->names) - used, ", ...");
}

enum xenpt_code roots_see(struct seen_roots *ret, const struct xenpt_view *view,
                          const struct xenpt_draw_options *opt, struct xenpt_error *err)
{
    *ret = (struct seen_roots){ calloc(2 * opt->nr_contexts + 1, sizeof(struct seen_root)), 0 };
    if (!ret->list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the roots of %zu contexts",
                          opt->nr_contexts);
    for (size_t i = 0; i < opt->nr_contexts; i++) {
        const struct xenpt_context *c = opt->contexts[i];

        for (unsigned int second = 0; second <= c->has_second; second++) {
            struct seen_root *r = ret->list;

            while (r < ret->list + ret->nr && !is_on(r, c, second))
                r++;
            if (r == ret->list + ret->nr) {
                init(r, view, c, second);
                if (!r->slots)
                    continue;
                ret->nr++;
            }
            call(r, c->name);
        }
    }
    if (ret->nr)
        return XENPT_OK;
    roots_forget(ret);
    return xenpt_fail(err, XENPT_ESTATE, "there is no table to draw: no context has a root");
}

void roots_forget(struct seen_roots *roots)
{
    free(roots->list);
    *roots = (struct seen_roots){ 0 };
}

const char *root_purpose(const struct seen_root *root, char buf[64])
{
    const struct xenpt_context *c = root->context;
    const char *kind = c->kind && !root->second ? c->kind : root->paging->format.name;

    if (*c->domain)
        snprintf(buf, 64, "%s of %s", kind, c->domain);
    else
        snprintf(buf, 64, "%s", kind);
    return buf;
}

bool seen_entry(const struct seen_root *root, uint64_t table, unsigned int slot, uint64_t *ret)
{
    unsigned int size = root->paging->format.entry_size;

    *ret = 0;
    return xenpt_read(&root->memory.reader, table + (uint64_t)slot * size, ret, size);
}

unsigned int seen_slots(const struct seen_root *root, unsigned int level)
{
    return 1u << root->paging->format.level[level].bits;
}

uint64_t root_slot_first(const struct seen_root *root, unsigned int slot)
{
    const struct xenpt_format *f = &root->paging->format;
    uint64_t first = (uint64_t)slot << f->level[f->top].shift;

    if (f->sign_extended && first >> (f->input_bits - 1))
        first |= ~UINT64_C(0) << f->input_bits;
    return first;
}

unsigned int entry_rights(const struct seen_root *root, unsigned int level, uint64_t entry)
{
    const struct xenpt_format *f = &root->paging->format;

    return xenpt_rights(root->paging, (entry ^ f->inverted) | f->level[level].silent);
}
