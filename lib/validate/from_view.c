/*
 * from_view.c - cases from a view's own tables: of each context some addresses of every range
 * of its map, the ends of what lies between, and what rename.c makes of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/campaign.h"
#include "validate/rename.h"
#include "xenpt/map.h"

#define OF_A_RANGE 4 /* First, last, one inside, one in front of it. */

struct place {
    const struct xenpt_context *context;
    uint64_t in;
};

struct from_view {
    struct asker *asker;
    struct place *place;
    size_t nr, room, next;
    struct case_draft draft;
    /* While a context is gone through: */
    const struct xenpt_context *context;
    uint64_t ranges, stride, last;
    uint64_t dice;
    bool no_memory;
};

/* --- Which contexts ------------------------------------------------------------------------ */

enum suite suite_of(const struct xenpt_context *context, const char **why)
{
    static const enum suite native[XENPT_NR_FORMATS] = {
        [XENPT_2LEVEL] = SUITE_2LEVEL,
        [XENPT_PAE] = SUITE_PAE,
        [XENPT_4LEVEL] = SUITE_4LEVEL,
        [XENPT_5LEVEL] = SUITE_5LEVEL,
    };

    *why = NULL;
    if (context->paging.format.second_stage ||
        (!context->has_second && !context->paging.format.top)) {
        *why = "it is no address space that a program runs in";
        return NR_SUITES;
    }
    if (!context->has_second)
        return native[context->paging.id];
    if (context->second.id == XENPT_EPT4)
        return SUITE_EPT;
    if (context->second.id == XENPT_NPT4)
        return SUITE_NPT;
    *why = "its second stage is of a format that no case has";
    return NR_SUITES;
}

static const char *lacking(const struct xenpt_context *context, const struct xenpt_cpu *cpu)
{
    const struct xenpt_regs *regs = &context->paging.regs;

    if (regs->efer & XENPT_EFER_NXE && !cpu->nx)
        return "it has no NX";
    if (regs->cr4 & XENPT_CR4_SMEP && !cpu->smep)
        return "it has no SMEP";
    if (regs->cr4 & XENPT_CR4_SMAP && !cpu->smap)
        return "it has no SMAP";
    if (regs->cr4 & XENPT_CR4_PKE && !cpu->pku)
        return "it has no protection keys";
    if (context->has_second && context->second.id == XENPT_EPT4 &&
        context->second.format.accessed && !cpu->ept_ad)
        return "its EPT has no A and D flags";
    return NULL;
}

/* Why a context is not asked about here; NULL: it is. */
static const char *unsuited(const struct from_view *f, const struct xenpt_context *context,
                            bool *elsewhere)
{
    const char *why;

    *elsewhere = suite_of(context, &why) != f->asker->suite;
    return lacking(context, &f->asker->session.cpu);
}

/* --- Which addresses ----------------------------------------------------------------------- */

static void add(struct from_view *f, uint64_t in)
{
    if (f->nr == f->room) {
        size_t room = f->room ? f->room * 2 : 256;
        struct place *more = realloc(f->place, room * sizeof(*more));

        if (!more) {
            f->no_memory = true;
            return;
        }
        f->place = more;
        f->room = room;
    }
    f->place[f->nr++] = (struct place){ f->context, in };
}

static bool count_range(void *ctx, const struct xenpt_map_range *range)
{
    struct from_view *f = ctx;

    (void)range;
    f->ranges++;
    return true;
}

static bool add_range(void *ctx, const struct xenpt_map_range *range)
{
    struct from_view *f = ctx;

    if (f->ranges++ % f->stride == 0) {
        f->dice = f->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        add(f, range->first);
        add(f, range->last);
        add(f, range->first + (f->dice >> 11) % (range->last - range->first + 1));
        if (range->first && range->first - 1 != f->last)
            add(f, range->first - 1);
    }
    f->last = range->last;
    return !f->no_memory;
}

static enum xenpt_code add_context(struct from_view *f, const struct xenpt_context *context,
                                   uint64_t addresses, struct xenpt_error *err)
{
    const struct xenpt_view *view = f->asker->campaign->view;
    enum xenpt_code code;

    f->context = context;
    f->ranges = 0;
    code = xenpt_map(view, context, NULL, count_range, f, NULL, err);
    if (code)
        return xenpt_prefix(err, code, "%s", context->name);
    f->stride = f->ranges * OF_A_RANGE / (addresses ? addresses : 1) + 1;
    f->ranges = 0;
    f->last = UINT64_MAX;
    code = xenpt_map(view, context, NULL, add_range, f, NULL, err);
    if (f->no_memory)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for addresses of %s", context->name);
    return xenpt_prefix(err, code, "%s", context->name);
}

/* --- As cases ------------------------------------------------------------------------------ */

static enum xenpt_code more(void *own, unsigned int accesses, struct blob *blob,
                            struct xenpt_error *err)
{
    struct from_view *f = own;
    uint32_t before = blob->nr_accesses;
    enum xenpt_code code = XENPT_OK;

    while (!code && f->next < f->nr && blob->nr_accesses - before < accesses) {
        const struct place *p = &f->place[f->next++];

        if (rename_address(f->asker->campaign->view, p->context, p->in, &f->draft))
            code = blob_add(blob, &f->draft, err);
    }
    return code;
}

static void close_view(void *own)
{
    struct from_view *f = own;

    free(f->place);
    free(f);
}

enum xenpt_code source_view(struct case_source *ret, struct asker *asker, uint64_t accesses,
                            struct xenpt_error *err)
{
    const struct xenpt_view *view = asker->campaign->view;
    struct from_view *f = calloc(1, sizeof(*f));
    enum xenpt_code code = XENPT_OK;
    bool elsewhere;
    uint64_t nr = 0;

    if (!f)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for addresses");
    f->asker = asker;
    f->dice = asker->campaign->opt->seed;
    for (size_t i = 0; i < view->nr_contexts; i++)
        nr += !unsuited(f, &view->contexts[i], &elsewhere) && !elsewhere;
    for (size_t i = 0; !code && i < view->nr_contexts; i++) {
        const char *why = unsuited(f, &view->contexts[i], &elsewhere);

        if (elsewhere)
            continue;
        if (why)
            leave_out_context(asker, view->contexts[i].name, why);
        else
            code = add_context(f, &view->contexts[i], accesses / (nr + !nr) / RENAME_ACCESSES, err);
    }
    if (code)
        close_view(f);
    else
        *ret = (struct case_source){ .own = f, .more = more, .close = close_view };
    return code;
}
