/* bootsector.h - what disk.c fills in of the boot sector; for C and for assembly. */
#ifndef XENPT_GUEST_BOOTSECTOR_H
#define XENPT_GUEST_BOOTSECTOR_H

/* Two records of three 32-bit words: unit on the disk, number of units, address. */
#define BOOT_LOADS      0x1a0
#define BOOT_LOADS_AT   (0x7c00 + BOOT_LOADS)
#define BOOT_PARTITIONS 0x1be

/* Units are sectors of a CD. */
#define BOOT_UNIT 2048

#endif
