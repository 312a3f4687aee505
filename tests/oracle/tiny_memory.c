#include "oracle/tiny_memory.h"

#include <string.h>

/* Byte by byte: slow, and sure to be right. */
static bool tiny_read(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct tiny_memory *m = (const struct tiny_memory *)(const void *)self;

    for (size_t i = 0; i < size; i++) {
        if (at + i < m->view.first || at + i - m->view.first >= m->view.size)
            return false;
        ((uint8_t *)buf)[i] = m->view.bytes[at + i - m->view.first];
    }
    return true;
}

void tiny_memory_init(struct tiny_memory *m, uint64_t first, uint64_t size)
{
    memset(m, 0, sizeof(*m));
    m->first = first;
    m->view = (struct oracle_memory){ m->bytes, first, size };
    m->behind_call = (struct xenpt_reader){ .read = tiny_read };
    m->flat = xenpt_reader_flat(m->bytes, first, size);
}

uint64_t tiny_frame(const struct tiny_memory *m, unsigned int frame)
{
    return m->first + frame * UINT64_C(4096);
}

void tiny_put(struct tiny_memory *m, uint64_t at, uint64_t word, unsigned int size)
{
    for (unsigned int i = 0; i < size; i++)
        m->bytes[at - m->first + i] = (uint8_t)(word >> (8 * i));
}
