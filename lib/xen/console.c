/*
 * console.c - the page by which a guest's console is printed and typed to: bytes in two rings,
 * whose counters only grow; public/io/console.h; tools/console/daemon/io.c, buffer_append,
 * handle_tty_read, 4.17.
 *
 * Model: each side takes what there is at once.
 */
#include "xen/console.h"

#include <string.h>

#include "xen/events.h"
#include "xen/grants.h"
#include "xen/touch.h"
#include "xen/view.h"

#define GREF_CONSOLE 0u
#define IN_SIZE      1024u
#define OUT_SIZE     2048u

struct console {
    struct xenpt_machine *m;
    struct domain *d, *home;
    uint64_t page;                      /* Machine address. */
    uint64_t bytes, consumed, produced; /* Where these are in it. */
    uint32_t size;
};

static void tell(const struct console *c, const struct domain *who, uint64_t at, uint64_t length,
                 bool write)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_RING, XENPT_TOUCH_GRANTED),
                             .by = XENPT_TOUCH_VCPU,
                             .consent = XENPT_TOUCH_BY_GRANT,
                             .maddr = c->page + at,
                             .length = length,
                             .write = write };

    t.by_domain = who->id;
    if (touch_heard(c->m))
        touch_tell(c->m, c->d, &t);
}

static enum xenpt_code find(struct xenpt_machine *m, struct domain *d, bool typed,
                            struct console *ret, struct xenpt_error *err)
{
    const struct xenpt_special_frames *f = frames_of(d, XENPT_SPECIAL_CONSOLE);
    const struct grant_active *active = grants_active(d, GREF_CONSOLE);
    const struct xenpt_event_channel *e = event_at(d, port_of(d, "console"));
    const struct xenpt_abi_struct *s = xenpt_abi_struct(ABI_CONSOLE);

    *ret = (struct console){ .m = m, .d = d, .home = d, .size = typed ? IN_SIZE : OUT_SIZE };
    if (!f || !port_of(d, "console"))
        return xenpt_fail(err, XENPT_ESTATE, "%s was given no ring of a console", d->name);
    if (!active || active->frame != f->mfn || !domain_there(m, (uint32_t)active->domain))
        return xenpt_fail(err, XENPT_ESTATE, "nobody has mapped %s's grant %u, its console",
                          d->name, GREF_CONSOLE);
    if (!e || e->kind != XENPT_CHANNEL_INTERDOMAIN || e->remote_domain != active->domain)
        return xenpt_fail(err, XENPT_ESTATE, "port %u of %s, its console's, is not connected",
                          (unsigned int)port_of(d, "console"), d->name);
    ret->home = &m->domains[active->domain];
    ret->page = f->mfn << XENPT_PAGE_SHIFT;
    ret->bytes = xenpt_abi_member(s, typed ? "in" : "out")->at[XENPT_ABI_64];
    ret->consumed = xenpt_abi_member(s, typed ? "in_cons" : "out_cons")->at[XENPT_ABI_64];
    ret->produced = xenpt_abi_member(s, typed ? "in_prod" : "out_prod")->at[XENPT_ABI_64];
    return XENPT_OK;
}

static uint32_t counter(const struct console *c, uint64_t at)
{
    uint32_t value = 0;

    xenpt_read(xenpt_store_reader(c->m->store), c->page + at, &value, sizeof(value));
    return value;
}

static enum xenpt_code set_counter(const struct console *c, const struct domain *who, uint64_t at,
                                   uint32_t value, struct xenpt_error *err)
{
    tell(c, who, at, sizeof(value), true);
    return xenpt_store_write(c->m->store, c->page + at, &value, sizeof(value), err);
}

/* One end writes as much as there is room for, and the other takes it. */
static enum xenpt_code pass(const struct console *c, struct domain *from, struct domain *to,
                            const char *text, size_t *n, struct xenpt_error *err)
{
    uint32_t at = counter(c, c->produced), used = at - counter(c, c->consumed);
    enum xenpt_code code = XENPT_OK;

    tell(c, from, c->consumed, 2 * sizeof(uint32_t), false);
    if (used > c->size)
        return xenpt_fail(err, XENPT_ESTATE, "the counters of %s's console are %u bytes apart",
                          c->d->name, (unsigned int)used);
    if (*n > c->size - used)
        *n = c->size - used;
    if (*n > c->size - at % c->size)
        *n = c->size - at % c->size;
    tell(c, from, c->bytes + at % c->size, *n, true);
    code = xenpt_store_write(c->m->store, c->page + c->bytes + at % c->size, text, *n, err);
    if (!code)
        code = set_counter(c, from, c->produced, at + (uint32_t)*n, err);
    if (code)
        return code;
    tell(c, to, c->consumed, 2 * sizeof(uint32_t), false);
    tell(c, to, c->bytes + at % c->size, *n, false);
    return set_counter(c, to, c->consumed, at + (uint32_t)*n, err);
}

/* One end tells the other, which takes note of it. */
static enum xenpt_code notify(struct xenpt_machine *m, struct domain *from, uint32_t from_port,
                              struct domain *to, uint32_t to_port, struct xenpt_error *err)
{
    enum xenpt_code code = events_send(m, &(struct event_by){ from, NULL }, from, from_port, err);

    return code ? code : events_take(m, to, to_port, err);
}

enum xenpt_code console_pass(struct xenpt_machine *m, struct domain *d, bool typed,
                             const char *text, struct xenpt_error *err)
{
    size_t left = strlen(text), n;
    struct console c;
    enum xenpt_code code = find(m, d, typed, &c, err);
    struct domain *from, *to;
    uint32_t own, other;

    if (code)
        return code;
    own = port_of(d, "console");
    other = event_at(d, own)->remote_port;
    from = typed ? c.home : d;
    to = typed ? d : c.home;
    if (typed) {
        uint32_t port = own;

        own = other;
        other = port;
    }
    /* Each tells the other: that there is something, and that there is room again. */
    for (; !code && left; left -= n, text += n) {
        n = left;
        code = pass(&c, from, to, text, &n, err);
        if (!code)
            code = notify(m, from, own, to, other, err);
        if (!code)
            code = notify(m, to, other, from, own, err);
    }
    view_stale(m);
    return code;
}
