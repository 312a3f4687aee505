/* guest32.S - into a guest and back, with its EDI. */
    .text
    .code32
    .globl svm_run

/* void svm_run(uintptr_t vmcb, uintptr_t di): EAX is the VMCB's. */
svm_run:
    pushl %ebx
    pushl %ebp
    pushl %esi
    pushl %edi
    movl 20(%esp), %eax
    movl 24(%esp), %edi
    clgi
    vmrun %eax
    stgi
    popl %edi
    popl %esi
    popl %ebp
    popl %ebx
    ret
    .section .note.GNU-stack, "", @progbits
