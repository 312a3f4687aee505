/*
 * domu_pvh.S - a PVH domain that holds still: it is entered as PVH guests are (Xen, public/arch-x86/
 * hvm/start_info.h), goes to long mode with tables of its own, and stays in user mode.
 */
#define NOTE_PHYS32_ENTRY 18
#define FLAGS_TABLE 0x67 /* P RW US A D */
#define FLAGS_LARGE 0xe7 /* and PS */
#define CR4_PAE (1 << 5)
#define CR0_PG_WP_PE 0x80010001
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900

    .section .note.Xen, "a", @note
    .long 4, 8, NOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad begin

    .section .text, "ax"
    .globl begin
    .code32
begin:
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $MSR_EFER, %ecx
    mov $EFER_LME_NXE, %eax
    xor %edx, %edx
    wrmsr
    mov $l4, %eax
    mov %eax, %cr3
    mov $CR0_PG_WP_PE, %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $0x08, $in_long_mode

    .code64
in_long_mode:
    mov $0x10, %eax
    mov %eax, %ss
    mov $stack, %esp
    push $0x1b /* SS, RSP, flags, CS and RIP of user code. */
    push $stack
    push $2
    push $0x23
    push $user
    iretq
user:
    pause
    incl seen
    jmp user

    .section .data, "aw"
    .balign 4096
l4: .quad l3 + FLAGS_TABLE
    .fill 511, 8, 0
l3: .quad l2 + FLAGS_TABLE
    .fill 511, 8, 0
l2: .quad 0x000000 + FLAGS_LARGE
    .quad 0x200000 + FLAGS_LARGE
    .fill 510, 8, 0
    .fill 512, 8, 0
stack:
seen:
    .quad 0
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 64-bit code, data, and both for users. */
    .quad 0x00cf93000000ffff
    .quad 0x00cff3000000ffff
    .quad 0x00affb000000ffff
gdt_pointer:
    .word 39
    .long gdt
