"""The files that dbt is given, and what its own files say, without dbt."""

from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, Field

from minidata.core.dbt.files import profile, project_file, project_name
from minidata.core.dbt.reading import declared_in, model_folders, profile_named
from minidata.core.dbt.results import read_results
from minidata.core.dbt.sources import sources_file
from minidata.core.errors import ConfigError
from minidata.core.rows import Child, Row
from minidata.core.source import Source, Stream


class Size(Enum):
    SMALL = 1
    BIG = 2


class Line(BaseModel):
    price: float


class Order(Row):
    """One order,
    as the shop sends it."""

    id: int
    status: Literal["placed", "{{ no }}", "yes"]
    size: Size | None = None
    total: Annotated[Decimal, Field(max_digits=12, decimal_places=2)] = Field(description="In {{ EUR }}: {# exactly #}")
    Note: str | None = None
    order: str | None = None
    lines: Annotated[list[Line], Child()] = Field(default=[])


class Price(Row):
    shop: str
    day: int


SHOP = Source(
    "shop",
    "http://127.0.0.1:1",
    [
        Stream("orders", "/orders", Order, key="id"),
        Stream("prices", "/prices", Price, key=("shop", "day")),
        Stream("versions", "/versions", Price, key=("shop", "day"), mode="history"),
        Stream("log", "/log", Price),
    ],
)


def tables(*declared: tuple[str, str]) -> dict[str, Any]:
    (source,) = yaml.safe_load(sources_file([SHOP], declared, tested=["shop"]))["sources"]
    assert (source["name"], source["schema"]) == ("shop", "shop")
    return {table["name"]: table for table in source["tables"]}


def test_sources_are_what_the_rows_say() -> None:
    orders = tables()["orders"]
    columns = {column.pop("name"): column for column in orders["columns"]}

    assert orders["description"] == "One order, as the shop sends it."
    assert columns == {
        "id": {"data_type": "bigint", "data_tests": ["unique", "not_null"]},
        "status": {
            "data_type": "text",
            "data_tests": [
                "not_null",
                {"accepted_values": {"values": ["placed", "{{ '{' }}{ no }}", "yes"]}},
            ],
        },
        "size": {
            "data_type": "bigint",
            "data_tests": [{"accepted_values": {"values": [1, 2], "quote": False}}],
        },
        "total": {
            "data_type": "numeric(12,2)",
            "description": "In {{ '{' }}{ EUR }}: {{ '{' }}# exactly #}",
            "data_tests": ["not_null"],
        },
        "Note": {"data_type": "text", "quote": True},
        "order": {"data_type": "text", "quote": True},
    }


def test_a_key_of_several_columns_is_tested_as_a_row() -> None:
    found = tables()

    assert found["prices"]["data_tests"] == [{"unique": {"column_name": 'row("shop", "day")'}}]
    assert [column["name"] for column in found["orders_lines"]["columns"]] == ["price", "_parent_id", "_position"]
    # In a history a key has many versions, and without a key nothing is one.
    assert "data_tests" not in found["versions"]
    assert "data_tests" not in found["log"]


def test_without_tests_only_tables_and_columns_are_declared() -> None:
    assert "data_tests" not in sources_file([SHOP], (), tested=["other"])


def test_what_is_declared_already_is_left_out() -> None:
    assert tables(("shop", "orders")).keys() == {"orders_lines", "prices", "versions", "log"}
    every = {("shop", name) for name in ("orders", "orders_lines", "prices", "versions", "log")}
    assert sources_file([SHOP], every, tested=["shop"]) == ""


@pytest.mark.parametrize(
    ("name", "dbts"), [("shop", "shop"), ("my-shop 2", "my_shop_2"), ("2nd", "_2nd"), ("é", "_"), ("", "_")]
)
def test_a_project_has_a_name_that_dbt_takes(name: str, dbts: str) -> None:
    assert project_name(name) == dbts


def test_a_project_file_says_variables_and_paths() -> None:
    said = yaml.safe_load(project_file("shop", {"day": "x: y", "n": 1}, {"model": ["models", "../sql/models"]}))

    assert said["vars"] == {"day": "x: y", "n": 1}
    assert said["model-paths"] == ["models", "../sql/models"]
    assert said["profile"] == "minidata"


@pytest.mark.parametrize("target", ["dev", "null", "a: b", "'quoted'"])
def test_a_profile_is_yaml_whatever_names_are(target: str) -> None:
    said = yaml.safe_load(profile(target, "yes", 8, name="no"))

    assert said["no"]["target"] == target
    output = said["no"]["outputs"][target]
    assert (output["schema"], output["threads"], output["type"]) == ("yes", 8, "postgres")
    assert output["password"] == "{{ env_var('DBT_ENV_SECRET_PASSWORD', '') }}"


def test_what_a_project_says_is_read_as_far_as_it_can_be() -> None:
    texts = ["sources: [{name: shop, tables: [{name: orders}, 3]}, x]", "sources: {a: b}", "- 1", "{", "a: [b"]

    assert declared_in(texts) == {("shop", "orders")}
    assert model_folders("model-paths: [warehouse/models/, more]") == ["warehouse/models", "more"]
    assert model_folders("source-paths: [old]") == ["old"]
    assert model_folders("") == model_folders("model-paths: 3") == ["models"]
    assert (profile_named("profile: own"), profile_named("")) == ("own", "minidata")


@pytest.mark.parametrize(
    ("results", "manifest"),
    [(b"{", b"{}"), (b"[]", b"{}"), (b'{"results": [{}]}', b'{"nodes": {}}'), (b'{"results": 3}', b'{"nodes": {}}')],
)
def test_files_that_dbt_does_not_write_are_one_clear_error(results: bytes, manifest: bytes) -> None:
    with pytest.raises(ConfigError, match="what dbt wrote about its run is not understood"):
        read_results(results, manifest)
