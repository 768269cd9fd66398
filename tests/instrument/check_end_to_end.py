#!/usr/bin/env python3
"""Instrumented tasks are executed as ECS would execute them, from the images that are shipped; their alerts arrive.

Each case runs twice, as it was written and instrumented, and must give the same exit statuses and the same output.
usage: check_end_to_end.py BUILD STATIC_WORKLOAD [CASE…]
"""
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/live")]
import container as docker  # noqa: E402
from chain import free_port, wait_until  # noqa: E402
from cloudformation_oracle import read, resolve  # noqa: E402
from run_task import ORCHESTRATOR_HOST, Image, Task, unpacked  # noqa: E402
from support import Tap  # noqa: E402
from test_proxy import HttpProxy  # noqa: E402
from test_tls import Terminator, make_authority, make_certificate  # noqa: E402

TOKEN, TOKEN_SECRET = "a-token-that-nobody-guesses", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"
TRUST_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:trust"
CA_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:certificates"
ROLE = "arn:aws:iam::123456789012:role/execution"
AGENT_IMAGE = "registry.example/tercel-agent@sha256:" + "a" * 64
AGENT_OF_USER = "registry.example/tercel-agent-of-user:1"
RULES = """
- rule: Marked folder
  desc: a folder with a mark in its name
  condition: evt.type in (mkdir, mkdirat) and evt.arg.path contains "marked-"
  output: "%evt.arg.path made by %proc.name, user %user.uid"
  priority: WARNING
"""
# Says all that a workload can see of how it was started.
SCRIPT = 'echo "$0 $*"; env | sort; id -u; pwd; mkdir "/marked-$1"; echo error >&2; eval "$3"; exit ${2:-0}'


def why_not(build):
    if not os.path.exists(os.path.join(build, "agent/tercel-agent-static")):
        return "this build has no static agent (sanitizers)"
    for tool in ("umoci", "busybox", "openssl"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    return docker.why_not()


def one(container, **task):
    """A task of one container."""
    return {"family": "app", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
            "executionRoleArn": ROLE, "containerDefinitions": [{"name": "app", **container}], **task}


SHELL = ["/bin/sh", "-c", SCRIPT]
# name: (task definition, command overrides, exit status of the container "app", marks of its alerts, options of the tool)
CASES = {
    "entry point and command of the image": (one({"image": "busybox"}), {}, 0, ["image-cmd"], []),
    "only the command of the image": (one({"image": "busybox-cmd"}), {}, 0, ["only-cmd"], []),
    "an entry point of its own, the image's command dropped":
        (one({"image": "busybox", "entryPoint": SHELL + ["own"]}), {}, 0, [""], []),
    "entry point and command of its own":
        (one({"image": "debian", "entryPoint": SHELL + ["own"], "command": ["both", "3"]}), {}, 3, ["both"], []),
    "a command of its own for the image's entry point": (one({"image": "busybox", "command": ["mine"]}), {}, 0, ["mine"], []),
    "a command override": (one({"image": "busybox"}), {"app": ["override", "4"]}, 4, ["override"], []),
    "a command override over both":
        (one({"image": "debian", "entryPoint": SHELL + ["own"], "command": ["both"]}), {"app": ["over", "a b"]}, 2, ["over"], []),
    "another user": (one({"image": "debian", "user": "1000", "entryPoint": SHELL, "command": ["-", "uid"]}), {}, 0, ["uid"], []),
    "another user, its name in the image": (one({"image": "busybox", "user": "app"}), {}, 0, ["image-cmd"], []),
    "a root that is read-only": (one({"image": "busybox", "readonlyRootFilesystem": True}), {}, 0, ["image-cmd"], []),
    "one-shot, exit 7, nothing but the program, another user, a root that is read-only":
        (one({"image": "static", "user": "12345:99", "readonlyRootFilesystem": True}), {}, 7, ["static"], []),
    "nothing but the program, no capability at all":
        (one({"image": "static", "linuxParameters": {"capabilities": {"drop": ["ALL"]}}}), {}, 7, ["static"], []),
    "a relative program and a working directory":
        (one({"image": "debian", "workingDirectory": "/bin", "entryPoint": ["./sh", "-c", SCRIPT, "rel", "relative"]}), {}, 0,
         ["relative"], []),
    "a child that a signal ends":
        (one({"image": "busybox", "command": ["kill", "9", "sh -c 'kill -9 $$'; echo ended with $?"]}), {}, 9, ["kill"], []),
    "environment and secrets of its own, SYS_PTRACE":
        (one({"image": "debian", "entryPoint": SHELL, "command": ["-", "env"], "environment": [{"name": "A", "value": "b=c d"}],
              "secrets": [{"name": "PASSWORD", "valueFrom": "arn:password"}]}), {}, 0, ["env"],
         ["--ptrace", "--trust", "KEY", "--label", "team=a b"]),
    "with TLS and through a proxy": (one({"image": "busybox", "command": ["tls"]}), {}, 0, ["tls"],
                                     ["--orchestrator", "TLS", "--ca-secret", CA_SECRET, "--proxy", "PROXY"]),
    "a first container whose success the second awaits":
        (one({"image": "busybox", "command": ["second"], "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}]}) | {
            "containerDefinitions": [
                {"name": "app", "image": "busybox", "command": ["second", "5"],
                 "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}],
                 "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]},
                {"name": "first", "image": "debian", "essential": False, "entryPoint": SHELL, "command": ["-", "first"],
                 "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}],
            "volumes": [{"name": "data"}]}, {}, 5, ["first", "second"], []),
    "a container that is stopped because an essential one has ended": (one({}, volumes=[{"name": "data"}]) | {
        "containerDefinitions": [
            {"name": "other", "image": "debian", "essential": False, "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
             "entryPoint": SHELL, "command": ["-", "other", "0", "trap 'echo stopped; exit 3' TERM; touch /data/ready; "
                                              "while :; do sleep 0.1; done"]},
            {"name": "app", "image": "busybox", "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
             "dependsOn": [{"containerName": "other", "condition": "START"}],
             "command": ["first", "0", "while [ ! -e /data/ready ]; do sleep 0.1; done"]}]}, {}, 0, ["first", "other"], []),
    "a container whose health the second awaits": (one({}, volumes=[{"name": "data"}]) | {
        "containerDefinitions": [
            {"name": "app", "image": "busybox", "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
             "dependsOn": [{"containerName": "other", "condition": "HEALTHY"}],
             "command": ["second", "6", "test -e /data/ready && echo it was ready; touch /data/seen"]},
            {"name": "other", "image": "debian", "essential": False, "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
             "healthCheck": {"command": ["CMD-SHELL", "test -e /data/ready"], "interval": 5, "startPeriod": 300},
             "entryPoint": SHELL, "command": ["-", "first", "0", "trap 'test -e /data/seen && echo stopped last; exit 3' TERM; sleep 0.2; "
                                              "touch /data/ready; while :; do sleep 0.1; done"]}]}, {}, 6, ["first", "second"], []),
    "the agent by volumesFrom": (one({"image": "static"}), {}, 7, ["static"], ["--delivery", "volumes-from"]),
    "no root anywhere": (one({"image": "static", "user": "1000"}), {}, 7, ["static"],
                         ["--agent-image", AGENT_OF_USER, "--init-user", "1000"]),
    "the agent in the image": (one({"image": "busybox-agent"}), {}, 0, ["image-cmd"], ["--delivery", "embedded"]),
}
# CloudFormation: lists that are one text until deployment.
TEMPLATE_CASES = {
    "an entry point that only deployment knows": ({"Fn::Split": [" ", {"Ref": "Program"}]}, ["joined", "6"], 6, ["joined"]),
    "an entry point of one word": ({"Fn::Split": ["|", {"Ref": "Single"}]}, ["sh", "-c", SCRIPT, "-", "word"], 0, ["word"]),
}
PARAMETERS = {"Program": "/bin/busybox sh /script", "Single": "/bin/busybox"}


class Impossible(Exception):
    """This machine cannot run containers, whatever we do."""


class EndToEnd:
    def __init__(self, build, static_workload):
        self.build, self.static_workload = build, static_workload
        self.folder = tempfile.mkdtemp(prefix="tercel-ecs-")
        # A file system of its own: the folders of overlays must not lie in their own lower layer, which may be /.
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self.folder], stderr=subprocess.PIPE).returncode:
            os.rmdir(self.folder)
            raise Impossible("nothing can be mounted here")
        self.port, self.orchestrator, self.count = free_port(), None, 0
        self.terminator = self.proxy = None
        self.values = {}  # of options whose words are made by this run
        self.images, self.expected_count = {}, 0
        self.secrets = {TOKEN_SECRET: TOKEN, "arn:password": "a password"}

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name):
        return os.path.join(self.build, name)

    @property
    def url(self):
        return f"tcp://127.0.0.1:{self.port}"

    def run(self, *command, **options):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, **options)
        if done.returncode:
            raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    # ---- images

    def build_images(self, output, epoch=None):
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        if epoch:
            environment["SOURCE_DATE_EPOCH"] = epoch
        return self.run(sys.executable, "-B", os.path.join(ROOT, "scripts/build_images"), "--build", self.build, "--output",
                        self.path(output), "--trust", self.path("key.pub"), env=environment)

    def make_images(self):
        self.run(self.program("compiler/tercelc"), "keygen", "-o", self.path("key"))
        with open(self.path("rules.yaml"), "w") as file:
            file.write(RULES)
        self.run(self.program("compiler/tercelc"), "build", "--key", self.path("key.key"), "-o", self.path("rules.tcb"),
                 self.path("rules.yaml"))
        self.build_images("images")
        for name, key in (("agent", AGENT_IMAGE), ("orchestrator", "orchestrator")):
            self.images[key] = unpacked(self.path(f"images/tercel-{name}"), self.path(f"unpacked-{name}"))
        self.run("cp", "-a", self.path("unpacked-agent"), self.path("unpacked-user"))
        os.chown(self.path("unpacked-user/rootfs/tercel"), 1000, 1000)
        self.images[AGENT_OF_USER] = Image(self.path("unpacked-user/rootfs"), self.images[AGENT_IMAGE].config)
        self.images["debian"] = Image("/", {"Cmd": ["/bin/bash"]})
        static = self.root("static")
        shutil.copy(self.static_workload, os.path.join(static, "workload"))
        self.images["static"] = Image(static, {"Entrypoint": ["/workload"], "Cmd": ["7", "marked-static"]})
        busybox = self.busybox("busybox")
        config = {"Entrypoint": ["/bin/sh", "/script"], "Cmd": ["image-cmd"], "Env": ["PATH=/bin", "FROM_IMAGE=1"]}
        self.images["busybox"] = Image(busybox, config)
        self.images["busybox-cmd"] = Image(busybox, {"Cmd": ["sh", "/script", "only-cmd"]})
        embedded = self.busybox("busybox-agent")
        self.run("cp", "-a", self.images[AGENT_IMAGE].root + "/.", os.path.join(embedded, "tercel"))
        self.images["busybox-agent"] = Image(embedded, config)

    def root(self, name):
        os.mkdir(self.path(name))
        return self.path(name)

    def busybox(self, name):
        root = self.root(name)
        for folder in ("bin", "etc", "tmp"):
            os.mkdir(os.path.join(root, folder))
        shutil.copy(shutil.which("busybox"), os.path.join(root, "bin/busybox"))
        for applet in ("sh", "env", "sort", "id", "pwd", "mkdir", "sleep"):
            os.symlink("busybox", os.path.join(root, "bin", applet))
        with open(os.path.join(root, "etc/passwd"), "w") as file:
            file.write("root:x:0:0::/:/bin/sh\napp:x:1234:1234::/:/bin/sh\n")
        # Names are not looked up by what an image says: its modules are for its own C library.
        with open(os.path.join(root, "etc/nsswitch.conf"), "w") as file:
            file.write("hosts: module_of_the_image\n")
        with open(os.path.join(root, "script"), "w") as file:
            file.write(SCRIPT + "\n")
        return root

    def check_machine(self):
        """With nothing of ours in it: whether a container runs here, with a root made by overlay over each kind of root."""
        for name in ("debian", "busybox"):
            try:
                results = self.execute(one({"image": name, "entryPoint": ["/bin/sh", "-c", "echo works"]}), {})
            except subprocess.CalledProcessError as error:
                raise Impossible(f"containers do not run here: {error}") from error
            if results["app"] != (0, "works\n", ""):
                raise Impossible(f"containers do not run here: {results['app']}")

    # ---- the orchestrator, from its image

    def start_orchestrator(self):
        """As the template for CloudFormation describes it, but for its port: it is ready when its health check says so."""
        with open(os.path.join(ROOT, "deploy/cloudformation/orchestrator.yaml")) as file:
            template = file.read().replace("4400", str(self.port))
        parameters = {"Image": "orchestrator", "TokenSecretArn": TOKEN_SECRET, "TrustSecretArn": TRUST_SECRET, "Cpu": "256", "Memory": "512",
                      "Architecture": "X86_64"}
        document = read(template)["Resources"]["TaskDefinition"]["Properties"]
        del document["ContainerDefinitions"][0]["LogConfiguration"]
        document["ExecutionRoleArn"] = ROLE
        definition = lower_keys(resolve(document, {"MakesToken": False}, parameters))
        with open(self.path("key.pub")) as key:
            self.secrets[TRUST_SECRET] = key.read()
        self.orchestrator = Task(self.path("orchestrator"), definition, self.images, secrets=self.secrets)
        self.orchestrator.start()
        app = self.orchestrator.containers["orchestrator"]
        wait_until(lambda: app.has_ended() or app.health.look(), "the orchestrator is healthy")
        self.operator("publish", self.path("rules.tcb"))

        self.start_load_balancer()

    def start_load_balancer(self):
        make_authority(self, "authority")
        self.terminator = Terminator(self.port, make_certificate(self, "server", ORCHESTRATOR_HOST, "authority"))
        self.proxy = HttpProxy()
        with open(self.path("authority.pem")) as certificates, open(self.path("key.pub")) as key:
            self.secrets[CA_SECRET] = certificates.read()
            self.values = {"KEY": key.read().splitlines()[1], "TLS": f"tls+tcp://{ORCHESTRATOR_HOST}:{self.terminator.port}",
                           "PROXY": f"http://127.0.0.1:{self.proxy.port}"}

    def operator(self, command, *arguments):
        return self.run(self.program("orchestrator/tercel-orchestrator"), command, "--to", self.url, "--token-env", "T",
                        *arguments, env={**os.environ, "T": TOKEN})

    def alerts(self):
        """What the orchestrator has written to standard output."""
        printed = self.orchestrator.containers["orchestrator"].output.get("stdout", b"")
        return [json.loads(line) for line in printed.splitlines() if line.endswith(b"}")]

    # ---- images out of Dockerfiles

    def buildah(self, *arguments):
        return self.run("buildah", "--root", self.path("buildah"), "--runroot", self.path("buildah-run"), "--storage-driver", "vfs", *arguments)

    def built(self, name, text, context):
        """The image of a Dockerfile, and its archive as `docker save` would write it."""
        with open(self.path("Dockerfile"), "w") as file:
            file.write(text)
        self.buildah("bud", "--isolation", "chroot", "--format", "docker", "--tag", f"localhost/{name}", "--file", self.path("Dockerfile"), context)
        self.buildah("push", f"localhost/{name}", f"docker-archive:{self.path(name)}.tar:localhost/{name}:latest")
        self.buildah("push", f"localhost/{name}", f"oci:{self.path(name)}-layout:1")
        self.images[name] = unpacked(self.path(f"{name}-layout"), self.path(f"{name}-unpacked"))

    # ---- tasks

    def instrument(self, command, document, images, options):
        """The document after the tool; `images`: container -> image, whose configurations are given as files."""
        path = self.path("document.json")
        with open(path, "w") as file:
            json.dump(document, file, indent=2)
        options = [self.values.get(option, option) for option in options]
        for name, image in images.items():
            config = self.images[image].config
            with open(self.path(f"{name}.json"), "w") as file:
                json.dump({"entrypoint": config.get("Entrypoint"), "cmd": config.get("Cmd")}, file)
            options = options + ["--image-config", f"{name}={self.path(name + '.json')}"]
        result = self.run(self.program("instrument/tercel-instrument"), command, "--agent-image", AGENT_IMAGE, "--orchestrator",
                          f"tcp://{ORCHESTRATOR_HOST}:{self.port}", "--token-secret", TOKEN_SECRET, "--require", str(len(images)), "--offline", *options, path)
        return json.loads(result)

    def execute(self, definition, overrides):
        self.count += 1
        task = Task(self.path(f"task-{self.count}"), definition, self.images, overrides, self.secrets)
        results = task.run()
        if task.failure:
            raise AssertionError(f"{task.failure}: {results}")
        return results

    def compare(self, tap, name, plain, instrumented, overrides, status, marks):
        before = self.execute(plain, overrides)
        known = len(self.alerts())
        after = self.execute(instrumented, overrides)
        if "tercel-init" in after:
            tap.check(f"{name}: the agent is installed without a word", after.pop("tercel-init") == (0, "", ""))
        tap.check(f"{name}: exit status and output as before", after == before and before["app"][0] == status, (before, after))
        self.expected_count += len(marks)
        expected = sorted(f"/marked-{mark.removeprefix('marked-')}" for mark in marks)
        try:
            wait_until(lambda: len(self.alerts()) - known >= len(expected), "alerts", 10)
        except AssertionError:
            pass  # the comparison says what is missing
        found = sorted(alert["output_fields"]["evt.arg.path"] for alert in self.alerts()[known:])
        tap.check(f"{name}: its alerts arrive, each once", found == expected, (expected, found, after))
        return self.alerts()[known:]

    def close(self):
        for ended in (self.orchestrator, self.terminator, self.proxy):
            if ended:
                ended.close()
        subprocess.run(["umount", "-l", self.folder])
        os.rmdir(self.folder)


def lower_keys(value):
    """CloudFormation's names of members as the API's."""
    if isinstance(value, list):
        return [lower_keys(item) for item in value]
    if isinstance(value, dict):
        return {key[0].lower() + key[1:] if key[0].isupper() else key: lower_keys(item) for key, item in value.items()}
    return value


def template_of(entry_point, command):
    container = {"Name": "app", "Image": "busybox", "EntryPoint": entry_point, "Command": command}
    return {"Parameters": {name: {"Type": "String"} for name in PARAMETERS},
            "Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "RequiresCompatibilities": ["FARGATE"], "ExecutionRoleArn": ROLE, "ContainerDefinitions": [container]}}}}


def deployed(template):
    return lower_keys(resolve(template["Resources"]["Task"]["Properties"], {}, PARAMETERS))


def check_images(test, tap):
    """Built twice, bytes and all; the second time with a date, which may only change what has one."""
    test.build_images("again")
    for name in ("tercel-agent", "tercel-instrument", "tercel-orchestrator"):
        first, second = (test.path(f"{folder}/{name}") for folder in ("images", "again"))
        difference = filecmp.dircmp(first + "/blobs/sha256", second + "/blobs/sha256")
        tap.check(f"{name}: two builds are the same bytes", filecmp.cmp(first + ".tar", second + ".tar", shallow=False) and
                  not difference.left_only + difference.right_only + difference.diff_files)
        with tarfile.open(first + ".tar") as archive:
            names = {entry.name for entry in archive}
            manifest, = json.load(archive.extractfile("manifest.json"))
            config = json.load(archive.extractfile(manifest["Config"]))
        tap.check(f"{name}: docker load finds all that the archive names",
                  {manifest["Config"], *manifest["Layers"], "index.json", "oci-layout"} <= names, manifest)
        shown = test.run(test.program("instrument/tercel-instrument"), "plan", "--agent-image", AGENT_IMAGE, "--orchestrator",
                         test.url, "--docker-archive", f"app={first}.tar", "--include", "app", write_definition(test, name))
        tap.check(f"{name}: tercel-instrument reads what it runs", config["config"]["Entrypoint"][0] in shown, shown)
    test.build_images("dated", epoch="1700000000")
    with open(test.path("dated/tercel-agent/index.json")) as file:
        descriptor = json.load(file)["manifests"][0]
    dated = unpacked(test.path("dated/tercel-agent"), test.path("dated-root"))
    tap.check("SOURCE_DATE_EPOCH is the time of everything in an image",
              {os.stat(os.path.join(dated.root, name)).st_mtime for name in os.listdir(dated.root)} == {1700000000}, descriptor)
    agent = test.images[AGENT_IMAGE]
    tap.check("the agent's image holds the agent, its key and the mount point",
              sorted(os.listdir(agent.root)) == ["tercel", "tercel-agent", "trust.pub"], os.listdir(agent.root))


def check_instrument_image(test, tap):
    """The tool out of its image, alone and as its user."""
    image = unpacked(test.path("images/tercel-instrument"), test.path("unpacked-instrument"))
    words = ["task-definition", "--agent-image", AGENT_IMAGE, "--orchestrator", test.url, "--docker-archive",
             "app=" + test.path("images/tercel-agent.tar")]
    definition = json.dumps(one({"image": "x:1", "entryPoint": ["/app"]}))
    done = subprocess.run(["chroot", "--userspec=" + image.config["User"], image.root, *image.config["Entrypoint"], *words, "-"],
                          input=definition, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    outside = test.run(test.program("instrument/tercel-instrument"), *words, "-", input=definition)
    tap.check("the tool does in its image what it does outside", (done.returncode, done.stdout) == (0, outside), done)


# The base says what runs texts; the file uses it.
BASE_FILE = """FROM scratch
COPY . /
SHELL ["/bin/busybox", "sh", "-c"]
ENV FROM_IMAGE=1 PATH=/bin
"""
DOCKERFILES = {
    "a list": ('FROM localhost/base\nUSER 1234\nENTRYPOINT ["/bin/sh", "/script"]\nCMD ["in-a-list", "3"]\n', 3, "in-a-list"),
    "a text for the SHELL of the image": ("FROM localhost/base\nENTRYPOINT exec /bin/busybox sh /script in-a-text 4\n", 4, "in-a-text"),
    "what the image runs": ("FROM localhost/base AS one\nCMD /bin/busybox sh /script inherited 5\nFROM one\nWORKDIR /tmp\n", 5, "inherited"),
}


def check_dockerfile(test, tap):
    """Images built from Dockerfiles as they are and with the agent, which finds the keys of its own image."""
    if not shutil.which("buildah"):
        print("# skipped: images from Dockerfiles: buildah is not installed")
        return
    tag, = [line.split()[-1] for line in test.buildah("pull", "--quiet", "oci-archive:" + test.path("images/tercel-agent.tar")).splitlines()]
    test.buildah("tag", tag, "localhost/agent:1")
    test.built("base", BASE_FILE, test.images["busybox"].root)
    for number, (name, (text, status, mark)) in enumerate(DOCKERFILES.items()):
        wrapped = test.run(test.program("instrument/tercel-instrument"), "dockerfile", "--agent-image", "localhost/agent:1", "--orchestrator",
                           f"tcp://{ORCHESTRATOR_HOST}:{test.port}", "--token-env", "--offline", "--docker-archive",
                           f"localhost/base={test.path('base')}.tar", "-", input=text)
        context = test.path("context")
        os.makedirs(context, exist_ok=True)
        test.built(f"plain-{number}", text, context)
        test.built(f"wrapped-{number}", wrapped, context)
        root = test.images[f"wrapped-{number}"].root
        tap.check(f"Dockerfile, {name}: agent and key are in the image", sorted(os.listdir(os.path.join(root, "tercel"))) == ["tercel-agent", "trust.pub"])
        token = {"secrets": [{"name": "TERCEL_TOKEN", "valueFrom": TOKEN_SECRET}]}
        test.compare(tap, f"Dockerfile, {name}", one({"image": f"plain-{number}"}), one({"image": f"wrapped-{number}", **token}), {}, status, [mark])


def check_unhealthy(test, tap):
    """A dependency that never becomes healthy keeps the other from starting, under the agent as without it."""
    for name, check, program, reason in (
            ("fails", {"command": ["CMD", "/bin/false"], "retries": 2}, "while :; do sleep 0.1; done", "other is unhealthy"),
            ("has ended", {"command": ["CMD", "/bin/true"], "interval": 300}, "exit 0", "other is unhealthy")):
        definition = one({}) | {"containerDefinitions": [
            {"name": "app", "image": "busybox", "dependsOn": [{"containerName": "other", "condition": "HEALTHY"}]},
            {"name": "other", "image": "debian", "essential": False, "healthCheck": check, "entryPoint": ["/bin/sh", "-c", program]}]}
        instrumented = test.instrument("task-definition", definition, {"app": "busybox", "other": "debian"}, [])
        for kind, document in (("as it was", definition), ("instrumented", instrumented)):
            test.count += 1
            task = Task(test.path(f"task-{test.count}"), document, test.images, secrets=test.secrets)
            results = task.run()
            tap.check(f"a health check that {name}, {kind}: the second does not start",
                      reason in (task.failure or "") and results["app"] == (None, "", ""), (task.failure, results))


def write_definition(test, name):
    with open(test.path("definition.json"), "w") as file:
        json.dump(one({"image": f"{name}:1"}), file)
    return test.path("definition.json")


def check_cases(test, tap, chosen):
    for name, (definition, overrides, status, marks, options) in CASES.items():
        if chosen and name not in chosen:
            continue
        images = {row["name"]: row["image"] for row in definition["containerDefinitions"]}
        instrumented = test.instrument("task-definition", definition, images, options)
        alerts = test.compare(tap, name, definition, instrumented, overrides, status, marks)
        user = definition["containerDefinitions"][0].get("user", "0").partition(":")[0].replace("app", "1234")
        tap.check(f"{name}: alerts name the user", all(str(alert["output_fields"]["user.uid"]) == user for alert in alerts), alerts)
    for name, (entry_point, command, status, marks) in TEMPLATE_CASES.items():
        if chosen and name not in chosen:
            continue
        template = template_of(entry_point, command)
        instrumented = test.instrument("cloudformation", template, {"app": "busybox"}, [])
        test.compare(tap, name, deployed(template), deployed(instrumented), {}, status, marks)


def main():
    build, static_workload, chosen = sys.argv[1], sys.argv[2], sys.argv[3:]
    reason = why_not(build)
    if reason:
        print(f"1..0 # SKIP {reason}")
        return
    tap, test = Tap(), None
    try:
        test = EndToEnd(build, static_workload)
        test.make_images()
        test.check_machine()
        if not chosen:
            check_images(test, tap)
            check_instrument_image(test, tap)
        test.start_orchestrator()
        check_cases(test, tap, chosen)
        if not chosen:
            check_unhealthy(test, tap)
            check_dockerfile(test, tap)
        health = test.orchestrator.containers["orchestrator"].execute(
            ["/tercel-orchestrator", "status", "--to", test.url, "--token-env", "TERCEL_TOKEN"])
        tap.check("a health check can run in the orchestrator's container", health == 0, health)
        if not chosen:
            tap.check("TLS and the proxy were really used", test.terminator.handshakes > 0 and len(test.proxy.targets) > 0)
        stored = test.operator("alerts", "--format", "json").splitlines()
        tap.check("the orchestrator keeps as many as were expected", len(stored) == test.expected_count, len(stored))
        ended = test.orchestrator.containers["orchestrator"]
        ended.stop()
        tap.check("the orchestrator ends when it is told to", ended.status == 0, (ended.status, ended.output))
    except Impossible as reason:
        print(f"1..0 # SKIP {reason}")
        return
    finally:
        if test:
            test.close()
    tap.finish()


if __name__ == "__main__":
    main()
