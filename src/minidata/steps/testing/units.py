"""Unit tests of models, run over the rows that are written down, touching no table."""

from dataclasses import dataclass, field
from threading import Lock

from minidata.adapters.database.asking.describing import cells, described
from minidata.adapters.database.authored import Authored, limited
from minidata.adapters.database.connection import Database
from minidata.core.errors import ConfigError, EngineDown, EngineError, Exit
from minidata.core.modelling.binding import Bound
from minidata.core.modelling.cases import Case, case_of
from minidata.core.modelling.models import Models
from minidata.core.places import Place, Rendered
from minidata.core.queries.relations import Known, quoted
from minidata.core.queries.sqltext import read_query
from minidata.core.settings import AnalyzeSection
from minidata.core.testing.differing import Difference, difference, table_of
from minidata.core.testing.fixtures import Rows, Types, column_called, empty, values
from minidata.core.testing.frozen import frozen
from minidata.core.testing.unittests import Input, UnitTest
from minidata.steps.testing.outcomes import TestOutcome
from minidata.steps.testing.rehearsing import RehearsalWarehouse, bound
from minidata.steps.testing.shapes import NotThereYet, Shapes

_EXPECTED = "the rows that are expected"
# On one line before the query, so that its lines are those where it was written.
_CAST = "select {cast} from ({query}\n) as expected"


@dataclass(frozen=True)
class UnitTester:
    """Runs unit tests of *models*, whose inputs have the columns that *shapes* knows."""

    models: Models
    shapes: Shapes
    settings: AnalyzeSection
    # Templates are rendered one at a time.
    _rendering: Lock = field(default_factory=Lock)

    def run(self, test: UnitTest, database: Database) -> TestOutcome:
        """Run one test on *database*. Raises EngineDown."""
        try:
            with limited(database, self.settings.statement_timeout):
                database.run("set transaction read only")
                found = _Run(self, test, database).difference()
        except EngineDown:
            raise
        except NotThereYet as exc:
            return TestOutcome(test.name, test.model, "error", "skipped", message=str(exc), kind="unit")
        except (ConfigError, EngineError) as exc:
            return TestOutcome(
                test.name, test.model, "error", "broken", message=str(exc), exit_code=exc.exit_code, kind="unit"
            )
        if found is None:
            return TestOutcome(test.name, test.model, "error", "pass", kind="unit")
        message = "\n".join([f"it gives other rows than expected: {found}", *table_of(found)])
        return TestOutcome(
            test.name, test.model, "error", "fail", found.rows, message, Exit.TESTS, kind="unit", difference=found
        )

    def case(self, test: UnitTest, warehouse: RehearsalWarehouse) -> Case:
        """Return the model as the test has it."""
        with self._rendering:
            case = case_of(self.models, test)
            return case_of(self.models, test, warehouse) if case.late else case


@dataclass(frozen=True)
class _Run:
    """One unit test, run once."""

    tester: UnitTester
    test: UnitTest
    database: Database

    def difference(self) -> Difference | None:
        """Return how what the model gives differs from what is expected; None when it does not."""
        actual = self._actual()
        there = described(self.database, actual)
        expected, columns = self._expected(there)
        return difference(columns, cells(self.database, expected, columns), cells(self.database, actual, columns))

    def _actual(self) -> Authored:
        warehouse = RehearsalWarehouse(
            self.database, self.tester.models, self._standing, self._shape, self._what, self.test.place
        )
        query = bound(self.tester.case(self.test, warehouse), self._standing)
        text = frozen(query.text, self.test.now) if self.test.now else query.text
        return Authored(f"model {self.test.model} in {self._what}", text, query.place)

    @property
    def _what(self) -> str:
        return f"unit test {self.test.name}"

    def _shape(self, what: Input) -> Types:
        return self.tester.shapes.of(what, self.database)

    def _standing(self, what: Input) -> Bound:
        """Return the query that stands for what is read: the rows that are given, none where nothing is said."""
        rows = self.test.given.get(what)
        if rows is None:
            return Bound(empty(self._shape(what)), self.test.place)
        if rows.sql:
            return self._written(rows)
        name = what if isinstance(what, str) else ".".join(what)
        return Bound(values(rows, self._shape(what), name), rows.place)

    def _expected(self, there: Types) -> tuple[Authored, list[str]]:
        """Return the query for the rows that are expected, as the types that are *there*, and the columns compared."""
        rows = self.test.expected
        if rows.sql:
            return self._expected_by_query(rows, there)
        said = [[column_called(name, there, _place_of(row, rows), self._what) for name in row] for row in rows.rows]
        columns = said[0] if said else list(there)
        for row, names in zip(rows.rows, said, strict=True):
            if set(names) != set(columns):
                raise ConfigError(
                    f"{_place_of(row, rows)}: the rows that are expected have other columns each",
                    hint=f"say {', '.join(columns)} in all of them",
                )
        wanted = values(rows, {name: there[name] for name in columns}, self._what)
        return Authored(f"{_EXPECTED} by {self._what}", wanted, rows.place), columns

    def _expected_by_query(self, rows: Rows, there: Types) -> tuple[Authored, list[str]]:
        written = self._written(rows)
        query = Authored(f"{_EXPECTED} by {self._what}", written.text, written.place)
        named = {name: column_called(name, there, rows.place, self._what) for name in described(self.database, query)}
        missing = [name for name in there if name not in named.values()]
        if missing:
            raise ConfigError(
                f"{rows.place}: {_EXPECTED} have no {', '.join(missing)}", hint="a query says all columns"
            )
        cast = ", ".join(
            f"cast({quoted(name)} as {there[column]}) as {quoted(column)}" for name, column in named.items()
        )
        text = _CAST.format(cast=cast, query=written.text)
        return Authored(query.what, text, written.place), list(there)

    def _written(self, rows: Rows) -> Bound:
        """Return rows that are written as a query; it reads no table."""
        models = self.tester.models
        sql = models.rendering.statement(rows.sql, rows.place).sql
        place = rows.place if rows.place.line else Rendered(rows.place.path, written=rows.sql, text=sql)
        query = read_query(sql, place, Known({}))
        if query.sources:
            raise ConfigError(
                f"{rows.place}: {'.'.join(min(query.sources))} is read, and rows of a unit test read nothing"
            )
        return Bound(query.text, place)


def _place_of(row: object, rows: Rows) -> Place:
    found = getattr(row, "place", rows.place)
    return found if isinstance(found, Place) else rows.place
