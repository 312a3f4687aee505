/* step_pv_more.c - steps: writable page tables, descriptor tables, and what a PV guest asks for. */
#include "scenario/hypercall.h"
#include "scenario/verbs.h"

/* --- Writes to tables ---------------------------------------------------------------------- */

struct write_args {
    struct step_head head;
    const struct expr *at, *vcpu, *argument, *value, *bytes;
};

static bool run_write(struct world *w, const void *args, const char **said)
{
    const struct write_args *a = args;
    uint64_t at, value, bytes;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->at, 0, &at) || !number_or(w, a->value, 0, &value) ||
        !number_or(w, a->bytes, 8, &bytes))
        return false;
    return call_go(&c) &&
           call_end(&c,
                    !xenpt_pv_write_table(w->machine, &c.caller, at, value,
                                          bytes > 8 ? 9 : (unsigned int)bytes, &c.r, &w->problem),
                    said);
}

/* --- Descriptors --------------------------------------------------------------------------- */

#define GDT_FRAMES_MAX 16

struct gdt_args {
    struct step_head head;
    const struct expr *vcpu, *argument, *frames, *entries;
};

static bool run_gdt(struct world *w, const void *args, const char **said)
{
    const struct gdt_args *a = args;
    uint64_t frames[GDT_FRAMES_MAX] = { 0 }, entries;
    struct value v;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !expr_eval(w, a->frames, &v) || !number_or(w, a->entries, 512, &entries))
        return false;
    if (v.type == VALUE_DOMAIN)
        return world_cannot(w, "a GDT has frames, and not all of a domain's");
    for (uint64_t i = 0; i < GDT_FRAMES_MAX && i <= v.last - v.v; i++)
        frames[i] = v.v + i;
    if (entries > UINT32_MAX)
        return world_cannot(w, "the number of a GDT's entries has 32 bits");
    return call_go(&c) && call_end(&c,
                                   !xenpt_pv_set_gdt(w->machine, &c.caller, frames,
                                                     (uint32_t)entries, &c.r, &w->problem),
                                   said);
}

struct descriptor_args {
    struct step_head head;
    const struct expr *vcpu, *at, *value;
};

static bool run_descriptor(struct world *w, const void *args, const char **said)
{
    const struct descriptor_args *a = args;
    uint64_t at, value;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !number_or(w, a->at, 0, &at) ||
        !number_or(w, a->value, 0, &value))
        return false;
    return call_go(&c) &&
           call_end(
               &c, !xenpt_pv_update_descriptor(w->machine, &c.caller, at, value, &c.r, &w->problem),
               said);
}

/* --- vm_assist ----------------------------------------------------------------------------- */

struct assist_args {
    struct step_head head;
    const struct expr *vcpu;
    uint32_t type;
    uint32_t cmd;
};

static const uint32_t assist_numbers[] = {
    XENPT_PV_4GB_SEGMENTS,        XENPT_PV_4GB_SEGMENTS_NOTIFY,
    XENPT_PV_WRITABLE_PAGETABLES, XENPT_PV_PAE_EXTENDED_CR3,
    XENPT_PV_ARCHITECTURAL_IOPL,  XENPT_PV_RUNSTATE_UPDATE_FLAG,
    XENPT_PV_M2P_STRICT,          6,
};

static bool run_assist(struct world *w, const void *args, const char **said)
{
    const struct assist_args *a = args;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !call_go(&c))
        return false;
    return call_end(&c,
                    !xenpt_pv_vm_assist(w->machine, &c.caller, a->cmd, assist_numbers[a->type],
                                        &c.r, &w->problem),
                    said);
}

/* --- vcpu_op ------------------------------------------------------------------------------- */

struct area_args {
    struct step_head head;
    const struct expr *vcpu, *at, *argument;
    uint32_t area;
};

static bool run_area(struct world *w, const void *args, const char **said)
{
    const struct area_args *a = args;
    struct calling c;
    uint64_t at;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !number_or(w, a->at, 0, &at))
        return false;
    return call_go(&c) &&
           call_end(&c,
                    !xenpt_pv_register_area(w->machine, &c.caller, (enum xenpt_vcpu_area)a->area,
                                            at, &c.r, &w->problem),
                    said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word assists[] = {
    { "4gb-segments", "of 32-bit guests without PAE" },
    { "4gb-segments-notify", "likewise" },
    { "writable-pagetables", "Xen writes to read-only L1 tables in the guest's place" },
    { "pae-extended-cr3", "a 32-bit guest's L3 may be above 4 GiB" },
    { "architectural-iopl", "IOPL is in EFLAGS" },
    { "runstate-update-flag", "run states say that they are being written" },
    { "m2p-strict", "M2P is in roots of the kernel's alone" },
    { "type-6", "one that there is not" },
};
static const struct words assist_words = { assists, ARRAY_SIZE(assists), NULL, 0 };
static const struct xenpt_word assist_cmds[] = {
    { "enable", "it is asked for" }, { "disable", "no more" }, { "command-2", "one that there is not" },
};
static const struct words cmd_words = { assist_cmds, ARRAY_SIZE(assist_cmds), NULL, 0 };

#define CALLER "The vCPU of a PV guest that makes the hypercall, as of mmu-update."
static const struct xenpt_word areas[] = {
    [XENPT_AREA_RUNSTATE] = { "runstate", "how long it ran, and waited" },
    [XENPT_AREA_TIME] = { "time", "the time, when it began to run" },
};
static const struct words area_words = { areas, ARRAY_SIZE(areas), NULL, 0 };
static const struct row area_rows[] = {
    { .key = "register-area", KIND_ROW(kind_vcpu, area_args, vcpu), .required = true,
      .text = "The vCPU that makes the hypercall, as of mmu-update; of itself." },
    { .key = "area", .type = ROW_ONE, ROW_AT(area_args, area), .words = &area_words, .required = true,
      .text = "What is written there." },
    { .key = "at", KIND_ROW(kind_address, area_args, at), .required = true,
      .text = "Its address; 0: nowhere any more." },
    ARGUMENT_ROW(area_args),
    STEP_ROWS,
};
static const struct row write_rows[] = {
    { .key = "write-table", KIND_ROW(kind_address, write_args, at), .required = true,
      .text = "A virtual address, where a PV guest's kernel has an L1 table of its own mapped, read-only." },
    { .key = "of", KIND_ROW(kind_vcpu, write_args, vcpu), .required = true, .text = "The vCPU that writes." },
    { .key = "value", KIND_ROW(kind_word, write_args, value), .required = true, .text = "What it writes." },
    { .key = "bytes", KIND_ROW(kind_number, write_args, bytes), .text = "1, 2, 4 or 8; 8 without it." },
    { .key = "instruction", KIND_ROW(kind_address, write_args, argument),
      .text = "The address of the instruction that writes, which Xen reads." },
    STEP_ROWS,
};
static const struct row gdt_rows[] = {
    { .key = "set-gdt", KIND_ROW(kind_vcpu, gdt_args, vcpu), .required = true, .text = CALLER },
    { .key = "frames", KIND_ROW(kind_memory, gdt_args, frames), .required = true,
      .text = "The frames that the GDT is in, 512 entries each." },
    { .key = "entries", KIND_ROW(kind_number, gdt_args, entries), .text = "How many entries it has; 512 without it." },
    ARGUMENT_ROW(gdt_args),
    STEP_ROWS,
};
static const struct row descriptor_rows[] = {
    { .key = "update-descriptor", KIND_ROW(kind_vcpu, descriptor_args, vcpu), .required = true, .text = CALLER },
    { .key = "at", KIND_ROW(kind_maddr, descriptor_args, at), .required = true,
      .text = "The machine address of the descriptor." },
    { .key = "value", KIND_ROW(kind_number, descriptor_args, value), .required = true, .text = "What it is to be." },
    STEP_ROWS,
};
static const struct row assist_rows[] = {
    { .key = "vm-assist", KIND_ROW(kind_vcpu, assist_args, vcpu), .required = true, .text = CALLER },
    { .key = "type", .type = ROW_ONE, ROW_AT(assist_args, type), .words = &assist_words, .required = true,
      .text = "What it asks Xen for." },
    { .key = "command", .type = ROW_ONE, ROW_AT(assist_args, cmd), .words = &cmd_words,
      .text = "Whether it does; enable without it." },
    STEP_ROWS,
};

const struct verb verb_write_table = {
    .record = VERB("write-table", "A PV guest's kernel writes to an L1 table of its own by a read-only mapping: "
                   "it faults, and Xen writes in its place, as far as its rules let it (writable page tables).", write_rows),
    .example = "{ write-table: 0xffffffff80400000, of: d1.v0, value: 0 }",
    .size = sizeof(struct write_args), .run = run_write,
};
const struct verb verb_set_gdt = {
    .record = VERB("set-gdt", "A PV guest makes a GDT of frames of its own.", gdt_rows),
    .example = "{ set-gdt: d1.v0, frames: d1.gfn(100) }",
    .size = sizeof(struct gdt_args), .hypercall = true, .run = run_gdt,
};
const struct verb verb_update_descriptor = {
    .record = VERB("update-descriptor", "A PV guest changes a descriptor of its GDT or LDT.", descriptor_rows),
    .example = "{ update-descriptor: d1.v0, at: maddr(d1.gfn(100)) + 8, value: 0x00affb000000ffff }",
    .size = sizeof(struct descriptor_args), .hypercall = true, .run = run_descriptor,
};
const struct verb verb_vm_assist = {
    .record = VERB("vm-assist", "A PV guest asks Xen to do something for it, or no more.", assist_rows),
    .example = "{ vm-assist: d1.v0, type: m2p-strict }",
    .size = sizeof(struct assist_args), .hypercall = true, .run = run_assist,
};
const struct verb verb_register_area = {
    .record = VERB("register-area", "A guest names a place in its memory where Xen writes what one of "
                   "its vCPUs does, whenever that gets a CPU or loses it (vcpu_op).", area_rows),
    .example = "{ register-area: d1.v0, area: runstate, at: 0xffffffff80005000 }",
    .size = sizeof(struct area_args), .hypercall = true, .run = run_area,
};
/* clang-format on */
