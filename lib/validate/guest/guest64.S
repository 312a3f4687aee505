/* guest64.S - into a guest and back, with its RDI and RAX. */
    .text
    .code64
    .globl svm_run, vmx_run, vmx_exit

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

/*
 * uint32_t vmx_run(uint32_t launched, uint64_t di, uint64_t ax, uint64_t *ret_ax): 0 after an
 * exit, which comes to vmx_exit with the stack as it is here (VMCS: host RSP, RIP).
 */
vmx_run:
    save_all
    pushq %rcx
    movl $0x6c14, %eax
    vmwrite %rsp, %rax
    movq %rdx, %rax
    testl %edi, %edi
    movq %rsi, %rdi
    jnz 1f
    vmlaunch
    jmp 2f
1:  vmresume
2:  movl $1, %eax
    popq %rcx
    jmp 3f
vmx_exit:
    popq %rcx
    movq %rax, (%rcx)
    xorl %eax, %eax
3:  restore_all
    ret
    .section .note.GNU-stack, "", @progbits
