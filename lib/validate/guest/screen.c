/* screen.c - 80 by 25 characters that lie in memory. */
#include "screen.h"
#include "memory.h"

#define SCREEN  0xb8000u
#define COLUMNS 80u
#define ROWS    25u
#define GREY    0x0700u

static uint32_t row, column;

static volatile uint16_t *cell(uint32_t r, uint32_t c)
{
    return (volatile uint16_t *)memory_at(SCREEN) + r * COLUMNS + c;
}

static void clear_row(uint32_t r)
{
    for (uint32_t c = 0; c < COLUMNS; c++)
        *cell(r, c) = GREY | ' ';
}

void screen_clear(void)
{
    for (uint32_t r = 0; r < ROWS; r++)
        clear_row(r);
    row = column = 0;
}

static void next_row(void)
{
    column = 0;
    if (++row < ROWS)
        return;
    row = ROWS - 1;
    for (uint32_t i = 0; i < row * COLUMNS; i++)
        *cell(0, i) = *cell(1, i);
    clear_row(row);
}

void screen_again(void)
{
    column = 0;
}

void screen_write(const char *c, uint32_t n)
{
    for (; n--; c++) {
        if (column == COLUMNS || *c == '\n')
            next_row();
        if (*c != '\n' && *c != '\r')
            *cell(row, column++) = (uint16_t)(GREY | (uint8_t)*c);
    }
}
