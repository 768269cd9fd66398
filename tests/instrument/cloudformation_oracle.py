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


class Shared:
    """A value that YAML can write once, with an anchor, and then as an alias; elsewhere it is written out each time."""

    def __init__(self, name, value):
        self.name, self.value = name, value


# ---- writing ----

def long_form(value):
    if isinstance(value, Shared):
        return long_form(value.value)
    if isinstance(value, Call):
        return {value.long_name(): long_form(value.argument)}
    if isinstance(value, dict):
        return {key: long_form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [long_form(item) for item in value]
    return value


YAML_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


class Writer:
    """YAML in many ways; `tags`: "short", "long", or "mixed"."""

    def __init__(self, source, tags, dash, unit, newlines_in_brackets):
        self.source, self.tags, self.dash, self.unit = source, tags, dash, unit
        self.newlines_in_brackets = newlines_in_brackets
        self.anchors = set()

    def is_short(self):
        return self.tags == "short" or (self.tags == "mixed" and self.source.random() < 0.5)

    def scalar(self, value):
        if value is None:
            return self.source.choice(["null", "~"])
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if re.fullmatch(r"[A-Za-z/][A-Za-z0-9/_.:-]*[A-Za-z0-9]", value) and value not in YAML_WORDS and self.source.random() < 0.6:
            return value
        if self.source.random() < 0.5 and "\n" not in value:
            return "'" + value.replace("'", "''") + "'"
        # Surrogates are JSON's alone.
        return json.dumps(value, ensure_ascii=self.source.random() < 0.5 and max(value, default="") <= "\uffff")

    def key(self, key):
        plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.:-]*", key) and not key.endswith(":") and key not in YAML_WORDS
        return key if plain and self.source.random() < 0.93 else self.source.choice([json.dumps(key), f"'{key}'"])

    def anchor(self, value):
        """(value, text before it, text in its place)"""
        if not isinstance(value, Shared):
            return value, "&unused" + str(self.source.randrange(10**9)) + " " if self.source.random() < 0.004 else "", None
        if value.name in self.anchors:
            return value.value, "", "*" + value.name
        self.anchors.add(value.name)
        return value.value, f"&{value.name} ", None

    def gap(self, pad):
        """Between two things in brackets."""
        if pad is None or self.source.random() >= self.newlines_in_brackets:
            return " "
        return self.source.choice(["\n", "\n", "  # why, [not\n", "\n\n"]) + pad

    def flow(self, value, pad=None, is_tagged=False):
        value, before, alias = (value, "", None) if is_tagged else self.anchor(value)  # one anchor at most
        if alias:
            return alias + " "  # before a comma, a bracket, a colon
        if isinstance(value, Call):
            if not self.is_short():
                return before + "{" + self.key(value.long_name()) + ": " + self.flow(value.argument, pad) + "}"
            if isinstance(value.argument, Shared):
                value = Call(value.name, value.argument.value)
            return f"{before}!{value.name} {self.flow(value.argument, pad, True)}"
        if isinstance(value, dict):
            return before + "{" + ("," + self.gap(pad)).join(f"{self.key(key)}: {self.flow(item, pad)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return before + "[" + ("," + self.gap(pad)).join(self.flow(item, pad) for item in value) + "]"
        return before + self.scalar(value)

    def text_block(self, value, pad):
        """A string as a block scalar, or None."""
        body = value[:-1] if value.endswith("\n") else value
        if not body or body != body.strip() or any(line != line.strip() for line in body.split("\n")) or self.source.random() >= 0.25:
            return None
        sign = self.source.choice(["|", ">"]) if "\n" not in body else "|"
        return f" {sign}{'' if value.endswith(chr(10)) else '-'}\n" + "".join((pad + line if line else "") + "\n" for line in body.split("\n"))

    def block(self, value, indent, is_tagged=False):
        """Lines for what follows "key:" or "-"; the first one begins with a blank or a newline."""
        value, before, alias = (value, "", None) if is_tagged else self.anchor(value)
        pad = " " * indent
        if alias:
            return f" {alias}\n"
        lead = " " + before.rstrip() if before else ""
        inner_flow = lambda inner: self.flow(inner, pad + "  ")
        if isinstance(value, Call) and (not isinstance(value.argument, list) or self.source.random() < 0.6):
            return lead + " " + inner_flow(value) + "\n"
        if isinstance(value, Call):
            if not self.is_short():
                return lead + "\n" + pad + self.key(value.long_name()) + ":" + self.block(value.argument, indent + 2)
            return f"{lead} !{value.name}" + self.block(value.argument, indent, True)
        if value is None:
            return lead + self.source.choice([" null\n", "\n", " ~\n"])
        if not value and not isinstance(value, (str, int)):
            return lead + (" {}\n" if isinstance(value, dict) else " []\n")
        if isinstance(value, (dict, list)) and self.source.random() < 0.15:
            return lead + " " + inner_flow(value) + "\n"
        if isinstance(value, dict):
            return lead + "\n" + "".join(self.comment(pad) + pad + self.key(key) + ":" + self.block(
                item, indent + (self.dash if isinstance(item, list) or isinstance(item, Shared) and isinstance(item.value, list) else self.unit))
                for key, item in value.items())
        if isinstance(value, list):
            lines = lead + "\n"
            for item in value:
                inner = self.block(item, indent + 2)
                if isinstance(item, dict) and inner.startswith("\n" + pad + "  ") and self.source.random() < 0.7:
                    inner = " " + inner[1 + indent + 2:]  # the first key beside the dash
                lines += self.comment(pad) + pad + "-" + inner
            return lines
        text = self.text_block(value, pad + " " * self.unit) if isinstance(value, str) else None
        return lead + text if text else lead + " " + self.scalar(value) + self.source.choice(["", "", "  # why"]) + "\n"

    def comment(self, pad):
        return self.source.choice(["", "", "", "", f"{pad}# {{ not: [code é\n", "\n"])


def write(value, style, seed):
    source = random.Random(seed)
    if style == "json":
        indent = source.choice([None, 1, 2, 3, 4, "\t"])
        text = json.dumps(long_form(value), indent=indent, ensure_ascii=source.random() < 0.5,
                          separators=(",", source.choice([": ", ":", " : "])) if indent or source.random() < 0.5 else None)
    else:
        tags = {"yaml long": "long", "yaml mixed": "mixed"}.get(style, "short")
        writer = Writer(source, tags, source.choice([0, 2]), source.choice([2, 2, 2, 4, 3]), source.choice([0, 0, 0.1, 0.9]))
        if style == "yaml braces":
            text = writer.flow(value, "  ") + source.choice(["\n", "\n# the end\n"])
        elif style == "yaml flow":
            text = "".join(f"{key}: {writer.flow(item, '  ')}\n" for key, item in value.items())
        else:
            text = source.choice(["---\n", "", "# first\n"]) + writer.block(value, 0).lstrip("\n")
    if source.random() < 0.15:
        text = text.replace("\n", "\r\n")
    if source.random() < 0.1:
        text = text.rstrip("\r\n")
    return "\ufeff" + text if source.random() < 0.05 else text


STYLES = ["json", "yaml", "yaml long", "yaml flow"]
MORE_STYLES = STYLES + ["yaml mixed", "yaml braces"]


# ---- reading ----

class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
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
        text = text.decode("utf-8-sig")
    text = text.removeprefix("\ufeff")
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            pass  # YAML in braces
    return yaml.load(text, Loader)


# ---- deploying ----

NOTHING = object()
LENIENT = object()  # instead of failing, leave functions that are not known as they are


def substitute(text, own, parameters):
    value = lambda name: str(own[name] if name in own else parameters[name])
    return re.sub(r"\$\{(!?)([\w:]+)\}", lambda match: "${" + match.group(2) + "}" if match.group(1) else value(match.group(2)), text)


def call(name, argument, parameters, mappings, mode):
    """The value of a function whose arguments are resolved; NotImplemented: it stays as it is."""
    if name == "Fn::Join":
        separator, items = argument
        if isinstance(items, list) and (all(isinstance(item, str) for item in items) or mode is not LENIENT):
            return separator.join(items)
        if isinstance(items, str):
            return separator.join(items.split(","))
    if name == "Fn::Split" and isinstance(argument[1], str):
        return argument[1].split(argument[0])
    if name == "Fn::Select" and isinstance(argument[1], list):
        return argument[1][int(argument[0])]
    if name == "Fn::FindInMap" and all(isinstance(key, str) for key in argument[:3]) and argument[0] in mappings:
        try:
            return mappings[argument[0]][argument[1]][argument[2]]
        except KeyError:
            return argument[3]["DefaultValue"]
    if name == "Fn::Length" and isinstance(argument, list):
        return len(argument)
    if name == "Fn::Sub" and mode is not LENIENT:
        text, own = (argument, {}) if isinstance(argument, str) else argument
        return substitute(text, own, parameters)
    return NotImplemented


def resolve(value, conditions, parameters, mode=None, mappings=None):
    """What deployment makes of it; NOTHING for AWS::NoValue."""
    if mappings is None:
        mappings = value.get("Mappings", {}) if isinstance(value, dict) else {}
    again = lambda inner: resolve(inner, conditions, parameters, mode, mappings)
    if isinstance(value, list):
        items = [again(item) for item in value]
        return [item for item in items if item is not NOTHING]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, argument), = value.items()
        if name == "Ref" and argument == "AWS::NoValue":
            return NOTHING
        if name == "Ref" and argument in parameters:
            return parameters[argument]
        if name == "Fn::If":
            return again(argument[1 if conditions[argument[0]] else 2])
        if name.startswith("Fn::"):
            result = call(name, again(argument), parameters, mappings, mode)
            if result is not NotImplemented:
                return result
    items = {key: again(item) for key, item in value.items()}
    return {key: item for key, item in items.items() if item is not NOTHING}
