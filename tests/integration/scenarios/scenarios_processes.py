"""Threads: how they are made, what they run, whom they act for, how they end."""
from scenario import (AT_FDCWD, CLONE_CHILD_IN_PIDNS, CLONE_FILES, CLONE_NEWPID, CLONE_NEWUSER, CLONE_PARENT,
                      CLONE_THREAD, CLONE_VFORK, EACCES, ENOENT, clone, execve, look, machine, opened, scenario)
from scap_file import Event, NO_ID, Process, START, file, plain

SECOND = 10**9
UNKNOWN = {
    "proc.name": "<NA>", "proc.exe": "<NA>", "proc.cmdline": "<NA>", "proc.exepath": "", "proc.pid": -1, "proc.sid": -1,
    "proc.vpgid": -1, "proc.pgid": -1, "proc.cwd": "", "proc.tty": 0, "user.loginuid": -1, "user.uid": NO_ID,
    "group.gid": NO_ID, "proc.vpid": None, "thread.vtid": None, "proc.ppid": None, "user.name": "<NA>"
}
SHELL = Process(100, name="bash", exe="-bash", exepath="/bin/bash", args=["-i"], env=["A=1", "B= two "], sid=50,
                vpgid=60, pgid=61, tty=34816, loginuid=1000, uid=1000, gid=1000, cap_permitted=1, cap_effective=2,
                cap_inheritable=4, exe_writable=1, exe_upper_layer=1, exe_ino=7, exe_ino_ctime=START - 5,
                exe_ino_mtime=9, exe_from_memfd=1, exe_lower_layer=1, fds=[(0, file("/dev/tty")),
                                                                           (1, plain(7, "pipe:[8]"))], root="/jail",
                cwd="/home/alice", fdlimit=64)
INHERITED = {
    "proc.exepath": "/bin/bash", "proc.sid": 50, "proc.vpgid": 60, "proc.pgid": 61, "proc.tty": 34816,
    "user.loginuid": 1000, "thread.cap_permitted": "CAP_CHOWN", "thread.cap_effective": "CAP_DAC_OVERRIDE",
    "thread.cap_inheritable": "CAP_DAC_READ_SEARCH", "proc.is_exe_writable": True, "proc.is_exe_upper_layer": True,
    "proc.is_exe_lower_layer": True, "proc.is_exe_from_memfd": True, "proc.exe_ino": 7, "proc.exe_ino.mtime": 9,
    "proc.cwd": "/home/alice/", "proc.env[A]": "1"
}
OF_EVENT = {
    "proc.exe": "sub", "proc.args": "x y", "proc.name": "subshell", "proc.cmdline": "subshell x y", "user.uid": 0,
    "user.name": "root", "group.gid": 1000, "group.name": "staff", "proc.fdlimit": 99, "proc.vmsize": 3,
    "proc.vmrss": 2, "proc.vmswap": 1, "thread.pfmajor": 5, "thread.pfminor": 6, "thread.cgroups": "cpu=/a memory=/b",
    "thread.cgroup.memory": "/b"
}


def fork(tid, result, /, **more):
    values = {
        "exe": "sub", "args": ["x", "y"], "comm": "subshell", "uid": 0, "gid": 1000, "fdlimit": 99, "vm_size": 3,
        "vm_rss": 2, "vm_swap": 1, "pgft_maj": 5, "pgft_min": 6, "cgroups": ["cpu=/a", "mem_cgroup=/b"]
    }
    values.update(more)
    return clone(tid, result, **values)


scenario("unknown threads get a placeholder", machine(),
         look(777).shows(UNKNOWN).sees(proc__aname=None, thread__ismain=False, thread__tid=777, proc__nthreads=0),
         Event("procexit", 778).sees(proc__name=None, proc__is_exe_writable=None, user__uid=None, evt__dir=">"),
         Event("switch", 779).sees(proc__name=None))

scenario(
    "the process list", machine(SHELL),
    look(100).shows(INHERITED).shows({
        "proc.name": "bash", "proc.exe": "-bash", "proc.args": "-i", "proc.cmdline": "bash -i",
        "proc.exeline": "-bash -i", "proc.env[B]": "two", "proc.env": "A=1 B= two ", "proc.pid": 100, "proc.ppid": 1,
        "proc.pname": "init", "user.name": "alice", "user.homedir": "/home/alice", "user.shell": "/bin/zsh",
        "user.loginname": "alice", "group.name": "staff", "proc.fdopencount": 2, "proc.fdusage": 3.125,
        "proc.stdin.name": "/dev/tty", "proc.stdin.type": "file", "proc.stdout.name": "pipe:[8]",
        "proc.stdout.type": "pipe", "proc.stderr.name": None, "proc.cmdnargs": 1, "proc.cmdlenargs": 2,
        "proc.pid.ts": None, "proc.duration": None, "proc.ppid.ts": 0, "proc.vpid": 100, "thread.vtid": 100,
        "thread.ismain": True, "proc.args[0]": "-i", "proc.args[9]": ""
    }))

scenario(
    "a caller's clone makes the child", machine(SHELL),
    fork(100, 200).sees(proc__name="bash", proc__pid=100, evt__rawres=200, evt__res="SUCCESS"),
    look(200).shows(INHERITED).shows(OF_EVENT).shows({
        "proc.pid": 200, "proc.ppid": 100, "proc.pname": "bash", "proc.vpid": 200, "thread.vtid": 200,
        "thread.ismain": True, "proc.fdopencount": 2, "proc.stdin.name": "/dev/tty", "proc.nthreads": 1,
        "proc.nchilds": 0, "proc.pid.ts": START + 1000000, "proc.duration": 1000000, "proc.aname": "bash init",
        "proc.apid": 200, "proc.exe_ino.ctime": START - 5, "proc.pidns_init_start_ts": None, "container.start_ts": None
    }),
    look(100).sees(proc__nthreads=1, proc__fdopencount=2))

for kind in "clone", "fork", "clone3":
    scenario(f"{kind}: the child's event alone makes the child", machine(SHELL),
             fork(200, 0, kind=kind, ptid=100).shows(INHERITED).shows(OF_EVENT).sees(proc__pid=200, proc__ppid=100),
             fork(100, 200, kind=kind, comm="late"),
             look(200).sees(proc__name="subshell"))
    scenario(f"{kind}: the caller's event comes first", machine(SHELL), fork(100, 200, kind=kind, comm="early"),
             fork(200, 0, kind=kind, ptid=100).sees(proc__name="early"))

scenario("vfork: the caller makes nothing", machine(SHELL), fork(100, 200, kind="vfork"),
         look(200).sees(proc__name="<NA>"))
scenario("vfork: the child's event makes the child", machine(SHELL),
         fork(200, 0, kind="vfork", ptid=100).shows(OF_EVENT), fork(100, 200, kind="vfork"),
         look(200).sees(proc__name="subshell", proc__ppid=100))

for name, flags, vtid in [("CLONE_PARENT", CLONE_PARENT, 100), ("CLONE_NEWPID", CLONE_NEWPID, 100),
                          ("CLONE_CHILD_IN_PIDNS", CLONE_CHILD_IN_PIDNS, 100)]:
    scenario(f"a caller's clone with {name} makes nothing", machine(SHELL), fork(100, 200, flags=flags, vtid=vtid),
             look(200).sees(proc__name="<NA>"))
scenario("a caller whose ids are not the host's makes nothing", machine(Process(100, vtid=5, vpid=5)),
         fork(100, 200, vtid=5, vpid=5),
         look(200).sees(proc__name="<NA>"))

scenario(
    "a thread shares what its leader has", machine(SHELL), fork(100, 200, flags=CLONE_THREAD | CLONE_FILES),
    look(200).shows({
        "proc.pid": 100, "proc.ppid": 1, "thread.ismain": False, "proc.nthreads": 2, "proc.nchilds": 1,
        "proc.name": "subshell", "proc.vpid": 100, "thread.vtid": 200, "proc.fdopencount": 2, "thread.vmsize": 0,
        "proc.vmsize": 3, "proc.aname[0]": "bash", "proc.aname[1]": "init"
    }), opened(3, "/x", 200),
    look(100).sees(proc__fdopencount=3), Event("chdir", 200, path="/tmp"),
    look(100).sees(proc__cwd="/tmp/"), Event("close", 100, fd=3),
    look(200).sees(proc__fdopencount=2))

scenario("a process copies what its parent has, CLONE_FILES or not", machine(SHELL), fork(100, 200, flags=CLONE_FILES),
         opened(3, "/x", 200),
         look(200).sees(proc__fdopencount=3),
         look(100).sees(proc__fdopencount=2), Event("chdir", 200, path=".."),
         look(100).sees(proc__cwd="/home/alice/"),
         look(200).sees(proc__cwd="/home/"))

scenario(
    "the child's event gives all four ids", machine(Process(100, vtid=5, vpid=5)),
    fork(200, 0, ptid=100, vtid=6, vpid=6, flags=CLONE_CHILD_IN_PIDNS, pidns_init_start_ts=1234).shows({
        "proc.pid": 200, "proc.vpid": 6, "thread.vtid": 6, "proc.ppid": 100, "proc.pvpid": 5,
        "proc.pidns_init_start_ts": 1234, "container.start_ts": 1234, "container.duration": START + 1000000 - 1234
    }),
    look(200).sees(container__duration=START + 2000000 - 1234))
scenario("the start of a nested namespace: by ids that differ", machine(),
         fork(200, 0, ptid=100, vtid=6, vpid=6, pidns_init_start_ts=77).sees(container__start_ts=77),
         fork(201, 0, ptid=100, pidns_init_start_ts=77).sees(container__start_ts=None),
         fork(202, 0, ptid=100, flags=CLONE_NEWPID, pidns_init_start_ts=78).sees(container__start_ts=78))

scenario(
    "clone3 of a thread in a namespace: a group of its own flags", machine(SHELL),
    fork(200, 0, kind="clone3", pid=100, ptid=100, vtid=6, vpid=5, flags=CLONE_CHILD_IN_PIDNS).shows({
        "proc.pid": 100, "thread.ismain": False, "proc.nthreads": 2, "proc.cwd": "/home/alice/", "proc.env[A]": "1",
        "proc.fdopencount": 2, "proc.name": "subshell", "fd.num": None
    }),
    opened(3, "/own", 200).sees(fd__name="/own"),
    look(100).sees(proc__fdopencount=2),
    Event("close", 100, fd=3).sees(fd__name=""),
    Event("close", 200, fd=3).sees(fd__name="/own"), Event("chdir", 200, path="/tmp"),
    look(100).sees(proc__cwd="/tmp/"))

scenario("a parent that is not known counts as none", machine(),
         fork(200, 0, ptid=555).sees(proc__pid=200, proc__ppid=None, proc__name="subshell", proc__aname=None),
         look(666),
         fork(201, 0, ptid=666).sees(proc__ppid=None, proc__pname=None))

scenario(
    "a placeholder that clones takes what its event tells", machine(), look(300),
    clone(300, 301, pid=300, ptid=1, comm="caller", exe="callexe", args=["q"]),
    look(300).sees(proc__name="caller", proc__exe="callexe", proc__args="q", proc__pid=300, proc__vpid=300,
                   thread__vtid=300))

scenario("an old entry of the same id is replaced", machine(SHELL, Process(200, name="stale")), fork(100, 200),
         look(200).sees(proc__name="subshell"))
scenario("a child's event within 2 s of the entry changes nothing, later it replaces", machine(SHELL),
         fork(100, 200, comm="one", _at=SECOND),
         fork(200, 0, ptid=100, comm="two", _at=2 * SECOND).sees(proc__name="one"),
         fork(200, 0, ptid=100, comm="three", _at=4 * SECOND).sees(proc__name="three"))
scenario("what ended within 2 s is not made again by its parent", machine(SHELL), fork(200, 0, ptid=100, _at=SECOND),
         Event("procexit", 200, _at=SECOND + 1), fork(100, 200, _at=2 * SECOND),
         look(200, _at=2 * SECOND + 1).sees(proc__name="<NA>"))
scenario("what ended longer ago is", machine(SHELL), fork(200, 0, ptid=100, _at=SECOND),
         Event("procexit", 200, _at=SECOND + 1), fork(100, 200, comm="again", _at=5 * SECOND),
         look(200, _at=5 * SECOND + 1).sees(proc__name="again"))
scenario("a failed clone makes nothing", machine(SHELL),
         fork(100, ENOENT).sees(evt__res="-2", evt__failed=True),
         look(200).sees(proc__name="<NA>"))

RUN = dict(exe="./run", args=["a b", ""], env=["X=9"], tty=5, vpgid=70, pgid=71, loginuid=0, uid=0, gid=0,
           cap_permitted=8, cap_effective=16, cap_inheritable=32, exe_ino=11, exe_ino_ctime=START - 50,
           exe_ino_mtime=13, fdlimit=7, vm_size=30, vm_rss=20, vm_swap=10, pgft_maj=50, pgft_min=60,
           cgroups=["cpuset=/c"], trusted_exepath="/opt/run (deleted)")
scenario(
    "execve sets what is new", machine(SHELL),
    execve(100, "run", flags=0, **RUN).shows({
        "proc.name": "run", "proc.exe": "./run", "proc.args": "a b ", "proc.cmdline": "run a b ",
        "proc.exeline": "./run a b ", "proc.cmdnargs": 2, "proc.cmdlenargs": 3, "proc.env": "X=9", "proc.env[A]": "",
        "proc.tty": 5, "proc.vpgid": 70, "proc.pgid": 71, "user.loginuid": 0, "user.loginname": "root", "user.uid": 0,
        "group.gid": 0, "thread.cap_permitted": "CAP_FOWNER", "thread.cap_effective": "CAP_FSETID",
        "thread.cap_inheritable": "CAP_KILL", "proc.exe_ino": 11, "proc.exe_ino.mtime": 13, "proc.fdlimit": 7,
        "proc.vmsize": 30, "thread.vmrss": 20, "proc.vmswap": 10, "thread.pfmajor": 50, "thread.pfminor": 60,
        "thread.cgroups": "cpuset=/c", "proc.sid": 50, "proc.cwd": "/home/alice/", "proc.is_exe_writable": False,
        "proc.is_exe_upper_layer": False, "proc.is_exe_lower_layer": False, "proc.is_exe_from_memfd": False,
        "proc.ppid": 1, "evt.type": "execve", "proc.fdopencount": 2
    }))
for value, field in (1, "proc.is_exe_writable"), (2, "proc.is_exe_upper_layer"), (4, "proc.is_exe_from_memfd"), \
        (8, "proc.is_exe_lower_layer"):
    names = ["proc.is_exe_writable", "proc.is_exe_upper_layer", "proc.is_exe_from_memfd", "proc.is_exe_lower_layer"]
    scenario(f"execve flag {value}", machine(SHELL),
             execve(100, flags=value).shows({name: name == field
                                             for name in names}))
scenario(
    "empty parameters of execve leave the old values", machine(SHELL),
    execve(100, exe="new", comm=None, env=None, cgroups=None, tty=None, vpgid=None, loginuid=None, flags=None,
           cap_permitted=None, cap_effective=None, cap_inheritable=None, exe_ino=None, exe_ino_ctime=None,
           exe_ino_mtime=None, uid=None, gid=None, pgid=None, vm_size=None, vm_rss=None, vm_swap=None,
           trusted_exepath=None).shows(
               {**INHERITED, "proc.pgid": -1, "proc.name": "new", "user.uid": 1000, "group.gid": 1000}))
scenario(
    "execve of a placeholder", machine(),
    execve(300, pid=300, ptid=100).sees(proc__name="cat", proc__pid=300, proc__ppid=100, proc__pname="shell",
                                        thread__vtid=300, proc__vpid=300))
scenario(
    "a failed execve changes nothing", machine(SHELL),
    execve(100, "run", res=EACCES, **RUN).shows(INHERITED).shows({
        "proc.name": "bash", "evt.arg.exe": "./run", "evt.arg.args": "a b..", "evt.arg.comm": "run", "evt.res": "EACCES"
    }),
    execve(100, "run", kind="execveat", res=ENOENT, **RUN).sees(proc__name="bash", evt__type="execveat",
                                                                evt__arg__exe="./run"))

scenario("without a trusted path the path comes from the enter event", machine(SHELL),
         Event("SYSCALL_EXECVE_19_E", filename="./bin/run").hidden(),
         execve(100, trusted_exepath=None).sees(proc__exepath="/home/alice/bin/run"),
         execve(100, trusted_exepath=None).sees(proc__exepath="/home/alice/bin/run"),
         Event("SYSCALL_EXECVE_19_E", filename="/abs/run").hidden(),
         execve(100, trusted_exepath="/real").sees(proc__exepath="/real"))
scenario("without a trusted path of execveat", machine(Process(100, fds=[(4, plain(2, "/opt"))])),
         Event("SYSCALL_EXECVEAT_E", dirfd=4, pathname="run", flags=0).hidden(),
         execve(100, trusted_exepath=None).sees(proc__exepath="/opt/run"),
         Event("SYSCALL_EXECVEAT_E", dirfd=AT_FDCWD, pathname="run", flags=0).hidden(),
         execve(100, trusted_exepath=None).sees(proc__exepath="/work/run"),
         Event("SYSCALL_EXECVEAT_E", dirfd=9, pathname="run", flags=0).hidden(),
         execve(100, trusted_exepath=None).sees(proc__exepath="<NA>"))

scenario("execve ends the other threads of the group and closes what is marked", machine(SHELL),
         clone(100, 200, flags=CLONE_THREAD | CLONE_FILES),
         look(100).sees(proc__nthreads=2), opened(3, "/keep"), opened(4, "/drop", flags=1 | 4096),
         look(100).sees(proc__fdopencount=4),
         execve(100).sees(proc__nthreads=1, proc__fdopencount=3, proc__nchilds=0),
         Event("close", fd=3).sees(fd__name="/keep"),
         Event("close", fd=4).sees(fd__name=""),
         look(200).sees(proc__name="<NA>"))

scenario("time since the executable changed", machine(SHELL), fork(100, 200),
         execve(200, exe_ino_ctime=START - 50).shows({"proc.exe_ino.ctime_duration_proc_start": 1000050}),
         fork(200, 201),
         look(201).shows({"proc.exe_ino.ctime_duration_proc_start": 1000050}))
scenario("an executable that changed after its namespace began", machine(),
         fork(200, 0, ptid=100, vtid=2, vpid=2, pidns_init_start_ts=1000),
         execve(200, exe_ino_ctime=900).shows({"proc.exe_ino.ctime_duration_pidns_start": None}),
         execve(200, exe_ino_ctime=1500).shows({"proc.exe_ino.ctime_duration_pidns_start": 500}))

IDS = [("setuid", {"uid": 1000}, "user.uid", 1000), ("setuid", {"uid": -1}, "user.uid", NO_ID),
       ("setresuid", {"ruid": 5, "euid": 6, "suid": 7}, "user.uid", 6),
       ("setresuid", {"ruid": 5, "euid": -1, "suid": 7}, "user.uid", NO_ID),
       ("setreuid", {"ruid": 5, "euid": 6}, "user.uid", 6), ("setgid", {"gid": 1000}, "group.gid", 1000),
       ("setresgid", {"rgid": 5, "egid": 6, "sgid": 7}, "group.gid", 6),
       ("setregid", {"rgid": 5, "egid": -1}, "group.gid", NO_ID)]
scenario(
    "calls that change ids", machine(), *[
        event for name, values, field, after in IDS
        for event in (Event(name, 100, **values).shows({field: after}), Event("setuid", uid=0), Event("setgid", gid=0),
                      Event(name, 100, res=ENOENT, **values).shows({field: 0}),
                      Event(name, 100, res=1, **values).shows({field: 0}))
    ])
scenario(
    "capabilities after capset, unshare and setns", machine(SHELL),
    Event("capset", res=EACCES, cap_permitted=0).shows({"thread.cap_permitted": "CAP_CHOWN"}),
    Event("capset", cap_permitted=3, cap_effective=1, cap_inheritable=0).shows({
        "thread.cap_permitted": "CAP_CHOWN CAP_DAC_OVERRIDE", "thread.cap_effective": "CAP_CHOWN",
        "thread.cap_inheritable": ""
    }),
    Event("unshare", flags=CLONE_NEWPID).shows({"thread.cap_effective": "CAP_CHOWN"}),
    Event("unshare", res=EACCES, flags=CLONE_NEWUSER).shows({"thread.cap_effective": "CAP_CHOWN"}),
    Event("unshare", flags=CLONE_NEWUSER).matches("thread.cap_effective contains CAP_SYS_ADMIN",
                                                  "thread.cap_permitted contains CAP_CHECKPOINT_RESTORE"),
    Event("capset", cap_permitted=0, cap_effective=0, cap_inheritable=0).shows({"thread.cap_effective": ""}),
    Event("setns", nstype=CLONE_NEWUSER, fd=3).matches("thread.cap_effective contains CAP_SYS_ADMIN"))
NOFILE = 7
scenario(
    "the limit of descriptors", machine(SHELL),
    Event("setrlimit", res=0, cur=20, max=30, resource=NOFILE).sees(proc__fdlimit=20),
    Event("setrlimit", res=ENOENT, cur=21, max=30, resource=NOFILE).sees(proc__fdlimit=20),
    Event("setrlimit", res=0, cur=-1, max=30, resource=NOFILE).sees(proc__fdlimit=20),
    Event("setrlimit", res=0, cur=22, max=30, resource=NOFILE + 1).sees(proc__fdlimit=20),
    Event("getrlimit", res=0, cur=23, max=30, resource=NOFILE).sees(proc__fdlimit=23),
    Event("getrlimit", res=0, cur=-1, max=30, resource=NOFILE).sees(proc__fdlimit=23),
    Event("prlimit", res=0, newcur=24, newmax=9, oldcur=25, oldmax=9, pid=0, resource=NOFILE).sees(proc__fdlimit=24),
    Event("prlimit", res=0, newcur=-1, newmax=-1, oldcur=26, oldmax=9, pid=0, resource=NOFILE).sees(proc__fdlimit=24))
scenario(
    "memory and faults", machine(SHELL), clone(100, 200, flags=CLONE_THREAD | CLONE_FILES, vm_size=1),
    Event("brk", 100, res=0, vm_size=11, vm_rss=12, vm_swap=13).sees(proc__vmsize=11, proc__vmrss=12, proc__vmswap=13),
    Event("mmap", 200, res=0, vm_size=21, vm_rss=22, vm_swap=23).sees(proc__vmsize=21, thread__vmsize=0),
    Event("munmap", 100, res=0, vm_size=31, vm_rss=32, vm_swap=33).sees(proc__vmsize=31, thread__vmrss=32),
    Event("switch", 200, next=100, pgft_maj=7, pgft_min=8, vm_size=41, vm_rss=42,
          vm_swap=43).sees(thread__pfmajor=7, thread__pfminor=8),
    look(100).sees(proc__vmsize=41, thread__vmsize=41, thread__pfmajor=0))
scenario("sessions", machine(SHELL),
         Event("setsid", res=EACCES).sees(proc__sid=50),
         Event("setsid", res=100).sees(proc__sid=100, proc__vpgid=60),
         Event("setpgid", pid=0, pgid=33).sees(proc__vpgid=60, proc__pgid=61))
scenario("the name of a thread that prctl changes is not followed", machine(SHELL),
         Event("prctl", option=15, arg2_str="changed").sees(proc__name="bash"))
scenario(
    "names of cgroups are rewritten, lists with a broken entry dropped", machine(SHELL),
    execve(100, cgroups=["perf_cgroup=/p", "mem_cgroup=/m", "io_cgroup=/i", "cpuset=/s"]).shows({
        "thread.cgroups": "perf_event=/p memory=/m blkio=/i cpuset=/s", "thread.cgroup.blkio": "/i",
        "thread.cgroup.io": None, "evt.arg.cgroups": "perf_cgroup=/p.mem_cgroup=/m.io_cgroup=/i.cpuset=/s."
    }),
    execve(100, cgroups=["cpu=/x", "broken"]).shows({"thread.cgroup.cpuset": "/s", "thread.cgroup.cpu": None}))

scenario("a caller's clone with CLONE_VFORK makes nothing", machine(SHELL), fork(100, 200, flags=CLONE_VFORK),
         look(200).sees(proc__name="<NA>"))
scenario(
    "a thread whose leader is not known tells about the leader", machine(SHELL),
    fork(501, 0, pid=500, ptid=100, flags=CLONE_THREAD, vtid=501,
         vpid=500).shows({"proc.pid": 500, "proc.ppid": 100, "proc.nthreads": 2, "proc.exepath": ""}),
    look(500).shows({
        "proc.pid": 500, "proc.name": "subshell", "proc.exe": "sub", "proc.args": "x y", "proc.ppid": 100,
        "proc.vpid": 500, "thread.vtid": 500
    }))
scenario("a dead leader that executes lives again", machine(SHELL), fork(100, 200, flags=CLONE_THREAD),
         Event("procexit", 100),
         look(200).sees(proc__nthreads=1),
         execve(100).shows({"proc.nthreads": 1, "proc.name": "cat"}),
         look(100).sees(proc__nthreads=1), Event("procexit", 100),
         look(100).sees(proc__name="<NA>"))
scenario("execveat of a descriptor alone", machine(Process(100, fds=[(4, file("/opt/x/../y"))])),
         Event("SYSCALL_EXECVEAT_E", dirfd=4, pathname="", flags=1).hidden(),
         execve(100, trusted_exepath=None).sees(proc__exepath="/opt/y"))
scenario(
    "limits belong to the process", machine(SHELL, Process(101)),
    Event("prlimit", res=0, newcur=24, newmax=9, oldcur=25, oldmax=9, pid=101, resource=NOFILE).sees(proc__fdlimit=64),
    look(101).sees(proc__fdlimit=24), fork(100, 200, flags=CLONE_THREAD, fdlimit=5),
    look(200).sees(proc__fdlimit=64),
    Event("setrlimit", 200, res=0, cur=33, max=33, resource=NOFILE).sees(proc__fdlimit=33),
    look(100).sees(proc__fdlimit=33))
scenario("more descriptors than the limit", machine(Process(100, fdlimit=1, fds=[(3, file("/f")), (4, file("/g"))])),
         look().sees(proc__fdusage=100.0))
scenario("no limit of descriptors", machine(Process(100, fdlimit=-1, fds=[(3, file("/f"))])),
         look().sees(proc__fdusage=0.0, proc__fdlimit=-1))
scenario("odd environments", machine(Process(100, env=["X=", "X=1", "Y= ", "=Z", "W"])),
         look().shows({"proc.env[X]": "1", "proc.env[Y]": "", "proc.env": "X= X=1 Y=  =Z W", "proc.env[W]": ""}),
         execve(100, env=b"A=1\0\0\0").shows({"proc.env": "A=1  "}),
         execve(100, env=b"A=1").shows({"proc.env": "A=1"}))
scenario("odd arguments", machine(),
         execve(100, args=b"a\0\0\0").shows({"proc.cmdnargs": 3, "proc.args": "a  ", "proc.cmdline": "cat a  "}),
         execve(100, args=b"\0").shows({"proc.cmdnargs": 1, "proc.args": "", "proc.cmdline": "cat "}),
         execve(100, args=b"a").shows({"proc.cmdnargs": 1, "proc.args": "a"}))
scenario(
    "all that is known of a placeholder", machine(),
    look(777).shows({
        "thread.cgroups": None, "proc.fdlimit": 0, "proc.exeline": "<NA> ", "proc.args": "", "proc.cmdnargs": 0,
        "proc.env": "", "proc.fdopencount": 0, "proc.nchilds": 0, "proc.is_sid_leader": True,
        "proc.is_pgid_leader": True, "user.loginname": "<NA>", "group.name": "<NA>", "proc.sname": "",
        "proc.exe_ino": None, "proc.apid[0]": None, "proc.aname[0]": None, "proc.apid": None,
        "thread.cap_effective": "", "proc.vmsize": 0, "user.homedir": "<NA>"
    }))
scenario("calls that return more than 0 change no ids", machine(SHELL),
         Event("setuid", res=1, uid=0).sees(user__uid=1000))
scenario("names longer than the kernel's", machine(),
         execve(100, "averyveryverylongname").sees(proc__name="averyveryverylongname"))
