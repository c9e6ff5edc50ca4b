"""URLs as they may be shown."""

import pytest

from headrace._kernel.urls import without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api"),
        ("postgresql://user:secret@host:5432/db?sslmode=require", "postgresql://user:***@host:5432/db?sslmode=require"),
        ("postgresql://user@host/db", "postgresql://user@host/db"),
        ("postgresql://user:p%40ss:w@rd@host/db", "postgresql://user:***@host/db"),
        ("http://:secret@host", "http://:***@host"),
        ("sqlite:////home/user/headrace.db", "sqlite:////home/user/headrace.db"),
        ("http://[::1", "<a URL that cannot be read>"),
        ("none", "none"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
