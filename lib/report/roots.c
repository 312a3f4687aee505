/* roots.c - the roots of a list of contexts, each of them once, and what their tables hold. */
#include "report/roots.h"

unsigned int root_slots(const struct root *root)
{
    const struct xenpt_format *f = &root->paging->format;

    return f->top ? 1u << f->level[f->top].bits : 0;
}

bool root_entry(const struct root *root, unsigned int slot, uint64_t *ret)
{
    unsigned int size = root->paging->format.entry_size;
    uint64_t at = root->paging->root + (uint64_t)slot * size;

    *ret = 0;
    return xenpt_read(&root->memory.reader, at, ret, size);
}

unsigned int root_slots_used(const struct root *root)
{
    unsigned int n = 0;
    uint64_t entry;

    for (unsigned int i = 0; i < root_slots(root); i++)
        n += root_entry(root, i, &entry) && entry;
    return n;
}

static const struct xenpt_paging *stage(const struct xenpt_context *c, bool second)
{
    return second ? &c->second : &c->paging;
}

bool root_is_of(const struct root *root, const struct xenpt_context *context)
{
    const struct xenpt_paging *pg = stage(context, root->second);

    if (root->second && !context->has_second)
        return false;
    if (pg->id != root->paging->id || pg->root != root->paging->root)
        return false;
    /* Guest-physical addresses are equal only under one second stage. */
    return root->second || (context->has_second == root->guest &&
                            (!root->guest || context->second.root == root->context->second.root));
}

const char *root_kind(const struct root *root)
{
    const char *kind = root->context->kind;

    return kind && !root->second ? kind : root->paging->format.name;
}

const char *root_domain(const struct root *root)
{
    return *root->context->domain ? root->context->domain : NULL;
}

static struct root root_of(const struct xenpt_view *view, const struct xenpt_context *c,
                           bool second)
{
    struct root root = {
        .context = c,
        .paging = stage(c, second),
        .second = second,
        .guest = c->has_second && !second,
    };

    guest_memory_init(&root.memory, c, view->mem);
    if (!root.guest)
        root.memory.reader = *view->mem;
    return root;
}

static bool seen_before(const struct root *root, const struct contexts *contexts, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (root_is_of(root, contexts->list[i]))
            return true;
    return false;
}

/* What to do with each root. */
struct pass {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    const struct contexts *contexts;
    const struct xenpt_report_found *found;
    bool slots; /* Draw them; else list them. */
};

static enum xenpt_code visit(const struct pass *p, const struct root *root, struct xenpt_error *err)
{
    if (p->slots)
        return slots_text(p->r, p->view, root, err);
    if (p->r->form == XENPT_REPORT_JSON)
        roots_json(p->r, root, p->contexts);
    else
        roots_text(p->r, root, p->contexts);
    p->r->items++;
    return XENPT_OK;
}

static bool was_found(const struct pass *p, const struct root *root)
{
    for (size_t i = 0; i < p->found->nr; i++)
        if (root_is_of(root, &p->found->roots[i].context))
            return true;
    return false;
}

static enum xenpt_code each_found(const struct pass *p, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < p->found->nr; i++) {
        struct root root = root_of(p->view, &p->found->roots[i].context, false);

        root.found = &p->found->roots[i];
        code = visit(p, &root, err);
    }
    return code;
}

static enum xenpt_code each_root(const struct pass *p, struct xenpt_error *err)
{
    enum xenpt_code code = each_found(p, err);

    for (size_t i = 0; !code && i < p->contexts->nr; i++) {
        const struct xenpt_context *c = p->contexts->list[i];

        for (unsigned int second = 0; !code && second <= c->has_second; second++) {
            struct root root = root_of(p->view, c, second);

            if (!was_found(p, &root) && !seen_before(&root, p->contexts, i))
                code = visit(p, &root, err);
        }
    }
    return code;
}

enum xenpt_code xenpt_report_roots(struct xenpt_report *report, const struct xenpt_view *view,
                                   const struct xenpt_context *const contexts[], size_t nr_contexts,
                                   const struct xenpt_report_found *found, bool slots,
                                   struct xenpt_error *err)
{
    static const struct xenpt_report_found none;
    struct contexts all = { contexts, nr_contexts };
    struct pass pass = { report, view, &all, found ? found : &none, false };
    bool json = report->form == XENPT_REPORT_JSON;
    enum xenpt_code code;

    if (json)
        roots_json_begin(report, found);
    else
        roots_text_begin(report, found);
    code = each_root(&pass, err);
    if (json)
        roots_json_end(report);
    pass.slots = slots && !json;
    if (!code && pass.slots)
        code = each_root(&pass, err);
    if (!code && report->out.failed)
        code = xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}
