"""What the `open-rarity` package says of small collections, for `tests/retrieval/test_rarity.py`.

The package wants a pydantic of 2023, so it is no dependency, and its answers are kept in a file:

    pip install --target DIR --no-deps open-rarity==0.7.5
    PYTHONPATH=DIR python tools/rarity_answers.py > tests/retrieval/open_rarity.json
"""

import json
import random

from open_rarity import Collection, RarityRanker, Token

CONTRACT = "0x" + "1" * 40
Traits = dict[str, str]


def collections() -> dict[str, list[Traits]]:
    """Traits of each token, by its number."""
    hats: list[Traits] = [{"Hat": "Cap", "Eyes": "Blue"} for _ in range(8)]
    hats += [{"Hat": "Crown", "Eyes": "Blue"}, {"Eyes": "Green"}]
    spelt: list[Traits] = [{"Hat": "Cap"}, {"hat ": " cap"}, {"HAT": "Beanie"}, {"Hat": "None"}, {}]
    return {
        "one": [{"Hat": "Cap"}],
        "alike": [{"Hat": "Cap"}] * 4,
        "hats": hats,
        "spelt": spelt,
        "drawn": [_drawn(random.Random(seed)) for seed in range(300)],
    }


def _drawn(dice: random.Random) -> Traits:
    """Some types are rare, some values are; about one value in all is nobody else's."""
    kept = [
        kind
        for kind, chance in (("Fur", 1.0), ("Hat", 0.6), ("Eyes", 0.9), ("Pet", 0.05))
        if dice.random() < chance
    ]
    return {kind: f"{kind} {int(dice.paretovariate(0.7))}" for kind in kept}


def answers(tokens: list[Traits]) -> list[dict[str, float]]:
    """Rank, score and unique traits of each token, by its number."""
    made = [Token.from_erc721(CONTRACT, number, dict(traits)) for number, traits in enumerate(tokens)]
    ranked = RarityRanker.rank_collection(Collection(tokens=made))
    found = {
        one.token.token_identifier.token_id: {
            "rank": one.rank,
            "score": one.score,
            "unique": one.token_features.unique_attribute_count,
        }
        for one in ranked
    }
    return [found[number] for number in range(len(tokens))]


def main() -> None:
    """Print the file."""
    print(
        json.dumps({name: {"tokens": made, "ranked": answers(made)} for name, made in collections().items()})
    )


if __name__ == "__main__":
    main()
