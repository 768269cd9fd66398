#!/usr/bin/env python3
"""The published rule files load without an error, alone and together.

usage: check_upstream_rules.py TERCELC SOURCE_ROOT
"""
import json
import os
import subprocess
import sys

FILES = {'falco_rules.yaml': 25, 'falco-incubating_rules.yaml': 31, 'falco-sandbox_rules.yaml': 37}


def run(*arguments):
    result = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return result.returncode, result.stdout.decode(errors='replace')


def main():
    tercelc, root = sys.argv[1:3]
    folder = os.environ.get('TERCEL_UPSTREAM_RULES') or os.path.join(root, '..', 'shared', 'upstream-rules')
    paths = [os.path.join(folder, name) for name in FILES]
    cases = [([path], FILES[os.path.basename(path)]) for path in paths] + [(paths, sum(FILES.values()))]
    print(f'1..{len(cases)}')
    failed = 0
    for number, (names, count) in enumerate(cases, 1):
        title = ' '.join(os.path.basename(name) for name in names)
        missing = [name for name in names if not os.path.exists(name)]
        if missing:
            print(f'ok {number} - {title} # SKIP no {missing[0]}')
            continue
        status, output = run(tercelc, 'check', *names)
        problem = None if status == 0 else output
        if problem is None:
            _, output = run(tercelc, 'show', '--format', 'json', *names)
            rules = json.loads(output)
            if len(rules) != count:
                problem = f'{len(rules)} rules, expected {count}'
        failed += problem is not None
        print(f'{"ok" if problem is None else "not ok"} {number} - {title}')
        if problem is not None:
            print('# ' + problem.replace('\n', '\n# '))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
