/*
 * guest.c - where a guest's stubs are.
 *
 * In 64-bit mode they are at the addresses that they have for the image; in 32-bit mode with
 * paging, at their machine address; without paging, where the second stage has the image.
 */
#include "guest.h"
#include "access.h"
#include "cpu.h"
#include "memory.h"
#include "selectors.h"

static uint64_t first_stub(const struct blob_state *state, const struct guest *guest)
{
    uint64_t at;

#ifdef __x86_64__
    if (guest->is_64)
        return guest->cpl ? PROBE_STUBS_U : (uintptr_t)stubs64;
#else
    (void)guest;
#endif
    at = machine_address(guest->cpl ? stubs32_u : stubs32_s);
    return state->cr0 & CR0_PG ? at : PROBE_GUEST + at;
}

void guest_make(const struct blob_state *state, const struct blob_access *access, struct guest *ret)
{
    bool is_64 = state->efer & EFER_LME && state->cr0 & CR0_PG;

    *ret = (struct guest){ .is_64 = is_64, .cpl = access->cpl, .ac = access->ac };
    ret->efer = (state->efer & ~(uint64_t)EFER_LMA) | (is_64 ? EFER_LMA : 0);
    if (is_64)
        ret->cs = access->cpl ? SEL_CODE64_U : SEL_CODE64;
    else
        ret->cs = access->cpl ? SEL_CODE32_U : SEL_CODE32;
    ret->ip = first_stub(state, ret) + access_stub(access);
}
