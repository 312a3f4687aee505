/**
 * @file xenstore.h
 * The xenstore: a tree of nodes with permissions, by which domains find each other, and the
 * negotiation of devices by it.
 *
 * It is a model of what xenstored does, a program of dom0's, and none of Xen; so much of it as a
 * front-end and a back-end need.  What is real is its ring: what a
 * guest asks is written into the page that the builder made, in the form of public/io/xs_wire.h, is
 * read from there, and so is the answer; event channels tell each side.
 */
#ifndef XENPT_XENSTORE_H
#define XENPT_XENSTORE_H

#include "xenpt/machine.h"
#include "xenpt/rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Nodes ----------------------------------------------------------------------------------- */

#define XENPT_XENSTORE_PATH_MAX    3072u /**< Bytes of an absolute path; XENSTORE_ABS_PATH_MAX. */
#define XENPT_XENSTORE_VALUE_MAX   2048u /**< Bytes of a value; xenstored's usual quota. */
#define XENPT_XENSTORE_TEXT_MAX    4096u /**< Bytes of a message; XENSTORE_PAYLOAD_MAX. */
#define XENPT_XENSTORE_PERMS_MAX   8u    /**< Permissions of a node, here. */
#define XENPT_XENSTORE_NODES_MAX   1000u /**< Nodes of a domain; xenstored's usual quota. */
#define XENPT_XENSTORE_WATCHES_MAX 128u  /**< Watches that do not keep a domain from one more. */
#define XENPT_XENSTORE_TXS_MAX     10u   /**< Transactions likewise. */

/** What a domain may do; the first of a node is its owner's, who may everything, and says what
 *  those may who have none. */
struct xenpt_xenstore_perm {
    uint32_t domain; /**< Who. */
    char access;     /**< 'n', nothing; 'r', read; 'w', write; 'b', both. */
};

/** A node. */
struct xenpt_xenstore_node {
    const char *path;  /**< From the root on: "/local/domain/1/name". */
    const char *value; /**< Its bytes, with a 0 behind them... */
    size_t n;          /**< ...and how many. */
    struct xenpt_xenstore_perm perm[XENPT_XENSTORE_PERMS_MAX]; /**< Who may. */
    size_t nr_perms;                                           /**< Of @ref perm. */
};

/**
 * Looks at a node, whoever asks.  What is borrowed is good until the machine changes.
 * @return #XENPT_ERANGE: there is no such node; #XENPT_EUNSUPPORTED: no domain is privileged, so
 *         that none has a xenstore; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_xenstore_node(struct xenpt_machine *machine,
                                                          const char *path,
                                                          struct xenpt_xenstore_node *ret,
                                                          struct xenpt_error *err);

/* --- Requests -------------------------------------------------------------------------------- */

/** What can be asked; numbers of public/io/xs_wire.h. */
enum xenpt_xenstore_op {
    XENPT_XENSTORE_LIST = 1,     /**< The names of a node's children (XS_DIRECTORY). */
    XENPT_XENSTORE_READ = 2,     /**< Its value. */
    XENPT_XENSTORE_PERMS = 3,    /**< Its permissions: "n1 r0" (XS_GET_PERMS). */
    XENPT_XENSTORE_WATCH = 4,    /**< Changes of it, and below it, are to be told. */
    XENPT_XENSTORE_UNWATCH = 5,  /**< No more. */
    XENPT_XENSTORE_TX_START = 6, /**< A transaction begins; the answer is its number. */
    XENPT_XENSTORE_TX_END = 7,   /**< It ends: "T", and is done, or "F", and is not. */
    XENPT_XENSTORE_WRITE = 11,   /**< It has this value; it and those above it are made. */
    XENPT_XENSTORE_MKDIR = 12,   /**< It is there. */
    XENPT_XENSTORE_RM = 13,      /**< It is not, nor what is below it. */
    XENPT_XENSTORE_PERMIT = 14,  /**< It has these permissions (XS_SET_PERMS). */
    XENPT_XENSTORE_RESET = 21    /**< Neither watches nor transactions any more. */
};

/** An answer. */
struct xenpt_xenstore_answer {
    const char *error;                      /**< "ok", or "EACCES" and so on... */
    const struct xenpt_pv_rule *rule;       /**< ...by which rule, or NULL. */
    char text[XENPT_XENSTORE_TEXT_MAX + 1]; /**< What was asked for, with a blank between several,
                                                 and a 0 behind it... */
    size_t n;                               /**< ...and how many bytes. */
    bool by_ring;                           /**< It went by the ring of the guest... */
    uint32_t asked;                         /**< ...in so many bytes, with the header... */
    uint32_t answered;                      /**< ...and came in so many. */
};

/**
 * A domain asks.  One that is not the xenstore's own asks by its ring.
 * @param path   Relative ones begin at /local/domain/N.
 * @param value  WRITE: the value; PERMIT: permissions, as "n1 r0"; WATCH and UNWATCH: a token by
 *               which the domain knows it; else NULL.
 *
 * Model: bytes are put into the ring's frame without a walk of the guest's tables, and each side
 * takes what it is told of at once.  Requests of the xenstore's own domain go by a socket there.
 * @return #XENPT_ERANGE: no such domain, or more than a message has; #XENPT_ESTATE: the domain is
 * not connected; what a message in the ring makes no sense of; #XENPT_EUNSUPPORTED; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_xenstore_ask(struct xenpt_machine *machine,
                                                         uint32_t domain, enum xenpt_xenstore_op op,
                                                         const char *path, const char *value,
                                                         struct xenpt_xenstore_answer *ret,
                                                         struct xenpt_error *err);

/** The same in a transaction.  @param tx  Its number; 0: in none. */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_xenstore_ask_in(struct xenpt_machine *machine, uint32_t domain, uint32_t tx,
                      enum xenpt_xenstore_op op, const char *path, const char *value,
                      struct xenpt_xenstore_answer *ret, struct xenpt_error *err);

/**
 * How often a domain was told that a watch has fired, since it has taken note of that last.  One
 * whose ring is not connected is told later.
 * @param path   As it is told: of a watch with a relative path, from /local/domain/N on.  NULL:
 * any.
 * @param token  NULL: any.
 * @return See xenpt_xenstore_node().
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_xenstore_fired(struct xenpt_machine *machine,
                                                           uint32_t domain, const char *path,
                                                           const char *token, uint64_t *times,
                                                           struct xenpt_error *err);

/** A domain takes note of that.  @return See xenpt_xenstore_node(). */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_xenstore_heard(struct xenpt_machine *machine, uint32_t domain, struct xenpt_error *err);

/**
 * XS_INTRODUCE: the toolstack tells the xenstore of a domain.  The xenstore has mapped the ring by
 * the grant that the builder made, number 1, and connected its event channel, before: xenstored
 * does both itself, by hypercalls of its kernel.
 * @return #XENPT_ESTATE: it has not, and the text says which of these.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_xenstore_introduce(struct xenpt_machine *machine, uint32_t domain, struct xenpt_error *err);

/* --- Devices --------------------------------------------------------------------------------- */

/** States of either end of a device; public/io/xenbus.h. */
enum xenpt_xenbus_state {
    XENPT_XENBUS_UNKNOWN,       /**< There is none. */
    XENPT_XENBUS_INITIALISING,  /**< It begins. */
    XENPT_XENBUS_INIT_WAIT,     /**< Back: it has begun, and waits for the front-end. */
    XENPT_XENBUS_INITIALISED,   /**< Front: it has told of its ring. */
    XENPT_XENBUS_CONNECTED,     /**< It is in use. */
    XENPT_XENBUS_CLOSING,       /**< It ends. */
    XENPT_XENBUS_CLOSED,        /**< It has ended. */
    XENPT_XENBUS_RECONFIGURING, /**< Of PCI... */
    XENPT_XENBUS_RECONFIGURED,  /**< ...alone. */
    XENPT_NR_XENBUS_STATES,     /**< How many there are. */
};

/** Name and meaning of a state. */
XENPT_API const struct xenpt_word *xenpt_xenbus_state_word(enum xenpt_xenbus_state state);

/** Kinds of devices whose negotiation is known. */
enum xenpt_device_kind {
    XENPT_DEVICE_VBD,      /**< A block device: public/io/blkif.h. */
    XENPT_DEVICE_VIF,      /**< A network interface: public/io/netif.h. */
    XENPT_NR_DEVICE_KINDS, /**< How many there are. */
};

/** Name and meaning of a kind. */
XENPT_API const struct xenpt_word *xenpt_device_kind_word(enum xenpt_device_kind kind);

/** A device: of which kind, between which domains, by which number. */
struct xenpt_xenbus_device {
    enum xenpt_device_kind kind; /**< What it is. */
    uint32_t front;              /**< The domain that uses it... */
    uint32_t back;               /**< ...and the one that provides it. */
    uint32_t id;                 /**< 51712 is xvda. */
};

/** Room for a path of a device. */
#define XENPT_DEVICE_PATH_MAX 80u
/** "/local/domain/1/device/vbd/51712", or "/local/domain/0/backend/vbd/1/51712". */
XENPT_API const char *xenpt_device_path(const struct xenpt_xenbus_device *device, bool back,
                                        char buf[XENPT_DEVICE_PATH_MAX]);

/** The toolstack makes nodes for a device, with both ends Initialising; libxl_device.c,
 *  libxl__device_generic_add.  @return #XENPT_ERANGE; #XENPT_ESTATE: it is there; #XENPT_ENOMEM. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_device_add(struct xenpt_machine *machine,
                                                       const struct xenpt_xenbus_device *device,
                                                       struct xenpt_error *err);

/**
 * One end goes on to a state, as a driver does: it looks at the state of the other end and at what
 * has to be there, and writes its own.  A row for each way says what that is (docs/rules.md).
 * @param back  The back-end goes on; else the front-end.
 * @param ret   What came of writing it.
 * @return As xenpt_xenstore_ask(); #XENPT_ESTATE: no driver would, and the text says why.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_device_switch(struct xenpt_machine *machine,
                                                          const struct xenpt_xenbus_device *device,
                                                          bool back, enum xenpt_xenbus_state to,
                                                          struct xenpt_xenstore_answer *ret,
                                                          struct xenpt_error *err);

/** A way from one state to another that drivers go. */
struct xenpt_xenbus_way {
    const char *kind;  /**< "vbd"; "any". */
    const char *end;   /**< "front"; "either". */
    char from[80];     /**< States... */
    const char *to;    /**< ...and the one that comes. */
    char other[80];    /**< States of the other end, or "any". */
    const char *needs; /**< What has to be there. */
};
/** Way @p i.  @return False: there is none. */
XENPT_API bool xenpt_device_way(size_t i, struct xenpt_xenbus_way *ret);

/** A device as it stands. */
struct xenpt_device_state {
    enum xenpt_xenbus_state front; /**< The end that uses it... */
    enum xenpt_xenbus_state back;  /**< ...and the one that provides it. */
    bool mapped;                   /**< The back-end has all its rings, by grants... */
    bool bound;                    /**< ...and its event channel is connected. */
};

/** Looks at a device, whoever asks.  @return See xenpt_xenstore_node(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_device_look(struct xenpt_machine *machine,
                                                        const struct xenpt_xenbus_device *device,
                                                        struct xenpt_device_state *ret,
                                                        struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
