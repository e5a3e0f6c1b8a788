"""The system calls that a program in the jail may not make."""

import os
import struct

# Numbers from the kernel's tables: x86_64's own, and the generic one that aarch64 and riscv64 use. Denied are
# new processes and threads, so that memory and processor time are those of one process; other processes'
# memory; new namespaces and mounts; sockets, since not all families (vsock) end at a network namespace;
# shared memory, which no limit of a process counts; and parts of the kernel that such programs never need.
_BY_NAME = {
    "socket": (41, 198),
    "shmget": (29, 194),
    "clone": (56, 220),
    "fork": (57, None),
    "vfork": (58, None),
    "semget": (64, 190),
    "msgget": (68, 186),
    "ptrace": (101, 117),
    "mount": (165, 40),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "mq_open": (240, 180),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "memfd_secret": (447, 447),
}
_CLONE3 = 435
_X32 = 0x40000000  # calls of x86_64's other interface are numbered from here
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "riscv64": (0xC00000F3, 1)}

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38


def machine() -> str:
    """This machine's architecture, as the kernel names it."""
    return os.uname().machine


def known(architecture: str) -> bool:
    """Whether there is a filter for an architecture."""
    return architecture in _ARCHITECTURES


def denied(architecture: str) -> bytes:
    """A filter for bubblewrap's `--seccomp`, in the kernel's classic BPF (seccomp(2)).

    Denied calls fail with EPERM; clone3 is "not there", upon which libraries fall back to clone; calls by way
    of another architecture's interface end the process.

    Raises:
        KeyError: There is none for the architecture; ask `known` first.
    """
    audit, table = _ARCHITECTURES[architecture]
    numbers = [row[table] for row in _BY_NAME.values()]
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERROR | _ENOSYS),
    ]
    for number in numbers:
        if number is not None:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | _EPERM)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
