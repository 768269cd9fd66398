#!/usr/bin/env python3
"""`tercelc build` and `disasm` as whole commands: bundles, their bytes, what is said and exited with.

usage: check_build.py TERCELC SOURCE_ROOT
"""
import os
import re
import subprocess
import sys
import tempfile

UPSTREAM = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']
UPSTREAM_COUNTS = {'falco_rules.yaml': 25, 'falco-incubating_rules.yaml': 31, 'falco-sandbox_rules.yaml': 37}

GOOD = '''
- rule: One
  desc: first
  condition: evt.type = open and fd.name startswith /etc
  output: opened %fd.name
  priority: WARNING
  tags: [b, a]
- rule: Two
  desc: second
  condition: evt.type = execve
  output: ran %proc.cmdline
  priority: INFO
  enabled: false
'''
BAD = '''
- rule: Wrong
  desc: several mistakes
  condition: evt.type = opennn and proc.pid = abc and nosuch.field = 1
  output: "%proc.name"
  priority: WARNING
- rule: Wrong as well
  desc: another
  condition: proc.name regex "a(b"
  output: "%proc.name"
  priority: WARNING
'''
# A search for one long value in another: too costly to run on every event.
COSTLY = '''
- rule: Costly
  desc: product of two long values
  condition: evt.type = open and evt.arg.name glob val(evt.arg.name)
  output: "%proc.name"
  priority: WARNING
'''

TERCELC, ROOT = os.path.abspath(sys.argv[1]), sys.argv[2]
number = failed = 0


def tercelc(*arguments, epoch='1700000000', cwd=None):
    environment = dict(os.environ)
    environment.pop('SOURCE_DATE_EPOCH', None)
    if epoch is not None:
        environment['SOURCE_DATE_EPOCH'] = epoch
    result = subprocess.run([TERCELC, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, cwd=cwd,
                            env=environment)
    return result.returncode, result.stdout.decode(errors='replace'), result.stderr.decode(errors='replace')


def check(title, condition, detail=''):
    global number, failed
    number += 1
    failed += not condition
    print(f'{"ok" if condition else "not ok"} {number} - {title}')
    if not condition:
        print('\n'.join('# ' + line for line in str(detail).splitlines()))


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def manifest(bundle, key):
    """What `verify` prints of the bundle."""
    status, output, error = tercelc('verify', '--trust', key + '.pub', bundle, epoch=None)
    return status, dict(line.split(None, 2)[0:1] + [line.split('  ', 1)[1].strip()] for line in output.splitlines() if '  ' in line), error


def check_bundles(folder):
    rules = write(os.path.join(folder, 'local.yaml'), GOOD)
    first, second = os.path.join(folder, '1.tcb'), os.path.join(folder, '2.tcb')
    result = tercelc('build', '-o', first, rules)
    check('good rules give a bundle, silently', result == (0, '', ''), result)
    tercelc('build', '-o', second, rules)
    check('the same rules give the same bytes', read(first) == read(second))
    tercelc('build', '-o', second, rules, epoch='1700000001')
    check('another time gives others', read(first) != read(second))
    tercelc('build', '--no-debug', '-o', second, rules)
    check('without debug the bundle is smaller', len(read(second)) < len(read(first)))
    check('and names no file', b'local.yaml' not in read(second) and b'local.yaml' in read(first))
    os.mkdir(os.path.join(folder, 'elsewhere'))
    write(os.path.join(folder, 'elsewhere', 'local.yaml'), GOOD)
    tercelc('build', '--no-debug', '-o', 'b.tcb', 'local.yaml', cwd=os.path.join(folder, 'elsewhere'))
    check('nor does the folder matter', read(os.path.join(folder, 'elsewhere', 'b.tcb')) == read(second))

    status, listing, error = tercelc('disasm', first)
    check('disasm lists both rules', status == 0 and '"One" Warning, enabled' in listing and '"Two" Informational, disabled' in listing,
          listing + error)
    check('with their places', 'local.yaml" line 2' in listing, listing)
    check('tags ascend', 'tags "a", "b"' in listing, listing)
    check('the plan holds what is enabled', re.search(r'(?s)capture\n.*SYSCALL_OPEN_X.*entries', listing) and
          'EXECVE' not in listing.split('capture')[1].split('entries')[0], listing)
    tercelc('build', '--enable', 'Two', '--disable', 'One', '--rule-matching', 'all', '-o', second, rules)
    _, listing, _ = tercelc('disasm', second)
    check('rules are enabled and disabled by options', '"One" Warning, disabled' in listing and '"Two" Informational, enabled' in listing,
          listing)
    check('rule matching is kept', 'rule matching all' in listing, listing)


def check_manifest(folder):
    rules, key = write(os.path.join(folder, 'local.yaml'), GOOD), os.path.join(folder, 'k')
    bundle = os.path.join(folder, 'signed.tcb')
    tercelc('keygen', '-o', key)
    result = tercelc('build', '--key', key + '.key', '-o', bundle, rules)
    check('a key signs at once', result[0] == 0 and manifest(bundle, key)[0] == 0, result)
    said = manifest(bundle, key)[1]
    check('name, channel and version have their defaults', said.get('name') == 'local' and said.get('channel') == 'stable' and
          said.get('version') == '1700000000' and said.get('created') == '2023-11-14T22:13:20Z' and said.get('expires') == 'never', said)
    tercelc('build', '--key', key + '.key', '--channel', 'canary', '--bundle-version', '7', '--expires', '30d', '--name', 'mine',
            '--rollback-floor', '3', '-o', bundle, rules, epoch='4000000000')
    said = manifest(bundle, key)[1]
    check('options set them', (said.get('name'), said.get('channel'), said.get('version'), said.get('expires')) ==
          ('mine', 'canary', '7', '2096-11-01T07:06:40Z'), said)
    tercelc('build', '--key', key + '.key', '--expires', '1s', '-o', bundle, rules)
    check('a bundle expires', manifest(bundle, key)[0] == 1)


def check_refusals(folder):
    good, bad = write(os.path.join(folder, 'good.yaml'), GOOD), write(os.path.join(folder, 'bad.yaml'), BAD)
    bundle = os.path.join(folder, 'none.tcb')
    status, output, error = tercelc('build', '-o', bundle, good, bad)
    check('bad rules give no bundle', status == 1 and output == '' and not os.path.exists(bundle), (status, output, error))
    wanted = ['unknown event type opennn', 'abc is not a valid number', 'nonexistent field nosuch.field', 'invalid regex pattern: missing )']
    check('and all that is wrong is said', all(text in error for text in wanted), error)
    status, _, error = tercelc('build', '-o', bundle, write(os.path.join(folder, 'costly.yaml'), COSTLY))
    check('rules that cost too much are refused', status == 1 and 'too costly' in error and not os.path.exists(bundle), (status, error))
    for title, arguments, expected in [
            ('-o is needed', ['build', good], 2), ('rules are needed', ['build', '-o', bundle], 2),
            ('a bad duration', ['build', '--expires', 'soon', '-o', bundle, good], 2),
            ('no duration', ['build', '--expires', '0s', '-o', bundle, good], 2),
            ('a bad number', ['build', '--bundle-version', 'x', '-o', bundle, good], 2),
            ('a bad choice', ['build', '--rule-matching', 'some', '-o', bundle, good], 2),
            ('a missing rule file', ['build', '-o', bundle, os.path.join(folder, 'nosuch.yaml')], 3),
            ('a missing key', ['build', '--key', os.path.join(folder, 'nosuch.key'), '-o', bundle, good], 3),
            ('a folder that is not there', ['build', '-o', os.path.join(folder, 'no', 'b.tcb'), good], 3),
            ('disasm of nothing', ['disasm', os.path.join(folder, 'nosuch.tcb')], 3),
            ('disasm of something else', ['disasm', good], 1)]:
        status, output, error = tercelc(*arguments)
        check(f'{title}: exit {expected}', status == expected and output == '' and error and not os.path.exists(bundle),
              (status, output, error))
    tercelc('build', '-o', bundle, good)
    damaged = bytearray(read(bundle))
    damaged[len(damaged) // 2] ^= 1
    with open(bundle, 'wb') as file:
        file.write(damaged)
    check('disasm of a damaged bundle: exit 1', tercelc('disasm', bundle)[0] == 1)


def check_upstream(folder):
    source = os.environ.get('TERCEL_UPSTREAM_RULES') or os.path.join(ROOT, '..', 'shared', 'upstream-rules')
    paths = [os.path.join(source, name) for name in UPSTREAM]
    global number
    if not all(os.path.exists(path) for path in paths):
        number += 1
        print(f'ok {number} - upstream rules # SKIP no {source}')
        return
    bundle = os.path.join(folder, 'upstream.tcb')
    for path in paths:
        status, _, error = tercelc('build', '-o', bundle, path)
        _, listing, _ = tercelc('disasm', bundle)
        count = len(re.findall(r'(?m)^  r\d+ ', listing))
        check(f'{os.path.basename(path)} compiles', status == 0 and count == UPSTREAM_COUNTS[os.path.basename(path)], (count, error))
    status, _, error = tercelc('build', '-o', bundle, *paths)
    names = [name for path in paths for name in re.findall(r'(?m)^- rule: (.*?)\s*$', read(path).decode())]
    _, listing, _ = tercelc('disasm', bundle)
    listed = re.findall(r'(?m)^  r\d+ +"(.*)" [A-Z]\w+, (?:enabled|disabled), source', listing)
    check('all of them compile, in their order', status == 0 and listed == names, (status, error, set(listed) ^ set(names)))
    unmatched = [name for number_of, name in enumerate(names) if f'match       r{number_of}\n' not in listing]
    # It looks for namespaces in a list that is empty until users fill it: it can never match.
    check('every rule but one has code', unmatched == ['Network Connection outside Local Subnet'], unmatched)


def main():
    for part in (check_bundles, check_manifest, check_refusals, check_upstream):
        with tempfile.TemporaryDirectory() as folder:
            part(folder)
    print(f'1..{number}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
