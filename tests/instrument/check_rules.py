#!/usr/bin/env python3
"""tercel-instrument check and plan: one case for each rule of Fargate.

usage: check_rules.py TERCEL_INSTRUMENT      prints TAP
"""

import copy
import json
import sys

from support import BASE, SECRET, Program, Tap, dumps

GOOD = {
    "family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
    "executionRoleArn": "arn:aws:iam::123456789012:role/x", "volumes": [{"name": "v"}],
    "containerDefinitions": [
        {"name": "app", "image": "x", "entryPoint": ["/e"], "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
         "secrets": [{"name": "S", "valueFrom": "arn"}], "linuxParameters": {"capabilities": {"drop": ["ALL"]}}},
        {"name": "side", "image": "y", "essential": False, "command": ["c"], "dependsOn": [{"containerName": "app", "condition": "START"}]},
    ],
}


def changed(change, where=None):
    """GOOD with the change in the task, or in container number `where`."""
    task = copy.deepcopy(GOOD)
    target = task if where is None else task["containerDefinitions"][where]
    for name, value in change.items():
        if value is None:
            del target[name]
        else:
            target[name] = value
    return task


RULES = [
    ("networkMode", changed({"networkMode": "bridge"}), '"networkMode" is awsvpc'),
    ("pidMode host", changed({"pidMode": "host"}), "can only be task"),
    ("placementConstraints", changed({"placementConstraints": [{"type": "x"}]}), "does not take"),
    ("ipcMode", changed({"ipcMode": "task"}), "does not take"),
    ("size", changed({"memory": "4096"}), "no size of 256 CPU units with 4096 MiB"),
    ("size in words", changed({"cpu": "1 vCPU", "memory": "1GB"}), "no size of 1024 CPU units with 1024 MiB"),
    ("no size", changed({"cpu": None}), 'needs "cpu" and "memory"'),
    ("sum of memory", changed({"memory": 600}, 0), "600 together, the task's 512"),
    ("sum of cpu", changed({"cpu": 257}, 0), "257 together, the task's 256"),
    ("privileged", changed({"privileged": True}, 0), '"privileged"'),
    ("links", changed({"links": ["side"]}, 0), '"links"'),
    ("extraHosts", changed({"extraHosts": [{"hostname": "h", "ipAddress": "1.2.3.4"}]}, 0), '"extraHosts"'),
    ("dnsServers", changed({"dnsServers": ["1.2.3.4"]}, 0), '"dnsServers"'),
    ("security options", changed({"dockerSecurityOptions": ["x"]}, 0), '"dockerSecurityOptions"'),
    ("gpu", changed({"resourceRequirements": [{"type": "GPU", "value": "1"}]}, 0), '"resourceRequirements"'),
    ("tmpfs", changed({"linuxParameters": {"tmpfs": [{"containerPath": "/x"}]}}, 0), '"tmpfs"'),
    ("devices", changed({"linuxParameters": {"devices": [{"hostPath": "/x"}]}}, 0), '"devices"'),
    ("NET_ADMIN", changed({"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}, 0), "no capability but SYS_PTRACE"),
    ("entry point is a string", changed({"entryPoint": "x"}, 0), '"entryPoint" must be a list'),
    ("command is a string", changed({"command": "x"}, 1), '"command" must be a list'),
    ("unknown dependency", changed({"dependsOn": [{"containerName": "no", "condition": "START"}]}, 1), "no container \"no\""),
    ("SUCCESS of an essential one", changed({"dependsOn": [{"containerName": "app", "condition": "SUCCESS"}]}, 1), "is essential"),
    ("HEALTHY without a check", changed({"dependsOn": [{"containerName": "app", "condition": "HEALTHY"}]}, 1), "no healthCheck"),
    ("no such condition", changed({"dependsOn": [{"containerName": "app", "condition": "READY"}]}, 1), "no condition"),
    ("itself", changed({"dependsOn": [{"containerName": "side", "condition": "START"}]}, 1), "cannot depend on itself"),
    ("unknown volume", changed({"mountPoints": [{"sourceVolume": "no", "containerPath": "/x"}]}, 0), "no volume \"no\""),
    ("volumesFrom nobody", changed({"volumesFrom": [{"sourceContainer": "no"}]}, 0), "no container \"no\""),
    ("volume of the host", changed({"volumes": [{"name": "v", "host": {"sourcePath": "/x"}}]}), "of a host's"),
    ("volume twice", changed({"volumes": [{"name": "v"}, {"name": "v"}]}), "a second volume"),
    ("secrets without a role", changed({"executionRoleArn": None}), "executionRoleArn"),
    ("nothing essential", changed({"essential": False}, 0), "at least one container must be essential"),
    ("name twice", changed({"name": "app", "dependsOn": []}, 1), "a second container"),
    ("no image", changed({"image": None}, 1), 'needs an "image"'),
    ("startTimeout", changed({"startTimeout": 121}, 0), "2 to 120 seconds"),
    ("stopTimeout", changed({"stopTimeout": 121}, 0), "at most 120 seconds"),
    ("log driver", changed({"logConfiguration": {"logDriver": "json-file"}}, 0), 'no log driver "json-file"'),
    ("FireLens without a router", changed({"logConfiguration": {"logDriver": "awsfirelens"}}, 0), "firelensConfiguration"),
    ("host port", changed({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, 0), '"hostPort" is the same'),
    ("ulimit", changed({"ulimits": [{"name": "nproc", "softLimit": 1, "hardLimit": 1}]}, 0), "no limit but nofile"),
    ("reservation", changed({"memory": 64, "memoryReservation": 65}, 0), "more than the container's"),
    ("hostname", changed({"hostname": "h"}, 0), '"hostname"'),
    ("health check", changed({"healthCheck": {"command": ["/bin/true", "x"]}}, 0), "begins with CMD"),
    ("secret without a source", changed({"secrets": [{"name": "S"}]}, 0), '"valueFrom"'),
    ("architecture", changed({"runtimePlatform": {"cpuArchitecture": "arm64"}}), "X86_64 or ARM64"),
    ("system", changed({"runtimePlatform": {"operatingSystemFamily": "linux"}}), "LINUX, or one of Windows"),
    ("ephemeral storage", changed({"ephemeralStorage": {"sizeInGiB": 20}}), "21 to 200"),
    ("proxy that is not there", changed({"proxyConfiguration": {"containerName": "no", "type": "APPMESH"}}), "to be the proxy"),
    ("empty tags", changed({"tags": []}), "empty list of tags"),
    ("read-only member", changed({"revision": 3}), "registration rejects it"),
    ("unknown member", changed({"colour": 3}), "no member of ECS's definition"),
    ("unknown member of a container", changed({"colour": 3}, 0), "no member of ECS's definition"),
]


def main():
    tap, program = Tap(), Program(sys.argv[1])

    def check(task):
        status, output, errors = program.run("check", program.file("task.json", dumps(task)))
        return status, output.decode() + errors

    status, output = check(changed({}))
    tap.check("what is right", status == 0 and ": error:" not in output, output)
    for name, task, message in RULES:
        status, output = check(task)
        lines = [line for line in output.splitlines() if ": error: " in line]
        tap.check(f"rule: {name}", status == 1 and len(lines) == 1 and message in lines[0], output)
    loop = changed({"dependsOn": [{"containerName": "side", "condition": "START"}]}, 0)
    status, output = check(loop)
    tap.check("rule: a circle", status == 1 and output.count("waits for itself in the end") == 2, output)
    allowed = changed({"ephemeralStorage": {"sizeInGiB": 21}, "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}})
    allowed["containerDefinitions"][0].update({
        "stopTimeout": 120, "logConfiguration": {"logDriver": "awsfirelens"}, "memory": 64, "memoryReservation": 64,
        "portMappings": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}, {"containerPort": 82, "hostPort": 0}],
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}], "healthCheck": {"command": ["CMD-SHELL", "true"]}})
    allowed["containerDefinitions"][1]["firelensConfiguration"] = {"type": "fluentbit"}
    status, output = check(allowed)
    tap.check("what is just allowed", status == 0, output)
    many = changed({})
    many["containerDefinitions"] = [{"name": f"c{i}", "image": "x"} for i in range(11)]
    status, output = check(many)
    tap.check("rule: eleven containers", status == 1 and "11 containers; ECS takes 10" in output, output)
    ec2 = changed({"requiresCompatibilities": ["EC2"], "networkMode": "host"})
    status, output = check(ec2)
    tap.check("not for Fargate: said so", status == 0 and "not for Fargate" in output, output)
    for name, document in (("an empty object", {}), ("another document", {"name": "x", "version": "1"}), ("an empty answer", {"taskDefinition": {}})):
        status, output = check(document)
        tap.check(f"no task definition: {name}", status == 1 and output.count(": error:") == 1 and "needs a list of container definitions" in output, output)
    # What describe-task-definition answers is looked into; what it adds belongs there.
    described = {"taskDefinitionArn": "arn", "revision": 7, "status": "ACTIVE", "registeredAt": 1.5, "compatibilities": ["EC2", "FARGATE"]}
    status, output = check({"taskDefinition": changed(described), "tags": []})
    tap.check("described: what is right", status == 0 and "app: skipped, it carries no label of ours" in output, output)
    for name, task, message in RULES:
        status, output = check({"taskDefinition": {**task, **described}, "tags": []})
        lines = [line for line in output.splitlines() if ": error: " in line]
        if "registration rejects it" not in message:
            tap.check(f"described: {name}", status == 1 and len(lines) == 1 and message in lines[0], output)
    for sizes in ("256 512", "256 1024", "256 2048", "512 1024", "1024 8192", "2048 4096", "4096 30720", "8192 61440", "16384 122880"):
        cpu, memory = sizes.split()
        status, output = check(changed({"cpu": cpu, "memory": memory}))
        tap.check(f"size {sizes}", status == 0, output)

    # What we write must pass.
    for delivery in ("init", "volumes-from", "embedded"):
        path = program.file("task.json", dumps(changed({})))
        options = ["--image-config", "side=" + program.file("image.json", '{"entrypoint": ["/e"]}')]
        status, wrapped, errors = program.run("task-definition", *BASE, "--delivery", delivery, "--ptrace", "--token-secret",
                                              SECRET, "--pid-mode", "task", *options, path)
        status, output = check(json.loads(wrapped))
        tap.check(f"what {delivery} gives passes, and is seen to be instrumented",
                  status == 0 and "app: instrumented" in output and "side: instrumented" in output, errors + output)
    path = program.file("task.json", dumps(changed({})))
    status, output, errors = program.run("plan", *BASE, *options, path)
    tap.check("plan", status == 0 and b"app: instrumented" in output and b'before: ["/e"]' in output and b"after:" in output
              and open(path).read() == dumps(changed({})), output.decode() + errors)
    status, output, errors = program.run("plan", *BASE, *options, "--format", "json", path)
    tap.check("plan in JSON", status == 0 and len(json.loads(output)["containers"]) == 2, errors)
    status, output, errors = program.run("plan", *BASE, *options, "--require", "3", path)
    tap.check("plan --require", status == 1 and b"3 are required" in output, output.decode())
    status, output, errors = program.run("plan", *BASE, "--offline", path)
    tap.check("plan: a refusal", status == 1 and b"side: refused" in output, output.decode())
    tap.finish()


if __name__ == "__main__":
    main()
