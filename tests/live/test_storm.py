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


if __name__ == "__main__":
    sys.exit(main([a_storm_of_alerts_is_stored_once_each]))
