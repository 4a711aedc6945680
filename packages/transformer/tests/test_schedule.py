import pytest
import torch
from ectype_transformer.schedule import warmup_rate, warmup_schedule


def test_rate_rises_linearly_then_falls_as_the_inverse_root():
    peak = warmup_rate(4000, 512)
    assert peak == pytest.approx((512 * 4000) ** -0.5)
    assert warmup_rate(1000, 512) == pytest.approx(peak / 4)
    assert warmup_rate(16_000, 512) == pytest.approx(peak / 2)
    assert max(range(1, 10_001), key=lambda step: warmup_rate(step, 512)) == 4000


def test_optimizer_runs_step_n_at_the_rate_of_step_n():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = warmup_schedule(optimizer, 512, warmup=3)
    used = []
    for _ in range(6):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert used == [warmup_rate(step, 512, 3) for step in range(1, 7)]


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: warmup_rate(0, 512), "step=0"),
        (lambda: warmup_rate(1, 512, 0), "warmup=0"),
        (lambda: warmup_schedule(torch.optim.SGD([torch.zeros(1)], lr=0.1), 512), r"lr=\[0.1\]"),
    ],
)
def test_errors_name_what_was_received(call, received):
    with pytest.raises(ValueError, match=received):
        call()
