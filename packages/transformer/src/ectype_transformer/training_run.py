"""A run of the training procedure in a folder: data, checkpoints, metrics, and the model at the end."""

import math
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from ectype.errors import EctypeError, UsageError

from ectype_transformer.beam_search import translate
from ectype_transformer.checkpoints import average_checkpoints, write_model
from ectype_transformer.evaluation import cross_entropy, exact_match
from ectype_transformer.extras import require
from ectype_transformer.parallel_text import WMT14
from ectype_transformer.presets import BIG, SEARCH, Preset
from ectype_transformer.progress import Progress
from ectype_transformer.run_folder import RunFolder
from ectype_transformer.tasks import Task, load_task, prepare
from ectype_transformer.token_pairs import END, START
from ectype_transformer.training import Training, initial_model
from ectype_transformer.transformer import Transformer

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSettings:
    """What determines the weights at the end of a run, and what it leaves on the way.

    Raises:
        ValueError: a number is out of range; the text names all of them.
    """

    data: str
    """Name of the data (see `tasks.PRESETS`)."""
    preset: Preset
    """Model and training."""
    seed: int = 0
    """Seed of weights, batches and dropout."""
    parts: int = 1
    """In how many parts a batch is computed."""
    mixed_precision: str = "no"
    """no, bf16 or fp16."""
    checkpoint_every: int = 1500
    """Steps from checkpoint to checkpoint."""
    report_every: int = 50
    """Steps from report to report."""

    def __post_init__(self) -> None:
        numbers = {name: getattr(self, name) for name in ("parts", "checkpoint_every", "report_every")}
        numbers |= {name: getattr(self.preset.training, name) for name in ("steps", "warmup", "target_tokens")}
        if wrong := ", ".join(f"{name}={value}" for name, value in numbers.items() if value < 1):
            raise ValueError(f"steps and other counts must be at least 1; received {wrong}")


def checkpoint_interval(data: str, preset: Preset) -> int:
    """Count the steps from checkpoint to checkpoint, as in the paper.

    Args:
        data: name of the data.
        preset: model and training.

    Returns:
        For WMT the steps that the authors' machine did in the time between checkpoints (the rows of Table 3 other than big
        count as base), else a tenth of all steps.

    Source: sections 5.2 and 6.1.
    """
    if not data.startswith("wmt14"):
        return max(1, preset.training.steps // 10)
    # Sec. 5.2: a step of the base model took 0.4 seconds, one of the big models 1.0 seconds
    seconds = 1.0 if preset.model.d_model == BIG.model.d_model and preset.model.d_ff == BIG.model.d_ff else 0.4
    # Sec. 6.1: checkpoints were written at 10-minute intervals
    return round(60 * preset.training.checkpoint_minutes / seconds)


def train(
    settings: RunSettings, folder: Path, *, resume: bool = False, cpu: bool = False, wmt14_path: str | None = None
) -> Transformer:
    """Train a model, or go on training it.

    The folder gets `run.json`, `data/`, `metrics.jsonl`, `weights/step-*.safetensors` (as many as are averaged),
    `state.safetensors` (all that a resumed run needs), and at the end `model.safetensors` and `averaged.safetensors`.

    Args:
        settings: what to do.
        folder: where to.
        resume: go on with the run in the folder, if there is one.
        cpu: use the CPU even if there is another device.
        wmt14_path: see `parallel_text.wmt14`.

    Returns:
        The model after the last step.

    Raises:
        UsageError: the folder holds another run, a library is missing, or the data cannot be loaded.
        EctypeError: the loss is not finite any more.
    """
    accelerator = _accelerator(settings.mixed_precision, cpu)
    files = RunFolder(folder)
    if accelerator.is_main_process:
        environment = {
            "processes": accelerator.num_processes,
            "device": accelerator.device.type,
            "threads": torch.get_num_threads(),
            "torch": str(torch.__version__),
        }
        for note in files.claim(asdict(settings), environment, resume=resume):
            print(note)
        size = settings.preset.model.vocabulary
        prepare(settings.data, files.data, vocabulary=size, seed=settings.seed, wmt14_path=wmt14_path or WMT14)
    accelerator.wait_for_everyone()
    task = load_task(settings.data, files.data)
    model = initial_model(replace(settings.preset.model, vocabulary=task.vocabulary), settings.seed)
    training = Training(
        model,
        settings.preset.training,
        task.train,
        accelerator,
        seed=settings.seed,
        parts=settings.parts,
    )
    if files.state.exists():
        training.load(files.state)
        if training.done >= settings.preset.training.steps and files.averaged.exists():
            return model
    with Progress(
        files.metrics, settings.preset.training.steps, done=training.done, visible=accelerator.is_main_process
    ) as progress:
        _steps(settings, files, training, task, progress)
        if accelerator.is_main_process:
            _finish(settings, files, training, task, progress)
    accelerator.end_training()
    return model


def _steps(settings: RunSettings, files: RunFolder, training: Training, task: Task, progress: Progress) -> None:
    accelerator, last = training.accelerator, settings.preset.training.steps
    while training.done < last:
        step = training.step()
        progress.advance(step.number, step.source_tokens + step.target_tokens)
        if step.number % settings.report_every == 0 or step.number == last:
            loss = float(accelerator.reduce(step.loss, "sum"))
            if not math.isfinite(loss):
                raise EctypeError(
                    f"the loss must be finite; received {loss} at step {step.number}. Use bf16 instead of fp16, or a longer "
                    "warm-up for lower learning rates"
                )
            progress.report_step(step.number, loss, step.rate)
        if accelerator.is_main_process and (step.number % settings.checkpoint_every == 0 or step.number == last):
            loss = cross_entropy(training.model, task.held_out)
            progress.report(step.number, held_out_loss=loss, perplexity=math.exp(loss))
            progress.say(f"step {step.number}/{last}  held out: loss {loss:.4f}, perplexity {math.exp(loss):.2f}")
            files.checkpoint(training, keep=settings.preset.training.averaged_checkpoints)


def _finish(settings: RunSettings, files: RunFolder, training: Training, task: Task, progress: Progress) -> None:
    write_model(files.model, training.model, training.done)
    progress.say(f"model: {files.model}")
    # Sec. 6.1: the last checkpoints are averaged
    average = Transformer(training.model.settings).to(training.accelerator.device)
    average.load_state_dict(average_checkpoints(files.weights()))
    write_model(files.averaged, average, training.done)
    progress.say(
        f"average of the last {len(files.weights())} checkpoints: {files.averaged}, "
        f"held-out loss {cross_entropy(average, task.held_out):.4f}"
    )
    if not settings.data.startswith("wmt14"):
        matches = exact_match(average, task.held_out, search=replace(SEARCH, beam=1))
        progress.report(training.done, averaged_exact_match=matches)
        progress.say(f"by greedy decoding it gets {matches:.1%} of the held-out targets exactly")
    examples = torch.arange(min(3, len(task.held_out)))
    batch = task.held_out.batch(examples).to(training.accelerator.device)
    outputs, _ = translate(average.eval(), batch.source, start=START, end=END, **asdict(SEARCH))
    for source, output, target in zip(batch.source.tolist(), outputs.tolist(), batch.target.tolist(), strict=True):
        progress.say(f"  {task.text(source)}  ->  {task.text(output)}  (held out: {task.text(target)})")


def _accelerator(mixed_precision: str, cpu: bool) -> "Accelerator":
    accelerate = require("accelerate")
    try:
        return accelerate.Accelerator(
            mixed_precision=mixed_precision,
            cpu=cpu,
            # The other processes wait while the first one downloads and tokenises the data.
            kwargs_handlers=[accelerate.InitProcessGroupKwargs(timeout=timedelta(hours=24))],
        )
    except ValueError as error:  # such as fp16 without a GPU
        raise UsageError(f"mixed precision {mixed_precision} must be possible here; received: {error}") from error
