"""The training procedure for speech (section 3.1)."""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_cpc.future_prediction import FuturePrediction
from ectype_cpc.presets import SPEECH, SpeechSettings
from ectype_cpc.speech_network import SpeechNetwork


class Fit:
    """Steps of Adam on the loss of windows that are drawn from waveforms.

    Args:
        waveforms: all of one length, of the type of the weights.
        settings: of the model and its training.
        seed: of weights and windows.

    Raises:
        ValueError: the waveforms are shorter than a window.

    Source: section 3.1.
    """

    def __init__(
        self, waveforms: Float[Tensor, "waveforms samples"], settings: SpeechSettings = SPEECH, *, seed: int = 0
    ) -> None:
        if waveforms.shape[1] < settings.window:
            raise ValueError(
                f"waveforms must have at least {settings.window} samples; received {waveforms.shape[1]}. "
                "Give longer ones or a smaller window"
            )
        self.waveforms, self.settings = waveforms, settings
        self.generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = SpeechNetwork(settings)
            prediction = FuturePrediction(settings.channels, settings.hidden, settings.steps_ahead)
        self.model = nn.ModuleDict({"network": network, "prediction": prediction}).to(waveforms)
        # Sec. 3.1: Adam with a learning rate of 2e-4
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.rate)

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch, before the step.
        """
        latents, contexts = self.model["network"](self.windows())
        loss = self.model["prediction"](latents, contexts)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def windows(self) -> Float[Tensor, "batch window"]:
        """Draw a batch: windows at random places of random waveforms.

        Returns:
            The windows.
        """
        # Sec. 3.1: sampled audio windows of length 20480, a minibatch of 8
        batch, last = self.settings.batch, self.waveforms.shape[1] - self.settings.window
        rows = torch.randint(len(self.waveforms), (batch,), generator=self.generator)
        starts = torch.randint(last + 1, (batch,), generator=self.generator)
        columns = starts.unsqueeze(-1) + torch.arange(self.settings.window)
        return self.waveforms[rows.unsqueeze(-1), columns]

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the waveforms."""
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
