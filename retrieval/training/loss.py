"""CLIP's contrastive loss that does not punish what is true, and the facts as a second, denser lesson."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def contrastive_loss(
    images: "torch.Tensor", texts: "torch.Tensor", scale: "torch.Tensor", true: "torch.Tensor"
) -> "torch.Tensor":
    """InfoNCE over (b, d) unit vectors; ``true`` (b, b) says that caption j is true of picture i.

    A pair that is true but not the batch's own is left out of both sums: a caption with few traits fits
    many pictures, and two tokens may share all their traits.
    """
    import torch
    import torch.nn.functional as nn

    own = torch.eye(len(images), dtype=torch.bool, device=images.device)
    logits = (scale * images @ texts.T).masked_fill(true & ~own, float("-inf"))
    target = torch.arange(len(images), device=images.device)
    return (nn.cross_entropy(logits, target) + nn.cross_entropy(logits.T, target)) / 2


def facts_loss(logits: "torch.Tensor", facts: "torch.Tensor") -> "torch.Tensor":
    """Cross-entropy of (b, facts) yes-or-no answers, summed over facts and averaged over the batch."""
    import torch.nn.functional as nn

    return nn.binary_cross_entropy_with_logits(logits, facts, reduction="sum") / len(logits)
