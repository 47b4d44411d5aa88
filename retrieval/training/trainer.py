"""The training loop: steps, schedule, averaged weights, checkpoints, validation. Reads no dataset."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from magpie.errors import InputError
from magpie.files import write_atomic
from magpie.progress import Tick
from retrieval.training import checkpoint
from retrieval.training.batches import Sampler
from retrieval.training.corpus import Corpus, Rows
from retrieval.training.loss import contrastive_loss, facts_loss
from retrieval.training.recipe import Recipe
from retrieval.training.towers import build, encode_captions, encode_pixels, fact_head
from retrieval.training.validation import Scores, validate
from retrieval.training.weights import export, read

if TYPE_CHECKING:
    import torch
    from open_clip import CustomTextCLIP

_LENGTH = 10.0  # of the unit vectors as the fact head sees them: it learns that much faster


class Result(NamedTuple):
    """How a run ended: its last step, its seconds of training, and the weights that were kept: their step,
    their scores on the validation tokens that they were chosen by, and on the held-out tokens.
    """

    steps: int
    seconds: float
    best_step: int
    validation: Scores
    held_out: Scores


class Trainer:
    """One run in one folder. A folder that holds a checkpoint is continued, with the recipe it began with."""

    def __init__(self, corpus: Corpus, recipe: Recipe, run: Path, *, threads: int = 1) -> None:
        """Raises `InputError` if ``run`` was begun with another recipe."""
        import torch

        _remember(run / "recipe.json", recipe)
        self.corpus, self.recipe, self.run = corpus, recipe, run
        self.sampler = Sampler(corpus, recipe)
        self.model = build(recipe.model_cfg, recipe.seed, threads)
        self.average = build(recipe.model_cfg, recipe.seed, threads).eval().requires_grad_(False)
        self.head = fact_head(self.model.text.output_dim, len(corpus.fact_ids), recipe.seed)
        groups = [*_groups(self.model, recipe), {"params": [*self.head.parameters()], "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.peak_rate, betas=(0.9, 0.98), fused=True)
        self.step, self.validated, self.seconds = 0, 0, 0.0
        self.best: dict[str, Any] = {"choice": -1.0}
        checkpoint.restore(self)

    @property
    def progress(self) -> float:
        """Share of the run that is done, 1 or more when it is over."""
        if self.recipe.steps is not None:
            return self.step / max(1, self.recipe.steps)
        return self.seconds / (60 * self.recipe.minutes)

    def fit(self, *, tick: Tick) -> Result:
        """Train to the end of the recipe. Killed at any moment, a new `Trainer` on the folder goes on."""
        saved = looked = self.seconds
        while self.progress < 1:
            with self._clock():
                loss = self._one_step()
            tick("train", self._done(), self._total())
            if self.step % 20 == 0:
                self._log(loss=round(loss, 4), rate=self._rate())
            if self.seconds - looked >= self.recipe.validate_seconds:
                looked = self.seconds
                self._validate()
            if self.seconds - saved >= self.recipe.checkpoint_seconds:
                saved = self.seconds
                checkpoint.save(self)
        if self.validated < self.step:
            self._validate()
        checkpoint.save(self)
        chosen = Scores(**{name: self.best[name] for name in Scores._fields})
        self.average.load_state_dict(read(self.run / "best"), strict=False)
        return Result(self.step, self.seconds, self.best["step"], chosen, self._scores(self.corpus.held_out))

    def _one_step(self) -> float:
        import torch

        batch = self.sampler.batch(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bfloat16):
            images = encode_pixels(self.model, batch.pixels, self.recipe.preprocess_cfg)
            texts = encode_captions(self.model, batch.captions)
        loss = contrastive_loss(images, texts, self.model.logit_scale.exp(), torch.from_numpy(batch.true))
        for vectors, facts in ((images, batch.holds), (texts, batch.claims)):
            answers = self.head(_LENGTH * vectors)
            loss = loss + self.recipe.facts_weight * facts_loss(answers, torch.from_numpy(facts))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        self.optimizer.step()
        self.step += 1
        self._after_step()
        return float(loss.detach())

    def _after_step(self) -> None:
        """Bound the temperature and move the averaged weights and statistics towards the new ones."""
        import torch

        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(self.recipe.max_logit_scale))
            # A short memory at first: the first weights are noise.
            keep = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            pairs = zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True)
            for old, new in pairs:
                if old.is_floating_point():
                    old.lerp_(new, 1 - keep)
                else:
                    old.copy_(new)

    def _rate(self) -> float:
        """Linear warm-up, then a cosine down to a hundredth."""
        at, warm = min(1.0, self.progress), self.recipe.warmup
        if at < warm:
            return self.recipe.peak_rate * max(at, 1e-3) / warm
        return self.recipe.peak_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * (at - warm) / (1 - warm))) / 2)

    def _validate(self) -> None:
        scores = self._scores(self.corpus.validation)
        self.validated = self.step
        self._log(choice=round(scores.choice, 4), **scores._asdict())
        if scores.choice > self.best["choice"]:
            self.best = {"choice": scores.choice, "step": self.step, **scores._asdict()}
            export(self.average, self.recipe, self.run / "best")

    def _scores(self, rows: Rows) -> Scores:
        import torch

        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bfloat16):
            return validate(self.average, self.corpus, rows, self.recipe)

    def _log(self, **values: Any) -> None:  # noqa: ANN401 (anything JSON can hold)
        line = {"step": self.step, "seconds": round(self.seconds, 1), **values}
        with (self.run / checkpoint.LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _done(self) -> int:
        if self.recipe.steps is not None:
            return self.step
        return int(min(self.seconds, 60 * self.recipe.minutes))

    def _total(self) -> int:
        return self.recipe.steps if self.recipe.steps is not None else int(60 * self.recipe.minutes)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds += time.monotonic() - began


def _groups(model: "CustomTextCLIP", recipe: Recipe) -> list[dict[str, Any]]:
    """Matrices decay; gains, biases, positions and the word table do not: an unseen word keeps its row."""
    decayed: list[torch.nn.Parameter] = []
    kept: list[torch.nn.Parameter] = []
    for name, weight in model.named_parameters():
        (kept if weight.ndim < 2 or "embedding" in name else decayed).append(weight)
    return [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": kept, "weight_decay": 0.0}]


def _remember(path: Path, recipe: Recipe) -> None:
    text = json.dumps(recipe.as_dict(), indent=2) + "\n"
    if path.is_file() and path.read_text("utf-8") != text:
        raise InputError(f"{path.parent} was begun with other flags; give those again, or another --out")
    write_atomic(path, text.encode())
