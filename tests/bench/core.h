/* core.h - ELF cores made to order, in a temporary file: to measure how they are opened. */
#ifndef XENPT_BENCH_CORE_H
#define XENPT_BENCH_CORE_H

#include <stddef.h>
#include <stdint.h>

/* A PT_LOAD: where it belongs in memory, and where its bytes are in the file. */
struct core_segment {
    uint64_t first, size, offset;
};

/*
 * A core of these segments, sparse but for what core_write() puts there, with a note of one
 * CPU as QEMU writes it: 4-level paging under this CR3.  Returns its path, to be removed and
 * freed by core_remove().
 */
char *core_create(const struct core_segment *segments, size_t n, uint64_t cr3, uint64_t file_size);
void core_remove(char *path);

/* Writes bytes at an offset of the file. */
void core_write(const char *path, uint64_t offset, const void *bytes, size_t size);

/* The file's bytes from an offset on, mapped for reading. */
const uint8_t *core_map(const char *path, uint64_t offset, uint64_t size);

/* Bytes that headers and notes of n segments take: where the first segment's can begin. */
uint64_t core_headers(size_t n);

#endif
