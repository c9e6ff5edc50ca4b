"""Recovers the home, as the command line and the server do: stores what dead processes left, and says what that was."""

from headrace._kernel import late
from headrace.journal import recover
from headrace.settings import get_current_settings

if __name__ == "__main__":
    settings = get_current_settings()
    sink = late.load("http_sink")(settings.api) if settings.api.url else late.load("embedded_sink")(settings)
    print(recover(settings.home, sink))
    sink.close()
