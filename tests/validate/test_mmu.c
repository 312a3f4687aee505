/*
 * test_mmu.c - each MMU of the table that is here: it opens, says what it is, and answers every
 * access of a list of each suite that it says it can do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validate/kvm_host.h"
#include "validate/machine.h"
#include "validate/matrix.h"

#define ACCESSES 200

static void check_suite(struct mmu_session *session, enum suite suite)
{
    const struct matrix_options options = { .suite = suite, .cpu = session->cpu, .seed = 3 };
    struct xenpt_error err = { 0 };
    struct matrix *matrix;
    struct results results;
    struct blob blob;
    unsigned int died = 0;

    blob_init(&blob, suite_flags(suite));
    assert_int_equal(matrix_create(&options, &matrix, NULL), XENPT_OK);
    assert_int_equal(matrix_more(matrix, ACCESSES, &blob, NULL), XENPT_OK);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    if (session->mmu->run(session, &blob, &results, &err) == XENPT_EUNSUPPORTED) {
        print_message("  %s: %s\n", suite_name(suite), err.text);
        blob_free(&blob);
        matrix_destroy(matrix);
        return;
    }
    if (err.code)
        fail_msg("%s, %s: %s", session->mmu->name, suite_name(suite), err.text);
    assert_int_equal(results.head.nr_results, blob.nr_accesses);
    for (uint32_t i = 0; i < blob.nr_accesses; i++) {
        assert_non_null(results_get(&results, i));
        died += results_get(&results, i)->outcome == RESULT_DIED;
    }
    print_message("  %s: %u accesses, %u deaths\n", suite_name(suite), blob.nr_accesses, died);
    results_free(&results);
    blob_free(&blob);
    matrix_destroy(matrix);
}

static void check_mmu(const struct mmu *mmu)
{
    static const struct mmu_options options;
    struct mmu_session session;
    struct xenpt_error err = { 0 };
    enum xenpt_code code = mmu->open(mmu, &options, &session, &err);

    if (code) {
        assert_int_equal(code, XENPT_EUNSUPPORTED);
        assert_true(err.text[0]);
        print_message("%s is not here: %s\n", mmu->name, err.text);
        return;
    }
    print_message("%s: %s, %s\n", mmu->name, session.version, session.kind);
    assert_true(session.version[0] && session.kind[0] && session.machine.vendor[0]);
    assert_true(session.cpu.maxphyaddr >= 36 && session.cpu.maxphyaddr <= 52);
    assert_int_equal(session.suites & ~mmu->suites, 0);
    for (unsigned int s = 0; s < NR_SUITES; s++)
        if (session.suites >> s & 1)
            check_suite(&session, s);
    mmu->close(&session);
    assert_null(session.own);
}

static void test_rows(void **state)
{
    const struct mmu *mmu;

    (void)state;
    /* The same MMU as "kvm", but behind firmware that may take a minute. */
    for (unsigned int i = 0; (mmu = mmu_row(i)); i++)
        if (mmu->open && strcmp(mmu->name, "qemu:kvm") != 0)
            check_mmu(mmu);
    /* Nothing that they started is left. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_absent(void **state)
{
    const struct mmu_options options = { .qemu = "/no/such/qemu", .bochs = "/no/such/bochs" };
    struct mmu_session session;
    const struct mmu *mmu;

    (void)state;
    for (unsigned int i = 0; (mmu = mmu_row(i)); i++) {
        struct xenpt_error err = { 0 };

        if (!mmu->open || !strcmp(mmu->name, "kvm"))
            continue;
        assert_int_equal(mmu->open(mmu, &options, &session, &err), XENPT_EUNSUPPORTED);
        if (!strstr(err.text, "there is no program /no/such/") && !strstr(err.text, "no file"))
            fail_msg("%s: %s", mmu->name, err.text);
    }
    assert_null(mmu_row(1000));
}

static void make(const char *folder, const char *path, const char *text)
{
    char whole[256];
    FILE *file;

    snprintf(whole, sizeof(whole), "%s/%s", folder, path);
    if (!text) {
        assert_int_equal(mkdir(whole, 0700), 0);
        return;
    }
    file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void check_kind(const char *module, const char *parameter, const char *value,
                       const char *words)
{
    char sys[] = "/tmp/xenpt-sys-XXXXXX", path[128], kind[96], command[64];

    assert_non_null(mkdtemp(sys));
    make(sys, "module", NULL);
    if (module) {
        snprintf(path, sizeof(path), "module/%s", module);
        make(sys, path, NULL);
        snprintf(path, sizeof(path), "module/%s/parameters", module);
        make(sys, path, NULL);
    }
    if (parameter) {
        snprintf(path, sizeof(path), "module/%s/parameters/%s", module, parameter);
        make(sys, path, value);
    }
    kvm_kind(sys, kind, sizeof(kind));
    if (!strstr(kind, words))
        fail_msg("'%s' does not say '%s'", kind, words);
    snprintf(command, sizeof(command), "rm -r %s", sys);
    assert_int_equal(system(command), 0);
}

static void test_kvm_kind(void **state)
{
    (void)state;
    check_kind("kvm_intel", "ept", "Y\n", "hardware, under EPT");
    check_kind("kvm_intel", "ept", "N\n", "shadow paging in hardware");
    check_kind("kvm_amd", "npt", "1\n", "hardware, under NPT");
    check_kind("kvm_amd", "npt", "0\n", "shadow paging in hardware");
    check_kind("kvm_pvm", NULL, NULL, "PVM");
    check_kind(NULL, NULL, NULL, "unknown");
}

/* What CPUID said on two processors, and what follows. */
static void test_facts(void **state)
{
    /* Bochs's Ice Lake, and QEMU's "max". */
    const struct results_machine icelake = {
        .vendor = { 'G', 'e', 'n', 'u', 'i', 'n', 'e', 'I', 'n', 't', 'e', 'l' },
        .leaf1_ecx = 1u << 5 | 1u << 17,
        .leaf1_edx = 1u << 6 | 1u << 17,
        .leaf7_ebx = 1u << 7 | 1u << 20,
        .leaf7_ecx = 1u << 3,
        .ext1_edx = 1u << 20 | 1u << 26 | 1u << 29,
        .ext8_eax = 0x3028,
        .vmx_ept_vpid = 0xf0106334141,
    };
    struct results_machine max = {
        .vendor = { 'A', 'u', 't', 'h', 'e', 'n', 't', 'i', 'c', 'A', 'M', 'D' },
        .leaf1_edx = 1u << 6 | 1u << 17,
        .leaf7_ecx = 1u << 16,
        .ext1_ecx = 1u << 2,
        .ext1_edx = 1u << 20 | 1u << 29,
        .ext8_eax = 0x3934,
        .svm_edx = 1,
    };
    struct results_machine old = { .leaf1_edx = 1u << 6 };
    struct xenpt_cpu cpu = machine_cpu(&icelake);

    (void)state;
    assert_int_equal(cpu.vendor, XENPT_INTEL);
    assert_int_equal(cpu.maxphyaddr, 40);
    assert_true(cpu.nx && cpu.gb_pages && cpu.smep && cpu.smap && cpu.pku && cpu.pcid && cpu.pse36);
    assert_true(cpu.ept_exec_only && cpu.ept_2m_pages && cpu.ept_gb_pages && cpu.ept_ad);
    assert_false(cpu.la57 || cpu.ept_5level || cpu.ept_advanced_info);
    assert_int_equal(machine_suites(&icelake),
                     1u << SUITE_2LEVEL | 1u << SUITE_PAE | 1u << SUITE_4LEVEL | 1u << SUITE_EPT);
    cpu = machine_cpu(&max);
    assert_int_equal(cpu.vendor, XENPT_AMD);
    assert_int_equal(cpu.maxphyaddr, 52);
    assert_false(cpu.smep || cpu.gb_pages || cpu.ept_ad);
    assert_int_equal(machine_suites(&max), 1u << SUITE_2LEVEL | 1u << SUITE_PAE |
                                               1u << SUITE_4LEVEL | 1u << SUITE_5LEVEL |
                                               1u << SUITE_NPT | 1u << SUITE_NPT_PAE |
                                               1u << SUITE_NPT_2LEVEL);
    /* SVM takes no long mode. */
    max.ext1_edx &= ~(1u << 29);
    assert_int_equal(machine_suites(&max), 1u << SUITE_2LEVEL | 1u << SUITE_PAE |
                                               1u << SUITE_NPT_PAE | 1u << SUITE_NPT_2LEVEL);
    assert_int_equal(machine_cpu(&old).maxphyaddr, 36);
    old.leaf1_edx = 0;
    assert_int_equal(machine_cpu(&old).maxphyaddr, 32);
    assert_int_equal(machine_suites(&old), 1u << SUITE_2LEVEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_kvm_kind),
        cmocka_unit_test(test_facts),
    };

    return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
