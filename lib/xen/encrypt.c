/*
 * encrypt.c - memory encryption as rows: what each technology gives whoever gets at private memory.
 */
#include "xenpt/encrypt.h"

#include <string.h>

#include "xen/encrypt.h"
#include "xen/owner.h"

/* clang-format off */
static const struct xenpt_encryption_row technologies[XENPT_NR_ENCRYPTIONS] = {
    [XENPT_ENCRYPT_NONE] = { "none", "its memory is not encrypted", false,
        "-" },
    [XENPT_ENCRYPT_SEV] = { "sev", "AMD SEV: each guest's memory by a key of its own", false,
        "CPUID Fn8000_001F: EAX[1]; the C bit: EBX[5:0]; address bits that the host has less: EBX[11:6]" },
    [XENPT_ENCRYPT_SEV_ES] = { "sev-es", "AMD SEV-ES: registers as well", true,
        "CPUID Fn8000_001F: EAX[3]" },
    [XENPT_ENCRYPT_SEV_SNP] = { "sev-snp", "AMD SEV-SNP: and each frame has an owner and a place", true,
        "CPUID Fn8000_001F: EAX[4]; VMPLs: EBX[15:12]; the reverse map table: MSRs C001_0132, C001_0133" },
    [XENPT_ENCRYPT_TDX] = { "tdx", "Intel TDX: a key, and a second stage that Xen does not write", true,
        "MSR IA32_TME_ACTIVATE (982H): bits of an address that are a KeyID [35:32], of which of TDX [39:36]; how many KeyIDs: MSR 87H" },
    [XENPT_ENCRYPT_SGX] = { "sgx", "Intel SGX: an enclave of a program's", true,
        "CPUID 7: EBX[2]; CPUID 12H: from subleaf 2 on where the EPC is" },
};

#define PLAIN_ROW(t, s)                                                                            \
    { XENPT_SIGHT_PLAINTEXT, false, 0, XENPT_WRITTEN, 0, true, t, s }
#define ALL_PLAIN                                                                                  \
    { PLAIN_ROW("nothing is encrypted", "-"), PLAIN_ROW("nothing is encrypted", "-"),              \
      PLAIN_ROW("nothing is encrypted", "-"), PLAIN_ROW("nothing is encrypted", "-"),              \
      PLAIN_ROW("nothing is encrypted", "-") }
#define OWN(t, s)                                                                                  \
    { XENPT_SIGHT_PLAINTEXT, false, 0, XENPT_WRITTEN, 0, false, t, s }
#define CIPHER(remaps_, t, s)                                                                      \
    { XENPT_SIGHT_CIPHERTEXT, false, 0, XENPT_WRITTEN_GARBAGE, 0, remaps_, t, s }
#define CIPHER_FAULT(code, t, s)                                                                   \
    { XENPT_SIGHT_CIPHERTEXT, false, 0, XENPT_WRITTEN_FAULT, code, false, t, s }
#define READS(byte, write, t, s)                                                                   \
    { XENPT_SIGHT_REFUSED, true, byte, write, 0, false, t, s }

/* Of SEV and SEV-ES alike: what the latter adds is no memory that a guest maps. */
#define SEV_ROWS                                                                                   \
    { OWN("the C bit of its entries is set: its key decrypts", "APM vol. 2, 15.34.5"),             \
      CIPHER(false, "the C bit is clear: nothing decrypts", "APM vol. 2, 15.34.5"),                \
      CIPHER(false, "its own key, or none, is not the owner's", "APM vol. 2, 15.34.1"),            \
      CIPHER(true, "the host's key is not the guest's; nested tables are Xen's, and nothing checks " \
             "what they lead to", "APM vol. 2, 15.34.1"),                                          \
      CIPHER(false, "a device has no guest's key", "APM vol. 2, 15.34.1") }

static const struct xenpt_encryption_rule rows[XENPT_NR_ENCRYPTIONS][XENPT_NR_SEERS] = {
    [XENPT_ENCRYPT_NONE] = ALL_PLAIN,
    [XENPT_ENCRYPT_SEV] = SEV_ROWS,
    [XENPT_ENCRYPT_SEV_ES] = SEV_ROWS,
    [XENPT_ENCRYPT_SEV_SNP] = {
        OWN("the C bit is set, and the reverse map table has the frame as the guest's, there",
            "APM vol. 2, 15.36.10"),
        CIPHER_FAULT(XENPT_PF_RMP, "a page that is private is not written as a shared one",
                     "APM vol. 2, 15.36.10"),
        CIPHER_FAULT(XENPT_PF_RMP, "the reverse map table has another owner", "APM vol. 2, 15.36.10"),
        CIPHER_FAULT(XENPT_PF_RMP, "the host's writes to a guest's page are #PF; its reads are not "
                     "checked, and give ciphertext", "APM vol. 2, 15.36.10"),
        CIPHER_FAULT(XENPT_PF_RMP, "the IOMMU asks the reverse map table", "AMD IOMMU, 48882"),
    },
    /* What is read with another key than a TD's are zeros, so that not even ciphertext is seen. */
    [XENPT_ENCRYPT_TDX] = {
        OWN("the TD's key decrypts; its second stage is the TDX module's", "TDX module, 344425, 9"),
        READS(0, XENPT_WRITTEN_POISON, "the SHARED bit is set: another key, and another second stage",
              "TDX module, 344425, 9 and 16"),
        READS(0, XENPT_WRITTEN_POISON, "not the TD's key: zeros; a line that is written is no TD's any "
              "more, and its next read by the TD a machine check", "TDX module, 344425, 16"),
        READS(0, XENPT_WRITTEN_POISON, "not the TD's key: zeros; a line that is written is no TD's any "
              "more, and its next read by the TD a machine check", "TDX module, 344425, 16"),
        READS(0, XENPT_WRITTEN_POISON, "a device has no TD's key", "TDX module, 344425, 16"),
    },
    /* Outside of an enclave its pages are as if there were nothing. */
    [XENPT_ENCRYPT_SGX] = {
        OWN("code inside: the EPCM has the page as the enclave's, at this address",
            "SDM vol. 3D, Access-control Requirements"),
        READS(0xff, XENPT_WRITTEN_DROPPED, "abort page: all ones, and writes are dropped",
              "SDM vol. 3D, Access-control Requirements"),
        READS(0xff, XENPT_WRITTEN_DROPPED, "abort page", "SDM vol. 3D, Access-control Requirements"),
        READS(0xff, XENPT_WRITTEN_DROPPED, "abort page; another page at an address of the enclave's is "
              "refused by the EPCM, with a #PF", "SDM vol. 3D, Access-control Requirements"),
        READS(0xff, XENPT_WRITTEN_DROPPED, "DMA to it is aborted", "SDM vol. 3D, Interactions with DMA"),
    },
};
/* clang-format on */

const struct xenpt_encryption_row *xenpt_encryption_row(enum xenpt_encryption encryption)
{
    return &technologies[encryption];
}

const char *xenpt_seer_name(enum xenpt_seer seer)
{
    static const char *const names[XENPT_NR_SEERS] = { "own", "shared", "other", "xen", "device" };

    return names[seer];
}

const struct xenpt_encryption_rule *xenpt_encryption_rule(enum xenpt_encryption encryption,
                                                          enum xenpt_seer seer)
{
    return &rows[encryption][seer];
}

/* --- Page tables --------------------------------------------------------------------------- */

void xenpt_paging_set_c_bit(struct xenpt_paging *paging, unsigned int bit)
{
    struct xenpt_format *f = &paging->format;
    uint64_t c = XENPT_BIT(bit);

    f->address &= ~c;
    for (unsigned int level = 1; level <= f->top; level++) {
        f->level[level].rsvd_table &= ~c;
        f->level[level].rsvd_page &= ~c;
    }
}

/* --- Machines ------------------------------------------------------------------------------ */

enum xenpt_encryption xenpt_machine_encryption(const struct xenpt_machine *machine, uint32_t domain)
{
    const struct xenpt_domain_desc *desc = domain < machine->nr_domains
                                               ? machine->domains[domain].desc
                                               : NULL;

    return desc ? desc->encryption : XENPT_ENCRYPT_NONE;
}

enum xenpt_encryption xenpt_machine_encrypts(const struct xenpt_machine *machine, xenpt_mfn_t frame,
                                             uint32_t *domain)
{
    return frame_owner(machine, frame.v, domain) == OWNER_DOMAIN
               ? xenpt_machine_encryption(machine, *domain)
               : XENPT_ENCRYPT_NONE;
}

enum xenpt_seer xenpt_machine_seer(const struct xenpt_machine *machine,
                                   const struct xenpt_context *context, enum xenpt_executor by,
                                   uint32_t domain)
{
    if (by == XENPT_BY_XEN)
        return XENPT_SEER_XEN;
    if (by == XENPT_BY_DEVICE)
        return XENPT_SEER_DEVICE;
    return domain < machine->nr_domains && !strcmp(context->domain, machine->domains[domain].name)
               ? XENPT_SEER_OWN
               : XENPT_SEER_OTHER;
}

enum xenpt_sight xenpt_machine_sight(void *machine, const struct xenpt_context *context,
                                     enum xenpt_executor by, uint32_t owner)
{
    const struct xenpt_machine *m = machine;
    uint32_t domain = owner - OWNERS_FIRST_DOMAIN;

    /* What is shared is in plain text, as what is Xen's. */
    if (owner < OWNERS_FIRST_DOMAIN || domain >= m->nr_domains)
        return XENPT_SIGHT_PLAINTEXT;
    return rows[xenpt_machine_encryption(m, domain)][xenpt_machine_seer(m, context, by, domain)]
        .read;
}

unsigned int xenpt_machine_denies(void *machine, const struct xenpt_context *context,
                                  enum xenpt_executor by, uint32_t owner)
{
    const struct xenpt_machine *m = machine;
    const struct xenpt_encryption_rule *r;
    uint32_t domain = owner - OWNERS_FIRST_DOMAIN;

    if (owner < OWNERS_FIRST_DOMAIN || domain >= m->nr_domains)
        return 0;
    r = &rows[xenpt_machine_encryption(m, domain)][xenpt_machine_seer(m, context, by, domain)];
    return r->write == XENPT_WRITTEN_FAULT || r->write == XENPT_WRITTEN_DROPPED ? XENPT_EXPOSE_WRITE
                                                                                : 0;
}

struct xenpt_rmp_entry xenpt_machine_rmp(const struct xenpt_machine *machine, xenpt_mfn_t frame)
{
    struct xenpt_rmp_entry ret = { .assigned = false };
    const struct xenpt_rmp_entry *changed;
    const struct domain *d;
    unsigned int level;
    uint64_t gfn;
    uint32_t id;

    if (xenpt_machine_encrypts(machine, frame, &id) != XENPT_ENCRYPT_SEV_SNP)
        return ret;
    changed = rmp_changed(machine, frame.v, id);
    if (changed)
        return *changed;
    d = &machine->domains[id];
    gfn = encrypted_gfn(machine, d, frame.v, &level);
    if (gfn == NO_GFN)
        return ret;
    ret = (struct xenpt_rmp_entry){
        .assigned = true, .validated = true, .large = level > 1, .asid = id + 1, .gfn = gfn
    };
    for (int i = 0; i < 4; i++)
        ret.perms[i] = ALL_PERMS;
    return ret;
}
