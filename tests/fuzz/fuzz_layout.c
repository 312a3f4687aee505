/*
 * fuzz_layout.c - any bytes as a layout: refused, or one whose every slot and area can be asked
 * for, and that does not differ from itself.
 */
#include <stdlib.h>
#include <string.h>

#include "xenpt/layout_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool differs(void *ctx, const struct xenpt_layout_change *change)
{
    (void)ctx;
    (void)change;
    return false;
}

static void ask(const struct xenpt_layout *l)
{
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        for (unsigned int slot = 0; slot < XENPT_ROOT_SLOTS; slot += 5)
            (void)xenpt_layout_slot(l, k, ~0u, slot);
    for (size_t i = 0; i < l->nr_areas; i++) {
        const struct xenpt_area *a = &l->areas[i];
        uint64_t last = xenpt_area_piece(a, xenpt_area_pieces(a) - 1);

        must(a->first <= a->last);
        must(xenpt_layout_area(l, a->name));
        must(!a->repeat.stride || (last >= a->first && last <= a->last));
        must(!a->inside || (a->inside->first <= a->first && a->inside->last >= a->last));
        (void)xenpt_area_frames(a);
        (void)xenpt_area_part_at(a, XENPT_ROOT_IDLE, a->last);
        for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
            (void)xenpt_layout_at(l, k, ~0u, a->first);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xenpt_layout *layout = NULL;
    struct xenpt_error err = { 0 };
    enum xenpt_code code = xenpt_layout_parse("fuzz", (const char *)data, size, NULL, NULL, NULL,
                                              &layout, &err);

    must(!code == !!layout);
    must(code == err.code);
    if (!layout)
        return 0;
    ask(layout);
    must(!xenpt_layout_diff(layout, layout, differs, NULL, &err));
    xenpt_layout_close(layout);
    return 0;
}
