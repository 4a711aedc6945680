"""Runs on a real local Ray cluster of several nodes, one of which is killed in the middle."""

import json
import os
import subprocess
import sys
import textwrap

import experiments_paper
import pytest
from experiments_paper import TRAINING

pytest.importorskip("ray", reason="Ray is not installed: pip install 'ectype[ray]'")

# In a process of its own: Ray keeps threads, sockets and an atexit hook in the process that uses it.
DRIVER = """
import json, threading, time
from pathlib import Path

import ray
from ray.cluster_utils import Cluster
from ectype.experiments.executors.ray import Ray
from ectype.experiments.reproduce import open_paper
from ectype.verify import select

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
ray.init(address=cluster.address, log_to_driver=False)

paper = open_paper(select(["line"])[0], Path(".ectype/runs").absolute())
plan = paper.plan(processes=4)
paper.registered(plan.claims)
jobs = paper.jobs(plan.runs)
executor = Ray(cluster.address, paper.declared.modules, paper.arguments())
killed, ended = [], []

def kill():
    # Once both nodes are at work: checkpoints of four runs are there.
    while len(list(Path(".ectype/runs").rglob("training.safetensors"))) < 4:
        time.sleep(0.2)
    cluster.remove_node(nodes[0], allow_graceful=False)
    killed.append(len(ended))

thread = threading.Thread(target=kill)
thread.start()
for end in executor.run(jobs):
    ended.append((end.job.name, end.state, end.reason))
thread.join()
print(json.dumps({"killed_after": killed, "ended": ended, "runs": len(jobs)}))
again = executor.run(jobs)
print(json.dumps([end.state for end in again]))
ray.shutdown()
cluster.shutdown()
"""


@pytest.mark.timeout(240)
def test_a_node_that_is_killed_in_the_middle_loses_nothing(workspace):
    slow = TRAINING.replace("pause: float = 0.0", "pause: float = 0.02")
    folder = experiments_paper.add(workspace, "line", training=slow)
    workspace.accept("line")
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, workspace.sources)),
        "OMP_NUM_THREADS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DRIVER)],
        cwd=workspace.root,
        env=env,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (json.loads(line) for line in done.stdout.strip().splitlines()[-2:])
    assert len(first["killed_after"]) == 1
    assert first["killed_after"][0] < first["runs"], "the node was killed after everything had ended"
    assert [state for _, state, _ in first["ended"]] == ["completed"] * first["runs"], first
    assert second == ["already"] * first["runs"]
    events = json.loads((folder / "evidence" / "line.json").read_text())["records"]
    kinds = [line["record"]["event"] for line in events]
    assert kinds.count("attempted") == kinds.count("completed") == first["runs"]
    local = workspace.run("audit", "line", "--sample", "3")
    assert local.returncode == 0, local.stdout
    assert local.stdout.count("identical") == 3


def test_without_a_cluster_it_says_what_is_missing(workspace):
    experiments_paper.add(workspace, "line")
    workspace.accept("line")
    done = workspace.run("reproduce", "line", "--executor", "ray", "--address", "127.0.0.1:1")
    assert done.returncode == 2
    assert "--address must be of a Ray cluster that runs" in done.stderr
