/*
 * blob.h - what is asked of an MMU, and what it answered: one format for every machine.
 *
 * The library writes a blob, the probe image (guest/) carries it out on whatever machine it
 * was booted on, and its results come back by shared memory, through a port, or as text.
 * This header belongs to both sides, so it needs no C library.  All numbers are
 * little-endian, every structure is a multiple of 8 bytes long, and nothing is padded by the
 * compiler.  docs/blob.md is the same in prose.
 *
 *     blob    = blob_header, case...
 *     case    = blob_case, blob_state[nr_states], blob_word[nr_words], blob_access[nr_accesses]
 *     results = results_header, result...
 *     result  = one of struct result, result_changed[nr_changed]      in order of accesses
 *
 * In memory the header is kept up to date: a machine that dies leaves END_RUNNING and the number
 * of results that are whole.  Through port 0xe9 (BLOB_STREAM) come a header that says
 * END_RUNNING and no results, then each result as it is had, and at last the header again with
 * what it says in the end; RESULTS_MAGIC begins like no result, so that a reader can tell.
 *
 * On a disk (BLOB_DISK), which has to be an emulator's, are the same bytes as in memory.
 *
 * As text (BLOB_TEXT) each line is words with one blank between, and ends in " =" and the sum of
 * its bytes before that blank, modulo 2^16.  Numbers are hexadecimal.  Other lines are not ours.
 *
 *     XPTR version id first                                      once, at first
 *     M word...                                                  the words of results_machine
 *     R number outcome vector flags code address value linear [word:value]...
 *     END end nr_results                                         once, at last
 *
 * where number is that of the access, counted from the blob's first.
 *
 * For each access of a case the image plants all words of the case, loads the state that the
 * access names, makes the access, returns to a state of its own, and notes what came of it
 * and which words are not what was planted.  It judges nothing.
 *
 * The image has no say in the tables of a case: what it needs there to live - its code, its
 * stack, its stubs in user mode - is words like all others, with the addresses of PROBE_* as
 * targets (see harness.c).  A case leaves those slots alone.
 */
#ifndef XENPT_VALIDATE_BLOB_H
#define XENPT_VALIDATE_BLOB_H

#include <stdint.h>

#define BLOB_MAGIC    0x42545058u /* "XPTB" */
#define RESULTS_MAGIC 0x52545058u /* "XPTR" */
#define BLOB_VERSION  3           /* 2: WORD_LATE.  3: STAGE_NPT_PAE, STAGE_NPT_2LEVEL. */

/* --- Where things lie in the machine's memory ---------------------------------------------- */

#define PROBE_MEMORY       0x10000000u /* The machine has this much RAM, at least: 256 MiB. */
#define PROBE_IMAGE        0x00100000u /* The image, entered at PROBE_ENTRY in 32-bit mode, flat. */
#define PROBE_ENTRY        0x00100040u
#define PROBE_WINDOW       0x02000000u /* Tables and pages of cases: 32 MiB from here. */
#define PROBE_WINDOW_SIZE  0x02000000u
#define PROBE_BLOB         0x04000000u /* The blob, at most 64 MiB. */
#define PROBE_RESULTS      0x08000000u /* Results, kept in memory: up to PROBE_MEMORY. */
/* Bytes from the beginning of a disk to where results have room, if the blob has BLOB_DISK. */
#define PROBE_DISK_RESULTS 0x04800000u

/*
 * Which slots of a case's tables are the image's, and what goes there, is in harness.h.  Words
 * and blob lie below 1 GiB; machine memory below 2 MiB and from PROBE_RESULTS on is the image's.
 * The state of a VMX host has CR4.VMXE and CR0.NE set whatever a case says, that of an SVM host
 * EFER.SVME and, for NX of its second stage, EFER.NXE; guests have VMXE, NE and SVME, too.
 *
 * Tables of the image, one page each, at fixed places for cases to point at.  The 64-bit image
 * is linked at PROBE_HIGH + physical address, in the last GiB but one of the address space;
 * its user-mode stubs are at PROBE_STUBS_U.
 */
#define PROBE_HIGH    0xffffffff80000000u
#define PROBE_STUBS_U 0xffffffffc0000000u
#define PROBE_L4      0x00101000u /* For slot 511 of an L5 table. */
#define PROBE_L3      0x00102000u /* For slot 511 of an L4 table. */
#define PROBE_PAE_L2                                                                               \
    0x00103000u                      /* For slot 0 of a PDPT: the first 2 MiB and the window, as   \
                                        they are. */
#define PROBE_L1_2       0x00104000u /* For slot 0 of a 32-bit page directory: the first 4 MiB. */
/*
 * The same for guests: every address in them is PROBE_GUEST + machine address, and the
 * second stage has to take that back with one entry for the GiB at PROBE_GUEST.
 */
#define PROBE_GUEST      0xc0000000u
/*
 * A case's own guest-physical addresses agree with machine addresses in their low 30 bits.  So
 * the image finds a PAE guest's PDPTEs in the machine, to have them in the VMCS.
 */
#define PROBE_GUEST_SPAN 0x40000000u
#define PROBE_G_L4       0x00105000u
#define PROBE_G_L3       0x00106000u
#define PROBE_G_PAE_L2   0x00107000u
#define PROBE_G_L1_2     0x00108000u
#define PROBE_EPT_L2     0x00109000u /* For slot 3 of the first EPT L3 table... */
#define PROBE_NPT_L2     0x0010a000u /* ...and of the first L3 table of nested paging... */
#define PROBE_NPT_L1_2   0x0010b000u /* ...or for slot 768 of one with 2 levels. */

/* --- What is asked ------------------------------------------------------------------------- */

/* blob_header.flags */
#define BLOB_LA57   1u /* The image runs in 5-level paging: CR4.LA57 cannot be changed later. */
#define BLOB_EPT    2u /* It is to be a VMX host... */
#define BLOB_NPT    4u /* ...or an SVM host: by nested tables of 4 levels; with BLOB_32, of fewer. */
#define BLOB_STREAM 8u  /* Results leave by port 0xe9 as they come, and do not stay in memory. */
#define BLOB_TEXT   16u /* Results leave as text by COM1, and are shown on the screen. */
#define BLOB_32     32u /* It is for the 32-bit image, whose states are 32-bit: PAE, 2-level, none. */
#define BLOB_DISK   64u /* Results are written to the disk, as they are kept in memory, too. */

struct blob_header {
    uint32_t magic, version;
    uint32_t size;        /* Of the whole blob, in bytes. */
    uint32_t flags;       /* BLOB_... */
    uint32_t nr_cases;    /* How many cases follow. */
    uint32_t nr_accesses; /* Of all cases. */
    uint32_t first;       /* The first access to be made, counted from 0: what is left of a run
                             that killed the machine. */
    uint32_t room;        /* Bytes that may be kept from PROBE_RESULTS, with the header. */
    uint32_t check;       /* blob_sum() of all after the header. */
    uint32_t id;          /* Repeated in the results: which blob they are of. */
};

/* blob_state.stage */
#define STAGE_NATIVE     0 /* The state's tables are the machine's. */
#define STAGE_EPT        1 /* A guest under EPT: `second` is its EPTP. */
#define STAGE_NPT        2 /* A guest under nested paging: `second` is its nCR3. */
/* The same of a host that is not in long mode, which the 32-bit image is: with CR4.PAE set, and
 * with CR4.PSE set in its place.  Guests are 32-bit, too. */
#define STAGE_NPT_PAE    3
#define STAGE_NPT_2LEVEL 4
#define NR_STAGES        5

struct blob_state {
    uint64_t cr0, cr3, cr4, efer; /* As software has them; bits that the machine insists on for
                                     a guest (CR4.VMXE, EFER.SVME) are the image's to add. */
    uint64_t pat;
    uint64_t second;
    uint32_t pkru;
    uint32_t stage; /* STAGE_... */
};

/* blob_word.at: the address is a multiple of 4; low bits and the topmost one say more. */
#define WORD_IS_32     1u /* Four bytes, not eight. */
#define WORD_UNWATCHED 2u /* Changes of it are not reported: the image uses it, too. */
/*
 * It is planted when the state has been loaded, and not before: what a processor has taken from
 * there by then, it keeps.  What is there for the load is a word of its own, earlier in the list
 * and not watched.  In 32-bit states natively it takes PAE paging.
 */
#define WORD_LATE      0x8000000000000000u
#define LATE_WORDS     8 /* Of a case, at most. */

struct blob_word {
    uint64_t at, value;
};

/* blob_access.kind */
#define ACCESS_READ  0 /* Load of `size` bytes. */
#define ACCESS_WRITE 1 /* Store of the low bytes of PROBE_STORE. */
#define ACCESS_RMW   2 /* LOCK ADD of the low bytes of PROBE_STORE. */
#define ACCESS_FETCH 3 /* Jump there; a UD2 is expected. */

#define PROBE_STORE 0x1122334455667788u

struct blob_access {
    uint64_t va;
    uint8_t kind;   /* ACCESS_... */
    uint8_t cpl;    /* 0 or 3. */
    uint8_t ac;     /* EFLAGS.AC. */
    uint8_t size;   /* 1, 2, 4 or 8 (8: in 64-bit mode only); of no meaning to a fetch. */
    uint16_t state; /* Index into the states of the case. */
    uint16_t zero;
};

struct blob_case {
    uint32_t size; /* Of the whole case, in bytes. */
    uint32_t nr_states, nr_words, nr_accesses;
};

/* --- What is answered ---------------------------------------------------------------------- */

/* What the machine says of itself; CPUID and MSRs as they were read, 0 where there are none. */
struct results_machine {
    char vendor[12];
    uint32_t leaf1_eax, leaf1_ecx, leaf1_edx;
    uint32_t leaf7_ebx, leaf7_ecx, leaf7_edx;
    uint32_t ext1_ecx, ext1_edx; /* 0x80000001 */
    uint32_t ext8_eax;           /* 0x80000008: widths of addresses. */
    uint32_t svm_edx;            /* 0x8000000a */
    uint32_t zero;
    uint64_t vmx_basic, vmx_ept_vpid; /* IA32_VMX_BASIC, IA32_VMX_EPT_VPID_CAP */
};

/* results_header.end */
#define END_RUNNING 0 /* It has not ended: what killed it is the access numbered nr_results. */
#define END_DONE    1
#define END_NO_BLOB 2 /* There is no blob, or one of another version, or a damaged one. */
#define END_NO_ROOM 3 /* The room for results is used up. */
#define END_CANNOT  4 /* The machine lacks what the header's flags ask for. */

struct results_header {
    uint32_t magic, version;
    uint32_t id;         /* Of the blob. */
    uint32_t end;        /* END_... */
    uint32_t first;      /* As in the blob. */
    uint32_t nr_results; /* How many there are. */
    uint32_t size;       /* Of all results in bytes, this header not counted. */
    uint32_t check;      /* blob_sum() of them. */
    struct results_machine machine;
};

/* result.outcome */
#define RESULT_DONE  0 /* The access was made; of a load, `value` is what was read. */
#define RESULT_FAULT 1 /* An exception: vector, code, and CR2 in `address`. */
#define RESULT_EXIT  2 /* A VM exit: code, info, and the guest-physical address. */
#define RESULT_LOAD  3 /* An exception while the state was being loaded: vector, code. */
#define RESULT_ENTRY 4 /* The VM entry failed: code (VM-instruction error, or the exit reason). */
#define RESULT_DIED  5 /* The machine did not survive it.  The host says so, no image does. */

/* result.flags */
#define RESULT_LOST_CHANGES 1u /* More words changed than nr_changed can count. */

struct result {
    uint8_t outcome;
    uint8_t vector;     /* Of an exception. */
    uint8_t nr_changed; /* How many struct result_changed follow. */
    uint8_t flags;      /* RESULT_LOST_CHANGES */
    uint32_t code;      /* Error code; or basic exit reason (VMX), or exit code (SVM). */
    uint64_t address;   /* CR2, or guest-physical address. */
    uint64_t value;     /* DONE: what was read; EXIT: exit qualification or EXITINFO1. */
    uint64_t linear;    /* EXIT: the guest-linear address, where there is one (VMX). */
};

/* A word that is not what was planted. */
struct result_changed {
    uint32_t word; /* Its index. */
    uint32_t zero;
    uint64_t value;
};

/* Nothing is padded, by compilers for 32 bits neither. */
_Static_assert(sizeof(struct blob_header) == 40 && sizeof(struct blob_state) == 56 &&
                   sizeof(struct blob_word) == 16 && sizeof(struct blob_access) == 16 &&
                   sizeof(struct blob_case) == 16 && sizeof(struct results_machine) == 72 &&
                   sizeof(struct results_header) == 104 && sizeof(struct result) == 32 &&
                   sizeof(struct result_changed) == 16,
               "one layout for all");

/* Fletcher's checksum over 32-bit words, of pieces whose sizes are multiples of 4. */
struct blob_summing {
    uint32_t a, b;
};

static inline void blob_sum_begin(struct blob_summing *s)
{
    s->a = 1;
    s->b = 0;
}

static inline void blob_sum_more(struct blob_summing *s, const void *bytes, uint32_t size)
{
    const uint32_t *word = (const uint32_t *)bytes;

    for (uint32_t i = 0; i < size / 4; i++) {
        s->a += word[i];
        s->b += s->a;
    }
}

static inline uint32_t blob_sum_end(const struct blob_summing *s)
{
    return s->a ^ (s->b << 16 | s->b >> 16);
}

static inline uint32_t blob_sum(const void *bytes, uint32_t size)
{
    struct blob_summing s;

    blob_sum_begin(&s);
    blob_sum_more(&s, bytes, size);
    return blob_sum_end(&s);
}

#endif
