"""What people type, by class: the committed sets, split by phrasing, and a world to say them in.

``utterances.jsonl`` teaches the classifier (`agent.routing`) and tests it; ``utterances_unseen.jsonl`` was
written apart from it, by others, and teaches nothing. A line is a phrasing with places for names; nothing of
it is in two splits.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal, NamedTuple

from agent.mentions import Mentions, Names, find_mentions
from agent.routing.signs import Shown
from magpie import text
from magpie.catalog_rows import TraitCount
from magpie.domain import Collection, Trait
from retrieval.phrases import Reading, Vocabulary

Split = Literal["train", "validation", "test", "unseen"]
Slot = tuple[str, str]  # its kind, and the comparison key of what fills it
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1, "2nd": 2, "1st": 1}
_ENS = ("vitalik.eth", "punkcollector.eth", "grandma.eth", "degen420.eth", "alice-art.eth", "bob.eth")
# Their subjects are things that questions about the world seldom name.
_COLLECTIONS = """
    Neon Lynx Society=lynx; Marble Owls=marmot; Pixel Drifters=drifter; Cosmic Otters=otter;
    Sunken Knights=paladin; Paper Tigers Club=ocelot; Glass Gardens=gnome; MOONCATS=kitsune;
    Tiny Titans=titan; Velvet Foxes=fennec; HexBots=automaton; Lazy Lizards=gecko;
    Chrome Saints=pilgrim; Mango Monsters=goblin; Bubble Bears=badger; Wonky Whales=narwhal;
    Gutter Dogs=mutt; World of Wizards=sorcerer; Lost Lemurs=lemur; Karma Koalas=koala;
    Ember Elves=sprite; Sappy Sloths=sloth; Orbital Oxen=yak; Blocky Bees=hornet;
    Night Penguins=puffin; Basalt Birds=heron; Toadhall=newt; Skullduggery=ghoul;
    Alien Attic=martian; Punk Parade=raver; Ape Alley=gorilla
"""
_TRAITS = """
    Hat=Red Hat; Eyes=Laser Eyes; Fur=Gold Fur; Hair=Pink Mohawk; Face=Pirate Patch; Mouth=Wooden Pipe;
    Mouth=Diamond Grill; Background=Blue Background; Clothes=Denim Jacket; Head=Halo; Eyes=3D Glasses;
    Head=Crown of Thorns; Hand=Bamboo Flute; Ear=Silver Earring; Neck=Striped Scarf; Skin=Zombie Skin;
    Mouth=Bubblegum; Nose=Clown Nose; Hair=Rainbow Hair; Head=Cowboy Hat; Head=Space Helmet; Clothes=Lab Coat;
    Arm=Tattoo Sleeve; Eyes=Heart Shades; Mouth=Angry Mouth; Eyes=Sleepy Eyes; Neck=Bow Tie; Body=Green Slime;
    Arm=Robot Arm; Mouth=Cigar; Clothes=Turtleneck; Legs=Camo Pants; Head=Flower Crown; Ear=Headphones;
    Back=Purple Wings; Head=Bandana; Clothes=Tuxedo; Eyes=Ski Goggles; Mouth=Fangs; Head=Beanie;
    Face=Gas Mask; Head=Chef Hat; Clothes=Kimono;
    Background=Sunset Sky; Face=Orange Beak; Clothes=Leather Vest;
    Neck=Medallion; Eyes=Monocle; Head=Top Hat; Eyes=Neon Visor
"""
_LIKES = (
    *(
        "friendly robots",
        "pastel landscapes",
        "spooky skeletons",
        "cute animals",
        "pixel art",
        "cyberpunk cities",
    ),
    *(
        "calm oceans",
        "grumpy cats",
        "abstract shapes",
        "retro video games",
        "psychedelic colours",
        "dinosaurs",
    ),
    *("hand drawn monsters", "minimal line art", "space explorers", "medieval knights", "moody portraits"),
)


class Utterance(NamedTuple):
    """A phrasing: ``text`` has places such as ``{collection}``; ``after`` is what was shown before it."""

    intent: str
    text: str
    after: Shown | None
    split: Split


class Said(NamedTuple):
    """A phrasing with its places filled, and ``slots``, what filled those that can be looked up."""

    utterance: Utterance
    text: str
    slots: frozenset[Slot]


@cache
def utterances(split: Split) -> tuple[Utterance, ...]:
    """In the order of the file."""
    name = "utterances_unseen.jsonl" if split == "unseen" else "utterances.jsonl"
    lines = files("eval").joinpath(name).read_text("utf-8").splitlines()
    read = (Utterance(**{"split": "unseen", **json.loads(line)}) for line in lines)
    return tuple(one for one in read if one.split == split)


class World:
    """Invented collections whose names, subjects and traits fill the places."""

    def __init__(self) -> None:
        self.collections = [
            Collection(
                name=name,
                chain="eip155:1",
                contract=f"0x{sha256(name.encode()).hexdigest()[:40]}",
                subject=noun,
            )
            for name, noun in _pairs(_COLLECTIONS)
        ]
        self.traits = [Trait(type=kind, value=value) for kind, value in _pairs(_TRAITS)]
        self.names = Names.of(self.collections)
        counts = [TraitCount(self.collections[0].name, trait, 100) for trait in self.traits]
        self.vocabulary = Vocabulary(counts, self.collections)

    def said(self, utterance: Utterance, seed: int) -> Said:
        """``utterance`` with its places filled, the same for a seed."""
        rng = random.Random(f"{seed}:{utterance.text}")
        homes, traits = rng.sample(self.collections, 2), rng.sample(self.traits, 2)
        ids = [rng.randrange(1, 10_000) for _ in range(2)]
        ordinal, ens = rng.choice(list(_ORDINALS)), rng.choice(_ENS)
        address = "0x" + "".join(rng.choice("0123456789abcdef") for _ in range(40))
        subject = rng.choice(self.collections).subject
        fills: dict[str, tuple[str, Slot | None]] = {
            "collection": (homes[0].name, ("collection", homes[0].name)),
            "collection2": (homes[1].name, ("collection", homes[1].name)),
            "subject": (subject, None),
            "trait": (traits[0].value.lower(), ("trait", traits[0].key[1])),
            "trait2": (traits[1].value.lower(), ("trait", traits[1].key[1])),
            "token": (f"#{ids[0]}", ("token", str(ids[0]))),
            "token2": (f"#{ids[1]}", ("token", str(ids[1]))),
            "address": (address, ("address", address)),
            "ens": (ens, ("ens", ens)),
            "ordinal": (ordinal, ("place", str(_ORDINALS[ordinal]))),
            "n": (str(rng.randrange(2, 9)), None),
            "like": (rng.choice(_LIKES), None),
        }
        used = [fills[name] for name in re.findall(r"\{(\w+)\}", utterance.text)]
        words = re.sub(r"\{(\w+)\}", lambda place: fills[place[1]][0], utterance.text)
        return Said(utterance, words, frozenset(slot for _, slot in used if slot))

    def read(self, said: str) -> tuple[Mentions, Reading]:
        """What is found in it by look-up, as the agent does."""
        mentions = find_mentions(said, self.names)
        return mentions, self.vocabulary.read(mentions.rest)


def found_slots(mentions: Mentions, traits: Reading) -> frozenset[Slot]:
    """What was found that can fill a slot; subjects name no collection in particular and fill none."""
    return frozenset(
        [
            *(("collection", m.collection) for m in mentions.collections if m.how != "subject"),
            *(("token", str(token_id)) for token_id in mentions.token_ids),
            *(("address", address) for address in mentions.addresses),
            *([("ens", mentions.ens)] if mentions.ens else []),
            *(("place", str(place)) for place in mentions.ordinals),
            *(("trait", trait.key[1]) for match in traits.matches for trait in match.traits),
        ]
    )


def _pairs(listed: str) -> Iterator[Sequence[str]]:
    for one in text.clean(listed.replace("\n", " "), len(listed)).split("; "):
        yield one.strip().split("=")
