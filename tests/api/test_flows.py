"""Flows, through every door."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from headrace.client.orchestration import SyncHeadraceClient
from headrace.client.schemas.filters import FlowFilter, FlowFilterId, FlowFilterName
from headrace.client.schemas.sorting import FlowSort
from headrace.exceptions import APIStatusError, ObjectNotFound
from tests.api.named import Named


def test_a_flow_is_made_once_and_known_from_then_on(client: SyncHeadraceClient) -> None:
    made = client.create_flow_from_name("load")
    assert client.create_flow_from_name("load") == made
    assert client.create_flow(Named("load")) == made
    assert client.read_flow(made).name == "load"
    assert client.read_flow_by_name("load").id == made


def test_a_flow_says_when_it_was_made(client: SyncHeadraceClient) -> None:
    flow = client.read_flow(client.create_flow_from_name("load"))
    assert flow.created is not None
    assert flow.updated == flow.created
    assert flow.created.utcoffset() is not None
    assert (flow.tags, flow.labels) == ([], {})


def test_a_flow_that_is_not_there_is_not_found(client: SyncHeadraceClient) -> None:
    missing = uuid4()
    with pytest.raises(ObjectNotFound, match=str(missing)) as raised:
        client.read_flow(missing)
    assert isinstance(raised.value.__cause__, APIStatusError)
    assert raised.value.__cause__.status_code == 404
    with pytest.raises(ObjectNotFound, match="'nobody'"):
        client.read_flow_by_name("nobody")


def test_a_name_with_characters_of_urls_is_read_by_name(client: SyncHeadraceClient) -> None:
    made = client.create_flow_from_name("año 2026? #1 (é)")
    assert client.read_flow_by_name("año 2026? #1 (é)").id == made


@pytest.mark.parametrize("name", ["a/b", "50%", "<x>", "a&b"])
def test_a_name_that_cannot_stand_in_a_path_is_refused(client: SyncHeadraceClient, name: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        client.create_flow_from_name(name)


def test_flows_are_filtered_sorted_and_paged(client: SyncHeadraceClient) -> None:
    ids = {name: client.create_flow_from_name(name) for name in ("extract", "transform", "load")}

    def names(**arguments: Any) -> list[str]:
        return [flow.name for flow in client.read_flows(**arguments)]

    assert names() == ["extract", "load", "transform"]
    assert names(sort=FlowSort.NAME_DESC) == ["transform", "load", "extract"]
    assert names(sort=FlowSort.CREATED_DESC) == ["load", "transform", "extract"]
    assert names(limit=1, offset=1) == ["load"]
    assert names(flow_filter=FlowFilter(name=FlowFilterName(like_="RA"))) == ["extract", "transform"]
    assert names(flow_filter=FlowFilter(id=FlowFilterId(any_=[ids["load"]]))) == ["load"]
    assert names(flow_filter=FlowFilter(id=FlowFilterId(not_any_=[ids["load"]]))) == ["extract", "transform"]


def test_no_more_than_a_page_is_given(client: SyncHeadraceClient) -> None:
    with pytest.raises(APIStatusError, match="must be less than or equal to 200") as raised:
        client.read_flows(limit=201)
    assert raised.value.status_code == 422
