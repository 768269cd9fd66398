#!/usr/bin/env python3
"""Copies the task definitions of the tests into a folder, as seeds for fuzz_task_definition."""
import os
import shutil
import sys

here, target = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
for name in os.listdir(os.path.join(here, 'templates')):
    if name.startswith('task_'):
        shutil.copy(os.path.join(here, 'templates', name), target)
