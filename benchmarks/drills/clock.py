"""A machine's clock for some processes alone, that can be set while they run.

A small library, compiled here and loaded before the C library, adds seconds to whatever asks for the time
of day. It reads the number from a file in memory, so that it changes for all of them in one moment.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from benchmarks.drills.plan import CannotBeDone

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long *ahead;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("DRILL_CLOCK");
    int file = name ? open(name, O_RDONLY) : -1;
    if (file >= 0) {
        void *found = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        if (found != MAP_FAILED) ahead = found;
    }
}

int clock_gettime(clockid_t which, struct timespec *told) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(which, told);
    if (ahead && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) told->tv_sec += *ahead;
    return status;
}

int gettimeofday(struct timeval *told, void *zone) {
    struct timespec now;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}
"""


class MovedClock:
    """The clock of all processes that are started with `environ`. Raises CannotBeDone without a C compiler."""

    def __init__(self, directory: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise CannotBeDone(
                "There is no C compiler (cc), and no other way to set the clock of single processes."
            )
        source, library, self._file = (directory / f"clock.{end}" for end in ("c", "so", "ahead"))
        source.write_text(SOURCE, "ascii")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self._file.write_bytes(bytes(8))
        self.environ = {"LD_PRELOAD": str(library), "DRILL_CLOCK": str(self._file)}

    def be_ahead(self, seconds: int) -> None:
        """Set the clock so many seconds ahead of the machine's."""
        with self._file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:8] = struct.pack("l", seconds)
