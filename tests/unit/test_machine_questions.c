/*
 * test_machine_questions.c - what a researcher asks, asked of machines with every kind of domain:
 * which root a vCPU runs on, what is in its halves, who shares which tables, what a guest can see
 * of Xen, whether dom0 is different.
 *
 * Answers are those of Xen's sources, mm.c, init_xen_l4_slots and its callers; the same slots were
 * seen in the memory of such machines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_fixture.h"
#include "xenpt/map.h"

#define INTEL "skylake-server"
#define AMD   "rome"

/* Two domains of a kind, d1 and d2, or dom0 of a kind; each with two vCPUs. */
static const struct kind {
    const char *name, *processor, *options;
    const char *domain; /* Of d1 and d2; NULL: there are none. */
    const char *dom0;
    const char *low, *high; /* Slots of what Xen runs on, on behalf of its kernel. */
    const char *user_high;  /* PV64: the same of its user mode. */
    const char *guest;      /* Format that the guest runs on... */
    const char *second;     /* ...and its second stage. */
    bool one_root;          /* The guest runs on what Xen runs on. */
} kinds[] = {
#define DOM0   "type: pv64, memory: 64M, privileged: yes"
#define PV64   "0", "256 258 260-262 511", "258 260-262", "4-level", NULL
#define PV32   "0 4", "258 260-262", NULL, "4-level", NULL
#define HAP    "4", "258 260-262", NULL
#define SHADOW "4", "258-262", NULL
    { "PV64, XPTI", INTEL, "", "type: pv64", DOM0, PV64, false },
    { "PV64", INTEL, "xpti=no", "type: pv64", DOM0, PV64, true },
    { "PV64 on AMD", AMD, "", "type: pv64", DOM0, PV64, true },
    { "PV64, XPTI on AMD", AMD, "xpti=yes", "type: pv64", DOM0, PV64, false },
    { "PV32", INTEL, "", "type: pv32", DOM0, PV32, true },
    { "PV32 on AMD", AMD, "", "type: pv32", DOM0, PV32, true },
    { "PVH, EPT", INTEL, "", "type: pvh", DOM0, HAP, "4-level", "EPT", false },
    { "PVH, NPT", AMD, "", "type: pvh", DOM0, HAP, "4-level", "NPT", false },
    { "HVM, EPT", INTEL, "", "type: hvm", DOM0, HAP, "4-level", "EPT", false },
    { "HVM, NPT, PAE", AMD, "", "type: hvm, mode: pae", DOM0, HAP, "PAE", "NPT", false },
    { "HVM, EPT, 2 levels", INTEL, "", "type: hvm, mode: 2level", DOM0, HAP, "2-level", "EPT",
      false },
    { "HVM, EPT, no paging", INTEL, "", "type: hvm, mode: unpaged", DOM0, HAP, NULL, "EPT", false },
    { "HVM, shadow", AMD, "", "type: hvm, paging: shadow", DOM0, SHADOW, "4-level", NULL, false },
    { "HVM, shadow on Intel", INTEL, "", "type: hvm, paging: shadow", DOM0, SHADOW, "4-level", NULL,
      false },
    { "HVM, shadow, PAE", AMD, "", "type: hvm, paging: shadow, mode: pae", DOM0, SHADOW, "PAE",
      NULL, false },
    { "HVM, shadow, 2 levels", AMD, "", "type: hvm, paging: shadow, mode: 2level", DOM0, SHADOW,
      "PAE", NULL, false },
    { "HVM, shadow, no paging", AMD, "", "type: hvm, paging: shadow, mode: unpaged", DOM0, SHADOW,
      "PAE", NULL, false },
    { "PV64 dom0, XPTI", INTEL, "", NULL, "type: pv64", PV64, false },
    { "PV64 dom0", INTEL, "xpti=no-dom0", NULL, "type: pv64", PV64, true },
    { "PV32 dom0", INTEL, "", NULL, "type: pv32", PV32, true },
    { "PVH dom0, EPT", INTEL, "dom0=pvh", NULL, "type: pvh", HAP, "4-level", "EPT", false },
    { "PVH dom0, NPT", AMD, "dom0=pvh", NULL, "type: pvh", HAP, "4-level", "NPT", false },
    { "PVH dom0, shadow", AMD, "dom0=pvh,shadow", NULL, "type: pvh", SHADOW, "4-level", NULL,
      false },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void build_kind(struct world *w, const struct kind *k, const char *release, const char *ram)
{
    char text[1024];
    int n = snprintf(text, sizeof(text),
                     "host: { ram: %s, cpus: 2, processor: %s }\n"
                     "xen: { release: \"%s\", pv32: yes, options: \"%s\" }\n"
                     "domains:\n  d0: { %s%s }\n",
                     ram, k->processor, release, k->options, k->dom0,
                     k->domain ? "" : ", memory: 64M, vcpus: 2, privileged: yes");

    for (int d = 1; k->domain && d < 3; d++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "  d%d: { %s, memory: 64M, vcpus: 2 }\n",
                      d, k->domain);
    build(w, text);
}

static bool is_pv64(const struct kind *k)
{
    return k->user_high;
}

static bool is_pv(const struct kind *k)
{
    return is_pv64(k) || !strncmp(k->low, "0", 1);
}

static const char *named(const struct kind *k, unsigned int d, unsigned int v, const char *mode)
{
    static char names[8][32];
    static unsigned int next;
    char *name = names[next++ % 8];

    snprintf(name, sizeof(names[0]), "d%u.v%u.%s", k->domain ? d : 0, v, mode);
    return name;
}

/* --- Which root ---------------------------------------------------------------------------- */

static uint64_t root_of(const struct world *w, const char *name)
{
    return context(w, name)->paging.root;
}

static struct xenpt_cpu_state run(struct world *w, const struct kind *k, unsigned int v,
                                  enum xenpt_run_mode mode)
{
    struct xenpt_cpu_state s;

    assert_int_equal(xenpt_machine_run(w->machine, k->domain ? 1 : 0, v, v, mode, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w->machine, v, &s));
    return s;
}

#define FRAME (~UINT64_C(0xfff) & ~XENPT_BIT(63))

static void pv_roots(struct world *w, const struct kind *k, unsigned int v)
{
    static const struct {
        enum xenpt_run_mode mode;
        const char *guest, *xen;
    } modes[] = { { XENPT_RUN_KERNEL, "kernel", "xen" }, { XENPT_RUN_USER, "user", "xen-user" } };

    for (size_t i = 0; i < 2; i++) {
        struct xenpt_cpu_state s = run(w, k, v, modes[i].mode);
        uint64_t xen = root_of(w, named(k, 1, v, is_pv64(k) ? modes[i].xen : "xen"));
        char xpti[16];

        assert_int_equal(s.cr3 & FRAME, root_of(w, named(k, 1, v, modes[i].guest)));
        assert_int_equal(s.host_cr3 & FRAME, xen);
        assert_int_equal(s.second, 0);
        if (k->one_root) {
            assert_int_equal(s.cr3 & FRAME, xen);
            assert_int_equal(s.pv_cr3, 0);
            continue;
        }
        snprintf(xpti, sizeof(xpti), "cpu%u.xpti", v);
        assert_int_equal(s.cr3 & FRAME, root_of(w, xpti));
        assert_int_equal(s.pv_cr3 & FRAME, root_of(w, xpti));
    }
    /* In Xen: what it was entered from. */
    assert_int_equal(run(w, k, v, XENPT_RUN_XEN).cr3 & FRAME,
                     root_of(w, named(k, 1, v, is_pv64(k) ? "xen-user" : "xen")));
}

static void hvm_roots(struct world *w, const struct kind *k, unsigned int v)
{
    struct xenpt_cpu_state s = run(w, k, v, XENPT_RUN_GUEST);
    const struct xenpt_context *guest = context(w, named(k, 1, v, "guest"));

    assert_int_equal(s.cr3, guest->paging.root);
    assert_int_equal(s.host_cr3, root_of(w, named(k, 1, v, "xen")));
    assert_int_equal(guest->has_second, k->second != NULL);
    if (k->second)
        assert_int_equal(s.second & FRAME, root_of(w, k->domain ? "d1.p2m" : "d0.p2m"));
    else
        assert_int_equal(s.second, 0);
    assert_int_equal(run(w, k, v, XENPT_RUN_XEN).cr3, root_of(w, named(k, 1, v, "xen")));
}

static void test_which_root(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        struct world w;

        build_kind(&w, k, "4.17", "4G");
        for (unsigned int v = 0; v < 2; v++) {
            if (is_pv(k))
                pv_roots(&w, k, v);
            else
                hvm_roots(&w, k, v);
        }
        /* Each vCPU has its own for Xen to run on. */
        assert_int_not_equal(root_of(&w, named(k, 1, 0, "xen")),
                             root_of(&w, named(k, 1, 1, "xen")));
        end(&w);
    }
}

static void test_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        const struct xenpt_context *c;
        struct world w;

        build_kind(&w, k, "4.17", "4G");
        c = context(&w, named(k, 1, 0, is_pv(k) ? "kernel" : "guest"));
        if (k->guest)
            assert_string_equal(c->paging.format.name, k->guest);
        if (k->second)
            assert_string_equal(c->second.format.name, k->second);
        end(&w);
    }
}

/* --- What is in the halves ----------------------------------------------------------------- */

static void test_halves(void **state)
{
    char buf[512], wanted[512];

    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        struct world w;

        build_kind(&w, k, "4.17", "4G");
        snprintf(wanted, sizeof(wanted), "%s %s", k->low, k->high);
        for (unsigned int v = 0; v < 2; v++) {
            if (strcmp(slots(&w, named(k, 1, v, "xen"), buf), wanted))
                fail_msg("%s: %s", k->name, buf);
            if (!is_pv64(k))
                continue;
            snprintf(buf, sizeof(buf), "%s %s", k->low, k->user_high);
            memcpy(wanted, buf, sizeof(wanted));
            assert_string_equal(slots(&w, named(k, 1, v, "xen-user"), buf), wanted);
            snprintf(wanted, sizeof(wanted), "%s %s", k->low, k->high);
        }
        assert_string_equal(slots(&w, "idle", buf), "0 256 258 261-262");
        end(&w);
    }
}

/* --- What is there while a guest runs ------------------------------------------------------ */

struct found {
    size_t pages, user;
};

static bool look(void *ctx, const struct xenpt_map_range *r)
{
    struct found *f = ctx;

    f->pages++;
    f->user += r->rights >> XENPT_U & 1;
    return true;
}

/* While an HVM or PVH guest runs, what Xen would be entered on has nothing of it: no page is user
 * mode's, and the lower half has the per-domain area alone. */
static void test_nothing_but_xen(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        struct xenpt_map_options opt = { .kinds = 1u << XENPT_MAP_PAGES };
        struct found f = { 0 };
        const char *name = named(k, 1, 0, "xen");
        struct world w;

        if (is_pv(k))
            continue;
        build_kind(&w, k, "4.17", "4G");
        assert_int_equal(xenpt_map(w.view, context(&w, name), &opt, look, &f, NULL, NULL),
                         XENPT_OK);
        assert_true(f.pages > 5);
        if (!strstr(k->high, "258-262")) /* Shadows have user mode's pages, as tables are read. */
            assert_int_equal(f.user, 0);
        assert_int_equal(slot(&w, name, 4), slot(&w, name, 260));
        for (unsigned int nr = 272; nr < 512; nr++)
            assert_false(slot(&w, name, nr));
        end(&w);
    }
}

/* --- Who shares tables --------------------------------------------------------------------- */

#define MAX_TABLES 8192

/* Tables below a root, but for the guest's own, the root, and what linear slots lead to. */
struct tables {
    uint64_t at[MAX_TABLES];
    size_t nr;
};

static void gather(const struct world *w, struct tables *t, uint64_t table, unsigned int level)
{
    uint64_t entry[512];

    assert_true(t->nr < MAX_TABLES);
    t->at[t->nr++] = table | level;
    if (level == 1 || !xenpt_read(w->view->mem, table, entry, sizeof(entry)))
        return;
    for (unsigned int i = 0; i < 512; i++)
        if (entry[i] & P && !(entry[i] & 0x80))
            gather(w, t, entry[i] & ADDR, level - 1);
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *l = a, *r = b;

    return (*l > *r) - (*l < *r);
}

static void tables_of(const struct world *w, const char *name, bool pv64, struct tables *t)
{
    t->nr = 0;
    for (unsigned int nr = 256; nr < (pv64 ? 272 : 512); nr++)
        if (slot(w, name, nr) & P && nr != 258 && nr != 259)
            gather(w, t, slot(w, name, nr) & ADDR, 3);
    qsort(t->at, t->nr, sizeof(t->at[0]), ascending);
}

static bool has(const struct tables *t, uint64_t table)
{
    return bsearch(&table, t->at, t->nr, sizeof(table), ascending);
}

/* How many tables both have; none that Xen's own root has not. */
static size_t common_of(const struct tables *a, const struct tables *b, const struct tables *idle,
                        bool all_of_idle, unsigned int *highest)
{
    size_t n = 0;

    *highest = 0;
    for (size_t i = 0; i < a->nr; i++) {
        if (!has(b, a->at[i]))
            continue;
        n++;
        *highest = (a->at[i] & 7) > *highest ? a->at[i] & 7 : *highest;
        if (all_of_idle)
            assert_true(has(idle, a->at[i]));
    }
    return n;
}

/* Host tables of two guests begin to be the same at L3, where they are Xen's own; what is one
 * domain's is no other's, and all its vCPUs'. */
static void test_shared_tables(void **state)
{
    static struct tables idle, first, again, other;
    unsigned int level;

    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        struct world w;

        build_kind(&w, k, "4.17", "4G");
        tables_of(&w, "idle", false, &idle);
        tables_of(&w, named(k, 1, 0, "xen"), is_pv64(k), &first);
        tables_of(&w, named(k, 1, 1, "xen"), is_pv64(k), &again);
        assert_int_equal(common_of(&first, &again, &idle, false, &level), first.nr);
        assert_int_equal(again.nr, first.nr);
        assert_int_equal(level, 3);
        if (k->domain) {
            size_t own = 0;

            tables_of(&w, named(k, 2, 0, "xen"), is_pv64(k), &other);
            for (size_t t = 0; t < first.nr; t++)
                own += !has(&idle, first.at[t]);
            assert_true(own >= 3); /* The per-domain area: at least one table of each level. */
            assert_int_equal(common_of(&first, &other, &idle, true, &level), first.nr - own);
            assert_int_equal(level, 3);
            for (unsigned int nr = 261; nr < 263; nr++)
                assert_int_equal(slot(&w, named(k, 1, 0, "xen"), nr),
                                 slot(&w, named(k, 2, 0, "xen"), nr));
            assert_int_not_equal(slot(&w, named(k, 1, 0, "xen"), 260) & ADDR,
                                 slot(&w, named(k, 2, 0, "xen"), 260) & ADDR);
        }
        end(&w);
    }
}

/* --- Dom0 ---------------------------------------------------------------------------------- */

/* It is one more domain to Xen: flags of its host tables are those of any other's of its kind. */
static void test_dom0_host_tables(void **state)
{
    static const struct {
        const char *type, *processor, *options, *context;
    } rows[] = {
        { "pv64", INTEL, "", "xen" },      { "pv64", AMD, "", "xen-user" },
        { "pv32", AMD, "", "xen" },        { "pvh", INTEL, "dom0=pvh", "xen" },
        { "pvh", AMD, "dom0=pvh", "xen" }, { "pvh", AMD, "dom0=pvh,shadow", "xen" },
    };
    char text[512], a[32], b[32];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool shadow = strstr(rows[i].options, "shadow");
        struct world w;

        snprintf(text, sizeof(text),
                 "host: { ram: 4G, cpus: 2, processor: %s }\n"
                 "xen: { release: \"4.17\", pv32: yes, options: \"%s\" }\n"
                 "domains:\n  d0: { type: %s, memory: 64M, privileged: yes }\n"
                 "  d1: { type: %s, memory: 64M%s }\n",
                 rows[i].processor, rows[i].options, rows[i].type, rows[i].type,
                 shadow ? ", paging: shadow" : "");
        build(&w, text);
        snprintf(a, sizeof(a), "d0.v0.%s", rows[i].context);
        snprintf(b, sizeof(b), "d1.v0.%s", rows[i].context);
        for (unsigned int nr = 0; nr < 272; nr++)
            assert_int_equal(slot(&w, a, nr) & ~ADDR, slot(&w, b, nr) & ~ADDR);
        assert_int_not_equal(slot(&w, a, 260), slot(&w, b, 260));
        end(&w);
    }
}

/* --- XPTI ---------------------------------------------------------------------------------- */

/* Whose processor leaks has such roots, or who asks for them; nobody else. */
static void test_who_has_xpti(void **state)
{
    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        bool by_default = !strcmp(k->processor, INTEL) && !strstr(k->options, "xpti");
        bool asked = strstr(k->options, "xpti=yes") || strstr(k->options, "xpti=no-dom0");
        struct world w;

        build_kind(&w, k, "4.17", "4G");
        assert_int_equal(xenpt_view_context(w.view, "cpu0.xpti") != NULL, by_default || asked);
        if (is_pv64(k))
            assert_string_equal(context(&w, named(k, 1, 0, "kernel"))->kind,
                                k->one_root ? "pv64-kernel" : "xpti");
        end(&w);
    }
}

/* --- Beyond 5 TiB -------------------------------------------------------------------------- */

static void test_beyond(void **state)
{
    char buf[512], wanted[512];

    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];
        bool shadow = strstr(k->high, "258-262");
        struct world w;

        build_kind(&w, k, "4.17", "12T");
        /* 12 TiB and what the PCI hole pushes up are 25 slots; a PV root has room for 10. */
        snprintf(wanted, sizeof(wanted), "%s %s", k->low,
                 is_pv64(k) ? "256 258 260-271 511"
                 : is_pv(k) ? "258 260-271"
                 : shadow   ? "258-286"
                            : "258 260-286");
        assert_string_equal(slots(&w, named(k, 1, 0, "xen"), buf), wanted);
        end(&w);
    }
}

/* --- From release to release --------------------------------------------------------------- */

/* What 4.17 has, and 4.12 has not, and what 4.22 has otherwise, in the roots of each kind. */
static void test_releases(void **state)
{
    static const char *const releases[] = { "4.12", "4.17", "4.22" };
    char buf[512], wanted[512];

    (void)state;
    for (size_t i = 0; i < NR_KINDS; i++) {
        const struct kind *k = &kinds[i];

        for (size_t r = 0; r < 3; r++) {
            const char *low = k->low;
            struct world w;

            build_kind(&w, k, releases[r], "4G");
            if (!r && !strcmp(low, "4")) /* The mirror of the per-domain area came with 4.15. */
                low = "";
            else if (!r && !strcmp(low, "0 4"))
                low = "0";
            snprintf(wanted, sizeof(wanted), "%s%s%s", low, *low ? " " : "", k->high);
            assert_string_equal(slots(&w, named(k, 1, 0, "xen"), buf), wanted);
            end(&w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_root),    cmocka_unit_test(test_formats),
        cmocka_unit_test(test_halves),        cmocka_unit_test(test_nothing_but_xen),
        cmocka_unit_test(test_shared_tables), cmocka_unit_test(test_dom0_host_tables),
        cmocka_unit_test(test_who_has_xpti),  cmocka_unit_test(test_beyond),
        cmocka_unit_test(test_releases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
