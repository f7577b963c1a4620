"""What a gateway is started with: a TOML file, and the command line over it."""

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

FRONTS = ("auto", "grpcio", "native")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("json", "console")
RISK_MODES = ("on", "off")


class ConfigError(ValueError):
    """The configuration cannot be used; the message says which setting and why."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one gateway process.

    Attributes:
        listen: address and port; port 0 takes a free one.
        front: `native` (pygrpc-native, plaintext only), `grpcio`, or `auto`: native when it is
            installed and `listen` is a loopback address.
        store: `sqlite:PATH` or `memory:`.
        bootstrap_token: bearer token of the first bureau party, made when the store has none; at least 16 characters.
        secret_file: where the gateway's secret is kept; beside the store when empty.
        outbox: file that the simulated message sender delivers into; beside the store when empty.
        accounts_max: capacity of the account cache.
        risk: `on`: payments are remembered and scored by the risk policies in force; `off`: neither.
        queue_max: works that may wait for a batch.
        calls_max: calls in hand; the last places are kept for those that matter most.
        streams_max: watching streams open at a time.
        party_streams_max: of one party.
        metrics: address that metrics are served on over HTTP; none when empty.
        log_level: `debug` (every call), `info` (those that failed), `warning` (slow ones) or `error` (defects).
        log_format: `json` or `console`.
        slow_ms: an answered call that took as long is told as slow.
        drain_s: how long a stop may take in all; calls in hand have four fifths of it, closing the rest.
    """

    listen: str = "127.0.0.1:50051"
    front: str = "auto"
    store: str = "sqlite:medsettle.db"
    bootstrap_token: str = ""
    secret_file: str = ""
    outbox: str = ""
    accounts_max: int = 1_000_000
    risk: str = "on"
    queue_max: int = 8192
    calls_max: int = 4096
    streams_max: int = 1024
    party_streams_max: int = 64
    metrics: str = ""
    log_level: str = "info"
    log_format: str = "json"
    slow_ms: int = 1000
    drain_s: float = 10.0

    @property
    def store_path(self) -> Path | None:
        """The file of the store; None for one in memory."""
        return None if self.store == "memory:" else Path(self.store.removeprefix("sqlite:"))

    def shown(self) -> dict[str, Any]:
        """Every setting that may be shown: all but the token."""
        return {name: value for name, value in asdict(self).items() if name != "bootstrap_token"}


def load_config(path: Path | None, **overrides: Any) -> Config:
    """Reads a TOML file of Config's attributes (all optional) and lays the overrides that are not None over it.

    Raises:
        ConfigError: unreadable file, unknown setting, wrong type, or a value that cannot be.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        try:
            settings = tomllib.loads(path.read_text())
        except OSError as error:
            raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"the configuration {path} is no TOML: {error}") from error
    known = {field.name: field.type for field in fields(Config)}
    for name in settings:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting {name!r}; there are {', '.join(sorted(known))}")
    settings |= {name: value for name, value in overrides.items() if value is not None}
    config = replace(Config(), **settings)
    _check(config)
    return config


def _check(config: Config) -> None:
    for name in ("listen", "front", "store", "bootstrap_token", "secret_file", "outbox", "metrics", "log_level"):
        if not isinstance(getattr(config, name), str):
            raise ConfigError(f"{name} must be a text")
    minima = {
        "accounts_max": 2048,
        "queue_max": 1,
        "calls_max": 1,
        "streams_max": 1,
        "party_streams_max": 1,
        "slow_ms": 1,
    }
    for name, minimum in minima.items():
        value = getattr(config, name)
        if not isinstance(value, int) or value < minimum:
            raise ConfigError(f"{name} must be a whole number of at least {minimum}")
    if not isinstance(config.drain_s, int | float) or not 1 <= config.drain_s <= 86_400:
        raise ConfigError("drain_s must be a number of seconds, 1 to 86400")
    for name, choices in (
        ("front", FRONTS),
        ("log_level", LOG_LEVELS),
        ("log_format", LOG_FORMATS),
        ("risk", RISK_MODES),
    ):
        if getattr(config, name) not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {getattr(config, name)!r}")
    if config.store != "memory:" and not (config.store.startswith("sqlite:") and len(config.store) > len("sqlite:")):
        raise ConfigError(f"store must be sqlite:PATH or memory:, not {config.store!r}")
    for name in ("listen", "metrics") if config.metrics else ("listen",):
        host, _, port = getattr(config, name).rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ConfigError(f"{name} must be HOST:PORT, not {getattr(config, name)!r}")
    if config.bootstrap_token and len(config.bootstrap_token) < 16:
        raise ConfigError("bootstrap_token must have at least 16 characters")
