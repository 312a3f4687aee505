/**
 * @file view.h
 * A view: contexts over memory.
 *
 * A memory image presents a view, and so does a simulated machine.  Whoever asks a question
 * takes a view and knows nothing of where it came from.
 */
#ifndef XENPT_VIEW_H
#define XENPT_VIEW_H

#include "xenpt/paging.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Longest name of a context, its end included. */
#define XENPT_NAME_MAX   48
/** Longest name of a domain, its end included. */
#define XENPT_DOMAIN_MAX 24

/** Something a CPU can run on: a root, a paging mode, and perhaps a second stage under it. */
struct xenpt_context {
    char name[XENPT_NAME_MAX];     /**< "cpu0", "d1.v0.kernel", ... */
    struct xenpt_paging paging;    /**< First stage (of the guest, if there is a second). */
    struct xenpt_paging second;    /**< Second stage; valid if @ref has_second. */
    bool has_second;               /**< The root is guest-physical, under @ref second. */
    bool has_cpu;                  /**< @ref cpl, @ref ac and @ref ip are those of a CPU. */
    uint8_t cpl;                   /**< Current privilege level. */
    bool ac;                       /**< EFLAGS.AC. */
    uint64_t ip;                   /**< Instruction pointer. */
    char assumed[256];             /**< What was inferred, not read: "EFER.LMA=1 (CS.L); ...". */
    const char *kind;              /**< What its root is for, in a word that outlives every view:
                                        "idle", "xpti"; NULL: nothing is known. */
    char domain[XENPT_DOMAIN_MAX]; /**< Whose it is: equal for the contexts of one domain and
                                        different for those of two; "": nobody's, or unknown. */
};

struct xenpt_view;

/** What a view that knows more than entries says of an address. */
struct xenpt_explanation {
    const char *area;     /**< "directmap", or a symbol; NULL: nothing is known. */
    uint64_t area_offset; /**< Bytes from the start of what @ref area names. */
};

/** An entry of a table, to ask about. */
struct xenpt_entry_question {
    const struct xenpt_context *context; /**< The context whose walks read it... */
    bool second;                         /**< ...in its second stage; else the first. */
    unsigned int level;                  /**< Level of the table it lies in. */
    uint64_t in;                         /**< First input address that it speaks for. */
    uint64_t at;                         /**< Machine address of the entry; 0: not known. */
    uint64_t entry;                      /**< Its value; without P, as 0, it is absent. */
};

/** Why an entry is there: a row of whoever explains. */
struct xenpt_entry_rule {
    const char *name;   /**< One word: "ro-m2p". */
    const char *text;   /**< In a sentence. */
    const char *source; /**< Where this is known from: a file and a release. */
};

/** What the address in an entry can be. */
enum xenpt_frame_rule {
    XENPT_FRAME_EXACT,   /**< This one and no other: it is computed. */
    XENPT_FRAME_RENAMED, /**< Some frame that an allocator chose: one for one with the frame here,
                              wherever it is met. */
    XENPT_FRAME_ANY,     /**< Whatever it is; as predicted, if it corresponds one to one. */
};

/**
 * What a view says of an entry, and what it would accept in its place.  The answer depends on
 * the context, the stage, the level and the address, and not on where the entry lies, but
 * for linear page tables, which lead to the table that they are in: so a machine can be asked
 * about the entries of another machine's memory.
 */
struct xenpt_entry_explanation {
    const char *area;                    /**< What the address belongs to, or NULL. */
    const char *owner;                   /**< "xen", "d0", "d1": who decides on the entry. */
    const struct xenpt_entry_rule *rule; /**< Why it is there, or why nothing is. */
    const char *shared;                  /**< Who has the same entry, in words, or NULL. */
    uint64_t entry;                      /**< What should be there; 0: nothing. */
    uint64_t may_differ;                 /**< Bits of @ref entry that may be otherwise. */
    enum xenpt_frame_rule frame;         /**< What its address may be. */
    bool may_be_absent;                  /**< There may be nothing as well. */
    bool may_be_split;                   /**< A page may be a table of smaller ones, which are asked
                                              about in turn; a table may be one page as well. */
    bool one_of_several;                 /**< Not a prediction: the entry asked about is of a kind
                                              that may be there, and this is how one would be. */
    bool opaque;                         /**< It is another's to decide, as a guest's: anything may
                                              be there, and below. */
};

/** What a view says of a machine address: what is there is in no page table, and has a use. */
struct xenpt_memory_explanation {
    const char *owner;   /**< "d1": whose it is. */
    const char *use;     /**< "start-info": one word. */
    char what[80];       /**< "start_info.store_mfn"; else @ref use again. */
    uint64_t into;       /**< Bytes from the start of what is named so. */
    const char *outside; /**< What it is to whoever it is not meant for, whatever is mapped; NULL:
                              what is there. */
};

/**
 * How a view explains itself: Xen's knowledge reaches a reader through it alone.  What it
 * answers is borrowed from it, and valid as long as it is.
 */
struct xenpt_explainer {
    /** Says what lies at input address @p in of @p ctx.  @return False: it does not know. */
    bool (*address)(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                    uint64_t in, struct xenpt_explanation *ret);
    /** Says why an entry is as it is; may be NULL.  @return False: it does not know. */
    bool (*entry)(const struct xenpt_explainer *self, const struct xenpt_entry_question *question,
                  struct xenpt_entry_explanation *ret);
    /** Says what lies at machine address @p maddr; may be NULL.  @return False: it does not know.
     */
    bool (*memory)(const struct xenpt_explainer *self, uint64_t maddr,
                   struct xenpt_memory_explanation *ret);
};

/** Contexts over memory.  All that it points to is borrowed from whoever presents it. */
struct xenpt_view {
    const struct xenpt_reader *mem;          /**< Machine memory. */
    const struct xenpt_context *contexts;    /**< In the order to show them. */
    size_t nr_contexts;                      /**< Of @ref contexts. */
    const struct xenpt_explainer *explainer; /**< May be NULL. */
};

/** How sure something is that was inferred. */
enum xenpt_confidence {
    XENPT_CERTAIN,        /**< Nothing else has this shape. */
    XENPT_LIKELY,         /**< Something else could, and usually does not. */
    XENPT_POSSIBLE,       /**< It is one of several things. */
    XENPT_NR_CONFIDENCES, /**< How many there are. */
};

/** "certain", "likely", "possible". */
XENPT_API const char *xenpt_confidence_name(enum xenpt_confidence confidence);

/** Something that was inferred: about a machine, from its memory. */
struct xenpt_inference {
    const char *what; /**< "release", "RAM": a word. */
    char value[160];  /**< "xen-4.17". */
    char from[240];   /**< From what, in words. */
};

/** A root that was found in memory, where nobody had told of it. */
struct xenpt_root {
    struct xenpt_context context; /**< Named "root:0xMFN"; its kind and domain say what it is. */
    enum xenpt_confidence confidence; /**< How sure that is. */
    bool stale;                       /**< It was a root once: its frame has another use now. */
    char why[400];                    /**< What it was recognised by, in words. */
};

/** Who executes. */
enum xenpt_executor {
    XENPT_BY_USER,      /**< User code of a guest, or of a system without Xen. */
    XENPT_BY_KERNEL,    /**< A kernel. */
    XENPT_BY_XEN,       /**< Xen. */
    XENPT_BY_DEVICE,    /**< A device. */
    XENPT_NR_EXECUTORS, /**< How many there are. */
};

/** "user", "kernel", "xen", "device". */
XENPT_API const char *xenpt_executor_name(enum xenpt_executor party);

/** What somebody sees who gets at a byte. */
enum xenpt_sight {
    XENPT_SIGHT_PLAINTEXT,  /**< What its owner has there. */
    XENPT_SIGHT_CIPHERTEXT, /**< That, encrypted by a key that is not the reader's. */
    XENPT_SIGHT_REFUSED,    /**< Nothing: a fault, or bytes that say nothing. */
    XENPT_NR_SIGHTS,        /**< How many there are. */
};

/** "plaintext", "ciphertext", "refused". */
XENPT_API const char *xenpt_sight_name(enum xenpt_sight sight);

/** What can be done with a byte: bits. */
enum {
    XENPT_EXPOSE_READ = 1 << 0,    /**< It can be read. */
    XENPT_EXPOSE_WRITE = 1 << 1,   /**< It can be written. */
    XENPT_EXPOSE_EXECUTE = 1 << 2, /**< Instructions can be fetched from it. */
};

/** A piece of machine memory, and whose it is. */
struct xenpt_owned {
    uint64_t first; /**< Its first byte... */
    uint64_t last;  /**< ...and its last. */
    uint32_t owner; /**< Number in xenpt_owners::names. */
};

/** Whose machine memory is; memory in no piece is no RAM. */
struct xenpt_owners {
    const char **names;         /**< "xen", "d1". */
    size_t nr_names;            /**< Of @ref names. */
    struct xenpt_owned *pieces; /**< Ascending; none overlap. */
    size_t nr_pieces;           /**< Of @ref pieces. */
};

/** The context with this name, or NULL. */
XENPT_API const struct xenpt_context *xenpt_view_context(const struct xenpt_view *view,
                                                         const char *name);

#ifdef __cplusplus
}
#endif

#endif
