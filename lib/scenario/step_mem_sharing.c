/* step_mem_sharing.c - the step mem-sharing: guests are made to share memory; and what is expected
 * of such a frame. */
#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xen/sharing.h"
#include "xenpt/mem_sharing.h"

struct sharing_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *gfn, *handle, *client, *client_gfn, *client_handle;
    uint32_t op;
};

static bool is_of_two(const struct sharing_args *a)
{
    return a->op == XENPT_MEM_SHARING_SHARE || a->op == XENPT_MEM_SHARING_ADD_PHYSMAP;
}

/* Handles are those that who nominated the frames was given, unless others are said. */
static bool read_request(struct world *w, const struct sharing_args *a, struct xenpt_mem_sharing *r)
{
    *r = (struct xenpt_mem_sharing){ .op = (enum xenpt_mem_sharing_op)a->op };
    if (!domain_or(w, a->of, XENPT_DOMID_SELF, &r->domain) || !number_or(w, a->gfn, 0, &r->gfn) ||
        !domain_or(w, a->client, XENPT_DOMID_SELF, &r->client) ||
        !number_or(w, a->client_gfn, 0, &r->client_gfn))
        return false;
    return number_or(w, a->handle, xenpt_mem_sharing_handle(w->machine, r->domain, r->gfn),
                     &r->handle) &&
           number_or(w, a->client_handle,
                     xenpt_mem_sharing_handle(w->machine, r->client, r->client_gfn),
                     &r->client_handle);
}

static bool run_sharing(struct world *w, const void *args, const char **said)
{
    const struct sharing_args *a = args;
    struct xenpt_mem_sharing r;
    struct calling c;
    uint64_t value;

    return call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) && read_request(w, a, &r) &&
           call_go(&c) &&
           call_end(&c, !xenpt_mem_sharing(w->machine, &c.caller, &r, &value, &c.r, &w->problem),
                    said);
}

static void need(struct scope *s, const struct node *node, const struct expr *e, const char *what)
{
    if (!e)
        mistake(&s->m, &node->at, XENPT_EPARSE, "mem-sharing: %s is missing", what);
}

static void examine_sharing(struct scope *s, const struct node *node, void *args)
{
    const struct sharing_args *a = args;

    if (a->op != XENPT_MEM_SHARING_AUDIT)
        need(s, node, a->of, "whose memory? 'of'");
    if (a->op >= XENPT_MEM_SHARING_NOMINATE && a->op != XENPT_MEM_SHARING_AUDIT)
        need(s, node, a->gfn, "which frame? 'gfn'");
    if (is_of_two(a)) {
        need(s, node, a->client, "who gets it? 'client'");
        need(s, node, a->client_gfn, "where does the client have it? 'client-gfn'");
    }
}

/* --- What is shared ------------------------------------------------------------------------ */

struct shared_args {
    struct check_head head;
    const struct expr *frame, *handle, *count;
};

static enum checked check_shared(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct shared_args *a = args;
    const struct cow_frame *is;
    uint64_t handle, count, has;
    struct value v;

    (void)c;
    if (!expr_eval(w, a->frame, &v))
        return CHECK_CANNOT;
    is = sharing_frame(w->machine, v.v);
    has = sharing_count(w->machine, v.v);
    if (!number_or(w, a->handle, is ? is->handle : 0, &handle) ||
        !number_or(w, a->count, has, &count))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = world_text(
            w, "mfn 0x%" PRIx64 " is %" PRIu64 " frames of guests', handle %" PRIu64, v.v, count,
            handle);
        ret->found = is ? world_text(w, "%" PRIu64 " frames, handle %" PRIu64, has, is->handle)
                        : world_text(w, "it is not shared");
    }
    return is && handle == is->handle && count == has ? CHECK_HELD : CHECK_FAILED;
}

/* clang-format off */
/* In the order of enum xenpt_mem_sharing_op. */
static const struct xenpt_word ops[XENPT_NR_MEM_SHARING_OPS] = {
    [XENPT_MEM_SHARING_ENABLE] = { "enable", "a domain's memory may be shared; since 4.14 that comes with the first of the others as well" },
    [XENPT_MEM_SHARING_DISABLE] = { "disable", "it may not, and what is shared stays so" },
    [XENPT_MEM_SHARING_LISTEN] = { "listen", "somebody has a ring, and is told in it where there is no memory for a copy" },
    [XENPT_MEM_SHARING_NOMINATE] = { "nominate", "a frame gets the type ram_shared, is dom_cow's, and has a handle" },
    [XENPT_MEM_SHARING_SHARE] = { "share", "all that have the client's frame have this one; that one is free" },
    [XENPT_MEM_SHARING_ADD_PHYSMAP] = { "add-physmap", "the client has this frame as well, where it has nothing" },
    [XENPT_MEM_SHARING_AUDIT] = { "audit", "in debug builds: Xen looks through what is shared" },
    [XENPT_MEM_SHARING_DEBUG] = { "debug", "how many have a frame is told" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };

static const struct row rows[] = {
    { .key = "mem-sharing", KIND_ROW(kind_vcpu, sharing_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall: of a domain that controls the others." },
    { .key = "op", .type = ROW_ONE, ROW_AT(sharing_args, op), .words = &op_words, .required = true, .text = "What it asks for." },
    { .key = "of", KIND_ROW(kind_domain, sharing_args, of), .text = "Whose memory: HVM or PVH, under EPT. Of two frames, the domain whose stays." },
    { .key = "gfn", KIND_ROW(kind_number, sharing_args, gfn), .text = "Which frame." },
    { .key = "handle", KIND_ROW(kind_number, sharing_args, handle), .text = "The handle of that; without it, the one that it has." },
    { .key = "client", KIND_ROW(kind_domain, sharing_args, client), .text = "Who gets the frame." },
    { .key = "client-gfn", KIND_ROW(kind_number, sharing_args, client_gfn), .text = "Which frame of its that becomes." },
    { .key = "client-handle", KIND_ROW(kind_number, sharing_args, client_handle), .text = "The handle of what is there; without it, the one that it has." },
    ARGUMENT_ROW(sharing_args),
    STEP_ROWS,
};

const struct verb verb_mem_sharing = {
    .record = VERB("mem-sharing", "HVM and PVH guests are made to share frames: memory_op with XENMEM_sharing_op. Each of them reads the frame; who writes to it, or has Xen do that, has a copy from "
                   "then on. A Xen that is not built with it (the model's `mem-sharing`) refuses.", rows),
    .example = "{ mem-sharing: d0.v0, op: share, of: d2, gfn: 0x300, client: d3, client-gfn: 0x300 }",
    .size = sizeof(struct sharing_args), .run = run_sharing, .examine = examine_sharing,
};

static const struct row shared_rows[] = {
    { .key = "mem-shared", KIND_ROW(kind_frame, shared_args, frame), .required = true, .text = "A frame that guests share." },
    { .key = "count", KIND_ROW(kind_number, shared_args, count), .text = "How many frames of guests' it is." },
    { .key = "handle", KIND_ROW(kind_number, shared_args, handle), .text = "Its handle: the first that Xen gives is 2. 0: it is not shared any more, and somebody refers to it yet." },
    CHECK_ROWS,
};
const struct verb verb_mem_shared = {
    .record = VERB("mem-shared", "A frame is dom_cow's, and guests share it.", shared_rows),
    .example = "{ mem-shared: d2.gfn(0x300), count: 3 }",
    .size = sizeof(struct shared_args), .check = check_shared,
};
/* clang-format on */
