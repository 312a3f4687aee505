/*
 * expect_touched.c - expectations: who but a guest has touched its memory, and who has not.
 *
 * A touch at an address that nobody has named is of its domain's memory, but of which frame is not
 * known: what would depend on that cannot be told.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/journal.h"
#include "scenario/verbs.h"

enum touch_access { ACCESS_ANY, ACCESS_READ, ACCESS_WRITE };

struct touched_args {
    struct check_head head;
    const struct expr *memory, *of, *at, *count;
    unsigned int by, why, through, consent, unless; /* A bit each; 0: any. */
    uint32_t access;
    const char *since, *during;
};

/* What is looked for, and what was met. */
struct looking {
    struct world *w;
    const struct touched_args *a;
    struct value memory;
    uint64_t va;
    uint32_t of;
    size_t first, end;                 /* Of the journal. */
    uint64_t times;                    /* That it was met... */
    size_t met[3], nr;                 /* ...and the first of them. */
    const struct xenpt_touch *unknown; /* One that may be of the frame, or not. */
};

/* --- When ---------------------------------------------------------------------------------- */

static const struct journal_mark *mark_of(const struct journal *j, const char *name)
{
    for (size_t i = 0; i < j->nr_marks; i++) {
        uint32_t number;

        if (digits_read(name, strlen(name), &number)
                ? j->marks[i].number == number
                : j->marks[i].name && !strcmp(j->marks[i].name, name))
            return &j->marks[i];
    }
    return NULL;
}

/* From behind a step on, or in it alone. */
static bool find_span(struct looking *l)
{
    const struct journal *j = l->w->journal;
    const char *name = l->a->since ? l->a->since : l->a->during;
    const struct journal_mark *mark = name ? mark_of(j, name) : NULL, *last;

    l->first = 0;
    l->end = j->nr;
    if (!name)
        return true;
    last = &j->marks[j->nr_marks - 1];
    if (!mark)
        return world_cannot(l->w, "no step before this has the number or the name '%s'", name);
    if (l->a->since)
        l->first = mark < last ? mark[1].first : j->nr;
    else {
        l->first = mark->first;
        l->end = mark < last ? mark[1].first : j->nr;
    }
    return true;
}

/* --- Which --------------------------------------------------------------------------------- */

static bool has(unsigned int wanted, unsigned int bit)
{
    return !wanted || wanted >> bit & 1;
}

static bool is_meant(const struct looking *l, const struct xenpt_touch *t)
{
    const struct touched_args *a = l->a;

    return has(a->by, t->by) && has(a->why, t->why) && has(a->through, t->through) &&
           has(a->consent, t->consent) && !(a->unless >> t->consent & 1) &&
           (a->access == ACCESS_ANY || t->write == (a->access == ACCESS_WRITE)) &&
           (!a->of || t->by_domain == l->of) && (!a->at || t->va == l->va);
}

/* Pages of Xen's are none of a domain's memory, but where the question is of such. */
static bool is_there(struct looking *l, const struct xenpt_touch *t)
{
    uint64_t first, last;

    if (l->memory.type == VALUE_DOMAIN)
        return t->domain == l->memory.who.domain && (!t->xens || l->a->why || l->a->through);
    if (t->maddr == XENPT_TOUCH_UNKNOWN) {
        const struct domain *d = &l->w->machine->domains[t->domain];

        if (domain_extent(d, l->memory.v) && !l->unknown)
            l->unknown = t;
        return false;
    }
    first = t->maddr >> XENPT_PAGE_SHIFT;
    last = (t->maddr + (t->length ? t->length - 1 : 0)) >> XENPT_PAGE_SHIFT;
    return first <= (l->memory.last > l->memory.v ? l->memory.last : l->memory.v) &&
           last >= l->memory.v;
}

static bool look(struct looking *l)
{
    const struct journal *j = l->w->journal;
    uint64_t count = 0;

    if (!expr_eval(l->w, l->a->memory, &l->memory) || !find_span(l) ||
        !domain_or(l->w, l->a->of, 0, &l->of) || !number_or(l->w, l->a->at, 0, &l->va) ||
        !number_or(l->w, l->a->count, 0, &count))
        return false;
    for (size_t i = l->first; i < l->end; i++) {
        const struct xenpt_touch *t = &j->list[i];

        if (!is_meant(l, t) || !is_there(l, t))
            continue;
        l->times += t->times;
        if (l->nr < ARRAY_SIZE(l->met))
            l->met[l->nr++] = i;
    }
    return true;
}

/* --- In words ------------------------------------------------------------------------------ */

static const char *found(struct looking *l)
{
    const char *text = NULL;

    if (!l->times)
        return "no touch of it";
    for (size_t i = 0; i < l->nr; i++) {
        const struct xenpt_touch *t = &l->w->journal->list[l->met[i]];

        text = world_text(l->w, "%s%sstep %" PRIu64 ": %s", text ? text : "", text ? "; " : "",
                          t->step, touch_text(l->w, t));
        if (!text)
            return NULL;
    }
    return world_text(l->w, "%" PRIu64 " touch%s: %s%s", l->times, l->times == 1 ? "" : "es", text,
                      l->nr == ARRAY_SIZE(l->met) ? "; ..." : "");
}

static enum checked undecided(struct looking *l)
{
    world_cannot(l->w,
                 "step %" PRIu64 " has a touch of which frame is not known: %s; `argument` of a "
                 "hypercall says where that is",
                 l->unknown->step, touch_text(l->w, l->unknown));
    return CHECK_CANNOT;
}

static enum checked check_touched(struct world *w, const void *args, const struct xenpt_context *c,
                                  struct finding *ret)
{
    struct looking l = { .w = w, .a = args };
    uint64_t count;
    bool held;

    (void)c;
    if (!look(&l) || !number_or(w, l.a->count, l.times, &count))
        return CHECK_CANNOT;
    if (l.unknown && (l.a->count || !l.times))
        return undecided(&l);
    held = l.a->count ? l.times == count : l.times > 0;
    if (ret->tell) {
        ret->expected = l.a->count ? world_text(w, "%" PRIu64 " touches of it", count)
                                   : "it is touched";
        ret->found = found(&l);
    }
    return held ? CHECK_HELD : CHECK_FAILED;
}

static enum checked check_untouched(struct world *w, const void *args,
                                    const struct xenpt_context *c, struct finding *ret)
{
    struct looking l = { .w = w, .a = args };

    (void)c;
    if (!look(&l))
        return CHECK_CANNOT;
    if (l.unknown && !l.times)
        return undecided(&l);
    if (ret->tell) {
        ret->expected = "nobody else touches it";
        ret->found = found(&l);
    }
    return l.times ? CHECK_FAILED : CHECK_HELD;
}

/* --- The rows ------------------------------------------------------------------------------ */

static void examine(struct scope *s, const struct node *node, void *args)
{
    const struct touched_args *a = args;

    s->journal = true;
    if (a->since && a->during)
        mistake(&s->m, &node->at, XENPT_EPARSE, "since and during: either is enough");
}

/* clang-format off */
static const struct word_group by_groups[] = {
    { "anyone-else", "each of these", (1u << XENPT_NR_TOUCH_BY) - 1 },
};
static const struct words by_words = { touch_by_words, XENPT_NR_TOUCH_BY, by_groups, ARRAY_SIZE(by_groups) };
static const struct words why_words = { touch_why_words, XENPT_NR_TOUCH_WHY, NULL, 0 };
static const struct words through_words = { touch_through_words, XENPT_NR_TOUCH_THROUGH, NULL, 0 };
static const struct word_group consent_groups[] = {
    { "consented", "whatever the guest has said, but nothing", ((1u << XENPT_NR_TOUCH_CONSENT) - 1) & ~(1u << XENPT_TOUCH_NONE) },
};
static const struct words consent_words = { touch_consent_words, XENPT_NR_TOUCH_CONSENT, consent_groups, ARRAY_SIZE(consent_groups) };
static const struct xenpt_word accesses[] = {
    [ACCESS_ANY] = { "any", "reads and writes" },
    [ACCESS_READ] = { "read", "reads alone" },
    [ACCESS_WRITE] = { "write", "writes alone" },
};
static const struct words access_words = { accesses, ARRAY_SIZE(accesses), NULL, 0 };

#define WHICH_ROWS                                                                                  \
    { .key = "by", .type = ROW_SET, ROW_AT(touched_args, by), .words = &by_words,                   \
      .text = "Who does it; anyone else without it." },                                             \
    { .key = "of", KIND_ROW(kind_domain, touched_args, of),                                         \
      .text = "Whose vCPU or device does it; of Xen, for whose vCPU." },                                      \
    { .key = "why", .type = ROW_SET, ROW_AT(touched_args, why), .words = &why_words,                \
      .text = "What for; anything without it." },                                                   \
    { .key = "through", .type = ROW_SET, ROW_AT(touched_args, through), .words = &through_words,    \
      .text = "Through which mapping." },                                                           \
    { .key = "consent", .type = ROW_SET, ROW_AT(touched_args, consent), .words = &consent_words,    \
      .text = "What the guest has said to it." },                                                   \
    { .key = "access", .type = ROW_ONE, ROW_AT(touched_args, access), .words = &access_words,       \
      .text = "Whether reads or writes are meant." },                                               \
    { .key = "at", KIND_ROW(kind_address, touched_args, at),                                        \
      .text = "The linear address that the touch begins at." },                                     \
    { .key = "since", .type = ROW_TEXT, ROW_AT(touched_args, since),                                \
      .text = "Only behind the step of this number or name; 0: all steps, but not how the machine was built." }, \
    { .key = "during", .type = ROW_TEXT, ROW_AT(touched_args, during),                              \
      .text = "Only in the step of this number or name; 0: while the machine was built." }

static const struct row touched_rows[] = {
    { .key = "touched", KIND_ROW(kind_memory, touched_args, memory), .required = true,
      .text = "Memory: a frame, several, or a domain's. Pages of Xen's that a domain has, such as its grant table, are none of its memory; they are meant if why or through is said." },
    WHICH_ROWS,
    { .key = "count", KIND_ROW(kind_number, touched_args, count), .text = "How often; once or more without it." },
    CHECK_ROWS,
};
static const struct row untouched_rows[] = {
    { .key = "untouched", KIND_ROW(kind_memory, touched_args, memory), .required = true,
      .text = "Memory, as of touched." },
    WHICH_ROWS,
    { .key = "unless", .type = ROW_SET, ROW_AT(touched_args, unless), .words = &consent_words,
      .text = "But for touches that the guest has said this to." },
    CHECK_ROWS,
};

const struct verb verb_touched = {
    .record = VERB("touched", "Somebody else than the guest has touched its memory.", touched_rows),
    .example = "{ touched: d1.gfn(5), by: xen, why: argument, through: guest-tables }",
    .size = sizeof(struct touched_args), .check = check_touched, .examine = examine,
};
const struct verb verb_untouched = {
    .record = VERB("untouched", "Nobody else than the guest has touched its memory.", untouched_rows),
    .example = "{ untouched: d1, since: 0, unless: granted }",
    .size = sizeof(struct touched_args), .check = check_untouched, .examine = examine,
};
/* clang-format on */
