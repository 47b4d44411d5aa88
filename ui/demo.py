"""The demonstration: sample, index, a local chain, and a conversation that shows what Magpie promises."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ui.console import errors, progress

if TYPE_CHECKING:
    from agent.answer import Answer
    from agent.devchain.server import Holdings
    from magpie.catalog import Catalog
    from magpie.domain import Collection
    from magpie.settings import Settings

PUNKS = "CRYPTOPUNKS"
SHOWN_PUNK = 7804
MINTED_COLLECTIONS = 3
MINTED_TOKENS = 60


@dataclass(frozen=True)
class Turn:
    """One question of the demonstration; ``{alice}`` and ``{bob}`` become addresses of the local chain."""

    shows: str
    question: str
    with_picture: bool = False


TURNS = (
    Turn("a look, and an honest no", "a zombie punk with a pipe, no glasses"),
    Turn("a refinement", "cheaper is not the point, I want a beanie instead"),
    Turn("a picture as the question", "which tokens look like this picture?", with_picture=True),
    Turn("a recommendation with reasons", "recommend collections for someone who likes friendly robots"),
    Turn("facts about one token", f"what traits does punk {SHOWN_PUNK} have?"),
    Turn("ownership: true", f"does {{alice}} own punk {SHOWN_PUNK}?"),
    Turn("ownership: false", "does {bob} own it?"),
    Turn("a question nobody can answer", "what will its floor price be next week?"),
)


def prepare(settings: "Settings") -> None:
    """Sample and index, each only as far as it is not there yet. Progress goes to standard error."""
    from ingest.pipeline import ingest
    from ingest.sources.sample import sample_sources
    from retrieval.index import build

    with progress() as tick:
        ingest(sample_sources(full=False), settings, tick=tick)
    with progress() as tick:
        build(settings, tick=tick)


@contextmanager
def local_chain(settings: "Settings") -> Iterator[tuple["Settings", Mapping[str, str]]]:
    """A development chain holding sample tokens: settings that ask it, and its accounts by name."""
    from agent.devchain.server import DevChain
    from magpie.catalog import Catalog

    with Catalog(settings.catalog_path) as catalog:
        holdings = _holdings(catalog)
    with DevChain.start(holdings) as chain:
        update = {"dev_chain_url": chain.url, "dev_chain_contracts": dict(chain.contracts)}
        yield settings.model_copy(update=update), chain.accounts


def converse(
    settings: "Settings", accounts: Mapping[str, str], picture: Path
) -> Iterator[tuple[Turn, str, "Answer"]]:
    """Ask every turn of one conversation; yields the turn, the question as asked, and the answer."""
    from agent.assemble import open_agent

    with open_agent(settings) as agent:
        agent.forget("demo")
        for turn in TURNS:
            question = turn.question.format_map(accounts)
            image = picture if turn.with_picture else None
            yield turn, question, agent.ask(question, image=image, conversation="demo")


def query_picture(settings: "Settings") -> Path:
    """A picture as a person would have one: a token's image, smaller, as a JPEG on a plain background."""
    from PIL import Image

    from magpie.catalog import Catalog
    from magpie.errors import InputError

    with Catalog(settings.catalog_path) as catalog:
        home = catalog.collection(PUNKS)
        token = catalog.token(home.ref(SHOWN_PUNK))
    if token is None or token.image is None:
        raise InputError(f"{PUNKS} #{SHOWN_PUNK} is not here: run `magpie ingest sample` again")
    path = settings.home / "demo" / "picture.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(settings.dataset_dir / token.image) as opened:
        small = opened.convert("RGBA").resize((180, 180))
    framed = Image.new("RGB", small.size, (99, 133, 150))
    framed.paste(small, mask=small.getchannel("A"))
    framed.save(path, quality=80)
    errors().print(f"[dim]the picture is {path}[/]", soft_wrap=True)
    return path


def _holdings(catalog: "Catalog") -> "dict[Collection, Holdings]":
    """The first tokens of a few collections, dealt to all three; Alice holds the shown punk too."""
    from agent.devchain.holdings import share_out

    punks = catalog.collection(PUNKS)
    generated = [c for c in catalog.collections() if c.is_generated][:MINTED_COLLECTIONS]
    dealt = share_out(catalog, MINTED_TOKENS, collections=(punks, *generated))
    if not any(SHOWN_PUNK in held for held in dealt[punks].values()):
        dealt[punks] = {**dealt[punks], "alice": (*dealt[punks]["alice"], SHOWN_PUNK)}
    return dealt
