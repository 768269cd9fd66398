#!/usr/bin/env python3
"""tercel-instrument terraform-external and the Terraform module: the same decisions as task-definition.

usage: check_terraform.py TERCEL_INSTRUMENT SOURCE_FOLDER [--update|--apply]      prints TAP

The program is compared with golden answers and with task-definition, the module with the program, where terraform is
installed. --apply applies the examples to moto, with the AWS provider from $TF_PLUGIN_DIR (or as the CLI configuration
says), where these are installed.
"""

import glob
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from support import AGENT, SECRET, Program, Tap, moto_provider, start_moto

ORCHESTRATOR = "tcp://o.example:7000"
UNSET = object()
SHARED = {"agent_image": AGENT, "orchestrator": ORCHESTRATOR}
E, C, e, c = ["/entry.sh", "-x"], ["serve", "--port=1"], ["/my", "entry"], ["my", "command"]

# Section 9.1 of the specification: number, the definition's entry point and command, the image's.
TABLE = [
    ("1", UNSET, UNSET, E, C), ("2", UNSET, UNSET, E, None), ("3", UNSET, UNSET, None, C), ("5", e, UNSET, E, C),
    ("6", UNSET, c, E, C), ("7", UNSET, c, None, C), ("8", e, c, E, C), ("9", [], [], E, C), ("9 null", None, None, E, C),
    ("9 mixed", [], None, E, C), ("10", [], c, E, C), ("10 null", None, c, E, None), ("11", e, [], E, C), ("11 null", e, None, E, C),
    ("12", [""], c, E, C), ("14", UNSET, UNSET, ["/bin/sh", "-c", "node app.js"], ["x"]), ("16", ["tini", "--", "app"], c, E, C),
    ("17", UNSET, ["sleep 3600"], None, C), ("18", ["./run.sh"], UNSET, E, C),
]
REFUSED = [
    ("4", UNSET, UNSET, None, None, "nothing to run"), ("13", [""], UNSET, E, C, "nothing to run"),
    ("15", "sh -c foo", UNSET, E, C, "must be a list of strings"), ("15 command", e, "foo", E, C, "must be a list of strings"),
    ("22", ["/opt/draios/bin/instrument"], c, E, C, "already wrapped by Sysdig"),
    ("process 1", ["/init"], c, E, C, "works only as process 1"), ("process 1 of the image", UNSET, c, ["/init"], C, "works only as process 1"),
    ("number", [1], c, E, C, "must be a list of strings"), ("wrapped", ["/tercel/tercel-agent", "run", "--", "/e"], c, E, C, "is wrapped already"),
]
W = ["/tercel/tercel-agent", "run", "--"]
CHANGED = "this is not what its label tercel.instrumented says"


def container_of(entry_point=UNSET, command=UNSET, **more):
    container = {"name": "app", "image": "example.com/app@sha256:" + "b" * 64, **more}
    if entry_point is not UNSET:
        container["entryPoint"] = entry_point
    if command is not UNSET:
        container["command"] = command
    return container


def config_of(entry_point, command):
    return {"entrypoint": entry_point, "cmd": command}


def lowered(value):
    """With all keys in small letters but those of labels, which mean something."""
    if isinstance(value, list):
        return [lowered(item) for item in value]
    if isinstance(value, dict):
        return {key.lower(): item if key.lower() == "dockerlabels" else lowered(item) for key, item in value.items()}
    return value


class Case:
    """Containers, what their images run, and options by the module's names."""

    def __init__(self, name, containers, configs=None, message=None, **options):
        self.name, self.containers, self.configs, self.message, self.options = name, containers, configs or {}, message, options

    def query(self):
        names = {"token_secret_arn": "token_secret", "ca_secret_arn": "ca_secret", "trust_key": "trust", "labels": "label",
                 "agent_options": "agent_option"}
        options = {names.get(key, key): value for key, value in {**SHARED, **self.options}.items()
                   if key not in ("capture", "proxy_container", "operating_system_family", "remove", "tags")}
        options["offline"] = True
        if self.options.get("capture") == "trace":
            options["ptrace"] = True
        query = {"container_definitions": json.dumps(self.containers), "action": "remove" if self.options.get("remove") else "instrument", "options": json.dumps(options, sort_keys=True), "image_configs": json.dumps(self.configs)}
        if "tags" in self.options:
            query["tags"] = json.dumps(self.options["tags"])
        for key in ("proxy_container", "operating_system_family"):
            if key in self.options:
                query[key] = self.options[key]
        return query

    def again(self, name, containers, configs=None, **options):
        """A later run over what an earlier one gave."""
        return Case(f"{self.name}: {name}", containers, self.configs if configs is None else configs, **{**self.options, **options})

    def module(self):
        return {"container_definitions": self.containers, "image_configs": self.configs, **SHARED, **self.options}


class Tests:
    def __init__(self, program, root, update):
        self.tap, self.program, self.root, self.update = Tap(), Program(program), pathlib.Path(root).resolve(), update
        self.table = [Case(f"row {number}", [container_of(*words)], {"app": config_of(*image)})
                      for number, *rest in TABLE for words, image in [(rest[:2], rest[2:])]]
        self.refused = [Case(f"row {number}", [container_of(*rest[:2])], {"app": config_of(*rest[2:4])}, rest[4]) for number, *rest in REFUSED]
        self.more = [
            Case("two containers, everything asked for", [
                container_of(e, linuxParameters={"initProcessEnabled": True}, dockerLabels={"a": "b"}, secrets=[{"name": "S", "valueFrom": "arn"}],
                             logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "g"}}),
                {"name": "side", "image": "s", "command": ["x"], "essential": False, "mountPoints": None, "dependsOn": [], "dockerLabels": None}],
                {"s": config_of(["/s"], ["y"])}, orchestrator="tls+tcp://o.example:4443", token_secret_arn=SECRET, ca_secret_arn=SECRET + "ca", capture="trace", labels={"k": "v", "a": "1"},
                trust_key="/tercel/key.pub", bundle="/tercel/b.tcb", proxy="http://p:1", agent_options=["--channel", "x"], name_prefix="falcon"),
            Case("the capability's places", [
                {**container_of(e), "name": name, **({} if value is UNSET else {"linuxParameters": value})}
                for name, value in [("a", UNSET), ("b", None), ("c", {}), ("d", {"capabilities": None}), ("e", {"capabilities": {"drop": ["ALL"]}}),
                                    ("f", {"capabilities": {"add": None}}), ("g", {"capabilities": {"add": []}}), ("h", {"capabilities": {"add": ["SYS_PTRACE"]}})]],
                capture="trace"),
            Case("volumes-from", [container_of(e)], delivery="volumes-from"),
            Case("embedded", [container_of(e)], delivery="embedded", agent_image=None),
            Case("log router", [container_of(e), {"name": "log", "image": "x", "firelensConfiguration": {"type": "fluentbit"}}]),
            Case("proxy", [container_of(e), {**container_of(e), "name": "envoy"}], proxy_container="envoy"),
            Case("helper", [container_of(e), {"name": "otel", "image": "public.ecr.aws/aws-observability/aws-otel-collector:v1"}]),
            Case("helper, included", [{"name": "otel", "image": "amazon/aws-xray-daemon", "entryPoint": ["/x"]}], include=["otel"]),
            Case("excluded", [container_of(e), {**container_of(), "name": "no"}], exclude=["no"]),
            Case("label", [container_of(e), container_of(name="no", dockerLabels={"tercel.instrument": "false"})]),
            Case("excluded by its place", [container_of(e), {**container_of(), "name": "no"}], exclude=["#2"]),
            Case("all ignored by a tag", [container_of(e)], tags={"tercel-ignore": ""}),
            Case("one ignored by a tag", [container_of(e), {**container_of(e), "name": "no"}, {**container_of(e), "name": "nor"}], tags={"tercel-ignore-containers": "no:nor"}),
            Case("one included by a tag", [container_of(e), {**container_of(e), "name": "no"}], tags={"tercel-include-containers": "app"}, only_tagged=True),
            Case("all included by a tag", [container_of(e), {**container_of(e), "name": "no"}], tags={"tercel-include": "x", "tercel-ignore-containers": "no"}, only_tagged=True),
            Case("no tag", [container_of(e)], tags={"kilt-include": "1"}, only_tagged=True),
            Case("a tag of a peer", [container_of(e), {**container_of(e), "name": "no"}], tags={"kilt-include-containers": "app"}, only_tagged=True, peer_hints=True),
            Case("a tag of a peer, not followed", [container_of(e)], tags={"kilt-ignore": "1"}),
            Case("an option beats a tag", [container_of(e)], tags={"tercel-ignore": "1"}, include=["app"]),
            Case("a label of a peer", [container_of(e), container_of(name="no", dockerLabels={"sensor.falcon-system.crowdstrike.com/injection": "disabled"})], peer_hints=True),
            Case("little memory, little time", [container_of(e, memory=32, stopTimeout=5)]),
            Case("unknown image, skipped", [container_of(e), {"name": "no", "image": "x"}], unknown_image="skip"),
            Case("Windows", [container_of()], operating_system_family="WINDOWS_SERVER_2022_CORE"),
            # The keys' case, which Terraform's provider does not look at.
            Case("entrypoint", [{"name": "app", "image": "x", "entrypoint": e}]),
            Case("EntryPoint", [{"Name": "app", "Image": "x", "EntryPoint": e, "Command": c, "Essential": True, "MountPoints": [], "DependsOn": None}]),
            Case("COMMAND", [{"NAME": "app", "IMAGE": "x", "COMMAND": None}], {"app": config_of(None, C)}),
            Case("LinuxParameters", [container_of(e, LinuxParameters={"Capabilities": {"Add": ["SYS_PTRACE"], "Drop": ["ALL"]}})], capture="trace"),
            Case("null members", [container_of(e, None, environment=None, ulimits=None, portMappings=None, linuxParameters=None)], capture="trace"),
            Case("text that JSON escapes", [container_of(["/e", "<&>\"\\\u00e9\U0001f600\n"], environment=[{"name": "A", "value": "<a href=\"&\">"}])]),
        ]
        self.refused += [
            Case("both spellings", [{"name": "app", "image": "x", "entrypoint": e, "entryPoint": e}], message="does not tell them apart"),
            Case("name twice", [{"name": "app", "Name": "app", "image": "x", "entryPoint": e}], message="does not tell them apart"),
            Case("underscore", [{"name": "app", "image": "x", "entry_point": e, "command": c}], {"app": config_of(E, C)}, message="ignored by Terraform's provider"),
            Case("unknown image", [{"name": "app", "image": "x"}], message="nothing here says what its image runs"),
            Case("ten containers", [{"name": f"n{i}", "image": "x", "entryPoint": e} for i in range(10)], message="10 containers already"),
            Case("name of the init container", [container_of(e), {**container_of(e), "name": "tercel-init"}], message='"tercel-init" is taken'),
            Case("no agent image", [container_of(e)], agent_image=None, message="is needed: the image that has the agent"),
            Case("include of nobody", [container_of(e)], include=["no"], message="there is no container"),
            Case("exclude of nobody", [container_of(e)], exclude=["no"], message="there is no container"),
            Case("no list", {"app": container_of(e)}, message="list of container"),
            Case("empty list", [], message="there is no container definition"),
            Case("token set already", [container_of(e, environment=[{"name": "TERCEL_TOKEN", "value": "x"}])], token_secret_arn=SECRET, message="set here already"),
            Case("mount points are no list", [container_of(e, mountPoints={"a": 1})], message='"mountPoints"'),
            Case("the mount point is taken", [container_of(e, mountPoints=[{"sourceVolume": "x", "containerPath": "/tercel"}])], message='"/tercel" already'),
            Case("the volume is mounted", [container_of(e, mountPoints=[{"sourceVolume": "tercel", "containerPath": "/x"}])], message='"tercel" already'),
            Case("it depends on an init container", [container_of(e, DependsOn=[{"ContainerName": "tercel-init", "condition": "START"}])], message='"tercel-init" already'),
            Case("labels are no mapping", [container_of(e, dockerLabels=["a"])], message='"dockerLabels"'),
            *[Case(f"label: {name}", [container_of(words, dockerLabels={"tercel.instrumented": label})], message=message) for name, words, label, message in [
                ("of another version", W + e, "2 ep=task cmd=none n=3", CHANGED), ("no text of ours", W + e, "yes", CHANGED),
                ("without a number", W + e, "1 ep=task cmd=none", CHANGED), ("without an origin", W + e, "1 cmd=none n=3", CHANGED),
                ("of an unknown field", W + e, "1 ep=task cmd=none n=3 x=y", CHANGED), ("of a condition", W + e, "1 ep=(task,image) cmd=none n=3", CHANGED),
                ("too many words", W + e, "1 ep=task cmd=none n=4", CHANGED), ("more words than there are", W + e, "1 ep=task cmd=none n=99", CHANGED),
                ("words are gone", e, "1 ep=task cmd=none n=3", CHANGED), ("entry point is gone", UNSET, "1 ep=image cmd=none n=3", CHANGED),
                ("entry point is a text", "x", "1 ep=task cmd=none n=3", CHANGED), ("reset with words", W + e, "1 ep=task-reset cmd=none n=3", CHANGED),
                ("command is gone", W + e, "1 ep=task cmd=image n=3", CHANGED), ("empty", e, "", "how to undo"), ("null", e, None, "how to undo")]],
        ]

    def ask(self, query):
        status, output, errors = self.program.run("terraform-external", stdin=query if isinstance(query, bytes) else json.dumps(query).encode())
        return status, output.decode(), errors

    # ---- the program ----

    def goldens(self):
        folder = self.root / "tests/instrument/terraform/terraform_external"
        for path in sorted(glob.glob(str(folder / "*.query.json"))):
            status, output, errors = self.ask(pathlib.Path(path).read_bytes())
            got = f"exit status {status}\n---- standard output\n{output}---- standard error\n{errors}"
            expected = pathlib.Path(path.replace(".query.json", ".expected"))
            if self.update:
                expected.write_text(got)
            name = os.path.basename(path)
            self.tap.check(f"golden {name}", expected.exists() and expected.read_text() == got, got)
            if status == 0:
                answer = json.loads(output)
                self.tap.check(f"golden {name}: one object, all values strings", isinstance(answer, dict) and all(isinstance(value, str) for value in answer.values()))
            else:
                self.tap.check(f"golden {name}: no answer, one message", output == "" and errors.count("error:") <= 1 and errors != "", errors)

    def task_definition(self, case):
        """What task-definition makes of the same, or None; keys must be in ECS's spelling."""
        task = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "executionRoleArn": "arn:aws:iam::1:role/x", "containerDefinitions": case.containers}
        if "proxy_container" in case.options:
            task["proxyConfiguration"] = {"containerName": case.options["proxy_container"]}
        if "operating_system_family" in case.options:
            task["runtimePlatform"] = {"operatingSystemFamily": case.options["operating_system_family"]}
        if "tags" in case.options:
            task["tags"] = [{"key": key, "value": value} for key, value in case.options["tags"].items()]
        options = ["--offline"]
        names = {"token_secret_arn": "token-secret", "ca_secret_arn": "ca-secret", "trust_key": "trust"}
        for key, value in {**SHARED, **case.options}.items():
            if key in ("proxy_container", "operating_system_family", "tags") or value is None:
                continue
            if key == "capture":
                options += ["--ptrace"] if value == "trace" else []
            elif key == "labels":
                options += [f"--label={name}={text}" for name, text in sorted(value.items())]
            elif value is True:
                options.append(f"--{key.replace('_', '-')}")
            elif isinstance(value, list):
                options += [f"--{key.rstrip('s').replace('_', '-')}={text}" for text in value]
            else:
                options.append(f"--{names.get(key, key.replace('_', '-'))}={value}")
        for index, (name, config) in enumerate(case.configs.items()):
            options.append(f"--image-config={name}=" + self.program.file(f"image-{index}.json", json.dumps(config)))
        status, output, errors = self.program.run("task-definition", *options, self.program.file("task.json", json.dumps(task)))
        return (json.loads(output) if status == 0 else None), errors

    def same_as_task_definition(self):
        for case in self.table + self.more:
            status, output, errors = self.ask(case.query())
            answer = json.loads(output) if status == 0 else {}
            canonical = {"entrypoint": "entryPoint", "mountpoints": "mountPoints", "dependson": "dependsOn", "linuxparameters": "linuxParameters",
                         "capabilities": "capabilities", "add": "add", "drop": "drop"}
            spelled = [{canonical.get(key.lower(), key.lower() if key[0].isupper() else key): value for key, value in container.items()} for container in case.containers]
            spelled = [{**container, **({"linuxParameters": lowered(container["linuxParameters"])} if case.name == "LinuxParameters" else {})} for container in spelled]
            task, task_errors = self.task_definition(Case(case.name, spelled, case.configs, **case.options))
            good = status == 0 and task is not None
            good = good and lowered(json.loads(answer["container_definitions"])) == lowered(task["containerDefinitions"])
            good = good and json.loads(answer["volumes"]) == task.get("volumes", [])
            self.tap.check(f"terraform-external: {case.name}: as task-definition", good, f"{output}\n{errors}\n{json.dumps(task)}\n{task_errors}")
        for case in self.refused:
            status, output, errors = self.ask(case.query())
            lines = [line for line in errors.splitlines() if ": error: " in line]
            self.tap.check(f"terraform-external: {case.name}: refused", status == 1 and output == "" and len(lines) == 1 and case.message in lines[0], f"{status}\n{errors}")

    # ---- what is instrumented already ----

    def later_runs(self, cases):
        """Rows 19 to 21 and 23: for each case whose first run is good, later ones over its result, with the containers expected."""
        later = []
        for case in cases:
            status, output, _ = self.ask(case.query())
            if status != 0:
                continue
            first = json.loads(json.loads(output)["container_definitions"])
            newer = {key: config_of(["/newer"], ["image"]) for key in case.configs}
            upgraded = [("row 19, newer options", None, {"labels": {"newer": "1"}, "capture": "notify", "trust_key": "/k.pub"}), ("row 19, another image of the agent",
                        None, {"agent_image": "agent@sha256:1"}), ("row 20, the image changed", newer, {}), ("row 21, the same", None, {})]
            for name, configs, options in upgraded:
                fresh = self.ask(case.again(name, case.containers, configs, **options).query())
                later.append((case.again(name, first, configs, **options), json.loads(json.loads(fresh[1])["container_definitions"]) if fresh[0] == 0 else None))
            later.append((case.again("row 23, removal", first, remove=True), case.containers))
            later.append((case.again("nothing to remove", case.containers, remove=True), case.containers))
        return later

    def foreign_labels(self):
        """Written by task-definition into files: other blanks, a pinned image, volumes of the task."""
        for name, container, label in [
                ("blanks in an empty list", {"entryPoint": W + E, "command": C}, "1 ep=image cmd=image n=3 made=mountPoints was=entryPoint:empty~%5B%20%5D,command:null vol=0"),
                ("a pinned image", {"image": "x@sha256:" + "c" * 64, "entryPoint": W + e}, "1 ep=task cmd=none n=3 vol=1 tag=:7"),
                ("a pinned image without a tag", {"image": "x@sha256:" + "c" * 64, "entryPoint": W + e}, "1 ep=task cmd=none n=3 vol=1 tag=-"),
                ("another prefix", {"entryPoint": W + e, "mountPoints": [{"sourceVolume": "falcon", "containerPath": "/tercel"}]}, "1 ep=task cmd=none n=3 made=mountPoints vol=1 name=falcon"),
                ("things that were added since", {"entryPoint": W + e, "mountPoints": [{"sourceVolume": "tercel"}, {"sourceVolume": "mine"}], "dockerLabels": {"mine": "1"},
                                                  "secrets": [{"name": "TERCEL_CA"}, {"name": "MINE"}], "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}}},
                 "1 ep=task cmd=none n=3 made=mountPoints,secrets,TERCEL_CA,SYS_PTRACE,dockerLabels vol=1")]:
            labels = {**container.get("dockerLabels", {}), "tercel.instrumented": label}
            containers = [{"name": "app", "image": "x", **container, "dockerLabels": labels}, {"name": "tercel-init", "image": "a"}, {"name": "falcon-init", "image": "a", "command": ["x"]}]
            yield Case(f"label of a file: {name}", containers, remove=True)
            yield Case(f"label of a file: {name}: upgrade", containers[:2] if "prefix" not in name else [containers[0], containers[2]], {"app": config_of(E, C)})

    def later_runs_of_the_program(self):
        self.later_cases = self.later_runs(self.table + self.more)
        for case, expected in self.later_cases:
            status, output, errors = self.ask(case.query())
            found = json.loads(json.loads(output)["container_definitions"]) if status == 0 else None
            self.tap.check(f"terraform-external: {case.name}", found == expected, f"{json.dumps(found)}\n{json.dumps(expected)}\n{errors}")
        for case in self.foreign_labels():
            status, output, errors = self.ask(case.query())
            self.tap.check(f"terraform-external: {case.name}", status == 0 and "tercel-agent" not in output if case.options.get("remove") else status == 0, output + errors)
        status, output, errors = self.ask({**Case("", [container_of(e)]).query(), "action": "undo"})
        self.tap.check("terraform-external: an action that is none", status == 1 and '"action" is "instrument" or "remove"' in errors, output + errors)

    # ---- the module ----

    def terraform(self, folder, *arguments, timeout=300, **environment):
        env = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", **environment}
        if not os.path.exists(env.get("TF_CLI_CONFIG_FILE", "")):
            env.pop("TF_CLI_CONFIG_FILE", None)
        done = subprocess.run(["terraform", f"-chdir={folder}", *arguments], capture_output=True, timeout=timeout, env=env, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def working_folder(self, main, **variables):
        folder = tempfile.mkdtemp(dir=self.program.directory.name)
        pathlib.Path(folder, "main.tf").write_text(main.replace("MODULE", str(self.root / "deploy/terraform/tercel-fargate")))
        pathlib.Path(folder, "values.auto.tfvars.json").write_text(json.dumps(variables))
        return folder

    MAIN = """
variable "cases" { type = any }
module "tercel" {
  source                  = "MODULE"
  for_each                = var.cases
  container_definitions   = each.value.container_definitions
  image_configs           = each.value.image_configs
  agent_image             = each.value.agent_image
  orchestrator            = each.value.orchestrator
  trust_key               = try(each.value.trust_key, null)
  bundle                  = try(each.value.bundle, null)
  proxy                   = try(each.value.proxy, null)
  token_secret_arn        = try(each.value.token_secret_arn, null)
  ca_secret_arn           = try(each.value.ca_secret_arn, null)
  labels                  = try(each.value.labels, null)
  agent_options           = try(each.value.agent_options, null)
  include                 = try(each.value.include, null)
  exclude                 = try(each.value.exclude, null)
  capture                 = try(each.value.capture, null)
  delivery                = try(each.value.delivery, null)
  unknown_image           = try(each.value.unknown_image, null)
  name_prefix             = try(each.value.name_prefix, null)
  proxy_container         = try(each.value.proxy_container, null)
  operating_system_family = try(each.value.operating_system_family, null)
  remove                  = try(each.value.remove, null)
  tags                    = try(each.value.tags, null)
  only_tagged             = try(each.value.only_tagged, null)
  peer_hints              = try(each.value.peer_hints, null)
}
output "results" { value = module.tercel }
"""

    def plan(self, folder):
        """The planned outputs, or the errors."""
        status, _, errors = self.terraform(folder, "init", "-no-color")
        if status == 0:
            status, _, errors = self.terraform(folder, "plan", "-no-color", "-out=plan")
        if status != 0:
            return None, errors
        outputs = json.loads(self.terraform(folder, "show", "-json", "plan")[1])["planned_values"]["outputs"]
        return {name: output.get("value") for name, output in outputs.items()}, errors

    def random_cases(self, count):
        generator = random.Random(7)
        choice = generator.choice
        cases = []
        for number in range(count):
            containers, configs = [], {}
            for index in range(generator.randint(1, 4)):
                container = {"name": f"c{index}", "image": f"i{index}"}
                for key, values in (("entryPoint", (e, None, [], ["x", "y"], ["tini", "--"])), ("command", (c, None, [], ["a b"])),
                                    ("mountPoints", ([], None, [{"sourceVolume": "v", "containerPath": "/v"}])), ("dependsOn", ([], None)),
                                    ("secrets", (None, [], [{"name": "S", "valueFrom": "a"}])), ("dockerLabels", (None, {}, {"l": "m"})),
                                    ("linuxParameters", (None, {}, {"capabilities": {}}, {"capabilities": {"drop": ["ALL"]}}, {"initProcessEnabled": True})),
                                    ("logConfiguration", ({"logDriver": "awslogs", "options": {"a": "b"}}, {"logDriver": "splunk"}, None)),
                                    ("essential", (True, False)), ("cpu", (1, 10)), ("environment", ([], [{"name": "N", "value": "1"}]))):
                    if generator.random() < 0.5:
                        container[key] = choice(values)
                containers.append(container)
                configs[f"c{index}"] = config_of(choice((E, None, [])), choice((C, None, [])))
            options = {"capture": choice(("trace", "notify")), "labels": choice(({}, {"x": "y"})), "delivery": choice(("init", "init", "volumes-from"))}
            if generator.random() < 0.5:
                options["token_secret_arn"] = SECRET
            cases.append(Case(f"random {number}", containers, configs, **options))
        return cases

    def module_against_program(self):
        ordinary, random_ones = self.table + self.more, self.random_cases(150)
        cases = {case.name: case for case in ordinary + random_ones + list(self.foreign_labels())}
        cases.update({case.name: case for case, _ in self.later_cases + self.later_runs(random_ones[:40])})
        answers = {name: self.ask(case.query()) for name, case in cases.items()}
        good_cases = {name: case for name, case in cases.items() if answers[name][0] == 0}
        outputs, errors = self.plan(self.working_folder(self.MAIN, cases={name: case.module() for name, case in good_cases.items()}))
        self.tap.check("module: plans", outputs is not None, errors)
        if outputs is None:
            return
        bad = ""
        for name, case in good_cases.items():
            answer, result = json.loads(answers[name][1]), outputs["results"][name]
            # The module has values where the program has bytes: it cannot say that "[ ]" has a blank in it.
            wanted = re.sub("~[A-Za-z0-9%]*", "", answer["container_definitions"])
            good = json.loads(result["container_definitions"]) == json.loads(wanted)
            good = good and result["volumes"] == json.loads(answer["volumes"]) and result["instrumented"] == json.loads(answer["instrumented"])
            skipped = json.loads(answer["skipped"])
            good = good and ("all containers" in skipped or sorted(result["skipped"]) == sorted(skipped))
            if name.startswith("random"):
                bad = bad or ("" if good else f"{name}\n{case.query()}\n{result}\n{answer}")
            else:
                self.tap.check(f"module: {name}: as terraform-external", good, f"{result}\n{answer}")
        self.tap.check(f"module: {sum(name.startswith('random') for name in good_cases)} random tasks: as terraform-external", not bad, bad)

    def module_refusals(self):
        refused = self.refused + [Case(case.name, case.containers, case.configs, "", **case.options)
                                  for case in self.random_cases(40) if self.ask(case.query())[0] != 0]
        outputs, errors = self.plan(self.working_folder(self.MAIN, cases={case.name: case.module() for case in refused}))
        self.tap.check("module: refusals are no plan", outputs is None, str(outputs))
        text = " ".join(errors.replace("\u2502", " ").split())
        blocks = text.split("Error: ")
        for case in self.refused:
            self.tap.check(f"module: {case.name}: refused", any("precondition" in block and case.message in block for block in blocks), case.message + "\n" + errors[:6000])
        self.tap.check(f"module: every one of {len(refused)} is refused, and nothing else is wrong",
                       len(blocks) - 1 == len(refused) and all("precondition" in block for block in blocks[1:]), f"{len(blocks) - 1} of {len(refused)}\n{errors[:6000]}")

    def module_traps(self):
        one = """
variable "containers" {
  type      = any
  sensitive = SENSITIVE
}
resource "terraform_data" "image" { input = "example.com/app" }
module "tercel" {
  source                = "MODULE"
  container_definitions = CONTAINERS
  agent_image           = "agent@sha256:0"
  RENDERED
}
output "result" {
  value     = module.tercel
  sensitive = SENSITIVE
}
"""

        def run(containers="var.containers", sensitive="false", rendered="", value=None):
            text = one.replace("CONTAINERS", containers).replace("SENSITIVE", sensitive).replace("RENDERED", rendered)
            return self.working_folder(text, containers=value if value is not None else [container_of(e)])

        for name, value in (("as a string", json.dumps([container_of(e)])), ("as a list", [container_of(e)])):
            outputs, errors = self.plan(run(value=value))
            self.tap.check(f"module: containers {name}", outputs and outputs["result"]["instrumented"] == ["app"], errors)
        for name, value in (("a string that is no JSON", "[{"), ("a map", {"app": container_of(e)}), ("a string", "x"), ("a number", 5), ("strings", ["x"])):
            outputs, errors = self.plan(run(value=value))
            self.tap.check(f"module: {name} is refused", outputs is None and "precondition" in errors and "Invalid" not in errors, errors)
        unknown = '[{ name = "app", image = terraform_data.image.output, entryPoint = ["/e"] }]'
        for name, containers in (("in a list", unknown), ("in a string", f"jsonencode({unknown})")):
            folder = run(containers)
            outputs, errors = self.plan(folder)
            self.tap.check(f"module: a value {name} that is not known yet can be planned", outputs is not None, errors)
            status, _, errors = self.terraform(folder, "apply", "-no-color", "plan")
            result = json.loads(self.terraform(folder, "output", "-json")[1])["result"]["value"] if status == 0 else {}
            self.tap.check(f"module: a value {name} that is not known yet: wrapped at apply", result.get("instrumented") == ["app"]
                           and '"example.com/app"' in result["container_definitions"], errors)
            status, output, errors = self.terraform(folder, "plan", "-no-color", "-detailed-exitcode")
            self.tap.check(f"module: a value {name}: then nothing is to do", status == 0, output + errors)
        folder = run(unknown.replace('["/e"]', '["/init"]'))
        self.plan(folder)
        status, output, errors = self.terraform(folder, "apply", "-no-color", "-auto-approve")
        self.tap.check("module: what is known only at apply is refused then", status != 0 and "precondition" in errors, output + errors)
        secret = [container_of(e, environment=[{"name": "A", "value": "very-secret"}])]
        folder = run(sensitive="true", value=secret)
        status, output, errors = self.terraform(folder, "init", "-no-color")
        status, output, errors = self.terraform(folder, "plan", "-no-color")
        self.tap.check("module: sensitive containers stay so", status == 0 and "very-secret" not in output + errors, output + errors)
        folder = run(sensitive="true", value=[container_of(["/init", "very-secret"])])
        self.terraform(folder, "init", "-no-color")
        status, output, errors = self.terraform(folder, "plan", "-no-color")
        self.tap.check("module: sensitive containers are refused without telling", status != 0 and "very-secret" not in output + errors, output + errors)
        answer = json.loads(self.ask(Case("", [container_of(e)]).query())[1])
        rendered = "rendered = jsondecode(" + json.dumps(json.dumps(answer)).replace("${", "$${") + ")"
        outputs, errors = self.plan(run(rendered=rendered))
        self.tap.check("module: what terraform-external answered is passed on", outputs and outputs["result"]["container_definitions"] == answer["container_definitions"]
                       and outputs["result"]["volumes"] == [{"name": "tercel"}] and outputs["result"]["instrumented"] == ["app"], errors)
        outputs, errors = self.plan(run())
        query = outputs["result"]["query"] if outputs else {}
        status, _, errors = self.ask({**query, "options": query.get("options", "{}")})
        self.tap.check("module: its query is one that terraform-external takes", status == 0, errors)

    def module_tests(self):
        folder = os.path.join(self.program.directory.name, "module")
        shutil.copytree(self.root / "deploy/terraform/tercel-fargate", folder)
        self.terraform(folder, "init", "-no-color")
        status, output, errors = self.terraform(folder, "test", "-no-color")
        self.tap.check("module: terraform test", status == 0 and " passed, 0 failed" in output, output + errors)
        status, output, errors = self.terraform(str(self.root / "deploy/terraform"), "fmt", "-check", "-recursive", "-no-color")
        self.tap.check("terraform fmt", status == 0, output + errors)

    # ---- against moto ----

    def examples(self, init_options):
        moto, port = start_moto()
        try:
            for path in sorted((self.root / "deploy/terraform/examples").iterdir()):
                self.example(path, port, init_options)
        finally:
            moto.terminate()
            moto.wait()

    def example(self, path, port, init_options):
        """The example applied as it stands, with moto for AWS; then nothing must be left to do."""
        folder = tempfile.mkdtemp(dir=self.program.directory.name)
        shutil.copytree(self.root / "deploy/terraform", os.path.join(folder, "terraform"))
        folder = os.path.join(folder, "terraform/examples", path.name)
        services = ("ecs", "ec2", "iam", "logs", "secretsmanager", "servicediscovery", "route53", "sts")
        pathlib.Path(folder, "moto_override.tf").write_text(moto_provider(port, services))
        name = f"example {path.name}"
        for step in (["init", *init_options], ["validate"], ["apply", "-auto-approve"]):
            status, output, errors = self.terraform(folder, *step, "-no-color")
            self.tap.check(f"{name}: terraform {step[0]}", status == 0, output + errors)
            if status != 0:
                return
        status, output, errors = self.terraform(folder, "plan", "-no-color", "-out=plan")
        changes = json.loads(self.terraform(folder, "show", "-json", "plan")[1])["resource_changes"]
        changed = [f"{change['address']} {name}" for change in changes if change["change"]["actions"] not in (["no-op"], ["read"])
                   for name in change["change"]["after"] if change["change"]["after"][name] != change["change"]["before"][name]]
        # What moto 5 forgets of a service.
        changed = [change for change in changed if not re.fullmatch(r".*aws_ecs_service\.\w+ availability_zone_rebalancing", change)]
        self.tap.check(f"{name}: then nothing is to do", status == 0 and not changed, "\n".join(changed) + output + errors)
        state = json.loads(self.terraform(folder, "show", "-json")[1])
        modules = [state["values"]["root_module"], *state["values"]["root_module"].get("child_modules", [])]
        for resource in [resource for module in modules for resource in module.get("resources", [])]:
            if resource["type"] == "aws_ecs_task_definition":
                self.check_task(name, resource["values"])

    def check_task(self, name, values):
        """What was registered keeps Fargate's rules."""
        task = {"family": values["family"], "networkMode": values["network_mode"], "requiresCompatibilities": values["requires_compatibilities"],
                "cpu": values["cpu"], "memory": values["memory"], "executionRoleArn": values["execution_role_arn"],
                "volumes": [{"name": volume["name"]} for volume in values["volume"]], "containerDefinitions": json.loads(values["container_definitions"])}
        task = {key: value for key, value in task.items() if value}
        status, output, errors = self.program.run("check", self.program.file("registered.json", json.dumps(task)))
        self.tap.check(f"{name}: {values['family']} passes check", status == 0, output.decode() + errors)

    def run(self):
        status = subprocess.run([str(self.root / "scripts/update_known_images"), "--check"], capture_output=True)
        self.tap.check("the module knows the images that the program knows", status.returncode == 0, status.stderr.decode())
        self.goldens()
        self.same_as_task_definition()
        self.later_runs_of_the_program()
        if not shutil.which("terraform"):
            print("# skipped: the module: terraform is not installed")
            self.tap.finish()
        self.module_against_program()
        self.module_refusals()
        self.module_traps()
        self.module_tests()
        self.tap.finish()

    def run_apply(self):
        plugins = os.environ.get("TF_PLUGIN_DIR")
        missing = [program for program in ("terraform", "moto_server") if not shutil.which(program)]
        if missing:
            print(f"1..0 # SKIP not installed: {', '.join(missing)}")
            sys.exit(0)
        if not plugins and not os.path.exists(os.environ.get("TF_CLI_CONFIG_FILE", "")):
            print("1..0 # SKIP neither TF_PLUGIN_DIR nor TF_CLI_CONFIG_FILE says where the AWS provider is")
            sys.exit(0)
        self.examples([f"-plugin-dir={plugins}"] if plugins else [])
        self.tap.finish()


if __name__ == "__main__":
    tests = Tests(sys.argv[1], sys.argv[2], "--update" in sys.argv)
    if "--apply" in sys.argv:
        tests.run_apply()
    else:
        tests.run()
