"""The training loop: AdamW on the adapter alone, warm-up and cosine, loss on the captions' tokens."""

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tools.train_captioner.base import adapter_weights
from tools.train_captioner.batches import UNLEARNT, Batch
from tools.train_captioner.recipe import Recipe

if TYPE_CHECKING:
    from peft import PeftModel

_CHUNK = 512  # positions whose logits over 49,152 words are held at a time
_REPORTED, _SAVED = 10, 40  # steps between


def train(
    model: "PeftModel", batches: Iterator[Batch], recipe: Recipe, out: Path, report: Callable[[str], None]
) -> list[dict[str, float]]:
    """Train for ``recipe.steps``, saving to ``out`` now and then and at the end. The log of the losses."""
    import torch

    low = list(adapter_weights(model).values())
    # bfloat16 has 8 bits: small steps would be lost, so the optimiser works on a float32 copy.
    master = [weight.detach().float().requires_grad_() for weight in low]
    optimiser = torch.optim.AdamW(master, lr=recipe.peak_rate, weight_decay=recipe.weight_decay)
    began, tokens = time.perf_counter(), 0
    log: list[dict[str, float]] = []
    for step in range(1, recipe.steps + 1):
        optimiser.param_groups[0]["lr"] = recipe.peak_rate * _schedule(step - 1, recipe)
        batch = next(batches)
        loss = _backward(model, batch)
        for weight, copy in zip(low, master, strict=True):
            copy.grad, weight.grad = weight.grad.float(), None
        torch.nn.utils.clip_grad_norm_(master, recipe.clip_norm)
        optimiser.step()
        with torch.no_grad():
            for weight, copy in zip(low, master, strict=True):
                weight.copy_(copy)
        tokens += int(batch.mask.sum())
        if step % _REPORTED == 0 or step == recipe.steps:
            seconds = time.perf_counter() - began
            log.append({"step": step, "loss": round(loss, 4), "seconds": round(seconds, 1)})
            report(f"step {step}/{recipe.steps}  loss {loss:.4f}  {tokens / seconds:.0f} tokens/s")
        if step % _SAVED == 0 or step == recipe.steps:
            save(model, recipe, log, out)
    return log


def save(model: "PeftModel", recipe: Recipe, log: list[dict[str, float]], out: Path) -> None:
    """The adapter's tensors, the recipe and the log so far."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    weights = {name: weight.detach() for name, weight in adapter_weights(model).items()}
    torch.save(weights, out / "adapter.pt.new")
    (out / "adapter.pt.new").replace(out / "adapter.pt")
    (out / "log.json").write_text(json.dumps({"recipe": recipe.as_dict(), "log": log}, indent=1) + "\n")


def _schedule(step: int, recipe: Recipe) -> float:
    warm = max(1, round(recipe.steps * recipe.warmup))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, recipe.steps - warm)))


def _backward(model: "PeftModel", batch: Batch) -> float:
    """Gradients of the captions' mean loss, from the logits of a few hundred positions at a time."""
    import torch

    inner = model.base_model.model
    hidden = inner.model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False).last_hidden_state
    wanted = batch.labels[:, 1:] != UNLEARNT
    states, targets = hidden[:, :-1][wanted], batch.labels[:, 1:][wanted]
    grads, total = [], 0.0
    for some, words in zip(states.detach().split(_CHUNK), targets.split(_CHUNK), strict=True):
        piece = some.requires_grad_()
        loss = torch.nn.functional.cross_entropy(inner.lm_head(piece).float(), words, reduction="sum")
        (loss / len(targets)).backward()
        grads.append(piece.grad)
        total += loss.item()
    states.backward(torch.cat(grads))
    return total / len(targets)
