/* out.c - the header of the results, and which way they go. */
#include "out.h"

static struct results_header head;
static struct blob_summing sum;
static const struct out_way *ways[3];
uint32_t out_room;

static void choose(const struct blob_header *blob)
{
    if (!blob) {
        ways[0] = &out_memory;
        ways[1] = &out_stream;
        ways[2] = &out_text;
    } else if (blob->flags & BLOB_TEXT) {
        ways[0] = &out_text;
    } else if (blob->flags & BLOB_DISK) {
        ways[0] = &out_disk;
    } else {
        ways[0] = blob->flags & BLOB_STREAM ? &out_stream : &out_memory;
    }
}

#define FOR_EACH_WAY(way)                                                                          \
    for (const struct out_way *const *way = ways; way < ways + 3 && *way; way++)

void out_begin(const struct blob_header *blob, const struct results_machine *machine)
{
    head = (struct results_header){ .magic = RESULTS_MAGIC,
                                    .version = BLOB_VERSION,
                                    .machine = *machine };
    blob_sum_begin(&sum);
    head.check = blob_sum_end(&sum);
    if (blob) {
        head.id = blob->id;
        head.first = blob->first;
        out_room = blob->room;
    }
    choose(blob);
    FOR_EACH_WAY(way)
    (*way)->begin(&head);
}

bool out_result(const struct result *result, const struct result_changed *changed)
{
    uint32_t size = result->nr_changed * (uint32_t)sizeof(*changed);

    FOR_EACH_WAY(way)
    if (!(*way)->result(&head, result, changed))
        return false;
    blob_sum_more(&sum, result, sizeof(*result));
    blob_sum_more(&sum, changed, size);
    head.check = blob_sum_end(&sum);
    head.size += (uint32_t)sizeof(*result) + size;
    head.nr_results++;
    FOR_EACH_WAY(way)
    (*way)->count(&head);
    return true;
}

void out_end(uint32_t end)
{
    head.end = end;
    FOR_EACH_WAY(way)
    (*way)->end(&head);
}
