/*
 * step_emulate.c - a step: Xen emulates an instruction of a guest's.  It is fetched as Xen fetches
 * it, decoded, and its operands in memory are accessed as Xen accesses them: of PV guests for
 * privileged instructions, pv/emul-priv-op.c; of HVM and PVH guests for whatever traps,
 * hvm/emulate.c.
 *
 * Model: memory is read and written as far as who touches what goes; what an instruction computes
 * is not stored.  x86_emulate() fetches from a PV guest as much as it decodes.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/emulate.h"
#include "scenario/guest.h"
#include "scenario/hypercall.h"
#include "scenario/journal.h"
#include "scenario/verbs.h"
#include "xen/construct.h"
#include "xen/shadow.h"

#define APIC_GFN   UINT64_C(0xfee00)
#define HVM_FETCH  16u /* hvm/emulate.c, hvm_emulate_init_per_insn: insn_buf. */
#define IOREQ_SIZE 32u

struct emulate_args {
    struct step_head head;
    const struct expr *context, *at, *cpl;
    const char *bytes;
    const struct expr *registers[NR_REGISTERS];
};

struct emulating {
    struct world *w;
    struct accessing x; /* What is done last: of which a fault is. */
    const struct xenpt_context *c;
    struct domain *d;
    struct vcpu *v;
    uint64_t rip, registers[NR_REGISTERS];
    uint8_t bytes[INSTRUCTION_MAX];
    size_t nr;   /* Of those that there are. */
    bool handed; /* By the processor. */
    bool user;
    struct instruction in;
    const char *what; /* What came of it besides. */
};

/* --- Fetching ------------------------------------------------------------------------------ */

static struct guest_copy copy_of(struct emulating *e, uint64_t va, uint64_t length,
                                 enum xenpt_touch_why why)
{
    return (struct guest_copy){
        .d = e->d, .v = e->v, .va = va, .length = length, .why = why, .as_user = e->user
    };
}

static void keep_bytes(void *ctx, uint64_t offset, uint64_t maddr, uint64_t length)
{
    struct emulating *e = ctx;

    (void)offset;
    if (e->nr + length <= sizeof(e->bytes) &&
        xenpt_read(xenpt_store_reader(e->w->machine->store), maddr, e->bytes + e->nr, length))
        e->nr += length;
}

/* Looks at what is there, and tells nobody; as far as the end of a page. */
static bool peek(struct emulating *e)
{
    struct touch_sink sink = e->w->machine->touch;
    uint64_t at = e->rip + e->nr, page = XENPT_PAGE_SIZE - at % XENPT_PAGE_SIZE;
    uint64_t left = INSTRUCTION_MAX - e->nr;
    struct guest_copy c = copy_of(e, at, left < page ? left : page, XENPT_TOUCH_FETCH);
    bool done;

    c.fetch = !is_pv(e->d);
    c.found = keep_bytes;
    c.ctx = e;
    e->w->machine->touch.fn = NULL;
    done = left && touch_guest(e->w->machine, &c);
    e->w->machine->touch = sink;
    return done;
}

/* The fetch as Xen makes it, of which the length is known now; false: it faults. */
static bool fetch(struct emulating *e)
{
    bool pv = is_pv(e->d);
    struct guest_copy all = copy_of(e, e->rip, pv ? e->in.length : HVM_FETCH, XENPT_TOUCH_FETCH);

    if (e->handed)
        return true;
    all.fetch = !pv;
    if (touch_guest(e->w->machine, &all))
        return true;
    /* What is behind a page that is not there is asked for when it is needed. */
    all.length = e->in.length;
    return !pv && touch_guest(e->w->machine, &all);
}

static enum decoded decode(struct emulating *e)
{
    bool wide = is_pv(e->d) ? e->d->desc->type == XENPT_DOMAIN_PV64
                            : guest_mode(e->v) == XENPT_GUEST_4LEVEL;
    enum decoded ret = DECODED_SHORT;

    if (e->handed)
        return instruction_decode(e->bytes, e->nr, wide, e->rip, e->registers, &e->in);
    while (ret == DECODED_SHORT && peek(e))
        ret = instruction_decode(e->bytes, e->nr, wide, e->rip, e->registers, &e->in);
    return ret;
}

/* --- Operands ------------------------------------------------------------------------------ */

static void tell_ring(struct emulating *e, const struct xenpt_special_frames *ring, bool write)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_RING, XENPT_TOUCH_KEPT),
                             .consent = XENPT_TOUCH_SHARED,
                             .maddr = (ring->mfn << XENPT_PAGE_SHIFT) +
                                      IOREQ_SIZE * (uint64_t)(e->v - e->d->vcpus),
                             .length = IOREQ_SIZE, .write = write };

    touch_by_xen(e->w->machine, e->d, e->v, &t);
}

/* No memory is there: the local APIC, a device model, or nobody. */
static void device(struct emulating *e, const struct followed *f, bool apic)
{
    const struct xenpt_special_frames *ring = frames_of(e->d, XENPT_SPECIAL_IOREQ);
    unsigned int size = guest_mode(e->v) == XENPT_GUEST_2LEVEL ? 4 : 8;

    if (touch_heard(e->w->machine))
        touch_walk(e->w->machine, e->d, e->v, &f->walk.guest, size);
    e->what = apic ? "its operand is in the local APIC" : "its operand is a device's";
    if (apic || !ring || !touch_heard(e->w->machine))
        return;
    tell_ring(e, ring, true);
    tell_ring(e, ring, false);
}

static bool is_memory(const struct emulating *e, uint64_t gfn)
{
    struct xenpt_p2m_entry p2m = { .type = NULL };

    return xenpt_machine_p2m(e->w->machine, e->d->id, XENPT_VIEW_HOST, gfn, &p2m) && p2m.type;
}

/* False: a fault, of what is in e->x then. */
static bool access_operand(struct emulating *e, const struct operand *o, bool write)
{
    struct guest_copy c = copy_of(e, o->va, o->length, XENPT_TOUCH_OPERAND);
    struct followed f;
    uint64_t gfn;

    e->x.at = o->va;
    e->x.access.kind = write ? XENPT_WRITE : XENPT_READ;
    c.write = write;
    if (!is_pv(e->d)) {
        follow_address(e->w, e->c, o->va, &f);
        gfn = f.walk.guest.out >> XENPT_PAGE_SHIFT;
        if (f.walk.guest.outcome == XENPT_MAPPED && (gfn == APIC_GFN || !is_memory(e, gfn))) {
            device(e, &f, gfn == APIC_GFN);
            return true;
        }
    }
    return touch_guest(e->w->machine, &c);
}

static bool access_operands(struct emulating *e)
{
    for (unsigned int i = 0; i < e->in.nr; i++)
        if ((e->in.operand[i].read && !access_operand(e, &e->in.operand[i], false)) ||
            (e->in.operand[i].write && !access_operand(e, &e->in.operand[i], true)))
            return false;
    return true;
}

/* --- All of it ----------------------------------------------------------------------------- */

static bool end(struct emulating *e, enum xenpt_guest_outcome outcome, uint8_t vector,
                const char *why, const char **said)
{
    struct xenpt_guest_done done = { .outcome = outcome, .exits = 1 };

    if (vector)
        done.fault = (struct xenpt_fault){ .kind = vector == 13 ? XENPT_FAULT_GP : XENPT_FAULT_NONE,
                                           .vector = vector };
    guest_did(e->w, &e->x.context, e->x.at, &e->x.access, &done);
    if (!e->w->brief)
        *said = world_text(e->w, "%s%s%s%s", e->in.words, *e->in.words ? ": " : "", why,
                           e->what ? world_text(e->w, ", and %s", e->what) : "");
    return true;
}

/* The guest is given the fault that its own access would have led to. */
static bool page_fault(struct emulating *e, const char **said)
{
    if (!access_by_processor(e->w, e->c, &e->x))
        return false;
    e->w->last.guest = true;
    e->w->last.outcome = XENPT_GUEST_FAULT;
    e->w->last.exits = 1;
    if (!e->w->brief)
        *said = world_text(e->w, "%s%sthe guest is given a page fault at 0x%" PRIx64, e->in.words,
                           *e->in.words ? ": " : "", e->x.at);
    return true;
}

static bool emulate(struct emulating *e, const char **said)
{
    enum decoded decoded;

    e->x.at = e->rip;
    e->x.bytes = 1;
    /* Of PV guests Xen reads the bytes as data: emul-priv-op.c, insn_fetch. */
    e->x.access.kind = is_pv(e->d) ? XENPT_READ : XENPT_FETCH;
    decoded = decode(e);
    if (decoded == DECODED_SHORT) {
        e->x.at = e->rip + e->nr;
        return page_fault(e, said);
    }
    if (!fetch(e))
        return page_fault(e, said);
    if (decoded == DECODED_INVALID)
        return end(e, XENPT_GUEST_FAULT, 6, "it is no instruction, and the guest is given #UD",
                   said);
    if (is_pv(e->d) && (!e->in.privileged_pv || (e->in.nr && !e->in.string_io)))
        return end(e, XENPT_GUEST_FAULT, 13,
                   "Xen does not emulate it for PV guests, and the guest is given #GP", said);
    if (!access_operands(e))
        return page_fault(e, said);
    return end(e, XENPT_GUEST_EMULATED, 0, "emulated", said);
}

static bool hex_digit(char c, unsigned int *ret)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

    *ret = at ? (unsigned int)(at - digits) : 0;
    return at;
}

/* "0f 01 30": false if it is something else. */
static bool bytes_read(const char *text, uint8_t bytes[INSTRUCTION_MAX], size_t *nr)
{
    unsigned int high, low;

    for (*nr = 0; *text; text += 2 + (text[2] == ' ')) {
        if (*nr == INSTRUCTION_MAX || !hex_digit(text[0], &high) || !hex_digit(text[1], &low))
            return false;
        bytes[(*nr)++] = (uint8_t)(high << 4 | low);
        if (text[2] && text[2] != ' ' && !hex_digit(text[2], &low))
            return false;
    }
    return *nr;
}

static bool run_emulate(struct world *w, const void *args, const char **said)
{
    const struct emulate_args *a = args;
    struct emulating e = { .w = w };
    uint64_t cpl;

    if (!expr_eval(w, a->context, &e.x.context))
        return false;
    if (e.x.context.who.kind != WHO_VCPU || !is_guest(w, &e.x.context))
        return world_cannot(w, "what is emulated is a guest's: d1.v0.kernel, d2.v0.guest");
    if (!access_execute(w, &e.x.context) || !number_or(w, a->at, 0, &e.rip))
        return false;
    world_changed(w);
    e.c = world_view(w) ? world_context(w, &e.x.context) : NULL;
    if (!e.c || !number_or(w, a->cpl, e.c->cpl, &cpl))
        return false;
    for (unsigned int i = 0; i < NR_REGISTERS; i++)
        if (!number_or(w, a->registers[i], 0, &e.registers[i]))
            return false;
    e.d = &w->machine->domains[e.x.context.who.domain];
    e.v = &e.d->vcpus[e.x.context.who.vcpu];
    e.user = is_pv(e.d) ? e.x.context.who.mode == XENPT_RUN_USER : cpl == 3;
    e.x.access = (struct xenpt_access){ .cpl = (uint8_t)(e.user ? 3 : e.c->cpl), .ac = true };
    e.handed = a->bytes;
    if (a->bytes)
        bytes_read(a->bytes, e.bytes, &e.nr);
    return emulate(&e, said);
}

static void examine(struct scope *s, const struct node *node, void *args)
{
    const struct emulate_args *a = args;
    uint8_t bytes[INSTRUCTION_MAX];
    size_t nr;

    if (a->bytes && !bytes_read(a->bytes, bytes, &nr))
        mistake(&s->m, &node_get(node, "instruction")->at, XENPT_EPARSE,
                "instruction: 1 to %d bytes were expected, such as 0f 01 30", INSTRUCTION_MAX);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
#define REGISTER_ROW(name, n)                                                                      \
    { .key = name, KIND_ROW(kind_number, emulate_args, registers[n]),                              \
      .text = "A register, of which an operand's address is made; 0 without it." }
static const struct row rows[] = {
    { .key = "emulate", KIND_ROW(kind_context, emulate_args, context), .required = true,
      .text = "The guest's context whose instruction it is. It is put on its CPU, as by run, if it is not there." },
    { .key = "at", KIND_ROW(kind_address, emulate_args, at), .required = true,
      .text = "The address of the instruction, where its bytes are in the guest's memory." },
    { .key = "instruction", .type = ROW_TEXT, ROW_AT(emulate_args, bytes),
      .text = "Its bytes, as 0f 01 30, if the processor has handed them over (decode assists of AMD's), so that Xen fetches none." },
    { .key = "cpl", KIND_ROW(kind_number, emulate_args, cpl), .text = "HVM and PVH: the privilege level; without it, that of the context." },
    REGISTER_ROW("rax", 0), REGISTER_ROW("rcx", 1), REGISTER_ROW("rdx", 2), REGISTER_ROW("rbx", 3),
    REGISTER_ROW("rsp", 4), REGISTER_ROW("rbp", 5), REGISTER_ROW("rsi", 6), REGISTER_ROW("rdi", 7),
    REGISTER_ROW("r8", 8), REGISTER_ROW("r9", 9), REGISTER_ROW("r10", 10), REGISTER_ROW("r11", 11),
    REGISTER_ROW("r12", 12), REGISTER_ROW("r13", 13), REGISTER_ROW("r14", 14), REGISTER_ROW("r15", 15),
    REGISTER_ROW("fs-base", REGISTER_FS), REGISTER_ROW("gs-base", REGISTER_GS),
    STEP_ROWS,
};
const struct verb verb_emulate = {
    .record = VERB("emulate", "Xen emulates an instruction of a guest's: it fetches and decodes it, "
                   "and accesses its operands. What it computes is not stored.", rows),
    .example = "{ emulate: d2.v0.guest, at: 0x5000, rax: 0x6000 }",
    .size = sizeof(struct emulate_args), .run = run_emulate, .examine = examine,
};
/* clang-format on */
