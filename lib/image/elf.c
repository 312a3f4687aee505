/*
 * elf.c - an image in an ELF file: what it is, and who reads it.
 *
 * libelf reads the headers.  It trusts some of their numbers further than a hostile file
 * deserves; what it must not be given is refused here before it begins.
 */
#include <string.h>

#include "image/internal.h"

/* More than any core or kernel has; libelf makes a structure of 200 bytes for each. */
#define MAX_SECTIONS ((uint64_t)1 << 20)

bool image_is_elf(const struct image_file *file)
{
    return file->size >= SELFMAG && !memcmp(file->bytes, ELFMAG, SELFMAG);
}

static enum xenpt_code fail_at(const struct image_file *file, struct xenpt_error *err,
                               uint64_t offset, const char *what)
{
    return xenpt_fail_at(err, XENPT_EPARSE, file->path, offset, "%s", what);
}

/* The number of sections, which is in section 0 where e_shnum is too small for it. */
static uint64_t nr_sections(const struct image_file *file)
{
    if (file->bytes[EI_CLASS] == ELFCLASS64) {
        Elf64_Ehdr e;
        Elf64_Shdr zero;

        memcpy(&e, file->bytes, sizeof(e));
        if (e.e_shnum || e.e_shoff > file->size || file->size - e.e_shoff < sizeof(zero))
            return e.e_shnum;
        memcpy(&zero, file->bytes + e.e_shoff, sizeof(zero));
        return e.e_shoff ? zero.sh_size : 0;
    } else {
        Elf32_Ehdr e;
        Elf32_Shdr zero;

        memcpy(&e, file->bytes, sizeof(e));
        if (e.e_shnum || e.e_shoff > file->size || file->size - e.e_shoff < sizeof(zero))
            return e.e_shnum;
        memcpy(&zero, file->bytes + e.e_shoff, sizeof(zero));
        return e.e_shoff ? zero.sh_size : 0;
    }
}

static enum xenpt_code check_header(const struct image_file *file, struct xenpt_error *err)
{
    const uint8_t *ident = file->bytes;
    size_t size;

    if (file->size < EI_NIDENT)
        return fail_at(file, err, 0, "an ELF file that ends within its first header");
    if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
        return fail_at(file, err, EI_CLASS, "an ELF file that is neither 32- nor 64-bit");
    if (ident[EI_DATA] == ELFDATA2MSB)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, EI_DATA,
                             "a big-endian ELF file: no x86 machine's");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return fail_at(file, err, EI_DATA, "an ELF file of unknown byte order");
    size = ident[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (file->size < size)
        return fail_at(file, err, 0, "an ELF file that ends within its first header");
    if (nr_sections(file) > MAX_SECTIONS)
        return fail_at(file, err, 0, "an ELF file with more than a million sections");
    return XENPT_OK;
}

enum xenpt_code image_elf_begin(const struct image_file *file, Elf **ret, struct xenpt_error *err)
{
    enum xenpt_code code = check_header(file, err);
    Elf *elf;

    if (code)
        return code;
    elf_version(EV_CURRENT);
    /* libelf only reads; it lacks the const. */
    elf = elf_memory((char *)(uintptr_t)file->bytes, file->size);
    if (!elf || elf_kind(elf) != ELF_K_ELF) {
        elf_end(elf);
        return xenpt_fail_at(err, XENPT_EPARSE, file->path, 0,
                             "an ELF file that cannot be read: %s", elf_errmsg(-1));
    }
    *ret = elf;
    return XENPT_OK;
}

static enum xenpt_code check_core(const struct image_file *file, Elf *elf, struct xenpt_error *err)
{
    GElf_Ehdr e;

    if (!gelf_getehdr(elf, &e))
        return fail_at(file, err, 0, elf_errmsg(-1));
    if (e.e_machine != EM_X86_64 && e.e_machine != EM_386)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, offsetof(Elf64_Ehdr, e_machine),
                             "an ELF file of machine %u, which is no x86", e.e_machine);
    if (e.e_type != ET_CORE)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, offsetof(Elf64_Ehdr, e_type),
                             "an ELF file of type %u, not a core: it can give symbols, not memory",
                             e.e_type);
    return XENPT_OK;
}

enum xenpt_code image_open_elf(struct xenpt_image *image, const struct xenpt_image_options *opt,
                               struct xenpt_error *err)
{
    bool xl_core = false;
    enum xenpt_code code;
    Elf *elf;

    code = image_elf_begin(&image->file, &elf, err);
    if (code)
        return code;
    code = check_core(&image->file, elf, err);
    if (!code)
        code = image_open_xl_core(image, elf, opt, &xl_core, err);
    if (!code && !xl_core)
        code = image_read_segments(image, elf, err);
    if (!code && !xl_core)
        code = image_read_notes(image, elf, opt, err);
    elf_end(elf);
    return code;
}
