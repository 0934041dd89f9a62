"""What goes wrong between us and an API, on purpose: a server, a line to it, a clock, and an onlooker."""

from faults.onlookers import Onlooker, TurnedClock
from faults.proxy import Fault, FaultyLine, corrupt, cut, delay, faulty_line, reset, stall
from faults.server import FaultServer, Heard, Saying, Script, closed_port, fault_server, said, said_json

__all__ = [
    "Fault",
    "FaultServer",
    "FaultyLine",
    "Heard",
    "Onlooker",
    "Saying",
    "Script",
    "TurnedClock",
    "closed_port",
    "corrupt",
    "cut",
    "delay",
    "fault_server",
    "faulty_line",
    "reset",
    "said",
    "said_json",
    "stall",
]
