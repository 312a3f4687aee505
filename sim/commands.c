/* commands.c - every command, once. */
#include <string.h>

#include "commands.h"

/* clang-format off */
const struct command commands[NR_COMMANDS] = {
    [CMD_WALK] = {
        .name = "walk", .arguments = "IMAGE ADDRESS...", .min = 2, .max = ~0u,
        .summary = "follow addresses through the page tables, and say what decides",
        .text = "Shows each entry that a processor reads on the way from the root to the page: "
                "where it is, its raw value, its flags. Then the verdict: mapped where, with which "
                "rights and memory type, and which A and D flags the access sets; or the exact "
                "fault with its error code, the rule that decided and the bits that did.\n\n"
                "Under a second stage (--second) each of the guest's references is shown with the "
                "second-stage walk that finds it, numbered as the processor makes them.\n\n"
                "An address is hexadecimal, or a symbol, with an offset if need be; see `xenpt help "
                "numbers`. The exit code is 1 if --access is given and an access is refused.",
        .examples = {
            { "xenpt walk core.elf ffff82d040200000", "why is Xen's text mapped as it is?" },
            { "xenpt walk core.elf 0x401000 --access w --cpl 3 --context cpu0",
              "may user code on cpu0 write there? Exit code 1: no" },
            { "xenpt walk core.elf start_xen+0x10 --symbols xen-syms", "an address by name" },
            { "xenpt walk core.elf 103eb0 --context cpu1 --second ept:0x1dc8d01e",
              "a guest's address, through its tables and EPT" },
        },
        .run = command_walk,
    },
    [CMD_MAP] = {
        .name = "map", .arguments = "IMAGE", .min = 1, .max = 1,
        .summary = "list what is mapped, with the rights that hold in effect",
        .text = "Lists ranges of addresses: size, rights, page size, where they lead, and the flags "
                "of their leaf entries. Rights are those that all levels leave (of both stages, "
                "with --second). Neighbours that differ in nothing but A and D are one range; a "
                "flag that only some of its pages have is followed by a question mark.\n\n"
                "In text, a table that was met before takes one line: tables that several slots "
                "share, and linear page tables, which map themselves. JSON, and --leaves, follow "
                "them through every path.",
        .examples = {
            { "xenpt map core.elf --context cpu0", "the address space of one CPU" },
            { "xenpt map core.elf --writable --exec", "what can be written and executed" },
            { "xenpt map core.elf --user --va ffff800000000000..",
              "what user code reaches in the upper half" },
            { "xenpt map core.elf --leaves --format json -o map.json", "every page, for a program" },
        },
        .run = command_map,
    },
    [CMD_WHO] = {
        .name = "who", .arguments = "IMAGE FRAME...", .min = 2, .max = ~0u,
        .summary = "say who reaches a frame: every context and address, with its rights",
        .text = "Answers the question that page tables answer backwards: which contexts have this frame, "
                "at which addresses, with which rights in effect, and what those addresses are for. "
                "Both stages are followed, and every table, whoever made it. Contexts are all of a model's; "
                "of an image those of its CPUs and the roots that xenpt roots finds, or those of --context "
                "and --root.\n\n"
                "A FRAME is a number (mfn), hexadecimal as all addresses; FIRST..LAST are several, as one "
                "question. CONTEXT=ADDRESS is the frame that an address of a context leads to. Of a model or a "
                "scenario it may be an expression, such as secret or d1.gfn(5).\n\n"
                "Addresses in one slot of a context's root with the same rights, and pages of one size, "
                "take one line that says how many they are, which linear page tables make as many as one "
                "likes; --unfold gives each of them its own.",
        .examples = {
            { "xenpt who core.elf 3dffb", "who has this frame?" },
            { "xenpt who model.yaml d1.v0.user=401000", "and who else has what user code has there?" },
            { "xenpt who scenario.yaml secret --at 3", "and after step 3, what the file calls so?" },
            { "xenpt who core.elf 3d000..3dfff --format json", "of some frames, for a program" },
        },
        .run = command_who,
    },
    [CMD_ROOTS] = {
        .name = "roots", .arguments = "IMAGE", .min = 1, .max = 1,
        .summary = "find the roots of page tables, and say what each is for",
        .text = "Finds every L4 of a Xen in the image, without being told of any: each page is "
                "looked at, a root is one that leads back to itself where Xen's does, or has what "
                "an XPTI root has. It says what each is for, how sure that is and by what it was "
                "recognised; which belong to one domain, named by the frame of the table that "
                "holds what is the domain's; which are stale, pages that were a root and still "
                "look like one; and which CPUs run on which. The layout of the release is the one "
                "that describes the tables best, or that of --layout.\n\n"
                "If there are guests with a second stage, those are found as well: EPT by the form of "
                "Xen's entries, nested paging and the p2m of shadow paging as trees of a guest's "
                "pages that nothing leads to and that do not map themselves. Whose one is, no table "
                "tells, unless one domain alone has any.\n\n"
                "What else the image's CPU notes name, a guest's CR3 for instance, is listed as "
                "well. With --root or --context, only those are: --root 0xfcaf:npt. With --slots each "
                "root's table is drawn as a picture, a character a slot, and its slots are listed "
                "with what is mapped behind them.\n\n"
                "Each root is a context, root:0xMFN, for --context of every command.",
        .examples = {
            { "xenpt roots core.elf", "every root of Xen and its guests" },
            { "xenpt roots core.elf --context cpu0 --slots", "which slots does a CPU's root have?" },
            { "xenpt roots memory.raw --root 0x1aa000 --slots", "a root known from elsewhere" },
            { "xenpt roots core.elf --root 0xfcaf:npt", "nested paging's, by its frame" },
        },
        .run = command_roots,
    },
    [CMD_COMPARE] = {
        .name = "compare", .arguments = "[MODEL] IMAGE", .min = 1, .max = 2,
        .summary = "hold a memory image against a model of its machine",
        .text = "Builds the machine that MODEL describes, finds the roots in IMAGE, pairs them with "
                "the machine's by kind and domain, and follows both trees side by side. Each entry "
                "of a table of Xen's is exact: predicted; allowed by a rule, where an allocator or "
                "what happened since boot decides; unexplained; or predicted and missing. The "
                "frames that an allocator chose have to correspond one to one. What a guest decides "
                "is opaque, and not followed.\n\n"
                "Second stages are compared as well, as far as `xenpt roots` finds them or --root "
                "names them. What a guest's memory is made of, its owner and the guest decide: an "
                "entry of another type, or one that is not there, is allowed.\n\n"
                "The last two are listed, with both values in words and the rule. The exit code is 1 "
                "if there are any.\n\n"
                "With --derive no model is needed: RAM is read from the directmap, the release is "
                "that of the layout which describes the tables best, CPUs, stacks and sections of "
                "the image are where the tables say, and domains with their vCPUs follow from their "
                "roots. What was inferred, and from what, comes first.",
        .examples = {
            { "xenpt compare model.yaml core.elf", "is this the machine that I think it is?" },
            { "xenpt compare --derive core.elf", "is it a Xen's machine as Xen would have made it?" },
            { "xenpt compare model.yaml core.elf --root 0x1afa5:ept", "and this second stage" },
            { "xenpt compare model.yaml core.elf --format json", "for a program, in CI" },
        },
        .run = command_compare,
    },
    [CMD_DIFF] = {
        .name = "diff", .arguments = "BEFORE AFTER", .min = 2, .max = 2,
        .summary = "say what is mapped in one and not in the other",
        .text = "Takes two models, scenarios, or images, and tells of each context that both have which "
                "addresses are mapped in one of them alone, and which lead elsewhere, with other rights, by "
                "pages of another size, or with other flags; A, D and flags that software owns do not count. "
                "Ranges that differ in one way are one line. What differs in a table that several slots "
                "share is told where it is met first.\n\n"
                "FILE.yaml@STEP is a scenario as it is after a step, given by its number or its name. "
                "Contexts correspond by their names; of images they are those of CPUs, and the roots that "
                "xenpt roots finds. A context that only one has is new, or gone.\n\n"
                "Of two layouts, or releases, it tells what xenpt layout tells of them. To hold an image "
                "against a model, whose frames have other numbers, is what xenpt compare is for.\n\n"
                "The exit code is 1 if anything differs.",
        .examples = {
            { "xenpt diff grants.yaml@1 grants.yaml@2", "what did a step map?" },
            { "xenpt diff monday.elf tuesday.elf --context cpu0", "two dumps, one CPU's tables" },
            { "xenpt diff model.yaml other.yaml --format json", "two machines, for a program" },
            { "xenpt diff 4.13 4.14", "what moved between two releases?" },
        },
        .run = command_diff,
    },
    [CMD_EXPORT] = {
        .name = "export", .arguments = "MODEL", .min = 1, .max = 1,
        .summary = "write the machine that a model describes as a memory image",
        .text = "Builds the machine and writes it into the file of --output, as QEMU's "
                "dump-guest-memory writes one: an ELF core with a segment for each run of pages that "
                "are tables, or have something else in them, at their machine addresses, and notes "
                "with the registers of each CPU. Every command reads it, and so do gdb and "
                "libkdumpfile. The same model gives the same bytes.\n\n"
                "What a CPU is running is in the core: its CR3 of the moment. How to look at "
                "everything else that the machine has is told on standard output, a line for each "
                "context: the options that name its root, and its second stage, to other commands. "
                "A core has no place for those, nor for EFER and PAT. Contexts that run on one root, as the "
                "vCPUs of a CPU do with XPTI, find in it what ran there last: see --run.\n\n"
                "Memory that no table is in, the guests' for the most part, is not written.",
        .examples = {
            { "xenpt export model.yaml -o core.elf", "a dump of a machine that there never was" },
            { "xenpt export model.yaml --run d1.v0.user -o core.elf",
              "the same with d1's first vCPU in user mode" },
        },
        .run = command_export,
    },
    [CMD_RUN] = {
        .name = "run", .arguments = "SCENARIO...", .min = 1, .max = ~0u,
        .summary = "run scenarios, and say whether what they expect holds",
        .text = "A scenario describes a machine as a model does, what happens on it step by step, "
                "and what must hold before and after; docs/scenario.md has the language. Of each "
                "expectation that does not hold it is told what was expected, what is, and the walk "
                "that shows it. A folder stands for all files in it that end in .yaml, but for those "
                "that begin with _, which others include.\n\n"
                "A file with parameters is run once for each combination of their values.\n\n"
                "The exit code is 0 if everything holds, 1 if something does not, and 2 if it could "
                "not be told: there are mistakes in a file, or a step cannot be done.",
        .examples = {
            { "xenpt run scenario.yaml", "does it hold?" },
            { "xenpt run examples -j 2", "all of a folder's, two at a time" },
            { "xenpt run matrix.yaml --set release=4.17", "for one release" },
            { "xenpt run scenario.yaml --format json", "for a program, in CI" },
        },
        .run = command_run,
    },
    [CMD_NEW] = {
        .name = "new", .arguments = "[FILE]", .min = 0, .max = 1,
        .summary = "write a scenario to begin with",
        .text = "Writes a scenario that holds, with words beside what can be changed in it, to FILE "
                "or to standard output. A file that is there is left as it is.",
        .examples = {
            { "xenpt new mine.yaml && xenpt run mine.yaml", "begin one, and run it" },
        },
        .run = command_new,
    },
    [CMD_LAYOUT] = {
        .name = "layout", .arguments = "[NAME [NAME]]", .min = 0, .max = 2,
        .summary = "list the address-space layouts known, print one, or tell what moved",
        .text = "A layout is where a range of releases of Xen, or Linux, puts what in its address "
                "space: areas with their first and last byte, the slots of the root table they "
                "take, the kinds of root that carry them, who shares the tables below, and the "
                "flags of entries at each level.\n\n"
                "Without a NAME they are listed; with one it is printed as a table; of two it is "
                "told what differs from the first to the second. A NAME is a layout's, xen-4.17, "
                "or a release of Xen, 4.17 or 4.17.3; :bigmem behind it asks for the build of that "
                "name. A NAME with a slash in it is a file, as --layout takes it.",
        .examples = {
            { "xenpt layout", "which layouts are there?" },
            { "xenpt layout 4.17", "where is what in Xen 4.17?" },
            { "xenpt layout --diff 4.13 4.14", "what moved between the two?" },
            { "xenpt layout 4.17 --layout mine.yaml", "how does a layout of mine differ?" },
        },
        .run = command_layout,
    },
    [CMD_VALIDATE] = {
        .name = "validate", .arguments = "[IMAGE]", .min = 0, .max = 1,
        .summary = "ask other MMUs the same, and say where they differ",
        .text = "Makes page tables and accesses, has them carried out by MMUs that xenpt's authors "
                "did not write, and compares what these do with what xenpt says: outcome, error "
                "code, address, data, and each change of an entry. MMUs are this computer's own, by "
                "way of KVM or in user mode, and the emulators QEMU and Bochs; those that are not "
                "here are skipped, and the report says why.\n\n"
                "Without an image the cases are made by rule (--matrix). With one they are its own "
                "tables, context by context: the entries on the way to some addresses of each range, "
                "with frames renamed so that they fit into a small machine; flags, slots and sizes "
                "of pages stay.\n\n"
                "Where manuals leave a choice, either is taken; where an MMU is known to be wrong, "
                "that is an erratum. Both are counted. What then differs is a disagreement, shown "
                "with the case, what the other MMUs say to it, and the manual that decides. The exit "
                "code is 1 if there is one.",
        .examples = {
            { "xenpt validate", "a little of everything, on every MMU that is here" },
            { "xenpt validate --mmu kvm --matrix 4level", "this computer's own MMU" },
            { "xenpt validate core.elf --mmu qemu,bochs", "a machine's own tables" },
            { "xenpt validate --matrix 4level --write-disk probe.img",
              "a disk for a machine without system, which a BIOS starts" },
        },
        .run = command_validate,
    },
    [CMD_SHARE] = {
        .name = "share", .arguments = "IMAGE", .min = 1, .max = 1,
        .summary = "say which tables contexts have in common, and from which level down",
        .text = "Goes through the root tables of all contexts slot by slot: which of them lead to "
                "the same table, which have nothing there, and where the tables differ, whether "
                "the trees behind them meet further down. Nothing is known but the tables. "
                "Contexts are the roots of a Xen that xenpt roots finds and that are in use, or "
                "those of --context and --root; where there is no Xen, those of the CPUs.\n\n"
                "In text, neighbouring slots in which the same contexts share are one line.",
        .examples = {
            { "xenpt share core.elf", "what do all roots of this machine share?" },
            { "xenpt share core.elf --context root:0xf127 --context root:0xf9d1",
              "a guest's L4 beside the XPTI root it runs on" },
        },
        .run = command_share,
    },
    [CMD_HELP] = {
        .name = "help", .arguments = "[COMMAND | TOPIC | rule NAME]", .min = 0, .max = 2,
        .summary = "explain a command or a topic",
        .text = "Without an argument: an overview. A step or an expectation of a scenario is a topic as well; "
                "a rule is one of Xen's for the page tables of PV guests, as docs/rules.md lists them.",
        .examples = {
            { "xenpt help walk", "a command" },
            { "xenpt help numbers", "how numbers and addresses are written" },
            { "xenpt help rule l1-writable", "a rule that refused a step of a scenario" },
        },
        .run = command_help,
    },
    [CMD_THREAT] = {
        .name = "threat", .arguments = "MODEL", .min = 1, .max = 1,
        .summary = "say what somebody who is compromised reaches, by all that he may do next",
        .text = "Works out which frames the parties of --compromised can read, write and execute: not by what "
                "is mapped now alone, but by every move that Xen's rules, or those of the scenario, leave them - mapping what is theirs, "
                "grants, foreign maps, devices, what they become by what they overwrite - and the moves after "
                "those. docs/threats.md has the moves. Without --compromised the threats of the scenario are worked "
                "out, which say who is compromised and what must stay out of reach, or, with its name, one of them; "
                "it ends with 1 if one is broken.\n\n"
                "It tells whom the parties become, how many frames of whose memory they have which right to, and "
                "a shortest way to some of them; with --frames each right to those frames, with its shortest way. "
                "A way is a step a line: who, by which move, gets what, or becomes whom; and the rules that bound "
                "the move, which `xenpt help rule` explains.\n\n"
                "edit is a change of a table through Xen's checks; retype is to have it be no table any more, and "
                "to write to it then. A table that is in use can be read by its guest, and not be written. Of a guest whose memory is "
                "encrypted others have ciphertext, which is no read, and may spoil what is there, which is no write.",
        .examples = {
            { "xenpt threat model.yaml --compromised d1", "what does a guest's kernel reach?" },
            { "xenpt threat scenario.yaml --at granted", "do its threats hold after that step?" },
            { "xenpt threat model.yaml --compromised dom0 --iommu strict --frames 7c40b",
              "does dom0 write to this table?" },
            { "xenpt threat model.yaml --compromised dom0 --without-move foreign-map,set-context",
              "and on a Xen that had no such hypercalls?" },
        },
        .run = command_threat,
    },
    [CMD_EXPOSE] = {
        .name = "expose", .arguments = "IMAGE", .min = 1, .max = 1,
        .summary = "say how much of whose memory each context can read, write and execute",
        .text = "A matrix: for each context, and whoever executes on it, bytes and ranges of machine memory by "
                "owner. A byte counts once, however many addresses it has. Owners are those of a model; of an "
                "image they are what its tables tell: what Xen maps beside all of RAM is xen's, what a guest "
                "maps is that domain's, named as xenpt roots does, what two map is of several, and the "
                "rest of RAM unknown. Contexts are those of xenpt who.\n\n"
                "--threat asks what is exposed if that is feared: who executes (guest-user, guest-kernel, dom0, "
                "compromised-xen), or by what it reads (meltdown, l1tf, spectre-v1). Whether there is XPTI the "
                "root says that is loaded. A model's processor may be immune; of an image --vendor amd says "
                "so.\n\n"
                "--policy tells of memory that can be written and executed (wx), page tables that can be written "
                "(tables), executable superpages of second stages (superpages), and memory of Xen's that a "
                "guest's code reaches (user-xen), with the walk that shows each. The exit code is 1 if there "
                "is any.",
        .examples = {
            { "xenpt expose core.elf", "who reaches how much of whom?" },
            { "xenpt expose core.elf --context cpu0 --threat meltdown", "what XPTI leaves of Xen" },
            { "xenpt expose model.yaml --threat compromised-xen", "and what encryption keeps from Xen" },
            { "xenpt expose core.elf --policy wx,tables --ranges", "what should not be" },
        },
        .run = command_expose,
    },
    [CMD_RENDER] = {
        .name = "render", .arguments = "IMAGE [ADDRESS...]", .min = 1, .max = ~0u,
        .summary = "draw a picture of it, or make a page to look around in",
        .text = "Draws the tables of an image, a model or a scenario (--view), as SVG unless --format "
                "says otherwise. A picture has room on one page, whatever the machine: what is alike "
                "is drawn once, and a line at the foot says what was folded. It can be read without "
                "colours; the same input gives the same bytes.\n\n"
                "Contexts are those of the CPUs and the roots of a Xen that xenpt roots finds, or "
                "those of --context and --root; of a model all. Areas are named by the layout of the "
                "Xen that is there, or that of --layout.\n\n"
                "--format html makes one file that needs nothing else: slots, tables to search, an "
                "address whose walk is shown, a frame and who reaches it.",
        .examples = {
            { "xenpt render core.elf --view slots -o slots.svg", "what is in each root?" },
            { "xenpt render core.elf ffff82d040200000 --view walk --context cpu0 -o walk.pdf",
              "a walk, entry by entry" },
            { "xenpt render scenario.yaml --view timeline -o steps.svg", "what did each step do?" },
            { "xenpt render core.elf --format html -o core.html", "look around" },
        },
        .run = command_render,
    },
    [CMD_CHECK] = {
        .name = "check", .arguments = "IMAGE", .min = 1, .max = 1,
        .summary = "judge the page tables of a Xen by what has to be so whatever happened",
        .text = "Finds the roots of the Xen in an image, follows all of their tables, and says of each "
                "invariant whether it holds: no guest writes to a page table (tables-read-only), none "
                "reaches memory of Xen's (own-memory), Xen's slots of each root are as Xen makes them "
                "(xen-slots), linear page tables are within the rules (linear-tables), the "
                "machine-to-physical table is the inverse of guests' physical memory (m2p), no entry is one "
                "that a processor refuses (legal-entries). What does not hold is shown with the root, the "
                "entry, and the walk that leads through it.\n\n"
                "Memory does not say everything: a line tells what an invariant could not see, and those "
                "that cannot be judged say why. `xenpt run` judges a model, which knows whose each frame is; "
                "check looks at a model as at an image of it.\n\n"
                "--policy adds what `xenpt expose --policy` tells. The exit code is 1 if something does not "
                "hold, or is against a policy.",
        .examples = {
            { "xenpt check core.elf", "does all hold that has to?" },
            { "xenpt check core.elf --invariant linear-tables,tables-read-only", "two of them" },
            { "xenpt check core.elf --invariant all --policy wx,superpages", "and policies" },
            { "xenpt check examples/advisories/xsa-148.yaml --set rules=xen-4.6 --at 5",
              "a guest writes to its own tables, through the page of 2 MiB that is shown: exit code 1" },
        },
        .run = command_check,
    },
    [CMD_CAPTURE] = {
        .name = "capture", .arguments = "", .min = 0, .max = 0,
        .summary = "dump a machine that runs under QEMU, as an image",
        .text = "Asks the QEMU whose QMP is at a socket (qemu -qmp unix:SOCKET,server=on,wait=off): stops its "
                "machine, takes its registers and its memory, and lets it go on. A machine that did not run "
                "stays as it is, and so does one that ran, with --keep-stopped. If anything fails, or "
                "somebody interrupts, a machine that ran runs again, and no file is written.\n\n"
                "The file of --output is QEMU's own dump, an ELF core with all of the machine's memory, which "
                "every command reads; through zstd if its name ends in .zst. With --tables it is "
                "an ELF core with the same notes and page tables alone: those below the roots of its CPUs and below "
                "all that xenpt roots finds. It is a few hundred pages, and as much "
                "memory as the machine has is needed beside it for a while. Not in it are pages that are no table, "
                "and tables that HVM and PVH guests made: nothing is at their addresses.\n\n"
                "A core does not say EFER. --registers writes that and other registers of each CPU into a JSON "
                "file, and every command that reads the core takes that file by --registers.\n\n"
                "What is stopped is a machine of QEMU's: a guest of KVM, or a Xen with all of its domains. "
                "On a Xen that runs without QEMU below it, docs/captures.md tells what there is.",
        .examples = {
            { "xenpt capture --qmp /run/vm/qmp -o core.elf --registers core.json",
              "all of it, and its registers" },
            { "xenpt capture --qmp /run/vm/qmp --tables -o tables.elf.zst", "page tables alone" },
            { "xenpt compare --derive tables.elf.zst", "and what are they?" },
        },
        .run = command_capture,
    },
};
/* clang-format on */

const struct names command_names = { commands, sizeof(commands[0]), NR_COMMANDS };

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < NR_COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}
