/*
 * pv32.c - a 32-bit PV kernel that holds still: two vCPUs, each with a root of its own making,
 * whose fourth L2 has Xen's slots; an L2 that leads to itself, pages for user mode, a GDT, and an
 * LDT in use.
 */
#include <stdbool.h>
#include <stdint.h>

#define CALL_MMU_UPDATE 1
#define CALL_SET_GDT    2
#define CALL_UPDATE_VA  14
#define CALL_CONSOLE_IO 18
#define CALL_VCPU_OP    24
#define CALL_MMUEXT_OP  26
#define CALL_SCHED_OP   29
#define SELF            0x7ff0

#define PIN_L3     2
#define NEW_BASE   5
#define SET_LDT    13
#define CLEAR_PAGE 16
#define BASE       0xc0000000u
#define WINDOW     0x2000000u
#define XEN_FIRST  428 /* The first of Xen's slots in the fourth L2: 0xf5800000. */
#define KERNEL_CS  0xe019
#define KERNEL_SS  0xe021
#define TABLE      0x67
#define PAGE       0x67
#define RO         0x65
#define IN_KERNEL  4

struct start_info {
    char magic[32];
    uint32_t nr_pages, shared_info, flags, store_mfn, store_evtchn, console_mfn, console_evtchn,
        pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
    char cmd_line[1024];
};

struct mmuext {
    uint32_t cmd, arg1, arg2;
};

struct vcpu_context {
    uint8_t fpu[512];
    uint32_t flags;
    uint32_t ebx, ecx, edx, esi, edi, ebp, eax, error, eip, cs, eflags, esp, ss, es, ds, fs, gs;
    struct {
        uint8_t vector, flags;
        uint16_t cs;
        uint32_t address;
    } traps[256];
    uint32_t ldt, ldt_entries, gdt[16], gdt_entries, kernel_ss, kernel_sp, cr[8], dr[8],
        callbacks[4], assist;
};
_Static_assert(sizeof(struct vcpu_context) == 2800, "as Xen has it");

extern uint8_t second_entry[];
_Noreturn void pv32_to_user(uint32_t eip, uint32_t esp);
_Noreturn void begin(const struct start_info *info);

volatile uint32_t pv32_held;
static const struct start_info *told;
static uint32_t taken, gdt;
static uint8_t scratch[4096] __attribute__((aligned(4096)));
static uint8_t second_stack[4096] __attribute__((aligned(16)));

static int32_t hypercall(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    int32_t ret;

    __asm__ volatile("int $0x82"
                     : "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d)
                     : "a"(nr)
                     : "edi", "memory");
    return ret;
}

static uint32_t address(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static void say(const char *text)
{
    uint32_t nr = 0;

    while (text[nr])
        nr++;
    hypercall(CALL_CONSOLE_IO, 0, nr, address(text), 0);
}

static _Noreturn void stop(const char *what, int32_t rc)
{
    char text[] = " -000\n";

    rc = -rc;
    for (int i = 4; i > 1; i--, rc /= 10)
        text[i] = (char)('0' + rc % 10);
    say("STOPPED: ");
    say(what);
    say(text);
    for (;;)
        hypercall(CALL_SCHED_OP, 1, 0, 0, 0);
}

static void must(const char *what, int32_t rc)
{
    if (rc)
        stop(what, rc);
}

/* --- Frames ---------------------------------------------------------------------------------- */

static uint32_t mfn(uint32_t va)
{
    return ((const uint32_t *)told->mfn_list)[(va - BASE) >> 12];
}

static uint64_t *mapped(uint32_t frame)
{
    must("update_va_mapping",
         hypercall(CALL_UPDATE_VA, address(scratch), frame << 12 | 0x63, frame >> 20, 2));
    return (uint64_t *)scratch;
}

static void unmap(void)
{
    hypercall(CALL_UPDATE_VA, address(scratch), 0, 0, 2);
}

static void put(uint32_t frame, uint32_t slot, uint64_t word)
{
    mapped(frame)[slot] = word;
    unmap();
}

static uint64_t get(uint32_t frame, uint32_t slot)
{
    uint64_t word;

    must("update_va_mapping",
         hypercall(CALL_UPDATE_VA, address(scratch), frame << 12 | 0x61, frame >> 20, 2));
    word = ((uint64_t *)scratch)[slot];
    unmap();
    return word;
}

static uint32_t fresh(void)
{
    uint32_t frame = ((const uint32_t *)told->mfn_list)[told->nr_pages - ++taken];
    uint64_t *to = mapped(frame);

    for (unsigned int i = 0; i < 512; i++)
        to[i] = 0;
    unmap();
    return frame;
}

static uint64_t entry_of(uint32_t frame, uint64_t flags)
{
    return (uint64_t)frame << 12 | flags;
}

static int32_t set(uint32_t frame, uint32_t slot, uint64_t entry)
{
    const uint64_t req[2] = { entry_of(frame, 0) | slot * 8, entry };

    return hypercall(CALL_MMU_UPDATE, address(req), 1, 0, SELF);
}

static void extended(const char *what, uint32_t cmd, uint32_t arg1, uint32_t arg2)
{
    const struct mmuext op = { cmd, arg1, arg2 };

    must(what, hypercall(CALL_MMUEXT_OP, address(&op), 1, 0, SELF));
}

/* --- Tables ---------------------------------------------------------------------------------- */

/* For the first GiB: user mode's code and stack, an LDT, and the table itself. */
static uint32_t lower(void)
{
    uint32_t l2 = fresh(), l1 = fresh(), code = fresh(), table = fresh();

    put(code, 0, 0xfeeb); /* jmp to itself */
    put(table, 0, UINT64_C(0x00cff3000000ffff));
    put(l1, 0, entry_of(code, RO));
    put(l1, 1, entry_of(fresh(), PAGE));
    put(l1, 2, entry_of(table, RO));
    put(l2, WINDOW >> 21, entry_of(l1, TABLE));
    put(l2, 511, entry_of(l2, RO));
    return l2;
}

/* A root: that L2 twice, and for the kernel an L2 of its own, as the fourth has to be. */
static uint32_t new_root(uint32_t l2)
{
    uint32_t l3 = fresh(), last = fresh();
    uint32_t old = (uint32_t)(get(mfn(told->pt_base), 3) >> 12);

    for (uint32_t i = 0; i < XEN_FIRST; i++) {
        uint64_t word = get(old, i);

        if (word)
            put(last, i, word);
    }
    put(l3, 0, entry_of(l2, 1));
    put(l3, 2, entry_of(l2, 1));
    put(l3, 3, entry_of(last, 1));
    extended("pin", PIN_L3, l3, 0);
    if (!set(l2, 20, 0x400000 | 0xe7))
        stop("a superpage is not refused", 0);
    return l3;
}

static void begin_second(uint32_t root)
{
    static struct vcpu_context context;

    context.flags = IN_KERNEL;
    context.eip = address(second_entry);
    context.cs = KERNEL_CS;
    context.ss = context.ds = context.es = KERNEL_SS;
    context.esp = address(second_stack) + sizeof(second_stack);
    context.eflags = 0x202;
    context.kernel_ss = KERNEL_SS;
    context.kernel_sp = context.esp;
    context.gdt[0] = gdt;
    context.gdt_entries = 512;
    context.cr[3] = root << 12 | root >> 20;
    must("initialise a vCPU", hypercall(CALL_VCPU_OP, 0, 1, address(&context), 0));
    must("a vCPU up", hypercall(CALL_VCPU_OP, 1, 1, 0, 0));
    while (!pv32_held)
        hypercall(CALL_SCHED_OP, 0, 0, 0, 0);
}

static _Noreturn void in_xen(uint32_t page)
{
    static struct mmuext ops[64];

    for (unsigned int i = 0; i < 64; i++)
        ops[i] = (struct mmuext){ .cmd = CLEAR_PAGE, .arg1 = page };
    for (;;)
        hypercall(CALL_MMUEXT_OP, address(ops), 64, 0, SELF);
}

static char where_to(const char *line)
{
    for (; *line; line++)
        if (line[0] == 'h' && line[1] == 'o' && line[2] == 'l' && line[3] == 'd' && line[4] == '-')
            return line[5];
    return 'k';
}

_Noreturn void begin(const struct start_info *info)
{
    uint32_t l2, root;

    told = info;
    l2 = lower();
    root = new_root(l2);
    extended("a new root", NEW_BASE, root, 0);
    gdt = fresh();
    must("set_gdt", hypercall(CALL_SET_GDT, address(&gdt), 512, 0, 0));
    extended("set_ldt", SET_LDT, WINDOW + 0x2000, 512);
    __asm__ volatile("lar %w0, %%eax" : : "r"(7) : "eax", "cc");
    begin_second(new_root(l2));
    say("xenpt: hold\n");
    if (where_to(info->cmd_line) == 'u')
        pv32_to_user(WINDOW, WINDOW + 0x1ff0);
    if (where_to(info->cmd_line) == 'x')
        in_xen(fresh());
    for (;;)
        __asm__ volatile("pause");
}
