/* test_disk.c - the probe images as they are in the library, and the disk that boots them. */
#include "validate/disk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "validate/blob.h"

#define UNIT 2048u

static struct xenpt_error err;

static uint32_t le16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p) | le16(p + 2) << 16;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t entry64(const struct probe_image *image, uint64_t table, unsigned int slot)
{
    const uint8_t *p = image->bytes + (table - PROBE_IMAGE) + slot * 8;

    return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* Multiboot specification 0.6.96, "The layout of Multiboot header". */
static void multiboot(void **state)
{
    const struct probe_image *const images[] = { &probe_image_64, &probe_image_32 };

    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        const uint8_t *p = images[i]->bytes;

        assert_int_equal(le32(p), 0x1badb002);
        assert_int_equal(le32(p + 4), 0x10000);
        assert_int_equal((uint32_t)(le32(p) + le32(p + 4) + le32(p + 8)), 0);
        assert_int_equal(le32(p + 12), PROBE_IMAGE);
        assert_int_equal(le32(p + 16), PROBE_IMAGE);
        assert_int_equal(le32(p + 20), 0);
        assert_int_equal(le32(p + 28), PROBE_ENTRY);
        assert_int_equal(p[PROBE_ENTRY - PROBE_IMAGE], 0xfa); /* CLI */
        assert_true(images[i]->size < 0x100000);
    }
    assert_string_equal(probe_image_64.name, "64");
    assert_string_equal(probe_image_32.name, "32");
}

/* Where blob.h says that tables are, there they are, and lead from one to the next. */
static void tables(void **state)
{
    const struct probe_image *image = &probe_image_64;

    (void)state;
    assert_int_equal(entry64(image, PROBE_L4, 511), PROBE_L3 | 0x67);
    assert_int_equal(entry64(image, PROBE_G_L4, 511), PROBE_GUEST + (PROBE_G_L3 | 0x67));
    assert_int_equal(entry64(image, PROBE_L3, 509), 0);
    assert_int_equal(entry64(image, PROBE_L3, 510) & 0xfff, 0x63);
    assert_int_equal(entry64(image, PROBE_L3, 511) & 0xfff, 0x67);
    assert_int_equal(entry64(image, PROBE_G_L3, 510) & 0xfff, 0x63);
    assert_int_equal(entry64(image, PROBE_G_L3, 511) & 0xfff, 0x67);
    assert_int_equal(entry64(image, PROBE_PAE_L2, 0) & 0xfff, 0x67);
    assert_int_equal(entry64(image, PROBE_PAE_L2, 1), 0);
    assert_int_equal(entry64(image, PROBE_G_PAE_L2, 0) >> 30, PROBE_GUEST >> 30);
    assert_int_equal(entry64(&probe_image_32, PROBE_PAE_L2, 0) & 0xfff, 0x67);
}

/* A file that was written, whole; free() it. */
static uint8_t *read_back(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static uint8_t blob[3 * UNIT + 8];
static char folder[] = "/tmp/xenpt-disk-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(blob); i++)
        blob[i] = (uint8_t)(i * 7);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/disk", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    /* Fails if anything was left beside the disk. */
    return rmdir(folder);
}

/* As a BIOS boots it from a hard disk: the first sector, and what that loads. */
static void boots_as_hard_disk(void **state)
{
    size_t size;
    uint8_t *disk, *p;

    (void)state;
    assert_int_equal(disk_write(path, &probe_image_32, blob, sizeof(blob), &err), XENPT_OK);
    disk = read_back(path, &size);
    assert_int_equal(size % (DISK_HEADS * DISK_SECTORS * 512), 0);
    assert_int_equal(le16(disk + 510), 0xaa55);
    p = disk + 446;
    assert_int_equal(p[0], 0x80);
    assert_int_equal(le32(p + 12), size / 512);
    for (unsigned int i = 1; i < 4; i++)
        assert_int_equal(p[16 * i + 4], 0);
    p = disk + 0x1a0;
    assert_memory_equal(disk + le32(p) * UNIT, probe_image_32.bytes, probe_image_32.size);
    assert_true(le32(p + 4) * UNIT >= probe_image_32.size);
    assert_int_equal(le32(p + 8), PROBE_IMAGE);
    p += 12;
    assert_memory_equal(disk + le32(p) * UNIT, blob, sizeof(blob));
    assert_int_equal(le32(p + 4), 4);
    assert_int_equal(le32(p + 8), PROBE_BLOB);
    free(disk);
}

/* ECMA-119, sections "Volume Descriptors", "Directory Record". */
static void is_iso_9660(void **state)
{
    static const char *const names[] = { "BLOB.BIN;1", "IMAGE.BIN;1" };
    const size_t sizes[] = { sizeof(blob), probe_image_32.size };
    const void *const contents[] = { blob, probe_image_32.bytes };
    size_t size;
    uint8_t *disk = read_back(path, &size), *p = disk + 16 * UNIT;

    (void)state;
    assert_memory_equal(p, "\1CD001\1", 7);
    assert_int_equal(le32(p + 80), size / UNIT);
    assert_int_equal(be32(p + 84), size / UNIT);
    assert_memory_equal(disk + 18 * UNIT, "\377CD001\1", 7);
    p = disk + le32(p + 156 + 2) * UNIT;
    p += p[0]; /* Itself, and the folder above. */
    p += p[0];
    for (unsigned int i = 0; i < 2; i++, p += p[0]) {
        assert_int_equal(p[32], strlen(names[i]));
        assert_memory_equal(p + 33, names[i], p[32]);
        assert_int_equal(le32(p + 10), sizes[i]);
        assert_int_equal(be32(p + 14), sizes[i]);
        assert_memory_equal(disk + le32(p + 2) * UNIT, contents[i], sizes[i]);
    }
    assert_int_equal(p[0], 0);
    free(disk);
}

/* "El Torito" 1.0: figures 2 to 4 and 7. */
static void boots_as_cd(void **state)
{
    size_t size;
    uint8_t *disk = read_back(path, &size), *p = disk + 17 * UNIT;
    uint32_t sum = 0;

    (void)state;
    assert_memory_equal(p, "\0CD001\1EL TORITO SPECIFICATION\0", 31);
    p = disk + le32(p + 71) * UNIT;
    for (unsigned int i = 0; i < 32; i += 2)
        sum += le16(p + i);
    assert_int_equal(sum & 0xffff, 0);
    assert_int_equal(le16(p + 30), 0xaa55);
    assert_int_equal(p[32], 0x88);
    assert_int_equal(p[33], 0);
    assert_memory_equal(disk + le32(p + 40) * UNIT, disk, 512);
    free(disk);
}

/* The same input makes the same bytes. */
static void is_reproducible(void **state)
{
    size_t size, again;
    uint8_t *first = read_back(path, &size), *second;

    (void)state;
    assert_int_equal(disk_write(path, &probe_image_32, blob, sizeof(blob), &err), XENPT_OK);
    second = read_back(path, &again);
    assert_int_equal(size, again);
    assert_memory_equal(first, second, size);
    free(first);
    free(second);
}

static void says_what_is_wrong(void **state)
{
    static const struct probe_image none = { "none", NULL, 0 };

    (void)state;
    assert_int_equal(disk_write("/nowhere/disk", &probe_image_64, blob, 8, &err), XENPT_EIO);
    assert_non_null(strstr(err.text, "/nowhere/disk"));
    assert_int_equal(disk_write(path, &probe_image_64, blob, PROBE_RESULTS, &err), XENPT_ERANGE);
    assert_int_equal(disk_write(path, &none, blob, 8, &err), XENPT_EUNSUPPORTED);
    /* A folder has the name: nothing is left beside it. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(disk_write(path, &probe_image_64, blob, 8, &err), XENPT_EIO);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiboot),          cmocka_unit_test(tables),
        cmocka_unit_test(boots_as_hard_disk), cmocka_unit_test(is_iso_9660),
        cmocka_unit_test(boots_as_cd),        cmocka_unit_test(is_reproducible),
        cmocka_unit_test(says_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
