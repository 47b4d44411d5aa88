"""DiceBear styles beside those of the sample. Where a style only numbers its parts, they are named by eye."""

from ingest.sources.dicebear import Style

# What a part is called by its presence alone, where its variants have numbers instead of names.
PRESENT = {
    "glassesVariant": "Glasses", "earringsVariant": "Earrings", "beardVariant": "Beard",
    "mustacheVariant": "Mustache", "frecklesVariant": "Freckles", "hairAccessoriesVariant": "Flowers",
}  # fmt: skip
# Other names that collections give to a type.
ALIKE = {
    "Headwear": ("Hat", "Head", "Headgear", "Hats"), "Eyewear": ("Glasses", "Eyes", "Shades"),
    "Glasses": ("Eyewear", "Eyes"), "Clothing": ("Clothes", "Outfit", "Body", "Shirt"),
    "Skin Color": ("Skin", "Body", "Skin Tone"), "Skin": ("Body", "Fur", "Skin Tone"),
    "Background Color": ("Background", "Background", "BG"), "Background": ("Background Color", "BG"),
    "Body Color": ("Body", "Skin", "Fur", "Color"), "Metal Color": ("Body", "Skin", "Metal"),
    "Accessory": ("Accessories", "Eyewear"), "Earrings": ("Earring", "Jewelry"), "Facial Hair": ("Beard",),
    "Mouth": ("Expression", "Face"), "Hair": ("Hairstyle", "Head"),
}  # fmt: skip
_HAIR = {"hairVariant": "Hair", "accessoriesVariant": "Accessory", "glassesVariant": "Glasses"}
_PIXEL_TYPES = _HAIR | {
    "hatVariant": "Headwear", "clothesVariant": "Clothing", "clothingColor": "Clothing Color",
    "accessoriesVariant": "Earrings", "accessoriesColor": "Earrings Color", "glassesVariant": "Eyewear",
    "glassesColor": "Eyewear Color", "hatColor": "Headwear Color", "skinColor": "Skin",
}  # fmt: skip


def _named(part: str, **names: str) -> dict[str, str]:
    """``_named("hat", Beanie="1 2")`` -> {"hat.variant01": "Beanie", "hat.variant02": "Beanie"}."""
    return {
        f"{part}.{number if not number[0].isdigit() else f'variant{int(number):02d}'}": name.replace("_", " ")
        for name, numbers in names.items()
        for number in numbers.split()
    }


_PIXEL_VALUES = {
    **_named("accessories", Earrings="1 2 3 4"),
    **_named("hat", Knit_Cap="1 5", Cap="2 7 6", Striped_Beanie="3 4", Beanie="8 9 10"),
    **_named("glasses", Sunglasses="dark01 dark02 dark03", Tinted_Glasses="dark04 dark05 dark06 dark07",
             Narrow_Glasses="light01 light02 light03", Glasses="light04 light05 light06",
             Big_Glasses="light07"),
    **_named("clothes", T_Shirt="3 4 11 14", Hoodie="1 23", Suspenders="22", Camo_Shirt="2",
             Checkered_Shirt="6",
             Striped_Shirt="13", Turtleneck="12", Tank_Top="7 10 15 17 19", Low_Cut_Shirt="5", Polo_Shirt="8",
             Overalls="9 20", Open_Vest="16 18 21"),
    **_named("hair", Long_Hair="long01 long12 long13 long20 long21 long07 long09",
             Pigtails="long02 long03 long18",
             Bob="long04 long11 long16 long17", Bun="long05", Ponytail="long06 long19", Long_Fringe="long08",
             Side_Hair="long10", Two_Buns="long14", Messy_Hair="long15 short11 short13",
             Bald_Top="short07 short18",
             Short_Hair="short01 short02 short03 short06 short08 short10 short14 short15 short16 short17",
             Buzz_Cut="short04 short24 short19", Tuft="short05", Side_Part="short09", Bangs="short12",
             Mohawk="short20 short21 short23"),
    **_named("mouth", Open="happy01 happy13", Small="happy02",
             Smirk="happy03 happy04 happy07 happy08 happy10 happy11",
             Smile="happy06 happy09", Grin="happy12", Frown="sad01 sad02 sad03",
             Straight="sad04 sad05 sad06 sad07",
             Crooked="sad08 sad09 sad10 happy05"),
}  # fmt: skip

_UNSEEN = frozenset({"eyesVariant"})
_FRINGE = frozenset({"frontHairVariant", "sideburnsVariant"})
_FACE = {"backgroundColor": "Skin"}

STYLES_BESIDE = (
    Style("pixel-art", "Pixel Art", "pixel person", "", _PIXEL_TYPES, _PIXEL_VALUES, _UNSEEN),
    Style(
        "pixel-art-neutral", "Pixel Faces", "pixel face", "",
        _PIXEL_TYPES | {"backgroundColor": "Skin"}, _PIXEL_VALUES, _UNSEEN,
    ),
    Style("adventurer", "Adventurers", "person", "", _HAIR | {"skinColor": "Skin"}),
    Style("lorelei", "Lorelei", "person", "", _HAIR | {"skinColor": "Skin"}),
    Style("big-ears", "Big Ears", "person", "", _HAIR | {"skinColor": "Skin"}, {}, _FRINGE),
    Style("notionists", "Notionists", "person", "", _HAIR),
    Style("avataaars-neutral", "Avataaars Faces", "face", "", _FACE, {"default": "Plain", "xDizzy": "Dizzy"}),
    Style("bottts-neutral", "Bottts Faces", "robot face", "", _FACE),
    Style("cameo", "Cameos", "silhouette of a head", "", {"hairVariant": "Hair", "bodyColor": "Color"}),
    Style("shadows", "Shadows", "shadow figure", "", {"topsVariant": "Hair", "inkColor": "Figure"}),
    Style("marbles", "Marbles", "marble face", "", {"topVariant": "Hair Or Hat"}, {},
          frozenset({"blendVariant", "blendColor", "tintColor", "bloomColor", "sphereColor"})),
    Style("gaze", "Gaze", "shape with eyes", "", {"shapeVariant": "Shape", "bodyColor": "Body"}),
    Style("line-face", "Line Faces", "line drawing of a face", ""),
    Style("thumbs", "Thumbs", "thumb creature", "", {"shapeColor": "Body"}),
    Style("icons", "Bootstrap Icons", "icon", "", {}, {}, frozenset({"iconColor"})),
    Style("slice", "Slices", "sliced shape", "", {"shapeVariant": "Shape", "bodyColor": "Body"}, {},
          frozenset({"cutsVariant"})),
)  # fmt: skip
