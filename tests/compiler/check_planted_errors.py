#!/usr/bin/env python3
"""Plants each kind of mistake at each kind of place, in each way of writing a scalar, and asks for code, line and column.

usage: check_planted_errors.py TERCELC DIAGNOSTICS.def [STEP]      STEP 1: all of them (default: each seventh)

What the diagnostic must point at is written between two marks, which take no part in the file: they go through the
writing of the scalar and say afterwards where the text between them has come to stand.
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BEGIN, END = "\ue000", "\ue001"
MARKS = BEGIN + END


def mark(text):
    return text.replace("«", BEGIN).replace("»", END)


# ---- ways of writing a scalar: each gives the text behind "key: ", at the given indentation, or None where it cannot ----

def is_plain(text):
    bare = text.translate({ord(c): None for c in MARKS})
    return bare == bare.strip() and bare[:1] not in "\"'%*&!|>@`[]{}#,?:-" and ": " not in bare and " #" not in bare \
        and "\t" not in bare and "\n" not in bare


def lines_at_blanks(text, indent):
    """Breaks the text at blanks outside of the marks, so that folding makes it whole again."""
    parts, depth, line = [], 0, ""
    for c in text:
        depth += (c == BEGIN) - (c == END)
        if c == " " and depth == 0 and len(line) > 12 and line[-1] != " ":
            parts.append(line)
            line = ""
        else:
            line += c
    return ("\n" + " " * indent).join(parts + [line])


def plain(text, indent):
    return text if is_plain(text) else None


def plain_lines(text, indent):
    return lines_at_blanks(text, indent) if is_plain(text) else None


def single(text, indent):
    return "'" + text.replace("'", "''") + "'" if "\n" not in text else None


def single_lines(text, indent):
    return "'" + lines_at_blanks(text.replace("'", "''"), indent) + "'" if "\n" not in text and "\t" not in text else None


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")


def double(text, indent):
    return '"' + escaped(text) + '"'


def double_lines(text, indent):
    return '"' + lines_at_blanks(escaped(text), indent) + '"'


def double_continued(text, indent):
    return '"' + lines_at_blanks(escaped(text), indent).replace("\n" + " " * indent, " \\\n" + " " * indent) + '"'


def double_by_numbers(text, indent):
    """Blanks and what is not ASCII as numbers: one character of the text is four to six of the file."""
    out = ""
    for c in text:
        if c in MARKS:
            out += c
        elif c == " ":
            out += "\\x20"
        elif ord(c) > 127:
            out += f"\\u{ord(c):04x}"
        else:
            out += escaped(c)
    return '"' + out + '"'


def block(header, fold):
    def write(text, indent):
        if text != text.strip(" "):
            return None
        body = lines_at_blanks(text, indent) if fold and "\n" not in text else text.replace("\n", "\n" + " " * indent)
        if fold and "\n" in text:
            return None
        return header.format(indent - 2) + "\n" + " " * indent + body
    return write


STYLES = {
    "plain": plain, "plain lines": plain_lines, "single": single, "single lines": single_lines, "double": double,
    "double lines": double_lines, "double continued": double_continued, "double by numbers": double_by_numbers,
    "literal": block("|", False), "literal stripped": block("|-", False), "literal kept": block("|+", False),
    "literal with a comment": block("|- # text", False), "literal, indentation told": block("|{}-", False),
    "folded": block(">", True), "folded stripped": block(">-", True), "folded, indentation told": block(">{}", True),
}

# ---- mistakes: (id, text with what must be pointed at between « and ») ----

CONDITIONS = [
    ("unknown-name", "«proc.nope» = 3"), ("unknown-name", "«proc.aname[x]» = 3"), ("unknown-name", "evt.type in (close, «zork»)"),
    ("undefined-macro", "«no_such_macro»"), ("undefined-macro", "not «no_such_macro»"),
    ("condition-check", "proc.pid = «abc»"), ("condition-check", 'proc.pid = «"a c"»'), ("condition-check", "proc.pid in (1, «x», 3)"),
    ("condition-check", "fd.sip = «1.2.3»"), ("condition-check", "fd.snet = «10.0.0.0»"),
    ("condition-syntax", "proc.name = a «b»"), ("condition-syntax", 'proc.name = "a" «"x"»'),
    ("doubtful-condition", "proc.name = «proc.pname»"), ("doubtful-condition", "proc.name in (a, «proc.pname»)"),
    ("deprecated-field", "«evt.latency» > 5"),
]
OUTPUTS = [
    ("output-item", "«%proc.nope»"), ("output-item", "%proc.name «%tolower(proc.pid)»"), ("output-item", "100«%» sure"),
    ("deprecated-container-info", "«%container.info» x"),
]
SCALARS = [  # (key, id, text)
    ("priority", "invalid-priority", "«WARN»"), ("priority", "invalid-priority", "«not one»"),
    ("enabled", "bad-scalar", "«perhaps»"), ("capture_duration", "bad-scalar", "«5 x»"),
]

# Mistakes of structure, in files of their own; %R is a rule without one.
STRUCTURES = [
    ("document-shape", "«t»ext\n"), ("item-shape", "- «text»\n"), ("unknown-item", "- «t»hing: 1\n"),
    ("unknown-key", "%R  «color»: red\n"), ("key-shape", "%R  ? «[a]»\n  : b\n"),
    ("yaml-syntax", "- rule: A\n«\t»desc: d\n"), ("yaml-syntax", "- rule: [\n«»"),
    ("missing-key", "- rule: «A»\n  desc: d\n  output: x\n  priority: INFO\n"),
    ("null-value", "%R  enabled:«»\n"), ("not-scalar", "%R  enabled: «[a]»\n"), ("empty-string", "%R  source: «''»\n"),
    ("not-sequence", "%R  tags: «foo»\n"), ("sequence-value", "%R  tags: [é, «[b]»]\n"),
    ("engine-version-syntax", "- required_engine_version: «abc»\n"), ("engine-version", "- required_engine_version: «9.0.0»\n"),
    ("plugin-requirement-shape", "- required_plugin_versions: [«a»]\n"),
    ("plugin-version", "- required_plugin_versions: [{name: json, version: «1.x»}]\n"),
    ("plugin-alternatives", "- required_plugin_versions: [{name: json, version: 0.7.0, "
                            "alternatives: [{name: «json», version: 0.6.0}]}]\n"),
    ("invalid-list-name", "- list: «é b»\n  items: [x]\n"), ("invalid-macro-name", "- macro: «1m»\n  condition: evt.type = open\n"),
    ("deprecated-append", "%R- rule: A\n  append: «true»\n  condition: and proc.name = x\n"),
    ("deprecated-enable", "%R- rule: A\n  enabled: «false»\n"),
    ("append-and-override", "- rule: A\n  append: true\n  override: «{condition: append}»\n  condition: x\n"),
    ("append-without-target", "- rule: «N»\n  override: {condition: append}\n  condition: x\n"),
    ("append-nothing", "%R- rule: «A»\n  append: true\n  output: y\n"),
    ("replace-without-target", "- rule: «N»\n  override: {desc: replace}\n  desc: x\n"),
    ("enable-without-target", "- rule: «N»\n  enabled: false\n"),
    ("override-shape", "%R- rule: A\n  override: «[x]»\n  desc: x\n"),
    ("override-operation", "%R- rule: A\n  override: {desc: «chop»}\n  desc: x\n"),
    ("override-without-key", "%R- rule: A\n  override: «{desc: append}»\n"),
    ("key-without-override", "%R- rule: A\n  override: {desc: append}\n  desc: x\n  tags: «[a]»\n"),
    ("different-source", "%R- rule: «A»\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: INFO\n  source: y\n"),
    ("unknown-source", "- rule: «N»\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: INFO\n  source: y\n"),
    ("exception-shape", "%R  exceptions: «x»\n"), ("exception-fields", "%R  exceptions: [{name: é, fields: «[]»}]\n"),
    ("exception-length", "%R  exceptions: [{name: é, fields: [proc.name], values: [«[a, b]»]}]\n"),
    ("exception-operator", "%R  exceptions: [{name: é, fields: [proc.name], comps: [«like»]}]\n"),
    ("exception-field", "%R  exceptions: [{name: é, fields: [«proc.nope»]}]\n"),
    ("exception-values", "%R  exceptions: [{name: é, fields: proc.name, values: [«[a]»]}]\n"),
    ("exception-not-unique", "%R  exceptions: [{name: é, fields: proc.name}, {name: «é», fields: fd.name}]\n"),
    ("exception-append", "%R  exceptions: [{name: é, fields: [proc.name]}]\n- rule: A\n  override: {exceptions: append}\n"
                         "  exceptions: [{name: é, comps: «[in]», values: [[a]]}]\n"),
    ("exception-no-values", "%R  exceptions: [{name: é, fields: [proc.name]}]\n- rule: A\n  override: {exceptions: append}\n"
                            "  exceptions: [{name: «é»}]\n"),
    ("unused-macro", "- macro: «m»\n  condition: proc.name = x\n"), ("unused-list", "- list: «l»\n  items: [a]\n"),
    ("macro-loop", "- macro: m\n  condition: evt.type = open\n- macro: m\n  condition: or «m»\n  override: {condition: append}\n"),
    ("forgiven-name", "- rule: N\n  desc: d\n  condition: evt.type = «zork»\n  output: x\n  priority: INFO\n"
                      "  skip-if-unknown-filter: true\n"),
    ("no-event-type", "- rule: N\n  desc: é\n  condition: «proc.name = x»\n  output: x\n  priority: INFO\n"),
    ("unsafe-na-check", "- rule: N\n  desc: é\n  condition: evt.type = open and «ka.x = \"<NA>\"»\n  output: x\n  priority: INFO\n"),
    ("output-syntax", "- rule: N\n  desc: d\n  condition: evt.type = open\n  output: é «%»\n  priority: INFO\n"),
    ("condition-too-deep", "- rule: N\n  desc: d\n  condition: " + "(" * 199 + "«(»a" + ")" * 200 + "\n  output: x\n  priority: INFO\n"),
]
BEFORE = ["", "# é 日本\n---\n", "--- # é\n- rule: E\n  desc: >\n    folded\n\n    日本\n  condition: |\n    evt.type = open\n\n"
          "  output: \"a\n    b\"\n  priority: INFO\n---\n"]
# What takes large files: check_bad_input.py has those.
PLANTED_ELSEWHERE = {"yaml-too-deep", "yaml-too-large", "text-too-long", "memory-limit", "condition-too-large"}

# What stands before a mistake: quotes, escapes and characters of several bytes, that each way of writing treats its own way.
CONDITION_LEADS = ["evt.type = open and ", 'evt.type = open and proc.name != "é ü" and ',
                   "evt.type = open and proc.name != 'it is' and proc.exe != \"a\\tb \\x41\" and ",
                   "evt.type = open\tand proc.cmdline != 日本 and ", "evt.type = open\nand proc.name != x\nand "]
CONDITION_TAILS = ["", " and proc.name != \"é\""]
OUTPUT_LEADS = ["x ", "\"é\" it's 日本 \\ ", "a=%proc.name b=%fd.name "]


def rule(name, condition="evt.type = open", output="x", priority="INFO", more=""):
    return (f"- rule: {name}\n  desc: d\n  condition: {condition}\n  output: {output}\n  priority: {priority}\n{more}")


PLACES = {
    "rule": lambda text: rule("É", condition=text),
    "macro": lambda text: f"- macro: m\n  condition: {text}\n" + rule("A", condition="m"),
    "appended to a rule": lambda text: rule("A") + f"- rule: A\n  override: {{condition: append}}\n  condition: {text}\n",
    "second document": lambda text: "# é\n---\n- list: l\n  items: [a]\n---\n" + rule("A", condition=text),
}


def condition_cases():
    for (identifier, bad), lead, tail, (place, around), (style, write) in itertools.product(
            CONDITIONS, CONDITION_LEADS, CONDITION_TAILS, PLACES.items(), STYLES.items()):
        if identifier == "condition-syntax" and tail and '"' in bad:
            continue
        text = lead + bad + tail
        if place == "appended to a rule":
            text = "and " + text.replace("evt.type = open\n", "evt.type = open ")
        written = write(mark(text), 6)
        if written is not None:
            yield f"{place}, {style}", identifier, around(written)


def output_cases():
    for (identifier, bad), lead, (style, write) in itertools.product(OUTPUTS, OUTPUT_LEADS, STYLES.items()):
        written = write(mark(lead + bad), 6)
        if written is not None:
            yield f"output, {style}", identifier, rule("A", output=written)


def scalar_cases():
    for (key, identifier, bad), (style, write) in itertools.product(SCALARS, STYLES.items()):
        if style in ("literal", "literal kept", "folded", "folded, indentation told"):
            continue  # their line break at the end is a part of the value
        written = write(mark(bad), 6)
        if written is None:
            continue
        if style.startswith(("single", "double")):
            written = BEGIN + written.translate({ord(c): None for c in MARKS}) + END  # the whole scalar, quotes and all
        yield f"{key}, {style}", identifier, (rule("A", priority=written) if key == "priority"
                                              else rule("A", more=f"  {key}: {written}\n"))


def structure_cases():
    for (identifier, bad), before in itertools.product(STRUCTURES, BEFORE):
        if identifier == "yaml-syntax" and before.startswith("---"):
            continue
        yield "structure", identifier, before + mark(bad.replace("%R", rule("A")))


def position(text, index):
    """Line and column of a place in the file, both from 1, columns in characters."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def expected_place(marked):
    begin = marked.index(BEGIN)
    end = marked.index(END) - 1
    text = marked.replace(BEGIN, "").replace(END, "")
    return text, position(text, begin), position(text, end)


class Checker:
    def __init__(self, tercelc, folder):
        self.tercelc, self.folder = tercelc, folder
        self.count, self.failures, self.seen = 0, [], {}

    def run(self, batch):
        """One run of the compiler for each: mistakes of one file would mix with those of the next."""
        for what, identifier, marked, line_end in batch:
            text, start, end = expected_place(marked)
            path = self.folder / "planted.yaml"
            path.write_bytes(text.replace("\n", line_end).encode())
            result = subprocess.run([self.tercelc, "check", "--format", "json", str(path)], capture_output=True, check=False)
            found = [d for d in json.loads(result.stdout)["diagnostics"] if d["id"] == identifier or d["id"] != "unused-list"]
            got = [(d["id"], (d["line"], d["column"])) for d in found]
            self.count += 1
            self.seen.setdefault(identifier, set()).add(what)
            is_right = (identifier, start) in got
            # Syntax errors of conditions are points; everything else spans what is wrong.
            if is_right and identifier != "condition-syntax":
                spans = [(d["end_line"], d["end_column"]) for d in found if (d["id"], (d["line"], d["column"])) == (identifier, start)]
                is_right = end in spans
            errors = [(d["line"], d["column"]) for d in found if d["severity"] == "error"]
            if len(set(errors)) != len(errors) or len(set(got)) != len(got):
                is_right = False  # two for one cause
            if not is_right:
                self.failures.append(f"{what} ({'CRLF' if len(line_end) > 1 else 'LF'}): wanted {identifier} at {start}-{end}, got "
                                     f"{[(d['id'], d['line'], d['column'], d['end_line'], d['end_column']) for d in found]}\n{text}")


def main():
    written = list(condition_cases()) + list(output_cases()) + list(scalar_cases())
    structures = list(structure_cases())
    names = set(re.findall(r'^DIAGNOSTIC\(\w+, "([\w-]+)"', pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"), re.M))
    planted = {identifier for _, identifier, _ in written + structures}
    # Each mistake in each way of writing at each place, with what stands before and behind it in turn; 1 is all of them.
    step = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(sys.argv[1], pathlib.Path(folder))
        checker.run((*case, "\n" if i // step % 2 else "\r\n") for i, case in enumerate(written) if i % step == 0)
        checker.run((*case, line_end) for case in structures for line_end in ("\n", "\r\n"))
    if planted | PLANTED_ELSEWHERE != names:
        checker.failures.append(f"planted, but no diagnostic, or the reverse: {sorted((planted | PLANTED_ELSEWHERE) ^ names)}\n")
    for failure in checker.failures[:10]:
        print("# " + failure.replace("\n", "\n# "))
    print("1..1")
    print(f"{'not ok' if checker.failures else 'ok'} 1 - {checker.count} planted mistakes of {len(checker.seen)} kinds"
          f"{f', {len(checker.failures)} at a wrong place' if checker.failures else ''}")
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
