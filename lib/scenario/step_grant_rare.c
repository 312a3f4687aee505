/* step_grant_rare.c - steps: what guests ask of grants rarely: transfers, entries that change
 * places, caches, sizes and versions. */
#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/grant.h"

/* --- Transfers ----------------------------------------------------------------------------- */

struct transfer_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *frame, *gfn, *to, *ref;
    struct got_number got;
};

/* As the caller calls it. */
static bool number_of(struct world *w, const struct transfer_args *a, const struct calling *c,
                      uint64_t *ret)
{
    const struct domain *d = &w->machine->domains[c->caller.domain];

    if (!number_or(w, a->gfn ? a->gfn : a->frame, 0, ret))
        return false;
    if (a->gfn || is_pv(d))
        return true;
    *ret = contents_gfn(&w->machine->contents, *ret);
    return *ret != UINT64_MAX ||
           world_cannot(w, "the frame has no number in %s's physical memory", d->name);
}

static bool run_transfer(struct world *w, const void *args, const char **said)
{
    const struct transfer_args *a = args;
    struct xenpt_grant_transfer req;
    struct calling c;
    uint64_t got = 0;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_of(w, a, &c, &req.frame) || !domain_or(w, a->to, 0, &req.domain) ||
        !number32_or(w, a->ref, 0, "a grant", &req.ref) || !call_go(&c) ||
        !call_end(&c, !xenpt_grant_transfer(w->machine, &c.caller, &req, &got, &c.r, &w->problem),
                  said))
        return false;
    got_set(w, &a->got, got);
    flush_second(w, c.caller.domain);
    return true;
}

static void examine_transfer(struct scope *s, const struct node *node, void *args)
{
    struct transfer_args *a = args;

    if (!a->frame == !a->gfn)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "grant-transfer: which frame? One of these: frame, of the machine; gfn, as an HVM "
                "or PVH caller calls it");
    got_examine(s, node, &a->got);
}

/* --- Two entries --------------------------------------------------------------------------- */

struct swap_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *ref, *with;
};

static bool run_swap(struct world *w, const void *args, const char **said)
{
    const struct swap_args *a = args;
    struct calling c;
    uint32_t ref, with;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
           number32_or(w, a->ref, 0, "a grant", &ref) &&
           number32_or(w, a->with, 0, "a grant", &with) && call_go(&c) &&
           call_end(&c, !xenpt_grant_swap(w->machine, &c.caller, ref, with, &c.r, &w->problem),
                    said);
}

/* --- Caches -------------------------------------------------------------------------------- */

enum { CACHE_BOTH, CACHE_CLEAN, CACHE_DROP, CACHE_NOTHING };

struct cache_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *frame, *offset, *length;
    uint32_t op;
};

static bool run_cache(struct world *w, const void *args, const char **said)
{
    static const uint32_t ops[] = {
        [CACHE_BOTH] = XENPT_GRANT_CACHE_CLEAN | XENPT_GRANT_CACHE_INVALIDATE,
        [CACHE_CLEAN] = XENPT_GRANT_CACHE_CLEAN,
        [CACHE_DROP] = XENPT_GRANT_CACHE_INVALIDATE,
        [CACHE_NOTHING] = 0,
    };
    const struct cache_args *a = args;
    struct xenpt_grant_cache_flush req = { .what = ops[a->op] };
    uint64_t offset, length;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->frame, 0, &req.frame) || !number_or(w, a->offset, 0, &offset) ||
        !number_or(w, a->length, XENPT_PAGE_SIZE, &length))
        return false;
    if (offset > UINT16_MAX || length > UINT16_MAX)
        return world_cannot(w, "a place in a page, and a length, have 16 bits");
    req.offset = (uint16_t)offset;
    req.length = (uint16_t)length;
    return call_go(&c) &&
           call_end(&c, !xenpt_grant_cache_flush(w->machine, &c.caller, &req, &c.r, &w->problem),
                    said);
}

/* --- Questions ----------------------------------------------------------------------------- */

struct ask_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *frame;
    struct got_number got;
};

static bool run_size(struct world *w, const void *args, const char **said)
{
    const struct ask_args *a = args;
    uint32_t of, nr = 0, max = 0;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) || !call_go(&c) ||
        !call_end(&c,
                  !xenpt_grant_query_size(w->machine, &c.caller, of, &nr, &max, &c.r, &w->problem),
                  said))
        return false;
    got_set(w, &a->got, nr);
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; %u frames, of %u", *said, (unsigned int)nr, (unsigned int)max);
    return true;
}

static bool run_version(struct world *w, const void *args, const char **said)
{
    const struct ask_args *a = args;
    uint32_t of, version = 0;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) || !call_go(&c) ||
        !call_end(&c,
                  !xenpt_grant_get_version(w->machine, &c.caller, of, &version, &c.r, &w->problem),
                  said))
        return false;
    got_set(w, &a->got, version);
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; version %u", *said, (unsigned int)version);
    return true;
}

/* More than a table has, so that one too many can be asked for. */
#define FRAMES_MAX 1024

static bool run_statuses(struct world *w, const void *args, const char **said)
{
    const struct ask_args *a = args;
    uint64_t frames[FRAMES_MAX] = { 0 };
    struct calling c;
    uint32_t of, nr;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) ||
        !number32_or(w, a->frame, 1, "a number of frames", &nr))
        return false;
    if (nr > FRAMES_MAX)
        return world_cannot(w, "no table has more than %d frames", FRAMES_MAX);
    if (!call_go(&c) || !call_end(&c,
                                  !xenpt_grant_status_frames(w->machine, &c.caller, of, nr, frames,
                                                             &c.r, &w->problem),
                                  said))
        return false;
    got_set(w, &a->got, frames[0]);
    return true;
}

static void examine_ask(struct scope *s, const struct node *node, void *args)
{
    struct ask_args *a = args;

    got_examine(s, node, &a->got);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word ops[] = {
    [CACHE_BOTH] = { "both", "written back and dropped" },
    [CACHE_CLEAN] = { "clean", "written back" },
    [CACHE_DROP] = { "drop", "dropped, and not written back: x86 does not do that" },
    [CACHE_NOTHING] = { "nothing", "neither" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };

#define CALLER_ROW(key_, s)                                                                        \
    { .key = (key_), KIND_ROW(kind_vcpu, s, vcpu), .required = true,                               \
      .text = "The vCPU that makes the hypercall, as of grant-map." }
#define WHOSE_ROW(s)                                                                               \
    { .key = "of", KIND_ROW(kind_domain, s, of), .text = "The domain whose table it is; the caller without it." }
#define NUMBER_ROW(s, text_) { .key = "got", .type = ROW_TEXT, ROW_AT(s, got.name), .text = (text_) }

static const struct row transfer_rows[] = {
    CALLER_ROW("grant-transfer", transfer_args),
    { .key = "frame", KIND_ROW(kind_frame, transfer_args, frame), .text = "A frame of the caller's, to which nothing refers..." },
    { .key = "gfn", KIND_ROW(kind_number, transfer_args, gfn), .text = "...or the number by which an HVM or PVH caller calls one." },
    { .key = "to", KIND_ROW(kind_domain, transfer_args, to), .required = true, .text = "Whose it is to be..." },
    { .key = "ref", KIND_ROW(kind_number, transfer_args, ref), .required = true,
      .text = "...by this entry of its, which is offered with type: transfer." },
    NUMBER_ROW(transfer_args, "A name for the frame of the machine that it has, as of the step let; 0 if it is refused."),
    ARGUMENT_ROW(transfer_args),
    STEP_ROWS,
};
static const struct row swap_rows[] = {
    CALLER_ROW("grant-swap", swap_args),
    { .key = "ref", KIND_ROW(kind_number, swap_args, ref), .required = true, .text = "An entry of its table..." },
    { .key = "with", KIND_ROW(kind_number, swap_args, with), .required = true, .text = "...and another one." },
    ARGUMENT_ROW(swap_args),
    STEP_ROWS,
};
static const struct row cache_rows[] = {
    CALLER_ROW("grant-cache-flush", cache_args),
    { .key = "frame", KIND_ROW(kind_frame, cache_args, frame), .required = true,
      .text = "The caller's own, or one that it has mapped by a grant." },
    { .key = "offset", KIND_ROW(kind_number, cache_args, offset), .text = "Bytes from its start; 0 without it." },
    { .key = "length", KIND_ROW(kind_number, cache_args, length), .text = "How many bytes; a page without it." },
    { .key = "op", .type = ROW_ONE, ROW_AT(cache_args, op), .words = &op_words, .text = "What becomes of the lines." },
    ARGUMENT_ROW(cache_args),
    STEP_ROWS,
};
static const struct row size_rows[] = {
    CALLER_ROW("grant-query-size", ask_args),
    WHOSE_ROW(ask_args),
    NUMBER_ROW(ask_args, "A name for how many frames it has, as of the step let; 0 if it is refused."),
    ARGUMENT_ROW(ask_args),
    STEP_ROWS,
};
static const struct row version_rows[] = {
    CALLER_ROW("grant-get-version", ask_args),
    WHOSE_ROW(ask_args),
    NUMBER_ROW(ask_args, "A name for the version, as of the step let; 0 if it is refused."),
    ARGUMENT_ROW(ask_args),
    STEP_ROWS,
};
static const struct row status_rows[] = {
    CALLER_ROW("grant-status-frames", ask_args),
    { .key = "frames", KIND_ROW(kind_number, ask_args, frame), .text = "How many it asks for; 1 without it." },
    WHOSE_ROW(ask_args),
    NUMBER_ROW(ask_args, "A name for the first of them, as of the step let: of a PV domain the machine's number."),
    ARGUMENT_ROW(ask_args),
    STEP_ROWS,
};

const struct verb verb_grant_transfer = {
    .record = VERB("grant-transfer", "A guest passes a frame on to another one that accepts it, which its entry says from then on, by the hypercall grant_table_op. "
                   "Where the other one is not there, has no room or has not offered to take it, the frame is lost to both.", transfer_rows),
    .example = "{ grant-transfer: d1.v0, frame: d1.gfn(8000), to: d3, ref: 8, got: passed }",
    .size = sizeof(struct transfer_args), .run = run_transfer, .examine = examine_transfer,
};
const struct verb verb_grant_swap = {
    .record = VERB("grant-swap", "Two entries of a guest's grant table change places, if nobody uses them.", swap_rows),
    .example = "{ grant-swap: d1.v0, ref: 8, with: 9 }",
    .size = sizeof(struct swap_args), .run = run_swap,
};
const struct verb verb_grant_cache_flush = {
    .record = VERB("grant-cache-flush", "A guest has what caches have of a frame written back; on x86 that is all of the CPU's caches.", cache_rows),
    .example = "{ grant-cache-flush: d0.v0, frame: d1.gfn(5), op: clean }",
    .size = sizeof(struct cache_args), .run = run_cache,
};
const struct verb verb_grant_query_size = {
    .record = VERB("grant-query-size", "A guest asks how many frames a grant table has.", size_rows),
    .example = "{ grant-query-size: d0.v0, of: d1, got: frames }",
    .size = sizeof(struct ask_args), .run = run_size, .examine = examine_ask,
};
const struct verb verb_grant_get_version = {
    .record = VERB("grant-get-version", "A guest asks of which version a grant table is.", version_rows),
    .example = "{ grant-get-version: d0.v0, of: d1, got: version }",
    .size = sizeof(struct ask_args), .run = run_version, .examine = examine_ask,
};
const struct verb verb_grant_status_frames = {
    .record = VERB("grant-status-frames", "A guest asks for the frames in which Xen notes which grants of version 2 are in use.", status_rows),
    .example = "{ grant-status-frames: d1.v0, frames: 1, got: status }",
    .size = sizeof(struct ask_args), .run = run_statuses, .examine = examine_ask,
};
/* clang-format on */
