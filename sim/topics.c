/* topics.c - what is to be known beside commands and options. */
#include "help.h"
#include "rows.h"

const struct topic topics[] = {
    { .name = "numbers",
      .heading = "Numbers and addresses",
      .text =
          "An address, or the value of a register, is hexadecimal, with or without 0x: "
          "ffff830000000000 and 0xffff830000000000 are the same, and 4096 is 0x4096.\n\n"
          "With --symbols an address may be a symbol. Either may have an offset behind it, always "
          "hexadecimal: start_xen+0x10, ffff83000000+8, _etext-1. A word that is a hexadecimal "
          "number "
          "and a symbol as well, such as add, is refused: write 0xadd, or add+0.\n\n"
          "Of a model or a scenario, an address of walk, who and render, and a frame of who, may "
          "be an "
          "expression: secret, d1.gfn(5), xen.directmap(secret). In that numbers are decimal, or "
          "hexadecimal after 0x. A number that is a name of the file's as well is refused: write "
          "0xadd, or (add).\n\n"
          "A count or a size is decimal, or hexadecimal after 0x, and may have K, M, G or T behind "
          "it: "
          "64M is 67108864.\n\n"
          "A range is FIRST..LAST, both included. FIRST.. goes to the end of the address space, "
          "..LAST "
          "begins at 0, and an address alone is that address." },
    { .name = "images",
      .heading = "Images",
      .text =
          "An image is an ELF core as QEMU's dump-guest-memory, kdump or `xl dump-core` write "
          "them, or "
          "raw memory from machine address 0 on; each may be compressed with zstd or gzip. The "
          "form is "
          "found by looking at the bytes, not at the name.\n\n"
          "Each CPU that the image's notes tell of is a context: cpu0, cpu1, ... What the notes do "
          "not "
          "say, EFER above all, is inferred, and the report says what was assumed; options such as "
          "--efer state it. A raw image tells of no CPU: give a root by --root and --mode.\n\n"
          "A CPU that was running a guest under EPT or nested paging has that guest's CR3, which "
          "leads "
          "to guest-physical memory: its tables then seem to lie outside memory, or are not "
          "tables. "
          "Images do not say what the second stage was; state it by --second.\n\n"
          "No image holds the MTRRs: a walk's memory type is the one that holds where they say WB, "
          "as "
          "firmware sets them for RAM." },
    { .name = "models",
      .heading = "Models",
      .text =
          "A file that ends in .yaml is a model: it says what a host is, which Xen runs on it and "
          "which "
          "domains there are, and stands for the machine with every page table that they would "
          "have. "
          "Commands take one where they take an image. Its contexts are idle, cpu0.xpti, cpu0, and "
          "of "
          "each vCPU d0.v0.kernel, d0.v0.user, d0.v0.xen and d0.v0.xen-user, or d1.v0.guest, "
          "d1.v0.xen "
          "and d1.p2m, and of a domain that has devices d1.device. One that --context names is run "
          "first, so that the tables are those of that "
          "moment.\n\n"
          "`xenpt walk` says of each entry of a model whose it is and why it is there.\n\n"
          "  host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
          "  xen: { release: \"4.17\", options: [xpti=dom0] }\n"
          "  domains:\n"
          "    d0: { type: pv64, memory: 1G, privileged: yes }\n"
          "    d1: { type: pvh, memory: 1G, vcpus: 2 }\n"
          "  running: { cpu0: d0.v0.user }\n\n"
          "docs/models.md has all keys, processors and words of Xen's command line.",
      .more = help_models },
    { .name = "scenario",
      .heading = "Scenarios",
      .text =
          "A scenario is a model (`xenpt help models`) with what happens on the machine and what "
          "must "
          "hold. `xenpt run` runs it; other commands take it as the model that it is.\n\n"
          "  host: { ram: 4G, cpus: 2 }\n"
          "  xen: { release: \"4.17\" }\n"
          "  domains:\n"
          "    d0: { type: pv64, memory: 512M, privileged: yes }\n"
          "    d1: { type: pv64, memory: 256M }\n"
          "  names: { secret: d0.gfn(5) }\n"
          "  steps:\n"
          "    - run: d1.v0.user\n"
          "      on: cpu1\n"
          "      expect:\n"
          "        - unmapped: xen.directmap(secret)\n"
          "          in: d1.v0.user\n\n"
          "Each step, and each expectation, is a map with one verb and its arguments beside it. "
          "`expect` "
          "at the top is what must hold before any step. An expectation may say because (why it "
          "has to "
          "be so) and for (NAME in SELECTOR: for each of them).\n\n"
          "Who is meant is a name, d1.v0.user; a list of them; or every, any or no, as in: every "
          "pv64 "
          "user "
          "context of d1, any context, no context but xen, every vcpu but d0.\n\n"
          "Expressions have numbers with K, M, G behind them if need be, + - * / << >> & | and "
          "parentheses, what names stands for, and functions. An mfn is no address: maddr() and "
          "xen.directmap() lead from one to the other.\n\n"
          "With parameters: { release: [\"4.16\", \"4.17\"] } the file is run for each value, "
          "which "
          "stands "
          "where $release does. docs/scenario.md has all of it.",
      .more = help_scenario },
    { .name = "rights",
      .heading = "Rights",
      .text =
          "Rights are four letters, with - for one that is absent: r read, w write, x fetch, u "
          "user-mode. They are those in effect: what every level, and both stages, leave. Without "
          "u, "
          "the other three are the supervisor's; with it, user code has them, and the supervisor "
          "as "
          "far "
          "as SMEP and SMAP let it.\n\n"
          "The supervisor's writes are subject to w while CR0.WP is set. A second stage by itself "
          "knows "
          "no users: what it maps has no u. Under one, u is the guest's." },
    { .name = "exit",
      .heading = "Exit codes",
      .text =
          "  0  Done, and what was asked holds.\n"
          "  1  It does not: walk, an access that --access names is refused; compare and diff, "
          "something\n"
          "     differs; run, something does not hold; check, an invariant; check and expose, a "
          "policy;\n"
          "     threat, one of the file's own threats; validate, an MMU disagrees.\n"
          "  2  Could not run: wrong usage, a file that cannot be read, a limit met." },
    { .name = "environment",
      .heading = "Environment",
      .text = "  NO_COLOR  If set and not empty, --color auto means never.\n"
              "  TERM      If it is dumb, the same." },
};
const size_t nr_topics = COUNT(topics);
