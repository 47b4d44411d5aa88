"""The nouns of the product: token references, traits, tokens, collections.

No I/O and no model library here; every other package imports this module.
All models are frozen: a step that enriches a token returns a new one.
"""

import hashlib
import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator

from magpie import text
from magpie.errors import InputError

# Lower case is the identity; EIP-55 mixed case is for display only.
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^0[xX][0-9a-fA-F]{40}$")
]
# CAIP-2. ``local:files`` marks a collection whose contract nobody told us: it can be searched, not verified.
ChainId = Annotated[str, StringConstraints(pattern=r"^(eip155:[1-9][0-9]{0,31}|local:files)$")]
# A uint256 does not fit a JSON number or a 64-bit column, so it is written as a string.
TokenId = Annotated[int, Field(ge=0, lt=2**256), PlainSerializer(str, when_used="json")]
# The name is also a folder name, so what a file system or a path would misread is refused.
CollectionName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^/\\:*?\"<>|\x00-\x1f]+$")
]

MAINNET = "eip155:1"
DEV_CHAIN = "eip155:1337"
LOCAL_FILES = "local:files"
_CAIP19 = re.compile(r"^([a-z0-9]+:[a-z0-9]+)/erc721:(0x[0-9a-fA-F]{40})/([0-9]{1,78})$")


class Model(BaseModel):
    """Base of every domain model: immutable, and no silent extra fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TokenRef(Model):
    """Identity of one token. Hashable; use it as the key everywhere.

    Written as CAIP-19 (``eip155:1/erc721:0x…/7804``). CryptoPunks predate ERC-721 and are written in
    the same namespace, as marketplaces do; which call reads their owner is decided by the contract.
    """

    chain: ChainId
    contract: Address
    token_id: TokenId

    def __str__(self) -> str:
        return f"{self.chain}/erc721:{self.contract}/{self.token_id}"

    @classmethod
    def parse(cls, caip19: str) -> Self:
        """The reverse of ``str``. Raises `InputError` for anything else."""
        match = _CAIP19.match(caip19.strip())
        if match is None:
            raise InputError(f"{caip19!r} is not a CAIP-19 token such as eip155:1/erc721:0x…/7804")
        chain, contract, token_id = match.groups()
        return cls(chain=chain, contract=contract, token_id=int(token_id))


class Trait(Model):
    """One published attribute, in its published spelling. Two traits are alike if their ``key`` is equal."""

    type: str = Field(max_length=200)
    value: str = Field(min_length=1, max_length=500)

    @property
    def key(self) -> tuple[str, str]:
        """What comparisons use: case, plural, spacing and punctuation folded."""
        return text.key(self.type), text.key(self.value)

    def __str__(self) -> str:
        return f"{self.type}={self.value}" if self.type else self.value


class Token(Model):
    """One token as the dataset holds it. ``image`` is relative to the dataset folder, '/'-separated."""

    ref: TokenRef
    collection: CollectionName
    name: str
    traits: tuple[Trait, ...] = ()
    caption: str = ""
    image: str | None = None
    image_sha256: str | None = None

    def has(self, condition: "Trait") -> bool:
        """Whether a trait matches by key; an empty ``condition.type`` matches any type."""
        wanted_type, wanted_value = condition.key
        return any(
            value == wanted_value and wanted_type in ("", type_)
            for type_, value in (t.key for t in self.traits)
        )


class Collection(Model):
    """One contract's tokens, under the name of their dataset folder."""

    name: CollectionName
    chain: ChainId
    contract: Address
    subject: str = "character"
    description: str = ""
    url: str = ""
    licence: str = ""
    source: str = "folder"
    supply: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _local_contract(self) -> Self:
        if self.chain == LOCAL_FILES and self.contract != local_contract(self.name):
            raise ValueError("a collection on local:files has the contract that its name gives")
        return self

    @property
    def is_generated(self) -> bool:
        return self.source == GENERATED

    @property
    def on_chain(self) -> bool:
        """Whether a contract is known, so that ownership can be asked at all."""
        return self.chain != LOCAL_FILES

    def ref(self, token_id: int) -> TokenRef:
        return TokenRef(chain=self.chain, contract=self.contract, token_id=token_id)


GENERATED = "generated sample"


def local_contract(name: str) -> str:
    """The stand-in address of a collection without a known contract: stable, and never on a real chain."""
    return "0x" + hashlib.sha256(f"magpie:local:{name}".encode()).hexdigest()[:40]
