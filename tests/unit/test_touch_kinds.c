/*
 * test_touch_kinds.c - for each kind of access that the journal has, and for what a guest has said
 * to it, a scenario that is built to make it: `touched` finds it, and `untouched` fails.  What has
 * no row here, or is seen in the journal of one and has no row of its own, fails the test.
 */
#include "scenario_fixture.h"

#define BASE                                                                                       \
    "host: { ram: 1G, cpus: 2 }\n"                                                                 \
    "xen: { release: \"4.17\", pv32: yes, options: xpti=no-dom0 }\n"                               \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"                               \
    "  d1: { type: pv64, memory: 32M }\n"                                                          \
    "  d2: { type: pvh, memory: 32M }\n"                                                           \
    "  d3: { type: pv32, memory: 32M }\n"
#define OTHER                                                                                      \
    "host: { ram: 1G, cpus: 2, iommu: intel }\n"                                                   \
    "xen: { release: \"4.17\" }\n"                                                                 \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"                               \
    "  d1: { type: hvm, memory: 32M, paging: shadow }\n"                                           \
    "  d2: { type: hvm, memory: 32M, devices: [nic] }\n"

#define SHARED                                                                                     \
    "host: { ram: 1G, cpus: 2 }\n"                                                                 \
    "xen: { release: \"4.17\", mem-sharing: yes }\n"                                               \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d2: { type: pvh, memory: 32M }\n"

/* d0 has d1's frame 5 by a foreign mapping, and says that what it passes is there. */
#define BORROWED                                                                                   \
    "{ update-va-mapping: d0.v0, at: 0xffffffff80006000, value: maddr(d1.gfn(5)) | 0x63, "         \
    "frames-of: d1 }, "
#define AT_BORROWED "argument: 0xffffffff80006000"
#define WINDOW      "by: d0.v0, at: 0xffffffff80006000"
#define OFFERED     "{ grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(5) }, "

/* xenstored has d1's ring, and hears it. */
#define INTRODUCED                                                                                 \
    "{ grant-map: d0.v0, of: d1, ref: 1, at: 0xffffffff80006000 }, { event-bind-interdomain: "     \
    "d0.v0, to: d1, port: d1.xenstore-port }, { xenstore-introduce: d1 }, "

/* xenconsoled has d1's console. */
#define CONSOLE                                                                                    \
    "{ grant-map: d0.v0, of: d1, ref: 0, at: 0xffffffff80006000 }, { event-bind-interdomain: "     \
    "d0.v0, to: d1, port: d1.console-port }, "

struct kind {
    enum xenpt_touch_why why;
    enum xenpt_touch_consent consent;
    enum xenpt_touch_by by;
    enum xenpt_touch_through through;
    const char *memory, *machine, *steps;
};

#define KIND(why, consent, by, through)                                                            \
    XENPT_TOUCH_##why, XENPT_TOUCH_##consent, XENPT_TOUCH_##by, XENPT_TOUCH_##through

/* clang-format off */
static const struct kind kinds[] = {
    { KIND(ARGUMENT, ASKED, XEN, GUEST_TABLES), "d1", BASE, "{ mmuext-op: d1.v0, op: tlb-flush-local, argument: 0xffffffff80005000 }" },
    { KIND(ARGUMENT, ASKED, XEN, ARGUMENT_AREA), "d3", BASE, "{ mmuext-op: d3.v0, op: tlb-flush-local, argument: 0xc0005000 }" },
    { KIND(ARGUMENT, NONE, XEN, GUEST_TABLES), "d1", BASE, BORROWED "{ mmuext-op: d0.v0, op: tlb-flush-local, " AT_BORROWED " }" },
    { KIND(RESULT, ASKED, XEN, TRANSIENT), "d2", BASE, "{ grant-set-version: d2.v0, version: 2, argument: 0x5010 }" },
    { KIND(RESULT, NONE, XEN, GUEST_TABLES), "d1", BASE, BORROWED "{ grant-set-version: d0.v0, version: 2, " AT_BORROWED " }" },
    { KIND(IRET, ASKED, XEN, GUEST_TABLES), "d1", BASE, "{ iret: d1.v0, stack: 0xffffffff80005010 }" },
    { KIND(IRET, NONE, XEN, GUEST_TABLES), "d1", BASE, BORROWED "{ iret: d0.v0, stack: 0xffffffff80006010 }" },
    { KIND(FETCH, NONE, XEN, GUEST_TABLES), "d1", BASE, "{ poke: maddr(d1.gfn(7)), value: 0x320f }, { emulate: d1.v0.kernel, at: 0xffffffff80007000 }" },
    { KIND(OPERAND, NONE, XEN, TRANSIENT), "d2", BASE, "{ poke: maddr(d2.gfn(7)), value: 0x088948 }, { emulate: d2.v0.guest, at: 0x7000, rax: 0x8000 }" },
    { KIND(WALK, ASKED, XEN, LINEAR), "d1", BASE, "{ update-va-mapping: d1.v0, at: 0xffffffff80006000, value: 0 }" },
    { KIND(WALK, NONE, XEN, TRANSIENT), "d2", BASE, "{ grant-set-version: d2.v0, version: 2, argument: 0x5010 }" },
    { KIND(VALIDATE, ASKED, XEN, TRANSIENT), "d1", BASE, "{ mmuext-op: d1.v0, op: pin-l1, frame: d1.gfn(8000) }" },
    { KIND(VALIDATE, NONE, XEN, TRANSIENT), "d1", BASE, "{ mmuext-op: d0.v0, op: pin-l1, frame: d1.gfn(8000), of: d1 }" },
    { KIND(UPDATE, ASKED, XEN, TRANSIENT), "d1", BASE, "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0 }" },
    { KIND(UPDATE, NONE, XEN, TRANSIENT), "d1", BASE, "{ mmu-update: d0.v0, tables-of: d1, frames-of: d1, table: d1.v0.root, slot: 5, value: 0 }" },
    { KIND(DESCRIPTORS, ASKED, XEN, TRANSIENT), "d1", BASE, "{ set-gdt: d1.v0, frames: d1.gfn(8000) }" },
    { KIND(PAGE, ASKED, XEN, TRANSIENT), "d1", BASE, "{ mmuext-op: d1.v0, op: clear-page, frame: d1.gfn(8000) }" },
    { KIND(PAGE, NONE, XEN, TRANSIENT), "d1", BASE, "{ mmuext-op: d0.v0, op: clear-page, frame: d1.gfn(8000), of: d1 }" },
    { KIND(GRANT_ENTRY, SHARED, XEN, DIRECTMAP), "d1", BASE, OFFERED "{ grant-map: d0.v0, of: d1, ref: 8, at: 0xffffffff80006000 }" },
    { KIND(GRANT_COPY, BY_GRANT, XEN, TRANSIENT), "d1", BASE, OFFERED "{ grant-copy: d0.v0, from-ref: 8, from-of: d1, to-frame: d0.gfn(16000), length: 8 }" },
    { KIND(GRANT_COPY, ASKED, XEN, TRANSIENT), "d0", BASE, OFFERED "{ grant-copy: d0.v0, from-ref: 8, from-of: d1, to-frame: d0.gfn(16000), length: 8 }" },
    { KIND(M2P, ASKED, XEN, M2P_TABLE), "d1", BASE, "{ mmu-update: d1.v0, at: maddr(d1.gfn(5)), value: 5, command: m2p }" },
    { KIND(M2P, NONE, XEN, M2P_TABLE), "d1", BASE, "{ mmu-update: d0.v0, frames-of: d1, at: maddr(d1.gfn(5)), value: 5, command: m2p }" },
    { KIND(SHADOW, NONE, XEN, TRANSIENT), "d1", OTHER, "{ access: write, in: d1.v0.guest, at: 0x13028, data: 0x5063 }, { guest-write: 0x10028, of: d1.v0, value: 0 }" },
    { KIND(VCPU_INFO, SHARED, XEN, DIRECTMAP), "d1", BASE, "{ run: d1.v0.kernel, on: cpu1 }" },
    { KIND(VCPU_INFO, REGISTERED, XEN, KEPT), "d1", BASE, "{ register-vcpu-info: d1.v0, frame: d1.gfn(8000) }" },
    { KIND(VM_EVENT, NONE, XEN, KEPT), "d2", BASE, "{ set-mem-access: d2, gfns: 0x300, access: r }, { access: write, in: d2.v0.guest, at: 0x300000 }" },
    { KIND(VM_EVENT, NONE, XEN, KEPT), "d2", BASE, "{ mem-paging: d0.v0, op: enable, of: d2 }, { mem-paging: d0.v0, op: nominate, of: d2, gfn: 0x300 }, { mem-paging: d0.v0, op: evict, of: d2, gfn: 0x300 }, { access: write, in: d2.v0.guest, at: 0x300000 }" },
    { KIND(DEBUGGER, NONE, XEN, TRANSIENT), "d1", BASE, "{ debug-memory: d1, by: d0.v0, at: 0xffffffff80005000 }" },
    { KIND(RING, BY_GRANT, VCPU, GRANTED), "d1", BASE, CONSOLE "{ console-print: d1, text: hello }" },
    { KIND(RUNSTATE, REGISTERED, XEN, GUEST_TABLES), "d1", BASE, "{ register-area: d1.v0, area: runstate, at: 0xffffffff80005010 }" },
    { KIND(TIME, REGISTERED, XEN, TRANSIENT), "d2", BASE, "{ register-area: d2.v0, area: time, at: 0x5010 }, { run: d0.v1.kernel, on: cpu0 }, { run: d2.v0.guest, on: cpu0 }" },
    { KIND(RING, SHARED, XEN, KEPT), "d2", OTHER, "{ guest-write: 0x13028, of: d2.v0, value: 0xf0000063 }, { poke: maddr(d2.gfn(6)), value: 0x088948 }, { emulate: d2.v0.guest, at: 0x6000, rax: 0x5000 }" },
    { KIND(RING, NONE, VCPU, FOREIGN), "d1", BASE, "{ foreign-access: d1.gfn(5), " WINDOW ", why: ring }" },
    { KIND(RING, BY_GRANT, VCPU, GRANTED), "d1", BASE, INTRODUCED "{ xenstore-read: d1, path: name }" },
    { KIND(EVENT, SHARED, XEN, DIRECTMAP), "d1", BASE, "{ event-alloc-unbound: d1.v0, to: d0, got: port }, { event-bind-interdomain: d0.v0, to: d1, port: port, got: ours }, { event-send: d0.v0, port: ours }" },
    { KIND(EVENT, REGISTERED, XEN, KEPT), "d1", BASE, "{ event-init-control: d1.v0, frame: d1.gfn(8000) }, { event-expand-array: d1.v0, frame: d1.gfn(8001) }, { event-bind-ipi: d1.v0, got: port }, { event-send: d1.v0, port: port }" },
    { KIND(DIRTY_LOG, ASKED, XEN, GUEST_TABLES), "d0", BASE, "{ migrate: d2, " WINDOW ", round: first }, { migrate: d2, " WINDOW ", round: next, bitmap: 0xffffffff80007000 }" },
    { KIND(UNSHARE, NONE, XEN, TRANSIENT), "d2", SHARED, "{ mem-sharing: d0.v0, op: nominate, of: d2, gfn: 5 }, { mem-sharing: d0.v0, op: add-physmap, of: d2, gfn: 5, client: d2, client-gfn: 0x9000 }, { access: write, in: d2.v0.guest, at: 0x5000 }" },
    { KIND(SCRUB, NONE, XEN, TRANSIENT), "d1", BASE, "{ destroy: d1 }" },
    { KIND(BUILD, NONE, VCPU, FOREIGN), "d1", BASE, "{ pause: d1.v0 }" },
    { KIND(BUILD, NONE, XEN, DIRECTMAP), "d0", BASE, "{ pause: d1.v0 }" },
    { KIND(SAVE, NONE, VCPU, FOREIGN), "d1", BASE, "{ save: d1, " WINDOW " }" },
    { KIND(RESTORE, NONE, VCPU, FOREIGN), "d1", BASE, "{ foreign-access: d1.gfn(5), " WINDOW ", why: restore, access: write }" },
    { KIND(MIGRATE, NONE, VCPU, FOREIGN), "d2", BASE, "{ migrate: d2, " WINDOW ", round: first }" },
    { KIND(DEVICE_MODEL, NONE, VCPU, FOREIGN), "d2", BASE, "{ foreign-access: d2.gfn(5), " WINDOW ", why: device-model }" },
    { KIND(INTROSPECTION, NONE, VCPU, FOREIGN), "d1", BASE, "{ foreign-access: d1.gfn(5), " WINDOW ", why: introspection }" },
    { KIND(DEBUGGER, NONE, VCPU, FOREIGN), "d1", BASE, "{ foreign-access: d1.gfn(5), " WINDOW ", why: debugger, access: write }" },
    { KIND(ACCESS, NONE, VCPU, FOREIGN), "d1", BASE, BORROWED "{ access: read, in: d0.v0.kernel, at: 0xffffffff80006000 }" },
    { KIND(ACCESS, BY_GRANT, VCPU, GRANTED), "d1", BASE, OFFERED "{ grant-map: d0.v0, of: d1, ref: 8, at: 0xffffffff80006000 }, { access: read, in: d0.v0.kernel, at: 0xffffffff80006000 }" },
    { KIND(ACCESS, NONE, XEN, DIRECTMAP), "d1", BASE, "{ access: read, in: d0.v0.xen, at: xen.directmap(d1.gfn(5)) }" },
    { KIND(ACCESS, NONE, XEN, TABLES), "d1", BASE, "{ set-gdt: d1.v0, frames: d1.gfn(8000) }, { access: read, in: d1.v0.xen, at: 0xffff820000000000 }" },
    { KIND(ACCESS, BY_GRANT, DEVICE, IOMMU), "d0", OTHER, "{ grant-offer: d0, ref: 8, to: d2, frame: d0.gfn(16000) }, { grant-map: d2.v0, of: d0, ref: 8, at: 0x9000 }, { access: write, in: d2.device, at: 0x9000, data: 1 }" },
    { KIND(ACCESS, NONE, DEVICE, IOMMU), "d2", OTHER, "{ access: write, in: d2.device, at: 0x5000, data: 1 }" },
};
/* clang-format on */

/* Seen in some journal: a bit for each consent. */
static unsigned int seen[XENPT_NR_TOUCH_WHY], has_row[XENPT_NR_TOUCH_WHY];

static void note_journal(const struct xenpt_run_cell *cell)
{
    for (size_t i = 0; i < cell->nr_steps; i++)
        for (size_t k = 0; k < cell->steps[i].nr_touches; k++) {
            const struct xenpt_touch *t = cell->steps[i].touches[k].touch;

            seen[t->why] |= 1u << t->consent;
        }
}

static size_t wrong;

/* What comes of the last step; what else was wrong is told, and counts. */
static void look(const char *text, const struct xenpt_run_result *r)
{
    const struct xenpt_run_cell *cell;
    const struct xenpt_run_step *last;

    if (r->nr_mistakes) {
        print_error("%s: %s\n", text, r->mistakes[0].text);
        wrong++;
        return;
    }
    cell = &r->cells[0];
    last = &cell->steps[cell->nr_steps - 1];
    for (size_t i = 0; i < cell->nr_steps; i++)
        if (cell->steps[i].undone) {
            print_error("%s: %s\n", text, cell->steps[i].said);
            wrong++;
        }
    if (last->nr_expectations != 2 || last->expectations[0].verdict != XENPT_RUN_HELD ||
        last->expectations[1].verdict != XENPT_RUN_FAILED) {
        for (size_t i = 1; i < cell->nr_steps; i++)
            for (size_t n = 0; n < cell->steps[i].nr_touches; n++)
                print_error("%s\n", cell->steps[i].touches[n].text);
        print_error("%s: %s\n", text, last->nr_expectations ? last->expectations[0].found : "");
        wrong++;
    }
    note_journal(cell);
}

static void caught(const struct kind *k)
{
    const struct xenpt_run_options opt = { .journal = true, .keep_going = true };
    struct xenpt_runner *runner;
    struct xenpt_run *run;
    char text[4000], which[200];

    snprintf(which, sizeof(which), "all, why: %s, consent: %s, by: %s, through: %s",
             xenpt_touch_why_word(k->why)->name, xenpt_touch_consent_word(k->consent)->name,
             xenpt_touch_by_word(k->by)->name, xenpt_touch_through_word(k->through)->name);
    snprintf(text, sizeof(text),
             "%ssteps: [ { let: all, be: %s }, %s, { let: end, be: 0, expect: [ { touched: %s }, { "
             "untouched: %s } ] } ]\n",
             k->machine, k->memory, k->steps, which, which);
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    assert_int_equal(xenpt_run_bytes(runner, "t.yaml", text, strlen(text), &opt, &run, NULL),
                     XENPT_OK);
    look(strstr(text, "steps:"), xenpt_run_result(run));
    xenpt_run_destroy(run);
    xenpt_runner_destroy(runner);
}

static void test_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        caught(&kinds[i]);
        has_row[kinds[i].why] |= 1u << kinds[i].consent;
    }
    assert_int_equal(wrong, 0);
}

/* Behind that: nothing is left out. */
static void test_all(void **state)
{
    unsigned int by = 0, through = 0, consent = 0, missing = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        by |= 1u << kinds[i].by;
        through |= 1u << kinds[i].through;
        consent |= 1u << kinds[i].consent;
    }
    for (unsigned int why = 0; why < XENPT_NR_TOUCH_WHY; why++) {
        const char *name = xenpt_touch_why_word((enum xenpt_touch_why)why)->name;

        if (!has_row[why])
            print_error("no scenario catches '%s'\n", name);
        missing += !has_row[why];
        for (unsigned int c = 0; c < XENPT_NR_TOUCH_CONSENT; c++)
            if ((seen[why] & ~has_row[why]) >> c & 1) {
                print_error("'%s' is seen with consent '%s', and no scenario catches that\n", name,
                            xenpt_touch_consent_word((enum xenpt_touch_consent)c)->name);
                missing++;
            }
    }
    assert_int_equal(missing, 0);
    assert_int_equal(by, (1u << XENPT_NR_TOUCH_BY) - 1);
    assert_int_equal(through, (1u << XENPT_NR_TOUCH_THROUGH) - 1);
    assert_int_equal(consent, (1u << XENPT_NR_TOUCH_CONSENT) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each), cmocka_unit_test(test_all) };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
