/*
 * internal.h - an image while it is being opened, and the parts that open it.
 *
 * A file is mapped (file.c, decompress.c, sparse.c).  What its first bytes say decides who
 * reads it (form.c): nobody, for a raw image; else elf.c, which hands a core to segments.c
 * and notes.c, and a dump-core of Xen to xlcore.c.  Either way there are extents - which
 * machine addresses lie where in the file - which extents.c makes into runs, and CPUs, which
 * cpu_state.c makes into contexts.
 */
#ifndef XENPT_IMAGE_INTERNAL_H
#define XENPT_IMAGE_INTERNAL_H

#include <gelf.h>

#include "mem/lookup.h"
#include "xenpt/image.h"

/* --- warnings.c: what was odd, kept for whoever asks ---------------------------------------- */

struct image_warnings {
    char **text;
    size_t nr, max;
};

/* Keeps a sentence.  Fails with XENPT_ENOMEM only. */
enum xenpt_code image_warn(struct image_warnings *w, struct xenpt_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void image_warnings_fini(struct image_warnings *w);

/* The array, moved to twice the room if it is full; NULL: no memory, and it stays as it is. */
void *image_grow(void *array, size_t *max, size_t nr, size_t item);

/* --- file.c: the bytes of a file ------------------------------------------------------------ */

/* A file's bytes as the rest reads them: mapped, and decompressed if they were compressed. */
struct image_file {
    const char *path; /* Borrowed from the caller of open: valid while opening. */
    const uint8_t *bytes;
    size_t size;
    const char *compression; /* NULL: none. */
    bool mapped;             /* By us; else the bytes are the caller's. */
};

enum xenpt_code image_file_open(struct image_file *ret, const char *path,
                                const struct xenpt_image_options *opt, struct image_warnings *w,
                                struct xenpt_error *err);
/* The same for bytes that are in memory already, and stay the caller's. */
enum xenpt_code image_file_use(struct image_file *ret, const uint8_t *bytes, size_t size,
                               const struct xenpt_image_options *opt, struct image_warnings *w,
                               struct xenpt_error *err);
void image_file_close(struct image_file *file);

/* --- sparse.c: a temporary file whose zeros cost nothing ------------------------------------ */

struct image_sparse {
    int fd;
    uint8_t *buf;  /* Filled by the caller from `fill` to SPARSE_BUF... */
    size_t fill;   /* ...and then passed on with image_sparse_flush(). */
    uint64_t size; /* Bytes written so far, those that were zero included. */
    uint64_t max;
};

#define SPARSE_BUF ((size_t)1 << 20)

enum xenpt_code image_sparse_init(struct image_sparse *ret, uint64_t max, struct xenpt_error *err);
enum xenpt_code image_sparse_flush(struct image_sparse *s, struct xenpt_error *err);
/* Gives the file its full length, zeros at the end included. */
enum xenpt_code image_sparse_finish(struct image_sparse *s, struct xenpt_error *err);
void image_sparse_fini(struct image_sparse *s);

/* --- decompress.c --------------------------------------------------------------------------- */

struct image_codec;

/* The codec that wrote these bytes, or NULL. */
const struct image_codec *image_codec_of(const uint8_t *bytes, size_t size);
const char *image_codec_name(const struct image_codec *codec);

/* Decompresses all members of `in` into `out`. */
enum xenpt_code image_decompress(const struct image_codec *codec, const struct image_file *in,
                                 const struct xenpt_image_options *opt, struct image_sparse *out,
                                 struct image_warnings *w, struct xenpt_error *err);

/* --- extents.c: which machine addresses lie where in the file ------------------------------- */

struct image_extents {
    struct xenpt_image_run *list;
    size_t nr, max;
};

/* Adds machine addresses first to last at a file offset; last is below 2^52. */
enum xenpt_code image_extents_add(struct image_extents *x, uint64_t first, uint64_t last,
                                  uint64_t offset, struct xenpt_error *err);
void image_extents_fini(struct image_extents *x);

/* Extents that name the same addresses and different bytes. */
struct image_conflicts {
    uint64_t nr;
    struct xenpt_image_run kept, dropped; /* The first of them. */
};

/*
 * Makes extents sorted and disjoint.  Of several that name one address the first that was
 * added wins.  Takes O(n log n) time and O(n) memory.
 */
enum xenpt_code image_extents_flatten(struct image_extents *x, struct image_conflicts *ret,
                                      struct xenpt_error *err);

/* --- image.c -------------------------------------------------------------------------------- */

struct image_symbols;

struct xenpt_image {
    struct xenpt_view view;
    struct xenpt_reader reader;
    struct image_file file;
    struct image_warnings warnings;
    enum xenpt_image_form form;
    struct image_extents runs; /* What the file holds, once flattened. */
    size_t nr_segments;
    uint64_t bytes;
    uint8_t *made; /* Pages that no file holds: see xlcore.c. */
    uint64_t made_at;
    size_t nr_made;
    struct mem_run *held; /* The runs and the made pages, as the index wants them. */
    struct mem_runs index;
    bool indexed;
    struct xenpt_context *contexts;
    size_t nr_contexts, max_contexts;
    struct image_symbols *symbols;
    uint64_t kernel_offset; /* Linux: what KASLR added to the kernel's addresses. */
};

/* The part of open that follows reading the file's bytes, for bytes that are at hand. */
enum xenpt_code image_open_bytes(const uint8_t *bytes, size_t size,
                                 const struct xenpt_image_options *opt, struct xenpt_image **ret,
                                 struct xenpt_error *err);

/* Takes over `x`, flattens it and warns of conflicts. */
enum xenpt_code image_set_extents(struct xenpt_image *image, struct image_extents *x,
                                  struct xenpt_error *err);

/* --- form.c --------------------------------------------------------------------------------- */

/* Fails, with advice, for bytes of a form that is known and not read. */
enum xenpt_code image_refuse_known(const struct image_file *file, struct xenpt_error *err);

/* --- elf.c ---------------------------------------------------------------------------------- */

bool image_is_elf(const struct image_file *file);
/* Checks what libelf takes on trust, and begins. */
enum xenpt_code image_elf_begin(const struct image_file *file, Elf **ret, struct xenpt_error *err);
enum xenpt_code image_open_elf(struct xenpt_image *image, const struct xenpt_image_options *opt,
                               struct xenpt_error *err);

/* A core with program headers. */
struct image_core {
    Elf *elf;
    bool is_64bit;     /* By its machine, not its width. */
    size_t nr_headers; /* Set by image_read_segments(). */
};

/* --- segments.c ----------------------------------------------------------------------------- */

/* Reads the PT_LOADs of a core into extents. */
enum xenpt_code image_read_segments(struct xenpt_image *image, struct image_core *core,
                                    struct xenpt_error *err);

/* --- notes.c -------------------------------------------------------------------------------- */

/* Reads the PT_NOTEs of a core into a form and contexts. */
enum xenpt_code image_read_notes(struct xenpt_image *image, const struct image_core *core,
                                 const struct xenpt_image_options *opt, struct xenpt_error *err);

/* A note's contents, and where in the file they are. */
struct image_note {
    const uint8_t *desc;
    size_t size;
    uint64_t offset;
};

/* NT_PRSTATUS: what it says of a CPU besides its general registers. */
struct image_prstatus {
    uint64_t rip, rflags;
    uint16_t cs;
};

/* False: it is of neither layout that x86 has. */
bool image_prstatus_read(const struct image_note *note, struct image_prstatus *ret);

/* Walks notes of one area of the file, of any kind, until `fn` fails. */
typedef enum xenpt_code (*image_note_fn)(void *ctx, const char *owner, uint32_t type,
                                         const struct image_note *note, struct xenpt_error *err);
enum xenpt_code image_each_note(const struct image_file *file, Elf *elf, uint64_t offset,
                                uint64_t size, image_note_fn fn, void *ctx,
                                struct xenpt_error *err);

/* --- cpu_state.c ---------------------------------------------------------------------------- */

/* Registers of a CPU as an image gives them, before anything is inferred. */
struct image_cpu {
    uint64_t cr0, cr3, cr4;
    uint64_t rip, rflags;
    uint64_t pat;        /* 0: not known... */
    const char *system;  /* ...or as this system always sets it. */
    const char *known;   /* What was assumed so far, or NULL. */
    const char *ia32e;   /* Why it must be in IA-32e mode, if that is known; else NULL. */
    const char *perhaps; /* The same, for when its registers do not tell. */
    uint64_t wide;       /* Addresses in use, OR'ed: one above 4 GiB needs IA-32e mode. */
    uint8_t cpl;
    bool running; /* rip, rflags and cpl are those of a CPU. */
};

/* Adds a context, or a warning where hardware would refuse these registers. */
enum xenpt_code image_add_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                              const char *name, const struct image_cpu *cpu,
                              struct xenpt_error *err);

/* PAT values of systems that set it always the same way, when no image says it. */
#define PAT_XEN   UINT64_C(0x0000050100070406) /* Xen, XEN_MSR_PAT: WB WT UC- UC WC WP UC UC. */
#define PAT_LINUX UINT64_C(0x0407050600070106) /* Linux, pat_init(): WB WC UC- UC WB WP UC- WT. */

/* Most CPUs an image may have; Linux stops at 8192, Xen at 4095. */
#define IMAGE_MAX_CPUS 8192

/* --- notes_qemu.c, notes_xen.c, kdump.c ----------------------------------------------------- */

enum xenpt_code image_add_qemu_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                   unsigned int index, const struct image_note *note, bool is_64bit,
                                   struct xenpt_error *err);
enum xenpt_code image_add_xen_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                  unsigned int index, const struct image_note *note,
                                  const struct image_prstatus *prstatus, struct xenpt_error *err);
enum xenpt_code image_add_linux_kernel(struct xenpt_image *image,
                                       const struct xenpt_image_options *opt,
                                       const struct image_note *vmcoreinfo, bool is_64bit,
                                       struct xenpt_error *err);

/* --- xlcore.c ------------------------------------------------------------------------------- */

/* Reads a dump-core of Xen.  False in `ret`: the file is none. */
enum xenpt_code image_open_xl_core(struct xenpt_image *image, Elf *elf,
                                   const struct xenpt_image_options *opt, bool *ret,
                                   struct xenpt_error *err);

/* --- symbols.c ------------------------------------------------------------------------------ */

/*
 * Reads the symbols of a file, which it takes over.  `offset` is added to the addresses of a
 * Linux kernel's image.
 */
enum xenpt_code image_symbols_create(struct image_symbols **ret, struct image_file *file,
                                     uint64_t offset, struct xenpt_error *err);
void image_symbols_destroy(struct image_symbols *symbols);
const struct xenpt_explainer *image_symbols_explainer(const struct image_symbols *symbols);
bool image_symbols_find(const struct image_symbols *symbols, const char *name, uint64_t *ret);
const char *image_symbols_at(const struct image_symbols *symbols, uint64_t address,
                             uint64_t *offset);
const char *image_symbols_name(const struct image_symbols *symbols, size_t i);

#endif
