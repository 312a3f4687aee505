/*
 * bootsector.S - the first sector of a disk, CD or USB stick: loads image and blob, and goes on to
 * the image's entry.
 *
 * A BIOS reads sectors of 2048 bytes from CDs and of 512 from everything else, into memory below
 * 1 MiB only.  So pieces of 32 KiB are read to 64 KiB, and copied up with segments that keep
 * the limits of 32-bit mode.  disk.c writes what is to be loaded where (bootsector.h).
 */
#include "bootsector.h"

#define STACK      0x7c00
#define START      0x7c00
#define PARAMETERS 0x0600 /* Of the drive, as the BIOS gives them. */
#define PIECE_SEG  0x1000 /* Where a piece is read to, as a segment... */
#define PIECE_AT   0x10000
#define PIECE      16 /* ...and how many units of 2048 bytes it has. */
#define DATA       0x08
#define CODE       0x10

    .section .sector, "ax"
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
1:  sti
    movb %dl, drive
    movw $hello, %si
    call print

    /* Sectors of 2048 bytes need no shift; whatever else is said, it is 512. */
    movw $26, PARAMETERS
    movb $0x48, %ah
    movw $PARAMETERS, %si
    int $0x13
    jc 2f
    cmpw $2048, PARAMETERS + 24
    jne 2f
    movb $0, shift
2:
    /* Address line 20, by the BIOS and by the chipset. */
    movw $0x2401, %ax
    int $0x15
    inb $0x92, %al
    orb $2, %al
    andb $0xfe, %al
    outb %al, $0x92

    movw $BOOT_LOADS_AT, %bp
3:  movl 8(%bp), %edi
    call load
    addw $12, %bp
    cmpw $BOOT_LOADS_AT + 24, %bp
    jb 3b

    cli
    lgdt gdtr
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $CODE, $4f
    .code32
4:  movw $DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $probe_entry, %eax
    jmp *%eax

    .code16
/* What the record at BP says, to EDI. */
load:
    cmpl $0, 4(%bp)
    je 9f
    movl $PIECE, %eax
    cmpl %eax, 4(%bp)
    jae 5f
    movl 4(%bp), %eax
5:  subl %eax, 4(%bp)
    movl (%bp), %edx
    addl %eax, (%bp)
    movb shift, %cl
    pushw %ax
    shll %cl, %edx
    shlw %cl, %ax
    movl %edx, packet_lba
    movw %ax, packet_count
    movb $0x42, %ah
    movb drive, %dl
    movw $packet, %si
    pushl %edi
    int $0x13
    popl %edi
    popw %ax
    jc failed

    /* The limits of DS and ES, which a BIOS may have set back, and a copy. */
    cli
    lgdt gdtr
    movl %cr0, %ebx
    orb $1, %bl
    movl %ebx, %cr0
    movw $DATA, %cx
    movw %cx, %ds
    movw %cx, %es
    andb $0xfe, %bl
    movl %ebx, %cr0
    xorw %cx, %cx
    movw %cx, %ds
    movw %cx, %es
    movzwl %ax, %ecx
    shll $9, %ecx /* 2048 bytes are 512 times four. */
    movl $PIECE_AT, %esi
    .byte 0x67 /* Addresses of 32 bits. */
    rep movsl
    sti
    jmp load
9:  ret

failed:
    movw $sorry, %si
    call print
6:  hlt
    jmp 6b

print:
    lodsb
    testb %al, %al
    jz 9b
    movb $0x0e, %ah
    movw $7, %bx
    int $0x10
    jmp print

hello:
    .asciz "xenpt: loading\r\n"
sorry:
    .asciz "The disk cannot be read.\r\n"
drive:
    .byte 0
shift:
    .byte 2
    .balign 4
packet:
    .byte 16, 0
packet_count:
    .word 0, 0, PIECE_SEG
packet_lba:
    .long 0, 0
    .balign 8
gdt:
    .quad 0, 0x00cf93000000ffff, 0x00cf9b000000ffff
gdtr:
    .word gdtr - gdt - 1
    .long gdt

    .org BOOT_LOADS
    /* Twice: first unit of 2048 bytes, how many, where to. */
    .long 0, 0, probe_image
    .long 0, 0, probe_blob
    .org BOOT_PARTITIONS
    .fill 64
    .byte 0x55, 0xaa
    .section .note.GNU-stack, "", @progbits
