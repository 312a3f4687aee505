/*
 * test_enclave.c - enclaves: what the EPCM refuses, Intel SDM vol. 3D, "Access-control
 * Requirements"; hosts and domains that can have some; and scenarios in which page tables lead
 * there.
 */
#include "scenario_fixture.h"
#include "xenpt/enclave.h"

/* --- The EPCM ------------------------------------------------------------------------------ */

#define R XENPT_EPC_R
#define W XENPT_EPC_W
#define X XENPT_EPC_X

static const struct xenpt_enclave vault = { "vault", 0x20000, 0x4000, NULL, 0 };
static const struct xenpt_enclave other = { "other", 0x20000, 0x4000, NULL, 0 };

static void test_check(void **state)
{
    static const struct {
        const char *claim;
        struct xenpt_epcm_entry entry;
        struct xenpt_enclave_access access;
        enum xenpt_enclave_verdict verdict;
        uint64_t code; /* Of #PF; 0: none. */
    } rows[] = {
        /* Bits: P 0, W 1, U 2, I 4, SGX 15. */
        { "its own page, there",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, R | W },
          { &vault, XENPT_WRITE, 0x21ff8, true },
          XENPT_ENCLAVE_OWN,
          0 },
        { "by the kernel of its guest, or whoever is outside",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, R | W },
          { NULL, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_ABORT,
          0 },
        { "a page of EPC that is nobody's is no more to be seen",
          { .valid = false },
          { NULL, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_ABORT,
          0 },
        { "what is no EPC is as it was",
          { .valid = false },
          { NULL, XENPT_WRITE, 0x21000, false },
          XENPT_ENCLAVE_PLAIN,
          0 },
        { "code inside reads outside",
          { .valid = false },
          { &vault, XENPT_READ, 0x1000, false },
          XENPT_ENCLAVE_PLAIN,
          0 },
        { "and executes nothing there: #GP",
          { .valid = false },
          { &vault, XENPT_FETCH, 0x24000, false },
          XENPT_ENCLAVE_FETCH,
          0 },
        { "the last byte of ELRANGE is inside",
          { .valid = false },
          { &vault, XENPT_FETCH, 0x23fff, false },
          XENPT_ENCLAVE_NOT_EPC,
          0x8015 },
        { "the byte before the first is not",
          { .valid = false },
          { &vault, XENPT_READ, 0x1ffff, false },
          XENPT_ENCLAVE_PLAIN,
          0 },
        { "another enclave's page, by an address outside",
          { true, 1, &other, 0x21000, XENPT_EPC_REG, R },
          { &vault, XENPT_READ, 0x31000, true },
          XENPT_ENCLAVE_ABORT,
          0 },
        { "its own page, by an address outside",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, R },
          { &vault, XENPT_READ, 0x31000, true },
          XENPT_ENCLAVE_ABORT,
          0 },
        { "an address of its leads to memory of the kernel's choice",
          { .valid = false },
          { &vault, XENPT_READ, 0x21000, false },
          XENPT_ENCLAVE_NOT_EPC,
          0x8005 },
        { "or to another enclave's page",
          { true, 1, &other, 0x21000, XENPT_EPC_REG, R | W },
          { &vault, XENPT_WRITE, 0x21000, true },
          XENPT_ENCLAVE_OTHER,
          0x8007 },
        { "or to one that is nobody's",
          { false, 1, &vault, 0x21000, XENPT_EPC_REG, R | W },
          { &vault, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_OTHER,
          0x8005 },
        { "or to another page of its own",
          { true, 1, &vault, 0x22000, XENPT_EPC_REG, R | W },
          { &vault, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_ELSEWHERE,
          0x8005 },
        { "a TCS is read by no instruction",
          { true, 1, &vault, 0x21000, XENPT_EPC_TCS, 0 },
          { &vault, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_TYPE,
          0x8005 },
        { "code is not written",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, R | X },
          { &vault, XENPT_WRITE, 0x21000, true },
          XENPT_ENCLAVE_RIGHTS,
          0x8007 },
        { "data are not executed",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, R | W },
          { &vault, XENPT_FETCH, 0x21000, true },
          XENPT_ENCLAVE_RIGHTS,
          0x8015 },
        { "code is executed",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, X },
          { &vault, XENPT_FETCH, 0x21000, true },
          XENPT_ENCLAVE_OWN,
          0 },
        { "and not read unless it says so",
          { true, 1, &vault, 0x21000, XENPT_EPC_REG, X },
          { &vault, XENPT_READ, 0x21000, true },
          XENPT_ENCLAVE_RIGHTS,
          0x8005 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_fault f;
        enum xenpt_enclave_verdict v = xenpt_enclave_check(&rows[i].entry, &rows[i].access, &f);
        bool gp = rows[i].verdict == XENPT_ENCLAVE_FETCH;

        if (v != rows[i].verdict || (rows[i].code != 0) != (f.kind == XENPT_FAULT_PF) ||
            (rows[i].code && (f.code != rows[i].code || f.address != rows[i].access.at)) ||
            gp != (f.kind == XENPT_FAULT_GP))
            fail_msg("%s: %s, code 0x%llx", rows[i].claim, xenpt_enclave_verdict_word(v)->name,
                     (unsigned long long)f.code);
    }
}

/* --- Scenarios ----------------------------------------------------------------------------- */

#define HOST(more) "host: { ram: 1G, cpus: 2, " more " }\nxen: { release: \"4.17\" }\ndomains:\n"
#define ICE(epc)   HOST("processor: ice-lake-server, epc: { " epc " }")
#define USUAL      ICE("base: 0x80000000, size: 64K")
#define DOMAINS(type, enclaves)                                                                    \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: " type ", memory: 32M, enclaves: { " enclaves " } }\n"                          \
    "  d2: { type: pvh, memory: 32M, mode: 4level }\n"
#define HVM    "hvm, mode: 4level"
#define PAGES  "{ at: 0x20000, gfn: 0x80000 }, { at: 0x21000, gfn: 0x80001, access: r-x }"
#define VAULT  "vault: { base: 0x20000, size: 16K, pages: [ " PAGES " ] }"
#define MAP    "{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x80000067 }, "
#define INSIDE "in: d1.v0.guest, enclave: vault, at: 0x20000"
#define FILL   MAP "{ access: write, " INSIDE ", data: 0x1234 }, "

static void test_refused(void **state)
{
    static const struct {
        const char *head;
        struct whole_row row;
    } rows[] = {
        { USUAL, { DOMAINS(HVM, VAULT), "", HELD, NULL, 0 } },
        { HOST("processor: milan, epc: { base: 0x80000000, size: 64K }"),
          { DOMAINS(HVM, ""), "", ERROR, "milan has no SGX", 0 } },
        { ICE("base: 0x80000000, size: 0"), { DOMAINS(HVM, ""), "", ERROR, "it has no bytes", 1 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x1000000000 } ] }"), "",
            ERROR, "has 48 bits", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0xfffffffff } ] }"), "",
            HELD, NULL, 0 } },
        { HOST("processor: ice-lake-server"),
          { DOMAINS(HVM, VAULT), "", ERROR, "the host has no epc", 0 } },
        { ICE("base: 0x20000000, size: 64K"),
          { DOMAINS(HVM, ""), "", ERROR, "is RAM as well", 0 } },
        { ICE("base: 0x80000800, size: 64K"),
          { DOMAINS(HVM, ""), "", ERROR, "no whole pages", 0 } },
        { HOST("processor: skylake-client, epc: { base: 0x8000000000, size: 64K }"),
          { DOMAINS(HVM, ""), "", ERROR, "that the processor has addresses of", 0 } },
        { HOST("processor: ice-lake-server, mmcfg: { base: 0x80000000, buses: 1 }, epc: { base: "
               "0x80000000, size: 64K }"),
          { DOMAINS(HVM, ""), "", ERROR, "PCI configuration space as well", 0 } },
        { USUAL, { DOMAINS("pv64", VAULT), "", ERROR, "ENCLS is for CPL 0", 0 } },
        { USUAL, { DOMAINS(HVM ", paging: shadow", VAULT), "", ERROR, "under HAP", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0x20000, size: 12K }"), "", ERROR,
            "d1: enclave e: 0x3000 bytes at 0x20000: ECREATE", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0x20000, size: 4K }"), "", ERROR, "of 8 KiB at least", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0x22000, size: 16K }"), "", ERROR, "at a multiple of itself",
            0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0x2000, gfn: 0x80000 } ] }"), "",
            ERROR, "0x2000 is no address of a page in 0x0..0x1fff", 0 } },
        { USUAL,
          { DOMAINS(HVM,
                    "e: { base: 0, size: 8K, pages: [ { at: 0x1000, gfn: 0x80000, epc: 16 } ] }"),
            "", ERROR, "page 0x10 of the EPC, which has 0x10", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80000 }, { at: 0x1000, "
                         "gfn: 0x80001, epc: 0 } ] }"),
            "", ERROR, "page 0x0 of the EPC is at 0x0 already", 0 } },
        { USUAL,
          { DOMAINS(HVM,
                    VAULT ", e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80009, epc: 1 } ] }"),
            "", ERROR, "page 0x1 of the EPC is vault's, of d1, already", 0 } },
        { USUAL,
          { DOMAINS(HVM, VAULT ", e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80001 } ] }"),
            "", ERROR, "gfn 0x80001 is the page at 0x21000 of vault already", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80000 }, { at: 0, gfn: "
                         "0x80001 } ] }"),
            "", ERROR, "there are two pages at 0x0", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x20 } ] }"), "", ERROR,
            "gfn 0x20 is memory of its domain's", 0 } },
        { USUAL,
          { DOMAINS(HVM,
                    "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80000, access: -w- } ] }"),
            "", ERROR, "EADD refuses W without R", 0 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80000, type: tcs, "
                         "access: r-- } ] }"),
            "", ERROR, "EADD refuses rights to a TCS", 0 } },
        { USUAL,
          { DOMAINS(HVM,
                    "e: { base: 0, size: 8K, pages: [ { at: 0, gfn: 0x80000, access: rwz } ] }"),
            "", ERROR, "rwx was expected", 5 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: 5 }"), "", ERROR, "a list was expected",
            5 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, sise: 8K, size: 8K }"), "", ERROR, "did you mean 'size'",
            5 } },
        { USUAL,
          { DOMAINS(HVM, "e: { base: 0, size: 8K, pages: [ { at: 0 } ] }"), "", ERROR,
            "the key 'gfn' is missing", 5 } },
        { USUAL,
          { DOMAINS(HVM, VAULT),
            "steps: [ { access: read, in: d1.v0.guest, enclave: vaul, at: 0 } ]\n", ERROR,
            "d1 has no enclave 'vaul', did you mean 'vault'", 0 } },
        { USUAL,
          { DOMAINS(HVM, VAULT),
            "steps: [ { access: read, in: d1.v0.guest, enclave: vault, at: 0, cpl: 0 } ]\n", ERROR,
            "at CPL 3, and not 0", 0 } },
        { USUAL,
          { DOMAINS(HVM, VAULT),
            "steps: [ { access: read, in: d1.v0.xen, enclave: vault, at: 0 } ]\n", ERROR,
            "in a guest's context alone", 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(rows[i].head, &rows[i].row);
}

static void runs_as(const char *steps, enum xenpt_run_verdict verdict, const char *found)
{
    static const char *const tlbs[] = { "", "tlb: modelled\n" };
    char rest[1200];
    struct whole_row row = { DOMAINS(HVM, VAULT), rest, verdict, found, 0 };

    for (size_t i = 0; i < 2; i++) {
        snprintf(rest, sizeof(rest), "%ssteps: [ %s ]\n", tlbs[i], steps);
        whole_is(USUAL, &row);
    }
}

static void test_accesses(void **state)
{
    (void)state;
    runs_as(FILL "{ access: read, " INSIDE ", expect: [ { data: 0x1234 }, { sees: plaintext } ] }",
            HELD, NULL);
    runs_as(FILL "{ access: read, " INSIDE ", expect: [ { data: 0x4321 } ] }", FAILED, "0x1234");
    /* Ones, and as many as were asked for. */
    runs_as(FILL "{ access: read, in: d1.v0.guest, at: 0x20000, expect: [ { sees: refused }, { "
                 "data: 0xffffffffffffffff } ] }",
            HELD, NULL);
    runs_as(
        FILL
        "{ access: read, in: d1.v0.guest, at: 0x20000, bytes: 2, expect: [ { data: 0xffff } ] }",
        HELD, NULL);
    runs_as(FILL "{ access: write, in: d1.v0.guest, at: 0x20000, data: 7, expect: [ { outcome: "
                 "done } ] }, { access: read, " INSIDE ", expect: [ { data: 0x1234 } ] }",
            HELD, NULL);
    /* What its page tables refuse comes first, and is no matter of enclaves. */
    runs_as("{ poke-entry: 0x20000, in: d1.v0.guest, value: 0 }, { access: read, " INSIDE
            ", expect: [ { fault: page, error-code: 4 } ] }",
            HELD, NULL);
    runs_as("{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x80000065 }, { access: write, " INSIDE
            ", expect: [ { fault: page, error-code: 7 } ] }",
            HELD, NULL);
    runs_as("{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x80001067 }, { access: read, " INSIDE
            ", expect: [ { outcome: fault }, { sees: refused }, { fault: page, error-code: 0x8005 "
            "} ] }",
            HELD, NULL);
}

static void test_outsiders(void **state)
{
    (void)state;
    /* Another guest, and dom0, which have it mapped. */
    runs_as(
        FILL
        "{ poke-entry: 0x20000, in: d2.p2m, frame: 0x80000 }, { access: read, in: d2.v0.guest, at: "
        "0x20000, expect: [ { sees: refused }, { data: 0xffffffffffffffff } ] }",
        HELD, NULL);
    runs_as(
        FILL
        "{ poke-entry: 0xffffffff80005000, in: d0.v0.kernel, frame: 0x80000 }, { access: read, in: "
        "d0.v0.kernel, at: 0xffffffff80005000, expect: [ { data: 0xffffffffffffffff } ] }",
        HELD, NULL);
    /* Xen, by an address of its own. */
    runs_as(FILL "{ poke-entry: xen.directmap(0x10000), in: d0.v0.xen, frame: 0x80000 }, { access: "
                 "read, in: d0.v0.xen, at: xen.directmap(0x10000), expect: [ { sees: refused }, { "
                 "data: 0xffffffffffffffff } ] }",
            HELD, NULL);
    /* The domain is gone, and its pages are nobody's. */
    runs_as(FILL "{ destroy: d1 }, { poke-entry: 0x20000, in: d2.p2m, frame: 0x80000 }, { access: "
                 "read, in: d2.v0.guest, at: 0x20000, expect: [ { data: 0xffffffffffffffff } ] }",
            HELD, NULL);
}

/* --- Threats ------------------------------------------------------------------------------- */

static void test_threats(void **state)
{
    static const struct whole_row rows[] = {
        { DOMAINS(HVM, VAULT),
          "threat: { sealed: { compromised: [xen, dom0, d0.device, d1, d1.user, d1.qemu, d2], "
          "unreadable: epc, unchangeable: epc } }\n",
          HELD, NULL, 0 },
        { DOMAINS(HVM, VAULT), "threat: { sealed: { compromised: xen, unreachable: epc } }\n",
          FAILED, "xen: evict: ciphertext mfn 0x80000 (epc)", 0 },
        { DOMAINS(HVM, VAULT),
          "expect: [ { threat: d1, can: ciphertext, what: epc, frames: 16, way: evict } ]\n", HELD,
          NULL, 0 },
        { DOMAINS(HVM, VAULT),
          "expect: [ { threat: [d1.user, d2], cannot: [read, write, execute, edit, "
          "retype, ciphertext, spoil], what: epc } ]\n",
          HELD, NULL, 0 },
        /* Other memory that is no RAM a privileged guest maps as before. */
        { DOMAINS(HVM, VAULT),
          "expect: [ { threat: dom0, can: [read, write], what: mmio, way: map-mmio } ]\n", HELD,
          NULL, 0 },
        { DOMAINS(HVM, VAULT),
          "expect: [ { threat: xen, can: [read, write], to: 0x90000, what: mmio } ]\n", HELD, NULL,
          0 },
        { DOMAINS(HVM, ""), "expect: [ { threat: d1, cannot: ciphertext, what: epc } ]\n", HELD,
          NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(USUAL, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accesses), cmocka_unit_test(test_outsiders),
        cmocka_unit_test(test_threats),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
