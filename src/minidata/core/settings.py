"""Every setting of a project, its type and its default. Reading them is the project door's work."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """One section of minidata.toml; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectSection(Section):
    """The project itself."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "minidata"


class StoreSection(Section):
    """
    Where raw objects live: a folder, seen from the project, or a URL such as s3://bucket/prefix.

    *endpoint* is the URL of an S3-compatible store that is not Amazon's, *path_style* puts the bucket's name into the
    path of requests. Their credentials are the provider's ordinary ones, never settings.
    """

    url: Annotated[str, Field(min_length=1)] = "object_store"
    compression: Literal["none", "zstd"] = "none"
    endpoint: str | None = None
    region: str | None = None
    path_style: bool = False


class EngineSection(Section):
    """
    What runs Postgres; *start_timeout* in seconds.

    *url* logs in as the owner. Where an administrator has made the roles, each step logs in at the URL of its own role.
    """

    kind: Literal["auto", "docker", "embedded", "url"] = "auto"
    url: SecretStr | None = None
    loader_url: SecretStr | None = None
    analyst_url: SecretStr | None = None
    reader_url: SecretStr | None = None
    image: Annotated[str, Field(min_length=1)] = "postgres:18"
    start_timeout: Positive = 120.0


class HttpSection(Section):
    """
    How patient we are with an API. Times in seconds, *max_body* in bytes after decoding.

    *timeout* bounds each wait for the network, *deadline* one request with everything it reads, *patience* all
    attempts at one request together, waits between them included. A Run that was interrupted is gone on with when it
    began no longer ago than *resume_within*: later, what it was told of the next page is not worth much.
    """

    timeout: Positive = 30.0
    deadline: Positive = 60.0
    patience: Positive = 300.0
    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    max_body: Annotated[int, Field(gt=0)] = 256 * 2**20
    max_pages: Annotated[int, Field(gt=0)] = 100_000
    resume_within: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 86_400.0


class LoadSection(Section):
    """
    *batch* is about how many records one Load takes; *lock_timeout* in seconds.

    *workers* is how many processes share the work where there is much of it; None for as many as there are cores.
    """

    batch: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    workers: Annotated[int, Field(ge=1, le=64)] | None = None
    lock_timeout: Positive = 30.0


class AnalyzeSection(Section):
    """
    Times in seconds, 0 for none; *keep_failures* is how many failing rows are kept per test.

    *folder* has the models, seen from the project; without one it is ``sql``, or the project when it is dbt's.
    *target* is the name that templates know the database by. With *live_views* a view over a loaded table is one, and
    shows rows that no test has seen yet. *threads* is how many models are built at one time; None for as many as there
    are cores. *keep_versions* is how many publishes, the live one among them, can be shown again. *dbt* is the venv of
    the dbt that runs the project when it is asked to, seen from the project.
    """

    folder: Annotated[str, Field(min_length=1)] | None = None
    target: Annotated[str, Field(min_length=1)] = "dev"
    live_views: bool = False
    threads: Annotated[int, Field(ge=1, le=64)] | None = None
    keep_versions: Annotated[int, Field(ge=1, le=1000)] = 2
    statement_timeout: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    temp_file_limit: Annotated[str, Field(pattern=r"^[1-9][0-9]*(kB|MB|GB|TB)$")] | None = None
    lock_timeout: Positive = 30.0
    keep_failures: Annotated[int, Field(ge=0)] = 100
    dbt: Annotated[str, Field(min_length=1)] | None = None


class ReportSection(Section):
    """Where report files go, seen from the project."""

    output: Annotated[str, Field(min_length=1)] = "output"


class SecretsSection(Section):
    """
    Where secrets are looked for besides the environment, files and .env.

    *keyring* asks the operating system's, *aws* AWS Secrets Manager: it is the prefix of their names there.
    """

    keyring: bool = False
    aws: str | None = None


class IsolatedSection(Section):
    """
    Stages in containers of their own, each bounded by *memory*, as Docker spells it, and *cpus*, maybe a fraction.

    *image* is minidata's; by default that of this version.
    """

    image: str | None = None
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*[bkmg]?$")] = "2g"
    cpus: Positive = 2.0


class SourceSection(Section):
    """What may differ from place to place in a Source."""

    base_url: str | None = None


class Settings(Section):
    """All of it. Sections are what minidata.toml's tables are called."""

    project: ProjectSection = ProjectSection()
    store: StoreSection = StoreSection()
    engine: EngineSection = EngineSection()
    http: HttpSection = HttpSection()
    load: LoadSection = LoadSection()
    analyze: AnalyzeSection = AnalyzeSection()
    report: ReportSection = ReportSection()
    secrets: SecretsSection = SecretsSection()
    isolated: IsolatedSection = IsolatedSection()
    sources: dict[str, SourceSection] = {}
    vars: dict[str, str | int | float | bool] = {}
