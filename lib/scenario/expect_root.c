/* expect_root.c - expectations: root tables. */
#include <inttypes.h>

#include "scenario/tables.h"
#include "scenario/verb.h"

/* --- Roots --------------------------------------------------------------------------------- */

struct root_args {
    struct check_head head;
    const struct expr *is, *same, *differs;
};

static bool other_root(struct world *w, const struct expr *e, const char **name, uint64_t *ret)
{
    const struct xenpt_context *c;
    char text[WHO_MAX];
    struct value v;

    if (!expr_eval(w, e, &v))
        return false;
    c = world_context(w, &v);
    *name = world_text(w, "%s", who_text(w, &v, text));
    return c && table_root(w, c, ret);
}

static enum checked check_root(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    const struct root_args *a = args;
    const char *name = "";
    struct value is;
    uint64_t root, other;
    bool held;

    if (!table_root(w, c, &root))
        return CHECK_CANNOT;
    if (a->is) {
        if (!expr_eval(w, a->is, &is))
            return CHECK_CANNOT;
        other = is.v << XENPT_PAGE_SHIFT;
    } else if (!other_root(w, a->same ? a->same : a->differs, &name, &other)) {
        return CHECK_CANNOT;
    }
    held = (root == other) == !a->differs;
    if (ret->tell) {
        ret->expected = a->is ? world_text(w, "root mfn 0x%" PRIx64, is.v)
                              : world_text(w, "%s %s, mfn 0x%" PRIx64,
                                           a->same ? "the same root as" : "another root than", name,
                                           other >> XENPT_PAGE_SHIFT);
        ret->found = world_text(w, "root mfn 0x%" PRIx64, root >> XENPT_PAGE_SHIFT);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void one_of(struct scope *s, const struct node *node, int given, const char *verb,
                   const char *keys)
{
    if (given != 1)
        mistake(&s->m, &node->at, XENPT_EPARSE, "%s: one of these is wanted: %s", verb, keys);
}

static void examine_root(struct scope *s, const struct node *node, void *args)
{
    const struct root_args *a = args;

    one_of(s, node, !!a->is + !!a->same + !!a->differs, "root", "is, same-as, differs-from");
}

/* clang-format off */
static const struct row root_rows[] = {
    { .key = "root", KIND_ROW(kind_contexts, check_head, in), .required = true,
      .text = "A context, or contexts: of the root tables that they are on." },
    { .key = "is", KIND_ROW(kind_frame, root_args, is), .text = "It is this frame." },
    { .key = "same-as", KIND_ROW(kind_context, root_args, same),
      .text = "It is the one that this context is on." },
    { .key = "differs-from", KIND_ROW(kind_context, root_args, differs), .text = "It is not." },
    CHECK_ROWS,
};

const struct verb verb_root = {
    .record = VERB("root", "Which root table a context is on.", root_rows),
    .example = "{ root: v.user, differs-from: v.kernel, for: v in every pv64 vcpu }",
    .size = sizeof(struct root_args), .check = check_root, .examine = examine_root,
};
/* clang-format on */
