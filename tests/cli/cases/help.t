  $ xenpt --version; xenpt -V; xenpt walk --version
  xenpt 0.1.0
  xenpt 0.1.0
  xenpt 0.1.0
  $ xenpt --help
  xenpt: walk, map and explain the page tables in a machine's memory image

  Usage: xenpt COMMAND [OPTION]... ARGUMENT...

  Commands:
    walk         follow addresses through the page tables, and say what decides
    map          list what is mapped, with the rights that hold in effect
    roots        find the roots of page tables, and say what each is for
    who          say who reaches a frame: every context and address, with its
                 rights
    share        say which tables contexts have in common, and from which level
                 down
    compare      hold a memory image against a model of its machine
    diff         say what is mapped in one and not in the other
    export       write the machine that a model describes as a memory image
    run          run scenarios, and say whether what they expect holds
    new          write a scenario to begin with
    layout       list the address-space layouts known, print one, or tell what
                 moved
    validate     ask other MMUs the same, and say where they differ
    help         explain a command or a topic
    threat       say what somebody who is compromised reaches, by all that he may
                 do next
    expose       say how much of whose memory each context can read, write and
                 execute
    render       draw a picture of it, or make a page to look around in
    check        judge the page tables of a Xen by what has to be so whatever
                 happened
    capture      dump a machine that runs under QEMU, as an image

  Topics, for `xenpt help TOPIC`:
    numbers      Numbers and addresses
    images       Images
    models       Models
    scenario     Scenarios
    rights       Rights
    exit         Exit codes
    environment  Environment

  `xenpt help COMMAND` lists a command's options.  Exit codes:
    0  Done, and what was asked holds.
    1  It does not: walk, an access that --access names is refused; compare and diff, something
       differs; run, something does not hold; check, an invariant; check and expose, a policy;
       threat, one of the file's own threats; validate, an MMU disagrees.
    2  Could not run: wrong usage, a file that cannot be read, a limit met.
  $ xenpt help > a; xenpt -h > b; cmp a b
  $ xenpt help roots
  xenpt roots: find the roots of page tables, and say what each is for

  Usage: xenpt roots IMAGE [OPTION]...

  Finds every L4 of a Xen in the image, without being told of any: each page is
  looked at, a root is one that leads back to itself where Xen's does, or has
  what an XPTI root has. It says what each is for, how sure that is and by what
  it was recognised; which belong to one domain, named by the frame of the table
  that holds what is the domain's; which are stale, pages that were a root and
  still look like one; and which CPUs run on which. The layout of the release is
  the one that describes the tables best, or that of --layout.

  If there are guests with a second stage, those are found as well: EPT by the
  form of Xen's entries, nested paging and the p2m of shadow paging as trees of a
  guest's pages that nothing leads to and that do not map themselves. Whose one
  is, no table tells, unless one domain alone has any.

  What else the image's CPU notes name, a guest's CR3 for instance, is listed as
  well. With --root or --context, only those are: --root 0xfcaf:npt. With --slots
  each root's table is drawn as a picture, a character a slot, and its slots are
  listed with what is mapped behind them.

  Each root is a context, root:0xMFN, for --context of every command.

  Examples:
    xenpt roots core.elf
        every root of Xen and its guests
    xenpt roots core.elf --context cpu0 --slots
        which slots does a CPU's root have?
    xenpt roots memory.raw --root 0x1aa000 --slots
        a root known from elsewhere
    xenpt roots core.elf --root 0xfcaf:npt
        nested paging's, by its frame

  Options:
    --slots                 Also draw and list the slots of each root's table.
    --layout FILE           A layout in a file of its own: read, checked, and
                            taken as the last NAME. Where an image is looked at:
                            the layout of the Xen in it, a name as `xenpt layout`
                            lists them, a release, or a file if there is a slash
                            in it. Roots are recognised by it, and walk and map
                            name addresses by its areas; without it roots are
                            recognised by the layout that describes the image's
                            tables best, and only symbols are names.
    --set NAME=VALUE        A parameter has this value, and no other. May be
                            repeated.

  What to look at:
    --context NAME          The context to look at: cpu0, cpu1, ... or
                            root:0xMFN; may be repeated. Without it, all.
    --root ADDRESS          A root given by hand: the machine address of its
                            table, or an EPTP; or its frame with a mode behind
                            it, as in 0xfcaf:npt. May be repeated. It is the
                            context root:0xMFN, and the CPUs are left out unless
                            --context names them. compare finds Xen's roots by
                            itself, and takes a second stage, as in 0x1afa5:ept.
    --mode MODE             The paging mode of each --root; 4level without it.
                            One of: 2level pae 4level 5level unpaged ept4 ept5
                            npt2 nptpae npt4 npt5 iommu3 iommu4 vtd3 vtd4.
    --second STAGE:ROOT     Put a second stage under each context: ept: with an
                            EPTP or the address of its L4, npt: with an nCR3.
                            Rights are then those that both stages leave, and a
                            walk shows both. One of: ept: ept5: npt: npt5:
                            nptpae: npt2:.
    --at STEP               A scenario: as it is after this step, by its number
                            or name; 0: before any.
    --symbols FILE          An ELF file with symbols, such as xen-syms or
                            vmlinux: its names can stand for addresses, and are
                            shown beside them.
    --raw                   Take the file as bare memory, even if it looks like
                            an ELF core.
    --raw-base ADDRESS      The machine address of a raw image's first byte; 0
                            without it.

  The processor:
    --cr0 VALUE             CR0, in place of what the image says.
    --cr4 VALUE             CR4, in place of what the image says.
    --efer VALUE            IA32_EFER, which no image says: without it LMA is
                            inferred and NXE taken as set.
    --pat VALUE             IA32_PAT; without it, as the system is known to set
                            it.
    --pkru VALUE            PKRU: rights of user pages by protection key.
    --pkrs VALUE            IA32_PKRS: rights of supervisor pages by protection
                            key.
    --vendor VENDOR         Whose rules hold where the manuals differ. One of:
                            intel amd.
    --maxphyaddr BITS       Width of a physical address, 32 to 52; higher bits of
                            an entry are reserved. 52 without it.
    --without FEATURES      What the processor lacks, with commas between.
                            --no-nx is short for --without nx. One of: nx 1g
                            pse36 smep smap pku pks la57 cet-ss pcid ept-1g
                            ept-2m ept-ad ept-mbec ept-exec-only ept-sss
                            ept-5level ept-advanced-info.
    --with FEATURES         What the processor has beside what is assumed:
                            ept-mbec and ept-advanced-info, all others being
                            there unless taken away. One of: nx 1g pse36 smep
                            smap pku pks la57 cet-ss pcid ept-1g ept-2m ept-ad
                            ept-mbec ept-exec-only ept-sss ept-5level
                            ept-advanced-info.
    --registers FILE        Registers of each CPU that a core does not say, EFER
                            above all: capture writes this file, and where an
                            image is looked at it is read.

  The report:
    --format FORM           Text for people, or JSON for programs: docs/json.md
                            has its schema. One of: text json.
    -o, --output FILE       Write to this file, which appears once it is
                            complete.
    --color WHEN            Colour in text; auto: on a terminal, unless NO_COLOR
                            is set. One of: auto always never.
    -q, --quiet             No warnings and no progress bar.
    -h, --help              Print help and end.
    -V, --version           Print the version and end.
  $ xenpt help walk > a; xenpt walk --help > b; xenpt walk -h > c; cmp a b; cmp a c
  $ xenpt help numbers
  Numbers and addresses

  An address, or the value of a register, is hexadecimal, with or without 0x:
  ffff830000000000 and 0xffff830000000000 are the same, and 4096 is 0x4096.

  With --symbols an address may be a symbol. Either may have an offset behind it,
  always hexadecimal: start_xen+0x10, ffff83000000+8, _etext-1. A word that is a
  hexadecimal number and a symbol as well, such as add, is refused: write 0xadd,
  or add+0.

  Of a model or a scenario, an address of walk, who and render, and a frame of
  who, may be an expression: secret, d1.gfn(5), xen.directmap(secret). In that
  numbers are decimal, or hexadecimal after 0x. A number that is a name of the
  file's as well is refused: write 0xadd, or (add).

  A count or a size is decimal, or hexadecimal after 0x, and may have K, M, G or
  T behind it: 64M is 67108864.

  A range is FIRST..LAST, both included. FIRST.. goes to the end of the address
  space, ..LAST begins at 0, and an address alone is that address.
  $ xenpt help exit
  Exit codes

    0  Done, and what was asked holds.
    1  It does not: walk, an access that --access names is refused; compare and diff, something
       differs; run, something does not hold; check, an invariant; check and expose, a policy;
       threat, one of the file's own threats; validate, an MMU disagrees.
    2  Could not run: wrong usage, a file that cannot be read, a limit met.
  $ xenpt help memory
  memory, a part of a model: A range of a domain's memory, where it is a list: `memory: [{ gfn: 0, mfn: 0x40000, pages: 512 }, { gfn: 0x800, size: 64M }]`.

  Keys:
    gfn                     The first of its frames, as the guest counts (a PV
                            guest's pfn); without it, the one behind the range
                            before. HVM and PVH guests may have holes. (number,
                            such as 0xffff830000000000 or 2M)
    mfn                     The machine's frame that this one is; without it,
                            where the allocator has some. (number, such as
                            0xffff830000000000 or 2M)
    pages                   How many frames of 4 KiB; this, or size. (number,
                            such as 0xffff830000000000 or 2M)
    size                    How many bytes. (number, such as 0xffff830000000000
                            or 2M)
  $ xenpt help models | tail -n 25
  Parts of a model, `xenpt help PART` for the keys of one:
    model                   A model.
    host                    The host.
    mmcfg                   PCI configuration space.
    xen                     Xen.
    image                   The image of Xen.
    domain                  A domain.
    memory                  A range of a domain's memory, where it is a list:
                            `memory: [{ gfn: 0, mfn: 0x40000, pages: 512 }, {
                            gfn: 0x800, size: 64M }]`.
    table                   A table of a guest's, as the file gives it. Nobody
                            asks whether Xen would have taken it.
    entry                   An entry of such a table.
    policy                  Policies that no Xen has.
    threat                  A threat, by its name: who is compromised, and what
                            must stay out of their reach, by all that they may do
                            next, whatever happens. The moves are those of
                            docs/threats.md, and the rules those of the scenario.
    epc                     The enclave page cache (Intel SGX), as CPUID leaf 12H
                            tells it: memory that the processor keeps for
                            enclaves, and that is no RAM to Xen.
    enclave                 An enclave (Intel SGX) of a program's, by its name.
                            No release of Xen has support for it: this is what
                            processors do.
    enclave-page            A page of an enclave.
  $ xenpt help raots
  xenpt help: there is no command or topic 'raots', did you mean 'roots'?
  [2]
  $ xenpt help numbrs
  xenpt help: there is no command or topic 'numbrs', did you mean 'numbers'?
  [2]
  $ xenpt help walk map
  xenpt help: 'map' is too much: only a rule has two words
  [2]
  $ xenpt help --as amn
  xenpt help: --as: 'amn' is none of: text man markdown bash zsh, did you mean 'man'?
  [2]
  $ xenpt help walk --as man
  xenpt help: 'walk' is too much: --as prints all of the help
  [2]

No line is wider than a terminal.

  $ for page in '' walk map roots help numbers images rights exit environment; do xenpt help $page; done | awk 'length > 80'
    1  It does not: walk, an access that --access names is refused; compare and diff, something
       differs; run, something does not hold; check, an invariant; check and expose, a policy;
    1  It does not: walk, an access that --access names is refused; compare and diff, something
       differs; run, something does not hold; check, an invariant; check and expose, a policy;

The manual page, and the completion of two shells, are well-formed.

  $ xenpt help --as man | mandoc -T lint -W error
  $ xenpt help --as man | mandoc -T ascii | col -bx | grep -e '^ *--overview' -e '^ *NO_COLOR' -e 'xenpt roots IMAGE'
         --overview
     xenpt roots IMAGE
           NO_COLOR  If set and not empty, --color auto means never.
  $ xenpt help --as bash | bash -n

# One of Xen's rules.
  $ xenpt help rule l1-writable
  l1-writable, a rule of Xen's for the page tables of PV guests:

  what is mapped with RW is in use as no table and has no descriptors

  Error:     EBUSY
  Source:    arch/x86/mm.c, get_page_from_l1e, 4.17
  $ xenpt help rule l1-writeable; xenpt help walk map; xenpt help rule
  xenpt help: there is no rule 'l1-writeable', did you mean 'l1-writable'?
  xenpt help: 'map' is too much: only a rule has two words
  xenpt help: there is no command or topic 'rule'
  [2]
