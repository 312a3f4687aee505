/*
 * reader.c - memory in one piece, and whole pages out of any memory.
 */
#include "mem/lookup.h"

static bool read_flat(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    if (size > self->size || at - self->first > self->size - size)
        return false;
    if (size)
        memcpy(buf, self->bytes + (at - self->first), size);
    return true;
}

struct xenpt_reader xenpt_reader_flat(const void *bytes, uint64_t first, size_t size)
{
    /* What would lie past the end of the address space has no address. */
    uint64_t room = UINT64_MAX - first;
    uint64_t held = size && size - 1 > room ? room + 1 : size;

    /* The walker's inline path counts on a page at least; see flat_has(). */
    return (struct xenpt_reader){
        .read = read_flat,
        .held = held < XENPT_PAGE_SIZE ? XENPT_HELD_BEHIND_CALL : XENPT_HELD_FLAT,
        .first = first,
        .size = held,
        .bytes = bytes,
    };
}

const uint8_t *xenpt_read_page(const struct xenpt_reader *mem, uint64_t at, uint8_t *copy)
{
    const uint8_t *page = mem_at(mem->held, mem, at, XENPT_PAGE_SIZE);

    if (page)
        return page;
    return mem->read(mem, at, copy, XENPT_PAGE_SIZE) ? copy : NULL;
}
