/*
 * trace_words.c - what a changed word is called, and what of it is Xen's doing.
 *
 * Tables that no context has are known by what Xen takes them for, once it has looked at them.
 */
#include "scenario/trace_words.h"

#include <inttypes.h>

#include "pv/op.h"

/* --- Names --------------------------------------------------------------------------------- */

/* What is read of a file is gone when its results are looked at. */
static void add(struct world *w, struct frame_names *names, uint64_t mfn, const char *name)
{
    const char *kept = frame_name(names, mfn) ? NULL : world_text(w, "%s", name);

    if (kept)
        names->list[names->nr++] = (struct named_frame){ mfn, kept };
}

static void add_names(struct world *w, struct frame_names *names)
{
    const struct scope *s = w->scope;

    for (size_t i = 0; s->names && i < s->names->nr; i++) {
        const struct expr *e = s->states[i].e;
        struct value v;

        if (e && expr_type(e) == VALUE_MFN && expr_eval(w, e, &v))
            add(w, names, v.v, s->names->keys[i]->text);
    }
    for (size_t i = 0; i < s->nr_lets; i++)
        if (w->lets[i].type == VALUE_MFN && w->lets[i].v)
            add(w, names, w->lets[i].v, s->lets[i].name);
}

static void add_member(struct world *w, struct frame_names *names, uint64_t mfn, const char *domain,
                       const char *name)
{
    const char *kept = world_text(w, "%s.%s", domain, name);

    if (kept && !frame_name(names, mfn))
        names->list[names->nr++] = (struct named_frame){ mfn, kept };
}

static void add_given(struct world *w, struct frame_names *names)
{
    for (uint32_t d = 0; d < w->machine->nr_domains; d++) {
        const struct domain *dom = domain_there(w->machine, d);

        for (size_t i = 0; dom && i < dom->desc->nr_given; i++) {
            const char *name = dom->desc->given[i].name;
            xenpt_mfn_t mfn;

            if (name && xenpt_machine_given(w->machine, d, i, &mfn))
                add_member(w, names, mfn.v, dom->name, name);
        }
    }
}

bool frame_names_list(struct world *w, struct frame_names *ret)
{
    const struct scope *s = w->scope;
    const struct xenpt_error problem = w->problem;
    size_t max = s->nr_lets + (s->names ? s->names->nr : 0);

    for (uint32_t d = 0; d < w->machine->nr_domains; d++)
        max += domain_there(w->machine, d) ? w->machine->domains[d].desc->nr_given : 0;
    *ret = (struct frame_names){ .list = doc_alloc(w->out, (max + 1) * sizeof(*ret->list)) };
    if (!ret->list)
        return false;
    add_names(w, ret);
    add_given(w, ret);
    w->problem = problem; /* A name of what is not there now is none. */
    return true;
}

const char *frame_name(const struct frame_names *names, uint64_t mfn)
{
    for (size_t i = 0; i < names->nr; i++)
        if (names->list[i].mfn == mfn)
            return names->list[i].name;
    return NULL;
}

/* --- What Xen makes of an entry ------------------------------------------------------------ */

/* Bits that Xen sets in a guest's entries when it validates them; pv/mm.h, adjust_guest_l1e to
 * adjust_guest_l4e. */
static const struct {
    enum xenpt_domain_type type;
    unsigned int level;
    uint64_t set, clear; /* As the entry is now. */
    uint64_t of;         /* One of them is new. */
    const char *text;
} adjusted[] = {
    { XENPT_DOMAIN_PV64, 1, ENTRY_US | ENTRY_GK, 0, ENTRY_GK,
      "Xen sets US, as the guest's kernel runs in ring 3, and bit 52 to know that the guest had "
      "not" },
    { XENPT_DOMAIN_PV64, 1, ENTRY_US | ENTRY_G, ENTRY_GK, ENTRY_G,
      "Xen sets G in pages of the guest's user mode, so that they stay in the TLB when its kernel "
      "is entered" },
    { XENPT_DOMAIN_PV32, 3, ENTRY_US | ENTRY_RW, 0, ENTRY_US | ENTRY_RW,
      "Xen sets US and RW: to the guest it is a PDPTE, and to the processor an L3 entry of four "
      "levels" },
};

static const char *why_adjusted(const struct domain *d, const struct xenpt_run_change *c)
{
    uint64_t fresh = c->before & ENTRY_P ? c->after & ~c->before : c->after;

    for (size_t i = 0; i < sizeof(adjusted) / sizeof(adjusted[0]); i++)
        if (adjusted[i].type == d->desc->type && adjusted[i].level == c->level &&
            (c->after & adjusted[i].set) == adjusted[i].set && !(c->after & adjusted[i].clear) &&
            fresh & adjusted[i].of)
            return adjusted[i].text;
    return NULL;
}

/* A slot of Xen's in a guest's L4. */
static const char *why_slot(struct world *w, const struct domain *d,
                            const struct xenpt_run_change *c)
{
    const struct xenpt_machine *m = w->machine;
    struct xenpt_layout_slot s;

    if (c->level != 4 || is_guest_l4_slot(m, d, c->slot))
        return NULL;
    s = xenpt_layout_slot(m->layout, XENPT_ROOT_PV64_KERNEL, m->conditions, c->slot);
    return s.area ? world_text(w, "a slot of Xen's own: %s", s.area->name) : NULL;
}

/* --- A change ------------------------------------------------------------------------------ */

/* What Xen takes a frame for, if a context has no name for it. */
static void by_type(struct world *w, const struct domain *d, struct xenpt_run_change *c)
{
    const struct frame_info *info = frames_find(w->machine->frames, c->at >> XENPT_PAGE_SHIFT);
    char flags[XENPT_FLAGS_MAX];

    if (!info || !info->type_count || info->type < FRAME_L1 || info->type > FRAME_L4)
        return;
    c->level = info->type;
    c->table = world_text(w, "L%u of %s", info->type, d->name);
    c->flags = world_text(
        w, "%s", xenpt_entry_words(xenpt_format(XENPT_4LEVEL), info->type, c->after, true, flags));
}

/* Memory that a guest shares with Xen, or was given for something: by the first byte that changed,
 * as members can be smaller than a word. */
static const char *place_text(struct world *w, const struct xenpt_run_change *c)
{
    unsigned int byte = (unsigned int)__builtin_ctzll(c->before ^ c->after) / 8;
    struct xenpt_special_place p;
    const char *domain, *use;

    if (!xenpt_machine_place(w->machine, c->at + byte, &p))
        return NULL;
    domain = w->machine->domains[p.domain].name;
    use = xenpt_special_word(p.frames.special)->name;
    if (!*p.name)
        return world_text(w, "%s of %s", use, domain);
    return world_text(w, p.into_named ? "%s of %s, %s + %" PRIu64 : "%s of %s, %s", use, domain,
                      p.name, p.into_named);
}

void trace_words(struct world *w, const struct frame_names *names, struct xenpt_run_change *c)
{
    struct domain *d = NULL;

    c->name = frame_name(names, c->at >> XENPT_PAGE_SHIFT);
    pv_owner_of(w->machine, c->at >> XENPT_PAGE_SHIFT, &d);
    if (!c->table && d && is_pv(d))
        by_type(w, d, c);
    c->place = c->table ? NULL : place_text(w, c);
    if (!c->table || !(c->after & ENTRY_P))
        return;
    c->to = frame_name(names, ENTRY_FRAME(c->after));
    if (d && is_pv(d))
        c->why = why_adjusted(d, c);
    if (d && is_pv(d) && !c->why)
        c->why = why_slot(w, d, c);
}
