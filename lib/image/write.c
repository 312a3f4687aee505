/*
 * write.c - a view's memory and CPUs as an ELF core like QEMU's: the ELF header, the program
 * headers, the notes, and then page after page, each run at a page's boundary of the file.
 *
 * Where there are more segments than the ELF header can count, it says PN_XNUM and a section
 * header behind it has the number; System V ABI, "Program Header".
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "image/write.h"

#define MAX_SIZE ((uint64_t)64 << 30)
#define PART     ((size_t)64 << 10)

/* A core being written: what is where in it. */
struct writing {
    const struct xenpt_view *view;
    const struct xenpt_context *const *cpus;
    size_t nr_cpus;
    uint16_t machine;
    struct write_like like; /* Of the core whose notes are copied; or nothing. */
    struct write_frames frames;
    uint64_t headers, notes, nr_segments; /* Offset of the program headers, of the notes... */
    uint64_t notes_size, memory, bytes;   /* ...and of what follows them. */
    bool (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
    struct xenpt_error *err;
};

static enum xenpt_code put(const struct writing *w, const void *bytes, size_t n)
{
    if (w->write(w->ctx, bytes, n))
        return XENPT_OK;
    return xenpt_fail(w->err, XENPT_EIO, "the core cannot be written");
}

static bool counted_elsewhere(const struct writing *w)
{
    return w->nr_segments >= PN_XNUM;
}

static enum xenpt_code plan(struct writing *w, const struct xenpt_image_write_options *opt)
{
    uint64_t max = opt->max_size ? opt->max_size : MAX_SIZE, end;

    for (size_t i = 0; i < w->frames.nr; i++)
        w->bytes += w->frames.list[i].last - w->frames.list[i].first + 1;
    if (w->bytes > max)
        return xenpt_fail(w->err, XENPT_ERANGE,
                          "the core would have %llu bytes of memory, and %llu are allowed",
                          (unsigned long long)w->bytes, (unsigned long long)max);
    w->nr_segments = w->frames.nr + 1;
    w->headers = sizeof(Elf64_Ehdr) + (counted_elsewhere(w) ? sizeof(Elf64_Shdr) : 0);
    w->notes = w->headers + w->nr_segments * sizeof(Elf64_Phdr);
    w->notes_size = opt->notes_of ? w->like.size
                                  : write_notes_size(w->machine == EM_X86_64, w->nr_cpus);
    end = w->notes + w->notes_size;
    w->memory = (end + XENPT_PAGE_SIZE - 1) / XENPT_PAGE_SIZE * XENPT_PAGE_SIZE;
    return XENPT_OK;
}

/* --- Headers ------------------------------------------------------------------------------- */

static enum xenpt_code put_header(const struct writing *w)
{
    bool elsewhere = counted_elsewhere(w);
    Elf64_Ehdr e = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_CORE,
        .e_machine = w->machine,
        .e_version = EV_CURRENT,
        .e_phoff = w->headers,
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = elsewhere ? PN_XNUM : (uint16_t)w->nr_segments,
        .e_shoff = elsewhere ? sizeof(Elf64_Ehdr) : 0,
        .e_shentsize = elsewhere ? sizeof(Elf64_Shdr) : 0,
        .e_shnum = elsewhere,
    };
    Elf64_Shdr count = { .sh_info = (uint32_t)w->nr_segments };
    enum xenpt_code code = put(w, &e, sizeof(e));

    return code || !elsewhere ? code : put(w, &count, sizeof(count));
}

static enum xenpt_code put_segments(const struct writing *w)
{
    Elf64_Phdr p = {
        .p_type = PT_NOTE,
        .p_offset = w->notes,
        .p_filesz = w->notes_size,
        .p_memsz = w->notes_size,
    };
    uint64_t offset = w->memory;
    enum xenpt_code code = put(w, &p, sizeof(p));

    for (size_t i = 0; !code && i < w->frames.nr; i++) {
        const struct xenpt_image_run *run = &w->frames.list[i];

        p = (Elf64_Phdr){
            .p_type = PT_LOAD,
            .p_offset = offset,
            .p_paddr = run->first,
            .p_filesz = run->last - run->first + 1,
            .p_memsz = run->last - run->first + 1,
        };
        code = put(w, &p, sizeof(p));
        offset += p.p_filesz;
    }
    return code;
}

/* The notes, and zeros up to where memory begins. */
static enum xenpt_code put_notes(const struct writing *w)
{
    size_t size = (size_t)(w->memory - w->notes);
    uint8_t *notes = calloc(1, size + 1);
    enum xenpt_code code;

    if (!notes)
        return xenpt_fail(w->err, XENPT_ENOMEM, "no memory for the notes of %zu CPUs", w->nr_cpus);
    if (w->like.notes)
        memcpy(notes, w->like.notes, w->like.size);
    else
        write_notes(w->cpus, w->nr_cpus, w->machine == EM_X86_64, notes);
    code = put(w, notes, size);
    free(notes);
    return code;
}

/* --- Memory -------------------------------------------------------------------------------- */

static enum xenpt_code put_run(const struct writing *w, const struct xenpt_image_run *run,
                               uint8_t *part)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t at = run->first; !code && at <= run->last; at += PART) {
        size_t n = (size_t)min_u64(PART, run->last - at + 1);

        if (!xenpt_read(w->view->mem, at, part, n))
            return xenpt_fail(w->err, XENPT_ERANGE,
                              "the memory to write has no 0x%zx bytes at machine address 0x%llx", n,
                              (unsigned long long)at);
        code = put(w, part, n);
    }
    return code;
}

static enum xenpt_code put_memory(const struct writing *w)
{
    uint8_t *part = malloc(PART);
    enum xenpt_code code = XENPT_OK;

    if (!part)
        return xenpt_fail(w->err, XENPT_ENOMEM, "no memory to write a core");
    for (size_t i = 0; !code && i < w->frames.nr; i++)
        code = put_run(w, &w->frames.list[i], part);
    free(part);
    return code;
}

enum xenpt_code xenpt_image_write(const struct xenpt_view *view,
                                  const struct xenpt_context *const cpus[], size_t nr_cpus,
                                  const struct xenpt_image_write_options *opt,
                                  bool (*write)(void *ctx, const char *bytes, size_t n), void *ctx,
                                  struct xenpt_image_written *ret, struct xenpt_error *err)
{
    static const struct xenpt_image_write_options none;
    struct writing w = {
        .view = view,
        .cpus = cpus,
        .nr_cpus = nr_cpus,
        .machine = write_is_64bit(cpus, nr_cpus) ? EM_X86_64 : EM_386,
        .write = write,
        .ctx = ctx,
        .err = err,
    };
    enum xenpt_code code;

    opt = opt ? opt : &none;
    code = opt->notes_of ? write_like_copy(&w.like, opt->notes_of, err) : XENPT_OK;
    if (opt->notes_of)
        w.machine = w.like.machine;
    if (!code)
        code = write_frames_find(&w.frames, view, opt, err);
    if (!code)
        code = plan(&w, opt);
    if (!code)
        code = put_header(&w);
    if (!code)
        code = put_segments(&w);
    if (!code)
        code = put_notes(&w);
    if (!code)
        code = put_memory(&w);
    if (!code && ret)
        *ret = (struct xenpt_image_written){
            .runs = w.frames.nr,
            .bytes = w.bytes,
            .size = w.memory + w.bytes,
        };
    write_frames_fini(&w.frames);
    write_like_fini(&w.like);
    return code;
}
