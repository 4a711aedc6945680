"""What is maximised: the likelihood of the answers given their contexts (section 2)."""

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

CONTEXT = -100
"""The target where nothing is predicted: in the context, and in padding."""


def log_likelihood(
    logits: Float[Tensor, "batch length tokens"], targets: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    r"""Sum up how likely a model finds the answers.

    $$\sum_{(x, y) \in \mathcal Z} \sum_{t=1}^{|y|} \log P_\Phi(y_t \mid x, y_{<t})$$

    Args:
        logits: what the model gives at each position for the next token.
        targets: the next token, or `CONTEXT` where it belongs to the context x.

    Returns:
        The logarithm of the likelihood, in nats.

    Source: section 2, Eq. 1.
    """
    # Eq. 1: sum over (x, y) and t of log P(y_t | x, y_<t)
    return -F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=CONTEXT, reduction="sum")


def adapted_log_likelihood(
    model: nn.Module, tokens: Int[Tensor, "batch length"], targets: Int[Tensor, "batch length"]
) -> Float[Tensor, ""]:
    r"""Sum up how likely an adapted model finds the answers, as a function of the factors alone.

    $$\sum_{(x, y) \in \mathcal Z} \sum_{t=1}^{|y|} \log p_{\Phi_0 + \Delta\Phi(\Theta)}(y_t \mid x, y_{<t})$$

    Args:
        model: gives logits for tokens; of its parameters only factors of adapters are trained.
        tokens: contexts and answers.
        targets: the next token, or `CONTEXT` where it belongs to the context.

    Returns:
        The logarithm of the likelihood, in nats.

    Raises:
        ValueError: a parameter that is no factor is trained.

    Source: section 2, Eq. 2.
    """
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    if other := [name for name in trained if name.rpartition(".")[2] not in ("A", "B")]:
        raise ValueError(f"only factors of adapters may be trained: use adapt(model, ...); received {', '.join(other)}")
    # Eq. 2: the same with Phi_0 + Delta Phi(Theta), to be maximised over Theta
    return log_likelihood(model(tokens), targets)
