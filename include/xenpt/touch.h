/**
 * @file touch.h
 * Who but a guest touches the guest's memory: each access by Xen, by another domain or by a device,
 * told at the moment when it is made, with the mapping that it is made through.
 */
#ifndef XENPT_TOUCH_H
#define XENPT_TOUCH_H

#include "xenpt/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Who touches. */
enum xenpt_touch_by {
    XENPT_TOUCH_XEN,    /**< Xen, on a CPU; for a vCPU or for none. */
    XENPT_TOUCH_VCPU,   /**< A vCPU of another domain: its kernel, or a program on it. */
    XENPT_TOUCH_DEVICE, /**< A device. */
    XENPT_NR_TOUCH_BY,  /**< How many there are. */
};

/** What for. */
enum xenpt_touch_why {
    XENPT_TOUCH_ARGUMENT,      /**< What a hypercall is given in memory. */
    XENPT_TOUCH_RESULT,        /**< What a hypercall returns in memory. */
    XENPT_TOUCH_IRET,          /**< The frame that the hypercall iret returns by. */
    XENPT_TOUCH_FETCH,         /**< An instruction that is emulated. */
    XENPT_TOUCH_OPERAND,       /**< An operand of one. */
    XENPT_TOUCH_WALK,          /**< Tables of the guest's that Xen walks. */
    XENPT_TOUCH_VALIDATE,      /**< A table that is validated, or taken apart. */
    XENPT_TOUCH_UPDATE,        /**< An entry of a table that changes. */
    XENPT_TOUCH_DESCRIPTORS,   /**< Descriptors that are checked or changed. */
    XENPT_TOUCH_PAGE,          /**< A page that the guest has Xen fill or write to. */
    XENPT_TOUCH_GRANT_ENTRY,   /**< An entry of a grant table. */
    XENPT_TOUCH_GRANT_COPY,    /**< A copy by grants. */
    XENPT_TOUCH_M2P,           /**< What M2P says of a frame. */
    XENPT_TOUCH_SHADOW,        /**< A table of the guest's that its shadow is made of. */
    XENPT_TOUCH_VCPU_INFO,     /**< vcpu_info. */
    XENPT_TOUCH_RUNSTATE,      /**< The run state of a vCPU. */
    XENPT_TOUCH_TIME,          /**< The time of a vCPU. */
    XENPT_TOUCH_RING,          /**< A ring that a back end, a device model or the xenstore has. */
    XENPT_TOUCH_DIRTY_LOG,     /**< The log of dirty pages, handed out. */
    XENPT_TOUCH_SCRUB,         /**< A page that becomes free is cleared. */
    XENPT_TOUCH_BUILD,         /**< A domain is built. */
    XENPT_TOUCH_SAVE,          /**< A domain is saved... */
    XENPT_TOUCH_RESTORE,       /**< ...restored... */
    XENPT_TOUCH_MIGRATE,       /**< ...or migrated while it runs. */
    XENPT_TOUCH_DEVICE_MODEL,  /**< QEMU. */
    XENPT_TOUCH_INTROSPECTION, /**< Somebody looks what a guest does. */
    XENPT_TOUCH_DEBUGGER,      /**< A debugger. */
    XENPT_TOUCH_EVENT,         /**< An event: its bits in shared_info, or its word in a queue. */
    XENPT_TOUCH_VM_EVENT,      /**< A guest's deed is told: the ring of a pager or a monitor. */
    XENPT_TOUCH_UNSHARE,       /**< A page that was shared is copied, as the guest changes it. */
    XENPT_TOUCH_ACCESS,        /**< An instruction, of whoever executes it. */
    XENPT_NR_TOUCH_WHY,        /**< How many there are. */
};

/** Through which mapping. */
enum xenpt_touch_through {
    XENPT_TOUCH_GUEST_TABLES,  /**< The guest's own tables, at an address of its. */
    XENPT_TOUCH_LINEAR,        /**< Xen's linear map of the tables that are loaded. */
    XENPT_TOUCH_DIRECTMAP,     /**< Xen's directmap. */
    XENPT_TOUCH_TRANSIENT,     /**< map_domain_page(): see xenpt_touch::va. */
    XENPT_TOUCH_ARGUMENT_AREA, /**< The vCPU's area for translated arguments. */
    XENPT_TOUCH_KEPT,          /**< A mapping that Xen keeps: of vcpu_info, of rings. */
    XENPT_TOUCH_M2P_TABLE,     /**< Xen's M2P. */
    XENPT_TOUCH_FOREIGN,       /**< A foreign mapping of another domain's. */
    XENPT_TOUCH_GRANTED,       /**< A mapping of a grant. */
    XENPT_TOUCH_IOMMU,         /**< Tables of an IOMMU. */
    XENPT_TOUCH_TABLES,        /**< Other tables of whoever touches. */
    XENPT_NR_TOUCH_THROUGH,    /**< How many there are. */
};

/** What the guest has said to it. */
enum xenpt_touch_consent {
    XENPT_TOUCH_NONE,       /**< Nothing. */
    XENPT_TOUCH_ASKED,      /**< It asked for it, by this hypercall. */
    XENPT_TOUCH_REGISTERED, /**< It has named the place for that, before. */
    XENPT_TOUCH_SHARED,     /**< The page is made to be shared: a grant table, a ring. */
    XENPT_TOUCH_BY_GRANT,   /**< It has granted it. */
    XENPT_NR_TOUCH_CONSENT, /**< How many there are. */
};

/** Something that is not known, or that there is not, of a touch. */
#define XENPT_TOUCH_UNKNOWN UINT64_MAX
/** No CPU, or no vCPU, or no domain. */
#define XENPT_TOUCH_NOBODY  UINT32_MAX

/** One access to a guest's memory by anyone but that guest. */
struct xenpt_touch {
    uint64_t maddr;  /**< Machine address of the first byte, or #XENPT_TOUCH_UNKNOWN: at an address
                          that nobody has named. */
    uint64_t gfn;    /**< What its guest calls that frame, or #XENPT_TOUCH_UNKNOWN. */
    uint64_t va;     /**< The linear address that is used, or #XENPT_TOUCH_UNKNOWN.  Of
                          map_domain_page() it is in the directmap, but in debug builds of Xen while
                          a PV guest runs, which take the next slot of the per-domain area. */
    uint64_t length; /**< Bytes; 0: how many is not known. */
    uint64_t step;   /**< Of a scenario: in which step; 0: before any. */
    uint64_t times;  /**< So often in a row; 1, where each is told. */
    uint32_t domain; /**< Whose memory. */
    uint32_t by_domain; /**< By Xen: for a vCPU of which domain; by a device: whose it is; by a
                             vCPU: of which... */
    uint32_t by_vcpu;   /**< ...and for which, or by which; or #XENPT_TOUCH_NOBODY. */
    uint32_t cpu;       /**< On which CPU, or #XENPT_TOUCH_NOBODY. */
    uint8_t by;         /**< An enum xenpt_touch_by. */
    uint8_t why;        /**< An enum xenpt_touch_why. */
    uint8_t through;    /**< An enum xenpt_touch_through. */
    uint8_t consent;    /**< An enum xenpt_touch_consent. */
    bool write;         /**< It is written, and not read. */
    bool writable;      /**< The mapping is. */
    bool xens;          /**< The page is Xen's, though the guest has it, or what is in it is the
                             guest's: a grant table, shared_info, translated arguments, M2P. */
};

/** Name and meaning of each of these. */
XENPT_API const struct xenpt_word *xenpt_touch_by_word(enum xenpt_touch_by by);
/** See xenpt_touch_by_word(). */
XENPT_API const struct xenpt_word *xenpt_touch_why_word(enum xenpt_touch_why why);
/** See xenpt_touch_by_word(). */
XENPT_API const struct xenpt_word *xenpt_touch_through_word(enum xenpt_touch_through through);
/** See xenpt_touch_by_word(). */
XENPT_API const struct xenpt_word *xenpt_touch_consent_word(enum xenpt_touch_consent consent);

/** Gets each touch at the moment when it is made. */
typedef void (*xenpt_touch_fn)(void *ctx, const struct xenpt_touch *touch);

/**
 * From now on each touch of a guest's memory is told.  A machine that goes back to a snapshot goes
 * on telling.
 * @param fn  NULL: they are not told any more, and cost nothing.
 */
XENPT_API void xenpt_machine_on_touch(struct xenpt_machine *machine, xenpt_touch_fn fn, void *ctx);

#ifdef __cplusplus
}
#endif

#endif
