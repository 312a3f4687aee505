/* pv_grown.c - see pv_grown.h. */
#include "pv_grown.h"

#include <stdio.h>

#include "pv/op.h"

uint64_t root, upper, mid[2], low[4], data;

void word(uint64_t frame, unsigned int slot, uint64_t entry)
{
    assert_int_equal(xenpt_store_write64(p.w.machine->store, at(frame, slot), entry, NULL),
                     XENPT_OK);
}

void grow(const char *release)
{
    char text[1000];

    snprintf(text, sizeof(text), "%s%s", PV_HOST "xen: { release: \"", release);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
             "\", pv32: yes }\n" PV_DOMAINS);
    pv_begin(&p, text);
    root = fresh(&p, 1);
    upper = fresh(&p, 1);
    data = fresh(&p, 1);
    for (int i = 0; i < 2; i++)
        mid[i] = fresh(&p, 1);
    for (int i = 0; i < 4; i++) {
        low[i] = fresh(&p, 1);
        word(low[i], 3, data << 12 | PAGE);
        word(mid[i / 2], i % 2 ? 511 : 1, low[i] << 12 | TABLE);
    }
    word(upper, 2, mid[0] << 12 | TABLE);
    word(upper, 500, mid[1] << 12 | TABLE);
    word(root, 7, upper << 12 | TABLE);
    counts_hold(&p);
}

const char *call(uint32_t vcpu, uint32_t cmd, uint64_t frame, size_t nr, uint64_t preempt)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    struct xenpt_pv_mmuext op = { cmd, frame, 0 };
    struct xenpt_error err = { 0 };

    c.vcpu = vcpu;
    c.preempt = preempt;
    if (xenpt_pv_mmuext(p.w.machine, &c, &op, nr, SELF, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *result;
unsigned int through(uint32_t cmd, uint64_t frame, uint64_t preempt)
{
    unsigned int stops = 0;
    const char *then = NULL;
    size_t nr = 1;

    call(0, cmd, frame, nr, preempt);
    while (p.r.preempted) {
        assert_string_equal(p.r.name, "ERESTART");
        /* It takes a while, and few entries are more than a gap. */
        if (preempt > 2 || stops % 61 == 0)
            counts_hold(&p);
        nr = p.r.settled ? 0 : nr - p.r.done;
        then = p.r.settled && !then ? p.r.then_name : then;
        call(0, cmd, frame, nr, preempt);
        assert_true(++stops < 10000);
    }
    result = then ? then : p.r.name;
    counts_hold(&p);
    return stops;
}

const char *wrong(void)
{
    static char text[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(p.w.machine, text, &frame, NULL), XENPT_OK);
    return text;
}
