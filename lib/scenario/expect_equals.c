/* expect_equals.c - an expectation: the machine is the one in a memory image. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/cells.h"
#include "scenario/images.h"
#include "scenario/verbs.h"
#include "xenpt/compare.h"

struct equals_args {
    struct check_head head;
    const char *path;
    const struct selector *of;
    uint32_t exact;
    const struct image_held *image;
};

#define TOLD_MAX 3 /* Differences that are told; the others are counted. */

struct comparing {
    struct world *w;
    const struct equals_args *a;
    struct xenpt_pairing pairing;
    struct xenpt_pair *wanted; /* Of the pairing: those asked for, each once. */
    size_t nr_wanted;
    size_t asked;     /* Contexts that `of` means. */
    const char *lone; /* One that was asked for, and is not in the image. */
    struct xenpt_comparison result;
    struct xenpt_difference told[TOLD_MAX];
    size_t nr_told;
};

/* --- Which roots --------------------------------------------------------------------------- */

static void want(struct comparing *c, const struct xenpt_pair *pair)
{
    for (size_t i = 0; i < c->nr_wanted; i++)
        if (c->wanted[i].model == pair->model && c->wanted[i].image == pair->image)
            return;
    c->wanted[c->nr_wanted++] = *pair;
}

/* A context is compared by its root, under whatever name that was paired. */
static bool ask_for(struct world *w, const struct value *v, void *ctx)
{
    const struct xenpt_context *context = world_context(w, v);
    struct comparing *c = ctx;
    size_t i = 0;

    if (!context)
        return false;
    c->asked++;
    if (context->has_second)
        return world_cannot(w, "%s is on tables of the guest's own, which are not compared",
                            context->name);
    while (i < c->pairing.nr_pairs &&
           (c->pairing.pairs[i].model->paging.root != context->paging.root ||
            c->pairing.pairs[i].model->paging.id != context->paging.id))
        i++;
    if (i < c->pairing.nr_pairs)
        want(c, &c->pairing.pairs[i]);
    else if (!c->lone)
        c->lone = world_text(w, "%s", context->name);
    return true;
}

/* Those asked for, or all; false: the problem says why not. */
static bool choose(struct comparing *c)
{
    if (c->a->of && !selector_each(c->w, c->a->of, ask_for, c))
        return false;
    if (c->a->of && !c->asked)
        return world_cannot(c->w, "nobody is meant by '%s' now",
                            c->a->of->text ? c->a->of->text : "an empty list");
    for (size_t i = 0; !c->a->of && i < c->pairing.nr_pairs; i++)
        want(c, &c->pairing.pairs[i]);
    return c->nr_wanted || c->lone ||
           world_cannot(c->w, "no root in %s is of a kind that the machine has", c->a->path);
}

/* --- Comparing ----------------------------------------------------------------------------- */

static bool note(void *ctx, const struct xenpt_difference *difference)
{
    struct comparing *c = ctx;

    if (c->nr_told < TOLD_MAX)
        c->told[c->nr_told++] = *difference;
    return true;
}

static bool compare(struct comparing *c)
{
    const struct image_held *image = c->a->image;
    struct world *w = c->w;

    if (xenpt_pair_contexts(w->view, image->view, image->contexts, image->nr, &c->pairing,
                            &w->problem))
        return false;
    c->wanted = calloc(c->pairing.nr_pairs + 1, sizeof(*c->wanted));
    if (!c->wanted) {
        xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory to compare with %s", c->a->path);
        return false;
    }
    return choose(c) && !xenpt_compare(w->view, image->view, c->wanted, c->nr_wanted, NULL, note, c,
                                       &c->result, &w->problem);
}

static uint64_t compared(const struct comparing *c)
{
    const uint64_t *n = c->result.entries;

    return n[XENPT_EXACT] + n[XENPT_ALLOWED] + n[XENPT_UNEXPLAINED] + n[XENPT_MISSING];
}

static bool is_equal(const struct comparing *c)
{
    const uint64_t *n = c->result.entries;

    return !c->lone && !n[XENPT_UNEXPLAINED] && !n[XENPT_MISSING] &&
           n[XENPT_EXACT] * 100 >= compared(c) * c->a->exact;
}

/* --- Telling ------------------------------------------------------------------------------- */

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const char *differences(struct comparing *c)
{
    char text[900] = "";
    size_t used = 0;

    for (size_t i = 0; i < c->nr_told && used < sizeof(text); i++) {
        const struct xenpt_difference *d = &c->told[i];

        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "; %s: the L%u entry of 0x%" PRIx64 " is 0x%016" PRIx64
                                 " in the image, and 0x%016" PRIx64 " was expected: %s",
                                 d->pair->model ? d->pair->model->name : "?", d->level, d->in,
                                 d->found, d->expected, d->reason);
    }
    return world_text(c->w, "%s", text);
}

static const char *found(struct comparing *c)
{
    const uint64_t *n = c->result.entries;
    const char *more = differences(c), *lone = "";

    if (c->pairing.nr_lone_image)
        lone = world_text(c->w, "; %zu roots of the image correspond to none",
                          c->pairing.nr_lone_image);
    if (!more || !lone)
        return NULL;
    return world_text(c->w,
                      "%s%s%" PRIu64 " of %" PRIu64 " entries exact, %" PRIu64 " allowed, %" PRIu64
                      " unexplained, %" PRIu64 " missing, in %zu roots%s%s",
                      c->lone ? c->lone : "", c->lone ? " has no root in the image; " : "",
                      n[XENPT_EXACT], compared(c), n[XENPT_ALLOWED], n[XENPT_UNEXPLAINED],
                      n[XENPT_MISSING], c->nr_wanted, lone, more);
}

/* The walk of an address in the image. */
static const struct xenpt_run_walk *walk_in_image(struct comparing *c,
                                                  const struct xenpt_context *context, uint64_t in)
{
    struct xenpt_run_walk *ret = doc_alloc(c->w->out, sizeof(*ret));
    const struct xenpt_view *own = c->w->view;
    const struct xenpt_run_walk *walk;

    c->w->view = c->a->image->view;
    walk = show_walk(c->w, context, in);
    c->w->view = own;
    if (!ret || !walk)
        return NULL;
    *ret = *walk;
    ret->context = world_text(c->w, "%s of %s", context->name, file_of(c->a->path));
    return ret;
}

static void tell(struct comparing *c, struct finding *ret)
{
    const struct xenpt_difference *d = &c->told[0];

    ret->expected = c->a->exact
                        ? world_text(c->w,
                                     "nothing unexplained, nothing missing, and %u%% exact, of %s",
                                     (unsigned int)c->a->exact, file_of(c->a->path))
                        : world_text(c->w, "nothing unexplained and nothing missing, of %s",
                                     file_of(c->a->path));
    ret->found = found(c);
    if (!c->nr_told)
        return;
    ret->walks[0] = show_walk(c->w, d->pair->model, d->in);
    ret->walks[1] = walk_in_image(c, d->pair->image, d->in);
    ret->nr_walks = ret->walks[0] && ret->walks[1] ? 2 : 0;
}

static enum checked check(struct world *w, const void *args, const struct xenpt_context *context,
                          struct finding *ret)
{
    struct comparing c = { .w = w, .a = args };
    enum checked checked = CHECK_CANNOT;

    (void)context;
    if (world_view(w) && compare(&c)) {
        checked = is_equal(&c) ? CHECK_HELD : CHECK_FAILED;
        if (ret->tell)
            tell(&c, ret);
    }
    free(c.wanted);
    xenpt_comparison_fini(&c.result);
    xenpt_pairing_fini(&c.pairing);
    return checked;
}

/* --- Reading ------------------------------------------------------------------------------- */

/* The image is opened here, so that what is wrong with it is told before anything runs. */
static void examine(struct scope *s, const struct node *node, void *args)
{
    const struct node *name = node_get(node, "equals"), *exact = node_get(node, "exact");
    const char *path = source_path(s->doc, name);
    struct xenpt_error err = { .code = XENPT_OK };
    struct equals_args *a = args;

    if (!path)
        return; /* The document knows. */
    if (a->exact > 100)
        mistake(&s->m, &exact->at, XENPT_ERANGE, "exact: %u, and at most 100 percent are",
                (unsigned int)a->exact);
    if (a->of && (a->of->quant == QUANT_ANY || a->of->quant == QUANT_NO))
        mistake(&s->m, &node_get(node, "of")->at, XENPT_EPARSE,
                "of: all that are meant are compared: by name, or every ...");
    if (images_open(s->images, path, &a->image, &err))
        mistake(&s->m, &name->at, err.code, "equals: %s: %s", path, err.text);
}

/* --- The rows ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct row rows[] = {
    { .key = "equals", .type = ROW_TEXT, ROW_AT(equals_args, path), .required = true,
      .text = "A memory image, a file beside this one: what is there of Xen's and its guests' page tables is what "
              "this machine has, or what a rule of it would accept, as `xenpt compare` judges; frames that an "
              "allocator chose may have other numbers, one for one." },
    { .key = "of", KIND_ROW(kind_contexts, equals_args, of),
      .text = "Of which contexts, each of which has to have its root in the image; without it, of all that "
              "correspond: roots that one side alone has are left out." },
    { .key = "exact", .type = ROW_COUNT, ROW_AT(equals_args, exact),
      .text = "So many percent of the entries at least are exactly as this machine has them, and the "
              "others allowed; 0 without it." },
    CHECK_ROWS,
};

const struct verb verb_equals = {
    .record = VERB("equals", "The machine is the one in a memory image, up to the frames that "
                   "allocators chose.", rows),
    .example = "{ equals: dump.elf.zst, of: every pv64 context, exact: 98 }",
    .size = sizeof(struct equals_args), .check = check, .examine = examine,
};
/* clang-format on */
