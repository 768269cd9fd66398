#!/usr/bin/env python3
"""Writes small captures into a folder, as seeds for fuzz_scap_write: those of fuzz_scap_read (fuzz_scap_read_seeds.py)."""
import os
import runpy

runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fuzz_scap_read_seeds.py"), run_name="__main__")
