"""Executes a task definition as ECS on Fargate does: images, volumes, dependencies, entry point and command rules, users,
secrets, essential containers, exit codes. Containers are runc's; as on Fargate they share the network.

What is not modelled is refused: a test that relied on it would prove nothing.
"""
import json
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
import container as docker  # noqa: E402
from chain import wait_until  # noqa: E402

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # what Docker sets where the image has none
STOP_TIMEOUT_S = 30
HEALTH_SECOND_S = 0.05  # how long a second lasts between two health checks: what they find decides, not how often they look
ORCHESTRATOR_HOST = "orchestrator.internal"
HOSTS = f"127.0.0.1 localhost\n127.0.0.1 {ORCHESTRATOR_HOST}\n"
MODELLED = {"name", "image", "essential", "entryPoint", "command", "environment", "secrets", "user", "workingDirectory",
            "readonlyRootFilesystem", "mountPoints", "volumesFrom", "dependsOn", "linuxParameters", "dockerLabels",
            "logConfiguration", "cpu", "memory", "memoryReservation", "startTimeout", "stopTimeout", "portMappings", "healthCheck"}


class Image:
    """A root file system and what it runs by itself (Entrypoint, Cmd, Env, User, WorkingDir, Volumes)."""

    def __init__(self, root, config=None):
        self.root, self.config = root, config or {}


def unpacked(layout, folder):
    """The image of an OCI layout, unpacked by umoci."""
    with open(os.path.join(layout, "index.json")) as file:
        descriptor = json.load(file)["manifests"][0]
    tag = descriptor["annotations"]["org.opencontainers.image.ref.name"]
    subprocess.run(["umoci", "unpack", "--image", f"{layout}:{tag}", folder], check=True, stdout=subprocess.DEVNULL)
    config = read_blob(layout, read_blob(layout, descriptor)["config"])["config"]
    return Image(os.path.join(folder, "rootfs"), config)


def read_blob(layout, descriptor):
    with open(os.path.join(layout, "blobs", descriptor["digest"].replace(":", "/"))) as file:
        return json.load(file)


def words(entry_point, command, image):
    """What is executed: with an entry point in the definition, the image's command is not used. [] counts as unset."""
    if entry_point:
        return entry_point + (command or [])
    return (image.config.get("Entrypoint") or []) + (command or image.config.get("Cmd") or [])


def numeric_user(text, root):
    """(uid, gid) of "uid", "uid:gid" or a name of the image's own user table."""
    user, _, group = (text or "0").partition(":")
    if not user.isdigit():
        with open(os.path.join(root, "etc/passwd")) as file:
            user, group = next(line.split(":")[2:4] for line in file if line.startswith(user + ":"))
    return int(user), int(group or 0)


class Health:
    """The definition's healthCheck of a container that runs; an image's HEALTHCHECK is ignored, as by ECS."""

    def __init__(self, container, check):
        kind, *rest = check["command"]
        if kind not in ("CMD", "CMD-SHELL") or not rest:
            raise AssertionError(f"{container.name}: a health check is CMD or CMD-SHELL: {check}")
        self.words = rest if kind == "CMD" else ["/bin/sh", "-c", *rest]
        self.container, self.is_healthy, self.failures = container, False, 0
        self.interval_s, self.timeout_s = check.get("interval", 30) * HEALTH_SECOND_S, check.get("timeout", 5)
        self.retries, started = check.get("retries", 3), time.monotonic()
        self.start_period_ends = started + check.get("startPeriod", 0) * HEALTH_SECOND_S
        self.next_at = started + self.interval_s

    def look(self):
        """Checks if it is time to. Whether the container is healthy; failures count behind the start period."""
        if self.is_healthy or self.container.has_ended() or time.monotonic() < self.next_at:
            return self.is_healthy
        try:
            self.is_healthy = self.container.execute(self.words, self.timeout_s) == 0
        except subprocess.TimeoutExpired:
            self.is_healthy = False
        self.failures += not self.is_healthy and time.monotonic() > self.start_period_ends
        self.next_at = time.monotonic() + self.interval_s
        return self.is_healthy

    @property
    def is_unhealthy(self):
        return not self.is_healthy and self.failures >= self.retries


class Container:
    def __init__(self, task, definition, command):
        unknown = {key for key, value in definition.items() if value is not None} - MODELLED
        if unknown:
            raise NotImplementedError(f"not modelled: {unknown}")
        self.task, self.definition = task, definition
        self.name = definition["name"]
        self.image = task.images[definition["image"]]
        self.command = command if command is not None else definition.get("command")
        self.folder = os.path.join(task.folder, self.name)
        self.mounts = {}  # in the container: (folder of the volume, read-only)
        self.process = self.status = self.health = None
        self.output = {}
        self.readers = []

    # ---- volumes

    def find_mounts(self):
        for mount in self.definition.get("mountPoints") or []:
            volume = self.task.volume(mount["sourceVolume"])
            self.mounts[mount["containerPath"]] = (volume, mount.get("readOnly", False))
        for path in self.image.config.get("Volumes") or {}:
            if path not in self.mounts:
                self.mounts[path] = (self.task.make_volume(self.original(path)), False)

    def original(self, path):
        """What a fresh volume there begins with: the image's directory, if it is a VOLUME."""
        original = os.path.join(self.image.root, path.lstrip("/"))
        return original if path in (self.image.config.get("Volumes") or {}) and os.path.isdir(original) else None

    def take_mounts_of_others(self):
        for source in self.definition.get("volumesFrom") or []:
            for path, (volume, read_only) in self.task.containers[source["sourceContainer"]].mounts.items():
                self.mounts.setdefault(path, (volume, read_only or source.get("readOnly", False)))

    # ---- running

    def environment(self):
        values = dict(entry.split("=", 1) for entry in [PATH] + (self.image.config.get("Env") or []))
        values.update({entry["name"]: entry["value"] for entry in self.definition.get("environment") or []})
        for secret in self.definition.get("secrets") or []:
            if not self.task.definition.get("executionRoleArn"):
                raise AssertionError("secrets need executionRoleArn")
            values[secret["name"]] = self.task.secrets[secret["valueFrom"]]
        return [f"{name}={value}" for name, value in values.items()]

    def capabilities(self):
        changes = (self.definition.get("linuxParameters") or {}).get("capabilities") or {}
        if set(changes.get("add") or []) - {"SYS_PTRACE"}:
            raise AssertionError(f"Fargate adds SYS_PTRACE only: {changes}")
        kept = set(docker.CAPABILITIES) | {"CAP_" + name for name in changes.get("add") or []}
        return sorted(kept - {"CAP_" + name for name in changes.get("drop") or []})

    def write_bundle(self):
        for part in ("upper", "work", "rootfs"):
            os.makedirs(os.path.join(self.folder, part))
        options = f"lowerdir={self.image.root},upperdir={self.folder}/upper,workdir={self.folder}/work"
        self.task.mount("-t", "overlay", "overlay", "-o", options, os.path.join(self.folder, "rootfs"))
        subprocess.run(["runc", "spec"], cwd=self.folder, check=True)
        with open(os.path.join(self.folder, "config.json")) as file:
            config = json.load(file)
        uid, gid = numeric_user(self.definition.get("user") or self.image.config.get("User"), self.image.root)
        held = self.capabilities()
        config["process"].update(
            terminal=False, args=words(self.definition.get("entryPoint"), self.command, self.image), env=self.environment(),
            cwd=self.definition.get("workingDirectory") or self.image.config.get("WorkingDir") or "/",
            user={"uid": uid, "gid": gid}, noNewPrivileges=False,
            capabilities={"bounding": held, "effective": held if uid == 0 else [], "permitted": held if uid == 0 else []})
        config["root"] = {"path": "rootfs", "readonly": self.definition.get("readonlyRootFilesystem") or False}
        for name in ("hosts", "resolv.conf"):  # a container finds them whatever its image has
            config["mounts"].append({"destination": "/etc/" + name, "source": os.path.join(self.task.folder, name),
                                     "type": "bind", "options": ["rbind", "rw"]})
        for path, (volume, read_only) in sorted(self.mounts.items()):
            config["mounts"].append({"destination": path, "source": volume, "type": "bind",
                                     "options": ["rbind", "ro" if read_only else "rw"]})
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] not in ("network", "cgroup")]
        config["linux"]["seccomp"] = docker.seccomp_profile(held)
        with open(os.path.join(self.folder, "config.json"), "w") as file:
            json.dump(config, file)

    def runc(self, *arguments):
        return ["runc", "--root", os.path.join(self.task.folder, "runc"), *arguments]

    @property
    def id(self):
        return f"{os.path.basename(self.task.folder)}-{self.name}"

    def start(self):
        self.write_bundle()
        self.process = subprocess.Popen(self.runc("run", self.id), cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("stdout", "stderr"):
            reader = threading.Thread(target=self.read, args=(name, getattr(self.process, name)))
            reader.start()
            self.readers.append(reader)
        if self.definition.get("healthCheck"):
            self.health = Health(self, self.definition["healthCheck"])

    def execute(self, words, timeout_s=None):
        """Executes something in the container that runs, as a health check is; its exit status."""
        return subprocess.run(self.runc("exec", self.id, *words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=timeout_s).returncode

    def read(self, name, pipe):
        for line in pipe:
            self.output[name] = self.output.get(name, b"") + line

    def has_ended(self):
        if self.status is None and self.process and self.process.poll() is not None:
            for reader in self.readers:
                reader.join()
            self.status = self.process.returncode
        return self.status is not None

    def stop(self):
        if not self.process or self.has_ended():
            return
        subprocess.run(self.runc("kill", self.id, "TERM"), stderr=subprocess.DEVNULL)
        try:
            wait_until(self.has_ended, f"{self.name} ends", self.definition.get("stopTimeout") or STOP_TIMEOUT_S)
        except AssertionError:
            subprocess.run(self.runc("kill", self.id, "KILL"), stderr=subprocess.DEVNULL)
            wait_until(self.has_ended, f"{self.name} is killed")

    def is_allowed(self):
        """Whether every dependency is there; raises when one cannot come any more."""
        for dependency in self.definition.get("dependsOn") or []:
            other, condition = self.task.containers[dependency["containerName"]], dependency["condition"]
            if condition in ("COMPLETE", "SUCCESS") and other.definition.get("essential", True):
                raise AssertionError(f"{condition} of {other.name}, which is essential")
            if condition == "HEALTHY" and not other.definition.get("healthCheck"):
                raise AssertionError(f"HEALTHY of {other.name}, which has no healthCheck")
            if condition == "SUCCESS" and other.has_ended() and other.status != 0:
                raise DependencyFailed(f"{other.name} ended with {other.status}, {self.name} waits for its success")
            if condition == "HEALTHY" and (other.has_ended() or (other.health and other.health.is_unhealthy)):
                raise DependencyFailed(f"{other.name} is unhealthy, {self.name} waits for its health")
            if not {"START": lambda: other.process, "COMPLETE": other.has_ended, "SUCCESS": other.has_ended,
                    "HEALTHY": lambda: other.health and other.health.look()}[condition]():
                return False
        return True


class DependencyFailed(Exception):
    pass


class Task:
    """`overrides`: container -> command, as RunTask takes them. `secrets`: what `valueFrom` stands for -> value."""

    def __init__(self, folder, definition, images, overrides=None, secrets=None):
        self.folder, self.definition, self.images, self.secrets = folder, definition, images, secrets or {}
        self.volumes, self.volume_count, self.mounted, self.failure = {}, 0, [], None
        os.makedirs(folder)
        for name, text in (("hosts", HOSTS), ("resolv.conf", "")):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        overrides = overrides or {}
        self.containers = {row["name"]: Container(self, row, overrides.get(row["name"]))
                           for row in definition["containerDefinitions"]}
        assert set(overrides) <= set(self.containers)
        for container in self.containers.values():
            container.find_mounts()
        for container in self.containers.values():
            container.take_mounts_of_others()

    def volume(self, name):
        """Of the task: if an image has a VOLUME where it is mounted, it begins with that."""
        if name not in {volume["name"] for volume in self.definition.get("volumes") or []}:
            raise AssertionError(f"volume {name} is not declared")
        if name not in self.volumes:
            originals = [container.original(mount["containerPath"]) for container in self.containers.values()
                         for mount in container.definition.get("mountPoints") or [] if mount["sourceVolume"] == name]
            self.volumes[name] = self.make_volume(next(filter(None, originals), None))
        return self.volumes[name]

    def make_volume(self, original):
        """Fresh: root's, 0755; else what `original` holds, with its owner and mode."""
        self.volume_count += 1
        folder = os.path.join(self.folder, f"volume-{self.volume_count}")
        if original:
            subprocess.run(["cp", "-a", original, folder], check=True)
        else:
            os.mkdir(folder, 0o755)
        return folder

    def mount(self, *arguments):
        subprocess.run(["mount", *arguments], check=True)
        self.mounted.append(arguments[-1])

    def start(self):
        """Starts what may start, in the order of the definition."""
        for container in self.containers.values():
            if not container.process and container.is_allowed():
                container.start()

    def is_over(self):
        essential = [c for c in self.containers.values() if c.definition.get("essential", True)]
        if not essential:
            raise AssertionError("no container is essential")
        try:
            self.start()
        except DependencyFailed as failure:
            self.failure = str(failure)
        return self.failure or any(c.has_ended() for c in essential)

    def run(self):
        """Until an essential container has ended; then the others are stopped. Name -> (exit status, stdout, stderr)."""
        try:
            wait_until(self.is_over, "the task ends")
            self.stop()
        finally:
            self.close()
        return {name: (c.status, c.output.get("stdout", b"").decode(errors="replace"),
                       c.output.get("stderr", b"").decode(errors="replace")) for name, c in self.containers.items()}

    def stop(self):
        """What depends on others first: the order of the start turned round."""
        left = list(self.containers.values())
        while left:
            awaited = {row["containerName"] for container in left for row in container.definition.get("dependsOn") or []}
            now = [container for container in left if container.name not in awaited]
            if not now:
                raise AssertionError("dependencies in a circle")
            for container in now:
                container.stop()
                left.remove(container)

    def close(self):
        for container in self.containers.values():
            if container.process:
                subprocess.run(container.runc("delete", "-f", container.id), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
                container.process.wait()
        for path in reversed(self.mounted):
            subprocess.run(["umount", "-l", path], stderr=subprocess.DEVNULL)
        self.mounted.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
