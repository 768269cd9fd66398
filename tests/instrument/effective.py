"""What ECS makes of a task definition, for comparing two of them."""

import copy


def effective(task):
    """Without labels, and with joined words taken apart as the agent does."""
    task = copy.deepcopy(task)
    for container in task["ContainerDefinitions"]:
        labels = container.get("DockerLabels") or {}
        labels.pop("tercel.instrumented", None)
        if not labels:
            container.pop("DockerLabels", None)
        for name in ("MountPoints", "DependsOn", "Secrets", "Command"):
            if name in container and not container[name]:
                del container[name]
        words = container.get("EntryPoint")
        if words and "--prepend-joined" in words:
            at = words.index("--prepend-joined")
            if isinstance(words[at + 2], str):
                container["EntryPoint"] = words[:at] + words[at + 3:] + words[at + 2].split(words[at + 1])
    # Where a file ends in a block scalar, our container comes before the last one.
    task["ContainerDefinitions"].sort(key=lambda container: container.get("Name") == "tercel-init")
    if not task.get("Volumes", True):
        del task["Volumes"]
    return task
