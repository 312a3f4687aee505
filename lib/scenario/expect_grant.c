/* expect_grant.c - expectations: which grants are in use, and by whom. */
#include <inttypes.h>

#include "scenario/hypercall.h"
#include "scenario/verbs.h"
#include "xen/internal.h"
#include "xenpt/grant.h"

/* --- An entry ------------------------------------------------------------------------------ */

enum status {
    STATUS_ANY,
    STATUS_NONE,
    STATUS_READING,
    STATUS_WRITING,
    STATUS_COMMITTED,
    STATUS_COMPLETED
};

struct grant_args {
    struct check_head head;
    const struct expr *ref, *of, *by, *frame, *pins, *host_rw, *host_ro, *device_rw, *device_ro;
    uint32_t status;
};

static enum status status_of(const struct xenpt_grant_entry *e)
{
    if ((e->flags & XENPT_GRANT_TYPE) == XENPT_GRANT_ACCEPT_TRANSFER) {
        if (e->flags & XENPT_GRANT_TRANSFER_COMPLETED)
            return STATUS_COMPLETED;
        return e->flags & XENPT_GRANT_TRANSFER_COMMITTED ? STATUS_COMMITTED : STATUS_NONE;
    }
    if (e->flags & XENPT_GRANT_WRITING)
        return STATUS_WRITING;
    return e->flags & XENPT_GRANT_READING ? STATUS_READING : STATUS_NONE;
}

static unsigned int pins_of(const struct xenpt_grant_use *u)
{
    return u->host_rw + u->host_ro + u->device_rw + u->device_ro;
}

static const char *use_text(struct world *w, const struct xenpt_grant_use *u,
                            const struct xenpt_grant_entry *e)
{
    static const char *const noted[] = { [STATUS_ANY] = "",
                                         [STATUS_NONE] = "the guest sees no use of it",
                                         [STATUS_READING] = "the guest sees it read",
                                         [STATUS_WRITING] = "the guest sees it written",
                                         [STATUS_COMMITTED] = "the guest sees a frame on its way",
                                         [STATUS_COMPLETED] = "the guest sees a frame come" };

    if (!pins_of(u))
        return world_text(w, "not in use; %s", noted[status_of(e)]);
    return world_text(w,
                      "d%u has mfn 0x%" PRIx64 " by it: host-rw %u, host-ro %u, device-rw %u, "
                      "device-ro %u; %s",
                      (unsigned int)u->domain, u->frame, u->host_rw, u->host_ro, u->device_rw,
                      u->device_ro, noted[status_of(e)]);
}

/* False: it has no value now. */
static bool is(struct world *w, const struct expr *e, uint64_t have, bool *held)
{
    uint64_t wanted;

    if (!number_or(w, e, have, &wanted))
        return false;
    *held &= wanted == have;
    return true;
}

static bool by_is(struct world *w, const struct expr *e, uint32_t have, bool *held)
{
    uint32_t wanted;

    if (!domain_or(w, e, have, &wanted))
        return false;
    *held &= wanted == have;
    return true;
}

static enum checked check_grant(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct grant_args *a = args;
    struct xenpt_grant_use use = { .host_rw = 0 };
    struct xenpt_grant_entry e;
    uint32_t domain;
    uint64_t ref;
    bool held = true;

    (void)c;
    if (!domain_or(w, a->of, 0, &domain) || !number_or(w, a->ref, 0, &ref))
        return CHECK_CANNOT;
    if (ref > UINT32_MAX || !xenpt_grant_entry(w->machine, domain, (uint32_t)ref, &e)) {
        world_cannot(w, "d%u has no grant %" PRIu64, (unsigned int)domain, ref);
        return CHECK_CANNOT;
    }
    if (!xenpt_grant_use(w->machine, domain, (uint32_t)ref, &use))
        use.frame = UINT64_MAX;
    if ((a->by || a->frame) && !pins_of(&use))
        held = false;
    else if (!by_is(w, a->by, use.domain, &held) || !is(w, a->frame, use.frame, &held))
        return CHECK_CANNOT;
    if (!is(w, a->pins, pins_of(&use), &held) || !is(w, a->host_rw, use.host_rw, &held) ||
        !is(w, a->host_ro, use.host_ro, &held) || !is(w, a->device_rw, use.device_rw, &held) ||
        !is(w, a->device_ro, use.device_ro, &held))
        return CHECK_CANNOT;
    held &= a->status == STATUS_ANY || a->status == (uint32_t)status_of(&e);
    if (ret->tell) {
        ret->expected = world_text(w, "grant %" PRIu64 " of d%u is so", ref, (unsigned int)domain);
        ret->found = use_text(w, &use, &e);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- A frame ------------------------------------------------------------------------------- */

struct granted_args {
    struct check_head head;
    const struct expr *frame, *to, *pins;
};

struct found_use {
    unsigned int pins;
    uint32_t owner, by; /* Of the first. */
    uint64_t ref;
};

/* All uses of a frame; to: UINT32_MAX: by anyone. */
static struct found_use uses_of(const struct xenpt_machine *m, uint64_t frame, uint32_t to)
{
    struct found_use f = { .pins = 0 };
    struct xenpt_grant_entry e;
    struct xenpt_grant_use u;

    for (uint32_t d = 0; d < m->nr_domains; d++)
        for (uint32_t ref = 0; xenpt_grant_entry(m, d, ref, &e); ref++) {
            if (!xenpt_grant_use(m, d, ref, &u) || u.frame != frame ||
                (to != UINT32_MAX && u.domain != to))
                continue;
            if (!f.pins)
                f = (struct found_use){ .owner = d, .by = u.domain, .ref = ref };
            f.pins += pins_of(&u);
        }
    return f;
}

static enum checked check_granted(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    const struct granted_args *a = args;
    struct found_use f;
    uint64_t frame, pins;
    uint32_t to;
    bool held;

    (void)c;
    if (!number_or(w, a->frame, 0, &frame) || !domain_or(w, a->to, UINT32_MAX, &to) ||
        !number_or(w, a->pins, 0, &pins))
        return CHECK_CANNOT;
    f = uses_of(w->machine, frame, to);
    held = a->pins ? f.pins == pins : f.pins > 0;
    if (ret->tell) {
        ret->expected = world_text(w, "mfn 0x%" PRIx64 " is in use by a grant", frame);
        ret->found = f.pins ? world_text(w, "%u times, first by d%u, by grant %" PRIu64 " of d%u",
                                         f.pins, (unsigned int)f.by, f.ref, (unsigned int)f.owner)
                            : "by none";
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct xenpt_word statuses[] = {
    [STATUS_ANY] = { "any", "whatever it is" },
    [STATUS_NONE] = { "none", "nobody uses it" },
    [STATUS_READING] = { "reading", "it is read" },
    [STATUS_WRITING] = { "writing", "it is written as well" },
    [STATUS_COMMITTED] = { "committed", "of a transfer: a frame is on its way" },
    [STATUS_COMPLETED] = { "completed", "of a transfer: a frame has come" },
};
static const struct words status_words = { statuses, ARRAY_SIZE(statuses), NULL, 0 };

static const struct row grant_rows[] = {
    { .key = "grant", KIND_ROW(kind_number, grant_args, ref), .required = true, .text = "Which entry." },
    { .key = "of", KIND_ROW(kind_domain, grant_args, of), .required = true, .text = "The domain whose it is." },
    { .key = "by", KIND_ROW(kind_domain, grant_args, by), .text = "Who uses it." },
    { .key = "frame", KIND_ROW(kind_frame, grant_args, frame), .text = "The frame that is used by it." },
    { .key = "pins", KIND_ROW(kind_number, grant_args, pins), .text = "How often it is in use: the sum of those below." },
    { .key = "host-rw", KIND_ROW(kind_number, grant_args, host_rw), .text = "By CPUs, to be written." },
    { .key = "host-ro", KIND_ROW(kind_number, grant_args, host_ro), .text = "By CPUs, to be read." },
    { .key = "device-rw", KIND_ROW(kind_number, grant_args, device_rw), .text = "By devices, to be written." },
    { .key = "device-ro", KIND_ROW(kind_number, grant_args, device_ro), .text = "By devices, to be read." },
    { .key = "status", .type = ROW_ONE, ROW_AT(grant_args, status), .words = &status_words,
      .text = "What the guest sees, in its memory, that is done with it." },
    CHECK_ROWS,
};
static const struct row granted_rows[] = {
    { .key = "granted", KIND_ROW(kind_frame, granted_args, frame), .required = true, .text = "A frame." },
    { .key = "to", KIND_ROW(kind_domain, granted_args, to), .text = "Who has it; anyone without it." },
    { .key = "pins", KIND_ROW(kind_number, granted_args, pins), .text = "How often; 0: not at all; once or more without it." },
    CHECK_ROWS,
};

const struct verb verb_grant = {
    .record = VERB("grant", "What Xen knows of an entry of a grant table: who uses it, and how often.", grant_rows),
    .example = "{ grant: 8, of: d1, by: d0, host-rw: 1, status: writing }",
    .size = sizeof(struct grant_args), .check = check_grant,
};
const struct verb verb_granted = {
    .record = VERB("granted", "A frame is in use by a grant.", granted_rows),
    .example = "{ granted: d1.gfn(5), to: d0 }",
    .size = sizeof(struct granted_args), .check = check_granted,
};
/* clang-format on */
