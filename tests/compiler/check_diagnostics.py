#!/usr/bin/env python3
"""Compares what `tercelc check` prints for tests/compiler/diagnostics/*.yaml with the files beside them.

usage: check_diagnostics.py TERCELC FOLDER [--update]

FILE.yaml is compared with FILE.FORMAT.expected for every FORMAT that has such a file; `text` is compared always. A file
NAME.with lists further files that are loaded after NAME.yaml, and options. --update writes the expectations anew (see
scripts/update_goldens).
"""
import os
import subprocess
import sys


def outputs_of(tercelc, folder, name, output_format):
    arguments = [tercelc, 'check', '--format', output_format, name + '.yaml']
    more = os.path.join(folder, name + '.with')
    if os.path.exists(more):
        with open(more, encoding='utf-8') as file:
            arguments += file.read().split()
    result = subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return result.stdout + b'exit status %d\n' % result.returncode


def main():
    tercelc, folder, update = os.path.abspath(sys.argv[1]), sys.argv[2], '--update' in sys.argv[3:]
    names = sorted(name[:-5] for name in os.listdir(folder) if name.endswith('.yaml') and not name.startswith('second_'))
    formats = ['text', 'json', 'falco-json', 'sarif', 'github']
    tests = [(name, f) for name in names for f in formats
             if f == 'text' or os.path.exists(os.path.join(folder, f'{name}.{f}.expected'))]
    failed = 0
    print(f'1..{len(tests)}')
    for number, (name, output_format) in enumerate(tests, 1):
        path = os.path.join(folder, f'{name}.{output_format}.expected')
        output = outputs_of(tercelc, folder, name, output_format)
        expected = b''
        if update:
            with open(path, 'wb') as file:
                file.write(output)
            expected = output
        elif os.path.exists(path):
            with open(path, 'rb') as file:
                expected = file.read()
        failed += output != expected
        print(f'{"ok" if output == expected else "not ok"} {number} - {name} {output_format}')
        if output != expected:
            for title, text in ('expected', expected), ('got', output):
                print(f'# {title}:')
                print('\n'.join('#   ' + line for line in text.decode(errors='backslashreplace').split('\n')))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
