/**
 * @file image.h
 * Memory images: ELF cores of QEMU, kdump and Xen, raw files, and compressed forms of them;
 * writing one as QEMU does.
 */
#ifndef XENPT_IMAGE_H
#define XENPT_IMAGE_H

#include "xenpt/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An open image.  Reading it changes nothing; many threads may. */
struct xenpt_image;

/** Where an image came from, by its form. */
enum xenpt_image_form {
    XENPT_IMAGE_RAW,       /**< Bytes from machine address 0 (or xenpt_image_options) on. */
    XENPT_IMAGE_ELF_QEMU,  /**< QEMU's dump-guest-memory, with its CPU notes. */
    XENPT_IMAGE_ELF_XEN,   /**< A kdump vmcore of Xen, with its crash notes. */
    XENPT_IMAGE_ELF_KDUMP, /**< A kdump vmcore of Linux: PT_LOADs and VMCOREINFO. */
    XENPT_IMAGE_XL_CORE,   /**< xl dump-core: sections .xen_pages, .xen_p2m or .xen_pfn. */
    XENPT_IMAGE_ELF_OTHER, /**< An ELF core with PT_LOADs and no note that is known. */
};

/** "raw", "QEMU core", ... */
XENPT_API const char *xenpt_image_form_name(enum xenpt_image_form form);

/** What the image itself cannot say.  All zero: infer it, and say what was assumed. */
struct xenpt_image_options {
    const struct xenpt_cpu *cpu; /**< NULL: xenpt_cpu_widest(), of the vendor found or Intel. */
    bool has_efer;               /**< @ref efer is stated, for every CPU. */
    uint64_t efer;               /**< IA32_EFER. */
    bool has_pat;                /**< @ref pat is stated. */
    uint64_t pat;                /**< IA32_PAT. */
    uint64_t raw_base;           /**< Machine address of a raw image's first byte. */
    bool force_raw;              /**< Take the file as raw even if it looks like an ELF. */
    const char *symbols;         /**< An ELF file whose symbols name addresses, or NULL; those
                                      of a Linux kernel are moved as KASLR moved it, where the
                                      image tells. */
    uint64_t max_size;           /**< Most bytes that decompressing may yield; 0: 1 TiB. */
    /** Called now and then while a long file is read; may be NULL.  @p total 0: unknown. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx; /**< Passed to @ref progress. */
};

/**
 * Opens an image.  The form is found by looking at its bytes, not its name.
 *
 * The file is mapped, so it must not be cut short while the image is open; a compressed one is
 * first written, without its zeros, to a nameless file in TMPDIR.  Of segments that overlap,
 * the first in the file's order is taken.  Whatever else is odd about a file and can be lived
 * with is a warning; see xenpt_image_info.
 *
 * Contexts are "cpu0", "cpu1", ... as the image numbers its CPUs, less those whose registers
 * no processor can have; and "kernel" for the root that a Linux vmcore names in its stead.
 *
 * @param opt  May be NULL: all zero.  Nothing in it is needed after the call.
 * @return #XENPT_EIO, #XENPT_EPARSE with the byte offset of what is wrong, #XENPT_EUNSUPPORTED
 *         for forms that are known and not read (a compressed kdump, LiME), #XENPT_ERANGE for
 *         more than #xenpt_image_options::max_size or a raw_base out of reach, #XENPT_ENOMEM.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_image_open(const char *path,
                                                       const struct xenpt_image_options *opt,
                                                       struct xenpt_image **ret,
                                                       struct xenpt_error *err);
/** Closes an image; views and readers taken from it end with it.  NULL is fine. */
XENPT_API void xenpt_image_close(struct xenpt_image *image);

/** The image as a view.  Its contexts are the CPUs that its notes name.  Borrowed. */
XENPT_API const struct xenpt_view *xenpt_image_view(const struct xenpt_image *image);

/** A stretch of memory that an image holds. */
struct xenpt_image_run {
    uint64_t first;  /**< Machine address of its first byte... */
    uint64_t last;   /**< ...and of its last. */
    uint64_t offset; /**< Of @ref first, in the (decompressed) file. */
};

/** What an image is. */
struct xenpt_image_info {
    enum xenpt_image_form form;         /**< Its form. */
    const struct xenpt_image_run *runs; /**< What it holds: sorted, disjoint, merged. */
    size_t nr_runs;                     /**< Of @ref runs. */
    size_t nr_segments;                 /**< Segments or pages that the file listed. */
    uint64_t bytes;                     /**< Sum of the runs. */
    const char *compression;            /**< "zstd", "gzip" or NULL. */
    const char *const *warnings;        /**< What was odd, and what was made of it. */
    size_t nr_warnings;                 /**< Of @ref warnings. */
};

/** Describes an image.  What it points to is borrowed. */
XENPT_API struct xenpt_image_info xenpt_image_info(const struct xenpt_image *image);

/** The address of a symbol.  @return False: there is none of that name. */
XENPT_API bool xenpt_image_symbol(const struct xenpt_image *image, const char *name, uint64_t *ret);

/**
 * The symbol that @p address lies in or after.
 * @return Its name (borrowed), or NULL; @p offset gets the bytes from its start.
 */
XENPT_API const char *xenpt_image_symbol_at(const struct xenpt_image *image, uint64_t address,
                                            uint64_t *offset);

/** The name of symbol @p i, in the order of their names; NULL: there are not as many. */
XENPT_API const char *xenpt_image_symbol_name(const struct xenpt_image *image, size_t i);

/* --- Writing --------------------------------------------------------------------------------- */

/** What goes into a core beside what xenpt_image_write() finds by itself. */
struct xenpt_image_write_options {
    /** Memory to write as well, page-aligned; what does not exist of it is an error. */
    const struct xenpt_image_run *more; /**< Its @ref xenpt_image_run::offset is not read. */
    size_t nr_more;                     /**< Of @ref more. */
    uint64_t max_size;                  /**< Most bytes of memory to write; 0: 64 GiB. */
    /** Only tables that the contexts lead to, as far as the memory has them; not what else has
        content. */
    bool tables_only;
    /** A core whose notes are copied as they are, with its machine; the CPUs are not looked at
        then.  NULL: notes are made. */
    const struct xenpt_image *notes_of;
};

/** What a core that was written has in it. */
struct xenpt_image_written {
    uint64_t runs;  /**< Stretches of memory, each a PT_LOAD... */
    uint64_t bytes; /**< ...and how much that is. */
    uint64_t size;  /**< Of the file. */
};

/**
 * Writes memory and CPUs as QEMU's dump-guest-memory does: an ELF core with a PT_LOAD for each
 * run of pages, at its machine address, and for each CPU the notes CORE (NT_PRSTATUS) and QEMU
 * (struct QEMUCPUState, version 1; target/i386/arch_dump.c).  xenpt_image_open() reads it, and
 * so do gdb and libkdumpfile.  The same view gives the same bytes.
 *
 * Written are all pages of the view's memory that have content, and every table that one of its
 * contexts leads to, empty or not.  A note has CR0, CR3, CR4, the privilege level, RIP and
 * EFLAGS.AC as the context has them: other registers are 0, and segments flat.  The core is one of
 * x86-64 where the first CPU is in IA-32e mode, as QEMU does it, and code segments are 64-bit
 * wherever their CPU is.  Neither EFER nor PAT have a place in it, nor has a second stage: of a
 * CPU that runs a guest under one, CR3 is the guest's own.
 *
 * @param cpus   The contexts that CPUs run on: of cpu0, cpu1, ...  There may be none.
 * @param opt    May be NULL: all zero.
 * @param write  Takes @p n bytes, one after the other.  @return False: they cannot be written.
 * @param ret    May be NULL.
 * @return #XENPT_ERANGE for more than #xenpt_image_write_options::max_size, or for memory that is
 *         asked for and not there; #XENPT_EUNSUPPORTED for memory behind a call, which nobody can
 *         list, and for notes of an image that is no ELF core; #XENPT_EIO if @p write fails;
 * #XENPT_ENOMEM.  What was written then is of no use.
 */
XENPT_API XENPT_CHECK enum xenpt_code
xenpt_image_write(const struct xenpt_view *view, const struct xenpt_context *const cpus[],
                  size_t nr_cpus, const struct xenpt_image_write_options *opt,
                  bool (*write)(void *ctx, const char *bytes, size_t n), void *ctx,
                  struct xenpt_image_written *ret, struct xenpt_error *err);

#ifdef __cplusplus
}
#endif

#endif
