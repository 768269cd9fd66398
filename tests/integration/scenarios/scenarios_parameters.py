"""How each type of parameter is written: evt.arg, evt.args, evt.rawarg."""
from scenario import AT_FDCWD, CLONE_FILES, CLONE_NEWUSER, CLONE_THREAD, clone, execve, look, machine, opened, scenario
from scap_file import (Event, NO_ID, Process, START, directory, file, plain, socket_address, tuple_of, unix_tuple,
                       variant)

FILES = machine(Process(100, fds=[(3, file("/f")), (4, directory("/d")), (5, plain(7, ""))]))

scenario(
    "integers", FILES,
    Event("lseek", res=7, fd=3, offset=-5, whence=2).shows({
        "evt.args": "res=7 fd=3(<f>/f) offset=-5 whence=2(SEEK_END)", "evt.rawarg.offset": 18446744073709551611,
        "evt.arg.offset": "-5", "evt.rawarg.whence": 2, "evt.arg[0]": "7", "evt.arg[1]": "<f>/f",
        "evt.arg[3]": "SEEK_END", "evt.arg[9]": None
    }).matches("evt.rawarg.offset = 18446744073709551611", "evt.rawarg.offset > 5", "evt.rawarg.whence = 2",
               "evt.arg.whence = SEEK_END").matches_not("evt.arg.whence = 2", "evt.rawarg.whence = 1"),
    Event("chown", path="/x", uid=-1, gid=7).shows({"evt.args": "res=0 path=/x uid=-1 gid=7", "evt.rawarg.uid": NO_ID}),
    Event("semop", nsops=2, sem_num_0=65535, sem_op_0=-1, sem_flg_0=3, semid=-9).shows({
        "evt.args": "res=0 nsops=2 sem_num_0=-1 sem_op_0=-1 sem_flg_0=3(IPC_NOWAIT|SEM_UNDO) sem_num_1=0 sem_op_1=0 "
        "sem_flg_1=0 semid=-9",
        "evt.rawarg.sem_num_0": 65535, "evt.rawarg.sem_op_0": -1
    }),
    Event("semget", key=-1, nsems=3, semflg=0).shows({"evt.arg.key": "FFFFFFFF", "evt.arg.semflg": "0"}),
    Event("accept4", fd=-1, queuepct=200,
          flags=-1).shows({"evt.arg.queuepct": "-56", "evt.rawarg.queuepct": 200, "evt.arg.flags": "FFFFFFFF"}),
    Event("mmap", res=-12, addr=0xdeadbeef, length=4096, prot=5, flags=10, fd=-1).shows({
        "evt.args": "res=-12(ENOMEM) vm_size=0 vm_rss=0 vm_swap=0 addr=DEADBEEF length=4096 "
        "prot=5(PROT_READ|PROT_EXEC) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0",
        "evt.rawarg.addr": "DEADBEEF", "evt.rawarg.prot": "5", "evt.rawarg.length": 4096, "evt.res": "ENOMEM"
    }).matches("evt.rawarg.prot = 5"),
    Event("brk", res=0x5555, vm_size=1, addr=0).shows({"evt.arg.res": "5555", "evt.arg.addr": "0"}),
    Event("mkdir", path="/m", mode=0o755).shows({"evt.args": "res=0 path=/m mode=1ED"}),
    opened(6, "/n", mode=0o644).shows({"evt.arg.mode": "0644", "evt.rawarg.mode": "644"}),
    opened(7, "/n").shows({"evt.arg.mode": "0", "evt.rawarg.mode": "0"}))

scenario(
    "results", FILES,
    Event("close", res=-9, fd=8).shows({
        "evt.args": "res=-9(EBADF) fd=8", "evt.res": "EBADF", "evt.rawres": -9, "evt.failed": True,
        "evt.arg.res": "EBADF", "evt.count.error": 1
    }),
    Event("close", res=0, fd=8).shows({"evt.arg.res": "0", "evt.res": "SUCCESS", "evt.rawres": 0, "evt.failed": False}),
    Event("nanosleep", res=-512, interval=1).shows({"evt.res": "ERESTARTSYS", "evt.arg.res": "ERESTARTSYS"}),
    Event("nanosleep", res=-4000, interval=1).shows({"evt.res": "-4000", "evt.arg.res": "-4000"}),
    Event("getuid", uid=1000).shows({"evt.rawres": 1000, "evt.res": "SUCCESS", "evt.args": "uid=1000(alice)"}),
    Event("getgid", gid=4242).shows({"evt.args": "gid=4242(<NA>)", "evt.rawres": 4242}),
    Event("GENERIC_X", ID=63, nativeID=99).shows({
        "evt.res": None, "evt.rawres": None, "evt.failed": None, "evt.args": "", "evt.info": "",
        "evt.count.error": None, "evt.count.exit": 1
    }),
    Event("process_vm_readv", res=-1, pid=100,
          data=b"x").shows({"evt.rawres": -1, "evt.failed": True, "evt.args": "res=-1 pid=100(shell) data=x"}),
    Event("setsid", res=100).shows({"evt.args": "res=100(shell)", "evt.arg.res": "shell", "evt.res": "SUCCESS"}),
    Event("getcwd", res=0, path="/x").shows({"evt.args": "res=0 path=/x"}),
    Event("procexit", 100, status=256, ret=1, sig=0).shows(
        {"evt.res": None, "evt.rawres": None, "evt.failed": None, "evt.arg.ret": "1", "evt.count.exit": None}))

scenario(
    "descriptors and processes as parameters", FILES,
    Event("dup2", res=9, oldfd=4, newfd=9).shows({"evt.args": "res=9(<d>/d) oldfd=4(<d>/d) newfd=9(<d>/d)"}),
    Event("read", fd=5, res=2, size=10, data=b"ok").shows({"evt.args": "res=2 data=ok fd=5(<p>) size=10"}),
    Event("read", fd=77, res=-9, size=10).shows({"evt.args": "res=-9(EBADF) data=NULL fd=77 size=10"}),
    Event("openat", fd=6, dirfd=AT_FDCWD, name="n", flags=0).shows(
        {"evt.args": "fd=6(<f>/work/n) dirfd=-100(AT_FDCWD) name=n(/work/n) flags=0(O_NONE) mode=0 dev=0 ino=0"}),
    Event("unlinkat", dirfd=4, name="x/../y",
          flags=512).shows({"evt.args": "res=0 dirfd=4(<d>/d) name=x/../y(/d/y) flags=512(AT_REMOVEDIR)"}),
    Event("kill", pid=100, sig=9).shows({"evt.args": "res=0 pid=100(shell) sig=9(SIGKILL)"}),
    Event("kill", pid=555, sig=0).shows({"evt.args": "res=0 pid=555 sig=0"}),
    Event("kill", pid=-1, sig=64).shows({"evt.args": "res=0 pid=-1 sig=64"}),
    Event("tgkill", pid=1, tid=100, sig=15).shows({"evt.args": "res=0 pid=1(init) tid=100(shell) sig=15(SIGTERM)"}),
    Event("signaldeliver", 100, spid=1, dpid=100,
          sig=11).shows({"evt.args": "spid=1(init) dpid=100(shell) sig=11(SIGSEGV)", "evt.dir": ">"}),
    Event("fchdir", fd=4).shows({"evt.rawarg.fd": "4", "evt.args": "res=0 fd=4(<d>/d)"}),
    Event("close", fd=4).shows({"evt.rawarg.fd": 4}))

scenario(
    "flags and modes", FILES,
    Event("access", name="/x", mode=0).shows({"evt.arg.mode": "F_OK"}),
    Event("access", name="/x", mode=6).shows({"evt.arg.mode": "R_OK|W_OK"}),
    Event("futex", op=0).shows({"evt.arg.op": "FUTEX_WAIT"}),
    Event("futex", op=129).shows({"evt.arg.op": "FUTEX_PRIVATE_FLAG|FUTEX_WAKE"}),
    Event("futex", op=128).shows({"evt.arg.op": "FUTEX_PRIVATE_FLAG"}),
    Event("futex", op=128 + 9).shows({"evt.arg.op": "FUTEX_PRIVATE_FLAG|FUTEX_WAIT_BITSET"}),
    Event("chmod", filename="/x", mode=0o4755).shows({
        "evt.args": "res=0 filename=/x mode=04755(S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID)"
    }).matches("evt.arg.mode contains S_ISUID"),
    Event("chmod", filename="/x", mode=0).shows({"evt.args": "res=0 filename=/x mode=0"}),
    Event("fchmod", fd=3, mode=0o2000).shows({"evt.arg.mode": "S_ISGID"}),
    Event("mknod", path="/x", mode=0o20600,
          dev=259).shows({"evt.args": "res=0 path=/x mode=020600(S_IWUSR|S_IRUSR|S_IFCHR) dev=259"}),
    Event("mknod", path="/x",
          mode=0o140755).shows({"evt.arg.mode": "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_IFREG"}),
    Event("unshare", flags=CLONE_NEWUSER | 64).shows(
        {"evt.args": "res=0 flags=1048640(CLONE_NEWPID|CLONE_NEWUSER)", "evt.rawarg.flags": "100040"}),
    Event("mount", dev="a", dir="/b", type="c",
          flags=1 | 4096).shows({"evt.args": "res=0 dev=a dir=/b type=c flags=4097(RDONLY|BIND)"}),
    Event("umount2", name="/x", flags=2).shows({"evt.args": "res=0 name=/x flags=2(DETACH)"}),
    Event("flock", fd=3, operation=6).shows({"evt.args": "res=0 fd=3(<f>/f) operation=6(LOCK_EX|LOCK_NB)"}),
    Event("flock", fd=3, operation=0).shows({"evt.arg.operation": "LOCK_NONE"}),
    Event("shutdown", fd=3, how=2).shows({"evt.args": "res=0 fd=3(<f>/f) how=2(SHUT_RDWR)"}),
    Event("shutdown", fd=3, how=9).shows({"evt.arg.how": "9"}),
    Event("mprotect", addr=1, length=2, prot=0).shows({"evt.arg.prot": "PROT_NONE"}),
    Event("prctl", option=33,
          arg2_str=None).shows({"evt.args": "res=0 option=33(PR_MCE_KILL|PR_MCE_KILL) arg2_str=<NA> arg2_int=0"}),
    Event("prctl", option=15,
          arg2_str="new name").shows({"evt.args": "res=0 option=15(PR_SET_NAME) arg2_str=new name arg2_int=0"}),
    Event("bpf", fd=9, cmd=5).shows({"evt.args": "fd=9(<b>) cmd=5(BPF_PROG_LOAD)"}),
    Event("fsconfig", fd=3, cmd=1, key="k", value_charbuf="v").shows(
        {"evt.args": "res=0 fd=3(<f>/f) cmd=1(FSCONFIG_SET_STRING) key=k value_bytebuf=NULL value_charbuf=v aux=0"}),
    clone(100, 200,
          flags=CLONE_THREAD | CLONE_FILES).shows({"evt.arg.flags": "CLONE_FILES|CLONE_THREAD",
                                                   "evt.arg.res": "shell"}),
    execve(100, flags=9).shows({"evt.arg.flags": "EXE_WRITABLE|EXE_LOWER_LAYER"}),
    execve(100, flags=0).shows({"evt.arg.flags": "0"}))

scenario("users and groups", FILES,
         Event("setuid", uid=1000).shows({"evt.args": "res=0 uid=1000(alice)", "evt.arg.uid": "alice"}),
         Event("setuid", uid=0).shows({"evt.args": "res=0 uid=0(root)"}),
         Event("setuid", uid=4242).shows({"evt.args": "res=0 uid=4242(<NA>)"}),
         Event("setuid", uid=-1).shows({"evt.args": "res=0 uid=-1(<NONE>)"}),
         Event("setgid", gid=1000).shows({"evt.args": "res=0 gid=1000(staff)"}),
         Event("setgid", gid=-1).shows({"evt.args": "res=0 gid=-1(<NONE>)"}),
         Event("setresuid", ruid=None, euid=0, suid=None).shows({"evt.args": "res=0 ruid=<NA> euid=0(root) suid=<NA>"}),
         Event("setregid", rgid=1000, egid=0).shows({"evt.args": "res=0 rgid=1000(alice) egid=0(root)"}))
scenario("users without names", machine(users=((0, 0, "", "", ""), (5, 5, "", "/h", "")), groups=((0, ""),)),
         Event("setuid", uid=0).shows({"user.name": "", "user.homedir": "", "user.shell": "", "group.name": ""}),
         Event("setuid", uid=5).shows({"user.name": "", "user.homedir": "/h", "evt.args": "res=0 uid=5(<NA>)"}),
         Event("setgid", gid=0).shows({"evt.args": "res=0 gid=0(<NA>)"}))
scenario(
    "without lists of users", machine(users=(), groups=()),
    Event("setuid", uid=0).shows({
        "evt.args": "res=0 uid=0(<NA>)", "user.name": "root", "user.homedir": "/root", "user.shell": "<NA>",
        "group.name": "root"
    }),
    Event("setuid",
          uid=1).shows({"user.name": "<NA>", "user.homedir": "<NA>", "user.shell": "<NA>", "user.loginname": "<NA>"}),
    Event("setgid", gid=0).shows({"evt.args": "res=0 gid=0(<NA>)", "group.name": "root"}))

scenario(
    "times", FILES,
    Event("nanosleep", interval=1500000000).shows(
        {"evt.args": "res=0 interval=1500000000(1.5s)", "evt.arg.interval": "1.5s", "evt.rawarg.interval": 1500000000}),
    Event("nanosleep", interval=100000000000).shows({"evt.arg.interval": "100s"}),
    Event("nanosleep", interval=1).shows({"evt.arg.interval": "1e-09s"}),
    Event("nanosleep", interval=(1 << 64) - 1).shows({"evt.args": "res=0 interval=none"}),
    Event("nanosleep", interval=0).shows({"evt.args": "res=0 interval=0(0s)"}),
    Event("nanosleep", interval=123456789012).shows({"evt.arg.interval": "123.457s"}),
    execve(100, exe_ino_ctime=START + 5, exe_ino_mtime=0).shows({
        "evt.arg.exe_ino_ctime": "2023-11-14 22:13:20.000000005",
        "evt.arg.exe_ino_mtime": "1970-01-01 00:00:00.000000000"
    }))

scenario(
    "bytes and texts", FILES,
    Event("write", fd=3, res=9, data=b"a\tb\n\x00\x7f\xc3\xa9\xff",
          size=9).shows({"evt.arg.data": "a.b......"[:9], "evt.buffer": "a.b......"[:9]}),
    Event("write", fd=3, res=0, data=b"").shows({"evt.arg.data": "NULL", "evt.buffer": "NULL"}),
    Event("unlink", path="/a\tb\n\x01").shows({"evt.arg.path": "/a\tb\n\x01", "fs.path.name": "/a\tb\n\x01"}),
    Event("unlink", path=b"/\xff\xfe").shows({"evt.arg.path": "/��"}),
    Event("unlink", path="/é\u20ac\U0001f600").shows({"evt.arg.path": "/é€😀"}),
    Event("unlink", path=b"/\xe2o.2").shows({"evt.arg.path": "/⯮2"}),
    Event("unlink", path=b"/\xe2\x82").shows({"evt.arg.path": "/��"}),
    Event("unlink", path=b"/\xed\xa0\x80").shows({"evt.arg.path": "/�"}),
    Event("unlink", path=b"/\xf8\x88").shows({"evt.arg.path": "/��"}),
    Event("unlink", path=b"/\xc0\x80x").shows({"evt.arg.path": "/�x"}),
    Event("unlink", path=b"/\x80zx").shows({"evt.arg.path": "/�x"}),
    Event("unlink", path=None).shows({"evt.args": "res=0 path=<NA>"}),
    Event("unlink", path="").shows({"evt.args": "res=0 path="}),
    Event("mount", dev=None, dir=None, type=None,
          flags=None).shows({"evt.args": "res=0 dev=<NA> dir=<NA> type=<NA> flags=<NA>"}),
    Event("nanosleep",
          interval=None).shows({"evt.args": "res=0 interval=<NA>"}).matches_not("evt.rawarg.interval exists"),
    execve(100, exe="a", args=["b", "c d"],
           env=["E=1", "F="]).shows({"evt.arg.args": "b.c d.", "evt.arg.env": "E=1.F=.", "evt.arg.exe": "a"}),
    execve(100, exe="a", args=[], env=[]).shows(
        {"evt.arg.args": "NULL", "evt.arg.env": "NULL", "proc.args": "", "proc.cmdline": "cat", "proc.exeline": "a "}))

scenario(
    "addresses", FILES,
    Event("bind", fd=9, addr=socket_address("1.2.3.4", 80)).shows({"evt.args": "res=0 addr=1.2.3.4:80 fd=9"}),
    Event("bind", fd=9, addr=socket_address("2001:db8:0:0::1", 80)).shows({"evt.arg.addr": "2001:db8::1:80"}),
    Event("bind", fd=9, addr=socket_address("::ffff:1.2.3.4", 80)).shows({"evt.arg.addr": "::ffff:1.2.3.4:80"}),
    Event("bind", fd=9, addr=socket_address("/run/x")).shows({"evt.arg.addr": "/run/x"}),
    Event("bind", fd=9, addr=None).shows({"evt.arg.addr": "<NA>"}),
    Event("bind", fd=9, addr=b"\x10").shows({"evt.arg.addr": "family 16"}),
    Event("connect", fd=9, res=-1, tuple=tuple_of("1.2.3.4", 1, "5.6.7.8",
                                                  65535)).shows({"evt.arg.tuple": "1.2.3.4:1->5.6.7.8:65535"}),
    Event("connect", fd=9, res=-1, tuple=tuple_of("::1", 1, "::", 2)).shows({"evt.arg.tuple": "::1:1->:::2"}),
    Event("connect", fd=9, res=-1, tuple=tuple_of("::ffff:1.2.3.4", 1, "::ffff:5.6.7.8",
                                                  2)).shows({"evt.arg.tuple": "1.2.3.4:1->5.6.7.8:2"}),
    Event("connect", fd=9, res=-1, tuple=tuple_of("::ffff:1.2.3.4", 1, "2001:db8::1",
                                                  2)).shows({"evt.arg.tuple": "::ffff:1.2.3.4:1->2001:db8::1:2"}),
    Event("connect", fd=9, res=-1,
          tuple=unix_tuple(0xffff888012345678, 0, "abstract")).shows({"evt.arg.tuple": "ffff888012345678->0 abstract"}),
    Event("connect", fd=9, res=-1, tuple=None).shows({"evt.arg.tuple": "NULL"}))

scenario(
    "values of several types", FILES,
    Event("setsockopt", fd=3, level=1, optname=4, val=variant(1, "q", -111), optlen=4).shows(
        {"evt.args": "res=0 fd=3(<f>/f) level=1(SOL_SOCKET) optname=4(SO_ERROR) val=-111(ECONNREFUSED) optlen=4"}),
    Event("setsockopt", fd=3, level=1, optname=2, val=variant(2, "I", 1), optlen=4).shows({"evt.arg.val": "1"}),
    Event("setsockopt", fd=3, level=1, optname=2, val=variant(3, "Q", 5), optlen=4).shows({"evt.arg.val": "5"}),
    Event("setsockopt", fd=3, level=1, optname=21, val=variant(4, "Q", 2500000000),
          optlen=4).shows({"evt.arg.val": "2.5s"}),
    Event("setsockopt", fd=3, level=1, optname=25, val=b"\x00eth0\x01", optlen=4).shows({"evt.arg.val": "eth0."}),
    Event("setsockopt", fd=3, level=1, optname=25, val=None, optlen=0).shows({"evt.arg.val": "NULL"}),
    Event("ptrace", addr=variant(0, "Q", 0xabc), data=variant(1, "B", 9), request=11,
          pid=100).shows({"evt.args": "res=0 addr=ABC data=9(SIGKILL) request=11(PTRACE_ATTACH) pid=100(shell)"}),
    Event("keyctl", operation=1, arg2=variant(1, "4s", b"key\0"), arg3=variant(0, "q", -3), arg4=variant(0, "q", 0),
          arg5=variant(0, "q", 7)).shows(
              {"evt.args": "res=0 operation=1(KEYCTL_JOIN_SESSION_KEYRING) arg2=key arg3=-3 arg4=0 arg5=7"}))

scenario(
    "the type of a raw argument is that of the event", FILES,
    Event("setns", fd=3, nstype=0).shows({"evt.rawarg.fd": "3"}),
    opened(8, "/x", flags=65).shows({"evt.rawarg.flags": "41"}),
    Event("setuid", uid=1000).shows({"evt.rawarg.uid": 1000}),
    execve(100, pgid=9).shows({"evt.rawarg.pgid": "9"}),
    look().shows({"evt.rawarg.flags": None, "evt.arg.flags": None}).matches_not("evt.arg.flags exists",
                                                                                "evt.arg.flags != x"))
