"""The pre-training procedure (section 4.2)."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from ectype_roformer.language_model import RoFormer
from ectype_roformer.masking import mask_tokens
from ectype_roformer.presets import BASE, PRETRAINING, PretrainingSettings, RoFormerSettings


class Pretraining:
    """Steps of AdamW on the cross entropy of hidden tokens, in sequences drawn from one long text.

    The last token of the vocabulary is the mask. The seed decides weights, sequences and masks; dropout draws from the
    global generator.

    Args:
        text: the tokens, in order.
        model: settings of the model.
        settings: of the training.
        seed: of weights, sequences and masks.

    Raises:
        ValueError: the text is shorter than a sequence.

    Source: section 4.2.2.
    """

    def __init__(
        self,
        text: Int[Tensor, " tokens"],
        model: RoFormerSettings = BASE,
        settings: PretrainingSettings = PRETRAINING,
        *,
        seed: int = 0,
    ) -> None:
        if len(text) < settings.length:
            raise ValueError(
                f"the text must have at least {settings.length} tokens; received {len(text)}. "
                "Give a longer one or a smaller length"
            )
        self.text, self.settings, self.vocabulary = text, settings, model.vocabulary
        self.generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = RoFormer(model)
        groups = [
            {"params": [p for p in self.model.parameters() if p.ndim > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in self.model.parameters() if p.ndim == 1], "weight_decay": 0.0},
        ]
        # Sec. 4.2.2: the optimizer is AdamW with a learning rate of 1e-5
        self.optimizer = torch.optim.AdamW(groups, lr=settings.rate)

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch before the step, in nats for each hidden token; zero if none was hidden.
        """
        tokens = self.batch()
        seen, hidden = mask_tokens(
            tokens, self.vocabulary, self.vocabulary - 1, self.settings.masked, generator=self.generator
        )
        # Sec. 4.2.1: the masked language-modelling loss
        loss = F.cross_entropy(self.model(seen)[hidden], tokens[hidden], reduction="sum") / hidden.sum().clamp(min=1)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def batch(self) -> Int[Tensor, "batch length"]:
        """Draw sequences at random places of the text.

        Returns:
            Their tokens.
        """
        # Sec. 4.2.2: batch size 64 and maximum sequence length 512
        last = len(self.text) - self.settings.length
        starts = torch.randint(last + 1, (self.settings.batch, 1), generator=self.generator)
        return self.text[starts + torch.arange(self.settings.length)]

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the text and the global generator."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])

    def save(self, path: Path) -> None:
        """Write the state to a file.

        Args:
            path: the file.
        """
        torch.save(self.state_dict(), path)

    def load(self, path: Path) -> None:
        """Go on from a file that `save` wrote.

        Args:
            path: the file.
        """
        self.load_state_dict(torch.load(path))
