/*
 * xenstore_ask.c - what xenstored makes of a request; tools/xenstore, xenstored_core.c, do_read and
 * so on, perm_for_conn, get_node, 4.17; xenstored_domain.c for quotas.
 *
 * Model: a quota counts the nodes that a domain owns.  A domain whose target another one is has
 * that one's rights in xenstored; here it has not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/own_rules.h"
#include "xen/xenstore.h"

#define MAY_READ  1u
#define MAY_WRITE 2u
#define MAY_OWN   4u

struct asking {
    struct xenpt_machine *m;
    struct xenstore *s;
    uint32_t domain;
    bool trusted;
    char path[XENPT_XENSTORE_PATH_MAX + 1];
    const struct xenpt_pv_rule *rule;
    bool no_memory;
};

/* --- What is refused ----------------------------------------------------------------------- */

/* The error of a rule, or NULL: it is not in force. */
static const char *refused(struct asking *a, enum own_rule rule)
{
    if (!machine_does(a->m, rule))
        return NULL;
    a->rule = own_rule(rule);
    return a->rule->error;
}

/* What has to be so: without the rule, nothing is done. */
static const char nothing[] = "nothing";
static const char *needs(struct asking *a, enum own_rule rule)
{
    const char *error = refused(a, rule);

    return error ? error : nothing;
}

static const char *no_memory(struct asking *a)
{
    a->no_memory = true;
    return "ENOMEM";
}

/* --- Paths --------------------------------------------------------------------------------- */

static bool is_path(const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-/_@";
    size_t n = strlen(path);

    return n && path[strspn(path, letters)] == '\0' && !strstr(path, "//") &&
           (n == 1 || path[n - 1] != '/') &&
           n <= (*path == '/' ? XENPT_XENSTORE_PATH_MAX : XENPT_XENSTORE_VALUE_MAX);
}

static const char *find_path(struct asking *a, const char *path)
{
    if (!is_path(path))
        return needs(a, OWN_STORE_PATH);
    if (*path == '/')
        snprintf(a->path, sizeof(a->path), "%s", path);
    else
        snprintf(a->path, sizeof(a->path), "/local/domain/%u/%s", (unsigned int)a->domain, path);
    return NULL;
}

/* --- Rights -------------------------------------------------------------------------------- */

static unsigned int rights_in(char access)
{
    return access == 'b'   ? MAY_READ | MAY_WRITE
           : access == 'r' ? MAY_READ
           : access == 'w' ? MAY_WRITE
                           : 0;
}

/* perm_for_conn. */
static unsigned int rights(const struct asking *a, const struct store_node *node)
{
    if (a->trusted || node->perm[0].domain == a->domain)
        return MAY_READ | MAY_WRITE | MAY_OWN;
    for (size_t i = 1; i < node->nr_perms; i++)
        if (node->perm[i].domain == a->domain)
            return rights_in(node->perm[i].access);
    return rights_in(node->perm[0].access);
}

static const char *check(struct asking *a, const struct store_node *node, unsigned int wanted)
{
    unsigned int may = rights(a, node);
    const char *error = NULL;

    if (wanted & ~may & MAY_READ)
        error = refused(a, OWN_STORE_READ);
    if (!error && wanted & ~may & MAY_WRITE)
        error = refused(a, OWN_STORE_WRITE);
    if (!error && wanted & ~may & MAY_OWN)
        error = refused(a, OWN_STORE_OWNER);
    return error;
}

/* The node, or the first above it that is there. */
static struct store_node *nearest(const struct asking *a, bool *there)
{
    char path[sizeof(a->path)];
    struct store_node *node = store_find(a->s, a->path);

    *there = node;
    snprintf(path, sizeof(path), "%s", a->path);
    while (!node) {
        path[store_parent(path)] = '\0';
        node = store_find(a->s, path);
    }
    return node;
}

/* get_node; who may not do it above is told no more: errno_from_parents. */
static const char *get(struct asking *a, unsigned int wanted, struct store_node **ret)
{
    bool there;
    const char *error;

    *ret = nearest(a, &there);
    error = check(a, *ret, wanted);
    return error || there ? error : needs(a, OWN_STORE_THERE);
}

/* --- Changing ------------------------------------------------------------------------------ */

static size_t owned(const struct asking *a)
{
    size_t nr = 0;

    for (size_t i = 0; i < a->s->nr; i++)
        nr += a->s->node[i].perm[0].domain == a->domain;
    return nr;
}

static const char *make_one(struct asking *a, const char *path, const void *value, size_t n)
{
    bool is_new = !store_find(a->s, path);
    struct store_node *node;
    const char *error = NULL;

    if (is_new && !a->trusted && owned(a) >= XENPT_XENSTORE_NODES_MAX)
        error = refused(a, OWN_STORE_NODES);
    if (error)
        return error;
    node = store_put(a->s, path, value, n);
    if (!node)
        return no_memory(a);
    if (is_new && !a->trusted)
        node->perm[0].domain = a->domain;
    return NULL;
}

/* All that is missing on the way to a node: construct_node. */
static const char *make(struct asking *a, const void *value, size_t n)
{
    char path[sizeof(a->path)];
    const char *error = NULL;

    for (size_t i = 1; a->path[i] && !error; i++) {
        if (a->path[i] != '/')
            continue;
        memcpy(path, a->path, i);
        path[i] = '\0';
        if (!store_find(a->s, path))
            error = make_one(a, path, "", 0);
    }
    return error ? error : make_one(a, a->path, value, n);
}

static const char *write_node(struct asking *a, const void *value, size_t n)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, MAY_WRITE);
    if (!error && !a->trusted && n > XENPT_XENSTORE_VALUE_MAX)
        error = refused(a, OWN_STORE_SIZE);
    return error ? error : make(a, value, n);
}

static const char *make_node(struct asking *a)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, MAY_WRITE);
    return error || there ? error : make(a, "", 0);
}

/* One that is not there, but whose parent is, is as good as removed: do_rm. */
static const char *remove_node(struct asking *a)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, MAY_WRITE);
    if (error)
        return error;
    if (!strcmp(a->path, "/"))
        return needs(a, OWN_STORE_ROOT);
    if (!there && strlen(node->path) != store_parent(a->path))
        return needs(a, OWN_STORE_THERE);
    store_remove(a->s, a->path);
    return NULL;
}

static bool read_perms(const char *text, size_t n, struct store_node *ret)
{
    const char *end = text + n;

    ret->nr_perms = 0;
    while (text < end) {
        char *rest;
        unsigned long id = strtoul(text + 1, &rest, 10);

        if (!strchr("nrwb", *text) || rest == text + 1 || *rest || id > UINT16_MAX ||
            ret->nr_perms == XENPT_XENSTORE_PERMS_MAX)
            return false;
        ret->perm[ret->nr_perms++] = (struct xenpt_xenstore_perm){ (uint32_t)id, *text };
        text = rest + 1;
    }
    return ret->nr_perms;
}

static const char *permit(struct asking *a, const char *text, size_t n)
{
    struct store_node *node, perms;
    const char *error = get(a, MAY_WRITE | MAY_OWN, &node);

    if (error)
        return error;
    if (!read_perms(text, n, &perms))
        return needs(a, OWN_STORE_PERMS);
    if (!a->trusted && perms.perm[0].domain != node->perm[0].domain)
        error = refused(a, OWN_STORE_GIVEN);
    if (error)
        return error;
    memcpy(node->perm, perms.perm, sizeof(node->perm));
    node->nr_perms = perms.nr_perms;
    return NULL;
}

/* --- Reading ------------------------------------------------------------------------------- */

static void put(struct store_message *ret, const char *text, size_t n)
{
    if (n > sizeof(ret->body) - ret->n)
        n = sizeof(ret->body) - ret->n;
    memcpy(ret->body + ret->n, text, n);
    ret->n += (uint32_t)n;
}

/* Names of what is right below it. */
static void list(const struct asking *a, const struct store_node *node, struct store_message *ret)
{
    size_t n = strcmp(node->path, "/") ? strlen(node->path) : 0;

    for (size_t i = 0; i < a->s->nr; i++) {
        const char *path = a->s->node[i].path;

        if (store_below(node->path, path) && !strchr(path + n + 1, '/'))
            put(ret, path + n + 1, strlen(path + n + 1) + 1);
    }
}

static const char *look(struct asking *a, uint32_t type, struct store_message *ret)
{
    struct store_node *node;
    const char *error = get(a, MAY_READ, &node);

    if (error)
        return error;
    if (type == XENPT_XENSTORE_READ)
        put(ret, node->value, node->n);
    else if (type == XENPT_XENSTORE_LIST)
        list(a, node, ret);
    for (size_t i = 0; type == XENPT_XENSTORE_PERMS && i < node->nr_perms; i++) {
        char text[16];
        int n = snprintf(text, sizeof(text), "%c%u", node->perm[i].access,
                         (unsigned int)node->perm[i].domain);

        put(ret, text, (size_t)n + 1);
    }
    return NULL;
}

/* --- The request --------------------------------------------------------------------------- */

static const char *handle(struct asking *a, const struct store_message *asked,
                          struct store_message *ret)
{
    const char *end = memchr(asked->body, '\0', asked->n), *rest = end ? end + 1 : NULL;
    const char *error = end ? find_path(a, asked->body) : needs(a, OWN_STORE_PATH);
    size_t n = rest ? (size_t)(asked->body + asked->n - rest) : 0;

    if (error)
        return error;
    switch (asked->type) {
    case XENPT_XENSTORE_WRITE:
        error = write_node(a, rest, n);
        break;
    case XENPT_XENSTORE_MKDIR:
        error = make_node(a);
        break;
    case XENPT_XENSTORE_RM:
        error = remove_node(a);
        break;
    case XENPT_XENSTORE_PERMIT:
        error = permit(a, rest, n);
        break;
    default:
        return look(a, asked->type, ret);
    }
    if (!error)
        put(ret, "OK", 3);
    return error;
}

enum xenpt_code store_answer(struct xenpt_machine *m, uint32_t domain,
                             const struct store_message *asked, struct store_message *ret,
                             const struct xenpt_pv_rule **rule, struct xenpt_error *err)
{
    struct asking a = {
        .m = m, .s = m->xenstore, .domain = domain, .trusted = domain == m->xenstore->home
    };
    const char *error;

    *ret = (struct store_message){ .type = asked->type, .id = asked->id, .tx = asked->tx };
    error = handle(&a, asked, ret);
    if (error == nothing) {
        error = NULL;
        put(ret, "OK", 3);
    }
    if (a.no_memory)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a node of the xenstore");
    *rule = error ? a.rule : NULL;
    if (error) {
        ret->type = STORE_ERROR;
        ret->n = 0;
        put(ret, error, strlen(error) + 1);
    }
    return XENPT_OK;
}
