"""The door to the project folder: its settings, its secrets, its Sources, and the machine-local state."""

from minidata.adapters.project.files import write_atomically
from minidata.adapters.project.project import DBT_MARKER, MARKER, Project

__all__ = ["DBT_MARKER", "MARKER", "Project", "write_atomically"]
