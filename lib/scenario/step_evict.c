/* step_evict.c - the step evict: what is cached of a frame is cached no more. */
#include "scenario/lines.h"
#include "scenario/verbs.h"
#include "xenpt/iommu.h"

struct evict_args {
    struct step_head head;
    const struct expr *frame;
};

static bool run_evict(struct world *w, const void *args, const char **said)
{
    const struct evict_args *a = args;
    struct value frame;

    *said = NULL;
    if (!w->lines)
        return world_cannot(
            w, "no data are cached: the file has no key `caches`, such as caches: modelled");
    return expr_eval(w, a->frame, &frame) &&
           !xenpt_machine_device_evict(w->machine, frame.v, &w->problem) &&
           lines_drop(w, frame.v << XENPT_PAGE_SHIFT,
                      (frame.v << XENPT_PAGE_SHIFT) + XENPT_PAGE_SIZE - 1);
}

/* clang-format off */
static const struct row rows[] = {
    { .key = "evict", KIND_ROW(kind_frame, evict_args, frame), .required = true,
      .text = "A frame: its lines leave the data caches, as any may at any moment. What was written to them "
              "is written back; where memory had something else beside them, that is there then; and so an IOMMU that reads memory past the caches "
              "has what Xen wrote to the EPT that it walks. With `caches`." },
    STEP_ROWS,
};

const struct verb verb_evict = {
    .record = VERB("evict", "What is cached of a frame's data is cached no more.", rows),
    .example = "{ evict: d1.gfn(5) }",
    .size = sizeof(struct evict_args), .run = run_evict,
};
/* clang-format on */
