"""The training loop: steps, schedule, averaged weights, checkpoints, validation. Reads no dataset."""

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from magpie.errors import InputError
from magpie.progress import Tick
from retrieval.training import checkpoint, run_folder, starts
from retrieval.training.batches import Batch, Sampler
from retrieval.training.corpus import Corpus
from retrieval.training.lessons import Lesson, lessons
from retrieval.training.pixels import Rows
from retrieval.training.precision import autocast, autocast_type
from retrieval.training.recipe import Recipe
from retrieval.training.towers import build, lock, set_training, trait_head
from retrieval.training.validation import Scores, choice_rows, validate
from retrieval.training.weights import export, read
from retrieval.training.wording import Asked

if TYPE_CHECKING:
    import torch
    from open_clip import CustomTextCLIP

_LOG_STEPS = 20


class Result(NamedTuple):
    """How a run ended: its last step, its seconds of training, and the weights that were kept: their step (0:
    the start's own), their scores on the validation tokens that they were chosen by, and on the held-out
    tokens. ``before`` are the start's scores on the validation tokens; None if it began from nothing.
    """

    steps: int
    seconds: float
    best_step: int
    validation: Scores
    held_out: Scores
    before: Scores | None = None


class Trainer:
    """One run in one folder. A folder that holds a checkpoint is continued, with the recipe it began with."""

    def __init__(
        self,
        corpus: Corpus,
        recipe: Recipe,
        run: Path,
        *,
        threads: int = 1,
        device: str = "cpu",
        allow_network: bool = False,
    ) -> None:
        """Raises `InputError` if ``run`` was begun otherwise, `ConfigError` for an absent device."""
        import torch

        recipe = starts.resolve(recipe, allow_network=allow_network)
        if corpus.pixels.shape[1] != recipe.size:
            raise ValueError(f"pictures of {corpus.pixels.shape[1]} px for a model of {recipe.size} px")
        run_folder.begin(run, recipe, corpus, device)
        self.corpus, self.recipe, self.run = corpus, recipe, run
        self.device, self.allow_network = device, allow_network
        self.sampler, self.half = Sampler(corpus, recipe), autocast_type(recipe.precision, device)
        self.model = build(recipe.model_cfg, recipe.seed, threads)
        if recipe.start and not checkpoint.exists(run):
            starts.put_weights(self.model, recipe.start, allow_network=allow_network)
        lock(self.model, recipe.image_groups, recipe.text_groups)
        self.model.to(device)
        self.average = build(recipe.model_cfg, recipe.seed, threads).eval().requires_grad_(False).to(device)
        self.average.load_state_dict(self.model.state_dict())
        choices = self.sampler.choices
        self.among = torch.from_numpy(choices.among).to(device)
        self.head = trait_head(self.model.text.output_dim, len(choices.numbers), recipe.seed).to(device)
        taught = {"params": [*self.head.parameters()], "weight_decay": 0.0, "faster": recipe.head_rate}
        groups = [*_groups(self.model, recipe), taught]
        self.lessons = lessons(self)
        self.lesson: Lesson = self.lessons[0]
        self.optimizer = torch.optim.AdamW(groups, lr=recipe.peak_rate or 0.0, betas=(0.9, 0.98), fused=True)
        self.scaler = torch.amp.GradScaler(torch.device(device).type, enabled=self.half == torch.float16)
        self.step, self.validated, self.seconds, self.stale = 0, -1, 0.0, 0
        self.best: dict[str, Any] = {"choice": -1.0}
        self.before: dict[str, Any] | None = None
        checkpoint.restore(self)
        if recipe.compile:
            self.model.visual.compile()

    @property
    def progress(self) -> float:
        """Share of the run that is done, 1 or more when it is over."""
        if self.recipe.steps is not None:
            return self.step / max(1, self.recipe.steps)
        return self.seconds / (60 * self.recipe.minutes)

    @property
    def over(self) -> bool:
        """Whether the recipe's length is reached, or its patience is exhausted."""
        return self.progress >= 1 or 0 < self.recipe.patience <= self.stale

    def fit(self, *, tick: Tick) -> Result:
        """Train to the end of the recipe. Killed at any moment, a new `Trainer` on the folder goes on."""
        from threadpoolctl import threadpool_limits

        if self.recipe.start and self.before is None:
            self._validate()
            self.before = self.best
        # NumPy's threads would wait in a loop on the processors that torch needs: a third of a step.
        with threadpool_limits(1, user_api="blas"):
            for lesson in self.lessons:
                if self.progress < lesson.until:
                    self._teach(lesson, tick)
        if self.validated < self.step:
            self._validate()
        checkpoint.save(self)
        return self._result()

    def _teach(self, lesson: Lesson, tick: Tick) -> None:
        """One lesson, to its end."""
        self.lesson = lesson
        with self._clock():
            self.lesson.begin()
        rhythm, looked = checkpoint.Rhythm(self), self.seconds
        batches = self.lesson.batches(self.step, 1 if self.device == "cpu" else 4)
        with closing(batches):
            while self.progress < self.lesson.until and not self.over:
                with self._clock():
                    loss = self._one_step(next(batches))
                tick("train", self._done(), self._total())
                if self.step % _LOG_STEPS == 0:
                    self._log(loss=round(loss, 4), rate=self._rate())
                if self.lesson.validates and self._validation_due(looked):
                    looked = self.seconds
                    self._validate()
                    rhythm.save()
                rhythm.maybe_save()

    def _result(self) -> Result:
        self.average.load_state_dict(read(self.run / "best"), strict=False)
        result = Result(
            self.step,
            self.seconds,
            self.best["step"],
            _scores_in(self.best),
            self.scores(self.corpus.held_out),
            _scores_in(self.before) if self.before else None,
        )
        run_folder.finish(self.run, result)
        return result

    def _one_step(self, batch: Batch | Asked) -> float:
        import torch

        torch.manual_seed(self.recipe.seed + 1 + self.step)  # for towers that drop patches or paths
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate() * group.get("faster", 1.0)
        set_training(self.model)
        loss = self._loss(batch)
        if not (self.scaler.is_enabled() or torch.isfinite(loss)):
            raise InputError(f"the loss is no number after {self.step} steps: give a lower --rate")
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        self._after_step()
        return float(loss.detach())

    def _loss(self, batch: Batch | Asked) -> "torch.Tensor":
        return self.lesson.loss(batch)

    def _after_step(self) -> None:
        """Bound the temperature and move the averaged weights and statistics towards the new ones."""
        import torch

        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(self.recipe.max_logit_scale))
            # A short memory at first: from nothing, the first weights are noise.
            keep = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
            pairs = zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True)
            for old, new in pairs:
                if old.is_floating_point():
                    old.lerp_(new, 1 - keep)
                else:
                    old.copy_(new)

    def _rate(self) -> float:
        """Linear warm-up, then a cosine down to a hundredth, in each lesson."""
        warm, peak, first = self.recipe.warmup, self.recipe.peak_rate or 0.0, self.recipe.pictures_first
        at = min(1.0, self.progress)
        if at < first:
            at /= first
        elif first:
            at, peak = (at - first) / (1 - first), peak * self.recipe.words_rate
        if at < warm:
            return peak * max(at, 1e-3) / warm
        return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * (at - warm) / (1 - warm))) / 2)

    def _validation_due(self, looked: float) -> bool:
        steps = self.recipe.validation_steps
        if steps is None:
            return self.seconds - looked >= self.recipe.validate_seconds
        return self.step % steps == 0

    def _validate(self) -> None:
        scores = self.scores(choice_rows(self.corpus.validation, self.recipe.seed))
        self.validated = self.step
        self._log(choice=round(scores.choice, 4), **scores._asdict())
        self.stale += 1
        if scores.choice > self.best["choice"]:
            self.stale = 0
            self.best = {"choice": scores.choice, "step": self.step, **scores._asdict()}
            export(self.average, self.recipe, self.run / "best")
        run_folder.draw(self.run)

    def scores(self, rows: Rows) -> Scores:
        """What the averaged weights score on those tokens; after `fit`, those that were kept."""
        import torch

        with torch.no_grad(), autocast(self.half, self.device):
            return validate(self.average, self.corpus, rows, self.recipe)

    def scores_of(self, start: str, rows: Rows) -> Scores:
        """What the weights that ``start`` names score, asked as the run's own; they must be of its shape."""
        own = self.average
        self.average = build(self.recipe.model_cfg, self.recipe.seed, 0).eval().to(self.device)
        try:
            starts.put_weights(self.average, start, allow_network=self.allow_network)
            return self.scores(rows)
        finally:
            self.average = own

    def _log(self, **values: Any) -> None:  # noqa: ANN401 (anything JSON can hold)
        run_folder.log(self.run, {"step": self.step, "seconds": round(self.seconds, 1), **values})

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


def _scores_in(found: dict[str, Any]) -> Scores:
    return Scores(**{name: found[name] for name in Scores._fields})


def _groups(model: "CustomTextCLIP", recipe: Recipe) -> list[dict[str, Any]]:
    """Matrices decay; gains, biases, positions and the word table do not: an unseen word keeps its row."""
    decayed: list[torch.nn.Parameter] = []
    kept: list[torch.nn.Parameter] = []
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            (kept if weight.ndim < 2 or "embedding" in name else decayed).append(weight)
    return [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": kept, "weight_decay": 0.0}]
