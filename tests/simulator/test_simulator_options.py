"""Options come from JSON; a wrong one is named, with what it can be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batch_scheduler.simulator import Options, OptionsError, main
from batch_scheduler.simulator.options import options_from


def test_options_survive_json() -> None:
    options = Options(
        latency=0.05,
        down_between=(1, 2),
        faults={"reset_after": 0.25},
        fault_script=("409", None),
        token_expires_after=3,
    )
    assert options_from(json.loads(options.as_json())) == options
    assert options_from({}) == Options()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"latncy": 1}, "'latncy'; known: port, seed"),
        ({"reset_after": 0.1}, "put it into faults"),
        ({"latency": "fast"}, "latency can't be 'fast'; it is float"),
        ({"latency": True}, "latency can't be True"),
        ({"latency": -1}, "latency can't be negative"),
        ({"strict": 1}, "strict can't be 1; it is bool"),
        ({"seed": None}, "seed can't be None"),
        ({"id_case": "camel"}, "'lower', 'upper', 'mixed'"),
        ({"down_between": [1]}, "down_between can't be [1]"),
        ({"faults": {"reset": 0.1}}, "'reset'; known: 429"),
        ({"faults": {"409": 2}}, "between 0 and 1"),
        ({"faults": {"409": 0.6, "429": 0.6}}, "sum to 1"),
        ({"faults": ["409"]}, "faults can't be ['409']"),
        ({"fault_script": ["oops"]}, "'oops'; known: 429"),
        ({"rate_limit": 0}, "more than 0"),
        ([], "a JSON object"),
    ],
)
def test_a_wrong_option_is_refused_with_what_it_can_be(values: Any, says: str) -> None:
    with pytest.raises(OptionsError) as error:
        options_from(values)
    assert says in str(error.value)


@pytest.mark.parametrize("argv", [["--options", "[]"], ["--options", '{"x": 1}'], ["--port", "-1"]])
def test_the_command_says_what_is_wrong(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("batch-scheduler simulate: ")


def test_the_help_names_every_option_and_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for name in [*json.loads(Options().as_json()), "effect_after_reset", "half_answer"]:
        assert name in shown
