"""The nouns that paraphrases know: what values name, and what trait types name, with role and article.

Tables, no logic. A word that is missing here is still captioned, in a plainer form.
"""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """How a sentence takes a trait up."""

    KIND = "kind"  # "a zombie punk"
    LOOK = "look"  # "with gold fur"
    WORN = "worn"  # "wearing a beanie"
    HELD = "held"  # "holding a sword"
    PLACE = "place"  # "against a blue background"


class Number(StrEnum):
    """Which article a noun takes."""

    COUNT = "count"  # "a hat"
    PLURAL = "plural"  # "eyes"
    MASS = "mass"  # "fur"


class Noun(NamedTuple):
    """What a trait type names: ``also`` are nouns that a caption may use instead."""

    text: str
    role: Role
    number: Number
    also: tuple[str, ...] = ()


def _words(listed: str) -> list[str]:
    """Words apart by spaces; an underscore is a space within one."""
    return [word.replace("_", " ") for word in listed.split()]


def _nouns(role: Role, number: Number, words: str) -> dict[str, tuple[Role, Number]]:
    return dict.fromkeys(_words(words), (role, number))


# Nouns that a value may end in, and that need no other: "a beanie", not "a beanie hat".
VALUE_NOUNS: dict[str, tuple[Role, Number]] = {
    **_nouns(
        Role.WORN,
        Number.COUNT,
        """
        hat cap beanie helmet crown tiara halo headband bandana bandanna hood hoodie fez fedora beret
        turban hijab sombrero bowler visor headphone headset mask cape cloak robe tunic jacket coat
        blazer vest waistcoat suit tuxedo kimono poncho shirt tee tshirt t-shirt blouse top sweater
        jumper sweatshirt turtleneck dress gown skirt jumpsuit tracksuit uniform costume onesie apron
        corset bikini swimsuit toga scarf tie bowtie bow_tie necklace chain pendant medallion choker
        collar earring watch bracelet belt backpack bag monocle eyepatch eye_patch blindfold snapback
        tophat do-rag durag bucket_hat ushanka mitre wreath laurel lei harness poncho tanktop tank_top
        cardigan windbreaker parka bomber saddle badge brooch crop_top guayabera jersey robe bandolier
        snorkel yarmulke headscarf armor armour
        """,
    ),
    **_nouns(
        Role.WORN,
        Number.PLURAL,
        """
        glasses sunglasses shades goggles spectacles aviators specs headphones earphones earbuds
        earrings overalls pants trousers jeans shorts shoes boots sneakers sandals slippers heels socks
        gloves mittens suspenders beads chains hoops studs leggings joggers readers clothes
        """,
    ),
    **_nouns(
        Role.HELD,
        Number.COUNT,
        """
        sword dagger axe spear shield staff bow hammer wand katana knife gun pistol rifle trident scythe
        flag balloon lollipop flashlight torch lute guitar microphone quarterstaff skateboard surfboard
        umbrella bat lightsaber cup mug bottle book phone camera
        """,
    ),
    **_nouns(
        Role.LOOK,
        Number.COUNT,
        """
        mohawk mullet bob ponytail afro bun fringe bowlcut beard mustache moustache goatee chinstrap
        stubble grin smile smirk frown scowl pout scar mole tattoo piercing cigarette cigar pipe vape
        joint blunt toothpick bubble_gum party_horn pizza whistle tongue nose beak tail horn antenna
        brain third_eye third-eye mouth unibrow quiff topknot pixie updo trunk snout fang shell eye
        side-eye spoon rose grenade straw kazoo nose_ring ring brooch bandage band-aid
        """,
    ),
    **_nouns(
        Role.LOOK,
        Number.PLURAL,
        """
        eyes lips teeth braces horns wings ears cheeks freckles dreadlocks braids pigtails locks curls
        bangs eyebrows brows tattoos spots stripes antlers tusks fangs tears whiskers muttonchops
        handlebars flies lips sideburns feathers antennae lumps flames shackles twintails buns noodles
        flowers rosy_cheeks
        """,
    ),
    **_nouns(
        Role.LOOK,
        Number.MASS,
        """
        hair fur skin lipstick eyeliner eyeshadow eye_shadow stubble blush makeup make-up bubblegum
        facial_hair drool dribble slime smoke fire bedhead
        """,
    ),
}

_HEAD = ("headwear", "hat", "headgear", "head")
_CLOTHES = ("clothes", "clothing", "outfit", "attire", "garment", "garb")
_EYES = ("eyes", "eye", "gaze", "stare", "eyed")
_MOUTH = ("mouth", "expression", "lips")


def _types(role: Role, number: Number, words: str, also: tuple[str, ...] = ()) -> dict[str, Noun]:
    return {word: Noun(word, role, number, also) for word in _words(words)}


_PLACE = ("background", "backdrop", "setting")
TYPE_NOUNS: dict[str, Noun] = {
    **_types(Role.PLACE, Number.COUNT, "background backdrop setting scene scenery landscape", _PLACE),
    **dict.fromkeys(("bg", "backgrounds"), Noun("background", Role.PLACE, Number.COUNT, _PLACE)),
    **_types(
        Role.LOOK,
        Number.MASS,
        "wool plumage metal hide makeup armor lipstick",
    ),
    **_types(Role.LOOK, Number.MASS, "fur", ("coat", "furred")),
    **_types(Role.LOOK, Number.MASS, "skin", ("complexion", "skinned")),
    **_types(Role.LOOK, Number.MASS, "hair facial_hair", ("haired",)),
    **_types(Role.LOOK, Number.COUNT, "skin_tone complexion", ("skin", "skinned", "complexion", "tone")),
    **_types(Role.LOOK, Number.PLURAL, "eyes", _EYES),
    "bodies": Noun("body", Role.LOOK, Number.COUNT),
    "eye": Noun("eyes", Role.LOOK, Number.PLURAL, _EYES),
    "lip": Noun("lips", Role.LOOK, Number.PLURAL, ("mouth",)),
    **_types(
        Role.LOOK,
        Number.PLURAL,
        """
        lips feathers ears horns wings teeth eyebrows brows cheeks legs arms spots scales whiskers sides
        stripes moons facial_features antlers tusks fangs claws paws hills far_hills near_hills hairs
        flies
        """,
    ),
    **_types(Role.LOOK, Number.COUNT, "mouth", _MOUTH),
    **_types(Role.LOOK, Number.COUNT, "expression mood emotion", ("expression", "face", "mood", "look")),
    **_types(
        Role.LOOK,
        Number.COUNT,
        """
        nose beak tail snout tongue shell body face head hairstyle haircut hairdo pattern marking tattoo
        scar beard moustache mustache trunk horn antenna glow ring surface accent bloom pot plant orb
        texture aura base shape face_shape head_shape body_shape skull mane neck nostril
        """,
    ),
    **_types(Role.WORN, Number.MASS, "headwear headgear", _HEAD),
    **_types(Role.WORN, Number.COUNT, "hat", _HEAD),
    "hats": Noun("hat", Role.WORN, Number.COUNT, _HEAD),
    **_types(Role.WORN, Number.PLURAL, "clothes", _CLOTHES),
    **_types(Role.WORN, Number.MASS, "clothing outerwear attire apparel", (*_CLOTHES, "outerwear")),
    **dict.fromkeys(
        ("cloth", "torso", "chest", "clothings"), Noun("clothes", Role.WORN, Number.PLURAL, _CLOTHES)
    ),
    **_types(Role.WORN, Number.COUNT, "outfit costume suit", _CLOTHES),
    **_types(Role.WORN, Number.MASS, "eyewear", ("glasses", "eyes")),
    **_types(Role.WORN, Number.PLURAL, "glasses sunglasses goggles shades", ("eyewear", "glasses")),
    **_types(Role.WORN, Number.MASS, "footwear jewelry jewellery neckwear underwear", ("jewelry",)),
    **_types(
        Role.WORN, Number.PLURAL, "shoes pants trousers earrings boots socks gloves shorts", ("earring",)
    ),
    **_types(
        Role.WORN,
        Number.COUNT,
        """
        cap shirt jacket coat dress skirt top necklace earring mask cloak cape robe scarf tie chain vest
        hoodie crown collar belt watch bag backpack saddle helmet shirt_graphic chest_panel
        """,
        ("earrings",),
    ),
    **_types(Role.HELD, Number.COUNT, "weapon tool prop instrument", ("hand", "hands")),
    **dict.fromkeys(
        ("hand", "hands", "holding", "held", "left hand", "right hand", "held item", "hand item"),
        Noun("hand", Role.HELD, Number.COUNT, ("hands",)),
    ),
    **dict.fromkeys(
        _words(
            """
            type species race gender sex character special legendary breed kind custom one_of_one 1/1 mutant
            animal creature class role profession size
            """
        ),
        Noun("kind", Role.KIND, Number.COUNT, ("type", "species", "race", "breed", "class")),
    ),
}
# Types that only say "something it has": the value alone names the thing.
LOOSE_TYPES = frozenset(
    _words(
        """
    accessory accessories trait attribute extra item items feature detail effect vice prop property
    decoration addon symptom misc other perk special_accessory face_accessory special_feature
    """
    )
)
