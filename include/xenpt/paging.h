/**
 * @file paging.h
 * How a paging format is described, and the walk that follows it.
 *
 * A paging question has two halves: is there a translation, and does it permit this access?
 * xenpt_walk() answers the first and leaves a record; judge.h weighs the record.  A format is
 * a const table, true of the architecture; #xenpt_paging is that table narrowed to one
 * processor and one set of control registers.  After that nothing asks about features.
 */
#ifndef XENPT_PAGING_H
#define XENPT_PAGING_H

#include "xenpt/cpu.h"
#include "xenpt/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The deepest format: 5-level paging, and EPT with a page-walk length of 5. */
#define XENPT_TOP_MAX 5

/** Rights, in one vocabulary for every format. */
enum xenpt_right {
    XENPT_R,         /**< Data can be read. */
    XENPT_W,         /**< Data can be written (supervisor: with CR0.WP). */
    XENPT_XS,        /**< Instructions can be fetched in supervisor mode. */
    XENPT_XU,        /**< Instructions can be fetched in user mode. */
    XENPT_U,         /**< The address is a user-mode address. */
    XENPT_NR_RIGHTS, /**< How many rights there are. */
};

/** Where a format keeps what its leaf says of cacheability. */
enum xenpt_cacheability {
    XENPT_CACHE_PAT,   /**< PWT, PCD and PAT index IA32_PAT. */
    XENPT_CACHE_EPT,   /**< Bits 5:3 are a memory type, bit 6 ignores the guest's PAT. */
    XENPT_CACHE_IOMMU, /**< It states none: devices snoop. */
    XENPT_CACHE_VTD,   /**< The same, of Intel's IOMMUs. */
};

/**
 * One level of a format.  Levels are numbered as in Xen: L1 maps 4 KiB, and the number rises
 * towards the root.
 */
struct xenpt_level {
    const char *name;    /**< The manual's name for an entry: "PDPTE". */
    uint8_t shift;       /**< Lowest bit of the input address that picks a slot... */
    uint8_t bits;        /**< ...and how many bits do. */
    uint64_t page_if;    /**< Any of these set: the entry maps a page. */
    uint64_t rsvd_table; /**< Must be 0 in an entry that points at a table. */
    uint64_t rsvd_page;  /**< Must be 0 in an entry that maps a page. */
    uint64_t silent;     /**< Rights and A bits this level lacks, so cannot withhold. */
    uint64_t pat;        /**< The PAT bit of an entry that maps a page. */
    /** PSE-36: address bits above the entry's width, kept low in it. */
    struct {
        uint8_t from; /**< Where in the entry. */
        uint8_t bits; /**< How many. */
        uint8_t to;   /**< Where in the address. */
    } fold;
    bool in_register; /**< Read when CR3 is loaded, not by a walk: PAE's PDPTEs. */
};

/** A paging format, as its manual defines it. */
struct xenpt_format {
    const char *name;                /**< "4-level", "EPT", ... */
    uint8_t top;                     /**< Level of the root table; 0: input is output. */
    uint8_t entry_size;              /**< In bytes: 4 or 8. */
    uint8_t input_bits;              /**< Width of an input address. */
    bool sign_extended;              /**< Input must be canonical; else it must just fit. */
    bool second_stage;               /**< Input is guest-physical: EPT, NPT. */
    uint64_t present;                /**< An entry exists if any of these is set. */
    uint64_t address;                /**< Where an entry keeps the address it leads to. */
    uint64_t inverted;               /**< Rights bits that grant when clear: NX. */
    uint64_t right[XENPT_NR_RIGHTS]; /**< Bits that must all grant; 0: always held. */
    uint64_t accessed;               /**< Set in each entry used; 0: not kept. */
    uint64_t dirty;                  /**< Set in a leaf that is written through. */
    uint64_t pkey;                   /**< Protection key of a leaf. */
    enum xenpt_cacheability cache;   /**< How a leaf states its memory type. */
    uint64_t dependent;              /**< Rights that are illegal... */
    uint64_t upon;                   /**< ...without this one: EPT's W without R. */
    uint8_t bad_types;               /**< Bit t set: a leaf with memory type t is illegal. */
    struct xenpt_level level[XENPT_TOP_MAX + 1]; /**< Index: level number; [0] unused. */
};

/** The formats.  Data; a new one is a new table, with no new loop. */
enum xenpt_format_id {
    XENPT_UNPAGED,    /**< CR0.PG = 0: the address is the address. */
    XENPT_2LEVEL,     /**< 32-bit paging. */
    XENPT_PAE,        /**< PAE paging. */
    XENPT_4LEVEL,     /**< 4-level paging. */
    XENPT_5LEVEL,     /**< 5-level paging. */
    XENPT_EPT4,       /**< EPT, page-walk length 4. */
    XENPT_EPT5,       /**< EPT, page-walk length 5. */
    XENPT_NPT2,       /**< AMD nested paging by a host in 32-bit paging. */
    XENPT_NPT_PAE,    /**< ... in PAE paging. */
    XENPT_NPT4,       /**< ... in 4-level paging. */
    XENPT_NPT5,       /**< ... in 5-level paging. */
    XENPT_IOMMU3,     /**< AMD IOMMU, mode 3: tables of devices. */
    XENPT_IOMMU4,     /**< AMD IOMMU, mode 4. */
    XENPT_VTD3,       /**< Intel VT-d, second stage of 3 levels: tables of devices. */
    XENPT_VTD4,       /**< ...of 4 levels. */
    XENPT_NR_FORMATS, /**< How many there are. */
};

/** The table of a format, before any narrowing. */
XENPT_API const struct xenpt_format *xenpt_format(enum xenpt_format_id id);

/**
 * What must hold of a table for xenpt_walk() to be right.
 * @return NULL: all of it does; else the rule that is broken.
 */
XENPT_API const char *xenpt_format_check(const struct xenpt_format *f);

/** One named bit or field of an entry. */
struct xenpt_flag {
    const char *name; /**< "RW", or "MT" for a field. */
    uint64_t mask;    /**< Its bits in the entry. */
    bool field;       /**< Shown with its value: "MT=6". */
    bool extra;       /**< Not part of the stable list of JSON flags. */
};

/** Space that any list of flags fits in, its end included. */
#define XENPT_FLAGS_MAX 160

/**
 * Names the flags that are set in an entry, from low bit to high.
 * @param level  Level of the table that holds @p entry.
 * @param extra  Also name bits that software owns and protection keys.
 * @param ret    Room for @p max flags.
 * @return How many were written.
 */
XENPT_API size_t xenpt_entry_flags(const struct xenpt_format *f, unsigned int level, uint64_t entry,
                                   bool extra, const struct xenpt_flag **ret, size_t max);

/** The same as words with one blank between: "P RW US A". @return @p buf. */
XENPT_API const char *xenpt_entry_words(const struct xenpt_format *f, unsigned int level,
                                        uint64_t entry, bool extra, char buf[XENPT_FLAGS_MAX]);

/** What an entry is. */
enum xenpt_role {
    XENPT_HOLE,      /**< Not present. */
    XENPT_TABLE,     /**< Leads to a table of the next lower level. */
    XENPT_PAGE,      /**< Maps a page. */
    XENPT_MALFORMED, /**< Present, but not legal: a reserved bit, an EPT misconfiguration. */
};

/** A format narrowed to one processor and its registers, and the root it starts from. */
struct xenpt_paging {
    enum xenpt_format_id id;    /**< Which table it was narrowed from. */
    struct xenpt_format format; /**< That table, narrowed. */
    uint64_t root;              /**< Address of the root table. */
    struct xenpt_regs regs;     /**< The registers it was made from (second stage: host's). */
    struct xenpt_cpu cpu;       /**< The processor it was made for. */
    uint16_t pcid;              /**< Of CR3; 0 without PCIDE. */
    uint8_t eptp_memory_type;   /**< Of EPTP: 0 UC, 6 WB. */
    bool eptp_sss;              /**< EPTP bit 7: supervisor shadow-stack rights enforced. */
    /**
     * Derived: proofs of an entry's role without looking further, which say nothing where
     * they fail.  Most entries of a real tree are proved by one.
     */
    struct {
        uint64_t not_table; /**< An entry that exists and has none of these points at a
                                 table; at any level above L1 whose entries state rights. */
        struct {
            uint64_t mask, value;  /**< entry & mask == value: it maps a page... */
        } page[XENPT_TOP_MAX + 1]; /**< ...at this level. */
    } plain;
};

/**
 * Narrows the format that @p regs select - unpaged, 2-level, PAE, 4-level or 5-level - to
 * @p cpu, and decodes CR3.
 * @return #XENPT_ESTATE with the reason where hardware would refuse these registers,
 *         #XENPT_ERANGE if @p cpu itself is impossible.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_paging_init(struct xenpt_paging *ret,
                                                        const struct xenpt_cpu *cpu,
                                                        const struct xenpt_regs *regs,
                                                        struct xenpt_error *err);

/** Narrows EPT to @p cpu, for the tables that @p eptp names; see xenpt_decode_eptp(). */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_paging_init_ept(struct xenpt_paging *ret,
                                                            const struct xenpt_cpu *cpu,
                                                            uint64_t eptp, struct xenpt_error *err);

/**
 * Narrows nested paging to @p cpu: the host's own format, read as the second stage.
 * @param host  The host's registers at VMRUN; their CR0, CR4 and EFER choose the format.
 *              The cr3 member is not read.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_paging_init_npt(struct xenpt_paging *ret,
                                                            const struct xenpt_cpu *cpu,
                                                            const struct xenpt_regs *host,
                                                            uint64_t ncr3, struct xenpt_error *err);

/**
 * What a device reaches through an AMD IOMMU.
 * @param mode  How many levels the device table entry says: 3 or 4.
 * @param root  Address of the root table.
 * @return #XENPT_EUNSUPPORTED for another mode; #XENPT_ERANGE for a processor that cannot be.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_paging_init_iommu(struct xenpt_paging *ret,
                                                              const struct xenpt_cpu *cpu,
                                                              unsigned int mode, uint64_t root,
                                                              struct xenpt_error *err);

/**
 * What a device reaches through an Intel IOMMU, by second-stage tables; in legacy mode.
 * @param cpu     Its width of addresses is the host's.
 * @param levels  How many levels the context entry says: 3 or 4.
 * @param root    Address of the root table; that of an EPT as well.
 * @return #XENPT_EUNSUPPORTED for other levels; #XENPT_ERANGE for a processor that cannot be.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_paging_init_vtd(struct xenpt_paging *ret,
                                                            const struct xenpt_cpu *cpu,
                                                            unsigned int levels, uint64_t root,
                                                            struct xenpt_error *err);

/** Whether a format is one that devices' accesses are translated by. */
XENPT_API bool xenpt_format_is_device(const struct xenpt_format *f);

/** How a walk ended. */
enum xenpt_outcome {
    XENPT_MAPPED,        /**< There is a translation. */
    XENPT_NOT_PRESENT,   /**< An entry does not exist. */
    XENPT_RESERVED,      /**< An entry exists, but is not a legal one. */
    XENPT_NON_CANONICAL, /**< The input is no virtual address of this format. */
    XENPT_TOO_WIDE,      /**< The input has bits above the format's width. */
    XENPT_NO_MEMORY,     /**< A table lies where there is no memory. */
    XENPT_SECOND_STAGE,  /**< The second stage refused the address of a table. */
    XENPT_NR_OUTCOMES,   /**< How many outcomes there are. */
};

/** "mapped", "not-present", "reserved", "non-canonical", "too-wide", "no-memory", "second-stage".
 */
XENPT_API const char *xenpt_outcome_name(enum xenpt_outcome outcome);

/** One entry that a walk read. */
struct xenpt_step {
    uint64_t at;          /**< Address of the entry, in the space tables live in... */
    uint64_t entry;       /**< ...and what it held. */
    uint8_t level;        /**< Of the table it lies in. */
    enum xenpt_role role; /**< What it is. */
};

/** The record of a walk: enough to judge, explain or draw it, with no second reading. */
struct xenpt_walk {
    uint64_t in;                /**< The address asked about. */
    uint64_t out;               /**< Where it leads; valid if MAPPED, else 0. */
    uint64_t span;              /**< Bytes of input, a power of two, that the last entry
                                     speaks for; 0 if it read none. */
    uint64_t granted;           /**< Entry bits that every level grants, NX turned round. */
    enum xenpt_outcome outcome; /**< How it ended. */
    unsigned int rights;        /**< Bit r set: enum xenpt_right r is held; if MAPPED. */
    unsigned int references;    /**< Entries read from memory (PAE's PDPTEs are not). */
    unsigned int nr_steps;      /**< Of @ref step, root first. */
    struct xenpt_step step[XENPT_TOP_MAX]; /**< The entries. */
};

/**
 * Follows one address through one tree.  Every input has an outcome; a walk that finds no
 * translation is an answer, not an error.
 *
 * Model: PAE's four PDPTEs are read from memory at each walk, as if CR3 had just been loaded.
 * Intel processors read them at MOV to CR3 and keep them in registers (SDM vol. 3, "PDPTE
 * Registers"); a table changed without reloading CR3 can therefore differ on silicon.  A
 * reserved bit in one, which MOV to CR3 answers with #GP, ends the walk as RESERVED.
 *
 * @param in   Virtual address, or guest-physical one for a second stage.
 * @param ret  The record.
 * @return ret->outcome.
 */
XENPT_API enum xenpt_outcome xenpt_walk(const struct xenpt_paging *pg,
                                        const struct xenpt_reader *mem, uint64_t in,
                                        struct xenpt_walk *ret);

/** The rights that the bits in xenpt_walk::granted amount to; bit r: enum xenpt_right r. */
XENPT_API unsigned int xenpt_rights(const struct xenpt_paging *pg, uint64_t granted);

/** What an entry is, at @p level of this paging. */
XENPT_API enum xenpt_role xenpt_entry_role(const struct xenpt_paging *pg, unsigned int level,
                                           uint64_t entry);

/** Where a present entry leads: its table, or the first byte of its page. */
XENPT_API uint64_t xenpt_entry_target(const struct xenpt_paging *pg, unsigned int level,
                                      uint64_t entry);

/** The bits that make a present entry illegal; 0 if it is legal. */
XENPT_API uint64_t xenpt_entry_offence(const struct xenpt_paging *pg, unsigned int level,
                                       uint64_t entry);

/** The slot of a table at @p level that @p in falls into. */
XENPT_API unsigned int xenpt_slot(const struct xenpt_format *f, unsigned int level, uint64_t in);

/** "4K", "2M", "4M", "1G": the size of a page mapped at @p level. */
XENPT_API const char *xenpt_page_name(const struct xenpt_format *f, unsigned int level);

#ifdef __cplusplus
}
#endif

#endif
