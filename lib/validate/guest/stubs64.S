/*
 * stubs64.S - accesses of 64-bit mode, in a page that is mapped twice; with those of 32-bit mode
 * for users in the same page, for guests.
 */
#include "stubs.inc"

    .section .stubs, "ax"
    .globl stubs64, stubs32_u, stubs32_s
    .code64
    .balign 4096
stubs64:
    stubs_of_64_bits %rdi
    .code32
    .balign STUB_SIZE
stubs32_u:
    stubs_of_32_bits %edi
    .balign 4096
stubs32_s:
    stubs_of_32_bits %edi
    .section .note.GNU-stack, "", @progbits
