/*
 * xenstore.c - nodes of the xenstore, and those that domains begin with; tools/xenstore,
 * xenstored_core.c; tools/libs/light, libxl_create.c, libxl__domain_make.
 */
#include "xen/xenstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Paths --------------------------------------------------------------------------------- */

size_t store_parent(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? 1 : (size_t)(slash - path);
}

bool store_below(const char *path, const char *node)
{
    size_t n = strcmp(path, "/") ? strlen(path) : 0;

    return !strncmp(path, node, n) && node[n] == '/' && node[n + 1];
}

/* --- Nodes --------------------------------------------------------------------------------- */

struct store_node *store_find(const struct xenstore *s, const char *path)
{
    for (size_t i = 0; i < s->nr; i++)
        if (!strcmp(s->node[i].path, path))
            return &s->node[i];
    return NULL;
}

static bool set_value(struct store_node *node, const void *value, size_t n)
{
    char *bytes = malloc(n + 1);

    if (!bytes)
        return false;
    if (n)
        memcpy(bytes, value, n);
    bytes[n] = '\0';
    free(node->value);
    node->value = bytes;
    node->n = n;
    return true;
}

bool store_room(void *list, size_t size, size_t nr, size_t *max)
{
    size_t want = *max ? 2 * *max : 16;
    void *more, *was;

    if (nr < *max)
        return true;
    memcpy(&was, list, sizeof(was));
    more = realloc(was, want * size);
    if (!more)
        return false;
    memcpy(list, &more, sizeof(more));
    *max = want;
    return true;
}

/* Names are a part of what is above them. */
static void changed_above(struct xenstore *s, const char *path)
{
    size_t n = store_parent(path);

    for (size_t i = 0; path[1] && i < s->nr; i++)
        if (!strncmp(s->node[i].path, path, n) && !s->node[i].path[n])
            s->node[i].generation = ++s->generation;
}

bool store_names(const struct xenstore *s, const char *path, char **ret, size_t *n)
{
    size_t above = strcmp(path, "/") ? strlen(path) : 0, room = 1;
    char *names;

    for (size_t i = 0; i < s->nr; i++)
        room += strlen(s->node[i].path) + 1;
    names = malloc(room);
    *ret = names;
    *n = 0;
    for (size_t i = 0; names && i < s->nr; i++) {
        const char *name = s->node[i].path + above + 1;

        if (!store_below(path, s->node[i].path) || strchr(name, '/'))
            continue;
        memcpy(names + *n, name, strlen(name) + 1);
        *n += strlen(name) + 1;
    }
    return names;
}

struct store_node *store_put(struct xenstore *s, const char *path, const void *value, size_t n)
{
    struct store_node *node = store_find(s, path), one = { .value = NULL };
    const struct store_node *above;
    char *parent;

    if (node) {
        if (!set_value(node, value, n))
            return NULL;
        node->generation = ++s->generation;
        return node;
    }
    if (!store_room(&s->node, sizeof(*s->node), s->nr, &s->max))
        return NULL;
    one.path = malloc(strlen(path) + 1);
    parent = malloc(strlen(path) + 1);
    if (!one.path || !parent || !set_value(&one, value, n)) {
        free(one.path);
        free(parent);
        return NULL;
    }
    memcpy(one.path, path, strlen(path) + 1);
    memcpy(parent, path, store_parent(path));
    parent[store_parent(path)] = '\0';
    above = store_find(s, parent);
    if (above) {
        memcpy(one.perm, above->perm, sizeof(one.perm));
        one.nr_perms = above->nr_perms;
    } else {
        one.perm[0] = (struct xenpt_xenstore_perm){ s->home, 'n' };
        one.nr_perms = 1;
    }
    free(parent);
    one.generation = ++s->generation;
    s->node[s->nr++] = one;
    changed_above(s, path);
    return &s->node[s->nr - 1];
}

static void free_node(struct store_node *node)
{
    free(node->path);
    free(node->value);
}

void store_remove(struct xenstore *s, const char *path)
{
    size_t nr = 0;

    changed_above(s, path);
    for (size_t i = 0; i < s->nr; i++)
        if (!strcmp(s->node[i].path, path) || store_below(path, s->node[i].path))
            free_node(&s->node[i]);
        else
            s->node[nr++] = s->node[i];
    s->nr = nr;
}

bool store_text(struct xenstore *s, const char *path, const char *value,
                const struct xenpt_xenstore_perm perm[2])
{
    struct store_node *node = store_put(s, path, value, strlen(value));

    if (!node)
        return false;
    node->nr_perms = 0;
    for (size_t i = 0; i < 2 && perm[i].access; i++)
        node->perm[node->nr_perms++] = perm[i];
    return true;
}

/* --- All of it ----------------------------------------------------------------------------- */

struct xenstore *store_hold(struct xenstore *s)
{
    if (s)
        s->holders++;
    return s;
}

void store_release(struct xenstore *s)
{
    if (!s || --s->holders)
        return;
    for (size_t i = 0; i < s->nr; i++)
        free_node(&s->node[i]);
    free(s->node);
    free(s->introduced);
    store_watches_free(s);
    store_txs_free(s);
    free(s);
}

static bool copy_nodes(struct xenstore *to, const struct xenstore *from)
{
    for (size_t i = 0; i < from->nr; i++) {
        const struct store_node *node = &from->node[i];
        struct store_node *copy = store_put(to, node->path, node->value, node->n);

        if (!copy)
            return false;
        memcpy(copy->perm, node->perm, sizeof(copy->perm));
        copy->nr_perms = node->nr_perms;
    }
    for (size_t i = 0; to->node && i < from->nr; i++)
        to->node[i].generation = from->node[i].generation;
    to->generation = from->generation;
    return true;
}

static bool room_for_domains(struct xenstore *s, size_t nr)
{
    bool *more;

    if (nr <= s->max_known)
        return true;
    more = realloc(s->introduced, nr * sizeof(*more));
    if (!more)
        return false;
    memset(more + s->max_known, 0, (nr - s->max_known) * sizeof(*more));
    s->introduced = more;
    s->max_known = nr;
    return true;
}

static struct xenstore *copy(const struct xenstore *from)
{
    struct xenstore *to = calloc(1, sizeof(*to));

    if (!to)
        return NULL;
    *to = (struct xenstore){ .holders = 1,
                             .home = from->home,
                             .nr_known = from->nr_known,
                             .requests = from->requests,
                             .next_tx = from->next_tx };
    memcpy(to->special, from->special, sizeof(to->special));
    if (room_for_domains(to, from->max_known) && copy_nodes(to, from) &&
        store_watches_copy(to, from) && store_txs_copy(to, from)) {
        if (from->max_known)
            memcpy(to->introduced, from->introduced, from->max_known * sizeof(bool));
        return to;
    }
    store_release(to);
    return NULL;
}

/* --- What domains begin with --------------------------------------------------------------- */

struct begun {
    struct xenstore *s;
    uint32_t id;
    struct xenpt_xenstore_perm own[2], shown[2]; /* The guest's; and the toolstack's, to be read. */
};

static bool put(const struct begun *b, const char *name, const char *value,
                const struct xenpt_xenstore_perm perm[2])
{
    char path[96];

    snprintf(path, sizeof(path), "/local/domain/%u%s%s", (unsigned int)b->id, *name ? "/" : "",
             name);
    return store_text(b->s, path, value, perm) && store_fire(b->s, path, NULL, false, NULL, 0);
}

static bool put_number(const struct begun *b, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    return put(b, name, text, b->shown);
}

static bool put_ring(const struct begun *b, const struct domain *d, const char *ring,
                     const char *port, enum xenpt_special special, const char *use)
{
    const struct xenpt_special_frames *f = frames_of(d, special);

    return !f || (put_number(b, ring, is_pv(d) ? f->mfn : f->gfn) &&
                  put_number(b, port, port_of(d, use)));
}

static bool begin_domain(struct xenstore *s, const struct domain *d)
{
    static const char *const dirs[] = { "cpu", "memory", "device", "control" };
    static const char *const free_dirs[] = { "data", "drivers", "feature", "attr", "error" };
    struct begun b = { .s = s, .id = d->id };
    bool ok;

    b.own[0] = (struct xenpt_xenstore_perm){ d->id, 'n' };
    b.shown[0] = (struct xenpt_xenstore_perm){ s->home, 'n' };
    b.shown[1] = (struct xenpt_xenstore_perm){ d->id, 'r' };
    ok = put(&b, "", "", b.shown) && put_number(&b, "domid", d->id) &&
         put(&b, "name", d->name, b.shown);
    for (size_t i = 0; ok && i < sizeof(dirs) / sizeof(dirs[0]); i++)
        ok = put(&b, dirs[i], "", b.shown);
    for (size_t i = 0; ok && i < sizeof(free_dirs) / sizeof(free_dirs[0]); i++)
        ok = put(&b, free_dirs[i], "", b.own);
    ok = ok && put_number(&b, "memory/target", d->nr_frames * (XENPT_PAGE_SIZE / 1024));
    if (!ok || d->id == s->home)
        return ok;
    return put(&b, "store", "", b.shown) && put(&b, "console", "", b.shown) &&
           put_ring(&b, d, "store/ring-ref", "store/port", XENPT_SPECIAL_XENSTORE, "xenstore") &&
           put_ring(&b, d, "console/ring-ref", "console/port", XENPT_SPECIAL_CONSOLE, "console");
}

/* domain_cleanup: domains that were introduced, and are gone. */
static bool release_domains(struct xenpt_machine *m, struct xenstore *s)
{
    for (uint32_t i = 0; i < s->nr_known; i++)
        if (s->introduced[i] && !domain_there(m, i)) {
            s->introduced[i] = false;
            store_watches_end(s, i);
            store_events_end(s, i);
            store_txs_end(s, i);
            if (!store_fire(s, "@releaseDomain", NULL, true, NULL, 0))
                return false;
        }
    return true;
}

/* Until it has all of them, or memory runs out: what is made twice is the same. */
static bool begin_domains(struct xenpt_machine *m, struct xenstore *s)
{
    if (!room_for_domains(s, m->nr_domains))
        return false;
    for (; s->nr_known < m->nr_domains; s->nr_known++)
        if (domain_there(m, (uint32_t)s->nr_known) && !begin_domain(s, &m->domains[s->nr_known]))
            return false;
    return true;
}

static struct xenstore *create(uint32_t home)
{
    struct xenpt_xenstore_perm perm[2] = { { home, 'n' }, { 0, 0 } };
    struct xenstore *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->holders = 1;
    s->home = home;
    s->next_tx = 1;
    for (size_t i = 0; i < 2; i++) {
        s->special[i].perm[0] = perm[0];
        s->special[i].nr_perms = 1;
    }
    if (store_text(s, "/", "", perm) && store_text(s, "/tool", "", perm) &&
        store_text(s, "/tool/xenstored", "", perm) && store_text(s, "/local", "", perm) &&
        store_text(s, "/local/domain", "", perm))
        return s;
    store_release(s);
    return NULL;
}

static bool find_home(const struct xenpt_machine *m, uint32_t *ret)
{
    for (*ret = 0; *ret < m->nr_domains; ++*ret)
        if (domain_there(m, *ret) && m->domains[*ret].desc->privileged)
            return true;
    return false;
}

enum xenpt_code store_ready(struct xenpt_machine *m, struct xenpt_error *err)
{
    struct xenstore *s = m->xenstore;
    uint32_t home;

    if (!s && !find_home(m, &home))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "no domain is privileged: there is no xenstore");
    if (!s)
        s = create(home);
    else if (s->holders > 1)
        s = copy(s);
    if (!s)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the xenstore");
    if (s != m->xenstore) {
        store_release(m->xenstore);
        m->xenstore = s;
    }
    if (!begin_domains(m, s) || !release_domains(m, s))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the xenstore");
    return XENPT_OK;
}

enum xenpt_code xenpt_xenstore_node(struct xenpt_machine *m, const char *path,
                                    struct xenpt_xenstore_node *ret, struct xenpt_error *err)
{
    enum xenpt_code code = store_ready(m, err);
    const struct store_node *node = code ? NULL : store_find(m->xenstore, path);

    if (code)
        return code;
    if (!node)
        return xenpt_fail(err, XENPT_ERANGE, "the xenstore has no %s", path);
    *ret = (struct xenpt_xenstore_node){
        .path = node->path, .value = node->value, .n = node->n, .nr_perms = node->nr_perms
    };
    memcpy(ret->perm, node->perm, sizeof(ret->perm));
    return XENPT_OK;
}
