/* expect_p2m.c - what a guest has at a frame of its physical memory, and what was written there. */
#include <inttypes.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/p2m_words.h"
#include "scenario/verbs.h"
#include "xenpt/physmap.h"
#include "xenpt/suggest.h"

/* --- Words --------------------------------------------------------------------------------- */

bool p2m_view(struct world *w, const struct expr *e, uint32_t usual, uint32_t *ret)
{
    uint64_t view;

    if (!number_or(w, e, usual, &view))
        return false;
    if (view > UINT32_MAX)
        return world_cannot(w, "a view's number has 32 bits");
    *ret = (uint32_t)view;
    return true;
}

static bool is_type(const char *name)
{
    size_t i = 0;

    while (xenpt_p2m_type(i) && strcmp(xenpt_p2m_type(i)->name, name) != 0)
        i++;
    return xenpt_p2m_type(i);
}

void p2m_type_examine(struct scope *s, const struct node *node, const char *key, const char *type)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion sug;

    if (!type || is_type(type))
        return;
    xenpt_suggest_begin(&sug, type);
    for (size_t i = 0; xenpt_p2m_type(i); i++)
        xenpt_suggest_try(&sug, xenpt_p2m_type(i)->name, strlen(xenpt_p2m_type(i)->name));
    mistake(&s->m, &node_get(node, key)->at, XENPT_EPARSE,
            "%s: '%.*s' is no type of a guest's frames, such as ram_rw%s", key, QUOTE_MAX, type,
            xenpt_suggest_words(&sug, hint));
}

bool p2m_access_named(const char *name, enum xenpt_p2m_access *ret)
{
    unsigned int i = 0;

    while (i < XENPT_NR_ACCESS &&
           strcmp(xenpt_p2m_access_word((enum xenpt_p2m_access)i)->name, name) != 0)
        i++;
    *ret = (enum xenpt_p2m_access)i;
    return i < XENPT_NR_ACCESS;
}

void p2m_access_examine(struct scope *s, const struct node *node, const char *name)
{
    enum xenpt_p2m_access access;

    if (name && !p2m_access_named(name, &access))
        mistake(&s->m, &node_get(node, "access")->at, XENPT_EPARSE,
                "access: '%.*s' is none: n, r, w, rw, x, rx, wx, rwx, rx2rw or n2rwx", QUOTE_MAX,
                name);
}

/* --- What was written ---------------------------------------------------------------------- */

struct dirty_args {
    struct check_head head;
    const struct expr *domain, *gfn, *pages;
    bool clean;
};

static enum checked check_dirty(struct world *w, const void *args, const struct xenpt_context *c,
                                struct finding *ret)
{
    const struct dirty_args *a = args;
    uint64_t gfn, pages, nr;
    uint32_t domain;
    bool is, held;

    (void)c;
    if (!domain_or(w, a->domain, 0, &domain) || !number_or(w, a->gfn, 0, &gfn))
        return CHECK_CANNOT;
    nr = xenpt_machine_nr_dirty(w->machine, domain);
    is = xenpt_machine_is_dirty(w->machine, domain, gfn);
    if (!number_or(w, a->pages, nr, &pages))
        return CHECK_CANNOT;
    held = pages == nr && (!a->gfn || is == !a->clean);
    if (ret->tell) {
        ret->expected = a->gfn ? world_text(w, "frame 0x%" PRIx64 " %s", gfn,
                                            a->clean ? "was not written" : "was written")
                               : world_text(w, "%" PRIu64 " pages were written", pages);
        ret->found = world_text(w, "%" PRIu64 " were%s", nr,
                                !a->gfn ? ""
                                : is    ? ", and this one"
                                        : ", and not this one");
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void examine_dirty(struct scope *s, const struct node *node, void *args)
{
    const struct dirty_args *a = args;

    if (!a->gfn && !a->pages)
        mistake(&s->m, &node->at, XENPT_EPARSE, "dirty: what? gfn, a frame; or pages, how many");
}

/* --- What is there ------------------------------------------------------------------------- */

struct p2m_args {
    struct check_head head;
    const struct expr *gfn, *domain, *view, *level;
    const char *type, *access;
    bool nothing;
};

static const char *entry_text(struct world *w, const struct xenpt_p2m_entry *e)
{
    if (!e->type)
        return "nothing is there";
    return world_text(w, "%s, access %s, by an entry of level %u%s", e->type->name,
                      xenpt_p2m_access_word(e->access)->name, e->level,
                      e->pending ? ", which is worked out when it is touched" : "");
}

static enum checked check_p2m(struct world *w, const void *args, const struct xenpt_context *c,
                              struct finding *ret)
{
    const struct p2m_args *a = args;
    struct xenpt_p2m_entry e;
    uint64_t gfn, level;
    uint32_t domain, view = 0;
    bool held;

    (void)c;
    if (!number_or(w, a->gfn, 0, &gfn) || !domain_or(w, a->domain, 0, &domain) ||
        !p2m_view(w, a->view, XENPT_VIEW_HOST, &view))
        return CHECK_CANNOT;
    if (!xenpt_machine_p2m(w->machine, domain, view, gfn, &e)) {
        world_cannot(w, "that domain has no physical memory of its own, or no such view of it");
        return CHECK_CANNOT;
    }
    if (!number_or(w, a->level, e.level, &level))
        return CHECK_CANNOT;
    held = a->nothing ? !e.type : e.type && level == e.level;
    if (held && a->type)
        held = e.type && !strcmp(e.type->name, a->type);
    if (held && a->access)
        held = !strcmp(xenpt_p2m_access_word(e.access)->name, a->access);
    if (ret->tell) {
        ret->expected = a->nothing
                            ? "nothing"
                            : world_text(w, "%s%s%s", a->type ? a->type : "a frame",
                                         a->access ? ", access " : "", a->access ? a->access : "");
        ret->found = entry_text(w, &e);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static void examine_p2m(struct scope *s, const struct node *node, void *args)
{
    const struct p2m_args *a = args;

    p2m_type_examine(s, node, "type", a->type);
    p2m_access_examine(s, node, a->access);
    if (a->nothing && (a->type || a->access || a->level))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "p2m: of nothing there is no type, access or level");
}

/* --- What waits for memory ----------------------------------------------------------------- */

struct pod_args {
    struct check_head head;
    const struct expr *domain, *entries, *waiting, *cache;
};

static enum checked check_pod(struct world *w, const void *args, const struct xenpt_context *c,
                              struct finding *ret)
{
    const struct pod_args *a = args;
    struct xenpt_physmap_pod is;
    uint64_t entries, waiting, cache;
    uint32_t domain;

    (void)c;
    if (!domain_or(w, a->domain, 0, &domain))
        return CHECK_CANNOT;
    if (!xenpt_physmap_pod(w->machine, domain, &is)) {
        world_cannot(w, "that domain has no physical memory of its own");
        return CHECK_CANNOT;
    }
    if (!number_or(w, a->entries, is.entries, &entries) ||
        !number_or(w, a->waiting, is.waiting, &waiting) ||
        !number_or(w, a->cache, is.cache, &cache))
        return CHECK_CANNOT;
    if (ret->tell) {
        ret->expected = world_text(
            w, "%" PRIu64 " are counted, %" PRIu64 " wait, %" PRIu64 " are kept", entries, waiting,
            cache);
        ret->found = world_text(w,
                                "%" PRIu64 " are counted, %" PRIu64 " wait, %" PRIu64 " are kept",
                                is.entries, is.waiting, is.cache);
    }
    return entries == is.entries && waiting == is.waiting && cache == is.cache ? CHECK_HELD
                                                                               : CHECK_FAILED;
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row dirty_rows[] = {
    { .key = "dirty", KIND_ROW(kind_domain, dirty_args, domain), .required = true, .text = "A domain whose writes are logged." },
    { .key = "gfn", KIND_ROW(kind_number, dirty_args, gfn), .text = "This frame of its was written..." },
    { .key = "clean", .type = ROW_BOOL, ROW_AT(dirty_args, clean), .text = "...or was not." },
    { .key = "pages", KIND_ROW(kind_number, dirty_args, pages), .text = "So many were." },
    CHECK_ROWS,
};
static const struct row p2m_rows[] = {
    { .key = "p2m", KIND_ROW(kind_number, p2m_args, gfn), .required = true, .text = "A frame of a guest's physical memory." },
    { .key = "of", KIND_ROW(kind_domain, p2m_args, domain), .required = true, .text = "The HVM or PVH domain." },
    { .key = "type", .type = ROW_TEXT, ROW_AT(p2m_args, type), .text = "Its type, as Xen calls it without p2m_: ram_rw, map_foreign, grant_map_ro." },
    { .key = "access", .type = ROW_TEXT, ROW_AT(p2m_args, access), .text = "The rights that a monitor leaves: as of set-mem-access." },
    { .key = "level", KIND_ROW(kind_number, p2m_args, level), .text = "The level of its entry: 1, a page of 4 KiB." },
    { .key = "nothing", .type = ROW_BOOL, ROW_AT(p2m_args, nothing), .text = "There is nothing." },
    { .key = "view", KIND_ROW(kind_number, p2m_args, view), .text = "In a view; without it, the domain's own." },
    CHECK_ROWS,
};

const struct verb verb_dirty = {
    .record = VERB("dirty", "What the log of a domain's writes has.", dirty_rows),
    .example = "{ dirty: d2, gfn: 0x400 }",
    .size = sizeof(struct dirty_args), .check = check_dirty, .examine = examine_dirty,
};
const struct verb verb_p2m = {
    .record = VERB("p2m", "What a guest has at a frame of its physical memory.", p2m_rows),
    .example = "{ p2m: 0x400, of: d2, type: ram_rw, access: rwx }",
    .size = sizeof(struct p2m_args), .check = check_p2m, .examine = examine_p2m,
};
static const struct row pod_rows[] = {
    { .key = "pod", KIND_ROW(kind_domain, pod_args, domain), .required = true, .text = "An HVM or PVH domain." },
    { .key = "entries", KIND_ROW(kind_number, pod_args, entries), .text = "Frames that wait for memory, as Xen counts them..." },
    { .key = "waiting", KIND_ROW(kind_number, pod_args, waiting), .text = "...and as its physical memory has them." },
    { .key = "cache", KIND_ROW(kind_number, pod_args, cache), .text = "Frames of its that are kept for them." },
    CHECK_ROWS,
};
const struct verb verb_pod = {
    .record = VERB("pod", "What a guest has of memory that comes when it is touched: populate-on-demand.", pod_rows),
    .example = "{ pod: d2, entries: 512, cache: 512 }",
    .size = sizeof(struct pod_args), .check = check_pod,
};
/* clang-format on */
