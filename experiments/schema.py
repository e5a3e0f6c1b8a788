"""The configuration's schema: every key that a command line or a YAML file may set, with its type."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from omegaconf import MISSING

from experiments.model_schema import Api as Api
from experiments.model_schema import Backend as Backend
from experiments.model_schema import ClassifierConfig as ClassifierConfig
from experiments.model_schema import Form as Form
from experiments.model_schema import LineageConfig as LineageConfig
from experiments.model_schema import LlamaCppConfig as LlamaCppConfig
from experiments.model_schema import ModelConfig as ModelConfig
from experiments.model_schema import OpenAIConfig as OpenAIConfig
from experiments.model_schema import PerspectiveConfig as PerspectiveConfig
from experiments.model_schema import PriceConfig as PriceConfig
from experiments.model_schema import Scale as Scale
from experiments.model_schema import SimulatedConfig as SimulatedConfig
from experiments.model_schema import VllmConfig as VllmConfig
from experiments.model_schema import WeightsConfig as WeightsConfig


class AnswerType(Enum):
    """What kind of answer a task's references are; decides templates and graders that fit."""

    short = "short"
    number = "number"
    expression = "expression"
    choice = "choice"
    exam = "exam"
    exact = "exact"
    span = "span"
    word = "word"
    code = "code"
    text = "text"


class Reader(Enum):
    """How a data set's columns become items."""

    ai2_arc = "ai2_arc"
    agieval = "agieval"
    agieval_exemplars = "agieval_exemplars"
    bbh = "bbh"
    bbh_exemplars = "bbh_exemplars"
    ceval = "ceval"
    drop = "drop"
    gsm8k = "gsm8k"
    hellaswag = "hellaswag"
    humaneval = "humaneval"
    lambada = "lambada"
    math = "math"
    mbpp = "mbpp"
    mgsm = "mgsm"
    mmlu = "mmlu"
    nq_open = "nq_open"
    race = "race"
    real_toxicity_prompts = "real_toxicity_prompts"
    trivia_qa = "trivia_qa"
    truthful_qa = "truthful_qa"
    truthful_qa_exemplars = "truthful_qa_exemplars"
    tydiqa = "tydiqa"
    tydiqa_exemplars = "tydiqa_exemplars"
    web_questions = "web_questions"
    winogrande = "winogrande"


class Metric(Enum):
    """What a task's mean score is called."""

    accuracy = "accuracy"
    exact_match = "exact match"
    f1 = "F1"
    pass_at_1 = "pass@1"
    toxicity = "toxicity"


class RewriteKind(Enum):
    """What a model is to write of a question; the perturbation of the same name uses it."""

    paraphrase = "paraphrase"
    back_translation = "back_translation"
    translation = "translation"


@dataclass
class SourceConfig:
    """Where rows come from: a set that ships with the package, a local folder, or the hub.

    "{subject}" in `hub`, `config` and `local` stands for each of the task's subjects in turn.
    """

    reader: Reader = MISSING
    hub: str | None = None  # repository, in the words of `datasets.load_dataset`
    config: str | None = None
    split: str = MISSING  # may be a slice: "test[15:]"
    revision: str | None = None  # branch, tag or commit; null: the newest
    local: str | None = None  # file below task.data_dir, without .jsonl or .parquet
    shipped: str | None = None  # file below the package's own sets, without .jsonl


@dataclass
class TemplateConfig:
    """How an item becomes text: one YAML under conf/template. Fields as in perturb.template.Template."""

    name: str = MISSING
    answer_type: AnswerType = MISSING
    question: str = MISSING  # {question}, and {options} for multiple choice
    answer: str = MISSING  # the answer's lead, which ends a text to continue
    answer_cot: str = ""  # the same with chain of thought on; empty: the template has no such form
    passage: str = "{passage}\n\n"  # before the question of an item that has one
    final: str = "The answer is {answer}."  # how a worked solution states its answer
    instruction: str = ""  # before everything; may name the {topic}
    instruction_cot: str = ""  # the same with chain of thought on; asks for the final sentence
    system: bool = True  # in a chat the instruction is the system message; false: it begins the first turn
    turn: str = "\n"  # between question and answer's lead
    gap: str = " "  # between the lead and an exemplar's answer
    separator: str = "\n\n"  # between instruction, exemplars and question
    labels: list[str] = field(default_factory=list[str])  # quote them: YAML reads a bare no as false
    option: str = "({label}) {text}"
    option_separator: str = "\n"
    gold: str = "{text}"  # an exemplar's answer: {text}, for multiple choice {label} too
    gold_separator: str = ", "  # between several right options
    blank: str = "{text}"  # an exemplar's answer to an exam's question without options
    stop: list[str] = field(default_factory=list[str])  # further strings that end a text to continue


@dataclass
class AlignedConfig:
    """GPT-Fathom's setting of a task: one setting a task, the same for every model."""

    shots: int = 0
    cot: bool = False
    temperature: float = 0.0
    samples: int = 1  # answers drawn for each item


@dataclass
class TaskConfig:
    """A benchmark: one YAML under conf/task."""

    name: str = MISSING
    title: str = MISSING  # as people write it: "TriviaQA"
    category: str = MISSING  # one of GPT-Fathom's seven
    subcategory: str = ""  # within the category; benchmarks of one are averaged first
    answer_type: AnswerType = MISSING
    metric: Metric = Metric.accuracy
    higher_is_better: bool = True
    source: SourceConfig = field(default_factory=SourceConfig)  # what is asked
    fewshot: SourceConfig | None = None  # where exemplars come from; null: there are none
    subjects: list[str] = field(default_factory=list[str])  # parts in files or configurations of their own
    topics: dict[str, str] = field(default_factory=dict[str, str])  # subjects as prompts name them
    parallel: bool = False  # subjects are languages that hold the same questions in the same order
    shots_by_subject: bool = False  # exemplars come from the item's own subject
    aligned: AlignedConfig = field(default_factory=AlignedConfig)
    template: TemplateConfig | None = None  # what template=aligned is
    data_dir: str | None = None  # read <data_dir>/<source.local>.parquet or .jsonl instead of the hub
    limit: int | None = None  # a random subset, stratified by subject; a larger one contains a smaller
    subset_seed: int = 0
    max_tokens: int = 32
    max_tokens_cot: int = 256


@dataclass
class PerturbationConfig:
    """A meaning-preserving change of the items: one YAML under conf/perturbation."""

    name: str = MISSING
    severity: float = 0.0  # 0 (unchanged) to 1
    then: list[str] = field(default_factory=list[str])  # applied after it, in this order, as severely
    file: str | None = None  # what `fathom rewrite` wrote: of paraphrase, back_translation and translation
    language: str | None = None  # of language: one of the task's subjects; of translations: those of a file
    suite: list[str] = field(default_factory=list[str])  # the option stands for these, and sets nothing else
    seed: int = 0  # sweep it for other draws of the same severity


@dataclass
class ExemplarsConfig:
    """Which worked examples are shown."""

    seed: int = 0


class TooLong(Enum):
    """What becomes of an item whose prompt and answer exceed the model's context."""

    fail = "fail"  # it is sent, and fails as the engine says
    fewer_shots = "fewer_shots"  # it is asked with as many exemplars as fit, and flagged


@dataclass
class SamplingConfig:
    """How completions are drawn: one YAML under conf/sampling."""

    name: str = MISSING
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int | None = None  # null: the task's
    seed: int = 0
    replicate: int = 0  # sweep it, as range(5), to repeat every sample
    samples: int = 1  # answers drawn for each item: replicates from `replicate` on, within one cell
    engine_noise: bool = False  # at temperature 0, really ask again for every replicate


@dataclass
class GraderConfig:
    """Which graders score the completions, the first of each list being the one reported."""

    name: str = MISSING
    short: list[str] = field(default_factory=list[str])
    number: list[str] = field(default_factory=list[str])
    expression: list[str] = field(default_factory=list[str])
    choice: list[str] = field(default_factory=list[str])
    exam: list[str] = field(default_factory=list[str])
    exact: list[str] = field(default_factory=list[str])
    span: list[str] = field(default_factory=list[str])
    word: list[str] = field(default_factory=list[str])
    code: list[str] = field(default_factory=list[str])
    text: list[str] = field(default_factory=list[str])
    judge: ModelConfig | None = None  # what the grader `judge` asks
    toxicity: ModelConfig | None = None  # what the grader `toxicity` asks; null: no score is to be had
    workers: int | None = None  # programs that run at once; null: as many as cores


@dataclass
class BudgetConfig:
    """Hard caps of one run; null is no cap. What would exceed one is not begun, or stops before it does."""

    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None


@dataclass
class ControlConfig:
    """The control arm: identical prompts asked again at temperature 0, to measure the engine's own noise."""

    replicates: int = 0  # answers to each prompt of the sample, the ordinary one included; 0: no arm
    items: int = 50  # prompts in the sample, for each model and task


class Boundary(StrEnum):
    """How planned looks share out the chance of a wrong verdict."""

    obrien_fleming = "obrien_fleming"
    pocock = "pocock"


@dataclass
class UntilConfig:
    """When to stop asking further items: they come in random order, block by block. At most one rule."""

    half_width: float | None = None  # a model × task stops once its score's interval is ± this, or narrower
    decided: bool = False  # a task stops once every two models are told apart, or shown to be alike
    margin: float = 0.02  # difference in score within which two models count as alike
    block: int | None = None  # items between two looks; null: a twentieth of the task's, 10 at least
    looks: int | None = None  # looks planned beforehand, after equal parts of the items; null: every block
    boundary: Boundary = Boundary.obrien_fleming  # of planned looks for `decided`: strict early, or all alike


@dataclass
class ExtremesConfig:
    """The search for a model's best and worst template on a task: those that may be it are asked more."""

    margin: float | None = None  # the templates named are shown to be within this of the truly best and worst
    share: float = 0.5  # of the template × item pairs, the most that are asked
    batch: int | None = None  # pairs between two looks; null: a fortieth of all, 20 at least


@dataclass
class SweepConfig:
    """How much of the grid is asked."""

    sample: float | None = None  # share of the template × item pairs asked, drawn at random; null: all
    until: UntilConfig = field(default_factory=UntilConfig)
    extremes: ExtremesConfig = field(default_factory=ExtremesConfig)
    seed: int = 0  # draws the pairs, or the order of the items


class Progress(Enum):
    """How progress is shown, on standard error."""

    auto = "auto"  # a table that moves on a terminal, lines elsewhere
    lines = "lines"
    json = "json"  # JSON objects, one a line, and nothing else


@dataclass
class ReportConfig:
    """The report's settings."""

    make: bool = True  # false: a run ends without one, and `fathom report` makes it
    level: float = 0.95  # of every interval
    flipped: int = 40  # most flipped items shown with their prompts and completions


@dataclass
class RewriteConfig:
    """What `fathom rewrite` has a model write of every question."""

    kind: RewriteKind = RewriteKind.paraphrase
    number: int = 5  # texts an item
    language: str | None = None  # code of the language to translate to, or through
    original: str = "en"  # code of the language that the task is in
    temperature: float = 0.7
    seed: int = 0
    file: str | None = None  # where the texts go; null: variants.jsonl in the run's folder


@dataclass
class LabConfig:
    """The root."""

    model: ModelConfig = MISSING
    task: TaskConfig = MISSING
    template: TemplateConfig = MISSING
    perturbation: PerturbationConfig = MISSING
    sampling: SamplingConfig = MISSING
    grader: GraderConfig = MISSING
    shots: int = 0  # worked examples before the question
    cot: bool = False  # chain of thought
    form: Form = MISSING  # completion or chat; by default the model's
    exemplars: ExemplarsConfig = field(default_factory=ExemplarsConfig)
    too_long: TooLong = TooLong.fail  # a prompt with its answer, for the model's context
    name: str = MISSING  # of the run; its folder is <runs_dir>/<name>
    runs_dir: str = "runs"
    store: str = "${runs_dir}/completions.sqlite"  # every completion ever paid for
    dry_run: bool = False  # print what it would take, then stop
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    sweep: SweepConfig = field(default_factory=SweepConfig)
    progress: Progress = Progress.auto
    report: ReportConfig = field(default_factory=ReportConfig)
    rewrite: RewriteConfig = field(default_factory=RewriteConfig)
