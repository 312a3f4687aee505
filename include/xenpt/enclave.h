/**
 * @file enclave.h
 * Enclaves (Intel SGX): memory that no context but their own reads.
 *
 * The enclave page cache (EPC) is memory that the processor keeps for itself; the EPC map (EPCM)
 * has an entry for each of its pages, which nobody reads: whose it is, at which linear address, and
 * what may be done there.  Page tables lead to it as to any memory, and are whoever's they were:
 * what they lead to is asked afterwards.  Who is outside - Xen, SMM code, a device - sees ones.
 *
 * Model: no release of Xen has support for SGX: its CPUID policies have no leaf 12H, its toolstack
 * gives no EPC to guests.  To it the EPC is reserved memory, which is no RAM, and which a
 * privileged domain may have mapped as it may have any other such memory.  An enclave needs a
 * kernel at CPL 0 (ENCLS), so that PV domains have none.  What is modelled is what processors do,
 * to an HVM or PVH guest under HAP to which pages of EPC were passed through as memory of a device.
 * Model: building and leaving enclaves (ECREATE to EINIT, EENTER, asynchronous exits), pages on
 * their way (BLOCKED, PENDING, MODIFIED), paging out (EWB, ELDU) as a step, debug enclaves and
 * version arrays are not modelled; nor is the memory type of EPC.
 */
#ifndef XENPT_ENCLAVE_H
#define XENPT_ENCLAVE_H

#include "xenpt/judge.h"

#ifdef __cplusplus
extern "C" {
#endif

struct xenpt_machine;

/** What code inside may do with a page: bits of an entry of the EPCM. */
enum xenpt_epc_right {
    XENPT_EPC_R = 1 << 0, /**< Read. */
    XENPT_EPC_W = 1 << 1, /**< Write. */
    XENPT_EPC_X = 1 << 2, /**< Execute. */
};

/** What a page of EPC is. */
enum xenpt_epc_type {
    XENPT_EPC_REG,      /**< An enclave's code or data. */
    XENPT_EPC_TCS,      /**< How a thread enters: no instruction reads it. */
    XENPT_NR_EPC_TYPES, /**< How many there are. */
};

/** Name and meaning of a type: "reg". */
XENPT_API const struct xenpt_word *xenpt_epc_type_word(enum xenpt_epc_type type);

/** A page of an enclave. */
struct xenpt_enclave_page {
    uint64_t at;              /**< Its linear address... */
    uint64_t gfn;             /**< ...what its domain calls the frame... */
    uint64_t epc;             /**< ...and which page of the EPC that is, from 0. */
    enum xenpt_epc_type type; /**< What it is. */
    unsigned int rights;      /**< Bits of #xenpt_epc_right. */
};

/** An enclave. */
struct xenpt_enclave {
    const char *name; /**< "vault". */
    uint64_t base;    /**< The first of its linear addresses (ELRANGE), a multiple of... */
    uint64_t size;    /**< ...how many there are, which is a power of 2. */
    const struct xenpt_enclave_page *pages; /**< Its pages... */
    size_t nr_pages;                        /**< ...and how many. */
};

/** An entry of the EPCM: SDM vol. 3D, "Enclave Page Cache Map (EPCM)". */
struct xenpt_epcm_entry {
    bool valid;                          /**< Somebody has the page: */
    uint32_t domain;                     /**< this domain's... */
    const struct xenpt_enclave *enclave; /**< ...enclave, for which its SECS stands. */
    uint64_t at;                         /**< There, and nowhere else. */
    enum xenpt_epc_type type;            /**< What it is. */
    unsigned int rights;                 /**< What may be done. */
};

/** An access that its page tables allow. */
struct xenpt_enclave_access {
    const struct xenpt_enclave *inside; /**< Code of this one does it; NULL: code of none. */
    enum xenpt_access_kind kind;        /**< What it is... */
    uint64_t at;                        /**< ...at this linear address. */
    bool epc;                           /**< Its frame is EPC. */
};

/** What becomes of it. */
enum xenpt_enclave_verdict {
    XENPT_ENCLAVE_PLAIN,       /**< It is no matter of enclaves. */
    XENPT_ENCLAVE_OWN,         /**< The enclave's own page, there: it is done. */
    XENPT_ENCLAVE_ABORT,       /**< Abort page: reads give ones, writes are dropped. */
    XENPT_ENCLAVE_NOT_EPC,     /**< An address of the enclave's leads to no EPC. */
    XENPT_ENCLAVE_OTHER,       /**< The page is no page of this enclave. */
    XENPT_ENCLAVE_ELSEWHERE,   /**< It is, but at another address. */
    XENPT_ENCLAVE_TYPE,        /**< It is one that no instruction reads. */
    XENPT_ENCLAVE_RIGHTS,      /**< It may not be accessed so. */
    XENPT_ENCLAVE_FETCH,       /**< Code inside is to be executed outside. */
    XENPT_NR_ENCLAVE_VERDICTS, /**< How many there are. */
};

/** Name and meaning of a verdict: "elsewhere". */
XENPT_API const struct xenpt_word *xenpt_enclave_verdict_word(enum xenpt_enclave_verdict verdict);

/**
 * Checks what a walk has led to: SDM vol. 3D, "Access-control Requirements" and "Access-control for
 * Accesses that Originate from non-SGX Instructions"; the error code: vol. 3A, "Page-Fault
 * Exceptions", where the SGX flag comes with P, and without RSVD and PK.
 *
 * Model: to execute an abort page is undefined; it is treated as a read is.
 * @param entry  Of the frame; of what is no EPC it is not looked at.
 * @param fault  Set to a #PF or a #GP(0), or to none.
 */
XENPT_API enum xenpt_enclave_verdict xenpt_enclave_check(const struct xenpt_epcm_entry *entry,
                                                         const struct xenpt_enclave_access *access,
                                                         struct xenpt_fault *fault);

/** The enclave of a domain by its name; NULL: it has none of that name. */
XENPT_API const struct xenpt_enclave *xenpt_machine_enclave(const struct xenpt_machine *machine,
                                                            uint32_t domain, const char *name);
/** Whether a frame is EPC. */
XENPT_API bool xenpt_machine_is_epc(const struct xenpt_machine *machine, xenpt_mfn_t frame);
/** The entry of the EPCM for a frame; not valid for what is no EPC, or nobody's. */
XENPT_API struct xenpt_epcm_entry xenpt_machine_epcm(const struct xenpt_machine *machine,
                                                     xenpt_mfn_t frame);

#ifdef __cplusplus
}
#endif

#endif
