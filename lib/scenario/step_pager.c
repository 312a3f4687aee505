/* step_pager.c - the step mem-paging: what a pager asks of a guest's memory. */
#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/pager.h"

struct pager_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *of, *gfn;
    uint32_t op;
};

static bool run_pager(struct world *w, const void *args, const char **said)
{
    const struct pager_args *a = args;
    struct calling c;
    uint64_t gfn;
    uint32_t of;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) || !number_or(w, a->gfn, 0, &gfn) ||
        !call_go(&c) ||
        !call_end(&c,
                  !xenpt_pager(w->machine, &c.caller, of, (enum xenpt_pager_op)a->op, gfn, &c.r,
                               &w->problem),
                  said))
        return false;
    if (domain_there(w->machine, of))
        flush_second(w, of);
    return true;
}

static void examine_pager(struct scope *s, const struct node *node, void *args)
{
    const struct pager_args *a = args;

    if (a->op >= XENPT_PAGER_NOMINATE && !a->gfn)
        mistake(&s->m, &node->at, XENPT_EPARSE, "mem-paging: which frame? 'gfn' is missing");
}

/* clang-format off */
/* In the order of enum xenpt_pager_op. */
static const struct xenpt_word ops[XENPT_NR_PAGER_OPS] = {
    [XENPT_PAGER_ENABLE] = { "enable", "the pager has a ring, and is told in it of frames that are touched" },
    [XENPT_PAGER_DISABLE] = { "disable", "it has none" },
    [XENPT_PAGER_NOMINATE] = { "nominate", "a frame gets the type ram_paging_out, and the guest does not reach it any more" },
    [XENPT_PAGER_EVICT] = { "evict", "its memory is free, and it has the type ram_paged" },
    [XENPT_PAGER_PREPARE] = { "prepare", "of ram_paging_in and ram_paged: there is memory again, and it is ram_rw" },
    [XENPT_PAGER_RESUME] = { "resume", "of ram_paging_in, if its memory is there yet: it is ram_rw" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };

static const struct row rows[] = {
    { .key = "mem-paging", KIND_ROW(kind_vcpu, pager_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall: of a domain that controls the other one." },
    { .key = "op", .type = ROW_ONE, ROW_AT(pager_args, op), .words = &op_words, .required = true, .text = "What it asks for." },
    { .key = "of", KIND_ROW(kind_domain, pager_args, of), .required = true, .text = "Whose memory: HVM or PVH, under HAP." },
    { .key = "gfn", KIND_ROW(kind_number, pager_args, gfn), .text = "Which frame." },
    ARGUMENT_ROW(pager_args),
    STEP_ROWS,
};

const struct verb verb_mem_paging = {
    .record = VERB("mem-paging", "A pager takes memory of a guest's away, or brings it back: memory_op with XENMEM_paging_op. A guest that touches such a frame has its type become "
                   "ram_paging_in, and the pager is told.", rows),
    .example = "{ mem-paging: d0.v0, op: nominate, of: d2, gfn: 0x300 }",
    .size = sizeof(struct pager_args), .run = run_pager, .examine = examine_pager,
};
/* clang-format on */
