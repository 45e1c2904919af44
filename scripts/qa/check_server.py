"""Check the server that is asked: is it up, does it know the model, does it answer. Nothing else is asked.

    python scripts/qa/check_server.py --config config/config.yaml

With `qa.server: null` the small model of --model is started, asked and stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.errors import MissingPackages
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError
from ferrule.qa.own_server import own_server
from ferrule.qa.server_check import KEY, check, shown


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["qa"]
    own = settings["server"] is None
    if own and not arguments.model:
        sys.exit("qa.server is null: give --model, the folder of a model for a server of our own")
    structured = settings["structured"]
    if structured == "auto":
        structured = "text" if own else "schema"
    try:
        with contextlib.ExitStack() as stack:
            address = stack.enter_context(own_server(arguments.model)) if own else settings["server"]
            endpoint = Endpoint(
                address, key_variable=KEY, address_setting="qa.server", model_setting="qa.model"
            )
            model = Path(arguments.model).name if own else settings["model"]
            report = check(endpoint, model, structured, settings["time_limit"])
    except (LLMError, MissingPackages, RuntimeError) as error:
        sys.exit(str(error))
    print(f"{endpoint.address} is up; its models: {shown(report.models)}")
    print(f"{report.model} gave a short answer in {report.seconds:.1f} s")
    if report.note:
        print(report.note)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", metavar="FOLDER", help="of the small model, where qa.server is null")
    add_config(parser, "qa")
    return parser.parse_args()


if __name__ == "__main__":
    main()
