"""How fast every registered perturbation is, and what it comes to on real data.

python tests/benchmarks/perturbations.py                       short questions a core-minute
python tests/benchmarks/perturbations.py --data DIR            what they come to on real data

The first prints, for every perturbation of questions, the fastest of three passes over the same questions on
one core of the machine it runs on, the guard included; other work on that machine makes it slower. The second
applies perturbations to every row of every benchmark, in GPT-Fathom's setting, read from DIR (the data sets'
own files); for those turned down most, it names the benchmarks and the most frequent objections to the first
draw. Without WordNet's files synonym_wordnet changes nothing, and what takes its texts from elsewhere
(paraphrase and the like) never does here.
"""

import argparse
import os
import platform
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.entry import run
from experiments.schema import LabConfig
from experiments.sweep.ask import exemplars_for, template_of
from experiments.sweep.compose import ComposedCell
from experiments.tasks.load import load_task
from experiments.wordnet import FOLDER, Wordnet
from perturb import PERTURBATIONS, Draft, Item, Template, apply
from perturb.guard import objections
from perturb.registry import stream

ENOUGH = 200_000  # short questions a core-minute that are called fast
QUESTIONS = (
    "Which German composer wrote nine symphonies and did not hear the last of them performed?",
    "In what year did the first woman cross the English Channel without a pause?",
    "What is the name of the largest lake in South America?",
    "Who painted the ceiling of the chapel in which the pope is elected?",
    "A farmer has 12 cows and sells a quarter of them for $300 each. How much money does he get?",
    "Why doesn't ice sink when water freezes from above?",
)


SYNONYMS = Wordnet(Path(FOLDER)) if Path(FOLDER).is_dir() else {}


def throughput(names: Sequence[str], passes: int = 3) -> None:
    """Prints short questions a core-minute."""
    length = sum(map(len, QUESTIONS)) / len(QUESTIONS)
    print(
        f"{len(QUESTIONS)} questions of {length:.0f} characters on average, severity 0.3, the guard included"
    )
    machine = f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{machine}, Python {platform.python_version()}")
    speeds = {name: speed(name, passes) for name in names}
    width = max(map(len, speeds))
    for name, found in sorted(speeds.items(), key=lambda pair: pair[1]):
        note = "" if found >= ENOUGH else f"  below {ENOUGH:,}"
        print(f"{name:{width}} {found:10,.0f} a minute, {6e7 / found:6.0f} µs each{note}")
    slowest = min(speeds, key=lambda name: speeds[name])
    print(f"slowest: {slowest} with {speeds[slowest]:,.0f} a minute")


def speed(name: str, passes: int) -> float:
    """Short questions that one core perturbs in a minute of processor time."""
    kind = PERTURBATIONS[name].fits[0] if "short" not in PERTURBATIONS[name].fits else "short"
    labels = ("A", "B") if kind in ("choice", "exam") else ()
    options = "\n{options}" if labels else ""
    template = Template("speed", kind, "Q: {question}" + options, "A:", labels=labels)
    choices = ("the former", "the latter") if labels else ()
    gold = 0 if labels else None
    answers = choices[:1] or ("the former",)
    items = (
        Item(f"{number}", QUESTIONS[number % len(QUESTIONS)], answers, choices, gold)
        for number in range(1200)
    )
    drafts = [Draft(item, template, synonyms=SYNONYMS) for item in items]
    took: list[float] = []
    for _ in range(passes):
        began = time.process_time()
        for draft in drafts:
            apply(name, draft, 0.3, seed=0)
        took.append(time.process_time() - began)
    return 60 * len(drafts) / min(took)


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", info.read_text(encoding="utf-8")) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def first_objections(name: str, draft: Draft, severity: float) -> tuple[str, ...]:
    """Why the first draw of seed 0 was turned down."""
    chosen = PERTURBATIONS[name]
    number = stream(draft.item.id if chosen.by_item else "", name, 0)
    rng = np.random.default_rng(np.random.SeedSequence([0, number]))
    return objections(draft, chosen.change(draft, severity, rng).draft, chosen)


@dataclass(slots=True)
class Tally:
    """What a perturbation came to on one benchmark."""

    counts: Counter[str] = field(default_factory=Counter[str])
    redraws: int = 0
    realised: float = 0.0
    seconds: float = 0.0
    objections: Counter[str] = field(default_factory=Counter[str])
    example: str = ""

    def add(self, name: str, draft: Draft, severity: float) -> None:
        """Perturbs one item and counts what came of it."""
        applied = apply(name, draft, severity, seed=0)
        self.counts[applied.status] += 1
        self.redraws += applied.redraws
        self.realised += applied.realised
        if applied.redraws:
            found = first_objections(name, draft, severity)
            self.objections.update(re.sub(r"['\"].*['\"]|\d+(?:\.\d+)?", "…", one) for one in found)
            if applied.status == "excluded" or not self.example:
                self.example = f"{draft.item.id}: {'; '.join(applied.objections or found)}"

    def merged(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.counts + other.counts,
            self.redraws + other.redraws,
            self.realised + other.realised,
            self.seconds + other.seconds,
            self.objections + other.objections,
            self.example or other.example,
        )


def cells(overrides: Sequence[str]) -> list[LabConfig]:
    """The configuration of one cell a benchmark."""
    found: list[LabConfig] = []

    @dataclass(frozen=True)
    class Taken:
        exit_code: int = 0

    def take(composed: Sequence[ComposedCell], folder: Path) -> Taken:
        found.extend(cell.config for cell in composed)
        return Taken()

    run(["experiment=aligned", *overrides, "dry_run=true"], take, lambda folder: None)
    return found


def drafts_of(config: LabConfig) -> Iterator[Draft]:
    """Every item of a cell as it would be asked."""
    task = load_task(config.task, with_pool=config.task.fewshot is not None)
    template, shots = template_of(config.template), exemplars_for(config, task)
    for item in task.items:
        yield Draft(item, template, shots(item), task.pool, synonyms=SYNONYMS)


def real_data(names: Sequence[str], severity: float, overrides: Sequence[str]) -> None:
    """Prints what perturbations come to on the benchmarks."""
    tallies: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in names}
    rows = 0
    for config in cells(overrides):
        drafts = list(drafts_of(config))
        rows += len(drafts)
        for name in names:
            if config.task.answer_type.value in PERTURBATIONS[name].fits:
                tally = tallies[name][config.task.name]
                began = time.process_time()
                for draft in drafts:
                    tally.add(name, draft, severity)
                tally.seconds = time.process_time() - began
    width = max(map(len, names))
    print(f"{rows:,} rows, severity {severity:g}")
    print(f"{'':{width}}     rows  changed  unchanged  excluded  redrawn  realised  µs each")
    totals: dict[str, Tally] = {}
    for name in names:
        total = totals[name] = _sum(tallies[name].values())
        asked = total.counts.total()
        changed, unchanged, excluded = (total.counts[key] for key in ("changed", "unchanged", "excluded"))
        print(
            f"{name:{width}} {asked:8,} {changed / max(1, asked):8.1%} {unchanged / max(1, asked):10.1%} "
            f"{excluded:9,} {total.redraws:8,} {total.realised / max(1, changed):9.2f} "
            f"{1e6 * total.seconds / max(1, asked):8.0f}"
        )
    worst = sorted(names, key=lambda name: totals[name].redraws, reverse=True)
    for name in worst[:12]:
        for task, tally in sorted(tallies[name].items(), key=lambda pair: -pair[1].redraws)[:6]:
            if tally.redraws:
                why = ", ".join(f"{text} ({count:,})" for text, count in tally.objections.most_common(3))
                print(
                    f"{name}, {task}: {tally.redraws:,} redrawn, {tally.counts['excluded']:,} of "
                    f"{tally.counts.total():,} excluded. {why}\n    {tally.example[:200]}"
                )


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total = total.merged(tally)
    return total


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="perturbations; by default all")
    parser.add_argument("--data", metavar="DIR", help="folder with the benchmarks' own files")
    parser.add_argument("--severity", type=float, default=0.3)
    parser.add_argument("--limit", type=int, help="a random subset of so many rows of each benchmark")
    parser.add_argument("--tasks", default="glob(*,exclude=*_mini)", help="comma-separated")
    options = parser.parse_args()
    known = [name for name, one in PERTURBATIONS.items() if one.touches != "nothing"]
    if options.data is None:
        names = [name for name in known if PERTURBATIONS[name].touches == "question"]
        return throughput(options.names or names)
    overrides = [f"task={options.tasks}", f"task.data_dir={options.data}"]
    if options.limit:
        overrides.append(f"task.limit={options.limit}")
    return real_data(options.names or known, options.severity, overrides)


if __name__ == "__main__":
    main()
