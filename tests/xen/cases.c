/* cases.c - runs the cases, and writes their lines. */
#include "cases.h"

uint64_t l1, l2, l3, page;
const char *const feature_names[NR_FEATURES] = { "", "paging", "devices" };

static char text[512];
static size_t length;

/* --- Lines ----------------------------------------------------------------------------------- */

void said_text(const char *what)
{
    while (*what && length < sizeof(text) - 2)
        text[length++] = *what++;
    text[length] = 0;
}

static void number(uint64_t n)
{
    char digits[21];
    size_t i = sizeof(digits);

    digits[--i] = 0;
    do
        digits[--i] = (char)('0' + n % 10);
    while (n /= 10);
    said_text(digits + i);
}

static void minus(int rc)
{
    if (rc < 0)
        said_text("-");
    number((uint64_t)(rc < 0 ? -(int64_t)rc : rc));
}

static void name(int rc)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        { 0, "ok" },       { -1, "EPERM" },   { -2, "ENOENT" },    { -3, "ESRCH" },
        { -6, "ENXIO" },   { -7, "E2BIG" },   { -12, "ENOMEM" },   { -13, "EACCES" },
        { -14, "EFAULT" }, { -16, "EBUSY" },  { -17, "EEXIST" },   { -18, "EXDEV" },
        { -19, "ENODEV" }, { -22, "EINVAL" }, { -28, "ENOSPC" },   { -34, "ERANGE" },
        { -31, "EMLINK" }, { -38, "ENOSYS" }, { -85, "ERESTART" }, { -95, "EOPNOTSUPP" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].error == rc) {
            said_text(names[i].name);
            return;
        }
    minus(rc);
}

void said(int rc)
{
    said_text(" ");
    name(rc);
}

void said_done(int rc, uint32_t done)
{
    said(rc);
    said_text("/");
    number(done);
}

void said_status(int rc)
{
    said_text(" ");
    if (!rc)
        said_text("ok");
    else {
        said_text("status");
        minus(rc);
    }
}

void said_number(uint64_t nr)
{
    said_text(" ");
    number(nr);
}

/* --- Requests, as cases make most of them ---------------------------------------------------- */

uint64_t at(uint64_t frame, unsigned int slot)
{
    return frame << 12 | slot * 8;
}

int mmu_of(uint64_t ptr, uint64_t val, uint32_t foreigndom)
{
    struct mmu_request req = { ptr, val };
    int rc = ask_mmu(&req, 1, foreigndom, NULL);

    said(rc);
    return rc;
}

int mmu(uint64_t ptr, uint64_t val)
{
    return mmu_of(ptr, val, SELF);
}

int ext_of(uint32_t cmd, uint64_t arg, uint64_t second, uint32_t domain)
{
    struct ext_request op = { cmd, arg, second };
    int rc = ask_ext(&op, 1, domain, NULL);

    said(rc);
    return rc;
}

int ext(uint32_t cmd, uint64_t arg, uint64_t second)
{
    return ext_of(cmd, arg, second, SELF);
}

/* --- Running --------------------------------------------------------------------------------- */

/* Tables that no case has touched; the ones before them go, with what is left of them. */
static void grow(void)
{
    struct mmu_request req[4];
    uint32_t done = 0;
    int rc;

    if (is_pvh())
        return;
    l1 = fresh();
    l2 = fresh();
    l3 = fresh();
    page = fresh();
    req[0] = (struct mmu_request){ at(l1, 0), page << 12 | PAGE };
    req[1] = (struct mmu_request){ at(l2, 0), l1 << 12 | TABLE };
    req[2] = (struct mmu_request){ at(l3, 0), l2 << 12 | TABLE };
    req[3] = (struct mmu_request){ at(root(), 8), l3 << 12 | TABLE };
    rc = ask_mmu(req, 4, SELF, &done);
    if (rc) {
        said_done(rc, done);
        said_text(" instead of its tables;");
    }
}

static void run(const struct xen_case *c, void (*line)(const char *))
{
    length = 0;
    said_text(who() == D2 ? "d2 " : who() == D1 ? "d1 " : is_pvh() ? "p0 " : "d0 ");
    said_text(c->rule);
    said_text(" ");
    said_text(c->what);
    said_text(":");
    grow();
    c->ask();
    said_text("\n");
    line(text);
}

void cases_list(const struct xen_cases *list, void (*line)(const char *))
{
    for (size_t i = 0; has(list->needs) && i < list->nr; i++)
        if (list->rows[i].by >> who() & 1)
            run(&list->rows[i], line);
}

void cases_last(unsigned int domain, unsigned int what, bool crashed, void (*line)(const char *))
{
    static const char *const lines[2][3] = {
        { "d1 iret-frame from where nothing is mapped:",
          "d1 iret-user-table to user mode without a table:",
          "d1 iret-frame from where nothing is mapped:" },
        { "d2 physmap-populate where a grant is:", "d2 grant-p2m-place where another one is:",
          "d2 param-tss-own beyond 4 GiB:" },
    };

    length = 0;
    said_text(lines[domain == D2][what]);
    said_text(crashed ? " crash\n" : " ok\n");
    line(text);
}
