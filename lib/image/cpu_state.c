/*
 * cpu_state.c - from the registers that an image gives to the ones that paging needs.
 *
 * No image gives EFER, and without it nobody knows which of three formats a root is of.
 * Each inference is written down beside the context.
 *
 * Model: EFER.LMA is inferred from what a CPU was doing: 64-bit code, PCIDs and addresses above
 * 4 GiB exist in IA-32e mode only. EFER.NXE is taken to be set, which refuses least: with it
 * clear, every entry that carries NX would be illegal.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"

/* EFER.SVME, which only AMD has. */
#define EFER_SVME XENPT_BIT(12)

/* A list of assumptions, cut where a context has no more room for it. */
struct notes {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void note(struct notes *n, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    size_t used;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    used = strlen(n->text);
    snprintf(n->text + used, n->size - used, "%s%s", used ? "; " : "", text);
}

/* Why a CPU with CR0.PG and CR4.PAE set is in IA-32e mode, or NULL: nothing says it is. */
static const char *why_ia32e(const struct image_cpu *cpu)
{
    if (cpu->ia32e)
        return cpu->ia32e;
    if (cpu->cr4 & XENPT_CR4_PCIDE)
        return "CR4.PCIDE";
    if (cpu->rip >> 32)
        return "RIP above 4 GiB";
    if (cpu->cr3 >> 32)
        return "CR3 above 4 GiB";
    if (cpu->wide >> 32)
        return "a segment or table base above 4 GiB";
    return cpu->perhaps;
}

static uint64_t infer_efer(const struct image_cpu *cpu, const struct xenpt_image_options *opt,
                           struct notes *n)
{
    bool nx = !opt->cpu || opt->cpu->nx; /* Whoever has it, uses it. */
    uint64_t nxe = nx ? XENPT_EFER_NXE : 0;
    const char *why;

    if (!(cpu->cr0 & XENPT_CR0_PG) || !(cpu->cr4 & XENPT_CR4_PAE))
        return 0; /* Unpaged or 2-level: EFER has no part in it. */
    why = why_ia32e(cpu);
    if (!why) {
        note(n, "EFER.LMA=0 (nothing needs 64-bit mode); EFER.NXE=%d", nx);
        return nxe;
    }
    note(n, "EFER.LMA=1 (%s); EFER.NXE=%d", why, nx);
    return XENPT_EFER_LME | XENPT_EFER_LMA | nxe;
}

static struct xenpt_regs infer_regs(const struct image_cpu *cpu,
                                    const struct xenpt_image_options *opt, struct notes *n)
{
    struct xenpt_regs regs = { .cr0 = cpu->cr0, .cr3 = cpu->cr3, .cr4 = cpu->cr4 };

    if (cpu->known)
        note(n, "%s", cpu->known);
    if (opt->has_efer)
        /* One value is stated for all CPUs, and LMA follows from LME and CR0.PG. */
        regs.efer = cpu->cr0 & XENPT_CR0_PG ? opt->efer : opt->efer & ~XENPT_EFER_LMA;
    else
        regs.efer = infer_efer(cpu, opt, n);
    regs.pat = opt->has_pat ? opt->pat : cpu->pat;
    if (!opt->has_pat && cpu->pat)
        note(n, "PAT as %s sets it", cpu->system);
    else if (!regs.pat)
        note(n, "PAT as after reset");
    if (cpu->cr4 & XENPT_CR4_PKE)
        note(n, "PKRU=0");
    if (cpu->cr4 & XENPT_CR4_PKS)
        note(n, "PKRS=0");
    return regs;
}

enum xenpt_code image_add_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                              const char *name, const struct image_cpu *cpu,
                              struct xenpt_error *err)
{
    struct xenpt_cpu any = xenpt_cpu_widest(opt->has_efer && opt->efer & EFER_SVME ? XENPT_AMD
                                                                                   : XENPT_INTEL);
    struct xenpt_context ctx = { .has_cpu = cpu->running, .cpl = cpu->cpl, .ip = cpu->rip };
    struct xenpt_context *list;
    struct xenpt_error refused;
    struct xenpt_regs regs;

    snprintf(ctx.name, sizeof(ctx.name), "%s", name);
    ctx.ac = cpu->rflags & XENPT_EFLAGS_AC;
    regs = infer_regs(cpu, opt, &(struct notes){ ctx.assumed, sizeof(ctx.assumed) });
    if (xenpt_paging_init(&ctx.paging, opt->cpu ? opt->cpu : &any, &regs, &refused))
        return image_warn(&image->warnings, err, "%s is left out: %s", name, refused.text);
    list = image_grow(image->contexts, &image->max_contexts, image->nr_contexts, sizeof(*list));
    if (!list)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the contexts of the image");
    image->contexts = list;
    list[image->nr_contexts++] = ctx;
    return XENPT_OK;
}
