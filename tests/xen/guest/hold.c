/*
 * hold.c - a kernel that holds still, for its tables and Xen's to be looked at: two vCPUs, each
 * with a GDT and an LDT in use, a root of its own making that leads to itself, and a root for user
 * mode.
 */
#include "cases.h"
#include "guest.h"

#define STACK_SIZE 4096u

static uint8_t second_stack[STACK_SIZE] __attribute__((aligned(16)));
static volatile bool second_is_there;
static uint64_t ldt_at, gdt;

static void set(uint64_t where, uint64_t entry)
{
    struct mmu_request req = { where, entry };

    must("mmu_update", ask_mmu(&req, 1, SELF, NULL));
}

static void extended(uint32_t cmd, uint64_t arg, uint64_t second)
{
    struct ext_request op = { cmd, arg, second };

    must("mmuext_op", ask_ext(&op, 1, SELF, NULL));
}

/* --- Tables ---------------------------------------------------------------------------------- */

/* Slot 8 of the root: in page 0 code for user mode, page 1 its stack, page 2 an LDT. */
static void grow(void)
{
    uint64_t code = fresh(), table = fresh();

    l1 = fresh();
    l2 = fresh();
    l3 = fresh();
    page = fresh();
    put(code, 0, 0xfeeb); /* jmp to itself */
    put(table, 0, UINT64_C(0x00cff3000000ffff));
    set(at(l1, 0), code << 12 | RO);
    set(at(l1, 1), page << 12 | PAGE);
    set(at(l1, 2), table << 12 | RO);
    set(at(l2, 0), l1 << 12 | TABLE);
    set(at(l3, 0), l2 << 12 | TABLE);
    set(at(root(), 8), l3 << 12 | TABLE);
    ldt_at = WINDOW + 0x2000;
    gdt = fresh();
    must("set_gdt", ask_gdt(&gdt, 512));
}

/* Another root with what this one has, which leads to itself in slot 255. */
static uint64_t another_root(void)
{
    uint64_t t = fresh();

    for (unsigned int i = 0; i < 512; i++)
        if ((i < 256 || i > 271) && get(root(), i))
            put(t, i, get(root(), i));
    extended(PIN_L4, t, 0);
    set(at(t, 255), t << 12 | RO);
    return t;
}

static uint64_t user_root(void)
{
    uint64_t t = fresh();

    put(t, 8, l3 << 12 | TABLE);
    extended(PIN_L4, t, 0);
    return t;
}

static void use_ldt(void)
{
    if (ask_ldt(0))
        stop("the LDT cannot be used", 0);
}

/* --- The second vCPU ------------------------------------------------------------------------- */

static void second(void)
{
    __asm__ volatile("lar %w0, %%eax" : : "r"(7) : "eax", "cc");
    second_is_there = true;
    for (;;)
        __asm__ volatile("pause");
}

static void begin_second(uint64_t kernel, uint64_t user)
{
    static struct vcpu_context context;

    /* Not CONTEXT_ONLINE: it would be up, and nobody would wake it. */
    context.flags = CONTEXT_IN_KERNEL;
    context.regs.rip = PTR(second);
    context.regs.cs = KERNEL_CS;
    context.regs.ss = KERNEL_SS;
    context.regs.rsp = PTR(second_stack) + STACK_SIZE - 8;
    context.regs.rflags = 0x202;
    context.kernel_ss = KERNEL_SS;
    context.kernel_sp = context.regs.rsp;
    context.gdt[0] = gdt;
    context.gdt_entries = 512;
    context.ldt = ldt_at;
    context.ldt_entries = 512;
    context.cr[3] = kernel << 12;
    context.cr[1] = user << 12;
    must("initialise a vCPU", hypercall(CALL_VCPU_OP, 0, 1, PTR(&context), 0));
    must("a vCPU up", hypercall(CALL_VCPU_OP, 1, 1, 0, 0));
    while (!second_is_there)
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
}

/* --- Where it holds -------------------------------------------------------------------------- */

/* The frame that iret takes: it ends with the stack of user mode. */
static _Noreturn void to_user(void)
{
    uint64_t frame[] = { 0, 0, 0, 0, WINDOW, 0xe033, 0x202, WINDOW + 0x1ff0, 0xe02b };

    __asm__ volatile("mov %0, %%rsp\n\tmov %1, %%eax\n\tsyscall"
                     :
                     : "r"(frame), "i"(CALL_IRET)
                     : "memory");
    __builtin_unreachable();
}

/* Nearly all of the time is spent in there. */
static _Noreturn void in_xen(void)
{
    static struct mmuext ops[64];

    for (unsigned int i = 0; i < 64; i++)
        ops[i] = (struct mmuext){ .cmd = CLEAR_PAGE, .arg1 = page };
    for (;;)
        hypercall(CALL_MMUEXT_OP, PTR(ops), 64, 0, SELF);
}

_Noreturn void hold(char where)
{
    uint64_t kernel, user;

    grow();
    kernel = another_root();
    user = user_root();
    extended(NEW_BASE, kernel, 0);
    extended(NEW_USER_BASE, user, 0);
    extended(SET_LDT, ldt_at, 512);
    use_ldt();
    begin_second(kernel, user);
    say("xenpt: hold\n");
    if (where == 'u')
        to_user();
    if (where == 'x')
        in_xen();
    for (;;)
        __asm__ volatile("pause");
}
