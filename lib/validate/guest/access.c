/* access.c - accesses by the machine itself, and what exceptions say of any. */
#include "access.h"
#include "memory.h"
#include "selectors.h"

#define VECTOR_UD 6u
#define VECTOR_PF 14u

uint32_t access_stub(const struct blob_access *access)
{
    uint32_t size = 0;

    if (access->kind != ACCESS_FETCH)
        while (access->size > 1u << size)
            size++;
    return (access->kind * 4u + size) * STUB_SIZE;
}

/* A #UD behind the stub's only instruction, or where that was to jump. */
static bool made(const struct blob_access *access, uintptr_t stub, const struct landing *landing)
{
    if (landing->vector != VECTOR_UD)
        return false;
    if (access->kind == ACCESS_FETCH)
        return landing->ip == (uintptr_t)access->va;
    return landing->ip > stub && landing->ip < stub + STUB_SIZE;
}

void access_landed(const struct blob_access *access, uintptr_t stub, const struct landing *landing,
                   struct result *ret)
{
    if (!landing->loading && made(access, stub, landing)) {
        ret->outcome = RESULT_DONE;
        if (access->kind == ACCESS_READ)
            ret->value = landing->ax & ~(uintptr_t)0 >> 8 * (sizeof(uintptr_t) - access->size);
        return;
    }
    ret->outcome = landing->loading ? RESULT_LOAD : RESULT_FAULT;
    ret->vector = (uint8_t)landing->vector;
    ret->code = landing->code;
    if (landing->vector == VECTOR_PF)
        ret->address = landing->cr2;
}

static uintptr_t first_stub(const struct blob_access *access)
{
#ifdef __x86_64__
    return access->cpl ? PROBE_STUBS_U : (uintptr_t)stubs64;
#else
    return (uintptr_t)(access->cpl ? stubs32_u : stubs32_s);
#endif
}

static void access(const struct blob_state *state, const struct blob_access *access,
                   struct result *ret)
{
    uintptr_t stub = first_stub(access) + access_stub(access);
    struct target target = { .state = state,
                             .ip = stub,
                             .di = (uintptr_t)access->va,
                             .cpl = access->cpl,
                             .ac = access->ac };
    struct landing landing;

    state_enter(&target, &landing);
    access_landed(access, stub, &landing, ret);
}

const struct stage stage_native = { .access = access };
