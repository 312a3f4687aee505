/*
 * test_abi.c - where members of structures are, held to where a compiler puts them: types are
 * those of Xen's public headers, for x86-64 and for i386, on which 8 bytes are aligned to 4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/construction.h"

struct time_info {
    uint32_t version, pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags, pad1[2];
};

#define VCPU_INFO(word)                                                                            \
    uint8_t evtchn_upcall_pending, evtchn_upcall_mask;                                             \
    word evtchn_pending_sel;                                                                       \
    struct {                                                                                       \
        word cr2, pad[sizeof(word) == 8 ? 1 : 5];                                                  \
    } arch;                                                                                        \
    struct time_info time;

#define ARCH_SHARED(word)                                                                          \
    word max_pfn, pfn_to_mfn_frame_list_list, nmi_reason, p2m_cr3, p2m_vaddr, p2m_generation;

#define START_INFO(word)                                                                           \
    char magic[32];                                                                                \
    word nr_pages, shared_info;                                                                    \
    uint32_t flags;                                                                                \
    word store_mfn;                                                                                \
    uint32_t store_evtchn;                                                                         \
    struct {                                                                                       \
        struct {                                                                                   \
            word mfn;                                                                              \
            uint32_t evtchn;                                                                       \
        } domU;                                                                                    \
    } console;                                                                                     \
    word pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;                                      \
    int8_t cmd_line[1024];                                                                         \
    word first_p2m_pfn, nr_p2m_frames;

struct vcpu64 {
    VCPU_INFO(uint64_t)
};
struct shared64 {
    struct vcpu64 vcpu_info[32];
    uint64_t evtchn_pending[64], evtchn_mask[64];
    uint32_t wc_version, wc_sec, wc_nsec, wc_sec_hi;
    struct {
        ARCH_SHARED(uint64_t)
    } arch;
};
struct start64 {
    START_INFO(uint64_t)
};

#pragma pack(push, 4)
struct vcpu32 {
    VCPU_INFO(uint32_t)
};
struct shared32 {
    struct vcpu32 vcpu_info[32];
    uint32_t evtchn_pending[32], evtchn_mask[32];
    uint32_t wc_version, wc_sec, wc_nsec;
    struct {
        ARCH_SHARED(uint32_t)
        uint32_t wc_sec_hi;
    } arch;
};
struct start32 {
    START_INFO(uint32_t)
};
#pragma pack(pop)

struct hvm_start {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist_paddr, cmdline_paddr, rsdp_paddr, memmap_paddr;
    uint32_t memmap_entries, reserved;
};
struct memmap_entry {
    uint64_t addr, size;
    uint32_t type, reserved;
};
struct console {
    char in[1024], out[2048];
    uint32_t in_cons, in_prod, out_cons, out_prod;
};
struct store {
    char req[1024], rsp[1024];
    uint32_t req_cons, req_prod, rsp_cons, rsp_prod, server_features, connection, error;
};
struct grant_v2 {
    uint16_t flags, domid, page_off, length;
    uint64_t frame;
};
struct grant_status {
    uint16_t status;
};
struct grant {
    uint16_t flags, domid;
    uint32_t frame;
};
struct info {
    char signature[8];
    uint32_t length;
    uint8_t checksum, apic_mode;
    uint32_t nr_vcpus, low_mem_pgend, high_mem_pgend, reserved_mem_pgstart;
    uint8_t vcpu_online[16];
};

#define BOTH(name, member, type64, type32, member32)                                               \
    {                                                                                              \
        name, #member, { offsetof(type64, member), offsetof(type32, member32) },                   \
            { sizeof(((type64 *)0)->member), sizeof(((type32 *)0)->member32) },                    \
        {                                                                                          \
            sizeof(type64), sizeof(type32)                                                         \
        }                                                                                          \
    }
#define PAIR(name, member, type) BOTH(name, member, struct type##64, struct type##32, member)
#define ONE(name, member, type)  BOTH(name, member, type, type, member)

static const struct {
    const char *of, *member;
    size_t at[2], size[2], all[2];
} rows[] = {
    ONE("vcpu_time_info", version, struct time_info),
    ONE("vcpu_time_info", tsc_timestamp, struct time_info),
    ONE("vcpu_time_info", system_time, struct time_info),
    ONE("vcpu_time_info", tsc_to_system_mul, struct time_info),
    ONE("vcpu_time_info", tsc_shift, struct time_info),
    ONE("vcpu_time_info", flags, struct time_info),
    PAIR("vcpu_info", evtchn_upcall_pending, vcpu),
    PAIR("vcpu_info", evtchn_upcall_mask, vcpu),
    PAIR("vcpu_info", evtchn_pending_sel, vcpu),
    PAIR("vcpu_info", arch.cr2, vcpu),
    PAIR("vcpu_info", time, vcpu),
    PAIR("shared_info", vcpu_info, shared),
    PAIR("shared_info", evtchn_pending, shared),
    PAIR("shared_info", evtchn_mask, shared),
    PAIR("shared_info", wc_version, shared),
    PAIR("shared_info", wc_sec, shared),
    PAIR("shared_info", wc_nsec, shared),
    BOTH("shared_info", wc_sec_hi, struct shared64, struct shared32, arch.wc_sec_hi),
    PAIR("shared_info", arch.max_pfn, shared),
    PAIR("shared_info", arch.pfn_to_mfn_frame_list_list, shared),
    PAIR("shared_info", arch.nmi_reason, shared),
    PAIR("shared_info", arch.p2m_cr3, shared),
    PAIR("shared_info", arch.p2m_vaddr, shared),
    PAIR("shared_info", arch.p2m_generation, shared),
    PAIR("start_info", magic, start),
    PAIR("start_info", nr_pages, start),
    PAIR("start_info", shared_info, start),
    PAIR("start_info", flags, start),
    PAIR("start_info", store_mfn, start),
    PAIR("start_info", store_evtchn, start),
    PAIR("start_info", console.domU.mfn, start),
    PAIR("start_info", console.domU.evtchn, start),
    PAIR("start_info", pt_base, start),
    PAIR("start_info", nr_pt_frames, start),
    PAIR("start_info", mfn_list, start),
    PAIR("start_info", mod_start, start),
    PAIR("start_info", mod_len, start),
    PAIR("start_info", cmd_line, start),
    PAIR("start_info", first_p2m_pfn, start),
    PAIR("start_info", nr_p2m_frames, start),
    ONE("hvm_start_info", magic, struct hvm_start),
    ONE("hvm_start_info", version, struct hvm_start),
    ONE("hvm_start_info", flags, struct hvm_start),
    ONE("hvm_start_info", nr_modules, struct hvm_start),
    ONE("hvm_start_info", modlist_paddr, struct hvm_start),
    ONE("hvm_start_info", cmdline_paddr, struct hvm_start),
    ONE("hvm_start_info", rsdp_paddr, struct hvm_start),
    ONE("hvm_start_info", memmap_paddr, struct hvm_start),
    ONE("hvm_start_info", memmap_entries, struct hvm_start),
    ONE("hvm_memmap_table_entry", addr, struct memmap_entry),
    ONE("hvm_memmap_table_entry", size, struct memmap_entry),
    ONE("hvm_memmap_table_entry", type, struct memmap_entry),
    ONE("xencons_interface", in, struct console),
    ONE("xencons_interface", out, struct console),
    ONE("xencons_interface", in_cons, struct console),
    ONE("xencons_interface", in_prod, struct console),
    ONE("xencons_interface", out_cons, struct console),
    ONE("xencons_interface", out_prod, struct console),
    ONE("xenstore_domain_interface", req, struct store),
    ONE("xenstore_domain_interface", rsp, struct store),
    ONE("xenstore_domain_interface", req_cons, struct store),
    ONE("xenstore_domain_interface", req_prod, struct store),
    ONE("xenstore_domain_interface", rsp_cons, struct store),
    ONE("xenstore_domain_interface", rsp_prod, struct store),
    ONE("xenstore_domain_interface", server_features, struct store),
    ONE("xenstore_domain_interface", connection, struct store),
    ONE("xenstore_domain_interface", error, struct store),
    ONE("grant_entry_v1", flags, struct grant),
    ONE("grant_entry_v1", domid, struct grant),
    ONE("grant_entry_v1", frame, struct grant),
    ONE("grant_entry_v2", flags, struct grant_v2),
    ONE("grant_entry_v2", domid, struct grant_v2),
    ONE("grant_entry_v2", page_off, struct grant_v2),
    ONE("grant_entry_v2", length, struct grant_v2),
    ONE("grant_entry_v2", frame, struct grant_v2),
    ONE("grant_status", status, struct grant_status),
    ONE("hvm_info_table", signature, struct info),
    ONE("hvm_info_table", length, struct info),
    ONE("hvm_info_table", checksum, struct info),
    ONE("hvm_info_table", apic_mode, struct info),
    ONE("hvm_info_table", nr_vcpus, struct info),
    ONE("hvm_info_table", low_mem_pgend, struct info),
    ONE("hvm_info_table", high_mem_pgend, struct info),
    ONE("hvm_info_table", reserved_mem_pgstart, struct info),
    ONE("hvm_info_table", vcpu_online, struct info),
};

#define NR (sizeof(rows) / sizeof(rows[0]))

static void test_places(void **state)
{
    size_t members = 0;

    (void)state;
    for (size_t i = 0; i < NR; i++) {
        const struct xenpt_abi_struct *s = xenpt_abi_named(rows[i].of);
        const struct xenpt_abi_member *m = s ? xenpt_abi_member(s, rows[i].member) : NULL;

        if (!m)
            fail_msg("there is no %s.%s", rows[i].of, rows[i].member);
        for (unsigned int form = 0; form < XENPT_NR_ABI_FORMS; form++) {
            size_t size = (size_t)m->size[form] * (m->nr[form] ? m->nr[form] : 1);

            if (m->at[form] != rows[i].at[form] || size != rows[i].size[form] ||
                s->size[form] != rows[i].all[form])
                fail_msg("%s.%s, form %u: %u, %zu bytes of %u", s->name, m->name, form, m->at[form],
                         size, s->size[form]);
        }
    }
    /* No member without a row. */
    for (size_t i = 0; xenpt_abi_struct(i); i++)
        members += xenpt_abi_struct(i)->nr_members;
    assert_int_equal(members, NR);
}

/* tools: public/foreign/reference.size of Xen 3.1, before the structures grew at their ends. */
static void test_reference_sizes(void **state)
{
    const struct xenpt_abi_struct *shared = xenpt_abi_named("shared_info");
    const struct xenpt_abi_struct *start = xenpt_abi_named("start_info");

    (void)state;
    assert_int_equal(xenpt_abi_member(start, "first_p2m_pfn")->at[XENPT_ABI_32], 1104);
    assert_int_equal(xenpt_abi_member(start, "first_p2m_pfn")->at[XENPT_ABI_64], 1152);
    assert_int_equal(xenpt_abi_named("vcpu_info")->size[XENPT_ABI_32], 64);
    assert_int_equal(xenpt_abi_named("vcpu_info")->size[XENPT_ABI_64], 64);
    assert_int_equal(xenpt_abi_named("vcpu_time_info")->size[XENPT_ABI_64], 32);
    assert_int_equal(xenpt_abi_member(shared, "arch.max_pfn")->at[XENPT_ABI_32] + 268, 2584);
    assert_int_equal(xenpt_abi_member(shared, "arch.max_pfn")->at[XENPT_ABI_64] + 280, 3368);
}

static void test_names(void **state)
{
    static const struct {
        const char *of;
        enum xenpt_abi_form form;
        uint64_t at;
        const char *name; /* NULL: nothing. */
        uint64_t into;
    } cases[] = {
        { "start_info", XENPT_ABI_64, 56, "start_info.store_mfn", 0 },
        { "start_info", XENPT_ABI_32, 46, "start_info.store_mfn", 2 },
        { "start_info", XENPT_ABI_64, 52, NULL, 0 }, /* Padding. */
        { "start_info", XENPT_ABI_64, 130, "start_info.cmd_line", 2 },
        { "shared_info", XENPT_ABI_64, 1, "shared_info.vcpu_info[0].evtchn_upcall_mask", 0 },
        { "shared_info", XENPT_ABI_32, 3 * 64 + 36, NULL, 0 },
        { "shared_info", XENPT_ABI_32, 3 * 64 + 41, "shared_info.vcpu_info[3].time.tsc_timestamp",
          1 },
        { "shared_info", XENPT_ABI_64, 2048 + 8 * 63, "shared_info.evtchn_pending[63]", 0 },
        { "shared_info", XENPT_ABI_64, 2048 + 8 * 64, "shared_info.evtchn_mask[0]", 0 },
        { "shared_info", XENPT_ABI_32, 2048 + 4 * 32, "shared_info.evtchn_mask[0]", 0 },
        { "shared_info", XENPT_ABI_32, 2340, "shared_info.wc_sec_hi", 0 },
        { "grant_entry_v1", XENPT_ABI_64, 12, "grant_entry_v1[1].frame", 0 },
        { "grant_entry_v1", XENPT_ABI_64, 3, "grant_entry_v1.domid", 1 },
        { "hvm_start_info", XENPT_ABI_64, 52, NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[XENPT_ABI_NAME_MAX] = "as it was";
        uint64_t into = 99;
        bool found = xenpt_abi_at(xenpt_abi_named(cases[i].of), cases[i].form, cases[i].at, name,
                                  &into);

        assert_int_equal(found, cases[i].name != NULL);
        assert_string_equal(name, found ? cases[i].name : "as it was");
        assert_int_equal(into, found ? cases[i].into : 99);
        assert_int_equal(
            xenpt_abi_at(xenpt_abi_named(cases[i].of), cases[i].form, cases[i].at, name, NULL),
            found);
    }
    assert_null(xenpt_abi_named("start-info"));
    assert_null(xenpt_abi_member(xenpt_abi_named("start_info"), "mfn"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_reference_sizes),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
