/*
 * descriptors.c - GDT, TSS and IDT.
 *
 * Descriptors have their accessed bits set, so that no processor writes to them.  Exceptions in
 * 64-bit mode have a stack of their own, and NMIs another, so that one which comes at any time
 * can go as it came.
 */
#include "descriptors.h"
#include "cpu.h"
#include "memory.h"
#include "selectors.h"

#define VECTORS       32u
#define VECTOR_NMI    2u
#define GATE_PRESENT  0x8e00u /* An interrupt gate for CPL 0. */
#define TSS_AVAILABLE 0x89u
#define TSS_LIMIT     103u

__attribute__((aligned(8))) uint64_t gdt[GDT_SIZE / 8] = {
    [SEL_CODE64 / 8] = 0x00af9b000000ffff,   [SEL_DATA / 8] = 0x00cf93000000ffff,
    [SEL_CODE32 / 8] = 0x00cf9b000000ffff,   [SEL_DATA_U / 8] = 0x00cff3000000ffff,
    [SEL_CODE64_U / 8] = 0x00affb000000ffff, [SEL_CODE32_U / 8] = 0x00cffb000000ffff,
};

__attribute__((aligned(16))) static uint8_t trap_stack[STACK_SIZE];
extern const uint8_t trap_entry[];

struct table_register {
    uint16_t limit;
    uintptr_t base;
} __attribute__((packed));

static uintptr_t end_of(const uint8_t *stack, uint32_t size)
{
    return (uintptr_t)stack + size;
}

static uintptr_t entry_of(uint32_t vector)
{
    return (uintptr_t)trap_entry + vector * TRAP_ENTRY_SIZE;
}

#ifdef __x86_64__

static uint8_t nmi_stack[512] __attribute__((aligned(16)));
static uint64_t idt[2 * VECTORS];

static struct {
    uint32_t zero;
    uint64_t rsp[3], zero2, ist[7], zero3;
    uint16_t zero4, io_map;
} __attribute__((packed)) tss;

static void gate(uint32_t vector)
{
    uintptr_t ip = entry_of(vector);
    uint64_t ist = vector == VECTOR_NMI ? 2 : 1;

    idt[2 * vector] = (ip & 0xffff) | (uint64_t)SEL_CODE64 << 16 | ist << 32 |
                      (uint64_t)GATE_PRESENT << 32 | (ip >> 16 & 0xffff) << 48;
    idt[2 * vector + 1] = ip >> 32;
}

static void stacks(void)
{
    tss.ist[0] = end_of(trap_stack, sizeof(trap_stack));
    tss.ist[1] = end_of(nmi_stack, sizeof(nmi_stack));
    gdt[SEL_TSS / 8 + 1] = (uintptr_t)&tss >> 32;
}

#else

static uint64_t idt[VECTORS];

static struct {
    uint32_t back, esp0, ss0, other[22];
    uint16_t trace, io_map;
} tss;

static void gate(uint32_t vector)
{
    uintptr_t ip = entry_of(vector);

    idt[vector] = (ip & 0xffff) | (uint64_t)SEL_CODE32 << 16 | (uint64_t)GATE_PRESENT << 32 |
                  (uint64_t)(ip >> 16) << 48;
}

static void stacks(void)
{
    tss.esp0 = end_of(trap_stack, sizeof(trap_stack));
    tss.ss0 = SEL_DATA;
}

#endif

_Static_assert(sizeof(tss) == TSS_LIMIT + 1, "as the processor has it");

uintptr_t descriptors_tss(void)
{
    return (uintptr_t)&tss;
}

uintptr_t descriptors_idt(void)
{
    return (uintptr_t)idt;
}

void descriptors_init(void)
{
    uint64_t base = (uintptr_t)&tss;
    struct table_register idtr = { sizeof(idt) - 1, (uintptr_t)idt };

    for (uint32_t v = 0; v < VECTORS; v++)
        gate(v);
    stacks();
    tss.io_map = sizeof(tss);
    gdt[SEL_TSS / 8] = TSS_LIMIT | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
                       (base >> 24 & 0xff) << 56;
    ASM("lidt %0" : : "m"(idtr));
    ASM("ltr %w0" : : "r"(SEL_TSS));
}
