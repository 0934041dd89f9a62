"""Answers with a good status that are errors all the same."""

from typing import Any

import pytest

from minidata.core.fetching.envelopes import error_in
from minidata.core.source import ErrorIf


@pytest.mark.parametrize(
    ("error_if", "body"),
    [
        (ErrorIf("error"), b'{"error": "no"}'),
        (ErrorIf("error"), b'{"error": true}'),
        (ErrorIf("error"), b'{"error": {"code": 0}}'),
        (ErrorIf("errors"), b'{"errors": [null]}'),
        (ErrorIf("meta.code", equals=7), b'{"meta": {"code": 7}}'),
        (ErrorIf("meta.code", equals=0), b'{"meta": {"code": 0}}'),
        (ErrorIf("share", equals=0.5), b'{"share": 0.50}'),
        (ErrorIf("ok", equals=False), b'{"ok": false}'),
        (ErrorIf("status", equals="error"), b'{"status": "error"}'),
        (ErrorIf("data", equals=None), b'{"data": null}'),
        (ErrorIf("0.error"), b'[{"error": "no"}]'),
    ],
)
def test_what_is_declared_is_an_error(error_if: ErrorIf, body: bytes) -> None:
    assert error_in(error_if, body) is not None


@pytest.mark.parametrize(
    ("error_if", "body"),
    [
        (ErrorIf("error"), b"{}"),
        (ErrorIf("error"), b'{"error": ""}'),
        (ErrorIf("error"), b'{"error": false}'),
        (ErrorIf("errors"), b'{"errors": []}'),
        (ErrorIf("errors"), b'{"errors": null}'),
        (ErrorIf("error.code", equals=7), b'{"error": "no"}'),
        (ErrorIf("code", equals=7), b'{"code": "7"}'),
        (ErrorIf("code", equals=0), b'{"code": false}'),
        (ErrorIf("ok", equals=False), b'{"ok": 0}'),
        (ErrorIf("ok", equals=False), b"{}"),
        (ErrorIf("error"), b"[]"),
        (ErrorIf("error"), b"<html>"),
        (ErrorIf("error"), b'{"error": 1'),
        (ErrorIf("error"), b'{"error": "a record"}\n{"error": "another one"}'),
    ],
)
def test_what_is_not_declared_is_none(error_if: ErrorIf, body: bytes) -> None:
    assert error_in(error_if, body) is None


@pytest.mark.parametrize(
    ("message", "body", "told"),
    [
        (None, b'{"error": "no way"}', "an error: no way"),
        ("text", b'{"error": 7, "text": "no way"}', "an error: no way"),
        ("error.text", b'{"error": {"text": "no way"}}', "an error: no way"),
        ("text", b'{"error": 7}', "an error (error is 7)"),
    ],
)
def test_the_api_s_own_words_are_told(message: str | None, body: bytes, told: Any) -> None:
    assert error_in(ErrorIf("error", message=message), body) == told
