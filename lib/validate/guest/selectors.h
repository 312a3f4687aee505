/* selectors.h - the descriptors of the image, for C and for assembly. */
#ifndef XENPT_GUEST_SELECTORS_H
#define XENPT_GUEST_SELECTORS_H

#define SEL_CODE64   0x08
#define SEL_DATA     0x10
#define SEL_CODE32   0x18
#define SEL_DATA_U   0x23
#define SEL_CODE64_U 0x2b
#define SEL_CODE32_U 0x33
#define SEL_TSS      0x38
#define GDT_SIZE     0x48 /* In 64-bit mode a TSS takes two. */

#define STACK_SIZE 0x2000

/* Bytes of each of the 32 ways into trap(). */
#define TRAP_ENTRY_SIZE 16

/* Bytes from one stub to the next. */
#define STUB_SIZE 16

#endif
