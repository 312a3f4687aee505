/*
 * argument.c - what hypercalls read of their guest's memory, and write there: copy_from_guest() and
 * its kin; x86/usercopy.c, asm/x86_64/uaccess.h; of 32-bit guests, common/compat and
 * x86/x86_64/compat, which translate structures into the vCPU's own area and read them there.
 *
 * Model: what is read is what the caller of this library says that it is, and not looked for in
 * memory; and what is written there is not stored.  Where nobody has said at which address it is,
 * it is at one that can be read and written, and that is told as unknown.
 */
#include "pv/argument.h"

#include "xen/shadow.h"
#include "xen/touch.h"

/* clang-format off */
static const struct {
    uint8_t size, narrow; /* Bytes of an element, of a 64-bit guest and of a 32-bit one. */
    bool translated;      /* Of a 32-bit guest it is copied into the vCPU's area, and read there. */
} rows[ARGUMENT_NR] = {
    [ARGUMENT_MMU_UPDATE] = { 16, 16, false }, /* Both have the same. */
    [ARGUMENT_MMUEXT] = { 24, 12, true },
    [ARGUMENT_VCPUS] = { 8, 4, false },
    [ARGUMENT_GDT_FRAMES] = { 8, 4, false },
    [ARGUMENT_MULTICALL] = { 64, 32, false },
    [ARGUMENT_RESERVATION] = { 32, 20, true },
    [ARGUMENT_EXTENT] = { 8, 4, true },
    [ARGUMENT_EXCHANGE] = { 72, 44, true },
    [ARGUMENT_GRANT_MAP] = { 32, 32, false },
    [ARGUMENT_GRANT_UNMAP] = { 24, 24, false },
    [ARGUMENT_GRANT_COPY] = { 40, 24, true },
    [ARGUMENT_GRANT_SET_VERSION] = { 4, 4, false },
    [ARGUMENT_GRANT_SETUP_TABLE] = { 24, 16, true },
    [ARGUMENT_AREA] = { 8, 8, false }, /* A union with 64 bits. */
    [ARGUMENT_RUNSTATE] = { 48, 44, true },
    [ARGUMENT_TIME] = { 32, 32, true },
    [ARGUMENT_GRANT_TRANSFER] = { 24, 16, true },
    [ARGUMENT_GRANT_GET_VERSION] = { 8, 8, false },
    [ARGUMENT_GRANT_SWAP] = { 12, 12, false },
    [ARGUMENT_GRANT_CACHE_FLUSH] = { 16, 16, false },
    [ARGUMENT_HVM_PARAM] = { 16, 16, false },
    [ARGUMENT_PAGING] = { 24, 24, false },
    [ARGUMENT_SHARING] = { 48, 48, false },
    [ARGUMENT_DOMCTL] = { 144, 144, false }, /* 4.17; both have the same. */
    /* public/event_channel.h: both have the same. */
    [ARGUMENT_PORT_ALLOC] = { 8, 8, false },
    [ARGUMENT_PORT_INTERDOMAIN] = { 12, 12, false },
    [ARGUMENT_PORT_VIRQ] = { 12, 12, false },
    [ARGUMENT_PORT_IPI] = { 8, 8, false },
    [ARGUMENT_PORT] = { 4, 4, false },
    [ARGUMENT_PORT_CONTROL] = { 24, 24, false },
    [ARGUMENT_PORT_ARRAY] = { 8, 8, false },
    [ARGUMENT_PORT_PRIORITY] = { 8, 8, false },
    [ARGUMENT_PORT_STATUS] = { 24, 24, false },
    [ARGUMENT_PHYSMAP_ADD] = { 24, 16, true },
    [ARGUMENT_PHYSMAP_BATCH] = { 32, 20, true },
    [ARGUMENT_PHYSMAP_REMOVE] = { 16, 8, true },
    [ARGUMENT_RESOURCE] = { 32, 28, true },
    [ARGUMENT_VCPU_INFO] = { 16, 16, false },
    [ARGUMENT_PORT_PIRQ] = { 12, 12, false },
    [ARGUMENT_MAP_PIRQ] = { 40, 36, false }, /* public/physdev.h. */
    [ARGUMENT_DM_BUFFERS] = { 16, 8, false }, /* public/hvm/dm_op.h: an address and a size. */
};
/* clang-format on */

/* Of a caller that executes 32-bit code. */
static bool is_narrow(const struct op *op)
{
    return is_external(op->d) ? guest_mode(op->v) != XENPT_GUEST_4LEVEL : is_pv32(op->d);
}

static uint64_t size_of(const struct op *op, enum argument which)
{
    return is_narrow(op) ? rows[which].narrow : rows[which].size;
}

/* --- Telling ------------------------------------------------------------------------------- */

void op_tell_slowly(const struct op *op, struct xenpt_touch *t)
{
    if (op->for_nobody)
        t->consent = XENPT_TOUCH_NONE;
    touch_by_xen(op->m, op->d, op->for_nobody ? NULL : op->v, t);
}

/* Somewhere in the caller's memory. */
static void tell_unknown(struct op *op, enum xenpt_touch_why why, uint64_t length)
{
    struct xenpt_touch t = { TOUCH(why, is_external(op->d) ? XENPT_TOUCH_TRANSIENT
                                                           : XENPT_TOUCH_GUEST_TABLES),
                             .consent = XENPT_TOUCH_ASKED, .maddr = XENPT_TOUCH_UNKNOWN,
                             .length = length, .write = why == XENPT_TOUCH_RESULT };

    t.domain = op->d->id;
    op_tell_slowly(op, &t);
}

/*
 * The translated structure, in the area that all roots of the domain have: its pages are Xen's.
 * Model: one page of it is told, where the structure begins.
 */
static void tell_translated(struct op *op, enum argument which, bool write)
{
    const struct xenpt_area *area = xenpt_layout_area(op->m->layout, "argument-translation");
    const struct xenpt_part *part = area ? xenpt_area_part(area, "buffer") : NULL;
    uint64_t va = part ? xenpt_area_piece(area, op->caller->vcpu) + part->first : 0, table;
    unsigned int slot;
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_ARGUMENT, XENPT_TOUCH_ARGUMENT_AREA),
                             .consent = XENPT_TOUCH_ASKED, .length = rows[which].size,
                             .write = write, .xens = true };

    if (!part || !perdomain_l1(op->m, op->d, va, &table, &slot))
        return;
    t.va = va;
    t.maddr = op_read(op, table, slot) & ENTRY_ADDR;
    t.domain = op->d->id;
    if (t.maddr)
        op_tell_slowly(op, &t);
}

/* --- Ranges -------------------------------------------------------------------------------- */

/* guest_handle_okay: asm/x86_64/uaccess.h, array_access_ok, of 64-bit guests; of 32-bit ones, what
 * is translated is to lie below Xen. */
static bool in_range(const struct op *op, uint64_t va, uint64_t bytes, bool translated)
{
    uint64_t last = va + (bytes ? bytes - 1 : 0);

    if (is_external(op->d))
        return true;
    if (last < va)
        return false;
    if (is_pv32(op->d) && translated)
        return last < level_size(3) * 3 + first_xen_l2_slot(op->m) * level_size(2);
    return is_guest_address(op, va) && is_guest_address(op, last) &&
           (is_pv32(op->d) || (va >> 63) == (last >> 63));
}

int argument_range(struct op *op, enum argument which, uint64_t nr)
{
    const struct xenpt_pv_caller *c = op->caller;

    if (!c->has_argument ||
        in_range(op, c->argument, nr * size_of(op, which), rows[which].translated))
        return 0;
    return refused(op, RULE_ARGUMENT_RANGE, 0, NO_SLOT_OF_IT);
}

/* --- Copies -------------------------------------------------------------------------------- */

static bool copy(struct op *op, uint64_t va, uint64_t length, bool write)
{
    struct guest_copy c = { .d = op->d,
                            .v = op->v,
                            .va = va,
                            .length = length,
                            .why = write ? XENPT_TOUCH_RESULT : XENPT_TOUCH_ARGUMENT,
                            .consent = XENPT_TOUCH_ASKED,
                            .write = write };

    op->info = NULL; /* What is known of frames may move: what is shared is not any more. */
    return touch_guest(op->m, &c);
}

/* has: it is said where it is. */
static int copy_or_tell(struct op *op, bool has, uint64_t va, uint64_t length, bool write,
                        enum rule rule)
{
    if (!has && touch_heard(op->m))
        tell_unknown(op, write ? XENPT_TOUCH_RESULT : XENPT_TOUCH_ARGUMENT, length);
    if (!has || copy(op, va, length, write))
        return 0;
    return refused(op, rule, 0, NO_SLOT_OF_IT);
}

int argument_read(struct op *op, enum argument which, uint64_t i)
{
    const struct xenpt_pv_caller *c = op->caller;
    uint64_t size = size_of(op, which);
    int rc = copy_or_tell(op, c->has_argument, c->argument + i * size, size, false,
                          RULE_ARGUMENT_MAPPED);

    if (!rc && touch_heard(op->m) && is_narrow(op) && rows[which].translated) {
        tell_translated(op, which, true);
        tell_translated(op, which, false);
    }
    return rc;
}

int argument_whole(struct op *op, enum argument which, uint64_t nr)
{
    int rc = argument_range(op, which, nr);

    for (uint64_t i = 0; !rc && i < nr; i++)
        rc = argument_read(op, which, i);
    return rc;
}

int argument_return(struct op *op, enum argument which, uint64_t i, unsigned int offset,
                    unsigned int length)
{
    const struct xenpt_pv_caller *c = op->caller;

    return copy_or_tell(op, c->has_argument, c->argument + i * size_of(op, which) + offset, length,
                        true, RULE_ARGUMENT_MAPPED);
}

int argument_back(struct op *op, enum argument which)
{
    return argument_return(op, which, 0, 0, (unsigned int)size_of(op, which));
}

void argument_elsewhere(struct op *op, uint64_t length, bool write)
{
    if (touch_heard(op->m))
        tell_unknown(op, write ? XENPT_TOUCH_RESULT : XENPT_TOUCH_ARGUMENT, length);
}

int reservation_read(struct op *op)
{
    int rc = argument_whole(op, ARGUMENT_RESERVATION, 1);

    return rc && rc != BROKEN ? refused(op, RULE_MEMORY_ARGUMENT, 0, NO_SLOT_OF_IT) : rc;
}

int extents_range(struct op *op, uint64_t nr)
{
    const struct xenpt_pv_caller *c = op->caller;

    if (!c->has_extents || in_range(op, c->extents, nr * size_of(op, ARGUMENT_EXTENT),
                                    rows[ARGUMENT_EXTENT].translated))
        return 0;
    return refused(op, RULE_MEMORY_ARGUMENT, 0, NO_SLOT_OF_IT);
}

int extents_read(struct op *op, uint64_t i)
{
    const struct xenpt_pv_caller *c = op->caller;
    uint64_t size = size_of(op, ARGUMENT_EXTENT);

    return copy_or_tell(op, c->has_extents, c->extents + i * size, size, false,
                        RULE_MEMORY_ARGUMENT);
}

int extents_return(struct op *op, uint64_t i)
{
    const struct xenpt_pv_caller *c = op->caller;
    uint64_t size = size_of(op, ARGUMENT_EXTENT);

    return copy_or_tell(op, c->has_extents, c->extents + i * size, size, true,
                        RULE_MEMORY_ARGUMENT);
}

int grant_return(struct op *op, int rc, enum argument which, unsigned int offset,
                 unsigned int length)
{
    int told = rc == BROKEN ? 0 : argument_return(op, which, 0, offset, length);

    return told ? told : rc;
}
