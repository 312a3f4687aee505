/*
 * bochs_boot.S - the first sector of a disk, for an emulator that starts no multiboot kernel itself: loads
 * what its records say, and enters the kernel as the Multiboot Specification 0.6.96 has it, section
 * "Machine state".  bochs.py fills in the records and makes what the kernel is told.
 */
#define STACK    0x7c00
#define PIECE_AT 0x10000 /* What is read at once, below 1 MiB, where a BIOS can. */
#define PIECE    64      /* In sectors. */
#define DATA     0x08
#define CODE     0x10
#define HAS      0x2badb002

    .section .text, "ax"
    .code16
    .globl start
start:
    cli
    cld
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $STACK, %sp
    ljmp $0, $1f
1:  movb %dl, drive
    inb $0x92, %al                      /* Address line 20. */
    orb $2, %al
    andb $0xfe, %al
    outb %al, $0x92
    movw $records, %bp
2:  cmpl $0, 8(%bp)
    je 4f
    call piece
    jmp 2b
4:  addw $12, %bp
    cmpw $records_end, %bp
    jb 2b

    cli
    lgdt gdtr
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE, $5f
    .code32
5:  movw $DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    movl $HAS, %eax
    movl told, %ebx
    jmp *entry

    .code16
/* A piece of what the record at BP says, which then says what is left. */
piece:
    movl $PIECE, %eax
    cmpl %eax, 8(%bp)
    jae 1f
    movl 8(%bp), %eax
1:  subl %eax, 8(%bp)
    movl 4(%bp), %edx
    addl %eax, 4(%bp)
    movl %edx, packet_lba
    movw %ax, packet_count
    pushl %eax
    movb $0x42, %ah
    movb drive, %dl
    movw $packet, %si
    sti
    int $0x13
    cli
    jc failed
    popl %ecx
    shll $7, %ecx                       /* Words of 32 bits. */

    /* DS and ES with the limits of 32-bit mode, and a copy. */
    lgdt gdtr
    movl %cr0, %ebx
    orb $1, %bl
    movl %ebx, %cr0
    movw $DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    andb $0xfe, %bl
    movl %ebx, %cr0
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movl $PIECE_AT, %esi
    movl (%bp), %edi
    .byte 0x67                          /* Addresses of 32 bits. */
    rep movsl
    movl %edi, (%bp)
    ret

failed:
    hlt
    jmp failed

drive:
    .byte 0
    .balign 4
packet:
    .byte 16, 0
packet_count:
    .word 0, 0, PIECE_AT >> 4
packet_lba:
    .long 0, 0
    .balign 8
gdt:
    .quad 0, 0x00cf93000000ffff, 0x00cf9b000000ffff
gdtr:
    .word gdtr - gdt - 1
    .long gdt

    .org 0x180
/* Where the kernel begins, what it is told; and of each record where to, its first sector, how many. */
entry:
    .long 0
told:
    .long 0
records:
    .fill 9 * 12
records_end:
    .org 510
    .byte 0x55, 0xaa
    .section .note.GNU-stack, "", @progbits
