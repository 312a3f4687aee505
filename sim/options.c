/* options.c - every option, once. */
#include "modes.h"
#include "rows.h"
#include "values.h"

#define ON(command) (1u << CMD_##command)
#define ON_SOURCE                                                                                  \
    (ON(WALK) | ON(MAP) | ON(ROOTS) | ON(WHO) | ON(SHARE) | ON(COMPARE) | ON(DIFF) |               \
     ON(VALIDATE) | ON(EXPOSE) | ON(RENDER) | ON(CHECK))
#define ON_CONTEXTS (ON_SOURCE & ~(ON(COMPARE) | ON(CHECK)))
#define ON_REPORT   (ON_SOURCE | ON(LAYOUT) | ON(RUN) | ON(THREAT))
#define ON_ALL      (ON_REPORT | ON(EXPORT) | ON(HELP) | ON(NEW) | ON(CAPTURE))
#define FIELD(name) offsetof(struct settings, name)

/* Of --format: of what is told, of runs, of validate, of pictures. */
static const struct form forms[] = { { "text", XENPT_REPORT_TEXT }, { "json", XENPT_REPORT_JSON } };
static const struct form run_forms[] = { { "text", XENPT_REPORT_TEXT },
                                         { "json", XENPT_REPORT_JSON },
                                         { "junit", XENPT_REPORT_JUNIT },
                                         { "tap", XENPT_REPORT_TAP } };
static const struct form validate_forms[] = { { "text", XENPT_REPORT_TEXT },
                                              { "json", XENPT_REPORT_JSON },
                                              { "junit", XENPT_REPORT_JUNIT },
                                              { "markdown", XENPT_REPORT_MARKDOWN } };
static const struct form pictures[] = { { "svg", XENPT_PICTURE_SVG },
                                        { "png", XENPT_PICTURE_PNG },
                                        { "pdf", XENPT_PICTURE_PDF },
                                        { "dot", XENPT_PICTURE_DOT },
                                        { "html", XENPT_PICTURE_HTML } };
static const char *const views[] = { "slots", "tree", "walk", "sharing", "timeline", "exposure" };
static const char *const colours[] = { "auto", "always", "never" };
static const char *const vendors[] = { "intel", "amd" };
static const char *const iommus[] = { "host", "stock", "strict", "none" };
static const char *const qemus[] = { "root", "restricted" };
static const char *const help_forms[] = { "text", "man", "markdown", "bash", "zsh" };

/* clang-format off */
#define NAMES(array) &(const struct names){ (array), sizeof((array)[0]), COUNT(array) }

const struct option options[] = {
    /* walk */
    { .name = "access", .argument = "LETTERS", .on = ON(WALK), .take = take_access,
      .text = "The access to judge: r (read), w (write), x (fetch), or several of them. "
              "Without it a read is judged; with it the exit code tells whether all are allowed." },
    { .name = "cpl", .argument = "LEVEL", .on = ON(WALK), .take = take_cpl,
      .text = "The privilege level of the access, 0 to 3. Without it, that of the CPU, or 0." },
    { .name = "ac", .on = ON(WALK), .take = take_switch, .field = FIELD(ac),
      .text = "EFLAGS.AC is set, so that SMAP lets explicit accesses through." },
    { .name = "implicit", .on = ON(WALK), .take = take_switch, .field = FIELD(implicit),
      .text = "The processor's own access to a descriptor table or a TSS: a supervisor's at any "
              "CPL." },
    { .name = "shadow-stack", .on = ON(WALK), .take = take_switch, .field = FIELD(shadow_stack),
      .text = "An access to a shadow stack, as CALL and RET make with CET." },
    { .name = "stack-segment", .on = ON(WALK), .take = take_switch, .field = FIELD(stack_segment),
      .text = "An access through SS: an address that is not canonical is #SS, not #GP." },

    /* map */
    { .name = "leaves", .on = ON(MAP), .take = take_switch, .field = FIELD(leaves),
      .text = "One range for each leaf entry, by every path that leads to it; neighbours are not "
              "merged." },
    { .name = "overview", .on = ON(MAP), .take = take_switch, .field = FIELD(overview),
      .text = "Neighbours are one range wherever they lead: rights and flags alone tell ranges "
              "apart. A guest's memory is scattered all over the machine's." },
    { .name = "fold", .on = ON(MAP), .take = take_switch, .field = FIELD(fold),
      .text = "Tables that were met before, shared or linear ones, take one line that says so. "
              "That is what text does." },
    { .name = "unfold", .on = ON(MAP) | ON(WHO), .take = take_switch, .field = FIELD(unfold),
      .text = "Tables that were met before are followed as a processor would. That is what JSON "
              "and --leaves do. who: each address by itself." },
    { .name = "writable", .on = ON(MAP), .take = take_switch, .field = FIELD(writable),
      .text = "Only what can be written." },
    { .name = "exec", .on = ON(MAP), .take = take_switch, .field = FIELD(executable),
      .text = "Only what instructions can be fetched from." },
    { .name = "user", .on = ON(MAP), .take = take_switch, .field = FIELD(user),
      .text = "Only user-mode addresses." },
    { .name = "va", .argument = "FIRST..LAST", .on = ON(MAP), .take = take_text,
      .field = FIELD(va),
      .text = "Only what touches these addresses, both included. One address alone stands for "
              "itself; a missing end is the end of the address space." },
    { .name = "area", .argument = "NAME", .on = ON(MAP), .take = take_text, .field = FIELD(area),
      .text = "Only pages whose first or last byte lies in this area or symbol." },
    { .name = "limit", .argument = "NUMBER", .on = ON(MAP) | ON(WHO), .take = take_number,
      .field = FIELD(limit),
      .text = "Give up after this many entries, 0: never. Where tables are followed by every path "
              "it is 64M unless said otherwise, since a few tables can map any amount." },

    /* roots */
    { .name = "slots", .on = ON(ROOTS), .take = take_switch, .field = FIELD(slots),
      .text = "Also draw and list the slots of each root's table." },

    /* compare */
    { .name = "derive", .on = ON(COMPARE), .take = take_switch, .field = FIELD(derive),
      .text = "Make the model from the image: infer host, Xen and domains, and say from what." },
    { .name = "allowed", .on = ON(COMPARE), .take = take_switch, .field = FIELD(allowed),
      .text = "Also list each entry that is not as predicted, and that a rule allows." },

    /* export */
    { .name = "run", .argument = "NAME", .on = ON(EXPORT), .take = take_words,
      .field = FIELD(run), .repeats = true,
      .text = "Run what this context is named after, d1.v0.user, on the CPU that its vCPU was on "
              "last, before the machine is written. May be repeated." },
    { .name = "contents", .on = ON(EXPORT), .take = take_switch, .field = FIELD(contents),
      .text = "Also write what is in the machine-to-physical table, 8 bytes for each 4 KiB of the "
              "host's memory." },

    /* layout */
    { .name = "diff", .on = ON(LAYOUT), .take = take_switch, .field = FIELD(diff),
      .text = "Tell what differs between two of them. That is what two names do." },
    { .name = "layout", .argument = "FILE",
      .on = ON(LAYOUT) | ON(WALK) | ON(MAP) | ON(ROOTS) | ON(SHARE) | ON(COMPARE) | ON(DIFF) |
            ON(EXPOSE) | ON(RENDER) | ON(CHECK),
      .take = take_text, .field = FIELD(layout),
      .text = "A layout in a file of its own: read, checked, and taken as the last NAME. Where an "
              "image is looked at: the layout of the Xen in it, a name as `xenpt layout` lists "
              "them, a release, or a file if there is a slash in it. Roots are recognised by it, "
              "and walk and map name addresses by its areas; without it roots are recognised by "
              "the layout that describes the image's tables best, and only symbols are names." },

    /* validate */
    { .name = "matrix", .argument = "SUITES", .on = ON(VALIDATE), .take = take_words,
      .field = FIELD(matrix), .repeats = true,
      .text = "What the cases are about, with commas between: 2level, pae, 4level, 5level, ept, "
              "npt, npt-pae, npt-2level, user. Without it, all." },
    { .name = "mmu", .argument = "NAMES", .on = ON(VALIDATE), .take = take_words,
      .field = FIELD(mmus), .repeats = true,
      .text = "Whom to ask, with commas between: kvm, cpu, qemu, bochs, results, or one model such "
              "as qemu:max. Without it, everyone but qemu:kvm, which is kvm over again." },
    { .name = "require", .argument = "NAMES", .on = ON(VALIDATE), .take = take_words,
      .field = FIELD(require), .repeats = true,
      .text = "Those without whom it is a failure (exit code 2): they are asked, too." },
    { .name = "cases", .argument = "NUMBER", .on = ON(VALIDATE), .take = take_number,
      .field = FIELD(cases),
      .text = "Accesses of each suite to each MMU; 20000 without it." },
    { .name = "seed", .argument = "NUMBER", .on = ON(VALIDATE), .take = take_number,
      .field = FIELD(seed),
      .text = "Which of the cases come first; 1 without it. The same gives the same." },
    { .name = "results", .argument = "FILE", .on = ON(VALIDATE), .take = take_text,
      .field = FIELD(results),
      .text = "What a machine sent through its serial line that was booted from --write-disk; with "
              "the same suite, number, seed and processor as then. It is the MMU `results`." },
    { .name = "write-disk", .argument = "FILE", .on = ON(VALIDATE), .take = take_text,
      .field = FIELD(write_disk),
      .text = "Asks nobody, but writes a disk that asks one suite of the machine that boots from "
              "it: a USB stick, a hard disk or a CD. It boots by a BIOS, or by UEFI's compatibility "
              "mode (CSM), not by UEFI. --vendor, --maxphyaddr and --without say what the machine "
              "has." },

    /* run */
    { .name = "only", .argument = "NAME", .on = ON(RUN), .take = take_text, .field = FIELD(only),
      .text = "Only scenarios in whose file, name or combination of parameters this occurs." },
    { .name = "set", .argument = "NAME=VALUE", .on = ON(RUN) | ON_SOURCE | ON(THREAT), .take = take_words,
      .field = FIELD(set), .repeats = true,
      .text = "A parameter has this value, and no other. May be repeated." },
    { .name = "keep-going", .letter = 'k', .on = ON(RUN), .take = take_switch,
      .field = FIELD(keep_going),
      .text = "Go on after a step that failed: without it, a scenario ends there." },
    { .name = "trace", .on = ON(RUN), .take = take_switch, .field = FIELD(trace),
      .text = "Tell what each step changes in memory, entry by entry." },
    { .name = "check-invariants", .on = ON(RUN), .take = take_switch, .field = FIELD(check_invariants),
      .text = "Check all invariants after every step, and not after the last alone; but for those that "
              "a scenario says it breaks (docs/scenario.md, Invariants)." },
    { .name = "journal", .on = ON(RUN), .take = take_switch, .field = FIELD(journal),
      .text = "Tell who touches memory of guests in each step, and is not the guest: who, what for, "
              "through which mapping, where, and whether the guest has consented." },
    { .name = "jobs", .letter = 'j', .argument = "NUMBER", .on = ON(RUN), .take = take_number,
      .field = FIELD(jobs),
      .text = "Run so many files at a time. The report is the same, in the same order." },

    /* help */
    { .name = "as", .argument = "FORM", .on = ON(HELP), .take = take_choice,
      .field = FIELD(help_form), .values = NAMES(help_forms),
      .text = "Print all of the help as a manual page, as Markdown, or as a completion script of "
              "bash or zsh." },

    /* threat */
    { .name = "compromised", .argument = "WHO", .on = ON(THREAT), .take = take_words,
      .field = FIELD(compromised), .repeats = true,
      .text = "Who is, with commas between: xen; or a domain with .user, .kernel, .device or .qemu "
              "behind it, d1.user; a domain alone is its kernel, and dom0 the privileged one. Or the name of a "
              "threat of the scenario." },
    { .name = "frames", .argument = "FRAMES", .on = ON(THREAT), .take = take_words,
      .field = FIELD(frames), .repeats = true,
      .text = "Frames of the machine's to be told of, with commas between: hexadecimal numbers, "
              "FIRST..LAST, or expressions, such as secret or d1.gfn(5)." },
    { .name = "iommu", .argument = "WHICH", .on = ON(THREAT), .take = take_choice,
      .field = FIELD(iommu), .values = NAMES(iommus),
      .text = "What is between devices and memory: what the model's host has, which is the usual; an IOMMU "
              "as Xen sets it up, where devices of a PV dom0 reach all RAM but Xen's image; the same with "
              "dom0-iommu=strict; or nothing." },
    { .name = "qemu", .argument = "HOW", .on = ON(THREAT), .take = take_choice,
      .field = FIELD(qemu), .values = NAMES(qemus),
      .text = "What a device model is: a process of dom0's root, or one that is restricted to its "
              "guest." },
    { .name = "device-of", .argument = "DOMAINS", .on = ON(THREAT), .take = take_words,
      .field = FIELD(devices), .repeats = true,
      .text = "Domains that have a device of their own, besides dom0, with commas between." },
    { .name = "stub-domain", .argument = "STUB=DOMAIN", .on = ON(THREAT), .take = take_words,
      .field = FIELD(stubs), .repeats = true,
      .text = "The first domain is the device model of the second." },
    { .name = "without-move", .argument = "MOVES", .on = ON(THREAT), .take = take_words,
      .field = FIELD(without_moves), .repeats = true,
      .text = "Moves that nobody makes, with commas between: a Xen that has them not." },
    { .name = "without-rule", .argument = "RULES", .on = ON(THREAT), .take = take_words,
      .field = FIELD(without_rules), .repeats = true,
      .text = "Rules of Xen's that are not in force, with commas between." },

    /* render */
    { .name = "view", .argument = "PICTURE", .on = ON(RENDER), .take = take_choice,
      .field = FIELD(view), .given = FIELD(view_given), .values = NAMES(views),
      .text = "What is to be seen: the slots of root tables side by side; the tree of tables, with "
              "runs folded; the walk of an address; which roots share which tables; the steps "
              "of a scenario; or who exposes whose memory (with --threat as of `xenpt expose`)." },

    /* Which contexts. */
    { .name = "context", .argument = "NAME", .on = ON_CONTEXTS, .group = GROUP_SOURCE,
      .take = take_words, .field = FIELD(contexts), .repeats = true,
      .text = "The context to look at: cpu0, cpu1, ... or root:0xMFN; may be repeated. Without "
              "it, all." },
    { .name = "root", .argument = "ADDRESS", .on = ON_CONTEXTS | ON(COMPARE), .group = GROUP_SOURCE,
      .take = take_words, .field = FIELD(roots), .repeats = true,
      .text = "A root given by hand: the machine address of its table, or an EPTP; or its frame "
              "with a mode behind it, as in 0xfcaf:npt. May be repeated. It is the context "
              "root:0xMFN, and the CPUs are left out unless --context names them. compare finds "
              "Xen's roots by itself, and takes a second stage, as in 0x1afa5:ept." },
    { .name = "mode", .argument = "MODE", .on = ON_CONTEXTS, .group = GROUP_SOURCE,
      .take = take_choice, .field = FIELD(mode), .given = FIELD(mode_given),
      .values = &mode_names,
      .text = "The paging mode of each --root; 4level without it." },
    { .name = "second", .argument = "STAGE:ROOT", .on = ON_CONTEXTS, .group = GROUP_SOURCE,
      .take = take_text, .field = FIELD(second), .values = &second_names,
      .text = "Put a second stage under each context: ept: with an EPTP or the address of its L4, "
              "npt: with an nCR3. Rights are then those that both stages leave, and a walk shows "
              "both." },
    { .name = "at", .argument = "STEP", .on = ON_SOURCE | ON(THREAT), .group = GROUP_SOURCE, .take = take_text,
      .field = FIELD(at),
      .text = "A scenario: as it is after this step, by its number or name; 0: before any." },
    { .name = "symbols", .argument = "FILE", .on = ON_SOURCE, .group = GROUP_SOURCE,
      .take = take_text, .field = FIELD(symbols),
      .text = "An ELF file with symbols, such as xen-syms or vmlinux: its names can stand for "
              "addresses, and are shown beside them." },
    { .name = "raw", .on = ON_SOURCE, .group = GROUP_SOURCE, .take = take_switch,
      .field = FIELD(raw),
      .text = "Take the file as bare memory, even if it looks like an ELF core." },
    { .name = "raw-base", .argument = "ADDRESS", .on = ON_SOURCE, .group = GROUP_SOURCE,
      .take = take_hex, .field = FIELD(raw_base),
      .text = "The machine address of a raw image's first byte; 0 without it." },

    /* expose */
    { .name = "threat", .argument = "NAMES", .on = ON(EXPOSE) | ON(RENDER), .take = take_words,
      .field = FIELD(threats), .repeats = true,
      .text = "What is feared, with commas between: none, guest-user, guest-kernel, dom0, "
              "compromised-xen, meltdown, l1tf, spectre-v1; a matrix for each. Without it, and "
              "without --policy: none." },
    { .name = "policy", .argument = "NAMES", .on = ON(EXPOSE) | ON(CHECK), .take = take_words,
      .field = FIELD(policies), .repeats = true,
      .text = "What should not be, with commas between: wx, tables, superpages, user-xen, or "
              "all." },
    { .name = "ranges", .on = ON(EXPOSE), .take = take_switch, .field = FIELD(ranges),
      .text = "Also list each range of machine memory." },

    /* check */
    { .name = "invariant", .argument = "NAMES", .on = ON(CHECK), .take = take_words,
      .field = FIELD(invariants), .repeats = true,
      .text = "What has to be so, with commas between: tables-read-only, own-memory, xen-slots, "
              "linear-tables, counts, flushed, m2p, legal-entries, or all. Without it, and without "
              "--policy: all." },

    /* Which processor. */
    { .name = "cr0", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(cr0), .text = "CR0, in place of what the image says." },
    { .name = "cr4", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(cr4), .text = "CR4, in place of what the image says." },
    { .name = "efer", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(efer),
      .text = "IA32_EFER, which no image says: without it LMA is inferred and NXE taken as set." },
    { .name = "pat", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(pat), .text = "IA32_PAT; without it, as the system is known to set it." },
    { .name = "pkru", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(pkru), .text = "PKRU: rights of user pages by protection key." },
    { .name = "pkrs", .argument = "VALUE", .on = ON_SOURCE, .group = GROUP_CPU, .take = take_hex,
      .field = FIELD(pkrs), .text = "IA32_PKRS: rights of supervisor pages by protection key." },
    { .name = "vendor", .argument = "VENDOR", .on = ON_SOURCE, .group = GROUP_CPU,
      .take = take_choice, .field = FIELD(vendor), .given = FIELD(vendor_given),
      .values = NAMES(vendors), .text = "Whose rules hold where the manuals differ." },
    { .name = "maxphyaddr", .argument = "BITS", .on = ON_SOURCE, .group = GROUP_CPU,
      .take = take_number, .field = FIELD(maxphyaddr),
      .text = "Width of a physical address, 32 to 52; higher bits of an entry are reserved. "
              "52 without it." },
    { .name = "without", .argument = "FEATURES", .on = ON_SOURCE, .group = GROUP_CPU,
      .take = take_words, .field = FIELD(without), .values = &feature_names, .repeats = true,
      .text = "What the processor lacks, with commas between. --no-nx is short for --without "
              "nx." },
    { .name = "with", .argument = "FEATURES", .on = ON_SOURCE, .group = GROUP_CPU,
      .take = take_words, .field = FIELD(with), .values = &feature_names, .repeats = true,
      .text = "What the processor has beside what is assumed: ept-mbec and ept-advanced-info, all "
              "others being there unless taken away." },

    /* The report. */
    { .name = "format", .argument = "FORM", .on = ON_REPORT & ~(ON(RUN) | ON(VALIDATE) | ON(RENDER)),
      .group = GROUP_OUTPUT, .take = take_form, .field = FIELD(format), .values = NAMES(forms),
      .text = "Text for people, or JSON for programs: docs/json.md has its schema." },
    { .name = "format", .argument = "FORM", .on = ON(RUN), .group = GROUP_OUTPUT,
      .take = take_form, .field = FIELD(format), .values = NAMES(run_forms),
      .text = "run: text, or JSON; or what other programs read of tests, JUnit's XML and TAP." },
    { .name = "format", .argument = "FORM", .on = ON(VALIDATE), .group = GROUP_OUTPUT,
      .take = take_form, .field = FIELD(format), .values = NAMES(validate_forms),
      .text = "validate: text, or JSON; JUnit's XML, or a document in Markdown." },
    { .name = "format", .argument = "FORM", .on = ON(RENDER), .group = GROUP_OUTPUT,
      .take = take_form, .field = FIELD(picture), .values = NAMES(pictures),
      .text = "render: svg, which is what there is without it, png, or pdf; of trees and sharing "
              "Graphviz's dot; html is a page, and no picture." },
    { .name = "output", .letter = 'o', .argument = "FILE", .on = ON_ALL, .group = GROUP_OUTPUT,
      .take = take_text, .field = FIELD(output),
      .text = "Write to this file, which appears once it is complete." },
    { .name = "color", .argument = "WHEN", .on = ON_REPORT, .group = GROUP_OUTPUT,
      .take = take_choice, .field = FIELD(colour), .values = NAMES(colours),
      .text = "Colour in text; auto: on a terminal, unless NO_COLOR is set." },
    { .name = "quiet", .letter = 'q', .on = ON_SOURCE | ON(CAPTURE), .group = GROUP_OUTPUT,
      .take = take_switch, .field = FIELD(quiet),
      .text = "No warnings and no progress bar." },
    { .name = "help", .letter = 'h', .on = ON_ALL, .group = GROUP_OUTPUT, .take = take_switch,
      .field = FIELD(help), .text = "Print help and end." },
    { .name = "version", .letter = 'V', .on = ON_ALL, .group = GROUP_OUTPUT, .take = take_switch,
      .field = FIELD(version), .text = "Print the version and end." },

    /* capture */
    { .name = "qmp", .argument = "SOCKET", .on = ON(CAPTURE), .take = take_text, .field = FIELD(qmp),
      .text = "The socket of QEMU's that speaks QMP, a path. Nobody else may be connected to it." },
    { .name = "tables", .on = ON(CAPTURE), .take = take_switch, .field = FIELD(tables),
      .text = "Keep page tables alone." },
    { .name = "keep-stopped", .on = ON(CAPTURE), .take = take_switch, .field = FIELD(keep_stopped),
      .text = "Leave the machine stopped, if all went well." },
    { .name = "timeout", .argument = "SECONDS", .on = ON(CAPTURE), .take = take_number,
      .field = FIELD(timeout),
      .text = "Give up when QEMU has said nothing for so long, 1 to 86400; 60 without it." },
    { .name = "registers", .argument = "FILE", .on = ON(CAPTURE) | ON_SOURCE, .take = take_text,
      .group = GROUP_CPU, .field = FIELD(registers),
      .text = "Registers of each CPU that a core does not say, EFER above all: capture writes this "
              "file, and where an image is looked at it is read." },
};
/* clang-format on */
const size_t nr_options = COUNT(options);
_Static_assert(COUNT(options) <= OPTIONS_MAX, "there is room for which were given");

const char *group_heading(enum option_group group)
{
    static const char *const headings[NR_GROUPS] = {
        [GROUP_COMMAND] = "Options",
        [GROUP_SOURCE] = "What to look at",
        [GROUP_CPU] = "The processor",
        [GROUP_OUTPUT] = "The report",
    };

    return headings[group];
}
