/*
 * pvh.c - a PVH kernel that holds still: in 64-bit, PAE or 2-level tables of its own, with
 * superpages, a linear page table and user pages, on two vCPUs.  It is 32-bit code, and makes its
 * hypercalls before it pages.
 */
#include <stdbool.h>
#include <stdint.h>

#include "pvh.h"

#define CALL_MEMORY_OP     12
#define CALL_CONSOLE_IO    18
#define CALL_VCPU_OP       24
#define CALL_SCHED_OP      29
#define MEM_DECREASE       1
#define MEM_ADD_TO_PHYSMAP 7
#define VCPU_INITIALISE    0
#define VCPU_UP            1
#define SELF               0x7ff0

enum { P = 1, RW = 2, US = 4, PCD = 0x10, PS = 0x80, G = 0x100 };
#define NX (UINT64_C(1) << 63)

extern uint8_t second_entry[];
_Noreturn void pvh_enter(int where, int mode, uint32_t cr3);
_Noreturn void begin(const uint32_t *info);

int pvh_mode;
bool pvh_is_intel; /* A hypercall is VMCALL then, else VMMCALL. */
uint32_t pvh_root;
static bool is_dom0;

static bool is_intel(void)
{
    uint32_t a = 0, b, c, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return b == 0x756e6547; /* "Genu" */
}

static int32_t hypercall(uint32_t nr, uint32_t a, uint32_t b, uint32_t c)
{
    int32_t ret;

    if (pvh_is_intel)
        __asm__ volatile("vmcall"
                         : "=a"(ret), "+b"(a), "+c"(b), "+d"(c)
                         : "a"(nr)
                         : "esi", "edi", "memory");
    else
        __asm__ volatile("vmmcall"
                         : "=a"(ret), "+b"(a), "+c"(b), "+d"(c)
                         : "a"(nr)
                         : "esi", "edi", "memory");
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
    if (is_dom0)
        hypercall(CALL_CONSOLE_IO, 0, nr, address(text));
}

static void must(const char *what, int32_t rc)
{
    char text[] = " -000\n";

    if (!rc)
        return;
    rc = -rc;
    for (int i = 4; i > 1; i--, rc /= 10)
        text[i] = (char)('0' + rc % 10);
    say("STOPPED: ");
    say(what);
    say(text);
    for (;;)
        hypercall(CALL_SCHED_OP, 1, 0, 0);
}

static bool has_word(const char *line, const char *what, const char **behind)
{
    for (; *line; line++) {
        uint32_t n = 0;

        while (what[n] && line[n] == what[n])
            n++;
        if (!what[n]) {
            *behind = line + n;
            return true;
        }
    }
    return false;
}

/* --- Tables ---------------------------------------------------------------------------------- */

static void put(uint32_t table, uint32_t slot, uint32_t gfn, uint64_t flags)
{
    uint64_t entry = (uint64_t)gfn << 12 | flags;

    if (pvh_mode == MODE_2LEVEL)
        ((uint32_t *)(table << 12))[slot] = (uint32_t)entry;
    else
        ((uint64_t *)(table << 12))[slot] = entry;
}

/* Pages at WINDOW_VA: the same in all modes, but for NX. */
static void window(uint32_t table)
{
    uint64_t no_exec = pvh_mode == MODE_2LEVEL ? 0 : NX;

    put(table, 0, GFN_CODE, P | US);
    put(table, 1, GFN_STACK, P | RW | US | no_exec);
    put(table, 2, GFN_GRANTED, P | RW | no_exec);
    put(table, 3, GFN_GRANTS, P | no_exec);
    put(table, 4, GFN_SHARED, P | RW | PCD | no_exec);
    put(table, 5, table, P | no_exec);
}

/* From address 0 on what is there, as superpages; behind the window one that user mode may read. */
static void tables(void)
{
    const uint32_t root = GFN_ROOT, l3 = root + 1, l2 = root + 2, l1 = root + 3;

    pvh_root = root << 12;
    window(l1);
    if (pvh_mode == MODE_2LEVEL) {
        for (uint32_t i = 0; i < 4; i++)
            put(root, i, i << 10, P | RW | PS | G);
        put(root, WINDOW_VA >> 22, l1, P | RW | US);
        put(root, (WINDOW_VA >> 22) + 1, 0x400, P | US | PS);
        put(root, 1023, root, P);
        return;
    }
    for (uint32_t i = 0; i < 8; i++)
        put(l2, i, i << 9, P | RW | PS | G);
    put(l2, WINDOW_VA >> 21, l1, P | RW | US);
    put(l2, (WINDOW_VA >> 21) + 1, 0x400, P | US | PS | NX);
    if (pvh_mode == MODE_PAE) {
        /* Slot 3 has all of it once more.  TCG marks the entries as accessed, which is no flag of
         * theirs: behind them is a copy that no processor reads. */
        for (uint32_t i = 0; i <= 256; i += 256) {
            put(root, i, l2, P);
            put(root, i + 3, l2, P);
        }
        put(l2, 511, l2, P | NX);
        return;
    }
    put(root, 0, l3, P | RW | US);
    put(root, 255, root, P | NX);
    put(root, 511, l3, P | NX);
    put(l3, 0, l2, P | RW | US);
    put(l3, 511, l2, P | RW);
}

/* --- What changes its physical memory -------------------------------------------------------- */

static void physmap(uint32_t space, uint32_t gfn)
{
    struct {
        uint16_t domain, size;
        uint32_t space, index, gfn;
    } op = { SELF, 0, space, 0, gfn };

    must("add_to_physmap", hypercall(CALL_MEMORY_OP, MEM_ADD_TO_PHYSMAP, address(&op), 0));
}

static void memory(void)
{
    uint32_t frames[8];
    struct {
        uint32_t extents, nr, order, flags;
        uint16_t domain;
    } op = { address(frames), 8, 0, 0, SELF };
    volatile uint16_t *grant = (volatile uint16_t *)(GFN_GRANTS << 12) + 8 * 4;

    for (uint32_t i = 0; i < 8; i++)
        frames[i] = GFN_RELEASED + i;
    if (hypercall(CALL_MEMORY_OP, MEM_DECREASE, address(&op), 0) != 8)
        must("decrease_reservation", -1);
    physmap(0, GFN_SHARED);
    physmap(1, GFN_GRANTS);
    /* Entry 8: d0, or d1 of dom0, may map GFN_GRANTED. */
    grant[1] = is_dom0 ? 1 : 0;
    grant[2] = GFN_GRANTED;
    grant[3] = 0;
    grant[0] = 1;
}

/* --- Two vCPUs ------------------------------------------------------------------------------- */

/* A vCPU's registers as it begins: 32-bit mode, flat segments, no paging. */
static void begin_second(void)
{
    volatile uint32_t *held = (volatile uint32_t *)(GFN_HELD << 12);
    static struct {
        uint32_t mode, pad, regs[8], eip, eflags, cr0, cr3, cr4, pad1, efer[2];
        uint32_t bases[5], limits[5]; /* CS, DS, SS, ES, TR */
        uint16_t rights[5], pad2[3];
    } context;

    context.eip = address(second_entry);
    context.eflags = 2;
    context.cr0 = 0x11;
    for (unsigned int i = 0; i < 4; i++)
        context.limits[i] = 0xffffffff;
    context.limits[4] = 0x67;
    context.rights[0] = 0xc9b;
    context.rights[1] = context.rights[2] = context.rights[3] = 0xc93;
    context.rights[4] = 0x8b;
    must("initialise a vCPU", hypercall(CALL_VCPU_OP, VCPU_INITIALISE, 1, address(&context)));
    must("a vCPU up", hypercall(CALL_VCPU_OP, VCPU_UP, 1, 0));
    while (!*held)
        hypercall(CALL_SCHED_OP, 0, 0, 0);
}

_Noreturn void begin(const uint32_t *info)
{
    const char *line = (const char *)info[6], *where;

    pvh_is_intel = is_intel();
    is_dom0 = info[2] & 2;
    if (has_word(line, "mode-pae", &where))
        pvh_mode = MODE_PAE;
    else if (has_word(line, "mode-2level", &where))
        pvh_mode = MODE_2LEVEL;
    *(volatile uint16_t *)(GFN_CODE << 12) = 0xfeeb; /* jmp to itself */
    *(volatile uint32_t *)(GFN_HELD << 12) = 0;
    memory();
    tables();
    if (has_word(line, "two", &where))
        begin_second();
    say("xenpt: hold\n");
    pvh_enter(has_word(line, "hold-", &where) ? *where : 'k', pvh_mode, pvh_root);
}
