#!/usr/bin/env python3
"""What the commands that read rules do with files, options and exit statuses.

usage: test_commands.py TERCELC
"""
import json
import os
import subprocess
import sys
import tempfile

TERCELC = os.path.abspath(sys.argv[1])
GOOD = '''- rule: Quiet
  desc: d
  condition: evt.type = open
  output: o
  priority: DEBUG
  tags: [t]
- rule: Loud
  desc: d
  condition: evt.type = close
  output: o %proc.name
  priority: CRITICAL
'''
BAD = '- rule: Bad\n  desc: d\n  condition: evt.type = opn\n  output: o\n  priority: INFO\n'


def run(*arguments, text=None):
    result = subprocess.run((TERCELC,) + arguments, input=text, capture_output=True, timeout=60, encoding='utf-8')
    return result.returncode, result.stdout, result.stderr


def names(*arguments):
    status, out, _ = run('show', '--format', 'json', *arguments)
    assert status == 0, status
    return [rule['name'] for rule in json.loads(out) if rule['enabled']]


def check_says_ok():
    assert run('check', 'good.yaml') == (0, '0 errors, 0 warnings\n', '')


def check_finds_errors():
    status, out, err = run('check', 'good.yaml', 'bad.yaml')
    assert (status, err) == (1, ''), (status, err)
    assert out.startswith('bad.yaml:3:25: error: unknown event type opn [LOAD_ERR_COMPILE_CONDITION: unknown-name]\n'), out


def check_reads_standard_input():
    status, out, _ = run('check', '-', text=BAD)
    assert status == 1 and out.startswith('-:3:25: error:'), out


def check_reads_a_directory():
    status, out, _ = run('check', 'folder')
    assert status == 1 and out.startswith('folder/bad.yml:3:25: error:'), out


def absent_file():
    status, out, err = run('check', 'good.yaml', 'absent.yaml')
    assert (status, out) == (3, ''), (status, out)
    assert err == 'tercelc: absent.yaml: No such file or directory\n', err


def no_file():
    assert run('check')[0] == 2


def unknown_format():
    assert run('check', '--format', 'xml', 'good.yaml')[0] == 2


def unknown_priority():
    assert run('check', '--min-priority', 'warn', 'good.yaml')[0] == 2


def every_format_is_well_formed():
    for rules in 'good.yaml', 'bad.yaml':
        for output_format in 'json', 'sarif', 'falco-json':
            status, out, _ = run('check', '--format', output_format, rules)
            assert status == (1 if rules == 'bad.yaml' else 0)
            json.loads(out)


def json_has_places():
    out = json.loads(run('check', '--format', 'json', 'bad.yaml')[1])
    assert (out['files'], out['errors'], out['warnings']) == (['bad.yaml'], 1, 0), out
    diagnostic = out['diagnostics'][0]
    expected = {'severity': 'error', 'code': 'LOAD_ERR_COMPILE_CONDITION', 'id': 'unknown-name', 'file': 'bad.yaml',
                'line': 3, 'column': 25, 'end_line': 3, 'end_column': 28}
    assert expected.items() <= diagnostic.items(), diagnostic
    assert [item['name'] for item in diagnostic['items']] == ['Bad'], diagnostic


def github_commands():
    out = run('check', '--format', 'github', 'bad.yaml')[1]
    assert out.startswith('::error file=bad.yaml,line=3,col=25,endLine=3,endColumn=28,title=LOAD_ERR_COMPILE_CONDITION::'), out


def selection():
    assert names('good.yaml') == ['Quiet', 'Loud']
    assert names('--disable', '*', 'good.yaml') == []
    assert names('--disable', '*', '--enable', 'L*', 'good.yaml') == ['Loud']
    assert names('--disable', '*', '--enable-tag', 't', 'good.yaml') == ['Quiet']
    assert names('--disable-tag', 't', 'good.yaml') == ['Loud']
    assert names('--min-priority', 'warning', 'good.yaml') == ['Loud']
    assert names('--rule', 'Quiet', 'good.yaml') == ['Quiet']


def show_prints_errors():
    status, out, err = run('show', 'bad.yaml')
    assert (status, out) == (1, ''), (status, out)
    assert 'unknown event type opn' in err, err


def parse_prints_the_tree():
    assert run('parse', 'a and not(b)') == (0, '(a and not b)\n', '')


def parse_prints_the_error():
    status, out, err = run('parse', 'a and\tb or ü.x = 1')
    assert (status, out) == (1, ''), (status, out)
    assert err == ('<condition>:1:12: error: expected a \'(\' token, a field check, or an identifier '
                   '[LOAD_ERR_COMPILE_CONDITION: condition-syntax]\n'
                   '    1 | a and\tb or ü.x = 1\n'
                   '      |      \t     ^\n'), err


def main():
    tests = [check_says_ok, check_finds_errors, check_reads_standard_input, check_reads_a_directory, absent_file, no_file,
             unknown_format, unknown_priority, every_format_is_well_formed, json_has_places, github_commands, selection,
             show_prints_errors, parse_prints_the_tree, parse_prints_the_error]
    failed = 0
    print(f'1..{len(tests)}')
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir('folder')
        for name, text in ('good.yaml', GOOD), ('bad.yaml', BAD), ('folder/bad.yml', BAD), ('folder/not_rules.txt', '['):
            with open(name, 'w', encoding='utf-8') as file:
                file.write(text)
        for number, test in enumerate(tests, 1):
            try:
                test()
                print(f'ok {number} - {test.__name__}')
            except Exception as error:  # the other tests still run
                failed += 1
                print(f'not ok {number} - {test.__name__}\n# {error!r}')
        os.chdir('/')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
