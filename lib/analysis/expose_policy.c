/*
 * expose_policy.c - what should not be, slot by slot of each root: how much memory, and the lowest
 * address that shows it.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/expose.h"
#include "analysis/frame_map.h"
#include "analysis/rights.h"
#include "base/bits.h"

/* clang-format off */
static const struct xenpt_policy_row policies[XENPT_NR_POLICIES] = {
    [XENPT_POLICY_WX] = { "wx", "Memory that whoever executes there can write can be executed, too.",
        "HyperSafe, IEEE S&P 2010; Nested Kernel, ASPLOS 2015" },
    [XENPT_POLICY_TABLES] = { "tables",
        "A page table that a processor walks can be written through a mapping. Xen's directmap has all of "
        "them, by design; a guest has none.",
        "HyperSafe, IEEE S&P 2010; XSA-148, XSA-182" },
    [XENPT_POLICY_SUPERPAGES] = { "superpages",
        "A page of a second stage that is larger than 4 KiB can be executed, which on processors with the "
        "page size change erratum lets a guest stop the machine.",
        "XSA-304" },
    [XENPT_POLICY_USER_XEN] = { "user-xen",
        "A guest's code reaches memory of Xen's. The machine-to-physical table is there for it to read, by "
        "design.",
        "arch/x86/mm.c, 4.17; XSA-254" },
};
/* clang-format on */

const struct xenpt_policy_row *xenpt_policy_row(enum xenpt_policy policy)
{
    return &policies[policy];
}

/* A question to one slot. */
struct asking {
    struct exposing *x;
    const struct xenpt_context *c;
    enum xenpt_executor by;
    enum xenpt_policy policy;
    const struct xenpt_paging *pg; /* Whose root has the slots. */
    struct frame_half seen;
    struct spans large; /* Of superpages: all that were met... */
    bool noted;         /* ...and the first was told. */
    bool no_memory;
    struct xenpt_policy_finding *ret;
};

/* --- What is against it -------------------------------------------------------------------- */

static bool xen_is_in(const struct asking *a, uint64_t first, uint64_t last)
{
    const struct xenpt_owners *o = a->x->opt->owners;
    uint64_t end;

    for (uint64_t at = first;; at = end + 1) {
        uint32_t owner = expose_owner(o, at, &end);

        if (owner != XENPT_OWNER_NONE && !strcmp(o->names[owner], "xen"))
            return true;
        if (end >= last)
            return false;
    }
}

/* Whether some of a stretch of machine memory is, mapped by a page of this level; 0: of any. */
static bool is_against(const struct asking *a, uint64_t first, uint64_t last, uint32_t rights,
                       unsigned int level)
{
    const unsigned int wx = XENPT_EXPOSE_WRITE | XENPT_EXPOSE_EXECUTE;
    unsigned int can = expose_can(a->x, a->c, a->by, rights);

    switch (a->policy) {
    case XENPT_POLICY_WX:
        return (can & wx) == wx;
    case XENPT_POLICY_TABLES:
        return can & XENPT_EXPOSE_WRITE && spans_touch(&a->x->tables, first, last);
    case XENPT_POLICY_SUPERPAGES:
        return level > 1 && rights_fetch(rights);
    default:
        return can && xen_is_in(a, first, last);
    }
}

/* How much of a stretch is: of tables and of Xen's memory only that. */
static void add_against(const struct asking *a, const struct span *s, struct spans *ret)
{
    const struct xenpt_owners *o = a->x->opt->owners;
    const struct spans *t = &a->x->tables;

    if (!is_against(a, s->first, s->last, s->rights, 0))
        return;
    if (a->policy == XENPT_POLICY_TABLES) {
        for (size_t i = spans_from(t, s->first); i < t->nr && t->list[i].first <= s->last; i++)
            spans_add(ret, t->list[i].first > s->first ? t->list[i].first : s->first,
                      t->list[i].last < s->last ? t->list[i].last : s->last, 1);
        return;
    }
    if (a->policy != XENPT_POLICY_USER_XEN) {
        spans_add(ret, s->first, s->last, 1);
        return;
    }
    for (uint64_t at = s->first, end;; at = end + 1) {
        uint32_t owner = expose_owner(o, at, &end);

        end = end < s->last ? end : s->last;
        if (owner != XENPT_OWNER_NONE && !strcmp(o->names[owner], "xen"))
            spans_add(ret, at, end, 1);
        if (end == s->last)
            break;
    }
}

/* --- The lowest address -------------------------------------------------------------------- */

static void note(struct asking *a, uint64_t in, uint64_t maddr, uint32_t rights)
{
    uint64_t last;

    a->ret->in = in;
    a->ret->maddr = maddr;
    a->ret->can = expose_can(a->x, a->c, a->by, rights);
    if (a->policy == XENPT_POLICY_SUPERPAGES)
        a->ret->can |= XENPT_EXPOSE_EXECUTE;
    a->ret->owner = expose_owner(a->x->opt->owners, maddr, &last);
}

/* The first byte of a page that is against it; the page is, somewhere. */
static uint64_t first_byte(const struct asking *a, uint64_t first, uint64_t last)
{
    const struct xenpt_owners *o = a->x->opt->owners;
    uint64_t end;

    if (a->policy == XENPT_POLICY_TABLES) {
        size_t i = spans_from(&a->x->tables, first);

        if (i < a->x->tables.nr)
            return a->x->tables.list[i].first > first ? a->x->tables.list[i].first : first;
    }
    for (uint64_t at = first; a->policy == XENPT_POLICY_USER_XEN && at <= last; at = end + 1) {
        uint32_t owner = expose_owner(o, at, &end);

        if (owner != XENPT_OWNER_NONE && !strcmp(o->names[owner], "xen"))
            return at;
    }
    return first;
}

static bool try_page(struct asking *a, uint64_t in, uint64_t to, uint64_t size, uint32_t rights,
                     unsigned int level)
{
    struct spans found = { 0 };
    bool any = false;

    if (!a->c->has_second) {
        if (!is_against(a, to, to + size - 1, rights, level))
            return false;
        if (a->policy == XENPT_POLICY_SUPERPAGES)
            spans_add(&a->large, to, to + size - 1, 1);
        if (a->noted)
            return false;
        a->noted = true;
        note(a, in + (first_byte(a, to, to + size - 1) - to), first_byte(a, to, to + size - 1),
             rights);
        return a->policy != XENPT_POLICY_SUPERPAGES;
    }
    if (!expose_stage(a->x, a->c, true, to, to + size - 1, &found))
        a->no_memory = true;
    for (size_t i = 0; !any && i < found.nr; i++) {
        const struct span *s = &found.list[i];
        uint32_t left = rights_under(rights, s->rights & SPAN_MAPPED);

        any = !(s->rights & SPAN_TERMINAL) && is_against(a, s->first, s->last, left, level);
        if (any)
            note(a, in, first_byte(a, s->first, s->last), left);
    }
    a->noted |= any;
    spans_free(&found);
    return any;
}

/* From a table down; each once with the same rights. */
static bool search(struct asking *a, size_t space, uint32_t node, uint64_t in, uint32_t rights,
                   unsigned int from, unsigned int to)
{
    struct who_space *s = a->x->spaces[space].space;
    struct who_node at = s->nodes[node];
    uint64_t copy[WHO_ENTRIES], size = XENPT_BIT(s->pg->format.level[at.level].shift);
    const uint64_t *entry;
    unsigned int nr;
    bool fresh = true;

    if (at.level < s->pg->format.top &&
        !frame_set_add(&a->seen, (uint64_t)node << 8 | rights, &fresh))
        a->no_memory = true;
    if (!fresh || a->no_memory)
        return false;
    entry = who_table(s, at.base, at.level, copy, &nr);
    for (unsigned int i = from; entry && i < nr && i <= to; i++) {
        enum xenpt_role role = xenpt_entry_role(s->pg, at.level, entry[i]);
        uint64_t granted = (entry[i] ^ s->pg->format.inverted) |
                           s->pg->format.level[at.level].silent;
        uint32_t left = rights & xenpt_rights(s->pg, granted);
        uint64_t out;

        if (role != XENPT_TABLE && role != XENPT_PAGE)
            continue;
        out = who_target(s, at.level, entry[i]);
        if (role == XENPT_PAGE && try_page(a, in + i * size, out, size, left, at.level))
            return true;
        if (role == XENPT_TABLE) {
            uint32_t child = who_node_enter(s, out, at.level - 1);

            if (child == WHO_NONE)
                a->no_memory = true;
            else if (search(a, space, child, in + i * size, left, 0, WHO_ENTRIES))
                return true;
        }
    }
    return false;
}

/* --- Slots --------------------------------------------------------------------------------- */

static bool slot_bytes(struct asking *a, unsigned int slot, uint64_t size, uint64_t *ret)
{
    uint64_t first = slot * size, last = first + size - 1, end = expose_last(a->c, a->by);
    struct spans all = { 0 }, found = { 0 };
    bool ok = true;

    *ret = 0;
    if (first > end)
        return true;
    ok = expose_reach(a->x, a->c, first, last < end ? last : end, &all);
    for (size_t i = 0; ok && i < all.nr; i++)
        add_against(a, &all.list[i], &found);
    spans_flatten(&found);
    *ret = spans_size(&found);
    ok = ok && !found.no_memory;
    spans_free(&all);
    spans_free(&found);
    return ok;
}

static enum xenpt_code slots(struct asking *a, xenpt_policy_fn fn, void *ctx,
                             struct xenpt_error *err)
{
    const struct xenpt_format *f = &a->pg->format;
    unsigned int nr = 1u << f->level[f->top].bits;
    uint64_t size = XENPT_BIT(f->level[f->top].shift);
    bool ok = true;

    for (unsigned int i = 0; i < nr; i++) {
        struct xenpt_policy_finding found = {
            .policy = a->policy, .context = a->c, .by = a->by, .slot = i
        };
        size_t space;
        uint32_t root;

        /* Which pages are larger ones is known of pages alone. */
        if (a->policy != XENPT_POLICY_SUPERPAGES &&
            (!(ok = slot_bytes(a, i, size, &found.bytes)) || !found.bytes)) {
            if (!ok)
                break;
            continue;
        }
        a->ret = &found;
        a->noted = false;
        ok = expose_enter(a->x, a->c, false, &space, &root);
        if (ok)
            search(a, space, root, 0, SPAN_MAPPED, i, i);
        a->ret = NULL;
        if (a->policy == XENPT_POLICY_SUPERPAGES) {
            spans_flatten(&a->large);
            found.bytes = spans_size(&a->large);
            a->no_memory |= a->large.no_memory;
            spans_free(&a->large);
        }
        free(a->seen.slot);
        a->seen = (struct frame_half){ 0 };
        if (!ok || a->no_memory)
            break;
        if (!a->noted)
            continue;
        if (f->sign_extended && found.in >> (f->input_bits - 1) & 1)
            found.in |= ~ones(f->input_bits);
        if (!fn(ctx, &found))
            return xenpt_fail(err, XENPT_ESTOPPED, "stopped at %s", a->c->name);
    }
    return ok && !a->no_memory
               ? XENPT_OK
               : xenpt_fail(err, XENPT_ENOMEM, "no memory for policies of %s", a->c->name);
}

/* --- All of them --------------------------------------------------------------------------- */

/* Whether a policy asks anything of a context: second stages are asked for larger pages alone. */
static bool applies(const struct xenpt_context *c, enum xenpt_executor by, enum xenpt_policy policy)
{
    if (policy == XENPT_POLICY_SUPERPAGES)
        return c->paging.format.second_stage && by != XENPT_BY_DEVICE;
    return c->paging.format.top &&
           (policy != XENPT_POLICY_USER_XEN || by == XENPT_BY_USER || by == XENPT_BY_KERNEL);
}

enum xenpt_code xenpt_expose_policies(const struct xenpt_view *view,
                                      const struct xenpt_expose_options *opt, unsigned int which,
                                      xenpt_policy_fn fn, void *ctx, struct xenpt_error *err)
{
    struct exposing x;
    enum xenpt_code code = expose_begin(&x, view, opt, err);

    if (!code && !expose_list_tables(&x))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for a list of tables");
    for (size_t i = 0; !code && i < expose_nr(&x); i++) {
        const struct xenpt_context *c = expose_context(&x, i);
        unsigned int parties = expose_parties(&x, c);

        for (unsigned int n = 0; !code && n < XENPT_NR_EXECUTORS * XENPT_NR_POLICIES; n++) {
            struct asking a = { .x = &x, .c = c, .pg = &c->paging };

            a.by = (enum xenpt_executor)(n / XENPT_NR_POLICIES);
            a.policy = (enum xenpt_policy)(n % XENPT_NR_POLICIES);
            if (!(parties >> a.by & 1) || (which && !(which >> a.policy & 1)) ||
                !applies(c, a.by, a.policy) || !expose_concerns(&x, c, a.by))
                continue;
            code = slots(&a, fn, ctx, err);
        }
    }
    expose_free(&x);
    return code;
}
