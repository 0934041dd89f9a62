"""The door to cron's rules: when a schedule is due, daylight saving time included, in the machine's own time zone."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from minidata.core.errors import ConfigError
from minidata.core.running.schedules import Calendar, standard, wrong

_LOCALTIME = Path("/etc/localtime")
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cron:
    """A schedule as Debian's cron understands it: *expression* has five fields and is read in *zone*."""

    expression: str
    zone: tzinfo = UTC

    @classmethod
    def read(cls, expression: str, zone: tzinfo = UTC) -> "Cron":
        """Understand *expression*. Raises ConfigError for one that is wrong, or never due."""
        cron = cls(standard(expression), zone)
        try:
            cron.after(_SOME_DAY)
        except CronSimError as exc:
            raise wrong(expression, str(exc)[:1].lower() + str(exc)[1:]) from None
        except StopIteration:
            raise wrong(expression, "there is no such day") from None
        return cron

    def after(self, moment: datetime) -> datetime:
        """
        Return the first time later than *moment*, both in UTC.

        What falls into an hour that the clocks skip is due at that hour's end; in an hour that comes twice it is due
        once. A schedule that begins with a star, in minute or hour, goes by the clock in both.
        """
        times = CronSim(self.expression, moment.astimezone(self.zone))
        while (due := next(times).astimezone(UTC)) <= moment:
            # In an hour that comes twice, its first coming may be over.
            pass
        return due

    def shown(self, moment: datetime) -> str:
        """Return *moment* as a clock in the schedule's zone shows it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    @property
    def explained(self) -> str:
        """The schedule in English."""
        return self._parsed.explain()

    @property
    def calendar(self) -> Calendar:
        """The schedule, field by field."""
        parsed = self._parsed
        weekdays = {day for day in parsed.weekdays if isinstance(day, int)}
        return Calendar(parsed.minutes, parsed.hours, parsed.days, parsed.months, weekdays, either=not parsed.day_and)

    @property
    def _parsed(self) -> CronSim:
        return CronSim(self.expression, _SOME_DAY)


def local_zone() -> tzinfo:
    """Return the machine's time zone: TZ's, or that of /etc/localtime; UTC where neither says one."""
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name:
            return ZoneInfo(name)
        with _LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise ConfigError(f"the time zone {name or _LOCALTIME} is not known here", hint="say --utc") from exc
    except OSError:
        return UTC
