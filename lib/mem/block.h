/* block.h - memory from the host for what is known of 2^order places: 16 bytes for each. */
#ifndef XENPT_MEM_BLOCK_H
#define XENPT_MEM_BLOCK_H

#include <stddef.h>
#include <stdint.h>

static inline size_t block_size(unsigned int order)
{
    return (size_t)16 << order;
}

/* All zeros; NULL: no memory.  A page is the least. */
uint8_t *block_new(unsigned int order);
void block_free(uint8_t *block, unsigned int order);
/* What lies behind the first 2^order places goes back to the host. */
void block_cut(uint8_t *block, unsigned int was, unsigned int order);

#endif
