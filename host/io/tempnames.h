/* Private to host/io: temporary names in a directory, and the list of those that exist right now.
 *
 * The list is the one process-wide mutable state of quern besides the signal flag. A signal handler must be able to
 * remove the names, and a handler can be handed nothing; so it is a table of fixed size whose slots change hands by
 * atomic operations, without locks. */
#ifndef QUERN_IO_TEMPNAMES_H
#define QUERN_IO_TEMPNAMES_H

#include <stdbool.h>

enum { TEMP_NAME_SIZE = 16 };

typedef struct temp_name {
    int slot;                  /* in the table, -1: none */
    int dirfd;                 /* not owned: stays open until the name is dropped */
    char name[TEMP_NAME_SIZE]; /* ".quern-" and six random letters: fits wherever a name fits at all */
} temp_name;

/* Draws a name and puts it into the table *before* anything has it, so that no moment is without. False (errno set:
 * ECANCELED after io_remove_temporaries(), EAGAIN with more writers than slots): nothing was done. */
bool temp_name_take(temp_name *t, int dirfd);
/* Another name in the same slot, after EEXIST. */
bool temp_name_redraw(temp_name *t);
/* The caller has just made the file: removes it again if io_remove_temporaries() went by in between. False: it did. */
bool temp_name_made(const temp_name *t);
/* Out of the table: the name has become the output, or was unlinked. Takes one that is out already. */
void temp_name_drop(temp_name *t);

#endif
