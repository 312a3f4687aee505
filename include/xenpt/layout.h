/**
 * @file layout.h
 * Layouts: where a release of Xen, or Linux, puts what in its address space.
 *
 * A layout is data: a YAML file for each range of releases, compiled into the library, or read
 * from a path.  Nothing else here knows an address of Xen.  It is a list of *areas*; each says
 * which bytes it takes, which kinds of root carry it, what fills it, who shares the tables
 * below it, and with which flags entries are written.  The areas that are inside of no other
 * share out the slots of the root table; the slots themselves are derived.
 *
 * docs/layouts.md tells how a file is written.
 */
#ifndef XENPT_LAYOUT_H
#define XENPT_LAYOUT_H

#include "xenpt/error.h"
#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A word of a layout file, and what it means.  Rows, so that documents say the same. */
struct xenpt_word {
    const char *name; /**< As a file has it: "pv64-kernel". */
    const char *text; /**< In a sentence. */
};

/** What a root table is for.  An area says which of these carry it. */
enum xenpt_root_kind {
    XENPT_ROOT_IDLE,         /**< Xen's own table, which idle CPUs run on. */
    XENPT_ROOT_PV64_KERNEL,  /**< A 64-bit PV guest's L4, for its kernel. */
    XENPT_ROOT_PV64_USER,    /**< The same, for its user mode. */
    XENPT_ROOT_PV64_SHADOW,  /**< Xen's shadow of either. */
    XENPT_ROOT_PV32,         /**< Xen's L4 of a vCPU of a 32-bit PV guest. */
    XENPT_ROOT_XPTI,         /**< A CPU's own, while a 64-bit PV guest executes under XPTI. */
    XENPT_ROOT_HAP,          /**< Monitor table of an HVM or PVH vCPU under HAP. */
    XENPT_ROOT_SHADOW,       /**< The same under shadow paging. */
    XENPT_ROOT_LINUX_KERNEL, /**< Linux: a process, in kernel mode. */
    XENPT_ROOT_LINUX_USER,   /**< Linux: the same in user mode, with page-table isolation. */
    XENPT_NR_ROOT_KINDS,     /**< How many there are. */
};

/** Name and meaning of a kind of root. */
XENPT_API const struct xenpt_word *xenpt_root_kind_word(enum xenpt_root_kind kind);

/** Room for any list of kinds of root. */
#define XENPT_ROOT_KINDS_TEXT_MAX 128
/** Kinds of root as a file would have them, groups first: "xen xpti". @return @p buf. */
XENPT_API const char *xenpt_root_kinds_text(unsigned int kinds,
                                            char buf[XENPT_ROOT_KINDS_TEXT_MAX]);

/** What must be so for an area, or a part, to be there.  Facts of a build, a host or a CPU. */
enum xenpt_condition {
    XENPT_IF_PV32,         /**< Xen is built with 32-bit PV. */
    XENPT_IF_DEBUG,        /**< A debug build. */
    XENPT_IF_HYPERV_GUEST, /**< Built to run on Hyper-V, and it does. */
    XENPT_IF_SUPERPAGES,   /**< `allowsuperpage` on Xen's command line. */
    XENPT_IF_MMCFG,        /**< The host has PCI configuration space in memory. */
    XENPT_IF_HIGH_RAM,     /**< RAM above what the directmap of a PV root reaches. */
    XENPT_IF_RAN_PV,       /**< The CPU has run a 64-bit PV vCPU. */
    XENPT_IF_M2P_STRICT,   /**< The guest asked for m2p_strict. */
    XENPT_IF_PAE_GUEST,    /**< The guest under shadow paging has fewer than 4 levels. */
    XENPT_IF_PTI,          /**< Linux isolates its page tables. */
    XENPT_IF_KASAN,        /**< Linux is built with KASAN. */
    XENPT_NR_CONDITIONS,   /**< How many there are. */
};

/** Name and meaning of a condition. */
XENPT_API const struct xenpt_word *xenpt_condition_word(enum xenpt_condition condition);

/** What decides which addresses of an area are mapped, and to what. */
enum xenpt_fill {
    XENPT_FILL_NONE,       /**< Nothing is: it is reserved, or unused. */
    XENPT_FILL_GUEST,      /**< The guest, or a program, maps what it likes. */
    XENPT_FILL_RAM,        /**< Each byte of RAM, at its machine address from the first on. */
    XENPT_FILL_M2P,        /**< An entry for each frame of RAM: machine to guest's frame. */
    XENPT_FILL_FRAMETABLE, /**< A record for each frame of RAM: struct page_info. */
    XENPT_FILL_MMCFG,      /**< PCI configuration space, a segment after the other. */
    XENPT_FILL_SELF,       /**< The root table itself: its slot is a linear page table. */
    XENPT_FILL_SHADOW,     /**< The shadow in use, in the same way. */
    XENPT_FILL_DOMAIN,     /**< Pages of the domain: what is inside says which. */
    XENPT_FILL_MIRROR,     /**< What another area has: one entry stands in both slots. */
    XENPT_FILL_IMAGE,      /**< The hypervisor's, or the kernel's, image. */
    XENPT_FILL_DEMAND,     /**< Whatever code asks to have mapped. */
    XENPT_FILL_FIXED,      /**< Pages whose place is fixed: the parts say which. */
    XENPT_FILL_INSIDE,     /**< Only what the areas inside of it say. */
    XENPT_NR_FILLS,        /**< How many there are. */
};

/** Name and meaning of a way to fill an area. */
XENPT_API const struct xenpt_word *xenpt_fill_word(enum xenpt_fill fill);

/** Whose the tables below the root's entry are: who else has the same ones. */
enum xenpt_sharing {
    XENPT_SHARED_UNSTATED, /**< The layout does not say. */
    XENPT_SHARED_MACHINE,  /**< One for the machine: all roots that carry it lead to it. */
    XENPT_SHARED_DOMAIN,   /**< One for each domain, of all its vCPUs. */
    XENPT_SHARED_ROOT,     /**< One for each root. */
    XENPT_SHARED_CPU,      /**< One for each physical CPU. */
    XENPT_SHARED_XPTI,     /**< One for the XPTI roots of all CPUs. */
    XENPT_SHARED_GUEST,    /**< The guest's own; it decides. */
    XENPT_NR_SHARINGS,     /**< How many there are. */
};

/** Name and meaning of a way to share. */
XENPT_API const struct xenpt_word *xenpt_sharing_word(enum xenpt_sharing sharing);

/** What an area, or a part of one, is repeated for. */
enum xenpt_each {
    XENPT_EACH_ONCE, /**< It is not. */
    XENPT_EACH_VCPU, /**< Each vCPU of the domain. */
    XENPT_EACH_CPU,  /**< Each physical CPU. */
    XENPT_NR_EACH,   /**< How many there are. */
};

/** Name and meaning of what an area is repeated for. */
XENPT_API const struct xenpt_word *xenpt_each_word(enum xenpt_each each);

/**
 * A stretch of an area that differs from the rest of it, or that has a name.  Offsets count
 * from the area's first byte, or in an area with repetitions from each one's.
 */
struct xenpt_part {
    const char *name;   /**< "ldt"; its own within the area. */
    const char *use;    /**< In words. */
    bool placed;        /**< It has a place; else code knows it. */
    uint64_t first;     /**< Offset of its first byte; valid if @ref placed. */
    uint64_t last;      /**< Offset of its last byte; valid if @ref placed. */
    uint64_t leaf;      /**< Flags of the entries that map it, without PS; 0: not mapped. */
    unsigned int pages; /**< Bit l: a page at level l may map it. */
    unsigned int kinds; /**< Bit k: where enum xenpt_root_kind k carries the area. */
    unsigned int when;  /**< Conditions, as xenpt_area::when. */
    bool whole;         /**< All of it is mapped, whether there is RAM or not. */
    unsigned int count; /**< Pages that are mapped, if that is fixed; 0: it is not. */
    const char *source; /**< Where this is known from. */
};

/** How an area differs in one kind of root. */
struct xenpt_exception {
    enum xenpt_root_kind kind;  /**< Which. */
    uint64_t last;              /**< Last byte there. */
    uint64_t table;             /**< Flags of the root's entries there; 0: not stated. */
    enum xenpt_sharing sharing; /**< Of what is below. */
    unsigned int when;          /**< Conditions, as xenpt_area::when. */
};

/** A range of addresses, and everything that holds for it. */
struct xenpt_area {
    const char *name;                  /**< "directmap"; unique in the layout. */
    const char *use;                   /**< In words. */
    const char *source;                /**< File and release that this was read from, or NULL. */
    uint64_t first;                    /**< Address of its first byte. */
    uint64_t last;                     /**< Address of its last byte. */
    const struct xenpt_area *inside;   /**< The area around it, or NULL. */
    unsigned int kinds;                /**< Bit k: enum xenpt_root_kind k carries it. */
    unsigned int when;                 /**< Bit c: it is there if enum xenpt_condition c holds;
                                            any of several suffices; 0: always. */
    enum xenpt_fill fill;              /**< What fills it. */
    const struct xenpt_area *mirrors;  /**< #XENPT_FILL_MIRROR: of what; else NULL. */
    enum xenpt_sharing sharing;        /**< Whose the tables are. */
    uint64_t table[XENPT_TOP_MAX + 1]; /**< Index: level. Flags of entries that lead to tables,
                                            as Xen writes them; 0: not stated. */
    uint64_t leaf;                     /**< Flags of entries that map pages, without PS. */
    unsigned int pages;                /**< Bit l: pages at level l are used, the largest that
                                            alignment and length allow. */
    uint32_t entry_size;               /**< Bytes for each frame (M2P, frametable); else 0. */
    struct {
        enum xenpt_each each; /**< For what; #XENPT_EACH_ONCE: it is one. */
        uint64_t stride;      /**< Bytes from one to the next. */
        bool down;            /**< Number 0 is at the end, and others go down. */
    } repeat;                 /**< It consists of equal pieces. */
    uint64_t boot_tables;     /**< Bytes from the first on that have tables down to level 2 before
                                   anything is mapped; 0: none. */
    uint32_t boot_pages;      /**< 4K pages mapped from the start of the machine on,
                                   wherever they are; 0: not fixed. */
    const struct xenpt_part *parts;    /**< Stretches of it, in the order of the file. */
    size_t nr_parts;                   /**< Of @ref parts. */
    const struct xenpt_exception *but; /**< How it differs in some roots. */
    size_t nr_but;                     /**< Of @ref but. */
};

/** A release: 4.17 or 4.8.3. */
struct xenpt_release {
    uint16_t major; /**< 4; 0: none. */
    uint16_t minor; /**< 17. */
    uint16_t patch; /**< Third number; 0 if it was not written. */
};

/**
 * Where the sections of an image end, as offsets from the first byte of the area that it is in.
 * They are a build's own.
 */
struct xenpt_image_sections {
    uint64_t text_end;    /**< Text begins where the image does. */
    uint64_t rodata_end;  /**< Read-only data follow text. */
    uint64_t data_first;  /**< Data and .bss... */
    uint64_t data_end;    /**< ...and where the image ends. */
    uint64_t hole_first;  /**< Where there is a hole in .bss: its first byte. */
    uint64_t boot_idt;    /**< The boot CPU's IDT... */
    uint64_t boot_tss;    /**< ...its TSS... */
    uint64_t boot_stack;  /**< ...and, where that is in the image, its stack. */
    uint64_t entry_first; /**< Entry code in .text; 0: where the layout's xpti has it. */
};

/** Where a hypervisor's image is, and how it is mapped. */
struct xenpt_layout_image {
    uint64_t start; /**< Offset of its first byte in the area of the image. */
    uint64_t align; /**< Alignment of its machine address. */
    uint64_t below; /**< It is relocated to below this machine address; 0: it is not. */
    bool sections;  /**< Sections have rights of their own; else all is writable code. */
    uint64_t hole;  /**< Bytes in .bss that are freed, and not mapped, after boot; 0: none. */
    struct xenpt_image_sections typical; /**< Of a release build that was looked at. */
    /** Where the bitmap page of livepatch's part of the VA allocator follows the image. */
    enum xenpt_livepatch {
        XENPT_LIVEPATCH_NONE,    /**< It does not. */
        XENPT_LIVEPATCH_ROUNDED, /**< At the image's end, rounded up to 2 MiB. */
        XENPT_LIVEPATCH_END,     /**< In the first page after the image. */
        XENPT_NR_LIVEPATCH,      /**< How many there are. */
    } livepatch;                 /**< One of these. */
};

/** The stack of a CPU. */
struct xenpt_layout_stack {
    uint32_t pages;      /**< 4K pages of one; it is aligned to its size. */
    uint32_t guards;     /**< Bit p: page p is a guard or a shadow stack. */
    uint64_t guard_leaf; /**< Flags of their directmap entries; 0: they are not mapped. */
    bool boot_in_image;  /**< The boot CPU's is in the image; else on the heap as others'. */
};

/** What an XPTI root holds of Xen, besides whole slots. */
struct xenpt_layout_xpti {
    struct xenpt_release since; /**< First release with it; all 0: there is none. */
    uint32_t text_pages;        /**< 4K pages of entry code. */
    bool text_at_end;           /**< They end the text; else they begin @ref text_offset in. */
    uint64_t text_offset;       /**< From the image's first byte to them. */
    uint64_t table;             /**< Flags of entries that lead to tables of its own. */
    bool guards;                /**< Guard pages of the stack are cloned as well. */
    uint64_t drops;             /**< Flags that entries lose when they are cloned. */
};

/** A range of releases, and its address space. */
struct xenpt_layout {
    const char *name;                  /**< "xen-4.17". */
    const char *variant;               /**< "bigmem", or NULL: the usual build. */
    const char *system;                /**< "xen" or "linux". */
    const char *text;                  /**< What is particular to it, in words. */
    const char *source;                /**< Where it is from. */
    const char *observed;              /**< Releases whose memory was looked at, or NULL. */
    struct xenpt_release first, last;  /**< The releases; last.major 0: and all later ones. */
    uint32_t levels;                   /**< Of paging: 4 or 5. */
    const struct xenpt_area *areas;    /**< By first byte; what is inside follows what is around. */
    size_t nr_areas;                   /**< Of @ref areas. */
    struct xenpt_layout_image image;   /**< The image. */
    struct xenpt_layout_stack stack;   /**< The stacks. */
    struct xenpt_layout_xpti xpti;     /**< What XPTI leaves. */
    uint32_t page_type_bits;           /**< Bits of the type in page_info's type_info. */
    uint32_t max_vcpus;                /**< Of a domain: what the per-domain area has room for. */
    bool pvh_dom0;                     /**< A PVH dom0 boots. */
    const struct xenpt_word *variants; /**< Variants that the file has. */
    size_t nr_variants;                /**< Of @ref variants. */
};

/** A layout that the library has, without its areas. */
struct xenpt_layout_name {
    const char *name; /**< "xen-4.17". */
    const char *file; /**< The file it was compiled from: "xen-4.17.yaml". */
};

/** The layouts that are compiled in, by number, oldest first; NULL: there are no more. */
XENPT_API const struct xenpt_layout_name *xenpt_layout_name(size_t i);

/**
 * Opens a layout that is compiled in.  Close it with xenpt_layout_close().
 *
 * @param name     "xen-4.17", or a release of Xen: "4.17", "4.17.3".  ":bigmem" behind it asks
 *                 for that variant.
 * @return #XENPT_EPARSE for a name that there is not; the error lists names, and the nearest.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_layout_open(const char *name, struct xenpt_layout **ret,
                                                        struct xenpt_error *err);

/**
 * Reads a layout from a file.  A file whose `from` names a layout that is compiled in says only
 * what differs from that one.  Close the layout with xenpt_layout_close().
 *
 * @param variant  Which variant, or NULL.
 * @param fn       Gets every mistake of the file; may be NULL.
 * @param err      The first of them.
 * @return #XENPT_EPARSE, #XENPT_ERANGE or #XENPT_ESTATE if there are mistakes, #XENPT_EIO if it
 *         cannot be read.  The file is checked as xenpt_layout_check() does.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_layout_read(const char *path, const char *variant,
                                                        xenpt_mistake_fn fn, void *ctx,
                                                        struct xenpt_layout **ret,
                                                        struct xenpt_error *err);

/** The same, of @p n bytes that are in memory; @p file is what mistakes call them. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_layout_parse(const char *file, const char *bytes,
                                                         size_t n, const char *variant,
                                                         xenpt_mistake_fn fn, void *ctx,
                                                         struct xenpt_layout **ret,
                                                         struct xenpt_error *err);

/** Frees a layout; its areas and names go with it.  NULL is fine. */
XENPT_API void xenpt_layout_close(struct xenpt_layout *layout);

/** Whether a layout is one for this release. */
XENPT_API bool xenpt_layout_covers(const struct xenpt_layout *layout, struct xenpt_release release);

/** Reads "4.17" or "4.17.3".  @return False: it is neither. */
XENPT_API bool xenpt_release_parse(const char *text, struct xenpt_release *ret);

/* --- Asking one ------------------------------------------------------------------------------ */

/** The area of that name, or NULL. */
XENPT_API const struct xenpt_area *xenpt_layout_area(const struct xenpt_layout *layout,
                                                     const char *name);

/** The first area that is filled in this way, or NULL: the directmap is #XENPT_FILL_RAM. */
XENPT_API const struct xenpt_area *xenpt_layout_filled(const struct xenpt_layout *layout,
                                                       enum xenpt_fill fill);

/** The part of that name, or NULL. */
XENPT_API const struct xenpt_part *xenpt_area_part(const struct xenpt_area *area, const char *name);

/** What is known of the machine: bit c set if enum xenpt_condition c holds. */
typedef unsigned int xenpt_conditions;

/** Whether something that depends on @p when is there: any of its conditions, or none asked. */
static inline bool xenpt_holds(unsigned int when, xenpt_conditions conditions)
{
    return !when || (when & conditions);
}

/** An area as one kind of root has it. */
struct xenpt_extent {
    const struct xenpt_area *area; /**< Which. */
    uint64_t first;                /**< Its first byte there. */
    uint64_t last;                 /**< Its last byte there. */
    uint64_t table;                /**< Flags of the root's entries; 0: not stated. */
    enum xenpt_sharing sharing;    /**< Whose the tables below are. */
};

/**
 * How a kind of root has an area.
 * @return False: it does not, under these conditions, or what is around it is not there.
 */
XENPT_API bool xenpt_area_extent(const struct xenpt_area *area, enum xenpt_root_kind kind,
                                 xenpt_conditions conditions, struct xenpt_extent *ret);

/** The innermost area that such a root has at address @p va, or NULL. */
XENPT_API const struct xenpt_area *xenpt_layout_at(const struct xenpt_layout *layout,
                                                   enum xenpt_root_kind kind,
                                                   xenpt_conditions conditions, uint64_t va);

/**
 * The part of an area that address @p va lies in, in such a root, or NULL; of parts with a place
 * only.
 */
XENPT_API const struct xenpt_part *xenpt_area_part_at(const struct xenpt_area *area,
                                                      enum xenpt_root_kind kind, uint64_t va);

/** What a kind of root has in one slot of its table. */
struct xenpt_layout_slot {
    const struct xenpt_area *area; /**< What the slot is for: the first in it that maps anything,
                                        else the first; NULL: nothing. */
    uint64_t table;                /**< Flags of the entry as Xen writes it; 0: not stated. */
    enum xenpt_sharing sharing;    /**< Whose the table below is. */
    bool guest;                    /**< The entry is the guest's. */
    bool mapped;                   /**< The layout lets Xen put an entry here; it is there once
                                        something in it is mapped. */
};

/** Looks at one slot of the root table. */
XENPT_API struct xenpt_layout_slot xenpt_layout_slot(const struct xenpt_layout *layout,
                                                     enum xenpt_root_kind kind,
                                                     xenpt_conditions conditions,
                                                     unsigned int slot);

/** Slots of the root table: 512. */
#define XENPT_ROOT_SLOTS 512u

/** The slot of the root table that an address falls into. */
XENPT_API unsigned int xenpt_layout_slot_of(const struct xenpt_layout *layout, uint64_t va);
/** The first address of a slot of the root table, canonical. */
XENPT_API uint64_t xenpt_layout_slot_first(const struct xenpt_layout *layout, unsigned int slot);

/** Bytes of an area; one of 2^64 bytes cannot be. */
static inline uint64_t xenpt_area_size(const struct xenpt_area *area)
{
    return area->last - area->first + 1;
}

/** Frames that an area with an entry for each has room for; 0 if it has no entries. */
XENPT_API uint64_t xenpt_area_frames(const struct xenpt_area *area);

/** How many pieces an area with repetitions has room for; 1 without. */
XENPT_API uint64_t xenpt_area_pieces(const struct xenpt_area *area);

/** The first address of piece @p i of an area: of a vCPU, or a CPU. */
XENPT_API uint64_t xenpt_area_piece(const struct xenpt_area *area, uint64_t i);

/**
 * Where a linear page table shows the entries of one level: the address of the entry that a
 * walk of address 0 uses.
 *
 * @param area     The area whose slot leads to a root table (#XENPT_FILL_SELF, or
 *                 #XENPT_FILL_SHADOW).
 * @param through  The area whose slot leads to the table that @p area is a slot of: itself, or
 *                 for the shadow of an HVM guest, whose slot is the monitor table's, the self
 *                 map of that.
 * @param level    1 to the levels of the layout.
 */
XENPT_API uint64_t xenpt_layout_linear(const struct xenpt_layout *layout,
                                       const struct xenpt_area *area,
                                       const struct xenpt_area *through, unsigned int level);

/* --- Two of them ----------------------------------------------------------------------------- */

/** How two layouts differ in one thing. */
enum xenpt_change_kind {
    XENPT_CHANGE_NEW,      /**< An area, or a part of one, that was not there. */
    XENPT_CHANGE_GONE,     /**< One that is not there any more. */
    XENPT_CHANGE_MOVED,    /**< An area of the same size at another address. */
    XENPT_CHANGE_RESIZED,  /**< An area of another size. */
    XENPT_CHANGE_VALUE,    /**< Some key has another value. */
    XENPT_NR_CHANGE_KINDS, /**< How many there are. */
};

/** "new", "gone", "moved", "resized", "changed". */
XENPT_API const char *xenpt_change_name(enum xenpt_change_kind kind);

/** One difference.  Pointers are good until the function that is given it returns. */
struct xenpt_layout_change {
    enum xenpt_change_kind kind;       /**< What it is. */
    const struct xenpt_area *old_area; /**< The area in the one layout; NULL: none. */
    const struct xenpt_area *new_area; /**< The area in the other; both NULL: it is no area's. */
    const char *part;                  /**< The part of the area, or NULL. */
    const char *root;                  /**< The one kind of root that this is so in, or NULL. */
    const char *record;                /**< No area's: "image", "stack", "xpti", or NULL. */
    const char *key;                   /**< #XENPT_CHANGE_VALUE: the key, as files have it. */
    const char *before;                /**< And its value in the one; "" for none. */
    const char *after;                 /**< In the other. */
};

/** Gets one difference.  @return False: stop. */
typedef bool (*xenpt_layout_change_fn)(void *ctx, const struct xenpt_layout_change *change);

/** Tells of all differences, area by area in the order of @p b.  What is prose does not count. */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_layout_diff(const struct xenpt_layout *a,
                                                        const struct xenpt_layout *b,
                                                        xenpt_layout_change_fn fn, void *ctx,
                                                        struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
