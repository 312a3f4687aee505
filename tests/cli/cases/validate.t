MMUs that are not here are skipped, and where none is left the program could not run.

  $ xenpt validate --mmu results
  xenpt validate: results: no file of results was given
  [2]
  $ PATH=bin:../bin:${PATH%%:*} xenpt validate --mmu qemu,bochs
  xenpt validate: none of the MMUs is here: qemu:max: there is no program qemu-system-x86_64 in PATH; ...
  [2]
  $ PATH=${PATH%%:*} xenpt validate --mmu cpu,qemu:max --matrix 5level
  xenpt validate: none of the MMUs is here: cpu: it runs a process's own tables, and no others; ...
  [2]
  $ PATH=${PATH%%:*} xenpt validate --mmu bochs:ryzen --require bochs:ryzen
  xenpt validate: bochs:ryzen: there is no program bochs in PATH
  [2]

Names that mean nothing.

  $ xenpt validate --mmu quemu
  xenpt validate: there is no MMU 'quemu'; there are kvm, cpu, qemu:max, qemu:wide, qemu:skylake, qemu:kvm, bochs:icelake, bochs:skylake, bochs:sandybridge, bochs:ryzen, results
  [2]
  $ xenpt validate --require nobody
  xenpt validate: there is no MMU 'nobody'; there are kvm, cpu, qemu:max, qemu:wide, qemu:skylake, qemu:kvm, bochs:icelake, bochs:skylake, bochs:sandybridge, bochs:ryzen, results
  [2]
  $ xenpt validate --matrix 3level
  xenpt validate: there is no suite '3level'; there are 2level, pae, 4level, 5level, ept, npt, npt-pae, npt-2level, user
  [2]
  $ xenpt validate --matrix 4level,
  xenpt validate: --matrix 4level,: a name is missing
  [2]
  $ xenpt validate --cases 0
  xenpt validate: --cases 0 would ask nothing
  [2]
  $ xenpt validate --format yaml
  xenpt validate: --format: 'yaml' is none of: text json junit markdown
  [2]
  $ xenpt validate one two
  xenpt validate: 'two' is too much: it takes [IMAGE]
  [2]
  $ xenpt map captures/deb-pv64-intel-hc-xen.elf.zst --format junit
  xenpt map: --format: 'junit' is none of: text json
  [2]

Results that are none, or damaged.

  $ printf 'GRUB\nXPTR 1 1 0 =3e5\nR 1 0 0 0 0 0 0 0 =1\n' > serial.txt
  $ xenpt validate --mmu results --results serial.txt
  xenpt validate: results: serial.txt:2: the line's sum is 240, not 3e5: it was damaged
  [2]
  $ printf 'hello\n' > serial.txt
  $ xenpt validate --mmu results --results serial.txt
  xenpt validate: results: serial.txt: no results are in the text: no line begins with XPTR
  [2]
  $ xenpt validate --mmu results --results absent.txt
  xenpt validate: results: absent.txt: cannot be opened: No such file or directory
  [2]

The processor itself, in user mode, needs nothing that is not here.

  $ xenpt validate --mmu cpu --matrix user --format json | grep -o '"asked":[0-9]*,"disagreed":0,"missed":false'
  "asked":6602,"disagreed":0,"missed":false
  $ xenpt validate --mmu cpu --matrix user --format junit | grep -o 'failures="0" errors="0" skipped="0"'
  failures="0" errors="0" skipped="0"
  $ xenpt validate --mmu cpu --matrix user --quiet | tail -n 1
  no disagreement in 6602 accesses on 1 MMU

A model or a scenario is asked about as its own tables, which the processor in user mode cannot be.

  $ printf 'name: s\nhost: { ram: 4G }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n' > s.yaml
  $ xenpt validate s.yaml --mmu cpu
  xenpt validate: cpu: it runs a process's own tables, and no others
  [2]
  $ xenpt validate s.yaml --mmu cpu --at 1
  xenpt validate: s.yaml:1:1: no step has the number or the name '1': there are 0
  [2]
  $ xenpt validate s.yaml --write-disk probe.img --matrix 4level
  xenpt validate: --write-disk asks cases made by rule, and no image's
  [2]

A disk asks one suite.

  $ xenpt validate --write-disk probe.img
  xenpt validate: a disk asks one suite: name it
  [2]
  $ xenpt validate --write-disk probe.img --matrix 4level --cases 1000
  $ head -c 512 probe.img | tail -c 2 | od -An -tx1
   55 aa
  $ xenpt validate captures/deb-pv64-intel-hc-xen.elf.zst --write-disk probe.img
  xenpt validate: --write-disk asks cases made by rule, and no image's
  [2]
