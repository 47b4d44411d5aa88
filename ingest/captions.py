"""The template caption and the prompt tags of NFT1000, from traits. Pure.

The paraphrases of the caption are made in `ingest.paraphrase`, the subject's noun in `ingest.subject`.
"""

from collections.abc import Sequence

from magpie.domain import Trait


def template_caption(subject: str, traits: Sequence[Trait]) -> str:
    """``A picture of {subject}, containing {value} {type} {value} {type}.``, as NFT1000 writes it."""
    parts = " ".join(_phrase(trait) for trait in traits)
    return f"A picture of {subject}, containing {parts}." if parts else f"A picture of {subject}."


def prompt_tags(traits: Sequence[Trait]) -> str:
    """Comma-separated ``{value} {type}``, for generative training."""
    return ", ".join(_phrase(trait) for trait in traits)


def _phrase(trait: Trait) -> str:
    return f"{trait.value} {trait.type}".strip()
