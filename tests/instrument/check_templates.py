#!/usr/bin/env python3
"""The CloudFormation templates of deploy/: they keep Fargate's rules, and what they run starts and is healthy.

usage: check_templates.py BUILD_FOLDER SOURCE_FOLDER      prints TAP

Also, one case each: what cfn-lint lets pass and check finds (cfn-lint itself is asked where it is installed).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

import yaml

from support import Program, Tap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
from chain import free_port  # noqa: E402

DEADLINE_S = 30

# Passes cfn-lint; what stands at the marks breaks a rule of Fargate.
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      %(task)s
      ContainerDefinitions:
        - Name: app
          Image: example.com/app
          EntryPoint: [/app]
          %(container)s
"""
LET_PASS = [
    ("PidMode host", {"task": "PidMode: host"}, '"pidMode" can only be task'),
    ("NET_ADMIN", {"container": "LinuxParameters: {Capabilities: {Add: [NET_ADMIN]}}"}, "no capability but SYS_PTRACE"),
    ("unknown dependency", {"container": "DependsOn: [{ContainerName: nobody, Condition: START}]"}, 'no container "nobody"'),
    ("itself", {"container": "DependsOn: [{ContainerName: app, Condition: HEALTHY}]"}, "cannot depend on itself"),
    ("volume that is not there", {"container": "MountPoints: [{SourceVolume: nothing, ContainerPath: /x}]"}, 'no volume "nothing"'),
    ("secrets without a role", {"container": "Secrets: [{Name: A, ValueFrom: 'arn:aws:ssm:eu-west-1:123456789012:parameter/a'}]"}, "executionRoleArn"),
]


class Loader(yaml.SafeLoader):
    """Intrinsic functions become what they stand on."""


def plain(loader, _, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)


Loader.add_multi_constructor("!", plain)


def lint(path):
    """(exit status, output), or None where cfn-lint is not installed."""
    if not shutil.which("cfn-lint"):
        return None
    done = subprocess.run(["cfn-lint", path], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def orchestrator_runs(tap, build, program, template):
    """The container's own words, with another folder and port: it starts, and its health check says that it is healthy."""
    resources = yaml.load(template.read_text(), Loader)["Resources"]
    container = resources["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    port = free_port()
    folder = program.directory.name
    subprocess.run([build / "compiler/tercelc", "keygen", "-o", os.path.join(folder, "key")], check=True, stdout=subprocess.DEVNULL)
    changed = {"/var/lib/tercel": os.path.join(folder, "state"), "tcp://0.0.0.0:4400": f"tcp://0.0.0.0:{port}",
               "tcp://127.0.0.1:4400": f"tcp://127.0.0.1:{port}"}
    values = {"TERCEL_TOKEN": "the-token", "TERCEL_TRUST": pathlib.Path(folder, "key.pub").read_text()}
    environment = {**os.environ, **{secret["Name"]: values[secret["Name"]] for secret in container["Secrets"]}}
    words = [changed.get(word, word) for word in container["Command"]]
    health = [changed.get(word, word) for word in container["HealthCheck"]["Command"]]
    tap.check("orchestrator: its health check needs no shell", health[:2] == ["CMD", "/tercel-orchestrator"], health)
    log = os.path.join(folder, "log")
    with open(log, "w") as errors:
        process = subprocess.Popen([build / "orchestrator/tercel-orchestrator", *words], env=environment, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        deadline, healthy = time.monotonic() + DEADLINE_S, False
        while not healthy and process.poll() is None and time.monotonic() < deadline:
            healthy = subprocess.run([build / "orchestrator/tercel-orchestrator", *health[2:]], env=environment, capture_output=True).returncode == 0
        tap.check("orchestrator: it starts with the template's words, and is healthy", healthy, open(log).read())
        refused = subprocess.run([build / "orchestrator/tercel-orchestrator", *health[2:]], env={**environment, "TERCEL_TOKEN": "other"}, capture_output=True)
        tap.check("orchestrator: it asks for the token", refused.returncode != 0)
    finally:
        process.terminate()
        process.wait()


def main():
    build, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    tap, program = Tap(), Program(str(build / "instrument/tercel-instrument"))
    for path in sorted((root / "deploy/cloudformation").glob("*.yaml")):
        if "AWS::ECS::TaskDefinition" in path.read_text():
            status, output, errors = program.run("check", str(path))
            tap.check(f"{path.name}: check", status == 0 and b": error:" not in output, output.decode() + errors)
        result = lint(str(path))
        if result is None:
            print(f"# skipped: {path.name}: cfn-lint is not installed")
        else:
            tap.check(f"{path.name}: cfn-lint", result[0] == 0, result[1])
    for name, changes, message in LET_PASS:
        path = program.file("template.yaml", TEMPLATE % {"task": "Family: f", "container": "Essential: true", **changes})
        status, output, errors = program.run("check", path)
        lines = [line for line in output.decode().splitlines() if ": error: " in line]
        tap.check(f"check finds: {name}", status == 1 and len(lines) == 1 and message in lines[0], output.decode() + errors)
        result = lint(path)
        if result is not None:
            print(f"# cfn-lint {'lets it pass' if result[0] == 0 else 'finds it too'}: {name}")
    orchestrator_runs(tap, build, program, root / "deploy/cloudformation/orchestrator.yaml")
    tap.finish()


if __name__ == "__main__":
    main()
