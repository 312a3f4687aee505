/* core.c - see core.h. */
#define _GNU_SOURCE
#include "core.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* QEMUCPUState of x86, version 1: 18 general registers, 10 segments, CR0 to CR4, GS base. */
struct cpu_note {
    Elf64_Nhdr header;
    char name[8];
    uint32_t version, size;
    uint64_t general[18];
    struct {
        uint32_t selector, limit, flags, pad;
        uint64_t base;
    } segment[10];
    uint64_t cr[5];
    uint64_t kernel_gs_base;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

uint64_t core_headers(size_t n)
{
    return sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr) + (n + 1) * sizeof(Elf64_Phdr) +
           sizeof(struct cpu_note);
}

static struct cpu_note note_of(uint64_t cr3)
{
    struct cpu_note note = {
        .header = { 5, sizeof(note) - offsetof(struct cpu_note, version), 0 },
        .name = "QEMU",
        .version = 1,
        .size = sizeof(note) - offsetof(struct cpu_note, version),
        .cr = { 0x80050033, 0, 0, cr3, 0x20 },
    };

    note.segment[0].selector = 0x10;
    note.segment[0].flags = 0x00af9b00; /* A 64-bit code segment. */
    return note;
}

static void put(int fd, const void *bytes, size_t size)
{
    if (write(fd, bytes, size) != (ssize_t)size)
        die("cannot write a core");
}

char *core_create(const struct core_segment *segments, size_t n, uint64_t cr3, uint64_t file_size)
{
    char *path = strdup("/tmp/xenpt-bench-XXXXXX");
    size_t nr = n + 1;
    struct cpu_note note = note_of(cr3);
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr),
        .e_shoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)(nr < PN_XNUM ? nr : PN_XNUM),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 1,
    };
    Elf64_Shdr section = { .sh_info = (Elf64_Word)nr };
    Elf64_Phdr *program = calloc(nr, sizeof(*program));
    int fd;

    if (!path || !program)
        die("no memory for a core");
    fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, (off_t)file_size))
        die(path);
    program[0] = (Elf64_Phdr){ .p_type = PT_NOTE,
                               .p_offset = core_headers(n) - sizeof(note),
                               .p_filesz = sizeof(note) };
    for (size_t i = 0; i < n; i++)
        program[i + 1] = (Elf64_Phdr){ .p_type = PT_LOAD,
                                       .p_offset = segments[i].offset,
                                       .p_paddr = segments[i].first,
                                       .p_filesz = segments[i].size,
                                       .p_memsz = segments[i].size };
    put(fd, &header, sizeof(header));
    put(fd, &section, sizeof(section));
    put(fd, program, nr * sizeof(*program));
    put(fd, &note, sizeof(note));
    free(program);
    close(fd);
    return path;
}

void core_write(const char *path, uint64_t offset, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY);

    if (fd < 0 || pwrite(fd, bytes, size, (off_t)offset) != (ssize_t)size)
        die(path);
    close(fd);
}

const uint8_t *core_map(const char *path, uint64_t offset, uint64_t size)
{
    int fd = open(path, O_RDONLY);
    const uint8_t *bytes = mmap(NULL, offset + size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);

    if (fd < 0 || bytes == MAP_FAILED)
        die(path);
    close(fd);
    return bytes + offset;
}

void core_remove(char *path)
{
    unlink(path);
    free(path);
}
