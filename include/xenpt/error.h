/**
 * @file error.h
 * What failed on our side: a bad file, no memory, misuse.
 *
 * A page fault, an EPT violation or a refusal by Xen is an answer, not an error, and never
 * comes this way.  The caller owns the struct; nothing is allocated and nothing is global.
 */
#ifndef XENPT_ERROR_H
#define XENPT_ERROR_H

#include "xenpt/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Why a call failed; #XENPT_OK is 0. */
enum xenpt_code {
    XENPT_OK,           /**< It did not. */
    XENPT_ENOMEM,       /**< The host has no memory left. */
    XENPT_EIO,          /**< A file could not be read or written. */
    XENPT_EPARSE,       /**< Input is not of the form it claims to have. */
    XENPT_ERANGE,       /**< A number is outside what it can be. */
    XENPT_ESTATE,       /**< Hardware would refuse this state, or it is not one to ask this of. */
    XENPT_EUNSUPPORTED, /**< Legal, but nothing that xenpt models. */
    XENPT_ESTOPPED,     /**< The caller's own callback asked to stop. */
};

/** What failed, where, and what to do about it.  Zero-initialise it, or pass NULL. */
struct xenpt_error {
    enum xenpt_code code; /**< #XENPT_OK while nothing failed. */
    unsigned int line;    /**< Line in @ref file, from 1; 0: not a text file. */
    unsigned int column;  /**< Column in @ref line, from 1; 0: the line as a whole. */
    uint64_t offset;      /**< Byte offset in @ref file; valid if @ref has_offset. */
    bool has_offset;      /**< Whether @ref offset says something. */
    char file[256];       /**< The file at fault, or "". */
    char text[400];       /**< One sentence: what was found, what was expected. */
};

/**
 * Gets one of several mistakes of a file, as it is met; @p mistake is good until it returns.
 * Who reads a file says all that is wrong with it, and not just the first.
 */
typedef void (*xenpt_mistake_fn)(void *ctx, const struct xenpt_error *mistake);

/**
 * Records a failure.
 * @param err   May be NULL.
 * @param code  Why; returned as it came, so that failing is one line.
 * @param fmt   printf format of the sentence; cut at the size of xenpt_error::text.
 * @return @p code.
 */
XENPT_API enum xenpt_code xenpt_fail(struct xenpt_error *err, enum xenpt_code code, const char *fmt,
                                     ...) __attribute__((format(printf, 3, 4)));

/** Puts "prefix: " before the sentence of @p err, if there is a failure and somebody to tell.
 *  @return @p code, as it came. */
XENPT_API enum xenpt_code xenpt_prefix(struct xenpt_error *err, enum xenpt_code code,
                                       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Names the file, and the byte offset in it, that the failure in @p err is about. */
XENPT_API enum xenpt_code xenpt_fail_at(struct xenpt_error *err, enum xenpt_code code,
                                        const char *file, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** The code as a word: "no memory", "cannot read", ... */
XENPT_API const char *xenpt_code_name(enum xenpt_code code);

/**
 * Writes "file:line:column: text", "file: offset 0x40: text" or "text" into @p buf.
 * @return The length the whole has, as snprintf() does.
 */
XENPT_API int xenpt_error_format(const struct xenpt_error *err, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
