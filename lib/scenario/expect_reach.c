/* expect_reach.c - expectations: from where frames can be reached, by whatever address. */
#include <inttypes.h>
#include <string.h>

#include "analysis/rights.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/map.h"

struct reach_args {
    struct check_head head;
    const struct expr *memory;
    struct rights_wanted rights;
};

/* What is looked for, and what was met. */
struct reaching {
    const struct reach_args *args;
    uint64_t first, last;    /* Frames in a row; or... */
    const struct domain *of; /* ...all of these. */
    bool user;               /* Only user-mode addresses count. */
    bool found;
    uint64_t in, frame;
    unsigned int rights;
};

/* The first frame that both have. */
static bool meets(const struct reaching *r, uint64_t first, uint64_t last, uint64_t *ret)
{
    if (!r->of) {
        *ret = first > r->first ? first : r->first;
        return *ret <= last && *ret <= r->last;
    }
    for (size_t i = 0; i < r->of->nr_memory; i++) {
        const struct extent *e = &r->of->memory[i];

        *ret = first > e->first ? first : e->first;
        if (*ret <= last && *ret < e->first + e->nr)
            return true;
    }
    return false;
}

static bool range_met(void *ctx, const struct xenpt_map_range *range)
{
    struct reaching *r = ctx;
    uint64_t first = range->maddr >> XENPT_PAGE_SHIFT, last;

    if ((r->user && !(range->rights & 1u << XENPT_U)) ||
        !rights_hold(&r->args->rights, range->rights))
        return true;
    last = (range->maddr + (range->last - range->first)) >> XENPT_PAGE_SHIFT;
    if (!meets(r, first, last, &r->frame))
        return true;
    r->found = true;
    r->in = range->first + ((r->frame - first) << XENPT_PAGE_SHIFT);
    r->rights = range->rights;
    return false;
}

/* Of a 32-bit guest, addresses have 32 bits. */
uint64_t context_last_address(const struct world *w, const struct xenpt_context *c)
{
    for (size_t i = 0; c->has_cpu && c->cpl && i < w->machine->nr_domains; i++)
        if (!strcmp(w->machine->domains[i].name, c->domain))
            return w->machine->domains[i].desc->type == XENPT_DOMAIN_PV32 ? UINT32_MAX : 0;
    return 0;
}

static enum checked look(struct world *w, const struct xenpt_context *c, struct reaching *r)
{
    struct xenpt_map_options opt = {
        .last = context_last_address(w, c),
        .kinds = 1u << XENPT_MAP_PAGES,
        .unfold = unfolds(c),
        .limit = UINT64_C(64) << 20,
    };
    enum xenpt_code code;
    struct value v;

    if (!expr_eval(w, r->args->memory, &v))
        return CHECK_CANNOT;
    r->first = v.v;
    r->last = v.last > v.v ? v.last : v.v;
    if (v.type == VALUE_DOMAIN && v.who.domain >= w->machine->nr_domains) {
        world_cannot(w, "that domain is not there now");
        return CHECK_CANNOT;
    }
    r->of = v.type == VALUE_DOMAIN ? &w->machine->domains[v.who.domain] : NULL;
    r->user = c->has_cpu && c->cpl == 3;
    code = xenpt_map(w->view, c, &opt, range_met, r, NULL, &w->problem);
    return code && code != XENPT_ESTOPPED ? CHECK_CANNOT : CHECK_HELD;
}

static const char *wanted(struct world *w, const struct reaching *r)
{
    const char *what = r->of ? world_text(w, "memory of %s", r->of->name)
                       : r->last > r->first
                           ? world_text(w, "mfns 0x%" PRIx64 "..0x%" PRIx64, r->first, r->last)
                           : world_text(w, "mfn 0x%" PRIx64, r->first);

    return r->args->rights.text ? world_text(w, "%s, rights %s", what, r->args->rights.text) : what;
}

static enum checked check(struct world *w, const void *args, const struct xenpt_context *c,
                          bool reachable, struct finding *ret)
{
    struct reaching r = { .args = args };
    char rights[RIGHTS_TEXT_MAX];

    if (look(w, c, &r) == CHECK_CANNOT)
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = world_text(w, "%s %s", reachable ? "some way to" : "no way to",
                                   wanted(w, &r));
        ret->found = r.found ? world_text(w, "0x%" PRIx64 " leads to mfn 0x%" PRIx64 ", %s", r.in,
                                          r.frame, rights_text(r.rights, rights))
                             : "no address leads there";
        ret->walks[0] = r.found ? show_walk(w, c, r.in) : NULL;
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return r.found == reachable ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_reachable(struct world *w, const void *args,
                                    const struct xenpt_context *c, struct finding *ret)
{
    return check(w, args, c, true, ret);
}

static enum checked check_unreachable(struct world *w, const void *args,
                                      const struct xenpt_context *c, struct finding *ret)
{
    return check(w, args, c, false, ret);
}

/* clang-format off */
#define REACH_ROWS                                                                                 \
    { .key = "from", .type = ROW_KIND, .kind = &kind_contexts,                                     \
      .offset = offsetof(struct check_head, in), .required = true,                                 \
      .text = "From which context, or contexts: by the tables that they are on now. What executes at " \
              "privilege level 3 reaches user-mode addresses alone." },                            \
    { .key = "rights", KIND_ROW(kind_rights, reach_args, rights),                                  \
      .text = "Only ways with these rights count: .w. for those that can be written." },           \
    CHECK_ROWS

static const struct row reachable_rows[] = {
    { .key = "reachable", KIND_ROW(kind_memory, reach_args, memory), .required = true,
      .text = "Frames, to some of which an address leads." },
    REACH_ROWS,
};

static const struct row unreachable_rows[] = {
    { .key = "unreachable", KIND_ROW(kind_memory, reach_args, memory), .required = true,
      .text = "Frames, to none of which an address leads." },
    REACH_ROWS,
};

const struct verb verb_reachable = {
    .record = VERB("reachable", "Some address leads to memory.", reachable_rows),
    .example = "{ reachable: d1.gfn(5), from: every xen context, rights: rw- }",
    .size = sizeof(struct reach_args), .check = check_reachable,
};
const struct verb verb_unreachable = {
    .record = VERB("unreachable", "No address leads to memory.", unreachable_rows),
    .example = "{ unreachable: d0, from: every guest context of d1 }",
    .size = sizeof(struct reach_args), .check = check_unreachable,
};
