/*
 * xlcore.c - a domain's memory by xl dump-core; Xen, tools/libs/ctrl/xc_core.[ch].
 *
 * An ELF core without program headers; what it has is in sections, known by their names:
 *
 *   .note.Xen       notes: a header (magic, vCPUs, pages, page size), versions
 *   .xen_prstatus   a vcpu_guest_context for each vCPU
 *   .xen_pages      pages of 4 KiB, in the order of the next:
 *   .xen_p2m        a PV domain: {pfn, gmfn} of each page.  Its tables hold machine frames,
 *                   so gmfn is the address that memory has here
 *   .xen_pfn        any other domain: the pfn of each page, and its tables hold those
 *
 * Model: A 32-bit PV guest builds a PAE table of four entries, but no CPU walks it as one: Xen
 * puts it under slot 0 of a 4-level root of its own, and its entries carry rights, as L3 entries
 * do and PDPTEs may not. That root belongs to Xen and is not in the dump, so one like it is made
 * here, in a page above the domain's memory: walks then go as the CPU goes, but for the slots
 * of that root that lead to Xen.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"

enum section {
    PAGES,
    P2M,
    PFN,
    PRSTATUS,
    NOTES,
    NR_SECTIONS,
};

static const char *const names[NR_SECTIONS] = {
    [PAGES] = ".xen_pages",       [P2M] = ".xen_p2m",    [PFN] = ".xen_pfn",
    [PRSTATUS] = ".xen_prstatus", [NOTES] = ".note.Xen",
};

struct span {
    uint64_t offset, size; /* In the file, and cut at its end. */
    bool found;
};

/* vcpu_guest_context of each width: xen/include/public/arch-x86/xen.h, xen-x86_{32,64}.h. */
static const struct guest {
    size_t size, word;
    size_t flags, rip, cs, rflags, fs_base, gs_kernel, gs_user, ctrlreg;
} guests[] = {
    { .size = 5168,
      .word = 8,
      .flags = 512,
      .rip = 648,
      .cs = 656,
      .rflags = 664,
      .fs_base = 5144,
      .gs_kernel = 5152,
      .gs_user = 5160,
      .ctrlreg = 4984 },
    { .size = 2800,
      .word = 4,
      .flags = 512,
      .rip = 548,
      .cs = 552,
      .rflags = 556,
      .ctrlreg = 2716 },
};

#define GUEST_64 (&guests[0])
#define GUEST_32 (&guests[1])

#define IN_KERNEL XENPT_BIT(2)
#define ONLINE    XENPT_BIT(5)

/* What Xen writes into slot 0 of a 32-bit guest's root: P RW US A D. */
#define COMPAT_L4E UINT64_C(0x67)

struct core {
    struct xenpt_image *image;
    const struct xenpt_image_options *opt;
    struct span section[NR_SECTIONS];
    uint64_t nr_vcpus; /* By the header note; 0: it does not say. */
    bool pv;
};

/* --- Sections ------------------------------------------------------------------------------ */

static void find_sections(struct core *c, Elf *elf)
{
    uint64_t end = c->image->file.size;
    Elf_Scn *scn = NULL;
    size_t strings;
    GElf_Shdr s;

    if (elf_getshdrstrndx(elf, &strings))
        return;
    while ((scn = elf_nextscn(elf, scn))) {
        const char *name = gelf_getshdr(scn, &s) ? elf_strptr(elf, strings, s.sh_name) : NULL;

        for (size_t i = 0; name && i < NR_SECTIONS; i++)
            if (!strcmp(name, names[i]) && s.sh_offset <= end)
                c->section[i] = (struct span){ .offset = s.sh_offset,
                                               .size = min_u64(s.sh_size, end - s.sh_offset),
                                               .found = true };
    }
}

/* The notes' types: xen/include/public/elfnote.h. */
#define DUMPCORE_HEADER  0x2000001
#define DUMPCORE_VERSION 0x2000003

static enum xenpt_code take_note(void *ctx, const char *owner, uint32_t type,
                                 const struct image_note *note, struct xenpt_error *err)
{
    struct core *c = ctx;
    uint64_t word[4] = { 0 };

    memcpy(word, note->desc, min_u64(note->size, sizeof(word)));
    if (strcmp(owner, "Xen") != 0)
        return XENPT_OK;
    if (type == DUMPCORE_VERSION && word[0] != 1)
        return image_warn(&c->image->warnings, err,
                          "a dump-core of format version %" PRIu64 ".%" PRIu64 ", read as 0.1",
                          word[0] >> 32, word[0] & UINT32_MAX);
    if (type != DUMPCORE_HEADER)
        return XENPT_OK;
    if (word[3] != XENPT_PAGE_SIZE)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, c->image->file.path, note->offset + 24,
                             "a dump-core with pages of %" PRIu64 " bytes, not 4096", word[3]);
    c->nr_vcpus = word[1];
    return XENPT_OK;
}

/* --- Memory -------------------------------------------------------------------------------- */

static enum xenpt_code read_frames(struct core *c, struct image_extents *x, struct xenpt_error *err)
{
    const struct span *pages = &c->section[PAGES], *list = &c->section[c->pv ? P2M : PFN];
    size_t item = c->pv ? 16 : 8;
    uint64_t nr = pages->size / XENPT_PAGE_SIZE, listed = list->size / item, odd = 0;
    const uint8_t *at = c->image->file.bytes + list->offset + (c->pv ? 8 : 0);
    enum xenpt_code code = XENPT_OK;

    if (listed != nr)
        code = image_warn(&c->image->warnings, err,
                          "%s lists %" PRIu64 " frames for %" PRIu64 " pages: the rest is left out",
                          names[c->pv ? P2M : PFN], listed, nr);
    nr = min_u64(nr, listed);
    for (uint64_t i = 0; i < nr && !code; i++) {
        uint64_t frame;

        memcpy(&frame, at + i * item, sizeof(frame));
        c->image->nr_segments += frame != UINT64_MAX;
        /* All ones: the domain gave the page away while it was dumped. */
        if (frame >> (XENPT_MADDR_BITS - XENPT_PAGE_SHIFT)) {
            odd += frame != UINT64_MAX;
            continue;
        }
        frame <<= XENPT_PAGE_SHIFT;
        code = image_extents_add(x, frame, frame + (XENPT_PAGE_SIZE - 1),
                                 pages->offset + i * XENPT_PAGE_SIZE, err);
    }
    if (!code && odd)
        code = image_warn(&c->image->warnings, err,
                          "%" PRIu64 " pages have frame numbers that no "
                          "x86 machine has, and are left out",
                          odd);
    return code;
}

/* --- vCPUs --------------------------------------------------------------------------------- */

static uint64_t word_at(const uint8_t *ctx, const struct guest *g, size_t at)
{
    uint64_t word = 0;

    memcpy(&word, ctx + at, g->word);
    return word;
}

/*
 * Whose layout a context has.  The slots are as large as the wider one, and nothing says
 * which of the two is in them; but what a 32-bit guest leaves over is zero, while a 64-bit one
 * has its root there.
 */
static const struct guest *layout_of(const struct core *c, const uint8_t *ctx, size_t slot)
{
    if (!c->pv)
        return GUEST_64; /* Xen keeps no 32-bit layout for these. */
    if (slot < GUEST_64->size || !word_at(ctx, GUEST_64, GUEST_64->ctrlreg + 3 * GUEST_64->word))
        return GUEST_32;
    return GUEST_64;
}

/* The root that a 32-bit PV guest runs on, made around its own four entries. */
static uint64_t make_root(struct xenpt_image *image, uint64_t l3)
{
    uint64_t l4e = l3 | COMPAT_L4E;
    size_t at = image->nr_made++ * XENPT_PAGE_SIZE;

    memcpy(image->made + at, &l4e, sizeof(l4e));
    return image->made_at + at;
}

/* xen_cr3_to_pfn() of a 32-bit guest: frame bits above 20 are in the low bits. */
static uint64_t unfold(uint64_t cr3)
{
    return (uint64_t)((uint32_t)cr3 >> 12 | (uint32_t)cr3 << 20) << XENPT_PAGE_SHIFT;
}

#define PV_KNOWN "CR0.PE, CR0.PG, CR0.WP and CR4.PAE=1 (a PV guest)"

/* What holds of every PV guest: it runs on paging that Xen switched on, and on Xen's PAT. */
static void set_pv(struct core *c, const uint8_t *ctx, const struct guest *g, struct image_cpu *cpu)
{
    uint64_t user = word_at(ctx, g, g->ctrlreg + g->word);
    bool in_kernel = word_at(ctx, g, g->flags) & IN_KERNEL;

    cpu->cr0 |= XENPT_CR0_PE | XENPT_CR0_WP | XENPT_CR0_PG;
    cpu->cr4 |= XENPT_CR4_PAE;
    cpu->cr4 &= ~(XENPT_CR4_PCIDE | XENPT_CR4_LA57);
    cpu->pat = PAT_XEN;
    cpu->system = "Xen";
    cpu->ia32e = "Xen is 64-bit";
    cpu->known = PV_KNOWN;
    if (g == GUEST_32) {
        cpu->cr3 = make_root(c->image, unfold(cpu->cr3));
        cpu->known = "the L4 is made like Xen's, which is not in the dump; " PV_KNOWN;
    } else if (!in_kernel && user) {
        cpu->cr3 = user;
        cpu->known = "the guest's user root, as the vCPU was not in its kernel; " PV_KNOWN;
    }
}

static enum xenpt_code add_vcpu(struct core *c, unsigned int index, const uint8_t *ctx, size_t slot,
                                struct xenpt_error *err)
{
    const struct guest *g = layout_of(c, ctx, slot);
    struct image_cpu cpu = {
        .cr0 = word_at(ctx, g, g->ctrlreg),
        .cr3 = word_at(ctx, g, g->ctrlreg + 3 * g->word),
        .cr4 = word_at(ctx, g, g->ctrlreg + 4 * g->word),
        .rip = word_at(ctx, g, g->rip),
        .rflags = word_at(ctx, g, g->rflags),
        .cpl = ctx[g->cs] & 3,
        .running = true,
    };
    char name[XENPT_NAME_MAX];

    if (!(word_at(ctx, g, g->flags) & ONLINE))
        return image_warn(&c->image->warnings, err, "cpu%u is left out: the vCPU was offline",
                          index);
    if (c->pv)
        set_pv(c, ctx, g, &cpu);
    else
        cpu.wide = word_at(ctx, g, g->fs_base) | word_at(ctx, g, g->gs_kernel) |
                   word_at(ctx, g, g->gs_user);
    snprintf(name, sizeof(name), "cpu%u", index);
    return image_add_cpu(c->image, c->opt, name, &cpu, err);
}

/* Room for a root for each vCPU, above all memory that the dump has. */
static enum xenpt_code make_room(struct xenpt_image *image, size_t nr, struct xenpt_error *err)
{
    const struct image_extents *runs = &image->runs;

    image->made_at = runs->nr ? runs->list[runs->nr - 1].last + 1 : 0;
    if ((image->made_at + nr * XENPT_PAGE_SIZE) >> XENPT_MADDR_BITS)
        return xenpt_fail_at(err, XENPT_ERANGE, image->file.path, 0,
                             "memory ends at 2^52: no room above it for the roots of %zu vCPUs",
                             nr);
    image->made = calloc(nr, XENPT_PAGE_SIZE);
    if (!image->made)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the roots of %zu vCPUs", nr);
    return XENPT_OK;
}

static enum xenpt_code read_vcpus(struct core *c, struct xenpt_error *err)
{
    const struct span *s = &c->section[PRSTATUS];
    size_t slot = c->nr_vcpus ? s->size / c->nr_vcpus : GUEST_64->size;
    enum xenpt_code code = XENPT_OK;
    size_t nr;

    if (slot < GUEST_32->size || (slot < GUEST_64->size && !c->pv))
        return image_warn(&c->image->warnings, err,
                          "%s has %" PRIu64 " bytes for %" PRIu64 " vCPUs: none can be read",
                          names[PRSTATUS], s->size, c->nr_vcpus);
    nr = min_u64(s->size / slot, IMAGE_MAX_CPUS);
    if (c->pv && nr)
        code = make_room(c->image, nr, err);
    for (size_t i = 0; i < nr && !code; i++)
        code = add_vcpu(c, (unsigned int)i, c->image->file.bytes + s->offset + i * slot, slot, err);
    return code;
}

/* --- All of it ----------------------------------------------------------------------------- */

enum xenpt_code image_open_xl_core(struct xenpt_image *image, Elf *elf,
                                   const struct xenpt_image_options *opt, bool *ret,
                                   struct xenpt_error *err)
{
    struct core c = { .image = image, .opt = opt };
    struct image_extents x = { 0 };
    enum xenpt_code code;

    find_sections(&c, elf);
    *ret = c.section[PAGES].found;
    if (!*ret)
        return XENPT_OK;
    if (!c.section[P2M].found && !c.section[PFN].found)
        return xenpt_fail_at(err, XENPT_EPARSE, image->file.path, c.section[PAGES].offset,
                             "a dump-core with pages, but no section that says which they are");
    image->form = XENPT_IMAGE_XL_CORE;
    c.pv = c.section[P2M].found;
    code = image_each_note(&image->file, elf, c.section[NOTES].offset, c.section[NOTES].size,
                           take_note, &c, err);
    if (!code)
        code = read_frames(&c, &x, err);
    if (!code)
        code = image_set_extents(image, &x, err);
    image_extents_fini(&x);
    return code ? code : read_vcpus(&c, err);
}
