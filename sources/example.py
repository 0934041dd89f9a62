"""
A Source of your own: copy this file, change it, run `minidata ingest --source example`.

What it reads is the bundled API. `minidata demo-api` serves it, and the key is in .env.example: copy that to .env.
"""

from pydantic import AwareDatetime, Field

from minidata import ApiKey, Cursor, PageNumber, Row, Source, Stream


# One record of the API. The fields become the table's columns, in this order, and the description its comment.
# Types are strict: a record that does not fit is kept in quarantine with the reason, it is neither bent nor dropped.
class Customer(Row):
    id: int  # bigint not null
    name: str  # text not null; one that may be null or missing would be: str | None = None
    country: str = Field(description="ISO 3166-1 alpha-2.")
    wants_mail: bool = Field(validation_alias="newsletter")  # what the API calls newsletter
    updated_at: AwareDatetime  # timestamptz: the API must say the zone
    # What the API sends and you do not name here (email, created_at) stays in the raw object. Name it later, and
    # `minidata load --rebuild example.customers` fills the new column from there.


source = Source(
    # The table will be example.customers.
    name="example",
    # Paths of Streams are added to this. A place of its own: [sources.example] base_url in minidata.toml.
    base_url="http://127.0.0.1:8765/v1",
    # The secret's name, never the secret: it comes from the environment or from .env. For tokens: Bearer(secret=…).
    auth=ApiKey(header="X-Api-Key", secret="SHOP_API_KEY"),
    streams=[
        Stream(
            "customers",
            path="/customers",
            row=Customer,
            # What tells records apart: a later record with the same id replaces the earlier one.
            key="id",
            # Where in the answer the list of records is: {"data": [ … ], "page": 1, "total": 626}.
            records="data",
            # How to get the next page: PageNumber, NextCursor, NextUrl or SinglePage.
            pages=PageNumber(size=100, param="page", size_param="per_page"),
            # From the second time on, ask only for what has changed: …/customers?updated_since=<the latest so far>.
            since=Cursor("updated_at", param="updated_since"),
            # How much may end in quarantine before `load` says so with its exit code: here one record in a hundred.
            max_quarantined=0.01,
        ),
    ],
)


# ruff: noqa: INP001, S106 - this folder is no package, and the name of a secret is none
