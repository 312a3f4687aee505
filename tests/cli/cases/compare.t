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
  vmap                                 3          15           0           0           0
  fixmap                               3           2           0           0           0
  xen-image                          527           0           0           0           0
  stubs                                6           0           0           0           0
  frametable                           2           0           0           0           0
  directmap                         1150           3           0           0           0
  guest-low                            0           0           0           0           5
  per-domain                           5           0           0           0           0
  gdt-ldt                             31           4           0           0           0
  guest-high                           0           0           0           0           2
  all                               1751          24           0           0           7

  98.65% predicted exactly; 45 tables, 44 frames that correspond

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
  allowed  root:0xfc71  L1 of ffff82c000000000 at 0xf9d8000  vmap: any frame
      found     000000000ffdc163  P RW A D G
      expected  000000000ffce163  P RW A D G
      rule      what code asked for, and has not given back

  allowed  root:0xfc71  L1 of ffff82cfffd76000 at 0xffddbb0  fixmap: other flags
      found     00000000fed00173  P RW PCD A D G
      expected  00000000fed00163  P RW A D G
      rule      a page at an address that code knows, for whatever is there

What cannot be compared.

  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml
  xenpt compare: it needs MODEL IMAGE; `xenpt help compare` tells more
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml captures/linux-nokaslr.elf.zst
  xenpt compare: captures/linux-nokaslr.elf.zst: no root of a Xen was found
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.elf.zst captures/deb-pv64-intel-hc-xen.elf.zst
  xenpt compare: captures/deb-pv64-intel-hc-xen.elf.zst is no model
  [2]
  $ xenpt compare captures/deb-pv64-intel-hc-xen.yaml captures/deb-pv64-intel-hc-xen.yaml
  xenpt compare: captures/deb-pv64-intel-hc-xen.yaml is no image
  [2]
