"""Templates for tests: values with intrinsic functions, ways to write them down, and what deployment makes of them."""

import json
import random
import re

import yaml


class Call:
    """An intrinsic function: Call("If", [...]) is Fn::If."""

    def __init__(self, name, argument):
        self.name, self.argument = name, argument

    def long_name(self):
        return self.name if self.name == "Ref" else "Fn::" + self.name


NO_VALUE = Call("Ref", "AWS::NoValue")


# ---- writing ----

def long_form(value):
    if isinstance(value, Call):
        return {value.long_name(): long_form(value.argument)}
    if isinstance(value, dict):
        return {key: long_form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [long_form(item) for item in value]
    return value


def scalar(value, source):
    if value is None:
        return source.choice(["null", "~"])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if re.fullmatch(r"[A-Za-z/][A-Za-z0-9/_.:-]*[A-Za-z0-9]", value) and source.random() < 0.6:
        return value
    if source.random() < 0.5:
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


def flow(value, source, short):
    if isinstance(value, Call):
        if not short:
            return "{" + json.dumps(value.long_name()) + ": " + flow(value.argument, source, short) + "}"
        return f"!{value.name} {flow(value.argument, source, short)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item, source, short)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, source, short) for item in value) + "]"
    return scalar(value, source)


def block(value, source, short, indent, dash):
    """Lines for what follows "key:" or "-"; the first one begins with a blank or a newline."""
    pad = " " * indent
    comment = lambda: source.choice(["", "", "", f"{pad}# {{ not: [code\n", "\n"])
    if isinstance(value, Call) and (not isinstance(value.argument, list) or source.random() < 0.6):
        return " " + flow(value, source, short) + "\n"
    if isinstance(value, Call):
        if not short:
            return "\n" + pad + value.long_name() + ":" + block(value.argument, source, short, indent + 2, dash)
        return f" !{value.name}" + block(value.argument, source, short, indent, dash)
    if value is None:
        return source.choice([" null\n", "\n", " ~\n"])
    if not value and not isinstance(value, (str, int)):
        return " {}\n" if isinstance(value, dict) else " []\n"
    if isinstance(value, (dict, list)) and source.random() < 0.15:
        return " " + flow(value, source, short) + "\n"
    if isinstance(value, dict):
        return "\n" + "".join(comment() + pad + key + ":" + block(item, source, short, indent + (dash if isinstance(item, list) else 2), dash)
                              for key, item in value.items())
    if isinstance(value, list):
        lines = "\n"
        for item in value:
            inner = block(item, source, short, indent + 2, dash)
            if isinstance(item, dict) and inner.startswith("\n" + pad + "  ") and source.random() < 0.7:
                inner = " " + inner[1 + indent + 2:]  # the first key beside the dash
            lines += comment() + pad + "-" + inner
        return lines
    if isinstance(value, str) and source.random() < 0.1 and value.strip() == value and value:
        return " |-\n" + pad + "  " + value + "\n"
    return " " + scalar(value, source) + source.choice(["", "", "  # why"]) + "\n"


def write(value, style, seed):
    source = random.Random(seed)
    if style == "json":
        return json.dumps(long_form(value), indent=source.choice([None, 1, 2, 4, "\t"]))
    if style == "yaml flow":
        return "".join(f"{key}: {flow(item, source, True)}\n" for key, item in value.items())
    return "---\n" + block(value, source, style == "yaml", 0, source.choice([0, 2]))[1:]


STYLES = ["json", "yaml", "yaml long", "yaml flow"]


# ---- reading ----

class Loader(yaml.SafeLoader):
    pass


def construct(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        argument = node.value
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        argument = loader.construct_mapping(node, deep=True)
    return {suffix if suffix == "Ref" else "Fn::" + suffix: argument}


Loader.add_multi_constructor("!", construct)


def read(text):
    if isinstance(text, bytes):
        text = text.decode()
    if text.startswith("{"):
        return json.loads(text)
    return yaml.load(text, Loader)


# ---- deploying ----

NOTHING = object()
LENIENT = object()  # instead of failing, leave functions that are not known as they are


def resolve(value, conditions, parameters, mode=None):
    """What deployment makes of it; NOTHING for AWS::NoValue."""
    again = lambda inner: resolve(inner, conditions, parameters, mode)
    if isinstance(value, list):
        items = [again(item) for item in value]
        return [item for item in items if item is not NOTHING]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), = value.items()
        if name == "Ref" and argument == "AWS::NoValue":
            return NOTHING
        if name == "Ref" and (argument in parameters or mode is not LENIENT):
            return parameters[argument]
        if name == "Fn::If":
            return again(argument[1 if conditions[argument[0]] else 2])
        if name == "Fn::Join":
            separator, items = again(argument)
            if isinstance(items, str):  # a list of the parameter's type
                items = items.split(",")
            if all(isinstance(item, str) for item in items) or mode is not LENIENT:
                return separator.join(items)
        if name == "Fn::Split":
            separator, text = again(argument)
            if isinstance(text, str):
                return text.split(separator)
        if name == "Fn::Sub" and isinstance(argument, str) and mode is not LENIENT:
            return re.sub(r"\$\{(\w+)\}", lambda match: str(parameters[match.group(1)]), argument)
    items = {key: again(item) for key, item in value.items()}
    return {key: item for key, item in items.items() if item is not NOTHING}
