/* step_pv.c - steps: hypercalls by which PV guests change their page tables. */
#include <inttypes.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/verbs.h"

bool number_or(struct world *w, const struct expr *e, uint64_t usual, uint64_t *ret)
{
    struct value v = { .v = usual };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.v;
    return true;
}

/* The number of a domain that a request names. */
static bool domain_or(struct world *w, const struct expr *e, uint32_t usual, uint32_t *ret)
{
    struct value v = { .who = { .domain = usual } };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.who.domain;
    return true;
}

/* --- mmu_update ---------------------------------------------------------------------------- */

struct mmu_args {
    struct step_head head;
    const struct expr *vcpu, *at, *table, *slot, *value, *owner, *tables, *foreigndom;
    uint32_t command;
};

static bool entry_at(struct world *w, const struct mmu_args *a, uint64_t *ret)
{
    struct value table, slot;

    if (a->at)
        return number_or(w, a->at, 0, ret);
    if (!expr_eval(w, a->table, &table) || !expr_eval(w, a->slot, &slot))
        return false;
    if (slot.v >= XENPT_ROOT_SLOTS)
        return world_cannot(w, "a table has slots 0 to 511, and not %" PRIu64, slot.v);
    *ret = (table.v << XENPT_PAGE_SHIFT) + 8 * slot.v;
    return true;
}

static bool run_mmu(struct world *w, const void *args, const char **said)
{
    const struct mmu_args *a = args;
    struct xenpt_pv_mmu_update req = { 0, 0 };
    uint32_t owner, tables;
    struct calling c;
    uint64_t foreigndom;

    if (!call_begin(w, a->vcpu, &c) || !entry_at(w, a, &req.ptr) ||
        !number_or(w, a->value, 0, &req.val) || !domain_or(w, a->owner, XENPT_DOMID_SELF, &owner) ||
        !domain_or(w, a->tables, UINT32_MAX, &tables) ||
        !number_or(w, a->foreigndom, owner | (tables + 1) << 16, &foreigndom))
        return false;
    req.ptr |= a->command;
    return call_go(&c) && call_end(&c,
                                   !xenpt_pv_mmu_update(w->machine, &c.caller, &req, 1,
                                                        (uint32_t)foreigndom, &c.r, &w->problem),
                                   said);
}

static void examine_mmu(struct scope *s, const struct node *node, void *args)
{
    const struct mmu_args *a = args;

    if (!a->at == !a->table || !a->table != !a->slot)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "mmu-update: which entry? Either at, a machine address, or table and slot");
}

/* --- update_va_mapping --------------------------------------------------------------------- */

struct va_args {
    struct step_head head;
    const struct expr *vcpu, *at, *value, *owner, *foreigndom, *vcpus;
    uint32_t flush;
    bool all;
};

static bool run_va(struct world *w, const void *args, const char **said)
{
    const struct va_args *a = args;
    struct xenpt_pv_va_update u = { .flush = (enum xenpt_pv_uvmf)a->flush, .all = a->all };
    struct calling c;
    uint64_t domain;

    if (!call_begin(w, a->vcpu, &c) || !number_or(w, a->at, 0, &u.va) ||
        !number_or(w, a->value, 0, &u.val) || !number_or(w, a->vcpus, 0, &u.vcpus) ||
        !domain_or(w, a->owner, XENPT_DOMID_SELF, &u.domain) ||
        !number_or(w, a->foreigndom, u.domain, &domain))
        return false;
    u.domain = (uint32_t)domain;
    return call_go(&c) &&
           call_end(&c, !xenpt_pv_update_va(w->machine, &c.caller, &u, &c.r, &w->problem), said);
}

/* --- mmuext_op ----------------------------------------------------------------------------- */

struct ext_args {
    struct step_head head;
    const struct expr *vcpu, *frame, *address, *source, *entries, *vcpus, *of, *foreigndom;
    uint32_t op;
};

static bool run_ext(struct world *w, const void *args, const char **said)
{
    const struct ext_args *a = args;
    struct xenpt_pv_mmuext op = { .cmd = a->op };
    uint64_t foreigndom;
    struct calling c;
    uint32_t of;

    if (!call_begin(w, a->vcpu, &c) ||
        !number_or(w, a->frame ? a->frame : a->address, 0, &op.arg) ||
        !number_or(w,
                   a->source    ? a->source
                   : a->entries ? a->entries
                                : a->vcpus,
                   0, &op.second) ||
        !domain_or(w, a->of, XENPT_DOMID_SELF, &of) ||
        !number_or(w, a->foreigndom, of, &foreigndom))
        return false;
    return call_go(&c) && call_end(&c,
                                   !xenpt_pv_mmuext(w->machine, &c.caller, &op, 1,
                                                    (uint32_t)foreigndom, &c.r, &w->problem),
                                   said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word commands[] = {
    [XENPT_PV_MMU_NORMAL] = { "normal", "an entry of a table" },
    [XENPT_PV_MMU_M2P] = { "m2p", "of the frame at `at`, what the machine-to-physical table says" },
    [XENPT_PV_MMU_PRESERVE_AD] = { "preserve-ad", "an entry; A and D stay set if they are" },
    [XENPT_PV_MMU_NO_TRANSLATE] = { "no-translate", "an entry whose frame is the machine's, whoever owns it" },
    { "command-4", "one that there is not" },
};
static const struct words command_words = { commands, ARRAY_SIZE(commands), NULL, 0 };
static const struct xenpt_word flushes[] = {
    [XENPT_PV_UVMF_NONE] = { "none", "nothing" },
    [XENPT_PV_UVMF_TLB] = { "tlb", "TLBs" },
    [XENPT_PV_UVMF_INVLPG] = { "invlpg", "the address" },
};
static const struct words flush_words = { flushes, ARRAY_SIZE(flushes), NULL, 0 };
static const struct xenpt_word ops[] = {
    [XENPT_PV_PIN_L1] = { "pin-l1", "frame is a table of this level, and stays one" },
    [XENPT_PV_PIN_L2] = { "pin-l2", "likewise" },
    [XENPT_PV_PIN_L3] = { "pin-l3", "likewise" },
    [XENPT_PV_PIN_L4] = { "pin-l4", "likewise" },
    [XENPT_PV_UNPIN] = { "unpin", "frame need not stay one" },
    [XENPT_PV_NEW_BASE] = { "new-baseptr", "frame is the vCPU's root" },
    [XENPT_PV_TLB_LOCAL] = { "tlb-flush-local", "this CPU's TLB" },
    [XENPT_PV_INVLPG_LOCAL] = { "invlpg-local", "address, on this CPU" },
    [XENPT_PV_TLB_MULTI] = { "tlb-flush-multi", "TLBs of vcpus" },
    [XENPT_PV_INVLPG_MULTI] = { "invlpg-multi", "address, on CPUs of vcpus" },
    [XENPT_PV_TLB_ALL] = { "tlb-flush-all", "TLBs of all CPUs of the domain" },
    [XENPT_PV_INVLPG_ALL] = { "invlpg-all", "address, on all CPUs of the domain" },
    [XENPT_PV_FLUSH_CACHE_LOCAL] = { "flush-cache", "this CPU's caches" },
    [XENPT_PV_SET_LDT] = { "set-ldt", "the LDT is at address, with entries" },
    [14] = { "command-14", "one that there is not" },
    [XENPT_PV_NEW_USER_BASE] = { "new-user-baseptr", "frame is the vCPU's root in user mode; 0: it has none" },
    [XENPT_PV_CLEAR_PAGE] = { "clear-page", "frame is filled with zeros" },
    [XENPT_PV_COPY_PAGE] = { "copy-page", "frame gets what source has" },
    [XENPT_PV_FLUSH_CACHE_GLOBAL] = { "flush-cache-global", "caches of all CPUs" },
    [XENPT_PV_MARK_SUPER] = { "mark-super", "a superpage is marked" },
    [XENPT_PV_UNMARK_SUPER] = { "unmark-super", "it is not" },
};
static const struct words op_words = { ops, ARRAY_SIZE(ops), NULL, 0 };

static const struct row mmu_rows[] = {
    { .key = "mmu-update", KIND_ROW(kind_vcpu, mmu_args, vcpu), .required = true,
      .text = "The vCPU of a PV guest that makes the hypercall. It is put on its CPU, in its kernel, "
              "if it is not there." },
    { .key = "at", KIND_ROW(kind_maddr, mmu_args, at), .text = "The machine address of the entry." },
    { .key = "table", KIND_ROW(kind_frame, mmu_args, table), .text = "Or the table that it is in..." },
    { .key = "slot", KIND_ROW(kind_number, mmu_args, slot), .text = "...and which of its entries." },
    { .key = "value", KIND_ROW(kind_word, mmu_args, value), .required = true,
      .text = "What the entry is to be: frame and flags." },
    { .key = "command", .type = ROW_ONE, ROW_AT(mmu_args, command), .words = &command_words,
      .text = "What the entry is." },
    { .key = "frames-of", KIND_ROW(kind_domain, mmu_args, owner),
      .text = "The domain whose frame it is to lead to; the caller's own without it." },
    { .key = "tables-of", KIND_ROW(kind_domain, mmu_args, tables),
      .text = "The domain whose table it is in; the caller without it." },
    { .key = "foreigndom", KIND_ROW(kind_number, mmu_args, foreigndom),
      .text = "Both as the hypercall has them, in place of the two above: 0x7ff1 for MMIO." },
    STEP_ROWS,
};
static const struct row va_rows[] = {
    { .key = "update-va-mapping", KIND_ROW(kind_vcpu, va_args, vcpu), .required = true,
      .text = "The vCPU of a PV guest that makes the hypercall, as of mmu-update." },
    { .key = "at", KIND_ROW(kind_address, va_args, at), .required = true,
      .text = "The address whose L1 entry changes." },
    { .key = "value", KIND_ROW(kind_word, va_args, value), .required = true,
      .text = "What the entry is to be: frame and flags." },
    { .key = "flush", .type = ROW_ONE, ROW_AT(va_args, flush), .words = &flush_words,
      .text = "What is flushed then, on the vCPU's CPU unless all or vcpus says otherwise." },
    { .key = "all", .type = ROW_BOOL, ROW_AT(va_args, all), .text = "On all CPUs of the domain." },
    { .key = "vcpus", KIND_ROW(kind_number, va_args, vcpus), .text = "On those of these vCPUs: a bit each." },
    { .key = "frames-of", KIND_ROW(kind_domain, va_args, owner),
      .text = "The domain whose frame it is to lead to (update_va_mapping_otherdomain)." },
    { .key = "foreigndom", KIND_ROW(kind_number, va_args, foreigndom), .text = "Its number in place of that." },
    STEP_ROWS,
};
static const struct row ext_rows[] = {
    { .key = "mmuext-op", KIND_ROW(kind_vcpu, ext_args, vcpu), .required = true,
      .text = "The vCPU of a PV guest that makes the hypercall, as of mmu-update." },
    { .key = "op", .type = ROW_ONE, ROW_AT(ext_args, op), .words = &op_words, .required = true,
      .text = "What it does." },
    { .key = "frame", KIND_ROW(kind_frame, ext_args, frame), .text = "The frame that it is about." },
    { .key = "address", KIND_ROW(kind_address, ext_args, address), .text = "Or the address." },
    { .key = "source", KIND_ROW(kind_frame, ext_args, source), .text = "Of copy-page." },
    { .key = "entries", KIND_ROW(kind_number, ext_args, entries), .text = "Of set-ldt: how many." },
    { .key = "vcpus", KIND_ROW(kind_number, ext_args, vcpus), .text = "Of -multi: a bit each." },
    { .key = "of", KIND_ROW(kind_domain, ext_args, of),
      .text = "The domain whose frame it is; the caller's own without it." },
    { .key = "foreigndom", KIND_ROW(kind_number, ext_args, foreigndom), .text = "Its number in place of that." },
    STEP_ROWS,
};

const struct verb verb_mmu_update = {
    .record = VERB("mmu-update", "A PV guest changes an entry of a page table by the hypercall "
                   "mmu_update, as far as Xen's rules let it.", mmu_rows),
    .example = "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: maddr(d1.gfn(5)) | 0x67 }",
    .size = sizeof(struct mmu_args), .run = run_mmu, .examine = examine_mmu,
};
const struct verb verb_update_va_mapping = {
    .record = VERB("update-va-mapping", "A PV guest changes the L1 entry of an address of its own.", va_rows),
    .example = "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0, flush: invlpg }",
    .size = sizeof(struct va_args), .run = run_va,
};
const struct verb verb_mmuext_op = {
    .record = VERB("mmuext-op", "A PV guest pins tables, changes roots, flushes, and so on, by the "
                   "hypercall mmuext_op.", ext_rows),
    .example = "{ mmuext-op: d1.v0, op: pin-l4, frame: d1.gfn(100) }",
    .size = sizeof(struct ext_args), .run = run_ext,
};
/* clang-format on */
