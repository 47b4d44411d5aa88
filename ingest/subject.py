"""The common noun for what a collection shows ("ape", "cat"), from name, traits and description. Pure.

In that order: the name was chosen for the subject; a trait such as "Species: Toad" that nearly all tokens
share is as plain; a description tells much else beside. What nothing tells is a "character".
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from magpie import text
from magpie.domain import Trait

DEFAULT_SUBJECT = "character"
SHARED_BY = 0.6  # of the tokens that have such a trait at all
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|[_\W]+")
_COUNTED = re.compile(
    r"(?:\b(?:collection|series|set|army|horde|squad|gang|herd|pack|tribe|flock|colony|fleet|swarm|clan) of|"
    r"\b\d[\d,.']{2,}k?|\b\d+k)\b"
)
_WINDOW = 9  # words after "collection of" or "10,000" within which the noun stands


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in listed.split())


# By how specific they are: the first that is found is the subject.
NOUNS = _words(
    """
    monkey gorilla chimp orangutan baboon ape punk toad frog penguin owl duck chicken rooster parrot pigeon
    eagle falcon hawk raven crow flamingo peacock swan goose pelican toucan hummingbird seagull bird bear
    cub panda koala sloth kitten kitty cat puppy doggo dog wolf jackal hyena coyote fox tiger lion leopard
    panther cheetah lynx bull buffalo cow sheep lamb goat llama alpaca camel pig boar rabbit bunny hamster
    mouse rat squirrel raccoon possum hedgehog otter beaver badger skunk meerkat kangaroo elephant rhino
    hippo giraffe zebra unicorn pegasus pony horse donkey deer moose dragon dinosaur dino turtle tortoise
    crocodile alligator lizard gecko chameleon axolotl snake cobra shark whale dolphin narwhal orca walrus
    seal manatee fish piranha octopus squid kraken jellyfish crab lobster shrimp snail slug worm caterpillar
    bee firefly wasp hornet ant beetle mantis spider scorpion ladybug bug butterfly moth bat skeleton skull
    zombie vampire ghost ghoul mummy reaper werewolf demon devil angel gargoyle golem alien robot bot mech
    droid android cyborg kaiju yeti bigfoot cyclops minotaur monster beast goblin ogre troll orc gnome dwarf
    elf fairy mermaid wizard sorcerer witch ninja samurai ronin shogun geisha knight gladiator warrior
    pirate astronaut cosmonaut cowboy gangster clown joker detective hacker wrestler boxer racer skater
    surfer soldier villain hero champion fighter bandit thief rogue assassin sheriff rapper priest saint
    titan giant hooligan rebel citizen survivor trooper king queen princess prince pharaoh goddess nun monk
    woman girl lady boy man guy dude kid baby doll puppet teddy snowman scarecrow mushroom cactus sunflower
    flower potato tomato banana pineapple avocado strawberry lemon donut cupcake burger pizza taco sushi egg
    bean blob slime sneaker rocket spaceship doodle noun loot planet clone imp mutant creature critter
    animal pet bro chick human person
    """
)
# Other words for them, and spellings that collections use.
_SPELLED = {
    "dog": "doggo puppy pup doge shiba inu hound canine kennel shiboshi pug corgi husky",
    "cat": "kitty kitten katz kat neko feline kitti",
    "man": "men guy dude bro brotherhood dad mister",
    "woman": "women female sisters mom babe",
    "gorilla": "kong",
    "ape": "simian primate monke",
    "mouse": "mice",
    "goose": "geese",
    "wolf": "wolve wolves",
    "bear": "beary grizzly cub",
    "monster": "kaiju monfter",
    "person": "people folk citizen",
    "girl": "gal waifu",
    "ghost": "ghosty spirit spook",
    "robot": "robo roboto bot droid android",
    "dinosaur": "dino saurus rex",
    "rabbit": "bunny bunni",
    "pig": "piggy hog",
    "frog": "froggy tadpole pepe",
    "bird": "birdie birb bird",
    "skeleton": "skelly",
    "mech": "mecha meka",
    "owl": "owlet",
    "duck": "ducky duckling",
    "creature": "critter wassie",
    "child": "children kiddo",
    "baby": "babies",
    "mushroom": "shroom",
    "fairy": "pixie sprite",
    "skull": "cranium",
    "crocodile": "croc",
    "alligator": "gator",
    "hedgehog": "hedgie",
    "turkey": "gobbler",
    "lion": "lioness",
    "llama": "lama",
    "alpaca": "paca",
    "penguin": "pengu pingu",
    "hero": "heroes",
}
_ALSO = {other: noun for noun, others in _SPELLED.items() for other in others.split()}
_NEVER = frozenset({"steampunk", "cyberpunk", "catalyst", "manifold"})
_NO_ENDINGS = frozenset(
    {"king", "lion", "human", "clone", "noun", "bean", "loot", "seal", "bull", "pilot", "prince"}
)
# Nouns that descriptions use of much else: they count only right after "10,000" or "a collection of".
_WEAK = frozenset(
    _words(
        """
        king queen prince princess man woman girl boy lady guy dude kid baby person human people folk loot
        pet animal noun bean egg face bug mouse bot creature warrior beast monster god angel ghost spirit
        bull planet punk bro doodle clone racer hacker soldier boxer chick rocket mutant critter pack doll
        babe child whale hero champion fighter giant titan citizen survivor rebel villain rogue saint guy
        spirit shark crab ant bee
        """
    )
)
_KIND_TYPES = frozenset(
    map(text.key, _words("type species race animal character kind breed creature class body"))
)
# Parts that only such a subject has.
_PARTS = {"beak": "bird", "feather": "bird", "snout": "animal", "hairstyle": "person", "lip color": "person"}


def guess_subject(name: str, description: str = "", tokens: Iterable[Sequence[Trait]] = ()) -> str:
    """The noun in ``name``, else in the ``tokens``' traits, else in ``description``, else "character".

    A noun counts as a word of the name (``OnChainMonkey``: monkey), or as the end of one if it has at least
    four letters (``Moonbirds``: bird). ``tokens`` may be a sample.
    """
    return _named(name) or _shared(tokens) or _described(description) or DEFAULT_SUBJECT


def _named(name: str) -> str | None:
    words = [word for part in _CAMEL.split(name) for word in text.words(part) if word not in _NEVER]
    direct = {noun for word in words if (noun := _noun(word))}
    ends = {noun for word in words for noun in (*NOUNS, *_ALSO) if _ends_in(word, noun)}
    begins = {noun for word in words for noun in NOUNS if len(noun) > 4 and word.startswith(noun)}
    for found in (direct, {_ALSO.get(noun, noun) for noun in ends}, begins):
        if found:
            return min(found, key=_rank)
    return None


def _noun(word: str) -> str | None:
    """The noun that a word is a form of: "birdz", "kitties", "women"."""
    for spelling in (
        word,
        text.singular(word),
        word.removesuffix("z"),
        text.singular(word.removesuffix("z")),
    ):
        if spelling in _ALSO:
            return _ALSO[spelling]
        if spelling in NOUNS:
            return spelling
    return None


def _rank(noun: str) -> int:
    return NOUNS.index(noun) if noun in NOUNS else len(NOUNS)


def _ends_in(word: str, noun: str) -> bool:
    return len(noun) >= 4 and noun not in _NO_ENDINGS and word.endswith((noun, f"{noun}s", f"{noun}z"))


def _shared(tokens: Iterable[Sequence[Trait]]) -> str | None:
    """What most tokens say they are; else what the parts they have belong to."""
    kinds: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    seen = 0
    for traits in tokens:
        seen += 1
        for trait in traits:
            type_ = text.key(trait.type)
            if type_ in _KIND_TYPES:
                kinds.update({_noun(word) or "" for word in text.words(trait.value)} - {""})
        parts.update({_PARTS[part] for trait in traits if (part := text.key(trait.type)) in _PARTS})
    for counts in (kinds, parts):
        for noun, count in counts.most_common(1):
            if count >= SHARED_BY * seen:
                return noun
    return None


def _described(description: str) -> str | None:
    told = description.casefold()
    for match in _COUNTED.finditer(told):
        after = re.split(r"[.!?\n]", told[match.end() :], maxsplit=1)[0]
        near = [noun for word in text.words(after)[:_WINDOW] if (noun := _noun(word))]
        if near:
            return min(near, key=_rank)
    anywhere = (noun for word in text.words(told) if (noun := _noun(word)))
    return next((noun for noun in anywhere if noun not in _WEAK), None)
