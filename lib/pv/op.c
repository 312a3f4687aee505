/* op.c - a request that is done wholly or not at all, and the flushes that it causes. */
#include "pv/op.h"

#include <stdlib.h>

#include "pv/devices.h"
#include "xen/view.h"

/* --- Begin and end ------------------------------------------------------------------------- */

static enum xenpt_code find_caller(struct op *op)
{
    const struct xenpt_pv_caller *c = op->caller;
    const struct cpu *cpu;

    op->d = domain_there(op->m, c->domain);
    if (!op->d || c->vcpu >= op->d->nr_vcpus)
        return xenpt_fail(op->err, XENPT_ERANGE, "there is no d%u.v%u", (unsigned int)c->domain,
                          (unsigned int)c->vcpu);
    op->v = &op->d->vcpus[c->vcpu];
    op->cpu = op->v->cpu;
    cpu = &op->m->cpus[op->cpu];
    if (!cpu->loaded || cpu->idle || cpu->domain != c->domain || cpu->vcpu != c->vcpu ||
        (!c->entry && (cpu->mode == XENPT_RUN_USER || op->v->user)))
        return xenpt_fail(op->err, XENPT_ESTATE, "%s.v%u is not in its kernel on a CPU",
                          op->d->name, (unsigned int)c->vcpu);
    return XENPT_OK;
}

enum xenpt_code op_begin(struct op *op, struct xenpt_machine *m,
                         const struct xenpt_pv_caller *caller, struct xenpt_error *err)
{
    enum xenpt_code code;

    *op = (struct op){ .m = m, .caller = caller, .err = err, .slot = NO_SLOT_OF_IT };
    code = find_caller(op);
    if (!code && op->v->at_work)
        code = xenpt_fail(err, XENPT_ESTATE, "%s.v%u is at work in a hypercall", op->d->name,
                          (unsigned int)caller->vcpu);
    if (!code)
        code = counts_ready(m, err);
    if (!code && !frames_own(&m->frames))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of frames");
    if (!code)
        op->v->at_work = true;
    return code;
}

static int undo_one(struct op *op, const struct undo *u)
{
    switch (u->kind) {
    case UNDO_WORD:
        /* The page was written before, so that no memory is needed. */
        return (int)xenpt_store_write64(op->m->store, u->at, u->word, NULL);
    case UNDO_INFO:
        *frames_edit(op->m->frames, u->at) = u->info;
        return 0;
    case UNDO_VALUE:
        *u->where = u->word;
        return 0;
    }
    return 0;
}

void op_undo_alone(struct op *op, size_t nr)
{
    while (op->nr > nr)
        undo_one(op, &op->undo[--op->nr]);
}

void op_undo(struct op *op, size_t nr)
{
    if (!op->shared)
        op_undo_alone(op, nr);
}

/* What cannot be followed is undone, and that followed as far as it goes. */
int op_commit(struct op *op)
{
    size_t nr = op->nr;
    int rc = op->m->nr_dropped ? prepare_release(op) : 0;

    if (!rc)
        rc = devices_follow(op);
    if (!rc)
        rc = shadows_follow(op);

    if (rc && !op->shared) {
        enum xenpt_code code = op->code;

        op_undo(op, 0);
        op->nr = nr;
        op->code = XENPT_OK;
        shadows_follow(op);
        op->code = code;
    } else if (op->m->nr_dropped)
        rc = release_dropped(op);
    op->nr = op->mark = 0;
    return rc;
}

/* A request was refused: what is left of it. */
static int refuse(struct op *op)
{
    struct frame_info *info;

    if (op->lost) {
        info = op_info(op, op->lost);
        if (!info)
            return BROKEN;
        info->count--;
    }
    return op->nr_taken ? put_taken(op) : 0;
}

static int finish(struct op *op, int rc)
{
    enum xenpt_code code = op->code;
    int left = 0;

    if (is_failed(rc)) {
        op_undo(op, 0);
        op->mark = op->nr;
    }
    if (is_refusal(rc))
        left = refuse(op);
    if (!left && (rc != BROKEN || op->shared))
        left = op_commit(op);
    if (rc == BROKEN)
        op->code = code;
    return left ? BROKEN : rc;
}

enum xenpt_code op_end(struct op *op, int rc, struct xenpt_pv_result *ret)
{
    rc = finish(op, rc);
    if (rc != BROKEN && (shadows_force(op) || roots_sync(op)))
        rc = BROKEN;
    free(op->undo);
    op->v->at_work = false;
    if (rc == BROKEN)
        return op->code;
    ret->preempted = is_stopped(rc) || op->v->old.frame;
    ret->settled = ret->preempted && !is_stopped(rc);
    ret->then = is_stopped(rc) ? 0 : -rc;
    ret->then_name = error_name(ret->then);
    ret->error = ret->preempted ? error_number("ERESTART") : -rc;
    ret->name = error_name(ret->error);
    ret->rule = is_refusal(rc) ? op->rule : NULL;
    ret->frame = is_refusal(rc) ? op->frame : 0;
    ret->slot = is_refusal(rc) ? op->slot : NO_SLOT_OF_IT;
    ret->work = op->work;
    view_stale(op->m);
    return XENPT_OK;
}

/* --- Refusing ------------------------------------------------------------------------------ */

int refused(struct op *op, enum rule rule, uint64_t frame, unsigned int slot)
{
    if (!in_force(op, rule))
        return 0;
    op->rule = xenpt_pv_rule(rule);
    op->frame = frame;
    op->slot = slot;
    return -error_number(op->rule->error);
}

int op_broken(struct op *op, enum xenpt_code code, const char *what)
{
    op->code = xenpt_fail(op->err, code, "%s", what);
    return BROKEN;
}

/* --- Changing ------------------------------------------------------------------------------ */

static bool note(struct op *op, const struct undo *u)
{
    if (op->nr == op->max) {
        size_t max = op->max ? 2 * op->max : 32;
        struct undo *list = realloc(op->undo, max * sizeof(*list));

        if (!list) {
            op_broken(op, XENPT_ENOMEM, "no memory to note what a request changes");
            return false;
        }
        op->undo = list;
        op->max = max;
    }
    op->undo[op->nr++] = *u;
    return true;
}

uint64_t op_read(const struct op *op, uint64_t frame, unsigned int slot)
{
    return entry_read(op->m, frame << XENPT_PAGE_SHIFT, slot);
}

bool op_read_table(struct op *op, uint64_t frame, uint64_t entry[ENTRIES])
{
    return xenpt_read(xenpt_store_reader(op->m->store), frame << XENPT_PAGE_SHIFT, entry,
                      XENPT_PAGE_SIZE);
}

int op_write(struct op *op, uint64_t frame, unsigned int slot, uint64_t entry)
{
    struct undo u = { .kind = UNDO_WORD, .at = (frame << XENPT_PAGE_SHIFT) + 8 * slot };

    u.word = op_read(op, frame, slot);
    if (u.word == entry)
        return 0;
    if (!note(op, &u))
        return BROKEN;
    op->code = xenpt_store_write64(op->m->store, u.at, entry, op->err);
    if (op->code)
        op->nr--;
    return op->code ? BROKEN : 0;
}

int op_set(struct op *op, uint64_t *where, uint64_t value)
{
    struct undo u = { .kind = UNDO_VALUE, .where = where, .word = *where };

    if (!note(op, &u))
        return BROKEN;
    *where = value;
    return 0;
}

/* Whether the last note is what was known of a frame, and none goes back to less. */
static bool is_noted(const struct op *op, uint64_t frame)
{
    const struct undo *u = op->nr > op->mark ? &op->undo[op->nr - 1] : NULL;

    return u && u->kind == UNDO_INFO && u->at == frame;
}

struct frame_info *op_info(struct op *op, uint64_t frame)
{
    struct frame_info *info = op->info;

    /* What is known of frames moves only when more of them are asked for, here. */
    if (!info || op->last != frame)
        info = frames_edit(op->m->frames, frame);
    if (!info) {
        op_broken(op, XENPT_ENOMEM, "no memory for what is known of frames");
        return NULL;
    }
    op->last = frame;
    op->info = info;
    if (!is_noted(op, frame) &&
        !note(op, &(struct undo){ .kind = UNDO_INFO, .at = frame, .info = *info }))
        return NULL;
    if (!info->count)
        *info = info_at_first(op->m, op->d, frame);
    return info;
}

/* --- Flushes ------------------------------------------------------------------------------- */

void op_flush_cpu(struct op *op, enum xenpt_pv_flush_kind kind, uint32_t cpu, uint64_t address,
                  const struct xenpt_pv_rule *why)
{
    struct xenpt_pv_flush flush = { kind, cpu, address, why };

    if (kind == XENPT_PV_FLUSH_TLB)
        op->m->cpus[cpu].flushed = ++op->m->moment;
    if (kind == XENPT_PV_FLUSH_ROOT)
        op->m->cpus[cpu].changed = true;
    if (op->caller->flush)
        op->caller->flush(op->caller->ctx, &flush);
}

void op_flush_domain(struct op *op, const struct domain *d, enum xenpt_pv_flush_kind kind,
                     uint64_t address, const struct xenpt_pv_rule *why)
{
    for (uint32_t i = 0; i < op->m->nr_cpus; i++)
        if (is_dirty(op->m, d, i))
            op_flush_cpu(op, kind, i, address, why);
}
