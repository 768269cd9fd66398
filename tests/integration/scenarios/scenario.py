"""How scenarios are written: `scenario("statement", machine(...), events...)` puts one into the table."""
from scap_file import Event, NO_ID, Process, ScapFile

FIELDS_OF_RULE = 200
SCENARIOS = []

# Flags as events hold them.
CLONE_FILES, CLONE_NEWPID, CLONE_PARENT, CLONE_THREAD = 1, 64, 256, 8192
CLONE_CHILD_IN_PIDNS, CLONE_NEWUSER, CLONE_VFORK = 1 << 29, 1 << 20, 1 << 27
O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_APPEND, O_EXCL, O_TRUNC = 1, 2, 3, 4, 8, 32, 256
O_DIRECTORY, O_CLOEXEC, O_TMPFILE, O_CREATED, UPPER_LAYER, LOWER_LAYER = 1024, 4096, 8192, 16384, 32768, 65536
AT_FDCWD = -100
ENOENT, EBADF, EINPROGRESS, EACCES, ECONNREFUSED = -2, -9, -115, -13, -111
INET, INET6, UNIX, NETLINK = 2, 10, 1, 16
STREAM, DATAGRAM, RAW = 1, 2, 3
TCP, UDP, ICMP = 6, 17, 1


class Scenario:
    """`items`: events, and functions that write other blocks into the file between them."""

    def __init__(self, name, prepare, items, status, message, cut):
        self.name, self.prepare, self.items = name, prepare, items
        self.status, self.message, self.cut = status, message, cut
        self.events = [item for item in items if isinstance(item, Event)]
        self.numbers = []

    def capture(self, catalog):
        """Fills `numbers`, too: evt.num of each event, 0 of what has none."""
        file, number = ScapFile(catalog), 0
        self.prepare(file)
        for item in self.items:
            if not isinstance(item, Event):
                item(file)
                continue
            file.event(item)
            number += item.numbered
            self.numbers.append(number if item.numbered else 0)
        return file.bytes()[:self.cut]


def scenario(name, prepare, *items, status=0, message="", cut=None):
    SCENARIOS.append(Scenario(name, prepare, list(items), status, message, cut))


INIT = Process(1, name="init", ptid=0, sid=1)


def machine(*processes, users=((0, 0, "root", "/root", "/bin/sh"), (1000, 1000, "alice", "/home/alice", "/bin/zsh")),
            groups=((0, "root"), (1000, "staff")), interfaces=(("lo", "127.0.0.1", "255.0.0.0"),
                                                              ("eth0", "10.0.0.5", "255.255.255.0"))):
    """The process with id 1 and `processes`; without any a shell with id 100."""
    listed = list(processes) or [Process(100)]

    def prepare(file):
        file.interfaces(interfaces)
        file.users(users, groups)
        file.processes([process for process in [INIT] if all(p.values["tid"] != 1 for p in listed)] + listed)
    return prepare


def clone(tid, result, /, *, kind="clone", pid=None, ptid=1, vtid=None, vpid=None, flags=0, **more):
    """A clone in its caller, or (result 0) in the child."""
    pid = tid if pid is None else pid
    values = {"exe": "shell", "args": ["-c"], "comm": "shell", "fdlimit": 1024, "cgroups": ["cpu=/"]}
    values.update(more)
    return Event(kind, tid, res=result, tid=tid, pid=pid, ptid=ptid, vtid=tid if vtid is None else vtid,
                 vpid=pid if vpid is None else vpid, flags=flags, **values)


def execve(tid, /, comm="cat", *, kind="execve", pid=None, ptid=1, **more):
    values = {"exe": comm, "args": ["file"], "fdlimit": 1024, "cgroups": ["cpu=/"], "env": ["A=1"], "loginuid": NO_ID,
              "vpgid": tid, "pgid": tid, "trusted_exepath": f"/usr/bin/{comm}"}
    if kind == "execve":
        values["filename"] = f"/usr/bin/{comm}"
    values.update(more)
    return Event(kind, tid, comm=comm, tid=tid, pid=tid if pid is None else pid, ptid=ptid, **values)


def opened(fd, name, /, tid=100, *, dirfd=AT_FDCWD, flags=O_RDONLY, **more):
    return Event("openat", tid, fd=fd, name=name, dirfd=dirfd, flags=flags, **more)


def look(tid=100, /, **more):
    """An event that changes nothing."""
    return Event("getuid", tid, **more)
