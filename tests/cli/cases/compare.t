A dump, held against a model of its machine.

  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml captures/deb-pv64-intel-hc-xen.elf.zst
  model                     image                     kind
  idle                      root:0xfc6e               idle
  cpu0.xpti                 root:0xfd66               xpti
  cpu1.xpti                 root:0xf9d1               xpti
  d0.v0.xen                 root:0xf113               pv64-kernel
  d0.v0.xen-user            root:0xf114               pv64-user
  d0.v1.xen                 root:0xf127               pv64-kernel
  only in the model: d0.v1.xen-user

  area                             exact     allowed unexplained     missing      opaque
  low-identity                         5           0           0           0           0
  ro-m2p                               7           0           0           0           0
  guest-linear                         4           0           0           0           0
  xen-private                          6           0           0           0           0
  rdwr-m2p                             2           0           0           0           0
  vmap                                 4          14           0           0           0
  fixmap                               3           2           0           0           0
  xen-image                          527           0           0           0           0
  stubs                                6           0           0           0           0
  frametable                           2           0           0           0           0
  directmap                         1150           3           0           0           0
  guest-low                            0           0           0           0           5
  per-domain                           5           0           0           0           0
  gdt-ldt                             33           2           0           0           0
  guest-high                           0           0           0           0           2
  all                               1754          21           0           0           7

  98.82% predicted exactly; 45 tables, 47 frames that correspond

A model of another machine: what is missing, and what nothing explains; exit code 1.

  $ sed 's/4.17.7/4.18.6/' captures/deb-pv64-intel-hc-xen.yaml > other.yaml
  $ xenpt compare other.yaml captures/deb-pv64-intel-hc-xen.elf.zst | sed -n '/^unexplained/,$p' | head -n 12
  unexplained  root:0xfc6e  L2 of ffff83000fa00000 at 0xfc663e8  directmap: a page with other flags than those of the smaller ones that are expected
      found     800000000fa001e3  P RW A D PS G NX
      expected  000000000ffc3063  P RW A D
      rule      Xen's own text and constants, which the directmap does not let be
                written

What a rule allows, one by one.

  $ xenpt compare captures/v5-pv64-amd-guest.yaml captures/v5-pv64-amd-guest.elf.zst --allowed | sed -n '/^allowed/,$p' | head -n 10
  allowed  root:0xfc71  L1 of ffff82cfffd76000 at 0xffddbb0  fixmap: other flags
      found     00000000fed00173  P RW PCD A D G
      expected  00000000fed00163  P RW A D G
      rule      a page at an address that code knows, for whatever is there

  allowed  root:0xfc71  L1 of ffff82cfffd77000 at 0xffddbb8  fixmap: of a kind that may be there
      found     000000000ffe1163  P RW A D G
      expected  000000000ffe1163  P RW A D G
      rule      a page at an address that code knows, for whatever is there

What cannot be compared.

  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml
  xenpt compare: it needs a MODEL and an IMAGE; --derive makes the model from the image
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml captures/linux-nokaslr.elf.zst
  xenpt compare: captures/linux-nokaslr.elf.zst: no root of a Xen was found
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.elf.zst captures/deb-pv64-intel-hc-xen.elf.zst
  xenpt compare: captures/deb-pv64-intel-hc-xen.elf.zst is no model: compare takes a MODEL and an IMAGE, and diff takes two images
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml captures/deb-pv64-intel-hc-xen.yaml
  xenpt compare: captures/deb-pv64-intel-hc-xen.yaml is no image
  [2]

Of an image that is cut short, several layouts may be equally good: the model's own is taken, and that is said.

  $ zstd -qdc captures/deb-pv64-intel-hc-xen.elf.zst > core
  $ head -c 20000 core > cut
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml cut 2>&1 >as-it-is | grep fits
  xenpt: warning: cut: it fits several layouts equally: xen-4.10, xen-4.11, xen-4.14, xen-4.15, xen-4.17, xen-4.18, xen-4.19, xen-4.20, xen-4.21; xen-4.17 is taken, --layout takes another
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml cut --layout 4.17 2>&1 >stated | grep fits
  [1]
  $ cmp as-it-is stated
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml cut --quiet 2>&1 | grep fits
  [1]

A model that is made from the dump itself, with what was inferred and from what.

  $ xenpt compare --derive captures/rel-xl2-intel-xen.elf.zst
  inferred
    layout      xen-4.17
                  the roots were recognised by it: it describes the tables best,
                  or was stated
    RAM         0x0..0x9ffff, 0x100000..0x1dfdffff
                  what directmap maps, less what a PC has below 1 MiB
    image       at 0x1d800000, text to 0x380000, constants to 0x3db000, data
                0x486000 to 0x5d3000
                  where xen-image leads, and with which rights
    CPUs        2, 2 with their stacks
                  2 stubs, 2 XPTI roots, 2 notes; stacks that XPTI roots map
    processor   skylake-server
                  there are XPTI roots: one that Meltdown concerns
    build       with 32-bit PV
                  areas that only such a build has
    domain      0x1dc84: 64-bit PV, 2 vCPUs, with an LDT
                  its roots, such as root:0x19d13, and what its area holds
    domain      0x1dd8c: 64-bit PV, 1 vCPU
                  its roots, such as root:0x12a10, and what its area holds
    domain      0x19f97: 32-bit PV, 2 vCPUs, with an LDT
                  its roots, such as root:0x1dbfa, and what its area holds

  model                     image                     kind
  idle                      root:0x1dc99              idle
  cpu0.xpti                 root:0x187ad              xpti
  cpu1.xpti                 root:0x1de0b              xpti
  0x1dc84.v0.xen            root:0x19d13              pv64-kernel
  0x1dc84.v0.xen-user       root:0x19d14              pv64-user
  0x1dc84.v1.xen            root:0x19d21              pv64-kernel
  0x1dd8c.v0.xen            root:0x12a10              pv64-kernel
  0x1dd8c.v0.xen-user       root:0x14c57              pv64-user
  0x19f97.v0.kernel         root:0x1dbfa              pv32
  0x19f97.v1.kernel         root:0x1dbfd              pv32
  0x1dd8c.v0.xen            root:0x14c5c              pv64-kernel
  0x1dd8c.v0.xen            root:0x1649e              pv64-kernel
  0x1dd8c.v0.xen            root:0x1653e              pv64-kernel
  0x1dd8c.v0.xen            root:0x16540              pv64-kernel
  0x1dd8c.v0.xen            root:0x165a2              pv64-kernel
  0x1dd8c.v0.xen            root:0x165a8              pv64-kernel
  0x1dd8c.v0.xen-user       root:0x165ef              pv64-user
  0x1dd8c.v0.xen-user       root:0x1672d              pv64-user
  0x1dd8c.v0.xen-user       root:0x16748              pv64-user
  0x1dd8c.v0.xen-user       root:0x16a0d              pv64-user
  0x1dd8c.v0.xen-user       root:0x16a44              pv64-user
  only in the model: 0x1dc84.v1.xen-user

  area                             exact     allowed unexplained     missing      opaque
  low-identity                         4           1           0           0           0
  ro-m2p                              13           1           0           0           0
  guest-linear                        19           0           0           0           0
  xen-private                         21           0           0           0           0
  rdwr-m2p                             2           0           0           0           0
  vmap                                 4          18           0           0           0
  fixmap                               3           2           0           0           0
  compat-m2p                           2           0           0           0           0
  xen-image                          564           0           0           0           0
  stubs                                6           0           0           0           0
  frametable                         451           0           0           0           0
  directmap                         1790           3           0           0           0
  guest-low                            0           0           0           0          34
  per-domain                          20           0           0           0           0
  gdt-ldt                             82           1           0           0           0
  guest-high                           0           0           0           0         559
  argument-translation                 6           0           0           0           0
  guest-pae                            2           0           0           0           4
  per-domain-mirror                    2           0           0           0           0
  all                               2991          26           0           0         597

  99.14% predicted exactly; 73 tables, 517 frames that correspond
  $ xenpt compare --derive captures/v12-pv32-amd-guest.elf.zst --layout 4.14 | sed -n '/^unexplained/,$p' | head -n 5
  xenpt compare: nothing is mapped where Xen's image should be
  $ xenpt compare --derive captures/linux-nokaslr.elf.zst
  xenpt compare: captures/linux-nokaslr.elf.zst: no root of a Xen was found
  [2]
  $ xenpt compare --derive captures/deb-pv64-intel-hc-xen.yaml
  xenpt compare: captures/deb-pv64-intel-hc-xen.yaml is no image
  [2]
  $ xenpt compare --derive captures/deb-pv64-intel-hc-xen.yaml captures/deb-pv64-intel-hc-xen.elf.zst
  xenpt compare: --derive makes the model from the image: it takes an IMAGE alone
  [2]
  $ xenpt compare captures/rel-hap64-amd-guest.yaml captures/rel-hap64-amd-guest.elf.zst | grep -E 'npt|p2m'
  d1.p2m                    root:0x1dc80              npt
  p2m                                542           0           0           0           0
  $ xenpt compare captures/rel-hap64-amd-guest.yaml captures/rel-hap64-amd-guest.elf.zst --root 0x1dc81:npt | grep -E 'npt|p2m|only'
  d1.p2m                    root:0x1dc80              npt
  only in the image: root:0x1dc81
  p2m                                542           0           0           0           0
  $ xenpt compare --derive captures/bochs-lin-hap64-guest.elf.zst --root 0x1afa5:ept | grep -E 'ept|p2m|memory'
    memory      0x1afa6: 16384 KiB
  0x1afa6.p2m               root:0x1afa5              ept
  p2m                                543           0           0           0           0
  $ xenpt compare captures/rel-hap64-amd-guest.yaml captures/rel-hap64-amd-guest.elf.zst --root 0x1dc80:4level
  xenpt compare: --root 0x1dc80:4level: roots of a Xen are found; what can be given is a second stage, as in 0x1afa5:ept
  [2]
