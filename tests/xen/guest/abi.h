/* abi.h - Xen's interface as far as this kernel uses it: public/xen.h, arch-x86/xen.h, memory.h,
 * grant_table.h, domctl.h, of 4.17. */
#ifndef XENPT_TEST_XEN_ABI_H
#define XENPT_TEST_XEN_ABI_H

#include <stdint.h>

enum {
    CALL_SET_TRAP_TABLE = 0,
    CALL_MMU_UPDATE = 1,
    CALL_SET_GDT = 2,
    CALL_UPDATE_DESCRIPTOR = 10,
    CALL_MEMORY_OP = 12,
    CALL_MULTICALL = 13,
    CALL_UPDATE_VA = 14,
    CALL_CONSOLE_IO = 18,
    CALL_GRANT_TABLE_OP = 20,
    CALL_VM_ASSIST = 21,
    CALL_UPDATE_VA_OTHER = 22,
    CALL_IRET = 23,
    CALL_VCPU_OP = 24,
    CALL_MMUEXT_OP = 26,
    CALL_SCHED_OP = 29,
    CALL_DOMCTL = 36,
};

/* It is a PVH domain. */
extern uint64_t is_external;

/* A hypercall of a 64-bit PV guest is SYSCALL, wherever it is; of an HVM or PVH guest VMMCALL. */
static inline int64_t hypercall(unsigned int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    int64_t ret;

    if (is_external)
        __asm__ volatile("vmmcall"
                         : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
                         : "a"((uint64_t)nr)
                         : "r8", "r9", "memory");
    else
        __asm__ volatile("syscall"
                         : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
                         : "a"((uint64_t)nr)
                         : "rcx", "r11", "r8", "r9", "memory");
    return ret;
}

#define PTR(p) ((uint64_t)(uintptr_t)(p))

struct trap {
    uint8_t vector, flags;
    uint16_t cs;
    uint64_t address;
};
#define KERNEL_CS 0xe033
#define KERNEL_SS 0xe02b

/* What dom0 is told. */
struct start_info {
    char magic[32];
    uint64_t nr_pages, shared_info;
    uint32_t flags;
    uint64_t store_mfn;
    uint32_t store_evtchn;
    uint64_t console_mfn;
    uint32_t console_evtchn;
    uint64_t pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
    char cmd_line[1024];
};

struct mmuext {
    uint32_t cmd;
    uint64_t arg1, arg2;
};

struct multicall {
    uint64_t op, result, args[6];
};

struct reservation {
    uint64_t extents, nr;
    uint32_t order, flags;
    uint16_t domain;
};
struct exchange_op {
    struct reservation in, out;
    uint64_t done;
};
enum { MEM_INCREASE = 0, MEM_DECREASE = 1, MEM_POPULATE = 6, MEM_EXCHANGE = 11 };

enum {
    GRANT_MAP = 0,
    GRANT_UNMAP = 1,
    GRANT_SETUP = 2,
    GRANT_COPY = 5,
    GRANT_QUERY_SIZE = 6,
    GRANT_REPLACE = 7,
    GRANT_SET_VERSION = 8,
    GRANT_STATUS_FRAMES = 9,
};
struct grant_map {
    uint64_t at;
    uint32_t flags, ref;
    uint16_t domain;
    int16_t status;
    uint32_t handle;
    uint64_t bus;
};
struct grant_unmap {
    uint64_t at, bus; /* unmap_and_replace: bus is the other address. */
    uint32_t handle;
    int16_t status;
};
struct grant_setup {
    uint16_t domain;
    uint32_t nr;
    int16_t status;
    uint64_t frames;
};
struct grant_statuses {
    uint32_t nr;
    uint16_t domain;
    int16_t status;
    uint64_t frames;
};
struct grant_size {
    uint16_t domain;
    uint32_t nr, max;
    int16_t status;
};
struct grant_copy {
    struct {
        uint64_t what;
        uint16_t domain, offset;
    } from, to;
    uint16_t length, flags;
    int16_t status;
};

enum {
    CTL_CREATE = 1,
    CTL_UNPAUSE = 4,
    CTL_INFO = 5,
    CTL_MAX_MEM = 11,
    CTL_SET_VCPU = 12,
    CTL_MAX_VCPUS = 15,
    CTL_IOMEM_PERMISSION = 20,
    CTL_SET_HVM_CONTEXT = 34,
    CTL_ASSIGN_DEVICE = 37,
    CTL_MEMORY_MAPPING = 39,
    CTL_DEASSIGN_DEVICE = 47,
    CTL_SET_MEMPOOL = 86,
};
/* XEN_DOMCTL_INTERFACE_VERSION of 4.17; of 4.19 and 4.20, which have one member more to create a
 * domain, behind grant_version. */
#define CTL_VERSION      0x15u
#define CTL_VERSION_4_20 0x17u
struct iomem_permission {
    uint64_t first, nr;
    uint8_t allow;
};
struct memory_mapping {
    uint64_t gfn, mfn, nr;
    uint32_t add, pad;
};
struct assign_device {
    uint32_t kind, flags, address;
};
struct domctl {
    uint32_t cmd, version;
    uint16_t domain, pad[3];
    union {
        struct {
            uint32_t ssidref;
            uint8_t handle[16];
            uint32_t flags, iommu, max_vcpus, max_ports;
            int32_t grant_frames, maptrack_frames;
            uint32_t grant_version, trace, cpupool, emulation, misc;
        } create;
        struct {
            uint16_t domain, pad;
            uint32_t flags;
            uint64_t pages, max, outstanding, shared, paged, shared_info;
        } info;
        struct {
            uint32_t vcpu;
            uint64_t context;
        } vcpu;
        struct {
            uint32_t size;
            uint64_t buffer;
        } hvm_context;
        struct iomem_permission iomem;
        struct memory_mapping mapping;
        struct assign_device device;
        uint64_t number;
        uint32_t count;
        uint8_t room[128];
    } u;
};
#define CREATE_HVM        1u
#define CREATE_HAP        2u
#define CREATE_IOMMU      32u
#define EMULATE_LAPIC     1u
#define INFO_SHUTDOWN     4u
#define SHUTDOWN_CRASH    3u
#define INFO_REASON(info) ((info).flags >> 16 & 0xff)

struct vcpu_context {
    uint8_t fpu[512];
    uint64_t flags;
    struct {
        uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, vector,
            rip, cs, rflags, rsp, ss, es, ds, fs, gs;
    } regs;
    struct trap traps[256];
    uint64_t ldt, ldt_entries, gdt[16], gdt_entries, kernel_ss, kernel_sp, cr[8], dr[8],
        event_callback, failsafe_callback, syscall_callback, assist, fs_base, gs_kernel, gs_user;
};
_Static_assert(sizeof(struct vcpu_context) == 5168, "as Xen has it");
_Static_assert(sizeof(struct domctl) == 144, "as Xen has it");
#define CONTEXT_IN_KERNEL 4u
#define CONTEXT_ONLINE    32u

#endif
