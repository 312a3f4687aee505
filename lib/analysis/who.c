/* who.c - an index of who reaches what: contexts, the spaces that their tables are in, roots. */
#include "analysis/who.h"

#include <stdlib.h>
#include <string.h>

/* --- Spaces -------------------------------------------------------------------------------- */

static bool same_level(const struct xenpt_level *a, const struct xenpt_level *b)
{
    return a->shift == b->shift && a->bits == b->bits && a->page_if == b->page_if &&
           a->rsvd_table == b->rsvd_table && a->rsvd_page == b->rsvd_page &&
           a->silent == b->silent && a->fold.from == b->fold.from && a->fold.bits == b->fold.bits &&
           a->fold.to == b->fold.to;
}

/* Whether entries mean the same to both. */
static bool same_paging(const struct xenpt_paging *a, const struct xenpt_paging *b)
{
    const struct xenpt_format *f = &a->format, *g = &b->format;

    if (a->id != b->id || f->top != g->top || f->present != g->present ||
        f->address != g->address || f->inverted != g->inverted || f->dependent != g->dependent ||
        f->upon != g->upon || f->bad_types != g->bad_types ||
        memcmp(f->right, g->right, sizeof(f->right)) != 0)
        return false;
    for (unsigned int i = 1; i <= f->top; i++)
        if (!same_level(&f->level[i], &g->level[i]))
            return false;
    return true;
}

bool who_space_has(const struct who_space *s, const struct xenpt_context *c, bool second)
{
    const struct xenpt_context *o = s->context;
    bool in_guest = c->has_second && !second;

    if (s->in_guest != in_guest || !same_paging(s->pg, second ? &c->second : &c->paging))
        return false;
    return !in_guest || (o->second.root == c->second.root && same_paging(&o->second, &c->second));
}

struct who_space *who_space_new(const struct xenpt_view *view, const struct xenpt_context *c,
                                bool second)
{
    struct who_space *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->context = c;
    s->pg = second ? &c->second : &c->paging;
    s->mem = view->mem;
    s->in_guest = c->has_second && !second;
    if (s->in_guest) {
        guest_memory_init(&s->guest, c, view->mem);
        s->mem = &s->guest.reader;
    }
    for (int r = 0; r < XENPT_NR_RIGHTS; r++)
        s->rights |= s->pg->format.right[r];
    return s;
}

/* The space and the node of a root. */
static bool enter_root(struct xenpt_who *who, const struct xenpt_context *c, bool second,
                       size_t *space, uint32_t *root)
{
    const struct xenpt_paging *pg = second ? &c->second : &c->paging;
    size_t i = 0;

    while (i < who->nr_spaces && !who_space_has(who->spaces[i], c, second))
        i++;
    if (i == who->nr_spaces) {
        if (!who_room(&who->spaces, who->nr_spaces, &who->max_spaces, sizeof(who->spaces[0])))
            return false;
        who->spaces[i] = who_space_new(who->view, c, second);
        if (!who->spaces[i])
            return false;
        who->nr_spaces++;
    }
    *space = i;
    *root = who_node_enter(who->spaces[i], pg->root, pg->format.top);
    return *root != WHO_NONE;
}

static bool enter_member(struct xenpt_who *who, const struct xenpt_context *c)
{
    struct who_member *m = &who->members[who->nr_members++];

    *m = (struct who_member){ .context = c, .root = WHO_NONE, .second_root = WHO_NONE };
    if (c->paging.format.top && !enter_root(who, c, false, &m->space, &m->root))
        return false;
    return !c->has_second || !c->second.format.top ||
           enter_root(who, c, true, &m->second, &m->second_root);
}

/* --- An index ------------------------------------------------------------------------------ */

enum xenpt_code xenpt_who_create(const struct xenpt_view *view, const struct xenpt_who_options *opt,
                                 struct xenpt_who **ret, struct xenpt_error *err)
{
    size_t nr = opt && opt->contexts ? opt->nr_contexts : view->nr_contexts;
    struct xenpt_who *who = calloc(1, sizeof(*who));
    bool ok = who;

    if (ok) {
        who->view = view;
        who->pages = opt && opt->pages;
        who->members = calloc(nr + 1, sizeof(*who->members));
        ok = who->members;
    }
    for (size_t i = 0; ok && i < nr; i++)
        ok = enter_member(who, opt && opt->contexts ? opt->contexts[i] : &view->contexts[i]);
    for (size_t i = 0; ok && i < who->nr_spaces; i++)
        ok = who_space_fill(who->spaces[i], who->pages);
    if (!ok) {
        xenpt_who_destroy(who);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for an index of all page tables");
    }
    *ret = who;
    return XENPT_OK;
}

void xenpt_who_destroy(struct xenpt_who *who)
{
    if (!who)
        return;
    for (size_t i = 0; i < who->nr_spaces; i++)
        who_space_free(who->spaces[i]);
    free(who->spaces);
    free(who->members);
    free(who);
}

struct xenpt_who_counts xenpt_who_size(const struct xenpt_who *who)
{
    struct xenpt_who_counts ret = { .bytes = sizeof(*who) };

    for (size_t i = 0; i < who->nr_spaces; i++) {
        const struct who_space *s = who->spaces[i];

        ret.tables += s->nr_nodes;
        ret.entries += s->nr_edges;
        ret.no_memory += s->no_memory;
        ret.bytes += sizeof(*s) + s->max_nodes * sizeof(*s->nodes) +
                     s->max_edges * sizeof(*s->edges) + (sizeof(*s->slot) << s->order) +
                     s->nr_low * sizeof(*s->low);
        for (unsigned int level = 1; level <= XENPT_TOP_MAX; level++) {
            ret.pieces += s->pieces[level].nr;
            ret.bytes += s->pieces[level].max * sizeof(*s->pieces[level].list);
        }
    }
    return ret;
}
