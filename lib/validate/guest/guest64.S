/* guest64.S - into a guest and back, with its RDI and RAX. */
    .text
    .code64
    .globl svm_run

.macro save_all
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm

.macro restore_all
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
.endm

/* void svm_run(uint64_t vmcb, uint64_t di): RAX is the VMCB's. */
svm_run:
    save_all
    movq %rdi, %rax
    movq %rsi, %rdi
    clgi
    vmrun %rax
    stgi
    restore_all
    ret
    .section .note.GNU-stack, "", @progbits
