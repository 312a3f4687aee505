/*
 * xenstore_tx.c - transactions: what a domain has looked at is its own from then on, and becomes
 * the tree's if nobody has changed any of it meanwhile; tools/xenstore,
 * xenstored_transaction.c, 4.17.
 *
 * A node is copied when it is looked at first, and not before: what others change until then is
 * seen.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/xenstore.h"

/* --- Copies -------------------------------------------------------------------------------- */

static void free_copy(struct store_copy *c)
{
    if (c) {
        free(c->node.path);
        free(c->node.value);
        free(c->names);
    }
    free(c);
}

static void *copy_bytes(const void *from, size_t n)
{
    char *to = malloc(n + 1);

    if (!to)
        return NULL;
    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
    return to;
}

static struct store_copy *new_copy(const struct xenstore *s, const char *path)
{
    const struct store_node *node = store_find(s, path);
    struct store_copy *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->node.path = copy_bytes(path, strlen(path));
    c->there = node;
    if (node) {
        c->generation = node->generation;
        c->node.n = node->n;
        c->node.nr_perms = c->nr_old = node->nr_perms;
        memcpy(c->node.perm, node->perm, sizeof(c->node.perm));
        memcpy(c->old, node->perm, sizeof(c->old));
    }
    c->node.value = copy_bytes(node ? node->value : "", c->node.n);
    if (c->node.path && c->node.value && store_names(s, path, &c->names, &c->n))
        return c;
    free_copy(c);
    return NULL;
}

static struct store_copy *find_copy(const struct store_tx *tx, const char *path)
{
    for (size_t i = 0; i < tx->nr; i++)
        if (!strcmp(tx->copy[i]->node.path, path))
            return tx->copy[i];
    return NULL;
}

/* access_node. */
static struct store_copy *look(struct store_view *v, const char *path)
{
    struct store_copy *c = find_copy(v->tx, path);

    if (c)
        return c;
    if (store_room(&v->tx->copy, sizeof(struct store_copy *), v->tx->nr, &v->tx->max))
        c = new_copy(v->s, path);
    if (c)
        v->tx->copy[v->tx->nr++] = c;
    v->no_memory |= !c;
    return c;
}

static struct store_copy *look_above(struct store_view *v, const char *path)
{
    char *parent = copy_bytes(path, strlen(path));
    struct store_copy *c = NULL;

    v->no_memory |= !parent;
    if (!parent)
        return NULL;
    parent[store_parent(path)] = '\0';
    c = look(v, parent);
    free(parent);
    return c;
}

/* --- Names --------------------------------------------------------------------------------- */

static bool add_name(struct store_copy *c, const char *name)
{
    char *more = realloc(c->names, c->n + strlen(name) + 1);

    if (!more)
        return false;
    memcpy(more + c->n, name, strlen(name) + 1);
    c->names = more;
    c->n += strlen(name) + 1;
    return true;
}

static void drop_name(struct store_copy *c, const char *name)
{
    for (size_t i = 0, n; i < c->n; i += n) {
        n = strlen(c->names + i) + 1;
        if (strcmp(c->names + i, name) != 0)
            continue;
        memmove(c->names + i, c->names + i + n, c->n - i - n);
        c->n -= n;
        return;
    }
}

/* --- The view ------------------------------------------------------------------------------ */

struct store_node *view_find(struct store_view *v, const char *path)
{
    struct store_copy *c;

    if (!v->tx)
        return store_find(v->s, path);
    c = look(v, path);
    return c && c->there ? &c->node : NULL;
}

struct store_node *view_put(struct store_view *v, const char *path, const void *value, size_t n)
{
    struct store_copy *c, *above;
    char *bytes;

    if (!v->tx)
        return store_put(v->s, path, value, n);
    c = look(v, path);
    bytes = c ? copy_bytes(value, n) : NULL;
    above = bytes && !c->there ? look_above(v, path) : NULL;
    if (!bytes || (!c->there && (!above || !add_name(above, strrchr(path, '/') + 1)))) {
        free(bytes);
        return NULL;
    }
    free(c->node.value);
    c->node.value = bytes;
    c->node.n = n;
    c->changed = true;
    if (!c->there) {
        above->changed = true;
        memcpy(c->node.perm, above->node.perm, sizeof(c->node.perm));
        c->node.nr_perms = above->node.nr_perms;
    }
    c->there = true;
    return &c->node;
}

void view_changed(struct store_view *v, struct store_node *node)
{
    struct store_copy *c = v->tx ? find_copy(v->tx, node->path) : NULL;

    if (c)
        c->changed = true;
    else
        node->generation = ++v->s->generation;
}

/* What is below it goes by itself, before: view_names(). */
void view_remove(struct store_view *v, const char *path)
{
    struct store_copy *c, *above;

    if (!v->tx) {
        store_remove(v->s, path);
        return;
    }
    c = look(v, path);
    above = look_above(v, path);
    if (!c || !above)
        return;
    drop_name(above, strrchr(path, '/') + 1);
    above->changed = c->changed = true;
    c->there = false;
    c->n = 0;
}

bool view_names(struct store_view *v, const char *path, char **ret, size_t *n)
{
    struct store_copy *c;
    bool ok;

    if (!v->tx) {
        ok = store_names(v->s, path, ret, n);
        v->no_memory |= !ok;
        return ok;
    }
    c = look(v, path);
    *ret = c ? copy_bytes(c->names, c->n) : NULL;
    *n = c ? c->n : 0;
    v->no_memory |= !*ret;
    return *ret;
}

size_t view_owned(const struct store_view *v, uint32_t domain)
{
    size_t nr = 0;

    for (size_t i = 0; i < v->s->nr; i++)
        nr += v->s->node[i].perm[0].domain == domain &&
              !(v->tx && find_copy(v->tx, v->s->node[i].path));
    for (size_t i = 0; v->tx && i < v->tx->nr; i++)
        nr += v->tx->copy[i]->there && v->tx->copy[i]->node.perm[0].domain == domain;
    return nr;
}

/* queue_watches: one that is not exact takes the place of one that is. */
void view_fire(struct store_view *v, const struct store_node *node, bool exact,
               const struct xenpt_xenstore_perm *old, size_t nr_old)
{
    struct store_copy *c;

    if (!v->tx) {
        v->no_memory |= !store_fire(v->s, node->path, node, exact, old, nr_old);
        return;
    }
    c = find_copy(v->tx, node->path);
    if (!c)
        return;
    c->exact = exact && (!c->fires || c->exact);
    c->fires = true;
}

/* --- From first to last -------------------------------------------------------------------- */

struct store_tx *store_tx_find(const struct xenstore *s, uint32_t domain, uint32_t id)
{
    for (size_t i = 0; i < s->nr_txs; i++)
        if (s->tx[i].domain == domain && s->tx[i].id == id)
            return &s->tx[i];
    return NULL;
}

size_t store_txs_of(const struct xenstore *s, uint32_t domain)
{
    size_t nr = 0;

    for (size_t i = 0; i < s->nr_txs; i++)
        nr += s->tx[i].domain == domain;
    return nr;
}

/*
 * Model: numbers are the store's, where xenstored has some for each connection.
 */
struct store_tx *store_tx_begin(struct xenstore *s, uint32_t domain)
{
    if (!store_room(&s->tx, sizeof(*s->tx), s->nr_txs, &s->max_txs))
        return NULL;
    s->tx[s->nr_txs] = (struct store_tx){ .domain = domain, .id = s->next_tx++ };
    return &s->tx[s->nr_txs++];
}

bool store_tx_fits(const struct xenstore *s, const struct store_tx *tx)
{
    for (size_t i = 0; i < tx->nr; i++) {
        const struct store_node *node = store_find(s, tx->copy[i]->node.path);

        if ((node ? node->generation : 0) != tx->copy[i]->generation)
            return false;
    }
    return true;
}

static bool apply_one(struct xenstore *s, const struct store_copy *c)
{
    struct store_node *node;

    if (!c->there) {
        store_remove(s, c->node.path);
        return true;
    }
    node = store_put(s, c->node.path, c->node.value, c->node.n);
    if (!node)
        return false;
    memcpy(node->perm, c->node.perm, sizeof(node->perm));
    node->nr_perms = c->node.nr_perms;
    return true;
}

/* finalize_transaction. */
bool store_tx_apply(struct xenstore *s, struct store_tx *tx)
{
    for (size_t i = 0; i < tx->nr; i++) {
        const struct store_copy *c = tx->copy[i];

        if (c->changed && !apply_one(s, c))
            return false;
        if (c->fires && !store_fire(s, c->node.path, NULL, c->exact, c->old, c->nr_old))
            return false;
    }
    return true;
}

static void free_tx(struct store_tx *tx)
{
    for (size_t i = 0; i < tx->nr; i++)
        free_copy(tx->copy[i]);
    free(tx->copy);
}

void store_tx_drop(struct xenstore *s, struct store_tx *tx)
{
    size_t i = (size_t)(tx - s->tx);

    free_tx(tx);
    s->nr_txs--;
    memmove(tx, tx + 1, (s->nr_txs - i) * sizeof(*tx));
}

void store_txs_end(struct xenstore *s, uint32_t domain)
{
    for (size_t i = s->nr_txs; i-- > 0;)
        if (s->tx[i].domain == domain)
            store_tx_drop(s, &s->tx[i]);
}

static struct store_copy *copy_copy(const struct store_copy *from)
{
    struct store_copy *to = malloc(sizeof(*to));

    if (!to)
        return NULL;
    *to = *from;
    to->node.path = copy_bytes(from->node.path, strlen(from->node.path));
    to->node.value = copy_bytes(from->node.value, from->node.n);
    to->names = copy_bytes(from->names, from->n);
    if (to->node.path && to->node.value && to->names)
        return to;
    free_copy(to);
    return NULL;
}

bool store_txs_copy(struct xenstore *to, const struct xenstore *from)
{
    for (size_t i = 0; i < from->nr_txs; i++) {
        const struct store_tx *old = &from->tx[i];
        struct store_tx *tx = store_tx_begin(to, old->domain);

        if (!tx)
            return false;
        tx->id = old->id;
        for (size_t k = 0; k < old->nr; k++) {
            struct store_copy *c = NULL;

            if (store_room(&tx->copy, sizeof(struct store_copy *), tx->nr, &tx->max))
                c = copy_copy(old->copy[k]);
            if (!c)
                return false;
            tx->copy[tx->nr++] = c;
        }
    }
    to->next_tx = from->next_tx;
    return true;
}

void store_txs_free(struct xenstore *s)
{
    for (size_t i = 0; i < s->nr_txs; i++)
        free_tx(&s->tx[i]);
    free(s->tx);
}
