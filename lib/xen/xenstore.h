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
};

struct xenstore {
    unsigned int holders;
    uint32_t home;    /* The domain that xenstored runs in. */
    size_t nr_known;  /* Domains that have their nodes... */
    bool *introduced; /* ...and that it has been told of; as many as it has room for. */
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

/* --- xenstore_ask.c ------------------------------------------------------------------------ */

/* A message as it is on the wire. */
struct store_message {
    uint32_t type, id, tx, n;
    char body[XENPT_XENSTORE_TEXT_MAX];
};
#define STORE_HEADER 16u
#define STORE_ERROR  16u

/* What xenstored makes of a request. */
enum xenpt_code store_answer(struct xenpt_machine *m, uint32_t domain,
                             const struct store_message *asked, struct store_message *ret,
                             const struct xenpt_pv_rule **rule, struct xenpt_error *err);

/* --- xenstore_ring.c ----------------------------------------------------------------------- */

/* Whether a domain's ring and channel are connected; else the reason is told. */
enum xenpt_code ring_connected(struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err);
/* A message through the ring of a domain: as it comes out at the other end. */
enum xenpt_code ring_pass(struct xenpt_machine *m, struct domain *d, bool answer,
                          struct store_message *message, struct xenpt_error *err);

#endif
