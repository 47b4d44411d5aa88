"""What a drawn thing is called: a name from its slug, another word for it, and the trait that it would be."""

import re
from dataclasses import dataclass

import numpy as np

# Other words that collections use for the same thing.
SYNONYMS = {
    "sunglasses": "shades", "billed cap": "cap", "top hat": "tall hat", "pile of poo": "poop",
    "woman's hat": "sun hat", "rescue worker's helmet": "hard hat", "military helmet": "army helmet",
    "smiling face with sunglasses": "cool face wearing shades", "nerd face": "face with glasses",
    "cowboy hat face": "cowboy", "clown face": "clown", "robot": "robot head", "alien": "green alien",
    "jack-o-lantern": "pumpkin head", "skull and crossbones": "pirate skull", "ogre": "oni mask",
    "goblin": "tengu mask", "money-mouth face": "money face", "smiling face with halo": "angel face",
    "smiling face with horns": "devil face", "angry face with horns": "angry devil",
    "smiling face with heart-eyes": "heart eyes", "star-struck": "star eyes", "face with monocle": "monocle",
    "face with medical mask": "face mask", "zipper-mouth face": "zipped mouth", "winking face": "wink",
    "grinning face": "big smile", "slightly smiling face": "smile", "frowning face": "frown",
    "sleeping face": "sleepy", "face with tongue": "tongue out", "pouting face": "angry red face",
    "crying face": "tear", "loudly crying face": "crying", "dizzy face": "x eyes", "hot face": "sweating",
    "cold face": "frozen face", "gem stone": "diamond", "high voltage": "lightning bolt", "fire": "flame",
    "cigarette": "smoking", "pistol": "water gun", "crossed swords": "swords", "dagger": "knife",
    "kitchen knife": "knife", "t-shirt": "tee", "running shoe": "sneaker", "necktie": "tie",
    "lab coat": "doctor coat", "ribbon": "bow", "headphone": "headphones", "studio microphone": "mic",
    "party popper": "confetti", "mage": "wizard", "person wearing turban": "turban",
    "person with skullcap": "skullcap", "prince": "man with a crown", "princess": "woman with a tiara",
    "santa claus": "santa hat", "graduation cap": "mortarboard", "goggles": "ski goggles", "coat": "jacket",
    "martial arts uniform": "karate gi", "unicorn": "unicorn head", "honeybee": "bee",
    "lady beetle": "ladybug",
    "hot beverage": "coffee", "beer mug": "beer", "wine glass": "red wine", "video game": "game controller",
    "joystick": "arcade stick", "glowing star": "shining star", "collision": "explosion", "blossom": "flower",
    "red heart": "heart", "hundred points": "100", "backpack": "rucksack", "tropical drink": "cocktail",
    "poultry leg": "drumstick", "meat on bone": "meat", "soft ice cream": "ice cream cone",
    "lollipop": "candy",
    "baby chick": "chick", "front-facing baby chick": "chick", "hatching chick": "chick in an egg",
    "rooster": "cock", "bow and arrow": "archery bow", "money bag": "sack of money", "coin": "gold coin",
}  # fmt: skip
# The trait type that collections file a thing under, by the last word of its name.
TYPES = {
    "Headwear": "hat cap helmet crown beanie hood tiara turban fedora sombrero ushanka headband mortarboard"
    " headphone headphones bonnet fez bandana wreath wig beret",
    "Eyewear": "glasses sunglasses goggles monocle spectacles eyepatch shades",
    "Clothing": "shirt t-shirt coat jacket dress kimono vest suit robe scarf necktie tie armor sari jeans"
    " sweater hoodie tuxedo overalls toga cape cloak shirt jersey uniform bikini swimsuit",
    "Footwear": "shoe shoes boot boots sandal sneaker slippers heels",
    "Weapon": "sword axe dagger knife katana gun pistol rifle bow hammer spear trident mace scythe whip"
    " shuriken halberd club crossbow revolver shotgun machete",
    "Mask": "mask",
    "Jewelry": "ring necklace earring earrings amulet pendant bracelet chain",
}  # fmt: skip
_TYPE_OF = {word: kind for kind, words in TYPES.items() for word in words.split()}
_ALSO = {
    "Headwear": ("Headwear", "Hat", "Head", "Hats"),
    "Eyewear": ("Eyewear", "Glasses", "Eyes"),
    "Clothing": ("Clothing", "Clothes", "Outfit", "Body"),
    "Weapon": ("Weapon", "Hand", "Item"),
    "Mask": ("Mask", "Face"),
    "Jewelry": ("Jewelry", "Accessory"),
    "Footwear": ("Footwear", "Shoes"),
}
_POSSESSIVE = re.compile(r"\b(man|woman|men|women|worker|mother|crow)s (?=\w)")
_SMALL = frozenset({"with", "and", "of", "in", "on", "the", "a", "from", "to", "for", "without", "over"})


@dataclass(frozen=True)
class Named:
    """A thing's names, the first its own, in lower case, and the types that it may be filed under."""

    all: tuple[str, ...]
    types: tuple[str, ...]

    def traits(self, rng: np.random.Generator) -> list[tuple[str, str]]:
        """Each name as a value, of no type or, for what has some and half of the time, of one of them."""
        kind = str(rng.choice(self.types)) if self.types and rng.random() < 0.5 else ""
        return [(kind, titled(name)) for name in self.all]


def named(slug: str) -> Named:
    """``man-in-tuxedo`` -> man in tuxedo."""
    name = _POSSESSIVE.sub(lambda found: f"{found[1]}'s ", slug.replace("-", " "))
    name = name.replace("t shirt", "t-shirt").replace("jack o lantern", "jack-o-lantern")
    name = name.replace("heart eyes", "heart-eyes").replace("star struck", "star-struck")
    other = SYNONYMS.get(name)
    if other is None and name.endswith(" face") and name.removesuffix(" face") in ANIMALS:
        other = name.replace(" face", " head")
    if other is None and name in ANIMALS_ALIKE:
        other = ANIMALS_ALIKE[name]
    kind = None if " with " in name else _TYPE_OF.get(name.split()[-1])
    return Named((name, other) if other else (name,), _ALSO.get(kind or "", ()))


# Names of the fxemoji set, whose words run together.
RUN_TOGETHER = {
    "acorn": "acorn", "aubergine": "eggplant", "bactriancamel": "two-hump-camel",
    "beachumbrella": "beach-umbrella",
    "blackskullcrossbones": "skull-and-crossbones", "blonde": "blond-person", "bolt": "lightning-bolt",
    "boot": "boot", "bouquetofflowers": "bouquet", "bride": "bride", "bullhorn": "megaphone",
    "bunny": "rabbit-face", "bunnyside": "rabbit", "catside": "cat", "cellphone": "mobile-phone",
    "chilipepper": "chili-pepper", "clap": "clapping-hands", "confetti": "confetti",
    "construct": "construction-worker", "cop": "police-officer", "crying": "crying-face",
    "curryandrice": "curry-rice", "daggerknife": "dagger", "darksunglasses": "sunglasses",
    "devilhorns": "smiling-face-with-horns", "dogside": "dog", "dragonhead": "dragon-face",
    "dragonside": "dragon",
    "dromedarycamel": "camel", "earofmaize": "ear-of-corn", "fatherchristmas": "santa-claus",
    "fishingpoleandfish": "fishing-pole", "flexbicep": "flexed-biceps", "foxcrying": "crying-fox",
    "foxgrin": "grinning-fox", "foxheart": "fox-with-heart-eyes", "foxkissing": "kissing-fox",
    "foxpouting": "angry-fox", "foxsmiling": "fox-face", "foxweary": "weary-fox", "foxwry": "smirking-fox",
    "gem": "gem-stone", "grin": "grin", "guardsman": "guard", "guapimao": "man-with-chinese-cap",
    "halo": "smiling-face-with-halo", "hampster": "hamster-face", "heartblue": "blue-heart",
    "heartgreen": "green-heart", "heartpurple": "purple-heart", "heartyellow": "yellow-heart",
    "hearteyes": "smiling-face-with-heart-eyes", "heels": "high-heeled-shoe", "imp": "angry-face-with-horns",
    "kissing": "kissing-face", "lips": "mouth", "lock": "locked", "loudlycrying": "loudly-crying-face",
    "mansshirt": "polo-shirt", "medicalmask": "face-with-medical-mask", "mensshoe": "mans-shoe",
    "monkeyhear": "hear-no-evil-monkey", "monkeysee": "see-no-evil-monkey",
    "monkeyspeak": "speak-no-evil-monkey",
    "mouseside": "mouse", "moyai": "moai", "neutral": "neutral-face", "nomouth": "face-without-mouth",
    "openmouth": "face-with-open-mouth", "pigside": "pig", "pigsnout": "pig-nose", "poo": "pile-of-poo",
    "pout": "pouting-face", "present": "wrapped-gift", "racecar": "racing-car", "rowboat": "rowboat",
    "ringingbell": "bell", "sandals": "womans-sandal", "schoolsatchel": "backpack", "sheep": "ewe",
    "sleeping": "sleeping-face", "sleuthspy": "detective", "sliceofpizza": "pizza",
    "smileeyes": "smiling-face",
    "smiletongue": "face-with-tongue", "smirk": "smirking-face", "spurtingwhale": "spouting-whale",
    "steamlocomotive": "locomotive", "studiomic": "studio-microphone", "surfer": "surfer",
    "tennisball": "tennis-ball", "tie": "necktie", "tigerside": "tiger", "tired": "tired-face",
    "tongueout": "tongue", "turban": "person-wearing-turban", "unamused": "unamused-face",
    "wave": "water-wave", "weary": "weary-face", "whitesmilingface": "smiling-face",
    "winking": "winking-face",
    "womansshirt": "womans-clothes", "worried": "worried-face",
}  # fmt: skip
_ANIMALS = (
    "bear cat dog cow pig fox frog horse lion monkey mouse panda rabbit tiger wolf hamster unicorn dragon"
    " koala"
)
ANIMALS = frozenset(_ANIMALS.split())
ANIMALS_ALIKE = {
    "ewe": "sheep",
    "ram": "sheep with horns",
    "ox": "bull",
    "rat": "rodent",
    "gorilla": "ape",
    "frog": "toad",
}


def titled(name: str) -> str:
    """``man in tuxedo`` -> Man in Tuxedo, as collections spell their values."""
    words = name.split()
    return " ".join(w if i and w in _SMALL else w[:1].upper() + w[1:] for i, w in enumerate(words))
