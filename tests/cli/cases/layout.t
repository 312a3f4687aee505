Layouts: a list, one of them, and what moved between two.

  $ xenpt layout | grep -v '^  '
  name           releases        variants
  xen-4.2        4.2             -
  xen-4.3        4.3             -
  xen-4.4        4.4 to 4.5      -
  xen-4.6        4.6             bigmem
  xen-4.7        4.7             bigmem
  xen-4.8        4.8             bigmem
  xen-4.9        4.9             bigmem
  xen-4.10       4.10            bigmem
  xen-4.11       4.11 to 4.13    bigmem
  xen-4.14       4.14            bigmem
  xen-4.15       4.15 to 4.16    bigmem
  xen-4.17       4.17            bigmem
  xen-4.18       4.18            bigmem
  xen-4.19       4.19            bigmem
  xen-4.20       4.20            bigmem
  xen-4.21       4.21 to 4.22    bigmem
  linux-4-level  4.20 and later  -
  linux-5-level  4.20 and later  -
  $ xenpt layout 4.17
  xen-4.17: xen 4.17
              Nothing is mapped below Xen's image; entry code is at its start;
              the bitmap of livepatch follows it at once; the fixmap has 16 pages
              more.
  source      arch/x86/include/asm/config.h, 4.17.0
  observed    4.17.5, 4.17.7
  variant     bigmem: built with bigmem=y: for hosts of more than 16 TiB

  first            last                 size  slots    area                          fill        in the roots of
  0000000000000000-00007fffffffffff     128T  0-255    guest-low                     guest       pv64 xpti
                                        shared by guest
  0000000000000000-0000007fffffffff     512G  0        low-identity                  fixed       idle
                                        L4 P RW A D, L3 P RW A D, L2 P RW A D, leaf P A, pages 4K, shared by machine, 2 pages
  0000000000000000-00000000ffffffff       4G  0        guest-pae                     guest       pv32
                                        L4 P RW US A, shared by guest
  00000000f5800000-00000000ffdfffff     166M  0          compat-m2p-window           m2p         pv32
                                        leaf P, pages 2M, when pv32-build, shared by machine, 4 bytes a frame
  00000000ffe00000-00000000ffffffff       2M  0          compat-tail                 none        pv32
  0000020000000000-0000027fffffffff     512G  4        per-domain-mirror             mirror      hvm pv32
                                        L4 P RW A D NX, shared by domain
  ffff800000000000-ffff803fffffffff     256G  256      ro-m2p                        m2p         idle pv64-kernel pv64-shadow xpti
                                        L4 P US A NX, L3 P US A NX, leaf P US, pages 2M 1G, shared by machine, 8 bytes a frame
  ffff804000000000-ffff807fffffffff     256G  256      guest-reserved                none        xen
  ffff808000000000-ffff80ffffffffff     512G  257      pci-mmcfg                     mmcfg       xen
                                        L4 P RW A D, L3 P RW A D, L2 P RW A D, leaf P RW PWT PCD A D G NX, pages 4K 2M, when mmcfg, shared by machine
  ffff810000000000-ffff817fffffffff     512G  258      guest-linear                  self        xen
                                        L4 P RW A D NX, shared by root
  ffff818000000000-ffff81ffffffffff     512G  259      shadow-linear                 shadow      pv64-shadow xpti shadow
                                        L4 P RW A D NX, shared by root
  ffff820000000000-ffff827fffffffff     512G  260      per-domain                    domain      guests xpti
                                        L4 P RW A D NX, L3 P RW A D NX, L2 P RW A D NX, shared by domain
                                        but in xpti, when ran-pv
  ffff820000000000-ffff82003fffffff       1G  260        gdt-ldt                     fixed       pv xpti
                                        leaf P RW A D NX, pages 4K, shared by domain, 0x20000 bytes a vcpu
  ffff820040000000-ffff82005fffffff     512M  260        mapcache                    fixed       pv xpti
                                        leaf P RW A D NX, pages 4K, when debug high-ram, shared by domain, 0x10000 bytes a vcpu
  ffff820060001000-ffff820060004fff      16K  260        mapcache-in-use             fixed       pv xpti
                                        L2 P RW A D AVL9 NX, leaf P RW A D AVL9 NX, pages 4K, when debug high-ram, shared by domain
  ffff820060006000-ffff820060009fff      16K  260        mapcache-garbage            fixed       pv xpti
                                        L2 P RW A D AVL9 NX, leaf P RW A D AVL9 NX, pages 4K, when debug high-ram, shared by domain
  ffff820080000000-ffff8200bfffffff       1G  260        argument-translation        fixed       hvm pv32 xpti
                                        L2 P RW A D AVL9 NX, leaf P RW A D AVL9 NX, pages 4K, shared by domain, 0x4000 bytes a vcpu
  ffff828000000000-ffff82ffffffffff     512G  261      xen-private                   inside      xen xpti
                                        L4 P RW A D, L3 P RW A D, L2 P RW A D, shared by machine
                                        but in xpti, shared by xpti
  ffff828000000000-ffff82bfffffffff     256G  261        rdwr-m2p                    m2p         xen
                                        L3 P RW A D, leaf P RW A D G NX, pages 2M 1G, shared by machine, 8 bytes a frame
  ffff82c000000000-ffff82cfffffffff      64G  261        vmap                        demand      xen
                                        L3 P RW A D, L2 P RW A D, leaf P RW A D G NX, pages 4K 2M, shared by machine
  ffff82cfffe00000-ffff82cfffffffff       2M  261          fixmap                    fixed       xen
                                        leaf P RW A D G NX, pages 4K, shared by machine
  ffff82d000000000-ffff82d03fffffff       1G  261        compat-m2p                  m2p         xen
                                        L3 P RW A D, leaf P RW A D G NX, pages 2M, when pv32-build, shared by machine, 4 bytes a frame
  ffff82d040000000-ffff82d07fffffff       1G  261        xen-image                   image       xen xpti
                                        L3 P RW A D, L2 P RW A D, leaf P RW A D G NX, pages 4K 2M, shared by machine
  ffff82d07f000000-ffff82d07fffefff   16380K  261          stubs                     fixed       xen xpti
                                        leaf P A G AVL9, pages 4K, shared by machine, 0x1000 bytes a cpu, downwards
  ffff82d07ffff000-ffff82d07fffffff       4K  261          executable-fixmap         fixed       xen
                                        shared by machine
  ffff82d080000000-ffff82dfffffffff      62G  261        reserved                    none        xen
  ffff82e000000000-ffff82ffffffffff     128G  261        frametable                  frametable  xen
                                        L3 P RW A D, L2 P RW A D, leaf P RW A D G NX, pages 2M 1G, shared by machine, 32 bytes a frame
  ffff830000000000-ffffff7fffffffff  127488G  262-510  directmap                     ram         xen xpti
                                        L4 P RW A D NX, L3 P RW A D, L2 P RW A D, leaf P RW A D G NX, pages 4K 2M 1G, shared by machine
                                        but in pv64-kernel, last ffff87ffffffffff
                                        but in pv64-user, last ffff87ffffffffff
                                        but in pv64-shadow, last ffff87ffffffffff
                                        but in pv32, last ffff87ffffffffff
                                        but in xpti, last ffff87ffffffffff, root P RW A D, shared by cpu
  ffff880000000000-ffffffffffffffff     120T  272-511  guest-high                    guest       pv64 xpti
                                        shared by guest

    gdt-ldt.gdt                   +0x0..0xdfff, leaf P RW A D NX, pages 4K
        frames of the GDT that the guest has set
    gdt-ldt.gdt-xen               +0xe000..0xefff, leaf P RW A D NX, pages 4K
        Xen's descriptors; selectors from 0xe000 on
    gdt-ldt.gdt-end               +0xf000..0xffff, not mapped, pages 4K
        no selector reaches it
    gdt-ldt.ldt                   +0x10000..0x1ffff, leaf P RW US A D AVL=1, pages 4K, in pv64 xpti
        pages of the LDT, mapped when they are used
    gdt-ldt.ldt-pv32              +0x10000..0x1ffff, leaf P RW A D, pages 4K, in pv32
        the same of a 32-bit PV vCPU
    gdt-ldt.gdt-unused            leaf P A NX, pages 4K
        pages of the GDT that the guest has not set: one page of zeros
    argument-translation.buffer   +0x0..0x1fff, leaf P RW A D AVL9 NX, pages 4K
        two pages of arguments
    argument-translation.guard    +0x2000..0x3fff, not mapped, pages 4K
        nothing, so that what runs over is noticed
    vmap.device                   leaf P RW PCD A D G NX, pages 4K 2M
        what ioremap() maps
    fixmap.device                 leaf P RW PCD A D G NX, pages 4K
        registers of other devices
    fixmap.io-apic                +0x1ea000..0x1eafff, leaf P RW PCD A D G NX, pages 4K
        the first I/O APIC
    fixmap.local-apic             +0x1eb000..0x1ebfff, leaf P RW PCD A D G NX, pages 4K
        the local APIC
    xen-image.text                leaf P A G, pages 4K 2M
        code
    xen-image.rodata              leaf P A G NX, pages 4K 2M
        constants
    xen-image.init                not mapped, pages 4K 2M
        what is needed at boot alone; given back
    xen-image.data                leaf P RW A D G NX, pages 4K 2M
        .data and .bss
    directmap.low                 +0x0..0x9ffff, leaf P RW A D G AVL9, pages 4K
        the first MiB but for what follows
    directmap.vga                 +0xa0000..0xbffff, leaf P RW PCD A D G AVL9, pages 4K
        memory of graphics, which is not cached
    directmap.rom                 +0xc0000..0xfffff, leaf P RW A D G AVL9, pages 4K
        firmware
    directmap.second              +0x100000..0x1fffff, leaf P RW A D G AVL9, pages 4K
        the second MiB
    directmap.high                +0x50000000000..0x7c7fffffffff, leaf P RW A D NX, pages 4K 2M 1G, in hvm idle
        what no PV root reaches; not global
    directmap.stack               leaf P RW A D NX, pages 4K, in xpti
        the CPU's stack, all of it
    directmap.descriptors         leaf P RW A D NX, pages 4K, in xpti
        the IDT and the TSS of a CPU but the boot CPU, whose are in the image
    image.start 0x200000
    image.align 0x200000
    image.below 0x100000000
    image.sections yes
    image.hole 0x100000
    image.livepatch end
    stack.pages 8
    stack.guards 0 5
    stack.guard-leaf P A D G NX
    xpti.since 4.11
    xpti.text-pages 3
    xpti.text-offset 0x1000
    xpti.table P RW A D
    xpti.guards yes
    xpti.drops G
  $ xenpt layout 4.16 | head -1
  xen-4.15: xen 4.15 to 4.16
  $ xenpt layout 4.17:bigmem | grep -E '^[0-9a-f]{16}-.*(frametable|directmap|reserved)'
  ffff804000000000-ffff807fffffffff     256G  256      guest-reserved                none        xen
  ffff82d080000000-ffff82ffffffffff     190G  261        reserved                    none        xen
  ffff830000000000-ffff847fffffffff    1536G  262-264  frametable                    frametable  xen
  ffff848000000000-ffffff7fffffffff     123T  265-510  directmap                     ram         xen xpti
  $ xenpt layout linux-5-level | grep -E '^[0-9a-f]{16}-'
  0000000000000000-00ffffffffffffff      64P  0-255    user                          guest       linux
  ff00000000000000-ff0fffffffffffff       4P  256-271  hypervisor-hole               none        linux
  ff10000000000000-ff10ffffffffffff     256T  272      ldt-remap                     fixed       linux
  ff11000000000000-ff90ffffffffffff      32P  273-400  direct-map                    ram         linux-kernel
  ffa0000000000000-ffd1ffffffffffff   12800T  416-465  vmalloc                       demand      linux-kernel
  ffd4000000000000-ffd5ffffffffffff     512T  468-469  vmemmap                       frametable  linux-kernel
  ffdf000000000000-fffffbffffffffff    8444T  479-511  kasan-shadow                  demand      linux-kernel
  fffffe0000000000-fffffe7fffffffff     512G  511      cpu-entry-area                fixed       linux
  ffffff0000000000-ffffff7fffffffff     512G  511      esp-fixup                     fixed       linux
  ffffffef00000000-fffffffeffffffff      64G  511      efi                           demand      linux-kernel
  ffffffff80000000-ffffffff9fffffff     512M  511      kernel-image                  image       linux
  ffffffffa0000000-fffffffffeffffff    1520M  511      modules                       demand      linux-kernel
  ffffffffff000000-ffffffffff5fffff       6M  511      fixmap                        fixed       linux-kernel
  ffffffffff600000-ffffffffff600fff       4K  511      vsyscall                      fixed       linux

What moved

  $ xenpt layout --diff 4.13 4.14
  low-identity: leaf is P A, it was P RW A D
  compat-m2p-window: when is pv32-build, it was nothing
  compat-m2p: when is pv32-build, it was nothing
  xen-image: moved down by 1G, from ffff82d080000000-ffff82d0bfffffff to ffff82d040000000-ffff82d07fffffff
  xen-image.rodata: leaf is P A G NX, it was P A D G NX
  stubs: shrank from 16M to 16380K, from ffff82d0bf000000-ffff82d0bfffffff to ffff82d07f000000-ffff82d07fffefff
  executable-fixmap: new, ffff82d07ffff000-ffff82d07fffffff: fixmaps that are code, from the end down, the first of them reserved; each more moves the stubs down by a page
  reserved: grew from 61G to 62G, from ffff82d0c0000000-ffff82dfffffffff to ffff82d080000000-ffff82dfffffffff
  directmap.identity: gone
  hiro-compat-m2p: gone, it was ffff82d040000000-ffff82d07fffffff
  stack: guards is 0 5, it was 4 5
  stack: guard-leaf is P A D G NX, it was nothing
  stack: boot-in-image is no, it was yes
  xpti: text-pages is 3, it was 2
  xpti: guards is yes, it was no
  $ xenpt layout 4.14 4.15
  per-domain-mirror: new, 0000020000000000-0000027fffffffff: the per-domain area, where speculation of guests' accesses is bounded to the lower half
  image: hole is 0x100000, it was 0x0
  $ xenpt layout 4.11 4.13
  nothing differs
  $ xenpt layout 4.2 4.3 | grep directmap
  mapcache: new, ffff820040000000-ffff82005fffffff: windows for frames that the directmap of a PV root does not reach, 16 pages a vCPU
  directmap: grew from 5T to 127488G, from ffff830000000000-ffff87ffffffffff to ffff830000000000-ffffff7fffffffff
  directmap: L4 is P RW A D, it was P RW US A
  directmap.high: new
  $ xenpt layout 4.17 4.17:bigmem
  reserved: grew from 62G to 190G, from ffff82d080000000-ffff82dfffffffff to ffff82d080000000-ffff82ffffffffff
  frametable: grew from 128G to 1536G, from ffff82e000000000-ffff82ffffffffff to ffff830000000000-ffff847fffffffff
  frametable: inside is nothing, it was xen-private
  frametable: L4 is P RW A D, it was nothing
  frametable: entry-size is 48, it was 32
  directmap: shrank from 127488G to 123T, from ffff830000000000-ffffff7fffffffff to ffff848000000000-ffffff7fffffffff
  directmap.high: first is 0x38000000000, it was 0x50000000000
  directmap.high: last is 0x7affffffffff, it was 0x7c7fffffffff
  $ xenpt layout 4.19 4.20 --format json
  {"schema":"xenpt.layout-diff/1","changes":[
    {"what":"changed","area":"gdt-ldt","part":"ldt","in":null,"of":null,"key":"leaf","before":"P RW US A D AVL=1","after":"P RW A D NX","old":{"first":"0xffff820000000000","last":"0xffff82003fffffff"},"new":{"first":"0xffff820000000000","last":"0xffff82003fffffff"}},
    {"what":"changed","area":"gdt-ldt","part":"ldt-pv32","in":null,"of":null,"key":"leaf","before":"P RW A D","after":"P RW A D NX","old":{"first":"0xffff820000000000","last":"0xffff82003fffffff"},"new":{"first":"0xffff820000000000","last":"0xffff82003fffffff"}}]}

A layout of one's own says what differs

  $ printf 'name: mine\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17 }\ntext: vmap has 32 GiB\nsource: mine\nareas:\n  vmap: { last: 0xffff82c7ffffffff }\n  fixmap: { first: 0xffff82c7ffe00000, last: 0xffff82c7ffffffff }\n' >mine.yaml
  $ xenpt layout 4.17 --layout mine.yaml
  vmap: shrank from 64G to 32G, from ffff82c000000000-ffff82cfffffffff to ffff82c000000000-ffff82c7ffffffff
  fixmap: moved down by 32G, from ffff82cfffe00000-ffff82cfffffffff to ffff82c7ffe00000-ffff82c7ffffffff
  $ xenpt layout ./mine.yaml:bigmem --layout mine.yaml | grep frametable
  frametable: shrank from 1536G to 128G, from ffff830000000000-ffff847fffffffff to ffff82e000000000-ffff82ffffffffff
  frametable: inside is xen-private, it was nothing
  frametable: L4 is nothing, it was P RW A D
  frametable: entry-size is 32, it was 48
  $ xenpt layout --layout mine.yaml | head -1
  mine: xen 4.17 and later

All of its mistakes

  $ printf 'name: mine\nfrom: xen-4.17\nsystem: xen\nreleases: { first: 4.17 }\ntext: a try\nareas:\n  vmap: { last: 0xffff82cffffffff, leef: P }\n  new: { first: 1G, last: 2G, in: xen, fill: ram, use: none, in: pv65 }\n' >wrong.yaml
  $ xenpt layout --layout wrong.yaml
  xenpt layout: wrong.yaml:8:62: the key 'in' is there already, in line 8
  xenpt layout: wrong.yaml:7:36: area: 'leef' is no key; did you mean 'leaf'?
  xenpt layout: wrong.yaml:8:66: in: 'pv65' is none of: idle pv64-kernel pv64-user pv64-shadow pv32 xpti hap shadow linux-kernel linux-user pv64 pv hvm guests xen linux, did you mean 'pv64'?
  xenpt layout: wrong.yaml:1:1: layout: the key 'source' is missing
  [2]
  $ xenpt layout --layout none.yaml
  xenpt layout: none.yaml: cannot read it: No such file or directory
  [2]
  $ xenpt layout --layout .
  xenpt layout: .: cannot read it: Is a directory
  [2]
  $ xenpt layout 4.71
  xenpt layout: there is no layout of Xen 4.71
  [2]
  $ xenpt layout 4.17:bigmen
  xenpt layout: xen-4.17.yaml:1:1: there is no variant 'bigmen' of it, did you mean 'bigmem'?
  [2]
  $ xenpt layout xen-4.71
  xenpt layout: there is no layout 'xen-4.71', did you mean 'xen-4.7'?
  [2]
  $ xenpt layout --diff 4.17
  xenpt layout: --diff: two layouts can be compared, and 1 is given
  [2]
  $ xenpt layout 4.13 4.14 --layout mine.yaml
  xenpt layout: no more than two layouts can be compared, and 3 are given
  [2]
  $ xenpt layout 1 2 3
  xenpt layout: '3' is too much: it takes [NAME [NAME]]
  [2]
  $ xenpt layout 4.17 -o out.txt && head -1 out.txt
  xen-4.17: xen 4.17
