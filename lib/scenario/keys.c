/* keys.c - every key of a model, once. */
#include "scenario/keys.h"

#include "scenario/domain_tables.h"
#include "scenario/enclaves.h"
#include "scenario/threat_blocks.h"
#include "xen/words.h"

/* clang-format off */
#define FIELD(s, member) .offset = offsetof(struct s, member)
#define ROWS(r) .rows = (r), .nr = ARRAY_SIZE(r)

static const struct xenpt_word builders[] = {
    [BUILDER_USUAL] = { "usual", "Xen, of the first domain if it is privileged; else the "
        "toolstack" },
    [BUILDER_XEN] = { "xen", "Xen, at boot, as dom0" },
    [BUILDER_TOOLSTACK] = { "toolstack", "the toolstack" },
};
static const struct words builder_words = { .rows = builders, .nr = ARRAY_SIZE(builders) };
static const struct xenpt_word encryptions[] = {
    [XENPT_ENCRYPT_NONE] = { "none", "nothing" },
    [XENPT_ENCRYPT_SEV] = { "sev", "AMD SEV" },
    [XENPT_ENCRYPT_SEV_ES] = { "sev-es", "AMD SEV-ES" },
    [XENPT_ENCRYPT_SEV_SNP] = { "sev-snp", "AMD SEV-SNP" },
    [XENPT_ENCRYPT_TDX] = { "tdx", "Intel TDX" },
};
static const struct words encryption_words = { encryptions, ARRAY_SIZE(encryptions), NULL, 0 };
static const struct words type_words = { .rows = domain_type_words, .nr = XENPT_NR_DOMAIN_TYPES };
static const struct words paging_words = { .rows = guest_paging_words,
                                           .nr = XENPT_NR_GUEST_PAGING };
static const struct words mode_words = { .rows = guest_mode_words, .nr = XENPT_NR_GUEST_MODES };

static const struct words host_iommu_words = { .rows = iommu_words, .nr = XENPT_NR_IOMMUS };

static const struct row mmcfg_rows[] = {
    { .key = "base", .type = ROW_NUMBER, FIELD(raw_model, host.mmcfg_base), .required = true,
      .text = "Its machine address." },
    { .key = "buses", .type = ROW_COUNT, FIELD(raw_model, host.mmcfg_buses),
      .text = "Buses in it, 1 MiB each; 256 without it." },
};

static const struct row host_rows[] = {
    { .key = "ram", .type = ROW_TREE, .required = true,
      .text = "Its size, such as 4G; or ranges of machine addresses as e820 has them: a list of "
              "0x0..0x9fbff and so on, both ends included." },
    { .key = "cpus", .type = ROW_COUNT, FIELD(raw_model, host.cpus),
      .text = "Physical CPUs; 1 without it." },
    { .key = "processor", .type = ROW_TREE,
      .text = "Which processor it has, by name; skylake-server without it." },
    { .key = "with", .type = ROW_TREE, .text = "What that has besides: a list of features." },
    { .key = "without", .type = ROW_TREE, .text = "What it lacks: a list of features." },
    { .key = "mmcfg", .type = ROW_RECORD, .record = &mmcfg_record,
      .text = "PCI configuration space in memory; without it there is none." },
    { .key = "quarantine", .type = ROW_BOOL, FIELD(raw_model, host.quarantine),
      .text = "With a processor of AMD's, from 4.17 on: a device is in quarantine, on an AMD IOMMU, with a scratch page "
              "(iommu=quarantine=scratch-page). What it reaches is the context quarantine." },
    { .key = "iommu", .type = ROW_ONE, FIELD(raw_model, host.iommu), .words = &host_iommu_words,
      .text = "Its IOMMU, of the processor's vendor; none without it. What devices of a domain reach is the "
              "context d1.device; dom0 has all devices that nobody else has." },
    { .key = "epc", .type = ROW_RECORD, .record = &epc_record,
      .text = "Memory for enclaves (Intel SGX); without it there is none." },
};

#define SECTION(member) FIELD(raw_model, xen.image.member)
static const struct row image_rows[] = {
    { .key = "text-end", .type = ROW_NUMBER, SECTION(text_end), .text = "Behind .text." },
    { .key = "rodata-end", .type = ROW_NUMBER, SECTION(rodata_end), .text = "Behind .rodata." },
    { .key = "data-first", .type = ROW_NUMBER, SECTION(data_first),
      .text = "The first byte of .data." },
    { .key = "data-end", .type = ROW_NUMBER, SECTION(data_end), .required = true,
      .text = "Behind .bss, where the image ends." },
    { .key = "hole-first", .type = ROW_NUMBER, SECTION(hole_first),
      .text = "Where what is given back of .bss begins, if the release does that." },
    { .key = "boot-idt", .type = ROW_NUMBER, SECTION(boot_idt), .text = "The boot CPU's IDT." },
    { .key = "boot-tss", .type = ROW_NUMBER, SECTION(boot_tss), .text = "The boot CPU's TSS." },
    { .key = "entry-first", .type = ROW_NUMBER, SECTION(entry_first),
      .text = "Entry code in .text, if it is not where the layout's xpti has it." },
    { .key = "boot-stack", .type = ROW_NUMBER, SECTION(boot_stack),
      .text = "The boot CPU's stack, in releases that have it in the image." },
};

static const struct row xen_rows[] = {
    { .key = "release", .type = ROW_TEXT, FIELD(raw_model, xen.release),
      .text = "Its release, in quotes: \"4.17\"." },
    { .key = "layout", .type = ROW_TEXT, FIELD(raw_model, xen.layout),
      .text = "A layout file in place of the release's own." },
    { .key = "variant", .type = ROW_TEXT, FIELD(raw_model, xen.variant),
      .text = "A variant of the layout: bigmem." },
    { .key = "options", .type = ROW_TREE,
      .text = "Words of its command line: a text, or a list of them." },
    { .key = "debug", .type = ROW_BOOL, FIELD(raw_model, xen.debug), .text = "It is a debug build." },
    { .key = "pv32", .type = ROW_BOOL, FIELD(raw_model, xen.pv32),
      .text = "It is built with 32-bit PV." },
    { .key = "livepatch", .type = ROW_BOOL, FIELD(raw_model, xen.features[XENPT_FEATURE_LIVEPATCH]),
      .text = "It is built with CONFIG_LIVEPATCH: dom0 replaces its code while it runs. Without it, as "
              "its release is by default: since 4.11 it is." },
    { .key = "kexec", .type = ROW_BOOL, FIELD(raw_model, xen.features[XENPT_FEATURE_KEXEC]),
      .text = "It is built with CONFIG_KEXEC: dom0 has another kernel executed in its place. Without "
              "it, yes." },
    { .key = "gdbsx", .type = ROW_BOOL, FIELD(raw_model, xen.features[XENPT_FEATURE_GDBSX]),
      .text = "It is built with CONFIG_GDBSX: dom0 debugs guests. Without it, as its release is by "
              "default: before 4.15, and in debug builds." },
    { .key = "mem-sharing", .type = ROW_BOOL, FIELD(raw_model, xen.features[XENPT_FEATURE_SHARING]),
      .text = "It is built with CONFIG_MEM_SHARING: dom0 has HVM and PVH guests share memory. Without "
              "it, as its release is by default: before 4.13." },
    { .key = "phys", .type = ROW_NUMBER, FIELD(raw_model, xen.phys),
      .text = "Machine address of the first byte of its image's area (xen_phys_start); without "
              "it, where Xen puts itself." },
    { .key = "image", .type = ROW_RECORD, .record = &image_record_of,
      .text = "Where sections of the image end, in bytes from the start of its area; without it, "
              "as in a release build that was looked at." },
    { .key = "stacks", .type = ROW_TREE,
      .text = "Machine address of each CPU's stack, as the allocator chose them: a list; without "
              "it, as the model's allocator chooses." },
};

static const struct row range_rows[] = {
    { .key = "gfn", .type = ROW_NUMBER, FIELD(raw_range, range.gfn),
      .text = "The first of its frames, as the guest counts (a PV guest's pfn); without it, the one "
              "behind the range before. HVM and PVH guests may have holes." },
    { .key = "mfn", .type = ROW_NUMBER, FIELD(raw_range, range.mfn),
      .text = "The machine's frame that this one is; without it, where the allocator has some." },
    { .key = "pages", .type = ROW_NUMBER, FIELD(raw_range, range.nr),
      .text = "How many frames of 4 KiB; this, or size." },
    { .key = "size", .type = ROW_NUMBER, FIELD(raw_range, size), .text = "How many bytes." },
};

static const struct row table_rows[] = {
    { .key = "slots", .type = ROW_TREE,
      .text = "A map of its slots, `5` or `0..511`, to what is in them: each an entry, see there, or, "
              "for its key `to` alone, that without a map: `6: l3a`." },
    { .key = "level", .type = ROW_COUNT, FIELD(raw_table, level),
      .text = "Of a table that no vCPU begins on: 1 to 4." },
    { .key = "frame", .type = ROW_TREE,
      .text = "Which frame of the domain's it is, d1.gfn(0x300) or 0x300; without it, one that nothing "
              "is in. A root is where its builder has it." },
    { .key = "builder", .type = ROW_BOOL, FIELD(raw_table, builder),
      .text = "Of a root: what its builder has put there stays, but for slots that are given; yes "
              "without it. With no, it has the given slots alone, and those that are Xen's." },
};

static const struct row entry_rows[] = {
    { .key = "to", .type = ROW_TREE,
      .text = "The frame that it leads to: the name of a table or a frame; self, the table that it is "
              "in; d1.gfn(5); a number, of a PV guest an mfn, of others a gfn. In several slots pages "
              "follow one another, and a table or a named frame is in each." },
    { .key = "slots", .type = ROW_TREE,
      .text = "It leads to a table that is made here, with these slots; in several slots, to one." },
    { .key = "raw", .type = ROW_NUMBER, FIELD(raw_entry, raw),
      .text = "All of the entry, in place of to and flags; 0 takes it out." },
    { .key = "flags", .type = ROW_KIND, .kind = &kind_flags, FIELD(raw_entry, flags),
      .text = "Its flags; P RW US without it. With PS it maps a larger page." },
    { .key = "name", .type = ROW_TEXT, FIELD(raw_entry, name),
      .text = "A name for the table that is made here: others can lead to it, and expressions have it "
              "as d1.NAME." },
    { .key = "frame", .type = ROW_TREE, .text = "Which frame this table is, as of a table." },
};

static const struct row domain_rows[] = {
    { .key = "type", .type = ROW_ONE, FIELD(xenpt_domain_desc, type), .words = &type_words,
      .required = true, .text = "What it is." },
    { .key = "memory", .type = ROW_KIND, .kind = &kind_memory_of, .offset = 0, .required = true,
      .text = "How much memory it has; or where, as a list of ranges." },
    { .key = "vcpus", .type = ROW_COUNT, FIELD(xenpt_domain_desc, vcpus),
      .text = "vCPUs; 1 without it." },
    { .key = "max-vcpus", .type = ROW_COUNT, FIELD(xenpt_domain_desc, max_vcpus),
      .text = "How many it may have: those beyond vcpus have been created, and are down until a step "
              "brings them up; without it, none." },
    { .key = "privileged", .type = ROW_BOOL, FIELD(xenpt_domain_desc, privileged),
      .text = "It may control others, and the hardware." },
    { .key = "built-by", .type = ROW_ONE, FIELD(raw_domain, built_by), .words = &builder_words,
      .text = "Who built it." },
    { .key = "paging", .type = ROW_ONE, FIELD(xenpt_domain_desc, paging), .words = &paging_words,
      .text = "How its addresses are translated." },
    { .key = "mode", .type = ROW_ONE, FIELD(xenpt_domain_desc, mode), .words = &mode_words,
      .text = "HVM and PVH: how the guest pages." },
    { .key = "m2p-strict", .type = ROW_BOOL, FIELD(xenpt_domain_desc, m2p_strict),
      .text = "PV64: it asked for m2p_strict." },
    { .key = "ldt", .type = ROW_BOOL, FIELD(xenpt_domain_desc, ldt),
      .text = "PV: a page of an LDT is in use." },
    { .key = "linear-pt", .type = ROW_BOOL, FIELD(xenpt_domain_desc, linear_pt),
      .text = "PV64: its kernel's roots have a linear entry, in slot 255; pv-linear-pt=no refuses "
              "it." },
    { .key = "log-dirty", .type = ROW_BOOL, FIELD(xenpt_domain_desc, log_dirty),
      .text = "A log of the pages that it writes to is kept, as live migration does: nothing has been "
              "written yet." },
    { .key = "frames", .type = ROW_TREE,
      .text = "Names of frames of its memory: `{ secret: 5, buffer: any }`, where any is one that "
              "nothing is in. Expressions have them as d1.secret." },
    { .key = "tables", .type = ROW_TREE,
      .text = "Page tables that the guest has from the beginning, by the name of a root - kernel, user, "
              "v0.kernel, v0.user; of HVM and PVH guest - or a name of their own: each a table, see there." },
    { .key = "views", .type = ROW_COUNT, FIELD(xenpt_domain_desc, views),
      .text = "HVM and PVH: views of its memory (altp2m), which are d0.view0 and so on; all vCPUs are "
              "on the first." },
    { .key = "max-memory", .type = ROW_NUMBER, FIELD(xenpt_domain_desc, max_memory),
      .text = "How much memory it may have; without it 1M more than it has, or any if Xen has built it." },
    { .key = "devices", .type = ROW_KIND, .kind = &kind_devices, FIELD(xenpt_domain_desc, devices),
      .text = "Names of devices that it has: a list, such as [nic, disk]; [] is a domain that can have some. "
              "Without it, it can have none. With an `iommu` of the host." },
    { .key = "encryption", .type = ROW_ONE, FIELD(xenpt_domain_desc, encryption),
      .words = &encryption_words,
      .text = "HVM and PVH under HAP: what encrypts its memory. All of it is private. No release of Xen "
              "runs such guests: this is what processors do." },
    { .key = "paused", .type = ROW_BOOL, FIELD(xenpt_domain_desc, paused),
      .text = "It is paused from the beginning, as the toolstack creates a domain; a step unpauses it." },
    { .key = "target", .type = ROW_TEXT, FIELD(raw_domain, target),
      .text = "It is the device model's domain of this one, a domain before it, and may map its memory and so on as a privileged domain may." },
    { .key = "enclaves", .type = ROW_KIND, .kind = &kind_enclaves, .offset = 0,
      .text = "HVM and PVH under HAP: enclaves of its programs, by name. With an `epc` of the host." },
};

static const struct xenpt_word unpause_policies[] = {
    [UNPAUSE_ANYWAY] = { "anyway", "as Xen, which asks nothing" },
    [UNPAUSE_REFUSE] = { "refuse-while-foreign-mapped", "not while another domain has memory of its mapped by other means than a grant: EBUSY" },
};
static const struct words unpause_words = { unpause_policies, ARRAY_SIZE(unpause_policies), NULL, 0 };
static const struct row policy_rows[] = {
    { .key = "unpause", .type = ROW_ONE, FIELD(raw_model, unpause), .words = &unpause_words,
      .text = "When a domain may be unpaused. That it is refused is the rule unpause-foreign (docs/rules.md)." },
};

static const struct row model_rows[] = {
    { .key = "name", .type = ROW_TREE, .text = "A scenario: what it is called in reports." },
    { .key = "about", .type = ROW_TREE,
      .text = "A scenario: what it is about, in a sentence or two." },
    { .key = "host", .type = ROW_RECORD, .record = &host_record, .required = true,
      .text = "The host." },
    { .key = "xen", .type = ROW_RECORD, .record = &xen_record, .required = true, .text = "Xen." },
    { .key = "domains", .type = ROW_RECORDS, .offset = offsetof(struct raw_model, domains),
      .nr_offset = offsetof(struct raw_model, nr_domains), .record = &domain_record,
      .text = "The domains by name, such as d0, in the order of their numbers." },
    { .key = "running", .type = ROW_TREE,
      .text = "What CPUs execute: a map of CPUs, such as cpu0, to contexts, such as d0.v1.user; a "
              "CPU that is not there is idle." },
    { .key = "include", .type = ROW_TREE,
      .text = "A file, or a list of files, that this one is laid over: maps are joined key by key, "
              "other values replaced; steps and expectations of theirs come first." },
    { .key = "parameters", .type = ROW_TREE,
      .text = "A map of names to lists of values: the file is run with each combination, with the "
              "value where $name or ${name} stands." },
    { .key = "except", .type = ROW_TREE,
      .text = "A list of maps of parameters: combinations that are left out." },
    { .key = "names", .type = ROW_TREE,
      .text = "A map of names to expressions: secret: d1.gfn(5)." },
    { .key = "tlb", .type = ROW_TREE,
      .text = "A scenario: what CPUs remember of page tables. modelled: all that they may; skylake, "
              "icelake, zen2, zen3: what these have room for; none without it." },
    { .key = "rules", .type = ROW_TREE,
      .text = "A scenario: Xen's rules for PV page tables and its own, where they are not those of its release: "
              "another release, xen-4.5; with names of rules behind it, - before one that is off, + before "
              "one that is on: xen-4.15 -linear-flush, or as a list." },
    { .key = "caches", .type = ROW_TREE,
      .text = "A scenario: modelled: what data caches have where memory has something else, by write-combining mappings; "
              "none without it." },
    { .key = "expect", .type = ROW_TREE, .text = "A scenario: what must hold before any step." },
    { .key = "steps", .type = ROW_TREE, .text = "A scenario: what happens, a list." },
    { .key = "invariants", .type = ROW_TREE,
      .text = "A scenario: which invariants are checked, and when: end, every-step or none; with names of "
              "invariants behind it, these alone, or - before those that it breaks on purpose: end "
              "-own-memory, or as a list." },
    { .key = "policy", .type = ROW_RECORD, .record = &policy_record,
      .text = "What is asked of Xen beyond what it does: policies that no Xen has." },
    { .key = "threat", .type = ROW_TREE,
      .text = "A scenario: a map of names to threats, each of which says who is compromised and what must stay out of reach." },
};

const struct record mmcfg_record = { "mmcfg", "PCI configuration space.", ROWS(mmcfg_rows) };
const struct record host_record = { "host", "The host.", ROWS(host_rows) };
const struct record image_record_of = { "image", "The image of Xen.", ROWS(image_rows) };
const struct record xen_record = { "xen", "Xen.", ROWS(xen_rows) };
const struct record range_record = { "memory", "A range of a domain's memory, where it is a list: "
    "`memory: [{ gfn: 0, mfn: 0x40000, pages: 512 }, { gfn: 0x800, size: 64M }]`.", ROWS(range_rows) };
const struct record table_record = { "table", "A table of a guest's, as the file gives it. Nobody asks "
    "whether Xen would have taken it.", ROWS(table_rows) };
const struct record entry_record = { "entry", "An entry of such a table.", ROWS(entry_rows) };
const struct record policy_record = { "policy", "Policies that no Xen has.", ROWS(policy_rows) };
const struct record domain_record = { "domain", "A domain.", ROWS(domain_rows),
    .size = sizeof(struct raw_domain), .given_offset = offsetof(struct raw_domain, given),
    .name_offset = offsetof(struct raw_domain, desc.name) };
const struct record model_record = { "model", "A model.", ROWS(model_rows) };
const struct record *const model_records[] = { &model_record, &host_record, &mmcfg_record, &xen_record,
    &image_record_of, &domain_record, &range_record, &table_record, &entry_record, &policy_record, &threat_record,
    &epc_record, &enclave_record, &enclave_page_record, NULL };
/* clang-format on */
