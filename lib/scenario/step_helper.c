/* step_helper.c - steps: what a debugger in dom0 has Xen do, and a guest's console. */
#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/sharing.h"
#include "scenario/verbs.h"
#include "xen/console.h"
#include "xenpt/debugger.h"

/* --- gdbsx --------------------------------------------------------------------------------- */

enum debug_access { DEBUG_READ, DEBUG_WRITE };

struct debug_args {
    struct step_head head;
    const struct expr *of, *vcpu, *at, *bytes, *argument;
    uint32_t access;
};

static bool run_debug(struct world *w, const void *args, const char **said)
{
    const struct debug_args *a = args;
    struct xenpt_gdbsx what = { .write = a->access == DEBUG_WRITE };
    struct calling c;
    uint64_t left;

    if (!call_begin(w, a->vcpu, &c) || !call_argument(&c, a->argument) ||
        !domain_or(w, a->of, 0, &what.domain) || !number_or(w, a->at, 0, &what.va) ||
        !number_or(w, a->bytes, 8, &what.length) || !call_go(&c) ||
        !call_end(&c, !xenpt_gdbsx_memory(w->machine, &c.caller, &what, &left, &c.r, &w->problem),
                  said))
        return false;
    if (!w->brief && left)
        *said = world_text(w, "%s; %" PRIu64 " bytes are left", *said, left);
    return true;
}

/* --- The console --------------------------------------------------------------------------- */

struct console_args {
    struct step_head head;
    const struct expr *domain;
    const char *text;
};

static bool console(struct world *w, const struct console_args *a, bool typed)
{
    uint32_t domain;
    struct domain *d;

    if (!domain_or(w, a->domain, 0, &domain))
        return false;
    d = domain_there(w->machine, domain);
    if (!d)
        return world_cannot(w, "that domain is not there now");
    world_changed(w);
    return !console_pass(w->machine, d, typed, a->text, &w->problem);
}

static bool run_print(struct world *w, const void *args, const char **said)
{
    *said = NULL;
    return console(w, args, false);
}

static bool run_type(struct world *w, const void *args, const char **said)
{
    *said = NULL;
    return console(w, args, true);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word accesses[] = {
    [DEBUG_READ] = { "read", "it is read" },
    [DEBUG_WRITE] = { "write", "it is written, and keeps what it has" },
};
static const struct words access_words = { accesses, ARRAY_SIZE(accesses), NULL, 0 };
static const struct row debug_rows[] = {
    { .key = "debug-memory", KIND_ROW(kind_domain, debug_args, of), .required = true, .text = "The domain that is debugged." },
    { .key = "by", KIND_ROW(kind_vcpu, debug_args, vcpu), .required = true, .text = "The vCPU that makes the hypercall, of a privileged domain." },
    { .key = "at", KIND_ROW(kind_address, debug_args, at), .required = true, .text = "A virtual address of its first vCPU's, by the tables that this has." },
    { .key = "bytes", KIND_ROW(kind_number, debug_args, bytes), .text = "How many; 8 without it." },
    { .key = "access", .type = ROW_ONE, ROW_AT(debug_args, access), .words = &access_words, .text = "What is done." },
    ARGUMENT_ROW(debug_args),
    STEP_ROWS,
};
#define TEXT_ROW { .key = "text", .type = ROW_TEXT, ROW_AT(console_args, text), .required = true, .text = "The bytes." }
static const struct row print_rows[] = {
    { .key = "console-print", KIND_ROW(kind_domain, console_args, domain), .required = true, .text = "The guest, whose console somebody has mapped and connected." },
    TEXT_ROW, STEP_ROWS,
};
static const struct row type_rows[] = {
    { .key = "console-type", KIND_ROW(kind_domain, console_args, domain), .required = true, .text = "The guest, likewise." },
    TEXT_ROW, STEP_ROWS,
};

const struct verb verb_debug_memory = {
    .record = VERB("debug-memory", "A debugger in dom0, gdbsx, has Xen copy memory of a domain's: Xen walks its tables and maps each page, whatever rights their entries give (XEN_DOMCTL_gdbsx_guestmemio).", debug_rows),
    .example = "{ debug-memory: d1, by: d0.v0, at: 0xffffffff80005000 }",
    .size = sizeof(struct debug_args), .hypercall = true, .run = run_debug,
};
const struct verb verb_console_print = {
    .record = VERB("console-print", "A guest prints: bytes in its console's ring, which xenconsoled takes.", print_rows),
    .example = "{ console-print: d1, text: hello }", .size = sizeof(struct console_args), .run = run_print,
};
const struct verb verb_console_type = {
    .record = VERB("console-type", "Somebody types at a guest's console: xenconsoled puts bytes into its ring.", type_rows),
    .example = "{ console-type: d1, text: ls }", .size = sizeof(struct console_args), .run = run_type,
};
/* clang-format on */
