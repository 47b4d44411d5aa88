"""What collections call eyes, eyewear, mouths, clothes and headgear, and the drawing of each name.

The order of the names is part of a training set: an invented collection draws from them by position.
"""

# name: drawing
EYES = {
    "Normal": "open", "Open": "open", "Big": "big", "Wide": "big", "Small": "small", "Closed": "closed",
    "Sleepy": "sleepy", "Tired": "sleepy", "Relaxed": "sleepy", "Angry": "angry", "Evil": "angry",
    "Sad": "sad", "Happy": "happy", "Winking": "wink", "Cross Eyed": "crossed", "Side Eye": "side",
    "Heart": "heart", "Hearts": "heart", "Star": "star", "Stars": "star", "Fire": "fire", "Flames": "fire",
    "Laser": "laser", "Laser Eyes": "laser", "Dead": "dead", "X": "dead", "Crying": "crying",
    "Cyclops": "cyclops", "Hypnotized": "hypno", "Dollar": "dollar", "Glowing": "glow", "Blank": "blank",
    "Black": "black", "Dizzy": "hypno", "Surprised": "big", "Rainbow": "rainbow", "Diamond": "diamond",
    "Robot": "bar",
}  # fmt: skip
EYEWEAR = {
    "Sunglasses": "shades", "Shades": "shades", "Big Shades": "bigshades", "Small Shades": "smallshades",
    "Aviators": "aviators", "Aviator Glasses": "aviators", "Glasses": "round", "Round Glasses": "round",
    "Spectacles": "round", "Nerd Glasses": "square", "Square Glasses": "square", "Reading Glasses": "half",
    "Half Moon Glasses": "half", "3D Glasses": "3d", "3D": "3d", "VR Headset": "vr", "VR": "vr",
    "Visor": "visor", "Monocle": "monocle", "Eye Patch": "patch", "Eyepatch": "patch",
    "Pirate Patch": "patch", "Blindfold": "blind", "Eye Mask": "mask", "Bandit Mask": "mask",
    "Goggles": "goggles", "Ski Goggles": "goggles", "Heart Glasses": "hearts", "Heart Shades": "hearts",
    "Star Glasses": "stars", "Cat Eye Glasses": "cat", "Deal With It": "pixel", "Pixel Glasses": "pixel",
    "Noggles": "square", "Tech Glasses": "visor", "Rose Glasses": "rose", "Rose-Colored Glasses": "rose",
    "Polarized Sunglasses": "visor",
}  # fmt: skip
MOUTHS = {
    "Smile": "smile", "Happy": "smile", "Grin": "grin", "Big Smile": "grin", "Frown": "frown",
    "Sad": "frown", "Neutral": "flat", "Normal": "flat", "Open": "open", "Surprised": "open",
    "Tongue Out": "tongue", "Tongue": "tongue", "Laughing": "laugh", "Angry": "teeth",
    "Bared Teeth": "teeth", "Fangs": "fangs", "Vampire": "fangs", "Cigarette": "cigarette",
    "Smoking": "cigarette", "Cigar": "cigar", "Pipe": "pipe", "Vape": "vape", "Beard": "beard",
    "Big Beard": "beard", "Mustache": "mustache", "Handlebars": "mustache", "Goatee": "goatee",
    "Lipstick": "lips", "Red Lipstick": "lips", "Medical Mask": "medmask", "Face Mask": "medmask",
    "Bandana": "bandana", "Bubblegum": "bubble", "Bubble Gum": "bubble", "Gold Grill": "grill",
    "Gold Teeth": "grill", "Pacifier": "pacifier", "Rose": "rose", "Party Horn": "horn",
    "Buck Teeth": "buck", "Drool": "drool",
}  # fmt: skip
# name: length, in shares of a usual beak
BEAKS = {"Small": 0.5, "Short": 0.75, "Long": 1.6, "Large": 1.3, "Normal": 1.0}
# name: (drawing, whether its name carries a colour)
CLOTHES = {
    "T Shirt": ("shirt", True), "Tee": ("shirt", True), "Shirt": ("shirt", True),
    "T-Shirt": ("shirt", True), "Hoodie": ("hoodie", True), "Hoodie Up": ("hoodup", True),
    "Hoodie Down": ("hoodie", True), "Sweater": ("sweater", True), "Turtleneck": ("turtle", True),
    "Pullover": ("sweater", True), "Jacket": ("jacket", True), "Bomber Jacket": ("bomber", True),
    "Leather Jacket": ("leather", False), "Punk Jacket": ("leather", False),
    "Biker Jacket": ("leather", False), "Denim Jacket": ("denim", False), "Jean Jacket": ("denim", False),
    "Puffer Jacket": ("puffer", True), "Suit": ("suit", True), "Suit And Tie": ("suit", False),
    "Tuxedo": ("tux", False), "Tank Top": ("tank", True), "Vest": ("vest", True),
    "Overalls": ("overalls", False), "Dungarees": ("overalls", False), "Robe": ("robe", True),
    "Bath Robe": ("robe", True), "Kimono": ("robe", True), "Wizard Robe": ("robe", True),
    "Toga": ("toga", False), "Striped Shirt": ("striped", True), "Stripes": ("striped", True),
    "Sailor Shirt": ("sailor", False), "Hawaiian Shirt": ("dots", True), "Polka Dots": ("dots", True),
    "Flannel": ("plaid", True), "Plaid Shirt": ("plaid", True), "Lab Coat": ("coat", False),
    "Trench Coat": ("trench", False), "Coat": ("jacket", True), "Raincoat": ("raincoat", False),
    "Astronaut Suit": ("space", False), "Space Suit": ("space", False), "Armor": ("armor", False),
    "Knight Armor": ("armor", False), "Prison Jumpsuit": ("jump", False), "Jumpsuit": ("shirt", True),
    "Apron": ("apron", True), "Dress": ("dress", True), "Scarf": ("scarf", True),
    "Gold Chain": ("chain", False), "Chain": ("chain", False), "Silver Chain": ("silver", False),
    "Diamond Chain": ("diamonds", False), "Diamond Necklace": ("diamonds", False),
    "Pearl Necklace": ("pearls", False), "Bow Tie": ("bow", True), "Bowtie": ("bow", True),
    "Tie": ("tie", True), "Necktie": ("tie", True), "Bandana": ("scarf", True), "Lei": ("lei", True),
    "Cape": ("cape", True), "Backpack": ("straps", True), "Basketball Jersey": ("tank", True),
    "Jersey": ("jersey", True), "Bone Necklace": ("bones", False), "Choker": ("choker", True),
    "Collar": ("choker", True), "Feather Boa": ("boa", True), "Poncho": ("poncho", True),
    "Sheriff Vest": ("vest", True), "Life Vest": ("vest", True), "Bulletproof Vest": ("bullet", False),
    "Tunic": ("robe", True), "Waistcoat": ("vest", True), "Cardigan": ("jacket", True),
}  # fmt: skip
HEADGEAR = {
    "Cap": ("cap", True), "Baseball Cap": ("cap", True), "Hat": ("cap", True), "Snapback": ("cap", True),
    "Trucker Hat": ("cap", True), "Cap Forward": ("cap", True), "Backwards Cap": ("backcap", True),
    "Backwards Hat": ("backcap", True), "Flat Cap": ("flat", True), "Beanie": ("beanie", True),
    "Knit Hat": ("beanie", True), "Knitted Cap": ("beanie", True), "Pom Beanie": ("pom", True),
    "Winter Hat": ("pom", True), "Bucket Hat": ("bucket", True), "Top Hat": ("top", False),
    "Tophat": ("top", False), "Lincoln": ("top", False), "Fedora": ("fedora", True),
    "Bowler Hat": ("bowler", False), "Cowboy Hat": ("cowboy", False), "Sheriff Hat": ("cowboy", False),
    "Straw Hat": ("straw", False), "Sun Hat": ("straw", False), "Wizard Hat": ("wizard", True),
    "Witch Hat": ("wizard", True), "Party Hat": ("party", True), "Crown": ("crown", False),
    "Gold Crown": ("crown", False), "King's Crown": ("crown", False), "Queen's Crown": ("crown", False),
    "Tiara": ("tiara", False), "Halo": ("halo", False), "Angel Halo": ("halo", False),
    "Headband": ("band", True), "Sweatband": ("band", True), "Karate Band": ("band", True),
    "Bandana": ("bandana", True), "Pirate Bandana": ("bandana", True), "Durag": ("bandana", True),
    "Turban": ("turban", True), "Fez": ("fez", False), "Beret": ("beret", True),
    "Chef Hat": ("chef", False), "Santa Hat": ("santa", False), "Pirate Hat": ("pirate", False),
    "Captain Hat": ("captain", False), "Sailor Hat": ("captain", False), "Police Cap": ("police", False),
    "Viking Helmet": ("viking", False), "Knight Helmet": ("knight", False), "Army Helmet": ("army", False),
    "Space Helmet": ("space", False), "Astronaut Helmet": ("space", False), "Fishbowl": ("space", False),
    "Hard Hat": ("hard", False), "Construction Helmet": ("hard", False), "Bike Helmet": ("helmet", True),
    "Football Helmet": ("helmet", True), "Headphones": ("phones", True), "Devil Horns": ("horns", False),
    "Horns": ("horns", False), "Unicorn Horn": ("unicorn", False), "Bunny Ears": ("bunny", False),
    "Cat Ears": ("catears", True), "Flower": ("flower", True), "Flower Crown": ("flowers", False),
    "Bow": ("bow", True), "Ribbon": ("bow", True), "Propeller Hat": ("propeller", False),
    "Graduation Cap": ("grad", False), "Jester Hat": ("jester", False), "Fire": ("fire", False),
    "Flames": ("fire", False), "Fire Head": ("fire", False), "Cloud": ("cloud", False),
    "Raincloud": ("rain", False), "Lightbulb": ("bulb", False), "Mushroom": ("mushroom", False),
    "Egg": ("egg", False), "Banana": ("banana", False), "Apple": ("apple", False),
    "Pizza": ("pizza", False), "Cactus": ("cactus", False), "Plant": ("plant", False),
    "Sprout": ("plant", False), "Antenna": ("antenna", False), "Traffic Cone": ("cone", False),
    "Ice Cream": ("icecream", False), "Bone": ("bone", False), "Mohawk": ("mohawk", True),
    "Spiky Hair": ("spiky", True), "Spikes": ("spiky", True), "Afro": ("afro", True),
    "Long Hair": ("long", True), "Straight Hair": ("long", True), "Short Hair": ("short", True),
    "Buzz Cut": ("short", True), "Ponytail": ("pony", True), "Pigtails": ("pigtails", True),
    "Braids": ("pigtails", True), "Bun": ("bun", True), "Curly Hair": ("curly", True),
    "Wild Hair": ("wild", True), "Messy Hair": ("wild", True), "Bob Cut": ("bob", True),
    "Bowl Cut": ("bowl", True), "Clown Hair": ("clown", True), "Dreadlocks": ("dreads", True),
    "Slicked Back": ("short", True), "Pompadour": ("pomp", True), "Moon Hat": ("moon", False),
    "Robin Hood Hat": ("robin", False), "Mining Helmet": ("miner", False), "Frog Hat": ("frog", False),
    "Shark Hat": ("shark", False), "Sombrero": ("straw", False), "Diamond": ("diamond", False),
}  # fmt: skip
# Drawings that take a colour, which their values then may say: "Blue Eyes".
COLOURED_EYES = frozenset(("open", "big", "sleepy", "angry", "glow"))
COLOURED_EYEWEAR = frozenset(
    ("shades", "round", "square", "visor", "blind", "mask", "goggles", "aviators", "bigshades")
)
COLOURED_MOUTHS = frozenset(("beard", "mustache", "goatee", "bandana"))
SEEN_THROUGH = frozenset(("round", "square", "monocle", "half", "cat"))  # eyewear that leaves the eyes seen
