#include "tempnames.h"

#include "outfile.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { SLOTS = 256 };
enum { FREE = 0, CHANGING, HELD };

typedef struct slot {
    atomic_int state;
    int dirfd;
    char name[TEMP_NAME_SIZE];
} slot;

/* See tempnames.h for why these two are here. A handler reads a slot only while its state is HELD; it may see a slot
 * that is dropped meanwhile, and then removes a random name that is no longer there, which does nothing. */
static slot slots[SLOTS];
static atomic_bool removed;

static bool draw(char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint8_t random[6];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    memcpy(name, ".quern-", 7);
    for (size_t i = 0; i < sizeof random; i++)
        name[7 + i] = letters[random[i] % (sizeof letters - 1)];
    name[7 + sizeof random] = '\0';
    return true;
}

bool temp_name_take(temp_name *t, int dirfd)
{
    t->slot = -1;
    t->dirfd = dirfd;
    if (!draw(t->name))
        return false;
    for (int i = 0; i < SLOTS; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &expected, CHANGING))
            continue;
        slots[i].dirfd = dirfd;
        memcpy(slots[i].name, t->name, sizeof t->name);
        atomic_store(&slots[i].state, HELD);
        t->slot = i;
        if (!atomic_load(&removed))
            return true;
        temp_name_drop(t);
        errno = ECANCELED;
        return false;
    }
    errno = EAGAIN;
    return false;
}

bool temp_name_redraw(temp_name *t)
{
    slot *s = &slots[t->slot];
    if (!draw(t->name))
        return false;
    atomic_store(&s->state, CHANGING);
    memcpy(s->name, t->name, sizeof t->name);
    atomic_store(&s->state, HELD);
    return true;
}

bool temp_name_made(const temp_name *t)
{
    if (!atomic_load(&removed))
        return true;
    (void)unlinkat(t->dirfd, t->name, 0);
    errno = ECANCELED;
    return false;
}

void temp_name_drop(temp_name *t)
{
    if (t->slot < 0)
        return;
    atomic_store(&slots[t->slot].state, FREE);
    t->slot = -1;
}

void io_remove_temporaries(void)
{
    const int kept = errno;
    atomic_store(&removed, true);
    for (int i = 0; i < SLOTS; i++) {
        if (atomic_load(&slots[i].state) == HELD)
            (void)unlinkat(slots[i].dirfd, slots[i].name, 0);
    }
    errno = kept;
}
