"""CLIP's contrastive loss that does not punish what is true, and the facts as a second, denser lesson."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def contrastive_loss(
    images: "torch.Tensor",
    texts: "torch.Tensor",
    scale: "torch.Tensor",
    true: "torch.Tensor",
    shared: float = 0.0,
) -> "torch.Tensor":
    """InfoNCE over (b, d) unit vectors; ``true`` (b, b) says that caption j is true of picture i.

    A pair that is true but not the batch's own is left out of both sums: a caption with few traits fits
    many pictures, and two tokens may share all their traits. ``shared`` is the weight, 0 to 1, of a second
    form in which every true pair is a right answer, each as right as the others (Khosla et al., Supervised
    Contrastive Learning, arXiv 2004.11362, L_out); the first form has the rest.
    """
    import torch
    import torch.nn.functional as nn

    logits = scale * images @ texts.T
    own = torch.eye(len(images), dtype=torch.bool, device=images.device)
    alone = logits.masked_fill(true & ~own, float("-inf"))
    target = torch.arange(len(images), device=images.device)
    loss = (nn.cross_entropy(alone, target) + nn.cross_entropy(alone.T, target)) / 2
    if not shared:
        return loss
    right = (true | own).float()
    both = (_among(logits, right) + _among(logits.T, right.T)) / 2
    return (1 - shared) * loss + shared * both


def questions_loss(
    questions: "torch.Tensor", images: "torch.Tensor", scale: "torch.Tensor", answers: "torch.Tensor"
) -> "torch.Tensor":
    """How far (q, d) questions are from ranking the (b, d) pictures that answer them, (q, b), first."""
    return _among(scale * questions @ images.T, answers.float())


def _among(logits: "torch.Tensor", right: "torch.Tensor") -> "torch.Tensor":
    """Mean cross-entropy of each row against its right columns, of which there is at least one."""
    import torch.nn.functional as nn

    return nn.cross_entropy(logits, right / right.sum(1, keepdim=True))


def facts_loss(logits: "torch.Tensor", facts: "torch.Tensor") -> "torch.Tensor":
    """Cross-entropy of (b, facts) yes-or-no answers, summed over facts and averaged over the batch."""
    import torch.nn.functional as nn

    return nn.binary_cross_entropy_with_logits(logits, facts, reduction="sum") / len(logits)
