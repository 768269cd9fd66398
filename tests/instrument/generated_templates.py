"""Templates made at random: every kind of value, function and place that the tool has to know about."""

from cloudformation_oracle import NO_VALUE, Call, Shared

PARAMETERS = {"Command": "run it now", "Word": "--from-a-parameter", "Tag": "1", "Stage": "prod", "Words": ["one", "two words"],
              "Host": "example.com", "Empty": ""}
MAPPINGS = {"M": {"prod": {"Words": ["mapped", "words"], "Tag": "1", "Cpu": "256"}, "test": {"Tag": "2"}}}
# Images by what they have: an entry point, a command, both, none.
IMAGES = {f"example.com/x{e}{c}:1": {"entrypoint": ["/E"] if e else None, "cmd": ["C", "D"] if c else None} for e in (0, 1) for c in (0, 1)}
# Refusals that are right although some value of the conditions would do.
CAREFUL = ["has nothing to run", "is not known before deployment", "may be left out", "no mapping that is written out",
           "no list that is written out", "executionRoleArn", "only under some values", "an alias", "its alias"]


class Generator:
    def __init__(self, source):
        self.source, self.choose = source, source.choice
        self.shared = 0

    def often(self, probability):
        return self.source.random() < probability

    def condition(self):
        return self.choose(["A", "B", "A", "B", "C"])

    def tree(self, leaf, depth=0):
        """The leaf's values, perhaps behind conditions."""
        if depth >= 3 or self.often(0.6 if depth == 0 else 0.65):
            return leaf()
        return Call("If", [self.condition(), self.tree(leaf, depth + 1), self.tree(leaf, depth + 1)])

    def word(self, word):
        ref = Call("Ref", "Word")
        return self.choose([word, word, word, ref, Call("Sub", "${Word}-${!Literal}-${Tag}"), Call("Join", ["-", [word, Call("Ref", "Tag")]]),
                            Call("If", [self.condition(), word, ref]), Call("If", [self.condition(), word, NO_VALUE]),
                            Call("Select", [1, Call("Split", ["-", "a-b-c"])]), Call("FindInMap", ["M", Call("Ref", "Stage"), "Tag"]),
                            Call("GetAtt", ["Bucket", "Arn"]), Call("ImportValue", "x"), Call("Sub", ["${X}:y", {"X": ref}])])

    def words(self, word):
        more = lambda: [self.word(word) for _ in range(self.source.randint(0, 3))]
        return self.choose([
            lambda: [word], lambda: [word, *more()], lambda: [self.word(word), *more()], lambda: [word, "--", "é # x", "yes", "12", ": [", ""],
            lambda: [word, "two\nlines\n", "one\ntwo"], lambda: [word, "text", "{{resolve:ssm:x}}", "${X}", "!Ref y", "*a", "&a", "\U0001f600"],
            lambda: [word], lambda: NO_VALUE, lambda: NO_VALUE, lambda: [],
            lambda: Call("Split", [" ", Call("Ref", "Command")]), lambda: Call("Split", ["-", Call("Sub", "x-${Tag}-y")]),
            lambda: Call("Ref", "Words"), lambda: Call("FindInMap", ["M", Call("Ref", "Stage"), "Words"]),
            lambda: Call("Split", [",", Call("ImportValue", "words")]),
        ])()

    def entry(self, word):
        if self.often(0.03):
            return None
        if self.often(0.03):
            return [""]
        return self.tree(lambda: self.words(word))

    def some(self, item):
        """A list that may have the item."""
        maybe = lambda: self.choose([item(), item(), Call("If", [self.condition(), item(), NO_VALUE])])
        leaf = lambda: self.choose([lambda: [item()], lambda: [maybe()], lambda: [item(), maybe()], lambda: [], lambda: [], lambda: NO_VALUE])()
        return None if self.often(0.03) else self.tree(leaf)

    def object(self, members):
        """A mapping that may have these members, each made by a function."""
        return {name: make() for name, make in members.items() if self.often(0.5)}

    def linux_parameters(self):
        add = lambda: self.tree(lambda: self.choose([[], ["SYS_PTRACE"], NO_VALUE, [Call("Ref", "Word"), "SYS_PTRACE"]]))
        capabilities = lambda: self.choose([self.object({"Add": add, "Drop": lambda: ["ALL"]}), self.object({"Add": add, "Drop": lambda: ["ALL"]}), NO_VALUE, None])
        if self.often(0.05):
            return Call("If", [self.condition(), {"InitProcessEnabled": True}, NO_VALUE])
        return self.choose([self.object({"InitProcessEnabled": lambda: self.choose([True, Call("Ref", "Tag")]), "Capabilities": capabilities}), NO_VALUE, {}, None])

    def labels(self):
        mapping = lambda: self.choose([{}, {"a": "b"}, {"a": Call("Ref", "Tag"), "b c": "1"}, {"tercel.instrument": self.choose(["true", True])}])
        if self.often(0.08):
            return {"tercel.instrument": self.choose(["false", False]), "z": "y"}
        if self.often(0.03):
            return Call("If", [self.condition(), {"tercel.instrument": "false"}, self.choose([{"tercel.instrument": "false"}, {"a": "b"}])])
        return self.choose([mapping, mapping, lambda: NO_VALUE, lambda: None, lambda: Call("If", [self.condition(), mapping(), self.choose([mapping(), NO_VALUE])])])()

    def log(self):
        options = lambda: {"awslogs-group": self.choose(["/group", "/group", Call("Ref", "Word")]), "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "x"}
        literal = lambda: {"LogDriver": self.choose(["awslogs", "awslogs", "splunk"]), "Options": options()}
        return self.choose([literal, literal, lambda: Call("If", [self.condition(), literal(), NO_VALUE])])()

    def image(self):
        """(expression, whether it can be evaluated)"""
        e, c = self.choose([0, 1, 1]), self.choose([0, 1, 1])
        name, tail = f"example.com/x{e}{c}:1", f"x{e}{c}"
        return self.choose([
            name, name, name, Call("Sub", f"${{Host}}/{tail}:${{Tag}}"), Call("Join", ["/", [Call("Ref", "Host"), Call("Sub", tail + ":${Tag}")]]),
            Call("Sub", [f"${{Host}}/{tail}:${{T}}", {"T": Call("FindInMap", ["M", Call("Ref", "Stage"), "Tag"])}]),
            Call("Join", [":", [f"example.com/{tail}", Call("FindInMap", ["M", "test", "None", {"DefaultValue": Call("Ref", "Tag")}])]]),
            Call("Select", [Call("Ref", "Tag"), Call("Split", ["|", f"other|{name}|"])]), Call("If", [self.condition(), name, name]),
            Call("Select", ["0", [name, "x"]]), Call("Join", ["", [Call("Ref", "Host"), f"/{tail}:", Call("Length", ["x"])]]),
            Call("Join", ["", [name, Call("Ref", "Empty")]]),
        ])

    def environment(self):
        value = self.choose(["a: b", "line\nline", '{"a": "b"}', Call("Ref", "Tag"), "#no"])
        entries = [{"Name": "E", "Value": value}, {"Name": "é", "Value": "\t"}]
        if self.often(0.3) and self.shared:
            return self.shared
        if self.often(0.3) and not self.shared:
            self.shared = Shared("environment", entries)
            return self.shared
        return entries

    def container(self, name):
        container = {"Name": name, "Image": self.image()}
        members = {
            "EntryPoint": lambda: self.entry("/e"), "Command": lambda: self.entry("c"),
            "Essential": lambda: self.choose([True, "true", Call("Ref", "Tag")]),
            "MountPoints": lambda: self.some(lambda: {"SourceVolume": "v", "ContainerPath": "/v"}),
            "DependsOn": lambda: self.some(lambda: {"ContainerName": "z", "Condition": "START"}),
            "Secrets": lambda: self.some(lambda: {"Name": "S", "ValueFrom": Call("Sub", "x-${Tag}")}),
            "VolumesFrom": lambda: self.some(lambda: {"SourceContainer": "z"}),
            "LinuxParameters": self.linux_parameters, "DockerLabels": self.labels, "Environment": self.environment,
            "LogConfiguration": self.log, "PortMappings": lambda: [{"ContainerPort": Call("Ref", "Tag")}],
            "User": lambda: "1000", "WorkingDirectory": lambda: "/srv", "ReadonlyRootFilesystem": lambda: Call("If", [self.condition(), True, False]),
        }
        for member, make in members.items():
            if self.often(0.45 if member not in ("VolumesFrom", "User", "WorkingDirectory", "PortMappings") else 0.12):
                container[member] = make()
        items = list(container.items())
        self.source.shuffle(items)
        return dict(items)

    def containers(self):
        made = []
        for i in range(self.source.randint(1, 3)):
            name = self.choose([f"c{i}", f"c{i}", f"c{i}", Call("Sub", f"c{i}-${{Tag}}"), Call("Join", ["", ["c", str(i)]])])
            container, other = self.container(name), self.container(name)
            made.append(self.choose([
                container, container, container, Call("If", [self.condition(), container, NO_VALUE]), Call("If", [self.condition(), NO_VALUE, container]),
                Call("If", [self.condition(), container, other]), Call("If", [self.condition(), Call("If", [self.condition(), container, other]), NO_VALUE])]))
        if all(isinstance(container, Call) for container in made) or self.often(0.3):
            helper = {"Name": "z", "Image": "example.com/z", "EntryPoint": ["/z"]}
            made.insert(self.choose([0, len(made)]), helper)
        return made

    def task(self):
        task = {"ContainerDefinitions": self.containers()}
        for name, probability, make in [
            ("Family", 0.7, lambda: self.choose(["f", Call("Ref", "Stage")])), ("NetworkMode", 0.9, lambda: "awsvpc"),
            ("RequiresCompatibilities", 0.95, lambda: self.choose([["FARGATE"], ["FARGATE"], ["EC2", "FARGATE"]])),
            ("Cpu", 0.8, lambda: self.choose(["256", 256, Call("FindInMap", ["M", Call("Ref", "Stage"), "Cpu"])])), ("Memory", 0.8, lambda: self.choose(["512", 512])),
            ("ExecutionRoleArn", 0.95, lambda: self.choose([Call("GetAtt", ["Role", "Arn"]), Call("GetAtt", ["Role", "Arn"]), "arn:aws:iam::123456789012:role/x",
                                                            Call("If", ["A", "arn:aws:iam::123456789012:role/x", Call("Ref", "Role")])])),
            ("Volumes", 0.6, lambda: self.some(lambda: {"Name": "v"})),
            ("RuntimePlatform", 0.3, lambda: {"CpuArchitecture": self.choose(["ARM64", "X86_64"]), "OperatingSystemFamily": "LINUX"}),
            ("Tags", 0.5, lambda: [self.choose([{"Key": "k", "Value": "v"}, {"Key": "tercel-ignore-containers", "Value": "c1:nobody"},
                                                {"Key": Call("Ref", "Word"), "Value": Call("Ref", "Tag")}])]),
        ]:
            if self.often(probability):
                task[name] = make()
        if "RequiresCompatibilities" not in task:
            task["NetworkMode"] = "awsvpc"
        items = list(task.items())
        self.source.shuffle(items)
        resource = {"Type": "AWS::ECS::TaskDefinition"}
        for name, value in [("Metadata", {"Note": "x"}), ("Condition", "Always"), ("DependsOn", ["Bucket"]), ("DeletionPolicy", "Retain")]:
            if self.often(0.15):
                resource[name] = value
        resource["Properties"] = dict(items)
        items = list(resource.items())
        if self.often(0.3):
            self.source.shuffle(items)
        return dict(items)

    def template(self):
        resources = {"Bucket": {"Type": "AWS::S3::Bucket"}, "Task": self.task()}
        if self.often(0.2):
            resources["Second"] = self.task()
        if self.often(0.05):
            resources["Fn::ForEach::Tasks"] = ["X", ["P", "Q"], {"Looped${X}": self.task()}]
        if self.often(0.3):
            resources["Last"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "text that\nends\n"}}
        items = list(resources.items())
        self.source.shuffle(items)
        kind = lambda value: "CommaDelimitedList" if isinstance(value, list) else "String"
        default = lambda value: ",".join(value) if isinstance(value, list) else value
        return {"AWSTemplateFormatVersion": "2010-09-09", "Transform": "AWS::LanguageExtensions",
                "Parameters": {name: {"Type": kind(value), "Default": default(value)} for name, value in PARAMETERS.items()},
                "Mappings": MAPPINGS,
                "Conditions": {"A": Call("Equals", ["x", "y"]), "B": Call("Equals", ["x", "x"]), "C": Call("Not", [Call("Equals", ["x", "y"])]), "Always": Call("Equals", ["x", "x"])},
                "Resources": dict(items)}


def conditions_of(value):
    """The names that Fn::If uses, in a template as it was read."""
    if isinstance(value, list):
        return set().union(*map(conditions_of, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(conditions_of, value.values())) if value else set()
    if "Fn::If" in value:
        found.add(value["Fn::If"][0])
    return found
