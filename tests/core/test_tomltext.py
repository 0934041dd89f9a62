"""Settings as TOML: what is read back is what was written."""

import tomllib
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from minidata.core.settings import Settings
from minidata.core.tomltext import toml

SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.booleans(), st.floats(allow_nan=False)
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]))
Tables = dict[str, dict[str, object]]
TABLES = st.dictionaries(NAMES, SCALARS)


@given(st.dictionaries(NAMES, TABLES), st.dictionaries(NAMES, TABLES))
def test_what_is_read_back_is_what_was_written(tables: Tables, nested: Tables) -> None:
    document: dict[str, Mapping[str, object]] = {**tables, "nested": nested}

    assert tomllib.loads(toml(document)) == document


def test_settings_are_the_same_from_the_file() -> None:
    settings = Settings.model_validate(
        {"vars": {"a b": 'x"\n\x7f', "n": 1, "t": True}, "sources": {"s": {"base_url": None}}}
    )

    assert Settings.model_validate(tomllib.loads(toml(settings.model_dump()))) == settings
