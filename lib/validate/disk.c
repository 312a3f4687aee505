/*
 * disk.c - a disk that boots a probe image: an ISO 9660 image with a boot sector.
 *
 * Units are sectors of a CD, 2048 bytes.  From ISO 9660 (ECMA-119) there is the least that makes
 * a volume: one folder with two files.  The boot record and its catalog are of the "El Torito"
 * specification.  The boot sector (guest/bootsector.S) is there twice: in unit 0, as a hard
 * disk's, with a partition because some BIOSes boot no stick without one; and where the
 * catalog points.
 *
 *     unit   0  boot sector and partitions     20  boot sector, for the catalog
 *           16  volume, 17 boot record         21  path tables: little-endian, 22 big-endian
 *           18  end of descriptors             23  root folder
 *           19  boot catalog                   24  image, then blob
 */
#include "validate/disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validate/blob.h"
#include "validate/guest/bootsector.h"

enum {
    UNIT_MBR = 0,
    UNIT_VOLUME = 16,
    UNIT_BOOT_RECORD,
    UNIT_END,
    UNIT_CATALOG,
    UNIT_BOOT,
    UNIT_PATHS_LE,
    UNIT_PATHS_BE,
    UNIT_ROOT,
    UNIT_FILES,
};

#define CYLINDER         (DISK_HEADS * DISK_SECTORS * 512u)
#define BOOT_SECTOR_SIZE 512u
#define PATHS_SIZE       10u
#define PARTITION_TYPE   0x17 /* Hidden: no system mounts it. */
#define FOLDER           2
#define MODE             0644

/* Files end before results begin, however large the blob is. */
#define IMAGE_MAX 0x100000u
_Static_assert(UNIT_FILES *BOOT_UNIT + IMAGE_MAX + PROBE_RESULTS - PROBE_BLOB + BOOT_UNIT <=
                   PROBE_DISK_RESULTS,
               "room for all");

/* A file of the volume. */
struct extent {
    const char *name;
    uint32_t unit, units;
    const void *bytes;
    size_t size;
};

struct layout {
    struct extent file[2];
    uint32_t units; /* Of the whole disk. */
};

static uint32_t units(size_t size)
{
    return (uint32_t)((size + BOOT_UNIT - 1) / BOOT_UNIT);
}

/* Whether there is to be room for results. */
static bool has_results(const void *blob, size_t size)
{
    struct blob_header head;

    if (size < sizeof(head))
        return false;
    memcpy(&head, blob, sizeof(head));
    return head.magic == BLOB_MAGIC && head.flags & BLOB_DISK;
}

static void lay_out(const struct probe_image *image, const void *blob, size_t size,
                    struct layout *ret)
{
    uint32_t cylinder = CYLINDER / BOOT_UNIT, end;

    ret->file[0] = (struct extent){ "IMAGE.BIN;1", UNIT_FILES, units(image->size), image->bytes,
                                    image->size };
    end = UNIT_FILES + ret->file[0].units;
    ret->file[1] = (struct extent){ "BLOB.BIN;1", end, units(size), blob, size };
    end += ret->file[1].units;
    if (has_results(blob, size))
        end = (PROBE_DISK_RESULTS + PROBE_MEMORY - PROBE_RESULTS) / BOOT_UNIT;
    ret->units = (end + cylinder - 1) / cylinder * cylinder;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

static void put16_be(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32_be(uint8_t *at, uint32_t value)
{
    put16_be(at, value >> 16);
    put16_be(at + 2, value);
}

/* Most numbers of ISO 9660 are there in both byte orders. */
static void put16_both(uint8_t *at, uint32_t value)
{
    put16(at, value);
    put16_be(at + 2, value);
}

static void put32_both(uint8_t *at, uint32_t value)
{
    put32(at, value);
    put32_be(at + 4, value);
}

/* The characters of a text, without its end. */
static void put_text(uint8_t *at, const char *words)
{
    while (*words)
        *at++ = (uint8_t)*words++;
}

/* A record of a folder; its size. */
static unsigned int record(uint8_t *at, const char *name, unsigned int length, uint32_t unit,
                           uint32_t size, unsigned int flags)
{
    static const uint8_t date[] = { 80, 1, 1 }; /* Of nothing: the same input, the same bytes. */
    unsigned int total = (33 + length + 1) & ~1u;

    at[0] = (uint8_t)total;
    put32_both(at + 2, unit);
    put32_both(at + 10, size);
    memcpy(at + 18, date, sizeof(date));
    at[25] = (uint8_t)flags;
    put16_both(at + 28, 1);
    at[32] = (uint8_t)length;
    memcpy(at + 33, name, length);
    return total;
}

static void descriptor(uint8_t *at, unsigned int type)
{
    at[0] = (uint8_t)type;
    put_text(at + 1, "CD001");
    at[6] = 1;
}

/* A text of fixed length, with blanks at its end. */
static void text(uint8_t *at, const char *words, unsigned int length)
{
    memset(at, ' ', length);
    put_text(at, words);
}

static void volume(uint8_t *at, const struct layout *l)
{
    descriptor(at, 1);
    text(at + 8, "", 32);
    text(at + 40, "XENPT_PROBE", 32);
    put32_both(at + 80, l->units);
    put16_both(at + 120, 1);
    put16_both(at + 124, 1);
    put16_both(at + 128, BOOT_UNIT);
    put32_both(at + 132, PATHS_SIZE);
    put32(at + 140, UNIT_PATHS_LE);
    put32_be(at + 148, UNIT_PATHS_BE);
    record(at + 156, "", 1, UNIT_ROOT, BOOT_UNIT, FOLDER);
    text(at + 190, "", 813 - 190);
    for (unsigned int date = 813; date < 881; date += 17)
        text(at + date, "0000000000000000", 16);
    at[881] = 1;
}

static void folders(uint8_t *disk, const struct layout *l)
{
    uint8_t *le = disk + UNIT_PATHS_LE * BOOT_UNIT, *be = disk + UNIT_PATHS_BE * BOOT_UNIT;
    uint8_t *root = disk + UNIT_ROOT * BOOT_UNIT;

    le[0] = be[0] = 1;
    put32(le + 2, UNIT_ROOT);
    put32_be(be + 2, UNIT_ROOT);
    put16(le + 6, 1);
    put16_be(be + 6, 1);
    root += record(root, "", 1, UNIT_ROOT, BOOT_UNIT, FOLDER);
    root += record(root, "\1", 1, UNIT_ROOT, BOOT_UNIT, FOLDER);
    /* In the order of their names. */
    for (int i = 1; i >= 0; i--)
        root += record(root, l->file[i].name, (unsigned int)strlen(l->file[i].name),
                       l->file[i].unit, (uint32_t)l->file[i].size, 0);
}

static void catalog(uint8_t *at)
{
    uint32_t sum = 0;

    at[0] = 1;
    put_text(at + 4, "xenpt");
    at[30] = 0x55;
    at[31] = 0xaa;
    for (unsigned int i = 0; i < 32; i += 2)
        sum += at[i] | (uint32_t)at[i + 1] << 8;
    put16(at + 28, 0u - sum);
    at[32] = 0x88; /* It boots, without emulation, from 4 sectors of 512 bytes. */
    put16(at + 38, BOOT_UNIT / 512);
    put32(at + 40, UNIT_BOOT);
}

static void boot_sector(uint8_t *at, const struct layout *l)
{
    uint8_t *load = at + BOOT_LOADS, *partition = at + BOOT_PARTITIONS;

    memcpy(at, probe_boot_sector.bytes, BOOT_SECTOR_SIZE);
    for (unsigned int i = 0; i < 2; i++, load += 12) {
        put32(load, l->file[i].unit);
        put32(load + 4, l->file[i].units);
    }
    partition[0] = 0x80; /* Active, of the whole disk. */
    partition[2] = 1;
    partition[4] = PARTITION_TYPE;
    memset(partition + 5, 0xff, 3);
    put32(partition + 12, l->units * (BOOT_UNIT / 512));
}

/* All before the files. */
static void head(uint8_t *disk, const struct layout *l)
{
    uint8_t *record = disk + UNIT_BOOT_RECORD * BOOT_UNIT;

    boot_sector(disk + UNIT_MBR, l);
    volume(disk + UNIT_VOLUME * BOOT_UNIT, l);
    descriptor(record, 0);
    put_text(record + 7, "EL TORITO SPECIFICATION");
    put32(record + 71, UNIT_CATALOG);
    descriptor(disk + UNIT_END * BOOT_UNIT, 255);
    catalog(disk + UNIT_CATALOG * BOOT_UNIT);
    boot_sector(disk + UNIT_BOOT * BOOT_UNIT, l);
    folders(disk, l);
}

static bool write_at(int fd, const void *bytes, size_t n, off_t at)
{
    const uint8_t *p = bytes;

    while (n) {
        ssize_t some = pwrite(fd, p, n, at);

        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        p += some;
        at += some;
        n -= (size_t)some;
    }
    return true;
}

static bool write_all(int fd, const struct layout *l)
{
    uint8_t disk[UNIT_FILES * BOOT_UNIT] = { 0 };

    head(disk, l);
    if (ftruncate(fd, (off_t)l->units * BOOT_UNIT) || !write_at(fd, disk, sizeof(disk), 0))
        return false;
    for (unsigned int i = 0; i < 2; i++)
        if (!write_at(fd, l->file[i].bytes, l->file[i].size, (off_t)l->file[i].unit * BOOT_UNIT))
            return false;
    return fchmod(fd, MODE) == 0;
}

/* By way of a file beside it, which takes the name when it is whole. */
static enum xenpt_code write_file(const char *file, const struct layout *l, struct xenpt_error *err)
{
    size_t size = strlen(file) + sizeof(".XXXXXX");
    char *beside = malloc(size);
    bool good;
    int fd, why;

    if (!beside)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the name of a disk");
    snprintf(beside, size, "%s.XXXXXX", file);
    fd = mkstemp(beside);
    good = fd >= 0 && write_all(fd, l);
    why = errno;
    if (fd >= 0 && close(fd) && good) {
        good = false;
        why = errno;
    }
    if (good && rename(beside, file)) {
        good = false;
        why = errno;
    }
    if (!good && fd >= 0)
        unlink(beside);
    free(beside);
    return good ? XENPT_OK
                : xenpt_fail(err, XENPT_EIO, "%s cannot be written: %s", file, strerror(why));
}

enum xenpt_code disk_write(const char *file, const struct probe_image *image, const void *blob,
                           size_t size, struct xenpt_error *err)
{
    struct layout l;

    if (!image->size || probe_boot_sector.size != BOOT_SECTOR_SIZE)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "this xenpt was built without probe images: its compiler is not for x86");
    if (size > PROBE_RESULTS - PROBE_BLOB)
        return xenpt_fail(err, XENPT_ERANGE, "a blob of %zu bytes; at most %u are loaded", size,
                          PROBE_RESULTS - PROBE_BLOB);
    lay_out(image, blob, size, &l);
    return write_file(file, &l, err);
}
