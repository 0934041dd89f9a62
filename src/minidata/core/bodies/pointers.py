"""JSON pointers (RFC 6901), as people write them."""


def field_of(pointer: str) -> str:
    """Return *pointer* as ``items[0].price``; "" is the record itself. A step ``[]`` stands for any place."""
    return "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps_of(pointer) if step).removeprefix(
        "."
    )


def steps_of(pointer: str) -> list[str]:
    """Return the steps of *pointer*, none for the record itself."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
