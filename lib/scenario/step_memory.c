/* step_memory.c - steps: memory that guests give back and get, and PV guests exchange and pass on.
 */
#include <stdlib.h>

#include "scenario/hypercall.h"
#include "scenario/meanwhile.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

#define EXTENTS_MAX 65536

/* --- What all of them have ----------------------------------------------------------------- */

/* The name that the first frame has from now on that came. */
struct got {
    const char *name;
    size_t which;
};

static void examine_got(struct scope *s, const struct node *node, struct got *got)
{
    if (got->name)
        let_name(s, node_get(node, "got"), got->name, VALUE_MFN, &got->which);
}

/* Whether it came or not, the name stands for something. */
static void remember(struct world *w, const struct got *got, uint64_t frame)
{
    if (got->name)
        w->lets[got->which] = (struct value){ .type = VALUE_MFN, .v = frame, .last = frame };
}

/* First numbers of extents of 2^order, of a range: of one alone, that one. */
struct extents {
    uint64_t *first;
    size_t nr;
};

static bool extents_of(struct world *w, const struct expr *e, uint32_t order, struct extents *ret)
{
    struct value v;
    uint64_t nr;

    *ret = (struct extents){ .nr = 0 };
    if (!expr_eval(w, e, &v))
        return false;
    if (v.type == VALUE_DOMAIN)
        return world_cannot(w, "frames are wanted, and not all of a domain's");
    nr = (v.last - v.v) >> (order < 64 ? order : 63);
    if (nr >= EXTENTS_MAX)
        return world_cannot(w, "more than %d extents", EXTENTS_MAX);
    ret->nr = (size_t)nr + 1;
    ret->first = malloc(ret->nr * sizeof(*ret->first));
    if (!ret->first) {
        w->no_memory = true;
        return world_cannot(w, "no memory for extents");
    }
    for (size_t i = 0; i < ret->nr; i++)
        ret->first[i] = v.v + ((uint64_t)i << (order < 64 ? order : 63));
    return true;
}

static bool order_of(struct world *w, const struct expr *e, uint32_t *ret)
{
    uint64_t v;

    if (!number_or(w, e, 0, &v))
        return false;
    if (v > 63)
        return world_cannot(w, "an extent has at most 2^63 frames");
    *ret = (uint32_t)v;
    return true;
}

static bool bits_of(struct world *w, const struct expr *e, uint32_t *ret)
{
    uint64_t v;

    if (!number_or(w, e, 0, &v))
        return false;
    if (v > UINT32_MAX)
        return world_cannot(w, "the number of address bits has 32 bits");
    *ret = (uint32_t)v;
    return true;
}

static bool domain_of(struct world *w, const struct expr *e, uint32_t *ret)
{
    struct value v = { .who = { .domain = XENPT_DOMID_SELF } };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.who.domain;
    return true;
}

/* --- Reservations -------------------------------------------------------------------------- */

struct reservation_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *list, *extents, *gfns, *order, *bits, *of;
    struct got got;
    bool on_demand;
    struct interleaving with;
};

static bool call_list(struct calling *c, const struct expr *list)
{
    c->caller.has_extents = list;
    return number_or(c->w, list, 0, &c->caller.extents);
}

static bool reserve(struct world *w, const struct reservation_args *a, const struct expr *extents,
                    enum xenpt_pv_reservation_kind what, const char **said)
{
    struct xenpt_pv_reservation r = { .what = what, .on_demand = a->on_demand };
    struct extents all = { .nr = 0 };
    struct calling c;
    uint32_t whose;
    bool ok;

    ok = call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) && call_list(&c, a->list) &&
         order_of(w, a->order, &r.order) && bits_of(w, a->bits, &r.address_bits) &&
         domain_of(w, a->of, &r.domain) && extents_of(w, extents, r.order, &all) && call_go(&c) &&
         call_end(&c, call_reservation(&c, &a->with, &r, all.first, all.nr), said);
    if (ok) {
        whose = r.domain == XENPT_DOMID_SELF ? c.caller.domain : r.domain;
        if (domain_there(w->machine, whose))
            flush_second(w, whose);
        remember(w, &a->got, c.r.done ? all.first[0] : UINT64_MAX >> XENPT_PAGE_SHIFT);
    }
    free(all.first);
    return ok;
}

static bool run_increase(struct world *w, const void *args, const char **said)
{
    const struct reservation_args *a = args;
    struct xenpt_pv_reservation r = { .what = XENPT_PV_INCREASE };
    uint64_t nr, *got;
    struct calling c;
    bool ok;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) || !call_list(&c, a->list) ||
        !order_of(w, a->order, &r.order) || !bits_of(w, a->bits, &r.address_bits) ||
        !domain_of(w, a->of, &r.domain) || !number_or(w, a->extents, 1, &nr))
        return false;
    if (!nr || nr > EXTENTS_MAX)
        return world_cannot(w, "extents are 1 to %d", EXTENTS_MAX);
    got = calloc((size_t)nr, sizeof(*got));
    if (!got) {
        w->no_memory = true;
        return world_cannot(w, "no memory for extents");
    }
    ok = call_go(&c) && call_end(&c,
                                 !xenpt_pv_reservation(w->machine, &c.caller, &r, got, (size_t)nr,
                                                       &c.r, &w->problem),
                                 said);
    if (ok)
        remember(w, &a->got, c.r.done ? got[0] : UINT64_MAX >> XENPT_PAGE_SHIFT);
    free(got);
    return ok;
}

/* A guest with a p2m names what is in it. */
static bool run_decrease(struct world *w, const void *args, const char **said)
{
    const struct reservation_args *a = args;
    const struct domain *d;
    struct value v;

    if (!expr_eval(w, a->of ? a->of : a->vcpu, &v))
        return false;
    d = domain_there(w->machine, v.who.domain);
    if (d && is_pv(d) == !a->extents)
        return world_cannot(w,
                            is_pv(d) ? "%s is paravirtual, and gives frames of the machine "
                                       "back: frames says which"
                                     : "%s has a p2m, and gives back what is there: gfns says "
                                       "which",
                            d->name);
    return reserve(w, a, a->extents ? a->extents : a->gfns, XENPT_PV_DECREASE, said);
}

static void examine_decrease(struct scope *s, const struct node *node, void *args)
{
    const struct reservation_args *a = args;

    if (!a->extents == !a->gfns)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "decrease-reservation: what? frames of the machine, of a PV guest; or gfns of an "
                "HVM or PVH guest's physical memory");
}

static bool run_populate(struct world *w, const void *args, const char **said)
{
    const struct reservation_args *a = args;

    return reserve(w, a, a->extents, XENPT_PV_POPULATE, said);
}

static void examine_reservation(struct scope *s, const struct node *node, void *args)
{
    struct reservation_args *a = args;

    examine_got(s, node, &a->got);
    meanwhile_examine(s, node, &a->with);
}

/* --- Exchange ------------------------------------------------------------------------------ */

struct exchange_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *in, *in_order, *gfns, *out_order, *bits, *of, *array,
        *begin;
    struct got got;
};

static bool run_exchange(struct world *w, const void *args, const char **said)
{
    const struct exchange_args *a = args;
    struct extents in = { .nr = 0 }, out = { .nr = 0 };
    struct xenpt_pv_exchange x = { .at = 0 };
    struct calling c;
    bool ok;

    ok = call_begin(w, a->vcpu, &c) && call_argument(&c, a->argument) &&
         order_of(w, a->in_order, &x.in_order) && order_of(w, a->out_order, &x.out_order) &&
         bits_of(w, a->bits, &x.address_bits) && domain_of(w, a->of, &x.domain) &&
         number_or(w, a->array, 0, &x.at) && number_or(w, a->begin, 0, &x.begin) &&
         extents_of(w, a->in, x.in_order, &in) && extents_of(w, a->gfns, x.out_order, &out);
    if (ok) {
        x.in = in.first;
        x.nr_in = in.nr;
        x.out = out.first;
        x.nr_out = out.nr;
        ok = call_go(&c) &&
             call_end(&c, !xenpt_pv_exchange(w->machine, &c.caller, &x, &c.r, &w->problem), said);
    }
    if (ok)
        remember(w, &a->got, out.first ? out.first[0] : 0);
    free(in.first);
    free(out.first);
    return ok;
}

static void examine_exchange(struct scope *s, const struct node *node, void *args)
{
    struct exchange_args *a = args;

    examine_got(s, node, &a->got);
}

/* --- Passing on ---------------------------------------------------------------------------- */

struct transfer_args {
    struct step_head head;
    const struct expr *vcpu, *frame, *to, *gfn;
    struct got got;
};

static bool run_transfer(struct world *w, const void *args, const char **said)
{
    const struct transfer_args *a = args;
    uint64_t frame, gfn, got = 0;
    struct calling c;
    uint32_t to;

    if (!call_begin(w, a->vcpu, &c) || !number_or(w, a->frame, 0, &frame) ||
        !domain_of(w, a->to, &to) || !number_or(w, a->gfn, 0, &gfn) || !call_go(&c) ||
        !call_end(
            &c, !xenpt_pv_transfer(w->machine, &c.caller, frame, to, gfn, &got, &c.r, &w->problem),
            said))
        return false;
    remember(w, &a->got, got);
    return true;
}

static void examine_transfer(struct scope *s, const struct node *node, void *args)
{
    struct transfer_args *a = args;

    examine_got(s, node, &a->got);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define CALLER "The vCPU that makes the hypercall, as of mmu-update."
#define OF_ROW(s)                                                                                  \
    { .key = "of", KIND_ROW(kind_domain, s, of), .text = "The domain whose memory it is; the caller's own without it." }
#define BITS_ROW(s)                                                                                \
    { .key = "address-bits", KIND_ROW(kind_number, s, bits), \
      .text = "Addresses of what comes have so many bits at most; any without it." }
#define ORDER_ROW(s, key_, member) \
    { .key = (key_), KIND_ROW(kind_number, s, member), .text = "Extents of 2^order frames each; 0 without it." }
#define GOT_ROW(s)                                                                                 \
    { .key = "got", .type = ROW_TEXT, ROW_AT(s, got.name), \
      .text = "A name for the first frame of the machine that came, as of the step let." }

static const struct row increase_rows[] = {
    { .key = "increase-reservation", KIND_ROW(kind_vcpu, reservation_args, vcpu), .required = true, .text = CALLER },
    { .key = "extents", KIND_ROW(kind_number, reservation_args, extents), .text = "How many; 1 without it." },
    ORDER_ROW(reservation_args, "order", order),
    BITS_ROW(reservation_args),
    OF_ROW(reservation_args),
    GOT_ROW(reservation_args),
    ARGUMENT_ROW(reservation_args),
    { .key = "list", KIND_ROW(kind_address, reservation_args, list),
      .text = "The address of the list of extents, which the structure names: as argument." },
    STEP_ROWS,
};
static const struct row decrease_rows[] = {
    { .key = "decrease-reservation", KIND_ROW(kind_vcpu, reservation_args, vcpu), .required = true, .text = CALLER },
    { .key = "frames", KIND_ROW(kind_memory, reservation_args, extents),
      .text = "Of a PV guest: the frames of the machine, the first of each extent." },
    { .key = "gfns", KIND_ROW(kind_numbers, reservation_args, gfns),
      .text = "Of an HVM or PVH guest: a number, or a range, of its physical memory; the first of each extent." },
    ORDER_ROW(reservation_args, "order", order),
    OF_ROW(reservation_args),
    ARGUMENT_ROW(reservation_args),
    { .key = "list", KIND_ROW(kind_address, reservation_args, list),
      .text = "The address of the list of extents, which the structure names: as argument." },
    STEP_ROWS,
};
static const struct row populate_rows[] = {
    { .key = "populate-physmap", KIND_ROW(kind_vcpu, reservation_args, vcpu), .required = true, .text = CALLER },
    { .key = "gfns", KIND_ROW(kind_numbers, reservation_args, extents), .required = true,
      .text = "What the guest calls them: a number, or a range. M2P says so, and d1.gfn() has them." },
    { .key = "on-demand", .type = ROW_BOOL, ROW_AT(reservation_args, on_demand),
      .text = "Of another domain, HVM or PVH: memory comes when it is touched, of what pod-target has kept for that." },
    ORDER_ROW(reservation_args, "order", order),
    BITS_ROW(reservation_args),
    OF_ROW(reservation_args),
    GOT_ROW(reservation_args),
    ARGUMENT_ROW(reservation_args),
    { .key = "list", KIND_ROW(kind_address, reservation_args, list),
      .text = "The address of the list of extents, which the structure names: as argument." },
    MEANWHILE_ROW,
    STEP_ROWS,
};
static const struct row exchange_rows[] = {
    { .key = "exchange", KIND_ROW(kind_vcpu, exchange_args, vcpu), .required = true, .text = CALLER },
    { .key = "frames", KIND_ROW(kind_memory, exchange_args, in), .required = true,
      .text = "Frames of the machine that it gives." },
    ORDER_ROW(exchange_args, "order", in_order),
    { .key = "gfns", KIND_ROW(kind_numbers, exchange_args, gfns), .required = true,
      .text = "What the guest calls those that it gets, as of populate-physmap." },
    ORDER_ROW(exchange_args, "to-order", out_order),
    BITS_ROW(exchange_args),
    OF_ROW(exchange_args),
    { .key = "array", KIND_ROW(kind_address, exchange_args, array),
      .text = "Where the guest has its array of what it gets, to which Xen writes the frames' numbers; "
              "without it, somewhere where it may." },
    { .key = "begin", KIND_ROW(kind_number, exchange_args, begin),
      .text = "nr_exchanged: so many extents are done already, says the guest; 0 without it. Their elements of the "
              "array come before." },
    GOT_ROW(exchange_args),
    ARGUMENT_ROW(exchange_args),
    STEP_ROWS,
};
static const struct row transfer_rows[] = {
    { .key = "transfer-page", KIND_ROW(kind_vcpu, transfer_args, vcpu), .required = true, .text = CALLER },
    { .key = "frame", KIND_ROW(kind_frame, transfer_args, frame), .required = true,
      .text = "A frame of the caller's, to which nothing refers." },
    { .key = "to", KIND_ROW(kind_domain, transfer_args, to), .required = true, .text = "Whose it is to be." },
    { .key = "gfn", KIND_ROW(kind_number, transfer_args, gfn), .required = true,
      .text = "What that domain calls it." },
    GOT_ROW(transfer_args),
    STEP_ROWS,
};

const struct verb verb_increase_reservation = {
    .record = VERB("increase-reservation", "A guest asks for more memory by the hypercall memory_op. What comes has no "
                   "number of the guest's, until, of a PV guest, mmu-update with the command m2p gives it one.", increase_rows),
    .example = "{ increase-reservation: d1.v0, extents: 2, got: new }",
    .size = sizeof(struct reservation_args), .run = run_increase, .examine = examine_reservation,
};
const struct verb verb_decrease_reservation = {
    .record = VERB("decrease-reservation", "A guest gives memory back. A frame that something refers to is its own "
                   "until nothing does.", decrease_rows),
    .example = "{ decrease-reservation: d1.v0, frames: d1.gfn(8000) }",
    .size = sizeof(struct reservation_args), .run = run_decrease, .examine = examine_decrease,
};
const struct verb verb_populate_physmap = {
    .record = VERB("populate-physmap", "A guest asks for memory under numbers of its own. An HVM or PVH guest "
                   "has it there, in pages as large as extents are if it is aligned so.", populate_rows),
    .example = "{ populate-physmap: d1.v0, gfns: 0x9000, got: new }",
    .size = sizeof(struct reservation_args), .run = run_populate, .examine = examine_reservation,
};
const struct verb verb_exchange = {
    .record = VERB("exchange", "A PV guest gives frames and gets others, as many, such as frames in a row for single ones.",
                   exchange_rows),
    .example = "{ exchange: d1.v0, frames: d1.gfn(8000), gfns: 8000, address-bits: 32 }",
    .size = sizeof(struct exchange_args), .run = run_exchange, .examine = examine_exchange,
};
const struct verb verb_transfer_page = {
    .record = VERB("transfer-page", "A PV guest passes a frame on to another one: what the hypercall grant_table_op with "
                   "GNTTABOP_transfer does to the frame, without a look at a grant.", transfer_rows),
    .example = "{ transfer-page: d1.v0, frame: d1.gfn(8000), to: d3, gfn: 0x9000 }",
    .size = sizeof(struct transfer_args), .run = run_transfer, .examine = examine_transfer,
};
/* clang-format on */
