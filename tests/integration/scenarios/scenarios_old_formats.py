"""Old versions of blocks and events, appended captures, damage."""
import struct

from scenario import AT_FDCWD, INET, STREAM, look, machine, scenario
from scap_file import Event, Process, START, connection, file, listener, plain, socket_address, tuple_of, unix_socket

FULL = dict(ptid=1, sid=5, vpgid=6, name="old", exe="./old", exepath="/bin/old", args=["a", "b"], cwd="/c", fdlimit=9,
            uid=1000, gid=1000, vmsize=1, vmrss=2, vmswap=3, pfmajor=4, pfminor=5, env=["E=1"], vtid=7, vpid=8,
            cgroups=["cpu=/x"], root="/r", pidns_start=11, tty=12, loginuid=1000, exe_writable=1, cap_inheritable=1,
            cap_permitted=2, cap_effective=4, exe_upper_layer=1, exe_ino=13, exe_ino_ctime=14, exe_ino_mtime=15,
            exe_from_memfd=1, exe_lower_layer=1, pgid=16)
SINCE = {
    1: {
        "proc.name": "old", "proc.exe": "./old", "proc.args": "a b", "proc.cwd": "/c/", "proc.fdlimit": 9,
        "user.uid": 1000, "group.gid": 1000, "proc.pid": 100, "proc.ppid": 1
    }, 2: {"proc.vmsize": 1, "proc.vmrss": 2, "proc.vmswap": 3, "thread.pfmajor": 4, "thread.pfminor": 5},
    3: {"proc.env[E]": "1"}, 4: {"proc.vpid": 8, "thread.vtid": 7, "thread.cgroups": "cpu=/x"}, 6: {"proc.sid": 5},
    7: {"proc.exepath": "/bin/old"}, 8: {"proc.vpgid": 6}, 9: {
        "proc.tty": 12, "user.loginuid": 1000, "proc.is_exe_writable": True, "thread.cap_inheritable": "CAP_CHOWN",
        "thread.cap_permitted": "CAP_DAC_OVERRIDE", "proc.is_exe_upper_layer": True, "proc.exe_ino": 13,
        "proc.exe_ino.mtime": 15, "proc.is_exe_from_memfd": True, "proc.is_exe_lower_layer": True, "proc.pgid": 16,
        "proc.pidns_init_start_ts": 11
    }
}
BEFORE = {
    2: {"proc.vmsize": 0,
        "thread.pfminor": 0}, 3: {"proc.env": ""}, 4: {"proc.vpid": None, "thread.vtid": None, "thread.cgroups": None},
    6: {"proc.sid": -1}, 7: {"proc.exepath": ""}, 8: {"proc.vpgid": -1}, 9: {
        "proc.tty": 0, "user.loginuid": -1, "proc.is_exe_writable": False, "thread.cap_inheritable": "",
        "proc.exe_ino": None, "proc.pgid": -1, "proc.is_exe_lower_layer": False, "proc.pidns_init_start_ts": None
    }
}
LEGACY = {1: 0x8000ABCD, 2: 0x8013ABCD, 3: 0x8014ABCD}


def listed(version, process, block=None, descriptors=2):

    def prepare(file):
        if block is None:
            file.processes([Process(1, name="init", ptid=0), process], version, descriptors)
        else:
            file.block(block, Process(1, name="init", ptid=0).encode(version) + process.encode(version))

    return prepare


for version in range(1, 10):
    values = {name: value for first, part in SINCE.items() if first <= version for name, value in part.items()}
    values.update({name: value for first, part in BEFORE.items() if first > version for name, value in part.items()})
    scenario(f"process list version {version}", listed(version, Process(100, **FULL)), look().shows(values))
for version, block in LEGACY.items():
    scenario(f"process list {block:#x}", listed(version, Process(100, **FULL), block),
             look().shows({"proc.name": "old", "proc.exepath": "" if version < 7 else "/bin/old"}))
for last, values in [
    ("root", BEFORE[9]),
    ("cap_effective", {"proc.tty": 12, "user.loginuid": 1000, "proc.exe_ino": None,
                       "thread.cap_permitted": "CAP_DAC_OVERRIDE"}),
    ("exe_upper_layer", {"proc.is_exe_upper_layer": True, "proc.exe_ino": None}),
    ("exe_ino", {"proc.exe_ino": 13, "proc.exe_ino.mtime": None}),
    ("exe_from_memfd", {"proc.is_exe_from_memfd": True, "proc.pgid": -1})]:
    scenario(f"process list up to {last}", listed(9, Process(100, last=last, **FULL)), look().shows(values))


def early_writer(file):
    """Without the start of the namespace and the terminal."""
    head = Process(100, last="root", **FULL).encode(9)[4:]
    tail = struct.pack("<IBQQQ", 1000, 1, 1, 2, 4)
    file.block(0x215, struct.pack("<I", len(head + tail) + 4) + head + tail)


scenario(
    "process list of an early writer", early_writer,
    look().shows({
        "user.loginuid": 1000, "proc.is_exe_writable": True, "thread.cap_permitted": "CAP_DAC_OVERRIDE", "proc.tty": 0
    }))


def newer_writer(file):
    entry = Process(100, **FULL).encode(9)[4:] + b"more to come"
    file.block(0x215, struct.pack("<I", len(entry) + 4) + entry + Process(101, name="next").encode(9))


scenario("process list of a newer writer", newer_writer,
         look().shows({"proc.pgid": 16}),
         look(101).shows({"proc.name": "next"}))


def twice(file):
    file.processes([Process(100, name="first", fds=[(3, plain(1, "/first"))])])
    file.processes([Process(100, name="second", fds=[(3, plain(1, "/second"))]), Process(101, fds=[])])


scenario("a second list replaces the first", twice,
         look().shows({"proc.name": "second"}),
         Event("read", fd=3).sees(fd__name="/second"))

OLD_FDS = [(3, plain(1, "/f")), (4, connection("10.0.0.5", 1, "1.2.3.4", 2)), (5, listener("0.0.0.0", 3)),
           (6, unix_socket("/u")), (7, plain(7, "pipe:[1]")), (8, connection("::1", 1, "::2", 2)),
           (9, b"\x10" + struct.pack("<I", 3) + b"\x02\0/g"), (10, plain(0, "/old"))]
scenario(
    "descriptor list version 1", listed(5, Process(100, fds=OLD_FDS), descriptors=1), *[
        Event("fstat", fd=fd).sees(fd__name=name)
        for fd, name in [(3, "/f"), (4, "10.0.0.5:1->1.2.3.4:2"), (5, "0.0.0.0:3"), (6, "/u"), (
            7, "pipe:[1]"), (8, "::1:1->::2:2"), (9, "/g"), (10, "/old")]
    ])


def old_lists(file):
    file.interfaces([("lo", "127.0.0.1", "255.0.0.0"), ("eth0", "10.0.0.5", "255.255.255.0"),
                     ("eth0", "fd00::5", "ffff:ffff:ffff:ffff::")], 1)
    file.users([(7, 8, "seven", "/h", "/s")], [(8, "eight")], 1)
    file.processes([Process(100, uid=7, gid=8)], 5)


def interfaces_without_speed(file):
    body = b""
    for kind, ip in (3, bytes([10, 0, 0, 5])), (4, b"\xfd" + b"\0" * 14 + b"\x05"):
        body += struct.pack("<HH", kind, 4) + ip + b"\xff" * len(ip) + b"\xff" * len(ip) + b"eth0"
    file.block(0x205, body)
    file.processes([Process(100)])


BOUND = [
    Event("socket", fd=3, domain=INET, type=STREAM),
    Event("connect", fd=3, tuple=tuple_of("1.2.3.4", 1, "10.0.0.5", 2)).sees(fd__is_server=True)
]
scenario("users and interfaces version 1", old_lists,
         look().shows({"user.name": "seven", "user.homedir": "/h", "group.name": "eight"}), *BOUND)
scenario("interfaces without speed", interfaces_without_speed, *BOUND)
scenario("blocks that are not known are passed over", lambda file: (file.block(0x777, b"x" * 40), machine()
                                                                    (file), file.block(0x230, b"")),
         look().shows({"proc.name": "shell"}))
scenario(
    "a section header with options", lambda file:
    (setattr(file, "data", b""), file.section(version=(1, 0), options=b"\1\0\4\0abcd\0\0\0\0"), machine()(file)),
    look().shows({"proc.name": "shell"}))

# ---- pairs of events ----


def enter(kind, tid=100, /, **values):
    return Event(kind, tid, **values).swallowed()


def old(kind, count, tid=100, /, **values):
    return Event(kind, tid, _count=count, **values)


for block in 1, 2:
    scenario(
        f"pairs of events, blocks of version {block}", machine(Process(100, fds=[(3, file("/f")), (0, file("/zero"))])),
        *[
            item for pair in [
                (Event("SYSCALL_OPEN_E", 100, _count=0).hidden(),
                 old("SYSCALL_OPEN_X", 4, fd=5, name="o", flags=1, mode=0).shows({
                     "fd.name": "/work/o", "fd.dev": "0",
                     "evt.args": "fd=5(<f>/work/o) name=o(/work/o) flags=1(O_RDONLY) mode=0 dev=<NA> ino=<NA>"
                 })),
                (enter("SYSCALL_READ_E", fd=3, size=77), old("SYSCALL_READ_X", 2, res=4, data=b"data").shows(
                    {"evt.args": "res=4 data=data fd=3(<f>/f) size=77"})),
                (enter("SYSCALL_CLOSE_E", fd=3),
                 old("SYSCALL_CLOSE_X", 1, res=0).shows({"fd.name": "/f", "fd.num": 3})),
                (None, old("SYSCALL_CLOSE_X", 1, res=0).shows({"fd.num": 0, "fd.name": "/zero"})),
                (enter("SYSCALL_OPENAT_E", dirfd=AT_FDCWD, name="p", flags=3, mode=0o600),
                 old("SYSCALL_OPENAT_X", 1, fd=6).shows(
                     {"evt.type": "openat", "fd.name": "/work/p", "evt.arg.flags": "O_RDWR", "evt.is_open_write": True})
                 ),
                (None,
                 old("SYSCALL_OPENAT_X", 1, fd=7).shows({"evt.arg.name": "<NA>", "evt.arg.flags": "<NA>", "fd.num": 7})
                 ),
                (enter("SYSCALL_UNLINK_E", path="u"),
                 old("SYSCALL_UNLINK_X", 1, res=0).shows({"evt.type": "unlink", "fs.path.name": "/work/u"})),
                (enter("SYSCALL_UNLINKAT_E", dirfd=AT_FDCWD, name="u"),
                 old("SYSCALL_UNLINKAT_X", 1, res=0).shows({"evt.arg.name": "/work/u", "evt.arg.flags": "<NA>"})),
                (enter("SYSCALL_MKDIR_E", path="/m", mode=0o755),
                 old("SYSCALL_MKDIR_X", 1, res=0).shows({"evt.args": "res=0 path=/m mode=1ED"})),
                (enter("SYSCALL_RMDIR_E", path="/m"),
                 old("SYSCALL_RMDIR_X", 1, res=-2).shows({"evt.args": "res=-2(ENOENT) path=/m"})),
                (enter("SYSCALL_LINK_E", oldpath="o", newpath="n"),
                 old("SYSCALL_LINK_X", 1, res=0).shows({"fs.path.target": "/work/o", "fs.path.source": "/work/n"})),
                (enter("SYSCALL_DUP_E", fd=6),
                 old("SYSCALL_DUP_X", 1, res=8).shows({"fd.num": 8, "fd.name": "/work/p"})),
                (enter("SYSCALL_FCHDIR_E", fd=6), old("SYSCALL_FCHDIR_X", 1, res=0).shows({"proc.cwd": "/work/p/"})),
                (enter("SYSCALL_KILL_E", pid=100, sig=9),
                 old("SYSCALL_KILL_X", 1, res=0).shows({"evt.args": "res=0 pid=100(shell) sig=9(SIGKILL)"})),
                (enter("SYSCALL_SETUID_E", uid=1000), old("SYSCALL_SETUID_X", 1, res=0).shows({"user.name": "alice"})),
                (None, old("SYSCALL_SETUID_X", 1, res=0).shows({"evt.arg.uid": "<NA>"})),
                (enter("SYSCALL_BRK_1_E", size=5), old("SYSCALL_BRK_1_X", 1, res=0x10).shows({"evt.type": "brk"})),
                (enter("SYSCALL_LSEEK_E", fd=6, offset=-1, whence=2),
                 old("SYSCALL_LSEEK_X", 1, res=3).shows({"evt.arg.whence": "SEEK_END", "evt.arg.offset": "-1"})),
                (enter("SYSCALL_IOCTL_2_E", fd=6, request=255), old("SYSCALL_IOCTL_2_X", 1, res=0).shows(
                    {"evt.args": "res=0 fd=6(<f>/work/p) request=FF argument=<NA>"})),
                (enter("SYSCALL_NANOSLEEP_E", interval=5),
                 old("SYSCALL_NANOSLEEP_X", 1, res=0).shows({"evt.arg.interval": "5e-09s"})),
                (enter("SYSCALL_UNSHARE_E", flags=64),
                 old("SYSCALL_UNSHARE_X", 1, res=0).shows({"evt.arg.flags": "CLONE_NEWPID"})),
                (enter("SYSCALL_BPF_E", cmd=0),
                 old("SYSCALL_BPF_X", 1, res_or_fd=b"\0" +
                     struct.pack("<q", 9)).shows({"evt.type": "bpf", "evt.arg.cmd": "BPF_MAP_CREATE"})),
                (enter("GENERIC_E", ID=0, nativeID=39), old("GENERIC_X", 1, ID=0).shows({"evt.type": "getpid"})),
            ] for item in pair if item
        ] if block == 2 else [
            look(_block=1),
            enter("SYSCALL_READ_E", fd=3, size=77, _block=1),
            Event("SYSCALL_READ_X", 100, _count=2, _block=1, res=4, data=b"data").shows(
                {"evt.args": "res=4 data=data fd=3(<f>/f) size=77"}),
            Event("write", 100, _block=1, fd=3, data=b"x", res=1, size=1).shows({"evt.buffer": "x"}),
            enter("SYSCALL_OPENAT_E", dirfd=AT_FDCWD, name="p", flags=3, mode=0, _block=1),
            Event("SYSCALL_OPENAT_X", 100, _count=1, _block=1, fd=6).shows({"fd.name": "/work/p"})
        ])
scenario(
    "sockets by pairs of events", machine(), enter("SOCKET_SOCKET_E", domain=INET, type=STREAM, proto=6),
    old("SOCKET_SOCKET_X", 1, fd=3).shows({"fd.type": "ipv4", "fd.num": 3}),
    Event("SOCKET_CONNECT_E", 100, _count=1, fd=3).hidden(),
    old("SOCKET_CONNECT_X", 2, res=0, tuple=tuple_of("10.0.0.5", 1, "1.2.3.4",
                                                     2)).shows({"fd.sip": "1.2.3.4", "fd.num": 3, "fd.l4proto": "tcp"}),
    enter("SOCKET_BIND_E", fd=3),
    old("SOCKET_BIND_X", 2, res=-1, addr=socket_address("1.1.1.1", 1)).shows({"fd.num": 3}),
    enter("SOCKET_LISTEN_E", fd=3, backlog=5),
    old("SOCKET_LISTEN_X", 1, res=0).shows({"evt.arg.backlog": "5"}),
    Event("SOCKET_ACCEPT_X", 100, _count=3, fd=4, tuple=tuple_of("1.2.3.4", 1, "10.0.0.5", 2),
          queuepct=1).shows({"evt.type": "accept", "fd.cip": "1.2.3.4", "fd.is_server": True}),
    enter("SOCKET_ACCEPT4_E", flags=7),
    Event("SOCKET_ACCEPT4_X", 100, _count=3, fd=5,
          tuple=tuple_of("1.2.3.4", 1, "10.0.0.5", 2)).shows({"evt.type": "accept4", "evt.arg.flags": "7",
                                                              "fd.num": 5}),
    enter("SOCKET_SENDTO_E", fd=3, size=5, tuple=tuple_of("10.0.0.5", 1, "1.2.3.4", 2)),
    old("SOCKET_SENDTO_X", 2, res=5, data=b"hello").shows({"evt.buffer": "hello", "evt.arg.size": "5", "fd.num": 3}),
    enter("SOCKET_RECVMSG_E", fd=3),
    old("SOCKET_RECVMSG_X", 4, res=5, size=5, data=b"hello").shows({"fd.num": 3}),
    enter("SOCKET_SHUTDOWN_E", fd=3, how=1),
    old("SOCKET_SHUTDOWN_X", 1, res=0).shows({"evt.arg.how": "SHUT_WR"}))

OLD_EXEC = dict(res=0, exe="./p", args=["q"], tid=100, pid=100, ptid=1, cwd="", fdlimit=5)
for kind, count in (8, 8), (13, 13), (14, 14), (15, 15), (16, 16), (17, 17), (18, 17), (19, 18):
    more = {} if count < 15 else {"comm": "p"}
    scenario(
        f"execve version {kind}", machine(Process(100, env=["K=1"], loginuid=7, uid=1000)),
        Event(f"SYSCALL_EXECVE_{kind}_E", 100, **({"filename": "bin/p"} if kind >= 18 else {})).hidden(),
        Event(f"SYSCALL_EXECVE_{kind}_X", 100, _count=count, **OLD_EXEC, **more).shows({
            "evt.type": "execve", "proc.name": "p" if more else "./p", "proc.args": "q", "proc.exe": "./p",
            "proc.fdlimit": 5, "user.loginuid": 7, "proc.exepath": "/work/bin/p" if kind >= 18 else "<NA>",
            "user.uid": 1000, "proc.env[K]": "1", "evt.num": 2,
            "evt.arg.filename": "/work/bin/p" if kind >= 18 else "<NA>"
        }))
OLD_CLONE = dict(res=0, exe="./p", args=["q"], tid=200, pid=200, ptid=100, cwd="", fdlimit=5, flags=0, uid=1000,
                 gid=1000)
for kind, count in ("CLONE_11", 11), ("CLONE_16", 16), ("CLONE_17",
                                                        17), ("CLONE_20",
                                                              20), ("FORK", 16), ("FORK_17",
                                                                                  17), ("FORK_20",
                                                                                        20), ("VFORK", 16), ("VFORK_17",
                                                                                                             17):
    more = {"comm": "p"} if count >= 17 else {}
    more |= {"vtid": 200, "vpid": 200} if count >= 20 else {}
    scenario(
        f"{kind} with {count} parameters", machine(),
        Event(f"SYSCALL_{kind}_X", 200, _count=count, **OLD_CLONE, **more).shows({
            "evt.type": kind.split("_")[0].lower(), "proc.pid": 200, "proc.ppid": 100, "proc.exe": "./p",
            "proc.name": "p" if more else "./p", "user.uid": 1000, "proc.fdlimit": 5, "proc.pname": "shell"
        }))
scenario("the end of processes in old captures", machine(Process(100), Process(101, ptid=100)),
         Event("PROCEXIT_E", 100).shows({"evt.type": "procexit", "proc.name": "shell"}),
         look(101).sees(proc__ppid=1))
scenario("containers in old captures", machine(Process(100, cgroups=["cpu=/docker/" + "0123456789abcdef" * 4])),
         Event("CONTAINER_E", 100, id="0123456789ab", type=0, name="web", image="reg/web:1").hidden(),
         look().shows({"container.name": "web", "container.image": "reg/web:1"}))
scenario("events of a newer schema and unused ones are skipped", machine(),
         Event("PROCEXIT_X", 100).swallowed(),
         look().sees(evt__num=1), lambda file: file.block(0x216, struct.pack("<HQQIHI", 0, START, 100, 26, 999, 0)),
         look().sees(evt__num=2))
scenario("enter events that nothing converts are dropped", machine(),
         Event("SYSCALL_GETUID_E", 100).swallowed(),
         Event("SOCKET_GETSOCKNAME_E", 100).swallowed(),
         look().sees(evt__num=1))
scenario("the number of parameters of events in old blocks", machine(),
         Event("SYSCALL_CLOSE_X", 100, _block=1, res=-9, fd=5).shows({"evt.args": "res=-9(EBADF) fd=5"}),
         Event("SYSCALL_EXECVE_19_X", 100, _block=1, _count=20, **OLD_EXEC, comm="p").shows({"proc.name": "p"}))
scenario("surplus parameters are ignored", machine(),
         Event("getsockname", 100, _surplus=[b"abcd", b"efgh"]).shows({"evt.args": "", "evt.type": "getsockname"}),
         look())
scenario("surplus parameters of what is converted are an error", machine(), look(),
         Event("close", fd=3, _surplus=[b"abcd"]).swallowed(), status=3,
         message="offset 972, event block (0x216): no version of the event has this number of parameters")

# ---- several captures in one file, damage ----
FRESH = machine(Process(100, name="fresh"))
scenario(
    "an appended capture", machine(Process(100, name="early")),
    look(_at=0).shows({"evt.num": 1, "proc.name": "early"}),
    look(_at=10**9).shows({"evt.reltime": 10**9}), lambda file: (file.section(), FRESH(file)),
    Event("useradded", -1, uid=7, gid=8, name="seven", home="/h", shell="/s", container_id="",
          _at=2 * 10**9).swallowed(),
    look(_at=5 * 10**9).shows({"evt.num": 3, "proc.name": "fresh",
                               "evt.reltime": 0}).prints({"%evt.deltatime": str(4 * 10**9)}),
    Event("setuid", uid=7, _at=6 * 10**9).shows({"evt.num": 4, "user.name": "seven", "evt.reltime": 10**9}))
scenario("no events", machine(), status=3, message="no events")

scenario("where ids in the namespace are not known, only the child's event makes the child",
         listed(3, Process(100, **FULL)),
         Event("SYSCALL_CLONE_16_X", 100, _count=16, res=200, exe="c", tid=100, pid=100, ptid=1),
         look(200).sees(proc__name="<NA>"))
