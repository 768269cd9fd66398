"""Which container a process is in, what is known about it, and its users."""
import json

from scenario import clone, execve, look, machine, opened, scenario
from scap_file import Event, Process, connection

HEX = "0123456789abcdef" * 4
ID = HEX[:12]
OTHER = "f" * 64
METADATA = [
    "container.full_id", "container.name", "container.image", "container.image.id", "container.type",
    "container.privileged", "container.mounts", "container.image.repository", "container.image.tag",
    "container.image.digest", "container.ip", "container.cni.json", "container.host_pid", "container.host_network",
    "container.host_ipc", "container.labels", "k8s.pod.name", "k8s.ns.name", "k8s.pod.id", "k8s.pod.uid",
    "k8s.pod.sandbox_id", "k8s.pod.full_sandbox_id", "k8s.pod.ip", "k8s.pod.cni.json", "container.label.app",
    "container.mount[0]", "container.mount.dest[0]", "k8s.pod.labels", "k8s.pod.label.app"
]
NEVER = {
    name: None
    for name in [
        "container.healthcheck", "container.liveness_probe", "container.readiness_probe",
        "proc.is_container_healthcheck", "proc.is_container_liveness_probe", "proc.is_container_readiness_probe",
        "k8s.rc.name", "k8s.svc.name", "k8s.ns.id", "k8s.ns.label.x", "k8s.rs.name", "k8s.deployment.name",
        "k8s.deployment.labels"
    ]
}
NOTHING = {name: None for name in METADATA}
HOST = {
    **NOTHING, "container.id": "host", "container.full_id": "host", "container.name": "host", "container.type": "host",
    **{
        name: ""
        for name in [
            "container.image", "container.image.id", "container.image.repository", "container.image.tag",
            "container.image.digest", "container.mounts", "container.labels", "container.ip", "container.cni.json",
            "k8s.pod.ip", "k8s.pod.cni.json", "k8s.pod.sandbox_id", "k8s.pod.full_sandbox_id", "k8s.pod.labels"
        ]
    }, **{
        name: False
        for name in ["container.privileged", "container.host_pid", "container.host_network", "container.host_ipc"]
    }
}

WEB = {
    "type": 0, "id": ID, "name": "web", "image": "reg/web:1", "imagedigest": "sha256:1", "imageid": "22",
    "imagerepo": "reg/web", "imagetag": "1", "full_id": HEX, "ip": "172.17.0.2", "privileged": True, "host_pid": False,
    "host_network": True, "host_ipc": False, "is_pod_sandbox": False, "cni_json": "", "pod_sandbox_id": "", "labels": {
        "z": "last", "app": "w\u00e9b", "empty": "", "annotation.x": "no", "io.kubernetes.pod.name": "pod-1",
        "io.kubernetes.pod.namespace": "space", "io.kubernetes.pod.uid": "uid-1"
    }, "pod_sandbox_labels": None, "env": ["A=1"],
    "Mounts": [{"Source": "/srv", "Destination": "/www", "Mode": "ro", "RW": False, "Propagation": "rslave"},
               {"Source": "/etc/x", "Destination": "/e", "Mode": "", "RW": True, "Propagation": ""}]
}
OF_WEB = {
    "container.id": ID, "container.full_id": HEX, "container.name": "web", "container.image": "reg/web:1",
    "container.image.id": "22", "container.image.repository": "reg/web", "container.image.tag": "1",
    "container.image.digest": "sha256:1", "container.type": "docker", "container.privileged": True,
    "container.host_pid": False, "container.host_network": True, "container.host_ipc": False,
    "container.ip": "172.17.0.2", "container.mounts": "/srv:/www:ro:false:rslave,/etc/x:/e::true:",
    "container.mount[0]": "/srv:/www:ro:false:rslave", "container.labels": "app:w\u00e9b, empty, z:last",
    "container.label.app": "w\u00e9b", "k8s.pod.name": "pod-1", "k8s.ns.name": "space", "k8s.pod.id": "uid-1",
    "k8s.pod.uid": "uid-1", "container.mount.dest[0]": "/www"
}


def arrives(container, name="container", tail=b"\0", **more):
    return Event("asyncevent", -1, plugin_id=2, name=name, data=json.dumps({"container": container}).encode() + tail,
                 **more)


def inside(tid=100, path="/docker/" + HEX, **more):
    return Process(tid, cgroups=["cpu=" + path], **more)


scenario(
    "the host", machine(),
    look().shows({**HOST, **NEVER}).matches("container.id = host",
                                            "container.image.repository = \"\"").matches_not("container.id != host"),
    opened(3, "/x").shows({"fd.containername": ":/x", "fd.containerdirectory": ":/"}),
    look(777).shows({"container.id": "host"}),
    Event("procexit", 778).shows({**NOTHING, "container.id": None}).matches_not("container.id != host",
                                                                                "container.id = host"))
scenario(
    "a container without metadata", machine(inside()),
    look().shows({**NOTHING, "container.id": ID
                  }).matches("container.id != host",
                             "not container.image.repository = x").matches_not("container.image.repository != x",
                                                                               "container.name exists"),
    opened(3, "/x").shows({"fd.containername": ID + ":/x"}))
scenario("metadata at the start", machine(inside()),
         arrives(WEB).hidden(),
         look().shows({**OF_WEB, **NEVER, "evt.num": 2, "container.start_ts": None}))
scenario("metadata without the closing NUL", machine(inside()), arrives(WEB, tail=b"").hidden(), look().shows(OF_WEB))
scenario(
    "metadata that arrive later", machine(inside()),
    look().shows({"container.name": None}),
    arrives(WEB).shows({
        "evt.type": "container", "evt.asynctype": "container", "evt.is_async": True, "evt.num": 2, "proc.name": None,
        "container.id": ID, "container.name": "web", "container.image.repository": "reg/web", "evt.source": "syscall",
        "user.name": None
    }).matches("evt.type = container", "container.id = " + ID),
    look().shows(OF_WEB), arrives({**WEB, "name": "renamed"}),
    look().shows({"container.name": "renamed"}))
scenario(
    "containers that go", machine(inside()),
    arrives(WEB).hidden(),
    look().shows({"container.name": "web"}),
    arrives(WEB, name="container_removed").shows(
        {"evt.type": "container_removed", "evt.asynctype": "container_removed", "container.name": "web"}),
    look().shows({"container.id": ID, "container.name": None}))
scenario(
    "mounts by number and by expression", machine(inside()),
    arrives(WEB).hidden(),
    look().shows({
        "container.mount[1]": "/etc/x:/e::true:", "container.mount[2]": None, "container.mount.source[0]": "/srv",
        "container.mount.dest[1]": "/e", "container.mount.mode[0]": "ro", "container.mount.rdwr[0]": "false",
        "container.mount.rdwr[1]": "true", "container.mount.propagation[0]": "rslave",
        "container.mount[/etc]": "/etc/x:/e::true:", "container.mount.dest[/srv]": "/www",
        "container.mount.source[/www]": "/srv", "container.mount.source[/srv]": None,
        "container.mount[/]": "/srv:/www:ro:false:rslave", "container.mount[/etc/*]": "/etc/x:/e::true:",
        "container.mount[x$]": "/etc/x:/e::true:", "container.mount.mode[/etc]": "", "container.mount[none]": None
    }))

POD = {
    "type": 6, "id": "feedfeedfeed", "full_id": "feedfeedfeed" + "0" * 52, "name": "pod", "image": "pause",
    "ip": "10.2.3.4", "cni_json": "{\"a\":1}", "is_pod_sandbox": True, "pod_sandbox_id": "", "labels": {},
    "pod_sandbox_labels": {"from": "sandbox", "app": "p"}
}
MEMBER = {
    **WEB, "type": 7, "cni_json": "", "pod_sandbox_id": "feedfeedfeed" + "0" * 52,
    "pod_sandbox_labels": {"own": "1", "app": "o"}
}
scenario(
    "pods: the sandbox is known", machine(inside()),
    arrives(POD).hidden(),
    arrives(MEMBER).hidden(),
    look().shows({
        "container.type": "containerd", "k8s.pod.sandbox_id": "feedfeedfeed",
        "k8s.pod.full_sandbox_id": "feedfeedfeed" + "0" * 52, "k8s.pod.ip": "10.2.3.4", "k8s.pod.cni.json": "{\"a\":1}",
        "k8s.pod.labels": "app:p, from:sandbox", "k8s.pod.label.app": "p", "k8s.pod.label.own": "1"
    }))
scenario(
    "pods: the sandbox is not known", machine(inside()),
    arrives(MEMBER).hidden(),
    look().shows({
        "k8s.pod.sandbox_id": "feedfeedfeed", "k8s.pod.ip": None, "k8s.pod.cni.json": None,
        "k8s.pod.labels": "app:o, own:1", "k8s.pod.label.app": "o"
    }))
scenario(
    "pods: a container with its own network", machine(inside()),
    arrives(POD).hidden(),
    arrives({**MEMBER, "cni_json": "{}"}).hidden(),
    look().shows({
        "k8s.pod.ip": "172.17.0.2", "k8s.pod.cni.json": "{}", "k8s.pod.labels": "app:o, own:1",
        "k8s.pod.label.app": "o", "container.cni.json": "{}"
    }))
scenario(
    "pods: no sandbox", machine(inside()),
    arrives(WEB).hidden(),
    look().shows({
        "k8s.pod.sandbox_id": "", "k8s.pod.ip": "", "k8s.pod.cni.json": "", "k8s.pod.labels": "",
        "k8s.pod.label.app": None
    }))
for number, name in (0, "docker"), (1, "lxc"), (2, "libvirt-lxc"), (6, "cri"), (7, "containerd"), (8, "cri-o"), (
        9, "bpm"), (10, "static"), (11, "podman"):
    scenario(f"containers of type {name}", machine(inside()),
             arrives({**WEB, "type": number}).hidden(),
             look().shows({"container.type": name}))

PATHS = [("/docker/" + HEX, ID), ("/docker/" + HEX + "/", None), ("/system.slice/docker-" + HEX + ".scope", ID),
         ("/machine.slice/libpod-" + HEX + ".scope", ID), ("/kubepods/pod1/" + HEX, ID),
         ("/a/crio-" + HEX + ".scope", ID), ("/a/cri-containerd-" + HEX + ".scope", ID),
         ("/a:cri-containerd:" + HEX, ID), ("/lxc/box/x", "box"), ("/lxc.payload/box", "box"),
         ("/a_b/lxc.payload.box/x", "box"), ("/user.slice/x.scope", None), ("/", None), ("/docker/" + HEX[:63], ID),
         ("/a_b/docker/" + HEX[:63], None), ("/namespace/name", "name")]
scenario("ids by path of the cgroup", machine(*[inside(100 + n, path) for n, (path, _) in enumerate(PATHS)]),
         *[look(100 + n).shows({"container.id": name or "host"}) for n, (_, name) in enumerate(PATHS)])
scenario("ids at clone, execve and chroot", machine(), clone(100, 200, cgroups=["cpu=/docker/" + HEX]),
         look(200).shows({"container.id": ID}),
         clone(300, 0, ptid=100, cgroups=["cpu=/docker/" + OTHER]).shows({"container.id": "f" * 12}),
         execve(100, cgroups=["a=/x", "b=/docker/" + HEX, "c=/docker/" + OTHER]).shows({"container.id": ID}),
         execve(100, cgroups=None).shows({"container.id": ID}),
         execve(100, cgroups=["a=/"]).shows({"container.id": "host"}))
scenario("a child has the container of its own cgroups", machine(inside()), clone(100, 200, cgroups=["cpu=/"]),
         look(200).shows({"container.id": "host"}), clone(100, 201, cgroups=None),
         look(201).shows({"container.id": "host"}))

ROOTS = machine(inside(uid=1000, gid=1000), Process(101, uid=1000, gid=1000))
scenario("users belong to containers", ROOTS,
         Event("useradded", -1, uid=1000, gid=1000, name="inner", home="/i", shell="/s", container_id=ID).hidden(),
         Event("groupadded", -1, gid=1000, name="innergroup", container_id=ID).hidden(),
         look(100).shows({"user.name": "inner", "group.name": "innergroup", "user.homedir": "/i", "user.shell": "/s"}),
         look(101).shows({"user.name": "alice", "group.name": "staff"}),
         Event("setuid", 100, uid=1000).shows({"evt.arg.uid": "inner"}),
         Event("setuid", 101, uid=1000).shows({"evt.arg.uid": "alice"}),
         Event("setuid", 100, uid=0).shows({"user.name": "root", "user.homedir": "/root", "evt.arg.uid": "<NA>"}),
         Event("userdeleted", -1, uid=1000, gid=1000, name="inner", home="", shell="", container_id=ID),
         Event("setuid", 100, uid=1000).shows({"user.name": "<NA>"}))

scenario(
    "local addresses in a container",
    machine(
        inside(fds=[(3, connection("172.17.0.2", 1, "1.2.3.4", 80)), (
            4, connection("1.2.3.4", 1, "10.0.0.5", 80)), (5, connection("::1", 1, "::1", 2))])),
    Event("fstat", fd=3).shows({"fd.lip": "1.2.3.4", "fd.rip": "172.17.0.2", "fd.is_server": False}),
    Event("fstat", fd=4).shows({"fd.is_server": False}), arrives(WEB),
    Event("fstat", fd=3).shows({"fd.lip": "172.17.0.2", "fd.rip": "1.2.3.4", "fd.is_server": False}),
    Event("fstat", fd=4).shows({"fd.is_server": True, "fd.lip": "10.0.0.5"}),
    Event("fstat", fd=5).shows({"fd.is_server": False}))
scenario(
    "local addresses in a container that is not known",
    machine(
        inside(path="/docker/" + OTHER, fds=[(3, connection("172.17.0.2", 1, "1.2.3.4", 80)),
                                             (4, connection("10.0.0.5", 1, "1.2.3.4", 80))])),
    arrives(WEB).hidden(),
    Event("fstat", fd=3).shows({"fd.lip": "172.17.0.2"}),
    Event("fstat", fd=4).shows({"fd.lip": "1.2.3.4"}))
scenario("broken metadata", machine(inside()),
         Event("asyncevent", -1, name="container", data=b"{\"container\":").hidden(),
         Event("asyncevent", -1, name="other", data=b"x").hidden(),
         look().shows({"container.name": None, "evt.num": 3}),
         Event("asyncevent", -1, name="other", data=b"x").shows({"evt.type": "other", "evt.asynctype": "other"}))
scenario("the JSON event of older captures", machine(inside()),
         Event("container", -1, json=json.dumps({"container": WEB})).hidden(),
         look().shows(OF_WEB))
