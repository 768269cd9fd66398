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
DOUBTFUL = '''- macro: idle
  condition: proc.name = a
- rule: Never
  desc: d
  condition: evt.type = open and proc.name = a and proc.name = b
  output: o
  priority: INFO
- rule: Twice
  desc: d
  condition: evt.type = open and proc.name contains a and proc.name = cat
  output: o
  priority: INFO
'''
SHADOWED = '''- rule: A
  desc: d
  condition: evt.type = open and proc.name in (a, b)
  output: o
  priority: INFO
- rule: B
  desc: d
  condition: evt.type = open and proc.name = a
  output: o
  priority: INFO
'''
BASE = '''- list: shells
  items: [bash, sh]
- macro: spawned
  condition: (evt.type in (execve, execveat))
- rule: Shell
  desc: A shell
  condition: spawned and proc.name in (shells)
  output: shell %proc.name
  priority: notice
'''
MORE = '''- list: shells
  items: [zsh]
  override: {items: append}
- rule: Shell
  condition: >
    and proc.tty
    != 0
  override: {condition: append, priority: replace}
  priority: ERROR
'''
ENABLES = '''- rule: Shell
  enabled: false
- macro: spawned
  condition: evt.type = execve
'''
SHOWN = '''rule: Shell (disabled)
  defined: base.yaml:5
  priority: Error
  tags:
  written: spawned and proc.name in (shells) and proc.tty != 0
  condition: (evt.type = execve and proc.name in (bash, sh, zsh) and proc.tty != 0)
  output: shell %proc.name
  from:
    condition: base.yaml:7
    output: base.yaml:8
    desc: base.yaml:6
    condition (appended): more/10.yaml:6
    priority: more/10.yaml:9
    enabled: more/20.yml:2
    list shells: base.yaml:1
    list shells (appended): more/10.yaml:2
    macro spawned: more/20.yml:3

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


def show_tells_where_it_comes_from():
    for path, text in (('base.yaml', BASE), ('more/10.yaml', MORE), ('more/20.yml', ENABLES)):
        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
    status, out, err = run('show', 'Shell', 'base.yaml', 'more')
    assert (status, err) == (0, ''), (status, err)
    assert out == SHOWN, out
    _, out, _ = run('show', '--rule', 'Shell', '--format', 'json', 'base.yaml', 'more')
    rule = json.loads(out)[0]
    assert rule['written'] == 'spawned and proc.name in (shells) and proc.tty != 0', rule
    assert {'key': 'priority', 'appended': False, 'file': 'more/10.yaml', 'line': 9} in rule['from'], rule
    assert {'macro': 'spawned', 'appended': False, 'file': 'more/20.yml', 'line': 3} in rule['from'], rule


def show_of_no_rule():
    status, out, err = run('show', 'Shel', 'good.yaml')
    assert (status, out) == (1, '') and "no rule 'Shel'" in err, (status, err)
    assert run('show', '--rule', 'Nothing*', 'good.yaml')[0] == 1
    assert run('show', 'absent.yaml', 'good.yaml')[0] == 3


def same_bytes_whatever_the_path():
    environment = dict(os.environ, SOURCE_DATE_EPOCH='1700000000', TZ='Asia/Tokyo', LC_ALL='C')
    os.makedirs('elsewhere', exist_ok=True)
    bundles = []
    for folder, rules in (('.', 'good.yaml'), ('elsewhere', '../good.yaml'), ('.', os.path.abspath('good.yaml'))):
        output = os.path.abspath('same.tcb')
        subprocess.run([TERCELC, 'build', '-o', output, rules], cwd=folder, env=environment, check=True, timeout=60)
        with open(output, 'rb') as file:
            bundles.append(file.read())
    assert bundles[0] == bundles[1] == bundles[2]


def show_prints_errors():
    status, out, err = run('show', 'bad.yaml')
    assert (status, out) == (1, ''), (status, out)
    assert 'unknown event type opn' in err, err


def ids(*arguments, status=0):
    got, out, err = run('check', '--format', 'json', *arguments, 'doubtful.yaml')
    assert (got, err) == (status, ''), (got, err)
    return sorted((d['severity'], d['id']) for d in json.loads(out)['diagnostics'])


NEVER, UNUSED = ('warning', 'never-matches'), ('warning', 'unused-macro')
REDUNDANT = ('warning', 'redundant-comparison')


def warnings_are_switched():
    assert ids() == [NEVER, UNUSED]
    assert ids('--warn', 'redundant-comparison') == [NEVER, REDUNDANT, UNUSED]
    assert ids('--warn', 'all') == [NEVER, REDUNDANT, UNUSED]
    assert ids('--no-warn', 'unused-macro') == [NEVER]
    assert ids('--no-warn', 'LOAD_UNUSED_MACRO') == [NEVER]
    assert ids('--no-warn', 'all') == []
    assert ids('--no-warn', 'all', '--warn', 'never-matches') == [NEVER]
    assert ids('--warn', 'never-matches', '--no-warn', 'never-matches') == [UNUSED]


def warnings_become_errors():
    assert ids('--error-on', 'never-matches', status=1) == [('error', 'never-matches'), UNUSED]
    assert ids('--error-on', 'redundant-comparison', status=1) == [('error', 'redundant-comparison'), NEVER, UNUSED]
    assert ids('--error-on', 'all', status=1) == [('error', 'never-matches'), ('error', 'unused-macro')]
    assert ids('--error-on', 'all', '--no-warn', 'unused-macro', status=1) == [('error', 'never-matches')]
    assert ids('--error-on', 'all', '--no-warn', 'all') == []
    for form in 'text', 'sarif', 'github':
        status, out, _ = run('check', '--format', form, '--error-on', 'never-matches', 'doubtful.yaml')
        assert status == 1 and 'error' in out, out


def errors_of_lints_stop_the_build():
    status, _, err = run('build', '-o', 'x.tcb', 'doubtful.yaml')
    assert status == 0 and 'never-matches' in err and os.path.exists('x.tcb'), (status, err)
    os.remove('x.tcb')
    status, _, err = run('build', '--error-on', 'never-matches', '-o', 'x.tcb', 'doubtful.yaml')
    assert status == 1 and 'no bundle is written because of 1 error' in err and not os.path.exists('x.tcb'), (status, err)
    status, _, err = run('build', '--no-warn', 'all', '-o', 'x.tcb', 'doubtful.yaml')
    assert (status, err) == (0, ''), (status, err)


def shadowing_needs_first_matching():
    assert 'shadowed-rule' in run('build', '-o', 'x.tcb', 'shadowed.yaml')[2]
    assert 'shadowed-rule' in run('build', '--rule-matching', 'first', '-o', 'x.tcb', 'shadowed.yaml')[2]
    assert run('build', '--rule-matching', 'all', '-o', 'x.tcb', 'shadowed.yaml')[2] == ''
    assert run('check', '--disable', 'A', 'shadowed.yaml')[1] == '0 errors, 0 warnings\n'


def unknown_warnings_are_usage_errors():
    status, out, err = run('check', '--warn', 'never-match', 'good.yaml')
    assert (status, out) == (2, '') and "did you mean 'never-matches'?" in err, (status, err)
    status, out, err = run('build', '--error-on', 'quark', '-o', 'x.tcb', 'good.yaml')
    assert (status, out) == (2, '') and 'tercelc list diagnostics' in err, (status, err)
    status, out, err = run('check', '--no-warn', 'yaml-syntax', 'good.yaml')
    assert (status, out) == (2, '') and 'is an error' in err, (status, err)


def lints_are_not_in_falcos_format():
    plain = run('check', '--format', 'falco-json', 'doubtful.yaml')
    codes = {w['code'] for w in json.loads(plain[1])['falco_load_results'][0]['warnings']}
    assert codes == {'LOAD_UNUSED_MACRO'}, codes
    assert run('check', '--format', 'falco-json', '--warn', 'all', 'doubtful.yaml') == plain
    assert run('check', '--format', 'falco-json', '--no-warn', 'all', 'doubtful.yaml') == plain
    status, out, _ = run('check', '--format', 'falco-json', '--error-on', 'all', 'doubtful.yaml')
    assert status == 1 and out == plain[1], out


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
             warnings_are_switched, warnings_become_errors, errors_of_lints_stop_the_build, shadowing_needs_first_matching,
             unknown_warnings_are_usage_errors, lints_are_not_in_falcos_format, show_tells_where_it_comes_from,
             show_of_no_rule, same_bytes_whatever_the_path, show_prints_errors, parse_prints_the_tree, parse_prints_the_error]
    failed = 0
    print(f'1..{len(tests)}')
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir('folder')
        for name, text in (('good.yaml', GOOD), ('bad.yaml', BAD), ('doubtful.yaml', DOUBTFUL), ('shadowed.yaml', SHADOWED),
                           ('folder/bad.yml', BAD), ('folder/not_rules.txt', '[')):
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
