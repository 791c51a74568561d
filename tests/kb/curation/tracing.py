"""A child process stopped at each of its system calls (Linux): killed there, or watched for what is on the disk.

ptrace(2), by ctypes. `Moment` is what the folder looks like after a system call that changed it, and what of it the
child has told the system to bring to the disk by then.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_TRACEME, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 24, 0x4200, 0x420E
_GOOD, _EXITKILL = 1, 1 << 20
_ENTRY = 1
_SYNC = {"x86_64": {74, 75}, "aarch64": {82, 83}}.get(platform.machine(), set())
"""The numbers of fsync and fdatasync."""


class _Info(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    )


class File(NamedTuple):
    """A name in the folder: which file it leads to, and what that file holds."""

    inode: int
    content: bytes


class Moment(NamedTuple):
    """The folder after a system call, and the files that this call brought to the disk; 0 stands for the folder."""

    names: dict[str, File]
    synced: int | None


def can_trace() -> bool:
    """Whether this system lets a process trace its children."""
    if not sys.platform.startswith("linux") or not _SYNC:
        return False
    try:
        return stopped_at(lambda: None, 1)
    except OSError:
        return False


def stopped_at(job: Callable[[], object], count: int) -> bool:
    """Run a job in a child and kill it before its `count`-th system call; False where it ended before."""
    child = _child(job)
    for _ in range(2 * count - 1):
        if not _step(child):
            return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def watched(job: Callable[[], object], folder: Path) -> list[Moment]:
    """Run a job in a child, and what the folder was like after each of its system calls that changed or synced it."""
    child = _child(job)
    moments = [Moment(_names(folder), None)]
    syncing: int | None = None
    while _step(child):
        info = _Info()
        _ptrace(_SYSCALL_INFO, child, ctypes.sizeof(info), ctypes.addressof(info))
        if info.op == _ENTRY:
            syncing = _target(child, info.arguments[0], folder) if info.number in _SYNC else None
        else:
            names = _names(folder)
            if syncing is not None or names != moments[-1].names:
                moments.append(Moment(names, syncing))
    return moments


def _child(job: Callable[[], object]) -> int:
    child = os.fork()
    if not child:
        try:
            _ptrace(_TRACEME, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            job()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise OSError("the child cannot be traced")
    _ptrace(_SETOPTIONS, child, 0, _GOOD | _EXITKILL)
    return child


def _step(child: int) -> bool:
    """Let the child go on to the begin or end of a system call; False where it ended."""
    _ptrace(_SYSCALL, child, 0, 0)
    _, status = os.waitpid(child, 0)
    return os.WIFSTOPPED(status)


def _ptrace(request: int, child: int, address: int, data: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, child, address, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _target(child: int, descriptor: int, folder: Path) -> int | None:
    """The file that a descriptor of the child leads to: its inode, 0 for the folder itself, None elsewhere."""
    link = Path(os.readlink(f"/proc/{child}/fd/{descriptor}"))
    if link == folder:
        return 0
    if link.parent != folder:
        return None
    return os.stat(f"/proc/{child}/fd/{descriptor}").st_ino


def _names(folder: Path) -> dict[str, File]:
    return {each.name: File(each.stat().st_ino, each.read_bytes()) for each in sorted(folder.iterdir())}
