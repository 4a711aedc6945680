"""The training procedure (section 5): batches, optimizer, learning rate, loss and dropout of one step after the other."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.checkpoints import read_tensors, write_tensors
from ectype_transformer.extras import require
from ectype_transformer.label_smoothing import label_smoothing_loss
from ectype_transformer.presets import TrainingSettings
from ectype_transformer.schedule import warmup_rate
from ectype_transformer.streams import stream_seed
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
    torch.manual_seed(stream_seed(seed, "initialisation"))
    return Transformer(settings)


class Training:
    """Training of a model, in which step n is a function of the weights, Adam's moments, the seed and n alone.

    Batches, learning rates and dropout follow from seed and step, so that a training that was saved and loaded goes on
    bit by bit as if it had not been interrupted (on the same device, with the same number of threads and processes).
    Every process takes its share of the rows of each batch. The loss is the mean over the target tokens of the whole batch,
    however many processes and parts it is computed in.

    Args:
        model: the model, which is trained in place; it is moved to the accelerator's device.
        settings: optimizer, schedule, loss and batches.
        pairs: what to train on.
        seed: seed of the order of batches and of dropout.
        accelerator: devices, processes and precision, by Hugging Face accelerate; its default if None.
        parts: in how many parts each process computes its share, for batches that do not fit into memory.

    Raises:
        ValueError: parts is below 1; or see `BatchOrder`.
        UsageError: accelerate is not installed.

    Source: section 5.
    """

    def __init__(
        self,
        model: Transformer,
        settings: TrainingSettings,
        pairs: TokenPairs,
        *,
        seed: int = 0,
        accelerator: "Accelerator | None" = None,
        parts: int = 1,
    ) -> None:
        if parts < 1:
            raise ValueError(f"parts must be at least 1; received {parts}")
        self.accelerator = require("accelerate").Accelerator() if accelerator is None else accelerator
        self.model = model.to(self.accelerator.device)
        self.settings, self.pairs, self.parts = settings, pairs, parts
        self.done = 0
        self._follow(seed)
        # Sec. 5.3: Adam with beta1 = 0.9, beta2 = 0.98 and epsilon = 1e-9
        self.adam = torch.optim.Adam(
            model.parameters(), lr=1.0, betas=(settings.beta1, settings.beta2), eps=settings.epsilon
        )
        self._model, self._optimizer = self.accelerator.prepare(self.model, self.adam)

    def _follow(self, seed: int) -> None:
        """Take batches in the order of a seed, and dropout from it."""
        self.seed = seed
        # Sec. 5.1: about 25000 source and 25000 target tokens in each batch
        self.order = BatchOrder(
            self.pairs.source.lengths,
            self.pairs.target.lengths,
            source_tokens=self.settings.source_tokens,
            target_tokens=self.settings.target_tokens,
            seed=seed,
        )

    def step(self) -> Step:
        """Do the next step."""
        number, process = self.done + 1, self.accelerator.process_index
        # Eq. 3: the learning rate of this step
        rate = warmup_rate(number, self.model.settings.d_model, self.settings.warmup)
        for group in self.adam.param_groups:
            group["lr"] = rate
        # Sec. 5.4: dropout, from torch's global generator, which starts anew in each step
        torch.manual_seed(stream_seed(self.seed, f"dropout of process {process}", number))
        self._model.train()
        rows = self.order.batch(number)
        target_tokens = int(self.pairs.target.lengths[rows].sum())
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
        return Step(number, torch.stack(losses).sum(), rate, int(self.pairs.source.lengths[rows].sum()), target_tokens)

    def save(self, path: Path) -> None:
        """Write all that the next steps depend on to a safetensors file."""
        weights = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        moments = {
            f"adam.{name}.{kind}": tensor
            for name, parameter in self.model.named_parameters()
            for kind, tensor in self.adam.state.get(parameter, {}).items()
        }
        scaler = self.accelerator.scaler
        facts = {"done": self.done, "seed": self.seed, "scaler": None if scaler is None else scaler.state_dict()}
        write_tensors(path, weights | moments, facts)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote, with its seed."""
        tensors, facts = read_tensors(path)
        self.model.load_state_dict(
            {name.removeprefix("model."): tensor for name, tensor in tensors.items() if name.startswith("model.")}
        )
        state = self.adam.state_dict()
        for index, (name, _) in enumerate(self.model.named_parameters()):
            prefix = f"adam.{name}."
            state["state"][index] = {
                key.removeprefix(prefix): tensor.clone() for key, tensor in tensors.items() if key.startswith(prefix)
            }
        self.adam.load_state_dict(state)
        if self.accelerator.scaler is not None and facts["scaler"]:
            self.accelerator.scaler.load_state_dict(facts["scaler"])
        self.done = int(facts["done"])
        self._follow(int(facts["seed"]))
