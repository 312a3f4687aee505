/* threat_fixture.c - see threat_fixture.h. */
#include "threat_fixture.h"

#include <stdio.h>

#include "xen/internal.h"

static struct xenpt_threat *last;

static uint64_t special(uint32_t d, enum xenpt_special what)
{
    const struct xenpt_special_frames *f = frames_of(&p.w.machine->domains[d], what);

    assert_non_null(f);
    return f->mfn;
}

uint64_t place(enum place where)
{
    const struct xenpt_machine *m = p.w.machine;
    const struct domain *d1 = &m->domains[1];
    uint64_t m2p;
    xenpt_mfn_t first, last_free;
    struct xenpt_p2m_entry e;

    switch (where) {
    case AT_D0:
        return mfn_of(&p, 0, m->domains[0].nr_frames - 9);
    case AT_D1:
        return mfn_of(&p, 1, d1->nr_frames - 9);
    case AT_D1_L4:
        return d1->vcpus[0].kernel_l4 >> 12;
    case AT_D1_L1:
        return mfn_of(&p, 1, d1->at.pt_first + 3);
    case AT_SHARED:
        return special(1, XENPT_SPECIAL_SHARED_INFO);
    case AT_GRANTS:
        return special(1, XENPT_SPECIAL_GRANT_TABLE);
    case AT_D2:
        return mfn_of(&p, 2, m->domains[2].nr_frames - 9);
    case AT_D2_L3:
        return m->domains[2].vcpus[0].l3 >> 12;
    case AT_D3:
    case AT_D4:
        assert_true(xenpt_machine_p2m(m, where == AT_D3 ? 3 : 4, XENPT_VIEW_HOST, 0x500, &e));
        return e.maddr >> 12;
    case AT_IMAGE:
        return (xenpt_machine_phys(m) + m->layout->image.start) >> 12;
    case AT_HEAP:
        return m->cpus[0].root >> 12;
    case AT_M2P:
        rights(&p.w, "d0.v0.kernel", UINT64_C(0xffff800000000000), &m2p);
        assert_int_not_equal(m2p, 0);
        return m2p >> 12;
    case AT_FREE:
        assert_true(xenpt_alloc_free_range(m->alloc, 0, &first, &last_free));
        return first.v;
    case AT_MMIO:
        return 0xfee00;
    case AT_MMCFG:
        return 0xe0000;
    }
    fail();
    return 0;
}

struct xenpt_threat *threat_of(const char *who, const struct xenpt_threat_options *opt)
{
    struct xenpt_party parties[8];
    struct xenpt_error err = { 0 };
    char words[80];
    size_t nr = 0;

    threat_end();
    snprintf(words, sizeof(words), "%s", who);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        if (xenpt_party_parse(p.w.machine, w, &parties[nr++], &err))
            fail_msg("%s", err.text);
    if (xenpt_threat_create(p.w.machine, parties, nr, opt, &last, &err))
        fail_msg("%s", err.text);
    return last;
}

void threat_end(void)
{
    xenpt_threat_destroy(last);
    last = NULL;
}

const char *reach_of(const struct xenpt_threat *t, uint64_t frame)
{
    static char buf[8];
    struct xenpt_threat_piece piece;

    assert_true(xenpt_threat_piece(t, frame, &piece));
    assert_true(piece.first <= frame && frame <= piece.last);
    for (unsigned int r = 0; r < XENPT_THREAT_CIPHERTEXT; r++)
        buf[r] = piece.rights >> r & 1 ? "rwxet"[r] : '-';
    snprintf(buf + XENPT_THREAT_CIPHERTEXT, sizeof(buf) - XENPT_THREAT_CIPHERTEXT, "%s%s",
             piece.rights >> XENPT_THREAT_CIPHERTEXT & 1 ? "c" : "",
             piece.rights >> XENPT_THREAT_SPOIL & 1 ? "s" : "");
    return buf;
}

void reaches(const struct xenpt_threat *t, uint64_t frame, const char *rights)
{
    const char *is = reach_of(t, frame);
    struct xenpt_threat_way way;
    char text[XENPT_STEP_MAX];

    if (!strcmp(is, rights))
        return;
    for (unsigned int r = 0; r < XENPT_THREAT_CIPHERTEXT; r++)
        if (is[r] != rights[r] && xenpt_threat_way(t, frame, (enum xenpt_threat_right)r, &way))
            for (size_t i = 0; i < way.nr; i++)
                print_message("%s\n", xenpt_threat_step_text(t, &way.step[i], text));
    fail_msg("mfn 0x%llx: %s, and not %s", (unsigned long long)frame, is, rights);
}

const char *way_of(const struct xenpt_threat *t, uint64_t frame, enum xenpt_threat_right right)
{
    static char buf[200];
    struct xenpt_threat_way way;
    size_t used = 0;

    buf[0] = '\0';
    if (!xenpt_threat_way(t, frame, right, &way))
        return buf;
    for (size_t i = 0; i < way.nr; i++)
        used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s", i ? " " : "",
                                 way.step[i].move->name);
    return buf;
}
