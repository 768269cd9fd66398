"""Working directory, relative paths in every call that takes them, and the fields made of them."""
from scenario import AT_FDCWD, CLONE_FILES, CLONE_THREAD, ENOENT, clone, look, machine, opened, scenario
from scap_file import Event, Process, directory, file, plain

AT = machine(
    Process(100, cwd="/work/here", fds=[(3, directory("/dir")), (4, file("/plain")), (5, directory("/")),
                                        (6, plain(7, "pipe:[1]"))]))

NORMALISED = [("x", "/work/here/x"), ("./x", "/work/here/x"), ("../x", "/work/x"), ("../../../../x", "/x"),
              ("a//b///c/", "/work/here/a/b/c"), ("/", "/"), ("/a/./b/../c/.", "/a/c"), ("..", "/work"),
              (".", "/work/here"), ("//x", "/x"), ("a/..", "/work/here"), ("/..", "/"), ("...", "/work/here/..."),
              ("a/../../b", "/work/b"), ("ü/ö", "/work/here/ü/ö")]
scenario("paths are made absolute and normal", AT, *[opened(9, path).sees(fd__name=name) for path, name in NORMALISED])
scenario("an empty path", AT,
         opened(9, "").sees(fd__name="", evt__arg__name=""),
         Event("chdir", path="").sees(proc__cwd="/"))
LONG = "/".join(["d" * 99] * 11)
scenario("paths that are too long", AT,
         opened(9, LONG).sees(fd__name="/DIR_TOO_LONG/FILENAME_TOO_LONG"),
         opened(9, "/" + "x" * 1000).sees(fd__name="/" + "x" * 1000))

scenario("chdir, fchdir, getcwd, chroot", AT,
         Event("chdir", path="sub/dir").sees(proc__cwd="/work/here/sub/dir/"),
         Event("chdir", path="..").sees(proc__cwd="/work/here/sub/"),
         Event("chdir", path="nowhere", res=ENOENT).sees(proc__cwd="/work/here/sub/"),
         Event("chdir", path="/").sees(proc__cwd="/"),
         Event("chdir", path="tmp/").sees(proc__cwd="/tmp/"),
         Event("fchdir", fd=3).sees(proc__cwd="/dir/"),
         Event("fchdir", fd=9).sees(proc__cwd="/dir/"),
         Event("fchdir", fd=5, res=ENOENT).sees(proc__cwd="/dir/"),
         Event("fchdir", fd=5).sees(proc__cwd="/"),
         Event("getcwd", path="/from/kernel").sees(proc__cwd="/from/kernel/"),
         Event("getcwd", path="/x", res=ENOENT).sees(proc__cwd="/from/kernel/"), Event("chroot", path="/jail"),
         opened(9, "f").sees(fd__name="/from/kernel/f"))
scenario("threads share the working directory", AT, clone(100, 200, flags=CLONE_THREAD | CLONE_FILES),
         Event("chdir", 200, path="/t"),
         opened(9, "f").sees(fd__name="/t/f"))

DIRFDS = [(AT_FDCWD, "/work/here/f", "f"), (3, "/dir/f", "f"), (4, "/plain/f", "f"), (5, "/f", "f"),
          (99, "<UNKNOWN>f", "f"), (99, "/abs/f", "/abs/f"), (3, "/abs/f", "/abs/f"), (3, "/f", "../f"),
          (3, "/dir", ".")]
scenario(
    "directories of openat and openat2", AT, *[
        Event(kind, fd=9, dirfd=dirfd, name=path).sees(fd__name=name) for kind in ("openat", "openat2")
        for dirfd, name, path in DIRFDS
    ],
    opened(9, "f", dirfd=99).sees(evt__arg__name="f", fs__path__name="<UNKNOWN>f"),
    opened(9, "f", dirfd=3).sees(evt__arg__name="/dir/f", evt__arg__dirfd="<d>/dir"),
    opened(9, "f").sees(evt__arg__name="/work/here/f", evt__arg__dirfd="AT_FDCWD"),
    opened(9, "/a//b").sees(evt__arg__name="/a//b"),
    opened(9, "a//b").sees(evt__arg__name="/work/here/a/b"),
    opened(9, "<NA>").sees(evt__arg__name="<NA>"),
    opened(9, None).sees(evt__arg__name="<NA>"))

scenario(
    "evt.abspath", AT,
    opened(9, "f", dirfd=5).shows({"evt.abspath": "//f"}),
    opened(9, "f", dirfd=3).shows({"evt.abspath": "/dir/f", "evt.abspath.src": "/dir/f", "evt.abspath.dst": "/dir/f"}),
    opened(9, "f", dirfd=99).shows({"evt.abspath": "<UNKNOWN>/f"}),
    opened(9, "/x/../y", dirfd=3).shows({"evt.abspath": "/y"}),
    Event("renameat", olddirfd=3, oldpath="a", newdirfd=AT_FDCWD,
          newpath="b").shows({"evt.abspath": "/dir/a", "evt.abspath.src": "/dir/a", "evt.abspath.dst": "/work/here/b"}),
    Event("renameat2", olddirfd=99, oldpath="a", newdirfd=3,
          newpath="b").shows({"evt.abspath": "<UNKNOWN>/a", "evt.abspath.dst": "/dir/b"}),
    Event("linkat", olddir=3, oldpath="o", newdir=AT_FDCWD,
          newpath="n").shows({"evt.abspath.src": "/dir/o", "evt.abspath.dst": "/work/here/n"}),
    Event("symlinkat", target="t", linkdirfd=3,
          linkpath="l").shows({"evt.abspath": "/dir/l", "evt.abspath.dst": "/dir/l"}),
    Event("unlinkat", dirfd=3, name="u").shows({"evt.abspath": "/dir/u"}),
    Event("mkdirat", dirfd=3, path="m").shows({"evt.abspath": "/dir/m"}),
    Event("fchmodat", dirfd=3, filename="c").shows({"evt.abspath": "/dir/c"}),
    Event("fchownat", dirfd=3, pathname="o").shows({"evt.abspath": "/dir/o"}),
    Event("open_by_handle_at", fd=9, path="/h/x").shows({"evt.abspath": "/h/x"}),
    Event("open_by_handle_at", fd=-1, path="/h/x").shows({"evt.abspath": None}),
    Event("unlink", path="/x").shows({"evt.abspath": None}))

ONE = [("mkdir", "path", "m"), ("rmdir", "path", "m"), ("unlink", "path", "m"), ("chmod", "filename", "m"),
       ("chown", "path", "m"), ("lchown", "path", "m"), ("umount", "name", "m"), ("umount2", "name", "m")]
scenario(
    "fs.path of calls with one path", AT, *[
        Event(kind, **{parameter: path}).shows(
            {"fs.path.name": "/work/here/m", "fs.path.nameraw": path, "fs.path.source": None, "fs.path.target": None})
        for kind, parameter, path in ONE
    ], *[
        Event(kind, res=ENOENT, **{parameter: path}).shows({"fs.path.name": None, "fs.path.nameraw": None})
        for kind, parameter, path in ONE
    ],
    Event("mkdir", path="/a/../b//c").shows({"fs.path.name": "/b/c", "fs.path.nameraw": "/a/../b//c"}),
    Event("open", fd=9, name="o").shows({"fs.path.name": "/work/here/o", "fs.path.nameraw": "o"}),
    Event("open", fd=-1, name="o").shows({"fs.path.name": None}),
    Event("open", fd=ENOENT, name="o").shows({"fs.path.name": "/work/here/o"}),
    opened(9, "o", dirfd=3).shows({"fs.path.name": "/dir/o", "fs.path.nameraw": "o"}),
    opened(ENOENT, "o", dirfd=3).shows({"fs.path.name": "<UNKNOWN>", "fs.path.nameraw": "o"}),
    opened(ENOENT, "/o/../p", dirfd=3).shows({"fs.path.name": "/p"}),
    opened(-1, "/o").shows({"fs.path.name": None}),
    Event("fchmod", fd=4).shows({"fs.path.name": "/plain", "fs.path.nameraw": "/plain"}),
    Event("fchown", fd=4).shows({"fs.path.name": "/plain"}),
    Event("creat", fd=9, name="c").shows({"fs.path.name": None}),
    Event("open_by_handle_at", fd=9, path="/h").shows({"fs.path.name": None}),
    Event("quotactl", special="/dev/sda", quotafilepath="/q").shows({"fs.path.name": "/dev/sda"}))
for kind, parameter in ("mkdirat", "path"), ("unlinkat", "name"), ("fchmodat", "filename"), ("fchownat", "pathname"):
    scenario(f"fs.path of {kind}", AT,
             Event(kind, dirfd=3, **{parameter: "x"}).shows({"fs.path.name": "/dir/x", "fs.path.nameraw": "x"}),
             Event(kind, dirfd=AT_FDCWD, **{parameter: "x"}).shows({"fs.path.name": "<UNKNOWN>x"}),
             Event(kind, dirfd=4, **{parameter: "x"}).shows({"fs.path.name": "<UNKNOWN>x"}),
             Event(kind, dirfd=99, **{parameter: "x"}).shows({"fs.path.name": "<UNKNOWN>x"}),
             Event(kind, dirfd=99, **{parameter: "/x"}).shows({"fs.path.name": "/x"}),
             Event(kind, dirfd=3, res=ENOENT, **{parameter: "x"}).shows({"fs.path.name": None}))
scenario(
    "fs.path of calls with two paths", AT,
    Event("rename", oldpath="a", newpath="/b").shows({
        "fs.path.source": "/work/here/a", "fs.path.target": "/b", "fs.path.sourceraw": "a", "fs.path.targetraw": "/b",
        "fs.path.name": None, "fs.path.nameraw": None
    }),
    Event("renameat", olddirfd=3, oldpath="a", newdirfd=3,
          newpath="b").shows({"fs.path.source": "/work/here/a", "fs.path.target": "/work/here/b"}),
    Event("renameat2", olddirfd=3, oldpath="a", newdirfd=5,
          newpath="b").shows({"fs.path.source": "/dir/a", "fs.path.target": "/b"}),
    Event("link", oldpath="o", newpath="n").shows(
        {"fs.path.source": "/work/here/n", "fs.path.target": "/work/here/o", "fs.path.sourceraw": "n"}),
    Event("linkat", olddir=3, oldpath="o", newdir=3, newpath="n").shows(
        {"fs.path.source": "/work/here/n", "fs.path.target": "/work/here/o", "fs.path.targetraw": "o"}),
    Event("symlink", target="t", linkpath="l").shows(
        {"fs.path.source": "/work/here/l", "fs.path.target": "/work/here/t", "fs.path.targetraw": "t"}),
    Event("symlinkat", target="t", linkdirfd=3,
          linkpath="l").shows({"fs.path.source": "/dir/l", "fs.path.target": "<UNKNOWN>t", "fs.path.sourceraw": "l"}),
    Event("symlinkat", target="/t", linkdirfd=4,
          linkpath="l").shows({"fs.path.source": "<UNKNOWN>l", "fs.path.target": "/t"}),
    Event("mount", dev="none", dir="mnt", type="tmpfs").shows(
        {"fs.path.source": "/work/here/none", "fs.path.target": "/work/here/mnt", "fs.path.sourceraw": "none"}),
    Event("mount", dev=None, dir="/mnt",
          type="tmpfs").shows({"fs.path.source": "/work/here/<NA>", "fs.path.target": "/mnt"}),
    Event("rename", res=ENOENT, oldpath="a", newpath="/b").shows({"fs.path.source": None, "fs.path.targetraw": None}),
    look().shows({"fs.path.name": None, "fs.path.source": None}))
scenario("paths of a thread that is not known", AT,
         opened(9, "rel", 777).sees(fd__name="rel"),
         opened(9, "/abs", 777).sees(fd__name="/abs"),
         Event("mkdir", 777, path="rel").shows({"fs.path.name": "rel"}))
scenario("what was seen before the call ran counts for the state", AT,
         Event("SYSCALL_OPENAT_2_E", dirfd=3, name="real", flags=1, mode=0).hidden(),
         opened(9, "swapped").shows({"fd.name": "/dir/real", "evt.arg.name": "/work/here/swapped", "evt.num": 2}),
         Event("SYSCALL_OPEN_E", name="real2", flags=2, mode=0).hidden(),
         Event("open", fd=10, name="swapped2").shows({"fd.name": "/work/here/real2"}),
         Event("SYSCALL_OPEN_E", name="real3", flags=2, mode=0).hidden(), look(),
         Event("open", fd=10, name="swapped3").shows({"fd.name": "/work/here/swapped3"}),
         Event("SYSCALL_CREAT_E", name="real4", mode=0).hidden(),
         Event("creat", fd=11, name="sw").shows({"fd.name": "/work/here/real4"}),
         Event("SYSCALL_OPENAT2_E", dirfd=3, name="real5", flags=1).hidden(),
         Event("openat2", fd=12, dirfd=AT_FDCWD, name="sw", flags=1).shows({"fd.name": "/dir/real5"}))

scenario("paths that the driver could not read", AT,
         opened(9, None).shows({"fd.name": "/work/here/<NA>", "evt.abspath": None}),
         Event("open", fd=9, name=None).sees(fd__name="/work/here/<NA>"),
         opened(ENOENT, None).sees(fd__name="/work/here/<NA>"),
         Event("open_by_handle_at", fd=9, path=None).sees(fd__name="<NA>"),
         Event("unlinkat", dirfd=None, name="x").shows({"evt.abspath": None}),
         Event("SYSCALL_OPENAT_X", _count=1, fd=9).shows({"fd.name": "<NA>", "evt.abspath": None}))
scenario("a base counts for what is too long even where it is replaced", machine(Process(100, cwd="/" + "c" * 100)),
         Event("open", fd=3, name="/" + "x" * 950).sees(fd__name="/DIR_TOO_LONG/FILENAME_TOO_LONG"),
         opened(3, "/" + "x" * 950).sees(fd__name="/" + "x" * 950),
         opened(3, "/" + "x" * 1021).sees(fd__name="/" + "x" * 1021),
         opened(3, "/" + "x" * 1022).sees(fd__name="/DIR_TOO_LONG/FILENAME_TOO_LONG"))
scenario("directories without a name, numbers that are none", machine(Process(100, fds=[(3, plain(7, ""))])),
         opened(9, "f", dirfd=3).sees(fd__name="f", evt__arg__name="f"),
         opened(8, "f", dirfd=-7).sees(fd__name="<UNKNOWN>f"))
scenario("texts end at the first NUL", AT,
         opened(9, b"/a\0b").sees(fd__name="/a", evt__arg__name="/a"),
         Event("unlink", path=b"/a\0b").shows({"evt.arg.path": "/a"}))
