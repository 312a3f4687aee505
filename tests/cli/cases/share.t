What the roots of a Xen share, of itself and of a guest under XPTI.

  $ xenpt share captures/deb-pv64-intel-hc-xen.elf.zst
       #  context          kind            domain    root
       1  root:0xfc6e      idle            -         0xfc6e000
       2  root:0xf9d1      xpti            -         0xf9d1000
       3  root:0xfd66      xpti            -         0xfd66000
       4  root:0xf113      pv64-kernel     0xfdbb    0xf113000
       5  root:0xf127      pv64-kernel     0xfdbb    0xf127000
       6  root:0xf114      pv64-user       0xfdbb    0xf114000

     slot  from              leads to        contexts
        0  0000000000000000  L3 0xf12a       2-6
                             L3 0xfc75       1
      256  ffff800000000000  L3 0xfc72       1-5
                             -               6
      258  ffff810000000000  itself          1 4-6
                             -               2 3
      260  ffff820000000000  L3 0xfdbb       2-6
                             -               1
      261  ffff828000000000  L3 0xfc6d       1 4-6
                             L3 0xf9d0       2 3
                                             (1 and 2: no table the same, 7 pages)
      262  ffff830000000000  L3 0xfc6c       1 4-6
                             L3 0xffc5       2
                             L3 0xfd65       3
                                             (1 and 2: no table the same, 10 pages)
                                             (1 and 3: no table the same, 8 pages)
      272  ffff880000000000  L3 0xf127       3 5
                             -               1 2 4 6

A domain of each kind: 64-bit and 32-bit guests, roots of dom0's processes.

  $ xenpt share captures/rel-xl2-intel-xen.elf.zst | tail -n +24
     slot  from              leads to        contexts
        0  0000000000000000  L3 0x19d22      3 6-8
                             L3 0x165f0      2 12 17
                             L3 0x1911b      4 5
                             L3 0x1dd99      1
                             -               9-11 13-16 18-21
        4  0000020000000000  L3 0x19f97      4 5
                             -               1-3 6-21
      170  0000550000000000  L3 0x16a0e      11 20
                             L3 0x16749      14 19
                             L3 0x1672e      15 18
                             -               1-10 12 13 16 17 21
      171  0000558000000000  L3 0x16a45      13 21
                             -               1-12 14-20
      198  0000630000000000  L3 0x14c5e      10 16
                             -               1-9 11-15 17-21
      254  00007f0000000000  L3 0x16a13      11 20
                             L3 0x1674e      14 19
                             L3 0x16731      15 18
                             -               1-10 12 13 16 17 21
      255  00007f8000000000  L3 0x16a35      2 12 17
                             L3 0x16a21      11 20
                             L3 0x16a4b      13 21
                             L3 0x16756      14 19
                             L3 0x16739      15 18
                             -               1 3-10 16
      256  ffff800000000000  L3 0x187cc      1-3 6 7 9-15
                             -               4 5 8 16-21
      258  ffff810000000000  itself          1 4-21
                             -               2 3
      260  ffff820000000000  L3 0x1dd8c      2 9-21
                             L3 0x19f97      3-5
                             L3 0x1dc84      6-8
                             -               1
                                             (2 and 3: no table the same, 13 pages, 2 differ)
                                             (2 and 6: no table the same, 13 pages, 2 differ)
                                             (3 and 6: no table the same, 26 pages, 5 differ)
      261  ffff828000000000  L3 0x1dc98      1 4-21
                             L3 0x1de0a      2 3
                                             (1 and 2: no table the same, 7 pages)
      262  ffff830000000000  L3 0x1dc97      1 4-21
                             L3 0x187ac      2
                             L3 0x1de07      3
                                             (1 and 2: no table the same, 8 pages)
                                             (1 and 3: no table the same, 10 pages)
      272  ffff880000000000  itself          7
                             -               1-6 8-21
      273  ffff888000000000  L3 0x12a12      2 9-15
                             -               1 3-8 16-21
  402-465  ffffc90000000000  L3              2 9-15
                             -               1 3-8 16-21
      468  ffffea0000000000  L3 0x186b2      2 9-15
                             -               1 3-8 16-21
      508  fffffe0000000000  L3 0x100fd      2 9-15
                             -               1 3-8 16-21
      510  ffffff0000000000  L3 0x13314      2 9-15
                             -               1 3-8 16-21
      511  ffffff8000000000  L3 0x12a15      2 9-15
                             L3 0x13312      16-21
                             -               1 3-8

Contexts that are asked for; and of a machine without Xen, its CPUs.

  $ xenpt share captures/deb-pv64-intel-hc-xen.elf.zst --context cpu0 --context cpu1
       #  context          kind            domain    root
       1  cpu0             -               -         0xf127000
       2  cpu1             -               -         0xf9d1000

     slot  from              leads to        contexts
        0  0000000000000000  L3 0xf12a       1 2
      256  ffff800000000000  L3 0xfc72       1 2
      258  ffff810000000000  itself          1
                             -               2
      260  ffff820000000000  L3 0xfdbb       1 2
      261  ffff828000000000  L3 0xfc6d       1
                             L3 0xf9d0       2
                                             (1 and 2: no table the same, 7 pages)
      262  ffff830000000000  L3 0xfc6c       1
                             L3 0xffc5       2
                                             (1 and 2: no table the same, 10 pages)
      272  ffff880000000000  itself          1
                             -               2
  $ xenpt share captures/linux-nokaslr.elf.zst | head -n 8
       #  context          kind            domain    root
       1  cpu0             -               -         0x5dd2000

     slot  from              leads to        contexts
        0  0000000000000000  L3 0x5f3b       1
      255  00007f8000000000  L3 0x65e7       1
      273  ffff888000000000  L3 0x4401       1
  402-465  ffffc90000000000  L3              1

In the eyes of a program.

  $ xenpt share captures/deb-pv64-amd-idle1-guest.elf.zst --format json
  {"schema":"xenpt.share/1","contexts":[
    {"name":"root:0xfc6e","root":"0xfc6e000","format":"4-level","kind":"idle","domain":null},
    {"name":"root:0xf127","root":"0xf127000","format":"4-level","kind":"pv64-kernel","domain":"0xfdb4"}],"slots":[
    {"slot":0,"first":"0x0","last":"0x7fffffffff","area":null,"groups":[{"entry":"0xfc75063","leads_to":"table","maddr":"0xfc75000","same_as_slot":null,"contexts":["root:0xfc6e"]},{"entry":"0xf12a067","leads_to":"table","maddr":"0xf12a000","same_as_slot":null,"contexts":["root:0xf127"]}],"absent":[],"meet":[]},
    {"slot":256,"first":"0xffff800000000000","last":"0xffff807fffffffff","area":null,"groups":[{"entry":"0x800000000fc72025","leads_to":"table","maddr":"0xfc72000","same_as_slot":null,"contexts":["root:0xfc6e","root:0xf127"]}],"absent":[],"meet":[]},
    {"slot":258,"first":"0xffff810000000000","last":"0xffff817fffffffff","area":null,"groups":[{"entry":"0x800000000fc6e063","leads_to":"itself","maddr":"0xfc6e000","same_as_slot":null,"contexts":["root:0xfc6e"]},{"entry":"0x800000000f127063","leads_to":"itself","maddr":"0xf127000","same_as_slot":null,"contexts":["root:0xf127"]}],"absent":[],"meet":[]},
    {"slot":260,"first":"0xffff820000000000","last":"0xffff827fffffffff","area":null,"groups":[{"entry":"0x800000000fdb4063","leads_to":"table","maddr":"0xfdb4000","same_as_slot":null,"contexts":["root:0xf127"]}],"absent":["root:0xfc6e"],"meet":[]},
    {"slot":261,"first":"0xffff828000000000","last":"0xffff82ffffffffff","area":null,"groups":[{"entry":"0xfc6d063","leads_to":"table","maddr":"0xfc6d000","same_as_slot":null,"contexts":["root:0xfc6e","root:0xf127"]}],"absent":[],"meet":[]},
    {"slot":262,"first":"0xffff830000000000","last":"0xffff837fffffffff","area":null,"groups":[{"entry":"0x800000000fc6c063","leads_to":"table","maddr":"0xfc6c000","same_as_slot":null,"contexts":["root:0xfc6e","root:0xf127"]}],"absent":[],"meet":[]}]}

What cannot be compared, and what is not there.

  $ xenpt share captures/deb-pv64-intel-hc-xen.elf.zst --root 0xf127:4level --root 0xf9d1:ept
  xenpt share: root:0xf127 is 4-level, and root:0xf9d1 is EPT: no table can be both's
  [2]
  $ raw-tables empty 4
  $ xenpt share empty
  xenpt share: empty (raw) tells of no CPU: give a root by --root ADDRESS and --mode
  [2]
  $ xenpt share empty --root 0x100:4level
       #  context          kind            domain    root
       1  root:0x100       -               -         0x100000

     slot  from              leads to        contexts
  $ xenpt share captures/deb-pv64-intel-hc-xen.elf.zst --layout 4.99
  xenpt share: there is no layout of Xen 4.99
  [2]
  $ xenpt share
  xenpt share: it needs IMAGE; `xenpt help share` tells more
  [2]
