/* disk.h - a disk, CD or USB stick from which a BIOS boots a probe image with its blob. */
#ifndef XENPT_VALIDATE_DISK_H
#define XENPT_VALIDATE_DISK_H

#include "validate/images.h"
#include "xenpt/error.h"

/* Geometry for emulators that ask: the size of a disk is a multiple of heads * sectors * 512. */
#define DISK_HEADS   16u
#define DISK_SECTORS 63u

/*
 * Writes @file, whole or not at all: an ISO 9660 image that boots by El Torito, whose first
 * sector is a boot sector, too, so that the same bytes boot as a hard disk.  A blob with BLOB_DISK
 * makes room for results, which is a hole in the file.
 */
XENPT_CHECK enum xenpt_code disk_write(const char *file, const struct probe_image *image,
                                       const void *blob, size_t size, struct xenpt_error *err);

#endif
