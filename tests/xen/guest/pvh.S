/* pvh.S - where the PVH kernel begins, and what C cannot do: it enters a paging mode, and holds
 * still there.  All of it is 32-bit code but for the end of the 64-bit mode. */

#include "pvh.h"

    .pushsection .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18                      /* PHYS32_ENTRY */
    .asciz "Xen"
    .long entry
    .popsection

    .text
    .code32
    .globl entry
/* ebx: what the domain is told, or where the domain's builder has put the same. */
entry:
    cld
    mov $stack_end, %esp
    push %ebx
    call begin
1:  jmp 1b

/* The second vCPU begins here, without paging as the first did. */
    .globl second_entry
second_entry:
    mov $second_stack_end, %esp
    push pvh_root
    push pvh_mode
    pushl $'k'
    call pvh_enter

/* _Noreturn void pvh_enter(int where, int mode, uint32_t cr3) */
    .globl pvh_enter
pvh_enter:
    mov 4(%esp), %edx
    mov 8(%esp), %esi
    mov 12(%esp), %ecx
    lgdt gdt_at
    ljmp $8, $1f
1:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %ecx, %cr3
    mov %cr4, %eax
    or $0x90, %eax                      /* PGE, and PSE... */
    cmp $MODE_2LEVEL, %esi
    je 2f
    or $0x20, %eax                      /* ...or PAE, and NX. */
2:  mov %eax, %cr4
    cmp $MODE_2LEVEL, %esi
    je 4f
    mov $0xc0000080, %ecx
    push %edx
    rdmsr
    or $0x800, %eax
    cmp $MODE_64, %esi
    jne 3f
    or $0x100, %eax
3:  wrmsr
    pop %edx
4:  mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0
    cmp $MODE_64, %esi
    jne hold32
    ljmp $0x18, $hold64

/* Interrupts are let through, though none come: Bochs 2.7 keeps those of the host, too, from a guest that
 * is entered without, and Xen's other CPUs wait for this one forever. */
hold32:
    sti
    lock incl GFN_HELD << 12
    cmp $'u', %edx
    je 6f
    cmp $'x', %edx
    je 7f
5:  pause
    jmp 5b
6:  pushl $0x2b
    pushl $USER_STACK
    pushl $0x202
    pushl $0x23
    pushl $USER_CODE
    iret
7:  mov $17, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    cmpb $0, pvh_is_intel
    jne 8f
    vmmcall
    jmp 7b
8:  vmcall
    jmp 7b

    .code64
hold64:
    sti
    lock incl GFN_HELD << 12
    cmp $'u', %edx
    je 6f
    cmp $'x', %edx
    je 7f
5:  pause
    jmp 5b
6:  pushq $0x2b
    pushq $USER_STACK
    pushq $0x202
    pushq $0x33
    pushq $USER_CODE
    iretq
7:  mov $17, %eax
    xor %edi, %edi
    xor %esi, %esi
    mov $pvh_is_intel, %ecx
    cmpb $0, (%rcx)
    jne 8f
    vmmcall
    jmp 7b
8:  vmcall
    jmp 7b

    .section .rodata
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            /* 08: code, 32-bit */
    .quad 0x00cf93000000ffff            /* 10: data */
    .quad 0x00af9b000000ffff            /* 18: code, 64-bit */
    .quad 0x00cffb000000ffff            /* 20: user mode's code, 32-bit */
    .quad 0x00cff3000000ffff            /* 28: its data */
    .quad 0x00affb000000ffff            /* 30: its code, 64-bit */
gdt_at:
    .word gdt_at - gdt - 1
    .long gdt

    .bss
    .balign 16
    .skip 0x4000
stack_end:
    .skip 0x1000
second_stack_end:

    .section .note.GNU-stack, "", @progbits
