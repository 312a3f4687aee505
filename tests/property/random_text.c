/* random_text.c - a step that is told by its text: what stands in its place, and how it is done. */
#include "random_text.h"
#include "xenpt/mem_sharing.h"

#include <inttypes.h>
#include <stdio.h>

#include "random_file.h"

/* --- Classes of values --------------------------------------------------------------------- */

static const char *name_of(const struct subject *s, uint64_t d)
{
    return file_domain(s->file, d);
}

/* Who makes it; when steps before it were taken away, it may not be there any more. */
static const struct domain *own_domain(const struct subject *s, const struct rstep *t)
{
    return &s->w.machine->domains[t->domain < s->w.machine->nr_domains ? t->domain : 0];
}

static uint64_t pick_domain(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, s->w.machine->nr_domains);
}

static void put_domain(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)t;
    snprintf(buf, 80, "%s", name_of(s, v));
}

/* One of HVM or PVH: there may be none. */
static uint64_t pick_hvm(struct subject *s, const struct rstep *t)
{
    const struct xenpt_machine *m = s->w.machine;
    uint64_t first = pick_domain(s, t);

    for (uint64_t i = 0; i < m->nr_domains; i++)
        if (!is_pv(&m->domains[(first + i) % m->nr_domains]))
            return (first + i) % m->nr_domains;
    return first;
}

static uint64_t pick_pv(struct subject *s, const struct rstep *t)
{
    const struct xenpt_machine *m = s->w.machine;
    uint64_t first = pick_domain(s, t);

    for (uint64_t i = 0; i < m->nr_domains; i++)
        if (is_pv(&m->domains[(first + i) % m->nr_domains]))
            return (first + i) % m->nr_domains;
    return first;
}

/* One that was there from the beginning. */
static uint64_t pick_first(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, s->nr_first);
}

#define NOBODY UINT64_MAX

/* One that was created meanwhile, if one was. */
static uint64_t pick_created(struct subject *s, const struct rstep *t)
{
    (void)t;
    return s->w.machine->nr_domains > s->nr_first ? s->w.machine->nr_domains - 1 : NOBODY;
}

static uint64_t pick_nothing(struct subject *s, const struct rstep *t)
{
    (void)s;
    (void)t;
    return 0;
}

static void put_caller(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)v;
    snprintf(buf, 80, "%s.v%u", name_of(s, t->domain), t->vcpu);
}

static void put_own(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)v;
    snprintf(buf, 80, "%s", name_of(s, t->domain));
}

/* Where it is: of PV its kernel or its user mode. */
static void put_context(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = own_domain(s, t);

    snprintf(buf, 80, "%s.v%u.%s", name_of(s, t->domain), t->vcpu,
             !is_pv(d)                                          ? "guest"
             : v % 4 == 3 && d->desc->type == XENPT_DOMAIN_PV64 ? "user"
                                                                : "kernel");
}

static uint64_t pick_any(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_any(&s->dice);
}

/* Number i of the frames that steps are mostly about: of PV from its last on, of HVM a few from
 * 4 MiB on. */
static uint64_t frame_number(const struct domain *d, uint64_t v)
{
    return is_pv(d) ? d->nr_frames - 1 - v % POOL : 0x400 + v % 16;
}

static void put_own_frame(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = own_domain(s, t);

    snprintf(buf, 80, "%s.gfn(%" PRIu64 ")", name_of(s, d->id), frame_number(d, v));
}

static void put_frame(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = &s->w.machine->domains[(v >> 8) % s->w.machine->nr_domains];

    (void)t;
    snprintf(buf, 80, "%s.gfn(%" PRIu64 ")", name_of(s, d->id), frame_number(d, v & 0xff));
}

/* A table that the builder has made of a PV domain. */
static void put_table(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = own_domain(s, t);

    snprintf(buf, 80, "%s.gfn(%" PRIu64 ")", name_of(s, d->id),
             is_pv(d) && d->at.nr_pt ? d->at.pt_first + v % d->at.nr_pt : v % 16);
}

static void put_vcpu(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = &s->w.machine->domains[(v >> 8) % s->w.machine->nr_domains];

    (void)t;
    snprintf(buf, 80, "%s.v%" PRIu64, name_of(s, d->id), d->nr_vcpus ? v % 256 % d->nr_vcpus : 0);
}

/* Of its own memory, mostly; behind it, or where nothing else is.  Not where its builder has put
 * its page tables: of a guest under shadow paging those have shadows, see `shadows` in README.md.
 */
static uint64_t pick_gfn(struct subject *s, const struct rstep *t)
{
    static const uint64_t first[] = { 0x400, 0x400, 0x400, 0x400, 0x7f8, 0xfe000, 0x500, 0x600 };

    (void)t;
    return first[dice_below(&s->dice, 8)] + dice_below(&s->dice, 16);
}

static uint64_t pick_large(struct subject *s, const struct rstep *t)
{
    (void)t;
    return 512 * (1 + dice_below(&s->dice, 8));
}

static void put_number(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)s;
    (void)t;
    snprintf(buf, 80, "0x%" PRIx64, v);
}

static uint64_t pick_ref(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, 30) ? 8 + dice_below(&s->dice, 8) : dice_below(&s->dice, 700);
}

static uint64_t pick_port(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, 14);
}

static uint64_t pick_few(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, 6);
}

static uint64_t pick_frames(struct subject *s, const struct rstep *t)
{
    (void)t;
    return 0x780 + dice_below(&s->dice, 0x100);
}

/* A page of a PV kernel's that its builder has mapped. */
static void put_page(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct domain *d = own_domain(s, t);

    snprintf(buf, 80, "0x%" PRIx64,
             is_pv(d) ? d->at.base + ((5 + v % 8) << XENPT_PAGE_SHIFT)
                      : (5 + v % 8) << XENPT_PAGE_SHIFT);
}

/* A name for a domain that is not there yet. */
static uint64_t pick_new(struct subject *s, const struct rstep *t)
{
    (void)t;
    return s->w.machine->nr_domains;
}

static void put_new(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)t;
    (void)v;
    snprintf(buf, 80, "d%zu", s->w.machine->nr_domains);
}

static uint64_t pick_param(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, 42);
}

static uint64_t pick_cpu(struct subject *s, const struct rstep *t)
{
    (void)t;
    return dice_below(&s->dice, s->w.machine->nr_cpus);
}

static void put_cpu(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    (void)t;
    snprintf(buf, 80, "cpu%" PRIu64, v % s->w.machine->nr_cpus);
}

static void put_device(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80])
{
    const struct xenpt_machine *m = s->w.machine;

    (void)t;
    snprintf(buf, 80, "%s", m->nr_devices ? m->devices[v % m->nr_devices].name : "none");
}

static const struct class
{
    const char *name;
    uint64_t (*pick)(struct subject *s, const struct rstep *t);
    void (*put)(const struct subject *s, const struct rstep *t, uint64_t v, char buf[80]);
} classes[] = {
    { "caller", pick_nothing, put_caller },
    { "own", pick_nothing, put_own },
    { "context", pick_any, put_context },
    { "domain", pick_domain, put_domain },
    { "hvm", pick_hvm, put_domain },
    { "pv", pick_pv, put_domain },
    { "created", pick_created, put_domain },
    { "first", pick_first, put_domain },
    { "new", pick_new, put_new },
    { "own-frame", pick_any, put_own_frame },
    { "frame", pick_any, put_frame },
    { "table", pick_any, put_table },
    { "vcpu", pick_any, put_vcpu },
    { "gfn", pick_gfn, put_number },
    { "large", pick_large, put_number },
    { "ref", pick_ref, put_number },
    { "port", pick_port, put_number },
    { "few", pick_few, put_number },
    { "frames", pick_frames, put_number },
    { "page", pick_any, put_page },
    { "param", pick_param, put_number },
    { "cpu", pick_cpu, put_cpu },
    { "device", pick_any, put_device },
};

/* --- From a row to a step ------------------------------------------------------------------ */

struct making {
    struct subject *dice; /* NULL: values are there. */
    const struct subject *s;
    struct rstep *t;
    unsigned int next; /* Of the values. */
    char *buf;
    size_t n, size;
};

static void put_text(struct making *m, const char *text, size_t n)
{
    assert_true(m->n + n < m->size);
    memcpy(m->buf + m->n, text, n);
    m->n += n;
    m->buf[m->n] = '\0';
}

/* The place of the > that ends what begins here, behind its <; bars: how many | are in it. */
static const char *end_of(const char *c, unsigned int *bars)
{
    for (unsigned int depth = 1; *c; c++) {
        depth += *c == '<';
        depth -= *c == '>';
        *bars += *c == '|' && depth == 1;
        if (!depth)
            return c;
    }
    fail_msg("a < without its >");
    return NULL;
}

static void walk(struct making *m, const char *text, const char *end);

/* Number `which` of the texts between bars. */
static void walk_one(struct making *m, const char *text, const char *end, uint64_t which)
{
    const char *first = text;
    unsigned int depth = 0;

    for (const char *c = text; c <= end; c++) {
        depth += c < end && *c == '<';
        depth -= c < end && *c == '>';
        if (c < end && (*c != '|' || depth))
            continue;
        if (!which--) {
            walk(m, first, c);
            return;
        }
        first = c + 1;
    }
}

static void walk_value(struct making *m, const char *text, const char *end, unsigned int bars)
{
    uint64_t *v = &m->t->v[m->next];
    char buf[80];

    assert_true(m->next++ < VALUES);
    if (bars) {
        if (m->dice)
            *v = dice_below(&m->dice->dice, bars + 1);
        walk_one(m, text, end, *v % (bars + 1));
        return;
    }
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strlen(classes[i].name) == (size_t)(end - text) &&
            !memcmp(classes[i].name, text, (size_t)(end - text))) {
            if (m->dice)
                *v = classes[i].pick(m->dice, m->t);
            classes[i].put(m->s, m->t, *v, buf);
            put_text(m, buf, strlen(buf));
            return;
        }
    fail_msg("%s: there is no class %.*s", m->t->kind->name, (int)(end - text), text);
}

static void walk(struct making *m, const char *text, const char *end)
{
    for (const char *c = text; c < end;) {
        unsigned int bars = 0;
        const char *to;

        if (*c != '<') {
            put_text(m, c++, 1);
            continue;
        }
        to = end_of(c + 1, &bars);
        walk_value(m, c + 1, to, bars);
        c = to + 1;
    }
}

void text_make(struct subject *s, struct rstep *t)
{
    char buf[STEP_TEXT_MAX];
    struct making m = { .dice = s, .s = s, .t = t, .buf = buf, .size = sizeof(buf) };

    walk(&m, t->kind->text, t->kind->text + strlen(t->kind->text));
}

void text_print(const struct subject *s, const struct rstep *t, char *buf, size_t size)
{
    struct rstep copy = *t;
    struct making m = { .s = s, .t = &copy, .buf = buf, .size = size };

    walk(&m, t->kind->text, t->kind->text + strlen(t->kind->text));
}

/* A frame that is shared, and removed: Xen keeps a reference to it for good
 * (xenmem_remove_from_physmap, p2m_remove_page, 4.17), and counts are not what is live any more. */
static bool loses_reference(const struct subject *s, const char *text)
{
    unsigned int caller, vcpu, owner;
    uint64_t gfn;
    int n = sscanf(text, "remove-from-physmap: d%u.v%u, gfn: %" SCNi64 ", of: d%u", &caller, &vcpu,
                   (int64_t *)&gfn, &owner);

    return n >= 3 && xenpt_mem_sharing_handle(s->w.machine, n == 4 ? owner : caller, gfn);
}

bool text_do(struct subject *s, const struct rstep *t)
{
    char text[STEP_TEXT_MAX];

    if (t->domain >= s->w.machine->nr_domains || t->v[0] == NOBODY || t->v[1] == NOBODY)
        return false;
    text_print(s, t, text, sizeof(text));
    return !loses_reference(s, text) && file_do(s->file, text, &s->r);
}
