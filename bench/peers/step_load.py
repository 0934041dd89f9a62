"""The step behind `minidata load` alone: prints the seconds from when all is imported to when it has answered."""

import time

from minidata.adapters.project import Project
from minidata.sources import SOURCES
from minidata.steps.load import load


def main() -> None:
    """Load what is new in the project of this folder."""
    project = Project.find()
    begun = time.perf_counter()
    load(project, SOURCES, source="shop", stream="orders")
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
