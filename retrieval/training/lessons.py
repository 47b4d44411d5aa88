"""What a run teaches, one lesson after the other.

`Together` trains both towers on captions. A collection's own pictures are learnt faster in two parts:
`Pictures` teaches the picture tower each trait as a choice, without a word; `Words` then locks it, remembers
every training picture's vector, and fits the text tower to thousands of them a step (LiT, Zhai et al., CVPR
2022, arXiv 2111.07991).
"""

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.training.batches import Batch, Sampler, ahead
from retrieval.training.choices import Terms
from retrieval.training.disturbances import put_back
from retrieval.training.loss import choices_loss, contrastive_loss, questions_loss
from retrieval.training.precision import autocast
from retrieval.training.towers import encode_captions, encode_pixels, lock
from retrieval.training.wording import Asked, Wording

if TYPE_CHECKING:
    import torch

    from retrieval.training.trainer import Trainer

_LENGTH = 10.0  # of the unit vectors as the trait head sees them: it learns that much faster
_ECHO_WEIGHT = 4.0
_ECHO_DICE = 5
_CHUNK = 256  # pictures that are remembered at a time


class Lesson(ABC):
    """Part of a run: until which share of it, and whether what it teaches can be validated by words."""

    until = 1.0
    validates = True

    def __init__(self, trainer: "Trainer") -> None:
        self._trainer = trainer

    def begin(self) -> None:  # noqa: B027 (most lessons need nothing)
        """Make ready; called once, and again when a run goes on within the lesson."""

    @abstractmethod
    def batches(self, step: int, workers: int) -> Generator[Any, None, None]:
        """From ``step`` on, each a pure function of its step."""

    @abstractmethod
    def loss(self, batch: Any) -> "torch.Tensor":  # noqa: ANN401 (what its own `batches` give)
        """Of one batch."""


def lessons(trainer: "Trainer") -> list[Lesson]:
    """Those of the trainer's recipe, in order."""
    if not trainer.recipe.pictures_first:
        return [Together(trainer)]
    return [Pictures(trainer), Words(trainer)]


class Together(Lesson):
    """Contrast of pictures and captions, with the traits as choices of both."""

    def batches(self, step: int, workers: int) -> Generator[Batch, None, None]:
        return ahead(self._trainer.sampler.batch, step, workers)

    def loss(self, batch: Batch) -> "torch.Tensor":
        """Of the batch's own pairs, of the questions asked of it, and of each trait's choice."""
        import torch

        of = self._trainer
        with autocast(of.half, of.device):
            images = encode_pixels(of.model, batch.pixels, of.recipe.preprocess_cfg)
            said = [*batch.captions, *(question.words for question in batch.questions)]
            texts = encode_captions(of.model, said)
        texts, questions = texts[: len(batch.captions)], texts[len(batch.captions) :]
        true = torch.from_numpy(batch.true).to(of.device)
        scale = of.model.logit_scale.exp()
        loss = contrastive_loss(images, texts, scale, true)
        if batch.questions:
            answers = torch.from_numpy(batch.answers).to(of.device)
            loss = loss + questions_loss(questions, images, scale, answers)
        weight = of.recipe.choices_weight
        return loss + weight * (_choices(of, images, batch.seen) + _choices(of, texts, batch.said))


class Pictures(Lesson):
    """The picture tower alone: each trait of a picture is a choice, and a crop has the vector of its whole.

    Without the latter a tower that is fitted to unmoved pictures forgets how to see through crops.
    """

    validates = False  # the text tower has not heard of it yet

    def __init__(self, trainer: "Trainer") -> None:
        super().__init__(trainer)
        self.until = trainer.recipe.pictures_first
        recipe = trainer.recipe
        # Nothing is told from its negatives here, so pictures of every collection meet in every batch.
        self._echoes = round(recipe.echoes * recipe.pictures_batch)
        told = max(1, recipe.pictures_batch - self._echoes)
        silent = replace(recipe, captioned=0.0, questions=0, one_collection=0.0, batch=told)
        self._sampler = Sampler(trainer.corpus, silent, trainer.sampler.choices)

    def batches(self, step: int, workers: int) -> Generator[Batch, None, None]:
        return ahead(self._batch, step, workers)

    def _batch(self, step: int) -> Batch:
        """The step's pictures; after them the first of them again, as crops put back."""
        batch = self._sampler.batch(step)
        whole = self._sampler.flat(batch.rows[: self._echoes])
        rng = np.random.default_rng([self._trainer.recipe.seed, step, _ECHO_DICE])
        pixels = np.concatenate([whole, batch.pixels[len(whole) :], put_back(whole, rng)])
        return batch._replace(pixels=pixels)

    def loss(self, batch: Batch) -> "torch.Tensor":
        """Of the traits that each picture shows, and of how far each echo is from its picture."""
        of = self._trainer
        with autocast(of.half, of.device):
            images = encode_pixels(of.model, batch.pixels, of.recipe.preprocess_cfg)
        pictures, echoes = images[: len(batch.rows)], images[len(batch.rows) :]
        loss = of.recipe.choices_weight * _choices(of, pictures, batch.seen)
        if len(echoes):
            alike = (echoes * pictures[: len(echoes)].detach()).sum(1)
            loss = loss + _ECHO_WEIGHT * (1 - alike).mean()
        return loss


class Words(Lesson):
    """The text tower alone, among remembered pictures."""

    def __init__(self, trainer: "Trainer") -> None:
        super().__init__(trainer)
        self._wording = Wording(trainer.corpus, trainer.recipe, trainer.sampler)
        self._known: torch.Tensor

    def begin(self) -> None:
        """Lock the picture tower as it was averaged, and remember what it sees of each training picture."""
        import torch

        of = self._trainer
        of.model.visual.load_state_dict(of.average.visual.state_dict())
        lock(of.model, 0, of.recipe.text_groups)
        rows, seen = of.corpus.train, []
        with torch.no_grad(), autocast(of.half, of.device):
            for start in range(0, len(rows), _CHUNK):
                pixels = of.sampler.flat(rows[start : start + _CHUNK])
                seen.append(encode_pixels(of.average, pixels, of.recipe.preprocess_cfg).float())
        self._known = torch.cat(seen)

    def batches(self, step: int, workers: int) -> Generator[Asked, None, None]:
        return ahead(self._wording.batch, step, workers)

    def loss(self, batch: Asked) -> "torch.Tensor":
        """How far the words are from ranking the pictures first that they are true of, and the other way."""
        import torch

        of, among = self._trainer, torch.from_numpy(batch.among)
        with autocast(of.half, of.device):
            texts = encode_captions(of.model, batch.words)
        images, scale = self._known[among.to(self._known.device)], of.model.logit_scale.exp()
        true = torch.from_numpy(batch.true).to(of.device)
        own = true[:, : len(texts)].T
        return questions_loss(texts, images, scale, true) + contrastive_loss(
            images[: len(texts)], texts, scale, own
        )


def _choices(trainer: "Trainer", vectors: "torch.Tensor", terms: Terms) -> "torch.Tensor":
    import torch

    samples, choices, right, held = (torch.from_numpy(part).to(trainer.device) for part in terms)
    return choices_loss(trainer.head(_LENGTH * vectors), samples, trainer.among[choices], right, held)
