"""What other programs may ask, as data: a name, a description to choose by, typed arguments, a function."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import uuid4

from agent.answer import Answer, AnswerReady, StepStarted
from agent.onchain.inputs import parse_token_id
from agent.onchain.receipt import Receipt
from agent.recommend import Recommendation, Taste, recommend_collections
from magpie.domain import Model
from magpie.errors import InputError
from magpie.query import Filter, Query
from magpie.text import clean
from magpie.written import read
from ui.found import SearchFound, found, token_named
from ui.known import (
    CollectionKnown,
    CollectionsHeld,
    TokenKnown,
    collection_known,
    collection_named,
    collections_held,
    token_known,
)
from ui.mcp_arguments import (
    Arguments,
    AskArguments,
    CollectionArguments,
    ListArguments,
    RecommendArguments,
    SearchArguments,
    TokenArguments,
    VerifyArguments,
)
from ui.mcp_desk import Caller, Open, Stopped


class Recommendations(Model):
    """What `magpie recommend --json` lists, best first."""

    recommendations: tuple[Recommendation, ...]


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class ServedTool(Generic[A]):
    """``remembers``: it changes what Magpie remembers. ``asks_nodes``: it reads a chain through a node."""

    name: str
    title: str
    description: str
    arguments: type[A]
    result: type[Model]
    run: Callable[[A, Open, Caller], Model]
    remembers: bool = False
    asks_nodes: bool = False


def search(asked: SearchArguments, here: Open, caller: Caller) -> SearchFound:
    if not any((asked.text.strip(), asked.image, asked.like, asked.unlike, asked.collections, asked.where)):
        raise InputError("nothing to search for; give text, image, like, unlike, where or collections")
    searcher = here.agent.searcher
    conditions = (read(asked.where),) if asked.where.strip() else ()
    names = tuple(searcher.catalog.collection(name).name for name in asked.collections)
    query = Query(
        text=asked.text,
        image=asked.image,
        like=tuple(token_named(written, searcher.catalog) for written in asked.like),
        unlike=tuple(token_named(written, searcher.catalog) for written in asked.unlike),
        filter=Filter(collections=names, where=conditions),
        k=asked.k,
    )
    result = searcher.search(query)
    verdict = searcher.recognise(asked.image) if asked.image else None
    return found(query, result, searcher.catalog, verdict)


def recommend(asked: RecommendArguments, here: Open, caller: Caller) -> Recommendations:
    if not (asked.likes or asked.dislikes):
        raise InputError("say what is liked or disliked, such as likes: ['friendly robots']")
    taste = Taste(asked.likes, asked.dislikes, asked.owned)
    best = recommend_collections(here.agent.searcher, here.library, taste, asked.k)
    return Recommendations(recommendations=best)


def verify(asked: VerifyArguments, here: Open, caller: Caller) -> Receipt:
    return here.verify(asked.collection, parse_token_id(asked.token), asked.owner)


def token_facts(asked: TokenArguments, here: Open, caller: Caller) -> TokenKnown:
    catalog = here.agent.searcher.catalog
    home, token_id = collection_named(asked.collection, catalog), parse_token_id(asked.token)
    return token_known(home, token_id, catalog, here.rankings)


def collection_facts(asked: CollectionArguments, here: Open, caller: Caller) -> CollectionKnown:
    catalog = here.agent.searcher.catalog
    return collection_known(
        collection_named(asked.collection, catalog),
        catalog,
        type_=asked.trait_type,
        rarest_first=asked.rarest_first,
        most=asked.limit,
    )


def list_collections(asked: ListArguments, here: Open, caller: Caller) -> CollectionsHeld:
    return collections_held(here.agent.searcher.catalog)


def ask(asked: AskArguments, here: Open, caller: Caller) -> Answer:
    if not (clean(asked.question) or asked.image):
        raise InputError("ask something: give a question, or an image")
    conversation = asked.conversation or f"mcp {uuid4().hex}"
    events = here.agent.stream(
        asked.question, image=asked.image, conversation=conversation, collections=asked.collections
    )
    try:
        with closing(events):
            for event in events:
                if isinstance(event, AnswerReady):
                    return event.answer
                if isinstance(event, StepStarted):
                    caller.tell(event.title)
                if caller.left.is_set():
                    raise Stopped
    finally:
        if asked.conversation is None:
            here.agent.forget(conversation)
    raise RuntimeError("a turn ended without an answer")


TOOLS: tuple[ServedTool[Any], ...] = (
    ServedTool(
        "search",
        "Search tokens",
        "Find NFT tokens in the collections on this machine: by how they look in words, by a picture file, "
        "by tokens they should look like, by hard conditions on traits and rarity, or all of them. Best "
        "first, each with its traits, rarity rank and what each signal contributed. No match is an answer: "
        "hits is empty, reason says why, and closest holds near misses with what each lacks. With an "
        "image, copy says whether it is a known token or a copy of one.",
        SearchArguments,
        SearchFound,
        search,
    ),
    ServedTool(
        "token_facts",
        "Facts of a token",
        "Everything published about one NFT token whose collection and id are known: name, traits, caption, "
        "picture, rarity rank in its collection, and how many bits each trait adds to its rarity. Not who "
        "owns it: that is verify.",
        TokenArguments,
        TokenKnown,
        token_facts,
    ),
    ServedTool(
        "list_collections",
        "List collections",
        "The NFT collections on this machine with their contract, description and number of tokens. Call it "
        "first to learn the names that the other tools take.",
        ListArguments,
        CollectionsHeld,
        list_collections,
    ),
    ServedTool(
        "collection_facts",
        "Facts of a collection",
        "One NFT collection: subject, contract, supply, number of tokens here, its trait types, and how many "
        "tokens have each trait, most common or rarest first. For counting or choosing traits.",
        CollectionArguments,
        CollectionKnown,
        collection_facts,
    ),
    ServedTool(
        "recommend",
        "Recommend collections",
        "Which NFT collections on this machine suit somebody's taste, best first, each with a score that "
        "is the sum of its named parts. For collections, not single tokens: for those use search.",
        RecommendArguments,
        Recommendations,
        recommend,
    ),
    ServedTool(
        "verify",
        "Verify ownership",
        "Who owns an NFT token on-chain, read at one block through the user's own node, with a receipt. "
        "verdict is owned, not_owned, nonexistent, or unverified: nobody could tell, which is never a no; "
        "reason says why. Only this tool knows owners.",
        VerifyArguments,
        Receipt,
        verify,
        asks_nodes=True,
    ),
    ServedTool(
        "ask",
        "Ask Magpie",
        "Ask Magpie's own agent in plain words. It searches, recommends, counts and verifies "
        "by itself, remembers the conversation by name, and answers in prose whose every fact is cited as "
        "[n] from evidence. For a whole question; the other tools answer faster and in parts.",
        AskArguments,
        Answer,
        ask,
        remembers=True,
        asks_nodes=True,
    ),
)
