/*
 * form.c - forms of memory images that are known and not read.
 *
 * Taken as raw memory they would give nonsense without a word, so each is refused by name,
 * with the way to something that can be read.
 */
#include <string.h>

#include "image/internal.h"

struct form {
    const char *magic;
    size_t size; /* Of the magic, which may have zeros in it. */
    size_t at;
    const char *name;
    const char *advice;
};

#define MAGIC(text) (text), sizeof(text) - 1

#define DECOMPRESS "decompress it first, or compress it with zstd or gzip"
#define DUMP_ELF   "write it as an ELF core (dump-guest-memory without -z, -l, -s; makedumpfile -E)"
#define VMWARE     "give the .vmem file beside it, or convert both with vmss2core"
#define XL_SAVE    "take a dump with xl dump-core"
#define FLATTENED  "put it in order with makedumpfile -R, and write it as an ELF core"
#define NOT_RAW    "take raw memory, or an ELF core from the hypervisor"

/* clang-format off */
static const struct form forms[] = {
    { MAGIC("KDUMP   "), 0, "a kdump-compressed dump", DUMP_ELF },
    { MAGIC("DISKDUMP"), 0, "a diskdump", DUMP_ELF },
    { MAGIC("makedumpfile\0"), 0, "a flattened dump of makedumpfile", FLATTENED },
    { MAGIC("\xed\x23\x8f\x61\x73\x01\x19\xa8"), 0, "an LKCD dump", DUMP_ELF },
    { MAGIC("EMiL"), 0, "a LiME dump", "take it with format=padded, which is raw memory" },
    { MAGIC("AVML"), 0, "a compressed dump of AVML", "convert it with avml-convert --format raw" },
    { MAGIC("\xd0\xbe\xd2\xbe"), 0, "a VMware state file", VMWARE },
    { MAGIC("\xd2\xbe\xd2\xbe"), 0, "a VMware state file", VMWARE },
    { MAGIC("\xd3\xbe\xd3\xbe"), 0, "a VMware state file", VMWARE },
    { MAGIC("\xd1\xba\xd1\xba"), 0, "a VMware state file", VMWARE },
    { MAGIC("PAGEDUMP"), 0, "a Windows crash dump", NOT_RAW },
    { MAGIC("PAGEDU64"), 0, "a Windows crash dump", NOT_RAW },
    { MAGIC("QEVM"), 0, "a QEMU migration stream", "use dump-guest-memory instead" },
    { MAGIC("LibvirtQemudSave"), 0, "a saved domain of libvirt", "use virsh dump --memory-only" },
    { MAGIC("QFI\xfb"), 0, "a qcow2 disk", "it holds a disk; use dump-guest-memory" },
    { MAGIC("LinuxGuestRecord"), 0, "a saved domain of xm", XL_SAVE },
    { MAGIC("Xen saved domain"), 0, "a saved domain of xl", XL_SAVE },
    { MAGIC("\xff\xff\xff\xff\xff\xff\xff\xff" "XENF"), 0, "a migration stream of Xen", XL_SAVE },
    { MAGIC("\xed\xeb\x0f\xf0"), 0, "an xm dump-core from before Xen 3.1", XL_SAVE },
    { MAGIC("\xee\xeb\x0f\xf0"), 0, "an xm dump-core from before Xen 3.1", XL_SAVE },
    { MAGIC("\xfd" "7zXZ"), 0, "compressed by xz", DECOMPRESS },
    { MAGIC("BZh"), 0, "compressed by bzip2", DECOMPRESS },
    { MAGIC("\x04\x22\x4d\x18"), 0, "compressed by lz4", DECOMPRESS },
    { MAGIC("\x89LZO"), 0, "compressed by lzop", DECOMPRESS },
    { MAGIC("7z\xbc\xaf\x27\x1c"), 0, "a 7-Zip archive", DECOMPRESS },
    { MAGIC("PK\x03\x04"), 0, "a zip archive", DECOMPRESS },
    { MAGIC("ustar"), 257, "a tar archive", "take the image out of it" },
};
/* clang-format on */

enum xenpt_code image_refuse_known(const struct image_file *file, struct xenpt_error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        const struct form *f = &forms[i];

        if (file->size >= f->at + f->size && !memcmp(file->bytes + f->at, f->magic, f->size))
            return xenpt_fail_at(err, XENPT_EUNSUPPORTED, file->path, f->at, "this is %s: %s",
                                 f->name, f->advice);
    }
    return XENPT_OK;
}
