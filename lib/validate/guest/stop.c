/* stop.c - the end of a run, good or bad. */
#include "stop.h"
#include "cpu.h"
#include "text.h"

#define QEMU_PORT    0xf4   /* isa-debug-exit: QEMU ends with exit code 2 * value + 1. */
#define BOCHS_PORT   0x8900 /* Bochs ends when it has read this word. */
#define QEMU_PORT_OK 0
#define QEMU_PORT_EX 1

bool stop_by_ports = true;

__attribute__((noreturn)) static void end(uint32_t value)
{
    if (stop_by_ports) {
        outl(QEMU_PORT, value);
        for (const char *c = "Shutdown"; *c; c++)
            outb(BOCHS_PORT, (uint8_t)*c);
    }
    for (;;)
        ASM("cli; hlt");
}

void stop(void)
{
    end(QEMU_PORT_OK);
}

void stop_at_exception(uint32_t vector, uint32_t code, uintptr_t ip)
{
    struct text text = { .n = 0 };

    text_words(&text, "xenpt probe: exception ");
    text_hex(&text, vector);
    text_words(&text, ", code ");
    text_hex(&text, code);
    text_words(&text, ", in the image itself at ");
    text_hex(&text, ip);
    text_words(&text, "\r\n");
    text_say(&text);
    end(QEMU_PORT_EX);
}
