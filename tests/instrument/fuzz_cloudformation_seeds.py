#!/usr/bin/env python3
"""Copies the templates of the tests into a folder, as seeds for fuzz_cloudformation."""
import os
import shutil
import sys

here, target = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
for name in os.listdir(os.path.join(here, 'templates')):
    if not name.startswith('task_'):
        shutil.copy(os.path.join(here, 'templates', name), target)
