/* pv32.S - where the 32-bit PV kernel begins, its notes, and what C cannot do. */

/* type, then what is in it */
.macro note type:req, kind:req, value:vararg
    .pushsection .note.Xen, "a", @note
    .align 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \kind \value
2:  .align 4
    .popsection
.endm

    note 6, .asciz, "xenpt"
    note 5, .asciz, "xen-3.0"
    note 8, .asciz, "generic"
    note 3, .long, 0xc0000000
    note 4, .long, 0xc0000000
    note 1, .long, entry
    note 12, .long, 0xf5800000
    note 9, .asciz, "yes"

    .text
    .globl entry
/* esi: what the domain is told. */
entry:
    cld
    mov $stack_end, %esp
    push %esi
    call begin
1:  jmp 1b

    .globl second_entry
second_entry:
    lock incl pv32_held
1:  pause
    jmp 1b

/* _Noreturn void pv32_to_user(uint32_t eip, uint32_t esp): a ring-1 kernel's own iret. */
    .globl pv32_to_user
pv32_to_user:
    mov 4(%esp), %eax
    mov 8(%esp), %ecx
    pushl $0xe033
    push %ecx
    pushl $0x202
    pushl $0xe02b
    push %eax
    iret

    .bss
    .balign 16
    .skip 0x4000
stack_end:

    .section .note.GNU-stack, "", @progbits
