/* journal.c - who but a guest has touched its memory. */
#include "scenario/journal.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/trace_words.h"

struct journal *journal_create(void)
{
    return calloc(1, sizeof(struct journal));
}

void journal_destroy(struct journal *j)
{
    if (!j)
        return;
    free(j->list);
    free(j->marks);
    free(j->names);
    free(j);
}

/* --- What is told -------------------------------------------------------------------------- */

/* Whether it is the one before over again. */
static bool is_same(const struct xenpt_touch *a, const struct xenpt_touch *b)
{
    return a->maddr == b->maddr && a->va == b->va && a->length == b->length && a->why == b->why &&
           a->through == b->through && a->write == b->write && a->by == b->by &&
           a->consent == b->consent && a->domain == b->domain && a->by_domain == b->by_domain &&
           a->by_vcpu == b->by_vcpu && a->cpu == b->cpu && a->gfn == b->gfn && a->xens == b->xens &&
           a->writable == b->writable;
}

static bool grow(struct journal *j)
{
    size_t max = j->max ? 2 * j->max : 256;
    struct xenpt_touch *list = realloc(j->list, max * sizeof(*list));

    j->no_memory |= !list;
    if (!list)
        return false;
    j->list = list;
    j->max = max;
    return true;
}

static void note(void *ctx, const struct xenpt_touch *touch)
{
    struct journal *j = ctx;
    const struct journal_mark *mark = j->nr_marks ? &j->marks[j->nr_marks - 1] : NULL;
    struct xenpt_touch *t = j->nr ? &j->list[j->nr - 1] : NULL;

    if (t && mark && j->nr > mark->first && is_same(t, touch)) {
        t->times++;
        return;
    }
    if ((j->nr == j->max && !grow(j)) || !j->list)
        return;
    t = &j->list[j->nr++];
    *t = *touch;
    t->step = mark ? mark->number : 0;
}

/* A step may destroy domains, and one that creates some is told of after it. */
static void keep_names(struct journal *j, const struct xenpt_machine *m)
{
    if (j->max_names < m->nr_domains) {
        char(*names)[XENPT_DOMAIN_MAX] = realloc(j->names, m->nr_domains * sizeof(*names));

        j->no_memory |= !names;
        if (!names)
            return;
        memset(names + j->max_names, 0, (m->nr_domains - j->max_names) * sizeof(*names));
        j->names = names;
        j->max_names = m->nr_domains;
    }
    for (; j->nr_names < m->nr_domains; j->nr_names++)
        if (*m->domains[j->nr_names].name)
            memcpy(j->names[j->nr_names], m->domains[j->nr_names].name, sizeof(*j->names));
}

const char *journal_domain(const struct journal *j, uint32_t domain)
{
    return domain < j->max_names ? j->names[domain] : "?";
}

struct listening journal_listen(struct world *w)
{
    struct listening was = { w->machine->touch };

    if (w->journal)
        keep_names(w->journal, w->machine);
    if (w->journal && !w->journal->sink.fn) {
        xenpt_machine_on_touch(w->machine, note, w->journal);
        w->journal->sink = w->machine->touch;
    }
    if (w->journal)
        w->machine->touch = w->journal->sink;
    return was;
}

bool journal_leave(struct world *w, const struct listening *was)
{
    w->machine->touch = was->sink;
    if (w->journal)
        keep_names(w->journal, w->machine);
    if (!w->journal || !w->journal->no_memory)
        return true;
    xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory for the journal");
    return false;
}

void journal_built(struct world *w)
{
    struct listening was = journal_listen(w);

    for (size_t i = 0; i < w->machine->nr_domains; i++)
        touch_built(w->machine, &w->machine->domains[i]);
    w->machine->touch = was.sink;
}

/* --- Steps --------------------------------------------------------------------------------- */

bool journal_step(struct journal *j, const struct step *step)
{
    const struct step_head *head = step->args;

    if (j->nr_marks == j->max_marks) {
        size_t max = j->max_marks ? 2 * j->max_marks : 64;
        struct journal_mark *marks = realloc(j->marks, max * sizeof(*marks));

        if (!marks)
            return false;
        j->marks = marks;
        j->max_marks = max;
    }
    j->marks[j->nr_marks++] = (struct journal_mark){ .name = step->verb ? head->name : NULL,
                                                     .number = step->number,
                                                     .first = j->nr };
    return true;
}

void journal_back(struct journal *j, size_t nr)
{
    if (nr < j->nr)
        j->nr = nr;
    j->nr_names = 0; /* Domains that come after that can have other names. */
    for (size_t i = 0; i < j->nr_marks; i++)
        if (j->marks[i].first > nr)
            j->marks[i].first = nr;
}

bool journal_result(struct world *w, struct xenpt_run_step *ret)
{
    const struct journal *j = w->journal;
    size_t first = j->marks[j->nr_marks - 1].first, nr = j->nr - first;
    struct xenpt_run_touch *list = doc_alloc(w->out, (nr + 1) * sizeof(*list));
    struct xenpt_touch *copies = doc_alloc(w->out, (nr + 1) * sizeof(*copies));
    struct frame_names names = { .nr = 0 };

    if (!list || !copies || (nr && !frame_names_list(w, &names)))
        return false;
    for (size_t i = 0; i < nr; i++) {
        const struct xenpt_touch *t = &j->list[first + i];
        const char *domain = journal_domain(j, t->domain);

        copies[i] = *t;
        list[i] = (struct xenpt_run_touch){
            .touch = &copies[i],
            .text = touch_text(w, t),
            .domain = doc_text(w->out, domain, strlen(domain)),
            .whom = touch_whom(w, t),
            .frame = t->maddr == XENPT_TOUCH_UNKNOWN
                         ? NULL
                         : frame_name(&names, t->maddr >> XENPT_PAGE_SHIFT),
        };
    }
    ret->touches = list;
    ret->nr_touches = nr;
    return true;
}
