/*
 * notes.c - the notes of a core: who wrote it, and the CPUs it tells of.
 *
 *   owner          type        written by      what
 *   QEMU           0           QEMU            control registers and segments of one CPU
 *   Xen            0x1000002   Xen, on kdump   CR0, CR2, CR3, CR4 of one CPU
 *   Xen            0x1000001   Xen, on kdump   versions
 *   VMCOREINFO     0           Linux           names and numbers of the kernel
 *   VMCOREINFO_XEN 0           Xen             the same of Xen
 *   CORE           1 PRSTATUS  all of them     general registers of one CPU
 *   CORE           3, 6        Linux           of a process: not a machine's memory at all
 */
#include <stdio.h>
#include <string.h>

#include "image/internal.h"
#include "image/qemu_state.h"

#define XEN_CRASH_INFO 0x1000001
#define XEN_CRASH_REGS 0x1000002

/* What goes on while the notes are read. */
struct reading {
    struct xenpt_image *image;
    const struct xenpt_image_options *opt;
    bool is_64bit;
    unsigned int nr_qemu, nr_xen;
    bool xen, process;
    struct image_prstatus prstatus; /* The last one seen: Xen's own note follows it. */
    struct image_note vmcoreinfo;
};

enum xenpt_code image_each_note(const struct image_file *file, Elf *elf, uint64_t offset,
                                uint64_t size, image_note_fn fn, void *ctx, struct xenpt_error *err)
{
    size_t at = 0, name, desc;
    enum xenpt_code code = XENPT_OK;
    Elf_Data *data;
    GElf_Nhdr n;

    if (offset >= file->size || !size)
        return XENPT_OK;
    data = elf_getdata_rawchunk(elf, (int64_t)offset, min_u64(size, file->size - offset),
                                ELF_T_NHDR);
    if (!data)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the notes: %s", elf_errmsg(-1));
    while (!code && (at = gelf_getnote(data, at, &n, &name, &desc)) > 0) {
        const char *owner = (const char *)data->d_buf + name;
        struct image_note note = {
            .desc = (const uint8_t *)data->d_buf + desc,
            .size = n.n_descsz,
            .offset = offset + desc,
        };

        if (n.n_namesz && !owner[n.n_namesz - 1])
            code = fn(ctx, owner, n.n_type, &note, err);
    }
    return code;
}

/* --- NT_PRSTATUS --------------------------------------------------------------------------- */

static const struct prstatus_layout layouts[] = { PRSTATUS_64, PRSTATUS_32 };

bool image_prstatus_read(const struct image_note *note, struct image_prstatus *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        if (note->size != layouts[i].size)
            continue;
        *ret = (struct image_prstatus){ 0 };
        memcpy(&ret->rip, note->desc + layouts[i].ip, layouts[i].width);
        memcpy(&ret->cs, note->desc + layouts[i].cs, sizeof(ret->cs));
        memcpy(&ret->rflags, note->desc + layouts[i].flags, layouts[i].width);
        return true;
    }
    return false;
}

/* --- What each note is for ----------------------------------------------------------------- */

/* Whoever wrote the first note of a CPU wrote the core: CPUs of two would share their names. */
static enum xenpt_code take_qemu(struct reading *r, const struct image_note *note,
                                 struct xenpt_error *err)
{
    if (r->nr_xen)
        return XENPT_OK;
    return image_add_qemu_cpu(r->image, r->opt, r->nr_qemu++, note, r->is_64bit, err);
}

static enum xenpt_code take_xen_regs(struct reading *r, const struct image_note *note,
                                     struct xenpt_error *err)
{
    if (r->nr_qemu)
        return XENPT_OK;
    r->xen = true;
    return image_add_xen_cpu(r->image, r->opt, r->nr_xen++, note, &r->prstatus, err);
}

static enum xenpt_code take_xen_info(struct reading *r, const struct image_note *note,
                                     struct xenpt_error *err)
{
    (void)note;
    (void)err;
    r->xen = true;
    return XENPT_OK;
}

static enum xenpt_code take_vmcoreinfo(struct reading *r, const struct image_note *note,
                                       struct xenpt_error *err)
{
    (void)err;
    r->vmcoreinfo = *note;
    return XENPT_OK;
}

static enum xenpt_code take_prstatus(struct reading *r, const struct image_note *note,
                                     struct xenpt_error *err)
{
    (void)err;
    if (!image_prstatus_read(note, &r->prstatus))
        r->prstatus = (struct image_prstatus){ 0 };
    return XENPT_OK;
}

static enum xenpt_code take_process(struct reading *r, const struct image_note *note,
                                    struct xenpt_error *err)
{
    (void)note;
    (void)err;
    r->process = true;
    return XENPT_OK;
}

static const struct {
    const char *owner;
    uint32_t type;
    enum xenpt_code (*take)(struct reading *r, const struct image_note *note,
                            struct xenpt_error *err);
} known[] = {
    { "QEMU", 0, take_qemu },
    { "Xen", XEN_CRASH_REGS, take_xen_regs },
    { "Xen", XEN_CRASH_INFO, take_xen_info },
    { "VMCOREINFO_XEN", 0, take_xen_info },
    { "VMCOREINFO", 0, take_vmcoreinfo },
    { "CORE", NT_PRSTATUS, take_prstatus },
    { "CORE", NT_PRPSINFO, take_process },
    { "CORE", NT_AUXV, take_process },
};

static enum xenpt_code take(void *ctx, const char *owner, uint32_t type,
                            const struct image_note *note, struct xenpt_error *err)
{
    struct reading *r = ctx;

    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (known[i].type == type && !strcmp(known[i].owner, owner))
            return known[i].take(r, note, err);
    return XENPT_OK;
}

/* --- The verdict --------------------------------------------------------------------------- */

static enum xenpt_code conclude(struct reading *r, struct xenpt_error *err)
{
    struct xenpt_image *image = r->image;

    if (r->nr_qemu) {
        image->form = XENPT_IMAGE_ELF_QEMU;
        return XENPT_OK;
    }
    if (r->xen) {
        image->form = XENPT_IMAGE_ELF_XEN;
        return XENPT_OK;
    }
    if (r->vmcoreinfo.size) {
        image->form = XENPT_IMAGE_ELF_KDUMP;
        return image_add_linux_kernel(image, r->opt, &r->vmcoreinfo, r->is_64bit, err);
    }
    if (r->process)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, image->file.path, 0,
                             "the core of a process: it has no page tables in it");
    image->form = XENPT_IMAGE_ELF_OTHER;
    return XENPT_OK;
}

static enum xenpt_code too_many(const struct reading *r, struct xenpt_error *err)
{
    unsigned int nr = r->nr_qemu > r->nr_xen ? r->nr_qemu : r->nr_xen;

    if (nr <= IMAGE_MAX_CPUS)
        return XENPT_OK;
    return image_warn(&r->image->warnings, err,
                      "notes of %u CPUs: those after the first %u are "
                      "left out",
                      nr, IMAGE_MAX_CPUS);
}

enum xenpt_code image_read_notes(struct xenpt_image *image, const struct image_core *core,
                                 const struct xenpt_image_options *opt, struct xenpt_error *err)
{
    struct reading r = { .image = image, .opt = opt, .is_64bit = core->is_64bit };
    enum xenpt_code code = XENPT_OK;
    GElf_Phdr p;

    for (size_t i = 0; i < core->nr_headers && !code; i++) {
        if (!gelf_getphdr(core->elf, (int)i, &p) || p.p_type != PT_NOTE)
            continue;
        if (p.p_offset > image->file.size || p.p_filesz > image->file.size - p.p_offset)
            code = image_warn(&image->warnings, err,
                              "the notes at file offset 0x%llx run past the end of the file: what "
                              "is there is read",
                              (unsigned long long)p.p_offset);
        if (!code)
            code = image_each_note(&image->file, core->elf, p.p_offset, p.p_filesz, take, &r, err);
    }
    if (!code)
        code = too_many(&r, err);
    return code ? code : conclude(&r, err);
}
