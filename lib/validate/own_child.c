/*
 * own_child.c - mappings of many kinds, and accesses to them that may fault.
 *
 * This runs in a child of its own, so that signal handlers, mappings and keys disturb nobody.
 * It may be the child of a program with threads, so it takes system calls and nothing else
 * from the C library.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "validate/own_cpu.h"

#define RET UINT64_C(0xc3c3c3c3c3c3c3c3) /* What all pages hold: a fetch comes back at once. */

/* uint64_t own_touch_...(uint64_t va, uint64_t value): a leaf, so that at any of its faults the
 * return address is on top of the stack. */
#define STUB(name, text)                                                                           \
    __asm__(".text\n"                                                                              \
            ".type own_touch_" name ", @function\n"                                                \
            "own_touch_" name ":\n" text "\n"                                                      \
            ".size own_touch_" name ", .-own_touch_" name "\n")
#define STUBS(op, to_read, to_write, to_add)                                                       \
    STUB("read" op, to_read "; ret");                                                              \
    STUB("write" op, to_write "; ret");                                                            \
    STUB("add" op, "lock; " to_add "; ret")

STUBS("1", "movb (%rdi), %al", "movb %sil, (%rdi)", "addb $0, (%rdi)");
STUBS("2", "movw (%rdi), %ax", "movw %si, (%rdi)", "addw $0, (%rdi)");
STUBS("4", "movl (%rdi), %eax", "movl %esi, (%rdi)", "addl $0, (%rdi)");
STUBS("8", "movq (%rdi), %rax", "movq %rsi, (%rdi)", "addq $0, (%rdi)");
STUB("fetch", "jmp *%rdi");

typedef uint64_t touch(uint64_t va, uint64_t value);
touch own_touch_read1, own_touch_read2, own_touch_read4, own_touch_read8;
touch own_touch_write1, own_touch_write2, own_touch_write4, own_touch_write8;
touch own_touch_add1, own_touch_add2, own_touch_add4, own_touch_add8;
touch own_touch_fetch;

static touch *const touches[4][4] = {
    [ACCESS_READ] = { own_touch_read1, own_touch_read2, own_touch_read4, own_touch_read8 },
    [ACCESS_WRITE] = { own_touch_write1, own_touch_write2, own_touch_write4, own_touch_write8 },
    [ACCESS_RMW] = { own_touch_add1, own_touch_add2, own_touch_add4, own_touch_add8 },
    [ACCESS_FETCH] = { own_touch_fetch, own_touch_fetch, own_touch_fetch, own_touch_fetch },
};

/* The handler's, in the child. */
static struct own_outcome *current;

/* As if the stub had returned. */
static void caught(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t *stack = (uint64_t *)(uintptr_t)regs[REG_RSP];

    (void)info;
    current->signal = (uint8_t)signal;
    current->vector = (uint8_t)regs[REG_TRAPNO];
    current->code = (uint32_t)regs[REG_ERR];
    current->address = (uint64_t)regs[REG_CR2];
    regs[REG_RIP] = (greg_t)*stack;
    regs[REG_RSP] += 8;
}

static bool catch_all(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP };
    static uint8_t stack[1 << 16];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    if (sigaltstack(&alternate, NULL))
        return false;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigaction(signals[i], &action, NULL))
            return false;
    return true;
}

static void *at(uint64_t va)
{
    return (void *)(uintptr_t)va;
}

static uint32_t read_pkru(void)
{
    uint32_t low, high;

    __asm__ volatile("rdpkru" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Keys by system call: a C library without them, or a kernel, has none to give. */
static void get_keys(struct own_ground *g)
{
    long off = syscall(SYS_pkey_alloc, 0, 1),
         read_only = off < 0 ? -1 : syscall(SYS_pkey_alloc, 0, 2);

    g->has_keys = read_only >= 0;
    if (!g->has_keys)
        return;
    g->key[OWN_KEY_OFF] = (uint8_t)off;
    g->key[OWN_KEY_RO] = (uint8_t)read_only;
    g->pkru = read_pkru();
}

static bool protect(const struct own_ground *g, uint64_t va, uint64_t size, enum own_kind kind)
{
    static const int protections[OWN_NR_KINDS] = {
        [OWN_RW] = PROT_READ | PROT_WRITE,
        [OWN_RO] = PROT_READ,
        [OWN_RX] = PROT_READ | PROT_EXEC,
        [OWN_RWX] = PROT_READ | PROT_WRITE | PROT_EXEC,
        [OWN_NONE] = PROT_NONE,
        [OWN_KEY_OFF] = PROT_READ | PROT_WRITE,
        [OWN_KEY_RO] = PROT_READ | PROT_WRITE,
    };

    if (kind == OWN_ABSENT)
        return !munmap(at(va), size);
    if (g->has_keys && g->key[kind])
        return !syscall(SYS_pkey_mprotect, va, size, protections[kind], g->key[kind]);
    return !mprotect(at(va), size, protections[kind]);
}

/* Written to before it becomes what it is to be: so there is a page, and A and D are set. */
static bool make(const struct own_ground *g, uint64_t va, uint64_t size, enum own_kind kind)
{
    for (uint64_t i = 0; i < size; i += 8)
        *(volatile uint64_t *)at(va + i) = RET;
    return protect(g, va, size, kind);
}

static bool make_all(struct own_ground *g)
{
    const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

    get_keys(g);
    if (mmap(at(g->pages), OWN_PAGES * OWN_PAGE, PROT_READ | PROT_WRITE, how, -1, 0) ==
            MAP_FAILED ||
        mmap(at(g->large), OWN_NR_LARGE * OWN_LARGE, PROT_READ | PROT_WRITE, how, -1, 0) ==
            MAP_FAILED)
        return false;
    madvise(at(g->pages), OWN_PAGES * OWN_PAGE, MADV_NOHUGEPAGE);
    madvise(at(g->large), OWN_NR_LARGE * OWN_LARGE, MADV_HUGEPAGE);
    for (unsigned int i = 0; i < OWN_PAGES; i++)
        if (!make(g, g->pages + i * OWN_PAGE, OWN_PAGE, own_kind_of(i)))
            return false;
    return make(g, g->large, OWN_LARGE, OWN_RW) && make(g, g->large + OWN_LARGE, OWN_LARGE, OWN_RO);
}

/* The frame of a page as Linux tells root; 0: it has none, or Linux does not tell. */
static uint64_t frame_of(int pagemap, uint64_t va)
{
    uint64_t entry;

    if (pagemap < 0 || pread(pagemap, &entry, 8, (off_t)(va / OWN_PAGE * 8)) != 8 || !(entry >> 63))
        return 0;
    return entry & ((UINT64_C(1) << 55) - 1);
}

static void get_frames(struct own_ground *g)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY);

    for (unsigned int i = 0; i < OWN_PAGES; i++)
        g->frame[i] = frame_of(pagemap, g->pages + i * OWN_PAGE);
    g->has_frames = g->frame[0] != 0;
    for (unsigned int i = 0; i < OWN_NR_LARGE; i++) {
        uint64_t va = g->large + i * OWN_LARGE, first = frame_of(pagemap, va);
        bool row = first && first % (OWN_LARGE / OWN_PAGE) == 0;

        for (uint64_t k = 1; row && k < OWN_LARGE / OWN_PAGE; k++)
            row = frame_of(pagemap, va + k * OWN_PAGE) == first + k;
        g->large_frame[i] = first;
        g->large_is[i] = row;
    }
    if (pagemap >= 0)
        close(pagemap);
}

static unsigned int order(uint8_t size)
{
    return size == 8 ? 3 : size == 4 ? 2 : size == 2 ? 1 : 0;
}

void own_child(struct own_ground *g)
{
    if (!make_all(g) || !catch_all())
        return;
    get_frames(g);
    for (uint32_t i = 0; i < g->nr_accesses; i++) {
        const struct own_access *a = &g->access[i];

        current = &g->outcome[i];
        current->made = 1;
        touches[a->kind & 3][order(a->size)](a->va, RET);
    }
    __atomic_store_n(&g->ready, 1, __ATOMIC_RELEASE);
}
