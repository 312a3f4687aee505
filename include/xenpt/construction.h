/**
 * @file construction.h
 * What a domain is given when it is built: the pages that it shares with Xen, with its builder and
 * with the domains that serve it, event channels and grants; and what lies where in those pages.
 *
 * A machine (machine.h) has them as the builders leave them - the toolstack, or Xen of dom0 - and
 * a PV guest has told Xen since where its list of frames is.
 */
#ifndef XENPT_CONSTRUCTION_H
#define XENPT_CONSTRUCTION_H

#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Structures ------------------------------------------------------------------------------ */

/** Structures have two forms: that of 64-bit guests, and that of 32-bit ones (compat). */
enum xenpt_abi_form {
    XENPT_ABI_64,       /**< Of 64-bit PV guests; of those that have one form only as well. */
    XENPT_ABI_32,       /**< Of 32-bit PV guests. */
    XENPT_NR_ABI_FORMS, /**< How many there are. */
};

struct xenpt_abi_struct;

/** A member of a structure; arrays are by form. */
struct xenpt_abi_member {
    const char *name;                  /**< "store_mfn". */
    const char *text;                  /**< What it says. */
    uint16_t at[XENPT_NR_ABI_FORMS];   /**< Bytes from the structure's start to it. */
    uint16_t size[XENPT_NR_ABI_FORMS]; /**< Bytes of it, or of each if there are several... */
    uint16_t nr[XENPT_NR_ABI_FORMS];   /**< ...and how many; 0: one. */
    const struct xenpt_abi_struct *of; /**< What each is, or NULL: a number or bytes. */
    struct xenpt_release since;        /**< First release with it; all 0: always. */
};

/** A structure that is shared with guests; a row of a table. */
struct xenpt_abi_struct {
    const char *name;                       /**< "start_info". */
    const char *text;                       /**< What it is for. */
    const char *source;                     /**< Public header of Xen that has it. */
    const struct xenpt_abi_member *members; /**< Ascending in both forms; they may share bytes. */
    size_t nr_members;                      /**< Of @ref members. */
    uint16_t size[XENPT_NR_ABI_FORMS];      /**< Bytes of all of it. */
};

/** Structure @p i, from 0; NULL behind the last. */
XENPT_API const struct xenpt_abi_struct *xenpt_abi_struct(size_t i);

/** The structure with this name, or NULL. */
XENPT_API const struct xenpt_abi_struct *xenpt_abi_named(const char *name);

/** The member of a structure with this name, or NULL. */
XENPT_API const struct xenpt_abi_member *xenpt_abi_member(const struct xenpt_abi_struct *s,
                                                          const char *name);

/** Bytes that xenpt_abi_at() needs at most. */
#define XENPT_ABI_NAME_MAX 80

/**
 * What is at byte @p at of a structure, which may be in a row of such structures:
 * "shared_info.vcpu_info[3].evtchn_upcall_mask", "grant_entry_v1[1].frame".
 * @param[out] into  Bytes from what is named to @p at; may be NULL.
 * @return False: nothing has a name there, as between members, and @p ret is as it was.
 */
XENPT_API bool xenpt_abi_at(const struct xenpt_abi_struct *s, enum xenpt_abi_form form, uint64_t at,
                            char ret[XENPT_ABI_NAME_MAX], uint64_t *into);

/* --- Frames ---------------------------------------------------------------------------------- */

/** What frames of a domain, or frames that Xen shares with it, are for. */
enum xenpt_special {
    XENPT_SPECIAL_SHARED_INFO,  /**< Shared with Xen: events, time. */
    XENPT_SPECIAL_GRANT_TABLE,  /**< Shared with Xen: what others may map. */
    XENPT_SPECIAL_START_INFO,   /**< What the guest is told when it starts. */
    XENPT_SPECIAL_XENSTORE,     /**< Ring of the xenstore. */
    XENPT_SPECIAL_CONSOLE,      /**< Ring of the console. */
    XENPT_SPECIAL_P2M_LIST,     /**< PV: the machine's frame of each of the guest's. */
    XENPT_SPECIAL_P2M_MID,      /**< PV: frames of that list... */
    XENPT_SPECIAL_P2M_TOP,      /**< ...and of the lists of those. */
    XENPT_SPECIAL_IDENT_PT,     /**< HVM, PVH: tables for a vCPU without paging. */
    XENPT_SPECIAL_IOREQ,        /**< HVM: requests to the device model... */
    XENPT_SPECIAL_BUFIOREQ,     /**< ...and those that nobody waits for... */
    XENPT_SPECIAL_IOREQ_SERVER, /**< ...and pages for more such models. */
    XENPT_SPECIAL_PAGING_RING,  /**< HVM, PVH: rings of events for a pager... */
    XENPT_SPECIAL_MONITOR_RING, /**< ...a monitor... */
    XENPT_SPECIAL_SHARING_RING, /**< ...and for sharing memory. */
    XENPT_SPECIAL_ACPI,         /**< PVH: ACPI tables. */
    XENPT_SPECIAL_APIC_ACCESS,  /**< VMX: stands for the registers of the local APIC. */
    XENPT_SPECIAL_HVM_INFO,     /**< HVM: what hvmloader is told. */
    XENPT_SPECIAL_GRANT_STATUS, /**< Shared with Xen: which grants of version 2 are in use. */
    XENPT_NR_SPECIALS,          /**< How many there are. */
};

/** Name and meaning of them. */
XENPT_API const struct xenpt_word *xenpt_special_word(enum xenpt_special special);

/** Frames in a row that are for one thing. */
struct xenpt_special_frames {
    enum xenpt_special special; /**< What for. */
    uint64_t mfn;               /**< The first, as the machine counts them... */
    uint64_t nr;                /**< ...and how many there are. */
    bool has_gfn;               /**< The guest counts them, too... */
    uint64_t gfn;               /**< ...and calls the first this; PV: what is called pfn. */
    const struct xenpt_abi_struct *holds; /**< What is in them, or NULL... */
    uint32_t from;                        /**< ...from this byte on... */
    bool repeats;                         /**< ...one after another; else one... */
    enum xenpt_abi_form form;             /**< ...in this form. */
};

/**
 * Frames of a domain that are for something, in no order.
 * @return False: there is no such domain, or no @p i-th of it.
 */
XENPT_API bool xenpt_machine_special(const struct xenpt_machine *machine, uint32_t domain, size_t i,
                                     struct xenpt_special_frames *ret);

/** What lies at a machine address, if it is in special frames of a domain. */
struct xenpt_special_place {
    uint32_t domain;                    /**< Whose. */
    struct xenpt_special_frames frames; /**< Which. */
    uint64_t into;                      /**< Bytes into them. */
    char name[XENPT_ABI_NAME_MAX];      /**< "start_info.store_mfn"; "": nothing has a name. */
    uint64_t into_named;                /**< Bytes into what has that name. */
};

/** Looks at a machine address.  @return False: it is in none. */
XENPT_API bool xenpt_machine_place(const struct xenpt_machine *machine, uint64_t maddr,
                                   struct xenpt_special_place *ret);

/* --- Event channels, grants, parameters ------------------------------------------------------ */

/** What an event channel is; numbers of EVTCHNOP_status. */
enum xenpt_channel_kind {
    XENPT_CHANNEL_CLOSED = 0,      /**< Nothing. */
    XENPT_CHANNEL_UNBOUND = 1,     /**< Waits for a domain to connect. */
    XENPT_CHANNEL_INTERDOMAIN = 2, /**< Connected to a port of a domain. */
    XENPT_CHANNEL_PIRQ = 3,        /**< A physical interrupt. */
    XENPT_CHANNEL_VIRQ = 4,        /**< A virtual one. */
    XENPT_CHANNEL_IPI = 5,         /**< Between vCPUs of the domain. */
    XENPT_NR_CHANNEL_KINDS,        /**< How many there are. */
};

/** Name and meaning of a kind. */
XENPT_API const struct xenpt_word *xenpt_channel_kind_word(enum xenpt_channel_kind kind);

/** An event channel of a domain. */
struct xenpt_event_channel {
    uint32_t port;                /**< Its number; 0 is reserved. */
    enum xenpt_channel_kind kind; /**< What it is... */
    uint32_t vcpu;                /**< ...which of the domain's vCPUs it notifies... */
    uint16_t remote_domain;       /**< ...and who is, or may be, at the other end... */
    uint32_t remote_port;         /**< ...at this port, if it is connected. */
    bool xen;                     /**< This end is Xen's own. */
    const char *use;              /**< "xenstore"; "": a guest's. */
    uint32_t virq;                /**< VIRQ: which. */
    int priority;                 /**< In queues: less 7, which is the usual one. */
};

/** Event channels of a domain, by port.  @return False: there is none @p i, or no such domain. */
XENPT_API bool xenpt_machine_channel(const struct xenpt_machine *machine, uint32_t domain, size_t i,
                                     struct xenpt_event_channel *ret);

/** Flags of an entry of a grant table; public/grant_table.h. */
enum xenpt_grant_flag {
    XENPT_GRANT_PERMIT_ACCESS = 1,      /**< Type: the other domain may map the frame... */
    XENPT_GRANT_ACCEPT_TRANSFER = 2,    /**< ...or may give one of its own... */
    XENPT_GRANT_TRANSITIVE = 3,         /**< ...or may copy what another granted this one. */
    XENPT_GRANT_TYPE = 3,               /**< Where the type is. */
    XENPT_GRANT_READONLY = 4,           /**< But not write to it. */
    XENPT_GRANT_TRANSFER_COMMITTED = 4, /**< Of a transfer: Xen's: a frame comes by it... */
    XENPT_GRANT_TRANSFER_COMPLETED = 8, /**< ...and has come. */
    XENPT_GRANT_READING = 8,            /**< Xen's: it is in use... */
    XENPT_GRANT_WRITING = 16,           /**< ...to be written as well; version 2: elsewhere. */
    XENPT_GRANT_CACHE = 0xe0,           /**< PWT, PCD and PAT of what is no RAM. */
    XENPT_GRANT_SUB_PAGE = 0x100,       /**< Version 2: a part of the frame, only to be copied. */
};

/** How a grant is mapped; public/grant_table.h, GNTMAP_*. */
enum xenpt_grant_map_flag {
    XENPT_GRANT_MAP_DEVICE = 1,       /**< For devices... */
    XENPT_GRANT_MAP_HOST = 2,         /**< ...or CPUs, or both... */
    XENPT_GRANT_MAP_READ_ONLY = 4,    /**< ...only to be read. */
    XENPT_GRANT_MAP_APPLICATION = 8,  /**< PV: user code may, too. */
    XENPT_GRANT_MAP_CONTAINS_PTE = 16 /**< PV: where is the machine address of the L1 entry. */
};

/** Where bits for AVL of the entry begin in the flags of a mapping. */
#define XENPT_GRANT_MAP_AVAIL 16u

/** An entry in use of a domain's grant table. */
struct xenpt_grant {
    uint32_t ref;    /**< Its number. */
    uint16_t flags;  /**< Of #xenpt_grant_flag. */
    uint16_t domain; /**< Who may. */
    uint64_t frame;  /**< As the entry has it: PV: the machine's number; else the guest's. */
    uint64_t mfn;    /**< The machine's number. */
    enum xenpt_special special; /**< What the frame is for. */
};

/** Grants of a domain, by number.  @return False: there is none @p i, or no such domain. */
XENPT_API bool xenpt_machine_grant(const struct xenpt_machine *machine, uint32_t domain, size_t i,
                                   struct xenpt_grant *ret);

/** A parameter of an HVM or PVH domain; public/hvm/params.h. */
struct xenpt_hvm_param {
    uint32_t nr;      /**< Its number. */
    const char *name; /**< "STORE_PFN": without HVM_PARAM_. */
    uint64_t value;   /**< What it was set to. */
};

/** Parameters that the builder set.  @return False: there is none @p i, or no such domain. */
XENPT_API bool xenpt_machine_hvm_param(const struct xenpt_machine *machine, uint32_t domain,
                                       size_t i, struct xenpt_hvm_param *ret);

#ifdef __cplusplus
}
#endif

#endif
