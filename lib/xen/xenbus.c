/*
 * xenbus.c - how the two ends of a device come to use it; public/io/xenbus.h, blkif.h, netif.h;
 * Linux, drivers/block/xen-blkfront.c and xen-blkback/xenbus.c, drivers/net/xen-netfront.c and
 * xen-netback/xenbus.c; tools/libs/light, libxl_device.c.
 *
 * Model: one queue, one page for each ring, no persistent grants; what drivers do, no rule of
 * Xen's or the xenstore's makes them do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/events.h"
#include "xen/grants.h"
#include "xen/xenstore.h"

/* clang-format off */
static const struct xenpt_word state_words[XENPT_NR_XENBUS_STATES] = {
    [XENPT_XENBUS_UNKNOWN] = { "unknown", "there is none" },
    [XENPT_XENBUS_INITIALISING] = { "initialising", "it begins" },
    [XENPT_XENBUS_INIT_WAIT] = { "init-wait", "the back-end has begun, and waits for the front-end" },
    [XENPT_XENBUS_INITIALISED] = { "initialised", "the front-end has told of its ring" },
    [XENPT_XENBUS_CONNECTED] = { "connected", "it is in use" },
    [XENPT_XENBUS_CLOSING] = { "closing", "it ends" },
    [XENPT_XENBUS_CLOSED] = { "closed", "it has ended" },
    [XENPT_XENBUS_RECONFIGURING] = { "reconfiguring", "it changes, as PCI devices do" },
    [XENPT_XENBUS_RECONFIGURED] = { "reconfigured", "it has changed" },
};
static const struct xenpt_word kind_words[XENPT_NR_DEVICE_KINDS] = {
    [XENPT_DEVICE_VBD] = { "vbd", "a block device" },
    [XENPT_DEVICE_VIF] = { "vif", "a network interface" },
};

/* What either end writes before it goes on: NULL ends; of the front-end, the rings come first. */
static const struct {
    const char *ring[3], *front[5], *back[4];
} keys[XENPT_NR_DEVICE_KINDS] = {
    [XENPT_DEVICE_VBD] = { { "ring-ref" }, { "ring-ref", "event-channel" },
                           { "sectors", "sector-size", "info" } },
    [XENPT_DEVICE_VIF] = { { "tx-ring-ref", "rx-ring-ref" },
                           { "tx-ring-ref", "rx-ring-ref", "event-channel", "request-rx-copy" }, { NULL } },
};
/* clang-format on */

const struct xenpt_word *xenpt_xenbus_state_word(enum xenpt_xenbus_state state)
{
    return &state_words[state];
}

const struct xenpt_word *xenpt_device_kind_word(enum xenpt_device_kind kind)
{
    return &kind_words[kind];
}

/* --- Ways ---------------------------------------------------------------------------------- */

enum need { NEEDS_NOTHING, NEEDS_FRONT_KEYS, NEEDS_RINGS, NEEDS_BACK_KEYS };

#define IN(state) (1u << XENPT_XENBUS_##state)
#define ANY       (~0u)

static const struct way {
    unsigned int kinds; /* A bit each. */
    bool front, back;
    unsigned int from;
    enum xenpt_xenbus_state to;
    unsigned int other;
    enum need needs;
} ways[] = {
    { ANY, false, true, IN(INITIALISING) | IN(CLOSED), XENPT_XENBUS_INIT_WAIT,
      IN(UNKNOWN) | IN(INITIALISING), NEEDS_NOTHING },
    { 1u << XENPT_DEVICE_VBD, true, false, IN(INITIALISING), XENPT_XENBUS_INITIALISED,
      IN(INIT_WAIT), NEEDS_FRONT_KEYS },
    { 1u << XENPT_DEVICE_VBD, false, true, IN(INIT_WAIT), XENPT_XENBUS_CONNECTED,
      IN(INITIALISED) | IN(CONNECTED), NEEDS_RINGS },
    { 1u << XENPT_DEVICE_VBD, true, false, IN(INITIALISED), XENPT_XENBUS_CONNECTED, IN(CONNECTED),
      NEEDS_BACK_KEYS },
    { 1u << XENPT_DEVICE_VIF, true, false, IN(INITIALISING), XENPT_XENBUS_CONNECTED, IN(INIT_WAIT),
      NEEDS_FRONT_KEYS },
    { 1u << XENPT_DEVICE_VIF, false, true, IN(INIT_WAIT), XENPT_XENBUS_CONNECTED, IN(CONNECTED),
      NEEDS_RINGS },
    { ANY, true, true, IN(INITIALISING) | IN(INIT_WAIT) | IN(INITIALISED) | IN(CONNECTED),
      XENPT_XENBUS_CLOSING, ANY, NEEDS_NOTHING },
    { ANY, true, true, IN(CLOSING), XENPT_XENBUS_CLOSED, ANY, NEEDS_NOTHING },
    { ANY, true, false, IN(CLOSED), XENPT_XENBUS_INITIALISING, ANY, NEEDS_NOTHING },
};
#define NR_WAYS (sizeof(ways) / sizeof(ways[0]))

static const char *states_text(unsigned int set, char *buf, size_t size)
{
    size_t used = 0;

    snprintf(buf, size, "%s", set == ANY ? "any" : "");
    if (set == ANY)
        return buf;
    for (unsigned int i = 0; i < XENPT_NR_XENBUS_STATES; i++)
        if (set >> i & 1 && used < size)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
                                     state_words[i].name);
    return buf;
}

#define STATES_MAX 80u
bool xenpt_device_way(size_t i, struct xenpt_xenbus_way *ret)
{
    static const char *const needs[] = {
        [NEEDS_NOTHING] = "nothing",
        [NEEDS_FRONT_KEYS] = "the front-end's keys: its rings, by grants, and its event channel",
        [NEEDS_RINGS] = "these keys; its rings are mapped by them, and the port connected",
        [NEEDS_BACK_KEYS] = "what the back-end says of the device",
    };

    if (i >= NR_WAYS)
        return false;
    *ret = (struct xenpt_xenbus_way){
        .kind = ways[i].kinds == ANY ? "any"
                                     : kind_words[ways[i].kinds >> XENPT_DEVICE_VIF & 1].name,
        .end = !ways[i].back   ? "front"
               : ways[i].front ? "either"
                               : "back",
        .to = state_words[ways[i].to].name,
        .needs = needs[ways[i].needs],
    };
    states_text(ways[i].from, ret->from, sizeof(ret->from));
    states_text(ways[i].other, ret->other, sizeof(ret->other));
    return true;
}

/* --- Where it is --------------------------------------------------------------------------- */

const char *xenpt_device_path(const struct xenpt_xenbus_device *d, bool back,
                              char buf[XENPT_DEVICE_PATH_MAX])
{
    if (back)
        snprintf(buf, XENPT_DEVICE_PATH_MAX, "/local/domain/%u/backend/%s/%u/%u",
                 (unsigned int)d->back, kind_words[d->kind].name, (unsigned int)d->front,
                 (unsigned int)d->id);
    else
        snprintf(buf, XENPT_DEVICE_PATH_MAX, "/local/domain/%u/device/%s/%u",
                 (unsigned int)d->front, kind_words[d->kind].name, (unsigned int)d->id);
    return buf;
}

#define KEY_MAX (XENPT_DEVICE_PATH_MAX + 24u)
static const char *key_path(const struct xenpt_xenbus_device *d, bool back, const char *key,
                            char buf[KEY_MAX])
{
    char path[XENPT_DEVICE_PATH_MAX];

    snprintf(buf, KEY_MAX, "%s/%s", xenpt_device_path(d, back, path), key);
    return buf;
}

static enum xenpt_code both_there(const struct xenpt_machine *m,
                                  const struct xenpt_xenbus_device *d, struct xenpt_error *err)
{
    if (d->front != d->back && domain_there(m, d->front) && domain_there(m, d->back) &&
        d->kind < XENPT_NR_DEVICE_KINDS)
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ERANGE, "a device is between two domains that are there");
}

/* --- Adding -------------------------------------------------------------------------------- */

struct adding {
    struct xenstore *s;
    const struct xenpt_xenbus_device *d;
    bool back;
    struct xenpt_xenstore_perm perm[2];
    bool failed;
};

static void add(struct adding *a, const char *key, const char *value)
{
    char path[KEY_MAX];

    xenpt_device_path(a->d, a->back, path);
    if (*key)
        key_path(a->d, a->back, key, path);
    a->failed |= !store_text(a->s, path, value, a->perm) ||
                 !store_fire(a->s, path, NULL, false, NULL, 0);
}

static void add_number(struct adding *a, const char *key, uint32_t value)
{
    char text[12];

    snprintf(text, sizeof(text), "%u", (unsigned int)value);
    add(a, key, text);
}

static void add_path(struct adding *a, const char *key)
{
    char path[XENPT_DEVICE_PATH_MAX];

    add(a, key, xenpt_device_path(a->d, !a->back, path));
}

static void add_kind(struct adding *a)
{
    if (a->d->kind == XENPT_DEVICE_VBD && a->back) {
        add(a, "type", "phy");
        add(a, "mode", "w");
    } else if (a->d->kind == XENPT_DEVICE_VBD) {
        add_number(a, "virtual-device", a->d->id);
        add(a, "device-type", "disk");
    } else {
        add_number(a, "handle", a->d->id);
        add(a, "mac", "00:16:3e:00:00:01");
    }
}

static void add_end(struct adding *a, bool back)
{
    uint32_t own = back ? a->d->back : a->d->front, other = back ? a->d->front : a->d->back;

    a->back = back;
    a->perm[0] = (struct xenpt_xenstore_perm){ own, 'n' };
    a->perm[1] = (struct xenpt_xenstore_perm){ other, 'r' };
    add(a, "", "");
    add_path(a, back ? "frontend" : "backend");
    add_number(a, back ? "frontend-id" : "backend-id", other);
    if (back)
        add(a, "online", "1");
    add_kind(a);
    add(a, "state", "1");
}

/* What is above it, with the permissions of what is above that. */
static void add_above(struct adding *a, bool back)
{
    char path[XENPT_DEVICE_PATH_MAX];
    size_t n, least = strlen("/local/domain/0/device");

    xenpt_device_path(a->d, back, path);
    n = strlen(path);
    for (size_t i = least; i < n; i++)
        if (path[i] == '/') {
            path[i] = '\0';
            if (!store_find(a->s, path))
                a->failed |= !store_put(a->s, path, "", 0);
            path[i] = '/';
        }
}

enum xenpt_code xenpt_device_add(struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                                 struct xenpt_error *err)
{
    char path[XENPT_DEVICE_PATH_MAX];
    struct adding a = { .d = d };
    enum xenpt_code code = both_there(m, d, err);

    if (!code)
        code = store_ready(m, err);
    if (code)
        return code;
    a.s = m->xenstore;
    if (store_find(a.s, xenpt_device_path(d, false, path)))
        return xenpt_fail(err, XENPT_ESTATE, "there is %s already", path);
    add_above(&a, false);
    add_above(&a, true);
    add_end(&a, true);
    add_end(&a, false);
    if (!a.failed)
        return ring_tell(m, err);
    store_remove(a.s, xenpt_device_path(d, false, path));
    store_remove(a.s, xenpt_device_path(d, true, path));
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for nodes of the xenstore");
}

/* --- Looking ------------------------------------------------------------------------------- */

static bool number_of(const struct xenstore *s, const struct xenpt_xenbus_device *d, bool back,
                      const char *key, uint64_t *ret)
{
    char path[KEY_MAX], *end;
    const struct store_node *node = store_find(s, key_path(d, back, key, path));

    if (!node || !node->n || node->value[0] < '0' || node->value[0] > '9')
        return false;
    *ret = strtoull(node->value, &end, 10);
    return !*end;
}

static enum xenpt_xenbus_state state_of(const struct xenstore *s,
                                        const struct xenpt_xenbus_device *d, bool back)
{
    uint64_t state;

    return number_of(s, d, back, "state", &state) && state < XENPT_NR_XENBUS_STATES
               ? (enum xenpt_xenbus_state)state
               : XENPT_XENBUS_UNKNOWN;
}

static bool is_mapped(const struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                      const char *key)
{
    const struct domain *front = domain_there(m, d->front);
    const struct grant_active *active;
    uint64_t ref;

    if (!front || !number_of(m->xenstore, d, false, key, &ref))
        return false;
    active = grants_active(front, ref);
    return active && active->domain == d->back;
}

static bool is_bound(const struct xenpt_machine *m, const struct xenpt_xenbus_device *d)
{
    struct domain *front = domain_there(m, d->front);
    const struct xenpt_event_channel *c;
    uint64_t port;

    if (!front || !number_of(m->xenstore, d, false, "event-channel", &port) || port > UINT32_MAX)
        return false;
    c = event_at(front, (uint32_t)port);
    return c && c->kind == XENPT_CHANNEL_INTERDOMAIN && c->remote_domain == d->back;
}

enum xenpt_code xenpt_device_look(struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                                  struct xenpt_device_state *ret, struct xenpt_error *err)
{
    enum xenpt_code code = store_ready(m, err);

    if (code)
        return code;
    *ret = (struct xenpt_device_state){ .front = state_of(m->xenstore, d, false),
                                        .back = state_of(m->xenstore, d, true),
                                        .mapped = d->kind < XENPT_NR_DEVICE_KINDS,
                                        .bound = is_bound(m, d) };
    for (size_t i = 0; ret->mapped && keys[d->kind].ring[i]; i++)
        ret->mapped = is_mapped(m, d, keys[d->kind].ring[i]);
    return XENPT_OK;
}

/* --- Going on ------------------------------------------------------------------------------ */

static const struct way *find_way(const struct xenpt_xenbus_device *d, bool back,
                                  enum xenpt_xenbus_state from, enum xenpt_xenbus_state to)
{
    for (size_t i = 0; i < NR_WAYS; i++)
        if (ways[i].kinds >> d->kind & 1 && (back ? ways[i].back : ways[i].front) &&
            ways[i].from >> from & 1 && ways[i].to == to)
            return &ways[i];
    return NULL;
}

/* A key, as the one who goes on reads it. */
static enum xenpt_code read_key(struct xenpt_machine *m, uint32_t who,
                                const struct xenpt_xenbus_device *d, bool back, const char *key,
                                struct xenpt_error *err)
{
    struct xenpt_xenstore_answer a;
    char path[KEY_MAX];
    enum xenpt_code code = xenpt_xenstore_ask(m, who, XENPT_XENSTORE_READ,
                                              key_path(d, back, key, path), NULL, &a, err);

    if (code || !strcmp(a.error, "ok"))
        return code;
    return xenpt_fail(err, XENPT_ESTATE, "%s cannot read %s: %s", m->domains[who].name, path,
                      a.error);
}

static enum xenpt_code read_keys(struct xenpt_machine *m, uint32_t who,
                                 const struct xenpt_xenbus_device *d, bool back,
                                 const char *const list[], struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && list[i]; i++)
        code = read_key(m, who, d, back, list[i], err);
    return code;
}

static enum xenpt_code check_rings(struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                                   struct xenpt_error *err)
{
    for (size_t i = 0; keys[d->kind].ring[i]; i++)
        if (!is_mapped(m, d, keys[d->kind].ring[i]))
            return xenpt_fail(err, XENPT_ESTATE, "%s has not mapped the grant that %s names",
                              m->domains[d->back].name, keys[d->kind].ring[i]);
    if (!is_bound(m, d))
        return xenpt_fail(err, XENPT_ESTATE,
                          "%s has not connected the port that event-channel names",
                          m->domains[d->back].name);
    return XENPT_OK;
}

static enum xenpt_code check_way(struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                                 bool back, enum xenpt_xenbus_state to, struct xenpt_error *err)
{
    enum xenpt_xenbus_state from = state_of(m->xenstore, d, back);
    enum xenpt_xenbus_state other = state_of(m->xenstore, d, !back);
    const struct way *w = find_way(d, back, from, to);
    uint32_t who = back ? d->back : d->front;
    enum xenpt_code code;
    char text[STATES_MAX];

    if (!w)
        return xenpt_fail(err, XENPT_ESTATE, "a %s-end of a %s does not go from %s to %s",
                          back ? "back" : "front", kind_words[d->kind].name, state_words[from].name,
                          state_words[to].name);
    if (!(w->other >> other & 1))
        return xenpt_fail(err, XENPT_ESTATE,
                          "it goes to %s when the other end is %s, and that is %s",
                          state_words[to].name, states_text(w->other, text, sizeof(text)),
                          state_words[other].name);
    code = read_key(m, who, d, !back, "state", err);
    if (!code && w->needs == NEEDS_BACK_KEYS)
        code = read_keys(m, who, d, true, keys[d->kind].back, err);
    if (!code && (w->needs == NEEDS_FRONT_KEYS || w->needs == NEEDS_RINGS))
        code = read_keys(m, who, d, false, keys[d->kind].front, err);
    return !code && w->needs == NEEDS_RINGS ? check_rings(m, d, err) : code;
}

enum xenpt_code xenpt_device_switch(struct xenpt_machine *m, const struct xenpt_xenbus_device *d,
                                    bool back, enum xenpt_xenbus_state to,
                                    struct xenpt_xenstore_answer *ret, struct xenpt_error *err)
{
    enum xenpt_code code = both_there(m, d, err);
    char path[KEY_MAX], value[4];

    if (!code)
        code = store_ready(m, err);
    if (!code)
        code = check_way(m, d, back, to, err);
    if (code)
        return code;
    snprintf(value, sizeof(value), "%u", (unsigned int)to);
    return xenpt_xenstore_ask(m, back ? d->back : d->front, XENPT_XENSTORE_WRITE,
                              key_path(d, back, "state", path), value, ret, err);
}
