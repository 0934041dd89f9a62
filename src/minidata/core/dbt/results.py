"""What dbt says that it did: ``run_results.json``, with what ``manifest.json`` knows of each node."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from minidata.core.errors import ConfigError


@dataclass(frozen=True)
class NodeResult:
    """
    What became of a node: its *kind* (dbt's resource type), dbt's own word for its *status*, and *message*.

    *about* is what a test is about, *relation* where a model is, *rows* how many it has where dbt says so.
    """

    name: str
    kind: str
    status: str
    seconds: float
    message: str
    failures: int
    about: str
    severity: str
    relation: str
    rows: int | None


def read_results(run_results: bytes, manifest: bytes) -> tuple[NodeResult, ...]:
    """Return what became of each node. Raises ConfigError for files that are not as dbt writes them."""
    try:
        nodes = json.loads(manifest)
        known = {**nodes["nodes"], **nodes.get("unit_tests", {})}
        return tuple(_result(one, known) for one in json.loads(run_results)["results"])
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise ConfigError(
            f"what dbt wrote about its run is not understood ({type(exc).__name__}: {exc})",
            hint="is this a dbt newer than minidata?",
        ) from exc


def _result(result: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> NodeResult:
    name = result["unique_id"]
    node = nodes.get(name, {})
    kind = name.partition(".")[0]
    rows = (result.get("adapter_response") or {}).get("rows_affected")
    return NodeResult(
        name=node.get("name") or name.split(".")[2],
        kind=kind,
        status=result["status"],
        seconds=float(result.get("execution_time") or 0),
        message=" ".join(str(result.get("message") or "").split()),
        failures=int(result.get("failures") or 0),
        about=_about(node) if kind in {"test", "unit_test"} else "",
        severity=str(node.get("config", {}).get("severity", "error")).lower(),
        relation=".".join(filter(None, (node.get("schema"), node.get("alias")))) if node.get("relation_name") else "",
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
    )


def _about(test: Mapping[str, Any]) -> str:
    """Return what a test is about: the model it is attached to, or all that it reads."""
    attached = test.get("attached_node")
    reads = [attached] if attached else test.get("depends_on", {}).get("nodes", [])
    return ", ".join(_shown(one) for one in reads)


def _shown(unique_id: str) -> str:
    kind, _package, *name = unique_id.split(".")
    return ".".join(name) if kind == "source" else name[0]
