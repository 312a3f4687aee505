/*
 * answer_words.c - the words of a case that an access changes, and those that it may.
 */
#include <string.h>

#include "validate/asking.h"

static const struct {
    const char *text, *source;
} freedoms[FREEDOM_NR] = {
    [FREEDOM_A_ON_FAULT] = { "A may be set in the entries that a walk visited before it faulted",
                             "Intel SDM vol. 3, \"Accessed and Dirty Flags\": whenever an entry is "
                             "used as part of "
                             "linear-address translation; AMD APM vol. 2, 5.4.2" },
    [FREEDOM_SECOND] = { "flags of the second stage may be set for the parts of a walk that were "
                         "translated",
                         "Intel SDM vol. 3, \"Accessed and Dirty Flags for EPT\"; AMD APM vol. 2, "
                         "15.25.5" },
    [FREEDOM_GUEST] = { "a guest's flags may be set before the second stage refuses the page",
                        "Intel SDM vol. 3, \"Prioritization of EPT Misconfigurations and EPT "
                        "Violations\"; AMD APM vol. 2, 15.25.6" },
    [FREEDOM_OTHER_PART] = { "of an access to two pages that faults on one, the other's flags may "
                             "be set",
                             "Intel SDM vol. 3, \"Accessed and Dirty Flags\": the flags of each "
                             "page "
                             "are its own, and no order is given" },
    [FREEDOM_RMW_READ] = { "whether a read-modify-write sets bit 0 besides bit 1 is for the "
                           "processor to choose",
                           "Intel SDM vol. 3, \"Exit Qualification for EPT Violations\"" },
    [FREEDOM_PDPTE] = { "PDPTE registers come from the VMCS, and nothing says that EPT's flags are "
                        "set for them",
                        "Intel SDM vol. 3, \"Loading Page-Directory-Pointer-Table Entries\"" },
    [FREEDOM_NPF_ID] = { "EXITINFO1 may say of a fetch that it is one where the host's pages have "
                         "no NX",
                         "AMD APM vol. 2, 15.25.6, has ID for every code read; 8.4.2, with "
                         "EFER.NXE "
                         "and CR4.PAE only" },
};

const char *freedom_text(enum freedom_id id)
{
    return freedoms[id].text;
}

const char *freedom_source(enum freedom_id id)
{
    return freedoms[id].source;
}

/* --- Words that change --------------------------------------------------------------------- */

struct result_changed *changed_word(struct asking *q, uint32_t word)
{
    struct answer *ret = q->ret;
    unsigned int n = ret->result.nr_changed, i = 0;

    while (i < n && ret->changed[i].word < word)
        i++;
    if (i < n && ret->changed[i].word == word)
        return &ret->changed[i];
    memmove(&ret->changed[i + 1], &ret->changed[i], (n - i) * sizeof(ret->changed[0]));
    ret->changed[i] = (struct result_changed){ word, 0, q->m->c.words[word].value };
    if (q->m->c.words[word].at & WORD_IS_32)
        ret->changed[i].value &= UINT32_MAX;
    ret->result.nr_changed++;
    return &ret->changed[i];
}

void drop_unchanged(struct asking *q)
{
    struct answer *ret = q->ret;
    unsigned int n = 0;

    for (unsigned int i = 0; i < ret->result.nr_changed; i++) {
        const struct blob_word *w = &q->m->c.words[ret->changed[i].word];
        uint64_t mask = w->at & WORD_IS_32 ? UINT32_MAX : UINT64_MAX;

        if (!(w->at & WORD_UNWATCHED) && (w->value & mask) != ret->changed[i].value)
            ret->changed[n++] = ret->changed[i];
    }
    ret->result.nr_changed = (uint8_t)n;
}

void set_flags(struct asking *q, uint64_t at, uint64_t bits)
{
    int word = planted(q->m, at);

    if (word >= 0)
        changed_word(q, (uint32_t)word)->value |= bits;
}

void free_flags(struct asking *q, uint64_t at, uint64_t bits, enum freedom_id id)
{
    struct answer *ret = q->ret;
    int word = planted(q->m, at);

    if (word < 0 || !bits)
        return;
    bits &= ~q->m->c.words[word].value;
    for (unsigned int i = 0; i < ret->nr_freedoms; i++)
        if (ret->freedom[i].word == (uint32_t)word) {
            ret->freedom[i].bits |= bits;
            return;
        }
    if (bits && ret->nr_freedoms < ANSWER_FREEDOMS)
        ret->freedom[ret->nr_freedoms++] = (struct freedom){ id, (uint32_t)word, bits };
}

/* Whether an update is the load of a PDPTE register, which the second stage may not see. */
static bool is_pdpte_load(const struct asking *q, const struct part *p,
                          const struct xenpt_update2 *u)
{
    const struct xenpt_walk2 *w = &p->walk;
    bool is = false;

    if (q->r->mode != MODE_PAE || q->r->state.stage != STAGE_EPT || !u->second)
        return false;
    for (unsigned int i = 0; i < w->nr_second; i++)
        for (unsigned int s = 0; s < w->second[i].nr_steps; s++)
            if (w->second[i].step[s].at == u->update.at) {
                if (i > 0)
                    return false;
                is = true;
            }
    return is;
}

void take_updates(struct asking *q, const struct part *p)
{
    for (unsigned int i = 0; i < p->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &p->verdict.update[i];

        if (is_pdpte_load(q, p, u))
            free_flags(q, u->update.at, u->update.set, FREEDOM_PDPTE);
        else
            set_flags(q, u->update.at, u->update.set);
    }
}

/* A of every entry that a walk got through, or ended in, if it is no nonsense. */
static void free_visited(struct asking *q, const struct xenpt_paging *pg,
                         const struct xenpt_walk *w, const struct xenpt_walk2 *two,
                         enum freedom_id why)
{
    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];
        uint64_t at = two ? two->second[i].out : s->at;

        if (s->role == XENPT_TABLE || s->role == XENPT_PAGE)
            free_flags(q, at, pg->format.accessed & ~pg->format.level[s->level].silent, why);
    }
}

void take_freedoms(struct asking *q, const struct part *p, enum freedom_id why)
{
    bool native = q->r->state.stage == STAGE_NATIVE, own = why == FREEDOM_NR;
    enum freedom_id a = own ? FREEDOM_A_ON_FAULT : why, second = own ? FREEDOM_SECOND : why;

    for (unsigned int i = 0; i < p->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &p->verdict.update[i];

        free_flags(q, u->update.at, u->update.set,
                   u->second ? second : (own ? FREEDOM_GUEST : why));
    }
    free_visited(q, &q->r->first, &p->walk.guest, native ? NULL : &p->walk, a);
    for (unsigned int i = 0; !native && i < p->walk.nr_second; i++)
        free_visited(q, &q->r->second, &p->walk.second[i], NULL, second);
}
