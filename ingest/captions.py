"""Captions and prompts of NFT1000, from traits; and the noun that names what a collection shows. Pure."""

import re
from collections.abc import Sequence

from magpie import text
from magpie.domain import Trait

# What collections are named after, by how specific it is: the first noun found is the subject.
NOUNS = (
    "monkey", "gorilla", "chimp", "ape", "punk", "toad", "frog", "penguin", "owl", "duck", "chicken",
    "bird", "bear", "panda", "koala", "kitten", "kitty", "cat", "puppy", "doggo", "dog", "wolf", "fox",
    "tiger", "lion", "bull", "cow", "sheep", "goat", "pig", "rabbit", "bunny", "hamster", "mouse",
    "rat", "dragon", "dino", "dinosaur", "turtle", "crocodile", "alligator", "snake", "shark", "whale",
    "fish", "octopus", "crab", "bee", "bug", "butterfly", "skeleton", "skull", "zombie", "vampire",
    "ghost", "demon", "devil", "angel", "alien", "robot", "bot", "mech", "droid", "android", "cyborg",
    "monster", "goblin", "troll", "elf", "fairy", "wizard", "witch", "ninja", "samurai", "knight",
    "warrior", "pirate", "astronaut", "king", "queen", "princess", "woman", "women", "girl", "lady",
    "boy", "man", "men", "guy", "doodle", "noun", "azuki", "loot", "planet",
)  # fmt: skip
_PLURALS = {"women": "woman", "men": "man", "kitty": "cat", "kitten": "cat", "puppy": "dog", "doggo": "dog"}
_NO_ENDINGS = frozenset({"king", "lion"})  # Viking, Million
DEFAULT_SUBJECT = "character"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|[_\W]+")


def guess_subject(name: str, description: str = "") -> str:
    """A common noun for what the collection shows: in its name, else in its description, else "character".

    A noun counts as a word of the name (``OnChainMonkey``: monkey), as the end of one if it has at least four
    letters (``Moonbirds``: bird), or as a word of the description.
    """
    named = [text.singular(word) for part in _CAMEL.split(name) for word in text.words(part)]
    told = [text.singular(word) for word in text.words(description)]
    found = (
        next((noun for noun in NOUNS if noun in named), None)
        or next((noun for noun in NOUNS if any(_ends_in(word, noun) for word in named)), None)
        or next((word for word in told if word in NOUNS), DEFAULT_SUBJECT)
    )
    return _PLURALS.get(found, found)


def _ends_in(word: str, noun: str) -> bool:
    return len(noun) >= 4 and noun not in _NO_ENDINGS and word.endswith((noun, f"{noun}s", f"{noun}z"))


def template_caption(subject: str, traits: Sequence[Trait]) -> str:
    """``A picture of {subject}, containing {value} {type} {value} {type}.``, as NFT1000 writes it."""
    parts = " ".join(_phrase(trait) for trait in traits)
    return f"A picture of {subject}, containing {parts}." if parts else f"A picture of {subject}."


def prompt_tags(traits: Sequence[Trait]) -> str:
    """Comma-separated ``{value} {type}``, for generative training."""
    return ", ".join(_phrase(trait) for trait in traits)


def _phrase(trait: Trait) -> str:
    return f"{trait.value} {trait.type}".strip()
