"""The training procedure (section 5): batches, optimizer, learning rate, loss and dropout of one step after the other."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from ectype.experiments.seeds import stream_seed
from ectype.experiments.states import flatten, unflatten
from ectype.experiments.tensors import read_tensors, write_tensors
from jaxtyping import Float
from torch import Tensor

from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.label_smoothing import label_smoothing_loss
from ectype_transformer.presets import TrainingSettings
from ectype_transformer.schedule import warmup_rate
from ectype_transformer.token_pairs import PADDING, TokenPairs
from ectype_transformer.transformer import Transformer, TransformerSettings

if TYPE_CHECKING:
    from accelerate import Accelerator


class Step(NamedTuple):
    """What one training step did."""

    number: int
    """Number of the step, from 1."""
    loss: Float[Tensor, ""]
    """This process's part of the loss, in nats per target token; the parts of all processes add up to it."""
    rate: float
    """Learning rate."""
    source_tokens: int
    """Source tokens of the batch, without padding."""
    target_tokens: int
    """Target tokens of the batch, without padding."""


def initial_model(settings: TransformerSettings, seed: int) -> Transformer:
    """Build a model with random weights.

    Args:
        settings: sizes and rates.
        seed: the same seed gives the same weights; seeds torch's global generator.

    Returns:
        The model.
    """
    torch.manual_seed(stream_seed(seed, purpose="initialisation"))
    return Transformer(settings)


class Training:
    """Training of a model, in which step n is a function of the weights, Adam's moments, the seed and n alone.

    Batches, learning rates and dropout follow from seed and step, so that a training that was saved and loaded goes on
    bit by bit as if it had not been interrupted (on the same device, with the same number of threads and processes).
    It can be named in `Run.steps` of `ectype.experiments`.
    Every process takes its share of the rows of each batch. The loss is the mean over the target tokens of the whole batch,
    however many processes and parts it is computed in.

    Args:
        model: the model, which is trained in place; it is moved to the accelerator's device.
        settings: optimizer, schedule, loss and batches.
        pairs: what to train on.
        accelerator: device, processes and precision, by Hugging Face accelerate.
        seed: seed of the order of batches and of dropout.
        parts: in how many parts each process computes its share, for batches that do not fit into memory.

    Raises:
        ValueError: parts is below 1; or see `BatchOrder`.

    Source: section 5.
    """

    def __init__(
        self,
        model: Transformer,
        settings: TrainingSettings,
        pairs: TokenPairs,
        accelerator: "Accelerator",
        *,
        seed: int = 0,
        parts: int = 1,
    ) -> None:
        if parts < 1:
            raise ValueError(f"parts must be at least 1; received {parts}")
        self.model = model.to(accelerator.device)
        self.settings, self.pairs, self.accelerator, self.parts = settings, pairs, accelerator, parts
        self._lengths = pairs.source.lengths, pairs.target.lengths
        self.done = 0
        self._follow(seed)
        # Sec. 5.3: Adam with beta1 = 0.9, beta2 = 0.98 and epsilon = 1e-9
        self.adam = torch.optim.Adam(model.parameters(), betas=(settings.beta1, settings.beta2), eps=settings.epsilon)
        self._model, self._optimizer = accelerator.prepare(self.model, self.adam)

    def _follow(self, seed: int) -> None:
        """Take batches in the order of a seed, and dropout from it."""
        self.seed = seed
        # Sec. 5.1: about 25000 source and 25000 target tokens in each batch
        tokens = min(self.settings.source_tokens, self.settings.target_tokens)
        self.order = BatchOrder(self.pairs.lengths, tokens, seed=seed)

    def step(self) -> Step:
        """Do the next step."""
        number, process = self.done + 1, self.accelerator.process_index
        self._model.train()
        # Eq. 3: the learning rate of this step
        rate = warmup_rate(number, self.model.settings.d_model, self.settings.warmup)
        for group in self.adam.param_groups:
            group["lr"] = rate
        # Sec. 5.4: dropout, from torch's global generator, which starts anew in each step
        torch.manual_seed(stream_seed(self.seed, purpose=f"dropout of process {process}", number=number))
        rows = self.order.batch(number)
        source_tokens, target_tokens = (int(lengths[rows].sum()) for lengths in self._lengths)
        shares = self.accelerator.num_processes * self.parts
        losses = []
        for part in range(self.parts):
            share = self.pairs.batch(rows[process * self.parts + part :: shares]).to(self.accelerator.device)
            last = part == self.parts - 1
            with nullcontext() if last else self.accelerator.no_sync(self._model):
                logits = self._model(share.source, share.previous)
                # Sec. 5.4: label smoothing of value epsilon_ls
                mean = label_smoothing_loss(logits, share.target, self.settings.smoothing, padding=PADDING)
                share_of_loss = mean * (share.target != PADDING).sum() / target_tokens
                # Gradients are averaged over the processes, but the shares of the loss add up.
                self.accelerator.backward(share_of_loss * self.accelerator.num_processes)
            losses.append(share_of_loss.detach())
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.done = number
        return Step(number, torch.stack(losses).sum(), rate, source_tokens, target_tokens)

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next steps depend on."""
        return {"done": self.done, "seed": self.seed} | {name: of.state_dict() for name, of in self._stateful().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state, with its seed."""
        for name, of in self._stateful().items():
            of.load_state_dict(state[name])
        self.done = state["done"]
        self._follow(state["seed"])

    def save(self, path: Path) -> None:
        """Write the state to a safetensors file."""
        tensors: dict[str, Tensor] = {}
        facts = flatten(self.state_dict(), "training", tensors)
        write_tensors(path, tensors, {"training": facts})

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        tensors, facts = read_tensors(path)
        self.load_state_dict(unflatten(facts["training"], tensors))

    def _stateful(self) -> dict[str, Any]:
        scaler = self.accelerator.scaler  # of gradients in half precision, else None
        return {"model": self.model, "adam": self.adam} | ({} if scaler is None else {"scaler": scaler})
