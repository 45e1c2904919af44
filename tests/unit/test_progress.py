import io
import time

import pytest
from rich.console import Console

from ferrule.workflow.progress import Progress, duration, exit_of, last_lines, stage_of, view


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


class Below:
    """In the place of Snakemake's own handler: a stream, without colours."""

    nocolor = True

    def __init__(self):
        self.stream = io.StringIO()


def progress_of(left: dict, ended: dict, seconds: dict, elapsed: float) -> Progress:
    made = Progress(Below())
    made.left.update(left)
    made.ended.update(ended)
    made.seconds.update(seconds)
    made.done, made.total = sum(ended.values()), sum(ended.values()) + sum(left.values())
    made.began = time.monotonic() - elapsed
    return made


def test_the_estimate_is_the_mean_of_each_rule_at_the_pace_so_far():
    # 30 seconds of work in 15: two at once. Left: 2 jobs of 4 s, 1 of a rule that has not run yet, taken for the mean of all.
    made = progress_of(
        {"clippy": 2, "mix": 1}, {"clippy": 5, "chunk": 5}, {"clippy": 20.0, "chunk": 10.0}, 15
    )
    assert made.estimate() == pytest.approx((2 * 4 + 3) / 2, rel=0.01)
    assert made.pace().startswith("40 jobs a minute, about 5.")
    assert progress_of({"clippy": 2}, {"clippy": 1}, {"clippy": 1.0}, 15).pace() == ""


def test_stages_are_folders_of_scripts():
    assert (stage_of("clippy"), stage_of("mix"), stage_of("all")) == ("analysis", "curation", "")
    made = progress_of({"clippy": 2, "license": 1, "mix": 1}, {"clippy": 1}, {"clippy": 1.0}, 9)
    assert made.stages() == [("analysis", 1, 4), ("curation", 0, 1)]


@pytest.mark.parametrize("width", [30, 100])
def test_the_view_of_a_terminal_fits_its_width(width):
    made = progress_of({"clippy": 9, "mix": 1}, {"clippy": 3}, {"clippy": 6.0}, 10)
    made.running = {n: ("clippy", f"a-crate-with-a-long-name-{n}@1.0.0", time.monotonic()) for n in range(9)}
    out = io.StringIO()
    Console(file=out, width=width).print(view(made, width))
    lines = out.getvalue().splitlines()
    assert max(map(len, map(str.rstrip, lines))) <= width
    assert "analysis" in lines[0] and "3/12" in lines[0] and "curation" in lines[1]
    assert lines[2].startswith("now: clippy a-crate") and lines[3].startswith("[3/13] 18 jobs a minute")


def test_why_a_command_failed():
    assert exit_of("Command 'x' returned non-zero exit status 3.") == "returned non-zero exit status 3"
    assert exit_of("Command 'x' died with <Signals.SIGKILL: 9>.") == "died with <Signals.SIGKILL: 9>"
    assert exit_of("MissingOutputException") == ""
