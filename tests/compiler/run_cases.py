#!/usr/bin/env python3
"""Runs the cases of a rule-language-cases.jsonl against tercelc: one TAP line per case.

usage: run_cases.py TERCELC CASES.jsonl [KIND...]

A case agrees when the verdict is the same, the first error code is the same and the set of warning codes is the same; for
`parse` cases whose note gives the tree or the message, and `load` cases whose note gives the compiled condition, these too.
"""
import json
import os
import re
import subprocess
import sys
import tempfile


def run(arguments):
    result = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return result.returncode, result.stdout, result.stderr


def check_parse(tercelc, case):
    status, out, err = run([tercelc, 'parse', '--', case['condition']])
    if case['expect'] == 'error':
        if status != 1:
            return f'exit status {status}, expected 1'
        match = re.search(r'message: (.*)', case['note'], re.S)
        if match and match.group(1).encode() not in err:
            return f'message {err!r}, expected {match.group(1)!r}'
        return None
    if status != 0:
        return f'exit status {status}: {err.decode(errors="replace")}'
    match = re.search(r'(?:^|\| )tree: (.*)', case['note'], re.S)
    if match and out.decode(errors='surrogateescape').rstrip('\n') != match.group(1).rstrip('\n'):
        return f'tree {out!r}, expected {match.group(1)!r}'
    return None


def falco_codes(tercelc, path):
    status, out, err = run([tercelc, 'check', '--format', 'falco-json', path])
    if status not in (0, 1):
        raise RuntimeError(f'exit status {status}: {err.decode(errors="replace")}')
    result = json.loads(out)['falco_load_results'][0]
    codes = []
    for part in result['errors'], result['warnings']:
        for entry in part:
            if entry['code'] not in codes:
                codes.append(entry['code'])
    return status, result['successful'], codes


def our_codes(tercelc, path):
    _, out, _ = run([tercelc, 'check', '--format', 'json', path])
    diagnostics = json.loads(out)['diagnostics']
    errors = [d['code'] for d in diagnostics if d['severity'] == 'error']
    warnings = {d['code'] for d in diagnostics if d['severity'] == 'warning' and d['code'] != 'TERCEL_LINT'}
    return errors, warnings


def check_tree(tercelc, case, path):
    """The compiled condition, where the note ends with one."""
    if case['expect'] == 'error' or not re.search(r'(^|: )\(*(not )?evt\.', case['note']):
        return None
    _, out, _ = run([tercelc, 'show', '--format', 'json', path])
    trees = [rule['condition'] for rule in json.loads(out)]
    if not any(re.search(r'(^|: )' + re.escape(tree) + r'( \(Rule matches.*)?$', case['note']) for tree in trees):
        return f'trees {trees}, expected {case["note"]!r}'
    return None


def check_load(tercelc, case, folder):
    path = os.path.join(folder, 'rules.yaml')
    with open(path, 'wb') as file:
        file.write(case['yaml'].encode('utf-8', 'surrogatepass'))
    status, successful, codes = falco_codes(tercelc, path)
    wanted_status = 1 if case['expect'] == 'error' else 0
    if status != wanted_status or successful == (case['expect'] == 'error'):
        return f'exit status {status}, successful {successful}, codes {codes}, expected {case["codes"]}'
    if case['expect'] == 'error' and codes[0] != case['codes'][0]:
        return f'codes {codes}, expected {case["codes"]}'
    if sorted(codes) != sorted(case['codes']):
        return f'codes {codes}, expected {case["codes"]}'
    errors, warnings = our_codes(tercelc, path)
    if (errors[:1] != case['codes'][:1] and case['expect'] == 'error') or (errors and case['expect'] != 'error'):
        return f'json: errors {errors}, expected {case["codes"]}'
    if warnings != {code for code in case['codes'] if not code.startswith('LOAD_ERR')}:
        return f'json: warnings {sorted(warnings)}, expected {case["codes"]}'
    return check_tree(tercelc, case, path)


def main():
    tercelc, cases_path, kinds = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(cases_path, encoding='utf-8') as file:
        cases = [json.loads(line) for line in file]
    cases = [case for case in cases if not kinds or case['kind'] in kinds]
    print(f'1..{len(cases)}')
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases, 1):
            try:
                if case['kind'] == 'parse':
                    problem = check_parse(tercelc, case)
                else:
                    problem = check_load(tercelc, case, folder)
            except Exception as error:  # a case that breaks the runner is a failed case, not the end of the run
                problem = repr(error)
            failed += problem is not None
            print(f'{"ok" if problem is None else "not ok"} {number} - {case["id"]}')
            if problem is not None:
                print('# ' + problem.replace('\n', '\n# '))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
