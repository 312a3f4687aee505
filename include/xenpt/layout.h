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
#include "xenpt/layout_words.h"
#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif
