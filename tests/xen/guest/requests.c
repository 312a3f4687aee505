/* requests.c - what cases ask, asked of a real Xen. */
#include "cases.h"
#include "guest.h"

int ask_mmu(const struct mmu_request *req, unsigned int nr, uint32_t foreigndom, uint32_t *done)
{
    return (int)hypercall(CALL_MMU_UPDATE, PTR(req), nr, PTR(done), foreigndom);
}

int ask_ext(const struct ext_request *op, unsigned int nr, uint32_t domain, uint32_t *done)
{
    struct mmuext ops[16];
    uint64_t vcpus[16];

    for (unsigned int i = 0; i < nr; i++) {
        ops[i] = (struct mmuext){ op[i].cmd, op[i].arg, op[i].second };
        /* Sets of vCPUs are somewhere in memory. */
        vcpus[i] = op[i].second;
        if (op[i].cmd == 8 || op[i].cmd == 9)
            ops[i].arg2 = PTR(&vcpus[i]);
    }
    return (int)hypercall(CALL_MMUEXT_OP, PTR(ops), nr, PTR(done), domain);
}

int ask_va(uint64_t va, uint64_t val, uint64_t flush, uint32_t domain)
{
    return domain == SELF ? (int)hypercall(CALL_UPDATE_VA, va, val, flush, 0)
                          : (int)hypercall(CALL_UPDATE_VA_OTHER, va, val, flush, domain);
}

int ask_gdt(const uint64_t *frames, uint32_t entries)
{
    return (int)hypercall(CALL_SET_GDT, PTR(frames), entries, 0, 0);
}

int ask_descriptor(uint64_t at, uint64_t descriptor)
{
    return (int)hypercall(CALL_UPDATE_DESCRIPTOR, at, descriptor, 0, 0);
}

int ask_assist(uint32_t cmd, uint32_t type)
{
    return (int)hypercall(CALL_VM_ASSIST, cmd, type, 0, 0);
}

/* --- What faults ----------------------------------------------------------------------------- */

static void write1(uint64_t va, uint64_t value)
{
    *(volatile uint8_t *)va = (uint8_t)value;
}

static void write2(uint64_t va, uint64_t value)
{
    *(volatile uint16_t *)va = (uint16_t)value;
}

static void write4(uint64_t va, uint64_t value)
{
    *(volatile uint32_t *)va = (uint32_t)value;
}

static void write8(uint64_t va, uint64_t value)
{
    *(volatile uint64_t *)va = value;
}

int ask_write(uint64_t va, uint64_t value, unsigned int bytes)
{
    return trial(bytes == 1   ? write1
                 : bytes == 2 ? write2
                 : bytes == 4 ? write4
                              : write8,
                 va, value);
}

/* The processor reads the descriptor, whatever it says. */
static void load(uint64_t selector, uint64_t unused)
{
    (void)unused;
    __asm__ volatile("lar %w0, %%eax" : : "r"(selector) : "eax", "cc");
}

int ask_ldt(uint64_t offset)
{
    return trial(load, offset | 7, 0);
}

/* The frame is at the stack pointer. */
void last_iret(unsigned int what)
{
    static const uint64_t frame[] = { 0, 0, 0, 0, WINDOW, 0xe033, 0x202, WINDOW, 0xe02b };
    uint64_t stack = what != IRET_USER_TABLE ? UINT64_C(0x123456789000) : PTR(frame), saved;

    if (what == IRET_USER_TABLE) {
        struct mmuext none = { NEW_USER_BASE, 0, 0 };

        hypercall(CALL_MMUEXT_OP, PTR(&none), 1, 0, SELF);
    }
    __asm__ volatile("mov %%rsp, %0\n\tmov %2, %%rsp\n\tmov %3, %%eax\n\tsyscall\n\tmov %0, %%rsp"
                     : "=&r"(saved)
                     : "0"(0), "r"(stack), "i"(CALL_IRET)
                     : "rax", "rcx", "r11", "memory");
}

/* --- Memory ---------------------------------------------------------------------------------- */

int ask_memory(unsigned int what, uint32_t domain, uint32_t order, uint32_t bits, uint64_t *extents,
               unsigned int nr)
{
    static const unsigned int ops[] = { MEM_INCREASE, MEM_DECREASE, MEM_POPULATE };
    struct reservation r = { PTR(extents), nr, order, bits, (uint16_t)domain };

    return (int)hypercall(CALL_MEMORY_OP, ops[what], PTR(&r), 0, 0);
}

int ask_exchange(const struct exchange *x)
{
    struct exchange_op op = {
        .in = { PTR(x->in) - x->begin * 8, x->begin + x->nr_in, x->in_order, 0,
                (uint16_t)x->domain },
        .out = { x->at ? x->at : PTR(x->out), x->begin + x->nr_out, x->out_order, x->bits,
                 (uint16_t)x->domain },
        .done = x->begin,
    };

    return (int)hypercall(CALL_MEMORY_OP, MEM_EXCHANGE, PTR(&op), 0, 0);
}

/* --- Multicalls ------------------------------------------------------------------------------ */

int ask_multicall(struct in_call *calls, unsigned int nr)
{
    static const unsigned int ops[] = { CALL_MMU_UPDATE, CALL_MMUEXT_OP, CALL_UPDATE_VA,
                                        CALL_MULTICALL };
    struct multicall multi[8] = { 0 };
    struct mmu_request mmu[8];
    struct mmuext ext[8] = { 0 };
    int rc;

    for (unsigned int i = 0; i < nr; i++) {
        multi[i].op = ops[calls[i].kind];
        mmu[i] = (struct mmu_request){ calls[i].a, calls[i].b };
        ext[i].cmd = (uint32_t)calls[i].a;
        ext[i].arg1 = calls[i].b;
        multi[i].args[0] = calls[i].kind == IN_MMU   ? PTR(&mmu[i])
                           : calls[i].kind == IN_EXT ? PTR(&ext[i])
                           : calls[i].kind == IN_VA  ? calls[i].a
                                                     : PTR(multi);
        multi[i].args[1] = calls[i].kind == IN_VA ? calls[i].b : calls[i].kind != IN_MULTICALL;
        multi[i].args[3] = SELF;
    }
    rc = (int)hypercall(CALL_MULTICALL, PTR(multi), nr, 0, 0);
    for (unsigned int i = 0; i < nr; i++)
        calls[i].rc = (int)multi[i].result;
    return rc;
}

/* --- Grants ---------------------------------------------------------------------------------- */

static int64_t grant_op(unsigned int cmd, void *op)
{
    return hypercall(CALL_GRANT_TABLE_OP, cmd, PTR(op), 1, 0);
}

bool offer(unsigned int domain, uint32_t ref, struct offer what)
{
    uint64_t frames[64], entry;
    uint32_t of = domain == own.domain ? SELF : domain;
    struct grant_setup setup = { (uint16_t)of, ref / 512 + 1, 0, PTR(frames) };
    uint64_t *table;

    if (grant_op(GRANT_SETUP, &setup) || setup.status)
        return false;
    entry = (uint64_t)what.flags | (uint64_t)what.domain << 16 | what.frame << 32;
    table = mapped(frames[ref / 512], true, of);
    if (!table)
        return false;
    table[ref % 512] = entry;
    hypercall(CALL_UPDATE_VA, PTR(table), 0, 2, 0);
    return true;
}

bool offer2(uint32_t ref, struct offer2 what)
{
    uint64_t frames[64];
    struct grant_setup setup = { SELF, ref / 256 + 1, 0, PTR(frames) };
    uint64_t *table;

    if (grant_op(GRANT_SETUP, &setup) || setup.status)
        return false;
    table = mapped(frames[ref / 256], true, SELF);
    if (!table)
        return false;
    table += ref % 256 * 2;
    table[0] = (uint64_t)what.flags | (uint64_t)what.domain << 16;
    table[1] = what.frame;
    if ((what.flags & 3) == GRANT_TRANSITIVE) {
        table[0] |= (uint64_t)what.from_domain << 32;
        table[1] = what.from_ref;
    } else if (what.flags & GRANT_SUB_PAGE)
        table[0] |= (uint64_t)what.start << 32 | (uint64_t)what.length << 48;
    hypercall(CALL_UPDATE_VA, PTR(table) & ~UINT64_C(4095), 0, 2, 0);
    return true;
}

int ask_map(uint64_t at, uint32_t flags, uint32_t domain, uint32_t ref, uint32_t *handle,
            uint64_t *bus)
{
    struct grant_map op = { .at = at, .flags = flags, .ref = ref, .domain = (uint16_t)domain };
    int64_t rc = grant_op(GRANT_MAP, &op);

    if (!rc && !op.status) {
        *handle = op.handle;
        *bus = op.bus;
    }
    return rc ? (int)rc : op.status;
}

int ask_unmap(uint64_t at, uint64_t bus, uint32_t handle)
{
    struct grant_unmap op = { at, bus, handle, 0 };
    int64_t rc = grant_op(GRANT_UNMAP, &op);

    return rc ? (int)rc : op.status;
}

int ask_replace(uint64_t at, uint64_t by, uint32_t handle)
{
    struct grant_unmap op = { at, by, handle, 0 };
    int64_t rc = grant_op(GRANT_REPLACE, &op);

    return rc ? (int)rc : op.status;
}

int ask_setup(uint32_t domain, uint32_t nr)
{
    uint64_t frames[80];
    struct grant_setup op = { (uint16_t)domain, nr, 0, PTR(frames) };
    int64_t rc = grant_op(GRANT_SETUP, &op);

    return rc ? (int)rc : op.status;
}

int ask_statuses(uint32_t domain, uint32_t nr, uint64_t *frame)
{
    uint64_t frames[80];
    struct grant_statuses op = { nr, (uint16_t)domain, 0, PTR(frames) };
    int64_t rc = grant_op(GRANT_STATUS_FRAMES, &op);

    if (!rc && !op.status)
        *frame = frames[0];
    return rc ? (int)rc : op.status;
}

int ask_size(uint32_t domain)
{
    struct grant_size op = { .domain = (uint16_t)domain };
    int64_t rc = grant_op(GRANT_QUERY_SIZE, &op);

    return rc ? (int)rc : op.status;
}

int ask_version(uint32_t version)
{
    return (int)grant_op(GRANT_SET_VERSION, &version);
}

int ask_copy(struct side from, struct side to, uint16_t length)
{
    struct grant_copy op = {
        .from = { from.what, (uint16_t)from.domain, from.offset },
        .to = { to.what, (uint16_t)to.domain, to.offset },
        .length = length,
        .flags = (uint16_t)((unsigned int)from.by_ref | (unsigned int)to.by_ref << 1),
    };
    int64_t rc = grant_op(GRANT_COPY, &op);

    return rc ? (int)rc : op.status;
}
