"""torch's attention, layers and stacks as references: our masks as theirs, our weights under their names."""

import torch
from torch import nn


def expressible(d_model, heads, d_k, d_v):
    """Whether torch can express the widths of the heads, which are d_model / heads there."""
    return all(width in (None, d_model // heads) for width in (d_k, d_v))


def masks(mask, heads):
    """A mask of ours as a mask of pairs or of padding, where True is what is hidden; the other one is None."""
    if mask is None:
        return None, None
    if mask.dim() == 2:
        return ~mask, None
    if mask.shape[1] == 1:
        return None, ~mask[:, 0]
    return ~mask.repeat_interleave(heads, dim=0), None


def without_biases(module, bias):
    """A module of torch whose attention trains no biases, unless ours has them."""
    for name, parameter in module.named_parameters():
        if not bias and name.endswith(("in_proj_bias", "out_proj.bias")):
            parameter.requires_grad_(False)
    return module


def renamed(ours, names):
    """Linear maps and norms under other names."""
    return {f"{new}.{kind}": ours[f"{old}.{kind}"] for old, new in names.items() for kind in ("weight", "bias")}


def attention(ours, at="", to=""):
    """The weights of nn.MultiheadAttention, with zeros for biases that ours lacks."""
    found = {}
    for kind in ("weight", "bias"):
        query, key, value, output = (
            ours[name] if (name := f"{at}{projection}.{kind}") in ours else 0 * ours[f"{at}{projection}.weight"][:, 0]
            for projection in ("query", "key", "value", "output")
        )
        found |= {f"{to}in_proj_{kind}": torch.cat((query, key, value)), f"{to}out_proj.{kind}": output}
    return found


def encoder_layer(ours, at="", to=""):
    """The weights of nn.TransformerEncoderLayer."""
    names = {"feed_forward.inner": "linear1", "feed_forward.outer": "linear2"}
    names |= {"attention_norm": "norm1", "feed_forward_norm": "norm2"}
    found = attention(ours, f"{at}attention.", f"{to}self_attn.")
    return found | renamed(ours, {at + old: to + new for old, new in names.items()})


def decoder_layer(ours, at="", to=""):
    """The weights of nn.TransformerDecoderLayer."""
    names = {"feed_forward.inner": "linear1", "feed_forward.outer": "linear2"}
    names |= {"self_attention_norm": "norm1", "cross_attention_norm": "norm2", "feed_forward_norm": "norm3"}
    found = attention(ours, f"{at}self_attention.", f"{to}self_attn.")
    found |= attention(ours, f"{at}cross_attention.", f"{to}multihead_attn.")
    return found | renamed(ours, {at + old: to + new for old, new in names.items()})


def stack(ours, layer, at="", to=""):
    """The weights of a stack of such layers."""
    numbers = {name.removeprefix(f"{at}layers.").split(".")[0] for name in ours if name.startswith(f"{at}layers.")}
    found = {}
    for number in sorted(numbers):
        found |= layer(ours, f"{at}layers.{number}.", f"{to}layers.{number}.")
    return found


def call_encoder(reference, x, mask=None):
    """Call an encoder or one of its layers."""
    pairs, padding = masks(mask, heads_of(reference))
    if isinstance(reference, nn.TransformerEncoder):
        return reference(x, mask=pairs, src_key_padding_mask=padding)
    return reference(x, src_mask=pairs, src_key_padding_mask=padding)


def call_decoder(reference, x, memory, mask=None, memory_mask=None):
    """Call a decoder or one of its layers."""
    heads = heads_of(reference)
    (pairs, padding), (memory_pairs, memory_padding) = masks(mask, heads), masks(memory_mask, heads)
    return reference(
        x,
        memory,
        tgt_mask=pairs,
        tgt_key_padding_mask=padding,
        memory_mask=memory_pairs,
        memory_key_padding_mask=memory_padding,
    )


def heads_of(reference):
    """The number of heads of a layer, or of the layers of a stack."""
    layer = reference.layers[0] if hasattr(reference, "layers") else reference
    return layer.self_attn.num_heads
