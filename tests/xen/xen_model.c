/*
 * xen_model.c - the cases, asked of the model.
 *
 *   xen_model [--release N] [--options WORDS] [--last iret-frame/iret-user-table] [--each]
 *
 * Prints the lines that the guest prints, each followed by a tab and the rules that refused what.
 * With --each, of every rule, how many of these lines are others without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "xen/internal.h"
#include "xenpt/grant.h"
#include "xenpt/model.h"

#define MODEL                                                                                      \
    "host: { ram: [0x0..0x9fbff, 0x100000..0xffdffff], cpus: 2, processor: naples }\n"             \
    "xen: { release: \"%s\", options: [%s] }\n"                                                    \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 32M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 16M }\n"                                                          \
    "  d2: { type: pvh, memory: 4M }\n"                                                            \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel }\n"

static struct xenpt_machine *machine;
static struct xenpt_pv_rules rules;
static unsigned int caller_domain;
static uint64_t taken[2];
static char refused_by[512];

_Noreturn static void failed(const struct xenpt_error *err)
{
    fflush(stdout);
    fprintf(stderr, "xen_model: %u:%u: %s\n", err->line, err->column, err->text);
    exit(2);
}

/* --- Who asks, and what there is ------------------------------------------------------------- */

static struct xenpt_pv_caller caller(void)
{
    return (struct xenpt_pv_caller){ .domain = caller_domain, .rules = &rules };
}

/* What every request does with what came of it. */
static int came(enum xenpt_code code, const struct xenpt_pv_result *r,
                const struct xenpt_error *err)
{
    size_t used = strlen(refused_by);

    if (code)
        failed(err);
    if (r->rule && used < sizeof(refused_by) - 40)
        snprintf(refused_by + used, sizeof(refused_by) - used, "%s%s", used ? " " : "",
                 r->rule->name);
    return r->error >= XENPT_GRANT_STATUS ? XENPT_GRANT_STATUS - r->error : -r->error;
}

unsigned int who(void)
{
    return caller_domain;
}

static const struct domain *domain(unsigned int d)
{
    return &machine->domains[d];
}

static uint64_t take(unsigned int d)
{
    return domain_frame(domain(d), domain(d)->nr_frames - ++taken[d]);
}

uint64_t fresh(void)
{
    return take(caller_domain);
}

uint64_t other(void)
{
    return take(!caller_domain);
}

uint64_t kernel_page(uint64_t *va)
{
    *va = domain(caller_domain)->at.base + 5 * XENPT_PAGE_SIZE;
    return domain_frame(domain(caller_domain), 5);
}

uint64_t root(void)
{
    static uint64_t first[2];

    /* The one that it began with, whichever it has loaded. */
    if (!first[caller_domain])
        first[caller_domain] = domain(caller_domain)->vcpus[0].kernel_l4 >> XENPT_PAGE_SHIFT;
    return first[caller_domain];
}

uint64_t shared_info(void)
{
    return frames_of(domain(caller_domain), XENPT_SPECIAL_SHARED_INFO)->mfn;
}

uint64_t of_d2(void)
{
    return 5;
}

uint64_t get(uint64_t frame, unsigned int slot)
{
    return entry_read(machine, frame << XENPT_PAGE_SHIFT, slot);
}

void put(uint64_t frame, unsigned int slot, uint64_t word)
{
    struct xenpt_error err = { 0 };

    if (xenpt_store_write(machine->store, (frame << XENPT_PAGE_SHIFT) + slot * 8, &word, 8, &err))
        failed(&err);
}

/* --- Requests -------------------------------------------------------------------------------- */

int ask_mmu(const struct mmu_request *req, unsigned int nr, uint32_t foreigndom, uint32_t *done)
{
    struct xenpt_pv_mmu_update list[16];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < nr; i++)
        list[i] = (struct xenpt_pv_mmu_update){ req[i].ptr, req[i].val };
    code = xenpt_pv_mmu_update(machine, &c, list, nr, foreigndom, &r, &err);
    if (done)
        *done = r.done;
    return came(code, &r, &err);
}

int ask_ext(const struct ext_request *op, unsigned int nr, uint32_t of, uint32_t *done)
{
    struct xenpt_pv_mmuext list[16];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    for (unsigned int i = 0; i < nr; i++)
        list[i] = (struct xenpt_pv_mmuext){ op[i].cmd, op[i].arg, op[i].second };
    code = xenpt_pv_mmuext(machine, &c, list, nr, of, &r, &err);
    if (done)
        *done = r.done;
    return came(code, &r, &err);
}

int ask_va(uint64_t va, uint64_t val, uint64_t flush, uint32_t of)
{
    struct xenpt_pv_va_update update = { .va = va,
                                         .val = val,
                                         .flush = (enum xenpt_pv_uvmf)(flush & 3),
                                         .all = flush >> 2 & 1,
                                         .domain = of };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_update_va(machine, &c, &update, &r, &err), &r, &err);
}

int ask_gdt(const uint64_t *frames, uint32_t entries)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_set_gdt(machine, &c, frames, entries, &r, &err), &r, &err);
}

int ask_descriptor(uint64_t where, uint64_t descriptor)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_update_descriptor(machine, &c, where, descriptor, &r, &err), &r, &err);
}

int ask_assist(uint32_t cmd, uint32_t type)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_vm_assist(machine, &c, cmd, type, &r, &err), &r, &err);
}

/* Whatever Xen does not do is a fault of the guest's. */
int ask_write(uint64_t va, uint64_t value, unsigned int bytes)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_write_table(machine, &c, va, value, bytes, &r, &err), &r, &err) ? 14 : 0;
}

int ask_ldt(uint64_t offset)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_map_ldt(machine, &c, offset, &r, &err), &r, &err) ? 14 : 0;
}

int ask_memory(unsigned int what, uint32_t of, uint32_t order, uint32_t bits, uint64_t *extents,
               unsigned int nr)
{
    struct xenpt_pv_reservation what_for = {
        .what = (enum xenpt_pv_reservation_kind)what,
        .domain = of,
        .order = order,
        .address_bits = bits,
    };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    int rc = came(xenpt_pv_reservation(machine, &c, &what_for, extents, nr, &r, &err), &r, &err);

    return rc ? rc : (int)r.done;
}

int ask_exchange(const struct exchange *x)
{
    struct xenpt_pv_exchange e = { .in = x->in,
                                   .nr_in = x->nr_in,
                                   .in_order = x->in_order,
                                   .out = x->out,
                                   .nr_out = x->nr_out,
                                   .out_order = x->out_order,
                                   .address_bits = x->bits,
                                   .domain = x->domain,
                                   .begin = x->begin,
                                   .at = x->at };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_exchange(machine, &c, &e, &r, &err), &r, &err);
}

static bool crashed;

void last_iret(unsigned int what)
{
    struct xenpt_pv_iret iret = { .cs = 0xe033,
                                  .on_stack = what == IRET_FRAME,
                                  .stack = UINT64_C(0x123456789000) };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    if (what == IRET_USER_TABLE)
        ask_ext(&(struct ext_request){ NEW_USER_BASE, 0, 0 }, 1, SELF, NULL);
    came(xenpt_pv_iret(machine, &c, &iret, &r, &err), &r, &err);
    crashed = !strcmp(r.name, "crash");
}

/* --- Multicalls ------------------------------------------------------------------------------ */

static enum xenpt_code make(void *ctx, size_t i, const struct xenpt_pv_caller *c,
                            struct xenpt_pv_result *r, struct xenpt_error *err)
{
    struct in_call *call = (struct in_call *)ctx + i;
    struct xenpt_pv_mmu_update mmu = { call->a, call->b };
    struct xenpt_pv_mmuext ext = { (uint32_t)call->a, call->b, 0 };
    struct xenpt_pv_va_update va = { .va = call->a, .val = call->b, .domain = SELF };
    enum xenpt_code code;

    switch (call->kind) {
    case IN_MMU:
        code = xenpt_pv_mmu_update(machine, c, &mmu, 1, SELF, r, err);
        break;
    case IN_EXT:
        code = xenpt_pv_mmuext(machine, c, &ext, 1, SELF, r, err);
        break;
    case IN_VA:
        code = xenpt_pv_update_va(machine, c, &va, r, err);
        break;
    default:
        code = xenpt_pv_multicall(machine, c, 0, make, ctx, r, err);
    }
    call->rc = came(code, r, err);
    return code;
}

int ask_multicall(struct in_call *calls, unsigned int nr)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_pv_multicall(machine, &c, nr, make, calls, &r, &err), &r, &err);
}

/* --- Grants ---------------------------------------------------------------------------------- */

static int setup(uint32_t of, uint32_t nr)
{
    uint64_t frames[80];
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_setup_table(machine, &c, of, nr, frames, &r, &err), &r, &err);
}

int ask_setup(uint32_t of, uint32_t nr)
{
    return setup(of, nr);
}

bool offer(unsigned int of, uint32_t ref, struct offer what)
{
    struct xenpt_grant_entry e = { .flags = what.flags,
                                   .domain = what.domain,
                                   .frame = what.frame };

    if (setup(of == caller_domain ? SELF : of, ref / 512 + 1))
        return false;
    return !xenpt_grant_offer(machine, of, ref, &e, NULL);
}

bool offer2(uint32_t ref, struct offer2 what)
{
    struct xenpt_grant_entry e = { .flags = what.flags,
                                   .domain = what.domain,
                                   .frame = what.frame,
                                   .start = what.start,
                                   .length = what.length,
                                   .from_domain = what.from_domain,
                                   .from_ref = what.from_ref };

    if (setup(SELF, ref / 256 + 1))
        return false;
    return !xenpt_grant_offer(machine, caller_domain, ref, &e, NULL);
}

int ask_map(uint64_t where, uint32_t flags, uint32_t of, uint32_t ref, uint32_t *handle,
            uint64_t *bus)
{
    struct xenpt_grant_map map = { where, flags, of, ref };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_map(machine, &c, &map, handle, bus, &r, &err), &r, &err);
}

static int unmap(uint64_t where, uint64_t bus, uint64_t by, uint32_t handle)
{
    struct xenpt_grant_unmap req = { where, bus, by, handle };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_unmap(machine, &c, &req, &r, &err), &r, &err);
}

int ask_unmap(uint64_t where, uint64_t bus, uint32_t handle)
{
    return unmap(where, bus, 0, handle);
}

int ask_replace(uint64_t where, uint64_t by, uint32_t handle)
{
    return unmap(where, 0, by, handle);
}

int ask_statuses(uint32_t of, uint32_t nr, uint64_t *frame)
{
    uint64_t frames[80] = { 0 };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    int rc = came(xenpt_grant_status_frames(machine, &c, of, nr, frames, &r, &err), &r, &err);

    if (!rc)
        *frame = frames[0];
    return rc;
}

int ask_size(uint32_t of)
{
    uint32_t nr, max;
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_query_size(machine, &c, of, &nr, &max, &r, &err), &r, &err);
}

int ask_version(uint32_t version)
{
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_set_version(machine, &c, version, &r, &err), &r, &err);
}

static struct xenpt_grant_side side_of(struct side s)
{
    return (struct xenpt_grant_side){ s.by_ref, s.domain, s.what, s.offset };
}

int ask_copy(struct side from, struct side to, uint16_t length)
{
    struct xenpt_grant_copy copy = { side_of(from), side_of(to), length };
    struct xenpt_pv_caller c = caller();
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    return came(xenpt_grant_copy(machine, &c, &copy, &r, &err), &r, &err);
}

/* --- Running --------------------------------------------------------------------------------- */

static FILE *out;
static unsigned int last; /* IRET_... */

static void print(const char *line)
{
    fprintf(out, "%.*s\t%s\n", (int)strcspn(line, "\n"), line, refused_by);
    refused_by[0] = '\0';
}

static void run(FILE *to)
{
    out = to;
    for (caller_domain = D0; caller_domain <= D1; caller_domain++)
        cases_run(print);
    caller_domain = D1;
    last_iret(last);
    cases_last(last, crashed, print);
    fflush(to);
}

/* Up to the tab: what a guest prints as well. */
static bool same(const char *a, const char *b)
{
    size_t n = strcspn(a, "\t\n");

    return n == strcspn(b, "\t\n") && !strncmp(a, b, n);
}

/*
 * The cases without one rule, in a process of its own: what a rule protects may be the model's own
 * sense.  Prints the rule, how many lines are others, and the first of them.
 */
static void without(const struct xenpt_pv_rule *rule, FILE *as_they_are)
{
    char line[1200], other[1200], first[1200] = "";
    unsigned int differ = 0;
    FILE *made = tmpfile();
    int status = 0;
    pid_t child;

    if (!made)
        exit(2);
    fflush(stdout);
    child = fork();
    if (!child) {
        /* What it complains of is what was to be seen. */
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        xenpt_pv_rules_switch(&rules, rule->name, false);
        run(made);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        exit(2);
    rewind(made);
    rewind(as_they_are);
    while (fgets(line, sizeof(line), as_they_are)) {
        if (fgets(other, sizeof(other), made) && same(line, other))
            continue;
        if (!differ++)
            strcpy(first, line);
    }
    fclose(made);
    printf("%s\t%u\t%.*s%s\n", rule->name, differ, (int)strcspn(first, ":"), first,
           status ? " (the model gives up)" : "");
}

static void each(void)
{
    FILE *as_they_are = tmpfile();

    if (!as_they_are)
        exit(2);
    if (!fork()) {
        run(as_they_are);
        _exit(0);
    }
    wait(NULL);
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        without(xenpt_pv_rule(i), as_they_are);
    fclose(as_they_are);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return argv[i + 1];
    return otherwise;
}

int main(int argc, char **argv)
{
    char text[2000];
    struct xenpt_model *model;
    struct xenpt_error err = { 0 };

    snprintf(text, sizeof(text), MODEL, option(argc, argv, "--release", "4.17.7"),
             option(argc, argv, "--options", ""));
    if (xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, &err) ||
        xenpt_model_build(model, &machine, &err))
        failed(&err);
    last = strcmp(option(argc, argv, "--last", ""), "iret-user-table") ? IRET_FRAME
                                                                       : IRET_USER_TABLE;
    rules = xenpt_pv_rules_of_machine(machine);
    if (argc > 1 && !strcmp(argv[argc - 1], "--each"))
        each();
    else
        run(stdout);
    xenpt_machine_destroy(machine);
    xenpt_model_close(model);
    return 0;
}
