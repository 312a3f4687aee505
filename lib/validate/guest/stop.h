/* stop.h - how a run ends. */
#ifndef XENPT_GUEST_STOP_H
#define XENPT_GUEST_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* Whether ports that end an emulator may be written to: not on a real machine. */
extern bool stop_by_ports;

__attribute__((noreturn)) void stop(void);
/* An exception that no case asked for: says so and stops. */
__attribute__((noreturn)) void stop_at_exception(uint32_t vector, uint32_t code, uintptr_t ip);

#endif
