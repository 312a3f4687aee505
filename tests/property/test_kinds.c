/*
 * test_kinds.c - kinds of steps at random: every verb of a scenario that changes a machine has one,
 * and whatever stands in the place of a value can be read.
 */
#include "random_file.h"
#include "random_text.h"

#include <stdio.h>

#define TRIES 60

/* Whether a row's text can begin with a verb: "xenstore-<mkdir|rm>: ..." has two of them. */
static bool has_verb(struct subject *s, const struct rkind *k, const char *verb)
{
    size_t n = strlen(verb);

    for (unsigned int i = 0; k->text && i < TRIES; i++) {
        struct rstep t = { .kind = k };
        char text[STEP_TEXT_MAX];

        text_make(s, &t);
        step_text(s, &t, text, sizeof(text));
        if (!strncmp(text, verb, n) && text[n] == ':')
            return true;
    }
    return false;
}

/* Steps that are made by the library: what they print begins with the verb, too. */
static const struct {
    const char *kind, *verb;
} by_library[] = {
    { "mmu_update", "mmu-update" },
    { "update_va", "update-va-mapping" },
    { "mmuext_op", "mmuext-op" },
    { "set_gdt", "set-gdt" },
    { "update_descriptor", "update-descriptor" },
    { "vm_assist", "vm-assist" },
    { "write_table", "write-table" },
    { "iret", "iret" },
};

static bool is_made(struct subject *s, const char *verb)
{
    for (size_t i = 0; i < sizeof(by_library) / sizeof(by_library[0]); i++)
        if (!strcmp(by_library[i].verb, verb))
            return true;
    for (size_t i = 0; random_tables[i]; i++)
        for (const struct rkind *k = random_tables[i]; k->name; k++)
            if (has_verb(s, k, verb))
                return true;
    return false;
}

static const struct {
    const char *verb, *why;
} left_out[] = {
    { "flush", "it changes what TLBs have, which are none of the machine's" },
    { "evict", "it changes what data caches have, which are none of the machine's" },
    { "save", "it pauses a domain, and is foreign-access for each frame then" },
    { "rmpupdate", "it is of guests under SEV-SNP, which no release of Xen runs" },
    { "pvalidate", "likewise" },
    { "migrate", "it is log-dirty, and foreign-access for each frame" },
};

static bool is_left_out(const char *verb)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        if (!strcmp(left_out[i].verb, verb))
            return *left_out[i].why;
    return false;
}

static void test_all_verbs(void **state)
{
    const char *verb;
    struct subject s;
    bool changes;

    (void)state;
    subject_begin(&s, random_machines[0].text, NULL);
    s.dice = dice_of(1);
    for (size_t i = 0; (verb = file_verb(i, &changes)) != NULL; i++)
        if (changes && !is_left_out(verb) && !is_made(&s, verb))
            fail_msg("no step at random is '%s': a row of random_kinds_*.c makes some", verb);
    subject_end(&s);
}

/* By the library: each of those is a row yet. */
static void test_by_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(by_library) / sizeof(by_library[0]); i++) {
        bool found = false;

        for (const struct rkind *k = random_kinds; k->name; k++)
            found |= !strcmp(k->name, by_library[i].kind);
        if (!found)
            fail_msg("there is no kind %s", by_library[i].kind);
    }
}

/* On each machine, whoever makes them. */
static void test_read(void **state)
{
    (void)state;
    for (size_t m = 0; random_machines[m].name; m++) {
        struct subject s;

        subject_begin(&s, random_machines[m].text, NULL);
        s.dice = dice_of(m + 1);
        for (size_t i = 0; random_tables[i]; i++)
            for (const struct rkind *k = random_tables[i]; k->name; k++)
                for (uint32_t d = 0; k->text && d < s.nr_first; d++) {
                    struct rstep t = { .kind = k, .domain = d };

                    text_make(&s, &t);
                    subject_do(&s, &t);
                    if (file_mistake(s.file))
                        fail_msg("%s: %s", k->text, file_mistake(s.file));
                }
        subject_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_verbs),
        cmocka_unit_test(test_by_library),
        cmocka_unit_test(test_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
