#!/usr/bin/env python3
"""Group G: what the tool writes is as valid as what it was given, in the eyes of others: cfn-lint, botocore's parameter
validation, moto's RegisterTaskDefinition and its CloudFormation (a smoke test: moto does not evaluate everything).

usage: check_validity.py TERCEL_INSTRUMENT TRANSFORM_SERVER SOURCE_FOLDER      prints TAP

Templates are those of templates/, and generated ones. What a file gives rise to already is no finding.
"""

import collections
import glob
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys

try:
    import yaml  # noqa: F401
except ImportError:
    print("1..0 # SKIP python3-yaml is not there")
    sys.exit(0)
from check_commuting_square import PTRACE, SECRET, Server
from cloudformation_oracle import LENIENT, read, resolve, write
from generated_templates import PARAMETERS, Generator, conditions_of
from support import BASE, Program, Tap
from support import SECRET as SECRET_ARN

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
GENERATED = 30
ASSIGNMENTS_MAX = 8
LINT_TIMEOUT_S = 240


def module(name):
    try:
        return __import__(name)
    except ImportError:
        return None


class Tests:
    def __init__(self, path, server, root):
        self.tap, self.program, self.server, self.root = Tap(), Program(path), Server(server), root
        self.pairs = []  # (name, before, after) of templates
        self.tasks = []  # the same of task definitions

    def image(self):
        path = self.program.file("image.json", json.dumps({"config": {"Entrypoint": ["/e"], "Cmd": ["c"]}}))
        return [word for name in ("app", "web", "worker") for word in ("--image-config", f"{name}={path}")]

    def collect(self):
        for path in sorted(glob.glob(FOLDER + "/*")):
            name = os.path.basename(path)
            command = "task-definition" if name.startswith("task_") else "cloudformation"
            for secret in (["--token-secret", SECRET_ARN], []):
                status, output, errors = self.program.run(command, *BASE, *self.image(), "--offline", "--unknown-image=skip", "--ptrace", *secret, path)
                if status == 0:
                    break
            self.tap.check(f"{name}: is instrumented", status == 0, errors)
            with open(path, "rb") as file:
                (self.tasks if command == "task-definition" else self.pairs).append((name, file.read(), output))
        for seed in itertools.count():
            if seed >= 10 * GENERATED or len(self.pairs) >= GENERATED + 60:
                break
            style = ("json", "yaml")[seed % 2]
            text = write(Generator(random.Random(f"validity/{seed}")).template(), style, seed)
            done, output = self.server.ask("i", PTRACE | SECRET, text)
            if done:
                self.pairs.append((f"generated {seed}.{style}", text.encode(), output))

    # ---- cfn-lint ----

    def lint(self, folder):
        """{file: the messages}, of all files of the folder in one call."""
        done = subprocess.run(["cfn-lint", "--format", "json", "--regions", "eu-west-1", "--", *sorted(glob.glob(folder + "/*"))],
                              capture_output=True, text=True, timeout=LINT_TIMEOUT_S)
        found = collections.defaultdict(collections.Counter)
        for match in json.loads(done.stdout or "[]"):
            path = "/".join(str(part) for part in match["Location"]["Path"] or [] if not isinstance(part, int))
            found[os.path.basename(match["Filename"])][match["Rule"]["Id"], path, without_values(match["Message"])] += 1
        return found

    def cfn_lint(self):
        if not shutil.which("cfn-lint"):
            print("# skipped: cfn-lint is not installed")
            return
        folders = []
        for which in (1, 2):
            folder = os.path.join(self.program.directory.name, f"lint-{which}")
            os.mkdir(folder)
            folders.append(folder)
            for number, pair in enumerate(self.pairs):
                with open(os.path.join(folder, f"{number}.{'json' if pair[which].lstrip()[:1] == b'{' else 'yaml'}"), "wb") as file:
                    file.write(pair[which])
        before, after = self.lint(folders[0]), self.lint(folders[1])
        for number, (name, _, _) in enumerate(self.pairs):
            key = next(key for key in (f"{number}.json", f"{number}.yaml") if os.path.exists(os.path.join(folders[0], key)))
            new = [entry for entry in after[key] if entry not in before[key]]
            self.tap.check(f"{name}: cfn-lint finds nothing new", not new, "\n".join(map(str, new)))

    # ---- botocore and moto ----

    def deployed(self, template):
        """Task definitions of the template, for some values of its conditions, in the API's spelling."""
        used = sorted(conditions_of(template))
        parameters = {**{name: (value.get("Default", "x") if value.get("Type") != "CommaDelimitedList" else str(value.get("Default", "x")).split(","))
                         for name, value in (template.get("Parameters") or {}).items()}, **PARAMETERS}
        for values in itertools.islice(itertools.product([False, True], repeat=len(used)), ASSIGNMENTS_MAX):
            tree = resolve(template, dict(zip(used, values)), parameters, LENIENT)
            for resource in tree["Resources"].values():
                if isinstance(resource, dict) and resource.get("Type") == "AWS::ECS::TaskDefinition":
                    yield api_form(resource["Properties"])

    def complaints(self, tasks):
        import botocore.session
        from botocore.validate import ParamValidator
        shape = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
        found = set()
        for task in tasks:
            found |= set(re.sub(r"\[\d+\]", "[]", str(ParamValidator().validate(task, shape).generate_report())).splitlines())
        return found

    def botocore(self):
        if not module("botocore"):
            print("# skipped: python's botocore is not installed")
            return
        for name, before, after in self.pairs:
            new = self.complaints(self.deployed(read(after))) - self.complaints(self.deployed(read(before)))
            self.tap.check(f"{name}: botocore has no new complaint", not new, "\n".join(new))
        for name, before, after in self.tasks:
            new = self.complaints([without_null(json.loads(after))])
            self.tap.check(f"{name}: botocore takes it", not new, "\n".join(new))

    def moto(self):
        if not module("moto") or not module("boto3"):
            print("# skipped: python's moto is not installed")
            return
        import boto3
        from moto import mock_aws
        os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="eu-west-1")
        with mock_aws():
            ecs, formation = boto3.client("ecs", "eu-west-1"), boto3.client("cloudformation", "eu-west-1")
            for name, _, after in self.tasks:
                try:
                    answer = ecs.register_task_definition(**without_null(json.loads(after)))["taskDefinition"]
                    names, problem = [container["name"] for container in answer["containerDefinitions"]], ""
                except Exception as error:  # whatever moto says
                    names, problem = [], repr(error)
                self.tap.check(f"{name}: moto registers it", "tercel-init" in names, problem)
            taken = 0
            for number, (name, before, after) in enumerate(self.pairs):
                if name.startswith("generated"):
                    continue
                if create(formation, f"before-{number}", before):
                    continue  # moto's own limits
                taken += 1
                problem = create(formation, f"after-{number}", after)
                self.tap.check(f"{name}: moto makes a stack of it, as before", not problem, problem)
            self.tap.check("moto makes stacks of some templates", taken > 0)
            macro = open(os.path.join(self.root, "deploy/cloudformation/macro.yaml"), "rb").read()
            problem = create(formation, "macro", macro, fill=True)
            functions = boto3.client("lambda", "eu-west-1").list_functions()["Functions"]
            self.tap.check("macro.yaml: moto deploys it, with the function and its role", not problem and len(functions) == 1 and any(
                role["Arn"] == functions[0]["Role"] for role in boto3.client("iam").list_roles()["Roles"]), f"{problem} {functions}")


def create(formation, name, template, fill=False):
    """The reason why there is no such stack; empty: there is one."""
    parameters = []
    for key, value in (read(template).get("Parameters") or {}).items():
        if "Default" not in value:
            parameters.append({"ParameterKey": key, "ParameterValue": (value.get("AllowedValues") or ["arn:aws:iam::123456789012:role/x"])[0] if fill else "x"})
    try:
        formation.create_stack(StackName=name, TemplateBody=template.decode("utf-8-sig"), Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"])
        return ""
    except Exception as error:  # whatever moto says
        return repr(error)[:500]


def without_values(message):
    """A list that was complained of is the same one with an element of ours in it."""
    return re.sub(r"\d+", "N", re.sub(r"^\[\{.*\}\] ", "[...] ", message))


def without_null(value):
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value


def api_form(value, parent=""):
    """CloudFormation's spelling into the API's; what is known only later is a text."""
    if isinstance(value, list):
        return [api_form(item, parent) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
        return "later"
    keep = parent in ("DockerLabels", "Options")
    return {key if keep else key[:1].lower() + key[1:]: api_form(item, key) for key, item in value.items() if item is not None}


def main():
    tests = Tests(*sys.argv[1:4])
    tests.collect()
    tests.cfn_lint()
    tests.botocore()
    tests.moto()
    print(f"# group G: {len(tests.pairs)} templates, {len(tests.tasks)} task definitions, {tests.tap.count} cases")
    tests.tap.finish()


if __name__ == "__main__":
    main()
