/*
 * segments.c - the PT_LOADs of a core, as extents.
 *
 * A core is often not whole, and what it still has is worth reading: a segment that cannot
 * be taken as it stands is cut or left out, and each kind of trouble gets one warning that
 * names the first such segment.
 */
#include <inttypes.h>

#include "image/internal.h"

enum trouble {
    EMPTY,
    BEYOND,
    CUT,
    LARGER,
    WRAPPED,
    TOO_HIGH,
    NR_TROUBLES,
};

static const char *const troubles[NR_TROUBLES] = {
    [EMPTY] = "holds no bytes, and is left out",
    [BEYOND] = "lies beyond the end of the file, and is left out",
    [CUT] = "runs past the end of the file: what is there is kept",
    [LARGER] = "has more bytes in the file than in memory: the surplus is left out",
    [WRAPPED] = "wraps around the end of the address space, and is left out",
    [TOO_HIGH] = "has addresses above 2^52, which no x86 machine has, and is left out",
};

struct tally {
    struct {
        size_t nr, segment;
        uint64_t offset;
    } met[NR_TROUBLES];
};

static void meet(struct tally *t, enum trouble what, size_t segment, uint64_t offset)
{
    if (t->met[what].nr++)
        return;
    t->met[what].segment = segment;
    t->met[what].offset = offset;
}

static enum xenpt_code report(const struct tally *t, struct image_warnings *w,
                              struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; i < NR_TROUBLES && !code; i++)
        if (t->met[i].nr > 1)
            code = image_warn(w, err, "segment %zu (file offset 0x%" PRIx64 ") %s; %zu more do so",
                              t->met[i].segment, t->met[i].offset, troubles[i], t->met[i].nr - 1);
        else if (t->met[i].nr)
            code = image_warn(w, err, "segment %zu (file offset 0x%" PRIx64 ") %s",
                              t->met[i].segment, t->met[i].offset, troubles[i]);
    return code;
}

/* How many bytes of a segment the file has, in `ret`.  False: there are none to take. */
static bool usable(const struct image_file *file, const GElf_Phdr *p, size_t segment,
                   struct tally *t, uint64_t *ret)
{
    uint64_t size = p->p_filesz;

    if (size > p->p_memsz) {
        meet(t, LARGER, segment, p->p_offset);
        size = p->p_memsz;
    }
    if (!size) {
        meet(t, EMPTY, segment, p->p_offset);
        return false;
    }
    if (p->p_offset >= file->size) {
        meet(t, BEYOND, segment, p->p_offset);
        return false;
    }
    if (size > file->size - p->p_offset) {
        meet(t, CUT, segment, p->p_offset);
        size = file->size - p->p_offset;
    }
    if (p->p_paddr + (size - 1) < p->p_paddr) {
        meet(t, WRAPPED, segment, p->p_offset);
        return false;
    }
    if ((p->p_paddr + (size - 1)) >> XENPT_MADDR_BITS) {
        meet(t, TOO_HIGH, segment, p->p_offset);
        return false;
    }
    *ret = size;
    return true;
}

static enum xenpt_code no_headers(const struct image_file *file, Elf *elf, struct xenpt_error *err)
{
    GElf_Ehdr e = { 0 };

    gelf_getehdr(elf, &e);
    return xenpt_fail_at(err, XENPT_EPARSE, file->path, e.e_phoff,
                         "the program headers, here by the ELF header, run past the end of the "
                         "file, which has 0x%zx bytes",
                         file->size);
}

static enum xenpt_code read_all(struct xenpt_image *image, const struct image_core *core,
                                struct image_extents *x, struct xenpt_error *err)
{
    struct tally t = { 0 };
    enum xenpt_code code = XENPT_OK;
    GElf_Phdr p;

    for (size_t i = 0; i < core->nr_headers && !code; i++) {
        uint64_t size;

        /* libelf maps the headers all or none, so this is the first of them. */
        if (!gelf_getphdr(core->elf, (int)i, &p))
            return no_headers(&image->file, core->elf, err);
        if (p.p_type != PT_LOAD)
            continue;
        image->nr_segments++;
        if (usable(&image->file, &p, i, &t, &size))
            code = image_extents_add(x, p.p_paddr, p.p_paddr + (size - 1), p.p_offset, err);
    }
    return code ? code : report(&t, &image->warnings, err);
}

enum xenpt_code image_read_segments(struct xenpt_image *image, struct image_core *core,
                                    struct xenpt_error *err)
{
    struct image_extents x = { 0 };
    enum xenpt_code code;

    if (elf_getphdrnum(core->elf, &core->nr_headers))
        return no_headers(&image->file, core->elf, err);
    code = read_all(image, core, &x, err);
    if (!code && !image->nr_segments)
        code = xenpt_fail_at(err, XENPT_EPARSE, image->file.path, 0,
                             "an ELF core with no memory in it: no PT_LOAD, no .xen_pages");
    if (!code)
        code = image_set_extents(image, &x, err);
    image_extents_fini(&x);
    return code;
}
