/* test_validation_md.c - docs/validation.md is in step with the tables that it is made from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/answer.h"
#include "validate/errata.h"
#include "xenpt/validate.h"

static char *page;

static int load(void **state)
{
    FILE *file = fopen(XENPT_VALIDATION_MD, "r");
    size_t n;

    (void)state;
    page = calloc(1, 1 << 20);
    if (!file || !page)
        return -1;
    n = fread(page, 1, (1 << 20) - 1, file);
    fclose(file);
    return n ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    free(page);
    return 0;
}

/* Markdown's own characters are escaped on the page. */
static void check_says(const char *text)
{
    char escaped[2048];
    size_t n = 0;

    for (; *text && n < sizeof(escaped) - 3; text++) {
        if (strchr("|<*_", *text))
            escaped[n++] = '\\';
        escaped[n++] = *text == '\n' ? ' ' : *text;
    }
    escaped[n] = '\0';
    if (!strstr(page, escaped))
        fail_msg("docs/validation.md does not say '%s': build the target validation_md", escaped);
}

static void test_rows(void **state)
{
    struct xenpt_validate_suite suite;
    struct xenpt_validate_mmu mmu;
    const char *gap;

    (void)state;
    for (unsigned int i = 0; xenpt_validate_mmu(i, &mmu); i++) {
        check_says(mmu.name);
        check_says(mmu.text);
    }
    for (unsigned int i = 0; xenpt_validate_suite(i, &suite); i++) {
        check_says(suite.name);
        check_says(suite.text);
    }
    for (unsigned int i = 0; (gap = xenpt_validate_gap(i)); i++)
        check_says(gap);
    for (unsigned int i = 0; i < FREEDOM_NR; i++) {
        check_says(freedom_text(i));
        check_says(freedom_source(i));
    }
    for (unsigned int i = 1; i < XENPT_NR_RULES; i++)
        check_says(xenpt_rule(i)->text);
}

/* Whoever wrote the page may not have had every MMU: of KVM's rows only those who met it tell. */
static void test_errata(void **state)
{
    const struct erratum *e;

    (void)state;
    for (unsigned int i = 0; (e = erratum_row(i)); i++) {
        if (!strcmp(e->mmu, "kvm"))
            continue;
        check_says(e->name);
        check_says(e->text);
        check_says(e->source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_errata),
    };

    return cmocka_run_group_tests_name("validation_md", tests, load, unload);
}
