"""The training procedure (appendix D.3): factors alone, AdamW, linear schedule, label smoothing."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import torch
from ectype.experiments.seeds import stream_seed
from ectype.experiments.states import flatten, unflatten
from ectype.experiments.tensors import read_tensors, write_tensors
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_lora.adapter_weights import adapter_state, load_adapter_state
from ectype_lora.injection import adapt
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.objective import CONTEXT
from ectype_lora.presets import AdaptationSettings
from ectype_lora.schedule import linear_rate
from ectype_lora.token_task import TokenTask


class Adaptation:
    """Adaptation of a language model, in which step n is a function of factors, moments, the seed and n alone.

    Args:
        model: the pre-trained model, which gets adapters; only they are trained, and only they are saved.
        settings: what is adapted, optimizer, schedule and loss.
        task: what it is adapted to.
        seed: seed of the factors, of the order of examples and of dropout.

    Raises:
        ValueError: the task has fewer examples than a batch; or see `adapt`.

    Source: section 5.4, appendix D.3.
    """

    def __init__(self, model: nn.Module, settings: AdaptationSettings, task: TokenTask, *, seed: int = 0) -> None:
        if len(task) < settings.batch:
            raise ValueError(f"a task needs at least a batch of {settings.batch} examples; received {len(task)}")
        self.model, self.settings, self.task, self.seed, self.done = model, settings, task, seed, 0
        torch.manual_seed(stream_seed(seed, purpose="factors"))
        around = partial(LowRankLinear.around, r=settings.r, alpha=settings.alpha, dropout=settings.dropout)
        adapt(model, settings.targets, around)
        # Eq. 2: the maximum over Theta, the factors
        factors = [parameter for parameter in model.parameters() if parameter.requires_grad]
        # App. D.3: AdamW
        betas = (0.9, settings.beta2)
        self.adam = torch.optim.AdamW(factors, betas=betas, eps=settings.epsilon, weight_decay=settings.weight_decay)

    @property
    def steps(self) -> int:
        """Number of steps of the whole adaptation."""
        return self.settings.epochs * (len(self.task) // self.settings.batch)

    def step(self) -> Float[Tensor, ""]:
        """Do the next step; return its loss, in nats per token of the answers."""
        settings, (epoch, number) = self.settings, divmod(self.done, len(self.task) // self.settings.batch)
        rng = torch.Generator().manual_seed(stream_seed(self.seed, purpose="order", number=epoch))
        rows = torch.randperm(len(self.task), generator=rng)[settings.batch * number :][: settings.batch]
        for group in self.adam.param_groups:
            # Tab. 11: learning rate schedule linear
            group["lr"] = linear_rate(self.done, settings.rate, settings.warmup, self.steps)
        torch.manual_seed(stream_seed(self.seed, purpose="dropout", number=self.done))
        device = next(self.model.parameters()).device
        tokens, targets = self.task.tokens[rows].to(device), self.task.targets[rows].to(device)
        logits = self.model.train()(tokens)
        # Tab. 11: label smooth
        loss = F.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=CONTEXT, label_smoothing=settings.smoothing
        )
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        self.done += 1
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next steps depend on; the pre-trained weights are not in it."""
        return {
            "done": self.done,
            "seed": self.seed,
            "factors": adapter_state(self.model),
            "adam": self.adam.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state, with its seed."""
        load_adapter_state(self.model, state["factors"])
        self.adam.load_state_dict(state["adam"])
        self.done, self.seed = state["done"], state["seed"]

    def save(self, path: Path) -> None:
        """Write the state to a safetensors file."""
        tensors: dict[str, Tensor] = {}
        facts = flatten(self.state_dict(), "adaptation", tensors)
        write_tensors(path, tensors, {"adaptation": facts})

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        tensors, facts = read_tensors(path)
        self.load_state_dict(unflatten(facts["adaptation"], tensors))


@torch.no_grad()
def perplexity(model: nn.Module, task: TokenTask) -> float:
    """Measure how well a model predicts the answers of a task.

    Args:
        model: gives logits for tokens.
        task: the task.

    Returns:
        e to the mean loss per token of the answers, without smoothing or dropout.
    """
    device = next(model.parameters()).device
    logits = model.eval()(task.tokens.to(device))
    return math.exp(F.cross_entropy(logits.flatten(0, 1), task.targets.flatten().to(device), ignore_index=CONTEXT))
