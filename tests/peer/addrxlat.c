/* addrxlat.c - see addrxlat.h. */
#include "addrxlat.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Widths of the page offset and of the slots, from level 1 up. */
static const struct {
    addrxlat_pte_format_t entry;
    unsigned short nr, width[6];
} forms[] = {
    [XENPT_2LEVEL] = { ADDRXLAT_PTE_IA32, 3, { 12, 10, 10 } },
    [XENPT_PAE] = { ADDRXLAT_PTE_IA32_PAE, 4, { 12, 9, 9, 2 } },
    [XENPT_4LEVEL] = { ADDRXLAT_PTE_X86_64, 5, { 12, 9, 9, 9, 9 } },
    [XENPT_5LEVEL] = { ADDRXLAT_PTE_X86_64, 6, { 12, 9, 9, 9, 9, 9 } },
};

addrxlat_meth_t addrxlat_meth_of(const struct xenpt_paging *pg)
{
    addrxlat_meth_t meth = { .kind = ADDRXLAT_PGT, .target_as = ADDRXLAT_MACHPHYSADDR };
    addrxlat_paging_form_t *form = &meth.param.pgt.pf;

    assert_true(pg->id >= XENPT_2LEVEL && pg->id <= XENPT_5LEVEL);
    meth.param.pgt.root.as = ADDRXLAT_MACHPHYSADDR;
    meth.param.pgt.root.addr = pg->root;
    form->pte_format = forms[pg->id].entry;
    form->nfields = forms[pg->id].nr;
    for (unsigned int i = 0; i < form->nfields; i++)
        form->fieldsz[i] = forms[pg->id].width[i];
    return meth;
}

addrxlat_status addrxlat_ask(addrxlat_ctx_t *ctx, const addrxlat_meth_t *meth, uint64_t in,
                             uint64_t *out)
{
    addrxlat_step_t step = { .ctx = ctx, .meth = meth };
    addrxlat_status status;

    step.base.as = ADDRXLAT_KVADDR;
    step.base.addr = in;
    status = addrxlat_walk(&step);
    if (status == ADDRXLAT_OK)
        *out = step.base.addr;
    addrxlat_ctx_clear_err(ctx);
    return status;
}

addrxlat_status addrxlat_answer_to(enum xenpt_outcome outcome)
{
    switch (outcome) {
    case XENPT_MAPPED:
        return ADDRXLAT_OK;
    case XENPT_NOT_PRESENT:
        return ADDRXLAT_ERR_NOTPRESENT;
    case XENPT_NON_CANONICAL:
        return ADDRXLAT_ERR_INVALID;
    case XENPT_TOO_WIDE:
        return ADDRXLAT_ERR_INVALID;
    case XENPT_NO_MEMORY:
        return ADDRXLAT_ERR_NODATA;
    case XENPT_RESERVED:
    case XENPT_SECOND_STAGE:
    case XENPT_NR_OUTCOMES:
        break;
    }
    fail_msg("libaddrxlat has no answer to \"%s\"", xenpt_outcome_name(outcome));
    return ADDRXLAT_ERR_NOTIMPL;
}
