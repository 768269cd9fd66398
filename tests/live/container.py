"""A runc container as Docker would make one: its default capabilities and seccomp profile, root by overlay over /."""
import json
import os
import platform
import shutil
import subprocess

PROFILES = ["/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json",
            os.path.expanduser("~/.cache/tercel/docker-seccomp.json")]
CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
                "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
                "CAP_AUDIT_WRITE"]


def profile_path():
    for path in [os.environ.get("TERCEL_DOCKER_SECCOMP", "")] + PROFILES:
        if path and os.path.exists(path):
            return path
    return None


def why_not():
    """Why containers cannot be had here; None when they can."""
    if os.geteuid() != 0:
        return "containers need root"
    if not shutil.which("runc"):
        return "runc is not installed"
    if not profile_path():
        return "Docker's seccomp profile is not there (scripts/install_dependencies fetches it)"
    return None


def kernel_at_least(version):
    def numbers(text):
        return [int("".join(c for c in part if c.isdigit()) or 0) for part in text.split(".")[:2]]
    return numbers(platform.release()) >= numbers(version)


def seccomp_profile(capabilities=CAPABILITIES):
    """The profile in the form that runc takes: conditions on capabilities, kernel and architecture resolved."""
    with open(profile_path()) as file:
        profile = json.load(file)
    rules = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if includes.get("caps") and not set(includes["caps"]) <= set(capabilities):
            continue
        if includes.get("arches") and "amd64" not in includes["arches"]:
            continue
        if includes.get("minKernel") and not kernel_at_least(includes["minKernel"]):
            continue
        if set(excludes.get("caps") or []) & set(capabilities) or "amd64" in (excludes.get("arches") or []):
            continue
        resolved = {"names": rule.get("names") or [rule["name"]], "action": rule["action"]}
        if rule.get("args"):
            resolved["args"] = rule["args"]
        if rule.get("errnoRet") is not None:
            resolved["errnoRet"] = rule["errnoRet"]
        rules.append(resolved)
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": 1, "syscalls": rules,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]}


class Container:
    """`shared` is a folder that host and container see at the same path; the network is the host's."""

    def __init__(self, folder, shared, name):
        self.folder, self.name = folder, name
        for part in ("upper", "work", "rootfs"):
            os.makedirs(os.path.join(folder, part))
        options = "lowerdir=/,upperdir={0}/upper,workdir={0}/work".format(folder)
        # The folder itself must not lie in its own lower layer: it is on a tmpfs of its own.
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, os.path.join(folder, "rootfs")], check=True)
        self.shared = shared

    def run(self, arguments, timeout):
        path = os.path.join(self.folder, "config.json")
        if os.path.exists(path):
            os.unlink(path)
        subprocess.run(["runc", "spec"], cwd=self.folder, check=True)
        with open(path) as file:
            config = json.load(file)
        process = config["process"]
        process.update(terminal=False, args=arguments, cwd="/")
        process["env"] = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        process["capabilities"] = {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
        process["noNewPrivileges"] = False
        config["root"] = {"path": "rootfs", "readonly": False}
        config["mounts"].append({"destination": self.shared, "source": self.shared, "type": "bind", "options": ["rbind", "rw"]})
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] not in ("network", "cgroup")]
        config["linux"]["seccomp"] = seccomp_profile()
        with open(path, "w") as file:
            json.dump(config, file)
        return subprocess.run(["runc", "run", self.name], cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)

    def close(self):
        subprocess.run(["runc", "delete", "-f", self.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["umount", os.path.join(self.folder, "rootfs")], stderr=subprocess.DEVNULL)
