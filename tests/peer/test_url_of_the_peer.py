"""A script of ours whose URL is that of a server of the peer is told so, and what to do."""

from pathlib import Path

import pytest

from headrace import flow
from headrace._engine.session import close_session
from headrace.exceptions import StoreUnavailable
from tests.peer.sides import Peer


@flow
def hello() -> None: ...


def test_a_server_of_the_peer_is_recognised(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "peer").mkdir()
    peer = Peer(tmp_path / "peer")
    close_session()
    try:
        monkeypatch.setenv("PREFECT_API_URL", peer.url)
        with pytest.raises(StoreUnavailable, match=r"is a server of Prefect 3\.[\d.]+, which does not take") as told:
            hello()
        assert "`unset PREFECT_API_URL` to use the store in this home" in str(told.value)
        assert list((home / "journals").glob("*")) == []
    finally:
        close_session()
        peer.close()
