#!/usr/bin/env python3
"""Compares what the lints find in the published rules with the list in docs/lints.md.

usage: check_upstream_lints.py TERCELC SOURCE_ROOT      prints TAP
"""
import json
import os
import re
import subprocess
import sys

FILES = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']


def found(tercelc, folder, *options):
    result = subprocess.run([tercelc, 'check', '--format', 'json', *options, *FILES], cwd=folder, stdout=subprocess.PIPE,
                            check=True, timeout=120)
    return {(f'{d["file"]}:{d["line"]}:{d["column"]}', d['id']) for d in json.loads(result.stdout)['diagnostics']}


def listed(root):
    with open(os.path.join(root, 'docs', 'lints.md'), encoding='utf-8') as file:
        return set(re.findall(r'^\| `([^`]+:\d+:\d+)` \| `([^`]+)` \|', file.read(), re.M))


def ids_that_are_off(tercelc):
    result = subprocess.run([tercelc, 'list', 'diagnostics', '--format', 'json'], stdout=subprocess.PIPE, check=True, timeout=60)
    return {d['id'] for d in json.loads(result.stdout)['diagnostics'] if not d['on_by_default']}


def report(number, title, expected, got):
    same = expected == got
    print(f'{"ok" if same else "not ok"} {number} - {title}')
    for place, lint in sorted(expected - got):
        print(f'# listed, not found: {place} {lint}')
    for place, lint in sorted(got - expected):
        print(f'# found, not listed: {place} {lint}')
    return same


def main():
    tercelc, root = os.path.abspath(sys.argv[1]), sys.argv[2]
    folder = os.environ.get('TERCEL_UPSTREAM_RULES') or os.path.join(root, '..', 'shared', 'upstream-rules')
    missing = [name for name in FILES if not os.path.exists(os.path.join(folder, name))]
    print('1..2')
    if missing:
        for number, title in (1, 'all lints'), (2, 'lints that are on by default'):
            print(f'ok {number} - {title} # SKIP no {os.path.join(folder, missing[0])}')
        return 0
    off = ids_that_are_off(tercelc)
    on = {(place, lint) for place, lint in listed(root) if lint not in off}
    results = [report(1, 'all lints', listed(root), found(tercelc, folder, '--warn', 'all')),
               report(2, 'lints that are on by default', on, found(tercelc, folder))]
    return 0 if all(results) else 1


if __name__ == '__main__':
    sys.exit(main())
