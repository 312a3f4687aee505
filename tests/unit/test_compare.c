/*
 * test_compare.c - a model and an image, of a few tables each: what is exact, what a rule allows,
 * what nothing explains.
 *
 * The explainer here knows a rule for each slot of the root, and what is expected is what the
 * model's tables hold.
 */
#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/compare.h"

/* What is said of all entries behind slot `slot` of the root, at level `level` or at any. */
struct rule {
    unsigned int slot, level;
    enum xenpt_frame_rule frame;
    uint64_t may_differ;
    bool absent, split, opaque, unknown;
};

struct machine {
    struct xenpt_explainer explainer; /* First: it is cast back. */
    const struct world *w;
    const struct rule *rules;
    size_t nr;
};

/* What stands in the model at this level and address, also inside of a larger page. */
static uint64_t model_entry(const struct world *w, const struct xenpt_context *context,
                            unsigned int level, uint64_t in)
{
    struct xenpt_walk walk;

    xenpt_walk(&context->paging, &w->mem, in, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            return walk.step[i].entry;
    if (walk.outcome != XENPT_MAPPED)
        return 0;
    return (walk.out & ~UINT64_C(0xfff)) | (walk.step[walk.nr_steps - 1].entry & (ALL | NX)) |
           (level > 1 ? PS : 0);
}

static bool explain(const struct xenpt_explainer *self, const struct xenpt_entry_question *q,
                    struct xenpt_entry_explanation *ret)
{
    const struct machine *m = (const struct machine *)self;
    unsigned int slot = q->in >> 39 & 511;

    *ret = (struct xenpt_entry_explanation){
        .area = slot < 256 ? "low" : "high",
        .entry = model_entry(m->w, q->context, q->level, q->in),
        .frame = XENPT_FRAME_RENAMED,
    };
    for (size_t i = 0; i < m->nr; i++) {
        const struct rule *r = &m->rules[i];

        if (r->slot != slot || (r->level && r->level != q->level))
            continue;
        ret->frame = r->frame;
        ret->may_differ = r->may_differ;
        ret->may_be_absent = r->absent;
        ret->may_be_split = r->split;
        ret->opaque = r->opaque;
        return !r->unknown;
    }
    return true;
}

#define ROOT 0x1000

static const struct {
    const char *claim;
    struct entry model[10], image[12];
    struct rule rules[4];
    const char *counts; /* exact allowed unexplained missing opaque */
    const char *reason; /* Of the first difference. */
} rows[] = {
    { "the same tables in other frames",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 3, 0x3000 | ALL }, { ROOT, 300, 0x2000 | P } },
      { { ROOT, 0, 0x8000 | ALL }, { 0x8000, 3, 0x9000 | ALL }, { ROOT, 300, 0x8000 | P } },
      { { 0 } },
      "3 0 0 0 0",
      NULL },
    { "one frame for what are two in the model",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x3000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL }, { ROOT, 1, 0x8000 | ALL } },
      { { 0 } },
      "1 0 1 0 0",
      "another frame than elsewhere" },
    { "two frames for what is one in the model",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x2000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL }, { ROOT, 1, 0x9000 | ALL } },
      { { 0 } },
      "1 0 1 0 0",
      "another frame than elsewhere" },
    { "a table that is not the model's is not followed",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 0, 0x3000 | ALL } },
      { { ROOT, 0, 0x8000 | P }, { 0x8000, 7, 0x9000 | ALL } },
      { { 0 } },
      "0 0 1 0 0",
      "other flags" },
    { "flags that may differ",
      { { ROOT, 0, 0x2000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL | A } },
      { { .slot = 0, .frame = XENPT_FRAME_RENAMED, .may_differ = A } },
      "0 1 0 0 0",
      NULL },
    { "and one that may not",
      { { ROOT, 0, 0x2000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL | A | D } },
      { { .slot = 0, .frame = XENPT_FRAME_RENAMED, .may_differ = A } },
      "0 0 1 0 0",
      "other flags" },
    { "an address that is computed",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x3000 | ALL } },
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x4000 | ALL } },
      { { .slot = 0, .level = 4, .frame = XENPT_FRAME_EXACT },
        { .slot = 1, .level = 4, .frame = XENPT_FRAME_EXACT } },
      "1 0 1 0 0",
      "another address" },
    { "an address that may be any",
      { { ROOT, 0, 0x2000 | ALL } },
      { { ROOT, 0, 0x4000 | ALL } },
      { { .slot = 0, .frame = XENPT_FRAME_ANY } },
      "1 0 0 0 0",
      NULL },
    { "which is as predicted if it is one for one with the model's, whatever comes first",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x3000 | ALL }, { ROOT, 2, 0x2000 | ALL } },
      { { ROOT, 0, 0x4000 | ALL }, { ROOT, 1, 0x5000 | ALL }, { ROOT, 2, 0x4000 | ALL } },
      { { .slot = 0, .frame = XENPT_FRAME_ANY }, { .slot = 1, .frame = XENPT_FRAME_ANY } },
      "3 0 0 0 0",
      NULL },
    { "and else is allowed",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x3000 | ALL }, { ROOT, 2, 0x2000 | ALL } },
      { { ROOT, 0, 0x4000 | ALL }, { ROOT, 1, 0x4000 | ALL }, { ROOT, 2, 0x6000 | ALL } },
      { { .slot = 0, .frame = XENPT_FRAME_ANY }, { .slot = 1, .frame = XENPT_FRAME_ANY } },
      "2 1 0 0 0",
      NULL },
    { "what is not there, and what need not be",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x3000 | ALL } },
      { { 0 } },
      { { .slot = 1, .frame = XENPT_FRAME_RENAMED, .absent = true } },
      "0 0 0 1 0",
      "nothing is there" },
    { "what nobody expects",
      { { 0 } },
      { { ROOT, 9, 0x8000 | ALL } },
      { { 0 } },
      "0 0 1 0 0",
      "nothing is expected" },
    { "what the model does not know of",
      { { ROOT, 9, 0x2000 | ALL } },
      { { ROOT, 9, 0x8000 | ALL } },
      { { .slot = 9, .unknown = true } },
      "0 0 1 0 0",
      "nothing is expected" },
    { "what is another's: counted, if it is there, and not followed",
      { { ROOT, 9, 0x2000 | ALL }, { ROOT, 10, 0x3000 | ALL }, { 0x2000, 0, 0x3000 | ALL } },
      { { ROOT, 9, 0x8000 | P }, { 0x8000, 5, 0x9000 | ALL } },
      { { .slot = 9, .opaque = true }, { .slot = 10, .opaque = true } },
      "0 0 0 0 1",
      NULL },
    { "each root itself, and another root for it",
      { { ROOT, 258, ROOT | P | RW } },
      { { ROOT, 258, ROOT | P | RW } },
      { { 0 } },
      "1 0 0 0 0",
      NULL },
    { "a root where some other table is expected",
      { { ROOT, 258, 0x2000 | P | RW } },
      { { ROOT, 258, ROOT | P | RW } },
      { { 0 } },
      "0 0 1 0 0",
      "the root is expected, or not" },
    { "a page that may be split: each part is asked about",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 0, 0x40000000 | ALL | PS } },
      { { ROOT, 0, 0x8000 | ALL },
        { 0x8000, 0, 0x9000 | ALL },
        { 0x9000, 0, 0xa000 | ALL },
        { 0xa000, 0, 0x40000000 | ALL },
        { 0xa000, 1, 0x40001000 | P },
        { 0xa000, 2, 0x40003000 | ALL } },
      { { .slot = 0, .level = 4, .frame = XENPT_FRAME_RENAMED },
        { .slot = 0, .frame = XENPT_FRAME_EXACT, .split = true, .absent = true } },
      "2 2 2 0 0",
      "other flags" },
    { "a page where tables are expected, and may be one page as well",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 0, 0x3000 | ALL }, { 0x3000, 0, 0x4000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL }, { 0x8000, 0, 0x40000000 | ALL | PS } },
      { { .slot = 0, .level = 3, .frame = XENPT_FRAME_RENAMED, .split = true } },
      "1 1 0 0 0",
      NULL },
    { "but not with other flags than those of the smaller ones",
      { { ROOT, 0, 0x2000 | ALL },
        { 0x2000, 0, 0x3000 | ALL },
        { 0x3000, 0, 0x4000 | ALL },
        { 0x4000, 0, 0x40000000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL }, { 0x8000, 0, 0x40000000 | P | PS } },
      { { .slot = 0, .level = 3, .frame = XENPT_FRAME_RENAMED, .split = true } },
      "1 0 1 0 0",
      "a page with other flags than those of the smaller ones that are expected" },
    { "a page of another size, which may not be",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 0, 0x40000000 | ALL | PS } },
      { { ROOT, 0, 0x8000 | ALL }, { 0x8000, 0, 0x9000 | ALL } },
      { { 0 } },
      "1 0 1 0 0",
      "a page of another size" },
    { "a table that the image does not hold has nothing",
      { { ROOT, 0, 0x2000 | ALL }, { 0x2000, 5, 0x3000 | ALL } },
      { { ROOT, 0, 0x40000000 | ALL } },
      { { 0 } },
      "1 0 0 1 0",
      "nothing is there" },
    { "a table is followed once, however often it is met",
      { { ROOT, 0, 0x2000 | ALL }, { ROOT, 1, 0x2000 | ALL }, { 0x2000, 5, 0x3000 | ALL } },
      { { ROOT, 0, 0x8000 | ALL }, { ROOT, 1, 0x8000 | ALL }, { 0x8000, 5, 0x9000 | ALL } },
      { { 0 } },
      "3 0 0 0 0",
      NULL },
};

struct pair_of_worlds {
    struct world model, image;
    struct machine machine;
    struct xenpt_pair pair;
    char reason[128];
};

static void pair_init(struct pair_of_worlds *p, size_t row)
{
    *p = (struct pair_of_worlds){ .reason = "" };
    world_init(&p->model);
    world_init(&p->image);
    world_put(&p->model, rows[row].model, COUNT(rows[row].model));
    world_put(&p->image, rows[row].image, COUNT(rows[row].image));
    p->machine = (struct machine){ { NULL, explain, NULL }, &p->model, rows[row].rules, 0 };
    while (p->machine.nr < COUNT(rows[row].rules) &&
           memcmp(&rows[row].rules[p->machine.nr], &(struct rule){ 0 }, sizeof(struct rule)) != 0)
        p->machine.nr++;
    p->model.view.explainer = &p->machine.explainer;
    p->pair = (struct xenpt_pair){ &p->model.context, &p->image.context };
}

static void pair_fini(struct pair_of_worlds *p)
{
    world_fini(&p->model);
    world_fini(&p->image);
}

static bool first_reason(void *ctx, const struct xenpt_difference *d)
{
    char *reason = ctx;

    if (!*reason)
        snprintf(reason, 128, "%s", d->reason);
    return true;
}

static enum xenpt_code compare(struct pair_of_worlds *p, struct xenpt_comparison *ret)
{
    return xenpt_compare(&p->model.view, &p->image.view, &p->pair, 1, NULL, first_reason, p->reason,
                         ret, NULL);
}

static void test_rows(void **state)
{
    struct xenpt_comparison result;
    struct pair_of_worlds p;
    char counts[64];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pair_init(&p, i);
        assert_int_equal(compare(&p, &result), XENPT_OK);
        snprintf(counts, sizeof(counts), "%llu %llu %llu %llu %llu",
                 (unsigned long long)result.entries[XENPT_EXACT],
                 (unsigned long long)result.entries[XENPT_ALLOWED],
                 (unsigned long long)result.entries[XENPT_UNEXPLAINED],
                 (unsigned long long)result.entries[XENPT_MISSING],
                 (unsigned long long)result.entries[XENPT_OPAQUE]);
        if (strcmp(counts, rows[i].counts) != 0)
            fail_msg("%s: %s, not %s", rows[i].claim, counts, rows[i].counts);
        if (strcmp(p.reason, rows[i].reason ? rows[i].reason : "") != 0)
            fail_msg("%s: '%s'", rows[i].claim, p.reason);
        xenpt_comparison_fini(&result);
        pair_fini(&p);
    }
}

/* By area, and what each difference is about. */
static bool keep(void *ctx, const struct xenpt_difference *d)
{
    *(struct xenpt_difference *)ctx = *d;
    return true;
}

static void test_difference(void **state)
{
    struct xenpt_comparison result;
    struct xenpt_difference d;
    struct pair_of_worlds p;

    (void)state;
    pair_init(&p, 2);
    assert_int_equal(
        xenpt_compare(&p.model.view, &p.image.view, &p.pair, 1, NULL, keep, &d, &result, NULL),
        XENPT_OK);
    assert_int_equal(d.compared, XENPT_UNEXPLAINED);
    assert_int_equal(d.level, 4);
    assert_int_equal(d.in, UINT64_C(1) << 39);
    assert_int_equal(d.at, ROOT + 8);
    assert_int_equal(d.found, 0x9000 | ALL);
    assert_int_equal(d.expected, 0x8000 | ALL); /* In the image's frames. */
    assert_string_equal(d.why.area, "low");
    assert_int_equal(result.nr_areas, 1);
    assert_int_equal(result.areas[0].entries[XENPT_EXACT], 1);
    assert_int_equal(result.areas[0].entries[XENPT_UNEXPLAINED], 1);
    xenpt_comparison_fini(&result);
    pair_fini(&p);
}

static bool stop(void *ctx, const struct xenpt_difference *d)
{
    (void)ctx;
    (void)d;
    return false;
}

static void test_refused(void **state)
{
    struct xenpt_comparison result = { 0 };
    struct xenpt_error err = { 0 };
    struct pair_of_worlds p;

    (void)state;
    pair_init(&p, 2);
    assert_int_equal(
        xenpt_compare(&p.model.view, &p.image.view, &p.pair, 1, NULL, stop, NULL, &result, &err),
        XENPT_ESTOPPED);
    p.model.view.explainer = NULL;
    assert_int_equal(compare(&p, &result), XENPT_ESTATE);
    p.model.view.explainer = &p.machine.explainer;
    world_first(&p.image, "pae", 0x1000);
    assert_int_equal(compare(&p, &result), XENPT_ESTATE);
    assert_null(result.areas);
    pair_fini(&p);
}

static void test_out_of_memory(void **state)
{
    struct xenpt_comparison result;
    struct pair_of_worlds p;
    enum xenpt_code code;
    unsigned long n = 0;

    (void)state;
    pair_init(&p, 0);
    do {
        fail_alloc_after(n++);
        code = compare(&p, &result);
        assert_true(fail_alloc_stop() ? code == XENPT_ENOMEM : code == XENPT_OK);
    } while (code);
    assert_true(n > 3);
    xenpt_comparison_fini(&result);
    pair_fini(&p);
}

/* --- Pairs --------------------------------------------------------------------------------- */

struct side {
    const char *kind, *domain;
    uint64_t root;
};

#define SIDES 8

static void contexts_of(const struct world *w, const struct side *sides, struct xenpt_context *ret,
                        const struct xenpt_context **list)
{
    for (size_t i = 0; i < SIDES; i++) {
        ret[i] = w->context;
        ret[i].kind = sides[i].kind;
        snprintf(ret[i].domain, sizeof(ret[i].domain), "%s",
                 sides[i].domain ? sides[i].domain : "");
        ret[i].paging.root = sides[i].root;
        snprintf(ret[i].name, sizeof(ret[i].name), "%c", (int)('a' + i));
        list[i] = &ret[i];
    }
}

/* Each domain has its kinds; d0's second L4 has none in the image, and the image has one more. */
static const struct side of_model[SIDES] = {
    { "idle", "", 0x1000 },   { "kernel", "d0", 0x2000 },  { "kernel", "d0", 0x3000 },
    { "user", "d0", 0x4000 }, { "monitor", "d1", 0x5000 }, { "monitor", "d1", 0x5000 },
    { NULL, "d1", 0x7000 },   { "cpu", "", 0x8000 },
};
static const struct side of_image[SIDES] = {
    { "monitor", "0x77", 0xa000 }, { "idle", "", 0xb000 },     { "cpu", "0x66", 0xc000 },
    { "kernel", "0x66", 0xd000 },  { "user", "0x66", 0xe000 }, { "monitor", "0x77", 0xf000 },
    { "shadow", "0x77", 0x10000 }, { "cpu", "0x77", 0x11000 },
};

static void test_pairs(void **state)
{
    struct xenpt_context a[SIDES], b[SIDES];
    const struct xenpt_context *list_a[SIDES], *list_b[SIDES];
    struct xenpt_pairing pairing;
    struct pair_of_worlds p;
    enum xenpt_code code;
    char buf[128] = "";
    unsigned long n = 0;

    (void)state;
    pair_init(&p, 0);
    /* Of CPUs' roots, the one that has most of what the model has, and something else. */
    world_put(&p.model, (struct entry[]){ { 0x8000, 1, 0x9000 | ALL } }, 1);
    world_put(&p.image,
              (struct entry[]){ { 0xc000, 1, 0x12000 | ALL }, { 0xc000, 2, 0x13000 | ALL } }, 2);
    contexts_of(&p.model, of_model, a, list_a);
    contexts_of(&p.image, of_image, b, list_b);
    p.model.view.contexts = a;
    p.model.view.nr_contexts = SIDES;
    do {
        fail_alloc_after(n++);
        code = xenpt_pair_contexts(&p.model.view, &p.image.view, list_b, SIDES, &pairing, NULL);
        assert_true(fail_alloc_stop() ? code == XENPT_ENOMEM : code == XENPT_OK);
    } while (code);
    for (size_t i = 0; i < pairing.nr_pairs; i++) {
        size_t used = strlen(buf);

        snprintf(buf + used, sizeof(buf) - used, "%s%s ", pairing.pairs[i].model->name,
                 pairing.pairs[i].image->name);
    }
    assert_string_equal(buf, "ab bd de ea hc ef ");
    assert_int_equal(pairing.nr_lone_model, 1);
    assert_string_equal(pairing.lone_model[0]->name, "c");
    assert_int_equal(pairing.nr_lone_image, 2);
    assert_string_equal(pairing.lone_image[0]->name, "g");
    assert_string_equal(pairing.lone_image[1]->name, "h");
    xenpt_pairing_fini(&pairing);
    pair_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_difference),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
