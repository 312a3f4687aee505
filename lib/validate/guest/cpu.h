/* cpu.h - instructions that C has no words for. */
#ifndef XENPT_GUEST_CPU_H
#define XENPT_GUEST_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PG    0x80000000u
#define CR0_NE    0x20u
#define CR4_PSE   0x10u
#define CR4_PAE   0x20u
#define CR4_LA57  0x1000u
#define CR4_VMXE  0x2000u
#define CR4_PKE   0x400000u
#define EFER_LME  0x100u
#define EFER_LMA  0x400u
#define EFER_NXE  0x800u
#define EFER_SVME 0x1000u

#define MSR_PAT        0x277u
#define MSR_MCG_STATUS 0x17au
#define MSR_EFER       0xc0000080u

#define ASM __asm__ volatile

static inline void cpuid(uint32_t leaf, uint32_t ret[4])
{
    ASM("cpuid" : "=a"(ret[0]), "=b"(ret[1]), "=c"(ret[2]), "=d"(ret[3]) : "0"(leaf), "2"(0));
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    ASM("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    ASM("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

#define CONTROL_REGISTER(cr)                                                                       \
    static inline uintptr_t read_##cr(void)                                                        \
    {                                                                                              \
        uintptr_t value;                                                                           \
                                                                                                   \
        ASM("mov %%" #cr ", %0" : "=r"(value) : : "memory");                                       \
        return value;                                                                              \
    }                                                                                              \
    static inline void write_##cr(uintptr_t value)                                                 \
    {                                                                                              \
        ASM("mov %0, %%" #cr : : "r"(value) : "memory");                                           \
    }

CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)

static inline void wrpkru(uint32_t pkru)
{
    ASM("wrpkru" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

static inline void outb(uint16_t port, uint8_t value)
{
    ASM("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    ASM("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    ASM("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outsb(uint16_t port, const void *bytes, uint32_t n)
{
    uintptr_t count = n;

    ASM("rep outsb" : "+S"(bytes), "+c"(count) : "d"(port) : "memory");
}

static inline void outsw(uint16_t port, const void *words, uint32_t n)
{
    uintptr_t count = n;

    ASM("rep outsw" : "+S"(words), "+c"(count) : "d"(port) : "memory");
}

#endif
