/* elf_builder.c - see elf_builder.h.  A test has no use for an error here, so it aborts. */
#define _GNU_SOURCE

#include "elf_builder.h"

#include <assert.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

void put16(void *at, uint16_t v)
{
    memcpy(at, &v, sizeof(v));
}

void put32(void *at, uint32_t v)
{
    memcpy(at, &v, sizeof(v));
}

void put64(void *at, uint64_t v)
{
    memcpy(at, &v, sizeof(v));
}

/* Appends bytes, or zeros if NULL; where they went. */
static size_t put(struct elf_bytes *b, const void *bytes, size_t size)
{
    size_t at = b->size;

    if (!size)
        return at;
    if (b->size + size > b->max) {
        b->max = (b->size + size) * 2 + 64;
        b->p = realloc(b->p, b->max);
        must(b->p);
    }
    if (bytes)
        memcpy(b->p + at, bytes, size);
    else
        memset(b->p + at, 0, size);
    b->size += size;
    return at;
}

static void align(struct elf_bytes *b, size_t to)
{
    put(b, NULL, (to - b->size % to) % to);
}

void elf_init(struct elf_builder *b)
{
    *b = (struct elf_builder){ .type = ET_CORE, .machine = EM_X86_64 };
}

void elf_fini(struct elf_builder *b)
{
    free(b->load);
    free(b->notes.p);
    free(b->data.p);
    free(b->sections.p);
    free(b->file.p);
    *b = (struct elf_builder){ 0 };
}

static size_t add_load(struct elf_builder *b, struct elf_load load)
{
    if (b->nr_loads == b->max_loads) {
        b->max_loads = b->max_loads * 2 + 16;
        b->load = realloc(b->load, b->max_loads * sizeof(*b->load));
        must(b->load);
    }
    b->load[b->nr_loads] = load;
    return b->nr_loads++;
}

size_t elf_load(struct elf_builder *b, uint64_t paddr, const void *bytes, size_t size)
{
    return add_load(b, (struct elf_load){ .paddr = paddr,
                                          .filesz = size,
                                          .memsz = size,
                                          .offset = put(&b->data, bytes, size) });
}

size_t elf_alias(struct elf_builder *b, uint64_t paddr, size_t of, uint64_t from, uint64_t size)
{
    return add_load(b, (struct elf_load){ .paddr = paddr,
                                          .filesz = size,
                                          .memsz = size,
                                          .offset = b->load[of].offset + from });
}

size_t elf_load_raw(struct elf_builder *b, uint64_t paddr, uint64_t offset, uint64_t filesz,
                    uint64_t memsz)
{
    return add_load(
        b,
        (struct elf_load){
            .paddr = paddr, .filesz = filesz, .memsz = memsz, .offset = offset, .as_given = true });
}

void elf_note(struct elf_builder *b, const char *owner, uint32_t type, const void *desc,
              size_t size)
{
    Elf64_Nhdr n = { .n_namesz = (uint32_t)strlen(owner) + 1,
                     .n_descsz = (uint32_t)size,
                     .n_type = type };

    put(&b->notes, &n, sizeof(n));
    put(&b->notes, owner, n.n_namesz);
    align(&b->notes, 4);
    put(&b->notes, desc, size);
    align(&b->notes, 4);
}

size_t elf_section(struct elf_builder *b, const char *name, uint32_t type, const void *bytes,
                   size_t size, size_t entsize)
{
    must(b->nr_sections < ELF_MAX_SECTIONS);
    align(&b->sections, 16);
    b->section[b->nr_sections] = (struct elf_section){
        .name = name,
        .type = type,
        .size = size,
        .entsize = entsize,
        .offset = put(&b->sections, bytes, size),
    };
    return 1 + b->nr_sections++; /* Section 0 comes first. */
}

/* --- Laying out -------------------------------------------------------------------------- */

static void put_phdr(struct elf_builder *b, uint32_t type, const struct elf_load *load)
{
    if (b->is_32bit) {
        Elf32_Phdr p = { .p_type = type,
                         .p_offset = (uint32_t)load->offset,
                         .p_paddr = (uint32_t)load->paddr,
                         .p_filesz = (uint32_t)load->filesz,
                         .p_memsz = (uint32_t)load->memsz };

        put(&b->file, &p, sizeof(p));
    } else {
        Elf64_Phdr p = { .p_type = type,
                         .p_offset = load->offset,
                         .p_paddr = load->paddr,
                         .p_filesz = load->filesz,
                         .p_memsz = load->memsz };

        put(&b->file, &p, sizeof(p));
    }
}

static void put_shdr(struct elf_builder *b, uint32_t name, const struct elf_section *s)
{
    if (b->is_32bit) {
        Elf32_Shdr h = { .sh_name = name,
                         .sh_type = s->type,
                         .sh_addr = (uint32_t)s->addr,
                         .sh_offset = (uint32_t)s->offset,
                         .sh_size = (uint32_t)s->size,
                         .sh_link = s->link,
                         .sh_info = s->info,
                         .sh_entsize = (uint32_t)s->entsize };

        put(&b->file, &h, sizeof(h));
    } else {
        Elf64_Shdr h = { .sh_name = name,
                         .sh_type = s->type,
                         .sh_addr = s->addr,
                         .sh_offset = s->offset,
                         .sh_size = s->size,
                         .sh_link = s->link,
                         .sh_info = s->info,
                         .sh_entsize = s->entsize };

        put(&b->file, &h, sizeof(h));
    }
}

struct counts {
    size_t nr_phdrs, nr_shdrs;
    uint64_t phoff, shoff;
    bool xnum;
};

static void put_ehdr(struct elf_builder *b, const struct counts *c)
{
    unsigned char ident[EI_NIDENT] = { 0x7f, 'E', 'L', 'F', b->is_32bit ? 1 : 2, 1, 1 };
    uint16_t phnum = c->xnum ? PN_XNUM : (uint16_t)c->nr_phdrs;
    uint16_t shnum = (uint16_t)c->nr_shdrs, strings = shnum > 1 ? (uint16_t)(shnum - 1) : 0;

    if (b->is_32bit) {
        Elf32_Ehdr e = { .e_type = b->type,
                         .e_machine = b->machine,
                         .e_version = 1,
                         .e_phoff = (uint32_t)c->phoff,
                         .e_shoff = (uint32_t)c->shoff,
                         .e_ehsize = sizeof(e),
                         .e_phentsize = sizeof(Elf32_Phdr),
                         .e_phnum = phnum,
                         .e_shentsize = sizeof(Elf32_Shdr),
                         .e_shnum = shnum,
                         .e_shstrndx = strings };

        memcpy(e.e_ident, ident, sizeof(ident));
        memcpy(b->file.p, &e, sizeof(e));
    } else {
        Elf64_Ehdr e = { .e_type = b->type,
                         .e_machine = b->machine,
                         .e_version = 1,
                         .e_phoff = c->phoff,
                         .e_shoff = c->shoff,
                         .e_ehsize = sizeof(e),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = phnum,
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = shnum,
                         .e_shstrndx = strings };

        memcpy(e.e_ident, ident, sizeof(ident));
        memcpy(b->file.p, &e, sizeof(e));
    }
}

static void put_sections(struct elf_builder *b, struct counts *c)
{
    struct elf_section zero = { .info = c->xnum ? (uint32_t)c->nr_phdrs : 0 };
    struct elf_section strings = { .type = SHT_STRTAB };
    struct elf_bytes names = { 0 };
    uint32_t name[ELF_MAX_SECTIONS], strings_name;
    uint64_t at;

    put(&names, "", 1);
    for (size_t i = 0; i < b->nr_sections; i++)
        name[i] = (uint32_t)put(&names, b->section[i].name, strlen(b->section[i].name) + 1);
    strings_name = (uint32_t)put(&names, ".shstrtab", sizeof(".shstrtab"));
    align(&b->file, 16);
    at = put(&b->file, b->sections.p, b->sections.size);
    strings.offset = put(&b->file, names.p, names.size);
    strings.size = names.size;
    free(names.p);
    align(&b->file, 16);
    c->shoff = b->file.size;
    put_shdr(b, 0, &zero);
    for (size_t i = 0; i < b->nr_sections; i++) {
        b->section[i].offset += at;
        put_shdr(b, name[i], &b->section[i]);
    }
    put_shdr(b, strings_name, &strings);
    c->nr_shdrs = b->nr_sections + 2;
}

void elf_build(struct elf_builder *b)
{
    struct counts c = { .nr_phdrs = b->nr_loads + (b->notes.size != 0) };
    size_t phsize = b->is_32bit ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
    struct elf_load notes = { .filesz = b->notes.size, .memsz = b->notes.size };
    uint64_t data_at;

    c.xnum = b->xnum || c.nr_phdrs >= PN_XNUM;
    put(&b->file, NULL, b->is_32bit ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr));
    c.phoff = c.nr_phdrs ? b->file.size : 0;
    b->headers_at = c.phoff;
    notes.offset = b->notes_at = b->file.size + c.nr_phdrs * phsize;
    data_at = notes.offset + b->notes.size;
    data_at += (4096 + b->skew - data_at % 4096) % 4096;
    if (b->notes.size)
        put_phdr(b, PT_NOTE, &notes);
    for (size_t i = 0; i < b->nr_loads; i++) {
        if (!b->load[i].as_given)
            b->load[i].offset += data_at;
        put_phdr(b, PT_LOAD, &b->load[i]);
    }
    put(&b->file, b->notes.p, b->notes.size);
    if (b->data.size)
        put(&b->file, NULL, data_at - b->file.size);
    put(&b->file, b->data.p, b->data.size);
    if (c.xnum || b->nr_sections)
        put_sections(b, &c);
    put_ehdr(b, &c);
}

/* --- Notes ------------------------------------------------------------------------------- */

static void put_segment(uint8_t *at, uint32_t flags, uint64_t base)
{
    put32(at + 8, flags);
    put64(at + 16, base);
}

/* The places are those that a hex dump of a note of a real QEMU shows. */
void elf_qemu_note(struct elf_builder *b, struct qemu_cpu cpu)
{
    uint8_t note[440] = { 0 };

    put32(note, cpu.version ? cpu.version : 1);
    put32(note + 4, cpu.size ? cpu.size : 440);
    put64(note + 136, cpu.rip);
    put64(note + 144, cpu.rflags);
    put_segment(note + 152, cpu.cs_flags, 0);
    put_segment(note + 224, 0, cpu.fs);
    put_segment(note + 248, 0, cpu.gs);
    put_segment(note + 272, cpu.ss_flags, 0);
    put_segment(note + 296, 0, cpu.ldt);
    put_segment(note + 320, 0, cpu.tr);
    put_segment(note + 344, 0, cpu.gdt);
    put_segment(note + 368, 0, cpu.idt);
    put64(note + 392, cpu.cr0);
    put64(note + 416, cpu.cr3);
    put64(note + 424, cpu.cr4);
    put64(note + 432, cpu.kernel_gs);
    elf_note(b, "QEMU", 0, note, cpu.note_size ? cpu.note_size : 440);
}

/* struct elf_prstatus of <sys/procfs.h>: registers at 112 and, 32-bit, 72. */
void elf_prstatus_note(struct elf_builder *b, uint64_t rip, uint16_t cs, uint64_t rflags)
{
    uint8_t note[336] = { 0 };

    if (b->machine == EM_386) {
        put32(note + 72 + 48, (uint32_t)rip);
        put32(note + 72 + 52, cs);
        put32(note + 72 + 56, (uint32_t)rflags);
        elf_note(b, "CORE", NT_PRSTATUS, note, 144);
        return;
    }
    put64(note + 112 + 128, rip);
    put64(note + 112 + 136, cs);
    put64(note + 112 + 144, rflags);
    elf_note(b, "CORE", NT_PRSTATUS, note, 336);
}

/* --- Files ------------------------------------------------------------------------------- */

char *write_file(const void *bytes, size_t size)
{
    const char *dir = getenv("TMPDIR");
    char *path = malloc(4096);
    int fd;

    must(path);
    snprintf(path, 4096, "%s/xenpt-test-XXXXXX", dir && *dir ? dir : "/tmp");
    fd = mkstemp(path);
    must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
    return path;
}
