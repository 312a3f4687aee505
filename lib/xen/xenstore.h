/*
 * xenstore.h - the tree of the xenstore; a machine and its snapshots have the same one until it is
 * changed.
 */
#ifndef XENPT_XEN_XENSTORE_H
#define XENPT_XEN_XENSTORE_H

#include "xen/internal.h"
#include "xenpt/xenstore.h"

struct store_node {
    char *path;
    char *value;
    size_t n;
    struct xenpt_xenstore_perm perm[XENPT_XENSTORE_PERMS_MAX];
    size_t nr_perms;
    uint64_t generation; /* Which change of the store made it what it is. */
};

/* What a domain wants to be told of. */
struct store_watch {
    uint32_t domain;
    bool relative; /* Paths are told from /local/domain/N on. */
    char *node, *token;
};

/* A watch has fired. */
struct store_event {
    uint32_t domain;
    bool sent; /* The domain has it; else it waits for a ring. */
    char *path, *token;
};

/* A node as a transaction has it, from when it was looked at first. */
struct store_copy {
    struct store_node node;
    char *names; /* Of what is right below it, a 0 behind each... */
    size_t n;    /* ...bytes of them. */
    bool there, changed;
    bool fires, exact;   /* Watches do, if it comes to that. */
    uint64_t generation; /* Of the node then; 0: it was not there. */
    struct xenpt_xenstore_perm old[XENPT_XENSTORE_PERMS_MAX];
    size_t nr_old;
};
struct store_tx {
    uint32_t domain, id;
    struct store_copy **copy; /* In the order in which they were looked at. */
    size_t nr, max;
};

struct xenstore {
    unsigned int holders;
    uint64_t generation;
    struct store_watch *watch;
    size_t nr_watches, max_watches;
    struct store_event *event;
    size_t nr_events, max_events;
    struct store_tx *tx;
    size_t nr_txs, max_txs;
    uint32_t next_tx;
    struct store_node special[2]; /* @introduceDomain, @releaseDomain: who may hear of these. */
    uint32_t home;                /* The domain that xenstored runs in. */
    size_t nr_known;              /* Domains that have their nodes... */
    bool *introduced;             /* ...and that it has been told of; as many as it has room for. */
    size_t max_known;
    struct store_node *node; /* In the order in which they were made. */
    size_t nr, max;
    uint32_t requests;
};

/* --- xenstore.c ---------------------------------------------------------------------------- */

/* The machine's, to be changed, with what all domains have that there are now. */
enum xenpt_code store_ready(struct xenpt_machine *m, struct xenpt_error *err);
struct xenstore *store_hold(struct xenstore *s);
void store_release(struct xenstore *s);

struct store_node *store_find(const struct xenstore *s, const char *path);
/* A node with a value; NULL: no memory.  It has the permissions of the one above it. */
struct store_node *store_put(struct xenstore *s, const char *path, const void *value, size_t n);
/* It, and all below it. */
void store_remove(struct xenstore *s, const char *path);
/* What is above a path: as long as this. */
size_t store_parent(const char *path);
/* Whether a node is below a path, and its name then; next: right below. */
bool store_below(const char *path, const char *node);
/* The node of a text and a permission; false: no memory. */
bool store_text(struct xenstore *s, const char *path, const char *value,
                const struct xenpt_xenstore_perm perm[2]);

/* Room for one more in a list; false: no memory. */
bool store_room(void *list, size_t size, size_t nr, size_t *max);
/* Names of what is right below a node, a 0 behind each; false: no memory. */
bool store_names(const struct xenstore *s, const char *path, char **ret, size_t *n);
/* What a domain may do by permissions: bits of these. */
#define STORE_MAY_READ  1u
#define STORE_MAY_WRITE 2u
#define STORE_MAY_OWN   4u
unsigned int store_rights(const struct xenstore *s, uint32_t domain,
                          const struct xenpt_xenstore_perm *perm, size_t nr);

/* --- xenstore_watch.c ---------------------------------------------------------------------- */

/*
 * Watches that a change of a node lets fire: of the node, and unless it is exact of what is above
 * it; for domains that may read it or what it is in, or might by its old permissions.
 * node: as it is, or was; NULL: what there is of that name.
 */
bool store_fire(struct xenstore *s, const char *name, const struct store_node *node, bool exact,
                const struct xenpt_xenstore_perm *old, size_t nr_old);
/* Of @introduceDomain or @releaseDomain; NULL: it is neither. */
struct store_node *store_special(struct xenstore *s, const char *name);
/* A domain has a watch that it had not; false: no memory. */
bool store_watch_add(struct xenstore *s, uint32_t domain, const char *node, const char *token,
                     bool relative);
/* It fires whatever has happened; false: no memory. */
bool store_watch_fires(struct xenstore *s, const struct store_watch *watch);
struct store_watch *store_watch_find(const struct xenstore *s, uint32_t domain, const char *node,
                                     const char *token);
void store_watch_drop(struct xenstore *s, struct store_watch *watch);
size_t store_watches_of(const struct xenstore *s, uint32_t domain);
/* None of a domain any more. */
void store_watches_end(struct xenstore *s, uint32_t domain);
/* The domain takes note of what it has heard. */
void store_events_end(struct xenstore *s, uint32_t domain);
bool store_watches_copy(struct xenstore *to, const struct xenstore *from);
void store_watches_free(struct xenstore *s);

/* --- xenstore_tx.c ------------------------------------------------------------------------- */

/* The tree, or what a transaction makes of it. */
struct store_view {
    struct xenstore *s;
    struct store_tx *tx; /* NULL: the tree. */
    bool no_memory;
};
/* As store_find(), store_put() and so on. */
struct store_node *view_find(struct store_view *v, const char *path);
struct store_node *view_put(struct store_view *v, const char *path, const void *value, size_t n);
/* A node has changed otherwise. */
void view_changed(struct store_view *v, struct store_node *node);
void view_remove(struct store_view *v, const char *path);
/* What is right below it, as store_names(); to be freed. */
bool view_names(struct store_view *v, const char *path, char **ret, size_t *n);
/* Nodes that a domain owns. */
size_t view_owned(const struct store_view *v, uint32_t domain);
/* Watches fire, of a transaction if it comes to that. */
void view_fire(struct store_view *v, const struct store_node *node, bool exact,
               const struct xenpt_xenstore_perm *old, size_t nr_old);

struct store_tx *store_tx_find(const struct xenstore *s, uint32_t domain, uint32_t id);
size_t store_txs_of(const struct xenstore *s, uint32_t domain);
/* NULL: no memory. */
struct store_tx *store_tx_begin(struct xenstore *s, uint32_t domain);
/* Whether all that it has looked at is as it was. */
bool store_tx_fits(const struct xenstore *s, const struct store_tx *tx);
/* What it has changed becomes the tree's; false: no memory. */
bool store_tx_apply(struct xenstore *s, struct store_tx *tx);
void store_tx_drop(struct xenstore *s, struct store_tx *tx);
void store_txs_end(struct xenstore *s, uint32_t domain);
bool store_txs_copy(struct xenstore *to, const struct xenstore *from);
void store_txs_free(struct xenstore *s);

/* --- xenstore_ask.c ------------------------------------------------------------------------ */

/* A message as it is on the wire. */
struct store_message {
    uint32_t type, id, tx, n;
    char body[XENPT_XENSTORE_TEXT_MAX];
};
#define STORE_HEADER      16u
#define STORE_WATCH_EVENT 15u
#define STORE_ERROR       16u

/* What xenstored makes of a request; first: its answer comes before what watches tell. */
enum xenpt_code store_answer(struct xenpt_machine *m, uint32_t domain,
                             const struct store_message *asked, struct store_message *ret,
                             const struct xenpt_pv_rule **rule, bool *first,
                             struct xenpt_error *err);

/* --- xenstore_ring.c ----------------------------------------------------------------------- */

/* Whether a domain's ring and channel are connected; else the reason is told. */
enum xenpt_code ring_connected(struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err);
/* A message through the ring of a domain: as it comes out at the other end. */
enum xenpt_code ring_pass(struct xenpt_machine *m, struct domain *d, bool answer,
                          struct store_message *message, struct xenpt_error *err);
/* Whoever is connected is told of watches that have fired. */
enum xenpt_code ring_tell(struct xenpt_machine *m, struct xenpt_error *err);

#endif
