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
static uint64_t nr_sections64(const struct image_file *file)
{
    Elf64_Ehdr e;
    Elf64_Shdr zero;

    memcpy(&e, file->bytes, sizeof(e));
    if (e.e_shnum || !e.e_shoff || e.e_shoff > file->size - sizeof(zero))
        return e.e_shnum;
    memcpy(&zero, file->bytes + e.e_shoff, sizeof(zero));
    return zero.sh_size;
}

static uint64_t nr_sections32(const struct image_file *file)
{
    Elf32_Ehdr e;
    Elf32_Shdr zero;

    memcpy(&e, file->bytes, sizeof(e));
    if (e.e_shnum || !e.e_shoff || e.e_shoff > file->size - sizeof(zero))
        return e.e_shnum;
    memcpy(&zero, file->bytes + e.e_shoff, sizeof(zero));
    return zero.sh_size;
}

static enum xenpt_code check_header(const struct image_file *file, struct xenpt_error *err)
{
    const uint8_t *ident = file->bytes;
    bool wide;

    if (file->size < EI_NIDENT)
        return fail_at(file, err, 0, "an ELF file that ends within its first header");
    if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
        return fail_at(file, err, EI_CLASS, "an ELF file that is neither 32- nor 64-bit");
    if (ident[EI_DATA] == ELFDATA2MSB)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, EI_DATA,
                             "a big-endian ELF file: no x86 machine's");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return fail_at(file, err, EI_DATA, "an ELF file of unknown byte order");
    wide = ident[EI_CLASS] == ELFCLASS64;
    if (file->size < (wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
        return fail_at(file, err, 0, "an ELF file that ends within its first header");
    if ((wide ? nr_sections64(file) : nr_sections32(file)) > MAX_SECTIONS)
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
    elf = elf_memory((char *)file->bytes, file->size);
    if (!elf || elf_kind(elf) != ELF_K_ELF) {
        elf_end(elf);
        return xenpt_fail_at(err, XENPT_EPARSE, file->path, 0,
                             "an ELF file that cannot be read: %s", elf_errmsg(-1));
    }
    *ret = elf;
    return XENPT_OK;
}

/* Both are at the same place in either width. */
#define TYPE_AT    offsetof(Elf64_Ehdr, e_type)
#define MACHINE_AT offsetof(Elf64_Ehdr, e_machine)

static enum xenpt_code check_core(const struct image_file *file, bool *ret_64bit,
                                  struct xenpt_error *err)
{
    uint16_t type, machine;

    memcpy(&type, file->bytes + TYPE_AT, sizeof(type));
    memcpy(&machine, file->bytes + MACHINE_AT, sizeof(machine));
    if (machine != EM_X86_64 && machine != EM_386)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, MACHINE_AT,
                             "an ELF file of machine %u, which is no x86", machine);
    if (type != ET_CORE)
        return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, TYPE_AT,
                             "an ELF file of type %u, not a core: it can give symbols, not memory",
                             type);
    *ret_64bit = machine == EM_X86_64;
    return XENPT_OK;
}

/*
 * libelf takes a program header for as long as its own are, whatever the file says of it.  gdb and
 * readelf refuse what is not, and so does this: what lies there would be read as something else.
 */
static enum xenpt_code check_entry_size(const struct image_file *file, struct xenpt_error *err)
{
    bool wide = file->bytes[EI_CLASS] == ELFCLASS64;
    size_t size = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), at;
    uint16_t given, nr;

    at = wide ? offsetof(Elf64_Ehdr, e_phentsize) : offsetof(Elf32_Ehdr, e_phentsize);
    memcpy(&given, file->bytes + at, sizeof(given));
    memcpy(&nr, file->bytes + at + sizeof(given), sizeof(nr)); /* e_phnum */
    if (!nr || given == size)
        return XENPT_OK;
    return xenpt_fail_at(err, XENPT_EPARSE, file->path, at,
                         "an ELF file with program headers of %u bytes: they have %zu", given,
                         size);
}

enum xenpt_code image_open_elf(struct xenpt_image *image, const struct xenpt_image_options *opt,
                               struct xenpt_error *err)
{
    struct image_core core = { 0 };
    bool xl_core = false;
    enum xenpt_code code;

    code = image_elf_begin(&image->file, &core.elf, err);
    if (code)
        return code;
    code = check_core(&image->file, &core.is_64bit, err);
    if (!code)
        code = check_entry_size(&image->file, err);
    if (!code)
        code = image_open_xl_core(image, core.elf, opt, &xl_core, err);
    if (!code && !xl_core)
        code = image_read_segments(image, &core, err);
    if (!code && !xl_core)
        code = image_read_notes(image, &core, opt, err);
    elf_end(core.elf);
    return code;
}
