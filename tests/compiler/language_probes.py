#!/usr/bin/env python3
"""Statements of the rule language reference that its own cases leave out: one TAP line per section.

usage: language_probes.py TERCELC

A probe is a text and the codes that Falco gives for it, without LOAD_ and in short: E = ERR_; C, V, Y, O = COMPILE_CONDITION,
VALIDATE, YAML_VALIDATE, COMPILE_OUTPUT. Conditions stand in a rule for one event type, so that only they are judged.
"""
import json
import os
import sys
import tempfile

import run_cases

SHORT = {'EC': 'ERR_COMPILE_CONDITION', 'EV': 'ERR_VALIDATE', 'EY': 'ERR_YAML_VALIDATE', 'EO': 'ERR_COMPILE_OUTPUT',
         'EP': 'ERR_YAML_PARSE', 'C': 'COMPILE_CONDITION', 'UF': 'UNKNOWN_FILTER', 'D': 'DEPRECATED_ITEM'}

# condition -> codes; a rule that forgives unknown names.
CONDITIONS = {
    'fields and their arguments (4.15)': {
        'proc.name = x': '', 'proc.namex = x': 'UF', 'proc.name[1] = x': 'UF', 'proc.aname[2] = x': '',
        'proc.aname[-1] = x': '', 'proc.aname[x] = x': 'UF', 'proc.env["a]b"] = x': 'UF', 'evt.arg = x': 'EC',
        'evt.arg[a] = x': 'EC', 'evt.arg.flags = x': '', 'evt.arg.nosuch = x': 'EC', 'evt.arg.sizes = 5': 'UF',
        'evt.rawarg[0] exists': 'EC', 'evt.rawarg.fd = 5': '', 'evt.type.is.open = 1': '',
        'evt.type.is.getpid = 1': 'UF', 'thread.cgroup[x] = y': 'EC', 'thread.cgroup.cpu2 = y': 'UF',
        'evt.abspath = /x': '', 'evt.abspath.src = /x': '', 'fd.types[a] in (file)': 'EC', 'fd.types[1] in (file)': '',
        'evt.around[5] = 5': '', 'evt.around[5] != 5': 'EC', 'container.label.a = x': ''},
    'operators by type (4.2)': {
        'proc.pid contains 5': 'EC', 'fd.is_server < 1': 'EC', 'proc.name bcontains ab': 'EC', 'evt.buffer bcontains ab': '',
        'evt.buffer bcontains abc': 'EC', 'evt.buffer icontains ab': 'EC', 'fd.sip startswith 1': 'EC',
        'fd.sip = anyof (1.2.3.4)': '', 'fd.types = file': 'EC', 'fd.types intersects (file)': '', 'proc.name < 5': '',
        'evt.rawarg.addr = 5': 'EC', 'evt.rawarg.addr exists': '', 'evt.rawarg.data contains x': 'EC'},
    'constants (5)': {
        'proc.pid = 010': '', 'proc.pid = 0x10': 'EC', 'proc.pid = " 5"': '', 'proc.pid = "5 "': 'EC', 'proc.pid > 5.0': 'EC',
        'user.uid = -1': '', 'fd.sport = 65536': '', 'fd.sport = 99999999999': 'EC', 'fd.sport = http': '',
        'fd.sport = HTTP': 'EC', 'fd.sport = ""': '', 'fd.sport = -1': 'EC', 'fd.is_server = True': 'EC',
        'fd.sip = 010.0.0.1': 'EC', 'fd.sip = ::ffff:1.2.3.4': 'EC', 'fd.sip = ::1': '', 'fd.snet = 10.0.0.0': 'EC',
        'fd.snet = 10.0.0.0/264': '', 'fd.snet = 10.0.0.0/33': 'EC', 'fd.snet = ::/0': 'EC', 'fd.snet = ::1/64': '',
        'proc.name = ' + 'a' * 255: '', 'proc.name = ' + 'a' * 256: 'EC', 'proc.name = "\\x00"': 'EC',
        'thread.cpu = 5': '', 'thread.cpu > 5.5': 'EC', 'evt.type startswith op': 'UF', 'syscall.type = nosuch': ''},
    'transformers and right-hand fields (4.13, 4.14)': {
        'tolower(proc.pid) = x': 'EC', 'len(proc.pid) = 1': 'EC', 'len(fd.types) > 1': '', 'tolower(proc.aname) = x': 'EC',
        'concat(proc.aname[2], "x") = y': '', 'tolower(("A", proc.name)) in (a)': '', 'concat(len(proc.name), "x") = y': '',
        'concat(proc.pid, "x") = y': 'EC', 'join(",", proc.name) = x': 'EC', 'join(proc.name) = x': 'EC',
        'tolower(proc.name, "x") = y': 'EC', 'tolower(proc.name)[1] = y': 'EC', 'getopt((proc.name), "a:")[ab] = x': 'EC',
        'proc.pid = val(user.uid)': 'EC', 'proc.name = val(proc.pname)': '', 'proc.name pmatch val(proc.pname)': 'EC',
        'len(fd.types) = val(proc.nchilds)': 'EC', 'fd.snet = val(fd.cnet)': 'EC', 'proc.name = val(proc.pname)[x]': 'EC',
        'tolower(evt.type) = open': 'EC', 'tolower(evt.type) exists': 'EC', 'evt.type = val(proc.name)': 'EC'},
    'warnings (4.12)': {
        'proc.name regex abc': 'C', 'proc.name regex .*abc$': 'C', 'proc.name regex ^.*abc': '', 'proc.name regex a.c': '',
        'proc.name = proc.pname': 'C', 'proc.name = "proc. pname"': 'C', 'proc.name = "tolower(x)"': 'C',
        'proc.name in (a, proc.pid)': 'C', 'evt.dir = <': 'D', 'tolower(evt.dir) = x': 'D', 'ka.verb = <NA>': 'UF UNSAFE_NA_CHECK'},
    'grammar (3.3)': {
        'proc.name = a or(proc.name = b)': '', 'proc.name = a or(proc.name = b) and proc.pid = 5': 'EC',
        'proc.name = a or (proc.name = b) and proc.pid = 5': '', 'proc.name = a and(proc.name = b) and proc.pid = 5': '',
        'proc.name = oneof (a)': '', 'proc.name =oneof (a)': 'EC', 'proc.name in anyof (a)': 'EC', 'proc.name inx': ''},
}

OUTPUTS = {
    'outputs (6.1)': {
        'x': '', '%proc.name.x': '', '%proc.nameX': '', '%nosuch.f': 'UF', '100%': 'EO', '%5': 'EO', '%%proc.name': 'UF',
        '%10proc.name': '', '*': '', '*%proc.name': '', '%val(proc.name)': 'UF', '%tolower(proc.pid)': 'UF',
        '%evt.arg': 'UF', '%evt.arg.sizes': '', '%fd.ip': '', 'evt.dir': 'D', '%evt.latency.ns': 'D', '%container.info': 'D EO',
        '%container.info x': 'D', '%nosuch.f 5%': 'UF'},
}

R = '- {rule: R, desc: d, condition: evt.type = open, output: o, priority: INFO%s}\n'
E = R % ', exceptions: [{name: e, fields: proc.name, values: [a]}]'
FILES = {
    'exceptions (1.13)': {
        R % ', exceptions: [{name: e, fields: proc.name}, {name: e, fields: proc.name, values: x}]':
            'EY EXCEPTION_NAME_NOT_UNIQUE',
        R % ', exceptions: [{name: e, fields: proc.name, comps: []}]': '',
        R % ', exceptions: [{name: e, fields: [proc.name], comps: in, values: [[a]]}]': 'EV',
        R % ', exceptions: [{name: e, fields: [proc.name], values: [[~]]}]': 'EC',
        R % ', exceptions: [{name: e, fields: proc.name, values: [~]}]': '',
        E + '- {rule: R, override: {exceptions: append}, exceptions: [{name: f, fields: fd.name}]}\n': 'EV APPEND_NO_VALUES',
        '- {rule: R, append: true, exceptions: [{name: e}]}\n': 'EV D APPEND_NO_VALUES',
        E + '- {rule: R, append: true, exceptions: [{name: e, values: [b]}], output: "%zz"}\n': 'D'},
    'overrides and their order (1.9)': {
        R % '' + '- {rule: R, override: []}\n': 'EY', R % '' + '- {rule: R, override: [a], enabled: false}\n': 'EV',
        R % '' + '- {rule: R, override: {enabled: ~}, enabled: false}\n': 'EY',
        R % '' + '- {rule: R, override: {output: append, enabled: replace}, output: "%proc.name", enabled: no}\n': '',
        R % '' + '- {rule: R, override: {enabled: replace}, enabled: no, source: aws}\n': '',
        R % '' + '- {rule: R, override: {condition: replace}, condition: evt.type = close, source: aws}\n': 'EV',
        R % '' + '- {rule: R, enabled: no, source: aws, tags: x}\n': 'D'},
    'lists and macros (1.14, 1.15)': {
        '- {list: l, items: ["", a, b]}\n- {macro: m, condition: proc.name in (l)}\n' + R % '': 'UNUSED_MACRO',
        '- {list: l, items: [a, "", b]}\n- {macro: m, condition: proc.name in (l)}\n' + R % '': 'EC',
        '- {list: x y, items: [a]}\n- {macro: m, condition: proc.name in (x y)}\n' + R % '': 'INVALID_LIST_NAME UNUSED_MACRO',
        '- {macro: m, condition: zz}\n- {macro: m, condition: m}\n': 'EV',
        '- {macro: a, condition: b}\n- {macro: c, condition: "("}\n': 'EC',
        R % ', source: aws' + '- {macro: m, condition: nosuch.f = 1}\n': 'UNKNOWN_SOURCE UNUSED_MACRO'},
    'YAML (1.1, 1.3)': {
        R % ', enabled: yEs': 'EY', R % ', enabled: "OFF"': '', R % ', capture_duration: 08': 'EY',
        R % ', capture_duration: "+7 "': '', R % ', tags: [~]': 'EY', R % ', <<: {a: b}': 'UNKNOWN_KEY',
        R % ', output: "%zz"': '', '- list: a\n  items: [!!str ~]\n' + R % '': 'UNUSED_LIST', '- list: a\n  items: *x\n': 'EP',
        '- foo: 1\n---\nx\n': 'EY UNKNOWN_ITEM', '- foo: 1\n---\n- a: [\n': 'EP', '- {}\n': 'UNKNOWN_ITEM',
        '- required_engine_version: 0100\n': 'EV', '- required_engine_version: 077\n': '',
        '- required_engine_version: 0.63.0.9\n': '', '- required_engine_version: 63.0\n': 'EY',
        '- required_plugin_versions: [{name: a, version: bad, alternatives: [{name: b}]}]\n': 'EY'},
}


def rule(**keys):
    keys = {'rule': 'R', 'desc': 'd', 'priority': 'INFO', 'output': 'o', 'condition': 'evt.type = open', **keys}
    return '- ' + json.dumps({**keys, 'skip-if-unknown-filter': 'true'}) + '\n'


def sections():
    """Name, and (what is shown, YAML text, codes) of each probe."""
    for name, probes in CONDITIONS.items():
        yield name, [(text, rule(condition=f'evt.type = open and ({text})'), codes) for text, codes in probes.items()]
    for name, probes in OUTPUTS.items():
        yield name, [(text, rule(output=text), codes) for text, codes in probes.items()]
    for name, probes in FILES.items():
        yield name, [(text, text, codes) for text, codes in probes.items()]


def main():
    all_sections = list(sections())
    print(f'1..{len(all_sections)}')
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'rules.yaml')
        for number, (name, probes) in enumerate(all_sections, 1):
            problems = []
            for shown, text, wanted in probes:
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(text)
                codes = run_cases.falco_codes(sys.argv[1], path)[2]
                wanted = sorted('LOAD_' + SHORT.get(code, code) for code in wanted.split())
                if sorted(codes) != wanted:
                    problems.append(f'{shown!r}: {codes}, expected {wanted}')
            failed += len(problems)
            print(f'{"not ok" if problems else "ok"} {number} - {name}: {len(probes)} probes')
            for problem in problems:
                print('# ' + problem)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
