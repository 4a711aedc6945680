"""Public weights of GPT-2 as those of the decoder."""

from jaxtyping import Float
from torch import Tensor

from ectype_lora.decoder import DecoderSettings

NAMES = {
    "attention_norm": "ln_1",
    "mlp_norm": "ln_2",
    "attention.output": "attn.c_proj",
    "inner": "mlp.c_fc",
    "outer": "mlp.c_proj",
}


def from_gpt2(weights: dict[str, Float[Tensor, "..."]], settings: DecoderSettings) -> dict[str, Float[Tensor, "..."]]:
    """Give the tensors of GPT-2 the names and shapes of the decoder.

    GPT-2 stores the weights of dense layers transposed, and queries, keys and values in one.

    Args:
        weights: the state of GPT-2, with or without the prefix "transformer.".
        settings: sizes of the decoder.

    Returns:
        The state of the decoder.

    Raises:
        ValueError: a tensor is missing.
    """
    plain = {name.removeprefix("transformer."): value for name, value in weights.items()}
    state = {}
    try:
        state["tokens.weight"], state["positions.weight"] = plain["wte.weight"], plain["wpe.weight"]
        for part in ("weight", "bias"):
            state[f"norm.{part}"] = plain[f"ln_f.{part}"]
            for layer in range(settings.layers):
                # Sec. 4.2: W_q, W_k and W_v, each a single matrix
                stack = plain[f"h.{layer}.attn.c_attn.{part}"].chunk(3, dim=-1)
                for name, value in zip(("query", "key", "value"), stack, strict=True):
                    state[f"layers.{layer}.attention.{name}.{part}"] = value.mT if value.dim() == 2 else value
                for name, other in NAMES.items():
                    value = plain[f"h.{layer}.{other}.{part}"]
                    state[f"layers.{layer}.{name}.{part}"] = value.mT if value.dim() == 2 else value
    except KeyError as error:
        raise ValueError(
            f"weights of a GPT-2 of {settings.layers} layers are needed; received none called {error}"
        ) from None
    return {name: value.contiguous() for name, value in state.items()}
