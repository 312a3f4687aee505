/* stubs32.S - accesses of 32-bit mode: in a page for users, and in one for the supervisor. */
#include "stubs.inc"

    .section .stubs, "ax"
    .globl stubs32_u, stubs32_s
    .code32
    .balign 4096
stubs32_u:
    stubs_of_32_bits %edi
    .balign 4096
stubs32_s:
    stubs_of_32_bits %edi
    .section .note.GNU-stack, "", @progbits
