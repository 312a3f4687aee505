/* requests_more.c - what asks_more.h has, asked of a real Xen. */
#include "abi_more.h"
#include "cases.h"
#include "guest.h"

/* A Xen without pagers knows no such request, whoever it is about. */
bool has(enum feature what)
{
    struct paging_op op = { PAGING_NOMINATE, 77, 0, 0 };

    if (what == DEVICES)
        return has_iommu;
    return what == ALWAYS || hypercall(CALL_MEMORY_OP, MEM_PAGING, PTR(&op), 0, 0) != -38;
}

/* --- Multicalls ------------------------------------------------------------------------------ */

static uint64_t iret_frame[9];

static void go(uint64_t calls, uint64_t nr)
{
    uint64_t saved = 0;

    /* The frame is at the stack pointer.  Whoever comes back by a fault has left this stack. */
    __asm__ volatile("mov %%rsp, %0\n\tmov %2, %%rsp\n\tmov %3, %%eax\n\tsyscall\n\tmov %0, %%rsp"
                     : "=&b"(saved), "+D"(calls)
                     : "r"(iret_frame), "i"(CALL_MULTICALL), "S"(nr)
                     : "rax", "rcx", "r11", "memory");
}

int ask_multicall_iret(uint64_t va, struct mmu_request behind)
{
    static struct multicall calls[2];
    static struct mmu_request one;
    /* Without IF: it has nothing that Xen could call. */
    const uint64_t frame[9] = { 0, 0, 0, 0, va, 0xe033, 2, va, 0xe02b };

    memcpy(iret_frame, frame, sizeof(frame));
    one = behind;
    calls[0] = (struct multicall){ .op = CALL_IRET };
    calls[1] = (struct multicall){ .op = CALL_MMU_UPDATE, .args = { PTR(&one), 1, 0, SELF } };
    return trial(go, PTR(calls), 2);
}

/* --- Event channels in queues ---------------------------------------------------------------- */

static int event_op(unsigned int cmd, void *op)
{
    return (int)hypercall(CALL_EVENT_CHANNEL_OP, cmd, PTR(op), 0, 0);
}

int ask_init_control(uint64_t frame, uint32_t offset, uint32_t vcpu)
{
    struct event_control op = { .frame = frame, .offset = offset, .vcpu = vcpu };

    return event_op(EVENT_INIT_CONTROL, &op);
}

int ask_expand_array(uint64_t frame)
{
    return event_op(EVENT_EXPAND_ARRAY, &frame);
}

int ask_priority(uint32_t port, uint32_t priority)
{
    struct event_priority op = { port, priority };

    return event_op(EVENT_SET_PRIORITY, &op);
}

int ask_unmask(uint32_t port)
{
    return event_op(EVENT_UNMASK, &port);
}

/* --- Parameters ------------------------------------------------------------------------------ */

int ask_set_param(uint32_t domain, uint32_t index, uint64_t value)
{
    struct hvm_param op = { (uint16_t)domain, 0, index, value };

    return (int)hypercall(CALL_HVM_OP, HVM_SET_PARAM, PTR(&op), 0, 0);
}

int ask_get_param(uint32_t domain, uint32_t index, uint64_t *value)
{
    struct hvm_param op = { (uint16_t)domain, 0, index, 0 };
    int rc = (int)hypercall(CALL_HVM_OP, HVM_GET_PARAM, PTR(&op), 0, 0);

    if (!rc)
        *value = op.value;
    return rc;
}

/* --- Grants ---------------------------------------------------------------------------------- */

static int64_t grant_op(unsigned int cmd, void *op)
{
    return hypercall(CALL_GRANT_TABLE_OP, cmd, PTR(op), 1, 0);
}

int ask_swap(uint32_t a, uint32_t b)
{
    struct grant_swap op = { a, b, 0 };
    int64_t rc = grant_op(GRANT_SWAP, &op);

    return rc ? (int)rc : op.status;
}

int ask_cache_flush(uint64_t frame, uint16_t offset, uint16_t length, uint32_t what)
{
    struct grant_cache_flush op = { frame << 12, offset, length, what };

    return (int)grant_op(GRANT_CACHE_FLUSH, &op);
}

int ask_get_version(uint32_t domain, uint32_t *version)
{
    struct grant_version op = { .domain = (uint16_t)domain };
    int rc = (int)grant_op(GRANT_GET_VERSION, &op);

    if (!rc)
        *version = op.version;
    return rc;
}

int ask_transfer_by(uint32_t domain, uint64_t frame, uint32_t ref)
{
    struct grant_transfer op = { frame, (uint16_t)domain, ref, 0 };
    int64_t rc = grant_op(GRANT_OP_TRANSFER, &op);

    return rc ? (int)rc : op.status;
}

/* --- Devices --------------------------------------------------------------------------------- */

#define DEVICE_AT    (5u << 3) /* 0000:00:05.0 and .7, as PCI has it; seen.py has the board. */
#define NO_DEVICE_AT (5u << 3 | 7)

int ask_device(uint32_t domain, bool there, bool assigned)
{
    struct domctl op = { .cmd = assigned ? CTL_ASSIGN_DEVICE : CTL_DEASSIGN_DEVICE,
                         .domain = (uint16_t)domain };

    op.u.device = (struct assign_device){ 0, 0, there ? DEVICE_AT : NO_DEVICE_AT };
    return (int)domctl(&op);
}

bool log_of_d2(bool on)
{
    struct domctl op = { .cmd = CTL_SHADOW_OP, .domain = D2, .u.count = on ? LOG_ON : LOG_OFF };

    return !domctl(&op);
}

/* --- Pagers ---------------------------------------------------------------------------------- */

int ask_pager(uint32_t domain, unsigned int what, uint64_t gfn)
{
    struct domctl control = { .cmd = CTL_VM_EVENT, .domain = (uint16_t)domain };
    static const uint8_t back[4096]; /* What is prepared has this in it. */
    struct paging_op op = { .domain = (uint16_t)domain, .gfn = gfn };
    uint32_t *words = (uint32_t *)control.u.room;

    if (what >= PAGER_NOMINATE && what <= PAGER_PREPARE) {
        if (what == PAGER_PREPARE)
            op.buffer = PTR(back);
        op.op = (uint8_t)(what - PAGER_NOMINATE + PAGING_NOMINATE);
        return (int)hypercall(CALL_MEMORY_OP, MEM_PAGING, PTR(&op), 0, 0);
    }
    words[0] = what == PAGER_ENABLE    ? VM_EVENT_ENABLE
               : what == PAGER_DISABLE ? VM_EVENT_DISABLE
                                       : VM_EVENT_RESUME;
    words[1] = VM_EVENT_PAGING;
    return (int)domctl(&control);
}
