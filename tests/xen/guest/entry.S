/* entry.S - where a domain begins, its notes, and what C cannot do: faults, and being faulted. */

#define STACK 0x4000

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
    note 3, .quad, 0xffffffff80000000
    note 4, .quad, 0xffffffff80000000
    note 1, .quad, entry
    note 9, .asciz, "yes"

    .text
    .globl entry
/* rsi: what the domain is told. */
entry:
    cld
    mov $bss, %rdi
    mov $bss_end, %rcx
    sub %rdi, %rcx
    xor %eax, %eax
    rep stosb
    mov $stack + STACK, %rsp
    mov %rsi, %rdi
    xor %ebp, %ebp
    call begin
1:  jmp 1b

/* A fault: Xen has pushed rcx, r11, perhaps an error code, and a frame.  Whoever expects one has
 * left its stack pointer in fault_sp; all that it wants to know is which. */
.macro vector number:req
    .globl fault_\number
fault_\number:
    mov $\number, %edi
    jmp faulted
.endm
    vector 6
    vector 11
    vector 12
    vector 13
    vector 14

faulted:
    mov fault_sp(%rip), %rax
    test %rax, %rax
    jz 1f
    mov %rax, %rsp
    mov %edi, %eax
    jmp done
1:  mov %rsp, %rsi
    call died

/* int trial(void (*what)(uint64_t, uint64_t), uint64_t, uint64_t): 0, or the vector. */
    .globl trial
trial:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, fault_sp(%rip)
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    call *%rax
    xor %eax, %eax
done:
    movq $0, fault_sp(%rip)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .bss
    .balign 16
stack:
    .skip STACK
fault_sp:
    .skip 8

    .section .note.GNU-stack, "", @progbits
