from collections import Counter
from dataclasses import replace

import pytest
import torch
from ectype_transformer.presets import TABLE_3
from ectype_transformer.transformer import Transformer, TransformerSettings

SETTINGS = TransformerSettings(vocabulary=13, d_model=16, heads=2, layers=2, d_ff=32)
SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]])
TARGET = torch.tensor([[1, 9, 10], [1, 11, 12]])


def build(settings=SETTINGS):
    torch.manual_seed(0)
    return Transformer(settings).double().eval()


def count(settings):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in Transformer(settings).parameters())


def test_logits_of_a_prefix_do_not_depend_on_what_follows():
    model = build()
    whole = model(SOURCE, TARGET)
    for length in (1, 2):
        torch.testing.assert_close(model(SOURCE, TARGET[:, :length]), whole[:, :length], rtol=1e-12, atol=1e-12)


def test_padding_of_the_source_changes_nothing():
    model = build()
    torch.testing.assert_close(model(SOURCE[1:, :2], TARGET[1:]), model(SOURCE, TARGET)[1:], rtol=1e-12, atol=1e-12)


def test_encode_and_decode_are_the_two_halves_of_forward():
    model = build()
    mask = (SOURCE != 0).unsqueeze(1)
    assert model.decode(TARGET, model.encode(SOURCE), mask).equal(model(SOURCE, TARGET))


def test_one_matrix_embeds_both_sides_and_makes_the_logits():
    model = build()
    shapes = [name for name, parameter in model.named_parameters() if 13 in parameter.shape]
    assert shapes == ["embedding.weight"]
    tokens = torch.tensor([[5]])
    embedded = model.embedding(tokens, torch.zeros(1, 16, dtype=torch.float64))
    torch.testing.assert_close(embedded[0, 0], 4 * model.embedding.weight[5])
    torch.testing.assert_close(
        model.embedding.logits(embedded)[0, 0], 4 * model.embedding.weight @ model.embedding.weight[5]
    )


def test_dropout_acts_on_the_sums_and_on_every_sublayer_and_nowhere_else():
    model = build().train()
    calls = []
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.register_forward_hook(lambda *_, name=name: calls.append(name.split(".")[0]))
    model(SOURCE, TARGET)
    assert Counter(calls) == {"embedding": 2, "encoder": 2 * 2, "decoder": 2 * 3}


def test_learned_positions_are_two_tables_of_limited_length():
    learned = replace(SETTINGS, learned_positions=4)
    assert count(learned) - count(SETTINGS) == 2 * 4 * 16
    model = build(learned)
    assert model(SOURCE, TARGET).shape == (2, 3, 13)
    with pytest.raises(ValueError, match="4 positions cannot encode 5"):
        model(torch.ones(1, 5, dtype=torch.long), TARGET[:1])


def test_biases_add_their_number():
    attentions = 3 * SETTINGS.layers
    assert count(replace(SETTINGS, bias=True)) - count(SETTINGS) == attentions * 4 * SETTINGS.d_model


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_type_is_kept(dtype):
    assert build().to(dtype)(SOURCE, TARGET).dtype == dtype


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        ({"heads": 3}, "heads=3"),
        ({"d_model": 15, "heads": 5}, "received 15"),
        ({"layers": 0}, "layers must be at least 1; received 0"),
        ({"d_k": 0}, "d_k must be at least 1; received 0"),
        ({"dropout": 1.0}, "received 1.0"),
        ({"padding": 13}, "received 13"),
    ],
)
def test_settings_refuse_what_they_cannot_mean(settings, received):
    with pytest.raises(ValueError, match=received):
        replace(SETTINGS, **settings)


def test_settings_report_all_reasons_at_once():
    with pytest.raises(ValueError, match="layers must be at least 1; received 0; d_ff must be at least 1; received -1"):
        replace(SETTINGS, layers=0, d_ff=-1)


def test_presets_have_the_head_widths_that_table_3_prints():
    printed = {
        "base": (64, 64),
        "A-heads-1": (512, 512),
        "A-heads-4": (128, 128),
        "A-heads-16": (32, 32),
        "A-heads-32": (16, 16),
        "B-key-16": (16, 64),
        "B-key-32": (32, 64),
        "C-width-256": (32, 32),
        "C-width-1024": (128, 128),
    }
    widths = {name: (TABLE_3[name].model.key_width, TABLE_3[name].model.value_width) for name in printed}
    assert widths == printed
    assert len(TABLE_3) == 20
