/* out.h - how results leave: by memory, through a port, or as text. */
#ifndef XENPT_GUEST_OUT_H
#define XENPT_GUEST_OUT_H

#include <stdbool.h>

#include "validate/blob.h"

/* A way out.  The header is the one that is kept by out.c, up to date whenever it is passed. */
struct out_way {
    void (*begin)(const struct results_header *head);
    /* False: there is no room, and nothing was written.  @head does not count it yet. */
    bool (*result)(const struct results_header *head, const struct result *result,
                   const struct result_changed *changed);
    /* The header counts the result just written. */
    void (*count)(const struct results_header *head);
    void (*end)(const struct results_header *head);
};

extern const struct out_way out_disk, out_memory, out_stream, out_text;

/* How many bytes may be kept in memory, for out_memory.c. */
extern uint32_t out_room;

/* @blob is NULL if there is none that makes sense: then all ways are taken. */
void out_begin(const struct blob_header *blob, const struct results_machine *machine);
bool out_result(const struct result *result, const struct result_changed *changed);
void out_end(uint32_t end);

#endif
