#!/usr/bin/env python3
"""The published stable rules over the live system calls of a scripted workload, on the host and in a container: each rule
fires as often as the script does what it is about, with the right text; a quiet workload gives nothing, though watched."""
import collections
import os
import re
import sys
import tempfile

import container
from chain import main

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UPSTREAM = os.path.join(os.environ.get("TERCEL_UPSTREAM_RULES", os.path.join(ROOT, "../shared/upstream-rules")),
                        "falco_rules.yaml")
STEPS = os.path.join(os.path.abspath(sys.argv[1]), "tests/live/attack_steps") if len(sys.argv) > 1 else ""

# $1: a folder of its own, $2: the program with the steps.
ATTACK = """
cat /etc/shadow >/dev/null
cat /etc/shadow >/dev/null
head -c 1 /etc/pam.d/common-auth >/dev/null
ln -s /etc/shadow $1/a; ln -s /etc $1/b; ln -s /root/ $1/c
ln /etc/shadow $1/d
grep -r 'BEGIN RSA PRIVATE' $1
find $1 -name id_rsa
$2 execute-memory-file
$2 trace-child
true > $1/auth.log
true > $1/syslog
$2 redirect-to-socket
true
"""

# Next to all of it, and harmless.
QUIET = """
cat /etc/passwd >/dev/null
ln -s /etc/passwd $1/a; ln /etc/passwd $1/d
grep -r 'BEGIN RSA PUBLIC' $1
find $1 -name id_card
$2 end
$2 peek-at-child
true >> $1/auth.log
$2 redirect-to-file
true
"""

EXPECTED = {
    "Read sensitive file untrusted": 3,
    "Create Symlink Over Sensitive Files": 3,
    "Create Hardlink Over Sensitive Files": 1,
    "Search Private Keys or Passwords": 2,
    "Fileless execution via memfd_create": 2,
    "PTRACE attached to process": 4,
    "Clear Log Activities": 2,
}
# Where the root file system is an overlay: what was not in the image.
DROPPED = """
cp /bin/true /usr/local/dropped
/usr/local/dropped
/bin/true
"""
EXPECTED_IN_CONTAINER = EXPECTED | {"Redirect STDOUT/STDIN to Network Connection in Container": 3,
                                    "Drop and execute new binary in container": 1}


def script(chain, text):
    work = tempfile.mkdtemp(dir=chain.folder)
    return ["/bin/sh", "-c", text, "sh", work, STEPS]


def bundle(chain):
    path = chain.path("stable.tcb")
    chain.run(chain.tercelc, "build", "--key", chain.path("key.key"), "-o", path, UPSTREAM)
    return path


def counts(alerts):
    return dict(collections.Counter(alert["rule"] for alert in alerts))


def outputs(alerts, rule):
    """The texts behind the title, without the login user: it is whoever runs the tests."""
    return [re.sub(r" user_loginuid=\S+", "", alert["output"].split(" | ", 1)[1]) for alert in alerts if alert["rule"] == rule]


def check_texts(alerts, folder):
    tail = "user=root user_uid=0 process={0} proc_exepath=/usr/bin/{0} parent=sh command={1} terminal=0"
    assert outputs(alerts, "Read sensitive file untrusted") == [
        f"file={file} gparent=<NA> ggparent=<NA> gggparent=<NA> evt_type=openat " + tail.format(name, command)
        for file, name, command in (("/etc/shadow", "cat", "cat /etc/shadow"), ("/etc/shadow", "cat", "cat /etc/shadow"),
                                    ("/etc/pam.d/common-auth", "head", "head -c 1 /etc/pam.d/common-auth"))
    ], outputs(alerts, "Read sensitive file untrusted")
    links = outputs(alerts, "Create Symlink Over Sensitive Files")
    assert [re.match(r"target=(\S+) linkpath=(\S+) evt_type=symlinkat ", text).groups() for text in links] == [
        ("/etc/shadow", folder + "/a"), ("/etc", folder + "/b"), ("/root/", folder + "/c")], links
    assert links[0].endswith(tail.format("ln", f"ln -s /etc/shadow {folder}/a")), links
    hard = outputs(alerts, "Create Hardlink Over Sensitive Files")
    assert hard[0].startswith(f"target=/etc/shadow linkpath={folder}/d evt_type=linkat "), hard
    search = outputs(alerts, "Search Private Keys or Passwords")
    assert "command=grep -r BEGIN RSA PRIVATE " in search[0] and "process=find " in search[1], search
    assert "evt_type=execve " in search[0] and re.search(r"exe_flags=EXE_WRITABLE(\|EXE_LOWER_LAYER)?$", search[0]), search
    memory = outputs(alerts, "Fileless execution via memfd_create")
    for text in memory:
        assert "proc_exepath=memfd:kworker-x " in text and "evt_res=SUCCESS" in text, memory
        assert "parent=attack_steps" in text and text.endswith("exe_flags=EXE_WRITABLE|EXE_FROM_MEMFD"), memory
    trace = outputs(alerts, "PTRACE attached to process")
    assert all(" process=attack_steps " in text and " proc_pcmdline=sh -c" in " " + text for text in trace), trace
    logs = outputs(alerts, "Clear Log Activities")
    assert [re.match(r"file=(\S+) evt_type=openat .* process=sh ", text).group(1) for text in logs] == [
        folder + "/auth.log", folder + "/syslog"], logs


def attack_on_the_host(chain):
    chain.start_orchestrator()
    chain.publish(bundle(chain))
    command = script(chain, ATTACK)
    result = chain.run_agent(command, "--rule-matching", "all")
    assert result.returncode == 0, result
    alerts = chain.stored()
    assert counts(alerts) == EXPECTED, counts(alerts)
    check_texts(alerts, command[4])
    assert all(alert["output_fields"].get("container.id", "host") == "host" for alert in alerts)


def quiet_on_the_host(chain):
    chain.start_orchestrator()
    chain.publish(bundle(chain))
    result = chain.run_agent(script(chain, QUIET), "--rule-matching", "all")
    assert result.returncode == 0, result
    assert chain.stored() == []
    counters = chain.agent_status("agent")["counters"]
    assert counters["stops_enter"] > 50 and counters["events"] > 50, counters


def attack_in_a_container(chain):
    chain.start_orchestrator()
    chain.publish(bundle(chain))
    # Not on the root file system, which is the overlay's lower layer.
    with tempfile.TemporaryDirectory(prefix="tercel-container-", dir="/dev/shm") as folder:
        box = container.Container(folder, chain.folder, "tercel-test-%d" % os.getpid())
        try:
            for text, expected in ((QUIET, {}), (ATTACK + DROPPED, EXPECTED_IN_CONTAINER)):
                command = script(chain, text)
                agent = chain.agent_command(command, "--rule-matching", "all")
                agent[agent.index("host")] = "0123456789ab"
                result = box.run(agent, timeout=120)
                assert result.returncode == 0, result
                alerts = chain.stored()
                assert counts(alerts) == expected, (counts(alerts), result.stderr)
        finally:
            box.close()
    check_texts(alerts, command[4])
    port = re.search(r"port (\d+)", result.stderr).group(1)
    redirections = outputs(alerts, "Redirect STDOUT/STDIN to Network Connection in Container")
    for text, call in zip(redirections, ("dup2", "dup2", "dup3")):
        found = re.search(r"fd.sip=127.0.0.1 connection=127.0.0.1:(\d+)->127.0.0.1:(\d+) lport=(\d+) rport=(\d+) fd_type=ipv4"
                          r" fd_proto=tcp evt_type=(\w+) user=root", text)
        assert found and found.group(2) == port and found.group(5) == call, text


if __name__ == "__main__":
    if not os.path.exists(UPSTREAM):
        print("1..0 # SKIP the published rules are not there: " + UPSTREAM)
        sys.exit(0)
    if os.geteuid() != 0:
        print("1..0 # SKIP the workload reads what only root may read")
        sys.exit(0)
    reason = container.why_not()
    if reason:
        print(f"# attack_in_a_container is skipped: {reason}")
    sys.exit(main([attack_on_the_host, quiet_on_the_host] + ([] if reason else [attack_in_a_container])))
