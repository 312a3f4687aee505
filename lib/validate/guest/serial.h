/* serial.h - COM1, 115200 baud, 8 bits, no parity. */
#ifndef XENPT_GUEST_SERIAL_H
#define XENPT_GUEST_SERIAL_H

#include <stdint.h>

void serial_init(void);
void serial_write(const char *c, uint32_t n);

#endif
