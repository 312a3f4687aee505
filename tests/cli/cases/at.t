A scenario as a source of other commands: before any step, or after one.

  $ printf 'name: moves\nhost: { ram: 4G, cpus: 2, processor: $cpu }\nparameters: { cpu: [skylake-server, rome] }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\nsteps:\n  - run: d0.v0.kernel\n    on: cpu1\n  - name: broken\n    poke-entry: 0xffffffff80000000\n    in: d0.v0.kernel\n    value: 0\n    expect: [ { mapped: 0xffffffff80000000, in: d0.v0.kernel } ]\n  - leave-xen: d0.v0\n    expect: [ { slot: 258, in: d0.v0.xen, is: self } ]\n' > moves.yaml
  $ xenpt walk moves.yaml ffffffff80000000 --context d0.v0.kernel --at 1 | tail -n 9
    L3         d0     guest-high            copied from the guest's L4 on the
                                            last way out of Xen
    L2         d0     guest-high            copied from the guest's L4 on the
                                            last way out of Xen
    L1         d0     guest-high            copied from the guest's L4 on the
                                            last way out of Xen

    mapped to 0x138000000, rights rwxu, 4K page, memory type WB
    read at CPL 3: allowed
  $ xenpt walk moves.yaml ffffffff80000000 --context d0.v0.kernel --at broken --access r | tail -n 6
    not-present: the walk ends in L1, as for the whole 4K from 0xffffffff80000000
    read at CPL 3: refused, #PF, error code 0x4, CR2 0xffffffff80000000
        code    U: an entry is not present, in user mode
        rule    an entry is not present
        source  Intel SDM vol. 3, "Page-Fault Exceptions"
        decided PTE at 0x138422000: P is 0
  $ xenpt roots moves.yaml --at 0 --set cpu=rome
  root          kind            domain     sure      slots      contexts
  0xbfe86000    idle                       given     5/512      idle cpu0 cpu1
  0x138421000   pv64-kernel     d0         given     7/512      d0.v0.kernel d0.v0.xen
  0x138806000   pv64-user       d0         given     5/512      d0.v0.user d0.v0.xen-user
  $ xenpt roots moves.yaml --at 1
  root          kind            domain     sure      slots      contexts
  0xbfe86000    idle                       given     5/512      idle cpu0
  0x13fdc8000   xpti                       given     3/512      cpu0.xpti
  0x13fdc4000   xpti                       given     6/512      cpu1.xpti d0.v0.kernel d0.v0.user cpu1
  0x138421000   pv64-kernel     d0         given     7/512      d0.v0.xen
  0x138806000   pv64-user       d0         given     5/512      d0.v0.xen-user

Steps that there are not, and steps that cannot be done.

  $ xenpt roots moves.yaml --at 7
  xenpt roots: moves.yaml:1:1: no step has the number or the name '7': there are 3
  [2]
  $ xenpt roots moves.yaml --at brocken
  xenpt roots: moves.yaml:1:1: no step has the number or the name 'brocken': there are 3
  [2]
  $ xenpt roots moves.yaml --at 3
  xenpt roots: moves.yaml:15:5: step 3 cannot be done: it is not in Xen: `enter-xen` gets it there
  [2]
  $ xenpt roots moves.yaml --set cup=rome
  xenpt roots: moves.yaml: there is no parameter 'cup', did you mean 'cpu'?
  [2]

An image has no steps, and no parameters.

  $ xenpt roots captures/deb-pv64-intel-hc-xen.elf.zst --at 1
  xenpt roots: --at: captures/deb-pv64-intel-hc-xen.elf.zst is an image, and only a scenario has steps
  [2]
  $ xenpt walk captures/deb-pv64-intel-hc-xen.elf.zst 0 --set cpu=rome
  xenpt walk: --set: captures/deb-pv64-intel-hc-xen.elf.zst is an image, and only a scenario has parameters
  [2]
  $ xenpt render captures/deb-pv64-intel-hc-xen.elf.zst --view tree --at 1
  xenpt render: --at: captures/deb-pv64-intel-hc-xen.elf.zst is an image, and only a scenario has steps
  [2]
  $ xenpt diff captures/deb-pv64-intel-hc-xen.elf.zst captures/deb-pv64-intel-guest.elf.zst --set cpu=rome
  xenpt diff: --set: captures/deb-pv64-intel-guest.elf.zst is an image, and only a scenario has parameters
  [2]

A model is no file of memory, nor are its symbols in one; and a mode is a root's.

  $ xenpt walk moves.yaml 0 --symbols xen-syms
  xenpt walk: --symbols: moves.yaml is no image, but a model
  [2]
  $ xenpt map moves.yaml --raw
  xenpt map: --raw: moves.yaml is no image, but a model
  [2]
  $ xenpt render moves.yaml --view tree --raw-base 1000
  xenpt render: --raw-base: moves.yaml is no image, but a model
  [2]
  $ xenpt diff moves.yaml@0 moves.yaml@1 --registers core.json
  xenpt diff: --registers: moves.yaml is no image, but a model
  [2]
  $ xenpt map captures/deb-pv64-intel-hc-xen.elf.zst --mode pae
  xenpt map: --mode is that of a root, and none is given: --root
  [2]
