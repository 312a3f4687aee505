/*
 * test_audit_captures.c - real machines hold all invariants that their tables can tell of.  That
 * nothing writes to tables is asked of the exposure, too, which has another way to find out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "xenpt/audit.h"
#include "xenpt/audit_roots.h"
#include "xenpt/expose.h"
#include "xenpt/image.h"

#define BIT(i) (1u << XENPT_AUDIT_##i)

struct capture {
    const char *path;
    struct xenpt_image *image;
    const struct xenpt_view *view;
    struct xenpt_roots *roots;
    struct xenpt_audit_roots *known;
    const struct xenpt_audit_facts *facts;
};

static bool told(void *ctx, const struct xenpt_audit_finding *f)
{
    const struct capture *c = ctx;

    fail_msg("%s: %s: %s: %s", c->path, xenpt_audit_row(f->which)->name, f->context->name, f->text);
    return false;
}

static bool against(void *ctx, const struct xenpt_policy_finding *f)
{
    const struct capture *c = ctx;

    if (f->by == XENPT_BY_USER || f->by == XENPT_BY_KERNEL)
        fail_msg("%s: %s can write a table at %lx", c->path, f->context->name,
                 (unsigned long)f->in);
    return true;
}

static void ask_exposure(struct capture *c)
{
    const struct xenpt_context **list = calloc(c->facts->nr_roots, sizeof(*list));
    struct xenpt_expose_options opt = { .contexts = list, .owners = c->facts->owners };
    struct xenpt_error err;

    assert_non_null(list);
    for (size_t i = 0; i < c->facts->nr_roots; i++)
        list[opt.nr_contexts++] = c->facts->roots[i].context;
    assert_int_equal(
        xenpt_expose_policies(c->view, &opt, 1u << XENPT_POLICY_TABLES, against, c, &err),
        XENPT_OK);
    free(list);
}

static bool has(const struct capture *c, enum xenpt_audit_part part)
{
    for (size_t i = 0; i < c->facts->nr_roots; i++)
        if (c->facts->roots[i].part == part)
            return true;
    return false;
}

/* What can be judged is what there is: a capture has tables, and neither M2P nor a frametable. */
static unsigned int expected(const struct capture *c)
{
    bool pv = has(c, XENPT_AUDIT_OF_GUEST);
    bool hvm = has(c, XENPT_AUDIT_OF_MEMORY) || has(c, XENPT_AUDIT_OF_SHADOW);

    return BIT(SLOTS) | BIT(LEGAL) | (pv ? BIT(LINEAR) : 0) |
           (pv || hvm ? BIT(TABLES) | BIT(MEMORY) : 0);
}

/* False: there is no Xen in it. */
static bool one(const char *path)
{
    struct xenpt_audit_result results[XENPT_NR_AUDITS];
    struct capture c = { .path = path };
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    if (xenpt_image_open(path, NULL, &c.image, &err))
        fail_msg("%s: %s", path, err.text);
    c.view = xenpt_image_view(c.image);
    assert_int_equal(xenpt_roots_find(c.view, NULL, &c.roots, &err), XENPT_OK);
    code = xenpt_audit_roots_create(c.view, c.roots, &c.known, &err);
    if (!code) {
        c.facts = xenpt_audit_roots_facts(c.known);
        assert_int_equal(xenpt_audit(c.view, c.facts, 0, told, &c, results, &err), XENPT_OK);
        for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++) {
            if (results[i].judged != (expected(&c) >> i & 1))
                fail_msg("%s: %s", path, xenpt_audit_row((enum xenpt_audit_invariant)i)->name);
            if (results[i].judged && i != XENPT_AUDIT_LINEAR)
                assert_true(results[i].looked > 100);
            assert_int_equal(!results[i].why_not, results[i].judged);
        }
        ask_exposure(&c);
    } else {
        assert_int_equal(code, XENPT_ESTATE);
    }
    xenpt_audit_roots_free(c.known);
    xenpt_roots_free(c.roots);
    xenpt_image_close(c.image);
    return !code;
}

static void captures_hold(void **state)
{
    size_t with = 0;
    glob_t found;

    (void)state;
    assert_int_equal(glob(XENPT_CAPTURES "/*.elf.zst", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        with += one(found.gl_pathv[i]);
    /* All but one, which is of a Linux alone. */
    assert_true(found.gl_pathc >= 42);
    assert_int_equal(with, found.gl_pathc - 1);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(captures_hold) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
