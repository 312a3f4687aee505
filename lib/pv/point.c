/*
 * point.c - places inside of a hypercall where other vCPUs may be at work as well.
 *
 * What was noted until then cannot be undone any more, as others may have built on it: is_to_undo()
 * says where each function has to put back what it did, as Xen's do.
 */
#include "pv/op.h"

#include <inttypes.h>

#include "xen/view.h"

int op_point_slowly(struct op *op, enum xenpt_pv_point point, uint64_t frame)
{
    const struct cpu *cpu = &op->m->cpus[op->cpu];

    if (op_commit(op))
        return BROKEN;
    op->shared = true;
    op->info = NULL;
    view_stale(op->m);
    if (!op->caller->at(op->caller->ctx, point, frame))
        return op_broken(op, XENPT_ESTOPPED, "what happens meanwhile cannot be done");
    if (!frames_own(&op->m->frames))
        return op_broken(op, XENPT_ENOMEM, "no memory for what is known of frames");
    if (!cpu->loaded || cpu->domain != op->caller->domain || cpu->vcpu != op->caller->vcpu)
        return op_broken(op, XENPT_ESTATE, "meanwhile another vCPU runs on its CPU");
    return 0;
}

int op_waits(struct op *op, uint64_t frame)
{
    op->code = xenpt_fail(op->err, XENPT_ESTATE,
                          "%s.v%u waits for ever: another hypercall is under way with mfn "
                          "0x%" PRIx64 ", and ends only after this one",
                          op->d->name, (unsigned int)op->caller->vcpu, frame);
    return BROKEN;
}

const struct xenpt_word *xenpt_pv_point_word(enum xenpt_pv_point point)
{
    static const struct xenpt_word words[XENPT_PV_NR_POINTS] = {
        [XENPT_PV_POINT_TYPE_FLUSH] = { "type-flush", "a frame's type is about to change, and TLBs "
                                                      "were flushed for that, or will be" },
        [XENPT_PV_POINT_TYPED] = { "typed", "a frame has become a table, or descriptors, and what "
                                            "is in it was not yet checked" },
        [XENPT_PV_POINT_LOCKED] = { "locked", "a table is locked, as an entry of it changes" },
        [XENPT_PV_POINT_PHYSMAP_FRAME] = { "physmap-frame", "it is known which frame is to come "
                                                            "to physical memory" },
        [XENPT_PV_POINT_PHYSMAP_OLD] = { "physmap-old", "it is to go from where it was, which is "
                                                        "looked up next, or was" },
        [XENPT_PV_POINT_PHYSMAP_TABLE] = { "physmap-table", "a table of physical memory was given "
                                                            "up for a larger page" },
    };

    return &words[point < XENPT_PV_NR_POINTS ? point : 0];
}
