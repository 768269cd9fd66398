#!/usr/bin/env python3
"""Programs behave under the agent as they do without it.

usage: check_workloads.py TERCEL_AGENT TERCELC WORKLOADS_DIRECTORY [--evaluated] [--only WORD]

With --evaluated the agent runs rules that look at every call, at its entry and at its end, and raise many alerts
(everything.yaml); otherwise it runs without a bundle.

Each case runs a command twice, plain and under `tercel-agent run`, with the same surroundings, and compares standard
output, standard error (but for the agent's own lines) and how it ended. Prints TAP.
"""

import contextlib
import errno
import fcntl
import json
import os
import pathlib
import pty
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

TIMEOUT = 60 * int(os.environ.get("CK_TIMEOUT_MULTIPLIER", "1"))


class Failure(Exception):
    pass


class Bench:
    """Where commands run: plain, or under the agent."""

    def __init__(self, agent, tercelc, workloads, directory, evaluated=False):
        self.agent, self.workloads, self.directory = agent, pathlib.Path(workloads), pathlib.Path(directory)
        self.alerts = self.directory / "alerts.jsonl"
        key, bundle = str(self.directory / "key"), str(self.directory / "everything.tcb")
        subprocess.run([tercelc, "keygen", "-o", key], check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.rules = ["--orchestrator", nobody, "--without-bundle=start"]
        if evaluated:
            subprocess.run([tercelc, "build", "--key", key + ".key", "-o", bundle,
                            str(pathlib.Path(__file__).with_name("everything.yaml"))], check=True,
                           stderr=subprocess.DEVNULL)
            self.rules = ["--bundle", bundle, "--rule-matching", "all", "--alerts", str(self.alerts)]

    def take_alerts(self):
        """What was raised since the last time: whole lines of JSON."""
        if not self.alerts.exists():
            return []
        lines = self.alerts.read_bytes().splitlines(keepends=True)
        self.alerts.unlink()
        expect(all(line.endswith(b"}\n") for line in lines), "half an alert")
        return [json.loads(line) for line in lines]

    def command(self, words, traced):
        words = [str(self.workloads / words[0][1:]) if words[0].startswith("@") else words[0], *words[1:]]
        if not traced:
            return words
        return [self.agent, "run", "--trust", str(self.directory / "key.pub"), *self.rules, "--", *words]


def own_lines_removed(text):
    return b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(b"tercel-agent: "))


def exit_status(code):
    """As a shell gives it: 128 + n for a death by signal."""
    return 128 - code if code < 0 else code


def run(bench, words, traced, stdin=b"", **options):
    if isinstance(stdin, bytes):
        options["input"] = stdin
    else:
        options["stdin"] = stdin
    done = subprocess.run(bench.command(words, traced), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT, check=False, **options)
    return done.stdout, own_lines_removed(done.stderr), exit_status(done.returncode)


def same(words, **options):
    """The case that both runs of a command give the same."""

    def case(bench):
        plain, traced = (run(bench, words, traced, **options) for traced in (False, True))
        for what, one, other in zip(("standard output", "standard error", "exit status"), plain, traced):
            if one != other:
                raise Failure(f"{what}: plain {one!r}, traced {other!r}")

    return case


def same_observation(observe):
    """The case that `observe(bench, traced)` gives the same twice."""

    def case(bench):
        seen = {}
        for how in ("plain", "traced"):
            try:
                seen[how] = observe(bench, how == "traced")
            except Failure as failure:
                raise Failure(f"{how}: {failure}") from None
        if seen["plain"] != seen["traced"]:
            raise Failure(f"{seen}")

    return case


def expect(condition, message):
    if not condition:
        raise Failure(message)


# ---- descriptors, limits, signals that are inherited ----


def closed_descriptors(which):
    def observe(bench, traced):
        out = bench.directory / "descriptors"

        def close():
            for descriptor in which:
                os.close(descriptor)

        done = subprocess.run(bench.command(["@descriptors", str(out)], traced), stdin=subprocess.DEVNULL,
                              stdout=None if 1 in which else subprocess.DEVNULL,
                              stderr=None if 2 in which else subprocess.DEVNULL, preexec_fn=close, timeout=TIMEOUT,
                              check=False)
        return exit_status(done.returncode), out.read_text()

    return same_observation(observe)


def extra_descriptors(bench, traced):
    out = bench.directory / "descriptors"
    read_end, write_end = os.pipe()
    left, right = socket.socketpair()
    many = [os.open("/dev/null", os.O_RDONLY) for _ in range(40)]
    os.dup2(read_end, 200)
    numbers = (read_end, write_end, left.fileno(), right.fileno(), 200, *many)
    done = subprocess.run(bench.command(["@descriptors", str(out)], traced), pass_fds=numbers,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          timeout=TIMEOUT, check=False)
    for number in (read_end, write_end, 200, *many):
        os.close(number)
    left.close()
    right.close()
    return exit_status(done.returncode), out.read_text()


def inherited_signals():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    signal.signal(signal.SIGRTMIN + 3, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGRTMIN + 5})


def low_limits(address_space):
    def set_all():
        for what, soft in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 16), (resource.RLIMIT_FSIZE, 4096),
                           (resource.RLIMIT_AS, address_space), (resource.RLIMIT_CPU, 5),
                           (resource.RLIMIT_STACK, 1 << 20)):
            resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))

    return set_all


def inherited_limits(bench):
    # An agent under the address sanitizer cannot even begin with little address space.
    is_sanitized = b"__asan_init" in pathlib.Path(bench.agent).read_bytes()
    same(["@inherited"], preexec_fn=low_limits(1 << 46 if is_sanitized else 64 << 20))(bench)


def elsewhere():
    os.umask(0o027)
    os.nice(3)
    os.chdir("/usr")


# ---- what others see of standard input and output ----


def reader_sees_end(bench, traced):
    """The workload closes its output and its input and lives on."""
    with subprocess.Popen(bench.command(["@close_output"], traced), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        read = process.stdout.read()  # to its end
        broken = False
        deadline = time.monotonic() + TIMEOUT
        while not broken and time.monotonic() < deadline:
            try:
                os.write(process.stdin.fileno(), b"x")
            except BrokenPipeError:
                broken = True
        lives = process.poll() is None
        process.terminate()
        process.wait(TIMEOUT)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        return read, broken, lives, exit_status(process.returncode)


def reader_goes_away(bench, traced):
    with subprocess.Popen(bench.command(["@write_forever"], traced), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        error = own_lines_removed(process.stderr.read())
        process.wait(TIMEOUT)
        return error, exit_status(process.returncode)


# ---- signals ----


def lines_of(stream, timeout=TIMEOUT):
    """Yields lines as they come; a Failure when none comes in time."""
    pending = b""
    while True:
        while b"\n" in pending:
            line, _, pending = pending.partition(b"\n")
            yield line.decode()
        if not select.select([stream], [], [], timeout)[0]:
            raise Failure(f"no line within {timeout} s after {pending!r}")
        got = os.read(stream.fileno(), 4096)
        if not got:
            return
        pending += got


def send_signals(way, to_group, numbers):
    """Sends each signal once the one before was reported; all that was said, up to the end by SIGTERM."""

    def observe(bench, traced):
        environment = os.environ | {"EXPECTED_SENDER": str(os.getpid())}
        with subprocess.Popen(bench.command(["@count_signals", way], traced), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                              process_group=0) as process:
            said = []
            lines = lines_of(process.stdout)
            said.append(next(lines))
            for number in (*numbers, signal.SIGTERM):
                (os.killpg if to_group else os.kill)(process.pid, number)
                said.append(next(lines))
                if to_group and traced:
                    time.sleep(0.05)  # time for a second copy, which must not come
            said += list(lines)
            process.wait(TIMEOUT)
            return said, exit_status(process.returncode)

    return same_observation(observe)


SIGNALS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGWINCH, signal.SIGQUIT)


def group_is_killed(bench, traced):
    """SIGKILL to the process group ends everything that is in it."""
    with subprocess.Popen(bench.command(["sh", "-c", "sleep 1000 & echo started; wait"], traced),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0) as process:
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(TIMEOUT)
        rest = process.stdout.read()  # ends when the last holder is gone
        return exit_status(process.returncode), rest


def parent_sees_stops(bench, traced):
    """What a shell sees of its job: it stops when the workload stops, and goes on when it goes on."""
    seen = []
    with subprocess.Popen(bench.command(["sh", "-c", "kill -TSTP $$; kill -STOP $$; echo on; exit 5"], traced),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0) as process:
        for _ in range(2):
            pid, status = wait_for(process.pid, os.WUNTRACED)
            seen.append(("stopped", os.WSTOPSIG(status)) if os.WIFSTOPPED(status) else ("not stopped", status))
            os.killpg(process.pid, signal.SIGCONT)
        _, status = wait_for(process.pid, 0)
        seen.append(os.waitstatus_to_exitcode(status))
        process.returncode = 0
        seen.append(process.stdout.read())
    return seen


def killed_while_stopped(bench, traced):
    """SIGKILL ends a stopped workload, and whoever waits for it learns so."""
    with subprocess.Popen(bench.command(["sh", "-c", "echo $$; kill -STOP $$; echo on"], traced),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0) as process:
        first = int(process.stdout.readline())
        _, status = wait_for(process.pid, os.WUNTRACED)
        expect(os.WIFSTOPPED(status), f"not stopped: {status}")
        os.kill(first, signal.SIGKILL)
        _, status = wait_for(process.pid, 0)
        process.returncode = 0
        return exit_status(os.waitstatus_to_exitcode(status)), process.stdout.read()


def wait_for(pid, options):
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        got, status = os.waitpid(pid, options | os.WNOHANG)
        if got:
            return got, status
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    raise Failure(f"nothing to wait for within {TIMEOUT} s")


# ---- terminals ----


class Terminal:
    """A command on a terminal of its own, as its session's leader or as a job of a shell."""

    def __init__(self, command):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # Whoever runs the tests in the background ignores these, and shells keep what they inherit.
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.environ["PS1"] = "ready> "
            os.environ["TERM"] = "dumb"
            os.execvp(command[0], command)
        self.seen = ""

    def wait_for(self, text, timeout=TIMEOUT):
        """All that was written up to `text`, which must come."""
        deadline = time.monotonic() + timeout
        while text not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise Failure(f"{text!r} did not come, but {self.seen!r}")
            try:
                got = os.read(self.master, 4096)
            except OSError as error:
                if error.errno == errno.EIO:
                    raise Failure(f"{text!r} did not come, but the end after {self.seen!r}") from None
                raise
            self.seen += got.decode(errors="replace")
        before, _, self.seen = self.seen.partition(text)
        return before

    def send(self, text):
        os.write(self.master, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        while True:
            try:
                if not os.read(self.master, 4096):
                    break
            except OSError:
                break
        _, status = wait_for(self.pid, 0)
        os.close(self.master)
        return exit_status(os.waitstatus_to_exitcode(status))

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.close(self.master)


@contextlib.contextmanager
def terminal(command):
    opened = Terminal(command)
    try:
        yield opened
    finally:
        opened.kill()


SHELL = ["bash", "--norc", "--noprofile", "-i"]


def interactive_shell(bench, traced):
    """The shell is the command: prompts, Ctrl-C, Ctrl-Z, fg, window size, exit."""
    seen = []
    with terminal(bench.command(SHELL, traced)) as tty:
        tty.wait_for("ready> ")
        tty.send("echo a$((1+1))b\n")
        tty.wait_for("a2b")
        tty.wait_for("ready> ")
        tty.send("sh -c 'echo r$((1))dy; exec cat'\n")
        tty.wait_for("r1dy")
        tty.send("through\n")
        tty.wait_for("through\r\nthrough")
        tty.send("\x03")
        tty.wait_for("ready> ")
        tty.send("echo status=$?\n")
        tty.wait_for("status=130")
        tty.wait_for("ready> ")
        tty.send(str(bench.workloads / "count_signals") + "\n")
        tty.wait_for("ready\r\n")
        tty.send("\x03")
        tty.wait_for("INT code 128 sender kernel")
        tty.send("\x1a")
        tty.wait_for("Stopped")
        tty.wait_for("ready> ")
        tty.send("fg\n")
        tty.wait_for("CONT code")
        tty.send("\x1a")
        tty.wait_for("Stopped")
        tty.wait_for("ready> ")
        # Not kill and fg: the shell lets a stopped job go on that it sends SIGTERM, so it may have ended before fg.
        tty.send("bg >/dev/null; kill -TERM %1; wait %1; echo status=$?\n")
        tty.wait_for("TERM code 0")
        tty.wait_for("status=33\r\n")
        tty.wait_for("ready> ")
        tty.resize(33, 111)
        tty.send("stty size; tty -s && echo a terminal\n")
        seen.append(tty.wait_for("ready> ").replace("\r", "").splitlines()[-2:])
        # Its process group and that of the terminal's foreground.
        tty.send("read -r words </proc/$$/stat; set -- ${words##*) }; [ $3 = $6 ] && echo fore$((1))ground\n")
        tty.wait_for("fore1ground")
        tty.wait_for("ready> ")
        tty.send("exit 6\n")
        seen.append(tty.end())
    return seen


def job_of_a_shell(bench, traced):
    """The command is a job of an untraced shell: Ctrl-Z stops it for the shell, fg brings it back, Ctrl-C ends it."""
    words = " ".join(bench.command(["@count_signals"], traced)) + " 2>/dev/null"
    with terminal(SHELL) as tty:
        tty.wait_for("ready> ")
        tty.send(words + "\n")
        tty.wait_for("ready\r\n")
        tty.send("\x03")
        tty.wait_for("INT code 128 sender kernel\r\n")
        tty.send("\x1a")
        tty.wait_for("Stopped")
        tty.wait_for("ready> ")
        tty.send("fg >/dev/null\n")
        tty.wait_for("CONT")
        tty.resize(20, 70)
        tty.wait_for("WINCH code 128 sender kernel\r\n")
        tty.send("\x1a")
        tty.wait_for("ready> ")
        tty.send("bg >/dev/null; kill -TERM %1; wait %1; echo status=$?\n")
        tty.wait_for("TERM code 0")
        tty.wait_for("status=33\r\n")
        tty.send("exit 0\n")
        return tty.end()


def child_of(pid):
    """Its first child, which must be there."""
    return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@contextlib.contextmanager
def starved(pid):
    """The process gets next to nothing of one CPU, and the others are not its."""
    cpu = min(os.sched_getaffinity(0))
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            for one in (busy.pid, pid):
                os.sched_setaffinity(one, {cpu})
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
            yield
        finally:
            busy.kill()


def stop_handler(bench, traced, hinder=contextlib.nullcontext):
    """A program that catches SIGTSTP finishes its handler before the shell gets the terminal back, as editors do."""
    seen = []
    with contextlib.ExitStack() as cleanup:
        tty = cleanup.enter_context(terminal(SHELL))
        tty.wait_for("ready> ")
        tty.send(" ".join(bench.command(["@catch_stop"], traced)) + " 2>/dev/null\n")
        tty.wait_for("editing")
        cleanup.enter_context(hinder(child_of(tty.pid)))
        for _ in range(3):
            tty.send("\x1a")
            seen.append(tty.wait_for("ready> ").count("tidied up"))
            tty.send("fg >/dev/null\n")
            tty.wait_for("back")
        tty.send("quit\n")
        tty.wait_for("bye")
        tty.wait_for("ready> ")
        tty.send("exit 0\n")
        seen.append(tty.end())
    return seen


def stop_handler_starved(bench, traced):
    """Likewise when what the shell waits for hardly gets to run: it may not stop too early."""
    return stop_handler(bench, traced, starved if traced else contextlib.nullcontext)


def hang_up(bench, traced):
    """The terminal goes away: the session's leader gets SIGHUP."""
    tty = Terminal(bench.command(["sh", "-c", "trap 'echo hung up > $0; exit 3' HUP; echo here; while :; do sleep 0.01; done",
                                  str(bench.directory / "hup")], traced))
    (bench.directory / "hup").unlink(missing_ok=True)
    tty.wait_for("here")
    os.close(tty.master)
    _, status = wait_for(tty.pid, 0)
    return exit_status(os.waitstatus_to_exitcode(status)), (bench.directory / "hup").read_text()


# ---- as PID 1 ----


def as_pid_1(words):
    def case(bench):
        prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
        probe = subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False)
        if probe.returncode:
            raise Skip("no pid namespaces here")
        done = subprocess.run([*prefix, *bench.command(words, True)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
        plain = run(bench, words, False)
        got = done.stdout, own_lines_removed(done.stderr), exit_status(done.returncode)
        expect(got == plain, f"plain {plain!r}, traced as PID 1 {got!r}")

    return case


class Skip(Exception):
    pass


# ---- what the agent documents to be otherwise ----


def ptrace_is_refused(bench):
    out, _, status = run(bench, ["@foreign_trace"], True)
    lines = out.decode().splitlines()
    expect(lines == ["TRACEME: EPERM", "child: exit 0", "SEIZE: EPERM", "other child: killed by KILL"] and status == 0,
           f"{lines} {status}")


def not_started(words, expected, message):
    def case(bench):
        out, _, status = run(bench, words, True)
        done = subprocess.run(bench.command(words, True), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
        expect((out, status) == (b"", expected), f"{out!r} {status}")
        expect(message in done.stderr, f"{done.stderr!r}")

    return case


def script_without_interpreter_line(bench):
    script = bench.directory / "no_line"
    script.write_text("echo run by a shell; exit 9\n")
    script.chmod(0o755)
    expect(run(bench, [str(script)], True) == (b"run by a shell\n", b"", 9), "not as execvp(3) does it")


def rest_is_ended(bench):
    """What outlives the first process gets SIGTERM, and two seconds later SIGKILL."""
    script = ("(trap 'echo asked; exit' TERM; echo a; while :; do sleep 0.01; done) & "
              "(trap '' TERM; echo b; while :; do sleep 0.01; done) & "
              "sleep 0.3; exit 4")
    started = time.monotonic()
    out, _, status = run(bench, ["sh", "-c", script], True)
    took = time.monotonic() - started
    expect(status == 4 and sorted(out.split()) == [b"a", b"asked", b"b"], f"{out!r} {status}")
    expect(2 <= took < 20, f"took {took:.1f} s")


CASES = [
    ("exit 0", same(["@end", "exit", "0"])),
    ("exit 1", same(["@end", "exit", "1"])),
    ("exit 255", same(["@end", "exit", "255"])),
    ("_exit 77", same(["@end", "_exit", "77"])),
    ("exit by a thread after the leader has gone", same(["@end", "thread", "7"])),
    *[(f"death by signal {number}", same(["@end", "kill", str(number)])) for number in (1, 2, 6, 9, 11, 13, 15, 31, 34, 64)],
    ("death by a fault", same(["@end", "fault"])),
    ("death by abort", same(["@end", "abort"])),
    ("command that is not there", not_started(["/nonexistent/program"], 127, b"No such file")),
    ("command that is not in PATH", not_started(["tercel-no-such-command"], 127, b"No such file")),
    ("empty command", not_started([""], 127, b"No such file")),
    ("command that is not executable", not_started(["/etc/passwd"], 126, b"Permission denied")),
    ("command that is a directory", not_started(["/tmp"], 126, b"Permission denied")),
    ("script without an interpreter line", script_without_interpreter_line),
    ("wait statuses", same(["@wait_statuses"])),
    ("stop and continue of a process with threads", same(["@stop_threads"])),
    ("pipeline", same(["@pipeline"])),
    ("pipeline of a shell", same(["sh", "-c", "seq 100000 | sort -rn | tee /dev/null | md5sum; false | true; echo $?"])),
    ("daemon", same(["@daemon"])),
    ("threads", same(["@threads"])),
    ("exec by the leader of threads", same(["@threaded_exec", "leader"])),
    ("exec by another thread", same(["@threaded_exec", "other"])),
    ("exec by a thread without a leader", same(["@threaded_exec", "orphan"])),
    ("vfork and posix_spawn", same(["@spawn"])),
    ("fast timer", same(["@timer"])),
    ("input from a pipe", same(["@read_input"], stdin=bytes(range(256)) * 5000)),
    ("input from /dev/null", same(["@read_input"], stdin=subprocess.DEVNULL)),
    ("standard input closed", closed_descriptors([0])),
    ("standard output closed", closed_descriptors([1])),
    ("standard error closed", closed_descriptors([2])),
    ("all of them closed", closed_descriptors([0, 1, 2])),
    ("inherited descriptors", same_observation(extra_descriptors)),
    ("nothing special inherited", same(["@inherited", "a b", ""])),
    ("inherited signals", same(["@inherited"], preexec_fn=inherited_signals)),
    ("inherited limits", inherited_limits),
    ("inherited directory, umask, nice", same(["@inherited"], preexec_fn=elsewhere)),
    ("nohup", same(["nohup", "@inherited"])),
    ("empty environment", same(["@inherited"], env={})),
    ("reader that goes away", same_observation(reader_goes_away)),
    ("EPIPE", same(["sh", "-c", "trap '' PIPE; seq 1000000 2>/dev/null | head -1; echo $?"])),
    ("workload that closes its output and input", same_observation(reader_sees_end)),
    ("wild pointers and odd paths", same(["@wild_pointers"])),
    ("memory that changes under a call", same(["@racing", "1"])),
    ("programs without a name", same(["@odd_programs"])),
    ("big arguments and environment", same(["@big_arguments"])),
    ("foreign ABIs", same(["@foreign_abi"])),
    ("seccomp filters of its own", same(["@own_seccomp"])),
    ("ptrace of its own: refused", ptrace_is_refused),
    ("signal at the parent's death", same(["@parent_death"])),
    ("untraced clones", same(["@untraced_clone"])),
    ("orphans", same(["@orphans", "30"])),
    ("a hundred deep, a hundred wide", same(["@deep_tree", "100"])),
    ("processes killed in the middle of everything", same(["@storm", "3"])),
    ("signals to the process", send_signals("", False, SIGNALS)),
    ("signals to the process group", send_signals("", True, SIGNALS)),
    ("signals that a thread takes", send_signals("thread", True, SIGNALS)),
    ("signals taken by sigwaitinfo", send_signals("wait", False, SIGNALS)),
    ("group killed", same_observation(group_is_killed)),
    ("stops as a parent sees them", same_observation(parent_sees_stops)),
    ("killed while stopped", same_observation(killed_while_stopped)),
    ("interactive shell", same_observation(interactive_shell)),
    ("job of a shell", same_observation(job_of_a_shell)),
    ("handler of SIGTSTP", same_observation(stop_handler)),
    ("handler of SIGTSTP, the agent starved", same_observation(stop_handler_starved)),
    ("hang-up", same_observation(hang_up)),
    ("orphans as PID 1", as_pid_1(["@orphans", "30"])),
    ("wait statuses as PID 1", as_pid_1(["@wait_statuses"])),
    ("exit status as PID 1", as_pid_1(["@end", "kill", "15"])),
    ("the rest is ended", rest_is_ended),
]


def main():
    arguments = sys.argv[1:]
    only = ""
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1]
        del arguments[at:at + 2]
    evaluated = "--evaluated" in arguments
    agent, tercelc, workloads = [word for word in arguments if word != "--evaluated"]
    cases = [case for case in CASES if only in case[0]]
    print(f"1..{len(cases)}", flush=True)
    failed = alerts = 0
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(os.path.abspath(agent), os.path.abspath(tercelc), os.path.abspath(workloads), directory,
                      evaluated)
        for number, (name, case) in enumerate(cases, 1):
            started = time.monotonic()
            try:
                case(bench)
                alerts += len(bench.take_alerts())
                result = f"ok {number} - {name}"
            except Skip as reason:
                result = f"ok {number} - {name} # SKIP {reason}"
            except (Failure, subprocess.TimeoutExpired, OSError, ValueError) as fault:
                failed += 1
                result = f"not ok {number} - {name}\n# {str(fault)[:2000]!r}"
            print(result, f"# {time.monotonic() - started:.2f} s" if only else "", flush=True)
    if evaluated and not only and not alerts:
        print("Bail out! no alerts at all: the rules were not run")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
