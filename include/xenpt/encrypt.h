/**
 * @file encrypt.h
 * Memory encryption: who sees what of a guest's memory, what may be done to it, and what of page
 * tables it changes.
 *
 * Model: Xen has support for SEV in part and upstream only, and no release that is modelled here
 * runs such guests.  What follows is what processors do, to a guest that a Xen of this release
 * would run.  All of the guest's own memory is private, as it was when it was launched; pages that
 * Xen and a domain share are none of it.
 *
 * Model: a TD's second stage is the TDX module's, so that no move of xenpt/threat.h changes it; a
 * step that pokes an entry there does what nobody could.  Calls to that module (SEAMCALL), by which
 * a host blocks and removes a page, so that the TD is stopped when it touches it, the SHARED half
 * of a TD's physical memory, and KeyIDs in entries of the host's, which are reserved bits outside
 * of the module if they are a TD's, are not modelled.  A read of a TD's line gives zeros, or the
 * poison that was there before.
 */
#ifndef XENPT_ENCRYPT_H
#define XENPT_ENCRYPT_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

struct xenpt_machine;

/** What encrypts a guest's memory. */
enum xenpt_encryption {
    XENPT_ENCRYPT_NONE,    /**< Nothing does. */
    XENPT_ENCRYPT_SEV,     /**< AMD SEV. */
    XENPT_ENCRYPT_SEV_ES,  /**< SEV-ES: registers as well. */
    XENPT_ENCRYPT_SEV_SNP, /**< SEV-SNP: each page has an owner and a place. */
    XENPT_ENCRYPT_TDX,     /**< Intel TDX. */
    XENPT_ENCRYPT_SGX,     /**< Intel SGX: of an enclave's memory; no guest's as a whole. */
    XENPT_NR_ENCRYPTIONS,  /**< How many there are. */
};

/** A word and what it means. */
struct xenpt_encryption_row {
    const char *name; /**< "sev-snp". */
    const char *text; /**< What it is. */
    bool registers;   /**< Of vCPUs as well: nobody but the guest decides what they execute. */
    const char *told; /**< By which a processor tells that it has it, and of which address bits it
                           takes. */
};

/** Name and meaning. */
XENPT_API const struct xenpt_encryption_row *xenpt_encryption_row(enum xenpt_encryption encryption);

/** Who gets at private memory. */
enum xenpt_seer {
    XENPT_SEER_OWN,    /**< The guest itself, as private memory; of an enclave: code inside. */
    XENPT_SEER_SHARED, /**< The guest itself, by a mapping that says it is shared; of an enclave:
                            code outside, the kernel's too. */
    XENPT_SEER_OTHER,  /**< Another guest that has it mapped, dom0 too. */
    XENPT_SEER_XEN,    /**< Xen. */
    XENPT_SEER_DEVICE, /**< A device. */
    XENPT_NR_SEERS,    /**< How many there are. */
};

/** "own", "shared", "other", "xen", "device". */
XENPT_API const char *xenpt_seer_name(enum xenpt_seer seer);

/** What becomes of a write. */
enum xenpt_written {
    XENPT_WRITTEN,         /**< What was written. */
    XENPT_WRITTEN_GARBAGE, /**< What the owner cannot read: it is decrypted by another key. */
    XENPT_WRITTEN_POISON,  /**< The same, and the owner's next read is a machine check. */
    XENPT_WRITTEN_DROPPED, /**< Nothing, silently. */
    XENPT_WRITTEN_FAULT,   /**< A fault. */
};

/** What somebody gets who reads or writes private memory: a row. */
struct xenpt_encryption_rule {
    enum xenpt_sight read;    /**< What a read gives... */
    bool has_value;           /**< ...and, if refused, each byte reads as... */
    uint8_t value;            /**< ...this. */
    enum xenpt_written write; /**< What becomes of a write. */
    uint64_t fault;           /**< FAULT: bits of the #PF error code beside P and W. */
    bool remaps;              /**< Who does can put another frame in its place, unnoticed. */
    const char *text;         /**< How so. */
    const char *source;       /**< The manual's section. */
};

/** Bits of a #PF error code and of EXITINFO1 that say who refused: APM vol. 2, 8.4.2, 15.36.10;
 *  SDM vol. 3, "Page-Fault Exceptions". */
#define XENPT_PF_SGX    (UINT64_C(1) << 15) /**< An enclave's rules. */
#define XENPT_PF_RMP    (UINT64_C(1) << 31) /**< The reverse map table. */
#define XENPT_NPF_ENC   (UINT64_C(1) << 34) /**< The guest said that it is private. */
#define XENPT_NPF_SIZEM (UINT64_C(1) << 35) /**< The page has another size there. */
#define XENPT_NPF_VMPL  (UINT64_C(1) << 36) /**< The privilege level of the guest refuses. */

/** The row. */
XENPT_API const struct xenpt_encryption_rule *
xenpt_encryption_rule(enum xenpt_encryption encryption, enum xenpt_seer seer);

/* --- The reverse map table ------------------------------------------------------------------- */

/** An entry of the reverse map table: one for each frame; APM vol. 2, 15.36.3 to 15.36.7.  How it
 *  lies in memory is not architectural. */
struct xenpt_rmp_entry {
    bool assigned;    /**< It is a guest's... */
    bool validated;   /**< ...which has accepted it, by PVALIDATE. */
    bool large;       /**< It is part of a page of 2 MiB. */
    uint32_t asid;    /**< Which guest's; 0: of firmware. */
    uint64_t gfn;     /**< What that calls it. */
    uint8_t perms[4]; /**< Of each VMPL: bits of #xenpt_rmp_perm. */
    bool immutable;   /**< Firmware has it: nobody but that changes the entry. */
    bool vmsa;        /**< It holds registers of a vCPU, by which VMRUN runs that. */
};

/** Rights that an entry gives a VMPL. */
enum xenpt_rmp_perm {
    XENPT_RMP_R = 1 << 0,  /**< Read. */
    XENPT_RMP_W = 1 << 1,  /**< Write. */
    XENPT_RMP_XU = 1 << 2, /**< Execute in user mode. */
    XENPT_RMP_XS = 1 << 3, /**< Execute in supervisor mode. */
};

/** How a check ended. */
enum xenpt_rmp_verdict {
    XENPT_RMP_OK,           /**< It is allowed. */
    XENPT_RMP_NOT_ASSIGNED, /**< It is no guest's. */
    XENPT_RMP_OTHER_ASID,   /**< It is another guest's. */
    XENPT_RMP_OTHER_GFN,    /**< The guest calls it otherwise. */
    XENPT_RMP_IMMUTABLE,    /**< Firmware has it. */
    XENPT_RMP_SIZE,         /**< It has another size. */
    XENPT_RMP_NOT_VALID,    /**< The guest has not accepted it: a VC exception, in the guest. */
    XENPT_RMP_VMPL,         /**< Its VMPL has no such right. */
    XENPT_RMP_GUEST_PAGE,   /**< It is a guest's: who writes is not, or said that it is shared. */
    XENPT_RMP_NOT_VMSA,     /**< VMRUN: it holds no registers. */
    XENPT_NR_RMP_VERDICTS,  /**< How many there are. */
};

/** Name of a verdict: "other-gfn". */
XENPT_API const char *xenpt_rmp_verdict_name(enum xenpt_rmp_verdict verdict);

/** An access that is checked. */
struct xenpt_rmp_access {
    uint32_t asid;     /**< Of the guest; 0: the host's own, which writes alone are checked of. */
    uint64_t gfn;      /**< A guest's: what it calls the frame... */
    bool is_private;   /**< ...and by the C bit of its own entry it is private. */
    bool large;        /**< The page of the (nested) table is larger than 4 KiB. */
    unsigned int vmpl; /**< 0 to 3. */
    unsigned int need; /**< One of #xenpt_rmp_perm. */
};

/** Error code of the #VC of a page that is not accepted: PAGE_NOT_VALIDATED. */
#define XENPT_VC_NOT_VALIDATED UINT64_C(0x404)

/**
 * Checks what a walk has led to: APM vol. 2, 15.36.10, "RMP and VMPL Access Checks", in its order;
 * and each table of a guest's that it has read on the way, which is private, whatever an entry
 * says.
 *
 * Model: that an entry is in use by another processor, which lets an access fail for once, is not
 * modelled; nor are shadow stacks of a VMPL.  All memory is covered by the table.
 * @param code  Set to the bits that the fault has beside those of a walk: of #PF for the host, of
 *              EXITINFO1 for a guest; of #XENPT_RMP_NOT_VALID to the code of the #VC; else to 0.
 */
XENPT_API enum xenpt_rmp_verdict xenpt_rmp_check(const struct xenpt_rmp_entry *entry,
                                                 const struct xenpt_rmp_access *access,
                                                 uint64_t *code);
/** Checks the page of registers with which a guest is run: APM vol. 2, table 15-41, "VMRUN Page
 *  Checks"; what fails is #VMEXIT(VMEXIT_INVALID).  Of the access asid and gfn count. */
XENPT_API enum xenpt_rmp_verdict xenpt_rmp_check_vmsa(const struct xenpt_rmp_entry *entry,
                                                      const struct xenpt_rmp_access *access);

/** What becomes of an entry by RMPUPDATE, which the host executes. */
struct xenpt_rmp_update {
    bool assigned;   /**< It is to be a guest's: */
    uint32_t domain; /**< this domain's... */
    uint64_t gfn;    /**< ...there; a page of 4 KiB. */
};

/**
 * RMPUPDATE of a frame of a domain's under SEV-SNP: whatever it is to be, it is not accepted any
 * more, holds no registers, and VMPL0 alone has rights to it; APM vol. 2, 15.36.5 to 15.36.7.
 * @return #XENPT_EUNSUPPORTED: the frame is of no such domain, or is to be another's that is none.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_rmp_update(struct xenpt_machine *machine, xenpt_mfn_t frame,
                         const struct xenpt_rmp_update *update, struct xenpt_error *err);
/**
 * PVALIDATE of a guest under SEV-SNP: it accepts what it has at a frame of its, or does so no more;
 * APM vol. 2, 15.36.6.
 * @param ret  Why it was not done: the check that failed, #VMEXIT(NPF); or #XENPT_RMP_OK.
 * @return #XENPT_EUNSUPPORTED: it is no such domain.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_machine_pvalidate(struct xenpt_machine *machine, uint32_t domain, uint64_t gfn,
                        bool validated, enum xenpt_rmp_verdict *ret, struct xenpt_error *err);

/* --- Page tables ----------------------------------------------------------------------------- */

/** Bits of addresses that the host has less while memory is encrypted. */
#define XENPT_ENCRYPTED_FEWER_BITS 5u

/**
 * Makes a bit of a guest's entries the C bit: it is none of the address and not reserved, so that
 * the second stage does not see it.  APM vol. 2, 15.34.6: a guest has one address bit less if the C
 * bit is one, and as many as the second stage has otherwise, whatever the host has lost.
 */
XENPT_API void xenpt_paging_set_c_bit(struct xenpt_paging *paging, unsigned int bit);

/* --- Machines -------------------------------------------------------------------------------- */

/** What encrypts a domain's memory. */
XENPT_API enum xenpt_encryption xenpt_machine_encryption(const struct xenpt_machine *machine,
                                                         uint32_t domain);
/** The same of who owns a frame; *domain: its number, if it is a domain's. */
XENPT_API enum xenpt_encryption xenpt_machine_encrypts(const struct xenpt_machine *machine,
                                                       xenpt_mfn_t frame, uint32_t *domain);
/** Who a context is to the memory of a domain. */
XENPT_API enum xenpt_seer xenpt_machine_seer(const struct xenpt_machine *machine,
                                             const struct xenpt_context *context,
                                             enum xenpt_executor by, uint32_t domain);
/**
 * What a read by a context gives of an owner's memory; a xenpt_expose_options::sight.
 * @param machine  A struct xenpt_machine.
 * @param owner    Number in what xenpt_machine_owners() gave.
 */
XENPT_API enum xenpt_sight xenpt_machine_sight(void *machine, const struct xenpt_context *context,
                                               enum xenpt_executor by, uint32_t owner);
/** What of a xenpt_expose_options::denies is refused: writes that fault, or are dropped. */
XENPT_API unsigned int xenpt_machine_denies(void *machine, const struct xenpt_context *context,
                                            enum xenpt_executor by, uint32_t owner);
/** The entry of the reverse map table for a frame: guests have accepted all that was theirs when
 * they were built; under no SEV-SNP: nobody's. */
XENPT_API struct xenpt_rmp_entry xenpt_machine_rmp(const struct xenpt_machine *machine,
                                                   xenpt_mfn_t frame);

#ifdef __cplusplus
}
#endif

#endif
