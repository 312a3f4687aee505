/* expect_mapped.c - expectations: what an address leads to. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verb.h"
#include "xenpt/map.h"

struct mapped_args {
    struct check_head head;
    const struct expr *address;
    struct rights_wanted rights;
    const char *page;
    const struct expr *frame;
    struct flag_words with, without;
};

/* --- One address --------------------------------------------------------------------------- */

/* What the file wants, in its own words. */
static const char *wanted(struct world *w, const struct mapped_args *a, const struct value *frame)
{
    return world_text(w, "mapped%s%s%s%s%s%s",
                      a->frame ? world_text(w, " to mfn 0x%" PRIx64, frame->v) : "",
                      a->rights.text ? ", rights " : "", a->rights.text ? a->rights.text : "",
                      a->page ? ", " : "", a->page ? a->page : "", a->page ? " page" : "");
}

static enum checked tell(struct world *w, const struct mapped_args *a, uint64_t in,
                         const struct xenpt_context *c, const struct followed *f,
                         const struct value *frame, bool held, struct finding *ret)
{
    if (!ret->tell)
        return held ? CHECK_HELD : CHECK_FAILED;
    ret->expected = wanted(w, a, frame);
    ret->found = followed_text(w, c, f);
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
           rights_hold(&a->rights, f.rights);
    return tell(w, a, in, c, &f, &frame, held, ret);
}

/* --- Many ---------------------------------------------------------------------------------- */

/* The pages in a range: whether there are some, and the first that is otherwise. */
struct ranging {
    const struct mapped_args *args; /* NULL: none may be there. */
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
        (!r->args->page || !strcmp(r->args->page, range->page)))
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

static enum checked many_addresses(struct world *w, const struct mapped_args *a,
                                   const struct value *in, const struct xenpt_context *c,
                                   struct finding *ret)
{
    struct ranging r = { .args = a };
    struct value frame = { .v = 0 };
    bool held;

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

static void examine_mapped(struct scope *s, const struct node *node, void *args)
{
    const struct mapped_args *a = args;
    const struct node *frame = node_get(node, "frame");

    if (a->frame && strstr(node_get(node, "mapped")->text, ".."))
        mistake(&s->m, &frame->at, XENPT_EPARSE, "frame: of a range, pages lead to many");
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
