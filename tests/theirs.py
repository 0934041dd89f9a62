"""A Postgres that is somebody else's, and something that stands before it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import psycopg

from engine_projects import carry
from minidata import Row, Source, Stream
from minidata.adapters.database.connection import ANALYST, LOADER, READER
from minidata.adapters.project import Project
from minidata.core.grants import url_setting
from minidata.steps.grants import grants

ROLES = (LOADER, ANALYST, READER)

Admin = psycopg.Connection[tuple[object, ...]]


class Order(Row):
    id: int
    total: int


SHOP = Source("shop", "http://127.0.0.1", streams=[Stream("orders", path="/orders", row=Order, key="id")])


def url_of(admin: Admin, user: str) -> str:
    """The URL by which *user* logs in to the database of *admin*."""
    info = admin.info
    return f"postgresql://{user}@/{info.dbname}?host={info.host}&port={info.port}"


def with_roles(project: Project, admin: Admin) -> Project:
    """The project as it is after its administrator has run what it prints: a URL for each role, none for an owner."""
    admin.execute(grants(project).sql.encode())
    return replace(project, environ={url_setting(role): url_of(admin, role) for role in ROLES})


def behind(project: Project, admin: Admin, place: str) -> Project:
    """The project whose owner logs in to the database of *admin* by way of *place*."""
    url = f"postgresql://postgres@/{admin.info.dbname}?host={place}"
    return replace(project, environ={"MINIDATA_ENGINE_URL": url})


def socket_of(admin: Admin) -> str:
    return f"{admin.info.host}/.s.PGSQL.{admin.info.port}"


def _refusal(message: str) -> bytes:
    fields = b"SFATAL\0VFATAL\0C57P03\0M" + message.encode() + b"\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@contextmanager
def doorkeeper(socket_path: str, refusals: list[str], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """
    Something at a port that refuses as many clients as there are *refusals*, then lets all through to Postgres.

    With *tls* it first shows who it is, to clients that ask.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        left = iter(refusals)

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                message = next(left, None)
                if tls:
                    _show(client, tls)
                elif message is None:
                    _let_through(client, socket_path)
                else:
                    with client:
                        client.recv(4096)
                        client.sendall(_refusal(message))

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1&port={listening.getsockname()[1]}&sslmode=disable&gssencmode=disable"
        listening.shutdown(socket.SHUT_RDWR)


def _show(client: socket.socket, tls: ssl.SSLContext) -> None:
    with client, suppress(OSError):
        client.recv(8)  # the wish for TLS
        client.sendall(b"S")
        tls.wrap_socket(client, server_side=True).close()


def _let_through(client: socket.socket, path: str) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    threading.Thread(target=_carry, args=(client, server), daemon=True).start()


def _carry(client: socket.socket, server: socket.socket) -> None:
    # Who is killed hangs up without a word.
    with suppress(ConnectionError):
        carry(client, server)
