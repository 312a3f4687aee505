/* expect_sharing.c - expectations: who has mapped a domain, event channels, the xenstore, devices,
 * ioreq servers. */
#include "xenpt/event.h"
#include "xenpt/foreign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/internal.h"

/* clang-format off */
enum { EITHER, YES, NO };
static const struct xenpt_word yes_or_no[] = {
    [EITHER] = { "any", "whatever it is" }, [YES] = { "yes", "it is so" }, [NO] = { "no", "it is not" },
};
static const struct words yes_words = { yes_or_no, ARRAY_SIZE(yes_or_no), NULL, 0 };
/* clang-format on */

static bool is(uint32_t wanted, bool have)
{
    return wanted == EITHER || (wanted == YES) == have;
}

/* False: it has no value now. */
static bool number_is(struct world *w, const struct expr *e, uint64_t have, bool *held)
{
    uint64_t wanted;

    if (!number_or(w, e, have, &wanted))
        return false;
    *held &= wanted == have;
    return true;
}

/* --- Foreign maps -------------------------------------------------------------------------- */

struct foreign_args {
    struct check_head head;
    const struct expr *of, *count, *writable, *resources, *by;
};

#define NAMED_MAX 4u
struct telling {
    struct world *w;
    uint32_t by; /* UINT32_MAX: anyone. */
    struct xenpt_foreign_count count;
    char text[512];
    size_t used, nr;
};

static bool tell(void *ctx, const struct xenpt_foreign_map *map)
{
    struct telling *t = ctx;

    if (t->by != UINT32_MAX && map->by != t->by)
        return true;
    t->count.resources += map->resource;
    t->count.memory += !map->resource;
    t->count.writable += !map->resource && map->writable;
    if (t->nr++ < NAMED_MAX && t->used < sizeof(t->text))
        t->used += (size_t)snprintf(
            t->text + t->used, sizeof(t->text) - t->used,
            "; %s: mfn 0x%" PRIx64 " %s by the %s entry at 0x%" PRIx64 "%s",
            t->w->machine->domains[map->by].name, map->frame, map->writable ? "rw" : "ro",
            xenpt_foreign_how_word(map->how)->name, map->at, map->resource ? ", a resource" : "");
    return true;
}

static enum checked check_foreign(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    const struct foreign_args *a = args;
    struct telling t = { .w = w };
    struct xenpt_foreign_count all;
    bool held = true;
    uint32_t of;

    (void)c;
    if (!domain_or(w, a->of, 0, &of) || !domain_or(w, a->by, UINT32_MAX, &t.by) ||
        xenpt_foreign_maps(w->machine, of, tell, &t, &all, &w->problem) ||
        !number_is(w, a->count, t.count.memory, &held) ||
        !number_is(w, a->writable, t.count.writable, &held) ||
        !number_is(w, a->resources, t.count.resources, &held))
        return CHECK_CANNOT;
    if (!a->count && !a->writable && !a->resources)
        held = t.count.memory;
    if (ret->tell) {
        ret->expected = world_text(w, "so many foreign maps into %s", w->machine->domains[of].name);
        ret->found = world_text(w,
                                "%" PRIu64 " of memory, %" PRIu64 " of these writable, and %" PRIu64
                                " of resources%s%s",
                                t.count.memory, t.count.writable, t.count.resources, t.text,
                                t.nr > NAMED_MAX ? "; and more" : "");
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- Event channels ------------------------------------------------------------------------ */

struct event_args {
    struct check_head head;
    const struct expr *port, *of, *to, *to_port, *vcpu;
    uint32_t kind; /* 0: any; else a kind + 1. */
    uint32_t pending, masked, selected, upcall;
};

static enum checked check_event(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct event_args *a = args;
    struct xenpt_event_channel e;
    struct xenpt_event_bits bits;
    uint32_t of, port, to;
    bool held, joined;

    (void)c;
    if (!domain_or(w, a->of, 0, &of) || !number32_or(w, a->port, 0, "a port", &port))
        return CHECK_CANNOT;
    if (!xenpt_event_port(w->machine, of, port, &e) ||
        !xenpt_event_bits(w->machine, of, port, &bits)) {
        world_cannot(w, "d%u has no port %u", (unsigned int)of, (unsigned int)port);
        return CHECK_CANNOT;
    }
    joined = e.kind == XENPT_CHANNEL_UNBOUND || e.kind == XENPT_CHANNEL_INTERDOMAIN;
    held = (!a->kind || a->kind == (uint32_t)e.kind + 1) && (joined || !a->to) &&
           is(a->pending, bits.pending) && is(a->masked, bits.masked) &&
           is(a->selected, bits.selected) && is(a->upcall, bits.upcall);
    if (!domain_or(w, a->to, e.remote_domain, &to) ||
        !number_is(w, a->to_port, e.remote_port, &held) || !number_is(w, a->vcpu, e.vcpu, &held))
        return CHECK_CANNOT;
    held &= to == e.remote_domain;
    if (ret->tell) {
        ret->expected = world_text(w, "port %u of d%u is so", (unsigned int)port, (unsigned int)of);
        ret->found = world_text(
            w, "%s%s; it notifies v%u; pending %s, masked %s, selected %s, upcall %s",
            xenpt_channel_kind_word(e.kind)->name,
            joined ? world_text(w, ", d%u port %u", (unsigned int)e.remote_domain,
                                (unsigned int)e.remote_port)
                   : "",
            (unsigned int)e.vcpu, bits.pending ? "yes" : "no", bits.masked ? "yes" : "no",
            bits.selected ? "yes" : "no", bits.upcall ? "yes" : "no");
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- The xenstore -------------------------------------------------------------------------- */

struct node_args {
    struct check_head head;
    const char *path, *value, *perms;
    const struct expr *number;
    bool absent;
};

static const char *perms_text(const struct xenpt_xenstore_node *n, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < n->nr_perms && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%c%u", i ? " " : "", n->perm[i].access,
                                 (unsigned int)n->perm[i].domain);
    return buf;
}

static enum checked check_node(struct world *w, const void *args, const struct xenpt_context *c,
                               struct finding *ret)
{
    const struct node_args *a = args;
    struct xenpt_xenstore_node n;
    enum xenpt_code code = xenpt_xenstore_node(w->machine, a->path, &n, &w->problem);
    char perms[96], number[24];
    uint64_t v;
    bool held;

    (void)c;
    if ((code && code != XENPT_ERANGE) || !number_or(w, a->number, 0, &v))
        return CHECK_CANNOT;
    snprintf(number, sizeof(number), "%" PRIu64, v);
    if (!code)
        perms_text(&n, perms, sizeof(perms));
    held = code ? a->absent
                : !a->absent && (!a->value || !strcmp(a->value, n.value)) &&
                      (!a->number || !strcmp(number, n.value)) &&
                      (!a->perms || !strcmp(a->perms, perms));
    if (ret->tell) {
        ret->expected = world_text(w, "%s of the xenstore is so", a->path);
        ret->found = code ? "it is not there"
                          : world_text(w, "'%s', with the permissions %s", n.value, perms);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void examine_node(struct scope *s, const struct node *node, void *args)
{
    const struct node_args *a = args;

    if (a->absent && (a->value || a->number || a->perms))
        mistake(&s->m, &node->at, XENPT_EPARSE, "xenstore: a node that is absent has nothing");
}

/* --- Devices ------------------------------------------------------------------------------- */

struct device_expected {
    struct check_head head;
    struct device_args device;
    uint32_t front, back; /* 0: any; else a state + 1. */
    uint32_t mapped, bound;
};

static enum checked check_device(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct device_expected *a = args;
    struct xenpt_xenbus_device device;
    struct xenpt_device_state s;
    bool held;

    (void)c;
    if (!device_eval(w, &a->device, &device) ||
        xenpt_device_look(w->machine, &device, &s, &w->problem))
        return CHECK_CANNOT;
    held = (!a->front || a->front == (uint32_t)s.front + 1) &&
           (!a->back || a->back == (uint32_t)s.back + 1) && is(a->mapped, s.mapped) &&
           is(a->bound, s.bound);
    if (ret->tell) {
        ret->expected = world_text(w, "%s %u is so", xenpt_device_kind_word(device.kind)->name,
                                   (unsigned int)device.id);
        ret->found = world_text(
            w, "the front-end is %s, the back-end %s; rings %s, the event channel %s",
            xenpt_xenbus_state_word(s.front)->name, xenpt_xenbus_state_word(s.back)->name,
            s.mapped ? "mapped" : "not mapped", s.bound ? "connected" : "not connected");
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- ioreq servers ------------------------------------------------------------------------- */

struct server_args {
    struct check_head head;
    const struct expr *id, *of, *gfn, *buffered_gfn, *by;
    uint32_t enabled, acquired;
    bool absent;
};

static const char *page_text(struct world *w, const struct xenpt_ioreq_server *s, size_t i)
{
    if (!s->page[i].there)
        return "none";
    if (s->page[i].has_gfn)
        return world_text(w, "gfn 0x%" PRIx64, s->page[i].gfn);
    return world_text(w, "acquired, mfn 0x%" PRIx64, s->page[i].mfn);
}

static bool gfn_is(struct world *w, const struct expr *e, const struct xenpt_ioreq_server *s,
                   size_t i, bool *held)
{
    *held &= !e || s->page[i].has_gfn;
    return number_is(w, e, s->page[i].gfn, held);
}

static enum checked check_server(struct world *w, const void *args, const struct xenpt_context *c,
                                 struct finding *ret)
{
    const struct server_args *a = args;
    struct xenpt_ioreq_server s = { .emulator = 0 };
    uint32_t id, of, by;
    bool there, held;

    (void)c;
    if (!number32_or(w, a->id, 0, "a server's number", &id) || !domain_or(w, a->of, 0, &of))
        return CHECK_CANNOT;
    there = xenpt_ioreq_server(w->machine, of, id, &s);
    held = there ? !a->absent : a->absent;
    if (there) {
        held &= is(a->enabled, s.enabled) && is(a->acquired, s.page[1].there && !s.page[1].has_gfn);
        if (!domain_or(w, a->by, s.emulator, &by) || !gfn_is(w, a->gfn, &s, 1, &held) ||
            !gfn_is(w, a->buffered_gfn, &s, 0, &held))
            return CHECK_CANNOT;
        held &= by == s.emulator;
    }
    if (ret->tell) {
        ret->expected = world_text(w, "ioreq server %u of d%u is so", (unsigned int)id,
                                   (unsigned int)of);
        ret->found =
            there ? world_text(
                        w, "of d%u, %s; its page is %s, that of requests that nobody waits for %s",
                        (unsigned int)s.emulator, s.enabled ? "enabled" : "not enabled",
                        page_text(w, &s, 1), page_text(w, &s, 0))
                  : "it is not there";
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define YES_ROW(key_, s_, member_, text_) { .key = key_, .type = ROW_ONE, ROW_AT(s_, member_), .words = &yes_words, .text = text_ }

static const struct row foreign_rows[] = {
    { .key = "foreign-maps", KIND_ROW(kind_domain, foreign_args, of), .required = true, .text = "The domain whose memory others have mapped." },
    { .key = "count", KIND_ROW(kind_number, foreign_args, count), .text = "How many mappings of its memory; one or more without any of these." },
    { .key = "writable", KIND_ROW(kind_number, foreign_args, writable), .text = "How many of them can be written by." },
    { .key = "resources", KIND_ROW(kind_number, foreign_args, resources), .text = "How many mappings of what Xen shares with it: its grant table, pages of ioreq servers." },
    { .key = "by", KIND_ROW(kind_domain, foreign_args, by), .text = "Those of this domain alone." },
    CHECK_ROWS,
};
static const struct xenpt_word channel_kinds[] = {
    { "any", "whatever it is" }, { "closed", "not in use" }, { "unbound", "waits for a domain to connect" },
    { "interdomain", "connected to a port of a domain" }, { "pirq", "a physical interrupt" },
    { "virq", "a virtual interrupt" }, { "ipi", "between vCPUs of the domain" },
};
static const struct words channel_words = { channel_kinds, ARRAY_SIZE(channel_kinds), NULL, 0 };
static const struct row event_rows[] = {
    { .key = "event", KIND_ROW(kind_number, event_args, port), .required = true, .text = "A port." },
    { .key = "of", KIND_ROW(kind_domain, event_args, of), .required = true, .text = "The domain whose it is." },
    { .key = "is", .type = ROW_ONE, ROW_AT(event_args, kind), .words = &channel_words, .text = "What it is." },
    { .key = "to", KIND_ROW(kind_domain, event_args, to), .text = "The domain at the other end, or that may be." },
    { .key = "to-port", KIND_ROW(kind_number, event_args, to_port), .text = "The port there." },
    { .key = "vcpu", KIND_ROW(kind_number, event_args, vcpu), .text = "The number of the vCPU that it notifies." },
    YES_ROW("pending", event_args, pending, "Its bit of evtchn_pending, in the domain's shared_info."),
    YES_ROW("masked", event_args, masked, "Its bit of evtchn_mask."),
    YES_ROW("selected", event_args, selected, "The bit for its word in evtchn_pending_sel of that vCPU."),
    YES_ROW("upcall", event_args, upcall, "evtchn_upcall_pending of that vCPU."),
    CHECK_ROWS,
};
static const struct row node_rows[] = {
    { .key = "xenstore", .type = ROW_TEXT, ROW_AT(node_args, path), .required = true, .text = "The path of a node, from / on." },
    { .key = "value", .type = ROW_TEXT, ROW_AT(node_args, value), .text = "What it says..." },
    { .key = "number", KIND_ROW(kind_number, node_args, number), .text = "...as a number, in decimal digits." },
    { .key = "permissions", .type = ROW_TEXT, ROW_AT(node_args, perms), .text = "Who may what: n1 r0, as of xenstore-permit." },
    { .key = "absent", .type = ROW_BOOL, ROW_AT(node_args, absent), .text = "It is not there." },
    CHECK_ROWS,
};
static const struct xenpt_word expected_states[] = {
    { "any", "whatever it is" }, { "unknown", "there is none" }, { "initialising", "it begins" },
    { "init-wait", "the back-end has begun, and waits for the front-end" }, { "initialised", "the front-end has told of its ring" },
    { "connected", "it is in use" }, { "closing", "it ends" }, { "closed", "it has ended" },
};
static const struct words expected_state_words = { expected_states, ARRAY_SIZE(expected_states), NULL, 0 };
static const struct row device_rows[] = {
    { .key = "device", .type = ROW_ONE, ROW_AT(device_expected, device.kind), .words = &device_kind_words, .required = true, .text = "Its kind." },
    { .key = "id", KIND_ROW(kind_number, device_expected, device.id), .required = true, .text = "Its number." },
    { .key = "front", KIND_ROW(kind_domain, device_expected, device.front), .required = true, .text = "The domain that uses it." },
    { .key = "back", KIND_ROW(kind_domain, device_expected, device.back), .required = true, .text = "The domain that provides it." },
    { .key = "front-is", .type = ROW_ONE, ROW_AT(device_expected, front), .words = &expected_state_words, .text = "The state of the front-end." },
    { .key = "back-is", .type = ROW_ONE, ROW_AT(device_expected, back), .words = &expected_state_words, .text = "The state of the back-end." },
    YES_ROW("mapped", device_expected, mapped, "The back-end has all its rings mapped, by the grants that the front-end has told of."),
    YES_ROW("bound", device_expected, bound, "Its event channel is connected to the back-end's domain."),
    CHECK_ROWS,
};
static const struct row server_rows[] = {
    { .key = "ioreq-server", KIND_ROW(kind_number, server_args, id), .required = true, .text = "Its number." },
    { .key = "of", KIND_ROW(kind_domain, server_args, of), .required = true, .text = "The HVM or PVH domain." },
    { .key = "by", KIND_ROW(kind_domain, server_args, by), .text = "The domain that has created it." },
    YES_ROW("enabled", server_args, enabled, "Requests go to it."),
    YES_ROW("acquired", server_args, acquired, "Its page is none of the guest's memory: it was acquired."),
    { .key = "gfn", KIND_ROW(kind_number, server_args, gfn), .text = "The guest's frame that its page is." },
    { .key = "buffered-gfn", KIND_ROW(kind_number, server_args, buffered_gfn), .text = "That of the page for requests that nobody waits for." },
    { .key = "absent", .type = ROW_BOOL, ROW_AT(server_args, absent), .text = "There is none." },
    CHECK_ROWS,
};

const struct verb verb_foreign_maps = {
    .record = VERB("foreign-maps", "How many mappings of a domain's memory other domains have that were not granted to them; who has them is told. Xen has no such count; "
                   "it is one of entries: L1 entries of PV domains, less as many as stand for grants, and p2m entries of type map_foreign.", foreign_rows),
    .example = "{ foreign-maps: d1, count: 0 }",
    .size = sizeof(struct foreign_args), .check = check_foreign,
};
const struct verb verb_event = {
    .record = VERB("event", "What a port of a domain is, and what Xen has written of it into the domain's shared_info.", event_rows),
    .example = "{ event: 1, of: d1, is: unbound, to: d0, pending: no }",
    .size = sizeof(struct event_args), .check = check_event,
};
const struct verb verb_xenstore = {
    .record = VERB("xenstore", "What a node of the xenstore says.", node_rows),
    .example = "{ xenstore: /local/domain/1/store/port, value: \"1\" }",
    .size = sizeof(struct node_args), .check = check_node, .examine = examine_node,
};
const struct verb verb_device = {
    .record = VERB("device", "How far both ends of a device are.", device_rows),
    .example = "{ device: vbd, id: 51712, front: d1, back: d0, front-is: connected, back-is: connected }",
    .size = sizeof(struct device_expected), .check = check_device,
};
const struct verb verb_ioreq_server = {
    .record = VERB("ioreq-server", "An ioreq server of an HVM or PVH domain.", server_rows),
    .example = "{ ioreq-server: 0, of: d2, absent: yes }",
    .size = sizeof(struct server_args), .check = check_server,
};
/* clang-format on */
