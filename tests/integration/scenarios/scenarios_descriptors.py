"""Descriptors that are no sockets: how they are made, copied, passed and closed, and what fd.* shows of them."""
from scenario import (CLONE_FILES, CLONE_THREAD, EBADF, ENOENT, LOWER_LAYER, O_CLOEXEC, O_CREAT, O_CREATED,
                      O_DIRECTORY, O_RDWR, O_TMPFILE, O_WRONLY, UPPER_LAYER, clone, execve, look, machine, opened,
                      scenario)
from scap_file import Event, Process, connection, directory, file, listener, plain, poll_set, unix_socket, unix_tuple

NO_ENTRY = {
    "fd.type": None, "fd.filename": None, "fd.dev": None, "fd.ino": None, "fd.is_upper_layer": None,
    "fd.is_server": None, "fd.connected": None, "fd.name_changed": None, "fd.l4proto": None, "fd.sockfamily": None
}
NO_DESCRIPTOR = {
    **NO_ENTRY, "fd.num": None, "fd.name": None, "fd.typechar": None, "fd.directory": None, "fd.nameraw": None,
    "fd.uid": None, "fd.containername": None, "fd.types": None
}

scenario(
    "an opened file", machine(),
    opened(3, "a//b/../c", flags=O_RDWR, dev=0x803, ino=77).shows({
        "fd.num": 3, "fd.type": "file", "fd.typechar": "f", "fd.name": "/work/a/c", "fd.directory": "/work/a",
        "fd.filename": "c", "fd.nameraw": "a/b/../c", "fd.dev": "803", "fd.dev.major": 8, "fd.dev.minor": 3,
        "fd.ino": 77, "fd.uid": "1003", "fd.containername": ":/work/a/c", "fd.containerdirectory": ":/work/a",
        "fd.is_upper_layer": False, "fd.is_lower_layer": False, "fd.name_changed": True, "fd.connected": False,
        "fd.is_server": False, "fd.sockfamily": None, "fd.l4proto": "<NA>", "fd.types": ["file"],
        "fd.types[3]": ["file"], "fd.types[9]": None, "evt.arg.fd": "<f>/work/a/c", "evt.rawres": 3
    }),
    Event("read", fd=3, res=0).sees(fd__name="/work/a/c", fd__nameraw="a/b/../c", fd__name_changed=False,
                                    fd__dev="803"),
    look().shows(NO_DESCRIPTOR),
    opened(4, "/", flags=O_DIRECTORY | 1).sees(fd__type="directory", fd__typechar="d", fd__name="/", fd__directory="/",
                                               fd__filename=None),
    opened(5, "/").sees(fd__type="file", fd__directory="/", fd__filename="/"),
    opened(6, "/top").sees(fd__directory="/", fd__filename="top"),
    opened(7, "dir/", flags=O_DIRECTORY | 1).sees(fd__name="/work/dir", fd__directory="/work/dir"),
    Event("read", fd=7).shows({"fd.types": ["directory", "file"]}))

scenario(
    "failed opens", machine(),
    opened(ENOENT, "none").shows(NO_ENTRY).shows({
        "fd.num": -1, "fd.name": "/work/none", "fd.typechar": "f", "fd.directory": "/work", "fd.nameraw": "none",
        "fd.uid": "100-1", "evt.arg.fd": "ENOENT"
    }),
    Event("open", fd=ENOENT, name="none").shows(NO_ENTRY).sees(fd__name="/work/none", fd__typechar="o", fd__num=-1,
                                                               fd__nameraw="/work/none"),
    Event("creat", fd=ENOENT, name="none").shows(NO_ENTRY).sees(fd__name="/work/none", fd__typechar="f"),
    Event("openat2", fd=ENOENT, name="/x/../none", dirfd=9).sees(fd__name="/none", fd__typechar="f",
                                                                 fd__nameraw="/x/../none"),
    Event("openat2", fd=ENOENT, name="none", dirfd=9).sees(fd__name="<UNKNOWN>none", fd__typechar="f"),
    Event("open_by_handle_at", fd=ENOENT, path="/h").sees(fd__typechar="o", fd__name="/h"),
    opened(ENOENT, None).sees(fd__num=-1, evt__arg__name="<NA>"))

scenario(
    "layers, devices, creation", machine(),
    opened(3, "/u", flags=O_CREAT | O_CREATED | UPPER_LAYER | O_WRONLY,
           mode=0o755).sees(fd__is_upper_layer=True, fd__is_lower_layer=False, evt__is_open_create=True,
                            evt__is_open_exec=True, evt__is_open_write=True, evt__is_open_read=False,
                            evt__arg__mode="0755", evt__arg__flags="O_CREAT|O_WRONLY|O_F_CREATED|FD_UPPER_LAYER"),
    opened(4, "/l", flags=LOWER_LAYER | O_RDWR).sees(fd__is_lower_layer=True, evt__is_open_read=True,
                                                     evt__is_open_write=True),
    Event("creat", fd=5, name="c", mode=0o640, creat_flags=1, dev=0xfe001,
          ino=3).sees(fd__is_upper_layer=True, fd__name="/work/c", evt__is_open_create=False, evt__is_open_exec=False,
                      fd__dev="FE001", evt__is_open_read=False, evt__arg__creat_flags="FD_UPPER_LAYER_CREAT",
                      fd__nameraw="c"),
    Event("creat", fd=6, name="d", mode=0o100, creat_flags=2).sees(fd__is_lower_layer=True, evt__is_open_exec=True),
    Event("open_by_handle_at", fd=7, mountfd=3, flags=O_RDWR, path="/abs/h", dev=5,
          ino=6).sees(fd__name="/abs/h", fd__type="file", evt__is_open_read=True, evt__is_open_exec=False,
                      evt__is_open_create=False, fd__ino=6),
    opened(8, "/t", flags=O_TMPFILE | O_DIRECTORY | O_WRONLY,
           mode=0o700).sees(evt__is_open_create=True, evt__is_open_exec=True, fd__type="directory"),
    opened(ENOENT, "/t", flags=O_TMPFILE | O_WRONLY | O_CREAT | O_CREATED,
           mode=0o700).sees(evt__is_open_create=False, evt__is_open_exec=True, evt__is_open_write=True),
    look().sees(evt__is_open_read=False, evt__is_open_write=False, evt__is_open_exec=False, evt__is_open_create=False))

MADE = [("eventfd", {"res": 3}, "e", "event", ""), ("eventfd2", {"res": 4}, "e", "event", ""),
        ("signalfd", {"res": 5}, "s", "signalfd", ""), ("signalfd4", {"res": 6}, "s", "signalfd", ""),
        ("epoll_create", {"res": 7}, "l", "eventpoll", ""), ("epoll_create1", {"res": 8}, "l", "eventpoll", ""),
        ("inotify_init", {"res": 9}, "i", "inotify", ""), ("inotify_init1", {"res": 10}, "i", "inotify", ""),
        ("timerfd_create", {"res": 11}, "t", "timerfd", ""), ("bpf", {"fd": 12, "cmd": 0}, "b", "bpf", ""),
        ("bpf", {"fd": 13, "cmd": 5}, "b", "bpf", ""), ("userfaultfd", {"res": 14}, "u", "userfaultfd", ""),
        ("io_uring_setup", {"res": 15}, "r", "io_uring", ""),
        ("memfd_create", {"fd": 16, "name": "mem"}, "m", "memfd", "mem"),
        ("pidfd_open", {"fd": 17, "pid": 1}, "P", "pidfd", "/proc/1")]
for kind, values, letter, name, text in MADE:
    number = next(iter(values.values()))
    result = next(iter(values))
    changed = bool(text)
    scenario(
        f"{kind} {values} makes a descriptor", machine(),
        Event(kind, **values).shows({
            "fd.num": number, "fd.typechar": letter, "fd.type": name, "fd.name": text, "fd.nameraw": "",
            "fd.name_changed": changed, "fd.filename": None, "fd.directory": None, "fd.l4proto": "<NA>",
            "fd.connected": False, "fd.is_server": False, "fd.ino": 0, "fd.dev": "0"
        }),
        Event("close", fd=number).sees(fd__typechar=letter, fd__name=text),
        Event("read", fd=number, res=EBADF).shows(NO_ENTRY),
        Event(kind, **{**values, result: ENOENT}).shows(NO_ENTRY).sees(fd__num=-1, fd__name=""))
for kind, letter in [("pipe", "p"), ("pipe2", "p"), ("eventfd", "e"), ("signalfd", "s"), ("timerfd_create", "t"),
                     ("inotify_init", "i"), ("userfaultfd", "o"), ("epoll_create", "o"), ("memfd_create", "o"),
                     ("dup", "o"), ("accept", "4"), ("socket", "4")]:
    result = "fd" if kind in ("memfd_create", "accept", "socket") else "res"
    scenario(f"the letter of a failed {kind}", machine(), Event(kind, **{result: ENOENT}).sees(fd__typechar=letter))

scenario("bpf commands that make no descriptor", machine(), Event("bpf", fd=5, cmd=1).shows(NO_ENTRY))
scenario("the root in the name of a pidfd is the monitor's", machine(Process(100, root="/jail")),
         Event("pidfd_open", fd=3, pid=7).sees(fd__name="/proc/7"))
scenario(
    "pipes", machine(),
    Event("pipe", fd1=3, fd2=4, ino=99).shows({
        "fd.num": 4, "fd.type": "pipe", "fd.typechar": "p", "fd.name": "", "fd.ino": 99, "fd.name_changed": False,
        "evt.arg.fd1": "<p>"
    }),
    Event("read", fd=3, res=1).sees(fd__type="pipe", fd__ino=99, evt__category="ipc"),
    Event("pipe2", fd1=5, fd2=6, flags=O_CLOEXEC, ino=98),
    look().sees(proc__fdopencount=4),
    execve(100).sees(proc__fdopencount=2))

scenario(
    "copies", machine(Process(100, fds=[(3, file("/f", 1, 7), 5)])),
    Event("dup", res=4, oldfd=3).sees(fd__num=4, fd__name="/f", fd__ino=5, fd__name_changed=False,
                                      evt__arg__res="<f>/f", fd__nameraw="", evt__arg__oldfd="<f>/f"),
    Event("dup2", res=5, oldfd=4, newfd=5).sees(fd__num=5, fd__name="/f"),
    Event("dup3", res=6, oldfd=3, newfd=6, flags=O_CLOEXEC).sees(fd__num=6, fd__name="/f"),
    Event("fcntl", res=7, fd=3, cmd=1, arg=7).sees(fd__num=7, fd__name="/f"),
    Event("fcntl", res=8, fd=3, cmd=26, arg=7).sees(fd__num=8, fd__name="/f"),
    Event("fcntl", res=0, fd=3, cmd=4).sees(fd__num=3, fd__name="/f"),
    Event("dup", res=EBADF, oldfd=3).sees(fd__num=3, fd__name="/f", fd__typechar="f"),
    Event("dup2", res=9, oldfd=33, newfd=9).shows(NO_ENTRY).sees(fd__num=33, fd__name=""),
    Event("fcntl", res=EBADF, fd=3, cmd=1).sees(fd__num=3, fd__name="/f"), opened(9, "/other"),
    Event("dup2", res=9, oldfd=3, newfd=9).sees(fd__name="/f", fd__num=9, fd__name_changed=False),
    look().sees(proc__fdopencount=7),
    execve(100).sees(proc__fdopencount=5),
    Event("read", fd=6).shows(NO_ENTRY),
    Event("read", fd=8).shows(NO_ENTRY),
    Event("read", fd=7).sees(fd__name="/f"))

scenario("F_SETFD changes what execve closes",
         machine(Process(100, fds=[(3, file("/f")), (4, file("/g", 1 | O_CLOEXEC))])),
         Event("fcntl", res=0, fd=3, cmd=3, arg=1), Event("fcntl", res=0, fd=4, cmd=3, arg=0),
         execve(100).sees(proc__fdopencount=1),
         Event("read", fd=4).sees(fd__name="/g"))
scenario("a copy loses close-on-exec", machine(Process(100, fds=[(3, file("/f", 1 | O_CLOEXEC))])),
         Event("dup", res=4, oldfd=3), Event("dup2", res=5, oldfd=3, newfd=5), Event("fcntl", res=6, fd=3, cmd=1),
         execve(100).sees(proc__fdopencount=3))
KEPT = [
    Event("timerfd_create", res=11, flags=255),
    Event("userfaultfd", res=12, flags=O_CLOEXEC),
    Event("io_uring_setup", res=13),
    Event("bpf", fd=14, cmd=0),
    Event("pidfd_open", fd=15, pid=1)
]
scenario("descriptors that the table keeps over execve", machine(Process(100, fds=[(30, plain(7, "pipe:[1]"))])), *KEPT,
         execve(100).sees(proc__fdopencount=6))
scenario("descriptors that execve closes", machine(Process(100, fds=[(3, file("/f", 1 | O_CLOEXEC))])),
         Event("open", fd=4, name="x", flags=1 | O_CLOEXEC), opened(5, "x", flags=1 | O_CLOEXEC),
         Event("openat2", fd=6, name="x", flags=1 | O_CLOEXEC),
         Event("open_by_handle_at", fd=7, path="/x", flags=1 | O_CLOEXEC),
         Event("socket", fd=8, domain=2, type=1, flags=O_CLOEXEC),
         Event("accept4", fd=9, flags=O_CLOEXEC, tuple=unix_tuple(1, 2, "")),
         Event("pipe2", fd1=10, fd2=11, flags=O_CLOEXEC), Event("eventfd2", res=12, flags=O_CLOEXEC),
         Event("signalfd4", res=13, flags=O_CLOEXEC), Event("inotify_init1", res=14, flags=O_CLOEXEC),
         Event("epoll_create1", res=15, flags=1), Event("memfd_create", fd=16, name="m", flags=1),
         look().sees(proc__fdopencount=14),
         execve(100).sees(proc__fdopencount=0))

scenario("pidfd_getfd copies from the other process", machine(Process(100), Process(200, fds=[(9, file("/theirs"))])),
         Event("pidfd_open", fd=3, pid=200),
         Event("pidfd_getfd", fd=4, pid_fd=3, target_fd=9).sees(fd__num=4, fd__name="/theirs"),
         Event("read", fd=4).sees(fd__name="/theirs"), Event("pidfd_getfd", fd=5, pid_fd=3, target_fd=8),
         Event("read", fd=5).shows(NO_ENTRY),
         Event("pidfd_getfd", fd=EBADF, pid_fd=3, target_fd=9).sees(fd__num=-1),
         execve(100).sees(proc__fdopencount=1))

scenario("close", machine(Process(100, fds=[(3, file("/f")), (4, file("/g"))])),
         Event("close", fd=3).sees(fd__name="/f", fd__num=3),
         Event("read", fd=3).shows(NO_ENTRY).sees(fd__num=3, fd__name=""),
         Event("close", res=EBADF, fd=4).sees(fd__name="/g"),
         Event("read", fd=4).sees(fd__name="/g"),
         Event("close", res=EBADF, fd=-1).sees(fd__num=-1, fd__name="", evt__arg__fd="EPERM"))
scenario("close_range", machine(Process(100, fds=[(n, file(f"/{n}")) for n in range(3, 9)])),
         Event("close_range", res=EBADF, first=3, last=9),
         look().sees(proc__fdopencount=6), Event("close_range", first=3, last=4),
         look().sees(proc__fdopencount=4), Event("close_range", first=5, last=6, flags=4),
         look().sees(proc__fdopencount=4), Event("close_range", first=8, last=-1),
         look().sees(proc__fdopencount=3),
         execve(100).sees(proc__fdopencount=1))

scenario("descriptors after fork, thread and execve", machine(Process(100, fds=[(3, file("/f"))])), clone(100, 200),
         opened(4, "/child", 200),
         Event("read", 100, fd=4).shows(NO_ENTRY),
         Event("read", 200, fd=3).sees(fd__name="/f"), clone(100, 300, flags=CLONE_THREAD | CLONE_FILES),
         Event("close", 300, fd=3),
         Event("read", 100, fd=3).shows(NO_ENTRY),
         Event("read", 200, fd=3).sees(fd__name="/f"))
scenario(
    "the list's flags choose the table",
    machine(Process(100, fds=[(3, file("/f"))]), Process(101, pid=100, flags=CLONE_FILES, fds=[]),
            Process(102, pid=100, flags=0, fds=[(5, file("/own"))])),
    Event("read", 101, fd=3).sees(fd__name="/f"),
    Event("read", 102, fd=5).sees(fd__name="/own", proc__fdopencount=1),
    Event("read", 102, fd=3).shows(NO_ENTRY))

KINDS = [(0, "file", "f"), (1, "file", "f"), (2, "directory", "d"), (7, "pipe", "p"), (9, "event", "e"),
         (10, "<NA>", "X"), (11, "signalfd", "s"), (12, "eventpoll", "l"), (13, "inotify", "i"), (14, "timerfd", "t"),
         (15, "netlink", "n"), (17, "bpf", "b"), (18, "userfaultfd", "u"), (19, "io_uring", "r"), (20, "memfd", "m"),
         (21, "pidfd", "P")]
scenario(
    "every plain type of the list",
    machine(Process(100, fds=[(number, plain(number, f"/name/{number}"), 1000 + number) for number, _, _ in KINDS])), *[
        Event("fstat", fd=number).shows({
            "fd.type": name, "fd.typechar": letter, "fd.name": f"/name/{number}", "fd.ino": 1000 + number,
            "fd.nameraw": ""
        }) for number, name, letter in KINDS
    ])
scenario(
    "sockets of the list",
    machine(
        Process(
            100, fds=[(3, connection("10.0.0.5", 4000, "1.2.3.4", 80)), (4, connection("::1", 1, "::2", 2)),
                      (5, listener("0.0.0.0", 22)), (6, listener("::", 23)), (7, unix_socket("/run/s", 0x10, 0x20)),
                      (8, connection("10.0.0.5", 53, "1.2.3.4", 54, 3)), (9, plain(99, "?"))])),
    Event("read", fd=3).shows({
        "fd.name": "10.0.0.5:4000->1.2.3.4:80", "fd.type": "ipv4", "fd.connected": True, "fd.l4proto": "tcp",
        "fd.cip": "10.0.0.5", "fd.sport": 80
    }),
    Event("fstat", fd=4).shows(
        {"fd.name": "::1:1->::2:2", "fd.type": "ipv6", "fd.sip": None, "fd.l4proto": "<NA>", "fd.connected": True}),
    Event("fstat", fd=5).shows({
        "fd.name": "0.0.0.0:22", "fd.sport": 22, "fd.sip": None, "fd.is_server": True, "fd.cip": None,
        "fd.l4proto": "<NA>"
    }),
    Event("fstat", fd=6).shows({"fd.name": ":::23", "fd.sport": 23, "fd.typechar": "6"}),
    Event("fstat", fd=7).shows({"fd.name": "/run/s", "fd.typechar": "u", "fd.sockfamily": "unix"}),
    Event("fstat", fd=8).shows({"fd.l4proto": "udp"}),
    Event("fstat", fd=9).shows({"fd.name": "unknown-type:[99]", "fd.typechar": "X", "fd.type": "<NA>"}))

scenario(
    "categories of calls on descriptors",
    machine(
        Process(
            100, fds=[(3, file("/f")), (4, directory("/d")), (5, connection("10.0.0.5", 1, "1.2.3.4", 2)),
                      (6, unix_socket("u")), (7, plain(7, "p")), (8, plain(9, "")), (9, plain(12, "")),
                      (10, plain(18, "")), (11, plain(13, "")), (12, plain(11, "")), (13, listener("0.0.0.0", 1))])),
    *[
        Event("read", fd=fd, res=1).sees(evt__category=category)
        for fd, category in [(3, "file"), (4, "file"), (5, "net"), (6, "ipc"), (7, "ipc"), (8, "ipc"), (
            9, "unknown"), (10, "ipc"), (11, "ipc"), (12, "ipc"), (13, "net"), (99, "unknown")]
    ],
    Event("write", fd=3, res=5, data=b"hello").shows({
        "evt.is_io": True, "evt.is_io_read": False, "evt.is_io_write": True, "evt.io_dir": "write", "evt.buflen": 5,
        "evt.buffer": "hello", "evt.buflen.out": 5, "evt.buflen.file": 5, "evt.buflen.file.out": 5,
        "evt.buflen.in": None, "evt.buflen.net": None, "evt.count.error": 0, "evt.count.error.file": 0,
        "evt.count.error.net": None, "evt.count.error.other": None
    }),
    Event("write", fd=5, res=EBADF).shows(
        {"evt.buflen": None, "evt.count.error.net": 1, "evt.count.error.file": None, "evt.count.error": 1}),
    Event("write", fd=99,
          res=EBADF).shows({"evt.count.error.other": 1, "evt.count.error.file": None, "evt.buflen": None}),
    Event("close", fd=4).shows({"evt.buflen": 0, "evt.category": "file", "evt.is_io": False, "evt.io_dir": None}),
    Event("mmap", res=-12,
          fd=-1).shows({"evt.count.error.memory": 1, "evt.count.error.other": None, "evt.category": "memory"}),
    opened(ENOENT, "x").shows({"evt.count.error.file": 1}),
    Event("accept", fd=EBADF).shows({"evt.count.error.net": 1}))

scenario("syslog", machine(Process(100, fds=[(3, unix_socket("/dev/log"))])),
         Event("write", fd=3, res=1).sees(evt__is_syslog=True),
         Event("read", fd=3, res=1).sees(evt__is_syslog=False))
scenario("which parameter is the descriptor",
         machine(Process(100, fds=[(3, file("/three")), (4, file("/four")), (5, file("/five"))])),
         Event("sendfile", out_fd=3, in_fd=4, res=0).sees(fd__name="/three", fd__num=3),
         Event("splice", fd_in=4, fd_out=3, res=0),
         Event("readv", fd=5, res=0).sees(fd__name="/five"),
         Event("preadv", fd=5, res=0).sees(fd__name="/five"),
         Event("pread", fd=5, res=0).sees(fd__name="/five"),
         Event("writev", fd=5, res=0).sees(fd__name="/five"),
         Event("pwritev", fd=5, res=0).sees(fd__name="/five"),
         Event("pwrite", fd=5, res=0).sees(fd__name="/five"),
         Event("mmap", fd=4, res=0).sees(fd__name="/four"),
         Event("mmap2", fd=4, res=0).sees(fd__name="/four"),
         Event("symlinkat", linkdirfd=3, target="t", linkpath="l").sees(fd__num=3),
         Event("fchdir", fd=3).sees(fd__name="/three"),
         Event("ioctl", fd=4, res=0).sees(fd__name="/four"),
         Event("flock", fd=4, res=0).sees(fd__name="/four"))

scenario(
    "poll sets",
    machine(
        Process(
            100, fds=[(3, file("/f")), (4, connection("10.0.0.5", 4000, "1.2.3.4", 80)), (5, listener("0.0.0.0", 22)),
                      (6, listener("::1", 23)), (7, plain(7, ""))])),
    Event("poll", fds=poll_set((3, 1), (4, 5), (5, 0), (6, 0), (7, 1), (9, 0x1a), (-1, 1)), timeout=-1, res=1).shows({
        "fdlist.nums": "3,4,5,6,7,9,-1",
        "fdlist.names": "/f,10.0.0.5:4000->1.2.3.4:80,0.0.0.0:22,::1:23,<NA>,<NA>,<NA>", "fdlist.cips": "10.0.0.5",
        "fdlist.sips": "1.2.3.4,0.0.0.0,0.0.0.0", "fdlist.cports": "4000", "fdlist.sports": "80",
        "evt.arg.fds": "3:f1 4:45 5:40 6:60 7:p1 9:?1a 18446744073709551615:?1", "evt.arg.timeout": "-1",
        "evt.is_wait": True
    }),
    Event("ppoll", fds=poll_set((3, 1)), timeout=(1 << 64) - 1, sigmask=1 << 1 | 1 << 14).shows(
        {"fdlist.nums": "3", "fdlist.cips": None, "evt.arg.timeout": "none", "evt.arg.sigmask": "SIGINT SIGTERM"}),
    Event("ppoll", fds=None,
          timeout=1500000000).shows({"fdlist.nums": None, "evt.arg.fds": "NULL", "evt.arg.timeout": "1.5s"}),
    look().sees(fdlist__nums=None))

scenario("a memory file without a name", machine(),
         Event("memfd_create", fd=3, name="").sees(fd__name="", fd__name_changed=False, fd__typechar="m"))
scenario("the same file twice", machine(),
         opened(3, "/x").sees(fd__name_changed=True),
         opened(3, "/x").sees(fd__name_changed=True))
