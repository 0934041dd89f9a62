"""A draft as Python: the file that a person could have written, with a comment wherever it is a guess."""

import textwrap
from collections.abc import Iterator

from minidata.core.inference.drafts import DraftField, DraftModel, DraftSource, DraftStream, ListOf, OneOf, Plain, Type
from minidata.core.inference.imports import WORDS, imports_text
from minidata.core.inference.naming import class_name
from minidata.core.inference.spelling import WIDTH, Expression, Group, call, flat, laid, listed, spelled, text
from minidata.core.wording import excerpt

_STEP = "    "


def source_text(draft: DraftSource) -> str:
    """Return the file that defines *draft*: typed, importable, and as formatters would lay it out."""
    classes = "\n\n".join(_classes(draft))
    body = f"{classes}\n\n{_source(draft)}"
    return f"{_docstring(draft)}\n{imports_text(body)}{body}"


def _docstring(draft: DraftSource) -> str:
    lines = (
        excerpt(draft.about, WIDTH) or f"The API at {excerpt(draft.base_url)}",
        "",
        f"Written by `minidata add` from what was seen at {excerpt(draft.origin)}",
        "It is yours now: change what is wrong. Comments say where it is a guess.",
    )
    return '"""\n' + "\n".join(map(_in_docstring, lines)) + '\n"""\n'


def _in_docstring(line: str) -> str:
    return line.replace("\\", "/").replace('"', "'").strip()


def _classes(draft: DraftSource) -> Iterator[str]:
    """Yield the text of each class, those before that others need; longish types have a name of their own above it."""
    models: dict[str, tuple[DraftModel, str]] = {}
    for stream in draft.streams:
        for model in stream.row.inner():
            models.setdefault(model.name, (model, ""))
        models[stream.row.name] = (stream.row, stream.comment)
    taken = {*models, *WORDS}
    for model, comment in models.values():
        yield _Class(model, comment, taken).text()


def class_text(model: DraftModel, taken: set[str]) -> str:
    """Return the class of *model*, and above it what it needs; *taken* names are left alone, and new ones added."""
    return _Class(model, "", taken).text()


def fields_text(model: DraftModel, taken: set[str]) -> tuple[str, str]:
    """Return the lines of the fields of *model* alone, and those that must stand above their class."""
    lines, above = _Class(model, "", taken).lines()
    return "".join(lines), "".join(above)


class _Class:
    """One class while it is written; *taken* are the names that the file has so far."""

    def __init__(self, model: DraftModel, comment: str, taken: set[str]) -> None:
        self._model = model
        self._comment = comment
        self._taken = taken
        self._above: list[str] = []

    def text(self) -> str:
        lines, above = ("".join(part) for part in self.lines())
        told = f'{_STEP}"""{_in_docstring(self._comment)}"""\n\n' if self._comment else ""
        return f"{above}{chr(10) * 2 if above else ''}class {self._model.name}(Row):\n{told}{lines}"

    def lines(self) -> tuple[list[str], list[str]]:
        """Return the lines of the fields, and those that must stand above the class."""
        return [line for field in self._model.fields for line in self._field(field)], self._above

    def _field(self, field: DraftField) -> Iterator[str]:
        yield from _comment(field.comment, 1)
        spelling = self._type(field)
        start = f"{_STEP}{field.name}: {spelling}"
        value = _value(field)
        yield f"{start} = {laid(value, 1, len(start) + 3)}\n" if value else f"{start}\n"

    def _type(self, field: DraftField) -> str:
        """Return the field's type; one that would make the line too long gets a name of its own."""
        kind = _spelled_type(field.type)
        tail = " | None" if field.nullable and field.type != Plain("Any") else ""
        room = WIDTH - len(f"{_STEP}{field.name}: {tail} = Field(")
        if len(flat(kind)) <= room:
            return flat(kind) + tail
        name = class_name(field.name, self._taken, self._model.name)
        self._taken.add(name)
        self._above.append(f"{name} = {laid(kind, 0, len(name) + 3)}\n")
        return name + tail


def _spelled_type(kind: Type) -> Expression:
    match kind:
        case Plain():
            return kind.text
        case DraftModel():
            return kind.name
        case OneOf():
            return listed("Literal[", map(text, kind.values), "]")
        case ListOf():
            return f"list[{flat(_spelled_type(kind.item))}{' | None' if kind.nullable else ''}]"


def _value(field: DraftField) -> Expression | None:
    """Return what stands behind a field's type; None for nothing."""
    named: dict[str, Expression] = {"default": "None"} if field.absent else {}
    if len(field.path) > 1:
        named["validation_alias"] = call("AliasPath", *map(text, field.path))
    elif field.path != (field.name,):
        named["validation_alias"] = text(field.path[0])
    if field.about:
        named["description"] = text(excerpt(field.about))
    if named.keys() <= {"default"}:
        return named.get("default")
    return call("Field", **named)


def _source(draft: DraftSource) -> str:
    lines = [f"name={text(draft.name)},", f"base_url={text(draft.base_url)},"]
    if draft.auth:
        lines.append(f"auth={laid(spelled(draft.auth), 1, len(_STEP) + 5, 1)},")
    if draft.about:
        lines.append(f"description={text(excerpt(draft.about, WIDTH))},")
    head = "".join(f"{_STEP}{line}\n" for line in lines)
    streams = "".join(_stream(stream) for stream in draft.streams)
    return f"source = Source(\n{head}{_STEP}streams=[\n{streams}{_STEP}],\n)\n"


def _stream(stream: DraftStream) -> str:
    return "".join((f"{_STEP * 2}Stream(\n", *_arguments(stream), f"{_STEP * 2}),\n"))


def _arguments(stream: DraftStream) -> Iterator[str]:
    yield _argument("", stream.name)
    yield _argument("path=", stream.path)
    yield f"{_STEP * 3}row={stream.row.name},\n"
    key = stream.key
    yield from _comment(f"{key.why}" if key.field else f"No key: {key.why}.", 3)
    if key.field:
        yield _argument("key=", key.field)
    if stream.records:
        yield _argument("records=", stream.records)
    if stream.params:
        yield _argument("params=", stream.params)
    yield from _comment("; ".join(filter(None, (stream.paging.why, stream.paging.tried))), 3)
    yield _argument("pages=", stream.paging.pages)
    if stream.cursor:
        written = flat(call("Cursor", text(stream.cursor.field), param=text(stream.cursor.param)))
        if stream.cursor.known:
            yield _argument("since=", call("Cursor", text(stream.cursor.field), param=text(stream.cursor.param)))
        else:
            yield from _comment("To ask only for what is new, where the API can (the param is a guess):", 3)
            yield f"{_STEP * 3}# since={written},\n"


def _argument(prefix: str, value: object) -> str:
    expression = value if isinstance(value, Group) else spelled(value)
    start = f"{_STEP * 3}{prefix}"
    return f"{start}{laid(expression, 3, len(start), 1)},\n"


def _comment(words: str, depth: int) -> Iterator[str]:
    """Yield the lines of a comment; none for no words."""
    indent = f"{_STEP * depth}# "
    told = excerpt(words[:1].upper() + words[1:], 400)
    for line in textwrap.wrap(told, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False):
        yield f"{indent}{line}\n"
