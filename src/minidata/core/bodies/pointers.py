"""JSON pointers (RFC 6901), as people write them."""


def field_of(pointer: str) -> str:
    """Return *pointer* as ``items[0].price``; "" is the record itself. A step ``[]`` stands for any place."""
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/"))
    return "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps if step).removeprefix(".")
