"""What is set in .env is read back exactly, and nothing else in it changes."""

import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minidata.adapters.project.dotenv_file import set_in_dotenv
from minidata.core.errors import ConfigError

OTHERS = "# mine\n\nA='1' # one\nexport B=\"2\\n3\"\nnonsense\nC=${A}\n"


@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
@example("${HOME}$HOME$(id)`id`${${A}}${:-x}")
@example("a'b\\'c\\\\")
@example('a"b\\"c\\\\\r\n"')
@example("# no comment")
@example(" spaces ")
@example("p%40:@/?#[]{}&=é𝄞")
@example("'quoted'")
@settings(deadline=None)
def test_python_dotenv_reads_back_exactly_what_was_set(value: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_text(OTHERS)
        before = dotenv_values(path)

        set_in_dotenv(path, "KEY", value)

        assert dotenv_values(path, encoding="utf-8-sig") == before | {"KEY": value}
        assert path.read_text().startswith(OTHERS)


def test_a_value_is_replaced_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"KEY=older\r\n# before\r\n\r\n  export KEY='ol\r\nd #' # old\r\n# after\r\nX=1")

    set_in_dotenv(path, "KEY", "new")

    assert path.read_bytes() == b"# before\r\n\r\n  export KEY=new\r\n# after\r\nX=1"


def test_a_new_one_begins_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("X=1")

    set_in_dotenv(path, "KEY", "new")

    assert path.read_text() == "X=1\nKEY=new\n"


def test_it_is_for_its_owner_s_eyes_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.touch(mode=0o644)

    set_in_dotenv(path, "KEY", "new")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    (tmp_path / ".env").symlink_to("there")

    set_in_dotenv(tmp_path / ".env", "KEY", "new")

    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "there").read_text() == "KEY=new\n"


@pytest.mark.parametrize("value", ["\ud800", "x\udcff"])
def test_what_it_cannot_hold_is_said_and_changes_nothing(tmp_path: Path, value: str) -> None:
    path = tmp_path / ".env"
    path.write_text("KEY=old\n")

    with pytest.raises(ConfigError, match="no UTF-8 text"):
        set_in_dotenv(path, "KEY", value)

    assert path.read_text() == "KEY=old\n"
