/*
 * elf_builder.h - ELF cores made to order: well-formed as they come, and easily spoiled.
 *
 * Parts are added in any order and laid out by elf_build(): headers, notes, segments, sections.
 */
#ifndef ELF_BUILDER_H
#define ELF_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SECTIONS 16

struct elf_bytes {
    uint8_t *p;
    size_t size, max;
};

struct elf_load {
    uint64_t paddr, filesz, memsz;
    uint64_t offset; /* In the file once built; before that, in the data of all segments. */
    bool as_given;   /* The offset is meant as it is. */
};

struct elf_section {
    const char *name;
    uint32_t type, link, info;
    uint64_t addr, size, entsize;
    uint64_t offset;
};

struct elf_builder {
    bool is_32bit;
    uint16_t type, machine; /* ET_CORE and EM_X86_64 unless changed. */
    bool xnum;              /* Count program headers in section 0 even if they are few. */
    size_t skew;            /* Where in a page the first segment begins: QEMU aligns nothing. */
    struct elf_load *load;
    size_t nr_loads, max_loads;
    struct elf_section section[ELF_MAX_SECTIONS];
    size_t nr_sections;
    struct elf_bytes notes, data, sections;
    struct elf_bytes file; /* The outcome. */
    uint64_t notes_at, headers_at;
};

void elf_init(struct elf_builder *b);
void elf_fini(struct elf_builder *b);

/* A segment with these bytes, or with zeros if NULL.  Its number. */
size_t elf_load(struct elf_builder *b, uint64_t paddr, const void *bytes, size_t size);
/* A segment whose bytes are `size` of segment `of`, from `from` on. */
size_t elf_alias(struct elf_builder *b, uint64_t paddr, size_t of, uint64_t from, uint64_t size);
/* A segment header that says just this. */
size_t elf_load_raw(struct elf_builder *b, uint64_t paddr, uint64_t offset, uint64_t filesz,
                    uint64_t memsz);
void elf_note(struct elf_builder *b, const char *owner, uint32_t type, const void *desc,
              size_t size);
/* A section; its index. */
size_t elf_section(struct elf_builder *b, const char *name, uint32_t type, const void *bytes,
                   size_t size, size_t entsize);
/* Lays all of it out in b->file. */
void elf_build(struct elf_builder *b);

/* Little-endian numbers into bytes. */
void put16(void *at, uint16_t v);
void put32(void *at, uint32_t v);
void put64(void *at, uint64_t v);

/* --- Notes ------------------------------------------------------------------------------- */

/* A CPU as QEMU's note tells of it; all zero: real mode. */
struct qemu_cpu {
    uint64_t cr0, cr3, cr4, rip, rflags;
    uint32_t cs_flags, ss_flags;
    uint64_t gdt, idt, tr, ldt, fs, gs, kernel_gs;
    uint32_t version, size; /* What it says of itself; 0: 1 and 440. */
    size_t note_size;       /* 0: 440. */
};

void elf_qemu_note(struct elf_builder *b, struct qemu_cpu cpu);
void elf_prstatus_note(struct elf_builder *b, uint64_t rip, uint16_t cs, uint64_t rflags);

/* --- Files ------------------------------------------------------------------------------- */

/* Writes bytes to a new temporary file; its path, to be unlinked and freed. */
char *write_file(const void *bytes, size_t size);

#endif
