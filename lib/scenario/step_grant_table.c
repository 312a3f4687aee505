/* step_grant_table.c - steps: a guest's grant table becomes another, and Xen copies for a guest. */
#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xenpt/grant.h"

/* --- Copies -------------------------------------------------------------------------------- */

struct side {
    const struct expr *ref, *of, *frame, *offset;
};

struct copy_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *length;
    struct side from, to;
};

static bool eval_side(struct world *w, const struct side *a, struct xenpt_grant_side *ret)
{
    uint64_t offset;

    ret->by_ref = a->ref;
    if (!domain_or(w, a->of, XENPT_DOMID_SELF, &ret->domain) ||
        !number_or(w, a->ref ? a->ref : a->frame, 0, &ret->what) ||
        !number_or(w, a->offset, 0, &offset))
        return false;
    if (offset > UINT16_MAX)
        return world_cannot(w, "a place in a page has 16 bits");
    ret->offset = (uint16_t)offset;
    return true;
}

static bool run_copy(struct world *w, const void *args, const char **said)
{
    const struct copy_args *a = args;
    struct xenpt_grant_copy req;
    uint64_t length;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !eval_side(w, &a->from, &req.from) || !eval_side(w, &a->to, &req.to) ||
        !number_or(w, a->length, XENPT_PAGE_SIZE, &length))
        return false;
    if (length > UINT16_MAX)
        return world_cannot(w, "the length of a copy has 16 bits");
    req.length = (uint16_t)length;
    return call_go(&c) &&
           call_end(&c, !xenpt_grant_copy(w->machine, &c.caller, &req, &c.r, &w->problem), said);
}

static void examine_side(struct scope *s, const struct node *node, const struct side *a)
{
    if (!a->ref == !a->frame || (a->ref && !a->of))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "grant-copy: from where, and to where? On either side a frame of the caller's own, "
                "or ref and of, an entry of a domain's");
}

static void examine_copy(struct scope *s, const struct node *node, void *args)
{
    const struct copy_args *a = args;

    examine_side(s, node, &a->from);
    examine_side(s, node, &a->to);
}

/* --- Tables -------------------------------------------------------------------------------- */

struct version_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *version;
};

static bool run_version(struct world *w, const void *args, const char **said)
{
    const struct version_args *a = args;
    struct calling c;
    uint64_t version;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->version, 0, &version))
        return false;
    if (version > UINT32_MAX)
        return world_cannot(w, "a version has 32 bits");
    return call_go(&c) && call_end(&c,
                                   !xenpt_grant_set_version(w->machine, &c.caller,
                                                            (uint32_t)version, &c.r, &w->problem),
                                   said);
}

/* More than a table has, so that one too many can be asked for. */
#define FRAMES_MAX 1024

struct table_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *frames;
};

static bool run_table(struct world *w, const void *args, const char **said)
{
    const struct table_args *a = args;
    uint64_t frames[FRAMES_MAX], nr;
    struct calling c;
    uint32_t of;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) || !number_or(w, a->frames, 1, &nr))
        return false;
    if (nr > FRAMES_MAX)
        return world_cannot(w, "no table has more than %d frames", FRAMES_MAX);
    return call_go(&c) && call_end(&c,
                                   !xenpt_grant_setup_table(w->machine, &c.caller, of, (uint32_t)nr,
                                                            frames, &c.r, &w->problem),
                                   said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define SIDE_ROWS(side_)                                                                           \
    { .key = #side_ "-frame", KIND_ROW(kind_frame, copy_args, side_.frame), .text = "A frame of the caller's own..." }, \
    { .key = #side_ "-ref", KIND_ROW(kind_number, copy_args, side_.ref), .text = "...or an entry..." }, \
    { .key = #side_ "-of", KIND_ROW(kind_domain, copy_args, side_.of), .text = "...of this domain's." }, \
    { .key = #side_ "-offset", KIND_ROW(kind_number, copy_args, side_.offset), .text = "Bytes from its start." }

static const struct row copy_rows[] = {
    { .key = "grant-copy", KIND_ROW(kind_vcpu, copy_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    SIDE_ROWS(from),
    SIDE_ROWS(to),
    { .key = "length", KIND_ROW(kind_number, copy_args, length), .text = "How many bytes; a page without it." },
    ARGUMENT_ROW(copy_args),
    STEP_ROWS,
};
static const struct row version_rows[] = {
    { .key = "grant-set-version", KIND_ROW(kind_vcpu, version_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    { .key = "version", KIND_ROW(kind_number, version_args, version), .required = true, .text = "1 or 2." },
    ARGUMENT_ROW(version_args),
    STEP_ROWS,
};
static const struct row table_rows[] = {
    { .key = "grant-setup-table", KIND_ROW(kind_vcpu, table_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    { .key = "of", KIND_ROW(kind_domain, table_args, of), .text = "The domain whose table it is; the caller without it." },
    { .key = "frames", KIND_ROW(kind_number, table_args, frames), .required = true, .text = "How many frames it is to have at least." },
    ARGUMENT_ROW(table_args),
    STEP_ROWS,
};

const struct verb verb_grant_copy = {
    .record = VERB("grant-copy", "Xen copies for a guest, from or to frames that are granted to it, or both.", copy_rows),
    .example = "{ grant-copy: d0.v0, from-ref: 8, from-of: d1, to-frame: d0.gfn(5), length: 64 }",
    .size = sizeof(struct copy_args), .run = run_copy, .examine = examine_copy,
};
const struct verb verb_grant_set_version = {
    .record = VERB("grant-set-version", "A guest's grant table becomes one of another version: all of its entries but the first 8 are cleared.", version_rows),
    .example = "{ grant-set-version: d1.v0, version: 2 }",
    .size = sizeof(struct version_args), .run = run_version,
};
const struct verb verb_grant_setup_table = {
    .record = VERB("grant-setup-table", "A guest asks for the frames of its grant table, which becomes larger if it has to.", table_rows),
    .example = "{ grant-setup-table: d1.v0, frames: 4 }",
    .size = sizeof(struct table_args), .run = run_table,
};
/* clang-format on */
