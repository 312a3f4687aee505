/* peers.h - libkdumpfile and its libaddrxlat, as contenders; absent where they are not. */
#ifndef XENPT_BENCH_PEERS_H
#define XENPT_BENCH_PEERS_H

#include "naive.h"

struct peer;

/*
 * Opens a core by libkdumpfile, or (path NULL) libaddrxlat over one mapped segment, whose
 * pages its callback hands out without copying.  NULL: not built with it.
 */
struct peer *peer_open(const char *path, const struct segment *segment, uint64_t cr3);

/* Translates addresses; returns the sum of where they lead. */
uint64_t peer_translate(struct peer *peer, const uint64_t *va, size_t n);

#endif
