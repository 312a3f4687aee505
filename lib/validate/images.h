/* images.h - the programs of guest/, as bytes of this library. */
#ifndef XENPT_VALIDATE_IMAGES_H
#define XENPT_VALIDATE_IMAGES_H

#include <stddef.h>
#include <stdint.h>

/* A flat binary for PROBE_IMAGE; size 0: it was not built, as this host is no x86. */
struct probe_image {
    const char *name; /* "64", "32" */
    const uint8_t *bytes;
    size_t size;
};

extern const struct probe_image probe_image_64, probe_image_32;
/* The first sector of a disk, from which disk_write() makes one that boots. */
extern const struct probe_image probe_boot_sector;

#endif
