"""The command line, resumption, and the stored adapter; weights of GPT-2; what is public."""

import json

import ectype_lora
import pytest
import torch
from ectype.experiments import Run
from ectype_lora import train, training
from ectype_lora.adapter_weights import load_adapter
from ectype_lora.decoder import Decoder, DecoderSettings
from ectype_lora.gpt2_weights import from_gpt2
from ectype_lora.injection import adapt
from ectype_lora.low_rank_linear import LowRankLinear
from safetensors.torch import load_file, save_file


def test_a_run_prints_its_metrics_and_stores_the_adapter(tmp_path, capsys):
    assert train.main(["e2e", "--out", str(tmp_path / "run"), "--steps", "3"]) == 0
    printed = capsys.readouterr()
    assert [line.split(":")[0] for line in printed.out.splitlines()] == [
        "perplexity before",
        "perplexity after",
        "trained",
    ]
    # two layers, two matrices, two factors of 32 x 4
    assert printed.out.splitlines()[-1] == "trained: 1024.0000"
    assert "step 3 of 3" in printed.err
    model = training.pretrained(None, "medium", 0)
    adapt(model, ["query", "value"], lambda layer: LowRankLinear.around(layer, 4, 32.0))
    load_adapter(model, tmp_path / "run" / "adapter.safetensors")


def test_a_run_that_was_interrupted_ends_alike(tmp_path):
    def finish(folder):
        with Run(tmp_path / folder, seed=1, patience=0.0) as run:
            training.adapt_to_task(run, "dart", None, "medium", None, 6)
        return load_file(tmp_path / folder / "adapter.safetensors")

    whole = finish("whole")
    with Run(tmp_path / "stopped", seed=1, patience=0.0) as run:
        task = training.generated_task(5000, 3, seed=1)
        run.uses(tokens=task.tokens, targets=task.targets)
        model = training.pretrained(None, "medium", 1)
        adaptation = training.Adaptation(model, training.TABLE_11["dart"], task, seed=1)
        for step in run.steps(6, adaptation=adaptation):
            adaptation.step()
            if step == 4:
                break
    again = finish("stopped")
    assert whole.keys() == again.keys()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_gpt2_is_adapted_to_a_file_of_the_official_code(tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers")
    settings = DecoderSettings(d_model=8, layers=2, heads=2, vocabulary=11, context=12)
    monkeypatch.setattr(training, "GPT2_LARGE", settings)
    sizes = {"n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 12, "vocab_size": 11}
    gpt2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes)).eval()
    state = {name: value.clone() for name, value in gpt2.state_dict().items() if name != "lm_head.weight"}
    save_file(state, tmp_path / "gpt2.safetensors")
    lines = [json.dumps({"context": [1, 2, 3], "completion": [n, n + 1]}) for n in range(8)]
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    model = training.pretrained(tmp_path / "gpt2.safetensors", "large", 0)
    tokens = torch.arange(10).view(2, 5)
    torch.testing.assert_close(model(tokens), gpt2(tokens).logits)
    arguments = ["e2e", "--model", str(tmp_path / "gpt2.safetensors"), "--size", "large"]
    arguments += ["--data", str(tmp_path / "train.jsonl"), "--steps", "0", "--out", str(tmp_path / "run")]
    assert train.main(arguments) == 0


def test_names_with_and_without_prefix_are_those_of_the_decoder():
    settings = DecoderSettings(d_model=4, layers=1, heads=1, vocabulary=3, context=2)
    with pytest.raises(ValueError, match=r"a GPT-2 of 1 layers are needed; received none called 'wte.weight'"):
        from_gpt2({}, settings)
    shapes = {"wte.weight": (3, 4), "wpe.weight": (2, 4), "ln_f.weight": (4,), "ln_f.bias": (4,)}
    for name, size in {"ln_1": 4, "ln_2": 4}.items():
        shapes |= {f"h.0.{name}.{part}": (size,) for part in ("weight", "bias")}
    for name, (rows, columns) in {
        "attn.c_attn": (4, 12),
        "attn.c_proj": (4, 4),
        "mlp.c_fc": (4, 16),
        "mlp.c_proj": (16, 4),
    }.items():
        shapes |= {f"h.0.{name}.weight": (rows, columns), f"h.0.{name}.bias": (columns,)}
    plain = {name: torch.randn(shape) for name, shape in shapes.items()}
    state = from_gpt2(plain, settings)
    prefixed = from_gpt2({f"transformer.{name}": value for name, value in plain.items()}, settings)
    Decoder(settings).load_state_dict(state)
    assert all(torch.equal(state[name], prefixed[name]) for name in state)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [(["--seed", "-1"], "-1"), (["--data", "nowhere.jsonl"], "nowhere.jsonl"), (["--model", "nowhere"], "nowhere")],
)
def test_errors_name_what_was_received(arguments, received, tmp_path, capsys):
    assert train.main(["e2e", "--out", str(tmp_path / "run"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert received in error


def test_the_command_line_offers_the_tasks_of_table_11():
    assert tuple(ectype_lora.TABLE_11) == train.TASKS


def test_what_is_public_is_what_is_listed():
    assert sorted(ectype_lora.__all__, key=str.swapcase) == sorted(set(ectype_lora.__all__), key=str.swapcase)
    assert all(hasattr(ectype_lora, name) for name in ectype_lora.__all__)
