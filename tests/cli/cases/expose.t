Who exposes whose memory: user code under XPTI, as the tables are and under Meltdown; the ranges of it.

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --context cpu0 --threat none,meltdown
  as the tables are
    context            by      owner       read              write             execute
    cpu0               user    xen         2M in 1           -                 -
                               0xfca9      4092K in 3        4056K in 6        4092K in 3

  meltdown
    A read by a guest's code ignores US: it gets whatever the root that is loaded
    has present, if rights of the second stage allow a read. Writes and fetches
    are those that the tables allow.
    context            by      owner       read              write             execute
    cpu0               user    xen         2112K in 6        -                 -
                               unknown     4K in 1           -                 -
                               0xfca9      4092K in 3        4056K in 6        4092K in 3
    Immune: processors with RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's.
    Against it: XPTI: the root that is loaded for a 64-bit PV guest has little of Xen.

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --context cpu0 --threat guest-user --ranges
  guest-user
    A guest's user code executes something of another's making: what it reaches
    by tables that it cannot change.
    context            by      owner       read              write             execute
    cpu0               user    xen         2M in 1           -                 -
                               0xfca9      4092K in 3        4056K in 6        4092K in 3
        00000f001000..00000f10bfff    1068K  rwx  0xfca9
        00000f10c000..00000f10cfff       4K  r-x  0xfca9
        00000f10e000..00000f110fff      12K  rwx  0xfca9
        00000f111000..00000f111fff       4K  r-x  0xfca9
        00000f112000..00000f112fff       4K  rwx  0xfca9
        00000f113000..00000f114fff       8K  r-x  0xfca9
        00000f115000..00000f126fff      72K  rwx  0xfca9
        00000f127000..00000f12bfff      20K  r-x  0xfca9
        00000f12c000..00000f3fffff    2896K  rwx  0xfca9
        00000f600000..00000f7fffff       2M  r--  xen
        00000fcab000..00000fcabfff       4K  rwx  0xfca9

Without XPTI user code reads what Xen does.

  $ xenpt expose captures/bochs-rel-noxpti-pcid-guest.elf.zst --context cpu0 --context root:0xfc99 --threat none,meltdown
  as the tables are
    context            by      owner       read              write             execute
    cpu0               kernel  xen         2056K in 3        -                 -
                               0xfcb1      4092K in 3        4056K in 6        4092K in 3
    root:0xfc99        xen     xen         8452K in 14       8452K in 14       1548K in 3
                               unknown     249408K in 17     249392K in 21     -
                               0xfcb1      4092K in 3        4092K in 3        -
                               no RAM      148K in 5         148K in 5         -

  meltdown
    A read by a guest's code ignores US: it gets whatever the root that is loaded
    has present, if rights of the second stage allow a read. Writes and fetches
    are those that the tables allow.
    context            by      owner       read              write             execute
    cpu0               kernel  xen         8452K in 14       -                 -
                               unknown     249408K in 17     -                 -
                               0xfcb1      4092K in 3        4056K in 6        4092K in 3
                               no RAM      148K in 5         -                 -
    Immune: processors with RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's.
    Against it: XPTI: the root that is loaded for a 64-bit PV guest has little of Xen.

A model; dom0; a processor that is immune.

  $ printf 'host: { ram: 1G, processor: rome }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: hvm, memory: 64M, mode: 4level }\n' > model.yaml
  $ xenpt expose model.yaml --threat dom0,meltdown,l1tf,compromised-xen
  dom0
    The control domain's kernel does: what it maps now, the memory of others that
    it has mapped to serve them among it. What it may map next is not counted.
    context            by      owner       read              write             execute
    d0.v0.kernel       kernel  xen         2M in 1           -                 -
                               d0          8200K in 2        8168K in 3        8196K in 2

  compromised-xen
    Xen does: it decides on every table, so that it reads, writes and executes
    all of memory, whatever is mapped now. What it reads of an encrypted guest is
    ciphertext.
    context            by      owner       read              write             execute
    idle               xen     xen         13M in 6          13M in 6          13M in 6
                               free        903744K in 4      903744K in 4      903744K in 4
                               d0          64M in 1          64M in 1          64M in 1
                               d1          65600K in 3       65600K in 3       65600K in 3
                               no RAM      392K in 3         392K in 3         -
    d0.v0.xen          xen     xen         13M in 6          13M in 6          13M in 6
                               free        903744K in 4      903744K in 4      903744K in 4
                               d0          64M in 1          64M in 1          64M in 1
                               d1          65600K in 3       65600K in 3       65600K in 3
                               no RAM      392K in 3         392K in 3         -
    d0.v0.xen-user     xen     xen         13M in 6          13M in 6          13M in 6
                               free        903744K in 4      903744K in 4      903744K in 4
                               d0          64M in 1          64M in 1          64M in 1
                               d1          65600K in 3       65600K in 3       65600K in 3
                               no RAM      392K in 3         392K in 3         -
    d1.v0.xen          xen     xen         13M in 6          13M in 6          13M in 6
                               free        903744K in 4      903744K in 4      903744K in 4
                               d0          64M in 1          64M in 1          64M in 1
                               d1          65600K in 3       65600K in 3       65600K in 3
                               no RAM      392K in 3         392K in 3         -
    Against it: encryption of the guest's memory.

  meltdown
    A read by a guest's code ignores US: it gets whatever the root that is loaded
    has present, if rights of the second stage allow a read. Writes and fetches
    are those that the tables allow.
    This processor is immune: what follows is what the tables allow.
    context            by      owner       read              write             execute
    d0.v0.kernel       kernel  xen         2M in 1           -                 -
                               d0          8200K in 2        8168K in 3        8196K in 2
    d0.v0.user         user    d0          8K in 1           4K in 1           4K in 1
    d1.v0.guest        user    d1          4K in 1           4K in 1           4K in 1
    d1.v0.guest        kernel  d1          3968K in 2        3968K in 2        3968K in 2
    Immune: processors with RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's.
    Against it: XPTI: the root that is loaded for a 64-bit PV guest has little of Xen.

  l1tf
    A read by a guest's code through an entry that is not present, or has
    reserved bits set, gets what the address in it names, if that is in the L1
    data cache. Counted are the entries that there are now, on whatever way leads
    to them: a page of their level at level 1 and where PS is set, else 4 KiB;
    none with address 0. Under a second stage the address in a guest's entry is
    the machine's.
    This processor is immune: what follows is what the tables allow.
    context            by      owner       read              write             execute
    d0.v0.kernel       kernel  xen         2M in 1           -                 -
                               d0          8200K in 2        8168K in 3        8196K in 2
    d0.v0.user         user    d0          8K in 1           4K in 1           4K in 1
    d1.v0.guest        user    d1          4K in 1           4K in 1           4K in 1
    d1.v0.guest        kernel  d1          3968K in 2        3968K in 2        3968K in 2
    Immune: processors with RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's.
    Against it: entries of PV guests that are safe (pv-l1tf), and L1D flushed on the way into HVM guests.

  $ xenpt expose model.yaml --format json --context d1.v0.guest
  {"schema":"xenpt.expose/1","exposures":[
    {"threat":"none","immune":false,"owners":[
      {"name":"xen","bytes":13631488},
      {"name":"free","bytes":925433856},
      {"name":"d0","bytes":67108864},
      {"name":"d1","bytes":67174400}],"rows":[
      {"context":{"name":"d1.v0.guest","root":"0x10000","format":"4-level","kind":null,"domain":"d1"},"by":"user","cells":[
        {"owner":"d1","read":{"bytes":4096,"ranges":1},"write":{"bytes":4096,"ranges":1},"execute":{"bytes":4096,"ranges":1},"plaintext":4096,"ciphertext":0,"refused":0}],"incomplete":false},
      {"context":{"name":"d1.v0.guest","root":"0x10000","format":"4-level","kind":null,"domain":"d1"},"by":"kernel","cells":[
        {"owner":"d1","read":{"bytes":4063232,"ranges":2},"write":{"bytes":4063232,"ranges":2},"execute":{"bytes":4063232,"ranges":2},"plaintext":4063232,"ciphertext":0,"refused":0}],"incomplete":false}]}]}

Policies, with the walk that shows each; the exit code is 1.

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --context cpu0 --policy tables,user-xen
  policies
    user-xen: cpu0, by user: slot 256: 2M, such as ffff800000000000  r--  of xen: ro-m2p
         L4  00000fdd9800  800000000fd9d025  P US A NX
         L3  00000fd9d000  800000000ffeb025  P US A NX
         L2  00000ffeb000  000000000f600085  P US PS
  [1]

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --context cpu0 --policy superpages
  policies
    nothing is against them

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --context cpu0 --policy user-xen --format json
  {"schema":"xenpt.expose/1","exposures":[
    {"findings":[
      {"policy":"user-xen","context":{"name":"cpu0","root":"0xfdd9000","format":"4-level","kind":"xpti","domain":null},"by":"user","slot":256,"bytes":2097152,"va":"0xffff800000000000","maddr":"0xf600000","can":"r--","owner":"xen","area":"ro-m2p","area_offset":"0x0","walk":[{"stage":"first","level":4,"at":"0xfdd9800","entry":"0x800000000fd9d025","flags":["P","US","A","NX"]},{"stage":"first","level":3,"at":"0xfd9d000","entry":"0x800000000ffeb025","flags":["P","US","A","NX"]},{"stage":"first","level":2,"at":"0xffeb000","entry":"0xf600085","flags":["P","US","PS"]}]}]}]}
  [1]

Mistakes.

  $ xenpt expose model.yaml --threat meltdwn
  xenpt expose: threat: 'meltdwn' is none of: none guest-user guest-kernel dom0 compromised-xen meltdown l1tf spectre-v1, did you mean 'meltdown'?
  [2]

  $ xenpt expose model.yaml --threat l1tf,
  xenpt expose: --threat l1tf,: a name is missing
  [2]

  $ xenpt expose model.yaml --policy w^x
  xenpt expose: policy: 'w^x' is none of: wx tables superpages user-xen all, did you mean 'wx'?
  [2]

  $ xenpt expose captures/bochs-rel-xpti-pcid-user-user.elf.zst --threat dom0
  xenpt expose: no table says which domain is dom0, so that it cannot be feared
  [2]

A guest whose tables lie above 4 GiB writes to none of them.

  $ printf 'host: { ram: 8G, cpus: 2, processor: skylake-server }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n  d1: { type: pv64, memory: 32M }\n' > high.yaml
  $ xenpt expose high.yaml --context d1.v0.kernel --context d1.v0.user --policy tables
  policies
    nothing is against them
