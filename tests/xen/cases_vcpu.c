/* cases_vcpu.c - VCPUOP_register_vcpu_info: a vCPU gets its vcpu_info in a page of its domain's. */
#include "asks_vcpu.h"
#include "cases.h"

static uint64_t registered;

static void info(uint32_t vcpu, uint64_t frame, uint32_t offset)
{
    said(ask_vcpu_info(vcpu, frame, offset));
}

static void no_vcpu(void)
{
    uint64_t frame = fresh();

    info(1, frame, 0);
    info(77, frame, 0);
    info(0xffffffff, frame, 0);
    info(77, frame, 4095);
}
/* 64 bytes, at a multiple of 8. */
static void places(void)
{
    uint64_t frame = fresh();

    info(0, frame, 4);
    info(0, frame, 4096 - 63);
    info(0, frame, 4096 - 60);
    info(0, frame, 4096);
    info(0, frame, 0xfffffff8);
    info(0, BEYOND, 4096 - 56);
}
static void no_page(void)
{
    info(0, BEYOND, 0);
    if (who() == D2) {
        info(0, nothing_of_d2(), 0);
        return;
    }
    info(0, DEVICE, 0);
    info(0, other(), 0);
}
static void tables(void)
{
    info(0, l1, 0);
    info(0, l2, 64);
    info(0, l3, 4096 - 64);
    info(0, root(), 0);
}
/* What it had is there, and all events are pending. */
static void there(void)
{
    registered = fresh();
    info(0, registered, 4096 - 64);
    said_number(get(registered, 504) & 0xffff);
    said_text(get(registered, 505) == UINT64_MAX ? " all" : " not all");
    said_number(get(registered, 503));
}
/* It is in use as a page that is written, from then on. */
static void kept(void)
{
    mmu(at(l1, 1), registered << 12 | PAGE);
    mmu(at(l2, 1), registered << 12 | TABLE);
    mmu(at(l1, 1), 0);
    mmu(at(l2, 1), registered << 12 | TABLE);
    ext(PIN_L1, registered, 0);
}
static void twice(void)
{
    info(0, fresh(), 0);
    info(0, registered, 4096 - 64);
    info(0, fresh(), 4095);
    info(0, BEYOND, 0);
    /* Not in the page that is named. */
    info(0, registered, 4096);
    info(0, registered | UINT64_C(1) << 52, 0);
}

static const struct xen_case cases[] = {
    { "vcpu-there", "a vCPU that is not there", no_vcpu, ALL },
    { "vcpu-info-place", "where none can be", places, ALL },
    { "vcpu-info-page", "what is no memory of its own", no_page, ALL },
    { "vcpu-info-type", "page tables", tables, BOTH },
    { "vcpu-info-page", "its first one, and what is there", there, ALL },
    { "vcpu-info-type", "its page is no page table", kept, BOTH },
    { "vcpu-info-twice", "a second one", twice, ALL },
};
const struct xen_cases vcpu_cases = CASES_OF(cases);
