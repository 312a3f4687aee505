/* test_threat_built.c - what is compiled into Xen, by which dom0 becomes Xen whatever it may map.
 */
#include "threat_fixture.h"

#include <stdio.h>
#include <string.h>

/* The moves of the shortest way to Xen: "gdbsx overwrite-xen"; NULL: there is none. */
static const char *way_to_xen(const struct xenpt_threat *t)
{
    static const struct xenpt_party to = { .kind = XENPT_PARTY_XEN };
    static char text[200];
    struct xenpt_threat_way way;
    size_t used = 0;

    if (!xenpt_threat_becomes(t, to))
        return NULL;
    assert_true(xenpt_threat_way_to(t, to, &way));
    for (size_t i = 0; i < way.nr; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "",
                                 way.step[i].move->name);
    return text;
}

struct built_row {
    const char *xen;        /* As a model says it. */
    const char *way;        /* How dom0's kernel becomes Xen; NULL: it does not. */
    const char *without[3]; /* Moves that nobody makes. */
};

/* common/Kconfig, Kconfig.debug: LIVEPATCH is on since 4.11, KEXEC always, GDBSX before 4.15 and in
 * debug builds. */
static void test_built(void **state)
{
    static const struct built_row rows[] = {
        { "release: \"4.17\"", "livepatch", { NULL } },
        { "release: \"4.17\"", "kexec", { "livepatch" } },
        { "release: \"4.17\"", NULL, { "livepatch", "kexec" } },
        { "release: \"4.17\", livepatch: no", "kexec", { NULL } },
        { "release: \"4.17\", livepatch: no, kexec: no", NULL, { NULL } },
        { "release: \"4.17\", livepatch: no, kexec: no, gdbsx: yes",
          "gdbsx overwrite-xen",
          { NULL } },
        { "release: \"4.17\", livepatch: no, kexec: no, debug: yes",
          "gdbsx overwrite-xen",
          { NULL } },
        { "release: \"4.17\", livepatch: no, kexec: no, debug: yes, gdbsx: no", NULL, { NULL } },
        { "release: \"4.10\", gdbsx: no, kexec: no", NULL, { NULL } },
        { "release: \"4.10\", gdbsx: no, kexec: no, livepatch: yes", "livepatch", { NULL } },
        { "release: \"4.14\", livepatch: no, kexec: no", "gdbsx overwrite-xen", { NULL } },
        { "release: \"4.15\", livepatch: no, kexec: no", NULL, { NULL } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_threat_options o = { .iommu = XENPT_DMA_STRICT, .without = rows[i].without };
        const char *is;
        char text[512];

        while (o.nr_without < 3 && rows[i].without[o.nr_without])
            o.nr_without++;
        snprintf(text, sizeof(text), "%sxen: { pv32: yes, %s }\n%s", PV_HOST, rows[i].xen,
                 THREAT_DOMAINS);
        pv_begin(&p, text);
        p.rules = xenpt_pv_rules_of((struct xenpt_release){ 4, 17, 0 });
        o.rules = &p.rules;
        is = way_to_xen(threat_of("dom0", &o));
        if (!is != !rows[i].way || (is && strcmp(is, rows[i].way) != 0))
            fail_msg("%s: by %s, and not %s", rows[i].xen, is ? is : "nothing",
                     rows[i].way ? rows[i].way : "nothing");
        /* Its user code, and another guest, makes none of these hypercalls. */
        assert_null(way_to_xen(threat_of("d0.user", &o)));
        assert_null(way_to_xen(threat_of("d1", &o)));
        threat_end();
        pv_finish(&p);
    }
}

/* Of an HVM or PVH dom0 alone Xen walks the guest's tables, and nobody names others. */
static void test_gdbsx_needs_pv(void **state)
{
    struct xenpt_threat_options o = { .iommu = XENPT_DMA_STRICT,
                                      .without = (const char *const[]){ "foreign-p2m" },
                                      .nr_without = 1 };

    (void)state;
    pv_begin(&p, PV_HOST "xen: { release: \"4.17\", options: dom0=pvh, livepatch: no, kexec: no, "
                         "gdbsx: yes }\n"
                         "domains:\n"
                         "  d0: { type: pvh, memory: 16M, privileged: yes }\n"
                         "  d1: { type: pvh, memory: 16M }\n");
    assert_null(way_to_xen(threat_of("dom0", &o)));
    threat_end();
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built),
        cmocka_unit_test(test_gdbsx_needs_pv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
