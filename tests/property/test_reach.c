/*
 * test_reach.c - one domain makes steps at random, of all kinds that there are: whatever it has
 * mapped after any of them is what a threat that names its kernel has said before the first.
 *
 * With an argument: the seed; a second one: how many steps for each domain of each machine.
 */
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xenpt/threat.h"

#define LOOK_EVERY 25

static uint64_t seed = 1;
static unsigned long steps = 400;
static uint64_t looked_at; /* Frames that were not mapped in the beginning. */

static struct xenpt_threat *reach(const struct subject *s, uint32_t d, bool mapped)
{
    const struct xenpt_party parties[] = { { XENPT_PARTY_KERNEL, d }, { XENPT_PARTY_USER, d } };
    struct xenpt_threat_options opt = { .rules = &s->rules, .iommu = XENPT_DMA_STRICT };
    const char *others[XENPT_MOVES_MAX];
    struct xenpt_threat *t = NULL;
    struct xenpt_error err = { 0 };

    opt.without = others;
    for (size_t i = 0; mapped && xenpt_move(i); i++)
        if (strcmp(xenpt_move(i)->name, "mapped") != 0)
            others[opt.nr_without++] = xenpt_move(i)->name;
    if (xenpt_threat_create(s->w.machine, parties, 2, &opt, &t, &err))
        fail_msg("%s", err.text);
    return t;
}

/* What is mapped of each piece is what was said of it; of a table, what it can be made. */
static void look(const struct subject *s, uint32_t d, const struct xenpt_threat *said,
                 const struct xenpt_threat *first, const char *text)
{
    const unsigned int write = 1u << XENPT_THREAT_WRITE, retype = 1u << XENPT_THREAT_RETYPE;
    struct xenpt_threat *now = reach(s, d, true);
    struct xenpt_threat_piece is, was, begun;

    for (uint64_t f = 0; xenpt_threat_piece(now, f, &is) && xenpt_threat_piece(said, f, &was);) {
        unsigned int may = was.rights | (was.rights & retype ? write : 0);

        if (is.rights & ~may)
            fail_msg("seed %" PRIu64 ": %s: d%u has mfn 0x%" PRIx64 " with rights 0x%x, and 0x%x "
                     "was said",
                     seed, text, d, f, is.rights, was.rights);
        looked_at += is.rights && xenpt_threat_piece(first, f, &begun) && !begun.rights;
        f = (is.last < was.last ? is.last : was.last) + 1;
    }
    xenpt_threat_destroy(now);
}

static void go(const struct random_machine *m, const char *switched, uint32_t d)
{
    struct xenpt_threat *said, *first;
    char text[STEP_TEXT_MAX] = "";
    struct subject s;

    subject_begin(&s, m->text, switched);
    s.dice = dice_of(seed + d);
    said = reach(&s, d, false);
    first = reach(&s, d, true);
    for (unsigned long i = 0; i < steps;) {
        struct rstep step = subject_step(&s);

        if (step.domain != d)
            continue;
        i++;
        step_text(&s, &step, text, sizeof(text));
        subject_do(&s, &step);
        if (i % LOOK_EVERY == 0)
            look(&s, d, said, first, text);
    }
    xenpt_threat_destroy(first);
    xenpt_threat_destroy(said);
    subject_end(&s);
}

static void test_now(void **state)
{
    (void)state;
    looked_at = 0;
    for (size_t m = 0; m < 3; m++)
        for (uint32_t d = 0; d < DOMAINS; d++)
            go(&random_machines[m], NULL, d);
    /* Something was mapped that was not, or nothing was tested. */
    assert_true(looked_at > 20);
}

/* Without a rule a guest has more, and is said to. */
static void test_without(void **state)
{
    static const char *const rules[] = { "foreign-right", "l1-owner", "l1-writable",
                                         "mmio-permission" };

    (void)state;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        go(&random_machines[0], rules[i], 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_without),
    };

    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    if (argc > 2)
        steps = strtoul(argv[2], NULL, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
