/*
 * xenstore_ring.c - the page by which a guest and the xenstore talk: bytes in rings of 1024, whose
 * counters only grow; public/io/xs_wire.h; xenstored_domain.c, writechn, readchn.
 */
#include <stdio.h>
#include <string.h>

#include "xen/events.h"
#include "xen/grants.h"
#include "xen/touch.h"
#include "xen/view.h"
#include "xen/xenstore.h"

#define RING_SIZE     1024u
#define GREF_XENSTORE 1u

/* --- Whether it is connected --------------------------------------------------------------- */

static bool is_mapped(const struct xenpt_machine *m, const struct domain *d, uint64_t mfn)
{
    const struct grant_active *active = grants_active(d, GREF_XENSTORE);

    return active && active->domain == m->xenstore->home && active->frame == mfn;
}

static bool is_bound(const struct xenpt_machine *m, struct domain *d)
{
    const struct xenpt_event_channel *c = event_at(d, port_of(d, "xenstore"));

    return c && c->kind == XENPT_CHANNEL_INTERDOMAIN && c->remote_domain == m->xenstore->home;
}

enum xenpt_code ring_connected(struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err)
{
    const struct xenpt_special_frames *ring = frames_of(d, XENPT_SPECIAL_XENSTORE);
    const char *home = m->domains[m->xenstore->home].name;

    if (!ring || !port_of(d, "xenstore"))
        return xenpt_fail(err, XENPT_ESTATE, "%s was given no ring of the xenstore", d->name);
    if (!is_mapped(m, d, ring->mfn))
        return xenpt_fail(err, XENPT_ESTATE,
                          "the xenstore has not %s's ring: %s has not mapped its grant %u", d->name,
                          home, GREF_XENSTORE);
    if (!is_bound(m, &m->domains[d->id]))
        return xenpt_fail(err, XENPT_ESTATE,
                          "the xenstore does not hear %s: port %u of it is not connected to %s",
                          d->name, (unsigned int)port_of(d, "xenstore"), home);
    return XENPT_OK;
}

/* --- Bytes --------------------------------------------------------------------------------- */

struct ring {
    struct xenpt_machine *m;
    struct domain *d;
    uint64_t page;                      /* Machine address. */
    uint64_t bytes, consumed, produced; /* Where these are in it. */
    struct domain *from, *to;           /* Who writes, who reads... */
    uint32_t from_port, to_port;        /* ...and how they are told. */
};

static uint64_t place(const char *name)
{
    return xenpt_abi_member(xenpt_abi_struct(ABI_XENSTORE), name)->at[XENPT_ABI_64];
}

static void ring_of(struct xenpt_machine *m, struct domain *d, bool answer, struct ring *ret)
{
    uint32_t port = port_of(d, "xenstore"), other = event_at(d, port)->remote_port;
    struct domain *home = &m->domains[m->xenstore->home];

    *ret = (struct ring){ .m = m,
                          .d = d,
                          .page = frames_of(d, XENPT_SPECIAL_XENSTORE)->mfn << XENPT_PAGE_SHIFT,
                          .bytes = place(answer ? "rsp" : "req"),
                          .consumed = place(answer ? "rsp_cons" : "req_cons"),
                          .produced = place(answer ? "rsp_prod" : "req_prod"),
                          .from = answer ? home : d,
                          .to = answer ? d : home,
                          .from_port = answer ? other : port,
                          .to_port = answer ? port : other };
}

/* Whoever is at work at one end has the page in its own memory; xenstored, by the grant. */
static void tell(const struct ring *r, const struct domain *who, uint64_t at, uint64_t length,
                 bool write)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_RING, XENPT_TOUCH_GRANTED),
                             .by = XENPT_TOUCH_VCPU,
                             .consent = XENPT_TOUCH_BY_GRANT,
                             .maddr = r->page + at,
                             .length = length,
                             .write = write };

    t.by_domain = who->id;
    if (touch_heard(r->m))
        touch_tell(r->m, r->d, &t);
}

static uint32_t counter(const struct ring *r, uint64_t at)
{
    uint32_t value = 0;

    xenpt_read(xenpt_store_reader(r->m->store), r->page + at, &value, sizeof(value));
    return value;
}

static enum xenpt_code set_counter(const struct ring *r, const struct domain *who, uint64_t at,
                                   uint32_t value, struct xenpt_error *err)
{
    tell(r, who, at, sizeof(value), true);
    return xenpt_store_write(r->m->store, r->page + at, &value, sizeof(value), err);
}

/* check_indexes: what the other side has written is not believed. */
static enum xenpt_code room(const struct ring *r, const struct domain *who, uint32_t *ret,
                            struct xenpt_error *err)
{
    uint32_t used = counter(r, r->produced) - counter(r, r->consumed);

    /* Both are side by side, the reader's first. */
    tell(r, who, r->consumed, 2 * sizeof(uint32_t), false);
    if (used > RING_SIZE)
        return xenpt_fail(err, XENPT_ESTATE,
                          "the counters of %s's ring of the xenstore are %u bytes apart, in a ring "
                          "of %u",
                          r->d->name, (unsigned int)used, RING_SIZE);
    *ret = RING_SIZE - used;
    return XENPT_OK;
}

/* As many as there is room for, and the other side is told. */
static enum xenpt_code produce(const struct ring *r, const uint8_t *from, size_t n, size_t *done,
                               struct xenpt_error *err)
{
    uint32_t at = counter(r, r->produced), free_bytes = 0;
    enum xenpt_code code = room(r, r->from, &free_bytes, err);

    *done = code || n < free_bytes ? n : free_bytes;
    for (size_t i = 0, part; !code && i < *done; i += part) {
        uint32_t in = (at + (uint32_t)i) % RING_SIZE;

        part = RING_SIZE - in < *done - i ? RING_SIZE - in : *done - i;
        tell(r, r->from, r->bytes + in, part, true);
        code = xenpt_store_write(r->m->store, r->page + r->bytes + in, from + i, part, err);
    }
    if (!code)
        code = set_counter(r, r->from, r->produced, at + (uint32_t)*done, err);
    return code
               ? code
               : events_send(r->m, &(struct event_by){ r->from, NULL }, r->from, r->from_port, err);
}

/* All that is there; it has heard of it, and says that there is room again. */
static enum xenpt_code consume(const struct ring *r, uint8_t *to, size_t n, size_t *done,
                               struct xenpt_error *err)
{
    uint32_t at = counter(r, r->consumed), free_bytes = 0;
    enum xenpt_code code = room(r, r->to, &free_bytes, err);

    *done = code ? 0 : RING_SIZE - free_bytes;
    if (*done > n)
        *done = n;
    for (size_t i = 0, part; !code && i < *done; i += part) {
        uint32_t in = (at + (uint32_t)i) % RING_SIZE;

        part = RING_SIZE - in < *done - i ? RING_SIZE - in : *done - i;
        tell(r, r->to, r->bytes + in, part, false);
        for (size_t k = 0; k < part; k++)
            xenpt_read(xenpt_store_reader(r->m->store), r->page + r->bytes + in + k, &to[i + k], 1);
    }
    if (!code)
        code = events_take(r->m, r->to, r->to_port, err);
    if (!code)
        code = set_counter(r, r->to, r->consumed, at + (uint32_t)*done, err);
    return code ? code
                : events_send(r->m, &(struct event_by){ r->to, NULL }, r->to, r->to_port, err);
}

/* --- Messages ------------------------------------------------------------------------------ */

static void to_wire(const struct store_message *message, uint8_t wire[])
{
    uint32_t header[4] = { message->type, message->id, message->tx, message->n };

    memcpy(wire, header, STORE_HEADER);
    memcpy(wire + STORE_HEADER, message->body, message->n);
}

static enum xenpt_code from_wire(const struct ring *r, const uint8_t wire[], size_t n,
                                 struct store_message *ret, struct xenpt_error *err)
{
    uint32_t header[4];

    memcpy(header, wire, STORE_HEADER);
    *ret = (struct store_message){
        .type = header[0], .id = header[1], .tx = header[2], .n = header[3]
    };
    if (n != STORE_HEADER + (uint64_t)ret->n || ret->n > sizeof(ret->body))
        return xenpt_fail(err, XENPT_ESTATE,
                          "%zu bytes came by %s's ring of the xenstore, which are no message", n,
                          r->d->name);
    memcpy(ret->body, wire + STORE_HEADER, ret->n);
    return XENPT_OK;
}

enum xenpt_code ring_pass(struct xenpt_machine *m, struct domain *d, bool answer,
                          struct store_message *message, struct xenpt_error *err)
{
    uint8_t in[STORE_HEADER + XENPT_XENSTORE_TEXT_MAX], out[sizeof(in)];
    size_t n = STORE_HEADER + message->n, sent = 0, taken = 0;
    enum xenpt_code code = XENPT_OK;
    struct ring r;

    ring_of(m, d, answer, &r);
    to_wire(message, in);
    while (!code && taken < n) {
        size_t some;

        code = produce(&r, in + sent, n - sent, &some, err);
        sent += code ? 0 : some;
        if (!code)
            code = consume(&r, out + taken, sizeof(out) - taken, &some, err);
        taken += code ? 0 : some;
    }
    /* Who wrote last has heard that there is room. */
    if (!code)
        code = events_take(m, r.from, r.from_port, err);
    view_stale(m);
    return code ? code : from_wire(&r, out, taken, message, err);
}

/* --- For guests ---------------------------------------------------------------------------- */

enum xenpt_code xenpt_xenstore_introduce(struct xenpt_machine *m, uint32_t domain,
                                         struct xenpt_error *err)
{
    const struct domain *d = domain_there(m, domain);
    enum xenpt_code code;

    if (!d)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u", (unsigned int)domain);
    code = store_ready(m, err);
    if (!code)
        code = ring_connected(m, d, err);
    if (code || m->xenstore->introduced[domain])
        return code;
    m->xenstore->introduced[domain] = true;
    if (!store_fire(m->xenstore, "@introduceDomain", NULL, true, NULL, 0))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for watches of the xenstore");
    return ring_tell(m, err);
}

/* "n1 r0" becomes texts one after another, and the other way. */
static void swap_ends(char *text, size_t n, char from, char to)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == from)
            text[i] = to;
}

static enum xenpt_code compose(struct xenpt_machine *m, enum xenpt_xenstore_op op, const char *path,
                               const char *value, struct store_message *ret,
                               struct xenpt_error *err)
{
    size_t n = strlen(path) + 1, more = value ? strlen(value) : 0;

    if (n + more + 1 > sizeof(ret->body))
        return xenpt_fail(err, XENPT_ERANGE, "a message to the xenstore has %u bytes at most",
                          XENPT_XENSTORE_TEXT_MAX);
    *ret = (struct store_message){ .type = op, .id = m->xenstore->requests++ };
    memcpy(ret->body, path, n);
    if (more)
        memcpy(ret->body + n, value, more);
    if (op == XENPT_XENSTORE_PERMIT)
        swap_ends(ret->body + n, more, ' ', '\0');
    if (op == XENPT_XENSTORE_PERMIT || op == XENPT_XENSTORE_WATCH || op == XENPT_XENSTORE_UNWATCH)
        more++;
    ret->n = (uint32_t)(n + more);
    return XENPT_OK;
}

static void understand(const struct store_message *message, struct xenpt_xenstore_answer *ret)
{
    bool texts = message->type == XENPT_XENSTORE_LIST || message->type == XENPT_XENSTORE_PERMS;

    ret->error = "ok";
    ret->n = message->n;
    memcpy(ret->text, message->body, message->n);
    if (texts && ret->n) {
        ret->n--; /* The last ends, too. */
        swap_ends(ret->text, ret->n, '\0', ' ');
    }
    ret->text[ret->n] = '\0';
    if (message->type == STORE_ERROR)
        ret->error = ret->rule ? ret->rule->error : "EIO";
}

enum xenpt_code ring_tell(struct xenpt_machine *m, struct xenpt_error *err)
{
    struct xenstore *s = m->xenstore;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < s->nr_events; i++) {
        struct store_event *e = &s->event[i];
        struct domain *d = domain_there(m, e->domain);
        struct store_message message = { .type = STORE_WATCH_EVENT };
        size_t path = strlen(e->path) + 1, token = strlen(e->token) + 1;

        if (e->sent || !d || path + token > sizeof(message.body))
            continue;
        e->sent = e->domain == s->home;
        if (e->sent || !s->introduced[e->domain] || ring_connected(m, d, NULL))
            continue;
        memcpy(message.body, e->path, path);
        memcpy(message.body + path, e->token, token);
        message.n = (uint32_t)(path + token);
        code = ring_pass(m, d, true, &message, err);
        e->sent = !code;
    }
    return code;
}

/* The answer, and what watches have to tell: before it, as it is queued behind that, but of a watch
 * that was set just now. */
static enum xenpt_code reply(struct xenpt_machine *m, struct domain *d, bool by_ring, bool first,
                             struct store_message *message, struct xenpt_error *err)
{
    enum xenpt_code code = first ? XENPT_OK : ring_tell(m, err);

    if (!code && by_ring)
        code = ring_pass(m, d, true, message, err);
    return code || !first ? code : ring_tell(m, err);
}

enum xenpt_code xenpt_xenstore_ask_in(struct xenpt_machine *m, uint32_t domain, uint32_t tx,
                                      enum xenpt_xenstore_op op, const char *path,
                                      const char *value, struct xenpt_xenstore_answer *ret,
                                      struct xenpt_error *err)
{
    struct domain *d = domain_there(m, domain);
    struct store_message asked = { .type = op }, message = { .type = op };
    enum xenpt_code code;
    bool first = false;

    if (!d)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u", (unsigned int)domain);
    code = store_ready(m, err);
    if (!code)
        code = compose(m, op, path, value, &asked, err);
    if (code)
        return code;
    asked.tx = tx;
    *ret = (struct xenpt_xenstore_answer){ .by_ring = domain != m->xenstore->home };
    if (ret->by_ring && !m->xenstore->introduced[domain])
        return xenpt_fail(err, XENPT_ESTATE, "nobody has introduced %s to the xenstore", d->name);
    if (ret->by_ring)
        code = ring_connected(m, d, err);
    ret->asked = STORE_HEADER + asked.n;
    if (!code && ret->by_ring)
        code = ring_pass(m, d, false, &asked, err);
    if (!code)
        code = store_answer(m, domain, &asked, &message, &ret->rule, &first, err);
    if (code)
        return code;
    ret->answered = STORE_HEADER + message.n;
    code = reply(m, d, ret->by_ring, first, &message, err);
    if (!code)
        understand(&message, ret);
    return code;
}

enum xenpt_code xenpt_xenstore_ask(struct xenpt_machine *m, uint32_t domain,
                                   enum xenpt_xenstore_op op, const char *path, const char *value,
                                   struct xenpt_xenstore_answer *ret, struct xenpt_error *err)
{
    return xenpt_xenstore_ask_in(m, domain, 0, op, path, value, ret, err);
}

/* --- Watches that have fired --------------------------------------------------------------- */

enum xenpt_code xenpt_xenstore_fired(struct xenpt_machine *m, uint32_t domain, const char *path,
                                     const char *token, uint64_t *times, struct xenpt_error *err)
{
    enum xenpt_code code = store_ready(m, err);

    if (!code)
        code = ring_tell(m, err);
    *times = 0;
    for (size_t i = 0; !code && i < m->xenstore->nr_events; i++) {
        const struct store_event *e = &m->xenstore->event[i];

        *times += e->sent && e->domain == domain && (!path || !strcmp(path, e->path)) &&
                  (!token || !strcmp(token, e->token));
    }
    return code;
}

enum xenpt_code xenpt_xenstore_heard(struct xenpt_machine *m, uint32_t domain,
                                     struct xenpt_error *err)
{
    enum xenpt_code code = store_ready(m, err);

    if (!code)
        code = ring_tell(m, err);
    if (!code)
        store_events_end(m->xenstore, domain);
    return code;
}
