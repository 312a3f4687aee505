A step of a scenario, by its number and by its name: what it mapped, and what it took away.

  $ printf 'host: { ram: 1G, cpus: 2 }\nxen: { release: "4.17", options: [xpti=off] }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 64M }\n  d2: { type: pvh, memory: 64M }\nsteps:\n  - { grant-offer: d1, ref: 8, to: d2, frame: d1.gfn(8000), read-only: yes }\n  - { name: lent, grant-map: d2.v0, of: d1, ref: 8, gfn: 0x500, read-only: yes }\n  - { name: back, grant-unmap: d2.v0, handle: 0, gfn: 0x500 }\n' > two.yaml
  $ xenpt diff two.yaml@1 two.yaml@lent --context d2.p2m
  d2.p2m
    changed  0000000000400000-00000000004fffff      1M  rwx- 4K  to 30400000, was rw-- 2M
    changed  0000000000500000-0000000000500fff      4K  r--- 4K  to 35f40000, was rw-- 2M  to 30500000
    changed  0000000000501000-00000000005fffff   1020K  rwx- 4K  to 30501000, was rw-- 2M
    3 changed (2M)
  [1]
  $ xenpt diff two.yaml@2 two.yaml@back --context d2.p2m --context d2.v0.xen
  d2.p2m
    gone     0000000000500000-0000000000500fff      4K  r--- 4K  to 35f40000
    1 gone (4K)

  d2.v0.xen
    nothing differs
  [1]
  $ xenpt diff two.yaml@1 two.yaml@2 --context d2.p2m --format json
  {"schema":"xenpt.diff/1","diffs":[
    {"contexts":["d2.p2m"],"root_before":"0x3ff88000","root_after":"0x3ff88000","changes":[
      {"what":"changed","first":"0x400000","last":"0x4fffff","area":null,"area_offset":null,"differs":["rights","page"],"before":{"kind":"pages","maddr":"0x30400000","gaddr":null,"rights":"rw--","page":"2M","flags":["R","W","MT=6","IPAT","PS","A","D","SVE"]},"after":{"kind":"pages","maddr":"0x30400000","gaddr":null,"rights":"rwx-","page":"4K","flags":["R","W","X","MT=6","IPAT","A","D","SVE"]}},
      {"what":"changed","first":"0x500000","last":"0x500fff","area":null,"area_offset":null,"differs":["target","rights","page"],"before":{"kind":"pages","maddr":"0x30500000","gaddr":null,"rights":"rw--","page":"2M","flags":["R","W","MT=6","IPAT","PS","A","D","SVE"]},"after":{"kind":"pages","maddr":"0x35f40000","gaddr":null,"rights":"r---","page":"4K","flags":["R","MT=6","IPAT","A","SVE"]}},
      {"what":"changed","first":"0x501000","last":"0x5fffff","area":null,"area_offset":null,"differs":["rights","page"],"before":{"kind":"pages","maddr":"0x30501000","gaddr":null,"rights":"rw--","page":"2M","flags":["R","W","MT=6","IPAT","PS","A","D","SVE"]},"after":{"kind":"pages","maddr":"0x30501000","gaddr":null,"rights":"rwx-","page":"4K","flags":["R","W","X","MT=6","IPAT","A","D","SVE"]}}]}]}
  [1]

Two dumps: roots that only one has, a root that is another now.

  $ xenpt diff captures/deb-pv64-intel-guest.elf.zst captures/deb-pv64-intel-hc-xen.elf.zst --context cpu1
  cpu1: its root was 0xf9d0000, and is 0xf9d1000
    changed  000000000010d000-000000000010dfff      4K  rwxu 4K  to fdbd000, was rwxu 4K  to fdbc000
    changed  ffff82000002e000-ffff82000002efff      4K  rw-- 4K  to f9d3000, was rw-- 4K  to f9d2000
    changed  ffff82d07fffd000-ffff82d07fffefff      8K  r-x- 4K  each to fd5a000, was r-x- 4K  each to fc7f000
    gone     ffff83000f9d1000-ffff83000f9d1fff      4K  rw-- 4K  to f9d1000
    new      ffff83000f9d2000-ffff83000f9d2fff      4K  rw-- 4K  to f9d2000
    1 new (4K), 1 gone (4K), 3 changed (16K)
  [1]
  $ xenpt diff captures/deb-pv64-intel-guest.elf.zst captures/deb-pv64-intel-guest.elf.zst
  cpu0
    nothing differs

  cpu1
    nothing differs

  root:0xfc6e
    nothing differs

  root:0xf9d0
    nothing differs

  root:0xf9d9
    nothing differs

  root:0xf113
    nothing differs

  root:0xf127
    nothing differs

  root:0xf114
    nothing differs
  $ xenpt diff captures/deb-pv64-intel-guest.yaml captures/deb-pv64-intel-noxpti-guest.yaml --context idle
  idle
    nothing differs

Layouts, and what is neither.

  $ xenpt diff 4.13 4.14
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
  $ xenpt diff 4.13 nowhere.elf
  xenpt diff: 4.13: cannot open: No such file or directory
  [2]
  $ xenpt diff two.yaml@4 two.yaml
  xenpt diff: two.yaml:1:1: no step has the number or the name '4': there are 3
  [2]
  $ xenpt diff two.yaml
  xenpt diff: it needs BEFORE AFTER; `xenpt help diff` tells more
  [2]
