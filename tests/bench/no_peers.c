/* no_peers.c - libkdumpfile is not there. */
#include "peers.h"

struct peer *peer_open(const char *path, const struct segment *segment, uint64_t cr3)
{
    (void)path;
    (void)segment;
    (void)cr3;
    return NULL;
}

uint64_t peer_translate(struct peer *peer, const uint64_t *va, size_t n)
{
    (void)peer;
    (void)va;
    (void)n;
    return 0;
}
