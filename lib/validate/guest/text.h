/* text.h - a line of text, and the places to show one. */
#ifndef XENPT_GUEST_TEXT_H
#define XENPT_GUEST_TEXT_H

#include <stdint.h>

#define TEXT_MAX 4096u

struct text {
    uint32_t n;
    char c[TEXT_MAX];
};

/* What does not fit is left out. */
void text_words(struct text *text, const char *words);
void text_hex(struct text *text, uint64_t value);
void text_decimal(struct text *text, uint32_t value);
/* To the port of emulators, to COM1 and to the screen: something went wrong. */
void text_say(const struct text *text);

#endif
