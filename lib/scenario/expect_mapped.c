/* expect_mapped.c - expectations: what an address leads to. */
#include <inttypes.h>
#include <string.h>

#include "scenario/tables.h"
#include "xenpt/map.h"

struct mapped_args {
    struct check_head head;
    const struct expr *address;
    struct rights_wanted rights;
    const char *page;
    const struct expr *frame;
    struct flag_words flags, without;
};

/* --- One address --------------------------------------------------------------------------- */

/* ", with RW NX" */
static const char *flag_list(struct world *w, const char *how, const struct flag_words *words)
{
    const char *text = "";

    for (size_t i = 0; text && i < words->nr; i++)
        text = world_text(w, "%s%s %s", text, i ? "" : how, words->word[i]);
    return text ? text : "";
}

/* What the file wants, in its own words. */
static const char *wanted(struct world *w, const struct mapped_args *a, const struct value *frame)
{
    return world_text(w, "mapped%s%s%s%s%s%s%s%s",
                      a->frame ? world_text(w, " to mfn 0x%" PRIx64, frame->v) : "",
                      a->rights.text ? ", rights " : "", a->rights.text ? a->rights.text : "",
                      a->page ? ", " : "", a->page ? a->page : "", a->page ? " page" : "",
                      flag_list(w, ", with", &a->flags), flag_list(w, ", without", &a->without));
}

/* Of the entries that map pages: bits that all have, and bits that some have. */
static bool flags_hold(const struct mapped_args *a, const struct xenpt_format *f,
                       unsigned int level, uint64_t all, uint64_t any)
{
    return !table_flags_missing(f, level, all, &a->flags, true) &&
           !table_flags_missing(f, level, any, &a->without, false);
}

/* The entry that maps the page, in the first stage; false: nothing pages. */
static bool leaf_holds(const struct mapped_args *a, const struct xenpt_context *c,
                       const struct xenpt_walk *walk)
{
    const struct xenpt_step *leaf = &walk->step[walk->nr_steps ? walk->nr_steps - 1 : 0];

    if (!walk->nr_steps)
        return !a->flags.nr;
    return flags_hold(a, &c->paging.format, leaf->level, leaf->entry, leaf->entry);
}

/* With the flags of the entry, if the file asks for some. */
static const char *found_text(struct world *w, const struct mapped_args *a,
                              const struct xenpt_context *c, const struct followed *f)
{
    const struct xenpt_walk *walk = &f->walk.guest;
    const struct xenpt_step *leaf = &walk->step[walk->nr_steps ? walk->nr_steps - 1 : 0];
    const char *text = followed_text(w, c, f);
    char flags[XENPT_FLAGS_MAX];

    if (f->walk.outcome != XENPT_MAPPED || !walk->nr_steps || !(a->flags.nr + a->without.nr))
        return text;
    return world_text(w, "%s, by an L%u entry with %s", text, leaf->level,
                      xenpt_entry_words(&c->paging.format, leaf->level, leaf->entry, true, flags));
}

static enum checked tell(struct world *w, const struct mapped_args *a, uint64_t in,
                         const struct xenpt_context *c, const struct followed *f,
                         const struct value *frame, bool held, struct finding *ret)
{
    if (!ret->tell)
        return held ? CHECK_HELD : CHECK_FAILED;
    ret->expected = wanted(w, a, frame);
    ret->found = found_text(w, a, c, f);
    ret->walks[0] = show_walk(w, c, in);
    ret->nr_walks = ret->walks[0] != NULL;
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked one_address(struct world *w, const struct mapped_args *a, uint64_t in,
                                const struct xenpt_context *c, struct finding *ret)
{
    struct value frame = { .v = 0 };
    struct followed f;
    bool held;

    if (a->frame && !expr_eval(w, a->frame, &frame))
        return CHECK_CANNOT;
    follow_address(w, c, in, &f);
    held = f.walk.outcome == XENPT_MAPPED && (!a->page || !strcmp(a->page, f.page)) &&
           (!a->frame || f.walk.out >> XENPT_PAGE_SHIFT == frame.v) &&
           rights_hold(&a->rights, f.rights) && leaf_holds(a, c, &f.walk.guest);
    return tell(w, a, in, c, &f, &frame, held, ret);
}

/* --- Many ---------------------------------------------------------------------------------- */

/* The pages in a range: whether there are some, and the first that is otherwise. */
struct ranging {
    const struct mapped_args *args; /* NULL: none may be there. */
    const struct xenpt_format *format;
    uint64_t pages;
    bool otherwise;
    uint64_t first; /* That is otherwise, or is there at all. */
};

static bool range_met(void *ctx, const struct xenpt_map_range *range)
{
    struct ranging *r = ctx;

    if (!r->pages)
        r->first = range->first;
    r->pages += range->leaves;
    if (!r->args)
        return false; /* One is enough. */
    if (rights_hold(&r->args->rights, range->rights) &&
        (!r->args->page || !strcmp(r->args->page, range->page)) &&
        flags_hold(r->args, r->format, range->leaf.level, range->leaf.all, range->leaf.any))
        return true;
    r->otherwise = true;
    r->first = range->first;
    return false;
}

static bool map_range(struct world *w, const struct xenpt_context *c, const struct value *in,
                      struct ranging *r)
{
    struct xenpt_map_options opt = {
        .first = in->v,
        .last = in->last,
        .kinds = 1u << XENPT_MAP_PAGES,
        .unfold = true,
        .repeats = true,
        .scatter = true,
        .limit = UINT64_C(64) << 20,
    };
    enum xenpt_code code;

    code = xenpt_map(w->view, c, &opt, range_met, r, NULL, &w->problem);
    return !code || code == XENPT_ESTOPPED;
}

static const char *range_words(struct world *w, const struct value *in)
{
    return world_text(w, "0x%" PRIx64 "..0x%" PRIx64, in->v, in->last);
}

/* Of many entries it is known which bits all have, or some, and not what a field of each is. */
static const char *field_of(const struct flag_words *words)
{
    for (size_t i = 0; i < words->nr; i++)
        if (strchr(words->word[i], '='))
            return words->word[i];
    return NULL;
}

static enum checked many_addresses(struct world *w, const struct mapped_args *a,
                                   const struct value *in, const struct xenpt_context *c,
                                   struct finding *ret)
{
    struct ranging r = { .args = a, .format = &c->paging.format };
    const char *field = field_of(&a->flags);
    struct value frame = { .v = 0 };
    bool held;

    field = field ? field : field_of(&a->without);
    if (a->frame || field) {
        world_cannot(w, "%s can be told of one address, and this is all of an area",
                     field ? field : "a frame");
        return CHECK_CANNOT;
    }
    if (!map_range(w, c, in, &r))
        return CHECK_CANNOT;
    held = r.pages && !r.otherwise;
    if (ret->tell) {
        ret->expected = world_text(w, "something in %s, and all of it %s", range_words(w, in),
                                   wanted(w, a, &frame));
        ret->found = r.otherwise ? world_text(w, "0x%" PRIx64 " is otherwise", r.first)
                     : r.pages   ? "all of it is so"
                                 : "nothing is mapped there";
        ret->walks[0] = show_walk(w, c, r.pages ? r.first : in->v);
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_mapped(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct mapped_args *a = args;
    struct value in;

    if (!expr_eval(w, a->address, &in))
        return CHECK_CANNOT;
    return in.last > in.v ? many_addresses(w, a, &in, c, ret) : one_address(w, a, in.v, c, ret);
}

static enum checked check_unmapped(struct world *w, const void *args, const struct xenpt_context *c,
                                   struct finding *ret)
{
    const struct mapped_args *a = args;
    struct ranging r = { .args = NULL };
    struct followed f;
    struct value in;

    if (!expr_eval(w, a->address, &in))
        return CHECK_CANNOT;
    r.first = in.v;
    if (in.last > in.v) {
        if (!map_range(w, c, &in, &r))
            return CHECK_CANNOT;
    } else {
        follow_address(w, c, in.v, &f);
        r.pages = f.walk.outcome == XENPT_MAPPED;
    }
    if (ret->tell) {
        follow_address(w, c, r.first, &f);
        ret->expected = in.last > in.v ? world_text(w, "nothing in %s", range_words(w, &in))
                                       : "not mapped";
        ret->found = r.pages && in.last > in.v
                         ? world_text(w, "0x%" PRIx64 " is %s", r.first, followed_text(w, c, &f))
                         : followed_text(w, c, &f);
        ret->walks[0] = show_walk(w, c, r.first);
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return r.pages ? CHECK_FAILED : CHECK_HELD;
}

/* --- The rows ------------------------------------------------------------------------------ */

static void examine_fields(struct scope *s, const struct node *node, const char *key,
                           const struct flag_words *words)
{
    const char *field = field_of(words);

    if (field)
        mistake(&s->m, &node_get(node, key)->at, XENPT_EPARSE,
                "%s: %s can be told of one address, and this is a range", key, field);
}

static void examine_mapped(struct scope *s, const struct node *node, void *args)
{
    const struct mapped_args *a = args;
    const struct node *frame = node_get(node, "frame");

    if (!strstr(node_get(node, "mapped")->text, ".."))
        return;
    if (a->frame)
        mistake(&s->m, &frame->at, XENPT_EPARSE, "frame: of a range, pages lead to many");
    examine_fields(s, node, "flags", &a->flags);
    examine_fields(s, node, "without", &a->without);
}

/* clang-format off */
static const struct row mapped_rows[] = {
    { .key = "mapped", KIND_ROW(kind_addresses, mapped_args, address), .required = true,
      .text = "An address that is mapped. Of a range or an area: something of it is, and all that is "
              "has these rights and pages." },
    IN_ROW,
    { .key = "rights", KIND_ROW(kind_rights, mapped_args, rights),
      .text = "The rights that are left by all levels, and by both stages." },
    { .key = "page", KIND_ROW(kind_page, mapped_args, page), .text = "The size of the page." },
    { .key = "frame", KIND_ROW(kind_frame, mapped_args, frame), .text = "The frame it leads to." },
    { .key = "flags", KIND_ROW(kind_flags, mapped_args, flags),
      .text = "Flags that the entry has which maps it, as it is written; of two stages, the "
              "guest's." },
    { .key = "without", KIND_ROW(kind_flags, mapped_args, without),
      .text = "Flags that this entry has not." },
    CHECK_ROWS,
};

static const struct row unmapped_rows[] = {
    { .key = "unmapped", KIND_ROW(kind_addresses, mapped_args, address), .required = true,
      .text = "An address that leads nowhere. Of a range or an area: nothing of it does." },
    IN_ROW,
    CHECK_ROWS,
};

const struct verb verb_mapped = {
    .record = VERB("mapped", "An address is mapped, and how.", mapped_rows),
    .example = "{ mapped: xen.directmap(d1.gfn(5)), in: every xen context, rights: rw-- }",
    .size = sizeof(struct mapped_args), .check = check_mapped, .examine = examine_mapped,
};

const struct verb verb_unmapped = {
    .record = VERB("unmapped", "An address, or all of a range, is not mapped.", unmapped_rows),
    .example = "{ unmapped: xen.directmap, in: d1.v0.user }",
    .size = sizeof(struct mapped_args), .check = check_unmapped,
};
