"""CLIP's contrastive loss that does not punish what is true, and each trait as a choice of its own."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def contrastive_loss(
    images: "torch.Tensor", texts: "torch.Tensor", scale: "torch.Tensor", true: "torch.Tensor"
) -> "torch.Tensor":
    """InfoNCE over (b, d) images and (c, d) texts, text j being of image j, all unit vectors.

    ``true`` (b, c) says that caption j is true of picture i. A pair that is true but not the batch's own is
    left out of both sums: a caption with few traits fits many pictures, and two tokens may share all their
    traits. Pictures without a text are negatives only.
    """
    import torch
    import torch.nn.functional as nn

    own = torch.eye(*true.shape, dtype=torch.bool, device=images.device)
    logits = (scale * images @ texts.T).masked_fill(true & ~own, float("-inf"))
    target = torch.arange(len(texts), device=images.device)
    return (nn.cross_entropy(logits[: len(texts)], target) + nn.cross_entropy(logits.T, target)) / 2


def questions_loss(
    questions: "torch.Tensor", images: "torch.Tensor", scale: "torch.Tensor", answers: "torch.Tensor"
) -> "torch.Tensor":
    """How far (q, d) questions are from ranking the (b, d) pictures that answer them, (q, b), first."""
    import torch.nn.functional as nn

    right = answers.float()
    return nn.cross_entropy(scale * questions @ images.T, right / right.sum(1, keepdim=True))


def choices_loss(
    logits: "torch.Tensor",
    samples: "torch.Tensor",
    among: "torch.Tensor",
    right: "torch.Tensor",
    held: "torch.Tensor",
) -> "torch.Tensor":
    """Cross-entropy of (t,) ``right`` answers, summed over a sample's choices, averaged over the samples.

    ``logits`` (b, answers); term i is of the sample ``samples[i]``, among the answers ``among[i]``, -1 for
    none. Other answers that hold of the sample too, (b, answers), are neither right nor wrong.
    """
    import torch.nn.functional as nn

    shown = among.clamp(min=0)
    wrong = (among >= 0) & ~held[samples].gather(1, shown)
    own = shown.eq(right[:, None]) & (among >= 0)
    asked = logits[samples].gather(1, shown).masked_fill(~(wrong | own), float("-inf"))
    return nn.cross_entropy(asked, own.int().argmax(1), reduction="sum") / len(logits)
