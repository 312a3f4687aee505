/*
 * mutant_run.c - asks MMUs once, and models as often as there are mutants of them.
 *
 *     mutant_run record FOLDER ACCESSES [MMU]
 *                                         runs the matrix on the oracle and on the emulators
 *                                         that are here, or on this MMU alone, and keeps what
 *                                         was asked and what was answered
 *     mutant_run replay FOLDER [SHOW [USUAL]]
 *                                         answers the same again, and counts what differs and no
 *                                         erratum explains: a line for each MMU and suite;
 *                                         the first SHOW of them in words.  USUAL is a file of such
 *                                         lines: where more differs than there, it is enough
 *
 * Cases are made without lib/arch, and are kept; so a mutant of it is asked what the right one was.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/describe.h"
#include "validate/errata.h"
#include "validate/matrix.h"
#include "validate/oracle_mmu.h"

/* What is kept of one run: this, then the blob, then the results. */
struct kept {
    char mmu[32], version[96];
    struct xenpt_cpu cpu;
    uint32_t suite, blob, results;
    uint32_t nr_cases, nr_accesses, flags;
};

#define SEED 1

static int fail(const char *what, const struct xenpt_error *err)
{
    fprintf(stderr, "mutant_run: %s: %s\n", what, err ? err->text : "failed");
    return 2;
}

/* --- Recording ----------------------------------------------------------------------------- */

static bool keep(const char *folder, struct kept *k, const struct blob *blob,
                 const struct results *r)
{
    char path[512];
    FILE *f;
    bool ok;

    snprintf(path, sizeof(path), "%s/%s.%s", folder, k->mmu, suite_name((enum suite)k->suite));
    f = fopen(path, "wb");
    if (!f)
        return false;
    k->blob = (uint32_t)blob->size;
    k->results = r->head.size;
    k->nr_cases = blob->nr_cases;
    k->nr_accesses = blob->nr_accesses;
    k->flags = blob->flags;
    ok = fwrite(k, sizeof(*k), 1, f) == 1 && fwrite(blob->bytes, blob->size, 1, f) == 1 &&
         fwrite(&r->head, sizeof(r->head), 1, f) == 1 && fwrite(r->bytes, r->head.size, 1, f) == 1;
    return !fclose(f) && ok;
}

static bool left_out(void *ctx, const struct blob_state *state, const struct blob_access *access)
{
    const struct kept *k = ctx;

    (void)access;
    return errata_exclude(&k->cpu, state, k->mmu, k->version, (enum suite)k->suite) >= 0;
}

static enum xenpt_code make_cases(struct kept *k, unsigned int accesses, struct blob *blob,
                                  struct xenpt_error *err)
{
    struct matrix_options options = {
        .suite = (enum suite)k->suite, .cpu = k->cpu, .seed = SEED, .leave_out = left_out, .ctx = k
    };
    struct matrix *m;
    enum xenpt_code code = matrix_create(&options, &m, err);

    if (code)
        return code;
    blob_init(blob, suite_flags(options.suite));
    code = matrix_more(m, accesses, blob, err);
    if (!code)
        code = blob_finish(blob, err);
    matrix_destroy(m);
    return code;
}

static int record_mmu(const struct mmu *mmu, const char *folder, unsigned int accesses)
{
    const struct mmu_options options = { 0 };
    struct mmu_session s = { 0 };
    struct xenpt_error err = { 0 };

    if (mmu->open(mmu, &options, &s, &err)) {
        printf("%-14s not asked: %s\n", mmu->name, err.text);
        return 0;
    }
    for (unsigned int suite = 0; suite < NR_SUITES; suite++) {
        struct kept k = { .cpu = s.cpu, .suite = suite };
        struct results results;
        struct blob blob;

        if (!(s.suites & 1u << suite))
            continue;
        snprintf(k.mmu, sizeof(k.mmu), "%s", mmu->name);
        snprintf(k.version, sizeof(k.version), "%s", s.version);
        if (make_cases(&k, accesses, &blob, &err))
            return fail(mmu->name, &err);
        if (mmu->run(&s, &blob, &results, &err)) {
            printf("%-14s %s: %s\n", mmu->name, suite_name((enum suite)suite), err.text);
        } else {
            printf("%-14s %s: %u accesses\n", mmu->name, suite_name((enum suite)suite),
                   results.head.nr_results);
            if (!keep(folder, &k, &blob, &results))
                return fail(folder, NULL);
            results_free(&results);
        }
        blob_free(&blob);
    }
    mmu->close(&s);
    return 0;
}

/* The oracle is an MMU like others, and has a processor for each suite. */
static int record_oracle(const char *folder, unsigned int accesses)
{
    for (unsigned int suite = 0; suite < NR_SUITES; suite++) {
        struct kept k = { .mmu = "oracle", .version = "-", .suite = suite };
        struct results results = { 0 };
        struct oracle_mmu oracle;
        struct case_view c;
        struct blob blob;
        uint8_t *at;

        k.cpu = xenpt_cpu_widest(suite >= SUITE_NPT || suite == SUITE_4LEVEL ? XENPT_AMD
                                                                             : XENPT_INTEL);
        k.cpu.maxphyaddr = suite == SUITE_2LEVEL ? 36 : 40;
        k.cpu.cet_ss = k.cpu.pks = k.cpu.ept_5level = k.cpu.ept_sss = false;
        if (make_cases(&k, accesses, &blob, NULL) || !oracle_mmu_init(&oracle, &k.cpu))
            return fail("oracle", NULL);
        results.bytes = at = malloc(blob.nr_accesses * (size_t)512);
        if (!at)
            return fail("oracle", NULL);
        for (size_t next = 0; blob_next(&blob, &next, &c);)
            for (unsigned int i = 0; i < c.head->nr_accesses; i++) {
                struct oracle_result r;
                size_t n = sizeof(r.result);

                oracle_mmu_access(&oracle, &c, i, &r);
                n += r.result.nr_changed * sizeof(r.changed[0]);
                memcpy(at, &r, n);
                at += n;
            }
        results.head = (struct results_header){ .magic = RESULTS_MAGIC,
                                                .version = BLOB_VERSION,
                                                .end = END_DONE,
                                                .nr_results = blob.nr_accesses };
        results.head.size = (uint32_t)(at - results.bytes);
        results.head.check = blob_sum(results.bytes, results.head.size);
        if (!keep(folder, &k, &blob, &results))
            return fail(folder, NULL);
        free(results.bytes);
        oracle_mmu_fini(&oracle);
        blob_free(&blob);
    }
    return 0;
}

static int record(const char *folder, unsigned int accesses, const char *only)
{
    const struct mmu *mmu;
    int code = only ? 0 : record_oracle(folder, accesses);

    for (unsigned int i = 0; !code && (mmu = mmu_row(i)); i++)
        if (only ? mmu->open && !strcmp(mmu->name, only)
                 : !strncmp(mmu->name, "qemu:max", 8) || !strncmp(mmu->name, "bochs", 5))
            code = record_mmu(mmu, folder, accesses);
    return code;
}

/* --- Replaying ----------------------------------------------------------------------------- */

struct replaying {
    struct kept k;
    struct results results;
    uint32_t next;
    unsigned long compared, differ, show;
    unsigned long enough; /* As many that differ. */
};

static void show(const struct difference *d, unsigned int i, unsigned int left)
{
    char text[DESCRIBE_TEXT], words[DIFFERS_TEXT];

    printf("%s", describe(d->cpu, d->c, i, text));
    printf("    differs in %s\n", differs_text(left, words));
    printf("    model %s\n", describe_result(&d->answer->result, d->answer->changed, text));
    printf("    MMU   %s\n",
           describe_result(d->result, (const struct result_changed *)(const void *)(d->result + 1),
                           text));
}

static bool look(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct replaying *p = ctx;
    const struct result *r = results_get(&p->results, p->next++);
    struct comparison cmp;
    struct difference d = {
        &p->k.cpu, c, &c->accesses[i], &c->states[c->accesses[i].state], answer, r, &cmp
    };
    unsigned int left = 0;
    uint32_t rows;

    if (!r)
        return true;
    compare(c, i, answer, r, &cmp);
    p->compared += !cmp.open;
    if (cmp.differs)
        left = errata_explain(&d, p->k.mmu, p->k.version, (enum suite)p->k.suite, &rows);
    if (left && p->differ++ < p->show)
        show(&d, i, left);
    return p->differ < p->enough;
}

/* One more than usually differs; without an account of that, whatever differs is looked at. */
static unsigned long enough(const char *usual, const struct kept *k)
{
    FILE *f = usual ? fopen(usual, "r") : NULL;
    unsigned long ret = ULONG_MAX, differ;
    char mmu[32], suite[32];

    while (f && fscanf(f, "%31s %31s %lu %*u", mmu, suite, &differ) == 3)
        if (!strcmp(mmu, k->mmu) && !strcmp(suite, suite_name((enum suite)k->suite)))
            ret = differ + 1;
    if (f)
        fclose(f);
    return ret;
}

static int replay_file(const char *path, unsigned long shown, const char *usual)
{
    struct replaying p = { .show = shown };
    struct xenpt_error err = { 0 };
    struct blob blob = { 0 };
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t n;

    if (!f || fread(&p.k, sizeof(p.k), 1, f) != 1)
        return fail(path, NULL);
    p.enough = enough(usual, &p.k);
    n = p.k.results + sizeof(struct results_header);
    blob.bytes = malloc(p.k.blob);
    bytes = malloc(n);
    blob.size = p.k.blob;
    blob.nr_cases = p.k.nr_cases;
    blob.nr_accesses = p.k.nr_accesses;
    if (!blob.bytes || !bytes || fread(blob.bytes, blob.size, 1, f) != 1 ||
        fread(bytes, n, 1, f) != 1)
        return fail(path, NULL);
    fclose(f);
    if (results_parse(bytes, n, &p.results, &err) || answer_blob(&p.k.cpu, &blob, look, &p, &err))
        return fail(path, &err);
    printf("%s %s %lu %lu\n", p.k.mmu, suite_name((enum suite)p.k.suite), p.differ, p.compared);
    results_free(&p.results);
    free(bytes);
    blob_free(&blob);
    return 0;
}

static int replay(const char *folder, unsigned long shown, const char *usual)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    int code = 0;

    if (!d)
        return fail(folder, NULL);
    while (!code && (e = readdir(d))) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            code = replay_file(path, shown, usual);
    }
    closedir(d);
    return code;
}

int main(int argc, char **argv)
{
    if ((argc == 4 || argc == 5) && !strcmp(argv[1], "record"))
        return record(argv[2], (unsigned int)strtoul(argv[3], NULL, 0), argc == 5 ? argv[4] : NULL);
    if (argc >= 3 && argc <= 5 && !strcmp(argv[1], "replay"))
        return replay(argv[2], argc > 3 ? strtoul(argv[3], NULL, 0) : 0, argc > 4 ? argv[4] : NULL);
    fprintf(stderr, "usage: mutant_run record FOLDER ACCESSES [MMU] | replay FOLDER [SHOW "
                    "[USUAL]]\n");
    return 2;
}
