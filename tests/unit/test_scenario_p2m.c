/* test_scenario_p2m.c - types, access rights, views and the log of a guest's memory, as steps. */
#include "scenario_fixture.h"

#define HEAD                                                                                       \
    "host: { ram: 1G, cpus: 2, processor: skylake-server }\n"                                      \
    "xen: { release: \"4.17\", options: altp2m }\n"
#define GUEST                                                                                      \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: hvm, memory: 32M, vcpus: 2 }\n"

#define GUEST_64                                                                                   \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: hvm, memory: 32M, max-memory: 64M }\n"

static const struct whole_row steps[] = {
    /* Types: a write to read-only RAM is left out. */
    { GUEST,
      "steps:\n"
      "- { set-p2m-type: d1, gfn: 0x400, type: ram_ro, expect: [ { result: ok }, { p2m: 0x400, of: "
      "d1, type: ram_ro, level: 1, access: rwx }, { p2m: 0x401, of: d1, type: ram_rw } ] }\n"
      "- { guest-write: 0x400000, of: d1.v0, value: 1, expect: [ { outcome: discarded } ] }\n"
      "- { set-p2m-type: d1, gfn: 0x400, type: ram_rw }\n"
      "- { guest-write: 0x400000, of: d1.v0, value: 1, expect: [ { outcome: done } ] }\n"
      "- { set-p2m-type: d1, gfn: 0x80000, type: ram_ro, expect: [ { result: EINVAL }, { p2m: "
      "0x80000, of: d1, nothing: yes } ] }\n"
      "- { set-p2m-type: d1, gfn: 0x400, type: map_foreign, expect: [ { result: EINVAL } ] }\n",
      HELD, NULL, 0 },
    /* What a monitor takes away is an event; two kinds give way by themselves. */
    { GUEST,
      "steps:\n"
      "- { set-mem-access: d1, gfns: 0x300..0x301, access: rx, expect: [ { result: ok }, { p2m: "
      "0x301, of: d1, type: ram_rw, access: rx }, { mapped: 0x300000, in: d1.p2m, rights: r.x } ] "
      "}\n"
      "- { access: write, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: event } ] }\n"
      "- { access: read, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: done } ] }\n"
      "- { set-mem-access: d1, gfns: 0x300, access: rx2rw }\n"
      "- { access: write, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: done }, { p2m: "
      "0x300, of: d1, access: rw } ] }\n"
      "- { set-mem-access: d1, gfns: 0x300, access: n2rwx }\n"
      "- { access: read, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: done }, { p2m: 0x300, "
      "of: d1, access: rwx } ] }\n"
      "- { set-mem-access: d1, gfns: 0x10000000, access: r, expect: [ { result: EINVAL } ] }\n"
      "- { set-mem-access: d1, gfns: 0x300, access: r, view: 3, expect: [ { result: EINVAL } ] "
      "}\n",
      HELD, NULL, 0 },
    /* Views. */
    { GUEST,
      "steps:\n"
      "- { altp2m: d1, op: create, expect: [ { result: EOPNOTSUPP } ] }\n"
      "- { altp2m: d1, op: on, expect: [ { result: ok }, { p2m: 0x400, of: d1, view: 0, nothing: "
      "yes } ] }\n"
      "- { altp2m: d1, op: create }\n"
      "- { altp2m: d1, op: switch, view: 1, vcpu: d1.v0, expect: [ { result: ok } ] }\n"
      "- { altp2m: d1, op: switch, view: 7, vcpu: d1.v0, expect: [ { result: EINVAL } ] }\n"
      "- { altp2m: d1, op: destroy, view: 1, expect: [ { result: EBUSY } ] }\n"
      "- { altp2m: d1, op: remap, view: 1, gfn: 0x400, to: 0x500, expect: [ { p2m: 0x400, of: d1, "
      "view: 1, type: ram_rw, level: 1 } ] }\n"
      "- { set-mem-access: d1, gfns: 0x402, access: r, view: 1, expect: [ { p2m: 0x402, of: d1, "
      "view: 1, access: r }, { p2m: 0x402, of: d1, access: rwx } ] }\n"
      "- { altp2m: d1, op: remap, view: 1, gfn: 0x400, expect: [ { p2m: 0x400, of: d1, view: 1, "
      "nothing: yes } ] }\n"
      "- { altp2m: d1, op: remap, view: 1, gfn: 0x400, to: 0x80000, expect: [ { result: ESRCH } ] "
      "}\n"
      "- { altp2m: d1, op: switch, view: 0, vcpu: d1.v0 }\n"
      "- { altp2m: d1, op: destroy, view: 1, expect: [ { result: ok } ] }\n"
      "- { altp2m: d1, op: off }\n",
      HELD, NULL, 0 },
    { GUEST, "steps:\n- { altp2m: d0, op: on, expect: [ { result: EOPNOTSUPP } ] }\n", HELD, NULL,
      0 },
    /* The log: RAM is worked out to be read-only when it is touched, and to be writable when it is
     * written. */
    { GUEST,
      "steps:\n"
      "- { log-dirty: d1, op: clean, expect: [ { result: EINVAL } ] }\n"
      "- { log-dirty: d1, op: enable, expect: [ { result: ok }, { dirty: d1, pages: 0 } ] }\n"
      "- { access: read, in: d1.v0.guest, at: 0x301000, expect: [ { p2m: 0x301, of: d1, type: "
      "ram_logdirty } ] }\n"
      "- { guest-write: 0x400000, of: d1.v0, value: 1, expect: [ { dirty: d1, gfn: 0x400 }, { "
      "dirty: d1, gfn: 0x401, clean: yes } ] }\n"
      "- { log-dirty: d1, op: clean, expect: [ { dirty: d1, pages: 0 } ] }\n"
      "- { log-dirty: d1, op: enable, expect: [ { result: EINVAL } ] }\n"
      "- { log-dirty: d1, op: disable, expect: [ { result: ok } ] }\n"
      "- { access: read, in: d1.v0.guest, at: 0x301000, expect: [ { p2m: 0x301, of: d1, type: "
      "ram_rw } ] }\n",
      HELD, NULL, 0 },
    /* A page that is split was worked out to be logged before. */
    { GUEST,
      "steps:\n"
      "- { log-dirty: d1, op: enable }\n"
      "- { add-to-physmap: d1.v0, space: shared-info, gfn: 0x400, expect: [ { p2m: 0x401, of: d1, "
      "type: ram_logdirty, level: 1 } ] }\n",
      HELD, NULL, 0 },
    /* Memory that comes when it is touched. */
    { GUEST_64,
      "steps:\n"
      "- { populate-physmap: d0.v0, of: d1, gfns: 0x2000, order: 9, on-demand: yes, expect: [ { "
      "result: ok }, { pod: d1, entries: 512, waiting: 512, cache: 0 }, { p2m: 0x2001, of: d1, "
      "type: populate_on_demand } ] }\n"
      "- { pod-target: d0.v0, of: d1, frames: 0x2200, expect: [ { result: ok } ] }\n"
      "- { guest-write: 0x2000000, of: d1.v0, value: 5, expect: [ { outcome: done }, { p2m: "
      "0x2000, of: d1, type: ram_rw }, { pod: d1, entries: 511 }, { invariant: m2p }, { invariant: "
      "counts } ] }\n",
      HELD, NULL, 0 },
    /* The processor is refused, and comes again; with nothing that is kept, Xen crashes the guest.
     */
    { GUEST_64,
      "steps:\n"
      "- { decrease-reservation: d1.v0, gfns: 0x300 }\n"
      "- { populate-physmap: d0.v0, of: d1, gfns: 0x300, on-demand: yes }\n"
      "- { access: read, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: crash } ] }\n"
      "- { guest-write: 0x300000, of: d1.v0, value: 5, expect: [ { outcome: crash } ] }\n"
      "- { pod-target: d0.v0, of: d1, frames: 0x2200 }\n"
      "- { access: read, in: d1.v0.guest, at: 0x300000, expect: [ { outcome: done, exits: "
      "1 }, { p2m: 0x300, of: d1, type: ram_rw }, { pod: d1, entries: 0, cache: 0 } ] }\n",
      HELD, NULL, 0 },
    { GUEST, "expect:\n- { pod: d1, entries: 1 }\n", FAILED, "0 are counted, 0 wait", 0 },
    { GUEST, "expect:\n- { pod: d0, entries: 1 }\n", ERROR, "no physical memory", 0 },
    /* What is not so. */
    { GUEST, "steps:\n- { log-dirty: d1, op: enable, expect: [ { dirty: d1, gfn: 5 } ] }\n", FAILED,
      "0 were, and not this one", 0 },
    { GUEST, "expect:\n- { p2m: 0x400, of: d1, type: ram_ro }\n", FAILED,
      "ram_rw, access rwx, by an entry of level 2", 0 },
    { GUEST, "expect:\n- { p2m: 0x400, of: d1, nothing: yes }\n", FAILED, "ram_rw", 0 },
    { GUEST, "expect:\n- { p2m: 0x80000, of: d1, type: ram_rw }\n", FAILED, "nothing is there", 0 },
    { GUEST, "expect:\n- { p2m: 0x400, of: d1, access: r }\n", FAILED, "ram_rw", 0 },
    { GUEST, "expect:\n- { p2m: 0x400, of: d1, level: 1 }\n", FAILED, "level 2", 0 },
    { GUEST, "expect:\n- { p2m: 0x400, of: d0, type: ram_rw }\n", ERROR, "no physical memory", 0 },
    /* Mistakes. */
    { GUEST, "steps:\n- { set-p2m-type: d1, gfn: 5, type: ram_rx }\n", ERROR,
      "is no type of a guest's frames", 7 },
    { GUEST, "steps:\n- { set-mem-access: d1, gfns: 5, access: q }\n", ERROR, "'q' is none", 7 },
    { GUEST, "steps:\n- { altp2m: d1, op: destroy }\n", ERROR, "'view' is missing", 7 },
    { GUEST, "steps:\n- { altp2m: d1, op: switch, view: 1 }\n", ERROR, "'vcpu' is missing", 7 },
    { GUEST, "steps:\n- { altp2m: d1, op: remap, view: 1 }\n", ERROR, "'gfn' is missing", 7 },
    { GUEST, "steps:\n- { altp2m: d1, op: switch, view: 1, vcpu: d0.v0 }\n", ERROR,
      "not of that domain", 0 },
    { GUEST, "expect:\n- { dirty: d1 }\n", ERROR, "dirty: what?", 7 },
    { GUEST, "expect:\n- { p2m: 5, of: d1, nothing: yes, level: 1 }\n", ERROR, "of nothing", 7 },
};

static void test_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        whole_is(HEAD, &steps[i]);
}

/* AMD's nested paging has no access rights, and no views. */
static void test_amd(void **state)
{
    static const struct whole_row row = {
        GUEST,
        "steps:\n"
        "- { set-mem-access: d1, gfns: 0x400, access: r, expect: [ { result: EINVAL } ] }\n"
        "- { altp2m: d1, op: on, expect: [ { result: EOPNOTSUPP } ] }\n"
        "- { set-p2m-type: d1, gfn: 0x400, type: ram_ro, expect: [ { result: ok }, { mapped: "
        "0x400000, in: d1.p2m, rights: r.x } ] }\n",
        HELD, NULL, 0
    };

    (void)state;
    whole_is("host: { ram: 1G, cpus: 2, processor: milan }\n"
             "xen: { release: \"4.17\", options: altp2m }\n",
             &row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_amd),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
