/* test_audit_slots.c - invariants of a memory image: Xen's slots, linear tables, M2P, entries that
 * are legal; the same way as test_audit.c. */
#include "audit_fixture.h"

#include "xen/internal.h"

/* --- I3 ------------------------------------------------------------------------------------ */

static void slots_of_xen(void **state)
{
    static const struct {
        const char *context;
        unsigned int nr;
        uint64_t flip;
        const char *text;
    } of[] = {
        { "d1.v0.kernel", 261, RW, "slot 261 is for xen-private" },
        { "d1.v0.kernel", 262, NX, "slot 262 is for directmap" },
        { "d1.v0.kernel", 258, US, "slot 258 is for guest-linear" },
        { "d1.v0.kernel", 260, RW, "slot 260 is for per-domain" },
        { "d2.v0.kernel", 400, 0x1000 | P, "slot 400 is for" },
        { "d3.v0.xen", 261, US, "slot 261 is for xen-private" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;

        begin(&c);
        p = slot_of_root(&c, of[i].context, of[i].nr);
        poke(&c, p, p.entry ^ of[i].flip);
        audit(&c, true);
        if (!(c.which & BIT(SLOTS)))
            fail_msg("%s: slot %u: nothing", of[i].context, of[i].nr);
        assert_int_equal(c.found[0].at, p.at);
        assert_int_equal(c.found[0].entry, p.entry ^ of[i].flip);
        if (!strstr(c.found[0].text, of[i].text))
            fail_msg("'%s' has no '%s'", c.found[0].text, of[i].text);
        finish(&c);
    }
}

/* A and D are the processor's; and M2P is taken out of the root of a guest that wants it so. */
static void slots_that_may_differ(void **state)
{
    struct core c;
    struct place p;

    (void)state;
    begin(&c);
    p = slot_of_root(&c, "d1.v0.kernel", 261);
    poke(&c, p, p.entry & ~XENPT_BITS(6, 5));
    poke(&c, slot_of_root(&c, "d1.v0.kernel", 256), 0);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    finish(&c);
}

/* --- I4 ------------------------------------------------------------------------------------ */

static void linear(void **state)
{
    static const struct {
        const char *in, *to;
        uint64_t flags;
        const char *text; /* NULL: it may be there. */
    } of[] = {
        { "d1.v0.kernel", "d1.v0.kernel", P | US, NULL },
        { "d1.v0.kernel", "d1.v0.user", P | US, NULL },
        { "d1.v0.kernel", "d1.v0.kernel", P | US | RW, "can be written through" },
        { "d1.v0.kernel", "d0.v0.kernel", P | US, "of another domain" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;
        uint64_t value;

        begin(&c);
        p = slot_of_root(&c, of[i].in, SELF);
        value = root_of(&c, of[i].to) | of[i].flags;
        poke(&c, p, value);
        audit(&c, true);
        if (!of[i].text) {
            assert_int_equal(c.nr, 0);
            assert_true(c.results[XENPT_AUDIT_LINEAR].looked);
        } else {
            assert_true(c.which & BIT(LINEAR));
            for (unsigned int k = 0; k < c.nr && k < FOUND; k++)
                if (c.found[k].which == XENPT_AUDIT_LINEAR) {
                    assert_int_equal(c.found[k].at, p.at);
                    assert_int_equal(c.found[k].in, p.in);
                    assert_non_null(strstr(c.found[k].text, of[i].text));
                }
        }
        finish(&c);
    }
}

/* XSA-240: two deep. */
static void linear_and_on(void **state)
{
    struct core c;
    struct place a, b;

    (void)state;
    begin(&c);
    a = slot_of_root(&c, "d1.v0.kernel", SELF);
    b = slot_of_root(&c, "d1.v0.user", SELF);
    poke(&c, a, root_of(&c, "d1.v0.user") | P | US);
    poke(&c, b, root_of(&c, "d1.v0.kernel") | P | US);
    audit(&c, true);
    assert_int_equal(c.which, BIT(LINEAR));
    assert_int_equal(c.nr, 2);
    assert_int_equal(c.found[0].at, a.at);
    assert_int_equal(c.found[1].at, b.at);
    assert_non_null(strstr(c.found[0].text, "leads to one more of its level"));
    finish(&c);
}

/* A table may have an entry to itself, and be led to by another. */
static void linear_to_one_with_itself(void **state)
{
    struct core c;

    (void)state;
    begin(&c);
    poke(&c, slot_of_root(&c, "d1.v0.kernel", SELF), root_of(&c, "d1.v0.user") | P | US);
    poke(&c, slot_of_root(&c, "d1.v0.user", SELF), root_of(&c, "d1.v0.user") | P | US);
    audit(&c, true);
    if (c.nr)
        fail_msg("%s", c.found[0].text);
    assert_int_equal(c.results[XENPT_AUDIT_LINEAR].looked, 2);
    finish(&c);
}

/* XSA-185: an L3 of a 32-bit guest. */
static void linear_in_32_bits(void **state)
{
    struct core c;
    struct place p;
    uint64_t l3;

    (void)state;
    begin(&c);
    l3 = slot(&c.w, "d2.v0.kernel", 0) & ADDR;
    p = (struct place){ .in = UINT64_C(2) << 30, .at = l3 + 16 };
    poke(&c, p, l3 | P | US);
    audit(&c, true);
    assert_true(c.which & BIT(LINEAR));
    assert_int_equal(c.found[0].at, p.at);
    assert_non_null(strstr(c.found[0].text, "may not have there"));
    finish(&c);
}

/* --- I7 ------------------------------------------------------------------------------------ */

static void frames_change_places(void **state)
{
    struct core c;
    struct place a, b;

    (void)state;
    begin(&c);
    a = place(&c, "d3.p2m", 0x5000, 1);
    b = place(&c, "d3.p2m", 0x8000, 1);
    poke(&c, a, b.entry);
    poke(&c, b, a.entry);
    audit(&c, true);
    assert_int_equal(c.which, BIT(M2P));
    assert_int_equal(c.nr, 2);
    assert_int_equal(c.found[0].at, a.at);
    assert_int_equal(c.found[0].in, 0x5000);
    assert_int_equal(c.found[1].at, b.at);
    assert_non_null(strstr(c.found[0].text, "is guest frame 0x5, and M2P says 0x8"));
    finish(&c);
}

/* Neighbours of which the same is to be said are one finding. */
static void neighbours_are_one(void **state)
{
    struct core c;
    struct place p[4];

    (void)state;
    begin(&c);
    for (unsigned int i = 0; i < 4; i++)
        p[i] = place(&c, "d3.p2m", 0x5000 + i * 0x1000, 1);
    for (unsigned int i = 0; i < 4; i++)
        poke(&c, p[i], p[3 - i].entry);
    audit(&c, true);
    assert_int_equal(c.nr, 1);
    assert_int_equal(c.found[0].at, p[0].at);
    assert_int_equal(c.found[0].nr, 4);
    finish(&c);
}

/* --- I9 ------------------------------------------------------------------------------------ */

static void entries_that_are_refused(void **state)
{
    static const struct {
        const char *context;
        unsigned int level;
        uint64_t in, clear, set;
    } of[] = {
        { "d1.v0.kernel", 3, 0, 0, PS | XENPT_BIT(13) }, /* A page of 1 GiB that is not aligned. */
        { "d3.p2m", 1, 0x5000, 1, 0 },                   /* EPT: W without R. */
        { "d3.p2m", 2, 0x5000, 0, XENPT_BIT(3) },        /* EPT: bits 6:3 of a table. */
        { IDLE, 2, 0xffff830000000000, 0, PS | XENPT_BIT(13) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
        struct core c;
        struct place p;
        uint64_t value, in;

        begin(&c);
        in = of[i].in ? of[i].in : address_of(&c, of[i].context, root_of(&c, of[i].context));
        in &= ~XENPT_BITS(29, 0) | (of[i].level == 3 ? 0 : XENPT_BITS(29, 12));
        p = place(&c, of[i].context, in, of[i].level);
        value = (p.entry & ~of[i].clear) | of[i].set;
        poke(&c, p, value);
        audit(&c, false);
        if (!(c.which & BIT(LEGAL)))
            fail_msg("case %zu: nothing", i);
        for (unsigned int k = 0; k < c.nr && k < FOUND; k++)
            if (c.found[k].which == XENPT_AUDIT_LEGAL) {
                assert_int_equal(c.found[k].at, p.at);
                assert_int_equal(c.found[k].entry, value);
                assert_int_equal(c.found[k].level, of[i].level);
            }
        finish(&c);
    }
}

/* Entries that Xen has marked, to work out what is below when it is touched. */
static void entries_that_ask(void **state)
{
    struct core c;
    struct place p;

    (void)state;
    begin(&c);
    p = place(&c, "d3.p2m", 0x5000, 2);
    poke(&c, p, p.entry | XENPT_BITS(5, 3));
    audit(&c, false);
    assert_int_equal(c.nr, 0);
    finish(&c);
}

/* --- Asking -------------------------------------------------------------------------------- */

static bool stop(void *ctx, const struct xenpt_audit_finding *f)
{
    (void)f;
    ++*(unsigned int *)ctx;
    return false;
}

static void only_what_is_asked(void **state)
{
    struct core c;
    struct place p;
    struct xenpt_error err;
    unsigned int times = 0;
    const struct xenpt_audit_facts *facts;

    (void)state;
    begin(&c);
    p = slot_of_root(&c, "d1.v0.kernel", 261);
    poke(&c, p, p.entry ^ RW);
    p = slot_of_root(&c, "d2.v0.kernel", 400);
    poke(&c, p, 0x1001);
    audit(&c, false);
    assert_true(c.which & BIT(SLOTS));
    facts = xenpt_audit_roots_facts(c.known);
    c.which = c.nr = 0;
    assert_int_equal(xenpt_audit(xenpt_image_view(c.image), facts, JUDGED & ~BIT(SLOTS), note, &c,
                                 c.results, &err),
                     XENPT_OK);
    assert_false(c.which & BIT(SLOTS));
    assert_false(c.results[XENPT_AUDIT_SLOTS].asked);
    assert_int_equal(
        xenpt_audit(xenpt_image_view(c.image), facts, 0, stop, &times, c.results, &err),
        XENPT_ESTOPPED);
    assert_int_equal(times, 1);
    finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_of_xen),
        cmocka_unit_test(linear),
        cmocka_unit_test(linear_and_on),
        cmocka_unit_test(linear_to_one_with_itself),
        cmocka_unit_test(slots_that_may_differ),
        cmocka_unit_test(linear_in_32_bits),
        cmocka_unit_test(frames_change_places),
        cmocka_unit_test(neighbours_are_one),
        cmocka_unit_test(entries_that_are_refused),
        cmocka_unit_test(entries_that_ask),
        cmocka_unit_test(only_what_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
