"""One frozen settings class, read once from `TILEGATE_*`. Nobody else reads the environment."""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, DirectoryPath, Field, FilePath, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.mail_server import parse_mailbox, parse_smtp_url
from service.memory import CacheBytes, cache_bytes, default_memory
from service.outbound.reach import check_url
from service.processors import WorkerCount, automatic_workers, default_threads, processors
from service.redis.guard import PATIENCE
from service.redis.url import parse_redis_url
from service.storage_root import RemoteRoot, parse_storage_root

PRIVATE_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = (
    *map(IPv4Network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")),
    *map(IPv6Network, ("::1/128", "fc00::/7", "fe80::/10")),
)
"""This machine, and networks that are not routed (RFC 1918, 3927, 4193, 4291)."""
LONGEST_ISSUER = 300
Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """All that an operator can set. `tilegate settings` prints each field, its variable, its value and its meaning."""

    model_config = SettingsConfigDict(
        env_prefix="TILEGATE_", frozen=True, extra="ignore", hide_input_in_errors=True, validate_by_name=True
    )

    data_dir: Path = Field(
        Path("tilegate-data"), description="Folder for the SQLite file, Valkey's AOF, the master key"
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("TILEGATE_PORT", "PORT"),
        description="Port to listen on; 0 takes a free one. Where it is not set, PORT counts, as container platforms "
        "set it",
    )
    workers: Positive | Literal["auto"] = Field(
        "auto",
        description="Worker processes; auto: one for each two processors that the service may use (affinity, cgroup), "
        "and no more than TILEGATE_MEMORY can hold",
    )
    standby: bool = Field(
        True,
        description="Keep one more process waiting that has imported all, so that a worker that dies is replaced at "
        "once; it takes about 100 MB",
    )
    watchdog_timeout: float = Field(
        10,
        ge=0,
        description="Seconds after which a worker whose event loop does not turn is killed and replaced; 0: never",
    )
    drain_delay: float = Field(
        0,
        ge=0,
        description="Seconds after SIGTERM in which /readyz says 503 while requests are still accepted: "
        "as long as a load balancer takes to notice",
    )
    public_url: str | None = Field(
        None, description="What recipients see before /s/…, e.g. https://maps.example.org; default: host and port"
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description='Networks of proxies whose X-Forwarded-For is believed, as JSON: ["10.0.0.0/8"]'
    )
    metrics_allow: tuple[IPv4Network | IPv6Network, ...] = Field(
        PRIVATE_NETWORKS,
        description="Networks of those who may ask for /metrics and /readyz, as JSON; others find nothing there. "
        "Default: this machine and private networks, and nobody that an unknown proxy forwards for",
    )
    database_url: str | None = Field(
        None, description="postgresql+asyncpg://… or sqlite+aiosqlite:///…; default: SQLite in the data folder"
    )
    redis_url: str | None = Field(
        None,
        description="redis://…, rediss://… or unix://… of a Redis or Valkey, or redis+cluster://host:port,host:port… "
        "of a cluster; default: an embedded Valkey in the data folder",
    )
    redis_timeout: Annotated[float, Field(gt=0, le=30)] = Field(
        PATIENCE,
        description="Seconds in which it must answer; after them what asks it is refused with 503. More where it is "
        "far away: an outage is reported later then",
    )
    storage_roots: dict[str, Annotated[Path | RemoteRoot, BeforeValidator(parse_storage_root)]] = Field(
        default_factory=dict,
        description="Folders and object stores that may be shared from, as JSON: "
        '{"name": "/folder", "other": "s3://bucket/prefix"}; default: {"files": DATA/files}; '
        "credentials and more: docs/operating.md",
    )
    master_key_file: Path | None = Field(
        None,
        description="File with the master key, 64 hex digits a line: the first signs, a second is still accepted; "
        "default: made in the data folder",
    )
    bcrypt_cost: int = Field(12, ge=4, le=16, description="bcrypt work factor of link passwords")
    default_key_lifetime: Seconds = Field(3600, description="Seconds that a key lives which a password was given for")
    map_key_lifetime: Seconds = Field(86400, description="Seconds that the key inside a TileJSON lives")
    tile_max_age: int = Field(300, ge=0, description="Seconds that a browser may keep a tile without asking again")
    allow_open_ended_links: bool = Field(False, description="Allow links without an expiry")
    allow_passwordless_links: bool = Field(
        False,
        description="Allow links without a password, which whoever has the address may use; off: they open to nobody",
    )

    render_threads: Positive = Field(
        default_factory=default_threads,
        description="Threads in which GDAL runs, per worker; default: one for each processor that the service may use, "
        "up to 8, as the busiest tiles may all be asked of one worker",
    )
    render_queue: Positive = Field(
        128,
        description="Renders that may wait for a thread, per worker; beyond it: 503, to who has most",
    )
    render_wait: Seconds = Field(3, description="Seconds that a render may wait for a thread before 503")
    render_timeout: Seconds = Field(10, description="Seconds that a render may take before 504")
    render_stuck: Positive | None = Field(
        None,
        description="Render threads at work for over TILEGATE_RENDER_TIMEOUT with which a worker is not ready; "
        "default: all of them",
    )
    refusal_hold: float = Field(
        1,
        ge=0,
        le=10,
        description="Seconds for which, at most, a link's 503 and 429 are held back once there are over 20 a second, "
        "so that clients which ask again at once cost little; 0: never",
    )
    heavy_processes: Positive = Field(
        1,
        description="Processes, per worker, for what must not take a tile from anybody: registering, statistics, "
        "crops; they live as long as their one job",
    )
    heavy_memory_bytes: Annotated[int, Field(ge=64 * 2**20)] = Field(
        1536 * 2**20, description="Memory that one of them may take; beyond it the job is refused"
    )
    heavy_timeout: Seconds = Field(20, description="Seconds that one may take; then it is ended, and the job refused")
    heavy_queue: Positive = Field(32, description="Jobs that may wait for one, per worker; beyond it: 503")
    heavy_wait: Seconds = Field(20, description="Seconds that a job may wait for one before 503")
    metatile: Literal[1, 2, 4] = Field(
        1,
        description="Waiting tiles of the same aligned block of so many by so many are rendered in one job, and the "
        "first comes with the last; 1: never",
    )
    watermark_font: FilePath | None = Field(
        None,
        description="A TrueType or OpenType file that watermarks are written in; default: a built-in font, which has "
        "little more than the letters A to Z",
    )
    basemap: str | None = Field(
        None,
        description="Id (itm_…, col_…) of a raster, a PMTiles archive or a collection that the pages of all links draw "
        "beneath what is shared, at nobody's expense; default: lines of longitude and latitude",
    )
    tms_dir: DirectoryPath | None = Field(
        None,
        description="A folder of tile matrix sets of your own, each a JSON file (OGC 17-083r4, version 2); links can "
        "offer them beside those that come with the service",
    )
    crop_pixels: Positive = Field(
        2**23, description="Pixels that one crop may have; beyond it: 413. It takes up to 100 bytes for each"
    )
    memory: Annotated[int, Field(ge=2**28)] | None = Field(
        None,
        description="Bytes of memory that workers should take together; the caches below follow from it; default: a "
        "quarter of the machine's, or of what its cgroup may have",
    )
    block_cache_bytes: int | None = Field(
        None,
        ge=0,
        description="Memory for decoded blocks of rasters, per worker, shared by its threads; "
        "default: three sevenths of its part of TILEGATE_MEMORY",
    )
    sandbox: Literal["auto", "require", "off"] = Field(
        "auto",
        description="Whether the kernel (Landlock, Linux 5.13) holds render threads to the storage roots: auto: where "
        "it can; require: or do not start; off. `tilegate doctor` reports which",
    )
    overview_bytes: int = Field(
        4 * 2**30, ge=0, description="Disk for overviews of collections, in the data folder; 0: none are built"
    )
    seed_bytes: int = Field(
        10 * 2**30,
        ge=0,
        description="Disk for tiles that are rendered ahead (`tilegate seed`), in the data folder, all items together; "
        "0: none are",
    )
    remote_recheck: Seconds = Field(
        10, description="Seconds after which it is looked whether a raster in an object store has changed"
    )
    remote_grace: Seconds = Field(
        300, description="Seconds that such a raster's cached tiles are still sent while its store does not answer"
    )
    remote_cache_bytes: Annotated[int, Field(ge=2**20)] | None = Field(
        None,
        description="Memory for what was read of rasters in object stores, per worker; default: two sevenths",
    )
    tile_store_bytes: int | None = Field(
        None,
        ge=0,
        description="Disk for rendered tiles, in the data folder, which all workers share and which outlive restarts; "
        "0: none are kept; default: 2 GB, or 0 where TILEGATE_TILE_CACHE_BYTES is 0",
    )
    prefetch: int = Field(
        0,
        ge=0,
        description="Tiles a minute, per worker, that are rendered before anybody asks, around the last view of each "
        "session, while no thread is at work; into the tile store, counted to nobody; 0: none",
    )
    tile_cache_bytes: int | None = Field(
        None, ge=0, description="Memory for rendered tiles, per worker; default: two sevenths"
    )
    tile_cache_url: str | None = Field(
        None,
        description="redis://… of a Redis or Valkey in which all workers share rendered tiles; one of its own, with "
        "maxmemory and maxmemory-policy allkeys-lru: it must not be the one that counts; default: none",
    )

    archive_entries: Positive = Field(10_000, description="Files and folders that a ZIP may hold; beyond it: 413")
    archive_bytes: Positive = Field(20 * 2**30, description="Bytes that a ZIP may hold; beyond it: 413")

    upload_bytes: Positive = Field(5 * 2**30, description="Bytes that an uploaded file may have; beyond it: 413")
    upload_keep_free: int = Field(
        512 * 2**20,
        ge=0,
        description="Bytes that stay free on the disk: an upload that would take them is 507, and no tile is stored",
    )

    client_patience: Seconds = Field(
        20,
        description="Seconds that a client may stand still while it is sent an answer or sends a body; then it is cut",
    )
    client_least_rate: Positive = Field(
        4096, description="Bytes a second that a client must take or send, seen over those seconds"
    )
    unsent_bytes: Annotated[int, Field(ge=2**20)] = Field(
        256 * 2**20,
        description="Memory for what clients have not taken yet, per worker; beyond it the slowest are cut",
    )

    rate_create: Positive = Field(30, description="Creating operations a minute, per caller")
    rate_read: Positive = Field(300, description="Reading and validating operations a minute, per caller")
    rate_update: Positive = Field(60, description="Updating, revoking and registering operations a minute, per caller")
    rate_list: Positive = Field(60, description="Listing operations a minute, per caller")
    rate_pages: Positive = Field(
        600, description="Pages and pictures of the sharer's site a minute, per caller, whatever they list"
    )
    rate_tiles: Positive = Field(6000, description="Tiles a minute, per link and client address")
    rate_requests: Positive = Field(
        5, description="Access requests an hour, per link and client network; ten times as many per link"
    )
    rate_codes: Positive = Field(
        10,
        description="Codes by e-mail an hour, per link and client network; ten times as many per link, and two for "
        "each recipient. A mailbox is sent 5 an hour of one link and 20 of all",
    )
    guesses_per_link: Positive = Field(
        100, description="Wrong passwords and codes an hour, per link: two fifths of them at once, then evenly"
    )
    guesses_per_client: Positive = Field(
        10, description="Wrong passwords at once, per link and client network; then one a minute"
    )

    smtp_url: str | None = Field(
        None,
        description="smtp://, smtp+starttls:// or smtps:// [user:password@]host[:port] of the server that sends "
        "e-mail; default: none is sent",
    )
    mail_from: str | None = Field(
        None, description="The address that e-mail comes from: Maps of Example <maps@example.org>"
    )

    webhook_allow: tuple[IPv4Network | IPv6Network, ...] = Field(
        (),
        description="Networks that webhooks may be sent to beside public addresses, also by http, as JSON: "
        '["10.1.0.0/16"]; default: public addresses by https alone',
    )

    jwt_secret_file: Path | None = Field(
        None, description="File with the secret, 32 bytes or more, that session tokens are signed with by HS256"
    )
    jwt_public_key_file: Path | None = Field(
        None,
        description="PEM file with the public key of who signs session tokens: RSA, P-256 or Ed25519",
    )
    jwt_jwks_url: str | None = Field(
        None,
        description="https://… of the key set of who signs session tokens; its keys are for RS256, ES256 and EdDSA",
    )
    jwt_jwks_private: bool = Field(False, description="Allow that address to be in a private network")
    jwt_issuer: str | None = Field(None, description="The claim iss that session tokens must have")
    jwt_audience: str | None = Field(None, description="The claim aud that session tokens must have or hold")
    jwt_leeway: float = Field(
        30, ge=0, le=300, description="Seconds by which the clock of who signs session tokens may differ from ours"
    )

    oidc_issuer: str | None = Field(
        None,
        description="https://… of the OpenID Connect provider that people sign in with on the pages, letter for letter "
        "as its tokens say it; default: they sign in by an API key alone",
    )
    oidc_client_id: str | None = Field(None, description="What that provider knows this service as")
    oidc_client_secret_file: FilePath | None = Field(
        None, description="File with the secret that goes with it; default: a public client, held by PKCE alone"
    )
    oidc_name: str = Field("single sign-on", max_length=60, description="What the button calls it: Sign in with …")
    oidc_private: bool = Field(False, description="Allow the provider to be in a private network")
    oidc_email_domains: tuple[str, ...] = Field(
        (), description='Domains of addresses by which members are known, as JSON: ["example.org"]; default: any'
    )
    oidc_trust_emails: bool = Field(
        False,
        description="Believe addresses of which the provider does not say whether they are confirmed (email_verified): "
        "only where people cannot choose their address there",
    )
    oidc_join_project: str | None = Field(
        None,
        description="prj_… of the project that who signs in with an address of these domains becomes a member of; "
        "default: an admin adds each",
    )
    oidc_join_role: Literal["viewer", "editor"] = Field("viewer", description="As what they do; never as its admin")

    session_idle: Annotated[float, Field(ge=60, le=12 * 3600)] = Field(
        1800,
        description="Seconds without a click after which who signed in to the page at / is signed out; after 12 hours "
        "they are in any case",
    )

    event_days: int = Field(
        90, ge=0, description="Days for which it is kept who used a link (share.link.events); 0: it is not noted at all"
    )
    event_addresses: Literal["network", "whole", "none"] = Field(
        "network", description="How much of a client's address is kept with that: its /24 or /48, all of it, nothing"
    )
    audit_days: Positive = Field(
        400, description="Days for which it is kept who changed what (audit.list); nobody can remove it before"
    )
    batch_links: Positive = Field(100, description="Links that one call may make or revoke")

    settle_interval: Seconds = Field(10, description="Seconds between copies of the usage counters into the SQL ledger")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["text", "json"] = Field(
        "text", description="text: lines for people; json: an object a line, for what collects logs"
    )
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None,
        description="A port of its own for /metrics, /readyz and /healthz, on the same address; then /metrics is found "
        "there alone. Default: none, they are on the port of the service",
    )
    otlp_endpoint: str | None = Field(
        None,
        description="http://collector:4318/v1/traces: where spans of requests are sent (OpenTelemetry, extra otel); "
        "without addresses, query strings and headers. Default: nowhere",
    )
    trace_ratio: float = Field(1, ge=0, le=1, description="The part of requests of which spans are sent")
    debug_asyncio: bool = Field(False, description="Log callbacks that hold the event loop over 50 ms")

    @field_validator("otlp_endpoint")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("public_url")
    @classmethod
    def _without_trailing_slash(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("redis_url", "tile_cache_url")
    @classmethod
    def _known_redis_url(cls, value: str | None) -> str | None:
        if value is not None:
            parse_redis_url(value)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_smtp_url(cls, value: str | None) -> str | None:
        if value is not None:
            parse_smtp_url(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        if value is not None:
            parse_mailbox(value)
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _reachable_issuer(cls, value: str | None) -> str | None:
        if value is not None and (check_url(value).query_string or len(value) > LONGEST_ISSUER):
            raise ValueError(f"must be https://host/path of at most {LONGEST_ISSUER} characters, without a query")
        return value

    @field_validator("oidc_email_domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" in domain or "." not in domain for domain in value):
            raise ValueError("must be domains, as example.org")
        return tuple(domain.lower() for domain in value)

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @model_validator(mode="after")
    def _two_servers(self) -> Self:
        if self.tile_cache_url is not None and self.tile_cache_url == self.redis_url:
            raise ValueError("TILEGATE_TILE_CACHE_URL must not be TILEGATE_REDIS_URL: evicted counters are not billed")
        return self

    @model_validator(mode="after")
    def _whose_sessions(self) -> Self:
        keys = [self.jwt_secret_file, self.jwt_public_key_file, self.jwt_jwks_url]
        given = sum(key is not None for key in keys)
        if given > 1:
            raise ValueError(
                "set one of TILEGATE_JWT_SECRET_FILE, TILEGATE_JWT_PUBLIC_KEY_FILE, TILEGATE_JWT_JWKS_URL, not several"
            )
        if {given == 1} != {bool(self.jwt_issuer), bool(self.jwt_audience)}:
            raise ValueError("session tokens need a key, TILEGATE_JWT_ISSUER and TILEGATE_JWT_AUDIENCE: set all three")
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("TILEGATE_OIDC_ISSUER and TILEGATE_OIDC_CLIENT_ID belong together: set both, or neither")
        if self.oidc_join_project is not None and not self.oidc_email_domains:
            raise ValueError("TILEGATE_OIDC_JOIN_PROJECT needs TILEGATE_OIDC_EMAIL_DOMAINS: whose addresses may join")
        return self

    @model_validator(mode="after")
    def _a_server_and_a_sender(self) -> Self:
        if (self.smtp_url is None) != (self.mail_from is None):
            raise ValueError("TILEGATE_SMTP_URL and TILEGATE_MAIL_FROM belong together: set both, or neither")
        return self

    @model_validator(mode="after")
    def _absolute_paths(self) -> Self:
        roots = self.storage_roots or {"files": self.data_dir / "files"}
        object.__setattr__(self, "data_dir", self.data_dir.absolute())
        for root in roots.values():
            if isinstance(root, RemoteRoot):
                root.check_environment(os.environ)
        absolute = {name: root.absolute() if isinstance(root, Path) else root for name, root in roots.items()}
        object.__setattr__(self, "storage_roots", absolute)
        return self

    @model_validator(mode="after")
    def _data_outside_of_roots(self) -> Self:
        data = self.data_dir.resolve()
        for name, folder in self.folders.items():
            if data.is_relative_to(folder.resolve()):
                raise ValueError(
                    f"the storage root {name} contains the data folder, and so the master key: "
                    "set TILEGATE_DATA_DIR to a folder outside of it, or share a folder beside it"
                )
        return self

    @property
    def caches(self) -> CacheBytes:
        """What the caches of one worker may take. Blocks."""
        memory = self.memory or default_memory()
        shares = cache_bytes(memory, workers=self.worker_count.count, standby=self.standby)
        return CacheBytes(
            blocks=shares.blocks if self.block_cache_bytes is None else self.block_cache_bytes,
            tiles=shares.tiles if self.tile_cache_bytes is None else self.tile_cache_bytes,
            ranges=shares.ranges if self.remote_cache_bytes is None else self.remote_cache_bytes,
        )

    @property
    def worker_count(self) -> WorkerCount:
        """How many workers there are to be, and why. Blocks."""
        if self.workers == "auto":
            return automatic_workers(processors(), self.memory or default_memory(), standby=self.standby)
        return WorkerCount(count=self.workers, reason="TILEGATE_WORKERS or --workers")

    @property
    def folders(self) -> dict[str, Path]:
        """The storage roots that are local folders."""
        return {name: root for name, root in self.storage_roots.items() if isinstance(root, Path)}

    @property
    def sql_url(self) -> str:
        """The SQLAlchemy URL: `database_url`, or the SQLite file of the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'tilegate.sqlite'}"

    @property
    def base_url(self) -> str:
        """What stands before every path that a recipient is given."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{'127.0.0.1' if host in {'0.0.0.0', '[::]'} else host}:{self.port}"  # noqa: S104

    @property
    def own_origin(self) -> str:
        """The web origin of our own pages."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.base_url))
