/*
 * fail_alloc.c - the linker's --wrap puts these in front of the allocation functions.
 */
#define _GNU_SOURCE

#include "fail_alloc.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct {
    bool armed, once;
    unsigned long left, refused;
} state;

void fail_alloc_after(unsigned long n)
{
    state.armed = true;
    state.once = false;
    state.left = n;
    state.refused = 0;
}

void fail_alloc_once_after(unsigned long n)
{
    fail_alloc_after(n);
    state.once = true;
}

unsigned long fail_alloc_stop(void)
{
    state.armed = false;
    return state.refused;
}

static bool refuse(void)
{
    if (!state.armed)
        return false;
    if (state.left) {
        state.left--;
        return false;
    }
    state.refused++;
    if (state.once)
        state.armed = false;
    errno = ENOMEM;
    return true;
}

/* clang-format off */
#define WRAP(result, name, refused, params, args)    \
    result __real_##name params;                     \
    result __wrap_##name params;                     \
    result __wrap_##name params                      \
    {                                                \
        return refuse() ? refused : __real_##name args; \
    }

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t nr, size_t size), (nr, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(void *, reallocarray, NULL, (void *old, size_t nr, size_t size), (old, nr, size))
WRAP(void *, aligned_alloc, NULL, (size_t align, size_t size), (align, size))
WRAP(int, posix_memalign, ENOMEM, (void **ret, size_t align, size_t size), (ret, align, size))
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(char *, strndup, NULL, (const char *text, size_t size), (text, size))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
     (at, size, prot, flags, fd, offset))
WRAP(int, mprotect, -1, (void *at, size_t size, int prot), (at, size, prot))
/* clang-format on */
