"""How many parameters each method trains (section 5.1)."""


def lora_parameters(d_model: int, matrices: int, r: int) -> int:
    r"""Count the trained parameters of LoRA.

    $$|\Theta| = 2 \hat L_{LoRA} d_{model} r$$

    Args:
        d_model: size of the rows and columns of an adapted matrix.
        matrices: number of adapted matrices.
        r: rank.

    Returns:
        The number of parameters.

    Source: section 5.1.
    """
    # Sec. 5.1: |Theta| = 2 L_LoRA d_model r
    return 2 * matrices * d_model * r


def adapter_layer_parameters(d_model: int, adapters: int, r: int, layer_norms: int = 0) -> int:
    r"""Count the trained parameters of adapter layers, two dense layers with biases around a bottleneck.

    $$|\Theta| = \hat L_{Adpt} (2 d_{model} r + r + d_{model}) + 2 \hat L_{LN} d_{model}$$

    Args:
        d_model: width of the model.
        adapters: number of adapter layers.
        r: width of the bottleneck.
        layer_norms: number of trained LayerNorms.

    Returns:
        The number of parameters.

    Source: section 5.1.
    """
    # Sec. 5.1: |Theta| = L_Adpt (2 d_model r + r + d_model) + 2 L_LN d_model
    return adapters * (2 * d_model * r + r + d_model) + 2 * layer_norms * d_model


def prefix_embedding_parameters(d_model: int, prefix: int, infix: int) -> int:
    r"""Count the trained parameters of prefix-embedding tuning.

    $$|\Theta| = d_{model} (l_p + l_i)$$

    Args:
        d_model: width of the model.
        prefix: number of tokens before the prompt.
        infix: number of tokens after it.

    Returns:
        The number of parameters.

    Source: section 5.1.
    """
    # Sec. 5.1: |Theta| = d_model (l_p + l_i)
    return d_model * (prefix + infix)


def prefix_layer_parameters(d_model: int, prefix: int, infix: int, layers: int) -> int:
    r"""Count the trained parameters of prefix-layer tuning.

    $$|\Theta| = L d_{model} (l_p + l_i)$$

    Args:
        d_model: width of the model.
        prefix: number of tokens before the prompt.
        infix: number of tokens after it.
        layers: number of Transformer layers.

    Returns:
        The number of parameters.

    Source: section 5.1.
    """
    # Sec. 5.1: |Theta| = L d_model (l_p + l_i)
    return layers * d_model * (prefix + infix)
