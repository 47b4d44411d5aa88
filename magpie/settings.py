"""All settings in one frozen value: defaults < ``magpie.toml`` < ``MAGPIE_*`` < flags.

Read once at the edge (`load_settings`) and passed inwards; nothing else reads the environment.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from magpie.domain import Address, ChainId
from magpie.errors import ConfigError, unknown_name
from magpie.served import served_model

CONFIG_FILE = "magpie.toml"


def default_home() -> Path:
    """The platform's data folder for Magpie."""
    return Path(platformdirs.user_data_dir("magpie", appauthor=False))


class Settings(BaseSettings):
    """Every knob. ``MAGPIE_NODES='{"eip155:1": ["https://…"]}'`` equals ``[nodes]`` in the TOML file."""

    model_config = SettingsConfigDict(
        env_prefix="MAGPIE_",
        env_nested_delimiter="__",
        env_ignore_empty=True,  # an empty MAGPIE_HOME would be the current folder
        frozen=True,
        extra="forbid",
        toml_file=CONFIG_FILE,
    )

    home: Path = Field(
        default_factory=default_home, description="Where the dataset, catalogue and indices live."
    )
    allow_network: bool = Field(
        default=False, description="May models be fetched from the Hub, or asked on other machines?"
    )
    device: str = Field(default="cpu", description="torch device for the encoders.")
    threads: int = Field(default=0, ge=0, description="Threads for the models; 0 lets them choose.")

    image_encoder: str = Field(default="open-clip:magpie-clip", description="library:model")
    text_encoder: str = Field(default="sentence-transformers:all-minilm-l6-v2", description="library:model")
    llm: str = Field(
        default="smollm2-135m",
        description="Catalogue name, GGUF path, hub:OWNER/NAME/FILE.gguf, ollama:MODEL or openai:URL#MODEL; "
        "'none' for templates only.",
    )
    llm_key: SecretStr | None = Field(default=None, description="Sent to the server that llm names.")

    chroma_url: HttpUrl | None = Field(
        default=None, description="A Chroma server for the indices; without one they are in the home."
    )
    chroma_headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Sent to the Chroma server with every request, such as a token."
    )

    nodes: dict[ChainId, tuple[HttpUrl, ...]] = Field(
        default_factory=dict, description="JSON-RPC URLs by chain."
    )
    block_tag: Literal["finalized", "safe", "latest"] = "finalized"
    node_timeout: float = Field(default=10.0, gt=0, le=120, description="Seconds for one node call.")
    ipfs_gateways: tuple[HttpUrl, ...] = Field(
        default=("https://trustless-gateway.link", "https://ipfs.io", "https://dweb.link"),
        validate_default=True,
        description="Where ipfs:// is fetched from, the first that answers. A loopback address may be named.",
    )
    arweave_gateways: tuple[HttpUrl, ...] = Field(
        default=("https://arweave.net",), validate_default=True, description="Where ar:// is fetched from."
    )
    fetch_concurrency: int = Field(default=64, ge=1, le=512, description="Requests under way at a time.")
    fetch_timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds for one fetched file.")
    hub_url: HttpUrl = Field(default="https://huggingface.co", validate_default=True, description="The Hub.")
    hub_dataset: str = Field(default="shuxunoo/NFT-Net", description="The Hub's dataset of NFT1000 zips.")
    hub_token: SecretStr | None = Field(default=None, description="Access token; else the Hub's own login.")

    dev_chain_url: HttpUrl | None = Field(default=None, description="Local development chain, asked instead.")
    dev_chain_contracts: dict[str, Address] = Field(
        default_factory=dict, description="Collection name -> its stand-in contract on the development chain."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("llm")
    @classmethod
    def _readable(cls, llm: str) -> str:
        try:
            served_model(llm)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return llm

    @field_validator("chroma_url", mode="before")
    @classmethod
    def _empty_is_none(cls, url: object) -> object:
        return None if url == "" else url

    @property
    def dataset_dir(self) -> Path:
        return self.home / "dataset"

    @property
    def catalog_path(self) -> Path:
        return self.home / "catalog.sqlite"

    @property
    def chroma_dir(self) -> Path:
        return self.home / "chroma"

    @property
    def state_path(self) -> Path:
        return self.home / "state.sqlite"

    @property
    def columns_dir(self) -> Path:
        return self.home / "columns"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml_file = settings_cls.model_config.get("toml_file")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file)


def load_settings(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Settings from ``config`` (default: ``magpie.toml`` here, if any), the environment and ``flags``.

    A flag that is ``None`` was not given. Raises `ConfigError` that names the setting.
    """
    if config is not None and not config.is_file():
        raise ConfigError(f"no settings file at {config}; drop --config or give an existing TOML file")
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    source = type(
        "_Settings",
        (Settings,),
        {"model_config": {**Settings.model_config, "toml_file": config or CONFIG_FILE}},
    )
    try:
        loaded = source(**given)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(map(str, problem["loc"])) or "settings"
        setting = name.partition(".")[0]
        if problem["type"] == "extra_forbidden":
            raise ConfigError(
                f"{unknown_name('setting', setting, Settings.model_fields)}; fix {config or CONFIG_FILE}"
            ) from error
        raise ConfigError(
            f"setting {name!r}: {problem['msg']}; "
            f"fix it in {config or CONFIG_FILE} or MAGPIE_{setting.upper()}"
        ) from error
    except ValueError as error:  # TOML that does not parse, JSON in a variable that does not
        raise ConfigError(
            f"settings cannot be read: {error}; fix {config or CONFIG_FILE} or the MAGPIE_* variable"
        ) from error
    return Settings.model_construct(**{name: getattr(loaded, name) for name in Settings.model_fields})
