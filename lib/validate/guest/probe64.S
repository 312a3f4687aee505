/* probe64.S - into a state of a case, and out of it by way of an exception. */
#include "trap.inc"

    .text
    .code64
    .globl attempt, resume, trap_entry, stack

/* void attempt(void (*f)(void *), void *arg): calls f, which does not return; resume() does. */
attempt:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, attempt_sp(%rip)
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax
    ud2

/* void resume(void): returns from attempt(). */
resume:
    movq attempt_sp(%rip), %rsp
    movl $SEL_DATA, %eax
    movw %ax, %ss
    pushq $2
    popfq
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

/* An NMI is nothing of ours: on with what it interrupted. */
.macro iret_from_nmi
    iretq
.endm

    .balign TRAP_ENTRY_SIZE
trap_entry:
    trap_entries pushq
trap_common:
    pushq %rax
    movq %rsp, %rdi
    cld
    call trap
    ud2

    .bss
    .balign 16
stack:
    .skip STACK_SIZE
attempt_sp:
    .skip 8
    .section .note.GNU-stack, "", @progbits
