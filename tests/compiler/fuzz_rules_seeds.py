#!/usr/bin/env python3
"""Writes the texts of the rule language cases and of the golden tests into a folder, as seeds for fuzz_rules."""
import json
import os
import shutil
import sys

here, target = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
with open(os.path.join(here, 'rule-language-cases.jsonl'), encoding='utf-8') as file:
    for line in file:
        case = json.loads(line)
        with open(os.path.join(target, case['id']), 'wb') as seed:
            seed.write(case.get('yaml', case.get('condition')).encode())
for name in os.listdir(os.path.join(here, 'diagnostics')):
    if name.endswith('.yaml'):
        shutil.copy(os.path.join(here, 'diagnostics', name), target)
