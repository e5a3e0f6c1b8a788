"""A Ray cluster of two nodes on this machine, one processor each, until standard input ends."""

import sys
from importlib import import_module


def main() -> None:
    """Prints the cluster's address and waits."""
    # Ray is in an environment of its own, where the type checker does not look.
    head = {"num_cpus": 1, "include_dashboard": False}
    cluster = import_module("ray.cluster_utils").Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
