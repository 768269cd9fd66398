#!/usr/bin/env python3
"""What `tercel-agent install` copies, what `run` finds beside itself, the token in the environment, joined words."""
import os
import subprocess
import sys

from chain import children, main, read_bytes, wait_until

RULES = """
- rule: Marked link
  desc: a symbolic link with a mark in its target
  condition: evt.type in (symlink, symlinkat) and evt.arg.target startswith "marked-"
  output: "link target=%evt.arg.target"
  priority: WARNING
"""
LINK = ["/bin/sh", "-c", "ln -s marked-one \"$0\" && echo linked", "LINK"]


def link(chain):
    path = chain.path("link")
    if os.path.islink(path):
        os.unlink(path)
    return LINK[:-1] + [path]


def agent(chain, *words, program=None, **options):
    return chain.run(program or chain.agent_program, *words, check=False, stdin=subprocess.DEVNULL, **options)


def image(chain, name, files):
    """A folder as the root of an agent's image is: the program, and `files` (name: path) beside it."""
    folder = chain.path(name)
    os.mkdir(folder)
    for target, source in {"tercel-agent": chain.agent_program, **files}.items():
        chain.run("cp", source, os.path.join(folder, target))
    return os.path.join(folder, "tercel-agent")


def contents(folder):
    return {name: read_bytes(os.path.join(folder, name)) for name in os.listdir(folder)}


def a_copy_runs_with_what_lies_beside_it(chain):
    bundle, key = chain.build("rules", RULES), chain.path("key.pub")
    program = image(chain, "image", {"bundle.tcb": bundle, "trust.pub": key, "other.tcb": bundle, "README": key})
    volume = chain.path("volume")
    old_umask = os.umask(0o077)
    result = agent(chain, "install", volume, program=program)
    os.umask(old_umask)
    assert (result.returncode, result.stdout) == (0, ""), result
    assert sorted(os.listdir(volume)) == ["bundle.tcb", "other.tcb", "tercel-agent", "trust.pub"], os.listdir(volume)
    modes = {name: os.stat(os.path.join(volume, name)).st_mode & 0o7777 for name in os.listdir(volume)}
    assert modes == {"bundle.tcb": 0o644, "other.tcb": 0o644, "tercel-agent": 0o755, "trust.pub": 0o644}, modes
    assert os.stat(volume).st_mode & 0o7777 == 0o755
    copy = os.path.join(volume, "tercel-agent")
    assert read_bytes(copy) == read_bytes(chain.agent_program)
    result = agent(chain, "run", "--alerts", chain.path("alerts"), "--", *link(chain), program=copy)
    assert (result.returncode, result.stdout) == (0, "linked\n"), result
    assert read_bytes(chain.path("alerts")).count(b"link target=marked-one") == 1, read_bytes(chain.path("alerts"))
    # The options win: a bundle that the given key has not signed is refused.
    chain.keygen("foreign")
    result = agent(chain, "run", "--trust", chain.path("foreign.pub"), "--without-bundle", "refuse", "--", "/bin/true",
                   program=copy)
    assert result.returncode == 1 and "not signed by any trusted key" in result.stderr, result


def an_older_installation_is_replaced_and_nothing_else(chain):
    chain.keygen("second")
    old = image(chain, "old", {"bundle.tcb": chain.build("old-rules", RULES), "trust.pub": chain.path("key.pub")})
    new = image(chain, "new", {"trust.pub": chain.path("second.pub")})
    volume = chain.path("volume")
    os.mkdir(volume)
    with open(os.path.join(volume, "data.pub"), "w") as file:
        file.write("the user's")
    assert agent(chain, "install", volume, program=old).returncode == 0
    # While the old one runs: a program that runs cannot be written to, but it can be replaced.
    running = subprocess.Popen([os.path.join(volume, "tercel-agent"), "run", "--", "/bin/cat"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    chain.processes.append(running)
    wait_until(lambda: any(b"cat" in read_bytes(f"/proc/{pid}/comm") for child in children(running.pid)
                           for pid in children(child)), "the workload runs")
    with open(os.path.join(volume, "tercel-agent"), "rb") as file:
        kept = file.read()
        result = agent(chain, "install", volume, program=new)
        assert result.returncode == 0, result
        file.seek(0)
        assert file.read() == kept
    assert running.communicate(b"still here")[0] == b"still here" and running.returncode == 0
    # The new image has no bundle: that of the old one is gone, its key is replaced, the user's file is as it was.
    assert contents(volume) == {"tercel-agent": read_bytes(new), "trust.pub": read_bytes(chain.path("second.pub")),
                                "data.pub": b"the user's"}, os.listdir(volume)
    # From the volume into itself, and to a second one.
    assert agent(chain, "install", volume, program=os.path.join(volume, "tercel-agent")).returncode == 0
    assert len(contents(volume)) == 3
    assert agent(chain, "install", chain.path("second"), program=os.path.join(volume, "tercel-agent")).returncode == 0
    assert contents(chain.path("second")) == contents(volume)


def an_installation_that_fails_says_why(chain):
    with open(chain.path("file"), "w"):
        pass
    for words, status, said in (((), 2, "expected DIR"), (("a", "b"), 2, "unexpected argument"),
                                ((chain.path("file"),), 3, "Not a directory"),
                                ((chain.path("no/such"),), 3, "No such file"), (("/proc/self/fd",), 3, "/proc/self/fd")):
        result = agent(chain, "install", *words)
        assert result.returncode == status and said in result.stderr, (words, result)
    large = image(chain, "large", {})
    with open(chain.path("large/huge.pub"), "wb") as file:
        file.truncate(1 << 20)
    result = agent(chain, "install", chain.path("target"), program=large)
    assert result.returncode == 3 and "huge.pub" in result.stderr, result
    assert "tercel-agent" not in os.listdir(chain.path("target"))  # it comes last, when the rest is there


def without_a_key_nothing_is_run(chain):
    result = agent(chain, "run", "--bundle", chain.build("rules", RULES), "--", "/bin/echo", "ran")
    assert result.returncode == 2 and result.stdout == "" and "trust.pub" in result.stderr, result
    # A key may be given by its text.
    key = read_bytes(chain.path("key.pub")).decode().splitlines()[1]
    result = agent(chain, "run", "--bundle", chain.path("rules.tcb"), "--trust", key, "--", "/bin/echo", "ran")
    assert (result.returncode, result.stdout) == (0, "ran\n"), result


def the_token_in_the_environment_is_shown_to_nobody(chain):
    secret = "the-secret-of-the-token"
    with open(chain.path("token"), "w") as file:
        file.write(secret + "\n")
    chain.start_orchestrator("--token-file", chain.path("token"))
    environment = {**os.environ, "TERCEL_TOKEN": secret, "OTHER": "kept", "LC_TERCEL_TOKEN": "kept too"}
    bundle = chain.build("rules", RULES)
    chain.run(chain.orchestrator_program, "publish", "--to", chain.url, "--token-env", "TERCEL_TOKEN", bundle, env=environment)
    running = subprocess.Popen(chain.agent_command(
        ["/bin/sh", "-c", 'env; echo end; read line; ln -s marked-one "$0"', chain.path("link")], "--token-env", "TERCEL_TOKEN"),
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(chain.path("agent.log"), "ab"), text=True)
    chain.processes.append(running)
    seen = []
    while (line := running.stdout.readline()) not in ("end\n", ""):
        seen.append(line)
    assert line == "end\n" and "OTHER=kept\n" in seen and "LC_TERCEL_TOKEN=kept too\n" in seen, seen
    assert not any(secret in line for line in seen), seen

    def family(pid):
        return [pid] + [process for child in children(pid) for process in family(child)]

    wait_until(lambda: chain.uplink_pid(running), "the uplink runs")
    shown = {pid: (read_bytes(f"/proc/{pid}/cmdline"), read_bytes(f"/proc/{pid}/environ")) for pid in family(running.pid)}
    assert len(shown) >= 4, shown  # init, capture, uplink, the workload
    for pid, (words, variables) in shown.items():
        assert secret.encode() not in words + variables, pid
    assert all(b"OTHER=kept" in variables for _, variables in shown.values()), shown
    running.communicate("go\n")
    assert running.returncode == 0
    stored = chain.run(chain.orchestrator_program, "alerts", "--to", chain.url, "--token-env", "TERCEL_TOKEN", "--format",
                       "json", env=environment).stdout.splitlines()
    assert len(stored) == 1, stored
    # Not set, or twice.
    for options, status, said in ((("--token-env", "NOT_SET"), 3, "NOT_SET: it is not set"), (("--token-env", "A=B"), 3, "A=B"),
                                  (("--token-env", "HOME", "--token-file", chain.path("token")), 2, "which of them")):
        result = chain.run_agent(["/bin/echo", "ran"], *options)
        assert result.returncode == status and said in result.stderr and not result.stdout, (options, result)
    result = chain.ask("status", "--token-env", "NOT_SET", check=False)
    assert result.returncode == 3 and "it is not set" in result.stderr, result


def joined_words_come_before_the_command(chain):
    bundle = ("--bundle", chain.build("rules", RULES), "--trust", chain.path("key.pub"))
    for joined, command, expected in (
            (("|;|", "/bin/echo|;|a b|;||;|c"), ["d", "--", "--trust"], "a b  c d -- --trust\n"),
            (("|;|", "/bin/echo"), [], "\n"), (("|;|", ""), ["/bin/echo", "only"], "only\n"),
            (("--", "/bin/sh---c--echo $0 $1"), ["x", "y"], "x y\n")):
        result = agent(chain, "run", *bundle, "--prepend-joined", *joined, "--", *command)
        assert (result.returncode, result.stdout) == (0, expected), (joined, result)
    for words, said in ((("--prepend-joined", "", "/bin/echo", "--"), "the separator is empty"),
                        (("--prepend-joined", "|", "", "--"), "expected COMMAND"), (("--",), "expected COMMAND"),
                        (("--prepend-joined", "|"), "two values"), (("--prepend-joined=|", "/bin/echo"), "two values")):
        result = agent(chain, "run", *bundle, *words)
        assert result.returncode == 2 and said in result.stderr and not result.stdout, (words, result)
    result = agent(chain, "run", *bundle, "--prepend-joined", ",", "/no/such", "--", "x")
    assert result.returncode == 127, result


def keys_come_from_the_environment(chain):
    with open(chain.path("key.pub")) as file:
        os.environ["TERCEL_TRUST"] = file.read()
    chain.start_orchestrator("--trust-env", "TERCEL_TRUST", trust=())
    del os.environ["TERCEL_TRUST"]
    assert b"untrusted comment" not in read_bytes(f"/proc/{chain.orchestrator.pid}/environ")
    chain.publish(chain.build("one", RULES))
    chain.keygen("other")
    result = chain.publish(chain.build("two", RULES, key="other"), check=False)
    assert result.returncode == 1 and "unknown_key" in result.stdout + result.stderr, result
    for value, status in (("no key", 3), (None, 3)):
        environment = {**os.environ, **({"TERCEL_TRUST": value} if value else {})}
        result = chain.run(chain.orchestrator_program, "serve", "--state", chain.path("other"), "--listen", "tcp://127.0.0.1:0", "--trust-env",
                           "TERCEL_TRUST", check=False, env=environment)
        assert result.returncode == status and "TERCEL_TRUST" in result.stderr, result


if __name__ == "__main__":
    sys.exit(main([a_copy_runs_with_what_lies_beside_it, an_older_installation_is_replaced_and_nothing_else,
                   an_installation_that_fails_says_why, without_a_key_nothing_is_run,
                   the_token_in_the_environment_is_shown_to_nobody, joined_words_come_before_the_command,
                   keys_come_from_the_environment]))
