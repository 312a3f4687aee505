/* meanwhile.c - what other vCPUs do inside of a hypercall, and where that is pre-empted. */
#include "scenario/meanwhile.h"

#include <string.h>

#include "scenario/caches.h"
#include "scenario/verbs.h"
#include "xenpt/suggest.h"

/* --- Reading ------------------------------------------------------------------------------- */

static bool read_point(const char *text, enum xenpt_pv_point *ret)
{
    for (unsigned int i = 0; i < XENPT_PV_NR_POINTS; i++)
        if (!strcmp(xenpt_pv_point_word((enum xenpt_pv_point)i)->name, text)) {
            *ret = (enum xenpt_pv_point)i;
            return true;
        }
    return false;
}

static void no_point(struct scope *s, const struct node *node)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];
    struct xenpt_suggestion sug;

    xenpt_suggest_begin(&sug, node->kind == NODE_TEXT ? node->text : "");
    for (unsigned int i = 0; i < XENPT_PV_NR_POINTS; i++) {
        const char *name = xenpt_pv_point_word((enum xenpt_pv_point)i)->name;

        xenpt_suggest_try(&sug, name, strlen(name));
    }
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "at: %s, and a point of a hypercall was expected: type-flush, typed, locked, "
            "physmap-frame, physmap-old or physmap-table%s",
            node_words(node, words), xenpt_suggest_words(&sug, hint));
}

/* Snapshots and domains cannot change under a hypercall. */
static void bar(struct scope *s, const struct step *steps, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        const struct repeat_args *a = steps[i].args;
        const struct verb *v = steps[i].verb;

        if (v == &verb_snapshot || v == &verb_restore || v == &verb_create || v == &verb_destroy)
            mistake(&s->m, &steps[i].node->at, XENPT_EPARSE,
                    "meanwhile: %s cannot be inside of a hypercall", v->record.name);
        if (v == &verb_repeat && a)
            bar(s, a->steps, a->nr_steps);
    }
}

static void unknown_keys(struct scope *s, const struct node *node)
{
    for (size_t i = 0; i < node->nr; i++) {
        const char *key = node->keys[i]->text;

        if (strcmp(key, "at") != 0 && strcmp(key, "of") != 0 && strcmp(key, "steps") != 0)
            mistake(&s->m, &node->keys[i]->at, XENPT_EPARSE,
                    "meanwhile: there is no key '%.*s': it has at, of and steps", QUOTE_MAX, key);
    }
}

void meanwhile_examine(struct scope *s, const struct node *node, struct interleaving *with)
{
    const struct node *m = node_get(node, "meanwhile"), *at, *of, *steps;
    char words[NODE_WORDS_MAX];

    if (!m || m->kind == NODE_NULL)
        return;
    if (m->kind != NODE_MAP) {
        mistake(&s->m, &m->at, XENPT_EPARSE,
                "meanwhile: %s, and { at: POINT, steps: [...] } was expected",
                node_words(m, words));
        return;
    }
    unknown_keys(s, m);
    at = node_get(m, "at");
    of = node_get(m, "of");
    steps = node_get(m, "steps");
    if (!at)
        mistake(&s->m, &m->at, XENPT_EPARSE,
                "meanwhile: it has no at: a point, such as type-flush");
    else if (at->kind != NODE_TEXT || !read_point(at->text, &with->at))
        no_point(s, at);
    if (of)
        with->of = expr_parse(s, of, VALUE_MFN);
    if (!steps || steps->kind != NODE_LIST || !steps->nr) {
        mistake(&s->m, steps ? &steps->at : &m->at, XENPT_EPARSE,
                "meanwhile: steps: %s, and a list of steps was expected",
                steps ? node_words(steps, words) : "nothing");
        return;
    }
    with->any = true;
    if (plan_steps(s, steps, &with->steps, &with->nr))
        bar(s, with->steps, with->nr);
}

/* --- At a point ---------------------------------------------------------------------------- */

/* What was flushed so far is dropped before others use what CPUs remember. */
static void drop_flushed(struct calling *c)
{
    struct world *w = c->w;

    for (; c->dropped < w->call.nr_flushes; c->dropped++)
        if (w->caches)
            caches_flush(w, &w->call.flush[c->dropped]);
}

static bool meet(void *ctx, enum xenpt_pv_point point, uint64_t frame)
{
    struct calling *c = ctx;
    struct world *w = c->w;
    struct made_call own;
    bool ok;

    if (c->met || point != c->with->at || (c->with->of && frame != c->of))
        return true;
    c->met = true;
    world_changed(w);
    drop_flushed(c);
    own = w->call;
    ok = steps_inside(w, c->with->steps, c->with->nr);
    if (!ok)
        c->inside = w->problem;
    w->call = own;
    world_changed(w);
    return ok;
}

static bool prepare(struct calling *c, const struct interleaving *with)
{
    struct value v;

    c->with = with;
    if (with->preempt) {
        if (!expr_eval(c->w, with->preempt, &v))
            return false;
        c->caller.preempt = v.v;
    }
    if (with->of) {
        if (!expr_eval(c->w, with->of, &v))
            return false;
        c->of = v.v;
    }
    if (with->any)
        c->caller.at = meet;
    return true;
}

/* Whether it was made; what was to happen in it has to have happened, if it came so far. */
static bool is_made(struct calling *c, enum xenpt_code code)
{
    if (code == XENPT_ESTOPPED && c->inside.code)
        c->w->problem = c->inside;
    if (code)
        return false;
    if (c->with->any && !c->met && !c->r.error)
        return world_cannot(c->w, "meanwhile: the hypercall has not come to %s%s",
                            xenpt_pv_point_word(c->with->at)->name,
                            c->with->of ? " of that frame" : "");
    return true;
}

/* --- Hypercalls ---------------------------------------------------------------------------- */

bool call_mmu_update(struct calling *c, const struct interleaving *with,
                     const struct xenpt_pv_mmu_update *req, size_t nr, uint32_t foreigndom)
{
    return prepare(c, with) &&
           is_made(c, xenpt_pv_mmu_update(c->w->machine, &c->caller, req, nr, foreigndom, &c->r,
                                          &c->w->problem)) &&
           pending_note(c, false, req, nr, foreigndom);
}

bool call_mmuext(struct calling *c, const struct interleaving *with,
                 const struct xenpt_pv_mmuext *op, size_t nr, uint32_t foreigndom)
{
    return prepare(c, with) &&
           is_made(c, xenpt_pv_mmuext(c->w->machine, &c->caller, op, nr, foreigndom, &c->r,
                                      &c->w->problem)) &&
           pending_note(c, true, op, nr, foreigndom);
}

bool call_update_va(struct calling *c, const struct interleaving *with,
                    const struct xenpt_pv_va_update *u)
{
    return prepare(c, with) &&
           is_made(c, xenpt_pv_update_va(c->w->machine, &c->caller, u, &c->r, &c->w->problem));
}

bool call_reservation(struct calling *c, const struct interleaving *with,
                      const struct xenpt_pv_reservation *r, uint64_t *extents, size_t nr)
{
    struct world *w = c->w;

    return prepare(c, with) && is_made(c, xenpt_pv_reservation(w->machine, &c->caller, r, extents,
                                                               nr, &c->r, &w->problem));
}

bool call_physmap_add(struct calling *c, const struct interleaving *with,
                      const struct xenpt_physmap_add *add, size_t nr, bool batch)
{
    struct world *w = c->w;

    if (!prepare(c, with))
        return false;
    return is_made(c, batch ? xenpt_physmap_add_batch(w->machine, &c->caller, add, nr, NULL, &c->r,
                                                      &w->problem)
                            : xenpt_physmap_add(w->machine, &c->caller, add, &c->r, &w->problem));
}
