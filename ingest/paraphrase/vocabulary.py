"""Plain English words: colours, moods, synonyms, and the closed list that a caption may use without a trait.

Only tables, no logic. A word that is missing here is still captioned, in a plainer form.
"""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


COLOURS = _words("""
    red orange yellow green blue purple violet pink brown black white grey gray gold golden silver
    bronze copper beige cream tan teal turquoise cyan aqua aquamarine navy maroon burgundy crimson
    scarlet salmon peach coral magenta fuchsia lavender lilac indigo olive lime mint emerald jade ruby
    sapphire amber ivory khaki mauve plum rose rust charcoal ginger blonde blond brunette platinum
    tangerine periwinkle azure blurple greige dark light pale bright deep neon pastel rainbow multicolor
    multicolour
    """)

MOODS = _words("""
    bored happy sad angry sleepy tired shocked surprised smug bashful shy cute evil mad calm curious
    crazy dizzy dumbfounded jovial serious neutral excited scared grumpy annoyed cheerful confident
    confused content cool disappointed disgusted embarrassed frustrated goofy grim hungry innocent
    joyful laughing nervous pleased proud relaxed sarcastic satisfied stern stoned suspicious upset
    wicked worried unshaven rage fierce awake
    """)

# Adjectives and the like: as values they say how a thing is, and never what it is.
MODIFIERS = (
    COLOURS
    | MOODS
    | _words("""
        thin thick small big large short long tall wide round square normal regular basic plain default
        classic open closed shut wild straight curly wavy messy left right up down front back side
        forward backward simple standard clean dirty old new natural medium fair wild swept tiny huge
        chubby slim standing sitting
        """)
)

SHADES = _words("dark light pale bright deep neon pastel rainbow multicolor multicolour")
SMALL_WORDS = _words("the a an of to in on at with and or for from by is am")
PREPOSITIONS = _words("to with in on at under over behind inside between among around from by")
# A value that has one of these before its end is a title or a saying: a shirt called "Hello My Name Is".
TITLE_WORDS = _words("the for my me you your it who what i we this that don't can't")

# As values of any type these say what it is, not what it has.
GENDERS = _words("male female man woman boy girl nonbinary non-binary")
PROPER = _words("""
    american british french german italian mexican japanese chinese korean indian hawaiian african
    arabian viking christmas halloween roman greek spartan egyptian texan italian scottish irish russian
    dutch
    """)
# Words that follow the noun they belong to in values, and precede it in English: "Mohawk Thin".
TRAILING = COLOURS | _words("thin thick small big short long backwards backward forward flipped")

# Values that name another thing than their words say, by what their type names.
MEANT: dict[tuple[str, str], str] = {
    ("eyes", "3d"): "3D glasses",
    ("eyewear", "3d"): "3D glasses",
    ("eyes", "vr"): "VR goggles",
    ("eyewear", "vr"): "VR goggles",
    ("eyes", "coins"): "coin eyes",
    ("eyes", "heart"): "heart-shaped eyes",
    ("eyes", "hearts"): "heart-shaped eyes",
    ("clothes", "hawaiian"): "Hawaiian clothes",
}

# Plain words for a value's word: any of them says the same.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "robot": ("metallic", "robotic", "mechanical"),
    "bot": ("robotic", "robot"),
    "cyborg": ("cybernetic",),
    "shades": ("sunglasses",),
    "sunglasses": ("shades",),
    "spectacles": ("glasses",),
    "specs": ("glasses",),
    "aviators": ("aviator", "sunglasses"),
    "eyepatch": ("patch",),
    "tee": ("t-shirt", "tshirt", "shirt"),
    "t": ("t-shirt", "tshirt", "shirt"),
    "tshirt": ("t-shirt", "tee"),
    "moustache": ("mustache",),
    "mustache": ("moustache",),
    "stache": ("mustache", "moustache"),
    "gray": ("grey",),
    "grey": ("gray",),
    "gold": ("golden",),
    "golden": ("gold",),
    "blonde": ("blond",),
    "blond": ("blonde",),
    "rainbow": ("rainbow-coloured", "multicoloured"),
    "zombie": ("undead",),
    "undead": ("zombie",),
    "trippy": ("psychedelic",),
    "psychedelic": ("trippy",),
    "cheetah": ("cheetah-spotted",),
    "leopard": ("leopard-spotted",),
    "fire": ("flaming", "fiery", "flame"),
    "flames": ("flaming", "fiery"),
    "ice": ("icy", "frozen"),
    "diamond": ("diamond-studded",),
    "happy": ("cheerful",),
    "cheerful": ("happy",),
    "angry": ("mad",),
    "surprised": ("startled",),
    "shut": ("closed",),
    "closed": ("shut",),
    "silver": ("silvery",),
    "bone": ("bony",),
    "camo": ("camouflage",),
    "camouflage": ("camo",),
    "normal": ("ordinary",),
    "basic": ("simple",),
    "cap": ("hat",),
    "captain": ("captain's",),
    "tophat": ("top hat",),
    "bowlcut": ("bowl cut",),
    "skeleton": ("skeletal", "bony"),
    "skeletal": ("skeleton",),
    "albino": ("very pale",),
    "laser": ("laser-beam",),
    "wool": ("woolly", "woollen"),
    "polka": ("polka-dot",),
    "fluffy": ("furry",),
    "cig": ("cigarette",),
    "vr": ("virtual reality",),
    "noir": ("black",),
    "jean": ("denim",),
    "denim": ("jean",),
    "knitted": ("knit",),
    "winking": ("wink",),
    "bloodshot": ("red-veined",),
    "male": ("man",),
    "female": ("woman",),
}
# What a paraphrase may put for a published word before a noun ("metallic fur", "golden eyes"), and read well.
SPOKEN: dict[str, str] = {
    "robot": "metallic",
    "gold": "golden",
    "shades": "sunglasses",
    "tee": "t-shirt",
    "trippy": "psychedelic",
    "happy": "cheerful",
    "closed": "shut",
    "cheetah": "cheetah-spotted",
    "leopard": "leopard-spotted",
    "silver": "silvery",
    "wool": "woolly",
    "ice": "icy",
    "fire": "fiery",
    "zombie": "undead",
    "camo": "camouflage",
    "skeleton": "skeletal",
    "bone": "bony",
    "jean": "denim",
    "normal": "ordinary",
    "eyepatch": "eye patch",
    "mustache": "moustache",
    "gray": "grey",
    "grey": "gray",
}

# Words that deny: a caption says what is there.
NEGATIONS = _words(
    """
        no not without none never neither nor lacks lacking lack missing nothing isn't doesn't don't
        hasn't cannot can't hardly barely except minus absent free
        """
)
PLAIN = _words(
    """
    , . ; : ! a an the this that these those its it it's his her their they he she who whose which we
    and as also too both while plus along together well of in on with at by for to from against before
    behind into over under around near upon onto across front backed beside is are has have had having
    be being been was can seen see sees set shown show shows showing shown's displays display displaying
    displayed features feature featuring featured depicts depicting depicted presents presenting
    presented pictured picture pictures portrait portrays portraying portrayed image images photo
    illustration drawing artwork art depiction rendering scene view shot look looks looking appears
    appearing appear here there wears wearing wear worn dressed dons donning donned sports sporting
    sported clad outfitted decked adorned styled holds holding hold held carries carrying carry grips
    gripping stands standing stand posed poses posing pose sits placed framed features' boasts boasting
    bears bearing complete completed paired combined comes topped finished sets setting backdrop
    background foreground style styled called named colour color coloured colored toned kind type form
    detail details hand hands character figure subject
    """
)

# A trait type with one of these words records something about the token or its owner: nothing that is seen.
RECORD_WORDS = _words(
    """
    date birthday birthdate year created minted mint time timestamp rank ranking rarity score points
    level lvl xp exp generation gen id number no. serial edition series season hash seed dna token
    supply count amount total traits status stat stats vaccine symptom name title owner artist author
    creator website url link version bonus production reward multiplier price value strength agility
    intelligence wisdom dexterity charisma stamina luck speed attack defense defence health hp power
    energy skill skills tier rate percent coolness cooldown breed_count unique animated staked staking
    claimed listed power_level iq weight height
    """
)
RARITY = _words("common uncommon rare epic legendary mythic mythical superrare ultra super")
