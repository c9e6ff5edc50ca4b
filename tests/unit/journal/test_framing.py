"""Frames: what is read is what was written, and a cut or a flipped bit is seen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.journal.framing import HEADER_BYTES, Stop, frame, holds_frame, is_blank, parse

payloads = st.lists(st.binary(min_size=1, max_size=40), max_size=12)


@settings(deadline=None)
@given(payloads)
def test_frames_are_read_back_in_order(written: list[bytes]) -> None:
    data = b"".join(map(frame, written)) + bytes(64)
    parsed = parse(data, 100)
    assert parsed.payloads == written
    assert [parse(data[offset:], 1).payloads for offset in parsed.offsets] == [[payload] for payload in written]
    assert parsed.stop is Stop.BLANK


@settings(deadline=None)
@given(payloads.filter(bool), st.data())
def test_a_cut_gives_every_frame_before_it_and_says_what_is_missing(written: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(map(frame, written))
    cut = data.draw(st.integers(0, len(whole) - 1))
    parsed = parse(whole[:cut], 100)
    assert parsed.payloads == written[: len(parsed.payloads)]
    assert parsed.stop is Stop.SHORT
    assert parsed.end <= cut < parsed.end + parsed.needed


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_flipped_bit_is_never_read_as_a_record(payload: bytes, data: st.DataObject) -> None:
    whole = bytearray(frame(payload))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    assert parse(bytes(whole) + bytes(64), 1).payloads == []


def test_a_limit_is_kept() -> None:
    data = frame(b"a") + frame(b"b") + frame(b"c")
    parsed = parse(data, 2)
    assert (parsed.payloads, parsed.stop, parsed.end) == ([b"a", b"b"], Stop.LIMIT, 2 * (HEADER_BYTES + 1))


def test_a_frame_behind_garbage_is_found() -> None:
    assert holds_frame(b"garbage" + frame(b"record") + bytes(100))
    assert holds_frame(b"?" + frame(b"\0\0\0"))


def test_a_torn_frame_holds_no_other() -> None:
    whole = frame(b"a record that is long enough to be cut anywhere")
    for cut in range(len(whole)):
        assert not holds_frame(whole[:cut] + bytes(100))
        assert not holds_frame(bytes(cut) + whole[cut:] + bytes(100))


def test_blank_is_zeros_alone() -> None:
    assert is_blank(b"")
    assert is_blank(bytes(1000))
    assert not is_blank(bytes(1000) + b"\1")
