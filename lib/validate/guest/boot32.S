/*
 * boot32.S - where whoever loaded the image enters it, to C.
 *
 * DS and ES have descriptors for CPL 3, which are good at CPL 0, too, and which IRET to CPL 3
 * does not take away.
 */
#include "multiboot.inc"
#include "selectors.h"

    .section .boot, "awx"
    .globl header, entry
    .code32
header:
    multiboot_header

    .org 0x40
entry:
    cli
    cld
    lgdt gdtr
    ljmp $SEL_CODE32, $1f
1:  movw $SEL_DATA_U, %ax
    movw %ax, %ds
    movw %ax, %es
    movw $SEL_DATA, %ax
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movl $bss, %edi
    movl $bss_end, %ecx
    subl %edi, %ecx
    rep stosb
    movl $stack + STACK_SIZE, %esp
    call main
    ud2

    .balign 8
    .word 0
gdtr:
    .word GDT_SIZE - 1
    .long gdt
    .section .note.GNU-stack, "", @progbits
