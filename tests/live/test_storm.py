#!/usr/bin/env python3
"""Kill anything, lose nothing acknowledged: 10,000 alerts while the orchestrator is killed twice, uplink once, and the
connection is cut once. Each is stored once."""
import os
import signal
import subprocess
import sys

from chain import Proxy, main, wait_until

ALERTS = 10000

RULES = """
- rule: Storm
  desc: a symbolic link with a number in its target
  condition: evt.type in (symlink, symlinkat) and evt.arg.target startswith "storm-"
  output: "storm target=%evt.arg.target"
  priority: NOTICE
"""

# A quarter of the links for each line of its standard input, then the end.
WORKLOAD = """
import os, sys
path = os.path.join(sys.argv[1], "link")
count = 0
for line in sys.stdin:
    for _ in range(int(sys.argv[2]) // 4):
        os.symlink("storm-%d" % count, path)
        os.unlink(path)
        count += 1
"""


def stored_targets(chain):
    return [alert["output_fields"]["evt.arg.target"] for alert in chain.stored()]


def a_storm_of_alerts_is_stored_once_each(chain):
    chain.start_orchestrator()
    chain.publish(chain.build("storm", RULES))
    proxy = Proxy(chain.port)
    try:
        agent = chain.start_agent([sys.executable, "-c", WORKLOAD, chain.folder, str(ALERTS)],
                                  url=f"tcp://127.0.0.1:{proxy.port}", stdin=subprocess.PIPE)

        def next_quarter():
            agent.stdin.write(b"go\n")
            agent.stdin.flush()

        next_quarter()
        wait_until(lambda: len(stored_targets(chain)) > 500, "alerts")
        chain.kill_orchestrator()  # in the middle of it
        next_quarter()
        chain.start_orchestrator()
        wait_until(lambda: len(stored_targets(chain)) > ALERTS // 4, "alerts after the first kill")
        uplink = chain.uplink_pid(agent)
        os.kill(uplink, signal.SIGKILL)
        next_quarter()
        wait_until(lambda: chain.uplink_pid(agent) not in (None, uplink), "another uplink")
        proxy.cut()
        wait_until(lambda: len(stored_targets(chain)) > ALERTS // 2, "alerts after the cut")
        next_quarter()
        chain.kill_orchestrator()
        chain.start_orchestrator()
        agent.stdin.close()
        assert agent.wait(timeout=60) == 0
    finally:
        proxy.close()
    expected = ["storm-%d" % i for i in range(ALERTS)]
    assert stored_targets(chain) == expected, len(stored_targets(chain))
    status = chain.agent_status("agent")
    assert status["alerts_stored"] == ALERTS and status["lost_alerts"] == 0, status
    # Standard output: each at least once, over all three lives of the orchestrator.
    wait_until(lambda: {alert["output_fields"]["evt.arg.target"] for alert in chain.printed()} == set(expected),
               "all alerts on standard output")


def a_full_ring_says_what_was_lost(chain):
    """Nobody takes the alerts until there are more than fit; then what was kept arrives, and an alert about the rest."""
    bundle = chain.build("storm", RULES)
    script = ("import os, sys\ndef links(first, count):\n for i in range(first, first + count):\n"
              "  os.symlink('storm-%d-' % i + 'x' * 3000, sys.argv[1])\n  os.unlink(sys.argv[1])\n"
              "links(0, 6000)\nprint('made', flush=True)\nsys.stdin.readline()\nlinks(6000, 1)\n")
    agent = chain.start_agent([sys.executable, "-c", script, chain.path("link")], "--bundle", bundle,
                              stdin=subprocess.PIPE)
    assert agent.stdout.readline() == b"made\n"
    chain.start_orchestrator()
    lost = wait_until(lambda: (chain.agent_status("agent") or {"lost_alerts": 0})["lost_alerts"], "the loss is in status")
    wait_until(lambda: len(chain.stored()) == 6000 - lost, "what was kept arrives")
    agent.stdin.write(b"go\n")
    agent.stdin.close()
    assert agent.wait(timeout=60) == 0
    alerts = chain.stored()
    told = [alert for alert in alerts if alert["source"] == "internal"]
    assert len(told) == 1 and told[0]["rule"] == "Tercel alerts lost" and f"(count={lost})" in told[0]["output"], told
    # Numbers are given to all, so that what is missing shows as a gap.
    sequences = [alert["output_fields"]["tercel.sequence"] for alert in alerts]
    assert sequences == sorted(sequences) and sequences[-1] == 6002 and len(alerts) == 6002 - lost, sequences[-3:]


if __name__ == "__main__":
    sys.exit(main([a_storm_of_alerts_is_stored_once_each, a_full_ring_says_what_was_lost]))
