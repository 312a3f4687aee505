/* serial.c - a UART of the 16550 kind at the port of COM1; without one, nothing is lost but time.
 */
#include "serial.h"
#include "cpu.h"

#define COM1 0x3f8

enum {
    DATA = COM1, /* Of the divisor, its low byte... */
    INTERRUPTS,  /* ...and its high one. */
    FIFO,
    LINE,
    MODEM,
    STATUS,
};

#define LINE_8N1     0x03
#define LINE_DIVISOR 0x80
#define DIVISOR      1    /* Of 115200. */
#define FIFO_ON      0x07 /* And empty. */
#define MODEM_READY  0x03 /* DTR, RTS */
#define STATUS_EMPTY 0x20
#define PATIENCE     0x10000 /* A byte takes 87 microseconds; reading a port about one. */

void serial_init(void)
{
    outb(INTERRUPTS, 0);
    outb(LINE, LINE_DIVISOR);
    outb(DATA, DIVISOR);
    outb(INTERRUPTS, 0);
    outb(LINE, LINE_8N1);
    outb(FIFO, FIFO_ON);
    outb(MODEM, MODEM_READY);
}

void serial_write(const char *c, uint32_t n)
{
    for (; n--; c++) {
        for (uint32_t i = 0; i < PATIENCE && !(inb(STATUS) & STATUS_EMPTY); i++)
            ;
        outb(DATA, (uint8_t)*c);
    }
}
