Options in every form.

  $ raw-tables tables 1 1000:0=2067 2000:0=3067 3000:0=4067 4000:1=5067
  $ xenpt roots --root=1000 tables --mode=4level -q | tail -1
  0x1000        4-level                    given     1/512      root:0x1
  $ xenpt roots -q --root 1000 -- tables | tail -1
  0x1000        4-level                    given     1/512      root:0x1
  $ xenpt roots tables --root 1000 -qo out; tail -1 out
  0x1000        4-level                    given     1/512      root:0x1
  $ xenpt roots tables --root 1000 --without nx,1g --without la57 --with ept-mbec --no-smap | tail -1
  0x1000        4-level                    given     1/512      root:0x1
  $ xenpt roots tables --root 1000 --without nx --efer d00
  xenpt roots: --root: EFER.NXE is set, and this processor lacks it
  [2]

And what is wrong with others.

  $ xenpt
  xenpt: walk, map and explain the page tables in a machine's memory image

  Usage: xenpt COMMAND [OPTION]... ARGUMENT...

  Commands:
    walk         follow addresses through the page tables, and say what decides
    map          list what is mapped, with the rights that hold in effect
    roots        find the roots of page tables, and say what each is for
    who          say who reaches a frame: every context and address, with its
                 rights
    share        say which tables contexts have in common, and from which level
                 down
    compare      hold a memory image against a model of its machine
    diff         say what is mapped in one and not in the other
    export       write the machine that a model describes as a memory image
    run          run scenarios, and say whether what they expect holds
    new          write a scenario to begin with
    layout       list the address-space layouts known, print one, or tell what
                 moved
    validate     ask other MMUs the same, and say where they differ
    help         explain a command or a topic
    threat       say what somebody who is compromised reaches, by all that he may
                 do next
    expose       say how much of whose memory each context can read, write and
                 execute
    render       draw a picture of it, or make a page to look around in
    check        judge the page tables of a Xen by what has to be so whatever
                 happened
    capture      dump a machine that runs under QEMU, as an image

  Topics, for `xenpt help TOPIC`:
    numbers      Numbers and addresses
    images       Images
    models       Models
    scenario     Scenarios
    rights       Rights
    exit         Exit codes
    environment  Environment

  `xenpt help COMMAND` lists a command's options.  Exit codes:
    0  Done, and what was asked holds.
    1  It does not: walk, an access that --access names is refused; compare and diff, something
       differs; run, something does not hold; check, an invariant; check and expose, a policy;
       threat, one of the file's own threats; validate, an MMU disagrees.
    2  Could not run: wrong usage, a file that cannot be read, a limit met.
  [2]
  $ xenpt wlak
  xenpt: there is no command 'wlak', did you mean 'walk'?
  [2]
  $ xenpt zzzzzz
  xenpt: there is no command 'zzzzzz'; `xenpt help` lists them
  [2]
  $ xenpt walk
  xenpt walk: it needs IMAGE ADDRESS...; `xenpt help walk` tells more
  [2]
  $ xenpt walk tables
  xenpt walk: it needs IMAGE ADDRESS...; `xenpt help walk` tells more
  [2]
  $ xenpt map
  xenpt map: it needs IMAGE; `xenpt help map` tells more
  [2]
  $ xenpt map tables more
  xenpt map: 'more' is too much: it takes IMAGE
  [2]
  $ xenpt map tables --formt json
  xenpt map: there is no option --formt, did you mean '--format'?
  [2]
  $ xenpt map tables --formt=json
  xenpt map: there is no option --formt, did you mean '--format'?
  [2]
  $ xenpt map tables --zzzzzzzzz
  xenpt map: there is no option --zzzzzzzzz
  [2]
  $ xenpt map tables --format
  xenpt map: --format needs FORM after it
  [2]
  $ xenpt map tables --format xml
  xenpt map: --format: 'xml' is none of: text json
  [2]
  $ xenpt map tables --format jsn
  xenpt map: --format: 'jsn' is none of: text json, did you mean 'json'?
  [2]
  $ xenpt map tables --format ''
  xenpt map: --format: '' is none of: text json
  [2]
  $ xenpt map tables --leaves=yes
  xenpt map: --leaves takes no value, and 'yes' is one
  [2]
  $ xenpt map tables --access r
  xenpt map: --access is no option of map, but of walk
  [2]
  $ xenpt walk tables 0 --access
  xenpt walk: --access needs LETTERS after it
  [2]
  $ xenpt walk tables 0 --access ''
  xenpt walk: --access: LETTERS is empty
  [2]
  $ xenpt walk tables 0 --access rz
  xenpt walk: --access: 'rz' is no access: r (read), w (write), x (fetch) or several of them, such as rw
  [2]
  $ xenpt walk tables 0 --cpl 4
  xenpt walk: --cpl: '4' is no privilege level: 0, 1, 2 or 3
  [2]
  $ xenpt walk tables 0 --cpl 33
  xenpt walk: --cpl: '33' is no privilege level: 0, 1, 2 or 3
  [2]
  $ xenpt walk tables 0 --cpl ''
  xenpt walk: --cpl: '' is no privilege level: 0, 1, 2 or 3
  [2]
  $ xenpt map tables --quiet -q
  xenpt map: --quiet is given twice
  [2]
  $ xenpt map tables -x
  xenpt map: there is no option -x; long options begin with two dashes
  [2]
  $ xenpt map tables -qx
  xenpt map: there is no option -x; long options begin with two dashes
  [2]
  $ xenpt map tables -o
  xenpt map: --output needs FILE after it
  [2]
  $ xenpt map tables --fold --unfold
  xenpt map: --fold and --unfold contradict each other
  [2]
  $ xenpt map tables --fold --leaves --root 1000
  xenpt map: --fold and --leaves contradict each other
  [2]
  $ xenpt map tables --fold --unfold --root 1000
  xenpt map: --fold and --unfold contradict each other
  [2]
  $ xenpt map tables --overview --leaves --root 1000
  xenpt map: --overview and --leaves contradict each other
  [2]
  $ xenpt map tables --mode 4lvel
  xenpt map: --mode: '4lvel' is none of: 2level pae 4level 5level unpaged ept4 ept5 npt2 nptpae npt4 npt5 iommu3 iommu4 vtd3 vtd4, did you mean '4level'?
  [2]
  $ xenpt map tables --vendor arm
  xenpt map: --vendor: 'arm' is none of: intel amd
  [2]
  $ xenpt map tables --maxphyaddr 31
  xenpt map: --maxphyaddr: 31 is not between 32 and 52
  [2]
  $ xenpt map tables --maxphyaddr 53
  xenpt map: --maxphyaddr: 53 is not between 32 and 52
  [2]
  $ xenpt map tables --without nz
  xenpt map: --without: 'nz' is none of: nx 1g pse36 smep smap pku pks la57 cet-ss pcid ept-1g ept-2m ept-ad ept-mbec ept-exec-only ept-sss ept-5level ept-advanced-info, did you mean 'nx'?
  [2]
  $ xenpt map tables --without ''
  xenpt map: --without: FEATURES is empty
  [2]
  $ xenpt map tables --without nx,
  xenpt map: --without: '' is none of: nx 1g pse36 smep smap pku pks la57 cet-ss pcid ept-1g ept-2m ept-ad ept-mbec ept-exec-only ept-sss ept-5level ept-advanced-info
  [2]
  $ xenpt map tables --with avx
  xenpt map: --with: 'avx' is none of: nx 1g pse36 smep smap pku pks la57 cet-ss pcid ept-1g ept-2m ept-ad ept-mbec ept-exec-only ept-sss ept-5level ept-advanced-info
  [2]
  $ xenpt map tables --no-nz
  xenpt map: there is no option --no-nz
  [2]
  $ xenpt map tables --context ''
  xenpt map: --context: NAME is empty
  [2]
  $ xenpt map tables $(for i in $(seq 65); do echo --root 1000; done)
  xenpt map: --root can be given 64 times, and no more
  [2]

Nothing is meant by a name.

  $ printf 'host: { ram: 4G, cpus: 2, processor: $cpu }\nparameters: { cpu: [skylake-server, rome] }\nxen: { release: "4.17" }\ndomains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n' > two.yaml
  $ xenpt run two.yaml --only rome
  held    two.yaml cpu=rome: nothing is expected
  $ xenpt run two.yaml --only room
  xenpt run: --only: no file, scenario or combination has 'room' in its name
  [2]
