/* tlb_model_list.c - a list of all that may be kept; see tlb_model.h. */
#include "oracle/tlb_model_list.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

unsigned int model_live(const struct model *m)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < m->nr; i++)
        n += m->fact[i].live;
    return n;
}

void model_keep(struct model *m, struct fact f)
{
    unsigned int i = 0;

    while (i < m->nr && m->fact[i].live)
        i++;
    assert_true(i < MODEL_FACTS);
    m->nr = i == m->nr ? i + 1 : m->nr;
    f.live = true;
    m->fact[i] = f;
}

/* What a context may use: its own, and global translations of any PCID. */
static bool usable(const struct model_on *on, const struct fact *f, bool guest)
{
    if (guest)
        return f->kind == GUEST && (on->amd ? f->vpid == on->vpid : f->root == on->root);
    if (f->kind == GUEST || f->vpid != on->vpid || (f->pcid != on->pcid && !f->global))
        return false;
    if (on->amd)
        return true;
    return on->two_stages ? f->kind == COMBINED && f->root == on->root : f->kind == LINEAR;
}

/* Of two that serve, one that is not global: the manuals leave it open. */
struct fact *model_look_up(struct model *m, const struct model_on *on, bool guest, bool table,
                           unsigned int shift, uint64_t in)
{
    struct fact *found = NULL;

    for (unsigned int i = 0; i < m->nr; i++) {
        struct fact *f = &m->fact[i];

        if (f->live && f->table == table && f->shift == shift && f->number == in >> shift &&
            usable(on, f, guest) && (!found || found->global))
            found = f;
    }
    return found;
}

/* A fact of this context, its content still to be filled in. */
struct fact model_fact(const struct model_on *on, bool guest, bool table, unsigned int shift,
                       uint64_t in)
{
    struct fact f = { .table = table, .shift = shift, .number = in >> shift };

    if (guest) {
        f.kind = GUEST;
        f.vpid = on->amd ? on->vpid : 0;
        f.root = on->amd ? 0 : on->root;
        return f;
    }
    f.kind = on->two_stages && !on->amd ? COMBINED : LINEAR;
    f.vpid = on->vpid;
    f.pcid = on->pcid;
    f.root = f.kind == COMBINED ? on->root : 0;
    return f;
}

uint64_t *model_word(struct model *m, uint64_t at)
{
    return at < MODEL_FRAMES * 4096 ? &m->memory[at / 8] : NULL;
}
