/* descriptors.h - GDT, TSS and IDT of the image. */
#ifndef XENPT_GUEST_DESCRIPTORS_H
#define XENPT_GUEST_DESCRIPTORS_H

#include <stdint.h>

/* For a VMX host, whose state has to name them. */
extern uint64_t gdt[];
uintptr_t descriptors_tss(void);
uintptr_t descriptors_idt(void);

/* Loads TSS and IDT; the GDT is there since booting. */
void descriptors_init(void);

#endif
