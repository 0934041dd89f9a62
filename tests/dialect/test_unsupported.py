"""What dbt does and minidata does not is one clear error: the file, the line where there is one, and the way round."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from minidata.adapters.models import read_model_files
from minidata.core.dialect.variables import Outside
from minidata.core.errors import ConfigError
from minidata.core.modelling.reading import read_models

DOCS = Path(__file__).parents[2] / "docs" / "dbt.md"
MODEL = {"models/one.sql": "select 1 as one\n"}
INCREMENTAL = "{{{{ config(materialized='incremental', {}) }}}}\nselect 1 as one\n"
CASES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "snapshot": (
        {
            "snapshots/kept.sql": "{% snapshot kept %}\n{{ config(unique_key='one', strategy='check', check_cols='all',"
            " hard_deletes='new_record') }}\nselect 1 as one\n{% endsnapshot %}\n"
        },
        "snapshots/kept.sql: hard_deletes is 'new_record'",
    ),
    "Python": (
        {"models/frame.py": "def model(dbt, session): ...\n"},
        "models/frame.py:1: a model in Python is not supported",
    ),
    "materialization": (
        {"macros/lazy.sql": "\n{% materialization lazy, default %}{% endmaterialization %}\n"},
        "macros/lazy.sql:2: a materialization is not supported",
    ),
    "materialized": (
        {"models/lazy.sql": "{{ config(materialized='dynamic_table') }} select 1\n"},
        "models/lazy.sql: materialized is 'dynamic_table'",
    ),
    "microbatch": (
        {"models/small.sql": INCREMENTAL.format("incremental_strategy='microbatch'")},
        "models/small.sql: incremental_strategy is 'microbatch'",
    ),
    "predicates": (
        {
            "models/some.sql": INCREMENTAL.format(
                "unique_key='one', incremental_predicates=['one in (select a from x.y)']"
            )
        },
        "models/some.sql: incremental_predicates that read tables are not supported",
    ),
    "foreign key": (
        {
            "models/models.yml": "models:\n- name: one\n  config: {contract: {enforced: true}}\n"
            "  constraints:\n  - {type: foreign_key, columns: [one], expression: other (one)}\n"
            "  columns:\n  - {name: one, data_type: int}\n"
        },
        "models/models.yml:5: a foreign key constraint is not supported here",
    ),
    "hook outside": (
        {"models/hooked.sql": "{{ config(post_hook={'sql': 'vacuum', 'transaction': false}) }} select 1\n"},
        "models/hooked.sql: a post_hook outside of the transaction is not supported",
    ),
    "package": (
        {"models/keys.sql": "select\n  {{ dbt_utils.generate_surrogate_key(['a']) }} as key\n"},
        "models/keys.sql:2: there is no 'dbt_utils' here, and no such package: `dbt deps` installs them",
    ),
    "test of a package": (
        {"models/models.yml": "models:\n- name: one\n  data_tests:\n  - dbt_utils.expression_is_true\n"},
        "models/models.yml:3: the test dbt_utils.expression_is_true is one of a package",
    ),
    "model of a package": (
        {"models/more.sql": "select * from {{ ref('stripe', 'payments') }}\n"},
        "models/more.sql:1: unknown project 'stripe'",
    ),
    "model of a package, by its name": (
        {"models/more.sql": "select * from {{ ref('stripe__payments') }}\n"},
        "models/more.sql:1: unknown model 'stripe__payments'",
    ),
    "graph": (
        {"models/all.sql": "select\n  {{ graph.nodes | length }} as models\n"},
        "models/all.sql:2: graph is not supported",
    ),
    "adapter": (
        {"models/drops.sql": "select 1\n{% do adapter.drop_relation(this) %}\n"},
        "models/drops.sql:2: adapter.drop_relation is not supported",
    ),
}


@pytest.mark.parametrize(("files", "said"), CASES.values(), ids=CASES.keys())
def test_what_is_not_supported_is_an_error_that_names_dbt(tmp_path: Path, files: Mapping[str, str], said: str) -> None:
    for path, text in {"dbt_project.yml": "name: mine\n", **MODEL, **files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)

    with pytest.raises(ConfigError) as refused:
        read_models(read_model_files(tmp_path), Outside({}, {}, started_at=datetime.now(UTC)))

    assert str(refused.value).startswith(said)
    assert "--runner dbt" in f"{refused.value} {refused.value.hint}"


def test_the_documentation_lists_all_of_them() -> None:
    table = DOCS.read_text().partition("## What is not supported")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| .* \| `{1,2}(.*?)`{1,2} \|$", table, re.MULTILINE)

    assert listed == [said for _, said in CASES.values()]
