/* exposed.c - see exposed.h. */
#include "exposed.h"

#include <stdlib.h>
#include <string.h>

/* --- Whose memory is ----------------------------------------------------------------------- */

/* Where nothing says whose it is, it is one piece, which ends where addresses do. */
static enum xenpt_code nobody(struct xenpt_owners **ret, struct xenpt_error *err)
{
    struct xenpt_owners *o = calloc(1, sizeof(*o));

    if (o) {
        o->names = calloc(1, sizeof(*o->names));
        o->pieces = calloc(1, sizeof(*o->pieces));
    }
    if (!o || !o->names || !o->pieces) {
        xenpt_owners_free(o);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for whose memory is");
    }
    o->names[0] = "memory";
    o->pieces[0].last = (UINT64_C(1) << XENPT_MADDR_BITS) - 1;
    o->nr_names = o->nr_pieces = 1;
    *ret = o;
    return XENPT_OK;
}

static enum xenpt_code find_owners(struct exposed *e, struct xenpt_error *err)
{
    const struct source *s = e->source;

    if (s->machine)
        return xenpt_machine_owners(s->machine, &e->owners, err);
    if (!e->finding->found.layout)
        return nobody(&e->owners, err);
    return xenpt_image_owners(&s->view, e->finding->roots, &e->owners, err);
}

/* --- Contexts ------------------------------------------------------------------------------ */

static bool same_root(const struct xenpt_context *a, const struct xenpt_context *b)
{
    return a->paging.root == b->paging.root && a->paging.id == b->paging.id &&
           a->has_second == b->has_second && (!a->has_second || a->second.root == b->second.root);
}

/* What a CPU runs on is what the root that was found there is for. */
static struct xenpt_context with_kind(const struct exposed *e, const struct xenpt_context *c)
{
    struct xenpt_context ret = *c;

    for (size_t i = 0; i < e->finding->found.nr && !c->kind && !c->has_second; i++) {
        const struct xenpt_root *r = &e->finding->found.roots[i];

        if (r->stale || !same_root(&r->context, c))
            continue;
        ret.kind = r->context.kind;
        memcpy(ret.domain, r->context.domain, sizeof(ret.domain));
    }
    return ret;
}

/* What is loaded on a CPU of a machine is one of its contexts, once more. */
static bool is_twice(const struct exposed *e, const struct xenpt_context *c)
{
    for (size_t i = 0; i < e->nr; i++) {
        const struct xenpt_context *o = e->contexts[i];

        if (o && same_root(o, c) && !strcmp(o->domain, c->domain) && o->cpl == c->cpl &&
            (!strncmp(c->name, "cpu", 3) ||
             (!c->has_cpu && !strncmp(c->name, "root:", 5) && !strncmp(o->name, "root:", 5))))
            return true;
    }
    return false;
}

static void add(struct exposed *e, const struct xenpt_context *c)
{
    e->own[e->nr] = with_kind(e, c);
    if (is_twice(e, &e->own[e->nr]))
        return;
    e->contexts[e->nr] = e->source->machine ? c : &e->own[e->nr];
    e->nr++;
}

static enum xenpt_code choose(struct exposed *e, struct xenpt_error *err)
{
    const struct settings *s = e->settings;
    const struct source *from = e->source;
    size_t max = e->finding->found.nr + from->nr_shown;

    e->contexts = calloc(max + 1, sizeof(const struct xenpt_context *));
    e->own = calloc(max + 1, sizeof(*e->own));
    if (!e->contexts || !e->own)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu contexts", max);
    for (size_t i = 0; i < from->nr_shown; i++)
        add(e, from->shown[i]);
    for (size_t i = 0; i < e->finding->found.nr && !s->contexts.nr && !s->roots.nr; i++)
        if (!e->finding->found.roots[i].stale)
            add(e, &e->finding->found.roots[i].context);
    return e->nr ? XENPT_OK : source_need_contexts(from, s->arguments[0], err);
}

/* --- Questions ----------------------------------------------------------------------------- */

/* A model has a processor.  Of an image nothing but the vendor can be said. */
static bool is_immune(const struct exposed *e, enum xenpt_fear threat)
{
    const struct xenpt_machine *m = e->source->machine;
    const struct settings *s = e->settings;
    const struct xenpt_cpu_model *p = m ? xenpt_machine_processor(m) : NULL;

    if (threat == XENPT_FEAR_MELTDOWN)
        return p ? !p->meltdown : s->vendor_given && s->vendor == XENPT_AMD;
    if (threat == XENPT_FEAR_L1TF)
        return p ? !p->l1tf : s->vendor_given && s->vendor == XENPT_AMD;
    return false;
}

struct xenpt_expose_options exposed_asked(const struct exposed *e, enum xenpt_fear threat)
{
    struct xenpt_expose_options ret = {
        .contexts = e->contexts,
        .nr_contexts = e->nr,
        .owners = e->owners,
        .threat = threat,
        .immune = is_immune(e, threat),
    };

    if (!e->source->machine)
        return ret;
    ret.sight = xenpt_machine_sight;
    ret.denies = xenpt_machine_denies;
    ret.sight_ctx = e->source->machine;
    ret.control = xenpt_machine_control(e->source->machine);
    return ret;
}

enum xenpt_code exposed_begin(struct exposed *ret, const struct source *source,
                              const struct finding *finding, const struct settings *settings,
                              struct xenpt_error *err)
{
    enum xenpt_code code;

    *ret = (struct exposed){ .source = source, .finding = finding, .settings = settings };
    code = find_owners(ret, err);
    return code ? code : choose(ret, err);
}

void exposed_end(struct exposed *e)
{
    xenpt_owners_free(e->owners);
    free(e->contexts);
    free(e->own);
}
