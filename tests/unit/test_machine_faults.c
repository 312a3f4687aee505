/*
 * test_machine_faults.c - machines that cannot be, and those that memory does not suffice for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "machine_fixture.h"

/* --- What is refused ----------------------------------------------------------------------- */

static void test_refused(void **state)
{
    static const struct {
        const char *text, *says;
        unsigned int line;
    } rows[] = {
        { "host: { ram: 4G, cpu: 2 }\nxen: { release: \"4.17\" }\n", "'cpu' is no key", 1 },
        { "host: { ram: 4G }\nxen: { release: \"4.99\" }\n", "4.99", 2 },
        { "host: { ram: 4G, processor: skylake }\nxen: { release: \"4.17\" }\n", "processor", 1 },
        { "host: { ram: [0x0..0x9fbff, 0x100000] }\nxen: { release: \"4.17\" }\n", "range", 1 },
        { "host: { ram: 4G }\nxen: {}\n", "release or a layout", 2 },
        { HOST("rome") XEN("4.17", "") "running: { cpu0: d0.v0.kernel }\n", "nothing that a CPU",
          3 },
        { HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv, memory: 64M } }\n", "pv64", 3 },
        { HOST("rome") XEN("4.17", "xpit=no"), "did you mean 'xpti'", 2 },
        { HOST("rome") XEN("4.17", "xpti=domuu"), "did you mean 'domu'", 2 },
        /* Xen refuses that, and goes on with its default: seen under Bochs. */
        { HOST("rome") XEN("4.17", "pcid=noxpti"), "'noxpti' is none of: yes no xpti no-xpti", 2 },
        { HOST("rome") XEN("4.17", "pv=no-32") "domains: { d0: { type: pv32, memory: 64M } }\n",
          "no 32-bit PV", 0 },
        { HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv64, memory: 1T } }\n",
          "no memory left", 0 },
        { "host: { ram: 2T }\n" XEN("4.17", "") "domains: { d0: { type: pv64, memory: 700G } }\n",
          "list of its frames", 0 },
        { HOST("rome")
              XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M, vcpus: 9000 } }\n",
          "8192", 0 },
        { HOST("rome") XEN(
              "4.10", "dom0=pvh") "domains: { d0: { type: pvh, memory: 64M, privileged: yes } }\n",
          "no PVH dom0", 0 },
        { HOST("rome") XEN("4.17", "") "domains: { d0: { type: pvh, memory: 64M } }\n"
                                       "running: { cpu0: d0.v0.kernel }\n",
          "does not execute in mode", 0 },
        { HOST("rome") XEN("4.17", "highmem-start=2G"), "debug build", 0 },
        { HOST("rome")
              XEN("4.17", "altp2m") "domains: { d0: { type: pvh, memory: 64M, views: 2 } }\n",
          "-EOPNOTSUPP", 0 },
        { HOST("haswell")
              XEN("4.17", "altp2m") "domains: { d0: { type: pvh, memory: 64M, views: 11 } }\n",
          "-EINVAL", 0 },
        { HOST("rome") XEN("4.17", "pv-linear-pt=no") LINEAR_DOMAINS, "EINVAL", 0 },
        { HOST("rome")
              XEN("4.17", "") "domains: { d0: { type: pv32, memory: 64M, linear-pt: yes } }\n",
          "64-bit", 0 },
        { HOST("rome") "xen: { release: \"4.17\", phys: 0x108000000 }\n", "is not below", 0 },
        { HOST("rome") "xen: { release: \"4.17\", phys: 0x8100000 }\n", "not aligned", 0 },
        { "host: { ram: 16M }\nxen: { release: \"4.17\" }\n", "64 MiB", 0 },
        { "host: { ram: [0x100000..0x3ffffff, 0x0..0xfff] }\nxen: { release: \"4.17\" }\n",
          "does not follow", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_model *model = NULL;
        struct xenpt_machine *machine = NULL;
        struct xenpt_error err = { 0 };
        enum xenpt_code code = xenpt_model_parse("model", rows[i].text, strlen(rows[i].text), NULL,
                                                 NULL, &model, &err);

        if (!code)
            code = xenpt_model_build(model, &machine, &err);
        if (!code || !strstr(err.text, rows[i].says) || err.line != rows[i].line)
            fail_msg("row %zu: code %u, %u:%u: %s", i, code, err.line, err.column, err.text);
        xenpt_machine_destroy(machine);
        xenpt_model_close(model);
    }
}

/* --- Running out of memory ----------------------------------------------------------------- */

static enum xenpt_code all_of_it(const char *text)
{
    struct xenpt_model *model = NULL;
    struct xenpt_machine *machine = NULL;
    const struct xenpt_view *view;
    struct xenpt_error err = { 0 };
    enum xenpt_code code = xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, &err);

    if (!code)
        code = xenpt_model_build(model, &machine, &err);
    if (!code)
        code = xenpt_machine_view(machine, &view, &err);
    if (!code)
        code = xenpt_machine_enter(machine, "d0.v0.user", &err);
    xenpt_machine_destroy(machine);
    xenpt_model_close(model);
    return code;
}

/* Whichever allocation is the first that fails, it is said, and nothing is left behind. */
static void test_no_memory(void **state)
{
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = all_of_it(HOST("skylake-server") XEN("4.17", "xpti=yes") ALL_KINDS
                         "running: { cpu0: d1.v0.kernel }\n");
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
