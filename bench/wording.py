"""How long an opening sentence takes, with the beginning of its prompt kept and without.

    python -m bench.wording [--model FILE.gguf] [--questions 12] [--threads 1]

The agent's own prompts, as a small model gets them (instructions, a question; held to our lines) and as a
capable one does (examples too; free). Each question is asked in three ways by turns, so that other programs
disturb all alike: ``kept`` evaluates only what follows the beginning that all questions share, ``anew``
evaluates the same pieces every time, ``whole`` evaluates the prompt in one piece. Prints the median time to
the first words and to the last, each also as its ratio to ``kept``, and how many sentences are word for word
those of ``kept``: of ``anew`` all must be, or one seed would give two answers.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from agent.chat_model.gguf import Gguf, Sampling, Usage
from agent.chat_model.window import Message
from agent.wording import SENTENCE_GRAMMAR, lines_grammar, openers, plainest, prompt
from magpie.models import find

WAYS = ("kept", "anew", "whole")
SITUATIONS = ("found_one", "found_many", "no_match", "count", "recommend", "receipt")
QUESTIONS = (
    "a zombie punk with a pipe, no glasses",
    "which apes have sunglasses?",
    "is there a blue robot with an antenna",
    "how many landscapes show a sunset?",
    "recommend something for a lover of pixel art",
    "who owns punk 7804",
)
SHOWN = ("found_one", "found_many", "no_match", "count")


class Timed(NamedTuple):
    """One sentence: seconds to its first words and to its last."""

    first: float
    total: float
    words: str


def asked(situation: str, question: str) -> str:
    return f"{situation.replace('_', ' ')}: {question}"


def small(situation: str, question: str) -> tuple[list[Message], str]:
    """The prompt of a small model, and its grammar."""
    told = [{"role": "system", "content": prompt("openers_system")}]
    said = {"role": "user", "content": asked(situation, question)}
    return [*told, said], lines_grammar(openers()[situation])


def capable(situation: str, question: str) -> tuple[list[Message], str]:
    """The prompt of a capable model, and its grammar."""
    (told, said), _ = small(situation, question)
    examples = [
        {"role": role, "content": content}
        for name in SHOWN
        for role, content in (("user", asked(name, "…")), ("assistant", plainest(openers()[name][-1])))
    ]
    return [told, *examples, said], SENTENCE_GRAMMAR


def timed(model: Gguf, way: str, messages: Sequence[Message], sampling: Sampling) -> Timed:
    """One sentence, asked in one of the `WAYS`."""
    started, first, words = perf_counter(), 0.0, ""
    read = model.prompt(messages, sampling.max_tokens)
    for piece in model.words(replace(read, ends=()) if way == "whole" else read, sampling, Usage()):
        first = first or perf_counter() - started
        words += piece
    return Timed(first, perf_counter() - started, words)


def compare(models: dict[str, Gguf], kind: str, questions: int) -> None:
    """Ask all questions in all ways, and print what it took."""
    results: dict[str, list[Timed]] = {way: [] for way in WAYS}
    for number in range(-1, questions):  # the first is not counted: it finds nothing kept
        situation, question = SITUATIONS[number % len(SITUATIONS)], QUESTIONS[number % len(QUESTIONS)]
        messages, grammar = (small if kind == "small" else capable)(situation, question)
        sampling = Sampling(max_tokens=48, temperature=0.4, seed=number % 2**16, grammar=grammar)
        for way in WAYS:
            result = timed(models[way], way, messages, sampling)
            if number >= 0:
                results[way].append(result)
    kept = results["kept"]
    print(f"\n{kind} prompt, {questions} questions\n{'':6} first, s  ratio  total, s  ratio  same words")
    for way, all_of in results.items():
        first, total = (median(column) for column in zip(*((t.first, t.total) for t in all_of), strict=True))
        base = [median(t.first for t in kept), median(t.total for t in kept)]
        same = sum(one.words == other.words for one, other in zip(all_of, kept, strict=True))
        print(
            f"{way:6} {first:8.3f} {first / base[0]:6.2f} {total:9.3f} {total / base[1]:6.2f}"
            f"  {same} of {len(kept)}"
        )


def main() -> None:
    """Print both comparisons."""
    asked_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked_for.add_argument("--model", type=Path, default=None, help="default: the shipped SmolLM2-135M")
    asked_for.add_argument("--questions", type=int, default=12)
    asked_for.add_argument("--threads", type=int, default=1)
    given = asked_for.parse_args()
    path = given.model or find("smollm2-135m").path
    sizes = {"kept": 128_000_000, "anew": 0, "whole": 0}
    models = {
        way: Gguf(path, n_ctx=2048, threads=given.threads, prefix_bytes=size) for way, size in sizes.items()
    }
    print(path.name)
    for kind in ("small", "capable"):
        compare(models, kind, given.questions)
    for model in models.values():
        model.close()


if __name__ == "__main__":
    main()
