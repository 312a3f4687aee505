/* command_run.c - xenpt run: scenarios, and whether they hold. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads.h>

#include "commands.h"
#include "output.h"

#define THREADS_MAX 64
#define FOLDERS_MAX 16 /* In each other. */

struct list {
    char **path;
    size_t nr;
};

/* --- Which files --------------------------------------------------------------------------- */

static enum xenpt_code add(struct list *l, const char *path, struct xenpt_error *err)
{
    char **list = realloc(l->path, (l->nr + 1) * sizeof(*list));
    char *copy = strdup(path);

    if (list)
        l->path = list;
    if (!list || !copy) {
        free(copy);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a list of files");
    }
    list[l->nr++] = copy;
    return XENPT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_yaml(const char *name)
{
    size_t n = strlen(name);

    return n > 5 && !strcmp(name + n - 5, ".yaml");
}

static enum xenpt_code add_folder(struct list *l, const char *folder, unsigned int depth,
                                  struct xenpt_error *err);

/* Of a folder: pieces that others include begin with _, and what is hidden with a dot. */
static enum xenpt_code add_found(struct list *l, const char *folder, const char *name,
                                 unsigned int depth, struct xenpt_error *err)
{
    char path[4096];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.' || name[0] == '_' || n < 0 || (size_t)n >= sizeof(path) || stat(path, &st))
        return XENPT_OK;
    if (S_ISDIR(st.st_mode))
        return add_folder(l, path, depth + 1, err);
    return is_yaml(name) ? add(l, path, err) : XENPT_OK;
}

static enum xenpt_code add_folder(struct list *l, const char *folder, unsigned int depth,
                                  struct xenpt_error *err)
{
    struct list names = { NULL, 0 };
    enum xenpt_code code = XENPT_OK;
    DIR *dir = opendir(folder);

    if (!dir)
        return xenpt_fail(err, XENPT_EIO, "%s: cannot read it: %s", folder, strerror(errno));
    if (depth > FOLDERS_MAX)
        code = xenpt_fail(err, XENPT_ERANGE, "%s: more than %u folders in each other", folder,
                          FOLDERS_MAX);
    for (struct dirent *e; !code && (e = readdir(dir));)
        code = add(&names, e->d_name, err);
    closedir(dir);
    if (names.nr)
        qsort(names.path, names.nr, sizeof(*names.path), by_name);
    for (size_t i = 0; i < names.nr; i++) {
        if (!code)
            code = add_found(l, folder, names.path[i], depth, err);
        free(names.path[i]);
    }
    free(names.path);
    return code;
}

static enum xenpt_code list_files(struct list *l, const struct settings *s, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < s->nr_arguments; i++) {
        const char *path = s->arguments[i];
        struct stat st;

        if (stat(path, &st) || !S_ISDIR(st.st_mode))
            code = add(l, path, err);
        else
            code = add_folder(l, path, 0, err);
    }
    if (!code && !l->nr)
        code = xenpt_fail(err, XENPT_EPARSE, "there is no scenario: no file that ends in .yaml");
    return code;
}

/* --- Running them -------------------------------------------------------------------------- */

/* What threads have between them, under the lock. */
struct running {
    struct list files;
    struct xenpt_run_options opt;
    struct xenpt_run **runs; /* By file; NULL: not done yet, or reported. */
    bool *done;
    size_t next;
    enum xenpt_code code;
    struct xenpt_error err;
    mtx_t lock;
    cnd_t changed;
};

static bool take(struct running *r, size_t *ret)
{
    bool more;

    mtx_lock(&r->lock);
    more = !r->code && r->next < r->files.nr;
    if (more)
        *ret = r->next++;
    mtx_unlock(&r->lock);
    return more;
}

static void put(struct running *r, size_t i, struct xenpt_run *run, enum xenpt_code code,
                const struct xenpt_error *err)
{
    mtx_lock(&r->lock);
    r->runs[i] = run;
    r->done[i] = true;
    if (code && !r->code) {
        r->code = code;
        r->err = *err;
    }
    cnd_broadcast(&r->changed);
    mtx_unlock(&r->lock);
}

static int work(void *ctx)
{
    struct xenpt_runner *runner = NULL;
    struct running *r = ctx;
    struct xenpt_error err = { 0 };
    enum xenpt_code code = xenpt_runner_create(&runner, &err);
    size_t i;

    while (take(r, &i)) {
        struct xenpt_run *run = NULL;

        if (!code)
            code = xenpt_run_file(runner, r->files.path[i], &r->opt, &run, &err);
        put(r, i, run, code, &err);
    }
    xenpt_runner_destroy(runner);
    return 0;
}

/* Waits for a file's turn; NULL: something failed. */
static struct xenpt_run *await(struct running *r, size_t i)
{
    struct xenpt_run *run = NULL;

    mtx_lock(&r->lock);
    while (!r->done[i] && !r->code)
        cnd_wait(&r->changed, &r->lock);
    if (!r->code) {
        run = r->runs[i];
        r->runs[i] = NULL;
    }
    mtx_unlock(&r->lock);
    return run;
}

/* --- The report ---------------------------------------------------------------------------- */

struct sums {
    size_t all, cells[XENPT_NR_RUN_VERDICTS]; /* A file with mistakes counts as one. */
    bool any;                                 /* Something was meant by --only. */
    enum xenpt_run_verdict worst;
};

static void sum(struct sums *s, const struct xenpt_run_result *r)
{
    if (!r->nr_cells && r->nr_mistakes)
        s->cells[XENPT_RUN_ERROR]++;
    s->all += r->nr_cells ? r->nr_cells : 1;
    s->any |= r->nr_cells || r->nr_mistakes;
    for (size_t i = 0; i < r->nr_cells; i++)
        s->cells[r->cells[i].verdict]++;
    if (r->verdict > s->worst)
        s->worst = r->verdict;
}

static enum xenpt_code report_all(struct running *r, struct xenpt_report *report, struct sums *sums,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < r->files.nr; i++) {
        struct xenpt_run *run = await(r, i);

        if (!run) {
            *err = r->err;
            return r->code;
        }
        sum(sums, xenpt_run_result(run));
        code = xenpt_report_run(report, xenpt_run_result(run), err);
        xenpt_run_destroy(run);
    }
    return code;
}

static enum xenpt_code with_threads(struct running *r, unsigned int nr, struct xenpt_report *report,
                                    struct sums *sums, struct xenpt_error *err)
{
    thrd_t threads[THREADS_MAX];
    unsigned int started = 0;
    enum xenpt_code code;

    while (started < nr && thrd_create(&threads[started], work, r) == thrd_success)
        started++;
    if (!started)
        code = xenpt_fail(err, XENPT_ENOMEM, "no thread can be started");
    else
        code = report_all(r, report, sums, err);
    mtx_lock(&r->lock);
    if (code && !r->code)
        r->code = code; /* Nobody waits for more. */
    mtx_unlock(&r->lock);
    for (unsigned int i = 0; i < started; i++)
        thrd_join(threads[i], NULL);
    return code;
}

static enum xenpt_code run_files(struct running *r, const struct settings *s, struct sums *sums,
                                 struct xenpt_error *err)
{
    struct output output = { NULL, NULL, NULL };
    struct xenpt_report_options opt = { .form = (enum xenpt_report_form)s->format,
                                        .write = output_write,
                                        .ctx = &output };
    struct xenpt_report *report = NULL;
    enum xenpt_code code = output_open(&output, s, err);
    uint64_t jobs = s->jobs.given ? s->jobs.v : 1;

    if (!code) {
        opt.colour = output_colour(&output, s);
        code = xenpt_report_create(XENPT_REPORT_RUN, &opt, &report, err);
    }
    jobs = jobs > r->files.nr ? r->files.nr : jobs;
    if (!code)
        code = with_threads(r, jobs > THREADS_MAX ? THREADS_MAX : (unsigned int)jobs, report, sums,
                            err);
    if (!code)
        code = xenpt_report_finish(report, err);
    xenpt_report_destroy(report);
    if (!code)
        code = output_commit(&output, err);
    output_close(&output);
    return code;
}

enum ending command_run(const struct settings *settings, struct xenpt_error *err)
{
    static const enum ending endings[XENPT_NR_RUN_VERDICTS] = { END_DONE, END_REFUSED, END_CANNOT,
                                                                END_DONE };
    struct running r = {
        .opt = { .set = settings->set.word,
                 .nr_set = settings->set.nr,
                 .only = settings->only,
                 .keep_going = settings->keep_going,
                 .trace = settings->trace,
                 .check_invariants = settings->check_invariants,
                 .journal = settings->journal },
    };
    struct sums sums = { .worst = XENPT_RUN_HELD };
    enum xenpt_code code = list_files(&r.files, settings, err);

    if (!code && settings->jobs.given && !settings->jobs.v)
        code = xenpt_fail(err, XENPT_EPARSE, "--jobs 0 would run nothing");
    r.runs = calloc(r.files.nr + 1, sizeof(struct xenpt_run *));
    r.done = calloc(r.files.nr + 1, sizeof(*r.done));
    if (!code && (!r.runs || !r.done))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu files", r.files.nr);
    mtx_init(&r.lock, mtx_plain);
    cnd_init(&r.changed);
    if (!code)
        code = run_files(&r, settings, &sums, err);
    cnd_destroy(&r.changed);
    mtx_destroy(&r.lock);
    for (size_t i = 0; i < r.files.nr; i++) {
        if (r.runs)
            xenpt_run_destroy(r.runs[i]);
        free(r.files.path[i]);
    }
    free(r.files.path);
    free(r.runs);
    free(r.done);
    if (!code && endings[sums.worst] == END_CANNOT)
        code = xenpt_fail(err, XENPT_EPARSE, "%zu of %zu could not be told; the report says why",
                          sums.cells[XENPT_RUN_ERROR], sums.all);
    /* What is misspelt would hold for ever. */
    if (!code && settings->only && !sums.any)
        code = xenpt_fail(err, XENPT_EPARSE,
                          "--only: no file, scenario or combination has '%s' in its name",
                          settings->only);
    return code ? END_CANNOT : endings[sums.worst];
}
