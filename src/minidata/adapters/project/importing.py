"""A user's Source files, run as modules of their own: whatever goes wrong in one is told with its line."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from minidata.core.errors import ConfigError
from minidata.core.source import Source
from minidata.core.tables import check_tables
from minidata.core.wording import excerpt


class _Afresh(SourceFileLoader):
    """
    Reads a file as it is now.

    What was compiled of it before is believed for as long as the second and the size are the same, and a program may
    write it anew within one.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def imported(path: Path) -> Any:
    """Run the file at *path* as a module of its own; a user's file may fail in any way, so any way is told."""
    name = f"minidata_project_{path.stem}"
    loader = _Afresh(name, str(path))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=str(path)))
    module.__file__ = str(path)
    # Known by its name, so that what is defined in it can be sent to another process.
    sys.modules[name] = module
    # What it prints, now or in a validator later, is not what a command has to say on stdout.
    vars(module)["print"] = _print_aside
    try:
        loader.exec_module(module)
    except SyntaxError as exc:
        raise ConfigError(f"{path}:{exc.lineno}: {exc.msg}") from None
    except SystemExit as exc:
        raise ConfigError(f"{path} calls sys.exit()") from exc
    except ConfigError as exc:
        raise ConfigError(f"{_place(path, exc)}: {exc}", hint=exc.hint) from exc
    # A person's file may raise anything.
    except Exception as exc:
        raise _told(path, exc) from exc
    return module


def _print_aside(*values: object, **options: Any) -> None:
    print(*values, **{"file": sys.stderr, **options})  # noqa: T201 - it is the user's


def _told(path: Path, exc: Exception) -> ConfigError:
    return ConfigError(f"{_place(path, exc)}: {type(exc).__name__}: {excerpt(str(exc))}")


def _place(path: Path, exc: Exception) -> str:
    """Return the line of the file at *path* from which *exc* came."""
    trace, line = exc.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}"


def sources_in(module: Any, where: str) -> dict[str, Source]:
    """Return the Sources of *module* (or an entry point's value) by name; raise ConfigError with what is wrong."""
    values = [module] if isinstance(module, Source) else list(vars(module).values())
    found = {value.name: value for value in values if isinstance(value, Source)}
    if not found:
        raise ConfigError(f"{where} has no Source in it", hint='say source = Source("name", …) in it')
    for source in found.values():
        try:
            check_tables(source)
        except ConfigError as exc:
            raise ConfigError(f"{where}: {exc}", hint=exc.hint) from exc
    return found
