/* probe32.S - into a state of a case, and out of it by way of an exception. */
#include "trap.inc"

    .text
    .code32
    .globl attempt, resume, trap_entry, stack

/* void attempt(void (*f)(void *), void *arg): calls f, which does not return; resume() does. */
attempt:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl %ebx
    pushl %ebp
    pushl %esi
    pushl %edi
    movl %esp, attempt_sp
    pushl %edx
    call *%eax
    ud2

/* void resume(void): returns from attempt(). */
resume:
    movl attempt_sp, %esp
    pushl $2
    popfl
    popl %edi
    popl %esi
    popl %ebp
    popl %ebx
    ret

/* An NMI is nothing of ours: on with what it interrupted. */
.macro iret_from_nmi
    iretl
.endm

    .balign TRAP_ENTRY_SIZE
trap_entry:
    trap_entries pushl
trap_common:
    pushl %eax
    movl %esp, %eax
    cld
    pushl %eax
    call trap
    ud2

    .bss
    .balign 16
stack:
    .skip STACK_SIZE
attempt_sp:
    .skip 4
    .section .note.GNU-stack, "", @progbits
