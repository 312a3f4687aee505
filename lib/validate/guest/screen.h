/* screen.h - the text screen of a VGA. */
#ifndef XENPT_GUEST_SCREEN_H
#define XENPT_GUEST_SCREEN_H

#include <stdint.h>

void screen_clear(void);
/* From where the last text ended; a line feed begins a line, and the screen rolls. */
void screen_write(const char *c, uint32_t n);
/* Writes over the line that was begun last. */
void screen_again(void);

#endif
