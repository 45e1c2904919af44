"""Snakemake's logger plugin `ferrule`: the display of a run, its record of events, and its traces.

    snakemake --logger ferrule            # the default profile names it
    snakemake --logger ferrule --logger-ferrule-json

`-n`, `--quiet` and `--verbose` show what Snakemake itself shows. The rest is in `ferrule.workflow`, which is loaded when
the first job is announced: by then the Snakefile has been read, and has put its own checkout first.
"""

# No `from __future__ import annotations`: Snakemake makes options of the settings' types.
import logging
import sys
from dataclasses import dataclass, field

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

# Host, user, versions, cores: Snakemake's log file has them.
GREETING = {"workflow_started", "resources_info"}
SHARED = "Assuming unrestricted shared filesystem"


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    json: bool = field(
        default=False,
        metadata={"help": "print every event of a job as a line of JSON instead of the display"},
    )
    keep: int = field(
        default=20,
        metadata={"help": "runs whose events are kept in results/logs/runs; 0 writes none", "type": int},
    )


class LogHandler(LogHandlerBase):
    def __post_init__(self) -> None:
        from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter

        asked = self.common_settings
        self.plain = ColorizingTextHandler(
            nocolor=asked.nocolor,
            stream=sys.stdout if asked.stdout else sys.stderr,
            formatter=DefaultFormatter(asked.quiet, asked.show_failed_logs),
            filter=DefaultFilter(
                asked.quiet, asked.debug_dag, asked.verbose, asked.dryrun, asked.printshellcmds
            ),
        )
        self.ours: logging.Handler | None = None
        self.left_alone = bool(asked.quiet or asked.verbose or asked.dryrun)

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if self.ours is None and not self.left_alone and event == "run_info":
            from ferrule.workflow.run_events import handler

            self.ours = handler(self.plain, self.settings or LogHandlerSettings())
        greeting = event in GREETING or str(record.msg).startswith(SHARED)
        if self.ours or self.left_alone or not greeting:
            (self.ours or self.plain).handle(record)

    def close(self) -> None:
        (self.ours or self.plain).close()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False
