/* captures.h - the files beside the captures, found and unpacked. */
#ifndef XENPT_PEER_CAPTURES_H
#define XENPT_PEER_CAPTURES_H

#include <stddef.h>

/* Most captures, or texts beside them, that a folder may hold. */
#define CAPTURES_MAX  256
/* Longest name, its end included. */
#define CAPTURES_NAME 256

/* The names in a folder that match a pattern of the shell, sorted. */
size_t captures_find(const char *pattern, char names[CAPTURES_MAX][CAPTURES_NAME]);

/* The contents of a zstd file of the folder, with a 0 behind them; free() them. */
char *captures_unpack(const char *name, size_t *size);

#endif
