"""Parents, the end of processes, and the leaders of sessions and groups."""
from scenario import CLONE_CHILD_IN_PIDNS, CLONE_FILES, CLONE_THREAD, clone, execve, look, machine, scenario
from scap_file import Event, Process, file

SECOND = 10**9
CHAIN = [
    Process(100, name="top", exe="/top", args=["-t"], env=["T=1"], sid=100),
    Process(101, name="mid", ptid=100, sid=100, args=["-m", "x"], env=["M=2", "T="]),
    Process(102, name="low", ptid=101, sid=100, env=["L=3"])
]


def ends(tid, /, reaper=0, **more):
    return Event("procexit", tid, reaper_tid=reaper, **more)


scenario(
    "ancestors with and without an index", machine(*CHAIN),
    look(102).shows({
        "proc.aname[0]": "low", "proc.aname[1]": "mid", "proc.aname[2]": "top", "proc.aname[3]": "init",
        "proc.aname[4]": None, "proc.aname": "mid top init", "proc.aexe[2]": "/top", "proc.aexe": "mid /top init",
        "proc.aexepath[1]": "/bin/mid", "proc.aexepath": "/bin/mid /bin/top /bin/init", "proc.acmdline[2]": "top -t",
        "proc.acmdline": "mid -m x top -t init", "proc.aargs[1]": "-m x", "proc.aargs": "-m x -t ",
        "proc.aargs[9]": None, "proc.apid": 102, "proc.apid[0]": 102, "proc.apid[2]": 100, "proc.apid[9]": None,
        "proc.aenv": "L=3", "proc.aenv[1]": "M=2 T=", "proc.aenv[T]": "1", "proc.aenv[M]": "2", "proc.aenv[L]": "",
        "proc.aenv[Q]": "", "proc.pname": "mid", "proc.pexe": "mid", "proc.pexepath": "/bin/mid",
        "proc.pcmdline": "mid -m x", "proc.ppid": 101, "proc.pvpid": 101, "proc.ppid.ts": 0, "proc.loginshellid": None
    }).matches("proc.aname = top", "proc.aname != top", "not proc.aname = low", "proc.aname in (mid, x)",
               "proc.apid = 100", "proc.aname exists", "proc.aexepath startswith /bin/t", "proc.acmdline contains -m",
               "proc.apid[1] = 101", "proc.aenv contains \"T=1\"", "proc.aname[2] = top",
               "proc.aargs = \"-m x -t \"").matches_not("proc.aname = low", "proc.apid = 102", "proc.aname[9] exists",
                                                        "proc.aname[9] != x"),
    look(1).shows({
        "proc.aname": None, "proc.aname[1]": None, "proc.apid": 1, "proc.ppid": None, "proc.pname": None,
        "proc.aargs": None, "proc.aenv[T]": ""
    }).matches("not proc.aname = x").matches_not("proc.aname exists", "proc.aname != x"))

scenario(
    "the oldest ancestor that is a shell",
    machine(Process(100, name="bash"), Process(101, name="vi", ptid=100), Process(102, name="zsh", ptid=101),
            Process(103, ptid=102, name="ls"), Process(104, name="shed")),
    look(103).sees(proc__loginshellid=100),
    look(100).sees(proc__loginshellid=100),
    look(104).sees(proc__loginshellid=None))

scenario("a thread's ancestors are those of its leader", machine(*CHAIN),
         clone(102, 200, flags=CLONE_THREAD | CLONE_FILES, ptid=101, comm="worker"),
         look(200).shows({"proc.name": "worker", "proc.aname[0]": "low", "proc.pname": "mid", "proc.ppid": 101}),
         clone(200, 300, pid=102, ptid=101),
         look(300).sees(proc__ppid=102, proc__pname="low"))

scenario("children of what ends go to the reaper of the event", machine(*CHAIN, Process(103, name="reaper", ptid=1)),
         ends(101, 103).sees(proc__name="mid", proc__nthreads=0, proc__nchilds=0, proc__ppid=100),
         look(102).sees(proc__ppid=103, proc__pname="reaper"),
         look(101).sees(proc__name="<NA>"))
scenario("without a reaper in the event: init", machine(*CHAIN), ends(101),
         look(102).sees(proc__ppid=1, proc__pname="init"))
scenario("without a reaper in the event: the nearest subreaper", machine(*CHAIN),
         Event("prctl", 100, option=36, arg2_int=1), ends(101),
         look(102).sees(proc__ppid=100, proc__pname="top"))
scenario("a subreaper no longer", machine(*CHAIN), Event("prctl", 100, option=36, arg2_int=1),
         Event("prctl", 100, option=36, arg2_int=0), ends(101),
         look(102).sees(proc__ppid=1))
scenario("a failed prctl makes no subreaper", machine(*CHAIN), Event("prctl", 100, res=-22, option=36, arg2_int=1),
         ends(101),
         look(102).sees(proc__ppid=1))
scenario("asking whether it is a subreaper counts as setting", machine(*CHAIN),
         Event("prctl", 100, option=37, arg2_int=1), ends(101),
         look(102).sees(proc__ppid=100))
scenario("without a reaper in the event: another thread of the group", machine(*CHAIN),
         clone(101, 200, flags=CLONE_THREAD | CLONE_FILES, ptid=100), clone(200, 300, pid=101, ptid=100),
         look(300).sees(proc__ppid=101), ends(200),
         look(300).sees(proc__ppid=101, proc__pname="mid"))

scenario("a leader that ends before its threads stays", machine(*CHAIN),
         clone(101, 200, flags=CLONE_THREAD | CLONE_FILES, ptid=100),
         clone(101, 201, flags=CLONE_THREAD | CLONE_FILES, ptid=100),
         look(201).sees(proc__nthreads=3, proc__nchilds=2),
         ends(101).sees(proc__nthreads=2, proc__nchilds=2, proc__name="mid"),
         look(200).shows({"proc.nthreads": 2, "proc.nchilds": 2, "proc.aname[0]": "mid", "proc.ppid": 100}),
         ends(200).sees(proc__nthreads=1, proc__nchilds=1),
         look(201).sees(proc__nthreads=1, proc__cwd="/work/"),
         ends(201).sees(proc__nthreads=0, proc__nchilds=0),
         look(201).sees(proc__name="<NA>"))
scenario("a thread that ends", machine(*CHAIN), clone(101, 200, flags=CLONE_THREAD | CLONE_FILES, ptid=100),
         ends(200).sees(proc__nthreads=1, proc__nchilds=0),
         look(101).sees(proc__nthreads=1))

scenario("an id that is used again", machine(*CHAIN), ends(102), clone(100, 102, comm="new"),
         look(102).shows({"proc.name": "new", "proc.ppid": 100, "proc.aname[1]": "top"}))
scenario("the parent ends first, the child's clone comes later", machine(*CHAIN), ends(101, 1),
         clone(200, 0, ptid=101, comm="orphan"),
         look(200).sees(proc__name="orphan", proc__ppid=None))

scenario("loops of parents end",
         machine(Process(201, ptid=203), Process(202, ptid=201), Process(203, ptid=202), Process(204, ptid=204)),
         look(204).shows({"proc.pid": 204}),
         look(201).shows({"proc.pid": 201}))

scenario("start of the parent", machine(*CHAIN), clone(102, 200, ptid=101, _at=SECOND),
         look(200, _at=3 * SECOND).shows({"proc.ppid.ts": 0, "proc.duration": 2 * SECOND}),
         clone(200, 300, ptid=102, _at=4 * SECOND),
         look(300, _at=6 * SECOND).shows({"proc.ppid.duration": 5 * SECOND, "proc.duration": 2 * SECOND}))

LEADERS = [
    Process(100, name="leader", sid=100, vpgid=100, pgid=100, exe="lexe", exepath="/l"),
    Process(101, ptid=100, name="member", sid=100, vpgid=101, pgid=100),
    Process(102, ptid=101, sid=-1, vpgid=-1, pgid=-1),
    Process(103, ptid=101, sid=999, vpgid=998, pgid=997)
]
scenario(
    "leaders of sessions and groups on the host", machine(*LEADERS),
    look(101).shows({
        "proc.sname": "leader", "proc.sid.exe": "lexe", "proc.sid.exepath": "/l", "proc.vpgid.name": "member",
        "proc.pgid.name": "leader", "proc.pgid.exe": "lexe", "proc.pgid.exepath": "/l", "proc.vpgid.exe": "member",
        "proc.vpgid.exepath": "/bin/member", "proc.is_sid_leader": False, "proc.is_vpgid_leader": True,
        "proc.is_pgid_leader": False
    }),
    look(100).shows(
        {"proc.sname": "leader", "proc.is_sid_leader": True, "proc.is_vpgid_leader": True,
         "proc.is_pgid_leader": True}),
    look(102).shows({"proc.sname": "", "proc.vpgid.name": "", "proc.pgid.name": "", "proc.sid": -1, "proc.pgid": -1}),
    look(103).shows({"proc.sname": "", "proc.vpgid.name": "", "proc.pgid.name": "", "proc.pgid.exe": ""}))

NESTED = [
    Process(200, name="first", ptid=1, vtid=1, vpid=1, sid=1, vpgid=1, pgid=200),
    Process(201, name="second", ptid=200, vtid=7, vpid=7, sid=1, vpgid=7, pgid=200),
    Process(202, name="third", ptid=201, vtid=8, vpid=8, sid=1, vpgid=7, pgid=200),
    Process(203, name="fourth", ptid=202, vtid=9, vpid=9, sid=7, vpgid=9, pgid=555),
    Process(204, name="gone", ptid=202, vtid=10, vpid=10, sid=1, vpgid=7, pgid=555)
]
scenario("leaders in a namespace: the chain of parents", machine(*NESTED),
         look(202).shows({"proc.sname": "init", "proc.vpgid.name": "second", "proc.pgid.name": "first"}),
         look(201).shows({"proc.vpgid.name": "", "proc.sname": "init", "proc.is_vpgid_leader": True}),
         look(203).shows({"proc.sname": "", "proc.vpgid.name": "", "proc.pgid.name": ""}),
         look(204).shows({"proc.vpgid.name": "second", "proc.sname": "init", "proc.pgid.name": ""}))
scenario(
    "ids in a namespace are not looked up among the host's",
    machine(Process(50, name="host", sid=1, vpgid=50),
            Process(201, name="inside", ptid=1, vtid=2, vpid=2, sid=50, vpgid=50)),
    look(201).shows({"proc.sname": "", "proc.vpgid.name": ""}),
    clone(300, 0, ptid=50, flags=CLONE_CHILD_IN_PIDNS, comm="n"),
    look(300).shows({"proc.vpgid.name": "host"}))
scenario(
    "the group of what runs is that of execve", machine(*LEADERS),
    execve(101, "prog", ptid=100, vpgid=100, pgid=101).shows({
        "proc.vpgid.name": "leader", "proc.pgid.name": "prog", "proc.is_pgid_leader": True,
        "proc.is_vpgid_leader": False
    }))

scenario(
    "whom the kernel named as reaper goes on reaping",
    machine(Process(100), Process(101, ptid=100), Process(102, ptid=101), Process(103, ptid=102),
            Process(104, ptid=103)), ends(103, 101),
    look(104).sees(proc__ppid=101), clone(104, 105, ptid=101), clone(105, 106, ptid=104), ends(105),
    look(106).sees(proc__ppid=101))
INSIDE = [
    Process(200, name="nsinit", ptid=1, vtid=1, vpid=1),
    Process(201, ptid=200, vtid=2, vpid=2),
    Process(202, ptid=201, vtid=3, vpid=3)
]
scenario("the init of a namespace reaps", machine(*INSIDE), ends(201), look(202).sees(proc__ppid=200))
scenario("nobody reaps across namespaces", machine(*INSIDE), ends(200), look(201).sees(proc__ppid=None))
scenario("nobody reaps over a broken chain",
         machine(Process(100, ptid=0), Process(101, ptid=100), Process(102, ptid=101)), ends(101),
         look(102).sees(proc__ppid=None))
scenario("a reaper that is not known counts as none", machine(*CHAIN), Event("prctl", 100, option=36, arg2_int=1),
         ends(101, 4242),
         look(102).sees(proc__ppid=100),
         look(4242).sees(proc__name="<NA>"))
scenario("children of a thread", machine(*CHAIN), clone(101, 200, flags=CLONE_THREAD | CLONE_FILES, ptid=100),
         clone(200, 300, pid=101, ptid=100),
         look(300).sees(proc__ppid=101), ends(101),
         look(300).sees(proc__ppid=101), ends(200, 100),
         look(300).sees(proc__ppid=100))
scenario("a subreaper that ended before", machine(*CHAIN), Event("prctl", 100, option=36, arg2_int=1), ends(100),
         ends(101),
         look(102).sees(proc__ppid=1))
scenario(
    "a listed thread without its leader", machine(Process(101, pid=100, name="thread", fds=[(3, file("/f"))])),
    look(101).shows({
        "proc.pid": 100, "proc.cwd": "", "proc.nthreads": 1, "proc.nchilds": 1, "proc.fdopencount": 0, "proc.env": "",
        "proc.name": "thread", "proc.aname[0]": None, "proc.pname": None, "proc.fdlimit": 0
    }),
    Event("read", 101, fd=3).sees(fd__name="/f"), clone(101, 300, pid=100, comm="child"),
    look(300).shows({"proc.pid": 300, "proc.ppid": None, "proc.name": "child", "proc.fdopencount": 1}))
