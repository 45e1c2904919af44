import pytest

from ferrule.workflow.progress import duration, last_lines


def test_last_lines(tmp_path):
    log = tmp_path / "log"
    log.write_bytes("\n".join(f"line {n}" for n in range(5000)).encode() + b"\n\xff\x1b[2Jevil\ttab\r\n")
    lines = last_lines(log, 3)
    assert lines == ["line 4998", "line 4999", "\ufffd[2Jevil\ttab"]
    assert last_lines(tmp_path / "none") == ["(No such file or directory)"]
    log.write_bytes(b"")
    assert last_lines(log) == []
    log.write_bytes(b"x" * 100_000)
    assert last_lines(log) == ["x" * 300]


@pytest.mark.parametrize(
    "seconds, text", [(0.04, "0.0 s"), (59.9, "59.9 s"), (61.6, "1 min 2 s"), (7322, "2 h 2 min")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text
