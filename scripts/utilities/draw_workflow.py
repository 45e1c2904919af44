"""Draw the workflow for docs/workflow.md: one picture of all stages, and one of the rules of each stage.

    python scripts/utilities/draw_workflow.py            # after a change of rules; needs Graphviz
    python scripts/utilities/draw_workflow.py --check    # draws nothing; exits with 1 if a picture is stale

The rules and what they depend on come from `snakemake --rulegraph`, for configurations that together use every part. A
picture has its edges in a comment, which --check compares: the layout depends on the version of Graphviz.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/images/workflow"
# Configurations, and what is asked for.
ASKED = {
    "config/full.yaml": (
        "all compare hub exam analyse_failures results/dataset/format.json results/dataset/pieces"
        " results/dataset/provenance.jsonl"
    ),
    "config/llama8b.yaml": "compare report exam",
}
COLOURS = (
    "#2f6db3",
    "#1f7f63",
    "#b8501f",
    "#7a54a8",
    "#8a6410",
    "#56616f",
    "#9b3d6b",
    "#2f7f8f",
    "#6b7a1f",
    "#a2410f",
)
# As an image, a picture sees no style of its page, but the colour scheme of the reader.
STYLE = """<style>
text { fill: #1c1e22; font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }
.far text { fill: #5a616b; }
.edge path { stroke: #8a94a3; } .edge polygon { stroke: #8a94a3; fill: #8a94a3; }
@media (prefers-color-scheme: dark) { text { fill: #e6e8eb; } .far text { fill: #a3aab4; } }
</style>"""

Edge = tuple[str, str]  # rule, rule that needs it


def main() -> None:
    arguments = parse_arguments()
    stages = stages_of_rules()
    edges = sorted({edge for config, targets in ASKED.items() for edge in edges_of(config, targets.split())})
    unknown = {rule for edge in edges for rule in edge} - stages.keys()
    edges = reduced([edge for edge in edges if not unknown & set(edge)])  # without targets
    wanted = {"stages": overview(edges, stages)}
    for stage in dict.fromkeys(stages.values()):
        if graph := of_stage(stage, edges, stages):
            wanted[stage] = graph
    if arguments.check:
        check(wanted)
        return
    if not shutil.which("dot"):
        sys.exit("no dot on PATH. Run: sudo apt-get install graphviz")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name, graph in wanted.items():
        (FOLDER / f"{name}.svg").write_text(drawn(graph), encoding="utf-8")
    print(f"{FOLDER}: {len(wanted)} pictures")


def check(wanted: dict[str, str]) -> None:
    there = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}
    stale = {name for name, graph in wanted.items() if marked(graph) not in there.get(name, "")}
    stale |= there.keys() - wanted.keys()
    if stale:
        script = Path(__file__).relative_to(ROOT)
        sys.exit(f"{FOLDER}: {', '.join(sorted(stale))} stale; run python {script}")


def stages_of_rules() -> dict[str, str]:
    """The stage of every rule, in the order of the Snakefile's includes."""
    snakefile = (ROOT / "Snakefile").read_text(encoding="utf-8")
    stages = re.findall(r'^include: "rules/(\w+)\.smk"', snakefile, re.MULTILINE)
    return {
        rule: stage
        for stage in stages
        for rule in re.findall(
            r"^rule (\w+):", (ROOT / f"rules/{stage}.smk").read_text(encoding="utf-8"), re.MULTILINE
        )
    }


def edges_of(config: str, targets: list[str]) -> list[Edge]:
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--configfile",
        config,
        "--rulegraph",
        "dot",
        "--",
        *targets,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"snakemake --rulegraph with {config}: {done.stderr.strip()}")
    names = dict(re.findall(r'^\t(\d+)\[label = "(\w+)', done.stdout, re.MULTILINE))
    return [
        (names[one], names[other])
        for one, other in re.findall(r"^\t(\d+) -> (\d+)", done.stdout, re.MULTILINE)
    ]


def reduced(edges: list[Edge]) -> list[Edge]:
    """The edges without those that other edges imply: what a rule needs by way of another one."""
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)

    def reached(start: set[str]) -> set[str]:
        found, waiting = set(start), list(start)
        while waiting:
            new = after.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    # One after the other, so that no two edges of a cycle are left out for one another's sake.
    kept = []
    for one, other in edges:
        after[one].discard(other)
        if other not in reached({one}):
            after[one].add(other)
            kept.append((one, other))
    return kept


def overview(edges: list[Edge], stages: dict[str, str]) -> str:
    """The stages, and which needs files of which."""
    order = list(dict.fromkeys(stages.values()))
    between = sorted({(stages[one], stages[other]) for one, other in edges if stages[one] != stages[other]})
    # What checks the sandbox is needed by every stage that runs foreign code: it would hide the flow.
    between = [(one, other) for one, other in between if one != "tools"]
    used = {stage for edge in between for stage in edge}
    nodes = [node(stage, COLOURS[order.index(stage) % len(COLOURS)]) for stage in order if stage in used]
    return graph(nodes, between)


def of_stage(stage: str, edges: list[Edge], stages: dict[str, str]) -> str:
    """The rules of one stage, and their neighbours in other stages; empty if nothing is known of it."""
    near = [edge for edge in edges if stage in (stages[edge[0]], stages[edge[1]])]
    if stage != "tools":
        near = [edge for edge in near if edge[0] != "check_sandbox"]
    order = list(dict.fromkeys(stages.values()))
    rules = sorted({rule for edge in near for rule in edge}, key=list(stages).index)
    nodes = [
        node(rule, COLOURS[order.index(stage) % len(COLOURS)])
        if stages[rule] == stage
        else far(rule, stages[rule])
        for rule in rules
    ]
    return graph(nodes, near) if near else ""


def node(name: str, colour: str) -> str:
    return f'"{name}" [color="{colour}"];'


def far(rule: str, stage: str) -> str:
    return f'"{rule}" [label="{rule}\\n({stage})", style="rounded,dashed", color="#8a94a3", class="far"];'


def graph(nodes: list[str], edges: list[Edge]) -> str:
    lines = [
        "digraph workflow {",
        "graph [bgcolor=transparent, margin=0.1, rankdir=TB, nodesep=0.25, ranksep=0.45];",
        'node [shape=box, style=rounded, penwidth=2, fontsize=13, fontname="sans-serif", margin="0.12,0.06"];',
        "edge [arrowsize=0.7];",
        *nodes,
        *(f'"{one}" -> "{other}";' for one, other in edges),
        "}",
    ]
    return "\n".join(lines)


def marked(graph: str) -> str:
    """The edges of a graph as a comment of its picture."""
    edges = re.findall(r'^"(\w+)" -> "(\w+)";$', graph, re.MULTILINE)
    return f"<!-- {'; '.join(f'{one} to {other}' for one, other in edges)} -->"


def drawn(graph: str) -> str:
    """The picture: an SVG with the reader's colours."""
    done = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, text=True, check=True)
    svg = done.stdout[done.stdout.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<title>.*?</title>\n?", "", svg)
    return svg.replace(">", f">\n{marked(graph)}\n{STYLE}", 1)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="draw nothing; exit with 1 if a picture is stale"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
