/* own_cpu.c - the CPU that this runs on: a child's accesses, and what the model says of them. */
#include "validate/own_cpu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "validate/machine.h"
#include "validate/own_live.h"
#include "validate/own_tables.h"

#define PATIENCE 60 /* Seconds for all accesses. */
#define REGION   (OWN_NR_LARGE * OWN_LARGE + OWN_PAGES * OWN_PAGE)

/* --- What to access ------------------------------------------------------------------------ */

static void plan(struct own_ground *g, uint64_t va, uint8_t kind, uint8_t size)
{
    if (g->nr_accesses < OWN_ACCESSES)
        g->access[g->nr_accesses++] = (struct own_access){ va, kind, size };
}

/* Every kind and size, at the beginning, in the middle, and at the end. */
static void plan_page(struct own_ground *g, uint64_t va)
{
    for (uint8_t kind = ACCESS_READ; kind <= ACCESS_RMW; kind++)
        for (uint8_t size = 1; size <= 8; size *= 2) {
            plan(g, va, kind, size);
            plan(g, va + OWN_PAGE / 2, kind, size);
            plan(g, va + OWN_PAGE - size, kind, size);
        }
    plan(g, va, ACCESS_FETCH, 1);
    plan(g, va + OWN_PAGE / 2 + 1, ACCESS_FETCH, 1);
    plan(g, va + OWN_PAGE - 1, ACCESS_FETCH, 1);
}

/* Loads and stores across a border.  A locked access there stops a whole machine, and Linux
 * may punish it. */
static void plan_crossing(struct own_ground *g, uint64_t border)
{
    for (uint8_t kind = ACCESS_READ; kind <= ACCESS_WRITE; kind++)
        for (uint8_t size = 2; size <= 8; size *= 2)
            for (uint8_t before = 1; before < size; before++)
                plan(g, border - before, kind, size);
}

static void plan_all(struct own_ground *g, bool la57)
{
    uint64_t edge = XENPT_BIT(la57 ? 56 : 47);
    const uint64_t elsewhere[] = {
        edge,
        XENPT_BIT(63),
        ~edge + 1 - OWN_PAGE,
        edge | OWN_PAGE, /* Not canonical. */
        ~edge + 1,
        UINT64_C(0xffffffff80000000), /* Linux's own half. */
    };

    for (unsigned int i = 0; i < OWN_PAGES; i++)
        plan_page(g, g->pages + i * OWN_PAGE);
    for (unsigned int i = 1; i < OWN_PAGES; i += 2)
        plan_crossing(g, g->pages + i * OWN_PAGE);
    for (unsigned int i = 0; i < OWN_NR_LARGE; i++) {
        plan_page(g, g->large + i * OWN_LARGE);
        plan_page(g, g->large + (i + 1) * OWN_LARGE - OWN_PAGE);
    }
    plan_crossing(g, g->large + OWN_LARGE);
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        for (uint8_t kind = ACCESS_READ; kind <= ACCESS_FETCH; kind++)
            plan(g, elsewhere[i], kind, 4);
}

/* --- The child ----------------------------------------------------------------------------- */

struct own_process {
    pid_t pid;
    int hold; /* Closed when it may go. */
};

static enum xenpt_code start(struct own_ground *g, struct own_process *ret, struct xenpt_error *err)
{
    pid_t parent = getpid();
    int hold[2];
    char byte;

    if (pipe2(hold, O_CLOEXEC))
        return xenpt_fail(err, XENPT_EIO, "no pipe to a child: %s", strerror(errno));
    ret->pid = fork();
    if (ret->pid < 0) {
        xenpt_fail(err, XENPT_EIO, "no child: %s", strerror(errno));
        close(hold[0]);
        close(hold[1]);
        return XENPT_EIO;
    }
    if (ret->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(hold[1]);
        if (getppid() == parent) {
            own_child(g);
            /* Its tables are looked at until the pipe closes. */
            while (read(hold[0], &byte, 1) > 0)
                ;
        }
        _exit(0);
    }
    close(hold[0]);
    ret->hold = hold[1];
    return XENPT_OK;
}

static void stop(struct own_process *process)
{
    close(process->hold);
    kill(process->pid, SIGKILL);
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static enum xenpt_code wait_until_ready(const struct own_ground *g,
                                        const struct own_process *process,
                                        const struct mmu_options *options, struct xenpt_error *err)
{
    static const struct timespec pause = { .tv_nsec = 2000000 };

    for (unsigned int i = 0; i < PATIENCE * 500; i++) {
        siginfo_t info = { 0 };

        if (__atomic_load_n(&g->ready, __ATOMIC_ACQUIRE))
            return XENPT_OK;
        if (options_stopped(options))
            return xenpt_fail(err, XENPT_ESTOPPED, "stopped");
        if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT | WNOHANG) || info.si_pid)
            return xenpt_fail(err, XENPT_EIO, "the child that makes accesses died");
        nanosleep(&pause, NULL);
    }
    return xenpt_fail(err, XENPT_EIO, "a child's accesses took more than %u seconds", PATIENCE);
}

/* --- What came of it ----------------------------------------------------------------------- */

static void compare(const struct own_ground *g, const struct own_tables *tables,
                    struct own_report *ret)
{
    for (uint32_t i = 0; i < g->nr_accesses; i++) {
        struct own_difference d = { .access = g->access[i], .outcome = g->outcome[i] };

        if (!g->outcome[i].made)
            continue;
        own_expect(&tables->paging, xenpt_store_reader(tables->store), &d.access, &d.expected);
        ret->accesses++;
        ret->refused += d.outcome.signal != 0;
        ret->either += d.expected.either;
        ret->by_rule[d.expected.rule]++;
        if (own_agrees(&d.expected, &d.outcome))
            continue;
        if (ret->differing < OWN_DIFFERENCES)
            ret->difference[ret->differing] = d;
        ret->differing++;
    }
}

/* Two pages never share a frame; a page of Linux's that has none is not there. */
static void check_frames(const struct own_ground *g, struct own_report *ret)
{
    if (!g->has_frames) {
        snprintf(ret->no_frames, sizeof(ret->no_frames),
                 "/proc/self/pagemap shows frames to root only");
        return;
    }
    for (unsigned int i = 0; i < OWN_PAGES; i++)
        ret->frames += g->frame[i] != 0;
}

static enum xenpt_code reserve(struct own_ground **ret, void **region, struct xenpt_error *err)
{
    void *ground = mmap(NULL, sizeof(**ret), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
    void *place = mmap(NULL, REGION + OWN_LARGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (ground == MAP_FAILED || place == MAP_FAILED) {
        if (ground != MAP_FAILED)
            munmap(ground, sizeof(**ret));
        if (place != MAP_FAILED)
            munmap(place, REGION + OWN_LARGE);
        xenpt_fail(err, XENPT_ENOMEM, "no memory for accesses: %s", strerror(errno));
        return XENPT_ENOMEM;
    }
    *ret = ground;
    *region = place;
    (*ret)->large = ((uint64_t)(uintptr_t)place + OWN_LARGE - 1) & ~(OWN_LARGE - 1);
    (*ret)->pages = (*ret)->large + OWN_NR_LARGE * OWN_LARGE;
    return XENPT_OK;
}

static enum xenpt_code check(struct own_ground *g, const struct mmu_options *options,
                             struct own_report *ret, struct xenpt_error *err)
{
    struct own_tables tables = { 0 };
    struct own_process process = { 0 };
    enum xenpt_code code;

    own_machine(&ret->machine);
    plan_all(g, ret->machine.la57);
    code = start(g, &process, err);
    if (code)
        return code;
    code = wait_until_ready(g, &process, options, err);
    if (!code) {
        ret->machine.regs.pkru = g->pkru;
        ret->keys = g->has_keys;
        ret->large = g->large_is[0] || g->large_is[1];
        code = own_tables_create(&tables, &ret->machine, g, err);
    }
    if (!code) {
        compare(g, &tables, ret);
        check_frames(g, ret);
        own_live_check("/proc/kcore", g, ret);
    }
    own_tables_destroy(&tables);
    stop(&process);
    return code;
}

enum xenpt_code own_cpu_check(const struct mmu_options *options, struct own_report *ret,
                              struct xenpt_error *err)
{
    struct own_report report = { 0 };
    struct own_ground *g = NULL;
    void *region = NULL;
    enum xenpt_code code = reserve(&g, &region, err);

    if (code)
        return code;
    code = check(g, options, &report, err);
    munmap(region, REGION + OWN_LARGE);
    munmap(g, sizeof(*g));
    if (!code)
        *ret = report;
    return code;
}
