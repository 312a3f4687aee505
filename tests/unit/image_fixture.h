/* image_fixture.h - opening images that a test has built, and asking simple things of them. */
#ifndef IMAGE_FIXTURE_H
#define IMAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>

#include "elf_builder.h"
#include "image/internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE     ((size_t)4096)
#define MIB      ((uint64_t)1 << 20)
#define GIB      ((uint64_t)1 << 30)

/* Builds and opens; it must succeed.  The builder must outlive the image. */
struct xenpt_image *open_elf(struct elf_builder *b, const struct xenpt_image_options *opt);
/* Builds and opens; it must fail with this code, and with this in the sentence. */
void refuse_elf(struct elf_builder *b, const struct xenpt_image_options *opt, enum xenpt_code code,
                const char *says);

/* The byte at a machine address, or -1. */
int byte_at(const struct xenpt_image *image, uint64_t at);
/* Whether a warning has this in it. */
bool warns(const struct xenpt_image *image, const char *says);
/* The context with this name, which there must be. */
const struct xenpt_context *context(const struct xenpt_image *image, const char *name);
/* Calls check() with the name of each file of a folder that ends so, without the ending; how many.
 */
size_t each_file(const char *folder, const char *ending, void (*check)(const char *name));
/* Bytes that differ from place to place. */
void fill(uint8_t *bytes, size_t size, uint8_t seed);

#endif
