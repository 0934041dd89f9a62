"""What was given on the command line, understood."""

from collections.abc import Mapping


def refuse_beside(option: str, options: Mapping[str, object], *, hint: str = "") -> None:
    """Raise ConfigError when one of *options* was given beside *option*."""
    from minidata.core.errors import ConfigError

    given = next((name for name, value in options.items() if value or value == ""), None)
    if given:
        raise ConfigError(f"{option} and {given} contradict each other", hint=hint)


def pairs(variables: list[str] | None) -> Mapping[str, str]:
    """Return what was given as NAME=VALUE. Raises ConfigError for what was not."""
    from minidata.core.errors import ConfigError

    pairs = {}
    for given in variables or ():
        name, sign, value = given.partition("=")
        if not sign:
            raise ConfigError(f"--var {given!r} has no value", hint="write --var name=value")
        pairs[name] = value
    return pairs
