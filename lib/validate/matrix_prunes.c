/* matrix_prunes.c - why combinations are left out: a row for each reason. */
#include "base/bits.h"
#include "validate/matrix_make.h"

static const struct matrix_prune prunes[] = {
    { "below-leaf", "an entry below the one that maps the page is never read, so what is in it "
                    "makes no difference" },
    { "address-bit", "a bit of an entry's address only leads elsewhere, to what nobody planted" },
    { "no-such-bit", "a 32-bit entry has no bits 63:32" },
    { "pdpte-rights", "a PDPTE of PAE paging has no rights to be taken away" },
    { "next-1g", "a 1 GiB page that begins where another page ends would have to lie where the "
                 "machine has no memory" },
    { "boundary", "an access of so few bytes does not cross the boundary, or its page does not "
                  "end there" },
    { "no-tree", "a guest without paging has no tables" },
    { "32-bit-guest", "a guest whose addresses have 32 bits cannot reach another slot of the "
                      "second stage's root, and the first leads to the image" },
    { "ept-pdpte", "under EPT a PAE guest's PDPTEs come from the VMCS, so the way to their table "
                   "is never walked" },
    { "fetch-size", "a fetch has no size: it is of as many bytes as the instruction has" },
    { "fetch-edge",
      "a jump to an address that is not canonical faults before anything is fetched" },
    { "split-32", "the largest access of 32-bit code is 4 bytes, all of them in the first page" },
    { "stub",
      "the guest\'s code is reached through its root, so the way to that has to be left open" },
    { "twice", "of two entries that are misconfigured in the same way the first one met decides" },
    { "no-pdpte", "only PAE paging has PDPTEs" },
    { "no-pcid", "the processor has no PCIDs, and so no CR4.PCIDE" },
    { "astray",
      "an entry that is a page where it should be a table, or the other way, leads to what "
      "nobody planted, or to the image's own entries: to be read, and no more" },
};

const struct matrix_prune *matrix_prune(unsigned int i)
{
    return i < ARRAY_SIZE(prunes) ? &prunes[i] : NULL;
}
