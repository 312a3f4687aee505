/*
 * write_like.c - the notes of a core, for one that has less memory and is otherwise the same.
 */
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"
#include "image/write.h"

static enum xenpt_code append(struct write_like *like, const struct image_file *file,
                              const GElf_Phdr *p, struct xenpt_error *err)
{
    uint8_t *more;

    if (p->p_type != PT_NOTE || !p->p_filesz)
        return XENPT_OK;
    if (p->p_offset > file->size || p->p_filesz > file->size - p->p_offset)
        return xenpt_fail(err, XENPT_ERANGE, "the notes to copy run past the end of their file");
    more = realloc(like->notes, like->size + p->p_filesz);
    if (!more)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for notes");
    like->notes = more;
    memcpy(more + like->size, file->bytes + p->p_offset, p->p_filesz);
    like->size += p->p_filesz;
    return XENPT_OK;
}

static enum xenpt_code append_all(struct write_like *like, const struct image_file *file, Elf *elf,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    GElf_Ehdr e;
    GElf_Phdr p;
    size_t nr;

    if (!gelf_getehdr(elf, &e) || elf_getphdrnum(elf, &nr))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "the core whose notes are to be copied: %s",
                          elf_errmsg(-1));
    like->machine = e.e_machine;
    for (size_t i = 0; !code && i < nr; i++)
        if (gelf_getphdr(elf, (int)i, &p))
            code = append(like, file, &p, err);
    return code;
}

enum xenpt_code write_like_copy(struct write_like *ret, const struct xenpt_image *image,
                                struct xenpt_error *err)
{
    struct write_like like = { 0 };
    enum xenpt_code code;
    Elf *elf;

    if (image->form == XENPT_IMAGE_RAW)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "an image that is no ELF core has no notes");
    code = image_elf_begin(&image->file, &elf, err);
    if (code)
        return code;
    code = append_all(&like, &image->file, elf, err);
    elf_end(elf);
    if (code)
        write_like_fini(&like);
    else
        *ret = like;
    return code;
}

void write_like_fini(struct write_like *like)
{
    free(like->notes);
    *like = (struct write_like){ 0 };
}
