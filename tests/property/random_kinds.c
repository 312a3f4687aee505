/* random_kinds.c - the kinds of steps, a row each: see random_steps.h. */
#include "random_grants.h"
#include "random_memory.h"
#include "random_physmap.h"

#include <inttypes.h>
#include <stdio.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- Who, and about what ------------------------------------------------------------------- */

/* Of the PV domains: mostly the caller's own. */
static uint32_t other(struct subject *s, uint32_t d)
{
    return dice_below(&s->dice, 8) ? d : (uint32_t)dice_below(&s->dice, DOMAINS);
}

static uint64_t some_frame(struct subject *s, uint32_t d)
{
    const struct domain *dom = &s->w.machine->domains[d];
    struct dice *dice = &s->dice;
    uint64_t frame;

    switch (dice_below(dice, 12)) {
    case 0:
        return dom->at.pt_first
                   ? domain_frame(dom, dom->at.pt_first + dice_below(dice, dom->at.nr_pt))
                   : 0;
    case 1:
        frame = domain_frame(dom, dice_below(dice, dom->nr_frames));
        return frame == NO_TABLE ? 0 : frame;
    case 2:
        return dice_below(dice, 2) && dom->gdt != NO_TABLE ? dom->gdt >> XENPT_PAGE_SHIFT : 0xfee00;
    case 3:
        return dom->built.frames[0].mfn; /* shared_info */
    default:
        return s->pool[d][dice_below(dice, POOL)];
    }
}

static uint64_t some_entry(struct subject *s, uint32_t d)
{
    static const uint64_t flags[] = { 0x67,       0x65,        0x63,  0x61,
                                      0x25,       0x27,        0,     0x66,
                                      0xe7,       0x77,        0x167, UINT64_C(1) << 63 | 0x67,
                                      0x9 | 0x62, 0x200 | 0x67 };

    return some_frame(s, other(s, d)) << 12 | flags[dice_below(&s->dice, COUNT(flags))];
}

static uint64_t some_slot(struct subject *s)
{
    static const unsigned int slots[] = { 0, 1, 2, 3, 4, 5, 255, 256, 258, 272, 428, 510, 511 };

    return slots[dice_below(&s->dice, COUNT(slots))];
}

static uint32_t foreign(struct subject *s, uint32_t d)
{
    struct dice *dice = &s->dice;

    if (dice_below(dice, 6))
        return XENPT_DOMID_SELF;
    switch (dice_below(dice, 4)) {
    case 0:
        return XENPT_DOMID_IO;
    case 1:
        return (uint32_t)dice_below(dice, 5);
    case 2:
        return (uint32_t)(dice_below(dice, 5) + 1) << 16 | XENPT_DOMID_SELF;
    default:
        return (other(s, d) + 1) << 16 | XENPT_DOMID_SELF;
    }
}

/* An address that has an L1, or not. */
static uint64_t some_va(struct subject *s, uint32_t d)
{
    const struct domain *dom = &s->w.machine->domains[d];

    if (dice_below(&s->dice, 4))
        return dom->at.base + dice_below(&s->dice, dom->nr_frames) * XENPT_PAGE_SIZE;
    return dice_below(&s->dice, 2) ? 0x400000 : dice_any(&s->dice) & 0x7fffffffffff;
}

static bool done(enum xenpt_code code)
{
    if (code && code != XENPT_EUNSUPPORTED)
        fail_msg("a step ends with code %d", (int)code);
    return !code;
}

/* --- mmu_update: at, value, foreigndom ----------------------------------------------------- */

static void make_mmu(struct subject *s, struct rstep *t)
{
    uint32_t of = other(s, t->domain);

    t->v[0] = some_frame(s, of) << 12 | some_slot(s) * 8 |
              (dice_below(&s->dice, 5) ? 0 : dice_below(&s->dice, 5));
    t->v[1] = some_entry(s, t->domain);
    t->v[2] = foreign(s, t->domain);
    /*
     * Who is privileged may put frames of its own into another's tables, and that one has what it
     * was never given: own-memory is broken, and rightly.  It puts frames there that are the
     * other's.
     */
    if (t->domain == 0 && t->v[2] >> 16 > 1 && (t->v[2] & 0xffff) == XENPT_DOMID_SELF)
        t->v[2] = (t->v[2] & ~UINT64_C(0xffff)) | ((t->v[2] >> 16) - 1);
}

static bool do_mmu(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_pv_mmu_update req = { t->v[0], t->v[1] };

    return done(xenpt_pv_mmu_update(s->w.machine, &c, &req, 1, (uint32_t)t->v[2], &s->r, NULL));
}

static void put_foreigndom(char *buf, size_t size, uint64_t id)
{
    size_t used = strlen(buf);

    if (id != XENPT_DOMID_SELF)
        snprintf(buf + used, size - used, ", foreigndom: 0x%" PRIx64, id);
}

static void print_mmu(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    static const char *const commands[] = { "", ", command: m2p", ", command: preserve-ad",
                                            ", command: no-translate", ", command: command-4" };
    char frame[48], entry[80];

    snprintf(buf, size, "mmu-update: d%u.v%u, at: maddr(%s) + %u, value: %s%s", t->domain, t->vcpu,
             frame_text(s, t->v[0] >> 12, frame), (unsigned int)(t->v[0] & 0xff8),
             entry_text(s, t->v[1], entry), commands[(t->v[0] & 7) < 5 ? t->v[0] & 7 : 4]);
    put_foreigndom(buf, size, t->v[2]);
}

/* --- update_va_mapping: address, value, domain, flush, all ---------------------------------- */

static void make_va(struct subject *s, struct rstep *t)
{
    t->v[0] = some_va(s, t->domain);
    t->v[1] = some_entry(s, t->domain);
    t->v[2] = dice_below(&s->dice, 6) ? XENPT_DOMID_SELF : dice_below(&s->dice, 4);
    t->v[3] = dice_below(&s->dice, 3);
    t->v[4] = dice_below(&s->dice, 2);
}

static bool do_va(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_pv_va_update u = { .va = t->v[0],
                                    .val = t->v[1],
                                    .domain = (uint32_t)t->v[2],
                                    .flush = (enum xenpt_pv_uvmf)t->v[3],
                                    .all = t->v[4] };

    return done(xenpt_pv_update_va(s->w.machine, &c, &u, &s->r, NULL));
}

static void print_va(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    static const char *const flushes[] = { "", ", flush: tlb", ", flush: invlpg" };
    char entry[80];

    snprintf(buf, size, "update-va-mapping: d%u.v%u, at: 0x%" PRIx64 ", value: %s%s%s", t->domain,
             t->vcpu, t->v[0], entry_text(s, t->v[1], entry), flushes[t->v[3] % 3],
             t->v[4] ? ", all: yes" : "");
    put_foreigndom(buf, size, t->v[2]);
}

/* --- mmuext_op: command, frame or address, second, foreigndom ------------------------------- */

static const struct ext {
    const char *name, *first, *second;
    bool address;
} exts[] = {
    { "pin-l1", "frame", NULL, false },          { "pin-l2", "frame", NULL, false },
    { "pin-l3", "frame", NULL, false },          { "pin-l4", "frame", NULL, false },
    { "unpin", "frame", NULL, false },           { "new-baseptr", "frame", NULL, false },
    { "tlb-flush-local", NULL, NULL, false },    { "invlpg-local", "address", NULL, true },
    { "tlb-flush-multi", NULL, "vcpus", false }, { "invlpg-multi", "address", "vcpus", true },
    { "tlb-flush-all", NULL, NULL, false },      { "invlpg-all", "address", NULL, true },
    { "flush-cache", NULL, NULL, false },        { "set-ldt", "address", "entries", true },
    { "command-14", NULL, NULL, false },         { "new-user-baseptr", "frame", NULL, false },
    { "clear-page", "frame", NULL, false },      { "copy-page", "frame", "source", false },
    { "flush-cache-global", NULL, NULL, false }, { "mark-super", "frame", NULL, false },
    { "unmark-super", "frame", NULL, false },
};

static void make_ext(struct subject *s, struct rstep *t)
{
    static const uint32_t commands[] = { 0,  0,  0,  1,  1,  1,  2,  2,  2,  3,  3,  3,
                                         4,  4,  4,  4,  5,  5,  6,  7,  8,  9,  10, 11,
                                         12, 13, 13, 14, 15, 15, 15, 16, 17, 18, 19, 20 };
    const struct ext *e;

    t->v[0] = commands[dice_below(&s->dice, COUNT(commands))];
    e = &exts[t->v[0]];
    if (e->address)
        t->v[1] = some_va(s, t->domain);
    else if (e->first)
        t->v[1] = dice_below(&s->dice, 20) ? some_frame(s, other(s, t->domain)) : 0;
    if (e->second)
        t->v[2] = t->v[0] == XENPT_PV_COPY_PAGE ? some_frame(s, other(s, t->domain))
                  : t->v[0] == XENPT_PV_SET_LDT ? dice_below(&s->dice, 1025)
                                                : dice_below(&s->dice, 4);
    t->v[3] = dice_below(&s->dice, 8) ? XENPT_DOMID_SELF : dice_below(&s->dice, 5);
}

static bool do_ext(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_pv_mmuext op = { (uint32_t)t->v[0], t->v[1], t->v[2] };

    return done(xenpt_pv_mmuext(s->w.machine, &c, &op, 1, (uint32_t)t->v[3], &s->r, NULL));
}

static void print_ext(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    const struct ext *e = &exts[t->v[0] % COUNT(exts)];
    char frame[48];
    size_t used;

    snprintf(buf, size, "mmuext-op: d%u.v%u, op: %s", t->domain, t->vcpu, e->name);
    used = strlen(buf);
    if (e->address)
        snprintf(buf + used, size - used, ", address: 0x%" PRIx64, t->v[1]);
    else if (e->first)
        snprintf(buf + used, size - used, ", frame: %s", frame_text(s, t->v[1], frame));
    used = strlen(buf);
    if (e->second && t->v[0] == XENPT_PV_COPY_PAGE)
        snprintf(buf + used, size - used, ", source: %s", frame_text(s, t->v[2], frame));
    else if (e->second)
        snprintf(buf + used, size - used, ", %s: %" PRIu64, e->second, t->v[2]);
    put_foreigndom(buf, size, t->v[3]);
}

/* --- set_gdt: the first frame, how many, entries -------------------------------------------- */

static void make_gdt(struct subject *s, struct rstep *t)
{
    t->v[0] = some_frame(s, other(s, t->domain));
    t->v[1] = 1 + dice_below(&s->dice, 3);
    t->v[2] = dice_below(&s->dice, 1600);
}

static bool do_gdt(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    uint64_t frames[16] = { 0 };

    for (uint64_t i = 0; i < t->v[1] && i < 16; i++)
        frames[i] = t->v[0] + i;
    return done(xenpt_pv_set_gdt(s->w.machine, &c, frames, (uint32_t)t->v[2], &s->r, NULL));
}

static void print_gdt(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "set-gdt: d%u.v%u, frames: 0x%" PRIx64 "..0x%" PRIx64 ", entries: %" PRIu64,
             t->domain, t->vcpu, t->v[0], t->v[0] + (t->v[1] ? t->v[1] - 1 : 0), t->v[2]);
}

/* --- update_descriptor: at, value ---------------------------------------------------------- */

static void make_descriptor(struct subject *s, struct rstep *t)
{
    t->v[0] = some_frame(s, other(s, t->domain)) << 12 | dice_below(&s->dice, 512) * 8;
    t->v[1] = dice_below(&s->dice, 2) ? dice_any(&s->dice) : UINT64_C(0x00cffb000000ffff);
}

static bool do_descriptor(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);

    return done(xenpt_pv_update_descriptor(s->w.machine, &c, t->v[0], t->v[1], &s->r, NULL));
}

static void print_descriptor(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char frame[48];

    snprintf(buf, size, "update-descriptor: d%u.v%u, at: maddr(%s) + %u, value: 0x%" PRIx64,
             t->domain, t->vcpu, frame_text(s, t->v[0] >> 12, frame),
             (unsigned int)(t->v[0] & 0xfff), t->v[1]);
}

/* --- vm_assist: command, type -------------------------------------------------------------- */

static const struct {
    uint32_t type;
    const char *name;
} assists[] = {
    { XENPT_PV_WRITABLE_PAGETABLES, "writable-pagetables" },
    { XENPT_PV_M2P_STRICT, "m2p-strict" },
    { XENPT_PV_ARCHITECTURAL_IOPL, "architectural-iopl" },
};

static void make_assist(struct subject *s, struct rstep *t)
{
    t->v[0] = dice_below(&s->dice, 3);
    t->v[1] = dice_below(&s->dice, 4) ? 0 : dice_below(&s->dice, COUNT(assists));
}

static bool do_assist(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);

    return done(xenpt_pv_vm_assist(s->w.machine, &c, (uint32_t)t->v[0],
                                   assists[t->v[1] % COUNT(assists)].type, &s->r, NULL));
}

static void print_assist(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    static const char *const commands[] = { "enable", "disable", "command-2" };

    (void)s;
    snprintf(buf, size, "vm-assist: d%u.v%u, type: %s, command: %s", t->domain, t->vcpu,
             assists[t->v[1] % COUNT(assists)].name, commands[t->v[0] % 3]);
}

/* --- Writable page tables: address, value, bytes ------------------------------------------- */

static void make_write(struct subject *s, struct rstep *t)
{
    t->v[0] = some_va(s, t->domain) + dice_below(&s->dice, XENPT_PAGE_SIZE);
    t->v[1] = some_entry(s, t->domain);
    t->v[2] = UINT64_C(1) << dice_below(&s->dice, 4);
}

static bool do_write(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);

    return done(xenpt_pv_write_table(s->w.machine, &c, t->v[0], t->v[1], (unsigned int)t->v[2],
                                     &s->r, NULL));
}

static void print_write(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    char entry[80];

    snprintf(buf, size, "write-table: 0x%" PRIx64 ", of: d%u.v%u, value: %s, bytes: %" PRIu64,
             t->v[0], t->domain, t->vcpu, entry_text(s, t->v[1], entry), t->v[2]);
}

/* --- iret: the selector ---------------------------------------------------------------------- */

static void make_iret(struct subject *s, struct rstep *t)
{
    (void)s;
    t->v[0] = 0xe033;
}

static bool do_iret(struct subject *s, const struct rstep *t)
{
    struct xenpt_pv_caller c = caller_of(s, t);
    struct xenpt_pv_iret iret = { .cs = (uint16_t)t->v[0] };

    return done(xenpt_pv_iret(s->w.machine, &c, &iret, &s->r, NULL));
}

static void print_iret(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "iret: d%u.v%u, cs: 0x%" PRIx64, t->domain, t->vcpu, t->v[0]);
}

/* --- vCPUs on CPUs: mode, CPU -------------------------------------------------------------- */

static void make_run(struct subject *s, struct rstep *t)
{
    bool user = s->w.machine->domains[t->domain].desc->type == XENPT_DOMAIN_PV64 &&
                s->w.machine->domains[t->domain].vcpus[t->vcpu].user_l4 != NO_TABLE;

    t->v[0] = user ? dice_below(&s->dice, 2) : 1;
    t->v[1] = dice_below(&s->dice, s->w.machine->nr_cpus);
}

static bool do_run(struct subject *s, const struct rstep *t)
{
    static const enum xenpt_run_mode modes[] = { XENPT_RUN_USER, XENPT_RUN_KERNEL };

    return !xenpt_machine_run(s->w.machine, t->domain, t->vcpu, (uint32_t)t->v[1],
                              modes[t->v[0] & 1], NULL);
}

static void print_run(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    (void)s;
    snprintf(buf, size, "run: d%u.v%u.%s, on: cpu%" PRIu64, t->domain, t->vcpu,
             t->v[0] & 1 ? "kernel" : "user", t->v[1]);
}

/* --- vCPUs that may run, or not: which of the following ------------------------------------- */

enum { PAUSE, UNPAUSE, DOWN, UP, NR_STATES };

static void make_state(struct subject *s, struct rstep *t)
{
    /* One that does not run makes no hypercalls: it is soon made to. */
    t->v[0] = dice_below(&s->dice, 16);
    if (t->v[0] >= NR_STATES)
        t->v[0] = t->v[0] % 2 ? UP : UNPAUSE;
}

static bool do_state(struct subject *s, const struct rstep *t)
{
    struct xenpt_machine *m = s->w.machine;

    switch (t->v[0]) {
    case PAUSE:
    case UNPAUSE:
        return !xenpt_machine_pause(m, t->domain, t->vcpu, t->v[0] == PAUSE, NULL);
    case DOWN:
        return !xenpt_machine_vcpu_down(m, t->domain, t->vcpu, NULL);
    default:
        return !xenpt_machine_vcpu_up(m, t->domain, t->vcpu, NULL, NULL, NULL);
    }
}

static void print_state(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    static const char *const words[NR_STATES] = { "pause", "unpause", "down", "up" };

    (void)s;
    snprintf(buf, size, "%s: d%u.v%u", words[t->v[0] % NR_STATES], t->domain, t->vcpu);
}

/* --- The rows ------------------------------------------------------------------------------ */

const struct rkind random_kinds[] = {
    { "mmu_update", 40, make_mmu, do_mmu, print_mmu, true, "l1tf-safe", NULL, BY_DOMAIN, false },
    { "update_va", 12, make_va, do_va, print_va, true, "l1tf-safe", NULL, BY_DOMAIN, false },
    { "mmuext_op", 40, make_ext, do_ext, print_ext, true, "l1tf-safe", NULL, BY_DOMAIN, false },
    { "set_gdt", 2, make_gdt, do_gdt, print_gdt, true, NULL, NULL, BY_DOMAIN, false },
    { "update_descriptor", 2, make_descriptor, do_descriptor, print_descriptor, true, NULL, NULL,
      BY_DOMAIN, false },
    { "vm_assist", 2, make_assist, do_assist, print_assist, true, NULL, NULL, BY_DOMAIN, false },
    { "write_table", 4, make_write, do_write, print_write, true, "l1tf-safe", NULL, BY_DOMAIN,
      false },
    { "reservation", 6, make_reservation, do_reservation, print_reservation, true, NULL, NULL,
      BY_DOMAIN, false },
    { "exchange", 3, make_exchange, do_exchange, print_exchange, true, NULL, NULL, BY_DOMAIN,
      false },
    { "transfer", 2, make_transfer, do_transfer, print_transfer, true, NULL, NULL, BY_DOMAIN,
      false },
    { "iret", 2, make_iret, do_iret, print_iret, true, NULL, NULL, BY_DOMAIN, false },
    { "run", 2, make_run, do_run, print_run, false, NULL, NULL, BY_DOMAIN, false },
    { "state", 2, make_state, do_state, print_state, false, NULL, NULL, BY_DOMAIN, false },
    { "physmap", 5, make_physmap, do_physmap, print_physmap, true, NULL, NULL, BY_DOMAIN, false },
    { "offer", 8, make_offer, do_offer, print_offer, false, NULL, NULL, BY_DOMAIN, false },
    { "grant_map", 8, make_grant_map, do_grant_map, print_grant_map, true, NULL, NULL, BY_DOMAIN,
      false },
    { "grant_unmap", 8, make_grant_unmap, do_grant_unmap, print_grant_unmap, true, NULL, NULL,
      BY_DOMAIN, false },
    { "grant_copy", 3, make_grant_copy, do_grant_copy, print_grant_copy, true, NULL, NULL,
      BY_DOMAIN, false },
    { "grant_version", 1, make_grant_version, do_grant_version, print_grant_version, true, NULL,
      NULL, BY_DOMAIN, false },
    { "port", 4, make_port, do_port, print_port, true, NULL, NULL, BY_DOMAIN, false },
    { NULL, 0, NULL, NULL, NULL, false, NULL, NULL, BY_DOMAIN, false },
};
