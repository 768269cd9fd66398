#!/usr/bin/env python3
"""docs/install.md, tried as its reader would: its command lines run as they stand, what it says to do by hand is done.

usage: check_install_page.py BUILD_FOLDER SOURCE_FOLDER      prints TAP

Only what a reader has to fill in is filled in (IMAGE, URL, ARN, RW...). AWS is played by moto_server, where it and a command
line that can be pointed at it are installed; Terraform with the AWS provider likewise (see check_terraform.py).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from support import AGENT, SECRET, Program, Tap, moto_provider, start_moto

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
from chain import free_port, wait_until  # noqa: E402

URL = "tcp://o.example:4400"
ROLE = "arn:aws:iam::123456789012:role/execution"
CONTAINERS = [
    {"name": "web", "image": "example.com/web@sha256:" + "b" * 64, "essential": True},
    {"name": "jobs", "image": "example.com/jobs", "essential": False, "entryPoint": ["sh", "-c"], "command": ["date"],
     "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}], "dependsOn": [{"containerName": "web", "condition": "START"}],
     "secrets": [{"name": "PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/p"}]},
]
TASK = {"family": "shop", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": ROLE, "volumes": [{"name": "data"}], "containerDefinitions": CONTAINERS}
IMAGE_CONFIG = {"entrypoint": ["/docker-entrypoint.sh"], "cmd": ["nginx", "-g", "daemon off;"]}
# An entry point in each container: nothing has to be looked up.
TASK_WITH_ENTRY_POINTS = {**TASK, "containerDefinitions": [{**container, "entryPoint": ["/e"]} for container in CONTAINERS]}
TEMPLATE = """Parameters:
  Tag: {Type: String}
Resources:
  Task:  # a comment
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      ExecutionRoleArn: arn:aws:iam::123456789012:role/execution
      ContainerDefinitions:
        - Name: web
          Image: !Sub example.com/web:${Tag}
          EntryPoint: [/e]
"""
DOCKERFILE = 'FROM example.com/web\nENTRYPOINT ["/e"]\n'


def commands_of(block):
    """The command lines of a block, without the comments behind them."""
    joined = block.replace("\\\n", " ")
    return [re.sub(r"\s{2,}# .*$", "", line) for line in joined.splitlines() if line and not line.startswith("#")]


class Page:
    def __init__(self, tap, build, root):
        self.tap, self.build, self.root = tap, build, root
        self.text = (root / "docs/install.md").read_text()
        self.program = Program(str(build / "instrument/tercel-instrument"))
        self.folder = pathlib.Path(self.program.directory.name)
        self.environment = dict(os.environ)
        programs = self.folder / "programs"
        programs.mkdir()
        for path in ("instrument/tercel-instrument", "compiler/tercelc", "orchestrator/tercel-orchestrator"):
            (programs / os.path.basename(path)).symlink_to(build / path)
        self.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        for path in ("rules/quickstart.yaml", "deploy/cloudformation/orchestrator.yaml", "deploy/cloudformation/macro.yaml"):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, self.folder / path)
        shutil.copytree(root / "deploy/terraform", self.folder / "deploy/terraform")
        self.run("tercelc keygen -o ci")
        self.key = (self.folder / "ci.pub").read_text().splitlines()[1]

    def block(self, words):
        """The one block of the page that has these words."""
        found = [block for block in re.findall(r"^```\w*\n(.*?)^```$", self.text, re.M | re.S) if words in block]
        assert len(found) == 1, f"{len(found)} blocks with {words}"
        return found[0]

    def fill(self, text, **values):
        for name, value in {"IMAGE": AGENT, "URL": URL, "ARN": SECRET, **values}.items():
            text = re.sub(rf"(?<![\w.-]){name}(?![\w.-])", value, text)
        return text.replace("RW...", self.key)

    def run(self, command):
        done = subprocess.run(["bash", "-e", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def write(self, name, content):
        (self.folder / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=2) + "\n")
        return (self.folder / name).read_text()

    def read(self, name):
        return (self.folder / name).read_text()

    # ---- the tool

    def tool(self):
        task, template = self.write("task.json", TASK_WITH_ENTRY_POINTS), self.write("template.yaml", TEMPLATE)
        after = {}
        for command in commands_of(self.block("tercel-instrument plan")):
            before = self.read("task.json"), self.read("template.yaml")
            status, output, errors = self.run(self.fill(command))
            self.tap.check(f"it runs: {command}", status == 0 and (output + errors), output + errors)
            verb = command.split()[1]
            changed = (self.read("task.json"), self.read("template.yaml")) != before
            self.tap.check(f"it {'changes its file' if '--in-place' in command else 'changes nothing'}: {command}", changed == ("--in-place" in command))
            if "--diff" in command:
                self.tap.check("the difference has lines of ours, and takes no others away", "+" in output and
                               all("entryPoint" in line or line.startswith("---") or line.strip("-, ") in '"/e"]' for line in output.splitlines()
                                   if line.startswith("-")), output)
            if "--in-place" in command:
                again = self.read("task.json"), self.read("template.yaml")
                status, output, errors = self.run(self.fill(command))
                self.tap.check(f"a second run changes nothing: {command}", status == 0 and again == (self.read("task.json"), self.read("template.yaml")))
            after[verb] = self.read("task.json"), output
        self.tap.check("after removal the file is as it was", after["remove"][0] == task)
        self.tap.check("check says what is instrumented", "web: instrumented" in self.checked(after["task-definition"][0]), after["check"][1])
        status, output, errors = self.run("tercel-instrument remove template.yaml")
        self.tap.check("the template can be undone too", status == 0 and output == template and self.read("template.yaml") != template, errors)
        for name in ("environment", "linuxParameters"):
            self.tap.check(f"without --ptrace nothing touches {name}", name not in after["task-definition"][0])

    def checked(self, task):
        self.write("checked.json", task)
        status, output, errors = self.run("tercel-instrument check checked.json")
        return f"{status}\n{output}{errors}"

    def dockerfile(self):
        self.write("nginx.json", IMAGE_CONFIG)
        text = self.write("Dockerfile", DOCKERFILE)
        for command in commands_of(self.block("tercel-instrument dockerfile")):
            if "--from" in command:  # the registry is not asked
                command += " --offline --image-config nginx:1.27=nginx.json"
            status, output, errors = self.run(self.fill(command))
            self.tap.check(f"it runs: {command}", status == 0, output + errors)
            if "--token-env" in command:
                self.tap.check("the block has what was asked for", '"--token-env", "TERCEL_TOKEN"' in self.read("Dockerfile") and self.key in self.read("Dockerfile"))
        self.tap.check("a new Dockerfile for an image", self.read("Dockerfile.tercel").startswith("FROM nginx:1.27\n") and '"daemon off;"' in self.read("Dockerfile.tercel"))
        self.tap.check("after removal the Dockerfile is as it was", self.read("Dockerfile") == text)

    # ---- by hand

    def by_hand(self):
        section = self.text.split("\n## By hand\n")[1].split("\n## ")[0]
        steps = [re.sub(r"\s+", " ", step) for step in re.split(r"^\d+\. ", section, flags=re.M)[1:]]
        self.tap.check("by hand: ten lines at most", 0 < len(steps) <= 10)
        values = {"AGENT": AGENT}
        item = lambda step: json.loads(self.fill(re.search(r"`(\{.*\})`", step)[1], **values))
        volume, init, mount, dependency, secret = (item(steps[number]) for number in (0, 1, 2, 3, 5))
        words = json.loads("[" + self.fill(re.search(r'write `(".*?")` before', steps[4])[1], **values) + "]")
        task = json.loads(json.dumps(TASK))
        task["volumes"].append(volume)
        for container in task["containerDefinitions"]:
            container.setdefault("mountPoints", []).append(mount)
            container.setdefault("dependsOn", []).append(dependency)
            container.setdefault("secrets", []).append(secret)
            if "entryPoint" in container:
                container["entryPoint"] = words + container["entryPoint"]
            else:
                container["entryPoint"] = words + IMAGE_CONFIG["entrypoint"]
                container.setdefault("command", IMAGE_CONFIG["cmd"])
        task["containerDefinitions"].append(init)
        self.write("nginx.json", IMAGE_CONFIG)
        self.write("task.json", TASK)
        status, output, errors = self.run(self.fill("tercel-instrument task-definition --agent-image IMAGE --orchestrator URL --trust RW... --token-secret ARN "
                                                    "--offline --image-config web=nginx.json task.json"))
        expected = json.loads(output) if status == 0 else {}
        for container in expected.get("containerDefinitions", []):
            container.pop("dockerLabels", None)
        self.tap.check("by hand: what the tool writes, but for its label", status == 0 and unordered(task) == unordered(expected),
                       f"{json.dumps(task)}\n{json.dumps(expected)}\n{errors}")
        self.tap.check("by hand: it passes check", self.checked(task).startswith("0\n"), self.checked(task))

    # ---- the orchestrator

    def orchestrator(self, aws):
        lines = commands_of(self.block("aws cloudformation deploy --stack-name tercel "))
        port = free_port()
        self.environment["TERCEL_TOKEN"] = "a-token"
        for line in lines:
            if line.startswith("aws "):
                if aws:
                    self.aws_line(line)
                continue
            if "publish" in line:
                self.publish(line, port)
                continue
            status, output, errors = self.run(line.replace("-o ci", "-o again"))
            self.tap.check(f"it runs: {line}", status == 0, output + errors)

    def publish(self, line, port):
        serve = re.search(r'"Cmd": (\[.*?\])', (self.root / "deploy/images/orchestrator.json").read_text(), re.S)[1]
        words = [word.replace("0.0.0.0:4400", f"127.0.0.1:{port}").replace("/var/lib/tercel", str(self.folder / "state"))
                 .replace("/etc/tercel/trust.pub", str(self.folder / "ci.pub")) for word in json.loads(serve)]
        with open(self.folder / "log", "w") as log:
            process = subprocess.Popen([self.build / "orchestrator/tercel-orchestrator", *words], env=self.environment, stdout=subprocess.DEVNULL, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or "listening" in self.read("log"), "the orchestrator listens", 30)
            status, output, errors = self.run(line.replace("orchestrator.tercel.internal:4400", f"127.0.0.1:{port}"))
            self.tap.check(f"it runs: {line}", status == 0, output + errors + self.read("log"))
        finally:
            process.terminate()
            process.wait()

    def aws_line(self, line):
        """With moto for AWS; what it cannot serve of a template is taken out of a copy."""
        filled = line
        if "deploy " in line:
            network = self.aws("ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text")
            subnets = self.aws("ec2 describe-subnets --query 'Subnets[0:2].SubnetId' --output text").split()
            secret = self.aws("secretsmanager describe-secret --secret-id tercel-trust --query ARN --output text")
            for written, value in (("vpc-...", network), ("subnet-...,subnet-...", ",".join(subnets)), ("TrustSecretArn=arn:...", f"TrustSecretArn={secret}"),
                                   ("=arn:...", f"={SECRET}"), ("sha256:...", "sha256:" + "0" * 64)):
                filled = filled.replace(written, value)
            path = re.search(r"--template-file (\S+)", line)[1]
            text = (self.root / path).read_text()
            text = re.sub(r"(?m)^  (Discovery|Macro):\n(?:    .*\n|\n)*", "", text)
            text = re.sub(r"(?m)^      ServiceRegistries:\n        .*\n", "", text)
            self.write(path, text)
        status, output, errors = self.run(filled)
        self.tap.check(f"it runs: {' '.join(line.split())}", status == 0, output + errors)
        if "orchestrator.yaml" in line and status == 0:
            registered = json.loads(self.aws("ecs describe-task-definition --task-definition tercel-orchestrator --output json"))["taskDefinition"]
            container = registered["containerDefinitions"][0]
            self.tap.check("the stack's task serves with the secrets that were given", container["command"][0] == "serve"
                           and secret in json.dumps(container["secrets"]), json.dumps(registered))

    def aws(self, arguments):
        status, output, errors = self.run("aws " + arguments)
        assert status == 0, f"aws {arguments}: {errors}"
        return output.strip()

    # ---- Terraform

    def terraform(self, port, plugins):
        """The module's block in a file with what the page leaves to its reader; then again with `remove`."""
        main = self.fill(self.block('module "tercel"'), REGISTRY="registry.example").replace("sha256:...", "sha256:" + "0" * 64)
        main = main.replace("  # family, cpu, memory, execution_role_arn ... as before\n", f"""
  family                   = "shop"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = "{ROLE}"
  volume {{
    name = "data"
  }}
""") + moto_provider(port, ("ecs", "secretsmanager", "sts")) + f"""
resource "aws_secretsmanager_secret" "token" {{
  name = "token"
}}
locals {{
  containers = jsondecode({json.dumps(json.dumps(CONTAINERS))})
}}
output "instrumented" {{ value = module.tercel.instrumented }}
"""
        self.write("main.tf", main)
        init = f"terraform init -no-color {f'-plugin-dir={plugins}' if plugins else ''}"
        for step in (init, "terraform apply -no-color -auto-approve", "terraform plan -no-color -detailed-exitcode"):
            status, output, errors = self.run(step)
            self.tap.check(f"Terraform as the page has it: {' '.join(step.split()[:2])}", status == 0, output + errors)
            if status:
                return
        state = json.loads(self.run("terraform show -json")[1])["values"]["root_module"]["resources"]
        values = next(resource["values"] for resource in state if resource["type"] == "aws_ecs_task_definition")
        containers = sorted(json.loads(values["container_definitions"]), key=lambda row: ["web", "jobs", "tercel-init"].index(row["name"]))
        self.tap.check("Terraform as the page has it: both are wrapped, the volumes are there", [row["name"] for row in containers] == ["web", "jobs", "tercel-init"]
                       and all(row["entryPoint"][0] == "/tercel/tercel-agent" for row in containers[:2])
                       and sorted(volume["name"] for volume in values["volume"]) == ["data", "tercel"], json.dumps(values))
        self.write("main.tf", main.replace('  source                = ', '  remove                = true\n  source                = '))
        status, output, errors = self.run("terraform apply -no-color -auto-approve")
        state = json.loads(self.run("terraform show -json")[1])["values"]["root_module"]["resources"]
        values = next(resource["values"] for resource in state if resource["type"] == "aws_ecs_task_definition")
        self.tap.check("Terraform as the page has it: remove = true", status == 0 and "tercel" not in values["container_definitions"]
                       and [volume["name"] for volume in values["volume"]] == ["data"], output + errors + json.dumps(values))


def unordered(value):
    """Lists of objects in an order of their own: the page appends where the tool puts first."""
    if isinstance(value, list):
        items = [unordered(item) for item in value]
        return sorted(items, key=json.dumps) if any(isinstance(item, dict) for item in items) else items
    return {key: unordered(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


def aws_is_enough():
    """Whether there is a command line of AWS that takes AWS_ENDPOINT_URL (1.29.52, 2.13)."""
    if not shutil.which("aws"):
        return False
    version = re.search(r"aws-cli/(\d+)\.(\d+)\.(\d+)", subprocess.run(["aws", "--version"], capture_output=True, text=True).stdout)
    numbers = tuple(map(int, version.groups())) if version else (0, 0, 0)
    return numbers >= (2, 13, 0) or (1, 29, 52) <= numbers < (2, 0, 0)


def main():
    build, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    tap = Tap()
    page = Page(tap, build, root)
    page.tool()
    page.dockerfile()
    page.by_hand()
    moto = port = None
    if shutil.which("moto_server"):
        moto, port = start_moto()
        page.environment.update(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x",
                                AWS_DEFAULT_REGION="eu-west-1", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    aws = moto is not None and aws_is_enough()
    try:
        if not aws:
            print("# skipped: command lines of aws: moto_server, or a command line that can be pointed at it, is not installed")
        page.orchestrator(aws)
        if aws:
            for line in commands_of(page.block("--stack-name tercel-macro")):
                page.aws_line(line)
            text = (root / "deploy/terraform/examples/orchestrator/main.tf").read_text()
            for line in re.findall(r"^#   (aws .*)$", text, re.M):
                name = re.search(r"--secret-id (\S+)", line)[1]
                page.run(f"aws secretsmanager create-secret --name {name}")
                page.aws_line(line)
        plugins = os.environ.get("TF_PLUGIN_DIR")
        configuration = os.environ.get("TF_CLI_CONFIG_FILE", "")
        if not os.path.exists(configuration):
            page.environment.pop("TF_CLI_CONFIG_FILE", None)
        if moto is None or not shutil.which("terraform") or not (plugins or os.path.exists(configuration)):
            print("# skipped: the page's module: moto_server, terraform or the AWS provider is not installed")
        else:
            page.terraform(port, plugins)
    finally:
        if moto:
            moto.terminate()
            moto.wait()
    tap.finish()


if __name__ == "__main__":
    main()
