/* pvh.h - the PVH kernel, and what whoever builds a domain of it has to know. */
#ifndef XENPT_TEST_XEN_PVH_H
#define XENPT_TEST_XEN_PVH_H

#define MODE_64     0
#define MODE_PAE    1
#define MODE_2LEVEL 2

/* Guest-physical memory: the kernel is at 2 MiB, and its tables at 3. */
#define PVH_BASE     0x200000
#define GFN_ROOT     0x300 /* Four tables... */
#define GFN_CODE     0x308 /* ...what user mode executes, and its stack... */
#define GFN_STACK    0x309
#define GFN_GRANTED  0x30a /* ...what another domain may map... */
#define GFN_GRANTS   0x30b /* ...by this table... */
#define GFN_SHARED   0x30c /* ...and shared_info. */
#define GFN_HELD     0x30d /* Counts the vCPUs that hold still. */
#define GFN_RELEASED 0x500 /* Eight frames that it gives back. */

/* The same addresses in all modes: pages one by one. */
#define WINDOW_VA  0x2000000
#define USER_CODE  WINDOW_VA
#define USER_STACK (WINDOW_VA + 0x1ff0)

#endif
