#!/usr/bin/env python3
"""Writes COUNT rules like those that people have, for measuring the compiler: lists and macros (one of either for every few
rules, used by several), exceptions, several event types, in, pmatch, startswith, glob, regex, ancestors, networks, outputs.

    tests/bench/generate_rules.py COUNT [SEED]"""
import random
import sys

WORDS = ('api auth backup billing cache cart cron data deploy edge export feed gateway index ingest job ledger mail metrics '
         'node order pay proxy queue relay report search session shop stage store stream sync task tenant upload user vault '
         'web worker').split()
FOLDERS = ['/etc', '/var/lib', '/opt', '/usr/local', '/srv', '/home', '/var/run', '/tmp', '/usr/bin', '/root']
SHELLS = ['ash', 'bash', 'csh', 'dash', 'ksh', 'sh', 'tcsh', 'zsh']
PRIORITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFORMATIONAL', 'DEBUG']
TAGS = ['container', 'host', 'filesystem', 'network', 'process', 'mitre_execution', 'mitre_persistence', 'T1059', 'T1068',
        'maturity_stable', 'maturity_incubating']

COMMON = '''- list: shell_binaries
  items: [%s]
- macro: open_write
  condition: (evt.type in (open,openat,openat2) and evt.is_open_write=true and fd.typechar='f' and fd.num>=0)
- macro: open_read
  condition: (evt.type in (open,openat,openat2) and evt.is_open_read=true and fd.typechar='f' and fd.num>=0)
- macro: spawned_process
  condition: (evt.type in (execve, execveat) and evt.arg.res=0)
- macro: container
  condition: (container.id != host)
- macro: outbound
  condition: >
    (((evt.type = connect) or
      (evt.type in (sendto,sendmsg) and fd.l4proto != tcp and fd.connected=false and fd.name_changed=true)) and
     (fd.typechar = 4 or fd.typechar = 6) and (evt.rawres >= 0 or evt.res = EINPROGRESS))
- macro: modify
  condition: (evt.type in (rename, renameat, renameat2, unlink, unlinkat, mkdir, mkdirat, rmdir))
- macro: never_true
  condition: (evt.num=0)
''' % ', '.join(SHELLS)


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lists, self.macros = [], []

    def name(self):
        return '_'.join(self.random.sample(WORDS, 2))

    def binary(self):
        return self.random.choice(['', 'lib', 'go-', 'py-']) + self.random.choice(WORDS) + self.random.choice(
            ['', 'd', 'ctl', '-agent', '-server', str(self.random.randrange(100))])

    def path(self):
        return '/'.join([self.random.choice(FOLDERS)] + self.random.sample(WORDS, self.random.randint(1, 3)))

    def add_list(self, number):
        name = f'{self.name()}_binaries_{number}'
        items = [self.binary() for _ in range(self.random.randint(3, 30))]
        if self.lists and self.random.random() < 0.3:
            items.append(self.random.choice(self.lists[-20:]))
        self.lists.append(name)
        return f'- list: {name}\n  items: [{", ".join(items)}]\n'

    def add_macro(self, number):
        name = f'{self.name()}_activity_{number}'
        lists = self.lists[-20:]
        parts = [f'proc.name in ({self.random.choice(lists)})', f'proc.pname in ({self.random.choice(lists)}, {self.binary()})',
                 f'fd.name startswith {self.path()}/', f'proc.cmdline contains "{self.name()} --{self.random.choice(WORDS)}"',
                 f'container.image.repository endswith /{self.name()}', f'proc.aname[2] in ({self.random.choice(lists)})']
        chosen = self.random.sample(parts, self.random.randint(2, 3))
        if self.macros and self.random.random() < 0.3:
            chosen.append(self.random.choice(self.macros[-20:]))
        self.macros.append(name)
        return f'- macro: {name}\n  condition: ({" or ".join(chosen)})\n'

    def check(self):
        """As often as published rules have each kind; patterns somewhat more often."""
        r = self.random
        kinds = [
            (14, lambda: f'proc.name in ({r.choice(self.lists[-30:])})'),
            (8, lambda: f'not proc.name in ({self.binary()}, {self.binary()}, {r.choice(self.lists[-30:])})'),
            (16, lambda: f'proc.pname = {self.binary()}'),
            (10, lambda: f'user.uid = {r.randrange(3000)}'),
            (4, lambda: f'user.name != {r.choice(WORDS)}'),
            (4, lambda: 'proc.tty != 0'),
            (14, lambda: f'fd.name startswith {self.path()}/'),
            (5, lambda: f'fd.directory in ({self.path()}, {self.path()})'),
            (5, lambda: f'fd.filename endswith .{r.choice(["so", "key", "pem", "conf", "yaml"])}'),
            (5, lambda: f'proc.cmdline contains "{self.name()} -{r.choice("abcdef")}"'),
            (1, lambda: f'proc.cmdline icontains "{self.name()}"'),
            (5, lambda: f'proc.aname[{r.randint(2, 7)}] in ({r.choice(self.lists[-30:])})'),
            (0.5, lambda: f'proc.aname in ({r.choice(self.lists[-30:])})'),
            (5, lambda: f'container.image.repository in (docker.io/{self.name()}, quay.io/{self.name()})'),
            (2, lambda: f'fd.name pmatch ({self.path()}, {self.path()}, {self.path()}/*.conf)'),
            (1, lambda: f"fd.name glob '{r.choice(FOLDERS)}/*/{r.choice(WORDS)}*'"),
            (1, lambda: f"proc.cmdline regex '.*(--{r.choice(WORDS)}|-{r.choice('abcdef')}) +/[a-z]+/{r.choice(WORDS)}[0-9]*.*'"),
            (6, lambda: f'not {r.choice(self.macros[-30:])}'),
        ]
        return r.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]()

    def network(self):
        r = self.random
        return r.choice([f'fd.sport in ({r.randrange(1, 65535)}, {r.randrange(1, 65535)})',
                         f'fd.snet in ("10.{r.randrange(256)}.0.0/16", "192.168.{r.randrange(256)}.0/24")',
                         f'fd.sip != "10.1.{r.randrange(256)}.{r.randrange(256)}"'])

    def exceptions(self):
        r = self.random
        rows = ''.join(f'        - [{self.binary()}, [{self.path()}, {self.path()}]]\n' for _ in range(r.randint(1, 4)))
        return ('  exceptions:\n    - name: known_writers\n      fields: [proc.name, fd.name]\n      comps: [=, in]\n'
                f'      values:\n{rows}')

    def rule(self, number):
        r = self.random
        start = r.choice(['open_write', 'open_read', 'spawned_process', 'outbound', 'modify',
                          'evt.type in (setuid, setgid, capset)', 'evt.type in (ptrace, mount, bpf)'])
        checks = [self.check() for _ in range(r.randint(2, 5))]
        if start == 'outbound':
            checks.append(self.network())
        if r.random() < 0.3:
            checks.append(f'({self.check()} or {self.check()})')
        if r.random() < 0.5:
            checks.append('container')
        text = f'- rule: {r.choice(WORDS).title()} {self.name()} {number}\n'
        text += f'  desc: >\n    Detects {self.name()} by {self.binary()}, which should not happen in\n    production.\n'
        text += f'  condition: >\n    {start}\n' + ''.join(f'    and {check}\n' for check in checks)
        text += ('  output: >\n    Unexpected activity (user=%user.name command=%proc.cmdline file=%fd.name parent=%proc.pname\n'
                 f'    gparent=%proc.aname[2] container=%container.id image=%container.image.repository rule {number})\n')
        text += f'  priority: {r.choice(PRIORITIES)}\n  tags: [{", ".join(r.sample(TAGS, r.randint(1, 4)))}]\n'
        return text + (self.exceptions() if r.random() < 0.25 else '')


def generate(count, seed=1):
    generator = Generator(seed)
    parts = [COMMON]
    for number in range(count):
        if number % 5 == 0:
            parts.append(generator.add_list(number))
        if number % 8 == 0:
            parts.append(generator.add_macro(number))
        parts.append(generator.rule(number))
    return ''.join(parts)


if __name__ == '__main__':
    sys.stdout.write(generate(int(sys.argv[1]), *map(int, sys.argv[2:3])))
