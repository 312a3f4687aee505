/* address.h - addresses as a person writes them: numbers, symbols, offsets, ranges. */
#ifndef SIM_ADDRESS_H
#define SIM_ADDRESS_H

#include "settings.h"

/* One address.  `image` has the symbols, if there are any. */
enum xenpt_code address_read(const char *text, const struct xenpt_image *image, uint64_t *ret,
                             struct xenpt_error *err);

/* FIRST..LAST, FIRST.., ..LAST or one address; the last is made the end of its page. */
enum xenpt_code address_range(const char *text, const struct xenpt_image *image, uint64_t *first,
                              uint64_t *last, struct xenpt_error *err);

/* The name of an area that --area asks for: there must be one. */
enum xenpt_code address_area(const char *name, const struct xenpt_image *image,
                             struct xenpt_error *err);

#endif
