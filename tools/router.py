"""Make ``agent/routing/router.safetensors`` from ``eval/utterances.jsonl``; choose by the validation split.

    python -m tools.router [--epochs 8] [--rank 16]

The shipped sentence encoder gets a low-rank adapter (LoRA, Hu et al. 2021) on all its linear layers, and one
linear layer over its mean-pooled, normalised output and the signs. What has the best validation accuracy is
kept; one temperature is then fitted on the same split. The test split is only reported.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.routing.router import MEANS, SCALE, WEIGHTS
from agent.routing.signs import names, neutral, signs
from eval.utterances import Split, World, utterances
from magpie.models import find
from retrieval.backends import SHIPPED_TEXT
from retrieval.encoders.torch_setup import prepare_torch

CLASSES = tuple(MEANS)
OUT = Path(__file__).resolve().parents[1] / "agent" / "routing" / WEIGHTS
FILLS = 3  # ways in which a phrasing's places are filled
BATCH = 32


class Lesson(NamedTuple):
    """``texts`` (n,), ``seen`` (n, signs), ``labels`` (n,)."""

    texts: list[str]
    seen: np.ndarray
    labels: np.ndarray


def read(task: tuple[Split, int]) -> Lesson:
    """One split with its places filled one way."""
    split, seed = task
    world, texts, seen = World(), [], []
    lines = utterances(split)
    for line in lines:
        said = world.said(line, seed).text
        mentions, traits = world.read(said)
        texts.append(neutral(said, mentions, traits))
        seen.append(signs(said, mentions, traits, line.after))
    return Lesson(texts, np.stack(seen), np.array([CLASSES.index(line.intent) for line in lines]))


def main() -> None:
    """Train, print accuracies, write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    given = parser.parse_args()
    tasks: list[tuple[Split, int]] = [("train", seed) for seed in range(FILLS)]
    tasks += [("validation", 100), ("test", 200)]
    with ProcessPoolExecutor(2) as pool:
        *lessons, validation, test = pool.map(read, tasks)
    print(f"{len(lessons[0].texts)} phrasings to learn, {len(validation.texts)} to choose by", flush=True)
    net = taught(lessons, validation, given)
    logits = net.logits(validation)
    temperature = fitted(logits, validation.labels)
    figures = {"validation": accuracy(logits, validation), "test": accuracy(net.logits(test), test)}
    net.save(temperature, figures, f"python -m tools.router --epochs {given.epochs} --rank {given.rank}")
    print(json.dumps(figures), f"temperature {temperature}", f"{OUT.stat().st_size:,} bytes")


def accuracy(logits: np.ndarray, lesson: Lesson) -> float:
    return round(float((logits.argmax(1) == lesson.labels).mean()), 4)


def fitted(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which the labels are likeliest."""

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        scaled = scaled - scaled.max(1, keepdims=True)
        chosen = scaled[np.arange(len(labels)), labels] - np.log(np.exp(scaled).sum(1))
        return -float(chosen.mean())

    return min((round(float(t), 3) for t in np.geomspace(0.3, 5, 60)), key=surprise)


class Net:
    """The encoder with its adapter and the linear layer, while they are taught."""

    def __init__(self, lesson: Lesson, rank: int) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from sentence_transformers import SentenceTransformer

        torch.manual_seed(0)
        path = find(SHIPPED_TEXT, allow_network=False).path
        whole = SentenceTransformer(str(path), device="cpu", local_files_only=True)
        self.torch, self.tokenizer = torch, whole.tokenizer
        config = LoraConfig(
            r=rank, lora_alpha=rank, lora_dropout=0.05, target_modules=["query", "key", "value", "dense"]
        )
        self.encoder = get_peft_model(whole[0].auto_model, config)
        self.mean, self.spread = lesson.seen.mean(0), (lesson.seen.std(0) + 1e-2) * 2
        self.head = torch.nn.Linear(384 + lesson.seen.shape[1], len(CLASSES))

    def forward(self, texts: Sequence[str], seen: np.ndarray):  # noqa: ANN201
        torch = self.torch
        held = self.tokenizer(list(texts), padding=True, truncation=True, max_length=96, return_tensors="pt")
        hidden = self.encoder(**held).last_hidden_state
        mask = held["attention_mask"].unsqueeze(-1).float()
        pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1) * SCALE
        beside = torch.tensor((seen - self.mean) / self.spread, dtype=torch.float32)
        return self.head(
            torch.nn.functional.dropout(torch.cat([pooled, beside], 1), 0.1, self.encoder.training)
        )

    def logits(self, lesson: Lesson) -> np.ndarray:
        self.encoder.eval()
        with self.torch.no_grad():
            parts = [
                self.forward(lesson.texts[at : at + 64], lesson.seen[at : at + 64]).numpy()
                for at in range(0, len(lesson.texts), 64)
            ]
        self.encoder.train()
        return np.concatenate(parts)

    def state(self) -> dict:
        trained = {k: v.detach().clone() for k, v in self.encoder.named_parameters() if v.requires_grad}
        return {"encoder": trained, "head": {k: v.detach().clone() for k, v in self.head.named_parameters()}}

    def restore(self, state: dict) -> None:
        with self.torch.no_grad():
            for module, name in ((self.encoder, "encoder"), (self.head, "head")):
                for key, value in module.named_parameters():
                    if key in state[name]:
                        value.copy_(state[name][key])

    def save(self, temperature: float, figures: dict, command: str) -> None:
        from safetensors.numpy import save_file

        held: dict[str, np.ndarray] = {}
        for name, value in self.encoder.named_parameters():
            if (
                value.requires_grad and "pooler" not in name
            ):  # base_model.model.<module>.lora_A.default.weight
                module, letter = name.removeprefix("base_model.model.").split(".lora_")
                held[f"{module}.{letter[0]}"] = value.detach().numpy().astype(np.float16)
        for name, value in (("weight", self.head.weight), ("bias", self.head.bias)):
            held[f"head.{name}"] = value.detach().numpy().astype(np.float16)
        held |= {"head.mean": self.mean.astype(np.float32), "head.spread": self.spread.astype(np.float32)}
        told = {"classes": CLASSES, "signs": names(), "temperature": temperature, "accuracy": figures}
        save_file(held, str(OUT), {"head": json.dumps(told), "made_by": command})


def taught(lessons: Sequence[Lesson], validation: Lesson, given: argparse.Namespace) -> Net:
    """The net at its best epoch."""
    prepare_torch(2, extra="text")
    import torch

    net = Net(lessons[0], given.rank)
    learned = [value for value in net.encoder.parameters() if value.requires_grad]
    steps = given.epochs * -(-len(lessons[0].texts) // BATCH)
    rates = [given.rate, 5e-3]
    optimizer = torch.optim.AdamW(
        [{"params": learned, "lr": rates[0]}, {"params": net.head.parameters(), "lr": rates[1]}],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps)
    best, kept = 0.0, net.state()
    for epoch in range(given.epochs):
        lesson = lessons[epoch % len(lessons)]
        order = np.random.default_rng(epoch).permutation(len(lesson.texts))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            logits = net.forward([lesson.texts[row] for row in rows], lesson.seen[rows])
            loss = torch.nn.functional.cross_entropy(
                logits, torch.tensor(lesson.labels[rows]), label_smoothing=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        reached = accuracy(net.logits(validation), validation)
        print(f"epoch {epoch + 1}: validation {reached}", flush=True)
        if reached >= best:
            best, kept = reached, net.state()
    net.restore(kept)
    return net


if __name__ == "__main__":
    main()
