/* cases_tables.c - what is a table, of which level, and whose. */
#include "cases.h"

/* --- Types ----------------------------------------------------------------------------------- */

static void page_as_l1(void)
{
    mmu(at(l2, 1), page << 12 | TABLE);
}
static void l2_as_l1(void)
{
    mmu(at(l2, 1), l3 << 12 | TABLE);
}
static void l1_as_l2(void)
{
    mmu(at(l3, 1), l1 << 12 | TABLE);
}
static void l1_as_l3(void)
{
    mmu(at(root(), 9), l1 << 12 | TABLE);
}
static void root_as_l1(void)
{
    mmu(at(l2, 1), root() << 12 | TABLE);
}
static void kernels_as_l1(void)
{
    uint64_t va;

    mmu(at(l2, 1), kernel_page(&va) << 12 | TABLE);
}
static void shared_as_l1(void)
{
    mmu(at(l2, 1), shared_info() << 12 | TABLE);
}
static void foreign_l1(void)
{
    mmu(at(l2, 1), other() << 12 | TABLE);
}
static void foreign_l2(void)
{
    mmu(at(l3, 1), other() << 12 | TABLE);
}
static void foreign_l3(void)
{
    mmu(at(root(), 9), other() << 12 | TABLE);
}
static void xens_l2(void)
{
    mmu(at(l3, 1), (get(root(), 262) & UINT64_C(0xfffffffff000)) | TABLE);
}
static void xens_l3(void)
{
    mmu(at(root(), 9), (get(root(), 262) & UINT64_C(0xfffffffff000)) | TABLE);
}
static void device_l1(void)
{
    mmu(at(l2, 1), DEVICE << 12 | TABLE);
}
static void beyond_l1(void)
{
    mmu(at(l2, 1), BEYOND << 12 | TABLE);
}
static void beyond_l3(void)
{
    mmu(at(root(), 9), BEYOND << 12 | TABLE);
}
static void same_l1(void)
{
    mmu(at(l2, 1), l1 << 12 | TABLE);
    mmu(at(l2, 2), l1 << 12 | RO);
}
static void page_later(void)
{
    mmu(at(l1, 0), 0);
    mmu(at(l2, 1), page << 12 | TABLE);
    mmu(at(l1, 0), page << 12 | PAGE);
    mmu(at(l2, 1), 0);
    mmu(at(l1, 0), page << 12 | PAGE);
}
static void l1_later_l2(void)
{
    mmu(at(l2, 0), 0);
    mmu(at(l3, 1), l1 << 12 | TABLE);
    put(page, 5, 7);
    mmu(at(l1, 0), 0);
    mmu(at(l3, 1), l1 << 12 | TABLE);
}

/* --- Linear tables --------------------------------------------------------------------------- */

static void linear_l4(uint64_t flags)
{
    mmu(at(root(), 9), root() << 12 | flags);
    mmu(at(root(), 9), 0);
}
static void self_rw(void)
{
    linear_l4(TABLE);
}
static void self_ro(void)
{
    linear_l4(RO);
}
static void self_l2_rw(void)
{
    mmu(at(l2, 5), l2 << 12 | TABLE);
}
static void self_l2_ro(void)
{
    mmu(at(l2, 5), l2 << 12 | RO);
}
static void self_l3_rw(void)
{
    mmu(at(l3, 5), l3 << 12 | TABLE);
}
static void self_l3_ro(void)
{
    mmu(at(l3, 5), l3 << 12 | RO);
}
static void self_made_writable(void)
{
    mmu(at(l2, 5), l2 << 12 | RO);
    mmu(at(l2, 5), l2 << 12 | TABLE);
}
static void other_root(void)
{
    uint64_t t = fresh();

    ext(PIN_L4, t, 0);
    mmu(at(t, 5), root() << 12 | RO);
    mmu(at(t, 6), root() << 12 | TABLE);
}
/* d1's root does not exist yet, so one is made of a frame of its own. */
static void foreign_root(void)
{
    uint64_t theirs = other(), own = fresh();

    ext_of(PIN_L4, theirs, 0, D1);
    ext(PIN_L4, own, 0);
    mmu(at(own, 5), theirs << 12 | RO);
}
static void no_table_yet(void)
{
    uint64_t t = fresh();

    mmu(at(l2, 5), t << 12 | RO);
    mmu(at(l3, 5), t << 12 | RO);
}
static void was_a_table(void)
{
    uint64_t was = fresh();

    ext(PIN_L3, was, 0);
    mmu(at(was, 0), l2 << 12 | TABLE);
    ext(UNPIN, was, 0);
    mmu(at(l3, 1), was << 12 | RO);
}
static uint64_t empty(unsigned int level)
{
    uint64_t t = fresh();

    ext(PIN_L1 + level - 1, t, 0);
    return t;
}
static void two_deep(void)
{
    uint64_t b = empty(2), c = empty(2);

    mmu(at(l2, 1), b << 12 | RO);
    mmu(at(c, 1), l2 << 12 | RO);
}
static void two_deep_below(void)
{
    uint64_t b = empty(2), c = empty(2);

    mmu(at(b, 1), c << 12 | RO);
    mmu(at(l2, 1), b << 12 | RO);
}
static void two_beside(void)
{
    uint64_t b = empty(2), c = empty(2);

    mmu(at(l2, 1), b << 12 | RO);
    mmu(at(l2, 2), c << 12 | RO);
    mmu(at(c, 1), b << 12 | RO);
}
static void deep_l4(void)
{
    uint64_t b = empty(4), c = empty(4), d = empty(4);

    mmu(at(b, 1), c << 12 | RO);
    mmu(at(d, 1), b << 12 | RO);
    mmu(at(c, 1), d << 12 | RO);
    mmu(at(b, 1), 0);
    mmu(at(d, 1), b << 12 | RO);
}
/* Another's, in a table that is pinned by its owner's say. */
static void linear_in_pin(void)
{
    uint64_t b = empty(3), t = fresh();

    put(t, 7, b << 12 | TABLE);
    ext(PIN_L3, t, 0);
    put(t, 7, b << 12 | RO);
    ext(PIN_L3, t, 0);
}

/* --- Slots ----------------------------------------------------------------------------------- */

static void slot(unsigned int n)
{
    mmu(at(root(), n), l3 << 12 | TABLE);
}
static void slot_255(void)
{
    slot(255);
    mmu(at(root(), 255), 0);
}
static void slot_256(void)
{
    slot(256);
}
static void slot_258(void)
{
    mmu(at(root(), 258), 0);
}
static void slot_260(void)
{
    mmu(at(root(), 260), get(root(), 260));
}
static void slot_262(void)
{
    slot(262);
}
static void slot_271(void)
{
    slot(271);
}
static void slot_272(void)
{
    slot(272);
    mmu(at(root(), 272), 0);
}
/* In a root that is made, what is in Xen's slots is not looked at. */
static void slot_in_pin(void)
{
    uint64_t t = fresh();

    put(t, 258, UINT64_C(0x123456789abcdef));
    put(t, 262, BEYOND << 12 | TABLE);
    ext(PIN_L4, t, 0);
    said_number(get(t, 262) == get(root(), 262));
}

static const struct xen_case cases[] = {
    { "table-type", "a page that is mapped writable, as an L1", page_as_l1, BOTH },
    { "table-type", "an L3 as an L1", l2_as_l1, BOTH },
    { "table-type", "an L1 as an L2", l1_as_l2, BOTH },
    { "table-type", "an L1 as an L3", l1_as_l3, BOTH },
    { "table-type", "the root as an L1", root_as_l1, BOTH },
    { "table-type", "a page of the kernel's as an L1", kernels_as_l1, BOTH },
    { "table-type", "shared_info as an L1", shared_as_l1, BOTH },
    { "table-type", "an L1 twice", same_l1, BOTH },
    { "table-type", "a page, and then an L1, and then a page", page_later, BOTH },
    { "table-type", "what was an L1 as an L2", l1_later_l2, BOTH },
    { "table-owner", "another domain's as an L1", foreign_l1, BOTH },
    { "table-owner", "another domain's as an L2", foreign_l2, BOTH },
    { "table-owner", "another domain's as an L3", foreign_l3, BOTH },
    { "table-owner", "a table of Xen's as an L2", xens_l2, BOTH },
    { "table-owner", "a table of Xen's as an L3", xens_l3, BOTH },
    { "table-owner", "a device as an L1", device_l1, BOTH },
    { "table-owner", "beyond all RAM as an L1", beyond_l1, BOTH },
    { "table-owner", "beyond all RAM as an L3", beyond_l3, BOTH },
    { "linear-read-only", "the root in itself, RW", self_rw, BOTH },
    { "linear-read-only", "an L2 in itself, RW", self_l2_rw, BOTH },
    { "linear-read-only", "an L3 in itself, RW", self_l3_rw, BOTH },
    { "linear-read-only", "an L2 in itself, and then RW", self_made_writable, BOTH },
    { "linear-read-only", "in a table that is pinned", linear_in_pin, BOTH },
    { "linear-switch", "the root in itself", self_ro, BOTH },
    { "linear-switch", "an L2 in itself", self_l2_ro, BOTH },
    { "linear-switch", "an L3 in itself", self_l3_ro, BOTH },
    { "linear-switch", "the root in another, and RW", other_root, BOTH },
    { "linear-owner", "another domain's root", foreign_root, BY_D0 },
    { "linear-validated", "a frame that is as nothing yet", no_table_yet, BOTH },
    { "linear-validated", "what was an L3", was_a_table, BOTH },
    { "linear-depth", "a third L2", two_deep, BOTH },
    { "linear-depth", "a third L2, from below", two_deep_below, BOTH },
    { "linear-depth", "two L2 beside each other", two_beside, BOTH },
    { "linear-depth", "L4s, until one is taken away", deep_l4, BOTH },
    { "l4-xen-slot", "255 is the guest's", slot_255, BOTH },
    { "l4-xen-slot", "256", slot_256, BOTH },
    { "l4-xen-slot", "258, to nothing", slot_258, BOTH },
    { "l4-xen-slot", "260, to what it is", slot_260, BOTH },
    { "l4-xen-slot", "262", slot_262, BOTH },
    { "l4-xen-slot", "271", slot_271, BOTH },
    { "l4-xen-slot", "272 is the guest's", slot_272, BOTH },
    { "l4-xen-slot", "of a root that is pinned", slot_in_pin, BOTH },
};
const struct xen_cases table_cases = CASES_OF(cases);
