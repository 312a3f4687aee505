Of a scenario, frames and addresses may be what its file calls them, and expressions.

  $ printf 'host: { ram: 1G, cpus: 2 }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pvh, memory: 64M }\nnames: { secret: d1.gfn(5), add: d1.gfn(6) }\nsteps:\n  - { grant-offer: d1, ref: 8, to: d0, frame: secret }\n  - { grant-map: d0.v0, of: d1, ref: 8, at: 0xffffffff80300000 }\n  - { let: table, be: d0.v0.kernel.root }\n' > s.yaml
  $ xenpt who s.yaml secret
  mfn 0x34005
    address                count  rights  page
    0000000000005000         1  rwx-    4K
        d1.p2m
    0000000000005000         1  rwx-    4K    gfn 0x5
        d1.v0.guest
    ffff830034005000         1  rw--    2M    directmap+0x34005000
        idle, d0.v0.xen, d0.v0.xen-user, d1.v0.xen, cpu0, cpu1
  $ xenpt who s.yaml --at 2 'd1.gfn(4)..secret' --context d0.v0.kernel
  mfn 0x34004..0x34005
    address                count  rights  page
    ffffffff80300000         1  rw-u    4K    guest-high+0x77ff80300000
        d0.v0.kernel
  $ xenpt who s.yaml --at 3 table --context idle
  mfn 0x3ff9c
    address                count  rights  page
    ffff83003ff9c000         1  rw--    4K    directmap+0x3ff9c000
        idle
  $ xenpt walk s.yaml 'xen.directmap(secret)' --context d1.v0.xen | tail -n 2
    mapped to 0x34005000, rights rw--, 2M page, memory type WB
    read at CPL 0: allowed
  $ xenpt who s.yaml 'd1.v0.xen=xen.directmap(secret) + 8' --context d1.v0.xen --context d1.p2m
  mfn 0x34005
    address                count  rights  page
    0000000000005000         1  rwx-    4K
        d1.p2m
    ffff830034005000         1  rw--    2M    directmap+0x34005000
        d1.v0.xen
  $ xenpt threat s.yaml --compromised d1 --frames 'secret,d1.gfn(6)..d1.gfn(7)' | grep mfn
  mfn 0x34005: d1's memory
    d1.kernel: own-p2m: read+write+execute mfn 0x34005 (d1's memory), gfn 0x5
  mfn 0x34006..0x34007: d1's memory
    d1.kernel: own-p2m: read+write+execute mfn 0x34006 (d1's memory), gfn 0x6

What cannot be told, and what could be meant otherwise.

  $ xenpt who s.yaml secrets
  xenpt who: 'secrets': there is no 'secrets', did you mean 'secret'?
  [2]
  $ xenpt who s.yaml table
  xenpt who: 'table' is not remembered yet
  [2]
  $ xenpt who s.yaml 'd1.gfn(100000)'
  xenpt who: d1 has no frame 0x186a0 (it has 0x4011 of them)
  [2]
  $ xenpt walk s.yaml secret
  xenpt walk: 'secret' is a frame of the machine (mfn), and a virtual address was expected; xen.directmap(MFN) is where Xen has it mapped
  [2]
  $ xenpt who s.yaml add
  xenpt who: 'add' is hexadecimal and a name of the file's as well: write 0x before a number, or parentheses around a name
  [2]
  $ xenpt who s.yaml 200..add
  xenpt who: '200..add' is hexadecimal and a name of the file's as well: write 0x before a number, or parentheses around a name
  [2]
  $ xenpt who s.yaml '(secret)..(add)' --context d1.p2m
  mfn 0x34005..0x34006
    address                count  rights  page
    0000000000005000         2  rwx-    4K
        up to 0000000000006000: d1.p2m
  $ xenpt who s.yaml 0x200..0xadd --context d1.p2m
  mfn 0x200..0xadd
    nobody reaches it
  $ xenpt who s.yaml 0xadd --context d1.p2m
  mfn 0xadd
    nobody reaches it
  $ xenpt who s.yaml '(add)' --context d1.p2m
  mfn 0x34006
    address                count  rights  page
    0000000000006000         1  rwx-    4K
        d1.p2m
  $ xenpt who captures/deb-pv64-intel-hc-xen.elf.zst secret
  xenpt who: 'secret' is no address: a hexadecimal number was expected, or --symbols FILE for names
  [2]
