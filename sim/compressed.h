/* compressed.h - bytes on their way into a file, through zstd if that is wanted. */
#ifndef SIM_COMPRESSED_H
#define SIM_COMPRESSED_H

#include <stdbool.h>
#include <stdio.h>

struct compressed {
    FILE *file;
    struct ZSTD_CCtx_s *zstd; /* NULL: as they are. */
    unsigned long long taken; /* Bytes so far, before compression. */
};

/* False: no memory. */
bool compressed_begin(struct compressed *ret, FILE *file, bool zstd);
/* Of the form that xenpt_image_write() takes; its context is the struct. */
bool compressed_write(void *ctx, const char *bytes, size_t n);
/* Writes what is left, and flushes the file. */
bool compressed_finish(struct compressed *c);
void compressed_end(struct compressed *c);

#endif
