/* step_rmp.c - steps: the reverse map table is changed, by the host and by a guest. */
#include <inttypes.h>

#include "scenario/verbs.h"
#include "scenario/world.h"
#include "xenpt/encrypt.h"

struct update_args {
    struct step_head head;
    const struct expr *frame, *to, *gfn;
};

static bool run_update(struct world *w, const void *args, const char **said)
{
    const struct update_args *a = args;
    struct xenpt_rmp_update update = { .assigned = a->to != NULL };
    struct value frame, to, gfn;

    *said = NULL;
    if (!expr_eval(w, a->frame, &frame))
        return false;
    if (a->to) {
        if (!expr_eval(w, a->to, &to) || !expr_eval(w, a->gfn, &gfn))
            return false;
        update.domain = to.who.domain;
        update.gfn = gfn.v;
    }
    world_changed(w);
    return !xenpt_machine_rmp_update(w->machine, (xenpt_mfn_t){ frame.v }, &update, &w->problem);
}

static void examine_update(struct scope *s, const struct node *node, void *args)
{
    const struct update_args *a = args;

    if (!a->to != !a->gfn)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "rmpupdate: to and gfn say together whose the frame is to be, and where");
}

struct pvalidate_args {
    struct step_head head;
    const struct expr *domain, *gfn;
    bool no;
};

static bool run_pvalidate(struct world *w, const void *args, const char **said)
{
    const struct pvalidate_args *a = args;
    enum xenpt_rmp_verdict verdict = XENPT_RMP_OK;
    struct value domain, gfn;

    *said = NULL;
    if (!expr_eval(w, a->domain, &domain) || !expr_eval(w, a->gfn, &gfn))
        return false;
    world_changed(w);
    if (xenpt_machine_pvalidate(w->machine, domain.who.domain, gfn.v, !a->no, &verdict,
                                &w->problem))
        return false;
    if (verdict != XENPT_RMP_OK)
        *said = world_text(w, "#VMEXIT(NPF), and nothing is changed: %s",
                           xenpt_rmp_verdict_name(verdict));
    return true;
}

/* clang-format off */
static const struct row update_rows[] = {
    { .key = "rmpupdate", KIND_ROW(kind_frame, update_args, frame), .required = true,
      .text = "A frame of a domain under SEV-SNP. Without `to` it is the host's again, which may write to it then." },
    { .key = "to", KIND_ROW(kind_domain, update_args, to), .text = "The domain under SEV-SNP whose it is to be..." },
    { .key = "gfn", KIND_ROW(kind_number, update_args, gfn), .text = "...and what that is to call it, a page of 4 KiB." },
    STEP_ROWS,
};
static const struct row pvalidate_rows[] = {
    { .key = "pvalidate", KIND_ROW(kind_domain, pvalidate_args, domain), .required = true,
      .text = "The domain, which is under SEV-SNP." },
    { .key = "gfn", KIND_ROW(kind_number, pvalidate_args, gfn), .required = true,
      .text = "The frame of its physical memory that it accepts, with what it has there now." },
    { .key = "no", .type = ROW_BOOL, ROW_AT(pvalidate_args, no), .text = "It accepts it no more." },
    STEP_ROWS,
};

const struct verb verb_rmpupdate = {
    .record = VERB("rmpupdate", "The host changes an entry of the reverse map table (SEV-SNP): the frame is accepted by no guest then, until a pvalidate.", update_rows),
    .example = "{ rmpupdate: d1.gfn(5), to: d1, gfn: 0x20 }",
    .size = sizeof(struct update_args), .run = run_update, .examine = examine_update, .poke = true,
};
const struct verb verb_pvalidate = {
    .record = VERB("pvalidate", "A guest accepts a page of its memory (SEV-SNP), as PVALIDATE does.", pvalidate_rows),
    .example = "{ pvalidate: d1, gfn: 0x20 }",
    .size = sizeof(struct pvalidate_args), .run = run_pvalidate,
};
/* clang-format on */
