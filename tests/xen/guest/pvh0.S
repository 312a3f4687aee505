/* pvh0.S - where a PVH kernel that is dom0 begins: it goes on in 64-bit mode, by tables in which the
 * first GiB is as it is. */

    .pushsection .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18                      /* PHYS32_ENTRY */
    .asciz "Xen"
    .long entry
    .popsection

    .text
    .code32
    .globl entry
entry:
    cld
    mov $stack_end, %esp
    movl $l3 + 3, l4
    movl $l2 + 3, l3
    mov $0x83, %eax                     /* P, RW, PS */
    mov $l2, %edi
1:  mov %eax, (%edi)
    add $8, %edi
    add $0x200000, %eax
    cmp $l2 + 4096, %edi
    jne 1b
    mov $l4, %eax
    mov %eax, %cr3
    mov $0x20, %eax                     /* PAE */
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax                     /* LME */
    wrmsr
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0
    lgdt gdt_at
    ljmp $8, $2f
    .code64
2:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    call begin
3:  jmp 3b

    .section .rodata
    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff            /* 08: code, 64-bit */
    .quad 0x00cf93000000ffff            /* 10: data */
gdt_at:
    .word gdt_at - gdt - 1
    .long gdt

    .bss
    .balign 4096
l4: .skip 4096
l3: .skip 4096
l2: .skip 4096
    .skip 0x4000
stack_end:

    .section .note.GNU-stack, "", @progbits
