"""
Unit tests of models, in dbt's shape: rows for what a model reads, and the rows that it is to give.

    unit_tests:
      - name: old_books_are_left_out
        model: stg_books
        given:
          - input: ref('books')
            rows: [{book_id: 1, published: "2001-01-01"}]
        expect:
          rows: [{book_id: 1}]

``config: {meta: {now: …}}`` stops the clock.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from minidata.core.dialect.folders import merged, of_folders
from minidata.core.dialect.jinja import SqlFile
from minidata.core.dialect.project_file import ProjectFile
from minidata.core.dialect.rendering import Renderer
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.places import Place
from minidata.core.properties.properties import evaluated
from minidata.core.queries.relations import Source
from minidata.core.testing.fixtures import Rows, read_csv, read_rows
from minidata.core.yamltext import Entry

_KEYS = ("name", "model", "description", "given", "expect", "overrides", "config", "versions")
_INPUT = ("input", "rows", "format", "fixture")
_EXPECT = ("rows", "format", "fixture")
_OVERRIDES = ("macros", "vars", "env_vars")
_CONFIG = ("tags", "meta", "enabled", "static_analysis")
# What is read: a model by its name, or a source's table.
Input = str | Source


@dataclass(frozen=True)
class UnitTest:
    """
    A unit test of *model*: *given* rows by input, and the rows that are *expected*.

    *macros*, *variables* and *environ* stand for what they are called; *now* stops the clock. *fqn* is project,
    folders, model and name, *path* the file that it is written in.
    """

    name: str
    model: str
    place: Place
    given: Mapping[Input, Rows]
    expected: Rows
    macros: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    fqn: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The file that it is written in."""
        return self.place.path

    @property
    def id(self) -> str:
        """What dbt knows it by."""
        project, *_, model, _ = self.fqn or ("", self.model, self.name)
        return f"unit_test.{project}.{model}.{self.name}"


@dataclass(frozen=True)
class UnitTesting:
    """
    Reads unit tests of a *project* whose files are in the folder *root*.

    *fixtures* are files of rows, *seeds* those of seeds; *disabled* are models that are there and not built.
    """

    project: ProjectFile
    renderer: Renderer
    root: str = ""
    fixtures: Iterable[SqlFile] = ()
    seeds: Mapping[str, SqlFile] = field(default_factory=dict)
    disabled: Collection[str] = ()

    def tests(self, entries: Iterable[Entry]) -> tuple[UnitTest, ...]:
        """Return the tests, by their models and names. Raises ConfigError and UnknownName, naming the line."""
        files = {file.path.rpartition("/")[2]: file for file in self.fixtures}
        found: dict[str, UnitTest] = {}
        meant = ((entry, name, model) for entry in entries for name, model in self._meant(entry))
        for entry, name, model in meant:
            test = self._test(entry, name, model, files)
            if test is None:
                continue
            if test.id in found:
                other = found[test.id].place
                raise ConfigError(f"{test.place}: the unit test {test.name!r} is there twice, see {other}")
            found[test.id] = test
        return tuple(found[name] for name in sorted(found))

    def _meant(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the test's name and its model; of one in versions, one for each that the test is about."""
        entry.check_keys("a unit test", _KEYS)
        name, model, said = entry.text("name"), entry.text("model"), entry.entry("versions")
        said.check_keys("versions", ("include", "exclude"))
        versions = self.renderer.versions.get(model)
        if versions is None:
            yield name, model
            return
        include, exclude = (list(map(str, said.items_of(key))) for key in ("include", "exclude"))
        wanted = [version for version in versions.files if version in (include or versions.files)]
        for version in wanted:
            if version not in exclude:
                yield f"{name}_v{version}", versions.file(version)

    def _test(self, entry: Entry, name: str, model: str, files: Mapping[str, SqlFile]) -> UnitTest | None:
        fqn = self._fqn(entry.place.path, entry.text("model"), entry.text("name"))
        config = self._config(entry, fqn)
        if model in self.disabled or config.get("enabled") is False:
            return None
        if model not in self.renderer.known or model in self.seeds:
            known = self.renderer.known.shown.keys() - self.seeds.keys()
            raise UnknownName("model", model, known, where=str(entry.places["model"]))
        overrides = self._overrides(entry)
        now = (config.get("meta") or {}).get("now")
        return UnitTest(
            name,
            model,
            entry.place,
            given=self._given(entry, model, files),
            expected=self._expected(entry, files),
            macros=overrides["macros"],
            variables=overrides["vars"],
            environ={key: str(value) for key, value in overrides["env_vars"].items()},
            now=None if now is None else _read_moment(now, entry.place),
            description=entry.text("description", ""),
            tags=_listed(config.get("tags")),
            fqn=fqn,
        )

    def _config(self, entry: Entry, fqn: tuple[str, ...]) -> Mapping[str, Any]:
        said, value = entry.entry("config"), self.renderer.value
        said.check_keys("the config of a unit test", _CONFIG)
        folders = of_folders(self.project.configs.get("unit_tests", {}), fqn, _CONFIG)
        return merged([*(evaluated(one, value, self.project.place) for one in folders), evaluated(said, value)])

    def _overrides(self, entry: Entry) -> Mapping[str, Mapping[str, Any]]:
        overrides = entry.entry("overrides")
        overrides.check_keys("overrides", _OVERRIDES)
        return {key: overrides.entry(key) for key in _OVERRIDES}

    def _given(self, entry: Entry, model: str, files: Mapping[str, SqlFile]) -> Mapping[Input, Rows]:
        given: dict[Input, Rows] = {}
        for said in entry.entries("given"):
            said.check_keys("an input", _INPUT)
            what = self._input(said, model)
            if what in given:
                raise ConfigError(f"{said.place}: the input {said['input']} is there twice")
            rows = read_rows(said, files)
            if rows is None:
                rows = self._of_seed(what, said)
            given[what] = rows
        return given

    def _input(self, said: Entry, model: str) -> Input:
        text = said.text("input")
        if text == "this":
            return model
        rendering = self.renderer.expression(text, said.places["input"])
        source = next(iter(rendering.sources), None)
        # A project may declare its own seeds as sources.
        own = self.renderer.known.model(*source) if source else next(iter(rendering.refs), None)
        found = own or source
        if found is None:
            raise ConfigError(f"{said.places['input']}: {text} is no input", hint="it is ref(…), source(…) or this")
        return found

    def _of_seed(self, what: Input, said: Entry) -> Rows:
        """Return all rows of a seed, for which none are said."""
        if not isinstance(what, str) or what not in self.seeds:
            raise ConfigError(f"{said.place}: the input {said['input']} has no rows", hint="say rows: [] for none")
        file = self.seeds[what]
        return Rows(Place(file.path), read_csv(file.text, Place(file.path)))

    def _expected(self, entry: Entry, files: Mapping[str, SqlFile]) -> Rows:
        said = entry.entry("expect")
        said.check_keys("expect", _EXPECT)
        rows = read_rows(said, files)
        if rows is None:
            raise ConfigError(
                f"{entry.place}: the unit test {entry['name']} expects no rows", hint="say rows: [] for none"
            )
        return rows

    def _fqn(self, path: str, model: str, name: str) -> tuple[str, ...]:
        folders = path.removeprefix(self.root).split("/")[1:-1]
        return (self.project.name, *folders, model, name)


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _read_moment(value: Any, place: Place) -> datetime:
    """Return the moment that is said at *place*, in UTC when it has no zone. Raises ConfigError."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise ConfigError(f"{place}: now is {value!r}", hint='it is a moment, such as "2026-01-31T00:00:00Z"') from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
