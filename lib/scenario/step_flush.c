/* step_flush.c - TLBs: what drops what is cached, and whether it was right. */
#include <inttypes.h>
#include <stdio.h>

#include "scenario/caches.h"
#include "scenario/verbs.h"

/* --- Dropping ------------------------------------------------------------------------------ */

struct flush_args {
    struct step_head head;
    uint32_t by;
    const struct expr *in, *address, *pcid, *vpid, *root;
};

static bool value_or_0(struct world *w, const struct expr *e, uint64_t max, const char *what,
                       uint64_t *ret)
{
    struct value v = { .v = 0 };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.v;
    return v.v <= max || world_cannot(w, "a %s of 0x%" PRIx64 " cannot be", what, v.v);
}

static bool run_flush(struct world *w, const void *args, const char **said)
{
    const struct flush_args *a = args;
    struct xenpt_tlb_event event = { .id = (enum xenpt_tlb_event_id)a->by };
    struct xenpt_tlb_dropped dropped;
    const struct xenpt_context *c;
    uint64_t pcid, vpid;
    struct value in;
    uint32_t cpu;

    if (!w->caches)
        return world_cannot(w,
                            "nothing is cached: the file has no key `tlb`, such as tlb: modelled");
    if (!expr_eval(w, a->in, &in) || !(c = world_context(w, &in)) ||
        !value_or_0(w, a->address, UINT64_MAX, "address", &event.address) ||
        !value_or_0(w, a->root, UINT64_MAX, "root", &event.root) ||
        !value_or_0(w, a->pcid, 0xfff, "PCID", &pcid) ||
        !value_or_0(w, a->vpid, UINT16_MAX, "VPID", &vpid))
        return false;
    if (!caches_cpu(w, &in, &cpu))
        return world_cannot(
            w, "only what is on a CPU drops what that has cached: a vCPU's context, or "
               "cpu0");
    event.pcid = (uint16_t)pcid;
    event.vpid = (uint16_t)vpid;
    dropped = caches_apply(w, c, &in, cpu, &event);
    *said = w->brief
                ? NULL
                : world_text(w, "%s drops %zu translations and %zu entries for tables",
                             xenpt_tlb_event(event.id)->name, dropped.translations, dropped.tables);
    return true;
}

/* --- Whether it was right ------------------------------------------------------------------ */

enum { TLB_HIT, TLB_MISS, TLB_STALE, TLB_RIGHT };

struct tlb_args {
    struct check_head head;
    uint32_t was;
};

static const char *stale_words(struct world *w, const struct accessed *l)
{
    char buf[400];
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned int i = 0; i < XENPT_NR_STALE && used < sizeof(buf); i++)
        if (l->stale >> i & 1)
            used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s", used ? "; " : "",
                                     xenpt_tlb_stale((enum xenpt_tlb_stale_id)i)->text);
    return world_text(w, "%s", buf);
}

static const char *tlb_found(struct world *w, const struct accessed *l)
{
    bool stale = l->stale & ~XENPT_STALE_FLAGS;

    return world_text(w, "%s, %s%s%s%s", l->hit ? "a hit" : "a miss",
                      stale ? "and stale: " : "right", stale ? stale_words(w, l) : "",
                      stale && l->should != l->walk.out
                          ? world_text(w, "; it leads to 0x%" PRIx64 ", and memory says 0x%" PRIx64,
                                       l->walk.out, l->should)
                          : "",
                      "");
}

static enum checked check_tlb(struct world *w, const void *args, const struct xenpt_context *c,
                              struct finding *ret)
{
    static const char *const words[] = { "a hit", "a miss", "stale", "right" };
    const struct tlb_args *a = args;
    const struct accessed *l = &w->last;
    bool stale = l->stale & ~XENPT_STALE_FLAGS;
    const bool so[] = { l->hit, !l->hit, stale, !stale };

    (void)c;
    if (!l->made || !l->cached) {
        world_cannot(
            w, "no access was made by what a CPU remembers: `tlb: modelled` at the top of the "
               "file, and a step `access` in a context that is on a CPU");
        return CHECK_CANNOT;
    }
    if (ret->tell) {
        ret->expected = words[a->was];
        ret->found = tlb_found(w, l);
        ret->walks[0] = world_view(w) ? show_walk(w, &l->of, l->in) : NULL;
        ret->nr_walks = ret->walks[0] != NULL;
    }
    return so[a->was] ? CHECK_HELD : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

/* In the order of enum xenpt_tlb_event_id. */
#define WORD(id, word, text) [id] = { word, text }
/* clang-format off */
static const struct xenpt_word flushes[XENPT_NR_TLB_EVENTS] = {
    WORD(XENPT_TLB_RESET, "reset", "power-up"),
    WORD(XENPT_TLB_INVLPG, "invlpg", "INVLPG of address"),
    WORD(XENPT_TLB_INVPCID_ADDRESS, "invpcid-address", "type 0: of pcid, address"),
    WORD(XENPT_TLB_INVPCID_SINGLE, "invpcid-single", "type 1: of pcid"),
    WORD(XENPT_TLB_INVPCID_ALL_GLOBAL, "invpcid-all-global", "type 2"),
    WORD(XENPT_TLB_INVPCID_ALL, "invpcid-all", "type 3"),
    WORD(XENPT_TLB_CR3, "cr3", "MOV to CR3 without bit 63, with the new pcid"),
    WORD(XENPT_TLB_CR3_NOFLUSH, "cr3-noflush", "with bit 63"),
    WORD(XENPT_TLB_TASK_SWITCH, "task-switch", "a task switch that changes CR3"),
    WORD(XENPT_TLB_CR0_PG, "cr0-pg", "MOV to CR0 that clears PG"),
    WORD(XENPT_TLB_CR0_OTHER, "cr0", "another MOV to CR0"),
    WORD(XENPT_TLB_CR4_ALL, "cr4-pge", "MOV to CR4 that changes PGE or clears PCIDE"),
    WORD(XENPT_TLB_CR4_PCID, "cr4-smep", "MOV to CR4 that changes PAE, or sets SMEP"),
    WORD(XENPT_TLB_CR4_OTHER, "cr4", "another MOV to CR4"),
    WORD(XENPT_TLB_EFER, "efer", "WRMSR to EFER"),
    WORD(XENPT_TLB_PAGE_FAULT, "page-fault", "#PF at address"),
    WORD(XENPT_TLB_EPT_VIOLATION, "ept-violation", "an EPT violation, or NPF"),
    WORD(XENPT_TLB_VM_TRANSITION, "vm-transition", "VM entry or exit without VPID"),
    WORD(XENPT_TLB_VM_TRANSITION_VPID, "vm-transition-vpid", "VM entry or exit with VPID"),
    WORD(XENPT_TLB_INVVPID_ADDRESS, "invvpid-address", "type 0: of vpid, address"),
    WORD(XENPT_TLB_INVVPID_SINGLE, "invvpid-single", "type 1: of vpid"),
    WORD(XENPT_TLB_INVVPID_ALL, "invvpid-all", "type 2"),
    WORD(XENPT_TLB_INVVPID_LOCAL, "invvpid-local", "type 3, which keeps global ones: of vpid"),
    WORD(XENPT_TLB_INVEPT_SINGLE, "invept-single", "type 1: of root, an EPTP"),
    WORD(XENPT_TLB_INVEPT_ALL, "invept-all", "type 2"),
    WORD(XENPT_TLB_VMRUN_KEEP, "vmrun-keep", "VMRUN with TLB_CONTROL 0"),
    WORD(XENPT_TLB_VMRUN_ALL, "vmrun-all", "VMRUN with TLB_CONTROL 1"),
    WORD(XENPT_TLB_VMRUN_ASID, "vmrun-asid", "VMRUN with TLB_CONTROL 3: of vpid"),
    WORD(XENPT_TLB_VMRUN_ASID_LOCAL, "vmrun-asid-local", "VMRUN with TLB_CONTROL 7: of vpid"),
    WORD(XENPT_TLB_VMEXIT, "vmexit", "#VMEXIT"),
    WORD(XENPT_TLB_INVLPGA, "invlpga", "of vpid, address"),
    WORD(XENPT_TLB_INVLPGB, "invlpgb", "of address"),
    WORD(XENPT_TLB_TLBSYNC, "tlbsync", "what INVLPGB left to be done"),
};
static const struct words flush_words = { flushes, ARRAY_SIZE(flushes), NULL, 0 };

static const struct xenpt_word answers[] = {
    [TLB_HIT] = { "hit", "a TLB had it" },
    [TLB_MISS] = { "miss", "tables were walked, perhaps from the middle" },
    [TLB_STALE] = { "stale", "memory says otherwise by now: a flush was missed" },
    [TLB_RIGHT] = { "right", "memory says the same" },
};
static const struct words answer_words = { answers, ARRAY_SIZE(answers), NULL, 0 };

static const struct row flush_rows[] = {
    { .key = "flush", .type = ROW_ONE, ROW_AT(flush_args, by), .words = &flush_words,
      .required = true, .text = "The operation. What it drops, and what it may keep, is in docs/tlb.md." },
    { .key = "in", KIND_ROW(kind_context, flush_args, in), .required = true,
      .text = "Whose CPU does it: a vCPU's context, or cpu0; by its PCID, VPID and root unless others "
              "are given." },
    { .key = "address", KIND_ROW(kind_address, flush_args, address), .text = "Of an operation that takes one." },
    { .key = "pcid", KIND_ROW(kind_number, flush_args, pcid), .text = "Likewise." },
    { .key = "vpid", KIND_ROW(kind_number, flush_args, vpid), .text = "Likewise; an ASID of AMD's." },
    { .key = "root", KIND_ROW(kind_maddr, flush_args, root), .text = "Likewise: the root of an EPT." },
    STEP_ROWS,
};

static const struct row tlb_rows[] = {
    { .key = "tlb", .type = ROW_ONE, ROW_AT(tlb_args, was), .words = &answer_words, .required = true,
      .text = "By what the access that was made last was answered." },
    CHECK_ROWS,
};

const struct verb verb_flush = {
    .record = VERB("flush", "A CPU drops what it remembers of page tables.", flush_rows),
    .example = "{ flush: invlpg, in: d1.v0.xen, address: xen.directmap(5) }",
    .size = sizeof(struct flush_args), .run = run_flush,
};
const struct verb verb_tlb = {
    .record = VERB("tlb", "What a CPU remembered for the access that was made last.", tlb_rows),
    .example = "{ tlb: stale, because: nobody flushed }",
    .size = sizeof(struct tlb_args), .check = check_tlb,
};
