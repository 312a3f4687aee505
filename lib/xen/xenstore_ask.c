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

struct asking {
    struct xenpt_machine *m;
    struct xenstore *s;
    struct store_view view;
    uint32_t domain;
    bool trusted;
    bool first; /* The answer comes before what watches have to tell. */
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
    if (*path == '@' || !is_path(path))
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
    return access == 'b'   ? STORE_MAY_READ | STORE_MAY_WRITE
           : access == 'r' ? STORE_MAY_READ
           : access == 'w' ? STORE_MAY_WRITE
                           : 0;
}

/* perm_for_conn. */
unsigned int store_rights(const struct xenstore *s, uint32_t domain,
                          const struct xenpt_xenstore_perm *perm, size_t nr)
{
    if (domain == s->home || perm[0].domain == domain)
        return STORE_MAY_READ | STORE_MAY_WRITE | STORE_MAY_OWN;
    for (size_t i = 1; i < nr; i++)
        if (perm[i].domain == domain)
            return rights_in(perm[i].access);
    return rights_in(perm[0].access);
}

static const char *check(struct asking *a, const struct store_node *node, unsigned int wanted)
{
    unsigned int may = store_rights(a->s, a->domain, node->perm, node->nr_perms);
    const char *error = NULL;

    if (wanted & ~may & STORE_MAY_READ)
        error = refused(a, OWN_STORE_READ);
    if (!error && wanted & ~may & STORE_MAY_WRITE)
        error = refused(a, OWN_STORE_WRITE);
    if (!error && wanted & ~may & STORE_MAY_OWN)
        error = refused(a, OWN_STORE_OWNER);
    return error;
}

/* The node, or the first above it that is there. */
static struct store_node *nearest(struct asking *a, bool *there)
{
    char path[sizeof(a->path)];
    struct store_node *node = view_find(&a->view, a->path);

    *there = node;
    snprintf(path, sizeof(path), "%s", a->path);
    while (!node && path[1]) {
        path[store_parent(path)] = '\0';
        node = view_find(&a->view, path);
    }
    /* A transaction had no memory for it. */
    return node ? node : store_find(a->s, "/");
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

static const char *make_one(struct asking *a, const char *path, const void *value, size_t n)
{
    bool is_new = !view_find(&a->view, path);
    struct store_node *node;
    const char *error = NULL;

    if (is_new && !a->trusted && view_owned(&a->view, a->domain) >= XENPT_XENSTORE_NODES_MAX)
        error = refused(a, OWN_STORE_NODES);
    if (error)
        return error;
    node = view_put(&a->view, path, value, n);
    if (!node)
        return no_memory(a);
    if (is_new && !a->trusted)
        node->perm[0].domain = a->domain;
    return NULL;
}

/* All that is missing on the way to a node from one that is there: construct_node. */
static const char *make(struct asking *a, const struct store_node *from, const void *value,
                        size_t n)
{
    size_t there = strlen(from->path);
    char path[sizeof(a->path)];
    const char *error = NULL;

    for (size_t i = there; a->path[i] && !error; i++) {
        if (a->path[i] != '/' || i == there)
            continue;
        memcpy(path, a->path, i);
        path[i] = '\0';
        if (!view_find(&a->view, path))
            error = make_one(a, path, "", 0);
    }
    if (!error)
        error = make_one(a, a->path, value, n);
    if (!error)
        view_fire(&a->view, view_find(&a->view, a->path), false, NULL, 0);
    return error;
}

static const char *write_node(struct asking *a, const void *value, size_t n)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, STORE_MAY_WRITE);
    if (!error && !a->trusted && n > XENPT_XENSTORE_VALUE_MAX)
        error = refused(a, OWN_STORE_SIZE);
    return error ? error : make(a, node, value, n);
}

static const char *make_node(struct asking *a)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, STORE_MAY_WRITE);
    return error || there ? error : make(a, node, "", 0);
}

/* What is below it first, and each is told of while it can be seen: delnode_sub. */
static void remove_below(struct asking *a, const char *path, bool below)
{
    char *names, *next;
    size_t n;

    if (!view_names(&a->view, path, &names, &n))
        return;
    for (size_t i = 0; i < n && !a->view.no_memory; i += strlen(names + i) + 1) {
        next = malloc(strlen(path) + strlen(names + i) + 2);
        a->view.no_memory |= !next;
        if (!next)
            break;
        sprintf(next, "%s/%s", path, names + i);
        remove_below(a, next, true);
        free(next);
    }
    free(names);
    if (view_find(&a->view, path))
        view_fire(&a->view, view_find(&a->view, path), below, NULL, 0);
    view_remove(&a->view, path);
}

/* One that is not there, but whose parent is, is as good as removed: do_rm. */
static const char *remove_node(struct asking *a)
{
    struct store_node *node;
    const char *error;
    bool there;

    node = nearest(a, &there);
    error = check(a, node, STORE_MAY_WRITE);
    if (error)
        return error;
    if (!strcmp(a->path, "/"))
        return needs(a, OWN_STORE_ROOT);
    if (!there && strlen(node->path) != store_parent(a->path))
        return needs(a, OWN_STORE_THERE);
    remove_below(a, a->path, false);
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

/* set_perms_special. */
static const char *permit_special(struct asking *a, const char *name,
                                  const struct store_node *perms)
{
    struct store_node *special = store_special(a->s, name);
    const char *error;

    if (!special)
        return needs(a, OWN_STORE_PATH);
    error = check(a, special, STORE_MAY_WRITE | STORE_MAY_OWN);
    if (error)
        return error;
    memcpy(special->perm, perms->perm, sizeof(special->perm));
    special->nr_perms = perms->nr_perms;
    return NULL;
}

static const char *permit(struct asking *a, const char *name, const char *list, size_t n)
{
    struct xenpt_xenstore_perm old[XENPT_XENSTORE_PERMS_MAX];
    struct store_node *node, perms;
    const char *error;
    size_t nr_old;

    if (!read_perms(list, n, &perms))
        return needs(a, OWN_STORE_PERMS);
    if (*name == '@')
        return permit_special(a, name, &perms);
    error = find_path(a, name);
    if (!error)
        error = get(a, STORE_MAY_WRITE | STORE_MAY_OWN, &node);
    if (error)
        return error;
    if (!a->trusted && perms.perm[0].domain != node->perm[0].domain)
        error = refused(a, OWN_STORE_GIVEN);
    if (error)
        return error;
    memcpy(old, node->perm, sizeof(old));
    nr_old = node->nr_perms;
    memcpy(node->perm, perms.perm, sizeof(node->perm));
    node->nr_perms = perms.nr_perms;
    view_changed(&a->view, node);
    view_fire(&a->view, node, false, old, nr_old);
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
static void list(struct asking *a, const struct store_node *node, struct store_message *ret)
{
    char *names;
    size_t n;

    if (!view_names(&a->view, node->path, &names, &n))
        return;
    put(ret, names, n);
    free(names);
}

static const char *look(struct asking *a, uint32_t type, struct store_message *ret)
{
    struct store_node *node;
    const char *error = get(a, STORE_MAY_READ, &node);

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

/* --- Watches ------------------------------------------------------------------------------- */

/* Paths are bounded as others are; special ones are no nodes. */
static const char *find_watched(struct asking *a, const char *path)
{
    if (*path != '@')
        return find_path(a, path);
    if (strlen(path) > XENPT_XENSTORE_VALUE_MAX)
        return needs(a, OWN_STORE_PATH);
    snprintf(a->path, sizeof(a->path), "%s", path);
    return NULL;
}

/* do_watch, do_unwatch; a watch fires once when it is set. */
static const char *watch(struct asking *a, const char *path, const char *token, bool set)
{
    const char *error = find_watched(a, path);
    struct store_watch *w = error ? NULL : store_watch_find(a->s, a->domain, a->path, token);

    if (error)
        return error;
    if (!set && !w)
        return needs(a, OWN_STORE_WATCH_THERE);
    if (!set) {
        store_watch_drop(a->s, w);
        return NULL;
    }
    if (w)
        error = refused(a, OWN_STORE_WATCHED);
    if (!error && !a->trusted && store_watches_of(a->s, a->domain) > XENPT_XENSTORE_WATCHES_MAX)
        error = refused(a, OWN_STORE_WATCHES);
    if (error)
        return error;
    a->first = true;
    if (!store_watch_add(a->s, a->domain, a->path, token, *path != '/' && *path != '@') ||
        !store_watch_fires(a->s, &a->s->watch[a->s->nr_watches - 1]))
        return no_memory(a);
    return NULL;
}

/* --- Transactions -------------------------------------------------------------------------- */

static const char *begin_tx(struct asking *a, struct store_message *ret)
{
    const char *error = NULL;
    struct store_tx *tx;
    char text[12];

    if (a->view.tx)
        error = refused(a, OWN_STORE_TX_NESTED);
    if (!error && !a->trusted && store_txs_of(a->s, a->domain) > XENPT_XENSTORE_TXS_MAX)
        error = refused(a, OWN_STORE_TX_MANY);
    if (error)
        return error;
    tx = store_tx_begin(a->s, a->domain);
    if (!tx)
        return no_memory(a);
    put(ret, text, (size_t)snprintf(text, sizeof(text), "%u", (unsigned int)tx->id) + 1);
    return NULL;
}

/* do_transaction_end: it is over, whatever comes of it. */
static const char *end_tx(struct asking *a, const char *how)
{
    struct store_tx *tx = a->view.tx;
    bool apply = how && !strcmp(how, "T");
    const char *error = NULL;

    if (!apply && (!how || strcmp(how, "F") != 0))
        return needs(a, OWN_STORE_TX_END);
    if (!tx)
        return needs(a, OWN_STORE_TX_THERE);
    if (apply && !store_tx_fits(a->s, tx))
        error = refused(a, OWN_STORE_TX_CONFLICT);
    if (apply && !error && !store_tx_apply(a->s, tx))
        error = no_memory(a);
    store_tx_drop(a->s, tx);
    a->view.tx = NULL;
    return error;
}

/* --- The request --------------------------------------------------------------------------- */

static const char *change(struct asking *a, uint32_t type, const char *rest, size_t n)
{
    switch (type) {
    case XENPT_XENSTORE_WRITE:
        return write_node(a, rest, n);
    case XENPT_XENSTORE_MKDIR:
        return make_node(a);
    default:
        return remove_node(a);
    }
}

/* What is about no node. */
static const char *handle_other(struct asking *a, const struct store_message *asked,
                                const char *text, const char *rest, size_t n,
                                struct store_message *ret)
{
    switch (asked->type) {
    case XENPT_XENSTORE_WATCH:
    case XENPT_XENSTORE_UNWATCH:
        if (!text || !rest || !memchr(rest, '\0', n))
            return needs(a, OWN_STORE_PATH);
        return watch(a, text, rest, asked->type == XENPT_XENSTORE_WATCH);
    case XENPT_XENSTORE_TX_START:
        return begin_tx(a, ret);
    case XENPT_XENSTORE_TX_END:
        return end_tx(a, text);
    case XENPT_XENSTORE_PERMIT:
        return text ? permit(a, text, rest, n) : needs(a, OWN_STORE_PATH);
    default: /* RESET_WATCHES. */
        store_watches_end(a->s, a->domain);
        store_txs_end(a->s, a->domain);
        return NULL;
    }
}

static bool is_of_node(uint32_t type)
{
    return type == XENPT_XENSTORE_LIST || type == XENPT_XENSTORE_READ ||
           type == XENPT_XENSTORE_PERMS || type == XENPT_XENSTORE_WRITE ||
           type == XENPT_XENSTORE_MKDIR || type == XENPT_XENSTORE_RM;
}

static const char *handle(struct asking *a, const struct store_message *asked,
                          struct store_message *ret)
{
    const char *end = memchr(asked->body, '\0', asked->n), *rest = end ? end + 1 : NULL;
    size_t n = rest ? (size_t)(asked->body + asked->n - rest) : 0;
    bool watches = asked->type == XENPT_XENSTORE_WATCH || asked->type == XENPT_XENSTORE_UNWATCH;
    const char *error = NULL;

    a->view.tx = watches ? NULL : store_tx_find(a->s, a->domain, asked->tx);
    if (!watches && asked->tx && !a->view.tx)
        return needs(a, OWN_STORE_TX_THERE);
    if (is_of_node(asked->type))
        error = end ? find_path(a, asked->body) : needs(a, OWN_STORE_PATH);
    if (error)
        return error;
    if (asked->type <= XENPT_XENSTORE_PERMS)
        return look(a, asked->type, ret);
    error = is_of_node(asked->type)
                ? change(a, asked->type, rest, n)
                : handle_other(a, asked, end ? asked->body : NULL, rest, n, ret);
    if (!error && asked->type != XENPT_XENSTORE_TX_START)
        put(ret, "OK", 3);
    return error;
}

enum xenpt_code store_answer(struct xenpt_machine *m, uint32_t domain,
                             const struct store_message *asked, struct store_message *ret,
                             const struct xenpt_pv_rule **rule, bool *first,
                             struct xenpt_error *err)
{
    struct asking a = { .m = m,
                        .s = m->xenstore,
                        .view = { .s = m->xenstore },
                        .domain = domain,
                        .trusted = domain == m->xenstore->home };
    const char *error;

    *ret = (struct store_message){ .type = asked->type, .id = asked->id, .tx = asked->tx };
    error = handle(&a, asked, ret);
    if (error == nothing) {
        error = NULL;
        put(ret, "OK", 3);
    }
    if (a.no_memory || a.view.no_memory)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a node of the xenstore");
    *first = a.first;
    *rule = error ? a.rule : NULL;
    if (error) {
        ret->type = STORE_ERROR;
        ret->n = 0;
        put(ret, error, strlen(error) + 1);
    }
    return XENPT_OK;
}
