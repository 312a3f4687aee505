/* expect_owner.c - expectations: what an address belongs to, and whose a frame is. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs.h"
#include "xen/owner.h"
#include "xenpt/suggest.h"

/* --- Areas --------------------------------------------------------------------------------- */

struct area_args {
    struct check_head head;
    const struct expr *address;
    const char *is;
};

static enum checked check_area(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    const struct xenpt_explainer *x = w->view->explainer;
    struct xenpt_explanation what = { .area = NULL };
    const struct area_args *a = args;
    bool known, held;
    struct value in;

    if (!expr_eval(w, a->address, &in))
        return CHECK_CANNOT;
    known = x && x->address && x->address(x, c, in.v, &what) && what.area;
    held = known ? !strcmp(what.area, a->is) : !strcmp(a->is, "none");
    if (ret->tell) {
        ret->expected = world_text(w, "0x%" PRIx64 " in %s", in.v, a->is);
        ret->found = known
                         ? world_text(w, "in %s, at offset 0x%" PRIx64, what.area, what.area_offset)
                         : "in no area";
        ret->walks[0] = show_walk(w, c, in.v);
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void examine_area(struct scope *s, const struct node *node, void *args)
{
    const struct area_args *a = args;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    if (!s->layout || !strcmp(a->is, "none") || xenpt_layout_area(s->layout, a->is))
        return;
    xenpt_suggest_begin(&sug, a->is);
    for (size_t i = 0; i < s->layout->nr_areas; i++)
        xenpt_suggest_try(&sug, s->layout->areas[i].name, strlen(s->layout->areas[i].name));
    mistake(&s->m, &node_get(node, "is")->at, XENPT_EPARSE, "is: %s has no area '%.*s'%s",
            s->layout->name, QUOTE_MAX, a->is, xenpt_suggest_words(&sug, hint));
}

/* --- Owners -------------------------------------------------------------------------------- */

struct owner_args {
    struct check_head head;
    const struct expr *frame;
    const char *is;
};

static const char *const nobodies[] = {
    [OWNER_NOBODY] = "nobody",
    [OWNER_FREE] = "free",
    [OWNER_XEN] = "xen",
    [OWNER_COW] = "dom_cow",
};

static const char *owner_at(const struct world *w, uint64_t frame)
{
    uint32_t domain = 0;
    enum owner owner = frame_owner(w->machine, frame, &domain);

    return owner == OWNER_DOMAIN ? w->machine->domains[domain].name : nobodies[owner];
}

static enum checked check_owner(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct owner_args *a = args;
    const char *owner;
    struct value v;

    (void)c;
    if (!expr_eval(w, a->frame, &v))
        return CHECK_CANNOT;
    owner = owner_at(w, v.v);
    if (ret->tell) {
        ret->expected = world_text(w, "mfn 0x%" PRIx64 " is %s's", v.v, a->is);
        ret->found = world_text(w, "%s", owner);
    }
    return strcmp(owner, a->is) ? CHECK_FAILED : CHECK_HELD;
}

static void examine_owner(struct scope *s, const struct node *node, void *args)
{
    const struct owner_args *a = args;
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    xenpt_suggest_begin(&sug, a->is);
    for (size_t i = 0; i < ARRAY_SIZE(nobodies); i++) {
        if (!nobodies[i])
            continue;
        if (!strcmp(a->is, nobodies[i]))
            return;
        xenpt_suggest_try(&sug, nobodies[i], strlen(nobodies[i]));
    }
    for (size_t i = 0; i < s->nr_domains; i++) {
        if (!strcmp(a->is, s->domains[i].name))
            return;
        xenpt_suggest_try(&sug, s->domains[i].name, strlen(s->domains[i].name));
    }
    mistake(&s->m, &node_get(node, "is")->at, XENPT_EPARSE,
            "is: '%.*s' is no owner: xen, free, dom_cow (shared), nobody (no RAM), or a domain%s",
            QUOTE_MAX, a->is, xenpt_suggest_words(&sug, hint));
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row area_rows[] = {
    { .key = "area", KIND_ROW(kind_address, area_args, address), .required = true,
      .text = "An address." },
    IN_ROW,
    { .key = "is", .type = ROW_TEXT, ROW_AT(area_args, is), .required = true,
      .text = "The area of Xen's address space that it is in, as `xenpt layout` names them; none: in "
              "none." },
    CHECK_ROWS,
};

static const struct row owner_rows[] = {
    { .key = "owner", KIND_ROW(kind_frame, owner_args, frame), .required = true, .text = "A frame." },
    { .key = "is", .type = ROW_TEXT, ROW_AT(owner_args, is), .required = true,
      .text = "A domain, xen, free, dom_cow of memory that several domains share, or nobody where there is no RAM." },
    CHECK_ROWS,
};

const struct verb verb_area = {
    .record = VERB("area", "What an address belongs to.", area_rows),
    .example = "{ area: l4.slot(261), in: d0.v0.xen, is: m2p-compat }",
    .size = sizeof(struct area_args), .check = check_area, .examine = examine_area,
};
const struct verb verb_owner = {
    .record = VERB("owner", "Whose a frame is.", owner_rows),
    .example = "{ owner: d3.v0.root, is: xen }",
    .size = sizeof(struct owner_args), .check = check_owner, .examine = examine_owner,
};
