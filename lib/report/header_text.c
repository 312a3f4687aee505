/* header_text.c - who a context is: what was read, and what had to be assumed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/answer.h"
#include "report/state.h"

const char *area_text(const struct xenpt_view *view, const struct xenpt_context *context,
                      uint64_t in, char buf[AREA_TEXT_MAX])
{
    const struct xenpt_explainer *e = view->explainer;
    struct xenpt_explanation x = { 0 };

    buf[0] = '\0';
    if (!e || !e->address(e, context, in, &x) || !x.area)
        return buf;
    if (x.area_offset)
        snprintf(buf, AREA_TEXT_MAX, "%.100s+0x%" PRIx64, x.area, x.area_offset);
    else
        snprintf(buf, AREA_TEXT_MAX, "%.100s", x.area);
    return buf;
}

static void registers(struct text *t, const struct xenpt_paging *pg)
{
    const struct xenpt_regs *r = &pg->regs;
    bool long_mode = r->efer & XENPT_EFER_LMA;

    if (pg->format.cache != XENPT_CACHE_PAT)
        return;
    text_format(t, FAINT, "  cr0 %" PRIx64 "  cr4 %" PRIx64 "  efer %" PRIx64 "  pat %016" PRIx64,
                r->cr0, r->cr4, r->efer, r->pat);
    if (long_mode && r->cr4 & XENPT_CR4_PCIDE)
        text_format(t, FAINT, "  pcid %x", pg->pcid);
    if (r->cr4 & XENPT_CR4_PKE)
        text_format(t, FAINT, "  pkru %" PRIx32, r->pkru);
    if (r->cr4 & XENPT_CR4_PKS)
        text_format(t, FAINT, "  pkrs %" PRIx32, r->pkrs);
    out_char(t->out, '\n');
}

static void second_stage(struct text *t, const struct xenpt_context *c)
{
    const struct xenpt_format *f = &c->second.format;

    text_format(t, PLAIN, "  under %s, root 0x%" PRIx64, f->name, c->second.root);
    if (f->cache == XENPT_CACHE_EPT)
        text_format(t, PLAIN, ", %s, A and D flags %s",
                    xenpt_memtype_name((enum xenpt_memtype)c->second.eptp_memory_type),
                    f->accessed ? "on" : "off");
    out_char(t->out, '\n');
}

void header_text(struct xenpt_report *r, const struct xenpt_view *view,
                 const struct xenpt_context *context)
{
    const struct xenpt_paging *pg = &context->paging;
    char area[AREA_TEXT_MAX];
    struct text *t = &r->text;

    if (r->shown == context)
        return;
    if (r->items)
        out_char(t->out, '\n');
    r->shown = context;
    text_put(t, HEAD, context->name);
    text_format(t, PLAIN, ": %s", pg->format.name);
    if (pg->format.top)
        text_format(t, PLAIN, ", root 0x%" PRIx64, pg->root);
    if (context->has_cpu) {
        text_format(t, PLAIN, ", CPL %u", context->cpl);
        if (context->ip)
            text_format(t, PLAIN, " at 0x%" PRIx64, context->ip);
        if (context->ip && *area_text(view, context, context->ip, area))
            text_format(t, PLAIN, " <%s>", area);
    }
    out_char(t->out, '\n');
    registers(t, pg);
    if (context->has_second)
        second_stage(t, context);
    if (*context->assumed) {
        text_put(t, PLAIN, "  assumed: ");
        text_wrap(t, context->assumed, 11, 11);
    }
}
