from functools import partial

import prefect.states as states
from prefect.states import State, StateGroup, get_state_exception, is_state_iterable, raise_state_exception

NAMES = """Scheduled Late AwaitingRetry AwaitingConcurrencySlot Pending InfrastructurePending Submitting Running
Retrying Completed Failed Crashed Cancelling Cancelled Paused Suspended""".split()


def described(act):
    try:
        return repr(act())
    except Exception as error:
        return f"raises {type(error).__name__}"


if __name__ == "__main__":
    for name in NAMES:
        make = getattr(states, name)
        state = make(State, message="why")
        holds = [each for each in dir(state) if each.startswith("is_") and getattr(state, each)()]
        details = {key for key, value in state.state_details.model_dump().items() if value}
        print(make(), repr(make()), state, repr(state), holds, details)
        print("  ", described(make().result).partition("(")[0], described(make(message="why").result).partition("(")[0])
    for name in ("Completed", "Failed", "Crashed", "Cancelled"):
        make = getattr(states, name)
        for data in (ValueError("no"), "text", states.Failed(message="inner"), [states.Failed(message="in a list")]):
            state = make(data=data)
            print(name, described(state.result), described(partial(raise_state_exception, state)))
            print("  ", described(partial(get_state_exception, state)))
    state = states.Completed(data=1)
    print(state == state, state == state.model_copy(), state == states.Completed(data=1), {state: 1}[state])
    print([is_state_iterable(each) for each in ([], [state], (state,), {state}, {"a": state}, [state, 1], state)])
    group = StateGroup([states.Completed(), states.Failed(), states.Running(), states.Paused(), states.Crashed()])
    print(group.counts_message(), group.fail_count, group.all_completed(), group.any_failed(), group.all_final())
