/*
 * test_encrypt.c - memory encryption: the reverse map table's checks, the C bit of a guest's
 * entries, what each technology gives whom, and scenarios in which that decides.
 */
#include "scenario_fixture.h"
#include "xenpt/encrypt.h"
#include "xenpt/nested.h"
#include "xenpt/owners.h"

/* --- The reverse map table: AMD APM vol. 2, 15.36.10 ----------------------------------------- */

#define ALL (XENPT_RMP_R | XENPT_RMP_W | XENPT_RMP_XU | XENPT_RMP_XS)
/* A page of guest 5, which it calls 0x20. */
#define HAS                                                                                        \
    {                                                                                              \
        .assigned = true, .validated = true, .asid = 5, .gfn = 0x20, .perms = {                    \
            ALL,                                                                                   \
            XENPT_RMP_R,                                                                           \
            XENPT_RMP_W                                                                            \
        }                                                                                          \
    }

static void test_rmp(void **state)
{
    static const struct {
        const char *claim;
        struct xenpt_rmp_entry entry;
        struct xenpt_rmp_access access;
        enum xenpt_rmp_verdict verdict;
        uint64_t code;
    } rows[] = {
        { "the owner, there", HAS, { 5, 0x20, true, false, 0, XENPT_RMP_W }, XENPT_RMP_OK, 0 },
        { "the host reads: nothing is asked",
          HAS,
          { 0, 0, false, false, 0, XENPT_RMP_R },
          XENPT_RMP_OK,
          0 },
        { "the host writes: #PF, bit 31",
          HAS,
          { 0, 0, false, false, 0, XENPT_RMP_W },
          XENPT_RMP_GUEST_PAGE,
          UINT64_C(1) << 31 },
        { "the host writes to what is nobody's",
          { .assigned = false },
          { 0, 0, false, false, 0, XENPT_RMP_W },
          XENPT_RMP_OK,
          0 },
        { "a guest writes to what is nobody's, as shared",
          { .assigned = false },
          { 5, 0x20, false, false, 0, XENPT_RMP_W },
          XENPT_RMP_OK,
          0 },
        { "but not as shared to a page that is a guest's, its own too",
          HAS,
          { 5, 0x20, false, false, 0, XENPT_RMP_W },
          XENPT_RMP_GUEST_PAGE,
          UINT64_C(1) << 31 },
        { "nor as private to what is nobody's: ENC says which it was",
          { .assigned = false },
          { 5, 0x20, true, false, 0, XENPT_RMP_R },
          XENPT_RMP_NOT_ASSIGNED,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        { "another guest",
          HAS,
          { 6, 0x20, true, false, 0, XENPT_RMP_R },
          XENPT_RMP_OTHER_ASID,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        { "the owner, elsewhere: a page that was moved",
          HAS,
          { 5, 0x21, true, false, 0, XENPT_RMP_R },
          XENPT_RMP_OTHER_GFN,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        /* SIZEM is of PVALIDATE and RMPADJUST. */
        { "by a larger page than it has",
          HAS,
          { 5, 0x20, true, true, 0, XENPT_RMP_R },
          XENPT_RMP_SIZE,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        { "a size comes before not accepted",
          { .assigned = true, .asid = 5, .gfn = 0x20, .perms = { ALL } },
          { 5, 0x20, true, true, 0, XENPT_RMP_R },
          XENPT_RMP_SIZE,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        { "firmware has it",
          { .assigned = true,
            .validated = true,
            .asid = 5,
            .gfn = 0x20,
            .perms = { ALL },
            .immutable = true },
          { 5, 0x20, true, false, 0, XENPT_RMP_R },
          XENPT_RMP_IMMUTABLE,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 },
        { "not accepted yet: an exception in the guest, #VC",
          { .assigned = true, .asid = 5, .gfn = 0x20, .perms = { ALL } },
          { 5, 0x20, true, false, 0, XENPT_RMP_R },
          XENPT_RMP_NOT_VALID,
          0x404 },
        { "a VMPL that may only read",
          HAS,
          { 5, 0x20, true, false, 1, XENPT_RMP_W },
          XENPT_RMP_VMPL,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 | UINT64_C(1) << 36 },
        { "to write and not to read is illegal",
          HAS,
          { 5, 0x20, true, false, 2, XENPT_RMP_W },
          XENPT_RMP_VMPL,
          UINT64_C(1) << 31 | UINT64_C(1) << 34 | UINT64_C(1) << 36 },
        { "and does", HAS, { 5, 0x20, true, false, 1, XENPT_RMP_R }, XENPT_RMP_OK, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t code = 1;
        enum xenpt_rmp_verdict v = xenpt_rmp_check(&rows[i].entry, &rows[i].access, &code);

        if (v != rows[i].verdict || code != rows[i].code)
            fail_msg("%s: %s, code 0x%llx", rows[i].claim, xenpt_rmp_verdict_name(v),
                     (unsigned long long)code);
    }
}

/* APM vol. 2, table 15-41: with which page of registers a guest is run. */
static void test_vmsa(void **state)
{
    static const struct {
        const char *claim;
        struct xenpt_rmp_entry entry;
        enum xenpt_rmp_verdict verdict;
    } rows[] = {
        { "its own", { .assigned = true, .asid = 5, .gfn = 0x20, .vmsa = true }, XENPT_RMP_OK },
        { "memory of its", { .assigned = true, .asid = 5, .gfn = 0x20 }, XENPT_RMP_NOT_VMSA },
        { "the host's", { .vmsa = true }, XENPT_RMP_NOT_ASSIGNED },
        { "another guest's",
          { .assigned = true, .asid = 6, .gfn = 0x20, .vmsa = true },
          XENPT_RMP_OTHER_ASID },
        { "elsewhere",
          { .assigned = true, .asid = 5, .gfn = 0x21, .vmsa = true },
          XENPT_RMP_OTHER_GFN },
        { "firmware's",
          { .assigned = true, .asid = 5, .gfn = 0x20, .vmsa = true, .immutable = true },
          XENPT_RMP_IMMUTABLE },
    };
    static const struct xenpt_rmp_access run = { .asid = 5, .gfn = 0x20 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (xenpt_rmp_check_vmsa(&rows[i].entry, &run) != rows[i].verdict)
            fail_msg("%s", rows[i].claim);
}

/* --- Rows ---------------------------------------------------------------------------------- */

static void test_rules(void **state)
{
    static const struct {
        enum xenpt_encryption e;
        enum xenpt_seer seer;
        enum xenpt_sight read;
        enum xenpt_written write;
        int value; /* Of each byte; -1: none is known. */
        bool remaps;
    } rows[] = {
        { XENPT_ENCRYPT_NONE, XENPT_SEER_XEN, XENPT_SIGHT_PLAINTEXT, XENPT_WRITTEN, -1, true },
        { XENPT_ENCRYPT_SEV, XENPT_SEER_OWN, XENPT_SIGHT_PLAINTEXT, XENPT_WRITTEN, -1, false },
        { XENPT_ENCRYPT_SEV, XENPT_SEER_SHARED, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_GARBAGE, -1,
          false },
        { XENPT_ENCRYPT_SEV, XENPT_SEER_XEN, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_GARBAGE, -1,
          true },
        { XENPT_ENCRYPT_SEV_ES, XENPT_SEER_XEN, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_GARBAGE, -1,
          true },
        { XENPT_ENCRYPT_SEV, XENPT_SEER_DEVICE, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_GARBAGE, -1,
          false },
        { XENPT_ENCRYPT_SEV_SNP, XENPT_SEER_OTHER, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_FAULT, -1,
          false },
        { XENPT_ENCRYPT_SEV_SNP, XENPT_SEER_XEN, XENPT_SIGHT_CIPHERTEXT, XENPT_WRITTEN_FAULT, -1,
          false },
        { XENPT_ENCRYPT_TDX, XENPT_SEER_XEN, XENPT_SIGHT_REFUSED, XENPT_WRITTEN_POISON, 0, false },
        { XENPT_ENCRYPT_TDX, XENPT_SEER_OWN, XENPT_SIGHT_PLAINTEXT, XENPT_WRITTEN, -1, false },
        { XENPT_ENCRYPT_SGX, XENPT_SEER_OWN, XENPT_SIGHT_PLAINTEXT, XENPT_WRITTEN, -1, false },
        /* Not even the kernel of the guest that the enclave is in. */
        { XENPT_ENCRYPT_SGX, XENPT_SEER_SHARED, XENPT_SIGHT_REFUSED, XENPT_WRITTEN_DROPPED, 0xff,
          false },
        { XENPT_ENCRYPT_SGX, XENPT_SEER_XEN, XENPT_SIGHT_REFUSED, XENPT_WRITTEN_DROPPED, 0xff,
          false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct xenpt_encryption_rule *r = xenpt_encryption_rule(rows[i].e, rows[i].seer);

        if (r->read != rows[i].read || r->write != rows[i].write ||
            (r->has_value ? r->value : -1) != rows[i].value || r->remaps != rows[i].remaps)
            fail_msg("%s, %s", xenpt_encryption_row(rows[i].e)->name,
                     xenpt_seer_name(rows[i].seer));
        assert_true(*r->text && *r->source);
        assert_true((r->write == XENPT_WRITTEN_FAULT) == (r->fault != 0));
    }
}

/* --- The C bit ----------------------------------------------------------------------------- */

/* In a guest's entry it is no address and not reserved; without the feature it is one of them. */
static void test_c_bit(void **state)
{
    uint64_t memory[2048] = { 0 }, bit = UINT64_C(1) << 51;
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP,
                               .cr4 = XENPT_CR4_PAE,
                               .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE };
    struct xenpt_reader mem = xenpt_reader_flat(memory, 0, sizeof(memory));
    struct xenpt_paging pg;
    struct xenpt_walk walk;

    (void)state;
    memory[0] = 0x1000 | 7 | bit;
    memory[512] = 0x2000 | 7 | bit;
    memory[1024] = 0x3000 | 7 | bit;
    memory[1536] = 0x5000 | 7 | bit;
    memory[1537] = 0x6000 | 7;
    cpu.maxphyaddr = 48;
    assert_int_equal(xenpt_paging_init(&pg, &cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_RESERVED);
    cpu.maxphyaddr = 52;
    assert_int_equal(xenpt_paging_init(&pg, &cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_NO_MEMORY);
    xenpt_paging_set_c_bit(&pg, 51);
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_MAPPED);
    assert_true(walk.out == 0x5123);
    assert_int_equal(xenpt_walk(&pg, &mem, 0x1123, &walk), XENPT_MAPPED);
    assert_true(walk.out == 0x6123);
    /* The next bit below is still an address, and one above the width still reserved. */
    memory[1536] = 0x5000 | 7 | bit >> 1;
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_MAPPED);
    assert_true(walk.out == (0x5123 | bit >> 1));
    cpu.maxphyaddr = 48;
    assert_int_equal(xenpt_paging_init(&pg, &cpu, &regs, NULL), XENPT_OK);
    xenpt_paging_set_c_bit(&pg, 47);
    memory[0] = 0x1000 | 7;
    memory[512] = 0x2000 | 7;
    memory[1024] = 0x3000 | 7;
    memory[1536] = 0x5000 | 7 | UINT64_C(1) << 47;
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_MAPPED);
    assert_true(walk.out == 0x5123);
    memory[1536] |= UINT64_C(1) << 48;
    assert_int_equal(xenpt_walk(&pg, &mem, 0x123, &walk), XENPT_RESERVED);
}

/* --- Scenarios ----------------------------------------------------------------------------- */

#define HEAD(processor)                                                                            \
    "host: { ram: 1G, cpus: 2, processor: " processor " }\nxen: { release: \"4.17\" }\ndomains:\n"
#define DOMAINS(more)                                                                              \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: hvm, memory: 32M, mode: 4level, " more " }\n"                                   \
    "  d2: { type: pvh, memory: 32M, mode: 4level }\n"

/* d1's frame 0x20, by whoever has it. */
#define XEN_AT   "in: d0.v0.xen, at: xen.directmap(d1.gfn(0x20))"
#define OWN_AT   "in: d1.v0.guest, at: 0x20000"
#define WRITE(x) "{ access: write, " x ", data: 0x1234 }"

static void amd(const char *encryption, const char *steps, enum xenpt_run_verdict verdict,
                const char *found)
{
    char domains[400], rest[1200];
    struct whole_row row = { domains, rest, verdict, found, 0 };

    snprintf(domains, sizeof(domains), DOMAINS("encryption: %s"), encryption);
    snprintf(rest, sizeof(rest), "steps: [ %s ]\n", steps);
    whole_is(HEAD("milan"), &row);
}

static void test_accesses(void **state)
{
    static const char *const sev[] = { "sev", "sev-es" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        amd(sev[i],
            WRITE(OWN_AT) ", { access: read, " OWN_AT
                          ", expect: [ { data: 0x1234 }, { sees: plaintext } ] }, { access: "
                          "read, " XEN_AT ", expect: [ { sees: ciphertext } ] }",
            HELD, NULL);
        amd(sev[i], "{ access: read, " XEN_AT ", expect: [ { sees: plaintext } ] }", FAILED,
            "ciphertext");
        /* What Xen has written the guest reads as something else. */
        amd(sev[i],
            WRITE(OWN_AT) ", " WRITE(XEN_AT) ", { access: read, " OWN_AT
                                             ", expect: [ { data: 0x1234 } ] }",
            FAILED, "0x");
        /* Moved, unnoticed: the page of another gfn is as good. */
        amd(sev[i],
            "{ poke-entry: 0x20000, in: d1.p2m, frame: d1.gfn(0x22) }, { access: read, " OWN_AT
            ", expect: [ { outcome: done }, { sees: plaintext } ] }",
            HELD, NULL);
        /* Another guest's frame: its key is not this one's. */
        amd(sev[i],
            "{ poke-entry: 0x20000, in: d2.p2m, frame: d1.gfn(0x20) }, { access: read, in: "
            "d2.v0.guest, at: 0x20000, expect: [ { outcome: done }, { sees: ciphertext } ] }",
            HELD, NULL);
    }
    amd("none", "{ access: read, " XEN_AT ", expect: [ { sees: plaintext } ] }", HELD, NULL);
}

static void test_shared(void **state)
{
    static const struct whole_row rome = {
        DOMAINS("encryption: sev-es"),
        "steps: [ { access: read, in: d1.v0.guest, at: 0x13100, expect: [ { data: 0x800000020063 "
        "} ] } ]\n",
        HELD, NULL, 0
    };

    (void)state;
    /* The guest clears the C bit of its own entry for gfn 0x20: it sees what the memory holds. */
    amd("sev",
        "{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x20063 }, { access: read, " OWN_AT
        ", expect: [ { sees: ciphertext } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x20063 }, { access: write, " OWN_AT
        ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
    /* As it is built, each of its entries says that it is private: that of gfn 0x20, as the guest
     * reads it.  Milan has C bit 51, Rome 47. */
    amd("sev",
        "{ access: read, in: d1.v0.guest, at: 0x13100, expect: [ { data: "
        "0x8000000020063 } ] }",
        HELD, NULL);
    whole_is(HEAD("rome"), &rome);
}

/* APM vol. 2, 15.34.1: nested tables have 5 bits less, 43 of Milan's 48; 15.34.6: the guest has
 * not. */
static void test_fewer_bits(void **state)
{
    static const char *const steps =
        "{ poke-entry: 0x20000, in: d1.p2m, value: 0x80000020067, expect: [ { unmapped: 0x20000, "
        "in: d1.p2m } ] }";

    (void)state;
    amd("sev", steps, HELD, NULL);
    amd("none", steps, FAILED, "0x80000020000");
    amd("sev",
        "{ poke-entry: 0x20000, in: d1.p2m, value: 0x40000020067, expect: [ { unmapped: 0x20000, "
        "in: d1.p2m } ] }",
        FAILED, "0x40000020000");
    amd("sev",
        "{ poke-entry: 0x20000, in: d1.v0.guest, value: 0x80000020063, expect: [ { unmapped: "
        "0x20000, in: d1.v0.guest } ] }",
        HELD, NULL);
}

static void test_snp(void **state)
{
    (void)state;
    amd("sev-snp",
        WRITE(OWN_AT) ", { access: write, " XEN_AT
                      ", data: 1, expect: [ { sees: refused }, { fault: page, error-code: "
                      "0x80000003 } ] }, { access: read, " OWN_AT
                      ", expect: [ { data: 0x1234 } ] }",
        HELD, NULL);
    amd("sev-snp", "{ access: read, " XEN_AT ", expect: [ { sees: ciphertext } ] }", HELD, NULL);
    /* Larger pages, where they are, and pages that were never moved, are its own. */
    amd("sev-snp", "{ access: read, in: d1.v0.guest, at: 0x250000, expect: [ { outcome: done } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d1.p2m, frame: d1.gfn(0x22) }, { access: read, " OWN_AT
        ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
    /* What Xen can write of it is nothing, and of SEV all. */
    amd("sev-snp",
        "{ run: d0.v0.kernel, expect: [ { exposed: d1, from: d0.v0.xen, access: write, "
        "bytes: 0 }, { exposed: d1, from: d0.v0.xen, as: ciphertext, bytes: 32832K } ] }",
        HELD, NULL);
    amd("sev",
        "{ run: d0.v0.kernel, expect: [ { exposed: d1, from: d0.v0.xen, access: write, "
        "bytes: 32832K } ] }",
        HELD, NULL);
    /* A frame that is nobody's, or Xen's, in its place. */
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d1.p2m, frame: d2.gfn(0x22) }, { access: read, " OWN_AT
        ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
}

#define WRITE_XEN "{ access: write, " XEN_AT ", data: 1 }"
#define SPOIL_XEN                                                                                  \
    "{ access: write, " XEN_AT ", data: 1, expect: [ { fault: none }, { sees: ciphertext } ] }"

/* APM vol. 2, 15.36.5, 15.36.6: whatever the host makes of an entry, the guest finds out. */
static void test_rmp_steps(void **state)
{
    (void)state;
    /* The host takes a page back, spoils it, and gives it again: it is not accepted. */
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x20) }, " SPOIL_XEN ", { access: read, " XEN_AT
        ", expect: [ { sees: ciphertext } ] }, { rmpupdate: d1.gfn(0x20), to: d1, gfn: 0x20 }, { "
        "access: read, " OWN_AT
        ", expect: [ { outcome: fault }, { fault: vc, error-code: 0x404, at: 0x20000 } ] }",
        HELD, NULL);
    /* While it is the host's, nobody else's access is private: NPF, P U, and bits 31, 32, 34. */
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x20) }, { access: read, " OWN_AT
        ", expect: [ { outcome: crash }, { fault: npf, error-code: 0x580000005 } ] }",
        HELD, NULL);
    /* Accepted again it is memory, with what is there now. */
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x20), to: d1, gfn: 0x20 }, { pvalidate: d1, gfn: 0x20 }, " WRITE(
            OWN_AT) ", { access: read, " OWN_AT ", expect: [ { data: 0x1234 } ] }, " WRITE_XEN
                    ", { access: read, " OWN_AT ", expect: [ { data: 0x1234 } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ pvalidate: d1, gfn: 0x20, no: yes }, { access: write, " OWN_AT
        ", expect: [ { fault: vc, error-code: 0x404 } ] }",
        HELD, NULL);
    /* Another page there, and the table changed to fit: what is accepted is not that. */
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x22), to: d1, gfn: 0x20 }, { poke-entry: 0x20000, in: d1.p2m, frame: "
        "d1.gfn(0x22) }, { access: read, " OWN_AT
        ", expect: [ { fault: vc, error-code: 0x404 } ] }",
        HELD, NULL);
    /* Nothing is accepted that is not the guest's, there. */
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d1.p2m, frame: d1.gfn(0x22) }, { pvalidate: d1, gfn: 0x20 }, { "
        "access: read, " OWN_AT ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
    /* It goes back with a snapshot. */
    amd("sev-snp",
        "{ snapshot: before }, { rmpupdate: d1.gfn(0x20) }, { restore: before }, { access: "
        "read, " OWN_AT ", expect: [ { outcome: done } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x20) }, { snapshot: before }, { restore: before }, { access: "
        "read, " OWN_AT ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
    amd("sev", "{ rmpupdate: d1.gfn(0x20) }", ERROR, "of no domain under SEV-SNP");
    amd("sev", "{ pvalidate: d1, gfn: 0x20 }", ERROR, "PVALIDATE is of domains under SEV-SNP");
    amd("sev-snp", "{ rmpupdate: d1.gfn(0x20), to: d2, gfn: 0x20 }", ERROR, "under SEV-SNP alone");
}

/* A guest's tables are its own memory, and asked about as that: bit 33, and what is written. */
static void test_rmp_tables(void **state)
{
    (void)state;
    amd("sev-snp",
        "{ poke-entry: 0x13000, in: d1.p2m, frame: d1.gfn(0x22) }, { access: read, " OWN_AT
        ", expect: [ { outcome: crash } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ rmpupdate: d1.gfn(0x13) }, { access: read, " OWN_AT
        ", expect: [ { outcome: crash }, { fault: npf, error-code: 0x680000007 } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ pvalidate: d1, gfn: 0x13, no: yes }, { access: read, " OWN_AT
        ", expect: [ { fault: vc, error-code: 0x404, at: 0x20000 } ] }",
        HELD, NULL);
    /* Another guest's tables, which are written: P W U, and bits 31 and 33. */
    amd("sev-snp",
        "{ poke-entry: 0x13000, in: d2.p2m, frame: d1.gfn(0x20) }, { access: read, in: "
        "d2.v0.guest, at: 0x20000, expect: [ { outcome: crash }, { fault: npf, error-code: "
        "0x280000007 } ] }",
        HELD, NULL);
    /* Another guest's write, which has none such: P W U, and bits 31 and 32. */
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d2.p2m, frame: d1.gfn(0x20) }, { access: write, in: "
        "d2.v0.guest, at: 0x20000, expect: [ { outcome: crash }, { fault: npf, error-code: "
        "0x180000007 } ] }",
        HELD, NULL);
    amd("sev-snp",
        "{ poke-entry: 0x20000, in: d2.p2m, frame: d1.gfn(0x20) }, { access: read, in: "
        "d2.v0.guest, at: 0x20000, expect: [ { outcome: done }, { sees: ciphertext } ] }",
        HELD, NULL);
}

/* Memory behind the hole for devices: what was its frame 0xf0005 it calls 0x100005. */
static void test_behind_hole(void **state)
{
    static const struct whole_row row = {
        "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
        "  d1: { type: hvm, memory: 4G, mode: 4level, encryption: sev-snp }\n",
        "steps: [ { poke-entry: 0x20000, in: d1.v0.guest, value: 0x8000100005063 }, { access: "
        "read, "
        "in: d1.v0.guest, at: 0x20000, expect: [ { outcome: done } ] } ]\n",
        HELD, NULL, 0
    };

    (void)state;
    whole_is("host: { ram: 8G, processor: milan }\nxen: { release: \"4.17\" }\ndomains:\n", &row);
}

static void test_tdx(void **state)
{
    static const struct whole_row rows[] = {
        { DOMAINS("encryption: tdx"),
          "steps: [ " WRITE(OWN_AT) ", { access: read, " XEN_AT
                                    ", expect: [ { sees: refused }, { data: 0 } ] }, { access: "
                                    "read, " OWN_AT ", expect: [ { data: 0x1234 } ] } ]\n",
          HELD, NULL, 0 },
        { DOMAINS("encryption: tdx"),
          "expect: [ { exposed: d1, from: d0.v0.xen, threat: compromised-xen, as: refused, bytes: "
          "32832K } ]\n",
          HELD, NULL, 0 },
        { DOMAINS("encryption: tdx"),
          "expect: [ { exposed: d1, from: d0.v0.xen, threat: compromised-xen, as: plaintext, "
          "bytes: 0 } ]\n",
          HELD, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("sapphire-rapids"), &rows[i]);
}

static void test_refused(void **state)
{
    static const struct {
        const char *head;
        struct whole_row row;
    } rows[] = {
        { HEAD("milan"), { DOMAINS("encryption: tdx"), "", ERROR, "which milan has not", 0 } },
        { HEAD("rome"), { DOMAINS("encryption: sev-snp"), "", ERROR, "which rome has not", 0 } },
        { HEAD("naples"), { DOMAINS("encryption: sev-es"), "", ERROR, "which naples has not", 0 } },
        { HEAD("ice-lake-server"),
          { DOMAINS("encryption: sev"), "", ERROR, "which ice-lake-server has not", 0 } },
        { HEAD("milan"),
          { DOMAINS("encryption: sev, paging: shadow"), "", ERROR, "under HAP", 0 } },
        { HEAD("milan"),
          { "  d0: { type: pv64, memory: 64M, privileged: yes, encryption: sev }\n", "", ERROR,
            "HVM and PVH", 0 } },
        { HEAD("milan"),
          { "  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pvh, memory: [ { "
            "gfn: 0, size: 32M } ], encryption: sev-snp }\n",
            "", ERROR, "given as ranges", 0 } },
        { HEAD("milan"),
          { DOMAINS("encryption: sev, devices: [nic]"), "", ERROR, "the host has no IOMMU", 0 } },
        { HEAD("milan"), { DOMAINS("encryption: sgx"), "", ERROR, "sev-snp", 5 } },
        { HEAD("milan"),
          { DOMAINS("encryption: sev"), "expect: [ { sees: plaintext } ]\n", ERROR,
            "there was no access", 0 } },
        { HEAD("milan"),
          { DOMAINS("encryption: sev"), "expect: [ { sees: plaintxt } ]\n", ERROR,
            "did you mean 'plaintext'?", 7 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(rows[i].head, &rows[i].row);
}

/* --- Threats ------------------------------------------------------------------------------- */

/* What is left to others by all that they may do: 32 MiB and 16 special pages, 8208 frames. */
static void test_threats(void **state)
{
    static const struct {
        const char *encryption, *claim, *instead;
    } rows[] = {
        { "none", "{ threat: xen, can: [read, write, execute, edit], to: d1, frames: 8208 }",
          NULL },
        { "none", "{ threat: xen, cannot: [ciphertext, spoil], to: d1 }", NULL },
        { "sev",
          "{ threat: xen, can: [ciphertext, spoil, edit], to: d1, frames: 8208, without: "
          "run-anywhere }",
          NULL },
        { "sev",
          "{ threat: xen, can: [ciphertext, spoil], to: d1, way: directmap, without: run-anywhere "
          "}",
          NULL },
        { "sev",
          "{ threat: xen, cannot: [read, write, execute], to: d1, without: [run-anywhere, "
          "set-context] }",
          NULL },
        { "sev", "{ threat: xen, cannot: read, to: d1 }", "xen: run-anywhere: becomes d1.kernel" },
        { "sev", "{ threat: dom0, becomes: d1.kernel, way: set-context }", NULL },
        { "sev", "{ threat: dom0, can: [ciphertext, spoil], to: d1, way: foreign-map }", NULL },
        { "sev-es", "{ threat: xen, can: [ciphertext, spoil, edit], to: d1 }", NULL },
        { "sev-es", "{ threat: xen, cannot: [read, write, execute], to: d1 }", NULL },
        { "sev-es", "{ threat: xen, becomes-not: [d1.kernel, d1.user] }", NULL },
        { "sev-es", "{ threat: xen, becomes: d2.kernel }", NULL },
        { "sev-es", "{ threat: dom0, becomes-not: d1.kernel, iommu: strict }", NULL },
        { "sev-snp", "{ threat: xen, can: ciphertext, to: d1, frames: 8208 }", NULL },
        { "sev-snp", "{ threat: xen, cannot: [read, write, execute, edit, retype, spoil], to: d1 }",
          NULL },
        { "sev-snp", "{ threat: xen, cannot: ciphertext, to: d1 }",
          "8208 frames can be, the first by: xen: directmap: ciphertext" },
        { "sev-snp", "{ threat: d1.qemu, cannot: [read, write, spoil], to: d1 }", NULL },
        { "sev-snp", "{ threat: d0.device, cannot: [read, write, spoil], to: d1 }", NULL },
        { "sev-snp", "{ threat: d0.device, can: ciphertext, to: d1 }", NULL },
        /* Its own are not kept from it, and nobody else's are encrypted with it. */
        { "sev-snp", "{ threat: d1, can: [read, write, execute], to: d1.gfn(0x20) }", NULL },
        { "sev-snp", "{ threat: d1, cannot: [ciphertext, spoil], to: d1 }", NULL },
        { "sev-snp", "{ threat: xen, can: [read, write], to: d2 }", NULL },
        { "sev-snp", "{ threat: xen, can: [read, write], what: [shared, xen, image] }", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char steps[400];

        snprintf(steps, sizeof(steps), "{ run: d0.v0.kernel, expect: [ %s ] }", rows[i].claim);
        amd(rows[i].encryption, steps, rows[i].instead ? FAILED : HELD, rows[i].instead);
    }
}

/* Of TDX not even ciphertext; a line that is written is lost to the TD, which finds out. */
static void test_threats_tdx(void **state)
{
    static const struct whole_row rows[] = {
        { DOMAINS("encryption: tdx"),
          "threat: { kept: { compromised: [xen, dom0], unreadable: d1, unwritable: d1, "
          "becomes-not: "
          "d1.kernel } }\nexpect: [ { threat: xen, cannot: [ciphertext, edit], to: d1 }, { threat: "
          "xen, can: spoil, to: d1 } ]\n",
          HELD, NULL, 0 },
        { DOMAINS("encryption: tdx"), "threat: { whole: { compromised: xen, unchangeable: d1 } }\n",
          FAILED, "xen: directmap: spoil", 0 },
        { DOMAINS("encryption: tdx"),
          "threat: { apart: { compromised: d0.device, unreachable: d1 } }\n", FAILED, "dma: spoil",
          0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("sapphire-rapids"), &rows[i]);
}

/* --- Exposure ------------------------------------------------------------------------------ */

#define SMALL                                                                                      \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 32M }\n  d2: { type: pvh, memory: 32M, mode: 4level }\n"

static void test_exposed(void **state)
{
    static const struct whole_row rows[] = {
        { SMALL, "expect: [ { exposed: d1, from: idle, bytes: 32M } ]\n", HELD, NULL, 0 },
        { SMALL, "expect: [ { exposed: d1, from: idle, bytes: 31M } ]\n", FAILED, "0x2000000 bytes",
          0 },
        { SMALL, "expect: [ { exposed: d1, from: idle, bytes: 0..32M } ]\n", HELD, NULL, 0 },
        { SMALL, "expect: [ { exposed: d1, from: idle } ]\n", HELD, NULL, 0 },
        { SMALL, "expect: [ { exposed: d1, from: d2.v0.guest } ]\n", FAILED, "0x0 bytes", 0 },
        { SMALL, "expect: [ { exposed: d1, from: idle, access: execute, bytes: 0 } ]\n", HELD, NULL,
          0 },
        { SMALL, "expect: [ { exposed: all, from: idle, access: write, bytes: 1G..2G } ]\n", FAILED,
          "bytes", 0 },
        { SMALL, "expect: [ { exposed: nobody, from: idle } ]\n", HELD, NULL, 0 },
        /* XPTI: the CPU's root, with what is left of Xen: 2 MiB of M2P and less than as much. */
        { SMALL,
          "steps: [ { run: d1.v0.user, on: cpu1, expect: [ { exposed: xen, from: d1.v0.user, "
          "threat: meltdown, bytes: 2M..4M }, { exposed: d0, from: d1.v0.user, threat: meltdown, "
          "bytes: 0 }, { exposed: d0, from: d1.v0.xen, threat: spectre-v1, bytes: 64M }, { "
          "exposed: d0, from: d1.v0.xen, threat: spectre-v1, access: write, bytes: 0 } ] } ]\n",
          HELD, NULL, 0 },
        { SMALL, "expect: [ { exposed: d2, from: d2.v0.guest, by: user, bytes: 4K } ]\n", HELD,
          NULL, 0 },
        { SMALL, "expect: [ { exposed: d2, from: d2.v0.guest, bytes: 4K } ]\n", FAILED, "by kernel",
          0 },
        { SMALL, "expect: [ { exposed: d2, from: idle, by: user } ]\n", ERROR,
          "nobody called user executes on idle", 0 },
        { SMALL, "expect: [ { exposed: d2, from: idle, threat: meltdown } ]\n", ERROR,
          "whom meltdown is about", 0 },
        { SMALL, "expect: [ { exposed: d9, from: idle } ]\n", ERROR, "is no owner", 7 },
        { SMALL, "expect: [ { exposed: d1, from: idle, threat: l2tf } ]\n", ERROR,
          "did you mean 'l1tf'?", 7 },
        { SMALL, "expect: [ { exposed: d1, from: idle, access: rite } ]\n", ERROR,
          "did you mean 'write'?", 7 },
        { SMALL, "expect: [ { exposed: d1, from: idle, by: kernal } ]\n", ERROR,
          "did you mean 'kernel'?", 7 },
        { SMALL, "expect: [ { exposed: d1, from: idle, as: cyphertext } ]\n", ERROR,
          "did you mean 'ciphertext'?", 7 },
        { SMALL, "expect: [ { exposed: d1, from: idle, as: refused, access: write } ]\n", ERROR,
          "is what a read gives", 7 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(HEAD("skylake-server"), &rows[i]);
}

/* A processor without Meltdown: what the tables allow. */
static void test_immune(void **state)
{
    static const struct whole_row row = {
        SMALL, "expect: [ { exposed: d0, from: d1.v0.user, threat: meltdown, bytes: 0 } ]\n", HELD,
        NULL, 0
    };

    (void)state;
    whole_is(HEAD("milan"), &row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rmp),         cmocka_unit_test(test_rules),
        cmocka_unit_test(test_c_bit),       cmocka_unit_test(test_accesses),
        cmocka_unit_test(test_shared),      cmocka_unit_test(test_snp),
        cmocka_unit_test(test_tdx),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_exposed),     cmocka_unit_test(test_immune),
        cmocka_unit_test(test_fewer_bits),  cmocka_unit_test(test_behind_hole),
        cmocka_unit_test(test_vmsa),        cmocka_unit_test(test_rmp_steps),
        cmocka_unit_test(test_rmp_tables),  cmocka_unit_test(test_threats),
        cmocka_unit_test(test_threats_tdx),
    };

    return cmocka_run_group_tests(tests, scenario_setup, scenario_teardown);
}
