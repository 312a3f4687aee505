Who reaches a frame: the L4 of a guest's kernel, by the guest's own linear map, Xen's, a page that is mapped, and the directmap.

  $ xenpt who captures/deb-pv64-intel-hc-xen.elf.zst f127
  mfn 0xf127
    address                count  rights  page
    0000000000127000         1  r-xu    4K    guest-low+0x127000
        cpu0, cpu1, root:0xfd66, root:0xf113, root:0xf114
    ffff8140a0502000         1  rw--    4K    guest-linear+0x40a0502000
        cpu0
    ffff8140a0510000         7  r---    4K    guest-linear+0x40a0510000
        up to ffff814422110000: cpu0
    ffff82000000f000         1  r---    4K    gdt-ldt+0xf000
        cpu0, cpu1, root:0xfd66, root:0xf113, root:0xf114
    ffff83000f127000         1  rw--    2M    directmap+0xf127000
        cpu0, root:0xfc6e, root:0xf113, root:0xf114
    ffff8840a0502000         7  r---    4K    guest-high+0x40a0502000
        up to ffff884422102000: cpu0, root:0xfd66
    ffff884422110000         1  r-xu    4K    guest-high+0x4422110000
        cpu0, root:0xfd66

A guest's page under EPT, by what the guest calls it; a page of shadow paging; by a context and an address.

  $ printf 'host: { ram: 1G, cpus: 2 }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: hvm, memory: 64M, mode: 4level }\n  d2: { type: hvm, memory: 64M, paging: shadow, mode: pae }\n' > who.yaml
  $ xenpt who who.yaml d1.p2m=32000 d2.v0.guest=32000
  mfn 0x34032
    address                count  rights  page
    0000000000032000         1  rwx-    4K
        d1.p2m
    0000000000032000         1  rwxu    4K    gfn 0x32
        d1.v0.guest
    ffff830034032000         1  rw--    2M    directmap+0x34032000
        idle, d0.v0.xen, d0.v0.xen-user, d1.v0.xen, d2.v0.xen, cpu0, cpu1

  mfn 0x30032
    address                count  rights  page
    0000000000032000         1  rwx-    4K
        d2.p2m
    0000000000032000         1  rwxu    4K
        d2.v0.guest
    ffff830030032000         1  rw--    2M    directmap+0x30032000
        idle, d0.v0.xen, d0.v0.xen-user, d1.v0.xen, d2.v0.xen, cpu0, cpu1
  $ xenpt who who.yaml 34032 --context d1.v0.guest --format json
  {"schema":"xenpt.who/1","frames":[
    {"maddr":"0x34032000","last":"0x34032fff","reached_by":[
      {"context":"d1.v0.guest","va":"0x32000","last":"0x32000","count":1,"maddr":"0x34032000","gaddr":"0x32000","page":"4K","rights":"rwxu","via":{"area":null,"area_offset":null,"level":1,"at":"0x13190","entry":"0x32067","flags":["P","RW","US","A","D"]}}]}]}

Several frames are one question; nobody has some.

  $ xenpt who who.yaml 34030..34033 --context d1.p2m
  mfn 0x34030..0x34033
    address                count  rights  page
    0000000000030000         4  rwx-    4K
        up to 0000000000033000: d1.p2m
  $ xenpt who who.yaml 34030..34033 --context d1.p2m --unfold
  mfn 0x34030..0x34033
    address                count  rights  page
    0000000000030000         1  rwx-    4K
        d1.p2m
    0000000000031000         1  rwx-    4K
        d1.p2m
    0000000000032000         1  rwx-    4K
        d1.p2m
    0000000000033000         1  rwx-    4K
        d1.p2m
  $ xenpt who who.yaml ffffff --context d1.p2m
  mfn 0xffffff
    nobody reaches it

Mistakes.

  $ xenpt who who.yaml
  xenpt who: it needs IMAGE FRAME...; `xenpt help who` tells more
  [2]
  $ xenpt who who.yaml d1.v0.guset=0
  xenpt who: 'd1.v0.guset=0': no context is called 'd1.v0.guset', did you mean 'd1.v0.guest'?
  [2]
  $ xenpt who who.yaml d1.v0.guest=ffff830000000000
  xenpt who: 'd1.v0.guest=ffff830000000000' leads nowhere: not-present
  [2]
  $ xenpt who who.yaml d1.v0.guest=nowhere
  xenpt who: 'nowhere': there is no 'nowhere'
  [2]
  $ xenpt who who.yaml 5..4
  xenpt who: '5..4': no frames of a machine: their numbers ascend, and have 52 bits
  [2]
  $ xenpt who who.yaml 10000000000000
  xenpt who: '10000000000000': no frames of a machine: their numbers ascend, and have 52 bits
  [2]
  $ xenpt who who.yaml 34030..34033 --context d1.p2m --unfold --limit 2
  xenpt who: 34030..34033: more than 2 addresses: --limit NUMBER allows more
  [2]

An enclave's memory: whoever has it mapped, it is not there.

  $ printf 'host: { ram: 1G, processor: ice-lake-server, epc: { base: 0x80000000, size: 1M } }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: hvm, memory: 32M, enclaves: { vault: { base: 0x20000, size: 8K, pages: [ { at: 0x20000, gfn: 0x80000 } ] } } }\n' > enclave.yaml
  $ xenpt who enclave.yaml 80000 80001
  mfn 0x80000: d1's enclave, vault, 0x20000: outside of it all ones are read
    address                count  rights  page
    0000000080000000         1  rwx-    4K
        d1.p2m

  mfn 0x80001: epc, a page that is nobody's: outside of it all ones are read
    nobody reaches it
