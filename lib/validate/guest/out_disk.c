/*
 * out_disk.c - results go to the disk that the image came from.
 *
 * An emulator that keeps its memory to itself has the disk in a file, and words there cost far
 * less than bytes at a port.  What is on the disk in the end is what out_memory.c has in
 * memory.  Before the end the header there says END_RUNNING and no results: sectors are written
 * when many are full, so a machine that dies does not leave its last results.
 */
#include "cpu.h"
#include "memory.h"
#include "out.h"

#define SECTOR 512u

/* The first channel's first drive; AT Attachment, "PIO data-out". */
enum {
    DATA = 0x1f0,
    COUNT = 0x1f2,
    LBA_LOW,
    LBA_MID,
    LBA_HIGH,
    DRIVE,
    COMMAND, /* Read: the status. */
};

#define DRIVE_LBA      0xe0u
#define WRITE_SECTORS  0x30u
#define STATUS_BUSY    0x80u
#define STATUS_REQUEST 0x08u
#define STATUS_ERROR   0x01u

#define PATIENCE   10000000u
#define SIGN_PORT  0xe9 /* A byte now and then: it is alive. */
#define SIGN_EVERY 256u

#define SECTORS_AT_ONCE 64u

static bool failed;
static uint32_t written; /* Sectors of results. */

/* Until it is not busy, and has what is asked for; false: it does not. */
static bool wait_for(uint8_t wanted)
{
    for (uint32_t i = 0; i < PATIENCE; i++) {
        uint8_t status = inb(COMMAND);

        if (!(status & STATUS_BUSY) && (status & STATUS_ERROR || (status & wanted) == wanted))
            return !(status & STATUS_ERROR);
    }
    return false;
}

static void write_sectors(uint32_t first, uint32_t last)
{
    uint32_t lba = PROBE_DISK_RESULTS / SECTOR + first;

    if (failed)
        return;
    failed = !wait_for(0);
    outb(DRIVE, (uint8_t)(DRIVE_LBA | lba >> 24));
    outb(COUNT, (uint8_t)(last - first + 1));
    outb(LBA_LOW, (uint8_t)lba);
    outb(LBA_MID, (uint8_t)(lba >> 8));
    outb(LBA_HIGH, (uint8_t)(lba >> 16));
    outb(COMMAND, WRITE_SECTORS);
    for (uint32_t s = first; s <= last && !failed; s++) {
        failed = !wait_for(STATUS_REQUEST);
        if (!failed)
            outsw(DATA, memory_at(PROBE_RESULTS + s * SECTOR), SECTOR / 2);
    }
    failed = failed || !wait_for(0);
}

static void begin(const struct results_header *head)
{
    out_memory.begin(head);
    write_sectors(0, 0);
}

/* Sectors from the last one written on, until before byte @end of the results. */
static void flush(uint32_t end)
{
    while (written < end && !failed) {
        write_sectors(written, written + SECTORS_AT_ONCE - 1);
        written += SECTORS_AT_ONCE;
    }
}

static bool result(const struct results_header *head, const struct result *result,
                   const struct result_changed *changed)
{
    if (failed || !out_memory.result(head, result, changed))
        return false;
    flush(((uint32_t)sizeof(*head) + head->size) / SECTOR / SECTORS_AT_ONCE * SECTORS_AT_ONCE);
    return true;
}

static void count(const struct results_header *head)
{
    out_memory.count(head);
    if (head->nr_results % SIGN_EVERY == 0)
        outb(SIGN_PORT, '.');
}

/* The header at last. */
static void end(const struct results_header *head)
{
    flush(((uint32_t)sizeof(*head) + head->size + SECTOR - 1) / SECTOR);
    out_memory.end(head);
    write_sectors(0, 0);
}

const struct out_way out_disk = { begin, result, count, end };
