/* text.c - lines of text, built up and shown. */
#include "text.h"
#include "cpu.h"
#include "screen.h"
#include "serial.h"

#define EMULATOR_PORT 0xe9
#define DIGITS_64     16
#define DIGITS_32     10

static void add(struct text *text, char c)
{
    if (text->n < TEXT_MAX)
        text->c[text->n++] = c;
}

void text_words(struct text *text, const char *words)
{
    for (; *words; words++)
        add(text, *words);
}

void text_hex(struct text *text, uint64_t value)
{
    int shift = 4 * (DIGITS_64 - 1);

    while (shift > 0 && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        add(text, "0123456789abcdef"[value >> shift & 15]);
}

void text_decimal(struct text *text, uint32_t value)
{
    char digits[DIGITS_32];
    uint32_t n = 0;

    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n)
        add(text, digits[--n]);
}

void text_say(const struct text *text)
{
    outsb(EMULATOR_PORT, text->c, text->n);
    serial_init();
    serial_write(text->c, text->n);
    screen_write(text->c, text->n);
}
