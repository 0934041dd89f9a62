"""
The door to Docker: a Postgres of the project's own, in a container, its data in a named volume.

Only what carries this project's label is ever touched. The password goes in as a file, so that it is in no one's
``docker inspect``. The port is Docker's choice on 127.0.0.1, and asked for each time, since it changes with a start.
"""

from minidata.adapters.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
