/*
 * abi.c - structures that are shared with guests, as public headers of Xen have them: a row for
 * each member, with its place in the form of 64-bit guests and in that of 32-bit ones.
 */
#include <stdio.h>
#include <string.h>

#include "xen/abi.h"

#define NR(rows) (sizeof(rows) / sizeof((rows)[0]))

/* clang-format off */

/* --- Shared with Xen: public/xen.h, public/arch-x86/xen.h ---------------------------------- */

/* Both forms, each with a member's place, size and number. */
#define BOTH(name_, at64, size64, at32, size32, text_) \
    { .name = name_, .text = text_, .at = { at64, at32 }, .size = { size64, size32 } }
#define SAME(name_, at_, size_, text_) BOTH(name_, at_, size_, at_, size_, text_)

static const struct xenpt_abi_member time_members[] = {
    SAME("version", 0, 4, "odd while Xen changes what follows"),
    SAME("tsc_timestamp", 8, 8, "TSC when it last did"),
    SAME("system_time", 16, 8, "nanoseconds since Xen started, then"),
    SAME("tsc_to_system_mul", 24, 4, "nanoseconds of a tick of the TSC, in units of 2^-32"),
    SAME("tsc_shift", 28, 1, "shift of a difference of TSCs before it is multiplied"),
    { .name = "flags", .text = "of time, such as whether the TSC is stable", .at = { 29, 29 },
      .size = { 1, 1 }, .since = { 4, 8, 0 } },
};
static const struct xenpt_abi_struct vcpu_time_info = {
    "vcpu_time_info", "time, as a vCPU works it out", "public/xen.h",
    time_members, NR(time_members), { 32, 32 },
};

static const struct xenpt_abi_member vcpu_members[] = {
    SAME("evtchn_upcall_pending", 0, 1, "an event waits"),
    SAME("evtchn_upcall_mask", 1, 1, "no event is to interrupt the vCPU"),
    BOTH("evtchn_pending_sel", 8, 8, 4, 4, "a bit for each word of evtchn_pending with a bit set"),
    BOTH("arch.cr2", 16, 8, 8, 4, "PV: address of the last page fault"),
    { .name = "time", .text = "time", .at = { 32, 32 }, .size = { 32, 32 }, .of = &vcpu_time_info },
};
static const struct xenpt_abi_struct vcpu_info = {
    "vcpu_info", "a vCPU's events and time", "public/xen.h; public/arch-x86/xen.h",
    vcpu_members, NR(vcpu_members), { 64, 64 },
};

static const struct xenpt_abi_member shared_members[] = {
    { .name = "vcpu_info", .text = "the first 32 vCPUs", .at = { 0, 0 }, .size = { 64, 64 },
      .nr = { 32, 32 }, .of = &vcpu_info },
    { .name = "evtchn_pending", .text = "a bit for each event channel: it has an event",
      .at = { 2048, 2048 }, .size = { 8, 4 }, .nr = { 64, 32 } },
    { .name = "evtchn_mask", .text = "a bit for each event channel: it is not to notify",
      .at = { 2560, 2176 }, .size = { 8, 4 }, .nr = { 64, 32 } },
    BOTH("wc_version", 3072, 4, 2304, 4, "odd while the wallclock is changed"),
    BOTH("wc_sec", 3076, 4, 2308, 4, "wallclock when Xen started: seconds since 1970"),
    BOTH("wc_nsec", 3080, 4, 2312, 4, "and nanoseconds"),
    { .name = "wc_sec_hi", .text = "upper half of the seconds", .at = { 3084, 2340 },
      .size = { 4, 4 }, .since = { 4, 6, 0 } },
    BOTH("arch.max_pfn", 3088, 8, 2316, 4, "PV: frames in the list of the guest's frames"),
    BOTH("arch.pfn_to_mfn_frame_list_list", 3096, 8, 2320, 4,
         "PV: frame of the list of frames of the list of frames of that list; ~0: there is none"),
    BOTH("arch.nmi_reason", 3104, 8, 2324, 4, "why there was an NMI"),
    { .name = "arch.p2m_cr3", .text = "PV: tables in which that list is; 0: it is not said",
      .at = { 3112, 2328 }, .size = { 8, 4 }, .since = { 4, 6, 0 } },
    { .name = "arch.p2m_vaddr", .text = "PV: where it is in them", .at = { 3120, 2332 },
      .size = { 8, 4 }, .since = { 4, 6, 0 } },
    { .name = "arch.p2m_generation", .text = "PV: odd while it is changed", .at = { 3128, 2336 },
      .size = { 8, 4 }, .since = { 4, 6, 0 } },
};
static const struct xenpt_abi_struct shared_info = {
    "shared_info", "what Xen and a domain tell each other", "public/xen.h; public/arch-x86/xen.h",
    shared_members, NR(shared_members), { 3136, 2344 },
};

/* --- Told when a guest starts: public/xen.h, public/arch-x86/hvm/start_info.h --------------- */

static const struct xenpt_abi_member start_members[] = {
    SAME("magic", 0, 32, "\"xen-3.0-x86_64\", or \"xen-3.0-x86_32p\""),
    BOTH("nr_pages", 32, 8, 32, 4, "frames that the domain has"),
    BOTH("shared_info", 40, 8, 36, 4, "machine address of shared_info"),
    BOTH("flags", 48, 4, 40, 4, "SIF_ flags: 1 privileged, 2 dom0, 16 a p2m list in tables will do"),
    BOTH("store_mfn", 56, 8, 44, 4, "machine frame of the ring of the xenstore"),
    BOTH("store_evtchn", 64, 4, 48, 4, "and its event channel"),
    BOTH("console.domU.mfn", 72, 8, 52, 4, "machine frame of the console's ring"),
    BOTH("console.domU.evtchn", 80, 4, 56, 4, "and its event channel"),
    BOTH("pt_base", 88, 8, 60, 4, "virtual address of the first page table, the root"),
    BOTH("nr_pt_frames", 96, 8, 64, 4, "frames that are page tables"),
    BOTH("mfn_list", 104, 8, 68, 4, "virtual address of the list of the domain's frames"),
    BOTH("mod_start", 112, 8, 72, 4, "virtual address of the initial ramdisk; 0: there is none"),
    BOTH("mod_len", 120, 8, 76, 4, "bytes of it"),
    BOTH("cmd_line", 128, 1024, 80, 1024, "the kernel's command line"),
    BOTH("first_p2m_pfn", 1152, 8, 1104, 4, "first frame of a list outside the kernel's mapping"),
    BOTH("nr_p2m_frames", 1160, 8, 1108, 4, "frames of it and of its page tables"),
};
static const struct xenpt_abi_struct start_info = {
    "start_info", "what a PV guest is told when it starts", "public/xen.h",
    start_members, NR(start_members), { 1168, 1112 },
};

static const struct xenpt_abi_member hvm_start_members[] = {
    SAME("magic", 0, 4, "0x336ec578"),
    SAME("version", 4, 4, "1: there is a map of memory"),
    SAME("flags", 8, 4, "SIF_ flags: 1 privileged, 2 dom0"),
    SAME("nr_modules", 12, 4, "modules, such as an initial ramdisk"),
    SAME("modlist_paddr", 16, 8, "the guest's address of the list of them"),
    SAME("cmdline_paddr", 24, 8, "and of the command line"),
    SAME("rsdp_paddr", 32, 8, "and of ACPI's RSDP; 0: there is none"),
    { .name = "memmap_paddr", .text = "and of the map of memory", .at = { 40, 40 },
      .size = { 8, 8 }, .since = { 4, 12, 0 } },
    { .name = "memmap_entries", .text = "entries of it", .at = { 48, 48 }, .size = { 4, 4 },
      .since = { 4, 12, 0 } },
};
static const struct xenpt_abi_struct hvm_start_info = {
    "hvm_start_info", "what an HVM or PVH guest is told when it starts",
    "public/arch-x86/hvm/start_info.h",
    hvm_start_members, NR(hvm_start_members), { 56, 56 },
};

static const struct xenpt_abi_member memmap_members[] = {
    SAME("addr", 0, 8, "first byte of a stretch"),
    SAME("size", 8, 8, "bytes of it"),
    SAME("type", 16, 4, "as e820 has it: 1 RAM, 2 reserved, 3 ACPI"),
};
static const struct xenpt_abi_struct hvm_memmap = {
    "hvm_memmap_table_entry", "a stretch of an HVM or PVH guest's memory",
    "public/arch-x86/hvm/start_info.h",
    memmap_members, NR(memmap_members), { 24, 24 },
};

static const struct xenpt_abi_member info_members[] = {
    SAME("signature", 0, 8, "\"HVM INFO\""),
    SAME("length", 8, 4, "bytes of this"),
    SAME("checksum", 12, 1, "makes the sum of its bytes 0"),
    SAME("apic_mode", 13, 1, "there are APICs"),
    SAME("nr_vcpus", 16, 4, "vCPUs"),
    SAME("low_mem_pgend", 20, 4, "the frame behind RAM below 4 GiB"),
    SAME("high_mem_pgend", 24, 4, "the frame behind RAM above 4 GiB; 0: there is none"),
    SAME("reserved_mem_pgstart", 28, 4, "the first of the frames at fixed places"),
    SAME("vcpu_online", 32, 16, "a bit for each vCPU"),
};
static const struct xenpt_abi_struct hvm_info = {
    "hvm_info_table", "what hvmloader is told", "public/hvm/hvm_info_table.h",
    info_members, NR(info_members), { 48, 48 },
};

/* --- Shared with other domains -------------------------------------------------------------- */

static const struct xenpt_abi_member console_members[] = {
    SAME("in", 0, 1024, "ring of what is typed"),
    SAME("out", 1024, 2048, "ring of what is printed"),
    SAME("in_cons", 3072, 4, "bytes of `in` that were taken"),
    SAME("in_prod", 3076, 4, "and that were put there"),
    SAME("out_cons", 3080, 4, "bytes of `out` that were taken"),
    SAME("out_prod", 3084, 4, "and that were put there"),
};
static const struct xenpt_abi_struct console_ring = {
    "xencons_interface", "the ring of a console", "public/io/console.h",
    console_members, NR(console_members), { 3088, 3088 },
};

static const struct xenpt_abi_member store_members[] = {
    SAME("req", 0, 1024, "ring of requests"),
    SAME("rsp", 1024, 1024, "ring of answers, and of news of what is watched"),
    SAME("req_cons", 2048, 4, "bytes of `req` that were taken"),
    SAME("req_prod", 2052, 4, "and that were put there"),
    SAME("rsp_cons", 2056, 4, "bytes of `rsp` that were taken"),
    SAME("rsp_prod", 2060, 4, "and that were put there"),
    { .name = "server_features", .text = "what the xenstore can do", .at = { 2064, 2064 },
      .size = { 4, 4 }, .since = { 4, 5, 0 } },
    { .name = "connection", .text = "whether it is connected", .at = { 2068, 2068 },
      .size = { 4, 4 }, .since = { 4, 5, 0 } },
    { .name = "error", .text = "what went wrong", .at = { 2072, 2072 }, .size = { 4, 4 },
      .since = { 4, 17, 0 } },
};
static const struct xenpt_abi_struct store_ring = {
    "xenstore_domain_interface", "the ring of the xenstore", "public/io/xs_wire.h",
    store_members, NR(store_members), { 2076, 2076 },
};

static const struct xenpt_abi_member grant_members[] = {
    SAME("flags", 0, 2, "type, and what is permitted"),
    SAME("domid", 2, 2, "to which domain"),
    SAME("frame", 4, 4, "of which frame"),
};
static const struct xenpt_abi_struct grant_entry = {
    "grant_entry_v1", "a grant", "public/grant_table.h",
    grant_members, NR(grant_members), { 8, 8 },
};

static const struct xenpt_abi_member grant_v2_members[] = {
    SAME("flags", 0, 2, "type, and what is permitted"),
    SAME("domid", 2, 2, "to which domain"),
    SAME("page_off", 4, 2, "of a part of a page: where it begins; transitive: whose grant it is"),
    SAME("length", 6, 2, "of a part of a page: its bytes"),
    SAME("frame", 8, 8, "of which frame; transitive: the number of that grant"),
};
static const struct xenpt_abi_struct grant_entry_v2 = {
    "grant_entry_v2", "a grant of version 2", "public/grant_table.h",
    grant_v2_members, NR(grant_v2_members), { 16, 16 },
};

static const struct xenpt_abi_member grant_status_members[] = {
    SAME("status", 0, 2, "whether a grant of version 2 is in use, to be read or written"),
};
static const struct xenpt_abi_struct grant_status = {
    "grant_status", "what is done with a grant of version 2", "public/grant_table.h",
    grant_status_members, NR(grant_status_members), { 2, 2 },
};

/* clang-format on */

static const struct xenpt_abi_struct *const structs[] = {
    [ABI_SHARED_INFO] = &shared_info,       [ABI_VCPU_INFO] = &vcpu_info,
    [ABI_VCPU_TIME_INFO] = &vcpu_time_info, [ABI_START_INFO] = &start_info,
    [ABI_HVM_START_INFO] = &hvm_start_info, [ABI_HVM_MEMMAP] = &hvm_memmap,
    [ABI_CONSOLE] = &console_ring,          [ABI_XENSTORE] = &store_ring,
    [ABI_GRANT_V1] = &grant_entry,          [ABI_HVM_INFO] = &hvm_info,
    [ABI_GRANT_V2] = &grant_entry_v2,       [ABI_GRANT_STATUS] = &grant_status,
};

/* --- Asking -------------------------------------------------------------------------------- */

const struct xenpt_abi_struct *xenpt_abi_struct(size_t i)
{
    return i < NR(structs) ? structs[i] : NULL;
}

const struct xenpt_abi_struct *xenpt_abi_named(const char *name)
{
    for (size_t i = 0; i < NR(structs); i++)
        if (!strcmp(structs[i]->name, name))
            return structs[i];
    return NULL;
}

const struct xenpt_abi_member *xenpt_abi_member(const struct xenpt_abi_struct *s, const char *name)
{
    for (size_t i = 0; i < s->nr_members; i++)
        if (!strcmp(s->members[i].name, name))
            return &s->members[i];
    return NULL;
}

static const struct xenpt_abi_member *member_at(const struct xenpt_abi_struct *s,
                                                enum xenpt_abi_form form, uint64_t at)
{
    for (size_t i = 0; i < s->nr_members; i++) {
        const struct xenpt_abi_member *m = &s->members[i];
        uint32_t nr = m->nr[form] ? m->nr[form] : 1;

        if (at >= m->at[form] && at - m->at[form] < (uint64_t)nr * m->size[form])
            return m;
    }
    return NULL;
}

bool xenpt_abi_at(const struct xenpt_abi_struct *s, enum xenpt_abi_form form, uint64_t at,
                  char ret[XENPT_ABI_NAME_MAX], uint64_t *into)
{
    char name[XENPT_ABI_NAME_MAX];
    uint64_t row = at / s->size[form];
    size_t n = (size_t)snprintf(name, sizeof(name), row ? "%s[%llu]" : "%s", s->name,
                                (unsigned long long)row);

    at %= s->size[form];
    while (s) {
        const struct xenpt_abi_member *m = member_at(s, form, at);

        if (!m)
            return false;
        at -= m->at[form];
        n += (size_t)snprintf(name + n, sizeof(name) - n, ".%s", m->name);
        if (m->nr[form])
            n += (size_t)snprintf(name + n, sizeof(name) - n, "[%u]",
                                  (unsigned int)(at / m->size[form]));
        at %= m->size[form];
        s = m->of;
    }
    memcpy(ret, name, n + 1);
    if (into)
        *into = at;
    return true;
}
