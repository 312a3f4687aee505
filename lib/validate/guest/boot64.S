/*
 * boot64.S - from 32-bit mode, where whoever loaded the image enters it, to C in 64-bit mode.
 *
 * Tables and addresses come from fixed.c; what blob.h says comes as symbols from layout.c.
 */
#include "multiboot.inc"
#include "selectors.h"

#define CR4_PAE   0x20
#define CR4_LA57  0x1000
#define MSR_EFER  0xc0000080
#define EFER_LME  0x100
#define SCREEN    0xb8000
#define GREY      0x07
#define COM1      0x3f8
#define PATIENCE  0x10000
#define QEMU_PORT 0xf4
#define CR0_OWN   0x80010031 /* PG, WP, NE, ET, PE: what most cases have, too. */

    .section .boot, "awx"
    .globl header, entry
    .code32
header:
    multiboot_header

    .org 0x40
entry:
    cli
    cld
    lgdt gdtr_low
    ljmp $SEL_CODE32, $1f
1:  movw $SEL_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss

    /* The structures of CPUs without 64-bit mode end before this leaf or lack the bit. */
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    testl $(1 << 29), %edx
    jz no_long_mode

    /* Five levels, if the blob wants them and the CPU has them; else main() says so. */
    movl $CR4_PAE, %esi
    movl $root4_at, %edi
    cmpl $blob_magic, blob_magic_at
    jne 2f
    testl $blob_la57, blob_flags_at
    jz 2f
    xorl %eax, %eax
    cpuid
    cmpl $7, %eax
    jb 2f
    movl $7, %eax
    xorl %ecx, %ecx
    cpuid
    testl $(1 << 16), %ecx
    jz 2f
    orl $CR4_LA57, %esi
    movl $root5_at, %edi
2:  movl %esi, %cr4
    movl %edi, %cr3
    movl $MSR_EFER, %ecx
    movl $EFER_LME, %eax
    xorl %edx, %edx
    wrmsr
    movl $CR0_OWN, %eax
    movl %eax, %cr0
    ljmp $SEL_CODE64, $low64

    /* There is no way to C: said here, on the screen and by COM1, which serial.c explains. */
no_long_mode:
    movl $no_long_text, %esi
    movl $SCREEN, %edi
    movw $COM1 + 3, %dx
    movb $0x83, %al
    outb %al, %dx
    movw $COM1, %dx
    movb $1, %al
    outb %al, %dx
    movw $COM1 + 1, %dx
    movb $0, %al
    outb %al, %dx
    movw $COM1 + 3, %dx
    movb $0x03, %al
    outb %al, %dx
    movb $GREY, %ah
3:  lodsb
    testb %al, %al
    jz 6f
    movb %al, %bl
    cmpb $0x20, %al
    jb 4f
    stosw
4:  movl $PATIENCE, %ecx
    movw $COM1 + 5, %dx
5:  inb %dx, %al
    testb $0x20, %al
    loopz 5b
    movw $COM1, %dx
    movb %bl, %al
    outb %al, %dx
    jmp 3b
    /* Only an emulator has a port to end it by. */
6:  movl $1, %eax
    cpuid
    testl %ecx, %ecx
    jns 7f
    movl $1, %eax
    movw $QEMU_PORT, %dx
    outl %eax, %dx
7:  cli
    hlt
    jmp 7b

no_long_text:
    .asciz "xenpt probe: this processor has no 64-bit mode.\r\n"

    .code64
low64:
    movabsq $high64, %rax
    jmp *%rax

    .balign 8
    .word 0
gdtr_low:
    .word GDT_SIZE - 1
    .long gdt_at

    .text
high64:
    lgdt gdtr(%rip)
    xorl %eax, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw $SEL_DATA, %ax
    movw %ax, %ss
    /* From here on nothing is mapped but the last slot. */
    movl %edi, %edi
    movq $0, (%rdi)
    movq %rdi, %cr3
    leaq bss(%rip), %rdi
    leaq bss_end(%rip), %rcx
    subq %rdi, %rcx
    xorl %eax, %eax
    rep stosb
    leaq stack + STACK_SIZE(%rip), %rsp
    pushq $SEL_CODE64
    leaq main(%rip), %rax
    pushq %rax
    lretq

    .section .rodata
    .balign 8
    .word 0, 0, 0
gdtr:
    .word GDT_SIZE - 1
    .quad gdt
    .section .note.GNU-stack, "", @progbits
