/* step_grant.c - steps: a guest grants what it has, and others map it. */
#include <inttypes.h>

#include "scenario/caches.h"
#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/grant.h"

/* --- Offers -------------------------------------------------------------------------------- */

enum offer_type { OFFER_ACCESS, OFFER_TRANSFER, OFFER_TRANSITIVE, OFFER_NOTHING };

struct offer_args {
    struct step_head head;
    const struct expr *domain, *ref, *to, *frame, *from, *length, *grant_of, *grant;
    uint32_t type;
    bool read_only;
};

static bool below(struct world *w, const char *what, uint64_t value, uint64_t last)
{
    return value <= last ||
           world_cannot(w, "%s is at most %" PRIu64 ", and not %" PRIu64, what, last, value);
}

/* What its domain calls a frame. */
static bool named(struct world *w, const struct domain *d, uint64_t mfn, uint64_t *ret)
{
    struct xenpt_p2m_entry e;

    *ret = is_pv(d) ? mfn : contents_gfn(&w->machine->contents, mfn);
    if (is_pv(d) ||
        (*ret != UINT64_MAX && xenpt_machine_p2m(w->machine, d->id, XENPT_VIEW_HOST, *ret, &e) &&
         e.type && e.maddr >> XENPT_PAGE_SHIFT == mfn))
        return true;
    return world_cannot(w, "mfn 0x%" PRIx64 " has no number in %s's physical memory", mfn, d->name);
}

static bool read_entry(struct world *w, const struct offer_args *a, const struct domain *d,
                       struct xenpt_grant_entry *e)
{
    static const uint16_t types[] = { XENPT_GRANT_PERMIT_ACCESS, XENPT_GRANT_ACCEPT_TRANSFER,
                                      XENPT_GRANT_TRANSITIVE, 0 };
    uint64_t frame, from, length, grant;
    uint32_t to, grant_of;

    if (!domain_or(w, a->to, 0, &to) || !domain_or(w, a->grant_of, 0, &grant_of) ||
        !number_or(w, a->frame, 0, &frame) || !number_or(w, a->from, 0, &from) ||
        !number_or(w, a->length, XENPT_PAGE_SIZE, &length) || !number_or(w, a->grant, 0, &grant) ||
        !below(w, "a place in a page", from, UINT16_MAX) ||
        !below(w, "a length", length, UINT16_MAX) || !below(w, "a grant", grant, UINT32_MAX) ||
        (a->frame && !named(w, d, frame, &frame)))
        return false;
    *e = (struct xenpt_grant_entry){ .flags = types[a->type],
                                     .domain = (uint16_t)to,
                                     .frame = frame,
                                     .start = (uint16_t)from,
                                     .length = (uint16_t)length,
                                     .from_domain = (uint16_t)grant_of,
                                     .from_ref = (uint32_t)grant };
    if (a->read_only)
        e->flags |= XENPT_GRANT_READONLY;
    if (a->from || a->length)
        e->flags |= XENPT_GRANT_SUB_PAGE;
    return true;
}

static bool run_offer(struct world *w, const void *args, const char **said)
{
    const struct offer_args *a = args;
    struct xenpt_grant_entry e, was;
    const struct domain *d;
    uint32_t domain;
    uint64_t ref;

    if (!domain_or(w, a->domain, 0, &domain) || !number_or(w, a->ref, 0, &ref) ||
        !below(w, "a grant", ref, UINT32_MAX))
        return false;
    d = domain_there(w->machine, domain);
    if (!d)
        return world_cannot(w, "there is no such domain now");
    if (!read_entry(w, a, d, &e))
        return false;
    if (!xenpt_grant_entry(w->machine, domain, (uint32_t)ref, &was))
        was.flags = 0;
    world_changed(w);
    if (xenpt_grant_offer(w->machine, domain, (uint32_t)ref, &e, &w->problem))
        return false;
    *said = was.flags & (XENPT_GRANT_READING | XENPT_GRANT_WRITING)
                ? "Xen had noted that the entry is in use"
                : NULL;
    return true;
}

static void examine_offer(struct scope *s, const struct node *node, void *args)
{
    const struct offer_args *a = args;

    if (a->type == OFFER_ACCESS && !a->frame)
        mistake(&s->m, &node->at, XENPT_EPARSE, "grant-offer: which frame? 'frame' is missing");
    if (a->type == OFFER_TRANSITIVE && (!a->grant_of || !a->grant))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "grant-offer: which grant of another's? 'grant-of' and 'grant' say that");
    if (a->type != OFFER_NOTHING && !a->to)
        mistake(&s->m, &node->at, XENPT_EPARSE, "grant-offer: to whom? 'to' is missing");
}

/* --- Mapping ------------------------------------------------------------------------------- */

struct where {
    const struct expr *at, *pte, *gfn;
};

/* Where a mapping is, as its request has it; 0: it is for devices alone. */
static bool eval_where(struct world *w, const struct where *a, uint64_t *ret)
{
    const struct expr *e = a->at ? a->at : a->pte ? a->pte : a->gfn;

    if (!number_or(w, e, 0, ret))
        return false;
    if (a->gfn)
        *ret <<= XENPT_PAGE_SHIFT;
    return true;
}

static void examine_where(struct scope *s, const struct node *node, const struct where *a,
                          bool needed)
{
    unsigned int nr = (a->at ? 1u : 0) + (a->pte ? 1 : 0) + (a->gfn ? 1 : 0);

    if (nr > 1 || (needed && !nr))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "where? One of these: at, an address; pte, the place of an L1 entry; gfn, a frame "
                "of an HVM or PVH guest's");
}

void flush_second(struct world *w, uint32_t domain)
{
    const struct domain *d = &w->machine->domains[domain];
    struct value who = { .type = VALUE_CONTEXT,
                         .who = { .kind = WHO_VCPU, .domain = domain, .mode = XENPT_RUN_GUEST } };
    struct xenpt_tlb_event event = { .id = w->machine->processor->cpu.vendor == XENPT_INTEL
                                               ? XENPT_TLB_INVEPT_ALL
                                               : XENPT_TLB_VMRUN_ALL };

    for (; w->caches && !is_pv(d) && who.who.vcpu < d->nr_vcpus; who.who.vcpu++) {
        const struct xenpt_context *c = world_context(w, &who);
        uint32_t cpu;

        if (c && caches_cpu(w, &who, &cpu))
            caches_apply(w, c, &who, cpu, &event);
    }
}

struct map_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *ref, *avail;
    struct where where;
    bool device, read_only, application;
};

static bool run_map(struct world *w, const void *args, const char **said)
{
    const struct map_args *a = args;
    struct xenpt_grant_map req = { .flags = a->device ? XENPT_GRANT_MAP_DEVICE : 0 };
    uint64_t ref, avail, bus;
    struct calling c;
    uint32_t handle;
    bool made;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, 0, &req.domain) || !number_or(w, a->ref, 0, &ref) ||
        !below(w, "a grant", ref, UINT32_MAX) || !number_or(w, a->avail, 0, &avail) ||
        !below(w, "avail", avail, 7) || !eval_where(w, &a->where, &req.at))
        return false;
    req.ref = (uint32_t)ref;
    req.flags |= (uint32_t)avail << XENPT_GRANT_MAP_AVAIL;
    if (a->where.at || a->where.pte || a->where.gfn)
        req.flags |= XENPT_GRANT_MAP_HOST;
    if (a->where.pte)
        req.flags |= XENPT_GRANT_MAP_CONTAINS_PTE;
    if (a->read_only)
        req.flags |= XENPT_GRANT_MAP_READ_ONLY;
    if (a->application)
        req.flags |= XENPT_GRANT_MAP_APPLICATION;
    if (!call_go(&c))
        return false;
    made = !xenpt_grant_map(w->machine, &c.caller, &req, &handle, &bus, &c.r, &w->problem);
    if (!call_end(&c, made, said))
        return false;
    flush_second(w, c.caller.domain);
    if (!c.r.error && !w->brief)
        *said = world_text(w, "%s; handle %u", *said, (unsigned int)handle);
    return true;
}

static void examine_map(struct scope *s, const struct node *node, void *args)
{
    const struct map_args *a = args;

    examine_where(s, node, &a->where, false);
}

/* --- Unmapping ----------------------------------------------------------------------------- */

struct unmap_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *handle, *bus, *by;
    struct where where;
    bool device;
};

/* Where devices have it. */
static uint64_t bus_of(const struct world *w, uint32_t domain, uint32_t handle)
{
    struct xenpt_grant_mapping map;
    struct xenpt_grant_use use;

    if (!xenpt_grant_mapping(w->machine, domain, handle, &map) ||
        !xenpt_grant_use(w->machine, map.domain, map.ref, &use))
        return 0;
    return use.frame << XENPT_PAGE_SHIFT;
}

static bool run_unmap(struct world *w, const void *args, const char **said)
{
    const struct unmap_args *a = args;
    struct xenpt_grant_unmap req;
    struct calling c;
    uint64_t handle;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->handle, 0, &handle) || !below(w, "a handle", handle, UINT32_MAX) ||
        !eval_where(w, &a->where, &req.at) || !number_or(w, a->by, 0, &req.by) ||
        !number_or(w, a->bus, 0, &req.bus))
        return false;
    req.handle = (uint32_t)handle;
    if (a->device)
        req.bus = bus_of(w, c.caller.domain, req.handle);
    if (!call_go(&c) ||
        !call_end(&c, !xenpt_grant_unmap(w->machine, &c.caller, &req, &c.r, &w->problem), said))
        return false;
    flush_second(w, c.caller.domain);
    return true;
}

static void examine_unmap(struct scope *s, const struct node *node, void *args)
{
    const struct unmap_args *a = args;

    examine_where(s, node, &a->where, false);
    if (a->device && a->bus)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "grant-unmap: device means where the devices have it, and bus another place");
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word types[] = {
    [OFFER_ACCESS] = { "access", "the other domain may map the frame" },
    [OFFER_TRANSFER] = { "transfer", "the other domain may give it a frame" },
    [OFFER_TRANSITIVE] = { "transitive", "the other domain may copy what a third one granted this one" },
    [OFFER_NOTHING] = { "nothing", "the entry grants nothing any more" },
};
static const struct words type_words = { types, ARRAY_SIZE(types), NULL, 0 };

#define WHERE_ROWS(s)                                                                              \
    { .key = "at", KIND_ROW(kind_address, s, where.at), .text = "The address where it is." },      \
    { .key = "pte", KIND_ROW(kind_maddr, s, where.pte), .text = "Or the machine address of the L1 entry." }, \
    { .key = "gfn", KIND_ROW(kind_number, s, where.gfn), .text = "Or the frame of an HVM or PVH guest's own." }

static const struct row offer_rows[] = {
    { .key = "grant-offer", KIND_ROW(kind_domain, offer_args, domain), .required = true,
      .text = "The domain that writes an entry of its grant table." },
    { .key = "ref", KIND_ROW(kind_number, offer_args, ref), .required = true,
      .text = "Which entry: 0 is the console's, 1 the xenstore's, and the first 8 are for such." },
    { .key = "to", KIND_ROW(kind_domain, offer_args, to), .text = "The domain that may." },
    { .key = "frame", KIND_ROW(kind_frame, offer_args, frame), .text = "The frame." },
    { .key = "read-only", .type = ROW_BOOL, ROW_AT(offer_args, read_only), .text = "It may not be written to." },
    { .key = "type", .type = ROW_ONE, ROW_AT(offer_args, type), .words = &type_words, .text = "What is granted." },
    { .key = "from", KIND_ROW(kind_number, offer_args, from),
      .text = "Version 2: only to be copied, from this byte of the frame on..." },
    { .key = "length", KIND_ROW(kind_number, offer_args, length), .text = "...so many." },
    { .key = "grant-of", KIND_ROW(kind_domain, offer_args, grant_of), .text = "Of transitive: who granted it..." },
    { .key = "grant", KIND_ROW(kind_number, offer_args, grant), .text = "...and by which entry." },
    STEP_ROWS,
};
static const struct row map_rows[] = {
    { .key = "grant-map", KIND_ROW(kind_vcpu, map_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall. It is put on its CPU, in its guest's kernel, if it is not there." },
    { .key = "of", KIND_ROW(kind_domain, map_args, of), .required = true, .text = "The domain that grants." },
    { .key = "ref", KIND_ROW(kind_number, map_args, ref), .required = true, .text = "Which entry." },
    WHERE_ROWS(map_args),
    { .key = "device", .type = ROW_BOOL, ROW_AT(map_args, device), .text = "For devices, as well or alone." },
    { .key = "read-only", .type = ROW_BOOL, ROW_AT(map_args, read_only), .text = "To be read." },
    { .key = "application", .type = ROW_BOOL, ROW_AT(map_args, application), .text = "For user code, too." },
    { .key = "avail", KIND_ROW(kind_number, map_args, avail), .text = "Bits of the L1 entry that are the guest's own, AVL." },
    ARGUMENT_ROW(map_args),
    STEP_ROWS,
};
static const struct row unmap_rows[] = {
    { .key = "grant-unmap", KIND_ROW(kind_vcpu, unmap_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of grant-map." },
    { .key = "handle", KIND_ROW(kind_number, unmap_args, handle), .required = true,
      .text = "What mapping it returned: they are counted from 0." },
    WHERE_ROWS(unmap_args),
    { .key = "device", .type = ROW_BOOL, ROW_AT(unmap_args, device), .text = "For devices, as well or alone." },
    { .key = "bus", KIND_ROW(kind_maddr, unmap_args, bus), .text = "The same, where this says that they have it." },
    { .key = "by", KIND_ROW(kind_address, unmap_args, by),
      .text = "The address whose L1 entry comes in its place (unmap_and_replace)." },
    ARGUMENT_ROW(map_args),
    ARGUMENT_ROW(unmap_args),
    STEP_ROWS,
};

const struct verb verb_grant_offer = {
    .record = VERB("grant-offer", "A guest writes an entry of its grant table, by which another domain may map a frame of its, "
                   "or takes one back. It writes to memory, and Xen hears nothing of it.", offer_rows),
    .example = "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(5), read-only: yes }",
    .size = sizeof(struct offer_args), .run = run_offer, .examine = examine_offer,
};
const struct verb verb_grant_map = {
    .record = VERB("grant-map", "A guest maps what another has granted it, by the hypercall grant_table_op.", map_rows),
    .example = "{ grant-map: d0.v0, of: d1, ref: 8, at: 0xffffffff80005000, read-only: yes }",
    .size = sizeof(struct map_args), .run = run_map, .examine = examine_map,
};
const struct verb verb_grant_unmap = {
    .record = VERB("grant-unmap", "A guest unmaps what it has mapped by grant-map.", unmap_rows),
    .example = "{ grant-unmap: d0.v0, handle: 0, at: 0xffffffff80005000 }",
    .size = sizeof(struct unmap_args), .run = run_unmap, .examine = examine_unmap,
};
/* clang-format on */
