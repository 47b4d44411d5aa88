"""The classifier: a sentence encoder with a small adapter, and one linear layer (``tools/router.py``)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agent.cues import Intent, Topic
from agent.intents import Reading
from agent.mentions import Mentions
from agent.routing.signs import Shown, names, neutral, signs
from magpie.errors import ModelNotFoundError
from magpie.files import sha256_file
from magpie.optional import require
from magpie.settings import Settings
from retrieval.backends import adapted_text_encoder
from retrieval.phrases import Reading as TraitReading
from retrieval.ports import TextEncoder

Floats = npt.NDArray[np.float32]
WEIGHTS = "router.safetensors"
ROUTED, CERTAIN = 0.6, 0.9  # confidences from which the classifier is followed, and against a plain sign
HINTED = 0.35  # confidence of cues beside something of the catalogue
WHOLLY = 0.79  # confidence of cues that are the whole of a question
SCALE = 8.0  # of unit vectors, so that they weigh about as much as the signs
# What each class that people were taught by means to the agent.
MEANS: dict[str, tuple[Intent, Topic | None]] = {
    "find": ("find", None),
    "similar": ("similar", None),
    "token_facts": ("token_facts", None),
    "collection_facts": ("collection_facts", None),
    "compare": ("compare", None),
    "recommend": ("recommend", None),
    "verify": ("verify", None),
    "holdings": ("holdings", None),
    "taste": ("taste", None),
    "why": ("why", None),
    "help": ("help", None),
    "smalltalk": ("smalltalk", None),
    "price": ("decline", "price"),
    "trade": ("decline", "trade"),
    "advice": ("decline", "advice"),
    "out_of_scope": ("decline", "elsewhere"),
    "injection": ("decline", "instructions"),
    "vague": ("clarify", None),
}


class Route(NamedTuple):
    """The likeliest class, one of `MEANS`, and how sure that is, in [0, 1], calibrated on validation."""

    name: str
    confidence: float


class Head(NamedTuple):
    """The linear layer: ``weight`` (classes, d + signs); signs count from ``mean`` in units of ``spread``."""

    classes: tuple[str, ...]
    weight: Floats
    bias: Floats
    mean: Floats
    spread: Floats
    temperature: float

    def probabilities(self, vector: Floats, seen: Floats) -> Floats:
        """(classes,) that add up to 1, of a unit vector and the signs of its question."""
        row = np.concatenate([SCALE * vector, (seen - self.mean) / self.spread])
        logits = (self.weight @ row + self.bias) / self.temperature
        shares = np.exp(logits - logits.max())
        return np.asarray(shares / shares.sum(), np.float32)


def settled(route: Route, cued: Reading, mentions: Mentions, traits: TraitReading) -> Reading:
    """The class where the classifier is sure and nothing plain speaks against it, else what the cues say."""
    if (
        route.confidence < ROUTED
        or cued.topic == "language"
        or _speaks_against(route, cued, mentions, traits)
    ):
        return cued
    intent, topic = MEANS[route.name]
    if intent == cued.intent and cued.topic in ("thanks", "okay", "law"):
        topic = cued.topic
    return cued.model_copy(update={"intent": intent, "topic": topic, "confidence": route.confidence})


def _speaks_against(route: Route, cued: Reading, mentions: Mentions, traits: TraitReading) -> bool:
    """What is certain of a question, whatever it resembles: what it names, and what it wholly is."""
    named = bool(mentions.collections or mentions.token_ids or traits.matches)
    looked_up = cued.intent not in ("help", "smalltalk", "decline", "clarify", "taste")
    match cued.intent:
        case "help" | "smalltalk" if cued.confidence >= WHOLLY:
            return True
        case "decline" if cued.topic == "instructions":
            return True  # orders are orders, also where a name begins like one
        case "clarify" if not (named or traits.unread):
            return route.name != "vague"
        case "token_facts" if not traits.unread and route.name in ("similar", "compare"):
            return True  # "punk 7804", "traits of punks 1 and 2"
        case "find" | "similar" if route.name == "recommend" and (traits.matches or mentions.token_ids):
            return True  # "recommend me a cat with a scarf"
        case "collection_facts" if route.name in ("price", "trade", "advice") and not traits.unread:
            return bool(mentions.collections)  # a name alone
        case "recommend" if route.name in ("find", "similar") and mentions.collections:
            return True  # "something like Bottts"
        case "find" if route.name == "out_of_scope" or (traits.matches and route.name == "why"):
            return route.confidence < CERTAIN  # "a dog crying", "what about beanies?"
    if (
        route.name in ("out_of_scope", "smalltalk", "vague", "injection", "taste", "help")
        and named
        and looked_up
    ):
        return cued.confidence >= HINTED
    return False


class Router:
    """Says of a question which class it is of. Weights load at the first; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights, in hexadecimal. Raises `ModelNotFoundError` if they are not installed."""
        with _weights() as path:
            return sha256_file(path)

    @cached_property
    def _parts(self) -> tuple[TextEncoder, Head]:
        with _weights() as path:
            return adapted_text_encoder(self._settings, path), read_head(path)

    def load(self) -> None:
        """Load the weights now. Raises as `route`."""
        self._parts[0].load()

    def route(self, question: str, mentions: Mentions, traits: TraitReading, shown: Shown | None) -> Route:
        """Raises `MissingExtraError` or `ModelNotFoundError` where the encoder is not installed."""
        encoder, head = self._parts
        vector = encoder.encode([neutral(question, mentions, traits)], kind="query")[0]
        shares = head.probabilities(vector, signs(question, mentions, traits, shown))
        best = int(shares.argmax())
        return Route(head.classes[best], round(float(shares[best]), 3))


@contextmanager
def _weights() -> Iterator[Path]:
    with as_file(files("agent.routing").joinpath(WEIGHTS)) as path:
        if not path.is_file():
            raise ModelNotFoundError(f"{WEIGHTS} is not installed: run `python -m tools.router`")
        yield path


def read_head(path: Path) -> Head:
    """Raises `ModelNotFoundError` for weights of other signs than those that are read now."""
    load = require("safetensors.numpy", extra="text").load_file
    with require("safetensors", extra="text").safe_open(str(path), "np") as file:
        told = json.loads(file.metadata()["head"])
    if tuple(told["signs"]) != names():
        raise ModelNotFoundError(f"{path.name} was made for other signs: run `python -m tools.router`")
    held = load(str(path))
    weight, bias, mean, spread = (
        held[f"head.{name}"].astype(np.float32) for name in ("weight", "bias", "mean", "spread")
    )
    return Head(tuple(told["classes"]), weight, bias, mean, spread, float(told["temperature"]))
