"""Captions for trait sets: asked of the writer in batches, checked, asked again, and by rule in the end.

A caption that passes is kept while the others of its set are asked for again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.paraphrase.cache import How, Written
from ingest.paraphrase.check import ALIKE, CAPTIONS, Fault, alike, check_phrases
from ingest.paraphrase.phrases import Phrase, describe
from ingest.paraphrase.prompt import CaptionWriter, prompt
from ingest.paraphrase.rules import paraphrase
from magpie.domain import Trait

ATTEMPTS = 3
RULES = "rules"
_SEEDS = 20  # tries to word a caption unlike the ones that are kept


class TraitSet(NamedTuple):
    """What captions are asked for."""

    subject: str
    traits: tuple[Trait, ...]


@dataclass
class _Draft:
    """The captions of one set so far, by place."""

    asked: TraitSet
    phrases: list[Phrase]
    captions: dict[int, tuple[str, How]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    attempts: int = 0

    @property
    def is_complete(self) -> bool:
        return len(self.captions) == CAPTIONS

    def take(self, answer: Sequence[str], how: How) -> None:
        """Keep of an answer what is right and missing; count what is wrong with the rest."""
        self.attempts += 1
        for place, caption in zip(range(CAPTIONS), answer, strict=False):
            if place in self.captions:
                continue
            faults = self.faults_of(caption)
            if faults:
                self.faults.update({fault.kind for fault in faults})
            else:
                self.captions[place] = (caption, how)

    def faults_of(self, caption: str) -> list[Fault]:
        faults = check_phrases(caption, self.asked.subject, self.phrases)
        if self._is_like_another(caption):
            faults.append(Fault(ALIKE, caption))
        return faults

    def finish(self) -> Written:
        """Word by rule what no answer gave."""
        for place in range(CAPTIONS):
            if place not in self.captions:
                self.captions[place] = (self._by_rule(place), "rule_based")
        ordered = [self.captions[place] for place in range(CAPTIONS)]
        return Written(
            tuple(caption for caption, _ in ordered),
            tuple(how for _, how in ordered),
            self.attempts,
            dict(sorted(self.faults.items())),
        )

    def _by_rule(self, place: int) -> str:
        for seed in range(_SEEDS):
            caption = paraphrase(self.asked.subject, self.asked.traits, seed=seed)[place]
            if not self._is_like_another(caption):
                return caption
        return paraphrase(self.asked.subject, self.asked.traits, seed=_SEEDS)[place]

    def _is_like_another(self, caption: str) -> bool:
        return any(alike(caption, kept) for kept, _ in self.captions.values())


def write(writer: CaptionWriter | None, asked: Sequence[TraitSet]) -> list[Written]:
    """Three captions for each set, in order; all by rule if there is no writer."""
    drafts = [_Draft(one, describe(one.traits)) for one in asked]
    for attempt in range(ATTEMPTS if writer else 0):
        missing = [draft for draft in drafts if not draft.is_complete]
        if not missing or writer is None:
            break
        prompts = [prompt(draft.asked.subject, draft.asked.traits, seed=attempt) for draft in missing]
        answers = writer.write(prompts, seed=attempt)
        for draft, answer in zip(missing, answers, strict=True):
            draft.take(answer, "retried" if attempt else "llm")
    return [draft.finish() for draft in drafts]
