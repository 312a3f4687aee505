/*
 * guest.h - a QEMU that never runs: memory that we fill, registers that we set, and its monitor.
 */
#ifndef XENPT_BENCH_GUEST_H
#define XENPT_BENCH_GUEST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct guest {
    uint8_t *memory; /* Of the machine, from address 0 on; shared with QEMU. */
    size_t size;
    int monitor, debugger; /* Its sockets. */
    pid_t pid;
    char folder[32];
};

/* Starts it, stopped.  Returns NULL, or why there is none. */
const char *guest_start(struct guest *g, size_t size);
void guest_stop(struct guest *g);

/* Long mode: control registers and EFER of its CPU.  NULL, or what went wrong. */
const char *guest_enter_long_mode(const struct guest *g, uint64_t cr3, uint64_t cr4, uint64_t efer);

/*
 * Has the monitor answer a command.  Returns the answer, to be freed, up to where it asks for
 * the next one; NULL: it went away.
 */
char *guest_ask(const struct guest *g, const char *command);

#endif
