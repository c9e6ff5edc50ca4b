"""The doctor's decisions: from what was found to ok, warn or fail."""

import pytest

from headrace.cli.checks import check_journals, check_names, check_python
from headrace.journal import JournalInfo, JournalStatus


def journal(status: JournalStatus, records: int = 0) -> JournalInfo:
    return JournalInfo(journal_id=bytes(16), path=f"/home/journals/{status}", status=status, records=records)


@pytest.mark.parametrize(("version", "status"), [((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "warn")])
def test_a_python_beyond_those_that_are_tested_is_warned_of(version: tuple[int, int], status: str) -> None:
    assert check_python(version, "CPython").status == status


def test_variables_that_are_settings_or_of_others_are_well() -> None:
    environment = {"HEADRACE_HOME": "/h", "HEADRACE_TEST_CRASH_POINT": "x", "HOME": "/", "PREFECT_WHATEVER": "1"}
    assert check_names(environment, ["HEADRACE_HOME"]).status == "ok"


def test_a_variable_like_no_setting_is_to_be_unset() -> None:
    check = check_names({"HEADRACE_ZZZ": "1"}, ["HEADRACE_HOME"])
    assert (check.status, check.advice) == ("warn", "HEADRACE_ZZZ has no effect: unset it.")


@pytest.mark.parametrize(
    ("journals", "status", "finding"),
    [
        ([], "ok", "none"),
        ([journal("alive")], "ok", "1 journal, of running processes"),
        ([journal("alive"), journal("orphan", 2), journal("kept", 1)], "warn",
         "2 journals left by processes that are gone, 3 records to store"),
        ([journal("orphan"), journal("damaged")], "fail",
         "1 journal cannot be read in part: /home/journals/damaged"),
    ],
)  # fmt: skip
def test_journals_of_the_dead_are_warned_of_and_damaged_ones_fail(
    journals: list[JournalInfo], status: str, finding: str
) -> None:
    check = check_journals(journals)
    assert (check.status, check.finding) == (status, finding)
    assert (check.advice is None) is (status == "ok")
