/* step_access.c - steps: what a CPU does with memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/enclaves.h"
#include "scenario/guest.h"
#include "scenario/lines.h"
#include "scenario/tables.h"
#include "scenario/verbs.h"
#include "xen/encrypt.h"
#include "xen/touch.h"
#include "xenpt/iommu.h"

/* --- Accesses ------------------------------------------------------------------------------
 */

struct access_args {
    struct step_head head;
    uint32_t kind;
    const struct expr *in, *at, *cpl, *data, *bytes;
    bool ac, implicit, shadow_stack, stack_segment;
    const char *enclave;
};

bool access_execute(struct world *w, const struct value *v)
{
    const struct xenpt_machine *m = w->machine;
    const struct who *who = &v->who;
    struct xenpt_cpu_state s;
    struct running_before *before;
    char name[WHO_MAX];
    uint32_t cpu;
    bool done;

    if (v->type != VALUE_CONTEXT || who->kind != WHO_VCPU)
        return true;
    if (who->domain >= m->nr_domains || who->vcpu >= m->domains[who->domain].nr_vcpus)
        return world_cannot(w, "there is no %s now", who_text(w, v, name));
    cpu = m->domains[who->domain].vcpus[who->vcpu].cpu;
    if (xenpt_machine_cpu(m, cpu, &s) && !s.idle && s.domain == who->domain &&
        s.vcpu == who->vcpu && s.mode == who->mode)
        return true;
    before = w->caches ? caches_watch(w) : NULL;
    world_changed(w);
    done = !xenpt_machine_enter(w->machine, who_text(w, v, name), &w->problem);
    if (done && before)
        done = caches_switch(w, before);
    free(before);
    return done;
}

bool number_at_most(struct world *w, const struct expr *e, uint64_t otherwise, uint64_t max,
                    const char *what, uint64_t *ret)
{
    struct value v = { .v = otherwise };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.v;
    return v.v <= max ||
           world_cannot(w, "%s is 0x%" PRIx64 ", and at most 0x%" PRIx64, what, v.v, max);
}

/* A flags and D flags, in the order in which the processor sets them. */
static bool set_flags(struct world *w, const struct accessed *a)
{
    for (unsigned int i = 0; i < a->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &a->verdict.update[i];
        const struct xenpt_context *c = &a->of;
        size_t size = (u->second ? c->second : c->paging).format.entry_size;
        uint64_t entry = 0;

        if (!xenpt_read(w->view->mem, u->update.at, &entry, size))
            return world_cannot(w, "the entry at 0x%" PRIx64 " is not in memory", u->update.at);
        entry |= u->update.set;
        if (xenpt_store_write(w->machine->store, u->update.at, &entry, size, &w->problem))
            return false;
    }
    return true;
}

static void judge(struct accessed *a)
{
    struct xenpt_verdict one;

    if (a->of.has_second) {
        xenpt_judge2(&a->of.paging, &a->of.second, &a->walk, &a->access, &a->verdict);
        return;
    }
    xenpt_judge(&a->of.paging, &a->walk.guest, &a->access, &one);
    a->verdict = (struct xenpt_verdict2){
        .allowed = one.allowed,
        .rule = one.rule,
        .level = one.level,
        .bits = one.bits,
        .fault = one.fault,
        .nr_updates = one.nr_updates,
    };
    for (unsigned int i = 0; i < one.nr_updates; i++)
        a->verdict.update[i].update = one.update[i];
}

/* Who executes, of those that memory encryption tells apart. */
static enum xenpt_executor party_of(const struct xenpt_context *c)
{
    if (c->has_second)
        return XENPT_BY_KERNEL;
    return c->has_cpu && c->cpl ? XENPT_BY_KERNEL : XENPT_BY_XEN;
}

/*
 * What is written by another key is decrypted to something else, a block of 16 bytes as a whole.
 *
 * Model: which garbage it is no cipher says here; it differs from what was there and from what was
 * written.  A TD's next read of it is a machine check, which is not modelled.
 */
static void spoil(struct world *w, uint64_t at, uint64_t data)
{
    uint64_t block[2], first = at & ~UINT64_C(15);

    if (!xenpt_read(w->view->mem, first, block, sizeof(block)))
        return;
    for (unsigned int i = 0; i < 2; i++)
        block[i] = (block[i] ^ data ^ (first + 8 * i)) * UINT64_C(0x9e3779b97f4a7c15) +
                   UINT64_C(0x5851f42d4c957f2d);
    (void)!xenpt_store_write(w->machine->store, first, block, sizeof(block), &w->problem);
}

/* P, W, U, I: a guest's accesses are a user's to nested tables. */
static uint64_t npf_bits(const struct xenpt_access *access, uint64_t code)
{
    bool table = code & XENPT_NPF_TABLE; /* That is written, for A and D: 15.25.6. */

    return XENPT_PF_P | XENPT_PF_U | (table || access->kind == XENPT_WRITE ? XENPT_PF_W : 0) |
           (!table && access->kind == XENPT_FETCH ? XENPT_PF_I : 0);
}

/* A guest's access: true: the reverse map table refuses it, or a table on its way. */
static bool is_refused(struct world *w)
{
    const struct xenpt_machine *m = w->machine;
    struct accessed *a = &w->last;
    uint64_t code = 0, gaddr = 0;

    for (size_t i = 0; a->of.has_second && i < m->nr_domains; i++) {
        const struct domain *d = &m->domains[i];

        enum xenpt_rmp_verdict verdict;

        if (strcmp(d->name, a->of.domain) != 0)
            continue;
        verdict = encrypted_check(m, d, &a->walk, &a->access, a->allowed, &gaddr, &code);
        if (verdict == XENPT_RMP_OK)
            continue;
        a->sight = XENPT_SIGHT_REFUSED;
        a->encrypted = a->refused = true;
        a->allowed = a->verdict.allowed = false;
        a->verdict.second = verdict != XENPT_RMP_NOT_VALID;
        a->verdict.fault = (struct xenpt_fault){ .kind = XENPT_FAULT_NPF,
                                                 .code = code | npf_bits(&a->access, code),
                                                 .address = gaddr };
        if (verdict == XENPT_RMP_NOT_VALID)
            a->verdict.fault = (struct xenpt_fault){
                .kind = XENPT_FAULT_VC, .vector = 29, .code = code, .address = a->in
            };
        return true;
    }
    return false;
}

/*
 * What encryption makes of an access that the tables allow.  True: it is done with as if memory
 * were plain.
 */
static bool is_plain(struct world *w, uint64_t data, uint64_t bytes)
{
    struct accessed *a = &w->last;
    uint32_t domain = 0;
    xenpt_mfn_t frame = xenpt_maddr_to_mfn(a->walk.out);
    enum xenpt_encryption e = xenpt_machine_encrypts(w->machine, frame, &domain);
    enum xenpt_executor by = party_of(&a->of);
    enum xenpt_seer seer = xenpt_machine_seer(w->machine, &a->of, by, domain);
    const struct xenpt_encryption_rule *r;

    if (seer == XENPT_SEER_OWN && e &&
        !encrypted_private(w->machine, &w->machine->domains[domain], &a->walk))
        seer = XENPT_SEER_SHARED;
    r = xenpt_encryption_rule(e, seer);
    a->sight = r->read;
    if (r->read == XENPT_SIGHT_PLAINTEXT)
        return true;
    if (a->access.kind != XENPT_WRITE) {
        /* What ciphertext there is no key of ours says. */
        a->has_data = r->has_value;
        a->data = r->value * UINT64_C(0x0101010101010101);
        if (bytes < 8)
            a->data &= (UINT64_C(1) << 8 * bytes) - 1;
        return false;
    }
    /* A fault is the reverse map table's, which has nothing against a page of the host's. */
    if (r->write == XENPT_WRITTEN_FAULT && xenpt_machine_rmp(w->machine, frame).assigned) {
        a->sight = XENPT_SIGHT_REFUSED;
        a->encrypted = a->refused = true;
        a->allowed = a->verdict.allowed = false;
        a->verdict.fault = (struct xenpt_fault){
            .kind = XENPT_FAULT_PF, .vector = 14, .code = 3 | r->fault, .address = a->in
        };
    } else if (r->write == XENPT_WRITTEN_DROPPED) {
        a->sight = XENPT_SIGHT_REFUSED;
    } else {
        spoil(w, a->walk.out, data);
    }
    return false;
}

bool access_data(struct world *w, uint64_t data, uint64_t bytes)
{
    struct accessed *a = &w->last;
    bool done = false;

    a->data = 0;
    if (is_refused(w))
        return true;
    if (!enclave_decides(w, bytes, &done) && !done && !is_plain(w, data, bytes))
        return !w->problem.code;
    if (done)
        return true;
    if ((a->walk.out & (XENPT_PAGE_SIZE - 1)) + bytes > XENPT_PAGE_SIZE)
        return world_cannot(w, "an access is to one page, and these %" PRIu64 " bytes are in two",
                            bytes);
    if (w->lines) {
        a->data = data;
        return lines_access(w, &a->data, bytes);
    }
    if (a->access.kind == XENPT_WRITE)
        return !xenpt_store_write(w->machine->store, a->walk.out, &data, bytes, &w->problem);
    a->has_data = xenpt_read(w->view->mem, a->walk.out, &a->data, bytes);
    return true;
}

/* What an IOMMU remembers of an address needs no table. */
static bool by_iotlb(struct world *w, const struct xenpt_context *c, const struct accessing *x)
{
    struct accessed *l = &w->last;
    uint64_t maddr;

    if (x->access.kind == XENPT_FETCH ||
        !xenpt_machine_device_remembers(w->machine, x->context.who.domain, x->at,
                                        x->access.kind == XENPT_WRITE, &maddr))
        return false;
    *l = (struct accessed){ .of = *c, .in = x->at, .access = x->access, .made = true };
    l->allowed = l->verdict.allowed = true;
    l->walk.outcome = XENPT_MAPPED;
    l->walk.out = maddr;
    return true;
}

bool access_by_processor(struct world *w, const struct xenpt_context *c, const struct accessing *x)
{
    bool of_device = w->caches && x->context.who.kind == WHO_DEVICES;
    struct accessed *l = &w->last;
    struct followed f;
    uint32_t cpu;

    if (w->caches && caches_cpu(w, &x->context, &cpu)) {
        if (!caches_access(w, c, &x->context, x->at, &x->access, l))
            return false;
        l->inside = x->inside;
        return !l->allowed || access_data(w, x->data, x->bytes);
    }
    if (of_device && by_iotlb(w, c, x))
        return access_data(w, x->data, x->bytes);
    follow_address(w, c, x->at, &f);
    *l = (struct accessed){
        .of = *c, .in = x->at, .access = x->access, .walk = f.walk, .inside = x->inside
    };
    judge(l);
    l->allowed = l->verdict.allowed;
    l->refused = !l->allowed;
    l->made = true;
    if (!l->allowed && is_refused(w))
        return true;
    if (!set_flags(w, l))
        return false;
    if (of_device && l->allowed)
        xenpt_machine_device_uses(w->machine, x->context.who.domain, x->at);
    return !l->allowed || access_data(w, x->data, x->bytes);
}

static bool run_access(struct world *w, const void *args, const char **said)
{
    const struct access_args *a = args;
    const struct xenpt_context *c;
    struct accessing x = { .inside = NULL };
    struct value at;
    uint64_t cpl;

    *said = NULL;
    w->last.made = false;
    if (!expr_eval(w, a->in, &x.context) || !access_execute(w, &x.context) ||
        !expr_eval(w, a->at, &at))
        return false;
    c = world_context(w, &x.context);
    if (!c || !number_at_most(w, a->cpl, c->has_cpu ? c->cpl : 0, 3, "a privilege level", &cpl) ||
        !number_at_most(w, a->data, 0, UINT64_MAX, "", &x.data) ||
        !number_at_most(w, a->bytes, 8, 8, "the size of an access", &x.bytes))
        return false;
    x.at = at.v;
    x.access = (struct xenpt_access){ .kind = (enum xenpt_access_kind)a->kind,
                                      .cpl = (uint8_t)cpl,
                                      .ac = a->ac || (c->has_cpu && c->ac),
                                      .implicit = a->implicit,
                                      .shadow_stack = a->shadow_stack,
                                      .stack_segment = a->stack_segment };
    if (!enclave_enter(w, &x.context, a->enclave, &x, a->cpl != NULL))
        return false;
    if (!(is_guest(w, &x.context) ? guest_access(w, c, &x, said) : access_by_processor(w, c, &x)))
        return false;
    if (touch_heard(w->machine))
        access_tell(w, &x);
    return true;
}

/* --- The rows ------------------------------------------------------------------------------ */

static const struct xenpt_word kinds[] = {
    [XENPT_READ] = { "read", "data are read" },
    [XENPT_WRITE] = { "write", "data are written" },
    [XENPT_FETCH] = { "fetch", "an instruction is fetched" },
};
static const struct words kind_words_of = { kinds, ARRAY_SIZE(kinds), NULL, 0 };

/* clang-format off */
static const struct row access_rows[] = {
    { .key = "access", .type = ROW_ONE, ROW_AT(access_args, kind), .words = &kind_words_of,
      .required = true, .text = "What is done." },
    { .key = "in", KIND_ROW(kind_context, access_args, in), .required = true,
      .text = "The context that does it. It is put on its CPU, as by run, if it is not there." },
    { .key = "at", KIND_ROW(kind_address, access_args, at), .required = true,
      .text = "The address." },
    { .key = "cpl", KIND_ROW(kind_number, access_args, cpl),
      .text = "The privilege level; without it, that of the context." },
    { .key = "data", KIND_ROW(kind_word, access_args, data), .text = "What is written; 0 without it." },
    { .key = "bytes", KIND_ROW(kind_number, access_args, bytes), .text = "How much of it; 8 without it." },
    { .key = "ac", .type = ROW_BOOL, ROW_AT(access_args, ac), .text = "EFLAGS.AC is set." },
    { .key = "implicit", .type = ROW_BOOL, ROW_AT(access_args, implicit),
      .text = "The processor's own access to a descriptor table or a TSS." },
    { .key = "shadow-stack", .type = ROW_BOOL, ROW_AT(access_args, shadow_stack),
      .text = "To a shadow stack, as CALL and RET make with CET." },
    { .key = "stack-segment", .type = ROW_BOOL, ROW_AT(access_args, stack_segment),
      .text = "Through SS." },
    { .key = "enclave", .type = ROW_TEXT, ROW_AT(access_args, enclave),
      .text = "Code of this enclave of the domain's does it, at CPL 3." },
    STEP_ROWS,
};

const struct verb verb_access = {
    .record = VERB("access", "A CPU reads, writes or fetches. If it may, the A and D flags of the "
                   "entries on the way are set; if not, there is a fault.", access_rows),
    .example = "{ access: write, in: d2.v0.guest, at: 0x1000, data: 5 }",
    .size = sizeof(struct access_args), .run = run_access,
};
/* clang-format on */
