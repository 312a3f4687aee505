/* step_pv.c - steps: hypercalls by which PV guests change their page tables. */
#include <inttypes.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/meanwhile.h"
#include "scenario/verbs.h"

/* --- mmu_update ---------------------------------------------------------------------------- */

struct mmu_request {
    const struct expr *at, *table, *slot, *value;
    uint32_t command;
};

struct mmu_args {
    struct step_head head;
    struct mmu_request one;
    struct requests all;
    const struct expr *vcpu, *argument, *owner, *tables, *foreigndom;
    struct interleaving with;
};

static bool entry_at(struct world *w, const struct mmu_request *a, uint64_t *ret)
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

static bool mmu_requests(struct world *w, const struct requests *all,
                         struct xenpt_pv_mmu_update req[REQUESTS_MAX])
{
    const struct mmu_request *one = all->first;

    for (size_t i = 0; i < all->nr; i++) {
        if (!entry_at(w, &one[i], &req[i].ptr) || !number_or(w, one[i].value, 0, &req[i].val))
            return false;
        req[i].ptr |= one[i].command;
    }
    return true;
}

static bool run_mmu(struct world *w, const void *args, const char **said)
{
    const struct mmu_args *a = args;
    struct xenpt_pv_mmu_update req[REQUESTS_MAX];
    uint32_t owner, tables;
    struct calling c;
    uint64_t foreigndom;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !mmu_requests(w, &a->all, req) || !domain_or(w, a->owner, XENPT_DOMID_SELF, &owner) ||
        !domain_or(w, a->tables, UINT32_MAX, &tables) ||
        !number_or(w, a->foreigndom, owner | (tables + 1) << 16, &foreigndom))
        return false;
    return call_go(&c) &&
           call_end(&c, call_mmu_update(&c, &a->with, req, a->all.nr, (uint32_t)foreigndom), said);
}

static void examine_mmu_request(struct scope *s, const struct node *node, const void *request)
{
    const struct mmu_request *a = request;

    if (!a->at == !a->table || !a->table != !a->slot)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "mmu-update: which entry? Either at, a machine address, or table and slot");
    else if (!a->value)
        mistake(&s->m, &node->at, XENPT_EPARSE, "mmu-update: the key 'value' is missing");
}

/* --- update_va_mapping --------------------------------------------------------------------- */

struct va_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *at, *value, *owner, *foreigndom, *vcpus;
    uint32_t flush;
    bool all;
    struct interleaving with;
};

static bool run_va(struct world *w, const void *args, const char **said)
{
    const struct va_args *a = args;
    struct xenpt_pv_va_update u = { .flush = (enum xenpt_pv_uvmf)a->flush, .all = a->all };
    struct calling c;
    uint64_t domain;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->at, 0, &u.va) || !number_or(w, a->value, 0, &u.val) ||
        !number_or(w, a->vcpus, 0, &u.vcpus) ||
        !domain_or(w, a->owner, XENPT_DOMID_SELF, &u.domain) ||
        !number_or(w, a->foreigndom, u.domain, &domain))
        return false;
    u.domain = (uint32_t)domain;
    return call_go(&c) && call_end(&c, call_update_va(&c, &a->with, &u), said);
}

static void examine_va(struct scope *s, const struct node *node, void *args)
{
    struct va_args *a = args;

    meanwhile_examine(s, node, &a->with);
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

/* Of one request: in the step, and in each of a list. */
#define REQUEST_ROWS(s, m)                                                                         \
    { .key = "at", KIND_ROW(kind_maddr, s, m at), .text = "The machine address of the entry." },   \
    { .key = "table", KIND_ROW(kind_frame, s, m table), .text = "Or the table that it is in..." }, \
    { .key = "slot", KIND_ROW(kind_number, s, m slot), .text = "...and which of its entries." },   \
    { .key = "value", KIND_ROW(kind_word, s, m value),                                             \
      .text = "What the entry is to be: frame and flags. It is needed, of each request." },        \
    { .key = "command", .type = ROW_ONE, ROW_AT(s, m command), .words = &command_words,            \
      .text = "What the entry is." }
static const struct row request_rows[] = { REQUEST_ROWS(mmu_request, ) };
static const struct record request_record = { .name = "request", .text = "One request of mmu_update.",
    .rows = request_rows, .nr = ARRAY_SIZE(request_rows), .size = sizeof(struct mmu_request) };

static const struct row mmu_rows[] = {
    { .key = "mmu-update", KIND_ROW(kind_vcpu, mmu_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, a PV guest's as a rule. It is put on its CPU, in its "
              "kernel, if it is not there." },
    REQUEST_ROWS(mmu_args, one.),
    { .key = "requests", .type = ROW_TREE, .record = &request_record,
      .text = "In place of the five above a list of maps of them, done in this order until one is refused." },
    { .key = "frames-of", KIND_ROW(kind_domain, mmu_args, owner),
      .text = "The domain whose frame it is to lead to; the caller's own without it." },
    { .key = "tables-of", KIND_ROW(kind_domain, mmu_args, tables),
      .text = "The domain whose table it is in; the caller without it." },
    { .key = "foreigndom", KIND_ROW(kind_number, mmu_args, foreigndom),
      .text = "Both as the hypercall has them, in place of the two above: 0x7ff1 for MMIO." },
    ARGUMENT_ROW(mmu_args),
    ARGUMENT_ROW(mmu_args),
    PREEMPT_ROW(mmu_args),
    MEANWHILE_ROW,
    STEP_ROWS,
};
/* clang-format on */

static void examine_mmu(struct scope *s, const struct node *node, void *args)
{
    struct mmu_args *a = args;

    meanwhile_examine(s, node, &a->with);
    requests_read(s, node, &request_record, examine_mmu_request, &a->one, &a->all);
}

/* clang-format off */
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
    ARGUMENT_ROW(va_args),
    MEANWHILE_ROW,
    STEP_ROWS,
};
const struct verb verb_mmu_update = {
    .record = VERB("mmu-update", "A PV guest changes an entry of a page table by the hypercall "
                   "mmu_update, as far as Xen's rules let it.", mmu_rows),
    .example = "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: maddr(d1.gfn(5)) | 0x67 }",
    .size = sizeof(struct mmu_args), .hypercall = true, .run = run_mmu, .examine = examine_mmu,
};
const struct verb verb_update_va_mapping = {
    .record = VERB("update-va-mapping", "A PV guest changes the L1 entry of an address of its own.", va_rows),
    .example = "{ update-va-mapping: d1.v0, at: 0xffffffff80005000, value: 0, flush: invlpg }",
    .size = sizeof(struct va_args), .hypercall = true, .run = run_va, .examine = examine_va,
};
/* clang-format on */
