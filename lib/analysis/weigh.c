/*
 * weigh.c - an entry that both machines have: bits first, then where it leads; see comparing.h.
 */
#include "analysis/comparing.h"
#include "analysis/entries.h"

enum xenpt_role compared_role(const struct comparing *c, unsigned int level, uint64_t entry)
{
    const struct xenpt_paging *pg = &c->pair->image->paging;
    enum xenpt_role role = xenpt_entry_role(pg, level, entry);

    if (role != XENPT_MALFORMED)
        return role;
    return level == 1 || entry & pg->format.level[level].page_if ? XENPT_PAGE : XENPT_TABLE;
}

/* Whether the image's address is what the rule for it allows; a reason if not. */
static const char *address(struct comparing *c, const struct xenpt_difference *d, uint64_t expected,
                           uint64_t found)
{
    switch (d->why.frame) {
    case XENPT_FRAME_EXACT:
        return expected == found ? NULL : "another address";
    case XENPT_FRAME_ANY:
        return NULL;
    case XENPT_FRAME_RENAMED:
        break;
    }
    /* Roots of a kind are alike: this one stands for the model's while it is looked at. */
    if (expected == c->pair->model->paging.root || found == c->pair->image->paging.root)
        return expected == c->pair->model->paging.root && found == c->pair->image->paging.root
                   ? NULL
                   : "the root is expected, or not";
    switch (frame_map_match(&c->frames, expected, found)) {
    case FRAME_NEW:
        c->result.frames++;
        return NULL;
    case FRAME_SAME:
        return NULL;
    case FRAME_OTHER:
        return "another frame than elsewhere";
    case FRAME_NO_MEMORY:
        break;
    }
    c->code = xenpt_fail(c->err, XENPT_ENOMEM, "no memory for the frames of both machines");
    return NULL;
}

/* Whether a page has the flags that are expected of the first 4K page of it. */
static bool like_first(const struct comparing *c, const struct xenpt_difference *d)
{
    const struct xenpt_explainer *e = c->model->explainer;
    const struct xenpt_paging *pg = &c->pair->image->paging;
    uint64_t flags = entry_flags(pg, d->level, d->found, XENPT_PAGE) &
                     ~pg->format.level[d->level].page_if;
    struct xenpt_entry_question q = {
        .context = c->pair->model,
        .level = 1,
        .in = d->in,
        .entry = flags | xenpt_entry_target(pg, d->level, d->found),
    };
    struct xenpt_entry_explanation x;

    if (!e->entry(e, &q, &x) || x.opaque || compared_role(c, 1, x.entry) == XENPT_HOLE)
        return true;
    return !((entry_flags(pg, 1, x.entry, XENPT_PAGE) ^ flags) & ~x.may_differ);
}

/* A table where a page is expected, or a page where a table is. */
static void other_size(const struct comparing *c, struct xenpt_difference *d, enum xenpt_role found)
{
    d->compared = d->why.may_be_split ? XENPT_ALLOWED : XENPT_UNEXPLAINED;
    d->reason = "a page of another size";
    if (d->compared == XENPT_ALLOWED && found == XENPT_PAGE && !like_first(c, d)) {
        d->compared = XENPT_UNEXPLAINED;
        d->reason = "a page with other flags than those of the smaller ones that are expected";
    }
}

/* Compares an entry that both have; *follow: the tables that they lead to. */
void weigh(struct comparing *c, struct xenpt_difference *d, bool *follow)
{
    const struct xenpt_paging *pg = &c->pair->image->paging;
    enum xenpt_role found = compared_role(c, d->level, d->found);
    enum xenpt_role expected = compared_role(c, d->level, d->expected);
    uint64_t differ;

    if (found != expected) {
        other_size(c, d, found);
        *follow = d->compared == XENPT_ALLOWED && found == XENPT_TABLE;
        return;
    }
    differ = entry_flags(pg, d->level, d->found, found) ^
             entry_flags(pg, d->level, d->expected, found);
    d->compared = differ & ~d->why.may_differ       ? XENPT_UNEXPLAINED
                  : differ || d->why.one_of_several ? XENPT_ALLOWED
                                                    : XENPT_EXACT;
    d->reason = differ                  ? "other flags"
                : d->why.one_of_several ? "of a kind that may be there"
                                        : "any frame";
    if (d->compared != XENPT_UNEXPLAINED) {
        const char *wrong = address(c, d, xenpt_entry_target(pg, d->level, d->expected),
                                    xenpt_entry_target(pg, d->level, d->found));

        if (wrong) {
            d->compared = XENPT_UNEXPLAINED;
            d->reason = wrong;
        }
    }
    *follow = d->compared != XENPT_UNEXPLAINED && found == XENPT_TABLE;
}
