"""Every error that users import: its bases, as they are caught, and what it carries."""

import builtins

from prefect import exceptions

NAMES = """
    Abort BlockMissingCapabilities CancelledRun ConfigurationError CrashedRun EventTooLarge ExternalSignal FailedRun
    FlowPauseTimeout FlowRunWaitTimeout FlowRunWatchError HashError InfrastructureError InfrastructureNotAvailable
    InfrastructureNotFound InvalidNameError InvalidRepositoryURLError MappingLengthMismatch MappingMissingIterable
    MissingContextError MissingFlowError MissingProfileError MissingResult NotPausedError ObjectAlreadyExists
    ObjectLimitReached ObjectNotFound ObjectUnsupported ParameterBindError ParameterTypeError Pause PausedRun
    PrefectException PrefectHTTPStatusError PrefectImportError PrefectSignal ProfileSettingsValidationError
    ProtectedBlockError ReservedArgumentError ScriptError SerializationError SignatureMismatchError TerminationSignal
    UnfinishedRun UnspecifiedFlowError UpstreamTaskError
""".split()


def is_spoken_of(base: type) -> bool:
    return base.__module__.startswith("httpx") or hasattr(builtins, base.__name__)


if __name__ == "__main__":
    for name in NAMES:
        error = getattr(exceptions, name)
        caught_by = [other for other in NAMES if issubclass(error, getattr(exceptions, other))]
        print(name, sorted(caught_by), [base.__name__ for base in error.__mro__ if is_spoken_of(base)])
    print(vars(exceptions.EventTooLarge(5, 3)), exceptions.TerminationSignal(15).signal)
    print(exceptions.PausedRun("here", state="s").state, exceptions.Pause("here", state="s").state)
    print(exceptions.ObjectNotFound(ValueError("below"), "help").help_message)
    print(exceptions.ObjectAlreadyExists(ValueError("below")).http_exc)
    print(exceptions.ScriptError(ValueError("bad"), "flows.py").user_exc)
    print(exceptions.exception_traceback(ValueError("bad")))
