/* Preloaded into a service under test: keeps, beside each database file, what the disk is sure to have of it.
 * After each fsync or fdatasync of a file PATH its bytes are copied to PATH.synced, under a lock of that copy:
 * what a loss of power leaves at least. With SYNCS_ARE_LOST set it keeps none, as a disk that only says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int is_wanted(const char *path) {
    const char *suffixes[] = {".sqlite", ".sqlite-wal"};
    size_t length = strlen(path);
    for (int i = 0; i < 2; i++) {
        size_t size = strlen(suffixes[i]);
        if (length > size && strcmp(path + length - size, suffixes[i]) == 0) return 1;
    }
    return 0;
}

static void keep_copy(int descriptor) {
    char name[64], path[4096], copy[4200], buffer[65536];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    if (getenv("SYNCS_ARE_LOST") != NULL) return;
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (!is_wanted(path)) return;
    snprintf(copy, sizeof copy, "%s.synced", path);
    int out = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (out < 0) return;
    flock(out, LOCK_EX);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(descriptor, buffer, sizeof buffer, at)) > 0 && pwrite(out, buffer, got, at) == got) at += got;
    if (ftruncate(out, at) != 0) unlink(copy);
    close(out);
}

int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(descriptor);
    if (result == 0) keep_copy(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(descriptor);
    if (result == 0) keep_copy(descriptor);
    return result;
}
