"""Encoder and autoregressive model for speech (sections 2.2 and 3.1)."""

from jaxtyping import Float
from torch import Tensor, nn

from ectype_cpc.presets import SPEECH, SpeechSettings


class WaveformEncoder(nn.Module):
    r"""Strided convolutions that turn a waveform into latents, $z_t = g_\mathrm{enc}(x_t)$.

    The paper does not say what stands beyond the ends of a waveform. Zeros here, as many as it takes to have one latent
    for each 160 samples.

    Args:
        settings: strides, kernels and channels.

    Source: section 3.1.
    """

    def __init__(self, settings: SpeechSettings = SPEECH) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        # Sec. 3.1: convolutions with strides [5, 4, 2, 2, 2], filter sizes [10, 8, 4, 4, 4], 512 hidden units, ReLU
        for stride, kernel in zip(settings.strides, settings.kernels, strict=True):
            padding = max(0, (kernel - stride + 1) // 2)
            layers += [nn.Conv1d(width, settings.channels, kernel, stride, padding), nn.ReLU()]
            width = settings.channels
        self.layers = nn.Sequential(*layers)

    def forward(self, waveform: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch steps channels"]:
        """Return the latents, one for each 160 samples."""
        return self.layers(waveform.unsqueeze(1)).mT


class SpeechNetwork(nn.Module):
    r"""Encoder, and a recurrent network over its latents: $c_t = g_\mathrm{ar}(z_{\le t})$.

    Args:
        settings: sizes of both.

    Source: section 2.2, Fig. 1; section 3.1.
    """

    def __init__(self, settings: SpeechSettings = SPEECH) -> None:
        super().__init__()
        self.encoder = WaveformEncoder(settings)
        # Sec. 3.1: a GRU with a 256-dimensional hidden state
        self.recurrent = nn.GRU(settings.channels, settings.hidden, batch_first=True)

    def forward(
        self, waveform: Float[Tensor, "batch samples"]
    ) -> tuple[Float[Tensor, "batch steps channels"], Float[Tensor, "batch steps hidden"]]:
        """Return latents and contexts."""
        # Sec. 2.2: z_t = g_enc(x_t), then c_t = g_ar(z_<=t)
        latents = self.encoder(waveform)
        contexts, _ = self.recurrent(latents)
        return latents, contexts
