/*
 * step_foreign.c - steps: a program in dom0 has frames of another domain mapped, one after the
 * other at one address, and reads or writes them there: QEMU, introspection, a debugger; saving a
 * domain, and migrating it while it runs.  Each mapping is a hypercall,
 * update_va_mapping_otherdomain, of a PV domain's kernel; tools/libs/foreignmemory,
 * tools/libs/guest/xg_sr_save.c.
 *
 * Model: Linux maps many frames at a time, by mmu_update; and what is read goes nowhere.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/guest.h"
#include "scenario/hypercall.h"
#include "scenario/journal.h"
#include "scenario/verbs.h"

struct foreign_args {
    struct step_head head;
    const struct expr *memory, *vcpu, *at, *bytes, *offset, *bitmap;
    uint32_t access, why, round;
};

enum { FOREIGN_READ, FOREIGN_WRITE };
enum { ROUND_FIRST, ROUND_NEXT, ROUND_LAST };

/* What is made. */
struct mapping {
    struct world *w;
    const struct foreign_args *a;
    struct value by; /* The vCPU's kernel, as a context. */
    uint32_t domain; /* Whose memory. */
    uint64_t at, offset, bytes;
    enum xenpt_touch_why why;
    bool write;
    uint64_t done; /* Frames. */
    bool refused;  /* What came of the last call is in the world's. */
};

/* --- One frame ----------------------------------------------------------------------------- */

/* Puts an L1 entry where the window is; false: it could not be made. */
static bool put_entry(struct mapping *f, uint64_t value, uint32_t domain)
{
    struct xenpt_pv_va_update u = {
        .va = f->at, .val = value, .flush = XENPT_PV_UVMF_INVLPG, .domain = domain
    };
    const char *said = NULL;
    struct calling c;

    call_of(f->w, &f->by.who, &c);
    return call_go(&c) &&
           call_end(&c, !xenpt_pv_update_va(f->w->machine, &c.caller, &u, &c.r, &f->w->problem),
                    &said);
}

/* Of an HVM or PVH domain, entries name what its guest calls a frame. */
static uint64_t entry_for(const struct mapping *f, uint64_t mfn)
{
    const struct domain *d = &f->w->machine->domains[f->domain];
    uint64_t frame = is_pv(d) ? mfn : contents_gfn(&f->w->machine->contents, mfn);

    return frame << XENPT_PAGE_SHIFT | ENTRY_P | ENTRY_US | ENTRY_A | ENTRY_NX |
           (f->write ? ENTRY_RW | ENTRY_D : 0);
}

static void tell(struct mapping *f)
{
    const struct vcpu *v = &f->w->machine->domains[f->by.who.domain].vcpus[f->by.who.vcpu];
    struct xenpt_touch t = { TOUCH(f->why, XENPT_TOUCH_FOREIGN), .by = XENPT_TOUCH_VCPU,
                             .maddr = f->w->last.walk.out, .length = f->bytes, .write = f->write };

    t.va = f->w->last.in;
    t.writable = f->write;
    t.by_domain = f->by.who.domain;
    t.by_vcpu = f->by.who.vcpu;
    t.cpu = v->cpu;
    if (touch_heard(f->w->machine))
        touch_tell(f->w->machine, &f->w->machine->domains[f->domain], &t);
}

/* The processor's own walk of the window: what it finds is what was mapped. */
static bool use_window(struct mapping *f)
{
    struct accessing x = { .context = f->by,
                           .at = f->at + f->offset,
                           .bytes = 0,
                           .access = { .kind = f->write ? XENPT_WRITE : XENPT_READ } };
    const struct xenpt_context *c = world_context(f->w, &x.context);

    if (c)
        x.access.cpl = (uint8_t)c->cpl;
    /* Of no bytes: a write leaves what is there. */
    if (!c || !access_by_processor(f->w, c, &x))
        return false;
    if (!f->w->last.allowed)
        return world_cannot(f->w, "what was mapped at 0x%" PRIx64 " cannot be accessed there",
                            f->at);
    tell(f);
    return true;
}

static bool one_frame(struct mapping *f, uint64_t mfn)
{
    struct made_call was;

    if (!put_entry(f, entry_for(f, mfn), f->domain))
        return false;
    f->refused = f->w->call.r.error;
    if (f->refused)
        return true;
    was = f->w->call;
    if (!use_window(f) || !put_entry(f, 0, XENPT_DOMID_SELF))
        return false;
    f->w->call = was;
    f->done++;
    return true;
}

/* --- Frames -------------------------------------------------------------------------------- */

/* Each frame of a domain, or those that its log has. */
static bool each_frame(struct mapping *f, bool dirty)
{
    const struct domain *d = &f->w->machine->domains[f->domain];

    for (size_t i = 0; !f->refused && i < d->nr_memory; i++)
        for (uint64_t k = 0; !f->refused && k < d->memory[i].nr; k++) {
            uint64_t mfn = d->memory[i].first + k;

            if (dirty && !xenpt_machine_is_dirty(f->w->machine, f->domain,
                                                 contents_gfn(&f->w->machine->contents, mfn)))
                continue;
            if (!one_frame(f, mfn))
                return false;
        }
    return true;
}

/* Has the vCPU be in its kernel. */
static bool begin(struct mapping *f)
{
    struct world *w = f->w;
    struct calling c;
    struct value v;

    if (!call_begin(w, f->a->vcpu, &c) || !expr_eval(w, f->a->vcpu, &v) ||
        !number_or(w, f->a->at, 0, &f->at))
        return false;
    if (!is_pv(&w->machine->domains[v.who.domain]))
        return world_cannot(w, "%s is no PV domain: what others map foreign is not modelled",
                            w->machine->domains[v.who.domain].name);
    f->by = (struct value){ .type = VALUE_CONTEXT, .who = v.who };
    f->by.who.mode = XENPT_RUN_KERNEL;
    f->at &= ~(uint64_t)(XENPT_PAGE_SIZE - 1);
    return true;
}

static bool end(struct mapping *f, const char **said)
{
    const struct xenpt_pv_result *r = &f->w->call.r;

    if (f->w->brief)
        return true;
    *said = f->refused ? world_text(f->w, "%" PRIu64 " frames; then %s, by the rule %s", f->done,
                                    r->name, r->rule ? r->rule->name : "?")
                       : world_text(f->w, "%" PRIu64 " frame%s", f->done, f->done == 1 ? "" : "s");
    return true;
}

/* Of calls that are many, none is told by itself. */
static bool quietly(struct mapping *f, bool (*fn)(struct mapping *f))
{
    bool brief = f->w->brief, ok;

    f->w->brief = true;
    ok = fn(f);
    f->w->brief = brief;
    return ok;
}

/* --- foreign-access ------------------------------------------------------------------------ */

static bool access_frames(struct mapping *f)
{
    struct value v;

    if (!expr_eval(f->w, f->a->memory, &v))
        return false;
    if (v.type == VALUE_DOMAIN)
        return each_frame(f, false);
    for (uint64_t mfn = v.v; !f->refused && mfn <= (v.last > v.v ? v.last : v.v); mfn++)
        if (!one_frame(f, mfn))
            return false;
    return true;
}

/* Whose memory it is: the domain's that is named, or of the first frame. */
static bool find_domain(struct mapping *f)
{
    struct value v;

    if (!expr_eval(f->w, f->a->memory, &v))
        return false;
    f->domain = v.who.domain;
    if (v.type == VALUE_DOMAIN)
        return domain_there(f->w->machine, f->domain) ||
               world_cannot(f->w, "that domain is not there now");
    for (f->domain = 0; f->domain < f->w->machine->nr_domains; f->domain++)
        if (domain_extent(&f->w->machine->domains[f->domain], v.v))
            return true;
    return world_cannot(f->w, "mfn 0x%" PRIx64 " is no domain's", v.v);
}

static const enum xenpt_touch_why whys[] = { XENPT_TOUCH_DEVICE_MODEL, XENPT_TOUCH_INTROSPECTION,
                                             XENPT_TOUCH_DEBUGGER,     XENPT_TOUCH_BUILD,
                                             XENPT_TOUCH_RESTORE,      XENPT_TOUCH_RING };

static bool run_access(struct world *w, const void *args, const char **said)
{
    const struct foreign_args *a = args;
    struct mapping f = { .w = w, .a = a, .why = whys[a->why], .write = a->access == FOREIGN_WRITE };

    *said = NULL;
    if (!begin(&f) || !number_or(w, a->bytes, XENPT_PAGE_SIZE, &f.bytes) ||
        !number_or(w, a->offset, 0, &f.offset))
        return false;
    if (!f.bytes || f.offset >= XENPT_PAGE_SIZE || f.bytes > XENPT_PAGE_SIZE - f.offset)
        return world_cannot(w, "an access is to one page: offset and bytes lie in it");
    return find_domain(&f) && quietly(&f, access_frames) && end(&f, said);
}

/* --- save ---------------------------------------------------------------------------------- */

/* The toolstack has the guest suspend itself. */
static bool suspend(struct world *w, uint32_t domain)
{
    const struct domain *d = &w->machine->domains[domain];

    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (vcpu_begun(&d->vcpus[i]) && !d->vcpus[i].paused && !d->vcpus[i].down &&
            xenpt_machine_pause(w->machine, domain, i, true, &w->problem))
            return false;
    world_changed(w);
    return true;
}

static bool save_all(struct mapping *f)
{
    return each_frame(f, false);
}

static bool run_save(struct world *w, const void *args, const char **said)
{
    const struct foreign_args *a = args;
    struct mapping f = { .w = w, .a = a, .why = XENPT_TOUCH_SAVE, .bytes = XENPT_PAGE_SIZE };

    *said = NULL;
    return begin(&f) && find_domain(&f) && suspend(w, f.domain) && quietly(&f, save_all) &&
           end(&f, said);
}

/* --- migrate ------------------------------------------------------------------------------- */

/* paging.c, paging_log_dirty_op: a bit for each frame, into the toolstack's own memory. */
static bool take_log(struct mapping *f)
{
    const struct domain *d = &f->w->machine->domains[f->domain];
    struct domain *by = &f->w->machine->domains[f->by.who.domain];
    struct guest_copy c = {
        .d = by,
        .v = &by->vcpus[f->by.who.vcpu],
        .length = (d->dirty ? (d->max_gfn ? d->max_gfn + 1 : d->nr_frames) : 0) / 8 + 1,
        .why = XENPT_TOUCH_DIRTY_LOG,
        .consent = XENPT_TOUCH_ASKED,
        .write = true
    };
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_DIRTY_LOG, XENPT_TOUCH_GUEST_TABLES),
                             .consent = XENPT_TOUCH_ASKED, .maddr = XENPT_TOUCH_UNKNOWN,
                             .length = c.length, .write = true };

    if (!number_or(f->w, f->a->bitmap, 0, &c.va))
        return false;
    if (f->a->bitmap)
        return touch_guest(f->w->machine, &c) ||
               world_cannot(f->w, "the bitmap cannot be written to at 0x%" PRIx64, c.va);
    t.domain = by->id;
    if (touch_heard(f->w->machine))
        touch_by_xen(f->w->machine, by, c.v, &t);
    return true;
}

static bool round_dirty(struct mapping *f)
{
    return each_frame(f, true);
}

/* Dirty frames are those of the moment, and what is written from now on is of the next round: the
 * reads between change nothing of that. */
static bool next_round(struct mapping *f, bool last)
{
    struct world *w = f->w;

    if (last && !suspend(w, f->domain))
        return false;
    if (!take_log(f) || !quietly(f, round_dirty))
        return false;
    world_changed(w);
    return !xenpt_machine_log_dirty(w->machine, f->domain,
                                    last ? XENPT_LOG_DISABLE : XENPT_LOG_CLEAN, &w->problem);
}

static bool run_migrate(struct world *w, const void *args, const char **said)
{
    const struct foreign_args *a = args;
    struct mapping f = { .w = w, .a = a, .why = XENPT_TOUCH_MIGRATE, .bytes = XENPT_PAGE_SIZE };

    *said = NULL;
    if (!begin(&f) || !find_domain(&f))
        return false;
    if (a->round != ROUND_FIRST)
        return next_round(&f, a->round == ROUND_LAST) && end(&f, said);
    world_changed(w);
    return !xenpt_machine_log_dirty(w->machine, f.domain, XENPT_LOG_ENABLE, &w->problem) &&
           quietly(&f, save_all) && end(&f, said);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word accesses[] = {
    [FOREIGN_READ] = { "read", "they are read" },
    [FOREIGN_WRITE] = { "write", "they are written, and keep what they have" },
};
static const struct words access_words = { accesses, ARRAY_SIZE(accesses), NULL, 0 };
static const struct xenpt_word why_names[] = {
    { "device-model", "QEMU" }, { "introspection", "somebody looks what a guest does" }, { "debugger", "a debugger" },
    { "build", "a domain is built" }, { "restore", "a domain is restored" }, { "ring", "a back end's side of a ring" },
};
static const struct words why_words = { why_names, ARRAY_SIZE(why_names), NULL, 0 };
static const struct xenpt_word rounds[] = {
    [ROUND_FIRST] = { "first", "a log of what the guest writes is begun, and all of its memory read" },
    [ROUND_NEXT] = { "next", "the log is taken and begun anew, and what it has is read" },
    [ROUND_LAST] = { "last", "the guest is suspended; the log is taken and ended, and what it has is read" },
};
static const struct words round_words = { rounds, ARRAY_SIZE(rounds), NULL, 0 };

#define WINDOW_ROWS                                                                                 \
    { .key = "by", KIND_ROW(kind_vcpu, foreign_args, vcpu), .required = true,                       \
      .text = "A vCPU of a PV domain, dom0's as a rule, which makes the hypercalls. It is put on its CPU, in its kernel, if it is not there." }, \
    { .key = "at", KIND_ROW(kind_address, foreign_args, at), .required = true,                      \
      .text = "An address of that domain's which has an L1 table: frames are mapped there in turn. Nothing is mapped there afterwards." }

static const struct row access_rows[] = {
    { .key = "foreign-access", KIND_ROW(kind_memory, foreign_args, memory), .required = true,
      .text = "The frames, or a domain: all of its." },
    WINDOW_ROWS,
    { .key = "why", .type = ROW_ONE, ROW_AT(foreign_args, why), .words = &why_words, .required = true, .text = "What for." },
    { .key = "access", .type = ROW_ONE, ROW_AT(foreign_args, access), .words = &access_words, .text = "What is done." },
    { .key = "offset", KIND_ROW(kind_number, foreign_args, offset), .text = "From this byte of each frame on." },
    { .key = "bytes", KIND_ROW(kind_number, foreign_args, bytes), .text = "How many; a page without it." },
    STEP_ROWS,
};
static const struct row save_rows[] = {
    { .key = "save", KIND_ROW(kind_domain, foreign_args, memory), .required = true,
      .text = "The domain: it is suspended, and all of its memory read." },
    WINDOW_ROWS,
    STEP_ROWS,
};
static const struct row migrate_rows[] = {
    { .key = "migrate", KIND_ROW(kind_domain, foreign_args, memory), .required = true,
      .text = "The domain, which goes on executing until the last round." },
    WINDOW_ROWS,
    { .key = "round", .type = ROW_ONE, ROW_AT(foreign_args, round), .words = &round_words, .required = true, .text = "One step each." },
    { .key = "bitmap", KIND_ROW(kind_address, foreign_args, bitmap),
      .text = "Where the log goes, in the memory of that domain; without it, somewhere." },
    STEP_ROWS,
};

const struct verb verb_foreign_access = {
    .record = VERB("foreign-access", "A program in dom0 has memory of another domain mapped, frame by "
                   "frame, and accesses it: QEMU, introspection, a debugger. A hypercall that is refused "
                   "ends that, and is what `result` tells of.", access_rows),
    .example = "{ foreign-access: d1.gfn(5), by: d0.v0, at: 0xffffffff80005000, why: introspection }",
    .size = sizeof(struct foreign_args), .run = run_access,
};
const struct verb verb_save = {
    .record = VERB("save", "A domain is saved.", save_rows),
    .example = "{ save: d1, by: d0.v0, at: 0xffffffff80005000 }",
    .size = sizeof(struct foreign_args), .switches = true, .run = run_save,
};
const struct verb verb_migrate = {
    .record = VERB("migrate", "A domain is migrated while it runs, a round after the other.", migrate_rows),
    .example = "{ migrate: d1, by: d0.v0, at: 0xffffffff80005000, round: first }",
    .size = sizeof(struct foreign_args), .switches = true, .run = run_migrate,
};
/* clang-format on */
