/*
 * builtin.c - the files of layouts/, as they are, in the library.
 *
 * The assembler takes each in, with a NUL behind it; XENPT_LAYOUTS is their folder while the
 * library is built.
 */
#include <string.h>

#include "layout/internal.h"

/* clang-format off */

/* Oldest first.  A file that is added is added here, and in CMakeLists.txt. */
#define FILES(X)                      \
    X(xen_4_2, "xen-4.2")             \
    X(xen_4_3, "xen-4.3")             \
    X(xen_4_4, "xen-4.4")             \
    X(xen_4_6, "xen-4.6")             \
    X(xen_4_7, "xen-4.7")             \
    X(xen_4_8, "xen-4.8")             \
    X(xen_4_9, "xen-4.9")             \
    X(xen_4_10, "xen-4.10")           \
    X(xen_4_11, "xen-4.11")           \
    X(xen_4_14, "xen-4.14")           \
    X(xen_4_15, "xen-4.15")           \
    X(xen_4_17, "xen-4.17")           \
    X(xen_4_18, "xen-4.18")           \
    X(xen_4_19, "xen-4.19")           \
    X(xen_4_20, "xen-4.20")           \
    X(xen_4_21, "xen-4.21")           \
    X(linux_4_level, "linux-4-level") \
    X(linux_5_level, "linux-5-level")

#define TAKE(symbol, name)                                             \
    __asm__(".section .rodata\n"                                       \
            ".globl layout_" #symbol "\n.hidden layout_" #symbol "\n"  \
            "layout_" #symbol ":\n"                                    \
            ".incbin \"" XENPT_LAYOUTS "/" name ".yaml\"\n.byte 0\n"    \
            ".previous\n");                                            \
    extern const char layout_##symbol[] __attribute__((visibility("hidden")));

#define ROW(symbol, name) { { name, name ".yaml" }, layout_##symbol },

FILES(TAKE)

/* clang-format on */

static const struct builtin rows[] = { FILES(ROW) };

size_t builtin_rows(const struct builtin **ret)
{
    *ret = rows;
    return ARRAY_SIZE(rows);
}

const struct builtin *builtin_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (!strcmp(rows[i].name.name, name))
            return &rows[i];
    return NULL;
}

const struct xenpt_layout_name *xenpt_layout_name(size_t i)
{
    return i < ARRAY_SIZE(rows) ? &rows[i].name : NULL;
}
