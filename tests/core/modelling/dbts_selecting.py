"""Runs in a dbt's own venv: answers with what dbt's selectors select, for each case that it is given as JSON."""

import json
import sys
from argparse import Namespace
from types import SimpleNamespace
from typing import Any

import networkx as nx
from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode
from dbt.flags import set_flags
from dbt.graph import Graph, NodeSelector
from dbt.graph.cli import parse_difference
from dbt.node_types import NodeType


class Answers(NodeSelector):  # type: ignore[misc]  # it is installed there alone
    """Selects among nodes that are no more than their facts."""

    def _is_graph_member(self, _unique_id: str) -> bool:
        return True


def node(facts: dict[str, Any]) -> Any:
    made = SimpleNamespace()
    if facts["kind"] == "test":
        made = (GenericTestNode if facts["test"] else SingularTestNode).__new__(
            GenericTestNode if facts["test"] else SingularTestNode
        )
        made.test_metadata = SimpleNamespace(name=facts["test"])
    made.resource_type = NodeType(facts["kind"])
    made.fqn, made.tags, made.config = facts["fqn"], facts["tags"], facts["config"]
    made.name, made.package_name, made.original_file_path = facts["fqn"][-1], facts["fqn"][0], facts["path"]
    made.depends_on = SimpleNamespace(nodes=facts["reads"], macros=[])
    if facts["kind"] != "test":
        made.is_versioned, made.depends_on_nodes = facts["versioned"], facts["reads"]
    return made


def answer(case: dict[str, Any]) -> list[str]:
    nodes = {name: node(facts) for name, facts in case["nodes"].items()}
    edges = nx.DiGraph()
    edges.add_nodes_from(nodes)
    edges.add_edges_from((parent, name) for name, facts in case["nodes"].items() for parent in facts["reads"])
    parts = ("sources", "exposures", "metrics", "unit_tests", "semantic_models", "saved_queries", "functions")
    manifest = SimpleNamespace(
        nodes=nodes, metadata=SimpleNamespace(project_name="shop"), **{part: {} for part in parts}
    )
    spec = parse_difference(case["include"], case["exclude"])
    direct, _ = Answers(Graph(edges), manifest).select_nodes(spec, warn_on_no_nodes=False)
    return sorted(direct)


def main() -> None:
    set_flags(Namespace(INDIRECT_SELECTION="eager"))
    json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
