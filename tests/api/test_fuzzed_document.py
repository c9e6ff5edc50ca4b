"""Whatever fits the OpenAPI document, and what does not, is answered below 500, and as the document says.

Schemathesis makes the requests out of the document; ids that it makes up are those of nothing, so half of the requests
get ids of what is there.
"""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from headrace._wire.routes import BY_NAME, ROUTES, Route
from headrace.server.api.document import openapi

schemathesis = pytest.importorskip("schemathesis", reason="`make install` brings schemathesis")
requests = pytest.importorskip("requests")

from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.generation import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SEED = 20_261_123
ASKED = [route for route in ROUTES if route.media == "json"]
UNPARAMETERIZED = {route.name for route in ASKED if route.request is route.query is None and "{" not in route.path}


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_dict(openapi())


class Known:
    """Something of each kind, newly made."""

    def __init__(self, api: str) -> None:
        with httpx.Client(base_url=api, timeout=60) as client:

            def made(route: str, body: dict[str, Any]) -> str:
                answer = client.request(BY_NAME[route].method, BY_NAME[route].path, json=body)
                assert answer.is_success
                return answer.json()["id"]

            self.flow_id = made("create_flow", {"name": "fuzzed"})
            self.run_id = made("create_flow_run", {"flow_id": self.flow_id, "state": {"type": "RUNNING"}})
            keys = {"task_key": "t", "dynamic_key": self.run_id}
            self._ids = {
                "flows": self.flow_id,
                "flow_runs": self.run_id,
                "task_runs": made("create_task_run", {"flow_run_id": self.run_id, **keys}),
                "saved_searches": made("create_saved_search", {"name": "fuzzed"}),
            }

    def aim(self, case: Any, route: Route) -> None:
        """Has a request speak of what there is."""
        kind = route.path.removeprefix("/ui").split("/")[1]
        if "id" in (case.path_parameters or {}) and kind in self._ids:
            case.path_parameters["id"] = self._ids[kind]
        if isinstance(case.body, dict):
            case.body |= {name: self.flow_id for name in ("flow_id",) if name in case.body}
        if route.name == "create_events" and isinstance(case.body, list):
            for event in filter(lambda one: isinstance(one, dict), case.body):
                related = event.get("related")
                for resource in (event.get("resource"), *(related if isinstance(related, list) else ())):
                    if isinstance(resource, dict):
                        resource |= {"prefect.resource.id": "r", "prefect.resource.role": "x"}


def fuzz(api: str, schema: Any, route: Route, examples: int) -> None:
    """Asks a route so many times, half of them by what the document does not allow."""
    known = Known(api)
    operation = schema[route.path][route.method]
    modes = [GenerationMode.POSITIVE]
    if route.name not in UNPARAMETERIZED and route.name != "read_flow_by_name":  # any text is a name
        modes.append(GenerationMode.NEGATIVE)
    with requests.Session() as session:
        for mode in modes:

            @seed(SEED)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(generation_mode=mode), st.booleans())
            def ask(case: Any, is_aimed: bool) -> None:
                if is_aimed:
                    known.aim(case, route)
                response = case.call(base_url=api, session=session)
                case.validate_response(response, checks=CHECKS)

            ask()
    assert httpx.get(f"{api}/ready").status_code == 200


@pytest.mark.parametrize("route", ASKED, ids=[route.name for route in ASKED])
def test_any_request_is_answered_as_the_document_says(api: str, schema: Any, route: Route) -> None:
    fuzz(api, schema, route, 8)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("route", ASKED, ids=[route.name for route in ASKED])
def test_very_many_requests_are_answered_as_the_document_says(api: str, schema: Any, route: Route) -> None:
    fuzz(api, schema, route, 250)
