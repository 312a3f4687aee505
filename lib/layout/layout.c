/*
 * layout.c - from a name or a file to a layout.
 *
 * A file may say only what differs from one that is compiled in, which may do the same; a
 * variant is laid over what comes out.  All of that happens to trees of nodes, before anything
 * is read from them, so that a value knows the file it is from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/internal.h"
#include "xenpt/suggest.h"

/* A layout has some hundreds of values. */
static const struct doc_limits limits = {
    .bytes = (size_t)1 << 20,
    .weight = (size_t)1 << 15,
    .depth = 16,
};
#define AREAS_MAX 512u
/* Files that a file can be based on, one on the other. */
#define FROM_MAX  64u

/* --- Trees --------------------------------------------------------------------------------- */

/* What a file is based on, without what is that file's own. */
static const struct node *without_own(struct doc *doc, const struct node *base)
{
    struct node *map = doc_alloc(doc, sizeof(*map));

    if (!map)
        return NULL;
    *map = *base;
    map->nr = 0;
    map->keys = doc_alloc(doc, base->nr * sizeof(const struct node *));
    map->items = doc_alloc(doc, base->nr * sizeof(const struct node *));
    for (size_t i = 0; map->keys && map->items && i < base->nr; i++) {
        bool own = false;

        for (size_t k = 0; k < layout_record.nr; k++)
            own |= layout_record.rows[k].own &&
                   !strcmp(layout_record.rows[k].key, base->keys[i]->text);
        if (own)
            continue;
        map->keys[map->nr] = base->keys[i];
        map->items[map->nr++] = base->items[i];
    }
    return map->keys && map->items ? map : NULL;
}

static void unknown_base(const struct node *from, struct mistakes *m)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];
    const struct builtin *rows;
    struct xenpt_suggestion s;
    size_t nr = builtin_rows(&rows);

    xenpt_suggest_begin(&s, from->text);
    for (size_t i = 0; i < nr; i++)
        xenpt_suggest_try(&s, rows[i].name.name, strlen(rows[i].name.name));
    mistake(m, &from->at, XENPT_EPARSE, "from: there is no layout %s%s", node_words(from, words),
            xenpt_suggest_words(&s, hint));
}

/* The tree of a file, laid over those that it is based on. */
static const struct node *whole(struct doc *doc, const struct node *root, unsigned int depth,
                                struct mistakes *m)
{
    const struct node *from = root && root->kind == NODE_MAP ? node_get(root, "from") : NULL;
    const struct builtin *b;
    const struct node *base, *node;

    if (!from)
        return root;
    b = from->kind == NODE_TEXT ? builtin_find(from->text) : NULL;
    if (!b) {
        unknown_base(from, m);
        return NULL;
    }
    if (depth == FROM_MAX) {
        mistake(m, &from->at, XENPT_ESTATE, "from: more than %u files, one based on the other",
                FROM_MAX);
        return NULL;
    }
    base = whole(doc, doc_read(doc, b->name.file, b->text, strlen(b->text), &limits, m), depth + 1,
                 m);
    base = base && base->kind == NODE_MAP ? without_own(doc, base) : NULL;
    node = base ? doc_overlay(doc, base, root) : NULL;
    if (!node && !m->nr)
        mistake(m, NULL, XENPT_ENOMEM, "no memory for a layout");
    return node;
}

/* Names that a layout can be asked for with behind a colon. */
static const struct node *variants_of(const struct node *root)
{
    const struct node *variants = root->kind == NODE_MAP ? node_get(root, "variants") : NULL;

    return variants && variants->kind == NODE_MAP && variants->nr ? variants : NULL;
}

static void unknown_variant(const struct node *root, const char *name, struct mistakes *m)
{
    const struct node *variants = variants_of(root);
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; variants && i < variants->nr; i++)
        xenpt_suggest_try(&s, variants->keys[i]->text, strlen(variants->keys[i]->text));
    mistake(m, &root->at, XENPT_EPARSE, "there is no variant '%.*s' of it%s", QUOTE_MAX, name,
            variants ? xenpt_suggest_words(&s, hint) : "; it has none");
}

static const struct node *with_variant(struct doc *doc, const struct node *root,
                                       const char *variant, struct mistakes *m)
{
    const struct node *variants = variants_of(root), *over, *node;

    if (!variant)
        return root;
    over = variants ? node_get(variants, variant) : NULL;
    if (!over) {
        unknown_variant(root, variant, m);
        return NULL;
    }
    if (over->kind != NODE_MAP) {
        mistake(m, &over->at, XENPT_EPARSE, "a variant is a map of what differs");
        return NULL;
    }
    node = doc_overlay(doc, root, over);
    if (!node)
        mistake(m, NULL, XENPT_ENOMEM, "no memory for a layout");
    return node;
}

/* --- Layouts ------------------------------------------------------------------------------- */

static bool keep_variants(struct layout *l, const struct node *root)
{
    const struct node *variants = variants_of(root);
    struct xenpt_word *words;

    if (!variants)
        return true;
    words = doc_alloc(l->doc, variants->nr * sizeof(*words));
    if (!words)
        return false;
    for (size_t i = 0; i < variants->nr; i++) {
        const struct node *text = node_get(variants->items[i], "text");

        words[i] = (struct xenpt_word){ variants->keys[i]->text, text ? text->text : "" };
    }
    l->raw.layout.variants = words;
    l->raw.layout.nr_variants = variants->nr;
    return true;
}

static bool too_many(const struct layout *l, struct mistakes *m)
{
    if (l->raw.nr_areas <= AREAS_MAX)
        return false;
    mistake(m, &l->raw.root->at, XENPT_ERANGE, "more than %u areas", AREAS_MAX);
    return true;
}

static void fill(struct layout *l, const struct node *root, const char *variant, struct mistakes *m)
{
    const struct node *node = with_variant(l->doc, root, variant, m);

    if (!node)
        return;
    l->raw = (struct raw_layout){ .root = node };
    if (!read_record(l->doc, &layout_record, node, &l->raw, m) || too_many(l, m))
        return;
    l->raw.layout.variant = variant ? doc_text(l->doc, variant, strlen(variant)) : NULL;
    if (!keep_variants(l, root) || !layout_resolve(l, m) || (variant && !l->raw.layout.variant)) {
        mistake(m, NULL, XENPT_ENOMEM, "no memory for a layout");
        return;
    }
    l->layout.variant = l->raw.layout.variant;
    layout_check(l, m);
}

/* A file is right if all of its variants are; the first that is not says what is wrong. */
static void try_variants(struct layout *l, const struct node *root, struct mistakes *m)
{
    const struct node *variants = variants_of(root);

    for (size_t i = 0; variants && !m->nr && i < variants->nr; i++) {
        struct layout other = { .doc = l->doc };

        fill(&other, root, variants->keys[i]->text, m);
    }
}

static enum xenpt_code make(struct layout *l, const struct node *root, const char *variant,
                            struct mistakes *m, struct xenpt_layout **ret, struct xenpt_error *err)
{
    enum xenpt_code code;

    root = whole(l->doc, root, 0, m);
    if (root)
        fill(l, root, variant, m);
    if (root && !m->nr)
        try_variants(l, root, m);
    code = mistakes_end(m, err);
    if (code)
        xenpt_layout_close(&l->layout);
    else
        *ret = &l->layout;
    return code;
}

static struct layout *begin(struct xenpt_error *err)
{
    struct layout *l = calloc(1, sizeof(*l));

    if (!l)
        xenpt_fail(err, XENPT_ENOMEM, "no memory for a layout");
    if (l && !doc_create(&l->doc, err))
        return l;
    free(l);
    return NULL;
}

void xenpt_layout_close(struct xenpt_layout *layout)
{
    struct layout *l = (struct layout *)layout;

    if (!l)
        return;
    doc_destroy(l->doc);
    free(l);
}

enum xenpt_code xenpt_layout_parse(const char *file, const char *bytes, size_t n,
                                   const char *variant, xenpt_mistake_fn fn, void *ctx,
                                   struct xenpt_layout **ret, struct xenpt_error *err)
{
    struct mistakes m = { .fn = fn, .ctx = ctx };
    struct layout *l = begin(err);

    if (!l)
        return XENPT_ENOMEM;
    return make(l, doc_read(l->doc, file, bytes, n, &limits, &m), variant, &m, ret, err);
}

enum xenpt_code xenpt_layout_read(const char *path, const char *variant, xenpt_mistake_fn fn,
                                  void *ctx, struct xenpt_layout **ret, struct xenpt_error *err)
{
    struct mistakes m = { .fn = fn, .ctx = ctx };
    struct layout *l = begin(err);

    if (!l)
        return XENPT_ENOMEM;
    return make(l, doc_read_file(l->doc, path, &limits, &m), variant, &m, ret, err);
}

/* --- By name ------------------------------------------------------------------------------- */

static enum xenpt_code open_builtin(const struct builtin *b, const char *variant,
                                    struct xenpt_layout **ret, struct xenpt_error *err)
{
    return xenpt_layout_parse(b->name.file, b->text, strlen(b->text), variant, NULL, NULL, ret,
                              err);
}

/* Whether a file is for a release of Xen; what it is based on need not be read for that. */
static enum xenpt_code is_for(const struct builtin *b, struct xenpt_release release, bool *ret,
                              struct xenpt_error *err)
{
    struct mistakes m = { .fn = NULL };
    struct layout *l = begin(err);
    const struct node *root, *releases, *system;

    if (!l)
        return XENPT_ENOMEM;
    root = doc_read(l->doc, b->name.file, b->text, strlen(b->text), &limits, &m);
    releases = root ? node_get(root, "releases") : NULL;
    system = root ? node_get(root, "system") : NULL;
    if (releases)
        read_record(l->doc, &releases_record, releases, &l->raw, &m);
    *ret = releases && system && !strcmp(system->text, "xen") &&
           xenpt_layout_covers(&l->raw.layout, release);
    xenpt_layout_close(&l->layout);
    return mistakes_end(&m, err);
}

static enum xenpt_code open_release(struct xenpt_release release, const char *variant,
                                    struct xenpt_layout **ret, struct xenpt_error *err)
{
    const struct builtin *rows;
    size_t nr = builtin_rows(&rows);

    for (size_t i = 0; i < nr; i++) {
        bool found = false;
        enum xenpt_code code = is_for(&rows[i], release, &found, err);

        if (code || found)
            return code ? code : open_builtin(&rows[i], variant, ret, err);
    }
    return xenpt_fail(err, XENPT_EPARSE, "there is no layout of Xen %u.%u", release.major,
                      release.minor);
}

static enum xenpt_code unknown(const char *name, struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    const struct builtin *rows;
    size_t nr = builtin_rows(&rows);
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; i < nr; i++)
        xenpt_suggest_try(&s, rows[i].name.name, strlen(rows[i].name.name));
    xenpt_suggest_words(&s, hint);
    if (hint[0])
        return xenpt_fail(err, XENPT_EPARSE, "there is no layout '%.*s'%s", QUOTE_MAX, name, hint);
    return xenpt_fail(
        err, XENPT_EPARSE,
        "there is no layout '%.*s': there are %s to %s, or a release of Xen such as 4.17",
        QUOTE_MAX, name, rows[0].name.name, rows[nr - 1].name.name);
}

enum xenpt_code xenpt_layout_open(const char *name, struct xenpt_layout **ret,
                                  struct xenpt_error *err)
{
    const char *colon = strchr(name, ':'), *variant = colon ? colon + 1 : NULL;
    size_t n = colon ? (size_t)(colon - name) : strlen(name);
    const struct builtin *b;
    struct xenpt_release release;
    char base[64];

    if (n >= sizeof(base))
        return unknown(name, err);
    memcpy(base, name, n);
    base[n] = '\0';
    b = builtin_find(base);
    if (b)
        return open_builtin(b, variant, ret, err);
    if (xenpt_release_parse(base, &release))
        return open_release(release, variant, ret, err);
    return unknown(base, err);
}
