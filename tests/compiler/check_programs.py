#!/usr/bin/env python3
"""Compares the listings of the programs made from tests/compiler/programs/*.yaml with the files beside them.

usage: check_programs.py TERCELC FOLDER [--update]

The schema id is left out: it changes with every row of the catalogue that the program uses.
"""
import os
import re
import subprocess
import sys
import tempfile


def listing_of(tercelc, folder, name):
    with tempfile.TemporaryDirectory() as directory:
        bundle = os.path.join(directory, 'b.tcb')
        build = subprocess.run([tercelc, 'build', '-o', bundle, name + '.yaml'], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=60)
        if build.returncode != 0:
            return build.stdout
        disasm = subprocess.run([tercelc, 'disasm', bundle], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return re.sub(rb'(?m)^schema [0-9a-f]{64}$', b'schema (left out)', disasm.stdout)


def main():
    tercelc, folder, update = os.path.abspath(sys.argv[1]), sys.argv[2], '--update' in sys.argv[3:]
    names = sorted(name[:-5] for name in os.listdir(folder) if name.endswith('.yaml'))
    failed = 0
    print(f'1..{len(names)}')
    for number, name in enumerate(names, 1):
        path = os.path.join(folder, name + '.listing')
        listing = listing_of(tercelc, folder, name)
        if update:
            with open(path, 'wb') as file:
                file.write(listing)
        with open(path, 'rb') as file:
            expected = file.read()
        good = listing == expected
        failed += not good
        print(f'{"ok" if good else "not ok"} {number} - {name}')
        if not good:
            print('# got:\n' + '\n'.join('# ' + line for line in listing.decode(errors='replace').splitlines()))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
