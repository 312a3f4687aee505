Models: machines that are described, in place of an image.

  $ printf 'host: { ram: 4G, cpus: 2, processor: skylake-server }\nxen: { release: "4.17", pv32: yes }\ndomains:\n  d0: { type: pv64, memory: 64M, vcpus: 1, privileged: yes }\n  d1: { type: pvh, memory: 64M, vcpus: 1 }\n' >model.yaml
  $ xenpt roots model.yaml
  root          kind            domain     sure      slots      contexts
  0xbfe86000    idle                       given     5/512      idle cpu0 cpu1
  0x13fdc7000   xpti                       given     3/512      cpu0.xpti d0.v0.kernel d0.v0.user
  0x13fdc3000   xpti                       given     3/512      cpu1.xpti
  0x138421000   pv64-kernel     d0         given     7/512      d0.v0.xen
  0x138806000   pv64-user       d0         given     5/512      d0.v0.xen-user
  0x10000       4-level         d1         given     1/512      d1.v0.guest  (guest-physical)
  0x13fdb5000   EPT             d1         given     1/512      d1.v0.guest
  0x13fd9c000   hap             d1         given     5/512      d1.v0.xen
  0x13fdb5000   ept             d1         given     1/512      d1.p2m
  $ xenpt roots model.yaml --context cpu0.xpti --slots | tail -n 12
     128  ................................................................
     192  ................................................................
     256  U....SS.........................................................
     320  ................................................................
     384  ................................................................
     448  ................................................................
          . empty  S supervisor's  U user's

   slot  from              entry             flags             maps
    256  ffff800000000000  800000013fdfc025  P US A NX         8M in 4 pages
    261  ffff828000000000  000000013fdcc063  P RW A D          28K in 7 pages
    262  ffff830000000000  000000013fdc6063  P RW A D          32K in 8 pages

Why is an entry there?

  $ xenpt walk model.yaml ffff820000000000 --context d0.v0.user
  d0.v0.user: 4-level, root 0x13fdc7000, CPL 3
    cr0 80050033  cr4 362660  efer d01  pat 0000050100070406  pcid 3

  ffff820000000000  <gdt-ldt>

    entry  slot  at         value             flags
    L4     260  13fdc7820  800000013fdbe063  P RW A D NX  <- US is 0
    L3       0  13fdbe000  800000013fdbd063  P RW A D NX
    L2       0  13fdbd000  800000013fdbc063  P RW A D NX
    L1       0  13fdbc000  8000000138800063  P RW A D NX

    entry      owner  area                  why
    L4         xen    per-domain            the domain's own L3, of which it has
                                            one
                                            one for each domain, of all its vCPUs
    L3         xen    gdt-ldt               leads to a table of this area
    L2         xen    gdt-ldt               leads to a table of this area
    L1         d0     gdt-ldt               a frame of the GDT that the guest has
                                            set

    mapped to 0x138800000, rights rw--, 4K page, memory type WB
    read at CPL 3: refused, #PF, error code 0x5, CR2 0xffff820000000000
        code    P U: an entry that is present refused, in user mode
        rule    a user-mode access to a supervisor-mode address
        source  Intel SDM vol. 3, "Determination of Access Rights"
        decided PML4E at 0x13fdc7820: US is 0
  $ xenpt walk model.yaml fee00000 --context d1.p2m
  d1.p2m: EPT, root 0x13fdb5000

  00000000fee00000

    entry  slot  at         value             flags
    L4       0  13fdb5000  9c0000013fdb4107  R W X A AVL=192
    L3       3  13fdb4018  9c0000013fdb0107  R W X A AVL=192
    L2     503  13fdb0fb8  9c0000013fda5107  R W X A AVL=192
    L1       0  13fda5000  9c5000013fd9d377  R W X MT=6 IPAT A D AVL=197 SSS SVE

    entry      owner  area                  why
    L4         xen    p2m                   leads to a table of the guest's
                                            physical memory
                                            one for each domain, of all its vCPUs
    L3         xen    p2m                   leads to a table of the guest's
                                            physical memory
    L2         xen    p2m                   leads to a table of the guest's
                                            physical memory
    L1         xen    p2m                   a frame of the guest's physical
                                            memory, by its type

    mapped to 0x13fd9d000, rights rwx-, 4K page, memory type WB
    read at CPL 0: allowed

What of Xen is mapped while user code runs?

  $ xenpt map model.yaml --context d0.v0.user --va ffff828000000000..ffff87ffffffffff
  d0.v0.user: 4-level, root 0x13fdc7000, CPL 3
    cr0 80050033  cr4 362660  efer d01  pat 0000050100070406  pcid 3

  first            last               size  rwxu pg  target      flags
  ffff82d040201000-ffff82d040203fff    12K  r-x- 4K  00bfc01000  P A               xen-image+0x201000
  ffff82d0405a3000-ffff82d0405a3fff     4K  rw-- 4K  00bffa3000  P RW A D NX       xen-image+0x5a3000
  ffff82d0405a5000-ffff82d0405a5fff     4K  rw-- 4K  00bffa5000  P RW A D NX       xen-image+0x5a5000
  ffff82d07fffd000-ffff82d07fffefff     8K  r-x- 4K  013fdef000  P A               one page, 2 times  stubs+0xffd000
  ffff83013fdd8000-ffff83013fdd8fff     4K  r--- 4K  013fdd8000  P A D NX          directmap+0x13fdd8000
  ffff83013fdd9000-ffff83013fddcfff    16K  rw-- 4K  013fdd9000  P RW A D NX       directmap+0x13fdd9000
  ffff83013fddd000-ffff83013fdddfff     4K  r--- 4K  013fddd000  P A D NX          directmap+0x13fddd000
  ffff83013fdde000-ffff83013fddffff     8K  rw-- 4K  013fdde000  P RW A D NX       directmap+0x13fdde000
  60K mapped by 15 pages in 8 ranges; 9 tables
  $ xenpt map model.yaml --context idle --area xen-image
  idle: 4-level, root 0xbfe86000
    cr0 80050033  cr4 3426e0  efer d01  pat 0000050100070406

  first            last               size  rwxu pg  target      flags
  ffff82d040200000-ffff82d04037ffff  1536K  r-x- 4K  00bfc00000  P A G             xen-image+0x200000
  ffff82d040380000-ffff82d0403dafff   364K  r--- 4K  00bfd80000  P A G NX          xen-image+0x380000
  ffff82d040486000-ffff82d04049dfff    96K  rw-- 4K  00bfe86000  P RW A D G NX     xen-image+0x486000
  ffff82d04059e000-ffff82d0405d2fff   212K  rw-- 4K  00bff9e000  P RW A D G NX     xen-image+0x59e000
  ffff82d0405d3000-ffff82d0405d3fff     4K  rw-- 4K  013fdf0000  P RW A D G NX     xen-image+0x5d3000
  2212K mapped by 553 pages in 5 ranges; 26 tables
  $ xenpt map model.yaml --context idle --area xen-imag
  xenpt map: --area: xen-4.17 has no area 'xen-imag', did you mean 'xen-image'?
  [2]

Mistakes are told with their places, all of them.

What a domain was given when it was built is known by name.

  $ xenpt walk model.yaml ffffffff80420030 --context d0.v0.kernel | grep -A1 mapped
    mapped to 0x138420030, rights rwxu, 4K page, memory type WB
    of d0: start_info.flags, in its start-info
  $ xenpt walk model.yaml ffffffff80400010 --context d0.v0.kernel | grep -A1 mapped
    mapped to 0x138400010, rights rwxu, 4K page, memory type WB
    of d0: p2m-list+0x10
  $ xenpt walk model.yaml feffc800 --context d1.p2m | grep -A1 mapped
    mapped to 0x13fda1800, rights rwx-, 4K page, memory type WB
    of d1: xenstore_domain_interface.req_cons, in its xenstore-ring

  $ printf 'host: { ram: 4G, cpu: 2, processor: skylake-servr }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv, memory: 64M }\n' >wrong.yaml
  $ xenpt roots wrong.yaml
  xenpt: wrong.yaml:1:18: host: 'cpu' is no key; did you mean 'cpus'?
  xenpt: wrong.yaml:4:15: type: 'pv' is none of: pv64 pv32 hvm pvh, did you mean 'pvh'?
  xenpt: wrong.yaml:1:37: processor: 'skylake-servr' is not known, did you mean 'skylake-server'?
  xenpt roots: wrong.yaml: 3 mistakes
  [2]
  $ printf 'host: { ram: 4G, processor: epyc }\nxen: { release: "4.17" }\n' >epyc.yaml
  $ xenpt roots epyc.yaml
  xenpt roots: epyc.yaml:1:29: processor: 'epyc' is not known, and these are: skylake-server haswell skylake-client cascade-lake ice-lake-server sapphire-rapids naples rome milan genoa
  [2]
  $ printf 'host: { ram: 4G }\nxen: { release: "4.17", options: [xpit=no] }\n' >option.yaml
  $ xenpt roots option.yaml
  xenpt roots: option.yaml:2:35: Xen's command line: 'xpit' is not known, did you mean 'xpti'?
  [2]

What a file gives a domain, and the rules that it switches, are read with it: a mistake there is one of the model's.

  $ printf 'host: { ram: 1G }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 16M, privileged: yes, tables: { kernel: { slots: { 5: { to: nothing } } } } }\n' >wrong.yaml
  $ xenpt map wrong.yaml
  xenpt map: wrong.yaml:4:89: 'nothing': there is no 'nothing'
  [2]
  $ printf 'host: { ram: 1G }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 16M, privileged: yes }\nrules: [-shadow-gfm]\n' >wrong.yaml
  $ xenpt map wrong.yaml
  xenpt map: wrong.yaml:5:9: rules: '-shadow-gfm' is no release, such as xen-4.5, and no rule with - before it, or + (docs/rules.md), did you mean 'shadow-gfn'?
  [2]
