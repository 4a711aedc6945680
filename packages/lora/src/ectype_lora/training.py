"""A whole adaptation: model, task, training, and the adapter as it is stored (section 5.4)."""

from pathlib import Path

import torch
from ectype.experiments import Run
from safetensors.torch import load_file

from ectype_lora.adaptation import Adaptation, perplexity
from ectype_lora.adapter_weights import save_adapter
from ectype_lora.decoder import Decoder, DecoderSettings
from ectype_lora.gpt2_weights import from_gpt2
from ectype_lora.presets import GPT2_LARGE, GPT2_MEDIUM, TABLE_11
from ectype_lora.token_task import generated_task, read_task

DEMONSTRATION = DecoderSettings(d_model=32, layers=2, heads=2, vocabulary=16, context=16)


def pretrained(weights: Path | None, size: str, seed: int) -> Decoder:
    """Get the model that is adapted.

    Args:
        weights: GPT-2 in safetensors; None for a tiny decoder with random weights.
        size: "medium" or "large".
        seed: seed of random weights.

    Returns:
        The model.

    Raises:
        ValueError: the weights are not those of this model.
    """
    if weights is None:
        torch.manual_seed(seed)
        return Decoder(DEMONSTRATION)
    settings = {"medium": GPT2_MEDIUM, "large": GPT2_LARGE}[size]
    with torch.device("meta"):
        model = Decoder(settings)
    model.load_state_dict(from_gpt2(load_file(weights), settings), assign=True)
    return model


def adapt_to_task(
    run: Run, task: str, weights: Path | None, size: str, data: Path | None, steps: int | None
) -> dict[str, float]:
    """Adapt a model to a task with the settings of Table 11, and store the adapter beside the run.

    Args:
        run: counts the steps, keeps checkpoints, gives seed and device.
        task: "e2e", "webnlg" or "dart".
        weights: of GPT-2, in safetensors; None for a tiny decoder.
        size: "medium" or "large".
        data: JSON lines of the official code; None for a generated task.
        steps: optimizer steps; None for all epochs.

    Returns:
        Perplexity of the answers before and after, and the number of trained parameters.

    Raises:
        ValueError: weights or data are not what they should be.
    """
    model = pretrained(weights, size, run.seed).to(run.device)
    examples = generated_task(5000, 3, seed=run.seed) if data is None else read_task(data)
    run.uses(tokens=examples.tokens, targets=examples.targets)
    before = perplexity(model, examples)
    adaptation = Adaptation(model, TABLE_11[task], examples, seed=run.seed)
    every = max(1, adaptation.steps // 100)
    for step in run.steps(adaptation.steps if steps is None else steps, adaptation=adaptation):
        loss = adaptation.step()
        if step % every == 0:
            run.log(step, loss=loss.item())
    save_adapter(model, run.folder / "adapter.safetensors")
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return {"perplexity before": before, "perplexity after": perplexity(model, examples), "trained": float(trained)}
