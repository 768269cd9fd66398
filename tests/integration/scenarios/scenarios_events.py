"""What every event has: number, time, type, direction, category; which events are shown and counted."""
from scenario import look, machine, opened, scenario
from scap_file import Event, Process, START

SECOND = 10**9
scenario(
    "times", machine(),
    look(_at=0).shows({
        "evt.time": START, "evt.time.s": START, "evt.time.iso8601": START, "evt.datetime": START,
        "evt.datetime.s": START, "evt.rawtime": START, "evt.rawtime.s": START // SECOND, "evt.rawtime.ns": 0,
        "evt.reltime": 0, "evt.reltime.s": 0, "evt.reltime.ns": 0, "evt.deltatime": 0, "evt.latency": 0,
        "evt.latency.human": "0ns"
    }).prints({
        "%evt.time|%evt.time.s|%evt.time.iso8601|%evt.datetime|%evt.datetime.s":
        "22:13:20.000000000|22:13:20|2023-11-14T22:13:20.000000000+0000|"
        "2023-11-14 22:13:20.000000000|2023-11-14 22:13:20",
        "%evt.rawtime|%evt.rawtime.s|%evt.rawtime.ns|%evt.reltime|%evt.reltime.s|%evt.reltime.ns|%evt.deltatime":
        "1700000000000000000|1700000000|000000000|000000000|0|000000000|0"
    }).matches("evt.deltatime = 0", "evt.rawtime = 1700000000000000000", 'evt.time = "22:13:20.000000000"'),
    look(_at=2 * SECOND + 20000007).shows({
        "evt.reltime": 2020000007, "evt.reltime.s": 2, "evt.reltime.ns": 20000007, "evt.rawtime.ns": 20000007
    }).prints({
        "%evt.reltime.ns %evt.rawtime.ns %evt.deltatime %evt.deltatime.s %evt.deltatime.ns":
        "020000007 020000007 2020000007 2 020000007"
    }),
    look(_at=SECOND).shows({"evt.deltatime": 0}).matches("evt.deltatime > 5").prints({
        "%evt.deltatime.s": str(((1 << 64) - SECOND - 20000007) // SECOND)
    }))
scenario("deltatime begins at 0 for each rule", machine(),
         look(_at=SECOND).prints({"%evt.deltatime": "0"}),
         look(_at=3 * SECOND).prints({"%evt.deltatime": "2000000000"}))
scenario("counting", machine(),
         look().shows({"evt.num": 1, "evt.count": 1, "evt.count.exit": 1, "evt.count.error": 0}),
         look().shows({"evt.num": 2}),
         Event("SYSCALL_OPEN_E", name="/x").hidden(),
         look().shows({"evt.num": 4}))
scenario(
    "sources and kinds", machine(),
    look(_cpu=3).shows({
        "evt.source": "syscall", "evt.cpu": 3, "evt.dir": "<", "evt.is_async": False, "evt.asynctype": None,
        "evt.pluginname": None, "evt.plugininfo": None, "evt.category": "user", "syscall.type": "getuid",
        "evt.type": "getuid", "evt.is_wait": False, "evt.is_io": False, "evt.io_dir": None, "evt.is_syslog": False,
        "thread.exectime": 0, "evt.type.is.getuid": "1", "evt.type.is.openat": "0"
    }),
    opened(3, "/x").shows({"evt.type.is.openat": "0", "evt.type": "openat", "evt.category": "file"}),
    Event("procexit",
          100).shows({"evt.dir": ">", "evt.category": "process", "syscall.type": None, "evt.type": "procexit"}),
    Event("switch", 100,
          next=1).shows({"evt.type": "switch", "syscall.type": None, "evt.category": "scheduler", "evt.dir": ">"}))
NAMES = [("pread", "pread"), ("pwrite", "pwrite"), ("prlimit", "prlimit"), ("umount2", "umount2"),
         ("accept4", "accept4"), ("newfstatat", "newfstatat"), ("epoll_wait", "epoll_wait"), ("sendfile", "sendfile"),
         ("SYSCALL_EXECVEAT_X", "execveat"), ("SYSCALL_OPENAT_2_X", "openat"), ("SYSCALL_UMOUNT_1_X", "umount")]
scenario(
    "names", machine(), *[
        Event(kind,
              100).shows({"evt.type": name, "syscall.type": name
                          }).matches(f"evt.type = {name}",
                                     f"evt.type in ({name}, getuid)").matches_not(f"evt.type != {name}",
                                                                                  "evt.type = getuid")
        for kind, name in NAMES
    ])
scenario("generic calls show their own name", machine(),
         Event("GENERIC_X", ID=0, nativeID=39).shows({"evt.type": "getpid", "syscall.type": "getpid", "evt.args": ""}),
         Event("GENERIC_X", ID=0, nativeID=60000).shows({"evt.args": ""}))
scenario("state only events are not shown", machine(),
         Event("chdir", path="/new", _flags=1).hidden(),
         look().shows({"evt.num": 2, "proc.cwd": "/new/"}),
         look(_flags=2).shows({"evt.num": 3}),
         look(_flags=4, _block=1).shows({"evt.num": 4}),
         Event("chdir", path="/n2", _flags=1, _block=1).hidden(),
         look().shows({"proc.cwd": "/n2/"}))
scenario(
    "state events at the start are hidden, later ones shown", machine(),
    Event("useradded", -1, uid=7, gid=8, name="seven", home="/h", shell="/s", container_id="").hidden(),
    Event("groupadded", -1, gid=8, name="eight", container_id="").hidden(),
    Event("setuid", uid=7).shows(
        {"evt.num": 3, "user.name": "seven", "user.homedir": "/h", "user.shell": "/s", "evt.arg.uid": "seven"}),
    Event("setgid", gid=8).shows({"group.name": "eight"}),
    Event("userdeleted", -1, uid=7, gid=8, name="seven", home="/h", shell="/s", container_id="").shows({
        "evt.num": 5, "evt.type": "userdeleted", "proc.name": None, "user.name": None, "thread.tid": -1,
        "evt.is_async": True, "evt.dir": ">", "evt.category": "process", "proc.pid": None, "container.id": None,
        "evt.arg.name": "seven"
    }),
    look().shows({"user.name": "<NA>"}),
    Event("groupdeleted", -1, gid=8, name="eight", container_id="").shows({"evt.type": "groupdeleted"}),
    look().shows({"group.name": "<NA>"}))
scenario(
    "times begin with the first event that is no state event", machine(),
    Event("useradded", -1, uid=7, gid=8, name="seven", home="/h", shell="/s", container_id="", _at=SECOND).hidden(),
    look(_at=3 * SECOND).shows({"evt.reltime": 0}),
    look(_at=4 * SECOND).shows({"evt.reltime": SECOND}))
scenario(
    "evt.around", machine(),
    look(_at=SECOND).matches("evt.around[1700000001500000000] = 500",
                             "evt.around[1700000000500000000] = 500").matches_not(
                                 "evt.around[1700000001500000001] = 500", "evt.around[1700000003000000000] = 500"))
scenario("util.cnt counts evaluations", machine(),
         look().matches("util.cnt = 1"),
         look().matches_not("util.cnt = 1"),
         look().matches("util.cnt > 2"))
scenario(
    "categories", machine(), *[
        Event(kind, 100, **values).sees(evt__category=category)
        for kind, values, category in [("brk", {}, "memory"), (
            "chdir", {"path": "/"},
            "file"), ("socket", {"fd": 3},
                      "net"), ("pipe", {"fd1": 8, "fd2": 9},
                               "IPC"), ("kill", {}, "signal"), ("nanosleep", {}, "sleep"), (
                                   "poll", {},
                                   "wait"), ("mount", {}, "file"), ("setrlimit", {}, "process"), (
                                       "futex", {},
                                       "IPC"), ("ptrace", {},
                                                "process"), ("GENERIC_X", {"ID": 0, "nativeID": 39},
                                                             "other"), ("timerfd_create", {"res": 4}, "time")]
    ])
scenario("the switch of threads and the time that they ran", machine(Process(100), Process(101)),
         Event("switch", 100, next=101, _at=SECOND).shows({"thread.exectime": 0}),
         Event("switch", 101, next=100, _at=2 * SECOND).shows({"thread.exectime": SECOND}),
         look(101, _at=3 * SECOND).shows({"thread.totexectime": SECOND, "thread.exectime": 0}))
scenario("page faults, hotplug and other events of the kernel", machine(),
         Event("page_fault", 100, addr=0xab, ip=0xcd, error=0).shows({"evt.type": "page_fault", "evt.arg.addr": "AB"}),
         Event("signaldeliver", 100, sig=2).shows({"evt.arg.sig": "SIGINT"}))

scenario("events of the old process scanner", machine(),
         look().shows({"evt.count.procinfo": 0, "evt.count.threadinfo": 0}),
         Event("procinfo", 100).shows({"evt.count.procinfo": 1, "evt.count.threadinfo": 1, "proc.name": "shell"}),
         Event("procinfo", 900).shows({"evt.count.procinfo": 0, "evt.count.threadinfo": 1, "proc.name": None}))
