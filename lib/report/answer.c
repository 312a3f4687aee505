/* answer.c - one question, all of its answer. */
#include "report/answer.h"

#include "analysis/rights.h"

const char *page_of_span(const struct xenpt_context *context, uint64_t span)
{
    const struct xenpt_format *formats[] = { &context->paging.format, &context->second.format };

    for (unsigned int i = 0; i <= context->has_second; i++)
        for (unsigned int l = 1; l <= formats[i]->top; l++)
            if (XENPT_BIT(formats[i]->level[l].shift) == span)
                return xenpt_page_name(formats[i], l);
    return NULL;
}

const char *stage_name(const struct xenpt_context *context, bool second)
{
    if (!second)
        return "guest";
    return context->second.format.cache == XENPT_CACHE_EPT ? "EPT" : "NPT";
}

static void answer_one(struct answer *ret, const struct xenpt_view *view, uint64_t in)
{
    const struct xenpt_paging *pg = &ret->context->paging;
    struct xenpt_mtrr mtrr = xenpt_mtrr_all_wb();
    struct xenpt_walk *w = &ret->walk.guest;
    struct xenpt_verdict v;

    xenpt_walk(pg, view->mem, in, w);
    xenpt_judge(pg, w, &ret->access, &v);
    ret->walk.outcome = w->outcome;
    ret->walk.out = w->out;
    ret->walk.span = w->span;
    ret->walk.references = w->references;
    ret->verdict = (struct xenpt_verdict2){
        .allowed = v.allowed,
        .rule = v.rule,
        .level = v.level,
        .bits = v.bits,
        .fault = v.fault,
        .nr_updates = v.nr_updates,
    };
    for (unsigned int i = 0; i < v.nr_updates; i++)
        ret->verdict.update[i].update = v.update[i];
    ret->rights = w->rights;
    ret->memtype = xenpt_walk_memtype(pg, w, &mtrr);
}

static void answer_two(struct answer *ret, const struct xenpt_view *view, uint64_t in)
{
    const struct xenpt_paging *guest = &ret->context->paging, *second = &ret->context->second;
    struct xenpt_mtrr mtrr = xenpt_mtrr_all_wb();
    struct xenpt_walk2 *w = &ret->walk;

    xenpt_walk2(guest, second, view->mem, in, w);
    xenpt_judge2(guest, second, w, &ret->access, &ret->verdict);
    if (w->outcome == XENPT_MAPPED)
        ret->rights = rights_under(w->guest.rights, w->second[w->nr_second - 1].rights);
    ret->memtype = xenpt_walk2_memtype(guest, second, w, &mtrr);
}

void answer(struct answer *ret, const struct xenpt_view *view, const struct xenpt_context *context,
            uint64_t in, const struct xenpt_access *access)
{
    *ret = (struct answer){ .context = context, .access = *access };
    if (context->has_second)
        answer_two(ret, view, in);
    else
        answer_one(ret, view, in);
    if (ret->walk.outcome == XENPT_MAPPED)
        ret->page = page_of_span(context, ret->walk.span);
}

const struct xenpt_paging *answer_paging(const struct answer *a)
{
    return a->verdict.second ? &a->context->second : &a->context->paging;
}

const struct xenpt_walk *answer_walk(const struct answer *a)
{
    return a->verdict.second ? &a->walk.second[a->verdict.which] : &a->walk.guest;
}

const struct xenpt_step *answer_decider(const struct answer *a)
{
    const struct xenpt_walk *w = answer_walk(a);

    for (unsigned int i = 0; a->verdict.level && i < w->nr_steps; i++)
        if (w->step[i].level == a->verdict.level)
            return &w->step[i];
    return NULL;
}

/* PDPTEs were loaded with CR3; NPT alone reads a guest's at each walk (APM vol. 2, 15.25.10). */
static bool in_register(const struct answer *a, unsigned int level)
{
    const struct xenpt_context *c = a->context;

    return c->paging.format.level[level].in_register &&
           !(c->has_second && c->second.format.cache == XENPT_CACHE_PAT);
}

/* Whether the last entry of a walk could not be read. */
static bool last_unread(const struct xenpt_walk *w, unsigned int i)
{
    return w->outcome == XENPT_NO_MEMORY && i + 1 == w->nr_steps;
}

unsigned int answer_references(const struct answer *a, struct reference ret[REFERENCES_MAX])
{
    const struct xenpt_walk2 *w = &a->walk;
    unsigned int n = 0, top = a->context->paging.format.top;

    for (unsigned int g = 0; g < w->guest.nr_steps || g < w->nr_second; g++) {
        const struct xenpt_walk *second = g < w->nr_second ? &w->second[g] : NULL;
        bool to_page = w->guest.outcome == XENPT_MAPPED && g == w->guest.nr_steps;
        bool counted = to_page || g >= top || !in_register(a, top - g);

        for (unsigned int i = 0; second && i < second->nr_steps; i++)
            ret[n++] = (struct reference){ .second = true,
                                           .unread = last_unread(second, i),
                                           .counted = counted,
                                           .which = g,
                                           .step = &second->step[i],
                                           .at = second->step[i].at };
        if (g < w->guest.nr_steps)
            /* A second stage that ends in nothing is one step ahead of the guest. */
            ret[n++] = (struct reference){ .unread = last_unread(&w->guest, g) &&
                                                     w->nr_second <= w->guest.nr_steps,
                                           .counted = counted,
                                           .step = &w->guest.step[g],
                                           .at = second ? second->out : w->guest.step[g].at,
                                           .gaddr = w->guest.step[g].at };
    }
    return n;
}

unsigned int answer_entries(struct answer *ret, const struct xenpt_view *view,
                            const struct xenpt_context *context, uint64_t in,
                            struct reference refs[REFERENCES_MAX])
{
    static const struct xenpt_access read = { .kind = XENPT_READ };

    answer(ret, view, context, in, &read);
    return answer_references(ret, refs);
}
