#!/usr/bin/env python3
"""Hostile rule files through the real `tercelc check`: each ends with an error and a message, in bounded time and memory.

usage: check_bad_input.py TERCELC [--no-memory-limit]

The compiler runs with an address space of MEMORY_BYTES (sanitizers need more: --no-memory-limit).
"""
import os
import resource
import subprocess
import sys
import tempfile

MEMORY_BYTES = 1536 << 20
CPU_SECONDS = 60

RULE = '- rule: r\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n'


def aliases():
    lines = ['- list: l0\n  items: &a0 [x, x, x, x, x, x, x, x, x, x]\n']
    for level in range(1, 12):
        lines.append(f'- list: l{level}\n  items: &a{level} [{", ".join([f"*a{level - 1}"] * 10)}]\n')
    return ''.join(lines)


def doubling_macros():
    lines = ['- macro: m0\n  condition: (proc.name = a)\n']
    for level in range(1, 40):
        lines.append(f'- macro: m{level}\n  condition: (m{level - 1} or m{level - 1})\n')
    return ''.join(lines) + RULE % 'm39'


def doubling_lists():
    lines = ['- list: l0\n  items: [a, b]\n']
    for level in range(1, 40):
        lines.append(f'- list: l{level}\n  items: [l{level - 1}, "l{level - 1}"]\n')
    return ''.join(lines) + RULE % 'proc.name in (l39)'


# name, the file, part of what must be said, exit status; None: what it says is not fixed, but it must end well or with errors
CASES = [
    ('alias bomb', aliases, 'error', 1),
    ('aliases in a circle', lambda: '- list: l\n  items: &a [*a]\n', 'error', 1),
    ('10,000 flow sequences', lambda: '- list: l\n  items: ' + '[' * 10000 + ']' * 10000 + '\n', 'yaml-too-deep', 1),
    ('10,000 flow mappings', lambda: '- ' + '{a: ' * 10000 + 'b' + '}' * 10000 + '\n', 'yaml-too-deep', 1),
    ('10,000 block sequences', lambda: '- ' * 10000 + 'a\n', 'yaml-too-deep', 1),
    ('10,000 parentheses', lambda: RULE % ('(' * 10000 + 'proc.name = a' + ')' * 10000), 'condition-too-deep', 1),
    ('10,000 open parentheses', lambda: RULE % ('(' * 10000), 'condition-', 1),
    ('10,000 times not', lambda: RULE % ('not ' * 10001 + 'proc.name = a'), None, None),
    ('10,000 times not (', lambda: RULE % ('not (' * 10000 + 'proc.name = a' + ')' * 10000), 'condition-too-deep', 1),
    ('10,000 transformers', lambda: RULE % ('tolower(' * 10000 + 'proc.name' + ')' * 10000 + ' = a'), 'condition-', 1),
    ('10,000 transformers in an output',
     lambda: RULE % 'evt.type = open' + '  tags: []\n- rule: s\n  desc: d\n  condition: evt.type = open\n  output: "%' +
     'tolower(' * 10000 + 'proc.name' + ')' * 10000 + '"\n  priority: INFO\n', 'output-item', 1),
    ('a scalar of 100 MB', lambda: RULE % ('proc.name = ' + 'a' * (100 << 20)), None, 3),
    ('a scalar of 15 MB', lambda: RULE % ('proc.name = ' + 'a' * (15 << 20)), 'yaml-too-large', 1),
    ('NUL bytes', lambda: RULE % 'proc.name = a\0b', 'yaml-syntax', 1),
    ('invalid UTF-8', lambda: (RULE % 'proc.name = ').encode() + b'\xff\xfe\x80 \xc3\n', 'yaml-syntax', 1),
    ('a macro that uses itself', lambda: '- macro: m\n  condition: m\n' + RULE % 'm', 'undefined-macro', 1),
    ('macros in a circle', lambda: ''.join(f'- macro: m{i}\n  condition: m{(i + 1) % 500} or proc.name = a\n'
                                            for i in range(500)) + RULE % 'm0', 'error', 1),
    ('macros that double', doubling_macros, 'condition-too-large', 1),
    ('lists that double', doubling_lists, None, None),
    ('a list of 500,000 items',
     lambda: '- list: l\n  items: [' + ', '.join(f'item{i}' for i in range(500000)) + ']\n' + RULE % 'proc.name in (l)', None, None),
    ('a regular expression of 500,000 bytes', lambda: RULE % ('evt.type = open and fd.name regex ' + 'ab*' * 166666), 'error', 1),
    ('a regular expression that doubles', lambda: RULE % ('evt.type = open and fd.name regex "(a|b)*a(a|b){25}"'), 'error', 1),
    ('repetitions of repetitions', lambda: RULE % ('evt.type = open and fd.name regex "((a{1000}){1000}){1000}"'), 'error', 1),
    ('a glob of 500,000 stars', lambda: RULE % ('evt.type = open and fd.name glob "' + '*a?' * 166666 + '"'), None, None),
    ('pmatch of 20,000 wildcards', lambda: RULE % ('evt.type = open and fd.name pmatch (' +
                                                     ', '.join(f'/a*/b{i}*/?' for i in range(20000)) + ')'), None, None),
    ('100,000 unknown items', lambda: '- nothing: a\n' * 100000, 'unknown-item', 0),
    ('100,000 mistakes', lambda: '- rule: r\n' * 100000, 'missing-key', 1),
]


def limits(limit_memory):
    def apply():
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit_memory:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    return apply


def main():
    tercelc, limit_memory = sys.argv[1], '--no-memory-limit' not in sys.argv[2:]
    failed = 0
    print(f'1..{len(CASES)}')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'hostile.yaml')
        for number, (name, make, said, status) in enumerate(CASES, 1):
            content = make()
            with open(path, 'wb') as file:
                file.write(content if isinstance(content, bytes) else content.encode())
            with open(os.path.join(folder, 'out'), 'w+b') as out:
                process = subprocess.Popen([tercelc, 'check', path], stdout=out, stderr=subprocess.STDOUT,
                                           preexec_fn=limits(limit_memory))
                _, wait_status, usage = os.wait4(process.pid, 0)
                out.seek(0)
                output = out.read()
            exit_status = os.waitstatus_to_exitcode(wait_status)
            good = exit_status in ((status,) if status is not None else (0, 1))
            good = good and (said is None or said.encode() in output) and (exit_status == 0 or len(output) > 0)
            failed += not good
            print(f'{"ok" if good else "not ok"} {number} - {name}')
            print(f'#   exit status {exit_status}, {usage.ru_utime + usage.ru_stime:.1f} s CPU, {usage.ru_maxrss // 1024} MB')
            if not good:
                print('#   ' + output[:300].decode(errors='backslashreplace').replace('\n', '\n#   '))
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
