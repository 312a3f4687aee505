/*
 * kdump.c - a vmcore of Linux: no note has a CR3, but VMCOREINFO names the kernel's own root.
 *
 * VMCOREINFO is lines of text, KEY=VALUE; Linux, Documentation/admin-guide/kdump/vmcoreinfo.rst.
 * The context that comes of it is that of kernel threads: a process has a root of its own,
 * and under KPTI one more for user mode.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"

/* Where the kernel's image lies: __START_KERNEL_map; and PAGE_OFFSET of a 32-bit kernel. */
#define START_KERNEL_MAP UINT64_C(0xffffffff80000000)
#define PAGE_OFFSET_32   UINT64_C(0xc0000000)

/* The value in the line of this key, of `size` bytes.  NULL: there is no such line. */
static const char *find(const struct image_note *info, const char *key, size_t *size)
{
    const char *at = (const char *)info->desc, *end = at + info->size;
    size_t length = strlen(key);

    for (const char *next; at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop ? stop : end;
        next = stop + 1;
        if ((size_t)(stop - at) > length && !memcmp(at, key, length) && at[length] == '=') {
            *size = (size_t)(stop - at) - length - 1;
            return at + length + 1;
        }
    }
    return NULL;
}

/* The same as a number.  False: there is no such line, or something else in it. */
static bool find_number(const struct image_note *info, const char *key, int base, uint64_t *ret)
{
    size_t size = 0;
    const char *text = find(info, key, &size);
    char value[32] = "", *rest;
    uint64_t number;

    if (!text || !size || size >= sizeof(value))
        return false;
    memcpy(value, text, size);
    number = strtoull(value, &rest, base); /* A minus is fine: phys_base can be negative. */
    if (*rest)
        return false;
    *ret = number;
    return true;
}

static bool is_yes(const struct image_note *info, const char *key)
{
    size_t size = 0;
    const char *text = find(info, key, &size);

    return text && size == 1 && *text == 'y';
}

/* The root's machine address, from its symbol.  False: the notes do not tell it. */
static bool find_root(const struct image_note *info, bool is_64bit, uint64_t *ret)
{
    uint64_t va, phys_base = 0;

    if (!find_number(info, "SYMBOL(init_top_pgt)", 16, &va) &&
        !find_number(info, "SYMBOL(init_level4_pgt)", 16, &va) &&
        !find_number(info, "SYMBOL(swapper_pg_dir)", 16, &va))
        return false;
    if (!is_64bit) {
        *ret = va - PAGE_OFFSET_32;
        return va >= PAGE_OFFSET_32;
    }
    /* Old kernels give the symbol instead: its address takes phys_base to be found. */
    if (!find_number(info, "NUMBER(phys_base)", 10, &phys_base))
        return false;
    *ret = va - START_KERNEL_MAP + phys_base;
    return va >= START_KERNEL_MAP;
}

enum xenpt_code image_add_linux_kernel(struct xenpt_image *image,
                                       const struct xenpt_image_options *opt,
                                       const struct image_note *vmcoreinfo, bool is_64bit,
                                       struct xenpt_error *err)
{
    struct image_cpu cpu = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_WP | XENPT_CR0_PG,
        .cr4 = XENPT_CR4_PSE,
        .pat = PAT_LINUX,
        .system = "Linux",
        .ia32e = is_64bit ? "a 64-bit kernel" : NULL,
        .known = "the kernel's own root (init_top_pgt): a process has another, and with KPTI one "
                 "more for user mode; CR0 and CR4 as Linux sets them",
    };
    enum xenpt_code code = XENPT_OK;
    uint64_t number;

    find_number(vmcoreinfo, "KERNELOFFSET", 16, &image->kernel_offset);
    if (find_number(vmcoreinfo, "NUMBER(sme_mask)", 10, &number) && number)
        code = image_warn(
            &image->warnings, err,
            "the kernel ran with memory encryption: its entries carry bit mask 0x%" PRIx64
            ", which is not taken out of their addresses",
            number);
    if (code)
        return code;
    if (!find_root(vmcoreinfo, is_64bit, &cpu.cr3))
        return image_warn(&image->warnings, err,
                          "VMCOREINFO does not tell where the kernel's page "
                          "tables are: no context is known");
    if (is_64bit || is_yes(vmcoreinfo, "CONFIG_X86_PAE"))
        cpu.cr4 |= XENPT_CR4_PAE;
    if (find_number(vmcoreinfo, "NUMBER(pgtable_l5_enabled)", 10, &number) && number)
        cpu.cr4 |= XENPT_CR4_LA57;
    return image_add_cpu(image, opt, "kernel", &cpu, err);
}
