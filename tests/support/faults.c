/* A native library with faults: the three functions of SSPI, doing on request what the real ones
 * will not, and keeping count of every buffer that they hand out and get back. */

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define API __declspec(dllexport)
#define SEC_ENTRY __stdcall
#define PAGE ((size_t)4096) /* on every processor of Windows */
#else
#include <sys/mman.h>
#include <unistd.h>
#define API
#define SEC_ENTRY
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#endif

enum { TEXT = 1024 };

typedef struct {
    uint32_t fCapabilities;
    uint16_t wVersion;
    uint16_t wRPCID;
    uint32_t cbMaxToken;
    uint16_t *Name;
    uint16_t *Comment;
} SecPkgInfoW;

/* What the tests ask for, and what they read. */
API struct Faults {
    uint32_t enumerate_status;
    uint32_t query_status;
    uint32_t free_status;
    uint32_t buffer_on_error; /* an error status comes with a buffer */
    uint32_t null_array;      /* success with a NULL pointer */
    uint32_t null_strings;    /* Name and Comment are NULL */
    uint32_t guard;           /* array and strings each end where an unreadable page begins */
    uint32_t unaligned;       /* strings begin at odd addresses */
    uint32_t packages; /* this and `first` may change while the library is in use */
    uint32_t first;    /* the number of the first package */
    uint32_t capabilities;
    uint32_t rpc_id;
    uint32_t max_token;
    uint16_t name[TEXT];    /* of every package, unless the first unit is 0; it ends in 0 */
    uint16_t comment[TEXT];
    uint32_t interrupt_at;         /* the call, counted from 1, in which a signal arrives */
    uint32_t interrupt_on_acquire; /* a signal arrives when the lock has been taken */
    void (*interrupt)(void);
    uint64_t calls; /* of the three functions */
    uint64_t handed_out;
    uint64_t freed;
    uint64_t freed_wrongly; /* pointers freed twice or never handed out */
    uint64_t held;          /* how often the lock is held */
} faults;

/* A block that ends where an unreadable page begins, or a plain one. */
typedef struct Block {
    struct Block *next;  /* of the same answer */
    struct Block *other; /* the next answer that is outstanding */
    char *pages;         /* NULL for a plain block */
    size_t size;         /* of the pages */
    char *data;
} Block;

static Block *outstanding;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
    }
}

static void unlock(void) { atomic_flag_clear_explicit(&busy, memory_order_release); }

static Block *allocate(size_t size, size_t shift, Block *next) {
    Block *block = malloc(sizeof *block + (faults.guard ? 0 : size + shift));
    block->next = next;
    block->pages = NULL;
    if (!faults.guard) {
        block->data = (char *)(block + 1) + shift;
        return block;
    }
    size_t readable = (size + PAGE - 1) / PAGE * PAGE;
    block->size = readable + PAGE;
#ifdef _WIN32
    DWORD before;
    block->pages = VirtualAlloc(NULL, block->size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    VirtualProtect(block->pages + readable, PAGE, PAGE_NOACCESS, &before);
#else
    int use = PROT_READ | PROT_WRITE;
    block->pages = mmap(NULL, block->size, use, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(block->pages + readable, PAGE, PROT_NONE);
#endif
    block->data = block->pages + readable - size;
    return block;
}

static void release(Block *block) {
    while (block) {
        Block *next = block->next;
        if (block->pages) {
#ifdef _WIN32
            VirtualFree(block->pages, 0, MEM_RELEASE);
#else
            munmap(block->pages, block->size);
#endif
        }
        free(block);
        block = next;
    }
}

/* The text asked for, or "Package 7" and the like. */
static size_t text_of(const uint16_t *asked, const char *prefix, uint32_t number, uint16_t *text) {
    char plain[32];
    size_t length = 0;
    snprintf(plain, sizeof plain, "%s %u", prefix, (unsigned)number);
    do {
        text[length] = asked[0] ? asked[length] : (unsigned char)plain[length];
    } while (text[length++]);
    return length * sizeof *text;
}

static int same(const uint16_t *one, const uint16_t *other) {
    while (*one && *one == *other) {
        one++, other++;
    }
    return *one == *other;
}

static Block *string(const uint16_t *asked, const char *prefix, uint32_t number, Block *next) {
    uint16_t text[TEXT];
    size_t size = text_of(asked, prefix, number, text);
    Block *block = allocate(size, faults.unaligned ? 1 : 0, next);
    memcpy(block->data, text, size);
    return block;
}

static SecPkgInfoW *hand_out(uint32_t first, uint32_t count) {
    Block *answer = allocate(sizeof(SecPkgInfoW) * count, 0, NULL);
    SecPkgInfoW *packages = (SecPkgInfoW *)answer->data;
    for (uint32_t i = 0; i < count; i++) {
        packages[i] = (SecPkgInfoW){
            faults.capabilities, 1, (uint16_t)faults.rpc_id, faults.max_token, NULL, NULL};
        if (!faults.null_strings) {
            answer->next = string(faults.name, "Package", first + i, answer->next);
            packages[i].Name = (uint16_t *)answer->next->data;
            answer->next = string(faults.comment, "Comment", first + i, answer->next);
            packages[i].Comment = (uint16_t *)answer->next->data;
        }
    }
    lock();
    answer->other = outstanding;
    outstanding = answer;
    faults.handed_out++;
    unlock();
    return packages;
}

/* The worst moment for a signal: the native side has done its work, and Python has not seen it. */
static int32_t finish(int32_t status) {
    lock();
    int now = ++faults.calls == faults.interrupt_at;
    unlock();
    if (now) {
        faults.interrupt();
    }
    return status;
}

/* A lock in C that Python code can take, and that a signal can arrive in. */
API int32_t acquire(void) {
    faults.held++;
    if (faults.interrupt_on_acquire) {
        faults.interrupt();
    }
    return 1;
}

API void release_it(void) { faults.held--; }

API int32_t SEC_ENTRY EnumerateSecurityPackagesW(uint32_t *count, SecPkgInfoW **packages) {
    if (!faults.enumerate_status || faults.buffer_on_error) {
        *count = faults.packages;
        *packages = faults.null_array ? NULL : hand_out(faults.first, faults.packages);
    }
    return finish((int32_t)faults.enumerate_status);
}

API int32_t SEC_ENTRY QuerySecurityPackageInfoW(const uint16_t *name, SecPkgInfoW **package) {
    if (faults.query_status) {
        if (faults.buffer_on_error) {
            *package = hand_out(faults.first, 1);
        }
        return finish((int32_t)faults.query_status);
    }
    for (uint32_t i = 0; i < faults.packages; i++) {
        uint16_t text[TEXT];
        text_of(faults.name, "Package", faults.first + i, text);
        if (same(name, text)) {
            *package = faults.null_array ? NULL : hand_out(faults.first + i, 1);
            return finish(0);
        }
    }
    return finish((int32_t)0x80090305);
}

API int32_t SEC_ENTRY FreeContextBuffer(void *buffer) {
    lock();
    Block **link = &outstanding;
    while (*link && (*link)->data != buffer) {
        link = &(*link)->other;
    }
    Block *answer = *link;
    if (answer) {
        *link = answer->other;
        faults.freed++;
    } else {
        faults.freed_wrongly++;
    }
    unlock();
    release(answer);
    return finish(answer ? (int32_t)faults.free_status : (int32_t)0x80090301);
}
