/* A disk that fails: stands before the C library's writes and syncs of one SQLite store (LD_PRELOAD).
 *
 * What it is to do, and what it has seen, is one page of memory that it shares with the test (struct page, whose twin
 * is Shim in shim.py). Beside it goes a record of what every write has replaced since the last successful sync of its
 * file, so that the test can take away what a power cut, or the pages that a failed sync has dropped, would take away.
 *
 *     MEDSETTLE_SHIM_STORE   the store's path; STORE is file 1, STORE-wal is file 2, nothing else is touched
 *     MEDSETTLE_SHIM_PAGE    path of the page; PAGE.1 and PAGE.2 are the records
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct page {
    int64_t sync_files;     /* whose syncs fail: 1, 2, or 3 for both; 0 none */
    int64_t sync_after;     /* how many of them are let through before */
    int64_t sync_count;     /* how many then fail */
    int64_t sync_errno;     /* with what */
    int64_t sync_sleep_us;  /* how long every sync of the store takes beside its own time */
    int64_t write_files;    /* the same four of writes */
    int64_t write_after;
    int64_t write_count;
    int64_t write_errno;
    int64_t write_short;    /* not 0: a write that fails has put half of its bytes down first, and says so */
    int64_t kill_in;        /* not 0: the process is killed at the so-many-th write or sync from now, */
    int64_t kill_late;      /* before it (0) or after it (1) */
    int64_t writes_seen;
    int64_t syncs_seen;
    int64_t writes_failed;
    int64_t syncs_failed;
};

struct entry { int64_t kind, offset, size, old_size, file_size; };  /* and old_size bytes; kind 'W', 'S'ynced, 'F'ailed */

static struct page *page;
static const char *store;
static int records[3] = {-1, -1, -1};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MEDSETTLE_SHIM_PAGE");
    char name[4096];
    store = getenv("MEDSETTLE_SHIM_STORE");
    if (path == NULL || store == NULL) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) return;
    void *memory = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    for (int file = 1; file <= 2; file++) {
        snprintf(name, sizeof name, "%s.%d", path, file);
        records[file] = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    page = memory == MAP_FAILED ? NULL : memory;
}

/* Which of the store's files a descriptor is; 0 for any other. */
static int file_of(int fd) {
    char link[64], path[4096];
    if (page == NULL) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    size_t prefix = strlen(store);
    if (size < (ssize_t)prefix || memcmp(path, store, prefix) != 0) return 0;
    path[size] = 0;
    return path[prefix] == 0 ? 1 : strcmp(path + prefix, "-wal") == 0 ? 2 : 0;
}

static void note(int file, struct entry entry, const void *old) {
    if (syscall(SYS_write, records[file], &entry, sizeof entry) != sizeof entry) abort();
    if (entry.old_size > 0 && syscall(SYS_write, records[file], old, entry.old_size) != entry.old_size) abort();
}

/* Whether this is the call that a fault waits for. */
static int due(int64_t files, int file, int64_t *after, int64_t *count) {
    if (!(files & file) || *count == 0) return 0;
    if (*after > 0) {
        *after -= 1;
        return 0;
    }
    *count -= 1;
    return 1;
}

static void maybe_die(int late) {
    if (page->kill_in == 0 || page->kill_late != late || --page->kill_in > 0) return;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static ssize_t written(int fd, int file, const void *bytes, size_t size, off64_t offset) {
    struct stat64 status;
    char *old = malloc(size > 0 ? size : 1);
    pthread_mutex_lock(&lock);
    page->writes_seen++;
    maybe_die(0);
    fstat64(fd, &status);
    ssize_t old_size = syscall(SYS_pread64, fd, old, size, offset);
    note(file, (struct entry){'W', offset, (int64_t)size, old_size > 0 ? old_size : 0, status.st_size}, old);
    int fails = due(page->write_files, file, &page->write_after, &page->write_count), error = (int)page->write_errno;
    ssize_t done = -1;
    if (!fails || (page->write_short && size > 1)) {
        done = syscall(SYS_pwrite64, fd, bytes, fails ? size / 2 : size, offset);
        error = errno;
    }
    page->writes_failed += fails;
    maybe_die(1);
    pthread_mutex_unlock(&lock);
    free(old);
    errno = error;
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
    int file = file_of(fd);
    return file ? written(fd, file, bytes, size, offset) : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return pwrite64(fd, bytes, size, offset); }

static int synced(int fd, long call) {
    int file = file_of(fd);
    if (!file) return (int)syscall(call, fd);
    if (page->sync_sleep_us > 0) usleep((useconds_t)page->sync_sleep_us);
    pthread_mutex_lock(&lock);
    page->syncs_seen++;
    maybe_die(0);
    int fails = due(page->sync_files, file, &page->sync_after, &page->sync_count), done = -1;
    int error = (int)page->sync_errno;
    if (fails) {
        page->syncs_failed++;
    } else {
        done = (int)syscall(call, fd);
        error = errno;
    }
    /* As long as no sync has failed, nothing from before a good one can be lost any more. */
    if (done == 0 && page->syncs_failed == 0) {
        if (syscall(SYS_ftruncate, records[file], 0) != 0) abort();
    } else {
        note(file, (struct entry){done == 0 ? 'S' : 'F', 0, 0, 0, 0}, NULL);
    }
    maybe_die(1);
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int fsync(int fd) { return synced(fd, SYS_fsync); }
