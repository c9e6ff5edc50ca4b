"""What the client asks the control plane to make."""

from headrace._wire.flow_runs import FlowRunCreate
from headrace._wire.flows import FlowCreate
from headrace._wire.logs import LogCreate
from headrace._wire.states import StateCreate

__all__ = ["FlowCreate", "FlowRunCreate", "LogCreate", "StateCreate"]
