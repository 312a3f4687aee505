/* memory.c - frames of this domain's, and a page where any of them can be looked at. */
#include "guest.h"

struct own own;
uint64_t is_external;

static uint8_t scratch[4096] __attribute__((aligned(4096)));
static uint8_t kernel[4096] __attribute__((aligned(4096)));

void memory_begin(const struct start_info *info, const struct letter *letter)
{
    if (letter && is_external) {
        own = (struct own){ .domain = D2, .nr_pages = letter->nr_pages, .taken = letter->taken };
        return;
    }
    if (letter) {
        own = (struct own){ .domain = D1,
                            .nr_pages = letter->nr_pages,
                            .list = (const uint64_t *)letter->mfn_list,
                            .shared_info = letter->shared_info,
                            .d2 = letter->of_d2,
                            .d2_taken = letter->d2_taken,
                            .taken = letter->taken };
        own.root = own.list[(letter->pt_base - BASE) >> 12];
        memcpy(own.others, letter->others, sizeof(own.others));
        return;
    }
    own = (struct own){ .domain = D0,
                        .nr_pages = info->nr_pages,
                        .list = (const uint64_t *)info->mfn_list,
                        .shared_info = info->shared_info >> 12 };
    own.root = own.list[(info->pt_base - BASE) >> 12];
}

void *mapped(uint64_t frame, bool writable, uint32_t domain)
{
    uint64_t entry = frame << 12 | (writable ? 0x63 : 0x61);
    int64_t rc;

    /* Its first GiB is mapped as it is. */
    if (is_external)
        return (void *)(frame << 12);
    rc = domain == SELF ? hypercall(CALL_UPDATE_VA, PTR(scratch), entry, 2, 0)
                        : hypercall(CALL_UPDATE_VA_OTHER, PTR(scratch), entry, 2, domain);

    return rc ? NULL : scratch;
}

static void unmap(void)
{
    if (is_external)
        return;
    hypercall(CALL_UPDATE_VA, PTR(scratch), 0, 2, 0);
}

unsigned int who(void)
{
    return own.domain;
}

static void clear(uint64_t frame, uint32_t domain)
{
    void *at = mapped(frame, true, domain);

    if (!at)
        stop("a new frame cannot be mapped", (int64_t)frame);
    memset(at, 0, 4096);
    unmap();
}

uint64_t fresh(void)
{
    uint64_t frame = own.nr_pages - ++own.taken;

    if (!is_external)
        frame = own.list[frame];

    clear(frame, SELF);
    return frame;
}

uint64_t other(void)
{
    uint64_t frame;

    if (own.domain == D1) {
        if (own.nr_others == 64)
            stop("no frames of dom0's are left", 0);
        return own.others[own.nr_others++];
    }
    frame = d1_frames[d1_pages - ++d1_taken];
    clear(frame, D1);
    return frame;
}

uint64_t kernel_page(uint64_t *va)
{
    *va = PTR(kernel);
    return own.list[(*va - BASE) >> 12];
}

uint64_t root(void)
{
    return own.root;
}

uint64_t shared_info(void)
{
    if (is_external)
        return 0x3f100; /* Its first case has put it there. */
    return own.shared_info;
}

uint64_t of_d2(void)
{
    return own.d2;
}

uint64_t get(uint64_t frame, unsigned int slot)
{
    const uint64_t *at = mapped(frame, false, SELF);
    uint64_t word;

    if (!at)
        stop("a frame cannot be read", (int64_t)frame);
    word = at[slot];
    unmap();
    return word;
}

void put(uint64_t frame, unsigned int slot, uint64_t word)
{
    uint64_t *at = mapped(frame, true, SELF);

    if (!at)
        stop("a frame cannot be written", (int64_t)frame);
    at[slot] = word;
    unmap();
}
