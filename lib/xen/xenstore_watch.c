/*
 * xenstore_watch.c - what domains want to be told of, and what they are told; tools/xenstore,
 * xenstored_watch.c, 4.17.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/xenstore.h"

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    if (copy)
        memcpy(copy, text, strlen(text) + 1);
    return copy;
}

/* --- Watches ------------------------------------------------------------------------------- */

struct store_watch *store_watch_find(const struct xenstore *s, uint32_t domain, const char *node,
                                     const char *token)
{
    for (size_t i = 0; i < s->nr_watches; i++)
        if (s->watch[i].domain == domain && !strcmp(s->watch[i].node, node) &&
            !strcmp(s->watch[i].token, token))
            return &s->watch[i];
    return NULL;
}

size_t store_watches_of(const struct xenstore *s, uint32_t domain)
{
    size_t nr = 0;

    for (size_t i = 0; i < s->nr_watches; i++)
        nr += s->watch[i].domain == domain;
    return nr;
}

bool store_watch_add(struct xenstore *s, uint32_t domain, const char *node, const char *token,
                     bool relative)
{
    struct store_watch one = { .domain = domain, .relative = relative };

    if (!store_room(&s->watch, sizeof(*s->watch), s->nr_watches, &s->max_watches))
        return false;
    one.node = copy_text(node);
    one.token = copy_text(token);
    if (!one.node || !one.token) {
        free(one.node);
        free(one.token);
        return false;
    }
    s->watch[s->nr_watches++] = one;
    return true;
}

void store_watch_drop(struct xenstore *s, struct store_watch *watch)
{
    size_t i = (size_t)(watch - s->watch);

    free(watch->node);
    free(watch->token);
    s->nr_watches--;
    memmove(watch, watch + 1, (s->nr_watches - i) * sizeof(*watch));
}

void store_watches_end(struct xenstore *s, uint32_t domain)
{
    for (size_t i = s->nr_watches; i-- > 0;)
        if (s->watch[i].domain == domain)
            store_watch_drop(s, &s->watch[i]);
}

/* --- Events -------------------------------------------------------------------------------- */

/* send_event: what waits already is not sent twice, but for special ones. */
static bool add_event(struct xenstore *s, uint32_t domain, const char *path, const char *token)
{
    struct store_event one = { .domain = domain };

    for (size_t i = 0; *path != '@' && i < s->nr_events; i++)
        if (s->event[i].domain == domain && !s->event[i].sent && !strcmp(s->event[i].path, path) &&
            !strcmp(s->event[i].token, token))
            return true;
    if (!store_room(&s->event, sizeof(*s->event), s->nr_events, &s->max_events))
        return false;
    one.path = copy_text(path);
    one.token = copy_text(token);
    if (!one.path || !one.token) {
        free(one.path);
        free(one.token);
        return false;
    }
    s->event[s->nr_events++] = one;
    return true;
}

void store_events_end(struct xenstore *s, uint32_t domain)
{
    size_t nr = 0;

    for (size_t i = 0; i < s->nr_events; i++)
        if (s->event[i].domain == domain) {
            free(s->event[i].path);
            free(s->event[i].token);
        } else {
            s->event[nr++] = s->event[i];
        }
    s->nr_events = nr;
}

/* get_watch_path. */
static const char *told_path(const struct store_watch *w, const char *name)
{
    char own[32];
    size_t n = (size_t)snprintf(own, sizeof(own), "/local/domain/%u", (unsigned int)w->domain);

    if (!w->relative || strncmp(name, own, n) != 0)
        return name;
    return name[n] == '/' ? name + n + 1 : name + n;
}

bool store_watch_fires(struct xenstore *s, const struct store_watch *watch)
{
    return add_event(s, watch->domain, told_path(watch, watch->node), watch->token);
}

/* --- Which fire ---------------------------------------------------------------------------- */

struct store_node *store_special(struct xenstore *s, const char *name)
{
    return !strcmp(name, "@introduceDomain") ? &s->special[0]
           : !strcmp(name, "@releaseDomain") ? &s->special[1]
                                             : NULL;
}

/* watch_permitted, check_perms_special. */
static bool may_hear(struct xenstore *s, uint32_t domain, const char *name,
                     const struct store_node *node, const struct xenpt_xenstore_perm *old,
                     size_t nr_old)
{
    const struct store_node *special = store_special(s, name), *above = NULL;
    char parent[XENPT_XENSTORE_PATH_MAX + 1];

    if (special)
        return store_rights(s, domain, special->perm, special->nr_perms) & STORE_MAY_READ;
    if (old && nr_old && store_rights(s, domain, old, nr_old) & STORE_MAY_READ)
        return true;
    if (!node)
        node = store_find(s, name);
    if (!node)
        return false;
    if (store_rights(s, domain, node->perm, node->nr_perms) & STORE_MAY_READ)
        return true;
    snprintf(parent, sizeof(parent), "%s", name);
    parent[store_parent(name)] = '\0';
    above = store_find(s, parent);
    return above && store_rights(s, domain, above->perm, above->nr_perms) & STORE_MAY_READ;
}

bool store_fire(struct xenstore *s, const char *name, const struct store_node *node, bool exact,
                const struct xenpt_xenstore_perm *old, size_t nr_old)
{
    for (size_t i = 0; i < s->nr_watches; i++) {
        const struct store_watch *w = &s->watch[i];
        bool meant = !strcmp(w->node, name) || (!exact && store_below(w->node, name));

        if (meant && may_hear(s, w->domain, name, node, old, nr_old) &&
            !add_event(s, w->domain, told_path(w, name), w->token))
            return false;
    }
    return true;
}

/* --- All of them --------------------------------------------------------------------------- */

bool store_watches_copy(struct xenstore *to, const struct xenstore *from)
{
    for (size_t i = 0; i < from->nr_watches; i++)
        if (!store_watch_add(to, from->watch[i].domain, from->watch[i].node, from->watch[i].token,
                             from->watch[i].relative))
            return false;
    for (size_t i = 0; i < from->nr_events; i++) {
        size_t nr = to->nr_events;

        if (!add_event(to, from->event[i].domain, from->event[i].path, from->event[i].token))
            return false;
        for (size_t k = nr; k < to->nr_events; k++)
            to->event[k].sent = from->event[i].sent;
    }
    return true;
}

void store_watches_free(struct xenstore *s)
{
    for (size_t i = 0; i < s->nr_watches; i++) {
        free(s->watch[i].node);
        free(s->watch[i].token);
    }
    for (size_t i = 0; i < s->nr_events; i++) {
        free(s->event[i].path);
        free(s->event[i].token);
    }
    free(s->watch);
    free(s->event);
}
