"""Declaring experiments and the claims that rest on them; a ``Paper`` has these methods."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ectype.declarations import Better, Claim, Disagreement, Experiment, Place, Target, Trained, Variant, kebab
from ectype.errors import Problem
from ectype.needs import listed

if TYPE_CHECKING:
    from ectype.locators import Locator

T = TypeVar("T")


class Experiments:
    """The part of a ``Paper`` that declares what is trained or sampled."""

    __slots__ = ()

    experiments: list[Experiment]
    claims: list[Claim]
    _locator: Callable[[str, Place], Locator]
    _target: Callable[[Any, int | None, Place], Target | None]
    _problem: Callable[..., None]

    def experiment(
        self,
        function: Callable[..., Mapping[str, float]],
        *,
        variants: Mapping[str, Mapping[str, Any]] | None = None,
        minutes: float | Mapping[str, float],
        novel: str | Sequence[str] = (),
        needs: str | Sequence[str] = (),
        id: str | None = None,
    ) -> Experiment:
        """Declare a trained or sampled measurement.

        Args:
            function: takes a ``Run``, then the arguments of a variant by name, and returns metrics by name, in the units of
                the claims. Evidence expires with its module and what that imports: it should not stand in ``claims``.
            variants: names with keyword arguments; controls are variants too. Without, there is one, called ``default``.
            minutes: what a run takes on one core, of all variants or of each.
            novel: variants that execute the paper's novel component; only these count for the mark *reproduced*.
            needs: modules that must be importable; without them it is "not run".
            id: its name; by default the name of the function, without a leading ``train_``.

        Returns:
            The experiment; ``experiment["variant"]`` is what claims name.
        """
        place = Place.of_caller()
        made = dict(variants) if variants is not None else {"default": {}}
        names = (novel,) if isinstance(novel, str) else tuple(novel)
        durations = dict(minutes) if isinstance(minutes, Mapping) else dict.fromkeys(made, float(minutes))
        name = id or kebab(getattr(function, "__name__", "experiment").removeprefix("train_"))
        experiment = Experiment(name, function, made, durations, names, listed(needs), place)
        if not made:
            self._problem(place, f"at least one variant of {name}", "none")
        if unknown := sorted({*names, *durations} - made.keys()):
            self._problem(place, f"novel= and minutes= of variants of {name} ({', '.join(made)})", ", ".join(unknown))
        if missing := sorted(made.keys() - durations.keys()):
            self._problem(place, f"minutes= for every variant of {name}", f"none for {', '.join(missing)}")
        if wrong := {key: value for key, value in durations.items() if not value > 0}:
            self._problem(place, f"minutes= of {name} above 0", repr(wrong))
        for variant, arguments in made.items():
            self._check_call(experiment, variant, arguments)
        self.experiments.append(experiment)
        return experiment

    def empirical(
        self,
        locator: str,
        text: str,
        *,
        of: Experiment | Variant | Mapping[str, Variant],
        metric: str | Mapping[str, str],
        printed: str | Target | Mapping[str, str | Target],
        seeds: int | Mapping[str, int],
        margin: float | Mapping[str, float],
        because: str,
        control: Variant | Mapping[str, Variant],
        sd: float | Mapping[str, float] | None = None,
        sd_from: str = "",
        better: Better = "",
        resolution: float = 0.0,
        per: Variant | None = None,
        replays: bool = False,
        under: Disagreement | None = None,
        unit: str = "",
        data: str = "",
        headline: bool = False,
        id: str | None = None,
        runs: int | None = None,
    ) -> None:
        """Declare published numbers that are the mean of a metric over seeds.

        Args:
            locator: where the number is printed.
            text: what it is, in one line.
            of: the variant that gives it; where ``printed`` has rows, a variant a row, or the experiment whose variants are
                called as the rows.
            metric: the name of a metric, in the unit of the printed digits; with ``under``, one for each reading.
            printed: the digits as printed, a ``Target``, or one a row.
            seeds: how many runs, of seeds 0, 1, ...; fixed before the first one.
            margin: how far from the target still counts as the same: from the printed digits, the paper's own deviation
                over seeds, or half the gap to the nearest row; never from our spread.
            because: where the margin comes from.
            control: a trivial or broken rival that must fail the claim.
            sd: supposed deviation over seeds; with it, ``ectype power`` says how many runs the margin needs.
            sd_from: where that comes from: the paper, or a pilot on other seeds.
            better: ``"higher"`` or ``"lower"``, where the claim says which.
            resolution: smallest step of the metric, such as 0.1 for per cent of 1,000 samples.
            per: the variant that the metric is divided by, seed by seed.
            replays: whether seeds and random streams are the authors' own; then their digits are *replayed*, which is less
                than *reproduced*.
            under: the disagreement whose readings the metrics belong to.
            unit: the unit of the printed digits.
            data: the data set behind it.
            headline: whether it is one of the results the paper stands for.
            id: its name; by default the words of the text. Rows are appended.
            runs: how many runs stand behind the published number.
        """
        place = Place.of_caller()
        where, name = self._locator(locator, place), id or kebab(text)
        metrics: dict[str | None, str] = {None: metric} if isinstance(metric, str) else dict([*metric.items()])
        if isinstance(metric, str) != (under is None):
            self._problem(
                place, f"a metric for each reading of under= ({name})", f"metric={metric!r}, under={under and under.id}"
            )
        if sd is not None and not sd_from.strip():
            self._problem(place, f"sd_from= with the source of the supposed deviation ({name})", "an empty text")
        if not because.strip():
            self._problem(place, f"because= with the source of the margin ({name})", "an empty text")
        rows: Mapping[str | None, str | Target] = printed if isinstance(printed, Mapping) else {None: printed}  # type: ignore[assignment]
        if not rows:
            self._problem(place, f"printed digits of {name}", "none")
        for row, value in rows.items():
            target = self._target(value, runs, place)
            variant = self._variant(of, row, name, place)
            rival = self._variant(control, row, name, place) if isinstance(control, Mapping) else control
            if target is None or variant is None or rival is None:
                continue
            trained = Trained(
                of=(variant,),
                metric=metrics,
                seeds=_of_row(seeds, row, 0),
                margin=_of_row(margin, row, 0.0),
                sd=None if sd is None else _of_row(sd, row, 0.0),
                sd_from=sd_from,
                better=better,
                resolution=resolution,
                per=per,
                control=rival,
                replays=replays,
            )
            said = text if row is None else f"{text}: {row}"
            id_of_row = name if row is None else f"{name}-{kebab(row)}"
            self._check_trained(id_of_row, trained, place)
            self.claims.append(
                Claim(
                    id_of_row,
                    where,
                    said,
                    target,
                    unit,
                    data,
                    headline,
                    place,
                    row,
                    under,
                    because=because,
                    trained=trained,
                )
            )

    def order(
        self,
        locator: str,
        text: str,
        *,
        of: Sequence[Variant],
        metric: str,
        seeds: int,
        paired: bool = False,
        resolution: float = 0.0,
        data: str = "",
        headline: bool = False,
        id: str | None = None,
    ) -> None:
        """Declare that the mean of a metric is larger for each variant than for the next one.

        Args:
            locator: where the paper says so.
            text: what is ordered, in one line.
            of: at least two variants, from the largest value to the smallest as claimed.
            metric: the name of a metric.
            seeds: how many runs of each, of seeds 0, 1, ...; fixed before the first one.
            paired: whether runs of one seed share what the seed draws, so that differences are taken seed by seed.
            resolution: smallest step of the metric.
            data: the data set behind it.
            headline: whether it is one of the results the paper stands for.
            id: its name; by default the words of the text.
        """
        place = Place.of_caller()
        where, name = self._locator(locator, place), id or kebab(text)
        trained = Trained(of=tuple(of), metric={None: metric}, seeds=seeds, paired=paired, resolution=resolution)
        if len(trained.of) < 2:
            self._problem(place, f"an order of two variants or more ({name})", str(len(trained.of)))
            return
        self._check_trained(name, trained, place)
        self.claims.append(Claim(name, where, text, None, "", data, headline, place, trained=trained))

    def _variant(self, of: Any, row: str | None, name: str, place: Place) -> Variant | None:
        """Return the variant of a row."""
        found = of.get(row) if isinstance(of, Mapping) else of
        if isinstance(found, Experiment) and (row or "default") in found.variants:
            found = found[row or "default"]
        if isinstance(found, Variant):
            return found
        known = (
            ", ".join(of.variants) if isinstance(of, Experiment) else ", ".join(of) if isinstance(of, Mapping) else ""
        )
        self._problem(
            place, f"a variant for {f'row {row!r} of ' if row else ''}{name}", known or repr(of), "Name it in of="
        )
        return None

    def _check_trained(self, name: str, trained: Trained, place: Place) -> None:
        if trained.seeds < 2:
            self._problem(place, f"at least two seeds for {name}; one run has no interval", str(trained.seeds))
        if trained.margin is not None and not trained.margin > 0:
            self._problem(place, f"a margin above 0 for {name}", str(trained.margin))
        if trained.sd is not None and not trained.sd > 0:
            self._problem(place, f"sd= above 0 for {name}", str(trained.sd))
        if trained.control is not None and any(str(trained.control) == str(variant) for variant in trained.of):
            self._problem(place, f"a control of {name} that is another variant", str(trained.control))
        for variant in trained.variants:
            if variant.experiment not in self.experiments:
                self._problem(place, f"variants of experiments of this paper for {name}", str(variant))

    def _check_call(self, experiment: Experiment, variant: str, arguments: Mapping[str, Any]) -> None:
        try:
            json.dumps(arguments, allow_nan=False)
        except (TypeError, ValueError) as error:
            expected = f"plain values as arguments of {experiment.id}/{variant}, which evidence records"
            self._problem(experiment.place, expected, str(error))
        try:
            inspect.signature(experiment.function).bind(None, **arguments)
        except TypeError as error:
            expected = f"arguments of {experiment.id}/{variant} that its function takes after the run"
            self._problem(experiment.place, expected, str(error))


def problems_of(claims: Sequence[Claim]) -> list[Problem]:
    """Return what is wrong with trained claims that only all declarations together show."""
    found = []
    for claim in claims:
        if claim.trained is None or claim.under is None:
            continue
        known = claim.under.readings
        if unknown := [str(reading) for reading in claim.trained.metric if reading not in known]:
            expected = f"metrics of {claim.id} for readings of {claim.under.id} ({', '.join(known)})"
            found.append(Problem(claim.place.file, claim.place.line, expected, ", ".join(unknown)))
    return found


def _of_row(value: T | Mapping[str, T], row: str | None, absent: T) -> T:
    if not isinstance(value, Mapping):
        return value
    return value.get(row or "", absent)
