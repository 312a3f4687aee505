/* show.c - what shows something: an address followed, and the entries on its way, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/rights.h"
#include "scenario/world.h"

/* The level of pages that span so many bytes, of a format. */
static const char *page_of(const struct xenpt_format *f, uint64_t span)
{
    for (unsigned int level = 1; level <= f->top; level++)
        if (UINT64_C(1) << f->level[level].shift == span)
            return xenpt_page_name(f, level);
    return "4K";
}

void follow_address(const struct world *w, const struct xenpt_context *c, uint64_t in,
                    struct followed *ret)
{
    struct xenpt_walk2 *walk = &ret->walk;

    *ret = (struct followed){ .page = NULL };
    if (c->has_second) {
        xenpt_walk2(&c->paging, &c->second, w->view->mem, in, walk);
    } else {
        walk->outcome = xenpt_walk(&c->paging, w->view->mem, in, &walk->guest);
        walk->out = walk->guest.out;
        walk->span = walk->guest.span;
        walk->references = walk->guest.references;
    }
    if (walk->outcome != XENPT_MAPPED)
        return;
    ret->rights = walk->guest.rights;
    if (c->has_second)
        ret->rights = rights_under(ret->rights, walk->second[walk->nr_second - 1].rights);
    ret->page = page_of(&c->paging.format, walk->span);
    if (c->has_second && c->second.format.top)
        ret->page = page_of(&c->second.format, walk->span);
}

const char *followed_text(struct world *w, const struct xenpt_context *c, const struct followed *f)
{
    const struct xenpt_walk2 *walk = &f->walk;
    const struct xenpt_walk *last = &walk->guest;
    char rights[RIGHTS_TEXT_MAX];

    if (walk->outcome == XENPT_MAPPED)
        return world_text(w, "mapped to 0x%" PRIx64 " (mfn 0x%" PRIx64 "), %s, %s", walk->out,
                          walk->out >> XENPT_PAGE_SHIFT, rights_text(f->rights, rights), f->page);
    if (c->has_second && walk->nr_second &&
        walk->second[walk->nr_second - 1].outcome != XENPT_MAPPED)
        last = &walk->second[walk->nr_second - 1];
    if (!last->nr_steps)
        return world_text(w, "%s", xenpt_outcome_name(walk->outcome));
    return world_text(w, "%s: the walk ends in %sL%u", xenpt_outcome_name(walk->outcome),
                      last == &walk->guest ? "" : "the second stage's ",
                      last->step[last->nr_steps - 1].level);
}

/* --- The walk ------------------------------------------------------------------------------ */

/* maddr: where the entry lies in the machine's memory, or 0. */
static bool show_step(struct world *w, const struct xenpt_context *c, bool second, uint64_t in,
                      const struct xenpt_step *s, uint64_t maddr, struct xenpt_run_entry *ret)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;
    const struct xenpt_explainer *explainer = w->view->explainer;
    struct xenpt_entry_explanation why = { .area = NULL };
    struct xenpt_entry_question q = {
        .context = c, .second = second, .level = s->level, .in = in, .at = maddr, .entry = s->entry
    };
    char flags[XENPT_FLAGS_MAX];

    *ret = (struct xenpt_run_entry){
        .second = second,
        .level = s->level,
        .slot = xenpt_slot(&pg->format, s->level, in),
        .at = s->at,
        .entry = s->entry,
        .flags = world_text(w, "%s",
                            xenpt_entry_words(&pg->format, s->level, s->entry, true, flags)),
    };
    if (explainer && explainer->entry && explainer->entry(explainer, &q, &why)) {
        ret->owner = why.owner ? world_text(w, "%s", why.owner) : NULL;
        ret->rule = why.rule ? why.rule->text : NULL;
    }
    return ret->flags;
}

/* under: of a guest's walk under a second stage, where that has its entries; or NULL. */
static bool show_steps(struct world *w, const struct xenpt_context *c,
                       const struct xenpt_walk *walk, bool second, const struct xenpt_walk *under,
                       struct xenpt_run_entry *to, size_t *nr)
{
    for (unsigned int i = 0; i < walk->nr_steps; i++)
        if (!show_step(w, c, second, walk->in, &walk->step[i],
                       under ? under[i].out : walk->step[i].at, &to[(*nr)++]))
            return false;
    return true;
}

/* Of two stages the guest's, and the walk of the second that ended it. */
const struct xenpt_run_walk *show_walk(struct world *w, const struct xenpt_context *c, uint64_t in)
{
    struct xenpt_run_walk *ret = doc_alloc(w->out, sizeof(*ret));
    struct xenpt_run_entry *entries = doc_alloc(w->out, 2 * XENPT_TOP_MAX * sizeof(*entries));
    struct xenpt_explanation what = { .area = NULL };
    const struct xenpt_explainer *x = w->view->explainer;
    struct followed f;

    follow_address(w, c, in, &f);
    if (!ret || !entries ||
        !show_steps(w, c, &f.walk.guest, false, c->has_second ? f.walk.second : NULL, entries,
                    &ret->nr_entries))
        return NULL;
    if (c->has_second && f.walk.nr_second &&
        !show_steps(w, c, &f.walk.second[f.walk.nr_second - 1], true, NULL, entries,
                    &ret->nr_entries))
        return NULL;
    ret->context = world_text(w, "%s", c->name);
    ret->in = in;
    ret->entries = entries;
    ret->ended = followed_text(w, c, &f);
    if (x && x->address && x->address(x, c, in, &what) && what.area)
        ret->area = what.area_offset ? world_text(w, "%s+0x%" PRIx64, what.area, what.area_offset)
                                     : world_text(w, "%s", what.area);
    return ret;
}
