/**
 * @file threat.h
 * Threats: which frames somebody who is compromised can read, write and execute, by all that he may
 * do next, and not by what is mapped now alone.
 *
 * A *party* is who can be compromised: code of a guest's, its kernel, a device, a device model,
 * Xen.  A *move* is what a party may do by the rules of Xen, a row each (xenpt_move()); moves give
 * rights to frames, or another party.  Reach is the least set that holds what the compromised
 * parties are and is closed under moves; of each right to each frame the shortest way is kept.
 */
#ifndef XENPT_THREAT_H
#define XENPT_THREAT_H

#include "xenpt/pv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Parties --------------------------------------------------------------------------------- */

/** Who can be compromised. */
enum xenpt_party_kind {
    XENPT_PARTY_USER,      /**< Code of a guest's in user mode: of dom0 as well. */
    XENPT_PARTY_KERNEL,    /**< A guest's kernel. */
    XENPT_PARTY_DEVICE,    /**< A device that is a guest's: it reads and writes memory. */
    XENPT_PARTY_QEMU,      /**< The device model of an HVM guest. */
    XENPT_PARTY_UNCHECKED, /**< A guest with a table that is written without Xen's checks: it is
                                no one by himself, and what others become. */
    XENPT_PARTY_XEN,       /**< Xen; of no domain. */
    XENPT_NR_PARTY_KINDS,  /**< How many there are. */
};

/** Name and meaning of a kind: "kernel". */
XENPT_API const struct xenpt_word *xenpt_party_kind_word(enum xenpt_party_kind kind);

/** One party. */
struct xenpt_party {
    enum xenpt_party_kind kind; /**< What it is... */
    uint32_t domain;            /**< ...and of which domain; Xen: 0. */
};

/** Room for a party's name. */
#define XENPT_PARTY_MAX 48

/** "d1.kernel", "xen".  @return @p buf. */
XENPT_API const char *xenpt_party_name(const struct xenpt_machine *machine,
                                       struct xenpt_party party, char buf[XENPT_PARTY_MAX]);
/**
 * The party of a name: "xen"; a domain's name, for its kernel; with ".user", ".kernel", ".device"
 * or ".qemu" behind it; "dom0" is the first privileged domain, if none has that name.
 * @return #XENPT_EPARSE: there is none.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_party_parse(const struct xenpt_machine *machine,
                                                        const char *name, struct xenpt_party *ret,
                                                        struct xenpt_error *err);

/* --- Rights ---------------------------------------------------------------------------------- */

/** What can be done with a frame. */
enum xenpt_threat_right {
    XENPT_THREAT_READ,       /**< Read it. */
    XENPT_THREAT_WRITE,      /**< Write to it, whatever is written, while it is used as it is. */
    XENPT_THREAT_EXECUTE,    /**< Fetch code from it. */
    XENPT_THREAT_EDIT,       /**< Change its entries through Xen, which checks them; of an HVM
                                  guest's memory: change where its p2m has it. */
    XENPT_THREAT_RETYPE,     /**< Have it be no table any more, and write to it then. */
    XENPT_THREAT_CIPHERTEXT, /**< Read it, encrypted by a key that is not the reader's: when it
                                  changes, and whether it is what it was. */
    XENPT_THREAT_SPOIL,      /**< Write to it by another key: its owner reads something else, or is
                                  stopped when it reads; what it reads nobody decides. */
    XENPT_NR_THREAT_RIGHTS,  /**< How many there are. */
};

/** Name and meaning of a right: "read". */
XENPT_API const struct xenpt_word *xenpt_threat_right_word(enum xenpt_threat_right right);

/* --- Moves ----------------------------------------------------------------------------------- */

/** Something that a party may do; a row. */
struct xenpt_move {
    const char *name;     /**< "foreign-map". */
    const char *who;      /**< Who may. */
    const char *needs;    /**< What it needs. */
    const char *gives;    /**< What comes of it. */
    const char *rules[3]; /**< Rows of xenpt_pv_rule() that bound it: without them, or with them,
                               it gives something else; NULL behind the last. */
    const char *by;       /**< What does it in a model, so that it can be tried; NULL: nothing
                               does, and it is believed as Xen's source has it. */
    const char *source;   /**< File, function and release of Xen. */
};

/** Move @p i, from 0; NULL behind the last. */
XENPT_API const struct xenpt_move *xenpt_move(size_t i);
/** The move of that name; NULL: there is none. */
XENPT_API const struct xenpt_move *xenpt_move_named(const char *name);

/** Moves that there can be, at most. */
#define XENPT_MOVES_MAX 64

/* --- Reach ----------------------------------------------------------------------------------- */

/** What is between a device and memory. */
enum xenpt_threat_iommu {
    XENPT_DMA_HOST,        /**< What the host of the machine has, set up as Xen's command line says;
                                of a host whose description has no IOMMU: #XENPT_DMA_STOCK, unless
                                Xen is told not to use one (iommu=no). */
    XENPT_DMA_STOCK,       /**< An IOMMU as Xen sets it up: a PV dom0's devices reach all RAM but
                                  Xen's image, others their domain's memory. */
    XENPT_DMA_STRICT,      /**< The same with dom0-iommu=strict: dom0's memory alone. */
    XENPT_DMA_NONE,        /**< Nothing: a device reaches all RAM. */
    XENPT_NR_THREAT_IOMMU, /**< How many there are. */
};

/** Name and meaning of what is between. */
XENPT_API const struct xenpt_word *xenpt_threat_iommu_word(enum xenpt_threat_iommu iommu);

/** What a device model may. */
enum xenpt_threat_qemu {
    XENPT_QEMU_ROOT,       /**< It is a process of dom0's root, with /dev/xen/privcmd: all
                                hypercalls. */
    XENPT_QEMU_RESTRICTED, /**< Its privcmd is restricted to its guest (dm_restrict). */
    XENPT_NR_THREAT_QEMU,  /**< How many there are. */
};

/** Name and meaning of what a device model may. */
XENPT_API const struct xenpt_word *xenpt_threat_qemu_word(enum xenpt_threat_qemu qemu);

/** A domain that is the device model of another. */
struct xenpt_threat_stub {
    uint32_t domain; /**< The stub domain... */
    uint32_t target; /**< ...and whose device model it is. */
};

/** What is taken for granted; all zero: a stock Xen, on the host that the machine has. */
struct xenpt_threat_options {
    const struct xenpt_pv_rules *rules;    /**< NULL: those of the machine's release. */
    enum xenpt_threat_iommu iommu;         /**< Between devices and memory. */
    enum xenpt_threat_qemu qemu;           /**< What device models may. */
    const struct xenpt_threat_stub *stubs; /**< Device models in domains of their own... */
    size_t nr_stubs;                       /**< ...and how many. */
    const uint32_t *devices;               /**< Domains with a device of their own, besides those
                                                that are privileged or have one on the machine... */
    size_t nr_devices;                     /**< ...and how many. */
    const char *const *without; /**< Moves that nobody makes: a Xen that has them not... */
    size_t nr_without;          /**< ...and how many. */
};

/** Reach of some parties on a machine, as it was when it was worked out. */
struct xenpt_threat;

/**
 * Works out what these parties reach.
 * @param machine  Frames that nobody has counted are counted first.  It has to live, unchanged, as
 *                 long as the answer does.
 * @return #XENPT_ERANGE: a party, or a domain of the options, that there is not; #XENPT_EPARSE: no
 *         such move in the options; #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_threat_create(struct xenpt_machine *machine, const struct xenpt_party *parties, size_t nr,
                    const struct xenpt_threat_options *opt, struct xenpt_threat **ret,
                    struct xenpt_error *err);
/** Frees it; NULL is fine. */
XENPT_API void xenpt_threat_destroy(struct xenpt_threat *threat);

/** Whether these parties are, or become, another one. */
XENPT_API bool xenpt_threat_becomes(const struct xenpt_threat *threat, struct xenpt_party party);

/** The parties that were compromised, and those that they become, by domain and kind.
 *  @return False: there are not so many. */
XENPT_API bool xenpt_threat_party(const struct xenpt_threat *threat, size_t i,
                                  struct xenpt_party *ret);

/** What frames are. */
enum xenpt_threat_what {
    XENPT_THREAT_MEMORY,   /**< Memory of a domain's, used as no table. */
    XENPT_THREAT_TABLES,   /**< Memory of a PV domain's, used as a page table or for
                                descriptors. */
    XENPT_THREAT_SHARED,   /**< Xen's, shared with a domain: shared_info, grant tables. */
    XENPT_THREAT_M2P,      /**< The machine-to-physical table. */
    XENPT_THREAT_IMAGE,    /**< Xen's image. */
    XENPT_THREAT_XEN,      /**< Xen's: tables, stacks, heap. */
    XENPT_THREAT_FREE,     /**< Nobody's. */
    XENPT_THREAT_MMCFG,    /**< PCI configuration space. */
    XENPT_THREAT_MMIO,     /**< No RAM, as far as some way leads there. */
    XENPT_THREAT_EPC,      /**< The enclave page cache. */
    XENPT_THREAT_COW,      /**< dom_cow's: what HVM and PVH guests share. */
    XENPT_NR_THREAT_WHATS, /**< How many there are. */
};

/** Name and meaning of what frames are. */
XENPT_API const struct xenpt_word *xenpt_threat_what_word(enum xenpt_threat_what what);

/** Frames in a row that are the same, and reached in the same ways. */
struct xenpt_threat_piece {
    uint64_t first;              /**< The first... */
    uint64_t last;               /**< ...and the last. */
    enum xenpt_threat_what what; /**< What they are. */
    bool owned;                  /**< A domain's... */
    uint32_t domain;             /**< ...which... */
    const char *owner;           /**< ...and its name, as long as the machine; NULL: no domain's. */
    enum xenpt_frame_type type;  /**< TABLES: as what they are used. */
    bool granted;                /**< Their domain offers them to a compromised one. */
    unsigned int rights;         /**< Bit r set: enum xenpt_threat_right r. */
};

/**
 * The piece that a frame is in, or the next one.
 * @return False: there is none behind it.
 */
XENPT_API bool xenpt_threat_piece(const struct xenpt_threat *threat, uint64_t frame,
                                  struct xenpt_threat_piece *ret);

/** One step of a way. */
struct xenpt_threat_step {
    struct xenpt_party party;      /**< Who... */
    const struct xenpt_move *move; /**< ...does what. */
    bool becomes;                  /**< It becomes... */
    struct xenpt_party other;      /**< ...this; else it gets... */
    uint64_t frame;                /**< ...at this frame... */
    unsigned int rights;           /**< ...these rights. */
    bool has_address;              /**< It has it now, at... */
    uint64_t address;              /**< ...this address... */
    uint32_t vcpu;                 /**< ...of this vCPU's tables, or of its p2m if that is
                                        UINT32_MAX. */
    bool by_grant;                 /**< A domain offers it... */
    uint32_t owner;                /**< ...this one... */
    uint32_t ref;                  /**< ...by this entry of its table. */
};

/** Steps of a way, at most. */
#define XENPT_WAY_MAX 16

/** A way to a frame. */
struct xenpt_threat_way {
    size_t nr;                                    /**< Steps. */
    struct xenpt_threat_step step[XENPT_WAY_MAX]; /**< In order; the last gives the right. */
};

/** The shortest way to a right to a frame.  @return False: there is none. */
XENPT_API bool xenpt_threat_way(const struct xenpt_threat *threat, uint64_t frame,
                                enum xenpt_threat_right right, struct xenpt_threat_way *ret);
/** The shortest way to be a party; none of its steps if it was compromised.  @return False: there
 *  is none. */
XENPT_API bool xenpt_threat_way_to(const struct xenpt_threat *threat, struct xenpt_party party,
                                   struct xenpt_threat_way *ret);

/** What is between devices and memory, as it was taken to be: never #XENPT_DMA_HOST. */
XENPT_API enum xenpt_threat_iommu xenpt_threat_iommu(const struct xenpt_threat *threat);

/** Its machine. */
XENPT_API const struct xenpt_machine *xenpt_threat_machine(const struct xenpt_threat *threat);

/** Room for a step in words. */
#define XENPT_STEP_MAX 320
/** "d0.kernel: foreign-map: mfn 0x1234 of d1, r-x (rule l1-writable)".  @return @p buf. */
XENPT_API const char *xenpt_threat_step_text(const struct xenpt_threat *threat,
                                             const struct xenpt_threat_step *step,
                                             char buf[XENPT_STEP_MAX]);

#ifdef __cplusplus
}
#endif

#endif
