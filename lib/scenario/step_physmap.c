/* step_physmap.c - steps: frames come to the physical memory of an HVM or PVH guest, and go. */
#include <inttypes.h>
#include <stdlib.h>

#include "scenario/hypercall.h"
#include "scenario/meanwhile.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* --- What both have ------------------------------------------------------------------------ */

static bool whose(struct world *w, const struct expr *e, uint32_t *ret)
{
    struct value v = { .who = { .domain = XENPT_DOMID_SELF } };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.who.domain;
    return true;
}

/* The domain that a request means; false: there is none. */
static bool is_there(const struct world *w, const struct calling *c, uint32_t domain, uint32_t *ret)
{
    *ret = domain == XENPT_DOMID_SELF ? c->caller.domain : domain;
    return domain_there(w->machine, *ret);
}

/* After it has changed: what CPUs remember. */
static void changed(struct world *w, const struct calling *c, uint32_t domain)
{
    uint32_t id;

    if (is_there(w, c, domain, &id))
        flush_second(w, id);
}

/* --- Adding -------------------------------------------------------------------------------- */

struct add_args {
    struct step_head head;
    const struct expr *vcpu, *idx, *frame, *gfn, *of, *foreign, *argument;
    uint32_t space;
    bool status, batch;
    struct interleaving with;
};

/* The number by which another domain's frame is asked for. */
static bool number_of(struct world *w, uint32_t domain, struct value *v)
{
    const struct domain *d = domain_there(w->machine, domain);
    uint64_t gfn;

    v->last = v->v;
    if (!d || is_pv(d))
        return true; /* It is that of the machine. */
    gfn = contents_gfn(&w->machine->contents, v->v);
    if (gfn == UINT64_MAX)
        return world_cannot(w, "mfn 0x%" PRIx64 " has no number in %s's physical memory", v->v,
                            d->name);
    v->v = v->last = gfn;
    return true;
}

/* As the request has it, or each of a batch. */
static bool read_add(struct world *w, const struct add_args *a, struct xenpt_physmap_add *ret,
                     size_t *nr)
{
    struct value idx = { .v = 0 }, gfn;

    *ret = (struct xenpt_physmap_add){ .space = a->space };
    if (!whose(w, a->of, &ret->domain) || !whose(w, a->foreign, &ret->foreign) ||
        (a->idx && !expr_eval(w, a->idx, &idx)) || !expr_eval(w, a->gfn, &gfn) ||
        (a->frame && (!expr_eval(w, a->frame, &idx) || !number_of(w, ret->foreign, &idx))))
        return false;
    if (idx.last - idx.v >= 0xffff)
        return world_cannot(w, "more than 65535 frames");
    ret->idx = a->status ? idx.v | XENPT_PHYSMAP_STATUS : idx.v;
    ret->gfn = gfn.v;
    ret->size = idx.last - idx.v + 1;
    *nr = (size_t)ret->size;
    return true;
}

static bool add_all(struct calling *c, const struct add_args *a, const struct xenpt_physmap_add *of,
                    size_t nr)
{
    struct xenpt_physmap_add *list = malloc((nr + 1) * sizeof(*list));
    bool made;

    if (!list) {
        c->w->no_memory = true;
        return world_cannot(c->w, "no memory for a batch");
    }
    for (size_t i = 0; i < nr; i++) {
        list[i] = *of;
        list[i].idx += i;
        list[i].gfn += i;
    }
    made = call_physmap_add(c, &a->with, list, nr, true);
    free(list);
    return made;
}

static bool run_add(struct world *w, const void *args, const char **said)
{
    const struct add_args *a = args;
    struct xenpt_physmap_add add;
    struct calling c;
    size_t nr = 0;
    bool made;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !read_add(w, a, &add, &nr) || !call_go(&c))
        return false;
    made = a->batch ? add_all(&c, a, &add, nr) : call_physmap_add(&c, &a->with, &add, 1, false);
    if (!call_end(&c, made, said))
        return false;
    changed(w, &c, add.domain);
    return true;
}

static void examine_add(struct scope *s, const struct node *node, void *args)
{
    struct add_args *a = args;

    if (a->status && a->space != XENPT_PHYSMAP_GRANT_TABLE)
        mistake(&s->m, &node->at, XENPT_EPARSE, "add-to-physmap: statuses are of the grant-table");
    if (a->foreign && a->space != XENPT_PHYSMAP_FOREIGN)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "add-to-physmap: frames-of is the domain of the space gmfn-foreign");
    if (a->frame && (a->idx || a->space != XENPT_PHYSMAP_FOREIGN))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "add-to-physmap: frame is in the place of idx, for the space gmfn-foreign");
    if (!a->foreign && a->space == XENPT_PHYSMAP_FOREIGN)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "add-to-physmap: whose frame? 'frames-of' is missing");
    meanwhile_examine(s, node, &a->with);
}

/* --- Removing ------------------------------------------------------------------------------ */

struct remove_args {
    struct step_head head;
    const struct expr *vcpu, *gfn, *of, *argument;
};

static bool run_remove(struct world *w, const void *args, const char **said)
{
    const struct remove_args *a = args;
    struct calling c;
    uint32_t domain;
    uint64_t gfn;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !whose(w, a->of, &domain) || !number_or(w, a->gfn, 0, &gfn) || !call_go(&c) ||
        !call_end(&c, !xenpt_physmap_remove(w->machine, &c.caller, domain, gfn, &c.r, &w->problem),
                  said))
        return false;
    changed(w, &c, domain);
    return true;
}

/* --- Memory that is kept ------------------------------------------------------------------- */

struct target_args {
    struct step_head head;
    const struct expr *vcpu, *of, *frames;
};

static bool run_target(struct world *w, const void *args, const char **said)
{
    const struct target_args *a = args;
    struct calling c;
    uint32_t domain;
    uint64_t frames;

    return call_begin(w, a->vcpu, &c) && whose(w, a->of, &domain) &&
           number_or(w, a->frames, 0, &frames) && call_go(&c) &&
           call_end(
               &c,
               !xenpt_physmap_pod_target(w->machine, &c.caller, domain, frames, &c.r, &w->problem),
               said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
/* In the order of enum xenpt_physmap_space. */
static const struct xenpt_word spaces[XENPT_PHYSMAP_NR_SPACES] = {
    [XENPT_PHYSMAP_SHARED_INFO] = { "shared-info", "the domain's shared_info" },
    [XENPT_PHYSMAP_GRANT_TABLE] = { "grant-table", "frame idx of its grant table, which grows until there is one" },
    [XENPT_PHYSMAP_GMFN] = { "gmfn", "what it has at its frame idx, where that is no more" },
    [XENPT_PHYSMAP_GMFN_RANGE] = { "gmfn-range", "the same of frames in a row" },
    [XENPT_PHYSMAP_FOREIGN] = { "gmfn-foreign", "what another domain has at its frame idx; in a batch alone" },
    [XENPT_PHYSMAP_DEV_MMIO] = { "dev-mmio", "a device's frame, which x86 does not do" },
};
static const struct words space_words = { spaces, ARRAY_SIZE(spaces), NULL, 0 };

static const struct row add_rows[] = {
    { .key = "add-to-physmap", KIND_ROW(kind_vcpu, add_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall. It is put on its CPU, in its guest, if it is not there." },
    { .key = "space", .type = ROW_ONE, ROW_AT(add_args, space), .words = &space_words, .required = true,
      .text = "Where the frame is from." },
    { .key = "idx", KIND_ROW(kind_numbers, add_args, idx),
      .text = "Which frame of that; 0 without it. Of gmfn-range, and in a batch, a range: several." },
    { .key = "frame", KIND_ROW(kind_frame, add_args, frame),
      .text = "Of gmfn-foreign, in place of idx: a frame of the machine's, which is asked for as the other domain calls it." },
    { .key = "gfn", KIND_ROW(kind_number, add_args, gfn), .required = true,
      .text = "Where it comes in the guest's physical memory; of several, the first." },
    { .key = "status", .type = ROW_BOOL, ROW_AT(add_args, status), .text = "Of grant-table: a frame of the statuses of version 2." },
    { .key = "frames-of", KIND_ROW(kind_domain, add_args, foreign), .text = "Of gmfn-foreign: the other domain." },
    { .key = "of", KIND_ROW(kind_domain, add_args, of), .text = "The domain whose memory it is; the caller's own without it." },
    { .key = "batch", .type = ROW_BOOL, ROW_AT(add_args, batch),
      .text = "add_to_physmap_batch: each frame has an error of its own, and the result is the first of them." },
    MEANWHILE_ROW,
    ARGUMENT_ROW(add_args),
    STEP_ROWS,
};
static const struct row remove_rows[] = {
    { .key = "remove-from-physmap", KIND_ROW(kind_vcpu, remove_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of add-to-physmap." },
    { .key = "gfn", KIND_ROW(kind_number, remove_args, gfn), .required = true,
      .text = "The frame of the guest's where nothing is from then on." },
    { .key = "of", KIND_ROW(kind_domain, remove_args, of), .text = "The domain whose memory it is; the caller's own without it." },
    ARGUMENT_ROW(remove_args),
    STEP_ROWS,
};

static const struct row target_rows[] = {
    { .key = "pod-target", KIND_ROW(kind_vcpu, target_args, vcpu), .required = true, .text = "The vCPU that makes the hypercall: a privileged domain's." },
    { .key = "of", KIND_ROW(kind_domain, target_args, of), .required = true, .text = "The domain: HVM or PVH." },
    { .key = "frames", KIND_ROW(kind_number, target_args, frames), .required = true,
      .text = "Memory that it is to have: what it has not yet is kept, as far as frames of its wait for memory." },
    STEP_ROWS,
};

const struct verb verb_pod_target = {
    .record = VERB("pod-target", "How much memory a domain is to have, of which some comes when it is touched: XENMEM_set_pod_target.", target_rows),
    .example = "{ pod-target: d0.v0, of: d2, frames: 0x2400 }",
    .size = sizeof(struct target_args), .run = run_target,
};
const struct verb verb_add_to_physmap = {
    .record = VERB("add-to-physmap", "A frame comes to a place of an HVM or PVH guest's physical memory, by the hypercall memory_op. "
                   "What was there goes: memory of the guest's back to Xen, what Xen shares with it to nowhere.", add_rows),
    .example = "{ add-to-physmap: d2.v0, space: shared-info, gfn: 0xfe000 }",
    .size = sizeof(struct add_args), .run = run_add, .examine = examine_add,
};
const struct verb verb_remove_from_physmap = {
    .record = VERB("remove-from-physmap", "Nothing is at a place of an HVM or PVH guest's physical memory any more. "
                   "Memory of the guest's stays its own.", remove_rows),
    .example = "{ remove-from-physmap: d2.v0, gfn: 0xfe000 }",
    .size = sizeof(struct remove_args), .run = run_remove,
};
/* clang-format on */
