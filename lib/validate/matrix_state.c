/*
 * matrix_state.c - registers: what a state is made of.
 *
 * What a group does not go through is drawn by chance.  A feature that the processor lacks has
 * one value, and so does one that the mode does not know.
 */
#include "base/bits.h"
#include "validate/matrix_make.h"

#define M(mode) (1u << MODE_##mode)
#define PAGED   (M(2LEVEL) | PAE_UP)
#define PAE_UP  (M(PAE) | LONG)
#define LONG    (M(4LEVEL) | M(5LEVEL))
#define CR0_BASE                                                                                   \
    (XENPT_CR0_PE | XENPT_BIT(4) | XENPT_BIT(5)) /* ET and NE, which VMX insists on.               \
                                                  */
#define NO_CPU SIZE_MAX

/* Rights by protection key.  Key 0 is that of the image's own pages, and has all of them. */
static const uint32_t pkrus[] = { 0, 0x55555554, 0xaaaaaaa8, 0xfffffffc, 0x66666664 };

static const struct {
    unsigned int n, modes;
    size_t feature; /* Where struct xenpt_cpu says whether it is there. */
    uint64_t cr0, cr4, efer;
} rows[NR_STATE_DIMS] = {
    [ST_WP] = { 2, PAGED, NO_CPU, .cr0 = XENPT_CR0_WP },
    [ST_NXE] = { 2, PAGED, offsetof(struct xenpt_cpu, nx), .efer = XENPT_EFER_NXE },
    [ST_SMEP] = { 2, PAGED, offsetof(struct xenpt_cpu, smep), .cr4 = XENPT_CR4_SMEP },
    [ST_SMAP] = { 2, PAGED, offsetof(struct xenpt_cpu, smap), .cr4 = XENPT_CR4_SMAP },
    [ST_PKE] = { 2, LONG, offsetof(struct xenpt_cpu, pku), .cr4 = XENPT_CR4_PKE },
    [ST_PKRU] = { ARRAY_SIZE(pkrus), LONG, offsetof(struct xenpt_cpu, pku), 0, 0, 0 },
    [ST_PSE] = { 2, PAGED, NO_CPU, .cr4 = XENPT_CR4_PSE },
    [ST_PGE] = { 2, PAGED, NO_CPU, .cr4 = XENPT_CR4_PGE },
    [ST_PCIDE] = { 2, LONG, offsetof(struct xenpt_cpu, pcid), .cr4 = XENPT_CR4_PCIDE },
    [ST_EPT_AD] = { 2, PAGED | M(UNPAGED), offsetof(struct xenpt_cpu, ept_ad), 0, 0, 0 },
};

static bool has(const struct xenpt_cpu *cpu, size_t feature)
{
    return feature == NO_CPU || *(const bool *)((const char *)cpu + feature);
}

static unsigned int values(const struct maker *k, unsigned int dim)
{
    if (!has(k->cpu, rows[dim].feature))
        return 1;
    if (!(rows[dim].modes & 1u << k->plan.mode) && !(dim == ST_PCIDE && k->pcide))
        return 1;
    if (dim == ST_EPT_AD && k->stage != STAGE_EPT)
        return 1;
    return rows[dim].n;
}

unsigned int states_nr(const struct maker *k, unsigned int dims)
{
    unsigned int n = 1;

    for (unsigned int d = 0; d < NR_STATE_DIMS; d++)
        if (dims & 1u << d)
            n *= values(k, d);
    return n;
}

static void base(const struct maker *k, const struct planned *planned, struct blob_state *s)
{
    *s = (struct blob_state){
        .cr0 = CR0_BASE,
        .cr3 = planned->cr3,
        .pat = XENPT_PAT_RESET,
        .second = planned->second,
        .stage = k->stage,
    };
    if (k->plan.mode != MODE_UNPAGED)
        s->cr0 |= XENPT_CR0_PG;
    if (k->plan.mode >= MODE_PAE)
        s->cr4 |= XENPT_CR4_PAE;
    if (k->plan.mode >= MODE_4LEVEL)
        s->efer |= XENPT_EFER_LME | XENPT_EFER_LMA;
    if (k->plan.mode == MODE_5LEVEL)
        s->cr4 |= XENPT_CR4_LA57;
}

void states_make(struct maker *k, unsigned int dims, unsigned int i, const struct planned *planned,
                 struct blob_state *ret)
{
    base(k, planned, ret);
    for (unsigned int d = 0; d < NR_STATE_DIMS; d++) {
        unsigned int n = values(k, d), value;

        if (dims & 1u << d) {
            value = i % n;
            i /= n;
        } else {
            value = maker_pick(k, n);
        }
        if ((d == ST_PSE && k->need_pse) || (d == ST_NXE && n > 1 && k->need_nxe))
            value = 1;
        if (d == ST_PKRU)
            ret->pkru = pkrus[value];
        if (!value)
            continue;
        ret->cr0 |= rows[d].cr0;
        ret->cr4 |= rows[d].cr4;
        ret->efer |= rows[d].efer;
        if (d == ST_EPT_AD)
            ret->second ^= XENPT_BIT(6);
    }
    /* Without PKE nobody reads PKRU, and a 32-bit image does not have it. */
    if (!(ret->cr4 & XENPT_CR4_PKE))
        ret->pkru = 0;
}
