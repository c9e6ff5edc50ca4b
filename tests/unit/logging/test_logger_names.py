"""A logger that code written for Prefect names as Prefect does is ours."""

import logging

import pytest

from headrace.logging import LogEavesdropper
from headrace.logging.loggers import disable_logger


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("prefect.flow_runs", "headrace.flow_runs"),
        ("prefect", "headrace"),
        ("headrace.task_runs", "headrace.task_runs"),
        ("prefect_aws", "prefect_aws"),
        ("my.prefect", "my.prefect"),
    ],
)
def test_loggers_by_the_names_of_prefect_are_ours(given: str, own: str) -> None:
    with disable_logger(given):
        assert logging.getLogger(own).disabled
    assert not logging.getLogger(own).disabled
    assert LogEavesdropper(given).eavesdrop_on == own
